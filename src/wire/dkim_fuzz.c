/*
 * Laws: any cut of the body gives the hash of the slow implementation; the digest to sign is
 * the one a verifier finds from the field alone.
 */
#include "wire/dkim_naive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
body(struct str s, size_t seed)
{
	uint8_t want[DKIM_HASH_SIZE], got[DKIM_HASH_SIZE];
	struct dkim_body d;

	naive_body(s, want);
	dkim_body_init(&d);
	while (s.n) {
		size_t step = 1 + seed % 13;

		dkim_body_feed(&d, str_head(s, step));
		s = str_from(s, step);
		seed = seed * 31 + 7;
	}
	dkim_body_end(&d, got);
	must(memcmp(want, got, sizeof got) == 0);
}

static void
header(struct str block)
{
	uint8_t want[DKIM_HASH_SIZE] = { 0 }, got[DKIM_HASH_SIZE];
	struct dkim_params p = { DKIM_RSA_SHA256, STR_LIT("example.org"), STR_LIT("s"), 1, 2,
		want };
	struct buf b;

	buf_init(&b, block.n * 8 + 4096);
	must(dkim_prepare(&b, block, &p, got) == 0);
	naive_columns(buf_str(&b));
	naive_digest(buf_str(&b), block, want);
	must(memcmp(want, got, sizeof got) == 0);
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };

	if (n < 1)
		return 0;
	body(str_from(s, 1), data[0]);
	if (n < 2000)
		header(s);
	return 0;
}
