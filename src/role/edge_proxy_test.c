/* Clients behind proxies: by SMTP, over TLS, by HTTP; strangers who say they are proxies. */
#include "role/edge_api_scene.h"

#define SIG   "\r\n\r\n\0\r\nQUIT\n"
#define V4    "\xc0\x00\x02\x07\xc6\x33\x64\x01\xdc\x04\x00\x19" /* 192.0.2.7 */
#define V1    "PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\r\n"
#define LOGIN "AUTH PLAIN AHUAcA==\r\n"
#define T(s)                                                                                   \
	{                                                                                      \
		(s), sizeof(s) - 1                                                             \
	}

static void
proxies(struct config *c)
{
	c->proxies[0] = STR_LIT("10.0.0.0/8");
	c->proxies[1] = STR_LIT("127.0.0.1/32");
	c->nproxies = 2;
}

static void
write_bytes(struct client *c, struct str bytes, size_t cut)
{
	stream_write(c->s, str_head(bytes, cut));
	steps(c->scene, 5);
	stream_write(c->s, str_from(bytes, cut));
}

static void
test_smtp(void **state)
{
	static const struct {
		const char *name;
		struct str header;
		const char *reply, *client;
	} table[] = {
		{ "v1", T(V1), "220 ", "192.0.2.7" },
		{ "v2", T(SIG "\x21\x11\0\x0c\xc0\x00\x02\x08\xc6\x33\x64\x01\xdc\x04\0\x19"),
			"220 ", "192.0.2.8" },
		{ "v2 LOCAL", T(SIG "\x20\0\0\0"), "220 ", "127.0.0.1" },
		{ "v1 UNKNOWN", T("PROXY UNKNOWN\r\n"), "220 ", "127.0.0.1" },
		{ "none", T("EHLO pc.test\r\n"), "421 4.7.0 This address is a proxy's, and its",
			NULL },
		{ "a wrong one", T("PROXY TCP4 mail.test x 1 2\r\n"),
			"421 4.7.0 This address is a proxy's, and its", NULL },
	};

	struct scene *sc = scene_new(proxies);

	(void)state;
	TEST_EACH(row, table)
	{
		const size_t cuts[] = { 0, 1, row->header.n - 1 };

		for (size_t i = 0; i < TEST_COUNT(cuts); i++) {
			struct client c;

			client_open(sc, &c, PORT_PLAIN);
			write_bytes(&c, row->header, cuts[i]);
			expect(&c, row->reply);
			if (row->client) {
				talk(&c, "EHLO pc.test\r\n", "250 ");
				talk(&c, LOGIN, "235 ");
				assert_string_equal(sc->last_client, row->client);
				assert_int_equal(sc->last_way, AUTH_PLAIN_PORT);
				assert_int_equal(sc->edge->networks.used,
					strcmp(row->client, "127.0.0.1") != 0);
			} else {
				expect_end(&c);
			}
			client_close(&c);
			for (int k = 0; k < 200 && sc->edge->nconns; k++)
				steps(sc, 1);
			assert_int_equal(sc->edge->nconns, 0);
			assert_int_equal(sc->edge->networks.used, 0);
		}
	}
	scene_free(sc);
}

/* The handshake behind the header is left to TLS; a proxy that has ended it says so. */
static void
test_tls(void **state)
{
	static const struct str over_tls = T(SIG "\x21\x11\0\x14" V4 "\x20\0\x05\x01\0\0\0\0");
	struct scene *sc = scene_new(proxies);
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_TLS);
	write_bytes(&c, (struct str)T(SIG "\x21\x11\0\x0c" V4), 28);
	steps(sc, 5);
	client_secure(&c);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	talk(&c, LOGIN, "235 ");
	assert_string_equal(sc->last_client, "192.0.2.7");
	assert_int_equal(sc->last_way, AUTH_TLS);
	client_close(&c);
	client_open(sc, &c, PORT_STARTTLS);
	write_bytes(&c, over_tls, 3);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	talk(&c, LOGIN, "235 ");
	assert_int_equal(sc->last_way, AUTH_TLS);
	/* One that goes before its header is whole. */
	client_close(&c);
	client_open(sc, &c, PORT_TLS);
	write_bytes(&c, str_head(over_tls, 20), 4);
	steps(sc, 5);
	assert_int_equal(sc->edge->nconns, 1);
	client_close(&c);
	steps(sc, 5);
	assert_int_equal(sc->edge->nconns, 0);
	scene_free(sc);
}

#define XFF "X-Forwarded-For: "
#define XFP "X-Forwarded-Proto: "

static void
test_http(void **state)
{
	static const struct {
		const char *name, *header, *fields, *client;
		enum auth_way way;
	} table[] = {
		{ "nothing", "", "", "127.0.0.1", AUTH_TLS },
		{ "a proxy of this machine", "", XFF "203.0.113.9\r\n", "203.0.113.9",
			AUTH_TLS },
		{ "that says http", "", XFF "203.0.113.10\r\n" XFP "http\r\n", "203.0.113.10",
			AUTH_PLAIN },
		{ "what the client wrote", "",
			XFF "198.51.100.66\r\n" XFF "127.0.0.1, 203.0.113.11\r\n",
			"203.0.113.11", AUTH_TLS },
		{ "two proxies", "", XFF "198.51.100.66, 203.0.113.12:4711,10.1.2.3\r\n",
			"203.0.113.12", AUTH_TLS },
		{ "IPv6", "", XFF "[2001:db8::9]:4711\r\n", "2001:db8::9", AUTH_TLS },
		{ "no address", "", XFF "203.0.113.9, unknown\r\n", "127.0.0.1", AUTH_TLS },
		{ "a header", V1, XFF "203.0.113.9\r\n" XFP "https\r\n", "192.0.2.7",
			AUTH_PLAIN },
		{ "a header of another proxy", "PROXY TCP4 10.1.2.3 198.51.100.1 1 80\r\n",
			XFF "203.0.113.13\r\n" XFP "https\r\n", "203.0.113.13", AUTH_TLS },
	};

	struct scene *sc = scene_new(proxies);

	(void)state;
	TEST_EACH(row, table)
	{
		char fields[500];
		struct client c;

		snprintf(fields, sizeof fields, KEY JSON "%s", row->fields);
		client_open(sc, &c, PORT_HTTP);
		write_bytes(&c, str_z(row->header), strlen(row->header) / 2);
		post(&c, "/v1/messages", fields, ONE);
		expect_status(hear(&c), 202, "");
		assert_int_equal(sc->last_way, row->way);
		assert_str(sc->last.client, row->client);
		/* The next request of the connection names its own. */
		post(&c, "/v1/messages", KEY JSON XFF "203.0.113.44\r\n", ONE);
		expect_status(hear(&c), 202, "");
		assert_str(sc->last.client,
			strcmp(row->name, "a header") == 0 ? "192.0.2.7" : "203.0.113.44");
		client_close(&c);
	}
	scene_free(sc);
}

/* Nobody may say so of himself. */
static void
test_strangers(void **state)
{
	static const struct {
		const char *name;
		struct str header;
		unsigned before; /* replies */
	} table[] = {
		{ "v1", T(V1), 0 },
		{ "v2", T(SIG "\x21\x11\0\x0c" V4), 2 },
	};

	struct scene *sc = scene_new(NULL);

	(void)state;
	TEST_EACH(row, table)
	{
		struct client c;

		client_open(sc, &c, PORT_PLAIN);
		expect(&c, "220 ");
		stream_write(c.s, row->header);
		for (unsigned i = 0; i < row->before; i++)
			expect(&c, "50");
		expect(&c, "554 5.7.0 A PROXY header is taken from");
		expect_end(&c);
		client_close(&c);
		client_open(sc, &c, PORT_HTTP);
		stream_write(c.s, row->header);
		post(&c, "/v1/messages", KEY JSON, ONE);
		expect_status(hear(&c), 400, "");
		client_close(&c);
		client_open(sc, &c, PORT_HTTP);
		post(&c, "/v1/messages", KEY JSON XFF "203.0.113.9\r\n", ONE);
		expect_status(hear(&c), 202, "");
		assert_str(sc->last.client, "127.0.0.1");
		client_close(&c);
	}
	scene_free(sc);
}

TEST_MAIN(TEST(test_smtp), TEST(test_tls), TEST(test_http), TEST(test_strangers))
