/*
 * SendGrid's blocks and invalid addresses: mail that was refused, or given up, and put nobody
 * on the suppression list for it. Read from the ledger, an address once; what was taken off a
 * list is marked in the control tables, and counts again from its next failure on.
 */
#include "role/desk_sendgrid.h"

#include "account/control_audit.h"
#include "account/control_forgotten.h"
#include "api/sendgrid_rest.h"
#include "base/map.h"
#include "base/utc.h"
#include "role/desk_listed.h"

#include <errno.h>

#define OFFSET_MAX    10000u
#define ADDRESS_BYTES 512u
/* Mail fails later than it was accepted: tried for days, after a time it was to be sent at. */
#define EARLIER_US (14 * UTC_DAY)

struct failed {
	struct nmap marks, seen; /* hashes of addresses */
	enum sendgrid_failed what;
	int64_t since, until; /* of the failure, wall µs; 0: any */
	int64_t mark;         /* of the whole list */
};

static uint64_t
key_of(struct str address)
{
	char text[ADDRESS_BYTES];
	uint64_t h;

	address = str_head(address, sizeof text);
	for (size_t i = 0; i < address.n; i++)
		text[i] = ascii_lower(address.p[i]);
	h = hash_bytes(0, str_of(text, address.n));
	/* Neither of what a map cannot hold. */
	return h == 0 || h == UINT64_MAX ? 1 : h;
}

static bool
is_forgotten(const struct failed *f, uint64_t key, int64_t at)
{
	uint64_t mark;

	if (at <= f->mark)
		return true;
	return nmap_get(&f->marks, key, &mark) && at <= (int64_t)mark;
}

static bool
keep(const struct desk_page *p, const struct rest_mail *m)
{
	struct failed *const *of = p->ctx;
	struct failed *f = *of;
	int64_t at = m->last.fact.at;
	uint64_t key = key_of(m->last.recipient), seen;

	if (sendgrid_rest_failed(m) != f->what || (f->since && at < f->since) ||
		(f->until && at >= f->until) || is_forgotten(f, key, at) ||
		nmap_get(&f->seen, key, &seen))
		return false;
	nmap_put(&f->seen, key, 1);
	return true;
}

static void
add(struct desk_page *p, const struct rest_mail *m, const struct ledger_row *row, bool again)
{
	(void)row;
	(void)again;
	json_array_append_new(p->rows, sendgrid_rest_failed_json(m));
}

static int
on_mark(void *ctx, struct str address, int64_t at)
{
	struct failed *f = ctx;

	if (address.n == 0)
		f->mark = at;
	else
		nmap_put(&f->marks, key_of(address), (uint64_t)at);
	return 0;
}

static struct control_forgotten
list_of(struct desk_conn *n)
{
	int64_t now = loop_wall(n->desk->loop);

	return (struct control_forgotten){ .tenant = n->tenant,
		.list = str_ieq_z(n->params[0], "blocks") ? CONTROL_FORGOTTEN_BLOCKS
		                                          : CONTROL_FORGOTTEN_INVALID,
		.at = now,
		.before = now - n->desk->config->keep_events_us - EARLIER_US };
}

/* The rows, a new reference; NULL: the call was answered. */
static json_t *
read_page(struct desk_conn *n, struct failed *f, const struct desk_sendgrid_page *asked)
{
	const struct control_forgotten list = list_of(n);
	struct control *c = desk_control(n->desk);
	struct desk_page p = { .conn = n,
		.q = { .to = asked->address,
			.states = 1u << FACT_BOUNCED | 1u << FACT_RETURNED | 1u << FACT_EXPIRED,
			.since = f->since > EARLIER_US ? f->since - EARLIER_US : 0,
			.until = f->until },
		.offset = asked->offset,
		.limit = asked->limit,
		.keep = keep,
		.add = add,
		.ctx = &f };

	f->what = list.list == CONTROL_FORGOTTEN_BLOCKS ? SENDGRID_BLOCK : SENDGRID_INVALID;
	if (!c || control_forgotten_each(c, &list, on_mark, f) < 0) {
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
		return NULL;
	}
	return desk_page_read(&p) ? p.rows : NULL;
}

static json_t *
read_rows(struct desk_conn *n, const struct desk_sendgrid_page *asked)
{
	struct failed f = { .since = asked->since, .until = asked->until };
	json_t *rows;

	nmap_init(&f.marks);
	nmap_init(&f.seen);
	rows = read_page(n, &f, asked);
	nmap_done(&f.marks);
	nmap_done(&f.seen);
	return rows;
}

void
desk_sendgrid_failed(struct desk_conn *n, const struct desk_sendgrid_page *asked)
{
	json_t *rows;

	if (asked->offset > OFFSET_MAX) {
		desk_sendgrid_bad(n, "offset", "must be at most 10000; narrow the time");
		return;
	}
	rows = read_rows(n, asked);
	if (rows)
		desk_api_say(n, 200, rows);
}

/* ---- taking off ---- */

/* n 0: all. */
static void
forget(struct desk_conn *n, const struct str *addresses, size_t count)
{
	const struct control_forgotten list = list_of(n);
	const struct control_who who = desk_audit_who(n);
	struct str what = arena_printf(&n->arena, "%s %s", n->route->method, n->route->pattern);
	const struct control_deed d = { .what = what.p ? what : STR_NONE,
		.on = n->params[0],
		.account = STR_NONE,
		.tenant = n->tenant };
	struct control *c = desk_control(n->desk);
	int err = c ? 0 : -EIO;

	if (!err) {
		control_who(c, &who);
		control_doing(c, &d);
		err = control_forget(c, &list, addresses, count);
		n->audited = control_done(c);
		control_who(c, NULL);
	}
	if (err == -EINVAL)
		desk_sendgrid_bad(n, "emails",
			"are too many: 10000 of this list were taken off; use delete_all");
	else if (err)
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be written."));
	else
		desk_api_say(n, 204, json_object());
}

void
desk_sendgrid_forget_one(struct desk_conn *n, struct str address)
{
	const struct desk_sendgrid_page one = { .address = address, .limit = 1 };
	json_t *rows = read_rows(n, &one);
	size_t found = json_array_size(rows);

	if (!rows)
		return;
	json_decref(rows);
	if (found)
		forget(n, &address, 1);
	else
		desk_api_refuse(n, 404, STR_NONE);
}

void
desk_sendgrid_forget(struct desk_conn *n)
{
	json_t *emails = json_object_get(n->asked, "emails"), *one;
	struct str *addresses;
	size_t i, count = 0;

	if (json_is_true(json_object_get(n->asked, "delete_all"))) {
		forget(n, NULL, 0);
		return;
	}
	if (json_array_size(emails) == 0 || json_array_size(emails) > DESK_SENDGRID_EMAILS) {
		desk_sendgrid_bad(n, "emails", "or delete_all is required");
		return;
	}
	addresses = arena_alloc(&n->arena, json_array_size(emails) * sizeof *addresses);
	json_array_foreach(emails, i, one)
	{
		struct str s = json_is_string(one) ? str_z(json_string_value(one)) : STR_NONE;

		if (addresses && desk_listed_is_address(s))
			addresses[count++] = s;
	}
	/* What is no address was on no list. */
	if (count)
		forget(n, addresses, count);
	else
		desk_api_say(n, 204, json_object());
}
