#include "account/control_user.h"

#include "account/control_audit.h"
#include "account/control_own.h"
#include "io/file.h"

#include "account/control_scene.h"

#include <errno.h>
#include <sqlite3.h>

#define T0     INT64_C(1790000000000000)
#define HOUR   (INT64_C(3600) * 1000000)
#define MINUTE (INT64_C(60) * 1000000)

static int
up(void **unused)
{
	tables_up(unused);
	clock_fake(&c->clock, 1, T0);
	control_console(c, STR_LIT("https://c.test"), STR_LIT("Owner@c.test"));
	account("shop");
	return 0;
}

static const char *
text(const json_t *j, const char *name)
{
	const char *z = json_string_value(json_object_get(j, name));

	return z ? z : "(none)";
}

static struct control_user_text
of(const char *email, const char *role)
{
	return (struct control_user_text){
		.email = str_z(email), .role = str_z(role), .enabled = -1
	};
}

static int64_t
add(uint32_t tenant, const char *email, const char *role)
{
	const struct control_user_text t = of(email, role);
	struct control_user u;
	json_t *j = NULL;

	assert_int_equal(control_user_add(c, tenant, &t, &j), 0);
	assert_int_equal(control_user_find(c, str_z(text(j, "id")), &u), 0);
	json_decref(j);
	return u.id;
}

static void
test_add(void **unused)
{
	static const struct {
		const char *name, *email, *role;
		uint32_t tenant;
		int want;
	} table[] = {
		{ "an account's", "Ann@Shop.test", "developer", 1, 0 },
		{ "the same, other case", "ann@shop.TEST", "developer", 1, -EEXIST },
		{ "the same, elsewhere", "ann@shop.test", "owner", 0, -EEXIST },
		{ "the platform's", "op@c.test", "operator", 0, 0 },
		{ "an account's operator", "x@c.test", "operator", 1, -EINVAL },
		{ "the platform's viewer", "x@c.test", "viewer", 0, -EINVAL },
		{ "no role", "x@c.test", "", 1, -EINVAL },
		{ "no address", "x", "viewer", 1, -EINVAL },
		{ "a list", "x@c.test, y@c.test", "viewer", 1, -EINVAL },
		{ "a line", "x@c.test\r\n", "viewer", 1, -EINVAL },
		{ "UTF-8", "é@c.test", "viewer", 1, -EINVAL },
	};
	char next[CONTROL_CURSOR_SIZE];
	struct control_page p;
	struct control_user u;
	json_t *j;

	(void)unused;
	assert_true(control_user_none(c));
	TEST_EACH(row, table)
	{
		const struct control_user_text t = of(row->email, row->role);

		j = NULL;
		assert_int_equal(control_user_add(c, row->tenant, &t, &j), row->want);
		if (row->want)
			assert_true(strlen(control_error(c)) > 10);
		json_decref(j);
	}
	assert_false(control_user_none(c));
	assert_int_equal(control_user_find(c, STR_LIT(" ANN@shop.test"), &u), 0);
	assert_int_equal(u.tenant, 1);
	assert_int_equal(u.role, USER_DEVELOPER);
	assert_string_equal(u.password, "");
	p = (struct control_page){ .after = STR_NONE, .limit = 1 };
	assert_int_equal(control_user_page(c, 1, &p, &j), 0);
	assert_int_equal(json_array_size(j), 1);
	assert_string_equal(p.next, "");
	assert_true(json_is_true(json_object_get(json_array_get(j, 0), "pending")));
	json_decref(j);
	assert_int_equal(control_user_page(c, CONTROL_ANY_TENANT, &p, &j), 0);
	assert_string_equal(text(json_array_get(j, 0), "email"), "ann@shop.test");
	assert_int_equal(json_array_size(j), 1);
	json_decref(j);
	(void)str_copy_z(next, sizeof next, str_z(p.next));
	p.after = str_z(next);
	assert_int_equal(control_user_page(c, CONTROL_ANY_TENANT, &p, &j), 0);
	assert_string_equal(text(json_array_get(j, 0), "email"), "op@c.test");
	assert_int_equal(json_array_size(j), 1);
	assert_string_equal(p.next, "");
	json_decref(j);
	p.after = STR_LIT("no cursor");
	assert_int_equal(control_user_page(c, CONTROL_ANY_TENANT, &p, &j), -EINVAL);
}

static void
sql(const char *text_)
{
	char file[600];
	sqlite3 *db;

	snprintf(file, sizeof file, "%s/control.db", folder);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text_, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The token behind the last slash. */
static void
make_link(int64_t user, const char *kind, char token[LINK_TOKEN])
{
	json_t *j = NULL;
	const char *link;

	assert_int_equal(control_link_make(c, user, &j), 0);
	assert_string_equal(text(j, "kind"), kind);
	link = text(j, "link");
	assert_int_equal(strncmp(link, "https://c.test/console/#/welcome/", 33), 0);
	assert_int_equal(str_copy_z(token, LINK_TOKEN, str_z(link + 33)), 0);
	assert_int_equal(strlen(token), 22);
	json_decref(j);
}

static void
test_links(void **unused)
{
	const struct control_user_text t = { .name = STR_LIT("Ann"), .enabled = -1 };
	char first[LINK_TOKEN], second[LINK_TOKEN], session[SESSION_TOKEN];
	struct control_session s;
	struct control_link l;
	struct control_user u;
	uint8_t hash[32];
	int64_t user = 0;
	json_t *j = NULL;

	(void)unused;
	make_link(0, "welcome", first);
	assert_int_equal(control_link_read(c, str_z(first), &l), 0);
	assert_string_equal(l.email, "owner@c.test");
	/* Another one takes its place. */
	make_link(0, "welcome", second);
	assert_int_equal(control_link_read(c, str_z(first), &l), -ENOENT);
	assert_int_equal(control_link_read(c, STR_NONE, &l), -ENOENT);
	/* One that is read is not used up; one that is used is. */
	assert_int_equal(control_link_read(c, str_z(second), &l), 0);
	assert_int_equal(control_link_use(c, str_z(second), "HASH", &t, &user), 0);
	assert_int_equal(control_link_use(c, str_z(second), "HASH", &t, &user), -ENOENT);
	assert_int_equal(control_user_find(c, STR_LIT("owner@c.test"), &u), 0);
	assert_int_equal(u.role, USER_OWNER);
	assert_int_equal(u.tenant, 0);
	assert_string_equal(u.password, "HASH");
	/* A reset ends what was before, once it is used. */
	assert_int_equal(
		control_session_add(c, user, STR_LIT("::1"), STR_LIT("x"), session), 0);
	session_token_hash(hash, keys.pepper, str_z(session));
	make_link(user, "reset", first);
	assert_int_equal(control_session_find(c, hash, &s), 0);
	assert_int_equal(control_link_use(c, str_z(first), "OTHER", &t, &user), 0);
	assert_int_equal(control_session_find(c, hash, &s), -ENOENT);
	/* Its time. */
	make_link(user, "reset", first);
	clock_pass(&c->clock, 15 * MINUTE - 1);
	assert_int_equal(control_link_read(c, str_z(first), &l), 0);
	clock_pass(&c->clock, 1);
	assert_int_equal(control_link_read(c, str_z(first), &l), -ENOENT);
	assert_int_equal(control_link_use(c, str_z(first), "LATE", &t, &user), -ENOENT);
	assert_int_equal(control_user_find(c, STR_LIT("owner@c.test"), &u), 0);
	assert_string_equal(u.password, "OTHER");
	/* One that signs in does so once, and no other one does. */
	make_link(user, "reset", first);
	assert_int_equal(control_link_take(c, str_z(first), &user), -EINVAL);
	assert_int_equal(control_link_enter(c, user, &j), 0);
	assert_string_equal(text(j, "kind"), "enter");
	assert_int_equal(str_copy_z(first, sizeof first, str_z(text(j, "link") + 33)), 0);
	json_decref(j);
	assert_int_equal(control_link_take(c, str_z(first), &user), 0);
	assert_int_equal(control_link_take(c, str_z(first), &user), -ENOENT);
	/* A token of a session is none of a link. */
	assert_int_equal(control_link_read(c, str_z(session), &l), -ENOENT);
}

/* The first owner's link makes no second one: it goes with the first user, whoever that is. */
static void
test_one_first(void **unused)
{
	const struct control_user_text t = { .email = STR_LIT("late@c.test"), .enabled = -1 };
	char token[LINK_TOKEN];
	struct control_link l;
	struct control_user u;
	int64_t user = 0;

	(void)unused;
	make_link(0, "welcome", token);
	(void)add(1, "ann@shop.test", "viewer");
	assert_int_equal(control_link_read(c, str_z(token), &l), -ENOENT);
	assert_int_equal(control_link_use(c, str_z(token), "HASH", &t, &user), -ENOENT);
	/* One that is made all the same, at the same time. */
	make_link(0, "welcome", token);
	assert_int_equal(control_link_use(c, str_z(token), "HASH", &t, &user), -ENOENT);
	assert_string_equal(control_error(c), "This link is not valid any more.");
	assert_int_equal(control_user_find(c, t.email, &u), -ENOENT);
}

/* Without a link the user is not there either. */
static void
test_invite(void **unused)
{
	const struct control_user_text t = of("ann@shop.test", "viewer");
	struct control_link l;
	struct control_user u;
	json_t *j = NULL;

	(void)unused;
	sql("CREATE TRIGGER full BEFORE INSERT ON user_links BEGIN SELECT RAISE(ABORT, 'f'); "
	    "END");
	assert_true(control_user_invite(c, 1, &t, &j) < 0);
	assert_int_equal(control_user_find(c, t.email, &u), -ENOENT);
	sql("DROP TRIGGER full");
	assert_int_equal(control_user_invite(c, 1, &t, &j), 0);
	assert_int_equal(control_user_find(c, str_z(text(j, "id")), &u), 0);
	assert_int_equal(control_link_read(c, str_z(text(j, "link") + 33), &l), 0);
	assert_int_equal(l.kind, CONTROL_LINK_INVITE);
	assert_int_equal(l.user, u.id);
	json_decref(j);
}

static void
open_session(int64_t user, uint8_t hash[32])
{
	char token[SESSION_TOKEN];

	assert_int_equal(
		control_session_add(c, user, STR_LIT("192.0.2.1"), STR_LIT("a\x1b"), token), 0);
	assert_int_equal(strlen(token), 43);
	session_token_hash(hash, keys.pepper, str_z(token));
}

static void
test_sessions(void **unused)
{
	int64_t user = add(1, "ann@shop.test", "viewer");
	struct control_session s;
	uint8_t one[32], two[32], none[32] = { 0 };
	json_t *j;

	(void)unused;
	open_session(user, one);
	assert_int_equal(control_session_find(c, one, &s), 0);
	assert_int_equal(s.user, user);
	assert_int_equal(s.tenant, 1);
	assert_int_equal(s.role, USER_VIEWER);
	assert_int_equal(control_session_find(c, none, &s), -ENOENT);
	/* Idle for 12 h: over; in use: 7 days. */
	clock_pass(&c->clock, 12 * HOUR);
	assert_int_equal(control_session_find(c, one, &s), -ENOENT);
	open_session(user, one);
	for (int i = 0; i < 15; i++) {
		clock_pass(&c->clock, 11 * HOUR);
		assert_int_equal(control_session_find(c, one, &s), 0);
	}
	clock_pass(&c->clock, 3 * HOUR);
	assert_int_equal(control_session_find(c, one, &s), -ENOENT);
	/* One that ends leaves the other. */
	open_session(user, one);
	open_session(user, two);
	assert_int_equal(control_session_list(c, user, two, &j), 0);
	assert_int_equal(json_array_size(j), 2);
	assert_true(json_is_true(json_object_get(json_array_get(j, 0), "current")));
	assert_string_equal(text(json_array_get(j, 0), "agent"), "a\\x1b");
	json_decref(j);
	assert_int_equal(control_session_end(c, one), 0);
	assert_int_equal(control_session_find(c, one, &s), -ENOENT);
	assert_int_equal(control_session_find(c, two, &s), 0);
	/* The oldest of too many goes. */
	for (unsigned i = 0; i < CONTROL_SESSIONS_MAX; i++) {
		clock_pass(&c->clock, MINUTE);
		open_session(user, one);
	}
	assert_int_equal(control_session_find(c, two, &s), -ENOENT);
	assert_int_equal(control_session_list(c, user, NULL, &j), 0);
	assert_int_equal(json_array_size(j), CONTROL_SESSIONS_MAX);
	json_decref(j);
	/* A password that changes ends the others. */
	open_session(user, two);
	assert_int_equal(control_user_password(c, user, "NEW", two), 0);
	assert_int_equal(control_session_find(c, one, &s), -ENOENT);
	assert_int_equal(control_session_find(c, two, &s), 0);
}

static void
test_changes(void **unused)
{
	int64_t owner = add(0, "o@c.test", "owner"), ann = add(1, "ann@shop.test", "viewer");
	struct control_user_text t = { .role = STR_LIT("developer"), .enabled = -1 };
	struct control_session s;
	struct control_user u;
	uint8_t hash[32];
	json_t *j;

	(void)unused;
	open_session(ann, hash);
	/* A role counts at once. */
	assert_int_equal(control_user_set(c, ann, &t, &j), 0);
	json_decref(j);
	assert_int_equal(control_session_find(c, hash, &s), 0);
	assert_int_equal(s.role, USER_DEVELOPER);
	t = (struct control_user_text){ .enabled = 0 };
	assert_int_equal(control_user_set(c, ann, &t, &j), 0);
	json_decref(j);
	assert_int_equal(control_session_find(c, hash, &s), -ENOENT);
	/* Somebody must own the service. */
	assert_int_equal(control_user_set(c, owner, &t, &j), -EINVAL);
	t = (struct control_user_text){ .role = STR_LIT("operator"), .enabled = -1 };
	assert_int_equal(control_user_set(c, owner, &t, &j), -EINVAL);
	assert_int_equal(control_user_remove(c, owner), -EINVAL);
	(void)add(0, "p@c.test", "owner");
	assert_int_equal(control_user_remove(c, owner), 0);
	assert_int_equal(control_user_find(c, STR_LIT("o@c.test"), &u), -ENOENT);
	assert_int_equal(control_user_remove(c, owner), -ENOENT);
	/* The e-mail is free; the id is not. */
	assert_true(add(1, "o@c.test", "viewer") != owner);
}

static int
take_count(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* Who comes and goes leaves one row at most, and his id to nobody. */
static void
test_gone(void **unused)
{
	int64_t last = add(0, "o@c.test", "owner"), n = 0;
	char mail[40];

	(void)unused;
	for (unsigned i = 0; i < 20; i++) {
		int64_t id;

		snprintf(mail, sizeof mail, "u%u@c.test", i % 3);
		id = add(1, mail, "viewer");
		assert_true(id > last);
		assert_int_equal(control_user_remove(c, id), 0);
		last = id;
	}
	assert_int_equal(store_run(c->store, "SELECT COUNT(*) FROM users WHERE tenant = 1",
				 take_count, &n, ""),
		0);
	assert_int_equal(n, 1);
}

static size_t
rows(uint32_t tenant, bool all)
{
	struct control_page p = { .after = STR_NONE, .limit = 100 };
	json_t *j = NULL;
	size_t n;

	assert_int_equal(control_audit_page(c, tenant, all, &p, &j), 0);
	n = json_array_size(j);
	json_decref(j);
	return n;
}

/* The row and the change are one transaction: without the one there is not the other. */
static void
test_audit(void **unused)
{
	const struct control_who who = { .kind = CONTROL_WHO_COMMAND,
		.name = STR_LIT("uid 0"),
		.from = STR_LIT("192.0.2.1"),
		.reason = STR_LIT("because \xff") };
	const struct control_deed deed = { .what = STR_LIT("accounts.add"),
		.on = STR_LIT("more"),
		.account = STR_LIT("more") };
	struct control_page p = { .after = STR_NONE, .limit = 1 };
	json_t *j = NULL, *row;
	uint32_t tenant = 0;

	(void)unused;
	/* Nobody asked: no row. */
	assert_int_equal(control_account_state(c, STR_LIT("shop"), STR_LIT("ok")), 0);
	assert_int_equal(rows(0, true), 0);
	control_who(c, &who);
	control_doing(c, &deed);
	assert_int_equal(control_account_add(c, STR_LIT("more"), &j), 0);
	json_decref(j);
	/* One row for what is done in two steps. */
	assert_int_equal(control_account_state(c, STR_LIT("more"), STR_LIT("ok")), 0);
	assert_true(control_done(c));
	assert_int_equal(control_account_tenant(c, STR_LIT("more"), &tenant), 0);
	assert_int_equal(rows(tenant, false), 1);
	assert_int_equal(rows(1, false), 0);
	assert_int_equal(rows(0, true), 1);
	assert_int_equal(control_audit_page(c, tenant, false, &p, &j), 0);
	row = json_array_get(j, 0);
	assert_string_equal(text(row, "what"), "accounts.add");
	assert_string_equal(text(row, "account"), "more");
	assert_string_equal(text(row, "from"), "192.0.2.1");
	assert_string_equal(text(row, "reason"), "because \\xff");
	assert_string_equal(text(json_object_get(row, "who"), "name"), "uid 0");
	json_decref(j);
	/* What fails has no row. */
	control_doing(c, &deed);
	assert_int_equal(control_account_add(c, STR_LIT("more"), &j), -EEXIST);
	assert_false(control_done(c));
	assert_int_equal(rows(0, true), 1);
	/* What has no row fails. */
	sql("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); "
	    "END");
	control_doing(c, &deed);
	assert_true(control_account_add(c, STR_LIT("less"), &j) < 0);
	assert_false(control_done(c));
	assert_int_equal(control_account_tenant(c, STR_LIT("less"), &tenant), -ENOENT);
	assert_true(control_audit_add(c, &deed) < 0);
	sql("DROP TRIGGER full");
	assert_int_equal(control_audit_add(c, &deed), 0);
	assert_int_equal(rows(0, true), 2);
	/* Old ones go as new ones come. */
	clock_pass(&c->clock, (uint64_t)CONTROL_AUDIT_KEEP_US + 1);
	assert_int_equal(control_audit_add(c, &deed), 0);
	assert_int_equal(rows(0, true), 1);
	control_who(c, NULL);
}

/* Of a link that is used the row is the user's own, though nobody knew before who he is; and
 * without the row it is not used. */
static void
test_audit_links(void **unused)
{
	static const struct {
		const char *name, *kind, *what;
	} table[] = {
		{ "the first owner", "welcome", "users.add" },
		{ "a new password", "reset", "users.password" },
	};
	const struct control_who who = {
		.kind = CONTROL_WHO_USER, .name = STR_NONE, .from = STR_LIT("192.0.2.1")
	};
	const struct control_user_text t = { .enabled = -1 };
	struct control_page p = { .after = STR_NONE, .limit = 1 };
	char token[LINK_TOKEN];
	struct control_link l;
	int64_t user = 0;
	json_t *j = NULL, *row;

	(void)unused;
	TEST_EACH(r, table)
	{
		make_link(user, r->kind, token);
		control_who(c, &who);
		sql("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, "
		    "'f'); "
		    "END");
		assert_true(control_link_use(c, str_z(token), "HASH", &t, &user) < 0);
		assert_int_equal(control_link_read(c, str_z(token), &l), 0);
		sql("DROP TRIGGER full");
		assert_int_equal(control_link_use(c, str_z(token), "HASH", &t, &user), 0);
		control_who(c, NULL);
		assert_int_equal(control_audit_page(c, 0, false, &p, &j), 0);
		row = json_array_get(j, 0);
		assert_string_equal(text(row, "what"), r->what);
		assert_string_equal(text(row, "on"), "owner@c.test");
		assert_string_equal(text(json_object_get(row, "who"), "name"), "owner@c.test");
		json_decref(j);
	}
}

/* A key cannot fill the disk, nor push out what people did. */
static void
test_audit_rows(void **unused)
{
	struct control_who who = { .kind = CONTROL_WHO_COMMAND, .name = STR_LIT("x") };
	struct control_deed d = {
		.what = STR_LIT("first"), .on = STR_NONE, .account = STR_LIT("shop")
	};
	struct control_page p = { .after = STR_NONE, .limit = 200 };
	json_t *j;

	(void)unused;
	c->audit_rows = 100;
	control_who(c, &who);
	assert_int_equal(control_audit_add(c, &d), 0);
	d.account = STR_NONE;
	assert_int_equal(control_audit_add(c, &d), 0); /* the platform's */
	d.account = STR_LIT("shop");
	who.kind = CONTROL_WHO_KEY;
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(control_audit_add(c, &d), 0);
	assert_int_equal(control_audit_page(c, 1, false, &p, &j), 0);
	assert_in_range(json_array_size(j), 100, 164);
	assert_string_equal(
		text(json_object_get(json_array_get(j, json_array_size(j) - 1), "who"), "kind"),
		"command");
	json_decref(j);
	who.kind = CONTROL_WHO_COMMAND;
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(control_audit_add(c, &d), 0);
	assert_int_equal(control_audit_page(c, 1, false, &p, &j), 0);
	assert_in_range(json_array_size(j), 100, 164);
	json_decref(j);
	control_who(c, NULL);
	assert_int_equal(control_audit_page(c, 0, false, &p, &j), 0);
	assert_int_equal(json_array_size(j), 1);
	json_decref(j);
}

static void
test_audit_pages(void **unused)
{
	const struct control_who who = { .kind = CONTROL_WHO_COMMAND, .name = STR_LIT("x") };
	struct control_page p = { .after = STR_NONE, .limit = 2 };
	struct control_deed d = { .on = STR_NONE, .account = STR_LIT("shop") };
	static const char *const what[] = { "a", "b", "c", "d", "e" };
	char seen[8] = "", after[CONTROL_CURSOR_SIZE];
	json_t *j, *row;
	size_t i, pages = 0;

	(void)unused;
	control_who(c, &who);
	for (i = 0; i < 5; i++) {
		d.what = str_z(what[i]);
		assert_int_equal(control_audit_add(c, &d), 0);
	}
	do {
		assert_int_equal(control_audit_page(c, 1, false, &p, &j), 0);
		json_array_foreach(j, i, row)
		{
			seen[strlen(seen)] = text(row, "what")[0];
		}
		json_decref(j);
		(void)str_copy_z(after, sizeof after, str_z(p.next));
		p.after = str_z(after);
	} while (++pages < 9 && p.next[0]);
	assert_string_equal(seen, "edcba");
	assert_int_equal(pages, 3);
	p.after = STR_LIT("aud_no");
	assert_int_equal(control_audit_page(c, 1, false, &p, &j), -EINVAL);
	control_who(c, NULL);
}

/* Nothing that opens anything is in the file. */
static void
test_at_rest(void **unused)
{
	int64_t user = add(1, "ann@shop.test", "viewer");
	char link[LINK_TOKEN], token[SESSION_TOKEN], csrf[SESSION_TOKEN], file[600];
	const char *all[] = { link, token, csrf };
	uint8_t hash[32];
	struct buf b;

	(void)unused;
	make_link(user, "invite", link);
	assert_int_equal(control_session_add(c, user, STR_NONE, STR_NONE, token), 0);
	session_token_hash(hash, keys.pepper, str_z(token));
	session_token_csrf(csrf, keys.pepper, hash);
	for (int k = 0; k < 2; k++) {
		snprintf(file, sizeof file, "%s/control.db%s", folder, k ? "-wal" : "");
		buf_init(&b, 1u << 24);
		assert_int_equal(file_read(file, &b), 0);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(str_find_str(buf_str(&b), str_z(all[i])), b.n);
		buf_done(&b);
	}
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, tables_down)

TEST_MAIN(DB_TEST(test_add), DB_TEST(test_links), DB_TEST(test_one_first), DB_TEST(test_invite),
	DB_TEST(test_sessions), DB_TEST(test_changes), DB_TEST(test_gone), DB_TEST(test_audit),
	DB_TEST(test_audit_links), DB_TEST(test_audit_rows), DB_TEST(test_audit_pages),
	DB_TEST(test_at_rest))
