/*
 * The engine's read-only picture of the control tables: who may enter, which domains a tenant
 * may send from, the signing keys (opened), routes. Loaded on a thread, then swapped;
 * immutable.
 */
#ifndef ACCOUNT_DIRECTORY_H
#define ACCOUNT_DIRECTORY_H

#include "account/limit.h"
#include "account/seal.h"
#include "base/arena.h"
#include "wire/config.h"
#include "wire/msg.h"

#include <openssl/evp.h>

struct dir_key {
	uint64_t id;
	uint32_t tenant;
	uint8_t stream;
	bool enabled, plaintext;
	uint8_t scopes;  /* SCOPE_… of wire/msg */
	int64_t expires; /* wall µs, 0 = never */
	uint8_t secret_hash[32], token_hash[32];
	struct str name, networks; /* networks: CIDRs, comma separated */
	struct limit_set limits;
	uint64_t counted_as; /* the key whose use it continues; its own id: none */
};
struct dir_signer {
	uint8_t algo;
	struct str selector;
	EVP_PKEY *key; /* engine only */
};
struct dir_domain {
	uint32_t tenant;
	struct str domain;
	bool verified;
	struct dir_signer signers[2];
	size_t nsigners;
};
struct dir_tenant {
	uint32_t id;
	struct str name;
	bool suspended, sandbox;
	uint8_t forward; /* FORWARD_… of account/control_inbound.h */
	struct limit_set limits;
};
struct dir_tracking {
	uint32_t tenant;
	uint8_t track;   /* TRACK_OPENS, TRACK_HTML, TRACK_TEXT of wire/msg */
	struct str url;  /* empty: the service's own, or not verified */
	struct str host; /* of it; also of one that was verified and leads elsewhere now */
};

/* A stream of a tenant's own (account/control_stream). */
struct dir_stream {
	uint32_t tenant, number; /* from MSG_STREAM_NUMBERS on */
	uint8_t how;             /* MSG_STREAM_… */
	struct str name;
};

struct directory;
/* Blocking (SQLite): call on a thread. A missing database gives an empty directory. 0 or -EIO.
 */
int directory_load(const char *state, const struct seal_keys *keys, struct directory **ret_d);
void directory_free(struct directory **d);
uint64_t directory_version(const struct directory *d);
/* How many sealed texts (DKIM keys, routes) did not open: the master key is another one, or the
 * database is damaged. Their domains sign nothing, their routes are left out: worth an alarm.
 */
size_t directory_unreadable(const struct directory *d);
/* Results live as long as d. NULL when there is none. Domains: A-labels, any case. Tenant 0,
 * "system", is always there. */
const struct dir_key *directory_key(const struct directory *d, struct str name);
/* Is there an enabled key that may come without TLS? */
bool directory_plain_keys(const struct directory *d);
const struct dir_key *directory_key_of(const struct directory *d, uint32_t tenant, uint64_t id);
const struct dir_key *directory_token(const struct directory *d, const uint8_t hash[32]);
const struct dir_domain *directory_domain(
	const struct directory *d, uint32_t tenant, struct str domain);
const struct dir_tenant *directory_tenant(const struct directory *d, uint32_t id);
const struct dir_tenant *directory_tenant_named(const struct directory *d, struct str name);
/* Who has limits; key 0: the account's own. */
const struct limit_who *directory_limited(const struct directory *d, size_t *ret_n);
/* Those with a webhook, each once: their events go to the feed. */
const uint32_t *directory_fed(const struct directory *d, size_t *ret_n);
/* By tenant; those without a row have neither host nor defaults. */
const struct dir_tracking *directory_tracking(const struct directory *d, size_t *ret_n);
/* Who wants the mail of this address (local@domain, any case, A-labels): the address itself,
 * else its domain. NULL when nobody does; of several accounts the one that has the domain, or
 * the nearest one above it, verified, be it by the address or by the domain, else the first. */
struct inbound;
const struct inbound *directory_inbound(const struct directory *d, struct str address);
/* Does the tenant take no mail of this sender: local@domain, or a domain alone (any case,
 * A-labels)? */
bool directory_blocks(const struct directory *d, uint32_t tenant, struct str sender);
/* Has who reads this address (as suppress_address says it) proved that he wants the tenant's
 * mail? Tenant 0: anybody's. */
bool directory_proved(const struct directory *d, uint32_t tenant, struct str address);
/* Its name, or STR_NONE: the tenant has none of this number. Lives as long as d. */
struct str directory_group_name(const struct directory *d, uint32_t tenant, uint32_t group);
/* By number, archived ones too. */
const struct dir_stream *directory_streams(const struct directory *d, size_t *ret_n);
/* NULL: the tenant has none of this number. */
const struct dir_stream *directory_stream(
	const struct directory *d, uint32_t tenant, uint32_t number);
/* Has the tenant a group, or a stream, of this number? */
bool directory_group(const struct directory *d, uint32_t tenant, uint32_t group);
const struct config_route *directory_routes(const struct directory *d, size_t *ret_n);

#endif
