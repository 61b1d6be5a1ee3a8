#include "content/template_scene.h"

#define ORDER                                                                                  \
	"{\"n\":\"A\",\"l\":[{\"x\":1,\"m\":[7,8]},{\"x\":2,\"m\":[]}],\"o\":{\"k\":\"v\","    \
	"\"z\":0}}"

static const struct scene_row rows[] = {
	{ "nothing", "", NULL, "", NULL, 0, 0 },
	{ "no tags", "a { b } }} [[var:x]] {% if %} \\ \r\n", NULL,
		"a { b } }} [[var:x]] {% if %} \\ \r\n", NULL, 0, 0 },
	{ "values", "{{a}}{{ b }}{{{c}}}{{&d}}", "{\"a\":1,\"b\":1.50,\"c\":true,\"d\":\"x\"}",
		"11.5truex", NULL, 0, 0 },
	{ "missing", "[{{a}}{{b.c.d}}{{n}}{{{a}}}]", "{\"n\":null}", "[]", NULL, 0, 0 },
	{ "falsy values print", "{{z}} {{f}} {{e}}", "{\"z\":0,\"f\":false,\"e\":\"\"}",
		"0 false ", NULL, 0, 0 },
	{ "escaping", "{{a}}|{{{a}}}|{{&a}}", "{\"a\":\"&<>\\\"'`=\xc3\xa9\"}",
		"&amp;&lt;&gt;&quot;&#x27;&#x60;&#x3D;\xc3\xa9|&<>\"'`=\xc3\xa9|&<>\"'`="
		"\xc3\xa9",
		NULL, 0, 0 },
	{ "lists and objects", "{{l}} {{o}}", "{\"l\":[1,null,\"<\",[2,3]],\"o\":{}}",
		"1,,&lt;,2,3 [object Object]", NULL, 0, 0 },
	{ "paths",
		"{{a.b}} {{a/b}} {{a.[c d]}} {{[e f]}} {{this.a.b}} {{./a.b}} {{l.0}} "
		"{{l.[1]}}",
		"{\"a\":{\"b\":1,\"c d\":2},\"e f\":3,\"l\":[4,5]}", "1 1 2 3 1 1 4 5", NULL, 0,
		0 },
	{ "names of all kinds", "{{a-b}} {{$c}} {{d_1}} {{\xc3\xa9}} {{if}}",
		"{\"a-b\":1,\"$c\":2,\"d_1\":3,\"\xc3\xa9\":4,\"if\":5}", "1 2 3 4 5", NULL, 0,
		0 },
	{ "length of lists and texts", "{{l.length}} {{t.length}} {{length l}} {{length none}}",
		"{\"l\":[1,2],\"t\":\"\xc3\xa9t\xc3\xa9\"}", "2 3 2 0", NULL, 0, 0 },
	{ "comments", "a{{! b }}{{!-- }} c --}}{{!}}{{!----}}d", NULL, "ad", NULL, 0, 0 },
	{ "escaped tags", "\\{{a}} \\\\{{a}} \\{{a}}{{a}}", "{\"a\":1}", "{{a}} \\1 {{a}}1",
		NULL, 0, 0 },
	/* Blocks. */
	{ "if", "{{#if a}}A{{else if b}}B{{else}}C{{/if}}", "{\"b\":1}", "B", NULL, 0, 0 },
	{ "if else", "{{#if a}}A{{else if b}}B{{else}}C{{/if}}", NULL, "C", NULL, 0, 0 },
	{ "else with a hat", "{{#if a}}A{{^}}B{{/if}}", NULL, "B", NULL, 0, 0 },
	{ "truth",
		"{{#if z}}z{{/if}}{{#if e}}e{{/if}}{{#if l}}l{{/if}}{{#if o}}o{{/if}}{{#if s}}s"
		"{{/if}}",
		"{\"z\":0,\"e\":\"\",\"l\":[],\"o\":{},\"s\":\"0\"}", "os", NULL, 0, 0 },
	{ "unless", "{{#unless a}}A{{else}}B{{/unless}}{{#unless b}}C{{else}}D{{/unless}}",
		"{\"b\":1}", "AD", NULL, 0, 0 },
	{ "if does not change the scope", "{{#if o}}{{n}}{{o.k}}{{/if}}", ORDER, "Av", NULL, 0,
		0 },
	{ "each", "{{#each l}}{{@index}}{{@key}}{{@first}}{{@last}}:{{x}} {{/each}}", ORDER,
		"00truefalse:1 11falsetrue:2 ", NULL, 0, 0 },
	{ "each over an object",
		"{{#each o}}{{@key}}={{this}}{{#unless @last}},{{/unless}}{{/each}}", ORDER,
		"k=v,z=0", NULL, 0, 0 },
	{ "each of nothing",
		"{{#each none}}x{{else}}none{{/each}}{{#each n}}x{{else}}no list{{/each}}",
		ORDER, "noneno list", NULL, 0, 0 },
	{ "each inside each",
		"{{#each l}}{{#each m}}{{../x}}{{@../index}}{{@index}}{{this}}{{../../n}} "
		"{{else}}-{{x}}{{/each}}{{/each}}",
		ORDER, "1007A 1018A -2", NULL, 0, 0 },
	{ "root", "{{#each l}}{{@root.n}}{{#with m}}{{@root.o.k}}{{/with}}{{/each}}", ORDER,
		"AvA", NULL, 0, 0 },
	{ "with", "{{#with o}}{{k}}{{../n}}{{else}}x{{/with}}{{#with e}}{{else}}none{{/with}}",
		ORDER, "vAnone", NULL, 0, 0 },
	{ "with zero", "{{#with z}}[{{this}}]{{else}}none{{/with}}", "{\"z\":0}", "[0]", NULL,
		0, 0 },
	{ "plain blocks",
		"{{#l}}{{x}}{{/l}}{{#o}}{{k}}{{/o}}{{#none}}x{{else}}y{{/none}}{{^n}}x{{/n}}"
		"{{^none}}z{{/none}}",
		ORDER, "12vyz", NULL, 0, 0 },
	{ "inverted with else", "{{^n}}no{{else}}yes{{/n}}{{^none}}no{{^}}yes{{/none}}", ORDER,
		"yesno", NULL, 0, 0 },
	{ "inverted if", "{{^if n}}no{{else}}yes{{/if}}{{^equals n 1}}no{{/equals}}", ORDER,
		"yesno", NULL, 0, 0 },
	{ "plain block of true", "{{#t}}{{t}}{{/t}}{{#f}}x{{/f}}", "{\"t\":true,\"f\":false}",
		"true", NULL, 0, 0 },
	{ "beyond the root", "[{{../../n}}]", ORDER, "[]", NULL, 0, 0 },
	{ "else chains of other kinds", "{{#if a}}A{{else each l}}{{x}}{{else}}none{{/if}}",
		ORDER, "12", NULL, 0, 0 },
	{ "else if in each", "{{#each none}}x{{else if n}}y{{else}}z{{/each}}", ORDER, "y",
		NULL, 0, 0 },
	/* SendGrid's helpers. */
	{ "greaterThan", "{{#greaterThan a 3}}>{{else}}<={{/greaterThan}}", "{\"a\":4}", ">",
		NULL, 0, 0 },
	{ "greaterThan of texts", "{{#greaterThan a \"10\"}}>{{else}}<={{/greaterThan}}",
		"{\"a\":9}", "<=", NULL, 0, 0 },
	{ "greaterThan of nothing", "{{#greaterThan a 1}}>{{else}}no{{/greaterThan}}", NULL,
		"no", NULL, 0, 0 },
	{ "lessThan else chain",
		"{{#lessThan a 1}}1{{else lessThan a 2}}2{{else}}3{{/lessThan}}", "{\"a\":1}",
		"2", NULL, 0, 0 },
	{ "length twisted", "{{#greaterThan 0 length l}}items{{else}}none{{/greaterThan}}",
		ORDER, "items", NULL, 0, 0 },
	{ "length twisted, empty",
		"{{#greaterThan 0 length l}}items{{else}}none{{/greaterThan}}", "{\"l\":[]}",
		"none", NULL, 0, 0 },
	{ "length straight", "{{#lessThan length l 3}}few{{/lessThan}}", ORDER, "few", NULL, 0,
		0 },
	{ "equals", "{{#equals a b}}Y{{else}}N{{/equals}}{{#equals a 1}}Y{{/equals}}",
		"{\"a\":1,\"b\":\"1\"}", "YY", NULL, 0, 0 },
	{ "equal, as Mailgun", "{{#equal a 1}}Y{{else}}N{{/equal}}", "{\"a\":1}", "Y", NULL, 0,
		0 },
	{ "equals null", "{{#equals a null}}Y{{/equals}}{{#equals \"\" a}}N{{/equals}}", NULL,
		"Y", NULL, 0, 0 },
	{ "notEquals", "{{#notEquals a \"b\"}}Y{{else}}N{{/notEquals}}", "{\"a\":\"b\"}", "N",
		NULL, 0, 0 },
	{ "and or", "{{#and a b}}Y{{else}}N{{/and}}{{#or a b}}Y{{else}}N{{/or}}", "{\"a\":1}",
		"NY", NULL, 0, 0 },
	{ "and of three", "{{#and a b c}}Y{{/and}}", "{\"a\":1,\"b\":1,\"c\":1}", "Y", NULL, 0,
		0 },
	{ "helpers in helpers", "{{#if (and (equals a 1) (greaterThan (length l) 1))}}Y{{/if}}",
		"{\"a\":1,\"l\":[1,2]}", "Y", NULL, 0, 0 },
	{ "insert",
		"{{insert a \"default=Customer\"}} {{insert b \"default=Customer\"}} {{insert "
		"b "
		"\"you\"}} {{insert b default=\"me\"}} {{insert a}}",
		"{\"a\":\"<A>\",\"b\":\"\"}", "&lt;A&gt; Customer you me &lt;A&gt;", NULL, 0,
		0 },
	{ "formatDate", "{{formatDate d \"MMMM DD, YYYY h:mm A\"}}",
		"{\"d\":\"2020-01-01T23:05:00.000Z\"}", "January 01, 2020 11:05 PM", NULL, 0,
		0 },
	{ "formatDate with an offset", "{{formatDate d f \"-0800\"}}",
		"{\"d\":1577919900,\"f\":\"YYYY-MM-DD HH:mm:ss Z ZZ\"}",
		"2020-01-01 15:05:00 -08:00 -0800", NULL, 0, 0 },
	{ "formatDate of milliseconds", "{{formatDate d \"dddd D MMM YY\"}}",
		"{\"d\":1577919900000}", "Wednesday 1 Jan 20", NULL, 0, 0 },
	{ "formatDate of nothing", "[{{formatDate d \"YY\"}}]", NULL, "[]", NULL, 0, 0 },
	{ "texts as values", "{{insert a 'it\\'s \"it\"'}}", NULL, "it&#x27;s &quot;it&quot;",
		NULL, 0, 0 },
	/* White space. */
	{ "lines of their own", "a\n{{#if t}}\nb\n{{else}}\nc\n{{/if}}\nd\n", "{\"t\":1}",
		"a\nb\nd\n", NULL, 0, 0 },
	{ "indented lines", "a\n  {{#if t}}  \r\n  b\n\t{{/if}}\n{{! x }}\nd", "{\"t\":1}",
		"a\n  b\nd", NULL, 0, 0 },
	{ "at both ends", "  {{#if t}}\nb\n{{/if}}  ", "{\"t\":1}", "b\n", NULL, 0, 0 },
	{ "not alone", "a {{#if t}}\nb{{/if}}\n", "{\"t\":1}", "a \nb\n", NULL, 0, 0 },
	{ "lines of else if", "{{#if n}}\na\n{{else if t}}\n b\n  {{/if}}\nc", "{\"t\":1}",
		" b\n  c", NULL, 0, 0 },
	{ "lines of else if and else", "{{#if n}}\na\n{{else if n}}\nb{{else}}\n c\n{{/if}}\nd",
		"{\"t\":1}", "\n c\n\nd", NULL, 0, 0 },
	{ "values keep their lines", "a\n{{t}}\nb", "{\"t\":1}", "a\n1\nb", NULL, 0, 0 },
	{ "lines one after another", "{{#if t}}\n{{#if t}}\nx\n{{/if}}\n{{/if}}\n", "{\"t\":1}",
		"x\n", NULL, 0, 0 },
	{ "tildes", "a \n {{~t~}} \n b {{~#if t~}} c {{~/if~}} d {{~{t}~}} e {{~! x ~}} f",
		"{\"t\":1}", "a1bcd1ef", NULL, 0, 0 },
	{ "tildes of comments", "a {{~!-- }} --~}} b", NULL, "ab", NULL, 0, 0 },
	{ "tilde on else", "{{#if t}} a {{~else~}} b {{/if}}", NULL, "b ", NULL, 0, 0 },
	/* Mistakes. */
	{ "unclosed", "a\n {{a", NULL, NULL, "The \"{{\" here is not closed by \"}}\".", 2, 2 },
	{ "unclosed by one", "{{a}", NULL, NULL, "The \"{{\" here is not closed by \"}}\".", 1,
		1 },
	{ "unclosed triple", "{{{a}}", NULL, NULL, "The \"{{\" here is not closed by \"}}\".",
		1, 1 },
	{ "unclosed comment", "{{!-- a }}", NULL, NULL,
		"The \"{{\" here is not closed by \"}}\".", 1, 1 },
	{ "empty", "{{}}", NULL, NULL, "A value is expected here, not \"}}\".", 1, 3 },
	{ "if is not closed", "{{#if a}}b", NULL, NULL,
		"The block that starts here is not closed by {{/if}}.", 1, 1 },
	{ "crossed", "{{#if a}}{{#each b}}{{/if}}{{/each}}", NULL, NULL,
		"each doesn't match if", 1, 21 },
	{ "close alone", "a{{/if}}", NULL, NULL, "\"/if\" closes nothing.", 1, 2 },
	{ "else alone", "{{else}}", NULL, NULL, "\"else\" without an open block.", 1, 1 },
	{ "two elses", "{{#if a}}{{else}}{{else}}{{/if}}", NULL, NULL, "A second \"else\".", 1,
		18 },
	{ "two elses of each", "{{#each a}}{{else}}{{else}}{{/each}}", NULL, NULL,
		"A second \"else\".", 1, 20 },
	{ "if of nothing", "{{#if}}{{/if}}", NULL, NULL, "#if takes 1 value, not 0.", 1, 4 },
	{ "each of two", "{{#each a b}}{{/each}}", NULL, NULL, "#each takes 1 value, not 2.", 1,
		4 },
	{ "equals of one", "{{#equals a}}{{/equals}}", NULL, NULL,
		"equals takes 2 values, not 1.", 1, 4 },
	{ "unknown helper", "{{foo a}}", NULL, NULL, "Missing helper: \"foo\"", 1, 3 },
	{ "unknown block", "{{#foo a}}{{/foo}}", NULL, NULL, "Missing helper: \"foo\"", 1, 4 },
	{ "partial", "{{> a}}", NULL, NULL,
		"Partials ({{> \xe2\x80\xa6}}) are not in this language.", 1, 1 },
	{ "decorator", "{{#*inline \"a\"}}{{/inline}}", NULL, NULL,
		"Decorators and partials are not in this language.", 1, 1 },
	{ "raw block", "{{{{raw}}}}{{{{/raw}}}}", NULL, NULL,
		"Raw blocks ({{{{\xe2\x80\xa6}}}}) are not in this language.", 1, 1 },
	{ "block parameters", "{{#each a as |b|}}{{/each}}", NULL, NULL,
		"Block parameters (as |x|) are not in this language.", 1, 14 },
	{ "open text", "{{insert a \"b}}", NULL, NULL,
		"The \"{{\" here is not closed by \"}}\".", 1, 1 },
	{ "open parenthesis", "{{#if (equals a b}}{{/if}}", NULL, NULL,
		"The \"(\" here has no closing \")\".", 1, 7 },
	{ "bad date", "{{formatDate a \"YY\"}}", "{\"a\":\"tomorrow\"}", NULL,
		"formatDate takes a date such as \"2026-11-24T09:51:00Z\".", 1, 3 },
	{ "bad offset", "{{formatDate a \"YY\" \"Paris\"}}", "{\"a\":0}", NULL,
		"\"Paris\" is no offset from UTC, such as \"-08:00\".", 1, 3 },
};

static void
test_rows(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	TEST_EACH(row, rows)
	scene_check(&s, TEMPLATE_HANDLEBARS, row);
	scene_end(&s);
}

static void
test_places(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	scene_vars(&s, "{\"a\":\"O'Neil & <x>\\n\"}");
	s.place = TEMPLATE_TEXT;
	assert_int_equal(scene_run(&s, TEMPLATE_HANDLEBARS, STR_LIT("{{a}}")), 0);
	assert_str(buf_str(&s.out), "O'Neil & <x>\n");
	s.place = TEMPLATE_HEADER;
	assert_int_equal(scene_run(&s, TEMPLATE_HANDLEBARS, STR_LIT("{{a}}")), 0);
	assert_str(buf_str(&s.out), "O'Neil & <x> ");
	scene_end(&s);
}

TEST_MAIN(TEST(test_rows), TEST(test_places))
