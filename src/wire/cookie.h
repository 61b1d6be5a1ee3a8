/*
 * The Cookie field of a request (RFC 6265 4.2, 5.4): finding one by its name. Pure.
 */
#ifndef WIRE_COOKIE_H
#define WIRE_COOKIE_H

#include "base/str.h"

/* The value as it came, borrowed; p NULL when there is none of this name, or two that differ:
 * another host of the domain may have set one of them, and which is ours cannot be told. Names
 * are compared exactly. */
struct str cookie_find(struct str field, const char *name);

#endif
