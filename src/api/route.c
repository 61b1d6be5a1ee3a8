#include "api/route.h"

#include "wire/form.h"

#include <errno.h>

#define MIB (1u << 20)

#define SEND_(method, pattern, dialect, op, mib)                                               \
	{                                                                                      \
		method, pattern, dialect, op, (mib)*MIB, SCOPE_SEND, API_OWN_ONLY              \
	}
#define OWN_(method, pattern, op, scope)                                                       \
	{                                                                                      \
		method, pattern, API_NATIVE, op, MIB, scope, API_OWN_ONLY                      \
	}
#define ID_(method, pattern, op, scope)                                                        \
	{                                                                                      \
		method, pattern, API_NATIVE, op, MIB, scope, API_NOT_FOUND                     \
	}
/* Of people who are not signed in yet, or were: no key is asked for. */
#define OPEN_(method, pattern, op)                                                             \
	{                                                                                      \
		method, pattern, API_NATIVE, op, MIB / 64, 0, API_OWN_ONLY                     \
	}
/* A vendor's; the same with an id. */
#define V_(method, pattern, dialect, op, scope)                                                \
	{                                                                                      \
		method, pattern, API_##dialect, op, MIB, scope, API_OWN_ONLY                   \
	}
#define V_ID_(method, pattern, dialect, op, scope)                                             \
	{                                                                                      \
		method, pattern, API_##dialect, op, MIB, scope, API_NOT_FOUND                  \
	}
/* Its body may hold the texts of a template. */
#define TEXTS_(method, pattern, op, scope, foreign)                                            \
	{                                                                                      \
		method, pattern, API_NATIVE, op, 3 * MIB, scope, foreign                       \
	}
#define V_TEXTS_(method, pattern, dialect, op, scope)                                          \
	{                                                                                      \
		method, pattern, API_##dialect, op, 3 * MIB, scope, API_OWN_ONLY               \
	}
#define V_TEXTS_ID_(method, pattern, dialect, op, scope)                                       \
	{                                                                                      \
		method, pattern, API_##dialect, op, 3 * MIB, scope, API_NOT_FOUND              \
	}
#define MANAGE_   (SCOPE_MANAGE | SCOPE_OPERATE)
#define READ_     (SCOPE_READ | SCOPE_MANAGE | SCOPE_OPERATE)
#define SUPPRESS_ (SCOPE_SUPPRESS | SCOPE_MANAGE | SCOPE_OPERATE)

static const struct api_route routes[] = {
	SEND_("POST", "/v1/messages", API_NATIVE, API_SEND, 40),
	SEND_("POST", "/v3.1/send", API_MAILJET, API_SEND, 40),
	SEND_("POST", "/v3/send", API_MAILJET, API_SEND_V3, 40),
	SEND_("POST", "/v3/send/message", API_MAILJET, API_SEND_V3, 40),
	SEND_("POST", "/v3/mail/send", API_SENDGRID, API_SEND, 41),
	SEND_("POST", "/email", API_POSTMARK, API_SEND, 15),
	SEND_("POST", "/email/batch", API_POSTMARK, API_SEND_BATCH, 50),
	SEND_("POST", "/email/withTemplate", API_POSTMARK, API_SEND_TEMPLATE, 15),
	SEND_("POST", "/email/batchWithTemplates", API_POSTMARK, API_SEND_TEMPLATES, 50),
	/* A name with a dot: no word of the other dialects' /v3 has one. */
	SEND_("POST", "/v3/{domain.}/messages", API_MAILGUN, API_SEND, 35),
	SEND_("POST", "/v3/{domain.}/messages.mime", API_MAILGUN, API_SEND_MIME, 35),

	OWN_("GET", "/v1/account", API_ACCOUNT, SCOPE_ALL),
	OWN_("GET", "/v1/account/tracking", API_TRACKING, READ_),
	OWN_("PATCH", "/v1/account/tracking", API_TRACKING_SET, MANAGE_),
	OWN_("POST", "/v1/account/tracking/verify", API_TRACKING_VERIFY, MANAGE_),
	OWN_("GET", "/v1/accounts", API_ACCOUNTS, SCOPE_OPERATE),
	OWN_("POST", "/v1/accounts", API_ACCOUNT_ADD, SCOPE_OPERATE),
	OWN_("GET", "/v1/accounts/{account}", API_ACCOUNT_SHOW, SCOPE_OPERATE),
	OWN_("PATCH", "/v1/accounts/{account}", API_ACCOUNT_SET, SCOPE_OPERATE),
	OWN_("POST", "/v1/accounts/{account}/suspend", API_ACCOUNT_SUSPEND, SCOPE_OPERATE),
	OWN_("POST", "/v1/accounts/{account}/restore", API_ACCOUNT_RESTORE, SCOPE_OPERATE),
	OWN_("GET", "/v1/groups", API_GROUPS, READ_ | SCOPE_SUPPRESS),
	OWN_("POST", "/v1/groups", API_GROUP_ADD, SUPPRESS_),
	ID_("GET", "/v1/groups/{group}", API_GROUP_SHOW, READ_ | SCOPE_SUPPRESS),
	ID_("PATCH", "/v1/groups/{group}", API_GROUP_SET, SUPPRESS_),
	ID_("DELETE", "/v1/groups/{group}", API_GROUP_REMOVE, SUPPRESS_),
	OWN_("GET", "/v1/streams", API_STREAMS, READ_),
	OWN_("POST", "/v1/streams", API_STREAM_ADD, MANAGE_),
	ID_("GET", "/v1/streams/{stream}", API_STREAM, READ_),
	ID_("PATCH", "/v1/streams/{stream}", API_STREAM_SET, MANAGE_),
	ID_("POST", "/v1/streams/{stream}/archive", API_STREAM_ARCHIVE, MANAGE_),
	ID_("POST", "/v1/streams/{stream}/unarchive", API_STREAM_UNARCHIVE, MANAGE_),
	OWN_("GET", "/v1/keys", API_KEYS, READ_),
	OWN_("POST", "/v1/keys", API_KEY_ADD, SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("GET", "/v1/keys/{key}", API_KEY, READ_),
	ID_("PATCH", "/v1/keys/{key}", API_KEY_SET, MANAGE_),
	ID_("DELETE", "/v1/keys/{key}", API_KEY_REVOKE, SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("POST", "/v1/keys/{key}/roll", API_KEY_ROLL, SCOPE_MANAGE | SCOPE_OPERATE),
	OWN_("GET", "/v1/domains", API_DOMAINS, READ_),
	OWN_("POST", "/v1/domains", API_DOMAIN_ADD, SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("GET", "/v1/domains/{domain}", API_DOMAIN, READ_),
	ID_("DELETE", "/v1/domains/{domain}", API_DOMAIN_REMOVE, SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("POST", "/v1/domains/{domain}/verify", API_DOMAIN_VERIFY,
		SCOPE_MANAGE | SCOPE_OPERATE),
	OWN_("GET", "/v1/suppressions", API_SUPPRESSIONS, READ_ | SCOPE_SUPPRESS),
	OWN_("GET", "/v1/suppressions/export", API_SUPPRESSION_EXPORT, READ_ | SCOPE_SUPPRESS),
	OWN_("POST", "/v1/suppressions", API_SUPPRESSION_ADD, SUPPRESS_),
	OWN_("POST", "/v1/suppressions/import", API_SUPPRESSION_IMPORT, SUPPRESS_),
	OWN_("POST", "/v1/suppressions/undo", API_SUPPRESSION_UNDO, SUPPRESS_),
	ID_("DELETE", "/v1/suppressions/{address}", API_SUPPRESSION_REMOVE, SUPPRESS_),
	OWN_("GET", "/v1/erasures", API_ERASURES, READ_ | SCOPE_SUPPRESS),
	OWN_("POST", "/v1/erasures", API_ERASURE_ADD, MANAGE_),
	ID_("GET", "/v1/erasures/{erasure}", API_ERASURE, READ_ | SCOPE_SUPPRESS),
	OWN_("GET", "/v1/messages", API_MESSAGES, READ_),
	OWN_("GET", "/v1/messages/stream", API_MESSAGE_STREAM, READ_),
	OWN_("GET", "/v1/stats", API_STATS, READ_),
	OWN_("GET", "/v1/doctor", API_DOCTOR, SCOPE_OPERATE),
	OWN_("GET", "/v1/status", API_STATUS, SCOPE_OPERATE),
	OWN_("GET", "/v1/alerts", API_ALERTS, SCOPE_OPERATE),
	OWN_("GET", "/v1/queue", API_QUEUE, READ_),
	OWN_("GET", "/v1/queue/messages", API_QUEUE_MESSAGES, READ_),
	OWN_("POST", "/v1/queue/hold", API_QUEUE_HOLD, MANAGE_),
	OWN_("POST", "/v1/queue/release", API_QUEUE_RELEASE, MANAGE_),
	OWN_("POST", "/v1/queue/retry", API_QUEUE_RETRY, MANAGE_),
	OWN_("POST", "/v1/queue/drop", API_QUEUE_DROP, MANAGE_),
	OWN_("GET", "/v1/sink", API_SINK, READ_),
	ID_("GET", "/v1/sink/{mail}", API_SINK_MAIL, READ_),
	ID_("GET", "/v1/sink/{mail}/source", API_SINK_SOURCE, READ_),
	ID_("GET", "/v1/messages/{id}", API_MESSAGE, READ_ | SCOPE_SEND),
	ID_("DELETE", "/v1/messages/{id}", API_MESSAGE_CANCEL, SCOPE_SEND | SCOPE_OPERATE),
	ID_("GET", "/v1/messages/{id}/source", API_MESSAGE_SOURCE, READ_),
	ID_("POST", "/v1/messages/{id}/resend", API_MESSAGE_RESEND, SCOPE_SEND | SCOPE_OPERATE),
	ID_("GET", "/v1/messages/{id}/values", API_MESSAGE_VALUES, READ_),
	OWN_("GET", "/v1/webhooks", API_WEBHOOKS, READ_),
	OWN_("POST", "/v1/webhooks", API_WEBHOOK_ADD, SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("GET", "/v1/webhooks/{webhook}", API_WEBHOOK, READ_),
	ID_("PATCH", "/v1/webhooks/{webhook}", API_WEBHOOK_UPDATE,
		SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("DELETE", "/v1/webhooks/{webhook}", API_WEBHOOK_REMOVE,
		SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("POST", "/v1/webhooks/{webhook}/roll", API_WEBHOOK_ROLL,
		SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("POST", "/v1/webhooks/{webhook}/test", API_WEBHOOK_TEST,
		SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("GET", "/v1/webhooks/{webhook}/posts", API_WEBHOOK_POSTS, READ_),
	ID_("POST", "/v1/webhooks/{webhook}/replay", API_WEBHOOK_REPLAY,
		SCOPE_MANAGE | SCOPE_OPERATE),
	ID_("GET", "/v1/webhooks/{webhook}/dead", API_WEBHOOK_DEAD, READ_),
	ID_("POST", "/v1/webhooks/{webhook}/resume", API_WEBHOOK_RESUME,
		SCOPE_MANAGE | SCOPE_OPERATE),
	OWN_("GET", "/v1/inbound", API_INBOUND_LIST, READ_),
	OWN_("POST", "/v1/inbound", API_INBOUND_ADD, MANAGE_),
	ID_("GET", "/v1/inbound/{inbound}", API_INBOUND, READ_),
	ID_("PATCH", "/v1/inbound/{inbound}", API_INBOUND_UPDATE, MANAGE_),
	ID_("DELETE", "/v1/inbound/{inbound}", API_INBOUND_REMOVE, MANAGE_),
	OWN_("GET", "/v1/account/forward", API_FORWARD, READ_),
	OWN_("PATCH", "/v1/account/forward", API_FORWARD_SET, MANAGE_),
	OWN_("GET", "/v1/proved-addresses", API_PROVED, READ_),
	OWN_("POST", "/v1/proved-addresses", API_PROVED_ADD, MANAGE_),
	ID_("DELETE", "/v1/proved-addresses/{address}", API_PROVED_REMOVE, MANAGE_),
	OWN_("GET", "/v1/contacts", API_CONTACTS, READ_),
	ID_("GET", "/v1/contacts/{address}", API_CONTACT, READ_),
	/* An address that is another account's is made one of the caller's own. */
	OWN_("PUT", "/v1/contacts/{address}", API_CONTACT_PUT, MANAGE_),
	ID_("PATCH", "/v1/contacts/{address}", API_CONTACT_SET, MANAGE_),
	ID_("DELETE", "/v1/contacts/{address}", API_CONTACT_REMOVE, MANAGE_),
	OWN_("GET", "/v1/testers", API_TESTERS, READ_),
	OWN_("POST", "/v1/testers", API_TESTER_ADD, MANAGE_),
	ID_("DELETE", "/v1/testers/{address}", API_TESTER_REMOVE, MANAGE_),
	OWN_("GET", "/v1/templates", API_TEMPLATES, READ_),
	TEXTS_("POST", "/v1/templates", API_TEMPLATE_ADD, MANAGE_, API_OWN_ONLY),
	TEXTS_("POST", "/v1/templates/render", API_TEMPLATE_TRY, READ_, API_OWN_ONLY),
	ID_("GET", "/v1/templates/{template}", API_TEMPLATE, READ_),
	TEXTS_("PATCH", "/v1/templates/{template}", API_TEMPLATE_SET, MANAGE_, API_NOT_FOUND),
	ID_("DELETE", "/v1/templates/{template}", API_TEMPLATE_REMOVE, MANAGE_),
	ID_("GET", "/v1/templates/{template}/versions", API_TEMPLATE_VERSIONS, READ_),
	ID_("POST", "/v1/templates/{template}/publish", API_TEMPLATE_PUBLISH, MANAGE_),
	TEXTS_("POST", "/v1/templates/{template}/render", API_TEMPLATE_RENDER, READ_,
		API_NOT_FOUND),
	ID_("GET", "/v1/templates/{template}/values", API_TEMPLATE_VALUES, READ_),
	ID_("POST", "/v1/templates/{template}/values", API_TEMPLATE_VALUES_SET, MANAGE_),
	ID_("DELETE", "/v1/templates/{template}/values/{values}", API_TEMPLATE_VALUES_REMOVE,
		MANAGE_),
	ID_("POST", "/v1/templates/{template}/test", API_TEMPLATE_TEST, MANAGE_),
	OPEN_("GET", "/v1/session", API_SESSION),
	OPEN_("POST", "/v1/session", API_SESSION_OPEN),
	OPEN_("DELETE", "/v1/session", API_SESSION_END),
	OPEN_("POST", "/v1/session/link", API_SESSION_LINK),
	OPEN_("POST", "/v1/session/code", API_SESSION_CODE),
	OPEN_("GET", "/v1/session/totp", API_TOTP),
	OPEN_("POST", "/v1/session/totp", API_TOTP_BEGIN),
	OPEN_("POST", "/v1/session/totp/confirm", API_TOTP_CONFIRM),
	OPEN_("POST", "/v1/session/totp/recovery", API_TOTP_RENEW),
	OPEN_("POST", "/v1/session/totp/off", API_TOTP_OFF),
	OWN_("GET", "/v1/sessions", API_SESSIONS, MANAGE_),
	ID_("DELETE", "/v1/sessions/{session}", API_SESSION_REMOVE, MANAGE_),
	OWN_("GET", "/v1/me/views", API_VIEWS, READ_),
	OWN_("PUT", "/v1/me/views", API_VIEWS_SET, READ_),
	OWN_("GET", "/v1/users", API_USERS, MANAGE_),
	OWN_("POST", "/v1/users", API_USER_ADD, MANAGE_),
	ID_("PATCH", "/v1/users/{user}", API_USER_SET, MANAGE_),
	ID_("DELETE", "/v1/users/{user}", API_USER_REMOVE, MANAGE_),
	ID_("POST", "/v1/users/{user}/link", API_USER_LINK, MANAGE_),
	ID_("DELETE", "/v1/users/{user}/totp", API_USER_TOTP_OFF, MANAGE_),
	OWN_("GET", "/v1/audit", API_AUDIT, MANAGE_),
	OWN_("GET", "/v1/audit/verify", API_AUDIT_VERIFY, MANAGE_),

#include "api/route_vendor_tbl.h"
};
#define NROUTES (sizeof routes / sizeof *routes)

const struct api_route *
api_routes(size_t *ret_n)
{
	*ret_n = NROUTES;
	return routes;
}

/* What a role may do beyond its scopes: first and last of a family. ROLE_ANY: whoever is signed
 * in, about himself. */
#define ROLE_ANY USER_NONE
static const struct {
	enum user_role role;
	enum api_op first, last;
} beyond[] = {
	{ USER_MARKETER, API_CONTACTS, API_TEMPLATE_TEST },
	{ USER_ABUSE_OFFICER, API_ACCOUNTS, API_ACCOUNTS },
	{ USER_ABUSE_OFFICER, API_ACCOUNT_SUSPEND, API_ACCOUNT_RESTORE },
	{ USER_ABUSE_OFFICER, API_AUDIT, API_AUDIT_VERIFY },
	{ USER_ABUSE_OFFICER, API_QUEUE_HOLD, API_QUEUE_RELEASE },
	{ ROLE_ANY, API_SESSIONS, API_VIEWS_SET },
	{ ROLE_ANY, API_USER_SET, API_USER_SET },
};

bool
api_route_role(const struct api_route *r, enum user_role role)
{
	for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
		if ((beyond[i].role == role || beyond[i].role == ROLE_ANY) &&
			r->op >= beyond[i].first && r->op <= beyond[i].last)
			return true;
	return false;
}

static bool
is_one(const struct api_route *r, const enum api_op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r->op == ops[i])
			return true;
	return false;
}

bool
api_route_platform(const struct api_route *r)
{
	static const enum api_op ops[] = { API_ACCOUNTS, API_ACCOUNT_ADD, API_ACCOUNT_SHOW,
		API_ACCOUNT_SET, API_ACCOUNT_SUSPEND, API_ACCOUNT_RESTORE, API_MESSAGES,
		API_STATS };

	return (r->op >= API_SESSION_OPEN && r->op <= API_AUDIT_VERIFY) ||
	       (r->op >= API_DOCTOR && r->op <= API_SINK_SOURCE) ||
	       is_one(r, ops, sizeof ops / sizeof *ops);
}

bool
api_route_changes(const struct api_route *r)
{
	/* These ask with a body, or keep what one's own screen shows. Of sessions desk itself
	 * writes rows. */
	static const enum api_op reads[] = { API_TEMPLATE_TRY, API_TEMPLATE_RENDER,
		API_SESSION_OPEN, API_SESSION_LINK, API_SESSION_CODE, API_SESSION_END,
		API_VIEWS_SET, API_SG_GROUP_SEARCH, API_PM_TEMPLATE_VALIDATE };

	return API_IS_DESK(r->op) && strcmp(r->method, "GET") != 0 &&
	       !is_one(r, reads, sizeof reads / sizeof *reads);
}

bool
api_route_reads_mail(const struct api_route *r)
{
	static const enum api_op ops[] = { API_MESSAGE_SOURCE, API_MESSAGE_VALUES,
		API_SINK_MAIL, API_SINK_SOURCE, API_TEMPLATE_TRY, API_TEMPLATE_RENDER,
		API_TEMPLATE_TEST };

	return is_one(r, ops, sizeof ops / sizeof *ops);
}

bool
api_route_opens(const struct api_route *r)
{
	/* Webhooks hold what became of mail, returned mail goes to who sent it, and tests of
	 * templates hold a message only where api_route_reads_mail() says so: not these. */
	static const enum api_op ops[] = { API_USER_ADD, API_KEY_ADD, API_KEY_ROLL,
		API_INBOUND_ADD, API_INBOUND_UPDATE, API_MJ_PARSE_ROUTE_ADD,
		API_MJ_PARSE_ROUTE_CHANGE, API_SG_PARSE_ADD, API_SG_PARSE_CHANGE,
		API_PM_SERVER_CHANGE };

	return is_one(r, ops, sizeof ops / sizeof *ops);
}

static const struct {
	const char *prefix;
	enum api_dialect dialect;
} prefixes[] = { { "/mailjet", API_MAILJET }, { "/sendgrid", API_SENDGRID },
	{ "/postmark", API_POSTMARK }, { "/mailgun", API_MAILGUN } };

/* The dialect of a prefix, which is cut off; 0 = none. */
static enum api_dialect
cut_prefix(struct str *path)
{
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		struct str prefix = str_z(prefixes[i].prefix);

		if (!str_istarts(*path, prefix) ||
			(path->n > prefix.n && path->p[prefix.n] != '/'))
			continue;
		*path = str_from(*path, prefix.n);
		return prefixes[i].dialect;
	}
	return (enum api_dialect)0;
}

/* Is what follows /v3/ a name with a dot? */
static bool
names_domain(struct str path)
{
	struct str rest = str_from(path, 4), part = str_cut(&rest, '/');

	return str_find(part, '.') < part.n;
}

/* Who says that there is nothing: by the first part of the path. */
static enum api_dialect
guess(struct str path)
{
	static const struct {
		const char *begin;
		enum api_dialect dialect;
	} table[] = { { "/v3.1/", API_MAILJET }, { "/v3/rest/", API_MAILJET },
		{ "/v3/data/", API_MAILJET }, { "/v3/domains", API_MAILGUN },
		{ "/v4/domains", API_MAILGUN }, { "/v4/", API_MAILJET },
		{ "/v3/send", API_MAILJET }, { "/v3/", API_SENDGRID },
		{ "/email", API_POSTMARK }, { "/webhooks", API_POSTMARK },
		{ "/messages/", API_POSTMARK }, { "/bounces", API_POSTMARK },
		{ "/stats/", API_POSTMARK }, { "/message-streams", API_POSTMARK },
		{ "/deliverystats", API_POSTMARK }, { "/templates", API_POSTMARK },
		{ "/triggers/", API_POSTMARK }, { "/domains", API_POSTMARK },
		{ "/senders", API_POSTMARK }, { "/server", API_POSTMARK } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_istarts(path, str_z(table[i].begin)))
			return table[i].dialect == API_SENDGRID && names_domain(path)
			               ? API_MAILGUN
			               : table[i].dialect;
	return API_NATIVE;
}

/* Does one part of the path fit one part of the pattern? */
static int
part_fits(struct arena *a, struct str part, struct str pattern, struct api_match *m)
{
	bool dot = str_ends(pattern, STR_LIT(".}"));
	struct str value;

	if (!str_starts(pattern, STR_LIT("{")))
		return str_ieq(part, pattern);
	value = form_unescape(a, part, false);
	if (!value.p)
		return -E2BIG;
	if (value.n == 0 || m->nparams == API_PARAMS_MAX ||
		(dot && str_find(value, '.') == value.n))
		return 0;
	m->params[m->nparams++] = value;
	return 1;
}

static int
fits(struct arena *a, struct str path, const char *pattern_z, struct api_match *m)
{
	struct str pattern = str_z(pattern_z);
	int fit = 1;

	m->nparams = 0;
	while (fit == 1 && pattern.p && path.p)
		fit = part_fits(a, str_cut(&path, '/'), str_cut(&pattern, '/'), m);
	return fit == 1 && (pattern.p || path.p) ? 0 : fit;
}

int
api_route_find(struct arena *a, struct str method, struct str path, struct api_match *ret_m)
{
	enum api_dialect only = cut_prefix(&path);
	struct api_match m = { .allow = STR_NONE };

	*ret_m = (struct api_match){ .dialect = only ? only : guess(path), .allow = STR_NONE };
	if (path.n > 1 && path.p[path.n - 1] == '/')
		path = str_head(path, path.n - 1);
	for (size_t i = 0; i < NROUTES; i++) {
		const struct api_route *r = &routes[i];
		int fit = only && r->dialect != only ? 0 : fits(a, path, r->pattern, &m);

		if (fit < 0)
			return fit;
		if (fit == 0)
			continue;
		m.dialect = ret_m->dialect = r->dialect;
		if (!str_eq_z(method, r->method)) {
			ret_m->allow = arena_printf(a, "%.*s%s%s", STR_ARG(ret_m->allow),
				ret_m->allow.n ? ", " : "", r->method);
			if (!ret_m->allow.p)
				return -E2BIG;
			continue;
		}
		m.route = r;
		*ret_m = m;
		return 0;
	}
	return ret_m->allow.n ? -EOPNOTSUPP : -ENOENT;
}
