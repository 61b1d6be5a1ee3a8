/*
 * Search in the ledger's rows: activity lists of the console and of the APIs. Newest first,
 * page by page. Days outside the asked time are not opened, and a call looks at a bounded
 * number of rows: what it did not get to is said (`partial`), with a cursor to go on from
 * there. So every filter answers soon, and those without an index (subject, sender, domain,
 * stream) may need more than one call.
 *
 * What finds rows: id, then to, custom_id or message_id by their indexes; else the tenant's
 * rows by time. Hours in which the counters (ledger_count.h) know nothing of the tag, campaign
 * or template, and days without a fact of the asked states, are passed over.
 */
#ifndef LEDGER_LEDGER_SEARCH_H
#define LEDGER_LEDGER_SEARCH_H

#include "ledger/ledger.h"

#define LEDGER_SEARCH_LIMIT 1000u /* rows of a page */
#define LEDGER_SEARCH_COUNT 10000u
#define LEDGER_SEARCH_ROWS  20000u /* looked at in one call */
#define LEDGER_CURSOR       48     /* its text and a NUL */

/* An empty text or 0: not asked for. Texts are compared byte for byte unless said otherwise. */
struct ledger_search {
	uint32_t tenant;     /* 0: of all (the operator) */
	uint64_t id;         /* of a recipient, or of a message: all its recipients */
	struct str to, from; /* an address or "*@domain", any case */
	struct str provider; /* a name, a domain of recipients or of servers: site_is */
	uint32_t states;  /* bits 1 << enum fact_kind: the last state, or for opened, clicked,
	                     unsubscribed and complained that it happened (by a person) */
	uint32_t streams; /* bits 1 << enum stream_kind */
	/* By name one of the account's own; or only what went by none of them. */
	struct str own_stream;
	bool no_own_stream;
	struct str tag, campaign, template, custom_id;
	struct str message_id; /* with or without <> */
	struct str subject;    /* words, each of them is in it, any case (of ASCII) */
	int64_t since, until;  /* accepted, wall µs: since <= accepted < until */
	struct str cursor;     /* of the page before, same filters */
	unsigned limit;        /* 1 … LEDGER_SEARCH_LIMIT */
	unsigned count_max; /* count matches up to that many (<= LEDGER_SEARCH_COUNT), 0: no */
	unsigned most_ms;   /* look at no more rows after that time, 0: no limit */
};

struct ledger_found {
	unsigned rows;            /* given to fn */
	char next[LEDGER_CURSOR]; /* empty: this was all */
	bool partial;             /* more rows may match: ask again with next */
	unsigned count;           /* with count_max: matches from here on */
	bool count_more;          /* at least that many */
	unsigned looked;          /* rows looked at */
};

/* Is the row one of those that the search finds, whatever its page? */
bool ledger_search_fits(const struct ledger_search *q, const struct ledger_row *r);

/*
 * fn gets borrowed rows and returns 0 to go on; its other values come back. Missing or damaged
 * day files are passed over. 0; -EINVAL: a limit, or a cursor that is not of these filters;
 * -errno.
 */
int ledger_search(const char *dir, const struct ledger_search *q, struct ledger_found *ret_f,
	int (*fn)(void *ctx, const struct ledger_row *r), void *ctx);

#endif
