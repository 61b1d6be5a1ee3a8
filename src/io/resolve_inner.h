/*
 * What the files of resolve share; nobody else includes it.
 *   resolve.c        cache, waiters
 *   resolve_begin.c  from a question to an answer: MX, addresses, CNAME, fallback
 *   resolve_open.c   c-ares on the loop
 *   resolve_txt.c    TXT, NS and PTR records
 *   resolve_trust.c  the resolver itself
 */
#ifndef IO_RESOLVE_INNER_H
#define IO_RESOLVE_INNER_H

#include "base/list.h"
#include "base/map.h"
#include "io/dns_answer.h"
#include "io/resolve.h"

#define RESOLVE_KEY_MAX 258

struct resolver {
	struct loop *loop;
	struct ares_channeldata *channel; /* NULL: a fake */
	struct loop_timer tick;
	struct link socks;
	struct map entries; /* by key */
	struct resolve_entry **all;
	size_t n, cap;
	struct nmap waiting; /* handle -> waiter */
	uint64_t last_id;
	size_t asked; /* questions c-ares works at */
	bool ipv4, ipv6, closing;
	bool brief, direct; /* resolver_new_brief */
	bool no_hosts;      /* resolver_no_hosts */
};

struct resolve_part {
	struct resolve_entry *e;
	size_t i; /* which of its hosts */
};

/* One question, asked once however many wait for it, then its answer. */
struct resolve_entry {
	struct resolver *resolver;
	char key[RESOLVE_KEY_MAX]; /* 'm' or 'h', then the name in lower case */
	size_t index;              /* in all */
	struct link waiters;
	bool done;
	/* the answer */
	enum resolve_status status;
	bool mx;
	char why[160];
	struct resolve_host *hosts;
	size_t nhosts;
	uint64_t ttl_us, expires;
	/* under way */
	struct dns_answer *found;   /* of an 'h': addresses so far */
	struct resolve_part *parts; /* of an 'm': one for each host asked */
	size_t pending;
	bool temporary, exists, loop;
};

void resolve_begin(struct resolve_entry *e);
/* Answers all who wait; e may be gone afterwards. */
void resolve_finish(struct resolve_entry *e, enum resolve_status status, const char *why);

void resolve_open(struct resolver *r, struct str servers);
void resolve_close(struct resolver *r);

enum resolve_rc { RESOLVE_RC_OK, RESOLVE_RC_EMPTY, RESOLVE_RC_NXDOMAIN, RESOLVE_RC_FAILED };
/* One query. fn is called once, maybe before return; packet is borrowed; why is a phrase for
 * FAILED. ctx is heap memory: freed here instead of a call when the resolver closes. */
void resolve_open_ask(struct resolver *r, const char *name, uint16_t type,
	void (*fn)(void *ctx, enum resolve_rc rc, struct str packet, const char *why),
	void *ctx);
/* The same for a query of one's own making. */
void resolve_open_send(struct resolver *r, struct str query,
	void (*fn)(void *ctx, enum resolve_rc rc, struct str packet, const char *why),
	void *ctx);

#endif
