#include "report/reason.h"

#include "base/test.h"
#include "base/utc.h"

#include <errno.h>
#include <jansson.h>

#define AT INT64_C(1700000000000000)

static const struct ledger_row letter = { .recipient = STR_LIT("a@b.test"), .accepted = AT };

static void
test_states(void **state)
{
	static const struct {
		const char *name;
		uint8_t kind, want;
	} table[] = { { "released", FACT_RELEASED, FACT_ACCEPTED },
		{ "retried", FACT_RETRIED, FACT_ACCEPTED },
		{ "relayed", FACT_RELAYED, FACT_DELIVERED }, { "none", 0, FACT_ACCEPTED },
		{ "unknown", 200, FACT_ACCEPTED },
		{ "complained", FACT_COMPLAINED, FACT_COMPLAINED } };

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(reason_state(row->kind), row->want);
}

/* The fact's own class and blame win over what the rules make of the reply; a bounce by mail
 * with no more than an enhanced code is judged by that. */
static void
test_of(void **state)
{
	const struct {
		const char *name;
		enum fact_kind state;
		struct fact fact;
		enum bounce_class class;
		enum blame blame;
		bool permanent;
	} table[] = {
		{ "refused", FACT_BOUNCED,
			{ .stage = STAGE_RCPT, .reply = REPLY(550, 5, 1, 1, "No such user") },
			CLASS_MAILBOX, BLAME_ADDRESS, true },
		{ "own words", FACT_BOUNCED,
			{ .stage = STAGE_RCPT,
				.reply = REPLY(550, 5, 1, 1, "No such user"),
				.class = CLASS_POLICY,
				.blame = BLAME_OUR_IP },
			CLASS_POLICY, BLAME_OUR_IP, true },
		{ "later", FACT_DEFERRED,
			{ .stage = STAGE_RCPT, .reply = REPLY(452, 4, 2, 2, "Mailbox full") },
			CLASS_QUOTA, BLAME_ADDRESS, false },
		{ "returned, code of RFC 3463 alone", FACT_RETURNED,
			{ .reply = REPLY(0, 5, 1, 1, "") }, CLASS_MAILBOX, BLAME_ADDRESS,
			true },
		{ "returned, delayed", FACT_RETURNED, { .reply = REPLY(0, 4, 2, 2, "") },
			CLASS_QUOTA, BLAME_ADDRESS, false },
		{ "delivered", FACT_DELIVERED,
			{ .class = CLASS_POLICY,
				.blame = BLAME_CONTENT,
				.reply = REPLY(250, 2, 0, 0, "Ok") },
			CLASS_NONE, BLAME_NONE, false },
		{ "delivered to the sandbox", FACT_DELIVERED,
			{ .class = CLASS_SANDBOX, .reply = REPLY(250, 2, 0, 0, "Kept") },
			CLASS_SANDBOX, BLAME_OUR_SETUP, false },
		{ "numbers of a later version", FACT_BOUNCED,
			{ .class = 200,
				.blame = 200,
				.stage = STAGE_RCPT,
				.reply = REPLY(550, 5, 1, 1, "x") },
			CLASS_NONE, BLAME_NONE, true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct reason r = reason_of(row->state, &row->fact);

		assert_int_equal(r.class, row->class);
		assert_int_equal(r.blame, row->blame);
		assert_int_equal(r.permanent, row->permanent);
		assert_non_null(r.todo_en);
		assert_non_null(r.todo_fr);
	}
}

static void
test_sentences(void **state)
{
	const struct {
		const char *name;
		enum fact_kind state;
		struct fact fact;
		const char *en, *fr;
	} table[] = {
		{ "returned", FACT_RETURNED, { .reply = REPLY(550, 5, 1, 1, "No such user") },
			"Bounced later for a@b.test: it was delivered, then sent back. The "
			"address does not exist.",
			"Rejeté après coup pour a@b.test : remis, puis renvoyé. L’adresse "
			"n’existe pas." },
		{ "delivered without TLS", FACT_DELIVERED,
			{ .at = AT + 2 * UTC_SEC, .reply = REPLY(250, 0, 0, 0, "Ok") },
			"Delivered to a@b.test: the server answered 250 after 2 s, without "
			"TLS.",
			"Remis à a@b.test : le serveur a répondu 250 après 2 s, sans TLS." },
		{ "poison", FACT_QUARANTINED, { .reply = REPLY(451, 4, 3, 0, "x") },
			"Quarantined for a@b.test: working on this message ended a process of "
			"the service three times. It waits; other mail goes on.",
			"En quarantaine pour a@b.test : traiter ce message a mis fin trois "
			"fois à un processus du service. Il attend ; le reste du courrier "
			"continue." },
		{ "held", FACT_HELD, { .stage = STAGE_LOCAL },
			"Held for a@b.test: it waits until somebody releases it.",
			"Retenu pour a@b.test : en attente jusqu'à ce que quelqu'un le "
			"libère." },
		{ "held by its account", FACT_HELD, { .reply = REASON_PAUSED },
			"Held for a@b.test: its account paused it, it waits until it is "
			"resumed.",
			"Retenu pour a@b.test : mis en pause par son compte, en attente "
			"jusqu'à ce qu'il le reprenne." },
		{ "complained", FACT_COMPLAINED, { 0 }, "Complaint: a@b.test called it spam.",
			"Plainte : a@b.test l'a déclaré indésirable." },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < TEST_COUNT(table); i++) {
		struct reason r = reason_of(table[i].state, &table[i].fact);

		test_at(table[i].name);
		buf_clear(&b);
		assert_int_equal(reason_sentence(&b, &r, &letter, &table[i].fact, false), 0);
		assert_str(buf_str(&b), table[i].en);
		buf_clear(&b);
		assert_int_equal(reason_sentence(&b, &r, &letter, &table[i].fact, true), 0);
		assert_str(buf_str(&b), table[i].fr);
	}
	test_at(NULL);
	buf_done(&b);
}

static void
test_json(void **state)
{
	struct fact f = { .stage = STAGE_RCPT, .reply = REPLY(550, 5, 1, 1, "No such user") };
	struct reason r = reason_of(FACT_BOUNCED, &f);
	json_t *j = reason_json(&r, &letter, &f);
	struct buf b;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(j, "class")), "mailbox");
	assert_string_equal(json_string_value(json_object_get(j, "blame")), "address");
	assert_string_equal(json_string_value(json_object_get(j, "todo_en")), r.todo_en);
	assert_non_null(strstr(json_string_value(json_object_get(j, "fr")), r.cause_fr));
	json_decref(j);
	buf_init(&b, 10);
	assert_int_equal(reason_sentence(&b, &r, &letter, &f, false), -E2BIG);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

TEST_MAIN(TEST(test_states), TEST(test_of), TEST(test_sentences), TEST(test_json))
