/* Acceptance: ids, submits, the answer after the flush (P1, P4). */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file_fault.h"
#include "send/wish.h"

#include <errno.h>

/* One submit between its append and its flush. */
struct pending {
	struct journal_wait wait;
	struct link link; /* held while a compaction begins, else flying */
	uint64_t message, offset;
	uint32_t extent;
	struct engine *engine;
	unsigned edge; /* 0 = our own */
	uint64_t boot;
	bool answered; /* red control only */
	bool quiet;    /* another submit of its call, behind it, is answered for all */
	struct engine_own own;
	struct engine_counted counted; /* until it is ours */
	struct buf payload;
};

static void
pending_free(struct pending *p, bool durable)
{
	if (p->own.told)
		p->own.told(p->own.ctx, durable);
	buf_done(&p->payload);
	mem_free(p);
}

static void
on_reserved(void *ctx, int err)
{
	struct pending *p = ctx;
	struct engine *e = p->engine;

	mem_free(p);
	e->reserving = false;
	if (!engine_durable(e, err))
		return;
	e->reserved_id += ENGINE_RESERVE;
	for (unsigned i = 1; i <= ROLE_EDGES_MAX; i++)
		if (e->edges[i].up && e->edges[i].wants_ids)
			engine_grant(e, &e->edges[i]);
}

/* Makes the next block durable before any id of it is given. */
static void
reserve(struct engine *e)
{
	struct pending *p;

	if (e->reserving || e->ending)
		return;
	p = MEM_NEW(p);
	p->engine = e;
	p->wait.done = on_reserved;
	p->wait.ctx = p;
	list_init(&p->wait.link);
	e->reserving = true;
	e->reserved_id += ENGINE_RESERVE;
	int err = engine_totals_put(e, false, &p->wait);
	e->reserved_id -= ENGINE_RESERVE;
	if (err < 0)
		engine_fatal(e, "the journal cannot be written", err);
}

static void
reserve_ahead(struct engine *e)
{
	if (e->totals.next_id + 2 * ENGINE_ROW > e->reserved_id)
		reserve(e);
}

void
engine_grant(struct engine *e, struct engine_peer *p)
{
	uint64_t first;

	p->wants_ids = true;
	if (!e->accepting)
		return;
	if (!engine_ids_grant(e, p, &first)) {
		reserve(e);
		return;
	}
	ENGINE_TELL(p, grant, .first = first, .count = ENGINE_GRANT);
	p->wants_ids = false;
	reserve_ahead(e);
}

static void
answer_as(struct engine *e, unsigned edge, const struct msg_submitted *a)
{
	if (edge && e->edges[edge].up)
		ENGINE_TELL(&e->edges[edge], submitted, .seq = a->seq, .retry_s = a->retry_s,
			.full = a->full, .reply = a->reply);
}

static void
answer(struct engine *e, unsigned edge, uint64_t seq, const struct reply *r)
{
	answer_as(e, edge, &(struct msg_submitted){ .seq = seq, .reply = *r });
}

static void
answer_ok(struct engine *e, unsigned edge, const struct msg_submit *s)
{
	char text[64];
	struct buf b = { text, 0, sizeof text, sizeof text, false };

	buf_put(&b, STR_LIT("Ok: queued as "));
	buf_put_u64(&b, s->message);
	struct reply r = { 250, { 2, 0, 0 }, buf_str(&b) };

	answer(e, edge, s->seq, &r);
}

/* A submit that is known, said again before what we read of it is on stable storage: a process
 * before us may have died between its write and its flush (P5). */
struct known {
	struct journal_wait wait;
	struct engine *engine;
	unsigned edge;
	uint64_t boot, seq, message;
};

static void
answer_known(struct engine *e, unsigned edge, const struct msg_submit *s)
{
	e->stats.duplicates++;
	answer_ok(e, edge, s);
}

static void
on_known_flushed(void *ctx, int err)
{
	struct known *k = ctx;
	struct engine *e = k->engine;
	const struct msg_submit s = { .seq = k->seq, .message = k->message };

	if (engine_durable(e, err) && e->edges[k->edge].boot == k->boot)
		answer_known(e, k->edge, &s);
	mem_free(k);
}

static void
known(struct engine *e, const struct engine_peer *p, const struct msg_submit *s)
{
	struct known *k;

	if (e->accepting) {
		answer_known(e, p->number, s);
		return;
	}
	k = MEM_NEW(k);
	k->engine = e;
	k->edge = p->number;
	k->boot = p->boot;
	k->seq = s->seq;
	k->message = s->message;
	k->wait.done = on_known_flushed;
	k->wait.ctx = k;
	list_init(&k->wait.link);
	/* The first generation answers what was appended before it. */
	int err = engine_totals_put(e, false, &k->wait);
	if (err < 0)
		engine_fatal(e, "the journal cannot be written", err);
}

/* What only mail of the API has; zero when there is nothing. */
static struct msg_extra
extra_of(const struct msg_submit *s)
{
	struct msg_extra x = { 0 };

	/* No list is in it, so nothing is taken of an arena. */
	if (s->extra.n)
		(void)msg_extra_read(NULL, s->extra, &x);
	return x;
}

/* The first message of its campaign for each of its recipients, unless there was another. What
 * becomes of it changes nothing: a start, which knows no outcomes of mail that is gone, must
 * come to the same. */
static void
claim(struct engine *e, const struct msg_submit *s)
{
	int64_t now = loop_wall(e->loop);
	char bytes[IDEM_SIZE];
	const struct str call = str_of(bytes, sizeof bytes);
	uint64_t other;
	struct wish w;

	if (wish_read(s->extra, &w) < 0 || w.once.n == 0)
		return;
	for (size_t i = 0; i < s->rcpts.n; i++) {
		const struct msg_rcpt *r = &s->rcpts.at[i];
		bool sink = (r->notify & MSG_RCPT_SINK) != 0;

		if (once_call(bytes, w.once, r->address, sink, s->message) == 0 &&
			idem_find(e->once, call, now, &other) == IDEM_NEW)
			idem_put(e->once, s->tenant, call, s->accepted, now);
	}
}

void
engine_submit_seen(struct engine *e, const struct msg_submit *s)
{
	if (!s || s->extra.n == 0)
		return;
	idem_put(e->idem, s->tenant, extra_of(s).idem, s->accepted, loop_wall(e->loop));
	claim(e, s);
}

void
engine_facts_accepted(struct engine *e, const struct msg_submit *s)
{
	struct msg_extra x = extra_of(s);

	for (size_t i = 0; i < s->rcpts.n; i++) {
		const struct msg_rcpt *r = &s->rcpts.at[i];
		struct fact f = {
			.rcpt = s->message + 1 + r->index,
			.message = x.first ? x.first : s->message,
			.tenant = s->tenant,
			.kind = FACT_ACCEPTED,
			.at = s->accepted,
			.stream = s->stream,
			.via = s->via,
			.size = s->length,
			.extent = s->extent,
			.offset = s->offset,
			.hash = s->hash,
			.recipient = r->address,
			.sender = s->sender,
			.message_id = s->message_id,
			.subject = s->subject,
			.client = s->client,
			.about = x.about,
		};

		ledger_put(e->ledger, s->accepted, &f);
	}
}

static void
log_accepted(struct engine *e, const struct msg_submit *s)
{
	for (size_t i = 0; i < s->rcpts.n; i++) {
		struct log_line ll = log_mail(e->log, "accepted");

		log_num(&ll, "id", (int64_t)(s->message + 1 + s->rcpts.at[i].index));
		log_num(&ll, "message", (int64_t)s->message);
		log_num(&ll, "tenant", s->tenant);
		log_addr(&ll, "from", s->sender);
		log_addr(&ll, "to", s->rcpts.at[i].address);
		log_num(&ll, "size", s->length);
		log_str(&ll, "client", s->client);
		log_str(&ll, "message_id", s->message_id);
		log_end(&ll);
	}
}

static void
count_accepted(struct engine *e, const struct msg_submit *s)
{
	e->totals.messages++;
	e->totals.accepted += s->rcpts.n;
	if (s->tenant == 0)
		e->totals.accepted_system += s->rcpts.n;
	if (s->via < 8)
		e->stats.via[s->via][s->stream]++;
}

/* send_at: first tried, and its life begins, when it is due. */
static struct q_message *
enqueue(struct engine *e, struct arena *a, const struct msg_submit *s, int64_t not_before)
{
	uint64_t now = loop_mono(e->loop), due = now, life = engine_life_us(e, s->stream);
	int64_t wait = not_before - loop_wall(e->loop);
	struct q_restored *at;
	struct q_message *m;

	if (not_before == 0 || wait <= 0)
		return queue_add(e->queue, s, now, now + life, NULL);
	due += (uint64_t)wait;
	at = arena_alloc(a, s->rcpts.n * sizeof *at);
	must(at != NULL);
	for (size_t i = 0; i < s->rcpts.n; i++)
		at[i] = (struct q_restored){ .state = RCPT_QUEUED, .next = due };
	m = queue_add(e->queue, s, now, due + life, at);
	if (m)
		q_set_born(m, (int64_t)due);
	return m;
}

/* The record is on stable storage: from here on the mail is ours. False: it is not. */
static bool
take(struct engine *e, struct pending *p)
{
	struct arena a;
	struct msg_submit s;
	struct msg_extra x;
	struct q_message *m;

	arena_init(&a, CHANNEL_PAYLOAD_MAX * 4);
	must(msg_submit_read(&a, buf_str(&p->payload), &s) == 0);
	x = extra_of(&s);
	idem_done(e->idem, x.idem);
	m = enqueue(e, &a, &s, x.not_before);
	if (m == NULL) {
		/* Only an edge that was broken into gives the same id twice at once. */
		const struct reply r =
			REPLY(451, 4, 3, 0, "Internal error: not accepted, try again");

		answer(e, p->edge, s.seq, &r);
		arena_done(&a);
		return false;
	}
	engine_extent_up(e, s.extent, s.length, s.accepted);
	engine_inbound_up(e, m);
	count_accepted(e, &s);
	engine_facts_accepted(e, &s);
	log_accepted(e, &s);
	claim(e, &s);
	engine_suppress_submitted(e, m);
	if (!p->answered && !p->quiet && e->edges[p->edge].boot == p->boot)
		answer_ok(e, p->edge, &s);
	loop_task_post(e->loop, &e->pump);
	arena_done(&a);
	return true;
}

static void
on_flushed(void *ctx, int err)
{
	struct pending *p = ctx;
	struct engine *e = p->engine;
	bool durable;

	e->submits_in_flight--;
	list_del(&p->link);
	durable = engine_durable(e, err);

	if (!durable || !take(e, p))
		engine_quota_undo(e, &p->counted);
	pending_free(p, durable);
	engine_compact_flushed(e);
}

static void
append(struct engine *e, struct pending *p)
{
	int err;

	p->wait.done = on_flushed;
	p->wait.ctx = p;
	list_init(&p->wait.link);
	e->submits_in_flight++;
	list_push(&e->flying_submits, &p->link);
	err = journal_append(e->journal, SPOOL_SUBMIT, buf_str(&p->payload), &p->wait);
	if (err < 0)
		engine_fatal(e, "the journal cannot be written", err);
}

void
engine_submits_uncount(struct engine *e)
{
	LIST_EACH(l, &e->held_submits)
	engine_quota_undo(e, &LIST_OF(l, struct pending, link)->counted);
}

void
engine_submits_drop(struct engine *e)
{
	struct link *l;

	while ((l = list_pop(&e->held_submits)) != NULL)
		pending_free(LIST_OF(l, struct pending, link), false);
}

void
engine_submits_go_on(struct engine *e)
{
	struct link *l;

	while ((l = list_pop(&e->held_submits)) != NULL)
		append(e, LIST_OF(l, struct pending, link));
}

static struct pending *
pending_new(struct engine *e, struct engine_peer *from, struct str payload,
	const struct msg_submit *s, bool quiet)
{
	struct pending *p = MEM_NEW(p);

	idem_begin(e->idem, s->tenant, extra_of(s).idem, loop_wall(e->loop));
	p->engine = e;
	p->quiet = quiet;
	p->edge = from ? from->number : 0;
	p->boot = from ? from->boot : 0;
	p->message = s->message;
	p->offset = s->offset;
	p->extent = s->extent;
	list_init(&p->link);
	buf_init(&p->payload, CHANNEL_PAYLOAD_MAX);
	buf_put(&p->payload, payload);
	return p;
}

static void
start(struct engine *e, struct pending *p, const struct msg_submit *s)
{
	if (!p->quiet && file_fault_control(FILE_CONTROL_EARLY250)) {
		answer_ok(e, p->edge, s);
		p->answered = true;
	}
	/* A compaction that begins wants no submit between its append and its place in the
	 * queue. */
	if (e->compact.on && !journal_begun(e->journal))
		list_push(&e->held_submits, &p->link);
	else
		append(e, p);
}

/* What came back, sent on: a message of ours to one who has asked for it. */
static bool
is_forward(const struct msg_submit *s)
{
	return s->via == VIA_FORWARD && s->tenant == 0 && s->sender.n == 0 && s->rcpts.n == 1 &&
	       s->stream == STREAM_TRANSACTIONAL;
}

/* What no honest edge says: it speaks for another one, or for an account that is not there.
 * That the account came to this edge by an AUTH is not known: edges remember answers, and their
 * sessions outlive us. */
static bool
its_own(const struct engine *e, const struct engine_peer *p, const struct msg_submit *s)
{
	return s->boot == p->boot && s->extent >> 24 == p->number &&
	       (e->config->lab.any_credentials || is_forward(s) ||
		       (s->tenant != 0 && directory_tenant(e->dir, s->tenant)));
}

/* Is exactly this submit in the queue already? */
static bool
is_queued(const struct engine *e, const struct msg_submit *s)
{
	const struct q_message *m = queue_message(e->queue, s->message);

	/* Carried into an extent of ours, it has another place; the bytes are the same. */
	return m &&
	       ((m->extent == s->extent && m->offset == s->offset) || m->extent >> 24 == 0) &&
	       m->hash == s->hash && m->length == s->length;
}

static bool
is_flying(struct engine *e, const struct msg_submit *s)
{
	struct link *lists[] = { &e->flying_submits, &e->held_submits };

	for (size_t i = 0; i < 2; i++)
		LIST_EACH(l, lists[i])
		{
			const struct pending *p = LIST_OF(l, struct pending, link);

			if (p->message == s->message && p->extent == s->extent &&
				p->offset == s->offset)
				return true;
		}
	return false;
}

/* Where a submit stands that may have been said before. */
enum standing {
	NEW,
	DURABLE, /* in the journal: it is said again (P4) */
	FLYING,  /* said twice at once: answered when it is durable */
	OTHER,   /* its id is another one's */
	FOREIGN  /* no honest edge says it */
};

static enum standing
standing(struct engine *e, struct engine_peer *p, struct msg_submit *s)
{
	uint64_t id;

	if (e->builder && spool_builder_knows(e->builder, s->boot, s->extent, s->offset, &id)) {
		s->message = id;
		return DURABLE;
	}
	switch (e->index ? spool_index_find(e->index, s) : SPOOL_NEW) {
	case SPOOL_SAME:
		return DURABLE; /* its record may not be loaded yet */
	case SPOOL_OTHER:
		return OTHER;
	case SPOOL_NEW:
		break;
	}
	switch (engine_ids_judge(e, p, s)) {
	case IDS_GOOD:
		return NEW;
	case IDS_FOREIGN:
		return FOREIGN;
	case IDS_USED:
		break;
	}
	if (is_queued(e, s))
		return DURABLE;
	if (is_flying(e, s))
		return FLYING;
	return engine_ids_again(p, s) ? DURABLE : FOREIGN;
}

/* One call: n submits, all or none. */
struct call {
	struct engine_peer *from;
	const struct msg_text *texts;
	struct msg_submit *at;
	bool *durable; /* of each */
	size_t n;
};

/* A key that was used before: answered. */
static bool
idem_answered(struct engine *e, const struct call *c)
{
	const struct msg_submit *last = &c->at[c->n - 1];
	struct msg_submitted a = { .seq = last->seq, .reply = REPLY(250, 2, 0, 0, "Ok") };
	struct str call = extra_of(last).idem;

	a.idem = (uint8_t)idem_find(e->idem, call, loop_wall(e->loop), &a.first);
	if (a.idem == IDEM_NEW)
		return false;
	if (a.idem == IDEM_RUNNING || a.idem == IDEM_OTHER)
		a.reply.code = 554; /* the edge has its own words */
	if (c->from->up) {
		struct buf b;

		buf_init(&b, 4096);
		msg_submitted_write(&b, &a);
		(void)channel_force(c->from->channel, MSG_submitted, buf_str(&b));
		buf_done(&b);
	}
	return true;
}

/* Code 0: all may start. */
static struct reply
judge_all(struct engine *e, const struct call *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct reply r = engine_judge(e, &c->at[i]);

		if (r.code)
			return r;
	}
	return (struct reply){ 0 };
}

/* The part that is not in the journal yet. What is there was taken with the rest of its call,
 * by a process before us: nothing of it is judged twice. It is the call's begin, unless a
 * record was damaged (P7). */
static void
start_all(struct engine *e, const struct call *c, bool counted)
{
	size_t last = c->n;
	struct pending *p;
	struct buf b;

	while (c->durable[last - 1])
		last--;
	for (size_t i = 0; i < last; i++) {
		struct msg_submit *m = &c->at[i];
		struct str text;

		if (c->durable[i])
			continue;
		buf_init(&b, CHANNEL_PAYLOAD_MAX);
		text = engine_sandbox_record(e, m, c->texts[i].bytes, &b);
		engine_ids_use(e, c->from, m);
		p = pending_new(e, c->from, text, m, i + 1 < last);
		if (counted)
			p->counted = engine_quota_of(e, m);
		start(e, p, m);
		buf_done(&b);
	}
}

static bool
submit(struct engine *e, const struct call *c)
{
	const struct msg_submit *last = &c->at[c->n - 1];
	struct msg_submitted no = { .reply = ENGINE_UNKNOWN };
	size_t durable = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (!its_own(e, c->from, &c->at[i]))
			return false;
		switch (standing(e, c->from, &c->at[i])) {
		case FOREIGN:
			return false;
		case FLYING:
			return true;
		case OTHER:
			answer(e, c->from->number, last->seq, &no.reply);
			return true;
		case DURABLE:
			c->durable[i] = true;
			durable++;
			break;
		case NEW:
			break;
		}
	}
	if (durable == c->n) {
		known(e, c->from, last);
		return true;
	}
	if (durable == 0 && idem_answered(e, c))
		return true;
	no.reply = durable == 0 ? judge_all(e, c) : (struct reply){ 0 };
	/* Last: whoever has room for it, has it taken. */
	if (!no.reply.code && durable == 0)
		no = engine_quota_take(e, c->at, c->n);
	no.seq = last->seq;
	if (no.reply.code)
		answer_as(e, c->from->number, &no);
	else
		start_all(e, c, durable == 0);
	return true;
}

bool
engine_submit(struct engine *e, struct engine_peer *p, struct str payload)
{
	const struct msg_text text = { payload };
	struct arena a;
	struct msg_submit s;
	bool durable = false, ok;
	struct call c = { p, &text, &s, &durable, 1 };

	arena_init(&a, CHANNEL_PAYLOAD_MAX * 4);
	ok = msg_submit_read(&a, payload, &s) == 0 && submit(e, &c);
	arena_done(&a);
	return ok;
}

/* Of one question and account, and its ids behind those of the one before: an id that stands
 * in a call twice would be judged free twice. */
static bool
follows(const struct msg_submit *before, const struct msg_submit *s)
{
	return s->seq == before->seq && s->tenant == before->tenant &&
	       s->message > before->message && s->message - before->message > before->rcpts.n;
}

static bool
call_read(struct arena *a, const struct msg_submits *m, struct call *c)
{
	c->n = m->texts.n;
	c->texts = m->texts.at;
	if (c->n == 0 || c->n > MSG_TEXTS_MAX)
		return false;
	c->at = arena_alloc(a, c->n * sizeof *c->at);
	c->durable = arena_alloc(a, c->n * sizeof *c->durable);
	if (!c->at || !c->durable)
		return false;
	for (size_t i = 0; i < c->n; i++) {
		c->durable[i] = false;
		if (msg_submit_read(a, c->texts[i].bytes, &c->at[i]) < 0 ||
			(i > 0 && !follows(&c->at[i - 1], &c->at[i])))
			return false;
	}
	return true;
}

bool
engine_submits(struct engine *e, struct engine_peer *p, struct str payload)
{
	struct call c = { .from = p };
	struct msg_submits m;
	struct arena a;
	bool ok;

	arena_init(&a, CHANNEL_PAYLOAD_MAX * 8);
	ok = msg_submits_read(&a, payload, &m) == 0 && call_read(&a, &m, &c) && submit(e, &c);
	arena_done(&a);
	return ok;
}

void
engine_submit_own(struct engine *e, struct msg_submit *s, struct engine_own own)
{
	struct pending *p;
	struct buf b;

	s->message = engine_ids_own(e, 1 + s->rcpts.n);
	reserve_ahead(e);
	if (!own.out)
		(void)engine_sandbox_mark(e, own.about, s);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	msg_submit_write(&b, s);
	p = pending_new(e, NULL, buf_str(&b), s, false);
	p->own = own;
	start(e, p, s);
	buf_done(&b);
}
