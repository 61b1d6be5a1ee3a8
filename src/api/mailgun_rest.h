/*
 * Mailgun's API beside sending: domains and events. Pure; new references.
 */
#ifndef API_MAILGUN_REST_H
#define API_MAILGUN_REST_H

#include "api/rest.h"

/* Mailgun's words for events, with OR between them ("delivered OR failed"): bits of fact kinds.
 * 0: one of them is none. */
uint32_t mailgun_rest_kinds(struct str words);
/* Those a search asks for to find all that these events may be of: a delivery also follows a
 * deferral. 0: all. */
uint32_t mailgun_rest_states(uint32_t kinds);

/* A page: cursor and query in one word that stands in a path, in the arena; p NULL when it is
 * full. */
struct str mailgun_rest_page(struct arena *a, struct str cursor, struct str query);
/* Back. 0, or -EINVAL. */
int mailgun_rest_page_read(
	struct arena *a, struct str page, struct str *ret_cursor, struct str *ret_query);

/* Out of what the control tables tell (account/control.h). */
json_t *mailgun_rest_domain(const json_t *domain);
/* {"domain", "receiving_dns_records", "sending_dns_records"}. */
json_t *mailgun_rest_records(const json_t *domain);

#endif
