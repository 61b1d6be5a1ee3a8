/* SendGrid's unsubscribe groups (asm): the account's groups and who left which. */
#include "role/desk_listed.h"
#include "role/desk_sendgrid.h"

#include "base/utc.h"

#define LEFT_MAX   10000u /* of a list without pages */
#define EMAILS_MAX 1000u

/* ---- groups ---- */

static json_t *
group_json(const json_t *row)
{
	return json_pack("{s:O, s:O, s:O, s:O, s:n, s:o}", "id", json_object_get(row, "group"),
		"name", json_object_get(row, "name"), "description",
		json_object_get(row, "description"), "is_default",
		json_object_get(row, "default"), "last_email_sent_at", "unsubscribes",
		json_integer(json_integer_value(json_object_get(row, "suppressed"))));
}

/* ?id=1&id=2: is this one asked for? */
static bool
is_asked(struct desk_conn *n, json_int_t id)
{
	struct str rest = n->query;
	bool any = false;

	while (rest.n) {
		struct str value = str_cut(&rest, '&'), key = str_cut(&value, '=');
		uint64_t number;

		if (!str_eq_z(key, "id"))
			continue;
		any = true;
		if (str_u64(value, &number) == 0 && number == (uint64_t)id)
			return true;
	}
	return !any;
}

static json_t *
shape_groups(struct desk_conn *n, int *status, json_t *j)
{
	json_t *list = json_array(), *row;
	size_t i;

	(void)status;
	json_array_foreach(json_object_get(j, "groups"), i, row)
	{
		if (is_asked(n, json_integer_value(json_object_get(row, "group"))))
			json_array_append_new(list, group_json(row));
	}
	json_decref(j);
	return list;
}

static json_t *
shape_group(struct desk_conn *n, int *status, json_t *j)
{
	json_t *o = group_json(j);

	if (n->route->op != API_SG_GROUP)
		*status = 201;
	json_decref(j);
	return o;
}

static json_t *
shape_gone(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	*status = 204;
	return j;
}

/* The question of the verb with the group that the path names: a number, or there is none.
 * NULL: answered. */
static json_t *
question(struct desk_conn *n)
{
	json_t *body = desk_vendor_question(n);
	uint32_t number = 0;

	if (str_u32(n->params[0], &number) < 0 || number == 0) {
		json_decref(body);
		desk_api_refuse(n, 404, STR_NONE);
		return NULL;
	}
	json_object_set_new(body, "group", json_integer(number));
	return body;
}

/* name, description, is_default of the call. false: answered. */
static bool
given(struct desk_conn *n, json_t *body, bool needed)
{
	static const char *const texts[] = { "name", "description" };
	const json_t *is = json_object_get(n->asked, "is_default");

	for (size_t i = 0; i < 2; i++) {
		json_t *v = json_object_get(n->asked, texts[i]);

		if (v && !json_is_string(v)) {
			desk_sendgrid_bad(n, texts[i], "must be a string");
			return false;
		}
		if (v)
			json_object_set(body, texts[i], v);
	}
	if (needed && desk_text(body, "name").n == 0) {
		desk_sendgrid_bad(n, "name", "is required");
		return false;
	}
	if (is && !json_is_boolean(is)) {
		desk_sendgrid_bad(n, "is_default", "must be a boolean");
		return false;
	}
	if (is)
		json_object_set(body, "default", json_object_get(n->asked, "is_default"));
	return true;
}

static void
add_group(struct desk_conn *n)
{
	json_t *body = desk_vendor_question(n);

	if (given(n, body, true))
		desk_api_ask(n, "groups.add", body, shape_group);
	else
		json_decref(body);
}

static void
set_group(struct desk_conn *n)
{
	json_t *body = question(n);

	if (!body)
		return;
	if (given(n, body, false))
		desk_api_ask(n, "groups.set", body, shape_group);
	else
		json_decref(body);
}

/* ---- who left ---- */

/* true: the account has it; *ret_number is the path's. */
static bool
group_of(struct desk_conn *n, uint32_t *ret_number)
{
	struct control *c = desk_control(n->desk);
	json_t *j = NULL;

	if (str_u32(n->params[0], ret_number) < 0 || *ret_number == 0 || !c ||
		control_group_show(c, desk_vendor_account(n), n->params[0], &j) < 0 ||
		json_integer_value(json_object_get(j, "group")) != *ret_number) {
		json_decref(j);
		desk_api_refuse(n, 404, STR_NONE);
		return false;
	}
	json_decref(j);
	return true;
}

/* Each address once, however many reasons. */
static json_t *
addresses_of(const json_t *rows)
{
	json_t *list = json_array(), *seen = json_object(), *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		json_t *address = json_object_get(row, "address");
		const char *text = json_string_value(address);

		if (!text || json_object_get(seen, text))
			continue;
		json_object_set_new(seen, text, json_true());
		json_array_append(list, address);
	}
	json_decref(seen);
	return list;
}

static json_t *
shape_left(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *list = addresses_of(rows);

	(void)n;
	(void)status;
	json_decref(rows);
	return list;
}

static json_t *
shape_added(struct desk_conn *n, int *status, json_t *answers)
{
	json_decref(answers);
	*status = 201;
	return json_pack(
		"{s:O}", "recipient_emails", json_object_get(n->asked, "recipient_emails"));
}

/* The list of the call, checked. false: answered. */
static bool
emails(struct desk_conn *n)
{
	json_t *list = json_object_get(n->asked, "recipient_emails"), *one;
	size_t i;

	if (json_array_size(list) == 0 || json_array_size(list) > EMAILS_MAX) {
		desk_sendgrid_bad(n, "recipient_emails", "must hold 1 to 1000 addresses");
		return false;
	}
	json_array_foreach(list, i, one)
	{
		if (!json_is_string(one) ||
			!desk_listed_is_address(str_z(json_string_value(one)))) {
			desk_sendgrid_bad(n, "recipient_emails", "holds what is no address");
			return false;
		}
	}
	return true;
}

static void
left(struct desk_conn *n)
{
	struct desk_listed_query q = { .limit = LEFT_MAX };
	uint32_t number;

	if (!group_of(n, &number))
		return;
	q.group = number;
	desk_listed_find(n, &q, shape_left);
}

static void
search(struct desk_conn *n)
{
	json_t *found;
	uint32_t number;

	if (!group_of(n, &number) || !emails(n))
		return;
	found = desk_group_among(
		n, n->tenant, number, json_object_get(n->asked, "recipient_emails"));
	if (found)
		desk_api_say(n, 200, found);
	else
		desk_api_refuse(n, 500, STR_LIT("The suppressions cannot be read."));
}

static void
leave(struct desk_conn *n)
{
	struct desk_listed_what what = { "all", "manual", 0 };

	if (group_of(n, &what.group) && emails(n))
		desk_listed_add(n, json_incref(json_object_get(n->asked, "recipient_emails")),
			&what, shape_added);
}

static json_t *
shape_back(struct desk_conn *n, int *status, json_t *answers)
{
	bool changed = false;
	json_t *one;
	size_t i;

	(void)n;
	json_array_foreach(answers, i, one) changed |=
		json_integer_value(json_object_get(one, "changed")) > 0;
	*status = changed ? 204 : 404;
	json_decref(answers);
	return json_object();
}

static void
come_back(struct desk_conn *n)
{
	/* "": each of them. */
	struct desk_listed_what what = { "", "hard_bounce,complaint,unsubscribe,manual", 0 };

	if (!group_of(n, &what.group))
		return;
	if (desk_listed_is_address(n->params[1]))
		desk_listed_remove(n, json_pack("[s%]", n->params[1].p, n->params[1].n), &what,
			shape_back);
	else
		desk_api_refuse(n, 404, STR_NONE);
}

/* ---- over all groups ---- */

/* The account's, an array; NULL: they cannot be read. */
static json_t *
groups_of(struct desk_conn *n)
{
	struct control *c = desk_control(n->desk);
	json_t *list = NULL;

	if (!c || control_group_list(c, desk_vendor_account(n), &list) < 0)
		return NULL;
	return list;
}

static json_t *
unread(int *status, json_t *rows)
{
	json_decref(rows);
	*status = 503;
	return json_pack("{s:s}", "error", "The groups cannot be read.");
}

static json_t *
group_in(const json_t *groups, json_int_t number)
{
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)groups, i, row)
	{
		if (json_integer_value(json_object_get(row, "group")) == number)
			return row;
	}
	return NULL;
}

static json_t *
shape_all(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *groups = groups_of(n), *list, *row;
	size_t i;

	if (!groups)
		return unread(status, rows);
	list = json_array();
	json_array_foreach(rows, i, row)
	{
		json_t *number = json_object_get(row, "group");
		json_t *group = group_in(groups, json_integer_value(number));
		int64_t at = 0;

		if (!group)
			continue;
		(void)utc_parse(desk_text(row, "at"), &at);
		json_array_append_new(
			list, json_pack("{s:O, s:O, s:O, s:I}", "email",
				      json_object_get(row, "address"), "group_id", number,
				      "group_name", json_object_get(group, "name"),
				      "created_at", (json_int_t)(at / UTC_SEC)));
	}
	json_decref(groups);
	json_decref(rows);
	return list;
}

static json_t *
shape_of_address(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *groups = groups_of(n), *list, *group, *row;
	size_t i, k;

	if (!groups)
		return unread(status, rows);
	list = json_array();
	json_array_foreach(groups, i, group)
	{
		json_t *number = json_object_get(group, "group");
		bool is = false;

		json_array_foreach(rows, k, row) is |=
			json_equal(json_object_get(row, "group"), number);
		json_array_append_new(
			list, json_pack("{s:O, s:O, s:O, s:O, s:b}", "id", number, "name",
				      json_object_get(group, "name"), "description",
				      json_object_get(group, "description"), "is_default",
				      json_object_get(group, "default"), "suppressed", is));
	}
	json_decref(groups);
	json_decref(rows);
	return json_pack("{s:o}", "suppressions", list);
}

static void
all(struct desk_conn *n)
{
	bool one = n->route->op == API_SG_GROUPS_OF;
	const struct desk_listed_query q = { .address = one ? n->params[0] : STR_NONE,
		.group = DESK_LISTED_ANY_GROUP,
		.limit = LEFT_MAX };

	if (one && !desk_listed_is_address(n->params[0]))
		desk_api_refuse(n, 404, STR_NONE);
	else
		desk_listed_find(n, &q, one ? shape_of_address : shape_all);
}

bool
desk_sendgrid_group(struct desk_conn *n)
{
	switch (n->route->op) {
	case API_SG_GROUPS:
		desk_api_ask(n, "groups.list", desk_vendor_question(n), shape_groups);
		return true;
	case API_SG_GROUP_ADD:
		add_group(n);
		return true;
	case API_SG_GROUP:
		desk_api_ask(n, "groups.show", question(n), shape_group);
		return true;
	case API_SG_GROUP_SET:
		set_group(n);
		return true;
	case API_SG_GROUP_REMOVE:
		desk_api_ask(n, "groups.remove", question(n), shape_gone);
		return true;
	case API_SG_GROUP_LEFT:
		left(n);
		return true;
	case API_SG_GROUP_SEARCH:
		search(n);
		return true;
	case API_SG_GROUP_LEAVE:
		leave(n);
		return true;
	case API_SG_GROUP_BACK:
		come_back(n);
		return true;
	case API_SG_GROUPS_LEFT:
	case API_SG_GROUPS_OF:
		all(n);
		return true;
	default:
		return false;
	}
}
