#include "wire/json_in.h"

#include "base/must.h"
#include "base/text.h"

#include "wire/json_fast.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATH_MAX_  512u
#define LIKELY_MAX 3 /* edits; more is another name */

/* Where the reader stands: cut back when it leaves a member. */
struct at {
	struct json_in *in;
	char path[PATH_MAX_];
	size_t n;
	bool full; /* the arena */
};

void
json_in_init(struct json_in *in, struct arena *a)
{
	*in = (struct json_in){ .arena = a };
}

void
json_in_problem(struct json_in *in, enum json_in_code code, struct str path, const char *detail)
{
	if (!in->problems)
		in->problems = arena_alloc(in->arena, JSON_IN_PROBLEMS * sizeof *in->problems);
	if (!in->problems || in->nproblems == JSON_IN_PROBLEMS) {
		in->dropped++;
		return;
	}
	struct str kept = arena_str(in->arena, path);

	in->problems[in->nproblems++] = (struct json_in_problem){
		.code = code,
		.path = kept.p ? kept : STR_NONE,
		.detail = detail,
	};
}

static void
problem(struct at *at, enum json_in_code code, const char *detail)
{
	json_in_problem(at->in, code, str_of(at->path, at->n), detail);
}

/* ---- grammar ---- */

/* jansson's own limit is 2,048 levels of C stack. The number of bytes up to the level that is
 * too many; 0: there is none. */
static size_t
too_deep(struct str text)
{
	unsigned depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > JSON_IN_DEPTH)
			return i + 1;
	}
	return 0;
}

/* Our own words: jansson's quote the text and name its own switches. */
static const char *
grammar_why(const json_error_t *e)
{
	switch (json_error_code(e)) {
	case json_error_duplicate_key:
		return "a name stands twice in one object";
	case json_error_invalid_utf8:
		return "not UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a NUL character in a text";
	case json_error_premature_end_of_input:
		return "it ends too early";
	case json_error_end_of_input_expected:
		return "something follows the JSON value";
	case json_error_numeric_overflow:
		return "a number is too large";
	default:
		return "not JSON";
	}
}

int
json_in_text(struct json_in *in, struct str text, json_t **ret_root, struct str *ret_why)
{
	json_t *root = json_fast(text, JSON_IN_DEPTH);
	json_error_t e;
	size_t deep;

	if (root) {
		*ret_root = root;
		return 0;
	}
	/* It is wrong, or has a number that is left to jansson. */
	deep = too_deep(text);
	if (deep) {
		*ret_why = arena_printf(in->arena, "byte %zu: nested deeper than %u levels",
			deep, JSON_IN_DEPTH);
		return -EINVAL;
	}
	root = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &e);
	if (!root) {
		*ret_why = arena_printf(in->arena, "line %d, column %d, byte %d: %s", e.line,
			e.column, e.position, grammar_why(&e));
		return -EINVAL;
	}
	*ret_root = root;
	return 0;
}

/* ---- paths ---- */

static bool
add(struct at *at, const char *text)
{
	size_t n = strlen(text);

	if (n > sizeof at->path - at->n)
		return false;
	memcpy(at->path + at->n, text, n);
	at->n += n;
	return true;
}

/* One more part of the pointer; '~' and '/' are escaped (RFC 6901 3). A part that does not fit
 * is left out: the path then names what holds it. Returns where to cut the path again. */
static size_t
enter(struct at *at, const char *name)
{
	size_t was = at->n;
	bool fits = add(at, "/");

	for (; fits && *name; name++) {
		const char one[2] = { *name, '\0' };

		fits = add(at, *name == '~' ? "~0" : *name == '/' ? "~1" : one);
	}
	if (!fits)
		at->n = was;
	return was;
}

static size_t
enter_item(struct at *at, size_t i)
{
	char name[24];

	snprintf(name, sizeof name, "%zu", i);
	return enter(at, name);
}

static int
path_write(struct buf *b, struct str pointer, bool brackets)
{
	struct buf part;
	bool first = true;

	buf_init(&part, PATH_MAX_);
	while (pointer.n > 0) {
		uint64_t number;
		struct str raw;

		pointer = str_from(pointer, 1);
		raw = str_head(pointer, str_find(pointer, '/'));
		pointer = str_from(pointer, raw.n);
		buf_clear(&part);
		for (size_t i = 0; i < raw.n; i++) {
			bool escape = raw.p[i] == '~' && i + 1 < raw.n;

			buf_put_c(&part, !escape ? raw.p[i] : raw.p[i + 1] == '0' ? '~' : '/');
			i += escape;
		}
		if (brackets && str_u64(buf_str(&part), &number) == 0) {
			buf_printf(b, "[%.*s]", STR_ARG(buf_str(&part)));
		} else {
			buf_put_z(b, first ? "" : ".");
			buf_put(b, buf_str(&part));
		}
		first = false;
	}
	buf_done(&part);
	return b->full ? -E2BIG : 0;
}

int
json_in_path_brackets(struct buf *b, struct str pointer)
{
	return path_write(b, pointer, true);
}

int
json_in_path_dots(struct buf *b, struct str pointer)
{
	return path_write(b, pointer, false);
}

/* ---- values ---- */

static const char *const type_names[] = { [JSON_IN_STR] = "string",
	[JSON_IN_BOOL] = "boolean",
	[JSON_IN_INT] = "integer",
	[JSON_IN_OBJECT] = "object",
	[JSON_IN_ANY] = "value",
	[JSON_IN_ONE] = "object",
	[JSON_IN_LIST] = "array",
	[JSON_IN_STRS] = "array of strings" };

static const char *
number_text(struct at *at, uint32_t n)
{
	struct str s = arena_printf(at->in->arena, "%u", n);

	at->full |= s.p == NULL;
	return s.p;
}

static bool
read_str(struct at *at, const struct json_in_field *f, const json_t *j, struct str *dst)
{
	struct str s;

	if (json_is_integer(j) && f->flags & JSON_IN_LAX) {
		s = arena_printf(at->in->arena, "%lld", (long long)json_integer_value(j));
		at->full |= s.p == NULL;
	} else if (json_is_string(j)) {
		s = str_of(json_string_value(j), json_string_length(j));
	} else {
		return false;
	}
	if (s.n == 0 && f->flags & JSON_IN_FILLED)
		problem(at, JSON_IN_EMPTY, type_names[JSON_IN_STR]);
	else if (f->max && s.n > f->max)
		problem(at, JSON_IN_LONG, number_text(at, f->max));
	*dst = s;
	return true;
}

static bool
read_bool(const struct json_in_field *f, const json_t *j, enum json_in_bool *dst)
{
	bool lax = f->flags & JSON_IN_LAX;
	struct str s = json_is_string(j) && lax
	                       ? str_of(json_string_value(j), json_string_length(j))
	                       : STR_NONE;
	json_int_t n = json_is_integer(j) && lax ? json_integer_value(j) : -1;

	if (json_is_true(j) || str_ieq_z(s, "true") || str_eq_z(s, "1") || n == 1)
		*dst = JSON_IN_TRUE;
	else if (json_is_false(j) || str_ieq_z(s, "false") || str_eq_z(s, "0") || n == 0)
		*dst = JSON_IN_FALSE;
	else
		return false;
	return true;
}

static bool
read_int(const struct json_in_field *f, const json_t *j, struct json_in_int *dst)
{
	uint64_t n;

	if (json_is_integer(j)) {
		dst->value = json_integer_value(j);
	} else if (json_is_string(j) && f->flags & JSON_IN_LAX &&
		   str_u64(str_of(json_string_value(j), json_string_length(j)), &n) == 0 &&
		   n <= INT64_MAX) {
		dst->value = (int64_t)n;
	} else {
		return false;
	}
	dst->set = true;
	return true;
}

static void read_object(
	struct at *at, const json_t *object, const struct json_in_shape *shape, void *dst);

static void *
take(struct at *at, size_t n, size_t size)
{
	/* An empty list has a place too. */
	void *p = arena_alloc(at->in->arena, n > 0 ? n * size : 1);

	at->full |= p == NULL;
	return p;
}

static bool
read_one(struct at *at, const struct json_in_field *f, const json_t *j, void **dst)
{
	if (!json_is_object(j))
		return false;
	*dst = take(at, 1, f->shape->size);
	if (*dst)
		read_object(at, j, f->shape, *dst);
	return true;
}

/* An item of a list, which is no list itself. */
static void
read_item(struct at *at, const struct json_in_field *f, const json_t *j, void *dst)
{
	const struct json_in_field one = { .flags = f->flags & (uint8_t)~JSON_IN_NEEDED,
		.max = f->max };

	if (f->type == JSON_IN_STRS) {
		if (!read_str(at, &one, j, dst))
			problem(at, JSON_IN_TYPE, type_names[JSON_IN_STR]);
	} else if (!json_is_object(j)) {
		problem(at, JSON_IN_TYPE, type_names[JSON_IN_OBJECT]);
	} else {
		read_object(at, j, f->shape, dst);
	}
}

static bool
read_list(
	struct at *at, const struct json_in_field *f, const json_t *j, struct json_in_list *dst)
{
	size_t size = f->type == JSON_IN_STRS ? sizeof(struct str) : f->shape->size;
	bool single = !json_is_array(j) && f->flags & JSON_IN_SINGLE;
	size_t n = single ? 1 : json_array_size(j);
	char *items;

	if (!json_is_array(j) && !single)
		return false;
	if (n == 0 && f->flags & JSON_IN_FILLED)
		problem(at, JSON_IN_EMPTY, type_names[JSON_IN_LIST]);
	if (f->type == JSON_IN_LIST && f->max && n > f->max) {
		problem(at, JSON_IN_MANY, number_text(at, f->max));
		return true;
	}
	items = take(at, n, size);
	if (!items)
		return true;
	*dst = (struct json_in_list){ items, n };
	for (size_t i = 0; i < n && !at->full; i++) {
		size_t was = single ? at->n : enter_item(at, i);

		read_item(at, f, single ? j : json_array_get(j, i), items + i * size);
		at->n = was;
	}
	return true;
}

static bool
read_value(struct at *at, const struct json_in_field *f, json_t *j, void *dst)
{
	switch ((enum json_in_type)f->type) {
	case JSON_IN_STR:
		return read_str(at, f, j, dst);
	case JSON_IN_BOOL:
		return read_bool(f, j, dst);
	case JSON_IN_INT:
		return read_int(f, j, dst);
	case JSON_IN_OBJECT:
		if (json_is_object(j))
			*(json_t **)dst = j;
		return json_is_object(j);
	case JSON_IN_ANY:
		*(json_t **)dst = j;
		return true;
	case JSON_IN_ONE:
		return read_one(at, f, j, dst);
	case JSON_IN_LIST:
	case JSON_IN_STRS:
		return read_list(at, f, j, dst);
	}
	must(f->type <= JSON_IN_STRS); /* a table names no other */
	return false;
}

static json_t *
member(const json_t *object, const struct json_in_shape *shape, const char *name)
{
	json_t *j = json_object_get(object, name);
	const char *key;
	json_t *value;

	if (j || !shape->any_case)
		return j;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (str_ieq_z(str_z(key), name))
			return value;
	}
	return NULL;
}

static void
read_object(struct at *at, const json_t *object, const struct json_in_shape *shape, void *dst)
{
	for (size_t i = 0; i < shape->n && !at->full; i++) {
		const struct json_in_field *f = &shape->fields[i];
		json_t *j = member(object, shape, f->name);
		size_t was = enter(at, f->name);

		if (!j || json_is_null(j)) {
			if (f->flags & JSON_IN_NEEDED)
				problem(at, JSON_IN_MISSING, NULL);
		} else if (!read_value(at, f, j, (char *)dst + f->offset)) {
			problem(at, JSON_IN_TYPE, type_names[f->type]);
		}
		at->n = was;
	}
}

static struct at
at_path(struct json_in *in, struct str path)
{
	struct at at = { .in = in };

	if (path.n <= sizeof at.path) {
		memcpy(at.path, path.p, path.n);
		at.n = path.n;
	}
	return at;
}

int
json_in_read(struct json_in *in, const json_t *object, const struct json_in_shape *shape,
	struct str path, void *dst)
{
	size_t before = in->nproblems + in->dropped;
	struct at at = at_path(in, path);

	memset(dst, 0, shape->size);
	if (json_is_object(object))
		read_object(&at, object, shape, dst);
	else
		problem(&at, JSON_IN_TYPE, type_names[JSON_IN_OBJECT]);
	if (at.full)
		return -E2BIG;
	return in->nproblems + in->dropped > before ? -EINVAL : 0;
}

static bool
is_named(const struct json_in_shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->n; i++)
		if (strcmp(shape->fields[i].name, name) == 0)
			return true;
	return false;
}

/* The field whose name is near, or NULL. */
static const char *
likely(const struct json_in_shape *shape, const char *name)
{
	unsigned best = LIKELY_MAX + 1;
	const char *found = NULL;

	for (size_t i = 0; i < shape->n; i++) {
		const char *own = shape->fields[i].name;
		unsigned d = text_distance(str_z(name), str_z(own));

		/* A short name is not near another one of which nothing is left. */
		if (d < best && d < strlen(own)) {
			best = d;
			found = own;
		}
	}
	return found;
}

void
json_in_others(struct json_in *in, const json_t *object, const struct json_in_shape *shape,
	struct str path)
{
	struct at at = at_path(in, path);
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		size_t was;

		if (json_is_null(value) || is_named(shape, key))
			continue;
		was = enter(&at, key);
		problem(&at, JSON_IN_OTHER, likely(shape, key));
		at.n = was;
	}
}

const json_t *
json_in_lookup(const json_t *values, struct str name)
{
	const json_t *at = json_object_getn(values, name.p, name.n);

	if (at)
		return at;
	at = values;
	while (at && name.p) {
		struct str step = str_cut(&name, '.');

		at = json_object_getn(at, step.p, step.n);
	}
	return at;
}
