#include "wire/dsn_in_priv.h"

/* Codes that servers use (RFC 5321 4.2.3, 4954, 7504 and some of the field); any other number
 * in a text is a size, a port or a year. */
static bool
is_code(unsigned v)
{
	static const uint16_t codes[] = { 421, 422, 431, 432, 441, 442, 446, 447, 449, 450, 451,
		452, 453, 454, 455, 458, 459, 471, 500, 501, 502, 503, 504, 505, 510, 511, 512,
		513, 515, 521, 523, 530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555, 556,
		557, 571, 572 };

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i] == v)
			return true;
	return false;
}

static bool
one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* "550" at s, the rest of a line; before: the byte in front of it, ' ' at the start. */
static uint16_t
code_at(struct str s, char before)
{
	unsigned v;

	if (s.n < 3 || !one_of(before, " \t(<>[#\"';:=_\r\n") || !ascii_digit(s.p[0]) ||
		!ascii_digit(s.p[1]) || !ascii_digit(s.p[2]))
		return 0;
	if (s.n > 3 && !one_of(s.p[3], " -)]:;,.\"'#\r\n\t>/"))
		return 0;
	/* "550.1" is no code; "port 550" would be, and is not worth a rule. */
	if (s.n > 4 && (s.p[3] == '.' || s.p[3] == ',' || s.p[3] == ':') && ascii_digit(s.p[4]))
		return 0;
	v = (unsigned)(s.p[0] - '0') * 100 + (unsigned)(s.p[1] - '0') * 10 +
	    (unsigned)(s.p[2] - '0');
	return is_code(v) ? (uint16_t)v : 0;
}

struct dsn_in_codes
dsn_in_codes(struct str s)
{
	struct dsn_in_codes c = { 0 };

	for (size_t i = 0; i < s.n && !(c.code && c.dsn.class); i++) {
		char before = i ? s.p[i - 1] : ' ';
		struct str at = str_from(s, i);
		struct dsn_code dsn;
		size_t used = 0;
		uint16_t code;

		if (s.p[i] != '2' && s.p[i] != '4' && s.p[i] != '5')
			continue;
		code = c.code ? 0 : code_at(at, before);
		if (code) {
			c.code = code;
			used = at.n > 3 && one_of(at.p[3], " -") ? 4 : 3;
		} else if (!c.dsn.class && !ascii_alnum(before) && before != '.' &&
			   before != '/' && dsn_code_parse(at, &dsn, &used) == 0) {
			c.dsn = dsn;
		}
		/* A second one right behind the first belongs in front of the text, too. */
		if (used > 0 && c.behind == 0)
			c.at = i;
		if (used > 0 && (c.behind == 0 || c.behind == i))
			c.behind = i + used;
		i += used > 0 ? used - 1 : 0;
	}
	return c;
}

/* "550-5.1.1 " in the middle: the next line of a reply whose lines were joined. */
static size_t
repeated(struct str s, const struct dsn_in_codes *c)
{
	struct dsn_code dsn;
	size_t used;

	if (!c->code || code_at(s, ' ') != c->code || s.n < 5 || !one_of(s.p[3], "- "))
		return 0;
	if (dsn_code_parse(str_from(s, 4), &dsn, &used) == 0)
		return dsn.class == c->dsn.class ? 4 + used : 0;
	return s.p[3] == '-' ? 4 : 0;
}

void
dsn_in_reply(struct arena *a, struct str diagnostic, struct reply *ret_r)
{
	struct dsn_in_codes c = dsn_in_codes(diagnostic);
	struct str s = str_trim(str_from(diagnostic, c.behind));
	char *dst;
	size_t n = 0;

	/* A code that ends the text or stands in brackets: what it is about comes before it. */
	if (c.at > 0 && (s.n < 4 || s.p[0] == ')' || s.p[0] == ']'))
		s = diagnostic;
	while (s.n > 0 && one_of(s.p[0], " :;,-"))
		s = str_from(s, 1);
	dst = arena_alloc(a, s.n + 1);
	*ret_r = (struct reply){ c.code, c.dsn, STR_NONE };
	if (!dst)
		return;
	for (size_t i = 0; i < s.n;) {
		size_t skip = i && s.p[i - 1] == ' ' ? repeated(str_from(s, i), &c) : 0;

		i += skip;
		if (i < s.n && skip == 0)
			dst[n++] = s.p[i++];
	}
	/* "(reason: 550 5.1.1 no)" */
	if (n > 0 && dst[n - 1] == ')' && str_find(str_of(dst, n), '(') == n)
		n--;
	ret_r->text = str_trim(str_of(dst, n));
}
