/* The resolver, the name we say, the addresses mail leaves from and their names. */
#include "role/doctor_priv.h"

#include "base/mem.h"
#include "io/machine.h"

#include <stdio.h>

#define NAMES_MAX 4u /* PTR records of one address that are confirmed */

/* ---- the resolver */

/* Resolvers that serve everybody: Spamhaus and others refuse their questions. */
static const char *
public_resolver(struct str server)
{
	static const struct {
		const char *address, *whose;
	} known[] = {
		{ "8.8.8.8", "Google" },
		{ "8.8.4.4", "Google" },
		{ "2001:4860:4860::8888", "Google" },
		{ "2001:4860:4860::8844", "Google" },
		{ "1.1.1.1", "Cloudflare" },
		{ "1.0.0.1", "Cloudflare" },
		{ "2606:4700:4700::1111", "Cloudflare" },
		{ "2606:4700:4700::1001", "Cloudflare" },
		{ "9.9.9.9", "Quad9" },
		{ "149.112.112.112", "Quad9" },
		{ "2620:fe::fe", "Quad9" },
		{ "208.67.222.222", "OpenDNS" },
		{ "208.67.220.220", "OpenDNS" },
		{ "2620:119:35::35", "OpenDNS" },
		{ "2620:119:53::53", "OpenDNS" },
		{ "80.67.169.12", "FDN" },
		{ "80.67.169.40", "FDN" },
		{ "86.54.11.100", "DNS4EU" },
		{ "94.140.14.14", "AdGuard" },
		{ "193.110.81.0", "dns0.eu" },
		{ "185.253.5.0", "dns0.eu" },
	};

	/* "1.2.3.4:53", "[::1]:53" */
	server = str_head(server, str_rfind(server, ':'));
	if (str_starts(server, STR_LIT("[")) && str_ends(server, STR_LIT("]")))
		server = str_of(server.p + 1, server.n - 2);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_eq_z(server, known[i].address))
			return known[i].whose;
	return NULL;
}

static void
judge_servers(struct doctor *d, struct str servers)
{
	char text[NET_TEXT_MAX];

	while (servers.n) {
		struct str one = str_cut(&servers, ',');
		const char *whose = public_resolver(one);

		if (whose && str_copy_z(text, sizeof text, one) == 0)
			doctor_say(
				d, FINDING_RESOLVER_PUBLIC, STR_NONE, DOCTOR_ARGS(text, whose));
	}
}

static void
judge_resolver(struct doctor *d, const struct resolve_trust *t)
{
	char servers[DOCTOR_TEXT_MAX], ms[24];
	struct buf b;

	buf_init(&b, sizeof servers - 1);
	resolver_servers(d->resolver, &b);
	(void)str_copy_z(servers, sizeof servers, buf_str(&b));
	buf_done(&b);
	snprintf(ms, sizeof ms, "%llu", (unsigned long long)t->rtt_us / 1000);
	judge_servers(d, str_z(servers));
	if (t->status != RESOLVE_OK)
		doctor_say(d, FINDING_RESOLVER_SILENT, STR_NONE, DOCTOR_ARGS(servers, t->why));
	else
		doctor_say(d, t->proved ? FINDING_RESOLVER_FINE : FINDING_RESOLVER_PLAIN,
			STR_NONE, DOCTOR_ARGS(servers, ms));
}

/* ---- PTR */

struct reverse {
	struct doctor *d;
	struct net_addr address;
	char text[NET_TEXT_MAX];
	char names[NAMES_MAX][256];
	size_t n, open;
	bool confirmed[NAMES_MAX], silent;
};

struct forward {
	struct reverse *r;
	size_t i;
};

static void
judge_ptr(struct reverse *r)
{
	struct doctor *d = r->d;
	struct str subject = str_z(r->text);
	const char *other = NULL;

	for (size_t i = 0; i < r->n; i++) {
		if (r->confirmed[i] && str_ieq_z(str_z(r->names[i]), d->hostname)) {
			doctor_say(d, FINDING_PTR_FINE, subject, DOCTOR_ARGS(r->names[i]));
			return;
		}
		if (r->confirmed[i] && !other)
			other = r->names[i];
	}
	if (other)
		doctor_say(d, FINDING_PTR_OTHER, subject, DOCTOR_ARGS(other, d->hostname));
	else if (r->silent)
		doctor_skip(d, FINDING_CHECK_PTR, subject, FINDING_SKIP_NO_ANSWER, r->names[0]);
	else
		doctor_say(d, FINDING_PTR_UNCONFIRMED, subject,
			DOCTOR_ARGS(r->names[0], d->hostname));
}

static void
on_forward(void *ctx, const struct resolve_answer *a)
{
	struct forward *f = ctx;
	struct reverse *r = f->r;

	if (a->status == RESOLVE_FAILED)
		r->silent = true;
	r->confirmed[f->i] = a->nhosts > 0 &&
	                     doctor_among(&r->address, a->hosts[0].addrs, a->hosts[0].naddrs);
	if (--r->open == 0)
		judge_ptr(r);
	doctor_shut(r->d, FINDING_CHECK_PTR);
}

static void
on_ptr(void *ctx, const struct resolve_texts *t)
{
	struct reverse *r = ctx;
	struct doctor *d = r->d;

	for (size_t i = 0; i < t->n && r->n < NAMES_MAX; i++)
		if (str_copy_z(r->names[r->n], sizeof r->names[0], t->at[i]) == 0)
			r->n++;
	if (t->status == RESOLVE_FAILED || t->status == RESOLVE_LOOP)
		doctor_skip(
			d, FINDING_CHECK_PTR, str_z(r->text), FINDING_SKIP_NO_ANSWER, t->why);
	else if (r->n == 0)
		doctor_say(d, FINDING_PTR_MISSING, str_z(r->text), DOCTOR_ARGS(d->hostname));
	r->open = r->n;
	for (size_t i = 0; i < r->n; i++) {
		struct forward *f = doctor_alloc(d, sizeof *f);

		*f = (struct forward){ r, i };
		doctor_open(d, FINDING_CHECK_PTR);
		(void)resolve_host(d->resolver, str_z(r->names[i]), 0, on_forward, f);
	}
	doctor_shut(d, FINDING_CHECK_PTR);
}

static void
ask_ptr(struct doctor *d, const struct net_addr *a)
{
	struct reverse *r = doctor_alloc(d, sizeof *r);

	r->d = d;
	r->address = *a;
	net_text(r->text, a);
	doctor_open(d, FINDING_CHECK_PTR);
	resolve_ptr(d->resolver, a, on_ptr, r);
}

/* ---- the return path */

static bool
is_here(const struct doctor *d, const struct resolve_host *h)
{
	if (str_ieq_z(str_z(h->name), d->hostname))
		return true;
	for (size_t i = 0; i < h->naddrs; i++)
		if (doctor_among(&h->addrs[i], d->own, d->nown) ||
			doctor_among(&h->addrs[i], d->helo, d->nhelo))
			return true;
	return false;
}

/* Those that come first are equal, in any order. NULL: none of them is this machine. */
static const struct resolve_host *
first_here(const struct doctor *d, const struct resolve_answer *a)
{
	for (size_t i = 0; i < a->nhosts; i++) {
		if (a->hosts[i].preference != a->hosts[0].preference)
			break;
		if (is_here(d, &a->hosts[i]))
			return &a->hosts[i];
	}
	return NULL;
}

static void
on_return(void *ctx, const struct resolve_answer *a)
{
	struct doctor *d = ctx;
	const struct resolve_host *here = first_here(d, a);
	struct str domain = d->conf.config->bounce_domain;
	char name[256];

	(void)str_copy_z(name, sizeof name, domain);
	if (a->status == RESOLVE_FAILED || a->status == RESOLVE_LOOP)
		doctor_skip(
			d, FINDING_CHECK_RETURN_PATH, domain, FINDING_SKIP_NO_ANSWER, a->why);
	else if (a->nhosts == 0)
		doctor_say(d, FINDING_RETURN_MISSING, domain, DOCTOR_ARGS(name, d->hostname));
	else if (!here)
		doctor_say(d, FINDING_RETURN_ELSEWHERE, domain,
			DOCTOR_ARGS(a->hosts[0].name, name, d->hostname));
	else
		doctor_say(d, FINDING_RETURN_FINE, domain, DOCTOR_ARGS(here->name));
	doctor_shut(d, FINDING_CHECK_RETURN_PATH);
}

static void
return_path(struct doctor *d)
{
	const struct config *cf = d->conf.config;
	bool open25 = false;

	if (!doctor_wants(d, FINDING_CHECK_RETURN_PATH))
		return;
	if (cf->bounce_domain.n == 0) {
		doctor_say(d, FINDING_RETURN_NONE, STR_NONE, DOCTOR_ARGS(NULL));
		return;
	}
	for (size_t i = 0; i < cf->starttls.n; i++)
		open25 = open25 || cf->starttls.port[i] == 25;
	for (size_t i = 0; i < cf->plain.n; i++)
		open25 = open25 || cf->plain.port[i] == 25;
	if (!open25 && !cf->lab.on)
		doctor_say(d, FINDING_RETURN_PORT, cf->bounce_domain, DOCTOR_ARGS(NULL));
	doctor_open(d, FINDING_CHECK_RETURN_PATH);
	(void)resolve_mx(d->resolver, cf->bounce_domain, 0, on_return, d);
}

/* ---- our addresses */

static void
add_own(struct doctor *d, const struct net_addr *a)
{
	if (d->nown < DOCTOR_OWN_MAX && !doctor_among(a, d->own, d->nown))
		d->own[d->nown++] = *a;
}

/* Those configured, else the kernel's. Behind NAT the world sees another one: that of our name.
 */
static void
find_own(struct doctor *d, int family)
{
	const struct config *cf = d->conf.config;
	bool named = false, hidden = false;
	struct net_addr a;

	if (family == AF_INET ? !cf->outbound.ipv4 : !cf->outbound.ipv6)
		return;
	for (size_t i = 0; i < cf->outbound.naddresses; i++) {
		if (net_parse(cf->outbound.addresses[i], 0, &a) < 0 ||
			a.u.sa.sa_family != family)
			continue;
		named = true;
		if (net_not_public(&a))
			hidden = true;
		else
			add_own(d, &a);
	}
	if (!named && cf->outbound.naddresses == 0 && machine_source(family, &a) == 0) {
		hidden = net_not_public(&a) != NULL;
		if (!hidden)
			add_own(d, &a);
	}
	for (size_t i = 0; i < d->nhelo && hidden; i++)
		if (d->helo[i].u.sa.sa_family == family)
			add_own(d, &d->helo[i]);
}

/* ---- HELO */

static void
judge_helo(struct doctor *d, const struct resolve_answer *a)
{
	char there[DOCTOR_TEXT_MAX], own[DOCTOR_TEXT_MAX];
	struct str name = str_z(d->hostname);
	bool ours = d->nown == 0;

	doctor_list(there, d->helo, d->nhelo);
	doctor_list(own, d->own, d->nown);
	for (size_t i = 0; i < d->nown; i++)
		ours = ours || doctor_among(&d->own[i], d->helo, d->nhelo);
	if (a->status == RESOLVE_FAILED || a->status == RESOLVE_LOOP)
		doctor_skip(d, FINDING_CHECK_HELO, name, FINDING_SKIP_NO_ANSWER, a->why);
	else if (d->route[0] && d->nhelo == 0)
		doctor_say_soft(d, FINDING_HELO_NONE, name, DOCTOR_ARGS(d->hostname));
	else if (d->route[0] && !ours)
		/* Who receives sees the route's address and name. */
		doctor_skip(d, FINDING_CHECK_HELO, name, FINDING_SKIP_ROUTE, d->route);
	else if (d->nhelo == 0)
		doctor_say(d, FINDING_HELO_NONE, name, DOCTOR_ARGS(d->hostname));
	else if (!ours)
		doctor_say(d, FINDING_HELO_ELSEWHERE, name, DOCTOR_ARGS(there, own));
	else
		doctor_say(d, FINDING_HELO_FINE, name, DOCTOR_ARGS(there));
}

static void
ptr(struct doctor *d)
{
	if (!doctor_wants(d, FINDING_CHECK_PTR))
		return;
	if (d->route[0])
		doctor_skip(d, FINDING_CHECK_PTR, STR_NONE, FINDING_SKIP_ROUTE, d->route);
	else if (d->nown == 0)
		doctor_skip(d, FINDING_CHECK_PTR, STR_NONE, FINDING_SKIP_NO_ADDRESS, NULL);
	for (size_t i = 0; i < d->nown && !d->route[0]; i++)
		ask_ptr(d, &d->own[i]);
}

/* All that hangs on our addresses. */
static void
on_helo(void *ctx, const struct resolve_answer *a)
{
	struct doctor *d = ctx;
	bool unset = d->conf.config->hostname.n == 0;

	if (a->nhosts > 0) {
		d->nhelo = a->hosts[0].naddrs;
		memcpy(d->helo, a->hosts[0].addrs, d->nhelo * sizeof *d->helo);
	}
	find_own(d, AF_INET);
	find_own(d, AF_INET6);
	if (doctor_wants(d, FINDING_CHECK_HELO)) {
		if (unset)
			doctor_say(d, FINDING_HELO_UNSET, STR_NONE, DOCTOR_ARGS(NULL));
		else if (str_find(str_z(d->hostname), '.') == strlen(d->hostname))
			doctor_say(
				d, FINDING_HELO_SHORT, str_z(d->hostname), DOCTOR_ARGS(NULL));
		else
			judge_helo(d, a);
	}
	ptr(d);
	return_path(d);
	doctor_zones(d);
	doctor_shut(d, FINDING_CHECK_HELO);
}

static void
on_trust(void *ctx, const struct resolve_trust *t)
{
	static const enum finding_check asking[] = { FINDING_CHECK_PORT25, FINDING_CHECK_HELO,
		FINDING_CHECK_PTR, FINDING_CHECK_RETURN_PATH, FINDING_CHECK_DKIM,
		FINDING_CHECK_SPF, FINDING_CHECK_DMARC, FINDING_CHECK_MX };
	struct doctor *d = ctx;

	if (doctor_wants(d, FINDING_CHECK_RESOLVER))
		judge_resolver(d, t);
	if (t->status != RESOLVE_OK) {
		for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
			doctor_skip(d, asking[i], STR_NONE, FINDING_SKIP_NO_DNS, NULL);
	} else {
		doctor_port25(d);
		doctor_open(d, FINDING_CHECK_HELO);
		(void)resolve_host(d->resolver, str_z(d->hostname), 0, on_helo, d);
	}
	doctor_shut(d, FINDING_CHECK_RESOLVER);
}

void
doctor_names(struct doctor *d)
{
	const uint32_t asks = 1u << FINDING_CHECK_RESOLVER | 1u << FINDING_CHECK_PORT25 |
	                      1u << FINDING_CHECK_HELO | 1u << FINDING_CHECK_PTR |
	                      1u << FINDING_CHECK_RETURN_PATH | 1u << FINDING_CHECK_DKIM |
	                      1u << FINDING_CHECK_SPF | 1u << FINDING_CHECK_DMARC |
	                      1u << FINDING_CHECK_MX;

	if (d->conf.only && !(d->conf.only & asks))
		return;
	doctor_open(d, FINDING_CHECK_RESOLVER);
	resolve_trust(d->resolver, on_trust, d);
}
