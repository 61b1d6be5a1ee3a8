#include "account/control_stream.h"

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

static int
add(const char *account, const char *stream, enum stream_kind kind)
{
	const struct control_stream s = {
		.account = str_z(account), .stream = str_z(stream), .kind = kind
	};
	json_t *j = NULL;
	int err = control_stream_add(c, &s, &j);

	json_decref(j);
	return err;
}

/* "name/description/kind/unsubscribe/archived?" of what is there; the error as a number. */
static const char *
found(const char *account, const char *stream)
{
	static char text[400];
	json_t *j = NULL;
	int err = control_stream_show(c, str_z(account), str_z(stream), &j);

	if (err)
		snprintf(text, sizeof text, "%d", err);
	else
		snprintf(text, sizeof text, "%s/%s/%s/%s%s%s",
			json_string_value(json_object_get(j, "name")),
			json_string_value(json_object_get(j, "description")),
			json_string_value(json_object_get(j, "kind")),
			json_is_true(json_object_get(j, "unsubscribe")) ? "yes" : "no",
			json_is_null(json_object_get(j, "updated")) ? "" : "/updated",
			json_is_null(json_object_get(j, "archived")) ? "" : "/archived");
	json_decref(j);
	return text;
}

static size_t
count(const char *account, bool archived_too)
{
	json_t *j = NULL;
	size_t n;

	assert_int_equal(control_stream_list(c, str_z(account), archived_too, &j), 0);
	n = json_array_size(j);
	json_decref(j);
	return n;
}

static int
archive(const char *account, const char *stream, bool is)
{
	json_t *j = NULL;
	int err = control_stream_archive(c, str_z(account), str_z(stream), is, &j);

	json_decref(j);
	return err;
}

static void
test_names(void **unused)
{
	static const struct {
		const char *name, *stream;
		int err;
	} table[] = {
		{ "one", "news", 0 },
		{ "again", "news", -EEXIST },
		{ "all letters", "a-z_09", 0 },
		{ "30", "abcdefghijklmnopqrstuvwxyz0123", 0 },
		{ "31", "abcdefghijklmnopqrstuvwxyz01234", -EINVAL },
		{ "none", "", -EINVAL },
		{ "capitals", "News", -EINVAL },
		{ "a dot", "a.b", -EINVAL },
		{ "not ASCII", "\xc3\xa9t\xc3\xa9", -EINVAL },
		{ "a kind", "broadcast", -EINVAL },
		{ "Postmark's", "outbound", -EINVAL },
		{ "all", "all", -EINVAL },
	};

	(void)unused;
	TEST_EACH(row, table)
	assert_int_equal(add("shop", row->stream, STREAM_BROADCAST), row->err);
	assert_int_equal(add("club", "news", STREAM_TRANSACTIONAL), 0);
	assert_int_equal(add("nobody", "news", STREAM_TRANSACTIONAL), -ENOENT);
	assert_int_equal(add("shop", "in", STREAM_INBOUND), -EINVAL);
}

static void
test_changes(void **unused)
{
	static const struct {
		const char *name;
		struct control_stream s;
		int err;
		const char *want; /* what is there then */
	} table[] = {
		{ "a name", { .stream = STR_LIT("news"), .name = STR_LIT("News") }, 0,
			"News//broadcast/yes/updated" },
		{ "the rest",
			{ .stream = STR_LIT("news"),
				.description = STR_LIT("Monthly"),
				.unsubscribe = CONTROL_STREAM_NOT },
			0, "News/Monthly/broadcast/no/updated" },
		{ "an empty name", { .stream = STR_LIT("news"), .name = STR_LIT("") }, 0,
			"news/Monthly/broadcast/no/updated" },
		{ "two lines", { .stream = STR_LIT("news"), .name = STR_LIT("a\nb") }, -EINVAL,
			"news/Monthly/broadcast/no/updated" },
		{ "a transactional one",
			{ .stream = STR_LIT("bills"),
				.unsubscribe = CONTROL_STREAM_UNSUBSCRIBES },
			-EINVAL, "bills//transactional/no" },
		{ "none", { .stream = STR_LIT("nothing"), .name = STR_LIT("x") }, -ENOENT,
			NULL },
		{ "another's", { .stream = STR_LIT("theirs"), .name = STR_LIT("x") }, -ENOENT,
			NULL },
	};

	(void)unused;
	assert_int_equal(add("shop", "news", STREAM_BROADCAST), 0);
	assert_int_equal(add("shop", "bills", STREAM_TRANSACTIONAL), 0);
	assert_int_equal(add("club", "theirs", STREAM_BROADCAST), 0);
	TEST_EACH(row, table)
	{
		struct control_stream s = row->s;
		json_t *j = NULL;

		s.account = STR_LIT("shop");
		assert_int_equal(control_stream_set(c, &s, &j), row->err);
		json_decref(j);
		if (row->want)
			assert_string_equal(found("shop", s.stream.p), row->want);
	}
	assert_string_equal(found("club", "theirs"), "theirs//broadcast/yes");
}

static void
test_archived(void **unused)
{
	struct directory *d = NULL;
	const struct dir_stream *s;
	size_t n;

	(void)unused;
	assert_int_equal(add("shop", "news", STREAM_BROADCAST), 0);
	assert_int_equal(add("club", "theirs", STREAM_TRANSACTIONAL), 0);
	assert_int_equal(archive("club", "news", true), -ENOENT);
	for (int time = 0; time < 2; time++) {
		assert_int_equal(archive("shop", "news", true), 0);
		assert_string_equal(found("shop", "news"), "news//broadcast/yes/archived");
	}
	assert_int_equal(count("shop", false), 0);
	assert_int_equal(count("shop", true), 1);
	assert_int_equal(add("shop", "news", STREAM_BROADCAST), -EEXIST);
	/* As the engine sees it. */
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	s = directory_streams(d, &n);
	assert_int_equal(n, 2);
	assert_int_equal(s[0].number, MSG_STREAM_NUMBERS + 1);
	assert_int_equal(
		s[0].how, MSG_STREAM_BROADCAST | MSG_STREAM_ARCHIVED | MSG_STREAM_UNSUBSCRIBE);
	assert_str(s[0].name, "news");
	assert_int_equal(s[1].how, 0);
	assert_ptr_equal(directory_stream(d, s[1].tenant, s[1].number), &s[1]);
	assert_null(directory_stream(d, s[0].tenant, s[1].number));
	assert_null(directory_stream(d, s[0].tenant, MSG_STREAM_NUMBERS));
	assert_null(directory_stream(d, s[0].tenant, MSG_STREAM_NUMBERS + 3));
	assert_true(directory_group(d, s[0].tenant, s[0].number));
	assert_int_equal(control_stream_numbered(c, STR_LIT("shop"), s[0].number), 0);
	assert_int_equal(control_stream_numbered(c, STR_LIT("shop"), s[1].number), -ENOENT);
	assert_int_equal(control_stream_has(c, s[1].tenant, STR_LIT("theirs")), 0);
	assert_int_equal(control_stream_has(c, s[1].tenant, STR_LIT("news")), -ENOENT);
	directory_free(&d);
	assert_int_equal(archive("shop", "news", false), 0);
	assert_string_equal(found("shop", "news"), "news//broadcast/yes");
}

static void
test_many(void **unused)
{
	char name[20];

	(void)unused;
	for (unsigned i = 0; i < CONTROL_STREAMS_MAX; i++) {
		snprintf(name, sizeof name, "s%u", i);
		assert_int_equal(add("shop", name, STREAM_BROADCAST), 0);
	}
	assert_int_equal(archive("shop", "s0", true), 0);
	assert_int_equal(add("shop", "more", STREAM_BROADCAST), -ENOSPC);
	assert_non_null(strstr(control_error(c), "at most 100 streams"));
	assert_int_equal(add("club", "more", STREAM_BROADCAST), 0);
}

#define STREAM_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, tables_down)
TEST_MAIN(STREAM_TEST(test_names), STREAM_TEST(test_changes), STREAM_TEST(test_archived),
	STREAM_TEST(test_many))
