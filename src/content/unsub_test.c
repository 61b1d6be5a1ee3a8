#include "content/unsub.h"

#include "base/test.h"
#include "content/compose_text.h"

#include <errno.h>

#define FORM  "application/x-www-form-urlencoded"
#define MULTI "multipart/form-data; boundary=b"

static const struct {
	const char *name, *url, *address, *want; /* NULL: refused */
} values[] = {
	{ "both", "https://t.example/u/abc", "u-abc@t.example",
		"<https://t.example/u/abc>, <mailto:u-abc@t.example?subject=unsubscribe>" },
	{ "URL alone", "https://t.example/u/abc", "", "<https://t.example/u/abc>" },
	{ "mailto alone", "", "u@t.example", "<mailto:u@t.example?subject=unsubscribe>" },
	{ "plus and others", "", "u+a/b=c&d?e%f@t.example",
		"<mailto:u+a%2Fb%3Dc%26d%3Fe%25f@t.example?subject=unsubscribe>" },
	{ "neither", "", "", NULL },
	{ "http", "http://t.example/u", "", NULL },
	{ "no host", "https://", "", NULL },
	{ "CRLF", "https://t.example/\r\nBcc: a@b", "", NULL },
	{ "blank", "https://t.example/ b", "", NULL },
	{ "closing bracket", "https://t.example/>", "", NULL },
	{ "brackets", "https://t.example/>,<mailto:a@b", "", NULL },
	{ "UTF-8", "https://t.example/\xc3\xa9", "", NULL },
	{ "no mailbox", "https://t.example/u", "nobody", NULL },
	{ "a null path", "https://t.example/u", "<>", NULL },
	{ "two addresses", "", "a@b.example,c@d.example", NULL },
	{ "header in the address", "", "a@b.example\r\nBcc: c@d", NULL },
};

static void
fields(void **state)
{
	static char url[UNSUB_URL_MAX + 1] = "https://t.example/";
	struct buf b, line;

	(void)state;
	buf_init(&b, 1200);
	buf_init(&line, 2000);
	TEST_EACH(row, values)
	{
		int r = unsub_value(&b, str_z(row->url), str_z(row->address));

		assert_int_equal(r, row->want ? 0 : -EINVAL);
		assert_str(buf_str(&b), row->want ? row->want : "");
		buf_clear(&b);
	}
	/* The longest stays one line that the writer of messages leaves as it is. */
	memset(url + 18, 'x', sizeof url - 18);
	assert_int_equal(unsub_value(&b, str_of(url, sizeof url), STR_NONE), -EINVAL);
	assert_int_equal(
		unsub_value(&b, str_of(url, UNSUB_URL_MAX), STR_LIT("u@t.example")), 0);
	assert_int_equal(compose_text_field(&line, STR_LIT(UNSUB_FIELD), buf_str(&b)), 0);
	assert_true(str_find_str(buf_str(&line), STR_LIT("=?")) == line.n);
	assert_true(str_find_str(buf_str(&line), str_of(url, UNSUB_URL_MAX)) < line.n);
	buf_done(&b);
	buf_init(&b, 10);
	buf_put_z(&b, "x");
	assert_int_equal(unsub_value(&b, STR_LIT("https://t.example/"), STR_NONE), -E2BIG);
	assert_str(buf_str(&b), "x");
	buf_done(&b);
	buf_done(&line);
	assert_string_equal(UNSUB_POST_VAL, "List-Unsubscribe=One-Click");
}

static const struct {
	const char *name, *method, *type, *body;
	bool valid;
	enum unsub_state want;
} requests[] = {
	{ "GET", "GET", "", "", true, UNSUB_ASK },
	{ "GET with a body", "GET", FORM, "List-Unsubscribe=One-Click", true, UNSUB_ASK },
	{ "HEAD", "HEAD", "", "", true, UNSUB_ASK },
	{ "OPTIONS", "OPTIONS", FORM, "List-Unsubscribe=One-Click", true, UNSUB_ASK },
	{ "POST", "POST", FORM, "List-Unsubscribe=One-Click", true, UNSUB_DONE },
	{ "POST with more", "POST", FORM "; charset=utf-8", "a=b&List-Unsubscribe=One-Click&c",
		true, UNSUB_DONE },
	{ "POST, multipart", "POST", MULTI,
		"--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n"
		"One-Click\r\n--b--\r\n",
		true, UNSUB_DONE },
	{ "POST without the words", "POST", FORM, "", true, UNSUB_ASK },
	{ "POST with other words", "POST", FORM, "List-Unsubscribe=No", true, UNSUB_ASK },
	{ "POST of another type", "POST", "text/plain", "List-Unsubscribe=One-Click", true,
		UNSUB_ASK },
	{ "no tracking", "POST", FORM, "Tracking=Stop", true, UNSUB_STOP },
	{ "both: what RFC 8058 says", "POST", FORM, "Tracking=Stop&List-Unsubscribe=One-Click",
		true, UNSUB_DONE },
	{ "groups", "POST", FORM, "Groups=Leave&group=7", true, UNSUB_CHOSEN },
	{ "groups, and what RFC 8058 says", "POST", FORM,
		"Groups=Leave&group=7&List-Unsubscribe=One-Click", true, UNSUB_DONE },
	{ "no groups by GET", "GET", FORM, "Groups=Leave&group=7", true, UNSUB_ASK },
	{ "no tracking by GET", "GET", FORM, "Tracking=Stop", true, UNSUB_ASK },
	{ "tracking, another word", "POST", FORM, "Tracking=Go", true, UNSUB_ASK },
	{ "no tracking, wrong token", "POST", FORM, "Tracking=Stop", false, UNSUB_INVALID },
	{ "wrong token", "GET", "", "", false, UNSUB_INVALID },
	{ "POST with a wrong token", "POST", FORM, "List-Unsubscribe=One-Click", false,
		UNSUB_INVALID },
};

static void
states(void **state)
{
	static char big[10000];
	struct unsub_request r;

	(void)state;
	TEST_EACH(row, requests)
	{
		r = (struct unsub_request){ str_z(row->method), str_z(row->type),
			str_z(row->body), row->valid };
		assert_int_equal(unsub_state(&r), row->want);
	}
	memset(big, '&', sizeof big);
	memcpy(big, "List-Unsubscribe=One-Click", 26);
	r = (struct unsub_request){ STR_LIT("POST"), STR_LIT(FORM), str_of(big, sizeof big),
		true };
	assert_int_equal(unsub_state(&r), UNSUB_ASK);
	assert_int_equal(unsub_status(UNSUB_ASK), 200);
	assert_int_equal(unsub_status(UNSUB_DONE), 200);
	assert_int_equal(unsub_status(UNSUB_STOP), 200);
	assert_int_equal(unsub_status(UNSUB_INVALID), 404);
}

static void
test_chosen(void **state)
{
	struct unsub_request r = { .method = STR_LIT("POST"),
		.type = STR_LIT("application/x-www-form-urlencoded"),
		.body = STR_LIT(
			"group=7&group=x&Group=1&group=4294967295&group=4294967296&group=8"),
		.valid = true };
	uint32_t got[3] = { 0 };

	(void)state;
	assert_int_equal(unsub_chosen(&r, got, 3), 3);
	assert_int_equal(got[0], 7);
	assert_int_equal(got[1], UINT32_MAX);
	assert_int_equal(got[2], 8);
	assert_int_equal(unsub_chosen(&r, got, 1), 1);
	r.method = STR_LIT("GET");
	assert_int_equal(unsub_chosen(&r, got, 3), 0);
}

TEST_MAIN(TEST(test_chosen), TEST(fields), TEST(states))
