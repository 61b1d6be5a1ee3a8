#include "role/desk_webhook_priv.h"

#include "base/must.h"
#include "base/utc.h"
#include "wire/typed_id.h"

#include <errno.h>

#define ARENA_MAX   (16u << 20)
#define LOG_LIMIT   50
#define LOG_MAX     1000
#define DEAD_LIMIT  1000
#define KEEP_TRYING (72 * UTC_HOUR)
#define NOT_FOR_ALL "Say whose webhook it is: \"account\" is missing."

int
webhook_refuse(struct webhook_ask *a, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(a->why, sizeof a->why, fmt, ap);
	va_end(ap);
	return err;
}

/* ---- who and which ---- */

int
desk_webhook_tenant(struct control *c, const json_t *body, uint32_t *ret)
{
	const json_t *number = json_object_get(body, "tenant");
	struct str account = desk_text(body, "account");

	if (json_is_integer(number))
		*ret = (uint32_t)json_integer_value(number);
	else if (account.n)
		return control_account_tenant(c, account, ret);
	else
		*ret = CONTROL_ANY;
	return 0;
}

int64_t
desk_webhook_id(struct control *c, const json_t *body)
{
	const json_t *j = json_object_get(body, "id");
	uint64_t id = 0;

	if (json_is_integer(j))
		return json_integer_value(j) > 0 ? json_integer_value(j) : 0;
	if (typed_id_read(desk_text(body, "id"), control_ids(c), "whk", &id) < 0)
		return 0;
	return (int64_t)id;
}

static int
take(void *ctx, const struct webhook *w)
{
	*(struct webhook *)ctx = *w;
	return 0;
}

/* The webhook that is meant, with its tenant. */
static int
find(struct webhook_ask *a, struct webhook *ret_w)
{
	struct webhook_query q = { a->tenant, desk_webhook_id(a->control, a->body) };

	*ret_w = (struct webhook){ .id = 0 };
	if (q.id == 0)
		return webhook_refuse(a, -ENOENT, "There is no such webhook.");
	return control_webhook_each(a->control, &a->arena, &q, take, ret_w);
}

/* ---- verbs ---- */

static int
take_dead(void *ctx, const struct webhook *w)
{
	struct webhook *backup = ctx;

	if (!w->is_backup && w->state == WEBHOOK_DEAD && backup->event.n &&
		str_eq(w->event, backup->event))
		backup->seq = w->seq;
	return 0;
}

/* A backup made while the first one is dead begins where that stopped. */
static int
stand_in(struct webhook_ask *a, struct webhook *w)
{
	const struct webhook_query q = { w->tenant, 0 };

	return w->is_backup ? control_webhook_each(a->control, &a->arena, &q, take_dead, w) : 0;
}

static int
add(struct webhook_ask *a)
{
	struct webhook w = { .label = STR_NONE,
		.format = STR_LIT("native"),
		.event = STR_NONE,
		.own_stream = STR_NONE,
		.url = STR_NONE,
		.fields = STR_NONE,
		.old_secret = STR_NONE,
		.key = STR_NONE,
		.why = STR_NONE,
		.kinds = hook_kinds(HOOK_NATIVE, STR_NONE),
		.stream = -1,
		.state = WEBHOOK_ON,
		/* Places in the feed are times: it begins with what happens from now on. */
		.seq = (uint64_t)a->now };
	struct webhook_query q;
	enum hook_format format;
	int err;

	if (a->tenant == CONTROL_ANY)
		return webhook_refuse(a, -EINVAL, NOT_FOR_ALL);
	if (!webhook_member(a, "url"))
		return webhook_refuse(a, -EINVAL, "\"url\" is missing.");
	w.tenant = a->tenant;
	err = webhook_take(a, &w, &format);
	err = err ? err : webhook_make_secret(a, format, &w);
	err = err ? err : stand_in(a, &w);
	q.tenant = a->tenant;
	err = err ? err : control_webhook_add(a->control, &w, &q.id);
	if (!err) {
		struct str secret = w.secret;

		err = control_webhook_each(a->control, &a->arena, &q, take, &w);
		if (!err)
			a->got = webhook_json(a, &w);
		if (!err && secret.n)
			json_object_set_new(a->got, "secret", desk_webhook_text(secret));
	}
	return err;
}

static int
list_one(void *ctx, const struct webhook *w)
{
	struct webhook_ask *a = ctx;
	struct str format = desk_text(a->body, "vendor");

	if (format.n == 0 || str_starts(w->format, format))
		json_array_append_new(a->got, webhook_json(a, w));
	return 0;
}

static int
list(struct webhook_ask *a)
{
	struct webhook_query q = { a->tenant, 0 };
	int err;

	a->got = json_array();
	err = control_webhook_each(a->control, &a->arena, &q, list_one, a);
	if (!err)
		a->got = json_pack("{s:o}", "webhooks", a->got);
	return err;
}

static int
get(struct webhook_ask *a)
{
	struct webhook w;
	int err = find(a, &w);

	if (!err)
		a->got = webhook_json(a, &w);
	return err;
}

static int
take_backup(void *ctx, const struct webhook *w)
{
	struct webhook *first = ctx;

	if (w->is_backup && first->event.n && str_eq(w->event, first->event) &&
		w->seq > first->seq)
		first->seq = w->seq;
	return 0;
}

/* What is passed over is no secret: it can be seen, and posted again. */
static int
pass_over(struct webhook_ask *a, struct webhook *w, uint64_t upto)
{
	const struct webhook_range r = { .webhook = w->id,
		.tenant = w->tenant,
		.at = a->now,
		.behind = w->seq,
		.upto = upto,
		.why = STR_LIT("It was not on for 72 hours.") };

	w->seq = upto;
	return control_webhook_range_add(a->control, WEBHOOK_DEAD_LETTERS, &r);
}

/* Goes on where it stopped, or where its backup is; but with nothing that is too old. */
static int
go_on(struct webhook_ask *a, struct webhook *w, enum webhook_state was)
{
	struct webhook_query q = { w->tenant, 0 };
	uint64_t oldest = (uint64_t)(a->now - KEEP_TRYING);
	int err = 0;

	if (!w->is_backup && was == WEBHOOK_DEAD)
		err = control_webhook_each(a->control, &a->arena, &q, take_backup, w);
	err = err ? err : control_webhook_begin(a->control);
	if (err)
		return err;
	if (w->seq < oldest)
		err = pass_over(a, w, oldest);
	w->failing_since = 0;
	w->failures = 0;
	w->why = STR_NONE;
	err = err ? err : control_webhook_progress(a->control, w);
	return control_webhook_end(a->control, err);
}

static int
change(struct webhook_ask *a, struct webhook *w, enum webhook_state was)
{
	int err;

	if (was != WEBHOOK_ON && w->state == WEBHOOK_ON) {
		err = go_on(a, w, was);
		if (err)
			return err;
	}
	err = control_webhook_update(a->control, w);
	if (!err)
		err = find(a, w);
	if (!err)
		a->got = webhook_json(a, w);
	return err;
}

static int
update(struct webhook_ask *a)
{
	struct webhook w;
	enum hook_format format, old;
	enum webhook_state was;
	struct str made = STR_NONE;
	bool was_signed;
	int err = find(a, &w);

	if (err)
		return err;
	was = w.state;
	must(hook_format_of(w.format, &old) == 0);
	err = webhook_take(a, &w, &format);
	if (err)
		return err;
	/* "To reactivate it, set a new URL." */
	if (webhook_member(a, "url") && !webhook_member(a, "state"))
		w.state = WEBHOOK_ON;
	was_signed = w.secret.n || w.key.n;
	if (format != old || (json_is_boolean(webhook_member(a, "signed")) &&
				     json_is_true(webhook_member(a, "signed")) != was_signed)) {
		w.secret = w.old_secret = w.key = STR_NONE;
		err = webhook_make_secret(a, format, &w);
		made = w.secret;
	}
	err = err ? err : change(a, &w, was);
	if (!err && made.n)
		json_object_set_new(a->got, "secret", desk_webhook_text(made));
	return err;
}

static int
resume(struct webhook_ask *a)
{
	struct webhook w;
	enum webhook_state was;
	int err = find(a, &w);

	if (err)
		return err;
	was = w.state;
	w.state = WEBHOOK_ON;
	return change(a, &w, was);
}

static int
removed(struct webhook_ask *a)
{
	struct webhook w;
	int err = find(a, &w);

	err = err ? err : control_webhook_remove(a->control, w.tenant, w.id);
	if (!err)
		a->got = json_pack("{s:O,s:b}", "id", webhook_member(a, "id"), "removed", 1);
	return err;
}

static int
roll(struct webhook_ask *a)
{
	struct webhook w;
	enum hook_format format;
	struct str secret;
	int err = find(a, &w);

	if (err)
		return err;
	must(hook_format_of(w.format, &format) == 0);
	err = webhook_given_secret(a, format, &secret);
	if (err)
		return err;
	if (format == HOOK_SENDGRID) {
		webhook_new_key(a, &w);
	} else {
		w.old_secret = w.secret;
		w.secret = secret.n ? secret : webhook_new_secret(a, format);
		w.rolled = a->now;
		secret = w.secret;
	}
	err = change(a, &w, w.state);
	if (!err && secret.n && format != HOOK_SENDGRID)
		json_object_set_new(a->got, "secret", desk_webhook_text(secret));
	return err;
}

static int
log_one(void *ctx, const struct webhook_post *p)
{
	json_array_append_new(ctx,
		json_pack("{s:I,s:o,s:o,s:I,s:i,s:I,s:o,s:o,s:o,s:o}", "number",
			(json_int_t)p->id, "at", webhook_time_json(p->at), "event",
			desk_webhook_text(p->event), "events", (json_int_t)p->events, "status",
			(int)p->status, "took_ms", (json_int_t)p->took_ms, "result",
			desk_webhook_text(p->result), "why", desk_webhook_text(p->why),
			"request", desk_webhook_text(p->request), "answer",
			desk_webhook_text(p->answer)));
	return 0;
}

static int
log_(struct webhook_ask *a)
{
	json_int_t limit = json_integer_value(webhook_member(a, "limit"));
	struct webhook_page page = { .limit = LOG_LIMIT };
	json_t *posts, *last;
	struct webhook w;
	int err = find(a, &w);

	if (err)
		return err;
	if (limit > 0)
		page.limit = limit < LOG_MAX ? (unsigned)limit : LOG_MAX;
	page.tenant = w.tenant;
	page.webhook = w.id;
	page.from = json_integer_value(webhook_member(a, "from"));
	posts = json_array();
	err = control_webhook_posts(a->control, &page, log_one, posts);
	last = json_array_size(posts) == page.limit
	               ? json_object_get(
				 json_array_get(posts, json_array_size(posts) - 1), "number")
	               : NULL;
	last = last ? json_incref(last) : json_null();
	a->got = json_pack("{s:o,s:o}", "posts", posts, "next", last);
	return err;
}

static int
dead_one(void *ctx, const struct webhook_range *r)
{
	json_array_append_new(ctx,
		json_pack("{s:I,s:o,s:o,s:o,s:o}", "number", (json_int_t)r->id, "at",
			webhook_time_json(r->at), "behind",
			webhook_time_json((int64_t)r->behind), "upto",
			webhook_time_json((int64_t)r->upto), "why", desk_webhook_text(r->why)));
	return 0;
}

static int
dead(struct webhook_ask *a)
{
	struct webhook_page page = { .limit = DEAD_LIMIT };
	struct webhook w;
	int err = find(a, &w);

	if (err)
		return err;
	page.tenant = w.tenant;
	page.webhook = w.id;
	a->got = json_array();
	err = control_webhook_ranges(a->control, WEBHOOK_DEAD_LETTERS, &page, dead_one, a->got);
	a->got = json_pack("{s:o}", "dead", a->got);
	return err;
}

/* ---- all of them ---- */

static const struct webhook_verb verbs[] = {
	{ "webhooks.add", add, true },
	{ "webhooks.list", list, false },
	{ "webhooks.get", get, false },
	{ "webhooks.update", update, true },
	{ "webhooks.remove", removed, true },
	{ "webhooks.roll", roll, true },
	{ "webhooks.log", log_, false },
	{ "webhooks.dead", dead, false },
	{ "webhooks.resume", resume, true },
	{ NULL, NULL, false },
};

const struct webhook_verb *
webhook_verb_of(const struct webhook_verb *v, struct str verb)
{
	while (v->name && !str_eq_z(verb, v->name))
		v++;
	return v->name ? v : NULL;
}

static int
status_of(int err)
{
	return err == -EEXIST ? 409 : err == -ENOENT ? 404 : err == -EINVAL ? 400 : 500;
}

struct desk_control_answer
webhook_run(const struct webhook_verb *v, struct control *c, const json_t *body, int64_t now)
{
	struct desk_control_answer answer = { .status = 200 };
	struct webhook_ask a = { .control = c, .body = body, .now = now };
	int err;

	must(v != NULL);
	arena_init(&a.arena, ARENA_MAX);
	err = desk_webhook_tenant(c, body, &a.tenant);
	err = err ? err : v->fn(&a);
	if (err) {
		json_decref(a.got);
		answer.status = status_of(err);
		answer.json =
			desk_error_json(answer.status, a.why[0] ? a.why : control_error(c));
	} else {
		answer.json = a.got;
		answer.changed = v->changes && !a.only_told;
	}
	arena_done(&a.arena);
	return answer;
}

bool
desk_webhook_has(struct str verb)
{
	return webhook_verb_of(verbs, verb) != NULL;
}

struct desk_control_answer
desk_webhook_do(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	return webhook_run(webhook_verb_of(verbs, verb), c, body, now);
}
