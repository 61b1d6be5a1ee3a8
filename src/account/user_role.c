#include "account/user_role.h"

#include "wire/msg.h"

#define WORKS (SCOPE_SEND | SCOPE_READ | SCOPE_MANAGE | SCOPE_SUPPRESS)

/* scopes of a user of an account, of the platform; 0: no such user has the role. */
static const struct {
	const char *word;
	enum user_role role;
	unsigned account, platform;
} table[] = {
	{ "viewer", USER_VIEWER, SCOPE_READ, 0 },
	{ "marketer", USER_MARKETER, SCOPE_SEND | SCOPE_READ | SCOPE_SUPPRESS, 0 },
	{ "developer", USER_DEVELOPER, WORKS, 0 },
	{ "operator", USER_OPERATOR, 0, SCOPE_ALL },
	{ "abuse_officer", USER_ABUSE_OFFICER, 0, SCOPE_READ | SCOPE_SUPPRESS },
	{ "owner", USER_OWNER, WORKS, SCOPE_ALL },
};
#define NROLES (sizeof table / sizeof *table)

const char *
user_role_word(enum user_role r)
{
	for (size_t i = 0; i < NROLES; i++)
		if (table[i].role == r)
			return table[i].word;
	return "";
}

enum user_role
user_role_of(struct str word)
{
	for (size_t i = 0; i < NROLES; i++)
		if (str_eq_z(word, table[i].word))
			return table[i].role;
	return USER_NONE;
}

unsigned
user_role_scopes(enum user_role r, bool platform)
{
	for (size_t i = 0; i < NROLES; i++)
		if (table[i].role == r)
			return platform ? table[i].platform : table[i].account;
	return 0;
}

bool
user_role_fits(enum user_role r, bool platform)
{
	return user_role_scopes(r, platform) != 0;
}
