/*
 * Sign-in, one-time links and new passwords (decision 0012); argon2id on a thread of its own,
 * for which PEOPLE_WAITING at most wait.
 *
 *   e-mail, password ─▶ guard ─▶ thread: verify ─▶ session, or half of one
 *   token, password  ─▶ guard ─▶ thread: hash   ─▶ link used up, password set ─▶ the same
 *   half, code       ─▶ guard ─▶ session
 *
 * A wrong password and an unknown e-mail are one answer after one time: of nobody a hash is
 * verified too. Whether there is a second factor shows behind the right password alone. A wrong
 * code counts as a wrong password; who knows the password does not thereby clear the count.
 */
#include "role/desk_api.h"

#include "account/guard.h"
#include "account/key.h"
#include "base/mem.h"
#include "base/utc.h"
#include "io/random.h"
#include "wire/address.h"
#include "wire/typed_id.h"

#include <errno.h>
#include <sodium.h>

#define PEOPLE_WAITING 16u
#define PEOPLE_HELD    16u /* answers held back; of more none is */
#define PEOPLE_OF_ONE  4u  /* of a network */
#define PASSWORD_MIN   12u
#define PASSWORD_MAX   1024u
#define CODE_MAX       64u /* bytes of a code as people type it */
#define SECOND         1000000u

/* Of a password that nobody knows, made as ours are. */
#define NOBODYS                                                                                \
	"$argon2id$v=19$m=65536,t=2,p=1$87Qt8Tz39gB4yXtKn9oK8g$"                               \
	"fb+GhA6Od6GXl8BWcXD8N0Qg7PyZ3Q7j/FPIU4JzsxU"

enum kind { ENTER, LINK, CHANGE, SELF, CODE };

struct desk_people {
	struct guard *guard;
	struct pool *pool;
	struct link waiting; /* struct entry */
	unsigned nworking, nheld;
};

/* Somebody who gave a password. */
struct entry {
	struct link link;
	struct pool_job job;
	struct loop_timer hold;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: gone */
	enum kind kind;
	bool working, held, exists, ok;
	int64_t user;
	uint64_t network;
	char who[CONTROL_EMAIL_SIZE];                                  /* to the guard */
	char kept[CONTROL_PASSWORD_SIZE], made[CONTROL_PASSWORD_SIZE]; /* argon2id */
	char *given, *wanted;                                          /* passwords, owned */
	int (*then)(struct desk_conn *n, struct control *c);           /* of SELF */
	char why[200]; /* the password was right, a code was not; empty: it was none */
};

static void
entry_free(struct entry *e)
{
	char *all[] = { e->given, e->wanted };

	loop_timer_off(e->desk->loop, &e->hold);
	list_del(&e->link);
	e->desk->people->nheld -= e->held;
	for (size_t i = 0; i < 2; i++)
		if (all[i]) {
			mem_wipe(all[i], strlen(all[i]));
			mem_free(all[i]);
		}
	mem_wipe(e->kept, sizeof e->kept);
	mem_wipe(e->made, sizeof e->made);
	mem_free(e);
}

void
desk_people_new(struct desk *d)
{
	struct desk_people *p = MEM_NEW(p);

	p->guard = guard_new(random_u64());
	p->pool = pool_new(d->loop, 1, d->env->one);
	list_init(&p->waiting);
	d->people = p;
}

void
desk_people_free(struct desk *d)
{
	struct desk_people *p = d->people;

	pool_free(&p->pool);
	while (!list_empty(&p->waiting))
		entry_free(LIST_OF(p->waiting.next, struct entry, link));
	guard_free(&p->guard);
	mem_free(p);
	d->people = NULL;
}

void
desk_people_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH_SAFE(l, &d->people->waiting)
	{
		struct entry *e = LIST_OF(l, struct entry, link);

		if (e->conn != n)
			continue;
		e->conn = NULL;
		if (!e->working)
			entry_free(e);
	}
}

/* ---- guesses */

static void
too_many(struct desk_conn *n, uint64_t wait)
{
	n->retry_s = (uint32_t)(wait / SECOND) + 1;
	desk_api_refuse(n, 429,
		arena_printf(&n->arena,
			"Too many wrong attempts from your network; try again in %u minutes.",
			n->retry_s / 60 + 1));
}

static void
say_wrong(struct entry *e)
{
	struct desk_conn *n = e->conn;
	enum kind kind = e->kind;
	struct str why = n ? arena_str(&n->arena, str_z(e->why)) : STR_NONE;

	e->conn = NULL;
	entry_free(e);
	if (!n)
		return;
	if (kind == CHANGE)
		desk_api_refuse(n, 403, STR_LIT("\"current_password\" is wrong."));
	else if (why.n)
		desk_api_refuse(n, kind == SELF ? 403 : 401, why);
	else if (kind == SELF)
		desk_api_refuse(n, 403, STR_LIT("\"password\" is wrong."));
	else
		desk_api_refuse(n, 401, STR_LIT("The e-mail or the password is wrong."));
}

static void
on_held(void *ctx)
{
	say_wrong(ctx);
}

/* People type a password, or paste a key, where the e-mail goes; a password may look like one.
 */
static void
log_who(struct log_line *ll, const struct entry *e)
{
	struct str who = str_z(e->who);
	struct address a;

	if (e->exists)
		log_addr(ll, "user", who);
	else if (address_mailbox(who, 0, &a) == 0 && !a.literal && who.p[0] != '"' &&
		 !key_spell(who, who).token)
		log_masked(ll, "user", who);
	else
		log_z(ll, "user", "(hidden: it is no e-mail)");
}

static void
wrong(struct entry *e)
{
	struct desk *d = e->desk;
	uint64_t hold =
		guard_failed(d->people->guard, str_z(e->who), e->network, loop_mono(d->loop));
	struct log_line ll =
		log_op(d->log, LOG_INFO, e->why[0] ? "second-factor-failed" : "sign-in-failed");

	log_who(&ll, e);
	log_str(&ll, "client", e->conn ? e->conn->client : STR_NONE);
	log_end(&ll);
	if (!hold || !e->conn || d->people->nheld >= PEOPLE_HELD) {
		say_wrong(e);
		return;
	}
	e->held = true;
	d->people->nheld++;
	loop_timer_in(d->loop, &e->hold, hold);
}

/* ---- on the thread */

static void
work(void *ctx)
{
	struct entry *e = ctx;

	e->ok = true;
	if (e->given)
		e->ok = crypto_pwhash_str_verify(e->kept, e->given, strlen(e->given)) == 0 &&
		        e->exists;
	/* Fails when there is no memory for it. */
	if (e->ok && e->wanted &&
		crypto_pwhash_str(e->made, e->wanted, strlen(e->wanted),
			crypto_pwhash_OPSLIMIT_INTERACTIVE,
			crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		e->made[0] = '\0';
}

/* ---- and back on the loop */

/* The rows of the audit log are the user's own. user 0: it is told when he is known. */
static struct control_who
himself(const struct desk_conn *n, int64_t user)
{
	return (struct control_who){ .kind = CONTROL_WHO_USER,
		.id = user,
		.name = STR_NONE,
		.from = n->client,
		.reason = STR_NONE };
}

static int
begin_session(struct desk_conn *n, struct control *c, int64_t user, const char *what)
{
	const struct control_who who = himself(n, user);
	struct control_deed d = { .what = str_z(what), .on = STR_NONE, .account = STR_NONE };
	struct control_user u;
	char id[TYPED_ID_TEXT];
	int err = control_user_find(
		c, str_z(typed_id_write(id, control_ids(c), "usr", (uint64_t)user)), &u);

	if (err)
		return err;
	d.tenant = u.tenant;
	d.on = str_z(u.email);
	control_who(c, &who);
	control_doing(c, &d);
	err = control_session_add(c, user, n->client, n->agent, n->session);
	(void)control_done(c);
	control_who(c, NULL);
	if (err)
		return err;
	session_token_hash(n->hash, n->desk->env->keys.pepper, str_z(n->session));
	desk_session_say(n, user, u.tenant == 0, u.tenant);
	return 0;
}

/* The password was right; a code is missing. */
static int
ask_code(struct desk_conn *n, struct control *c, int64_t user)
{
	char token[SESSION_TOKEN], at[UTC_TEXT_SIZE];
	int64_t expires = 0;
	int err = control_totp_ask(c, user, token, &expires);

	if (!err)
		desk_api_answer(n, 202,
			json_pack("{s:s,s:s,s:s}", "second_factor", "totp", "token", token,
				"expires", utc_rfc3339(at, expires)));
	mem_wipe(token, sizeof token);
	return err;
}

static int
begin(struct desk_conn *n, struct control *c, int64_t user, const char *what)
{
	bool on = false;
	int err = control_totp_is_on(c, user, &on);

	return err ? err : on ? ask_code(n, c, user) : begin_session(n, c, user, what);
}

/* p NULL: not said. */
static struct str
member(const struct desk_conn *n, const char *name)
{
	return json_object_get(n->asked, name) ? desk_text(n->asked, name)
	                                       : (struct str){ NULL, 0 };
}

static void
use_link(struct desk_conn *n, struct control *c, const char *made)
{
	const struct control_user_text t = { .email = member(n, "email"),
		.name = member(n, "name"),
		.language = member(n, "language"),
		.enabled = -1 };
	const struct control_who who = himself(n, 0);
	int64_t user = 0;
	int err;

	control_who(c, &who);
	err = control_link_use(c, desk_text(n->asked, "token"), made, &t, &user);
	control_who(c, NULL);
	err = err ? err : begin(n, c, user, "sessions.link");
	if (err)
		desk_session_error(n, c, err);
}

static void
change(struct desk_conn *n, struct control *c, int64_t user, const char *made)
{
	const struct control_who who = desk_audit_who(n);
	const struct control_deed d = { .what = STR_LIT("users.password"),
		.on = STR_NONE,
		.account = STR_NONE,
		.tenant = n->tenant };
	json_t *row = NULL;
	int err;

	control_who(c, &who);
	control_doing(c, &d);
	err = control_user_password(c, user, made, n->hash);
	n->audited = control_done(c);
	control_who(c, NULL);
	err = err ? err : control_user_show(c, user, &row);
	if (err)
		desk_session_error(n, c, err);
	else
		desk_api_answer(n, 200, row);
}

/* What cannot be read fails later. */
static bool
has_second(struct control *c, int64_t user)
{
	bool on = false;

	return control_totp_is_on(c, user, &on) < 0 || on;
}

static void
wrong_code(struct entry *e, struct control *c)
{
	(void)str_copy_z(e->why, sizeof e->why, str_z(control_error(c)));
	wrong(e);
}

/* The password is his; then says what becomes of it. */
static void
self(struct entry *e)
{
	struct desk_conn *n = e->conn;
	struct control *c = desk_control(e->desk);
	int err = 0;

	/* Answered, n is gone. */
	e->conn = NULL;
	if (n)
		err = c ? e->then(n, c) : -EIO;
	if (err == -EACCES) {
		e->conn = n;
		wrong_code(e, c);
		return;
	}
	if (!err && n)
		guard_passed(e->desk->people->guard, str_z(e->who), e->network);
	entry_free(e);
	if (err)
		desk_session_error(n, c, err);
}

static void
right(struct entry *e)
{
	struct desk_conn *n = e->conn;
	struct control *c = desk_control(e->desk);
	char made[CONTROL_PASSWORD_SIZE];
	enum kind kind = e->kind;
	int64_t user = e->user;
	int err = 0;

	memcpy(made, e->made, sizeof made);
	if (kind != LINK && !(c && has_second(c, user)))
		guard_passed(e->desk->people->guard, str_z(e->who), e->network);
	e->conn = NULL;
	entry_free(e);
	if (n && (!c || (kind != ENTER && !made[0])))
		desk_api_refuse(n, 503, STR_LIT("The service is busy; try again in a moment."));
	else if (n && kind == ENTER)
		err = begin(n, c, user, "sessions.open");
	else if (n && kind == LINK)
		use_link(n, c, made);
	else if (n)
		change(n, c, user, made);
	if (err)
		desk_session_error(n, c, err);
	mem_wipe(made, sizeof made);
}

/* It may have been set anew, and sessions ended, while the thread was at the old one. */
static bool
still_his(const struct entry *e)
{
	struct control *c = desk_control(e->desk);
	char id[TYPED_ID_TEXT];
	struct control_user u;
	int err;

	if (e->kind == LINK || !c)
		return true;
	typed_id_write(id, control_ids(c), "usr", (uint64_t)e->user);
	err = control_user_find(c, str_z(id), &u);
	/* What cannot be read fails later, and is no guess. */
	return err ? err != -ENOENT : str_eq_z(str_z(u.password), e->kept);
}

static void
on_worked(void *ctx)
{
	struct entry *e = ctx;

	e->working = false;
	e->desk->people->nworking--;
	if (!e->ok || !still_his(e))
		wrong(e);
	else if (e->kind == SELF)
		self(e);
	else
		right(e);
}

/* ---- beginning */

static unsigned
of_network(const struct desk_people *p, uint64_t network)
{
	unsigned n = 0;

	LIST_EACH(l, &p->waiting)
	n += LIST_OF(l, struct entry, link)->network == network;
	return n;
}

/* NULL: answered. */
static struct entry *
entry_new(struct desk_conn *n, enum kind kind, struct str who)
{
	struct desk_people *p = n->desk->people;
	uint64_t wait;
	struct entry *e;

	who = str_head(who, CONTROL_EMAIL_SIZE - 1);
	wait = guard_wait(p->guard, who, n->network, loop_mono(n->desk->loop));
	if (wait > 0) {
		too_many(n, wait);
		return NULL;
	}
	if (p->nworking >= PEOPLE_WAITING || of_network(p, n->network) >= PEOPLE_OF_ONE) {
		desk_api_refuse(n, 503, STR_LIT("Many people sign in just now; try again."));
		return NULL;
	}
	e = MEM_NEW(e);
	e->desk = n->desk;
	e->conn = n;
	e->kind = kind;
	e->network = n->network;
	(void)str_copy_z(e->who, sizeof e->who, who);
	loop_timer_init(&e->hold, on_held, e);
	list_init(&e->link);
	list_push(&p->waiting, &e->link);
	e->job = (struct pool_job){
		.work = work, .done = on_worked, .ctx = e, .owner = n->network
	};
	list_init(&e->job.link);
	return e;
}

static void
go(struct entry *e)
{
	e->working = true;
	e->desk->people->nworking++;
	pool_add(e->desk->people->pool, &e->job);
}

static bool
has_nul(struct str s)
{
	return str_find(s, '\0') < s.n;
}

/* Of a new one: long enough, and not what is known of its owner. NULL: it is good. */
static const char *
bad_password(struct str s, struct str email)
{
	size_t chars = 0, same = 0;

	for (size_t i = 0; i < s.n; i++) {
		chars += ((uint8_t)s.p[i] & 0xc0) != 0x80;
		same += s.p[i] == s.p[0];
	}
	if (chars < PASSWORD_MIN || s.n > PASSWORD_MAX || has_nul(s))
		return "A password has at least 12 characters (and at most 1024 bytes): a "
		       "sentence "
		       "is a good one.";
	if (same == s.n || (email.n && str_ieq(s, email)))
		return "This password is too easy to guess: a sentence is a good one.";
	return NULL;
}

/* A e-mail's spelling for the guard: that of the table. */
static struct str
lower(struct desk_conn *n, struct str s)
{
	struct str out = arena_str(&n->arena, str_head(str_trim(s), CONTROL_EMAIL_SIZE - 1));

	for (size_t i = 0; i < out.n; i++)
		((char *)(uintptr_t)out.p)[i] = ascii_lower(out.p[i]);
	return out.p ? out : STR_NONE;
}

void
desk_people_enter(struct desk_conn *n)
{
	struct str email = lower(n, desk_text(n->asked, "email")),
		   password = desk_text(n->asked, "password");
	struct control *c = desk_control(n->desk);
	struct control_user u = { .enabled = false };
	struct entry *e;

	if (!email.n || !password.n || password.n > PASSWORD_MAX || has_nul(password)) {
		desk_api_refuse(n, 422,
			STR_LIT("\"email\" and \"password\" are missing, or no texts of "
				"ours."));
		return;
	}
	e = c ? entry_new(n, ENTER, email) : NULL;
	if (!e) {
		if (!c)
			desk_session_error(n, c, -EIO);
		return;
	}
	if (control_user_find(c, email, &u) == 0 && u.enabled && u.password[0] &&
		str_eq_z(email, u.email)) {
		e->exists = true;
		e->user = u.id;
	}
	(void)str_copy_z(e->kept, sizeof e->kept, str_z(e->exists ? u.password : NOBODYS));
	e->given = str_dup_z(password);
	go(e);
}

static void
show_link(struct desk_conn *n, const struct control_link *l)
{
	desk_api_answer(n, 200,
		json_pack("{s:s,s:o,s:s}", "email", l->email, "name",
			desk_api_json(str_z(l->name)), "kind", control_link_word(l->kind)));
}

/* Without a password: of a link that was made for it. */
static void
enter_by_link(struct desk_conn *n, struct control *c)
{
	int64_t user = 0;
	int err = control_link_take(c, desk_text(n->asked, "token"), &user);

	err = err ? err : begin(n, c, user, "sessions.link");
	if (err)
		desk_session_error(n, c, err);
}

/* Guesses at tokens count as those at passwords: of the network. */
void
desk_people_link(struct desk_conn *n)
{
	struct str token = desk_text(n->asked, "token"), password = member(n, "password");
	struct control *c = desk_control(n->desk);
	struct guard *g = n->desk->people->guard;
	uint64_t now = loop_mono(n->desk->loop);
	uint64_t wait = guard_wait(g, STR_LIT("link"), n->network, now);
	struct control_link l;
	struct entry *e;
	const char *why;
	int err;

	if (wait > 0) {
		too_many(n, wait);
		return;
	}
	err = c ? control_link_read(c, token, &l) : -EIO;
	if (err == -ENOENT)
		(void)guard_failed(g, STR_LIT("link"), n->network, now);
	if (err) {
		desk_session_error(n, c, err);
		return;
	}
	if (!password.p && json_is_true(json_object_get(n->asked, "enter"))) {
		enter_by_link(n, c);
		return;
	}
	if (!password.p) {
		show_link(n, &l);
		return;
	}
	why = bad_password(password, str_z(l.email));
	if (why) {
		desk_api_refuse(n, 422, str_z(why));
		return;
	}
	e = entry_new(n, LINK, STR_LIT("link"));
	if (!e)
		return;
	e->wanted = str_dup_z(password);
	go(e);
}

void
desk_people_code(struct desk_conn *n)
{
	struct str token = desk_text(n->asked, "token"), code = desk_text(n->asked, "code");
	struct control *c = desk_control(n->desk);
	struct guard *g = n->desk->people->guard;
	uint64_t now = loop_mono(n->desk->loop);
	uint64_t wait = guard_wait(g, STR_LIT("code"), n->network, now);
	struct control_user u;
	bool recovery = false;
	struct entry *e;
	int err;

	if (wait > 0) {
		too_many(n, wait);
		return;
	}
	if (!token.n || !code.n || code.n > CODE_MAX) {
		desk_api_refuse(n, 422,
			STR_LIT("\"token\" and \"code\" are missing: what the password was "
				"answered with, and six digits or a recovery code."));
		return;
	}
	err = c ? control_totp_asked(c, token, &u) : -EIO;
	if (err == -ENOENT)
		(void)guard_failed(g, STR_LIT("code"), n->network, now);
	if (err) {
		desk_session_error(n, c, err);
		return;
	}
	e = entry_new(n, CODE, str_z(u.email));
	if (!e)
		return;
	e->exists = true;
	err = control_totp_answer(c, token, code, &recovery);
	if (err == -EACCES) {
		wrong_code(e, c);
		return;
	}
	if (!err)
		guard_passed(g, str_z(u.email), n->network);
	e->conn = NULL;
	entry_free(e);
	if (!err)
		err = begin_session(
			n, c, u.id, recovery ? "sessions.recovery" : "sessions.open");
	if (err)
		desk_session_error(n, c, err);
}

/* Who asks. NULL: answered. */
static struct control *
asker(struct desk_conn *n, struct control_user *u)
{
	struct control *c = desk_control(n->desk);
	char id[TYPED_ID_TEXT];

	if (c && control_user_find(
			 c, str_z(typed_id_write(id, control_ids(c), "usr", n->user)), u) == 0)
		return c;
	desk_session_error(n, c, -EIO);
	return NULL;
}

/* His password is to be verified. NULL: answered. */
static struct entry *
entry_own(struct desk_conn *n, enum kind kind, const struct control_user *u, struct str given)
{
	struct entry *e = entry_new(n, kind, str_z(u->email));

	if (!e)
		return NULL;
	e->exists = true;
	e->user = u->id;
	(void)str_copy_z(e->kept, sizeof e->kept, str_z(u->password));
	e->given = str_dup_z(str_head(given, PASSWORD_MAX));
	return e;
}

void
desk_people_self(struct desk_conn *n, struct str password,
	int (*then)(struct desk_conn *n, struct control *c))
{
	struct control_user u;
	struct entry *e = NULL;

	if (!password.n || has_nul(password))
		desk_api_refuse(n, 422, STR_LIT("\"password\" is missing: your own, again."));
	else if (asker(n, &u))
		e = entry_own(n, SELF, &u, password);
	if (!e)
		return;
	e->then = then;
	go(e);
}

void
desk_people_password(struct desk_conn *n, struct str current, struct str password)
{
	struct control_user u;
	const char *why;
	struct entry *e;

	if (!asker(n, &u))
		return;
	why = bad_password(password, str_z(u.email));
	if (why) {
		desk_api_refuse(n, 422, str_z(why));
		return;
	}
	e = entry_own(n, CHANGE, &u, current);
	if (!e)
		return;
	e->wanted = str_dup_z(password);
	go(e);
}
