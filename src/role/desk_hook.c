#include "role/desk_hook.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/fetch.h"
#include "send/pause.h"

#include <errno.h>

#define SECOND  1000000u
#define SAVE_US 1000000u
#define TRIM_S  3600u /* what is too old goes, also of an endpoint without posts */
#define BUSY_US 1000000u
#define HOUR_S  3600u
#define HELD_US 1000000u /* between two looks whether a restored state may go on */

static bool
is_mailjet(const struct desk_hook *h)
{
	return h->to.format == HOOK_MAILJET_1 || h->to.format == HOOK_MAILJET_2;
}

bool
desk_hook_is_array(const struct desk_hook *h)
{
	return h->to.format == HOOK_SENDGRID || h->to.format == HOOK_MAILJET_2;
}

/* ---- who is due ---- */

void
desk_hook_ready(struct desk_hook *h)
{
	struct desk_hooks *all = h->desk->hooks;

	loop_timer_off(h->desk->loop, &h->timer);
	if (!list_alone(&h->ready))
		return;
	if (list_empty(&all->ready))
		loop_timer_in(h->desk->loop, &all->work, 0);
	list_push(&all->ready, &h->ready);
}

void
desk_hook_in(struct desk_hook *h, uint64_t wait_us)
{
	loop_timer_in(h->desk->loop, &h->timer, wait_us);
}

static void
on_due(void *ctx)
{
	desk_hook_ready(ctx);
}

/* What cannot be understood is taken for it. */
static bool
is_restored(const struct desk *d)
{
	struct pause p;
	int err = pause_read(d->env->paths->journal, &p);

	return err ? err != -ENOENT : p.restored;
}

/* A round of readings; other work of desk goes between two rounds. */
static void
on_work(void *ctx)
{
	struct desk *d = ctx;
	struct desk_hooks *all = d->hooks;
	uint64_t end = clock_mono(d->env->clock) + DESK_HOOK_READ_US;
	struct link *l;

	all->held = all->held && is_restored(d);
	if (all->held) {
		loop_timer_in(d->loop, &all->work, HELD_US);
		return;
	}
	while ((l = list_pop(&all->ready)) != NULL) {
		desk_hook_run(LIST_OF(l, struct desk_hook, ready));
		if (clock_mono(d->env->clock) > end)
			break;
	}
	if (!list_empty(&all->ready))
		loop_timer_in(d->loop, &all->work, 1000);
}

struct desk_hook *
desk_hook_find(struct desk *d, int64_t id)
{
	uint64_t at;

	if (id <= 0 || !nmap_get(&d->hooks->by_id, (uint64_t)id, &at))
		return NULL;
	return (struct desk_hook *)(uintptr_t)at;
}

/* A backup and the one it stands behind. */
static bool
are_pair(const struct desk_hook *backup, const struct desk_hook *first)
{
	return backup->w.is_backup && !first->w.is_backup &&
	       backup->w.tenant == first->w.tenant && first->w.event.n &&
	       str_eq(backup->w.event, first->w.event);
}

bool
desk_hook_active(const struct desk_hook *h)
{
	if (h->w.state != WEBHOOK_ON || h->unusable)
		return false;
	if (!h->w.is_backup)
		return true;
	LIST_EACH(l, &h->tenant->hooks)
	{
		const struct desk_hook *first = LIST_OF(l, struct desk_hook, mate);

		if (are_pair(h, first) && first->w.state == WEBHOOK_DEAD)
			return true;
	}
	return false;
}

struct news {
	struct desk *desk;
	uint64_t seen;
};

static int
on_news(void *ctx, uint32_t tenant, uint64_t newest)
{
	struct news *n = ctx;
	struct desk_hook_tenant *t;

	if (newest > n->seen)
		n->seen = newest;
	t = desk_hook_tenant_find(n->desk->hooks, tenant);
	if (t)
		desk_hook_news(t, newest);
	return 0;
}

static void
on_poll(void *ctx)
{
	struct desk *d = ctx;
	struct desk_hooks *all = d->hooks;
	struct news n = { d, all->seen };

	/* What could not be asked at once. */
	desk_hook_learn(d);
	if (all->seen_known &&
		ledger_feed_news(d->env->paths->ledger, all->seen, on_news, &n) == 0)
		all->seen = n.seen;
	loop_timer_in(d->loop, &all->poll, DESK_HOOK_POLL_US);
}

static void
on_save(void *ctx)
{
	struct desk *d = ctx;

	/* The tables could not be opened at the start. */
	if (!d->hooks->loaded)
		desk_hooks_load(d);
	if (++d->hooks->saves % TRIM_S == 0)
		LIST_EACH(l, &d->hooks->all)
		{
			struct desk_hook *h = LIST_OF(l, struct desk_hook, link);

			h->logged = DESK_HOOK_TRIM_EACH;
			h->dirty = true;
		}
	desk_hook_come_along(d);
	desk_hooks_save(d);
	loop_timer_in(d->loop, &d->hooks->save, SAVE_US);
}

/* ---- what came of a post ---- */

static void
log_state(struct desk_hook *h)
{
	struct log_line ll = log_op(h->desk->log, LOG_WARN, "webhook-stopped");

	log_num(&ll, "webhook", h->w.id);
	log_str(&ll, "account", h->w.account);
	log_z(&ll, "state", webhook_state_name(h->w.state));
	log_str(&ll, "means", h->w.why);
	log_end(&ll);
}

void
desk_hook_stop(struct desk_hook *h, enum webhook_state state, const char *why)
{
	desk_hook_drop(h);
	h->upto = 0;
	h->w.state = state;
	h->w.why = str_z(why);
	h->dirty = true;
	log_state(h);
	if (state == WEBHOOK_DEAD)
		LIST_EACH(l, &h->tenant->hooks)
		{
			struct desk_hook *b = LIST_OF(l, struct desk_hook, mate);

			if (!are_pair(b, h))
				continue;
			b->w.seq = h->w.seq;
			b->dirty = true;
			desk_hook_ready(b);
		}
	desk_hooks_save(h->desk);
}

static uint64_t
back_off_us(const struct desk_hook *h, const struct msg_posted *m)
{
	static const unsigned steps[] = { 5, 30, 120, 600, 1800, HOUR_S };
	size_t last = sizeof steps / sizeof *steps - 1, i = h->w.failures;
	unsigned s = steps[i == 0 ? 0 : i - 1 < last ? i - 1 : last];

	if (is_mailjet(h))
		s = 30;
	if (m->retry_after_s > s)
		s = m->retry_after_s < HOUR_S ? m->retry_after_s : HOUR_S;
	return (uint64_t)s * SECOND;
}

static void
give_up(struct desk_hook *h, uint64_t upto, const char *why)
{
	desk_hook_note_dead(h, upto, why);
	desk_hook_moved(h, upto);
}

/* It fails for 72 hours: what is as old goes to the dead letters, what is younger goes on being
 * tried. Places in the feed are times. */
static void
give_up_old(struct desk_hook *h, int64_t now)
{
	uint64_t old = (uint64_t)(now - DESK_HOOK_GIVE_UP_US);

	if (h->replaying)
		old = h->upto;
	if (old > (h->replaying ? h->replay.behind : h->w.seq))
		give_up(h, old, "It took no event for 72 hours.");
}

static void
failed(struct desk_hook *h, const struct msg_posted *m)
{
	int64_t now = loop_wall(h->desk->loop), since;

	if (!h->w.failing_since)
		h->w.failing_since = now;
	since = now - h->w.failing_since;
	h->w.failures++;
	h->dirty = true;
	h->ahead = DESK_HOOK_AHEAD_MIN;
	h->upto = h->seqs[h->at + h->taken - 1];
	h->desk->hooks->failures++;
	desk_hook_drop(h);
	if (m->status == 410 && h->to.format == HOOK_NATIVE) {
		desk_hook_stop(
			h, WEBHOOK_OFF, "It answered 410 Gone: it wants no more events.");
		return;
	}
	if (is_mailjet(h) && since >= DESK_HOOK_DEAD_US) {
		desk_hook_stop(h, WEBHOOK_DEAD, "It took no event for 24 hours.");
		return;
	}
	if (m->status == 403 && h->to.format == HOOK_POSTMARK) {
		give_up(h, h->upto, "It answered 403: Postmark's format tries no more then.");
		desk_hook_ready(h);
		return;
	}
	if (since >= DESK_HOOK_GIVE_UP_US)
		give_up_old(h, now);
	h->due = loop_mono(h->desk->loop) + back_off_us(h, m);
	desk_hook_ready(h);
}

static void
succeeded(struct desk_hook *h, const struct msg_posted *m)
{
	bool more = h->more || h->at + h->taken < h->n;

	desk_hook_passed(h);
	h->dirty |= h->w.failing_since != 0;
	h->w.failing_since = 0;
	h->w.failures = 0;
	h->due = 0;
	if (m->took_ms >= DESK_HOOK_SLOW_MS)
		h->ahead = DESK_HOOK_AHEAD_MIN;
	else
		desk_hook_further(h);
	if (desk_hook_is_array(h) && !more)
		desk_hook_in(h, DESK_HOOK_GROUP_US);
	else
		desk_hook_ready(h);
}

void
desk_hook_posted(void *ctx, const struct msg_posted *m)
{
	struct desk_hook *h = ctx;

	h->post = 0;
	desk_hook_unplace(h);
	/* Not the endpoint's fault, and no attempt of it. */
	if (!m || m->class == FETCH_BUSY || m->class == FETCH_OURS) {
		h->due = loop_mono(h->desk->loop) + BUSY_US;
		desk_hook_ready(h);
		return;
	}
	h->desk->hooks->posts++;
	h->logged++;
	desk_hook_note_post(h, m);
	if (m->status == 200 || (m->status / 100 == 2 && !is_mailjet(h)))
		succeeded(h, m);
	else
		failed(h, m);
}

/* ---- the tables ---- */

/* One whose texts are too long is unusable: the tables may hold what no check let in. */
static struct str
keep(struct desk_hook *h, struct str s)
{
	struct str copy = arena_str(&h->conf, s);

	h->too_long |= !copy.p;
	return copy.p ? copy : STR_NONE;
}

static void
take_fields(struct desk_hook *h)
{
	h->nfields = 0;
	for (struct str rest = h->w.fields; rest.n && h->nfields < DESK_HOOK_FIELDS_MAX;) {
		struct str line = str_cut(&rest, '\n');

		if (line.n)
			h->fields[h->nfields++].bytes = line;
	}
}

static void
take_conf(struct desk_hook *h, const struct webhook *w)
{
	arena_reset(&h->conf);
	h->too_long = false;
	h->w = *w;
	h->w.account = keep(h, w->account);
	h->w.label = keep(h, w->label);
	h->w.format = keep(h, w->format);
	h->w.event = keep(h, w->event);
	h->w.own_stream = keep(h, w->own_stream);
	h->w.url = keep(h, w->url);
	h->w.fields = keep(h, w->fields);
	h->w.secret = keep(h, w->secret);
	h->w.old_secret = keep(h, w->old_secret);
	h->w.key = keep(h, w->key);
	h->w.why = keep(h, w->why);
	h->to = (struct hook_endpoint){ .kinds = w->kinds,
		.people_only = w->people_only,
		.url = h->w.url,
		.secrets = { h->w.secret, h->w.old_secret },
		.key = h->w.key };
	h->unusable = h->too_long || hook_format_of(h->w.format, &h->to.format) < 0 ||
	              h->w.url.n == 0;
	take_fields(h);
}

static struct desk_hook *
hook_new(struct desk *d, const struct webhook *w)
{
	struct desk_hook *h = MEM_NEW(h);

	h->desk = d;
	h->ahead = DESK_HOOK_AHEAD_MIN;
	list_init(&h->link);
	list_init(&h->ready);
	list_init(&h->mate);
	list_init(&h->turn);
	arena_init(&h->conf, 65536);
	buf_init(&h->sent, WEBHOOK_REQUEST_KEPT);
	loop_timer_init(&h->timer, on_due, h);
	list_push(&d->hooks->all, &h->link);
	d->hooks->n++;
	h->w.id = w->id;
	nmap_put(&d->hooks->by_id, (uint64_t)w->id, (uint64_t)(uintptr_t)h);
	desk_hook_tenant_join(h, w->tenant);
	return h;
}

static void
hook_free(struct desk_hook *h)
{
	struct desk *d = h->desk;

	desk_hook_abandon(h);
	desk_hook_tenant_leave(h);
	desk_hook_drop(h);
	loop_timer_off(d->loop, &h->timer);
	nmap_del(&d->hooks->by_id, (uint64_t)h->w.id);
	list_del(&h->ready);
	list_del(&h->link);
	/* Without endpoints nobody asks the feed. */
	if (--d->hooks->n == 0)
		d->hooks->seen_known = false;
	arena_done(&h->conf);
	buf_done(&h->sent);
	mem_free(h);
}

static int
on_webhook(void *ctx, const struct webhook *w)
{
	struct desk *d = ctx;
	struct desk_hook *h = desk_hook_find(d, w->id);
	bool was = h && desk_hook_active(h);

	/* An id that was removed may come again, also for another account. */
	if (h && h->w.tenant != w->tenant) {
		hook_free(h);
		h = NULL;
	}
	if (!h)
		h = hook_new(d, w);
	if (h->w.created != w->created || h->w.seq != w->seq) {
		desk_hook_abandon(h);
		desk_hook_drop(h);
		h->upto = 0;
		h->replaying = false;
	}
	/* Another URL is tried at once. */
	was = was && str_eq(h->w.url, w->url);
	take_conf(h, w);
	h->present = true;
	if (!was)
		h->due = 0;
	return 0;
}

static int
on_replay(void *ctx, const struct webhook_range *r)
{
	struct desk_hook *h = desk_hook_find(ctx, r->webhook);

	if (h)
		h->replays = true;
	return 0;
}

void
desk_hooks_load(struct desk *d)
{
	const struct webhook_query q = { .tenant = CONTROL_ANY };
	const struct webhook_page page = { .tenant = CONTROL_ANY, .limit = UINT32_MAX };
	struct control *c = desk_control(d);
	struct arena a;

	if (!d->hooks || !c)
		return;
	LIST_EACH(l, &d->hooks->all)
	LIST_OF(l, struct desk_hook, link)->present = false;
	arena_init(&a, 256u << 20);
	if (control_webhook_each(c, &a, &q, on_webhook, d) == 0) {
		d->hooks->loaded = true;
		LIST_EACH_SAFE(l, &d->hooks->all)
		{
			struct desk_hook *h = LIST_OF(l, struct desk_hook, link);

			if (!h->present)
				hook_free(h);
		}
		(void)control_webhook_ranges(c, WEBHOOK_REPLAYS, &page, on_replay, d);
	}
	arena_done(&a);
	desk_hook_learn(d);
	LIST_EACH(l, &d->hooks->all)
	{
		struct desk_hook *h = LIST_OF(l, struct desk_hook, link);

		if (!h->post)
			desk_hook_ready(h);
	}
}

void
desk_hooks_new(struct desk *d)
{
	struct desk_hooks *all = MEM_NEW(all);

	list_init(&all->all);
	list_init(&all->ready);
	list_init(&all->notes);
	list_init(&all->by_tenant);
	nmap_init(&all->by_id);
	nmap_init(&all->tenants);
	loop_timer_init(&all->poll, on_poll, d);
	loop_timer_init(&all->work, on_work, d);
	loop_timer_init(&all->save, on_save, d);
	d->hooks = all;
	all->held = is_restored(d);
	desk_hooks_load(d);
	loop_timer_in(d->loop, &all->poll, DESK_HOOK_POLL_US);
	loop_timer_in(d->loop, &all->save, SAVE_US);
}

void
desk_hooks_free(struct desk *d)
{
	struct desk_hooks *all = d->hooks;

	if (!all)
		return;
	desk_hooks_save(d);
	while (!list_empty(&all->all))
		hook_free(LIST_OF(all->all.next, struct desk_hook, link));
	desk_hook_tenants_drop(all);
	nmap_done(&all->by_id);
	desk_hook_notes_drop(all);
	loop_timer_off(d->loop, &all->poll);
	loop_timer_off(d->loop, &all->work);
	loop_timer_off(d->loop, &all->save);
	mem_free(all);
	d->hooks = NULL;
}

struct health {
	uint32_t failing, stopped;
	int64_t lag_s;
};

static struct health
health_of(struct desk *d)
{
	int64_t now = loop_wall(d->loop);
	struct health all = { 0 };

	LIST_EACH(l, &d->hooks->all)
	{
		const struct desk_hook *h = LIST_OF(l, struct desk_hook, link);
		int64_t late = h->head ? (now - (int64_t)h->head) / SECOND : 0;

		all.failing += h->w.state == WEBHOOK_ON && h->w.failing_since;
		all.stopped += h->w.state != WEBHOOK_ON;
		/* An event asked for again is old, not late. */
		if (desk_hook_active(h) && !h->replaying && late > all.lag_s)
			all.lag_s = late;
	}
	return all;
}

static void
on_told(struct desk_ask *a, int status, struct str json)
{
	(void)a;
	(void)status;
	(void)json;
}

void
desk_hooks_tell(struct desk *d)
{
	const struct health all = health_of(d);
	const struct msg_query q = {
		.op = QUERY_WEBHOOKS, .limit = all.failing, .after = (uint64_t)all.lag_s
	};

	if (d->hooks->n || d->hooks->told)
		desk_ask_engine(d, NULL, &q, on_told, NULL);
	/* Once more when the last one is gone. */
	d->hooks->told = d->hooks->n > 0;
}

json_t *
desk_hooks_json(struct desk *d)
{
	const struct health all = health_of(d);

	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "endpoints", (json_int_t)d->hooks->n,
		"failing", (json_int_t)all.failing, "stopped", (json_int_t)all.stopped, "lag_s",
		(json_int_t)all.lag_s, "posts", (json_int_t)d->hooks->posts, "failures",
		(json_int_t)d->hooks->failures);
}
