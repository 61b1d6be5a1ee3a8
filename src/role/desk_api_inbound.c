/*
 * Inbound mail in the API: native; Mailjet's parseroute, SendGrid's parse settings and what
 * Postmark's server says of it. Each is a row of role/desk_inbound.h in the vendor's words.
 */
#include "api/postmark_rest.h"
#include "role/desk_api.h"

#include "api/mailjet_rest.h"
#include "role/desk_inbound.h"
#include "role/desk_vendor.h"

/* ---- native ---- */

/* Where addresses are made that nobody named. */
static void
set_at(struct desk_conn *n, json_t *body)
{
	struct str at = n->desk->config->bounce_domain;

	json_object_del(body, "at");
	if (at.n)
		json_object_set_new(body, "at", json_stringn(at.p, at.n));
}

static void
native(struct desk_conn *n, const char *verb, desk_api_shape *shape)
{
	json_t *body = desk_api_tenant_question(n);

	if (!body)
		return;
	/* What the path names, whatever the body says. */
	json_object_set_new(body, "id", json_stringn(n->params[0].p, n->params[0].n));
	set_at(n, body);
	desk_api_ask(n, verb, body, shape);
}

static void
forward(struct desk_conn *n, bool change)
{
	json_t *body = desk_api_tenant_question(n);

	if (!body)
		return;
	if (!change)
		json_object_del(body, "forward");
	else if (!json_object_get(body, "forward"))
		json_object_set_new(body, "forward", json_null());
	desk_api_ask(n, "accounts.forward", body, NULL);
}

/* ---- what the vendors' calls share ---- */

/* Only the account: what a vendor calls url or address is another member. */
static json_t *
empty_question(struct desk_conn *n)
{
	json_t *all = desk_api_tenant_question(n), *body;

	if (!all)
		return NULL;
	body = json_pack("{s:O}", "tenant", json_object_get(all, "tenant"));
	json_decref(all);
	return body;
}

static void
set_text(json_t *body, const char *name, struct str s)
{
	json_object_set_new(body, name, json_stringn(s.p, s.n));
}

/* The account's rows of these formats; NULL: answered. New reference. */
static json_t *
rows_of(struct desk_conn *n, const char *format)
{
	struct control *c = desk_control(n->desk);
	json_t *body = empty_question(n), *list;
	struct desk_control_answer a;

	if (!body)
		return NULL;
	if (!c) {
		json_decref(body);
		desk_api_refuse(n, 503, STR_LIT("The tables cannot be opened."));
		return NULL;
	}
	json_object_set_new(body, "format", json_string(format));
	a = desk_inbound_do(c, STR_LIT("inbound.list"), body, loop_wall(n->desk->loop));
	json_decref(body);
	list = json_incref(json_object_get(a.json, "inbound"));
	json_decref(a.json);
	if (!list)
		desk_api_refuse(n, 503, STR_LIT("The tables cannot be read."));
	return list;
}

/* By number or address; borrowed, NULL: none. */
static json_t *
row_of(const json_t *list, struct str name)
{
	uint64_t number = 0;
	json_t *row;
	size_t i;

	(void)str_u64(name, &number);
	json_array_foreach((json_t *)(uintptr_t)list, i, row)
	{
		if (str_ieq(desk_text(row, "address"), name) ||
			(number && (uint64_t)json_integer_value(
					   json_object_get(row, "number")) == number))
			return row;
	}
	return NULL;
}

/* The row that the path names, a new reference; NULL, and answered: there is none. */
static json_t *
named(struct desk_conn *n, const char *format)
{
	json_t *list = rows_of(n, format), *row;

	if (!list)
		return NULL;
	row = json_incref(row_of(list, n->params[0]));
	json_decref(list);
	if (!row)
		desk_api_refuse(n, 404, STR_NONE);
	return row;
}

/* A URL as it was shown is no new one: its password is not in it. */
static void
set_url(json_t *body, struct str url, const json_t *row)
{
	if (url.n && !(row && str_eq(url, desk_text(row, "url"))))
		set_text(body, "url", url);
}

static void
remove_row(struct desk_conn *n, const char *format)
{
	json_t *row = named(n, format), *body;

	if (!row)
		return;
	body = empty_question(n);
	if (body)
		json_object_set(body, "id", json_object_get(row, "number"));
	json_decref(row);
	desk_api_ask(n, "inbound.remove", body, desk_api_none);
}

/* ---- Mailjet: parseroute ---- */

static json_t *
route_json(struct desk_conn *n, const json_t *row)
{
	return json_pack("{s:I,s:O,s:O,s:O}", "APIKeyID", (json_int_t)n->tenant, "Email",
		json_object_get(row, "address"), "ID", json_object_get(row, "number"), "Url",
		json_object_get(row, "url"));
}

static json_t *
shape_route(struct desk_conn *n, int *status, json_t *j)
{
	json_t *row = route_json(n, j);

	(void)status;
	json_decref(j);
	return mailjet_rest_one(row);
}

static json_t *
shape_route_added(struct desk_conn *n, int *status, json_t *j)
{
	*status = 201;
	return shape_route(n, status, j);
}

static void
routes(struct desk_conn *n)
{
	json_t *list = rows_of(n, "mailjet"), *rows, *row;
	uint32_t limit = 10, offset = 0;
	size_t i;

	if (!list)
		return;
	(void)str_u32(desk_vendor_query(n, "Limit"), &limit);
	(void)str_u32(desk_vendor_query(n, "Offset"), &offset);
	if (limit == 0 || limit > 1000)
		limit = 1000;
	rows = json_array();
	json_array_foreach(list, i, row)
	{
		if (i >= offset && i - offset < limit)
			json_array_append_new(rows, route_json(n, row));
	}
	json_decref(list);
	desk_api_answer(n, 200, mailjet_rest_list(rows, json_array_size(rows)));
}

static struct str
member_text(struct desk_conn *n, const char *name)
{
	const json_t *v = desk_vendor_member(n, name);

	return json_is_string(v) ? str_of(json_string_value(v), json_string_length(v))
	                         : STR_NONE;
}

static void
route_add(struct desk_conn *n)
{
	struct str url = member_text(n, "Url"), email = member_text(n, "Email");
	json_t *list, *body;
	bool same;

	if (url.n == 0) {
		desk_api_refuse(n, 400, STR_LIT("MJ03 A non-empty value is required for Url."));
		return;
	}
	list = rows_of(n, "");
	if (!list)
		return;
	same = email.n && row_of(list, email);
	json_decref(list);
	if (same) {
		desk_api_refuse(n, 400,
			arena_printf(&n->arena,
				"MJ18 A Parseroute resource with value \"%.*s\" for Email "
				"already exists.",
				STR_ARG(email)));
		return;
	}
	body = empty_question(n);
	if (!body)
		return;
	set_text(body, "format", STR_LIT("mailjet"));
	set_text(body, "url", url);
	if (email.n)
		set_text(body, "address", email);
	set_at(n, body);
	desk_api_ask(n, "inbound.add", body, shape_route_added);
}

static void
route(struct desk_conn *n)
{
	json_t *row = named(n, "mailjet"), *rows;

	if (!row)
		return;
	rows = json_array();
	json_array_append_new(rows, route_json(n, row));
	json_decref(row);
	desk_api_answer(n, 200, mailjet_rest_list(rows, json_array_size(rows)));
}

static void
route_update(struct desk_conn *n)
{
	/* What is asked is gone when the call was answered. */
	struct str email = member_text(n, "Email");
	json_t *row = named(n, "mailjet"), *body;

	if (!row)
		return;
	body = empty_question(n);
	if (body) {
		json_object_set(body, "id", json_object_get(row, "number"));
		set_url(body, member_text(n, "Url"), row);
		if (email.n && !str_ieq(email, desk_text(row, "address")))
			set_text(body, "address", email);
	}
	json_decref(row);
	desk_api_ask(n, "inbound.update", body, shape_route);
}

/* ---- SendGrid: user/webhooks/parse/settings ---- */

static json_t *
setting_json(const json_t *row)
{
	return json_pack("{s:O,s:O,s:O,s:b}", "hostname", json_object_get(row, "address"),
		"url", json_object_get(row, "url"), "spam_check",
		json_object_get(row, "spam_check"), "send_raw",
		str_eq_z(desk_text(row, "format"), "sendgrid-raw"));
}

static json_t *
shape_setting(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = setting_json(j);

	(void)n;
	(void)status;
	json_decref(j);
	return out;
}

static json_t *
shape_setting_added(struct desk_conn *n, int *status, json_t *j)
{
	*status = 201;
	return shape_setting(n, status, j);
}

static void
settings(struct desk_conn *n)
{
	json_t *list = rows_of(n, "sendgrid"), *out, *row;
	size_t i;

	if (!list)
		return;
	out = json_array();
	json_array_foreach(list, i, row)
	{
		json_array_append_new(out, setting_json(row));
	}
	json_decref(list);
	desk_api_answer(n, 200, json_pack("{s:o}", "result", out));
}

static void
setting(struct desk_conn *n)
{
	json_t *row = named(n, "sendgrid");

	if (!row)
		return;
	desk_api_answer(n, 200, setting_json(row));
	json_decref(row);
}

static void
set_flags(struct desk_conn *n, json_t *body)
{
	const json_t *raw = json_object_get(n->asked, "send_raw"),
		     *spam = json_object_get(n->asked, "spam_check");

	if (json_is_boolean(raw))
		json_object_set_new(body, "format",
			json_string(json_is_true(raw) ? "sendgrid-raw" : "sendgrid"));
	if (json_is_boolean(spam))
		json_object_set(body, "spam_check", (json_t *)(uintptr_t)spam);
}

static void
setting_add(struct desk_conn *n)
{
	struct str host = desk_text(n->asked, "hostname"), url = desk_text(n->asked, "url");
	json_t *body;

	if (host.n == 0 || url.n == 0) {
		desk_api_refuse(n, 400,
			host.n ? STR_LIT("url: this field is required")
			       : STR_LIT("hostname: this field is required"));
		return;
	}
	body = empty_question(n);
	if (!body)
		return;
	set_text(body, "format", STR_LIT("sendgrid"));
	set_text(body, "address", host);
	set_text(body, "url", url);
	set_flags(n, body);
	desk_api_ask(n, "inbound.add", body, shape_setting_added);
}

static void
setting_update(struct desk_conn *n)
{
	json_t *row = named(n, "sendgrid"), *body;

	if (!row)
		return;
	body = empty_question(n);
	if (body) {
		json_object_set(body, "id", json_object_get(row, "number"));
		set_url(body, desk_text(n->asked, "url"), row);
		set_flags(n, body);
	}
	json_decref(row);
	desk_api_ask(n, "inbound.update", body, shape_setting);
}

/* ---- Postmark: the server ---- */

/* row NULL: there is none. */
static json_t *
server_json(struct desk_conn *n, const json_t *row)
{
	json_t *j = postmark_rest_server(desk_vendor_account(n), n->tenant);
	struct str address = desk_text(row, "address"), hash = address;
	bool whole;

	if (!row)
		return j;
	hash = str_head(hash, str_find(hash, '@'));
	whole = hash.n == address.n;
	set_text(j, "InboundHookUrl", desk_text(row, "url"));
	set_text(j, "InboundDomain", whole ? address : str_from(address, hash.n + 1));
	set_text(j, "InboundAddress", whole ? STR_NONE : address);
	set_text(j, "InboundHash", whole ? STR_NONE : hash);
	return j;
}

static json_t *
shape_server(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = server_json(n, json_object_get(j, "address") ? j : NULL);

	(void)status;
	json_decref(j);
	return out;
}

/* Its one row, a new reference or NULL; *ret_ok false: answered. */
static json_t *
server_row(struct desk_conn *n, bool *ret_ok)
{
	json_t *list = rows_of(n, "postmark"), *row;

	*ret_ok = list != NULL;
	row = json_incref(json_array_get(list, 0));
	json_decref(list);
	return row;
}

static void
server(struct desk_conn *n)
{
	bool ok;
	json_t *row = server_row(n, &ok);

	if (ok)
		desk_api_answer(n, 200, server_json(n, row));
	json_decref(row);
}

/* InboundHookUrl sets, changes or (empty) removes; what else a server has is not ours. */
static void
server_update(struct desk_conn *n)
{
	const json_t *given = desk_vendor_member(n, "InboundHookUrl");
	struct str url = member_text(n, "InboundHookUrl"),
		   domain = member_text(n, "InboundDomain");
	const char *verb = "inbound.update";
	bool ok;
	json_t *row = server_row(n, &ok), *body;

	if (!ok)
		return;
	if ((!row && url.n == 0) || (row && !json_is_string(given) && domain.n == 0)) {
		desk_api_answer(n, 200, server_json(n, row));
		json_decref(row);
		return;
	}
	body = empty_question(n);
	if (body && row) {
		json_object_set(body, "id", json_object_get(row, "number"));
		set_url(body, url, row);
		if (json_is_string(given) && url.n == 0)
			verb = "inbound.remove";
	} else if (body) {
		verb = "inbound.add";
		set_text(body, "format", STR_LIT("postmark"));
		set_text(body, "url", url);
		set_at(n, body);
	}
	if (body && domain.n && !(row && str_ends(desk_text(row, "address"), domain)))
		set_text(body, "address", domain);
	json_decref(row);
	desk_api_ask(n, verb, body, shape_server);
}

/* ---- all of them ---- */

static void
ask_native(struct desk_conn *n, enum api_op op)
{
	switch (op) {
	case API_INBOUND_LIST:
		native(n, "inbound.list", desk_api_hook_list);
		break;
	case API_INBOUND_ADD:
		native(n, "inbound.add", desk_api_hook_added);
		break;
	case API_INBOUND:
		native(n, "inbound.get", desk_api_hook_one);
		break;
	case API_INBOUND_UPDATE:
		native(n, "inbound.update", desk_api_hook_one);
		break;
	case API_INBOUND_REMOVE:
		native(n, "inbound.remove", desk_api_none);
		break;
	default:
		forward(n, op == API_FORWARD_SET);
	}
}

bool
desk_api_inbound(struct desk_conn *n, enum api_op op)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_MJ_PARSE_ROUTES, routes },
		{ API_MJ_PARSE_ROUTE_ADD, route_add },
		{ API_MJ_PARSE_ROUTE, route },
		{ API_MJ_PARSE_ROUTE_CHANGE, route_update },
		{ API_SG_PARSE_LIST, settings },
		{ API_SG_PARSE_ADD, setting_add },
		{ API_SG_PARSE, setting },
		{ API_SG_PARSE_CHANGE, setting_update },
		{ API_PM_SERVER, server },
		{ API_PM_SERVER_CHANGE, server_update },
	};

	if (op >= API_INBOUND_LIST && op <= API_FORWARD_SET) {
		ask_native(n, op);
		return true;
	}
	if (op == API_MJ_PARSE_ROUTE_REMOVE || op == API_SG_PARSE_REMOVE) {
		remove_row(n, op == API_SG_PARSE_REMOVE ? "sendgrid" : "mailjet");
		return true;
	}
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == op) {
			table[i].fn(n);
			return true;
		}
	return false;
}
