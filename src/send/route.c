#include "send/route.h"

#include "base/mem.h"
#include "base/must.h"

#define ROUTES_BYTES_MAX (64u << 20)

/* A next hop that was chosen by the operator is trusted with more than a stranger's MX. */
#define HOST_CONNECTIONS 20u
#define HOST_MESSAGES    1000u
#define MX_CONNECTIONS   5u
#define MX_MESSAGES      20u

struct route {
	struct str site; /* host:port, for people */
	struct url_route url;
};

struct routes {
	struct arena arena;
	struct map by_domain, sites; /* domain → struct route, struct config_site */
	struct route *lab;
	struct str *sources; /* every "IPv4 IPv6" there can be, or one of them alone */
	size_t nv4, nv6;
	uint16_t port;
};

static struct str
lower(struct arena *a, struct str s)
{
	struct str copy = arena_str(a, s);

	must(copy.p != NULL);
	for (size_t i = 0; i < copy.n; i++)
		((char *)copy.p)[i] = ascii_lower(copy.p[i]);
	return copy;
}

/* ".example.com" is another way to say "example.com and what is below it": the look-up goes up
 * the labels anyway. */
static struct str
pattern(struct arena *a, struct str domain)
{
	return lower(a, str_from(domain, str_starts(domain, STR_LIT("."))));
}

static struct route *
route_new(struct routes *r, struct str url)
{
	struct route *t = arena_alloc(&r->arena, sizeof *t);
	const char *why;
	bool v6;

	must(t != NULL);
	if (url_route_parse(&r->arena, arena_str(&r->arena, url), &t->url, &why))
		return NULL;
	t->url.host = lower(&r->arena, t->url.host);
	v6 = str_find(t->url.host, ':') < t->url.host.n;
	t->site = arena_printf(&r->arena, v6 ? "[%.*s]:%u" : "%.*s:%u", STR_ARG(t->url.host),
		(unsigned)t->url.port);
	must(t->site.p != NULL);
	return t;
}

/* The first route of a domain stays: extra ones come first. */
static void
add_route(struct routes *r, const struct config_route *from)
{
	struct str domain = pattern(&r->arena, from->domain);
	struct route *t;

	if (map_get(&r->by_domain, domain))
		return;
	t = route_new(r, from->url);
	if (t)
		map_put(&r->by_domain, domain, t);
}

static void
add_site(struct routes *r, const struct config_site *from)
{
	struct config_site *s = arena_alloc(&r->arena, sizeof *s);

	must(s != NULL);
	*s = *from;
	s->domain = pattern(&r->arena, from->domain);
	if (!map_get(&r->sites, s->domain))
		map_put(&r->sites, s->domain, s);
}

static bool
is_v6(struct str address)
{
	return str_find(address, ':') < address.n;
}

static void
add_sources(struct routes *r, const struct config *c)
{
	struct str v4[CONFIG_LIST_MAX] = { 0 }, v6[CONFIG_LIST_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < c->outbound.naddresses; i++) {
		struct str a = c->outbound.addresses[i];

		if (is_v6(a))
			v6[r->nv6++] = a;
		else
			v4[r->nv4++] = a;
	}
	r->sources = arena_alloc(&r->arena, (r->nv4 + 1) * (r->nv6 + 1) * sizeof *r->sources);
	must(r->sources != NULL);
	for (size_t i = 0; i < (r->nv4 ? r->nv4 : 1); i++)
		for (size_t k = 0; k < (r->nv6 ? r->nv6 : 1); k++)
			r->sources[n++] =
				r->nv4 == 0   ? arena_str(&r->arena, r->nv6 ? v6[k] : STR_NONE)
				: r->nv6 == 0 ? arena_str(&r->arena, v4[i])
					      : arena_printf(&r->arena, "%.*s %.*s",
							STR_ARG(v4[i]), STR_ARG(v6[k]));
}

struct routes *
routes_new(const struct config *c, const struct config_route *extra, size_t n)
{
	struct routes *r = MEM_NEW(r);

	arena_init(&r->arena, ROUTES_BYTES_MAX);
	map_init(&r->by_domain, 0);
	map_init(&r->sites, 0);
	r->port = c->outbound.port;
	for (size_t i = 0; i < n; i++)
		add_route(r, &extra[i]);
	for (size_t i = 0; i < c->outbound.nroutes; i++)
		add_route(r, &c->outbound.routes[i]);
	for (size_t i = 0; i < c->outbound.nsites; i++)
		add_site(r, &c->outbound.sites[i]);
	if (c->lab.on && c->lab.deliver_to.n)
		r->lab = route_new(r, c->lab.deliver_to);
	add_sources(r, c);
	return r;
}

void
routes_free(struct routes **rp)
{
	struct routes *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	map_done(&r->by_domain);
	map_done(&r->sites);
	arena_done(&r->arena);
	mem_free(r);
}

/* The value of domain, or of the nearest domain above it, or of "*". */
static void *
nearest(const struct map *m, struct str domain)
{
	void *v;

	while (domain.n) {
		v = map_get(m, domain);
		if (v)
			return v;
		domain = str_from(domain, str_find(domain, '.') + 1);
	}
	return map_get(m, STR_LIT("*"));
}

static const struct route *
way(const struct routes *r, struct str domain)
{
	return r->lab ? r->lab : nearest(&r->by_domain, domain);
}

/* The limits nobody wrote are about strangers' MXs, a route's host takes more; numbers of the
 * configuration's own count for both. */
static void
host_limits(const struct routes *r, const struct route *t, struct door_limits *ret)
{
	const struct config_site *s = nearest(&r->sites, t->url.host);

	*ret = (struct door_limits){ HOST_CONNECTIONS, HOST_MESSAGES, 0 };
	if (s && !s->implied)
		*ret = (struct door_limits){ s->connections, s->messages, s->rate };
}

static void
mx_limits(const struct routes *r, struct str domain, struct door_limits *ret)
{
	const struct config_site *s = nearest(&r->sites, domain);

	*ret = (struct door_limits){ MX_CONNECTIONS, MX_MESSAGES, 0 };
	if (s)
		*ret = (struct door_limits){ s->connections, s->messages, s->rate };
}

/* The same tenant comes to the same site from the same address: what a site learns about an
 * address is about one sender. Whether the site is reached over IPv4 or IPv6 is only known once
 * its name is resolved, so there is one address of each family that is configured. */
static struct str
source(const struct routes *r, uint32_t tenant, struct str site)
{
	uint64_t h = hash_bytes(tenant, site);

	if (r->nv4 + r->nv6 == 0)
		return STR_NONE;
	return r->sources[(r->nv4 ? h % r->nv4 : 0) * (r->nv6 ? r->nv6 : 1) +
			  (r->nv6 ? h / (r->nv4 + 1) % r->nv6 : 0)];
}

void
routes_find(const struct routes *r, struct str domain, uint32_t tenant, uint8_t stream,
	struct door_key *ret)
{
	const struct route *t = way(r, domain);

	(void)stream; /* pools by stream come with source pools */
	*ret = (struct door_key){ .user = STR_NONE, .secret = STR_NONE };
	if (t) {
		ret->kind = ROUTE_HOST;
		ret->site = t->site;
		ret->host = t->url.host;
		ret->port = t->url.port;
		ret->tls = (uint8_t)(t->url.implicit_tls ? 3 : t->url.tls);
		ret->user = t->url.user;
		ret->secret = t->url.secret;
		host_limits(r, t, &ret->limits);
	} else {
		ret->kind = ROUTE_MX;
		ret->site = ret->host = domain;
		ret->port = r->port;
		mx_limits(r, domain, &ret->limits);
	}
	ret->source = source(r, tenant, ret->site);
}

bool
routes_fixed(const struct routes *r, struct str domain)
{
	const struct route *t = way(r, domain);

	return (t ? t->url.port : r->port) != 25;
}
