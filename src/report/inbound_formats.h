/*
 * The bodies, one file for each format. Part of report/inbound*.c only. They append to b, whose
 * `full` says that something did not fit.
 */
#ifndef REPORT_INBOUND_FORMATS_H
#define REPORT_INBOUND_FORMATS_H

#include "report/inbound.h"
#include "report/inbound_view.h"

void inbound_native(
	struct buf *b, const struct inbound_letter *l, const struct inbound_view *v);
void inbound_mailjet(struct buf *b, const struct inbound_view *v);
void inbound_postmark(
	struct buf *b, const struct inbound_letter *l, const struct inbound_view *v);
/* Of a form; boundary stands nowhere in the mail. */
void inbound_sendgrid(struct buf *b, const struct inbound_letter *l,
	const struct inbound_view *v, struct str boundary);

#endif
