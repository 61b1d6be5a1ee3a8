/* The edge's end of the channel: questions, answers, ids, what may be remembered. */
#include "role/edge_template.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

struct cached {
	uint64_t until; /* mono */
	struct edge_id id;
	size_t n;
	char key[];
};

/* ---- caches: only positive answers, emptied by `changed` ---- */

static void
cache_clear(struct map *m, uint64_t seed)
{
	struct str key;
	void *value;

	for (size_t pos = 0; map_next(m, &pos, &key, &value);)
		mem_free(value);
	map_done(m);
	map_init(m, seed);
}

static struct cached *
cache_get(struct edge *e, struct map *m, struct str key)
{
	struct cached *c = map_get(m, key);

	return c && c->until > loop_mono(e->loop) ? c : NULL;
}

static struct cached *
cache_put(struct edge *e, struct map *m, struct str key)
{
	struct cached *c;

	/* An outsider cannot fill it: only what the engine said yes to comes here. */
	if (m->used >= EDGE_CACHE_MAX)
		cache_clear(m, m->seed);
	mem_free(map_del(m, key));
	c = mem_new(1, sizeof *c + key.n);
	c->until = loop_mono(e->loop) + EDGE_CACHE_US;
	c->n = key.n;
	memcpy(c->key, key.p, key.n);
	map_put(m, str_of(c->key, c->n), c);
	return c;
}

bool
edge_auth_known(struct edge *e, struct str key, struct edge_id *ret_id)
{
	const struct cached *c = cache_get(e, &e->auth_cache, key);

	if (c)
		*ret_id = c->id;
	return c != NULL;
}

void
edge_auth_learn(struct edge *e, struct str key, const struct edge_id *id)
{
	cache_put(e, &e->auth_cache, key)->id = *id;
}

static struct str
domain_key(char dst[4 + ADDRESS_DOMAIN_MAX], uint32_t tenant, struct str domain)
{
	must(domain.n <= ADDRESS_DOMAIN_MAX);
	memcpy(dst, &tenant, 4);
	memcpy(dst + 4, domain.p, domain.n);
	return str_of(dst, 4 + domain.n);
}

bool
edge_domain_known(struct edge *e, uint32_t tenant, struct str domain)
{
	char key[4 + ADDRESS_DOMAIN_MAX];

	return cache_get(e, &e->domain_cache, domain_key(key, tenant, domain)) != NULL;
}

void
edge_domain_learn(struct edge *e, uint32_t tenant, struct str domain)
{
	char key[4 + ADDRESS_DOMAIN_MAX];

	cache_put(e, &e->domain_cache, domain_key(key, tenant, domain));
}

static void
caches_clear(struct edge *e)
{
	cache_clear(&e->auth_cache, e->auth_cache.seed);
	cache_clear(&e->domain_cache, e->domain_cache.seed);
	edge_full_clear(e);
	edge_templates_stale(e->templates);
}

/* ---- questions ---- */

uint64_t
edge_seq(struct edge *e)
{
	return ++e->seq;
}

static void
ask_send(struct edge *e, struct edge_ask *a)
{
	must(!a->payload.full);
	/* Before the engine said its state nothing is asked: it may not be ready to judge. */
	if (e->channel && e->up)
		(void)channel_force(e->channel, a->type, buf_str(&a->payload));
}

void
edge_ask(struct edge *e, struct edge_ask *a, uint16_t type, uint64_t seq)
{
	must(a->seq == 0);
	a->seq = seq;
	a->type = type;
	a->began = loop_mono(e->loop);
	list_push(&e->asks, &a->link);
	nmap_put(&e->ask_of, seq, (uint64_t)(uintptr_t)a);
	ask_send(e, a);
}

void
edge_ask_off(struct edge *e, struct edge_ask *a)
{
	if (a->seq == 0)
		return;
	nmap_del(&e->ask_of, a->seq);
	list_del(&a->link);
	a->seq = 0;
}

static void
answered(struct edge *e, uint64_t seq, uint16_t type, const void *m)
{
	uint64_t at;
	struct edge_ask *a;

	if (seq == 0 || seq == UINT64_MAX || !nmap_get(&e->ask_of, seq, &at))
		return;
	a = (void *)(uintptr_t)at;
	if (a->type != type &&
		!((a->type == MSG_submits || a->type == MSG_signal) && type == MSG_submit))
		return;
	edge_ask_off(e, a);
	a->done(a->ctx, m);
}

static bool
is_away(const struct edge *e)
{
	return e->ever && !e->up && loop_mono(e->loop) - e->lost_at > EDGE_AWAY_US;
}

/* Its answer can still be a refusal: nothing was given to the engine that it may have kept. */
static bool
begins(const struct edge_ask *a)
{
	return a->type == MSG_auth || a->type == MSG_check || a->type == MSG_find ||
	       a->type == MSG_screen || a->type == MSG_enter || a->type == MSG_query;
}

static void
give_up(struct edge *e, struct edge_ask *a)
{
	edge_ask_off(e, a);
	a->done(a->ctx, NULL);
}

/* One at a time: who is told may end others. */
static struct edge_ask *
next_begun(struct edge *e)
{
	LIST_EACH(l, &e->asks)
	{
		struct edge_ask *a = LIST_OF(l, struct edge_ask, link);

		if (begins(a))
			return a;
	}
	return NULL;
}

void
edge_engine_second(struct edge *e)
{
	uint64_t now = loop_mono(e->loop);
	struct edge_ask *begun;

	while (is_away(e) && (begun = next_begun(e)))
		give_up(e, begun);

	while (!list_empty(&e->asks)) {
		struct edge_ask *a = LIST_OF(e->asks.next, struct edge_ask, link);

		if (a->began + EDGE_ASK_US > now)
			break;
		give_up(e, a);
	}
}

/* ---- ids ---- */

static void
ids_want(struct edge *e)
{
	uint64_t left = 0;

	for (unsigned i = 0; i < e->nids; i++)
		left += e->ids[i].count;
	if (left >= EDGE_IDS_LOW || e->ids_asked || !e->up)
		return;
	e->ids_asked = true;
	EDGE_TELL(e, grant, .first = 0, .count = 0);
}

uint64_t
edge_ids(struct edge *e, uint64_t n)
{
	uint64_t first = 0;

	/* What is left of a block too small for this message is let go. */
	while (e->nids > 0 && e->ids[0].count < n) {
		e->nids--;
		memmove(&e->ids[0], &e->ids[1], e->nids * sizeof e->ids[0]);
	}
	if (e->nids > 0) {
		first = e->ids[0].first;
		e->ids[0].first += n;
		e->ids[0].count -= n;
	}
	ids_want(e);
	return first;
}

static void
granted(struct edge *e, const struct msg_grant *g)
{
	e->ids_asked = false;
	if (g->count == 0 || g->first == 0 || e->nids == EDGE_ID_BLOCKS)
		return;
	e->ids[e->nids].first = g->first;
	e->ids[e->nids++].count = g->count;
}

/* ---- the engine's state ---- */

struct reply
edge_state_reply(const struct edge *e)
{
	const struct reply starting =
		REPLY(421, 4, 3, 2, "The service is starting; try again in a moment");

	if (!e->ever || is_away(e))
		return starting;
	if (!e->accept)
		return e->state;
	return (struct reply){ 0 };
}

static void
state_came(struct edge *e, const struct msg_edge_state *m)
{
	bool first = !e->up;

	e->up = e->ever = true;
	e->accept = m->accept != 0;
	e->plain_keys = m->plain_keys != 0;
	e->state = m->reply;
	if (e->state.code < 400)
		e->state = REPLY(421, 4, 3, 2, "");
	(void)str_copy_z(e->state_text, sizeof e->state_text,
		str_head(m->reply.text, sizeof e->state_text - 1));
	e->state.text = str_z(e->state_text);
	if (first) {
		edge_hosts_ready(e->hosts);
		edge_own_ready(e->own);
	}
	/* One that only starts says so again in a moment; EDGE_PATIENCE_US ends the waiting. */
	if (e->accept)
		edge_listen(e);
	if (!first)
		return;
	/* While there was none, nobody told of changes. */
	edge_templates_stale(e->templates);
	edge_seats_tell(e);
	/* P4: what the last engine left unanswered; a submit known to this one gets the same
	 * answer again. */
	LIST_EACH(l, &e->asks)
	ask_send(e, LIST_OF(l, struct edge_ask, link));
	ids_want(e);
}

#define TAKE(name)                                                                             \
	struct msg_##name m;                                                                   \
                                                                                               \
	ok = msg_##name##_read(a, payload, &m) == 0;                                           \
	if (!ok)                                                                               \
	break

static bool
take(struct edge *e, uint16_t type, struct str payload, struct arena *a)
{
	bool ok = true;

	switch (type) {
	case MSG_edge_state: {
		TAKE(edge_state);
		state_came(e, &m);
		break;
	}
	case MSG_grant: {
		TAKE(grant);
		granted(e, &m);
		break;
	}
	case MSG_submitted: {
		TAKE(submitted);
		answered(e, m.seq, MSG_submit, &m);
		break;
	}
	case MSG_authed: {
		TAKE(authed);
		answered(e, m.seq, MSG_auth, &m);
		break;
	}
	case MSG_entered: {
		TAKE(entered);
		answered(e, m.seq, MSG_enter, &m);
		break;
	}
	case MSG_screened: {
		TAKE(screened);
		answered(e, m.seq, MSG_screen, &m);
		break;
	}
	case MSG_checked: {
		TAKE(checked);
		answered(e, m.seq, MSG_check, &m);
		break;
	}
	case MSG_found: {
		TAKE(found);
		answered(e, m.seq, MSG_find, &m);
		break;
	}
	case MSG_answer: {
		TAKE(answer);
		answered(e, m.seq, MSG_query, &m);
		break;
	}
	case MSG_tracking: {
		TAKE(tracking);
		edge_hosts_take(e->hosts, &m);
		break;
	}
	case MSG_stream: {
		TAKE(stream);
		edge_own_take(e->own, &m);
		break;
	}
	case MSG_changed:
		caches_clear(e);
		break;
	default:
		ok = false;
	}
	return ok;
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	struct edge *e = ctx;
	struct arena a;

	arena_init(&a, 4096);
	if (!take(e, type, payload, &a)) {
		struct log_line ll = log_op(e->log, LOG_ERROR, "bad-message");

		log_z(&ll, "from", "engine");
		log_z(&ll, "type", msg_name(type));
		log_end(&ll);
	}
	arena_done(&a);
}

static void
engine_lost(struct edge *e)
{
	channel_free(&e->channel);
	if (e->up)
		e->lost_at = loop_mono(e->loop);
	e->up = false;
	e->ids_asked = false;
	edge_hosts_lost(e->hosts);
	edge_own_lost(e->own);
	/* The next engine may know of revocations this one did not tell. */
	caches_clear(e);
}

static void
on_gone(void *ctx)
{
	engine_lost(ctx);
}

void
edge_peer(struct edge *e, int engine_fd)
{
	static const struct channel_calls calls = { on_message, on_gone };

	engine_lost(e);
	e->channel = channel_new(e->loop, engine_fd, CHANNEL_PAYLOAD_MAX * 4, &calls, e);
	EDGE_TELL(e, edge_hello, .edge = (uint8_t)e->env->number, .boot = e->env->boot);
	/* The hello is answered with the state and a grant. */
	e->ids_asked = true;
}

void
edge_engine_free(struct edge *e)
{
	channel_free(&e->channel);
	cache_clear(&e->auth_cache, 1);
	cache_clear(&e->domain_cache, 1);
	edge_full_clear(e);
	edge_hosts_free(&e->hosts);
	edge_own_free(&e->own);
	map_done(&e->auth_cache);
	map_done(&e->domain_cache);
	nmap_done(&e->ask_of);
}
