/* What a mail that came back says, and which message of ours is meant. */
#include "role/edge_return.h"

#include "base/mem.h"
#include "ledger/fact.h"
#include "wire/track_token.h"

#define TEXT_MAX 1000u
#define DAY_US   (86400 * INT64_C(1000000))

/* The recipient of a message of ours. */
struct meant {
	bool known;
	uint8_t stream;
	uint32_t tenant;
	uint64_t message, rcpt;
	int64_t accepted;
	struct str address; /* of track tokens: theirs, in the scratch; else empty */
	uint32_t group;     /* with the address; else the engine finds both */
};

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
				k.kind == TRACK_TOKEN_UNSUBSCRIBE ? k.text : STR_NONE,
				k.group };
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
		.address = w->address,
		.group = w->group };

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

/* To the sender, when he has asked for it: the engine knows. */
static void
forward_to_sender(struct edge_conn *c, size_t to, const struct msg_signal *m)
{
	const struct edge_return_on on = {
		.what = m->kind == FACT_COMPLAINED ? FORWARD_COMPLAINT : FORWARD_BOUNCE,
		.kind = m->kind,
		.tenant = m->tenant,
		.rcpt = m->rcpt,
		.accepted = m->accepted,
		.to = to
	};

	if (m->kind != FACT_UNSUBSCRIBED)
		edge_return_forward_add(c, &on);
}

/* What people write to the service, and complaints that name no message of ours. */
static void
forward_to_admin(struct edge_conn *c, size_t to, const struct returned *r)
{
	const struct edge_return_on on = { .what = FORWARD_POST, .to = to };
	const struct edge_return *b = c->smtp->back;

	if (b->to[to].people &&
		(r->kind == RETURNED_COMPLAINT ||
			(r->kind == RETURNED_OTHER && forward_may(buf_str(&b->head)))))
		edge_return_forward_add(c, &on);
}

/* Counts it and keeps its signal, if it makes one. */
void
edge_return_judge(struct edge_conn *c, size_t to, const struct returned *r)
{
	struct edge *e = c->edge;
	struct edge_return *b = c->smtp->back;
	struct meant w = b->to[to].service ? find(e, r) : meant_by(&b->to[to].token);
	struct msg_signal m;

	edge_count(e, COUNT_RETURNED, (uint16_t)(r->kind * 2 + w.known));
	if (!w.known)
		log_unmatched(c, r);
	if (!w.known || !signal_of(e, r, &w, &m)) {
		forward_to_admin(c, to, r);
		return;
	}
	m.seq = b->seqs[b->nsignals] = edge_seq(e);
	if (msg_signal_write(&b->signals, &m) == 0)
		b->ends[b->nsignals++] = b->signals.n;
	forward_to_sender(c, to, &m);
}

/* ---- reading ---- */

struct edge_reading *
edge_reading_new(struct edge_conn *c)
{
	struct edge_return *b = c->smtp->back;
	struct edge_reading *g = MEM_NEW(g);

	g->conn = c;
	g->head = b->head;
	buf_init(&b->head, FORWARD_MAIL_MAX);
	g->null_sender = c->smtp->in.mail.from.text.n == 0;
	for (size_t i = 0; i < b->n; i++) {
		enum returned_at at = b->to[i].at;

		if (!g->by[at])
			g->by[at] = MEM_NEW(g->by[at]);
	}
	return g;
}

void
edge_reading_free(struct edge_reading *g)
{
	for (unsigned at = 0; at < EDGE_RETURN_KINDS; at++) {
		if (g->by[at])
			arena_done(&g->arena[at]);
		mem_free(g->by[at]);
	}
	buf_done(&g->head);
	mem_free(g);
}

void
edge_reading_do(void *ctx)
{
	struct edge_reading *g = ctx;

	for (unsigned at = 0; at < EDGE_RETURN_KINDS; at++) {
		const struct returned_mail mail = { str_head(buf_str(&g->head),
							    EDGE_RETURN_HEAD),
			(enum returned_at)at, g->null_sender };

		if (!g->by[at])
			continue;
		arena_init(&g->arena[at], RETURNED_ARENA);
		returned_read(&g->arena[at], &mail, g->by[at]);
	}
}
