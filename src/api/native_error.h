/*
 * Mistakes in the words of the native API: a sentence, and a JSON pointer. Private to it.
 */
#ifndef API_NATIVE_ERROR_H
#define API_NATIVE_ERROR_H

#include "api/call.h"

/* A sentence made in the arena, "" when it was full. */
const char *native_error_kept(struct str s);
const char *native_error_json(struct arena *a, const struct json_in_problem *p);
const char *native_error_outgoing(struct arena *a, const struct outgoing_problem *p);
/* The pointer to a member of what holder (a pointer, static) names: '~' and '/' are escaped
 * (RFC 6901 3). Of a name that no answer should repeat, and when the arena is full, it is
 * holder. */
struct str native_error_member(struct arena *a, const char *holder, struct str name);
/* Of the part, behind the message's own pointer. */
struct str native_error_path(struct arena *a, const struct outgoing_problem *p);

#endif
