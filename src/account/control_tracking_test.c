#include "account/control.h"

#include "account/control_schema.h"
#include "account/directory.h"
#include "io/file.h"

#include "account/control_scene.h"

#include <errno.h>

static void
open_tables(void)
{
	tables_open();
	control_hostname(c, STR_LIT("mail.test"));
	control_tracking_target(c, STR_LIT("t.test"));
}

static int
up(void **unused)
{
	folder_up(unused);
	open_tables();
	account("shop");
	account("club");
	return 0;
}

static const char *
text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s ? s : "";
}

/* Sets the URL; the row. */
static json_t *
set_url(const char *account, const char *url)
{
	const struct control_tracking t = { .account = str_z(account), .url = str_z(url) };
	json_t *j = NULL;

	assert_int_equal(control_tracking_set(c, &t, &j), 0);
	return j;
}

static int
checked(const char *account, const char *host, enum control_tracking_state found)
{
	const struct control_checked k = { .account = str_z(account),
		.host = str_z(host),
		.state = found,
		.why = found == CONTROL_VERIFIED ? STR_NONE : STR_LIT("It leads elsewhere.") };
	json_t *j = NULL;
	int err = control_tracking_checked(c, &k, &j);

	json_decref(j);
	return err;
}

static void
expect_state(const char *account, const char *want)
{
	json_t *j = NULL;

	assert_int_equal(control_tracking_show(c, str_z(account), &j), 0);
	assert_string_equal(text(j, "state"), want);
	json_decref(j);
}

/* The engine's row of a tenant; its texts live as long as d. */
static struct dir_tracking
row_of(const struct directory *d, uint32_t tenant)
{
	size_t n;
	const struct dir_tracking *rows = directory_tracking(d, &n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].tenant == tenant)
			return rows[i];
	return (struct dir_tracking){ 0, 0, STR_NONE, STR_NONE };
}

static void
test_defaults(void **unused)
{
	struct control_tracking t = {
		.account = STR_LIT("shop"), .opens = STR_LIT("on"), .clicks = STR_LIT("html")
	};
	uint64_t version = control_version(c);
	struct directory *d;
	json_t *j = NULL;

	(void)unused;
	assert_int_equal(control_tracking_show(c, STR_LIT("shop"), &j), 0);
	assert_true(json_is_false(json_object_get(j, "track_opens")));
	assert_string_equal(text(j, "track_clicks"), "none");
	assert_true(json_is_null(json_object_get(j, "state")));
	assert_true(json_is_null(json_object_get(j, "target")));
	json_decref(j);
	assert_int_equal(control_version(c), version);
	assert_int_equal(control_tracking_set(c, &t, &j), 0);
	assert_true(json_is_true(json_object_get(j, "track_opens")));
	assert_string_equal(text(j, "track_clicks"), "html");
	json_decref(j);
	assert_true(control_version(c) > version);
	/* One alone leaves the others. */
	t = (struct control_tracking){ .account = STR_LIT("shop"), .opens = STR_LIT("off") };
	assert_int_equal(control_tracking_set(c, &t, &j), 0);
	assert_string_equal(text(j, "track_clicks"), "html");
	json_decref(j);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_int_equal(row_of(d, 1).track, TRACK_HTML);
	assert_int_equal(row_of(d, 2).tenant, 0);
	directory_free(&d);
	t.clicks = STR_LIT("some");
	assert_int_equal(control_tracking_set(c, &t, &j), -EINVAL);
	t = (struct control_tracking){ .account = STR_LIT("shop"), .opens = STR_LIT("yes") };
	assert_int_equal(control_tracking_set(c, &t, &j), -EINVAL);
	t = (struct control_tracking){ .account = STR_LIT("none"), .opens = STR_LIT("on") };
	assert_int_equal(control_tracking_set(c, &t, &j), -ENOENT);
	assert_int_equal(control_tracking_show(c, STR_LIT("none"), &j), -ENOENT);
}

static void
test_urls(void **unused)
{
	static const struct {
		const char *name, *url, *want, *host; /* want NULL: refused */
	} table[] = {
		{ "plain", "https://click.shop.test", "https://click.shop.test",
			"click.shop.test" },
		{ "http", "http://click.shop.test", "http://click.shop.test",
			"click.shop.test" },
		{ "a slash", "https://click.shop.test/", "https://click.shop.test",
			"click.shop.test" },
		{ "a port", "https://click.shop.test:8443", "https://click.shop.test:8443",
			"click.shop.test" },
		{ "its own port", "https://click.shop.test:443", "https://click.shop.test",
			"click.shop.test" },
		{ "any case", "HTTPS://Click.SHOP.test", "https://click.shop.test",
			"click.shop.test" },
		{ "a dot", "https://click.shop.test.", "https://click.shop.test",
			"click.shop.test" },
		{ "A-labels", "https://xn--bcher-kva.test", "https://xn--bcher-kva.test",
			"xn--bcher-kva.test" },
		{ "U-labels",
			"https://B\xc3\xbc"
			"cher.test",
			"https://xn--bcher-kva.test", "xn--bcher-kva.test" },
		{ "none", "", "", "" },
		{ "a path", "https://click.shop.test/x", NULL, NULL },
		{ "a query", "https://click.shop.test?x", NULL, NULL },
		{ "an empty query", "https://click.shop.test/?", NULL, NULL },
		{ "a fragment", "https://click.shop.test/#x", NULL, NULL },
		{ "a user", "https://u:p@click.shop.test", NULL, NULL },
		{ "another scheme", "ftp://click.shop.test", NULL, NULL },
		{ "no scheme", "click.shop.test", NULL, NULL },
		{ "an address", "https://192.0.2.1", NULL, NULL },
		{ "an IPv6 address", "https://[2001:db8::1]", NULL, NULL },
		{ "one label", "https://localhost", NULL, NULL },
		{ "a line", "https://a.test\r\nBcc: x", NULL, NULL },
		{ "the API's", "https://mail.test", NULL, NULL },
		{ "the API's in another case", "https://MAIL.test:8443", NULL, NULL },
		{ "the service's tracking host", "https://t.test", NULL, NULL },
	};

	(void)unused;
	TEST_EACH(row, table)
	{
		const struct control_tracking t = { .account = STR_LIT("shop"),
			.url = str_z(row->url) };
		json_t *j = NULL;
		int err = control_tracking_set(c, &t, &j);

		assert_int_equal(err, row->want ? 0 : -EINVAL);
		if (err)
			assert_true(strlen(control_error(c)) > 20);
		else
			assert_string_equal(text(j, "url"), row->want);
		if (!err)
			assert_string_equal(text(j, "host"), row->host);
		json_decref(j);
	}
}

/* pending → verified → warning → verified; another port leaves it, another host does not. */
static void
test_states(void **unused)
{
	struct directory *d;
	json_t *j;

	(void)unused;
	assert_int_equal(checked("shop", "a.test", CONTROL_VERIFIED), -ENOENT);
	json_decref(set_url("shop", "https://a.test"));
	expect_state("shop", "pending");
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_int_equal(row_of(d, 1).url.n, 0);
	assert_int_equal(row_of(d, 1).host.n, 0);
	directory_free(&d);
	assert_int_equal(checked("shop", "a.test", CONTROL_WARNING), 0);
	expect_state("shop", "pending");
	assert_int_equal(checked("shop", "a.test", CONTROL_VERIFIED), 0);
	expect_state("shop", "verified");
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_str(row_of(d, 1).url, "https://a.test");
	assert_str(row_of(d, 1).host, "a.test");
	directory_free(&d);
	assert_int_equal(checked("shop", "a.test", CONTROL_WARNING), 0);
	expect_state("shop", "warning");
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_int_equal(row_of(d, 1).url.n, 0);
	assert_str(row_of(d, 1).host, "a.test");
	directory_free(&d);
	assert_int_equal(checked("shop", "a.test", CONTROL_VERIFIED), 0);
	j = set_url("shop", "http://a.test:8080");
	assert_string_equal(text(j, "state"), "verified");
	assert_true(text(j, "verified_at")[0] != '\0');
	json_decref(j);
	j = set_url("shop", "https://b.test");
	assert_string_equal(text(j, "state"), "pending");
	assert_true(json_is_null(json_object_get(j, "verified_at")));
	assert_true(json_is_null(json_object_get(j, "why")));
	json_decref(j);
	/* A check that ends behind the change speaks of a host that is no more. */
	assert_int_equal(checked("shop", "a.test", CONTROL_VERIFIED), -ENOENT);
	expect_state("shop", "pending");
	json_decref(set_url("shop", ""));
	assert_int_equal(checked("shop", "", CONTROL_VERIFIED), -ENOENT);
}

static void
own(const char *account, const char *domain)
{
	json_t *j;

	assert_int_equal(control_domain_add(c, str_z(account), str_z(domain), &j), 0);
	json_decref(j);
	assert_int_equal(control_domain_verified(c, str_z(account), str_z(domain), true), 0);
}

/* One host, two accounts. */
static void
test_claims(void **unused)
{
	(void)unused;
	own("shop", "a.test");
	json_decref(set_url("shop", "https://a.test"));
	json_decref(set_url("club", "http://a.test"));
	assert_int_equal(checked("shop", "a.test", CONTROL_VERIFIED), 0);
	assert_int_equal(checked("club", "a.test", CONTROL_VERIFIED), -EEXIST);
	expect_state("club", "pending");
	expect_state("shop", "verified");
	/* From whom it leads away it may be taken. */
	assert_int_equal(checked("shop", "a.test", CONTROL_WARNING), 0);
	assert_int_equal(checked("club", "a.test", CONTROL_VERIFIED), 0);
	expect_state("club", "verified");
	expect_state("shop", "pending");
	/* And from whom the domain above it is not any more. */
	assert_int_equal(checked("shop", "a.test", CONTROL_VERIFIED), 0);
	expect_state("club", "pending");
}

/* The domain goes to another account, and its hosts can follow. */
static void
test_moved(void **unused)
{
	(void)unused;
	own("shop", "shop.test");
	json_decref(set_url("shop", "https://a.b.shop.test"));
	json_decref(set_url("club", "https://a.b.shop.test"));
	assert_int_equal(checked("shop", "a.b.shop.test", CONTROL_VERIFIED), 0);
	assert_int_equal(checked("club", "a.b.shop.test", CONTROL_VERIFIED), -EEXIST);
	assert_int_equal(control_domain_remove(c, STR_LIT("shop"), STR_LIT("shop.test")), 0);
	expect_state("shop", "verified");
	assert_int_equal(checked("club", "a.b.shop.test", CONTROL_VERIFIED), 0);
	expect_state("shop", "pending");
	/* What an operator has forced stays. */
	const struct control_checked forced = { .account = STR_LIT("club"),
		.host = STR_LIT("a.b.shop.test"),
		.state = CONTROL_VERIFIED,
		.why = STR_NONE,
		.forced = true };
	json_t *j = NULL;

	assert_int_equal(control_tracking_checked(c, &forced, &j), 0);
	json_decref(j);
	assert_int_equal(checked("shop", "a.b.shop.test", CONTROL_VERIFIED), -EEXIST);
}

static void
test_owns(void **unused)
{
	static const struct {
		const char *name, *account, *host;
		bool yes;
	} table[] = {
		{ "below it", "shop", "click.shop.test", true },
		{ "far below it", "shop", "a.b.shop.test", true },
		{ "itself", "shop", "shop.test", true },
		{ "its end only", "shop", "myshop.test", false },
		{ "above it", "shop", "test", false },
		{ "not verified", "shop", "click.wait.test", false },
		{ "another account's", "club", "click.shop.test", false },
		{ "no account", "none", "click.shop.test", false },
	};
	json_t *j;

	(void)unused;
	assert_int_equal(control_domain_add(c, STR_LIT("shop"), STR_LIT("shop.test"), &j), 0);
	json_decref(j);
	assert_int_equal(control_domain_add(c, STR_LIT("shop"), STR_LIT("wait.test"), &j), 0);
	json_decref(j);
	assert_int_equal(
		control_domain_verified(c, STR_LIT("shop"), STR_LIT("shop.test"), true), 0);
	TEST_EACH(row, table)
	assert_int_equal(
		control_tracking_owns(c, str_z(row->account), str_z(row->host)), row->yes);
}

/* Tables of before: the engine reads them as they are, desk makes them new. */
static void
test_older_tables(void **unused)
{
	const struct store_schema older = { control_schema.steps, 2, true };
	struct directory *d;
	struct store *store;
	char path[600];
	size_t n;

	(void)unused;
	snprintf(path, sizeof path, "%s/" CONTROL_FILE, folder);
	assert_int_equal(store_open(path, STORE_CREATE, &older, &store), 0);
	assert_int_equal(
		store_run(store, "INSERT INTO accounts (name, created) VALUES ('shop', 1)",
			NULL, NULL, ""),
		0);
	store_free(&store);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_non_null(directory_tenant(d, 1));
	(void)directory_tracking(d, &n);
	assert_int_equal(n, 0);
	directory_free(&d);
	open_tables();
	json_decref(set_url("shop", "https://a.test"));
	expect_state("shop", "pending");
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, tables_down)
TEST_MAIN(DB_TEST(test_defaults), DB_TEST(test_urls), DB_TEST(test_states),
	DB_TEST(test_claims), DB_TEST(test_moved), DB_TEST(test_owns),
	cmocka_unit_test_setup_teardown(test_older_tables, folder_up, tables_down))
