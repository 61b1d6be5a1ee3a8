#include "report/hook_postmark.h"

#include "base/test.h"
#include "report/event_scene.h"

/* clang-format off */
#define COMMON \
		"{'MessageID':'00000000-0093-83fa-8fdf-0d7b1159d580'," \
		"'MessageStream':'outbound','ServerID':3,'Tag':'order'," \
		"'Metadata':{'customer':'4711','event':'mine'}}"

static const struct {
	const char *name;
	enum fact_kind kind;
	const char *want;
} events[] = {
	{ "accepted", FACT_ACCEPTED, "" },
	{ "delivered", FACT_DELIVERED,
		"{'RecordType':'Delivery','Recipient':'alice@orange.test',"
		"'DeliveredAt':'2023-11-14T22:13:26.000Z',"
		"'Details':'smtp;250 2.0.0 Ok: queued as 4711'}" },
	{ "deferred", FACT_DEFERRED, "" },
	{ "bounced", FACT_BOUNCED,
		"{'RecordType':'Bounce','ID':4711,'Type':'HardBounce','TypeCode':1,"
		"'Name':'Hard bounce',"
		"'Description':'The server was unable to deliver your message (ex: unknown user, mailbox not found).',"
		"'Details':'smtp;550 5.1.1 No such user','Email':'alice@orange.test',"
		"'From':'shop@example.test','BouncedAt':'2023-11-14T22:13:26.000Z',"
		"'DumpAvailable':false,'Inactive':true,'CanActivate':true,"
		"'Subject':'Votre commande n° 7'}" },
	{ "expired", FACT_EXPIRED,
		"{'RecordType':'Bounce','ID':4711,'Type':'Transient','TypeCode':2,"
		"'Name':'Message delayed',"
		"'Description':'The server could not temporarily deliver your message (ex: Message is delayed due to network troubles).',"
		"'Details':'smtp;451 4.7.1 Greylisted, try again later',"
		"'Email':'alice@orange.test','From':'shop@example.test',"
		"'BouncedAt':'2023-11-14T22:13:26.000Z','DumpAvailable':false,'Inactive':false,"
		"'CanActivate':true,'Subject':'Votre commande n° 7'}" },
	{ "suppressed", FACT_SUPPRESSED, "" },
	{ "in_doubt", FACT_IN_DOUBT, "" },
	{ "held", FACT_HELD, "" },
	{ "released", FACT_RELEASED, "" },
	{ "cancelled", FACT_CANCELLED, "" },
	{ "quarantined", FACT_QUARANTINED,
		"{'RecordType':'Bounce','ID':4711,'Type':'Unknown','TypeCode':2048,"
		"'Name':'Unknown','Description':'Unable to classify the bounce.',"
		"'Details':'Quarantined for alice@orange.test: the stored message is damaged and was not sent.',"
		"'Email':'alice@orange.test','From':'shop@example.test',"
		"'BouncedAt':'2023-11-14T22:13:26.000Z','DumpAvailable':false,'Inactive':false,"
		"'CanActivate':true,'Subject':'Votre commande n° 7'}" },
	{ "retried", FACT_RETRIED, "" },
	{ "returned", FACT_RETURNED,
		"{'RecordType':'Bounce','ID':4711,'Type':'HardBounce','TypeCode':1,"
		"'Name':'Hard bounce',"
		"'Description':'The server was unable to deliver your message (ex: unknown user, mailbox not found).',"
		"'Details':'smtp;550 5.1.1 No such user','Email':'alice@orange.test',"
		"'From':'shop@example.test','BouncedAt':'2023-11-14T23:13:20.000Z',"
		"'DumpAvailable':false,'Inactive':true,'CanActivate':true,"
		"'Subject':'Votre commande n° 7'}" },
	{ "opened", FACT_OPENED,
		"{'RecordType':'Open','FirstOpen':true,'Recipient':'alice@orange.test',"
		"'ReceivedAt':'2023-11-14T23:13:20.000Z','Client':{'Name':'','Company':'',"
		"'Family':''},'OS':{'Name':'','Company':'','Family':''},'Platform':'Unknown',"
		"'UserAgent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0',"
		"'Geo':{'CountryISOCode':'','Country':'','RegionISOCode':'','Region':'',"
		"'City':'','Zip':'','Coords':'','IP':'203.0.113.5'}}" },
	{ "clicked", FACT_CLICKED,
		"{'RecordType':'Click','ClickLocation':'HTML',"
		"'OriginalLink':'https://shop.example/order/7?a=1&b=2',"
		"'Recipient':'alice@orange.test','ReceivedAt':'2023-11-14T23:13:20.000Z',"
		"'Client':{'Name':'','Company':'','Family':''},'OS':{'Name':'','Company':'',"
		"'Family':''},'Platform':'Unknown',"
		"'UserAgent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0',"
		"'Geo':{'CountryISOCode':'','Country':'','RegionISOCode':'','Region':'',"
		"'City':'','Zip':'','Coords':'','IP':'203.0.113.5'}}" },
	{ "unsubscribed", FACT_UNSUBSCRIBED,
		"{'RecordType':'SubscriptionChange','ChangedAt':'2023-11-14T23:13:20.000Z',"
		"'Recipient':'alice@orange.test','Origin':'Recipient','SuppressSending':true,"
		"'SuppressionReason':'ManualSuppression'}" },
	{ "complained", FACT_COMPLAINED,
		"{'RecordType':'SpamComplaint','ID':4711,'Type':'SpamComplaint',"
		"'TypeCode':100001,'Name':'Spam complaint',"
		"'Description':'The subscriber explicitly marked this message as spam.',"
		"'Details':'Complaint: alice@orange.test called it spam.',"
		"'Email':'alice@orange.test','From':'shop@example.test',"
		"'BouncedAt':'2023-11-14T23:13:20.000Z','DumpAvailable':false,'Inactive':true,"
		"'CanActivate':false,'Subject':'Votre commande n° 7'}" },
};
/* clang-format on */

static void
test_events(void **state)
{
	(void)state;
	TEST_EACH(row, events)
	{
		struct event e = scene_event(row->kind);

		assert_true(scene_same(hook_postmark(&e), COMMON, row->want));
		assert_true(!*row->want || hook_postmark_word(row->kind));
		event_done(&e);
		scene_done();
	}
}

static void
test_types(void **state)
{
	const struct {
		const char *name;
		enum bounce_class class;
		enum blame blame;
		struct reply reply;
		const char *type;
		int code;
		bool inactive;
	} table[] = {
		{ "mailbox", CLASS_MAILBOX, BLAME_ADDRESS, REPLY(550, 5, 1, 1, "x"),
			"HardBounce", 1, true },
		{ "mailbox, for now", CLASS_MAILBOX, BLAME_ADDRESS, REPLY(450, 4, 1, 1, "x"),
			"SoftBounce", 4096, false },
		{ "spelling", CLASS_MAILBOX, BLAME_ADDRESS, REPLY(553, 5, 1, 3, "x"),
			"BadEmailAddress", 100000, true },
		{ "quota", CLASS_QUOTA, BLAME_ADDRESS, REPLY(552, 5, 2, 2, "x"), "SoftBounce",
			4096, false },
		{ "policy", CLASS_POLICY, BLAME_THEIR_SERVER, REPLY(550, 5, 7, 1, "x"),
			"Blocked", 100006, false },
		{ "reputation", CLASS_REPUTATION, BLAME_OUR_IP, REPLY(550, 5, 7, 1, "x"),
			"Blocked", 100006, false },
		{ "auth", CLASS_AUTH, BLAME_OUR_SETUP, REPLY(550, 5, 7, 1, "x"), "DMARCPolicy",
			100009, false },
		{ "content", CLASS_CONTENT, BLAME_CONTENT, REPLY(550, 5, 7, 1, "x"),
			"SpamNotification", 512, false },
		{ "size", CLASS_SIZE, BLAME_CONTENT, REPLY(552, 5, 3, 4, "x"), "Blocked",
			100006, false },
		{ "greylist", CLASS_GREYLIST, BLAME_THEIR_SERVER, REPLY(451, 4, 7, 1, "x"),
			"Transient", 2, false },
		{ "rate, for good", CLASS_RATE, BLAME_OUR_IP, REPLY(550, 5, 7, 0, "x"),
			"Blocked", 100006, false },
		{ "rate, for now", CLASS_RATE, BLAME_OUR_IP, REPLY(421, 4, 7, 0, "x"),
			"Transient", 2, false },
		{ "network", CLASS_NETWORK, BLAME_NETWORK, REPLY(0, 4, 4, 1, "x"), "Transient",
			2, false },
		{ "dns", CLASS_DNS, BLAME_NETWORK, REPLY(0, 4, 4, 3, "x"), "DnsError", 256,
			false },
		{ "no such domain", CLASS_DNS, BLAME_ADDRESS, REPLY(550, 5, 1, 2, "x"),
			"HardBounce", 1, false },
		{ "protocol", CLASS_PROTOCOL, BLAME_THEIR_SERVER, REPLY(503, 5, 5, 1, "x"),
			"Unknown", 2048, false },
		{ "server", CLASS_SERVER, BLAME_THEIR_SERVER, REPLY(451, 4, 3, 0, "x"),
			"SoftBounce", 4096, false },
		{ "sandbox", CLASS_SANDBOX, BLAME_NONE, REPLY(550, 0, 0, 0, "x"), "Unknown",
			2048, false },
		{ "other", CLASS_OTHER, BLAME_NONE, REPLY(550, 0, 0, 0, "x"), "Unknown", 2048,
			false },
	};
	uint32_t seen = 0;

	(void)state;
	TEST_EACH(row, table)
	{
		struct event e =
			scene_failure(FACT_BOUNCED, row->class, row->blame, row->reply);
		const struct hook_postmark_type *got = hook_postmark_type(&e);
		json_t *o = hook_postmark(&e);

		seen |= 1u << row->class;
		assert_string_equal(got->type, row->type);
		assert_int_equal(got->code, row->code);
		assert_true(*got->name && *got->description);
		assert_int_equal(json_is_true(json_object_get(o, "Inactive")), row->inactive);
		json_decref(o);
		event_done(&e);
		scene_done();
	}
	assert_int_equal(seen, (1u << CLASSES) - 1 - (1u << CLASS_NONE));
}

/* By SMTP nobody heard yet that the address is suppressed. */
static void
test_suppressed(void **state)
{
	struct event e = scene_event(FACT_SUPPRESSED);
	json_t *o;

	(void)state;
	assert_null(hook_postmark(&e));
	e.via = VIA_SMTP;
	o = hook_postmark(&e);
	assert_string_equal(json_string_value(json_object_get(o, "Type")), "SMTPApiError");
	assert_true(json_is_true(json_object_get(o, "Inactive")));
	json_decref(o);
	e.stream = STREAM_BROADCAST;
	event_done(&e);
	o = hook_postmark(&e);
	assert_string_equal(
		json_string_value(json_object_get(o, "MessageStream")), "broadcast");
	assert_int_equal(json_object_size(json_object_get(o, "Metadata")), 0);
	assert_true(json_is_object(json_object_get(o, "Metadata")));
	json_decref(o);
	scene_done();
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
		assert_null(hook_postmark(&e));
		event_done(&e);
		scene_done();
	}
}

TEST_MAIN(TEST(test_events), TEST(test_types), TEST(test_suppressed), TEST(test_robots))
