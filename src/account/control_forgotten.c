#include "account/control_forgotten.h"

#include "account/control_own.h"

#include <errno.h>

#define ADDRESS_BYTES 512

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
mark(struct control *c, const struct control_forgotten *f, struct str address)
{
	char text[ADDRESS_BYTES];

	address = str_head(address, sizeof text);
	for (size_t i = 0; i < address.n; i++)
		text[i] = ascii_lower(address.p[i]);
	return store_run(c->store,
		"INSERT INTO forgotten (tenant, list, address, at) VALUES (?, ?, ?, ?)"
		" ON CONFLICT (tenant, list, address) DO UPDATE SET at = excluded.at",
		NULL, NULL, "iisi", (int64_t)f->tenant, (int64_t)f->list,
		str_of(text, address.n), f->at);
}

static int
check_room(struct control *c, const struct control_forgotten *f)
{
	int64_t n = 0;
	int err = store_run(c->store,
		"SELECT COUNT(*) FROM forgotten WHERE tenant = ? AND list = ?", take_int, &n,
		"ii", (int64_t)f->tenant, (int64_t)f->list);

	if (!err && n > (int64_t)CONTROL_FORGOTTEN_MAX)
		return control_own_fail(c, -EINVAL,
			"More than %u addresses were taken off this list; take off all of it.",
			CONTROL_FORGOTTEN_MAX);
	return control_own_check(c, err);
}

static int
put(struct control *c, const struct control_forgotten *f, const struct str *addresses, size_t n)
{
	int64_t before = n ? f->before : INT64_MAX;
	int err = store_run(c->store,
		"DELETE FROM forgotten WHERE tenant = ? AND list = ? AND at < ?", NULL, NULL,
		"iii", (int64_t)f->tenant, (int64_t)f->list, before);

	if (!err && n == 0)
		err = mark(c, f, STR_NONE);
	for (size_t i = 0; i < n && !err; i++)
		err = mark(c, f, addresses[i]);
	return err ? control_own_check(c, err) : check_room(c, f);
}

int
control_forget(struct control *c, const struct control_forgotten *f,
	const struct str *addresses, size_t n)
{
	int err = control_own_begin(c);

	/* Nobody else has a picture of this. */
	return err ? err : control_own_end_quietly(c, put(c, f, addresses, n));
}

struct reading {
	int (*fn)(void *ctx, struct str address, int64_t at);
	void *ctx;
};

static int
take_mark(void *ctx, struct store_row *r)
{
	const struct reading *of = ctx;

	return of->fn(of->ctx, store_text(r, 0), store_int(r, 1));
}

int
control_forgotten_each(struct control *c, const struct control_forgotten *f,
	int (*fn)(void *ctx, struct str address, int64_t at), void *ctx)
{
	struct reading of = { fn, ctx };

	return control_own_check(
		c, store_run(c->store,
			   "SELECT address, at FROM forgotten WHERE tenant = ?"
			   " AND list = ?",
			   take_mark, &of, "ii", (int64_t)f->tenant, (int64_t)f->list));
}
