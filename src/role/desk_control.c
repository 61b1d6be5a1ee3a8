#include "role/desk_control.h"

#include "account/control_stream.h"
#include "base/utc.h"
#include "role/desk_contact.h"
#include "role/desk_erasure.h"
#include "role/desk_inbound.h"
#include "role/desk_prove.h"
#include "role/desk_template.h"
#include "role/desk_user.h"
#include "role/desk_webhook.h"

#include <errno.h>
#include <string.h>

json_t *
desk_error_json(int status, const char *why)
{
	json_t *j = json_pack("{s:s,s:i}", "error", why, "status", status);

	return j ? j
	         : json_pack("{s:s,s:i}", "error", "The error cannot be shown.", "status",
			   status);
}

struct str
desk_text(const json_t *body, const char *name)
{
	const json_t *j = json_object_get(body, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

/* What one verb needs. */
struct ask {
	struct control *control;
	const json_t *body;
	int64_t now;
	json_t *got; /* its answer */
	struct control_page page;
	const char *why; /* own sentence for -EINVAL; NULL = the tables' */
};

static int
accounts_add(struct ask *a)
{
	return control_account_add(a->control, desk_text(a->body, "account"), &a->got);
}

static int
accounts_list(struct ask *a)
{
	return control_account_list(a->control, &a->got);
}

static int
account_state(struct ask *a, const char *state)
{
	struct str name = desk_text(a->body, "account");
	int err = control_account_state(a->control, name, str_z(state));

	if (!err)
		a->got = json_pack("{s:s%,s:s}", "account", name.p, name.n, "state", state);
	return err;
}

static int
accounts_suspend(struct ask *a)
{
	return account_state(a, "suspended");
}

static int
accounts_restore(struct ask *a)
{
	return account_state(a, "ok");
}

static int
accounts_mode(struct ask *a)
{
	struct str name = desk_text(a->body, "account"), mode = desk_text(a->body, "mode");
	int err = control_account_mode(a->control, name, mode);

	if (!err)
		a->got = json_pack(
			"{s:s%,s:s%}", "account", name.p, name.n, "mode", mode.p, mode.n);
	return err;
}

static int
expires_of(struct ask *a, int64_t *ret)
{
	struct str s = desk_text(a->body, "expires");
	int64_t span;

	*ret = 0;
	if (s.n == 0)
		return 0;
	if (utc_parse_span(s, &span) == 0)
		*ret = a->now + span;
	else if (utc_parse(s, ret) < 0) {
		a->why = "\"expires\" is a duration such as 90d or a time such as "
			 "2027-01-31T00:00:00Z.";
		return -EINVAL;
	}
	return 0;
}

static int
keys_add(struct ask *a)
{
	struct str stream = desk_text(a->body, "stream");
	struct control_key k = {
		.account = desk_text(a->body, "account"),
		.label = desk_text(a->body, "label"),
		.networks = desk_text(a->body, "networks"),
		.scopes = desk_text(a->body, "scopes"),
		.plaintext = json_is_true(json_object_get(a->body, "plaintext")),
	};
	int err = expires_of(a, &k.expires);

	if (err)
		return err;
	if (str_eq_z(stream, "broadcast"))
		k.stream = STREAM_BROADCAST;
	else if (stream.n && !str_eq_z(stream, "transactional")) {
		a->why = "\"stream\" is transactional or broadcast.";
		return -EINVAL;
	}
	return control_key_add(a->control, &k, &a->got);
}

/* The part of a list that is asked for. */
static int
page_of(struct ask *a, size_t most)
{
	const json_t *limit = json_object_get(a->body, "limit");
	json_int_t n = limit ? json_integer_value(limit) : (json_int_t)most;

	a->page.after = desk_text(a->body, "after");
	a->page.limit = n > 0 && n <= (json_int_t)most ? (size_t)n : 0;
	if (a->page.limit > 0)
		return 0;
	a->why = most == DESK_KEYS_MAX ? "\"limit\" is a number from 1 to 1000."
	                               : "\"limit\" is a number from 1 to 500.";
	return -EINVAL;
}

static int
keys_list(struct ask *a)
{
	int err = page_of(a, DESK_KEYS_MAX);

	return err ? err
	           : control_key_page(
			     a->control, desk_text(a->body, "account"), &a->page, &a->got);
}

static int
keys_show(struct ask *a)
{
	return control_key_show(
		a->control, desk_text(a->body, "account"), desk_text(a->body, "key"), &a->got);
}

static int
quota_of(struct ask *a, struct control_quota *q)
{
	q->account = desk_text(a->body, "account");
	q->key = desk_text(a->body, "key");
	if (q->account.n || q->key.n)
		return 0;
	a->why = "\"account\" or \"key\" is missing: whose quota?";
	return -EINVAL;
}

/* Numbers of ours, which nobody else needs. */
static int
quota_said(struct ask *a, int err)
{
	if (!err) {
		json_object_del(a->got, "tenant");
		json_object_del(a->got, "key_id");
	}
	return err;
}

static int
quotas_show(struct ask *a)
{
	struct control_quota q = { 0 };
	int err = quota_of(a, &q);

	return err ? err : quota_said(a, control_quota_show(a->control, &q, &a->got));
}

static int
quota_kind(const char *name)
{
	for (int i = 0; i < LIMIT_KINDS; i++)
		if (strcmp(name, limit_name((enum limit_kind)i)) == 0)
			return i;
	return -1;
}

static int
quotas_set(struct ask *a)
{
	json_t *quota = json_object_get(a->body, "quota"), *v;
	struct control_quota q = { 0 };
	int err = quota_of(a, &q), kind;
	const char *name;

	if (err)
		return err;
	a->why = "\"quota\" is an object with some of hour, day, month and sessions: each a "
		 "number from 1 to 1000000000000, or null for no limit.";
	if (json_object_size(quota) == 0)
		return -EINVAL;
	json_object_foreach(quota, name, v)
	{
		json_int_t most = json_integer_value(v);

		kind = quota_kind(name);
		if (kind < 0 || (!json_is_null(v) && (most < 1 || most > LIMIT_MOST)))
			return -EINVAL;
		q.given[kind] = true;
		q.most[kind] = (uint64_t)most;
	}
	a->why = NULL;
	return quota_said(a, control_quota_set(a->control, &q, &a->got));
}

static int
keys_revoke(struct ask *a)
{
	struct str key = desk_text(a->body, "key");
	int err = control_key_revoke(a->control, key);

	if (!err)
		a->got = json_pack("{s:s%,s:b}", "key", key.p, key.n, "enabled", 0);
	return err;
}

static int
keys_roll(struct ask *a)
{
	struct str grace = desk_text(a->body, "grace");
	int64_t span = 24 * 3600 * INT64_C(1000000);

	if (grace.n && utc_parse_span(grace, &span) < 0) {
		a->why = "\"grace\" is a duration such as 24h: how long the old key goes on.";
		return -EINVAL;
	}
	return control_key_roll(a->control, desk_text(a->body, "account"),
		desk_text(a->body, "key"), span, &a->got);
}

static int
domains_add(struct ask *a)
{
	return control_domain_add(a->control, desk_text(a->body, "account"),
		desk_text(a->body, "domain"), &a->got);
}

static int
domains_list(struct ask *a)
{
	int err = page_of(a, DESK_DOMAINS_MAX);

	return err ? err
	           : control_domain_page(
			     a->control, desk_text(a->body, "account"), &a->page, &a->got);
}

static int
domains_show(struct ask *a)
{
	int err = control_domain_show(a->control, desk_text(a->body, "account"),
		desk_text(a->body, "domain"), &a->got);

	/* What is no domain is none of the account's. */
	return err == -EINVAL ? -ENOENT : err;
}

static int
domains_remove(struct ask *a)
{
	struct str domain = desk_text(a->body, "domain");
	int err = control_domain_remove(a->control, desk_text(a->body, "account"), domain);

	if (!err)
		a->got = json_pack("{s:s%,s:b}", "domain", domain.p, domain.n, "removed", 1);
	return err;
}

static int
routes_add(struct ask *a)
{
	struct str domain = desk_text(a->body, "domain");
	int err = control_route_add(a->control, domain, desk_text(a->body, "url"));

	/* The URL may hold a password: it is not said again. */
	if (!err)
		a->got = json_pack("{s:s%,s:b}", "domain", domain.p, domain.n, "added", 1);
	return err;
}

static int
routes_list(struct ask *a)
{
	return control_route_list(a->control, &a->got);
}

static int
routes_remove(struct ask *a)
{
	struct str domain = desk_text(a->body, "domain");
	int err = control_route_remove(a->control, domain);

	if (!err)
		a->got = json_pack("{s:s%,s:b}", "domain", domain.p, domain.n, "removed", 1);
	return err;
}

static int
tracking_show(struct ask *a)
{
	return control_tracking_show(a->control, desk_text(a->body, "account"), &a->got);
}

/* p NULL: the member is not there. A null is an empty text. */
static struct str
given(const json_t *body, const char *name)
{
	return json_object_get(body, name) ? desk_text(body, name) : (struct str){ NULL, 0 };
}

static int
tracking_set(struct ask *a)
{
	const json_t *opens = json_object_get(a->body, "track_opens");
	const struct control_tracking t = {
		.account = desk_text(a->body, "account"),
		.opens = !json_is_boolean(opens) ? (struct str){ NULL, 0 }
		         : json_is_true(opens)   ? STR_LIT("on")
		                                 : STR_LIT("off"),
		.clicks = given(a->body, "track_clicks"),
		.url = given(a->body, "url"),
	};

	if (opens && !json_is_boolean(opens)) {
		a->why = "\"track_opens\" must be true or false.";
		return -EINVAL;
	}
	return control_tracking_set(a->control, &t, &a->got);
}

struct str
desk_group_text(const json_t *body, char text[DESK_GROUP_TEXT])
{
	const json_t *v = json_object_get(body, "group");

	if (!json_is_integer(v))
		return desk_text(body, "group");
	snprintf(text, DESK_GROUP_TEXT, "%lld", (long long)json_integer_value(v));
	return str_z(text);
}

static int
group_default(struct ask *a, enum control_group_default *ret_is)
{
	const json_t *is = json_object_get(a->body, "default");

	*ret_is = !is                ? CONTROL_GROUP_AS_IT_WAS
	          : json_is_true(is) ? CONTROL_GROUP_DEFAULT
	                             : CONTROL_GROUP_NOT;
	if (is && !json_is_boolean(is)) {
		a->why = "\"default\" must be true or false.";
		return -EINVAL;
	}
	return 0;
}

static int
groups_change(struct ask *a,
	int (*fn)(struct control *c, const struct control_group *g, json_t **ret_j))
{
	char text[DESK_GROUP_TEXT];
	struct control_group g = {
		.account = desk_text(a->body, "account"),
		.group = desk_group_text(a->body, text),
		.name = given(a->body, "name"),
		.description = given(a->body, "description"),
	};
	int err = group_default(a, &g.is_default);

	return err ? err : fn(a->control, &g, &a->got);
}

static int
groups_add(struct ask *a)
{
	return groups_change(a, control_group_add);
}

static int
groups_set(struct ask *a)
{
	return groups_change(a, control_group_set);
}

static int
groups_list(struct ask *a)
{
	return control_group_list(a->control, desk_text(a->body, "account"), &a->got);
}

static int
groups_show(struct ask *a)
{
	char text[DESK_GROUP_TEXT];

	return control_group_show(a->control, desk_text(a->body, "account"),
		desk_group_text(a->body, text), &a->got);
}

static int
groups_remove(struct ask *a)
{
	char text[DESK_GROUP_TEXT];

	return control_group_remove(a->control, desk_text(a->body, "account"),
		desk_group_text(a->body, text), &a->got);
}

static int
stream_unsubscribe(struct ask *a, enum control_stream_unsubscribe *ret_u)
{
	const json_t *u = json_object_get(a->body, "unsubscribe");

	*ret_u = !u || json_is_null(u) ? CONTROL_STREAM_AS_IT_WAS
	         : json_is_true(u)     ? CONTROL_STREAM_UNSUBSCRIBES
	                               : CONTROL_STREAM_NOT;
	if (u && !json_is_boolean(u) && !json_is_null(u)) {
		a->why = "\"unsubscribe\" must be true or false.";
		return -EINVAL;
	}
	return 0;
}

static int
streams_change(struct ask *a,
	int (*fn)(struct control *c, const struct control_stream *s, json_t **ret_j))
{
	const json_t *kind = json_object_get(a->body, "kind");
	struct str word = desk_text(a->body, "kind");
	struct control_stream s = {
		.account = desk_text(a->body, "account"),
		.stream = desk_text(a->body, "stream"),
		.name = given(a->body, "name"),
		.description = given(a->body, "description"),
		.kind = str_eq_z(word, "broadcast") ? STREAM_BROADCAST : STREAM_TRANSACTIONAL,
	};

	if (kind && fn == control_stream_set) {
		a->why = "A stream keeps its \"kind\": make another one.";
		return -EINVAL;
	}
	if (kind && !str_eq_z(word, "broadcast") && !str_eq_z(word, "transactional")) {
		a->why = "\"kind\" is transactional or broadcast.";
		return -EINVAL;
	}
	if (stream_unsubscribe(a, &s.unsubscribe) < 0)
		return -EINVAL;
	return fn(a->control, &s, &a->got);
}

static int
streams_add(struct ask *a)
{
	return streams_change(a, control_stream_add);
}

static int
streams_set(struct ask *a)
{
	return streams_change(a, control_stream_set);
}

static int
streams_list(struct ask *a)
{
	return control_stream_list(a->control, desk_text(a->body, "account"),
		json_is_true(json_object_get(a->body, "archived")), &a->got);
}

static int
streams_show(struct ask *a)
{
	return control_stream_show(a->control, desk_text(a->body, "account"),
		desk_text(a->body, "stream"), &a->got);
}

static int
streams_archive(struct ask *a)
{
	return control_stream_archive(a->control, desk_text(a->body, "account"),
		desk_text(a->body, "stream"), true, &a->got);
}

static int
streams_unarchive(struct ask *a)
{
	return control_stream_archive(a->control, desk_text(a->body, "account"),
		desk_text(a->body, "stream"), false, &a->got);
}

/* needs: comma separated members without which the question makes no sense. list: the name of
 * the array in the answer. */
static const struct verb {
	const char *name, *needs, *list;
	int (*fn)(struct ask *a);
	bool changes;
} verbs[] = {
	{ "accounts.add", "account", NULL, accounts_add, true },
	{ "accounts.list", "", "accounts", accounts_list, false },
	{ "accounts.suspend", "account", NULL, accounts_suspend, true },
	{ "accounts.restore", "account", NULL, accounts_restore, true },
	{ "accounts.mode", "account,mode", NULL, accounts_mode, true },
	{ "keys.add", "account", NULL, keys_add, true },
	{ "keys.list", "", "keys", keys_list, false },
	{ "keys.show", "key", NULL, keys_show, false },
	{ "keys.revoke", "key", NULL, keys_revoke, true },
	{ "quotas.show", "", NULL, quotas_show, false },
	{ "quotas.set", "", NULL, quotas_set, true },
	{ "keys.roll", "key", NULL, keys_roll, true },
	{ "domains.add", "account,domain", NULL, domains_add, true },
	{ "domains.list", "", "domains", domains_list, false },
	{ "domains.show", "account,domain", NULL, domains_show, false },
	{ "domains.remove", "account,domain", NULL, domains_remove, true },
	{ "tracking.show", "account", NULL, tracking_show, false },
	{ "tracking.set", "account", NULL, tracking_set, true },
	{ "groups.add", "account,name", NULL, groups_add, true },
	{ "groups.list", "account", "groups", groups_list, false },
	{ "groups.show", "account", NULL, groups_show, false },
	{ "groups.set", "account", NULL, groups_set, true },
	{ "groups.remove", "account", NULL, groups_remove, true },
	{ "streams.add", "account,stream", NULL, streams_add, true },
	{ "streams.list", "account", "streams", streams_list, false },
	{ "streams.show", "account,stream", NULL, streams_show, false },
	{ "streams.set", "account,stream", NULL, streams_set, true },
	{ "streams.archive", "account,stream", NULL, streams_archive, true },
	{ "streams.unarchive", "account,stream", NULL, streams_unarchive, true },
	{ "routes.add", "domain,url", NULL, routes_add, true },
	{ "routes.list", "", "routes", routes_list, false },
	{ "routes.remove", "domain", NULL, routes_remove, true },
};

static const struct verb *
find(struct str name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (str_eq_z(name, verbs[i].name))
			return &verbs[i];
	return NULL;
}

bool
desk_control_has(struct str verb)
{
	return find(verb) != NULL || desk_webhook_has(verb) || desk_inbound_has(verb) ||
	       desk_template_has(verb) || desk_contact_has(verb) || desk_user_has(verb) ||
	       desk_prove_has(verb) || desk_erasure_has(verb);
}

static struct desk_control_answer
failed(int status, const char *why)
{
	return (struct desk_control_answer){ .status = status,
		.json = desk_error_json(status, why) };
}

static int
status_of(int err)
{
	return err == -EEXIST                     ? 409
	       : err == -ENOENT                   ? 404
	       : err == -EINVAL || err == -ENOSPC ? 400
	                                          : 500;
}

/* A member of another type would be passed over, and less or more done than was asked: NULL, or
 * what is wrong in text. */
static const char *
wrong_type(const json_t *body, char *text, size_t size)
{
	static const char *const texts[] = { "account", "label", "networks", "scopes",
		"expires", "stream", "key", "domain", "url", "track_clicks", "name",
		"description", "after", "mode" };
	const json_t *plaintext = json_object_get(body, "plaintext");

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const json_t *v = json_object_get(body, texts[i]);

		if (!v || json_is_string(v) || json_is_null(v))
			continue;
		snprintf(text, size, "\"%s\" must be a text.", texts[i]);
		return text;
	}
	if (plaintext && !json_is_boolean(plaintext) && !json_is_null(plaintext))
		return "\"plaintext\" must be true or false.";
	return NULL;
}

static struct desk_control_answer
run(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	const struct verb *v = find(verb);
	struct ask a = { .control = c, .body = body, .now = now };
	struct str rest, need;
	const char *bad;
	char why[200], name[40];
	int err;

	if (!v && desk_webhook_has(verb))
		return desk_webhook_do(c, verb, body, now);
	if (!v && desk_inbound_has(verb))
		return desk_inbound_do(c, verb, body, now);
	if (!v && desk_template_has(verb))
		return desk_template_do(c, verb, body, now);
	if (!v && desk_contact_has(verb))
		return desk_contact_do(c, verb, body, now);
	if (!v && desk_erasure_has(verb))
		return desk_erasure_do(c, verb, body, now);
	if (!v && desk_prove_has(verb))
		return desk_prove_do(c, verb, body, now);
	if (!v && desk_user_has(verb))
		return desk_user_do(c, verb, body);
	if (!v)
		return failed(404, "There is no such verb.");
	bad = wrong_type(body, why, sizeof why);
	if (bad)
		return failed(400, bad);
	for (rest = str_z(v->needs); rest.n;) {
		need = str_cut(&rest, ',');
		if (str_copy_z(name, sizeof name, need) == 0 && desk_text(body, name).n == 0) {
			snprintf(why, sizeof why,
				"\"%s\" is missing: a text that is not empty.", name);
			return failed(400, why);
		}
	}
	err = v->fn(&a);
	if (err)
		return failed(status_of(err), a.why ? a.why : control_error(c));
	if (v->list)
		a.got = a.page.limit ? json_pack("{s:o,s:o}", v->list, a.got, "next",
					       a.page.next[0] ? json_string(a.page.next)
							      : json_null())
		                     : json_pack("{s:o}", v->list, a.got);
	return (struct desk_control_answer){
		.status = 200,
		.json = a.got,
		.changed = v->changes,
	};
}

struct desk_control_answer
desk_control_do(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	char text[64];
	const struct control_deed d = desk_user_deed(verb, body, text);
	struct desk_control_answer a;

	control_doing(c, &d);
	a = run(c, verb, body, now);
	a.audited = control_done(c);
	return a;
}
