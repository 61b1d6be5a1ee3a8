/*
 * What the calls of the HTTP API share (desk_api*.c): what was asked, whose it is, the answer
 * in the dialect's words. Part of desk only.
 */
#ifndef ROLE_DESK_API_H
#define ROLE_DESK_API_H

#include "role/desk_priv.h"

#define DESK_API_NOTHING STR_LIT("There is no such thing in this account.")
/* Stands for an account whose name cannot be read; no account is called so. */
#define DESK_API_NOBODY "?"

/* A shape makes what the API says of what a verb says; takes j. */
typedef json_t *desk_api_shape(struct desk_conn *n, int *status, json_t *j);

/* The body (its members, if it is an object) with `tenant` in it: the caller's account, or the
 * one that an operator names. NULL, and answered: there is no such account. New reference. */
json_t *desk_api_tenant_question(struct desk_conn *n);
/* Runs the verb; takes body (NULL: nothing happens, it is answered). */
void desk_api_ask(struct desk_conn *n, const char *verb, json_t *body, desk_api_shape *shape);
/* A call that is one verb, and the shape of its answer (NULL: as it is). */
struct desk_api_verb {
	enum api_op op;
	const char *verb;
	desk_api_shape *shape;
};
/* The one of the op among n; NULL: none. */
const struct desk_api_verb *desk_api_verb(
	const struct desk_api_verb *verbs, size_t n, enum api_op op);
/* An answer that is no verb's; takes j (NULL: no body). */
void desk_api_answer(struct desk_conn *n, int status, json_t *j);
void desk_api_say_bytes(struct desk_conn *n, const char *type, struct str bytes);
/* A refusal in the dialect's words. */
void desk_api_refuse(struct desk_conn *n, int status, struct str why);

/* {"keys": [...]} → {"data": [...], "next"} */
desk_api_shape desk_api_list, desk_api_created, desk_api_none;

/* A webhook or inbound row, without what is nobody's business: our number of it. */
desk_api_shape desk_api_hook_one, desk_api_hook_added, desk_api_hook_list;

/* The account's webhooks whose format begins so (webhooks.list), a new reference; NULL, and
 * answered, when they cannot be read. */
json_t *desk_api_hooks(struct desk_conn *n, const char *vendor);
/* The row of such a list with this `number`; NULL: none. Borrowed. */
json_t *desk_api_hook(const json_t *list, struct str number);

/* Is the key that the path names one of the account's that the caller may change? Those of
 * operators are no others'. */
bool desk_api_owns_key(struct desk_conn *n);
/* row[name] = the id of the API that stands for our number. */
void desk_api_typed(struct desk_conn *n, json_t *row, const char *name, const char *word,
	const json_t *number);

/* ---- desk_api_service.c */
void desk_api_accounts(struct desk_conn *n);
void desk_api_status(struct desk_conn *n);

/* ---- desk_view.c */
void desk_views(struct desk_conn *n);
void desk_views_set(struct desk_conn *n);

void desk_api_message(struct desk_conn *n);
void desk_api_message_cancel(struct desk_conn *n);
void desk_api_message_values(struct desk_conn *n);
/* Calls of one family each; false: it is none of them. */
bool desk_api_quota(struct desk_conn *n, enum api_op op);
/* ---- desk_stream.c */
bool desk_api_stream(struct desk_conn *n, enum api_op op);
bool desk_api_group(struct desk_conn *n, enum api_op op);
bool desk_api_queue(struct desk_conn *n, enum api_op op);
bool desk_api_sink(struct desk_conn *n, enum api_op op);
bool desk_api_tracking(struct desk_conn *n, enum api_op op);
bool desk_api_webhook(struct desk_conn *n, enum api_op op);
bool desk_api_template(struct desk_conn *n, enum api_op op);
/* ---- desk_api_contact.c */
bool desk_api_contact(struct desk_conn *n, enum api_op op);
/* ---- desk_api_erasure.c */
bool desk_api_erasure(struct desk_conn *n, enum api_op op);
bool desk_api_user(struct desk_conn *n, enum api_op op);
bool desk_api_inbound(struct desk_conn *n, enum api_op op);
bool desk_api_mailjet(struct desk_conn *n, enum api_op op);
bool desk_api_sendgrid(struct desk_conn *n, enum api_op op);
bool desk_api_postmark(struct desk_conn *n, enum api_op op);
#endif
