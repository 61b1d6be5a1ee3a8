#include "content/html_ref.h"

#include "base/test.h"
#include "content/html_ref_tbl.h"

static void
test_decode(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "plain", "Bonjour", "Bonjour" },
		{ "names", "&eacute;&Eacute;&euro;&hellip;&rarr;&check;", "éÉ€…→✓" },
		{ "amp", "a=1&amp;b=2", "a=1&b=2" },
		{ "decimal", "&#233;&#x20AC;&#X20ac;", "é€€" },
		{ "without semicolon", "&eacute &#233 &ampx", "é é &ampx" },
		{ "windows-1252 in numbers", "&#146;&#128;", "’€" },
		{ "no character", "&#0;&#xD800;&#x110000;&#99999999999;", "����" },
		{ "unknown", "&foo; &; & &#; &#x; &", "&foo; &; & &#; &#x; &" },
		{ "a query keeps its names", "?a=1&copy=2&reg2&lt=3", "?a=1&copy=2&reg2&lt=3" },
		{ "apostrophe", "l&apos;&#39;&rsquo;", "l''’" },
		{ "the longest", "&frac12;&sup2;&sup;", "½²⊃" },
		{ "controls", "a&#1;b\tc\nd\x7f&#127;&#129;", "ab c d" },
		{ "bytes of windows-1252", "\xe9t\xe9 \x80", "été €" },
		{ "cut sequences", "\xe2\x82 \xc3", "â‚ Ã" },
		{ "overlong", "\xc0\xaf", "À¯" },
		{ "four bytes", "🎉&#x1F389;", "🎉🎉" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf out;

		buf_init(&out, 1000);
		assert_int_equal(html_ref_decode(&out, str_z(row->in)), 0);
		assert_str(buf_str(&out), row->want);
		buf_done(&out);
	}
}

static void
test_read(void **state)
{
	static const struct {
		const char *name, *in;
		size_t n;
		uint32_t point;
	} table[] = {
		{ "in text a name ends where it will", "&notit;", 4, 0xac },
		{ "the whole name first", "&notin;", 7, 0x2209 },
		{ "with ;", "&copy;2", 6, 0xa9 },
		{ "without", "&copy2", 5, 0xa9 },
		{ "none", "&x", 0, 0 },
		{ "only with ;", "&hellip", 0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		uint32_t point = 0;

		assert_int_equal(html_ref_read(str_z(row->in), false, &point), row->n);
		assert_int_equal(point, row->point);
	}
}

/* The search needs the table's order. */
static void
test_sorted(void **state)
{
	static const char *const names[] = {
#define N(text, point) text,
		HTML_REF_TABLE(N, N)
	};

	(void)state;
	for (size_t i = 1; i < TEST_COUNT(names); i++)
		assert_true(str_cmp(str_z(names[i - 1]), str_z(names[i])) < 0);
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		char text[64];
		uint32_t point;

		snprintf(text, sizeof text, "&%s;", names[i]);
		assert_int_equal(
			html_ref_read(str_z(text), true, &point), strlen(names[i]) + 2);
	}
}

TEST_MAIN(TEST(test_decode), TEST(test_read), TEST(test_sorted))
