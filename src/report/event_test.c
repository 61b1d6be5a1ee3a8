#include "report/event.h"

#include "base/test.h"
#include "report/event_scene.h"

#include <errno.h>
#include <jansson.h>

static void
test_id(void **state)
{
	static const struct {
		const char *name;
		struct event_id id;
	} table[] = { { "zero", { 0, 0, 0 } }, { "usual", { 123456789, 4711, 3 } },
		{ "signal", { 1, 2, FACT_SIGNAL } },
		{ "all bits", { UINT64_MAX, (UINT64_C(1) << 53) - 1, UINT16_MAX } } };
	char text[EVENT_ID_TEXT], other[EVENT_ID_TEXT];
	struct event_id back;

	(void)state;
	TEST_EACH(row, table)
	{
		event_id_write(text, scene_key, &row->id);
		assert_int_equal(strlen(text), EVENT_ID_TEXT - 1);
		assert_int_equal(event_id_read(str_z(text), scene_key, &back), 0);
		assert_true(back.seq == row->id.seq && back.rcpt == row->id.rcpt &&
			    back.number == row->id.number);
		for (size_t i = 0; i < EVENT_ID_TEXT - 1; i++) {
			memcpy(other, text, sizeof other);
			other[i] = other[i] == 'q' ? 'r' : 'q';
			assert_int_equal(
				event_id_read(str_z(other), scene_key, &back), -EINVAL);
		}
		assert_int_equal(event_id_read(str_of(text, 43), scene_key, &back), -EINVAL);
	}
	/* Once in receivers' tables, it stays. */
	assert_string_equal(event_id_write(text, scene_key, &table[1].id),
		"evt_aaaaaaahlpgrkaaaaaaaaethaab7ps6p6yy6tlpv");
}

static void
test_fields(void **state)
{
	struct event e = scene_event(FACT_BOUNCED);
	char uuid[UUID_TEXT];

	(void)state;
	assert_int_equal(e.kind, FACT_BOUNCED);
	assert_int_equal(e.attempt, 2);
	assert_string_equal(e.rcpt_uuid, uuid_write(uuid, scene_key, e.rcpt));
	assert_string_equal(e.first_uuid, uuid_write(uuid, scene_key, e.message + 1));
	assert_str(e.recipient, "alice@orange.test");
	assert_str(e.fact.host, "mx.orange.test");
	assert_str(e.en,
		"Bounced for alice@orange.test: refused for good. The address does not "
		"exist.");
	assert_int_equal(e.via, VIA_API);
	assert_str(event_about(&e, "custom_id"), "order-7");
	assert_str(event_about(&e, "nothing"), "");
	assert_str(event_tag(&e), "order");
	assert_int_equal(event_group(&e), 42);
	assert_int_equal(json_object_size(event_metadata(&e)), 2);
	assert_true(event_is_hard(&e));
	event_done(&e);
	assert_null(e.about);
	scene_done();
}

/* Kinds that need the other facts of the row. */
static void
test_other_facts(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind kind, want;
		unsigned attempt;
		bool first;
		const char *answer;
	} table[] = {
		{ "accepted", FACT_ACCEPTED, FACT_ACCEPTED, 0, false,
			"Accepted for alice@orange.test: it waits for delivery." },
		{ "deferred", FACT_DEFERRED, FACT_DEFERRED, 1, false,
			"451 4.7.1 Greylisted, try again later" },
		{ "relay", FACT_RELAYED, FACT_DELIVERED, 2, false,
			"250 2.0.0 Ok: queued as 4711" },
		{ "expiry speaks of the last attempt", FACT_EXPIRED, FACT_EXPIRED, 1, false,
			"451 4.7.1 Greylisted, try again later" },
		{ "open", FACT_OPENED, FACT_OPENED, 2, true, "Opened by alice@orange.test." },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct event e = scene_event(row->kind);
		struct buf b;

		assert_int_equal(e.kind, row->want);
		assert_int_equal(e.attempt, row->attempt);
		assert_int_equal(e.first, row->first);
		buf_init(&b, 4096);
		event_answer(&b, &e);
		assert_str(buf_str(&b), row->answer);
		buf_done(&b);
		event_done(&e);
		scene_done();
	}
}

static void
test_first_open(void **state)
{
	struct event e;

	(void)state;
	scene_add((struct fact){ .kind = FACT_OPENED,
		.number = FACT_SIGNAL,
		.at = SCENE_AT + 30 * UTC_SEC,
		.robot = 1 });
	e = scene_event(FACT_OPENED);
	assert_true(e.first);
	event_done(&e);
	scene_add((struct fact){
		.kind = FACT_OPENED, .number = FACT_SIGNAL, .at = SCENE_AT + 31 * UTC_SEC });
	e = scene_event(FACT_OPENED);
	assert_false(e.first);
	event_done(&e);
	scene_done();
}

static void
test_hard(void **state)
{
	const struct {
		const char *name;
		struct reply reply;
		uint8_t stage;
		bool hard, suppresses;
	} table[] = {
		{ "no such user", REPLY(550, 5, 1, 1, "No such user"), STAGE_RCPT, true, true },
		{ "no such domain", REPLY(550, 5, 1, 2, "NXDOMAIN"), STAGE_DNS, true, false },
		{ "full", REPLY(552, 5, 2, 2, "Mailbox full"), STAGE_RCPT, false, false },
		{ "listed", REPLY(554, 5, 7, 1, "listed by zen.spamhaus.org"), STAGE_RCPT,
			false, false },
		{ "not yet", REPLY(450, 4, 1, 1, "unknown user"), STAGE_RCPT, false, false },
		{ "unknown", REPLY(550, 0, 0, 0, "no"), STAGE_RCPT, false, false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct fact f = scene_fact(FACT_BOUNCED);
		struct event e;

		f.reply = row->reply;
		f.stage = row->stage;
		e = scene_event_of(&f);
		assert_int_equal(event_is_hard(&e), row->hard);
		assert_int_equal(event_suppresses(&e), row->suppresses);
		event_done(&e);
		scene_done();
	}
}

/* The engine's words for it. */
static void
test_suppressor(void **state)
{
	static const struct {
		const char *name, *text;
		enum fact_kind want;
	} table[] = { { "unsubscribe", "On the suppression list: unsubscribe",
			      FACT_UNSUBSCRIBED },
		{ "complaint", "On the suppression list: complaint", FACT_COMPLAINED },
		{ "hard bounce", "On the suppression list: hard_bounce", FACT_BOUNCED },
		{ "manual", "On the suppression list: manual", FACT_BOUNCED } };

	(void)state;
	TEST_EACH(row, table)
	{
		struct fact f = scene_fact(FACT_SUPPRESSED);
		struct event e;

		f.reply.text = str_z(row->text);
		e = scene_event_of(&f);
		assert_int_equal(event_suppressor(&e), row->want);
		event_done(&e);
		scene_done();
	}
}

static void
test_bad(void **state)
{
	struct fact f = scene_fact(FACT_DELIVERED);
	struct ledger_row row = scene_row();
	struct event_source source = { &row, &f, 7, scene_key };
	struct arena a;
	struct event e;

	(void)state;
	arena_init(&a, 64);
	assert_int_equal(event_of(&a, &source, &e), -E2BIG);
	row.rcpt = UINT64_C(1) << 53;
	assert_int_equal(event_of(&a, &source, &e), -EBADMSG);
	arena_done(&a);
	arena_init(&a, 1u << 20);
	row.rcpt = 1;
	row.facts = STR_LIT("junk");
	f.about = STR_LIT("[1]");
	assert_int_equal(event_of(&a, &source, &e), 0);
	assert_null(e.about);
	assert_null(event_tags(&e));
	assert_int_equal(event_group(&e), 0);
	event_done(&e);
	/* As rows had it before accounts had groups. */
	f.about = STR_LIT("{\"asm_group\":\"43\"}");
	assert_int_equal(event_of(&a, &source, &e), 0);
	assert_int_equal(event_group(&e), 43);
	event_done(&e);
	/* Another group than the message's, which its page named. */
	f.kind = FACT_UNSUBSCRIBED;
	f.url = STR_LIT("group:44");
	assert_int_equal(event_of(&a, &source, &e), 0);
	assert_int_equal(event_group(&e), 44);
	assert_int_equal(e.fact.url.n, 0);
	event_done(&e);
	arena_done(&a);
	scene_done();
}

TEST_MAIN(TEST(test_id), TEST(test_fields), TEST(test_other_facts), TEST(test_first_open),
	TEST(test_hard), TEST(test_suppressor), TEST(test_bad))
