/* Sessions of account/control_user. */
#include "account/control_own.h"
#include "account/control_user.h"
#include "base/text.h"
#include "wire/typed_id.h"

#include <errno.h>

#define AGENT_MAX 200u
#define SEEN_US   (INT64_C(60) * 1000000) /* how exact last_seen is */

/* Those that are over; and one of the user, when he has as many as he may. */
static int
make_room(struct control *c, int64_t user, int64_t now)
{
	int err = store_run(c->store, "DELETE FROM sessions WHERE created <= ? OR seen <= ?",
		NULL, NULL, "ii", now - CONTROL_SESSION_LIFE_US, now - CONTROL_SESSION_IDLE_US);

	if (!err)
		err = store_run(c->store,
			"DELETE FROM sessions WHERE id IN (SELECT id FROM sessions"
			" WHERE user_id = ? ORDER BY seen DESC LIMIT -1 OFFSET ?)",
			NULL, NULL, "ii", user, (int64_t)CONTROL_SESSIONS_MAX - 1);
	return err;
}

int
control_session_add(struct control *c, int64_t user, struct str from, struct str agent,
	char ret_token[SESSION_TOKEN])
{
	int64_t now = clock_wall(&c->clock);
	uint8_t hash[32];
	struct buf safe;
	int err = control_own_begin(c);

	if (err)
		return err;
	session_token_make(ret_token);
	session_token_hash(hash, c->keys.pepper, str_z(ret_token));
	buf_init(&safe, 8 * AGENT_MAX);
	(void)text_safe(&safe, str_head(agent, AGENT_MAX));
	err = make_room(c, user, now);
	if (!err)
		err = store_run(c->store,
			"INSERT INTO sessions (hash, tenant, user_id, created, seen, client,"
			" agent) SELECT ?, tenant, id, ?, ?, ?, ? FROM users WHERE id = ?"
			" AND gone = 0 AND enabled = 1",
			NULL, NULL, "biissi", str_of(hash, 32), now, now, from, buf_str(&safe),
			user);
	if (!err && store_changes(c->store) == 0)
		err = control_own_fail(c, -ENOENT, "There is no such user.");
	if (!err)
		err = store_run(c->store, "UPDATE users SET seen = ? WHERE id = ?", NULL, NULL,
			"ii", now, user);
	buf_done(&safe);
	return control_own_end_quietly(c, control_own_check(c, err));
}

struct found {
	struct control_session s;
	int64_t seen;
};

static int
take_found(void *ctx, struct store_row *r)
{
	struct found *f = ctx;

	f->s.id = store_int(r, 0);
	f->s.user = store_int(r, 1);
	f->s.tenant = (uint32_t)store_int(r, 2);
	f->s.role = user_role_of(store_text(r, 3));
	f->s.suspended = str_eq_z(store_text(r, 4), "suspended");
	(void)str_copy_z(f->s.email, sizeof f->s.email, store_text(r, 5));
	(void)str_copy_z(f->s.language, sizeof f->s.language, store_text(r, 6));
	f->seen = store_int(r, 7);
	f->s.totp = store_int(r, 8) != 0;
	return 0;
}

int
control_session_find(struct control *c, const uint8_t hash[32], struct control_session *ret_s)
{
	int64_t now = clock_wall(&c->clock);
	struct found f = { .seen = 0 };
	int err = control_own_check(c,
		store_run(c->store,
			"SELECT s.id, u.id, u.tenant, u.role, COALESCE(a.state, ''), u.email,"
			" u.language, s.seen, EXISTS (SELECT 1 FROM totp t WHERE t.user_id = "
			"u.id"
			" AND t.confirmed = 1) FROM sessions s JOIN users u ON u.id = s.user_id"
			" LEFT JOIN accounts a ON a.tenant = u.tenant WHERE s.hash = ?"
			" AND s.created > ? AND s.seen > ? AND u.enabled = 1 AND u.gone = 0",
			take_found, &f, "bii", str_of(hash, 32), now - CONTROL_SESSION_LIFE_US,
			now - CONTROL_SESSION_IDLE_US));

	if (!err && !f.s.id)
		return control_own_fail(c, -ENOENT, "You are not signed in.");
	/* Not each call writes. One that cannot be written fails nobody. */
	if (!err && now - f.seen >= SEEN_US) {
		(void)store_run(c->store, "UPDATE sessions SET seen = ? WHERE id = ?", NULL,
			NULL, "ii", now, f.s.id);
		(void)store_run(c->store, "UPDATE users SET seen = ? WHERE id = ?", NULL, NULL,
			"ii", now, f.s.user);
	}
	if (!err)
		*ret_s = f.s;
	return err;
}

int
control_session_end(struct control *c, const uint8_t hash[32])
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_check(c, store_run(c->store, "DELETE FROM sessions WHERE hash = ?",
					   NULL, NULL, "b", str_of(hash, 32)));
	return control_own_end_quietly(c, err);
}

struct listing {
	struct control *c;
	const uint8_t *current;
	json_t *list;
};

static int
take_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	char id[TYPED_ID_TEXT];
	struct str hash = store_blob(r, 5);

	json_array_append_new(l->list,
		json_pack("{s:s,s:o,s:o,s:o,s:o,s:b}", "id",
			typed_id_write(id, l->c->keys.ids, "ses", (uint64_t)store_int(r, 0)),
			"created", control_own_time(store_int(r, 1)), "last_seen",
			control_own_time(store_int(r, 2)), "from",
			control_own_text(store_text(r, 3)), "agent",
			control_own_text(store_text(r, 4)), "current",
			l->current && str_eq(hash, str_of(l->current, 32))));
	return 0;
}

int
control_session_list(
	struct control *c, int64_t user, const uint8_t current[32], struct json_t **ret_j)
{
	int64_t now = clock_wall(&c->clock);
	struct listing l = { c, current, json_array() };
	int err = store_run(c->store,
		"SELECT id, created, seen, client, agent, hash FROM sessions"
		" WHERE user_id = ? AND created > ? AND seen > ? ORDER BY seen DESC, id DESC",
		take_row, &l, "iii", user, now - CONTROL_SESSION_LIFE_US,
		now - CONTROL_SESSION_IDLE_US);

	if (err) {
		json_decref(l.list);
		return control_own_check(c, err);
	}
	*ret_j = l.list;
	return 0;
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

int
control_session_user(struct control *c, int64_t session, int64_t *ret_user)
{
	int64_t user = 0;
	int err = control_own_check(
		c, store_run(c->store, "SELECT user_id FROM sessions WHERE id = ?", take_int,
			   &user, "i", session));

	if (!err && !user)
		return control_own_fail(c, -ENOENT, "There is no such session.");
	if (!err)
		*ret_user = user;
	return err;
}

int
control_session_remove(struct control *c, int64_t session)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_check(c, store_run(c->store, "DELETE FROM sessions WHERE id = ?",
					   NULL, NULL, "i", session));
	return control_own_end_quietly(c, err);
}

static int
take_account(void *ctx, struct store_row *r)
{
	struct control_session *s = ctx;

	s->tenant = (uint32_t)store_int(r, 0);
	s->suspended = str_eq_z(store_text(r, 1), "suspended");
	return 0;
}

int
control_session_account(
	struct control *c, struct str name, uint32_t *ret_tenant, bool *ret_suspended)
{
	struct control_session s = { .tenant = 0 };
	int err = control_own_check(
		c, store_run(c->store, "SELECT tenant, state FROM accounts WHERE name = ?",
			   take_account, &s, "s", name));

	if (!err && !s.tenant)
		return control_own_fail(c, -ENOENT, "There is no such account.");
	if (err)
		return err;
	*ret_tenant = s.tenant;
	*ret_suspended = s.suspended;
	return 0;
}
