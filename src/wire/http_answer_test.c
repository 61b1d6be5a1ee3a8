#include "base/test.h"

#include "wire/http_answer.h"

#include <errno.h>

#define HEAD "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
#define FORM "Content-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\n"

/* Other fields stand behind ours, in order, before the body; nothing of them ends its line. */
static void
test_fields(void **state)
{
	static const struct {
		const char *name;
		struct str field, value;
		int err;
	} table[] = {
		{ "plain", { "Retry-After", 11 }, { "10", 2 }, 0 },
		{ "empty value", { "X-A", 3 }, { "", 0 }, 0 },
		{ "UTF-8", { "X-A", 3 }, { "\xc3\xa9", 2 }, 0 },
		{ "CR LF in the value", { "X-A", 3 }, { "a\r\nX-B: b", 9 }, -EINVAL },
		{ "CR in the value", { "X-A", 3 }, { "a\rb", 3 }, -EINVAL },
		{ "LF in the value", { "X-A", 3 }, { "a\nb", 3 }, -EINVAL },
		{ "LF at its end", { "X-A", 3 }, { "a\n", 2 }, -EINVAL },
		{ "NUL in the value", { "X-A", 3 }, { "a\0b", 3 }, -EINVAL },
		{ "DEL in the value", { "X-A", 3 }, { "a\x7f", 2 }, -EINVAL },
		{ "tab in the value", { "X-A", 3 }, { "a\tb", 3 }, -EINVAL },
		{ "CR LF in the name", { "X-A\r\nX", 6 }, { "b", 1 }, -EINVAL },
		{ "colon in the name", { "X-A: b", 6 }, { "c", 1 }, -EINVAL },
		{ "blank in the name", { "X A", 3 }, { "b", 1 }, -EINVAL },
		{ "NUL in the name", { "X\0A", 3 }, { "b", 1 }, -EINVAL },
		{ "no name", { "", 0 }, { "b", 1 }, -EINVAL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const struct http_field fields[] = { { STR_LIT("X-First"), STR_LIT("1") },
			{ row->field, row->value } };
		const struct http_answer a = { .status = 200,
			.fields = fields,
			.nfields = 2,
			.body = STR_LIT("ok"),
			.keep_alive = true };
		char want[400];
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(http_answer_write(&b, &a), row->err);
		/* Nothing of a refused one is written. */
		assert_int_equal(b.n > 0, row->err == 0);
		snprintf(want, sizeof want,
			HEAD FORM
			"X-First: 1\r\n%.*s: %.*s\r\nConnection: keep-alive\r\n\r\nok",
			STR_ARG(row->field), STR_ARG(row->value));
		if (row->err == 0)
			assert_str(buf_str(&b), want);
		buf_done(&b);
	}
}

static void
test_lines(void **state)
{
	static const struct {
		const char *name;
		struct http_answer a;
		int err;
	} table[] = {
		{ "fine", { .status = 200, .type = "text/html", .location = "/x" }, 0 },
		{ "type ends its line", { .status = 200, .type = "text/html\r\nX: y" },
			-EINVAL },
		{ "location ends its line", { .status = 302, .location = "/\nX: y" }, -EINVAL },
		{ "no status", { .status = 0 }, -EINVAL },
		{ "no such status", { .status = 600 }, -EINVAL },
		{ "disk", { .status = 507 }, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(http_answer_write(&b, &row->a), row->err);
		buf_done(&b);
	}
}

static void
test_too_long(void **state)
{
	const struct http_answer a = { .status = 200, .body = STR_LIT("0123456789") };
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(http_answer_write(&b, &a), -E2BIG);
	buf_done(&b);
}

TEST_MAIN(TEST(test_fields), TEST(test_lines), TEST(test_too_long))
