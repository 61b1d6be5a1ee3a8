/*
 * What Mailjet calls TemplateErrorReporting: a template made a mistake, and a short mail tells
 * it to the address that the message names. It is mail of the account like any other, from the
 * message's own sender, and no call waits for it: what cannot be sent is counted, said once and
 * dropped. So it is when this process ends.
 *
 *   mistake ─▶ not too many? ─▶ domain of the sender ─▶ written ─▶ durable ─▶ submitted
 *                                └ unknown: the engine is asked
 *
 * One report for a template in EDGE_REPORT_US, EDGE_REPORTS_HOUR for an account; a message's
 * own texts are known by their subject. Each edge counts for itself, EDGE_REPORT_ACCOUNTS
 * accounts at a time; EDGE_REPORTS are under way at once. Private to edge.c, edge_write.c and
 * edge_mail_template.c.
 */
#ifndef ROLE_EDGE_TEMPLATE_REPORT_H
#define ROLE_EDGE_TEMPLATE_REPORT_H

#include "role/edge_api.h"

#define EDGE_REPORT_US       (3600 * EDGE_SECOND)
#define EDGE_REPORTS_HOUR    20u
#define EDGE_REPORT_ACCOUNTS 1024u
#define EDGE_REPORTS         64u

struct edge_reports *edge_reports_new(struct edge *e);
/* Drops those that are not being written to the disk; these end when the writer does. */
void edge_reports_close(struct edge_reports *all);
/* Behind edge_reports_close and the writer's end. */
void edge_reports_free(struct edge_reports **all);

/* May one more go to this account (a tenant) about `what`? Counts it if so. now: mono µs. */
bool edge_reports_take(struct edge_reports *all, uint32_t tenant, uint64_t what, uint64_t now);

/* On the loop, k->version still held, k->err and k->mistake of edge_write_texts: reports the
 * mistake, if there is one and `want` names somebody. mail: as far as it came. */
void edge_template_report(
	struct edge_call *k, const struct outgoing_template *want, const struct outgoing *mail);

#endif
