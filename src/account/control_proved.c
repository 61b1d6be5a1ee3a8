#include "account/control_proved.h"

#include "account/control_own.h"

#include <errno.h>

#define HOUR_US INT64_C(3600000000)

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* ---- asking */

static int
check_room(struct control *c, const struct control_proved *t)
{
	int64_t known = 0, others = 0, tenant = (int64_t)t->tenant;
	int err = store_run(c->store, "SELECT 1 FROM accounts WHERE tenant = ?", take_int,
		&known, "i", tenant);

	err = err ? err
	          : store_run(c->store,
			    "SELECT COUNT(*) FROM proved WHERE tenant = ? AND key <> ?"
			    " AND (proved <> 0 OR asked > ?)",
			    take_int, &others, "isi", tenant, t->key,
			    clock_wall(&c->clock) - PROVED_ASKED_US);
	if (err)
		return control_own_check(c, err);
	if (!known)
		return control_own_fail(c, -ENOENT, "There is no such account.");
	if (others >= (int64_t)PROVED_PER_TENANT)
		return control_own_fail(c, -EINVAL,
			"An account has at most %u proved addresses: remove one first.",
			PROVED_PER_TENANT);
	return 0;
}

/* Kept beside the rows: else removing and asking again would be a way to more mails. */
static int
count(struct control *c, uint32_t tenant)
{
	int64_t hour = clock_wall(&c->clock) / HOUR_US;
	int err = store_run(c->store,
		"INSERT INTO proved_mails (tenant, hour, sent) VALUES (?, ?, 0)"
		" ON CONFLICT (tenant) DO NOTHING",
		NULL, NULL, "ii", (int64_t)tenant, hour);

	err = err ? err
	          : store_run(c->store,
			    "UPDATE proved_mails SET"
			    " sent = CASE WHEN hour = ? THEN sent + 1 ELSE 1 END, hour = ?"
			    " WHERE tenant = ? AND (hour <> ? OR sent < ?)",
			    NULL, NULL, "iiiii", hour, hour, (int64_t)tenant, hour,
			    (int64_t)PROVED_PER_HOUR);
	if (err)
		return control_own_check(c, err);
	return store_changes(c->store) > 0
	               ? 0
	               : control_own_fail(c, -EINVAL,
				 "An account asks at most %u addresses in an hour.",
				 PROVED_PER_HOUR);
}

static int
is_proved(struct control *c, const struct control_proved *t, bool *ret_is)
{
	int64_t at = 0;
	int err = store_run(c->store, "SELECT proved FROM proved WHERE tenant = ? AND key = ?",
		take_int, &at, "is", (int64_t)t->tenant, t->key);

	*ret_is = at != 0;
	return control_own_check(c, err);
}

/* Those whose time to answer is over leave. */
static int
put(struct control *c, const struct control_proved *t, char code[LINK_TOKEN])
{
	int64_t now = clock_wall(&c->clock);
	uint8_t hash[32];
	int err;

	session_token_link(code);
	session_token_link_hash(hash, c->keys.pepper, str_z(code));
	err = store_run(c->store,
		"DELETE FROM proved WHERE tenant = ?"
		" AND (key = ? OR (proved = 0 AND asked <= ?))",
		NULL, NULL, "isi", (int64_t)t->tenant, t->key, now - PROVED_ASKED_US);
	err = err ? err
	          : store_run(c->store,
			    "INSERT INTO proved (tenant, key, address, asked, hash)"
			    " VALUES (?, ?, ?, ?, ?)",
			    NULL, NULL, "issib", (int64_t)t->tenant, t->key, t->address, now,
			    str_of(hash, sizeof hash));
	return control_own_check(c, err);
}

int
control_proved_ask(struct control *c, const struct control_proved *t, char ret_code[LINK_TOKEN])
{
	char code[LINK_TOKEN] = "";
	bool proved = false;
	int err = is_proved(c, t, &proved);

	ret_code[0] = '\0';
	if (err || proved)
		return err;
	err = control_own_begin(c);
	if (err)
		return err;
	control_own_about(c, t->address, (int64_t)t->tenant);
	err = check_room(c, t);
	err = err ? err : count(c, t->tenant);
	err = err ? err : put(c, t, code);
	/* Nobody's picture of the tables has an address that is not proved. */
	err = control_own_end_quietly(c, err);
	if (!err)
		memcpy(ret_code, code, sizeof code);
	return err;
}

/* ---- the answer */

struct looking {
	struct arena *arena;
	struct control_proved found;
	bool any;
};

static int
on_found(void *ctx, struct store_row *r)
{
	struct looking *l = ctx;

	l->any = true;
	l->found = (struct control_proved){ .tenant = (uint32_t)store_int(r, 0),
		.address = arena_keep(l->arena, store_text(r, 1)),
		.key = arena_keep(l->arena, store_text(r, 2)),
		.asked = store_int(r, 3),
		.proved = store_int(r, 4),
		.account = arena_keep(l->arena, store_text(r, 5)) };
	return 0;
}

int
control_proved_look(
	struct control *c, struct arena *a, struct str code, struct control_proved *ret_t)
{
	struct looking l = { .arena = a };
	uint8_t hash[32];
	int err;

	session_token_link_hash(hash, c->keys.pepper, code);
	err = store_run(c->store,
		"SELECT p.tenant, p.address, p.key, p.asked, p.proved, a.name FROM proved p"
		" JOIN accounts a ON a.tenant = p.tenant"
		" WHERE p.hash = ? AND (p.proved <> 0 OR p.asked > ?)",
		on_found, &l, "bi", str_of(hash, sizeof hash),
		clock_wall(&c->clock) - PROVED_ASKED_US);
	if (err)
		return control_own_check(c, err);
	if (!l.any)
		return control_own_fail(c, -ENOENT, "This code is not valid, or not any more.");
	*ret_t = l.found;
	return 0;
}

int
control_proved_confirm(
	struct control *c, struct arena *a, struct str code, struct control_proved *ret_t)
{
	struct control_proved t = { .tenant = 0 };
	int err = control_proved_look(c, a, code, &t);

	if (err)
		return err;
	/* The link is opened again: nothing changes. */
	if (!t.proved) {
		t.proved = clock_wall(&c->clock);
		err = control_own_begin(c);
		if (err)
			return err;
		control_own_about(c, t.address, (int64_t)t.tenant);
		err = control_own_check(
			c, store_run(c->store,
				   "UPDATE proved SET proved = ? WHERE tenant = ? AND key = ?",
				   NULL, NULL, "iis", t.proved, (int64_t)t.tenant, t.key));
		err = control_own_end(c, err);
	}
	if (!err)
		*ret_t = t;
	return err;
}

/* ---- the list */

static int
gone(struct control *c)
{
	return control_own_fail(c, -ENOENT, "There is no such proved address.");
}

int
control_proved_remove(struct control *c, const struct control_proved *t)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_check(
		c, store_run(c->store, "DELETE FROM proved WHERE tenant = ? AND key = ?", NULL,
			   NULL, "is", (int64_t)t->tenant, t->key));
	if (!err && store_changes(c->store) == 0)
		err = gone(c);
	return control_own_end(c, err);
}

struct listing {
	struct arena *arena;
	uint32_t tenant;
	int (*fn)(void *ctx, const struct control_proved *t);
	void *ctx;
	size_t n;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	const struct control_proved t = { .tenant = l->tenant,
		.address = arena_keep(l->arena, store_text(r, 0)),
		.key = arena_keep(l->arena, store_text(r, 1)),
		.account = STR_NONE,
		.asked = store_int(r, 2),
		.proved = store_int(r, 3) };

	l->n++;
	return l->fn(l->ctx, &t);
}

int
control_proved_each(struct control *c, struct arena *a, const struct control_proved *q,
	int (*fn)(void *ctx, const struct control_proved *t), void *ctx)
{
	struct listing l = { a, q->tenant, fn, ctx, 0 };
	bool one = q->key.p != NULL;
	int err = control_own_check(
		c, store_run(c->store,
			   "SELECT address, key, asked, proved FROM proved WHERE tenant = ?"
			   " AND (? = 0 OR key = ?) ORDER BY key",
			   on_row, &l, "iis", (int64_t)q->tenant, (int64_t)one,
			   one ? q->key : STR_NONE));

	return !err && one && l.n == 0 ? gone(c) : err;
}
