/*
 * DNS by c-ares on the loop: what delivery needs (RFC 5321 5.1, 7505). Answers are cached by
 * their TTL (30 s .. 1 h), failures for 60 s; bounded. A fake resolver (a table) serves tests.
 */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include "base/arena.h"
#include "io/loop.h"
#include "io/net.h"

#define RESOLVE_HOSTS_MAX 16
#define RESOLVE_ADDRS_MAX 8

enum resolve_status {
	RESOLVE_OK,
	RESOLVE_NULL_MX,   /* "." : the domain takes no mail (RFC 7505) */
	RESOLVE_NO_DOMAIN, /* NXDOMAIN: final */
	RESOLVE_NO_HOST,   /* the domain exists, has neither MX nor address: final */
	RESOLVE_LOOP,      /* CNAME loop or chain > 8: temporary */
	RESOLVE_FAILED     /* SERVFAIL, time-out, …: temporary */
};

struct resolve_host {
	char name[256];
	uint16_t preference;
	struct net_addr addrs[RESOLVE_ADDRS_MAX]; /* port set as asked */
	size_t naddrs;
};

struct resolve_answer {
	enum resolve_status status;
	char why[160]; /* a sentence for RESOLVE_FAILED and the like */
	struct resolve_host hosts[RESOLVE_HOSTS_MAX]; /* by preference, equal ones shuffled;
	                            hosts without any address are left out */
	size_t nhosts;
	bool mx; /* false: address fallback */
};

struct resolver;
/* servers: "127.0.0.1:53,…" or "" for the system's. Families by the two flags. */
struct resolver *resolver_new(struct loop *l, struct str servers, bool ipv4, bool ipv6);
/* One that gives up after some 3 s a server. Not recursive: asks the servers, those of a zone,
 * for what they hold themselves (RD 0). */
struct resolver *resolver_new_brief(struct loop *l, struct str servers, bool recursive);
/* The hosts file of this machine is not looked at: answers are those the world gets. */
void resolver_no_hosts(struct resolver *r);
/* A table for tests: what is not in it is NO_DOMAIN. Needs random_start like the real one. An
 * answer without mx is also that of the host of this name. */
struct resolver *resolver_fake(struct loop *l);
void resolver_fake_put(struct resolver *r, struct str domain, const struct resolve_answer *a);
/* Not inside a callback. Those who wait are forgotten. */
void resolver_free(struct resolver **r);

/* The hosts that take mail for domain (A-labels). fn is called exactly once, maybe before
 * return (cache). Returns a handle to cancel, 0 when fn was called already. */
uint64_t resolve_mx(struct resolver *r, struct str domain, uint16_t port,
	void (*fn)(void *ctx, const struct resolve_answer *a), void *ctx);
/* The addresses of one host name (or literal): one host in the answer. */
uint64_t resolve_host(struct resolver *r, struct str host, uint16_t port,
	void (*fn)(void *ctx, const struct resolve_answer *a), void *ctx);
/* TXT records, each with its strings joined; not cached, not to be cancelled: fn is called
 * once, maybe before return, unless the resolver is freed before. NO_HOST: the name has no TXT.
 * A fake resolver has none. The answer and its texts are borrowed. */
#define RESOLVE_TEXTS_MAX 32
struct resolve_texts {
	enum resolve_status status;
	const char *why;
	struct str at[RESOLVE_TEXTS_MAX];
	size_t n;
	/* From a server of the zone itself, and all there is: no referral, no alias alone. */
	bool authoritative;
};
void resolve_txt(struct resolver *r, struct str name,
	void (*fn)(void *ctx, const struct resolve_texts *t), void *ctx);
/* The same for the names of a zone's servers. NO_HOST: the name is not the top of a zone. */
void resolve_ns(struct resolver *r, struct str name,
	void (*fn)(void *ctx, const struct resolve_texts *t), void *ctx);
/* The same for the names an address leads back to (PTR). */
void resolve_ptr(struct resolver *r, const struct net_addr *a,
	void (*fn)(void *ctx, const struct resolve_texts *t), void *ctx);
/* Does the resolver say of the root's SOA that DNSSEC proved it (AD, RFC 4035 3.2.3)? It is to
 * be believed only over loopback or a network of our own. rtt_us: until the answer. fn is
 * called once, maybe before return, unless the resolver is freed before. */
struct resolve_trust {
	enum resolve_status status; /* OK or FAILED */
	const char *why;
	bool proved;
	uint64_t rtt_us;
};
void resolve_trust(
	struct resolver *r, void (*fn)(void *ctx, const struct resolve_trust *t), void *ctx);
/* The servers asked, "127.0.0.1:53,…"; empty for a fake. Appends. */
void resolver_servers(const struct resolver *r, struct buf *out);
void resolve_cancel(struct resolver *r, uint64_t handle);
/* Forgets the cache (configuration change, operator's retry). */
void resolver_flush(struct resolver *r);

#endif
