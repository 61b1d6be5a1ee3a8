#include "ledger/ledger_day.h"

#include "base/must.h"

#include <errno.h>

#define ADDRESS_BYTES 512
#define FACTS_MAX     (1u << 20) /* a recipient's facts: far above what retries make */

static const char *const steps[] = {
	"CREATE TABLE rcpt ("
	" rcpt INTEGER PRIMARY KEY, message BIGINT NOT NULL, tenant BIGINT NOT NULL,"
	" recipient TEXT NOT NULL, address TEXT NOT NULL, sender TEXT NOT NULL,"
	" message_id TEXT NOT NULL, subject TEXT NOT NULL, last BIGINT NOT NULL,"
	" accepted BIGINT NOT NULL, updated BIGINT NOT NULL, nfacts BIGINT NOT NULL,"
	" facts BLOB NOT NULL);"
	"CREATE INDEX rcpt_address ON rcpt (address);"
	"CREATE INDEX rcpt_message_id ON rcpt (message_id);"
	"CREATE INDEX rcpt_message ON rcpt (message)",
	/* Recipients of a message follow its id (docs/decisions/0004): the key finds them. */
	"DROP INDEX rcpt_message",
};

const struct store_schema ledger_day_schema = { steps, sizeof steps / sizeof steps[0], false };

int
ledger_day_path(char *dst, size_t size, const char *dir, const char *day)
{
	int n = snprintf(dst, size, "%s/%s.db", dir, day);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static struct str
lower(char *dst, size_t size, struct str s)
{
	s = str_head(s, size);
	for (size_t i = 0; i < s.n; i++)
		dst[i] = ascii_lower(s.p[i]);
	return str_of(dst, s.n);
}

static struct str
bare_id(struct str id)
{
	return id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>' ? str_of(id.p + 1, id.n - 2)
	                                                            : id;
}

#define ROW_NEW                                                                                \
	"INSERT INTO rcpt (rcpt, message, tenant, recipient, address, sender, message_id,"     \
	" subject, last, accepted, updated, nfacts, facts)"                                    \
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (rcpt) DO NOTHING"

/* The row of a fact that comes first: whole when it is the acceptance, else without texts. */
int
ledger_day_put_first(struct store *s, const struct fact *f, const struct fact *last,
	struct str bytes, bool *ret_made)
{
	char address[ADDRESS_BYTES];
	int err = store_run(s, ROW_NEW, NULL, NULL, "iiisssssiiiib", (int64_t)f->rcpt,
		(int64_t)f->message, (int64_t)f->tenant, f->recipient,
		lower(address, sizeof address, f->recipient), f->sender, bare_id(f->message_id),
		f->subject, (int64_t)last->kind, f->kind == FACT_ACCEPTED ? f->at : (int64_t)0,
		last->at, (int64_t)last->number + 1, bytes);

	*ret_made = !err && store_changes(s) == 1;
	return err;
}

struct row {
	int64_t nfacts, accepted;
	struct buf facts;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct row *row = ctx;

	row->nfacts = store_int(r, 0);
	row->accepted = store_int(r, 1);
	return buf_put(&row->facts, store_blob(r, 2)) ? -EIO : 0;
}

static int
row_read(struct store *s, uint64_t rcpt, struct row *ret_row)
{
	return store_run(s, "SELECT nfacts, accepted, facts FROM rcpt WHERE rcpt = ?", on_row,
		ret_row, "i", (int64_t)rcpt);
}

/* A row made by a later fact gets what only the acceptance knows, in front of its facts. */
static int
row_complete(struct store *s, const struct fact *f, struct str bytes, const struct row *row)
{
	char address[ADDRESS_BYTES];
	struct buf all;
	int err;

	buf_init(&all, FACTS_MAX);
	err = buf_put(&all, bytes) || buf_put(&all, buf_str(&row->facts)) ? -EIO : 0;
	if (!err)
		err = store_run(s,
			"UPDATE rcpt SET recipient = ?, address = ?, sender = ?, message_id = "
			"?,"
			" subject = ?, accepted = ?, facts = ? WHERE rcpt = ?",
			NULL, NULL, "sssssibi", f->recipient,
			lower(address, sizeof address, f->recipient), f->sender,
			bare_id(f->message_id), f->subject, f->at, buf_str(&all),
			(int64_t)f->rcpt);
	buf_done(&all);
	return err;
}

static int
row_append(struct store *s, const struct fact *f, struct str bytes, struct row *row)
{
	/* A row at its limit keeps its beginning; its state goes on. */
	if (row->facts.n + bytes.n <= row->facts.max)
		must(buf_put(&row->facts, bytes) == 0);
	return store_run(s,
		"UPDATE rcpt SET last = ?, updated = ?, nfacts = ?, facts = ? WHERE rcpt = ?",
		NULL, NULL, "iiibi", (int64_t)f->kind, f->at, (int64_t)f->number + 1,
		buf_str(&row->facts), (int64_t)f->rcpt);
}

int
ledger_day_put(struct store *s, const struct fact *f, struct str bytes)
{
	struct row row = { 0 };
	bool made = false;
	int err = 0;

	/* The acceptance is nearly always new, the others nearly never. */
	if (f->kind == FACT_ACCEPTED)
		err = ledger_day_put_first(s, f, f, bytes, &made);
	if (err || made)
		return err;
	buf_init(&row.facts, FACTS_MAX);
	err = row_read(s, f->rcpt, &row);
	if (!err && row.nfacts == 0)
		err = ledger_day_put_first(s, f, f, bytes, &made);
	else if (!err && f->kind == FACT_ACCEPTED && row.accepted == 0)
		err = row_complete(s, f, bytes, &row);
	else if (!err && f->number >= row.nfacts)
		err = row_append(s, f, bytes, &row);
	buf_done(&row.facts);
	return err;
}
