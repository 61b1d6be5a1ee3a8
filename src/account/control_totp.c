#include "account/control_totp.h"

#include "account/control_own.h"
#include "account/totp.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"
#include "wire/typed_id.h"

#include <errno.h>

#define WRONG_CODE "The code is wrong, or was used already: wait for the next one."
#define NOT_ON     "The second factor is not on."

struct row {
	bool there, on;
	uint8_t secret[TOTP_SECRET];
	int64_t since, step, wrong;
};

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
number(struct control *c, const char *sql, int64_t user, int64_t *ret_n)
{
	*ret_n = 0;
	return control_own_check(c, store_run(c->store, sql, take_int, ret_n, "i", user));
}

static int
change(struct control *c, const char *sql, int64_t user)
{
	return control_own_check(c, store_run(c->store, sql, NULL, NULL, "i", user));
}

/* ---- the row of a user */

struct reading {
	struct control *c;
	int64_t user;
	struct row row;
};

static int
take_row(void *ctx, struct store_row *r)
{
	struct reading *x = ctx;
	struct buf context, plain;
	int err;

	buf_init(&context, 100);
	buf_init(&plain, 2 * TOTP_SECRET);
	err = control_schema_totp(&context, x->user);
	if (!err)
		err = seal_open_for(
			&plain, x->c->keys.box, buf_str(&context), store_blob(r, 0));
	if (!err && plain.n == TOTP_SECRET) {
		x->row = (struct row){ .there = true,
			.on = store_int(r, 1) != 0,
			.since = store_int(r, 2),
			.step = store_int(r, 3),
			.wrong = store_int(r, 4) };
		memcpy(x->row.secret, plain.p, TOTP_SECRET);
		mem_wipe(plain.p, plain.n);
	}
	buf_done(&context);
	buf_done(&plain);
	return x->row.there ? 0 : -ENOKEY;
}

static int
row_of(struct control *c, int64_t user, struct row *ret_row)
{
	struct reading x = { .c = c, .user = user };
	int err = store_run(c->store,
		"SELECT sealed, confirmed, since, step, wrong FROM totp WHERE user_id = ?",
		take_row, &x, "i", user);

	if (err == -ENOKEY)
		return control_own_fail(c, -EIO,
			"The secret of the second factor cannot be read: is master.key "
			"another one? Turn the second factor off and on again.");
	if (err)
		return control_own_check(c, err);
	*ret_row = x.row;
	mem_wipe(x.row.secret, sizeof x.row.secret);
	return 0;
}

static int
user_of(struct control *c, int64_t user, struct control_user *ret_u)
{
	char id[TYPED_ID_TEXT];

	return control_user_find(
		c, str_z(typed_id_write(id, c->keys.ids, "usr", (uint64_t)user)), ret_u);
}

int
control_own_totp_forget(struct control *c, int64_t user)
{
	int err = change(c, "DELETE FROM totp WHERE user_id = ?", user);

	return err ? err : change(c, "DELETE FROM recovery_codes WHERE user_id = ?", user);
}

int
control_totp_is_on(struct control *c, int64_t user, bool *ret_on)
{
	int64_t n;
	int err = number(
		c, "SELECT COUNT(*) FROM totp WHERE user_id = ? AND confirmed = 1", user, &n);

	*ret_on = n > 0;
	return err;
}

int
control_totp_show(struct control *c, int64_t user, struct json_t **ret_j)
{
	int64_t since, left;
	int err = number(
		c, "SELECT since FROM totp WHERE user_id = ? AND confirmed = 1", user, &since);

	if (!err)
		err = number(c, "SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?", user,
			&left);
	if (!err)
		*ret_j = json_pack("{s:b,s:o,s:I}", "on", since != 0, "since",
			control_own_time(since), "recovery_codes", (json_int_t)left);
	return err;
}

/* ---- turning it on */

static int
put_pending(struct control *c, const struct control_user *u, const uint8_t secret[TOTP_SECRET])
{
	struct buf context, sealed;
	int err = change(c, "DELETE FROM totp WHERE user_id = ?", u->id);

	buf_init(&context, 100);
	buf_init(&sealed, 200);
	err = err ? err : control_schema_totp(&context, u->id);
	if (!err)
		err = seal_close_for(
			&sealed, c->keys.box, buf_str(&context), str_of(secret, TOTP_SECRET));
	if (!err)
		err = control_own_check(
			c, store_run(c->store,
				   "INSERT INTO totp (user_id, tenant, sealed, since)"
				   " VALUES (?, ?, ?, ?)",
				   NULL, NULL, "iibi", u->id, (int64_t)u->tenant,
				   buf_str(&sealed), clock_wall(&c->clock)));
	buf_done(&context);
	buf_done(&sealed);
	return err;
}

/* What an app wants to know, as a picture's text and to be typed. */
static json_t *
secret_json(struct control *c, const struct control_user *u, const uint8_t secret[TOTP_SECRET])
{
	char issuer[sizeof c->hostname + 10];
	struct buf uri;
	struct str text, rest;
	json_t *j;

	snprintf(issuer, sizeof issuer, "Facteur%s%s", c->hostname[0] ? " " : "", c->hostname);
	buf_init(&uri, 4096); /* of 511 bytes, each escaped */
	must(totp_uri(&uri, str_z(issuer), str_z(u->email), secret) == 0);
	text = buf_str(&uri);
	rest = str_from(text, str_find(text, '=') + 1);
	j = json_pack("{s:s%,s:s%,s:o}", "secret", rest.p, str_find(rest, '&'), "uri", text.p,
		text.n, "expires",
		control_own_time(clock_wall(&c->clock) + CONTROL_TOTP_PENDING_US));
	mem_wipe(uri.p, uri.n);
	buf_done(&uri);
	return j;
}

int
control_totp_begin(struct control *c, int64_t user, struct json_t **ret_j)
{
	uint8_t secret[TOTP_SECRET];
	struct control_user u = { 0 };
	bool on = false;
	int err = control_own_begin(c);

	if (err)
		return err;
	random_bytes(secret, sizeof secret);
	err = user_of(c, user, &u);
	err = err ? err : control_totp_is_on(c, user, &on);
	if (!err && on)
		err = control_own_fail(c, -EEXIST,
			"The second factor is on already: turn it off first, or make new "
			"recovery codes.");
	err = err ? err : put_pending(c, &u, secret);
	control_own_about(c, str_z(err ? "" : u.email), u.tenant);
	err = control_own_end_quietly(c, err);
	if (!err)
		*ret_j = secret_json(c, &u, secret);
	mem_wipe(secret, sizeof secret);
	return err;
}

/* Instead of those that were. */
static int
make_recovery(struct control *c, const struct control_user *u, json_t **ret_j)
{
	json_t *list = json_array();
	int err = change(c, "DELETE FROM recovery_codes WHERE user_id = ?", u->id);

	for (int i = 0; i < CONTROL_TOTP_RECOVERY && !err; i++) {
		char code[TOTP_RECOVERY], plain[TOTP_RECOVERY];
		uint8_t hash[32];

		totp_recovery_make(code);
		(void)totp_recovery_read(str_z(code), plain);
		session_token_recovery_hash(hash, c->keys.pepper, str_z(plain));
		err = control_own_check(
			c, store_run(c->store,
				   "INSERT INTO recovery_codes (hash, tenant, user_id)"
				   " VALUES (?, ?, ?)",
				   NULL, NULL, "bii", str_of(hash, 32), (int64_t)u->tenant,
				   u->id));
		json_array_append_new(list, json_string(code));
		mem_wipe(code, sizeof code);
		mem_wipe(plain, sizeof plain);
	}
	*ret_j = json_pack("{s:o}", "recovery_codes", list);
	return err;
}

/* Ends a change whose code was wrong: what was counted stays, no row of the audit log is
 * written. */
static int
end_wrong(struct control *c, const char *why)
{
	int err;

	c->deed = NULL;
	err = control_own_end_quietly(c, 0);
	return err ? err : control_own_fail(c, -EACCES, "%s", why);
}

static int
end_made(struct control *c, int err, json_t *made, json_t **ret_j)
{
	err = control_own_end_quietly(c, err);
	if (err)
		json_decref(made);
	else
		*ret_j = made;
	return err;
}

static int
pending_of(struct control *c, int64_t user, struct row *row)
{
	int err = row_of(c, user, row);

	if (!err && row->on)
		return control_own_fail(c, -EEXIST, "The second factor is on already.");
	if (!err && (!row->there || row->wrong >= CONTROL_TOTP_TRIES ||
			    row->since <= clock_wall(&c->clock) - CONTROL_TOTP_PENDING_US))
		return control_own_fail(c, -ENOENT,
			"Nothing is to be confirmed, or it took too long: begin again.");
	return err;
}

int
control_totp_confirm(struct control *c, int64_t user, struct str code, const uint8_t keep[32],
	struct json_t **ret_j)
{
	struct row row = { .step = 0 };
	struct control_user u = { 0 };
	json_t *made = NULL;
	int64_t now = clock_wall(&c->clock), step = 0;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = user_of(c, user, &u);
	err = err ? err : pending_of(c, user, &row);
	if (!err)
		step = totp_step(row.secret, now, 0, code);
	mem_wipe(row.secret, sizeof row.secret);
	if (!err && !step) {
		err = change(c, "UPDATE totp SET wrong = wrong + 1 WHERE user_id = ?", user);
		return err ? control_own_end_quietly(c, err) : end_wrong(c, WRONG_CODE);
	}
	if (!err)
		err = control_own_check(
			c, store_run(c->store,
				   "UPDATE totp SET confirmed = 1, since = ?, step = ?,"
				   " wrong = 0 WHERE user_id = ?",
				   NULL, NULL, "iii", now, step, user));
	err = err ? err : make_recovery(c, &u, &made);
	err = err ? err : control_own_sign_out(c, user, keep);
	control_own_about(c, str_z(err ? "" : u.email), u.tenant);
	return end_made(c, err, made, ret_j);
}

/* ---- codes */

enum spent { SPENT_NOTHING, SPENT_CODE, SPENT_RECOVERY, SPENT_ENOUGH };

static int
spend_recovery(struct control *c, int64_t user, const char *plain, enum spent *ret)
{
	uint8_t hash[32];
	int err;

	session_token_recovery_hash(hash, c->keys.pepper, str_z(plain));
	err = control_own_check(c,
		store_run(c->store, "DELETE FROM recovery_codes WHERE hash = ? AND user_id = ?",
			NULL, NULL, "bi", str_of(hash, 32), user));
	if (err || store_changes(c->store) == 0)
		return err;
	*ret = SPENT_RECOVERY;
	return change(c, "UPDATE totp SET wrong = 0 WHERE user_id = ?", user);
}

/* Within a change: the code counts, as right or wrong, and never again. */
static int
spend(struct control *c, int64_t user, struct str code, enum spent *ret)
{
	char plain[TOTP_RECOVERY];
	struct row row = { .step = 0 };
	int64_t step;
	int err = row_of(c, user, &row);

	*ret = SPENT_NOTHING;
	if (!err && !row.on)
		err = control_own_fail(c, -ENOENT, NOT_ON);
	if (!err && totp_recovery_read(code, plain))
		err = spend_recovery(c, user, plain, ret);
	else if (!err && row.wrong >= CONTROL_TOTP_WRONG)
		*ret = SPENT_ENOUGH;
	else if (!err) {
		step = totp_step(row.secret, clock_wall(&c->clock), row.step, code);
		if (step) {
			*ret = SPENT_CODE;
			err = store_run(c->store,
				"UPDATE totp SET step = ?, wrong = 0 WHERE user_id = ?", NULL,
				NULL, "ii", step, user);
		} else
			err = store_run(c->store,
				"UPDATE totp SET wrong = wrong + 1 WHERE user_id = ?", NULL,
				NULL, "i", user);
		err = control_own_check(c, err);
	}
	mem_wipe(row.secret, sizeof row.secret);
	return err;
}

/* NULL: the code was right. */
static const char *
why_wrong(enum spent spent)
{
	return spent == SPENT_NOTHING ? WRONG_CODE
	       : spent == SPENT_ENOUGH
	               ? "Too many codes in a row were wrong, so none is taken any more: use a "
	                 "recovery code, or have the second factor turned off."
	               : NULL;
}

/* Begins a change with the user and his code. 0: go on and end it; else it is ended. */
static int
begin_with(struct control *c, int64_t user, struct str code, struct control_user *u)
{
	enum spent spent = SPENT_NOTHING;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = user_of(c, user, u);
	err = err ? err : spend(c, user, code, &spent);
	if (err)
		return control_own_end_quietly(c, err);
	if (why_wrong(spent))
		return end_wrong(c, why_wrong(spent));
	control_own_about(c, str_z(u->email), u->tenant);
	return 0;
}

int
control_totp_renew(struct control *c, int64_t user, struct str code, struct json_t **ret_j)
{
	struct control_user u;
	json_t *made = NULL;
	int err = begin_with(c, user, code, &u);

	if (err)
		return err;
	err = make_recovery(c, &u, &made);
	return end_made(c, err, made, ret_j);
}

int
control_totp_off(struct control *c, int64_t user, struct str code)
{
	struct control_user u;
	int err = begin_with(c, user, code, &u);

	if (err)
		return err;
	return control_own_end_quietly(c, control_own_totp_forget(c, user));
}

int
control_totp_remove(struct control *c, int64_t user)
{
	struct control_user u = { 0 };
	bool on = false;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = user_of(c, user, &u);
	err = err ? err : control_totp_is_on(c, user, &on);
	if (!err && !on)
		err = control_own_fail(c, -ENOENT, NOT_ON);
	err = err ? err : control_own_totp_forget(c, user);
	control_own_about(c, str_z(err ? "" : u.email), u.tenant);
	return control_own_end_quietly(c, err);
}

/* ---- halves of sessions */

static int
make_room(struct control *c, int64_t user, int64_t now)
{
	int err = store_run(
		c->store, "DELETE FROM half_sessions WHERE expires <= ?", NULL, NULL, "i", now);

	if (!err)
		err = store_run(c->store,
			"DELETE FROM half_sessions WHERE hash IN (SELECT hash FROM"
			" half_sessions WHERE user_id = ? ORDER BY expires DESC"
			" LIMIT -1 OFFSET ?)",
			NULL, NULL, "ii", user, (int64_t)CONTROL_TOTP_HALVES - 1);
	return control_own_check(c, err);
}

int
control_totp_ask(
	struct control *c, int64_t user, char ret_token[SESSION_TOKEN], int64_t *ret_expires)
{
	int64_t now = clock_wall(&c->clock), expires = now + CONTROL_TOTP_HALF_US;
	uint8_t hash[32];
	int err = control_own_begin(c);

	if (err)
		return err;
	session_token_make(ret_token);
	session_token_half_hash(hash, c->keys.pepper, str_z(ret_token));
	err = make_room(c, user, now);
	if (!err)
		err = control_own_check(
			c, store_run(c->store,
				   "INSERT INTO half_sessions (hash, tenant, user_id, expires)"
				   " SELECT ?, tenant, id, ? FROM users WHERE id = ?"
				   " AND gone = 0 AND enabled = 1",
				   NULL, NULL, "bii", str_of(hash, 32), expires, user));
	if (!err && store_changes(c->store) == 0)
		err = control_own_fail(c, -ENOENT, "There is no such user.");
	err = control_own_end_quietly(c, err);
	if (!err)
		*ret_expires = expires;
	return err;
}

int
control_totp_asked(struct control *c, struct str token, struct control_user *ret_u)
{
	uint8_t hash[32];
	int64_t user = 0;
	int err;

	session_token_half_hash(hash, c->keys.pepper, token);
	err = control_own_check(
		c, store_run(c->store,
			   "SELECT user_id FROM half_sessions WHERE hash = ? AND expires > ?"
			   " AND tries < ?",
			   take_int, &user, "bii", str_of(hash, 32), clock_wall(&c->clock),
			   (int64_t)CONTROL_TOTP_TRIES));
	if (!err)
		err = user ? user_of(c, user, ret_u) : -ENOENT;
	if (err == -ENOENT)
		return control_own_fail(c, err,
			"This sign-in took too long, or too many codes were wrong: begin "
			"again with the password.");
	return err;
}

int
control_totp_answer(struct control *c, struct str token, struct str code, bool *ret_recovery)
{
	enum spent spent = SPENT_NOTHING;
	struct control_user u = { 0 };
	uint8_t hash[32];
	int err = control_own_begin(c);

	if (err)
		return err;
	session_token_half_hash(hash, c->keys.pepper, token);
	err = control_totp_asked(c, token, &u);
	err = err ? err : spend(c, u.id, code, &spent);
	if (!err)
		err = control_own_check(c,
			store_run(c->store,
				why_wrong(spent) ? "UPDATE half_sessions SET tries = tries "
						   "+ 1 WHERE hash = ?"
						 : "DELETE FROM half_sessions WHERE hash = ?",
				NULL, NULL, "b", str_of(hash, 32)));
	if (!err && why_wrong(spent))
		return end_wrong(c, why_wrong(spent));
	err = control_own_end_quietly(c, err);
	if (!err)
		*ret_recovery = spent == SPENT_RECOVERY;
	return err;
}
