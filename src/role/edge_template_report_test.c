/* Reports of templates' mistakes: what they say, when there is none, and that no call waits for
 * them. Engine and desk are played by the test. */
#include "role/edge_template_report.h"

#include "io/file_fault.h"
#include "role/edge_write_scene.h"

#include <errno.h>

#define HOUR EDGE_REPORT_US

#define REPORT ",\"TemplateErrorReporting\":{\"Email\":\"dev@shop.test\",\"Name\":\"D. Ev\"}"
#define TO     "\"To\":[{\"Email\":\"b@else.test\"}]"
#define MAIL(more)                                                                             \
	"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\",\"Name\":\"Shop\"}," TO           \
	",\"TemplateLanguage\":true" more "}]}"
#define STORED   MAIL(",\"TemplateID\":12" REPORT)
#define DELIVER  MAIL(",\"TemplateID\":12,\"TemplateErrorDeliver\":true" REPORT)
#define OWN(sub) MAIL(",\"Subject\":\"" sub "\",\"TextPart\":\"{{var:x}}\"" REPORT)

/* The mail that was submitted by itself, not with a call. */
static struct msg_submit
told(struct scene *sc, char *dst, size_t size)
{
	static char bytes[sizeof sc->submit];
	static struct arena arena;
	struct msg_submit m;
	struct extent_reader *r = extent_reader_new(sc->paths.spool);
	struct extent_place p;

	arena_done(&arena);
	arena_init(&arena, 65536);
	memcpy(bytes, sc->submit, sc->submit_n);
	assert_int_equal(msg_submit_read(&arena, str_of(bytes, sc->submit_n), &m), 0);
	p = (struct extent_place){ m.extent, m.length, m.offset, m.hash };
	assert_true(p.length < size);
	assert_int_equal(extent_verify(r, &p), 0);
	assert_int_equal(extent_read(r, &p, 0, dst, p.length), 0);
	dst[p.length] = '\0';
	extent_reader_free(&r);
	return m;
}

static void
wait_submits(struct scene *sc, unsigned n)
{
	for (int i = 0; i < 20000 && sc->submits < n; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(sc->submits, n);
}

/* How many could not be sent; the second's tally must not come between. */
static uint64_t
dropped(const struct scene *sc)
{
	for (size_t i = 0; i < sc->edge->ncounts; i++)
		if (sc->edge->counts[i].what == COUNT_REPORTS_LOST)
			return sc->edge->counts[i].value;
	return 0;
}

static struct scene *
up_mailjet(bool one)
{
	struct scene *sc = up(one);

	loop_timer_off(sc->loop, &sc->edge->second);
	desk.dialect = "mailjet";
	desk.html = "<p>\nHello {{var:name}}</p>";
	return sc;
}

static void
expect_parts(const char *name, const char *text, const char *const parts[])
{
	for (int i = 0; parts[i]; i++) {
		if (strstr(text, parts[i]))
			continue;
		fprintf(stderr, "%s: no \"%s\" in %s\n", name, parts[i], text);
		fail();
	}
}

static const struct {
	const char *name, *path, *body;
	const char *html; /* of the template; NULL: with one mistake */
	int status;
	const char *parts[12]; /* of the report; none: there is none */
} table[] = {
	{ "refused", "/v3.1/send", STORED, NULL, 400,
		{ "\r\nFrom: Shop <a@shop.test>\r\n", "\r\nTo: \"D. Ev\" <dev@shop.test>\r\n",
			"\r\nSubject: Template error: \"Order\"\r\n",
			"\r\nAuto-Submitted: auto-generated\r\n", "and was refused",
			"Template: Order (tpl_twelve, number 12), version 1\r\n",
			"Where: html, line 2, column 9\r\n",
			"Mistake: No value for \"var:name\"",
			"\r\nFrom: a@shop.test\r\nTo: b@else.test\r\n",
			"Then send the message again." } },
	{ "delivered", "/v3.1/send", DELIVER, NULL, 200,
		{ "\r\nFrom: Shop <a@shop.test>\r\n",
			"By TemplateErrorDeliver that does not stop it: unless",
			"Where: html, line 2, column 9\r\n", "Mistake: No value for",
			"\r\nSubject: Order 7\r\n", "see its tags" } },
	{ "a name that is a template", "/v3.1/send",
		"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\",\"Name\":\"{{var:shop}}\"}"
		"," TO ",\"TextPart\":\"t\",\"Subject\":\"s\",\"TemplateLanguage\":true" REPORT
		"}]}",
		NULL, 400,
		{ "\r\nFrom: a@shop.test\r\n", "Where: from_name, line 1, column 3\r\n" } },
	{ "its own texts", "/v3.1/send", OWN("Hi"), NULL, 400,
		{ "\r\nSubject: Template error in the message \"Hi\"\r\n",
			"Template: the message's own texts\r\n",
			"Where: text, line 1, column 3\r\n", "\r\nSubject: Hi\r\n",
			"correct these texts" } },
	{ "of v3", "/v3/send",
		"{\"FromEmail\":\"a@shop.test\",\"Recipients\":[{\"Email\":\"b@else.test\"},{"
		"\"Email\":\"c@else.test\"}],\"Mj-TemplateID\":12,\"Mj-TemplateLanguage\":true,"
		"\"MJ-TemplateErrorReporting\":\"dev@shop.test\"}",
		NULL, 400, { "\r\nTo: dev@shop.test\r\n", "\r\nTo: b@else.test\r\n" } },
	{ "many recipients", "/v3/send",
		"{\"FromEmail\":\"a@shop.test\",\"To\":\"a1@x.test,a2@x.test,a3@x.test,"
		"a4@x.test,a5@x.test,a6@x.test,a7@x.test,a8@x.test,a9@x.test\",\"Bcc\":"
		"\"b1@x.test,b2@x.test,b3@x.test\",\"Text-part\":\"{{\",\"Subject\":\"s\","
		"\"Mj-TemplateLanguage\":true,\"Mj-TemplateErrorReporting\":\"dev@shop.test\"}",
		NULL, 400, { "a9@x.test, b1@x.test and 2 more\r\n" } },
	{ "does not compile, delivered", "/v3.1/send",
		MAIL(",\"Subject\":\"s\",\"TextPart\":\"a\\n{% if\",\"TemplateErrorDeliver\":"
		     "true" REPORT),
		NULL, 200, { "Where: text, line 2, column " } },
	{ "stored, does not compile, delivered", "/v3.1/send", DELIVER, "<p>\n\n{% if", 200,
		{ "Where: html, line 3, column ", "see its tags" } },
	{ "stored, does not compile", "/v3.1/send", STORED, "<p>\n\n{% if", 400,
		{ "Where: html, line 3, column ", "was refused" } },
	{ "nobody wants one", "/v3.1/send", MAIL(",\"TemplateID\":12"), NULL, 400, { NULL } },
	{ "no mistake", "/v3.1/send",
		MAIL(",\"TemplateID\":12,\"Variables\":{\"name\":\"A\"}" REPORT), NULL, 200,
		{ NULL } },
	{ "no such template", "/v3.1/send", MAIL(",\"TemplateID\":13" REPORT), NULL, 400,
		{ NULL } },
	{ "nothing is sent from the sandbox", "/v3.1/send",
		"{\"SandboxMode\":true,\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"}," TO
		",\"TemplateLanguage\":true,\"TemplateID\":12" REPORT "}]}",
		NULL, 400, { NULL } },
};

static void
reports(bool one)
{
	TEST_EACH(row, table)
	{
		struct scene *sc = up_mailjet(one);
		static char text[65536];
		struct msg_submit m;

		if (row->html)
			desk.html = row->html;
		expect_status(call(sc, row->path, KEY JSON, row->body), row->status, "");
		if (row->parts[0]) {
			wait_submits(sc, 1);
			m = told(sc, text, sizeof text);
			expect_parts(row->name, text, row->parts);
			assert_int_equal(m.tenant, 7);
			assert_int_equal(m.via, VIA_API);
			assert_int_equal(m.stream, STREAM_TRANSACTIONAL);
			assert_str(m.sender, "a@shop.test");
			assert_str(m.from_domain, "shop.test");
			assert_int_equal(m.rcpts.n, 1);
			assert_str(m.rcpts.at[0].address, "dev@shop.test");
			assert_int_equal(extra_of(&m).track, 0);
			assert_str(extra_of(&m).about, "{\"tags\":[\"template-error\"]}");
		}
		steps(sc, 20);
		assert_int_equal(sc->submits, row->parts[0] != NULL);
		assert_int_equal(sc->calls, row->status == 200);
		assert_int_equal(dropped(sc), 0);
		down(sc);
	}
}

static void
test_reports(void **state)
{
	(void)state;
	reports(true);
}

/* The same with the edge's threads. */
static void
test_threads(void **state)
{
	(void)state;
	reports(false);
}

/* What was said in French, in full. */
static void
test_french(void **state)
{
	static char text[65536];
	struct scene *sc = up_mailjet(true);

	(void)state;
	sc->config.language = STR_LIT("fr");
	expect_status(call(sc, "/v3.1/send", KEY JSON, STORED), 400, "");
	wait_submits(sc, 1);
	(void)told(sc, text, sizeof text);
	/* Quoted-printable or 8bit, as compose thinks best: this is ASCII in both. */
	assert_non_null(strstr(text, "Order (tpl_twelve, num"));
	assert_non_null(strstr(text, "html, ligne 2, colonne 9\r\n"));
	assert_non_null(strstr(text, "Erreur : No value for"));
	down(sc);
}

/* Where the call names no sender: the template's, but not one that is to be rendered. */
static void
test_sender(void **state)
{
	static const char body[] = "{\"Messages\":[{" TO
				   ",\"TemplateID\":12,\"TemplateLanguage\":true" REPORT "}]}";
	static char text[65536];
	struct scene *sc = up_mailjet(true);

	(void)state;
	desk.from = " t@shop.test";
	expect_status(call(sc, "/v3.1/send", KEY JSON, body), 400, "No value for");
	wait_submits(sc, 1);
	assert_str(told(sc, text, sizeof text).sender, "t@shop.test");
	down(sc);
	sc = up_mailjet(true);
	desk.from = "{{var:sender}}";
	expect_status(call(sc, "/v3.1/send", KEY JSON, body), 400, "No value for");
	steps(sc, 20);
	assert_int_equal(dropped(sc), 1);
	assert_int_equal(sc->submits, 0);
	down(sc);
}

/* One for a template in an hour; other texts are others. */
static void
test_once(void **state)
{
	struct scene *sc = up_mailjet(true);

	(void)state;
	for (int i = 0; i < 3; i++)
		expect_status(call(sc, "/v3.1/send", KEY JSON, STORED), 400, "No value for");
	wait_submits(sc, 1);
	expect_status(call(sc, "/v3.1/send", KEY JSON, OWN("a")), 400, "No value for");
	expect_status(call(sc, "/v3.1/send", KEY JSON, OWN("b")), 400, "No value for");
	expect_status(call(sc, "/v3.1/send", KEY JSON, OWN("b")), 400, "No value for");
	wait_submits(sc, 3);
	steps(sc, 20);
	assert_int_equal(sc->submits, 3);
	assert_int_equal(dropped(sc), 0);
	down(sc);
}

static void
test_limits(void **state)
{
	struct scene *sc = up(true);
	struct edge_reports *all = edge_reports_new(sc->edge);
	uint64_t now = 5;

	(void)state;
	for (unsigned i = 0; i < EDGE_REPORTS_HOUR; i++) {
		assert_true(edge_reports_take(all, 7, i + 1, now + i));
		assert_false(edge_reports_take(all, 7, i + 1, now + i));
	}
	assert_false(edge_reports_take(all, 7, 99, now + 100));
	assert_true(edge_reports_take(all, 8, 1, now + 100));
	/* An hour behind the first one its place is free, and no other. */
	assert_false(edge_reports_take(all, 7, 99, now + HOUR - 1));
	assert_true(edge_reports_take(all, 7, 1, now + HOUR));
	assert_false(edge_reports_take(all, 7, 99, now + HOUR));
	/* No more accounts than are remembered, until the oldest one's hour is over. */
	now += HOUR;
	for (unsigned i = 2; i < EDGE_REPORT_ACCOUNTS; i++)
		assert_true(edge_reports_take(all, 1000 + i, 1, now));
	assert_false(edge_reports_take(all, 1, 1, now + 99));
	assert_true(edge_reports_take(all, 1, 1, now + 100));
	assert_false(edge_reports_take(all, 2, 1, now + 100));
	/* The one that went has all of its own again. */
	assert_true(edge_reports_take(all, 8, 1, now + 2 * HOUR));
	edge_reports_close(all);
	edge_reports_free(&all);
	down(sc);
}

/* What stands in the way: the answer is the same, and nothing is left behind. */
static void
test_dropped(void **state)
{
	struct scene *sc = up_mailjet(true);
	uint64_t before;

	(void)state;
	(void)str_copy_z(sc->refused_domain, sizeof sc->refused_domain, STR_LIT("shop.test"));
	expect_status(call(sc, "/v3.1/send", KEY JSON, OWN("a")), 400, "No value for");
	steps(sc, 20);
	assert_int_equal(dropped(sc), 1);
	assert_int_equal(sc->submits, 0);
	sc->refused_domain[0] = '\0';
	/* The disk is full. */
	if (FILE_FAULT_HERE) {
		file_fault_arm(FILE_FAULT_FROM, 1, ENOSPC);
		expect_status(call(sc, "/v3.1/send", KEY JSON, OWN("b")), 400, "No value for");
		steps(sc, 20);
		assert_true(file_fault_fired());
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		assert_int_equal(dropped(sc), 2);
		assert_int_equal(sc->submits, 0);
	}
	before = dropped(sc);
	/* The engine says nothing. */
	sc->deaf = true;
	expect_status(call(sc, "/v3.1/send", KEY JSON, OWN("c")), 400, "No value for");
	wait_submits(sc, 1);
	LIST_EACH(l, &sc->edge->asks)
	LIST_OF(l, struct edge_ask, link)->began -= EDGE_ASK_US + EDGE_SECOND;
	edge_engine_second(sc->edge);
	assert_int_equal(dropped(sc), before + 1);
	down(sc);
}

/* Another engine hears it again; an edge that ends lets go of it. */
static void
test_engine_dies(void **state)
{
	struct scene *sc = up_mailjet(true);

	(void)state;
	sc->deaf = true;
	expect_status(call(sc, "/v3.1/send", KEY JSON, OWN("a")), 400, "No value for");
	wait_submits(sc, 1);
	channel_free(&sc->engine);
	steps(sc, 5);
	engine_comes(sc);
	wait_submits(sc, 2);
	assert_false(list_empty(&sc->edge->asks));
	channel_free(&desk.channel);
	scene_free(sc);
}

/* As many as may be under way, and one more. */
static void
test_under_way(void **state)
{
	struct scene *sc = up_mailjet(true);
	char body[400];

	(void)state;
	sc->deaf = true;
	for (unsigned i = 0; i < EDGE_REPORTS; i++) {
		snprintf(body, sizeof body, OWN("%u"), i);
		/* Each of another account, to which no limit says no. */
		sc->tenant = 100 + i;
		ENGINE_SAYS(sc, changed, .version = 1);
		steps(sc, 3);
		expect_status(call(sc, "/v3.1/send", KEY JSON, body), 400, "No value for");
	}
	wait_submits(sc, EDGE_REPORTS);
	assert_int_equal(dropped(sc), 0);
	sc->tenant = 99;
	ENGINE_SAYS(sc, changed, .version = 1);
	steps(sc, 3);
	expect_status(call(sc, "/v3.1/send", KEY JSON, OWN("x")), 400, "No value for");
	assert_int_equal(dropped(sc), 1);
	channel_free(&desk.channel);
	scene_free(sc);
}

TEST_MAIN(TEST(test_reports), TEST(test_threads), TEST(test_french), TEST(test_sender),
	TEST(test_once), TEST(test_limits), TEST(test_dropped), TEST(test_engine_dies),
	TEST(test_under_way))
