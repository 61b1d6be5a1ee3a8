/*
 * Mailjet's REST v3: API keys; senders and DNS, which are the account's domains ("*@domain" is
 * the sender of a domain).
 */
#include "role/desk_mailjet.h"

#include "api/mailjet_rest.h"

/* ---- keys ---- */

static json_t *
shape_key(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = mailjet_rest_one(mailjet_rest_apikey(j, n->tenant));

	*status = 201;
	json_decref(j);
	return out;
}

static void
keys(struct desk_conn *n)
{
	json_t *list = desk_vendor_keys(n), *rows, *row;
	struct str name = desk_vendor_query(n, "Name"), key = desk_vendor_query(n, "APIKey");
	size_t i;

	if (!list)
		return;
	rows = json_array();
	json_array_foreach(list, i, row)
	{
		if ((name.n == 0 || str_eq(desk_text(row, "label"), name)) &&
			(key.n == 0 || rest_is(key, desk_text(row, "key"))))
			json_array_append_new(rows, mailjet_rest_apikey(row, n->tenant));
	}
	json_decref(list);
	desk_mailjet_rows(n, rows);
}

static void
key(struct desk_conn *n)
{
	json_t *list = desk_vendor_keys(n), *row, *found = NULL;
	size_t i;

	if (!list)
		return;
	json_array_foreach(list, i, row)
	{
		if (!found && rest_is(n->params[0], desk_text(row, "key")))
			found = mailjet_rest_apikey(row, n->tenant);
	}
	json_decref(list);
	desk_mailjet_one(n, found);
}

static struct str
member_text_of(const struct desk_conn *n, const char *name)
{
	const json_t *j = desk_vendor_member(n, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

static void
empty(struct desk_conn *n, const char *name)
{
	desk_api_refuse(n, 400,
		arena_printf(&n->arena,
			"MJ08 Property %s is invalid: MJ03 A non-empty value is required",
			name));
}

/* A new key may do what the one that made it may. */
static void
key_add(struct desk_conn *n)
{
	struct str name = member_text_of(n, "Name");
	struct str scopes = desk_vendor_scopes(n, SCOPE_ALL);
	json_t *body;

	if (name.n == 0) {
		empty(n, "Name");
		return;
	}
	body = desk_vendor_question(n);
	json_object_set_new(body, "label", json_stringn(name.p, name.n));
	json_object_set_new(body, "scopes", json_stringn(scopes.p, scopes.n));
	desk_api_ask(n, "keys.add", body, shape_key);
}

/* ---- senders and DNS ---- */

static struct str
domain_of(struct str email)
{
	return str_from(email, str_rfind(email, '@') + 1);
}

static struct str
star(struct desk_conn *n, struct str domain)
{
	struct str s = arena_printf(&n->arena, "*@%.*s", STR_ARG(domain));

	return s.p ? s : STR_NONE;
}

/* The domain of the sender that the path or a body names (an address, "*@domain", or the number
 * of one of the latter), as a new reference; its spelling in *email. */
static json_t *
find_sender(struct desk_conn *n, const json_t *domains, struct str asked, struct str *email)
{
	bool address = str_find(asked, '@') < asked.n;
	json_t *row;
	size_t i;

	json_array_foreach(domains, i, row)
	{
		struct str all = star(n, desk_text(row, "domain"));

		if (address ? !str_ieq(domain_of(asked), domain_of(all)) : !rest_is(asked, all))
			continue;
		*email = address ? asked : all;
		return json_incref(row);
	}
	return NULL;
}

static bool
sender_fits(struct desk_conn *n, const json_t *domain, struct str email)
{
	struct str want = desk_vendor_query(n, "Domain"), is = desk_vendor_query(n, "Email");
	struct str status = desk_vendor_query(n, "Status"), only;
	bool active = json_is_true(json_object_get(domain, "verified"));

	only = desk_vendor_query(n, "IsDomainSender");
	return (want.n == 0 || str_ieq(want, domain_of(email))) &&
	       (is.n == 0 || str_ieq(is, email)) && (only.n == 0 || rest_true(only)) &&
	       (status.n == 0 || str_ieq_z(status, active ? "Active" : "Inactive"));
}

static void
senders(struct desk_conn *n)
{
	json_t *domains = desk_vendor_domains(n), *rows, *row;
	size_t i;

	if (!domains)
		return;
	rows = json_array();
	json_array_foreach(domains, i, row)
	{
		struct str email = star(n, desk_text(row, "domain"));

		if (sender_fits(n, row, email))
			json_array_append_new(rows, mailjet_rest_sender(row, email, STR_NONE));
	}
	json_decref(domains);
	desk_mailjet_rows(n, rows);
}

/* false: the call was answered. ret_domain: a new reference, NULL: there is none. */
static bool
sender_of(struct desk_conn *n, struct str asked, json_t **ret_domain, struct str *ret_email)
{
	json_t *domains = desk_vendor_domains(n);

	if (!domains)
		return false;
	*ret_domain = find_sender(n, domains, asked, ret_email);
	json_decref(domains);
	return true;
}

static void
sender(struct desk_conn *n)
{
	json_t *domain = NULL;
	struct str email;

	if (!sender_of(n, n->params[0], &domain, &email))
		return;
	desk_mailjet_one(n, domain ? mailjet_rest_sender(domain, email, STR_NONE) : NULL);
	json_decref(domain);
}

/* Does the body say something else than the row? What is only read does not count. */
static bool
changes(struct desk_conn *n, const json_t *row)
{
	static const char *const names[] = { "Name", "EmailType", "IsDefaultSender" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const json_t *given = desk_vendor_member(n, names[i]),
			     *there = json_object_get(row, names[i]);

		if (given &&
			!json_equal((json_t *)(uintptr_t)given, (json_t *)(uintptr_t)there))
			return true;
	}
	return false;
}

/* A sender has nothing that could be changed: 304, as the vendor has it, unless the caller
 * would have it otherwise; then the row as it stays. */
static void
sender_change(struct desk_conn *n)
{
	json_t *domain = NULL, *row;
	struct str email;

	if (!sender_of(n, n->params[0], &domain, &email))
		return;
	row = domain ? mailjet_rest_sender(domain, email, STR_NONE) : NULL;
	json_decref(domain);
	if (!row || changes(n, row)) {
		desk_mailjet_one(n, row);
		return;
	}
	json_decref(row);
	desk_api_answer(n, 304, NULL);
}

static json_t *
shape_sender(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = mailjet_rest_one(
		mailjet_rest_sender(j, member_text_of(n, "Email"), member_text_of(n, "Name")));

	*status = 201;
	json_decref(j);
	return out;
}

static void
sender_add(struct desk_conn *n)
{
	struct str email = str_trim(member_text_of(n, "Email")), same;
	struct str name = domain_of(email);
	json_t *domain = NULL, *body;
	int status = 201;

	if (email.n == 0 || name.n == 0 || name.n == email.n) {
		empty(n, "Email");
		return;
	}
	if (!sender_of(n, email, &domain, &same))
		return;
	if (domain && str_starts(email, STR_LIT("*@"))) {
		json_decref(domain);
		desk_api_refuse(n, 400,
			arena_printf(&n->arena,
				"MJ18 A Sender resource with value \"%.*s\" for Email already "
				"exists.",
				STR_ARG(str_head(email, 320))));
		return;
	}
	if (domain) {
		domain = shape_sender(n, &status, domain);
		desk_api_say(n, status, domain);
		return;
	}
	body = desk_vendor_question(n);
	json_object_set_new(body, "domain", json_stringn(name.p, name.n));
	desk_api_ask(n, "domains.add", body, shape_sender);
}

static json_t *
shape_removed(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	*status = 204;
	return j;
}

static json_t *
domain_question(struct desk_conn *n, const json_t *domain)
{
	json_t *body = desk_vendor_question(n);

	json_object_set(body, "domain", json_object_get(domain, "domain"));
	return body;
}

static void
sender_remove(struct desk_conn *n)
{
	json_t *domain = NULL;
	struct str email;

	if (!sender_of(n, n->params[0], &domain, &email))
		return;
	if (!domain)
		desk_api_refuse(n, 404, STR_NONE);
	else if (!str_starts(email, STR_LIT("*@")))
		desk_api_refuse(n, 400,
			arena_printf(&n->arena,
				"A sender is a whole domain here; to remove it, name *@%.*s.",
				STR_ARG(domain_of(email))));
	else
		desk_api_ask(n, "domains.remove", domain_question(n, domain), shape_removed);
	json_decref(domain);
}

static json_t *
shape_validate(struct desk_conn *n, int *status, json_t *j)
{
	json_t *row = mailjet_rest_validate(j), *out;
	struct str why = desk_text(row, "GlobalError");

	(void)n;
	json_decref(j);
	if (why.n == 0)
		return mailjet_rest_one(row);
	*status = 400;
	out = json_pack("{s:O}", "error", json_object_get(row, "GlobalError"));
	json_decref(row);
	return out;
}

static void
sender_validate(struct desk_conn *n)
{
	json_t *domain = NULL;
	struct str email;

	if (!sender_of(n, n->params[0], &domain, &email))
		return;
	if (domain)
		desk_api_ask(n, "domains.verify", domain_question(n, domain), shape_validate);
	else
		desk_api_refuse(n, 404, STR_NONE);
	json_decref(domain);
}

static json_t *
shape_check(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = mailjet_rest_one(mailjet_rest_dns_check(j));

	(void)n;
	(void)status;
	json_decref(j);
	return out;
}

static void
dns(struct desk_conn *n)
{
	json_t *domains = desk_vendor_domains(n), *row, *found = NULL;
	size_t i;

	if (!domains)
		return;
	json_array_foreach(domains, i, row)
	{
		if (rest_is(n->params[0], desk_text(row, "domain")))
			found = json_incref(row);
	}
	json_decref(domains);
	if (!found)
		desk_api_refuse(n, 404, STR_NONE);
	else if (n->route->op == API_MJ_DNS_CHECK)
		desk_api_ask(n, "domains.verify", domain_question(n, found), shape_check);
	else
		desk_mailjet_one(n, mailjet_rest_dns(found));
	json_decref(found);
}

static void
dns_list(struct desk_conn *n)
{
	json_t *domains = desk_vendor_domains(n), *rows, *row;
	size_t i;

	if (!domains)
		return;
	rows = json_array();
	json_array_foreach(domains, i, row) json_array_append_new(rows, mailjet_rest_dns(row));
	json_decref(domains);
	desk_mailjet_rows(n, rows);
}

void
desk_mailjet_account(struct desk_conn *n)
{
	switch (n->route->op) {
	case API_MJ_KEYS:
		keys(n);
		break;
	case API_MJ_KEY:
		key(n);
		break;
	case API_MJ_KEY_ADD:
		key_add(n);
		break;
	case API_MJ_SENDERS:
		senders(n);
		break;
	case API_MJ_SENDER:
		sender(n);
		break;
	case API_MJ_SENDER_CHANGE:
		sender_change(n);
		break;
	case API_MJ_SENDER_ADD:
		sender_add(n);
		break;
	case API_MJ_SENDER_REMOVE:
		sender_remove(n);
		break;
	case API_MJ_SENDER_VALIDATE:
		sender_validate(n);
		break;
	case API_MJ_DNS_LIST:
		dns_list(n);
		break;
	case API_MJ_DNS:
	case API_MJ_DNS_CHECK:
		dns(n);
		break;
	default:
		desk_api_refuse(n, 404, STR_NONE);
		break;
	}
}
