/* What became of webhooks' posts, what was given up, what is posted again. */
#include "account/control_own.h"
#include "account/control_webhook.h"

#include <errno.h>

/* ---- posts ---- */

int
control_webhook_post(struct control *c, const struct webhook_post *p)
{
	return control_own_check(c,
		store_run(c->store,
			"INSERT INTO webhook_posts (tenant, webhook, at, event, events, "
			"status, took_ms, result, why, request, answer)"
			" SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS"
			" (SELECT 1 FROM webhooks WHERE id = ? AND tenant = ?)",
			NULL, NULL, "iiisiiissbbii", (int64_t)p->tenant, p->webhook, p->at,
			p->event, (int64_t)p->events, (int64_t)p->status, (int64_t)p->took_ms,
			p->result, p->why, str_head(p->request, WEBHOOK_REQUEST_KEPT),
			str_head(p->answer, WEBHOOK_ANSWER_KEPT), p->webhook,
			(int64_t)p->tenant));
}

int
control_webhook_trim(struct control *c, int64_t webhook, int64_t now)
{
	int err = control_own_check(
		c, store_run(c->store,
			   "DELETE FROM webhook_posts WHERE webhook = ? AND (at < ? OR id <="
			   " (SELECT id FROM webhook_posts WHERE webhook = ? ORDER BY id DESC"
			   " LIMIT 1 OFFSET ?))",
			   NULL, NULL, "iiii", webhook, now - WEBHOOK_POSTS_KEEP_US, webhook,
			   (int64_t)WEBHOOK_POSTS_KEPT));

	if (!err)
		err = control_own_check(c,
			store_run(c->store,
				"DELETE FROM webhook_posts WHERE webhook = ? AND id <="
				" (SELECT MAX(id) FROM (SELECT id,"
				" SUM(LENGTH(request) + LENGTH(answer)) OVER (ORDER BY id DESC)"
				" AS bytes FROM webhook_posts WHERE webhook = ?)"
				" WHERE bytes > ?)",
				NULL, NULL, "iii", webhook, webhook,
				(int64_t)WEBHOOK_POSTS_BYTES));
	if (err)
		return err;
	return control_own_check(
		c, store_run(c->store, "DELETE FROM webhook_dead WHERE webhook = ? AND at < ?",
			   NULL, NULL, "ii", webhook, now - WEBHOOK_DEAD_KEEP_US));
}

struct post_list {
	int (*fn)(void *ctx, const struct webhook_post *post);
	void *ctx;
};

static int
on_post(void *ctx, struct store_row *r)
{
	const struct post_list *l = ctx;
	const struct webhook_post p = {
		.id = store_int(r, 0),
		.webhook = store_int(r, 1),
		.tenant = (uint32_t)store_int(r, 2),
		.at = store_int(r, 3),
		.event = store_text(r, 4),
		.events = (uint32_t)store_int(r, 5),
		.status = (uint16_t)store_int(r, 6),
		.took_ms = (uint32_t)store_int(r, 7),
		.result = store_text(r, 8),
		.why = store_text(r, 9),
		.request = store_blob(r, 10),
		.answer = store_blob(r, 11),
	};

	return l->fn(l->ctx, &p);
}

int
control_webhook_posts(struct control *c, const struct webhook_page *p,
	int (*fn)(void *ctx, const struct webhook_post *post), void *ctx)
{
	struct post_list l = { fn, ctx };

	return control_own_check(
		c, store_run(c->store,
			   "SELECT id, webhook, tenant, at, event, events, status, took_ms, "
			   "result, why, request, answer FROM webhook_posts"
			   " WHERE webhook = ? AND (? = ? OR tenant = ?) AND (? = 0 OR id < ?)"
			   " ORDER BY id DESC LIMIT ?",
			   on_post, &l, "iiiiiii", p->webhook, (int64_t)p->tenant,
			   (int64_t)CONTROL_ANY, (int64_t)p->tenant, p->from, p->from,
			   (int64_t)p->limit));
}

/* ---- ranges of events ---- */

static int
take_count(void *ctx, struct store_row *r)
{
	*(unsigned *)ctx = (unsigned)store_int(r, 0);
	return 0;
}

int
control_webhook_ranges_count(
	struct control *c, enum webhook_ranges what, int64_t webhook, unsigned *ret_n)
{
	const char *sql = what == WEBHOOK_DEAD_LETTERS
	                          ? "SELECT COUNT(*) FROM webhook_dead WHERE webhook = ?"
	                          : "SELECT COUNT(*) FROM webhook_replays WHERE webhook = ?";

	return control_own_check(c, store_run(c->store, sql, take_count, ret_n, "i", webhook));
}

static int
add_dead(struct control *c, const struct webhook_range *r, unsigned n)
{
	if (n >= WEBHOOK_DEAD_KEPT)
		return control_own_check(
			c, store_run(c->store,
				   "UPDATE webhook_dead SET at = ?, behind = MIN(behind, ?),"
				   " upto = MAX(upto, ?), why = ? WHERE id ="
				   " (SELECT MAX(id) FROM webhook_dead WHERE webhook = ?)",
				   NULL, NULL, "iiisi", r->at, (int64_t)r->behind,
				   (int64_t)r->upto, r->why, r->webhook));
	return control_own_check(
		c, store_run(c->store,
			   "INSERT INTO webhook_dead (tenant, webhook, at, behind, upto, "
			   "why) VALUES (?, ?, ?, ?, ?, ?)",
			   NULL, NULL, "iiiiis", (int64_t)r->tenant, r->webhook, r->at,
			   (int64_t)r->behind, (int64_t)r->upto, r->why));
}

int
control_webhook_range_add(
	struct control *c, enum webhook_ranges what, const struct webhook_range *r)
{
	unsigned n = 0;
	int err = control_webhook_ranges_count(c, what, r->webhook, &n);

	if (err)
		return err;
	if (what == WEBHOOK_DEAD_LETTERS)
		return add_dead(c, r, n);
	if (n >= WEBHOOK_REPLAYS_MAX)
		return control_own_fail(c, -EEXIST,
			"A webhook may have %u replays that wait: ask again when some are "
			"over.",
			WEBHOOK_REPLAYS_MAX);
	return control_own_check(
		c, store_run(c->store,
			   "INSERT INTO webhook_replays (tenant, webhook, at, behind, upto)"
			   " VALUES (?, ?, ?, ?, ?)",
			   NULL, NULL, "iiiii", (int64_t)r->tenant, r->webhook, r->at,
			   (int64_t)r->behind, (int64_t)r->upto));
}

int
control_webhook_range_moved(
	struct control *c, enum webhook_ranges what, const struct webhook_range *r)
{
	if (what == WEBHOOK_DEAD_LETTERS)
		return control_own_check(
			c, store_run(c->store,
				   "DELETE FROM webhook_dead WHERE id = ? AND tenant = ?", NULL,
				   NULL, "ii", r->id, (int64_t)r->tenant));
	if (r->behind >= r->upto)
		return control_own_check(
			c, store_run(c->store,
				   "DELETE FROM webhook_replays WHERE id = ? AND tenant = ?",
				   NULL, NULL, "ii", r->id, (int64_t)r->tenant));
	return control_own_check(
		c, store_run(c->store,
			   "UPDATE webhook_replays SET behind = ? WHERE id = ? AND tenant = ?",
			   NULL, NULL, "iii", (int64_t)r->behind, r->id, (int64_t)r->tenant));
}

struct range_list {
	int (*fn)(void *ctx, const struct webhook_range *r);
	void *ctx;
};

static int
on_range(void *ctx, struct store_row *r)
{
	const struct range_list *l = ctx;
	const struct webhook_range range = {
		.id = store_int(r, 0),
		.webhook = store_int(r, 1),
		.tenant = (uint32_t)store_int(r, 2),
		.at = store_int(r, 3),
		.behind = (uint64_t)store_int(r, 4),
		.upto = (uint64_t)store_int(r, 5),
		.why = store_text(r, 6),
	};

	return l->fn(l->ctx, &range);
}

#define RANGES_(table, why)                                                                    \
	"SELECT id, webhook, tenant, at, behind, upto, " why " FROM " table                    \
	" WHERE ? IN (0, webhook) AND (? = ? OR tenant = ?) AND id > ? ORDER BY id LIMIT ?"

int
control_webhook_ranges(struct control *c, enum webhook_ranges what,
	const struct webhook_page *p, int (*fn)(void *ctx, const struct webhook_range *r),
	void *ctx)
{
	struct range_list l = { fn, ctx };
	const char *sql = what == WEBHOOK_DEAD_LETTERS ? RANGES_("webhook_dead", "why")
	                                               : RANGES_("webhook_replays", "''");

	return control_own_check(c,
		store_run(c->store, sql, on_range, &l, "iiiiii", p->webhook, (int64_t)p->tenant,
			(int64_t)CONTROL_ANY, (int64_t)p->tenant, p->from, (int64_t)p->limit));
}
