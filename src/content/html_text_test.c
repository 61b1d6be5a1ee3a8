#include "content/html_text.h"

#include "base/test.h"
#include "base/text.h"

#include <errno.h>

static const struct {
	const char *name, *in, *want;
} table[] = {
	{ "nothing", "", "" },
	{ "only space", " \n<p> </p>\t", "" },
	{ "a word", "Bonjour", "Bonjour\n" },
	{ "white space collapses", " a \n\t b  <b> c</b>d", "a b cd\n" },
	{ "paragraphs", "<p>One</p><p>Two\n<p>Three", "One\n\nTwo\n\nThree\n" },
	{ "blocks", "<div>a<div>b</div>c</div>d", "a\nb\nc\nd\n" },
	{ "headings", "<h1>Title</h1>text<h2>Part</h2>more",
		"Title\n\ntext\n\nPart\n\nmore\n" },
	{ "line breaks", "a<br>b<br><br>c<br><br><br><br>d<br>", "a\nb\n\nc\n\nd\n" },
	{ "a break at a block's end", "<div>a<br></div>b", "a\nb\n" },
	{ "rule", "a<hr>b", "a\n\n------------------------------\n\nb\n" },
	{ "inline tags", "<b>a</b><i>b</i> <u>c</u>, d", "ab c, d\n" },

	/* lists */
	{ "unordered", "<ul><li>a</li><li>b<li>c</ul>d", "- a\n- b\n- c\n\nd\n" },
	{ "ordered", "<ol><li>a<li>b</ol>", "1. a\n2. b\n" },
	{ "ordered from", "<ol start=9><li>a<li>b<li value=3>c<li>d</ol>",
		"9. a\n10. b\n3. c\n4. d\n" },
	{ "nested", "<ul><li>a<ol><li>x</li><li>y<br>z</li></ol></li><li>b</li></ul>",
		"- a\n  1. x\n  2. y\n     z\n- b\n" },
	{ "item with paragraphs", "<ul><li><p>a</p><p>b</p></li><li>c</li></ul>",
		"- a\n\n  b\n\n- c\n" },
	{ "item in item", "<ul><li><ul><li>x</ul></ul>", "- - x\n" },
	{ "empty items", "<ul><li></li><li>a</li></ul>", "- a\n" },
	{ "item without list", "<li>a<li>b", "- a\n- b\n" },
	{ "definitions", "<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\nc\nd\n" },

	/* quotations */
	{ "quote", "a<blockquote>b<p>c</p></blockquote>d", "a\n\n> b\n>\n> c\n\nd\n" },
	{ "quote in quote", "<blockquote>a<blockquote>b</blockquote>c</blockquote>",
		"> a\n>\n> > b\n>\n> c\n" },
	{ "list in quote", "<blockquote><ul><li>a<li>b</ul></blockquote>", "> - a\n> - b\n" },

	/* links */
	{ "link", "See <a href=\"https://a.example/x?a=1&amp;b=2\">the page</a>.",
		"See the page <https://a.example/x?a=1&b=2>.\n" },
	{ "the text is the URL", "<a href='https://a.example/x'>https://a.example/x</a>",
		"https://a.example/x\n" },
	{ "but for the scheme", "<a href=https://a.example/>a.example</a>", "a.example\n" },
	{ "another URL", "<a href=https://b.example/>https://a.example</a>",
		"https://a.example <https://b.example/>\n" },
	{ "address", "<a href='mailto:a@b.example?subject=x'>a@b.example</a>",
		"a@b.example\n" },
	{ "address behind words", "<a href='mailto:a@b.example'>Write</a>",
		"Write <a@b.example>\n" },
	{ "telephone", "<a href='tel:+33 1 23'>Call</a>", "Call <+33%201%2023>\n" },
	{ "anchors and scripts",
		"<a href='#x'>a</a> <a name=y>b</a> <a href='javascript:x'>c</a>", "a b c\n" },
	{ "picture as link", "<a href=https://a.example><img src=x alt='The shop'></a>",
		"The shop <https://a.example>\n" },
	{ "picture without a text",
		"<a href=https://a.example><img src=x></a> <a href=https://a.example></a>",
		"https://a.example\n" },
	{ "a link around blocks", "<a href=https://a.example><div>a</div><div>b</div></a>c",
		"a\nb <https://a.example>\nc\n" },
	{ "not closed", "<a href=https://a.example>a <a href=https://b.example>b",
		"a <https://a.example> b <https://b.example>\n" },
	{ "spaces in a URL", "<a href=' https://a.example/b c\n d '>x</a>",
		"x <https://a.example/b%20c%20d>\n" },
	{ "picture", "a <img alt=\"b &amp; c\"> d<img src=x>", "a b & c d\n" },

	/* references */
	{ "references", "Caf&eacute; &#8364;&#x31;0 &lt;b&gt; &hellip; &unknown;",
		"Café €10 <b> … &unknown;\n" },
	{ "nbsp", "10&nbsp;&euro; a &nbsp; b&nbsp;&nbsp;c&nbsp;", "10\u00a0€ a b c\n" },
	{ "fillers", "a&shy;b &#847;&zwnj;&nbsp;&#8203; c", "ab c\n" },
	{ "controls",
		"a\x01"
		"b\x7f\x1b[1m &#8;c",
		"ab[1m c\n" },
	{ "windows-1252", "caf\xe9 \x80", "café €\n" },

	/* what nobody sees */
	{ "passed over",
		"<!doctype html><head><title>T</title><style>p{}</style></head>"
		"<script>x</script><!-- c -->a<!--[if mso]>b<![endif]-->",
		"a\n" },
	{ "display none", "<div style='color:red; DISPLAY : none !important'>x<p>y</p></div>a",
		"a\n" },
	{ "hidden inline", "a<span style=\"display:none\">x<span>y</span>z</span>b", "ab\n" },
	{ "hidden", "<p hidden>x</p><p>a", "a\n" },
	{ "preview text",
		"<div style='max-height:0px;overflow:hidden;mso-hide:all'>x &zwnj;</div>a",
		"a\n" },
	{ "transparent", "<td style='opacity:0'>x</td>a<p style='opacity:0.5'>b", "a\n\nb\n" },
	{ "font size 0 is shown", "<td style='font-size:0px'><p>a</p></td>", "a\n" },
	{ "hidden picture and link",
		"<img alt=x style='display:none'><p hidden><a "
		"href=https://a.example>x</a></p>a",
		"a\n" },
	{ "hidden ends with its parent", "<div><span hidden>x</div>a", "a\n" },
	{ "hidden ends with its cell", "<table><tr><td hidden>x<td>a</table>", "a\n" },

	/* tables */
	{ "data",
		"a<table><tr><th>Item<th>Price</tr><tr><td>Tea</td><td><b>3&nbsp;€</b></td></"
		"tr>"
		"</table>b",
		"a\n\nItem | Price\nTea | 3\u00a0€\n\nb\n" },
	{ "data without heading",
		"<table><tbody><tr><td>Tea<td>1<td>3</tr><tr><td>Nuts<td><td>4</table>",
		"Tea | 1 | 3\nNuts | | 4\n" },
	{ "total over two columns",
		"<table><tr><td>Tea<td>1<td>3</tr><tr><td colspan=2>Total<td>3</table>",
		"Tea | 1 | 3\nTotal | 3\n" },
	{ "paragraphs in cells",
		"<table><tr><td><p>Tea</p></td><td><p>1</p></td></tr><tr><td><p>Nuts</p><td>2"
		"</table>",
		"Tea | 1\nNuts | 2\n" },
	{ "layout",
		"<table role=presentation><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td>"
		"</tr></table>",
		"a\nb\n\nc\nd\n" },
	{ "layout of tables",
		"<table><tr><td><table><tr><td>a</td><td>b</td></tr><tr><td>1<td>2</table></td>"
		"<td>x</td></tr><tr><td>y<td>z</table>",
		"a | b\n1 | 2\n\nx\n\ny\nz\n" },
	{ "one column", "<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\n\nb\n" },
	{ "caption", "<table><caption>C</caption><tr><td>a<td>b<tr><td>c<td>d</table>",
		"C\n\na | b\nc | d\n" },
	{ "a link in a cell",
		"<table><tr><td><a href=https://a.example>x</a><td>b<tr><td>c<td>d</table>",
		"x <https://a.example> | b\nc | d\n" },

	/* as it is */
	{ "pre", "a<pre>\nb  c\n\n  d\n</pre>e", "a\n\nb  c\n\n  d\n\ne\n" },
	{ "a link in pre", "<pre>a <a href=https://a.example>b</a> c</pre>",
		"a b <https://a.example> c\n" },
	{ "pre with CRLF", "<pre>\r\nb\r\nc</pre>", "b\nc\n" },

	/* broken */
	{ "end tags alone", "</div></p>a</b></table></ul></td>", "a\n" },
	{ "a tag cut off", "a<p class=", "a\n" },
	{ "not markup", "a < b <3 c</>d", "a < b <3 cd\n" },
	{ "a comment that never ends", "a<!-- b", "a\n" },
};

static void
test_table(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		struct buf out;

		buf_init(&out, 10000);
		assert_int_equal(html_text(&out, str_z(row->in), HTML_TEXT_WIDTH), 0);
		assert_str(buf_str(&out), row->want);
		buf_done(&out);
	}
}

static void
test_wrap(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{ "words", "one two three four five six", "one two three four\nfive six\n" },
		{ "exactly", "12345678901234567890 1", "12345678901234567890\n1\n" },
		{ "a long word", "a https://a.example/0123456789 b",
			"a\nhttps://a.example/0123456789\nb\n" },
		{ "a link's URL with its full stop",
			"aaaaaaaa <a href=http://bb.cc/>ddd</a>. e",
			"aaaaaaaa ddd\n<http://bb.cc/>. e\n" },
		{ "accents are one column", "éééééééééé éééééééééé é",
			"éééééééééé\néééééééééé é\n" },
		{ "below a list's mark", "<ul><li>one two three four five</ul>",
			"- one two three four\n  five\n" },
		{ "in a quotation", "<blockquote>one two three four five</blockquote>",
			"> one two three four\n> five\n" },
		{ "no spaces", "今日は良い天気ですね。明日も良い天気です。",
			"今日は良い天気です\nね。明日も良い天気で\nす。\n" },
		{ "held together", "aaaaaaaaaaaaa 100&nbsp;000&nbsp;&euro;",
			"aaaaaaaaaaaaa\n100\u00a0000\u00a0€\n" },
		{ "pre is not wrapped", "<pre>one two three four five six</pre>",
			"one two three four five six\n" },
	};

	(void)state;
	TEST_EACH(row, rows)
	{
		struct buf out;

		buf_init(&out, 1000);
		assert_int_equal(html_text(&out, str_z(row->in), 20), 0);
		assert_str(buf_str(&out), row->want);
		buf_done(&out);
	}
}

static void
test_room(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	buf_put_z(&out, "abc");
	assert_int_equal(html_text(&out, STR_LIT("12345"), 76), -E2BIG);
	assert_str(buf_str(&out), "abc");
	buf_clear(&out);
	assert_int_equal(html_text(&out, STR_LIT("12345"), 76), 0);
	assert_str(buf_str(&out), "12345\n");
	buf_done(&out);
}

/* What makes the output grow most, and many open elements. */
static void
test_bound(void **state)
{
	static const char *const pieces[] = { "<li>a", "<ul><li>a", "<blockquote>a", "<br>a",
		"<td>a", "<tr><td>a", "<table>", "<p>a", "<a href=http:>", "<pre>\na\n", "<hr>",
		"<div>", "\x80", "&nbsp;", "<p hidden>", "<ol><li>", "<h1>a</p>" };
	struct buf in, out;

	(void)state;
	buf_init(&in, 1u << 20);
	buf_init(&out, HTML_TEXT_MOST(1u << 20));
	for (size_t i = 0; i < TEST_COUNT(pieces); i++) {
		test_at(pieces[i]);
		buf_clear(&in);
		buf_clear(&out);
		for (unsigned k = 0; k < 5000; k++)
			buf_put_z(&in, pieces[i]);
		assert_int_equal(html_text(&out, buf_str(&in), 76), 0);
		assert_true(out.n <= HTML_TEXT_MOST(in.n));
		assert_true(text_is_utf8(buf_str(&out)));
	}
	test_at(NULL);
	buf_done(&in);
	buf_done(&out);
}

TEST_MAIN(TEST(test_table), TEST(test_wrap), TEST(test_room), TEST(test_bound))
