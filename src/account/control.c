#include "account/control_own.h"

#include "account/control_chain.h"
#include "base/mem.h"
#include "io/file.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>

#define NAME_MAX_BYTES 63

int
control_own_fail(struct control *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(c->why, sizeof c->why, fmt, ap);
	va_end(ap);
	return err;
}

int
control_own_check(struct control *c, int err)
{
	if (err == -EIO || err == -EBADMSG)
		return control_own_fail(c, err, "The control database could not be used: %s.",
			store_error(c->store));
	return err;
}

int
control_own_begin(struct control *c)
{
	return control_own_check(c, store_begin(c->store));
}

int
control_own_end_quietly(struct control *c, int err)
{
	if (!err)
		err = control_own_audit(c);
	if (!err)
		err = control_own_check(c, store_commit(c->store));
	if (err)
		store_rollback(c->store);
	else if (c->deed)
		c->done = true;
	c->about[0] = '\0';
	return err;
}

int
control_own_end(struct control *c, int err)
{
	if (!err)
		err = control_own_check(
			c, store_run(c->store,
				   "UPDATE meta SET value = value + 1 WHERE name = 'version'",
				   NULL, NULL, ""));
	return control_own_end_quietly(c, err);
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

int
control_own_tenant(struct control *c, struct str account, int64_t *ret_tenant)
{
	int64_t tenant = 0;
	int err = store_run(c->store, "SELECT tenant FROM accounts WHERE name = ?", take_int,
		&tenant, "s", account);

	if (err)
		return control_own_check(c, err);
	if (!tenant)
		return control_own_fail(
			c, -ENOENT, "There is no account \"%.*s\".", STR_ARG(account));
	*ret_tenant = tenant;
	return 0;
}

json_t *
control_own_text(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);

	/* jansson takes UTF-8 only; our tables hold what a person typed. */
	return j ? j : json_string("?");
}

json_t *
control_own_time(int64_t wall)
{
	char text[UTC_TEXT_SIZE];

	return wall ? json_string(utc_rfc3339(text, wall)) : json_null();
}

static const char *
why_not_open(int err)
{
	switch (err) {
	case -ENOTSUP:
		return "control.db was written by a newer version of Facteur";
	case -EBADMSG:
		return "control.db is damaged";
	default:
		return "control.db could not be opened";
	}
}

static int
open_in(const char *state, enum store_mode mode, const struct seal_keys *keys,
	struct control **ret_c, const char **ret_why)
{
	char path[PATH_MAX];
	struct store *store;
	struct control *c;
	int n = snprintf(path, sizeof path, "%s/" CONTROL_FILE, state), err;

	if (n < 0 || (size_t)n >= sizeof path) {
		*ret_why = "the name of the state folder is too long";
		return -ENAMETOOLONG;
	}
	err = store_open(path, mode, &control_schema, &store);
	if (err) {
		*ret_why = why_not_open(err);
		return err;
	}
	c = MEM_NEW(c);
	c->store = store;
	c->keys = *keys;
	clock_real(&c->clock);
	c->audit_rows = CONTROL_AUDIT_ROWS;
	*ret_c = c;
	return 0;
}

int
control_open(const char *state, const struct seal_keys *keys, struct control **ret_c,
	const char **ret_why)
{
	int err = file_mkdirs(state, 0750);

	if (err) {
		*ret_why = "the state folder could not be made";
		return err;
	}
	return open_in(state, STORE_CREATE, keys, ret_c, ret_why);
}

int
control_open_read(const char *state, const struct seal_keys *keys, struct control **ret_c,
	const char **ret_why)
{
	return open_in(state, STORE_READ, keys, ret_c, ret_why);
}

void
control_free(struct control **pc)
{
	struct control *c = *pc;

	if (!c)
		return;
	store_free(&c->store);
	control_pairs_free(&c->pairs);
	seal_wipe(&c->keys);
	mem_free(c);
	*pc = NULL;
}

void
control_hostname(struct control *c, struct str hostname)
{
	(void)str_copy_z(c->hostname, sizeof c->hostname, hostname);
}

void
control_tracking_target(struct control *c, struct str host)
{
	(void)str_copy_z(c->target, sizeof c->target, host);
}

uint64_t
control_version(struct control *c)
{
	int64_t version = 0;

	(void)store_run(c->store, "SELECT value FROM meta WHERE name = 'version'", take_int,
		&version, "");
	return (uint64_t)version;
}

const uint8_t *
control_erase_key(const struct control *c)
{
	return c->keys.erase;
}

const uint8_t *
control_ids(const struct control *c)
{
	return c->keys.ids;
}

int
control_account_tenant(struct control *c, struct str name, uint32_t *ret_tenant)
{
	int64_t tenant = 0;
	int err = control_own_tenant(c, name, &tenant);

	if (!err)
		*ret_tenant = (uint32_t)tenant;
	return err;
}

const char *
control_error(const struct control *c)
{
	return c->why;
}

static bool
name_ok(struct str name)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char ch = name.p[i];

		if (!ascii_digit(ch) && ch != '-' && (ch < 'a' || ch > 'z'))
			return false;
	}
	return true;
}

static int
account_row(void *ctx, struct store_row *r)
{
	json_array_append_new(ctx,
		json_pack("{s:o, s:I, s:o, s:o, s:o, s:o}", "account",
			control_own_text(store_text(r, 1)), "id", (json_int_t)store_int(r, 0),
			"state", control_own_text(store_text(r, 2)), "mode",
			control_own_text(store_text(r, 4 + LIMIT_KINDS)), "created",
			control_own_time(store_int(r, 3)), "quota", control_own_quota(r, 4)));
	return 0;
}

#define ACCOUNT_COLUMNS                                                                        \
	"SELECT a.tenant, a.name, a.state, a.created," CONTROL_QUOTA_COLUMNS ", a.mode"        \
	" FROM accounts a"                                                                     \
	" LEFT JOIN limits l ON l.tenant = a.tenant AND l.key_id = 0 "

int
control_account_add(struct control *c, struct str name, struct json_t **ret_j)
{
	int64_t now = clock_wall(&c->clock);
	int err;

	if (!name_ok(name))
		return control_own_fail(c, -EINVAL,
			"An account's name is 1 to 63 of a-z, 0-9 and \"-\"; \"%.*s\" is not.",
			STR_ARG(str_head(name, 80)));
	if (str_eq_z(name, "system"))
		return control_own_fail(
			c, -EEXIST, "The account \"system\" is the platform's own.");
	err = control_own_begin(c);
	if (err)
		return err;
	err = store_run(c->store, "INSERT INTO accounts (name, created) VALUES (?, ?)", NULL,
		NULL, "si", name, now);
	if (err == -EEXIST)
		control_own_fail(
			c, err, "The account \"%.*s\" is there already.", STR_ARG(name));
	int64_t id = store_last_id(c->store);
	json_t *list = NULL;

	err = err ? err : control_own_chain_begin(c, id);
	err = control_own_end(c, control_own_check(c, err));
	err = err ? err : control_account_one(c, (uint32_t)id, &list);
	if (!err)
		*ret_j = json_incref(json_array_get(list, 0));
	json_decref(list);
	return err;
}

int
control_account_list(struct control *c, struct json_t **ret_j)
{
	json_t *list = json_array();
	int err = store_run(c->store, ACCOUNT_COLUMNS "ORDER BY a.name", account_row, list, "");

	if (err) {
		json_decref(list);
		return control_own_check(c, err);
	}
	*ret_j = list;
	return 0;
}

int
control_account_one(struct control *c, uint32_t tenant, struct json_t **ret_j)
{
	json_t *list = json_array();
	int err = store_run(c->store, ACCOUNT_COLUMNS "WHERE a.tenant = ?", account_row, list,
		"i", (int64_t)tenant);

	if (err) {
		json_decref(list);
		return control_own_check(c, err);
	}
	*ret_j = list;
	return 0;
}

/* One column of an account: the statement has its value and the tenant. */
static int
set_account(struct control *c, struct str name, const char *sql, struct str value)
{
	int64_t tenant = 0;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_tenant(c, name, &tenant);
	if (!err)
		err = control_own_check(
			c, store_run(c->store, sql, NULL, NULL, "si", value, tenant));
	return control_own_end(c, err);
}

int
control_account_state(struct control *c, struct str name, struct str state)
{
	if (!str_eq_z(state, "ok") && !str_eq_z(state, "suspended"))
		return control_own_fail(c, -EINVAL,
			"An account's state is \"ok\" or \"suspended\", not \"%.*s\".",
			STR_ARG(str_head(state, 80)));
	return set_account(c, name, "UPDATE accounts SET state = ? WHERE tenant = ?", state);
}

bool
control_account_is_mode(struct str mode)
{
	return str_eq_z(mode, "live") || str_eq_z(mode, "sandbox");
}

int
control_account_mode(struct control *c, struct str name, struct str mode)
{
	if (!control_account_is_mode(mode))
		return control_own_fail(c, -EINVAL,
			"An account's mode is \"live\" or \"sandbox\", not \"%.*s\".",
			STR_ARG(str_head(mode, 80)));
	return set_account(c, name, "UPDATE accounts SET mode = ? WHERE tenant = ?", mode);
}

/* ---- pages */

bool
control_own_take(struct control_paging *p, const char *fmt, ...)
{
	va_list ap;

	if (p->n == p->page->limit) {
		memcpy(p->page->next, p->last, sizeof p->page->next);
		return false;
	}
	p->n++;
	va_start(ap, fmt);
	vsnprintf(p->last, sizeof p->last, fmt, ap);
	va_end(ap);
	return true;
}

int
control_own_cursor(
	struct control *c, const struct control_page *p, struct str *ret_a, struct str *ret_b)
{
	size_t at = str_find(p->after, '/');

	if (p->after.n && (at == 0 || at + 1 >= p->after.n))
		return control_own_fail(
			c, -EINVAL, "This cursor is not the \"next\" of a page.");
	*ret_a = str_head(p->after, at);
	*ret_b = p->after.n ? str_from(p->after, at + 1) : STR_NONE;
	return 0;
}
