/*
 * Mailjet's REST v3 (/v3/REST/…): the rows of its resources and their envelope. Every property
 * a recorded answer has is there; what this service does not know is 0, false or "". Pure; new
 * references.
 */
#ifndef API_MAILJET_REST_H
#define API_MAILJET_REST_H

#include "api/rest.h"
#include "api/rest_count.h"

/* {"Count","Data","Total"}; takes rows. */
json_t *mailjet_rest_list(json_t *rows, size_t total);
/* One row, or an empty list; takes it (NULL: empty). */
json_t *mailjet_rest_one(json_t *row);

/* "queued", "sent", "opened" …: a message's status. */
const char *mailjet_rest_status(const struct rest_mail *m);
/* Bits of fact kinds a search needs to find all of that status; 0: there is no such word. */
uint32_t mailjet_rest_states(struct str status);

#define MAILJET_REST_SUBJECT 1u /* ShowSubject, ShowCustomID, ShowContactAlt */
#define MAILJET_REST_CUSTOM  2u
#define MAILJET_REST_CONTACT 4u
json_t *mailjet_rest_message(const struct rest_mail *m, unsigned show);
/* An entry of messagehistory; NULL: Mailjet has no such event. */
json_t *mailjet_rest_history(const struct event *e);
json_t *mailjet_rest_information(const struct rest_mail *m);
/* A row of statcounters. event: of the time of events, not of messages. */
json_t *mailjet_rest_counter(const struct rest_count *c, uint32_t tenant, bool lifetime);

/* Out of what the control tables tell (account/control.h). */
json_t *mailjet_rest_apikey(const json_t *key, uint32_t tenant);
/* email: "*@domain", or an address of it. */
json_t *mailjet_rest_sender(const json_t *domain, struct str email, struct str name);
json_t *mailjet_rest_dns(const json_t *domain);
/* What a check of the records found (domains.verify). */
json_t *mailjet_rest_dns_check(const json_t *domain);
json_t *mailjet_rest_validate(const json_t *domain);
/* at: when it was excluded from campaigns, RFC 3339; empty: it is not. */
json_t *mailjet_rest_contact(struct str email, struct str at, bool spam);
/* properties: of a contact (people/contact). */
json_t *mailjet_rest_contactdata(struct str email, const json_t *properties);
json_t *mailjet_rest_profile(struct str account, uint32_t tenant);
json_t *mailjet_rest_user(struct str account, uint32_t tenant);

#endif
