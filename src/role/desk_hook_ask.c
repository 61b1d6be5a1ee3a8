/* Questions about webhooks that need more than the tables: a test post, events again. */
#include "base/mem.h"
#include "base/must.h"
#include "base/utc.h"
#include "role/desk_hook.h"
#include "role/desk_webhook.h"

#include <errno.h>

#define REPLAY_US (7 * UTC_DAY)
#define AWAY      "The control tables cannot be opened."

/* The endpoint that is meant, of those the asker may name; NULL: answered. */
static struct desk_hook *
find(struct desk_conn *n, const json_t *body)
{
	struct desk *d = n->desk;
	struct control *c = desk_control(d);
	struct desk_hook *h = NULL;
	uint32_t tenant;

	if (!c) {
		desk_fail(n, 503, AWAY);
		return NULL;
	}
	if (desk_webhook_tenant(c, body, &tenant) == 0)
		h = desk_hook_find(d, desk_webhook_id(c, body));
	if (!h || (tenant != CONTROL_ANY && h->w.tenant != tenant)) {
		desk_fail(n, 404, "There is no such webhook.");
		return NULL;
	}
	return h;
}

/* ---- a test ---- */

/* The first one of this order that the endpoint wants. */
static struct fact
made_up(const struct desk_hook *h, int64_t now)
{
	static const uint8_t kinds[] = { FACT_DELIVERED, FACT_BOUNCED, FACT_OPENED,
		FACT_CLICKED, FACT_UNSUBSCRIBED, FACT_COMPLAINED, FACT_DEFERRED, FACT_ACCEPTED,
		FACT_SUPPRESSED, FACT_EXPIRED };
	struct fact f = { .kind = FACT_DELIVERED, .number = 1, .at = now, .took_ms = 120 };

	for (size_t i = sizeof kinds; i-- > 0;)
		if (h->w.kinds >> kinds[i] & 1)
			f.kind = kinds[i];
	f.host = STR_LIT("mx.example.org");
	f.stage = STAGE_DOT;
	if (f.kind == FACT_DELIVERED)
		f.reply = REPLY(250, 2, 0, 0, "Ok: a test of this webhook");
	else if (f.kind == FACT_BOUNCED)
		f.reply = REPLY(550, 5, 1, 1, "A test of this webhook: no such user");
	else if (f.kind >= FACT_RETURNED)
		f = (struct fact){ .kind = f.kind,
			.number = FACT_SIGNAL,
			.at = now,
			.ip = STR_LIT("192.0.2.1"),
			.agent = STR_LIT("Mozilla/5.0 (test)"),
			.url = STR_LIT("https://example.org/") };
	return f;
}

static int
test_event(struct desk_hook *h, struct arena *a, struct event *ret_e)
{
	int64_t now = loop_wall(h->desk->loop);
	struct fact accepted = { .kind = FACT_ACCEPTED,
		.at = now,
		.via = VIA_API,
		.size = 1024 },
		    f = made_up(h, now);
	struct ledger_row row = { .rcpt = 2,
		.message = 1,
		.tenant = h->w.tenant,
		.recipient = STR_LIT("test@example.org"),
		.sender = STR_LIT("sender@example.org"),
		.message_id = STR_LIT("test@example.org"),
		.subject = STR_LIT("A test of this webhook"),
		.accepted = now,
		.stream = 255 };
	const struct event_source source = {
		.row = &row, .fact = &f, .seq = (uint64_t)now, .key = h->desk->env->keys.ids
	};
	struct buf b;
	int err;

	buf_init(&b, 65536);
	must(fact_write(&b, &accepted) == 0);
	if (f.kind == FACT_ACCEPTED)
		f = accepted;
	else
		must(fact_write(&b, &f) == 0);
	row.facts = buf_str(&b);
	err = event_of(a, &source, ret_e);
	buf_done(&b);
	return err;
}

void
desk_hook_test(struct desk_conn *n, const json_t *body)
{
	struct desk_hook *h = find(n, body);
	struct hook_post p = { .told = 0 };
	struct msg_post m;
	struct event e;
	struct arena a;
	int err;

	if (!h)
		return;
	arena_init(&a, 1u << 20);
	err = test_event(h, &a, &e);
	if (!err) {
		err = desk_hook_write(h, &e, 1, &p);
		event_done(&e);
	}
	if (err || p.told == 0) {
		if (!err)
			hook_post_done(&p);
		desk_fail(n, 400,
			"No post can be made for this webhook: set its URL, secret "
			"or events again.");
	} else {
		/* The message is written before the answer may come. */
		if (desk_hook_message(h, &a, &p, &m) == 0)
			desk_post_say(n, &m, h->w.tenant);
		else
			desk_fail(n, 500, "The header fields are too long.");
		hook_post_done(&p);
	}
	arena_done(&a);
}

/* ---- again ---- */

static int
on_found(void *ctx, const struct ledger_event *e)
{
	struct event_id *id = ctx;

	if (e->seq == id->seq && e->fact->rcpt == id->rcpt && e->fact->number == id->number)
		id->rcpt = 0;
	return 1;
}

/* Is it in the feed, and the tenant's? */
static bool
is_there(const struct desk_hook *h, struct event_id id)
{
	const struct ledger_feed_query q = { h->w.tenant, id.seq - 1, 1 };
	uint64_t next;

	if (id.seq == 0 || id.rcpt == 0)
		return false;
	(void)ledger_feed_read(h->desk->env->paths->ledger, &q, &next, on_found, &id);
	return id.rcpt == 0;
}

static int
again(struct desk_hook *h, const struct webhook_range *r)
{
	struct control *c = desk_control(h->desk);
	int err = control_webhook_begin(c);

	/* Its end rolls back too. */
	return err ? err
	           : control_webhook_end(c, control_webhook_range_add(c, WEBHOOK_REPLAYS, r));
}

static struct webhook_range
range_of(const struct desk_hook *h)
{
	return (struct webhook_range){ .webhook = h->w.id,
		.tenant = h->w.tenant,
		.at = loop_wall(h->desk->loop),
		.why = STR_NONE };
}

static void
begun(struct desk_conn *n, struct desk_hook *h, int err)
{
	if (err) {
		desk_fail(n, err == -EEXIST ? 409 : 500, control_error(desk_control(h->desk)));
		return;
	}
	h->replays = true;
	desk_hook_ready(h);
	desk_say(n, 200, json_pack("{s:b}", "replay", 1));
}

static void
replay_event(struct desk_conn *n, struct desk_hook *h, struct str text)
{
	struct webhook_range r = range_of(h);
	struct event_id id;

	if (event_id_read(text, h->desk->env->keys.ids, &id) < 0 || !is_there(h, id)) {
		desk_fail(
			n, 404, "There is no such event of this account within the last days.");
		return;
	}
	r.behind = id.seq - 1;
	r.upto = id.seq;
	if (!desk_audit_now(n))
		return;
	begun(n, h, again(h, &r));
}

static void
replay_time(struct desk_conn *n, struct desk_hook *h, const json_t *body)
{
	struct str from = desk_text(body, "from"), to = desk_text(body, "to");
	struct webhook_range r = range_of(h);
	int64_t begin, end = r.at;

	if (utc_parse(from, &begin) < 0 || (to.n && utc_parse(to, &end) < 0) || begin >= end ||
		begin < r.at - REPLAY_US - UTC_HOUR) {
		desk_fail(n, 400,
			"\"from\" and \"to\" are times such as 2027-01-31T00:00:00Z, within "
			"the last 7 days; or say \"event\", or \"dead\".");
		return;
	}
	r.behind = (uint64_t)begin - 1;
	/* What is new is posted anyway. */
	r.upto = (uint64_t)(end < r.at ? end : r.at);
	if (!desk_audit_now(n))
		return;
	begun(n, h, again(h, &r));
}

struct dead_list {
	struct control *control;
	struct webhook_range range; /* not added yet; id 0: none */
	unsigned room;              /* for others behind it */
	bool full;
};

/* Those without a gap between them are one replay. What there is no room for stays dead. */
static int
on_dead(void *ctx, const struct webhook_range *r)
{
	struct dead_list *l = ctx;
	bool joined = l->range.id && r->behind <= l->range.upto && r->upto >= l->range.behind;
	int err = 0;

	l->full |= !joined && l->room == 0;
	if (l->full)
		return 0;
	if (joined) {
		l->range.behind = r->behind < l->range.behind ? r->behind : l->range.behind;
		l->range.upto = r->upto > l->range.upto ? r->upto : l->range.upto;
	} else {
		if (l->range.id)
			err = control_webhook_range_add(l->control, WEBHOOK_REPLAYS, &l->range);
		l->range = *r;
		l->range.why = STR_NONE;
		l->room--;
	}
	return err ? err : control_webhook_range_moved(l->control, WEBHOOK_DEAD_LETTERS, r);
}

static int
move_dead(struct desk_hook *h, struct dead_list *l)
{
	const struct webhook_page page = {
		.tenant = h->w.tenant, .webhook = h->w.id, .limit = WEBHOOK_DEAD_KEPT
	};
	unsigned n = 0;
	int err = control_webhook_ranges_count(l->control, WEBHOOK_REPLAYS, h->w.id, &n);

	l->room = n < WEBHOOK_REPLAYS_MAX ? WEBHOOK_REPLAYS_MAX - n : 0;
	if (!err)
		err = control_webhook_ranges(
			l->control, WEBHOOK_DEAD_LETTERS, &page, on_dead, l);
	/* None of them fits: that says why. */
	if (!err && (l->range.id || l->full)) {
		if (!l->range.id)
			l->range = range_of(h);
		err = control_webhook_range_add(l->control, WEBHOOK_REPLAYS, &l->range);
	}
	return err;
}

static void
replay_dead(struct desk_conn *n, struct desk_hook *h)
{
	struct dead_list l = { .control = desk_control(h->desk) };
	int err;

	if (!desk_audit_now(n))
		return;
	err = control_webhook_begin(l.control);
	begun(n, h, err ? err : control_webhook_end(l.control, move_dead(h, &l)));
}

void
desk_hook_replay(struct desk_conn *n, const json_t *body)
{
	struct desk_hook *h = find(n, body);
	struct str event = desk_text(body, "event");

	if (!h)
		return;
	desk_hooks_save(h->desk);
	if (event.n)
		replay_event(n, h, event);
	else if (json_is_true(json_object_get(body, "dead")))
		replay_dead(n, h);
	else
		replay_time(n, h, body);
}
