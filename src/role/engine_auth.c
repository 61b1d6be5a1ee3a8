/* Who may enter and which senders it may use: decided here because it is global (DESIGN §2). */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "io/net.h"

#include <sodium.h>

#define DEMO_TENANT 1

struct dir_job {
	struct flush_job job;
	struct engine *engine;
	struct directory *loaded;
};

void
engine_routes_make(struct engine *e)
{
	struct routes *old = e->routes;
	size_t n;
	const struct config_route *extra = directory_routes(e->dir, &n);

	e->routes = routes_new(e->config, extra, n);
	routes_free(&old);
	if (e->queue) {
		queue_routes_changed(e->queue, loop_mono(e->loop));
		loop_task_post(e->loop, &e->pump);
	}
}

static int
load_directory(void *ctx)
{
	struct dir_job *j = ctx;

	return directory_load(j->engine->env->paths->state, &j->engine->env->keys, &j->loaded);
}

static bool
same_routes(const struct directory *a, const struct directory *b)
{
	size_t na, nb;
	const struct config_route *ra = directory_routes(a, &na),
				  *rb = directory_routes(b, &nb);

	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (!str_eq(ra[i].domain, rb[i].domain) || !str_eq(ra[i].url, rb[i].url))
			return false;
	return true;
}

void
engine_warn_plain_keys(struct engine *e)
{
	struct log_line ll;

	if (!directory_plain_keys(e->dir))
		return;
	ll = log_op(e->log, LOG_WARN, "plaintext-keys");
	log_z(&ll, "means",
		"some keys may be used without TLS: their secrets may cross the network "
		"unencrypted");
	log_end(&ll);
}

static void
on_directory(void *ctx, int err)
{
	struct dir_job *j = ctx;
	struct engine *e = j->engine;
	struct directory *old = e->dir;

	e->dir_loading = false;
	if (err == 0) {
		bool same = same_routes(old, j->loaded);

		e->dir = j->loaded;
		if (!same)
			engine_routes_make(e);
		engine_feed(e);
		if (!directory_plain_keys(old))
			engine_warn_plain_keys(e);
		engine_tracking_changed(e, old);
		engine_streams_changed(e, old);
		directory_free(&old);
		for (unsigned i = 1; i <= ROLE_EDGES_MAX; i++)
			if (e->edges[i].up)
				ENGINE_TELL(&e->edges[i], changed, .version = ++e->dir_changes);
		engine_state_all(e);
	} else {
		struct log_line ll = log_op(e->log, LOG_ERROR, "directory-not-loaded");

		log_z(&ll, "error", strerror(-err));
		log_z(&ll, "means", "keys, domains and routes stay as they were");
		log_end(&ll);
	}
	mem_free(j);
	if (e->dir_again) {
		e->dir_again = false;
		engine_directory_reload(e);
		return;
	}
	for (size_t i = 0; i < e->ndir_waiting; i++)
		ENGINE_TELL(&e->desk, answer, .seq = e->dir_waiting[i],
			.status = err ? 500 : 200,
			.json = err ? STR_LIT("{\"error\":\"the control tables could not be "
					      "read\"}")
		                    : STR_LIT("{\"ok\":true}"));
	e->ndir_waiting = 0;
}

void
engine_directory_reload(struct engine *e)
{
	struct dir_job *j;

	if (e->dir_loading) {
		e->dir_again = true;
		return;
	}
	j = MEM_NEW(j);
	j->engine = e;
	j->job = (struct flush_job){
		.fd = -1, .work = load_directory, .done = on_directory, .ctx = j
	};
	list_init(&j->job.link);
	e->dir_loading = true;
	flusher_add(e->flusher, &j->job);
}

void
engine_directory_reload_for(struct engine *e, uint64_t seq)
{
	/* More at once than desk ever asks: then the oldest ones wait for desk's time-out. */
	if (e->ndir_waiting < ENGINE_DIR_WAITING)
		e->dir_waiting[e->ndir_waiting++] = seq;
	engine_directory_reload(e);
}

static bool
network_allowed(struct str networks, struct str client)
{
	struct net_addr a;
	struct net_cidr c;

	if (networks.n == 0)
		return true;
	if (net_parse(client, 0, &a) < 0)
		return false;
	while (networks.p) {
		struct str one = str_trim(str_cut(&networks, ','));

		if (net_cidr_parse(one, &c) == 0 && net_cidr_has(&c, &a))
			return true;
	}
	return false;
}

static const struct dir_key *
key_of(const struct engine *e, const struct msg_auth *a, bool *ret_match)
{
	static const uint8_t nothing[32];
	const struct dir_key *k = a->key.n ? directory_key(e->dir, a->key)
	                                   : directory_token(e->dir, a->secret_hash.b);
	const uint8_t *hash = !k ? nothing : a->key.n ? k->secret_hash : k->token_hash;

	/* Compared even for an unknown key: the same work for all. */
	*ret_match = sodium_memcmp(hash, a->secret_hash.b, 32) == 0 && k;
	return k;
}

static struct reply
judge_key(struct engine *e, const struct msg_auth *a, const struct dir_key *k)
{
	const struct dir_tenant *t = directory_tenant(e->dir, k->tenant);

	if (!k->enabled || (k->expires && k->expires < loop_wall(e->loop)))
		return REPLY(535, 5, 7, 8,
			"This key was revoked or has expired; make a new one with facteur keys "
			"add");
	if (t == NULL || t->suspended)
		return REPLY(535, 5, 7, 8,
			"This account is suspended; ask the operator of this service");
	if (!a->api && !(k->scopes & SCOPE_SEND))
		return REPLY(
			535, 5, 7, 8, "This key may not send; make one with the scope send");
	if (!network_allowed(k->networks, a->client))
		return REPLY(535, 5, 7, 8, "This key may not be used from this address");
	if (a->tls == AUTH_PLAIN && !k->plaintext)
		return REPLY(538, 5, 7, 11,
			"This key needs an encrypted connection: use STARTTLS, or port 465 for "
			"TLS");
	return REPLY(250, 2, 0, 0, "");
}

/* Desk collects these and writes them to the control tables. */
static void
key_used(struct engine *e, uint64_t key, struct str client)
{
	struct engine_used *u;
	uint64_t value;

	if (nmap_get(&e->used, key, &value)) {
		u = (void *)(uintptr_t)value;
	} else {
		u = MEM_NEW(u);
		nmap_put(&e->used, key, (uint64_t)(uintptr_t)u);
	}
	u->at = loop_wall(e->loop);
	(void)str_copy_z(u->client, sizeof u->client, client);
}

static bool
demo_enter(struct engine *e, struct engine_peer *p, const struct msg_auth *a)
{
	if (!e->config->lab.any_credentials)
		return false;
	const struct dir_key *k = directory_key(e->dir, a->key);

	ENGINE_TELL(p, authed, .seq = a->seq, .ok = 1, .any_domain = 1, .scopes = SCOPE_ALL,
		.stream = k ? k->stream : STREAM_TRANSACTIONAL,
		.tenant = k ? k->tenant : DEMO_TENANT, .key = k ? k->id : 0,
		.counted = k && engine_quota_counted(e, k->tenant, k->id),
		.reply = REPLY(235, 2, 7, 0, "Authentication succeeded"));
	if (k)
		key_used(e, k->id, a->client);
	return true;
}

/* The account whose mail local users send: `local`, or else the first one there is. */
static const struct dir_tenant *
local_tenant(const struct engine *e)
{
	const struct dir_tenant *t = directory_tenant_named(e->dir, STR_LIT("local"));

	for (uint32_t id = 1; t == NULL && id <= 1024; id++)
		t = directory_tenant(e->dir, id);
	return t;
}

/* Clients that need no AUTH. Edges take no user name that begins with '@', so these come from
 * the edge itself: "@local" (the socket of `facteur sendmail`), "@trusted:ACCOUNT" (a network
 * named in the configuration). */
static void
enter_without_key(struct engine *e, struct engine_peer *p, const struct msg_auth *a)
{
	struct str trusted = STR_LIT("@trusted:");
	bool local = str_eq_z(a->key, "@local");
	const struct dir_tenant *t = NULL;
	struct reply r = REPLY(550, 5, 7, 1,
		"The account of this trusted network is not there: facteur accounts add");

	if (local)
		t = local_tenant(e);
	else if (str_starts(a->key, trusted))
		t = directory_tenant_named(e->dir, str_from(a->key, trusted.n));
	if (t && !t->suspended) {
		ENGINE_TELL(p, authed, .seq = a->seq, .ok = 1,
			.any_domain = e->config->lab.verified_domains ||
		                      e->config->lab.any_credentials,
			.stream = STREAM_TRANSACTIONAL, .scopes = SCOPE_SEND, .tenant = t->id,
			.counted = engine_quota_counted(e, t->id, 0),
			.reply = REPLY(235, 2, 7, 0, "Ok"));
		return;
	}
	if (t)
		r = REPLY(550, 5, 7, 1,
			"This account is suspended; ask the operator of this service");
	else if (local)
		r = REPLY(550, 5, 7, 1, "There is no account yet: facteur accounts add");
	ENGINE_TELL(p, authed, .seq = a->seq, .reply = r);
}

void
engine_auth(struct engine *e, struct engine_peer *p, const struct msg_auth *a)
{
	uint64_t now = loop_mono(e->loop);
	struct str name = a->key.n ? a->key : str_of(a->secret_hash.b, 8);
	struct reply r = REPLY(535, 5, 7, 8,
		"Authentication failed: unknown key or wrong secret; the user is the API key, "
		"the password its secret");
	const struct dir_key *k;
	bool match;

	if (demo_enter(e, p, a))
		return;
	if (a->key.n > 0 && a->key.p[0] == '@') {
		enter_without_key(e, p, a);
		return;
	}
	if (guard_wait(e->guard, name, a->network, now) > 0) {
		ENGINE_TELL(p, authed, .seq = a->seq, .wait_ms = 4000, .reply = r);
		return;
	}
	k = key_of(e, a, &match);
	if (match)
		r = judge_key(e, a, k);
	if (r.code / 100 != 2) {
		uint64_t wait = guard_failed(e->guard, name, a->network, now);

		ENGINE_TELL(p, authed, .seq = a->seq, .wait_ms = (uint32_t)(wait / 1000),
			.reply = r);
		return;
	}
	guard_passed(e->guard, name, a->network);
	ENGINE_TELL(p, authed, .seq = a->seq, .ok = 1,
		.any_domain = e->config->lab.verified_domains, .stream = k->stream,
		.scopes = k->scopes, .tenant = k->tenant, .key = k->id,
		.counted = engine_quota_counted(e, k->tenant, k->id),
		.reply = REPLY(235, 2, 7, 0, "Authentication succeeded"));
	key_used(e, k->id, a->client);
}

void
engine_check_domain(struct engine *e, struct engine_peer *p, const struct msg_check *c)
{
	const struct dir_domain *d = directory_domain(e->dir, c->tenant, c->domain);
	struct reply r = REPLY(250, 2, 1, 0, "Ok");
	/* In the sandbox any sender is taken; nobody but the sink hears of him. */
	bool ok = e->config->lab.verified_domains || e->config->lab.any_credentials ||
	          (d && d->verified) || engine_sandboxed(e, c->tenant);

	if (!ok && d)
		r = REPLY(550, 5, 7, 1,
			"This sender domain is not verified yet: publish its DNS records, then "
			"facteur domains verify, or POST /v1/domains/NAME/verify");
	else if (!ok)
		r = REPLY(550, 5, 7, 1,
			"This key may not send from that domain: add it with facteur domains "
			"add, or POST /v1/domains");
	ENGINE_TELL(p, checked, .seq = c->seq, .ok = ok, .reply = r);
}
