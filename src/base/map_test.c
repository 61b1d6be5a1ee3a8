#include "base/map.h"

#include "base/test.h"

#define KEYS 500

struct entry {
	char key[16];
	bool in;
	uint64_t value;
};

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Against a plain table: random puts and deletes, then a sweep that deletes as it goes. */
static void
test_map(void **state)
{
	static struct entry e[KEYS];
	uint64_t x = 88172645463325252u;
	size_t live = 0, pos = 0, seen = 0;
	struct str key;
	struct map m;
	void *v;

	(void)state;
	map_init(&m, 7);
	assert_null(map_get(&m, STR_LIT("none")));
	assert_null(map_del(&m, STR_LIT("none")));
	for (unsigned i = 0; i < KEYS; i++)
		snprintf(e[i].key, sizeof e[i].key, "key%u", i);
	for (int round = 0; round < 200000; round++) {
		struct entry *at = &e[next_random(&x) % (round % 40000 < 20000 ? KEYS : 20)];
		void *was = at->in ? at : NULL;

		key = str_z(at->key);
		assert_ptr_equal(map_get(&m, key), was);
		if (next_random(&x) & 1) {
			assert_ptr_equal(map_put(&m, key, at), was);
			live += !at->in;
			at->in = true;
		} else {
			assert_ptr_equal(map_del(&m, key), was);
			live -= at->in;
			at->in = false;
		}
		assert_int_equal(m.used, live);
		assert_true(m.used + m.dead <= m.cap / 4 * 3);
	}
	/* Churn alone must not make it grow. */
	assert_true(m.cap <= 1024);
	while (map_next(&m, &pos, &key, &v)) {
		struct entry *at = v;

		assert_true(at->in);
		assert_str(key, at->key);
		assert_ptr_equal(map_del(&m, key), v);
		at->in = false;
		seen++;
	}
	assert_int_equal(seen, live);
	assert_int_equal(m.used, 0);
	map_done(&m);
	assert_null(map_put(&m, STR_LIT(""), e));
	assert_ptr_equal(map_get(&m, STR_NONE), e);
	map_done(&m);
}

/* The key lives in the value: after a put only the new value's key may be looked at. */
static void
test_key_moves(void **state)
{
	char a[] = "key", b[] = "key";
	struct map m;

	(void)state;
	map_init(&m, 1);
	assert_null(map_put(&m, str_z(a), a));
	assert_ptr_equal(map_put(&m, str_z(b), b), a);
	memset(a, 0, sizeof a);
	assert_ptr_equal(map_get(&m, STR_LIT("key")), b);
	map_done(&m);
}

/* Few live keys, ever new ones: what was deleted must not make the map grow. */
static void
test_churn(void **state)
{
	static struct entry e[KEYS];
	struct nmap n;
	struct map m;

	(void)state;
	map_init(&m, 3);
	nmap_init(&n);
	for (unsigned i = 0; i < KEYS; i++)
		snprintf(e[i].key, sizeof e[i].key, "key%u", i);
	for (unsigned i = 0; i < 100000; i++) {
		map_put(&m, str_z(e[i % KEYS].key), &e[i % KEYS]);
		nmap_put(&n, i + 1, i);
		if (i < 10)
			continue;
		assert_non_null(map_del(&m, str_z(e[(i - 10) % KEYS].key)));
		assert_true(nmap_del(&n, i - 9));
	}
	assert_int_equal(m.used, 10);
	assert_int_equal(n.used, 10);
	assert_true(m.cap <= 32);
	assert_true(n.cap <= 32);
	map_done(&m);
	nmap_done(&n);
}

static void
test_nmap(void **state)
{
	static struct entry e[KEYS];
	uint64_t x = 362436069, key, v = 0;
	size_t live = 0, pos = 0, seen = 0;
	struct nmap m;

	(void)state;
	nmap_init(&m);
	assert_false(nmap_get(&m, 5, &v));
	assert_false(nmap_del(&m, 5));
	for (int round = 0; round < 200000; round++) {
		size_t i = next_random(&x) % (round % 40000 < 20000 ? KEYS : 20);

		key = (i + 1) << 20;
		assert_int_equal(nmap_get(&m, key, &v), e[i].in);
		if (e[i].in)
			assert_true(v == e[i].value);
		if (next_random(&x) & 1) {
			e[i].value = i % 3 ? next_random(&x) : 0;
			nmap_put(&m, key, e[i].value);
			live += !e[i].in;
			e[i].in = true;
		} else {
			assert_int_equal(nmap_del(&m, key), e[i].in);
			live -= e[i].in;
			e[i].in = false;
		}
		assert_int_equal(m.used, live);
		assert_true(m.used + m.dead <= m.cap / 4 * 3);
	}
	assert_true(m.cap <= 1024);
	while (nmap_next(&m, &pos, &key, &v)) {
		assert_true(v == e[(key >> 20) - 1].value);
		assert_true(nmap_del(&m, key));
		seen++;
	}
	assert_int_equal(seen, live);
	nmap_done(&m);
}

/* Nothing grows before the number that was said; what is in stays in. */
static void
test_reserve(void **state)
{
	static const size_t rows[] = { 0, 1, 12, 13, 1000, 24576, 24577 };
	struct nmap m;
	uint64_t v;

	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		size_t cap;

		nmap_init(&m);
		nmap_put(&m, 1, 100);
		nmap_reserve(&m, rows[r]);
		cap = m.cap;
		for (uint64_t key = 2; key <= rows[r]; key++)
			nmap_put(&m, key, key);
		assert_int_equal(m.cap, cap);
		assert_true(rows[r] <= 12 || cap / 8 * 3 < rows[r]);
		nmap_reserve(&m, 1);
		assert_int_equal(m.cap, cap);
		for (uint64_t key = 21; key <= rows[r]; key++)
			assert_true(nmap_del(&m, key));
		nmap_shrink(&m);
		assert_true(m.cap <= 32);
		assert_true(nmap_get(&m, 1, &v) && v == 100);
		assert_true(rows[r] < 20 || (nmap_get(&m, 20, &v) && v == 20));
		for (uint64_t key = 1; key <= 20; key++)
			nmap_del(&m, key);
		nmap_shrink(&m);
		assert_int_equal(m.cap, 0);
		assert_false(nmap_get(&m, 1, &v));
	}
}

static void
test_hash(void **state)
{
	(void)state;
	/* XXH3's own test value; files may come to depend on it. */
	assert_true(hash_bytes(0, STR_NONE) == UINT64_C(0x2d06800538d394c2));
	assert_true(hash_bytes(1, STR_LIT("a")) != hash_bytes(2, STR_LIT("a")));
	assert_true(hash_bytes(1, STR_LIT("a")) != hash_bytes(1, STR_LIT("b")));
}

TEST_MAIN(TEST(test_map), TEST(test_key_moves), TEST(test_churn), TEST(test_nmap),
	TEST(test_reserve), TEST(test_hash))
