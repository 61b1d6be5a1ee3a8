#include "api/dialects.h"
#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

/* A short request that asks for much mail: the most that is taken is API_COMPOSED_MAX, and more
 * is refused before the arena (four times as much) is full of it. */

static const struct {
	enum dialect dialect;
	const char *name, *before, *item, *between, *after;
	size_t n, text; /* of items; bytes of text each of them makes */
	int status;     /* 0: it is taken */
} table[] = {
#define SG_TO      "{\"to\":[{\"email\":\"b%zu@y.test\"}]}"
#define SG_BEFORE  "{\"from\":{\"email\":\"a@x.test\"},\"subject\":\"s\",\"personalizations\":["
#define SG_BETWEEN "],\"content\":[{\"type\":\"text/plain\",\"value\":\""
	{ SENDGRID, "personalizations", SG_BEFORE, SG_TO, SG_BETWEEN, "\"}]}", 500, 100000, 0 },
	{ SENDGRID, "too many", SG_BEFORE, SG_TO, SG_BETWEEN, "\"}]}", 700, 100000, 413 },
	{ SENDGRID, "far too many", SG_BEFORE, SG_TO, SG_BETWEEN, "\"}]}", 1000, 2000000, 413 },
#define MG_TO     "\"b%zu@y.test\":{}"
#define MG_BEFORE "from=a%40x.test&recipient-variables={"
	{ MAILGUN, "recipient variables", MG_BEFORE, MG_TO, "}&text=", "", 500, 100000, 0 },
	{ MAILGUN, "too many", MG_BEFORE, MG_TO, "}&text=", "", 700, 100000, 413 },
	{ MAILGUN, "far too many", MG_BEFORE, MG_TO, "}&text=", "", 900, 2000000, 413 },
#define MJ_TO "{\"To\":[{\"Email\":\"b%zu@y.test\"}]}"
#define MJ_BETWEEN                                                                             \
	"],\"Globals\":{\"From\":{\"Email\":\"a@x.test\"},\"TextPart\":\"t\",\"Attachments\":" \
	"[{\"ContentType\":\"a/b\",\"Filename\":\"f\",\"Base64Content\":\""
	{ MAILJET, "globals", "{\"Messages\":[", MJ_TO, MJ_BETWEEN, "\"}]}}", 50, 1000000, 0 },
	{ MAILJET, "too much", "{\"Messages\":[", MJ_TO, MJ_BETWEEN, "\"}]}}", 50, 1400000,
		413 },
	{ MAILJET, "far too much", "{\"Messages\":[", MJ_TO, MJ_BETWEEN, "\"}]}}", 50, 4000000,
		413 },
	{ MAILJET, "texts", "{\"Messages\":[", MJ_TO,
		"],\"Globals\":{\"From\":{\"Email\":\"a@x.test\"},\"TextPart\":\"", "\"}}", 50,
		4000000, 413 },
#define V3_TO "{\"Email\":\"b%zu@y.test\"}"
#define V3    "{\"FromEmail\":\"a@x.test\",\"Recipients\":["
	{ MAILJET_V3, "recipients", V3, V3_TO, "],\"Text-part\":\"", "\"}", 500, 100000, 0 },
	{ MAILJET_V3, "too many", V3, V3_TO, "],\"Text-part\":\"", "\"}", 700, 100000, 413 },
	{ MAILJET_V3, "far too many", V3, V3_TO, "],\"Text-part\":\"", "\"}", 1000, 2000000,
		413 },
};

#define LINE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
body_put(struct buf *b, size_t row)
{
	buf_put_z(b, table[row].before);
	for (size_t i = 0; i < table[row].n; i++) {
		struct str item = str_z(table[row].item);
		size_t at = str_find_str(item, STR_LIT("%zu"));

		buf_put_z(b, i > 0 ? "," : "");
		buf_put(b, str_head(item, at));
		buf_put_u64(b, i);
		buf_put(b, str_from(item, at + 3));
	}
	buf_put_z(b, table[row].between);
	/* Base64 and text at once. */
	for (size_t i = 0; i < table[row].text; i += 64)
		buf_put_z(b, table[row].dialect == MAILJET ? LINE "a" : LINE " ");
	buf_put_z(b, table[row].after);
	if (table[row].dialect != MAILGUN)
		return;
	for (size_t i = 0; i < table[row].n; i++)
		buf_printf(b, "&to=b%zu@y.test", i);
}

static void
test_bulk(void **state)
{
	(void)state;
	for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
		struct api_answer answer;
		struct api_send s;
		struct arena a;
		struct buf body;

		arena_init(&a, 4 * API_COMPOSED_MAX);
		buf_init(&body, 64u << 20);
		api_send_init(&s, &a);
		body_put(&body, row);
		assert_int_equal(dialects_read(&s, table[row].dialect, buf_str(&body)), 0);
		if (table[row].status) {
			dialects_answer(&s, table[row].dialect, &answer);
			if (answer.status != table[row].status)
				fail_msg("%d %s: %d, %.*s", table[row].dialect, table[row].name,
					answer.status, STR_ARG(buf_str(&answer.body)));
			buf_done(&answer.body);
		} else {
			if (s.errors.n > 0)
				fail_msg("%d %s: %.*s", table[row].dialect, table[row].name,
					STR_ARG(s.errors.at[0].text));
			assert_int_equal(s.n, table[row].n);
		}
		api_send_done(&s);
		buf_done(&body);
		arena_done(&a);
	}
}

/* Of the native API: the recipients of a call, since its answer names each. */
static void
test_native(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct api_send s;
		struct arena a;
		struct buf body;

		arena_init(&a, 64u << 20);
		buf_init(&body, 64u << 20);
		api_send_init(&s, &a);
		buf_put_z(&body, "{\"messages\":[");
		for (size_t i = 0; i < 10 + over; i++) {
			size_t n = i < 10 ? 1000 : 1;

			buf_put_z(&body, i ? ",{" : "{");
			buf_put_z(&body, "\"from\":\"a@x.test\",\"text\":\"t\",\"to\":[");
			for (size_t k = 0; k < n; k++)
				buf_put_z(&body, k ? ",\"b@y.test\"" : "\"b@y.test\"");
			buf_put_z(&body, "]}");
		}
		buf_put_z(&body, "]}");
		assert_int_equal(dialects_read(&s, NATIVE, buf_str(&body)), 0);
		assert_int_equal(s.errors.n, over);
		api_send_done(&s);
		buf_done(&body);
		arena_done(&a);
	}
}

/* What a call says once for all its messages has a limit: a short request (it is read on the
 * loop) must not be a minute's work. */
static void
test_shared(void **state)
{
	static const struct {
		enum dialect dialect;
		const char *name, *before, *entry, *between, *one, *after;
		size_t entries, n;
	} shared[] = {
		{ MAILJET, "globals", "{\"Globals\":{\"x\":1", ",\"%zx\":1", "},\"Messages\":[",
			"{}", "]}", 20000, 50 },
		{ SENDGRID, "custom_args",
			"{\"from\":{\"email\":\"a@x.test\"},\"subject\":\"s\",\"content\":[{"
			"\"type\":\"text/plain\",\"value\":\"t\"}],\"custom_args\":{\"x\":\"\"",
			",\"%zx\":\"\"", "},\"personalizations\":[",
			"{\"to\":[{\"email\":\"b@y.test\"}]}", "]}", 20000, 1000 },
		{ SENDGRID, "groups",
			"{\"from\":{\"email\":\"a@x.test\"},\"subject\":\"s\",\"content\":[{"
			"\"type\":\"text/plain\",\"value\":\"t\"}],\"asm\":{\"group_id\":1,"
			"\"groups_to_display\":[1",
			",%zu", "]},\"personalizations\":[",
			"{\"to\":[{\"email\":\"b@y.test\"}]}", "]}", 30000, 1000 },
	};

	(void)state;
	TEST_EACH(row, shared)
	{
		struct api_send s;
		struct arena a;
		struct buf body;

		arena_init(&a, 64u << 20);
		buf_init(&body, 1u << 20);
		api_send_init(&s, &a);
		buf_put_z(&body, row->before);
		for (size_t i = 0; i < row->entries; i++)
			buf_printf(&body, row->entry, i);
		buf_put_z(&body, row->between);
		for (size_t i = 0; i < row->n; i++)
			buf_printf(&body, "%s%s", i ? "," : "", row->one);
		buf_put_z(&body, row->after);
		assert_int_equal(dialects_read(&s, row->dialect, buf_str(&body)), 0);
		assert_true(s.errors.n > 0);
		api_send_done(&s);
		buf_done(&body);
		arena_done(&a);
	}
}

TEST_MAIN(TEST(test_bulk), TEST(test_native), TEST(test_shared))
