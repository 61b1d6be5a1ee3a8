#include "account/control_alert.h"

#include "account/control_own.h"

/* No picture of the tables elsewhere is concerned: the version stays. */
static int
end(struct control *c, int err)
{
	return control_own_end_quietly(c, control_own_check(c, err));
}

int
control_alert_add(struct control *c, const struct control_alert *a)
{
	int err = control_own_begin(c);

	return err ? err
	           : end(c, store_run(c->store,
				    "INSERT INTO alerts (tenant, code, subject, since)"
				    " VALUES (0, ?, ?, ?) ON CONFLICT DO NOTHING",
				    NULL, NULL, "ssi", a->code, a->subject, a->since));
}

int
control_alert_remove(struct control *c, const struct control_alert *a)
{
	int err = control_own_begin(c);

	return err ? err
	           : end(c, store_run(c->store,
				    "DELETE FROM alerts WHERE tenant = 0 AND code = ?"
				    " AND subject = ?",
				    NULL, NULL, "ss", a->code, a->subject));
}

struct listing {
	int (*fn)(void *ctx, const struct control_alert *a);
	void *ctx;
};

static int
on_row(void *ctx, struct store_row *r)
{
	const struct listing *l = ctx;
	const struct control_alert a = { store_text(r, 0), store_text(r, 1), store_int(r, 2) };

	return l->fn(l->ctx, &a);
}

int
control_alert_each(
	struct control *c, int (*fn)(void *ctx, const struct control_alert *a), void *ctx)
{
	struct listing l = { fn, ctx };

	return control_own_check(
		c, store_run(c->store,
			   "SELECT code, subject, since FROM alerts WHERE tenant = 0"
			   " ORDER BY since, code, subject",
			   on_row, &l, ""));
}
