/* What people of the service read of an account's contacts has a reason and a row of the
 * account's log; the edge is played. */
#include "role/desk_call_scene.h"

#define REASON "asked for by the account"

static void
call(const struct caller *who, enum api_op op, const char *query, const char *body)
{
	struct msg_text param = { .bytes = STR_LIT("ann@b.test") };
	struct msg_call m = call_of(who, op);

	m.query = str_z(query);
	m.json = str_z(body);
	m.params.at = &param;
	m.params.n = 1;
	say_and_hear(&m);
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* Rows of the first account's log that say who read, and why. */
static int64_t
reads(void)
{
	int64_t n = 0;

	assert_int_equal(store_run(s.desk->control->store,
				 "SELECT count(*) FROM audit WHERE what = 'contacts.read'"
				 " AND tenant = 1 AND reason = '" REASON "'",
				 take_int, &n, ""),
		0);
	return n;
}

static void
test_contacts(void **state)
{
	static const struct caller shop = { 1, SCOPE_READ | SCOPE_MANAGE, 0, 0, "" },
				   staff = { 1, SCOPE_ALL, 1, 5, "" },
				   why = { 1, SCOPE_ALL, 1, 5, REASON },
				   op_key = { 2, SCOPE_ALL, 0, 0, "" },
				   op_why = { 2, SCOPE_ALL, 0, 0, REASON };
	static const char render[] = "{\"dialect\":\"mailjet\",\"text\":\"{{data:city}}\","
				     "\"contact\":\"ann@b.test\"}";
	static const struct {
		const char *name;
		const struct caller *who;
		enum api_op op;
		const char *query, *body;
		int status, rows; /* rows: of the log, by this call */
	} table[] = {
		{ "its own", &shop, API_CONTACT, "", "", 200, 0 },
		{ "in templates", &shop, API_TEMPLATE_TRY, "", render, 200, 0 },
		{ "people of the service must say why", &staff, API_CONTACT, "", "", 403, 0 },
		{ "for the list", &staff, API_CONTACTS, "", "", 403, 0 },
		{ "where a change tells it", &staff, API_CONTACT_SET, "", "{}", 403, 0 },
		{ "and in templates", &staff, API_TEMPLATE_TRY, "", render, 403, 0 },
		{ "they may make one", &staff, API_CONTACT_PUT, "",
			"{\"properties\":{\"city\":\"Lyon\"}}", 200, 0 },
		{ "they did", &why, API_CONTACT, "", "", 200, 1 },
		{ "they did", &why, API_CONTACTS, "", "", 200, 1 },
		{ "they did", &why, API_CONTACT_SET, "", "{}", 200, 1 },
		{ "they did", &why, API_TEMPLATE_TRY, "", render, 200, 1 },
		{ "a key with operate, its own", &op_key, API_CONTACTS, "", "", 200, 0 },
		{ "and another's", &op_key, API_CONTACTS, "account=shop", "", 403, 0 },
		{ "with a reason", &op_why, API_CONTACTS, "account=shop", "", 200, 1 },
		{ "of none", &op_why, API_CONTACTS, "account=nobody", "", 404, 0 },
	};

	(void)state;
	call(&shop, API_CONTACT_PUT, "", "{\"properties\":{\"city\":\"Lyon\"}}");
	assert_int_equal(e.called.status, 201);
	TEST_EACH(row, table)
	{
		int64_t before = reads();

		call(row->who, row->op, row->query, row->body);
		assert_int_equal(e.called.status, row->status);
		assert_int_equal(reads() - before, row->rows);
	}
	/* What is a change has its own row too. */
	int64_t changes = 0;

	assert_int_equal(store_run(s.desk->control->store,
				 "SELECT count(*) FROM audit WHERE what = 'contacts.set'",
				 take_int, &changes, ""),
		0);
	assert_int_equal(changes, 1);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_contacts, two_accounts, call_scene_close))
