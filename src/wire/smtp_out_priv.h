/*
 * Inside of smtp_out: reading replies (smtp_out_reply.c) and writing commands (smtp_out_cmd.c).
 * For smtp_out*.c only.
 */
#ifndef WIRE_SMTP_OUT_PRIV_H
#define WIRE_SMTP_OUT_PRIV_H

#include "wire/smtp_out.h"

/* Takes bytes from *in to the end of one reply: 1 it is complete, 0 more is needed, -EPROTO it
 * is no reply and *ret_why a sentence about it. In state EHLO the lines add to s->caps. */
int smtp_out_reply_feed(struct smtp_out *s, struct str *in, const char **ret_why);
/* The complete reply with its text copied to a; forgets what was read. */
struct reply smtp_out_reply_take(struct smtp_out *s, struct arena *a);
void smtp_out_reply_clear(struct smtp_out *s);
/* A reply of ours about the connection; its text in s->arena. */
struct reply smtp_out_reply_ours(
	struct smtp_out *s, struct reply base, const char *text, struct str detail);
/* Printable ASCII: control bytes become spaces, others '?'; '\n' stays when lines. */
void smtp_out_reply_clean(char *p, size_t n, bool lines);

/* May this address stand between < and > of a command? */
bool smtp_out_cmd_sendable(struct str address);
/* Writes the line cmd + CRLF; the transcript shows `shown`, or cmd when shown is NULL. */
void smtp_out_cmd_put(struct smtp_out *s, struct buf *out, struct str cmd, const char *shown);
/* "EHLO" or "HELO". */
void smtp_out_cmd_hello(struct smtp_out *s, struct buf *out, const char *verb);
void smtp_out_cmd_mail(struct smtp_out *s, struct buf *out);
void smtp_out_cmd_rcpt(struct smtp_out *s, struct buf *out, const struct smtp_out_rcpt *r);
/* AUTH PLAIN with its response, or only the response. */
void smtp_out_cmd_plain(struct smtp_out *s, struct buf *out, bool response_only);
/* A response of AUTH LOGIN. */
void smtp_out_cmd_secret(struct smtp_out *s, struct buf *out, struct str secret);
/* One line of the transcript, foreign bytes made safe; none once it is full. */
void smtp_out_cmd_note(struct smtp_out *s, const char *who, struct str text);

#endif
