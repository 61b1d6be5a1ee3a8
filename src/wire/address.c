#include "wire/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <idn2.h>

#define LABEL_MAX       63
#define HOST_MAX        253 /* RFC 1035 2.3.4 without the root dot */
#define COMMENT_NESTING 64

/* RFC 5322 3.2.3; everything above ASCII counts as a letter (RFC 6531 3.3). */
static bool
is_atext(char c)
{
	return ascii_alnum(c) || (uint8_t)c >= 0x80 ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Well-formed UTF-8 without the characters some readers take for the end of a line:
 * C1 controls, U+2028, U+2029. */
static bool
utf8_clean(struct str s)
{
	if (!text_is_utf8(s))
		return false;
	for (size_t i = 0; i + 1 < s.n; i++) {
		uint8_t a = (uint8_t)s.p[i], b = (uint8_t)s.p[i + 1];
		if (a == 0xc2 && b < 0xa0)
			return false;
		if (a == 0xe2 && b == 0x80 && i + 2 < s.n &&
			((uint8_t)s.p[i + 2] & 0xfe) == 0xa8)
			return false;
	}
	return true;
}

static bool
text_ok(struct str s, bool utf8_ok)
{
	return text_is_ascii(s) || (utf8_ok && utf8_clean(s));
}

/* Length of a Dot-string (RFC 5321 4.1.2) at the start of s, 0 = none. */
static size_t
dot_string(struct str s)
{
	size_t i = 0;

	for (;;) {
		size_t start = i;
		while (i < s.n && is_atext(s.p[i]))
			i++;
		if (i == start)
			return 0;
		if (i == s.n || s.p[i] != '.')
			return i;
		i++;
	}
}

/* Length of a Quoted-string with its quotes at the start of s, 0 = none. */
static size_t
quoted_string(struct str s)
{
	if (s.n == 0 || s.p[0] != '"')
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		/* quoted-pairSMTP: any printable ASCII behind the backslash. */
		if (s.p[i] == '\\' && (++i == s.n || (uint8_t)s.p[i] >= 0x7f))
			return 0;
		if ((uint8_t)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return 0;
	}
	return 0;
}

static bool
literal_valid(struct str d)
{
	char z[INET6_ADDRSTRLEN];
	uint8_t bin[16];

	if (d.n < 3 || d.p[0] != '[' || d.p[d.n - 1] != ']')
		return false;
	struct str in = str_of(d.p + 1, d.n - 2);
	if (memchr(in.p, '\0', in.n))
		return false;
	if (str_istarts(in, STR_LIT("IPv6:")))
		return str_copy_z(z, sizeof z, str_from(in, 5)) == 0 &&
		       inet_pton(AF_INET6, z, bin) == 1;
	return str_copy_z(z, sizeof z, in) == 0 && inet_pton(AF_INET, z, bin) == 1;
}

static bool
label_valid(struct str l)
{
	/* The 63 of a U-label count in its A-label: domain_ascii sees to that. */
	if (l.n == 0 || (l.n > LABEL_MAX && text_is_ascii(l)))
		return false;
	for (size_t i = 0; i < l.n; i++)
		if (!ascii_alnum(l.p[i]) && l.p[i] != '-' && (uint8_t)l.p[i] < 0x80)
			return false;
	return l.p[0] != '-' && l.p[l.n - 1] != '-';
}

bool
domain_valid(struct str d, bool utf8_ok)
{
	if (d.n == 0 || d.n > HOST_MAX || !text_ok(d, utf8_ok))
		return false;
	for (struct str rest = d; rest.p;)
		if (!label_valid(str_cut(&rest, '.')))
			return false;
	return true;
}

/* Mailbox at the start of s (RFC 5321 4.1.2), up to `end` or the end of s. */
static int
mailbox(struct str s, unsigned flags, struct address *ret_a, size_t *ret_used)
{
	bool utf8_ok = flags & ADDRESS_UTF8_OK;
	size_t n = s.n > 0 && s.p[0] == '"' ? quoted_string(s) : dot_string(s);
	if (n == 0 || n > ADDRESS_LOCAL_MAX)
		return -EINVAL;

	struct address a = { .local = str_head(s, n), .domain = STR_NONE };
	if (!text_ok(a.local, utf8_ok))
		return -EINVAL;
	if (n == s.n || s.p[n] != '@') {
		a.text = a.local;
		if (!(flags & ADDRESS_POSTMASTER_OK) || !str_ieq_z(a.local, "postmaster"))
			return -EINVAL;
		*ret_a = a;
		*ret_used = n;
		return 0;
	}

	struct str d = str_from(s, n + 1);
	a.literal = d.n > 0 && d.p[0] == '[';
	d.n = str_find(d, a.literal ? ']' : '>') + a.literal;
	if (d.n > s.n - n - 1 || d.n > ADDRESS_DOMAIN_MAX)
		return -EINVAL;
	if (a.literal ? !literal_valid(d) : !domain_valid(d, utf8_ok))
		return -EINVAL;
	a.domain = d;
	a.text = str_head(s, n + 1 + d.n);
	a.utf8 = !text_is_ascii(a.text);
	*ret_a = a;
	*ret_used = a.text.n;
	return 0;
}

/* Bytes of a source route "@one,@two:" (RFC 5321 F.2: taken and forgotten); 0 = none,
 * -EINVAL = a broken one. */
static int
source_route(struct str s, bool utf8_ok, size_t *ret_used)
{
	*ret_used = 0;
	if (s.n == 0 || s.p[0] != '@')
		return 0;
	size_t end = str_find(s, ':');
	if (end == s.n)
		return -EINVAL;
	for (struct str rest = str_head(s, end); rest.p;) {
		struct str hop = str_cut(&rest, ',');
		if (hop.n < 2 || hop.p[0] != '@' || !domain_valid(str_from(hop, 1), utf8_ok))
			return -EINVAL;
	}
	*ret_used = end + 1;
	return 0;
}

int
address_path(struct str s, unsigned flags, struct address *ret_a, size_t *ret_used)
{
	size_t route, n;
	struct address a = { .text = STR_NONE, .local = STR_NONE, .domain = STR_NONE };

	if (s.n < 2 || s.p[0] != '<')
		return -EINVAL;
	if (s.p[1] == '>') {
		if (!(flags & ADDRESS_NULL_OK))
			return -EINVAL;
		*ret_a = a;
		*ret_used = 2;
		return 0;
	}

	struct str in = str_from(s, 1);
	if (source_route(in, flags & ADDRESS_UTF8_OK, &route) < 0)
		return -EINVAL;
	in = str_from(in, route);
	if (mailbox(in, flags, &a, &n) < 0 || n >= in.n || in.p[n] != '>')
		return -EINVAL;
	*ret_a = a;
	*ret_used = 1 + route + n + 1;
	return 0;
}

int
address_mailbox(struct str s, unsigned flags, struct address *ret_a)
{
	struct address a;
	size_t n;

	if (mailbox(s, flags, &a, &n) < 0 || n != s.n)
		return -EINVAL;
	*ret_a = a;
	return 0;
}

static int
lower_copy(struct arena *a, struct str s, struct str *ret_s)
{
	char *p = arena_alloc(a, s.n + 1);
	if (!p)
		return -E2BIG;
	for (size_t i = 0; i < s.n; i++)
		p[i] = ascii_lower(s.p[i]);
	*ret_s = str_of(p, s.n);
	return 0;
}

int
domain_ascii(struct arena *a, struct str domain, struct str *ret_ascii)
{
	uint8_t z[ADDRESS_DOMAIN_MAX + 1], *out = NULL;

	if (domain.n > 0 && domain.p[0] == '[') {
		if (!literal_valid(domain))
			return -EINVAL;
		struct str copy = arena_str(a, domain);
		if (!copy.p)
			return -E2BIG;
		*ret_ascii = copy;
		return 0;
	}
	if (!domain_valid(domain, true))
		return -EINVAL;
	if (text_is_ascii(domain))
		return lower_copy(a, domain, ret_ascii);
	if (str_copy_z((char *)z, sizeof z, domain) < 0 ||
		idn2_lookup_u8(z, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return -EINVAL;
	/* The mapping may bring forth dots and signs that were no ASCII before. */
	struct str ascii = str_z((const char *)out);
	int rc = domain_valid(ascii, false) ? lower_copy(a, ascii, ret_ascii) : -EINVAL;
	idn2_free(out);
	return rc;
}

int
domain_unicode(struct arena *a, struct str ascii, struct str *ret_domain)
{
	char z[ADDRESS_DOMAIN_MAX + 1], *out = NULL;
	struct str copy;

	if (str_copy_z(z, sizeof z, ascii) < 0 ||
		idn2_to_unicode_8z8z(z, &out, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return -EINVAL;
	copy = arena_str(a, str_z(out));
	idn2_free(out);
	if (!copy.p)
		return -E2BIG;
	*ret_domain = copy;
	return 0;
}

/* ---- address lists of header fields (RFC 5322 3.4, 4.4) ---- */

struct list {
	struct str in;
	size_t i;
	char text[ADDRESS_MAX +
		  1]; /* the address gathered so far, without comments and space */
	size_t n;
	bool words;                /* two words side by side: a phrase, no address */
	bool at;                   /* an unquoted @ */
	bool over;                 /* longer than any address */
	bool word_end;             /* the last thing taken was a word */
	bool angle, group, closed; /* inside <>; inside a group; behind the > */
	unsigned seen;             /* mailboxes and groups */
	void (*fn)(void *ctx, struct address a);
	void *ctx;
};

static void
gather(struct list *l, struct str s)
{
	if (s.n > sizeof l->text - l->n) {
		l->over = true;
		return;
	}
	memcpy(l->text + l->n, s.p, s.n);
	l->n += s.n;
}

static void
forget(struct list *l)
{
	l->n = 0;
	l->words = l->at = l->over = l->word_end = false;
}

/* The end of the comment that starts at l->i, nested and with quoted pairs. */
static int
skip_comment(struct list *l)
{
	unsigned depth = 0;

	for (; l->i < l->in.n; l->i++) {
		char c = l->in.p[l->i];
		if (c == '\0')
			return -EINVAL;
		if (c == '\\')
			l->i++;
		else if (c == '(' && ++depth > COMMENT_NESTING)
			return -EINVAL;
		else if (c == ')' && --depth == 0) {
			l->i++;
			return 0;
		}
	}
	return -EINVAL;
}

static int
skip_space(struct list *l)
{
	while (l->i < l->in.n) {
		char c = l->in.p[l->i];
		int rc = 0;
		if (c == ' ' || c == '\t')
			l->i++;
		else if (str_starts(str_from(l->in, l->i), STR_LIT("\r\n")))
			l->i += 2;
		else if (c == '(')
			rc = skip_comment(l);
		else
			return 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void
take_word(struct list *l, struct str word)
{
	if (l->word_end)
		l->words = true;
	gather(l, word);
	l->word_end = true;
}

/* A quoted string, its folds removed (RFC 5322 3.2.4: they are not part of it). */
static int
take_quoted(struct list *l)
{
	size_t start = l->i++;

	if (l->word_end)
		l->words = true;
	l->word_end = true;
	for (; l->i < l->in.n; l->i++) {
		char c = l->in.p[l->i];
		if (c == '"') {
			l->i++;
			gather(l, str_of(l->in.p + start, l->i - start));
			return 0;
		}
		if (c == '\0')
			return -EINVAL;
		if (str_starts(str_from(l->in, l->i), STR_LIT("\r\n"))) {
			gather(l, str_of(l->in.p + start, l->i - start));
			start = l->i + 2;
			l->i++;
		} else if (c == '\\') {
			l->i++;
		}
	}
	return -EINVAL;
}

static int
emit(struct list *l)
{
	struct address a;

	if (l->words || l->over ||
		address_mailbox(str_of(l->text, l->n), ADDRESS_UTF8_OK, &a) < 0)
		return -EINVAL;
	l->seen++;
	l->fn(l->ctx, a);
	forget(l);
	return 0;
}

/* , ; or the end of the value. */
static int
end_item(struct list *l)
{
	bool closed = l->closed;

	l->closed = false;
	if (closed || (l->n == 0 && !l->word_end))
		return 0;
	return emit(l);
}

static int
special(struct list *l, char c)
{
	switch (c) {
	case '<':
		/* "a@b <c@d>": readers differ in which is the address. */
		if (l->angle || l->closed || l->at)
			return -EINVAL;
		forget(l);
		l->angle = true;
		return 0;
	case '>':
		if (!l->angle)
			return -EINVAL;
		l->angle = false;
		l->closed = true;
		return emit(l);
	case ':':
		if (l->angle) {
			/* The end of an obsolete route. */
			if (l->n == 0 || l->text[0] != '@')
				return -EINVAL;
			forget(l);
			return 0;
		}
		if (l->group || l->closed || l->at || (l->n == 0 && !l->over))
			return -EINVAL;
		l->group = true;
		l->seen++;
		forget(l);
		return 0;
	case ',':
		if (l->angle) {
			if (l->n > 0 && l->text[0] != '@')
				return -EINVAL;
			l->word_end = false;
			return 0;
		}
		return end_item(l);
	case ';':
		if (l->angle || !l->group)
			return -EINVAL;
		l->group = false;
		int rc = end_item(l);
		l->closed = true;
		return rc;
	case '.':
	case '@':
		if (l->closed)
			return -EINVAL;
		gather(l, str_of(&c, 1));
		l->at |= c == '@';
		l->word_end = false;
		return 0;
	default:
		return -EINVAL;
	}
}

static int
take(struct list *l)
{
	char c = l->in.p[l->i];
	size_t n = 0;

	if (c == '"' || c == '[' || is_atext(c)) {
		if (l->closed)
			return -EINVAL;
		if (c == '"')
			return take_quoted(l);
		struct str rest = str_from(l->in, l->i);
		if (c == '[') {
			n = str_find(rest, ']') + 1;
			if (n > rest.n)
				return -EINVAL;
		} else {
			while (n < rest.n && is_atext(rest.p[n]))
				n++;
		}
		take_word(l, str_head(rest, n));
		l->i += n;
		return 0;
	}
	l->i++;
	return special(l, c);
}

int
address_list(struct str value, void (*fn)(void *ctx, struct address a), void *ctx)
{
	struct list l = { .in = value, .fn = fn, .ctx = ctx };

	for (;;) {
		int rc = skip_space(&l);
		if (rc < 0)
			return rc;
		if (l.i >= l.in.n)
			break;
		rc = take(&l);
		if (rc < 0)
			return rc;
	}
	if (l.angle || l.group || end_item(&l) < 0 || l.seen == 0)
		return -EINVAL;
	return 0;
}
