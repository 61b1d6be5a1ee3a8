/*
 * Whom a signal is about. A token that fits the local part of an address names a recipient by
 * his number alone; the rule that suppresses needs the address, and so does the question
 * whether he took back his consent to tracking. It is the queue's or the ledger's, never that
 * of the report, which a stranger wrote. Looked up on a thread; the ledger is a moment behind,
 * so one that is not there yet is looked up again.
 */
#include "role/engine_priv.h"

#include "base/mem.h"

#include <jansson.h>

#define MEANT_MAX   4096u
#define TRACKED_MAX 2048u /* of them opens and clicks, which may be lost */
#define TRIES_MAX   5u
#define AGAIN_US    1000000u
#define ADDRESS_MAX 1024u
#define FACTS_MAX   65536u

struct meant {
	struct link link;
	struct engine *engine;
	struct pool_job job;
	struct loop_timer timer;
	struct engine_told_by by;
	struct buf signal, address;
	struct msg_signal m; /* of signal */
	unsigned tries;
};

static void
meant_free(struct meant *w)
{
	loop_timer_off(w->engine->loop, &w->timer);
	list_del(&w->link);
	w->engine->meants--;
	buf_done(&w->signal);
	buf_done(&w->address);
	mem_free(w);
}

/* The group that the message was of: an address that unsubscribes has no room for it. */
static uint32_t
group_of(struct str about)
{
	json_t *j = json_loadb(about.p, about.n, 0, NULL), *group = json_object_get(j, "group");
	uint32_t number = 0;

	if (json_is_string(group))
		(void)str_u32(str_z(json_string_value(group)), &number);
	json_decref(j);
	return number;
}

static void
look_for_group(struct meant *w)
{
	const struct ledger_place p = { w->m.accepted, w->m.tenant, w->m.rcpt };
	struct buf facts;
	struct rd r;
	struct fact f;

	buf_init(&facts, FACTS_MAX);
	if (ledger_acceptance(w->engine->env->paths->ledger, &p, &facts) == 0) {
		r = rd_of(buf_str(&facts));
		if (fact_read(&r, &f) == 0 && f.kind == FACT_ACCEPTED && f.about.n > 0)
			w->m.group = group_of(f.about);
	}
	buf_done(&facts);
}

static void
look_up(void *ctx)
{
	struct meant *w = ctx;

	if (w->m.kind == FACT_UNSUBSCRIBED && w->m.group == 0)
		look_for_group(w);
	(void)ledger_recipient(w->engine->env->paths->ledger, w->m.accepted, w->m.tenant,
		w->m.rcpt, &w->address);
}

static void
on_looked_up(void *ctx)
{
	struct meant *w = ctx;
	struct engine *e = w->engine;

	if (!e->ending && w->address.n == 0 && ++w->tries < TRIES_MAX &&
		ledger_waiting(e->ledger) > 0) {
		loop_timer_in(e->loop, &w->timer, AGAIN_US);
		return;
	}
	w->m.address = buf_str(&w->address);
	if (!e->ending)
		engine_signal_of(e, &w->by, &w->m);
	meant_free(w);
}

static void
on_again(void *ctx)
{
	struct meant *w = ctx;

	/* No flood of them may stand before the signatures of mail. At the end the pools wait
	 * for their jobs, and take none. */
	if (w->engine->ending)
		meant_free(w);
	else
		pool_add(engine_suppress_pool(w->engine), &w->job);
}

bool
engine_meant(struct engine *e, const struct engine_told_by *by, const struct msg_signal *m)
{
	/* Most of what is opened left the queue: one look, where queue_rcpt would take many. */
	struct q_message *owner = queue_message(e->queue, m->message);
	const struct q_rcpt *r = owner ? queue_rcpt(e->queue, m->rcpt, &owner) : NULL;
	struct msg_signal known = *m;
	struct meant *w;

	if (r && owner->tenant == m->tenant) {
		known.address = q_address(owner, r);
		known.group = q_group(owner);
		engine_signal_of(e, by, &known);
		return true;
	}
	if (e->meants >= (engine_signal_lasts(m->kind) ? MEANT_MAX : TRACKED_MAX))
		return false;
	w = MEM_NEW(w);
	w->engine = e;
	w->by = *by;
	buf_init(&w->address, ADDRESS_MAX);
	buf_init(&w->signal, CHANNEL_PAYLOAD_MAX);
	msg_signal_write(&w->signal, m);
	(void)msg_signal_read(NULL, buf_str(&w->signal), &w->m);
	w->job = (struct pool_job){ .work = look_up, .done = on_looked_up, .ctx = w };
	loop_timer_init(&w->timer, on_again, w);
	list_push(&e->meant, &w->link);
	e->meants++;
	on_again(w);
	return true;
}

void
engine_meant_drop(struct engine *e)
{
	/* The pool is gone: these wait for their timers. */
	LIST_EACH_SAFE(l, &e->meant)
	meant_free(LIST_OF(l, struct meant, link));
}
