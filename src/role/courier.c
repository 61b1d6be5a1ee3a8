#include "role/courier_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"
#include "io/sandbox.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

void
courier_say(struct courier *c, uint16_t type, const struct buf *payload)
{
	must(!payload->full);
	if (c->channel)
		(void)channel_force(c->channel, type, buf_str(payload));
}

void
courier_hand(struct courier *c, const struct courier_conn *n)
{
	atomic_store(&c->env->phases[0].hand, n && n->job ? n->slot + 1u : 0);
}

void
courier_phase(struct courier_conn *n, enum smtp_out_phase phase, unsigned code)
{
	struct phase_slot *s = &n->courier->env->phases[n->slot];

	atomic_store(&s->phase, (uint32_t)phase | code << 8);
	atomic_store(&s->attempt, n->job ? n->job->m.attempt : 0);
}

static struct courier_conn *
conn_at(struct courier *c, uint16_t slot)
{
	struct courier_conn *n;

	if (slot >= ROLE_SLOTS)
		return NULL;
	n = c->conns[slot];
	if (n == NULL) {
		n = MEM_NEW(n);
		n->courier = c;
		n->slot = slot;
		arena_init(&n->arena, 65536);
		buf_init(&n->transcript, COURIER_TRANSCRIPT);
		c->conns[slot] = n;
	}
	return n;
}

static struct courier_conn *
conn_of_attempt(struct courier *c, uint64_t attempt)
{
	for (unsigned i = 0; i < ROLE_SLOTS; i++)
		if (c->conns[i] && c->conns[i]->job && c->conns[i]->job->m.attempt == attempt)
			return c->conns[i];
	return NULL;
}

static bool
take_attempt(struct courier *c, struct str payload)
{
	struct courier_job *j = courier_job_new(c, payload);
	struct courier_conn *n = j ? conn_at(c, j->m.slot) : NULL;

	if (n == NULL || n->job) {
		courier_job_free(c, &j);
		return false;
	}
	n->job = j;
	courier_phase(n, PHASE_IDLE, 0);
	courier_hand(c, n);
	if (j->m.route == ROUTE_WEBHOOK) {
		courier_post_start(n);
		return true;
	}
	if (j->m.route == ROUTE_SINK) {
		courier_sink_start(n);
		return true;
	}
	courier_job_prepare(n);
	if (n->job == j)
		courier_conn_start(n);
	return true;
}

static bool
take_small(struct courier *c, uint16_t type, struct str payload, struct arena *a)
{
	struct courier_conn *n;
	struct msg_outcome_ok ok;
	struct msg_signed s;
	struct msg_dot_ok dot;
	struct msg_hang_up up;

	switch (type) {
	case MSG_outcome_ok:
		if (msg_outcome_ok_read(a, payload, &ok) < 0)
			return false;
		courier_told_ok(c, ok.attempt);
		return true;
	case MSG_signed:
		if (msg_signed_read(a, payload, &s) < 0)
			return false;
		if ((n = conn_of_attempt(c, s.attempt)) != NULL) {
			courier_hand(c, n);
			courier_job_signed(n, &s);
		}
		return true;
	case MSG_dot_ok:
		if (msg_dot_ok_read(a, payload, &dot) < 0)
			return false;
		if ((n = conn_of_attempt(c, dot.attempt)) != NULL) {
			courier_hand(c, n);
			courier_conn_dot(n);
		}
		return true;
	case MSG_hang_up:
		if (msg_hang_up_read(a, payload, &up) < 0)
			return false;
		if (up.slot < ROLE_SLOTS && c->conns[up.slot])
			courier_conn_hang_up(c->conns[up.slot]);
		return true;
	default:
		return false;
	}
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	struct courier *c = ctx;
	struct arena a;
	bool ok;

	arena_init(&a, 65536);
	courier_hand(c, NULL);
	ok = type == MSG_attempt ? take_attempt(c, payload) : take_small(c, type, payload, &a);
	arena_done(&a);
	if (!ok) {
		struct log_line ll = log_op(c->log, LOG_ERROR, "bad-message");

		log_z(&ll, "from", "engine");
		log_z(&ll, "type", msg_name(type));
		log_end(&ll);
	}
}

static void
on_engine_gone(void *ctx)
{
	struct courier *c = ctx;

	/* Conversations go on; their outcomes wait for the next engine. */
	channel_free(&c->channel);
}

static void
add_triple(struct msg_u64s *list, size_t max, uint64_t attempt, uint64_t slot, uint64_t rcpt)
{
	if (list->n + 3 > max)
		return;
	list->at[list->n++] = attempt;
	list->at[list->n++] = slot;
	list->at[list->n++] = rcpt;
}

/* An outcome not yet durable may have left its slot to the next attempt; the new engine takes
 * one attempt a slot, so it is shown on one that has none. It has no connection there, which
 * costs nothing. ROLE_SLOTS: none left. */
static unsigned
slot_for_told(const struct courier *c, const struct courier_told *t, bool used[ROLE_SLOTS])
{
	unsigned slot = t->slot;

	for (unsigned i = 0; i < ROLE_SLOTS; i++, slot = (slot + 1) % ROLE_SLOTS)
		if (!used[slot] && !(c->conns[slot] && c->conns[slot]->job)) {
			used[slot] = true;
			return slot;
		}
	return ROLE_SLOTS;
}

static void
say_hello(struct courier *c)
{
	enum { MAX = MSG_U64S_MAX };
	struct msg_u64s list = { mem_new(MAX, sizeof(uint64_t)), 0 };
	bool used[ROLE_SLOTS] = { false };

	for (unsigned i = 0; i < ROLE_SLOTS; i++) {
		const struct courier_job *j = c->conns[i] ? c->conns[i]->job : NULL;

		for (size_t k = 0; j && k < j->m.rcpts.n; k++)
			add_triple(&list, MAX, j->m.attempt, i,
				j->m.message + 1 + j->m.rcpts.at[k].index);
	}
	LIST_EACH(l, &c->told)
	{
		const struct courier_told *t = LIST_OF(l, struct courier_told, link);
		unsigned slot = slot_for_told(c, t, used);

		for (size_t k = 0; k < t->n && slot < ROLE_SLOTS; k++)
			add_triple(&list, MAX, t->attempt, slot, t->rcpts[k]);
	}
	COURIER_TELL(c, courier_hello, .courier = (uint8_t)c->env->number, .slots = ROLE_SLOTS,
		.boot = c->env->boot, .attempts = list);
	mem_free(list.at);
}

void
courier_peer(struct courier *c, int engine_fd)
{
	static const struct channel_calls calls = { on_message, on_engine_gone };

	channel_free(&c->channel);
	c->channel = channel_new(c->loop, engine_fd, CHANNEL_PAYLOAD_MAX * 4, &calls, c);
	say_hello(c);
	LIST_EACH(l, &c->told)
	courier_say(c, MSG_outcome, &LIST_OF(l, struct courier_told, link)->payload);
	for (unsigned i = 0; i < ROLE_SLOTS; i++)
		if (c->conns[i] && c->conns[i]->job)
			courier_job_ask_again(c->conns[i]);
}

static void
on_link_peer(void *ctx, enum role_kind kind, unsigned number, int fd)
{
	(void)number;
	if (kind == ROLE_ENGINE)
		courier_peer(ctx, fd);
	else
		close(fd);
}

static bool
has_jobs(const struct courier *c)
{
	for (unsigned i = 0; i < ROLE_SLOTS; i++)
		if (c->conns[i] && c->conns[i]->job)
			return true;
	return !list_empty(&c->told);
}

#define PURGE_SECONDS 3600 /* a courier without mail purges too */

static void
on_second(void *ctx)
{
	struct courier *c = ctx;
	struct msg_count n = { COUNT_OUT_CONNECTIONS, 0, c->connections };
	struct msg_counts counts = { &n, 1 };

	courier_hand(c, NULL);
	courier_transcripts_flush(c);
	if (++c->seconds % PURGE_SECONDS == 0) {
		courier_transcripts_purge(c);
		courier_sink_purge(c);
	}
	extent_reader_trim(c->reader);
	log_flush(c->log);
	COURIER_TELL(c, tally, .counts = counts);
	if (c->draining && !has_jobs(c))
		loop_stop(c->loop);
	loop_timer_in(c->loop, &c->second, 1000000);
}

static void
on_drain(void *ctx)
{
	struct courier *c = ctx;

	c->draining = true;
}

static void
config_drop(struct config **c)
{
	if (*c == NULL)
		return;
	config_done(*c);
	mem_free(*c);
	*c = NULL;
}

static void
make_resolver(struct courier *c)
{
	const struct config *cf = c->config;

	c->resolver = resolver_new(
		c->loop, cf->outbound.resolver, cf->outbound.ipv4, cf->outbound.ipv6);
}

/* In place: conversations go on with what they began with. */
static void
on_reload(void *ctx, struct str yaml)
{
	struct courier *c = ctx;
	struct config *cf = MEM_NEW(cf), *old = c->own_config;
	struct resolver *was = c->resolver;
	struct config_error err;

	if (config_parse(cf, c->config->file, yaml, environ, &err) < 0) {
		mem_free(cf);
		return;
	}
	c->config = c->own_config = cf;
	make_resolver(c);
	for (unsigned i = 0; i < ROLE_SLOTS; i++)
		if (c->conns[i])
			courier_conn_resolver_goes(c->conns[i], was);
	fetch_reset(c->fetch, c->resolver, cf->lab.private_webhooks);
	resolver_free(&was);
	config_drop(&old);
}

struct courier *
courier_new(struct loop *l, const struct role_env *env)
{
	static const struct role_link_calls calls = {
		.peer = on_link_peer, .drain = on_drain, .reload = on_reload
	};
	struct courier *c = MEM_NEW(c);

	c->loop = l;
	c->env = env;
	c->config = env->config;
	c->log = env->log;
	c->hurry = 1;
	c->transcripts.fd = -1;
	buf_init(&c->transcripts.waiting, 4u << 20);
	list_init(&c->told);
	make_resolver(c);
	c->fetch = fetch_new(l, c->resolver, c->config->lab.private_webhooks);
	list_init(&c->posts);
	list_init(&c->posts_begun);
	c->reader = extent_reader_new(env->paths->spool);
	c->tls_may = tls_client_new(false);
	c->tls_must = tls_client_new(true);
	loop_timer_init(&c->second, on_second, c);
	loop_timer_in(l, &c->second, 1000000);
	courier_transcripts_purge(c);
	if (env->link_fd >= 0) {
		c->link = role_link_new(l, env->link_fd, &calls, c);
		role_link_ready(c->link);
	}
	return c;
}

void
courier_free(struct courier **pc)
{
	struct courier *c = *pc;

	if (c == NULL)
		return;
	loop_timer_off(c->loop, &c->second);
	for (unsigned i = 0; i < ROLE_SLOTS; i++)
		courier_conn_free(&c->conns[i]);
	courier_transcripts_flush(c);
	courier_told_free(c);
	channel_free(&c->channel);
	fetch_free(&c->fetch);
	resolver_free(&c->resolver);
	extent_reader_free(&c->reader);
	tls_client_free(&c->tls_may);
	tls_client_free(&c->tls_must);
	role_link_free(&c->link);
	config_drop(&c->own_config);
	if (c->transcripts.fd >= 0)
		close(c->transcripts.fd);
	buf_done(&c->transcripts.waiting);
	mem_free(c);
	*pc = NULL;
}

int
courier_main(const struct role_env *env)
{
	const struct sandbox_path paths[] = {
		{ env->paths->spool, false },
		{ env->paths->transcripts, true },
		{ env->paths->sink, true },
		{ "/etc", false },
		{ "/usr/lib/ssl", false },
		{ "/usr/share", false },
		/* /etc/resolv.conf is often a link to one of these. */
		{ "/run/systemd/resolve", false },
		{ "/run/resolvconf", false },
		{ "/run/NetworkManager", false },
	};
	const struct sandbox box = {
		.paths = paths, .npaths = sizeof paths / sizeof *paths, .connect = true
	};
	struct loop *l = loop_new(env->clock);
	struct courier *c;

	if (role_sandbox(env, &box) < 0)
		return 77;
	c = courier_new(l, env);
	loop_run(l);
	courier_free(&c);
	loop_free(&l);
	return 0;
}
