/* Calls of the HTTP API that are written from templates: the mail, what is kept beside it, and
 * their limits. */
#include "role/edge_write_scene.h"
#include "wire/trailer.h"

#include <pthread.h>

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
		struct str all = stored(sc, &sc->letters[i], text[i], sizeof text[i]);

		assert_false(holds(all, "unsubscribe.invalid"));
		assert_true(holds(all, "/u/"));
		assert_false(holds(all, "/c/"));
		page[i] = str_head(str_from(all, str_find_str(all, STR_LIT("/u/"))), 60);
	}
	assert_false(str_eq(page[0], page[1]));
	down(sc);
}

#define TO(who) "{\"from\":\"a@shop.test\",\"to\":" who ",\"template\":\"Order\"}"

#define OWN(who)                                                                               \
	"{\"From\":{\"Email\":\"a@shop.test\"},\"To\":[{\"Email\":\"" who "\"}],\"Subject\":"  \
	"\"s\",\"TextPart\":\"in {{data:city:\\\"?\\\"}}\",\"TemplateLanguage\":true}"

/* Whom it goes to is asked for where the template reads it, and for each message again. */
static void
test_contact(void **state)
{
	static const struct {
		const char *name, *html, *to;
		unsigned asks;
		int status;
		const char *want; /* in the mail; or in the answer */
	} rows[] = {
		{ "one that is known", "{{data:city:\"?\"}} {{mj:contact.name}}",
			"\"ann@else.test\"", 1, 202, "Lyon Ann" },
		{ "again", "{{data:city}}", "\"ann@else.test\"", 1, 202, "Lyon" },
		{ "the call's name goes first",
			"[[data:city:\"x\"]] {{data:city}} {{mj:contact.name}}",
			"{\"email\":\"ann@else.test\",\"name\":\"Anna\"}", 1, 202,
			"Lyon Anna" },
		{ "one that is not", "{{data:city:\"?\"}}", "\"b@else.test\"", 1, 202, "?" },
		{ "without a default", "{{data:city}}", "\"b@else.test\"", 1, 422,
			"No value for" },
		{ "several are nobody's", "{{data:city:\"?\"}}",
			"[\"ann@else.test\",\"b@else.test\"]", 0, 202, "?" },
		{ "not read", "{{mj:contact.email}}", "\"ann@else.test\"", 0, 202,
			"ann@else.test" },
		{ "an image is none", "<img src=\"data:image/png;base64,AAAA\">x",
			"\"ann@else.test\"", 0, 202, "x" },
	};
	static const struct {
		const char *name, *first, *second, *want;
	} own[] = {
		{ "known, then not", OWN("ann@else.test"), OWN("b@else.test"), "in ?" },
		{ "not, then known", OWN("b@else.test"), OWN("ann@else.test"), "in Lyon" },
	};
	struct scene *sc = up(false);
	char body[1000];

	(void)state;
	desk.dialect = "mailjet";
	TEST_EACH(row, rows)
	{
		unsigned before = desk.contacts;

		desk.html = row->html;
		desk.version++;
		changed(sc);
		snprintf(body, sizeof body, TO("%s"), row->to);
		expect_status(call(sc, NATIVE, KEY JSON, body), row->status,
			row->status == 202 ? "msg_" : row->want);
		assert_int_equal(desk.contacts, before + row->asks);
		if (row->status == 202)
			expect_mail(sc, 0, row->want);
	}
	/* Of own texts as well, of each message its own: the last one is told last. */
	TEST_EACH(row, own)
	{
		unsigned before = desk.contacts;

		snprintf(body, sizeof body, "{\"Messages\":[%s,%s]}", row->first, row->second);
		expect_status(call(sc, "/v3.1/send", KEY JSON, body), 200, "success");
		assert_int_equal(desk.contacts, before + 2);
		expect_mail(sc, 0, row->want);
	}
	/* Without tables nothing is taken. */
	desk.contact = NULL;
	desk.html = "{{data:city:\"?\"}}";
	desk.version++;
	changed(sc);
	expect_status(call(sc, NATIVE, KEY JSON, TO("\"ann@else.test\"")), 503, "try again");
	/* Nor when nobody answers. */
	{
		unsigned before = desk.contacts;
		struct client c;

		desk.deaf = true;
		client_open(sc, &c, PORT_HTTP);
		post(&c, NATIVE, KEY JSON, TO("\"ann@else.test\""));
		for (int i = 0; i < 20000 && desk.contacts == before; i++)
			loop_step(sc->loop, 1000);
		assert_int_equal(desk.contacts, before + 1);
		late_second(sc);
		expect_status(hear(&c), 503, "try again");
		client_close(&c);
	}
	down(sc);
}

/* The page of the message, one for himself and one for others; no click token hides them. */
static void
test_web(void **state)
{
	struct scene *sc = up(true);
	char text[16384];
	struct str all;

	(void)state;
	desk.dialect = "mailjet";
	desk.html = "<a href=\"{{mj:permalink}}\">W</a>\n<a href='{{mj:share_google}}'>G</a>"
		    "\n<a href='{{mj:share_linkedin}}'>L</a>\n<a href='https://a.test/'>A</a>";
	expect_status(
		call(sc, NATIVE, KEY JSON,
			"{\"from\":\"a@shop.test\",\"to\":[\"b@else.test\",\"c@else.test\"],"
			"\"track_clicks\":true,\"template\":\"Order\"}"),
		202, "msg_");
	assert_int_equal(sc->nletters, 2);
	all = stored(sc, &sc->letters[1], text, sizeof text);
	assert_false(holds(all, "unsubscribe.invalid"));
	assert_true(holds(all, "<a href=\"https://mail.test/w/"));
	assert_true(holds(all, "<a href='https://mail.test/w/"));
	assert_true(holds(all, "offsite/?url=https%3A%2F%2Fmail.test%2Fw%2F"));
	assert_true(holds(all, "<a href='https://mail.test/c/"));
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

/* What lies behind the stored body of a letter as the values of this message; n 0: nothing. */
static struct str
kept(struct scene *sc, size_t i, uint64_t message)
{
	static char bytes[TRAILER_MAX];
	const struct msg_submit *m = &sc->letters[i];
	struct extent_reader *r = extent_reader_new(sc->paths.spool);
	const struct extent_place p = { m->extent, m->length, m->offset, m->hash };
	struct str json = STR_NONE;
	long n;

	assert_int_equal(extent_verify(r, &p), 0);
	n = extent_read_behind(r, &p, bytes, sizeof bytes);
	assert_true(n >= 0);
	extent_reader_free(&r);
	(void)trailer_read(str_of(bytes, (size_t)n), message, &json);
	return json;
}

/* The values lie behind the body, for their own message: in each dialect, with each recipient's
 * own copy, and not where there are none or too many. */
static void
test_values(void **state)
{
	static const struct {
		const char *name, *path, *fields, *body, *want;
	} table[] = {
		{ "native", NATIVE, KEY JSON, ORDER,
			"{\"vars\":{\"name\":\"A&B\"},\"contact\":{\"email\":\"b@else.test\","
			"\"name\":\"\"}}" },
		{ "no template", NATIVE, KEY JSON, ONE, "" },
		{ "no values", NATIVE, KEY JSON, "{" PEOPLE ",\"template\":\"Order\"}",
			"{\"vars\":{},\"contact\":{\"email\":\"b@else.test\",\"name\":\"\"}}" },
		{ "sendgrid", "/v3/mail/send", BEARER JSON,
			"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\",\"name\":"
			"\"Bo\"}],\"dynamic_template_data\":{\"name\":\"E\"}}],\"from\":{"
			"\"email\":\"a@shop.test\"},\"template_id\":\"Order\"}",
			"{\"vars\":{\"name\":\"E\"},\"contact\":{\"email\":\"b@else.test\","
			"\"name\":\"Bo\"}}" },
		{ "mailjet, its own texts", "/v3.1/send", KEY JSON,
			"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},\"To\":[{"
			"\"Email\":\"b@else.test\"}],\"TextPart\":\"{{var:id}}\","
			"\"TemplateLanguage\":true,\"Variables\":{\"id\":7}}]}",
			"{\"vars\":{\"id\":7},\"contact\":{\"email\":\"b@else.test\","
			"\"name\":\"\"}}" },
	};
	struct scene *sc = up(true);

	(void)state;
	desk.html = "<p>Hello</p>";
	TEST_EACH(row, table)
	{
		const struct answer *a = call(sc, row->path, row->fields, row->body);

		assert_int_equal(a->status / 100, 2);
		assert_int_equal(sc->nletters, 1);
		assert_str(kept(sc, 0, sc->letters[0].message), row->want);
		assert_str(kept(sc, 0, sc->letters[0].message + 1), "");
	}
	/* Those of several letters are of one message. */
	desk.html = "<a href=\"https://x.test/\">x</a>";
	desk.version++;
	changed(sc);
	expect_status(
		call(sc, NATIVE, KEY JSON,
			"{\"from\":\"a@shop.test\",\"to\":[\"b@else.test\",\"c@else.test\"],"
			"\"track_clicks\":true,\"track_consent\":true,\"template\":\"Order\","
			"\"variables\":{\"x\":1}}"),
		202, "msg_");
	assert_int_equal(sc->nletters, 2);
	for (size_t i = 0; i < sc->nletters; i++)
		assert_str(kept(sc, i, sc->letters[0].message),
			"{\"vars\":{\"x\":1},\"contact\":{}}");
	down(sc);
}

/* As long as they may be, and one byte longer: then the mail goes without. */
static void
test_long_values(void **state)
{
	const struct str around = STR_LIT("{\"vars\":{\"a\":\"\"},\"contact\":{\"email\":"
					  "\"b@else.test\",\"name\":\"\"}}");
	struct scene *sc = up(true);

	(void)state;
	desk.html = "<p>Hello</p>";
	for (size_t over = 0; over < 2; over++) {
		size_t n = TRAILER_JSON_MAX - around.n + over;
		struct buf b;
		char *body;

		buf_init(&b, 2 * TRAILER_MAX);
		buf_put_z(&b, "{" PEOPLE ",\"template\":\"Order\",\"variables\":{\"a\":\"");
		for (size_t i = 0; i < n; i++)
			buf_put_c(&b, 'x');
		assert_int_equal(buf_put(&b, str_of("\"}}", 4)), 0);
		body = b.p;
		expect_status(call(sc, NATIVE, KEY JSON, body), 202, "msg_");
		assert_int_equal(
			kept(sc, 0, sc->letters[0].message).n, over ? 0 : TRAILER_JSON_MAX);
		buf_done(&b);
	}
	down(sc);
}

/* A call that keeps enough already: its mail goes on, without them. */
static void
test_many_values(void **state)
{
	struct scene *sc = up(true);
	struct client c;

	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		desk.deaf = true;
		changed(sc);
		client_open(sc, &c, PORT_HTTP);
		post(&c, NATIVE, KEY JSON, ORDER);
		wait_asks(sc, over + 1);
		the_call(sc)->kept = over ? EDGE_CALL_KEPT + 1 : 0;
		desk_says(TEMPLATE_IS_HERE);
		expect_status(hear(&c), 202, "msg_");
		assert_int_equal(kept(sc, 0, sc->letters[0].message).n == 0, over);
		expect_mail(sc, 0, "<p>Hello A&amp;B</p>");
		client_close(&c);
	}
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

TEST_MAIN(TEST(test_about), TEST(test_broadcast), TEST(test_sender), TEST(test_own_page),
	TEST(test_web), TEST(test_contact), TEST(test_bomb), TEST(test_values),
	TEST(test_long_values), TEST(test_many_values), TEST(test_turn), TEST(test_memory),
	TEST(test_tags), TEST(test_sizes))
