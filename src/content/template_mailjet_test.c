#include "content/template_scene.h"

static const struct scene_row rows[] = {
	{ "nothing", "", NULL, "", NULL, 0, 0 },
	{ "no tags", "a { b } % c [x] {# d #}\r\n}} %}", NULL,
		"a { b } % c [x] {# d #}\r\n}} %}", NULL, 0, 0 },
	{ "blanks inside", "{{  var:a  }}|{{\nvar:a\n}}", "{\"a\":1}", "1|1", NULL, 0, 0 },
	{ "no blanks", "{%if var:a%}y{%endif%}", "{\"a\":true}", "y", NULL, 0, 0 },
	{ "kinds", "{{var:i}} {{var:f}} {{var:t}} {{var:b}} {{var:z}}",
		"{\"i\":12,\"f\":1.50,\"t\":\"x\",\"b\":true,\"z\":0}", "12 1.5 x true 0", NULL,
		0, 0 },
	{ "not escaped", "{{var:a}}", "{\"a\":\"<b>&\"}", "<b>&", NULL, 0, 0 },
	{ "in attributes", "<a href=\"{{var:u}}\" style='color:{{var:c}}'>",
		"{\"u\":\"https://a/?b=1&c=2\",\"c\":\"#fff\"}",
		"<a href=\"https://a/?b=1&c=2\" style='color:#fff'>", NULL, 0, 0 },
	{ "default of a number", "{{var:a:5}} {{var:b:-1.5}} {{var:c:true}}", NULL,
		"5 -1.5 true", NULL, 0, 0 },
	{ "default with quotes", "{{var:a:\"say \\\"hi\\\"\"}}", NULL, "say \"hi\"", NULL, 0,
		0 },
	{ "default with braces", "{{var:a:\"}}\"}}", NULL, "}}", NULL, 0, 0 },
	{ "default in one quote", "{{var:a:'b\"c'}}", NULL, "b\"c", NULL, 0, 0 },
	{ "default of a path", "{{var:a.b.c:\"d\"}}", "{\"a\":{\"b\":1}}", "d", NULL, 0, 0 },
	{ "null is no value", "{{var:a:\"d\"}}", "{\"a\":null}", "d", NULL, 0, 0 },
	{ "an empty text is one", "[{{var:a:\"d\"}}]", "{\"a\":\"\"}", "[]", NULL, 0, 0 },
	{ "no value", "x\ny {{var:a}}", NULL, NULL, "No value for \"var:a\"", 2, 5 },
	{ "no value in a path", "{{var:a.b}}", "{\"a\":{}}", NULL, "No value for \"var:a.b\"",
		1, 3 },
	{ "no value in if", "{% if var:a %}{% endif %}", NULL, NULL, "No value for \"var:a\"",
		1, 7 },
	{ "if with a default", "{% if var:a:false %}y{% else %}n{% endif %}", NULL, "n", NULL,
		0, 0 },
	{ "unknown name", "{{ a }}", NULL, NULL, "Unknown identifier: a", 1, 4 },
	{ "column counts characters", "\xc3\xa9\xe2\x82\xac {{ a }}", NULL, NULL,
		"Unknown identifier: a", 1, 7 },
	{ "data and mj", "{{data:a:\"x\"}}{{mj:unsub_link:\"u\"}}", NULL, "xu", NULL, 0, 0 },
	{ "words in any case", "{% IF var:a AND NOT var:b %}y{% ELSE %}n{% EndIf %}",
		"{\"a\":1,\"b\":0}", "y", NULL, 0, 0 },
	{ "entities of an editor", "{% if var:a &gt; 1 and var:a&lt;=3 %}y{% endif %}",
		"{\"a\":2}", "y", NULL, 0, 0 },
	{ "quotes of an editor", "{{var:a:&quot;d&quot;}}{{var:b:\"&quot;\"}}", NULL, "d&quot;",
		NULL, 0, 0 },
	{ "hard spaces", "{{\xc2\xa0var:a\xc2\xa0+&nbsp;1 }}", "{\"a\":2}", "3", NULL, 0, 0 },
	{ "item by number", "{{var:a.1.b}}", "{\"a\":[0,{\"b\":\"x\"}]}", "x", NULL, 0, 0 },
	{ "name with accents", "{{var:pr\xc3\xa9nom}}", "{\"pr\xc3\xa9nom\":\"A\"}", "A", NULL,
		0, 0 },
	{ "minus in a name", "{{var:a-b}} {{var:a - 1}}", "{\"a-b\":7,\"a\":3}", "7 2", NULL, 0,
		0 },
	/* Arithmetic. */
	{ "precedence", "{{1+2*3}} {{(1+2)*3}} {{10-2-3}} {{2*3 mod 4}}", NULL, "7 9 5 2", NULL,
		0, 0 },
	{ "division", "{{7/2}} {{6/2}} {{7 div 2}} {{-7 div 2}} {{-7 mod 2}} {{7.5 div 2}}",
		NULL, "3.5 3 3 -3 -1 3", NULL, 0, 0 },
	{ "floats", "{{0.1+0.2}} {{1.5*2}} {{1/3}} {{5.5 mod 2}}", NULL,
		"0.30000000000000004 3 0.3333333333333333 1.5", NULL, 0, 0 },
	{ "signs", "{{-var:a}} {{--3}} {{4 - -1}}", "{\"a\":2}", "-2 3 5", NULL, 0, 0 },
	{ "overflow goes to floats", "{{9223372036854775807+1}}", NULL, "9223372036854776000",
		NULL, 0, 0 },
	{ "join", "{{\"a\"+\"b\"+1}} {{var:n+\"%\"}}", "{\"n\":1.5}", "ab1 1.5%", NULL, 0, 0 },
	{ "texts that are numbers", "{{var:a*2}} {{var:a - 1}}", "{\"a\":\"4\"}", "8 3", NULL,
		0, 0 },
	{ "by zero", "{{1/0}}", NULL, NULL, "\"/\" by zero.", 1, 4 },
	{ "div by zero", "{{1 div 0}}", NULL, NULL, "\"div\" by zero.", 1, 5 },
	{ "mod by zero", "{{1 mod 0}}", NULL, NULL, "\"mod\" by zero.", 1, 5 },
	{ "text minus", "{{\"a\"-1}}", NULL, NULL, "\"-\" takes numbers, and one side is none.",
		1, 6 },
	{ "minus text", "{{-\"a\"}}", NULL, NULL, "\"-\" takes a number, and this is none.", 1,
		3 },
	{ "too large", "{{var:a*var:a}}", "{\"a\":1e300}", NULL,
		"The result of \"*\" is too large.", 1, 8 },
	/* Comparison and logic. */
	{ "compare numbers and texts",
		"{{var:a=\"5\"}} {{var:a<10}} {{var:t<\"b\"}} {{var:t==\"a\"}} {{1.0==1}}",
		"{\"a\":5,\"t\":\"a\"}", "true true true true true", NULL, 0, 0 },
	{ "compare booleans", "{{true=1}} {{true=\"true\"}} {{false<>\"\"}} {{var:b==true}}",
		"{\"b\":true}", "true true true true", NULL, 0, 0 },
	{ "no order", "{% if \"a\" < 1 %}{% endif %}", NULL, NULL,
		"\"<\" compares numbers, texts or dates with their like.", 1, 11 },
	{ "and before or", "{{true or false and false}} {{(true or false) and false}}", NULL,
		"true false", NULL, 0, 0 },
	{ "not", "{{not true = false}} {{!true = false}} {{not not 1}}", NULL, "true true true",
		NULL, 0, 0 },
	{ "xor", "{{1 xor 0}} {{1 xor 1}}", NULL, "true false", NULL, 0, 0 },
	{ "and stops early", "{% if false and var:none %}{% else %}ok{% endif %}", NULL, "ok",
		NULL, 0, 0 },
	{ "or stops early", "{% if true or var:none %}ok{% endif %}", NULL, "ok", NULL, 0, 0 },
	{ "truth", "{{not var:a}} {{not var:b}} {{not var:c}} {{not var:d}} {{not var:e}}",
		"{\"a\":\"\",\"b\":[],\"c\":{},\"d\":\"0\",\"e\":[0]}",
		"true true true false false", NULL, 0, 0 },
	/* Statements. */
	{ "for over an object", "{% for v in var:o %}{{v}},{% endfor %}",
		"{\"o\":{\"z\":1,\"a\":2}}", "1,2,", NULL, 0, 0 },
	{ "for over nothing", "[{% for v in var:o %}x{% endfor %}]", "{\"o\":[]}", "[]", NULL,
		0, 0 },
	{ "for with an empty default", "[{% for v in var:o:\"\" %}x{% endfor %}]", NULL, "[]",
		NULL, 0, 0 },
	{ "for over a text", "{% for v in var:day %}{% endfor %}", "{\"day\":\"Monday\"}", NULL,
		"\"var:day\" is not an array value", 1, 1 },
	{ "a name comes back behind the loop",
		"{% set x = 1 %}{% for x in var:l %}{{x}}{% endfor %}{{x}}", "{\"l\":[2,3]}",
		"231", NULL, 0, 0 },
	{ "a name ends with the loop", "{% for x in var:l %}{% endfor %}{{x}}", "{\"l\":[2]}",
		NULL, "Unknown identifier: x", 1, 35 },
	{ "set in a loop stays",
		"{% set n = 0 %}{% for x in var:l %}{% set n = n + x %}{% endfor "
		"%}{{n}}",
		"{\"l\":[2,3]}", "5", NULL, 0, 0 },
	{ "set kinds",
		"{% set a = 1 %}{% set b = \"t\" %}{% set c = 1.5 %}{% set d = false %}"
		"{{a}}{{b}}{{c}}{{d}}",
		NULL, "1t1.5false", NULL, 0, 0 },
	{ "set a list", "{% set l = var:l %}{% for x in l %}{{x}}{% endfor %}", "{\"l\":[1,2]}",
		"12", NULL, 0, 0 },
	{ "elseif chain",
		"{% if var:a=1 %}1{% elseif var:a=2 %}2{% elseif var:a=3 %}3{% endif %}",
		"{\"a\":3}", "3", NULL, 0, 0 },
	{ "a segment", "{% if segment:123 %}y{% else %}n{% endif %}", NULL, "n", NULL, 0, 0 },
	/* Mistakes of the source. */
	{ "unclosed print", "a {{var:b", NULL, NULL, "The \"{{\" here is not closed by \"}}\".",
		1, 3 },
	{ "unclosed statement", "{% if var:b", NULL, NULL,
		"The \"{%\" here is not closed by \"%}\".", 1, 1 },
	{ "crossed", "{{var:b %} }}", "{\"b\":1}", NULL, "\"}}\" is expected here, not \"%}\".",
		1, 9 },
	{ "empty print", "{{}}", NULL, NULL, "A value is expected here, not \"}\".", 1, 3 },
	{ "ends", "{{", NULL, NULL, "A value is expected here, but the template ends.", 1, 3 },
	{ "no operand", "{{1+}}", NULL, NULL, "A value is expected here, not \"}\".", 1, 5 },
	{ "operator as a value", "{{and}}", NULL, NULL,
		"A value is expected here, not \"and\".", 1, 3 },
	{ "open text", "{{\"a}}", NULL, NULL, "The text that starts here has no closing quote.",
		1, 3 },
	{ "open parenthesis", "{{(1+2}}", NULL, NULL, "The \"(\" here has no closing \")\".", 1,
		3 },
	{ "bad default", "{{var:a:b}}", NULL, NULL,
		"A default is a text in quotes, a number, true or false.", 1, 9 },
	{ "unknown source", "{{foo:bar}}", NULL, NULL,
		"A default is a text in quotes, a number, true or false.", 1, 7 },
	{ "unknown statement", "{% while 1 %}", NULL, NULL, "Unknown statement: while", 1, 1 },
	{ "no statement", "{% %}", NULL, NULL, "Unknown statement: ", 1, 1 },
	{ "if is not closed", "a\n {% if 1 %}", NULL, NULL,
		"The block that starts here is not closed by \"endif\".", 2, 2 },
	{ "for is not closed", "{% for a in var:b %}{% if 1 %}{% endif %}", NULL, NULL,
		"The block that starts here is not closed by \"endfor\".", 1, 1 },
	{ "endif alone", "{% endif %}", NULL, NULL, "\"endif\" closes nothing.", 1, 1 },
	{ "endif of a for", "{% for a in var:b %}{% endif %}", NULL, NULL,
		"\"endfor\" is expected here, not \"endif\".", 1, 21 },
	{ "else alone", "{% else %}", NULL, NULL, "\"else\" without an open \"if\".", 1, 1 },
	{ "else in for", "{% for a in var:b %}{% else %}{% endfor %}", NULL, NULL,
		"\"else\" without an open \"if\".", 1, 21 },
	{ "two elses", "{% if 1 %}{% else %}{% else %}{% endif %}", NULL, NULL,
		"\"else\" behind \"else\".", 1, 21 },
	{ "elseif behind else", "{% if 1 %}{% else %}{% elseif 1 %}{% endif %}", NULL, NULL,
		"\"elseif\" behind \"else\".", 1, 21 },
	{ "for without in", "{% for a of var:b %}", NULL, NULL,
		"\"in\" is expected here: {% for name in var:list %}.", 0, 0 },
	{ "for without a name", "{% for 1 in var:b %}", NULL, NULL, "A name is expected here.",
		1, 8 },
	{ "set without =", "{% set a 1 %}", NULL, NULL,
		"\"=\" is expected here: {% set name = value %}.", 1, 10 },
	{ "unknown function", "{{ Foo(1) }}", NULL, NULL, "Unknown function: Foo", 1, 4 },
	{ "too few values", "{{ Upper() }}", NULL, NULL, "Upper takes 1 value, not 0.", 1, 4 },
	{ "too many values", "{{ Round(1,2,3) }}", NULL, NULL,
		"Round takes 1 to 2 values, not 3.", 1, 4 },
	{ "comma", "{{ Round(1 2) }}", NULL, NULL, "\",\" or \")\" is expected here.", 1, 12 },
	{ "print a list", "{{var:l}}", "{\"l\":[1]}", NULL,
		"\"var:l\" is an array: print a value in it.", 1, 3 },
	{ "print an object", "{{var:l}}", "{\"l\":{}}", NULL,
		"\"var:l\" is an object: print a value in it.", 1, 3 },
	/* The older tags, with the language on. */
	{ "old tags", "[[var:a]] [[var:b:\"c\"]] [[ var : a ]] [[data:x:\"\"]]", "{\"a\":1}",
		"1 c 1 ", NULL, 0, 0 },
	{ "no old tags", "[[a]] [[[1,2]]] [[var:a:b]] [[UNSUB_LINK_FR]] [[", NULL,
		"[[a]] [[[1,2]]] [[var:a:b]] [[UNSUB_LINK_FR]] [[", NULL, 0, 0 },
};

static void
test_rows(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	TEST_EACH(row, rows)
	scene_check(&s, TEMPLATE_MAILJET, row);
	scene_end(&s);
}

static const struct scene_row functions[] = {
	{ "Upper", "{{Upper(\"a\xc3\xa9\xc5\x93 \xd0\xb6\xce\xac 1\")}}", NULL,
		"A\xc3\x89\xc5\x92 \xd0\x96\xce\x86 1", NULL, 0, 0 },
	{ "Lower", "{{Lower(\"A\xc3\x89\xc5\x92\xd0\x96\")}}", NULL,
		"a\xc3\xa9\xc5\x93\xd0\xb6", NULL, 0, 0 },
	{ "Capitalize", "{{Capitalize(\"\xc3\xa9lan VITAL\")}}{{Capitalize(\"\")}}", NULL,
		"\xc3\x89lan VITAL", NULL, 0, 0 },
	{ "any case", "{{ UPPER(\"a\") }}{{ upper (\"b\") }}", NULL, "AB", NULL, 0, 0 },
	{ "Upper of a number", "{{Upper(12)}}", NULL, "12", NULL, 0, 0 },
	{ "Round",
		"{{Round(2.5)}} {{Round(2.675,2)}} {{Round(-1.5)}} {{Round(16.004,2)}} "
		"{{Round(1234,-2)}} {{Round(3)}} {{Round(\"1.26\",1)}}",
		NULL, "3 2.68 -2 16 1200 3 1.3", NULL, 0, 0 },
	{ "Round takes a number", "{{Round(\"a\")}}", NULL, NULL,
		"Round takes a number, and this is none.", 1, 3 },
	{ "Round takes whole places", "{{Round(1,0.5)}}", NULL, NULL,
		"Round takes a whole number of places, at most 20.", 1, 3 },
	{ "Round takes few places", "{{Round(1,21)}}", NULL, NULL,
		"Round takes a whole number of places, at most 20.", 1, 3 },
	{ "Int", "{{Int(3.99)}} {{Int(-3.99)}} {{Int(\"7\")}} {{Int(true)}}", NULL, "3 -3 7 1",
		NULL, 0, 0 },
	{ "Int of no number", "{{Int(\"x\")}}", NULL, NULL,
		"Int takes a number, and this is none.", 1, 3 },
	{ "UrlEncode", "{{UrlEncode(\"a b&c/\xc3\xa9~\")}}", NULL, "a%20b%26c%2F%C3%A9~", NULL,
		0, 0 },
	{ "Escape", "{{Escape(\"<a href='x'>&\")}}", NULL, "&lt;a href=&#39;x&#39;&gt;&amp;",
		NULL, 0, 0 },
	{ "HasOpenedSince", "{{HasOpenedSince(30)}} {{hasclickedsince(3)}}", NULL,
		"false false", NULL, 0, 0 },
	{ "days", "{{HasOpenedSince(-1)}}", NULL, NULL,
		"HasOpenedSince takes a number of days: 0, 1, 2 \xe2\x80\xa6", 1, 3 },
	{ "FormatNumber",
		"{{FormatNumber(\"#,##0.00\",1234567.891)}} {{FormatNumber(\"0\",2.5)}}", NULL,
		"1,234,567.89 3", NULL, 0, 0 },
	{ "FormatNumberLocale",
		"{{FormatNumberLocale(\"#,##0.00\",1234.5,\"de_DE\")}} "
		"{{FormatNumberLocale(\"#,##0.00 \xe2\x82\xac\",1234.5,\"fr_FR\")}}",
		NULL,
		"1.234,50 1\xe2\x80\xaf"
		"234,50 \xe2\x82\xac",
		NULL, 0, 0 },
	{ "no pattern", "{{FormatNumber(\"abc\",1)}}", NULL, NULL,
		"\"abc\" is no pattern of a number, such as \"#,##0.00\".", 1, 3 },
	{ "FormatDateTime", "{{FormatDateTime(\"dd.mm.yyyy hh:nn:ss\",ToDate(1511962591))}}",
		NULL, "29.11.2017 13:36:31", NULL, 0, 0 },
	{ "FormatDateTime of a text", "{{FormatDateTime(\"d mmmm yy\",\"2026-11-04\")}}", NULL,
		"4 November 26", NULL, 0, 0 },
	{ "FormatDateTimeTZ",
		"{{FormatDateTimeTZ(\"yyyy-mm-dd "
		"hh:mm\",\"2026-12-31T23:30:00Z\",\"+03:00\")}}",
		NULL, "2027-01-01 02:30", NULL, 0, 0 },
	{ "offset", "{{FormatDateTimeTZ(\"yy\",0,\"Paris\")}}", NULL, NULL,
		"\"Paris\" is no offset from UTC, such as \"+03:00\".", 1, 3 },
	{ "no date", "{{ToDate(\"tomorrow\")}}", NULL, NULL,
		"ToDate takes a date: seconds since 1970, or \"2026-11-24T09:51:00Z\".", 1, 3 },
	{ "DateTimeNow", "{{DateTimeNow()}} {{FormatDateTime(\"yyyy\",DateTimeNow())}}", NULL,
		"2026-11-24T09:51:00Z 2026", NULL, 0, 0 },
	{ "dates compare", "{{DateTimeNow() > ToDate(0)}} {{DateTimeNow() < \"2026-11-25\"}}",
		NULL, "true true", NULL, 0, 0 },
	{ "functions in functions", "{{Upper(Lower(\"Ab\")+\"c\")}}", NULL, "ABC", NULL, 0, 0 },
};

static void
test_functions(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	s.data.now = INT64_C(1795513860) * 1000000;
	TEST_EACH(row, functions)
	scene_check(&s, TEMPLATE_MAILJET, row);
	scene_end(&s);
}

static bool
yes_in_a_week(void *ctx, int64_t days)
{
	(void)ctx;
	return days >= 7;
}

static bool
in_segment(void *ctx, struct str name)
{
	(void)ctx;
	return str_eq_z(name, "123") || str_eq_z(name, "big spenders");
}

static void
test_asks(void **state)
{
	static const struct scene_row asks[] = {
		{ "opened", "{{HasOpenedSince(7)}}{{HasOpenedSince(6)}}", NULL, "truefalse",
			NULL, 0, 0 },
		{ "clicked", "{{HasClickedSince(6)}}{{HasClickedSince(30)}}", NULL, "falsetrue",
			NULL, 0, 0 },
		{ "segment", "{{segment:123}}{{segment:\"big spenders\"}}{{segment:x}}", NULL,
			"truetruefalse", NULL, 0, 0 },
		{ "contact",
			"{{data:city}} {{data:a.b}} {{mj:contact.email}} {{mj:unsub_link}}",
			NULL, "Paris 1 a@b.example https://u/", NULL, 0, 0 },
		{ "sources do not mix", "{{var:city:\"-\"}}{{data:contact:\"-\"}}", NULL, "--",
			NULL, 0, 0 },
	};
	struct scene s;
	json_t *contact = json_loads("{\"city\":\"Paris\",\"a\":{\"b\":1}}", 0, NULL);
	json_t *mj = json_loads("{\"contact\":{\"email\":\"a@b.example\"},"
				"\"unsub_link\":\"https://u/\"}",
		0, NULL);

	(void)state;
	scene_begin(&s);
	s.data.opened = s.data.clicked = yes_in_a_week;
	s.data.segment = in_segment;
	s.data.contact = contact;
	s.data.mj = mj;
	TEST_EACH(row, asks)
	scene_check(&s, TEMPLATE_MAILJET, row);
	scene_end(&s);
	json_decref(contact);
	json_decref(mj);
}

static void
test_tags(void **state)
{
	static const struct scene_row tags[] = {
		{ "language is text", "{{var:a}} {% if %} [[var:a]]", "{\"a\":1}",
			"{{var:a}} {% if %} 1", NULL, 0, 0 },
		{ "default", "{}[[var:a:\"d: x\"]][[ var : b : \"e\" ]]", NULL, "{}d: xe", NULL,
			0, 0 },
		{ "no value", "<[[var:a]]>", NULL, "<>", NULL, 0, 0 },
		{ "list", "<[[var:a]][[var:a.0]]>", "{\"a\":[1]}", "<1>", NULL, 0, 0 },
		{ "not closed", "[[var:a", "{\"a\":1}", "[[var:a", NULL, 0, 0 },
		{ "more brackets", "[[[var:a]]]", "{\"a\":1}", "[1]", NULL, 0, 0 },
		{ "no expressions", "[[var:a+1]]", "{\"a\":1}", "[[var:a+1]]", NULL, 0, 0 },
	};
	struct scene s;

	(void)state;
	scene_begin(&s);
	TEST_EACH(row, tags)
	scene_check(&s, TEMPLATE_MAILJET_TAGS, row);
	scene_end(&s);
}

static void
test_header(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	s.place = TEMPLATE_HEADER;
	scene_vars(&s, "{\"a\":\"x\\r\\nBcc: b@c.example\\u0000\\u007f\"}");
	assert_int_equal(scene_run(&s, TEMPLATE_MAILJET, STR_LIT("Hi {{var:a}}\n")), 0);
	assert_str(buf_str(&s.out), "Hi x  Bcc: b@c.example   ");
	scene_end(&s);
}

TEST_MAIN(TEST(test_rows), TEST(test_functions), TEST(test_asks), TEST(test_tags),
	TEST(test_header))
