/*
 * /p/CODE: the link that was mailed to an address that is to be proved (decision 0010). GET
 * shows a page with a button, POST is the button: who only looks at links changes nothing. The
 * code is desk's to judge.
 *
 *   request ─▶ MSG_prove ─▶ desk ─▶ MSG_proven ─▶ page
 *
 * At most EDGE_PROVES at a time.
 */
#include "role/edge_prove.h"

#include "base/mem.h"
#include "base/must.h"
#include "content/prove_page.h"
#include "io/channel.h"
#include "wire/http_answer.h"

#define EDGE_PROVES 32u
#define CODE_MAX    64u
#define PAGE_MAX    16384u

struct edge_prove {
	struct link link;
	struct edge *edge;
	struct edge_conn *conn;
	uint64_t seq;
	uint64_t began; /* mono µs */
};

static void
say(struct edge_conn *c, int status, const char *type, struct str body)
{
	const struct http_field fields[] = {
		{ STR_LIT("Cache-Control"), STR_LIT("no-store") },
		{ STR_LIT("Vary"), STR_LIT("Accept-Language") },
		{ STR_LIT("Referrer-Policy"), STR_LIT("no-referrer") },
		{ STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff") },
		{ STR_LIT("X-Robots-Tag"), STR_LIT("noindex, nofollow, noarchive") },
		{ STR_LIT("Content-Security-Policy"), STR_LIT(UNSUB_PAGE_CSP) },
		{ STR_LIT("Allow"), STR_LIT("GET, HEAD, POST") }, /* RFC 9110 15.5.6 */
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
say_page(struct edge_conn *c, enum prove_page_state state, struct str address,
	struct str account)
{
	struct str languages = http_in_field(&c->http->in, "accept-language");
	const struct prove_page p = { .state = state,
		.lang = unsub_page_lang(languages.p ? languages : STR_NONE),
		.address = address,
		.account = account,
		.host = c->edge->config->hostname,
		.action = c->http->in.path };
	struct buf b;

	buf_init(&b, PAGE_MAX);
	(void)prove_page(&b, &p);
	say(c, prove_page_status(state), "text/html; charset=utf-8", buf_str(&b));
	buf_done(&b);
}

static void
prove_free(struct edge_prove *p)
{
	list_del(&p->link);
	p->edge->nproves--;
	p->conn->http->prove = NULL;
	mem_free(p);
}

void
edge_prove_leave(struct edge_prove *p)
{
	prove_free(p);
}

static void
give_up(struct edge_prove *p)
{
	struct edge_conn *c = p->conn;

	prove_free(p);
	say_page(c, PROVE_PAGE_LATER, STR_NONE, STR_NONE);
}

void
edge_prove_answered(struct edge *e, struct str payload)
{
	static const enum prove_page_state states[] = {
		[PROVE_IS_NONE] = PROVE_PAGE_INVALID,
		[PROVE_IS_ASKED] = PROVE_PAGE_ASK,
		[PROVE_IS_PROVED] = PROVE_PAGE_DONE,
		[PROVE_IS_LATER] = PROVE_PAGE_LATER,
	};
	struct msg_proven m;

	/* No list is in it: nothing is taken of an arena. */
	if (msg_proven_read(NULL, payload, &m) < 0)
		return;
	LIST_EACH(l, &e->proves)
	{
		struct edge_prove *p = LIST_OF(l, struct edge_prove, link);
		struct edge_conn *c = p->conn;

		if (p->seq != m.seq)
			continue;
		prove_free(p);
		say_page(c, m.is <= PROVE_IS_LATER ? states[m.is] : PROVE_PAGE_LATER, m.address,
			m.account);
		return;
	}
}

/* Of before `since`; NULL: none. */
static struct edge_prove *
late(struct edge *e, uint64_t since)
{
	LIST_EACH(l, &e->proves)
	{
		struct edge_prove *p = LIST_OF(l, struct edge_prove, link);

		if (p->began <= since)
			return p;
	}
	return NULL;
}

void
edge_prove_lost(struct edge *e)
{
	struct edge_prove *p;

	/* Who is told may ask for more at once: the list of them moves. */
	LIST_EACH(l, &e->proves)
	LIST_OF(l, struct edge_prove, link)->began = 0;
	while ((p = late(e, 0)) != NULL)
		give_up(p);
}

void
edge_prove_second(struct edge *e)
{
	uint64_t now = loop_mono(e->loop);
	struct edge_prove *p;

	while (now > EDGE_ASK_US && (p = late(e, now - EDGE_ASK_US)) != NULL)
		give_up(p);
}

/* false: desk cannot be asked. */
static bool
ask(struct edge *e, const struct msg_prove *m)
{
	struct buf b;

	if (!e->desk || channel_unsent(e->desk) > EDGE_UNSENT_MAX)
		return false;
	buf_init(&b, 512);
	must(msg_prove_write(&b, m) == 0);
	(void)channel_force(e->desk, MSG_prove, buf_str(&b));
	buf_done(&b);
	return true;
}

void
edge_prove(struct edge_conn *c)
{
	struct edge *e = c->edge;
	struct str code = str_from(c->http->in.path, 3);
	bool post = str_eq_z(c->http->in.method, "POST");
	struct msg_prove m = { .act = post, .code = str_head(code, str_find(code, '/')) };
	struct edge_prove *p;

	if (!post && !c->http->head && !str_eq_z(c->http->in.method, "GET")) {
		say(c, 405, NULL, STR_LIT("Only GET, HEAD and POST are answered here.\n"));
		return;
	}
	if (m.code.n == 0 || m.code.n > CODE_MAX) {
		say_page(c, PROVE_PAGE_INVALID, STR_NONE, STR_NONE);
		return;
	}
	m.seq = ++e->desk_seq;
	if (e->nproves >= EDGE_PROVES || !ask(e, &m)) {
		say_page(c, PROVE_PAGE_LATER, STR_NONE, STR_NONE);
		return;
	}
	p = MEM_NEW(p);
	*p = (struct edge_prove){
		.edge = e, .conn = c, .seq = m.seq, .began = loop_mono(e->loop)
	};
	list_init(&p->link);
	list_push(&e->proves, &p->link);
	e->nproves++;
	c->http->prove = p;
	c->http->waits = true;
	stream_deadline(c->stream, 2 * EDGE_ASK_US);
}
