#include "api/mailjet_rest.h"

#include "api/rest_scene.h"
#include "base/test.h"

static void
test_status(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind kind;
		const char *want;
	} table[] = {
		{ "accepted", FACT_ACCEPTED, "queued" },
		{ "held", FACT_HELD, "queued" },
		{ "delivered", FACT_DELIVERED, "sent" },
		{ "deferred", FACT_DEFERRED, "deferred" },
		{ "bounced", FACT_BOUNCED, "hardbounced" },
		{ "returned", FACT_RETURNED, "hardbounced" },
		{ "expired", FACT_EXPIRED, "softbounced" },
		{ "suppressed", FACT_SUPPRESSED, "blocked" },
		{ "in doubt", FACT_IN_DOUBT, "unknown" },
		{ "opened", FACT_OPENED, "opened" },
		{ "clicked", FACT_CLICKED, "clicked" },
		{ "unsubscribed", FACT_UNSUBSCRIBED, "unsub" },
		{ "complained", FACT_COMPLAINED, "spam" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct rest_mail m = rest_scene(row->kind);

		assert_string_equal(mailjet_rest_status(&m), row->want);
		/* A search for that status must find it. */
		assert_true(mailjet_rest_states(str_z(row->want)) >> row->kind & 1);
		rest_mail_done(&m);
	}
	assert_int_equal(mailjet_rest_states(STR_LIT("x")), 0);
	scene_done();
}

#define HISTORY(at, type, state)                                                               \
	"'EventAt':" at ",'EventType':'" type "','State':'" state                              \
	"','Useragent':'','UseragentID':0}"

static void
test_history(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind kind;
		const char *want;
	} table[] = {
		{ "accepted", FACT_ACCEPTED,
			"{'Comment':''," HISTORY("1700000000", "queued", "") },
		{ "delivered", FACT_DELIVERED,
			"{'Comment':'250 2.0.0 Ok: queued as 4711'," HISTORY(
				"1700000006", "sent", "") },
		{ "deferred", FACT_DEFERRED,
			"{'Comment':'451 4.7.1 Greylisted, try again later'," HISTORY(
				"1700000003", "deferred", "greylisted") },
		{ "bounced", FACT_BOUNCED,
			"{'Comment':'550 5.1.1 No such user'," HISTORY(
				"1700000006", "hardbounced", "user unknown") },
		{ "cancelled", FACT_CANCELLED, "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct event e = scene_event(row->kind);

		assert_true(rest_scene_is(mailjet_rest_history(&e), row->want));
		event_done(&e);
	}
	scene_done();
}

static void
test_message(void **state)
{
	struct rest_mail m = rest_scene(FACT_BOUNCED);
	char want[1200];

	(void)state;
	snprintf(want, sizeof want,
		"{'ArrivedAt':'2023-11-14T22:13:20Z','AttachmentCount':0,'AttemptCount':2,"
		"'CampaignID':0,'ContactAlt':'','ContactID':%llu,'CustomID':'order-7',"
		"'Delay':0.0,'DestinationID':%llu,'FilterTime':0,'ID':4711,"
		"'IsClickTracked':false,'IsHTMLPartIncluded':false,'IsOpenTracked':false,"
		"'IsTextPartIncluded':false,'IsUnsubTracked':false,'MessageSize':2048,"
		"'SenderID':%llu,'SpamassassinScore':0,'SpamassRules':'','StateID':1,"
		"'StatePermanent':true,'Status':'hardbounced','Subject':'Votre commande n\xc2"
		"\xb0 7','UUID':'%s'}",
		(unsigned long long)rest_number(STR_LIT("alice@orange.test")),
		(unsigned long long)rest_number(STR_LIT("orange.test")),
		(unsigned long long)rest_number(STR_LIT("shop@example.test")),
		m.last.rcpt_uuid);
	assert_true(rest_scene_is(
		mailjet_rest_message(&m, MAILJET_REST_SUBJECT | MAILJET_REST_CUSTOM), want));
	rest_mail_done(&m);
	scene_done();
}

static void
test_counter(void **state)
{
	const struct rest_count c = { .from = SCENE_AT,
		.accepted = 9,
		.delivered = 4,
		.hard = 1,
		.soft = 1,
		.suppressed = 1,
		.unique_opens = 2,
		.opens = 3,
		.open_delay_ms = 5900 };

	(void)state;
	assert_true(rest_scene_is(
		mailjet_rest_list(json_pack("[o]", mailjet_rest_counter(&c, 3, false)), 1),
		"{'Count':1,'Data':[{'APIKeyID':3,'EventClickDelay':0,'EventClickedCount':0,"
		"'EventOpenDelay':5,'EventOpenedCount':3,'EventSpamCount':0,"
		"'EventUnsubscribedCount':0,'EventWorkflowExitedCount':0,"
		"'MessageBlockedCount':1,'MessageClickedCount':0,'MessageDeferredCount':0,"
		"'MessageHardBouncedCount':1,'MessageOpenedCount':2,'MessageQueuedCount':2,"
		"'MessageSentCount':4,'MessageSoftBouncedCount':1,'MessageSpamCount':0,"
		"'MessageUnsubscribedCount':0,'MessageWorkFlowExitedCount':0,'SourceID':3,"
		"'Timeslice':'2023-11-14T22:13:20Z','Total':9}],'Total':1}"));
}

static void
test_domain(void **state)
{
	static const struct {
		const char *name, *domain, *check;
	} table[] = {
		{ "found",
			"{'domain':'x.test','verified':true,'records':[{'purpose':'dkim',"
			"'name':'s._domainkey.x.test','value':'k','state':'found'},"
			"{'purpose':'dkim','name':'e','value':'e','state':'missing'},"
			"{'purpose':'spf','name':'x.test','value':'v=spf1 ~all',"
			"'state':'found'}]}",
			"{'DKIMErrors':[],'DKIMRecordCurrentValue':'k','DKIMStatus':'OK',"
			"'SPFErrors':[],'SPFRecordsCurrentValues':['v=spf1 ~all'],"
			"'SPFStatus':'OK'}" },
		{ "different",
			"{'domain':'x.test','verified':false,'records':[{'purpose':'dkim',"
			"'name':'n','value':'k','state':'different','found':'other'},"
			"{'purpose':'spf','name':'x.test','value':'v','state':'unknown',"
			"'why':'No route.'}]}",
			"{'DKIMErrors':['The record has another value.'],"
			"'DKIMRecordCurrentValue':'other','DKIMStatus':'Error',"
			"'SPFErrors':['No route.'],'SPFRecordsCurrentValues':[],"
			"'SPFStatus':'Error'}" },
		{ "not asked", "{'domain':'x.test','records':[]}",
			"{'DKIMErrors':[],'DKIMRecordCurrentValue':'','DKIMStatus':'Not "
			"checked','SPFErrors':[],'SPFRecordsCurrentValues':[],'SPFStatus':'Not "
			"checked'}" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *domain = scene_json(row->domain);

		assert_true(rest_scene_is(mailjet_rest_dns_check(domain), row->check));
		json_decref(domain);
	}
}

static void
test_sender(void **state)
{
	json_t *domain = scene_json("{'domain':'x.test','verified':true,"
				    "'created':'2026-11-24T09:51:23.123Z'}");
	char want[400];

	(void)state;
	snprintf(want, sizeof want,
		"{'CreatedAt':'2026-11-24T09:51:23Z','DNSID':%llu,'Email':'*@x.test',"
		"'EmailType':'unknown','Filename':'','ID':%llu,'IsDefaultSender':false,"
		"'Name':'','Status':'Active'}",
		(unsigned long long)rest_number(STR_LIT("x.test")),
		(unsigned long long)rest_number(STR_LIT("*@x.test")));
	assert_true(rest_scene_is(
		mailjet_rest_sender(domain, STR_LIT("*@x.test"), STR_NONE), want));
	assert_true(rest_scene_is(mailjet_rest_validate(domain),
		"{'Errors':{'DNSValidationError':'','FileValidationError':''},"
		"'GlobalError':'','ValidationMethod':'DNS'}"));
	json_decref(domain);
}

static void
test_contact(void **state)
{
	char want[500];

	(void)state;
	snprintf(want, sizeof want,
		"{'CreatedAt':'','DeliveredCount':0,'Email':'a@x.test',"
		"'ExclusionFromCampaignsUpdatedAt':'2026-11-24T09:51:23Z','ID':%llu,"
		"'IsExcludedFromCampaigns':true,'IsOptInPending':false,"
		"'IsSpamComplaining':true,'LastActivityAt':'','LastUpdateAt':'','Name':'',"
		"'UnsubscribedAt':'','UnsubscribedBy':''}",
		(unsigned long long)rest_number(STR_LIT("a@x.test")));
	assert_true(rest_scene_is(mailjet_rest_contact(STR_LIT("a@x.test"),
					  STR_LIT("2026-11-24T09:51:23.123Z"), true),
		want));
}

static void
test_contactdata(void **state)
{
	json_t *properties = json_pack("{s:s, s:i}", "city", "Lyon", "n", 7);
	char want[300];

	(void)state;
	snprintf(want, sizeof want,
		"{'ContactID':%llu,'Data':[{'Name':'city','Value':'Lyon'},{'Name':'n','Value':"
		"7}],'ID':%llu,'MethodCollection':''}",
		(unsigned long long)rest_number(STR_LIT("a@x.test")),
		(unsigned long long)rest_number(STR_LIT("a@x.test")));
	assert_true(
		rest_scene_is(mailjet_rest_contactdata(STR_LIT("a@x.test"), properties), want));
	json_decref(properties);
}

TEST_MAIN(TEST(test_contact), TEST(test_contactdata), TEST(test_status), TEST(test_history),
	TEST(test_message), TEST(test_counter), TEST(test_domain), TEST(test_sender))
