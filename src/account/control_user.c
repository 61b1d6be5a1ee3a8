#include "account/control_user.h"

#include "account/control_own.h"
#include "base/text.h"
#include "wire/address.h"
#include "wire/typed_id.h"

#include <errno.h>

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
count(struct control *c, const char *sql, int64_t tenant, int64_t *ret_n)
{
	*ret_n = 0;
	return control_own_check(c, store_run(c->store, sql, take_int, ret_n, "i", tenant));
}

/* ---- reading */

#define USER                                                                                   \
	"SELECT u.id, u.email, u.name, u.role, u.language, a.name, u.enabled,"                 \
	" u.password = '', u.created, u.seen, EXISTS (SELECT 1 FROM totp t"                    \
	" WHERE t.user_id = u.id AND t.confirmed = 1) FROM users u"                            \
	" LEFT JOIN accounts a ON a.tenant = u.tenant WHERE u.gone = 0 "

struct listing {
	struct control *c;
	struct control_paging paging;
	json_t *list, *one;
};

static json_t *
user_json(struct control *c, struct store_row *r)
{
	char id[TYPED_ID_TEXT];

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:b,s:o,s:o}", "id",
		typed_id_write(id, c->keys.ids, "usr", (uint64_t)store_int(r, 0)), "email",
		control_own_text(store_text(r, 1)), "name", control_own_text(store_text(r, 2)),
		"role", control_own_text(store_text(r, 3)), "language",
		control_own_text(store_text(r, 4)), "account",
		store_is_null(r, 5) ? json_null() : control_own_text(store_text(r, 5)),
		"enabled", store_int(r, 6) != 0, "pending", store_int(r, 7) != 0, "totp",
		store_int(r, 10) != 0, "created", control_own_time(store_int(r, 8)),
		"last_seen", control_own_time(store_int(r, 9)));
}

static int
take_user(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;

	if (!l->list)
		l->one = user_json(l->c, r);
	else if (control_own_take(&l->paging, "%.*s", STR_ARG(store_text(r, 1))))
		json_array_append_new(l->list, user_json(l->c, r));
	return 0;
}

bool
control_user_none(struct control *c)
{
	int64_t n = 1;

	return count(c, "SELECT COUNT(*) FROM users WHERE gone = ?", 0, &n) == 0 && n == 0;
}

int
control_user_show(struct control *c, int64_t id, struct json_t **ret_j)
{
	struct listing l = { .c = c };
	int err = control_own_check(
		c, store_run(c->store, USER "AND u.id = ?", take_user, &l, "i", id));

	if (!err && !l.one)
		return control_own_fail(c, -ENOENT, "There is no such user.");
	if (!err)
		*ret_j = l.one;
	return err;
}

static int
take_found(void *ctx, struct store_row *r)
{
	struct control_user *u = ctx;

	u->id = store_int(r, 0);
	u->tenant = (uint32_t)store_int(r, 1);
	u->role = user_role_of(store_text(r, 2));
	u->enabled = store_int(r, 3) != 0;
	(void)str_copy_z(u->email, sizeof u->email, store_text(r, 4));
	(void)str_copy_z(u->password, sizeof u->password, store_text(r, 5));
	return 0;
}

#define FOUND "SELECT id, tenant, role, enabled, email, password FROM users WHERE gone = 0 "

/* One spelling of an address: A and a are the same person's. 0 or -EINVAL. */
static int
email_of(struct str s, char email[CONTROL_EMAIL_SIZE])
{
	struct address a;

	s = str_trim(s);
	if (s.n >= CONTROL_EMAIL_SIZE || address_mailbox(s, 0, &a) < 0 || a.literal ||
		!text_is_ascii(s) || s.p[0] == '"')
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++)
		email[i] = ascii_lower(s.p[i]);
	email[s.n] = '\0';
	return 0;
}

int
control_user_page(
	struct control *c, uint32_t tenant, struct control_page *p, struct json_t **ret_j)
{
	struct listing l = { .c = c, .paging = { .page = p } };
	int64_t limit = (int64_t)p->limit + 1;
	char after[CONTROL_EMAIL_SIZE] = "";
	int err;

	p->next[0] = '\0';
	if (p->after.n && email_of(p->after, after) < 0)
		return control_own_fail(
			c, -EINVAL, "This cursor is not the \"next\" of a page.");
	l.list = json_array();
	err = tenant == CONTROL_ANY_TENANT
	              ? store_run(c->store, USER "AND u.email > ? ORDER BY u.email LIMIT ?",
				take_user, &l, "si", str_z(after), limit)
	              : store_run(c->store,
				USER
				"AND u.email > ? AND u.tenant = ? ORDER BY u.email LIMIT ?",
				take_user, &l, "sii", str_z(after), (int64_t)tenant, limit);
	if (err) {
		json_decref(l.list);
		return control_own_check(c, err);
	}
	*ret_j = l.list;
	return 0;
}

int
control_user_find(struct control *c, struct str who, struct control_user *ret_u)
{
	struct control_user u = { 0 };
	char email[CONTROL_EMAIL_SIZE] = "";
	uint64_t id = 0;
	int err = 0;

	if (typed_id_read(who, c->keys.ids, "usr", &id) == 0)
		err = store_run(c->store, FOUND "AND id = ?", take_found, &u, "i", (int64_t)id);
	else if (email_of(who, email) == 0)
		err = store_run(
			c->store, FOUND "AND email = ?", take_found, &u, "s", str_z(email));
	if (err)
		return control_own_check(c, err);
	if (!u.id)
		return control_own_fail(c, -ENOENT, "There is no such user.");
	*ret_u = u;
	return 0;
}

/* ---- what may stand in a row */

static bool
name_ok(struct str s)
{
	size_t chars = 0;

	if (!text_is_utf8(s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		chars += ((uint8_t)s.p[i] & 0xc0) != 0x80;
		if ((uint8_t)s.p[i] < 32 || s.p[i] == 127)
			return false;
	}
	return chars <= CONTROL_USER_NAME;
}

static int
check(struct control *c, const struct control_user_text *t, bool platform)
{
	if (t->name.p && !name_ok(t->name))
		return control_own_fail(
			c, -EINVAL, "A user's \"name\" is at most 100 characters on one line.");
	if (t->language.p && !str_eq_z(t->language, "en") && !str_eq_z(t->language, "fr"))
		return control_own_fail(c, -EINVAL, "\"language\" is en or fr.");
	if (t->role.p && !user_role_fits(user_role_of(t->role), platform))
		return control_own_fail(c, -EINVAL,
			platform ? "The \"role\" of a user without account is one "
				   "of " USER_ROLES_PLATFORM "."
				 : "The \"role\" of an account's user is one "
				   "of " USER_ROLES_ACCOUNT ".");
	return 0;
}

/* ---- changes */

static int
insert(struct control *c, uint32_t tenant, const char *email, const struct control_user_text *t,
	int64_t *ret_id)
{
	int64_t n;
	int err = count(
		c, "SELECT COUNT(*) FROM users WHERE tenant = ? AND gone = 0", tenant, &n);

	if (!err && n >= CONTROL_USERS_MAX)
		return control_own_fail(c, -EINVAL,
			"There are %u users already: remove one who does not sign in any more.",
			CONTROL_USERS_MAX);
	if (err)
		return err;
	err = store_run(c->store,
		"INSERT INTO users (tenant, email, name, role, language, created)"
		" VALUES (?, ?, ?, ?, ?, ?)",
		NULL, NULL, "issssi", (int64_t)tenant, str_z(email),
		t->name.p ? t->name : STR_NONE, t->role, t->language.p ? t->language : STR_NONE,
		clock_wall(&c->clock));
	*ret_id = err ? 0 : store_last_id(c->store);
	/* Somebody is there: who still has the first owner's link gets nothing by it. */
	if (!err)
		err = store_run(c->store, "DELETE FROM user_links WHERE user_id = ?", NULL,
			NULL, "i", INT64_C(0));
	if (err == -EEXIST)
		return control_own_fail(c, err, "Another user has the e-mail %s.", email);
	control_own_about(c, str_z(email), tenant);
	return control_own_check(c, err);
}

static int
put_link(struct control *c, const uint8_t hash[32], const struct control_user *u,
	enum control_link_kind kind)
{
	int64_t now = clock_wall(&c->clock);
	int err =
		store_run(c->store, "DELETE FROM user_links WHERE user_id = ? OR expires <= ?",
			NULL, NULL, "ii", u->id, now);

	if (!err)
		err = store_run(c->store,
			"INSERT INTO user_links (hash, tenant, user_id, kind, email, expires)"
			" VALUES (?, ?, ?, ?, ?, ?)",
			NULL, NULL, "biiisi", str_of(hash, 32), (int64_t)u->tenant, u->id,
			(int64_t)kind, str_z(u->email), now + CONTROL_LINK_US);
	return control_own_check(c, err);
}

/* Within a change: one whose token is told once, here. */
static int
new_link(struct control *c, const struct control_user *u, enum control_link_kind kind,
	char token[LINK_TOKEN])
{
	uint8_t hash[32];

	session_token_link(token);
	session_token_link_hash(hash, c->keys.pepper, str_z(token));
	return put_link(c, hash, u, kind);
}

static void
say_link(struct control *c, const char *token, json_t *j)
{
	char link[400];

	snprintf(link, sizeof link, "%s/console/#/welcome/%s", c->console, token);
	json_object_set_new(j, "link", json_string(link));
	json_object_set_new(
		j, "expires", control_own_time(clock_wall(&c->clock) + CONTROL_LINK_US));
}

/* token NULL: no link is made. */
static int
add_user(struct control *c, uint32_t tenant, const struct control_user_text *t,
	char token[LINK_TOKEN], int64_t *ret_id)
{
	struct control_user u = { .tenant = tenant };
	int err;

	if (email_of(t->email, u.email) < 0)
		return control_own_fail(c, -EINVAL,
			"\"email\" is an address such as ann@example.org, in ASCII.");
	if (!t->role.p)
		return control_own_fail(
			c, -EINVAL, "\"role\" is missing: what may the user do?");
	err = check(c, t, tenant == 0);
	err = err ? err : control_own_begin(c);
	if (err)
		return err;
	err = insert(c, tenant, u.email, t, &u.id);
	if (!err && token)
		err = new_link(c, &u, CONTROL_LINK_INVITE, token);
	*ret_id = u.id;
	return control_own_end_quietly(c, err);
}

int
control_user_add(struct control *c, uint32_t tenant, const struct control_user_text *t,
	struct json_t **ret_j)
{
	int64_t id = 0;
	int err = add_user(c, tenant, t, NULL, &id);

	return err ? err : control_user_show(c, id, ret_j);
}

int
control_user_invite(struct control *c, uint32_t tenant, const struct control_user_text *t,
	struct json_t **ret_j)
{
	char token[LINK_TOKEN];
	int64_t id = 0;
	int err = add_user(c, tenant, t, token, &id);

	err = err ? err : control_user_show(c, id, ret_j);
	if (!err)
		say_link(c, token, *ret_j);
	return err;
}

/* Is it the last one who can own the platform? */
static int
keep_owner(struct control *c, const struct control_user *u)
{
	int64_t others = 0;
	int err;

	if (u->tenant != 0 || u->role != USER_OWNER)
		return 0;
	err = count(c,
		"SELECT COUNT(*) FROM users WHERE tenant = 0 AND gone = 0 AND enabled = 1"
		" AND role = 'owner' AND id <> ?",
		u->id, &others);
	if (err || others > 0)
		return err;
	return control_own_fail(
		c, -EINVAL, "This is the last owner of the service: make another one first.");
}

int
control_own_sign_out(struct control *c, int64_t id, const uint8_t keep[32])
{
	static const uint8_t none[32];
	int err = store_run(c->store, "DELETE FROM sessions WHERE user_id = ? AND hash <> ?",
		NULL, NULL, "ib", id, str_of(keep ? keep : none, 32));

	if (!err)
		err = store_run(c->store, "DELETE FROM half_sessions WHERE user_id = ?", NULL,
			NULL, "i", id);
	if (!err)
		err = store_run(c->store, "DELETE FROM user_links WHERE user_id = ?", NULL,
			NULL, "i", id);
	return control_own_check(c, err);
}

static int
by_number(struct control *c, int64_t id, struct control_user *u)
{
	int err;

	memset(u, 0, sizeof *u);
	err = control_own_check(
		c, store_run(c->store, FOUND "AND id = ?", take_found, u, "i", id));
	return err ? err : !u->id ? control_own_fail(c, -ENOENT, "There is no such user.") : 0;
}

static int
update(struct control *c, const struct control_user *u, const struct control_user_text *t)
{
	bool loses = (t->role.p && user_role_of(t->role) != USER_OWNER) || t->enabled == 0;
	int err = loses ? keep_owner(c, u) : 0;

	if (!err && t->name.p)
		err = store_run(c->store, "UPDATE users SET name = ? WHERE id = ?", NULL, NULL,
			"si", t->name, u->id);
	if (!err && t->language.p)
		err = store_run(c->store, "UPDATE users SET language = ? WHERE id = ?", NULL,
			NULL, "si", t->language, u->id);
	if (!err && t->role.p)
		err = store_run(c->store, "UPDATE users SET role = ? WHERE id = ?", NULL, NULL,
			"si", t->role, u->id);
	if (!err && t->enabled >= 0)
		err = store_run(c->store, "UPDATE users SET enabled = ? WHERE id = ?", NULL,
			NULL, "ii", (int64_t)(t->enabled != 0), u->id);
	err = control_own_check(c, err);
	if (!err && t->enabled == 0)
		err = control_own_sign_out(c, u->id, NULL);
	return err;
}

int
control_user_set(
	struct control *c, int64_t id, const struct control_user_text *t, struct json_t **ret_j)
{
	struct control_user u;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = by_number(c, id, &u);
	err = err ? err : check(c, t, u.tenant == 0);
	err = err ? err : update(c, &u, t);
	control_own_about(c, str_z(err ? "" : u.email), u.tenant);
	err = control_own_end_quietly(c, err);
	return err ? err : control_user_show(c, id, ret_j);
}

/* What is left of one who is gone keeps his id from becoming another's. The next id is above
 * the highest there is, so below that none is needed; audit rows have his name as it was. */
static int
forget_gone(struct control *c, uint32_t tenant)
{
	return store_run(c->store,
		"DELETE FROM users WHERE tenant = ? AND gone = 1"
		" AND id < (SELECT MAX(id) FROM users)",
		NULL, NULL, "i", (int64_t)tenant);
}

int
control_user_remove(struct control *c, int64_t id)
{
	struct control_user u;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = by_number(c, id, &u);
	err = err ? err : keep_owner(c, &u);
	err = err ? err : control_own_sign_out(c, id, NULL);
	err = err ? err : control_own_totp_forget(c, id);
	if (!err)
		err = control_own_check(
			c, store_run(c->store, "DELETE FROM views WHERE user_id = ?", NULL,
				   NULL, "i", id));
	if (!err)
		err = control_own_check(
			c, store_run(c->store,
				   "UPDATE users SET gone = 1, enabled = 0, email = '',"
				   " name = '', password = '' WHERE id = ?",
				   NULL, NULL, "i", id));
	err = err ? err : control_own_check(c, forget_gone(c, u.tenant));
	control_own_about(c, str_z(err ? "" : u.email), u.tenant);
	return control_own_end_quietly(c, err);
}

int
control_user_password(struct control *c, int64_t id, const char *hash, const uint8_t keep[32])
{
	struct control_user u;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = by_number(c, id, &u);
	if (!err)
		err = control_own_check(
			c, store_run(c->store, "UPDATE users SET password = ? WHERE id = ?",
				   NULL, NULL, "si", str_z(hash), id));
	err = err ? err : control_own_sign_out(c, id, keep);
	control_own_about(c, str_z(err ? "" : u.email), u.tenant);
	return control_own_end_quietly(c, err);
}

/* ---- one-time links */

void
control_console(struct control *c, struct str url, struct str owner)
{
	(void)str_copy_z(c->owner, sizeof c->owner, owner);
	(void)str_copy_z(c->console, sizeof c->console, url);
}

const char *
control_link_word(enum control_link_kind k)
{
	return k == CONTROL_LINK_WELCOME  ? "welcome"
	       : k == CONTROL_LINK_INVITE ? "invite"
	       : k == CONTROL_LINK_ENTER  ? "enter"
	                                  : "reset";
}

static int
make_link(struct control *c, int64_t user, bool enters, struct json_t **ret_j)
{
	struct control_user u = { 0 };
	enum control_link_kind kind = CONTROL_LINK_WELCOME;
	char token[LINK_TOKEN];
	int err = control_own_begin(c);

	if (err)
		return err;
	if (user)
		err = by_number(c, user, &u);
	else if (email_of(str_z(c->owner), u.email) < 0)
		err = control_own_fail(c, -EINVAL,
			"The first owner needs an e-mail: set admin: in the configuration.");
	if (!err && user && !u.enabled)
		err = control_own_fail(c, -EINVAL, "This user is disabled.");
	if (user)
		kind = enters          ? CONTROL_LINK_ENTER
		       : u.password[0] ? CONTROL_LINK_RESET
		                       : CONTROL_LINK_INVITE;
	err = err ? err : new_link(c, &u, kind, token);
	control_own_about(c, str_z(u.email), u.tenant);
	err = control_own_end_quietly(c, err);
	if (err)
		return err;
	*ret_j = json_pack("{s:s,s:s}", "kind", control_link_word(kind), "email", u.email);
	say_link(c, token, *ret_j);
	return 0;
}

int
control_link_make(struct control *c, int64_t user, struct json_t **ret_j)
{
	return make_link(c, user, false, ret_j);
}

int
control_link_enter(struct control *c, int64_t user, struct json_t **ret_j)
{
	return make_link(c, user, true, ret_j);
}

static int
take_link(void *ctx, struct store_row *r)
{
	struct control_link *l = ctx;

	l->kind = (enum control_link_kind)store_int(r, 0);
	l->user = store_int(r, 1);
	(void)str_copy_z(l->email, sizeof l->email, store_text(r, 2));
	(void)str_copy_z(l->name, sizeof l->name, store_text(r, 3));
	return 0;
}

int
control_link_read(struct control *c, struct str token, struct control_link *ret_l)
{
	struct control_link l = { 0 };
	uint8_t hash[32];
	int err;

	session_token_link_hash(hash, c->keys.pepper, token);
	err = store_run(c->store,
		"SELECT l.kind, l.user_id, l.email, COALESCE(u.name, '') FROM user_links l"
		" LEFT JOIN users u ON u.id = l.user_id WHERE l.hash = ? AND l.expires > ?",
		take_link, &l, "bi", str_of(hash, 32), clock_wall(&c->clock));
	if (err)
		return control_own_check(c, err);
	if (!l.kind)
		return control_own_fail(c, -ENOENT, "This link is not valid any more.");
	*ret_l = l;
	return 0;
}

/* The row goes first: of two who use it at once one finds it. */
static int
take_up(struct control *c, struct str token)
{
	uint8_t hash[32];
	int err;

	session_token_link_hash(hash, c->keys.pepper, token);
	err = control_own_check(c, store_run(c->store, "DELETE FROM user_links WHERE hash = ?",
					   NULL, NULL, "b", str_of(hash, 32)));
	if (!err && store_changes(c->store) == 0)
		return control_own_fail(c, -ENOENT, "This link is not valid any more.");
	return err;
}

int
control_link_take(struct control *c, struct str token, int64_t *ret_user)
{
	struct control_link l = { 0 };
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_link_read(c, token, &l);
	if (!err && l.kind != CONTROL_LINK_ENTER)
		err = control_own_fail(c, -EINVAL, "This link sets a password: give one.");
	err = err ? err : take_up(c, token);
	err = control_own_end_quietly(c, err);
	if (!err)
		*ret_user = l.user;
	return err;
}

static int
first_owner(struct control *c, const struct control_link *l, const struct control_user_text *t,
	int64_t *ret_user)
{
	const struct control_user_text owner = { .name = t->name,
		.language = t->language,
		.role = STR_LIT("owner"),
		.enabled = -1 };
	char email[CONTROL_EMAIL_SIZE];
	int64_t n;
	int err = count(c, "SELECT COUNT(*) FROM users WHERE gone = ?", 0, &n);

	if (!err && n > 0)
		return control_own_fail(c, -ENOENT, "This link is not valid any more.");
	if (!err && email_of(t->email.p ? t->email : str_z(l->email), email) < 0)
		return control_own_fail(c, -EINVAL,
			"\"email\" is an address such as ann@example.org, in ASCII.");
	return err ? err : insert(c, 0, email, &owner, ret_user);
}

static int
use(struct control *c, const struct control_link *l, const struct control_user_text *t,
	int64_t *user)
{
	const struct control_user_text own = {
		.name = t->name, .language = t->language, .enabled = -1
	};
	struct control_user u;
	int err;

	if (l->kind == CONTROL_LINK_WELCOME)
		return first_owner(c, l, t, user);
	*user = l->user;
	err = by_number(c, l->user, &u);
	if (!err && !u.enabled)
		err = control_own_fail(c, -ENOENT, "This link is not valid any more.");
	err = err ? err : update(c, &u, &own);
	err = err ? err : control_own_sign_out(c, l->user, NULL);
	control_own_about(c, str_z(l->email), u.tenant);
	return err;
}

int
control_link_use(struct control *c, struct str token, const char *password,
	const struct control_user_text *t, int64_t *ret_user)
{
	const struct control_who *who = c->who;
	struct control_who self;
	struct control_deed d = { .on = STR_NONE, .account = STR_NONE };
	struct control_link l;
	int64_t user = 0;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_link_read(c, token, &l);
	err = err ? err : check(c, t, true);
	err = err ? err : take_up(c, token);
	err = err ? err : use(c, &l, t, &user);
	if (!err)
		err = control_own_check(
			c, store_run(c->store, "UPDATE users SET password = ? WHERE id = ?",
				   NULL, NULL, "si", str_z(password), user));
	if (!err && who) {
		self = *who;
		self.id = user;
		d.what = l.kind == CONTROL_LINK_WELCOME ? STR_LIT("users.add")
		                                        : STR_LIT("users.password");
		c->who = &self;
		control_doing(c, &d);
	}
	err = control_own_end_quietly(c, err);
	c->who = who;
	c->deed = NULL;
	if (!err)
		*ret_user = user;
	return err;
}
