/* Rows of the ledger that must tell of nobody any more (docs/decisions/0018). */
#include "ledger/ledger_day.h"

#include <errno.h>

#define FACTS_MAX (1u << 20) /* of a row */

struct erasing {
	struct store *store;
	const struct ledger_erasure *of;
	struct buf was, now, text;
	int64_t message; /* that the row at hand is of; -1: there is none */
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct erasing *w = ctx;

	w->message = store_int(r, 0);
	return buf_put(&w->was, store_blob(r, 1)) ? -EIO : 0;
}

/* Facts as fact_erase leaves them; what cannot be read, or has no room, goes. */
static void
erase_facts(struct erasing *w)
{
	struct rd r = rd_of(buf_str(&w->was));
	struct fact f;

	while (r.n && fact_read(&r, &f) == 0) {
		fact_erase(&f);
		if (fact_write(&w->now, &f) < 0)
			return;
	}
}

static int
his_row(struct erasing *w)
{
	int64_t rcpt = (int64_t)w->of->at->rcpt, tenant = w->of->at->tenant;
	int err = store_run(w->store,
		"SELECT message, facts FROM rcpt WHERE rcpt = ? AND tenant = ?", on_row, w,
		"ii", rcpt, tenant);

	if (err || w->message < 0)
		return err;
	erase_facts(w);
	return store_run(w->store,
		"UPDATE rcpt SET recipient = ?, address = ?, subject = '', custom_id = '',"
		" facts = ? WHERE rcpt = ? AND tenant = ?",
		NULL, NULL, "ssbii", STR_LIT(FACT_ERASED), STR_LIT(FACT_ERASED),
		buf_str(&w->now), rcpt, tenant);
}

/* ---- rows of those who got the same message: its subject may name him */

/* Appends the text, masked, and points to it there; how often he stood in it. */
static size_t
masked(struct erasing *w, struct str *text)
{
	size_t at = w->text.n, places;

	if (text->n == 0 || buf_put(&w->text, *text) < 0)
		return 0;
	places = w->of->mask(w->text.p + at, text->n, w->of->address);
	if (places)
		*text = str_of(w->text.p + at, text->n);
	return places;
}

static size_t
mask_facts(struct erasing *w, struct str facts)
{
	struct rd r = rd_of(facts);
	size_t places = 0;
	struct fact f;

	while (r.n && fact_read(&r, &f) == 0) {
		/* One piece at a time, so that it never moves under what points into it. */
		buf_clear(&w->text);
		(void)buf_room(&w->text, f.subject.n + f.about.n + f.reply.text.n + 1);
		places += masked(w, &f.subject);
		places += masked(w, &f.about);
		places += masked(w, &f.reply.text);
		if (fact_write(&w->now, &f) < 0)
			break;
	}
	return places;
}

static int
on_other(void *ctx, struct store_row *r)
{
	struct erasing *w = ctx;
	struct str subject;
	size_t places;

	buf_clear(&w->now);
	places = mask_facts(w, store_blob(r, 1));
	buf_clear(&w->text);
	subject = store_text(r, 2);
	places += masked(w, &subject);
	return places == 0
	               ? 0
	               : store_run(w->store,
				 "UPDATE rcpt SET subject = ?, facts = ? WHERE rcpt = ?", NULL,
				 NULL, "sbi", subject, buf_str(&w->now), store_int(r, 0));
}

/* Recipients of a message follow its id (docs/decisions/0004), up to the first of another. */
static int
other_rows(struct erasing *w)
{
	return store_run(w->store,
		"SELECT rcpt, facts, subject FROM rcpt WHERE rcpt > ? AND rcpt <"
		" COALESCE((SELECT n.rcpt FROM rcpt AS n WHERE n.rcpt > ? AND n.message <> ?"
		" ORDER BY n.rcpt LIMIT 1), 9223372036854775807) AND tenant = ? AND rcpt <> ?",
		on_other, w, "iiiii", w->message, w->message, w->message,
		(int64_t)w->of->at->tenant, (int64_t)w->of->at->rcpt);
}

int
ledger_day_erase(struct store *s, const struct ledger_erasure *what)
{
	struct erasing w = { .store = s, .of = what, .message = -1 };
	int err;

	buf_init(&w.was, FACTS_MAX);
	buf_init(&w.now, FACTS_MAX);
	buf_init(&w.text, FACTS_MAX);
	err = his_row(&w);
	if (!err && w.message >= 0)
		err = other_rows(&w);
	buf_done(&w.was);
	buf_done(&w.now);
	buf_done(&w.text);
	return err;
}
