#include "wire/proxy.h"

#include "base/test.h"

#include <arpa/inet.h>
#include <errno.h>

#define SIG "\r\n\r\n\0\r\nQUIT\n"
#define T(s)                                                                                   \
	{                                                                                      \
		(s), sizeof(s) - 1                                                             \
	}

static const struct row {
	const char *name;
	struct str in;
	const char *client; /* NULL: it is none; "": local */
	uint16_t port;
	size_t n; /* bytes of the header; 0: all */
	const char *why;
	bool tls;
} table[] = {
	{ "v1", T("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n"), "::ffff:192.0.2.1", 56324,
		0, NULL, false },
	{ "v1 and more", T("PROXY TCP4 192.0.2.1 198.51.100.1 1 25\r\nEHLO x\r\n"),
		"::ffff:192.0.2.1", 1, 40, NULL, false },
	{ "v1 IPv6", T("PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n"), "2001:db8::1", 0, 0,
		NULL, false },
	{ "v1 unknown", T("PROXY UNKNOWN\r\n"), "", 0, 0, NULL, false },
	{ "v1 unknown with words", T("PROXY UNKNOWN ffff::1 x 1 2\r\nQUIT\r\n"), "", 0, 29,
		NULL, false },
	{ "v1 no address", T("PROXY TCP4 mail.test 198.51.100.1 1 25\r\n"), NULL, 0, 0,
		"cannot be read", false },
	{ "v1 of the other kind", T("PROXY TCP6 192.0.2.1 198.51.100.1 1 25\r\n"), NULL, 0, 0,
		"cannot be read", false },
	{ "v1 port", T("PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n"), NULL, 0, 0,
		"cannot be read", false },
	{ "v1 port 007", T("PROXY TCP4 192.0.2.1 198.51.100.1 007 25\r\n"), NULL, 0, 0,
		"cannot be read", false },
	{ "v1 too few", T("PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n"), NULL, 0, 0,
		"cannot be read", false },
	{ "v1 too many", T("PROXY TCP4 192.0.2.1 198.51.100.1 1 25 x\r\n"), NULL, 0, 0,
		"cannot be read", false },
	{ "v1 two spaces", T("PROXY TCP4  192.0.2.1 198.51.100.1 1 25\r\n"), NULL, 0, 0,
		"cannot be read", false },
	{ "v1 bare LF", T("PROXY TCP4 192.0.2.1 198.51.100.1 1 25\n"), NULL, 0, 0,
		"cannot be read", false },
	{ "v1 of no end",
		T("PROXY UNKNOWN xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"),
		NULL, 0, 0, "without an end", false },
	{ "none", T("EHLO x\r\n"), NULL, 0, 0, "is missing", false },
	{ "TLS", T("\x16\x03\x01\x02\x00"), NULL, 0, 0, "is missing", false },

	{ "v2", T(SIG "\x21\x11\0\x0c\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19"),
		"::ffff:192.0.2.1", 56324, 0, NULL, false },
	{ "v2 and more",
		T(SIG "\x21\x11\0\x0c\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19\x16\x03"),
		"::ffff:192.0.2.1", 56324, 28, NULL, false },
	{ "v2 IPv6",
		T(SIG "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
		      "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\x00\x07\x00\x19"),
		"2001:db8::1", 7, 0, NULL, false },
	{ "v2 over TLS",
		T(SIG "\x21\x11\0\x18\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19"
		      "\x04\0\x01x\x20\0\x05\x01\0\0\0\0"),
		"::ffff:192.0.2.1", 56324, 0, NULL, true },
	{ "v2 in the clear",
		T(SIG "\x21\x11\0\x14\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19"
		      "\x20\0\x05\0\0\0\0\0"),
		"::ffff:192.0.2.1", 56324, 0, NULL, false },
	{ "v2 a damaged end",
		T(SIG "\x21\x11\0\x10\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19\x20\0\xff"
		      "\x01"),
		"::ffff:192.0.2.1", 56324, 0, NULL, false },
	{ "v2 LOCAL", T(SIG "\x20\x00\0\0"), "", 0, 0, NULL, false },
	{ "v2 LOCAL with addresses",
		T(SIG "\x20\x11\0\x0c\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19"), "", 0,
		0, NULL, false },
	{ "v2 a socket", T(SIG "\x21\x31\0\0"), "", 0, 0, NULL, false },
	{ "v2 UDP", T(SIG "\x21\x12\0\x0c\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19"),
		NULL, 0, 0, "none of TCP", false },
	{ "v2 short", T(SIG "\x21\x11\0\x0b\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00"), NULL,
		0, 0, "too short", false },
	{ "v2 long", T(SIG "\x21\x11\x10\0"), NULL, 0, 0, "longer", false },
	{ "v3", T(SIG "\x31\x11\0\x0c"), NULL, 0, 0, "no version", false },
	{ "v2 command 2", T(SIG "\x22\x11\0\x0c"), NULL, 0, 0, "no version", false },
	{ "nearly v2", T("\r\n\r\n\0\r\nQUIT\r"), NULL, 0, 0, "is missing", false },
};

static void
expect(const struct row *row, int n, const struct proxy *p, const char *why)
{
	static const uint8_t zero[16];
	uint8_t want[16];

	if (!row->client) {
		assert_int_equal(n, -EBADMSG);
		assert_non_null(strstr(why, row->why));
		return;
	}
	assert_int_equal(n, row->n ? row->n : row->in.n);
	assert_int_equal(p->local, row->client[0] == '\0');
	assert_int_equal(p->tls, row->tls);
	assert_int_equal(p->port, row->port);
	if (!p->local)
		assert_int_equal(inet_pton(AF_INET6, row->client, want), 1);
	assert_memory_equal(p->client, p->local ? zero : want, 16);
}

/* Whole, and in the pieces it asks for: no byte behind the header is taken. */
static void
test_table(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		struct proxy p = { .local = false };
		const char *why = "";
		size_t want = 0, have = 0;
		int n = proxy_read(row->in, &p, &want, &why);

		expect(row, n, &p, why);
		while ((n = proxy_read(str_head(row->in, have), &p, &want, &why)) == -EAGAIN) {
			assert_true(want > 0);
			/* Of what is no header more may be waited for than comes. */
			if (have + want > row->in.n && !row->client)
				break;
			have += want;
			assert_true(have <= row->in.n);
		}
		if (n != -EAGAIN)
			expect(row, n, &p, why);
		if (n > 0)
			assert_int_equal(n, have);
	}
}

static void
test_looks(void **state)
{
	static const struct {
		const char *name;
		struct str in;
		int is;
	} looks[] = {
		{ "nothing", T(""), -EAGAIN },
		{ "P", T("P"), -EAGAIN },
		{ "POST", T("PO"), 0 },
		{ "PROXY", T("PROXY"), -EAGAIN },
		{ "v1", T("PROXY x"), 1 },
		{ "CRLF", T("\r\n"), -EAGAIN },
		{ "CRLF and a request", T("\r\nGET"), 0 },
		{ "v2", T(SIG), 1 },
		{ "GET", T("GET / HTTP/1.1\r\n"), 0 },
	};

	(void)state;
	TEST_EACH(row, looks)
	assert_int_equal(proxy_looks(row->in), row->is);
}

TEST_MAIN(TEST(test_table), TEST(test_looks))
