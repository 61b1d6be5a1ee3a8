/* Requests for links, pixels and unsubscribe pages: what is answered, what the engine hears. */
#include "role/edge_api_scene.h"

#include "base/text.h"
#include "ledger/fact.h"
#include "wire/track_token.h"

#define URL     "https://shop.test/a/page?of=ours&n=1"
#define ADDRESS "ann@else.test"
#define FIREFOX "User-Agent: Mozilla/5.0 (X11; Linux) Firefox/128\r\n"
#define AGED    600 /* s: nobody takes the reader for a scanner by his haste */
#define CLICK   "List-Unsubscribe=One-Click"
#define URLCODE "Content-Type: application/x-www-form-urlencoded\r\n"
#define MESSAGE 1000
#define INDEX   4

static void
consent(struct config *c)
{
	c->tracking.url = STR_LIT("https://t.test");
	c->tracking.consent_assumed = true;
}

static struct scene *
open_scene(void)
{
	struct scene *sc = scene_new(consent);

	assert_true(sc->edge->up);
	return sc;
}

static uint32_t
seconds_ago(struct scene *sc, uint32_t s)
{
	return (uint32_t)(loop_wall(sc->loop) / 1000000) - s;
}

static struct track_token
token(struct scene *sc, enum track_token_kind kind)
{
	return (struct track_token){ .kind = (uint8_t)kind,
		.flags = TRACK_TOKEN_CONSENT,
		.stream = 1,
		.index = INDEX,
		.tenant = 7,
		.accepted = seconds_ago(sc, AGED),
		.message = MESSAGE,
		.text = kind == TRACK_TOKEN_CLICK         ? STR_LIT(URL)
		        : kind == TRACK_TOKEN_UNSUBSCRIBE ? STR_LIT(ADDRESS)
		                                          : STR_NONE };
}

/* "/c/TOKEN/x" into dst. */
static const char *
path_by(char dst[3000], char letter, const struct track_token_box *box,
	const struct track_token *t)
{
	struct buf b;

	buf_init(&b, TRACK_TOKEN_ROOM);
	assert_int_equal(track_token_write(&b, box, t), 0);
	snprintf(dst, 3000, "/%c/%.*s/x", letter, STR_ARG(buf_str(&b)));
	buf_done(&b);
	return dst;
}

static const char *
path(char dst[3000], struct scene *sc, char letter, enum track_token_kind kind)
{
	const struct track_token t = token(sc, kind);

	return path_by(dst, letter, sc->edge->track, &t);
}

static void
ask(struct client *c, const char *method, const char *where, const char *fields)
{
	char head[4000];

	snprintf(head, sizeof head, "%s %s HTTP/1.1\r\n" HOST "%s\r\n", method, where, fields);
	c->head = strcmp(method, "HEAD") == 0;
	say(c, head);
}

static const struct answer *
get(struct client *c, const char *where)
{
	ask(c, "GET", where, FIREFOX);
	return hear(c);
}

static void
wait_signals(struct scene *sc, unsigned n)
{
	for (int i = 0; i < 20000 && sc->signals < n; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(sc->signals, n);
}

static bool
has(const struct answer *a, const char *line)
{
	return a && strstr(a->head, line) != NULL;
}

static uint64_t
lost(const struct edge *e)
{
	uint64_t n = 0;

	for (size_t i = 0; i < e->ncounts; i++)
		if (e->counts[i].what == COUNT_SIGNALS_LOST)
			n += e->counts[i].value;
	return n;
}

static void
expect_page(const struct answer *a, int status, const char *inside)
{
	expect_status(a, status, inside);
	assert_true(has(a, "Content-Type: text/html; charset=utf-8\r\n"));
	assert_true(has(a, "Content-Security-Policy: default-src 'none'"));
	assert_null(strstr(a->body, ADDRESS)); /* it may have been passed on */
}

/* What is asked for, and what a person's or a machine's request tells. */
static void
test_requests(void **state)
{
	static const struct {
		const char *name, *method;
		char letter;
		const char *fields;
		unsigned flags;
		uint32_t age;
		int status;
		bool told, robot;
	} table[] = {
		{ "click", "GET", 'c', FIREFOX, 1, AGED, 302, true, false },
		{ "open", "GET", 'o', FIREFOX, 1, AGED, 200, true, false },
		{ "a link of years ago", "GET", 'c', FIREFOX, 1, 400000000, 302, true, false },
		{ "click without consent", "GET", 'c', FIREFOX, 0, AGED, 302, false, false },
		{ "open without consent", "GET", 'o', FIREFOX, 0, AGED, 200, false, false },
		{ "HEAD of a link", "HEAD", 'c', FIREFOX, 1, AGED, 302, true, true },
		{ "HEAD of a pixel", "HEAD", 'o', FIREFOX, 1, AGED, 200, true, true },
		{ "POST to a link", "POST", 'c', FIREFOX, 1, AGED, 302, true, true },
		{ "a robot's name", "GET", 'c', "User-Agent: Googlebot/2.1\r\n", 1, AGED, 302,
			true, true },
		{ "no name", "GET", 'c', "", 1, AGED, 302, true, true },
		{ "fetched ahead", "GET", 'c', FIREFOX "Sec-Purpose: prefetch\r\n", 1, AGED,
			302, true, true },
		{ "fetched ahead, of old", "GET", 'c', FIREFOX "X-Moz: prefetch\r\n", 1, AGED,
			302, true, true },
		{ "at once", "GET", 'c', FIREFOX, 1, 0, 302, true, true },
	};
	struct scene *sc = open_scene();
	struct client c;
	unsigned told = 0;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	TEST_EACH(row, table)
	{
		bool click = row->letter == 'c';
		struct track_token t = token(sc, click ? TRACK_TOKEN_CLICK : TRACK_TOKEN_OPEN);
		const struct answer *a;
		char where[3000];

		t.flags = (uint8_t)row->flags;
		t.accepted = seconds_ago(sc, row->age);
		ask(&c, row->method, path_by(where, row->letter, sc->edge->track, &t),
			row->fields);
		a = hear(&c);
		assert_int_equal(a->status, row->status);
		assert_int_equal(has(a, "\r\nLocation: " URL "\r\n"), click);
		assert_int_equal(has(a, "\r\nContent-Type: image/gif\r\n"), !click);
		assert_true(has(a, "\r\nCache-Control: no-store\r\n"));
		assert_true(has(a, "\r\nReferrer-Policy: no-referrer\r\n"));
		told += row->told;
		wait_signals(sc, told);
		if (!row->told)
			continue;
		assert_int_equal(sc->signal.kind, click ? FACT_CLICKED : FACT_OPENED);
		assert_int_equal(sc->signal.robot, row->robot);
		assert_int_equal(sc->signal.accepted, (int64_t)t.accepted * 1000000);
	}
	steps(sc, 20);
	assert_int_equal(sc->signals, told);
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* All that a fact of it needs comes with the signal. */
static void
test_told(void **state)
{
	struct scene *sc = open_scene();
	char where[3000];
	struct client c;
	int64_t now = loop_wall(sc->loop);

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	assert_int_equal(get(&c, path(where, sc, 'c', TRACK_TOKEN_CLICK))->status, 302);
	wait_signals(sc, 1);
	assert_int_equal(sc->signal.seq, 0);
	assert_int_equal(sc->signal.tenant, 7);
	assert_int_equal(sc->signal.stream, 1);
	assert_int_equal(sc->signal.message, MESSAGE);
	assert_int_equal(sc->signal.rcpt, MESSAGE + 1 + INDEX);
	assert_true(sc->signal.at >= now && sc->signal.at <= loop_wall(sc->loop));
	assert_str(sc->signal.ip, "127.0.0.1");
	assert_str(sc->signal.agent, "Mozilla/5.0 (X11; Linux) Firefox/128");
	assert_str(sc->signal.url, URL);
	client_close(&c);
	/* Port 80 sends everything else to HTTPS, but a link leads on from there too. */
	client_open(sc, &c, PORT_SHARED);
	assert_true(has(get(&c, where), "\r\nLocation: " URL "\r\n"));
	wait_signals(sc, 2);
	client_close(&c);
	scene_free(sc);
}

static void
expect_nothing(struct client *c, const char *token)
{
	char where[3000];
	const struct answer *a;

	snprintf(where, sizeof where, "/c/%s/x", token);
	a = get(c, where);
	expect_status(a, 404, "This link is not complete.");
	assert_false(has(a, "Location"));
	snprintf(where, sizeof where, "/o/%s/x", token);
	a = get(c, where);
	assert_int_equal(a->status, 200);
	assert_true(has(a, "image/gif"));
	snprintf(where, sizeof where, "/u/%s/x", token);
	expect_page(get(c, where), 404, "</html>");
}

/* One bit wrong anywhere: it leads nowhere, tells nothing, and looks like any other. */
static void
test_one_bit(void **state)
{
	struct scene *sc = open_scene();
	struct track_token t = token(sc, TRACK_TOKEN_CLICK);
	char bytes[TRACK_TOKEN_ROOM], where[3000];
	struct buf text, raw;
	struct client c;
	size_t n;

	(void)state;
	buf_init(&text, TRACK_TOKEN_ROOM);
	buf_init(&raw, TRACK_TOKEN_ROOM);
	assert_int_equal(track_token_write(&text, sc->edge->track, &t), 0);
	assert_int_equal(text_b64url_decode(&raw, buf_str(&text)), 0);
	n = raw.n;
	memcpy(bytes, raw.p, n);
	client_open(sc, &c, PORT_HTTP);
	for (size_t bit = 0; bit < n * 8; bit += 3) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		buf_clear(&text);
		assert_int_equal(text_b64url(&text, str_of(bytes, n)), 0);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		snprintf(where, sizeof where, "/c/%.*s/x", STR_ARG(buf_str(&text)));
		expect_status(get(&c, where), 404, "This link is not complete.");
	}
	snprintf(where, sizeof where, "%.*s", STR_ARG(buf_str(&text)));
	expect_nothing(&c, where);
	steps(sc, 20);
	assert_int_equal(sc->signals, 0);
	client_close(&c);
	buf_done(&text);
	buf_done(&raw);
	scene_free(sc);
}

/* Of another key, by its id or by its bytes; of another kind; no token at all. */
static void
test_strangers(void **state)
{
	struct scene *sc = open_scene();
	struct track_token t = token(sc, TRACK_TOKEN_CLICK);
	struct track_token_key key = { .id = 1 };
	struct track_token_box *box;
	char where[3000];
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	for (uint8_t id = 1; id <= 2; id++) {
		key.id = id;
		memset(key.bytes, id == 1 ? 0x5a : 0, sizeof key.bytes);
		box = track_token_box_new(&key, 1);
		path_by(where, 'c', box, &t);
		where[strlen(where) - 2] = '\0';
		expect_nothing(&c, where + 3);
		track_token_box_free(&box);
	}
	expect_nothing(&c, "A");
	expect_nothing(&c, "%2e%2e");
	expect_nothing(&c, "");
	expect_status(get(&c, path(where, sc, 'c', TRACK_TOKEN_OPEN)), 404, "not complete");
	expect_status(
		get(&c, path(where, sc, 'c', TRACK_TOKEN_UNSUBSCRIBE)), 404, "not complete");
	assert_int_equal(get(&c, path(where, sc, 'o', TRACK_TOKEN_CLICK))->status, 200);
	expect_page(get(&c, path(where, sc, 'u', TRACK_TOKEN_CLICK)), 404, "</html>");
	assert_int_equal(get(&c, path(where, sc, 'x', TRACK_TOKEN_CLICK))->status, 404);
	steps(sc, 20);
	assert_int_equal(sc->signals, 0);
	client_close(&c);
	scene_free(sc);
}

static const struct answer *
post_to(struct client *c, const char *where, const char *fields, const char *body)
{
	char head[4000];

	snprintf(head, sizeof head,
		"POST %s HTTP/1.1\r\n" HOST FIREFOX "%sContent-Length: %zu\r\n\r\n", where,
		fields, strlen(body));
	say(c, head);
	say(c, body);
	return hear(c);
}

/* Who looks does not act; who acts is told when it is recorded. */
static void
test_unsubscribe(void **state)
{
	struct scene *sc = open_scene();
	struct track_token t = token(sc, TRACK_TOKEN_UNSUBSCRIBE);
	char where[3000];
	struct client c;

	(void)state;
	path(where, sc, 'u', TRACK_TOKEN_UNSUBSCRIBE);
	client_open(sc, &c, PORT_HTTP);
	expect_page(get(&c, where), 200, "<form");
	ask(&c, "GET", where, FIREFOX "Accept-Language: fr-FR, en;q=0.5\r\n");
	expect_page(hear(&c), 200, "lang=\"fr\"");
	ask(&c, "HEAD", where, FIREFOX);
	assert_int_equal(hear(&c)->status, 200);
	c.head = false;
	expect_page(post_to(&c, where, URLCODE, "List-Unsubscribe=No"), 200, "<form");
	expect_page(post_to(&c, where, "", CLICK), 200, "<form");
	steps(sc, 20);
	assert_int_equal(sc->signals, 0);
	expect_page(post_to(&c, where, URLCODE, CLICK), 200, "You are unsubscribed");
	assert_int_equal(sc->signals, 1);
	assert_int_equal(sc->signal.kind, FACT_UNSUBSCRIBED);
	assert_true(sc->signal.seq != 0);
	assert_str(sc->signal.address, ADDRESS);
	assert_str(sc->signal.url, "");
	assert_int_equal(sc->signal.rcpt, MESSAGE + 1 + INDEX);
	assert_int_equal(sc->signal.group, 0);
	/* Once more is as the first time: the link tells nobody that it was done. */
	expect_page(get(&c, where), 200, "<form");
	expect_page(post_to(&c, where, URLCODE, CLICK), 200, "You are unsubscribed");
	/* From mail of a group: that one alone. */
	t.group = 70000;
	expect_page(post_to(&c, path_by(where, 'u', sc->edge->track, &t), URLCODE, CLICK), 200,
		"</html>");
	assert_int_equal(sc->signal.group, 70000);
	/* A provider that does it for him is no robot. */
	ask(&c, "POST", where, URLCODE "Content-Length: 26\r\n");
	say(&c, CLICK);
	expect_page(hear(&c), 200, "</html>");
	assert_false(sc->signal.robot);
	assert_str(sc->signal.address, ADDRESS);
	/* An engine that is busy: nobody may think that it is done. */
	sc->refuse = true;
	expect_status(post_to(&c, where, URLCODE, CLICK), 503, "try again");
	sc->refuse = false;
	expect_page(post_to(&c, where, URLCODE, CLICK), 200, "</html>");
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* The page of groups without an engine that tells their names. */
static void
test_groups_later(void **state)
{
	static const uint32_t groups[] = { 70000, 70001 };
	static const struct {
		const char *name, *fields, *body, *want; /* body NULL: GET */
	} rows[] = {
		{ "read", "", NULL, "cannot be shown now; nothing was changed" },
		{ "read in French", "Accept-Language: fr\r\n", NULL, "rien n'a été changé" },
		{ "ticked", URLCODE, "Groups=Leave&group=70001", "could not be recorded now" },
		{ "ticked in French", URLCODE "Accept-Language: fr\r\n",
			"Groups=Leave&group=70001", "pas pu être enregistré" },
	};
	struct scene *sc = open_scene();
	struct track_token t = token(sc, TRACK_TOKEN_CHOICE);
	char where[3000], fields[200];
	struct client c;
	struct buf text;

	(void)state;
	buf_init(&text, TRACK_TOKEN_TEXT_MAX);
	assert_int_equal(track_token_choice_write(&text, groups, 2, STR_LIT(ADDRESS)), 0);
	t.text = buf_str(&text);
	path_by(where, 'u', sc->edge->track, &t);
	buf_done(&text);
	client_open(sc, &c, PORT_HTTP);
	sc->refuse = true;
	TEST_EACH(row, rows)
	{
		snprintf(fields, sizeof fields, FIREFOX "%s", row->fields);
		if (!row->body)
			ask(&c, "GET", where, fields);
		expect_status(row->body ? post_to(&c, where, row->fields, row->body) : hear(&c),
			503, row->want);
	}
	assert_int_equal(sc->signals, 0);
	client_close(&c);
	scene_free(sc);
}

static void
test_long_body(void **state)
{
	struct scene *sc = open_scene();
	char where[3000];
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	ask(&c, "POST", path(where, sc, 'u', TRACK_TOKEN_UNSUBSCRIBE),
		URLCODE "Content-Length: 4097\r\n");
	expect_status(hear(&c), 413, "");
	expect_end(&c);
	assert_int_equal(sc->signals, 0);
	client_close(&c);
	scene_free(sc);
}

/* One connection for many, and a last one that says so. */
static void
test_keep_alive(void **state)
{
	struct scene *sc = open_scene();
	char where[3000];
	struct client c;

	(void)state;
	path(where, sc, 'c', TRACK_TOKEN_CLICK);
	client_open(sc, &c, PORT_HTTP);
	for (unsigned i = 1; i <= 20; i++) {
		assert_true(has(get(&c, where), "\r\nConnection: keep-alive\r\n"));
		wait_signals(sc, i);
	}
	assert_int_equal(sc->edge->nconns, 1);
	ask(&c, "GET", where, FIREFOX "Connection: close\r\n");
	assert_true(has(hear(&c), "\r\nConnection: close\r\n"));
	expect_end(&c);
	wait_signals(sc, 21);
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* Answers come in the order of the requests, also behind one that waits for the engine. */
static void
test_pipelined(void **state)
{
	static const char letters[] = "coucc";
	struct scene *sc = open_scene();
	char where[3000], all[16000] = "";
	struct client c;
	size_t n = 0;

	(void)state;
	for (const char *p = letters; *p; p++) {
		bool unsubscribes = *p == 'u';

		path(where, sc, *p,
			*p == 'c'   ? TRACK_TOKEN_CLICK
			: *p == 'o' ? TRACK_TOKEN_OPEN
				    : TRACK_TOKEN_UNSUBSCRIBE);
		n += (size_t)snprintf(all + n, sizeof all - n,
			"%s %s HTTP/1.1\r\n" HOST FIREFOX "%s\r\n%s",
			unsubscribes ? "POST" : "GET", where,
			unsubscribes ? URLCODE "Content-Length: 26\r\n" : "",
			unsubscribes ? CLICK : "");
		assert_true(n < sizeof all);
	}
	client_open(sc, &c, PORT_HTTP);
	say(&c, all);
	for (const char *p = letters; *p; p++) {
		const struct answer *a = hear(&c);

		assert_int_equal(a->status, *p == 'c' ? 302 : 200);
		assert_int_equal(has(a, "image/gif"), *p == 'o');
		assert_int_equal(has(a, "text/html"), *p == 'u');
	}
	wait_signals(sc, sizeof letters - 1);
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

/* A request in pieces of one byte is the same request. */
static void
test_bytes(void **state)
{
	struct scene *sc = open_scene();
	char where[3000], all[4000];
	struct client c;

	(void)state;
	path(where, sc, 'u', TRACK_TOKEN_UNSUBSCRIBE);
	snprintf(all, sizeof all,
		"POST %s HTTP/1.1\r\n" HOST URLCODE "Content-Length: 26\r\n\r\n" CLICK, where);
	client_open(sc, &c, PORT_HTTP);
	for (const char *p = all; *p; p++) {
		stream_write(c.s, str_of(p, 1));
		steps(sc, 2);
	}
	expect_page(hear(&c), 200, "</html>");
	wait_signals(sc, 1);
	assert_str(sc->signal.address, ADDRESS);
	client_close(&c);
	scene_free(sc);
}

/* No reader waits for the engine; what it was not told is counted. Who unsubscribes is told
 * nothing before the next engine has it. */
static void
test_engine_away(void **state)
{
	struct scene *sc = open_scene();
	char where[3000], head[4000];
	struct client c, u;

	(void)state;
	channel_free(&sc->engine);
	for (int i = 0; i < 2000 && sc->edge->up; i++)
		loop_step(sc->loop, 1000);
	assert_false(sc->edge->up);
	client_open(sc, &c, PORT_HTTP);
	assert_true(has(get(&c, path(where, sc, 'c', TRACK_TOKEN_CLICK)), "Location: " URL));
	assert_int_equal(get(&c, path(where, sc, 'o', TRACK_TOKEN_OPEN))->status, 200);
	assert_int_equal(lost(sc->edge), 2);

	client_open(sc, &u, PORT_HTTP);
	snprintf(head, sizeof head,
		"POST %s HTTP/1.1\r\n" HOST URLCODE "Content-Length: 26\r\n\r\n" CLICK,
		path(where, sc, 'u', TRACK_TOKEN_UNSUBSCRIBE));
	say(&u, head);
	for (int i = 0; i < 2000 && list_empty(&sc->edge->asks); i++)
		loop_step(sc->loop, 1000);
	assert_false(list_empty(&sc->edge->asks));
	steps(sc, 20);
	assert_int_equal(stream_input(u.s).n, 0);
	engine_comes(sc);
	expect_page(hear(&u), 200, "</html>");
	assert_int_equal(sc->signals, 1);
	assert_int_equal(sc->signal.kind, FACT_UNSUBSCRIBED);
	client_close(&u);
	client_close(&c);
	scene_free(sc);
}

/* Who goes before the engine has answered: nothing is left of him. */
static void
test_reader_goes(void **state)
{
	struct scene *sc = open_scene();
	char where[3000], head[4000];
	struct client c;

	(void)state;
	sc->deaf = true;
	client_open(sc, &c, PORT_HTTP);
	snprintf(head, sizeof head,
		"POST %s HTTP/1.1\r\n" HOST URLCODE "Content-Length: 26\r\n\r\n" CLICK,
		path(where, sc, 'u', TRACK_TOKEN_UNSUBSCRIBE));
	say(&c, head);
	wait_signals(sc, 1);
	stream_free(&c.s);
	sc->deaf = false;
	steps(sc, 20);
	ENGINE_SAYS(sc, submitted, .seq = sc->signal.seq, .reply = REPLY(250, 2, 0, 0, "Ok"));
	for (int i = 0; i < 2000 && sc->edge->nconns > 0; i++)
		loop_step(sc->loop, 1000);
	expect_idle(sc);
	scene_free(sc);
}

static void
keys_2_to_3(struct config *c)
{
	consent(c);
	c->tracking.key = 3;
	c->tracking.oldest_key = 2;
}

/* New links name the newest key; older ones work as long as their key is in use. */
static void
test_keys(void **state)
{
	static const struct {
		const char *name;
		uint8_t id;
		int status;
	} table[] = { { "before the oldest", 1, 404 }, { "the oldest", 2, 302 },
		{ "the newest", 3, 302 }, { "to come", 4, 404 } };
	struct scene *sc = scene_new(keys_2_to_3);
	struct track_token t = token(sc, TRACK_TOKEN_CLICK);
	struct client c;
	char where[3000];
	struct buf b;

	(void)state;
	client_open(sc, &c, PORT_HTTP);
	TEST_EACH(row, table)
	{
		struct track_token_key key = { .id = row->id };
		struct track_token_box *box;

		memcpy(key.bytes, sc->env.keys.track[row->id - 1], sizeof key.bytes);
		box = track_token_box_new(&key, 1);
		assert_int_equal(get(&c, path_by(where, 'c', box, &t))->status, row->status);
		track_token_box_free(&box);
	}
	for (int i = 0; i < 2; i++) {
		const struct track_token_box *box =
			i ? sc->edge->track_thread : sc->edge->track;

		buf_init(&b, TRACK_TOKEN_ROOM);
		path_by(where, 'c', box, &t);
		assert_int_equal(text_b64url_decode(&b, str_of(where + 3, 4)), 0);
		assert_int_equal(b.p[0], 3);
		buf_done(&b);
	}
	client_close(&c);
	scene_free(sc);
}

/* An edge that another one takes over from knows no newer key: nobody stays with it. */
static void
test_retired(void **state)
{
	struct scene *sc = open_scene();
	char where[3000], head[4000];
	const struct answer *a;
	struct client c;

	(void)state;
	sc->deaf = true;
	client_open(sc, &c, PORT_HTTP);
	snprintf(head, sizeof head,
		"POST %s HTTP/1.1\r\n" HOST URLCODE "Content-Length: 26\r\n\r\n" CLICK,
		path(where, sc, 'u', TRACK_TOKEN_UNSUBSCRIBE));
	say(&c, head);
	wait_signals(sc, 1);
	edge_retire(sc->edge);
	sc->deaf = false;
	ENGINE_SAYS(sc, submitted, .seq = sc->signal.seq, .reply = REPLY(250, 2, 0, 0, "Ok"));
	a = hear(&c);
	expect_page(a, 200, "</html>");
	assert_true(has(a, "\r\nConnection: close\r\n"));
	client_close(&c);
	scene_free(sc);
}

TEST_MAIN(TEST(test_requests), TEST(test_told), TEST(test_one_bit), TEST(test_strangers),
	TEST(test_unsubscribe), TEST(test_groups_later), TEST(test_long_body),
	TEST(test_keep_alive), TEST(test_pipelined), TEST(test_bytes), TEST(test_engine_away),
	TEST(test_reader_goes), TEST(test_keys), TEST(test_retired))
