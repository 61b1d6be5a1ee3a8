/* Calls of the HTTP API that are written from templates. Engine and desk are played by the
 * test. */
#include "account/control_template.h"
#include "role/edge_api_scene.h"

#include <pthread.h>

/* ---- desk ---- */

static struct {
	struct scene *scene;
	struct channel *channel;
	unsigned asks;
	bool deaf;
	uint64_t version; /* of the template that there is */
	const char *html; /* of it */
	const char *dialect, *stream, *from;
	struct msg_template last; /* without its name */
	char name[300];
	uint64_t (*mono)(struct clock *c); /* the scene's */
} desk;

static void
desk_says(uint8_t is)
{
	struct msg_text texts[TEMPLATE_TEXTS - 1];
	struct msg_templated m = { .seq = desk.last.seq,
		.is = is,
		.id = 12,
		.version = desk.version,
		.ref = STR_LIT("tpl_twelve"),
		.name = STR_LIT("Order"),
		.texts = { texts, is == TEMPLATE_IS_HERE ? TEMPLATE_TEXTS - 1 : 0 } };
	struct buf b;

	for (int i = 0; i < TEMPLATE_TEXTS - 1; i++)
		texts[i].bytes = STR_NONE;
	texts[TEMPLATE_DIALECT].bytes = str_z(desk.dialect);
	texts[TEMPLATE_STREAM].bytes = str_z(desk.stream);
	texts[TEMPLATE_FROM_EMAIL].bytes = str_z(desk.from);
	texts[TEMPLATE_SUBJECT].bytes = STR_LIT("Order 7");
	texts[TEMPLATE_BODY_HTML].bytes = str_z(desk.html);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_templated_write(&b, &m), 0);
	channel_force(desk.channel, MSG_templated, buf_str(&b));
	buf_done(&b);
}

/* There is one template: "Order" or number 12, of tenant 7. */
static void
desk_answers(void)
{
	bool there = desk.last.tenant == 7 &&
	             (desk.last.number == 12 || strcmp(desk.name, "Order") == 0);

	if (!there)
		desk_says(TEMPLATE_IS_NONE);
	else if (desk.version == 0)
		desk_says(TEMPLATE_IS_DRAFT);
	else if (desk.last.known == 12 && desk.last.version == desk.version)
		desk_says(TEMPLATE_IS_KNOWN);
	else
		desk_says(TEMPLATE_IS_HERE);
}

static void
desk_hears(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	assert_int_equal(type, MSG_template);
	assert_int_equal(msg_template_read(NULL, payload, &desk.last), 0);
	(void)str_copy_z(desk.name, sizeof desk.name, desk.last.name);
	desk.asks++;
	if (!desk.deaf)
		desk_answers();
}

static void
desk_ends(void *ctx)
{
	(void)ctx;
	channel_free(&desk.channel);
}

static void
desk_comes(struct scene *sc)
{
	static const struct channel_calls calls = { desk_hears, desk_ends };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	desk.channel = channel_new(sc->loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, NULL);
	edge_desk_peer(sc->edge, fd[1]);
}

static void
wait_asks(struct scene *sc, unsigned n)
{
	for (int i = 0; i < 20000 && desk.asks < n; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(desk.asks, n);
}

static struct scene *
up(bool one)
{
	struct scene *sc = scene_make(NULL, one);

	memset(&desk, 0, sizeof desk);
	desk.scene = sc;
	desk.version = 1;
	desk.html = "<p>Hello {{name}}</p>";
	desk.dialect = "handlebars";
	desk.stream = "";
	desk.from = "";
	desk_comes(sc);
	return sc;
}

static void
down(struct scene *sc)
{
	expect_idle(sc);
	channel_free(&desk.channel);
	scene_free(sc);
}

static void
changed(struct scene *sc)
{
	ENGINE_SAYS(sc, changed, .version = 1);
	steps(sc, 5);
}

/* ---- calls ---- */

#define PEOPLE "\"from\":\"a@shop.test\",\"to\":\"b@else.test\""
#define ORDER                                                                                  \
	"{" PEOPLE ",\"template\":\"Order\",\"variables\":{\"name\":\"A&B\"},\"tags\":[\"t\"]" \
	"}"

static void
expect_mail(struct scene *sc, size_t i, const char *inside)
{
	char text[16384];
	struct str all = stored(sc, i, text, sizeof text);

	if (holds(all, inside))
		return;
	fprintf(stderr, "no \"%s\" in %.*s\n", inside, STR_ARG(all));
	fail();
}

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

static uint64_t
later(struct clock *c)
{
	(void)c;
	return clock_mono(&(struct clock){ .mono = desk.mono }) + EDGE_ASK_US + 1;
}

/* A second that comes after everybody has waited too long. */
static void
late_second(struct scene *sc)
{
	desk.mono = sc->clock.mono;
	sc->clock.mono = later;
	edge_desk_second(sc->edge);
	sc->clock.mono = desk.mono;
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

/* What the template's id has no room beside is a mistake of the message. */
static void
test_about(void **state)
{
	static char body[20000];
	struct scene *sc = up(true);

	(void)state;
	snprintf(body, sizeof body,
		"{" PEOPLE ",\"template\":\"Order\",\"variables\":{\"name\":1},\"metadata\":{"
		"\"a\":\"%08000d\",\"b\":\"%08342d\"}}",
		0, 0);
	expect_status(call(sc, NATIVE, KEY JSON, body), 422, "tags and metadata");
	assert_int_equal(sc->calls, 0);
	down(sc);
}

/* A template of broadcasts makes one, with what that has. */
static void
test_broadcast(void **state)
{
	struct scene *sc = up(true);

	(void)state;
	desk.stream = "broadcast";
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	assert_int_equal(sc->letters[0].stream, STREAM_BROADCAST);
	expect_mail(sc, 0, "\r\nList-Unsubscribe: ");
	down(sc);
}

/* A template's sender is judged like any other. */
static void
test_sender(void **state)
{
	static const char body[] = "{\"to\":\"b@else.test\",\"template\":\"Order\"}";
	struct scene *sc = up(true);

	(void)state;
	expect_status(call(sc, NATIVE, KEY JSON, body), 422, "has no sender");
	desk.from = "x@theirs.test";
	(void)str_copy_z(sc->refused_domain, sizeof sc->refused_domain, STR_LIT("theirs.test"));
	desk.version = 2;
	changed(sc);
	expect_status(call(sc, NATIVE, KEY JSON, body), 403, "Not yours");
	assert_int_equal(sc->calls, 0);
	desk.from = "x@ours.test";
	desk.version = 3;
	changed(sc);
	expect_status(call(sc, NATIVE, KEY JSON, body), 202, "msg_");
	assert_str(sc->letters[0].sender, "x@ours.test");
	down(sc);
}

/* Each recipient has a page of his own to unsubscribe, which no click token hides. */
static void
test_own_page(void **state)
{
	struct scene *sc = up(true);
	char text[2][16384];
	struct str page[2];

	(void)state;
	desk.html = "<a href=\"{{unsubscribe_url}}\">Leave</a>"
		    "<a href=\"{{unsubscribe_url}}?lang=fr\">Partir</a>";
	expect_status(
		call(sc, NATIVE, KEY JSON,
			"{\"from\":\"a@shop.test\",\"to\":[\"b@else.test\",\"c@else.test\"],"
			"\"track_clicks\":true,\"track_consent\":true,\"template\":\"Order\"}"),
		202, "msg_");
	assert_int_equal(sc->nletters, 2);
	for (int i = 0; i < 2; i++) {
		struct str all = stored(sc, (size_t)i, text[i], sizeof text[i]);

		assert_false(holds(all, "unsubscribe.invalid"));
		assert_true(holds(all, "/u/"));
		assert_false(holds(all, "/c/"));
		page[i] = str_head(str_from(all, str_find_str(all, STR_LIT("/u/"))), 60);
	}
	assert_false(str_eq(page[0], page[1]));
	down(sc);
}

/* A bomb is an error, and only its own: the loop does not wait for it. */
static void
test_bomb(void **state)
{
	struct scene *sc = up(false);
	struct client c;

	(void)state;
	desk.html = "{{#each a}}{{#each @root.a}}{{#each @root.a}}{{this}}{{/each}}{{/each}}"
		    "{{/each}}";
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY JSON,
		"{" PEOPLE ",\"template\":\"Order\",\"variables\":{\"a\":[1,2,3,4,5,6,7,8,9,0,"
		"1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0]}}");
	for (int i = 0; i < 20000 && !the_call(sc)->working; i++)
		loop_step(sc->loop, 1000);
	assert_true(the_call(sc)->working);
	expect_status(call(sc, NATIVE, KEY JSON, ONE), 202, "msg_");
	expect_status(hear(&c), 422, "\"pointer\":\"/template\",\"message\":\"html 1:");
	client_close(&c);
	down(sc);
}

/* ---- the thread ---- */

/* A job that holds it. */
static struct {
	struct pool_job job;
	pthread_mutex_t gate;
	bool done;
} held;

static void
held_work(void *ctx)
{
	(void)ctx;
	pthread_mutex_lock(&held.gate);
	pthread_mutex_unlock(&held.gate);
}

static void
held_done(void *ctx)
{
	(void)ctx;
	held.done = true;
}

static void
hold(struct scene *sc)
{
	memset(&held, 0, sizeof held);
	pthread_mutex_init(&held.gate, NULL);
	pthread_mutex_lock(&held.gate);
	held.job = (struct pool_job){ .work = held_work, .done = held_done };
	list_init(&held.job.link);
	pool_add(sc->edge->pool, &held.job);
}

static void
let_go(struct scene *sc)
{
	pthread_mutex_unlock(&held.gate);
	for (int i = 0; i < 20000 && !held.done; i++)
		loop_step(sc->loop, 1000);
	assert_true(held.done);
	pthread_mutex_destroy(&held.gate);
}

static void
wait_working(struct scene *sc)
{
	for (int i = 0; i < 20000 && !the_call(sc)->working; i++)
		loop_step(sc->loop, 1000);
	assert_true(the_call(sc)->working);
}

/* A call waits for the thread in its account's turn; it is gone at once when its client is, and
 * hears of it when that takes too long. */
static void
test_turn(void **state)
{
	struct scene *sc = up(false);
	struct client c;

	(void)state;
	hold(sc);
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY JSON, ORDER);
	wait_working(sc);
	assert_int_equal(the_call(sc)->job.owner, 7);
	edge_conn_end(the_call(sc)->conn);
	assert_true(list_empty(&sc->edge->calls));
	assert_int_equal(pool_waiting(sc->edge->pool), 1);
	client_close(&c);
	client_open(sc, &c, PORT_HTTP);
	post(&c, NATIVE, KEY JSON, ORDER);
	wait_working(sc);
	late_second(sc);
	expect_status(hear(&c), 503, "The service is busy");
	assert_int_equal(pool_waiting(sc->edge->pool), 1);
	/* The first of two messages is written, but it took too long. */
	post(&c, NATIVE, KEY JSON, "{\"messages\":[" ORDER "," ORDER "]}");
	wait_working(sc);
	the_call(sc)->write_began -= EDGE_ASK_US + 1;
	let_go(sc);
	expect_status(hear(&c), 503, "send fewer in one call");
	assert_int_equal(sc->calls, 0);
	client_close(&c);
	down(sc);
}

/* What is written counts as memory, beside the mail that is made of it. */
static void
test_memory(void **state)
{
	static char html[4096], body[4096];
	struct scene *sc = up(true);
	char *p = html;

	(void)state;
	for (int i = 0; i < 20; i++)
		p = stpcpy(p, "{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}} ");
	desk.html = html;
	snprintf(body, sizeof body,
		"{" PEOPLE ",\"template\":\"Order\",\"variables\":{\"a\":\"%01000d\"}}", 0);
	expect_status(call(sc, NATIVE, KEY JSON, body), 202, "msg_");
	sc->config.limits.memory_bytes = 600000;
	expect_status(call(sc, NATIVE, KEY JSON, body), 503, "busy");
	down(sc);
}

/* Many tags that never come to anything: compiled again for each message, never kept; and the
 * version counts as memory while a call holds it. */
static void
test_tags(void **state)
{
	const size_t n = 50000;
	char *html = mem_new(n * 5 + 100, 1), *p = stpcpy(html, "{{#if no}}");
	struct scene *sc = up(false);

	(void)state;
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, "{{a}}");
	stpcpy(p, "{{/if}}<p>x{{name}}</p>");
	desk.html = html;
	for (int i = 0; i < 3; i++) {
		expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
		expect_mail(sc, 0, "<p>xA&amp;B</p>");
	}
	sc->config.limits.memory_bytes = 100000;
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 503, "templates cannot be read");
	assert_int_equal(desk.asks, 1);
	down(sc);
	mem_free(html);
}

/* Texts as long as a version may have, and longer than any: an answer. */
static const struct {
	const char *name, *of;
	size_t bytes;
	int status;
	const char *answer;
} sizes[] = {
	{ "as long as a part may be", "a", 1u << 20, 202, "msg_" },
	{ "a byte more", "a", (1u << 20) + 1, 422, "\"pointer\":\"/template\"" },
	{ "a layout and a body", "a", 2u << 20, 422, "\"pointer\":\"/template\"" },
	{ "tags and nothing else", "{{a}}", 1u << 20, 422, "The template is too large" },
	{ "as long as a message to the edge", "a", CHANNEL_PAYLOAD_MAX - 200, 422,
		"\"pointer\":\"/template\"" },
};

static void
test_sizes(void **state)
{
	struct scene *sc = up(false);

	(void)state;
	TEST_EACH(row, sizes)
	{
		size_t n = strlen(row->of);
		char *html = mem_new(row->bytes + 1, 1);

		for (size_t i = 0; i + n <= row->bytes; i += n)
			memcpy(html + i, row->of, n);
		desk.html = html;
		desk.version++;
		changed(sc);
		expect_status(call(sc, NATIVE, KEY JSON, ORDER), row->status, row->answer);
		mem_free(html);
	}
	desk.html = "short";
	desk.version++;
	changed(sc);
	expect_status(call(sc, NATIVE, KEY JSON, ORDER), 202, "msg_");
	down(sc);
}

TEST_MAIN(TEST(test_dialects), TEST(test_thread), TEST(test_versions), TEST(test_accounts),
	TEST(test_race), TEST(test_waiting), TEST(test_desk_away), TEST(test_desk_silent),
	TEST(test_desk_gone_amid), TEST(test_others_come), TEST(test_turn), TEST(test_memory),
	TEST(test_tags), TEST(test_about), TEST(test_sizes), TEST(test_broadcast),
	TEST(test_sender), TEST(test_own_page), TEST(test_bomb))
