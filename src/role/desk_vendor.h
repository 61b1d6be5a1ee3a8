/*
 * What the vendors' dialects share in desk: pages of the ledger by offset, an account's own
 * tables, counters. Each call speaks of its key's own account, also an operator's. Private to
 * desk_vendor.c and the files of the dialects.
 */
#ifndef ROLE_DESK_VENDOR_H
#define ROLE_DESK_VENDOR_H

#include "api/rest.h"
#include "api/rest_count.h"
#include "ledger/ledger_search.h"
#include "role/desk_api.h"

/* Recipients, newest first, as a vendor's page has them: by offset. */
struct desk_page {
	struct desk_conn *conn;
	struct ledger_search q; /* of its members those of the page itself are set here */
	unsigned offset, limit;
	bool messages; /* count messages instead of recipients */
	bool total;    /* go on behind the page, to count, for a while */
	/* NULL: all that the search finds. */
	bool (*keep)(const struct desk_page *p, const struct rest_mail *m);
	/* again: of the same message as the one before. */
	void (*add)(struct desk_page *p, const struct rest_mail *m,
		const struct ledger_row *row, bool again);
	const void *ctx;
	json_t *rows; /* begins as an empty array; the caller's afterwards */

	unsigned seen;      /* out: counted; without total up to one more than the page */
	uint64_t message;   /* of the last one counted */
	struct arena arena; /* of the row at hand */
};
/* true: rows are there. false: the call was answered, or will be asked again; rows are gone. */
bool desk_page_read(struct desk_page *p);
struct str desk_vendor_query(struct desk_conn *n, const char *name); /* "": it is not there */
struct str desk_vendor_account(struct desk_conn *n);
struct str desk_vendor_created(struct desk_conn *n); /* when it was, RFC 3339 */
/* A member of the body, its name in any case; NULL: none. */
const json_t *desk_vendor_member(const struct desk_conn *n, const char *name);
/* {"account": …}; new reference. */
json_t *desk_vendor_question(struct desk_conn *n);
/* Lists of the tables (account/control.h); NULL: the call was answered. New references. */
json_t *desk_vendor_domains(struct desk_conn *n);
json_t *desk_vendor_keys(struct desk_conn *n);
/* The one of that name; NULL: the call was answered. A new reference. */
json_t *desk_vendor_domain(struct desk_conn *n, struct str name);
/* "send,read": those of these scopes that the calling key has as well, without operate. */
struct str desk_vendor_scopes(struct desk_conn *n, unsigned scopes);
/* ret_c: its array is in the call's arena. false: the call was answered. */
bool desk_vendor_count(
	struct desk_conn *n, struct ledger_count_query *q, struct rest_counts *ret_c);

#endif
