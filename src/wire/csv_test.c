#include "wire/csv.h"

#include "base/test.h"

#include <errno.h>

static void
test_fields(void **state)
{
	/* Fields of a line, each in brackets. */
	static const struct {
		const char *name, *line, *want;
	} table[] = {
		{ "one", "a@b", "[a@b]" },
		{ "empty", "", "[]" },
		{ "two", "a@b,all", "[a@b][all]" },
		{ "spaces", " a@b ,\tall ", "[a@b][all]" },
		{ "empty ones", ",,", "[][][]" },
		{ "quotes", "\"a,b\",c", "[a,b][c]" },
		{ "doubled quotes", "\"say \"\"no\"\"\" ,x", "[say \"no\"][x]" },
		{ "empty quotes", "\"\"", "[]" },
		{ "spaces in quotes", "\" a \"", "[ a ]" },
		{ "last is empty", "\"a\",", "[a][]" },
		{ "a quote within", "a\"b,c", "[a\"b][c]" },
		{ "no end", "a,\"b", "[a]invalid" },
		{ "text behind", "\"a\"b", "invalid" },
		{ "too long", "\"0123456789012345678901234567890123\"", "long" },
	};
	char got[200];
	struct buf b;

	(void)state;
	buf_init(&b, 32);
	TEST_EACH(row, table)
	{
		struct str rest = str_z(row->line), field;
		size_t n = 0;
		int err = 0;

		got[0] = '\0';
		while (rest.p && (err = csv_field(&rest, &b, &field)) == 0)
			n += (size_t)snprintf(
				got + n, sizeof got - n, "[%.*s]", STR_ARG(field));
		snprintf(got + n, sizeof got - n, "%s",
			err == -EINVAL  ? "invalid"
			: err == -E2BIG ? "long"
					: "");
		assert_string_equal(got, row->want);
		buf_clear(&b);
		b.full = false;
	}
	buf_done(&b);
}

static void
test_put(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "plain", "a@b", "x,a@b" },
		{ "empty", "", "x," },
		{ "comma", "a,b", "x,\"a,b\"" },
		{ "quote", "say \"no\"", "x,\"say \"\"no\"\"\"" },
		{ "line break", "a\r\nb", "x,\"a  b\"" },
		{ "space", " a", "x,\" a\"" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	TEST_EACH(row, table)
	{
		buf_clear(&b);
		assert_int_equal(csv_put(&b, STR_LIT("x"), true), 0);
		assert_int_equal(csv_put(&b, str_z(row->in), false), 0);
		assert_str(buf_str(&b), row->want);
	}
	buf_done(&b);
}

/* What a programme for tables would reckon with is a text; read again, it is what it was. */
static void
test_put_text(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "plain", "asked by phone", "asked by phone" },
		{ "empty", "", "" },
		{ "formula", "=1+1", "'=1+1" },
		{ "call", "@SUM(A1)", "'@SUM(A1)" },
		{ "in quotes", "-1,\"2\"", "\"'-1,\"\"2\"\"\"" },
		{ "tab", "\t=1", "\"'\t=1\"" },
		{ "inside", "a=b", "a=b" },
		{ "address", "+ada@b.test", "'+ada@b.test" },
		{ "spaces", "  =1", "\"'  =1\"" },
		{ "one that has it", "'=1", "''=1" },
		{ "two, and a space", "'' -1", "''' -1" },
		{ "a quotation", "'no' he said", "'no' he said" },
		{ "only that", "'", "'" },
		/* The break is a space for ever. */
		{ "line break", "\r=1", "\"' =1\"" },
	};
	struct str line, field;
	struct buf b, c;

	(void)state;
	buf_init(&b, 100);
	buf_init(&c, 100);
	TEST_EACH(row, table)
	{
		buf_clear(&b);
		assert_int_equal(csv_put_text(&b, str_z(row->in), true), 0);
		assert_str(buf_str(&b), row->want);
		line = buf_str(&b);
		assert_int_equal(csv_field(&line, &c, &field), 0);
		assert_str(csv_text(field), row->in[0] == '\r' ? " =1" : row->in);
	}
	buf_done(&b);
	buf_done(&c);
}

TEST_MAIN(TEST(test_fields), TEST(test_put), TEST(test_put_text))
