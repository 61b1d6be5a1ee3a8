/*
 * Verbs of webhooks that need the control tables only (desk and, while no service runs, the
 * command line). Ids are whk_…; `tenant` (a number) or `account` (a name) says whose they are:
 * without either it is the operator who asks, and of all accounts.
 *
 *   webhooks.add     account, url, format? ("native"), events? (words, all), people_only?,
 *                    first_only?, stream?, label?, fields? (object), secret?, signed?,
 *                    event? and is_backup? (Mailjet), user? and password? (into the URL)
 *   webhooks.list    account?, vendor? (begin of a format)
 *   webhooks.get     id
 *   webhooks.update  id and what shall change, state? ("on", "off") too; keep_user?: a new
 *                    URL has the user and password of the old one
 *   webhooks.remove  id
 *   webhooks.roll    id, secret?
 *   webhooks.log     id, limit?, from? (a post's number: the older ones)
 *   webhooks.dead    id
 *   webhooks.resume  id
 *
 * webhook {"id","number","account","label","url","format","events":[…],"people_only",
 *          "first_only","stream","event","is_backup","user","fields":[names],"signed",
 *          "public_key","state","why","created","old_secret_until","position",
 *          "failing_since","failures"}; added and rolled ones have {"secret"} once.
 */
#ifndef ROLE_DESK_WEBHOOK_H
#define ROLE_DESK_WEBHOOK_H

#include "account/control_webhook.h"
#include "role/desk_control.h"

bool desk_webhook_has(struct str verb);
struct desk_control_answer desk_webhook_do(
	struct control *c, struct str verb, const json_t *body, int64_t now);

/* ---- shared with desk_hook_ask.c */
/* Whose: 0, or -ENOENT. CONTROL_ANY when nobody is named. */
int desk_webhook_tenant(struct control *c, const json_t *body, uint32_t *ret);
/* `id` as whk_… or a number; 0: it is none. */
int64_t desk_webhook_id(struct control *c, const json_t *body);
/* Text where it is UTF-8, else with \xNN. */
json_t *desk_webhook_text(struct str s);

#endif
