/*
 * Upper and lower case of UTF-8 text by a small table: Latin with its accents, Greek, Cyrillic,
 * Armenian. One character becomes one character of as many bytes, whatever the language is; the
 * rest stays as it is, also what is no UTF-8. Pure.
 */
#ifndef CONTENT_LETTERS_H
#define CONTENT_LETTERS_H

#include "base/str.h"

/* dst has room for s.n bytes, and gets as many; it may be s.p. */
void letters_upper(char *dst, struct str s);
void letters_lower(char *dst, struct str s);
/* Bytes of the first character (1 when it is no UTF-8), 0 of an empty text. */
size_t letters_first(struct str s);
/* Code points; each byte that is no UTF-8 counts as one. */
size_t letters_count(struct str s);

#endif
