/* Private to desk_postmark*.c. */
#ifndef ROLE_DESK_POSTMARK_H
#define ROLE_DESK_POSTMARK_H

#include "role/desk_vendor.h"

/* A 422 with this code. */
void desk_postmark_refuse(struct desk_conn *n, const char *code, const char *why);

/* A query as it is read: the first mistake is kept. */
struct desk_postmark_query {
	struct desk_conn *conn;
	const char *code; /* of a filter that is wrong */
	struct str wrong; /* p NULL: nothing was */
};
struct str desk_postmark_text(struct desk_postmark_query *r, const char *name);
void desk_postmark_wrong(struct desk_postmark_query *r, const char *name, const char *why);
unsigned desk_postmark_number(
	struct desk_postmark_query *r, const char *name, unsigned otherwise, unsigned max);
/* Wall µs, 0: not asked for. end: a day stands for its end. */
int64_t desk_postmark_when(struct desk_postmark_query *r, const char *name, bool end);
/* One of the account's own streams (control_stream_show), a new reference; NULL: it has none
 * of this name. */
json_t *desk_postmark_own(struct desk_conn *n, struct str name);
/* messagestream of a query. kinds: bits 1 << enum stream_kind, 0: any. own: of the account's
 * own stream of this name alone; empty: of none of them, unless kinds is 0. */
struct desk_postmark_stream {
	uint8_t kinds;
	struct str own;
};
struct desk_postmark_stream desk_postmark_streams(struct desk_postmark_query *r);
/* true: something was wrong, and the call is answered. */
bool desk_postmark_refused(struct desk_postmark_query *r);

/* false: the call is none of templates. */
bool desk_postmark_template(struct desk_conn *n);
/* false: the call is none of streams. */
bool desk_postmark_stream(struct desk_conn *n);
/* false: the call is none of suppressions. */
bool desk_postmark_listed(struct desk_conn *n);
/* false: the call is none of mail that came in. */
bool desk_postmark_inbound(struct desk_conn *n);
/* false: the call is none of rules for it. */
bool desk_postmark_rule(struct desk_conn *n);
void desk_postmark_account(struct desk_conn *n);

#endif
