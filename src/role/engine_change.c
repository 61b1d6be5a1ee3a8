/* The one place where a recipient's state changes: memory, journal record, ledger fact, log. */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define SWEEP_SLICE 5000

/* A record between its append and its flush. */
struct flight {
	struct journal_wait wait;
	struct engine *engine;
	unsigned courier; /* 0 = nobody waits */
	uint64_t life, attempt;
	int64_t accepted;
	struct buf facts;
};

void
engine_batch_init(struct engine_batch *b, const struct q_message *m)
{
	b->message = m->id;
	b->accepted = m->accepted;
	b->n = 0;
	buf_init(&b->facts, 1u << 20);
}

static void
count(struct engine *e, const struct q_message *m, const struct engine_move *mv)
{
	uint64_t took;
	size_t i = 0;
	static const uint64_t bucket_ms[12] = { 50, 100, 250, 500, 1000, 2500, 5000, 15000,
		60000, 300000, 3600000, UINT64_MAX };

	if (mv->state != RCPT_QUEUED || mv->fact.kind == FACT_DEFERRED)
		e->stats.results[mv->state]++;
	if (mv->verdict.class < CLASSES && mv->state != RCPT_DELIVERED)
		e->stats.class[mv->verdict.class]++;
	else if (mv->fact.class == CLASS_SANDBOX)
		e->stats.class[CLASS_SANDBOX]++;
	if (rcpt_final(mv->state))
		e->totals.final[mv->state]++;
	if (mv->state != RCPT_DELIVERED)
		return;
	/* Two processes, one clock that may be set. */
	took = loop_wall(e->loop) > m->accepted ? (uint64_t)(loop_wall(e->loop) - m->accepted)
	                                        : 0;
	e->stats.delivered_us_sum += took;
	e->stats.delivered_n++;
	while (took / 1000 > bucket_ms[i])
		i++;
	e->stats.delivered_bucket[i]++;
}

static void
log_move(struct engine *e, const struct q_message *m, const struct q_rcpt *r,
	const struct fact *f)
{
	struct log_line ll = log_mail(e->log, fact_name((enum fact_kind)f->kind));
	struct buf reply;

	log_num(&ll, "id", (int64_t)f->rcpt);
	log_num(&ll, "message", (int64_t)m->id);
	log_num(&ll, "tenant", m->tenant);
	log_addr(&ll, "to", q_address(m, r));
	if (f->host.n)
		log_str(&ll, "host", f->host);
	if (f->address.n)
		log_str(&ll, "address", f->address);
	if (f->reply.code || f->reply.text.n) {
		buf_init(&reply, 4096);
		reply_safe(&reply, &f->reply);
		log_str(&ll, "reply", buf_str(&reply));
		buf_done(&reply);
	}
	if (f->class)
		log_z(&ll, "class", bounce_class_name((enum bounce_class)f->class));
	if (f->blame)
		log_z(&ll, "blame", blame_name((enum blame)f->blame));
	if (f->took_ms)
		log_num(&ll, "took_ms", f->took_ms);
	if (f->next)
		log_num(&ll, "retry_in_s", (f->next - f->at) / 1000000);
	log_end(&ll);
}

static void
record_change(struct engine *e, struct engine_batch *b, const struct q_rcpt *r,
	const struct engine_move *mv)
{
	must(b->n < QUEUE_BATCH_MAX);
	b->changes[b->n++] = (struct spool_change){
		.index = r->index,
		.attempts = r->attempts,
		.facts = r->facts,
		.state = (uint8_t)mv->state,
		.crashes = r->crashes,
		.delay_told = r->delay_told,
		.report_owed = r->report_owed,
		.held_own = r->held_own,
		.next = mv->state == RCPT_QUEUED || mv->state == RCPT_HELD
		                ? engine_wall_of(e, mv->next)
		                : 0,
	};
}

static void
start_reports(struct engine *e, struct q_rcpt *r, const struct engine_move *mv)
{
	if (mv->report)
		engine_report(e, r, REPORT_FAILED, mv);
	else if (mv->report_delivered)
		engine_report(e, r,
			mv->fact.kind == FACT_RELAYED ? REPORT_RELAYED : REPORT_DELIVERED, mv);
	else if (mv->report_delay)
		engine_report(e, r, REPORT_DELAYED, mv);
}

void
engine_tell_fact(struct engine *e, struct q_rcpt *r, struct fact *f)
{
	const struct q_message *m = queue_message_at(e->queue, r->message);

	f->rcpt = rcpt_id(m, r);
	f->message = m->id;
	f->tenant = m->tenant;
	f->at = loop_wall(e->loop);
	f->number = ++r->facts;
	log_move(e, m, r, f);
	ledger_put(e->ledger, m->accepted, f);
}

void
engine_move(struct engine *e, struct engine_batch *b, struct q_rcpt *r, struct engine_move *mv)
{
	struct q_message *m = queue_message_at(e->queue, r->message);
	struct fact *f = &mv->fact;
	uint64_t now = loop_mono(e->loop);

	e->poisoned -= engine_is_poison(r);
	if (mv->crashed && r->crashes < RCPT_CRASHES_MAX)
		r->crashes++;
	r->report_owed = mv->report || mv->report_delivered;
	r->held_own = mv->held_own;
	if (mv->report_delay)
		r->delay_told = true;
	f->rcpt = rcpt_id(m, r);
	f->message = m->id;
	f->tenant = m->tenant;
	f->at = loop_wall(e->loop);
	f->next = mv->state == RCPT_QUEUED && f->kind != FACT_RELEASED
	                  ? engine_wall_of(e, mv->next)
	                  : 0;
	if (f->kind) {
		/* The accepted fact is number 0. */
		f->number = ++r->facts;
		(void)fact_write(&b->facts, f);
		log_move(e, m, r, f);
		engine_said(e, r, f);
	}
	e->poisoned += mv->state == RCPT_HELD && r->crashes >= ENGINE_CRASHES_MAX;
	count(e, m, mv);
	if (mv->state == RCPT_DELIVERED)
		engine_haste_delivered(e, f->rcpt);
	record_change(e, b, r, mv);
	start_reports(e, r, mv);
	queue_set(e->queue, r, mv->state, mv->next, now);
}

static void
on_flushed(void *ctx, int err)
{
	struct flight *f = ctx;
	struct engine *e = f->engine;
	struct engine_peer *p = &e->couriers[f->courier];
	struct rd r = rd_of(buf_str(&f->facts));
	struct fact fact;

	e->changes_durable++;
	if (!engine_durable(e, err))
		r.n = 0;
	while (r.n > 0 && fact_read(&r, &fact) == 0)
		ledger_put(e->ledger, f->accepted, &fact);
	if (f->courier && p->life == f->life) {
		if (p->up)
			ENGINE_TELL(p, outcome_ok, .attempt = f->attempt);
		must(p->unflushed > 0);
		if (p->unflushed-- == ENGINE_UNFLUSHED_MAX)
			loop_task_post(e->loop, &e->pump);
	}
	buf_done(&f->facts);
	mem_free(f);
	if (!list_empty(&e->by_hand))
		engine_hands_durable(e);
}

void
engine_batch_commit(
	struct engine *e, struct engine_batch *b, struct engine_peer *courier, uint64_t attempt)
{
	struct flight *f = MEM_NEW(f);
	struct spool_outcome o = {
		.message = b->message,
		.at = loop_wall(e->loop),
		.accepted = b->accepted,
		.attempt = attempt,
		.changes = b->changes,
		.n = b->n,
		.facts = buf_str(&b->facts),
	};
	struct buf rec;
	int err;

	f->engine = e;
	f->courier = courier ? courier->number : 0;
	f->life = courier ? courier->life : 0;
	f->attempt = attempt;
	f->accepted = b->accepted;
	f->wait.done = on_flushed;
	f->wait.ctx = f;
	list_init(&f->wait.link);
	/* Nobody waits for it, unless many are in the air (ENGINE_UNFLUSHED_MAX). */
	f->wait.patient = courier && courier->unflushed < ENGINE_UNFLUSHED_MAX / 2;
	if (courier)
		courier->unflushed++;
	buf_init(&rec, RECORD_MAX);
	must(spool_outcome_write(&rec, &o) == 0);
	e->changes++;
	err = journal_append(e->journal, SPOOL_OUTCOME, buf_str(&rec), &f->wait);
	buf_done(&rec);
	f->facts = b->facts; /* moved */
	if (err < 0)
		engine_fatal(e, "the journal cannot be written", err);
}

void
engine_move_one(struct engine *e, struct q_rcpt *r, struct engine_move *mv)
{
	struct engine_batch b;

	engine_batch_init(&b, queue_message_at(e->queue, r->message));
	engine_move(e, &b, r, mv);
	engine_batch_commit(e, &b, NULL, 0);
}

bool
engine_tells_failure(const struct q_message *m, const struct q_rcpt *r)
{
	return q_sender(m).n > 0 && !(r->notify & DSN_NEVER) &&
	       (r->notify == DSN_DEFAULT || (r->notify & DSN_FAILURE));
}

static void
on_expired(void *ctx, struct q_rcpt *r)
{
	struct engine *e = ctx;
	const struct q_message *m = queue_message_at(e->queue, r->message);
	struct engine_move mv = {
		.state = RCPT_EXPIRED,
		.fact = { .kind = FACT_EXPIRED,
			.stage = STAGE_LOCAL,
			.reply = REPLY(554, 5, 4, 7, "Delivery time expired") },
	};

	mv.report = engine_tells_failure(m, r);
	mv.verdict = bounce_judge(STAGE_LOCAL, &mv.fact.reply);
	mv.fact.class = (uint8_t)mv.verdict.class;
	mv.fact.blame = (uint8_t)mv.verdict.blame;
	engine_move_one(e, r, &mv);
}

void
engine_sweep(struct engine *e)
{
	queue_sweep(e->queue, loop_mono(e->loop), SWEEP_SLICE, on_expired, e);
}
