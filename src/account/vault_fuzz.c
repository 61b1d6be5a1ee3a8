/*
 * Laws: however the input is cut, the end is the same; what nobody sealed under the passphrase
 * never opens. The head asks for the least work there is, or each input would take a second.
 */
#include "account/vault.h"

#include "base/bytes.h"
#include "base/must.h"

#define PIECES_MAX (VAULT_PIECE + 64)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int
end_of(struct str s, size_t step)
{
	struct vault_in *v = vault_in_new(STR_LIT("passphrase"));
	struct buf out;
	int got = 0;

	buf_init(&out, VAULT_PIECE + 1);
	while (s.n && got >= 0) {
		struct str piece = str_head(s, step);

		s = str_from(s, piece.n);
		while ((got = vault_in_next(v, &piece, &out)) == 1)
			;
		must(got < 0 || piece.n == 0);
	}
	must(out.n == 0);
	got = got < 0 ? got : vault_in_finish(v);
	must(got != 0);
	vault_in_free(&v);
	buf_done(&out);
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };
	static const char zeros[24];
	struct buf b;

	if (n > PIECES_MAX)
		return 0;
	buf_init(&b, PIECES_MAX + 128);
	must(!buf_put(&b, str_of(zeros, 16)) && !wr_u64(&b, 1) && !wr_u64(&b, 8192));
	must(!buf_put(&b, str_of(zeros, 24)) && !buf_put(&b, s));
	must(end_of(buf_str(&b), SIZE_MAX) == end_of(buf_str(&b), n ? data[0] % 60u + 1 : 1));
	buf_done(&b);
	return 0;
}
