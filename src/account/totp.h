/*
 * One-time passwords by time: RFC 6238 over RFC 4226's HOTP, with what every authenticator app
 * takes: HMAC-SHA-1 (OpenSSL's), 6 digits, steps of 30 s from 1970 on. A code is good in its
 * step, the one before and the one behind (RFC 6238 5.2), and once: who asks keeps the last
 * step that was accepted and gives it with the next question. Pure; time is a parameter.
 *
 * Recovery codes stand beside it: 80 bits as base32 (RFC 4648 6) in groups of four.
 */
#ifndef ACCOUNT_TOTP_H
#define ACCOUNT_TOTP_H

#include "base/buf.h"

#define TOTP_SECRET   20 /* bytes: RFC 4226 4, R6 recommends 160 bits */
#define TOTP_DIGITS   6
#define TOTP_STEP_US  (INT64_C(30) * 1000000)
#define TOTP_RECOVERY 20 /* "abcd-efgh-ijkl-mnop" with NUL */

/* What an app shows in this step: 0 to 999999. */
uint32_t totp_code(const uint8_t secret[TOTP_SECRET], uint64_t step);
/* The step that the code is of, within the window around now (wall µs) and later than `last`;
 * 0: it is none, or one that was used. code: as people type it, spaces and dashes are passed
 * over. */
int64_t totp_step(
	const uint8_t secret[TOTP_SECRET], int64_t now, int64_t last, struct str code);
/* Six digits, whatever is between them? */
bool totp_is_code(struct str code);

/* otpauth://totp/ISSUER:ACCOUNT?secret=… (Key Uri Format of Google Authenticator). issuer,
 * account: without ':', any other byte is escaped. Appends: 0 or -E2BIG. */
int totp_uri(struct buf *b, struct str issuer, struct str account,
	const uint8_t secret[TOTP_SECRET]);

void totp_recovery_make(char ret[TOTP_RECOVERY]);
/* One spelling of what people type: lower case, without dashes and spaces. False: it is no such
 * code, ret is empty. */
bool totp_recovery_read(struct str typed, char ret[TOTP_RECOVERY]);

#endif
