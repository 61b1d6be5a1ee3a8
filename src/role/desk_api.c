/*
 * Calls of the HTTP API that desk answers. An edge has checked key and scope; here the account
 * of the key is put into every question, so that a call can only speak of its own account, and
 * an id of another one is answered as one that never was. Keys with the scope `operate` may
 * name an account (?account=NAME), or all where rows are read (?account=*).
 */
#include "role/desk_api.h"

#include "api/french.h"
#include "api/rest.h"
#include "base/mem.h"
#include "base/must.h"
#include "wire/form.h"
#include "wire/typed_id.h"

#include <errno.h>

#define ARENA_MAX (16u << 20)
#define NOTHING   DESK_API_NOTHING
#define BUSY_S    60 /* "try again in a minute": many checks are under way, or keys made */
/* Recipients of a message in an answer, each with a timeline; of those that are cancelled. */

/* ---- the call and its answer */

static void
call_free(struct desk_conn *n)
{
	struct desk *d = n->desk;

	desk_asks_forget(d, n);
	desk_domain_forget(d, n);
	desk_doctor_forget(d, n);
	desk_tracking_forget(d, n);
	desk_post_forget(d, n);
	desk_making_forget(d, n);
	desk_rendering_forget(d, n);
	desk_source_forget(d, n);
	desk_sink_forget(d, n);
	desk_people_forget(d, n);
	desk_follow_forget(n);
	list_del(&n->link);
	mem_wipe(n->session, sizeof n->session);
	json_decref(n->asked);
	json_decref(n->rest);
	arena_done(&n->arena);
	mem_free(n);
}

static void say_problem(struct desk_conn *n, int status, struct str why);

static void
say(struct desk_conn *n, int status, const char *type, struct str body)
{
	struct msg_called m = { .seq = n->seq,
		.status = (uint16_t)status,
		.retry_s = n->retry_s      ? n->retry_s
		           : status == 429 ? BUSY_S
		           : status == 503 ? 5
		                           : 0,
		.session = str_z(n->session),
		.type = str_z(type),
		.body = body };
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	/* Each call is answered: an edge has room for few that wait. */
	if (msg_called_write(&b, &m) < 0) {
		buf_done(&b);
		say_problem(n, 500, STR_LIT("The answer is too long; ask for less."));
		return;
	}
	if (status < 400)
		desk_audit_call(n);
	if (n->edge->channel)
		(void)channel_force(n->edge->channel, MSG_called, buf_str(&b));
	buf_done(&b);
	call_free(n);
}

void
desk_api_over(struct desk_conn *n)
{
	call_free(n);
}

/* Calls whose answers tell in sentences what is wrong. Of the others none is looked through:
 * what customers call "why" is theirs. */
static bool
tells_why(enum api_op op)
{
	static const struct {
		enum api_op first, last;
	} calls[] = {
		{ API_TRACKING, API_TRACKING_VERIFY },
		{ API_DOMAINS, API_DOMAIN_VERIFY },
		{ API_SUPPRESSION_IMPORT, API_SUPPRESSION_IMPORT },
		{ API_STATUS, API_STATUS },
		{ API_WEBHOOKS, API_INBOUND_REMOVE },
		{ API_TEMPLATE_TRY, API_TEMPLATE_TRY },
		{ API_TEMPLATE_RENDER, API_TEMPLATE_RENDER },
	};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (op >= calls[i].first && op <= calls[i].last)
			return true;
	return false;
}

void
desk_api_answer(struct desk_conn *n, int status, json_t *j)
{
	char *text;

	if (n->french && tells_why(n->route->op))
		french_answer(j);
	text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	say(n, status, "application/json", text ? str_z(text) : STR_NONE);
	free(text); /* jansson's own allocation */
}

/* Does the call have a body? That of a DELETE is passed over. */
static bool
changes(const struct desk_conn *n)
{
	return strcmp(n->route->method, "GET") != 0 && strcmp(n->route->method, "DELETE") != 0;
}

static void
say_problem(struct desk_conn *n, int status, struct str why)
{
	const struct api_world w = { .base_url = arena_printf(&n->arena, "https://%.*s",
					     STR_ARG(n->desk->config->hostname)),
		.request_id = n->request_id,
		.french = n->french };
	struct api_answer a = { 0 };

	/* The edge has read its JSON: what is wrong with a change is in it, or it is missing.
	 */
	if (n->route->dialect == API_NATIVE && status == 400 && changes(n))
		status = 422;
	/* A vendor's words for what is not there, whatever was looked for. */
	if (n->route->dialect != API_NATIVE && status == 404)
		why = STR_NONE;
	rest_refuse(n->route->dialect, status, why, &w, &a);
	say(n, a.status, a.type, buf_str(&a.body));
	buf_done(&a.body);
}

void
desk_api_refuse(struct desk_conn *n, int status, struct str why)
{
	say_problem(n, status, why);
}

void
desk_api_refuse_code(struct desk_conn *n, int status, const char *code, struct str why)
{
	struct api_answer a = { 0 };

	rest_refuse_code(status, code, why, &a);
	say(n, a.status, a.type, buf_str(&a.body));
	buf_done(&a.body);
}

void
desk_api_say(struct desk_conn *n, int status, json_t *j)
{
	char *text;

	if (status >= 400) {
		struct str why = arena_str(&n->arena, desk_text(j, "error"));
		bool own = status == 404 && !(n->scopes & SCOPE_OPERATE);

		json_decref(j);
		/* One sentence, whether an id is another account's or nobody's. */
		say_problem(n, status, own ? NOTHING : why.p ? why : STR_NONE);
		return;
	}
	if (n->shape)
		j = n->shape(n, &status, j);
	/* It asked something else and is not done; n may be gone. */
	if (status == 0)
		return;
	if (status >= 400) {
		struct str why = arena_str(&n->arena, desk_text(j, "error"));

		json_decref(j);
		say_problem(n, status, why.n ? why : NOTHING);
		return;
	}
	if (n->french && tells_why(n->route->op))
		french_answer(j);
	text = status == 204 ? NULL : json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(j);
	say(n, status, "application/json", text ? str_z(text) : STR_NONE);
	free(text); /* jansson's own allocation */
}

void
desk_api_say_bytes(struct desk_conn *n, const char *type, struct str bytes)
{
	say(n, 200, type, bytes);
}

void
desk_api_say_text(struct desk_conn *n, int status, struct str text)
{
	say(n, status, "text/plain; charset=utf-8", text);
}

/* ---- what was asked */

struct str
desk_api_query(struct desk_conn *n, const char *name)
{
	struct str rest = n->query;

	/* Who is signed in names it in X-Facteur-Account, once for all. */
	if (n->user && strcmp(name, "account") == 0)
		return (struct str){ NULL, 0 };
	while (rest.n) {
		struct str value = str_cut(&rest, '&'), key = str_cut(&value, '=');

		if (str_eq_z(key, name))
			return form_unescape(&n->arena, value.p ? value : STR_NONE, true);
	}
	return (struct str){ NULL, 0 };
}

json_t *
desk_api_json(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);

	return j ? j : json_string("");
}

/* The account the call speaks of: its own, or the one that an operator names. */
static struct str
account_of(struct desk_conn *n)
{
	struct str named = n->scopes & SCOPE_OPERATE ? desk_api_query(n, "account")
	                                             : (struct str){ NULL, 0 };
	json_t *tenants;
	char id[16];
	struct str name;

	if (named.n)
		return named;
	tenants = desk_tenants(n->desk);
	snprintf(id, sizeof id, "%u", n->tenant);
	name = arena_str(&n->arena, desk_text(tenants, id));
	json_decref(tenants);
	/* Without a name a question would be of all accounts. */
	return name.n ? name : STR_LIT(DESK_API_NOBODY);
}

/* The body with the account in it, and what the path names. */
json_t *
desk_api_question(struct desk_conn *n, const char *param)
{
	json_t *body = json_is_object(n->asked) ? json_copy(n->asked) : json_object();

	json_object_set_new(body, "account", desk_api_json(account_of(n)));
	if (param)
		json_object_set_new(body, param, desk_api_json(n->params[0]));
	return body;
}

json_t *
desk_api_tenant_question(struct desk_conn *n)
{
	json_t *body = json_is_object(n->asked) ? json_copy(n->asked) : json_object();
	struct str named = desk_api_query(n, "account");
	struct control *c = desk_control(n->desk);
	uint32_t tenant = n->tenant;

	if (named.n && n->scopes & SCOPE_OPERATE &&
		(!c || control_account_tenant(c, named, &tenant) < 0)) {
		json_decref(body);
		say_problem(n, 404, NOTHING);
		return NULL;
	}
	json_object_del(body, "account");
	json_object_set_new(body, "tenant", json_integer(tenant));
	return body;
}

void
desk_api_ask(struct desk_conn *n, const char *verb, json_t *body,
	json_t *(*shape)(struct desk_conn *n, int *status, json_t *j))
{
	if (!body)
		return;
	if (str_eq_z(desk_text(body, "account"), DESK_API_NOBODY)) {
		json_decref(body);
		say_problem(n, 503, STR_LIT("The control tables cannot be read."));
		return;
	}
	n->shape = shape;
	desk_verb(n, str_z(verb), body);
	json_decref(body);
}

/* ---- shapes: from what a verb says to what the API says; take j */

/* {"keys": [...], "next"?} → {"data": [...], "next"} */
json_t *
desk_api_list(struct desk_conn *n, int *status, json_t *j)
{
	const char *name;
	json_t *list = NULL, *v, *out;

	(void)n;
	(void)status;
	json_object_foreach(j, name, v) if (json_is_array(v)) list = v;
	out = json_pack(
		"{s:O,s:O?}", "data", list ? list : j, "next", json_object_get(j, "next"));
	json_decref(j);
	return out;
}

json_t *
desk_api_created(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	*status = 201;
	return j;
}

json_t *
desk_api_none(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	*status = 204;
	return j;
}

/* ---- accounts */

static void
account_add(struct desk_conn *n)
{
	desk_api_ask(n, "accounts.add", json_incref(n->asked ? n->asked : json_null()),
		desk_api_created);
}

static void
account_suspend(struct desk_conn *n)
{
	desk_api_ask(n, "accounts.suspend",
		json_pack("{s:o}", "account", desk_api_json(n->params[0])), NULL);
}

static void
account_restore(struct desk_conn *n)
{
	desk_api_ask(n, "accounts.restore",
		json_pack("{s:o}", "account", desk_api_json(n->params[0])), NULL);
}

/* ---- the installation */

static void
doctor(struct desk_conn *n)
{
	desk_api_ask(n, "doctor",
		json_pack("{s:o,s:s}", "only", desk_api_json(desk_api_query(n, "only")), "lang",
			n->french ? "fr" : "en"),
		NULL);
}

static void
alerts(struct desk_conn *n)
{
	desk_api_ask(
		n, "alerts.list", json_pack("{s:s}", "lang", n->french ? "fr" : "en"), NULL);
}

/* The question for a page. A limit that is no number is 0, which the verb refuses. */
static json_t *
page_question(struct desk_conn *n)
{
	json_t *body = desk_api_question(n, NULL);
	struct str limit = desk_api_query(n, "limit"), cursor = desk_api_query(n, "cursor");
	uint32_t number;

	if (limit.p)
		json_object_set_new(body, "limit",
			json_integer(str_u32(limit, &number) == 0 ? (json_int_t)number : 0));
	if (cursor.p)
		json_object_set_new(body, "after", desk_api_json(cursor));
	return body;
}

/* ---- keys */

static void
keys(struct desk_conn *n)
{
	desk_api_ask(n, "keys.list", page_question(n), desk_api_list);
}

static bool
has_operate(struct str scopes)
{
	while (scopes.n)
		if (str_eq_z(str_trim(str_cut(&scopes, ',')), "operate"))
			return true;
	return false;
}

/* No key makes one that may do more than itself in this respect. */
static void
key_add(struct desk_conn *n)
{
	const json_t *given = json_object_get(n->asked, "scopes");

	if (given && !json_is_null(given) && !json_is_string(given)) {
		say_problem(n, 400, STR_LIT("\"scopes\" is a text such as \"send,read\"."));
		return;
	}
	if (!(n->scopes & SCOPE_OPERATE) && has_operate(desk_text(n->asked, "scopes"))) {
		say_problem(n, 403,
			STR_LIT("Only the operator of this service makes keys with the scope "
				"operate."));
		return;
	}
	desk_api_ask(n, "keys.add", desk_api_question(n, NULL), desk_api_created);
}

bool
desk_api_owns_key(struct desk_conn *n)
{
	struct control *c = desk_control(n->desk);
	json_t *row = NULL;
	bool yes;

	if (!c || control_key_show(c, account_of(n), n->params[0], &row) < 0)
		return false;
	yes = n->scopes & SCOPE_OPERATE || !has_operate(desk_text(row, "scopes"));
	json_decref(row);
	return yes;
}

static void
key_revoke(struct desk_conn *n)
{
	if (!desk_api_owns_key(n))
		say_problem(n, 404, NOTHING);
	else
		desk_api_ask(n, "keys.revoke", desk_api_question(n, "key"), desk_api_none);
}

static void
key_roll(struct desk_conn *n)
{
	if (!desk_api_owns_key(n))
		say_problem(n, 404, NOTHING);
	else
		desk_api_ask(n, "keys.roll", desk_api_question(n, "key"), desk_api_created);
}

/* ---- domains */

static void
domains(struct desk_conn *n)
{
	desk_api_ask(n, "domains.list", page_question(n), desk_api_list);
}

static void
domain(struct desk_conn *n)
{
	desk_api_ask(n, "domains.show", desk_api_question(n, "domain"), NULL);
}

static void
domain_add(struct desk_conn *n)
{
	desk_api_ask(n, "domains.add", desk_api_question(n, NULL), desk_api_created);
}

static void
domain_remove(struct desk_conn *n)
{
	desk_api_ask(n, "domains.remove", desk_api_question(n, "domain"), desk_api_none);
}

static void
domain_verify(struct desk_conn *n)
{
	desk_api_ask(n, "domains.verify", desk_api_question(n, "domain"), NULL);
}

/* ---- messages */

uint64_t
desk_api_id(struct desk_conn *n, struct str text)
{
	const uint8_t *k = n->desk->env->keys.ids;
	uint64_t number = 0;

	if (typed_id_read(text, k, "msg", &number) < 0 &&
		typed_id_read(text, k, "rcp", &number) < 0)
		return 0;
	return number;
}

static void
set_id(struct desk_conn *n, json_t *row, const char *name, const char *word, json_int_t number)
{
	char text[TYPED_ID_TEXT];

	typed_id_write(text, n->desk->env->keys.ids, word, (uint64_t)number);
	json_object_set_new(row, name, json_string(text));
}

void
desk_api_typed(struct desk_conn *n, json_t *row, const char *name, const char *word,
	const json_t *number)
{
	set_id(n, row, name, word, json_integer_value(number));
}

void
desk_api_message_ids(struct desk_conn *n, json_t *row)
{
	set_id(n, row, "id", "rcp", json_integer_value(json_object_get(row, "id")));
	set_id(n, row, "message", "msg",
		json_integer_value(json_object_get(row, "message_id")));
	json_object_set(row, "message_id", json_object_get(row, "internet_message_id"));
	json_object_del(row, "internet_message_id");
	json_object_del(row, "tenant");
}

uint32_t
desk_api_tenant(struct desk_conn *n)
{
	struct str named = n->scopes & SCOPE_OPERATE ? desk_api_query(n, "account")
	                                             : (struct str){ NULL, 0 };
	uint32_t tenant;

	if (named.n == 0)
		return n->tenant;
	if (str_eq_z(named, "*"))
		return 0;
	/* Nobody has this number: an account that is not there has no mail. */
	return desk_tenant_named(n->desk, named, &tenant) && tenant ? tenant : UINT32_MAX;
}

/* ---- all of them */

const struct desk_api_verb *
desk_api_verb(const struct desk_api_verb *verbs, size_t n, enum api_op op)
{
	for (size_t i = 0; i < n; i++)
		if (verbs[i].op == op)
			return &verbs[i];
	return NULL;
}

static const struct {
	enum api_op op;
	void (*fn)(struct desk_conn *n);
} table[] = {
	{ API_ACCOUNTS, desk_api_accounts },
	{ API_ACCOUNT_ADD, account_add },
	{ API_ACCOUNT_SUSPEND, account_suspend },
	{ API_ACCOUNT_RESTORE, account_restore },
	{ API_KEYS, keys },
	{ API_KEY_ADD, key_add },
	{ API_KEY_REVOKE, key_revoke },
	{ API_KEY_ROLL, key_roll },
	{ API_DOMAINS, domains },
	{ API_DOMAIN, domain },
	{ API_DOMAIN_ADD, domain_add },
	{ API_DOMAIN_REMOVE, domain_remove },
	{ API_DOMAIN_VERIFY, domain_verify },
	{ API_SUPPRESSIONS, desk_api_suppressions },
	{ API_SUPPRESSION_EXPORT, desk_api_suppression_export },
	{ API_SUPPRESSION_ADD, desk_api_suppression_add },
	{ API_SUPPRESSION_IMPORT, desk_api_suppression_import },
	{ API_SUPPRESSION_UNDO, desk_api_suppression_undo },
	{ API_SUPPRESSION_REMOVE, desk_api_suppression_remove },
	{ API_MESSAGES, desk_activity_messages },
	{ API_STATS, desk_activity_stats },
	{ API_MESSAGE_STREAM, desk_follow },
	{ API_DOCTOR, doctor },
	{ API_STATUS, desk_api_status },
	{ API_ALERTS, alerts },
	{ API_MESSAGE, desk_api_message },
	{ API_MESSAGE_CANCEL, desk_api_message_cancel },
	{ API_MESSAGE_SOURCE, desk_source },
	{ API_MESSAGE_RESEND, desk_resend },
	{ API_MESSAGE_VALUES, desk_api_message_values },
};

static void
native(struct desk_conn *n)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return;
		}
	if (!desk_api_quota(n, n->route->op) && !desk_api_tracking(n, n->route->op) &&
		!desk_api_group(n, n->route->op) && !desk_api_stream(n, n->route->op) &&
		!desk_api_queue(n, n->route->op) && !desk_api_sink(n, n->route->op) &&
		!desk_api_webhook(n, n->route->op) && !desk_api_template(n, n->route->op) &&
		!desk_api_contact(n, n->route->op) && !desk_api_erasure(n, n->route->op) &&
		!desk_session_api(n, n->route->op) && !desk_api_user(n, n->route->op))
		say_problem(n, 404, NOTHING);
}

void
desk_api_again(struct desk_conn *n)
{
	if (desk_api_inbound(n, n->route->op))
		return;
	switch (n->route->dialect) {
	case API_MAILJET:
		if (!desk_api_mailjet(n, n->route->op))
			desk_mailjet(n);
		break;
	case API_SENDGRID:
		if (!desk_api_sendgrid(n, n->route->op))
			desk_sendgrid(n);
		break;
	case API_POSTMARK:
		if (!desk_api_postmark(n, n->route->op))
			desk_postmark(n);
		break;
	case API_MAILGUN:
		desk_mailgun(n);
		break;
	case API_NATIVE:
	default:
		native(n);
		break;
	}
}

static void
take(struct desk_edge *from, const struct msg_call *m)
{
	struct desk_conn *n = MEM_NEW(n);
	size_t nroutes;
	const struct api_route *routes = api_routes(&nroutes);

	n->desk = from->desk;
	n->edge = from;
	n->route = &routes[m->route < nroutes ? m->route : 0];
	n->seq = m->seq;
	n->tenant = m->tenant;
	n->scopes = m->scopes;
	n->french = m->french != 0;
	n->key = m->key;
	n->user = m->user;
	n->role = (enum user_role)m->role;
	n->platform = m->platform != 0;
	memcpy(n->hash, m->hash.b, sizeof n->hash);
	n->network = m->network;
	n->busy = true;
	list_init(&n->link);
	list_push(&from->calls, &n->link);
	arena_init(&n->arena, ARENA_MAX);
	n->query = arena_keep(&n->arena, m->query);
	n->request_id = arena_keep(&n->arena, m->request_id);
	n->client = arena_keep(&n->arena, m->client);
	n->agent = arena_keep(&n->arena, m->agent);
	n->last_event = arena_keep(&n->arena, m->last_event);
	desk_audit_reason(n, m->reason);
	for (size_t i = 0; i < API_PARAMS_MAX; i++)
		n->params[i] = i < m->params.n ? arena_keep(&n->arena, m->params.at[i].bytes)
		                               : STR_NONE;
	if (m->json.n)
		n->asked = json_loadb(m->json.p, m->json.n, 0, NULL);
	if (m->route >= nroutes)
		say_problem(n, 404, NOTHING);
	else if (n->asked && !json_is_object(n->asked) && n->route->dialect == API_NATIVE &&
		 changes(n))
		say_problem(n, 422, STR_LIT("The body must be a JSON object."));
	else if (n->user && n->tenant == 0 && !api_route_platform(n->route))
		/* Tenant 0 would mean all of them; an edge does not let this through. */
		say_problem(n, 404, NOTHING);
	else if (desk_audit_mail(n))
		desk_api_again(n);
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	struct msg_call m;
	struct arena a;

	arena_init(&a, 65536);
	if (type == MSG_call && msg_call_read(&a, payload, &m) == 0)
		take(ctx, &m);
	else if (type == MSG_template)
		desk_published(ctx, payload);
	else if (type == MSG_session)
		desk_session_ask(ctx, payload);
	else if (type == MSG_web)
		desk_web(ctx, payload);
	else if (type == MSG_prove)
		desk_prove(ctx, payload);
	else if (type == MSG_contact)
		desk_contact_ask(ctx, payload);
	else if (type == MSG_follow)
		desk_follow_told(ctx, payload);
	arena_done(&a);
}

void
desk_api_gone(struct desk_edge *e)
{
	channel_free(&e->channel);
	if (!e->desk)
		return;
	desk_web_forget(e->desk, e);
	while (!list_empty(&e->calls))
		call_free(LIST_OF(e->calls.next, struct desk_conn, link));
}

static void
on_gone(void *ctx)
{
	desk_api_gone(ctx);
}

void
desk_edge_peer(struct desk *d, unsigned edge, int edge_fd)
{
	static const struct channel_calls calls = { on_message, on_gone };
	struct desk_edge *e = &d->edges[edge];

	must(edge <= ROLE_EDGES_MAX);
	desk_api_gone(e);
	e->desk = d;
	list_init(&e->calls);
	e->channel = channel_new(d->loop, edge_fd, CHANNEL_PAYLOAD_MAX, &calls, e);
}
