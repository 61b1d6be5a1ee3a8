/*
 * An event: one fact of one recipient with everything a webhook may say of it. Every format
 * starts from it (hook_*.h). Made from a row of the ledger and one of its facts; owns its
 * parsed `about`, everything else is in the caller's arena.
 */
#ifndef REPORT_EVENT_H
#define REPORT_EVENT_H

#include "report/reason.h"
#include "wire/typed_id.h"

struct json_t;

/*
 * "evt_" and 40 characters: place in the feed, recipient, the fact's number, and a MAC of the
 * three. The same after a crash and for each attempt to post it, so a receiver may use it to
 * tell doubles.
 */
#define EVENT_ID_TEXT 45
struct event_id {
	uint64_t seq, rcpt; /* rcpt < 2^53 */
	uint16_t number;
};
const char *event_id_write(
	char dst[EVENT_ID_TEXT], const uint8_t key[UUID_KEY_SIZE], const struct event_id *id);
/* 0, or -EINVAL when any bit is wrong. Any case. */
int event_id_read(struct str text, const uint8_t key[UUID_KEY_SIZE], struct event_id *ret_id);

struct event {
	char id[EVENT_ID_TEXT];
	char rcpt_id[TYPED_ID_TEXT], message_id[TYPED_ID_TEXT]; /* rcp_…, msg_… */
	char rcpt_uuid[UUID_TEXT];
	char message_uuid[UUID_TEXT]; /* SendGrid's X-Message-Id */
	char first_uuid[UUID_TEXT]; /* of the message's first recipient: Postmark's MessageID */

	/* A relay's delivery is FACT_DELIVERED here. "Processed", as some vendors call it, is
	 * FACT_ACCEPTED: nothing happens between that and the first attempt. */
	enum fact_kind kind;
	uint32_t tenant;
	uint64_t message, rcpt;
	/* The fact. For an expiry that has none of its own, with what the last attempt said. */
	struct fact fact;
	unsigned attempt; /* number of attempts up to here */
	bool first;       /* an open or click: the first of its kind by a person */

	struct str recipient, sender, subject;
	struct str internet_id; /* Message-ID without <> */
	int64_t accepted;       /* wall µs, 0 = not known */
	uint8_t stream, via;
	uint32_t size;

	uint32_t left; /* an unsubscription: the group that he ticked on a page of several; or
	                  0: the message's */
	struct reason reason;
	struct str en, fr; /* the sentence */
	/* What the sender gave to be given back (api/call.h, api_about): an object, or NULL. */
	struct json_t *about;
};

struct event_source {
	const struct ledger_row *row;
	const struct fact *fact; /* one of the row's */
	uint64_t seq;            /* of the feed */
	const uint8_t *key;      /* UUID_KEY_SIZE: that of uuids and typed ids */
};

/* Copies into the arena. 0; -EBADMSG for a damaged row (its ids; of damaged facts those before
 * the damage count); -E2BIG when the arena is full. Then there is nothing to free. */
int event_of(struct arena *a, const struct event_source *source, struct event *ret_e);
void event_done(struct event *e);

/* Members of `about`. Empty, or NULL, when absent. */
struct str event_about(const struct event *e, const char *name);
const struct json_t *event_tags(const struct event *e); /* array of texts */
struct str event_tag(const struct event *e);            /* the first of them */
const struct json_t *event_metadata(const struct event *e);
/* The name of the account's own stream that it went by; empty: one of the two of all. */
struct str event_own_stream(const struct event *e);
/* Number of the unsubscribe group, 0 = none. */
int64_t event_group(const struct event *e);

/* Is the address dead, so that further mail to it is useless (a hard bounce)? Not for what is
 * our fault, and not for a full mailbox. */
bool event_is_hard(const struct event *e);
/* Does such a bounce put the address on the suppression list? A dead mailbox does; a domain
 * that is gone may come back. */
bool event_suppresses(const struct event *e);
/* What put a suppressed address on the list, as far as the fact's text tells:
 * FACT_UNSUBSCRIBED, FACT_COMPLAINED, else FACT_BOUNCED. */
enum fact_kind event_suppressor(const struct event *e);
/* The remote's answer on one line, "550 5.1.1 No such user"; what is no text becomes a space.
 * Without an answer the sentence of the reason. Appends. */
void event_answer(struct buf *b, const struct event *e);

#endif
