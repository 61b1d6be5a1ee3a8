/*
 * Verbs of people (desk and, while no service runs, the command line):
 *
 *   users.list    account?
 *   users.add     email, role, account? (none: of the platform), name?, language?
 *   users.set     user, name?, role?, language?, enabled?
 *   users.remove  user
 *   users.link    user? (none: for the first owner, while nobody is there)
 *   users.totp_off  user: his second factor
 *   audit.list    account? (none: of all), limit?, after?
 *   audit.verify  account? (none, or "system": the service's own), after?, noted?
 *
 * `user` is usr_… or an e-mail. Answers are those of account/control_user.h and
 * control_audit.h and control_chain.h; users.add has {"link","expires"} beside the user. Who
 * may ask what over the API is decided in desk_api_user.c.
 */
#ifndef ROLE_DESK_USER_H
#define ROLE_DESK_USER_H

#include "account/control_audit.h"
#include "account/control_totp.h"
#include "role/desk_control.h"

bool desk_user_has(struct str verb);
struct desk_control_answer desk_user_do(struct control *c, struct str verb, const json_t *body);
/* What a verb is about to do, for the audit log: texts of verb, body and text. */
struct control_deed desk_user_deed(struct str verb, const json_t *body, char text[64]);

#endif
