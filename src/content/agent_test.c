#include "content/agent.h"

#include "base/buf.h"
#include "base/test.h"
#include "content/agent_tbl.h"

#define CHROME                                                                                 \
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
#define SECOND INT64_C(1000000)

static const struct {
	const char *name, *agent;
	enum agent_kind open, click;
} agents[] = {
	{ "Chrome", CHROME "Chrome/130.0.0.0 Safari/537.36", AGENT_PERSON, AGENT_PERSON },
	{ "iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
		"(KHTML, like Gecko) Mobile/15E148",
		AGENT_PERSON, AGENT_PERSON },
	{ "Thunderbird",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0",
		AGENT_PERSON, AGENT_PERSON },
	{ "an application for Android", "okhttp/4.9.2", AGENT_PERSON, AGENT_PERSON },
	{ "Cubot", "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) Chrome/96.0", AGENT_PERSON,
		AGENT_PERSON },
	{ "robotics in a name", "Mozilla/5.0 (Robotics Inc. browser)", AGENT_PERSON,
		AGENT_PERSON },
	{ "Gmail",
		"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com "
		"GoogleImageProxy)",
		AGENT_PROXY, AGENT_PREVIEW },
	{ "Yahoo", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
		AGENT_PROXY, AGENT_PREVIEW },
	{ "Apple", "Mozilla/5.0", AGENT_PREFETCH, AGENT_PREFETCH },
	{ "Gmail ahead", CHROME "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
		AGENT_PREFETCH, AGENT_PREFETCH },
	{ "an old Edge", CHROME "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246", AGENT_PERSON,
		AGENT_PERSON },
	{ "Outlook",
		"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5; "
		"ms-office; MSOffice 16)",
		AGENT_PERSON, AGENT_SCANNER },
	{ "Office looks ahead", "Microsoft Office Existence Discovery", AGENT_PERSON,
		AGENT_SCANNER },
	{ "Barracuda", "Barracuda Sentinel (EE)", AGENT_SCANNER, AGENT_SCANNER },
	{ "Bing", CHROME "BingPreview/1.0b", AGENT_PREVIEW, AGENT_PREVIEW },
	{ "Slack", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", AGENT_PREVIEW,
		AGENT_PREVIEW },
	{ "WhatsApp", "WhatsApp/2.23.20.0 A", AGENT_PREVIEW, AGENT_PREVIEW },
	{ "Googlebot",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		AGENT_CRAWLER, AGENT_CRAWLER },
	{ "bot at the end", "My little bot", AGENT_CRAWLER, AGENT_CRAWLER },
	{ "headless", CHROME "HeadlessChrome/130.0.0.0 Safari/537.36", AGENT_CRAWLER,
		AGENT_CRAWLER },
	{ "curl", "curl/7.88.1", AGENT_CRAWLER, AGENT_CRAWLER },
	{ "Python", "python-requests/2.31", AGENT_CRAWLER, AGENT_CRAWLER },
	{ "none", "", AGENT_SCANNER, AGENT_SCANNER },
	{ "blanks", "  ", AGENT_SCANNER, AGENT_SCANNER },
};

static void
names(void **state)
{
	struct agent_request r = { .method = STR_LIT("GET"), .age = AGENT_AGE_UNKNOWN };
	char far[2000];
	const char *who;

	(void)state;
	TEST_EACH(row, agents)
	{
		r.agent = str_z(row->agent);
		r.click = false;
		assert_int_equal(agent_of(&r, &who), row->open);
		assert_true((row->open == AGENT_PERSON) == (who[0] == '\0'));
		r.click = true;
		assert_int_equal(agent_of(&r, NULL), row->click);
	}
	/* What is far behind is not looked at. */
	memset(far, 'x', sizeof far);
	memcpy(far + sizeof far - 11, "googlebot/1", 11);
	r.agent = str_of(far, sizeof far);
	assert_int_equal(agent_of(&r, NULL), AGENT_PERSON);
	assert_string_equal(agent_name(AGENT_PREFETCH), "prefetch");
	assert_string_equal(agent_name(AGENT_CRAWLER), "crawler");
}

static const struct {
	const char *name, *method, *purpose;
	int64_t age;
	enum agent_kind want;
} requests[] = {
	{ "at leisure", "GET", "", 60 * SECOND, AGENT_PERSON },
	{ "unknown age", "GET", "", AGENT_AGE_UNKNOWN, AGENT_PERSON },
	{ "after two seconds", "GET", "", 2 * SECOND, AGENT_PERSON },
	{ "just before", "GET", "", 2 * SECOND - 1, AGENT_SCANNER },
	{ "before the message", "GET", "", -5 * SECOND, AGENT_SCANNER },
	{ "HEAD", "HEAD", "", 60 * SECOND, AGENT_SCANNER },
	{ "OPTIONS", "OPTIONS", "", 60 * SECOND, AGENT_SCANNER },
	{ "prefetch", "GET", "prefetch", 60 * SECOND, AGENT_PREFETCH },
	{ "prefetch by proxy", "GET", "prefetch;anonymous-client-ip", 60 * SECOND,
		AGENT_PREFETCH },
	{ "preview", "GET", "preview", 60 * SECOND, AGENT_PREFETCH },
};

static void
ways(void **state)
{
	struct agent_request r = { .agent = STR_LIT(CHROME "Chrome/130.0") };

	(void)state;
	TEST_EACH(row, requests)
	{
		r.method = str_z(row->method);
		r.purpose = str_z(row->purpose);
		r.age = row->age;
		assert_int_equal(agent_of(&r, NULL), row->want);
		assert_int_equal(agent_is_machine(row->want), row->want != AGENT_PERSON);
	}
	/* A proxy's early visit is a machine's as well. */
	r = (struct agent_request){ STR_LIT("GET"), STR_LIT("GoogleImageProxy"), STR_NONE,
		false, 1 };
	assert_int_equal(agent_of(&r, NULL), AGENT_SCANNER);
	assert_false(agent_is_machine(AGENT_PROXY));
}

static const struct {
	const char *name;
	size_t n;
	struct agent_hit hits[8];
	uint64_t want;
} bursts[] = {
	{ "none", 0, { { 0, 0 } }, 0 },
	{ "four", 4, { { 0, 7 }, { 1, 8 }, { 2, 9 }, { 3, 5 } }, 15 },
	{ "four, any order", 4, { { 9, 0 }, { 1, 1 }, { 5, 2 }, { 2 * SECOND, 3 } }, 15 },
	{ "four, slowly", 4, { { 0, 0 }, { 1, 1 }, { 5, 2 }, { 2 * SECOND + 1, 3 } }, 0 },
	{ "three", 3, { { 0, 7 }, { 1, 8 }, { 2, 9 } }, 0 },
	{ "one link often", 5, { { 0, 7 }, { 1, 7 }, { 2, 7 }, { 3, 7 }, { 4, 7 } }, 0 },
	{ "a person before and after", 6,
		{ { 0, 1 }, { 9 * SECOND, 0 }, { 9 * SECOND, 1 }, { 9 * SECOND, 2 },
			{ 9 * SECOND, 3 }, { 60 * SECOND, 1 } },
		0x1e },
	{ "far times", 4,
		{ { INT64_MIN, 0 }, { INT64_MIN + 1, 1 }, { INT64_MIN, 2 }, { INT64_MIN, 3 } },
		15 },
};

static void
burst(void **state)
{
	(void)state;
	TEST_EACH(row, bursts)
	assert_int_equal(agent_burst(row->hits, row->n), row->want);
}

/* Each row of the table stands in the page that tells of it. */
static void
page(void **state)
{
	static const struct {
		const char *name;
	} rows[] = {
#define ROW(text, where, kind, which, who) { text },
		AGENT_TABLE(ROW)
#undef ROW
	};
	const char *root = getenv("FACTEUR_SOURCE");
	char path[512];
	struct buf b;
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/docs/reference/tracking.md", root ? root : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	buf_init(&b, 1 << 17);
	buf_added(&b, fread(buf_room(&b, 1 << 16), 1, 1 << 16, f));
	fclose(f);
	TEST_EACH(row, rows)
	{
		char code[64];

		snprintf(code, sizeof code, "`%s`", row->name);
		assert_true(str_find_str(buf_str(&b), str_z(code)) < b.n);
		for (const char *c = row->name; *c; c++)
			assert_true(*c == ascii_lower(*c));
	}
	buf_done(&b);
}

TEST_MAIN(TEST(names), TEST(ways), TEST(burst), TEST(page))
