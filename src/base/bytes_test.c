#include "base/bytes.h"

#include "base/test.h"

#include <errno.h>

static void
write_all(struct buf *b)
{
	assert_int_equal(wr_u8(b, 0xfe), 0);
	assert_int_equal(wr_u16(b, 0xfedc), 0);
	assert_int_equal(wr_u32(b, 0xfedcba98), 0);
	assert_int_equal(wr_u64(b, UINT64_C(0xfedcba9876543210)), 0);
	assert_int_equal(wr_str(b, STR_LIT("ab")), 0);
	assert_int_equal(wr_text(b, STR_LIT("c\0d")), 0);
	assert_int_equal(wr_str(b, STR_NONE), 0);
}

static void
test_round(void **state)
{
	struct buf b;
	struct rd r;

	(void)state;
	buf_init(&b, 1000);
	write_all(&b);
	assert_str_eq(str_head(buf_str(&b), 7), STR_LIT("\xfe\xdc\xfe\x98\xba\xdc\xfe"));
	wr_u32_at(&b, 3, 7);
	r = rd_of(buf_str(&b));
	assert_int_equal(rd_u8(&r), 0xfe);
	assert_int_equal(rd_u16(&r), 0xfedc);
	assert_int_equal(rd_u32(&r), 7);
	assert_true(rd_u64(&r) == UINT64_C(0xfedcba9876543210));
	assert_str(rd_str(&r), "ab");
	assert_str_eq(rd_text(&r), STR_LIT("c\0d"));
	assert_false(rd_end(&r));
	assert_str(rd_str(&r), "");
	assert_true(rd_end(&r));
	assert_int_equal(rd_u8(&r), 0);
	assert_true(r.bad);
	assert_false(rd_end(&r));
	buf_done(&b);
}

/* Each cut of the record is seen, and after it only zeros come. */
static void
test_cut(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	write_all(&b);
	for (size_t n = 0; n < b.n; n++) {
		struct rd r = rd_of(str_head(buf_str(&b), n));

		rd_u8(&r), rd_u16(&r), rd_u32(&r), rd_u64(&r);
		rd_str(&r), rd_text(&r), rd_str(&r);
		assert_true(r.bad);
		assert_false(rd_end(&r));
		assert_int_equal(rd_u64(&r), 0);
		assert_int_equal(rd_raw(&r, 1).n, 0);
	}
	buf_done(&b);
}

static void
test_limits(void **state)
{
	static char big[65536];
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_int_equal(wr_str(&b, str_of(big, 65535)), 0);
	buf_clear(&b);
	assert_int_equal(wr_str(&b, str_of(big, 65536)), -E2BIG);
	assert_true(b.full);
	assert_int_equal(b.n, 0);
	assert_int_equal(wr_text(&b, str_of(big, 65536)), 0);
	buf_done(&b);
	buf_init(&b, 5);
	assert_int_equal(wr_str(&b, STR_LIT("abcd")), -E2BIG);
	assert_int_equal(b.n, 0);
	assert_int_equal(wr_str(&b, STR_LIT("abc")), 0);
	assert_int_equal(wr_u8(&b, 1), -E2BIG);
	buf_done(&b);
}

TEST_MAIN(TEST(test_round), TEST(test_cut), TEST(test_limits))
