/* SendGrid's suppression lists and its global unsubscribes. */
#include "role/desk_listed.h"
#include "role/desk_sendgrid.h"

#include "base/utc.h"

#define LIMIT      500u
#define DELETE_MAX DESK_SENDGRID_EMAILS
#define GLOBAL     "unsubscribe,manual"

/* The reasons of a list; "": a list that is made of the ledger (desk_sendgrid_failed.c); NULL:
 * there is no such list. */
static const char *
reasons_of(struct str list)
{
	static const struct {
		const char *list, *reasons;
	} table[] = { { "bounces", "hard_bounce" }, { "spam_reports", "complaint" },
		{ "unsubscribes", GLOBAL }, { "blocks", "" }, { "invalid_emails", "" } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_ieq_z(list, table[i].list))
			return table[i].reasons;
	return NULL;
}

static json_t *
entry(struct desk_conn *n, const json_t *row)
{
	int64_t at = 0;
	json_t *o;

	(void)utc_parse(desk_text(row, "at"), &at);
	o = json_pack("{s:I, s:O}", "created", (json_int_t)(at / UTC_SEC), "email",
		json_object_get(row, "address"));
	if (str_ieq_z(n->params[0], "bounces")) {
		json_object_set(o, "reason", json_object_get(row, "note"));
		json_object_set_new(o, "status", json_string("5.0.0"));
	} else if (str_ieq_z(n->params[0], "spam_reports")) {
		json_object_set_new(o, "ip", json_string(""));
	}
	return o;
}

static json_t *
shape_list(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *list = json_array(), *row;
	size_t i;

	(void)status;
	json_array_foreach(rows, i, row) json_array_append_new(list, entry(n, row));
	json_decref(rows);
	return list;
}

static json_t *
shape_global(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *o = json_object();

	(void)status;
	if (json_array_size(rows) > 0)
		json_object_set_new(
			o, "recipient_email", json_stringn(n->params[0].p, n->params[0].n));
	json_decref(rows);
	return o;
}

/* 0: not said. false: the call was answered. */
static bool
when(struct desk_conn *n, const char *name, int64_t *ret_wall)
{
	struct str s = desk_vendor_query(n, name);

	*ret_wall = 0;
	if (s.n == 0 || rest_when(s, false, ret_wall) == 0)
		return true;
	desk_sendgrid_bad(n, name, "must be seconds since 1970");
	return false;
}

static struct str
when_text(struct desk_conn *n, int64_t wall)
{
	char text[UTC_TEXT_SIZE];
	struct str s = wall ? arena_str(&n->arena, str_z(utc_rfc3339(text, wall))) : STR_NONE;

	return s.p ? s : STR_NONE;
}

static void
find(struct desk_conn *n)
{
	const char *reasons = reasons_of(n->params[0]);
	bool one = n->route->op == API_SG_LISTED_ONE;
	struct desk_sendgrid_page p = { .address = one ? n->params[1]
		                                       : desk_vendor_query(n, "email") };
	struct str limit = desk_vendor_query(n, "limit"),
		   offset = desk_vendor_query(n, "offset");
	uint32_t most = LIMIT, skip = 0;

	if (!reasons)
		desk_api_refuse(n, 404, STR_NONE);
	else if ((limit.n && (str_u32(limit, &most) < 0 || most == 0 || most > LIMIT)) ||
		 (offset.n && (str_u32(offset, &skip) < 0 || skip > 1000000)))
		desk_sendgrid_bad(n, "limit", "must be a number from 1 to 500, offset one");
	else if (p.address.n && !desk_listed_is_address(p.address))
		desk_api_say(n, 200, json_array());
	else if (when(n, "start_time", &p.since) && when(n, "end_time", &p.until)) {
		const struct desk_listed_query q = { .address = p.address,
			.since = when_text(n, p.since),
			.until = when_text(n, p.until),
			.reasons = reasons,
			.limit = most,
			.offset = skip };

		p.limit = most;
		p.offset = skip;
		if (*reasons)
			desk_listed_find(n, &q, shape_list);
		else
			desk_sendgrid_failed(n, &p);
	}
}

static bool
changed(const json_t *answers)
{
	const json_t *one;
	size_t i;

	json_array_foreach(answers, i, one)
	{
		if (json_integer_value(json_object_get(one, "changed")) > 0)
			return true;
	}
	return false;
}

static json_t *
shape_removed(struct desk_conn *n, int *status, json_t *answers)
{
	bool one = n->route->op != API_SG_LISTED_REMOVE;

	*status = one && !changed(answers) ? 404 : 204;
	json_decref(answers);
	return json_object();
}

static json_t *
shape_remove_all(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *addresses = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		json_array_append(addresses, json_object_get(row, "address"));
	json_decref(rows);
	*status = 0;
	desk_listed_remove(n, addresses,
		&(struct desk_listed_what){ "", reasons_of(n->params[0]), 0 }, shape_removed);
	return NULL;
}

static void
remove_one(struct desk_conn *n, struct str email, const char *reasons)
{
	if (!reasons || !desk_listed_is_address(email))
		desk_api_refuse(n, 404, STR_NONE);
	else if (!*reasons)
		desk_sendgrid_forget_one(n, email);
	else
		desk_listed_remove(n, json_pack("[s%]", email.p, email.n),
			&(struct desk_listed_what){ "", reasons, 0 }, shape_removed);
}

static void
remove_many(struct desk_conn *n)
{
	const char *reasons = reasons_of(n->params[0]);
	json_t *emails = json_object_get(n->asked, "emails");
	struct desk_listed_query q = { .reasons = reasons, .limit = DELETE_MAX };

	if (!reasons)
		desk_api_refuse(n, 404, STR_NONE);
	else if (!*reasons)
		desk_sendgrid_forget(n);
	else if (json_is_true(json_object_get(n->asked, "delete_all")))
		desk_listed_find(n, &q, shape_remove_all);
	else if (json_array_size(emails) > 0 && json_array_size(emails) <= DELETE_MAX)
		desk_listed_remove(n, json_incref(emails),
			&(struct desk_listed_what){ "", reasons, 0 }, shape_removed);
	else
		desk_sendgrid_bad(n, "emails", "or delete_all is required");
}

static json_t *
shape_added(struct desk_conn *n, int *status, json_t *answers)
{
	json_decref(answers);
	*status = 201;
	return json_pack(
		"{s:O}", "recipient_emails", json_object_get(n->asked, "recipient_emails"));
}

static void
add(struct desk_conn *n)
{
	json_t *emails = json_object_get(n->asked, "recipient_emails"), *one;
	size_t i;

	if (json_array_size(emails) == 0 || json_array_size(emails) > DELETE_MAX) {
		desk_sendgrid_bad(n, "recipient_emails", "is required");
		return;
	}
	json_array_foreach(emails, i, one)
	{
		if (!json_is_string(one) ||
			!desk_listed_is_address(str_z(json_string_value(one)))) {
			desk_sendgrid_bad(n, "recipient_emails", "holds what is no address");
			return;
		}
	}
	desk_listed_add(n, json_incref(emails),
		&(struct desk_listed_what){ "all", "manual", 0 }, shape_added);
}

static void
global(struct desk_conn *n)
{
	const struct desk_listed_query q = {
		.address = n->params[0], .reasons = GLOBAL, .limit = 1
	};

	if (desk_listed_is_address(n->params[0]))
		desk_listed_find(n, &q, shape_global);
	else
		desk_api_say(n, 200, json_object());
}

bool
desk_sendgrid_listed(struct desk_conn *n)
{
	switch (n->route->op) {
	case API_SG_LISTED:
	case API_SG_LISTED_ONE:
		find(n);
		return true;
	case API_SG_LISTED_REMOVE:
		remove_many(n);
		return true;
	case API_SG_LISTED_REMOVE_ONE:
		remove_one(n, n->params[1], reasons_of(n->params[0]));
		return true;
	case API_SG_GLOBAL:
		global(n);
		return true;
	case API_SG_GLOBAL_ADD:
		add(n);
		return true;
	case API_SG_GLOBAL_REMOVE:
		remove_one(n, n->params[0], GLOBAL);
		return true;
	default:
		return false;
	}
}
