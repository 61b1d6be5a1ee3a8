/*
 * Questions of edges about mail that came in: whose is an inbound address, and who sent a
 * message that came back and wants to read that (docs/decisions/0008). A sender is the queue's
 * or the ledger's word, never that of the mail; and mail goes only to one whose domain the
 * account has verified, so that nobody else is written to.
 */
#include "role/engine_priv.h"

#include "account/control_inbound.h"
#include "base/mem.h"
#include "wire/track_token.h"

#define GROUP_NAME_MAX 400u /* bytes of 100 characters */
#define GROUP_LINE_MAX (GROUP_NAME_MAX + 20)
#define FINDS_MAX      1024u
#define TRIES_MAX      5u
#define AGAIN_US       1000000u
#define SENDER_MAX     1024u

struct engine_finding {
	struct link link;
	struct engine *engine;
	struct pool_job job;
	struct loop_timer timer;
	struct engine_told_by by;
	uint64_t seq;
	struct ledger_place place;
	struct buf sender;
	unsigned tries;
};

static bool
lab_takes_all(const struct engine *e)
{
	return e->config->lab.verified_domains || e->config->lab.any_credentials;
}

static void
answer(struct engine *e, const struct engine_told_by *by, const struct msg_found *m)
{
	if (e->edges[by->edge].up && e->edges[by->edge].boot == by->boot)
		ENGINE_TELL(&e->edges[by->edge], found, .seq = m->seq, .is = m->is,
			.tenant = m->tenant, .address = m->address);
}

static void
find_inbound(struct engine *e, const struct engine_told_by *by, const struct msg_find *m)
{
	const struct inbound *in = directory_inbound(e->dir, m->address);
	const struct dir_tenant *t = in ? directory_tenant(e->dir, in->tenant) : NULL;
	bool ok = t && !t->suspended && engine_inbound_ok(e, in, in->tenant);
	bool blocked = ok && directory_blocks(e->dir, in->tenant, m->sender);
	const struct msg_found a = { .seq = m->seq,
		.is = blocked ? FIND_BLOCKED
		      : ok    ? FIND_SOMEBODY
		              : FIND_NOBODY,
		.tenant = ok ? in->tenant : 0,
		.address = STR_NONE };

	answer(e, by, &a);
}

/* Is it an address that the account may speak for? */
static bool
is_its_own(const struct engine *e, uint32_t tenant, struct str sender)
{
	size_t at = str_rfind(sender, '@');
	const struct dir_domain *d =
		at < sender.n ? directory_domain(e->dir, tenant, str_from(sender, at + 1))
			      : NULL;

	return at < sender.n && (lab_takes_all(e) || (d && d->verified));
}

static void
say_sender(struct engine *e, const struct engine_told_by *by, uint64_t seq, uint32_t tenant,
	struct str sender)
{
	bool ok = is_its_own(e, tenant, sender);
	const struct msg_found a = { .seq = seq,
		.is = ok ? FIND_SOMEBODY : FIND_NOBODY,
		.tenant = tenant,
		.address = ok ? sender : STR_NONE };

	answer(e, by, &a);
}

static void
finding_free(struct engine_finding *w)
{
	loop_timer_off(w->engine->loop, &w->timer);
	list_del(&w->link);
	w->engine->nfindings--;
	buf_done(&w->sender);
	mem_free(w);
}

static void
look_up(void *ctx)
{
	struct engine_finding *w = ctx;

	(void)ledger_sender(w->engine->env->paths->ledger, &w->place, &w->sender);
}

static void
on_looked_up(void *ctx)
{
	struct engine_finding *w = ctx;
	struct engine *e = w->engine;

	/* The ledger is a moment behind. */
	if (!e->ending && w->sender.n == 0 && ++w->tries < TRIES_MAX &&
		ledger_waiting(e->ledger) > 0) {
		loop_timer_in(e->loop, &w->timer, AGAIN_US);
		return;
	}
	if (!e->ending)
		say_sender(e, &w->by, w->seq, w->place.tenant, buf_str(&w->sender));
	finding_free(w);
}

static void
on_again(void *ctx)
{
	struct engine_finding *w = ctx;

	/* The pools wait for their jobs then, and take none. */
	if (w->engine->ending)
		finding_free(w);
	else
		pool_add(engine_suppress_pool(w->engine), &w->job);
}

static void
find_sender(struct engine *e, const struct engine_told_by *by, const struct msg_find *m)
{
	const struct dir_tenant *t = directory_tenant(e->dir, m->tenant);
	unsigned wants = m->kind == FACT_RETURNED     ? FORWARD_BOUNCES
	                 : m->kind == FACT_COMPLAINED ? FORWARD_COMPLAINTS
	                                              : 0;
	struct msg_found none = { .seq = m->seq, .address = STR_NONE };
	struct q_message *owner;
	struct engine_finding *w;

	if (!t || t->suspended || !(t->forward & wants)) {
		answer(e, by, &none);
		return;
	}
	if (queue_rcpt(e->queue, m->rcpt, &owner) && owner->tenant == m->tenant) {
		say_sender(e, by, m->seq, m->tenant, q_sender(owner));
		return;
	}
	if (e->nfindings >= FINDS_MAX) {
		none.is = FIND_LATER;
		answer(e, by, &none);
		return;
	}
	w = MEM_NEW(w);
	w->engine = e;
	w->by = *by;
	w->seq = m->seq;
	w->place = (struct ledger_place){ m->accepted, m->tenant, m->rcpt };
	buf_init(&w->sender, SENDER_MAX);
	w->job = (struct pool_job){ .work = look_up, .done = on_looked_up, .ctx = w };
	loop_timer_init(&w->timer, on_again, w);
	list_push(&e->findings, &w->link);
	e->nfindings++;
	pool_add(engine_suppress_pool(e), &w->job);
}

/* Their names. Not who left them: the message may have been passed on. */
static void
find_groups(struct engine *e, const struct engine_told_by *by, const struct msg_find *m)
{
	uint32_t groups[TRACK_TOKEN_CHOICES];
	struct str address = STR_NONE;
	size_t n = track_token_choice_read(m->address, groups, &address);
	struct buf b;

	buf_init(&b, TRACK_TOKEN_CHOICES * GROUP_LINE_MAX);
	for (size_t i = 0; i < n; i++) {
		struct str name = directory_group_name(e->dir, m->tenant, groups[i]);

		if (name.n > 0)
			buf_printf(&b, "%u %.*s\n", (unsigned)groups[i],
				STR_ARG(str_head(name, GROUP_NAME_MAX)));
	}
	const struct msg_found a = { .seq = m->seq,
		.is = b.n > 0 ? FIND_SOMEBODY : FIND_NOBODY,
		.tenant = m->tenant,
		.address = buf_str(&b) };

	answer(e, by, &a);
	buf_done(&b);
}

bool
engine_find(struct engine *e, struct engine_peer *p, const struct msg_find *m)
{
	const struct engine_told_by by = { p->number, p->boot };

	if (m->what == FIND_INBOUND)
		find_inbound(e, &by, m);
	else if (m->what == FIND_SENDER)
		find_sender(e, &by, m);
	else if (m->what == FIND_GROUPS)
		find_groups(e, &by, m);
	else if (m->what == FIND_STREAMS)
		answer(e, &by, &(struct msg_found){ .seq = m->seq, .address = STR_NONE });
	else
		return false;
	return true;
}

void
engine_findings_drop(struct engine *e)
{
	/* The pool is gone: these wait for their timers. */
	LIST_EACH_SAFE(l, &e->findings)
	finding_free(LIST_OF(l, struct engine_finding, link));
}
