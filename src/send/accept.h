/*
 * What a submission server takes and what it adds (RFC 6409; promises P10, P11; threats T3, T7,
 * T21, T23): the rules for senders, recipients and header blocks, and the fields written before
 * the customer's own. Pure: results are borrowed or live in the caller's arena; a reply with
 * code 0 means "no objection", its text is static.
 */
#ifndef SEND_ACCEPT_H
#define SEND_ACCEPT_H

#include "wire/address.h"
#include "wire/reply.h"

#define ACCEPT_HEADER_MAX  (256u << 10)
#define ACCEPT_FIELDS_MAX  1000u
#define ACCEPT_SUBJECT_MAX 200u

/* Bytes of the header block at the start of all, its empty line included; 0 = not complete yet.
 * The first `seen` bytes were looked at before: each byte is read about once, however small the
 * pieces come. Same result as header_length. */
size_t accept_header_end(struct str all, size_t seen);

struct accept_rules {
	unsigned hops;   /* Received fields of one message before it is a loop */
	bool any_domain; /* demo and lab: sender domains are not checked */
};

struct accept_facts {
	struct str subject;       /* decoded, at most ACCEPT_SUBJECT_MAX bytes of UTF-8 */
	struct str message_id;    /* empty = none: one is added */
	struct str from_domain;   /* A-labels of the only From mailbox; empty = there is none */
	struct str sender_domain; /* the same of Sender */
	bool eight_bit;
};

/* Judges a complete header block. *ret_f lives in the arena; also filled as far as it goes when
 * there is an objection. */
struct reply accept_header(struct arena *a, struct str block, const struct accept_rules *rules,
	struct accept_facts *ret_f);

/* The domain of a sender or recipient in A-labels (*ret_domain in the arena, empty for the null
 * sender). literals: address literals are fine (lab). */
struct reply accept_sender(
	struct arena *a, const struct address *from, bool literals, struct str *ret_domain);
struct reply accept_rcpt(struct arena *a, const struct address *to, bool literals);

/* For the trace fields (RFC 5321 4.4). */
struct accept_trace {
	struct str helo;     /* cleaned by wire/smtp_in */
	struct str client;   /* an IP address, or "uid:1000" of a local user */
	struct str hostname; /* ours */
	uint64_t id;         /* of the message */
	int64_t now;         /* wall µs */
	bool esmtp, tls, auth, utf8;
	bool http;               /* it came by the API: helo says nothing */
	const char *const *drop; /* as header_add, or NULL */
	struct str more;         /* as header_add */
};

/* Appends Received, Date and Message-ID where needed and the block without Bcc: the header as
 * it will be kept. *ret_header = bytes of the new header block with its empty line; what stands
 * behind it in out belongs to the body (a block that was no header). 0 or -E2BIG. */
int accept_rewrite(
	struct buf *out, struct str block, const struct accept_trace *t, size_t *ret_header);

#endif
