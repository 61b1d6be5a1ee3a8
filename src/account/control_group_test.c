#include "account/control.h"

#include "account/directory.h"

#include "account/control_scene.h"

#include <errno.h>

static int
up(void **unused)
{
	tables_up(unused);
	account("shop");
	account("club");
	return 0;
}

/* Its number, or the error. */
static long
add(const char *account, const char *name, enum control_group_default is)
{
	const struct control_group g = {
		.account = str_z(account), .name = str_z(name), .is_default = is
	};
	json_t *j = NULL;
	int err = control_group_add(c, &g, &j);
	long number = err ? err : (long)json_integer_value(json_object_get(j, "group"));

	json_decref(j);
	return number;
}

static int
set(struct control_group g)
{
	json_t *j = NULL;
	int err = control_group_set(c, &g, &j);

	json_decref(j);
	return err;
}

/* "name/description/default" of what is found; the error as a number. */
static const char *
found(const char *account, const char *group)
{
	static char text[400];
	json_t *j = NULL;
	int err = control_group_show(c, str_z(account), str_z(group), &j);

	if (err)
		snprintf(text, sizeof text, "%d", err);
	else
		snprintf(text, sizeof text, "%d %s/%s/%s",
			(int)json_integer_value(json_object_get(j, "group")),
			json_string_value(json_object_get(j, "name")),
			json_string_value(json_object_get(j, "description")),
			json_is_true(json_object_get(j, "default")) ? "yes" : "no");
	json_decref(j);
	return text;
}

static size_t
count(const char *account)
{
	json_t *j = NULL;
	size_t n;

	assert_int_equal(control_group_list(c, str_z(account), &j), 0);
	n = json_array_size(j);
	json_decref(j);
	return n;
}

static void
test_all(void **unused)
{
	char not_there[20];

	(void)unused;
	snprintf(not_there, sizeof not_there, "%d", -ENOENT);
	assert_int_equal(add("shop", "News", CONTROL_GROUP_AS_IT_WAS), 1);
	assert_int_equal(add("club", "News", CONTROL_GROUP_DEFAULT), 2);
	assert_int_equal(add("shop", "News", CONTROL_GROUP_AS_IT_WAS), -EEXIST);
	assert_int_equal(add("shop", "2", CONTROL_GROUP_DEFAULT), 3);
	assert_int_equal(add("nobody", "x", CONTROL_GROUP_AS_IT_WAS), -ENOENT);
	assert_string_equal(found("shop", "1"), "1 News//no");
	assert_string_equal(found("shop", "News"), "1 News//no");
	/* Number 2 is another account's: here it is a name. */
	assert_string_equal(found("shop", "2"), "3 2//yes");
	assert_string_equal(found("club", "1"), not_there);
	assert_string_equal(found("club", "News"), "2 News//yes");
	assert_int_equal(count("shop"), 2);
	assert_int_equal(set((struct control_group){ .account = STR_LIT("shop"),
				 .group = STR_LIT("1"),
				 .description = STR_LIT("Once a month"),
				 .is_default = CONTROL_GROUP_DEFAULT }),
		0);
	assert_string_equal(found("shop", "1"), "1 News/Once a month/yes");
	assert_string_equal(found("shop", "3"), "3 2//no");
	assert_string_equal(found("club", "2"), "2 News//yes");
	assert_int_equal(set((struct control_group){ .account = STR_LIT("shop"),
				 .group = STR_LIT("3"),
				 .name = STR_LIT("News") }),
		-EEXIST);
	assert_int_equal(set((struct control_group){ .account = STR_LIT("shop"),
				 .group = STR_LIT("News"),
				 .name = STR_LIT("Lettre"),
				 .is_default = CONTROL_GROUP_NOT }),
		0);
	assert_string_equal(found("shop", "1"), "1 Lettre/Once a month/no");
	assert_int_equal(set((struct control_group){ .account = STR_LIT("club"),
				 .group = STR_LIT("1"),
				 .name = STR_LIT("Ours") }),
		-ENOENT);
}

static void
test_texts(void **unused)
{
	static const struct {
		const char *name, *group, *description;
		int want;
	} table[] = {
		{ "letters", "Été 🎁", "À propos", 0 },
		{ "no name", "", "x", -EINVAL },
		{ "two lines", "a\nb", "", -EINVAL },
		{ "a description of two lines", "ab", "a\r\nb", -EINVAL },
		{ "delete", "a\x7f", "", -EINVAL },
	};
	char tall[4 * 101 + 1] = "";

	(void)unused;
	TEST_EACH(row, table)
	{
		const struct control_group g = { .account = STR_LIT("shop"),
			.name = str_z(row->group),
			.description = str_z(row->description) };
		json_t *j = NULL;

		assert_int_equal(control_group_add(c, &g, &j), row->want);
		json_decref(j);
	}
	/* Characters, not bytes. */
	for (size_t i = 0; i < 100; i++)
		memcpy(tall + 2 * i, "\xc3\xa9", 3);
	assert_true(add("shop", tall, CONTROL_GROUP_AS_IT_WAS) > 0);
	memcpy(tall + 200, "x", 2);
	assert_int_equal(add("shop", tall, CONTROL_GROUP_AS_IT_WAS), -EINVAL);
}

/* A number that links of old mail name is nobody else's; the engine knows only what is there.
 */
static void
test_removed(void **unused)
{
	struct directory *d;
	json_t *j;

	(void)unused;
	assert_int_equal(add("shop", "News", CONTROL_GROUP_DEFAULT), 1);
	assert_int_equal(add("club", "News", CONTROL_GROUP_AS_IT_WAS), 2);
	assert_int_equal(control_group_remove(c, STR_LIT("club"), STR_LIT("1"), &j), -ENOENT);
	assert_int_equal(control_group_remove(c, STR_LIT("club"), STR_LIT("2"), &j), 0);
	assert_int_equal(json_integer_value(json_object_get(j, "group")), 2);
	json_decref(j);
	assert_int_equal(control_group_remove(c, STR_LIT("club"), STR_LIT("2"), &j), -ENOENT);
	assert_int_equal(count("club"), 0);
	assert_int_equal(add("club", "News", CONTROL_GROUP_AS_IT_WAS), 3);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_true(directory_group(d, 1, 1));
	assert_false(directory_group(d, 2, 1));
	assert_false(directory_group(d, 2, 2));
	assert_true(directory_group(d, 2, 3));
	assert_false(directory_group(d, 1, 0));
	assert_false(directory_group(d, 1, 4711));
	directory_free(&d);
}

static void
test_many(void **unused)
{
	char name[20];

	(void)unused;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "g%d", i);
		assert_int_equal(add("shop", name, CONTROL_GROUP_AS_IT_WAS), i + 1);
	}
	assert_int_equal(add("shop", "one more", CONTROL_GROUP_AS_IT_WAS), -EINVAL);
	assert_true(add("club", "one more", CONTROL_GROUP_AS_IT_WAS) > 0);
}

#define GROUP_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, tables_down)
TEST_MAIN(GROUP_TEST(test_all), GROUP_TEST(test_texts), GROUP_TEST(test_removed),
	GROUP_TEST(test_many))
