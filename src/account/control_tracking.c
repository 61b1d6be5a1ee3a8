#include "account/control_own.h"

#include "wire/msg.h"
#include "wire/url_web.h"

#include <errno.h>

#define URL_MAX   300u
#define ARENA_MAX 16384u

static const char *const clicks_words[] = { "none", "html", "text", "all" };
static const char *const state_words[] = { "pending", "verified", "warning" };

/* ---- reading */

static json_t *
text_or_null(struct str s)
{
	return s.n ? control_own_text(s) : json_null();
}

struct reading {
	struct control *c;
	struct str account;
	json_t *got;
};

static int
tracking_row(void *ctx, struct store_row *r)
{
	struct reading *of = ctx;
	struct str url = store_text(r, 2), host = store_text(r, 3);
	int64_t state = store_int(r, 4);
	const char *word = state >= CONTROL_PENDING && state <= CONTROL_WARNING
	                           ? state_words[state]
	                           : "pending";

	of->got = json_pack("{s:o,s:b,s:s,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o}", "account",
		control_own_text(of->account), "track_opens", store_int(r, 0) != 0,
		"track_clicks", clicks_words[store_int(r, 1) & 3], "url", text_or_null(url),
		"host", text_or_null(host), "target",
		host.n ? text_or_null(str_z(of->c->target)) : json_null(), "state",
		host.n ? json_string(word) : json_null(), "why", text_or_null(store_text(r, 5)),
		"forced", store_int(r, 6) != 0, "checked_at", control_own_time(store_int(r, 7)),
		"verified_at", control_own_time(store_int(r, 8)));
	return 0;
}

/* The row of an account that has none says the same as one with nothing set. */
static int
show(struct control *c, struct str account, int64_t tenant, json_t **ret_j)
{
	struct reading of = { c, account, NULL };
	int err = store_run(c->store,
		"SELECT coalesce(t.opens, 0), coalesce(t.clicks, 0), coalesce(t.url, ''),"
		" coalesce(t.host, ''), coalesce(t.state, 0), coalesce(t.why, ''),"
		" coalesce(t.forced, 0), coalesce(t.checked, 0), coalesce(t.verified_at, 0)"
		" FROM accounts a LEFT JOIN tracking t ON t.tenant = a.tenant"
		" WHERE a.tenant = ?",
		tracking_row, &of, "i", tenant);

	if (!err && !of.got)
		err = -EIO;
	if (err) {
		json_decref(of.got);
		return control_own_check(c, err);
	}
	*ret_j = of.got;
	return 0;
}

int
control_tracking_show(struct control *c, struct str account, struct json_t **ret_j)
{
	int64_t tenant;
	int err = control_own_tenant(c, account, &tenant);

	return err ? err : show(c, account, tenant, ret_j);
}

/* ---- changing */

/* What is to be written; texts in the arena. */
struct plan {
	struct arena arena;
	int64_t opens, clicks; /* -1: as it was */
	bool has_url;
	struct str url, host;
};

static int
word_of(struct str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_z(word, words[i]))
			return (int)i;
	return -1;
}

static bool
is_ours(const struct control *c, struct str host)
{
	return str_ieq_z(host, c->hostname) || str_ieq_z(host, c->target);
}

static int
plan_url(struct control *c, struct str text, struct plan *p)
{
	const char *why = NULL;
	struct url_web u;

	p->has_url = true;
	p->url = p->host = STR_NONE;
	if (text.n == 0)
		return 0;
	if (text.n > URL_MAX || url_web_parse(&p->arena, text, &u, &why) < 0)
		return control_own_fail(c, -EINVAL,
			"This is not a URL like https://click.example.org: %s.",
			why ? why : "it is too long");
	if (u.basic || !str_eq_z(u.target, "/") || str_find(text, '?') < text.n)
		return control_own_fail(c, -EINVAL,
			"A tracking URL has a host and maybe a port, and nothing behind or "
			"before it: https://click.example.org");
	if (u.literal || str_find(u.host, '.') == u.host.n)
		return control_own_fail(c, -EINVAL,
			"The host of a tracking URL is a full name such as "
			"click.example.org, not \"%.*s\".",
			STR_ARG(u.host));
	if (is_ours(c, u.host))
		return control_own_fail(c, -EINVAL,
			"\"%.*s\" is the service's own name: an account has one of its "
			"own, or none.",
			STR_ARG(u.host));
	p->host = u.host;
	p->url = arena_printf(
		&p->arena, "%s://%.*s", u.tls ? "https" : "http", STR_ARG(u.field));
	return p->url.p ? 0 : -EINVAL;
}

static int
plan_read(struct control *c, const struct control_tracking *t, struct plan *p)
{
	static const char *const switches[] = { "off", "on" };

	p->opens = t->opens.p ? word_of(t->opens, switches, 2) : -1;
	p->clicks = t->clicks.p ? word_of(t->clicks, clicks_words, 4) : -1;
	if (t->opens.p && p->opens < 0)
		return control_own_fail(c, -EINVAL, "Opens are tracked \"on\" or \"off\".");
	if (t->clicks.p && p->clicks < 0)
		return control_own_fail(c, -EINVAL,
			"Clicks are tracked in \"none\", \"html\", \"text\" or \"all\" of a "
			"message.");
	return t->url.p ? plan_url(c, t->url, p) : 0;
}

/* What was known of the old host says nothing of a new one; another port or scheme of the same
 * one leads to the same place. */
static int
write_url(struct control *c, const struct plan *p, int64_t tenant)
{
	int err = store_run(c->store,
		"UPDATE tracking SET state = 0, forced = 0, why = '', checked = 0,"
		" verified_at = 0 WHERE tenant = ? AND host <> ?",
		NULL, NULL, "is", tenant, p->host);

	return err ? err
	           : store_run(c->store,
			     "UPDATE tracking SET url = ?, host = ? WHERE tenant = ?", NULL,
			     NULL, "ssi", p->url, p->host, tenant);
}

static int
write_plan(struct control *c, const struct plan *p, int64_t tenant)
{
	int err = store_run(c->store,
		"INSERT INTO tracking (tenant) VALUES (?) ON CONFLICT DO NOTHING", NULL, NULL,
		"i", tenant);

	if (!err && p->opens >= 0)
		err = store_run(c->store, "UPDATE tracking SET opens = ? WHERE tenant = ?",
			NULL, NULL, "ii", p->opens, tenant);
	if (!err && p->clicks >= 0)
		err = store_run(c->store, "UPDATE tracking SET clicks = ? WHERE tenant = ?",
			NULL, NULL, "ii", p->clicks, tenant);
	if (!err && p->has_url)
		err = write_url(c, p, tenant);
	return control_own_check(c, err);
}

int
control_tracking_set(struct control *c, const struct control_tracking *t, struct json_t **ret_j)
{
	struct plan p = { .has_url = false };
	int64_t tenant = 0;
	int err;

	arena_init(&p.arena, ARENA_MAX);
	err = plan_read(c, t, &p);
	if (!err)
		err = control_own_begin(c);
	if (!err) {
		err = control_own_tenant(c, t->account, &tenant);
		if (!err)
			err = write_plan(c, &p, tenant);
		err = control_own_end(c, err);
	}
	arena_done(&p.arena);
	return err ? err : show(c, t->account, tenant, ret_j);
}

/* ---- checked */

struct host_now {
	struct str host;
	int64_t state;
	char text[256];
};

static int
take_host(void *ctx, struct store_row *r)
{
	struct host_now *h = ctx;

	(void)str_copy_z(h->text, sizeof h->text, store_text(r, 0));
	h->host = str_z(h->text);
	h->state = store_int(r, 1);
	return 0;
}

/* Who verifies a host takes it from an account that it leads away from, and from one that has
 * no verified domain above it any more. */
static int
take_over(struct control *c, struct str host, int64_t tenant)
{
	return store_run(c->store,
		"UPDATE tracking SET state = 0, forced = 0, why = ?"
		" WHERE host = ? AND tenant <> ? AND (state = 2 OR (state = 1 AND forced = 0"
		" AND NOT EXISTS (SELECT 1 FROM domains d WHERE d.tenant = tracking.tenant"
		" AND d.verified = 1 AND (d.domain = tracking.host"
		" OR tracking.host LIKE '%.' || d.domain))))",
		NULL, NULL, "ssi", STR_LIT("Another account has verified this host."), host,
		tenant);
}

static int
write_checked(struct control *c, const struct control_checked *k, int64_t tenant)
{
	struct host_now h = { .host = STR_NONE };
	int64_t now = clock_wall(&c->clock);
	int err = store_run(c->store, "SELECT host, state FROM tracking WHERE tenant = ?",
		take_host, &h, "i", tenant);
	int64_t state = k->state;

	if (!err && (h.host.n == 0 || !str_eq(h.host, k->host)))
		return control_own_fail(c, -ENOENT,
			"This account has no tracking host \"%.*s\" any more.",
			STR_ARG(str_head(k->host, 255)));
	if (state == CONTROL_WARNING && h.state == CONTROL_PENDING)
		state = CONTROL_PENDING;
	if (!err && state == CONTROL_VERIFIED)
		err = take_over(c, h.host, tenant);
	if (!err)
		err = store_run(c->store,
			"UPDATE tracking SET state = ?, why = ?, forced = ?, checked = ?,"
			" verified_at = CASE WHEN ? = 1 AND state <> 1 THEN ? ELSE"
			" verified_at END WHERE tenant = ?",
			NULL, NULL, "isiiiii", state, k->why, (int64_t)k->forced, now, state,
			now, tenant);
	if (err == -EEXIST)
		return control_own_fail(c, err,
			"Another account has verified the tracking host %.*s.",
			STR_ARG(h.host));
	return control_own_check(c, err);
}

int
control_tracking_checked(
	struct control *c, const struct control_checked *k, struct json_t **ret_j)
{
	int64_t tenant = 0;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_tenant(c, k->account, &tenant);
	if (!err)
		err = write_checked(c, k, tenant);
	err = control_own_end(c, err);
	return err ? err : show(c, k->account, tenant, ret_j);
}

struct owning {
	struct str host;
	bool yes;
};

static int
owns_row(void *ctx, struct store_row *r)
{
	struct owning *o = ctx;
	struct str domain = store_text(r, 0);

	o->yes = o->yes || str_ieq(o->host, domain) ||
	         (str_iends(o->host, domain) && o->host.p[o->host.n - domain.n - 1] == '.');
	return 0;
}

bool
control_tracking_owns(struct control *c, struct str account, struct str host)
{
	struct owning o = { host, false };
	int64_t tenant;

	if (control_own_tenant(c, account, &tenant) < 0 ||
		store_run(c->store,
			"SELECT domain FROM domains WHERE tenant = ? AND verified = 1",
			owns_row, &o, "i", tenant) < 0)
		return false;
	return o.yes;
}
