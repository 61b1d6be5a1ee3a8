/*
 * JSON from outside (RFC 8259) into plain structs by tables. jansson reads the grammar (strict:
 * no doubled keys, no bare NUL, UTF-8 only); this module looks at depth before it, and at
 * names, types and lengths after it. It goes on after a mistake, so that a client hears of all
 * of them at once. Pure.
 *
 *   struct letter { struct str subject; enum json_in_bool sandbox; struct json_in_list to; };
 *   static const struct json_in_field letter_fields[] = {
 *           { "Subject", JSON_IN_STR, JSON_IN_NEEDED, 255, offsetof(struct letter, subject) },
 *           { "SandboxMode", JSON_IN_BOOL, 0, 0, offsetof(struct letter, sandbox) },
 *           { "To", JSON_IN_LIST, 0, 50, offsetof(struct letter, to), &address_shape },
 *   };
 *
 * What is absent or null leaves the member zero: text p NULL, JSON_IN_UNSET, set false, at
 * NULL.
 */
#ifndef WIRE_JSON_IN_H
#define WIRE_JSON_IN_H

#include "base/arena.h"
#include "base/buf.h"

#include <jansson.h>

#define JSON_IN_DEPTH    64u
#define JSON_IN_PROBLEMS 100u

enum json_in_type {
	JSON_IN_STR,    /* struct str */
	JSON_IN_BOOL,   /* enum json_in_bool */
	JSON_IN_INT,    /* struct json_in_int */
	JSON_IN_OBJECT, /* json_t *, borrowed: an object with any members */
	JSON_IN_ANY,    /* json_t *, borrowed */
	JSON_IN_ONE,    /* void *: a struct of shape in the arena, NULL when absent */
	JSON_IN_LIST,   /* struct json_in_list of structs of shape */
	JSON_IN_STRS    /* struct json_in_list of struct str */
};

/* json_in_field.flags */
#define JSON_IN_NEEDED 1u /* absent or null is a problem */
#define JSON_IN_FILLED 2u /* an empty text or list is a problem */
#define JSON_IN_LAX                                                                            \
	4u /* "true", "false", 0, 1 for a bool; "12" for a number; 12 for a text               \
	    */
#define JSON_IN_SINGLE 8u /* LIST, STRS: a single value stands for a list of one */

enum json_in_bool { JSON_IN_UNSET, JSON_IN_FALSE, JSON_IN_TRUE };

struct json_in_int {
	bool set;
	int64_t value;
};

struct json_in_list {
	void *at; /* NULL: absent; an empty list has a place */
	size_t n;
};

struct json_in_shape;
struct json_in_field {
	const char *name;
	uint8_t type, flags;
	uint32_t max; /* bytes of a text, of each text of STRS; items of a LIST; 0 = any */
	size_t offset;
	const struct json_in_shape *shape; /* ONE, LIST */
};

struct json_in_shape {
	const struct json_in_field *fields;
	size_t n, size; /* fields; bytes of the struct */
	bool any_case;  /* names of members in any case; the first one counts */
};

enum json_in_code {
	JSON_IN_MISSING = 1,
	JSON_IN_TYPE,  /* detail: the type that is wanted */
	JSON_IN_EMPTY, /* detail: "string" or "array" */
	JSON_IN_LONG,  /* detail: the maximum */
	JSON_IN_MANY,  /* detail: the maximum */
	JSON_IN_OTHER  /* of json_in_others; detail: the name probably meant, or NULL */
};

struct json_in_problem {
	enum json_in_code code;
	struct str path;    /* JSON pointer (RFC 6901) with the table's names */
	const char *detail; /* "string", "255", …; NULL = none */
};

struct json_in {
	struct arena *arena;
	struct json_in_problem *problems; /* in the arena */
	size_t nproblems; /* at most JSON_IN_PROBLEMS; more are counted in dropped */
	size_t dropped;
};

/* a: for everything that is kept; must outlive what was read. */
void json_in_init(struct json_in *in, struct arena *a);

/* The grammar: 0 with a new reference, or -EINVAL with *ret_why (in the arena: what and where:
 * "line 1, column 8, byte 8: it ends too early"; byte: how many were read until then).
 */
int json_in_text(struct json_in *in, struct str text, json_t **ret_root, struct str *ret_why);

/* Reads an object into *dst, which is zeroed first. path: where it stands, "" = the root.
 * 0; -EINVAL when problems were added; -E2BIG when the arena is full. */
int json_in_read(struct json_in *in, const json_t *object, const struct json_in_shape *shape,
	struct str path, void *dst);

/* Adds a problem for each member that the shape does not name: those are passed over elsewhere.
 * One that is null is none. Not of a shape in any case. path: where the object stands. */
void json_in_others(struct json_in *in, const json_t *object, const struct json_in_shape *shape,
	struct str path);

/* Adds a problem of the caller's own. */
void json_in_problem(
	struct json_in *in, enum json_in_code code, struct str path, const char *detail);

/* The value of a NAME: a key as it is ("v:id", "a.b"), else a way through objects. NULL: none.
 */
const json_t *json_in_lookup(const json_t *values, struct str name);

/* "/To/0/Email" as Mailjet writes it, "To[0].Email"; as SendGrid does, "to.0.email". Appends:
 * 0 or -E2BIG. */
int json_in_path_brackets(struct buf *b, struct str pointer);
int json_in_path_dots(struct buf *b, struct str pointer);

#endif
