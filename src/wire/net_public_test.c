#include "base/test.h"

#include "wire/net_public.h"

#include <arpa/inet.h>

/* First and last address of each block, their neighbours outside, and odd forms. */
static const struct {
	const char *name, *what; /* NULL: public */
} table[] = {
	{ "0.0.0.0", "this network" },
	{ "0.255.255.255", "this network" },
	{ "1.0.0.0", NULL },
	{ "1.1.1.1", NULL },
	{ "8.8.8.8", NULL },
	{ "9.255.255.255", NULL },
	{ "10.0.0.0", "private" },
	{ "10.255.255.255", "private" },
	{ "11.0.0.0", NULL },
	{ "100.63.255.255", NULL },
	{ "100.64.0.0", "carrier" },
	{ "100.100.100.200", "carrier" }, /* Alibaba's metadata */
	{ "100.127.255.255", "carrier" },
	{ "100.128.0.0", NULL },
	{ "126.255.255.255", NULL },
	{ "127.0.0.0", "loopback" },
	{ "127.0.0.1", "loopback" },
	{ "127.255.255.255", "loopback" },
	{ "128.0.0.0", NULL },
	{ "168.63.129.15", NULL },
	{ "168.63.129.16", "Azure" },
	{ "169.253.255.255", NULL },
	{ "169.254.0.0", "link-local" },
	{ "169.254.169.254", "metadata" },
	{ "169.254.170.2", "link-local" },
	{ "169.254.255.255", "link-local" },
	{ "169.255.0.0", NULL },
	{ "172.15.255.255", NULL },
	{ "172.16.0.0", "private" },
	{ "172.31.255.255", "private" },
	{ "172.32.0.0", NULL },
	{ "191.255.255.255", NULL },
	{ "192.0.0.0", "IETF" },
	{ "192.0.0.192", "IETF" }, /* Oracle's metadata */
	{ "192.0.0.255", "IETF" },
	{ "192.0.1.0", NULL },
	{ "192.0.2.0", "documentation" },
	{ "192.0.2.255", "documentation" },
	{ "192.0.3.0", NULL },
	{ "192.88.98.255", NULL },
	{ "192.88.99.1", "6to4" },
	{ "192.88.100.0", NULL },
	{ "192.167.255.255", NULL },
	{ "192.168.0.0", "private" },
	{ "192.168.255.255", "private" },
	{ "192.169.0.0", NULL },
	{ "198.17.255.255", NULL },
	{ "198.18.0.0", "benchmarking" },
	{ "198.19.255.255", "benchmarking" },
	{ "198.20.0.0", NULL },
	{ "198.51.100.1", "documentation" },
	{ "198.51.101.0", NULL },
	{ "203.0.112.255", NULL },
	{ "203.0.113.255", "documentation" },
	{ "203.0.114.0", NULL },
	{ "223.255.255.255", NULL },
	{ "224.0.0.0", "multicast" },
	{ "239.255.255.255", "multicast" },
	{ "240.0.0.0", "reserved" },
	{ "255.255.255.255", "broadcast" },
	{ "::", "unspecified" },
	{ "::1", "loopback" },
	{ "::2", "compatible" },
	{ "::127.0.0.1", "compatible" },
	{ "::8.8.8.8", "compatible" },
	{ "::ffff:127.0.0.1", "mapped" },
	{ "::ffff:10.0.0.1", "mapped" },
	{ "::ffff:8.8.8.8", "mapped" },
	{ "::ffff:0:127.0.0.1", "translated" },
	{ "::fffe:127.0.0.1", "nobody" },
	{ "64:ff9b::127.0.0.1", "loopback" },
	{ "64:ff9b::10.0.0.1", "private" },
	{ "64:ff9b::169.254.169.254", "metadata" },
	{ "64:ff9b::8.8.8.8", NULL },
	{ "64:ff9b::1:8.8.8.8", "nobody" },
	{ "64:ff9b:1::8.8.8.8", "NAT64" },
	{ "64:ff9b:2::8.8.8.8", "nobody" },
	{ "100::1", "discard" },
	{ "100:0:0:1::1", "dummy" },
	{ "1fff:ffff::1", "nobody" },
	{ "2000::1", NULL },
	{ "2001::1", "Teredo" },
	{ "2001:0:7f00:1::", "Teredo" },
	{ "2001:2::1", "benchmarking" },
	{ "2001:10::1", "IETF" },
	{ "2001:20::1", "IETF" },
	{ "2001:1ff:ffff::1", "IETF" },
	{ "2001:200::1", NULL },
	{ "2001:4860:4860::8888", NULL },
	{ "2001:db7:ffff::1", NULL },
	{ "2001:db8::1", "documentation" },
	{ "2001:db9::1", NULL },
	{ "2002:7f00:1::", "6to4" },
	{ "2002:a00:1::1", "6to4" },
	{ "2002:808:808::1", "6to4" },
	{ "2003::1", NULL },
	{ "2a00:1450::1", NULL },
	{ "3ffd::1", NULL },
	{ "3ffe::1", "6bone" },
	{ "3fff::1", "documentation" },
	{ "3fff:fff:ffff::1", "documentation" },
	{ "3fff:1000::1", NULL },
	{ "4000::1", "nobody" },
	{ "5f00::1", "segment" },
	{ "fbff::1", "nobody" },
	{ "fc00::1", "private" },
	{ "fd00:ec2::254", "metadata" },
	{ "fdff:ffff::1", "private" },
	{ "fe00::1", "nobody" },
	{ "fe80::1", "link-local" },
	{ "febf::1", "link-local" },
	{ "fec0::1", "site-local" },
	{ "feff::1", "site-local" },
	{ "ff02::1", "multicast" },
	{ "ffff:ffff::ffff", "multicast" },
};

static void
test_table(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		uint8_t bytes[16];
		bool four = inet_pton(AF_INET, row->name, bytes) == 1;
		const char *what;

		assert_true(four || inet_pton(AF_INET6, row->name, bytes) == 1);
		what = net_public_why_not(bytes, four ? 4 : 16);
		if (what && (!row->what || !strstr(what, row->what)))
			fprintf(stderr, "said: %s\n", what);
		assert_true(row->what ? what && strstr(what, row->what) : what == NULL);
	}
	assert_non_null(net_public_why_not((const uint8_t *)"abcdefgh", 8));
}

TEST_MAIN(TEST(test_table))
