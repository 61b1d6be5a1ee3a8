/* Webhooks, through the poster: each post numbered, answered in any order. */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/fetch.h"
#include "role/poster.h"

#define TRY_MS 15000u

struct desk_post {
	struct link link;
	uint64_t id;
	struct desk_conn *conn; /* of webhooks.try: who waits; NULL: gone, or none */
	desk_post_fn *fn;       /* NULL: nobody wants to know */
	void *ctx;
	size_t bytes;
	uint32_t tenant; /* whose question it is; 0: nobody's */
};

static void
post_free(struct desk *d, struct desk_post *p)
{
	nmap_del(&d->posts, p->id);
	list_del(&p->link);
	d->post_bytes -= p->bytes;
	mem_free(p);
}

/* Takes it out before it is told: fn may post again. */
static void
tell(struct desk *d, struct desk_post *p, const struct msg_posted *m)
{
	desk_post_fn *fn = p->fn;
	void *ctx = p->conn ? p->conn : p->ctx;

	post_free(d, p);
	if (fn)
		fn(ctx, m);
}

static struct desk_post *
find(const struct desk *d, uint64_t id)
{
	uint64_t at;

	if (id == 0 || id == UINT64_MAX || !nmap_get(&d->posts, id, &at))
		return NULL;
	return (struct desk_post *)(uintptr_t)at;
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	struct desk *d = ctx;
	struct msg_posted m;
	struct desk_post *p;
	struct arena a;

	arena_init(&a, 65536);
	if (type == MSG_posted && msg_posted_read(&a, payload, &m) == 0 &&
		(p = find(d, m.id)) != NULL)
		tell(d, p, &m);
	arena_done(&a);
}

static void
on_poster_gone(void *ctx)
{
	struct desk *d = ctx;
	struct link all;

	channel_free(&d->poster);
	/* Those that are told may post to the next one. */
	list_put_before(&d->posted, &all);
	list_del(&d->posted);
	while (!list_empty(&all))
		tell(d, LIST_OF(all.next, struct desk_post, link), NULL);
}

void
desk_poster_peer(struct desk *d, int poster_fd)
{
	static const struct channel_calls calls = { on_message, on_poster_gone };

	if (d->poster)
		on_poster_gone(d);
	d->poster = channel_new(d->loop, poster_fd, CHANNEL_PAYLOAD_MAX * 4, &calls, d);
}

void
desk_post_init(struct desk *d)
{
	nmap_init(&d->posts);
	list_init(&d->posted);
}

void
desk_post_done(struct desk *d)
{
	while (!list_empty(&d->posted))
		post_free(d, LIST_OF(d->posted.next, struct desk_post, link));
	nmap_done(&d->posts);
	channel_free(&d->poster);
}

/* One more of any length? */
bool
desk_post_room(const struct desk *d)
{
	return d->post_bytes + CHANNEL_PAYLOAD_MAX <= POSTER_BYTES;
}

static struct desk_post *
post(struct desk *d, const struct msg_post *m, desk_post_fn *fn, void *ctx)
{
	struct msg_post sent = *m;
	struct desk_post *p;
	struct buf b;
	size_t bytes;
	int err;

	if (d->poster == NULL || !desk_post_room(d))
		return NULL;
	sent.id = ++d->seq;
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	err = msg_post_write(&b, &sent);
	if (err == 0)
		err = channel_send(d->poster, MSG_post, buf_str(&b));
	bytes = b.n;
	buf_done(&b);
	if (err < 0)
		return NULL;
	p = MEM_NEW(p);
	*p = (struct desk_post){ .id = sent.id, .fn = fn, .ctx = ctx, .bytes = bytes };
	d->post_bytes += bytes;
	list_init(&p->link);
	list_push(&d->posted, &p->link);
	nmap_put(&d->posts, p->id, (uint64_t)(uintptr_t)p);
	return p;
}

uint64_t
desk_post(struct desk *d, const struct msg_post *m, desk_post_fn *fn, void *ctx)
{
	const struct desk_post *p = post(d, m, fn, ctx);

	return p ? p->id : 0;
}

void
desk_post_pass(struct desk *d, uint64_t id, desk_post_fn *fn, void *ctx)
{
	struct desk_post *p = find(d, id);

	if (p == NULL)
		return;
	p->conn = NULL;
	p->fn = fn;
	p->ctx = ctx;
}

void
desk_post_cancel(struct desk *d, uint64_t id)
{
	desk_post_pass(d, id, NULL, NULL);
}

/* --- webhooks.try: what does this URL answer? --- */

void
desk_post_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH_SAFE(l, &d->posted)
	{
		struct desk_post *p = LIST_OF(l, struct desk_post, link);

		if (p->conn == n)
			desk_post_cancel(d, p->id);
	}
}

/* Bytes of strangers: as text where they are UTF-8, else null. */
static json_t *
as_text(struct str body)
{
	json_t *j = json_stringn(body.p, body.n);

	return j ? j : json_null();
}

static void
tried(void *ctx, const struct msg_posted *m)
{
	struct desk_conn *n = ctx;

	if (m == NULL) {
		desk_fail(n, 503, "The poster ended before it knew. Ask again.");
		return;
	}
	desk_say(n, 200,
		json_pack("{s:s,s:i,s:I,s:o,s:o,s:o}", "result", fetch_class_name(m->class),
			"status", (int)m->status, "took_ms", (json_int_t)m->took_ms, "address",
			as_text(m->address), "reason", as_text(m->why), "body",
			as_text(m->body)));
}

/* Also of askers that went: the poster has their posts. */
static unsigned
questions_of(const struct desk *d, uint32_t tenant)
{
	unsigned n = 0;

	LIST_EACH(l, &d->posted)
	n += LIST_OF(l, struct desk_post, link)->tenant == tenant;
	return n;
}

void
desk_post_say(struct desk_conn *n, const struct msg_post *m, uint32_t tenant)
{
	struct desk_post *p;

	if (tenant && questions_of(n->desk, tenant) >= DESK_POST_QUESTIONS) {
		desk_fail(n, 503,
			"4 tests of this account are under way: ask again when one of them is "
			"answered.");
		return;
	}
	p = post(n->desk, m, tried, NULL);
	if (!p) {
		desk_fail(n, 503,
			n->desk->poster ? "Too many posts are under way. Ask again."
					: "The poster is restarting. Ask again.");
		return;
	}
	p->conn = n;
	p->tenant = tenant;
}

void
desk_post_try(struct desk_conn *n, const json_t *body)
{
	static const char *const field = "Content-Type: application/json";
	struct msg_text one = { str_z(field) };
	const struct msg_post m = { .timeout_ms = TRY_MS,
		.url = desk_text(body, "url"),
		.fields = { &one, 1 },
		.body = STR_LIT("{\"type\":\"test\"}\n") };

	if (m.url.n == 0 || m.url.n > URL_WEB_MAX)
		desk_fail(n, 400, "url must be a URL of at most 2048 bytes.");
	else
		desk_post_say(n, &m, 0);
}
