#include "base/str.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

#define S STR_LIT

static void
test_compare(void **state)
{
	static const struct {
		const char *name, *a, *b;
		bool eq, ieq, starts, ends, iends;
		int cmp;
	} table[] = {
		{ "same", "abc", "abc", true, true, true, true, true, 0 },
		{ "case", "aBc", "Abc", false, true, false, false, true, 1 },
		{ "prefix", "abc", "ab", false, false, true, false, false, 1 },
		{ "suffix", "abc", "BC", false, false, false, false, true, 1 },
		{ "empty b", "abc", "", false, false, true, true, true, 1 },
		{ "both empty", "", "", true, true, true, true, true, 0 },
		{ "longer b", "ab", "abc", false, false, false, false, false, -1 },
		{ "high byte", "\xc3", "a", false, false, false, false, false, 1 },
		{ "not case", "[", "{", false, false, false, false, false, -1 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str a = str_z(row->a), b = str_z(row->b);
		int cmp = str_cmp(a, b);

		assert_int_equal(str_eq(a, b), row->eq);
		assert_int_equal(str_eq_z(a, row->b), row->eq);
		assert_int_equal(str_eq_secret(a, b), row->eq);
		assert_int_equal(str_ieq(a, b), row->ieq);
		assert_int_equal(str_ieq_z(a, row->b), row->ieq);
		assert_int_equal(str_starts(a, b), row->starts);
		assert_int_equal(str_ends(a, b), row->ends);
		assert_int_equal(str_iends(a, b), row->iends);
		assert_int_equal((cmp > 0) - (cmp < 0), row->cmp);
	}
	assert_true(str_istarts(S("HELO x"), S("helo ")));
	assert_false(str_istarts(S("HEL"), S("helo")));
	assert_true(str_eq((struct str){ NULL, 0 }, str_z(NULL)));
}

static void
test_find(void **state)
{
	static const struct {
		const char *name, *s, *needle;
		size_t first, last, text;
	} table[] = {
		{ "once", "a,b", ",", 1, 1, 1 },
		{ "twice", "a,b,c", ",", 1, 3, 1 },
		{ "none", "abc", ",", 3, 3, 3 },
		{ "empty", "", ",", 0, 0, 0 },
		{ "long", "aaab", "aab", 0, 2, 1 },
		{ "at the end", "xxab", "ab", 2, 2, 2 },
		{ "cut off", "xxa", "ab", 2, 2, 3 },
		{ "longer", "a", "aa", 0, 0, 1 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str s = str_z(row->s);

		assert_int_equal(str_find(s, row->needle[0]), row->first);
		assert_int_equal(str_rfind(s, row->needle[0]), row->last);
		assert_int_equal(str_find_str(s, str_z(row->needle)), row->text);
	}
	assert_int_equal(str_find_str(S("ab"), STR_NONE), 0);
	assert_int_equal(str_find(S("a\xff"), '\xff'), 1);
}

static void
test_parts(void **state)
{
	struct str s = S("hello"), rest = S("a,,b"), none = { NULL, 0 };

	(void)state;
	assert_str(str_from(s, 2), "llo");
	assert_str(str_from(s, 9), "");
	assert_str(str_head(s, 2), "he");
	assert_str(str_head(s, 9), "hello");
	assert_int_equal(str_from(none, 3).n, 0);
	assert_str(str_trim(S(" \t a b\t ")), "a b");
	assert_str(str_trim(S("a\r\n")), "a\r\n");
	assert_str(str_trim_all(S("\r\n a \r\n")), "a");
	assert_str(str_trim_all(S(" \n ")), "");
	assert_str(str_cut(&rest, ','), "a");
	assert_str(str_cut(&rest, ','), "");
	assert_str(str_cut(&rest, ','), "b");
	assert_null(rest.p);
	rest = S("a,");
	assert_str(str_cut(&rest, ','), "a");
	assert_non_null(rest.p);
	assert_str(str_cut(&rest, ','), "");
	assert_null(rest.p);
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *name, *s;
		int r64, r32;
		uint64_t v;
	} table[] = {
		{ "zero", "0", 0, 0, 0 },
		{ "leading zeros", "007", 0, 0, 7 },
		{ "32 most", "4294967295", 0, 0, UINT32_MAX },
		{ "32 over", "4294967296", 0, -ERANGE, UINT64_C(4294967296) },
		{ "64 most", "18446744073709551615", 0, -ERANGE, UINT64_MAX },
		{ "64 over", "18446744073709551616", -ERANGE, -ERANGE, 0 },
		{ "64 far over", "99999999999999999999999", -ERANGE, -ERANGE, 0 },
		{ "empty", "", -EINVAL, -EINVAL, 0 },
		{ "sign", "+1", -EINVAL, -EINVAL, 0 },
		{ "space", " 1", -EINVAL, -EINVAL, 0 },
		{ "tail", "1x", -EINVAL, -EINVAL, 0 },
		{ "over and wrong", "99999999999999999999999x", -EINVAL, -EINVAL, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		uint64_t v = 77;
		uint32_t w = 77;

		assert_int_equal(str_u64(str_z(row->s), &v), row->r64);
		assert_int_equal(v, row->r64 ? 77 : row->v);
		assert_int_equal(str_u32(str_z(row->s), &w), row->r32);
		assert_int_equal(w, row->r32 ? 77 : row->v);
	}
}

static void
test_copies(void **state)
{
	char *z = str_dup_z(S("abc")), dst[4];

	(void)state;
	assert_string_equal(z, "abc");
	mem_free(z);
	assert_int_equal(str_copy_z(dst, sizeof dst, S("abc")), 0);
	assert_string_equal(dst, "abc");
	assert_int_equal(str_copy_z(dst, sizeof dst, S("abcd")), -E2BIG);
	assert_string_equal(dst, "");
	assert_int_equal(str_copy_z(dst, 0, S("")), -E2BIG);
}

TEST_MAIN(TEST(test_compare), TEST(test_find), TEST(test_parts), TEST(test_numbers),
	TEST(test_copies))
