#include "role/edge_hosts.h"

#include "base/test.h"
#include "io/random.h"

static struct edge_hosts *h;

static void
row(uint8_t part, uint32_t tenant, uint8_t track, const char *url, const char *host)
{
	const struct msg_tracking m = { part, tenant, track, str_z(url), str_z(host) };

	edge_hosts_take(h, &m);
}

static int
up(void **state)
{
	(void)state;
	random_start();
	h = edge_hosts_new();
	return 0;
}

static int
down(void **state)
{
	(void)state;
	edge_hosts_free(&h);
	assert_null(h);
	return 0;
}

static void
told(void)
{
	row(TRACKING_FIRST, 0, 0, "", "");
	row(0, 1, TRACK_OPENS | TRACK_HTML, "https://click.shop.test", "click.shop.test");
	row(0, 2, 0, "", "moved.club.test");
	row(TRACKING_LAST, 3, TRACK_TEXT, "http://go.test:81", "go.test");
}

static void
test_rows(void **state)
{
	(void)state;
	assert_int_equal(edge_hosts_of(h, 1).track, 0);
	assert_true(edge_hosts_serves(h, STR_LIT("click.shop.test"), 9));
	told();
	assert_int_equal(edge_hosts_of(h, 1).track, TRACK_OPENS | TRACK_HTML);
	assert_str(edge_hosts_of(h, 1).url, "https://click.shop.test");
	assert_int_equal(edge_hosts_of(h, 2).url.n, 0);
	assert_str(edge_hosts_of(h, 3).url, "http://go.test:81");
	assert_int_equal(edge_hosts_of(h, 0).track, 0);
	assert_int_equal(edge_hosts_of(h, 4).track, 0);
}

static void
test_serves(void **state)
{
	static const struct {
		const char *name, *host;
		uint32_t tenant;
		bool yes;
	} table[] = {
		{ "own", "click.shop.test", 1, true },
		{ "another's", "click.shop.test", 2, false },
		{ "nobody's token", "click.shop.test", 7, false },
		{ "any case", "CLICK.Shop.TEST", 2, false },
		{ "with a port", "click.shop.test:8443", 2, false },
		{ "with a dot", "click.shop.test.", 2, false },
		{ "both", "click.shop.test.:80", 2, false },
		{ "own, with a port", "click.shop.test:8443", 1, true },
		{ "one that warned", "moved.club.test", 2, true },
		{ "one that warned, another's", "moved.club.test", 1, false },
		{ "below it", "x.click.shop.test", 2, true },
		{ "the service's", "mail.test", 2, true },
		{ "none", "", 2, true },
		{ "an address", "[::1]:80", 2, true },
	};

	(void)state;
	told();
	TEST_EACH(row, table)
	assert_int_equal(edge_hosts_serves(h, str_z(row->host), row->tenant), row->yes);
}

/* A table is in force when it is whole, and until the next one is. */
static void
test_whole(void **state)
{
	(void)state;
	told();
	row(TRACKING_FIRST, 1, TRACK_TEXT, "", "");
	assert_int_equal(edge_hosts_of(h, 1).track, TRACK_OPENS | TRACK_HTML);
	edge_hosts_lost(h);
	/* The rest of what the old engine said. */
	row(TRACKING_LAST, 5, TRACK_TEXT, "", "");
	assert_int_equal(edge_hosts_of(h, 1).track, TRACK_OPENS | TRACK_HTML);
	assert_false(edge_hosts_serves(h, STR_LIT("click.shop.test"), 2));
	row(TRACKING_FIRST | TRACKING_LAST, 1, TRACK_TEXT, "", "");
	assert_int_equal(edge_hosts_of(h, 1).track, TRACK_TEXT);
	assert_true(edge_hosts_serves(h, STR_LIT("click.shop.test"), 2));
	edge_hosts_ready(h);
	assert_int_equal(edge_hosts_of(h, 1).track, TRACK_TEXT);
	/* The next engine has none to tell. */
	edge_hosts_lost(h);
	assert_int_equal(edge_hosts_of(h, 1).track, TRACK_TEXT);
	edge_hosts_ready(h);
	assert_int_equal(edge_hosts_of(h, 1).track, 0);
}

/* An account whose host leads elsewhere and the one that has it now, in either order. */
static void
test_two(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		row(TRACKING_FIRST, 1 + i, 0, i ? "" : "https://a.test", "a.test");
		row(TRACKING_LAST, 2 - i, 0, i ? "https://a.test" : "", "a.test");
		assert_true(edge_hosts_serves(h, STR_LIT("a.test"), 1));
		assert_false(edge_hosts_serves(h, STR_LIT("a.test"), 2));
	}
}

#define HOSTS_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(HOSTS_TEST(test_rows), HOSTS_TEST(test_serves), HOSTS_TEST(test_whole),
	HOSTS_TEST(test_two))
