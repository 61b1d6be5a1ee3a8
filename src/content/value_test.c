#include "content/value.h"

#include "base/test.h"

static struct value
of(const char *json)
{
	/* The values of a test live as long as it does. */
	static json_t *kept[64];
	static size_t n;
	json_t *root = json_loads(json, JSON_DECODE_ANY, NULL);

	assert_non_null(root);
	n = n + 1 < TEST_COUNT(kept) ? n + 1 : 0;
	json_decref(kept[n]);
	kept[n] = root;
	return value_json(root);
}

static void
test_print(void **state)
{
	static const struct {
		const char *name, *json, *want;
	} table[] = {
		{ "null", "null", "" },
		{ "true", "true", "true" },
		{ "false", "false", "false" },
		{ "int", "-9223372036854775808", "-9223372036854775808" },
		{ "float", "0.1", "0.1" },
		{ "whole float", "3.0", "3" },
		{ "negative zero", "-0.0", "0" },
		{ "large", "1e21", "1e+21" },
		{ "nearly large", "123456789012345680000.0", "123456789012345680000" },
		{ "small", "0.000001", "0.000001" },
		{ "smaller", "0.00000012", "1.2e-7" },
		{ "least", "5e-324", "5e-324" },
		{ "most", "1.7976931348623157e308", "1.7976931348623157e+308" },
		{ "text", "\"a\\u00e9\"", "a\xc3\xa9" },
		{ "list", "[1,[true,null],\"x\",{}]", "1,true,,x,[object Object]" },
		{ "object", "{\"a\":1}", "[object Object]" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	TEST_EACH(row, table)
	{
		struct value v = of(row->json);

		buf_clear(&b);
		assert_int_equal(value_print(&b, &v), 0);
		assert_str(buf_str(&b), row->want);
	}
	buf_done(&b);
}

static void
test_truth(void **state)
{
	static const struct {
		const char *name, *json;
		bool want, object;
	} table[] = {
		{ "null", "null", false, false },
		{ "false", "false", false, false },
		{ "zero", "0", false, false },
		{ "float zero", "0.0", false, false },
		{ "empty", "\"\"", false, false },
		{ "empty list", "[]", false, false },
		{ "empty object", "{}", false, true },
		{ "true", "true", true, true },
		{ "number", "-1", true, true },
		{ "text", "\"false\"", true, true },
		{ "list", "[0]", true, true },
		{ "object", "{\"a\":null}", true, true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct value v = of(row->json);

		assert_int_equal(value_true(&v, false), row->want);
		assert_int_equal(value_true(&v, true), row->object);
	}
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *name, *json;
		double want; /* -999: none */
	} table[] = {
		{ "int", "\"12\"", 12 },
		{ "blanks", "\" -1.5\\n\"", -1.5 },
		{ "plus", "\"+2\"", 2 },
		{ "exponent", "\"2e3\"", 2000 },
		{ "point first", "\".5\"", 0.5 },
		{ "point last", "\"5.\"", 5 },
		{ "large", "\"9223372036854775808\"", 9223372036854775808.0 },
		{ "true", "true", 1 },
		{ "empty", "\"\"", -999 },
		{ "point alone", "\".\"", -999 },
		{ "sign alone", "\"-\"", -999 },
		{ "no exponent", "\"1e\"", -999 },
		{ "hexadecimal", "\"0x10\"", -999 },
		{ "infinite", "\"inf\"", -999 },
		{ "not a number", "\"nan\"", -999 },
		{ "too large", "\"1e999\"", -999 },
		{ "two", "\"1 2\"", -999 },
		{ "null", "null", -999 },
		{ "list", "[1]", -999 },
		{ "longer than a number",
			"\"00000000000000000000000000000000000000000000000000000000000000001\"",
			-999 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct value v = of(row->json), n = value_none();
		int rc = value_number(&v, &n);

		assert_int_equal(rc != 0, row->want < -998);
		if (!rc)
			assert_true(value_real(&n) == row->want);
	}
}

static void
test_equal(void **state)
{
	static const struct {
		const char *name, *a, *b;
		bool want;
	} table[] = {
		{ "ints", "1", "1", true },
		{ "int and float", "1", "1.0", true },
		{ "int and text", "3", "\"3\"", true },
		{ "int and other text", "3", "\"3a\"", false },
		{ "texts", "\"a\"", "\"a\"", true },
		{ "texts that are numbers", "\"1\"", "\"1.0\"", false },
		{ "true and 1", "true", "1", true },
		{ "true and its name", "true", "\"true\"", true },
		{ "false and its name", "false", "\"false\"", true },
		{ "true and false's name", "true", "\"false\"", false },
		{ "null and null", "null", "null", true },
		{ "null and empty", "null", "\"\"", false },
		{ "null and zero", "null", "0", false },
		{ "lists", "[1]", "[1]", false },
		{ "list and text", "[1]", "\"1\"", false },
		{ "large ints", "9007199254740993", "9007199254740992", false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct value a = of(row->a), b = of(row->b);

		assert_int_equal(value_equal(&a, &b), row->want);
		assert_int_equal(value_equal(&b, &a), row->want);
	}
}

static void
test_order(void **state)
{
	static const struct {
		const char *name, *a, *b;
		int want; /* 9: none */
	} table[] = {
		{ "ints", "1", "2", -1 },
		{ "number and text", "10", "\"9\"", 1 },
		{ "texts", "\"10\"", "\"9\"", -1 },
		{ "booleans", "false", "true", -1 },
		{ "equal", "1.0", "1", 0 },
		{ "text and no number", "1", "\"a\"", 9 },
		{ "null", "null", "1", 9 },
		{ "lists", "[1]", "[1]", 9 },
	};
	struct value date = value_date(0), text = value_text(STR_LIT("1970-01-02")),
		     number = value_int(1);
	int order;

	(void)state;
	TEST_EACH(row, table)
	{
		struct value a = of(row->a), b = of(row->b);
		int rc = value_order(&a, &b, &order);

		assert_int_equal(rc != 0, row->want == 9);
		if (!rc)
			assert_int_equal((order > 0) - (order < 0), row->want);
	}
	assert_int_equal(value_order(&date, &text, &order), 0);
	assert_true(order < 0);
	assert_int_equal(value_order(&text, &date, &order), 0);
	assert_true(order > 0);
	assert_int_not_equal(value_order(&date, &number, &order), 0);
	text = value_text(STR_LIT("soon"));
	assert_int_not_equal(value_order(&date, &text, &order), 0);
}

static void
test_parts(void **state)
{
	struct value v = of("{\"b\":1,\"a\":[7,8],\"\":2}"), list, item;

	(void)state;
	assert_int_equal(value_count(&v), 3);
	list = value_member(&v, STR_LIT("a"));
	assert_int_equal(list.kind, VALUE_LIST);
	assert_int_equal(value_count(&list), 2);
	item = value_item(&list, 1);
	assert_int_equal(item.whole, 8);
	item = value_member(&list, STR_LIT("1"));
	assert_int_equal(item.whole, 8);
	item = value_member(&list, STR_LIT("2"));
	assert_int_equal(item.kind, VALUE_NONE);
	item = value_member(&list, STR_LIT("x"));
	assert_int_equal(item.kind, VALUE_NONE);
	item = value_member(&v, STR_NONE);
	assert_int_equal(item.whole, 2);
	item = value_member(&item, STR_LIT("a"));
	assert_int_equal(item.kind, VALUE_NONE);
	assert_int_not_equal(value_float(1.0 / 0.0, &item), 0);
}

static void
test_weight(void **state)
{
	static const struct {
		const char *name, *json;
		size_t weight;
	} table[] = {
		{ "one", "[7]", 1 },
		{ "empty", "[]", 0 },
		{ "flat", "[1,null,\"x\",{\"a\":[1,2]}]", 4 },
		{ "nested", "[[],[[1],2],[]]", 6 },
	};
	struct value v;

	(void)state;
	TEST_EACH(row, table)
	{
		v = of(row->json);
		assert_int_equal(value_weight(&v, 100), row->weight);
	}
	v = of("[[[1,2,3]],[4],[5]]");
	assert_int_equal(value_weight(&v, 100), 9);
	assert_in_range(value_weight(&v, 4), 5, 8);
	v = value_int(7);
	assert_int_equal(value_weight(&v, 100), 0);
}

TEST_MAIN(TEST(test_print), TEST(test_truth), TEST(test_numbers), TEST(test_equal),
	TEST(test_order), TEST(test_parts), TEST(test_weight))
