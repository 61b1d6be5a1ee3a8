/*
 * Members of JSON objects that tell of mail: foreign bytes, times, replies. What console, API,
 * CLI and webhooks write is written by the same functions, so that they agree.
 */
#ifndef REPORT_MEMBER_H
#define REPORT_MEMBER_H

#include "ledger/fact.h"

#include <jansson.h>

/* A new reference, never NULL. Text that is no UTF-8 or holds a NUL is made visible
 * (text_safe). */
json_t *member_of(struct str s);
/* RFC 3339 in UTC. */
json_t *member_of_time(int64_t wall);

/* Sets o's member; empty text too. */
void member_text(json_t *o, const char *name, struct str s);
/* These leave out what is empty or 0. */
void member_text_if(json_t *o, const char *name, struct str s);
void member_number_if(json_t *o, const char *name, int64_t v);
/* code, status, reply. */
void member_reply_if(json_t *o, const struct reply *r);

/* What a courier did: attempt (number), took_ms, host, address, tls, stage, the reply, next;
 * each if it is known. */
void member_attempt(json_t *o, const struct fact *f, unsigned number);
const char *member_via(uint8_t via);       /* "smtp", "api" …; NULL for none */
const char *member_stream(uint8_t stream); /* "transactional", "broadcast", "inbound" */

#define MEMBER_STATUS_TEXT 16
/* "5.1.1" (RFC 3463), or "" when the reply had none. Returns dst. */
const char *member_status(char dst[MEMBER_STATUS_TEXT], struct dsn_code code);

#endif
