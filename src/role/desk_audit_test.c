/* What people of the service read of an account's contacts has a reason and a row of the
 * account's log; the edge is played. */
#include "account/control_own.h"
#include "role/desk_scene.h"

#define REASON "asked for by the account"

static struct scene s;
static struct {
	struct channel *channel;
	struct arena arena;
	struct buf bytes;
	struct msg_called called;
	unsigned n;
} e;

static void
hears(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	assert_int_equal(type, MSG_called);
	arena_reset(&e.arena);
	buf_clear(&e.bytes);
	buf_put(&e.bytes, payload);
	assert_int_equal(msg_called_read(&e.arena, buf_str(&e.bytes), &e.called), 0);
	e.n++;
}

static void
ends(void *ctx)
{
	(void)ctx;
	channel_free(&e.channel);
}

static int
up(void **state)
{
	static const struct channel_calls calls = { hears, ends };
	json_t *j = NULL;
	int fd[2];

	(void)state;
	scene_open(&s);
	memset(&e, 0, sizeof e);
	arena_init(&e.arena, 8u << 20);
	buf_init(&e.bytes, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(channel_pair(fd), 0);
	e.channel = channel_new(s.loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, &e);
	desk_edge_peer(s.desk, 1, fd[1]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			control_account_add(s.desk->control, str_z(i ? "rival" : "shop"), &j),
			0);
		json_decref(j);
	}
	return 0;
}

static int
down(void **state)
{
	(void)state;
	channel_free(&e.channel);
	scene_close(&s);
	arena_done(&e.arena);
	buf_done(&e.bytes);
	return 0;
}

static uint16_t
number_of(enum api_op op)
{
	size_t n, i = 0;
	const struct api_route *r = api_routes(&n);

	while (i < n && r[i].op != op)
		i++;
	assert_true(i < n);
	return (uint16_t)i;
}

/* Tenant 1 is shop, 2 rival. user 0: a key. */
struct caller {
	uint32_t tenant;
	uint8_t scopes, platform;
	uint64_t user;
	const char *reason;
};

static void
call(const struct caller *who, enum api_op op, const char *query, const char *body)
{
	struct msg_text param = { .bytes = STR_LIT("ann@b.test") };
	unsigned before = e.n;
	struct buf b;

	buf_init(&b, 65536);
	const struct msg_call m = { .seq = 1,
		.route = number_of(op),
		.tenant = who->tenant,
		.scopes = who->scopes,
		.platform = who->platform,
		.user = who->user,
		.role = who->user ? USER_OPERATOR : USER_NONE,
		.key = who->user ? 0 : 7,
		.query = str_z(query),
		.reason = str_z(who->reason),
		.json = str_z(body),
		.params = { &param, 1 } };

	assert_int_equal(msg_call_write(&b, &m), 0);
	channel_force(e.channel, MSG_call, buf_str(&b));
	buf_done(&b);
	for (int i = 0; i < 20000 && e.n == before; i++)
		loop_step(s.loop, 1000);
	assert_int_equal(e.n, before + 1);
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

TEST_MAIN(cmocka_unit_test_setup_teardown(test_contacts, up, down))
