/*
 * Laws: what is written is read; the input read as a journal never leads behind its end, and
 * a record it yields writes to the same bytes; a flipped bit is never a record; after damage
 * the next record is found.
 */
#include "wire/record.h"

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
read_foreign(struct str s)
{
	struct record r;
	struct record_file f;
	size_t at = record_resync(s, 0, 64);

	(void)record_file_read(s, &f);
	must(at <= s.n && (at == s.n || at % 8 == 0));
	must(at == s.n || record_read(str_from(s, at), 0, 64 + at, &r) == 1);
	if (record_read(s, 0, 64, &r) == 1)
		must(r.size <= s.n && r.payload.n < r.size && r.type && at == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };
	struct record r = { .type = 1, .payload = s }, got;
	size_t bit, first;
	struct buf b;

	read_foreign(s);
	if (n < 4)
		return 0;
	bit = data[0] | (size_t)data[1] << 8;
	r.type = (uint16_t)(data[2] | 1);
	buf_init(&b, 2 * n + 256);
	must(record_write(&b, 9, 64, &r) == 0);
	first = b.n;
	must(record_write(&b, 9, 64 + first, &r) == 0);
	must(record_read(buf_str(&b), 9, 64, &got) == 1);
	must(got.type == r.type && got.size == first && str_eq(got.payload, s));
	bit %= (RECORD_HEAD + n + 4) * 8;
	b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
	must(record_read(buf_str(&b), 9, 64, &got) != 1);
	must(record_resync(buf_str(&b), 9, 64) == first);
	buf_done(&b);
	return 0;
}
