/*
 * Postmark's API beside sending: outbound messages, bounces, statistics, server and streams.
 * Pure; new references.
 */
#ifndef API_POSTMARK_REST_H
#define API_POSTMARK_REST_H

#include "api/rest.h"
#include "api/rest_count.h"

/* ---- messages: one entry for all recipients of a message ---- */
json_t *postmark_rest_message(const struct rest_mail *m);
/* One more recipient of it, one before those it has. */
void postmark_rest_message_add(json_t *message, const struct rest_mail *m);
/* "Queued" or "Sent". */
const char *postmark_rest_status(const struct rest_mail *m);
/* Makes details of an entry: bodies (which are not shown) and an empty MessageEvents. */
void postmark_rest_details(json_t *message);
json_t *postmark_rest_event(const struct event *e); /* of MessageEvents; NULL: none */
/* Does its metadata have this value? */
bool postmark_rest_has(const struct rest_mail *m, struct str name, struct str value);

/* ---- mail that came in: one entry for a recipient ---- */
/* "Queued", "Scheduled" (its URL failed, and is tried again), "Processed" or "Failed". */
const char *postmark_rest_inbound_status(const struct rest_mail *m);
json_t *postmark_rest_inbound(const struct rest_mail *m);
/* Makes details of an entry: texts and fields, which are not shown. */
void postmark_rest_inbound_details(json_t *message);

/* ---- bounces ---- */
/* Bits of the fact kinds a search for bounces needs. */
uint32_t postmark_rest_bounce_states(void);
bool postmark_rest_is_bounce(const struct rest_mail *m);
const char *postmark_rest_bounce_type(const struct rest_mail *m); /* "HardBounce" … */
bool postmark_rest_inactive(const struct rest_mail *m);
/* The object, if this event is one: a failure or a complaint; else NULL. */
json_t *postmark_rest_bounce(const struct event *e);

/* ---- statistics ---- */
/* Counts by Postmark's types of bounces: {"": {type: n}, day: {type: n}}. */
struct postmark_tally {
	json_t *days;
	uint8_t streams; /* as in rest_counts */
};
int postmark_rest_tally(void *ctx, const struct ledger_count_row *row); /* for ledger_count */
json_t *postmark_rest_delivery(const json_t *days);                     /* /deliverystats */
json_t *postmark_rest_bounce_days(const json_t *days);
json_t *postmark_rest_overview(const struct rest_counts *c);
enum postmark_series {
	POSTMARK_SENDS,
	POSTMARK_SPAM,
	POSTMARK_TRACKED,
	POSTMARK_OPENS,
	POSTMARK_CLICKS
};
json_t *postmark_rest_days(const struct rest_counts *c, enum postmark_series series);

/* ---- server and streams ---- */
json_t *postmark_rest_server(struct str account, uint32_t tenant);
/* One of the three that every account has; NULL: it is none of them. */
json_t *postmark_rest_stream(struct str id, uint32_t tenant, struct str created);
/* One of the account's own, of account/control_stream's JSON. */
json_t *postmark_rest_own_stream(const json_t *row, uint32_t tenant);

/* What is asked of a stream that is made or changed, as the request has it: members in any
 * case, p NULL: not there. */
struct postmark_stream {
	struct str id, name, description, type, unsubscribe;
};
struct postmark_stream postmark_rest_stream_asked(const json_t *body);
/* What is wrong with it: a code with its text, or NULL. broadcast: the kind, of one that is
 * there (make false). */
struct postmark_wrong {
	const char *code, *text;
};
const struct postmark_wrong *postmark_rest_stream_wrong(
	const struct postmark_stream *s, bool make, bool broadcast);

#endif
