#include "role/desk_user.h"

#include "account/control_chain.h"

#include <errno.h>

struct ask {
	struct control *control;
	const json_t *body;
	json_t *got;
	struct control_page page;
	const char *why; /* own sentence for -EINVAL; NULL = the tables' */
};

/* p NULL: the member is not there. */
static struct str
given(const json_t *body, const char *name)
{
	const json_t *v = json_object_get(body, name);

	return v && !json_is_null(v) ? desk_text(body, name) : (struct str){ NULL, 0 };
}

static int
bad(struct ask *a, const char *why)
{
	a->why = why;
	return -EINVAL;
}

/* An account by its name; without one the platform, or all where that is meant. */
static int
tenant_of(struct ask *a, uint32_t otherwise, uint32_t *ret)
{
	struct str account = desk_text(a->body, "account");

	*ret = otherwise;
	return account.n ? control_account_tenant(a->control, account, ret) : 0;
}

/* Of pages that have `most` rows at most. */
static int
page_of(struct ask *a, size_t usual, size_t most)
{
	const json_t *limit = json_object_get(a->body, "limit");
	json_int_t n = limit ? json_integer_value(limit) : (json_int_t)usual;

	if (n < 1 || n > (json_int_t)most)
		return bad(a, most == CONTROL_AUDIT_PAGE
				      ? "\"limit\" is a number from 1 to 200."
				      : "\"limit\" is a number from 1 to 1000.");
	a->page.limit = (size_t)n;
	a->page.after = desk_text(a->body, "after");
	return 0;
}

static json_t *
page_json(const struct ask *a, const char *name, json_t *rows)
{
	return json_pack("{s:o,s:o}", name, rows, "next",
		a->page.next[0] ? json_string(a->page.next) : json_null());
}

static int
list(struct ask *a)
{
	json_t *rows = NULL;
	uint32_t tenant;
	int err = tenant_of(a, CONTROL_ANY_TENANT, &tenant);

	err = err ? err : page_of(a, CONTROL_USERS_MAX, CONTROL_USERS_MAX);
	err = err ? err : control_user_page(a->control, tenant, &a->page, &rows);
	if (!err)
		a->got = page_json(a, "users", rows);
	return err;
}

static int
texts(struct ask *a, struct control_user_text *t)
{
	const json_t *enabled = json_object_get(a->body, "enabled");

	*t = (struct control_user_text){ .email = given(a->body, "email"),
		.name = given(a->body, "name"),
		.role = given(a->body, "role"),
		.language = given(a->body, "language"),
		.enabled = !enabled ? -1 : json_is_true(enabled) };
	if (enabled && !json_is_boolean(enabled))
		return bad(a, "\"enabled\" must be true or false.");
	return 0;
}

static int
add(struct ask *a)
{
	struct control_user_text t;
	uint32_t tenant;
	int err = tenant_of(a, 0, &tenant);

	err = err ? err : texts(a, &t);
	return err ? err : control_user_invite(a->control, tenant, &t, &a->got);
}

static int
set(struct ask *a)
{
	struct control_user_text t;
	struct control_user u;
	int err = texts(a, &t);

	err = err ? err : control_user_find(a->control, desk_text(a->body, "user"), &u);
	return err ? err : control_user_set(a->control, u.id, &t, &a->got);
}

static int
remove_(struct ask *a)
{
	struct control_user u;
	int err = control_user_find(a->control, desk_text(a->body, "user"), &u);

	err = err ? err : control_user_remove(a->control, u.id);
	if (!err)
		a->got = json_pack("{s:s,s:b}", "email", u.email, "removed", 1);
	return err;
}

static int
link_(struct ask *a)
{
	struct str user = desk_text(a->body, "user");
	struct control_user u = { 0 };
	int err = 0;

	if (user.n)
		err = control_user_find(a->control, user, &u);
	else if (!control_user_none(a->control))
		return bad(a, "There are users already: name one.");
	return err ? err : control_link_make(a->control, u.id, &a->got);
}

/* The way back of who lost his phone. */
static int
totp_off(struct ask *a)
{
	struct control_user u;
	int err = control_user_find(a->control, desk_text(a->body, "user"), &u);

	err = err ? err : control_totp_remove(a->control, u.id);
	if (!err)
		a->got = json_pack("{s:s,s:b}", "email", u.email, "totp", 0);
	return err;
}

static int
audit(struct ask *a)
{
	json_t *rows = NULL;
	uint32_t tenant;
	int err = tenant_of(a, CONTROL_ANY_TENANT, &tenant);

	err = err ? err : page_of(a, 50, CONTROL_AUDIT_PAGE);
	if (!err)
		err = control_audit_page(
			a->control, tenant, tenant == CONTROL_ANY_TENANT, &a->page, &rows);
	if (!err)
		a->got = page_json(a, "audit", rows);
	return err;
}

static int
verify(struct ask *a)
{
	struct str account = desk_text(a->body, "account"), after = desk_text(a->body, "after");
	struct control_chain_ask k = { .noted = desk_text(a->body, "noted") };
	uint64_t number = 0;
	int err = 0;

	if (after.n && (str_u64(after, &number) < 0 || number > INT64_MAX))
		return bad(a, "This cursor is not the \"next\" of an answer.");
	k.after = (int64_t)number;
	if (!str_eq_z(account, "system"))
		err = tenant_of(a, 0, &k.tenant);
	err = err ? err : control_chain_verify(a->control, &k, &a->got);
	if (!err)
		json_object_set_new(a->got, "account",
			k.tenant ? json_stringn(account.p, account.n) : json_null());
	return err;
}

static const struct {
	const char *name, *needs;
	int (*fn)(struct ask *a);
} verbs[] = {
	{ "users.list", NULL, list },
	{ "users.add", "email", add },
	{ "users.set", "user", set },
	{ "users.remove", "user", remove_ },
	{ "users.link", NULL, link_ },
	{ "users.totp_off", "user", totp_off },
	{ "audit.list", NULL, audit },
	{ "audit.verify", NULL, verify },
};
#define NVERBS (sizeof verbs / sizeof *verbs)

bool
desk_user_has(struct str verb)
{
	for (size_t i = 0; i < NVERBS; i++)
		if (str_eq_z(verb, verbs[i].name))
			return true;
	return false;
}

/* A member of another type would be passed over. */
static const char *
wrong_type(const json_t *body, char *text, size_t size)
{
	static const char *const all[] = { "account", "email", "name", "role", "language",
		"user", "after", "noted" };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const json_t *v = json_object_get(body, all[i]);

		if (!v || json_is_string(v) || json_is_null(v))
			continue;
		snprintf(text, size, "\"%s\" must be a text.", all[i]);
		return text;
	}
	return NULL;
}

static int
status_of(int err)
{
	return err == -EEXIST ? 409 : err == -ENOENT ? 404 : err == -EINVAL ? 400 : 500;
}

static struct desk_control_answer
run(const char *needs, int (*fn)(struct ask *a), struct ask *a)
{
	char text[100];
	const char *why = wrong_type(a->body, text, sizeof text);
	int err = -EINVAL;

	if (!why && needs && desk_text(a->body, needs).n == 0) {
		snprintf(text, sizeof text, "\"%s\" is missing: a text that is not empty.",
			needs);
		why = text;
	}
	if (!why) {
		err = fn(a);
		why = a->why ? a->why : control_error(a->control);
	}
	if (!err)
		return (struct desk_control_answer){ .status = 200, .json = a->got };
	json_decref(a->got);
	return (struct desk_control_answer){ .status = status_of(err),
		.json = desk_error_json(status_of(err), why) };
}

struct desk_control_answer
desk_user_do(struct control *c, struct str verb, const json_t *body)
{
	struct ask a = { .control = c, .body = body };

	for (size_t i = 0; i < NVERBS; i++)
		if (str_eq_z(verb, verbs[i].name))
			return run(verbs[i].needs, verbs[i].fn, &a);
	return (struct desk_control_answer){ .status = 404,
		.json = desk_error_json(404, "There is no such verb.") };
}

/* The first member that names something. Never a URL: it may hold a password. */
struct control_deed
desk_user_deed(struct str verb, const json_t *body, char text[64])
{
	static const char *const names[] = { "key", "domain", "template", "group", "id", "user",
		"email", "address", "rule", "incident", "name", "message", "to", "account" };
	const json_t *tenant = json_object_get(body, "tenant");
	struct control_deed d = { .what = verb,
		.on = STR_NONE,
		.account = desk_text(body, "account"),
		.tenant = (uint32_t)json_integer_value(tenant) };

	/* Whom an erasure is about stands nowhere: control_erasure_add says its hash. */
	if (str_starts(verb, STR_LIT("erasures.")))
		return d;
	for (size_t i = 0; i < sizeof names / sizeof *names && d.on.n == 0; i++) {
		const json_t *v = json_object_get(body, names[i]);

		if (!json_is_integer(v)) {
			d.on = desk_text(body, names[i]);
			continue;
		}
		snprintf(text, 64, "%lld", (long long)json_integer_value(v));
		d.on = str_z(text);
	}
	return d;
}
