/*
 * One value of a template or a segment formula: what JSON can hold, plus "nothing there" and a
 * moment in time. A value is a view: texts, lists and objects are borrowed from the JSON they
 * came from, or from the arena that made the text. JSON is only read, without touching its
 * counts of references, so that threads may share it.
 */
#ifndef CONTENT_VALUE_H
#define CONTENT_VALUE_H

#include "base/buf.h"

#include <jansson.h>

enum value_kind {
	VALUE_NONE, /* no such name */
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT, /* always finite */
	VALUE_TEXT,
	VALUE_DATE,  /* wall µs; content/date */
	VALUE_LIST,  /* JSON array */
	VALUE_OBJECT /* JSON object, its members in their order */
};

struct value {
	enum value_kind kind;
	union {
		bool yes;
		int64_t whole;
		double real;
		int64_t wall;
		struct str text;
		const json_t *json;
	};
};

/* NULL is VALUE_NONE. */
struct value value_json(const json_t *json);

static inline struct value
value_none(void)
{
	return (struct value){ .kind = VALUE_NONE };
}

static inline struct value
value_bool(bool yes)
{
	return (struct value){ .kind = VALUE_BOOL, .yes = yes };
}

static inline struct value
value_int(int64_t whole)
{
	return (struct value){ .kind = VALUE_INT, .whole = whole };
}

static inline struct value
value_text(struct str text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

static inline struct value
value_date(int64_t wall)
{
	return (struct value){ .kind = VALUE_DATE, .wall = wall };
}

static inline bool
value_absent(const struct value *v)
{
	return v->kind == VALUE_NONE || v->kind == VALUE_NULL;
}

/* 0, or -ERANGE when it is no finite number (*ret_v is left alone). */
int value_float(double real, struct value *ret_v);

/* The member of an object, or the item of a list by its number ("0", "12"); VALUE_NONE when
 * there is none. */
struct value value_member(const struct value *v, struct str name);
/* Of a list; VALUE_NONE behind its end. */
struct value value_item(const struct value *v, size_t i);
/* Items of a list, members of an object, else 0. */
size_t value_count(const struct value *v);

/* Items of a list, with those of the lists in it: the work of printing it. Counting stops
 * behind `most`. */
size_t value_weight(const struct value *v, size_t most);

/* false, 0, "", an empty list, null and nothing are false; so is an empty object, but not for
 * Handlebars. */
bool value_true(const struct value *v, bool empty_object_is);

/* Appends it as text: true, 12, 1.5 (the shortest digits that read back as the same number,
 * laid out as ECMAScript 7.1.12.1 does), dates as RFC 3339, lists joined by ",", an object as
 * "[object Object]", nothing and null as nothing. Lists nest as deep as JSON_IN_DEPTH at most.
 * 0 or -E2BIG. */
int value_print(struct buf *b, const struct value *v);

/* As VALUE_INT or VALUE_FLOAT: numbers, true and false as 1 and 0, a text that is a decimal
 * number as a whole ("12", " -1.5 ", "2e3"). 0, or -EINVAL. */
int value_number(const struct value *v, struct value *ret_number);
/* The number as a double; it must be VALUE_INT or VALUE_FLOAT. */
double value_real(const struct value *number);

/* Equal across types: a number and a text that is one, a boolean and its name. Absent values
 * equal each other only; lists and objects equal themselves. */
bool value_equal(const struct value *a, const struct value *b);
/* <0, 0, >0: numbers, dates (also against a text that is one), else texts byte by byte. 0, or
 * -EINVAL when the two have no order. */
int value_order(const struct value *a, const struct value *b, int *ret_order);

#endif
