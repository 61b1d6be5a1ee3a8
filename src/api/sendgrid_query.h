/*
 * The query of SendGrid's /v3/messages:
 *
 *   status="delivered" AND to_email='ann@d.test' AND last_event_time BETWEEN
 *   TIMESTAMP "2026-11-01T00:00:00Z" AND TIMESTAMP "2026-11-30T00:00:00Z"
 *
 * Fields: msg_id from_email to_email subject status template_id, Contains(categories, "x"),
 * last_event_time with BETWEEN, = > >= < <=. Parts are joined by AND; OR, NOT and brackets are
 * not served. Keywords in any case. Pure; texts are borrowed.
 */
#ifndef API_SENDGRID_QUERY_H
#define API_SENDGRID_QUERY_H

#include "base/str.h"

struct sendgrid_query {
	struct str msg_id, from_email, to_email, subject, status, template_id, category;
	int64_t since, until; /* of the last event, wall µs: since <= t < until; 0: no end */
};

/* 0, or -EINVAL with the text from where it is not understood. An empty one asks for all. */
int sendgrid_query_read(struct str text, struct sendgrid_query *ret_q, struct str *ret_at);

#endif
