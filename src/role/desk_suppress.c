/*
 * Verbs of suppressions. Rows are read from the table (read-only); changes go to the engine,
 * which answers when they are durable and in force.
 */
#include "role/desk_priv.h"

#include "base/text.h"
#include "base/utc.h"
#include "people/erase.h"
#include "people/suppress_store.h"
#include "send/spool_suppress.h"
#include "wire/address.h"

#include <errno.h>

#define LIST_MAX   1000
#define EXPORT_MAX 10000 /* of the API: its rows are far shorter there */
#define IMPORT_MAX 100u  /* rows of a question: they fit one message to the engine */
/* Of msg_query.text. */
#define TEXT_MAX 65535u

_Static_assert(IMPORT_MAX *SPOOL_SUPPRESS_BYTES + 2 <= TEXT_MAX, "a question fits a message");

/* ---- what a question says */

static json_int_t
number(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);
	uint64_t n = 0;

	if (json_is_string(v) && str_u64(desk_text(o, name), &n) == 0 && n <= INT64_MAX)
		return (json_int_t)n;
	return json_is_integer(v) && json_integer_value(v) > 0 ? json_integer_value(v) : 0;
}

/* A duration ago, a day, or a time. 0, or -EINVAL. */
static int
time_of(struct str s, int64_t now, int64_t *ret_wall)
{
	char midnight[40];
	int64_t span;

	*ret_wall = 0;
	if (s.n == 0)
		return 0;
	if (utc_parse_span(s, &span) == 0) {
		*ret_wall = now - span;
		return 0;
	}
	if (s.n != 10)
		return utc_parse(s, ret_wall);
	snprintf(midnight, sizeof midnight, "%.*sT00:00:00Z", STR_ARG(s));
	return utc_parse(str_z(midnight), ret_wall);
}

/* NULL, or what is wrong with the two names. Absent ones leave what is there. */
static const char *
names_of(const json_t *o, uint8_t *scope, uint8_t *reason)
{
	struct str stream = desk_text(o, "stream"), why = desk_text(o, "reason");

	if (stream.n && suppress_scope_of(stream, scope) < 0)
		return "\"stream\" is all, transactional, broadcast or tracking.";
	if (why.n && suppress_reason_of(why, reason) < 0)
		return "\"reason\" is hard_bounce, complaint, unsubscribe or manual.";
	return NULL;
}

/* 0 when no account is named; false: refused. */
static bool
account_of(struct desk_conn *n, const json_t *body, bool needed, uint32_t *ret_tenant)
{
	struct str account = desk_text(body, "account");

	*ret_tenant = 0;
	if (account.n == 0 && !needed)
		return true;
	if (account.n == 0) {
		desk_fail(n, 400, "\"account\" is missing: whose suppression is it?");
		return false;
	}
	if (desk_tenant_named(n->desk, account, ret_tenant) && *ret_tenant != 0)
		return true;
	desk_fail(n, 404, "There is no such account.");
	return false;
}

/* ---- rows */

struct filter {
	struct suppress_query q;
	char address[SUPPRESS_ADDRESS_SIZE];
};

static const char *
filter_times(const json_t *body, int64_t now, struct suppress_query *q)
{
	if (time_of(desk_text(body, "since"), now, &q->since) < 0 ||
		time_of(desk_text(body, "until"), now, &q->until) < 0)
		return "\"since\" and \"until\" are a duration ago such as 7d, a day such as "
		       "2026-11-28 or a time such as 2026-11-28T09:00:00Z.";
	return NULL;
}

static bool
filter_of(struct desk_conn *n, const json_t *body, uint8_t scope, struct filter *f)
{
	json_int_t limit = number(body, "limit");
	struct str address = desk_text(body, "address");
	const char *why;

	f->q = (struct suppress_query){
		.scope = scope,
		.part = desk_text(body, "search"),
		.incident = (uint64_t)number(body, "incident"),
		.after = number(body, "after"),
		.limit = limit > 0 && limit < LIST_MAX ? (size_t)limit : LIST_MAX,
	};
	if (!account_of(n, body, false, &f->q.tenant) || !desk_group_of(n, body, &f->q.group))
		return false;
	why = names_of(body, &f->q.scope, &f->q.reason);
	if (!why)
		why = filter_times(body, loop_wall(n->desk->loop), &f->q);
	if (!why && address.n && suppress_address(f->address, address, &f->q.address) < 0)
		why = "\"address\" is no address; a part of one is \"search\".";
	if (why)
		desk_fail(n, 400, why);
	return why == NULL;
}

static json_t *
json_of(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);
	struct buf b;

	if (j)
		return j;
	buf_init(&b, s.n * 8 + 16); /* not UTF-8: made visible */
	(void)text_safe(&b, s);
	j = json_stringn(buf_str(&b).p, b.n);
	buf_done(&b);
	return j ? j : json_string("");
}

struct listing {
	const json_t *tenants;
	json_t *rows;
	int64_t last;
};

static int
list_row(void *ctx, const struct suppress_row *r)
{
	struct listing *l = ctx;
	char at[UTC_TEXT_SIZE];
	json_t *group = r->c.group ? json_integer(r->c.group) : json_null();
	json_t *row = json_pack("{s:I,s:o,s:I,s:o,s:s,s:s,s:I,s:I,s:s,s:o}", "id",
		(json_int_t)r->id, "address", json_of(r->c.address), "tenant",
		(json_int_t)r->c.tenant, "group", group, "stream",
		suppress_scope_name(r->c.scope), "reason", suppress_reason_name(r->c.reason),
		"message", (json_int_t)r->c.message, "incident", (json_int_t)r->c.incident,
		"at", utc_rfc3339(at, r->c.at), "note", json_of(r->c.note));

	if (!row)
		return -EIO;
	desk_name_tenant(l->tenants, row);
	json_array_append_new(l->rows, row);
	l->last = r->id;
	return 0;
}

/* NULL: it cannot be read, which was said; *ret_none: there is none yet. */
static struct suppress_store *
rows_open(struct desk_conn *n, bool *ret_none)
{
	struct suppress_store *s = NULL;
	char file[700];
	int err;

	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, n->desk->env->paths->state);
	err = suppress_store_open(file, STORE_READ, &s);
	*ret_none = err == -ENOENT;
	if (err < 0 && err != -ENOENT)
		desk_fail(n, 500, "The table of suppressions cannot be read.");
	return s;
}

static size_t
export_limit(const json_t *body)
{
	json_int_t limit = number(body, "limit");

	return limit > 0 && limit < EXPORT_MAX ? (size_t)limit : EXPORT_MAX;
}

static void
rows_say(struct desk_conn *n, const json_t *body, uint8_t scope, bool oldest_first)
{
	json_t *tenants;
	struct listing l = { 0 };
	struct suppress_store *s;
	char alias[ERASE_ALIAS_SIZE];
	struct filter f;
	bool none;
	int err = 0;

	if (!filter_of(n, body, scope, &f))
		return;
	/* Read in again elsewhere, what is for a group must not be for all mail. */
	if (oldest_first && f.q.group == 0)
		f.q.group = SUPPRESS_NO_GROUP;
	f.q.oldest_first = oldest_first;
	if (oldest_first && n->edge)
		f.q.limit = export_limit(body);
	s = rows_open(n, &none);
	if (!s && !none)
		return;
	tenants = desk_tenants(n->desk);
	l.tenants = tenants;
	l.rows = json_array();
	if (s)
		err = suppress_store_find(s, &f.q, list_row, &l);
	if (s && !err && f.q.address.n && f.q.tenant && json_array_size(l.rows) == 0) {
		f.q.address =
			erase_alias(alias, n->desk->env->keys.erase, f.q.tenant, f.q.address);
		err = suppress_store_find(s, &f.q, list_row, &l);
	}
	suppress_store_free(&s);
	json_decref(tenants);
	if (err) {
		json_decref(l.rows);
		desk_fail(n, 500, "The table of suppressions cannot be read.");
		return;
	}
	bool more = json_array_size(l.rows) == f.q.limit;

	desk_say(n, 200,
		json_pack("{s:o,s:b,s:I}", "suppressions", l.rows, "has_more", more, "next",
			(json_int_t)(more ? l.last : 0)));
}

void
desk_suppress_list(struct desk_conn *n, const json_t *body)
{
	rows_say(n, body, SUPPRESS_ANY_SCOPE, false);
}

void
desk_suppress_export(struct desk_conn *n, const json_t *body)
{
	/* What is brought in again elsewhere must not lack who took his consent back. */
	rows_say(n, body, SUPPRESS_EVERY_SCOPE, true);
}

void
desk_suppress_count(struct desk_conn *n, const json_t *body)
{
	struct suppress_store *s;
	struct filter f;
	uint64_t count = 0;
	bool none;
	int err = 0;

	if (!filter_of(n, body, SUPPRESS_ANY_SCOPE, &f))
		return;
	s = rows_open(n, &none);
	if (!s && !none)
		return;
	if (s)
		err = suppress_store_count(s, &f.q, &count);
	suppress_store_free(&s);
	if (err)
		desk_fail(n, 500, "The table of suppressions cannot be read.");
	else
		desk_say(n, 200, json_pack("{s:I}", "count", (json_int_t)count));
}

/* ---- changes */

/* held: an object whose members join the engine's answer, or NULL. */
static void
on_answer(struct desk_ask *a, int status, struct str json)
{
	json_t *j = status ? json_loadb(json.p, json.n, 0, NULL) : NULL;

	if (status == 0)
		desk_fail(a->conn, 503,
			"The engine is restarting or busy; ask again in a "
			"moment.");
	else if (!json_is_object(j))
		desk_fail(a->conn, 500, "The engine's answer makes no sense.");
	else if (status != 200)
		desk_fail(a->conn, status, json_string_value(json_object_get(j, "error")));
	else {
		if (a->held)
			json_object_update(j, a->held);
		desk_say(a->conn, 200, json_incref(j));
	}
	json_decref(j);
}

/* One row: NULL, or what is wrong with it. Members that it lacks are those of c. */
static const char *
row_of(const json_t *o, int64_t now, char address[SUPPRESS_ADDRESS_SIZE],
	struct suppress_change *c)
{
	struct str text = str_trim(desk_text(o, "address")), at = desk_text(o, "at");
	struct address mailbox;
	const char *why = names_of(o, &c->scope, &c->reason);

	if (why)
		return why;
	if (c->group && c->scope != SUPPRESS_ALL &&
		!(c->remove && c->scope == SUPPRESS_ANY_SCOPE))
		return "A group has no streams: give \"group\" or \"stream\".";
	if (address_mailbox(text, ADDRESS_UTF8_OK, &mailbox) < 0 ||
		suppress_address(address, text, &c->address) < 0)
		return "This is no address.";
	if (at.n && (utc_parse(at, &c->at) < 0 || c->at > now))
		return "\"at\" is a time such as 2026-11-28T09:00:00Z, not in the future.";
	if (json_object_get(o, "note"))
		c->note = desk_text(o, "note");
	if (c->note.n > SUPPRESS_NOTE_MAX)
		return "\"note\" has at most 200 bytes.";
	if (json_object_get(o, "message"))
		c->message = (uint64_t)number(o, "message");
	if (json_object_get(o, "incident"))
		c->incident = (uint64_t)number(o, "incident");
	return NULL;
}

/* Takes held. */
static void
change(struct desk_conn *n, enum query_op op, const struct spool_suppress *what, json_t *held)
{
	struct msg_query q = { .op = (uint16_t)op };
	struct buf b;

	buf_init(&b, TEXT_MAX);
	if (spool_suppress_write(&b, what) < 0) {
		json_decref(held);
		desk_fail(n, 413, "These are too many at once.");
	} else if (!desk_audit_now(n)) {
		json_decref(held);
	} else {
		q.text = buf_str(&b);
		desk_ask_engine(n->desk, n, &q, on_answer, held);
	}
	buf_done(&b);
}

/* false: refused. */
static bool
change_group(struct desk_conn *n, const json_t *body, struct suppress_change *c)
{
	int64_t group;

	if (!desk_group_of(n, body, &group))
		return false;
	if (group == SUPPRESS_ANY_GROUP) {
		desk_fail(n, 400, "\"group\" is the number or the name of one group.");
		return false;
	}
	c->group = group == SUPPRESS_NO_GROUP ? 0 : (uint32_t)group;
	return true;
}

static void
change_one(struct desk_conn *n, const json_t *body, struct suppress_change *c)
{
	char address[SUPPRESS_ADDRESS_SIZE], alias[ERASE_ALIAS_SIZE];
	struct suppress_change both[2];
	const char *why;

	if (!account_of(n, body, true, &c->tenant) || !change_group(n, body, c))
		return;
	c->at = loop_wall(n->desk->loop);
	why = row_of(body, c->at, address, c);
	if (why) {
		desk_fail(n, 400, why);
		return;
	}
	/* Who comes back after he was forgotten: what he said then stands under his alias. */
	both[0] = both[1] = *c;
	both[1].address = erase_alias(alias, n->desk->env->keys.erase, c->tenant, c->address);
	change(n, c->remove ? QUERY_SUPPRESS_REMOVE : QUERY_SUPPRESS_ADD,
		&(struct spool_suppress){ both, c->remove ? 2u : 1u }, NULL);
}

void
desk_suppress_add(struct desk_conn *n, const json_t *body)
{
	struct suppress_change c = { .scope = SUPPRESS_ALL, .reason = SUPPRESS_MANUAL };

	change_one(n, body, &c);
}

void
desk_suppress_remove(struct desk_conn *n, const json_t *body)
{
	struct suppress_change c = { .remove = true, .scope = SUPPRESS_ANY_SCOPE };

	change_one(n, body, &c);
}

/* What a question of many rows says of each. */
static const char *
import_common(const json_t *body, const json_t *rows, struct suppress_change *c)
{
	if (!json_is_array(rows) || json_array_size(rows) == 0 ||
		json_array_size(rows) > IMPORT_MAX)
		return "\"rows\" is a list of 1 to 100 objects with \"address\".";
	c->note = desk_text(body, "note");
	c->incident = (uint64_t)number(body, "incident");
	return names_of(body, &c->scope, &c->reason);
}

void
desk_suppress_import(struct desk_conn *n, const json_t *body)
{
	const json_t *rows = json_object_get(body, "rows"), *row;
	struct suppress_change common = { .scope = SUPPRESS_ALL, .reason = SUPPRESS_MANUAL };
	char addresses[IMPORT_MAX][SUPPRESS_ADDRESS_SIZE];
	struct suppress_change at[IMPORT_MAX];
	struct spool_suppress what = { at, 0 };
	json_t *errors;
	const char *why;
	size_t i;

	if (!account_of(n, body, true, &common.tenant) || !change_group(n, body, &common))
		return;
	common.at = loop_wall(n->desk->loop);
	why = import_common(body, rows, &common);
	if (why) {
		desk_fail(n, 400, why);
		return;
	}
	errors = json_array();
	json_array_foreach(rows, i, row)
	{
		at[what.n] = common;
		/* Passed over, it would be for all mail. */
		why = json_object_get(row, "group")
		              ? "\"group\" is said once for all rows, beside them."
		              : row_of(row, common.at, addresses[what.n], &at[what.n]);
		if (why)
			json_array_append_new(errors,
				json_pack("{s:I,s:s}", "row", (json_int_t)i, "error", why));
		else
			what.n++;
	}
	if (what.n == 0) {
		n->audited = true; /* nothing is changed */
		desk_say(n, 200,
			json_pack("{s:i,s:i,s:o}", "changed", 0, "same", 0, "errors", errors));
	} else
		change(n, QUERY_SUPPRESS_ADD, &what, json_pack("{s:o}", "errors", errors));
}

void
desk_suppress_undo(struct desk_conn *n, const json_t *body)
{
	struct msg_query q = { .op = QUERY_SUPPRESS_UNDO };

	q.id = (uint64_t)number(body, "incident");
	if (q.id == 0)
		desk_fail(n, 400, "\"incident\" is missing: a number that the list shows.");
	else if (account_of(n, body, false, &q.tenant) && desk_audit_now(n))
		desk_ask_engine(n->desk, n, &q, on_answer, NULL);
}
