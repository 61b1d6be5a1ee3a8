#include "account/control_inbound_rule.h"

#include "account/control_own.h"

#include <errno.h>

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
put(struct control *c, const struct inbound_rule *r)
{
	int64_t known = 0, n = 0;
	int err = store_run(c->store, "SELECT 1 FROM accounts WHERE tenant = ?", take_int,
		&known, "i", (int64_t)r->tenant);

	err = err ? err
	          : store_run(c->store, "SELECT COUNT(*) FROM inbound_rules WHERE tenant = ?",
			    take_int, &n, "i", (int64_t)r->tenant);
	if (err)
		return control_own_check(c, err);
	if (!known)
		return control_own_fail(c, -ENOENT, "There is no such account.");
	if (n >= (int64_t)INBOUND_RULES_MAX)
		return control_own_fail(c, -EINVAL,
			"An account has at most %u rules for mail that comes in.",
			INBOUND_RULES_MAX);
	err = store_run(c->store, "INSERT INTO inbound_rules (tenant, rule) VALUES (?, ?)",
		NULL, NULL, "is", (int64_t)r->tenant, r->rule);
	if (err == -EEXIST)
		return control_own_fail(c, err, "This inbound rule already exists.");
	return control_own_check(c, err);
}

int
control_inbound_rule_add(struct control *c, const struct inbound_rule *r, int64_t *ret_id)
{
	int64_t id = 0;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = put(c, r);
	id = store_last_id(c->store);
	err = control_own_end(c, err);
	if (!err)
		*ret_id = id;
	return err;
}

int
control_inbound_rule_remove(struct control *c, uint32_t tenant, int64_t id)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_check(
		c, store_run(c->store, "DELETE FROM inbound_rules WHERE id = ? AND tenant = ?",
			   NULL, NULL, "ii", id, (int64_t)tenant));
	if (!err && store_changes(c->store) == 0)
		err = control_own_fail(c, -ENOENT, "This inbound rule was not found.");
	return control_own_end(c, err);
}

struct reading {
	int (*fn)(void *ctx, const struct inbound_rule *r);
	void *ctx;
};

static int
take_row(void *ctx, struct store_row *r)
{
	const struct reading *of = ctx;
	const struct inbound_rule rule = { .id = store_int(r, 0),
		.tenant = (uint32_t)store_int(r, 1),
		.rule = store_text(r, 2) };

	return of->fn(of->ctx, &rule);
}

int
control_inbound_rule_each(struct control *c, const struct inbound_rule *q,
	int (*fn)(void *ctx, const struct inbound_rule *r), void *ctx)
{
	struct reading of = { fn, ctx };

	return control_own_check(
		c, store_run(c->store,
			   "SELECT id, tenant, rule FROM inbound_rules"
			   " WHERE tenant = ? AND (? = 0 OR id = ?)"
			   " ORDER BY id",
			   take_row, &of, "iii", (int64_t)q->tenant, q->id, q->id));
}
