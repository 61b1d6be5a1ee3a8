/*
 * Verbs of orders to forget a person (docs/decisions/0018); carried out by desk_erase.c. Desk
 * answers them, and, while no service runs, the command line: the next start carries them out.
 * `tenant` (a number) or `account` (a name) says whose they are.
 *
 *   erasures.add    address, or the hash that another order told; reason?
 *   erasures.list   limit? (50, at most 500), after? (the "next" of the page before)
 *   erasures.show   id
 *
 * erasure {"id","account","hash","state":"pending"|"running"|"done","reason","asked","done",
 *          "late","found":{…}}; it never says the address.
 */
#ifndef ROLE_DESK_ERASURE_H
#define ROLE_DESK_ERASURE_H

#include "account/control_erase.h"
#include "role/desk_control.h"

bool desk_erasure_has(struct str verb);
struct desk_control_answer desk_erasure_do(
	struct control *c, struct str verb, const json_t *body, int64_t now);

#endif
