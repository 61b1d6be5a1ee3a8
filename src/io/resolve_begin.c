#include "base/mem.h"
#include "base/must.h"
#include "io/resolve_inner.h"

#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>

/* One query on behalf of an entry, with the CNAMEs followed so far. */
struct step {
	struct resolve_entry *e;
	uint16_t type;
	unsigned hops;
};

static void on_mx(void *ctx, enum resolve_rc rc, struct str packet, const char *why);
static void on_addr(void *ctx, enum resolve_rc rc, struct str packet, const char *why);

static void
ask(struct resolve_entry *e, const char *name, uint16_t type, unsigned hops)
{
	struct step *s = MEM_NEW(s);

	*s = (struct step){ e, type, hops };
	resolve_open_ask(e->resolver, name, type, type == DNS_MX ? on_mx : on_addr, s);
}

static void
note_ttl(struct resolve_entry *e, uint64_t ttl_us)
{
	if (ttl_us < e->ttl_us)
		e->ttl_us = ttl_us;
}

/* Parses; follows a CNAME whose target the server left out. True: another query is under way.
 */
static bool
parse(struct step *s, struct str packet, struct dns_answer *a, int *ret_rc)
{
	struct resolve_entry *e = s->e;

	*ret_rc = dns_answer_parse(packet, s->type, a);
	if (*ret_rc < 0)
		return false;
	note_ttl(e, (uint64_t)a->ttl_s * 1000000);
	if (a->hops == 0 || a->nmx > 0 || a->naddrs > 0 || a->null_mx)
		return false;
	if (s->hops + a->hops > DNS_HOPS_MAX) {
		*ret_rc = -ELOOP;
		return false;
	}
	ask(e, a->final, s->type, s->hops + a->hops);
	return true;
}

static void
why_about(struct resolve_entry *e, const char *why)
{
	snprintf(e->why, sizeof e->why, "%.60s: %.90s", e->key + 1, why);
}

/* Addresses of both families side by side: IPv4 first, since more receivers trust it. */
static void
merge_addrs(struct resolve_entry *e)
{
	struct resolve_host *h = MEM_NEW(h);
	const struct dns_answer *four = &e->found[0], *six = &e->found[1];

	(void)str_copy_z(h->name, sizeof h->name, str_z(e->key + 1));
	for (size_t i = 0; i < DNS_ADDR_MAX; i++) {
		if (i < four->naddrs && h->naddrs < RESOLVE_ADDRS_MAX)
			h->addrs[h->naddrs++] = four->addrs[i];
		if (i < six->naddrs && h->naddrs < RESOLVE_ADDRS_MAX)
			h->addrs[h->naddrs++] = six->addrs[i];
	}
	e->hosts = h;
	e->nhosts = 1;
}

static void
host_over(struct resolve_entry *e)
{
	char why[160];

	if (--e->pending > 0)
		return;
	merge_addrs(e);
	mem_free(e->found);
	e->found = NULL;
	memcpy(why, e->why, sizeof why);
	if (e->hosts->naddrs > 0) {
		resolve_finish(e, RESOLVE_OK, "");
		return;
	}
	e->nhosts = 0;
	if (e->loop)
		resolve_finish(e, RESOLVE_LOOP, "CNAME records lead in a circle");
	else if (e->temporary)
		resolve_finish(e, RESOLVE_FAILED, why);
	else if (e->exists)
		resolve_finish(e, RESOLVE_NO_HOST, "the domain has no address");
	else
		resolve_finish(e, RESOLVE_NO_DOMAIN, "the domain does not exist");
}

static void
on_addr(void *ctx, enum resolve_rc rc, struct str packet, const char *why)
{
	struct step s = *(struct step *)ctx;
	struct resolve_entry *e = s.e;
	struct dns_answer *a = &e->found[s.type == DNS_A ? 0 : 1];
	int parsed = 0;

	mem_free(ctx);
	if (rc == RESOLVE_RC_OK && parse(&s, packet, a, &parsed))
		return;
	if (rc != RESOLVE_RC_NXDOMAIN)
		e->exists = true;
	if (parsed == -ELOOP)
		e->loop = true;
	else if (parsed < 0)
		why = "the DNS server's answer is damaged";
	if (rc == RESOLVE_RC_FAILED || (parsed < 0 && parsed != -ELOOP)) {
		e->temporary = true;
		why_about(e, why);
	}
	if (parsed < 0)
		a->naddrs = 0;
	host_over(e);
}

/* The hosts file, for names of this machine and of labs. */
static bool
in_hosts_file(struct resolve_entry *e, int family, struct dns_answer *a)
{
	struct hostent *h;

	if (e->resolver->no_hosts)
		return false;
	if (ares_gethostbyname_file(e->resolver->channel, e->key + 1, family, &h) !=
		ARES_SUCCESS)
		return false;
	for (size_t i = 0; h->h_addr_list[i] && a->naddrs < DNS_ADDR_MAX; i++) {
		struct net_addr *to = &a->addrs[a->naddrs++];

		to->u.sa.sa_family = (sa_family_t)family;
		to->len = family == AF_INET ? sizeof to->u.in4 : sizeof to->u.in6;
		if (family == AF_INET)
			memcpy(&to->u.in4.sin_addr, h->h_addr_list[i], 4);
		else
			memcpy(&to->u.in6.sin6_addr, h->h_addr_list[i], 16);
	}
	ares_free_hostent(h);
	return a->naddrs > 0;
}

static void
begin_host(struct resolve_entry *e)
{
	struct resolver *r = e->resolver;
	bool local;

	e->found = mem_new(2, sizeof *e->found);
	e->pending = 1;
	local = r->ipv4 && in_hosts_file(e, AF_INET, &e->found[0]);
	local = (r->ipv6 && in_hosts_file(e, AF_INET6, &e->found[1])) || local;
	if (!local && r->ipv4) {
		e->pending++;
		ask(e, e->key + 1, DNS_A, 0);
	}
	if (!local && r->ipv6) {
		e->pending++;
		ask(e, e->key + 1, DNS_AAAA, 0);
	}
	host_over(e);
}

/* All hosts of an MX entry are known: those without an address drop out. */
static void
mx_over(struct resolve_entry *e)
{
	char why[160];
	size_t n = 0;

	if (--e->pending > 0)
		return;
	for (size_t i = 0; i < e->nhosts; i++)
		if (e->hosts[i].naddrs > 0)
			e->hosts[n++] = e->hosts[i];
	e->nhosts = n;
	mem_free(e->parts);
	e->parts = NULL;
	memcpy(why, e->why, sizeof why);
	if (n > 0)
		resolve_finish(e, RESOLVE_OK, "");
	else if (e->temporary)
		resolve_finish(e, RESOLVE_FAILED, why);
	else
		resolve_finish(e, RESOLVE_NO_HOST, "no mail host of the domain has an address");
}

/* An answer is no longer good than that of the host it names. */
static void
note_host_ttl(struct resolve_entry *e, const char *name)
{
	char key[RESOLVE_KEY_MAX] = "h";
	const struct resolve_entry *host;
	uint64_t now = loop_mono(e->resolver->loop);

	for (size_t i = 0; name[i] && i + 2 < sizeof key; i++)
		key[i + 1] = ascii_lower(name[i]);
	host = map_get(&e->resolver->entries, str_z(key));
	if (host && host->done)
		note_ttl(e, host->expires > now ? host->expires - now : 0);
}

static void
on_host(void *ctx, const struct resolve_answer *a)
{
	struct resolve_part p = *(struct resolve_part *)ctx;
	struct resolve_host *h = &p.e->hosts[p.i];

	note_host_ttl(p.e, h->name);
	if (a->status == RESOLVE_OK) {
		h->naddrs = a->hosts[0].naddrs;
		memcpy(h->addrs, a->hosts[0].addrs, sizeof h->addrs);
	} else if (a->status == RESOLVE_FAILED || a->status == RESOLVE_LOOP) {
		p.e->temporary = true;
		(void)str_copy_z(p.e->why, sizeof p.e->why, str_z(a->why));
	}
	mx_over(p.e);
}

static void
resolve_hosts(struct resolve_entry *e, const struct dns_answer *a)
{
	size_t n = a->nmx;

	e->mx = true;
	e->hosts = mem_new(n, sizeof *e->hosts);
	e->nhosts = n;
	for (size_t i = 0; i < n; i++) {
		e->hosts[i].preference = a->mx[i].preference;
		(void)str_copy_z(
			e->hosts[i].name, sizeof e->hosts[i].name, str_z(a->mx[i].name));
	}
	e->pending = n + 1;
	e->parts = mem_new(n, sizeof *e->parts);
	for (size_t i = 0; i < n; i++) {
		e->parts[i] = (struct resolve_part){ e, i };
		resolve_host(e->resolver, str_z(a->mx[i].name), 0, on_host, &e->parts[i]);
	}
	mx_over(e);
}

/* RFC 5321 5.1: no MX, so the domain itself is the host. */
static void
on_fallback(void *ctx, const struct resolve_answer *a)
{
	struct resolve_entry *e = ctx;

	note_host_ttl(e, e->key + 1);
	if (a->nhosts > 0) {
		e->hosts = MEM_NEW(e->hosts);
		e->hosts[0] = a->hosts[0];
		e->nhosts = 1;
	}
	resolve_finish(e, a->status, a->why);
}

static void
take_mx(struct step *s, struct str packet, struct dns_answer *a)
{
	struct resolve_entry *e = s->e;
	int rc;

	if (parse(s, packet, a, &rc))
		return;
	if (rc == -ELOOP)
		resolve_finish(e, RESOLVE_LOOP, "CNAME records lead in a circle");
	else if (rc < 0)
		resolve_finish(e, RESOLVE_FAILED, "the DNS server's answer is damaged");
	else if (a->null_mx)
		resolve_finish(e, RESOLVE_NULL_MX, "the domain takes no mail (null MX)");
	else if (a->nmx > 0)
		resolve_hosts(e, a);
	else
		resolve_host(e->resolver, str_z(e->key + 1), 0, on_fallback, e);
}

static void
on_mx(void *ctx, enum resolve_rc rc, struct str packet, const char *why)
{
	struct step s = *(struct step *)ctx;
	char text[160];
	struct dns_answer *a;

	mem_free(ctx);
	switch (rc) {
	case RESOLVE_RC_OK:
		a = MEM_NEW(a);
		take_mx(&s, packet, a);
		mem_free(a);
		return;
	case RESOLVE_RC_EMPTY:
		resolve_host(s.e->resolver, str_z(s.e->key + 1), 0, on_fallback, s.e);
		return;
	case RESOLVE_RC_NXDOMAIN:
		resolve_finish(s.e, RESOLVE_NO_DOMAIN, "the domain does not exist");
		return;
	case RESOLVE_RC_FAILED:
		why_about(s.e, why);
		memcpy(text, s.e->why, sizeof text);
		resolve_finish(s.e, RESOLVE_FAILED, text);
	}
}

void
resolve_begin(struct resolve_entry *e)
{
	e->temporary = e->exists = e->loop = false;
	e->why[0] = '\0';
	if (e->key[0] == 'm')
		ask(e, e->key + 1, DNS_MX, 0);
	else
		begin_host(e);
}
