/* Limits of accounts and keys: what may be sent, by whom it was decided to say so. */
#include "account/control_own.h"

#include <errno.h>

json_t *
control_own_quota(struct store_row *r, int at)
{
	json_t *j = json_object();

	for (int i = 0; i < LIMIT_KINDS; i++) {
		int64_t most = store_int(r, at + i);

		json_object_set_new(j, limit_name((enum limit_kind)i),
			most > 0 ? json_integer(most) : json_null());
	}
	return j;
}

int
control_own_quota_copy(struct control *c, struct str from, struct str to)
{
	int err = store_run(c->store,
		"INSERT INTO rolled_keys (key_id, tenant, counted_as)"
		" SELECT t.id, t.tenant, COALESCE(r.counted_as, f.id) FROM keys f"
		" JOIN keys t ON t.tenant = f.tenant AND t.name = ?"
		" LEFT JOIN rolled_keys r ON r.key_id = f.id WHERE f.name = ?",
		NULL, NULL, "ss", to, from);

	if (!err)
		err = store_run(c->store,
			"INSERT INTO limits (tenant, key_id, per_hour, per_day, per_month,"
			" sessions) SELECT l.tenant, t.id, l.per_hour, l.per_day,"
			" l.per_month, l.sessions FROM keys f"
			" JOIN limits l ON l.tenant = f.tenant AND l.key_id = f.id"
			" JOIN keys t ON t.tenant = f.tenant AND t.name = ? WHERE f.name = ?",
			NULL, NULL, "ss", to, from);
	return control_own_check(c, err);
}

/* Whose limits they are. */
struct owner {
	int64_t tenant, key;
	json_t *row;
	int64_t most[LIMIT_KINDS];
};

static int
on_owner(void *ctx, struct store_row *r)
{
	struct owner *o = ctx;

	json_decref(o->row);
	o->tenant = store_int(r, 0);
	o->key = store_int(r, 1);
	for (int i = 0; i < LIMIT_KINDS; i++)
		o->most[i] = store_int(r, 4 + i);
	o->row = json_pack("{s:o, s:o, s:I, s:I, s:o}", "account",
		control_own_text(store_text(r, 2)), "key",
		o->key ? control_own_text(store_text(r, 3)) : json_null(), "tenant",
		(json_int_t)o->tenant, "key_id", (json_int_t)o->key, "quota",
		control_own_quota(r, 4));
	return 0;
}

static int
owner(struct control *c, const struct control_quota *q, struct owner *o)
{
	int err;

	if (q->key.n)
		err = store_run(c->store,
			"SELECT k.tenant, k.id, a.name, k.name," CONTROL_QUOTA_COLUMNS
			" FROM keys k JOIN accounts a ON a.tenant = k.tenant"
			" LEFT JOIN limits l ON l.tenant = k.tenant AND l.key_id = k.id"
			" WHERE k.name = ? AND ? IN ('', a.name)",
			on_owner, o, "ss", q->key, q->account);
	else
		err = store_run(c->store,
			"SELECT a.tenant, 0, a.name, ''," CONTROL_QUOTA_COLUMNS
			" FROM accounts a"
			" LEFT JOIN limits l ON l.tenant = a.tenant AND l.key_id = 0"
			" WHERE a.name = ?",
			on_owner, o, "s", q->account);
	if (err || o->row)
		return control_own_check(c, err);
	return control_own_fail(c, -ENOENT, "There is no %s \"%.*s\".",
		q->key.n ? "key" : "account",
		STR_ARG(str_head(q->key.n ? q->key : q->account, 80)));
}

int
control_quota_show(struct control *c, const struct control_quota *q, struct json_t **ret_j)
{
	struct owner o = { .row = NULL };
	int err = owner(c, q, &o);

	if (err)
		json_decref(o.row);
	else
		*ret_j = o.row;
	return err;
}

static int
put(struct control *c, const struct owner *o)
{
	return control_own_check(
		c, store_run(c->store,
			   "INSERT INTO limits (tenant, key_id, per_hour, per_day, per_month,"
			   " sessions) VALUES (?, ?, ?, ?, ?, ?)"
			   " ON CONFLICT (tenant, key_id) DO UPDATE SET"
			   " per_hour = excluded.per_hour, per_day = excluded.per_day,"
			   " per_month = excluded.per_month, sessions = excluded.sessions",
			   NULL, NULL, "iiiiii", o->tenant, o->key, o->most[LIMIT_HOUR],
			   o->most[LIMIT_DAY], o->most[LIMIT_MONTH], o->most[LIMIT_SESSIONS]));
}

int
control_quota_set(struct control *c, const struct control_quota *q, struct json_t **ret_j)
{
	struct owner o = { .row = NULL };
	int err;

	for (int i = 0; i < LIMIT_KINDS; i++)
		if (q->given[i] && q->most[i] > LIMIT_MOST)
			return control_own_fail(c, -EINVAL,
				"A limit is a number from 1 to %lld, or null for none.",
				(long long)LIMIT_MOST);
	err = control_own_begin(c);
	if (err)
		return err;
	err = owner(c, q, &o);
	for (int i = 0; i < LIMIT_KINDS; i++)
		if (q->given[i])
			o.most[i] = (int64_t)q->most[i];
	err = err ? err : put(c, &o);
	/* A key may be named without its account. */
	control_own_about(c, err ? STR_NONE : q->key.n ? q->key : q->account, o.tenant);
	err = control_own_end(c, err);
	json_decref(o.row);
	return err ? err : control_quota_show(c, q, ret_j);
}
