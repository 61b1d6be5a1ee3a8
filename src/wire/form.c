#include "wire/form.h"

#include "wire/header.h"

#include <errno.h>
#include <string.h>

#define BOUNDARY_MAX 70u

/* ---- escapes ---- */

struct str
form_unescape(struct arena *a, struct str s, bool plus)
{
	char *dst = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (!dst)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < s.n; i++) {
		int hi = -1, lo = -1;

		if (s.p[i] == '%' && i + 2 < s.n) {
			hi = ascii_hex(s.p[i + 1]);
			lo = ascii_hex(s.p[i + 2]);
		}
		if (hi >= 0 && lo >= 0) {
			dst[n++] = (char)(hi << 4 | lo);
			i += 2;
		} else {
			dst[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	return str_of(dst, n);
}

/* ---- parameters of a field ---- */

/* A quoted string behind its first quote; *rest moves behind the last one. */
static struct str
quoted(struct arena *a, struct str *rest)
{
	char *dst = NULL;
	size_t n = 0, i = 0;

	for (; i < rest->n && rest->p[i] != '"'; i++) {
		/* Browsers do not escape the backslash of a Windows path, so only these two are
		 * escapes. */
		bool escape = rest->p[i] == '\\' && i + 1 < rest->n &&
		              (rest->p[i + 1] == '"' || rest->p[i + 1] == '\\');

		if (escape && !dst) {
			dst = arena_alloc(a, rest->n);
			if (!dst)
				break;
			memcpy(dst, rest->p, i);
			n = i;
		}
		i += escape;
		if (dst)
			dst[n++] = rest->p[i];
	}
	struct str value = dst ? str_of(dst, n) : str_head(*rest, i);

	*rest = str_from(*rest, i + 1);
	return value;
}

bool
form_param(struct arena *a, struct str *rest, struct str *ret_name, struct str *ret_value)
{
	for (;;) {
		size_t semi = str_find(*rest, ';'), eq;

		if (semi == rest->n)
			return false;
		*rest = str_trim_all(str_from(*rest, semi + 1));
		eq = str_find(*rest, '=');
		if (eq > str_find(*rest, ';') || eq == rest->n)
			continue; /* no value: passed over */
		*ret_name = str_trim_all(str_head(*rest, eq));
		*rest = str_trim_all(str_from(*rest, eq + 1));
		if (rest->n > 0 && rest->p[0] == '"') {
			*rest = str_from(*rest, 1);
			*ret_value = quoted(a, rest);
		} else {
			size_t end = str_find(*rest, ';');

			*ret_value = str_trim_all(str_head(*rest, end));
			*rest = str_from(*rest, end);
		}
		return true;
	}
}

enum form_kind
form_kind(struct arena *a, struct str content_type, struct str *ret_boundary)
{
	struct str type = str_trim_all(str_head(content_type, str_find(content_type, ';')));
	struct str name, value, rest = content_type;

	if (str_ieq_z(type, "application/x-www-form-urlencoded"))
		return FORM_URLENCODED;
	if (!str_ieq_z(type, "multipart/form-data"))
		return FORM_NONE;
	while (form_param(a, &rest, &name, &value)) {
		if (!str_ieq_z(name, "boundary"))
			continue;
		if (value.n == 0 || value.n > BOUNDARY_MAX || value.p[value.n - 1] == ' ')
			return FORM_NONE;
		*ret_boundary = value;
		return FORM_MULTIPART;
	}
	return FORM_NONE;
}

/* ---- lists of parts ---- */

static int
add(struct arena *a, struct form *f, const struct form_part *p, const char **ret_why)
{
	if (f->n == FORM_PARTS_MAX) {
		*ret_why = "the form has too many parts";
		return -E2BIG;
	}
	/* Grows by copies: the parts of a form are few as a rule. */
	if ((f->n & (f->n - 1)) == 0) {
		size_t cap = f->n > 0 ? f->n * 2 : 1;
		struct form_part *more = arena_alloc(a, cap * sizeof *more);

		if (!more) {
			*ret_why = "the form is too long";
			return -E2BIG;
		}
		if (f->n > 0)
			memcpy(more, f->parts, f->n * sizeof *more);
		f->parts = more;
	}
	f->parts[f->n++] = *p;
	return 0;
}

int
form_urlencoded(struct arena *a, struct str body, struct form *ret_f, const char **ret_why)
{
	struct form f = { NULL, 0 };

	while (body.p && body.n > 0) {
		struct str pair = str_cut(&body, '&');
		size_t eq = str_find(pair, '=');
		struct form_part p = { .name = form_unescape(a, str_head(pair, eq), true),
			.bytes = form_unescape(a, str_from(pair, eq + 1), true) };
		int err;

		if (pair.n == 0)
			continue;
		if (!p.name.p || !p.bytes.p) {
			*ret_why = "the form is too long";
			return -E2BIG;
		}
		err = add(a, &f, &p, ret_why);
		if (err)
			return err;
	}
	*ret_f = f;
	return 0;
}

/* ---- multipart ---- */

/* WHATWG: names carry these three as escapes, and only these. */
static struct str
name_unescape(struct arena *a, struct str s)
{
	static const struct {
		const char *from;
		char to;
	} table[] = { { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' } };
	char *dst;
	size_t n = 0;

	if (str_find(s, '%') == s.n)
		return s;
	dst = arena_alloc(a, s.n + 1);
	if (!dst)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < s.n; i++) {
		dst[n] = s.p[i];
		for (size_t k = 0; k < 3; k++) {
			if (str_istarts(str_from(s, i), str_z(table[k].from))) {
				dst[n] = table[k].to;
				i += 2;
				break;
			}
		}
		n++;
	}
	return str_of(dst, n);
}

/* RFC 5987: UTF-8'lang'%C3%A9. Another charset, or none: p NULL. */
static struct str
extended(struct arena *a, struct str s)
{
	struct str charset = str_cut(&s, '\''), language = str_cut(&s, '\'');

	(void)language;
	if (!s.p || !str_ieq_z(charset, "utf-8"))
		return (struct str){ NULL, 0 };
	return form_unescape(a, s, false);
}

static void
disposition(struct arena *a, struct str value, struct form_part *p)
{
	struct str name, v, rest = value, better = { NULL, 0 };

	while (form_param(a, &rest, &name, &v)) {
		if (str_ieq_z(name, "name"))
			p->name = name_unescape(a, v);
		else if (str_ieq_z(name, "filename"))
			p->file_name = name_unescape(a, v);
		else if (str_ieq_z(name, "filename*"))
			better = extended(a, v);
	}
	if (better.p)
		p->file_name = better;
}

/* The fields of a part, with their empty line. */
static int
part_head(struct arena *a, struct str head, struct form_part *p, const char **ret_why)
{
	struct header_field f;
	int got;

	while ((got = header_next(&head, &f)) == 1) {
		if (str_ieq_z(f.name, "content-disposition"))
			disposition(a, f.value, p);
		else if (str_ieq_z(f.name, "content-type"))
			p->type = str_trim_all(f.value);
		else if (str_ieq_z(f.name, "content-transfer-encoding") &&
			 !str_ieq_z(str_trim_all(f.value), "binary") &&
			 !str_ieq_z(str_trim_all(f.value), "8bit") &&
			 !str_ieq_z(str_trim_all(f.value), "7bit"))
			got = -EOPNOTSUPP;
		if (got < 0)
			break;
	}
	if (got == -EOPNOTSUPP)
		*ret_why = "a part has a Content-Transfer-Encoding, which forms no longer have";
	else if (got < 0)
		*ret_why = "a part has a line that is no field";
	else if (!p->name.p)
		*ret_why = "a part has no name";
	return got < 0 || !p->name.p ? -EINVAL : 0;
}

/* Where the next delimiter line begins ("--boundary", at the start of a line), from `at` on;
 * body.n: none. *ret_behind: behind the boundary's last byte. */
static size_t
delimiter(struct str body, size_t at, struct str boundary, size_t *ret_behind)
{
	while (at < body.n) {
		struct str rest = str_from(body, at);
		size_t hit = at + str_find_str(rest, STR_LIT("--"));

		if (hit >= body.n)
			break;
		bool begins = hit == 0 ||
		              (hit >= 2 && body.p[hit - 2] == '\r' && body.p[hit - 1] == '\n');

		if (begins && str_starts(str_from(body, hit + 2), boundary)) {
			*ret_behind = hit + 2 + boundary.n;
			return hit;
		}
		at = hit + 1;
	}
	return body.n;
}

/* Behind a delimiter: *at moves behind its line. 1 a part follows, 0 that was the last one,
 * -EAGAIN it was none (the boundary goes on), -EINVAL. */
static int
delimiter_end(struct str body, size_t *at)
{
	struct str rest = str_from(body, *at);
	size_t i = 0;

	if (str_starts(rest, STR_LIT("--")))
		return 0;
	while (i < rest.n && (rest.p[i] == ' ' || rest.p[i] == '\t'))
		i++;
	if (!str_starts(str_from(rest, i), STR_LIT("\r\n")))
		return i < rest.n ? -EAGAIN : -EINVAL;
	*at += i + 2;
	return 1;
}

/* From the first byte of a part to the delimiter that ends it. */
static size_t
part_end(struct str body, size_t begin, struct str boundary, size_t *ret_behind)
{
	size_t at = begin;

	for (;;) {
		size_t hit = delimiter(body, at, boundary, ret_behind), after = *ret_behind;

		if (hit == body.n || delimiter_end(body, &after) != -EAGAIN)
			return hit;
		at = hit + 1;
	}
}

static int
part(struct arena *a, struct str bytes, struct form *f, const char **ret_why)
{
	struct form_part p = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, STR_NONE };
	size_t head = str_starts(bytes, STR_LIT("\r\n"))
	                      ? 2
	                      : header_length(str_head(bytes, FORM_HEAD_MAX));
	int err;

	if (head == 0) {
		*ret_why = "a part has no end of its fields";
		return -EINVAL;
	}
	p.bytes = str_from(bytes, head);
	err = part_head(a, str_head(bytes, head), &p, ret_why);
	return err ? err : add(a, f, &p, ret_why);
}

int
form_multipart(struct arena *a, struct str body, struct str boundary, struct form *ret_f,
	const char **ret_why)
{
	struct form f = { NULL, 0 };
	size_t behind = 0, at = part_end(body, 0, boundary, &behind);
	int more, err;

	*ret_why = "the form does not end with its boundary";
	if (at == body.n)
		return -EINVAL;
	while ((more = delimiter_end(body, &behind)) == 1) {
		size_t begin = behind, end = part_end(body, begin, boundary, &behind);

		if (end == body.n)
			return -EINVAL;
		/* The line end before a delimiter is the delimiter's; a part may be empty. */
		err = part(a, str_of(body.p + begin, end - begin >= 2 ? end - begin - 2 : 0),
			&f, ret_why);
		if (err)
			return err;
		*ret_why = "the form does not end with its boundary";
	}
	if (more < 0)
		return -EINVAL;
	*ret_f = f;
	return 0;
}
