/*
 * What may be asked of the control tables, by verb: accounts.add, keys.list … as JSON in, JSON
 * out. Desk serves it; the command line calls it itself while no service runs.
 *
 *   verb                 members of the question
 *   accounts.add         account
 *   accounts.list
 *   accounts.suspend     account
 *   accounts.restore     account
 *   accounts.mode        account, mode (live, sandbox)
 *   keys.add             account, label?, stream? (transactional, broadcast), networks?,
 * expires?
 *                        ("90d" from now, or RFC 3339), plaintext?, scopes?
 *   keys.list            account?, limit?, after? (the "next" of the page before)
 *   keys.show            key, account?
 *   keys.revoke          key
 *   keys.roll            key, grace? ("24h": the old one goes on so long), account?
 *   domains.add          account, domain
 *   domains.list         account?, limit?, after?
 *   domains.show         account, domain
 *   domains.remove       account, domain
 *   tracking.show        account
 *   tracking.set         account, track_opens? (boolean), track_clicks? (none, html, text,
 * all), url? (null: none) routes.add           domain, url routes.list routes.remove domain
 *   groups.add           account, name, description?, default? (boolean)
 *   groups.list          account
 *   groups.show          account, group (number or name)
 *   groups.set           account, group, name?, description?, default?
 *   groups.remove        account, group
 *   streams.add          account, stream, name?, description?, kind? (transactional,
 *                        broadcast), unsubscribe? (boolean)
 *   streams.list         account, archived? (boolean: these too)
 *   streams.show         account, stream
 *   streams.set          account, stream, name?, description?, unsubscribe?
 *   streams.archive      account, stream
 *   streams.unarchive    account, stream
 *   webhooks.*           role/desk_webhook.h
 *   inbound.*, accounts.forward   role/desk_inbound.h
 *   templates.*          role/desk_template.h
 *   contacts.*           role/desk_contact.h
 *   erasures.*           role/desk_erasure.h
 *   users.*, audit.list  role/desk_user.h
 *   proved.*             role/desk_prove.h
 * Answers are those of account/control.h; lists are {"accounts":[…]} and the like, pages have
 * "next" (null on the last one).
 */
#ifndef ROLE_DESK_CONTROL_H
#define ROLE_DESK_CONTROL_H

#include "account/control.h"

#include <jansson.h>

/* Rows of a page at most, and when nothing is said: an answer has to pass an edge's channel. */
#define DESK_KEYS_MAX    1000u
#define DESK_DOMAINS_MAX 500u

struct desk_control_answer {
	int status;   /* 200, 400, 404, 409, 500 */
	json_t *json; /* new reference; an error is {"error","status"} */
	bool changed; /* the engine must learn of it */
	bool audited; /* a row of it stands in the audit log */
};

/* Is this verb one of the above? */
bool desk_control_has(struct str verb);
/* body: an object. now: wall µs, for "expires". */
struct desk_control_answer desk_control_do(
	struct control *c, struct str verb, const json_t *body, int64_t now);
/* What names a group in a question, a number as its digits (in text). */
#define DESK_GROUP_TEXT 24
struct str desk_group_text(const json_t *body, char text[DESK_GROUP_TEXT]);
/* {"error": why, "status": status} */
json_t *desk_error_json(int status, const char *why);
/* A member's text; empty when absent or no text. */
struct str desk_text(const json_t *body, const char *name);

#endif
