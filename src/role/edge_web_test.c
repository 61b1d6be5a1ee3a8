/* Messages shown as pages: what is asked of desk, which is played by the test, and what is
 * answered. */
#include "role/edge_api_scene.h"

#include "role/edge_web.h"

#define MESSAGE 1000
#define HTML    "<p>caf\303\251</p><script>1</script>"
#define FIELDS  "MIME-Version: 1.0\r\nFrom: boss@shop.test\r\nTo: ann@else.test\r\n"
#define PLAIN   FIELDS "Content-Type: text/plain; charset=utf-8\r\n\r\nonly words\r\n"
#define LATIN                                                                                  \
	FIELDS "Content-Type: text/html; charset=iso-8859-1\r\n"                               \
	       "Content-Transfer-Encoding: quoted-printable\r\n\r\n"                           \
	       "<p>caf=E9</p><script>1</script>\r\n"
#define BOTH                                                                                   \
	FIELDS "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n"   \
	       "--b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--b--\r\n"
#define SIGNED                                                                                 \
	FIELDS "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"

static struct {
	struct channel *channel;
	enum web_is is;
	struct str bytes;
	bool cut, deaf;
	unsigned asks;
	struct msg_web last;
} desk;

static void
desk_says(uint64_t seq)
{
	const struct msg_webbed m = { .seq = seq,
		.is = (uint8_t)desk.is,
		.whole = !desk.cut,
		.bytes = desk.is == WEB_IS_HERE ? desk.bytes : STR_NONE };
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_webbed_write(&b, &m), 0);
	channel_force(desk.channel, MSG_webbed, buf_str(&b));
	buf_done(&b);
}

static void
desk_hears(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	assert_int_equal(type, MSG_web);
	assert_int_equal(msg_web_read(NULL, payload, &desk.last), 0);
	desk.asks++;
	if (!desk.deaf)
		desk_says(desk.last.seq);
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

static struct scene *
up(bool one)
{
	struct scene *sc = scene_make(NULL, one);

	memset(&desk, 0, sizeof desk);
	desk.is = WEB_IS_HERE;
	desk.bytes = STR_LIT(LATIN);
	desk_comes(sc);
	return sc;
}

static void
down(struct scene *sc)
{
	expect_idle(sc);
	assert_int_equal(sc->edge->nwebs, 0);
	assert_int_equal(sc->edge->memory, 0);
	channel_free(&desk.channel);
	scene_free(sc);
}

static struct track_token
token(struct scene *sc, uint32_t age, uint8_t flags)
{
	return (struct track_token){ .kind = TRACK_TOKEN_WEB,
		.flags = flags,
		.stream = 1,
		.tenant = 7,
		.accepted = (uint32_t)(loop_wall(sc->loop) / 1000000) - age,
		.message = MESSAGE,
		.text = STR_NONE };
}

static void
put_token(struct scene *sc, struct buf *b, const struct track_token *t)
{
	assert_int_equal(track_token_write(b, sc->edge->track, t), 0);
}

static void
ask_as(struct client *c, const char *method, uint32_t age, uint8_t flags, const char *fields)
{
	struct track_token t = token(c->scene, age, flags);
	struct buf b;

	c->head = strcmp(method, "HEAD") == 0;
	buf_init(&b, 4096);
	buf_printf(&b, "%s /w/", method);
	put_token(c->scene, &b, &t);
	buf_printf(&b, "/x HTTP/1.1\r\n" HOST "%s\r\n", fields);
	buf_put_c(&b, '\0');
	say(c, b.p);
	buf_done(&b);
}

static void
expect_safe(const struct answer *a)
{
	static const char *const fields[] = {
		"\r\nContent-Security-Policy: sandbox allow-popups ",
		"; default-src 'none'; ",
		"; form-action 'none'; base-uri 'none'; frame-ancestors 'none'\r\n",
		"\r\nReferrer-Policy: no-referrer\r\n",
		"\r\nX-Robots-Tag: noindex, ",
		"\r\nX-Content-Type-Options: nosniff\r\n",
		"\r\nCache-Control: no-store\r\n",
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		assert_non_null(strstr(a->head, fields[i]));
	assert_null(strstr(a->head, "script-src"));
	assert_null(strstr(a->body, "else.test"));
	assert_null(strstr(a->body, "boss@"));
}

static const struct {
	const char *name, *method;
	struct str bytes;
	enum web_is is;
	bool cut;
	uint32_t age;
	const char *fields;
	int status;
	const char *type, *inside;
} table[] = {
	{ "its HTML, as UTF-8", "GET", STR_LIT(LATIN), WEB_IS_HERE, false, 9, "", 200,
		"text/html; charset=utf-8", HTML },
	{ "HTML before text", "GET", STR_LIT(BOTH), WEB_IS_HERE, false, 9, "", 200, "text/html",
		"<p>html</p>" },
	{ "text alone", "GET", STR_LIT(PLAIN), WEB_IS_HERE, false, 9, "", 200,
		"text/plain; charset=utf-8", "only words" },
	{ "HEAD", "HEAD", STR_LIT(LATIN), WEB_IS_HERE, false, 9, "", 200, "text/html", "" },
	{ "signed", "GET", STR_LIT(SIGNED), WEB_IS_HERE, false, 9, "", 404, "text/html",
		"cannot be shown here" },
	{ "its end is missing", "GET", STR_LIT(LATIN), WEB_IS_HERE, true, 9, "", 404,
		"text/html", "cannot be shown here" },
	{ "the end of something else is missing", "GET", STR_LIT(BOTH "--b\r\n\r\nx"),
		WEB_IS_HERE, true, 9, "", 200, "text/html", "<p>html</p>" },
	{ "kept no more", "GET", STR_LIT(""), WEB_IS_GONE, false, 600, "", 410, "text/html",
		"no longer kept" },
	{ "in French", "GET", STR_LIT(""), WEB_IS_GONE, false, 600,
		"Accept-Language: fr-CA, en;q=0.1\r\n", 410, "text/html", "lang=\"fr\"" },
	{ "not known yet", "GET", STR_LIT(""), WEB_IS_GONE, false, 9, "", 503, "text/html",
		"try again in a minute" },
	{ "desk is busy", "GET", STR_LIT(""), WEB_IS_LATER, false, 600, "", 503, "text/html",
		"try again in a minute" },
};

static void
pages(bool one)
{
	struct scene *sc = up(one);
	struct client c;

	client_open(sc, &c, PORT_HTTP);
	TEST_EACH(row, table)
	{
		char type[80];
		const struct answer *a;

		desk.bytes = row->bytes;
		desk.is = row->is;
		desk.cut = row->cut;
		ask_as(&c, row->method, row->age, TRACK_TOKEN_CONSENT, row->fields);
		a = hear(&c);
		expect_status(a, row->status, row->inside);
		snprintf(type, sizeof type, "\r\nContent-Type: %s", row->type);
		assert_non_null(strstr(a->head, type));
		expect_safe(a);
		assert_int_equal(desk.last.tenant, 7);
		assert_int_equal(desk.last.rcpt, MESSAGE + 1);
	}
	assert_int_equal(sc->signals, 0);
	client_close(&c);
	down(sc);
}

static void
test_pages(void **state)
{
	(void)state;
	pages(true);
	pages(false);
}

/* What asks nobody: other methods, other tokens, another account's host. */
static void
test_refused(void **state)
{
	struct scene *sc = up(true);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	ask_as(&c, "POST", 9, 0, "Content-Length: 0\r\n");
	expect_status(hear(&c), 405, "Only GET and HEAD");
	say(&c, "GET /w/AAAA/x HTTP/1.1\r\n" HOST "\r\n");
	expect_status(hear(&c), 404, "This link is not valid");
	say(&c, "GET /w/x HTTP/1.1\r\n" HOST "Accept-Language: fr\r\n\r\n");
	expect_status(hear(&c), 404, "Ce lien n'est pas valable");
	ENGINE_SAYS(sc, tracking, .part = TRACKING_FIRST | TRACKING_LAST, .tenant = 8,
		.url = STR_LIT("https://api.test"), .host = STR_LIT("api.test"));
	steps(sc, 20);
	ask_as(&c, "GET", 9, 0, "");
	expect_status(hear(&c), 404, "This link is not valid");
	assert_int_equal(desk.asks, 0);
	client_close(&c);
	down(sc);
}

/* Others than the recipient are shown none of his tokens. */
static void
test_shared(void **state)
{
	struct scene *sc = up(true);
	struct track_token leave = token(sc, 9, TRACK_TOKEN_CONSENT);
	struct client c;
	struct buf mail, own;

	(void)state;
	leave.kind = TRACK_TOKEN_UNSUBSCRIBE;
	leave.text = STR_LIT("ann@else.test");
	buf_init(&mail, 65536);
	buf_init(&own, 4096);
	put_token(sc, &own, &leave);
	buf_printf(&mail,
		FIELDS "Content-Type: text/html\r\n\r\n<a href=https://t.test/u/%.*s/x>",
		STR_ARG(buf_str(&own)));
	desk.bytes = buf_str(&mail);
	buf_put_c(&own, '\0');
	client_open(sc, &c, PORT_HTTP);
	ask_as(&c, "GET", 9, 0, "");
	expect_status(hear(&c), 200, own.p);
	ask_as(&c, "GET", 9, TRACK_TOKEN_SHARED, "");
	expect_status(hear(&c), 200, "<a href=https://t.test/u/-/x>");
	client_close(&c);
	buf_done(&mail);
	buf_done(&own);
	down(sc);
}

/* Nobody waits for ever: desk says nothing, goes away, is not there; the client leaves. */
static void
test_waits(void **state)
{
	struct scene *sc = up(false);
	struct client c, d;

	(void)state;
	desk.deaf = true;
	client_open(sc, &c, PORT_HTTP);
	client_open(sc, &d, PORT_HTTP);
	ask_as(&c, "GET", 9, 0, "");
	ask_as(&d, "GET", 9, 0, "");
	for (int i = 0; i < 20000 && desk.asks < 2; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(sc->edge->nwebs, 2);
	edge_conn_end(LIST_OF(sc->edge->conns.next, struct edge_conn, link));
	assert_int_equal(sc->edge->nwebs, 1);
	desk_says(desk.last.seq + 7); /* an answer to nobody */
	channel_free(&desk.channel);
	for (int i = 0; i < 20000 && !c.eof && !d.eof; i++)
		loop_step(sc->loop, 1000);
	expect_status(hear(c.eof ? &d : &c), 503, "try again");
	ask_as(c.eof ? &d : &c, "GET", 9, 0, "");
	expect_status(hear(c.eof ? &d : &c), 503, "try again");
	client_close(&c);
	client_close(&d);
	down(sc);
}

TEST_MAIN(TEST(test_pages), TEST(test_refused), TEST(test_shared), TEST(test_waits))
