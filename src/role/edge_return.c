/*
 * What comes back by mail, from anybody, without AUTH (docs/reference/returns.md):
 *
 *   TOKEN@bounce_domain               bounces; the token names the recipient that is meant
 *   unsubscribe+TOKEN@…               as List-Unsubscribe says
 *   fbl@ abuse@ postmaster@…          complaints; what is meant is looked for in the mail
 *
 * Such mail is no submission: it is read, told to the engine as signals, and let go. A token
 * that does not verify is refused at RCPT, so that nothing has to be sent to anybody. It is
 * answered with 250 when every signal of it is durable; mail that says nothing of ours is
 * accepted too, or its sender would try it for days.
 */
#include "role/edge_return.h"

#include "base/mem.h"

#include <errno.h>

#define REPORT_MAX   (UINT64_C(10) << 20)
#define SIGNAL_MAX   16384u
#define INLINE_MAX   (8u << 10) /* longer ones are read on a thread */
#define READINGS_MAX 64u

/* ---- memory (P8) ---- */

static void
charge(struct edge_conn *c, uint64_t bytes)
{
	struct edge_return *b = c->smtp->back;

	c->edge->memory -= b->charge;
	c->edge->memory += bytes;
	b->charge = bytes;
}

void
edge_return_forget(struct edge_conn *c)
{
	struct edge_return *b = c->smtp->back;

	if (!b)
		return;
	charge(c, 0);
	if (b->reading)
		b->reading->conn = NULL;
	if (b->body)
		extent_body_drop(&b->body);
	arena_done(&b->arena);
	buf_done(&b->head);
	buf_done(&b->signals);
	mem_free(b);
	c->smtp->back = NULL;
	if (c->timer_is == EDGE_TIMER_RATE)
		edge_conn_timer(c, EDGE_TIMER_NONE, 0);
}

/* ---- RCPT ---- */

static bool
token_of(const struct edge *e, struct str text, enum token_kind kind, struct token *ret_t)
{
	return token_read(text, e->env->keys.token, ret_t) == 0 && ret_t->kind == kind;
}

static bool
is_ours(const struct config *cf, struct str domain)
{
	return domain.n == 0 || str_ieq(domain, cf->bounce_domain) ||
	       str_ieq(domain, cf->hostname);
}

/* Is this an address that something may come back to? */
static bool
target_of(const struct edge *e, const struct address *to, struct edge_return_to *ret_t)
{
	static const struct {
		const char *local;
		enum returned_at at;
		bool people;
	} services[] = { { "fbl", RETURNED_AT_COMPLAINTS, false },
		{ "abuse", RETURNED_AT_COMPLAINTS, true },
		{ "postmaster", RETURNED_AT_RETURN_PATH, true } };
	const struct str leave = STR_LIT("unsubscribe+");
	const struct config *cf = e->config;

	*ret_t = (struct edge_return_to){ .at = RETURNED_AT_RETURN_PATH };
	if (!is_ours(cf, to->domain))
		return false;
	for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
		if (!str_ieq_z(to->local, services[i].local))
			continue;
		ret_t->at = services[i].at;
		ret_t->service = true;
		ret_t->people = services[i].people;
		return true;
	}
	if (str_istarts(to->local, leave)) {
		ret_t->at = RETURNED_AT_UNSUBSCRIBE;
		return token_of(
			e, str_from(to->local, leave.n), TOKEN_UNSUBSCRIBE, &ret_t->token);
	}
	return str_ieq(to->domain, cf->bounce_domain) &&
	       token_of(e, to->local, TOKEN_BOUNCE, &ret_t->token);
}

static struct reply
take(struct edge_conn *c, const struct edge_return_to *t)
{
	struct edge_smtp *s = c->smtp;
	struct edge_return *b = s->back;

	if (s->in.mail.size > REPORT_MAX)
		return REPLY(552, 5, 3, 4, "Too large for a report: at most 10 MiB");
	if (!b && !s->mail.inbound) {
		b = s->back = MEM_NEW(b);
		buf_init(&b->head, FORWARD_MAIL_MAX);
		arena_init(&b->arena, 65536);
		buf_init(&b->signals, EDGE_RETURN_RCPTS * SIGNAL_MAX);
	}
	if (!b || b->n == EDGE_RETURN_RCPTS)
		return REPLY(452, 4, 5, 3,
			"Too many recipients: send the message to the others again");
	b->addresses[b->n] = arena_str(&b->arena, s->in.rcpt.to.text);
	if (!b->addresses[b->n].p)
		b->addresses[b->n] = STR_NONE;
	b->to[b->n++] = *t;
	return REPLY(250, 2, 1, 5, "Recipient ok");
}

bool
edge_return_rcpt(struct edge_conn *c, struct reply *ret_r)
{
	struct edge_return_to t;

	if (!target_of(c->edge, &c->smtp->in.rcpt.to, &t))
		return false;
	*ret_r = take(c, &t);
	return true;
}

/* ---- the bytes ---- */

struct reply
edge_return_data(struct edge_conn *c)
{
	struct edge *e = c->edge;
	struct edge_smtp *s = c->smtp;
	struct reply r = edge_state_reply(e);

	if (r.code)
		return r;
	if (e->memory + EDGE_CHARGE_MIN > e->config->limits.memory_bytes)
		return REPLY(452, 4, 3, 1, "The service is busy; try again in a minute");
	if (e->channel && channel_unsent(e->channel) > EDGE_UNSENT_MAX)
		return REPLY(451, 4, 3, 2, "The service is busy; try again in a minute");
	charge(c, EDGE_CHARGE_MIN);
	s->rate_bytes = s->bytes;
	if (e->config->limits.min_rate > 0)
		edge_conn_timer(c, EDGE_TIMER_RATE, EDGE_RATE_US);
	return (struct reply){ .code = 354, .text = STR_NONE };
}

void
edge_return_bytes(struct edge_conn *c, struct str bytes)
{
	struct edge_return *b = c->smtp->back;

	b->size += bytes.n;
	if (b->size > REPORT_MAX) {
		b->refusal = REPLY(552, 5, 3, 4, "Too large for a report: at most 10 MiB");
		buf_done(&b->head);
	}
	if (b->refusal.code)
		return;
	/* What is read must be there; what is only sent on may be less (P8). */
	if (b->head.n >= EDGE_RETURN_HEAD && !edge_mail_room(c, 2 * b->head.n))
		return;
	(void)buf_put(&b->head, str_head(bytes, FORWARD_MAIL_MAX - b->head.n));
	if (b->head.cap > b->charge)
		charge(c, b->head.cap);
}

/* ---- after the dot ---- */

static void on_recorded(void *ctx, const void *answer);

/* The next signal; false: all are said. */
static bool
tell_next(struct edge_conn *c)
{
	struct edge_return *b = c->smtp->back;
	size_t from = b->said ? b->ends[b->said - 1] : 0;

	if (b->said == b->nsignals)
		return false;
	buf_clear(&c->ask.payload);
	(void)buf_put(&c->ask.payload,
		str_from(str_head(buf_str(&b->signals), b->ends[b->said]), from));
	c->ask.done = on_recorded;
	edge_ask(c->edge, &c->ask, MSG_signal, b->seqs[b->said++]);
	return true;
}

static const struct reply recorded = { 250, { 2, 0, 0 }, { "Ok", 2 } };

/* What is sent on is durable first, then the signals. false: something is under way; else the
 * mail is dealt with, and *ret_r the answer. */
static bool
advance(struct edge_conn *c, bool ok, struct reply *ret_r)
{
	int more = ok ? edge_return_forward_next(c) : -EAGAIN;

	if (more > 0 || (more == 0 && tell_next(c)))
		return false;
	*ret_r = recorded;
	/* Nothing is lost: the other side has it, and no 5xx of ours may make it forget. */
	if (more < 0)
		*ret_r = REPLY(451, 4, 3, 2, "The service is busy; try again in a minute");
	edge_return_forget(c);
	return true;
}

void
edge_return_forwarded(struct edge_conn *c, bool ok)
{
	struct reply r;

	if (advance(c, ok, &r))
		edge_smtp_answer(c, &r);
}

static void
on_recorded(void *ctx, const void *answer)
{
	const struct msg_submitted *m = answer;

	edge_return_forwarded(ctx, m && m->reply.code / 100 == 2);
}

/* It is read: false when an answer of the engine is waited for. */
static bool
conclude(struct edge_conn *c, struct edge_reading *g, struct reply *ret_r)
{
	struct edge_return *b = c->smtp->back;

	b->head = g->head;
	buf_init(&g->head, EDGE_RETURN_HEAD);
	for (size_t i = 0; i < b->n; i++)
		edge_return_judge(c, i, g->by[b->to[i].at]);
	return advance(c, true, ret_r);
}

static void
on_read(void *ctx)
{
	struct edge_reading *g = ctx;
	struct edge_conn *c = g->conn;
	struct reply r;
	bool now = false;

	if (c) {
		c->smtp->back->reading = NULL;
		now = conclude(c, g, &r);
	}
	edge_reading_free(g);
	if (now)
		edge_smtp_answer(c, &r);
}

bool
edge_return_end(struct edge_conn *c, struct reply *ret_r)
{
	struct edge_return *b = c->smtp->back;
	struct edge_reading *g;
	bool now = true;

	if (c->timer_is == EDGE_TIMER_RATE)
		edge_conn_timer(c, EDGE_TIMER_NONE, 0);
	*ret_r = b->refusal;
	if (b->refusal.code == 0 && b->head.n > INLINE_MAX &&
		pool_waiting(c->edge->pool) >= READINGS_MAX)
		*ret_r = REPLY(451, 4, 3, 2, "The service is busy; try again in a minute");
	if (ret_r->code) {
		edge_return_forget(c);
		return true;
	}
	g = edge_reading_new(c);
	if (g->head.n > INLINE_MAX) {
		b->reading = g;
		g->job =
			(struct pool_job){ .work = edge_reading_do, .done = on_read, .ctx = g };
		list_init(&g->job.link);
		pool_add(c->edge->pool, &g->job);
		return false;
	}
	edge_reading_do(g);
	now = conclude(c, g, ret_r);
	edge_reading_free(g);
	return now;
}
