#include "content/template_scene.h"

#define BAD_PATH(path)                                                                         \
	"The path '" path                                                                      \
	"' is not valid. Please see documentation for examples of valid paths."
#define BAD_EACH                                                                               \
	"The 'each' block being opened requires a model path to be specified in the form "     \
	"'{{#each <name>}}'."
#define BAD_END "The syntax to close the 'each' block should be: '{{/each}}'."
#define NO_EACH                                                                                \
	"An 'each' block is being closed, but no corresponding opening element ('{{#each "     \
	"<name>}}') was detected."
#define MISMATCH "It appears that open and closing elements are mismatched."
#define OPEN(path)                                                                             \
	"A scope block to the following path was opened but not closed: '" path                \
	"', please close it using the appropriate syntax."
#define NO_ARRAY(path)                                                                         \
	"'" path "' is used like an array by the template, but is a scalar value or object "   \
	"in your model."

static const struct scene_row rows[] = {
	{ "nothing", "", NULL, "", NULL, 0, 0 },
	{ "no tags", "a { b } {{}} {{a}b}} {{{}}} {{{a}}", "{\"a\":1}",
		"a { b } {{}} {{a}b}} {{{}}} {1", NULL, 0, 0 },
	{ "brace behind", "{{a}}}", "{\"a\":1}", "1}", NULL, 0, 0 },
	{ "open at the end", "{{a", "{\"a\":1}", "{{a", NULL, 0, 0 },
	{ "values", "{{a}} {{b}} {{ c }} {{d}} {{e}}",
		"{\"a\":1,\"b\":1.5,\"c\":true,\"d\":false,\"e\":0}", "1 1.5 True False 0",
		NULL, 0, 0 },
	{ "missing", "[{{a}}{{b.c}}{{n}}]", "{\"n\":null}", "[]", NULL, 0, 0 },
	{ "escaping", "{{a}}|{{{a}}}|{{&a}}|{{& a }}", "{\"a\":\"<'\\\"&`=>\"}",
		"&lt;&#39;&quot;&amp;`=&gt;|<'\"&`=>|<'\"&`=>|<'\"&`=>", NULL, 0, 0 },
	{ "comments", "a{{! b\nc }}{{!}}d", NULL, "ad", NULL, 0, 0 },
	{ "white space stays", "a\n{{#b}}\nx\n{{/b}}\nc", "{\"b\":1}", "a\n\nx\n\nc", NULL, 0,
		0 },
	{ "the scope is entered", "{{#a}}{{b}}{{../c}}{{#b}}{{.}}{{../../c}}{{/b}}{{/a}}",
		"{\"a\":{\"b\":1},\"c\":2}", "1212", NULL, 0, 0 },
	{ "each name is a scope", "{{#a.b}}{{c}}{{../d}}{{../../e}}{{/a.b}}",
		"{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":3}", "123", NULL, 0, 0 },
	{ "each", "{{#each a}}{{.}}{{../../b}},{{/each}}", "{\"a\":[1,\"x\"],\"b\":0}",
		"10,x0,", NULL, 0, 0 },
	{ "each of a path", "{{#each a.b}}{{c}}{{../../d}}{{../../../e}};{{/each}}",
		"{\"a\":{\"b\":[{\"c\":1},{\"c\":2}],\"d\":3},\"e\":4}", "134;234;", NULL, 0,
		0 },
	{ "each in each", "{{#each a}}{{#each b}}{{.}}{{/each}}|{{/each}}",
		"{\"a\":[{\"b\":[1,2]},{\"b\":[]},{}]}", "12|||", NULL, 0, 0 },
	{ "above the root", "{{../../../a}}", "{\"a\":1}", "1", NULL, 0, 0 },
	{ "back in a path", "{{a../b}}", "{\"a\":{},\"b\":1}", "1", NULL, 0, 0 },
	{ "truth",
		"{{#z}}z{{/z}}{{#e}}e{{/e}}{{#l}}l{{/l}}{{#o}}o{{/o}}{{#f}}f{{/f}}{{#n}}n{{/n}}"
		"{{#s}}s{{/s}}{{#d}}d{{/d}}",
		"{\"z\":0,\"e\":\"\",\"l\":[],\"o\":{},\"f\":false,\"n\":null,\"s\":\"0\","
		"\"d\":0.0}",
		"s", NULL, 0, 0 },
	{ "inverted", "{{^a}}none{{/a}}{{^b}}none{{/b}}", "{\"b\":1}", "none", NULL, 0, 0 },
	{ "inverted enters the scope", "{{^a}}{{../b}}{{/a}}", "{\"b\":1}", "1", NULL, 0, 0 },
	{ "compound", "{{#a}}has{{^a}}none{{/a}}", NULL, "none", NULL, 0, 0 },
	{ "compound, full", "{{#a}}has{{^a}}none{{/a}}", "{\"a\":1}", "has", NULL, 0, 0 },
	{ "compound inverted first", "{{^a}}none{{#a}}has{{/a}}", "{\"a\":1}", "has", NULL, 0,
		0 },
	{ "content of a layout", "<{{{@content}}}>{{@content}}", NULL, "<<p>>&lt;p&gt;", NULL,
		0, 0 },
	{ "empty path is the scope", "{{#a}}{{ }}{{/a}}", "{\"a\":7}", "7", NULL, 0, 0 },
	{ "a list section goes in once", "{{#l}}x{{/l}}", "{\"l\":[1,2]}", "x", NULL, 0, 0 },
	/* The original's mistakes and their sentences. */
	{ "space in a path", "{{first name}}", NULL, NULL, BAD_PATH("first name"), 1, 1 },
	{ "at sign", "x\n{{@}}", NULL, NULL, BAD_PATH("@"), 2, 1 },
	{ "minus", "{{a-b}}", NULL, NULL, BAD_PATH("a-b"), 1, 1 },
	{ "slash", "{{a/b}}", NULL, NULL, BAD_PATH("a/b"), 1, 1 },
	{ "three dots", "{{.../a}}", NULL, NULL, BAD_PATH(".../a"), 1, 1 },
	{ "two dots", "{{..}}", NULL, NULL, BAD_PATH(".."), 1, 1 },
	{ "two dots inside", "{{a..b}}", NULL, NULL, BAD_PATH("a..b"), 1, 1 },
	{ "bad path of a group", "{{#a b}}{{/a b}}", NULL, NULL, BAD_PATH("a b"), 1, 1 },
	{ "bad path of each", "{{#each a-b}}{{/each}}", NULL, NULL, BAD_PATH("a-b"), 1, 1 },
	{ "bad raw path", "{{{#a}}}", NULL, NULL, BAD_PATH("#a"), 1, 1 },
	{ "each of nothing", "{{#each}}{{/each}}", NULL, NULL, BAD_EACH, 1, 1 },
	{ "each and a blank", "{{#each }}{{/each}}", NULL, NULL, BAD_EACH, 1, 1 },
	{ "eachs", "{{#eachs}}{{name}}{{/each}}", NULL, NULL, BAD_EACH, 1, 1 },
	{ "each closed badly", "{{#each a}}{{/each a}}", NULL, NULL, BAD_END, 1, 12 },
	{ "each closed with a blank", "{{#each a}}{{/each }}", NULL, NULL, BAD_END, 1, 12 },
	{ "each closed alone", "{{/each}}", NULL, NULL, NO_EACH, 1, 1 },
	{ "each closes a group", "{{#a}}{{/each}}", NULL, NULL, NO_EACH, 1, 7 },
	{ "mismatch", "{{#a}}{{/b}}", NULL, NULL, MISMATCH, 1, 7 },
	{ "close alone", "{{/}}", NULL, NULL, MISMATCH, 1, 1 },
	{ "close of each by name", "{{#each a}}{{/a}}", NULL, NULL, MISMATCH, 1, 12 },
	{ "group is not closed", "a\n{{#b}}{{#each c}}{{/each}}", NULL, NULL, OPEN("b"), 2, 1 },
	{ "each is not closed", "{{#each a.b}}", NULL, NULL, OPEN("a.b"), 1, 1 },
	{ "each of a text", "{{#each a}}{{/each}}", "{\"a\":\"x\"}", NULL, NO_ARRAY("a"), 1,
		1 },
	{ "each of an object", "{{#each a.b}}{{/each}}", "{\"a\":{\"b\":{\"c\":1}}}", NULL,
		NO_ARRAY("a.b"), 1, 1 },
	{ "each of a number", "{{#each a}}{{/each}}", "{\"a\":1}", NULL, NO_ARRAY("a"), 1, 1 },
};

static void
test_rows(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	s.data.content = STR_LIT("<p>");
	TEST_EACH(row, rows)
	scene_check(&s, TEMPLATE_MUSTACHIO, row);
	scene_end(&s);
}

static void
test_places(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	scene_vars(&s, "{\"a\":\"<b>\"}");
	s.place = TEMPLATE_TEXT;
	assert_int_equal(scene_run(&s, TEMPLATE_MUSTACHIO, STR_LIT("{{a}}")), 0);
	assert_str(buf_str(&s.out), "<b>");
	s.place = TEMPLATE_HEADER;
	assert_int_equal(scene_run(&s, TEMPLATE_MUSTACHIO, STR_LIT("{{a}}\r\n")), 0);
	assert_str(buf_str(&s.out), "<b>  ");
	scene_end(&s);
}

TEST_MAIN(TEST(test_rows), TEST(test_places))
