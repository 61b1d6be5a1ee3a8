/*
 * What both calls of Mailgun's messages API read from their form: addresses, options, variables
 * for events. Mistakes become errors of the call. Texts are borrowed from the body or live in
 * the call's arena.
 */
#ifndef API_MAILGUN_FORM_H
#define API_MAILGUN_FORM_H

#include "api/mailgun_send.h"
#include "api/mailgun_vars.h"
#include "wire/form.h"

#define MAILGUN_RECIPIENTS_MAX 1000u
#define MAILGUN_BYTES_MAX      (25u << 20)

struct mailgun_form {
	struct api_send *send;
	const struct mailgun_call *call;
	const struct api_world *world;
	struct form form;
	json_t *tags;               /* of send->root */
	bool require_tls, any_cert; /* o:require-tls, o:skip-verification */
	struct outgoing_problems *found;
};

/* A mistake of a parameter. param: static. */
void mailgun_fail(struct mailgun_form *f, const char *param, struct str text);
void mailgun_fail_status(
	struct mailgun_form *f, int status, const char *param, struct str text);

/* The functions below: 0, or -E2BIG when the arena is full. */
int mailgun_form_read(struct mailgun_form *f);
/* Is this the parameter? "to[0]" and "to[]" are "to": PHP writes lists so. */
bool mailgun_form_named(const struct form_part *p, const char *name);
/* The first of that name; p NULL: none. */
struct str mailgun_form_text(const struct mailgun_form *f, const char *name);
/* All mailboxes of that parameter; more than MAILGUN_RECIPIENTS_MAX are a mistake. */
int mailgun_form_list(struct mailgun_form *f, const char *name, struct outgoing_list *ret_l);
/* The mailboxes of one text. param: static, as for mailgun_fail. */
int mailgun_form_mailboxes(struct mailgun_form *f, const char *param, struct str text,
	struct outgoing_list *ret_l);
void mailgun_form_bad_address(struct mailgun_form *f, const char *param);
void mailgun_form_many(struct mailgun_form *f, const char *param);
/* o:…: into *o, tags and the two of TLS into f. */
void mailgun_form_options(struct mailgun_form *f, struct outgoing *o);
/* Says so when the parameter is neither yes nor no. param: static. */
bool mailgun_form_yes(struct mailgun_form *f, const char *param, struct str value);
/* outgoing.about of a recipient: tags, and v:… as metadata, behind given (an object of the
 * call's tree, or NULL). */
int mailgun_form_about(struct mailgun_form *f, const json_t *given,
	const struct mailgun_vars *vars, struct str *ret_about);
/* Is *o fit to be sent? Else errors, in the words of the vendor. */
int mailgun_form_check(struct mailgun_form *f, const struct outgoing *o);
/* One message is too long; all of the call together are. */
void mailgun_form_too_long(struct mailgun_form *f);
void mailgun_form_bulk(struct mailgun_form *f);

#endif
