/* Reading of the audit log's chains: is all of it there, as it was written? */
#include "account/control_chain_own.h"

#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>

enum problem { WHOLE, CHANGED, MISSING, EXTRA, ORDER, HEAD, NOTED };

#define STOP 1 /* of callbacks: no further row */

struct walk {
	struct control *c;
	struct chain head;
	int64_t n, id; /* the newest entry that is right, and its row (0: it was cut out) */
	uint8_t hash[CONTROL_CHAIN_HASH]; /* of it */
	int64_t budget;
	int64_t redacted;
	enum problem problem;
	int64_t at; /* the entry with it */
	bool look;  /* a changed one: is it but out of order, or too many? */
};

static int
say(struct walk *w, enum problem p, int64_t at)
{
	w->problem = p;
	w->at = at;
	return STOP;
}

static bool
has_head(const struct walk *w)
{
	return w->head.state == CHAIN_OPEN;
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* ---- walking */

static int
walk_row(void *ctx, struct store_row *r)
{
	struct walk *w = ctx;
	uint8_t hash[CONTROL_CHAIN_HASH];
	struct chain_row row;

	chain_read_row(w->c, r, &row);
	/* The walk begins at the one it knows. */
	if (row.id == w->id && row.seq == w->n)
		return 0;
	if (row.seq <= w->n)
		return say(w, EXTRA, row.seq);
	if (has_head(w) && w->n >= w->head.seq)
		return say(w, EXTRA, row.seq);
	if (row.seq != w->n + 1)
		return say(w, MISSING, w->n + 1);
	if (row.id <= w->id)
		return say(w, ORDER, row.seq);
	chain_next(hash, w->hash, row.seq, row.digest);
	if (!row.sealed || memcmp(hash, row.hash, sizeof hash) != 0) {
		w->look = true;
		w->id = row.id;
		return say(w, CHANGED, row.seq);
	}
	w->n = row.seq;
	w->id = row.id;
	memcpy(w->hash, hash, sizeof hash);
	w->redacted += row.redacted;
	w->budget--;
	return 0;
}

/* Two rows of one number: one is too many. A row whose successor was made before it: they were
 * swapped. */
static int
name_change(struct walk *w)
{
	int64_t same = 0, next = INT64_MAX;
	int err = store_run(w->c->store,
		"SELECT COUNT(*) FROM audit WHERE tenant = ? AND seq = ?", take_int, &same,
		"ii", w->head.tenant, w->at);

	if (!err)
		err = store_run(w->c->store,
			"SELECT id FROM audit WHERE tenant = ? AND seq > ? ORDER BY seq, id"
			" LIMIT 1",
			take_int, &next, "ii", w->head.tenant, w->at);
	if (same > 1)
		w->problem = EXTRA;
	else if (next < w->id)
		w->problem = ORDER;
	w->look = false;
	return err;
}

struct cutting {
	struct walk *w;
	struct chain_cut cut;
};

static int
take_cut(void *ctx, struct store_row *r)
{
	struct cutting *k = ctx;

	chain_read_cut(k->w->c, k->w->head.tenant, r, &k->cut);
	return 0;
}

/* Over what was lawfully dropped. */
static int
walk_cut(struct walk *w, const struct chain_cut *k)
{
	int64_t within = 0;
	int err;

	if (k->first <= w->n)
		return say(w, EXTRA, k->first);
	if (k->first != w->n + 1)
		return say(w, MISSING, w->n + 1);
	if (!k->sealed)
		return say(w, CHANGED, k->first);
	err = store_run(w->c->store,
		"SELECT seq FROM audit WHERE tenant = ? AND seq >= ? AND seq <= ? LIMIT 1",
		take_int, &within, "iii", w->head.tenant, k->first, k->last);
	if (within)
		return say(w, EXTRA, within);
	w->n = k->last;
	w->id = 0;
	memcpy(w->hash, k->hash, sizeof k->hash);
	w->budget--;
	return err;
}

/* To the next cut, and over it: 0 to go on, STOP. */
static int
walk_on(struct walk *w)
{
	struct cutting k = { .w = w };
	int err = store_run(w->c->store,
		CHAIN_CUT "WHERE tenant = ? AND last > ? ORDER BY last LIMIT 1", take_cut, &k,
		"ii", w->head.tenant, w->n);

	if (!err)
		err = store_run(w->c->store,
			CHAIN_ROW "WHERE tenant = ? AND seq >= ? AND seq < ? ORDER BY seq, id"
				  " LIMIT ?",
			walk_row, w, "iiii", w->head.tenant, w->n ? w->n : 1,
			k.cut.last ? k.cut.first : INT64_MAX, w->budget + (w->id ? 1 : 0));
	if (err || w->budget <= 0)
		return err ? err : STOP;
	return k.cut.last ? walk_cut(w, &k.cut) : STOP;
}

/* ---- where it begins */

static int
take_begin(void *ctx, struct store_row *r)
{
	struct walk *w = ctx;
	struct chain_row row;

	chain_read_row(w->c, r, &row);
	if (!row.sealed)
		return say(w, CHANGED, row.seq);
	w->n = row.seq;
	w->id = row.id;
	memcpy(w->hash, row.hash, sizeof row.hash);
	return 0;
}

/* Entry `after` was right when it was looked at; it may have been dropped since. */
static int
begin(struct walk *w, int64_t after)
{
	struct cutting k = { .w = w };
	int err;

	if (after == 0)
		return 0;
	err = store_run(w->c->store,
		CHAIN_ROW "WHERE tenant = ? AND seq = ? ORDER BY id LIMIT 1", take_begin, w,
		"ii", w->head.tenant, after);
	if (!err && w->n == 0)
		err = store_run(w->c->store,
			CHAIN_CUT "WHERE tenant = ? AND first <= ? AND last >= ? LIMIT 1",
			take_cut, &k, "iii", w->head.tenant, after, after);
	if (err || w->n)
		return err;
	if (!k.cut.sealed)
		return say(w, MISSING, after);
	w->n = k.cut.last;
	memcpy(w->hash, k.cut.hash, sizeof w->hash);
	return 0;
}

/* ---- what the walk cannot meet */

/* Of an open log a row without a number was written by somebody else. */
static int
unchained(struct walk *w)
{
	int64_t id = 0;
	int err = store_run(w->c->store,
		"SELECT id FROM audit WHERE tenant = ? AND seq <= 0 LIMIT 1", take_int, &id,
		"i", w->head.tenant);

	return err ? err : id ? say(w, EXTRA, 0) : 0;
}

/* So was one of an account that has no chain: all logs together show it. */
static int
nobodys(struct walk *w)
{
	int64_t tenant = INT64_MIN, was, there = 1;
	int err = 0;

	while (!err && there) {
		was = tenant;
		err = store_run(w->c->store,
			"SELECT tenant FROM audit WHERE tenant > ? ORDER BY tenant LIMIT 1",
			take_int, &tenant, "i", was);
		if (err || tenant == was)
			return err;
		there = 0;
		err = store_run(w->c->store, "SELECT 1 FROM audit_chains WHERE tenant = ?",
			take_int, &there, "i", tenant);
	}
	return err ? err : say(w, EXTRA, 0);
}

static int
at_end(struct walk *w)
{
	if (!has_head(w))
		return say(w, HEAD, w->n + 1);
	if (w->n < w->head.seq)
		return say(w, MISSING, w->n + 1);
	if (w->n > w->head.seq)
		return say(w, EXTRA, w->head.seq + 1);
	if (memcmp(w->hash, w->head.hash, sizeof w->hash) != 0)
		return say(w, CHANGED, w->n);
	if (w->head.damaged)
		return say(w, HEAD, w->head.damaged);
	return w->head.tenant == 0 ? nobodys(w) : 0;
}

/* ---- notes */

enum noted { NOT_NOTED, NOTED_SAME, NOTED_OTHER, NOTED_GONE };
struct note {
	struct str text;
	enum noted is;
	int64_t seq;
};

static int
take_noted(void *ctx, struct store_row *r)
{
	struct str hash = store_blob(r, 0);

	if (hash.n == CONTROL_CHAIN_HASH)
		chain_hex(ctx, (const uint8_t *)hash.p);
	return 0;
}

/* A head that was written down is an entry's number and hash, or the end of a cut; within a cut
 * nobody can tell any more. */
static int
compare(struct walk *w, struct note *note)
{
	struct str rest = note->text, number = str_cut(&rest, ':');
	char hash[2 * CONTROL_CHAIN_HASH + 1] = "";
	uint64_t seq;
	int64_t gone = 0;
	int err;

	if (!note->text.n)
		return 0;
	if (str_u64(number, &seq) < 0 || seq == 0 || seq > INT64_MAX ||
		rest.n != sizeof hash - 1)
		return control_own_fail(w->c, -EINVAL,
			"A noted head is its number, a colon and 64 hexadecimal digits.");
	note->seq = (int64_t)seq;
	err = store_run(w->c->store,
		"SELECT hash FROM audit WHERE tenant = ? AND seq = ? UNION ALL"
		" SELECT hash FROM audit_cuts WHERE tenant = ? AND last = ?",
		take_noted, hash, "iiii", w->head.tenant, note->seq, w->head.tenant, note->seq);
	if (!err && !hash[0])
		err = store_run(w->c->store,
			"SELECT 1 FROM audit_cuts WHERE tenant = ? AND first <= ? AND last > ?",
			take_int, &gone, "iii", w->head.tenant, note->seq, note->seq);
	if (gone)
		note->is = NOTED_GONE;
	else
		note->is = str_ieq(rest, str_z(hash)) ? NOTED_SAME : NOTED_OTHER;
	return err;
}

/* ---- the answer */

json_t *
control_own_chain_entry(struct store_row *r, int at, int64_t at_us, int64_t who)
{
	struct str salt = store_blob(r, at + 1), hash = store_blob(r, at + 2);
	char hex[2][2 * CONTROL_CHAIN_HASH + 1] = { "", "" };

	if (store_int(r, at) <= 0)
		return json_null();
	for (size_t i = 0; i < salt.n && i < CONTROL_CHAIN_HASH; i++)
		snprintf(hex[0] + 2 * i, 3, "%02x", (unsigned)(uint8_t)salt.p[i]);
	if (hash.n == CONTROL_CHAIN_HASH)
		chain_hex(hex[1], (const uint8_t *)hash.p);
	return json_pack("{s:I,s:I,s:I,s:s,s:s}", "seq", (json_int_t)store_int(r, at), "at_us",
		(json_int_t)at_us, "who", (json_int_t)who, "salt", hex[0], "hash", hex[1]);
}

static json_t *
problem_json(const struct walk *w)
{
	static const struct {
		const char *kind, *text;
	} all[] = {
		[CHANGED] = { "changed", "Entry %" PRId64 " is not as it was written." },
		[MISSING] = { "missing",
			"Entry %" PRId64 " is missing: it was not removed by the "
			"service." },
		[EXTRA] = { "extra",
			"Entry %" PRId64 " is there that the service did not write (0: a row "
			"without a number)." },
		[ORDER] = { "order", "Entry %" PRId64 " does not stand where it was written." },
		[HEAD] = { "head",
			"The end of the log was taken away or forged before entry %" PRId64
			": what stood there may be missing." },
		[NOTED] = { "noted", "Entry %" PRId64
				     " is not the one that was noted: the log was put back, or "
				     "the note is of another one." },
	};
	char text[160];

	if (w->problem == WHOLE)
		return json_null();
	snprintf(text, sizeof text, all[w->problem].text, w->at);
	return json_pack("{s:I,s:s,s:s}", "entry", (json_int_t)w->at, "kind",
		all[w->problem].kind, "text", text);
}

static json_t *
head_json(const struct walk *w)
{
	char hash[2 * CONTROL_CHAIN_HASH + 1];

	if (!has_head(w))
		return json_null();
	chain_hex(hash, w->head.hash);
	return json_pack("{s:I,s:s}", "seq", (json_int_t)w->head.seq, "hash", hash);
}

static int
answer(struct walk *w, const struct control_chain_ask *a, const struct note *note,
	json_t **ret_j)
{
	static const char *const words[] = {
		[NOTED_SAME] = "same", [NOTED_OTHER] = "other", [NOTED_GONE] = "gone"
	};
	bool more = w->problem == WHOLE && w->budget <= 0;
	bool waits = w->head.state == CHAIN_FRESH || w->head.state == CHAIN_ADOPTING;
	int64_t removed = 0;
	char next[24] = "";
	int err = more ? 0
	               : store_run(w->c->store,
				 "SELECT COALESCE(SUM(last - first + 1), 0) FROM audit_cuts"
				 " WHERE tenant = ?",
				 take_int, &removed, "i", w->head.tenant);

	if (err)
		return err;
	if (more)
		snprintf(next, sizeof next, "%" PRId64, w->n);
	*ret_j = json_pack("{s:o,s:I,s:I,s:o,s:o,s:I,s:o,s:I,s:o,s:o,s:o}", "ok",
		w->problem != WHOLE ? json_false()
		: more || waits     ? json_null()
				    : json_true(),
		"from", (json_int_t)a->after + 1, "upto", (json_int_t)w->n, "head",
		head_json(w), "removed", more ? json_null() : json_integer((json_int_t)removed),
		"redacted", (json_int_t)w->redacted, "since",
		has_head(w) ? control_own_time(w->head.since) : json_null(), "adopted",
		(json_int_t)w->head.adopted, "problem", problem_json(w), "noted",
		note->is ? json_string(words[note->is]) : json_null(), "next",
		more ? json_string(next) : json_null());
	return 0;
}

/* An older log is taken up before it is looked at: who asks often enough need not wait. */
static int
get_ready(struct walk *w)
{
	struct control *c = w->c;
	int err = chain_load(c, w->head.tenant, &w->head);

	if (err || (w->head.state != CHAIN_FRESH && w->head.state != CHAIN_ADOPTING))
		return err;
	err = store_begin(c->store);
	err = err ? err : chain_adopt(c, &w->head, INT64_MAX, CONTROL_CHAIN_ADOPT);
	err = err ? err : store_commit(c->store);
	if (err)
		store_rollback(c->store);
	return err;
}

int
control_chain_verify(struct control *c, const struct control_chain_ask *a, json_t **ret_j)
{
	struct walk w = { .c = c, .budget = CONTROL_CHAIN_CHECK };
	struct note note = { .text = a->noted };
	int err;

	w.head.tenant = a->tenant;
	err = get_ready(&w);
	if (!err && w.head.state != CHAIN_ADOPTING) {
		err = compare(&w, &note);
		err = err ? err : has_head(&w) ? unchained(&w) : 0;
		err = err ? err : begin(&w, a->after);
		while (!err)
			err = walk_on(&w);
		if (err == STOP && w.look)
			err = name_change(&w);
		else if (err == STOP && w.problem == WHOLE && w.budget > 0)
			err = at_end(&w);
	}
	if (err == STOP)
		err = 0;
	if (!err && w.problem == WHOLE && note.is == NOTED_OTHER)
		(void)say(&w, NOTED, note.seq);
	err = err ? err : answer(&w, a, &note, ret_j);
	return control_own_check(c, err);
}

/* ---- heads, to be written down elsewhere */

struct heads {
	struct control *c;
	int64_t tenant[CONTROL_CHAIN_HEADS];
	char name[CONTROL_CHAIN_HEADS][64];
	size_t n;
};

static int
take_chain(void *ctx, struct store_row *r)
{
	struct heads *h = ctx;

	h->tenant[h->n] = store_int(r, 0);
	(void)str_copy_z(h->name[h->n], sizeof h->name[0],
		store_is_null(r, 1) ? STR_LIT("system") : store_text(r, 1));
	h->n++;
	return 0;
}

int
control_chain_heads(struct control *c, int64_t since,
	void (*fn)(void *ctx, const struct control_chain_head *h), void *ctx)
{
	struct heads *all = MEM_NEW(all);
	int err = store_run(c->store,
		"SELECT h.tenant, a.name FROM audit_chains h"
		" JOIN audit l ON l.tenant = h.tenant AND l.seq = h.seq"
		" LEFT JOIN accounts a ON a.tenant = h.tenant"
		" WHERE h.since > 0 AND l.at >= ? ORDER BY l.at DESC LIMIT ?",
		take_chain, all, "ii", since, (int64_t)CONTROL_CHAIN_HEADS);

	for (size_t i = 0; !err && i < all->n; i++) {
		struct control_chain_head told = { .account = str_z(all->name[i]) };
		struct chain h;

		err = chain_load(c, all->tenant[i], &h);
		told.seq = h.seq;
		if (!err && h.state == CHAIN_OPEN) {
			chain_hex(told.hash, h.hash);
			fn(ctx, &told);
		}
	}
	mem_free(all);
	return control_own_check(c, err);
}
