#include "account/control_view.h"

#include "account/control_own.h"

#include <errno.h>

static int
take_row(void *ctx, struct store_row *r)
{
	json_array_append_new(
		ctx, json_pack("{s:o,s:o}", "name", control_own_text(store_text(r, 0)), "query",
			     control_own_text(store_text(r, 1))));
	return 0;
}

int
control_views(struct control *c, uint32_t tenant, int64_t user, struct json_t **ret_j)
{
	json_t *list = json_array();
	int err = store_run(c->store,
		"SELECT name, query FROM views WHERE tenant = ? AND user_id = ?"
		" ORDER BY place",
		take_row, list, "ii", (int64_t)tenant, user);

	if (err) {
		json_decref(list);
		return control_own_check(c, err);
	}
	*ret_j = list;
	return 0;
}

static bool
name_ok(struct str s)
{
	size_t chars = 0;

	for (size_t i = 0; i < s.n; i++) {
		chars += ((uint8_t)s.p[i] & 0xc0) != 0x80;
		if ((uint8_t)s.p[i] < 32 || s.p[i] == 127)
			return false;
	}
	return chars > 0 && chars <= VIEW_NAME_CHARS;
}

static bool
query_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] <= 32 || (uint8_t)s.p[i] >= 127)
			return false;
	return s.n <= VIEW_QUERY_BYTES;
}

static int
check(struct control *c, const struct control_view *views, size_t n)
{
	if (n > VIEW_PER_USER)
		return control_own_fail(
			c, -EINVAL, "A person has at most %u views.", VIEW_PER_USER);
	for (size_t i = 0; i < n; i++) {
		if (!name_ok(views[i].name))
			return control_own_fail(c, -EINVAL,
				"The \"name\" of a view has 1 to %u characters on one line.",
				VIEW_NAME_CHARS);
		if (!query_ok(views[i].query))
			return control_own_fail(c, -EINVAL,
				"The \"query\" of a view has at most %u bytes of printable "
				"ASCII: write others as %%XX.",
				VIEW_QUERY_BYTES);
		for (size_t k = 0; k < i; k++)
			if (str_eq(views[i].name, views[k].name))
				return control_own_fail(c, -EINVAL,
					"Two views have the name \"%.*s\".",
					STR_ARG(str_head(views[i].name, 200)));
	}
	return 0;
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
replace(struct control *c, int64_t tenant, int64_t user, const struct control_view *views,
	size_t n)
{
	int64_t known = 0;
	int err = store_run(c->store,
		"SELECT 1 FROM users WHERE tenant = ? AND id = ? AND gone = 0", take_int,
		&known, "ii", tenant, user);

	if (!err && !known)
		return control_own_fail(c, -ENOENT, "There is no such user.");
	err = err ? err
	          : store_run(c->store, "DELETE FROM views WHERE tenant = ? AND user_id = ?",
			    NULL, NULL, "ii", tenant, user);
	for (size_t i = 0; !err && i < n; i++)
		err = store_run(c->store,
			"INSERT INTO views (tenant, user_id, place, name, query)"
			" VALUES (?, ?, ?, ?, ?)",
			NULL, NULL, "iiiss", tenant, user, (int64_t)i, views[i].name,
			views[i].query);
	return control_own_check(c, err);
}

int
control_views_set(struct control *c, uint32_t tenant, int64_t user,
	const struct control_view *views, size_t n)
{
	int err = check(c, views, n);

	err = err ? err : control_own_begin(c);
	if (err)
		return err;
	err = replace(c, (int64_t)tenant, user, views, n);
	return control_own_end_quietly(c, err);
}
