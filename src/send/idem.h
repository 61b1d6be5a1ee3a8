/*
 * Calls with an Idempotency-Key, for 24 h: which key, which request, which ids it got. The
 * key's text is never kept: a call is 72 bytes, SHA-256 of (tenant, key), SHA-256 of the
 * request and the id of its first message, as it travels in msg_extra.idem. Of the hashes the
 * first 16 bytes are compared.
 *
 *   begin (running) ──▶ done (durable) ──▶ 24 h ──▶ forgotten
 *
 * Bounded: when there are as many as may be (of these calls IDEM_MAX), one more makes the
 * tenant that holds most forget its oldest; the one that comes, when none holds more. So no
 * tenant can push out the calls of one that holds less. Each call of a function costs O(log
 * tenants), at growth a copy of one tenant's calls.
 */
#ifndef SEND_IDEM_H
#define SEND_IDEM_H

#include "base/buf.h"
#include "wire/msg.h"

#define IDEM_SIZE   72u
#define IDEM_MAX    1000000u
#define IDEM_LIFE   (86400 * INT64_C(1000000))
#define IDEM_RECORD 1000u /* calls of one journal record at most */

struct idem;
/* max: calls; life: µs of each. */
struct idem *idem_new(size_t max, int64_t life);
void idem_free(struct idem **m);

/* ret_call: IDEM_SIZE bytes. */
void idem_call(char *ret_call, const uint8_t key[32], const uint8_t body[32], uint64_t first);

/* call: IDEM_SIZE bytes, else it is no call: IDEM_NEW. at, now: wall µs. A call that is there
 * with the same first id is the same call said again (P4): IDEM_NEW. *ret_first: of the known
 * one, for IDEM_AGAIN. */
enum idem_kind idem_find(
	const struct idem *m, struct str call, int64_t now, uint64_t *ret_first);
/* It is under way / was durable at `at`. Twice is once. A call older than its life is not
 * taken. */
void idem_begin(struct idem *m, uint32_t tenant, struct str call, int64_t now);
void idem_put(struct idem *m, uint32_t tenant, struct str call, int64_t at, int64_t now);
void idem_done(struct idem *m, struct str call);
size_t idem_count(const struct idem *m);

/* Journal: SPOOL_IDEM records. write appends the next at most IDEM_RECORD calls from *pos on
 * (begin with 0) and moves it: true while there was one. read puts what a record tells: 0 or
 * -EBADMSG (nothing is put). The calls of a record stand by tenant; before the first of a
 * tenant stands one that is all zero but for `first`, the tenant. Those without one, of
 * programs that wrote none, are tenant 0's. */
bool idem_write(const struct idem *m, uint64_t *pos, struct buf *b);
int idem_read(struct idem *m, struct str payload, int64_t now);

#endif
