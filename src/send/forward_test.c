#include "send/forward.h"

#include "base/test.h"
#include "base/text.h"
#include "wire/mime_in.h"

static struct forward
letter(enum forward_what what, const char *mail)
{
	return (struct forward){ .what = what,
		.hostname = STR_LIT("mail.test"),
		.to = STR_LIT("boss@office.test"),
		.at = STR_LIT("abuse@bounce.test"),
		.boundary = STR_LIT("b-1"),
		.message_id = STR_LIT("<7@mail.test>"),
		.now = INT64_C(1700000000000000),
		.mail = str_z(mail),
		.size = strlen(mail) };
}

static void
test_write(void **state)
{
	static const struct {
		const char *name, *mail;
		enum forward_what what;
		bool french, eight;
		const char *subject;
	} rows[] = {
		{ "a person", "Subject: x\r\n\r\nx\r\n", FORWARD_POST, false, false,
			"Mail to this service" },
		{ "8 bits", "Subject: x\r\n\r\n\xc3\xa9\r\n", FORWARD_BOUNCE, false, true,
			"A message of yours came back" },
		{ "French", "Subject: x\r\n\r\nx\r\n", FORWARD_COMPLAINT, true, true,
			"Une plainte sur un de vos messages" },
		{ "French, an accent", "x", FORWARD_POST, true, true, "Mail to this service" },
		{ "no line end", "Subject: x\r\n\r\nx", FORWARD_POST, false, false,
			"Mail to this service" },
		{ "nothing", "", FORWARD_POST, false, false, "Mail to this service" },
	};

	(void)state;
	TEST_EACH(row, rows)
	{
		struct forward f = letter(row->what, row->mail);
		static struct mime_in m;
		struct arena a;
		struct buf b;
		size_t header;
		bool eight;

		f.french = row->french;
		arena_init(&a, 1u << 20);
		buf_init(&b, 1u << 20);
		assert_int_equal(forward_write(&b, &f, &header, &eight), 0);
		assert_int_equal(eight, row->eight);
		assert_true(str_ends(str_head(buf_str(&b), header), STR_LIT("\r\n\r\n")));
		assert_true(text_is_ascii(str_head(buf_str(&b), header)));
		mime_in_walk(&a, buf_str(&b), &m);
		assert_int_equal(m.parts[0].head.n, header);
		assert_int_equal(m.n, 3);
		assert_str(
			str_trim_all(mime_in_field(m.parts[0].head, "Subject")), row->subject);
		assert_true(mime_in_is(&m.parts[1], "text/plain"));
		assert_true(mime_in_is(&m.parts[2], "message/rfc822"));
		assert_str(m.parts[2].body, row->mail);
		buf_done(&b);
		arena_done(&a);
	}
}

/* What is foreign stays on its line; what was cut is told. */
static void
test_foreign(void **state)
{
	struct forward f = letter(FORWARD_POST, "x");
	struct buf b;
	size_t header;
	bool eight;

	(void)state;
	f.at = STR_LIT("a\r\nBcc: evil@there.test\r\n\r\n--b-1");
	f.size = 5000;
	buf_init(&b, 65536);
	assert_int_equal(forward_write(&b, &f, &header, &eight), 0);
	assert_true(str_find_str(buf_str(&b), STR_LIT("\r\nBcc")) == b.n);
	assert_true(
		str_find_str(buf_str(&b), STR_LIT("It has 5000 bytes; its first 1 are")) < b.n);
	buf_done(&b);
	/* Cut between the bytes of a line's end. */
	f.mail = STR_LIT("Subject: x\r\n\r\nx\r");
	buf_init(&b, 65536);
	assert_int_equal(forward_write(&b, &f, &header, &eight), 0);
	assert_true(str_find_str(buf_str(&b), STR_LIT("\r\r")) == b.n);
	assert_true(str_find_str(buf_str(&b), STR_LIT("x\r\n--b")) < b.n);
	buf_done(&b);
	/* No half of it. */
	buf_init(&b, 100);
	assert_true(forward_write(&b, &f, &header, &eight) < 0);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

static void
test_may(void **state)
{
	static const struct {
		const char *name, *mail;
		bool may;
	} rows[] = {
		{ "a person", "Subject: x\r\n\r\nx", true },
		{ "no", "Auto-Submitted: no\r\n\r\nx", true },
		{ "generated", "auto-submitted: auto-generated\r\n\r\nx", false },
		{ "in the body", "Subject: x\r\n\r\nAuto-Submitted: auto-generated\r\n", true },
		{ "nothing", "", true },
	};
	struct buf b;

	(void)state;
	TEST_EACH(row, rows) assert_int_equal(forward_may(str_z(row->mail)), row->may);
	buf_init(&b, 65536);
	for (unsigned i = 0; i + 1 < FORWARD_HOPS; i++)
		buf_put_z(&b, "Received: x\r\n");
	assert_true(forward_may(buf_str(&b)));
	buf_put_z(&b, "Received: x\r\n");
	assert_false(forward_may(buf_str(&b)));
	buf_done(&b);
}

TEST_MAIN(TEST(test_write), TEST(test_foreign), TEST(test_may))
