/*
 * Laws: what is written is read, whatever lies behind it, and by its own message alone; a cut
 * or a flipped bit (but of the zeros at its end) makes it none; what is read of foreign bytes
 * is written to the same bytes.
 */
#include "wire/trailer.h"

#include "base/must.h"
#include "wire/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Without the zeros behind it. */
static size_t
frame(struct str json)
{
	return RECORD_HEAD + json.n + 4;
}

static void
read_foreign(struct str s)
{
	struct str json;
	struct buf b;

	if (trailer_read(s, 7, &json) < 0)
		return;
	buf_init(&b, TRAILER_MAX);
	must(json.n <= TRAILER_JSON_MAX);
	must(trailer_write(&b, 7, json) == 0);
	must(b.n <= s.n);
	must(str_eq(str_head(buf_str(&b), frame(json)), str_head(s, frame(json))));
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n }, json, got;
	size_t bit, whole;
	struct buf b;

	read_foreign(s);
	if (n < 4)
		return 0;
	bit = data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
	json = str_from(s, 3);
	buf_init(&b, TRAILER_MAX + n);
	if (json.n > TRAILER_JSON_MAX) {
		must(trailer_write(&b, 9, json) < 0 && b.n == 0);
		buf_done(&b);
		return 0;
	}
	must(trailer_write(&b, 9, json) == 0);
	whole = b.n;
	must(whole <= TRAILER_MAX);
	must(buf_put(&b, s) == 0);
	must(trailer_read(buf_str(&b), 9, &got) == 0 && str_eq(got, json));
	must(trailer_read(buf_str(&b), 10, &got) < 0);
	must(trailer_read(str_head(buf_str(&b), bit % whole), 9, &got) < 0);
	bit %= frame(json) * 8;
	b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
	must(trailer_read(buf_str(&b), 9, &got) < 0);
	buf_done(&b);
	return 0;
}
