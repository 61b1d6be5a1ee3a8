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

#define TENANT 7

static void
put_of(struct idem *m, uint32_t tenant, unsigned key, int64_t at)
{
	char c[IDEM_SIZE];

	idem_begin(m, tenant, call(c, key, key, 1000 + key), at);
	idem_done(m, call(c, key, key, 1000 + key));
}

static void
put(struct idem *m, unsigned key, unsigned body, uint64_t first, int64_t at)
{
	char c[IDEM_SIZE];

	idem_begin(m, TENANT, call(c, key, body, first), at);
	if (key != RUNNING)
		idem_done(m, call(c, key, body, first));
}

static void
test_life(void **state)
{
	struct idem *m = idem_new(IDEM_MAX, IDEM_LIFE);
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
	struct idem *m = idem_new(IDEM_MAX, IDEM_LIFE);

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

/* Who got a campaign is kept in one with a maximum and a life of its own. */
static void
test_other_bounds(void **state)
{
	struct idem *m = idem_new(2, 1000);

	(void)state;
	for (unsigned i = 2; i < 5; i++)
		put(m, i, i, i, NOW + i);
	assert_int_equal(idem_count(m), 2);
	assert_int_equal(ask(m, 2, 2, 1, NOW), IDEM_NEW);
	assert_int_equal(ask(m, 3, 3, 1, NOW + 1003), IDEM_AGAIN);
	assert_int_equal(ask(m, 3, 3, 1, NOW + 1004), IDEM_NEW);
	idem_free(&m);
}

/* A tenant over its share loses its own; the calls of the others stay their 24 h. */
static void
test_shares(void **state)
{
	enum { FEW = 1000, OTHER = 1 << 24, THIRD = 1 << 25 };
	struct idem *m = idem_new(IDEM_MAX, IDEM_LIFE);

	(void)state;
	for (unsigned i = 1; i <= FEW; i++)
		put_of(m, TENANT + 1, OTHER + i, NOW);
	for (unsigned i = 1; i <= IDEM_MAX + 500; i++)
		put_of(m, TENANT, i, NOW + i);
	assert_int_equal(idem_count(m), IDEM_MAX);
	for (unsigned i = 1; i <= FEW; i++)
		assert_int_equal(ask(m, OTHER + i, OTHER + i, 1, NOW), IDEM_AGAIN);
	assert_int_equal(ask(m, 500 + FEW, 500 + FEW, 1, NOW), IDEM_NEW);
	assert_int_equal(ask(m, 501 + FEW, 501 + FEW, 1, NOW), IDEM_AGAIN);
	/* One that comes has room at once, and as much as the other in the end. */
	for (unsigned i = 1; i <= IDEM_MAX; i++) {
		put_of(m, TENANT + 2, THIRD + i, NOW + i);
		if (i > 1)
			continue;
		assert_int_equal(ask(m, THIRD + 1, THIRD + 1, 1, NOW), IDEM_AGAIN);
		assert_int_equal(ask(m, 501 + FEW, 501 + FEW, 1, NOW), IDEM_NEW);
		assert_int_equal(ask(m, 502 + FEW, 502 + FEW, 1, NOW), IDEM_AGAIN);
	}
	assert_int_equal(idem_count(m), IDEM_MAX);
	for (unsigned i = 1; i <= FEW; i++)
		assert_int_equal(ask(m, OTHER + i, OTHER + i, 1, NOW), IDEM_AGAIN);
	assert_int_equal(ask(m, THIRD + IDEM_MAX / 2 + FEW, THIRD + IDEM_MAX / 2 + FEW, 1, NOW),
		IDEM_AGAIN);
	assert_int_equal(ask(m, IDEM_MAX, IDEM_MAX, 1, NOW), IDEM_AGAIN);
	assert_int_equal(ask(m, IDEM_MAX - 400000, IDEM_MAX - 400000, 1, NOW), IDEM_AGAIN);
	idem_free(&m);
}

/* Many tenants come and go; what is old goes by itself. */
static void
test_tenants(void **state)
{
	struct idem *m = idem_new(IDEM_MAX, IDEM_LIFE);
	int64_t later = NOW + IDEM_LIFE + 10000;

	(void)state;
	for (unsigned i = 1; i <= 5000; i++)
		put_of(m, i % 3 ? i : 1 + i % 40, i, NOW + i);
	for (unsigned i = 1; i <= 5000; i++)
		assert_int_equal(ask(m, i, i, 1, NOW + i), IDEM_AGAIN);
	for (unsigned i = 1; i <= 5000; i++)
		put_of(m, 10000 + i % 700, 5000 + i, later + i);
	assert_int_equal(idem_count(m), 5000);
	for (unsigned i = 1; i <= 5000; i++)
		assert_int_equal(ask(m, 5000 + i, 5000 + i, 1, later), IDEM_AGAIN);
	idem_free(&m);
}

/* Whose a call is stays known over a start. */
static void
test_told_shares(void **state)
{
	enum { FEW = 1200, OTHER = 1 << 24 };
	struct idem *m = idem_new(IDEM_MAX, IDEM_LIFE), *back = idem_new(IDEM_MAX, IDEM_LIFE);
	uint64_t pos = 0;
	struct buf b;

	(void)state;
	for (unsigned i = 1; i <= FEW; i++) {
		put_of(m, TENANT + i % 2, OTHER + i, NOW);
		put_of(m, 100 + i, i, NOW);
	}
	buf_init(&b, 1u << 20);
	for (; idem_write(m, &pos, &b); buf_clear(&b))
		assert_int_equal(idem_read(back, buf_str(&b), NOW), 0);
	assert_int_equal(idem_count(back), 2 * FEW);
	for (unsigned i = 1; i <= IDEM_MAX; i++)
		put_of(back, TENANT, 2 * OTHER + i, NOW + i);
	for (unsigned i = 1; i <= FEW; i++) {
		assert_int_equal(ask(back, i, i, 1, NOW), IDEM_AGAIN);
		assert_int_equal(
			ask(back, OTHER + i, OTHER + i, 1, NOW), i % 2 ? IDEM_AGAIN : IDEM_NEW);
	}
	buf_done(&b);
	idem_free(&m);
	idem_free(&back);
}

/* A record of a program that did not write whose its calls are. */
static void
test_older_record(void **state)
{
	static const char record[2 + 48] = { 1, 0, [2 + 4] = 9, [2 + 16 + 4] = 9, [2 + 32] = 77,
		[2 + 40] = 5 };
	struct idem *m = idem_new(IDEM_MAX, IDEM_LIFE);
	uint64_t pos = 0;
	struct buf b;

	(void)state;
	assert_int_equal(idem_read(m, str_of(record, sizeof record), 5), 0);
	assert_int_equal(ask(m, 9, 9, 1, 5), IDEM_AGAIN);
	assert_int_equal(told, 77);
	buf_init(&b, 1000);
	assert_true(idem_write(m, &pos, &b));
	assert_int_equal(b.n, sizeof record);
	assert_memory_equal(b.p, record, sizeof record);
	assert_false(idem_write(m, &pos, &b));
	buf_done(&b);
	idem_free(&m);
}

static void
test_records(void **state)
{
	struct idem *m = idem_new(IDEM_MAX, IDEM_LIFE), *back = idem_new(IDEM_MAX, IDEM_LIFE);
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
	back = idem_new(IDEM_MAX, IDEM_LIFE);
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
		cmocka_unit_test(test_other_bounds),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_tenants),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_told_shares),
		cmocka_unit_test(test_older_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
