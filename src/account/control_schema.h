/*
 * The tables of control.db, shared by the writer (control) and the reader (directory). Part of
 * account only. Sealed texts are bound to a context, so that no row's secret opens in another.
 */
#ifndef ACCOUNT_CONTROL_SCHEMA_H
#define ACCOUNT_CONTROL_SCHEMA_H

#include "store/store.h"

#define CONTROL_FILE "control.db"

extern const struct store_schema control_schema;

/* tracking.clicks: the parts in which links are rewritten. tracking.state: enum
 * control_tracking_state. */
#define CONTROL_CLICKS_HTML 1
#define CONTROL_CLICKS_TEXT 2

/* Context of a DKIM key: "dkim/TENANT/DOMAIN/SELECTOR"; of a route: "route/DOMAIN"; of a
 * webhook: "webhook/TENANT/COLUMN" (its number is given by the insert); of an inbound address:
 * "inbound/TENANT/ADDRESS/COLUMN"; of a user's second factor: "totp/USER". Appends. */
int control_schema_dkim(struct buf *b, uint32_t tenant, struct str domain, struct str selector);
int control_schema_webhook(struct buf *b, uint32_t tenant, const char *what);
int control_schema_inbound(
	struct buf *b, uint32_t tenant, struct str address, const char *what);
int control_schema_totp(struct buf *b, int64_t user);
int control_schema_erasure(struct buf *b, uint32_t tenant, struct str hash);
int control_schema_route(struct buf *b, struct str domain);

#endif
