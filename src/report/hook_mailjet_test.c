#include "report/hook_mailjet.h"

#include "base/test.h"
#include "report/event_scene.h"

/* clang-format off */
#define COMMON \
		"{'MessageID':4711,'Message_GUID':'00000000-0093-83fa-8fdf-0d7b1159d580'," \
		"'email':'alice@orange.test','mj_campaign_id':0,'mj_contact_id':0," \
		"'customcampaign':'autumn','CustomID':'order-7','Payload':'{\\'cart\\':7}'}"

static const struct {
	const char *name;
	enum fact_kind kind;
	const char *want;
} events[] = {
	{ "accepted", FACT_ACCEPTED, "" },
	{ "delivered", FACT_DELIVERED,
		"{'event':'sent','time':1700000006,'mj_message_id':'4711',"
		"'smtp_reply':'sent (250 2.0.0 Ok: queued as 4711)'}" },
	{ "deferred", FACT_DEFERRED, "" },
	{ "bounced", FACT_BOUNCED,
		"{'event':'bounce','time':1700000006,'blocked':true,'hard_bounce':true,"
		"'error_related_to':'recipient','error':'user unknown',"
		"'comment':'550 5.1.1 No such user'}" },
	{ "expired", FACT_EXPIRED,
		"{'event':'bounce','time':1700000006,'blocked':false,'hard_bounce':false,"
		"'error_related_to':'domain','error':'greylisted',"
		"'comment':'451 4.7.1 Greylisted, try again later'}" },
	{ "suppressed", FACT_SUPPRESSED,
		"{'event':'blocked','time':1700000006,'error_related_to':'mailjet',"
		"'error':'preblocked'}" },
	{ "in_doubt", FACT_IN_DOUBT, "" },
	{ "held", FACT_HELD, "" },
	{ "released", FACT_RELEASED, "" },
	{ "cancelled", FACT_CANCELLED, "" },
	{ "quarantined", FACT_QUARANTINED,
		"{'event':'blocked','time':1700000006,'error_related_to':'system',"
		"'error':'system issue'}" },
	{ "retried", FACT_RETRIED, "" },
	{ "returned", FACT_RETURNED,
		"{'event':'bounce','time':1700003600,'blocked':true,'hard_bounce':true,"
		"'error_related_to':'recipient','error':'user unknown',"
		"'comment':'550 5.1.1 No such user'}" },
	{ "opened", FACT_OPENED,
		"{'event':'open','time':1700003600,'ip':'203.0.113.5','geo':'',"
		"'agent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0'}" },
	{ "clicked", FACT_CLICKED,
		"{'event':'click','time':1700003600,"
		"'url':'https://shop.example/order/7?a=1&b=2','ip':'203.0.113.5','geo':'',"
		"'agent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0'}" },
	{ "unsubscribed", FACT_UNSUBSCRIBED,
		"{'event':'unsub','time':1700003600,'mj_list_id':0,'ip':'203.0.113.5','geo':'',"
		"'agent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0'}" },
	{ "complained", FACT_COMPLAINED,
		"{'event':'spam','time':1700003600,'source':''}" },
};
/* clang-format on */

static void
test_events(void **state)
{
	(void)state;
	TEST_EACH(row, events)
	{
		struct event e = scene_event(row->kind);

		assert_true(scene_same(hook_mailjet(&e), COMMON, row->want));
		assert_true(!*row->want || hook_mailjet_word(row->kind));
		event_done(&e);
		scene_done();
	}
}

/* Every class, and what refines it. */
static void
test_errors(void **state)
{
	const struct {
		const char *name;
		enum bounce_class class;
		enum blame blame;
		struct reply reply;
		const char *related, *error;
	} table[] = {
		{ "mailbox", CLASS_MAILBOX, BLAME_ADDRESS, REPLY(550, 5, 1, 1, "x"),
			"recipient", "user unknown" },
		{ "mailbox disabled", CLASS_MAILBOX, BLAME_ADDRESS, REPLY(550, 5, 2, 1, "x"),
			"recipient", "mailbox inactive" },
		{ "mailbox, another trouble", CLASS_MAILBOX, BLAME_ADDRESS,
			REPLY(550, 5, 2, 0, "x"), "recipient", "user unknown" },
		{ "null MX", CLASS_MAILBOX, BLAME_ADDRESS, REPLY(556, 5, 1, 10, "x"), "domain",
			"no mail host" },
		{ "quota", CLASS_QUOTA, BLAME_ADDRESS, REPLY(552, 5, 2, 2, "x"), "recipient",
			"quota exceeded" },
		{ "policy", CLASS_POLICY, BLAME_THEIR_SERVER, REPLY(550, 5, 7, 1, "x"), "spam",
			"policy issue" },
		{ "recipient's policy", CLASS_POLICY, BLAME_ADDRESS, REPLY(550, 5, 7, 1, "x"),
			"recipient", "blacklisted" },
		{ "reputation", CLASS_REPUTATION, BLAME_OUR_IP, REPLY(550, 5, 7, 1, "x"),
			"spam", "sender blocked" },
		{ "auth", CLASS_AUTH, BLAME_OUR_SETUP, REPLY(550, 5, 7, 1, "x"), "spam",
			"policy issue" },
		{ "content", CLASS_CONTENT, BLAME_CONTENT, REPLY(550, 5, 7, 1, "x"), "spam",
			"content blocked" },
		{ "size", CLASS_SIZE, BLAME_CONTENT, REPLY(552, 5, 3, 4, "x"), "spam",
			"content blocked" },
		{ "greylist", CLASS_GREYLIST, BLAME_THEIR_SERVER, REPLY(451, 4, 7, 1, "x"),
			"domain", "greylisted" },
		{ "rate", CLASS_RATE, BLAME_OUR_IP, REPLY(421, 4, 7, 0, "x"), "system",
			"connection issue" },
		{ "network", CLASS_NETWORK, BLAME_NETWORK, REPLY(0, 4, 4, 1, "x"), "system",
			"connection issue" },
		{ "dns", CLASS_DNS, BLAME_NETWORK, REPLY(0, 4, 4, 3, "x"), "domain",
			"no mail host" },
		{ "no such domain", CLASS_DNS, BLAME_ADDRESS, REPLY(550, 5, 1, 2, "x"),
			"domain", "invalid domain" },
		{ "protocol", CLASS_PROTOCOL, BLAME_THEIR_SERVER, REPLY(503, 5, 5, 1, "x"),
			"system", "protocol issue" },
		{ "server", CLASS_SERVER, BLAME_THEIR_SERVER, REPLY(451, 4, 3, 0, "x"),
			"system", "system issue" },
		{ "sandbox", CLASS_SANDBOX, BLAME_NONE, REPLY(550, 0, 0, 0, "x"), "system",
			"system issue" },
		{ "other", CLASS_OTHER, BLAME_NONE, REPLY(550, 0, 0, 0, "x"), "system",
			"system issue" },
	};
	uint32_t seen = 0;

	(void)state;
	TEST_EACH(row, table)
	{
		struct event e =
			scene_failure(FACT_BOUNCED, row->class, row->blame, row->reply);
		struct hook_mailjet_error got = hook_mailjet_error(&e);

		seen |= 1u << row->class;
		assert_string_equal(got.related, row->related);
		assert_string_equal(got.error, row->error);
		event_done(&e);
		scene_done();
	}
	assert_int_equal(seen, (1u << CLASSES) - 1 - (1u << CLASS_NONE));
}

/* What a machine did is not told as if a person had done it. */
static void
test_robots(void **state)
{
	static const enum fact_kind kinds[] = { FACT_OPENED, FACT_CLICKED };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
		struct fact f = scene_fact(kinds[i]);
		struct event e;

		f.robot = 1;
		e = scene_event_of(&f);
		assert_null(hook_mailjet(&e));
		event_done(&e);
		scene_done();
	}
}

TEST_MAIN(TEST(test_events), TEST(test_errors), TEST(test_robots))
