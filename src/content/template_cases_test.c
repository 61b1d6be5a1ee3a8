/*
 * The cases of tests/corpus/templates/cases.json, gathered from the vendors' documentation,
 * samples and tests. "alt": other results that would be as good by the evidence.
 */
#include "content/template_scene.h"

static json_t *
load(void)
{
	const char *root = getenv("FACTEUR_SOURCE");
	char path[512];
	json_t *cases;

	snprintf(path, sizeof path, "%s/tests/corpus/templates/cases.json", root ? root : ".");
	cases = json_load_file(path, 0, NULL);
	assert_true(json_is_array(cases));
	return cases;
}

static enum template_dialect
dialect_of(const json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "lang"));

	if (str_eq_z(str_z(name), "mailjet"))
		return TEMPLATE_MAILJET;
	if (str_eq_z(str_z(name), "sendgrid"))
		return TEMPLATE_HANDLEBARS;
	assert_string_equal(name, "postmark");
	return TEMPLATE_MUSTACHIO;
}

/* White space runs as one blank, none at the ends. */
static void
squeeze(struct buf *dst, struct str s)
{
	bool gap = false;

	for (size_t i = 0; i < s.n; i++) {
		if (strchr(" \t\r\n", s.p[i])) {
			gap = dst->n > 0;
			continue;
		}
		if (gap)
			buf_put_c(dst, ' ');
		gap = false;
		buf_put_c(dst, s.p[i]);
	}
}

static void
test_cases(void **state)
{
	json_t *cases = load(), *item;
	size_t i;

	(void)state;
	assert_true(json_array_size(cases) >= 75);
	json_array_foreach(cases, i, item)
	{
		struct scene s;
		struct buf got, want;
		const json_t *out = json_object_get(item, "out");
		int rc;

		test_row = json_string_value(json_object_get(item, "id"));
		scene_begin(&s);
		s.data.vars = json_object_get(item, "vars");
		rc = scene_run(&s, dialect_of(item),
			str_z(json_string_value(json_object_get(item, "tpl"))));
		if (json_is_true(json_object_get(item, "err"))) {
			assert_int_not_equal(rc, 0);
			assert_true(s.error.line > 0 && s.error.column > 0 && s.error.why[0]);
			scene_end(&s);
			continue;
		}
		if (rc)
			fprintf(stderr, "%s\n", s.error.why);
		assert_int_equal(rc, 0);
		buf_init(&got, 10000);
		buf_init(&want, 10000);
		if (json_object_get(item, "norm")) {
			squeeze(&got, buf_str(&s.out));
			squeeze(&want, str_z(json_string_value(out)));
		} else {
			buf_put(&got, buf_str(&s.out));
			buf_put_z(&want, json_string_value(out));
		}
		assert_str_eq(buf_str(&got), buf_str(&want));
		buf_done(&got);
		buf_done(&want);
		scene_end(&s);
	}
	test_row = NULL;
	json_decref(cases);
}

TEST_MAIN(TEST(test_cases))
