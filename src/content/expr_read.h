/*
 * What expressions are made of: characters as an HTML editor meant them, names, texts, numbers,
 * defaults. For content/expr_parse alone.
 */
#ifndef CONTENT_EXPR_READ_H
#define CONTENT_EXPR_READ_H

#include "content/expr.h"

/* The character at byte i as an HTML editor meant it, and its bytes; 0 bytes at the end. */
char expr_read_char(struct str in, size_t i, size_t *ret_n);
/* May a name start with c? */
bool expr_read_starts(char c);
/* The end of a name that starts at i. */
size_t expr_read_end(struct str in, size_t i);
/* One name of a path at pos, taken; it may be a number. Empty when there is none. */
struct str expr_read_name(struct expr_parser *p);
/* Blanks and then c, taken; false: the blanks alone. */
bool expr_read_taken(struct expr_parser *p, char c);
/* true and false. */
bool expr_read_word(struct str word, struct value *ret_v);

/* All: 0, or a fault. A text starts at its quote, a number at its first digit. */
int expr_read_text(struct expr_parser *p, const struct expr **ret_e);
int expr_read_number(struct expr_parser *p, const struct expr **ret_e);
/* A text, a number, true or false. */
int expr_read_default(struct expr_parser *p, const struct expr **ret_e);
/* Makes e a part of the tree. */
int expr_read_keep(struct expr_parser *p, struct expr e, const struct expr **ret_e);
/* Tells that no value starts at pos. */
int expr_read_unexpected(struct expr_parser *p);

#endif
