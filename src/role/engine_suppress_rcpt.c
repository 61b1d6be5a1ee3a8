/* Recipients: who is set aside, and whose outcome or wish makes a suppression. */
#include "role/engine_suppress.h"

#include "base/mem.h"
#include "base/must.h"
#include "people/erase.h"

#include <errno.h>

#define HOUR_US (3600 * INT64_C(1000000))
#define WHY_MAX 60

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
	bool known = m->group && directory_group(e->dir, m->tenant, m->group);
	bool ticked = str_starts(m->url, STR_LIT("group:"));
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
		/* Who leaves mail of a group that is gone leaves the stream: he must not be
		 * asked again. Not so who ticked it among others while it was removed. */
		if (ticked && !known)
			return false;
		c.reason = SUPPRESS_UNSUBSCRIBE;
		c.group = known ? m->group : 0;
		c.scope = known ? SUPPRESS_ALL : c.scope;
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

/* ---- consent to tracking */

bool
engine_suppress_tracks_less(const struct engine *e, uint32_t tenant)
{
	return suppress_tracking_count(e->suppress->set, tenant) > 0;
}

bool
engine_suppress_untracked(const struct engine *e, uint32_t tenant, struct str address)
{
	char dst[SUPPRESS_ADDRESS_SIZE], alias[ERASE_ALIAS_SIZE];
	const struct suppress *set = e->suppress->set;

	if (!engine_suppress_tracks_less(e, tenant))
		return false;
	if (suppress_address(dst, address, &address) < 0 ||
		suppress_has_tracking(set, tenant, address))
		return true;
	return suppress_has_aliases(set) &&
	       suppress_has_tracking(
		       set, tenant, erase_alias(alias, e->env->keys.erase, tenant, address));
}

struct pool *
engine_suppress_pool(struct engine *e)
{
	return e->suppress->pool;
}

static void
on_stopped(struct engine *e, const struct suppress_told *t)
{
	const struct reply ok = REPLY(250, 2, 0, 0, "Ok");
	const struct reply full = REPLY(452, 4, 3, 1, "The set of suppressions is full");

	engine_signal_answer(e, &t->by, t->seq, t->refused ? &full : &ok);
}

static void
say_stopped(struct engine *e, const struct msg_signal *m)
{
	struct log_line ll = log_mail(e->log, "tracking-stopped");

	log_num(&ll, "id", (int64_t)m->rcpt);
	log_num(&ll, "message", (int64_t)m->message);
	log_num(&ll, "tenant", m->tenant);
	if (m->ip.n)
		log_str(&ll, "client", m->ip);
	log_end(&ll);
}

void
engine_suppress_stop_tracking(
	struct engine *e, const struct engine_told_by *by, const struct msg_signal *m)
{
	const struct reply later = REPLY(451, 4, 3, 2, "The service is busy; try again later");
	const struct suppress_told told = { .fn = on_stopped, .seq = m->seq, .by = *by };
	char dst[SUPPRESS_ADDRESS_SIZE];
	struct suppress_change c = { .scope = SUPPRESS_TRACKING,
		.reason = SUPPRESS_UNSUBSCRIBE,
		.tenant = m->tenant,
		.message = m->rcpt <= INT64_MAX ? m->rcpt : 0,
		.at = m->at,
		.note = STR_NONE };

	if (m->tenant == 0 || e->disk_full || e->suppress->changes > SUPPRESS_CHANGES_MAX ||
		suppress_address(dst, m->address, &c.address) < 0) {
		engine_signal_answer(e, by, m->seq, &later);
		return;
	}
	say_stopped(e, m);
	engine_suppress_change(e->suppress, (struct spool_suppress){ &c, 1 }, &told);
}

/* ---- */

void
engine_suppress_owed_drop(struct engine_suppress *s)
{
	struct link *l;

	loop_task_off(&s->owed_task);
	while ((l = list_pop(&s->owed)) != NULL)
		mem_free(LIST_OF(l, struct owed, link));
}

static enum suppress_reason
listed(const struct engine *e, const struct suppress_asker *who, struct str to)
{
	char dst[SUPPRESS_ADDRESS_SIZE], alias[ERASE_ALIAS_SIZE];
	const struct suppress *set = e->suppress->set;
	enum suppress_reason why;
	struct str address;

	/* Our own reports go to who sent mail by us; what comes in was asked for. */
	if (who->tenant == 0 || who->stream == STREAM_INBOUND || suppress_count(set) == 0 ||
		suppress_address(dst, to, &address) < 0)
		return SUPPRESS_ANY_REASON;
	why = suppress_why(set, who, address);
	if (why != SUPPRESS_ANY_REASON || !suppress_has_aliases(set))
		return why;
	/* What he said outlives his address. */
	return suppress_why(
		set, who, erase_alias(alias, e->env->keys.erase, who->tenant, address));
}

/* The reasons that do not hold this mail back. */
static uint8_t
passes_of(uint8_t flags)
{
	unsigned passes = 0;

	if (flags & MAIL_BYPASS_BOUNCE)
		passes |= 1u << SUPPRESS_HARD_BOUNCE;
	if (flags & MAIL_BYPASS_COMPLAINT)
		passes |= 1u << SUPPRESS_COMPLAINT;
	if (flags & MAIL_BYPASS_UNSUBSCRIBE)
		passes |= 1u << SUPPRESS_UNSUBSCRIBE | 1u << SUPPRESS_MANUAL;
	return (uint8_t)passes;
}

/* Had he a message of the campaign before this one? */
static bool
got_it(const struct engine *e, const struct q_message *m, const struct q_rcpt *r)
{
	char call[IDEM_SIZE];
	uint64_t other;

	return q_once(m).n &&
	       once_call(call, q_once(m), q_address(m, r), r->sink, m->id) == 0 &&
	       idem_find(e->once, str_of(call, sizeof call), loop_wall(e->loop), &other) ==
	               IDEM_AGAIN;
}

/* Is the recipient set aside? *ret_why is what his fact says; a text of it lies in text. */
static bool
must_not(const struct engine *e, const struct q_message *m, const struct q_rcpt *r,
	struct reply *ret_why, char text[WHY_MAX])
{
	const struct suppress_asker who = { .tenant = m->tenant,
		.stream = m->stream,
		.passes = passes_of(m->flags),
		.group = q_group(m),
		.group_passes = (m->flags & MAIL_BYPASS_GROUP) != 0 };
	enum suppress_reason why = listed(e, &who, q_address(m, r));

	if (why != SUPPRESS_ANY_REASON) {
		snprintf(text, WHY_MAX, "On the suppression list: %s",
			suppress_reason_name(why));
		*ret_why = (struct reply){ 550, { 5, 7, 1 }, str_z(text) };
		return true;
	}
	if (!got_it(e, m, r))
		return false;
	*ret_why = once_reply();
	return true;
}

bool
engine_suppress_screen(struct engine *e, struct engine_peer *p, const struct msg_screen *m)
{
	const struct suppress_asker who = {
		.tenant = m->tenant, .stream = m->stream, .group = m->group
	};
	char told[MSG_TEXTS_MAX];

	if (m->addresses.n > MSG_TEXTS_MAX || m->stream > STREAM_BROADCAST)
		return false;
	for (size_t i = 0; i < m->addresses.n; i++) {
		struct str to = m->addresses.at[i].bytes;
		bool is = listed(e, &who, to) != SUPPRESS_ANY_REASON;

		told[i] = is ? '1' : '0';
	}
	ENGINE_TELL(p, screened, .seq = m->seq, .listed = str_of(told, m->addresses.n));
	return true;
}

static void
set_aside(struct engine *e, struct engine_batch *b, struct q_rcpt *r, const struct reply *why)
{
	/* Our own word: no server was asked. */
	struct engine_move mv = {
		.state = RCPT_SUPPRESSED,
		.fact = { .kind = FACT_SUPPRESSED, .stage = STAGE_LOCAL, .reply = *why },
	};

	engine_move(e, b, r, &mv);
}

/* Mail of nobody's campaign, and nobody on the list: nothing to look for. */
static bool
may_set_aside(const struct engine *e, const struct q_message *m)
{
	return suppress_count(e->suppress->set) > 0 || q_once(m).n;
}

void
engine_suppress_submitted(struct engine *e, const struct q_message *m)
{
	uint32_t at = m->first;

	while (at && may_set_aside(e, m)) {
		struct engine_batch b;
		uint32_t next;

		engine_batch_init(&b, m);
		/* The last one takes the message with it: what is behind it is asked before. */
		for (; at && b.n < QUEUE_BATCH_MAX; at = next) {
			struct q_rcpt *r = queue_rcpt_at(e->queue, at);
			char text[WHY_MAX];
			struct reply why;

			next = r->sibling;
			if (must_not(e, m, r, &why, text))
				set_aside(e, &b, r, &why);
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

	if (m->tenant == 0 || !may_set_aside(e, m))
		return true;
	engine_batch_init(&b, m);
	for (size_t i = 0; i < a->n; i++) {
		struct q_rcpt *r = queue_rcpt_at(e->queue, a->rcpts[i]);
		char text[WHY_MAX];
		struct reply why;

		/* m lives as long as one that is not looked at yet. */
		if (must_not(e, m, r, &why, text))
			set_aside(e, &b, r, &why);
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
