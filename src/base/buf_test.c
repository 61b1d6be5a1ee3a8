#include "base/buf.h"

#include "base/test.h"

#include <errno.h>

static void
test_puts(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_str(buf_str(&b), "");
	assert_null(b.p);
	assert_int_equal(buf_put_z(&b, "a"), 0);
	assert_int_equal(buf_put_c(&b, 'b'), 0);
	assert_int_equal(buf_put(&b, STR_LIT("c\0d")), 0);
	assert_int_equal(buf_put(&b, STR_NONE), 0);
	assert_int_equal(buf_put_u64(&b, 0), 0);
	assert_int_equal(buf_put_u64(&b, UINT64_MAX), 0);
	assert_int_equal(buf_printf(&b, "<%d>", -5), 0);
	assert_str_eq(buf_str(&b), STR_LIT("abc\0d018446744073709551615<-5>"));
	buf_eat(&b, 5);
	buf_cut(&b, 3);
	assert_str(buf_str(&b), "018");
	buf_eat(&b, 3);
	assert_int_equal(b.n, 0);
	buf_done(&b);
	assert_int_equal(buf_put_z(&b, "again"), 0);
	assert_str(buf_str(&b), "again");
	buf_done(&b);
}

static void
test_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(buf_put_c(&b, 'x'), 0);
	assert_false(b.full);
	assert_int_equal(buf_put(&b, STR_NONE), 0);
	assert_non_null(buf_room(&b, 0));
	assert_int_equal(buf_put_c(&b, 'y'), -E2BIG);
	assert_true(b.full);
	assert_int_equal(b.n, 100);
	buf_cut(&b, 98);
	assert_int_equal(buf_printf(&b, "%s", "abc"), -E2BIG);
	assert_int_equal(buf_put_z(&b, "abc"), -E2BIG);
	assert_null(buf_room(&b, 3));
	assert_null(buf_room(&b, SIZE_MAX));
	assert_int_equal(b.n, 98);
	assert_int_equal(buf_printf(&b, "%s", "ab"), 0);
	assert_true(b.full);
	buf_clear(&b);
	assert_false(b.full);
	assert_int_equal(b.n, 0);
	buf_done(&b);

	buf_init(&b, 0);
	assert_int_equal(buf_put(&b, STR_NONE), 0);
	assert_int_equal(buf_put_z(&b, ""), 0);
	assert_int_equal(buf_printf(&b, "%s", ""), 0);
	assert_int_equal(buf_put_c(&b, 'x'), -E2BIG);
	buf_done(&b);
}

static void
test_grow(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	for (uint64_t i = 0; i < 20000; i++)
		buf_printf(&b, "%05u", (unsigned)i);
	assert_int_equal(b.n, 100000);
	assert_str(str_head(str_from(buf_str(&b), 61725), 5), "12345");
	memcpy(buf_room(&b, 3), "end", 3);
	buf_added(&b, 3);
	assert_true(str_ends(buf_str(&b), STR_LIT("19999end")));
	buf_done(&b);
}

static void
test_numbers(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(buf_put_i64(&b, INT64_MIN), 0);
	assert_int_equal(buf_put_c(&b, ' '), 0);
	assert_int_equal(buf_put_i64(&b, 0), 0);
	assert_int_equal(buf_put_i64(&b, -7), 0);
	assert_int_equal(buf_put_padded(&b, 7, 3), 0);
	assert_int_equal(buf_put_padded(&b, 1234, 3), 0);
	assert_int_equal(buf_put_padded(&b, 5, 0), 0);
	assert_str(buf_str(&b), "-9223372036854775808 0-700712345");
	buf_clear(&b);
	assert_int_equal(buf_put_padded(&b, UINT64_MAX, 99), 0);
	assert_str(buf_str(&b), "18446744073709551615");
	buf_done(&b);

	/* Nothing of a number that does not fit; not the sign of another one either. */
	buf_init(&b, 3);
	assert_int_equal(buf_put_z(&b, "x-"), 0);
	assert_int_equal(buf_put_i64(&b, -1), -E2BIG);
	assert_int_equal(buf_put_z(&b, "-"), 0);
	assert_int_equal(buf_put_i64(&b, -1), -E2BIG);
	assert_str(buf_str(&b), "x--");
	buf_done(&b);
}

static void
put_itself(void *arg)
{
	buf_put(arg, buf_str(arg));
}

static void
test_itself(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(test_dies(put_itself, &b), 0);
	buf_put_c(&b, 'x');
	assert_int_equal(test_dies(put_itself, &b), SIGABRT);
	buf_done(&b);
}

static void
test_fill(void **state)
{
	static const struct {
		const char *name, *held, *in;
		size_t n;
		bool full;
		const char *want, *left;
	} table[] = {
		{ "all it needs", "", "abcd", 3, true, "abc", "d" },
		{ "to the byte", "a", "bc", 3, true, "abc", "" },
		{ "too little", "a", "b", 3, false, "ab", "" },
		{ "nothing came", "a", "", 3, false, "a", "" },
		{ "it has enough", "abcd", "e", 3, true, "abcd", "e" },
		{ "its maximum", "ab", "cdefg", 5, true, "abcde", "fg" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str in = str_z(row->in);
		struct buf b;

		buf_init(&b, 5);
		assert_int_equal(buf_put_z(&b, row->held), 0);
		assert_int_equal(buf_fill(&b, &in, row->n), row->full);
		assert_str(buf_str(&b), row->want);
		assert_str(in, row->left);
		buf_done(&b);
	}
}

TEST_MAIN(TEST(test_fill), TEST(test_puts), TEST(test_limit), TEST(test_grow),
	TEST(test_numbers), TEST(test_itself))
