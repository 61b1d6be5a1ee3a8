/*
 * The site of a recipient's mail: whose servers took or refused it. A provider hosts domains
 * that do not bear its name; its servers do. Named after the server's own name: the ending that
 * the table knows (site_tbl.h), else its domain as far as one is registered. Pure.
 */
#ifndef LEDGER_SITE_H
#define LEDGER_SITE_H

#include "base/str.h"

#define SITE_TEXT 256

/* "alt1.aspmx.l.google.com" → "google.com", in dst (borrowed), small letters. An address, and
 * what has no point in it, stays as it is; empty for an empty name. */
struct str site_of(char dst[SITE_TEXT], struct str host);

/*
 * Is mail for this domain, of which servers of that site spoke last (empty: none did yet, or it
 * was not kept), with the provider that is asked for? A name of the table ("gmail"): its sites
 * and its own domains. Else a domain: the recipient's, or the site or one above it. Any case.
 */
bool site_is(struct str asked, struct str site, struct str domain);

#endif
