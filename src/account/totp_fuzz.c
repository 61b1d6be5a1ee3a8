/* Laws: a text is a code, or a recovery code, or neither, never both; spaces and dashes between
 * its characters change nothing; a recovery code reads as itself; a code is of a step around
 * now and behind the last one. */
#include "account/totp.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[TOTP_SECRET] = "a secret of 20 bytes";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t now = INT64_C(1790000000000000), here = now / TOTP_STEP_US;
	struct str typed = str_of(data, size);
	char recovery[TOTP_RECOVERY], again[TOTP_RECOVERY];
	bool spare = totp_recovery_read(typed, recovery), code = totp_is_code(typed);
	int64_t step = totp_step(secret, now, here - 1, typed);
	struct buf b;

	must(!(spare && code));
	must(!step || (code && step >= here && step <= here + 1));
	must(spare == (recovery[0] != '\0'));
	buf_init(&b, 2 * size + 1);
	for (size_t i = 0; i < size; i++)
		must(buf_put_c(&b, i % 2 ? ' ' : '-') == 0 && buf_put_c(&b, typed.p[i]) == 0);
	must(totp_is_code(buf_str(&b)) == code);
	must(totp_step(secret, now, here - 1, buf_str(&b)) == step);
	must(totp_recovery_read(buf_str(&b), again) == spare && strcmp(recovery, again) == 0);
	must(!spare ||
		(totp_recovery_read(str_z(recovery), again) && strcmp(recovery, again) == 0));
	buf_done(&b);
	return 0;
}
