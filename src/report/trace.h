/*
 * A message explained in words (P9): the verdict sentence, whose problem, what to do, the
 * attempts with their raw replies. From ledger rows to JSON, from JSON to text.
 */
#ifndef REPORT_TRACE_H
#define REPORT_TRACE_H

#include "ledger/ledger.h"

struct json_t;

/* Appends one recipient's story to the array:
 * {id, message_id, internet_message_id, account?, from, to, subject, stream, state, verdict
 * {en,fr, blame, class, todo_en, todo_fr}, timeline: [{at, event, attempt?, host?, address?,
 * tls?, took_ms?, stage?, code?, status?, reply?, next?, transcript?}]} */
int trace_json(const struct ledger_row *row, struct json_t *array);

/* The text for people (colour: ANSI). Times local with zone. */
int trace_text(struct buf *out, const struct json_t *story, bool french, bool colour);

#endif
