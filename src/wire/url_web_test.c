#include "base/test.h"

#include "base/buf.h"
#include "wire/url_web.h"

static void
test_good(void **state)
{
	static const struct {
		const char *name, *in, *host, *field, *target, *basic; /* "user|secret" */
		unsigned port;
	} table[] = {
		{ "plain", "https://hooks.shop.test/a", "hooks.shop.test", "hooks.shop.test",
			"/a", NULL, 443 },
		{ "http", "HTTP://Shop.TEST", "shop.test", "shop.test", "/", NULL, 80 },
		{ "query alone", "https://x.test?a=b", "x.test", "x.test", "/?a=b", NULL, 443 },
		{ "port", "https://x.test:8443/", "x.test", "x.test:8443", "/", NULL, 8443 },
		{ "own port", "https://x.test:443/", "x.test", "x.test", "/", NULL, 443 },
		{ "other's port", "http://x.test:443/", "x.test", "x.test:443", "/", NULL,
			443 },
		{ "empty port", "https://x.test:/", "x.test", "x.test", "/", NULL, 443 },
		{ "user", "https://user:pa%3Ass%40@x.test/", "x.test", "x.test", "/",
			"user|pa:ss@", 443 },
		{ "user alone", "https://key@x.test/", "x.test", "x.test", "/", "key|", 443 },
		{ "secret alone", "https://:key@x.test/", "x.test", "x.test", "/", "|key",
			443 },
		{ "colons", "https://a:b:c@x.test/", "x.test", "x.test", "/", "a|b:c", 443 },
		{ "at in path", "https://x.test/@b:c@d", "x.test", "x.test", "/@b:c@d", NULL,
			443 },
		{ "v4", "http://192.0.2.1/", "192.0.2.1", "192.0.2.1", "/", NULL, 80 },
		{ "v6", "http://[2001:DB8::1]:81/", "2001:DB8::1", "[2001:DB8::1]:81", "/",
			NULL, 81 },
		{ "dot at the end", "https://x.test./", "x.test", "x.test", "/", NULL, 443 },
		{ "underscore", "https://my_Svc.test/", "my_svc.test", "my_svc.test", "/", NULL,
			443 },
		{ "idn",
			"https://b\xc3\xbc"
			"cher.test/\xc3\xa9?{x}",
			"xn--bcher-kva.test", "xn--bcher-kva.test", "/%C3%A9?%7Bx%7D", NULL,
			443 },
		{ "escapes kept", "https://x.test/%2e%2E/a%20b", "x.test", "x.test",
			"/%2e%2E/a%20b", NULL, 443 },
		{ "one label", "http://receiver:3000/", "receiver", "receiver:3000", "/", NULL,
			3000 },
		{ "number first", "https://1.2.3.test/", "1.2.3.test", "1.2.3.test", "/", NULL,
			443 },
		{ "like hex", "https://x.0xg/", "x.0xg", "x.0xg", "/", NULL, 443 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct url_web u;
		const char *why = "";
		struct arena a;
		int e;

		arena_init(&a, 8192);
		e = url_web_parse(&a, str_z(row->in), &u, &why);
		if (e < 0)
			fprintf(stderr, "said: %s\n", why);
		assert_int_equal(e, 0);
		assert_str(u.host, row->host);
		assert_str(u.field, row->field);
		assert_str(u.target, row->target);
		assert_int_equal(u.port, row->port);
		assert_int_equal(u.tls, str_istarts(str_z(row->in), STR_LIT("https")));
		assert_int_equal(u.basic, row->basic != NULL);
		if (row->basic)
			assert_str(arena_printf(
					   &a, "%.*s|%.*s", STR_ARG(u.user), STR_ARG(u.secret)),
				row->basic);
		arena_done(&a);
	}
}

static void
test_bad(void **state)
{
	static const struct {
		const char *name, *in, *why;
	} table[] = {
		{ "empty", "", "begin with" },
		{ "scheme", "ftp://x.test/", "begin with" },
		{ "file", "file:///etc/passwd", "begin with" },
		{ "gopher", "gopher://x.test:25/_HELO", "begin with" },
		{ "one slash", "https:/x.test/", "begin with" },
		{ "relative", "//x.test/", "begin with" },
		{ "no host", "https:///a", "host" },
		{ "user without host", "https://u:p@/a", "host" },
		{ "space", "https://x.test/a b", "space" },
		{ "tab", "https://x.te\tst/", "space" },
		{ "cr lf", "https://x.test/\r\nHost: y", "space" },
		{ "back slash", "https://x.test\\@y.test/", "back slash" },
		{ "fragment", "https://x.test/#a", "#" },
		{ "fragment as host", "https://x.test#@y.test/", "#" },
		{ "two at", "https://x.test@y.test@z.test/", "%40" },
		{ "escape in host", "https://127.0.0%2e1/", "host" },
		{ "escape", "https://x.test/%4", "%" },
		{ "escape end", "https://x.test/%", "%" },
		{ "user escape", "https://a%zz:b@x.test/", "user" },
		{ "user control", "https://a%0d:b@x.test/", "user" },
		{ "user colon", "https://a%3ab:c@x.test/", "colon" },
		{ "decimal", "http://2130706433/", "four numbers" },
		{ "octal", "http://0177.0.0.1/", "four numbers" },
		{ "octal whole", "http://017700000001/", "four numbers" },
		{ "hex", "http://0x7f000001/", "four numbers" },
		{ "hex part", "http://0x7f.1/", "four numbers" },
		{ "hex last", "http://127.0.0.0x1/", "four numbers" },
		{ "empty hex", "http://127.0.0.0x/", "four numbers" },
		{ "short", "http://127.1/", "four numbers" },
		{ "shorter", "http://0/", "four numbers" },
		{ "leading zero", "http://127.0.0.01/", "four numbers" },
		{ "too large", "http://1.2.3.256/", "four numbers" },
		{ "five", "http://1.2.3.4.5/", "four numbers" },
		{ "dotted short", "http://127.1./", "four numbers" },
		{ "full width", "http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/", "" },
		{ "circled", "http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1/", "" },
		{ "ideographic dot",
			"http://127\xe3\x80\x82"
			"0\xe3\x80\x82"
			"0\xe3\x80\x82"
			"1/",
			"" },
		{ "zone", "http://[fe80::1%25eth0]/", "IPv6" },
		{ "zone bare", "http://[fe80::1%lo]/", "IPv6" },
		{ "v6 open", "http://[::1/", "IPv6" },
		{ "v6 tail", "http://[::1]x/", "IPv6" },
		{ "v6 bare", "http://::1/", "" },
		{ "future", "http://[v1.x]/", "IPv6" },
		{ "port 0", "http://x.test:0/", "port" },
		{ "port large", "http://x.test:65536/", "port" },
		{ "port sign", "http://x.test:+80/", "port" },
		{ "two ports", "http://x.test:80:80/", "port" },
		{ "smtp", "http://x.test:25/", "another protocol" },
		{ "ssh", "https://x.test:22/", "another protocol" },
		{ "submission", "http://x.test:2525/", "another protocol" },
		{ "empty label", "https://a..test/", "host" },
		{ "two dots", "https://a.test../", "host" },
		{ "hyphen", "https://-a.test/", "host" },
		{ "bad utf-8", "https://\xff.test/", "host" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct url_web u;
		const char *why = "";
		struct arena a;

		arena_init(&a, 8192);
		assert_true(url_web_parse(&a, str_z(row->in), &u, &why) < 0);
		if (!strstr(why, row->why))
			fprintf(stderr, "said: %s\n", why);
		assert_non_null(strstr(why, row->why));
		arena_done(&a);
	}
}

static void
test_length(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		char fill;
		int want;
	} table[] = {
		{ "longest", URL_WEB_MAX, 'a', 0 },
		{ "longest, encoded", URL_WEB_MAX, '\xc3', 0 },
		{ "too long", URL_WEB_MAX + 1, 'a', -22 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct url_web u;
		const char *why = "";
		struct arena a;
		struct buf b;

		arena_init(&a, 8192);
		buf_init(&b, 4096);
		buf_put_z(&b, "https://x.test/");
		while (b.n < row->n)
			buf_put_c(&b, row->fill);
		assert_int_equal(url_web_parse(&a, buf_str(&b), &u, &why), row->want);
		buf_done(&b);
		arena_done(&a);
	}
}

static void
test_shown(void **state)
{
	struct url_web u;
	const char *why = "";
	struct arena a;

	(void)state;
	arena_init(&a, 8192);
	assert_int_equal(
		url_web_parse(&a, STR_LIT("https://u:secret@x.test:8443/a?token=b"), &u, &why),
		0);
	assert_str(url_web_shown(&a, &u), "https://x.test:8443/a");
	arena_done(&a);
}

TEST_MAIN(TEST(test_good), TEST(test_bad), TEST(test_length), TEST(test_shown))
