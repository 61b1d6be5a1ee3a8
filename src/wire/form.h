/*
 * Forms as HTTP clients post them: multipart/form-data (RFC 7578, 2046 5.1) and
 * application/x-www-form-urlencoded (WHATWG URL 5.1). A whole body in, parts out. Bytes of
 * parts are borrowed from the body where they need no decoding, else in the arena. Pure.
 */
#ifndef WIRE_FORM_H
#define WIRE_FORM_H

#include "base/arena.h"

#define FORM_PARTS_MAX 4000u
#define FORM_HEAD_MAX  8192u /* bytes of one part's fields */

struct form_part {
	struct str name;
	struct str file_name; /* p NULL: no file */
	struct str type;      /* media type with its parameters; p NULL: none said */
	struct str bytes;
};

struct form {
	struct form_part *parts; /* in the order they came; in the arena */
	size_t n;
};

enum form_kind { FORM_NONE, FORM_MULTIPART, FORM_URLENCODED };

/* What a Content-Type says; *ret_boundary only for FORM_MULTIPART (borrowed, or in the arena).
 * FORM_NONE also for a multipart type without a usable boundary (1 to 70 bytes, RFC 2046). */
enum form_kind form_kind(struct arena *a, struct str content_type, struct str *ret_boundary);

/* 0; -EINVAL with *ret_why (static text); -E2BIG (too many parts, or the arena is full), also
 * with *ret_why. */
int form_multipart(struct arena *a, struct str body, struct str boundary, struct form *ret_f,
	const char **ret_why);
int form_urlencoded(struct arena *a, struct str body, struct form *ret_f, const char **ret_why);

/* %XX decoded, in the arena (p NULL: it is full). A '%' without two digits stays. plus: '+' is
 * a space, as in forms; never in paths. */
struct str form_unescape(struct arena *a, struct str s, bool plus);

/* The next parameter of a field value such as `form-data; name="x"; filename*=UTF-8''y`: *rest
 * begins behind the value's first word. Names in any case; a quoted value without its quotes
 * (in the arena where it has escapes). False: none is left. */
bool form_param(struct arena *a, struct str *rest, struct str *ret_name, struct str *ret_value);

#endif
