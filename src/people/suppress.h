/*
 * Suppressions: addresses that a tenant must not write to, for all its mail or for one stream,
 * each with its reason. And addresses whose owner took back the consent to tracking
 * (SUPPRESS_TRACKING): mail to them goes as before, what they open and click is not recorded.
 * An address can also be suppressed for a group of mail (a number that the tenant's mail names,
 * account/control): then it gets all mail but that of the group.
 * This is the set in memory that the engine asks for each recipient; the rows that people read
 * are people/suppress_store.
 *
 * An address is known by a keyed 64-bit hash (SipHash-2-4, key drawn by each process) of tenant
 * and address, so nobody can make two of them meet. Among n entries an address that is not
 * there is taken for one with probability n / 2^64: 5.4e-13 with ten million. An entry takes 10
 * bytes in tables that are filled to 64–80 %: 12.5 to 15.6 bytes, 156 MB for ten million. What
 * is for a group is an entry of its own, under another key and with the group in the hash: mail
 * without a group asks once as ever, mail with one asks twice.
 */
#ifndef PEOPLE_SUPPRESS_H
#define PEOPLE_SUPPRESS_H

#include "base/str.h"

#define SUPPRESS_MAX          10000000u /* entries */
#define SUPPRESS_NOTE_MAX     200u      /* bytes */
#define SUPPRESS_ADDRESS_SIZE 324u

enum suppress_reason {
	SUPPRESS_ANY_REASON, /* to remove or to ask: whatever it is */
	SUPPRESS_HARD_BOUNCE,
	SUPPRESS_COMPLAINT,
	SUPPRESS_UNSUBSCRIBE,
	SUPPRESS_MANUAL,
	SUPPRESS_REASONS
};
/*
 * Which mail: that of every stream, or of one; SUPPRESS_TRACKING is about none. The numbers
 * stand in journals. To remove or to ask: SUPPRESS_ANY_SCOPE is whatever mail it is. A
 * withdrawal of consent is not meant by it, so that nobody gives a consent back who only wants
 * to write again. SUPPRESS_EVERY_SCOPE, to ask only, is those and the withdrawals.
 */
enum suppress_scope {
	SUPPRESS_ALL,
	SUPPRESS_TRANSACTIONAL,
	SUPPRESS_BROADCAST,
	SUPPRESS_ANY_SCOPE,
	SUPPRESS_TRACKING,
	SUPPRESS_SCOPES,
	SUPPRESS_EVERY_SCOPE = SUPPRESS_SCOPES
};
/* Can a change add it? */
static inline bool
suppress_scope_is_one(unsigned scope)
{
	return scope < SUPPRESS_SCOPES && scope != SUPPRESS_ANY_SCOPE;
}
struct suppress_change;
/* Scope, reason and group go together as below. */
bool suppress_change_good(const struct suppress_change *c);
/* "hard_bounce" …; "all", "transactional", "broadcast", "tracking": stable. "?" for none. */
const char *suppress_reason_name(unsigned reason);
const char *suppress_scope_name(unsigned scope);
/* 0 or -EINVAL. */
int suppress_reason_of(struct str name, uint8_t *ret_reason);
int suppress_scope_of(struct str name, uint8_t *ret_scope);
/* That of a stream (enum stream_kind). */
static inline uint8_t
suppress_scope_of_stream(uint8_t stream)
{
	return stream ? SUPPRESS_BROADCAST : SUPPRESS_TRANSACTIONAL;
}

/* One change, as the journal and the table get it. number: 1, 2, 3 …, never given twice. The
 * same tenant, address, group, scope and reason is there once, as it was first. group 0: none;
 * else the scope is SUPPRESS_ALL, and to remove SUPPRESS_ANY_SCOPE too: a group has no streams.
 * What is for a group is meant by nothing that does not name it. */
struct suppress_change {
	uint64_t number;
	bool remove;
	uint8_t scope, reason;
	uint32_t tenant;
	struct str address; /* by suppress_address */
	uint64_t message;   /* that it came of, 0 none */
	uint64_t incident;  /* those of one can be undone together, 0 none */
	int64_t at;         /* wall µs */
	struct str note;
	uint32_t group;
};

/* The address as it is compared: ASCII letters small, the domain in A-labels. Into dst (not
 * NUL-terminated). 0, or -EINVAL: no mailbox, or too long. */
int suppress_address(char dst[SUPPRESS_ADDRESS_SIZE], struct str address, struct str *ret_s);
/* Such an address with its domain in U-labels, as mail and texts may have it. false: it has no
 * other spelling. */
bool suppress_address_unicode(
	char dst[SUPPRESS_ADDRESS_SIZE], struct str address, struct str *ret_s);

struct suppress;
/* random_start was called. max: entries. */
struct suppress *suppress_new(size_t max);
void suppress_free(struct suppress **s);
/* Does the change. 1; 0: nothing changes (it is there, or is not); -ENOSPC: the set is full. */
int suppress_apply(struct suppress *s, const struct suppress_change *c);
/* Who asks: a tenant, with mail of this stream and group (0: none); bits 1 << reason in passes:
 * reasons that count for nothing. That one asked for the account's other mail does not pass
 * over what he said of the group: group_passes does. */
struct suppress_asker {
	uint32_t tenant;
	uint8_t stream, passes;
	bool group_passes;
	uint32_t group;
};
/* Why he may not write to this address (suppress_address); SUPPRESS_ANY_REASON: he may. */
enum suppress_reason suppress_why(
	const struct suppress *s, const struct suppress_asker *who, struct str address);
/* The same without passes. */
enum suppress_reason suppress_has(
	const struct suppress *s, uint32_t tenant, uint8_t stream, struct str address);
/* May nothing be recorded of what this address (suppress_address) opens and clicks? */
bool suppress_has_tracking(const struct suppress *s, uint32_t tenant, struct str address);
/* Of how many addresses of the tenant: without any, none needs to be looked for. */
size_t suppress_tracking_count(const struct suppress *s, uint32_t tenant);
/* Was any alias of an erased address (people/erase) ever put in? Without, none needs to be
 * asked for. */
bool suppress_has_aliases(const struct suppress *s);
/* Addresses (of tenants) that must not be written to. */
size_t suppress_count(const struct suppress *s);
size_t suppress_bytes(const struct suppress *s);

#endif
