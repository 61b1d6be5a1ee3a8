#include "role/desk_scene.h"

#include "io/file.h"
#include "ledger/ledger.h"

static void
test_http(void **state)
{
	static const struct {
		const char *name, *in;
		int status;
		const char *part;
	} table[] = {
		{ "get", "GET /v1/control/status HTTP/1.1\r\nHost: x\r\n\r\n", 405,
			"POST only" },
		{ "elsewhere",
			"POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 404,
			"POST /v1/control" },
		{ "no verb",
			"POST /v1/control/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: "
			"0\r\n\r\n",
			404, "no such verb" },
		{ "no http", "hello\r\n\r\n", 400, "error" },
		{ "no json",
			"POST /v1/control/status HTTP/1.1\r\nHost: x\r\nContent-Length: "
			"1\r\n\r\n{",
			400, "JSON object" },
		{ "array",
			"POST /v1/control/status HTTP/1.1\r\nHost: x\r\nContent-Length: "
			"2\r\n\r\n[]",
			400, "JSON object" },
		{ "twice the same member",
			"POST /v1/control/trace HTTP/1.1\r\nHost: x\r\nContent-Length: "
			"21\r\n\r\n{\"what\":1,\"what\":234}",
			400, "JSON object" },
		{ "too long",
			"POST /v1/control/status HTTP/1.1\r\nHost: x\r\nContent-Length: "
			"99999999\r\n\r\n",
			413, "error" },
		{ "empty body",
			"POST /v1/control/status HTTP/1.1\r\nHost: x\r\nContent-Length: "
			"0\r\n\r\n",
			200, "\"engine\":\"running\"" },
	};
	struct scene s;

	(void)state;
	scene_open(&s);
	TEST_EACH(row, table)
	{
		struct str got = say_raw(&s, row->in);

		assert_int_equal(status_of(got), row->status);
		assert_true(has(got, row->part));
	}
	scene_close(&s);
}

/* Two questions in one write are answered one after the other, on one connection. */
static void
test_pipelined(void **state)
{
	struct str got;
	struct scene s;

	(void)state;
	scene_open(&s);
	got = say_raw(&s,
		"POST /v1/control/accounts.list HTTP/1.1\r\nHost: x\r\nContent-Length: "
		"2\r\n\r\n"
		"{}POST /v1/control/routes.list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		"Content-Length: 2\r\n\r\n{}");
	assert_true(has(got, "{\"accounts\":[]}"));
	assert_true(has(got, "{\"routes\":[]}"));
	assert_true(s.ended);
	scene_close(&s);
}

static void
test_tables(void **state)
{
	static const struct {
		const char *name, *verb, *body;
		int status;
		const char *part;
		bool told; /* the engine was told of a change */
	} table[] = {
		{ "no name", "accounts.add", "{}", 400, "account", false },
		{ "a number", "accounts.add", "{\"account\":7}", 400, "account", false },
		{ "bad name", "accounts.add", "{\"account\":\"Shop!\"}", 400, "error", false },
		{ "add", "accounts.add", "{\"account\":\"shop\"}", 200, "\"id\":1", true },
		{ "again", "accounts.add", "{\"account\":\"shop\"}", 409, "error", false },
		{ "list", "accounts.list", "{}", 200, "\"account\":\"shop\"", false },
		{ "key of nobody", "keys.add", "{\"account\":\"none\"}", 404, "no account",
			false },
		{ "bad stream", "keys.add", "{\"account\":\"shop\",\"stream\":\"x\"}", 400,
			"transactional or broadcast", false },
		{ "bad expiry", "keys.add", "{\"account\":\"shop\",\"expires\":\"72hh\"}", 400,
			"90d", false },
		{ "bad network", "keys.add", "{\"account\":\"shop\",\"networks\":\"1.2.3\"}",
			400, "network", false },
		{ "scopes as a list", "keys.add",
			"{\"account\":\"shop\",\"scopes\":[\"read\"]}", 400,
			"\\\"scopes\\\" must be a text", false },
		{ "unknown scope", "keys.add",
			"{\"account\":\"shop\",\"scopes\":\"send,stats\"}", 400,
			"\\\"stats\\\" is not a scope. Scopes, separated by commas: send, "
			"read,",
			false },
		{ "plaintext as a text", "keys.add",
			"{\"account\":\"shop\",\"plaintext\":\"no\"}", 400, "true or false",
			false },
		{ "key", "keys.add", "{\"account\":\"shop\",\"expires\":\"90d\"}", 200,
			"\"secret\":\"", true },
		{ "keys", "keys.list", "{}", 200, "\"enabled\":true", false },
		{ "the last page", "keys.list", "{\"limit\":1}", 200, "\"next\":null", false },
		{ "no page", "keys.list", "{\"limit\":0}", 400, "from 1 to 1000", false },
		{ "too long a page", "domains.list", "{\"limit\":501}", 400, "from 1 to 500",
			false },
		{ "no cursor", "domains.list", "{\"after\":\"x\"}", 400, "cursor", false },
		{ "no such key", "keys.show", "{\"account\":\"shop\",\"key\":\"fk_no\"}", 404,
			"no key", false },
		{ "no domain's name", "domains.show", "{\"account\":\"shop\",\"domain\":\"-\"}",
			404, "error", false },
		{ "revoke none", "keys.revoke", "{\"key\":\"fk_no\"}", 404, "no key", false },
		{ "suspend", "accounts.suspend", "{\"account\":\"shop\"}", 200, "suspended",
			true },
		{ "restore", "accounts.restore", "{\"account\":\"shop\"}", 200, "\"ok\"",
			true },
		{ "domain", "domains.add", "{\"account\":\"shop\",\"domain\":\"example.test\"}",
			200, "fct1._domainkey", true },
		{ "verify", "domains.verify",
			"{\"account\":\"shop\",\"domain\":\"example.test\"}", 200,
			"\"state\":\"verified\",\"since\":\"2", true },
		{ "verify none", "domains.verify",
			"{\"account\":\"shop\",\"domain\":\"b.test\"}", 404, "has no domain",
			false },
		{ "bad route", "routes.add", "{\"domain\":\"*\",\"url\":\"ftp://x\"}", 400,
			"URL", false },
		{ "route", "routes.add", "{\"domain\":\"*\",\"url\":\"smtp://u:geheim@h:587\"}",
			200, "added", true },
		{ "masked", "routes.list", "{}", 200, "***", false },
		{ "removed", "routes.remove", "{\"domain\":\"*\"}", 200, "removed", true },
		{ "twice", "routes.remove", "{\"domain\":\"*\"}", 404, "no route", false },
	};
	struct scene s;

	(void)state;
	scene_open(&s);
	TEST_EACH(row, table)
	{
		struct str got;

		buf_clear(&s.asked);
		got = ask(&s, row->verb, row->body);
		assert_int_equal(status_of(got), row->status);
		assert_true(has(got, row->part));
		assert_false(has(got, "geheim"));
		assert_int_equal(s.asked.n > 0, row->told);
	}
	scene_close(&s);
}

/* A replay that cannot be written leaves nothing begun: the next change is made. */
static void
test_replay_fails(void **state)
{
	struct str got;
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(status_of(ask(&s, "accounts.add", "{\"account\":\"shop\"}")), 200);
	got = ask(&s, "webhooks.add", "{\"account\":\"shop\",\"url\":\"https://x.test/\"}");
	assert_int_equal(status_of(got), 200);
	run_sql(&s, "DROP TABLE webhook_replays");
	got = ask(&s, "webhooks.replay",
		"{\"account\":\"shop\",\"id\":1,"
		"\"from\":\"2026-09-21T10:00:00Z\"}");
	assert_int_equal(status_of(got), 500);
	assert_int_equal(status_of(ask(&s, "accounts.add", "{\"account\":\"club\"}")), 200);
	scene_close(&s);
}

/* Keys of new domains are made one after the other: who asks for more than can wait is told. */
static void
test_making(void **state)
{
	struct str got;
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(status_of(ask(&s, "accounts.add", "{\"account\":\"shop\"}")), 200);
	s.desk->nmaking = 64;
	got = ask(&s, "domains.add", "{\"account\":\"shop\",\"domain\":\"a.test\"}");
	assert_int_equal(status_of(got), 429);
	assert_true(has(got, "try again"));
	s.desk->nmaking = 0;
	got = ask(&s, "domains.add", "{\"account\":\"shop\",\"domain\":\"a.test\"}");
	assert_int_equal(status_of(got), 200);
	assert_int_equal(s.desk->nmaking, 0);
	scene_close(&s);
}

static void
test_queue(void **state)
{
	static const struct {
		const char *name, *verb, *body;
		int status;
		const char *asked; /* NULL: the engine was not asked */
	} table[] = {
		{ "list", "queue.list", "{}", 200, "3  0 0;" },
		{ "of a domain", "queue.list", "{\"domain\":\"b.test\"}", 200,
			"3 b.test 0 0;" },
		{ "of an account", "queue.list", "{\"account\":\"shop\"}", 200, "3  1 0;" },
		{ "of nobody", "queue.list", "{\"account\":\"none\"}", 404, NULL },
		{ "of the system", "queue.drop", "{\"account\":\"system\"}", 404, NULL },
		{ "bad age", "queue.list", "{\"older\":\"soon\"}", 400, NULL },
		{ "bad id", "queue.show", "{\"id\":\"x\"}", 400, NULL },
		{ "no id", "queue.show", "{}", 400, NULL },
		{ "id as text", "queue.show", "{\"id\":\"42\"}", 200, "4  0 42;" },
		{ "id as number", "queue.retry", "{\"id\":42}", 200, "7  0 42;" },
		{ "drop nothing named", "queue.drop", "{}", 400, NULL },
		{ "hold nothing named", "queue.hold", "{\"limit\":5}", 400, NULL },
		{ "drop all", "queue.drop", "{\"all\":true}", 200, "8  0 0;" },
		{ "count all", "queue.count", "{}", 200, "9  0 0;" },
	};
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(status_of(ask(&s, "accounts.add", "{\"account\":\"shop\"}")), 200);
	s.json = "{\"totals\":{},\"recipients\":[{\"id\":42,\"tenant\":1}],\"has_more\":false}";
	TEST_EACH(row, table)
	{
		struct str got;

		buf_clear(&s.asked);
		got = ask(&s, row->verb, row->body);
		assert_int_equal(status_of(got), row->status);
		assert_str(buf_str(&s.asked), row->asked ? row->asked : "");
		if (row->status == 200 && str_eq_z(str_z(row->verb), "queue.list"))
			assert_true(has(got, "\"account\":\"shop\""));
	}
	s.json = "{\"recipients\":[]}";
	assert_int_equal(status_of(ask(&s, "queue.show", "{\"id\":42}")), 404);
	s.json = "not JSON";
	assert_int_equal(status_of(ask(&s, "queue.list", "{}")), 500);
	s.status = 400;
	s.json = "{\"error\":\"no such state\"}";
	assert_int_equal(status_of(ask(&s, "queue.list", "{\"state\":\"x\"}")), 400);
	scene_close(&s);
}

/* An engine that is away or silent: questions end in words, changes are kept. */
static void
test_engine_away(void **state)
{
	struct str got;
	struct scene s;

	(void)state;
	scene_open(&s);
	channel_free(&s.engine);
	turn(&s);
	got = ask(&s, "queue.list", "{}");
	assert_int_equal(status_of(got), 503);
	got = ask(&s, "accounts.add", "{\"account\":\"shop\"}");
	assert_int_equal(status_of(got), 200);
	assert_true(has(got, "\"engine\":\"restarting\""));
	got = ask(&s, "status", "{}");
	assert_int_equal(status_of(got), 200);
	assert_true(has(got, "\"ready\":false"));
	assert_true(has(got, "\"role\":\"engine\""));
	engine_up(&s);
	got = ask(&s, "status", "{}");
	assert_true(has(got, "\"engine\":\"running\""));
	/* Silent: nothing within 9 s, 503 after 10. */
	s.silent = true;
	got = ask(&s, "queue.list", "{}");
	assert_int_equal(got.n, 0);
	for (int i = 0; i < 9; i++) {
		clock_pass(&s.clock, 1000000);
		turn(&s);
	}
	assert_int_equal(s.in.n, 0);
	for (int i = 0; i < 3; i++) {
		clock_pass(&s.clock, 1000000);
		turn(&s);
	}
	assert_int_equal(status_of(buf_str(&s.in)), 503);
	scene_close(&s);
}

/* The asker leaves before the answer comes: nothing is written to it. */
static void
test_asker_gone(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s);
	s.silent = true;
	(void)ask(&s, "queue.list", "{}");
	assert_int_equal(s.desk->nconns, 1);
	stream_free(&s.client);
	turn(&s);
	assert_int_equal(s.desk->nconns, 0);
	assert_false(list_empty(&s.desk->asks));
	channel_free(&s.engine);
	turn(&s);
	assert_true(list_empty(&s.desk->asks));
	scene_close(&s);
}

static void
test_keys_used(void **state)
{
	struct str got;
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(status_of(ask(&s, "accounts.add", "{\"account\":\"shop\"}")), 200);
	assert_int_equal(status_of(ask(&s, "keys.add", "{\"account\":\"shop\"}")), 200);
	s.json = "{\"used\":[{\"key\":1,\"at\":1790000000000000,\"client\":\"192.0.2.7\"}]}";
	for (int i = 0; i < 11; i++) {
		clock_pass(&s.clock, 1000000);
		turn(&s);
	}
	got = ask(&s, "keys.list", "{}");
	assert_true(has(got, "\"last_client\":\"192.0.2.7\""));
	scene_close(&s);
}

static void
put_facts(struct scene *s)
{
	struct ledger *l;
	struct fact f = { .rcpt = 43,
		.message = 42,
		.tenant = 1,
		.kind = FACT_ACCEPTED,
		.at = INT64_C(1790000000000000),
		.recipient = STR_LIT("ann@b.test"),
		.sender = STR_LIT("shop@a.test"),
		.message_id = STR_LIT("one@a.test"),
		.subject = STR_LIT("Hello") };

	assert_int_equal(ledger_open(s->paths.ledger, s->loop, true, &l), 0);
	ledger_put(l, f.at, &f);
	f = (struct fact){ .rcpt = 43,
		.message = 42,
		.tenant = 1,
		.number = 1,
		.kind = FACT_DELIVERED,
		.at = INT64_C(1790000001000000),
		.host = STR_LIT("mx.b.test"),
		.reply = REPLY(250, 2, 0, 0, "Ok"),
		.transcript_day = 20717,
		.transcript_offset = 3,
		.transcript_length = 15,
		.courier = 2 };
	ledger_put(l, INT64_C(1790000000000000), &f);
	turn(s);
	ledger_free(&l);
}

static void
test_trace(void **state)
{
	static const struct {
		const char *name, *body;
		int status;
	} table[] = {
		{ "nothing", "{}", 400 },
		{ "address", "{\"what\":\"Ann@b.test\"}", 200 },
		{ "message id", "{\"what\":\"<one@a.test>\"}", 200 },
		{ "bare message id", "{\"what\":\"one@a.test\"}", 200 },
		{ "recipient's number", "{\"what\":\"43\"}", 200 },
		{ "message's number", "{\"what\":\"42\"}", 200 },
		{ "a page", "{\"what\":\"42\",\"limit\":1,\"cursor\":\"\"}", 200 },
		{ "no page", "{\"what\":\"42\",\"cursor\":\"x\"}", 400 },
		{ "unknown", "{\"what\":\"bob@b.test\"}", 404 },
	};
	char path[700];
	struct scene s;

	(void)state;
	scene_open(&s);
	assert_int_equal(status_of(ask(&s, "accounts.add", "{\"account\":\"shop\"}")), 200);
	put_facts(&s);
	snprintf(path, sizeof path, "%s/2-20717.log", s.paths.transcripts);
	assert_int_equal(file_replace(path, STR_LIT("...< 250 \xff ready\r\n..."), 0600), 0);
	TEST_EACH(row, table)
	{
		struct str got = ask(&s, "trace", row->body);

		assert_int_equal(status_of(got), row->status);
		if (row->status != 200)
			continue;
		assert_true(has(got, "\"state\":\"delivered\""));
		assert_true(has(got, "\"account\":\"shop\""));
		assert_true(has(got, "\"text\":\"< 250 "));
	}
	scene_close(&s);
}

static void
test_warnings(void **state)
{
	static const struct {
		const char *name, *json, *text; /* NULL: no such warning */
	} table[] = {
		{ "sound", "{\"journal\":{\"damaged\":0,\"unreadable\":false}}", NULL },
		{ "damage", "{\"journal\":{\"damaged\":3,\"unreadable\":false}}",
			"\"3 damaged places of the journal are in quarantine" },
		{ "older journal", "{\"journal\":{\"damaged\":0,\"unreadable\":true}}",
			"\"The newest journal could not be read" },
	};
	struct scene s;

	(void)state;
	scene_open(&s);
	TEST_EACH(row, table)
	{
		struct str got;

		s.json = row->json;
		got = ask(&s, "status", "{}");
		assert_int_equal(status_of(got), 200);
		assert_true(has(got, "\"state\":\"up\""));
		assert_int_equal(has(got, "quarantine") || has(got, "could not be read"),
			row->text != NULL);
		assert_true(!row->text || has(got, row->text));
	}
	scene_close(&s);
}

TEST_MAIN(TEST(test_http), TEST(test_pipelined), TEST(test_tables), TEST(test_making),
	TEST(test_replay_fails), TEST(test_queue), TEST(test_engine_away),
	TEST(test_asker_gone), TEST(test_keys_used), TEST(test_trace), TEST(test_warnings))
