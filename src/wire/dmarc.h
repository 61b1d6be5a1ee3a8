/*
 * A DMARC record (RFC 7489 6.3) as far as people ask about it. Pure.
 */
#ifndef WIRE_DMARC_H
#define WIRE_DMARC_H

#include "base/str.h"

struct dmarc {
	char policy[12];    /* none, quarantine, reject */
	char subdomain[12]; /* sp, else as policy */
	bool reports;       /* has a rua */
};

/* Is this TXT record a DMARC record? (Its version stands first, exactly.) */
bool dmarc_is(struct str record);
/* 0; -EINVAL: p is missing or unknown, a receiver passes the record over (6.6.3), but for one
 * with a rua, which it takes for p=none. */
int dmarc_read(struct str record, struct dmarc *ret_d);

#endif
