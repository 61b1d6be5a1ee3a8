/* The engine from acceptance to the last outcome, with all other roles played. */
#include "ledger/ledger_feed.h"
#include "role/engine_scene.h"

#include <errno.h>

static struct scene *s;

static int
up(void **state)
{
	(void)state;
	test_row = NULL;
	s = scene_new(false);
	scene_start(s);
	return 0;
}

static int
down(void **state)
{
	test_after(state);
	scene_free(s);
	return 0;
}

static void
test_one_message(void **state)
{
	struct msg_attempt a;
	uint64_t id;

	(void)state;
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	a = scene_attempt(s);
	assert_int_equal(a.message, id);
	assert_int_equal(a.rcpts.n, 1);
	assert_str(a.rcpts.at[0].address, "b@remote.test");
	assert_str(a.sender, "a@shop.test");
	assert_str(a.site, "remote.test");
	assert_int_equal(a.extent, s->place.extent);
	assert_int_equal(a.number, 1);
	assert_int_equal(scene_count(s, "active"), 1);
	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(scene_count(s, "delivered"), 1);
	assert_int_equal(scene_count(s, "active"), 0);
	assert_int_equal(scene_status(s, "conservation", "accepted"), 1);
	assert_string_equal(scene_facts(s, id + 1), "accepted delivered");
	SCENE_NONE(s, &s->courier[1], attempt);
}

static void
test_given_after_hello(void **state)
{
	(void)state;
	scene_edge_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
	scene_pass(s, 3000000);
	scene_courier_hello(s, 1, NULL, 0);
	scene_desk_up(s);
	scene_delivered(s);
	assert_int_equal(scene_count(s, "delivered"), 1);
}

static void
test_recipients_and_retry(void **state)
{
	struct msg_attempt a, b;
	uint64_t id;

	(void)state;
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test c@remote.test d@other.test");
	a = scene_attempt(s);
	b = scene_attempt(s);
	assert_int_equal(a.rcpts.n + b.rcpts.n, 3);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	scene_outcome(s, 1, &b, RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(scene_count(s, "delivered"), (long)b.rcpts.n);
	scene_pass(s, 60 * 1000000);
	SCENE_NONE(s, &s->courier[1], attempt);
	scene_pass(s, 400 * UINT64_C(1000000));
	b = scene_attempt(s);
	assert_int_equal(b.number, 2);
	assert_int_equal(b.rcpts.n, a.rcpts.n);
	scene_outcome(s, 1, &b, RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(scene_count(s, "delivered"), 3);
	assert_string_equal(scene_facts(s, id + 1), "accepted deferred delivered");
	assert_string_equal(scene_facts(s, id + 3), "accepted delivered");
}

/* Reads the body of an attempt. */
static struct str
body_of(const struct msg_attempt *a, char *at, size_t size)
{
	struct extent_reader *r = extent_reader_new(s->paths.spool);
	const struct extent_place p = { a->extent, a->length, a->offset, a->hash };

	assert_true(a->length < size);
	assert_int_equal(extent_verify(r, &p), 0);
	assert_int_equal(extent_read(r, &p, 0, at, a->length), 0);
	extent_reader_free(&r);
	return str_of(at, a->length);
}

static bool
holds(struct str all, const char *part)
{
	return str_find_str(all, str_z(part)) < all.n;
}

static void
own_told(void *ctx, bool accepted)
{
	assert_true(accepted);
	assert_int_equal(s->engine->submits_in_flight, 0);
	assert_int_equal(s->engine->totals.accepted_system, 1);
	++*(unsigned *)ctx;
}

/* P1: who gives mail of our own is told when the journal has it, not before. */
static void
test_own_is_told(void **state)
{
	struct msg_submit *m;
	unsigned n = 0;

	(void)state;
	scene_up(s);
	m = scene_make(s, "", "boss@shop.test");
	m->tenant = 0;
	m->via = VIA_DSN;
	m->flags = MAIL_DSN;
	engine_submit_own(s->engine, m, (struct engine_own){ .told = own_told, .ctx = &n });
	assert_int_equal(s->engine->submits_in_flight, 1);
	assert_int_equal(n, 0);
	scene_settle(s);
	assert_int_equal(n, 1);
}

/* Mail of the service itself: durable before it is answered, delivered as any other, its bounce
 * told to nobody. */
static void
test_notice(void **state)
{
	static char text[4096];
	const struct msg_query q = { .op = QUERY_NOTICE,
		.address = STR_LIT("boss@shop.test"),
		.domain = STR_LIT("<1.alert@mx.test>"),
		.sender = STR_LIT("What is wrong"),
		.text = STR_LIT("Subject: What is wrong\r\n\r\nThe disk.\r\n") };
	struct msg_attempt a;

	(void)state;
	scene_up(s);
	json_decref(scene_ask(s, &q, 200));
	assert_int_equal(scene_status(s, "conservation", "accepted_by_system"), 1);
	a = scene_attempt(s);
	assert_int_equal(a.tenant, 0);
	assert_int_equal(a.sender.n, 0);
	assert_str(a.rcpts.at[0].address, "boss@shop.test");
	assert_true(holds(body_of(&a, text, sizeof text), "\r\n\r\nThe disk.\r\n"));
	scene_outcome(s, 1, &a, RESULT_BOUNCED, &SCENE_NO);
	SCENE_NONE(s, &s->courier[1], attempt);
	/* Nothing to send, or nobody. */
	json_decref(
		scene_ask(s, &(struct msg_query){ .op = QUERY_NOTICE, .text = q.text }, 503));
	json_decref(scene_ask(
		s, &(struct msg_query){ .op = QUERY_NOTICE, .address = q.address }, 503));
}

static void
test_bounce_is_told(void **state)
{
	static char text[65536];
	struct msg_attempt a;
	struct str body;
	uint64_t id;

	(void)state;
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_BOUNCED, &SCENE_NO);
	a = scene_attempt(s);
	assert_int_equal(a.tenant, 0);
	assert_int_equal(a.sender.n, 0);
	assert_true(a.flags & MAIL_DSN);
	assert_int_equal(a.rcpts.n, 1);
	assert_str(a.rcpts.at[0].address, "a@shop.test");
	body = body_of(&a, text, sizeof text);
	assert_true(a.header_length > 0 && a.header_length < a.length);
	assert_true(str_eq_z(str_of(body.p + a.header_length - 4, 4), "\r\n\r\n"));
	assert_true(holds(body, "multipart/report"));
	assert_true(holds(body, "Final-Recipient: rfc822;b@remote.test") ||
		    holds(body, "Final-Recipient: rfc822; b@remote.test"));
	assert_true(holds(body, "Action: failed"));
	assert_true(holds(body, "Status: 5.1.1"));
	assert_true(holds(body, "No such user"));
	assert_true(holds(body, "Subject: hello"));
	assert_false(holds(body, "The body."));
	assert_int_equal(scene_count(s, "bounced"), 1);
	assert_int_equal(scene_status(s, "conservation", "accepted_by_system"), 1);
	/* The report itself cannot be delivered: that is the end of it. */
	scene_outcome(s, 1, &a, RESULT_BOUNCED, &SCENE_NO);
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_int_equal(scene_count(s, "bounced"), 2);
	assert_string_equal(scene_facts(s, id + 1), "accepted bounced");
}

static void
test_who_gets_reports(void **state)
{
	static const struct {
		const char *name, *from;
		uint8_t notify, result;
		const char *action; /* NULL = no report */
	} table[] = {
		{ "null sender", "", 0, RESULT_BOUNCED, NULL },
		{ "never", "a@shop.test", DSN_NEVER, RESULT_BOUNCED, NULL },
		{ "success only", "a@shop.test", DSN_SUCCESS, RESULT_BOUNCED, NULL },
		{ "failure", "a@shop.test", DSN_FAILURE, RESULT_BOUNCED, "Action: failed" },
		{ "success", "a@shop.test", DSN_SUCCESS, RESULT_DELIVERED,
			"Action: delivered" },
		{ "relayed", "a@shop.test", DSN_SUCCESS, RESULT_RELAYED, "Action: relayed" },
		{ "success not asked", "a@shop.test", 0, RESULT_DELIVERED, NULL },
		{ "damaged", "a@shop.test", 0, RESULT_DAMAGED, "Action: failed" },
	};
	static char text[65536], to[40];

	(void)state;
	scene_up(s);
	TEST_EACH(row, table)
	{
		struct msg_attempt a;

		/* A bounce is never tried again. */
		snprintf(to, sizeof to, "b%d@remote.test", (int)(row - table));
		scene_make(s, row->from, to);
		s->rcpts[0].notify = row->notify;
		assert_int_equal(scene_answer(s), 250);
		a = scene_attempt(s);
		scene_outcome(s, 1, &a, row->result,
			row->result == RESULT_BOUNCED ? &SCENE_NO : &SCENE_OK);
		if (!row->action) {
			SCENE_NONE(s, &s->courier[1], attempt);
			continue;
		}
		a = scene_attempt(s);
		assert_true(a.flags & MAIL_DSN);
		assert_true(holds(body_of(&a, text, sizeof text), row->action));
		scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
	}
	assert_int_equal(scene_count(s, "queued"), 0);
}

static void
test_long_host_name(void **state)
{
	static char name[254], text[65536];
	struct msg_attempt a;

	(void)state;
	memset(name, 'h', sizeof name - 1);
	for (size_t i = 30; i < sizeof name - 1; i += 30)
		name[i] = '.';
	s->config.hostname = str_z(name);
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_BOUNCED, &SCENE_NO);
	a = scene_attempt(s);
	assert_true(holds(body_of(&a, text, sizeof text), ".report@hhhh"));
}

static void
test_delay_is_told_once(void **state)
{
	static char text[65536];
	struct msg_attempt a;
	unsigned reports = 0;

	(void)state;
	scene_up(s);
	scene_make(s, "a@shop.test", "b@remote.test");
	s->rcpts[0].notify = DSN_DELAY | DSN_FAILURE;
	assert_int_equal(scene_answer(s), 250);
	for (int i = 0; i < 14; i++) {
		struct str payload;

		scene_pass(s, SCENE_HOUR);
		while (scene_take(s, &s->courier[1], MSG_attempt, &payload)) {
			assert_int_equal(
				msg_attempt_read(&s->courier[1].arena, payload, &a), 0);
			if (a.flags & MAIL_DSN) {
				reports++;
				assert_true(holds(
					body_of(&a, text, sizeof text), "Action: delayed"));
				scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
			} else {
				scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
			}
		}
	}
	assert_int_equal(reports, 1);
	assert_int_equal(scene_count(s, "queued"), 1);
}

static void
test_expiry(void **state)
{
	struct msg_attempt a;
	uint64_t id;

	(void)state;
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_HOLD }, 200));
	assert_int_equal(scene_count(s, "held"), 1);
	clock_pass(&s->clock, 121 * SCENE_HOUR);
	scene_pass(s, 3000000);
	assert_int_equal(scene_count(s, "expired"), 1);
	assert_int_equal(scene_count(s, "held"), 0);
	assert_string_equal(scene_facts(s, id + 1), "accepted deferred held expired");
	a = scene_attempt(s);
	assert_true(a.flags & MAIL_DSN);
}

static void
test_by_hand(void **state)
{
	static const struct {
		const char *name;
		uint16_t op;
		int changed, skipped;
		const char *state; /* where both are then */
	} table[] = {
		{ "hold", QUERY_HOLD, 2, 0, "held" },
		{ "hold again", QUERY_HOLD, 0, 2, "held" },
		{ "retry held ones", QUERY_RETRY, 0, 2, "held" },
		{ "release", QUERY_RELEASE, 2, 0, "active" },
		{ "release again", QUERY_RELEASE, 0, 2, "active" },
		{ "drop what is in hand", QUERY_DROP, 0, 2, "active" },
		{ "hold what is in hand", QUERY_HOLD, 0, 2, "active" },
	};
	struct msg_attempt a;
	json_t *j;

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test c@remote.test");
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	TEST_EACH(row, table)
	{
		j = scene_ask(s, &(struct msg_query){ .op = row->op }, 200);
		assert_int_equal(
			json_integer_value(json_object_get(j, "changed")), row->changed);
		assert_int_equal(
			json_integer_value(json_object_get(j, "skipped")), row->skipped);
		json_decref(j);
		assert_int_equal(scene_count(s, row->state), 2);
	}
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_RETRY }, 200));
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	j = scene_ask(s,
		&(struct msg_query){ .op = QUERY_COUNT, .address = STR_LIT("c@remote.test") },
		200);
	assert_int_equal(json_integer_value(json_object_get(j, "count")), 1);
	json_decref(j);
	json_decref(scene_ask(s,
		&(struct msg_query){ .op = QUERY_DROP, .address = STR_LIT("c@remote.test") },
		200));
	assert_int_equal(scene_count(s, "cancelled"), 1);
	assert_int_equal(scene_count(s, "queued"), 1);
	json_decref(scene_ask(
		s, &(struct msg_query){ .op = QUERY_HOLD, .state = STR_LIT("nonsense") }, 400));
	json_decref(scene_ask(s, &(struct msg_query){ .op = 999 }, 400));
}

/* What an account holds it may release; what an operator holds, or is set aside, it may not. */
static void
test_by_hand_own(void **state)
{
	static const struct {
		const char *name;
		struct msg_query q;
		int changed, skipped;
		const char *domain;
	} table[] = {
		{ "another account's", { .op = QUERY_HOLD, .tenant = 77, .own = 1 }, 0, 0,
			NULL },
		{ "a domain of it", { .op = QUERY_HOLD, .own = 1 }, 1, 0, "remote.test" },
		{ "again", { .op = QUERY_HOLD, .own = 1 }, 1, 1, NULL },
		{ "its own, which waits on", { .op = QUERY_RELEASE, .own = 1 }, 1, 0,
			"else.test" },
		{ "an operator holds all", { .op = QUERY_HOLD }, 2, 0, NULL },
		{ "an operator's", { .op = QUERY_RELEASE, .own = 1 }, 0, 2, NULL },
		{ "nor by another try", { .op = QUERY_RETRY, .own = 1 }, 0, 2, NULL },
		{ "an operator may", { .op = QUERY_RELEASE }, 2, 0, NULL },
	};
	struct msg_attempt a;
	json_t *j;

	(void)state;
	scene_up(s);
	for (int i = 0; i < 2; i++) {
		scene_submit(s, "a@shop.test", i ? "c@else.test" : "b@remote.test");
		a = scene_attempt(s);
		scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	}
	TEST_EACH(row, table)
	{
		struct msg_query q = row->q, n = { .op = QUERY_COUNT,
			.tenant = row->q.tenant,
			.own = row->q.own,
			.would = row->q.op };

		q.domain = n.domain = str_z(row->domain ? row->domain : "");
		for (int i = 0; i < 2; i++) {
			j = scene_ask(s, i ? &q : &n, 200);
			assert_int_equal(
				json_integer_value(json_object_get(j, i ? "changed" : "count")),
				row->changed);
			assert_int_equal(json_integer_value(json_object_get(j, "skipped")),
				row->skipped);
			json_decref(j);
		}
	}
}

static json_int_t
lane_number(const json_t *j, const char *domain, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(j, "lanes"), i,
		row) if (strcmp(json_string_value(json_object_get(row, "domain")), domain) ==
			 0) return json_integer_value(json_object_get(row, name));
	return -1;
}

/* Lanes by the domain, and each site's last words: an account hears its own and sees no door.
 */
static void
test_lanes(void **state)
{
	struct msg_attempt a;
	json_t *j, *site;

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test c@remote.test d@else.test");
	a = scene_attempt(s);
	scene_outcome(s, 1, &a, RESULT_DEFERRED, &SCENE_LATE);
	json_decref(scene_ask(s,
		&(struct msg_query){ .op = QUERY_HOLD, .address = STR_LIT("c@remote.test") },
		200));
	j = scene_ask(s, &(struct msg_query){ .op = QUERY_LANES }, 200);
	assert_int_equal(lane_number(j, "remote.test", "waiting"), 1);
	assert_int_equal(lane_number(j, "remote.test", "held"), 1);
	assert_int_equal(lane_number(j, "else.test", "active"), 1);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(j, "totals"), "waiting")),
		1);
	site = json_array_get(
		json_object_get(j, "sites"), (size_t)lane_number(j, "remote.test", "site"));
	assert_non_null(json_object_get(site, "door"));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(site, "said"), "event")),
		"deferred");
	json_decref(j);
	for (uint32_t tenant = 1; tenant <= 2; tenant++) {
		j = scene_ask(s,
			&(struct msg_query){ .op = QUERY_LANES, .tenant = tenant, .own = 1 },
			200);
		site = json_array_get(json_object_get(j, "sites"), 0);
		assert_int_equal(site != NULL, tenant == 1);
		assert_null(json_object_get(site, "door"));
		assert_int_equal(json_object_get(site, "said") != NULL, tenant == 1);
		json_decref(j);
	}
	j = scene_ask(s,
		&(struct msg_query){ .op = QUERY_LANES, .domain = STR_LIT("else.test") }, 200);
	assert_int_equal(json_array_size(json_object_get(j, "lanes")), 1);
	site = json_array_get(json_object_get(j, "sites"), 0);
	struct str name = str_z(json_string_value(json_object_get(site, "site")));
	json_t *again =
		scene_ask(s, &(struct msg_query){ .op = QUERY_LANES, .site = name }, 200);

	assert_int_equal(lane_number(again, "else.test", "active"), 1);
	json_decref(again);
	json_decref(j);
}

static void
test_list(void **state)
{
	json_t *j, *row;

	(void)state;
	scene_up(s);
	for (int i = 0; i < 5; i++)
		scene_submit(s, "a@shop.test", "b@remote.test");
	json_decref(scene_ask(s, &(struct msg_query){ .op = QUERY_HOLD }, 200));
	j = scene_ask(s, &(struct msg_query){ .op = QUERY_QUEUE_LIST, .limit = 3 }, 200);
	assert_int_equal(json_array_size(json_object_get(j, "recipients")), 3);
	assert_true(json_is_true(json_object_get(j, "has_more")));
	row = json_array_get(json_object_get(j, "recipients"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "to")), "b@remote.test");
	uint64_t after = (uint64_t)json_integer_value(json_object_get(j, "next"));

	json_decref(j);
	j = scene_ask(s,
		&(struct msg_query){ .op = QUERY_QUEUE_LIST, .limit = 3, .after = after }, 200);
	assert_int_equal(json_array_size(json_object_get(j, "recipients")), 2);
	assert_false(json_is_true(json_object_get(j, "has_more")));
	json_decref(j);
}

/* Addresses are foreign text: the answer stays within a message of the channel. */
static void
test_list_of_long_addresses(void **state)
{
	static char to[60000];
	size_t seen = 0;
	uint64_t after = 0;
	json_t *j;

	(void)state;
	scene_up(s);
	memset(to, '\x01', sizeof to);
	snprintf(to + 59000, 60, "@remote.test");
	for (int i = 0; i < 40; i++)
		scene_submit(s, "a@shop.test", to);
	do {
		j = scene_ask(
			s, &(struct msg_query){ .op = QUERY_QUEUE_LIST, .after = after }, 200);
		seen += json_array_size(json_object_get(j, "recipients"));
		after = (uint64_t)json_integer_value(json_object_get(j, "next"));
		json_decref(j);
	} while (after);
	assert_int_equal(seen, 40);
}

static void
test_port25(void **state)
{
	static const char *const to[] = { "a@one.test", "a@two.test", "a@three.test" };
	json_t *j;

	(void)state;
	scene_up(s);
	for (int i = 0; i < 3; i++) {
		struct msg_attempt a;
		struct msg_result r = { 0, RESULT_DEFERRED, STAGE_CONNECT, { 0 } };

		scene_submit(s, "a@shop.test", to[i]);
		a = scene_attempt(s);
		SCENE_TELL(&s->courier[1], outcome, .attempt = a.attempt, .slot = a.slot,
			.error = ETIMEDOUT, .port = 25, .results = { &r, 1 });
		(void)SCENE_TAKE(s, &s->courier[1], outcome_ok);
	}
	j = scene_ask(s, &(struct msg_query){ .op = QUERY_STATUS }, 200);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(j, "port25"), "state")),
		"blocked");
	json_decref(j);
	assert_int_equal(scene_count(s, "queued"), 3);
}

static void
turned_away(const struct msg_attempt *a)
{
	struct msg_result r = { a->rcpts.at[0].index, RESULT_DEFERRED, STAGE_BANNER,
		REPLY(421, 4, 7, 0, "Too many connections") };

	SCENE_TELL(&s->courier[1], outcome, .attempt = a->attempt, .slot = a->slot, .port = 25,
		.host = STR_LIT("mx.remote.test"), .address = STR_LIT("192.0.2.1:25"),
		.results = { &r, 1 });
	(void)SCENE_TAKE(s, &s->courier[1], outcome_ok);
}

static long
door_number(const char *name)
{
	json_t *j = scene_ask(s, &(struct msg_query){ .op = QUERY_STATUS }, 200);
	json_t *v = json_object_get(json_array_get(json_object_get(j, "doors"), 0), name);
	long n = (long)json_integer_value(v);

	assert_non_null(v);
	json_decref(j);
	return n;
}

/* The first one turned away is told, and rests the door until another connection works; those
 * that come later leave no trace, wait for nothing and are sent. */
static void
test_turned_away(void **state)
{
	struct msg_attempt a[3], b;
	uint64_t id[4];

	(void)state;
	scene_up(s);
	for (int i = 0; i < 3; i++) {
		id[i] = scene_submit(s, "a@shop.test", "b@remote.test");
		a[i] = scene_attempt(s);
		assert_int_equal(a[i].message, id[i]);
	}
	turned_away(&a[0]);
	id[3] = scene_submit(s, "a@shop.test", "b@remote.test");
	SCENE_NONE(s, &s->courier[1], attempt);
	assert_true(door_number("resting_s") > 0);
	scene_outcome(s, 1, &a[1], RESULT_DELIVERED, &SCENE_OK);
	assert_int_equal(door_number("resting_s"), 0);
	assert_int_equal(door_number("learned_connections"), 2);
	b = scene_attempt(s);
	assert_int_equal(b.slot, a[1].slot);
	assert_int_equal(b.message, id[0]);
	assert_int_equal(b.number, 2);
	turned_away(&a[2]);
	assert_int_equal(door_number("resting_s"), 0);
	assert_int_equal(door_number("learned_connections"), 1);
	SCENE_NONE(s, &s->courier[1], attempt);
	scene_outcome(s, 1, &b, RESULT_DELIVERED, &SCENE_OK);
	b = scene_attempt(s);
	assert_int_equal(b.message, id[2]);
	assert_int_equal(b.number, 1);
	scene_outcome(s, 1, &b, RESULT_DELIVERED, &SCENE_OK);
	scene_delivered(s);
	assert_int_equal(scene_count(s, "delivered"), 4);
	assert_string_equal(scene_facts(s, id[0] + 1), "accepted deferred delivered");
	assert_string_equal(scene_facts(s, id[2] + 1), "accepted delivered");
	assert_string_equal(scene_facts(s, id[3] + 1), "accepted delivered");
}

/* The only connection: the message waits by the schedule and the door rests. */
static void
test_turned_away_alone(void **state)
{
	struct msg_attempt a;
	uint64_t id;

	(void)state;
	scene_up(s);
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	a = scene_attempt(s);
	turned_away(&a);
	assert_true(door_number("resting_s") > 0);
	assert_int_equal(door_number("learned_connections"), 0);
	scene_pass(s, 200 * UINT64_C(1000000));
	SCENE_NONE(s, &s->courier[1], attempt);
	scene_pass(s, 200 * UINT64_C(1000000));
	scene_delivered(s);
	assert_string_equal(scene_facts(s, id + 1), "accepted deferred delivered");
}

/* Every line is a comment or `name{labels} number`. */
static void
check_metrics(struct str text)
{
	while (text.p && text.n > 0) {
		struct str line = str_cut(&text, '\n'), name = line;
		char number[64], *end;
		size_t sp = str_rfind(line, ' ');

		if (line.n == 0 || str_starts(line, STR_LIT("# HELP ")) ||
			str_starts(line, STR_LIT("# TYPE ")))
			continue;
		assert_true(sp < line.n);
		assert_int_equal(str_copy_z(number, sizeof number, str_from(line, sp + 1)), 0);
		(void)strtod(number, &end);
		assert_true(*number && *end == '\0');
		name.n = sp;
		assert_true(str_starts(name, STR_LIT("facteur_")));
		size_t brace = str_find(name, '{');

		if (brace < name.n) {
			assert_int_equal(name.p[name.n - 1], '}');
			assert_true(holds(name, "=\""));
			name.n = brace;
		}
		for (size_t i = 0; i < name.n; i++)
			assert_true(name.p[i] == '_' ||
				    (name.p[i] >= 'a' && name.p[i] <= 'z') ||
				    (name.p[i] >= '0' && name.p[i] <= '9'));
	}
}

static void
test_metrics(void **state)
{
	struct msg_count counts[] = { { COUNT_SESSIONS_NOW, 25, 3 },
		{ COUNT_SESSIONS_NOW, 587, 4 }, { COUNT_REJECTED, REASON_AUTH, 2 },
		{ COUNT_COMMAND_ERRORS, 5, 6 }, { COUNT_SIGNALS_LOST, 0, 8 },
		{ COUNT_REPORTS_LOST, 0, 9 }, { 60000, 1, 1 }, { COUNT_REJECTED, 60000, 1 } };
	struct msg_answer a;

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
	scene_delivered(s);
	SCENE_TELL(&s->edge, tally, .counts = { counts, TEST_COUNT(counts) });
	SCENE_TELL(&s->edge, query, .seq = 5, .op = QUERY_METRICS);
	a = SCENE_TAKE(s, &s->edge, answer);
	assert_int_equal(a.status, 200);
	check_metrics(a.json);
	assert_true(holds(a.json, "facteur_smtp_sessions 7\n"));
	assert_true(holds(a.json, "facteur_smtp_command_errors_total 6\n"));
	assert_true(holds(a.json, "facteur_signals_dropped_total 8\n"));
	assert_true(holds(a.json, "facteur_template_reports_dropped_total 9\n"));
	assert_true(holds(a.json, "reason=\"auth\"} 2\n"));
	assert_true(holds(a.json, "via=\"smtp\",stream=\"transactional\"} 1\n"));
	assert_true(holds(a.json, "result=\"delivered\"} 1\n"));
	assert_true(holds(a.json, "result=\"deferred\"} 0\n"));
	assert_true(holds(a.json, "facteur_conservation_drift 0\n"));
	assert_true(holds(a.json, "facteur_time_to_deliver_seconds_count 1\n"));
}

static uint64_t
newest_of_all(void)
{
	const uint32_t nobody = 99;
	uint64_t newest = 0, all = 0;

	assert_int_equal(ledger_feed_newest(s->paths.ledger, &nobody, 1, &newest, &all), 0);
	return all;
}

/* An account's facts go to the feed while somebody follows it, and ten minutes longer. They go
 * from there with age, also when the engine that follows was never asked to. */
static void
test_follow(void **state)
{
	const struct msg_query q = { .op = QUERY_FOLLOW, .tenant = 1 };
	json_t *j, *again;
	uint64_t seen;

	(void)state;
	scene_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test");
	scene_delivered(s);
	assert_int_equal(newest_of_all(), 0);
	j = scene_ask(s, &q, 200);
	scene_submit(s, "a@shop.test", "c@remote.test");
	scene_delivered(s);
	seen = newest_of_all();
	assert_true(seen >= (uint64_t)json_integer_value(json_object_get(j, "since")));
	scene_pass(s, 500 * UINT64_C(1000000));
	again = scene_ask(s, &q, 200);
	assert_true(json_equal(j, again));
	scene_pass(s, 500 * UINT64_C(1000000));
	scene_submit(s, "a@shop.test", "d@remote.test");
	scene_delivered(s);
	assert_true(newest_of_all() > seen);
	scene_pass(s, 700 * UINT64_C(1000000));
	seen = newest_of_all();
	scene_submit(s, "a@shop.test", "e@remote.test");
	scene_delivered(s);
	assert_true(newest_of_all() == seen);
	scene_stop(s);
	scene_start(s);
	scene_pass(s, 60 * UINT64_C(1000000));
	assert_true(newest_of_all() == seen);
	scene_pass(s, ENGINE_FEED_KEEP_US);
	scene_pass(s, 60 * UINT64_C(1000000));
	assert_int_equal(newest_of_all(), 0);
	scene_up(s);
	json_decref(again);
	json_decref(j);
	for (uint32_t i = 0; i < ENGINE_FOLLOWS_MAX; i++) {
		j = scene_ask(
			s, &(struct msg_query){ .op = QUERY_FOLLOW, .tenant = 10 + i }, 200);
		json_decref(j);
	}
	json_decref(scene_ask(s, &q, 503));
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_one_message), ENGINE_TEST(test_given_after_hello),
	ENGINE_TEST(test_recipients_and_retry), ENGINE_TEST(test_bounce_is_told),
	ENGINE_TEST(test_notice), ENGINE_TEST(test_own_is_told),
	ENGINE_TEST(test_who_gets_reports), ENGINE_TEST(test_long_host_name),
	ENGINE_TEST(test_delay_is_told_once), ENGINE_TEST(test_expiry),
	ENGINE_TEST(test_by_hand), ENGINE_TEST(test_by_hand_own), ENGINE_TEST(test_lanes),
	ENGINE_TEST(test_list), ENGINE_TEST(test_list_of_long_addresses),
	ENGINE_TEST(test_port25), ENGINE_TEST(test_turned_away),
	ENGINE_TEST(test_turned_away_alone), ENGINE_TEST(test_metrics),
	ENGINE_TEST(test_follow))
