/*
 * The tokens of tracked links, pixels, unsubscribe pages and messages shown as pages. Each says
 * by itself whose it is and what it leads to, so that it works after the ledger is purged: a
 * click token carries the URL, an unsubscribe token the address. Nothing of it can be read or
 * changed without the key.
 *
 * Text: base64url (RFC 4648 5, no padding, one spelling only) of
 *
 *   key id 1 | SIV 16 | sealed: kind and flags 1, stream 1, tenant 4, message 7, index 2,
 *                               accepted 4, [group 4,] text 0..2000
 *
 * Sealed with AES-128-SIV (RFC 5297): the tag has 128 bits and no nonce travels, 22 characters
 * a link less than with one. Equal fields give equal tokens. That is wanted: a message that is
 * composed again after a crash is the same to the byte, and a URL that stands in it twice has
 * one token. It tells an onlooker nothing, since message and index are among the fields.
 *
 * A token of one tenant must not work on the host of another: the caller compares the tenant.
 * The key is one of its own, not that of wire/token. A box serves one thread.
 */
#ifndef WIRE_TRACK_TOKEN_H
#define WIRE_TRACK_TOKEN_H

#include "base/buf.h"

#define TRACK_TOKEN_KEY      32
#define TRACK_TOKEN_KEYS     32u   /* of one box */
#define TRACK_TOKEN_TEXT_MAX 2000u /* of a URL or an address */
#define TRACK_TOKEN_MIN      48u   /* characters of a token without text */
#define TRACK_TOKEN_MAX      2715u /* characters of any token */
#define TRACK_TOKEN_ROOM     2716u /* a buffer for one: the encoder wants whole groups */

enum track_token_kind {
	TRACK_TOKEN_OPEN = 1,
	TRACK_TOKEN_CLICK,
	TRACK_TOKEN_UNSUBSCRIBE,
	TRACK_TOKEN_CHOICE, /* unsubscribe, with groups to choose from: text holds them, too */
	TRACK_TOKEN_WEB     /* the message as a page */
};

#define TRACK_TOKEN_CHOICES 26u

/* The recipient agreed that what he himself opens and clicks is recorded. Without it the link
 * still leads where it should, and only totals without a recipient may be counted (CNIL). */
#define TRACK_TOKEN_CONSENT 1u
/* Of a page: others than the recipient will open it. */
#define TRACK_TOKEN_SHARED 2u
#define TRACK_TOKEN_FLAGS  15u /* all that fit: the fifth says that a group is in it */

struct track_token {
	uint8_t kind, flags, stream;
	uint16_t index; /* of the recipient in its message */
	uint32_t tenant;
	uint32_t accepted; /* seconds since 1970: names the ledger's day */
	uint64_t message;  /* < 2^53 */
	struct str text;   /* click: http(s) URL of printable ASCII; unsubscribe: the address */
	uint32_t group;    /* unsubscribe, choice: from it alone; 0 none */
};

struct track_token_key {
	uint8_t id;
	uint8_t bytes[TRACK_TOKEN_KEY];
};

struct track_token_box;

/* 1 to TRACK_TOKEN_KEYS of them, ids differ: the first key seals, all open. The keys are
 * copied; free wipes them. */
struct track_token_box *track_token_box_new(const struct track_token_key *keys, size_t n);
void track_token_box_free(struct track_token_box **b);

/* Appends the text: 0; -EINVAL when t is none that read would give; -E2BIG (out is as before).
 */
int track_token_write(
	struct buf *out, const struct track_token_box *b, const struct track_token *t);
/* t->text is borrowed from scratch, which is cleared before and needs room for
 * TRACK_TOKEN_ROOM bytes. 0, or -EINVAL when any bit is wrong or the key is unknown. */
int track_token_read(const struct track_token_box *b, struct str text, struct buf *scratch,
	struct track_token *ret_t);

/* Appends the text of a TRACK_TOKEN_CHOICE: 1 to TRACK_TOKEN_CHOICES groups, and the address.
 * 0, -EINVAL or -E2BIG. */
int track_token_choice_write(
	struct buf *out, const uint32_t *groups, size_t n, struct str address);
/* The number of groups in it; 0: it is none. */
size_t track_token_choice_read(
	struct str text, uint32_t groups[TRACK_TOKEN_CHOICES], struct str *ret_address);

/* The id of the recipient in queue and ledger. */
static inline uint64_t
track_token_rcpt(const struct track_token *t)
{
	return t->message + 1 + t->index;
}

#endif
