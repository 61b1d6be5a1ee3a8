#include "report/hook_sendgrid.h"

#include "base/test.h"
#include "report/event_scene.h"

/* clang-format off */
#define COMMON \
		"{'email':'alice@orange.test','smtp-id':'<1.abc@example.test>'," \
		"'sg_message_id':'00000000-0093-833b-93eb-07e0b628b820','category':['order'," \
		"'fr'],'asm_group_id':42,'customer':'4711'}"

static const struct {
	const char *name;
	enum fact_kind kind;
	const char *want;
} events[] = {
	{ "accepted", FACT_ACCEPTED,
		"{'timestamp':1700000000,'event':'processed',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaethaaagg7holr5wicij'}" },
	{ "delivered", FACT_DELIVERED,
		"{'timestamp':1700000006,'event':'delivered',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'response':'250 2.0.0 Ok: queued as 4711','tls':1}" },
	{ "deferred", FACT_DEFERRED,
		"{'timestamp':1700000003,'event':'deferred',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaethaaa34sdjgoyyiu6p',"
		"'response':'451 4.7.1 Greylisted, try again later','attempt':'1','tls':1}" },
	{ "bounced", FACT_BOUNCED,
		"{'timestamp':1700000006,'event':'bounce',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'reason':'550 5.1.1 No such user','status':'5.1.1','type':'bounce',"
		"'bounce_classification':'Invalid Address','tls':1}" },
	{ "expired", FACT_EXPIRED,
		"{'timestamp':1700000006,'event':'bounce',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'reason':'451 4.7.1 Greylisted, try again later','status':'4.7.1',"
		"'type':'blocked','bounce_classification':'Technical Failure','tls':1}" },
	{ "suppressed", FACT_SUPPRESSED,
		"{'timestamp':1700000006,'event':'dropped',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'reason':'Bounced Address','status':'5.7.1'}" },
	{ "in_doubt", FACT_IN_DOUBT, "" },
	{ "held", FACT_HELD, "" },
	{ "released", FACT_RELEASED, "" },
	{ "cancelled", FACT_CANCELLED, "" },
	{ "quarantined", FACT_QUARANTINED,
		"{'timestamp':1700000006,'event':'dropped',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'reason':'Quarantined for alice@orange.test: the stored message is damaged and was not sent.',"
		"'status':'5.0.0'}" },
	{ "retried", FACT_RETRIED, "" },
	{ "returned", FACT_RETURNED,
		"{'timestamp':1700003600,'event':'bounce',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op',"
		"'reason':'550 5.1.1 No such user','status':'5.1.1','type':'bounce',"
		"'bounce_classification':'Invalid Address'}" },
	{ "opened", FACT_OPENED,
		"{'timestamp':1700003600,'event':'open',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op',"
		"'ip':'203.0.113.5',"
		"'useragent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0',"
		"'sg_machine_open':false,'sg_content_type':'html'}" },
	{ "clicked", FACT_CLICKED,
		"{'timestamp':1700003600,'event':'click',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op',"
		"'ip':'203.0.113.5',"
		"'useragent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0',"
		"'url':'https://shop.example/order/7?a=1&b=2','url_offset':{'index':0,"
		"'type':'html'}}" },
	{ "unsubscribed", FACT_UNSUBSCRIBED,
		"{'timestamp':1700003600,'event':'group_unsubscribe',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op','url':'',"
		"'ip':'203.0.113.5',"
		"'useragent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0'}" },
	{ "complained", FACT_COMPLAINED,
		"{'timestamp':1700003600,'event':'spamreport',"
		"'sg_event_id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op'}" },
};
/* clang-format on */

static void
test_events(void **state)
{
	(void)state;
	TEST_EACH(row, events)
	{
		struct event e = scene_event(row->kind);

		assert_true(scene_same(hook_sendgrid(&e), COMMON, row->want));
		assert_true(!*row->want || hook_sendgrid_word(row->kind));
		event_done(&e);
		scene_done();
	}
}

static void
test_classes(void **state)
{
	static const struct {
		const char *name;
		enum bounce_class class;
		const char *want;
	} table[] = {
		{ "none", CLASS_NONE, "Invalid Address" }, /* judged by the reply */
		{ "mailbox", CLASS_MAILBOX, "Invalid Address" },
		{ "quota", CLASS_QUOTA, "Mailbox Unavailable" },
		{ "policy", CLASS_POLICY, "Reputation" },
		{ "reputation", CLASS_REPUTATION, "Reputation" },
		{ "auth", CLASS_AUTH, "Technical Failure" },
		{ "content", CLASS_CONTENT, "Content" },
		{ "size", CLASS_SIZE, "Content" },
		{ "greylist", CLASS_GREYLIST, "Technical Failure" },
		{ "rate", CLASS_RATE, "Frequency or Volume Too High" },
		{ "network", CLASS_NETWORK, "Technical Failure" },
		{ "dns", CLASS_DNS, "Technical Failure" },
		{ "protocol", CLASS_PROTOCOL, "Technical Failure" },
		{ "server", CLASS_SERVER, "Technical Failure" },
		{ "other", CLASS_OTHER, "Unclassified" },
		{ "sandbox", CLASS_SANDBOX, "Unclassified" },
	};
	uint32_t seen = 0;

	(void)state;
	TEST_EACH(row, table)
	{
		struct event e = scene_failure(FACT_BOUNCED, row->class, BLAME_NETWORK,
			REPLY(550, 5, 1, 1, "No such user"));
		json_t *o = hook_sendgrid(&e);

		seen |= 1u << row->class;
		assert_string_equal(
			json_string_value(json_object_get(o, "bounce_classification")),
			row->want);
		assert_string_equal(json_string_value(json_object_get(o, "type")), "blocked");
		json_decref(o);
		event_done(&e);
		scene_done();
	}
	assert_int_equal(seen, (1u << CLASSES) - 1);
}

static json_t *
dropped(const char *text)
{
	struct fact f = scene_fact(FACT_SUPPRESSED);
	struct event e;
	json_t *o;

	f.reply.text = str_z(text);
	e = scene_event_of(&f);
	o = hook_sendgrid(&e);
	event_done(&e);
	scene_done();
	return o;
}

static void
test_dropped(void **state)
{
	static const struct {
		const char *name, *text, *want;
	} table[] = { { "unsubscribed", "unsubscribed on 2026-11-01", "Unsubscribed Address" },
		{ "complained", "complaint of orange.fr", "Spam Reporting Address" },
		{ "bounced", "bounced before", "Bounced Address" } };

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *o = dropped(row->text);

		assert_string_equal(json_string_value(json_object_get(o, "reason")), row->want);
		json_decref(o);
	}
}

/* Machines' opens are told with their mark, their clicks not at all. */
static void
test_robots(void **state)
{
	struct fact open = scene_fact(FACT_OPENED), click = scene_fact(FACT_CLICKED);
	struct event e;
	json_t *o;

	(void)state;
	open.robot = click.robot = 1;
	e = scene_event_of(&open);
	o = hook_sendgrid(&e);
	assert_true(json_is_true(json_object_get(o, "sg_machine_open")));
	json_decref(o);
	event_done(&e);
	e = scene_event_of(&click);
	assert_null(hook_sendgrid(&e));
	event_done(&e);
	scene_done();
}

/* An unsubscribe without a group; a time to send at; a customer's arguments never hide ours. */
static void
test_given_back(void **state)
{
	struct event e = scene_event(FACT_UNSUBSCRIBED);
	json_t *o;

	(void)state;
	event_done(&e);
	e.about = scene_json("{'metadata':{'email':'x','url':'x','tls':'x','status':'x',"
			     "'sg_event_id':'x','own':'y','Email':'z'}}");
	o = hook_sendgrid(&e);
	assert_string_equal(json_string_value(json_object_get(o, "event")), "unsubscribe");
	assert_string_equal(
		json_string_value(json_object_get(o, "email")), "alice@orange.test");
	assert_string_equal(json_string_value(json_object_get(o, "own")), "y");
	assert_string_equal(json_string_value(json_object_get(o, "Email")), "z");
	assert_null(json_object_get(o, "url"));
	assert_null(json_object_get(o, "tls"));
	assert_null(json_object_get(o, "category"));
	json_decref(o);
	e.kind = FACT_ACCEPTED;
	e.fact.next = SCENE_AT + UTC_HOUR;
	o = hook_sendgrid(&e);
	assert_int_equal(json_integer_value(json_object_get(o, "send_at")), 1700003600);
	json_decref(o);
	event_done(&e);
	scene_done();
}

TEST_MAIN(TEST(test_events), TEST(test_classes), TEST(test_dropped), TEST(test_robots),
	TEST(test_given_back))
