/* Recipients: who is set aside, and whose outcome or wish makes a suppression. */
#include "role/engine_suppress.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define HOUR_US (3600 * INT64_C(1000000))

/* A change that is to be appended behind what the loop is doing: the outcome it comes of stands
 * before it in the journal. */
struct owed {
	struct link link;
	struct suppress_change change;
	char address[SUPPRESS_ADDRESS_SIZE], note[SUPPRESS_NOTE_MAX];
};

void
engine_suppress_on_owed(void *ctx)
{
	static const struct suppress_told none = { 0 };
	struct engine_suppress *s = ctx;
	struct suppress_change *at;
	struct link taken, *l;
	size_t n = 0;

	list_init(&taken);
	at = mem_new(SPOOL_SUPPRESS_MAX, sizeof *at);
	while (n < SPOOL_SUPPRESS_MAX && !list_empty(&s->owed)) {
		struct owed *o = LIST_OF(s->owed.next, struct owed, link);

		at[n++] = o->change;
		list_del(&o->link);
		list_push(&taken, &o->link);
	}
	if (n)
		engine_suppress_change(s, (struct spool_suppress){ at, n }, &none);
	while ((l = list_pop(&taken)) != NULL)
		mem_free(LIST_OF(l, struct owed, link));
	mem_free(at);
	if (!list_empty(&s->owed))
		loop_task_post(s->engine->loop, &s->owed_task);
}

static bool
later(struct engine *e, const struct suppress_change *c)
{
	struct engine_suppress *s = e->suppress;
	struct owed *o = MEM_NEW(o);

	o->change = *c;
	if (c->tenant == 0 ||
		suppress_address(o->address, c->address, &o->change.address) < 0) {
		mem_free(o);
		return false;
	}
	o->change.note = str_head(c->note, sizeof o->note);
	if (o->change.note.n)
		memcpy(o->note, o->change.note.p, o->change.note.n);
	o->change.note.p = o->note;
	list_init(&o->link);
	list_push(&s->owed, &o->link);
	loop_task_post(e->loop, &s->owed_task);
	return true;
}

void
engine_suppress_bounced(struct engine *e, const struct suppress_change *of,
	const struct verdict *v, struct str site)
{
	struct suppress_change c = *of;

	/* A refusal that is ours to mend, or that of a full mailbox, says nothing of the
	 * address. */
	if (v->class != CLASS_MAILBOX || v->blame != BLAME_ADDRESS || !v->permanent)
		return;
	c.scope = SUPPRESS_ALL;
	c.reason = SUPPRESS_HARD_BOUNCE;
	/* A server that refuses everybody for an hour is one incident. */
	c.incident = ((uint64_t)(c.at / HOUR_US) << 32) | (uint32_t)hash_bytes(0, site);
	(void)later(e, &c);
}

bool
engine_suppress_signal(struct engine *e, const struct msg_signal *m)
{
	struct suppress_change c = {
		.scope = suppress_scope_of_stream(m->stream),
		.tenant = m->tenant,
		.address = m->address,
		.message = m->rcpt ? m->rcpt : m->message,
		.at = m->at,
	};

	if (c.message > INT64_MAX)
		c.message = 0;
	switch (m->kind) {
	case FACT_UNSUBSCRIBED:
		c.reason = SUPPRESS_UNSUBSCRIBE;
		break;
	case FACT_COMPLAINED:
		c.reason = SUPPRESS_COMPLAINT;
		break;
	case FACT_RETURNED:
		if (m->class != CLASS_MAILBOX || m->blame != BLAME_ADDRESS)
			return false;
		c.scope = SUPPRESS_ALL;
		c.reason = SUPPRESS_HARD_BOUNCE;
		break;
	default:
		return false;
	}
	return later(e, &c);
}

void
engine_suppress_owed_drop(struct engine_suppress *s)
{
	struct link *l;

	loop_task_off(&s->owed_task);
	while ((l = list_pop(&s->owed)) != NULL)
		mem_free(LIST_OF(l, struct owed, link));
}

static bool
must_not(const struct engine *e, const struct q_message *m, const struct q_rcpt *r,
	enum suppress_reason *ret_why)
{
	char dst[SUPPRESS_ADDRESS_SIZE];
	struct str address;

	/* Our own reports go to who sent mail by us; what comes in was asked for. */
	if (m->tenant == 0 || m->stream == STREAM_INBOUND ||
		suppress_count(e->suppress->set) == 0 ||
		suppress_address(dst, q_address(m, r), &address) < 0)
		return false;
	*ret_why = suppress_has(e->suppress->set, m->tenant, m->stream, address);
	return *ret_why != SUPPRESS_ANY_REASON;
}

static void
set_aside(struct engine *e, struct engine_batch *b, struct q_rcpt *r, enum suppress_reason why)
{
	char text[60];
	struct engine_move mv = {
		.state = RCPT_SUPPRESSED,
		.fact = { .kind = FACT_SUPPRESSED,
			.stage = STAGE_LOCAL,
			.reply = { 550, { 5, 7, 1 }, STR_NONE } },
	};

	/* Our own word: no server was asked. */
	snprintf(text, sizeof text, "On the suppression list: %s", suppress_reason_name(why));
	mv.fact.reply.text = str_z(text);

	engine_move(e, b, r, &mv);
}

void
engine_suppress_submitted(struct engine *e, const struct q_message *m)
{
	uint32_t at = m->first;

	while (at && suppress_count(e->suppress->set) > 0) {
		struct engine_batch b;
		uint32_t next;

		engine_batch_init(&b, m);
		/* The last one takes the message with it: what is behind it is asked before. */
		for (; at && b.n < QUEUE_BATCH_MAX; at = next) {
			struct q_rcpt *r = queue_rcpt_at(e->queue, at);
			enum suppress_reason why;

			next = r->sibling;
			if (must_not(e, m, r, &why))
				set_aside(e, &b, r, why);
		}
		if (b.n)
			engine_batch_commit(e, &b, NULL, 0);
		else
			buf_done(&b.facts);
	}
}

bool
engine_suppress_attempt(struct engine *e, struct q_attempt *a)
{
	const struct q_message *m = queue_message_at(e->queue, a->message);
	struct engine_batch b;
	size_t n = 0;

	if (m->tenant == 0 || suppress_count(e->suppress->set) == 0)
		return true;
	engine_batch_init(&b, m);
	for (size_t i = 0; i < a->n; i++) {
		struct q_rcpt *r = queue_rcpt_at(e->queue, a->rcpts[i]);
		enum suppress_reason why;

		/* m lives as long as one that is not looked at yet. */
		if (must_not(e, m, r, &why))
			set_aside(e, &b, r, why);
		else
			a->rcpts[n++] = a->rcpts[i];
	}
	a->n = n;
	if (b.n)
		engine_batch_commit(e, &b, NULL, 0);
	else
		buf_done(&b.facts);
	/* Its connection, if there is one, was not touched. */
	if (n == 0)
		queue_done(e->queue, a->id, !a->fresh, loop_mono(e->loop));
	return n > 0;
}
