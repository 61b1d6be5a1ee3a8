#include "wire/backup.h"

#include "base/test.h"

#include <errno.h>

static char zeros[5000], data[BACKUP_DATA_MAX];

static void
write_sample(struct buf *b)
{
	struct backup_out o = { 0 };

	backup_out_part(&o, b, STR_LIT("control.db"));
	backup_out_data(&o, b, STR_LIT("one "));
	backup_out_data(&o, b, STR_LIT(""));
	backup_out_data(&o, b, STR_LIT("two"));
	backup_out_part_end(&o, b);
	backup_out_part(&o, b, STR_LIT("spool/00/000001.ext"));
	backup_out_data(&o, b, str_of(data, sizeof data));
	backup_out_data(&o, b, str_of(zeros, sizeof zeros));
	backup_out_data(&o, b, STR_LIT("end"));
	backup_out_part_end(&o, b);
	backup_out_part(&o, b, STR_LIT("empty"));
	backup_out_part_end(&o, b);
	backup_out_end(&o, b);
}

/* What was read as a text, and how it ended. step: bytes at a time. */
static int
read_all(struct str s, size_t step, struct buf *out)
{
	struct backup_in in;
	struct backup_fact f;
	int got = 0;

	backup_in_init(&in);
	while (s.n && got >= 0) {
		struct str piece = str_head(s, step);

		s = str_from(s, piece.n);
		while ((got = backup_in_next(&in, &piece, &f)) == 1) {
			buf_printf(out, "%d:", (int)f.kind);
			if (f.kind == BACKUP_PART || (f.kind == BACKUP_DATA && f.bytes.n < 100))
				(void)buf_put(out, f.bytes);
			else
				buf_printf(out, "%llu",
					f.kind == BACKUP_DATA ? (unsigned long long)f.bytes.n
							      : (unsigned long long)f.n);
			(void)buf_put_c(out, ' ');
		}
		if (got == 0)
			assert_int_equal(piece.n, 0);
	}
	if (got >= 0)
		got = backup_in_finish(&in);
	backup_in_done(&in);
	return got;
}

#define FACTS                                                                                  \
	"1:control.db 2:one  2:two 4:7 1:spool/00/000001.ext 2:262144 3:5000 2:end 4:267147 "  \
	"1:empty 4:0 5:3 "

static void
test_round(void **state)
{
	static const size_t steps[] = { 1, 7, 4096, SIZE_MAX };
	struct buf b, out;

	(void)state;
	memset(data, 'x', sizeof data);
	buf_init(&b, 4u << 20);
	buf_init(&out, 1u << 20);
	write_sample(&b);
	for (size_t i = 0; i < TEST_COUNT(steps); i++) {
		buf_clear(&out);
		assert_int_equal(read_all(buf_str(&b), steps[i], &out), 0);
		assert_int_equal(buf_put_c(&out, '\0'), 0);
		assert_string_equal(out.p, FACTS);
	}
	/* Zeros take no room. */
	assert_true(b.n < BACKUP_DATA_MAX + 600);
	buf_done(&out);
	buf_done(&b);
}

/* Every byte changed, every end cut off, every frame gone or told twice: seen. */
static void
test_damage(void **state)
{
	size_t frames[16], n = 0;
	struct backup_out o = { 0 };
	struct buf b, out, c;

	(void)state;
	buf_init(&b, 1u << 20);
	buf_init(&c, 1u << 20);
	buf_init(&out, 1u << 20);
	backup_out_part(&o, &b, STR_LIT("a"));
	frames[n++] = b.n;
	backup_out_data(&o, &b, STR_LIT("some"));
	frames[n++] = b.n;
	backup_out_data(&o, &b, STR_LIT("some"));
	frames[n++] = b.n;
	backup_out_data(&o, &b, str_of(zeros, 9));
	frames[n++] = b.n;
	backup_out_part_end(&o, &b);
	frames[n++] = b.n;
	backup_out_end(&o, &b);
	frames[n++] = b.n;
	for (size_t i = 0; i < b.n; i++) {
		b.p[i] ^= 1;
		buf_clear(&out);
		assert_true(read_all(buf_str(&b), SIZE_MAX, &out) < 0);
		b.p[i] ^= 1;
		buf_clear(&out);
		assert_int_equal(read_all(str_head(buf_str(&b), i), SIZE_MAX, &out),
			i ? -ENODATA : -ENODATA);
	}
	for (size_t i = 0; i < n; i++) {
		size_t from = i ? frames[i - 1] : 0;

		for (int twice = 0; twice < 2; twice++) {
			buf_clear(&c);
			buf_clear(&out);
			assert_int_equal(
				buf_put(&c, str_head(buf_str(&b), twice ? frames[i] : from)),
				0);
			assert_int_equal(
				buf_put(&c, str_from(buf_str(&b), twice ? from : frames[i])),
				0);
			assert_true(read_all(buf_str(&c), SIZE_MAX, &out) < 0);
		}
	}
	buf_done(&out);
	buf_done(&c);
	buf_done(&b);
}

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} table[] = {
		{ "control.db", true },
		{ "spool/0a/000001.ext", true },
		{ "journal/journal.0000000000000001", true },
		{ "", false },
		{ ".", false },
		{ "..", false },
		{ "../x", false },
		{ "a/../b", false },
		{ "a/.b", false },
		{ "/etc/passwd", false },
		{ "a/", false },
		{ "a//b", false },
		{ "a/b/c/d", false },
		{ "a b", false },
		{ "a\\b", false },
		{ "é", false },
	};

	(void)state;
	TEST_EACH(row, table) assert_int_equal(backup_name_good(str_z(row->name)), row->good);
}

static void
test_head(void **state)
{
	uint32_t version = 0, flags = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	backup_out_head(&b, BACKUP_ENCRYPTED);
	assert_int_equal(b.n, BACKUP_HEAD);
	assert_int_equal(backup_in_head(buf_str(&b), &version, &flags), 0);
	assert_int_equal(version, BACKUP_VERSION);
	assert_int_equal(flags, BACKUP_ENCRYPTED);
	assert_int_equal(backup_in_head(str_head(buf_str(&b), 23), &version, &flags), -EILSEQ);
	b.p[16]++;
	assert_int_equal(backup_in_head(buf_str(&b), &version, &flags), -ENOTSUP);
	b.p[16]--;
	b.p[20] |= 4;
	assert_int_equal(backup_in_head(buf_str(&b), &version, &flags), -ENOTSUP);
	b.p[0]++;
	assert_int_equal(backup_in_head(buf_str(&b), &version, &flags), -EILSEQ);
	buf_done(&b);
}

TEST_MAIN(cmocka_unit_test(test_round), cmocka_unit_test(test_damage),
	cmocka_unit_test(test_names), cmocka_unit_test(test_head))
