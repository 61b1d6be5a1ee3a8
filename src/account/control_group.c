#include "account/control_own.h"

#include "base/text.h"

#include <errno.h>

#define NAME_CHARS      100u
#define DESCRIBED_CHARS 200u

/* What a row says: columns as in ROW. */
#define ROW "SELECT id, name, description, is_default, created FROM groups"

static json_t *
row_json(struct str account, struct store_row *r)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:b,s:o}", "group", (json_int_t)store_int(r, 0),
		"account", control_own_text(account), "name",
		control_own_text(store_text(r, 1)), "description",
		control_own_text(store_text(r, 2)), "default", store_int(r, 3) != 0, "created",
		control_own_time(store_int(r, 4)));
}

struct reading {
	struct str account;
	json_t *list; /* the one, or an array */
	bool one;
};

static int
take_row(void *ctx, struct store_row *r)
{
	struct reading *of = ctx;
	json_t *j = row_json(of->account, r);

	if (of->one)
		of->list = j;
	else
		json_array_append_new(of->list, j);
	return 0;
}

static int
take_id(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* By its number, or else by its name: a name may be a number too. */
static int
find(struct control *c, int64_t tenant, struct str group, int64_t *ret_id)
{
	uint32_t number;
	int64_t id = 0;
	int err = 0;

	if (str_u32(group, &number) == 0)
		err = store_run(c->store,
			"SELECT id FROM groups WHERE tenant = ? AND id = ? AND gone = 0",
			take_id, &id, "ii", tenant, (int64_t)number);
	if (!err && !id)
		err = store_run(c->store,
			"SELECT id FROM groups WHERE tenant = ? AND name = ? AND gone = 0",
			take_id, &id, "is", tenant, group);
	if (err)
		return control_own_check(c, err);
	if (!id)
		return control_own_fail(c, -ENOENT, "This account has no group \"%.*s\".",
			STR_ARG(str_head(group, 100)));
	*ret_id = id;
	return 0;
}

static int
show(struct control *c, struct str account, int64_t id, json_t **ret_j)
{
	struct reading of = { account, NULL, true };
	int err = store_run(c->store, ROW " WHERE id = ?", take_row, &of, "i", id);

	if (!err && !of.list)
		err = -EIO;
	if (err)
		return control_own_check(c, err);
	*ret_j = of.list;
	return 0;
}

int
control_group_list(struct control *c, struct str account, struct json_t **ret_j)
{
	struct reading of = { account, NULL, false };
	int64_t tenant;
	int err = control_own_tenant(c, account, &tenant);

	if (err)
		return err;
	of.list = json_array();
	err = store_run(c->store, ROW " WHERE tenant = ? AND gone = 0 ORDER BY name, id",
		take_row, &of, "i", tenant);
	if (err) {
		json_decref(of.list);
		return control_own_check(c, err);
	}
	*ret_j = of.list;
	return 0;
}

int
control_group_show(
	struct control *c, struct str account, struct str group, struct json_t **ret_j)
{
	int64_t tenant, id = 0;
	int err = control_own_tenant(c, account, &tenant);

	err = err ? err : find(c, tenant, group, &id);
	return err ? err : show(c, account, id, ret_j);
}

/* ---- changes */

static bool
text_ok(struct str s, size_t max)
{
	size_t chars = 0;

	for (size_t i = 0; i < s.n; i++) {
		chars += ((uint8_t)s.p[i] & 0xc0) != 0x80;
		if ((uint8_t)s.p[i] < 32 || s.p[i] == 127)
			return false;
	}
	return chars <= max;
}

static int
check(struct control *c, const struct control_group *g)
{
	if (g->name.p && (g->name.n == 0 || !text_ok(g->name, NAME_CHARS)))
		return control_own_fail(
			c, -EINVAL, "A group's \"name\" is 1 to 100 characters on one line.");
	if (g->description.p && !text_ok(g->description, DESCRIBED_CHARS))
		return control_own_fail(c, -EINVAL,
			"A group's \"description\" is at most 200 characters on one line.");
	return 0;
}

/* One of the account at most. */
static int
write_default(struct control *c, int64_t tenant, int64_t id, enum control_group_default is)
{
	int err = 0;

	if (is == CONTROL_GROUP_AS_IT_WAS)
		return 0;
	if (is == CONTROL_GROUP_DEFAULT)
		err = store_run(c->store, "UPDATE groups SET is_default = 0 WHERE tenant = ?",
			NULL, NULL, "i", tenant);
	return err ? err
	           : store_run(c->store, "UPDATE groups SET is_default = ? WHERE id = ?", NULL,
			     NULL, "ii", (int64_t)(is == CONTROL_GROUP_DEFAULT), id);
}

static int
has_room(struct control *c, int64_t tenant)
{
	int64_t n = 0;
	int err =
		store_run(c->store, "SELECT COUNT(*) FROM groups WHERE tenant = ? AND gone = 0",
			take_id, &n, "i", tenant);

	if (!err && n >= CONTROL_GROUPS_MAX)
		return control_own_fail(c, -EINVAL,
			"An account has at most %u groups: remove one that is not used any "
			"more.",
			CONTROL_GROUPS_MAX);
	return err;
}

static int
named(struct control *c, int err, struct str name)
{
	if (err == -EEXIST)
		return control_own_fail(c, err, "This account has a group \"%.*s\" already.",
			STR_ARG(str_head(name, 100)));
	return control_own_check(c, err);
}

static int
insert(struct control *c, const struct control_group *g, int64_t tenant, int64_t *ret_id)
{
	int err = has_room(c, tenant);

	if (err)
		return control_own_check(c, err);
	err = store_run(c->store,
		"INSERT INTO groups (tenant, name, description, created) VALUES (?, ?, ?, ?)",
		NULL, NULL, "issi", tenant, g->name,
		g->description.p ? g->description : STR_NONE, clock_wall(&c->clock));
	*ret_id = store_last_id(c->store);
	err = err ? err : write_default(c, tenant, *ret_id, g->is_default);
	return named(c, err, g->name);
}

int
control_group_add(struct control *c, const struct control_group *g, struct json_t **ret_j)
{
	int64_t tenant, id = 0;
	int err = check(c, g);

	err = err ? err : control_own_begin(c);
	if (err)
		return err;
	err = control_own_tenant(c, g->account, &tenant);
	err = err ? err : insert(c, g, tenant, &id);
	err = control_own_end(c, err);
	return err ? err : show(c, g->account, id, ret_j);
}

static int
update(struct control *c, const struct control_group *g, int64_t tenant, int64_t id)
{
	int err = 0;

	if (g->name.p)
		err = store_run(c->store, "UPDATE groups SET name = ? WHERE id = ?", NULL, NULL,
			"si", g->name, id);
	if (!err && g->description.p)
		err = store_run(c->store, "UPDATE groups SET description = ? WHERE id = ?",
			NULL, NULL, "si", g->description, id);
	err = err ? err : write_default(c, tenant, id, g->is_default);
	return named(c, err, g->name.p ? g->name : STR_NONE);
}

int
control_group_set(struct control *c, const struct control_group *g, struct json_t **ret_j)
{
	int64_t tenant, id = 0;
	int err = check(c, g);

	err = err ? err : control_own_begin(c);
	if (err)
		return err;
	err = control_own_tenant(c, g->account, &tenant);
	err = err ? err : find(c, tenant, g->group, &id);
	err = err ? err : update(c, g, tenant, id);
	err = control_own_end(c, err);
	return err ? err : show(c, g->account, id, ret_j);
}

int
control_group_remove(
	struct control *c, struct str account, struct str group, struct json_t **ret_j)
{
	int64_t tenant, id = 0;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_tenant(c, account, &tenant);
	err = err ? err : find(c, tenant, group, &id);
	err = err ? err
	          : control_own_check(c, store_run(c->store,
						 "UPDATE groups SET gone = 1, is_default = 0"
						 " WHERE id = ?",
						 NULL, NULL, "i", id));
	err = control_own_end(c, err);
	return err ? err : show(c, account, id, ret_j);
}
