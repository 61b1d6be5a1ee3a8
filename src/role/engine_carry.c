/*
 * Few live bodies of an old extent are copied forward, so that the extent can go (DESIGN §5).
 *
 *   sweep marks old extents ─▶ pass over the queue, in slices ─▶ per message, while no attempt
 *   reads it: read and verify (flusher) ─▶ our own extent, flushed ─▶ MOVED in the journal
 *
 * The message has its new place in memory when MOVED is appended; the old extent then counts
 * one body less. It is removed by the sweep behind the next barrier, hence after MOVED is on
 * stable storage (engine_space.c). A crash before that leaves the message at the old place and
 * a copy that nobody names.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define CARRY_LIVE_PART  4u          /* an extent is emptied when at most 1/4 of it lives */
#define CARRY_PASS_BYTES (64u << 20) /* copied by one pass */
#define CARRY_TICK_US    10000u
#define CARRY_TICK_BYTES (1u << 20) /* begun in one tick */
#define CARRY_SLICE      2000       /* recipients looked at in one tick */
#define CARRY_AT_ONCE    16u        /* bodies in memory */
#define CARRY_BEHIND     (4u << 20) /* the journal's own work goes first */
#define CARRY_REST_US    (60u * 1000000u)
#define CARRY_NEW_BYTES  (2u << 20) /* zeros ahead of a new extent of ours */

struct carry_job {
	struct flush_job job;
	struct engine *engine;
	uint64_t message;
	struct extent_place from;
	char *bytes;
};

static void
job_end(struct carry_job *j)
{
	j->engine->carry.in_flight--;
	mem_free(j->bytes);
	mem_free(j);
}

static bool
in_hands(const struct engine *e, const struct q_message *m)
{
	const struct q_rcpt *r;

	for (uint32_t at = m->first; at; at = r->sibling) {
		r = queue_rcpt_at(e->queue, at);
		if (r->state == RCPT_ACTIVE)
			return true;
	}
	return false;
}

/* The message, when it still lies where it was read and no courier has it. */
static struct q_message *
still_there(const struct carry_job *j)
{
	struct q_message *m = queue_message(j->engine->queue, j->message);

	return m && m->extent == j->from.extent && m->offset == j->from.offset &&
	                       !in_hands(j->engine, m)
	               ? m
	               : NULL;
}

static void
failed(struct engine *e, int err)
{
	struct engine_carry *c = &e->carry;

	c->failed = true;
	c->rest_until = loop_mono(e->loop) + CARRY_REST_US;
	if (!role_alert_bad(&c->alert, loop_mono(e->loop)))
		return;
	struct log_line ll = log_op(e->log, LOG_WARN, "bodies-not-carried");

	log_z(&ll, "error", strerror(-err));
	log_z(&ll, "means", "old extents stay until their last message is done");
	log_end(&ll);
}

/* P7: the message's own damage; no copy would mend it. */
static void
quarantine(struct engine *e, struct q_message *m)
{
	struct q_rcpt *r;

	e->carry.damaged++;
	for (uint32_t at = m->first, next; at; at = next) {
		struct engine_move mv = {
			.state = RCPT_QUARANTINED,
			.fact = { .kind = FACT_QUARANTINED,
				.stage = STAGE_LOCAL,
				.reply = REPLY(554, 5, 3, 0,
					"The stored message is damaged; it was quarantined") },
		};

		r = queue_rcpt_at(e->queue, at);
		next = r->sibling;
		if (rcpt_final((enum rcpt_state)r->state))
			continue;
		mv.verdict = bounce_judge(STAGE_LOCAL, &mv.fact.reply);
		mv.fact.class = (uint8_t)mv.verdict.class;
		mv.fact.blame = (uint8_t)mv.verdict.blame;
		mv.report = engine_tells_failure(m, r);
		engine_move_one(e, r, &mv);
	}
}

static void
move(struct engine *e, struct q_message *m, const struct extent_place *to)
{
	const struct spool_moved rec = { m->id, { m->extent, m->offset },
		{ to->extent, to->offset } };
	struct buf b;
	int err;

	must(to->length == m->length && to->hash == m->hash && to->offset <= UINT32_MAX);
	buf_init(&b, 256);
	must(spool_moved_write(&b, &rec) == 0);
	/* Nobody waits for it: the sweep's barrier does. */
	err = journal_append(e->journal, SPOOL_MOVED, buf_str(&b), NULL);
	buf_done(&b);
	if (err == -E2BIG || err == -EAGAIN) {
		failed(e, err);
		return;
	}
	if (err < 0)
		engine_fatal(e, "the journal cannot be written", err);
	engine_extent_down(e, m->extent, m->length);
	m->extent = to->extent;
	m->offset = (uint32_t)to->offset;
	engine_extent_up(e, m->extent, m->length, m->accepted);
	e->carry.moved++;
	e->carry.bodies++;
	e->carry.bytes += m->length;
}

static void
on_placed(void *ctx, int err, struct extent_place place)
{
	struct carry_job *j = ctx;
	struct engine *e = j->engine;
	struct q_message *m = e->ending ? NULL : still_there(j);

	if (err < 0 && !e->ending)
		failed(e, err);
	else if (m)
		move(e, m, &place);
	job_end(j);
}

static void
copy(struct carry_job *j)
{
	struct extent_body *b = extent_body_new(j->engine->writer);
	int err = extent_body_add(b, str_of(j->bytes, j->from.length));

	if (err < 0) {
		extent_body_drop(&b);
		failed(j->engine, err);
		job_end(j);
		return;
	}
	extent_body_commit(&b, on_placed, j);
}

static void
on_read(void *ctx, int err)
{
	struct carry_job *j = ctx;
	struct engine *e = j->engine;
	struct q_message *m = e->ending ? NULL : still_there(j);

	if (m && err == 0) {
		copy(j);
		return;
	}
	if (m && (err == -EILSEQ || err == -ENODATA))
		quarantine(e, m);
	else if (m)
		failed(e, err);
	job_end(j);
}

/* On the flusher's thread. */
static int
read_body(void *ctx)
{
	struct carry_job *j = ctx;
	struct extent_reader *r = extent_reader_new(j->engine->env->paths->spool);
	int err = extent_read(r, &j->from, 0, j->bytes, j->from.length);

	if (!err && hash_bytes(0, str_of(j->bytes, j->from.length)) != j->from.hash)
		err = -EILSEQ;
	extent_reader_free(&r);
	return err;
}

static void
start(struct engine *e, const struct q_message *m)
{
	struct carry_job *j = MEM_NEW(j);

	j->engine = e;
	j->message = m->id;
	j->from = (struct extent_place){ m->extent, m->length, m->offset, m->hash };
	j->bytes = mem_new(1, (size_t)m->length + 1);
	j->job = (struct flush_job){ .fd = -1, .work = read_body, .done = on_read, .ctx = j };
	list_init(&j->job.link);
	e->carry.in_flight++;
	flusher_add(e->flusher, &j->job);
}

static int
look(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct engine *e = ctx;
	struct engine_carry *c = &e->carry;
	const struct engine_extent *x;

	if (m->first != r->self)
		return 0;
	x = engine_extent_at(e, m->extent);
	/* An attempt opened the old place: the message waits for a later pass. */
	if (!x || !x->carry || in_hands(e, m))
		return 0;
	if (c->in_flight < CARRY_AT_ONCE && m->length <= c->budget) {
		c->budget -= m->length;
		start(e, m);
		return 0;
	}
	c->again = true;
	c->pos = r->self - 1;
	return 1;
}

/* One slice; true when the whole queue was looked at. */
static bool
look_slice(struct engine *e)
{
	const struct queue_filter all = { .stream = -1 };
	struct engine_carry *c = &e->carry;
	struct queue_page page = { .pos = c->pos, .max = CARRY_SLICE };

	c->again = false;
	c->budget = CARRY_TICK_BYTES;
	queue_each(e->queue, &all, &page, look, e);
	if (!c->again)
		c->pos = page.pos;
	return !c->again && page.pos == 0;
}

static void
pass_end(struct engine *e)
{
	struct engine_carry *c = &e->carry;
	size_t pos = 0;
	uint64_t extent, value;

	c->on = false;
	while (nmap_next(&e->extents, &pos, &extent, &value))
		((struct engine_extent *)(uintptr_t)value)->carry = false;
	if (!c->failed)
		(void)role_alert_good(&c->alert, loop_mono(e->loop));
	if (c->moved == 0)
		return;
	struct log_line ll = log_op(e->log, LOG_INFO, "bodies-carried");

	log_num(&ll, "n", (int64_t)c->moved);
	log_end(&ll);
	/* What was emptied goes behind a barrier of its own. */
	engine_extents_tick(e);
}

void
engine_on_carry(void *ctx)
{
	struct engine *e = ctx;
	struct engine_carry *c = &e->carry;

	if (!c->seen && !c->failed && !e->draining &&
		journal_unflushed(e->journal) < CARRY_BEHIND)
		c->seen = look_slice(e);
	if ((c->seen || c->failed || e->draining) && c->in_flight == 0)
		pass_end(e);
	else
		loop_timer_in(e->loop, &c->timer, CARRY_TICK_US);
}

void
engine_carry_plan(struct engine *e, int64_t left)
{
	struct engine_carry *c = &e->carry;
	/* Half of the reserve stays for the outcomes of mail already accepted. */
	uint64_t keep = e->config->limits.disk_reserve_bytes / 2 + CARRY_NEW_BYTES,
		 room = left < 0                ? CARRY_PASS_BYTES
	                : (uint64_t)left > keep ? (uint64_t)left - keep
	                                        : 0;

	c->extents = 0;
	c->live = c->gain = 0;
	c->room = room < CARRY_PASS_BYTES ? room : CARRY_PASS_BYTES;
	c->planning =
		!c->on && e->scheduling && !e->draining && loop_mono(e->loop) >= c->rest_until;
}

void
engine_carry_offer(struct engine *e, struct engine_extent *x, uint64_t size)
{
	struct engine_carry *c = &e->carry;

	if (!c->planning || x->bytes > size / CARRY_LIVE_PART || x->bytes > c->room - c->live)
		return;
	x->carry = true;
	c->extents++;
	c->live += x->bytes;
	c->gain += size - x->bytes;
}

void
engine_carry_begin(struct engine *e)
{
	struct engine_carry *c = &e->carry;
	size_t pos = 0;
	uint64_t extent, value;

	if (!c->planning)
		return;
	c->planning = false;
	if (c->extents > 0 && c->gain >= c->min) {
		c->on = true;
		c->seen = c->failed = false;
		c->pos = 0;
		c->moved = 0;
		loop_timer_in(e->loop, &c->timer, CARRY_TICK_US);
		return;
	}
	while (nmap_next(&e->extents, &pos, &extent, &value))
		((struct engine_extent *)(uintptr_t)value)->carry = false;
}
