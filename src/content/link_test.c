#include "content/link.h"

#include "base/test.h"
#include "content/link_scan.h"
#include "wire/track_token.h"

#include <errno.h>

/* Makes "https://t/<index>" and notes the old URL in the buffer behind ctx. */
static int
note(void *ctx, const struct link_spot *link, struct buf *out)
{
	struct buf *seen = ctx;

	buf_put_c(seen, '|');
	buf_put(seen, link->url);
	buf_printf(out, "https://t/%u", link->index);
	return LINK_MADE;
}

static int
keep(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	(void)link;
	buf_put_z(out, "unused");
	return LINK_KEEP;
}

static int
same(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	buf_put(out, link->url);
	return LINK_MADE;
}

static int
broken(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	(void)out;
	return link->index == 1 ? -EIO : LINK_KEEP;
}

static const struct {
	const char *name, *html, *want, *seen;
} pages[] = {
	{ "none", "<p>https://a/</p>", "<p>https://a/</p>", "" },
	{ "double quotes", "<a href=\"https://a/?b&amp;c\">x</a>",
		"<a href=\"https://t/0\">x</a>", "|https://a/?b&c" },
	{ "single quotes", "<a class='b' href = 'http://a/'>",
		"<a class='b' href = 'https://t/0'>", "|http://a/" },
	{ "bare", "<a href=http://a/ b>x<a href=http://b/>y",
		"<a href=https://t/0 b>x<a href=https://t/1>y", "|http://a/|http://b/" },
	{ "area, capitals", "<AREA shape=rect HREF=\"http://a/\">",
		"<AREA shape=rect HREF=\"https://t/0\">", "|http://a/" },
	{ "lines", "<a\r\n\tclass=b\r\n\thref\r\n=\r\n\"http://a/\"\r\n>",
		"<a\r\n\tclass=b\r\n\thref\r\n=\r\n\"https://t/0\"\r\n>", "|http://a/" },
	{ "slash", "<a/href='http://a/'/>", "<a/href='https://t/0'/>", "|http://a/" },
	{ "no space between", "<a title='b'href='http://a/'>",
		"<a title='b'href='https://t/0'>", "|http://a/" },
	{ "the first href", "<a href='http://a/' href='http://b/'>",
		"<a href='https://t/0' href='http://b/'>", "|http://a/" },
	{ "an empty first href", "<a href href='http://b/'>", "<a href href='http://b/'>", "" },
	{ "other elements",
		"<abbr href='http://a/'><link href='http://a/'><img src='http://a/'>",
		"<abbr href='http://a/'><link href='http://a/'><img src='http://a/'>", "" },
	{ "other attributes", "<a data-href='http://a/' xhref='http://b/' title=\"href='c'\">",
		"<a data-href='http://a/' xhref='http://b/' title=\"href='c'\">", "" },
	{ "> in quotes", "<a title='>' href='http://a/'><img alt='<a href=http://b/>'>",
		"<a title='>' href='https://t/0'><img alt='<a href=http://b/>'>",
		"|http://a/" },
	{ "end tag", "</a href='http://a/'>", "</a href='http://a/'>", "" },
	{ "comment", "<!-- <a href='http://a/'> --><a href='http://b/'>",
		"<!-- <a href='http://a/'> --><a href='https://t/0'>", "|http://b/" },
	{ "short comments", "<!--><a href=http://a/><!---><a href=http://b/>",
		"<!--><a href=https://t/0><!---><a href=https://t/1>", "|http://a/|http://b/" },
	{ "comment with !", "<!-- --!><a href=http://a/>", "<!-- --!><a href=https://t/0>",
		"|http://a/" },
	{ "no comment's end", "<!--!><a href=http://a/>-->", "<!--!><a href=http://a/>-->",
		"" },
	{ "open comment", "<!-- <a href='http://a/'>", "<!-- <a href='http://a/'>", "" },
	{ "declarations", "<!DOCTYPE html><?xml <a?><![CDATA[<a href='http://a/'>",
		"<!DOCTYPE html><?xml <a?><![CDATA[<a href='http://a/'>", "" },
	{ "style", "<style>a{}<a href='http://a/'></style ><a href='http://b/'>",
		"<style>a{}<a href='http://a/'></style ><a href='https://t/0'>", "|http://b/" },
	{ "title", "<TITLE><a href='http://a/'></title><a href='http://b/'>",
		"<TITLE><a href='http://a/'></title><a href='https://t/0'>", "|http://b/" },
	{ "script", "<script>'</scripts><a href=http://a/>'</script>",
		"<script>'</scripts><a href=http://a/>'</script>", "" },
	{ "open style", "<style><a href='http://a/'>", "<style><a href='http://a/'>", "" },
	{ "cut tag", "<a href='http://a/'>b<a href='http://b/'",
		"<a href='https://t/0'>b<a href='http://b/'", "|http://a/" },
	{ "cut value", "<a href='http://a/>", "<a href='http://a/>", "" },
	{ "not a tag", "a < b <3 </ > <", "a < b <3 </ > <", "" },
	{ "conditional",
		"<!--[if mso]><v:rect href=\"http://a/\"><![endif]--><a href='http://b/'>",
		"<!--[if mso]><v:rect href=\"https://t/0\"><![endif]--><a href='https://t/1'>",
		"|http://a/|http://b/" },
	{ "conditional, cut", "<!--[if mso]><a title='<![endif]--><a href='http://b/'>",
		"<!--[if mso]><a title='<![endif]--><a href='https://t/0'>", "|http://b/" },
	{ "conditional, end in a tag", "<!--[if mso]><a href=http://a/--><a href='http://b/'>",
		"<!--[if mso]><a href=http://a/--><a href='https://t/0'>", "|http://b/" },
	{ "spelled otherwise", "<a href=' http://a/?b&c d '>", "<a href='https://t/0'>",
		"|http://a/?b&c%20d" },
	{ "conditional, style", "<!--[if mso]><style>a<![endif]--><a href='http://b/'>",
		"<!--[if mso]><style>a<![endif]--><a href='https://t/0'>", "|http://b/" },
	{ "for all others", "<!--[if !mso]><!--><a href='http://a/'><!--<![endif]-->",
		"<!--[if !mso]><!--><a href='https://t/0'><!--<![endif]-->", "|http://a/" },
	{ "VML outside", "<v:rect href='http://a/'>", "<v:rect href='http://a/'>", "" },
	{ "opted out",
		"<a clicktracking=off href='http://a/'><a href='http://a/' "
		"clickTracking=\"OFF\">"
		"<a data-pm-no-track href='http://a/'><a disable-tracking=true "
		"href='http://a/'>"
		"<a ses:no-track href='http://a/'>",
		"<a clicktracking=off href='http://a/'><a href='http://a/' "
		"clickTracking=\"OFF\">"
		"<a data-pm-no-track href='http://a/'><a disable-tracking=true "
		"href='http://a/'>"
		"<a ses:no-track href='http://a/'>",
		"" },
	{ "not opted out", "<a clicktracking=on disable-tracking=false href='http://a/'>",
		"<a clicktracking=on disable-tracking=false href='https://t/0'>",
		"|http://a/" },
	{ "templates", "<a href='{{ url }}'><a href=\"{{var:u:\"http://a/\"}}\">{{ \"<b\" }}",
		"<a href='{{ url }}'><a href=\"{{var:u:\"http://a/\"}}\">{{ \"<b\" }}", "" },
	{ "bytes", "\x01\xff\x80<a href='http://a/'>\xff",
		"\x01\xff\x80<a href='https://t/0'>\xff", "|http://a/" },
};

static void
html(void **state)
{
	struct buf out, seen;
	struct link_plan plan = { .make = note, .ctx = &seen };

	(void)state;
	buf_init(&out, 4000);
	buf_init(&seen, 4000);
	TEST_EACH(row, pages)
	{
		struct str in = str_z(row->html);
		unsigned n = 99, bars = 0;

		buf_clear(&out);
		buf_clear(&seen);
		plan.make = note;
		assert_int_equal(link_html(&out, in, &plan, &n), 0);
		assert_str(buf_str(&out), row->want);
		assert_str(buf_str(&seen), row->seen);
		for (const char *c = row->seen; *c; c++)
			bars += *c == '|';
		assert_int_equal(n, bars);
		buf_clear(&out);
		plan.make = same;
		assert_int_equal(link_html(&out, in, &plan, NULL), 0);
		assert_str_eq(buf_str(&out), in);
		buf_clear(&out);
		plan.make = keep;
		assert_int_equal(link_html(&out, in, &plan, NULL), 0);
		assert_str_eq(buf_str(&out), in);
	}
	buf_done(&out);
	buf_done(&seen);
}

static const struct {
	const char *name, *html, *want; /* * is the image */
} pixels[] = {
	{ "empty", "", "*" },
	{ "no body", "<p>a</p>", "<p>a</p>*" },
	{ "body", "<body><p>a</body></html>", "<body><p>a*</body></html>" },
	{ "the last", "<body>a</body>b</BODY >c", "<body>a</body>b*</BODY >c" },
	{ "in a comment", "a</body><!-- </body> -->", "a*</body><!-- </body> -->" },
	{ "in a conditional", "a<!--[if mso]></body><![endif]-->b",
		"a<!--[if mso]></body><![endif]-->b*" },
	{ "in a value", "a<a title='</body>'>b", "a<a title='</body>'>b*" },
	{ "open comment", "a<!-- b", "a*<!-- b" },
	{ "open tag", "a<b c='d", "a*<b c='d" },
	{ "open style", "a<style>b", "a*<style>b" },
	{ "behind links", "<a href='http://a/'>a</a></body><a href='http://b/'>b",
		"<a href='https://t/0'>a</a>*</body><a href='https://t/1'>b" },
};

static void
pixel(void **state)
{
	static const char image[] =
		"<img src=\"https://t/o?a&amp;b\" alt=\"\" width=\"1\" height=\"1\" "
		"style=\"border:0;width:1px;height:1px\">";
	struct buf out, want, seen;
	struct link_plan plan = {
		.make = note, .ctx = &seen, .pixel = STR_LIT("https://t/o?a&b")
	};

	(void)state;
	buf_init(&out, 1000);
	buf_init(&want, 1000);
	buf_init(&seen, 1000);
	TEST_EACH(row, pixels)
	{
		struct str w = str_z(row->want);
		size_t star = str_find(w, '*');

		buf_clear(&out);
		buf_clear(&want);
		assert_int_equal(link_html(&out, str_z(row->html), &plan, NULL), 0);
		buf_put(&want, str_head(w, star));
		buf_put_z(&want, image);
		buf_put(&want, str_from(w, star + 1));
		assert_str_eq(buf_str(&out), buf_str(&want));
	}
	buf_done(&out);
	buf_done(&want);
	buf_done(&seen);
}

static void
text(void **state)
{
	static const char in[] =
		"Voir https://a/b. Ou (http://c/?d&amp;e), {{x}} http://{{y}} mailto:a@b";
	struct buf out, seen;
	struct link_plan plan = { .make = note, .ctx = &seen };
	unsigned n;

	(void)state;
	buf_init(&out, 1000);
	buf_init(&seen, 1000);
	buf_put_z(&out, "> ");
	assert_int_equal(link_text(&out, str_z(in), &plan, &n), 0);
	assert_str(buf_str(&out),
		"> Voir https://t/0. Ou (https://t/1), {{x}} http://{{y}} mailto:a@b");
	assert_str(buf_str(&seen), "|https://a/b|http://c/?d&amp;e");
	assert_int_equal(n, 2);
	buf_done(&out);
	buf_done(&seen);
}

/* Tags go to the new URL's maker, or stand in the link when none is made. */
static void
tags(void **state)
{
	static const char in[] =
		"<a href='http://a/?b&amp;c#d'><a clicktracking=off href=http://b/>";
	struct buf out, seen;
	struct link_plan plan = { .ctx = &seen, .tags = STR_LIT("e=1&f=2") };

	(void)state;
	buf_init(&out, 1000);
	buf_init(&seen, 1000);
	assert_int_equal(link_html(&out, str_z(in), &plan, NULL), 0);
	assert_str(buf_str(&out), "<a href='http://a/?b&amp;c&amp;e=1&amp;f=2#d'><a "
				  "clicktracking=off href=http://b/>");
	buf_clear(&out);
	plan.make = note;
	assert_int_equal(link_html(&out, str_z(in), &plan, NULL), 0);
	assert_str(buf_str(&seen), "|http://a/?b&c&e=1&f=2#d");
	buf_clear(&out);
	plan.make = NULL;
	assert_int_equal(link_text(&out, STR_LIT("http://a/?e."), &plan, NULL), 0);
	assert_str(buf_str(&out), "http://a/?e&f=2.");
	buf_clear(&out);
	buf_clear(&seen);
	plan.apart = STR_LIT("http://a/?b&c");
	plan.make = note;
	assert_int_equal(link_html(&out, str_z(in), &plan, NULL), 0);
	assert_str(buf_str(&out), in);
	assert_int_equal(seen.n, 0);
	buf_done(&out);
	buf_done(&seen);
}

/* What the HTML's author wants left alone is so in the text. */
static void
alone(void **state)
{
	static const char page[] = "<a data-pm-no-track href='http://a/?b&amp;c'>"
				   "<a data-pm-no-track href=http://d/e><a href=http://f/>";
	static const char in[] = "http://a/?b&c http://d/e. http://d/ http://d/eg http://f/";
	static const size_t lengths[] = { 2000, 100, LINK_ALONE_MAX - 2002 - 102 - 1 };
	struct buf out, seen, list;
	struct link_plan plan = { .make = note, .ctx = &seen, .alone = &list };

	(void)state;
	buf_init(&out, 8000);
	buf_init(&seen, 8000);
	buf_init(&list, LINK_ALONE_MAX);
	assert_int_equal(link_html(&out, str_z(page), &plan, NULL), 0);
	assert_str(buf_str(&seen), "|http://f/");
	buf_clear(&out);
	buf_clear(&seen);
	assert_int_equal(link_text(&out, str_z(in), &plan, NULL), 0);
	assert_str(
		buf_str(&out), "http://a/?b&c http://d/e. https://t/0 https://t/1 https://t/2");
	assert_str(buf_str(&seen), "|http://d/|http://d/eg|http://f/");
	/* Without room the rest is forgotten: the last line end is what does not fit. */
	buf_clear(&list);
	for (size_t i = 0; i < TEST_COUNT(lengths); i++) {
		buf_clear(&out);
		buf_put_z(&out, "<a ses:no-track href=http://");
		memset(buf_room(&out, lengths[i]), 'x', lengths[i]);
		buf_added(&out, lengths[i] - 7);
		buf_put_c(&out, '>');
		buf_clear(&seen);
		assert_int_equal(link_html(&seen, buf_str(&out), &plan, NULL), 0);
	}
	assert_int_equal(list.n, 2002 + 102);
	buf_done(&out);
	buf_done(&seen);
	buf_done(&list);
}

static int
seal(void *ctx, const struct link_spot *link, struct buf *out)
{
	struct track_token t = { .kind = TRACK_TOKEN_CLICK, .message = 7, .text = link->url };

	buf_put_z(out, "https://t/c/");
	return track_token_write(out, ctx, &t) < 0 ? LINK_KEEP : LINK_MADE;
}

/* What was in the message is in the tokens: all that is offered can be sealed. */
static void
tokens(void **state)
{
	static const char in[] = "<a href='http://a/?b&amp;c#d'><a href=\"https://\xc3\xa9/\">"
				 "<a href=' HTTPS://b/\xc3\xa9 &quot;x '>";
	static const char *const want[] = { "http://a/?b&c#d", "HTTPS://b/%C3%A9%20%22x" };
	static const struct track_token_key key = { 1, { 2 } };
	struct track_token_box *box = track_token_box_new(&key, 1);
	struct link_plan plan = { .make = seal, .ctx = box };
	struct link_scan s;
	struct link_tag tag;
	struct track_token t = { .text = STR_NONE };
	struct buf out, url, scratch;
	size_t n = 0;

	(void)state;
	buf_init(&out, 1000);
	buf_init(&url, LINK_URL_MAX + 2);
	buf_init(&scratch, TRACK_TOKEN_ROOM);
	assert_int_equal(link_html(&out, str_z(in), &plan, NULL), 0);
	link_scan_init(&s, buf_str(&out));
	while (n < TEST_COUNT(want) && link_scan_next(&s, &tag)) {
		struct str value = str_of(out.p + tag.value, tag.n);

		if (link_url_from_html(&url, value) != 0)
			continue;
		assert_true(str_starts(buf_str(&url), STR_LIT("https://t/c/")));
		assert_int_equal(
			track_token_read(box, str_from(buf_str(&url), 12), &scratch, &t), 0);
		assert_str(t.text, want[n++]);
	}
	assert_int_equal(n, 2);
	assert_false(link_scan_next(&s, &tag));
	buf_done(&out);
	buf_done(&url);
	buf_done(&scratch);
	track_token_box_free(&box);
}

/* Too little room at each size, and a maker that fails: nothing is left behind. */
static void
errors(void **state)
{
	static const char in[] = "a<a href='http://a/'>b</a><a href='http://b/'>c</a></body>d";
	struct link_plan plan = { .make = same, .pixel = STR_LIT("https://t/o") };
	struct buf out;
	size_t full;

	(void)state;
	buf_init(&out, 4000);
	assert_int_equal(link_html(&out, str_z(in), &plan, NULL), 0);
	full = out.n;
	buf_done(&out);
	for (size_t max = 3; max <= full + 3; max++) {
		buf_init(&out, max);
		buf_put_z(&out, "xyz");
		assert_int_equal(
			link_html(&out, str_z(in), &plan, NULL), max < full + 3 ? -E2BIG : 0);
		assert_int_equal(out.n, max < full + 3 ? 3 : full + 3);
		buf_done(&out);
	}
	buf_init(&out, 4000);
	buf_put_z(&out, "xyz");
	plan.make = broken;
	assert_int_equal(link_html(&out, str_z(in), &plan, NULL), -EIO);
	assert_int_equal(link_text(&out, STR_LIT("http://a/ http://b/"), &plan, NULL), -EIO);
	assert_str(buf_str(&out), "xyz");
	buf_done(&out);
}

TEST_MAIN(TEST(html), TEST(pixel), TEST(text), TEST(tags), TEST(alone), TEST(tokens),
	TEST(errors))
