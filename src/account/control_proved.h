/*
 * Proved addresses in the control tables: those whose owner said, by a link or a code that was
 * mailed to him, that he wants this account's mail. In the mode sandbox nothing goes to
 * anybody else (decision 0010). Errors as in account/control.h.
 *
 *   asked ── the link, within PROVED_ASKED_US ──▶ proved
 *
 * Of a code there is a keyed hash alone.
 */
#ifndef ACCOUNT_CONTROL_PROVED_H
#define ACCOUNT_CONTROL_PROVED_H

#include "account/control.h"
#include "account/session_token.h"
#include "base/arena.h"

#define PROVED_PER_TENANT 20u /* asked ones count */
#define PROVED_PER_HOUR   3u  /* mails of an account, whoever they go to */
#define PROVED_ASKED_US   (INT64_C(7) * 86400 * 1000000)

struct control_proved {
	uint32_t tenant;
	/* As it is shown; as it is compared (suppress_address). */
	struct str address, key;
	struct str account;    /* whose; filled in by control_proved_look alone */
	int64_t asked, proved; /* wall µs; proved 0: not yet */
};

/* A mail to this address is about to be written: counted, and the code that it has. An address
 * that is proved already gets none (code is empty). -EINVAL: too many of them, or of mails. */
int control_proved_ask(
	struct control *c, const struct control_proved *t, char ret_code[LINK_TOKEN]);
/* Whose code it is; -ENOENT: nobody's, or not any more. Texts in the arena. */
int control_proved_look(
	struct control *c, struct arena *a, struct str code, struct control_proved *ret_t);
/* The same, and it is proved. */
int control_proved_confirm(
	struct control *c, struct arena *a, struct str code, struct control_proved *ret_t);
/* t: tenant and key. */
int control_proved_remove(struct control *c, const struct control_proved *t);
/* By address; key p NULL: all, else that one or -ENOENT. Texts in the arena. */
int control_proved_each(struct control *c, struct arena *a, const struct control_proved *q,
	int (*fn)(void *ctx, const struct control_proved *t), void *ctx);

#endif
