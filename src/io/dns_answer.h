/*
 * A DNS answer as facts: the records of one type at the end of the CNAME chain. Pure: bytes
 * in, facts out. Names by ares_expand_name.
 */
#ifndef IO_DNS_ANSWER_H
#define IO_DNS_ANSWER_H

#include "base/str.h"
#include "io/net.h"

#define DNS_A        1
#define DNS_CNAME    5
#define DNS_MX       15
#define DNS_AAAA     28
#define DNS_HOPS_MAX 8
#define DNS_NAME_MAX 256
#define DNS_MX_MAX   16
#define DNS_ADDR_MAX 8

struct dns_mx {
	uint16_t preference;
	char name[DNS_NAME_MAX];
};

struct dns_answer {
	uint32_t ttl_s;           /* the shortest of the records used */
	unsigned hops;            /* CNAMEs followed */
	char final[DNS_NAME_MAX]; /* the name at the end of the chain */
	bool null_mx;             /* "." is the only MX (RFC 7505) */
	size_t nmx, naddrs;       /* the best MX by preference; the first addresses */
	struct dns_mx mx[DNS_MX_MAX];
	struct net_addr addrs[DNS_ADDR_MAX]; /* port 0 */
};

/* Reads the records of `type` for the name asked. 0; -EINVAL not a DNS answer, or only
 * MX that name no host; -ELOOP more than
 * DNS_HOPS_MAX CNAMEs. */
int dns_answer_parse(struct str packet, uint16_t type, struct dns_answer *ret_a);

#endif
