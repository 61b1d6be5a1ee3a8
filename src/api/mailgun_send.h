/*
 * Mailgun's messages API (POST /v3/<domain>/messages and /messages.mime): forms to outgoing
 * messages and back. Facts of the contract: one call is accepted or refused as a whole, with
 * the first mistake as its text; `to` may be repeated and hold lists; with recipient-variables
 * each To address gets a message of its own (and so do Cc and Bcc, once for each); at most
 * 1,000 recipients a call over all its messages.
 *
 * Ours: `from` may have another domain than the path's, since who may send as whom is asked
 * where the keys are. An option that Mailgun has and this service has not (o:dkim=no,
 * %tag_unsubscribe_url% …) is an error, never passed over.
 */
#ifndef API_MAILGUN_SEND_H
#define API_MAILGUN_SEND_H

#include "api/call.h"

struct mailgun_call {
	struct str domain;       /* of the path, decoded */
	struct str content_type; /* the request's field; empty: none */
	struct str body;
};

/* 0, or -E2BIG when the arena is full, as it gets by recipient variables in long texts: what
 * was read is not to be sent, the answer is 413. Mistakes are in s->errors; items have none. */
int mailgun_send_read(
	struct api_send *s, const struct mailgun_call *c, const struct api_world *w);
/* The same for a message that is MIME already: s has one item with its sender, recipients (the
 * `to` of the form, in mail.to) and options; its texts and fields are empty. *ret_message: its
 * bytes, every line end CRLF, header as the client wrote it (Bcc included: header_rewrite takes
 * it out). Written only when s->errors is empty. */
int mailgun_mime_read(struct api_send *s, const struct mailgun_call *c,
	const struct api_world *w, struct str *ret_message);

/* The answer to what became of s; also when the call was refused. message_id: that of the first
 * item's message, with its brackets, since clients match it with the mail's field; empty:
 * "<number.request@domain>" with the number of the first item's first recipient. A Message-ID
 * that the client gave goes before both. */
void mailgun_send_answer(const struct api_send *s, const struct api_world *w,
	struct str message_id, struct api_answer *ret_a);
/* An answer without a call: bad credentials (401), a body too long (413), busy (503). */
void mailgun_send_refuse(int status, const struct api_world *w, struct api_answer *ret_a);

#endif
