#include "ledger/ledger_day.h"

#include <errno.h>

#define STREAM_UNKNOWN UINT8_MAX

struct ask {
	int (*fn)(void *ctx, const struct ledger_row *r);
	void *ctx;
};

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
		.updated = store_int(r, 9),
		.facts = store_blob(r, 10),
		.stream = STREAM_UNKNOWN,
	};
}

static int
on_row(void *ctx, struct store_row *r)
{
	struct ask *a = ctx;
	struct ledger_row row = common(r);
	int64_t stream = store_int(r, 11);

	row.stream = stream < 0 ? STREAM_UNKNOWN : (uint8_t)stream;
	row.custom_id = store_text(r, 12);
	row.campaign = store_text(r, 13);
	row.template = store_text(r, 14);
	row.tags = store_text(r, 15);
	row.opens = (uint32_t)store_int(r, 16);
	row.clicks = (uint32_t)store_int(r, 17);
	row.robots = (uint32_t)store_int(r, 18);
	row.unsubscribed = (uint32_t)store_int(r, 19);
	row.complained = (uint32_t)store_int(r, 20);
	return a->fn(a->ctx, &row);
}

static int
on_old_row(void *ctx, struct store_row *r)
{
	struct ask *a = ctx;
	struct ledger_row row = common(r);

	return a->fn(a->ctx, &row);
}

#define COMMON                                                                                 \
	"SELECT rcpt, message, tenant, recipient, sender, message_id, subject, last,"          \
	" accepted, updated, facts"

int
ledger_row_read(struct store *s, uint64_t rcpt,
	int (*fn)(void *ctx, const struct ledger_row *r), void *ctx)
{
	struct ask a = { fn, ctx };
	int64_t version = 0;
	int err = ledger_day_version(s, &version);

	if (err)
		return err;
	if (version < LEDGER_DAY_SEARCHED)
		return store_run(s, COMMON " FROM rcpt WHERE rcpt = ?", on_old_row, &a, "i",
			(int64_t)rcpt);
	return store_run(s,
		COMMON ", stream, custom_id, campaign, template, tags, opens, clicks,"
		       " robots, unsubscribed, complained FROM rcpt WHERE rcpt = ?",
		on_row, &a, "i", (int64_t)rcpt);
}

static int
on_version(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

int
ledger_day_version(struct store *s, int64_t *ret_version)
{
	return store_run(s, "PRAGMA user_version", on_version, ret_version, "");
}
