/*
 * A stored template in Mailgun's messages API, and values for it: `template` (name, or tpl_…),
 * `t:version` (its number here), `t:text`, `t:variables`, `h:X-Mailgun-Variables`, `v:…`.
 * Facts of the contract: of values with one name t:variables go before X-Mailgun-Variables and
 * these before v:…; %recipient.x% stands for the recipient's value in values and in what was
 * rendered. X-Mailgun-Variables is no field of the mail: events give it back, as v:….
 *
 * Ours: the mark in a value is filled in before rendering, so that the template's escaping and
 * conditions see the value. Pure.
 */
#ifndef API_MAILGUN_TEMPLATE_H
#define API_MAILGUN_TEMPLATE_H

#include "api/mailgun_form.h"

#define MAILGUN_TEMPLATE_VARS (64u << 10) /* bytes of t:variables */

struct mailgun_template {
	struct outgoing_template want; /* without marks; name empty: none */
	enum outgoing_switch auto_text;
	json_t *given; /* X-Mailgun-Variables: an object of the call's tree, or NULL */
	bool vary;     /* marks stand in its values */
};

/* Both: 0 or -E2BIG; mistakes are errors of the call. */
int mailgun_template_read(struct mailgun_form *f, struct mailgun_template *ret_t);
/* What the item is written from; vars NULL: one message for all. In the arena. */
int mailgun_template_item(struct mailgun_form *f, const struct mailgun_template *t,
	const struct mailgun_vars *vars, const struct outgoing_template **ret_want);

#endif
