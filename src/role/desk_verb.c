/* Verbs of the control socket. */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/utc.h"
#include "io/file.h"

#include <inttypes.h>
#include <unistd.h>

#define AWAY "The engine is restarting or busy; ask again in a moment."

/* ---- tenants by number and name */

json_t *
desk_tenants(struct desk *d)
{
	json_t *map = json_object(), *list = NULL, *row;
	struct control *c = desk_control(d);
	char id[32];
	size_t i;

	json_object_set_new(map, "0", json_string("system"));
	if (!c || control_account_list(c, &list) < 0)
		return map;
	json_array_foreach(list, i, row)
	{
		snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT,
			json_integer_value(json_object_get(row, "id")));
		json_object_set(map, id, json_object_get(row, "account"));
	}
	json_decref(list);
	return map;
}

void
desk_name_tenant(const json_t *tenants, json_t *row)
{
	const json_t *no = json_object_get(row, "tenant");
	json_t *name;
	char id[32];

	snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT, json_integer_value(no));
	name = json_object_get(tenants, id);
	json_object_set_new(row, "account", name ? json_incref(name) : json_null());
}

bool
desk_tenant_named(struct desk *d, struct str name, uint32_t *ret)
{
	json_t *all = desk_tenants(d), *v;
	const char *id;
	bool found = false;

	json_object_foreach(all, id, v) if (str_eq_z(name, json_string_value(v)) &&
					    str_u32(str_z(id), ret) == 0) found = true;
	json_decref(all);
	return found;
}

/* ---- the queue */

/* What a body says of recipients. False: refused. */
static bool
filter_of(struct desk_conn *n, const json_t *body, struct msg_query *q)
{
	struct str account = desk_text(body, "account"), older = desk_text(body, "older");
	const json_t *id = json_object_get(body, "id");
	uint64_t number = 0;

	q->domain = desk_text(body, "domain");
	q->sender = desk_text(body, "sender");
	q->address = desk_text(body, "to");
	q->state = desk_text(body, "state");
	if (json_is_string(id) && str_u64(desk_text(body, "id"), &number) < 0) {
		desk_fail(n, 400, "\"id\" is the number of a message or recipient.");
		return false;
	}
	q->id = json_is_integer(id) ? (uint64_t)json_integer_value(id) : number;
	if (older.n && utc_parse_span(older, &q->older_us) < 0) {
		desk_fail(n, 400, "\"older\" is a duration such as 30m, 1h or 2d.");
		return false;
	}
	/* Tenant 0 would mean any: "system" cannot be asked for by name. */
	if (account.n && (!desk_tenant_named(n->desk, account, &q->tenant) || q->tenant == 0)) {
		desk_fail(n, 404, "There is no such account.");
		return false;
	}
	return true;
}

static bool
names_something(const struct msg_query *q)
{
	return q->id || q->domain.n || q->sender.n || q->address.n || q->state.n ||
	       q->older_us || q->tenant;
}

/* The engine's answer as it is. */
static void
on_plain(struct desk_ask *a, int status, struct str json)
{
	json_t *j = status ? json_loadb(json.p, json.n, 0, NULL) : NULL;

	if (status == 0)
		desk_fail(a->conn, 503, AWAY);
	else if (!j)
		desk_fail(a->conn, 500, "The engine's answer makes no sense.");
	else {
		if (status != 200 && json_is_object(j))
			json_object_set_new(j, "status", json_integer(status));
		desk_say(a->conn, status, j);
	}
}

static void
on_rows(struct desk_ask *a, int status, struct str json)
{
	json_t *j = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL, *rows, *row,
	       *tenants;
	size_t i;

	if (!j) {
		on_plain(a, status, json);
		return;
	}
	rows = json_object_get(j, "recipients");
	tenants = desk_tenants(a->desk);
	json_array_foreach(rows, i, row) desk_name_tenant(tenants, row);
	json_decref(tenants);
	if (a->held && json_array_size(rows) == 0) {
		json_decref(j);
		desk_fail(a->conn, 404,
			"This is not in the queue; what became of it is told by: facteur "
			"trace");
		return;
	}
	desk_say(a->conn, 200, j);
}

static void
queue_list(struct desk_conn *n, const json_t *body)
{
	struct msg_query q = { .op = QUERY_QUEUE_LIST };
	json_int_t limit = json_integer_value(json_object_get(body, "limit"));
	json_int_t after = json_integer_value(json_object_get(body, "after"));

	if (!filter_of(n, body, &q))
		return;
	q.limit = limit > 0 && limit < 1000 ? (uint32_t)limit : 1000;
	q.after = after > 0 ? (uint64_t)after : 0;
	desk_ask_engine(n->desk, n, &q, on_rows, NULL);
}

static void
queue_show(struct desk_conn *n, const json_t *body)
{
	struct msg_query q = { .op = QUERY_QUEUE_SHOW, .limit = 1000 };

	if (!filter_of(n, body, &q))
		return;
	if (q.id == 0)
		desk_fail(n, 400, "\"id\" is missing: the number of a message or recipient.");
	else
		desk_ask_engine(n->desk, n, &q, on_rows, json_true());
}

static void
change(struct desk_conn *n, const json_t *body, enum query_op op)
{
	struct msg_query q = { .op = (uint16_t)op };

	if (!filter_of(n, body, &q))
		return;
	/* An empty body must not empty a queue. */
	if (op != QUERY_COUNT && !names_something(&q) &&
		!json_is_true(json_object_get(body, "all")))
		desk_fail(n, 400,
			"Say which recipients: id, domain, sender, to, account, state or "
			"older; or \"all\": true.");
	else if (op == QUERY_COUNT || desk_audit_now(n))
		desk_ask_engine(n->desk, n, &q, on_plain, NULL);
}

static void
queue_hold(struct desk_conn *n, const json_t *body)
{
	change(n, body, QUERY_HOLD);
}

static void
queue_release(struct desk_conn *n, const json_t *body)
{
	change(n, body, QUERY_RELEASE);
}

static void
queue_retry(struct desk_conn *n, const json_t *body)
{
	change(n, body, QUERY_RETRY);
}

static void
queue_drop(struct desk_conn *n, const json_t *body)
{
	change(n, body, QUERY_DROP);
}

static void
queue_count(struct desk_conn *n, const json_t *body)
{
	change(n, body, QUERY_COUNT);
}

static void
queue_pause(struct desk_conn *n, const json_t *body)
{
	(void)body;
	if (desk_audit_now(n))
		desk_ask_engine(
			n->desk, n, &(struct msg_query){ .op = QUERY_PAUSE }, on_plain, NULL);
}

static void
queue_resume(struct desk_conn *n, const json_t *body)
{
	(void)body;
	if (desk_audit_now(n))
		desk_ask_engine(
			n->desk, n, &(struct msg_query){ .op = QUERY_RESUME }, on_plain, NULL);
}

/* {hold?, needs?: "all" | "bodies" | "nothing"} */
static void
backup_hold(struct desk_conn *n, const json_t *body)
{
	struct str needs = desk_text(body, "needs");
	json_int_t hold = json_integer_value(json_object_get(body, "hold"));
	struct msg_query q = { .op = QUERY_BACKUP,
		.after = hold > 0 ? (uint64_t)hold : 0,
		.limit = str_eq_z(needs, "nothing")  ? BACKUP_NEEDS_NOTHING
		         : str_eq_z(needs, "bodies") ? BACKUP_NEEDS_BODIES
		                                     : BACKUP_NEEDS_ALL };

	desk_ask_engine(n->desk, n, &q, on_plain, NULL);
}

/* ---- status and metrics */

static json_t *
role_json(enum role_kind kind, int number)
{
	return json_pack("{s:s,s:i,s:i,s:b,s:s}", "role", role_name(kind), "number", number,
		"pid", (int)getpid(), "ready", 1, "state", "up");
}

/* Who runs: the keeper's file, or ourselves alone. */
static json_t *
roles_json(struct desk *d)
{
	char path[640];
	struct buf b;
	json_t *j = NULL;

	if (d->env->one) {
		char since[UTC_TEXT_SIZE];
		int64_t up = (int64_t)(loop_mono(d->loop) - d->began);

		return json_pack("{s:{s:i,s:s},s:[o,o,o,o,o]}", "keeper", "pid", (int)getpid(),
			"since", utc_rfc3339(since, loop_wall(d->loop) - up), "roles",
			role_json(ROLE_ENGINE, 0), role_json(ROLE_DESK, 0),
			role_json(ROLE_COURIER, 1), role_json(ROLE_POSTER, 0),
			role_json(ROLE_EDGE, 1));
	}
	buf_init(&b, 1u << 20);
	snprintf(path, sizeof path, "%s/roles.json", d->env->paths->run);
	if (file_read(path, &b) == 0)
		j = json_loadb(b.p, b.n, 0, NULL);
	buf_done(&b);
	return j ? j : json_pack("{s:[]}", "roles");
}

static void
warn(json_t *list, const char *text)
{
	json_array_append_new(list, json_string(text));
}

static void
warn_damage(json_t *list, const json_t *j)
{
	const json_t *journal = json_object_get(j, "journal");
	json_int_t damaged = json_integer_value(json_object_get(journal, "damaged"));
	char text[200];

	if (damaged > 0) {
		snprintf(text, sizeof text,
			"%" JSON_INTEGER_FORMAT " damaged places of the journal are in "
			"quarantine: mail may be missing; "
			"check the disk, see journal/quarantine and quarantine.",
			damaged);
		warn(list, text);
	}
	if (json_is_true(json_object_get(journal, "unreadable")))
		warn(list, "The newest journal could not be read, an older one was used: mail "
			   "may be "
			   "missing or sent twice; check the disk.");
}

static json_t *
warnings(struct desk *d, const json_t *j)
{
	json_t *w = json_array();

	if (d->config->lab.on)
		warn(w, "Lab mode is on: this is no configuration for real mail.");
	if (d->config->plaintext_auth)
		warn(w, "plaintext_auth is on: secrets may cross the network unencrypted.");
	if (json_is_true(json_object_get(j, "plaintext_keys")))
		warn(w, "Some keys may be used without TLS: see facteur keys list.");
	if (d->config->ncerts == 0)
		warn(w, "No certificate is configured: a self-signed one is used.");
	if (json_is_object(json_object_get(j, "paused")))
		warn(w, desk_text(json_object_get(j, "paused"), "words").p);
	warn_damage(w, j);
	if (!desk_control(d))
		warn(w, "The control tables cannot be opened: accounts cannot be changed.");
	return w;
}

static int64_t
uptime_s(struct desk *d, const json_t *j)
{
	int64_t since;

	if (utc_parse(desk_text(json_object_get(j, "keeper"), "since"), &since) < 0 ||
		since > loop_wall(d->loop))
		return (int64_t)(loop_mono(d->loop) - d->began) / 1000000;
	return (loop_wall(d->loop) - since) / 1000000;
}

/* A sentence for what keeps the service from being ready, NULL when nothing does. */
static const char *
reason_of(const json_t *j)
{
	json_t *roles = json_object_get(j, "roles"), *row;
	size_t i;

	if (json_is_true(json_object_get(j, "disk_full")))
		return "The disk is full: no mail is accepted.";
	if (!json_is_true(json_object_get(j, "ready")))
		return "The engine reads the queue or drains: no mail is accepted.";
	json_array_foreach(
		roles, i, row) if (!json_is_true(json_object_get(row,
					   "ready"))) return "Not every process is ready.";
	return NULL;
}

static void
on_status(struct desk_ask *a, int status, struct str json)
{
	struct desk *d = a->desk;
	json_t *j = roles_json(d), *engine;
	const char *why;

	engine = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL;
	if (engine)
		json_object_update_missing(j, engine);
	why = engine ? reason_of(j) : "The engine is restarting or busy.";
	json_object_del(j, "mode");
	json_object_set_new(j, "version", json_string(FACTEUR_VERSION));
	json_object_set_new(j, "ready", json_boolean(why == NULL));
	json_object_set_new(j, "reason", why ? json_string(why) : json_null());
	json_object_set_new(j, "engine", json_string(engine ? "running" : "restarting"));
	json_object_set_new(j, "uptime_s", json_integer(uptime_s(d, j)));
	json_object_set_new(
		j, "hostname", json_stringn(d->config->hostname.p, d->config->hostname.n));
	json_object_set_new(j, "state", json_string(d->env->paths->state));
	json_object_set_new(j, "webhooks", desk_hooks_json(d));
	json_object_set_new(j, "keep", desk_keep_json(d->config));
	json_object_set_new(j, "sandbox", desk_mode_json(d, json_object_get(engine, "mode")));
	json_object_set_new(j, "warnings", warnings(d, j));
	json_object_set_new(j, "alerts", desk_alerts_json(d, false));
	json_decref(engine);
	desk_say(a->conn, 200, j);
}

static void
status(struct desk_conn *n, const json_t *body)
{
	(void)body;
	desk_ask_engine(n->desk, n, &(struct msg_query){ .op = QUERY_STATUS }, on_status, NULL);
}

static void
on_metrics(struct desk_ask *a, int status_, struct str text)
{
	if (status_ == 200)
		desk_say_text(a->conn, 200, text);
	else
		desk_fail(a->conn, 503, AWAY);
}

static void
metrics(struct desk_conn *n, const json_t *body)
{
	(void)body;
	desk_ask_engine(
		n->desk, n, &(struct msg_query){ .op = QUERY_METRICS }, on_metrics, NULL);
}

/* ---- all of them */

static const struct {
	const char *name;
	void (*fn)(struct desk_conn *n, const json_t *body);
} verbs[] = {
	{ "status", status },
	{ "metrics", metrics },
	{ "trace", desk_trace },
	{ "queue.list", queue_list },
	{ "queue.show", queue_show },
	{ "queue.count", queue_count },
	{ "queue.pause", queue_pause },
	{ "queue.resume", queue_resume },
	{ "backup.hold", backup_hold },
	{ "queue.hold", queue_hold },
	{ "queue.release", queue_release },
	{ "queue.retry", queue_retry },
	{ "queue.drop", queue_drop },
	{ "doctor", desk_doctor },
	{ "alerts.list", desk_alerts_list },
	{ "alerts.test", desk_alerts_test },
	{ "accounts.show", desk_quota_account },
	{ "keys.show", desk_quota_key },
	{ "quotas.show", desk_quota_show },
	{ "domains.add", desk_making_domain },
	{ "domains.verify", desk_domain_verify },
	{ "tracking.verify", desk_tracking_verify },
	{ "webhooks.try", desk_post_try },
	{ "proved.add", desk_prove_add },
	{ "groups.list", desk_group_list },
	{ "groups.show", desk_group_show },
	{ "groups.remove", desk_group_remove },
	{ "suppressions.list", desk_suppress_list },
	{ "suppressions.count", desk_suppress_count },
	{ "suppressions.export", desk_suppress_export },
	{ "suppressions.add", desk_suppress_add },
	{ "suppressions.remove", desk_suppress_remove },
	{ "suppressions.import", desk_suppress_import },
	{ "suppressions.undo", desk_suppress_undo },
	{ "erasures.count", desk_erase_count },
	{ "webhooks.test", desk_hook_test },
	{ "templates.render", desk_rendering },
	{ "templates.test", desk_rendering_test },
	{ "messages.values", desk_rendering_values },
	{ "webhooks.replay", desk_hook_replay },
};

void
desk_tables(struct desk_conn *n, struct str verb, const json_t *body)
{
	struct control *c = desk_control(n->desk);
	struct desk_control_answer a;
	bool webhooks = str_starts(verb, STR_LIT("webhooks."));
	struct control_who who;

	if (!c) {
		desk_fail(n, 503,
			n->desk->control_why ? n->desk->control_why
					     : "The control tables cannot be opened.");
		return;
	}
	/* What desk knows of webhooks is in the tables when they are asked, and the other way
	 * round. */
	if (webhooks)
		desk_hooks_save(n->desk);
	who = desk_audit_who(n);
	control_who(c, &who);
	a = desk_control_do(c, verb, body, loop_wall(n->desk->loop));
	control_who(c, NULL);
	n->audited = n->audited || a.audited;
	if (webhooks && a.changed)
		desk_hooks_load(n->desk);
	if (a.changed)
		desk_changed(n->desk, n, a.json);
	else
		desk_say(n, a.status, a.json);
}

void
desk_verb(struct desk_conn *n, struct str verb, const json_t *body)
{
	n->doing = verb;
	n->doing_body = body;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (str_eq_z(verb, verbs[i].name)) {
			verbs[i].fn(n, body);
			return;
		}
	if (desk_control_has(verb))
		desk_tables(n, verb, body);
	else
		desk_fail(n, 404, "There is no such verb.");
}
