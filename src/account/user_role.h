/*
 * Roles of people, and what each may do in the words of keys (account/scope): the one table.
 * A few calls are open to a role beyond its scopes (api/route). Pure.
 */
#ifndef ACCOUNT_USER_ROLE_H
#define ACCOUNT_USER_ROLE_H

#include "base/str.h"

enum user_role {
	USER_NONE,
	USER_VIEWER,
	USER_MARKETER,
	USER_DEVELOPER,
	USER_OPERATOR,
	USER_ABUSE_OFFICER,
	USER_OWNER
};

/* For errors that a person reads. */
#define USER_ROLES_ACCOUNT  "viewer, marketer, developer, owner"
#define USER_ROLES_PLATFORM "operator, abuse_officer, owner"

const char *user_role_word(enum user_role r); /* "" of USER_NONE */
/* USER_NONE: it is no role. */
enum user_role user_role_of(struct str word);
/* SCOPE_… of wire/msg. platform: of a user of the platform, not of an account. */
unsigned user_role_scopes(enum user_role r, bool platform);
/* May a user of the platform (or of an account) have it? */
bool user_role_fits(enum user_role r, bool platform);

#endif
