/*
 * What the vendors' dialects ask in common: pages of the ledger by offset, an account's own
 * tables, counters. Reads are bounded in time, since desk does one thing at a time.
 */
#include "role/desk_vendor.h"

#include "account/scope.h"
#include "io/clock.h"

#include <errno.h>

#define ARENA_MAX (8u << 20)
#define PAGE_MS   100u
#define FILL_US   UINT64_C(500000) /* to come to the page and through it */
#define COUNT_US  UINT64_C(60000)  /* to count on behind it */
#define ENOUGH    1

/* ---- pages ---- */

static bool
is_in(const struct desk_page *p, unsigned place)
{
	return place >= p->offset && place - p->offset < p->limit;
}

static int
on_mail(struct desk_page *p, const struct ledger_row *row, const struct rest_mail *m)
{
	bool again = p->messages && p->seen > 0 && row->message == p->message;

	if (m && p->keep && !p->keep(p, m))
		return 0;
	if (!again)
		p->seen++;
	p->message = row->message;
	if (m && is_in(p, p->seen - 1))
		p->add(p, m, row, again);
	return !p->total && p->seen > p->offset && p->seen - p->offset > p->limit ? ENOUGH : 0;
}

static int
on_row(void *ctx, const struct ledger_row *row)
{
	struct desk_page *p = ctx;
	bool again = p->messages && p->seen > 0 && row->message == p->message;
	struct rest_mail m;
	int err;

	if (!p->keep && !is_in(p, again ? p->seen - 1 : p->seen))
		return on_mail(p, row, NULL);
	arena_reset(&p->arena);
	/* A damaged row is passed over: trace tells of it. */
	if (rest_mail_of(&p->arena, row, p->conn->desk->env->keys.ids, &m) < 0)
		return 0;
	err = on_mail(p, row, &m);
	rest_mail_done(&m);
	return err;
}

static int
read_all(struct desk_page *p)
{
	char cursor[LEDGER_CURSOR] = "";
	struct ledger_search q = p->q;
	struct ledger_found found = { 0 }; /* untouched when on_row has enough */
	struct clock clock;
	uint64_t began, age;
	unsigned want = p->offset + p->limit + 1;
	int err;

	clock_real(&clock);
	began = clock_mono(&clock);
	q.tenant = p->conn->tenant;
	q.most_ms = PAGE_MS;
	q.limit =
		p->total || p->keep || want > LEDGER_SEARCH_LIMIT ? LEDGER_SEARCH_LIMIT : want;
	do {
		q.cursor = str_z(cursor);
		err = ledger_search(p->conn->desk->env->paths->ledger, &q, &found, on_row, p);
		(void)str_copy_z(cursor, sizeof cursor, str_z(found.next));
		age = clock_mono(&clock) - began;
	} while (!err && cursor[0] && age < (p->seen >= want ? COUNT_US : FILL_US));
	return err == ENOUGH ? 0 : err;
}

static void
on_written(struct desk_ask *a, int status, struct str json)
{
	(void)status;
	(void)json;
	if (a->conn)
		desk_api_again(a->conn);
}

bool
desk_page_read(struct desk_page *p)
{
	struct desk_conn *n = p->conn;
	int err;

	p->rows = json_array();
	arena_init(&p->arena, ARENA_MAX);
	err = read_all(p);
	arena_done(&p->arena);
	if (!err && (p->seen || !p->q.id || n->written))
		return true;
	json_decref(p->rows);
	p->rows = NULL;
	if (err) {
		desk_api_refuse(n, 500, STR_LIT("The ledger cannot be read."));
		return false;
	}
	/* Who was given an id a moment ago may ask for it now. */
	n->written = true;
	desk_ask_engine(
		n->desk, n, &(struct msg_query){ .op = QUERY_LEDGER }, on_written, NULL);
	return false;
}

/* ---- the call ---- */

struct str
desk_vendor_query(struct desk_conn *n, const char *name)
{
	struct str s = rest_query(&n->arena, n->query, name);

	return s.p ? s : STR_NONE;
}

const json_t *
desk_vendor_member(const struct desk_conn *n, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach(n->asked, key, value) if (str_ieq_z(str_z(key), name)) return value;
	return NULL;
}

/* ---- the tables ---- */

struct str
desk_vendor_account(struct desk_conn *n)
{
	json_t *tenants = desk_tenants(n->desk);
	char id[16];
	struct str name;

	snprintf(id, sizeof id, "%u", n->tenant);
	name = arena_str(&n->arena, desk_text(tenants, id));
	json_decref(tenants);
	return name.p ? name : STR_NONE;
}

struct str
desk_vendor_created(struct desk_conn *n)
{
	struct control *c = desk_control(n->desk);
	struct str created = STR_NONE;
	json_t *list = NULL, *row;
	size_t i;

	if (!c || control_account_list(c, &list) < 0)
		return created;
	json_array_foreach(list, i, row)
	{
		if (json_integer_value(json_object_get(row, "id")) == n->tenant)
			created = arena_str(&n->arena, desk_text(row, "created"));
	}
	json_decref(list);
	return created.p ? created : STR_NONE;
}

json_t *
desk_vendor_question(struct desk_conn *n)
{
	struct str account = desk_vendor_account(n);

	if (account.n == 0)
		account = STR_LIT(DESK_API_NOBODY);
	return json_pack("{s:s%}", "account", account.p, account.n);
}

static json_t *
list_of(struct desk_conn *n, int (*list)(struct control *c, struct str account, json_t **ret_j))
{
	struct control *c = desk_control(n->desk);
	struct str account = desk_vendor_account(n);
	json_t *j = NULL;
	int err = c ? account.n ? list(c, account, &j) : -ENOENT : -EIO;

	if (!err)
		return j;
	desk_api_refuse(n, err == -ENOENT ? 404 : 503, STR_NONE);
	return NULL;
}

json_t *
desk_vendor_domains(struct desk_conn *n)
{
	return list_of(n, control_domain_list);
}

json_t *
desk_vendor_domain(struct desk_conn *n, struct str name)
{
	struct control *c = desk_control(n->desk);
	struct str account = desk_vendor_account(n);
	json_t *j = NULL;
	int err = !c ? -EIO : account.n ? control_domain_show(c, account, name, &j) : -ENOENT;

	if (!err)
		return j;
	/* What is no domain is none of the account's. */
	desk_api_refuse(n, err == -ENOENT || err == -EINVAL ? 404 : 503, STR_NONE);
	return NULL;
}

json_t *
desk_vendor_keys(struct desk_conn *n)
{
	return list_of(n, control_key_list);
}

struct str
desk_vendor_scopes(struct desk_conn *n, unsigned scopes)
{
	struct str text = STR_NONE;

	scopes &= n->scopes & ~SCOPE_OPERATE;
	for (unsigned bit = 1; bit < SCOPE_ALL; bit <<= 1)
		if (scopes & bit)
			text = arena_printf(&n->arena, "%.*s%s%s", STR_ARG(text),
				text.n ? "," : "", scope_word(bit));
	return text.p ? text : STR_NONE;
}

/* ---- counters ---- */

bool
desk_vendor_count(struct desk_conn *n, struct ledger_count_query *q, struct rest_counts *ret_c)
{
	int err;

	ret_c->at = arena_alloc(&n->arena, REST_STEPS_MAX * sizeof *ret_c->at);
	ret_c->n = 0;
	q->tenant = n->tenant;
	if (q->value.n == 0 && q->what == LEDGER_ALL)
		q->value = STR_NONE;
	err = ret_c->at ? ledger_count(n->desk->env->paths->ledger, q, rest_count_row, ret_c)
	                : -ENOBUFS;
	if (err == -E2BIG)
		desk_api_refuse(n, 400,
			STR_LIT("That is too long a time for so many steps: at most 1000."));
	else if (err)
		desk_api_refuse(n, 500, STR_LIT("The ledger cannot be read."));
	return err == 0;
}
