/*
 * Who is signed in (decision 0009): the edges ask for each call, so that a session that ended
 * fails at once. How people sign in is in desk_people.c.
 */
#include "role/desk_api.h"

#include "base/mem.h"

#include <errno.h>

#define ACCOUNTS_MAX 1000u

/* ---- what is said of a session */

static json_t *
part(const json_t *row, const char *const *names, size_t n)
{
	json_t *out = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set(out, names[i], json_object_get(row, names[i]));
	return out;
}

/* {"id","name","state","mode"} of those that he may speak of, one account or all (the first
 * ACCOUNTS_MAX: *ret_more, there are more); of them the one that he speaks of now. */
static json_t *
accounts_of(struct control *c, bool all, uint32_t tenant, json_t **ret_now, bool *ret_more)
{
	json_t *list = NULL, *row, *out = json_array();
	size_t i;

	*ret_now = json_null();
	*ret_more = false;
	if ((all ? control_account_list(c, &list) : control_account_one(c, tenant, &list)) < 0)
		return out;
	json_array_foreach(list, i, row)
	{
		bool now = json_integer_value(json_object_get(row, "id")) == tenant;
		json_t *one;

		if (!all && !now)
			continue;
		if (!now && json_array_size(out) >= ACCOUNTS_MAX) {
			*ret_more = true;
			continue;
		}
		one = json_pack("{s:O,s:O,s:O,s:O}", "id", json_object_get(row, "id"), "name",
			json_object_get(row, "account"), "state", json_object_get(row, "state"),
			"mode", json_object_get(row, "mode"));
		if (now)
			*ret_now = json_incref(one);
		json_array_append_new(out, one);
	}
	json_decref(list);
	return out;
}

static json_t *
ports(const struct config_ports *p)
{
	json_t *out = json_array();

	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(out, json_integer(p->port[i]));
	return out;
}

/* Where programs hand in mail by SMTP, for settings that work as they are shown. */
static json_t *
submission(const struct config *cf)
{
	return json_pack("{s:o,s:o,s:o}", "starttls", ports(&cf->starttls), "tls",
		ports(&cf->tls), "plain", ports(&cf->plain));
}

void
desk_session_say(struct desk_conn *n, int64_t user, bool platform, uint32_t tenant)
{
	static const char *const names[] = { "id", "email", "name", "role", "language",
		"totp" };
	struct control *c = desk_control(n->desk);
	const struct config *cf = n->desk->config;
	json_t *row = NULL, *now, *accounts, *who;
	char csrf[SESSION_TOKEN];
	bool more, required;

	if (!c || control_user_show(c, user, &row) < 0) {
		n->session[0] = '\0';
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
		return;
	}
	session_token_csrf(csrf, n->desk->env->keys.pepper, n->hash);
	accounts = accounts_of(c, platform, tenant, &now, &more);
	who = part(row, names, sizeof names / sizeof *names);
	required = desk_totp_required(n->desk, platform) &&
	           !json_is_true(json_object_get(row, "totp"));
	json_decref(row);
	desk_api_answer(n, 200,
		json_pack("{s:o,s:o,s:o,s:b,s:b,s:s,s:b,s:o,s:s%,s:s}", "user", who, "account",
			now, "accounts", accounts, "more", more, "sink",
			desk_sink_there(n->desk), "mode",
			config_sandboxed(n->desk->config) ? "sandbox" : "live", "totp_required",
			required, "submission", submission(cf), "language", cf->language.p,
			cf->language.n, "csrf", csrf));
	mem_wipe(csrf, sizeof csrf);
}

void
desk_session_error(struct desk_conn *n, struct control *c, int err)
{
	n->session[0] = '\0';
	if (!c || err == -EIO)
		desk_api_refuse(
			n, 503, STR_LIT("The control tables cannot be used; try again."));
	else
		desk_api_refuse(n,
			err == -ENOENT   ? 410
			: err == -EEXIST ? 409
			: err == -EACCES ? 403
					 : 422,
			str_z(control_error(c)));
}

static void
end_session(struct desk_conn *n)
{
	struct control *c = desk_control(n->desk);

	if (!c || control_session_end(c, n->hash) < 0) {
		desk_session_error(n, c, -EIO);
		return;
	}
	(void)str_copy_z(n->session, sizeof n->session, STR_LIT("-"));
	desk_api_answer(n, 204, NULL);
}

static void
refuse_none(struct desk_conn *n)
{
	desk_api_refuse(n, 401, STR_LIT("Sign in first."));
}

bool
desk_session_api(struct desk_conn *n, enum api_op op)
{
	if (op == API_SESSION_OPEN)
		desk_people_enter(n);
	else if (op == API_SESSION_LINK)
		desk_people_link(n);
	else if (op == API_SESSION_CODE)
		desk_people_code(n);
	else if (op < API_SESSION || op > API_TOTP_OFF)
		return false;
	else if (!n->user)
		refuse_none(n);
	else if (op >= API_TOTP)
		desk_totp(n, op);
	else if (op == API_SESSION_END)
		end_session(n);
	else
		desk_session_say(n, (int64_t)n->user, n->platform, n->tenant);
	return true;
}

/* ---- for the edges */

/* Of which account a user of the platform speaks; of a suspended one no mail is sent. */
static int
choose(struct control *c, struct str name, const struct control_session *s,
	struct msg_sessioned *m)
{
	bool suspended = false;
	uint32_t tenant = s->tenant;
	int err = name.n ? control_session_account(c, name, &tenant, &suspended) : 0;

	if (err || (s->tenant && tenant != s->tenant))
		return -ENOENT;
	m->tenant = tenant;
	/* Who is of a suspended account may still see what became of its mail, and change
	 * himself: no more, whatever his role allows beyond its scopes. */
	if (s->suspended) {
		m->scopes &= SCOPE_READ;
		m->role = USER_VIEWER;
	}
	if (suspended)
		m->scopes &= (uint8_t)~SCOPE_SEND;
	return 0;
}

static void
judge(struct desk *d, const struct msg_session *ask, struct msg_sessioned *m)
{
	struct control *c = desk_control(d);
	struct control_session s;
	int err = c ? control_session_find(c, ask->hash.b, &s) : -EIO;

	m->status = err == -ENOENT ? 401 : 503;
	m->why = err == -ENOENT ? STR_LIT("You are not signed in, or not any more.")
	                        : STR_LIT("The control tables cannot be read.");
	if (err)
		return;
	m->user = (uint64_t)s.user;
	m->role = (uint8_t)s.role;
	m->platform = s.tenant == 0;
	m->scopes = (uint8_t)user_role_scopes(s.role, s.tenant == 0);
	m->status = 200;
	m->why = STR_NONE;
	if (choose(c, ask->account, &s, m) < 0) {
		m->status = 404;
		m->why = STR_LIT("There is no such account: see X-Facteur-Account.");
	}
	/* Nothing but what concerns himself, until his second factor is on. */
	if (!s.totp && desk_totp_required(d, s.tenant == 0)) {
		m->scopes = 0;
		m->role = USER_NONE;
	}
}

void
desk_session_ask(struct desk_edge *from, struct str payload)
{
	struct msg_sessioned m = { .status = 503 };
	struct msg_session ask;
	struct buf b;

	if (!from->channel || msg_session_read(NULL, payload, &ask) < 0)
		return;
	m.seq = ask.seq;
	judge(from->desk, &ask, &m);
	buf_init(&b, 4096);
	if (msg_sessioned_write(&b, &m) == 0)
		(void)channel_force(from->channel, MSG_sessioned, buf_str(&b));
	buf_done(&b);
}

/* ---- the first start */

void
desk_session_welcome(struct desk *d)
{
	struct control *c = d->control;
	json_t *j = NULL;
	struct log_line ll;

	if (!c || !control_user_none(c))
		return;
	if (control_link_make(c, 0, &j) < 0) {
		ll = log_op(d->log, LOG_ERROR, "first-sign-in-failed");
		log_z(&ll, "why", control_error(c));
		log_z(&ll, "means",
			"nobody can sign in yet: mend this, then make a link with facteur "
			"users link");
		log_end(&ll);
		return;
	}
	ll = log_op(d->log, LOG_INFO, "first-sign-in");
	log_str(&ll, "link", desk_text(j, "link"));
	log_z(&ll, "means",
		"nobody can sign in yet: open this within 15 minutes; another one comes of "
		"facteur users link");
	log_end(&ll);
	json_decref(j);
}
