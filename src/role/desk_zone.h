/*
 * The servers of the zone that a name stands in: from the name upwards, the first that has NS
 * records; the public addresses of a few of these servers. Part of desk only.
 */
#ifndef ROLE_DESK_ZONE_H
#define ROLE_DESK_ZONE_H

#include "role/desk_priv.h"

struct desk_zone;
/* fn is called once, maybe before return: servers as resolver_new_brief takes them, borrowed;
 * empty: none is known that may be asked. */
struct desk_zone *desk_zone_new(
	struct desk *d, struct str name, void (*fn)(void *ctx, struct str servers), void *ctx);
/* Not from within fn. */
void desk_zone_free(struct desk_zone **z);

#endif
