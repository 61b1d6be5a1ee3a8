/*
 * People over the API: who may list, add, change and remove whom, and end whose session.
 *
 *   himself          name, language, password; his sessions
 *   owner            users of his account; the platform's owner: all
 *   operator         all but the platform's owners
 *   key `operate`    users of accounts
 *   others, keys     see those of their account, change nobody
 *
 * A user of another account is as one that never was.
 */
#include "role/desk_api.h"

#include "wire/typed_id.h"

#include <errno.h>

#define FORBIDDEN                                                                              \
	STR_LIT("Users are changed by an owner of the account, or by the operator of this "    \
		"service.")

static bool
is_platform(const struct desk_conn *n)
{
	return n->user ? n->platform : (n->scopes & SCOPE_OPERATE) != 0;
}

static bool
may_change(const struct desk_conn *n, uint32_t tenant, enum user_role role)
{
	if (n->user && n->role == USER_OWNER)
		return n->platform || (tenant && tenant == n->tenant);
	if (n->user)
		return n->role == USER_OPERATOR && (tenant || role != USER_OWNER);
	return (n->scopes & SCOPE_OPERATE) && tenant;
}

/* The user by a usr_…, if the caller may know of him. False: answered. */
static bool
known(struct desk_conn *n, struct str id, struct control_user *u)
{
	struct control *c = desk_control(n->desk);
	int err = c && str_find(id, '@') == id.n ? control_user_find(c, id, u) : -ENOENT;

	if (!err && (is_platform(n) || u->id == (int64_t)n->user ||
			    (u->tenant && u->tenant == n->tenant)))
		return true;
	desk_api_refuse(n, err && err != -ENOENT ? 503 : 404,
		err && err != -ENOENT ? STR_LIT("The control tables cannot be read.")
				      : DESK_API_NOTHING);
	return false;
}

/* The name of an account; empty: it has none (the platform). */
static struct str
name_of(struct desk_conn *n, uint32_t tenant)
{
	json_t *all = desk_tenants(n->desk);
	char id[16];
	struct str name;

	snprintf(id, sizeof id, "%u", (unsigned)tenant);
	name = tenant ? arena_str(&n->arena, desk_text(all, id)) : STR_NONE;
	json_decref(all);
	/* Never all of them for one whose name cannot be read. */
	return tenant && !name.n ? STR_LIT(DESK_API_NOBODY) : name;
}

/* Whose rows a list is of: the caller's account; of the platform's people, all without one. An
 * operator's key may name one, or all. */
static json_t *
whose(struct desk_conn *n)
{
	uint32_t tenant = desk_api_tenant(n);
	json_t *body = json_object();
	struct str name = tenant == UINT32_MAX ? STR_NONE : name_of(n, tenant);

	if (tenant == UINT32_MAX) {
		json_decref(body);
		desk_api_refuse(n, 404, DESK_API_NOTHING);
		return NULL;
	}
	if (name.n)
		json_object_set_new(body, "account", desk_api_json(name));
	return body;
}

/* The same, with the page that is wanted. */
static json_t *
whose_page(struct desk_conn *n)
{
	struct str limit = desk_api_query(n, "limit"), cursor = desk_api_query(n, "cursor");
	json_t *body = whose(n);
	uint32_t number;

	if (body && limit.p)
		json_object_set_new(body, "limit",
			json_integer(str_u32(limit, &number) == 0 ? (json_int_t)number : 0));
	if (body && cursor.p)
		json_object_set_new(body, "after", desk_api_json(cursor));
	return body;
}

static void
users(struct desk_conn *n)
{
	desk_api_ask(n, "users.list", whose_page(n), desk_api_list);
}

static void
audit(struct desk_conn *n)
{
	desk_api_ask(n, "audit.list", whose_page(n), desk_api_list);
}

static void
audit_verify(struct desk_conn *n)
{
	struct str cursor = desk_api_query(n, "cursor"), noted = desk_api_query(n, "noted");
	json_t *body = whose(n);

	if (body && cursor.p)
		json_object_set_new(body, "after", desk_api_json(cursor));
	if (body && noted.p)
		json_object_set_new(body, "noted", desk_api_json(noted));
	desk_api_ask(n, "audit.verify", body, NULL);
}

/* The members of the body that the verb takes. */
static json_t *
taken(struct desk_conn *n, const char *const *names, size_t count)
{
	json_t *out = json_object();

	for (size_t i = 0; i < count; i++)
		if (json_object_get(n->asked, names[i]))
			json_object_set(out, names[i], json_object_get(n->asked, names[i]));
	return out;
}

static void
user_add(struct desk_conn *n)
{
	static const char *const names[] = { "email", "name", "role", "language" };
	uint32_t tenant = desk_api_tenant(n);
	enum user_role role = user_role_of(desk_text(n->asked, "role"));
	struct str name;
	json_t *body;

	if (tenant == UINT32_MAX) {
		desk_api_refuse(n, 404, DESK_API_NOTHING);
		return;
	}
	if (!may_change(n, tenant, role)) {
		desk_api_refuse(n, 403, FORBIDDEN);
		return;
	}
	body = taken(n, names, sizeof names / sizeof *names);
	name = name_of(n, tenant);
	if (name.n)
		json_object_set_new(body, "account", desk_api_json(name));
	desk_api_ask(n, "users.add", body, desk_api_created);
}

/* What one may change of himself. */
static void
set_own(struct desk_conn *n)
{
	static const char *const names[] = { "name", "language" };
	struct str password = desk_text(n->asked, "password");
	json_t *body;

	if (json_object_get(n->asked, "role") || json_object_get(n->asked, "enabled")) {
		desk_api_refuse(n, 403,
			STR_LIT("Nobody changes his own role, or locks himself out: ask "
				"another owner."));
		return;
	}
	if (json_object_get(n->asked, "password")) {
		/* Done of it would be the password alone. */
		if (json_object_get(n->asked, "name") || json_object_get(n->asked, "language"))
			desk_api_refuse(n, 422,
				STR_LIT("A password is set by itself: ask for \"name\" and "
					"\"language\" in another call."));
		else
			desk_people_password(
				n, desk_text(n->asked, "current_password"), password);
		return;
	}
	body = taken(n, names, sizeof names / sizeof *names);
	json_object_set_new(body, "user", desk_api_json(n->params[0]));
	desk_api_ask(n, "users.set", body, NULL);
}

static void
user_set(struct desk_conn *n)
{
	static const char *const names[] = { "name", "language", "role", "enabled" };
	struct str role = desk_text(n->asked, "role");
	struct control_user u;
	json_t *body;

	if (!known(n, n->params[0], &u))
		return;
	if (n->user && u.id == (int64_t)n->user) {
		set_own(n);
		return;
	}
	if (!may_change(n, u.tenant, u.role) ||
		(role.n && !may_change(n, u.tenant, user_role_of(role)))) {
		desk_api_refuse(n, 403, FORBIDDEN);
		return;
	}
	if (json_object_get(n->asked, "password")) {
		desk_api_refuse(n, 403,
			STR_LIT("Only the user sets a password: make a link for him, POST "
				"/v1/users/{user}/link."));
		return;
	}
	body = taken(n, names, sizeof names / sizeof *names);
	json_object_set_new(body, "user", desk_api_json(n->params[0]));
	desk_api_ask(n, "users.set", body, NULL);
}

/* Another one whom the caller may change. False: answered. */
static bool
another(struct desk_conn *n, struct control_user *u)
{
	if (!known(n, n->params[0], u))
		return false;
	if (u->id != (int64_t)n->user && may_change(n, u->tenant, u->role))
		return true;
	desk_api_refuse(n, 403, FORBIDDEN);
	return false;
}

static json_t *
question(struct desk_conn *n, const struct control_user *u)
{
	json_t *body = json_pack("{s:o}", "user", desk_api_json(n->params[0]));
	struct str name = name_of(n, u->tenant);

	/* For the audit log: the user's account reads it. */
	if (name.n)
		json_object_set_new(body, "account", desk_api_json(name));
	return body;
}

static void
user_remove(struct desk_conn *n)
{
	struct control_user u;

	if (another(n, &u))
		desk_api_ask(n, "users.remove", question(n, &u), desk_api_none);
}

static void
user_link(struct desk_conn *n)
{
	struct control_user u;

	if (another(n, &u) && desk_audit_opens(n, u.tenant))
		desk_api_ask(n, "users.link", question(n, &u), desk_api_created);
}

/* As good as a new password to who has the old one: who could make a link may do this too. */
static void
user_totp_off(struct desk_conn *n)
{
	struct control_user u;

	if (another(n, &u) && desk_audit_opens(n, u.tenant))
		desk_api_ask(n, "users.totp_off", question(n, &u), desk_api_none);
}

/* ---- sessions */

static void
sessions(struct desk_conn *n)
{
	struct str of = desk_api_query(n, "user");
	struct control *c = desk_control(n->desk);
	struct control_user u = { .id = (int64_t)n->user };
	json_t *list = NULL;

	if (of.n) {
		if (!known(n, of, &u))
			return;
		if (u.id != (int64_t)n->user && !may_change(n, u.tenant, u.role)) {
			desk_api_refuse(n, 403, FORBIDDEN);
			return;
		}
	}
	if (!u.id)
		desk_api_refuse(n, 400, STR_LIT("Whose? Say it: ?user=usr_…"));
	else if (!c || control_session_list(c, u.id, n->user ? n->hash : NULL, &list) < 0)
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
	else
		desk_api_answer(n, 200, json_pack("{s:o}", "data", list));
}

static int
end(struct desk_conn *n, struct control *c, int64_t session, const struct control_user *u)
{
	const struct control_who who = desk_audit_who(n);
	const struct control_deed d = { .what = STR_LIT("sessions.remove"),
		.on = str_z(u->email),
		.account = STR_NONE,
		.tenant = u->tenant };
	int err;

	control_who(c, &who);
	control_doing(c, &d);
	err = control_session_remove(c, session);
	n->audited = control_done(c);
	control_who(c, NULL);
	return err;
}

static void
session_remove(struct desk_conn *n)
{
	struct control *c = desk_control(n->desk);
	uint64_t session = 0;
	char id[TYPED_ID_TEXT];
	struct control_user u;
	int64_t user = 0;

	if (!c || typed_id_read(n->params[0], control_ids(c), "ses", &session) < 0 ||
		control_session_user(c, (int64_t)session, &user) < 0) {
		desk_api_refuse(n, 404, DESK_API_NOTHING);
		return;
	}
	if (!known(n, str_z(typed_id_write(id, control_ids(c), "usr", (uint64_t)user)), &u))
		return;
	if (u.id != (int64_t)n->user && !may_change(n, u.tenant, u.role))
		desk_api_refuse(n, 403, FORBIDDEN);
	else if (end(n, c, (int64_t)session, &u) < 0)
		desk_api_refuse(
			n, 503, STR_LIT("The control tables cannot be used; try again."));
	else
		desk_api_answer(n, 204, NULL);
}

static const struct {
	enum api_op op;
	void (*fn)(struct desk_conn *n);
} table[] = {
	{ API_USERS, users },
	{ API_USER_ADD, user_add },
	{ API_USER_SET, user_set },
	{ API_USER_REMOVE, user_remove },
	{ API_USER_LINK, user_link },
	{ API_USER_TOTP_OFF, user_totp_off },
	{ API_SESSIONS, sessions },
	{ API_SESSION_REMOVE, session_remove },
	{ API_VIEWS, desk_views },
	{ API_VIEWS_SET, desk_views_set },
	{ API_AUDIT, audit },
	{ API_AUDIT_VERIFY, audit_verify },
};

bool
desk_api_user(struct desk_conn *n, enum api_op op)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == op) {
			table[i].fn(n);
			return true;
		}
	return false;
}
