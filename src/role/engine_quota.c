/*
 * Quotas of accounts and keys (account/limit): judged when a message is submitted, for all of
 * its recipients or none; sessions when an edge asks for one more. The limits are the
 * directory's, what is used of them is written to a small file each QUOTA_WRITE_US when it
 * changed, and at the end: after a crash the recipients of that time are not counted, and those
 * of messages that were not flushed yet may be counted twice. Of a submit that fails nothing is
 * counted.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "io/file.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>

#define QUOTA_FILE     "quota"
#define QUOTA_WRITE_US (5 * UINT64_C(1000000))
#define FULL_SHOWN     100

struct engine_quota {
	struct limits *limits;
	struct flush_job job;
	struct buf bytes; /* being written */
	char path[PATH_MAX];
	bool writing;
	uint64_t written; /* limits_changes of what is on the disk, or on its way there */
	uint64_t next;    /* mono */
	struct role_alert alert;
	uint64_t refused[LIMIT_KINDS];
	char why[500]; /* of the last refusal */
};

/* ---- the file */

void
engine_quota_open(struct engine *e)
{
	struct engine_quota *q = MEM_NEW(q);
	struct buf b;
	int err;

	e->quota = q;
	q->limits = limits_new();
	buf_init(&q->bytes, LIMITS_FILE_MAX);
	snprintf(q->path, sizeof q->path, "%s/" QUOTA_FILE, e->env->paths->state);
	buf_init(&b, LIMITS_FILE_MAX);
	err = file_read(q->path, &b);
	if (err == 0)
		err = limits_read(q->limits, buf_str(&b));
	buf_done(&b);
	if (err == 0 || err == -ENOENT)
		return;
	struct log_line ll = log_op(e->log, LOG_ERROR, "quota-file");

	log_z(&ll, "error", strerror(-err));
	log_z(&ll, "means",
		"what was used of quotas is not known: this hour, day and month are counted "
		"from now on");
	log_end(&ll);
}

static int
write_file(void *ctx)
{
	struct engine_quota *q = ctx;

	return file_replace(q->path, buf_str(&q->bytes), 0600);
}

static void
on_written(void *ctx, int err)
{
	struct engine *e = ctx;
	struct engine_quota *q = e->quota;
	uint64_t now = loop_mono(e->loop);

	q->writing = false;
	buf_done(&q->bytes);
	if (err == 0) {
		(void)role_alert_good(&q->alert, now);
		return;
	}
	q->written = 0;
	if (!role_alert_bad(&q->alert, now))
		return;
	struct log_line ll = log_op(e->log, LOG_ERROR, "quota-file");

	log_z(&ll, "error", strerror(-err));
	log_z(&ll, "means",
		"what is used of quotas cannot be written: a restart would forget it");
	log_end(&ll);
}

static int
write_job(void *ctx)
{
	return write_file(((struct engine *)ctx)->quota);
}

void
engine_quota_second(struct engine *e)
{
	struct engine_quota *q = e->quota;
	uint64_t now = loop_mono(e->loop), changes = limits_changes(q->limits);

	if (q->writing || now < q->next || changes == q->written)
		return;
	q->next = now + QUOTA_WRITE_US;
	if (limits_write(q->limits, loop_wall(e->loop), &q->bytes) < 0) {
		on_written(e, -E2BIG);
		return;
	}
	q->written = changes;
	q->writing = true;
	q->job =
		(struct flush_job){ .fd = -1, .work = write_job, .done = on_written, .ctx = e };
	list_init(&q->job.link);
	flusher_add(e->flusher, &q->job);
}

void
engine_quota_close(struct engine *e)
{
	struct engine_quota *q = e->quota;

	if (!q)
		return;
	if (limits_changes(q->limits) != q->written &&
		limits_write(q->limits, loop_wall(e->loop), &q->bytes) == 0)
		(void)write_file(q);
	buf_done(&q->bytes);
	limits_free(&q->limits);
	mem_free(q);
	e->quota = NULL;
}

/* ---- who has which */

struct subject {
	struct limit_of of;
	struct str name;
	const char *what; /* "account", "key" */
};

/* The account, and the key if there is one: how many. A key that took another one's place is
 * counted as that one; sessions are each key's own. */
static size_t
subjects_of(const struct engine *e, uint32_t tenant, uint64_t key, struct subject at[2])
{
	static const struct limit_set none;
	const struct dir_tenant *t = directory_tenant(e->dir, tenant);
	const struct dir_key *k = directory_key_of(e->dir, tenant, key);

	at[0] = (struct subject){ { { tenant, 0 }, t ? &t->limits : &none },
		t ? t->name : STR_LIT("?"), "account" };
	if (!k)
		return 1;
	at[1] = (struct subject){ { { tenant, k->counted_as }, &k->limits }, k->name, "key" };
	return 2;
}

static const char *
moment(char dst[UTC_TEXT_SIZE], int64_t wall)
{
	struct utc u = utc_split(wall);

	snprintf(dst, UTC_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d UTC", u.year, u.month, u.day,
		u.hour, u.minute);
	return dst;
}

/* "an hour" … */
static const char *
each(enum limit_kind k)
{
	static const char *const words[LIMIT_WINDOWS] = { "an hour", "a day", "a month" };

	return words[k];
}

static void
log_over(struct engine *e, const struct subject *s, const struct limit_over *o)
{
	struct log_line ll = log_op(e->log, LOG_WARN, "over-quota");

	log_num(&ll, "tenant", s->of.who.tenant);
	log_str(&ll, s->what, s->name);
	log_z(&ll, "quota", limit_name(o->kind));
	log_num(&ll, "most", (int64_t)o->most);
	log_num(&ll, "used", (int64_t)o->used);
	log_z(&ll, "means", e->quota->why);
	log_end(&ll);
}

/* ---- recipients */

static struct reply
refuse(struct engine *e, const struct subject *s, const struct limit_over *o, uint64_t n)
{
	struct engine_quota *q = e->quota;
	char when[UTC_TEXT_SIZE];
	struct reply r = REPLY(452, 4, 2, 1, "");

	q->refused[o->kind]++;
	if (o->never) {
		r = REPLY(550, 5, 5, 3, "");
		snprintf(q->why, sizeof q->why,
			"Over quota: %s %.*s may send to %" PRIu64 " recipients %s and this "
			"has %" PRIu64 "; send it in parts",
			s->what, STR_ARG(s->name), o->most, each(o->kind), n);
	} else {
		snprintf(q->why, sizeof q->why,
			"Over quota: %s %.*s may send to %" PRIu64 " recipients %s, %" PRIu64
			" are used and this has %" PRIu64 "; there is room again at %s",
			s->what, STR_ARG(s->name), o->most, each(o->kind), o->used, n,
			moment(when, o->until));
	}
	r.text = str_z(q->why);
	if (o->first)
		log_over(e, s, o);
	return r;
}

/* Of two that are in the way the one that stands longer there. */
static bool
longer(const struct limit_over *a, const struct limit_over *b)
{
	return a->never != b->never ? a->never : a->until > b->until;
}

/* What we send ourselves, and what comes in, is nobody's mail. */
static bool
is_counted(const struct msg_submit *s)
{
	return s->tenant != 0 && s->stream != STREAM_INBOUND;
}

struct msg_submitted
engine_quota_take(struct engine *e, const struct msg_submit *s, size_t n)
{
	int64_t now = loop_wall(e->loop);
	struct subject at[2], *worst = NULL;
	struct limit_over over, one;
	struct msg_submitted no = { .retry_s = 0 };
	uint64_t rcpts = 0;
	size_t nat;

	if (!is_counted(s))
		return no;
	for (size_t i = 0; i < n; i++)
		rcpts += s[i].rcpts.n;
	nat = subjects_of(e, s->tenant, s->key, at);
	for (size_t i = 0; i < nat; i++) {
		if (limits_fit(e->quota->limits, &at[i].of, rcpts, now, &one) ||
			(worst && !longer(&one, &over)))
			continue;
		worst = &at[i];
		over = one;
	}
	if (worst) {
		no.reply = refuse(e, worst, &over, rcpts);
		no.full = !over.never && over.used >= over.most;
		no.retry_s = over.never
		                     ? MSG_NEVER
		                     : (uint32_t)((over.until - now + UTC_SEC - 1) / UTC_SEC);
		return no;
	}
	for (size_t i = 0; i < nat; i++)
		limits_add(e->quota->limits, &at[i].of, rcpts, now);
	return no;
}

struct engine_counted
engine_quota_of(const struct engine *e, const struct msg_submit *s)
{
	return (struct engine_counted){ { s->tenant, s->key }, is_counted(s) ? s->rcpts.n : 0,
		loop_wall(e->loop) };
}

void
engine_quota_undo(struct engine *e, const struct engine_counted *counted)
{
	struct subject at[2];
	size_t n = subjects_of(e, counted->who.tenant, counted->who.key, at);

	for (size_t i = 0; i < n && counted->n; i++)
		limits_undo(e->quota->limits, at[i].of.who, counted->n, counted->at);
}

/* ---- sessions */

bool
engine_quota_counted(const struct engine *e, uint32_t tenant, uint64_t key)
{
	struct subject at[2];
	size_t n = subjects_of(e, tenant, key, at);

	for (size_t i = 0; i < n; i++)
		if (at[i].of.set->most[LIMIT_SESSIONS])
			return true;
	return false;
}

void
engine_quota_hold(struct engine *e, unsigned edge, const struct msg_open *m)
{
	limits_hold(e->quota->limits, edge, (struct limit_who){ m->tenant, m->key }, m->n);
}

void
engine_quota_gone(struct engine *e, unsigned edge)
{
	limits_holder_gone(e->quota->limits, edge);
}

void
engine_quota_enter(struct engine *e, struct engine_peer *p, const struct msg_enter *m)
{
	struct engine_quota *q = e->quota;
	const struct limit_who key = { m->tenant, m->key };
	struct subject at[2];
	size_t n = subjects_of(e, m->tenant, m->key, at);
	struct reply r = REPLY(250, 2, 0, 0, "Ok");

	for (size_t i = 0; i < n && r.code == 250; i++) {
		uint64_t most = at[i].of.set->most[LIMIT_SESSIONS];

		if (most == 0 ||
			limits_others(q->limits, p->number, key, i == 1) + m->n <= most)
			continue;
		q->refused[LIMIT_SESSIONS]++;
		snprintf(q->why, sizeof q->why,
			"Too many sessions: %s %.*s may have %" PRIu64
			" open at one time; close one, or try again in a moment",
			at[i].what, STR_ARG(at[i].name), most);
		r = REPLY(421, 4, 7, 0, "");
		r.text = str_z(q->why);
	}
	limits_hold(q->limits, p->number, key, m->n - (r.code != 250 && m->n > 0));
	ENGINE_TELL(p, entered, .seq = m->seq, .ok = r.code == 250, .reply = r);
}

/* ---- shown */

static void
use_of(const struct engine *e, struct limit_who who, struct limit_use *ret)
{
	int64_t now = loop_wall(e->loop);
	struct limit_use own;
	struct subject at[2];
	size_t n = subjects_of(e, who.tenant, who.key, at);

	limits_use(e->quota->limits, who, now, &own);
	*ret = own;
	if (who.key && n > 1)
		limits_use(e->quota->limits, at[1].of.who, now, ret);
	ret->used[LIMIT_SESSIONS] = own.used[LIMIT_SESSIONS];
}

struct json_t *
engine_quota_use(const struct engine *e, uint32_t tenant, uint64_t key)
{
	struct limit_use u;
	char until[UTC_TEXT_SIZE];
	json_t *use = json_object(), *ends = json_object();

	use_of(e, (struct limit_who){ tenant, key }, &u);
	for (int i = 0; i < LIMIT_KINDS; i++)
		json_object_set_new(use, limit_name((enum limit_kind)i),
			i < LIMIT_WINDOWS || engine_quota_counted(e, tenant, key)
				? json_integer((json_int_t)u.used[i])
				: json_null());
	for (int i = 0; i < LIMIT_WINDOWS; i++)
		json_object_set_new(ends, limit_name((enum limit_kind)i),
			json_string(utc_rfc3339(until, u.until[i])));
	return json_pack("{s:o, s:o}", "use", use, "resets", ends);
}

/* Of whoever has limits those that are used up; fn NULL: only how many. */
static size_t
each_full(const struct engine *e,
	void (*fn)(void *ctx, const struct subject *s, int kind, const struct limit_use *u),
	void *ctx)
{
	size_t n, full = 0;
	const struct limit_who *all = directory_limited(e->dir, &n);
	struct subject at[2];
	struct limit_use u;

	for (size_t i = 0; i < n; i++) {
		size_t have = subjects_of(e, all[i].tenant, all[i].key, at);
		const struct subject *s = &at[have - 1];

		if ((have > 1) != (all[i].key != 0))
			continue;
		use_of(e, all[i], &u);
		for (int k = 0; k < LIMIT_KINDS; k++) {
			if (!s->of.set->most[k] || u.used[k] < s->of.set->most[k])
				continue;
			full++;
			if (fn)
				fn(ctx, s, k, &u);
		}
	}
	return full;
}

struct shown {
	const struct engine *engine;
	json_t *list;
};

static void
put_full(void *ctx, const struct subject *s, int kind, const struct limit_use *u)
{
	const struct shown *x = ctx;
	const struct dir_tenant *t = directory_tenant(x->engine->dir, s->of.who.tenant);
	struct str account = t ? t->name : STR_LIT("?");
	char until[UTC_TEXT_SIZE];

	if (json_array_size(x->list) >= FULL_SHOWN)
		return;
	json_array_append_new(x->list,
		json_pack("{s:s%, s:o, s:s, s:I, s:I, s:o}", "account", account.p, account.n,
			"key", s->of.who.key ? json_stringn(s->name.p, s->name.n) : json_null(),
			"quota", limit_name((enum limit_kind)kind), "most",
			(json_int_t)s->of.set->most[kind], "used", (json_int_t)u->used[kind],
			"until",
			kind < LIMIT_WINDOWS ? json_string(utc_rfc3339(until, u->until[kind]))
					     : json_null()));
}

struct json_t *
engine_quota_status(const struct engine *e)
{
	struct shown x = { e, json_array() };
	size_t n, full = each_full(e, put_full, &x);

	(void)directory_limited(e->dir, &n);
	return json_pack("{s:I, s:I, s:o}", "limited", (json_int_t)n, "full", (json_int_t)full,
		"used_up", x.list);
}

void
engine_quota_metrics(const struct engine *e, struct buf *b)
{
	buf_put_z(b, "# HELP facteur_quota_refused_total Messages and sessions refused because "
		     "a quota is used up.\n# TYPE facteur_quota_refused_total counter\n");
	for (int i = 0; i < LIMIT_KINDS; i++)
		buf_printf(b, "facteur_quota_refused_total{quota=\"%s\"} %" PRIu64 "\n",
			limit_name((enum limit_kind)i), e->quota->refused[i]);
	buf_printf(b,
		"# HELP facteur_quotas_used_up Quotas of accounts and keys that are used up.\n"
		"# TYPE facteur_quotas_used_up gauge\nfacteur_quotas_used_up %zu\n",
		each_full(e, NULL, NULL));
}
