#include "role/desk_zone.h"

#include "base/mem.h"

#define HOSTS_MAX   2u
#define SERVERS_MAX 2u
#define LIST_BYTES  (SERVERS_MAX * NET_TEXT_MAX)

struct desk_zone {
	struct desk *desk;
	struct resolver *resolver;
	char name[256];
	struct str at; /* the part of the name that is asked about */
	void (*fn)(void *ctx, struct str servers);
	void *ctx;
	size_t pending, nservers;
	struct buf list;
};

static void
over(struct desk_zone *z)
{
	z->fn(z->ctx, buf_str(&z->list));
}

/* Who runs a zone names its servers, so they may be any machine: those of a network that only
 * we reach are not for them. */
static void
add(struct desk_zone *z, const struct net_addr *a)
{
	char text[NET_TEXT_MAX];

	if (z->nservers == SERVERS_MAX ||
		(net_not_public(a) && !z->desk->config->lab.private_webhooks))
		return;
	(void)buf_printf(&z->list, "%s%s", z->nservers > 0 ? "," : "", net_text_port(text, a));
	z->nservers++;
}

static void
on_host(void *ctx, const struct resolve_answer *a)
{
	struct desk_zone *z = ctx;

	/* One of each host first: they fail apart. */
	if (a->nhosts > 0 && a->hosts[0].naddrs > 0)
		add(z, &a->hosts[0].addrs[0]);
	if (--z->pending == 0)
		over(z);
}

static void on_names(void *ctx, const struct resolve_texts *t);

static void
on_names(void *ctx, const struct resolve_texts *t)
{
	struct desk_zone *z = ctx;
	size_t n = t->n < HOSTS_MAX ? t->n : HOSTS_MAX, dot = str_find(z->at, '.');
	bool none = t->status == RESOLVE_NO_HOST || t->status == RESOLVE_NO_DOMAIN;

	/* One more than are asked: an answer at once must not end it. */
	z->pending = n + 1;
	for (size_t i = 0; i < n; i++)
		(void)resolve_host(z->resolver, t->at[i], z->desk->dns_port, on_host, z);
	z->pending--;
	if (n > 0 && z->pending > 0)
		return;
	z->at = str_from(z->at, dot + 1);
	if (n == 0 && none && str_find(z->at, '.') < z->at.n)
		resolve_ns(z->resolver, z->at, on_names, z);
	else
		over(z);
}

struct desk_zone *
desk_zone_new(
	struct desk *d, struct str name, void (*fn)(void *ctx, struct str servers), void *ctx)
{
	struct desk_zone *z = MEM_NEW(z);

	z->desk = d;
	z->resolver = resolver_new_brief(d->loop, d->config->outbound.resolver, true);
	buf_init(&z->list, LIST_BYTES);
	z->fn = fn;
	z->ctx = ctx;
	(void)str_copy_z(z->name, sizeof z->name, str_head(name, sizeof z->name - 1));
	z->at = str_z(z->name);
	resolve_ns(z->resolver, z->at, on_names, z);
	return z;
}

void
desk_zone_free(struct desk_zone **pz)
{
	struct desk_zone *z = *pz;

	*pz = NULL;
	if (!z)
		return;
	resolver_free(&z->resolver);
	buf_done(&z->list);
	mem_free(z);
}
