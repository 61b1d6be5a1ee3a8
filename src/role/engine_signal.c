/*
 * Signals: what recipients did with delivered mail, and what came back (opened, clicked,
 * unsubscribed, complained, returned). Each is a fact of the ledger, by way of the journal like
 * every other; it changes nothing in the queue. An edge has verified the token that names the
 * recipient; that a message of this number was ever sent is the ledger's to know.
 *
 * Unsubscriptions, complaints and returns are answered when they are durable, since somebody
 * was told that they count. Opens and clicks are not: above SIGNALS_MAX in the air they are
 * dropped and counted, so that a flood of them delays no mail.
 *
 * Where somebody of the tenant took back his consent to tracking, the address of each open and
 * click is looked for (engine_meant.c): nothing is recorded for him, nor for one whose address
 * cannot be found any more.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define SIGNALS_MAX 4096u
#define URL_MAX     4000u
#define DAY_US      (86400 * INT64_C(1000000))

struct signal {
	struct journal_wait wait;
	struct engine *engine;
	struct engine_told_by by;
	uint64_t seq;
	int64_t accepted;
	struct buf fact; /* encoded */
};

void
engine_signal_answer(
	struct engine *e, const struct engine_told_by *by, uint64_t seq, const struct reply *r)
{
	if (seq && e->edges[by->edge].up && e->edges[by->edge].boot == by->boot)
		ENGINE_TELL(&e->edges[by->edge], submitted, .seq = seq, .reply = *r);
}

static void
log_signal(struct engine *e, const struct fact *f)
{
	struct log_line ll = log_mail(e->log, fact_name((enum fact_kind)f->kind));

	log_num(&ll, "id", (int64_t)f->rcpt);
	log_num(&ll, "message", (int64_t)f->message);
	log_num(&ll, "tenant", f->tenant);
	if (f->robot)
		log_z(&ll, "robot", "yes");
	if (f->ip.n)
		log_str(&ll, "client", f->ip);
	if (f->class)
		log_z(&ll, "class", bounce_class_name((enum bounce_class)f->class));
	if (f->blame)
		log_z(&ll, "blame", blame_name((enum blame)f->blame));
	log_end(&ll);
}

static void
on_flushed(void *ctx, int err)
{
	const struct reply ok = REPLY(250, 2, 0, 0, "Ok");
	struct signal *s = ctx;
	struct engine *e = s->engine;
	struct rd r = rd_of(buf_str(&s->fact));
	struct fact f;

	e->signals_in_flight--;
	if (engine_durable(e, err)) {
		must(fact_read(&r, &f) == 0);
		ledger_put(e->ledger, s->accepted, &f);
		log_signal(e, &f);
		engine_signal_answer(e, &s->by, s->seq, &ok);
	}
	buf_done(&s->fact);
	mem_free(s);
}

static void
append(struct engine *e, struct signal *s, uint64_t message)
{
	struct spool_outcome o = { .message = message,
		.at = loop_wall(e->loop),
		.accepted = s->accepted,
		.facts = buf_str(&s->fact) };
	struct buf rec;
	int err;

	s->wait.done = on_flushed;
	s->wait.ctx = s;
	s->wait.patient = s->seq == 0;
	list_init(&s->wait.link);
	e->signals_in_flight++;
	buf_init(&rec, RECORD_MAX);
	must(spool_outcome_write(&rec, &o) == 0);
	err = journal_append(e->journal, SPOOL_OUTCOME, buf_str(&rec), &s->wait);
	buf_done(&rec);
	if (err < 0)
		engine_fatal(e, "the journal cannot be written", err);
}

/* What no honest edge says. */
static bool
plausible(const struct engine *e, const struct msg_signal *m)
{
	int64_t now = loop_wall(e->loop);
	bool stop = m->kind == SIGNAL_STOP_TRACKING && m->seq && m->address.n > 0;
	bool fact = m->kind >= FACT_RETURNED && m->kind <= FACT_COMPLAINED;

	return (fact || stop) && m->message != 0 && m->rcpt > m->message &&
	       m->rcpt - m->message <= UINT16_MAX + 1u && m->at > now - DAY_US &&
	       m->at < now + DAY_US && m->accepted > 0 && m->accepted < now + DAY_US &&
	       m->url.n <= URL_MAX;
}

bool
engine_signal_lasts(uint8_t kind)
{
	return kind != FACT_OPENED && kind != FACT_CLICKED;
}

/* An account may be gone by now. What must last is recorded all the same: who tells it would
 * try for days. */
static bool
is_wanted(const struct engine *e, const struct msg_signal *m)
{
	return e->signals_in_flight < SIGNALS_MAX && directory_tenant(e->dir, m->tenant);
}

static void
refuse(struct engine *e, struct engine_peer *p, uint64_t seq)
{
	const struct reply later = REPLY(451, 4, 3, 2, "The service is busy; try again later");

	e->stats.signals_dropped++;
	if (seq)
		ENGINE_TELL(p, submitted, .seq = seq, .reply = later);
}

/* Returned mail of class 4, in code or status, says nothing of the address: a server was down
 * or a mailbox full for days. */
static bool
is_for_good(const struct msg_signal *m)
{
	return m->kind != FACT_RETURNED ||
	       (m->reply.code / 100 != 4 && m->reply.dsn.class != 4);
}

void
engine_signal_of(struct engine *e, const struct engine_told_by *by, const struct msg_signal *m)
{
	struct fact f = { .rcpt = m->rcpt,
		.message = m->message,
		.tenant = m->tenant,
		.number = FACT_SIGNAL,
		.kind = m->kind,
		.class = m->class,
		.blame = m->blame,
		.at = m->at,
		.reply = m->reply,
		.ip = m->ip,
		.agent = m->agent,
		.url = m->url };
	struct signal *s;

	if (!engine_signal_lasts(m->kind) &&
		engine_suppress_untracked(e, m->tenant, m->address)) {
		e->stats.withdrawn++;
		return;
	}
	f.robot = m->robot || engine_haste(e, m);
	s = MEM_NEW(s);
	if (is_for_good(m))
		engine_suppress_signal(e, m);
	s->engine = e;
	s->by = *by;
	s->seq = m->seq;
	s->accepted = m->accepted;
	buf_init(&s->fact, 1u << 17);
	must(fact_write(&s->fact, &f) == 0);
	append(e, s, m->message);
}

bool
engine_signal(struct engine *e, struct engine_peer *p, const struct msg_signal *m)
{
	const struct engine_told_by by = { p->number, p->boot };

	if (!plausible(e, m))
		return false;
	if (!e->accepting || (!engine_signal_lasts(m->kind) && !is_wanted(e, m)))
		refuse(e, p, m->seq);
	else if (m->kind == SIGNAL_STOP_TRACKING)
		engine_suppress_stop_tracking(e, &by, m);
	else if (m->address.n > 0 ||
		 (!engine_signal_lasts(m->kind) && !engine_suppress_tracks_less(e, m->tenant)))
		engine_signal_of(e, &by, m);
	else if (!engine_meant(e, &by, m))
		refuse(e, p, m->seq);
	return true;
}
