/*
 * What a key may do, in words: "send,read". The one list of these words; the bits are SCOPE_…
 * of wire/msg. Pure, no memory of its own.
 */
#ifndef ACCOUNT_SCOPE_H
#define ACCOUNT_SCOPE_H

#include "base/str.h"

/* For errors that a person reads. */
#define SCOPE_KNOWN "send, read, manage, suppress, operate"

/* The bits of a list separated by commas, with or without spaces; words that are none count
 * for nothing: a table that was written by hand may hold them. */
unsigned scope_bits(struct str list);
/* The first part of the list that is no scope (it may be empty), or p = NULL: all are. */
struct str scope_unknown(struct str list);
/* The word of a single bit. */
const char *scope_word(unsigned bit);

#endif
