/*
 * Laws: however the input is cut, the facts are the same; names are good; what is told fits the
 * part's end; a stream that was written is read as it was written, and with a flipped bit never
 * to its end.
 */
#include "wire/backup.h"

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The facts as bytes: the same for the same facts. */
static int
facts(struct str s, size_t step, struct buf *out)
{
	struct backup_in in;
	struct backup_fact f;
	uint64_t size = 0;
	int got = 0;

	backup_in_init(&in);
	while (s.n && got >= 0) {
		struct str piece = str_head(s, step);

		s = str_from(s, piece.n);
		while ((got = backup_in_next(&in, &piece, &f)) == 1) {
			must(f.kind != BACKUP_PART || backup_name_good(f.bytes));
			must(f.kind != BACKUP_PART_END || f.n == size);
			size = f.kind == BACKUP_PART ? 0 : size + f.bytes.n + f.n;
			(void)buf_printf(out, "%d %llu ", (int)f.kind, (unsigned long long)f.n);
			(void)buf_put(out, f.bytes);
		}
	}
	got = got < 0 ? got : backup_in_finish(&in);
	backup_in_done(&in);
	return got;
}

static void
any_cut(struct str s)
{
	struct buf whole, cut;
	size_t step = s.n ? (uint8_t)s.p[s.n - 1] % 40u + 1 : 1;
	int a, b;

	buf_init(&whole, 1u << 22);
	buf_init(&cut, 1u << 22);
	a = facts(s, SIZE_MAX, &whole);
	b = facts(s, step, &cut);
	must(a == b && str_eq(buf_str(&whole), buf_str(&cut)));
	buf_done(&whole);
	buf_done(&cut);
}

static void
round_trip(struct str s)
{
	struct backup_out o = { 0 };
	struct buf b, got;
	size_t bit, half = s.n / 2;

	buf_init(&b, s.n + 1024);
	buf_init(&got, s.n + 4096);
	backup_out_part(&o, &b, STR_LIT("a/b"));
	backup_out_data(&o, &b, str_head(s, half));
	backup_out_data(&o, &b, str_from(s, half));
	backup_out_part_end(&o, &b);
	backup_out_end(&o, &b);
	must(facts(buf_str(&b), SIZE_MAX, &got) == 0);
	bit = s.n >= 2 ? ((uint8_t)s.p[0] | (size_t)(uint8_t)s.p[1] << 8) % (b.n * 8) : 3;
	b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
	buf_clear(&got);
	must(facts(buf_str(&b), SIZE_MAX, &got) < 0);
	buf_done(&got);
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };
	uint32_t version, flags;

	(void)backup_in_head(s, &version, &flags);
	if (n > BACKUP_DATA_MAX)
		return 0;
	any_cut(s);
	round_trip(s);
	return 0;
}
