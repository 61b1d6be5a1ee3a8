/*
 * The picture of the tables, as directory.c answers from it and directory_rows.c reads it. What
 * is in it is in its arena, but for the tables' own places.
 */
#ifndef ACCOUNT_DIRECTORY_OWN_H
#define ACCOUNT_DIRECTORY_OWN_H

#include "account/directory.h"

#include "base/map.h"
#include "store/store.h"

#define DIRECTORY_DOMAIN_MAX 255 /* bytes of a domain's name */

struct group {
	uint32_t tenant;
	struct str name;
};

struct directory {
	struct arena arena;
	uint64_t version;
	size_t unreadable;
	bool plain_keys;
	struct map keys, tokens, domains, names;
	struct map verified; /* domain → its struct dir_domain */
	struct map inbound;  /* address → struct inbound */
	struct map blocked;  /* "tenant sender", of which mail is not to come in */
	struct map proved;   /* "tenant address" */
	struct nmap tenants; /* id + 1, as 0 is no key; value = address */
	struct nmap groups;  /* number → struct group */
	struct nmap key_ids; /* id → struct dir_key */
	struct config_route *routes;
	size_t nroutes, routes_cap;
	uint32_t *fed;
	size_t nfed, fed_cap;
	struct limit_who *limited;
	size_t nlimited, limited_cap;
	struct dir_tracking *tracking;
	size_t ntracking, tracking_cap;
	struct dir_stream *streams; /* by number */
	size_t nstreams, streams_cap;
	struct dir_domain *loading; /* whose signers are being read */
};

struct directory_load {
	struct directory *d;
	const struct seal_keys *keys;
	struct store *store;
};

void directory_add_tenant(struct directory *d, uint32_t id, struct str name, bool suspended);
/* All tables into l->d, as of one moment. -EIO */
int directory_read(struct directory_load *l);

/* Maps compare bytes: one text names tenant and domain. */
struct str directory_domain_name(
	char dst[4 + DIRECTORY_DOMAIN_MAX], uint32_t tenant, struct str domain);
/* And tenant and address, or domain, in b. */
struct str directory_named(struct buf *b, uint32_t tenant, struct str sender);
void directory_wipe_inbound(const struct inbound *in);

#endif
