#include "base/test.h"

#include "wire/url.h"

static void
test_route(void **state)
{
	static const struct {
		const char *name, *in, *host;
		unsigned port;
		bool implicit;
		int tls;
		const char *user, *secret;
	} table[] = {
		{ "host alone", "mx.example.org", "mx.example.org", 25, false, 0, "", "" },
		{ "host and port", "mx.example.org:2525", "mx.example.org", 2525, false, 0, "",
			"" },
		{ "smtp", "smtp://mx.example.org", "mx.example.org", 25, false, 0, "", "" },
		{ "slash", "smtp://mx.example.org/", "mx.example.org", 25, false, 0, "", "" },
		{ "smtps", "SMTPS://mx.example.org", "mx.example.org", 465, true, 0, "", "" },
		{ "smtps port", "smtps://mx.example.org:10465", "mx.example.org", 10465, true,
			0, "", "" },
		{ "all", "smtp://u%40x:p%3aw%20%C3%A9@[::1]:587?tls=must", "::1", 587, false, 1,
			"u@x", "p:w \xc3\xa9" },
		{ "colon in secret", "smtp://u:a:b@h:26", "h", 26, false, 0, "u", "a:b" },
		{ "v4", "smtp://127.0.0.1?tls=none", "127.0.0.1", 25, false, 2, "", "" },
		{ "v6 without port", "[2001:db8::1]", "2001:db8::1", 25, false, 0, "", "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct url_route r;
		const char *why = NULL;

		arena_init(&a, 4096);
		assert_int_equal(url_route_parse(&a, str_z(row->in), &r, &why), 0);
		assert_true(str_eq_z(r.host, row->host) && r.port == row->port);
		assert_true(r.implicit_tls == row->implicit && r.tls == row->tls);
		assert_true(str_eq_z(r.user, row->user) && str_eq_z(r.secret, row->secret));
		arena_done(&a);
	}
}

static void
test_route_bad(void **state)
{
	static const struct {
		const char *name, *in, *why;
	} table[] = {
		{ "empty", "", "the host" },
		{ "scheme", "http://example.org", "smtp://" },
		{ "no host", "smtp://:25", "the host" },
		{ "port 0", "h:0", "the port" },
		{ "port large", "h:65536", "the port" },
		{ "port empty", "h:", "the port" },
		{ "space", "mx example", "the host" },
		{ "bad v4", "1.2.3.999", "the host" },
		{ "v6 bare", "::1", "the host" },
		{ "v6 open", "[::1", "the host" },
		{ "v6 tail", "[::1]x", "the host" },
		{ "no password", "smtp://u@h", "user:password" },
		{ "escape", "smtp://u:%4@h", "password" },
		{ "escape end", "smtp://u:a%@h", "password" },
		{ "control", "smtp://u%0d:x@h", "the user" },
		{ "two at", "smtp://u@x:p@h", "%40" },
		{ "path", "smtp://h/x", "the host" },
		{ "query", "smtp://h?tls=maybe", "tls=must" },
		{ "contradiction", "smtps://h?tls=none", "contradicts" },
		{ "label", "a..b", "the host" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct url_route r;
		const char *why = "";

		arena_init(&a, 4096);
		assert_true(url_route_parse(&a, str_z(row->in), &r, &why) < 0);
		assert_non_null(strstr(why, row->why));
		arena_done(&a);
	}
}

static void
test_host_port(void **state)
{
	static const struct {
		const char *name, *in, *host;
		unsigned port;
	} table[] = {
		{ "v6", "[::1]:25", "::1", 25 },
		{ "v4", "127.0.0.1:2600", "127.0.0.1", 2600 },
		{ "name", "host:25", "host", 25 },
		{ "port", ":25", "", 25 },
		{ "no port", "host", NULL, 0 },
		{ "empty port", "host:", NULL, 0 },
		{ "sign", "host:+5", NULL, 0 },
		{ "empty", "", NULL, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str host = STR_NONE;
		uint16_t port = 0;
		int e = url_host_port(str_z(row->in), &host, &port);

		assert_int_equal(e == 0, row->host != NULL);
		assert_true(port == row->port && (e < 0 || str_eq_z(host, row->host)));
	}
}

TEST_MAIN(TEST(test_route), TEST(test_route_bad), TEST(test_host_port))
