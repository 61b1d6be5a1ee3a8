#include "account/totp.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "io/random.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define SHA1_SIZE     20
#define MODULUS       1000000u /* 10 ^ TOTP_DIGITS */
#define RECOVERY_BITS 10       /* bytes */
#define RECOVERY_TEXT 16       /* of them in base32 */
#define GROUP         4

uint32_t
totp_code(const uint8_t secret[TOTP_SECRET], uint64_t step)
{
	uint8_t text[8], mac[EVP_MAX_MD_SIZE];
	unsigned n = 0, at;
	uint32_t code;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(step >> (56 - 8 * i));
	must(HMAC(EVP_sha1(), secret, TOTP_SECRET, text, sizeof text, mac, &n) &&
		n == SHA1_SIZE);
	/* Dynamic truncation (RFC 4226 5.3). */
	at = mac[SHA1_SIZE - 1] & 0xf;
	code = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
	       (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	mem_wipe(mac, sizeof mac);
	return code % MODULUS;
}

/* What people put between the groups of a code. */
static bool
between(char c)
{
	return c == ' ' || c == '-';
}

/* The digits alone. False: there are others, or not six. */
static bool
digits_of(struct str code, char ret[TOTP_DIGITS])
{
	size_t n = 0;

	for (size_t i = 0; i < code.n; i++) {
		if (between(code.p[i]))
			continue;
		if (code.p[i] < '0' || code.p[i] > '9' || n == TOTP_DIGITS)
			return false;
		ret[n++] = code.p[i];
	}
	return n == TOTP_DIGITS;
}

bool
totp_is_code(struct str code)
{
	char digits[TOTP_DIGITS];

	return digits_of(code, digits);
}

int64_t
totp_step(const uint8_t secret[TOTP_SECRET], int64_t now, int64_t last, struct str code)
{
	int64_t here = now / TOTP_STEP_US, found = 0;
	char given[TOTP_DIGITS], want[TOTP_DIGITS + 1];

	if (here < 1 || !digits_of(code, given))
		return 0;
	/* All of the window is looked at, so that the time tells nothing of which it was. */
	for (int64_t step = here + 1; step >= here - 1; step--) {
		must(snprintf(want, sizeof want, "%0*u", TOTP_DIGITS,
			     totp_code(secret, (uint64_t)step)) == TOTP_DIGITS);
		if (str_eq_secret(str_of(given, TOTP_DIGITS), str_of(want, TOTP_DIGITS)) &&
			step > last)
			found = step;
	}
	mem_wipe(want, sizeof want);
	mem_wipe(given, sizeof given);
	return found;
}

/* RFC 3986 2.3: all but unreserved characters. */
static int
put_escaped(struct buf *b, struct str s)
{
	int err = 0;

	for (size_t i = 0; i < s.n && !err; i++) {
		uint8_t c = (uint8_t)s.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		             (c >= 'A' && c <= 'Z') || (c && strchr("-._~", c));

		err = plain ? buf_put_c(b, (char)c) : buf_printf(b, "%%%02X", (unsigned)c);
	}
	return err;
}

int
totp_uri(
	struct buf *b, struct str issuer, struct str account, const uint8_t secret[TOTP_SECRET])
{
	size_t before = b->n, at;
	int err = buf_put(b, STR_LIT("otpauth://totp/"));

	err = err ? err : put_escaped(b, issuer);
	err = err ? err : buf_put_c(b, ':');
	err = err ? err : put_escaped(b, account);
	err = err ? err : buf_put(b, STR_LIT("?secret="));
	at = b->n;
	err = err ? err : text_b32(b, str_of(secret, TOTP_SECRET));
	/* In capitals, as apps want it. */
	for (size_t i = at; !err && i < b->n; i++)
		if (b->p[i] >= 'a' && b->p[i] <= 'z')
			b->p[i] = (char)(b->p[i] - 'a' + 'A');
	err = err ? err : buf_put(b, STR_LIT("&issuer="));
	err = err ? err : put_escaped(b, issuer);
	err = err ? err : buf_put(b, STR_LIT("&algorithm=SHA1&digits=6&period=30"));
	if (err)
		b->n = before;
	return err;
}

void
totp_recovery_make(char ret[TOTP_RECOVERY])
{
	uint8_t bits[RECOVERY_BITS];
	struct buf b;
	size_t n = 0;

	random_bytes(bits, sizeof bits);
	buf_init(&b, 64);
	must(text_b32(&b, str_of(bits, sizeof bits)) == 0 && b.n == RECOVERY_TEXT);
	for (size_t i = 0; i < RECOVERY_TEXT; i++) {
		if (i && i % GROUP == 0)
			ret[n++] = '-';
		ret[n++] = b.p[i];
	}
	ret[n] = '\0';
	mem_wipe(b.p, b.n);
	mem_wipe(bits, sizeof bits);
	buf_done(&b);
}

bool
totp_recovery_read(struct str typed, char ret[TOTP_RECOVERY])
{
	size_t n = 0;

	for (size_t i = 0; i < typed.n; i++) {
		char c = ascii_lower(typed.p[i]);

		if (between(c))
			continue;
		if (n == RECOVERY_TEXT || !((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'))) {
			n = 0;
			break;
		}
		ret[n++] = c;
	}
	if (n < RECOVERY_TEXT)
		n = 0;
	ret[n] = '\0';
	return n > 0;
}
