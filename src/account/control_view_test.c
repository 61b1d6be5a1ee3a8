#include "account/control_view.h"

#include "account/control_own.h"
#include "account/control_scene.h"
#include "account/control_user.h"

#include <errno.h>

static int64_t
person(uint32_t tenant, const char *email)
{
	const struct control_user_text t = { .email = str_z(email),
		.role = str_z(tenant ? "viewer" : "operator"),
		.enabled = -1 };
	struct control_user u;
	json_t *j = NULL;

	assert_int_equal(control_user_add(c, tenant, &t, &j), 0);
	json_decref(j);
	assert_int_equal(control_user_find(c, str_z(email), &u), 0);
	return u.id;
}

static void
views_are(uint32_t tenant, int64_t user, const char *want)
{
	json_t *list = NULL;
	char *text;

	assert_int_equal(control_views(c, tenant, user, &list), 0);
	text = json_dumps(list, JSON_COMPACT);
	assert_string_equal(text, want);
	free(text); /* jansson's own allocation */
	json_decref(list);
}

static int
set(uint32_t tenant, int64_t user, const char *name, const char *query)
{
	const struct control_view v = { str_z(name), str_z(query) };

	return control_views_set(c, tenant, user, &v, 1);
}

/* Each has his own, in his order; who goes takes them along. */
static void
test_whose(void **state)
{
	static const struct control_view two[] = {
		{ STR_LIT("Boîte \"b\""), STR_LIT("status=bounced&to=%C3%A9") },
		{ STR_LIT("All"), STR_LIT("") },
	};
	int64_t ann = person(1, "ann@shop.test"), bob = person(2, "bob@other.test"),
		op = person(0, "op@service.test");
	uint64_t version = control_version(c);

	(void)state;
	views_are(1, ann, "[]");
	assert_int_equal(control_views_set(c, 1, ann, two, 2), 0);
	assert_int_equal(set(2, bob, "Mine", "x=1"), 0);
	assert_int_equal(set(0, op, "Held", "status=held"), 0);
	views_are(1, ann,
		"[{\"name\":\"Boîte \\\"b\\\"\",\"query\":\"status=bounced&to=%C3%A9\"},"
		"{\"name\":\"All\",\"query\":\"\"}]");
	views_are(2, bob, "[{\"name\":\"Mine\",\"query\":\"x=1\"}]");
	views_are(0, op, "[{\"name\":\"Held\",\"query\":\"status=held\"}]");
	/* Not under another account. */
	views_are(2, ann, "[]");
	assert_int_equal(set(2, ann, "x", ""), -ENOENT);
	assert_int_equal(set(1, ann, "Only", "a=b"), 0);
	views_are(1, ann, "[{\"name\":\"Only\",\"query\":\"a=b\"}]");
	assert_int_equal(control_views_set(c, 1, ann, NULL, 0), 0);
	views_are(1, ann, "[]");
	/* Nobody else's picture of the tables changes. */
	assert_int_equal(control_version(c), version);
	assert_int_equal(control_user_remove(c, bob), 0);
	views_are(2, bob, "[]");
	assert_int_equal(set(2, bob, "x", ""), -ENOENT);
}

/* What cannot be kept leaves all as it was. */
static void
test_bounds(void **state)
{
	static const struct {
		const char *name, *view;
		size_t query;
		const char *byte;
		int want;
	} table[] = {
		{ "no name", "", 1, "a", -EINVAL },
		{ "64 characters",
			"éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé", 1,
			"a", 0 },
		{ "65", "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé.", 1,
			"a", -EINVAL },
		{ "two lines", "a\nb", 1, "a", -EINVAL },
		{ "a long query", "x", VIEW_QUERY_BYTES, "a", 0 },
		{ "too long a one", "x", VIEW_QUERY_BYTES + 1, "a", -EINVAL },
		{ "a space", "x", 1, " ", -EINVAL },
		{ "no ASCII", "x", 1, "\xff", -EINVAL },
	};
	struct control_view many[VIEW_PER_USER + 1];
	char names[VIEW_PER_USER + 1][8], query[VIEW_QUERY_BYTES + 2];
	int64_t ann = person(1, "ann@shop.test");

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(set(1, ann, "Before", ""), 0);
		memset(query, row->byte[0], row->query);
		query[row->query] = '\0';
		assert_int_equal(set(1, ann, row->view, query), row->want);
		if (row->want)
			views_are(1, ann, "[{\"name\":\"Before\",\"query\":\"\"}]");
	}
	for (size_t i = 0; i <= VIEW_PER_USER; i++) {
		snprintf(names[i], sizeof names[i], "v%zu", i);
		many[i] = (struct control_view){ str_z(names[i]), STR_LIT("") };
	}
	assert_int_equal(control_views_set(c, 1, ann, many, VIEW_PER_USER + 1), -EINVAL);
	assert_int_equal(control_views_set(c, 1, ann, many, VIEW_PER_USER), 0);
	many[7].name = many[3].name;
	assert_int_equal(control_views_set(c, 1, ann, many, 8), -EINVAL);
	assert_non_null(strstr(control_error(c), "\"v3\""));
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_whose, two_accounts, tables_down),
	cmocka_unit_test_setup_teardown(test_bounds, two_accounts, tables_down))
