#include "io/dns_answer.h"

#include <ares.h>
#include <errno.h>

#define HEAD_BYTES 12
#define CLASS_IN   1
#define QR         0x80 /* it is an answer, no question */

struct record {
	char owner[DNS_NAME_MAX];
	uint16_t type, class;
	uint32_t ttl_s;
	size_t at, n; /* of its data */
};

struct packet {
	struct str bytes;
	size_t answers_at;
	unsigned answers;
};

static uint16_t
u16_at(struct str s, size_t at)
{
	return (uint16_t)((uint8_t)s.p[at] << 8 | (uint8_t)s.p[at + 1]);
}

static uint32_t
u32_at(struct str s, size_t at)
{
	return (uint32_t)u16_at(s, at) << 16 | u16_at(s, at + 2);
}

/* The name at *at, which moves behind it: 0 or -EINVAL. A name too long is given as "". */
static int
read_name(struct str s, size_t *at, char ret_name[DNS_NAME_MAX])
{
	const unsigned char *base = (const unsigned char *)s.p;
	char *text;
	long used;

	if (*at >= s.n || s.n > 65535)
		return -EINVAL;
	if (ares_expand_name(base + *at, base, (int)s.n, &text, &used) != ARES_SUCCESS)
		return -EINVAL;
	(void)str_copy_z(ret_name, DNS_NAME_MAX, str_z(text));
	ares_free_string(text);
	if (used <= 0 || (size_t)used > s.n - *at)
		return -EINVAL;
	*at += (size_t)used;
	return 0;
}

static int
read_record(struct str s, size_t *at, struct record *ret_r)
{
	int rc = read_name(s, at, ret_r->owner);

	if (rc < 0)
		return rc;
	if (s.n - *at < 10)
		return -EINVAL;
	ret_r->type = u16_at(s, *at);
	ret_r->class = u16_at(s, *at + 2);
	ret_r->ttl_s = u32_at(s, *at + 4);
	ret_r->n = u16_at(s, *at + 8);
	ret_r->at = *at + 10;
	if (ret_r->n > s.n - ret_r->at)
		return -EINVAL;
	*at = ret_r->at + ret_r->n;
	return 0;
}

/* Letters a host name may have; anything else is no host (RFC 1123 2.1; "_" is met). */
static bool
is_host(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!ascii_alnum(*p) && *p != '-' && *p != '.' && *p != '_')
			return false;
	return *name != '\0';
}

static void
note_ttl(struct dns_answer *a, const struct record *r)
{
	/* RFC 2181 8: the top bit set means 0. */
	uint32_t ttl = r->ttl_s > INT32_MAX ? 0 : r->ttl_s;

	if (ttl < a->ttl_s)
		a->ttl_s = ttl;
}

/* Finds a CNAME of a->final and goes there: 1, 0 none, -EINVAL. */
static int
follow(const struct packet *p, struct dns_answer *a)
{
	size_t at = p->answers_at;
	struct record r;

	for (unsigned i = 0; i < p->answers; i++) {
		int rc = read_record(p->bytes, &at, &r);

		if (rc < 0)
			return rc;
		if (r.type != DNS_CNAME || r.class != CLASS_IN ||
			!str_ieq_z(str_z(r.owner), a->final))
			continue;
		note_ttl(a, &r);
		return read_name(p->bytes, &r.at, a->final) < 0 ? -EINVAL : 1;
	}
	return 0;
}

/* Sorted by preference; what does not fit among the best is left out. */
static void
add_mx(struct dns_answer *a, uint16_t preference, const char *name)
{
	size_t i = a->nmx;

	if (i == DNS_MX_MAX && a->mx[i - 1].preference <= preference)
		return;
	if (i == DNS_MX_MAX)
		i--;
	else
		a->nmx++;
	for (; i > 0 && a->mx[i - 1].preference > preference; i--)
		a->mx[i] = a->mx[i - 1];
	a->mx[i].preference = preference;
	(void)str_copy_z(a->mx[i].name, DNS_NAME_MAX, str_z(name));
}

static int
take_mx(struct str s, const struct record *r, struct dns_answer *a, bool *odd)
{
	size_t at = r->at + 2;
	char name[DNS_NAME_MAX];

	if (r->n < 3 || read_name(s, &at, name) < 0 || at > r->at + r->n)
		return -EINVAL;
	if (s.p[r->at + 2] == '\0')
		a->null_mx = true;
	else if (is_host(name))
		add_mx(a, u16_at(s, r->at), name);
	else
		*odd = true;
	return 0;
}

static int
take_addr(struct str s, const struct record *r, struct dns_answer *a)
{
	struct net_addr addr;

	memset(&addr, 0, sizeof addr);
	if (r->n != (r->type == DNS_A ? 4 : 16))
		return -EINVAL;
	if (a->naddrs == DNS_ADDR_MAX)
		return 0;
	if (r->type == DNS_A) {
		addr.len = sizeof addr.u.in4;
		addr.u.in4.sin_family = AF_INET;
		memcpy(&addr.u.in4.sin_addr, s.p + r->at, 4);
	} else {
		addr.len = sizeof addr.u.in6;
		addr.u.in6.sin6_family = AF_INET6;
		memcpy(&addr.u.in6.sin6_addr, s.p + r->at, 16);
	}
	a->addrs[a->naddrs++] = addr;
	return 0;
}

static int
collect(const struct packet *p, uint16_t type, struct dns_answer *a)
{
	size_t at = p->answers_at;
	struct record r;
	bool odd = false;
	int rc = 0;

	for (unsigned i = 0; i < p->answers && rc == 0; i++) {
		rc = read_record(p->bytes, &at, &r);
		/* Records of other names are nobody's business: not asked, not believed. */
		if (rc < 0 || r.type != type || r.class != CLASS_IN ||
			!str_ieq_z(str_z(r.owner), a->final))
			continue;
		note_ttl(a, &r);
		rc = type == DNS_MX ? take_mx(p->bytes, &r, a, &odd)
		                    : take_addr(p->bytes, &r, a);
	}
	if (a->nmx > 0)
		a->null_mx = false;
	/* RFC 5321 5.1: a domain whose MX are of no use is not one without MX. */
	return rc == 0 && a->nmx == 0 && odd ? -EINVAL : rc;
}

int
dns_answer_parse(struct str bytes, uint16_t type, struct dns_answer *ret_a)
{
	struct packet p = { .bytes = bytes, .answers_at = HEAD_BYTES };
	int rc;

	memset(ret_a, 0, sizeof *ret_a);
	ret_a->ttl_s = INT32_MAX;
	if (bytes.n < HEAD_BYTES || bytes.n > 65535 || u16_at(bytes, 4) != 1 ||
		!(bytes.p[2] & QR))
		return -EINVAL;
	p.answers = u16_at(bytes, 6);
	rc = read_name(bytes, &p.answers_at, ret_a->final);
	if (rc < 0 || bytes.n - p.answers_at < 4)
		return -EINVAL;
	p.answers_at += 4;
	while ((rc = follow(&p, ret_a)) > 0)
		if (++ret_a->hops > DNS_HOPS_MAX)
			return -ELOOP;
	return rc < 0 ? rc : collect(&p, type, ret_a);
}
