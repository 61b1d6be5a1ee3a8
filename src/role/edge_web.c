/*
 * A message as a page (docs/reference/tracking.md): GET /w/TOKEN/…. The token names the
 * message; desk has its bytes as long as they are kept; the edge's thread finds the HTML in
 * them, which is then shown as what it is, a stranger's (content/web_page). Nothing else of the
 * message is.
 *
 *   GET ─▶ ASK desk ─▶ READ on the thread ─▶ answer
 *    └───────┴────────────┴──────▶ the page that says why not
 *
 * Who leaves while the thread is at work leaves the struct to it. At most EDGE_WEBS at a time.
 */
#include "role/edge_web.h"

#include "base/mem.h"
#include "base/must.h"
#include "content/mime_texts.h"
#include "content/shared.h"
#include "content/web_page.h"
#include "io/channel.h"
#include "io/pool.h"
#include "wire/http_answer.h"

#include <errno.h>

#define EDGE_WEBS 32u
#define PAGE_MAX  (CHANNEL_PAYLOAD_MAX - (64u << 10)) /* of an answer (edge_http.c) */
#define ROOM      10u /* bytes of memory for one of a message, while it is read */
#define YOUNG_S   60  /* the ledger may not know a message that is so young */

struct edge_web {
	struct link link;
	struct edge *edge;
	struct edge_conn *conn; /* NULL: it left */
	struct pool_job job;
	bool working;
	uint64_t seq;   /* of the open question; 0: none */
	uint64_t began; /* mono µs */
	uint64_t charge;
	struct track_token token;
	bool whole;
	struct buf bytes, page;
	bool html;
	enum web_page_state state; /* when there is no page */
};

/* ---- answers ---- */

static void
say(struct edge_conn *c, int status, const char *type, struct str body)
{
	const struct http_field fields[] = {
		{ STR_LIT("Cache-Control"), STR_LIT("no-store") },
		{ STR_LIT("Vary"), STR_LIT("Accept-Language") },
		{ STR_LIT("Referrer-Policy"), STR_LIT("no-referrer") },
		{ STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff") },
		{ STR_LIT("X-Robots-Tag"), STR_LIT(WEB_PAGE_ROBOTS) },
		{ STR_LIT("Content-Security-Policy"), STR_LIT(WEB_PAGE_CSP) },
		{ STR_LIT("Allow"), STR_LIT("GET, HEAD") }, /* RFC 9110 15.5.6 */
	};
	struct http_answer a = { .status = status,
		.type = type,
		.body = body,
		.fields = fields,
		.nfields = sizeof fields / sizeof *fields - (status != 405) };

	edge_http_say(c, &a);
	edge_http_next(c);
}

static void
say_state(struct edge_conn *c, enum web_page_state state)
{
	struct str languages = http_in_field(&c->http->in, "accept-language");
	struct buf b;

	buf_init(&b, 8192);
	(void)web_page(&b, state, unsub_page_lang(languages.p ? languages : STR_NONE));
	say(c, web_page_status(state), "text/html; charset=utf-8", buf_str(&b));
	buf_done(&b);
}

static void
web_free(struct edge_web *w)
{
	must(!w->working);
	list_del(&w->link);
	w->edge->nwebs--;
	w->edge->memory -= w->charge;
	buf_done(&w->bytes);
	buf_done(&w->page);
	mem_free(w);
}

/* The page that is there, or why there is none. w is gone. */
static void
finish(struct edge_web *w)
{
	struct edge_conn *c = w->conn;
	const char *type = w->html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
	struct buf page = w->page;
	enum web_page_state state = w->state;

	buf_init(&w->page, 0);
	c->http->web = NULL;
	web_free(w);
	if (page.n > 0)
		say(c, 200, type, buf_str(&page));
	else
		say_state(c, state);
	buf_done(&page);
}

static void
give_up(struct edge_web *w, enum web_page_state state)
{
	w->state = state;
	buf_done(&w->page);
	finish(w);
}

void
edge_web_leave(struct edge_web *w)
{
	w->conn = NULL;
	if (w->working && pool_take_back(w->edge->pool, &w->job))
		w->working = false;
	if (!w->working)
		web_free(w);
}

/* ---- the page, on the thread ---- */

/* Is the end of this part not there? */
static bool
is_cut(const struct edge_web *w, const struct mime_in_part *p)
{
	return !w->whole && p->body.p + p->body.n >= w->bytes.p + w->bytes.n - 2;
}

static void
read_page(struct edge_web *w, struct arena *a)
{
	struct mime_texts *m = arena_alloc(a, sizeof *m);
	enum mime_texts_why why = MIME_TEXTS_ODD;
	int err = m ? mime_texts_find(a, buf_str(&w->bytes), true, m, &why) : -E2BIG;
	size_t part;
	struct str text;

	if (err || why != MIME_TEXTS_OK)
		return;
	w->html = m->html != SIZE_MAX;
	part = w->html ? m->html : m->text;
	text = m->was[w->html ? 0 : 1];
	if (is_cut(w, &m->mime.parts[part]))
		return;
	if (w->token.flags & TRACK_TOKEN_SHARED)
		err = shared_html(&w->page, text, w->edge->track_thread, w->token.tenant,
			w->token.message);
	else
		err = buf_put(&w->page, text);
	if (err)
		buf_done(&w->page);
}

static void
work(void *ctx)
{
	struct edge_web *w = ctx;
	struct arena a;

	arena_init(&a, ROOM * w->bytes.n + 65536);
	w->state = WEB_PAGE_ODD;
	read_page(w, &a);
	arena_done(&a);
}

static void
on_worked(void *ctx)
{
	struct edge_web *w = ctx;

	w->working = false;
	if (w->conn)
		finish(w);
	else
		web_free(w);
}

/* ---- desk's answers ---- */

/* For the memory ceiling (P8). */
static bool
charge(struct edge_web *w, uint64_t bytes)
{
	struct edge *e = w->edge;

	if (e->memory + bytes > e->config->limits.memory_bytes)
		return false;
	e->memory += bytes;
	w->charge += bytes;
	return true;
}

static void
take(struct edge_web *w, const struct msg_webbed *m)
{
	int64_t age = loop_wall(w->edge->loop) / 1000000 - w->token.accepted;

	if (m->is == WEB_IS_GONE) {
		give_up(w, age < YOUNG_S ? WEB_PAGE_LATER : WEB_PAGE_GONE);
		return;
	}
	if (m->is != WEB_IS_HERE || !charge(w, ROOM * (uint64_t)m->bytes.n) ||
		buf_put(&w->bytes, m->bytes) < 0) {
		give_up(w, WEB_PAGE_LATER);
		return;
	}
	w->whole = m->whole != 0;
	w->working = true;
	w->job = (struct pool_job){
		.work = work, .done = on_worked, .ctx = w, .owner = w->token.tenant
	};
	list_init(&w->job.link);
	pool_add(w->edge->pool, &w->job);
}

void
edge_web_answered(struct edge *e, struct str payload)
{
	struct msg_webbed m;

	/* No list is in it: nothing is taken of an arena. */
	if (msg_webbed_read(NULL, payload, &m) < 0 || m.seq == 0)
		return;
	LIST_EACH(l, &e->webs)
	{
		struct edge_web *w = LIST_OF(l, struct edge_web, link);

		if (w->seq != m.seq)
			continue;
		w->seq = 0;
		take(w, &m);
		return;
	}
}

/* One that waits for desk, since `since` or before; or for the thread, which has not begun and
 * never will. NULL: none. */
static struct edge_web *
late(struct edge *e, uint64_t since)
{
	LIST_EACH(l, &e->webs)
	{
		struct edge_web *w = LIST_OF(l, struct edge_web, link);

		if (!w->conn || w->began > since)
			continue;
		if (w->working && pool_take_back(e->pool, &w->job))
			w->working = false;
		if (!w->working)
			return w;
	}
	return NULL;
}

void
edge_web_lost(struct edge *e)
{
	struct edge_web *w;

	/* Who is told may ask for more at once: the list of them moves. */
	LIST_EACH(l, &e->webs)
	LIST_OF(l, struct edge_web, link)->began = 0;
	while ((w = late(e, 0)) != NULL)
		give_up(w, WEB_PAGE_LATER);
}

void
edge_web_second(struct edge *e)
{
	uint64_t now = loop_mono(e->loop);
	struct edge_web *w;

	while (now > EDGE_ASK_US && (w = late(e, now - EDGE_ASK_US)) != NULL)
		give_up(w, WEB_PAGE_LATER);
}

/* ---- requests ---- */

/* false: desk cannot be asked. */
static bool
ask(struct edge_web *w)
{
	struct edge *e = w->edge;
	struct msg_web m = { .tenant = w->token.tenant, .rcpt = track_token_rcpt(&w->token) };
	struct buf b;

	if (!e->desk || channel_unsent(e->desk) > EDGE_UNSENT_MAX)
		return false;
	m.seq = w->seq = ++e->desk_seq;
	buf_init(&b, 64);
	must(msg_web_write(&b, &m) == 0);
	(void)channel_force(e->desk, MSG_web, buf_str(&b));
	buf_done(&b);
	return true;
}

void
edge_web(struct edge_conn *c)
{
	struct edge *e = c->edge;
	struct edge_web *w;
	struct track_token t;

	if (!c->http->head && !str_eq_z(c->http->in.method, "GET")) {
		say(c, 405, NULL, STR_LIT("Only GET and HEAD are answered here.\n"));
		return;
	}
	if (!edge_track_token(c, TRACK_TOKEN_WEB, &t)) {
		say_state(c, WEB_PAGE_INVALID);
		return;
	}
	if (e->nwebs >= EDGE_WEBS) {
		say_state(c, WEB_PAGE_LATER);
		return;
	}
	w = MEM_NEW(w);
	w->edge = e;
	w->conn = c;
	w->token = t;
	w->token.text = STR_NONE;
	w->began = loop_mono(e->loop);
	buf_init(&w->bytes, CHANNEL_PAYLOAD_MAX);
	buf_init(&w->page, PAGE_MAX);
	list_init(&w->link);
	list_push(&e->webs, &w->link);
	e->nwebs++;
	c->http->web = w;
	c->http->waits = true;
	stream_deadline(c->stream, 2 * EDGE_ASK_US);
	if (!ask(w))
		give_up(w, WEB_PAGE_LATER);
}
