#include "wire/config_value.h"

#include "base/utc.h"
#include "wire/url.h"

#include <arpa/inet.h>
#include <errno.h>

static const struct {
	size_t size;
	const char *allowed, *allowed_fr;
} kinds[] = {
#define CONFIG_KIND(name, type, allowed, allowed_fr)                                           \
	[CONFIG_KIND_##name] = { sizeof(type), allowed, allowed_fr },
#include "wire/config_tbl.h"
};

size_t
config_value_size(enum config_kind kind)
{
	return kinds[kind].size;
}

const char *
config_value_allowed(enum config_kind kind, bool french)
{
	return french ? kinds[kind].allowed_fr : kinds[kind].allowed;
}

bool
config_value_is_entry(enum config_kind kind)
{
	return kind >= CONFIG_KIND_CERT;
}

static bool
is_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

/* RFC 1123 2.1, as in mail domains (RFC 5321 4.1.2); not all digits, which is an address. */
static bool
is_domain(struct str s)
{
	size_t label = 0;
	bool letters = false;

	if (s.n == 0 || s.n > 253)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '.') {
			if (label == 0 || s.p[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!ascii_alnum(c) && (c != '-' || label == 0))
			return false;
		letters |= !ascii_digit(c);
		if (++label > 63)
			return false;
	}
	return label > 0 && s.p[s.n - 1] != '-' && letters;
}

static bool
is_mailbox(struct str s)
{
	size_t at = str_rfind(s, '@');

	if (at == 0 || at == s.n || at > 64 || !is_domain(str_from(s, at + 1)))
		return false;
	for (size_t i = 0; i < at; i++)
		if (!ascii_alnum(s.p[i]) && !memchr("!#$%&'*+-/=?^_`{|}~.", s.p[i], 20))
			return false;
	return true;
}

/* Bits of the address family, 0 when it is no address. */
static unsigned
ip_parse(struct str s, unsigned char ret_bytes[16])
{
	char z[INET6_ADDRSTRLEN];

	if (str_copy_z(z, sizeof z, s) < 0 || strlen(z) != s.n)
		return 0;
	if (inet_pton(AF_INET, z, ret_bytes) == 1)
		return 32;
	return inet_pton(AF_INET6, z, ret_bytes) == 1 ? 128 : 0;
}

static bool
is_ip(struct str s)
{
	unsigned char bytes[16];

	return ip_parse(s, bytes) > 0;
}

static bool
is_network(struct str s, const char **ret_why)
{
	unsigned char bytes[16];
	size_t slash = str_find(s, '/');
	unsigned bits = ip_parse(str_head(s, slash), bytes);
	uint32_t prefix = bits;

	if (bits == 0)
		return false;
	if (slash < s.n && (str_u32(str_from(s, slash + 1), &prefix) < 0 || prefix > bits))
		return false;
	if (prefix == 0) {
		*ret_why = "would let the whole internet send: name the networks";
		return false;
	}
	for (unsigned i = prefix; i < bits; i++)
		if (bytes[i / 8] & (0x80u >> (i % 8))) {
			*ret_why = "has bits set behind its prefix length: write the "
				   "network's first address, or a longer prefix";
			return false;
		}
	return true;
}

static bool
is_url(struct str s, const char **ret_why)
{
	struct arena a;
	struct url_route r;
	bool ok;

	arena_init(&a, 16u << 10);
	ok = url_route_parse(&a, s, &r, ret_why) == 0;
	arena_done(&a);
	return ok;
}

static bool
is_host_port(struct str s)
{
	struct str host;
	uint16_t port;

	return url_host_port(s, &host, &port) == 0 && host.n > 0;
}

static bool
is_one_of(struct str s, const char *a, const char *b, const char *c)
{
	return str_eq_z(s, a) || str_eq_z(s, b) || (c && str_eq_z(s, c));
}

static bool
text_ok(enum config_kind kind, struct str s, const char **ret_why)
{
	switch (kind) {
	case CONFIG_KIND_DOMAIN:
		return is_domain(s);
	case CONFIG_KIND_ANYWHERE:
		return str_eq_z(s, "*") || is_domain(s);
	case CONFIG_KIND_MAILBOX:
		return is_mailbox(s);
	case CONFIG_KIND_IP:
		return is_ip(s);
	case CONFIG_KIND_NETWORK:
		return is_network(s, ret_why);
	case CONFIG_KIND_URL:
		return is_url(s, ret_why);
	case CONFIG_KIND_HOSTPORT:
		return is_host_port(s);
	case CONFIG_KIND_LANGUAGE:
		return is_one_of(s, "en", "fr", NULL);
	case CONFIG_KIND_SANDBOX:
		return is_one_of(s, "auto", "require", "off");
	case CONFIG_KIND_FACTOR:
		return is_one_of(s, "optional", "service", "required");
	case CONFIG_KIND_MODE:
		return is_one_of(s, "live", "sandbox", NULL);
	case CONFIG_KIND_PATHS:
		return is_one_of(s, "token", "keep", NULL);
	case CONFIG_KIND_FORMAT:
		return is_one_of(s, "logfmt", "json", NULL);
	default:
		return is_text(s);
	}
}

/* Domains compare without case: they are kept in lower case, as config.h says. */
static int
text_set(enum config_kind kind, struct arena *a, struct str s, struct str *ret_s,
	const char **ret_why)
{
	char lower[256];
	struct str copy;

	if (!text_ok(kind, s, ret_why))
		return -EINVAL;
	if (kind == CONFIG_KIND_DOMAIN || kind == CONFIG_KIND_ANYWHERE) {
		for (size_t i = 0; i < s.n; i++)
			lower[i] = ascii_lower(s.p[i]);
		s.p = lower;
	}
	copy = arena_str(a, s);
	if (!copy.p) {
		*ret_why = "does not fit: the configuration is too large";
		return -EINVAL;
	}
	*ret_s = copy;
	return 0;
}

static int
size_parse(struct str s, uint64_t *ret_bytes)
{
	static const struct {
		const char *unit;
		uint64_t factor;
	} units[] = { { "", 1 }, { "B", 1 }, { "kB", 1000 }, { "KB", 1000 },
		{ "KiB", 1u << 10 }, { "MB", 1000000 }, { "MiB", 1u << 20 },
		{ "GB", 1000000000 }, { "GiB", 1u << 30 }, { "TB", UINT64_C(1000000000000) },
		{ "TiB", UINT64_C(1) << 40 } };
	size_t digits = 0;
	uint64_t v;
	int e;

	while (digits < s.n && ascii_digit(s.p[digits]))
		digits++;
	e = str_u64(str_head(s, digits), &v);
	if (e < 0)
		return e;
	s = str_trim(str_from(s, digits));
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (str_eq_z(s, units[i].unit))
			return __builtin_mul_overflow(v, units[i].factor, ret_bytes) ? -ERANGE
			                                                             : 0;
	return -EINVAL;
}

static int
bool_set(struct str s, bool *ret_v)
{
	if (!str_eq_z(s, "true") && !str_eq_z(s, "false"))
		return -EINVAL;
	*ret_v = s.p[0] == 't';
	return 0;
}

static bool
within(struct config_bounds b, uint64_t v)
{
	return (b.lo == 0 && b.hi == 0) || (v >= b.lo && v <= b.hi);
}

static int
span_set(enum config_kind kind, struct str s, struct config_bounds b, int64_t *ret_us)
{
	int64_t us;

	if (kind == CONFIG_KIND_EVER && str_eq_z(s, "forever")) {
		*ret_us = INT64_MAX;
		return 0;
	}
	if (utc_parse_span(s, &us) < 0 || us < 0)
		return -EINVAL;
	if (!within(b, (uint64_t)us))
		return -ERANGE;
	*ret_us = us;
	return 0;
}

static int
size_set(struct str s, struct config_bounds b, uint64_t *ret_bytes)
{
	uint64_t v;
	int e = size_parse(s, &v);

	if (e == 0 && !within(b, v))
		e = -ERANGE;
	if (e == 0)
		*ret_bytes = v;
	return e;
}

static int
number_set(struct str s, struct config_bounds b, unsigned *ret_v)
{
	uint32_t v;
	int e = str_u32(s, &v);

	if (e == 0 && !within(b, v))
		e = -ERANGE;
	if (e == 0)
		*ret_v = v;
	return e;
}

int
config_value_set(const struct config_rule *rule, struct arena *a, struct str text,
	void *ret_value, const char **ret_why)
{
	const struct config_bounds bounds = rule->bounds;
	const enum config_kind kind = rule->kind;
	unsigned port;
	int e;

	*ret_why = NULL;
	switch (kind) {
	case CONFIG_KIND_BOOL:
		return bool_set(text, ret_value);
	case CONFIG_KIND_NUMBER:
		return number_set(text, bounds, ret_value);
	case CONFIG_KIND_PORT:
		e = number_set(text, (struct config_bounds){ 1, UINT16_MAX }, &port);
		if (e == 0)
			*(uint16_t *)ret_value = (uint16_t)port;
		return e == 0 ? 0 : -EINVAL;
	case CONFIG_KIND_SIZE:
		return size_set(text, bounds, ret_value);
	case CONFIG_KIND_SPAN:
	case CONFIG_KIND_EVER:
		return span_set(kind, text, bounds, ret_value);
	default:
		return text_set(kind, a, text, ret_value, ret_why);
	}
}
