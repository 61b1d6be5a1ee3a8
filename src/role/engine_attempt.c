/* Attempts: given to couriers, answered by them, taken over from dead ones (P3, P6). */
#include "role/engine_priv.h"

#include "account/control_inbound.h"

#include "base/mem.h"
#include "base/must.h"
#include "wire/smtp_out.h"
#include "wire/token.h"

#include <errno.h>
#include <stdatomic.h>

#define DAY_US       (86400 * INT64_C(1000000))
#define PATH_ROOM    512u
#define WEBHOOK_ROOM 8192u

static bool
repeats(const struct engine *e, uint8_t stream)
{
	return stream == STREAM_BROADCAST ? e->config->outbound.repeat_broadcast
	                                  : e->config->outbound.repeat_transactional;
}

static size_t
signers_of(const struct engine *e, const struct q_message *m, struct msg_signer at[2])
{
	const struct dir_domain *d = directory_domain(e->dir, m->tenant, q_from_domain(m));
	size_t n = d && m->stream != STREAM_INBOUND ? d->nsigners : 0;

	for (size_t i = 0; i < n; i++)
		at[i] = (struct msg_signer){ d->signers[i].algo, d->domain,
			d->signers[i].selector };
	return n;
}

/* The envelope sender of one recipient's transaction: what comes back to it names him. Reports
 * of ours keep the null sender (RFC 3464 2), and so does what others send with it. */
static struct str
return_path(const struct engine *e, const struct q_message *m, const struct q_attempt *a,
	struct buf *path)
{
	struct token t = { .kind = TOKEN_BOUNCE,
		.stream = m->stream,
		.day = (uint16_t)(m->accepted / DAY_US),
		.tenant = m->tenant,
		.message = m->id,
		.recipient = queue_rcpt_at(e->queue, a->rcpts[0])->index };
	char text[TOKEN_TEXT_MAX];

	if (!config_paths(e->config) || m->stream == STREAM_INBOUND || q_sender(m).n == 0 ||
		a->n != 1)
		return q_sender(m);
	(void)token_write(text, e->env->keys.token, 0, &t);
	(void)buf_printf(path, "%s@%.*s", text, STR_ARG(e->config->bounce_domain));
	return buf_str(path);
}

/* Where a mail that came in is posted to; nothing when nobody wants it any more. */
static void
webhook_of(const struct engine *e, const struct q_message *m, const struct q_rcpt *r,
	struct buf *b)
{
	const struct inbound *in;
	struct msg_webhook w;
	char id[32];

	if (m->stream != STREAM_INBOUND)
		return;
	in = directory_inbound(e->dir, q_address(m, r));
	if (!in || !engine_inbound_ok(e, in, m->tenant))
		return;
	snprintf(id, sizeof id, "%llu", (unsigned long long)rcpt_id(m, r));
	w = (struct msg_webhook){ in->url, in->format, in->secret, str_z(id) };
	(void)msg_webhook_write(b, &w);
}

static int
give(struct engine *e, const struct q_attempt *a)
{
	struct engine_peer *p = &e->couriers[a->courier];
	const struct q_message *m = queue_message_at(e->queue, a->message);
	const struct door_key *k = queue_door_key(a->door);
	struct msg_rcpt rcpts[QUEUE_BATCH_MAX];
	struct msg_signer signers[2];
	struct buf b, path, webhook;
	int err;

	for (size_t i = 0; i < a->n; i++) {
		const struct q_rcpt *r = queue_rcpt_at(e->queue, a->rcpts[i]);

		rcpts[i] = (struct msg_rcpt){ r->index, r->notify, q_address(m, r),
			q_orcpt(m, r) };
	}
	buf_init(&path, PATH_ROOM);
	buf_init(&webhook, WEBHOOK_ROOM);
	webhook_of(e, m, queue_rcpt_at(e->queue, a->rcpts[0]), &webhook);
	struct msg_attempt t = {
		.attempt = a->id,
		.slot = a->slot,
		.last = a->last,
		.repeat = repeats(e, m->stream),
		.flags = m->flags,
		.ret = m->ret,
		.route = (uint8_t)k->kind,
		.tls = k->tls,
		.need = m->tls,
		.stream = m->stream,
		.port = k->port,
		.number = queue_rcpt_at(e->queue, a->rcpts[0])->attempts + 1u,
		.host = k->host,
		.user = k->user,
		.secret = k->secret,
		.source = k->source,
		.site = k->site,
		.message = m->id,
		.tenant = m->tenant,
		.extent = m->extent,
		.length = m->length,
		.offset = m->offset,
		.hash = m->hash,
		.header_length = m->header_length,
		.sender = return_path(e, m, a, &path),
		.envid = q_envid(m),
		.rcpts = { rcpts, a->n },
		.signers = { signers, signers_of(e, m, signers) },
		.webhook = buf_str(&webhook),
	};
	memcpy(t.body_hash.b, m->body_hash, sizeof m->body_hash);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	msg_attempt_write(&b, &t);
	err = p->channel ? channel_send(p->channel, MSG_attempt, buf_str(&b)) : -EPIPE;
	buf_done(&b);
	buf_done(&path);
	buf_done(&webhook);
	return err;
}

static bool
courier_behind(const struct engine *e)
{
	for (unsigned i = 1; i <= ROLE_COURIERS_MAX; i++)
		if (e->couriers[i].up && e->couriers[i].unflushed >= ENGINE_UNFLUSHED_MAX)
			return true;
	return false;
}

static void
hang_up_idle(struct engine *e, uint64_t now)
{
	uint8_t courier;
	uint16_t slot;

	while (queue_hang_up(e->queue, now, ENGINE_LINGER_US, &courier, &slot))
		if (e->couriers[courier].up)
			ENGINE_TELL(&e->couriers[courier], hang_up, .slot = slot);
}

void
engine_pump(void *ctx)
{
	struct engine *e = ctx;
	uint64_t now = loop_mono(e->loop), next;
	struct q_attempt a;
	bool blocked = false;

	if (!e->scheduling)
		return;
	next = queue_tick(e->queue, now);
	/* Bounded outcomes in the air: what a crash may repeat stays small. */
	while (!e->draining && !e->pause.on && !blocked && !courier_behind(e) &&
		queue_next(e->queue, now, &a)) {
		if (engine_suppress_attempt(e, &a) && give(e, &a) < 0) {
			queue_done(e->queue, a.id, false, now);
			blocked = true;
		}
	}
	hang_up_idle(e, now);
	if (blocked)
		next = now + 10000;
	if (next > now + 1000000)
		next = now + 1000000;
	loop_timer_in(e->loop, &e->pump_timer, next > now ? next - now : 0);
}

/* For good: it may have been delivered, and nobody will know. */
static void
in_doubt(struct engine *e, struct engine_batch *b, struct q_rcpt *r)
{
	const struct reply none = { 0 };
	struct engine_move mv = {
		.state = RCPT_IN_DOUBT,
		.verdict = bounce_judge(STAGE_DOT, &none),
		.fact = { .kind = FACT_IN_DOUBT, .stage = STAGE_DOT },
	};

	mv.fact.class = (uint8_t)mv.verdict.class;
	mv.fact.blame = (uint8_t)mv.verdict.blame;
	engine_move(e, b, r, &mv);
}

/* Nobody schedules before every courier has said what it still has in hand. */
void
engine_scheduling_check(struct engine *e)
{
	bool all = true;

	if (e->scheduling || !e->accepting || e->load || e->catching_up)
		return;
	for (unsigned i = 1; i <= e->config->couriers; i++)
		all = all && e->couriers[i].up;
	/* The keeper reaps a silent courier within 20 s and gives us its successor. */
	if (!all && loop_mono(e->loop) - e->began < 30u * 1000000u)
		return;
	e->scheduling = true;
	struct link *l;

	while ((l = list_pop(&e->doubts)) != NULL) {
		struct engine_doubt *d = LIST_OF(l, struct engine_doubt, link);
		struct q_message *m;
		struct q_rcpt *r = queue_rcpt(e->queue, d->rcpt, &m);

		if (r && (r->state == RCPT_QUEUED || r->state == RCPT_HELD)) {
			struct engine_batch b;

			engine_batch_init(&b, m);
			in_doubt(e, &b, r);
			engine_batch_commit(e, &b, NULL, 0);
		}
		mem_free(d);
	}
	loop_task_post(e->loop, &e->pump);
}

/* What a living courier has in hand is no doubt any more: it will tell. */
static void
doubts_adopted(struct engine *e)
{
	LIST_EACH_SAFE(l, &e->doubts)
	{
		struct engine_doubt *d = LIST_OF(l, struct engine_doubt, link);
		struct q_message *m;
		const struct q_rcpt *r = queue_rcpt(e->queue, d->rcpt, &m);

		if (!r || r->state != RCPT_ACTIVE)
			continue;
		nmap_put(&e->dots, r->timer.at, 1);
		list_del(l);
		mem_free(d);
	}
}

bool
engine_courier_hello(struct engine *e, struct engine_peer *p, const struct msg_courier_hello *h)
{
	/* Triples: attempt, slot, recipient; those of one attempt stand together. */
	const uint64_t *at = h->attempts.at;
	size_t n = h->attempts.n / 3 * 3;

	if (p->queued)
		return false;
	p->boot = h->boot;
	p->up = p->queued = true;
	p->life++;
	p->unflushed = 0;
	queue_courier_up(
		e->queue, (uint8_t)p->number, h->slots < ROLE_SLOTS ? h->slots : ROLE_SLOTS);
	for (size_t i = 0; i < n;) {
		uint64_t ids[QUEUE_BATCH_MAX];
		size_t k = 0, j = i;
		struct q_message *m;

		for (; j < n && at[j] == at[i] && k < QUEUE_BATCH_MAX; j += 3) {
			const struct q_rcpt *r = queue_rcpt(e->queue, at[j + 2], &m);

			if (r && !engine_is_poison(r))
				ids[k++] = at[j + 2];
		}
		if (at[i + 1] < ROLE_SLOTS)
			(void)queue_adopt(e->queue, at[i],
				(struct queue_slot){ (uint8_t)p->number, (uint16_t)at[i + 1] },
				ids, k);
		i = j;
	}
	doubts_adopted(e);
	engine_scheduling_check(e);
	loop_task_post(e->loop, &e->pump);
	return true;
}

static enum fact_kind
fact_of(const struct msg_result *res, const struct decision *d)
{
	if (res->result == RESULT_DELIVERED)
		return FACT_DELIVERED;
	if (res->result == RESULT_RELAYED)
		return FACT_RELAYED;
	if (res->result == RESULT_IN_DOUBT)
		return FACT_IN_DOUBT;
	if (d->state == RCPT_QUARANTINED)
		return FACT_QUARANTINED;
	return d->state == RCPT_BOUNCED   ? FACT_BOUNCED
	       : d->state == RCPT_EXPIRED ? FACT_EXPIRED
	                                  : FACT_DEFERRED;
}

/* Was it the connection that was not taken, before anything was said of the message? */
static bool
turned_away(const struct msg_outcome *o)
{
	for (size_t i = 0; i < o->results.n; i++) {
		const struct msg_result *r = &o->results.at[i];
		bool no = r->stage == STAGE_CONNECT ||
		          (r->stage == STAGE_BANNER && r->reply.code / 100 != 5) ||
		          (r->stage == STAGE_EHLO && r->reply.code == 421);

		if (!no || r->result != RESULT_DEFERRED)
			return false;
	}
	return o->results.n > 0;
}

/* Did the other side take the connection? */
static bool
worked(const struct msg_outcome *o)
{
	for (size_t i = 0; i < o->results.n; i++) {
		const struct msg_result *r = &o->results.at[i];

		if (r->stage >= STAGE_MAIL && r->stage <= STAGE_DOT &&
			(r->reply.code / 100 == 2 || r->reply.code / 100 == 5))
			return true;
	}
	return o->open;
}

struct heard {
	const struct msg_outcome *outcome;
	bool away, beside; /* turned away; while others of the door were in hand */
};

static void
bounced(struct engine *e, const struct q_rcpt *r, const struct engine_move *mv,
	const struct q_door *door)
{
	const struct q_message *m = queue_message_at(e->queue, r->message);
	const struct suppress_change of = {
		.tenant = m->tenant,
		.address = q_address(m, r),
		.message = rcpt_id(m, r),
		.at = loop_wall(e->loop),
		.note = mv->fact.reply.text,
	};

	engine_suppress_bounced(
		e, &of, &mv->verdict, door ? queue_door_key(door)->site : STR_NONE);
}

static void
apply(struct engine *e, struct engine_batch *b, struct q_rcpt *r, const struct heard *h,
	const struct msg_result *res)
{
	const struct msg_outcome *o = h->outcome;
	const struct q_message *m = queue_message_at(e->queue, r->message);
	uint64_t now = loop_mono(e->loop);
	struct decision d;
	struct engine_move mv = { 0 };
	struct q_attempt a = { 0 };

	(void)queue_attempt(e->queue, o->attempt, &a);
	r->attempts++;
	const struct outcome_of of = { m, r, now, (uint16_t)(m->id * 40503u), h->beside };

	d = outcome_decide(e->config, &of, res);
	mv = (struct engine_move){
		.state = d.state,
		.next = d.next,
		.verdict = d.verdict,
		.report = d.report,
		.report_delivered = d.report_delivered,
		.report_delay = d.report_delay,
		.fact = {
			.kind = (uint8_t)fact_of(res, &d),
			.class = (uint8_t)d.verdict.class,
			.blame = (uint8_t)d.verdict.blame,
			.stage = res->stage,
			.took_ms = o->took_ms,
			.host = o->host,
			.address = o->address,
			.tls = o->tls,
			.reply = res->reply,
			.transcript_day = o->transcript_day,
			.transcript_length = o->transcript_length,
			.transcript_offset = o->transcript_offset,
			.courier = a.courier,
		},
	};
	if (r->sink && mv.state == RCPT_DELIVERED) {
		mv.fact.class = CLASS_SANDBOX;
		/* It was not, to whom it was written. */
		mv.report_delivered = false;
	}
	if (d.rest_until && h->away)
		queue_door_away(e->queue, a.door, d.rest_until);
	else if (d.rest_until)
		queue_door_rest(e->queue, a.door, d.rest_until);
	if (d.state == RCPT_BOUNCED && m->stream != STREAM_INBOUND)
		bounced(e, r, &mv, a.door);
	engine_move(e, b, r, &mv);
}

static void
watch_port25(struct engine *e, const struct msg_outcome *o, const struct door_key *k)
{
	bool connected = o->error == 0 && o->address.n > 0;

	/* A URL may name that port; it tells nothing of mail. */
	if (o->port != 25 || k->kind == ROUTE_WEBHOOK || (!connected && o->error == 0))
		return;
	if (port25_saw(&e->port25, k->site, connected, o->error, loop_mono(e->loop))) {
		struct log_line ll = log_op(e->log,
			e->port25.state == PORT25_BLOCKED ? LOG_WARN : LOG_INFO, "port-25");

		log_z(&ll, "state", e->port25.state == PORT25_BLOCKED ? "blocked" : "open");
		log_z(&ll, "means",
			e->port25.state == PORT25_BLOCKED
				? "this network blocks outgoing port 25; nothing is lost: "
				  "facteur "
				  "routes add '*' smtp://user:password@host:587"
				: "outgoing port 25 answers");
		log_end(&ll);
	}
}

static void
apply_all(struct engine *e, struct engine_batch *b, const struct heard *h)
{
	const struct msg_outcome *o = h->outcome;
	uint64_t first = b->message + 1;

	for (size_t i = 0; i < o->results.n; i++) {
		struct q_message *owner;
		struct q_rcpt *r = queue_rcpt(e->queue, first + o->results.at[i].index, &owner);

		/* Nobody speaks for a recipient that is in other hands. */
		if (r && r->state == RCPT_ACTIVE && r->timer.at == o->attempt) {
			r->crashes = 0;
			apply(e, b, r, h, &o->results.at[i]);
		}
	}
}

void
engine_outcome(struct engine *e, struct engine_peer *p, const struct msg_outcome *o)
{
	struct heard h = { o, turned_away(o), false };
	enum queue_away away = QUEUE_AWAY_ALONE;
	struct q_attempt a;
	struct engine_batch b;

	if (!queue_attempt(e->queue, o->attempt, &a) || a.courier != p->number) {
		/* Known from before our restart, or taken over: it may be forgotten. */
		ENGINE_TELL(p, outcome_ok, .attempt = o->attempt);
		return;
	}
	watch_port25(e, o, queue_door_key(a.door));
	e->stats.turned_away += h.away;
	if (h.away)
		away = queue_turned_away(e->queue, o->attempt, loop_mono(e->loop));
	else if (worked(o))
		queue_worked(e->queue, o->attempt, loop_mono(e->loop));
	nmap_del(&e->dots, o->attempt);
	if (away == QUEUE_AWAY_GOES_ON) {
		/* Nothing became of the message: no fact, no attempt counted. */
		queue_done(e->queue, o->attempt, o->open, loop_mono(e->loop));
		ENGINE_TELL(p, outcome_ok, .attempt = o->attempt);
	} else {
		h.beside = away == QUEUE_AWAY_BESIDE;
		engine_batch_init(&b, queue_message_at(e->queue, a.message));
		apply_all(e, &b, &h);
		queue_done(e->queue, o->attempt, o->open, loop_mono(e->loop));
		engine_batch_commit(e, &b, p, o->attempt);
	}
	loop_task_post(e->loop, &e->pump);
}

/* What the dead courier had written last for this attempt (P3). */
static void
take_over(struct engine *e, const struct q_attempt *a)
{
	const struct phase_slot *s = &e->env->phases[(size_t)a->courier * ROLE_SLOTS + a->slot];
	uint32_t phase =
		atomic_load(&s->attempt) == a->id ? atomic_load(&s->phase) : PHASE_IDLE;
	uint32_t code = phase >> 8;
	const struct msg_outcome o = { .attempt = a->id, .slot = a->slot };
	const struct heard h = { &o, false, false };
	struct msg_result res = { .stage = STAGE_DOT };
	struct engine_batch b;
	bool blamed = engine_blamed(e, a->courier, a->slot);

	engine_batch_init(&b, queue_message_at(e->queue, a->message));
	phase &= 255;
	if (phase == PHASE_DOT)
		res.result = RESULT_IN_DOUBT;
	else if (phase == PHASE_REPLY && code / 100 == 2)
		res.result = RESULT_DELIVERED;
	else if (phase == PHASE_REPLY)
		res.result = code / 100 == 5 ? RESULT_BOUNCED : RESULT_DEFERRED;
	res.reply = (struct reply){ (uint16_t)code, { (uint8_t)(code / 100), 0, 0 },
		STR_LIT("(the process that read the reply ended before it could tell its "
			"text)") };
	for (size_t i = 0; i < a->n; i++) {
		struct q_rcpt *r = queue_rcpt_at(e->queue, a->rcpts[i]);

		bool accepted = atomic_load(&s->accepted[i / 64]) >> i % 64 & 1;

		res.index = r->index;
		if (res.result && !accepted) {
			/* Refused by RCPT before the dot: it got nothing, it may be tried
			 * again. */
			continue;
		} else if (res.result == RESULT_IN_DOUBT && (blamed || e->outside) &&
			   r->crashes + 1u >= ENGINE_CRASHES_MAX) {
			/* Each repeat may be one more copy; this one kills by its reply. */
			in_doubt(e, &b, r);
		} else if (res.result) {
			if (res.result == RESULT_IN_DOUBT && (blamed || e->outside))
				r->crashes++;
			apply(e, &b, r, &h, &res);
		} else if (phase != PHASE_IDLE || atomic_load(&s->attempt) == a->id) {
			engine_crashed(e, &b, r, blamed);
		}
	}
	nmap_del(&e->dots, a->id);
	queue_done(e->queue, a->id, false, loop_mono(e->loop));
	if (b.n)
		engine_batch_commit(e, &b, NULL, a->id);
	else
		buf_done(&b.facts);
}

static void
on_orphan(void *ctx, uint64_t attempt)
{
	struct engine *e = ctx;
	struct q_attempt a;

	if (queue_attempt(e->queue, attempt, &a))
		take_over(e, &a);
}

void
engine_courier_gone(struct engine *e, unsigned number)
{
	struct engine_peer *p = &e->couriers[number];

	if (p->queued) { /* it may have died before its hello */
		queue_attempts_of(e->queue, (uint8_t)number, on_orphan, e);
		queue_courier_down(e->queue, (uint8_t)number);
	}
	p->up = p->queued = false;
	p->lost = 0;
	p->life++;
	p->boot = 0;
	p->unflushed = 0;
	memset(p->counts, 0, sizeof p->counts);
	for (unsigned i = 0; i < ROLE_SLOTS; i++)
		atomic_store(&e->env->phases[(size_t)number * ROLE_SLOTS + i].attempt, 0);
	atomic_store(&e->env->phases[(size_t)number * ROLE_SLOTS].hand, 0);
	loop_task_post(e->loop, &e->pump);
}

struct dot_flight {
	struct journal_wait wait;
	struct engine *engine;
	unsigned courier;
	uint64_t life, attempt;
};

static void
on_dot_flushed(void *ctx, int err)
{
	struct dot_flight *f = ctx;
	struct engine_peer *p = &f->engine->couriers[f->courier];

	if (engine_durable(f->engine, err) && p->up && p->life == f->life)
		ENGINE_TELL(p, dot_ok, .attempt = f->attempt);
	mem_free(f);
}

void
engine_dot(struct engine *e, struct engine_peer *p, uint64_t attempt)
{
	struct q_attempt a;
	uint64_t ids[QUEUE_BATCH_MAX];
	struct dot_flight *f;
	struct buf b;

	if (!queue_attempt(e->queue, attempt, &a) || a.courier != p->number)
		return;
	const struct q_message *m = queue_message_at(e->queue, a.message);

	for (size_t i = 0; i < a.n; i++)
		ids[i] = rcpt_id(m, queue_rcpt_at(e->queue, a.rcpts[i]));
	struct spool_dot d = { attempt, m->id, { ids, a.n } };

	nmap_put(&e->dots, attempt, 1);
	f = MEM_NEW(f);
	*f = (struct dot_flight){
		.engine = e, .courier = p->number, .life = p->life, .attempt = attempt
	};
	f->wait.done = on_dot_flushed;
	f->wait.ctx = f;
	list_init(&f->wait.link);
	buf_init(&b, 65536);
	spool_dot_write(&b, &d);
	if (journal_append(e->journal, SPOOL_DOT, buf_str(&b), &f->wait) < 0)
		engine_fatal(e, "the journal cannot be written", -EIO);
	buf_done(&b);
}
