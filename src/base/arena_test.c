#include "base/arena.h"

#include "base/mem.h"
#include "base/test.h"

static void
test_alloc(void **state)
{
	struct arena a;
	char *last = NULL;

	(void)state;
	arena_init(&a, 1 << 20);
	for (int round = 0; round < 3; round++) {
		for (size_t n = 0; n < 700; n++) {
			char *p = arena_alloc(&a, n);

			assert_non_null(p);
			assert_ptr_not_equal(p, last);
			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xaa, n);
			last = p;
		}
		assert_true(a.used >= 700 * 699 / 2);
		arena_reset(&a);
		assert_int_equal(a.used, 0);
		assert_non_null(a.head);
	}
	arena_done(&a);
	assert_null(a.head);
}

static void
test_limit(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 100000);
	assert_non_null(arena_alloc(&a, 90000));
	assert_null(arena_alloc(&a, 10001));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_str(&a, str_of("", SIZE_MAX)).p);
	assert_null(arena_printf(&a, "%20000d", 1).p);
	assert_non_null(arena_alloc(&a, 10000));
	assert_null(arena_alloc(&a, 1));
	assert_null(arena_alloc(&a, 0));
	/* A huge block does not stay. */
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 99000));
	arena_reset(&a);
	assert_null(a.head);
	arena_done(&a);
}

static void
test_text(void **state)
{
	struct arena a;
	struct str s, f;

	(void)state;
	arena_init(&a, 1000);
	s = arena_str(&a, STR_LIT("a\0b"));
	f = arena_printf(&a, "%s-%d", "x", 5);
	assert_str_eq(s, STR_LIT("a\0b"));
	assert_int_equal(s.p[3], 0);
	assert_str(f, "x-5");
	assert_string_equal(f.p, "x-5");
	assert_str(arena_str(&a, (struct str){ NULL, 0 }), "");
	arena_done(&a);
}

/* Only with the sanitizer: what lies behind an allocation must not be touched. */
static void
test_poison(void **state)
{
	struct arena a;
	char *p = mem_new(1, 16);
	bool works;

	(void)state;
	mem_poison(p, 16);
	works = mem_poisoned(p);
	mem_unpoison(p, 16);
	mem_free(p);
	arena_init(&a, 1000);
	p = arena_alloc(&a, 20);
	assert_false(mem_poisoned(p + 19));
	assert_int_equal(mem_poisoned(p + 20), works);
	arena_reset(&a);
	assert_int_equal(mem_poisoned(p), works);
	arena_done(&a);
}

static void
test_replace(void **state)
{
	static const struct {
		const char *name, *text, *mark, *with, *want; /* want NULL: too long */
	} table[] = {
		{ "none", "abc", "x", "yy", "abc" },
		{ "empty", "", "x", "yy", "" },
		{ "all", "x", "x", "yy", "yy" },
		{ "ends and a pair", "xaxxbx", "x", "12", "12a1212b12" },
		{ "away", "<%>a<%>", "<%>", "", "a" },
		{ "nothing is left", "<%>", "<%>", "", "" },
		{ "a part of it", "<%<%>", "<%>", "!", "<%!" },
		{ "not again", "x", "x", "xx", "xx" },
		{ "just fits", "xxxx", "x", "abcd", "abcdabcdabcdabcd" },
		{ "too long", "xxxxy", "x", "abcd", NULL },
		{ "shorter", "0123456789abcdefxx", "x", "", "0123456789abcdef" },
	};
	struct arena a;

	(void)state;
	TEST_EACH(row, table)
	{
		struct str got;

		arena_init(&a, 4096);
		got = arena_replace(
			&a, str_z(row->text), str_z(row->mark), str_z(row->with), 16);
		assert_int_equal(got.p != NULL, row->want != NULL);
		if (row->want)
			assert_str(got, row->want);
		arena_done(&a);
	}
	arena_init(&a, 0);
	assert_null(arena_replace(&a, STR_LIT("x"), STR_LIT("x"), STR_LIT("y"), 16).p);
	arena_done(&a);
}

TEST_MAIN(TEST(test_alloc), TEST(test_limit), TEST(test_text), TEST(test_poison),
	TEST(test_replace))
