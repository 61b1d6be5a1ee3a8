/*
 * What the files of smtp_in share: smtp_in.c (life, lines, answers), smtp_in_cmd.c (commands
 * and their parameters), smtp_in_auth.c (AUTH exchange), smtp_in_data.c (the message's bytes).
 */
#ifndef WIRE_SMTP_IN_PRIV_H
#define WIRE_SMTP_IN_PRIV_H

#include "wire/smtp_in.h"

#define SMTP_IN_LINE_MAX 2048  /* 512 (RFC 5321 4.5.3.1.4) plus parameters and UTF-8 */
#define SMTP_IN_AUTH_MAX 12288 /* RFC 4954 4 */

/* Writes a reply. SMTP_IN_MORE, or SMTP_IN_CLOSE when out is full. */
enum smtp_in_event smtp_in_say(struct smtp_in *s, struct buf *out, struct reply r);
/* The same for a mistake of the client: counted, 421 when there were too many. */
enum smtp_in_event smtp_in_bad(struct smtp_in *s, struct buf *out, struct reply r);
/* The last reply; r's text must be static. SMTP_IN_CLOSE. */
enum smtp_in_event smtp_in_close(struct smtp_in *s, struct buf *out, struct reply r);
/* Drops what is known of the transaction; was there one? Leaves the state alone. */
bool smtp_in_forget(struct smtp_in *s);

/* One command line without its CRLF. */
enum smtp_in_event smtp_in_cmd(struct smtp_in *s, struct str line, struct buf *out);

/* May the client use AUTH at this moment, may it ever on this connection? */
bool smtp_in_auth_now(const struct smtp_in *s);
/* The AUTH command's argument; then each line of the exchange. */
enum smtp_in_event smtp_in_auth(struct smtp_in *s, struct str arg, struct buf *out);
enum smtp_in_event smtp_in_auth_line(struct smtp_in *s, struct str line, struct buf *out);
/* Ends the exchange and wipes every copy of the credentials. */
void smtp_in_auth_wipe(struct smtp_in *s);

/* States BODY and DISCARD: message bytes. */
void smtp_in_data_start(struct smtp_in *s);
enum smtp_in_event smtp_in_data(struct smtp_in *s, struct str *in, struct buf *out);

#endif
