#include "content/link_url.h"

#include "base/test.h"

#include <errno.h>

static const struct {
	const char *name, *value, *want; /* NULL: left alone */
} values[] = {
	{ "plain", "https://shop.example/", "https://shop.example/" },
	{ "http", "http://shop.example", "http://shop.example" },
	{ "capitals", "HTTPS://Shop.Example/A", "HTTPS://Shop.Example/A" },
	{ "port", "http://shop.example:8080/a", "http://shop.example:8080/a" },
	{ "address", "http://192.0.2.1/a", "http://192.0.2.1/a" },
	{ "IPv6", "http://[2001:db8::1]:80/a", "http://[2001:db8::1]:80/a" },
	{ "underscore", "http://a_b.example/", "http://a_b.example/" },
	{ "blanks around", " \r\n\thttps://a/b \n", "https://a/b" },
	{ "line ends inside", "https://a/b\r\n  c\td", "https://a/b%20%20cd" },
	{ "&amp;", "https://a/?b=1&amp;c=2", "https://a/?b=1&c=2" },
	{ "&AMP;", "https://a/?b=1&AMP;c=2", "https://a/?b=1&c=2" },
	{ "no ;", "https://a/?b=1&amp&c", "https://a/?b=1&&c" },
	{ "no ; at the end", "https://a/?b&amp", "https://a/?b&" },
	{ "no ; before a letter", "https://a/?b&ampc=2", "https://a/?b&ampc=2" },
	{ "no ; before =", "https://a/?b&lt=2", "https://a/?b&lt=2" },
	{ "&#38;", "https://a/?b&#38;c", "https://a/?b&c" },
	{ "&#38 without ;", "https://a/?b&#38c", "https://a/?b&c" },
	{ "&#x26;", "https://a/?b&#x26;c&#X26;d", "https://a/?b&c&d" },
	{ "&# without digits", "https://a/?b&#c&#xg", "https://a/?b&#c&#xg" },
	{ "all as references", "&#104;ttps&colon;&sol;&sol;a&sol;", "https://a/" },
	{ "plain &", "https://a/?b=1&c=2&", "https://a/?b=1&c=2&" },
	{ "parameters like names", "https://a/?b=1&copy=2&reg=3&section=4",
		"https://a/?b=1&copy=2&reg=3&section=4" },
	{ "an old name", "https://a/?b=1&copy&c=2", NULL },
	{ "an old name at the end", "https://a/?b=1&copy", NULL },
	{ "an unknown name", "https://a/?b=1&rarr;c=2", NULL },
	{ "NUL by number", "https://a/&#0;", NULL },
	{ "tab by number", "https://a/&#9;b", NULL },
	{ "C1 by number", "https://a/&#150;", NULL },
	{ "surrogate", "https://a/&#xd800;", NULL },
	{ "too large a number", "https://a/&#x110000;", NULL },
	{ "far too large a number", "https://a/&#99999999999999999999;", NULL },
	{ "a letter by number", "https://a/&#233;", "https://a/%C3%A9" },
	{ "a far one", "https://a/&#x1F600;", "https://a/%F0%9F%98%80" },
	{ "UTF-8", "https://a/\xc3\xa9t\xc3\xa9", "https://a/%C3%A9t%C3%A9" },
	{ "Latin-1", "https://a/\xe9", NULL },
	{ "host not ASCII", "https://caf\xc3\xa9.example/", NULL },
	{ "blank", "https://a/b c.pdf", "https://a/b%20c.pdf" },
	{ "quotes", "https://a/\"<>`'", "https://a/%22%3C%3E%60'" },
	{ "percent", "https://a/%20%zz", "https://a/%20%zz" },
	{ "fragment", "https://a/b?c#d?e", "https://a/b?c#d?e" },
	{ "template", "https://a/{{ id }}", NULL },
	{ "template of Mailjet", "[[UNSUB_LINK_FR]]", NULL },
	{ "template inside", "https://a/[[id]]", NULL },
	{ "one bracket", "https://a/{id}?b[]=1", "https://a/{id}?b[]=1" },
	{ "empty", "", NULL },
	{ "relative", "/a/b", NULL },
	{ "relative with h", "help.html", NULL },
	{ "no scheme", "//a/b", NULL },
	{ "mailto", "mailto:a@b.example", NULL },
	{ "tel", "tel:+33123456789", NULL },
	{ "fragment alone", "#top", NULL },
	{ "cid", "cid:logo@a", NULL },
	{ "data", "data:text/html,https://a/", NULL },
	{ "javascript", "javascript:location='https://a/'", NULL },
	{ "ftp", "ftp://a/b", NULL },
	{ "one slash", "https:/a/b", NULL },
	{ "three slashes", "https:///a/b", NULL },
	{ "no host", "https://", NULL },
	{ "query without host", "https://?a", NULL },
	{ "user", "https://bank.example@evil.example/", NULL },
	{ "user and password", "https://a:b@c.example/", NULL },
	{ "backslash", "https://a\\@evil.example/", NULL },
	{ "percent in host", "https://a%2eb/", NULL },
	{ "port no number", "https://a:b/", NULL },
	{ "port too long", "https://a:123456/", NULL },
	{ "brackets open", "https://[::1", NULL },
	{ "control character", "https://a/\x01z", NULL },
	{ "DEL", "https://a/\x7fz", NULL },
};

static void
from_html(void **state)
{
	static const char *const old[] = { "&AElig", "&Aacute", "&Yacute", "&aacute", "&frac34",
		"&nbsp", "&not", "&yen", "&yuml" };
	struct buf b;

	(void)state;
	buf_init(&b, LINK_URL_MAX + 2);
	TEST_EACH(row, values)
	{
		int r = link_url_from_html(&b, str_z(row->value));

		assert_int_equal(r, row->want ? 0 : -EINVAL);
		if (row->want)
			assert_str(buf_str(&b), row->want);
	}
	assert_int_equal(link_url_from_html(&b, STR_LIT("https://a/b\0c")), -EINVAL);
	/* First, last and some names between of a list that is searched by halves. */
	for (size_t i = 0; i < TEST_COUNT(old); i++) {
		char value[64];

		snprintf(value, sizeof value, "https://a/?%s&b", old[i]);
		assert_int_equal(link_url_from_html(&b, str_z(value)), -EINVAL);
	}
	buf_done(&b);
}

static void
lengths(void **state)
{
	static char url[LINK_URL_MAX + 1] = "https://a/";
	struct buf b;

	(void)state;
	memset(url + 10, 'b', sizeof url - 10);
	buf_init(&b, LINK_URL_MAX + 2);
	assert_int_equal(link_url_from_html(&b, str_of(url, LINK_URL_MAX)), 0);
	assert_int_equal(b.n, LINK_URL_MAX);
	assert_int_equal(link_url_from_html(&b, str_of(url, sizeof url)), -EINVAL);
	assert_int_equal(link_url_from_text(&b, str_of(url, LINK_URL_MAX)), 0);
	assert_int_equal(link_url_from_text(&b, str_of(url, sizeof url)), -EINVAL);
	/* It is the encoded one that counts. */
	url[LINK_URL_MAX - 1] = ' ';
	url[LINK_URL_MAX - 2] = '"';
	assert_int_equal(link_url_from_text(&b, str_of(url, LINK_URL_MAX)), -EINVAL);
	assert_int_equal(link_url_tag(&b, str_of(url, 1990), STR_LIT("a=123456")), 0);
	assert_int_equal(link_url_tag(&b, str_of(url, 1990), STR_LIT("a=12345678")), -EINVAL);
	buf_done(&b);
}

static const struct {
	const char *name, *url, *tags, *want;
} tagged[] = {
	{ "none", "https://a/b", "", "https://a/b" },
	{ "first", "https://a/b", "c=1&d=2", "https://a/b?c=1&d=2" },
	{ "behind others", "https://a/b?x", "c=1&d=2", "https://a/b?x&c=1&d=2" },
	{ "behind ?", "https://a/b?", "c=1", "https://a/b?c=1" },
	{ "behind &", "https://a/b?x&", "c=1", "https://a/b?x&c=1" },
	{ "no path", "https://a", "c=1", "https://a?c=1" },
	{ "before the fragment", "https://a/b#e?f", "c=1", "https://a/b?c=1#e?f" },
	{ "its own stays", "https://a/?c=0", "c=1&d=2", "https://a/?c=0&d=2" },
	{ "its own without value", "https://a/?x&c", "c=1", "https://a/?x&c" },
	{ "a longer name", "https://a/?cc=0", "c=1", "https://a/?cc=0&c=1" },
	{ "empty parts", "https://a/", "c=1&&d=2&", "https://a/?c=1&d=2" },
};

static void
tags(void **state)
{
	static const char long_tags[LINK_TAGS_MAX + 1] = { [0 ... LINK_TAGS_MAX] = 'a' };
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	TEST_EACH(row, tagged)
	{
		assert_int_equal(link_url_tag(&b, str_z(row->url), str_z(row->tags)), 0);
		assert_str(buf_str(&b), row->want);
	}
	buf_clear(&b);
	assert_int_equal(link_url_encode(&b, STR_LIT("aZ0-._~ é&=\r\n%")), 0);
	assert_str(buf_str(&b), "aZ0-._~%20%C3%A9%26%3D%0D%0A%25");
	buf_done(&b);
	assert_true(link_url_tags_ok(STR_LIT("utm_source=a&utm_campaign=b%20c")));
	assert_true(link_url_tags_ok(str_of(long_tags, LINK_TAGS_MAX)));
	assert_false(link_url_tags_ok(str_of(long_tags, LINK_TAGS_MAX + 1)));
	assert_false(link_url_tags_ok(STR_NONE));
	assert_false(link_url_tags_ok(STR_LIT("?a=1")));
	assert_false(link_url_tags_ok(STR_LIT("&a=1")));
	assert_false(link_url_tags_ok(STR_LIT("a=1#b")));
	assert_false(link_url_tags_ok(STR_LIT("a=1 b")));
	assert_false(link_url_tags_ok(STR_LIT("a=\xc3\xa9")));
	assert_false(link_url_tags_ok(STR_LIT("a=\0")));
}

static const struct {
	const char *name, *text, *want; /* URLs with a blank between */
} texts[] = {
	{ "none", "nothing here: http:// is no URL; https neither", "http://" },
	{ "alone", "https://a/b", "https://a/b" },
	{ "in a sentence", "See https://a/b, or http://c/d.", "https://a/b http://c/d" },
	{ "punctuation", "https://a/b?! https://a/c... https://a/d; 'https://a/e'",
		"https://a/b https://a/c https://a/d https://a/e" },
	{ "in brackets", "(https://a/b) [https://a/c] <https://a/d> {https://a/e}",
		"https://a/b https://a/c https://a/d https://a/e" },
	{ "brackets of its own", "https://a/b_(c) (see https://a/d_(e).)",
		"https://a/b_(c) https://a/d_(e)" },
	{ "Markdown", "[a](https://a/b) **https://a/c**", "https://a/b https://a/c" },
	{ "quotes", "\"https://a/b\"", "https://a/b" },
	{ "lines", "https://a/b\r\nhttps://a/c\r\n", "https://a/b https://a/c" },
	{ "inside a word", "xhttps://a/b", "" },
	{ "inside a URL", "https://a/?b=https://c/d e", "https://a/?b=https://c/d" },
	{ "capitals", "HTTP://A/B", "HTTP://A/B" },
	{ "letters behind", "https://a/\xc3\xa9t\xc3\xa9 http://b/c", "http://b/c" },
	{ "French quotes", "\xc2\xab\xc2\xa0https://a/b\xc2\xa0\xc2\xbb", "https://a/b" },
	{ "three dots", "https://a/b\xe2\x80\xa6", "https://a/b" },
	{ "a closing chain", "https://a/b)))))].", "https://a/b" },
	{ "at the very end", "x http:", "" },
	{ "at the very start", "://a", "" },
};

static void
in_text(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 400);
	TEST_EACH(row, texts)
	{
		struct str s = str_z(row->text);
		size_t from = 0, at, n;

		buf_clear(&b);
		while (link_url_in_text(s, from, &at, &n)) {
			if (b.n > 0)
				buf_put_c(&b, ' ');
			buf_put(&b, str_of(s.p + at, n));
			from = at + n;
		}
		assert_str(buf_str(&b), row->want);
	}
	buf_done(&b);
}

static void
escape(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(link_url_escape(&b, STR_LIT("https://a/?b=1&c='\"<>` \x01\xe9")), 0);
	assert_str(
		buf_str(&b), "https://a/?b=1&amp;c=&#39;&#34;&#60;&#62;&#96;&#32;&#1;&#233;");
	buf_done(&b);
}

TEST_MAIN(TEST(from_html), TEST(lengths), TEST(tags), TEST(in_text), TEST(escape))
