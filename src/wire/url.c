#include "wire/url.h"

#include <arpa/inet.h>
#include <errno.h>

#define URL_HOST_MAX   253
#define URL_SECRET_MAX 512

enum { TLS_MAY, TLS_MUST, TLS_NONE };

static const char why_host[] =
	"the host is not a name, an IPv4 address or an IPv6 address in brackets";
static const char why_port[] = "the port is not a number from 1 to 65535";

static bool
is_address(int family, struct str s)
{
	char z[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	return str_copy_z(z, sizeof z, s) == 0 && strlen(z) == s.n &&
	       inet_pton(family, z, bytes) == 1;
}

/* Labels of letters, digits, hyphens and underscores (the latter are seen in private DNS). */
static bool
is_name(struct str s)
{
	size_t label = 0;

	if (s.n == 0 || s.n > URL_HOST_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '.') {
			if (label == 0 || s.p[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!ascii_alnum(c) && c != '_' && (c != '-' || label == 0))
			return false;
		if (++label > 63)
			return false;
	}
	return label > 0 && s.p[s.n - 1] != '-';
}

/* A text of digits and dots is an address or a mistake, never a name. */
static bool
is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_digit(s.p[i]) && s.p[i] != '.')
			return is_name(s);
	return is_address(AF_INET, s);
}

static int
port_parse(struct str s, uint16_t *ret_port)
{
	uint32_t v;

	if (s.n > 5 || str_u32(s, &v) < 0 || v == 0 || v > UINT16_MAX)
		return -EINVAL;
	*ret_port = (uint16_t)v;
	return 0;
}

/* "host", "host:port", "[v6]", "[v6]:port"; *ret_rest starts with the colon or is empty. */
static int
host_split(struct str s, struct str *ret_host, struct str *ret_rest)
{
	size_t end;

	if (s.n > 0 && s.p[0] == '[') {
		end = str_find(s, ']');
		if (end == s.n || !is_address(AF_INET6, str_of(s.p + 1, end - 1)))
			return -EINVAL;
		*ret_host = str_of(s.p + 1, end - 1);
		*ret_rest = str_from(s, end + 1);
		return 0;
	}
	end = str_find(s, ':');
	*ret_host = str_head(s, end);
	*ret_rest = str_from(s, end);
	return end == 0 || is_host(*ret_host) ? 0 : -EINVAL;
}

int
url_host_port(struct str text, struct str *ret_host, uint16_t *ret_port)
{
	struct str host, rest;
	uint16_t port;

	if (host_split(text, &host, &rest) < 0 || rest.n < 2 || rest.p[0] != ':')
		return -EINVAL;
	if (port_parse(str_from(rest, 1), &port) < 0)
		return -EINVAL;
	*ret_host = host;
	*ret_port = port;
	return 0;
}

/* RFC 3986 2.1. Control characters have no place in what AUTH will send. */
static int
percent_decode(struct arena *a, struct str s, struct str *ret_s)
{
	char out[URL_SECRET_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (n == sizeof out)
			return -EINVAL;
		if (c == '%') {
			int hi = i + 2 < s.n ? ascii_hex(s.p[i + 1]) : -1;
			int lo = hi >= 0 ? ascii_hex(s.p[i + 2]) : -1;

			if (lo < 0)
				return -EINVAL;
			c = hi * 16 + lo;
			i += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return -EINVAL;
		out[n++] = (char)c;
	}
	*ret_s = arena_str(a, str_of(out, n));
	return ret_s->p ? 0 : -EINVAL;
}

static const char *
user_parse(struct arena *a, struct str s, struct url_route *r)
{
	size_t colon = str_find(s, ':');

	if (colon == 0 || colon + 1 >= s.n)
		return "before the @ must stand user:password";
	if (percent_decode(a, str_head(s, colon), &r->user) < 0)
		return "the user has a wrong %-escape or a control character, or is too long";
	if (percent_decode(a, str_from(s, colon + 1), &r->secret) < 0)
		return "the password has a wrong %-escape or a control character, or is too "
		       "long";
	return NULL;
}

static const char *
query_parse(struct str query, struct url_route *r)
{
	if (str_eq_z(query, "tls=must"))
		r->tls = TLS_MUST;
	else if (str_eq_z(query, "tls=none"))
		r->tls = TLS_NONE;
	else if (!str_eq_z(query, "tls=may"))
		return "after the ? may stand tls=must, tls=may or tls=none";
	return r->implicit_tls && r->tls == TLS_NONE
	               ? "smtps:// is TLS: tls=none contradicts it"
	               : NULL;
}

static const char *
scheme_parse(struct str *s, struct url_route *r)
{
	if (str_istarts(*s, STR_LIT("smtp://"))) {
		*s = str_from(*s, 7);
	} else if (str_istarts(*s, STR_LIT("smtps://"))) {
		*s = str_from(*s, 8);
		r->implicit_tls = true;
		r->port = 465;
	} else if (str_find_str(*s, STR_LIT("://")) < s->n) {
		return "a route starts with smtp:// or smtps://";
	}
	return NULL;
}

static const char *
route_parse(struct arena *a, struct str s, struct url_route *r)
{
	struct str query = { NULL, 0 }, rest;
	const char *why = scheme_parse(&s, r);
	size_t at, mark;

	if (why)
		return why;
	/* The password may hold a raw ? or @ only as %3F and %40 (RFC 3986 3.2.1). */
	mark = str_find(s, '?');
	if (mark < s.n)
		query = str_from(s, mark + 1);
	s = str_head(s, mark);
	at = str_rfind(s, '@');
	if (at < s.n) {
		if (str_find(s, '@') != at)
			return "an @ inside user or password is written %40";
		if ((why = user_parse(a, str_head(s, at), r)))
			return why;
		s = str_from(s, at + 1);
	}
	if (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	if (host_split(s, &r->host, &rest) < 0 || r->host.n == 0)
		return why_host;
	if (rest.n > 0 && (rest.p[0] != ':' || port_parse(str_from(rest, 1), &r->port) < 0))
		return r->host.n > 0 && rest.p[0] != ':' ? why_host : why_port;
	return query.p ? query_parse(query, r) : NULL;
}

int
url_route_parse(struct arena *a, struct str text, struct url_route *ret_r, const char **ret_why)
{
	struct url_route r = {
		.port = 25, .tls = TLS_MAY, .user = STR_NONE, .secret = STR_NONE
	};
	const char *why = route_parse(a, text, &r);

	if (!why) {
		r.host = arena_str(a, r.host);
		if (!r.host.p)
			why = "the configuration is too large";
	}
	if (why) {
		*ret_why = why;
		return -EINVAL;
	}
	*ret_r = r;
	return 0;
}
