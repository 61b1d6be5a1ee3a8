#include "wire/json_fast.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NUMBER_MAX 63u
#define INT_DIGITS 18u /* any number of so many digits fits */

struct reader {
	const char *p, *end;
	unsigned left;    /* levels */
	struct buf plain; /* of the text at hand, when it has escapes */
};

static json_t *value(struct reader *r);

static void
space(struct reader *r)
{
	while (r->p < r->end &&
		(*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
		r->p++;
}

/* After white space. */
static bool
take(struct reader *r, char c)
{
	space(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* ---- texts ---- */

/* A byte below 0x20 in eight of them: those below 0x20 borrow when it is taken away, those from
 * 0x80 on are told apart by their own high bit. */
static bool
has_control(struct str s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t eight, all = 0;

	for (; s.n >= sizeof eight; s = str_from(s, sizeof eight)) {
		memcpy(&eight, s.p, sizeof eight);
		all |= (eight - ones * 0x20) & ~eight & high;
	}
	for (size_t i = 0; i < s.n; i++)
		all |= (unsigned char)s.p[i] < 0x20;
	return all != 0;
}

/* Four hex digits at p, or -1. */
static int
hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = c >= '0' && c <= '9'   ? c - '0'
		        : c >= 'a' && c <= 'f' ? c - 'a' + 10
		        : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                               : -1;

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

static void
put_utf8(struct buf *b, unsigned cp)
{
	if (cp < 0x80) {
		buf_put_c(b, (char)cp);
	} else if (cp < 0x800) {
		buf_put_c(b, (char)(0xc0 | cp >> 6));
		buf_put_c(b, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		buf_put_c(b, (char)(0xe0 | cp >> 12));
		buf_put_c(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_put_c(b, (char)(0x80 | (cp & 0x3f)));
	} else {
		buf_put_c(b, (char)(0xf0 | cp >> 18));
		buf_put_c(b, (char)(0x80 | (cp >> 12 & 0x3f)));
		buf_put_c(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_put_c(b, (char)(0x80 | (cp & 0x3f)));
	}
}

/* The code point of \uXXXX at *p (behind the u), a pair of surrogates as one; moves *p. */
static bool
unicode(struct reader *r, const char **p)
{
	int first, second;

	if (r->end - *p < 4 || (first = hex4(*p)) <= 0)
		return false;
	*p += 4;
	if (first < 0xd800 || first > 0xdfff) {
		put_utf8(&r->plain, (unsigned)first);
		return true;
	}
	if (first > 0xdbff || r->end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return false;
	second = hex4(*p + 2);
	if (second < 0xdc00 || second > 0xdfff)
		return false;
	*p += 6;
	put_utf8(&r->plain,
		0x10000u + ((unsigned)(first - 0xd800) << 10) + (unsigned)(second - 0xdc00));
	return true;
}

static bool
escape(struct reader *r, const char **p)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = **p;
	size_t i = str_find(str_of(from, sizeof from - 1), c);

	(*p)++;
	if (c == 'u')
		return unicode(r, p);
	if (c == '\0' || i >= sizeof from - 1)
		return false;
	buf_put_c(&r->plain, to[i]);
	return true;
}

/* A text with escapes, from behind its quotation mark, into r->plain. */
static bool
unescape(struct reader *r)
{
	const char *p = r->p;

	buf_clear(&r->plain);
	while (p < r->end && *p != '"') {
		const char *run = p;

		/* Byte by byte: a search for the end would read all of a text full of escapes
		 * for each of them. */
		while (p < r->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
			p++;
		buf_put(&r->plain, str_of(run, (size_t)(p - run)));
		if (p == r->end || *p == '"')
			break;
		if (*p != '\\' || ++p == r->end || !escape(r, &p))
			return false;
	}
	if (p == r->end)
		return false;
	r->p = p + 1;
	return !r->plain.full;
}

/* Behind its quotation mark. The text is borrowed, from the input or r->plain. */
static bool
text(struct reader *r, struct str *ret)
{
	struct str rest = str_of(r->p, (size_t)(r->end - r->p)), s;

	s = str_head(rest, str_find(rest, '"'));
	if (s.n == rest.n)
		return false;
	if (s.n && memchr(s.p, '\\', s.n)) {
		if (!unescape(r))
			return false;
		s = buf_str(&r->plain);
	} else {
		if (has_control(s))
			return false;
		r->p += s.n + 1;
	}
	*ret = s;
	return text_is_utf8(s);
}

/* ---- numbers ---- */

static size_t
digits(const struct reader *r, const char *p)
{
	size_t n = 0;

	while (p + n < r->end && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

static json_t *
real(struct reader *r, const char *begin, const char *p)
{
	char copy[NUMBER_MAX + 1];
	size_t n;
	double v;

	if (p < r->end && *p == '.') {
		n = digits(r, ++p);
		p += n;
		if (n == 0)
			return NULL;
	}
	if (p < r->end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < r->end && (*p == '+' || *p == '-');
		n = digits(r, p);
		p += n;
		if (n == 0)
			return NULL;
	}
	if ((size_t)(p - begin) > NUMBER_MAX)
		return NULL;
	(void)str_copy_z(copy, sizeof copy, str_of(begin, (size_t)(p - begin)));
	v = strtod(copy, NULL);
	if (!isfinite(v))
		return NULL;
	r->p = p;
	return json_real(v);
}

static json_t *
number(struct reader *r)
{
	const char *begin = r->p, *p = begin + (*begin == '-');
	size_t n = digits(r, p);
	int64_t v = 0;

	if (n == 0 || n > INT_DIGITS || (*p == '0' && n > 1))
		return NULL;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (p[i] - '0');
	p += n;
	if (p < r->end && (*p == '.' || *p == 'e' || *p == 'E'))
		return real(r, begin, p);
	r->p = p;
	return json_integer(*begin == '-' ? -v : v);
}

/* ---- values ---- */

static json_t *
word(struct reader *r, const char *name, json_t *v)
{
	struct str rest = str_of(r->p, (size_t)(r->end - r->p));

	if (!str_starts(rest, str_z(name)))
		return NULL;
	r->p += strlen(name);
	return v; /* these are not counted */
}

static bool
member(struct reader *r, json_t *object)
{
	char small[64];
	struct str name;
	json_t *v;
	bool ok = false;
	char *kept;

	if (!take(r, '"') || !text(r, &name))
		return false;
	/* The value may need r->plain. */
	kept = name.n <= sizeof small ? small : mem_new(name.n, 1);
	memcpy(kept, name.p, name.n);
	name.p = kept;
	if (!memchr(kept, '\0', name.n) && !json_object_getn(object, kept, name.n) &&
		take(r, ':') && (v = value(r)) != NULL)
		ok = json_object_setn_new_nocheck(object, kept, name.n, v) == 0;
	if (kept != small)
		mem_free(kept);
	return ok;
}

static bool
members(struct reader *r, json_t *object)
{
	if (take(r, '}'))
		return true;
	do
		if (!member(r, object))
			return false;
	while (take(r, ','));
	return take(r, '}');
}

static bool
items(struct reader *r, json_t *array)
{
	json_t *v;

	if (take(r, ']'))
		return true;
	do {
		v = value(r);
		if (!v || json_array_append_new(array, v) < 0)
			return false;
	} while (take(r, ','));
	return take(r, ']');
}

static json_t *
nested(struct reader *r, json_t *v, bool (*fill)(struct reader *r, json_t *v))
{
	bool ok = r->left > 0;

	r->p++;
	if (ok) {
		r->left--;
		ok = fill(r, v);
		r->left++;
	}
	if (ok)
		return v;
	json_decref(v);
	return NULL;
}

static json_t *
value(struct reader *r)
{
	struct str s;

	space(r);
	if (r->p == r->end)
		return NULL;
	switch (*r->p) {
	case '{':
		return nested(r, json_object(), members);
	case '[':
		return nested(r, json_array(), items);
	case '"':
		r->p++;
		return text(r, &s) ? json_stringn_nocheck(s.p, s.n) : NULL;
	case 't':
		return word(r, "true", json_true());
	case 'f':
		return word(r, "false", json_false());
	case 'n':
		return word(r, "null", json_null());
	default:
		return *r->p == '-' || (*r->p >= '0' && *r->p <= '9') ? number(r) : NULL;
	}
}

json_t *
json_fast(struct str s, unsigned depth)
{
	struct reader r = { .p = s.p, .end = s.p + s.n, .left = depth };
	json_t *v = NULL;

	if (s.n == 0)
		return NULL;
	buf_init(&r.plain, s.n);
	space(&r);
	if (r.p < r.end && (*r.p == '{' || *r.p == '['))
		v = value(&r);
	space(&r);
	if (v && r.p != r.end) {
		json_decref(v);
		v = NULL;
	}
	buf_done(&r.plain);
	return v;
}
