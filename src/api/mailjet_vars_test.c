#include "api/mailjet_vars.h"

#include "base/test.h"

static void
test_expand(void **state)
{
	static const struct {
		const char *name, *own, *all, *text, *want;
	} table[] = {
		{ "nothing", "{}", "{}", "plain [[x]] {{var:a}}", "plain [[x]] {{var:a}}" },
		{ "a variable", "{\"a\":\"A\"}", "{}", "[[var:a]] b", "A b" },
		{ "own first", "{\"a\":\"1\"}", "{\"a\":\"2\",\"b\":\"3\"}",
			"[[var:a]][[var:b]]", "13" },
		{ "default", "{}", "{}", "<[[var:a:\"d: x\"]][[ var : b : \"e\" ]]>",
			"<d: xe>" },
		{ "value before default", "{\"a\":\"A\"}", "{}", "[[var:a:\"d\"]]", "A" },
		{ "no value", "{}", "{}", "<[[var:a]]>", "<>" },
		{ "contact", "{\"a\":\"A\"}", "{}", "[[data:a:\"friend\"]][[data:a]]",
			"friend" },
		{ "types", "{\"n\":12,\"t\":true,\"z\":null,\"o\":{\"p\":\"q\"}}", "{}",
			"[[var:n]],[[var:t]],[[var:z]],[[var:o]],[[var:o.p]]", "12,true,,,q" },
		{ "not looked into again", "{\"a\":\"[[var:b]]\",\"b\":\"B\"}", "{}",
			"[[var:a]]", "[[var:b]]" },
		{ "no tags", "{}", "{}", "[[var:a:b]] [[var:]] [[var:a] [[var",
			"[[var:a:b]] "
			"[[var:]] [[var:a] "
			"[[var" },
		{ "brackets before", "{\"a\":\"A\"}", "{}", "[[[var:a]]", "[A" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct mailjet_vars v = { json_loads(row->own, 0, NULL),
			json_loads(row->all, 0, NULL) };
		struct arena a;

		arena_init(&a, 1u << 16);
		assert_str(mailjet_vars_expand(&a, str_z(row->text), &v, 1000), row->want);
		json_decref((json_t *)(uintptr_t)v.own);
		json_decref((json_t *)(uintptr_t)v.all);
		arena_done(&a);
	}
}

static void
test_limits(void **state)
{
	struct mailjet_vars v = { json_pack("{s:s}", "a", "12345678"), NULL };
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 16);
	assert_str(mailjet_vars_expand(&a, STR_LIT("[[var:a]]"), &v, 8), "12345678");
	assert_null(mailjet_vars_expand(&a, STR_LIT("[[var:a]]"), &v, 7).p);
	json_decref((json_t *)(uintptr_t)v.own);
	arena_done(&a);
}

TEST_MAIN(TEST(test_expand), TEST(test_limits))
