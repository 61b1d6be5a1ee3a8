/* Who does what, for the audit log. A change of the tables writes its row itself, in its own
 * transaction (account/control_audit); what the engine keeps has its row before it is asked,
 * so that nothing is done without one. */
#include "role/desk_api.h"
#include "role/desk_user.h"

#include "base/text.h"
#include "wire/form.h"

struct control_who
desk_audit_who(const struct desk_conn *n)
{
	if (!n->edge)
		return (struct control_who){ .kind = CONTROL_WHO_COMMAND,
			.name = str_z(n->who),
			.from = STR_NONE,
			.reason = STR_NONE };
	return (struct control_who){ .kind = n->user ? CONTROL_WHO_USER : CONTROL_WHO_KEY,
		.id = (int64_t)(n->user ? n->user : n->key),
		.name = STR_NONE,
		.from = n->client,
		.reason = n->reason };
}

static bool
write_row(struct desk_conn *n, const struct control_deed *d)
{
	const struct control_who who = desk_audit_who(n);
	struct control *c = desk_control(n->desk);
	int err = -1;

	if (c) {
		control_who(c, &who);
		err = control_audit_add(c, d);
		control_who(c, NULL);
	}
	n->audited = err == 0;
	return n->audited;
}

static void
say_lost(struct desk_conn *n, struct str what)
{
	struct log_line ll = log_op(n->desk->log, LOG_ERROR, "audit-not-written");

	log_str(&ll, "what", what);
	log_z(&ll, "means", "a change was made of which the audit log has no row");
	log_end(&ll);
}

bool
desk_audit_write(struct desk_conn *n, const struct control_deed *d)
{
	if (write_row(n, d))
		return true;
	/* On the machine itself a full disk must not keep anybody from dropping mail. */
	if (!n->edge) {
		say_lost(n, d->what);
		return true;
	}
	desk_fail(n, 503,
		"The audit log cannot be written, so nothing was done; look at the disk.");
	return false;
}

/* Changes that are in no table of desk's. Of a dry run nothing is said: it only counts. */
static bool
changes_elsewhere(struct str verb, const json_t *body)
{
	static const char *const verbs[] = { "queue.hold", "queue.release", "queue.retry",
		"queue.drop", "queue.pause", "queue.resume", "suppressions.add",
		"suppressions.remove", "suppressions.import", "suppressions.undo",
		"webhooks.replay" };

	if (json_is_true(json_object_get(body, "dry_run")))
		return false;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (str_eq_z(verb, verbs[i]))
			return true;
	return false;
}

/* Of a call the account is the caller's, unless it names one. */
static void
set_tenant(const struct desk_conn *n, struct control_deed *d)
{
	if (n->edge && !d->account.n && !d->tenant)
		d->tenant = n->tenant;
}

bool
desk_audit_now(struct desk_conn *n)
{
	char text[64];
	struct control_deed d;

	if (n->audited || !changes_elsewhere(n->doing, n->doing_body))
		return true;
	d = desk_user_deed(n->doing, n->doing_body, text);
	/* Its number is ours; the caller knows it by the path. */
	if (n->edge && n->params[0].n && json_is_integer(json_object_get(n->doing_body, "id")))
		d.on = n->params[0];
	set_tenant(n, &d);
	return desk_audit_write(n, &d);
}

void
desk_audit_call(struct desk_conn *n)
{
	struct control_deed d = { .on = n->params[0], .account = STR_NONE };

	if (n->audited || !api_route_changes(n->route))
		return;
	d.what = arena_printf(&n->arena, "%s %s", n->route->method, n->route->pattern);
	if (!d.what.p)
		d.what = STR_NONE;
	set_tenant(n, &d);
	if (!write_row(n, &d))
		say_lost(n, d.what);
	n->audited = true;
}

/* A header holds no more than Latin-1, which is what browsers send; what is beyond comes
 * percent-encoded. */
void
desk_audit_reason(struct desk_conn *n, struct str sent)
{
	bool latin = !text_is_utf8(sent);
	char *dst = arena_alloc(&n->arena, 2 * sent.n + 1);
	struct str s;
	size_t at = 0;

	for (size_t i = 0; dst && i < sent.n; i++) {
		uint8_t c = (uint8_t)sent.p[i];

		if (latin && c >= 0x80)
			dst[at++] = (char)(0xc0 | c >> 6);
		dst[at++] = (char)(latin && c >= 0x80 ? 0x80 | (c & 0x3f) : c);
	}
	s = form_unescape(&n->arena, str_of(dst ? dst : "", at), false);
	n->reason = s.p ? str_trim(s) : STR_NONE;
}

static size_t
characters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((uint8_t)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool
reason_fits(const struct desk_conn *n)
{
	size_t chars = characters(n->reason);

	return chars >= CONTROL_REASON_MIN && chars <= CONTROL_REASON_MAX &&
	       text_is_utf8(n->reason);
}

bool
desk_audit_opens(struct desk_conn *n, uint32_t tenant)
{
	/* A key speaks of its own account, if it is not one with `operate`. */
	bool foreign = n->user ? n->platform : tenant != n->tenant;

	if (!foreign || tenant == 0 || reason_fits(n))
		return true;
	desk_api_refuse(n, 403,
		STR_LIT("This opens an account that is not yours, and so its mail. Say why "
			"you have to in the header X-Facteur-Reason, 10 to 500 characters: the "
			"account sees it in its audit log."));
	return false;
}

/* Does it tell what an account knows of a person? A template that is tried out does so where it
 * names a contact. */
static bool
reads_contact(const struct desk_conn *n)
{
	switch (n->route->op) {
	case API_CONTACTS:
	case API_CONTACT:
	case API_CONTACT_SET: /* what was not named stays, and is told */
		return true;
	case API_TEMPLATE_TRY:
	case API_TEMPLATE_RENDER:
	case API_TEMPLATE_TEST:
		return json_is_string(json_object_get(n->asked, "contact"));
	default:
		return false;
	}
}

/* As what a message was written from, of which it becomes a part. */
static bool
may_read_contact(struct desk_conn *n)
{
	struct control_deed d = { .what = STR_LIT("contacts.read"),
		.on = n->route->op == API_CONTACT || n->route->op == API_CONTACT_SET
		              ? n->params[0]
		              : desk_text(n->asked, "contact"),
		.account = STR_NONE,
		.tenant = desk_api_tenant(n) };
	bool foreign = n->user ? n->platform : d.tenant != n->tenant;
	bool audited = n->audited;

	/* Of no account, or one that is not there, nothing is told. */
	if (!foreign || d.tenant == 0 || d.tenant == UINT32_MAX)
		return true;
	if (!reason_fits(n)) {
		desk_api_refuse(n, 403,
			STR_LIT("This is what an account that is not yours knows of people. "
				"Say why you have to read it in the header X-Facteur-Reason, "
				"10 to 500 characters: the account sees it in its audit log."));
		return false;
	}
	if (!desk_audit_write(n, &d))
		return false;
	/* A change has a row of its own. */
	n->audited = audited;
	return true;
}

bool
desk_audit_mail(struct desk_conn *n)
{
	struct control_deed d = {
		.on = n->params[0], .account = STR_NONE, .tenant = n->tenant
	};
	bool sink = n->route->op == API_SINK_MAIL || n->route->op == API_SINK_SOURCE;
	bool always = sink || n->route->op == API_MESSAGE_SOURCE ||
	              n->route->op == API_MESSAGE_VALUES;
	const json_t *message = json_object_get(n->asked, "message");

	/* Who may sign in or send a key there next reads it as the account's own, and who has
	 * mail posted to himself needs neither. */
	if (api_route_opens(n->route) && !desk_audit_opens(n, desk_api_tenant(n)))
		return false;
	if (reads_contact(n) && !may_read_contact(n))
		return false;
	if (!n->user || !n->platform || !api_route_reads_mail(n->route) ||
		(!always && (!message || json_is_null(message))))
		return true;
	if (!reason_fits(n)) {
		desk_api_refuse(n, 403,
			STR_LIT("This is mail of an account that is not yours. Say why you "
				"have to read it in the header X-Facteur-Reason, 10 to 500 "
				"characters: the account sees it in its audit log."));
		return false;
	}
	d.what = sink                                 ? STR_LIT("sink.read")
	         : n->route->op == API_MESSAGE_SOURCE ? STR_LIT("messages.source")
	         : n->route->op == API_MESSAGE_VALUES ? STR_LIT("messages.values")
	                                              : STR_LIT("templates.render");
	if (!always)
		d.on = desk_text(n->asked, "message");
	return desk_audit_write(n, &d);
}
