/*
 * GET /v1/messages/stream: an account's mail as it changes, as server-sent events (WHATWG HTML
 * 9.2). Desk follows the ledger's feed by cursor, as webhooks do; the edge passes on what it is
 * given and says what has left.
 *
 *   call ─▶ ASKED ──the engine feeds the account──▶ OPEN ─▶ over: the client, edge, desk or
 *                                                            engine went, the key or session
 *                                                            ended
 *
 * Nobody is waited for and nothing is kept for who reads slowly: his place in the feed is. At
 * most DESK_FOLLOW_CREDIT bytes are on their way to one client. Each second it is looked up
 * whether he may still read.
 */
#include "role/desk_api.h"

#include "base/mem.h"
#include "ledger/ledger_feed.h"
#include "ledger/ledger_search.h"

#include <errno.h>

#define FOLLOWS_MAX 256u
#define FOLLOWS_EACH                                                                           \
	4u /* of a key or person: a browser has six connections for all it asks                \
	    */
#define CREDIT       (64u << 10)
#define ROUND_BYTES  (16u << 10) /* of a reading; one event may go beyond */
#define OUT_MAX      (64u << 10)
#define ROUND_EVENTS 100u
#define ROUND_US     20000u /* all readings of one poll end after this */
#define ROUNDS       8u     /* readings of one client in a poll */
#define POLL_US      250000u
#define BEAT_S       15u  /* a comment, with the place in the feed */
#define AGAIN_S      60u  /* the engine is told again that the account is followed */
#define MISSING_MAX  40u  /* readings that gave nothing where the feed has news: it is gone */
#define BEHIND_MAX   200u /* readings, after which it is told to read the list again */
#define FULL_RETRY_S 10u
#define RETRY        "retry: 2000\n\n"

struct follow {
	struct link link;
	struct desk_conn *conn;
	struct ledger_search q; /* its texts are in conn's arena */
	uint64_t who;           /* counts in FOLLOWS_EACH */
	uint64_t asked;         /* Last-Event-ID; 0: none */
	uint64_t after, newest; /* of the feed: dealt with; there is */
	unsigned missing;       /* readings in a row that gave nothing */
	unsigned behind;        /* in a row, after which there was more */
	unsigned age_s;
	size_t unread; /* bytes that the edge has for the client */
	bool open;
};

struct desk_follows {
	struct link all;
	unsigned n;
	bool polling;
	struct loop_timer poll;
	uint64_t seen; /* of the feed: news up to here are known */
};

/* ---- what is told */

/* False: the edge is behind; nothing was sent. */
static bool
tell(struct follow *f, struct str text, bool end)
{
	struct desk_conn *n = f->conn;
	const struct msg_followed m = { .seq = n->seq, .end = end, .body = text };
	struct buf b;
	int err;

	buf_init(&b, OUT_MAX + 64);
	err = msg_followed_write(&b, &m);
	if (!err && !n->edge->channel)
		err = -EPIPE;
	/* The end is said in any case. */
	if (!err)
		err = (end ? channel_force : channel_send)(
			n->edge->channel, MSG_followed, buf_str(&b));
	buf_done(&b);
	if (!err)
		f->unread += text.n;
	return !err;
}

static void
follow_free(struct follow *f)
{
	struct desk_follows *all = f->conn->desk->follows;

	list_del(&f->link);
	all->n--;
	mem_free(f);
}

/* The client is to come again, with the id it heard last. */
static void
end(struct follow *f)
{
	struct desk_conn *n = f->conn;

	/* Both end the call, and f with it. */
	if (!f->open) {
		desk_api_refuse(n, 503, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	(void)tell(f, STR_LIT(RETRY), true);
	desk_api_over(n);
}

/* Much that happened is not told: the list tells it. after: from there on it is. */
static bool
tell_reset(struct follow *f, uint64_t after)
{
	char text[80];

	snprintf(text, sizeof text, "id: %llu\nevent: reset\ndata: {}\n\n",
		(unsigned long long)after);
	if (!tell(f, str_z(text), false))
		return false;
	f->after = after;
	f->behind = f->missing = 0;
	return true;
}

/* ---- reading the feed */

struct reading {
	struct follow *f;
	struct buf out;
	uint64_t end; /* mono µs */
	unsigned looked, ntold;
	uint64_t told[ROUND_EVENTS]; /* recipients whose row is in it, as it is now */
};

static bool
was_told(const struct reading *r, uint64_t rcpt)
{
	for (unsigned i = 0; i < r->ntold; i++)
		if (r->told[i] == rcpt)
			return true;
	return false;
}

static void
put_event(struct reading *r, const struct ledger_event *e, const char *name, json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT);
	size_t before = r->out.n;

	/* JSON has no line ends of its own. */
	if (text)
		buf_printf(&r->out, "id: %llu\nevent: %s\ndata: %s\n\n",
			(unsigned long long)e->seq, name, text);
	if (r->out.full) { /* one that does not fit is not told */
		r->out.n = before;
		r->out.full = false;
	}
	free(text); /* jansson's own allocation */
	json_decref(data);
}

static int
on_event(void *ctx, const struct ledger_event *e)
{
	struct reading *r = ctx;
	struct desk_conn *n = r->f->conn;
	struct ledger_search any = r->f->q;

	if (r->out.n >= ROUND_BYTES || r->ntold == ROUND_EVENTS ||
		(r->looked++ > 0 && clock_mono(n->desk->env->clock) > r->end))
		return 1;
	any.states = 0;
	if (was_told(r, e->row->rcpt) || !ledger_search_fits(&any, e->row))
		return 0;
	r->told[r->ntold++] = e->row->rcpt;
	if (ledger_search_fits(&r->f->q, e->row)) {
		put_event(r, e, "message", desk_activity_row(n, e->row));
	} else {
		/* It may have been in one of the states asked for. */
		json_t *row = desk_activity_row(n, e->row);

		put_event(r, e, "left", json_pack("{s:O}", "id", json_object_get(row, "id")));
		json_decref(row);
	}
	return 0;
}

static bool
may_read(const struct follow *f)
{
	return f->open && f->after < f->newest && f->unread + OUT_MAX / 2 <= CREDIT;
}

/* One that gave nothing waits for its fact; one whose fact is gone is passed over in time. */
static void
read_on(struct follow *f, uint64_t until)
{
	struct ledger_feed_query q = {
		.tenant = f->q.tenant, .after = f->after, .limit = ROUND_EVENTS
	};
	struct reading r = { .f = f, .end = until };
	uint64_t next = f->after;
	int err;

	buf_init(&r.out, OUT_MAX);
	err = ledger_feed_read(f->conn->desk->env->paths->ledger, &q, &next, on_event, &r);
	/* Facts of rows that are in it already. */
	if (r.out.n && next != f->after)
		buf_printf(&r.out, "id: %llu\n\n", (unsigned long long)next);
	if (err >= 0 && (r.out.n == 0 || tell(f, buf_str(&r.out), false))) {
		f->missing = next == f->after && r.looked == 0 ? f->missing + 1 : 0;
		f->after = f->missing > MISSING_MAX ? f->newest : next;
		f->behind = f->after < f->newest && !f->missing ? f->behind + 1 : 0;
	}
	buf_done(&r.out);
	if (f->behind > BEHIND_MAX)
		(void)tell_reset(f, f->newest);
}

static int
on_news(void *ctx, uint32_t tenant, uint64_t newest)
{
	struct desk *d = ctx;

	if (newest > d->follows->seen)
		d->follows->seen = newest;
	LIST_EACH(l, &d->follows->all)
	{
		struct follow *f = LIST_OF(l, struct follow, link);

		if (f->open && f->q.tenant == tenant && newest > f->newest)
			f->newest = newest;
	}
	return 0;
}

static void
on_poll(void *ctx)
{
	struct desk *d = ctx;
	struct desk_follows *all = d->follows;
	uint64_t until = clock_mono(d->env->clock) + ROUND_US;
	unsigned left = all->n * ROUNDS;

	all->polling = all->n > 0;
	if (!all->polling)
		return;
	(void)ledger_feed_news(d->env->paths->ledger, all->seen, on_news, d);
	/* Who was read goes to the end: by turns. Who has nothing to read costs nothing. */
	while (left-- > 0 && clock_mono(d->env->clock) < until) {
		struct follow *f = LIST_OF(all->all.next, struct follow, link);

		list_del(&f->link);
		list_push(&all->all, &f->link);
		if (may_read(f))
			read_on(f, until);
	}
	loop_timer_in(d->loop, &all->poll, POLL_US);
}

/* ---- begin */

static void
head(struct desk_conn *n)
{
	const struct msg_called m = { .seq = n->seq,
		.status = 200,
		.session = STR_NONE,
		.type = STR_LIT(API_STREAM_TYPE),
		.body = STR_NONE };
	struct buf b;

	buf_init(&b, 4096);
	if (n->edge->channel && msg_called_write(&b, &m) == 0)
		(void)channel_force(n->edge->channel, MSG_called, buf_str(&b));
	buf_done(&b);
}

/* Where it begins: behind what it heard last, or with what comes from now on (*ret_all: nothing
 * is missing between). */
static bool
begin_at(struct follow *f, int64_t since, bool *ret_all)
{
	uint64_t newest = 0, of_all = 0, first = since > 0 ? (uint64_t)since - 1 : 0;
	struct desk *d = f->conn->desk;

	if (ledger_feed_newest(d->env->paths->ledger, &f->q.tenant, 1, &newest, &of_all) < 0)
		return false;
	if (!d->follows->polling)
		d->follows->seen = of_all;
	f->newest = newest;
	f->after = of_all > first ? of_all : first;
	*ret_all = f->asked == 0;
	if (f->asked && f->asked >= first && f->asked <= f->after) {
		f->after = f->asked;
		*ret_all = true;
	}
	return true;
}

static void
on_fed(struct desk_ask *a, int status, struct str json)
{
	struct desk_conn *n = a->conn;
	json_t *j = json_loadb(json.p, json.n, 0, NULL);
	int64_t since = json_integer_value(json_object_get(j, "since"));
	struct follow *f = n ? n->follow : NULL;
	struct desk_follows *all;
	char text[64];
	bool whole = true;

	json_decref(j);
	if (!f || f->open)
		return;
	if (status != 200 || !begin_at(f, since, &whole)) {
		end(f);
		return;
	}
	all = n->desk->follows;
	f->open = true;
	head(n);
	snprintf(text, sizeof text, ":\nid: %llu\n\n", (unsigned long long)f->after);
	if (whole)
		(void)tell(f, str_z(text), false);
	else
		(void)tell_reset(f, f->after);
	if (!all->polling)
		loop_timer_in(n->desk->loop, &all->poll, POLL_US);
	all->polling = true;
}

static void
ask_engine(struct follow *f, struct desk_conn *conn)
{
	const struct msg_query q = { .op = QUERY_FOLLOW, .tenant = f->q.tenant };

	desk_ask_engine(f->conn->desk, conn, &q, on_fed, NULL);
}

/* Why one more is not taken; NULL: it is. */
static const char *
full(const struct desk *d, uint64_t who)
{
	unsigned n = 0;

	LIST_EACH(l, &d->follows->all)
	n += LIST_OF(l, struct follow, link)->who == who;
	if (n >= FOLLOWS_EACH)
		return "Four streams of this key or person are open, which is the limit: close "
		       "one, or read GET /v1/messages from time to time.";
	if (d->follows->n >= FOLLOWS_MAX)
		return "Too many streams are open just now: read GET /v1/messages from time to "
		       "time.";
	return NULL;
}

void
desk_follow(struct desk_conn *n)
{
	struct desk *d = n->desk;
	struct ledger_search q;
	struct str id = n->last_event;
	uint64_t who = n->key    ? n->key << 2 | 1
	               : n->user ? n->user << 2 | 2
	                         : (uint64_t)n->tenant << 2 | 3;
	uint64_t asked = 0;
	const char *why = full(d, who);
	char wrong[DESK_WHY];

	if (why) {
		n->retry_s = FULL_RETRY_S;
		desk_api_refuse(n, 429, str_z(why));
	} else if (desk_activity_search(n, &q, wrong) < 0) {
		desk_api_refuse(n, 400, str_z(wrong));
	} else if (q.tenant == 0) {
		desk_api_refuse(n, 400, STR_LIT("A stream is of one account: name it."));
	} else if (q.tenant == UINT32_MAX) { /* there is no such account */
		desk_api_refuse(n, 404, DESK_API_NOTHING);
	} else if (id.n && str_u64(id, &asked) < 0) {
		desk_api_refuse(n, 400,
			STR_LIT("\"Last-Event-ID\" is the id of an event of this stream."));
	} else {
		struct follow *f = MEM_NEW(f);

		f->conn = n;
		f->q = q;
		f->who = who;
		f->asked = asked;
		list_init(&f->link);
		list_push(&d->follows->all, &f->link);
		d->follows->n++;
		n->follow = f;
		ask_engine(f, n);
	}
}

/* ---- life */

void
desk_follow_forget(struct desk_conn *n)
{
	if (n->follow)
		follow_free(n->follow);
	n->follow = NULL;
}

void
desk_follow_told(struct desk_edge *from, struct str payload)
{
	struct msg_follow m;

	if (msg_follow_read(NULL, payload, &m) < 0 || !from->desk->follows)
		return;
	LIST_EACH(l, &from->desk->follows->all)
	{
		struct follow *f = LIST_OF(l, struct follow, link);

		if (f->conn->edge != from || f->conn->seq != m.seq)
			continue;
		f->unread -= m.bytes < f->unread ? m.bytes : f->unread;
		if (m.end)
			desk_api_over(f->conn);
		return;
	}
}

/* Is the key or session that it began with still good? */
static bool
may(const struct follow *f)
{
	const struct desk_conn *n = f->conn;
	struct control *c = desk_control(n->desk);
	struct control_session s;

	if (!c)
		return true; /* it cannot be told just now */
	/* As desk_session.c judges them. */
	if (n->user) {
		int err = control_session_find(c, n->hash, &s);

		return err ? err != -ENOENT : (s.suspended ? USER_VIEWER : s.role) == n->role;
	}
	return n->key == 0 || control_key_good(c, n->key) != -ENOENT;
}

void
desk_follow_second(struct desk *d)
{
	LIST_EACH_SAFE(l, &d->follows->all)
	{
		struct follow *f = LIST_OF(l, struct follow, link);
		char text[64];

		f->age_s++;
		if (f->open && !may(f)) {
			end(f);
			continue;
		}
		if (f->age_s % AGAIN_S == 0)
			ask_engine(f, NULL);
		if (!f->open || f->age_s % BEAT_S || f->unread >= CREDIT)
			continue;
		/* An id without data is noted by the client, and no event. */
		snprintf(text, sizeof text, ":\nid: %llu\n\n", (unsigned long long)f->after);
		(void)tell(f, str_z(text), false);
	}
}

void
desk_follow_over(struct desk *d)
{
	/* The next engine does not know whom it feeds. */
	LIST_EACH_SAFE(l, &d->follows->all)
	end(LIST_OF(l, struct follow, link));
}

void
desk_follows_new(struct desk *d)
{
	d->follows = MEM_NEW(d->follows);
	list_init(&d->follows->all);
	loop_timer_init(&d->follows->poll, on_poll, d);
}

void
desk_follows_free(struct desk *d)
{
	loop_timer_off(d->loop, &d->follows->poll);
	mem_free(d->follows);
	d->follows = NULL;
}
