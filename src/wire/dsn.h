/*
 * Delivery status notifications: xtext and parameters (RFC 3461), the report itself
 * (RFC 3462/6522, 3464).
 */
#ifndef WIRE_DSN_H
#define WIRE_DSN_H

#include "wire/reply.h"

enum dsn_notify {
	DSN_DEFAULT = 0,
	DSN_NEVER = 1,
	DSN_SUCCESS = 2,
	DSN_FAILURE = 4,
	DSN_DELAY = 8
};
enum dsn_ret { DSN_RET_NONE = 0, DSN_RET_FULL = 1, DSN_RET_HDRS = 2 };

/* xtext (RFC 3461 4). Decode: 0, -EINVAL, -E2BIG. */
int xtext_encode(struct buf *b, struct str s);
int xtext_decode(struct buf *b, struct str s);
/* utf-8-addr-xtext (RFC 6533 3) of well-formed UTF-8: pure ASCII. 0 or -E2BIG. */
int xtext_utf8_encode(struct buf *b, struct str s);
/* The value of ORCPT: "type;" and the address as xtext; one in UTF-8 in RFC 6533 form. */
int xtext_orcpt(struct buf *b, struct str type, struct str address);
/* "SUCCESS,FAILURE" or "NEVER" -> bits: 0 or -EINVAL (NEVER alone, none twice). */
int dsn_notify_parse(struct str s, unsigned *ret_bits);

enum dsn_action { DSN_FAILED = 1, DSN_DELAYED, DSN_DELIVERED, DSN_RELAYED, DSN_EXPANDED };

struct dsn_recipient {
	struct str address; /* final recipient */
	struct str orcpt;   /* "rfc822;a@b" decoded, empty = none */
	enum dsn_action action;
	struct dsn_code status;
	struct reply reply;       /* the remote's; code 0 = none */
	struct str remote_mta;    /* host name, empty = none */
	struct str sentence;      /* plain words for people: why and what to do */
	struct str sentence_fr;   /* the same in French; empty: the other one serves both */
	int64_t last_attempt;     /* wall µs */
	int64_t will_retry_until; /* wall µs, 0 = no more */
};

struct dsn_report {
	struct str hostname;   /* ours: reporting MTA, domain of the sender */
	struct str message_id; /* of the report, with brackets */
	struct str to;         /* the envelope sender of the original */
	struct str envid;      /* decoded, empty = none */
	struct str boundary;
	int64_t now, arrived; /* wall µs */
	const struct dsn_recipient *recipients;
	size_t n;
	struct str original; /* header block, or the whole message when full */
	bool full;           /* original is a whole message: message/rfc822 */
	bool french;         /* language of the human part (both when unsure: English first) */
};

/* Appends the complete report message (header and body, CRLF). 0 or -E2BIG. *ret_8bit: the
 * body needs 8BITMIME (the human part holds French letters, so always); UTF-8 addresses use
 * RFC 6533 forms. Foreign texts are made safe; the boundary is changed when the original holds
 * it. At least one recipient. The human part is in both languages, `french` says which first.
 */
int dsn_write(struct buf *out, const struct dsn_report *r, bool *ret_8bit);

#endif
