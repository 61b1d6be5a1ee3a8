#include "ledger/ledger_search.h"

#include "base/map.h"
#include "base/text.h"
#include "base/utc.h"
#include "io/clock.h"
#include "ledger/ledger_day.h"
#include "ledger/ledger_match.h"
#include "ledger/ledger_tally.h"
#include "wire/msg.h"

#include <errno.h>
#include <limits.h>

#define ADDRESS_BYTES 512
#define ENOUGH        1 /* our value to stop a statement */
#define WINDOW_FIRST  UTC_SEC
#define WINDOW_ROWS   500u /* a window with fewer rows is followed by one of twice its length */
#define CURSOR_BYTES  20

/* Rows in the order of a search: before it come later ones. */
struct place {
	int64_t accepted;
	uint64_t rcpt;
};

struct search {
	const struct ledger_search *q;
	struct ledger_found *f;
	int (*fn)(void *ctx, const struct ledger_row *r);
	void *ctx;
	struct store *store; /* the day at hand */
	int64_t version;
	int64_t since;      /* of the day at hand */
	struct place upto;  /* rows of the day lie before it */
	struct place given; /* the last one given to fn */
	struct place seen;  /* the last one looked at */
	bool more, over;    /* a row matches beyond the page; too many were looked at */
	bool plain; /* of the day, every row of the tenant matches: the index can count */
	struct clock clock;
	uint64_t until; /* µs, 0: no limit of time */
	int told;
};

static bool
page_full(const struct search *s)
{
	return s->f->rows >= s->q->limit;
}

static int
on_match(void *ctx, const struct ledger_row *r)
{
	struct search *s = ctx;

	s->told = s->fn(s->ctx, r);
	return s->told;
}

static int
matched(struct search *s, const struct ledger_row *r)
{
	s->f->count++;
	if (page_full(s)) {
		s->more = true;
		if (s->plain) {
			s->f->count--;
			return ENOUGH;
		}
		/* One more than asked for: then there are more. */
		return s->f->count > s->q->count_max ? ENOUGH : 0;
	}
	s->f->rows++;
	s->given = (struct place){ r->accepted, r->rcpt };
	/* The blob is read for rows that match only. */
	return ledger_row_read(s->store, r->rcpt, on_match, s);
}

#define COMMON                                                                                 \
	"SELECT rcpt, message, tenant, recipient, sender, message_id, subject, last, accepted"
#define SEARCHED                                                                               \
	COMMON ", stream, custom_id, campaign, template, tags, opens, clicks, unsubscribed,"   \
	       " complained"
/* Of the day at hand: what is there to be read. Statements are known by their address. */
#define SELECT(s, where)                                                                       \
	((s)->version >= LEDGER_DAY_SITED ? SEARCHED ", site FROM rcpt WHERE " where           \
					  : SEARCHED ", '' FROM rcpt WHERE " where)
#define SELECT_OLD COMMON " FROM rcpt WHERE "

static int
look(struct search *s, const struct ledger_row *r)
{
	/* Some rows in any case, so that each call comes further. */
	if (s->f->looked >= LEDGER_SEARCH_ROWS ||
		(s->until && s->f->looked % 64 == 63 && clock_mono(&s->clock) > s->until)) {
		s->over = true;
		return ENOUGH;
	}
	s->f->looked++;
	s->seen = (struct place){ r->accepted, r->rcpt };
	return ledger_match(s->q, r) ? matched(s, r) : 0;
}

static struct ledger_row
common(struct store_row *r)
{
	return (struct ledger_row){
		.rcpt = (uint64_t)store_int(r, 0),
		.message = (uint64_t)store_int(r, 1),
		.tenant = (uint32_t)store_int(r, 2),
		.recipient = store_text(r, 3),
		.sender = store_text(r, 4),
		.message_id = store_text(r, 5),
		.subject = store_text(r, 6),
		.last = (uint8_t)store_int(r, 7),
		.accepted = store_int(r, 8),
		.stream = UINT8_MAX,
	};
}

static int
on_row(void *ctx, struct store_row *r)
{
	struct ledger_row row = common(r);
	int64_t stream = store_int(r, 9);

	row.stream = stream < 0 ? UINT8_MAX : (uint8_t)stream;
	row.custom_id = store_text(r, 10);
	row.campaign = store_text(r, 11);
	row.template = store_text(r, 12);
	row.tags = store_text(r, 13);
	row.opens = (uint32_t)store_int(r, 14);
	row.clicks = (uint32_t)store_int(r, 15);
	row.unsubscribed = (uint32_t)store_int(r, 16);
	row.complained = (uint32_t)store_int(r, 17);
	row.site = store_text(r, 18);
	return look(ctx, &row);
}

static int
on_old_row(void *ctx, struct store_row *r)
{
	struct ledger_row row = common(r);

	return look(ctx, &row);
}

#define PLACE " AND accepted >= ? AND (accepted, rcpt) < (?, ?)"
#define ORDER " ORDER BY accepted DESC, rcpt DESC"
/* For the types "iii". */
#define PLACE_OF(s, since) (since), (s)->upto.accepted, (int64_t)(s)->upto.rcpt

static int
by_time(struct search *s, int64_t since)
{
	return store_run(s->store, SELECT(s, "tenant = ?" PLACE ORDER), on_row, s, "iiii",
		(int64_t)s->q->tenant, PLACE_OF(s, since));
}

/* Each tenant there is, one look at the key each. */
#define TENANTS                                                                                \
	"tenant IN (WITH RECURSIVE t (id) AS (SELECT min(tenant) FROM tally WHERE what = 0"    \
	" AND tenant > 0 UNION ALL SELECT (SELECT min(tenant) FROM tally WHERE what = 0 AND"   \
	" tenant > t.id) FROM t WHERE t.id IS NOT NULL) SELECT id FROM t WHERE id IS NOT"      \
	" NULL)"

/* Rows of all tenants have no index in the order of time: short windows are sorted. */
static int
by_time_of_all(struct search *s)
{
	int64_t length = WINDOW_FIRST;
	int err = 0;

	while (!err && s->upto.accepted > s->since) {
		unsigned before = s->f->looked;
		int64_t from = s->upto.accepted - length;

		from = from > s->since ? from : s->since;
		err = store_run(s->store, SELECT(s, TENANTS PLACE ORDER), on_row, s, "iii",
			PLACE_OF(s, from));
		/* rcpt 0: what was accepted at `from` has been seen. */
		s->upto = (struct place){ from, 0 };
		if (s->f->looked - before < WINDOW_ROWS)
			length *= 2;
	}
	return err;
}

struct hours {
	int64_t at[25];
	unsigned n;
};

static int
on_hour(void *ctx, struct store_row *r)
{
	struct hours *h = ctx;

	h->at[h->n++] = store_int(r, 0);
	return h->n == sizeof h->at / sizeof h->at[0];
}

/* Of a day, the hours in which mail with this value was accepted; "" stands for values beyond
 * the counters' limit. */
static int
by_hours(struct search *s, enum ledger_what what, struct str value)
{
	struct hours h = { .n = 0 };
	struct place end = s->upto;
	int err = store_run(s->store,
		"SELECT DISTINCT hour FROM tally WHERE what = ? AND tenant = ? AND value IN "
		"(?, '')"
		" AND kind = 1 ORDER BY hour DESC LIMIT 25",
		on_hour, &h, "iis", (int64_t)what, (int64_t)s->q->tenant, value);

	for (unsigned i = 0; i < h.n && err == 0; i++) {
		int64_t from = h.at[i] * UTC_HOUR, to = from + UTC_HOUR;

		if (from >= end.accepted && !(from == end.accepted && end.rcpt))
			continue;
		s->upto = to <= end.accepted ? (struct place){ to, 0 } : end;
		err = by_time(s, from > s->since ? from : s->since);
	}
	return err;
}

static int
on_any(void *ctx, struct store_row *r)
{
	*(bool *)ctx = store_int(r, 0) > 0;
	return 0;
}

/* Has the day a fact that leads to one of the asked states? */
static int
has_states(struct search *s, bool *ret_has)
{
	*ret_has = true;
	if (s->q->states == 0)
		return 0;
	return store_run(s->store,
		"SELECT EXISTS (SELECT 1 FROM tally WHERE what = 0 AND tenant = ?"
		" AND (1 << kind) & ? <> 0)",
		on_any, ret_has, "ii", (int64_t)s->q->tenant, (int64_t)s->q->states);
}

static int
by_index(struct search *s)
{
	const struct ledger_search *q = s->q;
	int64_t tenant = q->tenant, id = (int64_t)q->id;
	char address[ADDRESS_BYTES];

	if (q->id)
		return store_run(s->store,
			SELECT(s,
				"rcpt >= ? AND rcpt < COALESCE((SELECT n.rcpt FROM rcpt AS n"
				" WHERE n.rcpt > ? AND n.message <> ? ORDER BY n.rcpt LIMIT 1),"
				" 9223372036854775807) AND ? IN (0, tenant)" PLACE ORDER),
			on_row, s, "iiiiiii", id, id, id, tenant, PLACE_OF(s, s->since));
	if (q->message_id.n)
		return store_run(s->store,
			SELECT(s, "message_id = ? AND ? IN (0, tenant)" PLACE ORDER), on_row, s,
			"siiii", ledger_day_bare_id(q->message_id), tenant,
			PLACE_OF(s, s->since));
	if (q->custom_id.n)
		return store_run(s->store,
			SELECT(s, "custom_id = ? AND custom_id <> '' AND ? IN (0, tenant)" PLACE
					  ORDER),
			on_row, s, "siiii", q->custom_id, tenant, PLACE_OF(s, s->since));
	return store_run(s->store, SELECT(s, "address = ? AND ? IN (0, tenant)" PLACE ORDER),
		on_row, s, "siiii", ledger_day_lower(address, sizeof address, q->to), tenant,
		PLACE_OF(s, s->since));
}

static int
by_anything(struct search *s)
{
	const struct ledger_search *q = s->q;
	bool has = true;
	int err;

	if (s->version < LEDGER_DAY_SEARCHED)
		return store_run(s->store, SELECT_OLD "? IN (0, tenant)" PLACE ORDER,
			on_old_row, s, "iiii", (int64_t)q->tenant, PLACE_OF(s, s->since));
	if (q->id || q->message_id.n || q->custom_id.n ||
		(q->to.n && !ledger_match_any_at(q->to).p))
		return by_index(s);
	err = has_states(s, &has);
	if (err || !has)
		return err;
	if (q->tenant == 0)
		return by_time_of_all(s);
	if (q->campaign.n)
		return by_hours(s, LEDGER_CAMPAIGN, q->campaign);
	if (q->tag.n)
		return by_hours(s, LEDGER_TAG, q->tag);
	if (q->template.n)
		return by_hours(s, LEDGER_TEMPLATE, q->template);
	if (q->own_stream.n)
		return by_hours(s, LEDGER_STREAM, q->own_stream);
	return by_time(s, s->since);
}

static int
on_number(void *ctx, struct store_row *r)
{
	*(unsigned *)ctx += (unsigned)store_int(r, 0);
	return 0;
}

/* The rows behind a full page. */
static int
count_rest(struct search *s)
{
	struct ledger_found *f = s->f;

	if (s->given.accepted >= s->since)
		s->upto = s->given;
	return store_run(s->store,
		"SELECT count(*) FROM (SELECT 1 FROM rcpt WHERE tenant = ?" PLACE " LIMIT ?)",
		on_number, &f->count, "iiiii", (int64_t)s->q->tenant, PLACE_OF(s, s->since),
		(int64_t)s->q->count_max + 1);
}

/* Nothing is asked but the tenant and the time. */
static bool
is_plain(const struct ledger_search *q)
{
	return q->tenant && !q->id && !q->states && !q->streams &&
	       q->to.n + q->from.n + q->provider.n + q->tag.n + q->own_stream.n +
	                       q->no_own_stream + q->campaign.n + q->template.n +
	                       q->custom_id.n + q->message_id.n + q->subject.n ==
	               0;
}

/* Where mail came in, rows must be looked at: the index does not tell it from what was sent. */
static int
plain_here(struct search *s)
{
	bool inbound = false;
	int err;

	s->plain = is_plain(s->q);
	/* Older files have no counters, and are of a time when no mail came in. */
	if (!s->plain || s->version < LEDGER_DAY_SEARCHED)
		return 0;
	err = store_run(s->store,
		"SELECT EXISTS (SELECT 1 FROM tally WHERE what = 0 AND tenant = ? AND stream = "
		"?)",
		on_any, &inbound, "ii", (int64_t)s->q->tenant, (int64_t)STREAM_INBOUND);
	s->plain = !inbound;
	return err;
}

static int
search_open_day(struct search *s)
{
	int err = ledger_day_version(s->store, &s->version);

	err = err ? err : plain_here(s);
	if (err)
		return err;
	if (!s->plain || !s->more)
		err = by_anything(s);
	if (!s->plain || !s->more || s->told)
		return err;
	err = s->q->count_max ? count_rest(s) : ENOUGH;
	return err ? err : s->f->count > s->q->count_max ? ENOUGH : 0;
}

/* One day: 0 to go on with an older one. */
static int
search_day(struct search *s, const char *dir, const char *day, const struct place *upto)
{
	int64_t begin = (int64_t)ledger_day_number(day) * UTC_DAY;
	char path[PATH_MAX];
	int err;

	s->since = s->q->since > begin ? s->q->since : begin;
	s->upto = *upto;
	if (s->upto.accepted > begin + UTC_DAY)
		s->upto = (struct place){ begin + UTC_DAY, 0 };
	if (s->since > s->upto.accepted ||
		(s->since == s->upto.accepted && s->upto.rcpt == 0) ||
		ledger_day_path(path, sizeof path, dir, day) ||
		store_open(path, STORE_READ, &ledger_day_schema, &s->store))
		return 0;
	err = search_open_day(s);
	store_free(&s->store);
	/* What is damaged is passed over. */
	return s->told ? s->told : err == ENOUGH ? ENOUGH : 0;
}

/* Of the filters, so that a cursor is not taken for another list's. */
static uint32_t
check_of(const struct ledger_search *q, const struct place *p)
{
	const struct str texts[] = { q->to, q->from, q->provider, q->tag, q->campaign,
		q->own_stream, q->template, q->custom_id, q->message_id, q->subject };
	const uint64_t numbers[] = { q->tenant, q->id, q->states,
		(uint64_t)q->no_own_stream << 32 | q->streams, (uint64_t)q->since,
		(uint64_t)q->until, (uint64_t)p->accepted, p->rcpt };
	uint64_t h = hash_bytes(0, str_of(numbers, sizeof numbers));

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		h = hash_bytes(h, texts[i]);
	return (uint32_t)h;
}

static void
cursor_write(char dst[LEDGER_CURSOR], const struct ledger_search *q, const struct place *p)
{
	struct buf bytes, text;

	buf_init(&bytes, CURSOR_BYTES);
	buf_init(&text, LEDGER_CURSOR - 1);
	(void)wr_u64(&bytes, (uint64_t)p->accepted);
	(void)wr_u64(&bytes, p->rcpt);
	(void)wr_u32(&bytes, check_of(q, p));
	(void)text_b64url(&text, buf_str(&bytes));
	(void)str_copy_z(dst, LEDGER_CURSOR, buf_str(&text));
	buf_done(&bytes);
	buf_done(&text);
}

static int
cursor_read(const struct ledger_search *q, struct place *ret_p)
{
	struct place p = { q->until ? q->until : INT64_MAX, 0 };
	struct buf bytes;
	struct rd r;
	int err = 0;

	if (q->cursor.n) {
		buf_init(&bytes, CURSOR_BYTES);
		err = text_b64url_decode(&bytes, q->cursor);
		r = rd_of(buf_str(&bytes));
		p.accepted = (int64_t)rd_u64(&r);
		p.rcpt = rd_u64(&r);
		if (err || rd_u32(&r) != check_of(q, &p) || !rd_end(&r))
			err = -EINVAL;
		buf_done(&bytes);
	}
	if (!err)
		*ret_p = p;
	return err;
}

static void
finish(struct search *s)
{
	struct ledger_found *f = s->f;

	if (s->over && !page_full(s)) {
		f->partial = true;
		cursor_write(f->next, s->q, &s->seen);
	} else if (page_full(s) && (s->more || s->over)) {
		cursor_write(f->next, s->q, &s->given);
	}
	f->count_more = s->over || f->count > s->q->count_max;
	if (f->count > s->q->count_max)
		f->count = s->q->count_max;
}

bool
ledger_search_fits(const struct ledger_search *q, const struct ledger_row *r)
{
	return r->accepted >= q->since && (q->until == 0 || r->accepted < q->until) &&
	       ledger_match(q, r);
}

int
ledger_search(const char *dir, const struct ledger_search *q, struct ledger_found *ret_f,
	int (*fn)(void *ctx, const struct ledger_row *r), void *ctx)
{
	struct ledger_found f = { 0 };
	struct search s = { .q = q, .f = &f, .fn = fn, .ctx = ctx, .plain = false };
	struct ledger_days days;
	struct place upto;
	int err = cursor_read(q, &upto);

	if (err || q->limit == 0 || q->limit > LEDGER_SEARCH_LIMIT ||
		q->count_max > LEDGER_SEARCH_COUNT)
		return -EINVAL;
	clock_real(&s.clock);
	s.until = q->most_ms ? clock_mono(&s.clock) + q->most_ms * UINT64_C(1000) : 0;
	err = ledger_days_list(&days, dir);
	for (size_t i = days.n; !err && i > 0; i--)
		err = search_day(&s, dir, days.name[i - 1], &upto);
	ledger_days_done(&days);
	if (err && err != ENOUGH)
		return err;
	if (s.told)
		return s.told;
	finish(&s);
	*ret_f = f;
	return 0;
}
