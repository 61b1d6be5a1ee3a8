#include "ledger/ledger_day.h"

#include "base/utc.h"

#include <errno.h>
#include <limits.h>

#define ADDRESS_BYTES 512

struct asking {
	const struct ledger_query *q;
	int (*fn)(void *ctx, const struct ledger_row *r);
	void *ctx;
	unsigned left;
	int told; /* what fn returned */
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct asking *a = ctx;
	struct ledger_row row = {
		.rcpt = (uint64_t)store_int(r, 0),
		.message = (uint64_t)store_int(r, 1),
		.tenant = (uint32_t)store_int(r, 2),
		.recipient = store_text(r, 3),
		.sender = store_text(r, 4),
		.message_id = store_text(r, 5),
		.subject = store_text(r, 6),
		.last = (uint8_t)store_int(r, 7),
		.accepted = store_int(r, 8),
		.updated = store_int(r, 9),
		.facts = store_blob(r, 10),
	};

	a->left -= a->left > 0;
	a->told = a->fn(a->ctx, &row);
	return a->told;
}

#define COLUMNS                                                                                \
	"SELECT rcpt, message, tenant, recipient, sender, message_id, subject, last, "         \
	"accepted,"                                                                            \
	" updated, facts FROM rcpt WHERE ? IN (0, tenant) AND "
#define ORDER " ORDER BY accepted DESC, rcpt DESC LIMIT ?"

static int
ask(struct asking *a, struct store *s)
{
	const struct ledger_query *q = a->q;
	int64_t tenant = q->tenant, limit = a->left;
	char address[ADDRESS_BYTES];

	if (q->id) {
		/* A message's recipients are those behind its id up to the first of another
		 * message. Behind a recipient's id, that is the next one. */
		return store_run(s,
			COLUMNS "rcpt >= ? AND rcpt < COALESCE((SELECT n.rcpt FROM rcpt AS n"
				" WHERE n.rcpt > ? AND n.message <> ? ORDER BY n.rcpt LIMIT 1),"
				" 9223372036854775807)" ORDER,
			on_row, a, "iiiii", tenant, (int64_t)q->id, (int64_t)q->id,
			(int64_t)q->id, limit);
	}
	if (q->address.n && q->message_id.n) {
		return store_run(s, COLUMNS "address = ? AND message_id = ?" ORDER, on_row, a,
			"issi", tenant, ledger_day_lower(address, sizeof address, q->address),
			ledger_day_bare_id(q->message_id), limit);
	}
	if (q->address.n) {
		return store_run(s, COLUMNS "address = ?" ORDER, on_row, a, "isi", tenant,
			ledger_day_lower(address, sizeof address, q->address), limit);
	}
	return store_run(s, COLUMNS "message_id = ?" ORDER, on_row, a, "isi", tenant,
		ledger_day_bare_id(q->message_id), limit);
}

/* A day's file that is missing, damaged or being made has no rows for us: NULL. */
static int
open_day(const char *dir, const char *name, struct store **ret_s)
{
	char path[PATH_MAX];
	int err = ledger_day_path(path, sizeof path, dir, name);

	*ret_s = NULL;
	err = err ? err : store_open(path, STORE_READ, &ledger_day_schema, ret_s);
	if (err)
		*ret_s = NULL;
	return err == -ENOENT || err == -EBADMSG ? 0 : err;
}

/* What fn returned is no error, nor is a page that is damaged. */
static int
unread(int err, int told)
{
	return told || err == -EBADMSG ? 0 : err;
}

int
ledger_find(const char *dir, const struct ledger_query *q,
	int (*fn)(void *ctx, const struct ledger_row *r), void *ctx)
{
	struct asking a = { q, fn, ctx, q->limit, 0 };
	struct ledger_days days;
	int err;

	if (!q->id && !q->address.n && !q->message_id.n)
		return -EINVAL;
	err = ledger_days_list(&days, dir);
	for (size_t i = days.n; !err && i > 0 && a.left && !a.told; i--) {
		struct store *s;

		err = open_day(dir, days.name[i - 1], &s);
		if (!err && s)
			err = ask(&a, s);
		err = q->all ? unread(err, a.told) : 0;
		store_free(&s);
	}
	ledger_days_done(&days);
	return err ? err : a.told;
}

int
ledger_reports(const char *dir, int64_t since, int (*fn)(void *ctx, const struct ledger_row *r),
	void *ctx)
{
	struct asking a = { NULL, fn, ctx, 0, 0 };
	struct ledger_days days;
	int err = ledger_days_list(&days, dir);

	for (size_t i = days.n; !err && i > 0 && !a.told; i--) {
		struct store *s;

		/* Older days have none. */
		if ((int64_t)(ledger_day_number(days.name[i - 1]) + 1) * UTC_DAY <= since)
			break;
		err = open_day(dir, days.name[i - 1], &s);
		if (!err && s)
			err = store_run(s,
				COLUMNS "tenant = 0 AND sender = '' AND accepted >= ?", on_row,
				&a, "ii", INT64_C(0), since);
		err = unread(err, a.told);
		store_free(&s);
	}
	ledger_days_done(&days);
	return err ? err : a.told;
}

struct addresses {
	int (*fn)(void *ctx, struct str address);
	void *ctx;
	int told;
};

static int
on_address(void *ctx, struct store_row *r)
{
	struct addresses *a = ctx;

	a->told = a->fn(a->ctx, store_text(r, 0));
	return a->told;
}

int
ledger_addresses(
	const char *dir, uint32_t tenant, int (*fn)(void *ctx, struct str address), void *ctx)
{
	struct addresses a = { fn, ctx, 0 };
	struct ledger_days days;
	int err = ledger_days_list(&days, dir);

	for (size_t i = 0; i < days.n && !err && !a.told; i++) {
		struct store *s;

		err = open_day(dir, days.name[i], &s);
		if (!err && s)
			err = store_run(s, "SELECT DISTINCT address FROM rcpt WHERE tenant = ?",
				on_address, &a, "i", (int64_t)tenant);
		err = unread(err, a.told);
		store_free(&s);
	}
	ledger_days_done(&days);
	return err ? err : a.told;
}

static int
on_text(void *ctx, struct store_row *r)
{
	(void)buf_put(ctx, store_blob(r, 0));
	return 0;
}

static int
column(const char *sql, const char *dir, const struct ledger_place *p, struct buf *out)
{
	char path[PATH_MAX], day[UTC_TEXT_SIZE];
	size_t before = out->n;
	struct store *s;

	if (ledger_day_path(path, sizeof path, dir, utc_day(day, p->accepted)) ||
		store_open(path, STORE_READ, &ledger_day_schema, &s))
		return -ENOENT;
	(void)store_run(s, sql, on_text, out, "ii", (int64_t)p->rcpt, (int64_t)p->tenant);
	store_free(&s);
	return out->n > before ? 0 : -ENOENT;
}

int
ledger_recipient(
	const char *dir, int64_t accepted, uint32_t tenant, uint64_t rcpt, struct buf *out)
{
	const struct ledger_place p = { accepted, tenant, rcpt };

	return column("SELECT recipient FROM rcpt WHERE rcpt = ? AND tenant = ?"
		      " AND address <> '" FACT_ERASED "'",
		dir, &p, out);
}

int
ledger_sender(const char *dir, const struct ledger_place *p, struct buf *out)
{
	return column("SELECT sender FROM rcpt WHERE rcpt = ? AND tenant = ?", dir, p, out);
}

int
ledger_acceptance(const char *dir, const struct ledger_place *p, struct buf *out)
{
	/* It stands first; what robots did behind it may be long. */
	return column("SELECT substr(facts, 1, 65536) FROM rcpt WHERE rcpt = ? AND tenant = ?",
		dir, p, out);
}
