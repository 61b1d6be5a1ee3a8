/*
 * The bytes of a message that an edge shows as a page (edge_web.c), as long as they are kept:
 * the ledger says where they are, a thread reads them. Of a suspended account none are given:
 * its pages are what it is suspended for.
 *
 *   MSG_web ─▶ ledger: place ─▶ thread: read, compare the hash ─▶ MSG_webbed
 */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/channel.h"

#include <errno.h>

#define BYTES_MAX (3u << 20) /* of a message: what is behind them is not shown */
#define WEBS_MAX  8u         /* at a time */

struct desk_web {
	struct link link;
	struct pool_job job;
	struct desk *desk;
	struct desk_edge *from; /* NULL: it is gone */
	uint64_t seq;
	struct extent_place place;
	struct buf bytes;
	int err;
};

static void
say(struct desk_edge *to, uint64_t seq, enum web_is is, const struct desk_web *w)
{
	struct msg_webbed m = { .seq = seq, .is = (uint8_t)is, .bytes = STR_NONE };
	struct buf b;

	if (is == WEB_IS_HERE) {
		m.bytes = buf_str(&w->bytes);
		m.whole = w->bytes.n == w->place.length;
	}
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	must(msg_webbed_write(&b, &m) == 0);
	if (to->channel)
		(void)channel_force(to->channel, MSG_webbed, buf_str(&b));
	buf_done(&b);
}

/* On a thread. */
static void
read_bytes(void *ctx)
{
	struct desk_web *w = ctx;
	struct extent_reader *r = extent_reader_new(w->desk->env->paths->spool);
	size_t n = w->place.length < BYTES_MAX ? w->place.length : BYTES_MAX;

	w->err = extent_verify(r, &w->place);
	/* A person whom it named was forgotten. */
	if (w->err == -EILSEQ && extent_is_wiped(r, &w->place))
		w->err = -ENOENT;
	if (!w->err)
		w->err = extent_read(r, &w->place, 0, buf_room(&w->bytes, n), n);
	if (!w->err)
		buf_added(&w->bytes, n);
	extent_reader_free(&r);
}

static void
on_read(void *ctx)
{
	struct desk_web *w = ctx;

	list_del(&w->link);
	w->desk->nwebs--;
	if (w->from)
		say(w->from, w->seq,
			w->err == 0         ? WEB_IS_HERE
			: w->err == -ENOENT ? WEB_IS_GONE
					    : WEB_IS_LATER,
			w);
	buf_done(&w->bytes);
	mem_free(w);
}

static bool
suspended(struct desk *d, uint32_t tenant)
{
	struct control *c = desk_control(d);
	json_t *j = NULL;
	bool yes;

	if (!c || control_account_one(c, tenant, &j) < 0)
		return true;
	yes = !str_eq_z(desk_text(json_array_get(j, 0), "state"), "ok");
	json_decref(j);
	return yes;
}

static void
begin(struct desk_edge *from, const struct msg_web *m, const struct extent_place *place)
{
	struct desk *d = from->desk;
	struct desk_web *w = MEM_NEW(w);

	w->desk = d;
	w->from = from;
	w->seq = m->seq;
	w->place = *place;
	buf_init(&w->bytes, BYTES_MAX);
	/* An account's pages delay its own. */
	w->job = (struct pool_job){
		.work = read_bytes, .done = on_read, .ctx = w, .owner = m->tenant
	};
	list_init(&w->job.link);
	list_init(&w->link);
	list_push(&d->webs, &w->link);
	d->nwebs++;
	pool_add(d->pool, &w->job);
}

void
desk_web(struct desk_edge *from, struct str payload)
{
	struct desk_past p = { .message = 0 };
	struct msg_web m;
	int err;

	/* No list is in it: nothing is taken of an arena. */
	if (!from->channel || msg_web_read(NULL, payload, &m) < 0)
		return;
	if (from->desk->nwebs >= WEBS_MAX) {
		say(from, m.seq, WEB_IS_LATER, NULL);
		return;
	}
	err = suspended(from->desk, m.tenant)
	              ? -ENOENT
	              : desk_past_find(from->desk, m.rcpt, m.tenant, &p);
	if (!err && p.place.extent)
		begin(from, &m, &p.place);
	else
		say(from, m.seq, err && err != -ENOENT ? WEB_IS_LATER : WEB_IS_GONE, NULL);
}

void
desk_web_forget(struct desk *d, const struct desk_edge *from)
{
	LIST_EACH(l, &d->webs)
	{
		struct desk_web *w = LIST_OF(l, struct desk_web, link);

		if (w->from == from)
			w->from = NULL;
	}
}
