/*
 * Laws: frames come out the same however the bytes are cut, and written again they give the
 * same bytes.
 */
#include "base/bytes.h"
#include "base/must.h"
#include "io/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All frames of in into b, as bytes; the length used; *ret_bad = nonsense follows. */
static size_t
take_all(struct str in, struct buf *b, bool *ret_bad)
{
	size_t done = 0;
	struct str payload;
	uint16_t type;
	long n;

	while ((n = channel_split(str_from(in, done), &type, &payload)) > 0) {
		must((size_t)n <= in.n - done && payload.n + 8 == (size_t)n);
		must(payload.n == 0 ||
			(payload.p >= in.p + done && payload.p + payload.n <= in.p + in.n));
		wr_u32(b, (uint32_t)payload.n);
		wr_u16(b, type);
		wr_u16(b, 0);
		buf_put(b, payload);
		done += (size_t)n;
	}
	*ret_bad = n < 0;
	return done;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in;
	struct buf whole, parts;
	bool bad, cut_bad;
	size_t cut, used, first;

	if (size < 1)
		return 0;
	in = str_of(data + 1, size - 1);
	cut = in.n * data[0] / 255;
	buf_init(&whole, size + 1);
	buf_init(&parts, size + 1);
	used = take_all(in, &whole, &bad);
	must(str_eq(buf_str(&whole), str_head(in, used)));
	first = take_all(str_head(in, cut), &parts, &cut_bad);
	if (!cut_bad)
		first += take_all(str_from(in, first), &parts, &cut_bad);
	must(first == used && cut_bad == bad);
	must(str_eq(buf_str(&parts), buf_str(&whole)));
	buf_done(&whole);
	buf_done(&parts);
	return 0;
}
