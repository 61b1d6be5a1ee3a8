#include "wire/record.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

#define SALT 0x1234567890abcdefu

static void
put(struct buf *b, uint64_t base, uint16_t type, struct str payload)
{
	struct record r = { .type = type, .payload = payload };

	assert_int_equal(record_write(b, SALT, base + b->n, &r), 0);
}

static void
sizes(void **state)
{
	static char bytes[300];
	struct buf b;

	(void)state;
	for (size_t n = 0; n <= sizeof bytes; n++) {
		struct record r;

		buf_init(&b, 4096);
		memset(bytes, (int)n, sizeof bytes);
		put(&b, 64, (uint16_t)(n + 1), str_of(bytes, n));
		assert_int_equal(b.n % 8, 0);
		assert_int_equal(record_read(buf_str(&b), SALT, 64, &r), 1);
		assert_int_equal(r.type, n + 1);
		assert_int_equal(r.size, b.n);
		assert_true(str_eq(r.payload, str_of(bytes, n)));
		/* Another place, another file. */
		assert_int_equal(record_read(buf_str(&b), SALT, 72, &r), -EILSEQ);
		assert_int_equal(record_read(buf_str(&b), SALT + 1, 64, &r), -EILSEQ);
		buf_done(&b);
	}
}

/* Each cut in memory of exactly that size, so that the sanitizer sees a read behind it. */
static void
cuts(void **state)
{
	struct record r;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	put(&b, 0, 7, STR_LIT("a payload of some bytes"));
	for (size_t n = 0; n < b.n; n++) {
		char *copy = str_dup_z(str_head(buf_str(&b), n));

		assert_int_equal(record_read(str_of(copy, n), SALT, 0, &r), n ? -EAGAIN : 0);
		assert_int_equal(record_resync(str_of(copy, n), SALT, 0), n);
		mem_free(copy);
	}
	buf_done(&b);
}

static void
flips(void **state)
{
	struct record r;
	struct buf b;
	size_t used;

	(void)state;
	buf_init(&b, 4096);
	put(&b, 8, 7, STR_LIT("12345"));
	used = RECORD_HEAD + 5 + 4;
	for (size_t bit = 0; bit < used * 8; bit++) {
		b.p[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(record_read(buf_str(&b), SALT, 8, &r), -EILSEQ);
		b.p[bit / 8] ^= (char)(1 << bit % 8);
	}
	/* Padding carries nothing: damage there loses no mail. */
	b.p[b.n - 1] ^= 1;
	assert_int_equal(record_read(buf_str(&b), SALT, 8, &r), 1);
	buf_done(&b);
}

static void
ends(void **state)
{
	static const char zeros[64];
	static char one[64] = { [23] = 1 };
	static char late[64] = { [24] = 1 };
	struct record r;

	(void)state;
	for (size_t n = 0; n <= sizeof zeros; n++)
		assert_int_equal(record_read(str_of(zeros, n), SALT, 0, &r), 0);
	assert_int_equal(record_read(str_of(one, sizeof one), SALT, 0, &r), -EILSEQ);
	assert_int_equal(record_read(str_of(late, sizeof late), SALT, 0, &r), 0);
	assert_int_equal(record_read(STR_LIT("x"), SALT, 0, &r), -EILSEQ);
	assert_int_equal(record_read(STR_LIT("\xa5\xe1"), SALT, 0, &r), -EAGAIN);
	assert_int_equal(record_read(STR_LIT("\xa5\xe1\0\0"), SALT, 0, &r), -EILSEQ);
}

static void
resync(void **state)
{
	struct record r;
	struct buf b;
	size_t second, third;
	char *copy;

	(void)state;
	buf_init(&b, 4096);
	put(&b, 128, 1, STR_LIT("first"));
	second = b.n;
	put(&b, 128, 2, STR_LIT("second record"));
	third = b.n;
	/* A record inside a payload is not one: it verifies at no place but its own. */
	copy = str_dup_z(str_head(buf_str(&b), second));
	put(&b, 128, 3, str_of(copy, second));
	mem_free(copy);
	assert_int_equal(record_resync(buf_str(&b), SALT, 128), 0);
	b.p[RECORD_HEAD] ^= 1;
	assert_int_equal(record_resync(buf_str(&b), SALT, 128), second);
	b.p[second + 9] ^= 1; /* the length */
	assert_int_equal(
		record_read(str_from(buf_str(&b), second), SALT, 128 + second, &r), -EILSEQ);
	assert_int_equal(record_resync(buf_str(&b), SALT, 128), third);
	b.p[third] ^= 1;
	assert_int_equal(record_resync(buf_str(&b), SALT, 128), b.n);
	buf_done(&b);
}

static void
limits(void **state)
{
	static char big[RECORD_MAX + 1];
	struct record r = { .type = 1, .payload = { big, sizeof big } };
	struct buf b;

	(void)state;
	buf_init(&b, sizeof big + 64);
	assert_int_equal(record_write(&b, SALT, 0, &r), -E2BIG);
	assert_int_equal(b.n, 0);
	r.payload.n--;
	assert_int_equal(record_write(&b, SALT, 0, &r), 0);
	assert_int_equal(record_read(buf_str(&b), SALT, 0, &r), 1);
	assert_int_equal(r.payload.n, RECORD_MAX);
	buf_done(&b);
}

static void
files(void **state)
{
	struct record_file f = { RECORD_EXTENT, RECORD_VERSION, 42, SALT, 77 }, g;
	uint8_t head[RECORD_FILE_HEAD];

	(void)state;
	record_file_write(head, &f);
	assert_int_equal(record_file_read(str_of(head, sizeof head), &g), 0);
	assert_true(g.kind == f.kind && g.version == f.version &&
		    g.generation == f.generation && g.salt == f.salt && g.writer == f.writer);
	assert_int_equal(record_file_read(str_of(head, sizeof head - 1), &g), -EILSEQ);
	for (size_t bit = 0; bit < sizeof head * 8; bit++) {
		head[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(record_file_read(str_of(head, sizeof head), &g), -EILSEQ);
		head[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	f.version = RECORD_VERSION + 1;
	record_file_write(head, &f);
	assert_int_equal(record_file_read(str_of(head, sizeof head), &g), -ENOTSUP);
}

TEST_MAIN(TEST(sizes), TEST(cuts), TEST(flips), TEST(ends), TEST(resync), TEST(limits),
	TEST(files))
