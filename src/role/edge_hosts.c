#include "role/edge_hosts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"

#include <string.h>

#define ARENA_MAX (512u << 20)
#define HOST_MAX  255

struct row {
	uint32_t tenant;
	struct edge_hosts_row row;
};

struct table {
	struct arena arena;
	struct nmap tenants; /* id + 1, as 0 is no key; value = address of the row */
	struct map hosts;    /* lower case → row */
};

struct edge_hosts {
	struct table now, next;
	bool coming; /* next is being filled */
	bool came;   /* this engine told a table */
};

static void
table_init(struct table *t)
{
	arena_init(&t->arena, ARENA_MAX);
	nmap_init(&t->tenants);
	map_init(&t->hosts, random_u64());
}

static void
table_done(struct table *t)
{
	nmap_done(&t->tenants);
	map_done(&t->hosts);
	arena_done(&t->arena);
}

static void
table_clear(struct table *t)
{
	table_done(t);
	table_init(t);
}

struct edge_hosts *
edge_hosts_new(void)
{
	struct edge_hosts *h = MEM_NEW(h);

	table_init(&h->now);
	table_init(&h->next);
	return h;
}

void
edge_hosts_free(struct edge_hosts **ph)
{
	struct edge_hosts *h = *ph;

	*ph = NULL;
	if (!h)
		return;
	table_done(&h->now);
	table_done(&h->next);
	mem_free(h);
}

static struct str
keep(struct table *t, struct str s)
{
	struct str copy = arena_str(&t->arena, s);

	/* The engine's own table has the same bound. */
	must(copy.p);
	return copy;
}

static void
row_add(struct table *t, const struct msg_tracking *m)
{
	struct row *r = arena_alloc(&t->arena, sizeof *r);

	must(r);
	r->tenant = m->tenant;
	r->row = (struct edge_hosts_row){ m->track, keep(t, m->url) };
	nmap_put(&t->tenants, (uint64_t)m->tenant + 1, (uint64_t)(uintptr_t)r);
	/* Two may have a host for a moment, when one lost it: whose links begin with it wins.
	 */
	if (m->host.n && (m->url.n || !map_get(&t->hosts, m->host)))
		(void)map_put(&t->hosts, keep(t, m->host), r);
}

void
edge_hosts_take(struct edge_hosts *h, const struct msg_tracking *m)
{
	if (m->part & TRACKING_FIRST) {
		table_clear(&h->next);
		h->coming = true;
	}
	if (!h->coming)
		return;
	if (m->tenant)
		row_add(&h->next, m);
	if (m->part & TRACKING_LAST) {
		struct table old = h->now;

		h->now = h->next;
		table_done(&old);
		table_init(&h->next);
		h->coming = false;
		h->came = true;
	}
}

void
edge_hosts_ready(struct edge_hosts *h)
{
	if (!h->came)
		table_clear(&h->now);
}

void
edge_hosts_lost(struct edge_hosts *h)
{
	h->coming = h->came = false;
}

static const struct row *
row_of(const struct edge_hosts *h, uint32_t tenant)
{
	uint64_t at;

	if (!nmap_get(&h->now.tenants, (uint64_t)tenant + 1, &at))
		return NULL;
	return (const struct row *)(uintptr_t)at;
}

struct edge_hosts_row
edge_hosts_of(const struct edge_hosts *h, uint32_t tenant)
{
	const struct row *r = row_of(h, tenant);

	return r ? r->row : (struct edge_hosts_row){ 0, STR_NONE };
}

bool
edge_hosts_serves(const struct edge_hosts *h, struct str host, uint32_t tenant)
{
	char text[HOST_MAX];
	const struct row *r;

	if (h->now.hosts.used == 0)
		return true;
	host = str_head(host, str_find(host, ':'));
	if (host.n > 0 && host.p[host.n - 1] == '.')
		host = str_head(host, host.n - 1);
	if (host.n == 0 || host.n > sizeof text)
		return true;
	for (size_t i = 0; i < host.n; i++)
		text[i] = ascii_lower(host.p[i]);
	r = map_get(&h->now.hosts, str_of(text, host.n));
	return !r || r->tenant == tenant;
}
