/*
 * The audit log's chain of hashes: one for each account, one for the service (tenant 0). Part
 * of account/control. What it proves and what not: decision 0012.
 *
 *   digest = BLAKE2b-256( netstrings of: "facteur-audit-1", id (aud_…), at (µs), kind, who (the
 *            numbers), name, from, what, on, reason, salt )
 *   hash   = BLAKE2b-256( hash of the entry before (32 bytes; 0 of the first) | seq, u64
 *            big-endian | digest )
 *   seal   = 16 bytes of BLAKE2b, keyed: of tenant, seq and hash
 *
 * Entries of a chain are numbered 1, 2, 3 …. What is lawfully dropped leaves a cut: first,
 * last, hash of the last, sealed; neighbouring cuts become one. The head: number and hash of
 * the newest entry, sealed.
 *
 *   fresh ──slices──▶ adopting ──no row is left──▶ open          head missing or forged when an
 *   (an older log)                (since, adopted)               entry comes: damaged, for ever
 *
 * While a chain is not open new rows wait unchained behind the old ones.
 */
#ifndef ACCOUNT_CONTROL_CHAIN_H
#define ACCOUNT_CONTROL_CHAIN_H

#include "account/control.h"

#define CONTROL_CHAIN_HASH  32u
#define CONTROL_CHAIN_SEAL  16u
#define CONTROL_CHAIN_SALT  16u
#define CONTROL_CHAIN_CHECK 2000u /* entries and cuts that one question looks at */
#define CONTROL_CHAIN_ADOPT 2000u /* rows of an older log that are chained at once */
#define CONTROL_CHAIN_HEADS 100u

/* Within a change: the chain of a new account; the row `id` that was just added becomes the
 * newest entry; rows are dropped, by their ids, as keeping them is over. 0 or -EIO. */
int control_own_chain_begin(struct control *c, int64_t tenant);
int control_own_chain_add(struct control *c, int64_t tenant, int64_t id);
int control_own_chain_drop(struct control *c, const int64_t *ids, size_t n);
/* The same where a person is forgotten: these texts instead. The entry keeps its place and
 * hash, verify counts it; the digest of what it said takes the place of the salt, without which
 * nobody can guess from it. */
int control_own_chain_redact(
	struct control *c, int64_t id, struct str target, struct str reason);

/* What a row of the list says of its place: {"seq","at_us","who","salt","hash"}, or null while
 * it has none. seq, salt and hash are columns from `at` on. New reference. */
struct store_row;
struct json_t *control_own_chain_entry(struct store_row *r, int at, int64_t at_us, int64_t who);

/* A slice of the work at a log that was there before its chain: 1 there is more, 0 none, -EIO.
 */
int control_chain_adopt(struct control *c);

/*
 * Looks at the entries behind number `after` (0: from the first), CONTROL_CHAIN_CHECK of them:
 * {"ok": true, false or null (not known yet), "from", "upto", "head": {"seq","hash"} or null,
 *  "removed": null while there is more, "redacted": of these, "since", "adopted", "problem":
 * {"entry","kind","text"} or null, "noted": "same", "other", "gone" or null, "next": text or
 * null} kind: "changed", "missing", "extra", "order", "head", "noted". noted: "SEQ:HASH" of a
 * head that somebody wrote down, empty: none. next: ask again with it as `after`. -EINVAL: no
 * note of ours; -EIO.
 */
struct control_chain_ask {
	uint32_t tenant;
	int64_t after;
	struct str noted;
};
int control_chain_verify(
	struct control *c, const struct control_chain_ask *a, struct json_t **ret_j);

/* Heads of chains that have an entry since that time (wall µs), the newest ones first,
 * CONTROL_CHAIN_HEADS at most. */
struct control_chain_head {
	struct str account; /* "system": the service's */
	int64_t seq;
	char hash[2 * CONTROL_CHAIN_HASH + 1];
};
int control_chain_heads(struct control *c, int64_t since,
	void (*fn)(void *ctx, const struct control_chain_head *h), void *ctx);

#endif
