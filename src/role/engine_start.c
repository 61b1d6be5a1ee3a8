/* Start: replay the journal, rebuild the queue, write what lives into a new generation, accept.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"
#include "io/random.h"
#include "send/wish.h"

#include <errno.h>

/* Most messages have no more recipients; a start writes them by the hundred thousand. */
#define FEW         8
#define PUT_OFF_MIN (60 * INT64_C(1000000))

uint64_t
engine_life_us(const struct engine *e, uint8_t stream)
{
	return (uint64_t)(stream == STREAM_BROADCAST
				  ? e->config->outbound.expire_broadcast_us
				  : e->config->outbound.expire_transactional_us);
}

static uint64_t
life_of(void *ctx, uint8_t stream)
{
	return engine_life_us(ctx, stream);
}

/* An unanswered DOT: in doubt unless a living courier says that it still has the attempt. */
static void
on_doubt(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct engine *e = ctx;
	struct engine_doubt *d = MEM_NEW(d);

	d->message = m->id;
	d->rcpt = rcpt_id(m, r);
	list_push(&e->doubts, &d->link);
}

static void
replay_outcome_facts(struct engine *e, struct arena *a, struct str payload)
{
	struct spool_outcome o;

	if (spool_outcome_read(a, payload, &o) < 0)
		return;
	struct rd r = rd_of(o.facts);
	struct fact f;

	while (r.n > 0 && fact_read(&r, &f) == 0)
		ledger_put(e->ledger, o.accepted, &f);
}

/* The ledger may lack what was journaled just before a crash: told again, it takes only what
 * is new. */
static void
replay_facts(struct engine *e, uint16_t type, struct str payload, const struct msg_submit *s)
{
	arena_reset(&e->replay_arena);
	if (type == SPOOL_OUTCOME)
		replay_outcome_facts(e, &e->replay_arena, payload);
	else if (s)
		engine_facts_accepted(e, s);
}

static void
quarantine(struct engine *e, struct str payload)
{
	char name[700];

	snprintf(name, sizeof name, "%s/record-%016llx-%llu.bin", e->env->paths->quarantine,
		(unsigned long long)e->env->boot, (unsigned long long)e->replay_bad);
	e->replay_bad++;
	(void)file_replace(name, payload, 0600);
}

/* 0 or -EBADMSG. */
static int
calls_seen(struct engine *e, uint16_t type, struct str payload)
{
	if (type != SPOOL_IDEM && type != SPOOL_ONCE)
		return 0;
	return idem_read(type == SPOOL_ONCE ? e->once : e->idem, payload, loop_wall(e->loop));
}

void
engine_replay(struct engine *e, uint16_t type, struct str payload, bool tell)
{
	if (type == SPOOL_SUPPRESS) {
		if (engine_suppress_seen(e, payload) < 0)
			quarantine(e, payload);
		return;
	}
	if (spool_builder_record(e->builder, type, payload) < 0 ||
		calls_seen(e, type, payload) < 0) {
		quarantine(e, payload);
		return;
	}
	engine_submit_seen(e, spool_builder_submit(e->builder));
	if (tell)
		replay_facts(e, type, payload, spool_builder_submit(e->builder));
}

static void
on_record(void *ctx, uint16_t type, struct str payload)
{
	engine_replay(ctx, type, payload, true);
}

static void
on_seen(void *ctx, uint16_t type, struct str payload)
{
	struct engine *e = ctx;

	if (type == SPOOL_SUPPRESS)
		(void)engine_suppress_seen(e, payload);
	spool_index_record(e->index, type, payload);
	/* What is no record is told by the builder. */
	(void)calls_seen(e, type, payload);
	engine_submit_seen(e, spool_index_submit(e->index));
}

/* Of a file that is kept because its facts may be in no ledger yet. */
static void
on_kept(void *ctx, uint16_t type, struct str payload)
{
	struct engine *e = ctx;
	struct msg_submit s;

	arena_reset(&e->replay_arena);
	if (type == SPOOL_SUPPRESS)
		(void)engine_suppress_seen(e, payload);
	else if (type == SPOOL_SUBMIT && msg_submit_read(&e->replay_arena, payload, &s) == 0)
		engine_facts_accepted(e, &s);
	else
		replay_facts(e, type, payload, NULL);
}

static void
on_gone(void *ctx, const struct q_message *m)
{
	struct engine *e = ctx;

	engine_extent_down(e, m->extent, m->length);
	engine_inbound_down(e, m);
	/* An edge that was slow may still say it again (P4). */
	if (e->index && m->id < e->ids_start)
		spool_index_gone(e->index, m);
}

/* A door for each account and domain: a slow URL delays its own mail. */
static void
inbound_door(struct engine *e, uint32_t tenant, struct str domain, struct door_key *ret)
{
	snprintf(e->inbound_host, sizeof e->inbound_host, "%u/%.*s", (unsigned)tenant,
		STR_ARG(str_head(domain, 255)));
	snprintf(e->inbound_site, sizeof e->inbound_site, "inbound:%.*s",
		STR_ARG(str_head(domain, 255)));
	*ret = (struct door_key){ .kind = ROUTE_WEBHOOK,
		.site = str_z(e->inbound_site),
		.host = str_z(e->inbound_host),
		.user = STR_NONE,
		.secret = STR_NONE,
		.source = STR_NONE,
		.limits = { INBOUND_POSTS, UINT32_MAX, 0 } };
}

static void
on_route(void *ctx, uint32_t tenant, uint8_t stream, struct str domain, struct door_key *ret)
{
	struct engine *e = ctx;

	if (stream == STREAM_INBOUND)
		inbound_door(e, tenant, domain, ret);
	else if (stream == STREAM_SINK)
		engine_sandbox_door(ret);
	else
		routes_find(e->routes, domain, tenant, stream, ret);
}

int
engine_totals_put(struct engine *e, bool to_new, struct journal_wait *w)
{
	struct buf b;
	int err;

	e->totals.wall = loop_wall(e->loop);
	struct spool_totals t = e->totals;

	/* A block whose record went only to the old generation counts here too. */
	t.next_id = e->reserved_id + (to_new && e->reserving ? ENGINE_RESERVE : 0);
	buf_init(&b, 4096);
	spool_totals_write(&b, &t);
	err = to_new ? journal_put(e->journal, SPOOL_TOTALS, buf_str(&b))
	             : journal_append(e->journal, SPOOL_TOTALS, buf_str(&b), w);
	buf_done(&b);
	return err;
}

static void
change_of(const struct engine *e, const struct q_rcpt *r, struct spool_change *c)
{
	*c = (struct spool_change){
		.index = r->index,
		.attempts = r->attempts,
		.facts = r->facts,
		/* What a courier has in hand is queued as far as the disk knows. */
		.state = r->state == RCPT_ACTIVE ? RCPT_QUEUED : r->state,
		.crashes = r->crashes,
		.delay_told = r->delay_told,
		.report_owed = r->report_owed,
		.held_own = r->held_own,
		.next = r->state == RCPT_QUEUED || r->state == RCPT_HELD
		                ? engine_wall_of(e, r->timer.at)
		                : 0,
	};
}

/* At the start nobody else is there: the disk is waited for. */
static void
put_waiting(struct engine *e, uint16_t type, struct str payload)
{
	while (journal_put(e->journal, type, payload) == -EAGAIN)
		flusher_drain(e->flusher);
}

/* A never-repeat attempt whose dot may be out stays known across generations. */
static void
dot_write(struct buf *b, uint64_t attempt, uint64_t message, uint64_t rcpt)
{
	struct spool_dot d = { attempt, message, { &rcpt, 1 } };

	buf_init(b, 4096);
	spool_dot_write(b, &d);
}

/* Before the message itself, so that there is no moment with one and without the other. */
static int
dots_put(struct engine *e, const struct q_message *m)
{
	uint64_t yes;
	int err = 0;

	for (uint32_t id = m->first; id && err != -EAGAIN;
		id = queue_rcpt_at(e->queue, id)->sibling) {
		const struct q_rcpt *r = queue_rcpt_at(e->queue, id);
		struct buf b;

		if (r->state != RCPT_ACTIVE || !nmap_get(&e->dots, r->timer.at, &yes))
			continue;
		dot_write(&b, r->timer.at, m->id, rcpt_id(m, r));
		err = journal_put(e->journal, SPOOL_DOT, buf_str(&b));
		buf_done(&b);
	}
	return err;
}

static void
doubts_put(struct engine *e)
{
	LIST_EACH(l, &e->doubts)
	{
		const struct engine_doubt *d = LIST_OF(l, struct engine_doubt, link);
		struct buf b;

		/* Its attempt is over; its own id serves as the name of the open one. */
		dot_write(&b, d->rcpt, d->message, d->rcpt);
		put_waiting(e, SPOOL_DOT, buf_str(&b));
		buf_done(&b);
	}
}

static bool
calls_put(struct engine *e, enum spool_type type, uint64_t *pos)
{
	const struct idem *calls = type == SPOOL_ONCE ? e->once : e->idem;
	struct buf b;
	uint64_t at = *pos;
	int err = 0;

	buf_init(&b, RECORD_MAX);
	while (err != -EAGAIN && idem_write(calls, &at, &b)) {
		err = journal_put(e->journal, (uint16_t)type, buf_str(&b));
		if (err != -EAGAIN)
			*pos = at;
		buf_clear(&b);
	}
	buf_done(&b);
	return err != -EAGAIN;
}

bool
engine_calls_put(struct engine *e, struct engine_calls_pos *pos)
{
	return calls_put(e, SPOOL_IDEM, &pos->idem) && calls_put(e, SPOOL_ONCE, &pos->once);
}

static void
calls_put_all(struct engine *e)
{
	struct engine_calls_pos pos = { 0, 0 };

	while (!engine_calls_put(e, &pos))
		flusher_drain(e->flusher);
}

/* Where its life begins, when that is not at its acceptance, and how it is to go: a start must
 * know. */
static struct str
extra_of(const struct engine *e, const struct q_message *m, struct buf *b)
{
	const struct wish w = {
		.group = q_group(m), .tls = m->tls, .turn = m->turn, .once = q_once(m)
	};
	char text[WISH_ROOM];
	struct buf more = { text, 0, sizeof text, sizeof text, false };
	struct msg_extra x = { .not_before = engine_wall_of(e, (uint64_t)q_born(m)) };

	/* Its way to the queue takes time too. */
	if (x.not_before - m->accepted < PUT_OFF_MIN)
		x.not_before = 0;
	wish_write(&more, &w);
	x.more = buf_str(&more);
	if (!x.not_before && !x.more.n)
		return STR_NONE;
	must(msg_extra_write(b, &x) == 0);
	return buf_str(b);
}

/* The message as it stands, into the new generation. */
static void
live_write(struct engine *e, const struct q_message *m, struct buf *b)
{
	struct spool_live l = { 0 };
	struct msg_rcpt few_at[FEW], *at = few_at;
	struct spool_change few_ch[FEW], *ch = few_ch;
	char text[64 + WISH_ROOM];
	struct buf extra = { text, 0, sizeof text, sizeof text, false };
	size_t n = 0;

	if (m->live > FEW) {
		at = mem_new(m->live, sizeof *at);
		ch = mem_new(m->live, sizeof *ch);
	}

	for (uint32_t id = m->first; id; id = queue_rcpt_at(e->queue, id)->sibling) {
		const struct q_rcpt *r = queue_rcpt_at(e->queue, id);

		must(n < m->live);
		at[n] = (struct msg_rcpt){ r->index, q_notify(r), q_address(m, r),
			q_orcpt(m, r) };
		change_of(e, r, &ch[n]);
		n++;
	}
	l.submit = (struct msg_submit){
		.message = m->id,
		.key = q_key(m),
		.tenant = m->tenant,
		.stream = m->stream,
		.via = m->via,
		.ret = m->ret,
		.flags = m->flags,
		.accepted = m->accepted,
		.extent = m->extent,
		.length = m->length,
		.offset = m->offset,
		.hash = m->hash,
		.header_length = m->header_length,
		.sender = q_sender(m),
		.from_domain = q_from_domain(m),
		.envid = q_envid(m),
		.origin = q_origin(m),
		.rcpts = { at, n },
		.extra = extra_of(e, m, &extra),
	};
	memcpy(l.submit.body_hash.b, m->body_hash, sizeof m->body_hash);
	l.changes = ch;
	l.n = n;
	buf_clear(b);
	must(spool_live_write(b, &l) == 0);
	if (m->live > FEW) {
		mem_free(at);
		mem_free(ch);
	}
}

int
engine_live_put(struct engine *e, struct q_message *m)
{
	int err = e->dots.used > 0 ? dots_put(e, m) : 0;

	if (err == -EAGAIN)
		return err;
	live_write(e, m, &e->live_record);
	err = journal_put(e->journal, SPOOL_LIVE, buf_str(&e->live_record));
	/* Other errors come again from journal_commit. */
	return err == -EAGAIN ? err : 0;
}

/* fn sees recipients; a message is written with its first live one. */
static int
live_each(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct engine *e = ctx;

	e->poisoned += engine_is_poison(r);
	if (m->first != r->self)
		return 0;
	while (engine_live_put(e, m) == -EAGAIN)
		flusher_drain(e->flusher);
	engine_extent_up(e, m->extent, m->length, m->accepted);
	engine_inbound_up(e, m);
	return 0;
}

static void
log_start(struct engine *e, size_t restored)
{
	struct log_line ll = log_op(e->log,
		e->replay.damaged + e->replay_bad ? LOG_WARN : LOG_INFO, "engine-started");

	log_num(&ll, e->load ? "known_messages" : "queued_messages", (int64_t)restored);
	log_num(&ll, "records", (int64_t)e->replay.records);
	log_num(&ll, "generation", (int64_t)journal_generation(e->journal));
	log_num(&ll, "damaged", (int64_t)(e->replay.damaged + e->replay_bad));
	if (e->replay.tail_cut)
		log_z(&ll, "tail_cut", "yes");
	if (e->replay.unreadable)
		log_z(&ll, "unreadable", "yes");
	log_num(&ll, "took_ms", (int64_t)((clock_mono(e->env->clock) - e->began) / 1000));
	log_end(&ll);
}

static void
on_first_generation(void *ctx, int err)
{
	struct engine *e = ctx;

	if (e->ending)
		return;
	if (err < 0)
		engine_fatal(e, "the journal's new generation cannot be written", err);
	e->accepting = true;
	engine_suppress_durable(e);
	ledger_hold(e->ledger, false);
	engine_state_all(e);
	for (unsigned i = 1; i <= ROLE_EDGES_MAX; i++)
		if (e->edges[i].up)
			engine_grant(e, &e->edges[i]);
	if (e->link)
		role_link_ready(e->link);
	if (e->load) {
		engine_load_begin(e);
		return;
	}
	engine_scheduling_check(e);
	engine_reports_owed(e);
	engine_settle(e);
}

struct spool_restore
engine_restore_how(struct engine *e)
{
	return (struct spool_restore){
		.now = loop_mono(e->loop),
		.now_wall = loop_wall(e->loop),
		.expires_us = life_of,
		.doubt = on_doubt,
		.ctx = e,
	};
}

static void
ids_begin(struct engine *e)
{
	/* Ids of a first start begin above 2^32, so that nobody takes one for a row number. */
	if (e->totals.next_id == 0)
		e->totals.next_id = (UINT64_C(1) << 32) + random_below(1u << 20);
	else if (e->pause.restored)
		e->totals.next_id += ENGINE_RESTORED_IDS;
	e->reserved_id = e->totals.next_id + ENGINE_RESERVE;
	engine_ids_start(e);
}

static void
suppressions_put(struct engine *e)
{
	while (engine_suppress_put(e) == -EAGAIN)
		flusher_drain(e->flusher);
}

/* All of it, before mail is accepted. */
static int
start_whole(struct engine *e)
{
	const struct queue_filter all = { .stream = -1 };
	const struct spool_restore how = engine_restore_how(e);
	struct queue_page page = { .max = 10000 };
	size_t restored;
	int err;

	spool_index_free(&e->index);
	arena_done(&e->replay_arena);
	e->totals = *spool_builder_totals(e->builder);
	engine_clock_begin(e, e->totals.wall);
	restored = spool_builder_restore(e->builder, e->queue, &how);
	e->replay_bad += spool_builder_unfit(e->builder);
	engine_suspects(e);
	ids_begin(e);
	err = journal_begin(e->journal);
	if (err < 0)
		return err;
	err = engine_totals_put(e, true, NULL);
	do
		queue_each(e->queue, &all, &page, live_each, e);
	while (page.pos != 0);
	doubts_put(e);
	calls_put_all(e);
	suppressions_put(e);
	if (err == 0)
		journal_commit(e->journal, on_first_generation, e);
	log_start(e, restored);
	return err;
}

/* A new generation that continues the old files; they are loaded once it is durable. */
static int
start_behind(struct engine *e)
{
	int err;

	e->totals.next_id = spool_index_next_id(e->index);
	engine_clock_begin(e, spool_index_wall(e->index));
	ids_begin(e);
	engine_load_new(e);
	err = journal_begin(e->journal);
	if (err == 0)
		err = engine_totals_put(e, true, NULL);
	if (err == 0)
		suppressions_put(e);
	if (err == 0)
		journal_commit(e->journal, on_first_generation, e);
	log_start(e, spool_index_messages(e->index));
	return err;
}

int
engine_recover(struct engine *e)
{
	static const struct queue_calls calls = { on_route, on_gone };
	const struct journal_conf conf = {
		.dir = e->env->paths->journal,
		.loop = e->loop,
		.flusher = e->flusher,
		.boot = e->env->boot,
		.behind_bytes = e->env->load_bytes ? e->env->load_bytes : ENGINE_LOAD_MIN,
		.seen = on_seen,
		.kept = on_kept,
	};
	int err;

	engine_pause_begin(e);
	e->builder = spool_builder_new();
	e->idem = idem_new(IDEM_MAX, IDEM_LIFE);
	e->once = idem_new(ONCE_MAX, ONCE_LIFE);
	e->index = spool_index_new();
	e->queue = queue_new(loop_mono(e->loop), random_u64(), &calls, e);
	queue_one_by_one(e->queue, config_paths(e->config));
	arena_init(&e->replay_arena, CHANNEL_PAYLOAD_MAX * 4);
	buf_init(&e->live_record, RECORD_MAX);
	/* What the replay tells it again can wait until mail is accepted. */
	ledger_hold(e->ledger, true);
	err = journal_open(&conf, on_record, e, &e->journal, &e->replay);
	if (err < 0)
		return err;
	engine_suppress_begin(e);
	return e->replay.behind ? start_behind(e) : start_whole(e);
}
