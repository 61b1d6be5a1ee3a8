#include "base/mem.h"
#include "base/utc.h"
#include "io/file.h"
#include "ledger/ledger_day.h"

#include <errno.h>
#include <limits.h>

#define DAYS_MAX      4096
#define ADDRESS_BYTES 512

struct days {
	char (*name)[LEDGER_DAY_NAME];
	size_t n, cap;
};

static int
on_name(void *ctx, const char *name)
{
	struct days *d = ctx;
	struct str s = str_z(name);
	char midnight[40];
	int64_t wall;

	if (s.n != LEDGER_DAY_NAME - 1 + 3 || !str_ends(s, STR_LIT(".db")) || d->n == DAYS_MAX)
		return 0;
	snprintf(midnight, sizeof midnight, "%.10sT00:00:00Z", name);
	if (utc_parse(str_z(midnight), &wall))
		return 0;
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 64;
		d->name = mem_grow(d->name, d->cap, sizeof *d->name);
	}
	(void)str_copy_z(d->name[d->n++], LEDGER_DAY_NAME, str_head(s, LEDGER_DAY_NAME - 1));
	return 0;
}

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

	a->left--;
	a->told = a->fn(a->ctx, &row);
	return a->told;
}

#define COLUMNS                                                                                \
	"SELECT rcpt, message, tenant, recipient, sender, message_id, subject, last, "         \
	"accepted,"                                                                            \
	" updated, facts FROM rcpt WHERE ? IN (0, tenant) AND "
#define ORDER " ORDER BY accepted DESC, rcpt DESC LIMIT ?"

static void
ask(struct asking *a, struct store *s)
{
	const struct ledger_query *q = a->q;
	int64_t tenant = q->tenant, limit = a->left;
	char address[ADDRESS_BYTES];
	struct str id = q->message_id;

	if (q->id) {
		/* A message's recipients are those behind its id up to the first of another
		 * message. Behind a recipient's id, that is the next one. */
		store_run(s,
			COLUMNS "rcpt >= ? AND rcpt < COALESCE((SELECT n.rcpt FROM rcpt AS n"
				" WHERE n.rcpt > ? AND n.message <> ? ORDER BY n.rcpt LIMIT 1),"
				" 9223372036854775807)" ORDER,
			on_row, a, "iiiii", tenant, (int64_t)q->id, (int64_t)q->id,
			(int64_t)q->id, limit);
	} else if (q->address.n) {
		size_t n = q->address.n < sizeof address ? q->address.n : sizeof address;

		for (size_t i = 0; i < n; i++)
			address[i] = ascii_lower(q->address.p[i]);
		store_run(s, COLUMNS "address = ?" ORDER, on_row, a, "isi", tenant,
			str_of(address, n), limit);
	} else {
		if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
			id = str_of(id.p + 1, id.n - 2);
		store_run(
			s, COLUMNS "message_id = ?" ORDER, on_row, a, "isi", tenant, id, limit);
	}
}

int
ledger_find(const char *dir, const struct ledger_query *q,
	int (*fn)(void *ctx, const struct ledger_row *r), void *ctx)
{
	struct asking a = { q, fn, ctx, q->limit, 0 };
	struct days days = { 0 };
	char path[PATH_MAX];
	int err;

	if (!q->id && !q->address.n && !q->message_id.n)
		return -EINVAL;
	err = file_each(dir, on_name, &days);
	for (size_t i = days.n; !err && i > 0 && a.left && !a.told; i--) {
		struct store *s;

		/* A file that is missing, damaged or being made has no rows for us. */
		if (ledger_day_path(path, sizeof path, dir, days.name[i - 1]) ||
			store_open(path, STORE_READ, &ledger_day_schema, &s))
			continue;
		ask(&a, s);
		store_free(&s);
	}
	mem_free(days.name);
	return err ? err : a.told;
}
