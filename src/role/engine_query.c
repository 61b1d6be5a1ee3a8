/* What desk asks: lists of the queue, changes by an operator. Answers are JSON texts. */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "base/utc.h"
#include "report/member.h"
#include "report/reason.h"

#include <errno.h>
#include <jansson.h>

#define LIST_MAX    1000
#define HAND_SLICE  5000
#define HAND_LOOKS  8192u /* records of a slice, so that a walk takes no mail its time */
#define HAND_BEHIND (4u << 20)
#define LIST_BYTES  (400u << 10)

static void
say_json(struct engine_peer *p, uint64_t seq, uint16_t status, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);

	must(text != NULL);
	ENGINE_TELL(p, answer, .seq = seq, .status = status, .json = str_z(text));
	free(text); /* jansson's own allocation */
	json_decref(j);
}

static void
say_error(struct engine_peer *p, uint64_t seq, uint16_t status, const char *why)
{
	say_json(p, seq, status, json_pack("{s:s}", "error", why));
}

static enum rcpt_state
state_named(struct str s)
{
	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
		if (str_eq_z(s, rcpt_state_name((enum rcpt_state)i)))
			return (enum rcpt_state)i;
	return RCPT_NONE;
}

static int
filter_of(const struct msg_query *q, struct queue_filter *ret)
{
	*ret = (struct queue_filter){
		.id = q->id,
		.tenant = q->tenant,
		.domain = q->domain,
		.sender = q->sender,
		.address = q->address,
		.older_us = q->older_us > 0 ? (uint64_t)q->older_us : 0,
		.site = q->site,
		.stream = q->stream - 1,
	};
	if (q->state.n == 0)
		return 0;
	ret->state = state_named(q->state);
	if (ret->state == RCPT_QUARANTINED) {
		ret->state = RCPT_HELD;
		ret->crashes = ENGINE_CRASHES_MAX;
	}
	return ret->state == RCPT_NONE ? -EINVAL : 0;
}

json_t *
engine_json_str(struct str s)
{
	struct buf b;
	json_t *j = json_stringn(s.p, s.n);

	if (j)
		return j;
	buf_init(&b, s.n * 8 + 16); /* not UTF-8: escaped */
	text_safe(&b, s);
	j = json_stringn(b.p, b.n);
	buf_done(&b);
	return j;
}

json_t *
engine_json_time(int64_t wall)
{
	char t[UTC_TEXT_SIZE];

	return wall > 0 ? json_string(utc_rfc3339(t, wall)) : json_null();
}

struct listing {
	struct engine *engine;
	json_t *rows;
	size_t bytes; /* of foreign text; escaped it may be six times as long */
};

static int
list_row(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct listing *l = ctx;
	struct engine *e = l->engine;
	bool waits = r->state == RCPT_QUEUED;
	json_t *row = json_pack("{s:I,s:I,s:I,s:o,s:o,s:s,s:i,s:I,s:o,s:o,s:s}", "id",
		(json_int_t)rcpt_id(m, r), "message", (json_int_t)m->id, "tenant",
		(json_int_t)m->tenant, "from", engine_json_str(q_sender(m)), "to",
		engine_json_str(q_address(m, r)), "state",
		rcpt_state_name(
			engine_is_poison(r) ? RCPT_QUARANTINED : (enum rcpt_state)r->state),
		"attempts", (int)r->attempts, "size", (json_int_t)m->length, "accepted",
		engine_json_time(m->accepted), "next",
		waits ? engine_json_time(engine_wall_of(e, r->timer.at)) : json_null(),
		"stream", member_stream(m->stream));

	json_array_append_new(l->rows, row);
	l->bytes += q_sender(m).n + q_address(m, r).n;
	return l->bytes > LIST_BYTES;
}

static json_t *
totals_json(struct engine *e)
{
	uint64_t counts[RCPT_STATES];
	json_t *j = json_object();

	queue_counts(e->queue, counts);
	counts[RCPT_HELD] -= e->poisoned;
	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++) {
		uint64_t n = rcpt_final((enum rcpt_state)i) ? e->totals.final[i] : counts[i];

		n += i == RCPT_QUARANTINED ? e->poisoned : 0;
		json_object_set_new(
			j, rcpt_state_name((enum rcpt_state)i), json_integer((json_int_t)n));
	}
	return j;
}

static void
queue_list(struct engine *e, struct engine_peer *p, const struct msg_query *q)
{
	struct listing l = { e, json_array(), 0 };
	struct queue_filter f;
	struct queue_page page = { .pos = (uint32_t)q->after,
		.max = q->limit && q->limit < LIST_MAX ? q->limit : LIST_MAX };

	if (filter_of(q, &f) < 0) {
		json_decref(l.rows);
		say_error(p, q->seq, 400,
			"no such state; states are queued, active, held and quarantined");
		return;
	}
	f.now = loop_mono(e->loop);
	queue_each(e->queue, &f, &page, list_row, &l);
	say_json(p, q->seq, 200,
		json_pack("{s:o,s:o,s:b,s:I}", "totals", totals_json(e), "recipients", l.rows,
			"has_more", page.pos != 0, "next", (json_int_t)page.pos));
}

/* A change or a count under way; the answer comes when it is done. */
struct by_hand {
	struct link link;
	struct engine *engine;
	struct loop_timer timer;
	struct queue_filter filter;
	struct buf texts;           /* of the filter */
	struct engine_lanes *lanes; /* QUERY_LANES */
	uint64_t seq;
	struct queue_page page;
	uint16_t op, would;        /* would: what is counted for */
	bool own;                  /* by the account itself */
	uint64_t changed, skipped; /* or counted */
	int64_t oldest;
	bool done;     /* all were looked at; */
	uint64_t upto; /* answered when so many changes are durable */
};

/* Does the change leave it as it is? What a courier has in its hands is not ours to change;
 * what an operator holds, or is in quarantine, no account releases. */
static bool
stays(uint16_t op, bool own, const struct q_rcpt *r)
{
	bool held = r->state == RCPT_HELD;

	if (r->state != RCPT_QUEUED && !held)
		return true;
	switch (op) {
	case QUERY_HOLD:
		return held && (own || !r->held_own);
	case QUERY_RELEASE:
		return !held || (own && (!r->held_own || engine_is_poison(r)));
	case QUERY_RETRY:
		return held;
	default:
		return false;
	}
}

static int
count_one(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct by_hand *h = ctx;

	if (h->would && stays(h->would, h->own, r)) {
		h->skipped++;
		return 0;
	}
	h->changed++;
	if (h->oldest == 0 || m->accepted < h->oldest)
		h->oldest = m->accepted;
	return 0;
}

/* What is held keeps its time: what was to go tomorrow does not go today. What an operator
 * holds between two tries goes on at once when he lets it. */
static uint64_t
its_time(const struct q_rcpt *r, uint64_t now)
{
	return r->timer.at > now ? r->timer.at : now;
}

static int
lanes_one(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct by_hand *h = ctx;

	engine_lanes_count(h->lanes, m, r);
	return 0;
}

static int
hand_one(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct by_hand *h = ctx;
	struct engine *e = h->engine;
	uint64_t now = loop_mono(e->loop);
	struct engine_move mv = { .next = now };
	bool poison = engine_is_poison(r);

	(void)m;
	if (stays(h->op, h->own, r)) {
		h->skipped++;
		return 0;
	}
	switch (h->op) {
	case QUERY_HOLD:
		mv.state = RCPT_HELD;
		mv.fact.kind = FACT_HELD;
		mv.held_own = h->own;
		if (h->own)
			mv.fact.reply = REASON_PAUSED;
		if (h->own || r->attempts == 0)
			mv.next = its_time(r, now);
		break;
	case QUERY_RELEASE:
		mv.state = RCPT_QUEUED;
		mv.fact.kind = FACT_RELEASED;
		mv.next = its_time(r, now);
		break;
	case QUERY_RETRY:
		mv.state = RCPT_QUEUED;
		mv.fact.kind = FACT_RETRIED;
		break;
	case QUERY_ERASE_QUEUE:
		mv.fact.reply = REASON_ERASED;
		/* fall through */
	default:
		mv.state = RCPT_CANCELLED;
		mv.fact.kind = FACT_CANCELLED;
	}
	mv.fact.stage = STAGE_LOCAL;
	if (poison) {
		/* By a hand: it begins anew. */
		r->crashes = 0;
		e->poisoned--;
	}
	engine_move_one(e, r, &mv);
	h->changed++;
	return 0;
}

static void
hand_end(struct by_hand *h)
{
	loop_timer_off(h->engine->loop, &h->timer);
	list_del(&h->link);
	buf_done(&h->texts);
	engine_lanes_free(&h->lanes);
	mem_free(h);
}

void
engine_hands_drop(struct engine *e)
{
	LIST_EACH_SAFE(l, &e->by_hand)
	hand_end(LIST_OF(l, struct by_hand, link));
}

static void
hand_answer(struct by_hand *h)
{
	if (h->op == QUERY_COUNT)
		say_json(&h->engine->desk, h->seq, 200,
			json_pack("{s:I,s:I,s:o}", "count", (json_int_t)h->changed, "skipped",
				(json_int_t)h->skipped, "oldest", engine_json_time(h->oldest)));
	else if (h->lanes)
		say_json(&h->engine->desk, h->seq, 200,
			engine_lanes_json(h->lanes, h->filter.tenant, h->own));
	else
		say_json(&h->engine->desk, h->seq, 200,
			json_pack("{s:I,s:I}", "changed", (json_int_t)h->changed, "skipped",
				(json_int_t)h->skipped));
}

void
engine_hands_durable(struct engine *e)
{
	LIST_EACH_SAFE(l, &e->by_hand)
	{
		struct by_hand *h = LIST_OF(l, struct by_hand, link);

		if (!h->done || h->upto > e->changes_durable)
			continue;
		hand_answer(h);
		hand_end(h);
	}
}

/* A slice: a million changes are a million records, and the journal takes what the disk takes.
 */
static void
hand_slice(void *ctx)
{
	struct by_hand *h = ctx;
	struct engine *e = h->engine;

	if (journal_unflushed(e->journal) < HAND_BEHIND) {
		h->page.max = HAND_SLICE;
		h->page.looks = HAND_LOOKS;
		h->filter.now = loop_mono(e->loop);
		queue_each(e->queue, &h->filter, &h->page,
			h->lanes               ? lanes_one
			: h->op == QUERY_COUNT ? count_one
					       : hand_one,
			h);
		loop_task_post(e->loop, &e->pump);
		if (h->page.pos == 0) {
			h->done = true;
			h->upto = h->op == QUERY_COUNT || h->lanes ? 0 : e->changes;
			engine_hands_durable(e);
			return;
		}
	}
	loop_timer_in(e->loop, &h->timer, 1000);
}

static struct str
hand_keep(struct by_hand *h, struct str s)
{
	size_t at = h->texts.n;

	must(buf_put(&h->texts, s) == 0);
	return str_of(h->texts.p + at, s.n);
}

static void
queue_change(struct engine *e, struct engine_peer *p, const struct msg_query *q)
{
	struct queue_filter f;
	struct by_hand *h;

	if (filter_of(q, &f) < 0) {
		say_error(p, q->seq, 400,
			"no such state; states are queued, active, held and quarantined");
		return;
	}
	h = MEM_NEW(h);
	h->engine = e;
	h->op = q->op;
	h->would = q->would;
	h->own = q->own != 0;
	h->lanes = q->op == QUERY_LANES ? engine_lanes_new(e) : NULL;
	h->seq = q->seq;
	h->filter = f;
	/* One piece, so that it never moves. */
	size_t need = f.domain.n + f.sender.n + f.address.n + f.site.n + 1;

	buf_init(&h->texts, need);
	(void)buf_room(&h->texts, need);
	h->filter.domain = hand_keep(h, f.domain);
	h->filter.sender = hand_keep(h, f.sender);
	h->filter.address = hand_keep(h, f.address);
	h->filter.site = hand_keep(h, f.site);
	loop_timer_init(&h->timer, hand_slice, h);
	list_init(&h->link);
	list_push(&e->by_hand, &h->link);
	hand_slice(h);
}

static void
keys_used(struct engine *e, struct engine_peer *p, uint64_t seq)
{
	json_t *list = json_array();
	size_t pos = 0;
	uint64_t key, value;

	while (nmap_next(&e->used, &pos, &key, &value)) {
		struct engine_used *u = (void *)(uintptr_t)value;

		json_array_append_new(
			list, json_pack("{s:I,s:I,s:s}", "key", (json_int_t)key, "at",
				      (json_int_t)u->at, "client", u->client));
		mem_free(u);
		nmap_del(&e->used, key);
	}
	say_json(p, seq, 200, json_pack("{s:o}", "used", list));
}

static void
metrics(struct engine *e, struct engine_peer *p, uint64_t seq)
{
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX - 1024);
	engine_metrics(e, &b);
	ENGINE_TELL(p, answer, .seq = seq, .status = 200, .json = buf_str(&b));
	buf_done(&b);
}

/* Desk waits for the ledger. */
struct ledger_ask {
	struct link link;
	struct engine *engine; /* NULL: it is gone */
	uint64_t seq;
};

static void
on_ledger(void *ctx, int err)
{
	struct ledger_ask *a = ctx;

	if (a->engine) {
		list_del(&a->link);
		if (a->engine->desk.channel)
			say_json(&a->engine->desk, a->seq, err ? 503 : 200,
				json_pack("{s:b}", "written", err == 0));
	}
	mem_free(a);
}

static void
ledger_ask(struct engine *e, uint64_t seq)
{
	struct ledger_ask *a = MEM_NEW(a);

	a->engine = e;
	a->seq = seq;
	list_init(&a->link);
	list_push(&e->ledger_asks, &a->link);
	ledger_sync(e->ledger, on_ledger, a);
}

void
engine_ledger_asks_end(struct engine *e)
{
	struct link *l;

	while ((l = list_pop(&e->ledger_asks)) != NULL)
		LIST_OF(l, struct ledger_ask, link)->engine = NULL;
}

/* Half a queue would be told as if it were all. */
static bool
needs_queue(uint16_t op)
{
	return op == QUERY_QUEUE_LIST || op == QUERY_QUEUE_SHOW || op == QUERY_HOLD ||
	       op == QUERY_RELEASE || op == QUERY_RETRY || op == QUERY_DROP ||
	       op == QUERY_CANCEL || op == QUERY_COUNT || op == QUERY_LANES ||
	       op == QUERY_ERASE_QUEUE || op == QUERY_ERASE_PAST || op == QUERY_ERASE_JOURNAL;
}

static void
say_loading(struct engine *e, struct engine_peer *p, uint64_t seq)
{
	char why[120];

	snprintf(why, sizeof why, "the queue is loading, %u percent; try again in a moment",
		engine_loaded_percent(e));
	say_error(p, seq, 503, why);
}

static void
follow(struct engine *e, struct engine_peer *p, const struct msg_query *q)
{
	int64_t since = engine_follow(e, q->tenant);

	if (since < 0)
		say_error(p, q->seq, 503, "too many accounts are followed just now");
	else
		say_json(p, q->seq, 200, json_pack("{s:I}", "since", (json_int_t)since));
}

void
engine_query(struct engine *e, struct engine_peer *p, const struct msg_query *q)
{
	if (e->load && needs_queue(q->op)) {
		say_loading(e, p, q->seq);
		return;
	}
	switch (q->op) {
	case QUERY_STATUS:
		say_json(p, q->seq, 200, engine_status_json(e));
		break;
	case QUERY_READY:
		say_json(p, q->seq, e->accepting && !e->draining && !e->disk_full ? 200 : 503,
			json_pack("{s:b,s:b,s:b,s:b}", "accepting", e->accepting, "scheduling",
				e->scheduling, "draining", e->draining, "disk_full",
				e->disk_full));
		break;
	case QUERY_METRICS:
		metrics(e, p, q->seq);
		break;
	case QUERY_QUEUE_LIST:
	case QUERY_QUEUE_SHOW:
		queue_list(e, p, q);
		break;
	case QUERY_HOLD:
	case QUERY_RELEASE:
	case QUERY_RETRY:
	case QUERY_DROP:
	case QUERY_CANCEL:
	case QUERY_COUNT:
	case QUERY_LANES:
	case QUERY_ERASE_QUEUE:
		queue_change(e, p, q);
		break;
	case QUERY_ERASE_PAST:
	case QUERY_ERASE_JOURNAL:
	case QUERY_ERASE_LOGS:
		engine_erase_query(e, q);
		break;
	case QUERY_ROUTES_CHANGED:
	case QUERY_CONTROL_CHANGED:
		engine_directory_reload_for(e, q->seq);
		break;
	case QUERY_LEDGER:
		ledger_ask(e, q->seq);
		break;
	case QUERY_SUPPRESS_ADD:
	case QUERY_SUPPRESS_REMOVE:
	case QUERY_SUPPRESS_UNDO:
	case QUERY_SUPPRESS_GROUP:
		engine_suppress_query(e, q);
		break;
	case QUERY_USE:
		say_json(p, q->seq, 200, engine_quota_use(e, q->tenant, q->id));
		break;
	case QUERY_WEBHOOKS:
		e->webhook_lag_s = q->after;
		e->webhooks_failing = q->limit;
		say_json(p, q->seq, 200, json_pack("{s:b}", "ok", 1));
		break;
	case QUERY_FOLLOW:
		follow(e, p, q);
		break;
	case QUERY_ALERTS:
		buf_clear(&e->alerts);
		(void)buf_put(&e->alerts, q->text);
		say_json(p, q->seq, 200, json_pack("{s:b}", "ok", 1));
		break;
	case QUERY_NOTICE:
		engine_notice(e, q);
		break;
	case QUERY_KEYS_USED:
		keys_used(e, p, q->seq);
		break;
	case QUERY_PAUSE:
	case QUERY_RESUME:
		engine_pause_query(e, q->seq, q->op == QUERY_PAUSE);
		break;
	case QUERY_BACKUP:
		engine_backup_query(e, q);
		break;
	default:
		say_error(p, q->seq, 400, "unknown question");
	}
}
