#include "wire/mime_in.h"

#include "wire/form.h"
#include "wire/header.h"

#define BOUNDARY_MAX 200u  /* RFC 2046 5.1.1 says 70; some go over it */
#define VALUE_MAX    2000u /* of a Content-Type that is looked at: parameters cost its square */

static void walk(struct arena *a, struct str bytes, unsigned depth, struct mime_in *m);

bool
mime_in_next(struct str *rest, struct str *ret_line)
{
	size_t end = str_find_str(*rest, STR_LIT("\r\n"));

	if (rest->n == 0)
		return false;
	*ret_line = str_head(*rest, end);
	*rest = str_from(*rest, end + 2);
	return true;
}

/* A media type as RFC 2045 5.1 writes it; anything else is none. */
static struct str
media_type(struct str value)
{
	struct str type = str_trim_all(str_head(value, str_find(value, ';')));

	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] <= ' ' || type.p[i] >= 0x7f)
			return STR_NONE;
	return str_find(type, '/') < type.n ? type : STR_NONE;
}

static enum mime_in_coding
coding(struct str value)
{
	value = str_trim_all(value);
	if (str_ieq_z(value, "quoted-printable"))
		return MIME_IN_QP;
	return str_ieq_z(value, "base64") ? MIME_IN_B64 : MIME_IN_PLAIN;
}

static void
read_head(struct mime_in_part *p)
{
	struct str rest = str_head(p->head, MIME_IN_HEAD);
	struct header_field f;
	int got;

	while ((got = header_next(&rest, &f)) != 0) {
		if (got < 0)
			continue;
		if (!p->value.n && str_ieq_z(f.name, "Content-Type")) {
			p->value = f.value;
			p->type = media_type(f.value);
		} else if (str_ieq_z(f.name, "Content-Transfer-Encoding")) {
			p->coding = coding(f.value);
		} else if (str_ieq_z(f.name, "Content-Disposition")) {
			p->attached = str_istarts(str_trim_all(f.value), STR_LIT("attachment"));
		}
	}
}

struct str
mime_in_param(struct arena *a, const struct mime_in_part *p, const char *name)
{
	struct str rest = str_head(p->value, VALUE_MAX), n, v;

	while (form_param(a, &rest, &n, &v))
		if (str_ieq_z(n, name))
			return v.n <= BOUNDARY_MAX ? str_trim_all(v) : STR_NONE;
	return STR_NONE;
}

enum line { LINE_OTHER, LINE_DELIMITER, LINE_CLOSE };

static enum line
line_kind(struct str line, struct str boundary)
{
	struct str rest;

	if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
		memcmp(line.p + 2, boundary.p, boundary.n) != 0)
		return LINE_OTHER;
	rest = str_trim_all(str_from(line, boundary.n + 2));
	if (rest.n == 0)
		return LINE_DELIMITER;
	return str_eq_z(rest, "--") ? LINE_CLOSE : LINE_OTHER;
}

/* What lies between two delimiters: the line end before the second belongs to it. */
static struct str
between(struct str body, size_t from, size_t to)
{
	struct str s = str_from(str_head(body, to), from);

	if (str_ends(s, STR_LIT("\r\n")))
		return str_head(s, s.n - 2);
	return str_ends(s, STR_LIT("\n")) ? str_head(s, s.n - 1) : s;
}

static void
walk_parts(struct arena *a, struct mime_in_part *p, struct str boundary, struct mime_in *m)
{
	struct str body = p->body;
	unsigned depth = p->depth + 1u;
	size_t from = body.n + 1; /* where the part at hand begins; none yet */

	for (size_t at = 0, next; at < body.n && !m->cut; at = next) {
		struct str line = str_from(body, at);
		enum line kind;

		line = str_head(line, str_find(line, '\n') + 1);
		next = at + line.n;
		kind = line_kind(line, boundary);
		if (kind == LINE_OTHER)
			continue;
		if (from <= at)
			walk(a, between(body, from, at), depth, m);
		if (kind == LINE_CLOSE)
			return;
		from = next;
	}
	/* Cut off before its last delimiter, as returned mail often is. */
	if (from < body.n)
		walk(a, str_from(body, from), depth, m);
}

static void
walk(struct arena *a, struct str bytes, unsigned depth, struct mime_in *m)
{
	struct mime_in_part *p = &m->parts[m->n];
	size_t head = header_length(bytes);
	struct str boundary;

	if (m->n == MIME_IN_PARTS) {
		m->cut = true;
		return;
	}
	m->n++;
	head = head > 0 ? head : bytes.n;
	*p = (struct mime_in_part){ .head = str_head(bytes, head),
		.body = str_from(bytes, head),
		.type = STR_NONE,
		.value = STR_NONE,
		.depth = (uint8_t)depth };
	read_head(p);
	if (!str_istarts(p->type, STR_LIT("multipart/")))
		return;
	boundary = mime_in_param(a, p, "boundary");
	if (boundary.n == 0)
		return;
	if (depth == MIME_IN_DEPTH) {
		m->cut = true;
		return;
	}
	p->multipart = true;
	walk_parts(a, p, boundary, m);
}

void
mime_in_walk(struct arena *a, struct str message, struct mime_in *ret_m)
{
	ret_m->n = 0;
	ret_m->cut = false;
	walk(a, message, 0, ret_m);
}

bool
mime_in_is(const struct mime_in_part *p, const char *type)
{
	return str_ieq_z(p->type.n > 0 ? p->type : STR_LIT("text/plain"), type);
}

struct str
mime_in_field(struct str head, const char *name)
{
	struct header_field f;
	int got;

	head = str_head(head, MIME_IN_HEAD);
	while ((got = header_next(&head, &f)) != 0)
		if (got > 0 && str_ieq_z(f.name, name))
			return f.value;
	return (struct str){ NULL, 0 };
}

struct str
mime_in_line(struct arena *a, struct str value, size_t max)
{
	struct str s = header_decode(a, str_head(value, max * 4), max);
	char *dst = (char *)(uintptr_t)s.p; /* our own copy */
	size_t n = 0;

	if (!s.p)
		return STR_NONE;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' || (n > 0 && dst[n - 1] != ' '))
			dst[n++] = s.p[i];
	return str_trim(str_of(dst, n));
}
