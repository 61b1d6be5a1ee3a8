/*
 * A message explained in words (P9): the verdict sentence, whose problem, what to do, the
 * attempts with their raw replies. From ledger rows to JSON, from JSON to text.
 */
#ifndef REPORT_TRACE_H
#define REPORT_TRACE_H

#include "ledger/ledger.h"

struct json_t;

/*
 * Appends one recipient's story to the array (times are RFC 3339 in UTC):
 * {id, message_id, internet_message_id, tenant, from, to, subject, stream?, via?, size?,
 * client?, site? (whose servers spoke last: ledger/site.h), state: accepted delivered deferred
 * bounced expired suppressed in_doubt held cancelled quarantined, attempts, accepted, updated,
 * verdict {en, fr, class, blame, todo_en, todo_fr} (class "none", blame "none" and empty todo
 * when nothing is wrong), timeline: [{at, event (fact_name), attempt?, host?, address?, tls?,
 * took_ms?, stage?, code?, status?, reply?, next?, transcript? {courier, day, offset,
 * length}}]} 0, or -EBADMSG when the row's facts are damaged: those before the damage are told.
 */
int trace_json(const struct ledger_row *row, struct json_t *array);

/* The text for people (colour: ANSI). Times local with zone; foreign bytes made safe. 0 or
 * -E2BIG. */
int trace_text(struct buf *out, const struct json_t *story, bool french, bool colour);

#endif
