/*
 * Bytes of the few charsets that mail still comes in, as code points: UTF-8, US-ASCII,
 * ISO-8859-1 and -15, windows-1252. Pure.
 */
#ifndef WIRE_CHARSET_H
#define WIRE_CHARSET_H

#include "base/buf.h"

enum charset {
	CHARSET_NONE, /* none of ours */
	CHARSET_UTF8,
	CHARSET_ASCII,
	CHARSET_LATIN1,
	CHARSET_LATIN9,
	CHARSET_CP1252
};

/* By its name, any case; a language behind it (RFC 2231 5) is passed over. */
enum charset charset_of(struct str name);

/* The next code point of s (not empty) and the bytes it took; U+FFFD for what is none. */
uint32_t charset_next(enum charset cs, struct str s, size_t *ret_n);

/* Appends a code point as UTF-8: 0 or -E2BIG. */
int charset_put(struct buf *out, uint32_t cp);

/* Appends a text as UTF-8: line ends and tabs stay, other control bytes become spaces, what is
 * no character of its charset U+FFFD. A text of another charset, or of none, is taken for UTF-8
 * when it is well-formed, else for US-ASCII. What does not fit ends it, between two characters
 * (-E2BIG). */
int charset_text(struct buf *out, struct str charset, struct str bytes);

#endif
