#include "api/postmark_rest.h"

#include "api/rest_scene.h"
#include "base/test.h"

static void
test_message(void **state)
{
	struct rest_mail m = rest_scene(FACT_DELIVERED), other = rest_scene(FACT_ACCEPTED);
	json_t *o = postmark_rest_message(&m);
	char want[900];

	(void)state;
	other.last.recipient = STR_LIT("al@orange.test");
	postmark_rest_message_add(o, &other);
	snprintf(want, sizeof want,
		"{'Tag':'order','MessageID':'%s','MessageStream':'outbound','To':[{'Email':"
		"'al@orange.test','Name':null},{'Email':'alice@orange.test','Name':null}],"
		"'Cc':[],'Bcc':[],'Recipients':['al@orange.test','alice@orange.test'],"
		"'ReceivedAt':'2023-11-14T22:13:20.000Z','From':'shop@example.test','Subject':"
		"'Votre commande n\xc2\xb0 7','Attachments':[],'Status':'Queued','TrackOpens':"
		"false,'TrackLinks':'None','Metadata':{'customer':'4711','event':'mine'},"
		"'Sandboxed':false}",
		m.last.first_uuid);
	assert_true(rest_scene_is(o, want));
	assert_true(postmark_rest_has(&m, STR_LIT("customer"), STR_LIT("4711")));
	assert_false(postmark_rest_has(&m, STR_LIT("customer"), STR_LIT("471")));
	assert_false(postmark_rest_has(&m, STR_LIT("custome"), STR_LIT("4711")));
	rest_mail_done(&m);
	rest_mail_done(&other);
	scene_done();
}

static void
test_inbound_status(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind state;
		const char *want;
	} table[] = {
		{ "came", FACT_ACCEPTED, "Queued" },
		{ "held", FACT_HELD, "Queued" },
		{ "quarantined", FACT_QUARANTINED, "Queued" },
		{ "waits", FACT_DEFERRED, "Scheduled" },
		{ "posted", FACT_DELIVERED, "Processed" },
		{ "given up", FACT_EXPIRED, "Failed" },
		{ "refused", FACT_BOUNCED, "Failed" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const struct rest_mail m = { .state = row->state };

		assert_string_equal(postmark_rest_inbound_status(&m), row->want);
	}
}

#define EVENT(type, at)                                                                        \
	"{'Recipient':'alice@orange.test','Type':'" type "','ReceivedAt':'" at "',"
#define SERVER "'DestinationServer':'mx.orange.test','DestinationIP':'192.0.2.1'}}"

static void
test_event(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind kind;
		const char *want;
	} table[] = {
		{ "accepted", FACT_ACCEPTED, "" },
		{ "delivered", FACT_DELIVERED,
			EVENT("Delivered",
				"2023-11-14T22:13:26.000Z") "'Details':{'DeliveryMessage':"
							    "'smtp;250 2.0.0 Ok: queued as "
							    "4711'," SERVER },
		{ "deferred", FACT_DEFERRED,
			EVENT("Transient",
				"2023-11-14T22:13:23.000Z") "'Details':{'DeliveryMessage':"
							    "'smtp;451 4.7.1 Greylisted, try "
							    "again later'," SERVER },
		{ "bounced", FACT_BOUNCED,
			EVENT("Bounced",
				"2023-11-14T22:13:26.000Z") "'Details':{'Summary':'550 5.1.1 "
							    "No such user','BounceID':4711}}" },
		{ "unsubscribed", FACT_UNSUBSCRIBED,
			EVENT("SubscriptionChanged",
				"2023-11-14T23:13:20.000Z") "'Details':{'Origin':'Recipient',"
							    "'SuppressSending':'True'}}" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct event e = scene_event(row->kind);

		assert_true(rest_scene_is(postmark_rest_event(&e), row->want));
		event_done(&e);
	}
	scene_done();
}

static void
test_bounce(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind kind;
		bool is, inactive;
		const char *type;
	} table[] = {
		{ "accepted", FACT_ACCEPTED, false, false, NULL },
		{ "delivered", FACT_DELIVERED, false, false, NULL },
		{ "bounced", FACT_BOUNCED, true, true, "HardBounce" },
		{ "returned", FACT_RETURNED, true, true, "HardBounce" },
		{ "expired", FACT_EXPIRED, true, false, "Transient" },
		{ "complained", FACT_COMPLAINED, true, true, "SpamComplaint" },
		{ "suppressed", FACT_SUPPRESSED, true, true, "SMTPApiError" },
		{ "opened", FACT_OPENED, false, false, NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct rest_mail m = rest_scene(row->kind);
		struct event e = scene_event(row->kind);
		json_t *o = postmark_rest_bounce(&e);

		assert_int_equal(postmark_rest_is_bounce(&m), row->is);
		assert_int_equal(o != NULL, row->is);
		assert_int_equal(postmark_rest_inactive(&m), row->inactive);
		if (row->is) {
			assert_string_equal(postmark_rest_bounce_type(&m), row->type);
			assert_true(postmark_rest_bounce_states() >> row->kind & 1);
		}
		json_decref(o);
		rest_mail_done(&m);
		event_done(&e);
	}
	scene_done();
}

static void
test_tally(void **state)
{
	static const struct ledger_count_row rows[] = {
		{ .from = SCENE_AT + UTC_DAY,
			.kind = FACT_BOUNCED,
			.sub = CLASS_MAILBOX,
			.n = 2 },
		{ .from = SCENE_AT, .kind = FACT_BOUNCED, .sub = CLASS_QUOTA, .n = 1 },
		{ .from = SCENE_AT, .kind = FACT_COMPLAINED, .n = 1 },
		{ .from = SCENE_AT, .kind = FACT_DELIVERED, .n = 7 },
		{ .from = SCENE_AT, .kind = FACT_BOUNCED, .stream = STREAM_BROADCAST, .n = 9 },
	};
	struct postmark_tally t = { json_object(), 1u << STREAM_TRANSACTIONAL };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct ledger_count_row row = rows[i];

		if (row.stream != STREAM_BROADCAST)
			row.stream = STREAM_TRANSACTIONAL;
		assert_int_equal(postmark_rest_tally(&t, &row), 0);
	}
	assert_true(rest_scene_is(postmark_rest_bounce_days(t.days),
		"{'Days':[{'Date':'2023-11-14','SoftBounce':1,'SpamComplaint':1},{'Date':"
		"'2023-11-15','HardBounce':2}],'HardBounce':2,'SoftBounce':1,"
		"'SpamComplaint':1}"));
	assert_true(rest_scene_is(postmark_rest_delivery(t.days),
		"{'InactiveMails':3,'Bounces':[{'Name':'All','Count':4},{'Name':'Hard bounce',"
		"'Count':2,'Type':'HardBounce'},{'Name':'Soft bounce','Count':1,'Type':"
		"'SoftBounce'},{'Name':'Spam complaint','Count':1,'Type':'SpamComplaint'}]}"));
	json_decref(t.days);
}

static void
test_days(void **state)
{
	struct rest_count at[] = { { .from = SCENE_AT, .accepted = 3, .hard = 1, .opens = 2 },
		{ .from = SCENE_AT + UTC_DAY,
			.accepted = 1,
			.suppressed = 1,
			.unique_opens = 1 } };
	const struct rest_counts c = { at, 2, 0 };

	(void)state;
	assert_true(rest_scene_is(postmark_rest_days(&c, POSTMARK_SENDS),
		"{'Days':[{'Date':'2023-11-14','Sent':3},{'Date':'2023-11-15','Sent':0}],"
		"'Sent':3}"));
	assert_true(rest_scene_is(postmark_rest_days(&c, POSTMARK_OPENS),
		"{'Days':[{'Date':'2023-11-14','Opens':2,'Unique':0},{'Date':'2023-11-15',"
		"'Opens':0,'Unique':1}],'Opens':2,'Unique':1}"));
	assert_true(rest_scene_is(postmark_rest_overview(&c),
		"{'Sent':3,'Bounced':1,'SMTPApiErrors':1,'BounceRate':33.333,"
		"'SpamComplaints':0,'SpamComplaintsRate':0.0,'Opens':2,'UniqueOpens':1,"
		"'Tracked':0,'WithLinkTracking':0,'WithOpenTracking':0,"
		"'TotalTrackedLinksSent':0,'UniqueLinksClicked':0,'TotalClicks':0,"
		"'WithClientRecorded':0,'WithPlatformRecorded':0,'WithReadTimeRecorded':0}"));
}

static void
test_stream(void **state)
{
	(void)state;
	assert_true(rest_scene_is(postmark_rest_stream(STR_LIT("Broadcast"), 3, STR_LIT("t")),
		"{'ID':'broadcast','ServerID':3,'Name':'Default Broadcast Stream',"
		"'Description':'','MessageStreamType':'Broadcasts','CreatedAt':'t',"
		"'UpdatedAt':null,'ArchivedAt':null,'ExpectedPurgeDate':null,"
		"'SubscriptionManagementConfiguration':{'UnsubscribeHandlingType':"
		"'Postmark'}}"));
	assert_null(postmark_rest_stream(STR_LIT("news"), 3, STR_NONE));
}

static void
test_own_stream(void **state)
{
	static const struct {
		const char *name, *kind;
		int unsubscribe;
		const char *type, *how;
	} table[] = { { "broadcast", "broadcast", 1, "Broadcasts", "Postmark" },
		{ "its own way", "broadcast", 0, "Broadcasts", "Custom" },
		{ "transactional", "transactional", 0, "Transactional", "None" } };
	char want[500];

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *j = json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:n,s:s}", "stream", "news",
			"name", "News", "description", "d", "kind", row->kind, "unsubscribe",
			row->unsubscribe, "created", "t", "updated", "archived", "u");

		snprintf(want, sizeof want,
			"{'ID':'news','ServerID':3,'Name':'News','Description':'d',"
			"'MessageStreamType':'%s','CreatedAt':'t','UpdatedAt':null,"
			"'ArchivedAt':'u','ExpectedPurgeDate':null,"
			"'SubscriptionManagementConfiguration':{'UnsubscribeHandlingType':"
			"'%s'}}",
			row->type, row->how);
		assert_true(rest_scene_is(postmark_rest_own_stream(j, 3), want));
		json_decref(j);
	}
}

/* The codes of a new one are in tests/api/streams.mjs. */
static void
test_stream_wrong(void **state)
{
	static const struct {
		const char *name, *body;
		bool make, broadcast;
		const char *code; /* NULL: nothing is wrong */
	} table[] = {
		{ "all, in any case",
			"{\"id\":\"a\",\"NAME\":\"A\",\"messagestreamtype\":\"broadcasts\","
			"\"subscriptionmanagementconfiguration\":{\"unsubscribehandlingtype\":"
			"\"custom\"}}",
			true, false, NULL },
		{ "no texts", "{\"ID\":1,\"Name\":\"A\",\"MessageStreamType\":\"Broadcasts\"}",
			true, false, "1227" },
		{ "a name of another type",
			"{\"ID\":\"a\",\"Name\":[],\"MessageStreamType\":\"Broadcasts\"}", true,
			false, "1224" },
		{ "None of a broadcast one",
			"{\"ID\":\"a\",\"Name\":\"A\",\"MessageStreamType\":\"Broadcasts\","
			"\"SubscriptionManagementConfiguration\":{\"UnsubscribeHandlingType\":"
			"\"None\"}}",
			true, false, "300" },
		{ "nothing to change", "{}", false, true, NULL },
		{ "null is nothing", "{\"Name\":null,\"Description\":null}", false, true,
			NULL },
		{ "no name any more", "{\"Name\":\"\"}", false, true, "1223" },
		{ "Custom of a transactional one",
			"{\"SubscriptionManagementConfiguration\":{\"UnsubscribeHandlingType\":"
			"\"Custom\"}}",
			false, false, "300" },
		{ "no body", "null", false, true, NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *body = json_loads(row->body, JSON_DECODE_ANY, NULL);
		const struct postmark_stream s = postmark_rest_stream_asked(body);
		const struct postmark_wrong *no =
			postmark_rest_stream_wrong(&s, row->make, row->broadcast);

		assert_non_null(body);
		assert_int_equal(!no, !row->code);
		if (no)
			assert_string_equal(no->code, row->code);
		json_decref(body);
	}
}

TEST_MAIN(TEST(test_message), TEST(test_inbound_status), TEST(test_event), TEST(test_bounce),
	TEST(test_tally), TEST(test_days), TEST(test_stream), TEST(test_own_stream),
	TEST(test_stream_wrong))
