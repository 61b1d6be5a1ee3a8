/* What the engine tells edges of the accounts' tracking, and when. */
#include "role/engine_control_scene.h"

static int
up(void **state)
{
	(void)state;
	tables_open(false);
	s->config.tracking.url = STR_LIT("https://t.test:8443");
	account("shop");
	account("club");
	return 0;
}

static void
set(const char *account, const char *clicks, const char *url)
{
	const struct control_tracking t = {
		.account = str_z(account), .clicks = str_z(clicks), .url = str_z(url)
	};
	json_t *j;

	assert_int_equal(control_tracking_set(control, &t, &j), 0);
	json_decref(j);
}

static void
verified(const char *account, const char *host)
{
	const struct control_checked k = { .account = str_z(account),
		.host = str_z(host),
		.state = CONTROL_VERIFIED,
		.why = STR_NONE };
	json_t *j;

	assert_int_equal(control_tracking_checked(control, &k, &j), 0);
	json_decref(j);
}

static void
changed(void)
{
	engine_directory_reload(s->engine);
	scene_settle(s);
}

/* The next one that came. */
static void
expect_row(uint8_t part, uint32_t tenant, uint8_t track, const char *url, const char *host)
{
	const struct msg_tracking m = SCENE_TAKE(s, &s->edge, tracking);

	assert_int_equal(m.part, part);
	assert_int_equal(m.tenant, tenant);
	assert_int_equal(m.track, track);
	assert_str(m.url, url);
	assert_str(m.host, host);
}

static void
test_nothing(void **state)
{
	(void)state;
	scene_start(s);
	scene_edge_up(s);
	changed();
	SCENE_NONE(s, &s->edge, tracking);
}

static void
test_told(void **state)
{
	(void)state;
	set("shop", "html", "https://click.shop.test");
	verified("shop", "click.shop.test");
	set("club", "none", "https://click.club.test");
	scene_start(s);
	scene_edge_up(s);
	expect_row(TRACKING_FIRST, 0, 0, "", "");
	expect_row(0, 1, TRACK_HTML, "https://click.shop.test", "click.shop.test");
	expect_row(0, 2, 0, "", "");
	expect_row(TRACKING_LAST, 0, 0, "", "");
	SCENE_NONE(s, &s->edge, tracking);
	/* Another change of the tables is none of these. */
	assert_int_equal(
		control_account_state(control, STR_LIT("club"), STR_LIT("suspended")), 0);
	changed();
	SCENE_NONE(s, &s->edge, tracking);
	verified("club", "click.club.test");
	changed();
	expect_row(TRACKING_FIRST, 0, 0, "", "");
	expect_row(0, 1, TRACK_HTML, "https://click.shop.test", "click.shop.test");
	expect_row(0, 2, 0, "https://click.club.test", "click.club.test");
	expect_row(TRACKING_LAST, 0, 0, "", "");
}

/* The configuration got the name of an account's host after it was verified. */
static void
test_own_names(void **state)
{
	(void)state;
	set("shop", "text", "https://mail.shop.test");
	verified("shop", "mail.shop.test");
	set("club", "none", "http://t.test");
	verified("club", "t.test");
	scene_start(s);
	scene_edge_up(s);
	expect_row(TRACKING_FIRST, 0, 0, "", "");
	expect_row(0, 1, TRACK_TEXT, "", "");
	expect_row(0, 2, 0, "", "");
	expect_row(TRACKING_LAST, 0, 0, "", "");
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_nothing), ENGINE_TEST(test_told), ENGINE_TEST(test_own_names))
