/*
 * Proved addresses (decision 0010): verbs, of desk and, but for the mail, of the command line
 * while no service runs. `tenant` (a number) or `account` (a name) says whose they are.
 *
 *   proved.list     {"addresses": […]}
 *   proved.add      address: mails the code to it. Desk's alone, since the service sends it
 *   proved.confirm  code
 *   proved.remove   address
 *
 * address {"address","state":"asked"|"proved","asked","proved"}; of proved.confirm also
 * "account".
 */
#ifndef ROLE_DESK_PROVE_H
#define ROLE_DESK_PROVE_H

#include "role/desk_control.h"

bool desk_prove_has(struct str verb);
struct desk_control_answer desk_prove_do(
	struct control *c, struct str verb, const json_t *body, int64_t now);

#endif
