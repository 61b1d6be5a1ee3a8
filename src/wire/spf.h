/*
 * An SPF record (RFC 7208) as its terms; and which addresses the terms name that need no DNS.
 * Pure: who asks the DNS for the others walks the terms and counts (4.6.4). Not an evaluation:
 * order and qualifiers are the caller's.
 */
#ifndef WIRE_SPF_H
#define WIRE_SPF_H

#include "base/str.h"

#define SPF_LOOKUPS_MAX 10 /* terms that ask the DNS (4.6.4) */
#define SPF_HOSTS_MAX   10 /* of one mx (4.6.4) */

enum spf_kind {
	SPF_ALL,
	SPF_IP, /* ip4, ip6 */
	SPF_A,
	SPF_MX,
	SPF_INCLUDE,
	SPF_EXISTS,
	SPF_PTR,
	SPF_REDIRECT,
	SPF_OTHER /* exp and modifiers nobody knows: to be passed over */
};

struct spf_term {
	enum spf_kind kind;
	char qualifier;    /* + - ~ ? */
	struct str text;   /* as written */
	struct str domain; /* empty: the record's own */
	bool macro;        /* domain has one: who sends decides what it is */
	uint8_t ip[16];    /* of SPF_IP; 4 bytes of IPv4 */
	size_t ip_bytes;
	unsigned bits4, bits6; /* of SPF_IP by its family; of A and MX both */
};

/* Is this TXT record an SPF record (4.5)? */
bool spf_is(struct str record);
/* The next term; *rest begins as the record itself. 1, 0 at the end, -EINVAL with the wrong
 * term in ret_t->text: the whole record is void (4.6). Texts are parts of the record. */
int spf_next(struct str *rest, struct spf_term *ret_t);
/* Does the term ask the DNS? */
bool spf_asks(const struct spf_term *t);
/* Are the first bits of both addresses (n bytes each) equal? */
bool spf_same(const uint8_t *a, const uint8_t *b, size_t n, unsigned bits);

#endif
