#include "wire/smtp_in_priv.h"

#include "base/mem.h"
#include "base/text.h"

/* Both answers of LOGIN decoded. Taken at once: growing would leave copies behind. */
#define CRED_MAX (2 * (SMTP_IN_AUTH_MAX / 4 * 3))

enum { MECH_NONE, MECH_PLAIN, MECH_LOGIN };
enum { STEP_FIRST, STEP_SECRET };

bool
smtp_in_auth_now(const struct smtp_in *s)
{
	return s->conf.auth && !s->authed && (s->tls || s->conf.plain_auth);
}

void
smtp_in_auth_wipe(struct smtp_in *s)
{
	if (s->cred.p)
		mem_wipe(s->cred.p, s->cred.cap);
	if (s->line.p && s->auth_mech != MECH_NONE)
		mem_wipe(s->line.p, s->line.cap);
	if (s->auth_mech != MECH_NONE) {
		buf_done(&s->line);
		s->line_done = false;
	}
	buf_done(&s->cred);
	buf_init(&s->cred, CRED_MAX);
	s->auth_user = s->auth_secret = STR_NONE;
	s->auth_mech = MECH_NONE;
	s->auth_step = STEP_FIRST;
}

static enum smtp_in_event
fail(struct smtp_in *s, struct buf *out, struct reply r)
{
	smtp_in_auth_wipe(s);
	s->state = SMTP_IN_S_READY;
	return smtp_in_bad(s, out, r);
}

static enum smtp_in_event
challenge(struct smtp_in *s, struct buf *out, struct str text)
{
	s->state = SMTP_IN_S_AUTH;
	return smtp_in_say(s, out, (struct reply){ .code = 334, .text = text });
}

static enum smtp_in_event
ask(struct smtp_in *s)
{
	s->state = SMTP_IN_S_READY;
	return SMTP_IN_AUTH;
}

/* authzid NUL authcid NUL passwd (RFC 4616 2). */
static enum smtp_in_event
plain(struct smtp_in *s, struct buf *out)
{
	struct str rest = buf_str(&s->cred);
	struct str id = str_cut(&rest, '\0');
	if (!rest.p)
		return fail(s, out,
			REPLY(501, 5, 5, 2,
				"AUTH PLAIN needs user and secret, divided by NUL"));
	struct str user = str_cut(&rest, '\0');
	if (!rest.p || user.n == 0 || rest.n == 0 || str_find(rest, '\0') < rest.n)
		return fail(s, out,
			REPLY(501, 5, 5, 2,
				"AUTH PLAIN needs user and secret, divided by NUL"));
	if (id.n > 0 && !str_eq(id, user))
		return fail(s, out,
			REPLY(535, 5, 7, 8,
				"No acting for another user: leave the authorization identity "
				"empty"));
	s->auth_user = user;
	s->auth_secret = rest;
	return ask(s);
}

static enum smtp_in_event
login(struct smtp_in *s, size_t start, struct buf *out)
{
	struct str all = buf_str(&s->cred);

	if (start == all.n)
		return fail(s, out, REPLY(501, 5, 5, 2, "Empty user or secret"));
	if (s->auth_step == STEP_FIRST) {
		s->auth_user = all;
		s->auth_step = STEP_SECRET;
		return challenge(s, out, STR_LIT("UGFzc3dvcmQ6"));
	}
	s->auth_user = str_head(all, start);
	s->auth_secret = str_from(all, start);
	return ask(s);
}

static enum smtp_in_event
response(struct smtp_in *s, struct str text, struct buf *out)
{
	size_t start = s->cred.n;

	if (!buf_room(&s->cred, CRED_MAX - start) || text_b64_decode(&s->cred, text) < 0)
		return fail(s, out, REPLY(501, 5, 5, 2, "This is not base64"));
	return s->auth_mech == MECH_PLAIN ? plain(s, out) : login(s, start, out);
}

enum smtp_in_event
smtp_in_auth_line(struct smtp_in *s, struct str line, struct buf *out)
{
	if (str_eq_z(line, "*"))
		return fail(s, out, REPLY(501, 5, 7, 0, "Authentication cancelled"));
	return response(s, line, out);
}

/* 0 = go on. */
static struct reply
refusal(const struct smtp_in *s)
{
	if (s->authed)
		return REPLY(503, 5, 5, 1, "Already authenticated");
	if (!s->conf.auth)
		return REPLY(502, 5, 5, 1, "This port needs and offers no authentication");
	if (!smtp_in_auth_now(s) && s->conf.starttls)
		return REPLY(538, 5, 7, 11,
			"Must issue STARTTLS first: secrets travel only inside TLS");
	if (!smtp_in_auth_now(s))
		return REPLY(538, 5, 7, 11, "Secrets travel only inside TLS: use the TLS port");
	if (s->state == SMTP_IN_S_GREET)
		return REPLY(503, 5, 5, 1, "Send EHLO first");
	if (s->state != SMTP_IN_S_READY)
		return REPLY(
			503, 5, 5, 1, "No AUTH inside a mail transaction: send RSET first");
	return (struct reply){ 0 };
}

enum smtp_in_event
smtp_in_auth(struct smtp_in *s, struct str arg, struct buf *out)
{
	struct reply no = refusal(s);
	if (no.code)
		return smtp_in_bad(s, out, no);

	struct str rest = arg;
	struct str mech = str_cut(&rest, ' ');
	bool initial = rest.p != NULL;
	rest = str_trim(rest.p ? rest : STR_NONE);
	if (mech.n == 0 || str_find(rest, ' ') < rest.n)
		return smtp_in_bad(
			s, out, REPLY(501, 5, 5, 4, "Syntax: AUTH PLAIN or AUTH LOGIN"));
	if (!str_ieq_z(mech, "PLAIN") && !str_ieq_z(mech, "LOGIN"))
		return smtp_in_bad(s, out,
			REPLY(504, 5, 5, 4, "Unknown mechanism: use AUTH PLAIN or AUTH LOGIN"));
	s->auth_mech = str_ieq_z(mech, "PLAIN") ? MECH_PLAIN : MECH_LOGIN;
	s->auth_step = STEP_FIRST;
	if (!initial)
		return challenge(s, out,
			s->auth_mech == MECH_PLAIN ? STR_NONE : STR_LIT("VXNlcm5hbWU6"));
	/* "=" is an initial response of no bytes (RFC 4954 4). */
	return response(s, str_eq_z(rest, "=") ? STR_NONE : rest, out);
}
