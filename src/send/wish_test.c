#include "base/test.h"

#include "send/wish.h"

#include <errno.h>

static struct str
extra_of(char *dst, size_t size, struct str more)
{
	struct buf b = { dst, 0, size, size, false };
	const struct msg_extra x = { .idem = STR_NONE, .about = STR_NONE, .more = more };

	assert_int_equal(msg_extra_write(&b, &x), 0);
	return buf_str(&b);
}

static void
test_both_ways(void **state)
{
	static const struct {
		const char *name;
		struct wish w;
		size_t n; /* bytes of more */
	} table[] = {
		{ "nothing", { 0 }, 0 },
		{ "a group", { .group = 7 }, 4 },
		{ "verified", { .tls = TLS_NEED_VERIFIED }, 12 },
		{ "once", { .once = STR_LIT("0123456789abcdef") }, 28 },
		{ "all",
			{ .group = UINT32_MAX,
				.tls = TLS_NEED_ANY,
				.turn = TURN_LOW | TURN_LAST_FIRST,
				.once = STR_LIT("0123456789abcdef") },
			28 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		char inner[WISH_ROOM], outer[100];
		struct buf more = { inner, 0, sizeof inner, sizeof inner, false };
		struct wish got = { .group = 99, .tls = 99 };

		wish_write(&more, &row->w);
		assert_int_equal(more.n, row->n);
		assert_int_equal(
			wish_read(extra_of(outer, sizeof outer, buf_str(&more)), &got), 0);
		assert_int_equal(got.group, row->w.group);
		assert_int_equal(got.tls, row->w.tls);
		assert_int_equal(got.turn, row->w.turn);
		assert_true(str_eq(got.once, row->w.once));
	}
}

/* Of older programs and newer ones, and of nobody. */
static void
test_read(void **state)
{
	static const struct {
		const char *name, *more;
		size_t n;
		int err;
		uint32_t group;
		uint8_t tls;
	} table[] = {
		{ "before there was anything", "", 0, 0, 0, TLS_NEED_NONE },
		{ "before there was TLS", "\7\0\0\0", 4, 0, 7, TLS_NEED_NONE },
		{ "now", "\7\0\0\0\4\0\0\0\1\0\0\0", 12, 0, 7, TLS_NEED_VERIFIED },
		{ "later", "\7\0\0\0\12\0\0\0\2\0\0\0\2\0\0\0ab", 18, 0, 7, TLS_NEED_ANY },
		{ "cut", "\7\0", 2, -EBADMSG, 0, TLS_NEED_NONE },
		{ "a campaign cut", "\7\0\0\0\6\0\0\0\1\0\2\0ab", 14, -EBADMSG, 0,
			TLS_NEED_NONE },
		{ "no such need", "\7\0\0\0\4\0\0\0\3\0\0\0", 12, -EBADMSG, 0, TLS_NEED_NONE },
		{ "no such turn", "\7\0\0\0\4\0\0\0\0\4\0\0", 12, -EBADMSG, 0, TLS_NEED_NONE },
	};
	struct wish got;

	(void)state;
	TEST_EACH(row, table)
	{
		char outer[100];

		assert_int_equal(
			wish_read(
				extra_of(outer, sizeof outer, str_of(row->more, row->n)), &got),
			row->err);
		assert_int_equal(got.group, row->group);
		assert_int_equal(got.tls, row->tls);
	}
	assert_int_equal(wish_read(STR_NONE, &got), 0);
	assert_int_equal(wish_read(STR_LIT("no extra"), &got), -EBADMSG);
	assert_int_equal(got.group, 0);
}

TEST_MAIN(TEST(test_both_ways), TEST(test_read))
