#include "ledger/ledger_day.h"

#include "base/must.h"
#include "ledger/site.h"

#include <errno.h>

#define ADDRESS_BYTES 512
#define FACTS_MAX     (1u << 20)  /* a recipient's facts: far above what retries make */
#define SIGNALS_MAX   (64u << 10) /* with them: no robot makes a row grow without end */

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
	/* Made anew: a column behind the long blob would be read through it. stream -1: the row
	 * is of a time when it was not kept. Rows without a custom_id are not in that index. */
	"CREATE TABLE rcpt3 ("
	" rcpt INTEGER PRIMARY KEY, message BIGINT NOT NULL, tenant BIGINT NOT NULL,"
	" recipient TEXT NOT NULL, address TEXT NOT NULL, sender TEXT NOT NULL,"
	" message_id TEXT NOT NULL, subject TEXT NOT NULL, last BIGINT NOT NULL,"
	" accepted BIGINT NOT NULL, updated BIGINT NOT NULL, nfacts BIGINT NOT NULL,"
	" stream BIGINT NOT NULL, custom_id TEXT NOT NULL,"
	" campaign TEXT NOT NULL, template TEXT NOT NULL, tags TEXT NOT NULL,"
	" opens BIGINT NOT NULL DEFAULT 0, clicks BIGINT NOT NULL DEFAULT 0,"
	" robots BIGINT NOT NULL DEFAULT 0, unsubscribed BIGINT NOT NULL DEFAULT 0,"
	" complained BIGINT NOT NULL DEFAULT 0, facts BLOB NOT NULL);"
	"INSERT INTO rcpt3 SELECT rcpt, message, tenant, recipient, address, sender,"
	" message_id, subject, last, accepted, updated, nfacts, -1,"
	" '', '', '', '', 0, 0, 0, 0, 0, facts"
	" FROM rcpt;"
	"DROP TABLE rcpt;"
	"ALTER TABLE rcpt3 RENAME TO rcpt;"
	"CREATE INDEX rcpt_address ON rcpt (address, accepted);"
	"CREATE INDEX rcpt_message_id ON rcpt (message_id);"
	"CREATE INDEX rcpt_tenant ON rcpt (tenant, accepted);"
	"CREATE INDEX rcpt_custom_id ON rcpt (custom_id, accepted) WHERE custom_id <> '';"
	"CREATE TABLE tally ("
	" what BIGINT NOT NULL, tenant BIGINT NOT NULL, value TEXT NOT NULL,"
	" hour BIGINT NOT NULL, stream BIGINT NOT NULL, kind BIGINT NOT NULL,"
	" sub BIGINT NOT NULL, n BIGINT NOT NULL, delay BIGINT NOT NULL,"
	/* Without rowid: one tree, and what is asked together lies together. */
	" PRIMARY KEY (what, tenant, value, hour, stream, kind, sub)) WITHOUT ROWID;"
	/* What the rows still tell: searches pass over hours that the counters know nothing of.
	 */
	"INSERT INTO tally SELECT 0, tenant, '', accepted / 3600000000, 0, 1, 0, count(*), 0"
	" FROM rcpt WHERE accepted > 0 GROUP BY 2, 4;"
	"INSERT INTO tally SELECT 0, tenant, '', updated / 3600000000, 0, last, 0, count(*), 0"
	" FROM rcpt WHERE last > 1 GROUP BY 2, 4, 6;"
	"INSERT INTO tally SELECT 0, 0, '', hour, 0, kind, 0, sum(n), 0 FROM tally"
	" GROUP BY hour, kind",
	/* Made anew once more, for the same reason. site '': nobody's servers were asked, or it
	 * is of a time when it was not kept. It has no index: it is looked at in rows found by
	 * time. */
	"CREATE TABLE rcpt4 ("
	" rcpt INTEGER PRIMARY KEY, message BIGINT NOT NULL, tenant BIGINT NOT NULL,"
	" recipient TEXT NOT NULL, address TEXT NOT NULL, sender TEXT NOT NULL,"
	" message_id TEXT NOT NULL, subject TEXT NOT NULL, last BIGINT NOT NULL,"
	" accepted BIGINT NOT NULL, updated BIGINT NOT NULL, nfacts BIGINT NOT NULL,"
	" stream BIGINT NOT NULL, custom_id TEXT NOT NULL,"
	" campaign TEXT NOT NULL, template TEXT NOT NULL, tags TEXT NOT NULL,"
	" opens BIGINT NOT NULL DEFAULT 0, clicks BIGINT NOT NULL DEFAULT 0,"
	" robots BIGINT NOT NULL DEFAULT 0, unsubscribed BIGINT NOT NULL DEFAULT 0,"
	" complained BIGINT NOT NULL DEFAULT 0, site TEXT NOT NULL, facts BLOB NOT NULL);"
	"INSERT INTO rcpt4 SELECT rcpt, message, tenant, recipient, address, sender,"
	" message_id, subject, last, accepted, updated, nfacts, stream, custom_id, campaign,"
	" template, tags, opens, clicks, robots, unsubscribed, complained, '', facts"
	" FROM rcpt;"
	"DROP TABLE rcpt;"
	"ALTER TABLE rcpt4 RENAME TO rcpt;"
	"CREATE INDEX rcpt_address ON rcpt (address, accepted);"
	"CREATE INDEX rcpt_message_id ON rcpt (message_id);"
	"CREATE INDEX rcpt_tenant ON rcpt (tenant, accepted);"
	"CREATE INDEX rcpt_custom_id ON rcpt (custom_id, accepted) WHERE custom_id <> ''",
};

const struct store_schema ledger_day_schema = { steps, sizeof steps / sizeof steps[0], false };

int
ledger_day_path(char *dst, size_t size, const char *dir, const char *day)
{
	int n = snprintf(dst, size, "%s/%s.db", dir, day);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

struct str
ledger_day_lower(char *dst, size_t size, struct str s)
{
	s = str_head(s, size);
	for (size_t i = 0; i < s.n; i++)
		dst[i] = ascii_lower(s.p[i]);
	return str_of(dst, s.n);
}

struct str
ledger_day_bare_id(struct str id)
{
	return id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>' ? str_of(id.p + 1, id.n - 2)
	                                                            : id;
}

void
ledger_keys_of(struct ledger_keys *k, const struct fact *f)
{
	k->is_new = k->first = k->dropped = false;
	k->stream = f->stream;
	k->accepted = f->kind == FACT_ACCEPTED ? f->at : 0;
	fact_about_read(&k->about, f->about);
}

#define ROW_NEW                                                                                \
	"INSERT INTO rcpt (rcpt, message, tenant, recipient, address, sender, message_id,"     \
	" subject, last, accepted, updated, nfacts, stream, custom_id, campaign,"              \
	" template, tags, site, facts)"                                                        \
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"                    \
	" ON CONFLICT (rcpt) DO NOTHING"

/* The row of a fact that comes first: whole when it is the acceptance, else without texts. */
int
ledger_day_put_first(struct store *s, const struct ledger_first *p, const struct ledger_keys *k,
	bool *ret_made)
{
	const struct fact *f = p->first;
	char text[ADDRESS_BYTES], site[SITE_TEXT];
	struct str address = ledger_day_lower(text, sizeof text, f->recipient);
	int err = store_run(s, ROW_NEW, NULL, NULL, "iiisssssiiiiisssssb", (int64_t)f->rcpt,
		(int64_t)f->message, (int64_t)f->tenant, f->recipient, address, f->sender,
		ledger_day_bare_id(f->message_id), f->subject, (int64_t)p->last->kind,
		k->accepted, p->last->at, (int64_t)p->last->number + 1, (int64_t)k->stream,
		k->about.custom_id, k->about.campaign, k->about.template, k->about.tags,
		site_of(site, p->host), p->bytes);

	*ret_made = !err && store_changes(s) == 1;
	return err;
}

/* What a person or a machine did to a message of this recipient. */
enum done { OPENS, CLICKS, ROBOTS, UNSUBSCRIBED, COMPLAINED, DONES };

struct row {
	int64_t nfacts, last, updated;
	int64_t done[DONES];
	bool erased;
	struct buf facts;
	struct ledger_keys *keys;
};

#define ROW_READ                                                                               \
	"SELECT nfacts, accepted, last, updated, stream, opens, clicks, robots, unsubscribed," \
	" complained, campaign, template, tags, facts, address = '" FACT_ERASED "'"            \
	" FROM rcpt WHERE rcpt = ?"

static int
on_row(void *ctx, struct store_row *r)
{
	struct row *row = ctx;
	int64_t stream = store_int(r, 4);
	struct str about[4] = { STR_NONE, store_text(r, 10), store_text(r, 11),
		store_text(r, 12) };

	row->nfacts = store_int(r, 0);
	row->keys->accepted = store_int(r, 1);
	row->last = store_int(r, 2);
	row->updated = store_int(r, 3);
	row->keys->stream = stream > 0 ? (uint8_t)stream : 0;
	for (int i = 0; i < DONES; i++)
		row->done[i] = store_int(r, 5 + i);
	fact_about_copy(&row->keys->about, about);
	row->erased = store_int(r, 14) != 0;
	return buf_put(&row->facts, store_blob(r, 13)) ? -EIO : 0;
}

/* A row made by a later fact gets what only the acceptance knows, in front of its facts. */
static int
row_complete(struct store *s, const struct fact *f, struct str bytes, const struct row *row)
{
	const struct fact_about *about = &row->keys->about;
	char text[ADDRESS_BYTES];
	struct str address = ledger_day_lower(text, sizeof text, f->recipient);
	struct buf all;
	int err;

	buf_init(&all, FACTS_MAX);
	err = buf_put(&all, bytes) || buf_put(&all, buf_str(&row->facts)) ? -EIO : 0;
	if (!err)
		err = store_run(s,
			"UPDATE rcpt SET recipient = ?, address = ?, sender = ?, message_id = "
			"?, subject = ?, accepted = ?, stream = ?, custom_id = ?,"
			" campaign = ?, template = ?, tags = ?, facts = ? WHERE rcpt = ?",
			NULL, NULL, "sssssiissssbi", f->recipient, address, f->sender,
			ledger_day_bare_id(f->message_id), f->subject, f->at,
			(int64_t)f->stream, about->custom_id, about->campaign, about->template,
			about->tags, buf_str(&all), (int64_t)f->rcpt);
	buf_done(&all);
	return err;
}

static int
row_append(struct store *s, const struct fact *f, struct str bytes, struct row *row)
{
	char site[SITE_TEXT];

	/* A row at its limit keeps its beginning; its state goes on. */
	if (row->facts.n + bytes.n <= row->facts.max)
		must(buf_put(&row->facts, bytes) == 0);
	if (f->host.n)
		return store_run(s,
			"UPDATE rcpt SET last = ?, updated = ?, nfacts = ?, site = ?, facts = ?"
			" WHERE rcpt = ?",
			NULL, NULL, "iiisbi", (int64_t)f->kind, f->at, (int64_t)f->number + 1,
			site_of(site, f->host), buf_str(&row->facts), (int64_t)f->rcpt);
	return store_run(s,
		"UPDATE rcpt SET last = ?, updated = ?, nfacts = ?, facts = ? WHERE rcpt = ?",
		NULL, NULL, "iiibi", (int64_t)f->kind, f->at, (int64_t)f->number + 1,
		buf_str(&row->facts), (int64_t)f->rcpt);
}

static void
row_count(struct row *row, const struct fact *f)
{
	static const uint8_t by_kind[FACT_KINDS] = { [FACT_OPENED] = OPENS + 1,
		[FACT_CLICKED] = CLICKS + 1,
		[FACT_UNSUBSCRIBED] = UNSUBSCRIBED + 1,
		[FACT_COMPLAINED] = COMPLAINED + 1 };
	int64_t *done = by_kind[f->kind] ? &row->done[by_kind[f->kind] - 1] : NULL;

	if (f->robot)
		done = &row->done[ROBOTS];
	else
		row->keys->first = done ? *done == 0 : row->last != f->kind;
	if (done)
		++*done;
	/* A bounce that came late is the end of the message's way; the rest is about it. */
	if (f->kind == FACT_RETURNED)
		row->last = f->kind;
	row->updated = f->at > row->updated ? f->at : row->updated;
}

static int
row_signal(struct store *s, const struct fact *f, struct str bytes, struct row *row)
{
	size_t max = f->kind == FACT_OPENED || f->kind == FACT_CLICKED || f->robot ? SIGNALS_MAX
	                                                                           : FACTS_MAX;
	const int64_t *done = row->done;

	/* memmem: a row that robots filled is searched for each of their hits. */
	if (row->facts.n && memmem(row->facts.p, row->facts.n, bytes.p, bytes.n)) {
		row->keys->is_new = false;
		return 0;
	}
	if (row->facts.n + bytes.n > max) {
		row->keys->dropped = true;
		return 0;
	}
	must(buf_put(&row->facts, bytes) == 0);
	row_count(row, f);
	return store_run(s,
		"UPDATE rcpt SET last = ?, updated = ?, opens = ?, clicks = ?, robots = ?,"
		" unsubscribed = ?, complained = ?, facts = ? WHERE rcpt = ?",
		NULL, NULL, "iiiiiiibi", row->last, row->updated, done[OPENS], done[CLICKS],
		done[ROBOTS], done[UNSUBSCRIBED], done[COMPLAINED], buf_str(&row->facts),
		(int64_t)f->rcpt);
}

static int
put_into(struct store *s, const struct fact *f, struct str bytes, struct row *row)
{
	struct ledger_first only = { f, f, bytes, f->host };
	bool made;

	row->keys->is_new = true;
	if (f->number == FACT_SIGNAL && row->nfacts > 0)
		return row_signal(s, f, bytes, row);
	if (f->number == FACT_SIGNAL) {
		row->keys->dropped = true;
		return 0;
	}
	if (row->nfacts == 0) {
		ledger_keys_of(row->keys, f);
		row->keys->is_new = true;
		return ledger_day_put_first(s, &only, row->keys, &made);
	}
	if (f->kind == FACT_ACCEPTED && row->keys->accepted == 0) {
		ledger_keys_of(row->keys, f);
		row->keys->is_new = true;
		return row_complete(s, f, bytes, row);
	}
	if (f->number >= row->nfacts)
		return row_append(s, f, bytes, row);
	row->keys->is_new = false;
	return 0;
}

/* What comes for somebody who was erased is counted and tells of nobody. */
static int
put_erased(struct store *s, const struct fact *f, struct row *row)
{
	struct fact nobody = *f;
	struct buf b;
	int err;

	fact_erase(&nobody);
	buf_init(&b, FACTS_MAX);
	err = fact_write(&b, &nobody);
	err = err ? err : put_into(s, &nobody, buf_str(&b), row);
	buf_done(&b);
	return err;
}

int
ledger_day_put(
	struct store *s, const struct fact *f, struct str bytes, struct ledger_keys *ret_k)
{
	struct row row = { .keys = ret_k };
	int err;

	ledger_keys_of(ret_k, f);
	/* The acceptance is nearly always new, the others nearly never. */
	if (f->kind == FACT_ACCEPTED) {
		struct ledger_first only = { f, f, bytes, f->host };

		err = ledger_day_put_first(s, &only, ret_k, &ret_k->is_new);
		if (err || ret_k->is_new)
			return err;
	}
	buf_init(&row.facts, FACTS_MAX);
	err = store_run(s, ROW_READ, on_row, &row, "i", (int64_t)f->rcpt);
	if (!err)
		err = row.erased ? put_erased(s, f, &row) : put_into(s, f, bytes, &row);
	buf_done(&row.facts);
	ret_k->is_new = ret_k->is_new && !err && !ret_k->dropped;
	return err;
}
