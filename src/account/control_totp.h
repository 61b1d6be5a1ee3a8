/*
 * The second factor of people: codes of an app (account/totp) behind the password. Part of
 * account/control.
 *
 *   off ── begin ──▶ pending ── confirm, a right code ──▶ on ── off ──▶ off
 *                       └── 15 min, or 5 wrong codes: begin again
 *
 *   password right, on ── ask ──▶ half a session ── answer, a right code ──▶ session
 *                                    └── 5 min, 5 wrong codes, or a new password: gone
 *
 * The secret is sealed, bound to its user; it is told once, by begin. Each code is good once:
 * the row keeps the last step. Of recovery codes and halves of sessions there are keyed hashes.
 * 100 wrong codes in a row, however slowly and from wherever they come, and codes are taken no
 * more until a recovery code was; so that guessing has an end where the guards forget.
 *
 * Wrong codes are -EACCES with a sentence, and are counted before the answer.
 */
#ifndef ACCOUNT_CONTROL_TOTP_H
#define ACCOUNT_CONTROL_TOTP_H

#include "account/control_user.h"

#define CONTROL_TOTP_PENDING_US (INT64_C(15) * 60 * 1000000)
#define CONTROL_TOTP_HALF_US    (INT64_C(5) * 60 * 1000000)
#define CONTROL_TOTP_TRIES      5  /* of half a session, and of a confirmation */
#define CONTROL_TOTP_HALVES     10 /* of a user: the oldest goes */
#define CONTROL_TOTP_RECOVERY   10 /* codes at a time */
#define CONTROL_TOTP_WRONG      100

int control_totp_is_on(struct control *c, int64_t user, bool *ret_on);
/* {"on","since": time or null,"recovery_codes": how many are left} */
int control_totp_show(struct control *c, int64_t user, struct json_t **ret_j);
/* {"secret": base32,"uri": otpauth://…,"expires"}. -EEXIST: it is on. */
int control_totp_begin(struct control *c, int64_t user, struct json_t **ret_j);
/* {"recovery_codes":[…]}. Ends the user's other sessions (keep: hash of the one that stays) and
 * links. -ENOENT: nothing is pending. */
int control_totp_confirm(struct control *c, int64_t user, struct str code,
	const uint8_t keep[32], struct json_t **ret_j);
/* New recovery codes; the old ones are none any more. code: of the app, or a recovery code; the
 * same below. -ENOENT: it is not on. */
int control_totp_renew(struct control *c, int64_t user, struct str code, struct json_t **ret_j);
int control_totp_off(struct control *c, int64_t user, struct str code);
/* By somebody else, without a code. -ENOENT: it is not on. */
int control_totp_remove(struct control *c, int64_t user);

/* The password was right: half a session, and until when (wall µs). */
int control_totp_ask(
	struct control *c, int64_t user, char ret_token[SESSION_TOKEN], int64_t *ret_expires);
/* Whose it is. -ENOENT: there is none, or it is over, or used up. */
int control_totp_asked(struct control *c, struct str token, struct control_user *ret_u);
/* Uses it up. *ret_recovery: it was a recovery code. */
int control_totp_answer(
	struct control *c, struct str token, struct str code, bool *ret_recovery);

#endif
