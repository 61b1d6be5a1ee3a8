#include "content/preheader.h"

#include "base/test.h"
#include "content/html_text.h"

#include <errno.h>

static const struct {
	const char *name, *html;
	size_t at; /* where the boxes stand */
} table[] = {
	{ "a fragment", "<p>x</p>", 0 },
	{ "text alone", "x", 0 },
	{ "behind body", "<html><body><p>x</p></body></html>", 12 },
	{ "body with attributes", "<body class=\"a>b\" style='margin:0'>x", 35 },
	{ "capitals", "<BODY>x", 6 },
	{ "behind a doctype", "<!doctype html>\n<p>x", 16 },
	{ "behind a byte order mark", "\xef\xbb\xbf<!doctype html><p>x", 18 },
	{ "behind a head without a body", "<head><title>a < b</title></head><p>x", 33 },
	{ "behind style sheets", "<style>p{}<p></style><meta charset=utf-8>x", 41 },
	{ "body in a title", "<title><body></title><body>x", 27 },
	{ "body in a comment", "<!-- <body> --><body>x", 21 },
	{ "body for Outlook alone", "<!--[if mso]><body><![endif]--><body>x", 37 },
	{ "a body that is cut off", "<p>x</p><body", 0 },
	{ "nothing but a head", "<head><title>x</title></head>", 29 },
};

static struct buf out;

static void
put(const char *html, const char *preheader, size_t max)
{
	buf_done(&out);
	buf_init(&out, max);
	(void)preheader_put(&out, str_z(html), str_z(preheader));
}

static void
test_place(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		struct str html = str_z(row->html), all;

		put(row->html, "Soon here", 1u << 16);
		all = buf_str(&out);
		assert_true(all.n > html.n);
		assert_str_eq(str_head(all, row->at), str_head(html, row->at));
		assert_true(str_starts(str_from(all, row->at), STR_LIT("<div style=\"display:"
								       "none;")));
		assert_str_eq(
			str_from(all, all.n - (html.n - row->at)), str_from(html, row->at));
	}
}

static size_t
count(struct str s, struct str what)
{
	size_t n = 0;

	while (str_find_str(s, what) < s.n) {
		s = str_from(s, str_find_str(s, what) + what.n);
		n++;
	}
	return n;
}

/* Escaped, trimmed, followed by as many blanks as an inbox would else fill. */
static void
test_text(void **state)
{
	char text[400];

	(void)state;
	put("<p>x</p>", "  A <b> & \"c\"\n", 1u << 16);
	assert_true(str_find_str(buf_str(&out), STR_LIT(">A &lt;b&gt; &amp; &quot;c&quot;</div>"
							"<div aria-hidden=\"true\"")) < out.n);
	assert_int_equal(count(buf_str(&out), STR_LIT("&nbsp;")), 140 - 11);
	memset(text, 'a', sizeof text);
	text[139] = '\0';
	put("<p>x</p>", text, 1u << 16);
	assert_int_equal(count(buf_str(&out), STR_LIT("&nbsp;")), 1);
	text[139] = 'a';
	text[140] = '\0';
	put("<p>x</p>", text, 1u << 16);
	assert_int_equal(count(buf_str(&out), STR_LIT("<div")), 1);
	/* Characters, not bytes. */
	put("<p>x</p>", "éé", 1u << 16);
	assert_int_equal(count(buf_str(&out), STR_LIT("&nbsp;")), 138);
}

static void
test_nothing(void **state)
{
	(void)state;
	put("<p>x</p>", "", 1u << 16);
	assert_str(buf_str(&out), "<p>x</p>");
	put("<p>x</p>", " \n", 1u << 16);
	assert_str(buf_str(&out), "<p>x</p>");
	put("", "Soon here", 1u << 16);
	assert_str(buf_str(&out), "");
}

/* Readers of the text part, and of pages read aloud, do not get it a second time. */
static void
test_unseen(void **state)
{
	struct buf plain;

	(void)state;
	buf_init(&plain, 1u << 16);
	put("<body><p>Bonjour</p></body>", "Soon here", 1u << 16);
	assert_int_equal(html_text(&plain, buf_str(&out), HTML_TEXT_WIDTH), 0);
	assert_str(buf_str(&plain), "Bonjour\n");
	buf_done(&plain);
}

static void
test_bounds(void **state)
{
	char text[4097];
	struct buf b;

	(void)state;
	memset(text, '"', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	put("<p>x</p>", text, 1u << 16);
	assert_true(out.n <= 8 + 4096 + PREHEADER_ADDS(4096));
	put("<p>x</p>", "a", 1u << 16);
	assert_true(out.n <= 8 + 1 + PREHEADER_ADDS(1));
	buf_init(&b, 300);
	buf_put_z(&b, "kept");
	assert_int_equal(preheader_put(&b, STR_LIT("<p>x</p>"), STR_LIT("a")), -E2BIG);
	assert_str(buf_str(&b), "kept");
	buf_done(&b);
	buf_done(&out);
}

TEST_MAIN(TEST(test_place), TEST(test_text), TEST(test_nothing), TEST(test_unseen),
	TEST(test_bounds))
