#include "account/control_template.h"

#include "account/control_own.h"

#include "base/mem.h"

#include "account/control_scene.h"

#include <errno.h>

static uint32_t shop, other;

static int
up(void **unused)
{
	tables_up(unused);
	shop = account("shop");
	other = account("other");
	return 0;
}

static int64_t
add(const char *html)
{
	const struct control_template t = { .tenant = shop,
		.name = str_z(html),
		.texts = { [TEMPLATE_DIALECT] = STR_LIT("handlebars"),
			[TEMPLATE_BODY_HTML] = str_z(html) } };
	int64_t id = 0;

	assert_int_equal(control_template_add(c, &t, &id), 0);
	return id;
}

static void
set_html(int64_t id, const char *html)
{
	const struct control_template t = {
		.id = id, .tenant = shop, .texts = { [TEMPLATE_BODY_HTML] = str_z(html) }
	};

	assert_int_equal(control_template_set(c, &t), 0);
}

static int64_t
freeze(int64_t id)
{
	int64_t version = 0;

	assert_int_equal(control_template_freeze(c, shop, id, &version), 0);
	return version;
}

static int64_t
publish(int64_t id, int64_t version)
{
	int64_t got = 0;

	assert_int_equal(control_template_publish(c, shop, id, version, &got), 0);
	return got;
}

static int64_t
put(int64_t id, int64_t face, int64_t version, const char *name)
{
	const struct template_face f = { .tenant = shop,
		.template = id,
		.face = face,
		.version = version,
		.name = str_z(name),
		.extra = STR_LIT("{}") };
	int64_t got = 0;

	assert_int_equal(control_template_face_put(c, &f, &got), 0);
	return got;
}

/* "1 v2 One <html>; …" */
static char told[2000];

static int
tell(void *ctx, const struct template_face *f)
{
	size_t n = strlen(told);

	(void)ctx;
	snprintf(told + n, sizeof told - n, "%lld v%lld %.*s %.*s;", (long long)f->face,
		(long long)f->version, STR_ARG(f->name), STR_ARG(f->html));
	return 0;
}

static int
faces(uint32_t tenant, int64_t id, int64_t face)
{
	const struct template_face q = { .tenant = tenant, .template = id, .face = face };

	told[0] = '\0';
	return control_template_faces(c, &q, tell, NULL);
}

#define FACES(id, want)                                                                        \
	do {                                                                                   \
		assert_int_equal(faces(shop, id, 0), 0);                                       \
		assert_string_equal(told, want);                                               \
	} while (0)

/* A face keeps its number, the versions that it shows never change. */
static void
test_life(void **unused)
{
	int64_t id = add("one");

	(void)unused;
	FACES(id, "");
	assert_int_equal(freeze(id), 1);
	assert_int_equal(put(id, 0, 1, "One"), 1);
	/* A version of its own even when the texts are the same. */
	assert_int_equal(freeze(id), 2);
	assert_int_equal(put(id, 0, 2, "Two"), 2);
	FACES(id, "1 v1 One one;2 v2 Two one;");
	set_html(id, "zwei");
	assert_int_equal(put(id, 2, freeze(id), "Zwei"), 2);
	FACES(id, "1 v1 One one;2 v3 Zwei zwei;");
	assert_int_equal(faces(shop, id, 2), 0);
	assert_string_equal(told, "2 v3 Zwei zwei;");
	assert_int_equal(faces(shop, id, 3), -ENOENT);
	/* Published by its number, nothing else appears; the draft is what was frozen. */
	assert_int_equal(publish(id, 1), 1);
	FACES(id, "1 v1 One one;2 v3 Zwei zwei;");
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 3);
	/* Gone: the number is not given again. */
	assert_int_equal(
		control_template_face_remove(c,
			&(struct template_face){ .tenant = shop, .template = id, .face = 2 }),
		0);
	assert_int_equal(
		control_template_face_remove(c,
			&(struct template_face){ .tenant = shop, .template = id, .face = 2 }),
		-ENOENT);
	assert_int_equal(control_template_unpublish(c, shop, id), 0);
	FACES(id, "1 v1 One one;");
	assert_int_equal(put(id, 0, freeze(id), "Three"), 3);
	assert_int_equal(control_template_remove(c, shop, id), 0);
	assert_int_equal(faces(shop, id, 1), -ENOENT);
	assert_int_equal(control_template_unpublish(c, shop, id), -ENOENT);
}

/* What was published otherwise is a face with the number that its row will have. */
static void
test_published(void **unused)
{
	int64_t id = add("one");

	(void)unused;
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 1);
	FACES(id, "1 v1  one;");
	set_html(id, "two");
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 2);
	FACES(id, "1 v2  two;");
	/* Another one is put beside it: it stays, with its number. */
	set_html(id, "three");
	assert_int_equal(put(id, 0, freeze(id), "Three"), 2);
	FACES(id, "1 v2  two;2 v3 Three three;");
	assert_int_equal(publish(id, 3), 3);
	FACES(id, "1 v2  two;2 v3 Three three;");
	/* Changed by its number before it had a row. */
	set_html(id, "four");
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 4);
	FACES(id, "1 v2  two;2 v3 Three three;3 v4  four;");
	set_html(id, "five");
	assert_int_equal(put(id, 3, freeze(id), "Five"), 3);
	FACES(id, "1 v2  two;2 v3 Three three;3 v5 Five five;4 v4  four;");
}

static void
test_other_tenant(void **unused)
{
	int64_t id = add("one"), none = 7;
	struct template_face f = { .tenant = other,
		.template = id,
		.version = 1,
		.name = STR_LIT("x"),
		.extra = STR_NONE };

	(void)unused;
	put(id, 0, freeze(id), "One");
	assert_int_equal(faces(other, id, 0), 0);
	assert_string_equal(told, "");
	assert_int_equal(faces(other, id, 1), -ENOENT);
	assert_int_equal(control_template_face_put(c, &f, &none), -ENOENT);
	f.face = 1;
	assert_int_equal(control_template_face_put(c, &f, &none), -ENOENT);
	assert_int_equal(control_template_face_remove(c, &f), -ENOENT);
	assert_int_equal(control_template_freeze(c, other, id, &none), -ENOENT);
	assert_int_equal(control_template_unpublish(c, other, id), -ENOENT);
	assert_int_equal(control_template_extra_set(c, other, id, STR_LIT("{}")), -ENOENT);
	assert_int_equal(none, 7);
	FACES(id, "1 v1 One one;");
}

static int
take_count(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* Who makes and removes versions again and again leaves one row, and their numbers end. */
static void
test_gone(void **unused)
{
	int64_t id = add("one"), rows = 0, got = 0;
	struct template_face f = {
		.tenant = shop, .template = id, .name = STR_NONE, .extra = STR_NONE
	};

	(void)unused;
	f.version = freeze(id);
	for (int i = 1; i <= 5; i++) {
		f.face = 0;
		assert_int_equal(control_template_face_put(c, &f, &f.face), 0);
		assert_int_equal(f.face, i);
		assert_int_equal(control_template_face_remove(c, &f), 0);
	}
	assert_int_equal(store_run(c->store, "SELECT COUNT(*) FROM template_faces", take_count,
				 &rows, ""),
		0);
	assert_int_equal(rows, 1);
	assert_int_equal(
		store_run(c->store, "UPDATE template_faces SET face = 65534", NULL, NULL, ""),
		0);
	f.face = 0;
	assert_int_equal(control_template_face_put(c, &f, &got), 0);
	assert_int_equal(got, TEMPLATE_FACES_EVER);
	assert_int_equal(control_template_face_put(c, &f, &got), -EINVAL);
	assert_non_null(strstr(control_error(c), "make another template"));
	/* Published otherwise: it has no number left. */
	set_html(id, "two");
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 2);
	f.face = TEMPLATE_FACES_EVER;
	assert_int_equal(control_template_face_put(c, &f, &got), -EINVAL);
}

static int
keep_extra(void *ctx, const struct control_template *t)
{
	snprintf(ctx, 100, "%.*s %.*s", STR_ARG(t->extra),
		STR_ARG(t->texts[TEMPLATE_BODY_HTML]));
	return 0;
}

static void
test_limits(void **unused)
{
	char *big = mem_new(1, TEMPLATE_FACE_BYTES + 1), extra[100] = "";
	int64_t id = add("one"), version, got;
	struct template_face f = { .tenant = shop, .template = id, .name = STR_LIT("x") };
	struct template_query q = { .tenant = shop, .id = id };
	struct arena a;

	(void)unused;
	memset(big, 'x', TEMPLATE_FACE_BYTES + 1);
	f.version = version = freeze(id);
	f.extra = str_of(big, TEMPLATE_FACE_BYTES);
	assert_int_equal(control_template_face_put(c, &f, &got), -EINVAL);
	f.extra.n--;
	assert_int_equal(control_template_face_put(c, &f, &got), 0);
	for (unsigned i = 1; i <= TEMPLATE_FACES_MAX; i++) {
		f = (struct template_face){ .tenant = shop,
			.template = id,
			.version = version,
			.name = STR_NONE,
			.extra = STR_NONE };
		assert_int_equal(control_template_face_put(c, &f, &got),
			i < TEMPLATE_FACES_MAX ? 0 : -EINVAL);
	}
	assert_int_equal(
		control_template_extra_set(c, shop, id, str_of(big, TEMPLATE_EXTRA_BYTES + 1)),
		-EINVAL);
	assert_int_equal(control_template_extra_set(c, shop, id, STR_LIT("{\"a\":1}")), 0);
	set_html(id, "two");
	arena_init(&a, 1u << 20);
	assert_int_equal(control_template_each(c, &a, &q, keep_extra, extra), 0);
	assert_string_equal(extra, "{\"a\":1} two");
	arena_done(&a);
	mem_free(big);
}

static int
count_version(void *ctx, const struct control_template *t)
{
	int64_t *oldest = ctx;

	oldest[0]++;
	oldest[1] = t->version;
	return 0;
}

/* Of old versions those stay that somebody may ask for; more than the most can be made. */
static void
test_prune(void **unused)
{
	int64_t id = add("one"), seen[2] = { 0, 0 }, none = 0;
	const struct template_query q = { .tenant = shop, .id = id };
	struct arena a;

	(void)unused;
	put(id, 0, freeze(id), "One");
	assert_int_equal(freeze(id), 2);
	assert_int_equal(publish(id, 2), 2);
	for (int i = 3; i <= 40; i++)
		assert_int_equal(freeze(id), i);
	assert_int_equal(control_template_prune(c, other, id), 0);
	arena_init(&a, 1u << 20);
	assert_int_equal(control_template_versions(c, &a, &q, count_version, seen), 0);
	assert_int_equal(seen[0], 40);
	seen[0] = 0;
	assert_int_equal(control_template_prune(c, shop, id), 0);
	assert_int_equal(control_template_versions(c, &a, &q, count_version, seen), 0);
	assert_int_equal(seen[0], TEMPLATE_VERSIONS_KEPT + 2);
	assert_int_equal(seen[1], 1);
	arena_done(&a);
	assert_int_equal(publish(id, 1), 1);
	assert_int_equal(publish(id, 21), 21);
	assert_int_equal(control_template_publish(c, shop, id, 20, &none), -ENOENT);
	assert_int_equal(publish(id, TEMPLATE_DRAFT), 40);
	FACES(id, "1 v1 One one;2 v40  one;");
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, tables_down)
TEST_MAIN(DB_TEST(test_life), DB_TEST(test_published), DB_TEST(test_other_tenant),
	DB_TEST(test_limits), DB_TEST(test_gone), DB_TEST(test_prune))
