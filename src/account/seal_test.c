#include "account/seal.h"

#include "base/test.h"
#include "io/random.h"

#include <errno.h>
#include <sys/stat.h>

static char file[600];

static int
dir_up(void **state)
{
	(void)state;
	random_start();
	snprintf(file, sizeof file, "%s/state/master.key", test_dir());
	return 0;
}

static int
dir_down(void **state)
{
	(void)state;
	test_dir_done();
	return 0;
}

static void
test_load(void **state)
{
	struct seal_keys a, b, zero = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(seal_load(file, &a), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(seal_load(file, &b), 0);
	assert_memory_equal(&a, &b, sizeof a);
	assert_memory_not_equal(a.box, a.pepper, SEAL_KEY);
	assert_memory_not_equal(a.box, a.token, SEAL_KEY);
	assert_memory_not_equal(a.pepper, a.token, SEAL_KEY);
	chmod(file, 0604);
	assert_int_equal(seal_load(file, &b), -EPERM);
	chmod(file, 0640);
	assert_int_equal(seal_load(file, &b), -EPERM);
	chmod(file, 0600);
	assert_memory_equal(&a, &b, sizeof a);
	seal_wipe(&b);
	assert_memory_equal(&b, &zero, sizeof b);
}

static void
test_bad_file(void **state)
{
	static const struct {
		const char *name, *text;
	} table[] = {
		{ "empty", "" },
		{ "no base64", "what is this?\n" },
		{ "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n" },
		{ "long", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" },
	};
	struct seal_keys k;

	(void)state;
	assert_int_equal(seal_load(file, &k), 0);
	TEST_EACH(row, table)
	{
		int fd = open(file, O_WRONLY | O_TRUNC);

		assert_int_equal(write(fd, row->text, strlen(row->text)), strlen(row->text));
		close(fd);
		assert_int_equal(seal_load(file, &k), -EINVAL);
	}
}

static void
test_box(void **state)
{
	static const char *const plains[] = { "", "x", "a private key" };
	struct seal_keys k;
	struct buf b, out;
	struct str ctx = STR_LIT("1/example.test");

	(void)state;
	assert_int_equal(seal_load(file, &k), 0);
	buf_init(&b, 200);
	buf_init(&out, 200);
	for (size_t i = 0; i < TEST_COUNT(plains); i++) {
		buf_clear(&b);
		buf_clear(&out);
		assert_int_equal(seal_close_for(&b, k.box, ctx, str_z(plains[i])), 0);
		assert_int_equal(b.n, 24 + 16 + strlen(plains[i]));
		assert_int_equal(seal_open_for(&out, k.box, ctx, buf_str(&b)), 0);
		assert_str(buf_str(&out), plains[i]);
		assert_int_equal(
			seal_open_for(&out, k.box, STR_LIT("2/"), buf_str(&b)), -EBADMSG);
		assert_int_equal(seal_open(&out, k.box, buf_str(&b)), -EBADMSG);
		assert_int_equal(seal_open_for(&out, k.token, ctx, buf_str(&b)), -EBADMSG);
		/* Any byte changed, any cut. */
		for (size_t at = 0; at < b.n; at++) {
			b.p[at] ^= 1;
			assert_int_equal(
				seal_open_for(&out, k.box, ctx, buf_str(&b)), -EBADMSG);
			b.p[at] ^= 1;
			assert_int_equal(
				seal_open_for(&out, k.box, ctx, str_head(buf_str(&b), at)),
				-EBADMSG);
		}
		assert_str(buf_str(&out), plains[i]);
	}
	buf_done(&b);
	buf_done(&out);
	buf_init(&b, 10);
	assert_int_equal(seal_close(&b, k.box, STR_LIT("x")), -E2BIG);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

static void
test_hash(void **state)
{
	struct seal_keys k;
	uint8_t a[32], b[32];

	(void)state;
	assert_int_equal(seal_load(file, &k), 0);
	seal_hash(a, k.pepper, STR_LIT("secret"));
	seal_hash(b, k.pepper, STR_LIT("secret"));
	assert_memory_equal(a, b, 32);
	seal_hash(b, k.pepper, STR_LIT("secres"));
	assert_memory_not_equal(a, b, 32);
	seal_hash(b, k.token, STR_LIT("secret"));
	assert_memory_not_equal(a, b, 32);
}

/* Links in mail of years ago need the same keys again: these were computed by another program
 * (BLAKE2b of a master key of zeros, salt and person as libsodium's KDF has them). */
static void
test_track(void **state)
{
	static const struct {
		const char *name;
		unsigned id;
		uint8_t first[8];
	} table[] = {
		{ "1", 1, { 0x5e, 0x08, 0x26, 0xe5, 0x5b, 0x75, 0xa4, 0xeb } },
		{ "2", 2, { 0xf4, 0x9e, 0x39, 0xc8, 0x68, 0x9e, 0xf0, 0xf7 } },
		{ "the last", SEAL_TRACK_KEYS,
			{ 0x2e, 0xa0, 0x8e, 0x46, 0xef, 0x63, 0x06, 0xd8 } },
	};
	struct seal_keys k;
	int fd;

	(void)state;
	assert_int_equal(seal_load(file, &k), 0);
	fd = open(file, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 45), 45);
	close(fd);
	assert_int_equal(seal_load(file, &k), 0);
	TEST_EACH(row, table)
	assert_memory_equal(k.track[row->id - 1], row->first, sizeof row->first);
}

#define DIR_TEST(fn) cmocka_unit_test_setup_teardown(fn, dir_up, dir_down)

TEST_MAIN(DIR_TEST(test_load), DIR_TEST(test_bad_file), DIR_TEST(test_box), DIR_TEST(test_hash),
	DIR_TEST(test_track))
