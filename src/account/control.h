/*
 * The control tables (SQLite control.db): accounts (tenants), keys, sending domains, routes,
 * version. Desk writes, the engine reads a snapshot (account/directory). The command line
 * opens it directly only while no service runs. Every row carries its tenant. At rest there are
 * only keyed hashes of API secrets; DKIM keys and route URLs are sealed, bound to their row.
 *
 * JSON (stable; members may be added). Times are RFC 3339 texts or null.
 *   account {"account","id","state":"ok"|"suspended","mode":"live"|"sandbox","created","quota"}
 *   key {"key","account","label","stream":"transactional"|"broadcast","networks","expires",
 *             "plaintext","scopes","enabled","created","last_used","last_client","quota"}
 *   quota    {"hour","day","month","sessions"}: numbers, or null where there is no limit
 *   new key  key + {"secret","sendgrid":"SG.…","postmark_token","smtp":{"user","password"}}
 *   domain {"domain","account","state":"pending"|"verified"|"warning","since","why","verified",
 *             "verified_at","checked_at","created","records":[{"purpose":"dkim"|"dmarc"|"spf",
 *             "name","type":"TXT","value","state":"found"|"missing"|"different"}],
 *             "zone":"… BIND text …"}; verified: mail goes out; a record's state: once checked
 *   route    {"domain","url"}  (a password in the url shows as ***)
 *   tracking {"account","track_opens","track_clicks":"none"|"html"|"text"|"all","url","host",
 *             "target","state":null|"pending"|"verified"|"warning","why","forced",
 *             "checked_at","verified_at"}; url, host, target and state are null without a host
 *   group    {"group": its number,"account","name","description","default","created"}
 * Lists are arrays of these, sorted by name (keys: by account, then age; domains: then
 * account).
 */
#ifndef ACCOUNT_CONTROL_H
#define ACCOUNT_CONTROL_H

#include "account/key.h"
#include "account/limit.h"
#include "account/seal.h"
#include "store/store.h"
#include "wire/msg.h"

/* Of one account; one more is -EINVAL. Keys: that can be used; kept with those that are over,
 * of which the oldest go. */
#define CONTROL_KEYS_MAX      1000u
#define CONTROL_KEYS_KEPT_MAX 10000u
#define CONTROL_DOMAINS_MAX   10000u
#define CONTROL_GROUPS_MAX    200u
/* Bytes of a page's `next`, with NUL. */
#define CONTROL_CURSOR_SIZE 330

struct control;
/* Opens or creates <state>/control.db. 0 or -errno / -EIO with *ret_why (static text). */
int control_open(const char *state, const struct seal_keys *keys, struct control **ret_c,
	const char **ret_why);
/* The same to read what is there: nothing is made or brought up to date. -ENOENT: there are no
 * tables. Without the right keys routes cannot be listed. */
int control_open_read(const char *state, const struct seal_keys *keys, struct control **ret_c,
	const char **ret_why);
void control_free(struct control **c);
/* The host name that the SPF suggestion of domains speaks of; without it the record says "mx".
 */
void control_hostname(struct control *c, struct str hostname);
/* Where links lead that have no host of their account: what a tenant's host is to point to, and
 * can never be one. */
void control_tracking_target(struct control *c, struct str host);
/* Grows with every change but control_key_used. */
uint64_t control_version(struct control *c);

/* The key of typed ids, UUID_KEY_SIZE. */
const uint8_t *control_ids(const struct control *c);
/* That of hashes of erased addresses, SEAL_KEY. */
const uint8_t *control_erase_key(const struct control *c);

/* Results are JSON built for the CLI and API: json_t of jansson, new references. Errors:
 * -EEXIST, -ENOENT, -EINVAL, -EIO with a sentence in control_error (lives until the next call).
 * Every call reads the wall clock for created and the like. */
struct json_t;
const char *control_error(const struct control *c);

/* Names are [a-z0-9-]{1,63}; "system" is the platform's own (tenant 0) and cannot be made. */
int control_account_add(struct control *c, struct str name, struct json_t **ret_j);
int control_account_list(struct control *c, struct json_t **ret_j);
/* The same of one tenant: a list of one row, or of none. */
int control_account_one(struct control *c, uint32_t tenant, struct json_t **ret_j);
/* Its number. 0 or -ENOENT. "system" is not found. */
int control_account_tenant(struct control *c, struct str name, uint32_t *ret_tenant);
/* state: ok, suspended. */
int control_account_state(struct control *c, struct str name, struct str state);
bool control_account_is_mode(struct str mode);
/* mode: live, sandbox. Live is no more than the service is. */
int control_account_mode(struct control *c, struct str name, struct str mode);

struct control_key {
	struct str account;
	struct str label;
	enum stream_kind stream;
	struct str networks; /* comma separated CIDRs, empty = any */
	int64_t expires;     /* wall µs, 0 = never */
	bool plaintext;      /* AUTH without TLS allowed for this key: old devices */
	struct str scopes;   /* "send" (default), comma separated */
};
/* The secret is in the answer once, never again. */
int control_key_add(struct control *c, const struct control_key *k, struct json_t **ret_j);
/* account empty = all. Also for domains. */
int control_key_list(struct control *c, struct str account, struct json_t **ret_j);
int control_key_show(
	struct control *c, struct str account, struct str name, struct json_t **ret_j);
/* A part of such a list; the same for domains. -EINVAL: `after` is none of ours. */
struct control_page {
	struct str after;               /* `next` of the page before; empty: the first page */
	size_t limit;                   /* rows */
	char next[CONTROL_CURSOR_SIZE]; /* set: where the next page begins; empty: nowhere */
};
int control_key_page(
	struct control *c, struct str account, struct control_page *p, struct json_t **ret_j);
/* The row stays, disabled, so that its mail keeps its origin. */
int control_key_revoke(struct control *c, struct str name);
/* A new key like this one (account: whose it must be, empty = any); the old one is good for
 * grace µs more, or until it expires by itself. The answer is that of control_key_add, with
 * {"replaces"}. */
int control_key_roll(struct control *c, struct str account, struct str name, int64_t grace,
	struct json_t **ret_j);
/* A key with given texts, for demo (fk_test_demo) only. An existing one of this name is
 * replaced. */
int control_key_put(
	struct control *c, const struct control_key *k, struct str name, struct str secret);

/* How much an account may send, or one of its keys (account/limit). key empty: the account's
 * own; account empty: whosever the key is. */
struct control_quota {
	struct str account, key;
	bool given[LIMIT_KINDS];    /* to set: the others stay as they are */
	uint64_t most[LIMIT_KINDS]; /* 0: none; LIMIT_MOST at most */
};
/* Which row that is: {"account","key","tenant","key_id","quota"}; key is null and key_id 0 of
 * an account. */
int control_quota_show(struct control *c, const struct control_quota *q, struct json_t **ret_j);
int control_quota_set(struct control *c, const struct control_quota *q, struct json_t **ret_j);

/* Signing keys of one domain, made ahead: an RSA key takes a second on a busy machine. Touches
 * no table: for a thread. NULL: they could not be made. */
struct control_pairs;
struct control_pairs *control_pairs_make(void);
void control_pairs_free(struct control_pairs **p);
/* The next control_domain_add takes these (and frees them) instead of making some. Takes *p. */
void control_pairs_give(struct control *c, struct control_pairs **p);

/* Makes RSA-2048 and Ed25519 keys (selectors fct1 and fct1e), sealed; *ret_j has the DNS
 * records to publish ({name, type, value}[]) and a zone text. */
int control_domain_add(
	struct control *c, struct str account, struct str domain, struct json_t **ret_j);
int control_domain_list(struct control *c, struct str account, struct json_t **ret_j);
int control_domain_page(
	struct control *c, struct str account, struct control_page *p, struct json_t **ret_j);
int control_domain_remove(struct control *c, struct str account, struct str domain);
/* The row of one. */
int control_domain_show(
	struct control *c, struct str account, struct str domain, struct json_t **ret_j);
/* Marks as verified or not, without a check. -EEXIST: another account has it verified. */
int control_domain_verified(
	struct control *c, struct str account, struct str domain, bool verified);

/*
 * What a check in the DNS found, and the state that follows from it:
 *
 *   pending ── one of our DKIM keys is there ──▶ verified ◀── all is there again ── warning
 *                                                   └── a record that was there is lost ──▶
 *
 * Mail goes out in verified and warning. A record without an answer leaves all as it was.
 */
#define CONTROL_FOUND     'f'
#define CONTROL_MISSING   'm'
#define CONTROL_DIFFERENT 'd'
#define CONTROL_UNKNOWN   'u'
struct control_domain_check {
	struct str account, domain;
	struct str found; /* a letter for each record, in the row's order; 63 at most */
};
/* *ret_j: the row as it is then; *ret_counts: whether mail may go out became another answer.
 * -EEXIST: another account has it verified; -ENOENT: it is gone. */
int control_domain_checked(struct control *c, const struct control_domain_check *k,
	struct json_t **ret_j, bool *ret_counts);
/* Rows of at most `limit` domains whose records are to be looked up again: verified ones and
 * those with a warning once a day, pending ones every hour for a week. They come again in an
 * hour, unless a check says otherwise before. */
int control_domain_due(struct control *c, size_t limit, struct json_t **ret_j);

/* domain: a name or "*". An existing route of the domain is replaced. */
int control_route_add(struct control *c, struct str domain, struct str url);
int control_route_list(struct control *c, struct json_t **ret_j);
int control_route_remove(struct control *c, struct str domain);

/* What an account's mail is tracked with: defaults for messages that say nothing themselves,
 * and a host of its own (docs/reference/tracking.md). */
struct control_tracking {
	struct str account;
	/* p NULL: as it was. */
	struct str opens;  /* "on", "off" */
	struct str clicks; /* "none", "html", "text", "all" */
	struct str url;    /* http(s)://host[:port], empty: none. Another one is pending. */
};
enum control_tracking_state { CONTROL_PENDING, CONTROL_VERIFIED, CONTROL_WARNING };
int control_tracking_show(struct control *c, struct str account, struct json_t **ret_j);
int control_tracking_set(
	struct control *c, const struct control_tracking *t, struct json_t **ret_j);
/* What a check of the host found; *ret_j as it is then. `why` is a sentence, empty when there
 * is nothing to say. A host that was never verified stays pending for CONTROL_WARNING. -ENOENT:
 * the account has no host; -EEXIST: another account has verified it. */
struct control_checked {
	struct str account, host; /* -ENOENT when it is another one by now */
	enum control_tracking_state state;
	struct str why;
	bool forced; /* without a check */
};
int control_tracking_checked(
	struct control *c, const struct control_checked *k, struct json_t **ret_j);
/* Is the host a verified sending domain of the account, or below one? Who runs that domain has
 * a say in what its names lead to. */
bool control_tracking_owns(struct control *c, struct str account, struct str host);

/* A group of an account's mail: what a recipient may leave without leaving the rest. At most
 * CONTROL_GROUPS_MAX of an account; the names of those in use differ. To find one: its number,
 * or its name. */
enum control_group_default {
	CONTROL_GROUP_AS_IT_WAS,
	CONTROL_GROUP_DEFAULT,
	CONTROL_GROUP_NOT
};
struct control_group {
	struct str account;
	struct str group; /* to set */
	/* p NULL: as it was; to add: name is needed. */
	struct str name, description;
	enum control_group_default is_default; /* of one at most: the last that was made it */
};
int control_group_add(struct control *c, const struct control_group *g, struct json_t **ret_j);
int control_group_list(struct control *c, struct str account, struct json_t **ret_j);
int control_group_show(
	struct control *c, struct str account, struct str group, struct json_t **ret_j);
int control_group_set(struct control *c, const struct control_group *g, struct json_t **ret_j);
/* *ret_j: as it was. Its number is never given again. */
int control_group_remove(
	struct control *c, struct str account, struct str group, struct json_t **ret_j);

/* Is this key enabled, and not expired? 0, -ENOENT. */
int control_key_good(struct control *c, uint64_t key);
/* Last use of keys, written in batches by desk. */
int control_key_used(struct control *c, uint64_t key, int64_t wall, struct str client);

#endif
