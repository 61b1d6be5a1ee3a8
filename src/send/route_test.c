#include "send/route.h"

#include "base/test.h"

static void
add(struct config *c, const char *domain, const char *url)
{
	c->outbound.routes[c->outbound.nroutes++] =
		(struct config_route){ str_z(domain), str_z(url) };
}

static const struct {
	const char *name, *domain, *site;
	enum route_kind kind;
	unsigned port, tls, connections, messages, rate;
} table[] = {
	{ "mx", "elsewhere.test", "elsewhere.test", ROUTE_MX, 25, 0, 7, 21, 0 },
	{ "site exact", "big.test", "big.test", ROUTE_MX, 25, 0, 2, 10, 60 },
	{ "site suffix", "mx.a.big.test", "mx.a.big.test", ROUTE_MX, 25, 0, 2, 10, 60 },
	{ "not a suffix by labels", "toobig.test", "toobig.test", ROUTE_MX, 25, 0, 7, 21, 0 },
	{ "longest site wins", "x.small.big.test", "x.small.big.test", ROUTE_MX, 25, 0, 1, 1,
		0 },
	{ "file route", "one.test", "relay.test:587", ROUTE_HOST, 587, 1, 7, 21, 0 },
	{ "parent's route", "deep.in.one.test", "relay.test:587", ROUTE_HOST, 587, 1, 7, 21,
		0 },
	{ "dotted pattern", "a.dot.test", "d.test:25", ROUTE_HOST, 25, 0, 7, 21, 0 },
	{ "extra wins", "two.test", "extra.test:465", ROUTE_HOST, 465, 3, 7, 21, 0 },
	{ "host with a site entry", "three.test", "[::1]:26", ROUTE_HOST, 26, 0, 7, 21, 0 },
	{ "own limits of a host", "four.test", "h.big.test:25", ROUTE_HOST, 25, 0, 2, 10, 60 },
	{ "bad URL left out", "bad.test", "bad.test", ROUTE_MX, 25, 0, 7, 21, 0 },
};

static void
fill(struct config *c)
{
	config_default(c);
	add(c, "one.test", "smtp://relay.test:587?tls=must");
	add(c, "two.test", "smtp://loser.test");
	add(c, "three.test", "smtp://[::1]:26");
	add(c, "Four.test", "smtp://H.big.test");
	add(c, ".dot.test", "smtp://d.test");
	add(c, "bad.test", "smtp://");
	c->outbound.sites[0] = (struct config_site){ STR_LIT("*"), 7, 21, 0, false };
	c->outbound.sites[1] = (struct config_site){ STR_LIT("big.test"), 2, 10, 60, false };
	c->outbound.sites[2] =
		(struct config_site){ STR_LIT("small.big.test"), 1, 1, 0, false };
	c->outbound.nsites = 3;
}

static void
test_find(void **state)
{
	static const struct config_route extra = { STR_LIT("two.test"),
		STR_LIT("smtps://u%40x:p@extra.test") };
	struct config c;
	struct routes *r;

	(void)state;
	fill(&c);
	r = routes_new(&c, &extra, 1);
	TEST_EACH(row, table)
	{
		struct door_key k;

		routes_find(r, str_z(row->domain), 1, 0, &k);
		assert_str(k.site, row->site);
		assert_int_equal(k.kind, row->kind);
		assert_int_equal(k.port, row->port);
		assert_int_equal(k.tls, row->tls);
		assert_int_equal(k.limits.connections, row->connections);
		assert_int_equal(k.limits.messages, row->messages);
		assert_int_equal(k.limits.rate, row->rate);
		assert_str(k.source, "");
		assert_str(k.user, row->port == 465 ? "u@x" : "");
		assert_int_equal(routes_fixed(r, str_z(row->domain)), row->port != 25);
	}
	routes_free(&r);
	assert_null(r);
	config_done(&c);
}

static void
test_star_and_lab(void **state)
{
	struct door_key k;
	struct config c;
	struct routes *r;

	(void)state;
	fill(&c);
	add(&c, "*", "smart.test:587");
	r = routes_new(&c, NULL, 0);
	routes_find(r, STR_LIT("any.test"), 1, 0, &k);
	assert_str(k.site, "smart.test:587");
	routes_find(r, STR_LIT("one.test"), 1, 0, &k);
	assert_str(k.site, "relay.test:587");
	routes_free(&r);
	c.lab.on = true;
	c.lab.deliver_to = STR_LIT("127.0.0.1:2600");
	r = routes_new(&c, NULL, 0);
	routes_find(r, STR_LIT("one.test"), 1, 0, &k);
	assert_str(k.site, "127.0.0.1:2600");
	assert_str(k.host, "127.0.0.1");
	assert_int_equal(k.kind, ROUTE_HOST);
	assert_int_equal(k.limits.connections, 7);
	assert_true(routes_fixed(r, STR_LIT("one.test")));
	routes_free(&r);
	config_done(&c);
}

static void
test_default_limits(void **state)
{
	struct door_key k;
	struct config c;
	struct routes *r;

	(void)state;
	config_default(&c);
	r = routes_new(&c, NULL, 0);
	routes_find(r, STR_LIT("any.test"), 1, 0, &k);
	assert_int_equal(k.limits.connections, 5);
	assert_int_equal(k.limits.messages, 20);
	routes_free(&r);
	add(&c, "*", "smart.test:587");
	r = routes_new(&c, NULL, 0);
	routes_find(r, STR_LIT("any.test"), 1, 0, &k);
	assert_int_equal(k.limits.connections, 20);
	assert_int_equal(k.limits.messages, 1000);
	routes_free(&r);
	/* The same numbers, but written. */
	c.outbound.sites[0].implied = false;
	r = routes_new(&c, NULL, 0);
	routes_find(r, STR_LIT("any.test"), 1, 0, &k);
	assert_int_equal(k.limits.connections, 5);
	assert_int_equal(k.limits.messages, 20);
	routes_free(&r);
	config_done(&c);
}

/* Stable for (tenant, site), and all addresses are used. */
static void
test_sources(void **state)
{
	unsigned seen = 0;
	struct config c;
	struct routes *r;

	(void)state;
	config_default(&c);
	c.outbound.addresses[0] = STR_LIT("192.0.2.1");
	c.outbound.addresses[1] = STR_LIT("192.0.2.2");
	c.outbound.naddresses = 2;
	r = routes_new(&c, NULL, 0);
	for (uint32_t t = 1; t < 40; t++) {
		struct door_key a, b;

		routes_find(r, STR_LIT("x.test"), t, 0, &a);
		routes_find(r, STR_LIT("x.test"), t, 1, &b);
		assert_str_eq(a.source, b.source);
		seen |= 1u << (a.source.p[a.source.n - 1] - '1');
	}
	assert_int_equal(seen, 3);
	routes_free(&r);
	config_done(&c);
}

/* Both families: a site is reached whichever it has, and all addresses are used. */
static void
test_sources_of_both_families(void **state)
{
	bool seen[2][3] = { { false } };
	struct config c;
	struct routes *r;

	(void)state;
	config_default(&c);
	c.outbound.addresses[0] = STR_LIT("192.0.2.0");
	c.outbound.addresses[1] = STR_LIT("2001:db8::0");
	c.outbound.addresses[2] = STR_LIT("192.0.2.1");
	c.outbound.addresses[3] = STR_LIT("2001:db8::1");
	c.outbound.addresses[4] = STR_LIT("2001:db8::2");
	c.outbound.naddresses = 5;
	r = routes_new(&c, NULL, 0);
	for (uint32_t t = 1; t < 200; t++) {
		struct door_key k;

		routes_find(r, STR_LIT("x.test"), t, 0, &k);
		assert_int_equal(k.source.n, 21);
		assert_true(str_starts(k.source, STR_LIT("192.0.2.")));
		assert_true(str_starts(str_from(k.source, 9), STR_LIT(" 2001:db8::")));
		seen[k.source.p[8] - '0'][k.source.p[20] - '0'] = true;
	}
	for (size_t i = 0; i < 6; i++)
		assert_true(seen[i / 3][i % 3]);
	routes_free(&r);
	config_done(&c);
}

TEST_MAIN(TEST(test_sources_of_both_families), TEST(test_find), TEST(test_star_and_lab),
	TEST(test_default_limits), TEST(test_sources))
