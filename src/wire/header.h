/*
 * Header blocks (RFC 5322 2.2): finding fields and deciding what a submission server adds
 * (RFC 6409 8) without re-serialising what the customer wrote.
 */
#ifndef WIRE_HEADER_H
#define WIRE_HEADER_H

#include "base/arena.h"
#include "base/buf.h"

struct header_field {
	struct str all; /* name, colon, value, folded lines, final CRLF */
	struct str name;
	struct str value; /* behind the colon, with foldings, without the final CRLF */
};

/* Takes the next field from *rest (lines end with CRLF; the last one may lack it). 1 a field,
 * 0 the end of the block (the empty line is left in *rest), -EINVAL a line that is no field:
 * *rest is moved behind that line, so that a reader may go on. */
int header_next(struct str *rest, struct header_field *ret_f);

/* The value unfolded and trimmed, in the arena; p = NULL when the arena is full. */
struct str header_unfold(struct arena *a, struct str value);

/* RFC 2047 encoded words decoded to UTF-8 for display (UTF-8, ISO-8859-1/15, windows-1252 and
 * US-ASCII; anything else stays as it is). Always well-formed UTF-8 without control bytes. In
 * the arena (p = NULL when it is full); at most max bytes. */
struct str header_decode(struct arena *a, struct str value, size_t max);

/* Length of the header block of a message including the empty line; 0 when the empty line has
 * not been seen yet in s. A message may be all header. */
size_t header_length(struct str s);

struct header_facts {
	unsigned received; /* Received fields: hops */
	unsigned from, date, message_id, sender, to_cc, subject, bcc; /* how many of each */
	bool malformed;                  /* a line that is no field (mbox "From " aside) */
	bool headless;                   /* already the first line is none: a body without
	                                    header, no field is counted */
	bool mime, auto_submitted, list; /* has MIME-Version, Auto-Submitted != no, List-* */
	struct str from_value, message_id_value, subject_value,
		sender_value; /* borrowed, first one */
	bool eight_bit;       /* a byte > 127 in the block */
	size_t longest_line;  /* bytes without CRLF */
};

/* Facts of a complete header block. */
void header_scan(struct str block, struct header_facts *ret_f);

/* May there be a field whose name begins with one of these (lower case, NULL-ended)? Only a
 * look at each line's start: a yes must be read, a no is sure. */
bool header_may_have(struct str block, const char *const *prefixes);

/*
 * The prefix a submission server puts before the customer's header and the block without its
 * Bcc fields. All texts are appended to out: Received (given complete, with CRLF), then Date
 * and Message-ID when they are missing (RFC 6409 8.1, 8.2).
 * Then the block itself without Bcc and Resent-Bcc (and without the fields named in `drop`, a
 * NULL-ended list of lower-case name prefixes, may be NULL), empty line included; an mbox
 * "From " line at the start goes. A block whose first line is no field (headless) is kept as it
 * is behind an empty line of its own. 0 or -E2BIG.
 */
struct header_add {
	struct str received;
	struct str date;       /* used when the block has none */
	struct str message_id; /* with its angle brackets, used when the block has none */
	const char *const *drop;
	struct str more; /* complete fields with CRLF, put behind those above */
};
int header_rewrite(struct buf *out, struct str block, const struct header_add *add);

/* May this foreign text be put into a header field? Not with CR, LF or NUL. */
bool header_value_safe(struct str s);

#endif
