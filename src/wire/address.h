/*
 * Mailbox addresses and domains as SMTP writes them (RFC 5321 4.1.2, 6531 for UTF-8).
 * Pure; results are borrowed from the input or copied into the caller's arena.
 */
#ifndef WIRE_ADDRESS_H
#define WIRE_ADDRESS_H

#include "base/arena.h"

#define ADDRESS_LOCAL_MAX  64
#define ADDRESS_DOMAIN_MAX 255
#define ADDRESS_MAX        (ADDRESS_LOCAL_MAX + 1 + ADDRESS_DOMAIN_MAX)

struct address {
	struct str text;   /* local@domain as given; empty = the null path <> */
	struct str local;  /* as given, quotes kept */
	struct str domain; /* as given; an address literal keeps its brackets */
	bool utf8;         /* needs SMTPUTF8 (non-ASCII local part or domain) */
	bool literal;      /* [192.0.2.1] or [IPv6:…] */
};

/* A path with its brackets "<a@b>", "<>" or "<@r1,@r2:a@b>" (source route dropped) at the
 * start of s. *ret_used = bytes taken. null_ok allows "<>". "postmaster" without a domain is
 * accepted when postmaster_ok. 0 or -EINVAL. */
#define ADDRESS_NULL_OK       1u
#define ADDRESS_POSTMASTER_OK 2u
#define ADDRESS_UTF8_OK       4u
int address_path(struct str s, unsigned flags, struct address *ret_a, size_t *ret_used);

/* A bare mailbox "a@b", the whole text. flags as above. 0 or -EINVAL. */
int address_mailbox(struct str s, unsigned flags, struct address *ret_a);

/* A host name or domain by RFC 1123 (letters, digits, hyphens, 63 per label, 253 in all, no
 * trailing dot), UTF-8 when utf8_ok. */
bool domain_valid(struct str d, bool utf8_ok);

/* The domain in A-label form and lower case (libidn2, non-transitional), in the arena.
 * 0 or -EINVAL. Address literals are copied as they are. */
int domain_ascii(struct arena *a, struct str domain, struct str *ret_ascii);
/* The other way: with U-labels, as people write it. The same one where it has none. */
int domain_unicode(struct arena *a, struct str ascii, struct str *ret_domain);

/* Addresses of From-like header values: calls fn once a mailbox (groups flattened, comments
 * and display names skipped). 0, -EINVAL when the value is not a mailbox list. */
int address_list(struct str value, void (*fn)(void *ctx, struct address a), void *ctx);

#endif
