/*
 * SendGrid's v3 API beside sending: statistics, activity, keys, domains as its SDKs' users read
 * them. Pure; new references.
 */
#ifndef API_SENDGRID_REST_H
#define API_SENDGRID_REST_H

#include "api/rest.h"
#include "api/rest_count.h"

enum sendgrid_step { SENDGRID_DAY, SENDGRID_WEEK, SENDGRID_MONTH };
/* The begin of the day, week (Monday) or month of this time; of the one behind it. Wall µs. */
int64_t sendgrid_rest_begin(enum sendgrid_step step, int64_t wall);
int64_t sendgrid_rest_next(enum sendgrid_step step, int64_t begin);

/* {"date", "stats": [{"metrics": {…}}]}; with a category its name and type as well. */
json_t *sendgrid_rest_stat(const struct rest_count *c, struct str category);
/* Appends another category's entry to the stats of a day. */
void sendgrid_rest_stat_add(json_t *stat, const struct rest_count *c, struct str category);

/* "processed" (under way), "delivered", "not_delivered". */
const char *sendgrid_rest_status(const struct rest_mail *m);
/* Bits of fact kinds; 0: no such word. */
uint32_t sendgrid_rest_states(struct str status);
json_t *sendgrid_rest_message(const struct rest_mail *m);
/* The same with all that is known; its "events" are filled by sendgrid_rest_event. */
json_t *sendgrid_rest_detail(const struct rest_mail *m);
json_t *sendgrid_rest_event(const struct event *e); /* NULL: SendGrid has no such event */

/* The lists of addresses that were refused without being suppressed for it. */
enum sendgrid_failed {
	SENDGRID_NOT_FAILED,
	SENDGRID_BLOCK,  /* for another reason than the address, or given up */
	SENDGRID_INVALID /* there can be no such address */
};
enum sendgrid_failed sendgrid_rest_failed(const struct rest_mail *m);
/* {"created", "email", "reason", "status"} */
json_t *sendgrid_rest_failed_json(const struct rest_mail *m);

/* Names of SendGrid's scopes for those of a key (SCOPE_… of wire/msg), and back. */
json_t *sendgrid_rest_scopes(unsigned scopes);
/* -EINVAL: one of the names is none of them. */
int sendgrid_rest_scope_bits(const json_t *names, unsigned *ret_bits);

/* Out of what the control tables tell (account/control.h). */
json_t *sendgrid_rest_key(const json_t *key, bool scopes);
json_t *sendgrid_rest_domain(const json_t *domain, uint32_t tenant, struct str account);
json_t *sendgrid_rest_validated(const json_t *domain);
json_t *sendgrid_rest_sender(const json_t *domain);
json_t *sendgrid_rest_profile(struct str account);

#endif
