#include "account/control_tester.h"

#include "account/control_own.h"
#include "wire/address.h"

#include <errno.h>
#include <inttypes.h>

#define HOUR_US INT64_C(3600000000)

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
gone(struct control *c)
{
	return control_own_fail(c, -ENOENT, "There is no such tester.");
}

/* ---- adding */

static bool
name_ok(struct str s)
{
	size_t chars = 0;

	for (size_t i = 0; i < s.n; i++) {
		chars += ((uint8_t)s.p[i] & 0xc0) != 0x80;
		if ((uint8_t)s.p[i] < 32 || s.p[i] == 127)
			return false;
	}
	return chars <= TESTER_NAME_CHARS;
}

static int
check(struct control *c, const struct control_tester *t)
{
	struct address a;

	if (address_mailbox(t->address, ADDRESS_UTF8_OK, &a) < 0)
		return control_own_fail(c, -EINVAL,
			"A tester's \"address\" is a mailbox such as ann@example.org.");
	if (!name_ok(t->name))
		return control_own_fail(c, -EINVAL,
			"A tester's \"name\" has at most %u characters on one line.",
			TESTER_NAME_CHARS);
	return 0;
}

static int
check_room(struct control *c, uint32_t tenant)
{
	int64_t known = 0, n = 0;
	int err = store_run(c->store, "SELECT 1 FROM accounts WHERE tenant = ?", take_int,
		&known, "i", (int64_t)tenant);

	err = err ? err
	          : store_run(c->store, "SELECT COUNT(*) FROM testers WHERE tenant = ?",
			    take_int, &n, "i", (int64_t)tenant);
	if (err)
		return control_own_check(c, err);
	if (!known)
		return control_own_fail(c, -ENOENT, "There is no such account.");
	if (n >= (int64_t)TESTER_PER_TENANT)
		return control_own_fail(c, -EINVAL,
			"An account has at most %u testers; one who had tests and was removed "
			"counts until the hour is over.",
			TESTER_PER_TENANT);
	return 0;
}

static int64_t
this_hour(struct control *c)
{
	return clock_wall(&c->clock) / HOUR_US;
}

/* Who comes back has the tests of this hour; whoever left in another one is forgotten. */
static int
put(struct control *c, const struct control_tester *t, struct str name)
{
	int64_t tenant = (int64_t)t->tenant, now = clock_wall(&c->clock);
	int err = store_run(c->store,
		"DELETE FROM testers WHERE tenant = ? AND gone = 1 AND hour <> ?", NULL, NULL,
		"ii", tenant, this_hour(c));

	err = err ? err
	          : store_run(c->store,
			    "UPDATE testers SET name = ?, gone = 0,"
			    " created = CASE WHEN gone = 1 THEN ? ELSE created END"
			    " WHERE tenant = ? AND LOWER(address) = LOWER(?)",
			    NULL, NULL, "siis", name, now, tenant, t->address);
	if (err || store_changes(c->store) > 0)
		return control_own_check(c, err);
	err = check_room(c, t->tenant);
	return err ? err
	           : control_own_check(
			     c, store_run(c->store,
					"INSERT INTO testers (tenant, address, name,"
					" created) VALUES (?, ?, ?, ?)",
					NULL, NULL, "issi", tenant, t->address, name, now));
}

int
control_tester_add(struct control *c, const struct control_tester *t)
{
	int err = check(c, t);

	err = err ? err : control_own_begin(c);
	return err ? err : control_own_end(c, put(c, t, t->name.p ? t->name : STR_NONE));
}

/* The row stays while its tests count: else removing and adding would be a way to more. */
static int
take_out(struct control *c, uint32_t tenant, struct str address)
{
	int64_t hour = this_hour(c), n;
	int err = store_run(c->store,
		"DELETE FROM testers WHERE tenant = ? AND LOWER(address) = LOWER(?)"
		" AND gone = 0 AND (hour <> ? OR sent = 0)",
		NULL, NULL, "isi", (int64_t)tenant, address, hour);

	n = store_changes(c->store);
	if (!err && n == 0) {
		err = store_run(c->store,
			"UPDATE testers SET gone = 1, name = '' WHERE tenant = ?"
			" AND LOWER(address) = LOWER(?) AND gone = 0",
			NULL, NULL, "is", (int64_t)tenant, address);
		n = store_changes(c->store);
	}
	return !err && n == 0 ? gone(c) : control_own_check(c, err);
}

int
control_tester_remove(struct control *c, uint32_t tenant, struct str address)
{
	int err = control_own_begin(c);

	return err ? err : control_own_end(c, take_out(c, tenant, address));
}

/* ---- reading */

struct listing {
	struct arena *arena;
	uint32_t tenant;
	int (*fn)(void *ctx, const struct control_tester *t);
	void *ctx;
	size_t n;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	const struct control_tester t = { .tenant = l->tenant,
		.address = arena_keep(l->arena, store_text(r, 0)),
		.name = arena_keep(l->arena, store_text(r, 1)),
		.created = store_int(r, 2) };

	l->n++;
	return l->fn(l->ctx, &t);
}

int
control_tester_each(struct control *c, struct arena *a, const struct control_tester *q,
	int (*fn)(void *ctx, const struct control_tester *t), void *ctx)
{
	struct listing l = { a, q->tenant, fn, ctx, 0 };
	bool one = q->address.p != NULL;
	int err = control_own_check(
		c, store_run(c->store,
			   "SELECT address, name, created FROM testers WHERE tenant = ?"
			   " AND gone = 0 AND (? = 0 OR LOWER(address) = LOWER(?))"
			   " ORDER BY address",
			   on_row, &l, "iis", (int64_t)q->tenant, (int64_t)one,
			   one ? q->address : STR_NONE));

	return !err && one && l.n == 0 ? gone(c) : err;
}

/* ---- counting */

static int
count_one(struct control *c, uint32_t tenant, struct str address)
{
	int64_t hour = this_hour(c);
	int err = store_run(c->store,
		"UPDATE testers SET sent = CASE WHEN hour = ? THEN sent + 1 ELSE 1 END,"
		" hour = ? WHERE tenant = ? AND LOWER(address) = LOWER(?)"
		" AND gone = 0 AND (hour <> ? OR sent < ?)",
		NULL, NULL, "iiisii", hour, hour, (int64_t)tenant, address, hour,
		(int64_t)TESTER_PER_HOUR);

	if (err)
		return control_own_check(c, err);
	return store_changes(c->store) > 0
	               ? 0
	               : control_own_fail(c, -EINVAL,
				 "A tester gets at most %u tests in an hour: %.*s has "
				 "had them.",
				 TESTER_PER_HOUR, STR_ARG(str_head(address, 100)));
}

static int
count(struct control *c, uint32_t tenant, const struct str *addresses, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = count_one(c, tenant, addresses[i]);
	return err;
}

int
control_tester_count(struct control *c, uint32_t tenant, const struct str *addresses, size_t n)
{
	int err = control_own_begin(c);

	return err ? err : control_own_end(c, count(c, tenant, addresses, n));
}
