#include "wire/spf.h"

#include <arpa/inet.h>
#include <errno.h>

#define NAME_MAX_BYTES 253

static const struct {
	const char *name;
	enum spf_kind kind;
} mechanisms[] = {
	{ "all", SPF_ALL },
	{ "ip4", SPF_IP },
	{ "ip6", SPF_IP },
	{ "a", SPF_A },
	{ "mx", SPF_MX },
	{ "include", SPF_INCLUDE },
	{ "exists", SPF_EXISTS },
	{ "ptr", SPF_PTR },
};

bool
spf_is(struct str record)
{
	struct str version = STR_LIT("v=spf1");

	return str_istarts(record, version) &&
	       (record.n == version.n || record.p[version.n] == ' ');
}

static int
bits_of(struct str s, unsigned max, unsigned *ret_bits)
{
	uint32_t bits;

	if (str_u32(s, &bits) < 0 || bits > max || (s.n > 1 && s.p[0] == '0'))
		return -EINVAL;
	*ret_bits = bits;
	return 0;
}

static int
ip_of(struct spf_term *t, bool v6, struct str value)
{
	char text[INET6_ADDRSTRLEN];
	struct str rest = value, ip = str_cut(&rest, '/');
	unsigned *bits = v6 ? &t->bits6 : &t->bits4;

	if (str_find(ip, '\0') < ip.n || str_copy_z(text, sizeof text, ip) < 0 ||
		inet_pton(v6 ? AF_INET6 : AF_INET, text, t->ip) != 1)
		return -EINVAL;
	t->ip_bytes = v6 ? 16 : 4;
	return rest.p ? bits_of(rest, v6 ? 128 : 32, bits) : 0;
}

/* "domain/24//64": each part may be left out. */
static int
target_of(struct spf_term *t, struct str value, bool cidr)
{
	size_t slash = cidr ? str_find(value, '/') : value.n;
	struct str bits = str_from(value, slash);

	t->domain = str_head(value, slash);
	for (size_t i = 0; i < t->domain.n; i++)
		if (t->domain.p[i] <= ' ' || t->domain.p[i] >= 127)
			return -EINVAL;
	t->macro = str_find(t->domain, '%') < t->domain.n;
	if (!t->macro && t->domain.n > NAME_MAX_BYTES)
		return -EINVAL;
	if (bits.n > 0 && !str_starts(bits, STR_LIT("//"))) {
		struct str four = str_from(bits, 1);

		four = str_head(four, str_find(four, '/'));
		if (bits_of(four, 32, &t->bits4) < 0)
			return -EINVAL;
		bits = str_from(bits, 1 + four.n);
	}
	if (bits.n == 0)
		return 0;
	return str_starts(bits, STR_LIT("//")) ? bits_of(str_from(bits, 2), 128, &t->bits6)
	                                       : -EINVAL;
}

/* name=value; unknown ones are passed over (6). */
static int
modifier(struct spf_term *t, struct str name, struct str value)
{
	if (name.n == 0 || !((name.p[0] | 32) >= 'a' && (name.p[0] | 32) <= 'z'))
		return -EINVAL;
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_alnum(name.p[i]) && !memchr("-_.", name.p[i], 3))
			return -EINVAL;
	if (!str_ieq_z(name, "redirect"))
		return 0;
	t->kind = SPF_REDIRECT;
	return value.n > 0 ? target_of(t, value, false) : -EINVAL;
}

static int
mechanism(struct spf_term *t, struct str s)
{
	size_t n = 0;
	bool colon;
	struct str value;

	while (n < s.n && s.p[n] != ':' && s.p[n] != '/')
		n++;
	colon = n < s.n && s.p[n] == ':';
	value = str_from(s, colon ? n + 1 : n);
	for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
		if (!str_ieq_z(str_head(s, n), mechanisms[i].name))
			continue;
		t->kind = mechanisms[i].kind;
		if (colon && value.n == 0)
			return -EINVAL;
		switch (t->kind) {
		case SPF_ALL:
			return n == s.n ? 0 : -EINVAL;
		case SPF_IP:
			return colon ? ip_of(t, s.p[2] == '6', value) : -EINVAL;
		case SPF_A:
		case SPF_MX:
			return target_of(t, value, true);
		case SPF_INCLUDE:
		case SPF_EXISTS:
			return colon ? target_of(t, value, false) : -EINVAL;
		default:
			return colon || n == s.n ? target_of(t, value, false) : -EINVAL;
		}
	}
	return -EINVAL;
}

int
spf_next(struct str *rest, struct spf_term *ret_t)
{
	struct str term = STR_NONE, s;
	size_t equals;

	if (spf_is(*rest))
		*rest = str_from(*rest, 6);
	while (rest->n > 0 && term.n == 0)
		term = str_cut(rest, ' ');
	if (term.n == 0)
		return 0;
	*ret_t = (struct spf_term){ .kind = SPF_OTHER,
		.qualifier = '+',
		.text = term,
		.domain = STR_NONE,
		.bits4 = 32,
		.bits6 = 128 };
	s = term;
	/* A modifier has its sign of equality before any colon or slash (12). */
	equals = str_find(s, '=');
	if (equals < s.n && str_find(s, ':') > equals && str_find(s, '/') > equals)
		return modifier(ret_t, str_head(s, equals), str_from(s, equals + 1)) < 0
		               ? -EINVAL
		               : 1;
	if (memchr("+-~?", s.p[0], 4)) {
		ret_t->qualifier = s.p[0];
		s = str_from(s, 1);
	}
	return mechanism(ret_t, s) < 0 ? -EINVAL : 1;
}

bool
spf_asks(const struct spf_term *t)
{
	return t->kind != SPF_ALL && t->kind != SPF_IP && t->kind != SPF_OTHER;
}

bool
spf_same(const uint8_t *a, const uint8_t *b, size_t n, unsigned bits)
{
	size_t whole = bits / 8;

	if (whole >= n)
		return memcmp(a, b, n) == 0;
	if (memcmp(a, b, whole) != 0)
		return false;
	return ((a[whole] ^ b[whole]) >> (8 - bits % 8) & 0xff) == 0;
}
