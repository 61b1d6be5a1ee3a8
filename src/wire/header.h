/*
 * Header blocks (RFC 5322 2.2): finding fields and deciding what a submission server adds
 * (RFC 6409 8) without re-serialising what the customer wrote.
 */
#ifndef WIRE_HEADER_H
#define WIRE_HEADER_H

#include "base/arena.h"

struct header_field {
	struct str all; /* name, colon, value, folded lines, final CRLF */
	struct str name;
	struct str value; /* behind the colon, with foldings, without the final CRLF */
};

/* Takes the next field from *rest (lines end with CRLF). 1 a field, 0 the end of the block
 * (the empty line is left in *rest), -EINVAL a line that is no field (a body without header).
 */
int header_next(struct str *rest, struct header_field *ret_f);

/* The value unfolded and trimmed, in the arena. */
struct str header_unfold(struct arena *a, struct str value);

/* RFC 2047 encoded words decoded to UTF-8 for display (UTF-8, ISO-8859-1/15, windows-1252 and
 * US-ASCII; anything else stays as it is). In the arena; at most max bytes. */
struct str header_decode(struct arena *a, struct str value, size_t max);

/* Length of the header block of a message including the empty line; 0 when the empty line has
 * not been seen yet in s. A message may be all header. */
size_t header_length(struct str s);

struct header_facts {
	unsigned received; /* Received fields: hops */
	unsigned from, date, message_id, sender, to_cc, subject, bcc; /* how many of each */
	bool malformed;                  /* a line that is no field */
	bool mime, auto_submitted, list; /* has MIME-Version, Auto-Submitted != no, List-* */
	struct str from_value, message_id_value, subject_value,
		sender_value; /* borrowed, first one */
	bool eight_bit;       /* a byte > 127 in the block */
	size_t longest_line;  /* bytes without CRLF */
};

/* Facts of a complete header block. */
void header_scan(struct str block, struct header_facts *ret_f);

/*
 * The prefix a submission server puts before the customer's header and the block without its
 * Bcc fields. All texts are appended to out: Received (given complete, with CRLF), then Date
 * and Message-ID when they are missing (RFC 6409 8.1, 8.2) and, when mime_missing_8bit, none.
 * Then the block itself without Bcc (and without the fields named in `drop`, a NULL-ended
 * list of lower-case name prefixes, may be NULL), empty line included; a block with malformed
 * first line is kept as it is behind an empty line of its own. 0 or -E2BIG.
 */
struct header_add {
	struct str received;
	struct str date;       /* used when the block has none */
	struct str message_id; /* with its angle brackets, used when the block has none */
	const char *const *drop;
};
int header_rewrite(struct buf *out, struct str block, const struct header_add *add);

/* RFC 3834 and 5321: may a report be sent about this message? No for list and auto mail is NOT
 * the rule for DSNs; only the null sender forbids. Here: a name safe to be put in a header? No
 * CR, LF, NUL. */
bool header_value_safe(struct str s);

#endif
