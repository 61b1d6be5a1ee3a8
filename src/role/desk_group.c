/*
 * Groups of an account's mail: their verbs (the tables, with how many addresses left each),
 * what names one in a question about suppressions, and their calls of the API.
 */
#include "role/desk_api.h"

#include "account/control_stream.h"
#include "people/suppress_store.h"

#include <errno.h>

/* ---- what names a group ---- */

/* The number of the account's group; false: refused. */
static bool
number_of(struct desk_conn *n, struct str account, struct str group, int64_t *ret_group)
{
	struct control *c = desk_control(n->desk);
	json_t *j = NULL;
	uint32_t number;
	bool stream = str_u32(group, &number) == 0 && number >= MSG_STREAM_NUMBERS;
	int err = !c       ? -EIO
	          : stream ? control_stream_numbered(c, account, number)
	                   : control_group_show(c, account, group, &j);

	if (err) {
		desk_fail(n, err == -ENOENT ? 404 : 500,
			c ? control_error(c) : "The control tables cannot be opened.");
		return false;
	}
	*ret_group = stream ? (int64_t)number : json_integer_value(json_object_get(j, "group"));
	json_decref(j);
	return true;
}

bool
desk_group_of(struct desk_conn *n, const json_t *body, int64_t *ret_group)
{
	const json_t *v = json_object_get(body, "group");
	char text[DESK_GROUP_TEXT];
	struct str group = desk_group_text(body, text), account = desk_text(body, "account");
	uint32_t number;

	*ret_group = 0;
	if (!v || json_is_null(v))
		return true;
	if (json_is_true(v) || (json_is_integer(v) && json_integer_value(v) == 0)) {
		*ret_group = json_is_true(v) ? SUPPRESS_ANY_GROUP : SUPPRESS_NO_GROUP;
		return true;
	}
	if (group.n && account.n)
		return number_of(n, account, group, ret_group);
	if (str_u32(group, &number) == 0 && number > 0) {
		*ret_group = number;
		return true;
	}
	desk_fail(n, 400,
		"\"group\" is the number of a group, or its name together with \"account\".");
	return false;
}

/* ---- verbs ---- */

struct counting {
	json_t *groups; /* an array */
};

static int
count(void *ctx, uint32_t group, uint64_t n)
{
	const struct counting *k = ctx;
	json_t *row;
	size_t i;

	json_array_foreach(k->groups, i, row)
	{
		if (json_integer_value(json_object_get(row, "group")) == group)
			json_object_set_new(row, "suppressed", json_integer((json_int_t)n));
	}
	return 0;
}

/* NULL: it cannot be read, or is not there yet (*ret_err). */
static struct suppress_store *
rows_open(struct desk_conn *n, int *ret_err)
{
	struct suppress_store *s = NULL;
	char file[700];

	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, n->desk->env->paths->state);
	*ret_err = suppress_store_open(file, STORE_READ, &s);
	return s;
}

json_t *
desk_group_among(struct desk_conn *n, uint32_t tenant, uint32_t group, const json_t *addresses)
{
	struct suppress_query q = {
		.tenant = tenant, .group = group, .scope = SUPPRESS_ANY_SCOPE
	};
	json_t *found = json_array(), *one;
	char dst[SUPPRESS_ADDRESS_SIZE];
	uint64_t count_of;
	size_t i;
	int err;
	struct suppress_store *s = rows_open(n, &err);

	json_array_foreach((json_t *)(uintptr_t)addresses, i, one)
	{
		if (!s || err ||
			suppress_address(dst, str_z(json_string_value(one)), &q.address))
			continue;
		err = suppress_store_count(s, &q, &count_of);
		if (!err && count_of > 0)
			json_array_append(found, one);
	}
	suppress_store_free(&s);
	if (err == 0 || err == -ENOENT)
		return found;
	json_decref(found);
	return NULL;
}

/* How many each has lost; without the table of rows nobody. */
static void
count_all(struct desk_conn *n, const json_t *body, json_t *groups)
{
	struct control *c = desk_control(n->desk);
	struct counting k = { groups };
	struct suppress_store *s;
	uint32_t tenant;
	json_t *row;
	size_t i;
	int err;

	json_array_foreach(groups, i, row)
		json_object_set_new(row, "suppressed", json_integer(0));
	if (json_array_size(groups) == 0 || !c ||
		control_account_tenant(c, desk_text(body, "account"), &tenant) < 0)
		return;
	s = rows_open(n, &err);
	if (s)
		(void)suppress_store_groups(s, tenant, count, &k);
	suppress_store_free(&s);
}

/* list and show, or what was refused. */
static void
counted(struct desk_conn *n, const char *verb, const json_t *body)
{
	struct control *c = desk_control(n->desk);
	struct desk_control_answer a;
	json_t *list, *one;

	if (!c) {
		desk_fail(n, 503, "The control tables cannot be opened.");
		return;
	}
	a = desk_control_do(c, str_z(verb), body, loop_wall(n->desk->loop));
	list = json_object_get(a.json, "groups");
	one = list || a.status != 200 ? NULL : json_pack("[O]", a.json);
	if (list || one)
		count_all(n, body, list ? list : one);
	json_decref(one);
	desk_say(n, a.status, a.json);
}

void
desk_group_list(struct desk_conn *n, const json_t *body)
{
	counted(n, "groups.list", body);
}

void
desk_group_show(struct desk_conn *n, const json_t *body)
{
	counted(n, "groups.show", body);
}

/* held: the group that was. */
static void
on_emptied(struct desk_ask *a, int status, struct str json)
{
	json_t *j = json_incref(a->held);

	(void)json;
	json_object_del(j, "tenant");
	/* What is left of it is for mail that cannot be sent any more. */
	if (status != 200)
		json_object_set_new(j, "engine", json_string("restarting"));
	desk_say(a->conn, 200, j);
}

static void
on_removed(struct desk_ask *a, int status, struct str json)
{
	const json_t *j = a->held;
	const struct msg_query q = { .op = QUERY_SUPPRESS_GROUP,
		.tenant = (uint32_t)json_integer_value(json_object_get(j, "tenant")),
		.id = (uint64_t)json_integer_value(json_object_get(j, "group")) };

	(void)status;
	(void)json;
	/* Whoever asked may be gone: it is done all the same. */
	desk_ask_engine(a->desk, a->conn, &q, on_emptied, json_incref(a->held));
}

void
desk_group_remove(struct desk_conn *n, const json_t *body)
{
	struct control *c = desk_control(n->desk);
	const struct control_who who = desk_audit_who(n);
	struct desk_control_answer a;
	uint32_t tenant = 0;

	if (!c) {
		desk_fail(n, 503, "The control tables cannot be opened.");
		return;
	}
	control_who(c, &who);
	a = desk_control_do(c, STR_LIT("groups.remove"), body, loop_wall(n->desk->loop));
	control_who(c, NULL);
	n->audited = n->audited || a.audited;
	if (!a.changed || control_account_tenant(c, desk_text(body, "account"), &tenant) < 0) {
		desk_say(n, a.status, a.json);
		return;
	}
	json_object_set_new(a.json, "tenant", json_integer(tenant));
	/* First nobody can leave it any more, then those who left are forgotten. */
	desk_ask_engine(n->desk, n, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED },
		on_removed, a.json);
}

/* ---- calls of the API ---- */

bool
desk_api_group(struct desk_conn *n, enum api_op op)
{
	switch (op) {
	case API_GROUPS:
		desk_api_ask(n, "groups.list", desk_api_question(n, NULL), desk_api_list);
		return true;
	case API_GROUP_ADD:
		desk_api_ask(n, "groups.add", desk_api_question(n, NULL), desk_api_created);
		return true;
	case API_GROUP_SHOW:
		desk_api_ask(n, "groups.show", desk_api_question(n, "group"), NULL);
		return true;
	case API_GROUP_SET:
		desk_api_ask(n, "groups.set", desk_api_question(n, "group"), NULL);
		return true;
	case API_GROUP_REMOVE:
		desk_api_ask(n, "groups.remove", desk_api_question(n, "group"), desk_api_none);
		return true;
	default:
		return false;
	}
}
