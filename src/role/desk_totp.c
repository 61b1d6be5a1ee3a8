/*
 * One's own second factor (decision 0012): turned on and off by who is signed in, with his
 * password again. Signing in with it is in desk_people.c, the rows in account/control_totp.
 */
#include "role/desk_api.h"

#include <errno.h>

bool
desk_totp_required(const struct desk *d, bool platform)
{
	struct str totp = d->config->console.totp;

	return str_eq_z(totp, "required") || (platform && str_eq_z(totp, "service"));
}

static void
show(struct desk_conn *n)
{
	struct control *c = desk_control(n->desk);
	json_t *j = NULL;
	int err = c ? control_totp_show(c, (int64_t)n->user, &j) : -EIO;

	if (err) {
		desk_session_error(n, c, err);
		return;
	}
	json_object_set_new(
		j, "required", json_boolean(desk_totp_required(n->desk, n->platform)));
	desk_api_answer(n, 200, j);
}

/* A change with its row of the audit log. */
enum change { BEGIN, CONFIRM, RENEW, OFF };

static int
do_change(struct desk_conn *n, struct control *c, enum change what, json_t **ret_j)
{
	int64_t user = (int64_t)n->user;
	struct str code = desk_text(n->asked, "code");

	switch (what) {
	case BEGIN:
		return control_totp_begin(c, user, ret_j);
	case CONFIRM:
		return control_totp_confirm(c, user, code, n->hash, ret_j);
	case RENEW:
		return control_totp_renew(c, user, code, ret_j);
	default:
		return control_totp_off(c, user, code);
	}
}

static int
change(struct desk_conn *n, struct control *c, enum change what)
{
	static const char *const words[] = { "users.totp_begin", "users.totp_on",
		"users.totp_recovery", "users.totp_off" };
	const struct control_who who = desk_audit_who(n);
	const struct control_deed d = {
		.what = str_z(words[what]), .on = STR_NONE, .account = STR_NONE
	};
	json_t *j = NULL;
	int err;

	control_who(c, &who);
	control_doing(c, &d);
	err = do_change(n, c, what, &j);
	n->audited = control_done(c);
	control_who(c, NULL);
	if (!err)
		desk_api_answer(n, what == OFF ? 204 : what == BEGIN ? 201 : 200, j);
	return err;
}

static int
begin(struct desk_conn *n, struct control *c)
{
	return change(n, c, BEGIN);
}

static int
renew(struct desk_conn *n, struct control *c)
{
	return change(n, c, RENEW);
}

static int
off(struct desk_conn *n, struct control *c)
{
	return change(n, c, OFF);
}

static void
confirm(struct desk_conn *n)
{
	struct control *c = desk_control(n->desk);
	int err = c ? change(n, c, CONFIRM) : -EIO;

	if (err)
		desk_session_error(n, c, err);
}

void
desk_totp(struct desk_conn *n, enum api_op op)
{
	struct str password = desk_text(n->asked, "password");

	if (op == API_TOTP)
		show(n);
	else if (op != API_TOTP_BEGIN && desk_text(n->asked, "code").n == 0)
		desk_api_refuse(n, 422,
			STR_LIT("\"code\" is missing: the six digits that the app shows."));
	else if (op == API_TOTP_CONFIRM)
		confirm(n);
	else
		desk_people_self(n, password,
			op == API_TOTP_BEGIN   ? begin
			: op == API_TOTP_RENEW ? renew
					       : off);
}
