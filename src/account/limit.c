#include "account/limit.h"

#include "base/bytes.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/utc.h"

#include <errno.h>

#define MAGIC UINT64_C(0x31746f7551746346) /* "FctQuot1" */

struct row {
	uint64_t used[LIMIT_WINDOWS];
	int64_t since[LIMIT_WINDOWS]; /* begin of the window they are of */
	uint64_t sessions;
	bool told[LIMIT_WINDOWS]; /* that it is over, in this window */
};

/* Sessions of one key at one holder. */
struct seat {
	struct limit_who key;
	uint32_t n;
};

struct limits {
	struct nmap rows; /* id → struct row * */
	struct nmap seats[LIMITS_HOLDERS];
	int64_t begin[LIMIT_WINDOWS], end[LIMIT_WINDOWS]; /* of the windows at hand */
	uint64_t changes;
};

const char *
limit_name(enum limit_kind k)
{
	static const char *const names[LIMIT_KINDS] = { "hour", "day", "month", "sessions" };

	return names[k];
}

bool
limit_any(const struct limit_set *s)
{
	for (int i = 0; i < LIMIT_KINDS; i++)
		if (s->most[i])
			return true;
	return false;
}

struct limits *
limits_new(void)
{
	struct limits *l = MEM_NEW(l);

	nmap_init(&l->rows);
	for (unsigned i = 0; i < LIMITS_HOLDERS; i++)
		nmap_init(&l->seats[i]);
	return l;
}

static void
values_free(struct nmap *m)
{
	uint64_t key, value;

	for (size_t pos = 0; nmap_next(m, &pos, &key, &value);)
		mem_free((void *)(uintptr_t)value);
	nmap_done(m);
}

void
limits_free(struct limits **pl)
{
	struct limits *l = *pl;

	if (!l)
		return;
	values_free(&l->rows);
	for (unsigned i = 0; i < LIMITS_HOLDERS; i++)
		values_free(&l->seats[i]);
	mem_free(l);
	*pl = NULL;
}

/* ---- rows */

/* Accounts are even, keys odd; never 0 or UINT64_MAX. */
static uint64_t
id_of(struct limit_who w)
{
	return w.key ? ((w.key & (UINT64_MAX >> 2)) << 1 | 1) : ((uint64_t)w.tenant + 1) << 1;
}

static struct row *
row_at(const struct limits *l, uint64_t id)
{
	uint64_t value;

	return nmap_get(&l->rows, id, &value) ? (void *)(uintptr_t)value : NULL;
}

static struct row *
row_make(struct limits *l, uint64_t id)
{
	struct row *r = row_at(l, id);

	if (!r) {
		r = MEM_NEW(r);
		nmap_put(&l->rows, id, (uint64_t)(uintptr_t)r);
	}
	return r;
}

static void
month_of(int64_t now, int64_t *ret_begin, int64_t *ret_end)
{
	struct utc u = utc_split(now);
	struct utc first = { .year = u.year, .month = u.month, .day = 1 };

	*ret_begin = utc_join(&first);
	*ret_end = *ret_begin + utc_month_days(u.year, u.month) * UTC_DAY;
}

static void
windows_at(int64_t now, int64_t begin[LIMIT_WINDOWS], int64_t end[LIMIT_WINDOWS])
{
	begin[LIMIT_HOUR] = now - now % UTC_HOUR;
	end[LIMIT_HOUR] = begin[LIMIT_HOUR] + UTC_HOUR;
	begin[LIMIT_DAY] = now - now % UTC_DAY;
	end[LIMIT_DAY] = begin[LIMIT_DAY] + UTC_DAY;
	month_of(now, &begin[LIMIT_MONTH], &end[LIMIT_MONTH]);
}

/* The hour is the shortest: while it lasts nothing else ends. */
static void
windows_now(struct limits *l, int64_t now)
{
	if (now < l->begin[LIMIT_HOUR] || now >= l->end[LIMIT_HOUR])
		windows_at(now, l->begin, l->end);
}

static void
row_roll(const struct limits *l, struct row *r)
{
	for (int i = 0; i < LIMIT_WINDOWS; i++) {
		if (r->since[i] < l->begin[i]) {
			r->used[i] = 0;
			r->told[i] = false;
		}
		r->since[i] = l->begin[i];
	}
}

/* ---- recipients */

bool
limits_fit(struct limits *l, const struct limit_of *of, uint64_t n, int64_t now,
	struct limit_over *ret_over)
{
	struct row *r;

	if (!limit_any(of->set))
		return true;
	r = row_make(l, id_of(of->who));
	windows_now(l, now);
	row_roll(l, r);
	for (int i = LIMIT_WINDOWS - 1; i >= 0; i--) {
		uint64_t most = of->set->most[i];

		/* A limit may have become smaller than what was used. */
		if (most == 0 || (n <= most && r->used[i] <= most - n))
			continue;
		*ret_over = (struct limit_over){ .kind = (enum limit_kind)i,
			.most = most,
			.used = r->used[i],
			.until = n > most ? 0 : l->end[i],
			.never = n > most,
			.first = n <= most && !r->told[i] };
		r->told[i] = r->told[i] || n <= most;
		return false;
	}
	return true;
}

void
limits_add(struct limits *l, const struct limit_of *of, uint64_t n, int64_t now)
{
	uint64_t id = id_of(of->who);
	struct row *r = row_at(l, id);

	if (!r && !limit_any(of->set) && l->rows.used >= LIMITS_ROWS_MAX)
		return;
	r = r ? r : row_make(l, id);
	windows_now(l, now);
	row_roll(l, r);
	for (int i = 0; i < LIMIT_WINDOWS; i++)
		r->used[i] += n;
	l->changes++;
}

void
limits_undo(struct limits *l, struct limit_who who, uint64_t n, int64_t at)
{
	struct row *r = row_at(l, id_of(who));

	if (!r)
		return;
	/* A window that began since has nothing of it. */
	for (int i = 0; i < LIMIT_WINDOWS; i++)
		if (at >= r->since[i])
			r->used[i] -= n < r->used[i] ? n : r->used[i];
	l->changes++;
}

void
limits_use(const struct limits *l, struct limit_who who, int64_t now, struct limit_use *ret_use)
{
	int64_t begin[LIMIT_WINDOWS];
	const struct row *r = row_at(l, id_of(who));

	*ret_use = (struct limit_use){ .used = { 0 } };
	windows_at(now, begin, ret_use->until);
	if (!r)
		return;
	for (int i = 0; i < LIMIT_WINDOWS; i++)
		if (r->since[i] >= begin[i])
			ret_use->used[i] = r->used[i];
	ret_use->used[LIMIT_SESSIONS] = r->sessions;
}

/* ---- sessions */

static void
count(struct limits *l, struct limit_who key, int64_t by)
{
	const struct limit_who account = { key.tenant, 0 };

	row_make(l, id_of(account))->sessions += (uint64_t)by;
	if (key.key)
		row_make(l, id_of(key))->sessions += (uint64_t)by;
}

static struct seat *
seat_at(const struct limits *l, unsigned holder, struct limit_who key)
{
	uint64_t value;
	struct seat *s;

	must(holder < LIMITS_HOLDERS);
	if (!nmap_get(&l->seats[holder], id_of(key), &value))
		return NULL;
	s = (void *)(uintptr_t)value;
	/* A key is of one account, whatever a holder says. */
	return s->key.tenant == key.tenant ? s : NULL;
}

void
limits_hold(struct limits *l, unsigned holder, struct limit_who key, uint32_t n)
{
	struct seat *s = seat_at(l, holder, key);
	uint64_t id = id_of(key), other;

	if (!s && (n == 0 || l->seats[holder].used >= LIMITS_SEATS_MAX ||
			  nmap_get(&l->seats[holder], id, &other)))
		return;
	if (!s) {
		s = MEM_NEW(s);
		s->key = key;
		nmap_put(&l->seats[holder], id, (uint64_t)(uintptr_t)s);
	}
	count(l, key, (int64_t)n - (int64_t)s->n);
	s->n = n;
	if (n == 0) {
		nmap_del(&l->seats[holder], id);
		mem_free(s);
	}
}

uint64_t
limits_others(const struct limits *l, unsigned holder, struct limit_who key, bool of_key)
{
	const struct limit_who account = { key.tenant, 0 };
	const struct row *r = row_at(l, id_of(of_key ? key : account));
	const struct seat *s = seat_at(l, holder, key);

	return r ? r->sessions - (s ? s->n : 0) : 0;
}

void
limits_holder_gone(struct limits *l, unsigned holder)
{
	uint64_t id, value;

	must(holder < LIMITS_HOLDERS);
	for (size_t pos = 0; nmap_next(&l->seats[holder], &pos, &id, &value);) {
		const struct seat *s = (const void *)(uintptr_t)value;

		count(l, s->key, -(int64_t)s->n);
	}
	values_free(&l->seats[holder]);
	nmap_init(&l->seats[holder]);
}

/* ---- over a restart */

static bool
row_counts(const struct row *r)
{
	for (int i = 0; i < LIMIT_WINDOWS; i++)
		if (r->used[i])
			return true;
	return false;
}

int
limits_write(struct limits *l, int64_t now, struct buf *b)
{
	size_t begin = b->n;
	uint64_t id, value;
	int err = wr_u64(b, MAGIC);

	windows_now(l, now);
	for (size_t pos = 0; !err && nmap_next(&l->rows, &pos, &id, &value);) {
		struct row *r = (void *)(uintptr_t)value;

		row_roll(l, r);
		if (row_counts(r)) {
			err = wr_u64(b, id);
			for (int i = 0; i < LIMIT_WINDOWS && !err; i++) {
				err = wr_u64(b, r->used[i]);
				err = err ? err : wr_u64(b, (uint64_t)r->since[i]);
			}
		} else if (r->sessions == 0) {
			nmap_del(&l->rows, id);
			mem_free(r);
		}
	}
	return err ? err : wr_u64(b, hash_bytes(MAGIC, str_from(buf_str(b), begin)));
}

int
limits_read(struct limits *l, struct str bytes)
{
	struct str all = bytes.n >= 16 ? str_head(bytes, bytes.n - 8) : STR_NONE;
	struct rd sum = rd_of(str_from(bytes, all.n)), r = rd_of(all);

	must(l->rows.used == 0);
	if (all.n == 0 || rd_u64(&sum) != hash_bytes(MAGIC, all) || rd_u64(&r) != MAGIC ||
		r.n % 56 != 0)
		return -EBADMSG;
	while (r.n > 0) {
		uint64_t id = rd_u64(&r);
		struct row *row;

		if (id == 0 || id == UINT64_MAX) {
			(void)rd_raw(&r, 48);
			continue;
		}
		row = row_make(l, id);
		for (int i = 0; i < LIMIT_WINDOWS; i++) {
			row->used[i] = rd_u64(&r);
			row->since[i] = (int64_t)rd_u64(&r);
		}
	}
	return 0;
}

uint64_t
limits_changes(const struct limits *l)
{
	return l->changes;
}
