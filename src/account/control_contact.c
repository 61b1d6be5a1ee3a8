#include "account/control_contact.h"

#include "account/control_own.h"

#include <errno.h>

/* Behind every key that begins with a prefix: the last character there is. */
#define LAST "\xf4\x8f\xbf\xbf"

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
gone(struct control *c)
{
	return control_own_fail(c, -ENOENT, "There is no such contact.");
}

static int64_t
bytes_of(const struct control_contact *t)
{
	return (int64_t)(t->key.n + t->address.n + t->name.n + t->properties.n);
}

/* ---- how many there are: a row for each account, so that adding one costs the same however
 * many it has */

struct total {
	int64_t contacts, bytes;
	bool there;
};

static int
take_total(void *ctx, struct store_row *r)
{
	*(struct total *)ctx = (struct total){ store_int(r, 0), store_int(r, 1), true };
	return 0;
}

/* contacts: more, or less, of them. 0; -EINVAL: too many. */
static int
count(struct control *c, uint32_t tenant, int64_t contacts, int64_t bytes)
{
	struct total t = { 0 };
	int err = store_run(c->store,
		"SELECT contacts, bytes FROM contact_totals WHERE tenant = ?", take_total, &t,
		"i", (int64_t)tenant);

	t.contacts += contacts;
	t.bytes += bytes;
	if (!err && contacts > 0 && t.contacts > (int64_t)CONTACT_PER_TENANT)
		return control_own_fail(
			c, -EINVAL, "An account has at most %u contacts.", CONTACT_PER_TENANT);
	if (!err && bytes > 0 && t.bytes > CONTACT_TENANT_BYTES)
		return control_own_fail(c, -EINVAL,
			"The contacts of an account have at most %lld MiB together.",
			(long long)(CONTACT_TENANT_BYTES >> 20));
	if (!err && t.there)
		err = store_run(c->store,
			"UPDATE contact_totals SET contacts = ?, bytes = ? WHERE tenant = ?",
			NULL, NULL, "iii", t.contacts, t.bytes, (int64_t)tenant);
	else if (!err)
		err = store_run(c->store,
			"INSERT INTO contact_totals (contacts, bytes, tenant) VALUES (?, ?, ?)",
			NULL, NULL, "iii", t.contacts, t.bytes, (int64_t)tenant);
	return control_own_check(c, err);
}

/* ---- changes */

/* Bytes of the one that is there; -1: there is none. */
static int
known(struct control *c, uint32_t tenant, struct str key, int64_t *ret_bytes)
{
	*ret_bytes = -1;
	return control_own_check(c,
		store_run(c->store, "SELECT bytes FROM contacts WHERE tenant = ? AND key = ?",
			take_int, ret_bytes, "is", (int64_t)tenant, key));
}

static int
check_account(struct control *c, uint32_t tenant)
{
	int64_t there = 0;
	int err = store_run(c->store, "SELECT 1 FROM accounts WHERE tenant = ?", take_int,
		&there, "i", (int64_t)tenant);

	if (err)
		return control_own_check(c, err);
	return there ? 0 : control_own_fail(c, -ENOENT, "There is no such account.");
}

static int
put(struct control *c, const struct control_contact *t, bool *ret_new)
{
	int64_t now = clock_wall(&c->clock), bytes = bytes_of(t), was = 0;
	int err = check_account(c, t->tenant);

	err = err ? err : known(c, t->tenant, t->key, &was);
	if (err)
		return err;
	*ret_new = was < 0;
	err = count(c, t->tenant, *ret_new, bytes - (*ret_new ? 0 : was));
	if (err)
		return err;
	if (*ret_new)
		err = store_run(c->store,
			"INSERT INTO contacts (tenant, key, address, name, bytes, created,"
			" changed, properties) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			NULL, NULL, "isssiiis", (int64_t)t->tenant, t->key, t->address, t->name,
			bytes, now, now, t->properties);
	else
		err = store_run(c->store,
			"UPDATE contacts SET address = ?, name = ?, bytes = ?, changed = ?,"
			" properties = ? WHERE tenant = ? AND key = ?",
			NULL, NULL, "ssiisis", t->address, t->name, bytes, now, t->properties,
			(int64_t)t->tenant, t->key);
	return control_own_check(c, err);
}

int
control_contact_put(struct control *c, const struct control_contact *t, bool *ret_new)
{
	int err = control_own_begin(c);

	return err ? err : control_own_end_quietly(c, put(c, t, ret_new));
}

static int
take_out(struct control *c, uint32_t tenant, struct str key)
{
	int64_t bytes = 0;
	int err = known(c, tenant, key, &bytes);

	if (!err && bytes < 0)
		return gone(c);
	if (!err)
		err = control_own_check(c,
			store_run(c->store, "DELETE FROM contacts WHERE tenant = ? AND key = ?",
				NULL, NULL, "is", (int64_t)tenant, key));
	return err ? err : count(c, tenant, -1, -bytes);
}

int
control_contact_remove(struct control *c, uint32_t tenant, struct str key)
{
	int err = control_own_begin(c);

	return err ? err : control_own_end_quietly(c, take_out(c, tenant, key));
}

/* ---- reading */

#define COLUMNS "key, address, name, created, changed, properties"

struct listing {
	struct arena *arena;
	uint32_t tenant;
	int (*fn)(void *ctx, const struct control_contact *t);
	void *ctx;
	size_t n, bytes, limit;
	bool more;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	const struct control_contact t = { .tenant = l->tenant,
		.key = arena_keep(l->arena, store_text(r, 0)),
		.address = arena_keep(l->arena, store_text(r, 1)),
		.name = arena_keep(l->arena, store_text(r, 2)),
		.created = store_int(r, 3),
		.changed = store_int(r, 4),
		.properties = arena_keep(l->arena, store_text(r, 5)) };

	if (l->n == l->limit || l->bytes > CONTACT_PAGE_BYTES) {
		l->more = true;
		return 1;
	}
	l->n++;
	l->bytes += (size_t)bytes_of(&t);
	return l->fn(l->ctx, &t);
}

static int
take_one(void *ctx, const struct control_contact *t)
{
	*(struct control_contact *)ctx = *t;
	return 0;
}

int
control_contact_get(struct control *c, struct arena *a, struct control_contact *t)
{
	struct listing l = {
		.arena = a, .tenant = t->tenant, .fn = take_one, .ctx = t, .limit = 1
	};
	int err = control_own_check(
		c, store_run(c->store,
			   "SELECT " COLUMNS " FROM contacts WHERE tenant = ? AND key = ?",
			   on_row, &l, "is", (int64_t)t->tenant, t->key));

	return !err && l.n == 0 ? gone(c) : err;
}

int
control_contact_each(struct control *c, struct arena *a, struct contact_query *q,
	int (*fn)(void *ctx, const struct control_contact *t), void *ctx)
{
	struct listing l = {
		.arena = a, .tenant = q->tenant, .fn = fn, .ctx = ctx, .limit = q->limit
	};
	struct str last = arena_printf(a, "%.*s" LAST, STR_ARG(q->prefix));
	int err = last.p ? store_run(c->store,
				   "SELECT " COLUMNS " FROM contacts WHERE tenant = ?"
				   " AND key > ? AND key >= ? AND key <= ? ORDER BY key",
				   on_row, &l, "isss", (int64_t)q->tenant, q->after, q->prefix,
				   last)
	                 : -EIO;

	q->more = l.more;
	return control_own_check(c, err > 0 ? 0 : err);
}
