/* The accounts' tracking at the edge: defaults of each dialect and of SMTP, where links begin,
 * whose tokens are answered under which Host. */
#include "role/edge_api_scene.h"

#include "wire/track_token.h"

#define LINK "http://a.test/b"
#define MIME                                                                                   \
	"From: a@shop.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; "      \
	"boundary=mm\r\n\r\n--mm\r\n\r\n" LINK " \r\n--mm\r\nContent-Type: "                   \
	"text/html\r\n\r\n<a href='" LINK "'>x</a>\r\n--mm--\r\n"

static void
https(struct config *c)
{
	c->tracking.url = STR_LIT("https://t.test");
	c->tracking.consent_assumed = true;
}

/* The account of all keys of the scene is 7. The last row tells one table from the next. */
static void
tell(struct scene *sc, uint8_t track, const char *url)
{
	static uint32_t table = 100;

	table++;
	ENGINE_SAYS(sc, tracking, .part = TRACKING_FIRST, .tenant = 7, .track = track,
		.url = str_z(url), .host = *url ? STR_LIT("click.shop.test") : STR_NONE);
	ENGINE_SAYS(
		sc, tracking, .tenant = 8, .url = STR_NONE, .host = STR_LIT("click.club.test"));
	ENGINE_SAYS(sc, tracking, .part = TRACKING_LAST, .tenant = table, .track = TRACK_OPENS,
		.url = STR_NONE, .host = STR_NONE);
	for (int i = 0; i < 2000 && !edge_hosts_of(sc->edge->hosts, table).track; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(edge_hosts_of(sc->edge->hosts, 7).track, track);
}

static const struct dialect {
	const char *name, *path, *fields, *plain, *off;
} dialects[] = {
	{ "native", NATIVE, KEY JSON,
		"{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"html\":\"<a href='" LINK
		"'>x</a>\",\"text\":\"" LINK " \"}",
		"{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"html\":\"<a href='" LINK
		"'>x</a>\",\"text\":\"" LINK
		" \",\"track_opens\":false,\"track_clicks\":false}" },
	{ "mailjet", "/v3.1/send", KEY JSON,
		"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},"
		"\"To\":[{\"Email\":\"b@else.test\"}],\"HTMLPart\":\"<a href='" LINK
		"'>x</a>\",\"TextPart\":\"" LINK " \",\"TrackOpens\":\"account_default\"}]}",
		"{\"Messages\":[{\"From\":{\"Email\":\"a@shop.test\"},"
		"\"To\":[{\"Email\":\"b@else.test\"}],\"HTMLPart\":\"<a href='" LINK
		"'>x</a>\",\"TextPart\":\"" LINK
		" \",\"TrackOpens\":\"disabled\",\"TrackClicks\":\"disabled\"}]}" },
	{ "mailjet v3", "/v3/send", KEY JSON,
		"{\"FromEmail\":\"a@shop.test\",\"To\":\"b@else.test\",\"Subject\":\"hi\","
		"\"Html-part\":\"<a href='" LINK "'>x</a>\",\"Text-part\":\"" LINK " \"}",
		"{\"FromEmail\":\"a@shop.test\",\"To\":\"b@else.test\",\"Subject\":\"hi\","
		"\"Html-part\":\"<a href='" LINK "'>x</a>\",\"Text-part\":\"" LINK
		" \",\"Mj-trackopen\":1,\"Mj-trackclick\":1}" },
	{ "sendgrid", "/v3/mail/send", BEARER JSON,
		"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}]}],"
		"\"from\":{\"email\":\"a@shop.test\"},\"subject\":\"hi\",\"content\":[{"
		"\"type\":\"text/plain\",\"value\":\"" LINK
		" \"},{\"type\":\"text/html\",\"value\":\"<a href='" LINK "'>x</a>\"}]}",
		"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}]}],"
		"\"from\":{\"email\":\"a@shop.test\"},\"subject\":\"hi\",\"content\":[{"
		"\"type\":\"text/plain\",\"value\":\"" LINK
		" \"},{\"type\":\"text/html\",\"value\":\"<a href='" LINK
		"'>x</a>\"}],\"tracking_settings\":{\"click_tracking\":{\"enable\":false},"
		"\"open_tracking\":{\"enable\":false}}}" },
	{ "postmark", "/email", TOKEN JSON,
		"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"HtmlBody\":\"<a href='" LINK
		"'>x</a>\",\"TextBody\":\"" LINK " \"}",
		"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"HtmlBody\":\"<a href='" LINK
		"'>x</a>\",\"TextBody\":\"" LINK
		" \",\"TrackOpens\":false,\"TrackLinks\":\"None\"}" },
	{ "mailgun", "/v3/shop.test/messages", KEY FORM,
		FIELD("from") "a@shop.test\r\n" FIELD("to") "b@else.test\r\n" FIELD(
			"html") "<a href='" LINK "'>x</a>\r\n" FIELD("text") LINK
		" \r\n--cut--\r\n",
		FIELD("from") "a@shop.test\r\n" FIELD("to") "b@else.test\r\n" FIELD(
			"html") "<a href='" LINK
				"'>x</a>\r\n" FIELD("o:tracking") "no\r\n" FIELD("text") LINK
		" \r\n--cut--\r\n" },
	{ "mailgun, MIME", "/v3/shop.test/messages.mime", KEY FORM,
		FIELD("to") "b@else.test\r\n" FIELD("message") MIME "\r\n--cut--\r\n",
		FIELD("to") "b@else.test\r\n" FIELD("o:tracking") "no\r\n" FIELD("message") MIME
		"\r\n--cut--\r\n" },
};

/* What of the message is tracked: TRACK_OPENS, TRACK_HTML, TRACK_TEXT; its links begin with
 * `begin`. */
static unsigned
tracked(struct str all, const char *begin)
{
	char html[100], text[100], image[100];
	unsigned is;

	snprintf(html, sizeof html, "<a href='%s/c/", begin);
	snprintf(text, sizeof text, "\n%s/c/", begin);
	snprintf(image, sizeof image, "<img src=\"%s/o/", begin);
	is = (holds(all, html) ? TRACK_HTML : 0) | (holds(all, text) ? TRACK_TEXT : 0) |
	     (holds(all, image) ? TRACK_OPENS : 0);
	assert_int_equal(holds(all, "<a href='" LINK), !(is & TRACK_HTML));
	assert_int_equal(holds(all, "\n" LINK), !(is & TRACK_TEXT));
	return is;
}

static void
test_defaults(void **state)
{
	static const uint8_t tracks[] = { 0, TRACK_OPENS, TRACK_HTML, TRACK_TEXT,
		TRACK_HTML | TRACK_TEXT, TRACK_OPENS | TRACK_HTML | TRACK_TEXT };
	struct scene *sc = scene_new(https);
	char text[16384];

	(void)state;
	TEST_EACH(row, dialects)
	for (size_t i = 0; i < sizeof tracks; i++) {
		uint8_t t = tracks[i];
		bool own = i % 2;
		const char *begin = own ? "https://click.shop.test:8443" : "https://t.test";
		unsigned bits = (t & TRACK_OPENS ? TRACK_OPENS : 0) |
		                (t & (TRACK_HTML | TRACK_TEXT) ? TRACK_CLICKS : 0);

		tell(sc, t, own ? begin : "");
		assert_int_equal(call(sc, row->path, row->fields, row->plain)->status / 100, 2);
		assert_int_equal(
			tracked(stored(sc, &sc->letters[0], text, sizeof text), begin), t);
		assert_int_equal(extra_of(&sc->letters[0]).track, bits);
		assert_int_equal(call(sc, row->path, row->fields, row->off)->status / 100, 2);
		assert_int_equal(
			tracked(stored(sc, &sc->letters[0], text, sizeof text), begin), 0);
		assert_int_equal(extra_of(&sc->letters[0]).track, 0);
	}
	expect_idle(sc);
	scene_free(sc);
}

/* The message asks for more than the account. */
static void
test_own_word(void **state)
{
	struct scene *sc = scene_new(https);
	char text[16384];

	(void)state;
	tell(sc, TRACK_HTML, "");
	expect_status(call(sc, NATIVE, KEY JSON,
			      "{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"html\":\"<a "
			      "href='" LINK "'>x</a>\",\"text\":\"" LINK
			      " \",\"track_opens\":true,\"track_clicks\":true}"),
		202, "msg_");
	assert_int_equal(
		tracked(stored(sc, &sc->letters[0], text, sizeof text), "https://t.test"),
		TRACK_OPENS | TRACK_HTML | TRACK_TEXT);
	scene_free(sc);
}

/* Defaults decide how many ids a call takes. */
static void
test_idempotency(void **state)
{
	static const char two[] = "{\"from\":\"a@shop.test\",\"to\":[\"b@else.test\","
				  "\"c@else.test\"],\"text\":\"" LINK " \"}";
	static const char fields[] = KEY JSON "Idempotency-Key: k1\r\n";
	struct scene *sc = scene_new(https);
	uint8_t idem[3][72];

	(void)state;
	for (int i = 0; i < 3; i++) {
		tell(sc, i == 2 ? TRACK_TEXT : 0, i == 1 ? "https://click.shop.test" : "");
		expect_status(call(sc, NATIVE, fields, two), 202, "msg_");
		assert_int_equal(sc->nletters, i == 2 ? 2 : 1);
		struct msg_extra x = extra_of(&sc->letters[sc->nletters - 1]);

		assert_int_equal(x.idem.n, sizeof idem[i]);
		if (x.idem.p)
			memcpy(idem[i], x.idem.p, sizeof idem[i]);
	}
	/* The key is the same one; where links begin does not matter, what is tracked does. */
	assert_memory_equal(idem[1], idem[0], 64);
	assert_memory_equal(idem[2], idem[0], 32);
	assert_memory_not_equal(idem[2] + 32, idem[0] + 32, 32);
	scene_free(sc);
}

static void
test_smtp(void **state)
{
	static const struct {
		const char *name, *field;
		uint8_t track;
		unsigned is;
	} table[] = {
		{ "default", "", TRACK_OPENS | TRACK_HTML | TRACK_TEXT,
			TRACK_OPENS | TRACK_HTML | TRACK_TEXT },
		{ "text", "", TRACK_TEXT, TRACK_TEXT },
		{ "own word", "X-PM-Track-Opens: false\r\nX-PM-TrackLinks: None\r\n",
			TRACK_OPENS | TRACK_HTML, 0 },
		{ "own word for links", "X-PM-TrackLinks: TextOnly\r\n",
			TRACK_OPENS | TRACK_HTML, TRACK_OPENS | TRACK_TEXT },
		{ "no default", "", 0, 0 },
	};
	struct scene *sc = scene_new(https);
	char text[16384];
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	talk(&c, "AUTH PLAIN AHUAcA==\r\n", "235 ");
	TEST_EACH(row, table)
	{
		tell(sc, row->track, "https://click.shop.test");
		talk(&c, "MAIL FROM:<a@shop.test>\r\n", "250 ");
		talk(&c, "RCPT TO:<b@else.test>\r\n", "250 ");
		talk(&c, "DATA\r\n", "354 ");
		say(&c, row->field);
		talk(&c, MIME "\r\n.\r\n", "250 2.0.0 Ok: queued");
		sc->letters[0] = sc->last;
		assert_int_equal(tracked(stored(sc, &sc->letters[0], text, sizeof text),
					 "https://click.shop.test"),
			row->is);
	}
	client_close(&c);
	scene_free(sc);
}

/* A request for a token of an account under a Host; the status. */
static int
get(struct scene *sc, char kind, uint32_t tenant, const char *host)
{
	static const struct {
		char kind;
		enum track_token_kind token;
	} kinds[] = { { 'o', TRACK_TOKEN_OPEN }, { 'c', TRACK_TOKEN_CLICK },
		{ 'u', TRACK_TOKEN_UNSUBSCRIBE } };
	struct track_token t = { .flags = TRACK_TOKEN_CONSENT,
		.tenant = tenant,
		.message = 1000,
		.text = kind == 'u'   ? STR_LIT("b@else.test")
		        : kind == 'c' ? STR_LIT(LINK)
		                      : STR_NONE };
	char text[2000];
	struct client c;
	struct buf b;
	int status;

	for (size_t i = 0; i < 3; i++)
		if (kinds[i].kind == kind)
			t.kind = (uint8_t)kinds[i].token;
	buf_init(&b, 1000);
	assert_int_equal(track_token_write(&b, sc->edge->track, &t), 0);
	snprintf(text, sizeof text, "GET /%c/%.*s/x HTTP/1.1\r\nHost: %s\r\n\r\n", kind,
		STR_ARG(buf_str(&b)), host);
	buf_done(&b);
	client_open(sc, &c, PORT_HTTP);
	say(&c, text);
	status = hear(&c)->status;
	client_close(&c);
	return status;
}

static void
test_hosts(void **state)
{
	static const struct {
		const char *name, *host;
		uint32_t tenant;
		bool yes;
	} table[] = {
		{ "its own", "click.shop.test", 7, true },
		{ "its own, with a port", "Click.Shop.Test:8443", 7, true },
		{ "another's token", "click.shop.test", 8, false },
		{ "nobody's", "click.shop.test", 9, false },
		{ "under another's", "click.club.test", 7, false },
		{ "the service's", "t.test", 7, true },
		{ "the service's, another's token", "t.test", 8, true },
		{ "no name of ours", "x.test", 8, true },
	};
	struct scene *sc = scene_new(https);

	(void)state;
	tell(sc, 0, "https://click.shop.test");
	TEST_EACH(row, table)
	{
		unsigned before = sc->signals;

		assert_int_equal(get(sc, 'c', row->tenant, row->host), row->yes ? 302 : 404);
		/* The image is shown to everybody and tells nothing. */
		assert_int_equal(get(sc, 'o', row->tenant, row->host), 200);
		assert_int_equal(get(sc, 'u', row->tenant, row->host), row->yes ? 200 : 404);
		steps(sc, 20);
		assert_int_equal(sc->signals - before, row->yes ? 2 : 0);
	}
	scene_free(sc);
}

/* What is in force stays so while an engine restarts; the next one may have nothing to tell. */
static void
test_engine_dies(void **state)
{
	struct scene *sc = scene_new(https);

	(void)state;
	tell(sc, 0, "https://click.shop.test");
	channel_free(&sc->engine);
	for (int i = 0; i < 2000 && sc->edge->up; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(get(sc, 'c', 8, "click.shop.test"), 404);
	engine_comes(sc);
	for (int i = 0; i < 2000 && !sc->edge->up; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(get(sc, 'c', 8, "click.shop.test"), 302);
	scene_free(sc);
}

static uint32_t
group_in(const struct msg_submit *m)
{
	struct msg_extra x = extra_of(m);
	struct msg_more more = { 0 };

	if (x.more.n)
		assert_int_equal(msg_more_read(NULL, x.more, &more), 0);
	return more.group;
}

/* That of the page that unsubscribes; UINT32_MAX: there is none. */
static uint32_t
group_left(struct scene *sc, struct str all)
{
	static const char before[] = "List-Unsubscribe: <https://t.test/u/";
	size_t at = str_find_str(all, str_z(before));
	struct str text = str_from(all, at + sizeof before - 1);
	struct track_token t = { 0 };
	struct buf scratch;

	if (at == all.n)
		return UINT32_MAX;
	buf_init(&scratch, TRACK_TOKEN_ROOM);
	assert_int_equal(track_token_read(sc->edge->track, str_head(text, str_find(text, '/')),
				 &scratch, &t),
		0);
	buf_done(&scratch);
	return t.group;
}

/* Mail of a group can be left on any stream, and says which group. */
static void
test_group(void **state)
{
#define TO_ONE "{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"text\":\"x\""
#define SENDGRID_ONE                                                                           \
	"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}]}],"                      \
	"\"from\":{\"email\":\"a@shop.test\"},\"subject\":\"hi\",\"content\":[{"               \
	"\"type\":\"text/plain\",\"value\":\"x\"}]"
	static const struct {
		const char *name, *path, *fields, *body;
		uint32_t group, left;
	} table[] = {
		{ "native", NATIVE, KEY JSON, TO_ONE ",\"group\":70000}", 70000, 70000 },
		{ "native, none", NATIVE, KEY JSON, TO_ONE "}", 0, UINT32_MAX },
		{ "native, wanted", NATIVE, KEY JSON, TO_ONE ",\"unsubscribe\":true}", 0, 0 },
		{ "native, not wanted", NATIVE, KEY JSON,
			TO_ONE ",\"group\":7,\"unsubscribe\":false}", 7, UINT32_MAX },
		{ "sendgrid", "/v3/mail/send", BEARER JSON,
			SENDGRID_ONE ",\"asm\":{\"group_id\":7}}", 7, 7 },
	};
	struct scene *sc = scene_new(https);
	char text[16384];

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(call(sc, row->path, row->fields, row->body)->status, 202);
		assert_int_equal(group_in(&sc->letters[0]), row->group);
		assert_int_equal(group_left(sc, stored(sc, &sc->letters[0], text, sizeof text)),
			row->left);
	}
	/* Each recipient has his own. */
	assert_int_equal(call(sc, NATIVE, KEY JSON,
				 "{\"from\":\"a@shop.test\",\"to\":[\"b@else.test\","
				 "\"c@else.test\"],\"text\":\"x\",\"group\":7}")
				 ->status,
		202);
	assert_int_equal(sc->nletters, 2);
	assert_int_equal(group_in(&sc->letters[1]), 7);
	assert_int_equal(group_left(sc, stored(sc, &sc->letters[1], text, sizeof text)), 7);
	sc->said.reply = REPLY(MSG_NO_GROUP, 5, 7, 1, "There is no such group");
	expect_status(call(sc, NATIVE, KEY JSON, TO_ONE ",\"group\":7}"), 422,
		"\"pointer\":\"/group\"");
	expect_status(call(sc, "/v3/mail/send", BEARER JSON,
			      SENDGRID_ONE ",\"asm\":{\"group_id\":7}}"),
		400, "\"field\":\"asm.group_id\"");
	expect_idle(sc);
	scene_free(sc);
}

#define PEOPLE(more)                                                                           \
	"{\"personalizations\":[{\"to\":[{\"email\":\"b@else.test\"}," more "]}],"             \
	"\"from\":{\"email\":\"a@shop.test\"},\"subject\":\"hi\",\"content\":[{\"type\":"      \
	"\"text/plain\",\"value\":\"" LINK "#x [o] \"},{\"type\":\"text/html\",\"value\":"     \
	"\"[o]<a href='" LINK "'>x</a>[o]\"}],\"tracking_settings\":{"
#define TAGS "\"ganalytics\":{\"enable\":true,\"utm_source\":\"a b\"}"

/* Links with tags, for all in one message; with a link of his own to unsubscribe, one each. */
static void
test_placed(void **state)
{
	struct scene *sc = scene_new(https);
	char body[2048], text[16384];
	struct str all;

	(void)state;
	snprintf(body, sizeof body, "%s" TAGS "}}", PEOPLE("{\"email\":\"c@else.test\"}"));
	expect_status(call(sc, "/v3/mail/send", BEARER JSON, body), 202, "");
	assert_int_equal(sc->nletters, 1);
	all = stored(sc, &sc->letters[0], text, sizeof text);
	assert_true(holds(all, "<a href='" LINK "?utm_source=a%20b'>x</a>"));
	assert_true(holds(all, "\n" LINK "?utm_source=a%20b#x [o]"));
	snprintf(body, sizeof body,
		"%s" TAGS ",\"subscription_tracking\":{\"enable\":true},\"open_tracking\":{"
		"\"enable\":true,\"substitution_tag\":\"[o]\"}}}",
		PEOPLE("{\"email\":\"c@else.test\"}"));
	expect_status(call(sc, "/v3/mail/send", BEARER JSON, body), 202, "");
	assert_int_equal(sc->nletters, 2);
	for (size_t i = 0; i < 2; i++) {
		all = stored(sc, &sc->letters[i], text, sizeof text);
		assert_true(holds(all, "<img src=\"https://t.test/o/"));
		assert_true(holds(all, "\"><a href='" LINK "?utm_source=a%20b'>x</a><p><a "
				       "href=\"https://t.test/u/"));
		assert_true(holds(all, "Se d=C3=A9sinscrire: https://t.test/u/") ||
			    holds(all, "Se désinscrire: https://t.test/u/"));
		assert_true(holds(all, "\r\nList-Unsubscribe: "));
		assert_false(holds(all, "[o]"));
		assert_false(holds(all, "unsubscribe.invalid"));
	}
	scene_free(sc);
}

TEST_MAIN(TEST(test_defaults), TEST(test_own_word), TEST(test_group), TEST(test_idempotency),
	TEST(test_smtp), TEST(test_hosts), TEST(test_engine_dies), TEST(test_placed))
