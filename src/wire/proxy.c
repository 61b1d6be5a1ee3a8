#include "wire/proxy.h"

#include <arpa/inet.h>
#include <errno.h>

#define SIGNATURE   STR_LIT("\r\n\r\n\0\r\nQUIT\n")
#define WORD        STR_LIT("PROXY ")
#define V1_SHORTEST 15u /* PROXY UNKNOWN and the end of its line */
#define V2_FIXED    16u
#define TLV_SSL     0x20
#define CLIENT_SSL  0x01

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static int
bad(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EBADMSG;
}

static int
begins(struct str in, struct str with)
{
	size_t n = in.n < with.n ? in.n : with.n;

	if (!str_eq(str_head(in, n), str_head(with, n)))
		return 0;
	return in.n < with.n ? -EAGAIN : 1;
}

int
proxy_looks(struct str in)
{
	int one = begins(in, WORD), two = begins(in, SIGNATURE);

	return one == 1 || two == 1 ? 1 : one || two ? -EAGAIN : 0;
}

/* ---- version 1: a line of text */

static bool
port_of(struct str s, uint16_t *ret_port)
{
	uint32_t n;

	if (s.n == 0 || s.n > 5 || (s.n > 1 && s.p[0] == '0') || str_u32(s, &n) < 0 ||
		n > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)n;
	return true;
}

static bool
address_of(struct str s, bool six, uint8_t ret_b[16])
{
	char z[INET6_ADDRSTRLEN];

	if (str_find(s, '\0') < s.n || str_copy_z(z, sizeof z, s) < 0)
		return false;
	if (six)
		return inet_pton(AF_INET6, z, ret_b) == 1;
	memcpy(ret_b, mapped, sizeof mapped);
	return inet_pton(AF_INET, z, ret_b + 12) == 1;
}

/* "TCP4 192.0.2.1 198.51.100.1 56324 25" */
static bool
line_read(struct str line, struct proxy *p)
{
	struct str rest = line, word = str_cut(&rest, ' ');
	uint8_t to[16];
	uint16_t to_port;
	bool six = str_eq_z(word, "TCP6");

	if (str_eq_z(word, "UNKNOWN")) {
		p->local = true;
		return true;
	}
	if (!six && !str_eq_z(word, "TCP4"))
		return false;
	return address_of(str_cut(&rest, ' '), six, p->client) &&
	       address_of(str_cut(&rest, ' '), six, to) &&
	       port_of(str_cut(&rest, ' '), &p->port) && rest.p && port_of(rest, &to_port);
}

static int
v1_read(struct str in, struct proxy *p, size_t *ret_want, const char **ret_why)
{
	size_t end = str_find(str_head(in, PROXY_V1_MAX), '\n');

	if (end == (in.n < PROXY_V1_MAX ? in.n : PROXY_V1_MAX)) {
		if (in.n >= PROXY_V1_MAX)
			return bad(ret_why, "is a line without an end");
		*ret_want = in.n < V1_SHORTEST ? V1_SHORTEST - in.n : 1;
		return -EAGAIN;
	}
	if (end < WORD.n || in.p[end - 1] != '\r' ||
		!line_read(str_head(str_from(in, WORD.n), end - 1 - WORD.n), p))
		return bad(ret_why, "cannot be read: PROXY TCP4 or TCP6, two addresses, two "
				    "ports");
	return (int)end + 1;
}

/* ---- version 2: bytes */

static unsigned
u16_at(struct str s, size_t at)
{
	return (unsigned)(uint8_t)s.p[at] << 8 | (uint8_t)s.p[at + 1];
}

/* What follows the addresses: type, length, value. Damaged ones are passed over. */
static bool
over_tls(struct str tlv)
{
	while (tlv.n >= 3) {
		unsigned n = u16_at(tlv, 1);
		uint8_t type = (uint8_t)tlv.p[0];

		tlv = str_from(tlv, 3);
		if (n > tlv.n)
			return false;
		if (type == TLV_SSL && n > 0)
			return (uint8_t)tlv.p[0] & CLIENT_SSL;
		tlv = str_from(tlv, n);
	}
	return false;
}

static int
addresses_read(struct str block, uint8_t family, struct proxy *p, const char **ret_why)
{
	unsigned n = family == 0x11 ? 4 : 16;

	if (block.n < 2 * n + 4)
		return bad(ret_why, "is too short for its addresses");
	memcpy(p->client, mapped, sizeof mapped);
	memcpy(p->client + 16 - n, block.p, n);
	p->port = (uint16_t)u16_at(block, 2 * (size_t)n);
	p->tls = over_tls(str_from(block, 2 * (size_t)n + 4));
	return 0;
}

static int
v2_read(struct str in, struct proxy *p, size_t *ret_want, const char **ret_why)
{
	uint8_t command, family;
	size_t all;

	if (in.n < V2_FIXED) {
		*ret_want = V2_FIXED - in.n;
		return -EAGAIN;
	}
	command = (uint8_t)in.p[12];
	family = (uint8_t)in.p[13];
	all = V2_FIXED + u16_at(in, 14);
	if (command != 0x20 && command != 0x21)
		return bad(ret_why, "is of no version and command that there is");
	if (all > PROXY_MAX)
		return bad(ret_why, "is longer than 4096 bytes");
	if (in.n < all) {
		*ret_want = all - in.n;
		return -EAGAIN;
	}
	/* No address of IP: the spec says to take that of the connection. */
	p->local = command == 0x20 || family >> 4 == 0 || family >> 4 == 3;
	if (p->local)
		return (int)all;
	if (family != 0x11 && family != 0x21)
		return bad(ret_why, "is of a client that is none of TCP");
	return addresses_read(
		       str_head(str_from(in, V2_FIXED), all - V2_FIXED), family, p, ret_why) < 0
	               ? -EBADMSG
	               : (int)all;
}

int
proxy_read(struct str in, struct proxy *ret_p, size_t *ret_want, const char **ret_why)
{
	struct proxy p = { .local = false };
	int is = proxy_looks(in), n;

	if (is == 0)
		return bad(ret_why, "is missing");
	if (is == -EAGAIN && in.n == 0) {
		*ret_want = V1_SHORTEST;
		return -EAGAIN;
	}
	n = in.p[0] == 'P' ? v1_read(in, &p, ret_want, ret_why)
	                   : v2_read(in, &p, ret_want, ret_why);
	if (n > 0)
		*ret_p = p;
	return n;
}
