#include "base/test.h"
#include "wire/reply.h"

#include <errno.h>

static void
test_write(void **state)
{
	static const struct {
		const char *name;
		struct reply in;
		const char *want;
	} table[] = {
		{ "none", { 0, { 0 }, { "x", 1 } }, "" },
		{ "plain", { 354, { 0 }, { "go", 2 } }, "354 go\r\n" },
		{ "empty", { 334, { 0 }, { "", 0 } }, "334 \r\n" },
		{ "enhanced", { 550, { 5, 1, 1 }, { "No", 2 } }, "550 5.1.1 No\r\n" },
		{ "lines", { 250, { 2, 0, 0 }, { "a\nb", 3 } },
			"250-2.0.0 a\r\n250 2.0.0 b\r\n" },
		{ "injected", { 550, { 0 }, { "a\r\n250 ok", 9 } },
			"550-a \r\n550 250 ok\r\n" },
		{ "controls", { 550, { 0 }, { "a\0b\x1b[c", 6 } }, "550 a b [c\r\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf b;
		buf_init(&b, 1000);
		assert_int_equal(reply_write(&b, &row->in), 0);
		assert_str(buf_str(&b), row->want);
		buf_done(&b);
	}
}

static void
test_bounds(void **state)
{
	char big[4000];
	struct buf b;

	(void)state;
	memset(big, 'x', sizeof big);
	big[480] = (char)0xc3; /* a character that must not be cut in two */
	big[481] = (char)0xa9;
	struct reply r = { 550, { 5, 0, 0 }, str_of(big, sizeof big) };
	buf_init(&b, 8000);
	assert_int_equal(reply_write(&b, &r), 0);
	assert_true(b.n <= 512);
	assert_true(str_ends(buf_str(&b), STR_LIT("\r\n")));
	buf_done(&b);

	/* All or nothing. */
	r.text = STR_LIT("one\ntwo");
	buf_init(&b, 20);
	assert_int_equal(reply_write(&b, &r), -E2BIG);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

static void
test_safe(void **state)
{
	struct buf b;
	struct reply r = REPLY(421, 4, 7, 0, "a\r\nb\033\nc");

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(reply_safe(&b, &r), 0);
	assert_int_equal(str_find(buf_str(&b), '\n'), b.n);
	assert_int_equal(str_find(buf_str(&b), '\r'), b.n);
	assert_int_equal(str_find(buf_str(&b), '\033'), b.n);
	assert_true(str_starts(buf_str(&b), STR_LIT("421 4.7.0 a")));
	buf_done(&b);
}

static void
test_dsn_parse(void **state)
{
	static const struct {
		const char *name;
		int rc;
		unsigned class, subject, detail;
		size_t used;
	} table[] = {
		{ "5.1.1 No such user", 0, 5, 1, 1, 6 },
		{ "2.0.0", 0, 2, 0, 0, 5 },
		{ "4.7.515  x", 0, 4, 7, 515, 9 },
		{ "5.7.1: x", 0, 5, 7, 1, 5 },
		{ "5.1.1.2", -EINVAL, 0, 0, 0, 0 },
		{ "3.1.1 x", -EINVAL, 0, 0, 0, 0 },
		{ "5.1234.1", -EINVAL, 0, 0, 0, 0 },
		{ "5.1.1234", -EINVAL, 0, 0, 0, 0 },
		{ "5.1.", -EINVAL, 0, 0, 0, 0 },
		{ "5..1 x", -EINVAL, 0, 0, 0, 0 },
		{ "5.1x1", -EINVAL, 0, 0, 0, 0 },
		{ "", -EINVAL, 0, 0, 0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct dsn_code d = { 0 };
		size_t used = 0;
		assert_int_equal(dsn_code_parse(str_z(row->name), &d, &used), row->rc);
		assert_int_equal(d.class, row->class);
		assert_int_equal(d.subject, row->subject);
		assert_int_equal(d.detail, row->detail);
		assert_int_equal(used, row->used);
	}
}

TEST_MAIN(TEST(test_write), TEST(test_bounds), TEST(test_safe), TEST(test_dsn_parse))
