#include "account/control_template.h"

#include "account/control_own.h"

#include "base/mem.h"

#include "account/control_scene.h"

#include <errno.h>

static struct arena arena;
static uint32_t shop, other;

static int
up(void **unused)
{
	tables_up(unused);
	arena_init(&arena, 16u << 20);
	shop = account("shop");
	other = account("other");
	return 0;
}

static int
down(void **unused)
{
	arena_done(&arena);
	return tables_down(unused);
}

static int64_t
add(uint32_t tenant, const char *name, const char *html)
{
	const struct control_template t = { .tenant = tenant,
		.name = str_z(name),
		.texts = { [TEMPLATE_DIALECT] = STR_LIT("handlebars"),
			[TEMPLATE_SUBJECT] = STR_LIT("Hello"),
			[TEMPLATE_BODY_HTML] = str_z(html) } };
	int64_t id = 0;

	assert_int_equal(control_template_add(c, &t, &id), 0);
	return id;
}

static int
set_html(uint32_t tenant, int64_t id, const char *html)
{
	const struct control_template t = {
		.id = id, .tenant = tenant, .texts = { [TEMPLATE_BODY_HTML] = str_z(html) }
	};

	return control_template_set(c, &t);
}

static struct control_template seen;
static unsigned count;

static int
see(void *ctx, const struct control_template *t)
{
	(void)ctx;
	if (count++ == 0)
		seen = *t;
	return 0;
}

static int
get(uint32_t tenant, int64_t id, int64_t version)
{
	const struct template_query q = { tenant, id, version, false };

	count = 0;
	return control_template_each(c, &arena, &q, see, NULL);
}

static void
html_is(int64_t id, int64_t version, const char *want)
{
	assert_int_equal(get(shop, id, version), 0);
	assert_str(seen.texts[TEMPLATE_BODY_HTML], want);
}

static int64_t
publish(int64_t id, int64_t version)
{
	int64_t got = 0;

	assert_int_equal(control_template_publish(c, shop, id, version, &got), 0);
	return got;
}

static int
set_layout(int64_t id, const char *number)
{
	const struct control_template t = {
		.id = id, .tenant = shop, .texts = { [TEMPLATE_LAYOUT] = str_z(number) }
	};

	return control_template_set(c, &t);
}

static void
layout_is(int64_t id, int64_t version, const char *html, int64_t layout_version)
{
	assert_int_equal(get(shop, id, version), 0);
	assert_str(seen.layout_html, html);
	assert_str(seen.layout_name, "Main");
	assert_int_equal(seen.layout_version, layout_version);
}

/* A version keeps its layout's texts; a layout that is published again makes a new version of
 * a draft that did not change. */
static void
test_layout(void **unused)
{
	int64_t frame = add(shop, "Main", "<a>"), id = add(shop, "Order", "x"), none = 0;
	char number[24];

	(void)unused;
	snprintf(number, sizeof number, "%lld", (long long)frame);
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 1);
	assert_int_equal(set_layout(id, number), 0);
	assert_int_equal(control_template_publish(c, shop, id, TEMPLATE_DRAFT, &none), -EINVAL);
	assert_non_null(strstr(control_error(c), "layout"));
	assert_int_equal(publish(frame, TEMPLATE_DRAFT), 1);
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 2);
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 2);
	layout_is(id, 2, "<a>", 1);
	assert_str(seen.texts[TEMPLATE_LAYOUT], number);
	layout_is(id, TEMPLATE_DRAFT, "", 0);
	assert_int_equal(set_html(shop, frame, "<b>"), 0);
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 2);
	assert_int_equal(publish(frame, TEMPLATE_DRAFT), 2);
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 3);
	layout_is(id, 3, "<b>", 2);
	layout_is(id, 2, "<a>", 1);
	/* The first one had none. */
	assert_int_equal(get(shop, id, 1), 0);
	assert_str(seen.layout_html, "");
	assert_str(seen.layout_name, "");
	assert_int_equal(control_template_remove(c, shop, frame), -EINVAL);
	assert_non_null(strstr(control_error(c), "1 other template:"));
	/* It gets no layout while it is one. */
	snprintf(number, sizeof number, "%lld", (long long)add(shop, "Outer", "<o>"));
	assert_int_equal(set_layout(frame, number), -EINVAL);
	assert_non_null(strstr(control_error(c), "no layout itself"));
	assert_int_equal(set_layout(id, ""), 0);
	assert_int_equal(set_layout(frame, number), 0);
	assert_int_equal(set_layout(frame, ""), 0);
	assert_int_equal(control_template_remove(c, shop, frame), 0);
	layout_is(id, 3, "<b>", 2);
}

static void
bytes_are(int64_t want)
{
	assert_int_equal(
		control_template_room(c, shop, (size_t)(TEMPLATE_BYTES_PER_TENANT - want)), 0);
	assert_int_equal(
		control_template_room(c, shop, (size_t)(TEMPLATE_BYTES_PER_TENANT - want + 1)),
		-EINVAL);
}

/* In bytes, not in characters. */
static void
test_layout_bytes(void **unused)
{
	int64_t frame = add(shop, "Main", "<\xc3\xa9>"), id = add(shop, "Order", "x");
	char number[24];

	(void)unused;
	snprintf(number, sizeof number, "%lld", (long long)frame);
	assert_int_equal(set_layout(id, number), 0);
	bytes_are(19 + 17);
	assert_int_equal(publish(frame, TEMPLATE_DRAFT), 1);
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 1);
	bytes_are(19 + 17 + 19 + (17 + 19));
}

/* What is published follows its layout; a draft that is another one does not go with it. */
static void
test_publish_layout(void **unused)
{
	int64_t frame = add(shop, "Main", "<a>"), same = add(shop, "Same", "x"),
		late = add(shop, "Late", "o"), draft = add(shop, "Draft", "d"), version = 0;
	char number[24];

	(void)unused;
	snprintf(number, sizeof number, "%lld", (long long)frame);
	assert_int_equal(control_template_publish_layout(c, shop, frame, &version), 0);
	assert_int_equal(version, 1);
	for (int64_t id = same; id <= draft; id++)
		assert_int_equal(set_layout(id, number), 0);
	assert_int_equal(publish(same, TEMPLATE_DRAFT), 1);
	assert_int_equal(publish(late, TEMPLATE_DRAFT), 1);
	assert_int_equal(set_html(shop, late, "later"), 0);
	assert_int_equal(set_html(shop, frame, "<\xc3\xa9>"), 0);
	assert_int_equal(control_template_publish_layout(c, other, frame, &version), -ENOENT);
	assert_int_equal(control_template_publish_layout(c, shop, frame, &version), 0);
	assert_int_equal(version, 2);
	layout_is(same, TEMPLATE_PUBLISHED, "<\xc3\xa9>", 2);
	assert_int_equal(seen.version, 2);
	assert_false(seen.changed);
	assert_str(seen.texts[TEMPLATE_BODY_HTML], "x");
	layout_is(same, 1, "<a>", 1);
	layout_is(late, TEMPLATE_PUBLISHED, "<\xc3\xa9>", 2);
	assert_str(seen.texts[TEMPLATE_BODY_HTML], "o");
	assert_true(seen.changed);
	html_is(late, TEMPLATE_DRAFT, "later");
	assert_int_equal(get(shop, draft, TEMPLATE_PUBLISHED), -ENOENT);
	/* Nothing to do: no version more. */
	assert_int_equal(control_template_publish_layout(c, shop, frame, &version), 0);
	assert_int_equal(get(shop, same, TEMPLATE_DRAFT), 0);
	assert_int_equal(seen.versions, 2);
	assert_int_equal(publish(same, TEMPLATE_DRAFT), 2);
	assert_int_equal(publish(late, TEMPLATE_DRAFT), 3);
	layout_is(late, 3, "<\xc3\xa9>", 2);
}

static int
count_bodies(void *ctx, const struct template_bodies *b)
{
	int64_t *sum = ctx;

	*sum += b->id;
	assert_true(b->html.n > 0);
	return 0;
}

static void
test_holding(void **unused)
{
	int64_t frame = add(shop, "Main", "<a>{{{@content}}}"), sum = 0;
	struct template_holding q = { shop, STR_LIT("handlebars"), STR_LIT("@content") };

	(void)unused;
	(void)add(shop, "Order", "x");
	assert_int_equal(control_template_holding(c, &q, count_bodies, &sum), 0);
	assert_int_equal(sum, frame);
	q.dialect = STR_LIT("mustachio");
	assert_int_equal(control_template_holding(c, &q, count_bodies, &sum), 0);
	q = (struct template_holding){ other, STR_LIT("handlebars"), STR_LIT("@content") };
	assert_int_equal(control_template_holding(c, &q, count_bodies, &sum), 0);
	assert_int_equal(sum, frame);
}

/* A published version is what it was, whatever becomes of the draft. */
static void
test_versions(void **unused)
{
	int64_t id = add(shop, "Order", "one"), none = 0;

	(void)unused;
	assert_int_equal(get(shop, id, TEMPLATE_PUBLISHED), -ENOENT);
	assert_non_null(strstr(control_error(c), "not published yet"));
	assert_int_equal(get(shop, id, 7), -ENOENT);
	assert_non_null(strstr(control_error(c), "no version 7"));
	assert_int_equal(get(other, id, 7), -ENOENT);
	assert_non_null(strstr(control_error(c), "no such template"));
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 1);
	html_is(id, TEMPLATE_DRAFT, "one");
	assert_false(seen.changed);
	assert_int_equal(set_html(shop, id, "two"), 0);
	html_is(id, TEMPLATE_PUBLISHED, "one");
	assert_str(seen.texts[TEMPLATE_SUBJECT], "Hello");
	assert_true(seen.changed);
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 2);
	html_is(id, TEMPLATE_PUBLISHED, "two");
	/* The same again is no new version; roll back; the draft stays. */
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 2);
	assert_int_equal(publish(id, 1), 1);
	html_is(id, TEMPLATE_PUBLISHED, "one");
	assert_int_equal(seen.published, 1);
	assert_int_equal(seen.versions, 2);
	assert_true(seen.changed);
	html_is(id, TEMPLATE_DRAFT, "two");
	html_is(id, 2, "two");
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 2);
	assert_int_equal(control_template_publish(c, shop, id, 3, &none), -ENOENT);
	assert_int_equal(control_template_publish(c, shop, id, -1, &none), -ENOENT);
	/* A text that is set to what it is changes nothing. */
	assert_int_equal(set_html(shop, id, "two"), 0);
	assert_int_equal(get(shop, id, TEMPLATE_DRAFT), 0);
	assert_false(seen.changed);
	count = 0;
	assert_int_equal(
		control_template_versions(c, &arena,
			&(struct template_query){ .tenant = shop, .id = id }, see, NULL),
		0);
	assert_int_equal(count, 2);
	assert_int_equal(seen.version, 2);
}

static void
test_names(void **unused)
{
	static const struct {
		const char *name, *given;
		int err;
	} table[] = {
		{ "good", "Mot de passe oubli\xc3\xa9", 0 },
		{ "taken", "Order", -EEXIST },
		{ "empty", "", -EINVAL },
		{ "as an id", "tpl_x", -EINVAL },
		{ "two lines", "a\nb", -EINVAL },
		{ "blank at the end", "a ", -EINVAL },
		{ "long",
			"0123456789012345678901234567890123456789012345678901234567890123456789"
			"0123456789012345678901234567890",
			-EINVAL },
	};
	int64_t id = add(shop, "Order", "x"), found = 0;

	(void)unused;
	add(other, "Order", "theirs");
	TEST_EACH(row, table)
	{
		struct control_template t = { .tenant = shop, .name = str_z(row->given) };
		int64_t made;

		assert_int_equal(control_template_add(c, &t, &made), row->err);
	}
	assert_int_equal(control_template_named(c, shop, STR_LIT("Order"), &found), 0);
	assert_int_equal(found, id);
	assert_int_equal(control_template_named(c, shop, STR_LIT("order"), &found), -ENOENT);
	/* Gone: the name is free, the number is not. */
	assert_int_equal(control_template_remove(c, shop, id), 0);
	assert_int_equal(control_template_remove(c, shop, id), -ENOENT);
	assert_int_equal(get(shop, id, TEMPLATE_DRAFT), -ENOENT);
	assert_true(add(shop, "Order", "y") > id);
}

static void
test_other_tenant(void **unused)
{
	int64_t id = add(shop, "Order", "x"), none;
	const struct template_values v = { .tenant = other,
		.template = id,
		.name = STR_LIT("a"),
		.vars = STR_LIT("{}"),
		.contact = STR_LIT("{}") };

	(void)unused;
	assert_int_equal(get(other, id, TEMPLATE_DRAFT), -ENOENT);
	assert_int_equal(set_html(other, id, "theirs"), -ENOENT);
	assert_int_equal(control_template_publish(c, other, id, 0, &none), -ENOENT);
	assert_int_equal(control_template_remove(c, other, id), -ENOENT);
	assert_int_equal(control_template_values_set(c, &v), -ENOENT);
	html_is(id, TEMPLATE_DRAFT, "x");
	assert_int_equal(get(other, 0, TEMPLATE_DRAFT), 0);
	assert_int_equal(count, 0);
}

static void
test_limits(void **unused)
{
	char *big = mem_new(1, TEMPLATE_CONTENT_BYTES + 1);
	int64_t id = add(shop, "Order", "x"), none;
	struct control_template t = { .id = id, .tenant = shop };

	(void)unused;
	memset(big, 'x', TEMPLATE_CONTENT_BYTES + 1);
	t.texts[TEMPLATE_BODY_TEXT] = str_of(big, TEMPLATE_CONTENT_BYTES);
	assert_int_equal(control_template_set(c, &t), -EINVAL);
	t.texts[TEMPLATE_BODY_HTML] = STR_NONE;
	t.texts[TEMPLATE_DIALECT] = STR_NONE;
	t.texts[TEMPLATE_SUBJECT] = STR_NONE;
	assert_int_equal(control_template_set(c, &t), 0);
	/* All together: versions of a MiB until there is no room. */
	for (int i = 0; i < 200; i++) {
		int err;

		big[0] = (char)('a' + i % 2);
		big[1] = (char)('a' + i / 2 % 26);
		err = control_template_set(c, &t);
		err = err ? err : control_template_publish(c, shop, id, 0, &none);
		if (err) {
			assert_int_equal(err, -EINVAL);
			assert_in_range(i, 60, 64);
			break;
		}
		assert_in_range(i, 0, 64);
	}
	assert_int_equal(control_template_room(c, other, 1000), 0);
	/* What stands in the place of something longer needs none. */
	t.texts[TEMPLATE_BODY_TEXT].n /= 2;
	assert_int_equal(control_template_set(c, &t), 0);
	mem_free(big);
}

static struct template_values values;

static int
see_values(void *ctx, const struct template_values *v)
{
	(void)ctx;
	if (count++ == 0)
		values = *v;
	return 0;
}

static int
values_of(int64_t id, struct str name)
{
	const struct template_values q = { .tenant = shop, .template = id, .name = name };

	count = 0;
	return control_template_values_each(c, &arena, &q, see_values, NULL);
}

/* So many bytes more may be stored. */
static size_t
left(void)
{
	size_t low = 0, high = (size_t)TEMPLATE_BYTES_PER_TENANT;

	while (low < high) {
		size_t at = (low + high + 1) / 2;

		if (control_template_room(c, shop, at) == 0)
			low = at;
		else
			high = at - 1;
	}
	return low;
}

static uint64_t
work_of_room(uint32_t tenant)
{
	uint64_t before = store_work(c->store);

	assert_int_equal(control_template_room(c, tenant, 1), 0);
	return store_work(c->store) - before;
}

/* Bytes, not characters, are counted; what others have is not looked at. */
static void
test_room(void **unused)
{
	int64_t frame = add(shop, "Main", "\xc3\xa9\xc3\xa9"), id = add(shop, "Order", "x");
	struct template_values v = { .tenant = shop,
		.template = id,
		.name = STR_LIT("ann"),
		.vars = STR_LIT("{\"a\":\"\xc3\xa9\xc3\xa9\"}"),
		.contact = STR_LIT("{}") };
	size_t before = left(), own, frames;
	uint64_t work = work_of_room(other);
	char number[24], name[20];

	(void)unused;
	assert_int_equal(control_template_values_set(c, &v), 0);
	assert_int_equal(before - left(), v.vars.n + v.contact.n);
	snprintf(number, sizeof number, "%lld", (long long)frame);
	assert_int_equal(set_layout(id, number), 0);
	assert_int_equal(publish(frame, TEMPLATE_DRAFT), 1);
	own = strlen("handlebars, Hello, x") - 4 + strlen(number);
	frames = strlen("handlebars, Hello, \xc3\xa9\xc3\xa9") - 4;
	before = left();
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 1);
	assert_int_equal(before - left(), own + frames);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "n%u", i);
		v.name = str_z(name);
		assert_int_equal(control_template_values_set(c, &v), 0);
	}
	assert_in_range(work_of_room(other), 1, work + 10);
}

static uint64_t
work_of_get(int64_t id, int64_t version)
{
	uint64_t before = store_work(c->store);

	assert_int_equal(get(shop, id, version), 0);
	return store_work(c->store) - before;
}

/* One is found by its number, however many there are. */
static void
test_found(void **unused)
{
	int64_t id = add(shop, "Order", "x");
	uint64_t draft, published;
	char name[20];

	(void)unused;
	publish(id, TEMPLATE_DRAFT);
	draft = work_of_get(id, TEMPLATE_DRAFT);
	published = work_of_get(id, TEMPLATE_PUBLISHED);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "n%u", i);
		publish(add(shop, name, "x"), TEMPLATE_DRAFT);
	}
	assert_in_range(work_of_get(id, TEMPLATE_DRAFT), 1, draft + 10);
	assert_in_range(work_of_get(id, TEMPLATE_PUBLISHED), 1, published + 10);
}

static void
test_values(void **unused)
{
	int64_t id = add(shop, "Order", "x");
	struct template_values v = { .tenant = shop,
		.template = id,
		.name = STR_LIT("ann"),
		.vars = STR_LIT("{\"a\":1}"),
		.contact = STR_LIT("{}") };
	char name[20];

	(void)unused;
	assert_int_equal(control_template_values_set(c, &v), 0);
	v.contact = STR_LIT("{\"city\":\"Lyon\"}");
	assert_int_equal(control_template_values_set(c, &v), 0);
	assert_int_equal(values_of(id, (struct str){ NULL, 0 }), 0);
	assert_int_equal(count, 1);
	assert_str(values.vars, "{\"a\":1}");
	assert_str(values.contact, "{\"city\":\"Lyon\"}");
	assert_int_equal(values_of(id, STR_LIT("bob")), -ENOENT);
	for (unsigned i = 1; i <= TEMPLATE_VALUES_MAX; i++) {
		snprintf(name, sizeof name, "n%u", i);
		v.name = str_z(name);
		assert_int_equal(control_template_values_set(c, &v),
			i < TEMPLATE_VALUES_MAX ? 0 : -EINVAL);
	}
	v.name = STR_LIT("ann");
	assert_int_equal(control_template_values_remove(c, &v), 0);
	assert_int_equal(control_template_values_remove(c, &v), -ENOENT);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(DB_TEST(test_versions), DB_TEST(test_layout), DB_TEST(test_layout_bytes),
	DB_TEST(test_publish_layout), DB_TEST(test_holding), DB_TEST(test_names),
	DB_TEST(test_other_tenant), DB_TEST(test_limits), DB_TEST(test_room),
	DB_TEST(test_found), DB_TEST(test_values))
