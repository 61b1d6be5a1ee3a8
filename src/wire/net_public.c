#include "wire/net_public.h"

#include "wire/net_public_tbl.h"

#include <string.h>

struct block {
	uint8_t prefix[16];
	unsigned bits;
	const char *what;
};

#define HI(group)                        (uint8_t)((group) >> 8)
#define LO(group)                        (uint8_t)((group)&0xff)
#define BLOCK_V4(a, b, c, d, bits, what) { { (a), (b), (c), (d) }, (bits), (what) },
#define BLOCK_V6(a, b, c, d, e, f, g, h, bits, what)                                           \
	{ { HI(a), LO(a), HI(b), LO(b), HI(c), LO(c), HI(d), LO(d), HI(e), LO(e), HI(f),       \
		  LO(f), HI(g), LO(g), HI(h), LO(h) },                                         \
		(bits), (what) },

static const struct block v4[] = { NET_PUBLIC_V4(BLOCK_V4) };
static const struct block v6[] = { NET_PUBLIC_V6(BLOCK_V6) };
/* RFC 6052 2.1: the well-known prefix, the IPv4 address in the last four bytes. */
static const struct block nat64 = { { 0, 0x64, 0xff, 0x9b }, 96, "" };
/* RFC 4291 2.4: all that was given out so far. */
static const struct block unicast = { { 0x20 }, 3, "" };

static int
has(const struct block *b, const uint8_t *bytes)
{
	unsigned whole = b->bits / 8, rest = b->bits % 8;

	if (memcmp(bytes, b->prefix, whole) != 0)
		return 0;
	return rest == 0 || (bytes[whole] ^ b->prefix[whole]) >> (8 - rest) == 0;
}

static const char *
first(const struct block *all, size_t n, const uint8_t *bytes)
{
	for (size_t i = 0; i < n; i++)
		if (has(&all[i], bytes))
			return all[i].what;
	return NULL;
}

const char *
net_public_why_not(const uint8_t *bytes, size_t n)
{
	const char *what;

	if (n == 4)
		return first(v4, sizeof v4 / sizeof v4[0], bytes);
	if (n != 16)
		return "no Internet address";
	if (has(&nat64, bytes))
		return first(v4, sizeof v4 / sizeof v4[0], bytes + 12);
	what = first(v6, sizeof v6 / sizeof v6[0], bytes);
	if (what == NULL && !has(&unicast, bytes))
		what = "an address that was given to nobody (RFC 4291)";
	return what;
}
