/*
 * The parts of a message that came from outside (RFC 2046): a bounded walk over multipart
 * bodies, and small texts decoded on demand. message/rfc822 parts are leaves: who wants to look
 * into one takes its text and walks that. Nothing is trusted: whatever the bytes, the walk ends
 * in O(bytes × MIME_IN_DEPTH) and says what there is. Pure.
 */
#ifndef WIRE_MIME_IN_H
#define WIRE_MIME_IN_H

#include "base/arena.h"

#define MIME_IN_DEPTH 10u
#define MIME_IN_PARTS 100u
#define MIME_IN_HEAD  131072u /* bytes of a header block in which fields are looked for */

enum mime_in_coding { MIME_IN_PLAIN, MIME_IN_QP, MIME_IN_B64 };

struct mime_in_part {
	struct str head; /* its fields with their empty line; borrowed */
	struct str
		body; /* as it is encoded, without the line end before a delimiter; borrowed */
	struct str type;  /* "text/plain"; empty: none said, or not readable; borrowed */
	struct str value; /* the whole of Content-Type behind the colon; borrowed */
	enum mime_in_coding coding;
	uint8_t depth;  /* 0 is the message itself */
	bool multipart; /* its parts follow it; not set when the limits forbid to look inside */
	bool attached;  /* Content-Disposition: attachment */
};

struct mime_in {
	struct mime_in_part parts[MIME_IN_PARTS]; /* each before what it holds */
	size_t n;                                 /* at least 1 */
	bool cut;                                 /* a limit ended the walk */
};

/* Walks a message (header and body, CRLF lines). The arena is only used for odd boundaries. */
void mime_in_walk(struct arena *a, struct str message, struct mime_in *ret_m);

/* Is the part of this type ("text/plain", any case)? A part without a type is text/plain. */
bool mime_in_is(const struct mime_in_part *p, const char *type);
/* A parameter of Content-Type without its quotes, at most 200 bytes; empty = none. */
struct str mime_in_param(struct arena *a, const struct mime_in_part *p, const char *name);

/* The raw value of the first field of this name in a header block; p = NULL: there is none. */
struct str mime_in_field(struct str head, const char *name);

/* The body decoded, at most max bytes of it, in the arena: every line end is CRLF, there is no
 * other CR or LF and no NUL (it becomes a space). Empty when the arena is full. */
struct str mime_in_text(struct arena *a, const struct mime_in_part *p, size_t max);

/* The body decoded, byte for byte: borrowed when it is not encoded, else in the arena. p = NULL
 * when that is full. */
struct str mime_in_bytes(struct arena *a, const struct mime_in_part *p);

/* What a person would read first: the first text/plain leaf that is no attachment and not
 * empty, else the first text/html without its tags. Same promises. */
struct str mime_in_human(struct arena *a, const struct mime_in *m, size_t max);

/* Text of a foreign field on one line: unfolded, encoded words decoded, well-formed UTF-8
 * without control bytes, each white space one space, trimmed, at most max bytes. Never NULL;
 * empty when the arena is full.
 */
struct str mime_in_line(struct arena *a, struct str value, size_t max);

/* Takes the next line of a text of mime_in_text, without its CRLF; false: none is left. */
bool mime_in_next(struct str *rest, struct str *ret_line);

#endif
