/*
 * Which way a recipient's mail goes: operator's routes (configuration and control database)
 * first, then the MX. lab.deliver_to wins over all. Pure.
 */
#ifndef SEND_ROUTE_H
#define SEND_ROUTE_H

#include "send/queue.h"
#include "wire/config.h"
#include "wire/url.h"

struct routes;
/* extra: routes added by `facteur routes add` (they win over the file's). Bad URLs are left out
 * (they were checked when they came in). */
struct routes *routes_new(const struct config *c, const struct config_route *extra, size_t n);
void routes_free(struct routes **r);
/* Fills *ret for domain: limits from the site table. Texts live as long as r. counter picks one
 * of several source addresses (per door, stable). */
void routes_find(const struct routes *r, struct str domain, uint32_t tenant, uint8_t stream,
	struct door_key *ret);
/* Is there a way that does not need port 25 outwards for this domain? */
bool routes_fixed(const struct routes *r, struct str domain);

#endif
