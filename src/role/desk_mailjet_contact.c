/* Mailjet's contactdata: the properties of contacts, by their addresses. */
#include "role/desk_listed.h"
#include "role/desk_mailjet.h"

#include "api/mailjet_rest.h"

static json_t *
shape(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = mailjet_rest_one(
		mailjet_rest_contactdata(n->params[0], json_object_get(j, "properties")));

	(void)status;
	json_decref(j);
	return out;
}

/* Its name in any case. */
static json_t *
member(const json_t *row, const char *wanted)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)row, name, v)
	{
		if (str_ieq_z(str_z(name), wanted))
			return v;
	}
	return NULL;
}

/* Data as {"NAME": value}; a new reference. NULL: it is no such list. */
static json_t *
properties_of(const json_t *data)
{
	json_t *all = json_object(), *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)data, i, row)
	{
		json_t *name = member(row, "Name"), *value = member(row, "Value");

		if (json_is_string(name) && value)
			json_object_set(all, json_string_value(name), value);
	}
	if (json_is_array(data) && json_object_size(all) == json_array_size(data))
		return all;
	json_decref(all);
	return NULL;
}

bool
desk_mailjet_contactdata(struct desk_conn *n)
{
	bool set = n->route->op == API_MJ_CONTACTDATA_SET;
	json_t *body, *properties = NULL;

	if (!set && n->route->op != API_MJ_CONTACTDATA)
		return false;
	if (!desk_listed_is_address(n->params[0])) {
		desk_api_refuse(n, 404, STR_NONE);
		return true;
	}
	if (set && !(properties = properties_of(desk_vendor_member(n, "Data")))) {
		desk_api_refuse(
			n, 400, STR_LIT("Data is a list of Name and Value, each name once."));
		return true;
	}
	body = json_pack("{s:I,s:o,s:b}", "tenant", (json_int_t)n->tenant, "address",
		desk_api_json(n->params[0]), "make", 1);
	if (set)
		json_object_set_new(body, "properties", properties);
	desk_api_ask(n, set ? "contacts.set" : "contacts.get", body, shape);
	return true;
}
