/* Acceptance: ids, submits, the answer after the flush (P1, P4). */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define DAY_US (86400 * INT64_C(1000000))

/* One submit between its append and its flush. */
struct pending {
	struct journal_wait wait;
	struct link link; /* held while a compaction begins */
	struct engine *engine;
	unsigned edge; /* 0 = our own */
	uint64_t boot;
	bool answered; /* red control only */
	struct buf payload;
};

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

void
engine_grant(struct engine *e, struct engine_peer *p)
{
	p->wants_ids = true;
	if (!e->accepting)
		return;
	if (e->totals.next_id + ENGINE_GRANT > e->reserved_id) {
		reserve(e);
		return;
	}
	ENGINE_TELL(p, grant, .first = e->totals.next_id, .count = ENGINE_GRANT);
	e->totals.next_id += ENGINE_GRANT;
	p->wants_ids = false;
	if (e->totals.next_id + 2 * ENGINE_GRANT > e->reserved_id)
		reserve(e);
}

static void
answer(struct engine *e, unsigned edge, uint64_t seq, const struct reply *r)
{
	if (edge && e->edges[edge].up)
		ENGINE_TELL(&e->edges[edge], submitted, .seq = seq, .reply = *r);
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

void
engine_facts_accepted(struct engine *e, const struct msg_submit *s)
{
	for (size_t i = 0; i < s->rcpts.n; i++) {
		const struct msg_rcpt *r = &s->rcpts.at[i];
		struct fact f = {
			.rcpt = s->message + 1 + r->index,
			.message = s->message,
			.tenant = s->tenant,
			.kind = FACT_ACCEPTED,
			.at = s->accepted,
			.stream = s->stream,
			.via = s->via,
			.size = s->length,
			.recipient = r->address,
			.sender = s->sender,
			.message_id = s->message_id,
			.subject = s->subject,
			.client = s->client,
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
		e->stats.via[s->via][s->stream & 1]++;
}

/* The record is on stable storage: from here on the mail is ours. */
static void
take(struct engine *e, struct pending *p)
{
	struct arena a;
	struct msg_submit s;
	struct q_message *m;
	uint64_t now = loop_mono(e->loop);

	arena_init(&a, CHANNEL_PAYLOAD_MAX * 4);
	must(msg_submit_read(&a, buf_str(&p->payload), &s) == 0);
	m = queue_add(e->queue, &s, now, now + engine_life_us(e, s.stream), NULL);
	if (m == NULL) {
		/* Only an edge that was broken into gives the same id twice at once. */
		const struct reply r =
			REPLY(451, 4, 3, 0, "Internal error: not accepted, try again");

		answer(e, p->edge, s.seq, &r);
		arena_done(&a);
		return;
	}
	engine_extent_up(e, s.extent, s.length, s.accepted);
	count_accepted(e, &s);
	engine_facts_accepted(e, &s);
	log_accepted(e, &s);
	if (!p->answered && e->edges[p->edge].boot == p->boot)
		answer_ok(e, p->edge, &s);
	loop_task_post(e->loop, &e->pump);
	arena_done(&a);
}

static void
on_flushed(void *ctx, int err)
{
	struct pending *p = ctx;
	struct engine *e = p->engine;

	e->submits_in_flight--;
	if (engine_durable(e, err))
		take(e, p);
	buf_done(&p->payload);
	mem_free(p);
	if (!e->ending)
		engine_compact_tick(e);
}

static void
append(struct engine *e, struct pending *p)
{
	int err;

	p->wait.done = on_flushed;
	p->wait.ctx = p;
	list_init(&p->wait.link);
	e->submits_in_flight++;
	err = journal_append(e->journal, SPOOL_SUBMIT, buf_str(&p->payload), &p->wait);
	if (err < 0)
		engine_fatal(e, "the journal cannot be written", err);
}

void
engine_submits_drop(struct engine *e)
{
	struct link *l;

	while ((l = list_pop(&e->held_submits)) != NULL) {
		struct pending *p = LIST_OF(l, struct pending, link);

		buf_done(&p->payload);
		mem_free(p);
	}
}

void
engine_submits_go_on(struct engine *e)
{
	struct link *l;

	while ((l = list_pop(&e->held_submits)) != NULL)
		append(e, LIST_OF(l, struct pending, link));
}

static void
start(struct engine *e, struct engine_peer *from, struct str payload,
	const struct msg_submit *s)
{
	struct pending *p = MEM_NEW(p);

	p->engine = e;
	p->edge = from ? from->number : 0;
	p->boot = from ? from->boot : 0;
	list_init(&p->link);
	buf_init(&p->payload, CHANNEL_PAYLOAD_MAX);
	buf_put(&p->payload, payload);
#ifdef FACTEUR_CONTROL_EARLY250
	answer_ok(e, p->edge, s);
	p->answered = true;
#else
	(void)s;
#endif
	/* A compaction that begins wants no submit between its append and its place in the
	 * queue. */
	if (e->compact.on && !journal_begun(e->journal))
		list_push(&e->held_submits, &p->link);
	else
		append(e, p);
}

/* What an edge may not do even when it is broken into: foreign extents, ids it was not given.
 */
static bool
plausible(const struct engine *e, const struct engine_peer *p, const struct msg_submit *s)
{
	int64_t now = loop_wall(e->loop);

	if (s->extent >> 24 != p->number || s->rcpts.n == 0 || s->boot != p->boot)
		return false;
	if (s->message == 0 || s->message >= e->totals.next_id ||
		e->totals.next_id - s->message < 1 + s->rcpts.n)
		return false;
	/* Reports are ours; a day's error of a clock is not. */
	if (s->origin != 0 || s->via == VIA_DSN || (s->flags & MAIL_DSN) ||
		s->accepted < now - DAY_US || s->accepted > now + DAY_US)
		return false;
	for (size_t i = 0; i < s->rcpts.n; i++)
		if (s->rcpts.at[i].index != i)
			return false;
	return s->stream <= STREAM_BROADCAST && s->header_length <= s->length;
}

static bool
queue_is_full(const struct engine *e)
{
	uint64_t counts[RCPT_STATES], n = 0;

	queue_counts(e->queue, counts);
	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
		n += counts[i];
	return n >= ENGINE_MESSAGES_MAX;
}

/* Is exactly this submit in the queue already? */
static bool
is_queued(const struct engine *e, const struct msg_submit *s)
{
	const struct q_message *m = queue_message(e->queue, s->message);

	return m && m->extent == s->extent && m->offset == s->offset && m->hash == s->hash &&
	       m->length == s->length;
}

bool
engine_submit(struct engine *e, struct engine_peer *p, struct str payload)
{
	const struct reply unknown = REPLY(
				   451, 4, 3, 0, "Internal error: not accepted, try again"),
			   full = REPLY(452, 4, 3, 1, "The queue is full; try again later"),
			   disk = REPLY(
				   452, 4, 3, 1, "The disk is nearly full; try again later");
	struct arena a;
	struct msg_submit s;

	arena_init(&a, CHANNEL_PAYLOAD_MAX * 4);
	if (msg_submit_read(&a, payload, &s) < 0) {
		arena_done(&a);
		return false;
	}
	uint64_t known;

	if (e->builder && spool_builder_knows(e->builder, s.boot, s.extent, s.offset, &known)) {
		/* Sent again after our restart, durable since before it (P4). */
		e->stats.duplicates++;
		s.message = known;
		answer_ok(e, p->number, &s);
	} else if (plausible(e, p, &s) && is_queued(e, &s)) {
		/* The same, after two restarts: its first record was folded into another. */
		e->stats.duplicates++;
		answer_ok(e, p->number, &s);
	} else if (!plausible(e, p, &s) || queue_message(e->queue, s.message)) {
		answer(e, p->number, s.seq, &unknown);
	} else if (e->disk_full) {
		answer(e, p->number, s.seq, &disk);
	} else if (queue_is_full(e) || !queue_fits(e->queue, &s)) {
		answer(e, p->number, s.seq, &full);
	} else {
		start(e, p, payload, &s);
	}
	arena_done(&a);
	return true;
}

void
engine_submit_own(struct engine *e, struct msg_submit *s)
{
	struct buf b;

	/* Our own ids come from the same block; a report takes 2. */
	s->message = e->totals.next_id;
	e->totals.next_id += 1 + s->rcpts.n;
	if (e->totals.next_id + 2 * ENGINE_GRANT > e->reserved_id)
		reserve(e);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	msg_submit_write(&b, s);
	start(e, NULL, buf_str(&b), s);
	buf_done(&b);
}
