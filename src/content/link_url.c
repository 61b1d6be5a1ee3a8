#include "content/link_url.h"

#include "base/text.h"

#include <errno.h>

/* The URL before its bytes over 127 and blanks are encoded; decoding never makes it longer. */
struct raw {
	char p[LINK_URL_MAX];
	size_t n;
};

static int
add(struct raw *r, char c)
{
	if (r->n == sizeof r->p)
		return -EINVAL;
	r->p[r->n++] = c;
	return 0;
}

/* ---- character references */

/* As UTF-8 (RFC 3629). What a reader would replace or drop is not for us to guess. */
static int
add_point(struct raw *r, uint32_t v)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned n = v < 0x80 ? 1 : v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
	int bad = 0;

	if (v < 0x20 || (v >= 0x7f && v < 0xa0) || (v >= 0xd800 && v < 0xe000) || v > 0x10ffff)
		return -EINVAL;
	if (n == 1)
		return add(r, (char)v);
	bad = add(r, (char)(lead[n] | v >> 6 * (n - 1)));
	while (--n > 0 && !bad)
		bad = add(r, (char)(0x80 | (v >> 6 * (n - 1) & 0x3f)));
	return bad;
}

static int
digit_of(char c, bool hex)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* *at is behind "&#". Without a digit it is plain text. The ';' may be missing. */
static int
numeric(struct raw *r, struct str s, size_t *at)
{
	bool hex = *at < s.n && (s.p[*at] == 'x' || s.p[*at] == 'X');
	size_t i = *at + hex, first = i;
	uint32_t v = 0;

	for (; i < s.n && digit_of(s.p[i], hex) >= 0; i++)
		if (v <= 0x10ffff)
			v = v * (hex ? 16 : 10) + (uint32_t)digit_of(s.p[i], hex);
	if (i == first)
		return add(r, '&') || add(r, '#') ? -EINVAL : 0;
	*at = i + (i < s.n && s.p[i] == ';');
	return add_point(r, v);
}

/* Names that may lack their ';' and stand for what no URL needs; in a query that was written
 * without care (?a=1&copy&b=2) a reader makes a sign of them. */
static bool
is_old_name(struct str name)
{
	static const char names[][8] = { "AElig", "Aacute", "Acirc", "Agrave", "Aring",
		"Atilde", "Auml", "COPY", "Ccedil", "ETH", "Eacute", "Ecirc", "Egrave", "Euml",
		"Iacute", "Icirc", "Igrave", "Iuml", "Ntilde", "Oacute", "Ocirc", "Ograve",
		"Oslash", "Otilde", "Ouml", "REG", "THORN", "Uacute", "Ucirc", "Ugrave", "Uuml",
		"Yacute", "aacute", "acirc", "acute", "aelig", "agrave", "aring", "atilde",
		"auml", "brvbar", "ccedil", "cedil", "cent", "copy", "curren", "deg", "divide",
		"eacute", "ecirc", "egrave", "eth", "euml", "frac12", "frac14", "frac34",
		"iacute", "icirc", "iexcl", "igrave", "iquest", "iuml", "laquo", "macr",
		"micro", "middot", "nbsp", "not", "ntilde", "oacute", "ocirc", "ograve", "ordf",
		"ordm", "oslash", "otilde", "ouml", "para", "plusmn", "pound", "raquo", "reg",
		"sect", "shy", "sup1", "sup2", "sup3", "szlig", "thorn", "times", "uacute",
		"ucirc", "ugrave", "uml", "uuml", "yacute", "yen", "yuml" };

	size_t low = 0, high = sizeof names / sizeof *names;

	/* Sorted: a hostile page may hold very many names. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(name, str_z(names[middle]));

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* What a URL may want; the first eight do without the ';'. */
static char
named(struct str name, bool semicolon)
{
	static const struct {
		struct str name;
		char c;
	} names[] = { { STR_LIT("amp"), '&' }, { STR_LIT("AMP"), '&' }, { STR_LIT("lt"), '<' },
		{ STR_LIT("LT"), '<' }, { STR_LIT("gt"), '>' }, { STR_LIT("GT"), '>' },
		{ STR_LIT("quot"), '"' }, { STR_LIT("QUOT"), '"' }, { STR_LIT("apos"), '\'' },
		{ STR_LIT("num"), '#' }, { STR_LIT("sol"), '/' }, { STR_LIT("colon"), ':' },
		{ STR_LIT("quest"), '?' }, { STR_LIT("equals"), '=' },
		{ STR_LIT("period"), '.' }, { STR_LIT("percnt"), '%' },
		{ STR_LIT("plus"), '+' }, { STR_LIT("comma"), ',' }, { STR_LIT("semi"), ';' },
		{ STR_LIT("lowbar"), '_' }, { STR_LIT("commat"), '@' },
		{ STR_LIT("excl"), '!' }, { STR_LIT("dollar"), '$' }, { STR_LIT("ast"), '*' },
		{ STR_LIT("lpar"), '(' }, { STR_LIT("rpar"), ')' } };

	for (size_t i = 0; i < (semicolon ? sizeof names / sizeof *names : 8); i++)
		if (name.n == names[i].name.n && str_eq(name, names[i].name))
			return names[i].c;
	return '\0';
}

/* *at is behind '&'. In an attribute a name without ';' before '=' or a letter is plain text
 * (13.2.5.73), so only whole names matter. */
static int
reference(struct raw *r, struct str s, size_t *at)
{
	struct str name;
	size_t end = *at;
	bool semicolon;
	char c;

	if (end < s.n && s.p[end] == '#') {
		(*at)++;
		return numeric(r, s, at);
	}
	while (end < s.n && ascii_alnum(s.p[end]))
		end++;
	name = str_of(s.p + *at, end - *at);
	semicolon = end < s.n && s.p[end] == ';';
	if (name.n == 0 || (end < s.n && s.p[end] == '='))
		return add(r, '&');
	c = named(name, semicolon);
	if (c != '\0') {
		*at = end + semicolon;
		return add(r, c);
	}
	return semicolon || is_old_name(name) ? -EINVAL : add(r, '&');
}

/* ---- from what is written to a URL */

static bool
is_blank(char c)
{
	return (unsigned char)c <= ' ';
}

static struct str
trimmed(struct str s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = str_from(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static size_t
scheme(struct str s)
{
	if (str_istarts(s, STR_LIT("https://")))
		return 8;
	return str_istarts(s, STR_LIT("http://")) ? 7 : 0;
}

/* A name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
static bool
is_authority(struct str s)
{
	struct str host = str_head(s, str_rfind(s, ':'));
	bool v6 = s.n > 0 && s.p[0] == '[';

	if (v6)
		host = str_head(s, str_find(s, ']'));
	for (size_t i = v6; i < host.n; i++)
		if (v6 ? digit_of(host.p[i], true) < 0 && host.p[i] != ':' && host.p[i] != '.'
		       : !ascii_alnum(host.p[i]) && host.p[i] != '.' && host.p[i] != '-' &&
					host.p[i] != '_')
			return false;
	if (host.n == 0 || host.p[0] == '.' || (v6 && host.n == s.n))
		return false;
	s = str_from(s, host.n + v6);
	if (s.n > 0 && s.p[0] != ':')
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!ascii_digit(s.p[i]))
			return false;
	return s.n <= 6;
}

static bool
is_ours(struct str s)
{
	size_t begin = scheme(s), end;
	unsigned char over = 0;
	char last = '\0';

	if (begin == 0)
		return false;
	for (size_t i = begin; i < s.n; last = s.p[i++]) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c == 127 || c == '\\')
			return false;
		if ((c == '{' || c == '[') && s.p[i] == last)
			return false;
		over |= c & 128;
	}
	for (end = begin; end < s.n; end++)
		if (s.p[end] == '/' || s.p[end] == '?' || s.p[end] == '#')
			break;
	return (!over || text_is_utf8(s)) && is_authority(str_of(s.p + begin, end - begin));
}

/* What may stand raw in a URL and in any quotes (URL standard 1.3). */
static inline bool
is_raw(char c)
{
	return c > ' ' && c < 127 && c != '"' && c != '<' && c != '>' && c != '`';
}

/* How many bytes at the start may. */
static size_t
raw_run(struct str s)
{
	size_t n = 0;

	while (n < s.n && is_raw(s.p[n]))
		n++;
	return n;
}

static int
encode(struct buf *out, struct str s)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_clear(out);
	if (!is_ours(s))
		return -EINVAL;
	while (s.n > 0) {
		size_t n = raw_run(s);
		unsigned char c = n < s.n ? (unsigned char)s.p[n] : 0;
		const char text[] = { '%', digits[c >> 4], digits[c & 15] };

		buf_put(out, str_head(s, n));
		if (n < s.n)
			buf_put(out, str_of(text, 3));
		s = str_from(s, n + 1);
	}
	return out->full || out->n > LINK_URL_MAX ? -EINVAL : 0;
}

int
link_url_from_html(struct buf *out, struct str value)
{
	struct raw r = { .n = 0 };
	struct str s = trimmed(value);
	size_t i = 0;
	int bad = 0;

	/* Most values that are none of ours end here. */
	if (s.n == 0 || (ascii_lower(s.p[0]) != 'h' && s.p[0] != '&'))
		return -EINVAL;
	while (i < s.n && !bad) {
		char c = s.p[i++];

		if (c == '&')
			bad = reference(&r, s, &i);
		else if (c != '\t' && c != '\n' && c != '\r')
			bad = add(&r, c);
	}
	return bad ? bad : encode(out, trimmed(str_of(r.p, r.n)));
}

int
link_url_from_text(struct buf *out, struct str text)
{
	return text.n > LINK_URL_MAX ? -EINVAL : encode(out, text);
}

/* ---- URLs in text */

/* Marks that end a sentence or a quotation and are not ASCII. */
static bool
ends_text(struct str s)
{
	static const char *const marks[] = { "\u00a0", "\u00bb", "\u2019", "\u201d", "\u2026",
		"\u202f", "\u203a", "\u2013", "\u2014", "\u3000", "\u3001", "\u3002", "\u300d",
		"\uff09", "\uff0c" };

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (str_starts(s, str_z(marks[i])))
			return true;
	return false;
}

/* Without the punctuation behind it; a closing bracket stays when it was opened inside. */
static size_t
without_punctuation(struct str s)
{
	static const char open[] = "([{", close[] = ")]}";
	size_t opened[3] = { 0 }, closed[3] = { 0 };
	const char *c;

	for (size_t i = 0; i < s.n; i++) {
		if ((c = strchr(open, s.p[i])))
			opened[c - open]++;
		else if ((c = strchr(close, s.p[i])))
			closed[c - close]++;
	}
	for (; s.n > 0; s.n--) {
		c = strchr(close, s.p[s.n - 1]);
		if (!c && !strchr(".,;:!?'*", s.p[s.n - 1]))
			break;
		if (c && closed[c - close] <= opened[c - close])
			break;
		if (c)
			closed[c - close]--;
	}
	return s.n;
}

/* The length of the URL that starts s; *ret_run: how far to go on. 0 when it is none. */
static size_t
run_of(struct str s, size_t *ret_run)
{
	size_t n = raw_run(s);

	*ret_run = n;
	/* More letters: where the URL ends is a guess, and half a URL is a broken link. */
	if (n < s.n && (unsigned char)s.p[n] > 127 && !ends_text(str_from(s, n)))
		return 0;
	return without_punctuation(str_head(s, n));
}

bool
link_url_in_text(struct str text, size_t from, size_t *ret_at, size_t *ret_n)
{
	size_t at = from, run, n;

	while ((at += str_find(str_from(text, at), ':')) < text.n) {
		size_t begin = at - from >= 5 && ascii_lower(text.p[at - 1]) == 's' ? at - 5
		               : at - from >= 4                                     ? at - 4
		                                                                    : at;

		at++;
		if (scheme(str_from(text, begin)) == 0 ||
			(begin > from && ascii_alnum(text.p[begin - 1])))
			continue;
		n = run_of(str_from(text, begin), &run);
		at = begin + run;
		if (n > 0) {
			*ret_at = begin;
			*ret_n = n;
			return true;
		}
	}
	return false;
}

/* ---- parameters */

bool
link_url_tags_ok(struct str tags)
{
	for (size_t i = 0; i < tags.n; i++)
		if (tags.p[i] == '\0' ||
			(!ascii_alnum(tags.p[i]) && !strchr("-._~!$&'()*+,;=:@/?%", tags.p[i])))
			return false;
	return tags.n > 0 && tags.n <= LINK_TAGS_MAX && !strchr("?&", tags.p[0]);
}

static bool
has_parameter(struct str query, struct str name)
{
	while (query.p && query.n > 0) {
		struct str part = str_cut(&query, '&');

		if (str_eq(str_head(part, str_find(part, '=')), name))
			return true;
	}
	return false;
}

int
link_url_tag(struct buf *out, struct str url, struct str tags)
{
	size_t hash = str_find(url, '#');
	struct str base = str_head(url, hash), query = str_from(base, str_find(base, '?'));

	buf_clear(out);
	buf_put(out, base);
	while (tags.p && tags.n > 0) {
		struct str part = str_cut(&tags, '&');
		char last = out->n > 0 ? out->p[out->n - 1] : '\0';

		if (part.n == 0 ||
			has_parameter(str_from(query, 1), str_head(part, str_find(part, '='))))
			continue;
		if (query.n == 0 && out->n == base.n)
			buf_put_c(out, '?');
		else if (last != '?' && last != '&')
			buf_put_c(out, '&');
		buf_put(out, part);
	}
	buf_put(out, str_from(url, hash));
	return out->full || out->n > LINK_URL_MAX ? -EINVAL : 0;
}

int
link_url_encode(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (ascii_alnum(s.p[i]) || (s.p[i] && strchr("-._~", s.p[i])))
			buf_put_c(out, s.p[i]);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
	}
	return out->full ? -E2BIG : 0;
}

int
link_url_escape(struct buf *out, struct str url)
{
	while (url.n > 0) {
		size_t n = 0;

		while (n < url.n && is_raw(url.p[n]) && url.p[n] != '&' && url.p[n] != '\'')
			n++;
		buf_put(out, str_head(url, n));
		if (n < url.n && url.p[n] == '&')
			buf_put_z(out, "&amp;");
		else if (n < url.n)
			buf_printf(out, "&#%u;", (unsigned)(unsigned char)url.p[n]);
		url = str_from(url, n + 1);
	}
	return out->full ? -E2BIG : 0;
}
