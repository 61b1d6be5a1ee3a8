#include "wire/url_web.h"

#include "base/buf.h"
#include "wire/address.h"
#include "wire/url_web_tbl.h"

#include <arpa/inet.h>
#include <errno.h>

#define HOST_MAX 253

static const char why_host[] = "the host is not a name, an IPv4 address such as 192.0.2.1, or "
			       "an IPv6 address in brackets";
static const char why_port[] = "the port is not a number from 1 to 65535";
static const char why_user[] = "user and password have a wrong %-escape or a control character";
static const char why_full[] = "the URL is too long";

static bool
is_address(int family, struct str s)
{
	char z[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	return str_copy_z(z, sizeof z, s) == 0 && strlen(z) == s.n &&
	       inet_pton(family, z, bytes) == 1;
}

static bool
is_escape(struct str s, size_t at)
{
	return at + 2 < s.n && ascii_hex(s.p[at + 1]) >= 0 && ascii_hex(s.p[at + 2]) >= 0;
}

/* --- host --- */

/* What inet_aton, and so many a library, takes for a number: the last label is one (the URL
 * standard's "ends in a number"). Such a host is an address or a trick, never a name. */
static bool
ends_in_number(struct str host)
{
	size_t dot = str_rfind(host, '.');
	struct str last = dot < host.n ? str_from(host, dot + 1) : host;
	size_t from = 0;

	if (str_istarts(last, STR_LIT("0x")))
		from = 2;
	for (size_t i = from; i < last.n; i++)
		if (from ? ascii_hex(last.p[i]) < 0 : !ascii_digit(last.p[i]))
			return false;
	return true;
}

/* Underscores are seen in private DNS and container networks; domain_ascii knows none. */
static int
name_ascii(struct arena *a, struct str name, struct str *ret_host)
{
	struct buf b;
	int e;

	if (str_find(name, '_') == name.n)
		return domain_ascii(a, name, ret_host);
	buf_init(&b, HOST_MAX);
	for (size_t i = 0; i < name.n; i++)
		buf_put_c(&b, name.p[i] == '_' ? 'x' : ascii_lower(name.p[i]));
	e = b.full || !domain_valid(buf_str(&b), false) ? -EINVAL : 0;
	for (size_t i = 0; e == 0 && i < name.n; i++)
		if (name.p[i] == '_')
			b.p[i] = '_';
	*ret_host = e == 0 ? arena_str(a, buf_str(&b)) : STR_NONE;
	buf_done(&b);
	return ret_host->p ? e : -E2BIG;
}

static const char *
host_parse(struct arena *a, struct str s, struct url_web *u)
{
	if (s.n > 0 && s.p[0] == '[') {
		if (s.p[s.n - 1] != ']' || !is_address(AF_INET6, str_of(s.p + 1, s.n - 2)))
			return "the IPv6 address in brackets is not one (and takes no zone)";
		u->host = arena_str(a, str_of(s.p + 1, s.n - 2));
		u->literal = true;
		return u->host.p ? NULL : why_full;
	}
	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	if (s.n == 0 || name_ascii(a, s, &u->host) < 0 || u->host.n > HOST_MAX)
		return why_host;
	/* After the mapping: digits of other scripts have become ASCII ones. */
	if (!ends_in_number(u->host))
		return NULL;
	u->literal = true;
	if (!is_address(AF_INET, s))
		return "an IPv4 address is written as four numbers from 0 to 255";
	return NULL;
}

static bool
port_allowed(uint16_t port)
{
#define ALLOW_NOT(number, what)                                                                \
	case number:                                                                           \
		return false;
	switch (port) {
		URL_WEB_PORTS(ALLOW_NOT)
	default:
		return true;
	}
}

static const char *
port_parse(struct str s, struct url_web *u)
{
	uint32_t v;

	/* RFC 3986 3.2.3: an empty one is the scheme's. */
	if (s.n > 0 && (s.n > 5 || str_u32(s, &v) < 0 || v == 0 || v > UINT16_MAX))
		return why_port;
	if (s.n > 0)
		u->port = (uint16_t)v;
	if (!port_allowed(u->port))
		return "this port belongs to another protocol: use 443, 80 or one above 1024";
	return NULL;
}

static const char *
field_make(struct arena *a, struct url_web *u)
{
	bool v6 = str_find(u->host, ':') < u->host.n;
	const char *open = v6 ? "[" : "", *close = v6 ? "]" : "";

	if (u->port == (u->tls ? 443 : 80))
		u->field = arena_printf(a, "%s%.*s%s", open, STR_ARG(u->host), close);
	else
		u->field = arena_printf(
			a, "%s%.*s%s:%u", open, STR_ARG(u->host), close, (unsigned)u->port);
	return u->field.p ? NULL : why_full;
}

/* --- user and password --- */

static bool
percent_decode(struct arena *a, struct str s, struct str *ret_s)
{
	char out[URL_WEB_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '%') {
			if (!is_escape(s, i))
				return false;
			c = ascii_hex(s.p[i + 1]) * 16 + ascii_hex(s.p[i + 2]);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || n == sizeof out)
			return false;
		out[n++] = (char)c;
	}
	*ret_s = arena_str(a, str_of(out, n));
	return ret_s->p != NULL;
}

static const char *
user_parse(struct arena *a, struct str s, struct url_web *u)
{
	size_t colon = str_find(s, ':');

	u->basic = true;
	if (!percent_decode(a, str_head(s, colon), &u->user) ||
		!percent_decode(a, str_from(s, colon + 1), &u->secret))
		return why_user;
	/* RFC 7617 2: the first colon ends the user. */
	if (str_find(u->user, ':') < u->user.n)
		return "the user of Basic authentication cannot hold a colon";
	return NULL;
}

/* --- path and query --- */

/* What RFC 3986 does not allow as it is is encoded as browsers do; %-escapes are kept. */
static const char *
target_make(struct arena *a, struct str s, struct url_web *u)
{
	struct buf b;
	const char *why = NULL;

	buf_init(&b, 3 * URL_WEB_MAX + 1);
	if (s.n == 0 || s.p[0] != '/')
		buf_put_c(&b, '/');
	for (size_t i = 0; i < s.n && !why; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '%' && !is_escape(s, i))
			why = "a % in path or query is not followed by two hex digits";
		else if (c >= 0x80 || memchr("\"<>^`{|}", c, 8))
			buf_printf(&b, "%%%02X", c);
		else
			buf_put_c(&b, (char)c);
	}
	u->target = arena_str(a, buf_str(&b));
	buf_done(&b);
	return why ? why : u->target.p ? NULL : why_full;
}

/* --- all of it --- */

/* Characters that readers of URLs differ about. */
static const char *
check_characters(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c == 0x7f)
			return "the URL holds a space or a control character";
		if (c == '\\')
			return "the URL holds a back slash";
		if (c == '#')
			return "the part after # is never sent: leave it out";
	}
	return NULL;
}

static const char *
authority_parse(struct arena *a, struct str s, struct url_web *u)
{
	size_t at = str_rfind(s, '@'), colon;
	const char *why = NULL;

	if (at < s.n) {
		if (str_find(s, '@') != at)
			return "an @ inside user or password is written %40";
		why = user_parse(a, str_head(s, at), u);
		s = str_from(s, at + 1);
	}
	/* The port's colon: behind the bracket of an IPv6 address. */
	colon = s.n > 0 && s.p[0] == '[' ? str_find(s, ']') : 0;
	colon += str_find(str_from(s, colon), ':');
	if (!why)
		why = host_parse(a, str_head(s, colon), u);
	if (!why)
		why = port_parse(str_from(s, colon + 1), u);
	return why ? why : field_make(a, u);
}

static const char *
web_parse(struct arena *a, struct str s, struct url_web *u)
{
	const char *why;
	size_t n = 0;

	if (s.n > URL_WEB_MAX)
		return "the URL is longer than 2048 bytes";
	why = check_characters(s);
	if (why)
		return why;
	if (str_istarts(s, STR_LIT("https://")))
		u->tls = true;
	else if (!str_istarts(s, STR_LIT("http://")))
		return "the URL does not begin with https:// or http://";
	s = str_from(s, u->tls ? 8 : 7);
	u->port = u->tls ? 443 : 80;
	while (n < s.n && s.p[n] != '/' && s.p[n] != '?')
		n++;
	why = authority_parse(a, str_head(s, n), u);
	return why ? why : target_make(a, str_from(s, n), u);
}

int
url_web_parse(struct arena *a, struct str text, struct url_web *ret_u, const char **ret_why)
{
	struct url_web u = { .user = STR_NONE, .secret = STR_NONE };
	const char *why = web_parse(a, text, &u);

	if (why) {
		*ret_why = why;
		return -EINVAL;
	}
	*ret_u = u;
	return 0;
}

struct str
url_web_shown(struct arena *a, const struct url_web *u)
{
	struct str path = str_head(u->target, str_find(u->target, '?'));

	return arena_printf(a, "%s://%.*s%.*s", u->tls ? "https" : "http", STR_ARG(u->field),
		STR_ARG(path));
}
