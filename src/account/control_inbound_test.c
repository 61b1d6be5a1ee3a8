#include "account/control_inbound.h"

#include "account/directory.h"

#include "account/control_scene.h"

#include <errno.h>

static uint32_t shop, other;

static void
domain(const char *who, const char *name, bool verified)
{
	json_t *j = NULL;

	assert_int_equal(control_domain_add(c, str_z(who), str_z(name), &j), 0);
	json_decref(j);
	if (verified)
		assert_int_equal(control_domain_verified(c, str_z(who), str_z(name), true), 0);
}

static int
up(void **unused)
{
	tables_up(unused);
	shop = account("shop");
	other = account("other");
	return 0;
}

static int64_t
add(uint32_t tenant, const char *address, const char *url)
{
	const struct inbound in = { .tenant = tenant,
		.address = str_z(address),
		.format = STR_LIT("native"),
		.url = str_z(url),
		.secret = STR_LIT("whsec_x") };
	int64_t id = 0;

	assert_int_equal(control_inbound_add(c, &in, &id), 0);
	return id;
}

static void
test_address(void **unused)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{ "domain", "Parse.Example.COM", "parse.example.com" },
		{ "address", "Help+X@Example.com", "help+x@example.com" },
		{ "at", "@example.com", "example.com" },
		{ "all", "*@example.com", "example.com" },
		{ "u-label",
			"b\xc3\xbc"
			"cher.example",
			"xn--bcher-kva.example" },
		{ "no dot", "localhost", NULL },
		{ "nothing", "", NULL },
		{ "literal", "a@[192.0.2.1]", NULL },
		{ "quoted", "\"a b\"@example.com", NULL },
		{ "two", "a@b@example.com", NULL },
		{ "space", "a b@example.com", NULL },
		{ "line", "a\r\n@example.com", NULL },
	};
	struct arena a;

	(void)unused;
	arena_init(&a, 65536);
	TEST_EACH(row, rows)
	{
		struct str got;
		int err = control_inbound_address(&a, str_z(row->text), &got);

		assert_int_equal(err, row->want ? 0 : -EINVAL);
		if (row->want)
			assert_str(got, row->want);
	}
	arena_done(&a);
}

struct seen {
	struct inbound last;
	unsigned n;
};

static int
see(void *ctx, const struct inbound *in)
{
	struct seen *s = ctx;

	s->last = *in;
	s->n++;
	return 0;
}

static void
test_rows(void **unused)
{
	struct webhook_query q = { shop, 0 };
	struct inbound in;
	struct seen s = { .n = 0 };
	struct arena a;
	int64_t id = add(shop, "parse.shop.test", "https://u:p@x.test/"), none;

	(void)unused;
	arena_init(&a, 1u << 20);
	q.id = id;
	assert_int_equal(control_inbound_each(c, &a, &q, see, &s), 0);
	assert_str(s.last.url, "https://u:p@x.test/");
	assert_str(s.last.secret, "whsec_x");
	assert_str(s.last.account, "shop");
	assert_false(s.last.verified);
	in = s.last;
	/* The same once more; the same of another account. */
	assert_int_equal(control_inbound_add(c, &in, &none), -EEXIST);
	add(other, "parse.shop.test", "https://y.test/");
	/* Another account's id is none. */
	in.tenant = other;
	assert_int_equal(control_inbound_update(c, &in), -EEXIST);
	in.address = STR_LIT("free.shop.test");
	assert_int_equal(control_inbound_update(c, &in), -ENOENT);
	assert_int_equal(control_inbound_remove(c, other, id), -ENOENT);
	q.tenant = other;
	assert_int_equal(control_inbound_each(c, &a, &q, see, &s), -ENOENT);
	/* Moved: secrets go with the address. */
	in.tenant = shop;
	in.url = STR_LIT("https://z.test/");
	assert_int_equal(control_inbound_update(c, &in), 0);
	q.tenant = shop;
	assert_int_equal(control_inbound_each(c, &a, &q, see, &s), 0);
	assert_str(s.last.address, "free.shop.test");
	assert_str(s.last.url, "https://z.test/");
	assert_str(s.last.secret, "whsec_x");
	in.url = STR_NONE;
	assert_int_equal(control_inbound_update(c, &in), -EINVAL);
	assert_int_equal(control_inbound_remove(c, shop, id), 0);
	assert_int_equal(control_inbound_each(c, &a, &q, see, &s), -ENOENT);
	arena_done(&a);
}

static void
test_bound(void **unused)
{
	char name[60];
	struct inbound in = { .tenant = shop,
		.address = STR_LIT("more.test"),
		.format = STR_LIT("native"),
		.url = STR_LIT("https://x.test/"),
		.secret = STR_NONE };
	int64_t id;

	(void)unused;
	for (unsigned i = 0; i < INBOUND_PER_TENANT; i++) {
		snprintf(name, sizeof name, "d%u.test", i);
		add(shop, name, "https://x.test/");
	}
	assert_int_equal(control_inbound_add(c, &in, &id), -EEXIST);
	in.tenant = 999;
	assert_int_equal(control_inbound_add(c, &in, &id), -ENOENT);
}

/* Whose is it? */
static void
test_directory(void **unused)
{
	static const struct {
		const char *name, *address, *url; /* NULL: nobody's */
		bool verified;
	} rows[] = {
		{ "its domain", "a@parse.shop.test", "https://shop/1", true },
		{ "any case", "A@PARSE.Shop.Test", "https://shop/1", true },
		{ "the address first", "Help@parse.shop.test", "https://shop/2", true },
		{ "another's claim", "x@sub.other.test", "https://other/1", true },
		{ "nearest domain above", "x@deep.sub.other.test", "https://other/2", true },
		{ "not verified", "x@wait.test", "https://shop/4", false },
		{ "nobody", "x@shop.test", NULL, false },
		{ "below it", "x@y.parse.shop.test", NULL, false },
		{ "made by us", "in-abc@bounce.test", "https://shop/5", true },
		{ "no address", "parse.shop.test", NULL, false },
	};
	const struct inbound made = { .tenant = shop,
		.address = STR_LIT("in-abc@bounce.test"),
		.format = STR_LIT("native"),
		.url = STR_LIT("https://shop/5"),
		.secret = STR_NONE,
		.ours = true };
	struct directory *d;
	int64_t id;

	(void)unused;
	domain("shop", "shop.test", true);
	domain("shop", "wait.test", false);
	domain("shop", "other.test", true);
	domain("other", "sub.other.test", true);
	add(other, "parse.shop.test", "https://other/thief");
	add(shop, "parse.shop.test", "https://shop/1");
	add(shop, "help@parse.shop.test", "https://shop/2");
	add(shop, "sub.other.test", "https://shop/thief");
	add(shop, "deep.sub.other.test", "https://shop/thief");
	add(other, "sub.other.test", "https://other/1");
	add(other, "deep.sub.other.test", "https://other/2");
	add(shop, "wait.test", "https://shop/4");
	assert_int_equal(control_inbound_add(c, &made, &id), 0);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_int_equal(directory_unreadable(d), 0);
	TEST_EACH(row, rows)
	{
		const struct inbound *in = directory_inbound(d, str_z(row->address));

		assert_int_equal(in != NULL, row->url != NULL);
		if (!in)
			continue;
		assert_str(in->url, row->url);
		assert_int_equal(in->verified, row->verified);
	}
	directory_free(&d);
}

/* An address that we made proves nothing of the one it is changed into. */
static void
test_made(void **unused)
{
	struct inbound in = { .tenant = shop,
		.address = STR_LIT("in-abc@bounce.test"),
		.format = STR_LIT("native"),
		.url = STR_LIT("https://shop/5"),
		.secret = STR_NONE,
		.ours = true };
	struct directory *d;

	(void)unused;
	domain("other", "victim.test", true);
	assert_int_equal(control_inbound_add(c, &in, &in.id), 0);
	in.address = STR_LIT("victim.test");
	in.ours = false;
	assert_int_equal(control_inbound_update(c, &in), 0);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_false(directory_inbound(d, STR_LIT("a@victim.test"))->verified);
	directory_free(&d);
}

static void
test_forward(void **unused)
{
	struct directory *d;
	unsigned what = 7;

	(void)unused;
	assert_int_equal(control_forward_get(c, shop, &what), 0);
	assert_int_equal(what, 0);
	assert_int_equal(control_forward_set(c, shop, FORWARD_COMPLAINTS), 0);
	assert_int_equal(control_forward_set(c, shop, FORWARD_BOUNCES), 0);
	assert_int_equal(control_forward_get(c, shop, &what), 0);
	assert_int_equal(what, FORWARD_BOUNCES);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_int_equal(directory_tenant(d, shop)->forward, FORWARD_BOUNCES);
	assert_int_equal(directory_tenant(d, other)->forward, 0);
	directory_free(&d);
}

#define DB_TEST(f) cmocka_unit_test_setup_teardown(f, up, tables_down)
TEST_MAIN(DB_TEST(test_address), DB_TEST(test_rows), DB_TEST(test_bound),
	DB_TEST(test_directory), DB_TEST(test_made), DB_TEST(test_forward))
