/* The text made of HTML beside an HTML5 parser: what a browser shows is all there, in order.
 * White space is not compared, nor what we add (marks of lists, "|", ">" and URLs). */
#include "content/html_text.h"

#include "base/test.h"
#include "base/text.h"
#include "content/html_element.h"

#include <gumbo.h>

#define PAGE_MAX (1u << 17)
#define EMPTY    "http://a/" /* of a link without a text */

/* Letters and digits: what cannot be taken for a mark. */
static void
put_letters(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_alnum(s.p[i]) || (unsigned char)s.p[i] >= 0xc3)
			buf_put_c(out, s.p[i]);
}

static bool
is_out_of_sight(const GumboNode *node)
{
	const GumboVector *attributes = &node->v.element.attributes;

	switch (node->v.element.tag) {
	case GUMBO_TAG_STYLE:
	case GUMBO_TAG_TITLE:
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_TEXTAREA:
	case GUMBO_TAG_XMP:
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_NOEMBED:
	case GUMBO_TAG_NOFRAMES:
		return true;
	default:
		break;
	}
	for (unsigned i = 0; i < attributes->length; i++) {
		const GumboAttribute *a = attributes->data[i];

		if (html_element_hides(str_z(a->name), str_z(a->value)))
			return true;
	}
	return false;
}

static void
walk(const GumboNode *node, struct buf *out)
{
	const GumboAttribute *alt;
	const GumboVector *inside;

	if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA)
		put_letters(out, str_z(node->v.text.text));
	if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE)
		return;
	if (is_out_of_sight(node))
		return;
	alt = gumbo_get_attribute(&node->v.element.attributes, "alt");
	if (alt && node->v.element.tag == GUMBO_TAG_IMG)
		put_letters(out, str_z(alt->value));
	inside = &node->v.element.children;
	for (unsigned i = 0; i < inside->length; i++)
		walk(inside->data[i], out);
}

static void
by_gumbo(struct str html, struct buf *out)
{
	GumboOutput *page = gumbo_parse_with_options(&kGumboDefaultOptions, html.p, html.n);

	buf_clear(out);
	walk(page->root, out);
	gumbo_destroy_output(&kGumboDefaultOptions, page);
}

/* Without "<URL>"; url: how it begins. */
static void
by_us(struct str html, struct str url, struct buf *out)
{
	struct buf text;
	struct str rest, line;

	buf_clear(out);
	buf_init(&text, HTML_TEXT_MOST(PAGE_MAX));
	assert_int_equal(html_text(&text, html, HTML_TEXT_WIDTH), 0);
	rest = buf_str(&text);
	while (rest.p && rest.n > 0) {
		line = str_cut(&rest, '\n');
		while (line.n > 0) {
			size_t open = str_find_str(line, url);
			size_t bare = str_find_str(line, STR_LIT(EMPTY));
			size_t end = open + str_find(str_from(line, open), '>');

			if (bare < open) {
				open = bare;
				end = bare + sizeof EMPTY - 1;
			}
			put_letters(out, str_head(line, open));
			line = str_from(line, end);
		}
	}
	buf_done(&text);
}

static size_t
compare(struct str html, struct str url)
{
	struct buf want, got;
	size_t n;

	buf_init(&want, PAGE_MAX);
	buf_init(&got, PAGE_MAX);
	by_gumbo(html, &want);
	by_us(html, url, &got);
	assert_str_eq(buf_str(&got), buf_str(&want));
	n = want.n;
	buf_done(&want);
	buf_done(&got);
	return n;
}

/* latin is left out: gumbo reads UTF-8 only. */
static const struct {
	const char *name;
	const char *url; /* how what we add begins: those with "<" have no such text */
} files[] = { { "apple", "<http" }, { "broken", "<http" }, { "entities", "<http" },
	{ "gmail", "<http" }, { "mjml", "<" }, { "newsletter", "<" }, { "order", "<" },
	{ "reset", "<" }, { "schemes", "<" }, { "templates", "<http" }, { "word", "<" } };

static void
load(const char *name, struct buf *page)
{
	const char *root = getenv("FACTEUR_SOURCE");
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/corpus/html/%s.html", root ? root : ".", name);
	f = fopen(path, "r");
	assert_non_null(f);
	buf_clear(page);
	buf_added(page, fread(buf_room(page, PAGE_MAX / 2), 1, PAGE_MAX / 2, f));
	fclose(f);
}

static void
pages(void **state)
{
	struct buf page;
	size_t found = 0;

	(void)state;
	buf_init(&page, PAGE_MAX);
	for (size_t i = 0; i < TEST_COUNT(files); i++) {
		test_at(files[i].name);
		load(files[i].name, &page);
		found += compare(buf_str(&page), str_z(files[i].url));
	}
	test_at(NULL);
	printf("letters of pages: %zu\n", found);
	assert_true(found > 600);
	buf_done(&page);
}

/* Pages of pieces in any order. Left out is what a parser moves to another place: text between
 * the parts of a table, formatting elements that blocks cut through while they hide. */
static void
pieces(void **state)
{
	static const char *const all[] = { "<p>", "<p class=x>", "</p>", "<div>", "</div>",
		"<b>", "</b>", "<section ", "<span>", "</span>", "<ul>", "</ul>", "<li>",
		"</li>", "<h1>", "</h1>", "<blockquote>", "</blockquote>", "<pre>", "</pre>",
		"<br>", "<br/>", "<hr>", "<img alt=\"pic\">", "<img alt='a&amp;b' ", "one ",
		"two", " three", "&eacute;", "&amp", "&#8364;", "&copy", "&copy;", "x", "\n",
		" ", "\t", "é", "<!-- no -->", "<!--", "-->", "<style>no</style>", "<title>",
		"<", ">", "</", "&", "\"", "=", "<a href=" EMPTY ">", "</a>",
		"<div hidden>no</div>", "<p style='display:none'>no</p>", "<section>",
		"</section>", "<center>", "</center>" };
	uint64_t random = 1;
	size_t found = 0;
	struct buf page;

	(void)state;
	buf_init(&page, PAGE_MAX);
	for (unsigned i = 0; i < 20000; i++) {
		buf_clear(&page);
		buf_put_z(&page, "<!DOCTYPE html><body>");
		for (unsigned k = 0; k < 4 + i % 40; k++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			buf_put_z(&page, all[(random >> 33) % TEST_COUNT(all)]);
		}
		test_at(page.p);
		buf_put_c(&page, '\0');
		page.n--;
		found += compare(buf_str(&page), STR_LIT("<http")) > 0;
	}
	test_at(NULL);
	printf("pages of pieces with letters: %zu\n", found);
	assert_true(found > 10000);
	buf_done(&page);
}

/* ---- tables, which are never so broken in mail that text leaves them */

struct maker {
	struct buf *out;
	uint64_t random;
};

static unsigned
pick(struct maker *m, unsigned n)
{
	m->random = m->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(m->random >> 33) % n;
}

static void
make_table(struct maker *m, unsigned depth)
{
	static const char *const inside[] = { "one", "two ", "<p>three</p>", "<b>four</b>",
		"<ul><li>five</ul>", "<img alt=pic>", "&eacute;", "", "<div hidden>no</div>",
		"<br>six" };
	unsigned rows = pick(m, 4), same = pick(m, 4);

	buf_put_z(m->out, pick(m, 4) ? "<table>" : "<table role=presentation><tbody>");
	for (unsigned r = 0; r < rows; r++) {
		unsigned cells = pick(m, 3) ? same : pick(m, 4);

		buf_put_z(m->out, "<tr>");
		for (unsigned c = 0; c < cells; c++) {
			buf_put_z(m->out, pick(m, 6) ? "<td>" : "<th>");
			buf_put_z(m->out, inside[pick(m, TEST_COUNT(inside))]);
			if (depth > 0 && pick(m, 4) == 0)
				make_table(m, depth - 1);
			buf_put_z(m->out, inside[pick(m, TEST_COUNT(inside))]);
			buf_put_z(m->out, pick(m, 2) ? "</td>" : "");
		}
		buf_put_z(m->out, pick(m, 2) ? "</tr>" : "");
	}
	buf_put_z(m->out, "</table>");
}

static void
tables(void **state)
{
	struct maker m = { .random = 7 };
	struct buf page;

	(void)state;
	buf_init(&page, PAGE_MAX);
	m.out = &page;
	for (unsigned i = 0; i < 3000; i++) {
		buf_clear(&page);
		buf_put_z(&page, "<!DOCTYPE html><body>");
		make_table(&m, 3);
		buf_put_z(&page, "end");
		buf_put_c(&page, '\0');
		page.n--;
		test_at(page.p);
		compare(buf_str(&page), STR_LIT("<http"));
	}
	test_at(NULL);
	buf_done(&page);
}

TEST_MAIN(TEST(pages), TEST(pieces), TEST(tables))
