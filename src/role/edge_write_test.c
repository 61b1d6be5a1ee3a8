/* Calls of the HTTP API that are written from templates: which version, and what becomes of a
 * call when desk is slow or away. */
#include "role/edge_write_scene.h"

/* Each dialect's way to name it, with what it says when there is none. */
static const struct {
	const char *name, *path, *fields, *body;
	int status;
	const char *answer, *mail;
} dialects[] = {
	{ "native", NATIVE, KEY JSON, ORDER, 202, "msg_", "Hello A&amp;B" },
	{ "native, not there", NATIVE, KEY JSON, "{" PEOPLE ",\"template\":\"Other\"}", 422,
		"{\"pointer\":\"/template\",\"message\":\"There is no such template.\"}",
		NULL },
	{ "native, of several", NATIVE, KEY JSON,
		"{\"messages\":[" ONE ",{" PEOPLE ",\"template\":\"Other\"}]}", 422,
		"{\"pointer\":\"/messages/1/template\",", NULL },
	{ "mailjet", "/v3.1/send", KEY JSON,
		"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},\"To\":[{\"Email\":"
		"\"b@else.test\"}],\"TemplateID\":12,\"TemplateLanguage\":true,"
		"\"Variables\":{\"name\":\"A\"}}]}",
		200, "\"Status\":\"success\"", "Hello A" },
	{ "mailjet, not there", "/v3.1/send", KEY JSON,
		"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},\"To\":[{\"Email\":"
		"\"b@else.test\"}],\"TemplateID\":13}]}",
		400, "Template ID \\\"13\\\" doesn't exist for your account.", NULL },
	{ "mailjet, its own texts", "/v3.1/send", KEY JSON,
		"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},\"To\":[{\"Email\":"
		"\"b@else.test\"}],\"Subject\":\"Order {{var:id}}\",\"TextPart\":"
		"\"{% if var:id > 6 %}Thanks, {{mj:contact.email}}{% endif %}\","
		"\"TemplateLanguage\":true,\"Variables\":{\"id\":7}}]}",
		200, "\"Status\":\"success\"", "Thanks, b@else.test" },
	{ "mailjet, a mistake", "/v3.1/send", KEY JSON,
		"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},\"To\":[{\"Email\":"
		"\"b@else.test\"}],\"TextPart\":\"{{var:id}}\",\"TemplateLanguage\":true}]}",
		400, "Error in template language: text 1:3: No value for", NULL },
	{ "mailjet v3", "/v3/send", KEY JSON,
		"{\"FromEmail\":\"a@shop.test\",\"Recipients\":[{\"Email\":\"b@else.test\","
		"\"Vars\":{\"name\":\"C\"}}],\"Mj-TemplateID\":\"12\",\"Mj-TemplateLanguage\":"
		"\"true\",\"Vars\":{\"name\":\"D\"}}",
		200, "\"Sent\":[", "Hello C" },
	{ "mailjet v3, not there", "/v3/send", KEY JSON,
		"{\"FromEmail\":\"a@shop.test\",\"Recipients\":[{\"Email\":\"b@else.test\"}],"
		"\"Mj-TemplateID\":13}",
		400, "Mj-TemplateID is invalid: this template doesn't exist for your account",
		NULL },
	{ "sendgrid", "/v3/mail/send", BEARER JSON,
		"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}],"
		"\"dynamic_template_data\":{\"name\":\"E\"}}],\"from\":{\"email\":"
		"\"a@shop.test\"},\"template_id\":\"Order\"}",
		202, "", "Hello E" },
	{ "sendgrid, not there", "/v3/mail/send", BEARER JSON,
		"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}]}],\"from\":{"
		"\"email\":\"a@shop.test\"},\"template_id\":\"d-1\"}",
		400, "You provided d-1.\",\"field\":\"template_id\"", NULL },
	{ "postmark", "/email/withTemplate", TOKEN JSON,
		"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TemplateAlias\":\"Order\","
		"\"TemplateModel\":{\"name\":\"F\"}}",
		200, "\"Message\":\"OK\"", "Hello F" },
	{ "postmark, not there", "/email/withTemplate", TOKEN JSON,
		"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TemplateId\":13,"
		"\"TemplateModel\":{}}",
		422, "{\"ErrorCode\":1101,\"Message\":\"The 'TemplateId'", NULL },
	{ "postmark, two of three", "/email/batchWithTemplates", TOKEN JSON,
		"{\"Messages\":[{\"From\":\"a@shop.test\",\"To\":\"b@else.test\","
		"\"TemplateAlias\":\"x\",\"TemplateModel\":{}},{\"From\":\"a@shop.test\","
		"\"To\":\"b@else.test\",\"TemplateId\":12,\"TemplateModel\":{\"name\":\"G\"}}]"
		"}",
		200, "[{\"ErrorCode\":1101,", "Hello G" },
	{ "postmark's tests are of nobody", "/email/withTemplate",
		"X-Postmark-Server-Token: POSTMARK_API_TEST\r\n" JSON,
		"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"TemplateAlias\":\"x\","
		"\"TemplateModel\":{}}",
		200, "Test job accepted", NULL },
};

static void
dialects_run(bool one)
{
	struct scene *sc = up(one);

	TEST_EACH(row, dialects)
	{
		unsigned before = sc->calls;
		const struct answer *a = call(sc, row->path, row->fields, row->body);

		expect_status(a, row->status, row->answer);
		assert_int_equal(sc->calls, before + (row->mail != NULL));
		if (row->mail)
			expect_mail(sc, 0, row->mail);
	}
	down(sc);
}

static void
test_dialects(void **state)
{
	(void)state;
	dialects_run(true);
}

/* The same with the edge's thread. */
static void
test_thread(void **state)
{
	(void)state;
	dialects_run(false);
}

/* What the submit says of it; asked once, and again when the tables changed. */
static void
test_versions(void **state)
{
	struct scene *sc = up(true);

	(void)state;
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	assert_str(sc->letters[0].subject, "Order 7");
	assert_str(extra_of(&sc->letters[0]).about,
		"{\"tags\":[\"t\"],\"template\":\"tpl_twelve\"}");
	expect_mail(sc, 0, "Hello A&B\r\n"); /* the text made of it */
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	assert_int_equal(desk.asks, 1);
	/* Something changed, but not this. */
	changed(sc);
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	assert_int_equal(desk.asks, 2);
	assert_int_equal(desk.last.known, 12);
	assert_int_equal(desk.last.version, 1);
	expect_mail(sc, 0, "<p>Hello");
	/* A new version. */
	desk.version = 2;
	desk.html = "<p>Bonjour {{name}}</p>";
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	expect_mail(sc, 0, "<p>Hello");
	changed(sc);
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	expect_mail(sc, 0, "<p>Bonjour");
	/* It is gone, and back. */
	desk.version = 0;
	changed(sc);
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 422, "never published");
	desk.version = 3;
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	down(sc);
}

/* What is kept of one account's is nothing of another's. */
static void
test_accounts(void **state)
{
	static const char theirs[] =
		"{" PEOPLE ",\"template\":\"Order\",\"variables\":{\"name\":1}}";
	struct scene *sc = up(true);

	(void)state;
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	sc->tenant = 8;
	expect_status(call(sc, NATIVE, BEARER JSON, theirs), 422, "no such template");
	assert_int_equal(desk.asks, 2);
	assert_int_equal(desk.last.tenant, 8);
	assert_int_equal(desk.last.known, 0);
	/* The first one's is there still. */
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	assert_int_equal(desk.asks, 2);
	down(sc);
}

/* What was asked before a change is asked again: whoever publishes and sends gets the new one.
 */
static void
test_race(void **state)
{
	struct scene *sc = up(true);
	struct client c;

	(void)state;
	desk.deaf = true;
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY JSON, ORDER);
	wait_asks(sc, 1);
	changed(sc);
	desk_says(TEMPLATE_IS_HERE);
	wait_asks(sc, 2);
	assert_int_equal(sc->calls, 0);
	desk.version = 2;
	desk.html = "<p>New {{name}}</p>";
	desk_says(TEMPLATE_IS_HERE);
	expect_status(hear(&c), 202, "msg_");
	expect_mail(sc, 0, "<p>New");
	client_close(&c);
	down(sc);
}

/* Several wait for one answer; one of them is gone when it comes. */
static void
test_waiting(void **state)
{
	struct scene *sc = up(true);
	struct client c[3];

	(void)state;
	desk.deaf = true;
	for (int i = 0; i < 3; i++) {
		client_open(sc, &c[i], PORT_HTTP);
		post(&c[i], NATIVE, KEY JSON, ORDER);
		steps(sc, 20);
	}
	assert_int_equal(desk.asks, 1);
	edge_conn_end(LIST_OF(sc->edge->calls.next->next, struct edge_call, link)->conn);
	desk_says(TEMPLATE_IS_HERE);
	expect_status(hear(&c[0]), 202, "msg_");
	expect_status(hear(&c[2]), 202, "msg_");
	assert_int_equal(sc->calls, 2);
	for (int i = 0; i < 3; i++)
		client_close(&c[i]);
	down(sc);
}

/* Desk goes away, is silent, comes back: nothing is sent meanwhile but what is known. */
static void
test_desk_away(void **state)
{
	struct scene *sc = up(true);
	struct client c;

	(void)state;
	desk.deaf = true;
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY JSON, ORDER);
	wait_asks(sc, 1);
	channel_free(&desk.channel);
	expect_status(hear(&c), 503, "templates cannot be read");
	client_close(&c);
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 503, "templates cannot be read");
	desk_comes(sc);
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY JSON, ORDER);
	wait_asks(sc, 2);
	the_call(sc)->began -= EDGE_ASK_US + 1;
	edge_desk_second(sc->edge);
	expect_status(hear(&c), 503, "templates cannot be read");
	client_close(&c);
	/* Its late answer is kept. */
	desk_says(TEMPLATE_IS_HERE);
	steps(sc, 5);
	channel_free(&desk.channel);
	steps(sc, 5);
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	assert_int_equal(desk.asks, 2);
	down(sc);
}

/* A question that is never answered is asked again, by the next one who wants to know. */
static void
test_desk_silent(void **state)
{
	struct scene *sc = up(true);
	struct client c;

	(void)state;
	desk.deaf = true;
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY JSON, ORDER);
	wait_asks(sc, 1);
	late_second(sc);
	expect_status(hear(&c), 503, "templates cannot be read");
	desk.deaf = false;
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	assert_int_equal(desk.asks, 2);
	client_close(&c);
	down(sc);
}

/* Desk goes away while two wait, and the first one's client sends from a third at once. */
static void
test_desk_gone_amid(void **state)
{
	static const char other[] = "{" PEOPLE ",\"template\":\"Other\"}",
			  third[] = "{" PEOPLE ",\"template\":\"Third\"}";
	struct scene *sc = up(true);
	struct client one, two;

	(void)state;
	desk.deaf = true;
	client_open(sc, &one, PORT_HTTP);
	post(&one, NATIVE, KEY JSON, other);
	wait_asks(sc, 1);
	desk.deaf = false;
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	desk.deaf = true;
	client_open(sc, &two, PORT_HTTP);
	post(&two, NATIVE, KEY JSON, third);
	wait_asks(sc, 3);
	post(&one, NATIVE, KEY JSON, ORDER);
	steps(sc, 20);
	channel_free(&desk.channel);
	expect_status(hear(&one), 503, "templates cannot be read");
	expect_status(hear(&one), 202, "msg_");
	expect_status(hear(&two), 503, "templates cannot be read");
	client_close(&one);
	client_close(&two);
	down(sc);
}

/* What nobody told: another engine, another desk. */
static void
test_others_come(void **state)
{
	struct scene *sc = up(true);
	struct client c;

	(void)state;
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	desk.version = 2;
	desk.html = "<p>Bonjour {{name}}</p>";
	channel_free(&desk.channel);
	steps(sc, 5);
	desk_comes(sc);
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	expect_mail(sc, 0, "<p>Bonjour");
	/* There is no engine when it is asked for, and still none when it changes. */
	changed(sc);
	desk.deaf = true;
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY JSON, ORDER);
	wait_asks(sc, 3);
	channel_free(&sc->engine);
	steps(sc, 20);
	desk_says(TEMPLATE_IS_KNOWN);
	wait_asks(sc, 4);
	desk_says(TEMPLATE_IS_KNOWN);
	steps(sc, 20);
	desk.deaf = false;
	desk.version = 3;
	desk.html = "<p>Salut {{name}}</p>";
	engine_comes(sc);
	expect_status(hear(&c), 202, "msg_");
	expect_mail(sc, 0, "<p>Bonjour");
	client_close(&c);
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	expect_mail(sc, 0, "<p>Salut");
	down(sc);
}

TEST_MAIN(TEST(test_dialects), TEST(test_thread), TEST(test_versions), TEST(test_accounts),
	TEST(test_race), TEST(test_waiting), TEST(test_desk_away), TEST(test_desk_silent),
	TEST(test_desk_gone_amid), TEST(test_others_come))
