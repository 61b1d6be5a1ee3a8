#include "account/control_batch.h"

#include "account/control_own.h"

#include <errno.h>

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
state_of(struct control *c, uint32_t tenant, struct str batch, int64_t *ret_state)
{
	*ret_state = CONTROL_BATCH_NONE;
	return control_own_check(c, store_run(c->store,
					    "SELECT state FROM batches WHERE tenant = ? AND"
					    " batch = ?",
					    take_int, ret_state, "is", (int64_t)tenant, batch));
}

static int
check(struct control *c, const struct control_batch *b)
{
	int64_t was, n = 0;
	int err = state_of(c, b->tenant, b->batch, &was);

	if (!err && was == CONTROL_BATCH_CANCELLED && b->state == CONTROL_BATCH_PAUSED)
		return control_own_fail(
			c, -EINVAL, "This batch was cancelled, which is final.");
	if (!err && was == CONTROL_BATCH_NONE)
		err = control_own_check(
			c, store_run(c->store, "SELECT COUNT(*) FROM batches WHERE tenant = ?",
				   take_int, &n, "i", (int64_t)b->tenant));
	if (!err && n >= (int64_t)CONTROL_BATCH_MAX)
		return control_own_fail(c, -EINVAL,
			"An account has at most %u batches that are paused or cancelled; each "
			"is forgotten after 30 days, or when it is deleted.",
			CONTROL_BATCH_MAX);
	return err;
}

static int
put(struct control *c, const struct control_batch *b)
{
	int64_t now = clock_wall(&c->clock);
	int err = store_run(c->store, "DELETE FROM batches WHERE tenant = ? AND at < ?", NULL,
		NULL, "ii", (int64_t)b->tenant, now - CONTROL_BATCH_KEEP_US);

	err = err ? control_own_check(c, err) : check(c, b);
	if (err)
		return err;
	return control_own_check(
		c, store_run(c->store,
			   "INSERT INTO batches (tenant, batch, state, at) VALUES (?, ?, ?, ?)"
			   " ON CONFLICT (tenant, batch) DO UPDATE SET state = excluded.state,"
			   " at = excluded.at",
			   NULL, NULL, "isii", (int64_t)b->tenant, b->batch, (int64_t)b->state,
			   now));
}

int
control_batch_set(struct control *c, const struct control_batch *b)
{
	int err = control_own_begin(c);

	return err ? err : control_own_end_quietly(c, put(c, b));
}

int
control_batch_get(struct control *c, uint32_t tenant, struct str batch,
	enum control_batch_state *ret_state)
{
	int64_t state;
	int err = state_of(c, tenant, batch, &state);

	if (!err)
		*ret_state = (enum control_batch_state)state;
	return err;
}

int
control_batch_remove(struct control *c, uint32_t tenant, struct str batch)
{
	int err = control_own_begin(c);

	return err ? err
	           : control_own_end_quietly(
			     c, control_own_check(
					c, store_run(c->store,
						   "DELETE FROM batches WHERE tenant = ? AND"
						   " batch = ?",
						   NULL, NULL, "is", (int64_t)tenant, batch)));
}

struct reading {
	uint32_t tenant;
	int (*fn)(void *ctx, const struct control_batch *b);
	void *ctx;
};

static int
take_row(void *ctx, struct store_row *r)
{
	const struct reading *of = ctx;
	const struct control_batch b = { .tenant = of->tenant,
		.batch = store_text(r, 0),
		.state = (enum control_batch_state)store_int(r, 1) };

	return of->fn(of->ctx, &b);
}

int
control_batch_each(struct control *c, uint32_t tenant,
	int (*fn)(void *ctx, const struct control_batch *b), void *ctx)
{
	struct reading of = { tenant, fn, ctx };

	return control_own_check(c, store_run(c->store,
					    "SELECT batch, state FROM batches WHERE tenant = ?"
					    " ORDER BY at DESC, batch",
					    take_row, &of, "i", (int64_t)tenant));
}
