/* Whose a captured message is, and who may read it: the ledger is written by the test, the edge
 * is played. */
#include "role/desk_call_scene.h"

#include "io/file.h"
#include "ledger/fact.h"
#include "ledger/ledger.h"
#include "role/sink_store.h"

#define AT     INT64_C(1790000000000000)
#define SECOND INT64_C(1000000)
#define REASON "asked for by the account"

static void
accepted(struct ledger *l, uint64_t n, uint32_t tenant, const char *id, int64_t at)
{
	const struct fact f = { .rcpt = n + 1,
		.message = n,
		.tenant = tenant,
		.kind = FACT_ACCEPTED,
		.at = at,
		.stream = STREAM_BROADCAST,
		.message_id = str_z(id),
		.recipient = STR_LIT("ann@b.test"),
		.sender = STR_LIT("shop@a.test") };

	ledger_put(l, at, &f);
}

/* tenant: whose it is, where a courier says it; else 0. */
static void
captured_of(struct sink_store *store, const char *id, const char *to, uint32_t tenant)
{
	struct str rcpt = str_z(to);
	char text[300];
	uint64_t n;

	snprintf(text, sizeof text,
		"From: a@shop.test\r\nSubject: %s\r\nMessage-ID: %s\r\n\r\nx\r\n", id, id);
	assert_int_equal(sink_store_add(store,
				 &(struct sink_facts){ .at = AT,
					 .client = STR_LIT("127.0.0.1:9"),
					 .helo = STR_LIT("x"),
					 .from = STR_LIT("a@shop.test"),
					 .message = str_z(text),
					 .to = &rcpt,
					 .nto = 1,
					 .outcome = "kept",
					 .rcpt = tenant ? 4711 : 0,
					 .tenant = tenant },
				 &n),
		0);
}

static void
captured(struct sink_store *store, const char *id, const char *to)
{
	captured_of(store, id, to, 0);
}

static int
up(void **state)
{
	struct sink_store store;
	struct ledger *l;

	two_accounts(state);
	s.config.lab.deliver_to = STR_LIT("127.0.0.1:2600");
	assert_int_equal(sink_store_open(&store, s.paths.sink), 0);
	captured(&store, "<one@x>", "ann@b.test");   /* 1: shop's */
	captured(&store, "<two@x>", "Ann@B.test");   /* 2: rival's */
	captured(&store, "<both@x>", "ann@b.test");  /* 3: of both, so nobody's */
	captured(&store, "<later@x>", "ann@b.test"); /* 4: used by rival when it was there */
	captured(&store, "<one@x>", "bob@b.test");   /* 5: not to him */
	captured(&store, "", "ann@b.test");          /* 6 */
	captured(&store, "<many@x>", "ann@b.test");  /* 7: more than are looked at */
	captured_of(&store, "<both@x>", "ann@b.test", 2); /* 8: of the sandbox, rival's */
	assert_int_equal(ledger_open(s.paths.ledger, s.loop, true, &l), 0);
	accepted(l, 10, 1, "<one@x>", AT - SECOND);
	accepted(l, 20, 2, "<two@x>", AT - SECOND);
	accepted(l, 30, 1, "<both@x>", AT - SECOND);
	accepted(l, 40, 2, "<both@x>", AT - 2 * SECOND);
	accepted(l, 50, 2, "<later@x>", AT + SECOND);
	for (uint64_t i = 0; i < 60; i++)
		accepted(l, 100 + 10 * i, 1, "<many@x>", AT - SECOND);
	turn(&s);
	ledger_free(&l);
	return 0;
}

static void
call(const struct caller *who, enum api_op op, const char *mail, const char *query)
{
	struct msg_text param = { .bytes = str_z(mail ? mail : "") };
	struct msg_call m = call_of(who, op);

	m.query = str_z(query);
	m.params.at = &param;
	m.params.n = mail ? 1 : 0;
	say_and_hear(&m);
}

static const struct caller shop = { 1, SCOPE_READ, 0, 0, NULL },
			   rival = { 2, SCOPE_READ | SCOPE_SEND, 0, 0, NULL },
			   op_key = { 1, SCOPE_ALL, 0, 0, REASON },
			   service = { 0, SCOPE_ALL, 1, 5, REASON },
			   of_shop = { 1, SCOPE_ALL, 1, 5, REASON },
			   no_reason = { 1, SCOPE_ALL, 1, 5, NULL };

/* "7 5 1": ids as listed. */
static void
assert_ids(const char *want)
{
	json_t *j = json_loadb(e.called.body.p, e.called.body.n, 0, NULL), *row;
	char got[100] = "";
	size_t i;

	json_array_foreach(json_object_get(j, "data"), i, row)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? " " : "",
			json_string_value(json_object_get(row, "id")));
	assert_string_equal(got, want);
	json_decref(j);
}

static void
test_list(void **state)
{
	static const struct {
		const char *name;
		const struct caller *who;
		const char *query, *ids;
	} table[] = {
		{ "its own", &shop, "", "1" },
		{ "the other's", &rival, "", "8 2" },
		{ "naming another helps no account", &shop, "account=rival", "1" },
		{ "nor all", &shop, "account=*", "1" },
		{ "an operator's key, another account", &op_key, "account=rival", "8 2" },
		{ "and all", &op_key, "account=*", "8 7 6 5 4 3 2 1" },
		{ "the service's people", &service, "", "8 7 6 5 4 3 2 1" },
		{ "for an account", &of_shop, "", "1" },
		{ "pages", &service, "limit=2&cursor=6", "5 4" },
		{ "to", &service, "to=bob@b.test", "5" },
		{ "search", &service, "search=TWO", "2" },
	};

	struct sink_store store;
	uint64_t n;

	(void)state;
	TEST_EACH(row, table)
	{
		call(row->who, API_SINK, NULL, row->query);
		assert_int_equal(e.called.status, 200);
		assert_ids(row->ids);
	}
	call(&op_key, API_SINK, NULL, "account=nobody");
	assert_int_equal(e.called.status, 404);
	call(&shop, API_SINK, NULL, "limit=0");
	assert_int_equal(e.called.status, 400);
	/* Without a lab's: what an account in the sandbox left there. */
	s.config.lab.deliver_to = STR_NONE;
	call(&shop, API_SINK, NULL, "");
	assert_int_equal(e.called.status, 200);
	assert_int_equal(sink_store_open(&store, s.paths.sink), 0);
	assert_int_equal(sink_store_clear(&store, &n), 0);
	s.config.mode = STR_LIT("sandbox");
	call(&shop, API_SINK, NULL, "");
	assert_int_equal(e.called.status, 200);
	s.config.mode = STR_LIT("live");
	call(&shop, API_SINK, NULL, "");
	assert_int_equal(e.called.status, 404);
	assert_true(has(e.called.body, "has no sink"));
}

static void
test_read(void **state)
{
	static const struct {
		const char *name;
		const struct caller *who;
		const char *mail;
		int status;
	} table[] = {
		{ "its own", &shop, "1", 200 },
		{ "another's", &shop, "2", 404 },
		{ "of both", &shop, "3", 404 },
		{ "of both, the other", &rival, "3", 404 },
		{ "accepted later", &rival, "4", 404 },
		{ "another recipient", &shop, "5", 404 },
		{ "without a Message-ID", &shop, "6", 404 },
		{ "too many to tell", &shop, "7", 404 },
		{ "never there", &shop, "70", 404 },
		{ "of the sandbox, another's", &shop, "8", 404 },
		{ "of the sandbox, its own", &rival, "8", 200 },
		{ "no number", &shop, "../1", 404 },
		{ "an operator's key, its own", &op_key, "1", 200 },
		{ "and no other", &op_key, "2", 404 },
		{ "people of the service must say why", &no_reason, "1", 403 },
		{ "they did", &of_shop, "1", 200 },
		{ "for this account only", &of_shop, "2", 404 },
		{ "an account's needs its name", &service, "1", 404 },
		{ "nobody's does not", &service, "3", 200 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		for (int source = 0; source <= 1; source++) {
			call(row->who, source ? API_SINK_SOURCE : API_SINK_MAIL, row->mail, "");
			assert_int_equal(e.called.status, row->status);
			if (row->status == 200)
				assert_true(has(e.called.body,
					source ? "\r\n\r\nx\r\n" : "\"id\":\"signature\""));
		}
	}
	call(&shop, API_SINK_SOURCE, "1", "offset=6&limit=11");
	assert_str(e.called.body, "a@shop.test");
	call(&shop, API_SINK_SOURCE, "1", "offset=100000");
	assert_int_equal(e.called.status, 404);
}

#define DESK_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, call_scene_close)

TEST_MAIN(DESK_TEST(test_list), DESK_TEST(test_read))
