#include "content/inline_css.h"

#include "base/test.h"

#include <errno.h>

static const struct {
	const char *name, *html, *want; /* NULL: as it is */
} table[] = {
	{ "nothing", "", NULL },
	{ "no sheet", "<p style=\"a:b\">x</p>", NULL },
	{ "a type", "<style>p{color:red}</style><p>x</p><P>y</P><b>z</b>",
		"<p style=\"color:red\">x</p><P style=\"color:red\">y</P><b>z</b>" },
	{ "a class, an id", "<style>.a{b:c}#d{e:f}</style><p class='x a'><p id=d class=A>",
		"<p style=\"b:c\" class='x a'><p style=\"e:f\" id=d class=A>" },
	{ "attributes",
		"<style>[a]{b:c} td[w='1 2']{d:e} td[w=x]{f:g}[w=3]{h:i}</style><i A><td w='1 "
		"2'>"
		"<td w=x>",
		"<style>[w=3]{h:i}</style><i style=\"b:c\" A><td style=\"d:e\" w='1 2'>"
		"<td style=\"f:g\" w=x>" },
	{ "a list", "<style>p,\n b , .c { d : e }</style><p><b><i class=c>",
		"<p style=\"d:e\"><b style=\"d:e\"><i style=\"d:e\" class=c>" },
	{ "all of one compound",
		"<style>p.a.b#c{d:e}</style><p class='b a' id=c><p class=a id=c>",
		"<p style=\"d:e\" class='b a' id=c><p class=a id=c>" },
	{ "a descendant", "<style>div b{c:d}</style><div><i><b></b></i></div><b>",
		"<div><i><b style=\"c:d\"></b></i></div><b>" },
	{ "a child", "<style>div>b{c:d}</style><div><i><b></b></i><b></b></div>",
		"<div><i><b></b></i><b style=\"c:d\"></b></div>" },
	{ "several ways up", "<style>.a>i b{c:d}</style><u class=a><i><u><i><b>",
		"<u class=a><i><u><i><b style=\"c:d\">" },
	{ "void elements hold nothing",
		"<style>br b,img>b{c:d} p>b{e:f}</style><p><br><img><b>",
		"<style>br b,img>b{c:d} </style><p><br><img><b style=\"e:f\">" },
	{ "ends that are implied",
		"<style>li>li,td>td,p>p,p>div,tr>tr{c:d}ul>li{e:f}</style>"
		"<ul><li>a<li>b</ul><p>a<p>b<div>c</div><table><tr><td>a<td>b<tr><td>c</table>",
		"<style>li>li,td>td,p>p,p>div,tr>tr{c:d}</style>"
		"<ul><li style=\"e:f\">a<li "
		"style=\"e:f\">b</ul><p>a<p>b<div>c</div><table><tr><td>"
		"a<td>b<tr><td>c</table>" },
	{ "a body that is implied", "<style>table>tr{c:d}tr>td{e:f}</style><table><tr><td>",
		"<style>table>tr{c:d}</style><table><tr><td style=\"e:f\">" },

	/* the cascade */
	{ "by order", "<style>p{a:1}p{a:2;b:1}</style><p>", "<p style=\"a:2;b:1\">" },
	{ "by weight", "<style>#i{a:3}.c{a:2;b:2}p{a:1;b:1;c:1}</style><p id=i class=c>",
		"<p style=\"c:1;b:2;a:3\" id=i class=c>" },
	{ "seven types weigh less than a class",
		"<style>.c{a:1}i i i i i i b{a:2}</style><i><i><i><i><i><i><b class=c>",
		"<i><i><i><i><i><i><b style=\"a:1\" class=c>" },
	{ "types weigh", "<style>div div b{a:2}b{a:1}</style><div><div><b>",
		"<div><div><b style=\"a:2\">" },
	{ "of a list the heaviest",
		"<style>p,.c{a:2}p.d{a:1}b,p{a:0}</style><p class='c'><p class='c d'>",
		"<style>b{a:0}</style><p style=\"a:2\" class='c'><p style=\"a:1\" class='c "
		"d'>" },
	{ "two sheets", "<style>p{a:1}</style><style>p{a:2}</style><p>", "<p style=\"a:2\">" },
	{ "longhand behind shorthand",
		"<style>.c{margin-top:5px}p{margin:0}</style><p class=c>",
		"<p style=\"margin:0;margin-top:5px\" class=c>" },
	{ "two of one rule stay", "<style>p{a:1;a:2}</style><p>", "<p style=\"a:1;a:2\">" },
	{ "what is there wins", "<style>p{a:1;b:1}</style><p style='a:2'>",
		"<p style='b:1;a:2'>" },
	{ "it wins all", "<style>p{a:1}</style><p style='A : 2;'>", "<p style='A : 2;'>" },
	{ "important", "<style>p{a:1!important;b:1}.c{a:2}</style><p class=c style=\"a:3\">",
		"<p class=c style=\"b:1;a:3;a:1\">" },
	{ "important by order", "<style>p{a:1 ! IMPORTANT}p{a:2!important}</style><p>",
		"<p style=\"a:2\">" },
	{ "what is there, important",
		"<style>p{a:1!important;b:1}</style><p style=\"a:3 !important\">",
		"<p style=\"b:1;a:3 !important\">" },

	/* what is written */
	{ "quotes", "<style>p{f:\"A b\", 'C';g:\"d\"}</style><p>",
		"<p style=\"f:&quot;A b&quot;, 'C';g:'d'\">" },
	{ "between other quotes", "<style>p{f:\"A\";g:'d'}</style><p style='a:\"x\"'>",
		"<p style='f:\"A\";g:&#39;d&#39;;a:\"x\"'>" },
	{ "without quotes",
		"<style>p{f:g}</style><p style=a:b class=c><p style><p style=><p style=''>",
		"<p style=\"f:g;a:b\" class=c><p style=\"f:g\"><p style=\"f:g\"><p "
		"style='f:g'>" },
	{ "a reference",
		"<style>p{f:g!important;u:url(?a&b;c)}</style><p style=\"a:&quot;x&quot;\">",
		"<p style=\"u:url(?a&amp;b;c);a:&quot;x&quot;;f:g\">" },
	{ "the first attribute counts",
		"<style>.a{f:g}</style><p class=a class=b style=c:d style=e:f>",
		"<p class=a class=b style=\"f:g;c:d\" style=e:f>" },
	{ "comments", "<style>/*x*/p/**/{a:b}b{/*;*/c/**/: d/*}*/ e;}</style><p><b>",
		"<style>/*x*/p/**/{a:b}</style><p><b style=\"c:d e\">" },
	{ "as old ones hide it", "<style><!--\np{a:b}\n--></style><p>",
		"<style><!--\n--></style><p style=\"a:b\">" },

	/* what stays */
	{ "what is not known",
		"<style>@import 'x';@media (max-width:9px){p{a:b}}*{c:d}a:hover{e:f}p+b{g:h}"
		"b~i{a:b}p::x{a:b}a[b^=c]{d:e}p:not(.x){a:b}\\70{a:b}@font-face{a:b}</style>"
		"<p><b><i><a b=c>",
		NULL },
	{ "beside what is",
		"<style>\n a{e:f}\n a, b, a:hover{c:d}\n @media x{a{e:g}} </style><a>",
		"<style>\n b,a:hover{c:d}\n @media x{a{e:g}} </style><a style=\"e:f;c:d\">" },
	{ "what matches nothing", "<style>.ExternalClass p{a:b}p{c:d}</style><p>",
		"<style>.ExternalClass p{a:b}</style><p style=\"c:d\">" },
	{ "declarations that are none",
		"<style>p{*a:b}p{c:d\\9}p{e}p{a:b!x}p{a:}b{c:{d:e}}</style><p><b>", NULL },
	{ "what does not end", "<style>p{a:b}p{c:d</style><p>",
		"<style>p{c:d</style><p style=\"a:b\">" },
	{ "a string that does not end", "<style>p{a:\"b\n}p{c:d}p{e:'f}</style><p>",
		"<style>p{a:\"b\n}p{e:'f}</style><p style=\"c:d\">" },
	{ "of other media", "<style media=print>p{a:b}</style><style type=x>p{a:b}</style><p>",
		NULL },
	{ "its type is said", "<style type='text/css' lang=x >p{a:b}</style><p>",
		"<p style=\"a:b\">" },
	{ "in a conditional comment", "<!--[if mso]><style>p{a:b}</style><p><![endif]--><p>",
		NULL },
	{ "for a conditional comment", "<style>p{a:b}</style><!--[if mso]><p><![endif]--><p>",
		"<!--[if mso]><p><![endif]--><p style=\"a:b\">" },
	{ "what is not shown",
		"<style>head,title,meta{a:b}</style><head><title><p></title><meta>", NULL },
	{ "a tag that does not end", "<style>p{a:b}</style><p><p class=\"",
		"<p style=\"a:b\"><p class=\"" },
	{ "by an attribute that it makes", "<style>p[style]{a:b}p{c:d}</style><p>",
		"<style>p[style]{a:b}</style><p style=\"c:d\">" },
	{ "a mail",
		"<!doctype html>\n<html><head><title>T</title>\n<style type=\"text/css\">\n"
		"  body { margin: 0; }\n  .box { padding: 1px }\n"
		"  @media (max-width: 600px) {\n    .box { padding: 0 !important }\n  "
		"}\n</style>\n"
		"</head>\n<body>\n<div class=\"box\">caf\303\251 &amp; "
		"t\n</div></body></html>\n",
		"<!doctype html>\n<html><head><title>T</title>\n<style type=\"text/css\">\n"
		"  @media (max-width: 600px) {\n    .box { padding: 0 !important }\n  "
		"}\n</style>\n"
		"</head>\n<body style=\"margin:0\">\n<div style=\"padding:1px\" class=\"box\">"
		"caf\303\251 &amp; t\n</div></body></html>\n" },
};

static void
pages(void **state)
{
	struct buf got, again;

	(void)state;
	buf_init(&got, 65536);
	buf_init(&again, 65536);
	TEST_EACH(row, table)
	{
		const char *want = row->want ? row->want : row->html;

		buf_clear(&got);
		assert_int_equal(inline_css(&got, str_z(row->html)), 0);
		assert_str_eq(buf_str(&got), str_z(want));
		buf_clear(&again);
		assert_int_equal(inline_css(&again, buf_str(&got)), 0);
		assert_str_eq(buf_str(&again), str_z(want));
	}
	buf_done(&got);
	buf_done(&again);
}

/* n times, behind a sheet and a begin. */
static void
make(struct buf *b, const char *head, const char *each, size_t n, const char *tail)
{
	buf_clear(b);
	buf_put_z(b, head);
	for (size_t i = 0; i < n; i++)
		buf_put_z(b, each);
	buf_put_z(b, tail);
	assert_false(b->full);
}

/* Past each limit all stays as it is; at it, it is done. */
static void
limits(void **state)
{
	static const struct {
		const char *name, *head, *each;
		size_t n;
		const char *tail;
		bool done;
	} rows[] = {
		{ "selectors", "<style>", ".a{b:c}", 1999, "p{a:b}</style><p>", true },
		{ "too many selectors", "<style>", ".a{b:c}", 2000, "p{a:b}</style><p>",
			false },
		{ "too many of one rule", "<style>b", ",b", 2000, "{a:b}</style><b>", false },
		{ "declarations", "<style>p{", "a:b;", 5000, "}</style><p>", true },
		{ "too many declarations", "<style>p{", "a:b;", 5001, "}</style><p>", false },
		{ "open elements", "<style>i{a:b}</style>", "<b>", 255, "<i>", true },
		{ "too many open elements", "<style>i{a:b}</style>", "<b>", 256, "<i>", false },
		{ "long selectors", "<style>i i i i i i i b{a:b}", "", 0,
			"</style><i><i><i><i><i><i><i><b>", true },
		{ "too long selectors", "<style>i i i i i i i i b{a:b}", "", 0,
			"</style><i><i><i><i><i><i><i><i><b>", false },
		{ "matches of one element", "<style>", "p{a:b}", 256, "</style><p>", true },
		{ "too many of them", "<style>", "p{a:b}", 257, "</style><p>", false },
		{ "ways up", "<style>u i i i i i i b{a:b}p{a:b}</style>", "<i>", 200, "<b><p>",
			false },
		/* Neither may take time that nobody counts. */
		{ "selectors that stay",
			"<style>p,a:x,a:x,a:x,a:x,a:x,a:x,a:x,a:x{a:b}</style>", "<br>", 500000,
			"<p>", false },
		{ "empty sheets", "", "<style></style>", 250000, "<style>p{a:b}</style><p>",
			true },
		{ "bytes", "<style>p{a:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}</style>",
			"<p>", 20000, "", true },
		{ "too many bytes",
			"<style>p{a:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}</style>", "<p>",
			25000, "", false },
	};
	struct buf html, got;

	(void)state;
	buf_init(&html, 4u << 20);
	buf_init(&got, 4u << 20);
	TEST_EACH(row, rows)
	{
		make(&html, row->head, row->each, row->n, row->tail);
		buf_clear(&got);
		assert_int_equal(inline_css(&got, buf_str(&html)), 0);
		assert_int_equal(!str_eq(buf_str(&got), buf_str(&html)), row->done);
	}
	buf_done(&got);
	buf_init(&got, 30);
	buf_put_z(&got, "x");
	assert_int_equal(inline_css(&got, STR_LIT("<style>p{a:b}</style><p><p><p>")), -E2BIG);
	assert_str(buf_str(&got), "x");
	buf_done(&got);
	buf_done(&html);
}

TEST_MAIN(TEST(pages), TEST(limits))
