/*
 * Calls of people who are signed in: a cookie instead of a key (decision 0012). Whose session
 * it is is asked of desk each time, so that one that ended fails at once.
 *
 *   cookie ─▶ hash ─▶ change? X-CSRF-Token must be the hash's ─▶ desk ─▶ scopes of the role
 *
 * Only the native API takes the cookie, and a key goes before it. Three calls begin a session
 * (POST /v1/session, /v1/session/link, /v1/session/code): these want a body of JSON, which no
 * form of another site sends.
 */
#include "role/edge_api.h"

#include "account/session_token.h"
#include "wire/cookie.h"

#define COOKIE     "facteur_session"
#define COOKIE_TLS "__Host-" COOKIE
#define SIGN_IN    STR_LIT("Sign in first.")

static struct str
field(const struct edge_call *k, const char *name)
{
	return http_in_field(&k->conn->http->in, name);
}

static bool
over_tls(const struct edge_call *k)
{
	return k->conn->port->kind == PORT_HTTPS;
}

/* Does the browser speak TLS? To a proxy of this machine it does, when the console is there; it
 * takes such a cookie from 127.0.0.1 itself too. */
static bool
browser_tls(const struct edge_call *k)
{
	struct str console = k->edge->config->console.url;

	return over_tls(k) ||
	       (edge_conn_private(k->conn) && str_starts(console, STR_LIT("https://")));
}

static struct str
cookie(const struct edge_call *k)
{
	struct str all = field(k, "cookie"), token;

	/* Over TLS the one name that nobody else can have set. */
	token = cookie_find(all.p ? all : STR_NONE, browser_tls(k) ? COOKIE_TLS : COOKIE);
	return token.n == SESSION_TOKEN - 1 ? token : (struct str){ NULL, 0 };
}

static bool
reads(const struct edge_call *k)
{
	return strcmp(k->match.route->method, "GET") == 0;
}

static bool
begins(const struct edge_call *k)
{
	enum api_op op = k->match.route->op;

	return op == API_SESSION_OPEN || op == API_SESSION_LINK || op == API_SESSION_CODE;
}

static void
nobody(struct edge_call *k)
{
	struct str type = field(k, "content-type");

	if (begins(k) && !(type.p && str_istarts(str_trim(type), STR_LIT("application/json"))))
		edge_call_refuse_head(
			k, 415, STR_LIT("The body must be application/json, and say so."));
	else if (begins(k))
		edge_call_enter(k);
	else
		edge_call_refuse_head(k, 401, SIGN_IN);
}

/* As with keys: what opens an account does not cross a network in the clear. */
static bool
in_clear(const struct edge_call *k)
{
	return !edge_conn_private(k->conn) && !k->edge->config->plaintext_auth;
}

static bool
csrf_ok(const struct edge_call *k)
{
	struct str said = field(k, "x-csrf-token");
	char want[SESSION_TOKEN];

	session_token_csrf(want, k->edge->env->keys.pepper, k->who.hash);
	return said.p && str_eq_secret(str_trim(said), str_z(want));
}

static void
ask(struct edge_call *k, struct str token)
{
	struct str account = field(k, "x-facteur-account"), why;

	session_token_hash(k->who.hash, k->edge->env->keys.pepper, token);
	if (!reads(k) && !csrf_ok(k)) {
		edge_call_refuse_head(k, 403,
			STR_LIT("A change needs the session's token in the header "
				"X-CSRF-Token: \"csrf\" of GET /v1/session."));
		return;
	}
	/* What it says of itself costs desk a look at its tables, a made up one too. */
	if (!edge_rate_cookie(k, &why)) {
		edge_call_refuse_head(k, 429, why);
		return;
	}
	edge_desk_session(k, account.p ? str_trim(account) : STR_NONE);
}

bool
edge_session_begin(struct edge_call *k)
{
	bool open = k->match.route->scope == 0;
	struct str token;

	if (k->match.dialect != API_NATIVE)
		return false;
	if (!open && (field(k, "authorization").p || field(k, "x-postmark-server-token").p))
		return false;
	token = cookie(k);
	if (!open && !token.p)
		return false;
	if (in_clear(k))
		edge_call_refuse_head(
			k, 403, STR_LIT("People sign in over HTTPS, or on this machine."));
	else if (begins(k) || !token.p)
		nobody(k);
	else
		ask(k, token);
	return true;
}

void
edge_session_told(struct edge_call *k, const struct msg_sessioned *m)
{
	const struct config *cf = k->edge->config;
	struct str why = arena_str(&k->arena, m->why);

	if (m->status != 200) {
		edge_call_refuse_head(k, m->status, why.p ? why : SIGN_IN);
		return;
	}
	k->who.user = m->user;
	k->who.role = (enum user_role)m->role;
	k->who.platform = m->platform != 0;
	k->id = (struct edge_id){ .known = true,
		.any_domain = cf->lab.verified_domains || cf->lab.any_credentials,
		.stream = STREAM_TRANSACTIONAL,
		.scopes = m->scopes,
		.via = VIA_API,
		.tenant = m->tenant };
	edge_call_enter(k);
}

/* The least one that is enough. */
static const char *
scope_name(unsigned scopes)
{
	return scopes & SCOPE_SEND       ? "send"
	       : scopes & SCOPE_READ     ? "read"
	       : scopes & SCOPE_SUPPRESS ? "suppress"
	       : scopes & SCOPE_MANAGE   ? "manage"
	                                 : "operate";
}

static bool
refused(struct edge_call *k, int status, struct str why)
{
	edge_call_refuse_head(k, status, why.p ? why : STR_NONE);
	return false;
}

bool
edge_session_may(struct edge_call *k)
{
	const struct api_route *r = k->match.route;

	if (k->test ? !API_IS_DESK(r->op) : r->scope == 0 || (k->id.scopes & r->scope) != 0)
		;
	else if (!k->who.user)
		return refused(k, 403,
			arena_printf(&k->arena,
				"This key may not do that: it needs the scope %s.",
				scope_name(r->scope)));
	else if (!api_route_role(r, k->who.role) && k->who.role == USER_NONE)
		return refused(k, 403,
			STR_LIT("A second factor is required here: turn yours on first, in the "
				"console under your name."));
	else if (!api_route_role(r, k->who.role))
		return refused(k, 403,
			arena_printf(&k->arena, "Your role, %s, does not allow that.",
				user_role_word(k->who.role)));
	/* Tenant 0 would mean all of them. */
	if (k->who.user && k->id.tenant == 0 && !api_route_platform(r))
		return refused(k, 400,
			STR_LIT("Of which account? Say it in the header X-Facteur-Account."));
	return true;
}

bool
edge_session_page(const struct edge_call *k)
{
	return (k->match.route && k->match.route->scope == 0) || field(k, "sec-fetch-site").p ||
	       field(k, "x-csrf-token").p || field(k, "x-facteur-account").p || cookie(k).p;
}

size_t
edge_session_fields(struct edge_call *k, struct http_field *fields)
{
	bool ends = str_eq_z(k->session, "-"), tls = browser_tls(k);
	size_t n = 0;

	if (k->session.n)
		fields[n++] = (struct http_field){ STR_LIT("Set-Cookie"),
			arena_printf(&k->arena,
				"%s=%.*s; Path=/; HttpOnly; SameSite=Strict%s%s",
				tls ? COOKIE_TLS : COOKIE, ends ? 0 : (int)k->session.n,
				k->session.p, tls ? "; Secure" : "",
				ends ? "; Max-Age=0" : "") };
	if (k->who.user || k->session.n) {
		fields[n++] =
			(struct http_field){ STR_LIT("Cache-Control"), STR_LIT("no-store") };
		/* A browser opens it as what it says it is: mail is no page of ours. */
		fields[n++] = (struct http_field){ STR_LIT("X-Content-Type-Options"),
			STR_LIT("nosniff") };
	}
	return n;
}
