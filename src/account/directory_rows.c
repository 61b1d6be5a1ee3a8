/* The rows of the tables, read into the picture. */
#include "account/directory_own.h"

#include "account/control.h"
#include "account/control_inbound.h"
#include "account/control_schema.h"
#include "account/scope.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "wire/dkim.h"

#include <errno.h>
#include <openssl/x509.h>
#include <string.h>

#define SEALED_MAX 16384

/* Maps compare bytes: one text names tenant and domain. */
struct str
directory_domain_name(char dst[4 + DIRECTORY_DOMAIN_MAX], uint32_t tenant, struct str domain)
{
	if (domain.n > DIRECTORY_DOMAIN_MAX)
		domain.n = 0;
	memcpy(dst, &tenant, 4);
	for (size_t i = 0; i < domain.n; i++)
		dst[4 + i] = ascii_lower(domain.p[i]);
	return str_of(dst, 4 + domain.n);
}

static struct str
keep(struct directory *d, struct str s)
{
	struct str copy = arena_str(&d->arena, s);

	must(copy.p);
	return copy;
}

static void *
make(struct directory *d, size_t size)
{
	void *p = arena_alloc(&d->arena, size);

	must(p);
	return p;
}

static int
on_version(void *ctx, struct store_row *r)
{
	struct directory_load *l = ctx;

	l->d->version = (uint64_t)store_int(r, 0);
	return 0;
}

void
directory_add_tenant(struct directory *d, uint32_t id, struct str name, bool suspended)
{
	struct dir_tenant *t = make(d, sizeof *t);

	*t = (struct dir_tenant){ .id = id, .name = keep(d, name), .suspended = suspended };
	nmap_put(&d->tenants, (uint64_t)id + 1, (uint64_t)(uintptr_t)t);
	map_put(&d->names, t->name, t);
}

static int
on_tenant(void *ctx, struct store_row *r)
{
	struct directory_load *l = ctx;

	directory_add_tenant(l->d, (uint32_t)store_int(r, 0), store_text(r, 1),
		!str_eq_z(store_text(r, 2), "ok"));
	return 0;
}

static int
on_key(void *ctx, struct store_row *r)
{
	struct directory_load *l = ctx;
	struct directory *d = l->d;
	struct str secret = store_blob(r, 3), token;
	struct dir_key *k = make(d, sizeof *k);

	if (secret.n != sizeof k->secret_hash)
		return 0;
	memcpy(k->secret_hash, secret.p, secret.n);
	token = store_blob(r, 4);
	if (token.n != sizeof k->token_hash)
		return 0;
	memcpy(k->token_hash, token.p, token.n);
	k->id = (uint64_t)store_int(r, 0);
	k->counted_as = k->id;
	k->tenant = (uint32_t)store_int(r, 1);
	k->name = keep(d, store_text(r, 2));
	k->stream = (uint8_t)store_int(r, 5);
	k->networks = keep(d, store_text(r, 6));
	k->expires = store_int(r, 7);
	k->plaintext = store_int(r, 8) != 0;
	k->scopes = (uint8_t)scope_bits(store_text(r, 9));
	k->enabled = store_int(r, 10) != 0;
	d->plain_keys = d->plain_keys || (k->enabled && k->plaintext);
	map_put(&d->keys, k->name, k);
	if (k->id)
		nmap_put(&d->key_ids, k->id, (uint64_t)(uintptr_t)k);
	map_put(&d->tokens, str_of(k->token_hash, sizeof k->token_hash), k);
	return 0;
}

/* The opened key, NULL when the seal or the DER is not good. */
static EVP_PKEY *
open_key(struct directory_load *l, struct str selector, struct str sealed)
{
	const struct dir_domain *dom = l->d->loading;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	EVP_PKEY *key = NULL;
	struct buf context, plain;
	const uint8_t *der;

	buf_init(&context, SEALED_MAX);
	buf_init(&plain, SEALED_MAX);
	control_schema_dkim(&context, dom->tenant, dom->domain, selector);
	if (seal_open_for(&plain, l->keys->box, buf_str(&context), sealed) == 0) {
		der = (const uint8_t *)plain.p;
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, (long)plain.n);
		key = info ? EVP_PKCS82PKEY(info) : NULL;
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	if (plain.p)
		mem_wipe(plain.p, plain.cap);
	buf_done(&plain);
	buf_done(&context);
	return key;
}

static int
on_signer(void *ctx, struct store_row *r)
{
	struct directory_load *l = ctx;
	struct dir_domain *dom = l->d->loading;
	struct dir_signer *s = &dom->signers[dom->nsigners];

	if (dom->nsigners == sizeof dom->signers / sizeof dom->signers[0])
		return 0;
	s->algo = (uint8_t)store_int(r, 0);
	s->selector = keep(l->d, store_text(r, 1));
	s->key = open_key(l, s->selector, store_blob(r, 2));
	if (s->key)
		dom->nsigners++;
	else
		l->d->unreadable++;
	return 0;
}

static int
on_domain(void *ctx, struct store_row *r)
{
	struct directory_load *l = ctx;
	struct directory *d = l->d;
	struct dir_domain *dom = make(d, sizeof *dom);
	char name[4 + DIRECTORY_DOMAIN_MAX];

	dom->tenant = (uint32_t)store_int(r, 1);
	dom->domain = keep(d, store_text(r, 2));
	dom->verified = store_int(r, 3) != 0;
	map_put(&d->domains, keep(d, directory_domain_name(name, dom->tenant, dom->domain)),
		dom);
	if (dom->verified)
		map_put(&d->verified, dom->domain, dom);
	d->loading = dom;
	return store_run(l->store,
		"SELECT algo, selector, sealed FROM signers WHERE domain_id = ? ORDER BY algo",
		on_signer, l, "i", store_int(r, 0));
}

static int
on_route(void *ctx, struct store_row *r)
{
	struct directory_load *l = ctx;
	struct directory *d = l->d;
	struct buf context, url;

	buf_init(&context, SEALED_MAX);
	buf_init(&url, SEALED_MAX);
	control_schema_route(&context, store_text(r, 0));
	if (seal_open_for(&url, l->keys->box, buf_str(&context), store_blob(r, 1))) {
		d->unreadable++;
	} else {
		if (d->nroutes == d->routes_cap) {
			d->routes_cap = d->routes_cap ? d->routes_cap * 2 : 16;
			d->routes = mem_grow(d->routes, d->routes_cap, sizeof *d->routes);
		}
		d->routes[d->nroutes++] = (struct config_route){ keep(d, store_text(r, 0)),
			keep(d, buf_str(&url)) };
	}
	if (url.p)
		mem_wipe(url.p, url.cap);
	buf_done(&url);
	buf_done(&context);
	return 0;
}

static int
on_fed(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;

	if (d->nfed == d->fed_cap) {
		d->fed_cap = d->fed_cap ? d->fed_cap * 2 : 16;
		d->fed = mem_grow(d->fed, d->fed_cap, sizeof *d->fed);
	}
	d->fed[d->nfed++] = (uint32_t)store_int(r, 0);
	return 0;
}

static int
on_webhooks(void *ctx, struct store_row *r)
{
	(void)r;
	/* An older schema, read by an engine that came up before desk, has no such table. */
	return store_run(((struct directory_load *)ctx)->store,
		"SELECT DISTINCT tenant FROM webhooks ORDER BY tenant", on_fed, ctx, "");
}

/* Has the tenant verified this domain, or the nearest one above it that anybody has? */
static bool
has_verified(const struct directory *d, uint32_t tenant, struct str domain)
{
	while (domain.n) {
		const struct dir_domain *dom = map_get(&d->verified, domain);

		if (dom)
			return dom->tenant == tenant;
		domain = str_from(domain, str_find(domain, '.') + 1);
	}
	return false;
}

void
directory_wipe_inbound(const struct inbound *in)
{
	mem_wipe((char *)(uintptr_t)in->url.p, in->url.n);
	mem_wipe((char *)(uintptr_t)in->secret.p, in->secret.n);
}

static int
on_inbound(void *ctx, struct store_row *r)
{
	struct directory_load *l = ctx;
	struct directory *d = l->d;
	struct inbound *in = make(d, sizeof *in), *old;
	size_t at;

	*in = (struct inbound){ .id = store_int(r, 0),
		.tenant = (uint32_t)store_int(r, 1),
		.address = keep(d, store_text(r, 2)),
		.format = keep(d, store_text(r, 3)),
		.ours = store_int(r, 4) != 0 };
	in->url = control_inbound_open(l->keys, &d->arena, in, "url", store_blob(r, 5));
	in->secret = control_inbound_open(l->keys, &d->arena, in, "secret", store_blob(r, 6));
	if (in->url.n == 0) {
		d->unreadable++;
		return 0;
	}
	at = str_rfind(in->address, '@');
	in->verified = in->ours || has_verified(d, in->tenant,
					   at < in->address.n ? str_from(in->address, at + 1)
							      : in->address);
	old = map_get(&d->inbound, in->address);
	if (!old || (in->verified && !old->verified))
		map_put(&d->inbound, in->address, in);
	else
		old = in;
	/* The one that is not used is not looked at any more. */
	if (old)
		directory_wipe_inbound(old);
	return 0;
}

static int
on_forward(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;
	uint64_t at;

	if (nmap_get(&d->tenants, (uint64_t)store_int(r, 0) + 1, &at))
		((struct dir_tenant *)(uintptr_t)at)->forward = (uint8_t)store_int(r, 1);
	return 0;
}

/* As a key of the map: digits, a space, small letters. */
struct str
directory_named(struct buf *b, uint32_t tenant, struct str sender)
{
	buf_clear(b);
	buf_put_u64(b, tenant);
	buf_put_c(b, ' ');
	for (size_t i = 0; i < sender.n; i++)
		buf_put_c(b, ascii_lower(sender.p[i]));
	return buf_str(b);
}

static int
on_rule(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;
	struct buf b;
	struct str key;

	buf_init(&b, INBOUND_ADDRESS_MAX + 32);
	key = keep(d, directory_named(&b, (uint32_t)store_int(r, 0), store_text(r, 1)));
	map_put(&d->blocked, key, d);
	buf_done(&b);
	return 0;
}

static int
on_rules(void *ctx, struct store_row *r)
{
	(void)r;
	return store_run(((struct directory_load *)ctx)->store,
		"SELECT tenant, rule FROM inbound_rules", on_rule, ctx, "");
}

static int
on_mode(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;
	uint64_t at;

	if (nmap_get(&d->tenants, (uint64_t)store_int(r, 0) + 1, &at))
		((struct dir_tenant *)(uintptr_t)at)->sandbox = true;
	return 0;
}

static int
on_address(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;
	const uint32_t whose[] = { (uint32_t)store_int(r, 0), 0 };
	struct buf b;

	buf_init(&b, INBOUND_ADDRESS_MAX + 32);
	for (size_t i = 0; i < 2; i++)
		map_put(&d->proved, keep(d, directory_named(&b, whose[i], store_text(r, 1))),
			d);
	buf_done(&b);
	return 0;
}

static int
on_proved(void *ctx, struct store_row *r)
{
	struct store *s = ((struct directory_load *)ctx)->store;
	int err = store_run(
		s, "SELECT tenant FROM accounts WHERE mode = 'sandbox'", on_mode, ctx, "");

	(void)r;
	return err ? err
	           : store_run(s, "SELECT tenant, key FROM proved WHERE proved <> 0",
			     on_address, ctx, "");
}

static int
on_inbounds(void *ctx, struct store_row *r)
{
	struct store *s = ((struct directory_load *)ctx)->store;
	int err = store_run(s,
		"SELECT id, tenant, address, format, ours, url, secret FROM inbound"
		" ORDER BY id",
		on_inbound, ctx, "");

	(void)r;
	return err ? err
	           : store_run(s, "SELECT tenant, what FROM forwards", on_forward, ctx, "");
}

static int
on_tracking(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;
	int64_t clicks = store_int(r, 2), state = store_int(r, 5);

	if (d->ntracking == d->tracking_cap) {
		d->tracking_cap = d->tracking_cap ? d->tracking_cap * 2 : 16;
		d->tracking = mem_grow(d->tracking, d->tracking_cap, sizeof *d->tracking);
	}
	d->tracking[d->ntracking++] = (struct dir_tracking){
		.tenant = (uint32_t)store_int(r, 0),
		.track = (uint8_t)((store_int(r, 1) ? TRACK_OPENS : 0) |
				   (clicks & CONTROL_CLICKS_HTML ? TRACK_HTML : 0) |
				   (clicks & CONTROL_CLICKS_TEXT ? TRACK_TEXT : 0)),
		.url = state == CONTROL_VERIFIED ? keep(d, store_text(r, 3)) : STR_NONE,
		.host = state != CONTROL_PENDING ? keep(d, store_text(r, 4)) : STR_NONE,
	};
	return 0;
}

static int
on_tracked(void *ctx, struct store_row *r)
{
	(void)r;
	return store_run(((struct directory_load *)ctx)->store,
		"SELECT tenant, opens, clicks, url, host, state FROM tracking ORDER BY tenant",
		on_tracking, ctx, "");
}

static int
on_group(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;
	struct group *g = make(d, sizeof *g);

	g->tenant = (uint32_t)store_int(r, 1);
	g->name = keep(d, store_text(r, 2));
	nmap_put(&d->groups, (uint64_t)store_int(r, 0), (uint64_t)(uintptr_t)g);
	return 0;
}

static int
on_groups(void *ctx, struct store_row *r)
{
	(void)r;
	return store_run(((struct directory_load *)ctx)->store,
		"SELECT id, tenant, name FROM groups WHERE gone = 0", on_group, ctx, "");
}

static int
on_stream(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;

	if (d->nstreams == d->streams_cap) {
		d->streams_cap = d->streams_cap ? d->streams_cap * 2 : 16;
		d->streams = mem_grow(d->streams, d->streams_cap, sizeof *d->streams);
	}
	d->streams[d->nstreams++] = (struct dir_stream){
		.number = MSG_STREAM_NUMBERS + (uint32_t)store_int(r, 0),
		.tenant = (uint32_t)store_int(r, 1),
		.name = keep(d, store_text(r, 2)),
		.how = (uint8_t)((store_int(r, 3) == STREAM_BROADCAST ? MSG_STREAM_BROADCAST
								      : 0) |
				 (store_int(r, 4) ? MSG_STREAM_UNSUBSCRIBE : 0) |
				 (store_int(r, 5) ? MSG_STREAM_ARCHIVED : 0)),
	};
	return 0;
}

static int
on_streams(void *ctx, struct store_row *r)
{
	(void)r;
	return store_run(((struct directory_load *)ctx)->store,
		"SELECT id, tenant, stream, kind, unsubscribe, archived FROM streams"
		" ORDER BY id",
		on_stream, ctx, "");
}

static int
on_limit(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;
	const struct limit_who who = { (uint32_t)store_int(r, 0), (uint64_t)store_int(r, 1) };
	struct limit_set set = { { 0 } };
	uint64_t at;

	for (int i = 0; i < LIMIT_KINDS; i++)
		if (store_int(r, 2 + i) > 0)
			set.most[i] = (uint64_t)store_int(r, 2 + i);
	if (!limit_any(&set))
		return 0;
	if (who.key && nmap_get(&d->key_ids, who.key, &at))
		((struct dir_key *)(uintptr_t)at)->limits = set;
	else if (!who.key && nmap_get(&d->tenants, (uint64_t)who.tenant + 1, &at))
		((struct dir_tenant *)(uintptr_t)at)->limits = set;
	else
		return 0;
	if (d->nlimited == d->limited_cap) {
		d->limited_cap = d->limited_cap ? d->limited_cap * 2 : 16;
		d->limited = mem_grow(d->limited, d->limited_cap, sizeof *d->limited);
	}
	d->limited[d->nlimited++] = who;
	return 0;
}

static int
on_limits(void *ctx, struct store_row *r)
{
	(void)r;
	return store_run(((struct directory_load *)ctx)->store,
		"SELECT tenant, key_id, per_hour, per_day, per_month, sessions FROM limits"
		" ORDER BY tenant, key_id",
		on_limit, ctx, "");
}

static int
on_rolled_key(void *ctx, struct store_row *r)
{
	struct directory *d = ((struct directory_load *)ctx)->d;
	uint64_t at;

	if (nmap_get(&d->key_ids, (uint64_t)store_int(r, 0), &at))
		((struct dir_key *)(uintptr_t)at)->counted_as = (uint64_t)store_int(r, 1);
	return 0;
}

static int
on_rolled(void *ctx, struct store_row *r)
{
	(void)r;
	return store_run(((struct directory_load *)ctx)->store,
		"SELECT key_id, counted_as FROM rolled_keys", on_rolled_key, ctx, "");
}

int
directory_read(struct directory_load *l)
{
	static const struct {
		const char *sql;
		int (*fn)(void *ctx, struct store_row *r);
	} parts[] = {
		{ "SELECT value FROM meta WHERE name = 'version'", on_version },
		{ "SELECT tenant, name, state FROM accounts", on_tenant },
		{ "SELECT id, tenant, name, secret_hash, token_hash, stream, networks, expires,"
		  " plaintext, scopes, enabled FROM keys",
			on_key },
		{ "SELECT id, tenant, domain, verified FROM domains", on_domain },
		{ "SELECT domain, sealed FROM routes ORDER BY domain", on_route },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'webhooks'", on_webhooks },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'tracking'", on_tracked },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'forwards'", on_inbounds },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'groups'", on_groups },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'streams'", on_streams },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'inbound_rules'", on_rules },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'limits'", on_limits },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'proved'", on_proved },
		{ "SELECT 1 FROM sqlite_master WHERE name = 'rolled_keys'", on_rolled },
	};
	/* One transaction: one moment of the database. It writes nothing. */
	int err = store_run(l->store, "BEGIN", NULL, NULL, "");

	for (size_t i = 0; !err && i < sizeof parts / sizeof parts[0]; i++)
		err = store_run(l->store, parts[i].sql, parts[i].fn, l, "");
	store_rollback(l->store);
	return err;
}
