/*
 * Mailjet's contacts, as far as a suppression goes: an address is excluded from campaigns when
 * mail of the broadcast stream is suppressed for it. Each address is one, whether it has
 * properties (desk_mailjet_contact.c) or not.
 */
#include "role/desk_listed.h"
#include "role/desk_mailjet.h"

#include "api/mailjet_rest.h"

static struct str
email_of(struct desk_conn *n)
{
	const json_t *j =
		n->route->op == API_MJ_CONTACT_ADD ? desk_vendor_member(n, "Email") : NULL;

	if (n->route->op != API_MJ_CONTACT_ADD)
		return n->params[0];
	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

static json_t *
shape_contact(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *row, *excluded = NULL, *out;
	bool spam = false;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (str_eq_z(desk_text(row, "stream"), "transactional"))
			continue;
		excluded = row;
		spam |= str_eq_z(desk_text(row, "reason"), "complaint");
	}
	out = mailjet_rest_one(
		mailjet_rest_contact(email_of(n), desk_text(excluded, "at"), spam));
	json_decref(rows);
	if (n->route->op == API_MJ_CONTACT_ADD)
		*status = 201;
	return out;
}

static void
find(struct desk_conn *n)
{
	const struct desk_listed_query q = { .address = email_of(n), .limit = 100 };

	desk_listed_find(n, &q, shape_contact);
}

static json_t *
shape_changed(struct desk_conn *n, int *status, json_t *answers)
{
	json_decref(answers);
	*status = 0;
	find(n);
	return NULL;
}

static void
contact(struct desk_conn *n)
{
	const json_t *want = desk_vendor_member(n, "IsExcludedFromCampaigns");
	struct str email = email_of(n);
	json_t *addresses;
	bool yes = json_is_true(want) ||
	           (json_is_string(want) && str_ieq_z(str_z(json_string_value(want)), "true"));

	if (!desk_listed_is_address(email)) {
		desk_api_refuse(n, n->route->op == API_MJ_CONTACT_ADD ? 400 : 404, STR_NONE);
		return;
	}
	if (n->route->op == API_MJ_CONTACT || !want) {
		find(n);
		return;
	}
	addresses = json_pack("[s%]", email.p, email.n);
	if (yes)
		desk_listed_add(n, addresses,
			&(struct desk_listed_what){ "broadcast", "manual", 0 }, shape_changed);
	else
		/* What the address's owner or server said stays. */
		desk_listed_remove(n, addresses,
			&(struct desk_listed_what){ "broadcast", "manual", 0 }, shape_changed);
}

bool
desk_mailjet_listed(struct desk_conn *n)
{
	enum api_op op = n->route->op;

	if (op != API_MJ_CONTACT && op != API_MJ_CONTACT_ADD && op != API_MJ_CONTACT_CHANGE)
		return false;
	contact(n);
	return true;
}
