/*
 * Verbs of inbound mail that need the control tables only (desk and, while no service runs, the
 * command line): whose mail is posted to which URL. Ids are inb_…; whose they are is said as
 * for webhooks (role/desk_webhook.h).
 *
 *   inbound.add      account, url, address? (a domain, or local@domain; else one is made at
 *                    the domain `at`), format? ("native", "mailjet", "sendgrid",
 *                    "sendgrid-raw", "postmark"), spam_check?, secret?, signed?, user? and
 *                    password? (into the URL)
 *   inbound.list     account?, format? (begin of one)
 *   inbound.get      id
 *   inbound.update   id and what shall change; a secret is given or, signed, made
 *   inbound.remove   id
 *   inbound.block    account, rule: an address or a domain whose mail is not to come in
 *   inbound.blocked  account
 *   inbound.unblock  account, id: the rule's number
 *   accounts.forward account, forward: list of "bounces", "complaints": what comes back is sent
 *                    on to the sender of the message; without forward it is told
 *
 * inbound {"id","number","account","address","url","user","format","spam_check","signed",
 *          "state":"active"|"unverified","created"}; an added one has {"secret"} once.
 * rule    {"id": its number,"rule"}; lists are {"rules":[…]}
 */
#ifndef ROLE_DESK_INBOUND_H
#define ROLE_DESK_INBOUND_H

#include "role/desk_control.h"

bool desk_inbound_has(struct str verb);
struct desk_control_answer desk_inbound_do(
	struct control *c, struct str verb, const json_t *body, int64_t now);
/* ["bounces", …]: a new reference. */
json_t *desk_forward_json(unsigned what);

#endif
