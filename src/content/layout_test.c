#include "content/layout.h"

#include "base/test.h"

#include <errno.h>

static const struct {
	const char *name, *layout, *body;
	int err;
	const char *want;
} table[] = {
	{ "in the middle", "<a>{{{@content}}}</a>", "x", 0, "<a>x</a>" },
	{ "with blanks", "<a>{{{ \t@content  }}}</a>", "x", 0, "<a>x</a>" },
	{ "at the ends", "{{{@content}}}", "x", 0, "x" },
	{ "no body", "<a>{{{@content}}}</a>", "", 0, "<a></a>" },
	{ "no layout", "", "<p>{{x}}</p>", 0, "<p>{{x}}</p>" },
	{ "a layout alone", "", "<a>{{{@content}}}</a>", 0, "<a></a>" },
	{ "no place", "<a></a>", "x", -ENOENT, "" },
	{ "two places", "{{{@content}}}{{{@content}}}", "x", -EEXIST, "" },
	{ "two places alone", "", "{{{@content}}}{{{@content}}}", -EEXIST, "" },
	{ "two braces are none", "{{@content}}", "x", -ENOENT, "" },
	{ "another word", "{{{@contents}}}", "x", -ENOENT, "" },
	{ "it never ends", "{{{@content", "x", -ENOENT, "" },
	{ "braces before it", "{{{a}}} {{{@content}}}", "x", 0, "{{{a}}} x" },
	{ "four braces", "{{{{@content}}}", "x", 0, "{x" },
	{ "a place in the body stays", "{{{@content}}}", "{{{@content}}}", 0,
		"{{{@content}}}" },
};

static void
test_join(void **state)
{
	struct layout_seam seam;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	TEST_EACH(row, table)
	{
		buf_clear(&out);
		assert_int_equal(layout_join(&out, str_z(row->layout), str_z(row->body), &seam),
			row->err);
		assert_str(buf_str(&out), row->want);
	}
	buf_clear(&out);
	buf_put_z(&out, "kept");
	out.max = 8;
	assert_int_equal(
		layout_join(&out, STR_LIT("<a>" LAYOUT_PLACE "</a>"), STR_LIT("xyz"), &seam),
		-E2BIG);
	assert_str(buf_str(&out), "kept");
	buf_done(&out);
	assert_true(layout_is(STR_LIT("a {{{@content}}} b")));
	assert_false(layout_is(STR_LIT("a {{content}} b")));
	assert_int_equal(layout_places(STR_LIT("a {{content}} b")), 0);
	assert_int_equal(layout_places(STR_LIT("{{{x}}} {{{ @content }}}")), 1);
	assert_int_equal(layout_places(STR_LIT("{{{@content}}}{{{@content}}}")), 2);
}

static void
test_whole(void **state)
{
	static const struct {
		const char *name, *layout, *body, *want;
	} rows[] = {
		{ "joined", "<a>{{{@content}}}</a>", "x", "<a>x</a>" },
		{ "no layout", "", "x", "x" },
		{ "a layout alone", "", "<a>{{{@content}}}</a>", "<a></a>" },
		{ "no body", "<a>{{{@content}}}</a>", "", "" },
		{ "no place", "<a></a>", "x", "x" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 64u << 10);
	TEST_EACH(row, rows)
	{
		assert_str(layout_whole(&a, str_z(row->layout), str_z(row->body)), row->want);
	}
	arena_done(&a);
}

/* Every byte of the joined source is found again where it came from. */
static void
test_origin(void **state)
{
	static const struct {
		const char *name, *layout, *body;
	} rows[] = {
		{ "one line", "abc{{{@content}}}def", "xyz" },
		{ "lines", "a\nbc {{{ @content }}} d\ne", "x\nyz\nw" },
		{ "accents", "é\nàb{{{@content}}}ç\ne", "ü\nñ" },
		{ "body ends a line", "a\n{{{@content}}}\nb", "x\n" },
		{ "empty", "a\n{{{@content}}} b", "" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	TEST_EACH(row, rows)
	{
		struct layout_point at = { 1, 1 };
		struct layout_seam seam;
		struct str all;

		buf_clear(&out);
		assert_int_equal(
			layout_join(&out, str_z(row->layout), str_z(row->body), &seam), 0);
		all = buf_str(&out);
		for (size_t i = 0; i < all.n; i++) {
			struct layout_point point = at;
			struct str of =
				str_z(layout_origin(&seam, &point) ? row->layout : row->body);

			/* The character at that line and column. */
			while (--point.line > 0)
				of = str_from(of, str_find(of, '\n') + 1);
			while (--point.column > 0)
				do
					of = str_from(of, 1);
				while (of.n > 0 && ((uint8_t)of.p[0] & 0xc0) == 0x80);
			assert_true(of.n > 0);
			assert_int_equal(of.p[0], all.p[i]);
			at.line += all.p[i] == '\n';
			at.column = all.p[i] == '\n' ? 1 : at.column + 1;
			while (i + 1 < all.n && ((uint8_t)all.p[i + 1] & 0xc0) == 0x80)
				i++;
		}
	}
	buf_done(&out);
}

TEST_MAIN(TEST(test_join), TEST(test_whole), TEST(test_origin))
