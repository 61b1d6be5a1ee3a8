#include "account/user_role.h"

#include "base/test.h"
#include "wire/msg.h"

static void
test_roles(void **state)
{
	static const struct {
		const char *name;
		enum user_role role;
		unsigned account, platform;
	} table[] = {
		{ "viewer", USER_VIEWER, SCOPE_READ, 0 },
		{ "marketer", USER_MARKETER, SCOPE_READ | SCOPE_SEND | SCOPE_SUPPRESS, 0 },
		{ "developer", USER_DEVELOPER,
			SCOPE_READ | SCOPE_SEND | SCOPE_SUPPRESS | SCOPE_MANAGE, 0 },
		{ "operator", USER_OPERATOR, 0, SCOPE_ALL },
		{ "abuse_officer", USER_ABUSE_OFFICER, 0, SCOPE_READ | SCOPE_SUPPRESS },
		{ "owner", USER_OWNER, SCOPE_READ | SCOPE_SEND | SCOPE_SUPPRESS | SCOPE_MANAGE,
			SCOPE_ALL },
		{ "root", USER_NONE, 0, 0 },
		{ "", USER_NONE, 0, 0 },
		{ "Owner", USER_NONE, 0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(user_role_of(str_z(row->name)), row->role);
		assert_int_equal(user_role_scopes(row->role, false), row->account);
		assert_int_equal(user_role_scopes(row->role, true), row->platform);
		assert_int_equal(user_role_fits(row->role, true), row->platform != 0);
		/* Nobody of an account runs the platform. */
		assert_false(row->account & SCOPE_OPERATE);
		if (row->role != USER_NONE)
			assert_string_equal(user_role_word(row->role), row->name);
	}
}

TEST_MAIN(TEST(test_roles))
