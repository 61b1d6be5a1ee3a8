#include "account/directory_own.h"

#include "account/control.h"
#include "account/control_inbound.h"
#include "account/control_schema.h"
#include "base/map.h"
#include "base/mem.h"
#include "io/random.h"

#include <errno.h>
#include <limits.h>

#define ARENA_MAX (512u << 20)

static struct directory *
make_empty(void)
{
	struct directory *d = MEM_NEW(d);

	arena_init(&d->arena, ARENA_MAX);
	map_init(&d->keys, random_u64());
	map_init(&d->tokens, random_u64());
	map_init(&d->domains, random_u64());
	map_init(&d->names, random_u64());
	map_init(&d->verified, random_u64());
	map_init(&d->inbound, random_u64());
	map_init(&d->blocked, random_u64());
	map_init(&d->proved, random_u64());
	nmap_init(&d->tenants);
	nmap_init(&d->groups);
	nmap_init(&d->key_ids);
	directory_add_tenant(d, 0, STR_LIT("system"), false);
	return d;
}

int
directory_load(const char *state, const struct seal_keys *keys, struct directory **ret_d)
{
	char path[PATH_MAX];
	struct directory_load l = { .keys = keys };
	int n = snprintf(path, sizeof path, "%s/" CONTROL_FILE, state);
	int err = n < 0 || (size_t)n >= sizeof path
	                  ? -EIO
	                  : store_open(path, STORE_READ, &control_schema, &l.store);

	if (err && err != -ENOENT)
		return -EIO;
	l.d = make_empty();
	if (!err) {
		err = directory_read(&l);
		store_free(&l.store);
		if (err) {
			directory_free(&l.d);
			return -EIO;
		}
	}
	*ret_d = l.d;
	return 0;
}

void
directory_free(struct directory **pd)
{
	struct directory *d = *pd;
	struct str key;
	size_t pos = 0;
	void *v;

	if (!d)
		return;
	while (map_next(&d->domains, &pos, &key, &v)) {
		struct dir_domain *dom = v;

		for (size_t i = 0; i < dom->nsigners; i++)
			EVP_PKEY_free(dom->signers[i].key);
	}
	for (size_t i = 0; i < d->nroutes; i++)
		mem_wipe((char *)(uintptr_t)d->routes[i].url.p, d->routes[i].url.n);
	pos = 0;
	while (map_next(&d->inbound, &pos, &key, &v))
		directory_wipe_inbound(v);
	map_done(&d->verified);
	map_done(&d->inbound);
	map_done(&d->blocked);
	map_done(&d->proved);
	map_done(&d->keys);
	map_done(&d->tokens);
	map_done(&d->domains);
	map_done(&d->names);
	nmap_done(&d->tenants);
	nmap_done(&d->groups);
	nmap_done(&d->key_ids);
	mem_free(d->routes);
	mem_free(d->fed);
	mem_free(d->limited);
	mem_free(d->tracking);
	mem_free(d->streams);
	arena_done(&d->arena);
	mem_free(d);
	*pd = NULL;
}

uint64_t
directory_version(const struct directory *d)
{
	return d->version;
}

size_t
directory_unreadable(const struct directory *d)
{
	return d->unreadable;
}

const struct dir_key *
directory_key(const struct directory *d, struct str name)
{
	return map_get(&d->keys, name);
}

const struct dir_key *
directory_key_of(const struct directory *d, uint32_t tenant, uint64_t id)
{
	const struct dir_key *k;
	uint64_t at;

	if (id == 0 || id == UINT64_MAX || !nmap_get(&d->key_ids, id, &at))
		return NULL;
	k = (const struct dir_key *)(uintptr_t)at;
	return k->tenant == tenant ? k : NULL;
}

const struct limit_who *
directory_limited(const struct directory *d, size_t *ret_n)
{
	*ret_n = d->nlimited;
	return d->limited;
}

bool
directory_plain_keys(const struct directory *d)
{
	return d->plain_keys;
}

const struct dir_key *
directory_token(const struct directory *d, const uint8_t hash[32])
{
	return map_get(&d->tokens, str_of(hash, 32));
}

const struct dir_domain *
directory_domain(const struct directory *d, uint32_t tenant, struct str domain)
{
	char name[4 + DIRECTORY_DOMAIN_MAX];

	return map_get(&d->domains, directory_domain_name(name, tenant, domain));
}

const struct dir_tenant *
directory_tenant(const struct directory *d, uint32_t id)
{
	uint64_t at;

	if (!nmap_get(&d->tenants, (uint64_t)id + 1, &at))
		return NULL;
	return (const struct dir_tenant *)(uintptr_t)at;
}

const struct dir_tenant *
directory_tenant_named(const struct directory *d, struct str name)
{
	return map_get(&d->names, name);
}

const uint32_t *
directory_fed(const struct directory *d, size_t *ret_n)
{
	*ret_n = d->nfed;
	return d->fed;
}

const struct dir_tracking *
directory_tracking(const struct directory *d, size_t *ret_n)
{
	*ret_n = d->ntracking;
	return d->tracking;
}

const struct dir_stream *
directory_streams(const struct directory *d, size_t *ret_n)
{
	*ret_n = d->nstreams;
	return d->streams;
}

const struct dir_stream *
directory_stream(const struct directory *d, uint32_t tenant, uint32_t number)
{
	size_t from = 0, to = d->nstreams;

	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (d->streams[at].number < number)
			from = at + 1;
		else
			to = at;
	}
	return from < d->nstreams && d->streams[from].number == number &&
	                       d->streams[from].tenant == tenant
	               ? &d->streams[from]
	               : NULL;
}

const struct inbound *
directory_inbound(const struct directory *d, struct str address)
{
	char text[INBOUND_ADDRESS_MAX];
	size_t at = str_rfind(address, '@');
	const struct inbound *in, *all;

	if (address.n > sizeof text || at == address.n)
		return NULL;
	for (size_t i = 0; i < address.n; i++)
		text[i] = ascii_lower(address.p[i]);
	in = map_get(&d->inbound, str_of(text, address.n));
	if (in && in->verified)
		return in;
	/* Who only names an address of a domain takes nothing from whose domain it is. */
	all = map_get(&d->inbound, str_of(text + at + 1, address.n - at - 1));
	return all && (all->verified || !in) ? all : in;
}

bool
directory_blocks(const struct directory *d, uint32_t tenant, struct str sender)
{
	size_t at = str_rfind(sender, '@');
	struct buf b;
	bool is;

	if (sender.n == 0 || sender.n > INBOUND_ADDRESS_MAX)
		return false;
	buf_init(&b, INBOUND_ADDRESS_MAX + 32);
	is = map_get(&d->blocked, directory_named(&b, tenant, sender)) != NULL;
	if (!is && at < sender.n)
		is = map_get(&d->blocked,
			     directory_named(&b, tenant, str_from(sender, at + 1))) != NULL;
	buf_done(&b);
	return is;
}

bool
directory_proved(const struct directory *d, uint32_t tenant, struct str address)
{
	struct buf b;
	bool is;

	if (address.n == 0 || address.n > INBOUND_ADDRESS_MAX)
		return false;
	buf_init(&b, INBOUND_ADDRESS_MAX + 32);
	is = map_get(&d->proved, directory_named(&b, tenant, address)) != NULL;
	buf_done(&b);
	return is;
}

static const struct group *
group_of(const struct directory *d, uint32_t tenant, uint32_t group)
{
	const struct group *g;
	uint64_t at;

	if (group == 0 || !nmap_get(&d->groups, group, &at))
		return NULL;
	g = (const struct group *)(uintptr_t)at;
	return g->tenant == tenant ? g : NULL;
}

bool
directory_group(const struct directory *d, uint32_t tenant, uint32_t group)
{
	return group_of(d, tenant, group) != NULL || directory_stream(d, tenant, group);
}

struct str
directory_group_name(const struct directory *d, uint32_t tenant, uint32_t group)
{
	const struct group *g = group_of(d, tenant, group);

	return g ? g->name : STR_NONE;
}

const struct config_route *
directory_routes(const struct directory *d, size_t *ret_n)
{
	*ret_n = d->nroutes;
	return d->routes;
}
