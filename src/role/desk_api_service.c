/* What the people who run the service ask of it: its accounts, and how it is. */
#include "role/desk_api.h"

#define ACCOUNTS_MAX 1000u

static bool
has_part(const json_t *row, struct str part)
{
	struct str name = desk_text(row, "account");

	for (size_t i = 0; i + part.n <= name.n; i++)
		if (str_ieq(str_of(name.p + i, part.n), part))
			return true;
	return false;
}

/* A page of them, by name. */
static json_t *
shape_accounts(struct desk_conn *n, int *status, json_t *j)
{
	struct str cursor = desk_api_query(n, "cursor"), part = desk_api_query(n, "search");
	struct str limit = desk_api_query(n, "limit");
	json_t *data = json_array(), *row;
	uint32_t most = ACCOUNTS_MAX;
	bool more = false;
	size_t i;

	if (limit.p && (str_u32(limit, &most) < 0 || most == 0 || most > ACCOUNTS_MAX)) {
		*status = 400;
		json_decref(j);
		json_decref(data);
		return json_pack("{s:s}", "error", "\"limit\" is a number from 1 to 1000.");
	}
	json_array_foreach(json_object_get(j, "accounts"), i, row)
	{
		if ((cursor.n && str_cmp(desk_text(row, "account"), cursor) <= 0) ||
			(part.n && !has_part(row, part)))
			continue;
		more = json_array_size(data) == most;
		if (more)
			break;
		json_array_append(data, row);
	}
	row = more ? json_object_get(json_array_get(data, most - 1), "account") : NULL;
	row = row ? json_incref(row) : json_null();
	json_decref(j);
	return json_pack("{s:o,s:o}", "data", data, "next", row);
}

void
desk_api_accounts(struct desk_conn *n)
{
	desk_api_ask(n, "accounts.list", json_object(), shape_accounts);
}

/* What concerns nobody beside the machine is left out. */
static json_t *
shape_status(struct desk_conn *n, int *status, json_t *j)
{
	static const char *const names[] = { "version", "hostname", "ready", "reason", "engine",
		"uptime_s", "accepting", "delivering", "disk_full", "roles", "queue",
		"conservation", "oldest_due_s", "port25", "journal", "ledger_lag",
		"loaded_percent", "suppressions", "webhooks", "sandbox", "warnings", "keep" };
	json_t *out = json_object();

	(void)n;
	(void)status;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (json_object_get(j, names[i]))
			json_object_set(out, names[i], json_object_get(j, names[i]));
	json_decref(j);
	return out;
}

void
desk_api_status(struct desk_conn *n)
{
	desk_api_ask(n, "status", json_object(), shape_status);
}
