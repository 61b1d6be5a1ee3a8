#include "ledger/fact_about.h"

#include "base/test.h"
#include "base/text.h"

static void
test_read(void **state)
{
	static const struct {
		const char *name, *in, *custom_id, *campaign, *template, *tags;
	} table[] = {
		{ "empty", "", "", "", "", "" },
		{ "none of ours", "{\"payload\":\"x\",\"metadata\":{\"tags\":[\"no\"]}}", "",
			"", "", "" },
		{ "all",
			"{\"custom_id\":\"a\\\"1\",\"payload\":\"{\\\"tags\\\":[1]}\","
			"\"campaign\":\"sale\",\"category\":\"c\",\"template\":12,"
			"\"tags\":[\"x\",\"y z\"],\"url_tags\":\"u\"}",
			"a\"1", "sale", "12", "\nc\nx\ny z\n" },
		{ "control characters and escapes",
			"{\"tags\":[\"a\\nb\",\"\\u00e9\\u20ac\",\"\\/\"]}", "", "", "",
			"\na b\n\xc3\xa9\xe2\x82\xac\n/\n" },
		{ "twice the same", "{\"category\":\"c\",\"tags\":[\"c\",\"d\"]}", "", "", "",
			"\nc\nd\n" },
		{ "other types",
			"{\"tags\":{\"a\":[1,2]},\"custom_id\":[\"x\"],\"campaign\":true}", "",
			"", "", "" },
		{ "numbers among tags", "{\"tags\":[1,\"a\",[\"b\"],{\"c\":\"d\"}]}", "", "",
			"", "\na\n" },
		{ "a stream of the account's own",
			"{\"tags\":[\"news\"],\"stream\":\"news\",\"stream\":\"b\"}", "", "",
			"",
			"\nnews\n\x1f"
			"news\n" },
		{ "a stream alone, and one that is too long",
			"{\"stream\":\"abcdefghijklmnopqrstuvwxyz012345\"}", "", "", "",
			"\n\x1f"
			"abcdefghijklmnopqrstuvwxyz0123\n" },
		{ "a tag that would be a stream", "{\"tags\":[\"\\u001fnews\"]}", "", "", "",
			"\n news\n" },
		{ "a stream of another type", "{\"stream\":1}", "", "", "", "" },
		{ "cut within a name", "{\"custom_i", "", "", "", "" },
		{ "cut within a value", "{\"campaign\":\"ab", "", "ab", "", "" },
		{ "no object", "[\"tags\"]", "", "", "", "" },
	};
	struct fact_about a;

	(void)state;
	TEST_EACH(row, table)
	{
		fact_about_read(&a, str_z(row->in));
		assert_str(a.custom_id, row->custom_id);
		assert_str(a.campaign, row->campaign);
		assert_str(a.template, row->template);
		assert_str(a.tags, row->tags);
	}
}

static char *
add(char *p, const char *text)
{
	size_t n = str_z(text).n;

	memcpy(p, text, n);
	return p + n;
}

static void
test_bounds(void **state)
{
	char json[40000], *p = json;
	struct fact_about a;

	(void)state;
	p = add(p, "{\"custom_id\":\"");
	for (int i = 0; i < 600; i++)
		p = (char *)memcpy(p, "\xc3\xa9", 2) + 2;
	p = add(p, "\",\"tags\":[");
	for (int i = 0; i < 40; i++) {
		*p++ = '"';
		memset(p, 'a' + i % 26, 300 + (size_t)i);
		p += 300 + i;
		*p++ = '"';
		*p++ = ',';
	}
	p[-1] = ']';
	*p++ = '}';
	fact_about_read(&a, str_of(json, (size_t)(p - json)));
	assert_in_range(a.custom_id.n, FACT_ABOUT_ID_MAX - 3, FACT_ABOUT_ID_MAX);
	assert_true(text_is_utf8(a.custom_id));
	assert_true(a.tags.n <= sizeof a.text);
	assert_true(a.n <= sizeof a.text);
	assert_int_equal(a.tags.p[a.tags.n - 1], '\n');
}

static void
test_has(void **state)
{
	static const struct {
		const char *name, *tags, *tag;
		bool want;
	} table[] = {
		{ "first", "\na\nb\n", "a", true },
		{ "last", "\na\nb\n", "b", true },
		{ "a part", "\nab\n", "a", false },
		{ "a later one", "\nab\na\n", "a", true },
		{ "none", "", "a", false },
		{ "no tag", "\na\n", "", false },
		{ "case", "\na\n", "A", false },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(fact_about_has(str_z(row->tags), str_z(row->tag)), row->want);
}

static void
test_stream(void **state)
{
	static const struct {
		const char *name, *tags, *want;
	} table[] = {
		{ "none", "", "" },
		{ "tags alone", "\na\nb\n", "" },
		{ "alone", "\n\x1fnews\n", "news" },
		{ "behind tags", "\nnews\n\x1fnews\n", "news" },
		{ "before tags", "\n\x1fnews\nx\n", "news" },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_str(fact_about_stream(str_z(row->tags)), row->want);
}

TEST_MAIN(TEST(test_stream), TEST(test_read), TEST(test_bounds), TEST(test_has))
