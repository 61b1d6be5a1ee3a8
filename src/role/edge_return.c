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
#include "role/edge_priv.h"

#include "base/mem.h"
#include "ledger/fact.h"
#include "send/returned.h"
#include "wire/token.h"
#include "wire/track_token.h"

#define RCPTS_MAX  10u
#define REPORT_MAX (UINT64_C(10) << 20)
/* Reports stand first, then the header of the original: what is behind is not looked at. It
 * bounds the time that reading takes from the loop. */
#define HEAD_MAX   (256u << 10)
#define TEXT_MAX   1000u
#define SIGNAL_MAX 16384u
#define DAY_US     (86400 * INT64_C(1000000))
#define AT_KINDS   (RETURNED_AT_UNSUBSCRIBE + 1)

/* The recipient of a message of ours. */
struct meant {
	bool known;
	uint8_t stream;
	uint32_t tenant;
	uint64_t message, rcpt;
	int64_t accepted;
	struct str address; /* of track tokens: theirs, in the scratch; else empty */
};

struct target {
	enum returned_at at;
	bool service; /* fbl@ and the like: no token in it */
	struct token token;
};

struct edge_return {
	struct target to[RCPTS_MAX];
	size_t n;
	struct buf head;
	uint64_t size, charge;
	struct reply refusal; /* code 0 = none; answered after the dot */
	/* Encoded signals, one behind the other, and where the next one to be said begins. */
	struct buf signals;
	size_t ends[RCPTS_MAX];
	uint64_t seqs[RCPTS_MAX];
	size_t nsignals, said;
};

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
target_of(const struct edge *e, const struct address *to, struct target *ret_t)
{
	static const struct {
		const char *local;
		enum returned_at at;
	} services[] = { { "fbl", RETURNED_AT_COMPLAINTS }, { "abuse", RETURNED_AT_COMPLAINTS },
		{ "postmaster", RETURNED_AT_RETURN_PATH } };
	const struct str leave = STR_LIT("unsubscribe+");
	const struct config *cf = e->config;

	*ret_t = (struct target){ .at = RETURNED_AT_RETURN_PATH };
	if (!is_ours(cf, to->domain))
		return false;
	for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
		if (!str_ieq_z(to->local, services[i].local))
			continue;
		ret_t->at = services[i].at;
		ret_t->service = true;
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
no_such_path(const struct edge_conn *c)
{
	const struct smtp_in *s = &c->smtp->in;

	/* Who wants to send should hear that he must authenticate. */
	if (s->mail.from.text.n > 0 &&
		!str_ieq(s->rcpt.to.domain, c->edge->config->bounce_domain))
		return smtp_in_need_auth(s);
	return REPLY(550, 5, 1, 1,
		"No message has this return path; to send one, authenticate first");
}

struct reply
edge_return_rcpt(struct edge_conn *c)
{
	struct edge_smtp *s = c->smtp;
	struct edge_return *b = s->back;
	struct target t;

	if (!target_of(c->edge, &s->in.rcpt.to, &t))
		return no_such_path(c);
	if (s->in.mail.size > REPORT_MAX)
		return REPLY(552, 5, 3, 4, "Too large for a report: at most 10 MiB");
	if (!b) {
		b = s->back = MEM_NEW(b);
		buf_init(&b->head, HEAD_MAX);
		buf_init(&b->signals, RCPTS_MAX * SIGNAL_MAX);
	}
	if (b->n == RCPTS_MAX)
		return REPLY(452, 4, 5, 3,
			"Too many recipients: send the message to the others again");
	b->to[b->n++] = t;
	return REPLY(250, 2, 1, 5, "Recipient ok");
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
	(void)buf_put(&b->head, str_head(bytes, HEAD_MAX - b->head.n));
	if (b->head.cap > b->charge)
		charge(c, b->head.cap);
}

/* ---- who is meant ---- */

static struct meant
meant_by(const struct token *t)
{
	return (struct meant){ .known = true,
		.stream = t->stream,
		.tenant = t->tenant,
		.message = t->message,
		.rcpt = t->message + 1 + t->recipient,
		/* The day is all that is needed of it; the ledger's days are UTC's. */
		.accepted = t->day * DAY_US + 1,
		.address = STR_NONE };
}

/* The best candidate that verifies. */
static struct meant
find(struct edge *e, const struct returned *r)
{
	struct token t;
	struct track_token k;

	for (size_t i = 0; i < r->n; i++) {
		struct str text = r->candidates[i].text;

		if (token_read(text, e->env->keys.token, &t) == 0)
			return meant_by(&t);
		if (track_token_read(e->track, text, &e->track_scratch, &k) == 0)
			return (struct meant){ true, k.stream, k.tenant, k.message,
				track_token_rcpt(&k), (int64_t)k.accepted * 1000000,
				k.kind == TRACK_TOKEN_UNSUBSCRIBE ? k.text : STR_NONE };
	}
	return (struct meant){ .known = false };
}

/* ---- what it says ---- */

/* One recipient a transaction: the first that failed is the one. */
static void
bounce_of(const struct returned *r, struct msg_signal *m)
{
	for (size_t i = 0; i < r->bounce.n; i++) {
		const struct dsn_in_recipient *to = &r->bounce.recipients[i];

		if (to->action != DSN_FAILED)
			continue;
		m->class = (uint8_t)r->verdicts[i].class;
		m->blame = (uint8_t)r->verdicts[i].blame;
		m->reply = to->reply;
		if (m->reply.text.n == 0)
			m->reply.text = to->diagnostic;
		m->reply.text = str_head(m->reply.text, TEXT_MAX);
		return;
	}
}

static bool
signal_of(struct edge *e, const struct returned *r, const struct meant *w,
	struct msg_signal *ret_m)
{
	struct msg_signal m = { .stream = w->stream,
		.tenant = w->tenant,
		.message = w->message,
		.rcpt = w->rcpt,
		.accepted = w->accepted,
		.at = loop_wall(e->loop),
		.address = w->address };

	switch (r->kind) {
	case RETURNED_BOUNCE:
		m.kind = FACT_RETURNED;
		bounce_of(r, &m);
		break;
	case RETURNED_COMPLAINT:
		m.kind = FACT_COMPLAINED;
		m.ip = r->complaint.source_ip;
		m.agent = r->complaint.user_agent;
		break;
	case RETURNED_UNSUBSCRIBE:
		m.kind = FACT_UNSUBSCRIBED;
		break;
	default: /* delays, deliveries, automatic answers, people */
		return false;
	}
	*ret_m = m;
	return true;
}

static void
log_unmatched(struct edge_conn *c, const struct returned *r)
{
	struct log_line ll;

	if (!edge_log(c, "returned-unmatched", &ll))
		return;
	log_z(&ll, "kind", returned_kind_name(r->kind));
	log_addr(&ll, "from", c->smtp->in.mail.from.text);
	log_str(&ll, "subject", str_head(r->subject, 100));
	log_end(&ll);
}

/* Counts it and keeps its signal, if it makes one. */
static void
judge(struct edge_conn *c, const struct target *to, const struct returned *r)
{
	struct edge *e = c->edge;
	struct edge_return *b = c->smtp->back;
	struct meant w = to->service ? find(e, r) : meant_by(&to->token);
	struct msg_signal m;

	edge_count(e, COUNT_RETURNED, (uint16_t)(r->kind * 2 + w.known));
	if (!w.known)
		log_unmatched(c, r);
	if (!w.known || !signal_of(e, r, &w, &m))
		return;
	m.seq = b->seqs[b->nsignals] = edge_seq(e);
	if (msg_signal_write(&b->signals, &m) == 0)
		b->ends[b->nsignals++] = b->signals.n;
}

/* Once for each kind of address: it is read in the light of it. */
static void
read_as(struct edge_conn *c, enum returned_at at, struct returned *r)
{
	struct edge_return *b = c->smtp->back;
	const struct returned_mail mail = { buf_str(&b->head), at,
		c->smtp->in.mail.from.text.n == 0 };
	struct arena a;
	bool any = false;

	arena_init(&a, RETURNED_ARENA);
	for (size_t i = 0; i < b->n; i++) {
		if (b->to[i].at != at)
			continue;
		if (!any)
			returned_read(&a, &mail, r);
		any = true;
		judge(c, &b->to[i], r);
	}
	arena_done(&a);
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

static void
on_recorded(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	const struct msg_submitted *m = answer;
	struct reply r = recorded;

	if (m && m->reply.code / 100 == 2 && tell_next(c))
		return;
	/* Nothing is lost: the other side has it, and no 5xx of ours may make it forget. */
	if (!m || m->reply.code / 100 != 2)
		r = REPLY(451, 4, 3, 2, "The service is busy; try again in a minute");
	edge_return_forget(c);
	edge_smtp_answer(c, &r);
}

bool
edge_return_end(struct edge_conn *c, struct reply *ret_r)
{
	struct edge_return *b = c->smtp->back;
	struct returned *r;

	if (c->timer_is == EDGE_TIMER_RATE)
		edge_conn_timer(c, EDGE_TIMER_NONE, 0);
	*ret_r = b->refusal;
	if (b->refusal.code == 0) {
		r = MEM_NEW(r);
		for (unsigned at = 0; at < AT_KINDS; at++)
			read_as(c, (enum returned_at)at, r);
		mem_free(r);
		if (tell_next(c))
			return false;
		*ret_r = recorded;
	}
	edge_return_forget(c);
	return true;
}
