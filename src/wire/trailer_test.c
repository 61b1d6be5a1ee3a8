#include "wire/trailer.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

static void
test_sizes(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		int err;
	} table[] = {
		{ "empty", 0, 0 },
		{ "small", 31, 0 },
		{ "the longest", TRAILER_JSON_MAX, 0 },
		{ "one more", TRAILER_JSON_MAX + 1, -E2BIG },
	};
	char *bytes = mem_new(1, TRAILER_JSON_MAX + 1);

	(void)state;
	memset(bytes, 'x', TRAILER_JSON_MAX + 1);
	TEST_EACH(row, table)
	{
		struct str json = str_of(bytes, row->n), got;
		struct buf b;

		buf_init(&b, 2 * TRAILER_MAX);
		assert_int_equal(trailer_write(&b, 5, json), row->err);
		assert_true(b.n <= TRAILER_MAX);
		if (row->err) {
			assert_int_equal(b.n, 0);
		} else {
			assert_int_equal(trailer_read(buf_str(&b), 5, &got), 0);
			assert_true(str_eq(got, json));
			/* Another message's is none. */
			assert_int_equal(trailer_read(buf_str(&b), 6, &got), -EILSEQ);
			/* What lies behind it is of no account. */
			assert_int_equal(buf_put_z(&b, "From: a@shop.test\r\n"), 0);
			assert_int_equal(trailer_read(buf_str(&b), 5, &got), 0);
		}
		buf_done(&b);
	}
	mem_free(bytes);
}

static void
test_damage(void **state)
{
	const struct str json = STR_LIT("{\"vars\":{\"name\":\"Ann\"}}");
	size_t frame = 24 + json.n + 4;
	struct str got;
	struct buf b;

	(void)state;
	buf_init(&b, TRAILER_MAX);
	assert_int_equal(trailer_write(&b, 5, json), 0);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(trailer_read(str_head(buf_str(&b), n), 5, &got), -EILSEQ);
	for (size_t bit = 0; bit < frame * 8; bit++) {
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
		assert_int_equal(trailer_read(buf_str(&b), 5, &got), -EILSEQ);
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
	}
	assert_int_equal(trailer_read(buf_str(&b), 5, &got), 0);
	memset(b.p, 0, b.n);
	assert_int_equal(trailer_read(buf_str(&b), 5, &got), -EILSEQ);
	buf_done(&b);
}

TEST_MAIN(TEST(test_sizes), TEST(test_damage))
