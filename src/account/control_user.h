/*
 * People who sign in: users, their sessions, one-time links. Part of account/control. A user
 * belongs to one account, or to the platform (tenant 0). Passwords come here as argon2id
 * strings, made on a thread by whoever calls; tokens are shown once and kept as hashes.
 *
 *   link ── in time, once ──▶ password set ──▶ session ── 12 h idle, 7 d, revoked ──▶ gone
 *
 * JSON
 *   user {"id":"usr_…","email","name","role","language","account": name or null,"enabled",
 *         "pending": no password yet,"totp": the second factor is on,"created","last_seen"}
 *   session {"id":"ses_…","created","last_seen","from","agent","current"}
 */
#ifndef ACCOUNT_CONTROL_USER_H
#define ACCOUNT_CONTROL_USER_H

#include "account/control.h"
#include "account/session_token.h"
#include "account/user_role.h"

#define CONTROL_USERS_MAX       1000u /* of one account, or of the platform */
#define CONTROL_SESSIONS_MAX    50u   /* of a user: the oldest goes */
#define CONTROL_SESSION_IDLE_US (INT64_C(12) * 3600 * 1000000)
#define CONTROL_SESSION_LIFE_US (INT64_C(7) * 86400 * 1000000)
#define CONTROL_LINK_US         (INT64_C(15) * 60 * 1000000)
#define CONTROL_EMAIL_SIZE      255  /* with NUL */
#define CONTROL_PASSWORD_SIZE   128  /* crypto_pwhash_STRBYTES */
#define CONTROL_USER_NAME       100u /* characters */
#define CONTROL_ANY_TENANT      UINT32_MAX

struct control_user {
	int64_t id;
	uint32_t tenant; /* 0: the platform's */
	enum user_role role;
	bool enabled;
	char email[CONTROL_EMAIL_SIZE];
	char password[CONTROL_PASSWORD_SIZE]; /* argon2id; empty: none yet */
};
/* To add or to change; p NULL: as it was. */
struct control_user_text {
	struct str email, name, role, language; /* language: en, fr */
	int enabled;                            /* -1: as it was */
};

/* Is nobody there who could sign in? */
bool control_user_none(struct control *c);
/* tenant 0: of the platform. -EEXIST: the e-mail is in use. */
int control_user_add(struct control *c, uint32_t tenant, const struct control_user_text *t,
	struct json_t **ret_j);
/* The same with a link for the user, in one change: *ret_j has "link" and "expires" beside. */
int control_user_invite(struct control *c, uint32_t tenant, const struct control_user_text *t,
	struct json_t **ret_j);
/* By e-mail, which is the cursor. tenant: CONTROL_ANY_TENANT: all. */
int control_user_page(
	struct control *c, uint32_t tenant, struct control_page *p, struct json_t **ret_j);
/* who: usr_… or an e-mail in any case. 0, -ENOENT. */
int control_user_find(struct control *c, struct str who, struct control_user *ret_u);
int control_user_show(struct control *c, int64_t id, struct json_t **ret_j);
/* -EINVAL also: the platform's last owner must stay one. Who is disabled is signed out. */
int control_user_set(struct control *c, int64_t id, const struct control_user_text *t,
	struct json_t **ret_j);
/* E-mail, name, password, views and second factor are forgotten; sessions and links end. His id
 * never becomes another's. */
int control_user_remove(struct control *c, int64_t id);
/* Ends the user's other sessions (keep: hash of the one that stays, or NULL) and links. */
int control_user_password(
	struct control *c, int64_t id, const char *hash, const uint8_t keep[32]);

/* ---- sessions */
struct control_session {
	int64_t id, user;
	uint32_t tenant; /* of the user */
	enum user_role role;
	bool suspended; /* its account is */
	bool totp;      /* the user's second factor is on */
	char email[CONTROL_EMAIL_SIZE];
	char language[3];
};
int control_session_add(struct control *c, int64_t user, struct str from, struct str agent,
	char ret_token[SESSION_TOKEN]);
/* 0, -ENOENT (none, over, or the user is disabled). Notes that it is in use. */
int control_session_find(
	struct control *c, const uint8_t hash[32], struct control_session *ret_s);
int control_session_end(struct control *c, const uint8_t hash[32]);
/* An account by its name: 0, -ENOENT. */
int control_session_account(
	struct control *c, struct str name, uint32_t *ret_tenant, bool *ret_suspended);
/* current: hash of the caller's own, or NULL. */
int control_session_list(
	struct control *c, int64_t user, const uint8_t current[32], struct json_t **ret_j);
/* Whose: 0, -ENOENT. */
int control_session_user(struct control *c, int64_t session, int64_t *ret_user);
int control_session_remove(struct control *c, int64_t session);

/* ---- one-time links: one at a time for each user, and one that makes the first owner */
enum control_link_kind {
	CONTROL_LINK_WELCOME = 1,
	CONTROL_LINK_INVITE,
	CONTROL_LINK_RESET,
	CONTROL_LINK_ENTER /* signs in without a password: of the demo */
};
struct control_link {
	enum control_link_kind kind;
	int64_t user; /* 0: of welcome */
	char email[CONTROL_EMAIL_SIZE];
	char name[CONTROL_USER_NAME * 4 + 1];
};
/* Where the console is, without a slash at the end: links begin there. owner: the e-mail of the
 * first one, until he says another. */
void control_console(struct control *c, struct str url, struct str owner);
/* user 0: welcome, for the first owner. *ret_j: {"link","expires","kind","email"}. */
int control_link_make(struct control *c, int64_t user, struct json_t **ret_j);
/* One that signs in (CONTROL_LINK_ENTER); *ret_j as above. */
int control_link_enter(struct control *c, int64_t user, struct json_t **ret_j);
const char *control_link_word(enum control_link_kind k);
/* 0, -ENOENT: there is none, or it is over. */
int control_link_read(struct control *c, struct str token, struct control_link *ret_l);
/* Uses one of CONTROL_LINK_ENTER up. 0, -ENOENT: it is none, or over. */
int control_link_take(struct control *c, struct str token, int64_t *ret_user);
/* Uses it up: the password is set, or the first owner made. t: name, language, of welcome
 * e-mail; p NULL: as it was. With control_who of a user, whatever its id, its row (users.add,
 * users.password) is his own. */
int control_link_use(struct control *c, struct str token, const char *password,
	const struct control_user_text *t, int64_t *ret_user);

#endif
