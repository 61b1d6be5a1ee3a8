#include "wire/mime_in.h"

/* The text as it grows: bytes go in, whole CRLF line ends and no NUL come out. */
struct sink {
	char *p;
	size_t n, max;
	bool cr;  /* the last byte in was a CR that is written as a line end */
	bool raw; /* each byte as it is */
};

static bool
sink_open(struct sink *s, struct arena *a, size_t size, size_t max)
{
	/* A line end of one byte becomes two. */
	s->max = size < max / 2 ? size * 2 : max;
	s->p = arena_alloc(a, s->max + 1);
	s->n = 0;
	s->cr = s->raw = false;
	return s->p != NULL;
}

static bool
put(struct sink *s, char c)
{
	bool end = c == '\r' || c == '\n';

	if (s->raw) {
		if (s->n == s->max)
			return false;
		s->p[s->n++] = c;
		return true;
	}
	if (c == '\n' && s->cr) {
		s->cr = false;
		return true;
	}
	s->cr = c == '\r';
	if (s->n + (end ? 2 : 1) > s->max)
		return false;
	if (end)
		s->p[s->n++] = '\r';
	s->p[s->n++] = end ? '\n' : c ? c : ' ';
	return true;
}

static int
hex_digit(char c)
{
	c = ascii_lower(c);
	if (ascii_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes of a soft line break at s ("=" at the end of a line, RFC 2045 6.7), 0 = none. */
static size_t
soft_break(struct str s)
{
	size_t i = 1;

	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	if (i == s.n)
		return i;
	if (s.p[i] == '\n')
		return i + 1;
	return s.p[i] == '\r' ? i + (i + 1 < s.n && s.p[i + 1] == '\n' ? 2 : 1) : 0;
}

static void
decode_qp(struct sink *out, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t skip = s.p[i] == '=' ? soft_break(str_from(s, i)) : 0;
		bool room = s.p[i] == '=' && s.n - i > 2;
		int hi = room ? hex_digit(s.p[i + 1]) : -1;
		int lo = room ? hex_digit(s.p[i + 2]) : -1;
		bool coded = hi >= 0 && lo >= 0;
		char c = s.p[i];

		if (skip > 0) {
			i += skip;
			continue;
		}
		if (coded)
			c = (char)(hi << 4 | lo);
		if (!put(out, c))
			return;
		i += coded ? 3 : 1;
	}
}

static int
b64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* What is no base64 is passed over, as RFC 2045 6.8 asks; the padding ends it. */
static void
decode_b64(struct sink *out, struct str s)
{
	uint32_t acc = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		int v = b64_digit(s.p[i]);

		if (v < 0)
			continue;
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (!put(out, (char)(acc >> bits & 0xff)))
			return;
	}
}

static void
decode(struct sink *out, const struct mime_in_part *p)
{
	if (p->coding == MIME_IN_QP)
		decode_qp(out, p->body);
	else if (p->coding == MIME_IN_B64)
		decode_b64(out, p->body);
	else
		for (size_t i = 0; i < p->body.n && put(out, p->body.p[i]); i++)
			;
}

struct str
mime_in_text(struct arena *a, const struct mime_in_part *p, size_t max)
{
	struct sink out;

	if (!sink_open(&out, a, p->body.n, max))
		return STR_NONE;
	decode(&out, p);
	return str_of(out.p, out.n);
}

struct str
mime_in_bytes(struct arena *a, const struct mime_in_part *p)
{
	struct sink out = { .raw = true, .max = p->body.n };

	if (p->coding == MIME_IN_PLAIN)
		return p->body;
	/* Nothing that is decoded gets longer. */
	out.p = arena_alloc(a, out.max + 1);
	if (!out.p)
		return (struct str){ NULL, 0 };
	decode(&out, p);
	return str_of(out.p, out.n);
}

/* ---- HTML without its tags: enough to find addresses and codes, never shown to anyone ---- */

/* Tags whose text nobody reads. */
static const char *
mute_end(struct str tag)
{
	static const char *const table[][2] = { { "style", "</style" },
		{ "script", "</script" }, { "head", "</head" }, { "!--", "-->" } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct str name = str_z(table[i][0]), rest = str_from(tag, name.n);

		if (str_istarts(tag, name) &&
			(name.p[0] == '!' || rest.n == 0 || !ascii_alnum(rest.p[0])))
			return table[i][1];
	}
	return NULL;
}

static bool
breaks_line(struct str tag)
{
	static const char *const names[] = { "br", "p", "/p", "div", "/div", "tr", "/tr", "li",
		"/li", "pre", "/pre", "/h1", "/h2", "/h3", "hr", "blockquote", "/table" };
	size_t n = 0;

	while (n < tag.n && (ascii_alnum(tag.p[n]) || (n == 0 && tag.p[n] == '/')))
		n++;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_ieq_z(str_head(tag, n), names[i]))
			return true;
	return false;
}

/* The character a reference at s stands for ("&lt;"), 0 = none is known; *ret_n its bytes. */
static char
reference(struct str s, size_t *ret_n)
{
	static const struct {
		const char *name;
		char c;
	} table[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' },
		{ "&nbsp;", ' ' }, { "&#64;", '@' }, { "&#39;", '\'' }, { "&#60;", '<' },
		{ "&#62;", '>' }, { "&#160;", ' ' } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_istarts(s, str_z(table[i].name))) {
			*ret_n = strlen(table[i].name);
			return table[i].c;
		}
	return 0;
}

/* Where text begins again behind `end`, any case; O(n) because no byte is looked at twice by
 * the caller. */
static size_t
behind(struct str s, const char *end)
{
	size_t n = strlen(end);

	for (size_t i = 0; i + n <= s.n; i++)
		if (s.p[i] == end[0] && str_istarts(str_from(s, i), str_of(end, n)))
			return end[0] == '<' ? i : i + n;
	return s.n;
}

/* Bytes of the tag at s; a line break goes out where it makes one. "<a@b>" is no tag. */
static size_t
take_tag(struct sink *out, struct str s)
{
	struct str tag = str_from(s, 1);
	const char *end = mute_end(tag);
	size_t n;

	if (end)
		return 1 + behind(tag, end);
	n = str_find(str_head(tag, 4000), '>');
	tag = str_head(tag, n);
	if (n == 0 || (!ascii_alnum(tag.p[0]) && tag.p[0] != '/' && tag.p[0] != '!')) {
		(void)put(out, '<');
		return 1;
	}
	if (str_find(tag, '@') < tag.n && str_find(tag, ' ') == tag.n) {
		for (size_t i = 0; i < n; i++)
			(void)put(out, tag.p[i]);
		return n + 1;
	}
	(void)put(out, breaks_line(tag) ? '\n' : ' ');
	return n + 2 < s.n ? n + 2 : s.n;
}

static struct str
without_tags(struct arena *a, struct str s, size_t max)
{
	struct sink out;
	bool pre = false;

	if (!sink_open(&out, a, s.n + 2, max))
		return STR_NONE;
	for (size_t i = 0; i < s.n;) {
		struct str at = str_from(s, i);
		size_t n = 1;
		char c = at.p[0] == '&' ? reference(at, &n) : at.p[0];

		if (at.p[0] == '<') {
			pre = str_istarts(at, STR_LIT("<pre")) ||
			      (pre && !str_istarts(at, STR_LIT("</pre")));
			n = take_tag(&out, at);
		} else if (c == '\r' || c == '\n') {
			if (c == '\n')
				(void)put(&out, pre ? '\n' : ' ');
		} else if (!put(&out, c ? c : '&')) {
			break;
		}
		i += n;
	}
	return str_of(out.p, out.n);
}

struct str
mime_in_human(struct arena *a, const struct mime_in *m, size_t max)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct mime_in_part *p = &m->parts[i];

		if (!p->multipart && !p->attached && mime_in_is(p, "text/plain") &&
			str_trim_all(p->body).n > 0)
			return mime_in_text(a, p, max);
	}
	for (size_t i = 0; i < m->n; i++)
		if (!m->parts[i].multipart && mime_in_is(&m->parts[i], "text/html"))
			return without_tags(a, mime_in_text(a, &m->parts[i], max), max);
	/* A report without a usable boundary: its body as it is. */
	if (!m->parts[0].multipart && str_istarts(m->parts[0].type, STR_LIT("multipart/")))
		return mime_in_text(a, &m->parts[0], max);
	return STR_NONE;
}
