/*
 * A fact: what happened to one recipient, when, and what was said (P9). Encoded into the
 * journal (for replay after a crash) and into the recipient's row of the ledger.
 */
#ifndef LEDGER_FACT_H
#define LEDGER_FACT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "wire/reply.h"

enum fact_kind {
	FACT_ACCEPTED = 1,
	FACT_DELIVERED,
	FACT_RELAYED,
	FACT_DEFERRED,
	FACT_BOUNCED,
	FACT_EXPIRED,
	FACT_SUPPRESSED,
	FACT_IN_DOUBT,
	FACT_HELD,
	FACT_RELEASED,
	FACT_CANCELLED,
	FACT_QUARANTINED,
	FACT_RETRIED, /* by an operator */
	/* Signals: what came after, by itself or by a person. They change no state of the queue
	 * and have no number of their own (FACT_SIGNAL). */
	FACT_RETURNED, /* a bounce that came back later, by mail */
	FACT_OPENED,
	FACT_CLICKED,
	FACT_UNSUBSCRIBED,
	FACT_COMPLAINED
};
#define FACT_KINDS  (FACT_COMPLAINED + 1)
#define FACT_SIGNAL UINT16_MAX           /* fact.number: written once by its bytes */
const char *fact_name(enum fact_kind k); /* "accepted", "in_doubt" … stable; "?" for none */

struct fact {
	uint64_t rcpt; /* recipient id */
	uint64_t message;
	uint32_t tenant;
	uint16_t number; /* 0, 1, 2 … per recipient: makes writing idempotent */
	uint8_t kind, class, blame, stage;
	int64_t at; /* wall µs */
	/* an attempt's */
	uint32_t took_ms;
	int64_t next;                  /* wall µs of the next try, 0 = none */
	struct str host, address, tls; /* remote name, ip:port, TLS text */
	struct reply reply;
	uint32_t transcript_day, transcript_length;
	uint64_t transcript_offset;
	uint8_t courier;
	/* FACT_ACCEPTED only */
	uint8_t stream, via;
	uint32_t size;
	/* Where its bytes are (struct extent_place; size is their length), as long as they are
	 * kept; 0 of older ledgers. */
	uint32_t extent;
	uint64_t offset, hash;
	struct str recipient, sender, message_id, subject, client;
	struct str about; /* JSON object (DESIGN: what events give back), or empty */
	/* a signal's */
	uint8_t robot; /* a machine did it */
	struct str ip, agent, url;
};

/*
 * Appends: what is empty takes no room (an attempt's fields, the reply). 0 or -E2BIG (nothing
 * appended; also for a text over 65,535 bytes).
 */
int fact_write(struct buf *b, const struct fact *f);
/* Reads one and moves r on. 0 or -EBADMSG. Texts are borrowed. Whatever is read, fact_write
 * gives back byte for byte. */
int fact_read(struct rd *r, struct fact *ret_f);

/* Who is written in the place of a recipient that was erased (docs/decisions/0018). */
#define FACT_ERASED "erased@erased.invalid"
/* Leaves of a fact what tells of no person: kind, times, numbers, codes, whose servers spoke.
 * Address, subject, what the sender gave along, words of a reply, where body and transcript are
 * and what a browser tells go. Twice changes nothing. */
void fact_erase(struct fact *f);

#endif
