/*
 * A writer of MIME messages (RFC 5322, 2045, 2046, 2047, 2231) for mail that starts
 * here: text, HTML and others as alternatives, images inside the HTML, attachments. Pure: date,
 * Message-ID and boundary seed are given. Output has CRLF lines of at most 998 bytes; header
 * lines stay below 78 where the words allow it.
 *
 *   mixed ─┬─ alternative ─┬─ text
 *          │               ├─ related ─┬─ HTML
 *          │               │           └─ files with a content_id
 *          │               └─ others
 *          └─ other files               (a level with one part is left out)
 */
#ifndef CONTENT_COMPOSE_H
#define CONTENT_COMPOSE_H

#include "base/buf.h"

#define COMPOSE_FILE_NAME_MAX 1000u /* bytes */

struct compose_header {
	struct str name, value; /* value: UTF-8, unstructured; encoded as needed */
};

struct compose_file {
	struct str name; /* without folders, UTF-8 */
	struct str type; /* "image/png"; empty = from the name's ending */
	struct str bytes;
	struct str content_id; /* without brackets: shown inside the HTML (cid:…); else empty */
};

/* One more way to read the message (RFC 2046 5.1.4): text/calendar, text/x-amp-html. */
struct compose_part {
	struct str type; /* without a charset */
	struct str text;
};

struct compose {
	struct str from, to, cc;        /* mailbox lists: "a@b, José <c@d>"; to and cc may be
	                                   empty */
	struct str sender, reply_to;    /* mailbox lists, may be empty */
	struct str subject, text, html; /* html empty = none; both may be given */
	struct str message_id;          /* with its angle brackets */
	int64_t date;                   /* wall µs */
	struct str seed; /* [0-9A-Za-z]: makes boundaries; a chance collision is avoided */
	const struct compose_header *headers; /* added; one named Date or Message-ID
	                                         replaces ours */
	size_t nheaders;
	const struct compose_file *files;
	size_t nfiles;
	const struct compose_part *others; /* text/x-amp-html goes before the HTML, the rest
	                                      behind it */
	size_t nothers;
};

/* Appends the message. 0; -E2BIG; or -EINVAL with *ret_why (static text) when a value cannot
 * be in a header: control characters, a name that is no field name, a field we write. After
 * an error out is as it was. */
int compose_write(struct buf *out, const struct compose *c, const char **ret_why);

/* What compose_write would refuse of these, as a static sentence; NULL: nothing. Names of
 * fields that compose writes itself are fine here. */
const char *compose_wrong_field(const struct compose_header *h);
const char *compose_wrong_file(const struct compose_file *f);
const char *compose_wrong_part(const struct compose_part *p);
/* May this be in a header (encoded as needed)? UTF-8 without C0 and DEL. */
bool compose_clean(struct str s);

/* The media type of a file name's ending; application/octet-stream when unknown. */
struct str compose_type(struct str file_name);

#endif
