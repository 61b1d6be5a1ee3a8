/* From the feed to the next post of an endpoint. */
#include "base/mem.h"
#include "base/must.h"
#include "role/desk_hook.h"

#include <errno.h>

#define AGAIN_US   250000u
#define IDLE_STEPS 5u /* 250 ms … 8 s */

/* ---- reading ---- */

void
desk_hook_drop(struct desk_hook *h)
{
	if (!h->events)
		return;
	for (size_t i = 0; i < h->n; i++)
		event_done(&h->events[i]);
	h->desk->hooks->arenas_bytes -= h->arena.used;
	arena_done(&h->arena);
	h->events = NULL;
	h->n = h->at = 0;
}

void
desk_hook_further(struct desk_hook *h)
{
	h->ahead = h->ahead * 2 < DESK_HOOK_AHEAD_MAX ? h->ahead * 2 : DESK_HOOK_AHEAD_MAX;
}

static uint64_t
now_mono(const struct desk_hook *h)
{
	return clock_mono(h->desk->env->clock);
}

struct reading {
	struct desk_hook *h;
	uint64_t end; /* mono µs */
	size_t room, looked;
	uint64_t last; /* seq of the last event that is not wanted any more; 0 = any */
};

/* In Postmark's words a stream is one by name, and the two of all accounts are two of them;
 * else these are kinds, and take in the account's own ones of the kind. */
static bool
of_stream(const struct desk_hook *h, const struct event *e)
{
	struct str own = event_own_stream(e);

	if (h->w.own_stream.n)
		return str_eq(own, h->w.own_stream);
	return h->w.stream < 0 || (e->stream == (uint8_t)h->w.stream &&
					  (own.n == 0 || h->to.format != HOOK_POSTMARK));
}

static bool
wants(const struct desk_hook *h, const struct event *e)
{
	/* What came in has its own post. */
	if (e->stream == STREAM_INBOUND || !hook_wants(&h->to, e) || !of_stream(h, e))
		return false;
	return !h->w.first_only || e->kind != FACT_OPENED || e->first;
}

static int
on_event(void *ctx, const struct ledger_event *l)
{
	struct reading *r = ctx;
	struct desk_hook *h = r->h;
	const struct event_source source = {
		.row = l->row, .fact = l->fact, .seq = l->seq, .key = h->desk->env->keys.ids
	};
	struct event *e = &h->events[h->n];
	int err;

	/* One is looked at in any case: the time may be over before the first. */
	if ((r->last && l->seq > r->last) || h->n == r->room ||
		(r->looked++ > 0 && now_mono(h) > r->end))
		return 1;
	err = event_of(&h->arena, &source, e);
	/* One that is alone in the arena and does not fit never will. */
	if (err == -E2BIG && h->n > 0)
		return 1;
	if (err)
		return 0;
	if (!wants(h, e)) {
		event_done(e);
		return 0;
	}
	h->seqs[h->n++] = l->seq;
	return 0;
}

static size_t
room_of(const struct desk_hook *h)
{
	if (h->desk->hooks->arenas_bytes > DESK_HOOK_ALL_BYTES)
		return 1;
	/* An array is gathered whole. */
	if (desk_hook_is_array(h))
		return HOOK_EVENTS_MAX;
	return h->ahead;
}

/* Events of the feed into h->events. 0 or -errno. */
static int
read_feed(struct desk_hook *h)
{
	struct reading r = { .h = h, .end = now_mono(h) + DESK_HOOK_READ_US };
	struct ledger_feed_query q = { .tenant = h->w.tenant };
	int err;

	must(!h->events);
	r.room = room_of(h);
	r.last = h->upto ? h->upto : h->replaying ? h->replay.upto : 0;
	h->behind = h->replaying ? h->replay.behind : h->w.seq;
	q.after = h->behind;
	q.limit = (unsigned)r.room;
	arena_init(&h->arena, DESK_HOOK_READ_BYTES);
	h->events = arena_alloc(&h->arena, r.room * sizeof *h->events);
	h->seqs = arena_alloc(&h->arena, r.room * sizeof *h->seqs);
	must(h->events && h->seqs);
	h->n = h->at = 0;
	err = ledger_feed_read(h->desk->env->paths->ledger, &q, &h->next, on_event, &r);
	h->more = err == 1 || r.looked >= r.room;
	h->desk->hooks->arenas_bytes += h->arena.used;
	if (err < 0)
		desk_hook_drop(h);
	return err < 0 ? err : 0;
}

/* ---- what is dealt with ---- */

void
desk_hook_moved(struct desk_hook *h, uint64_t to)
{
	h->upto = 0;
	h->head = 0;
	if (!h->replaying) {
		h->dirty |= h->w.seq != to;
		h->w.seq = to;
		return;
	}
	h->replay.behind = to;
	desk_hook_note_replay(h);
}

void
desk_hook_passed(struct desk_hook *h)
{
	uint64_t to;

	h->at += h->taken;
	h->taken = 0;
	to = h->at >= h->n ? h->next : h->seqs[h->at - 1];
	if (h->at >= h->n)
		desk_hook_drop(h);
	desk_hook_moved(h, to);
}

/* ---- posting ---- */

/* "Name: value" of the format's fields and the endpoint's own. */
static int
fields_of(
	struct desk_hook *h, struct arena *a, const struct hook_post *p, struct msg_texts *ret)
{
	struct msg_text *at = arena_alloc(a, (p->nfields + h->nfields) * sizeof *at);

	if (!at)
		return -E2BIG;
	for (size_t i = 0; i < p->nfields; i++) {
		at[i].bytes = arena_printf(
			a, "%s: %.*s", p->fields[i].name, STR_ARG(p->fields[i].value));
		if (!at[i].bytes.p)
			return -E2BIG;
	}
	memcpy(at + p->nfields, h->fields, h->nfields * sizeof *at);
	*ret = (struct msg_texts){ at, p->nfields + h->nfields };
	return 0;
}

int
desk_hook_message(
	struct desk_hook *h, struct arena *a, const struct hook_post *p, struct msg_post *ret_m)
{
	struct msg_post m = {
		.timeout_ms = DESK_HOOK_TIMEOUT_MS, .url = p->url, .body = buf_str(&p->body)
	};
	int err = fields_of(h, a, p, &m.fields);

	if (!err)
		*ret_m = m;
	return err;
}

int
desk_hook_write(
	struct desk_hook *h, const struct event *events, size_t n, struct hook_post *ret_p)
{
	int64_t now = loop_wall(h->desk->loop);

	if (now - h->w.rolled >= WEBHOOK_GRACE_US)
		h->to.secrets[1] = STR_NONE;
	return hook_write(&h->to, events, n, now, ret_p);
}

static void
send_post(struct desk_hook *h, const struct hook_post *p)
{
	struct msg_post m;
	struct arena a;

	arena_init(&a, 65536);
	if (desk_hook_message(h, &a, p, &m) == 0)
		h->post = desk_post(h->desk, &m, desk_hook_posted, h);
	arena_done(&a);
	if (!h->post) {
		desk_hook_in(h, AGAIN_US);
		return;
	}
	desk_hook_placed(h, p->body.n);
	h->taken = p->taken;
	h->told = (uint32_t)p->told;
	h->head = h->seqs[h->at];
	memcpy(h->first, p->id, sizeof h->first);
	buf_clear(&h->sent);
	(void)buf_put(&h->sent, str_head(buf_str(&p->body), WEBHOOK_REQUEST_KEPT));
}

/* True: there is more to look at. */
static bool
post_next(struct desk_hook *h)
{
	struct hook_post p;
	int err = desk_hook_write(h, h->events + h->at, h->n - h->at, &p);

	if (err == -EINVAL) {
		desk_hook_stop(h, WEBHOOK_OFF,
			"Its URL, secret or key cannot be used: set another one.");
		return false;
	}
	if (err) {
		/* No post can be made of the first one. */
		desk_hook_note_dead(h, h->seqs[h->at], "The event is too long for a post.");
		h->taken = 1;
		desk_hook_passed(h);
		return true;
	}
	if (p.told == 0) {
		h->taken = p.taken;
		desk_hook_passed(h);
	} else {
		send_post(h, &p);
	}
	hook_post_done(&p);
	return !h->post;
}

/* Which events come next: those that are new, and those asked for again, by turns. */
static bool
choose(struct desk_hook *h)
{
	bool again = h->replaying, fresh = h->w.seq < h->tenant->newest;

	if (h->upto)
		return true; /* the same as before */
	h->replaying = false;
	if (h->replays && (!again || !fresh))
		h->replaying = desk_hook_next_replay(h);
	return h->replaying || fresh;
}

/* A reading that gave no event. True: there may be more behind it. */
static bool
nothing(struct desk_hook *h)
{
	uint64_t next = h->next;
	bool more = next != h->behind;

	desk_hook_drop(h);
	if (h->replaying && !more)
		next = h->replay.upto;
	/* What had failed is gone: its day was removed. */
	h->upto = 0;
	if (more || h->replaying) {
		desk_hook_further(h);
		desk_hook_moved(h, next);
		h->idle = 0;
		return true;
	}
	if (!desk_hook_has_news(h))
		return false;
	/* Its fact is on its way into the ledger. */
	if (h->idle < IDLE_STEPS)
		h->idle++;
	desk_hook_in(h, (uint64_t)AGAIN_US << (h->idle - 1));
	return false;
}

/* It is due and has a place. */
static void
run(struct desk_hook *h)
{
	bool more;

	if (!h->events && read_feed(h) < 0) {
		desk_hook_in(h, 4 * AGAIN_US);
		return;
	}
	if (h->n > 0)
		h->idle = 0;
	more = h->n == 0 ? nothing(h) : post_next(h);
	if (more && !h->post && desk_hook_active(h))
		desk_hook_ready(h);
}

void
desk_hook_run(struct desk_hook *h)
{
	uint64_t now = loop_mono(h->desk->loop);

	if (h->post)
		return;
	if (!desk_hook_active(h)) {
		/* Nothing. */
	} else if (now < h->due) {
		desk_hook_in(h, h->due - now);
	} else if (!desk_post_room(h->desk)) {
		desk_hook_in(h, AGAIN_US);
	} else if (desk_hook_place(h) && (h->events || choose(h))) {
		run(h);
	}
	if (!h->post)
		desk_hook_unplace(h);
}
