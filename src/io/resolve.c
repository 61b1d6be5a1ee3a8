#include "io/resolve_inner.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"

#include <errno.h>

#define CACHE_MAX   10000u /* answers kept */
#define ENTRIES_MAX 20000u /* answers kept and questions under way */
#define TTL_MIN_US  UINT64_C(30000000)
#define TTL_MAX_US  UINT64_C(3600000000)
#define FAIL_US     UINT64_C(60000000)

struct waiter {
	struct link link;
	uint64_t id;
	uint16_t port;
	void (*fn)(void *ctx, const struct resolve_answer *a);
	void *ctx;
};

static void
entry_free(struct resolver *r, struct resolve_entry *e)
{
	struct link *it;

	while ((it = list_pop(&e->waiters))) {
		struct waiter *w = LIST_OF(it, struct waiter, link);

		nmap_del(&r->waiting, w->id);
		mem_free(w);
	}
	mem_free(e->hosts);
	mem_free(e->found);
	mem_free(e->parts);
	mem_free(e);
}

static void
remove_entry(struct resolver *r, struct resolve_entry *e)
{
	must(e->done && list_empty(&e->waiters));
	must(map_del(&r->entries, str_z(e->key)) == e);
	r->all[e->index] = r->all[--r->n];
	r->all[e->index]->index = e->index;
	entry_free(r, e);
}

static void
evict_one(struct resolver *r)
{
	for (int i = 0; i < 8; i++) {
		struct resolve_entry *e = r->all[random_below((uint32_t)r->n)];

		if (e->done) {
			remove_entry(r, e);
			return;
		}
	}
}

static struct resolve_entry *
add_entry(struct resolver *r, const char *key)
{
	struct resolve_entry *e = MEM_NEW(e);

	if (r->n >= CACHE_MAX)
		evict_one(r);
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64;
		r->all = mem_grow(r->all, r->cap, sizeof *r->all);
	}
	e->resolver = r;
	(void)str_copy_z(e->key, sizeof e->key, str_z(key));
	list_init(&e->waiters);
	e->index = r->n;
	r->all[r->n++] = e;
	must(!map_put(&r->entries, str_z(e->key), e));
	return e;
}

static void
set_port(struct net_addr *a, uint16_t port)
{
	if (a->u.sa.sa_family == AF_INET)
		a->u.in4.sin_port = htons(port);
	else
		a->u.in6.sin6_port = htons(port);
}

/* RFC 5321 5.1: senders spread over hosts of equal preference. */
static void
shuffle_equals(struct resolve_answer *a)
{
	for (size_t from = 0, to; from < a->nhosts; from = to) {
		to = from + 1;
		while (to < a->nhosts && a->hosts[to].preference == a->hosts[from].preference)
			to++;
		for (size_t i = to - 1; i > from; i--) {
			size_t j = from + random_below((uint32_t)(i - from + 1));
			struct resolve_host h = a->hosts[i];

			a->hosts[i] = a->hosts[j];
			a->hosts[j] = h;
		}
	}
}

static void
give(struct resolve_answer *a, const struct waiter *w)
{
	shuffle_equals(a);
	for (size_t i = 0; i < a->nhosts; i++)
		for (size_t k = 0; k < a->hosts[i].naddrs; k++)
			set_port(&a->hosts[i].addrs[k], w->port);
	w->fn(w->ctx, a);
}

static struct resolve_answer *
answer_of(const struct resolve_entry *e)
{
	struct resolve_answer *a = MEM_NEW(a);

	a->status = e->status;
	a->mx = e->mx;
	memcpy(a->why, e->why, sizeof a->why);
	a->nhosts = e->nhosts;
	if (e->nhosts > 0)
		memcpy(a->hosts, e->hosts, e->nhosts * sizeof *a->hosts);
	return a;
}

void
resolve_finish(struct resolve_entry *e, enum resolve_status status, const char *why)
{
	struct resolver *r = e->resolver;
	uint64_t keep = e->ttl_us;
	struct resolve_answer *a;
	struct link ready, *it;

	must(!e->done);
	if (status != RESOLVE_OK && status != RESOLVE_NULL_MX)
		keep = FAIL_US;
	else if (keep < TTL_MIN_US)
		keep = TTL_MIN_US;
	else if (keep > TTL_MAX_US)
		keep = TTL_MAX_US;
	e->done = true;
	e->status = status;
	e->expires = loop_mono(r->loop) + keep;
	(void)str_copy_z(e->why, sizeof e->why, str_head(str_z(why), sizeof e->why - 1));
	a = answer_of(e);
	list_put_before(&e->waiters, &ready);
	list_del(&e->waiters);
	/* From here on e may be gone: a call may flush the cache. */
	while ((it = list_pop(&ready))) {
		struct waiter *w = LIST_OF(it, struct waiter, link);

		nmap_del(&r->waiting, w->id);
		give(a, w);
		mem_free(w);
	}
	mem_free(a);
}

static void
give_once(enum resolve_status status, const char *why, const struct net_addr *addr,
	struct waiter w)
{
	struct resolve_answer *a = MEM_NEW(a);

	a->status = status;
	(void)str_copy_z(a->why, sizeof a->why, str_z(why));
	if (addr) {
		a->nhosts = a->hosts[0].naddrs = 1;
		a->hosts[0].addrs[0] = *addr;
		net_text(a->hosts[0].name, addr);
	}
	give(a, &w);
	mem_free(a);
}

static uint64_t
wait_for(struct resolve_entry *e, struct waiter w)
{
	struct waiter *own = MEM_NEW(own);

	*own = w;
	list_init(&own->link);
	own->id = ++e->resolver->last_id;
	list_push(&e->waiters, &own->link);
	nmap_put(&e->resolver->waiting, own->id, (uint64_t)(uintptr_t)own);
	return own->id;
}

static void
restart(struct resolve_entry *e)
{
	e->done = e->mx = false;
	mem_free(e->hosts);
	e->hosts = NULL;
	e->nhosts = 0;
	e->ttl_us = TTL_MAX_US;
	if (!e->resolver->channel)
		resolve_finish(e, RESOLVE_NO_DOMAIN, "no such domain");
	else
		resolve_begin(e);
}

static uint64_t
ask(struct resolver *r, char kind, struct str name, struct waiter w)
{
	char key[RESOLVE_KEY_MAX];
	struct resolve_entry *e;
	uint64_t id;
	bool fresh;

	if (str_ends(name, STR_LIT(".")))
		name.n--;
	if (name.n == 0 || name.n > 253 || str_find(name, '\0') < name.n) {
		give_once(RESOLVE_NO_DOMAIN, "not a domain name", NULL, w);
		return 0;
	}
	key[0] = kind;
	for (size_t i = 0; i < name.n; i++)
		key[i + 1] = ascii_lower(name.p[i]);
	key[name.n + 1] = '\0';
	e = map_get(&r->entries, str_z(key));
	if (!e && r->n >= ENTRIES_MAX) {
		give_once(RESOLVE_FAILED, "too many DNS questions under way", NULL, w);
		return 0;
	}
	fresh = !e;
	if (fresh)
		e = add_entry(r, key);
	if (!fresh && e->done && loop_mono(r->loop) < e->expires) {
		struct resolve_answer *a = answer_of(e);

		give(a, &w);
		mem_free(a);
		return 0;
	}
	id = wait_for(e, w);
	if (fresh || e->done)
		restart(e);
	/* A question that failed at once was answered already. */
	return nmap_get(&r->waiting, id, &(uint64_t){ 0 }) ? id : 0;
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]" (RFC 5321 4.1.3), and bare addresses. */
static bool
is_literal(struct str s, struct net_addr *ret_a)
{
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = str_of(s.p + 1, s.n - 2);
	if (str_istarts(s, STR_LIT("IPv6:")))
		s = str_from(s, 5);
	return net_parse(s, 0, ret_a) == 0;
}

static uint64_t
ask_any(struct resolver *r, char kind, struct str name, struct waiter w)
{
	struct net_addr a;

	if (!is_literal(name, &a))
		return ask(r, kind, name, w);
	give_once(RESOLVE_OK, "", &a, w);
	return 0;
}

uint64_t
resolve_mx(struct resolver *r, struct str domain, uint16_t port,
	void (*fn)(void *ctx, const struct resolve_answer *a), void *ctx)
{
	return ask_any(r, 'm', domain, (struct waiter){ .port = port, .fn = fn, .ctx = ctx });
}

uint64_t
resolve_host(struct resolver *r, struct str host, uint16_t port,
	void (*fn)(void *ctx, const struct resolve_answer *a), void *ctx)
{
	return ask_any(r, 'h', host, (struct waiter){ .port = port, .fn = fn, .ctx = ctx });
}

void
resolve_cancel(struct resolver *r, uint64_t handle)
{
	uint64_t p;
	struct waiter *w;

	if (handle == 0 || !nmap_get(&r->waiting, handle, &p))
		return;
	nmap_del(&r->waiting, handle);
	w = (struct waiter *)(uintptr_t)p;
	list_del(&w->link);
	mem_free(w);
}

void
resolver_flush(struct resolver *r)
{
	for (size_t i = r->n; i > 0; i--)
		if (r->all[i - 1]->done)
			remove_entry(r, r->all[i - 1]);
}

static struct resolver *
make(struct loop *l)
{
	struct resolver *r = MEM_NEW(r);

	r->loop = l;
	map_init(&r->entries, random_u64());
	nmap_init(&r->waiting);
	list_init(&r->socks);
	return r;
}

struct resolver *
resolver_new(struct loop *l, struct str servers, bool ipv4, bool ipv6)
{
	struct resolver *r = make(l);

	r->ipv4 = ipv4;
	r->ipv6 = ipv6;
	resolve_open(r, servers);
	return r;
}

struct resolver *
resolver_new_brief(struct loop *l, struct str servers, bool recursive)
{
	struct resolver *r = make(l);

	r->ipv4 = r->ipv6 = r->brief = true;
	r->direct = !recursive;
	resolve_open(r, servers);
	return r;
}

void
resolver_no_hosts(struct resolver *r)
{
	r->no_hosts = true;
}

struct resolver *
resolver_fake(struct loop *l)
{
	return make(l);
}

void
resolver_fake_put(struct resolver *r, struct str domain, const struct resolve_answer *a)
{
	char key[RESOLVE_KEY_MAX] = "m";
	struct resolve_entry *e;

	must(str_copy_z(key + 1, sizeof key - 1, domain) == 0);
	key[0] = a->mx || a->status == RESOLVE_NULL_MX ? 'm' : 'h';
	for (int i = 0; i < 2; i++, key[0] = 'm') {
		e = map_get(&r->entries, str_z(key));
		if (e)
			remove_entry(r, e);
		e = add_entry(r, key);
		e->done = true;
		e->expires = UINT64_MAX;
		e->status = a->status;
		e->mx = a->mx;
		memcpy(e->why, a->why, sizeof e->why);
		e->nhosts = a->nhosts;
		e->hosts = mem_new(a->nhosts, sizeof *e->hosts);
		memcpy(e->hosts, a->hosts, a->nhosts * sizeof *e->hosts);
		if (key[0] == 'm')
			break;
	}
}

void
resolver_free(struct resolver **pr)
{
	struct resolver *r = *pr;

	*pr = NULL;
	if (!r)
		return;
	r->closing = true;
	resolve_close(r);
	for (size_t i = 0; i < r->n; i++)
		entry_free(r, r->all[i]);
	mem_free(r->all);
	map_done(&r->entries);
	nmap_done(&r->waiting);
	mem_free(r);
}
