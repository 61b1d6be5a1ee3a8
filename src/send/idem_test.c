#include "base/test.h"

#include "send/idem.h"

#include <errno.h>

#define NOW INT64_C(1800000000000000)

#define RUNNING 1 /* the key whose call is not durable yet */

static uint64_t told; /* the first id that was told last */

static struct str
call(char dst[IDEM_SIZE], unsigned key, unsigned body, uint64_t first)
{
	uint8_t k[32] = { 0 }, b[32] = { 0 };

	memcpy(k + 4, &key, sizeof key);
	memcpy(b + 4, &body, sizeof body);
	idem_call(dst, k, b, first);
	return str_of(dst, IDEM_SIZE);
}

static enum idem_kind
ask(struct idem *m, unsigned key, unsigned body, uint64_t first, int64_t now)
{
	char c[IDEM_SIZE];

	return idem_find(m, call(c, key, body, first), now, &told);
}

static void
put(struct idem *m, unsigned key, unsigned body, uint64_t first, int64_t at)
{
	char c[IDEM_SIZE];

	idem_put(m, call(c, key, body, first), at, at, true);
	if (key != RUNNING)
		idem_done(m, call(c, key, body, first));
}

static void
test_life(void **state)
{
	struct idem *m = idem_new();
	char c[IDEM_SIZE];

	(void)state;
	assert_int_equal(ask(m, 1, 1, 100, NOW), IDEM_NEW);
	assert_int_equal(idem_find(m, STR_NONE, NOW, &told), IDEM_NEW);
	put(m, 1, 1, 100, NOW);
	put(m, 1, 1, 100, NOW);
	assert_int_equal(idem_count(m), 1);
	assert_int_equal(ask(m, 1, 1, 100, NOW), IDEM_NEW); /* itself (P4) */
	assert_int_equal(ask(m, 1, 1, 200, NOW), IDEM_RUNNING);
	assert_int_equal(ask(m, 1, 2, 200, NOW), IDEM_OTHER);
	idem_done(m, call(c, 1, 1, 100));
	assert_int_equal(ask(m, 1, 1, 200, NOW), IDEM_AGAIN);
	assert_int_equal(told, 100);
	assert_int_equal(ask(m, 1, 2, 200, NOW), IDEM_OTHER);
	assert_int_equal(ask(m, 1, 1, 200, NOW + IDEM_LIFE), IDEM_AGAIN);
	assert_int_equal(ask(m, 1, 1, 200, NOW + IDEM_LIFE + 1), IDEM_NEW);
	/* The key's second life. */
	put(m, 1, 3, 300, NOW + IDEM_LIFE + 1);
	idem_done(m, call(c, 1, 3, 300));
	assert_int_equal(idem_count(m), 1);
	assert_int_equal(ask(m, 1, 3, 400, NOW + IDEM_LIFE + 1), IDEM_AGAIN);
	assert_int_equal(told, 300);
	idem_free(&m);
}

static void
test_many(void **state)
{
	struct idem *m = idem_new();

	(void)state;
	for (unsigned i = 0; i < IDEM_MAX + 500; i++)
		put(m, i + 1, i, 1000 + i, NOW + i);
	assert_int_equal(idem_count(m), IDEM_MAX);
	assert_int_equal(ask(m, 500, 499, 1, NOW), IDEM_NEW);
	assert_int_equal(ask(m, 501, 500, 1, NOW), IDEM_AGAIN);
	assert_int_equal(told, 1500);
	assert_int_equal(ask(m, IDEM_MAX + 500, IDEM_MAX + 499, 1, NOW), IDEM_AGAIN);
	idem_free(&m);
}

static void
test_records(void **state)
{
	struct idem *m = idem_new(), *back = idem_new();
	uint64_t pos = 0;
	unsigned records = 0;
	struct buf b;

	(void)state;
	for (unsigned i = 0; i < 2500; i++)
		put(m, i + 1, i, 1000 + i, NOW + i);
	buf_init(&b, 1u << 20);
	for (; idem_write(m, &pos, &b); records++) {
		assert_int_equal(idem_read(back, buf_str(&b), NOW), 0);
		assert_int_equal(
			idem_read(back, str_head(buf_str(&b), b.n - 1), NOW), -EBADMSG);
		buf_clear(&b);
	}
	assert_int_equal(records, 3);
	assert_int_equal(idem_count(back), 2500);
	assert_int_equal(ask(back, 2500, 2499, 1, NOW), IDEM_AGAIN);
	assert_int_equal(told, 3499);
	assert_int_equal(idem_read(back, STR_NONE, NOW), -EBADMSG);
	/* Told a day later, nothing is young. */
	idem_free(&back);
	back = idem_new();
	pos = 0;
	assert_true(idem_write(m, &pos, &b));
	assert_int_equal(idem_read(back, buf_str(&b), NOW + 2 * IDEM_LIFE), 0);
	assert_int_equal(idem_count(back), 0);
	buf_done(&b);
	idem_free(&m);
	idem_free(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
