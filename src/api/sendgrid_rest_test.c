#include "api/sendgrid_rest.h"

#include "account/scope.h"
#include "api/rest_scene.h"
#include "base/test.h"

#include <errno.h>

static void
test_steps(void **state)
{
	static const struct {
		const char *name;
		enum sendgrid_step step;
		const char *at, *begin, *next;
	} table[] = {
		{ "day", SENDGRID_DAY, "2023-11-14T22:13:20Z", "2023-11-14", "2023-11-15" },
		{ "Tuesday's week", SENDGRID_WEEK, "2023-11-14T22:13:20Z", "2023-11-13",
			"2023-11-20" },
		{ "Sunday's week", SENDGRID_WEEK, "2023-11-19T00:00:00Z", "2023-11-13",
			"2023-11-20" },
		{ "Monday's week", SENDGRID_WEEK, "2023-11-13T00:00:00Z", "2023-11-13",
			"2023-11-20" },
		{ "month", SENDGRID_MONTH, "2024-02-29T23:59:59Z", "2024-02-01", "2024-03-01" },
		{ "December", SENDGRID_MONTH, "2023-12-31T00:00:00Z", "2023-12-01",
			"2024-01-01" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		int64_t wall = 0, begin;
		char day[UTC_TEXT_SIZE];

		assert_int_equal(utc_parse(str_z(row->at), &wall), 0);
		begin = sendgrid_rest_begin(row->step, wall);
		assert_string_equal(utc_day(day, begin), row->begin);
		assert_string_equal(
			utc_day(day, sendgrid_rest_next(row->step, begin)), row->next);
	}
}

static void
test_status(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind kind;
		const char *want;
	} table[] = {
		{ "accepted", FACT_ACCEPTED, "processed" },
		{ "deferred", FACT_DEFERRED, "processed" },
		{ "delivered", FACT_DELIVERED, "delivered" },
		{ "opened", FACT_OPENED, "delivered" },
		{ "bounced", FACT_BOUNCED, "not_delivered" },
		{ "returned", FACT_RETURNED, "not_delivered" },
		{ "expired", FACT_EXPIRED, "not_delivered" },
		{ "suppressed", FACT_SUPPRESSED, "not_delivered" },
		{ "cancelled", FACT_CANCELLED, "not_delivered" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct rest_mail m = rest_scene(row->kind);

		assert_string_equal(sendgrid_rest_status(&m), row->want);
		if (row->kind < FACT_OPENED)
			assert_true(sendgrid_rest_states(str_z(row->want)) >> row->kind & 1);
		rest_mail_done(&m);
	}
	assert_int_equal(sendgrid_rest_states(STR_LIT("x")), 0);
	scene_done();
}

static void
test_message(void **state)
{
	struct rest_mail m = rest_scene(FACT_CLICKED);
	char want[600];

	(void)state;
	snprintf(want, sizeof want,
		"{'from_email':'shop@example.test','msg_id':'%s','subject':'Votre commande n"
		"\xc2\xb0 7','to_email':'alice@orange.test','status':'delivered',"
		"'opens_count':0,'clicks_count':1,'last_event_time':'2023-11-14T23:13:20Z'}",
		m.last.rcpt_uuid);
	assert_true(rest_scene_is(sendgrid_rest_message(&m), want));
	rest_mail_done(&m);
	scene_done();
}

static void
test_failed(void **state)
{
	const struct {
		const char *name;
		enum fact_kind kind;
		uint8_t stage;
		struct reply reply;
		enum sendgrid_failed want;
		const char *status;
	} table[] = {
		{ "no such user", FACT_BOUNCED, STAGE_RCPT, REPLY(550, 5, 1, 1, "No such user"),
			SENDGRID_NOT_FAILED, "5.1.1" },
		{ "our address", FACT_BOUNCED, STAGE_RCPT,
			REPLY(550, 5, 7, 1, "blocked using zen.spamhaus.org"), SENDGRID_BLOCK,
			"5.7.1" },
		{ "its content", FACT_BOUNCED, STAGE_DOT,
			REPLY(550, 5, 7, 1, "Message rejected as spam"), SENDGRID_BLOCK,
			"5.7.1" },
		{ "a full mailbox", FACT_BOUNCED, STAGE_RCPT,
			REPLY(552, 5, 2, 2, "Mailbox full"), SENDGRID_BLOCK, "5.2.2" },
		{ "no enhanced code", FACT_BOUNCED, STAGE_RCPT, REPLY(554, 0, 0, 0, "Policy"),
			SENDGRID_BLOCK, "" },
		{ "given up", FACT_EXPIRED, STAGE_RCPT, REPLY(451, 4, 7, 1, "Later"),
			SENDGRID_BLOCK, "4.7.1" },
		{ "came back", FACT_RETURNED, STAGE_LOCAL,
			REPLY(550, 5, 7, 1, "Message rejected as spam"), SENDGRID_BLOCK,
			"5.7.1" },
		{ "no domain", FACT_BOUNCED, STAGE_DNS, REPLY(550, 5, 1, 2, "No such domain"),
			SENDGRID_INVALID, "5.1.2" },
		{ "null MX", FACT_BOUNCED, STAGE_DNS, REPLY(556, 5, 1, 10, "Null MX"),
			SENDGRID_INVALID, "5.1.10" },
		{ "bad syntax", FACT_BOUNCED, STAGE_RCPT,
			REPLY(501, 5, 1, 3, "Bad recipient address syntax"), SENDGRID_INVALID,
			"5.1.3" },
		{ "delivered", FACT_DELIVERED, STAGE_DOT, REPLY(250, 2, 0, 0, "Ok"),
			SENDGRID_NOT_FAILED, "2.0.0" },
		{ "tried again", FACT_DEFERRED, STAGE_RCPT, REPLY(451, 4, 7, 1, "Later"),
			SENDGRID_NOT_FAILED, "4.7.1" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct fact f = scene_fact(row->kind);
		struct rest_mail m;
		json_t *o;

		f.stage = row->stage;
		f.reply = row->reply;
		m = rest_scene_mail(&f);
		assert_int_equal(sendgrid_rest_failed(&m), row->want);
		o = sendgrid_rest_failed_json(&m);
		assert_string_equal(
			json_string_value(json_object_get(o, "status")), row->status);
		assert_string_equal(
			json_string_value(json_object_get(o, "email")), "alice@orange.test");
		assert_int_equal(json_integer_value(json_object_get(o, "created")),
			m.last.fact.at / UTC_SEC);
		assert_non_null(strstr(
			json_string_value(json_object_get(o, "reason")), row->reply.text.p));
		json_decref(o);
		rest_mail_done(&m);
	}
	scene_done();
}

static void
test_event(void **state)
{
	static const struct {
		const char *name;
		enum fact_kind kind;
		const char *want;
	} table[] = {
		{ "accepted", FACT_ACCEPTED,
			"{'event_name':'processed','processed':'2023-11-14T22:13:20Z'}" },
		{ "delivered", FACT_DELIVERED,
			"{'event_name':'delivered','processed':'2023-11-14T22:13:26Z',"
			"'reason':'250 2.0.0 Ok: queued as 4711',"
			"'mx_server':'mx.orange.test'}" },
		{ "bounced", FACT_BOUNCED,
			"{'event_name':'bounce','processed':'2023-11-14T22:13:26Z',"
			"'reason':'550 5.1.1 No such user','attempt_num':2,"
			"'bounce_type':'hard','mx_server':'mx.orange.test'}" },
		{ "clicked", FACT_CLICKED,
			"{'event_name':'click','processed':'2023-11-14T23:13:20Z',"
			"'url':'https://shop.example/order/7?a=1&b=2','http_user_agent':"
			"'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0'}" },
		{ "held", FACT_HELD, "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct event e = scene_event(row->kind);

		assert_true(rest_scene_is(sendgrid_rest_event(&e), row->want));
		event_done(&e);
	}
	scene_done();
}

static void
test_stat(void **state)
{
	const struct rest_count c = { .from = SCENE_AT,
		.accepted = 9,
		.delivered = 4,
		.hard = 1,
		.soft = 2,
		.suppressed = 1,
		.opens = 3,
		.unique_opens = 2 };

	(void)state;
	assert_true(rest_scene_is(sendgrid_rest_stat(&c, STR_LIT("order")),
		"{'date':'2023-11-14','stats':[{'metrics':{'blocks':2,'bounce_drops':1,"
		"'bounces':1,'clicks':0,'deferred':0,'delivered':4,'invalid_emails':0,"
		"'opens':3,'processed':8,'requests':9,'spam_report_drops':0,"
		"'spam_reports':0,'unique_clicks':0,'unique_opens':2,"
		"'unsubscribe_drops':0,'unsubscribes':0},'name':'order',"
		"'type':'category'}]}"));
}

static void
test_scopes(void **state)
{
	static const struct {
		const char *name, *own;
		unsigned bits;
	} table[] = {
		{ "none", "", 0 },
		{ "send", "send", SCOPE_SEND },
		{ "all", "send,read,manage, suppress,operate", SCOPE_ALL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *names = sendgrid_rest_scopes(scope_bits(str_z(row->own)));
		unsigned bits = SCOPE_ALL + 1;

		assert_int_equal(sendgrid_rest_scope_bits(names, &bits), 0);
		assert_int_equal(bits, row->bits);
		json_decref(names);
	}
}

static void
test_unknown_scopes(void **state)
{
	static const struct {
		const char *name, *names;
	} table[] = {
		{ "unknown", "[\"mail.send\",\"alerts.create\"]" },
		{ "our word", "[\"send\"]" },
		{ "no text", "[7]" },
		{ "empty", "[\"\"]" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		json_t *names = json_loads(row->names, 0, NULL);
		unsigned bits = 7;

		assert_int_equal(sendgrid_rest_scope_bits(names, &bits), -EINVAL);
		assert_int_equal(bits, 7);
		json_decref(names);
	}
}

static void
test_domain(void **state)
{
	json_t *domain = scene_json(
		"{'domain':'x.test','verified':true,'records':[{'purpose':'dkim','name':'s.x',"
		"'value':'k','state':'found'},{'purpose':'spf','name':'x.test','value':'v',"
		"'state':'missing'}]}");
	unsigned long long id = rest_number(STR_LIT("x.test"));
	char want[900];

	(void)state;
	snprintf(want, sizeof want,
		"{'id':%llu,'user_id':3,'subdomain':'','domain':'x.test','username':'shop',"
		"'ips':[],'custom_spf':false,'default':false,'legacy':false,"
		"'automatic_security':false,'valid':true,'dns':{'mail_cname':{'valid':false,"
		"'type':'txt','host':'x.test','data':'v'},'dkim1':{'valid':true,'type':'txt',"
		"'host':'s.x','data':'k'},'dkim2':{'valid':false,'type':'txt','host':'',"
		"'data':''}}}",
		id);
	assert_true(rest_scene_is(sendgrid_rest_domain(domain, 3, STR_LIT("shop")), want));
	snprintf(want, sizeof want,
		"{'id':%llu,'valid':true,'validation_results':{'mail_cname':{'valid':false,"
		"'reason':'No such record was found.'},'dkim1':{'valid':true,'reason':null},"
		"'dkim2':{'valid':false,'reason':'No such record was found.'}}}",
		id);
	assert_true(rest_scene_is(sendgrid_rest_validated(domain), want));
	json_decref(domain);
}

TEST_MAIN(TEST(test_steps), TEST(test_status), TEST(test_message), TEST(test_failed),
	TEST(test_event), TEST(test_stat), TEST(test_scopes), TEST(test_unknown_scopes),
	TEST(test_domain))
