/* gumbo, an HTML5 parser, says what the links of a page are; our scanner must find the same. */
#include "content/link.h"
#include "content/link_scan.h"

#include "base/test.h"

#include <errno.h>
#include <gumbo.h>

#define PAGE_MAX (1u << 16)

/* Appends the URLs of the links, each in a line, in the order of their tags. */
static void
walk(const GumboNode *node, const char **last, struct buf *out, struct buf *url)
{
	const GumboVector *inside;
	const GumboAttribute *href;

	if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE)
		return;
	href = gumbo_get_attribute(&node->v.element.attributes, "href");
	/* The parser repeats an <a> that other tags cut through: the same tag of the source. */
	if (href && href->attr_namespace == GUMBO_ATTR_NAMESPACE_NONE &&
		node->v.element.original_tag.data > *last &&
		(node->v.element.tag == GUMBO_TAG_A || node->v.element.tag == GUMBO_TAG_AREA)) {
		struct buf flat;

		*last = node->v.element.original_tag.data;
		/* What a browser does to the value, see link_url.h; not the references. */
		buf_init(&flat, PAGE_MAX);
		for (const char *c = href->value; *c; c++)
			if (!strchr("\t\r\n", *c))
				buf_put_c(&flat, *c);
		if (link_url_from_text(url, str_trim_all(buf_str(&flat))) == 0) {
			buf_put(out, buf_str(url));
			buf_put_c(out, '\n');
		}
		buf_done(&flat);
	}
	inside = &node->v.element.children;
	for (unsigned i = 0; i < inside->length; i++)
		walk(inside->data[i], last, out, url);
}

static void
by_gumbo(struct str html, struct buf *out)
{
	GumboOutput *page = gumbo_parse_with_options(&kGumboDefaultOptions, html.p, html.n);
	const char *last = NULL;
	struct buf url;

	buf_init(&url, LINK_URL_MAX + 2);
	buf_clear(out);
	walk(page->root, &last, out, &url);
	gumbo_destroy_output(&kGumboDefaultOptions, page);
	buf_done(&url);
}

/* Conditional comments are left out: to gumbo they are comments. */
static void
by_us(struct str html, struct buf *out)
{
	struct link_scan s;
	struct link_tag tag;
	struct buf url;

	buf_init(&url, LINK_URL_MAX + 2);
	buf_clear(out);
	link_scan_init(&s, html);
	while (link_scan_next(&s, &tag)) {
		if (tag.body_end || tag.conditional ||
			link_url_from_html(&url, str_of(html.p + tag.value, tag.n)) != 0)
			continue;
		buf_put(out, buf_str(&url));
		buf_put_c(out, '\n');
	}
	buf_done(&url);
}

/* How many bytes of URLs there are. */
static size_t
compare(struct str html)
{
	struct buf want, got;
	size_t n;

	buf_init(&want, PAGE_MAX);
	buf_init(&got, PAGE_MAX);
	by_gumbo(html, &want);
	by_us(html, &got);
	assert_str_eq(buf_str(&got), buf_str(&want));
	n = want.n;
	buf_done(&want);
	buf_done(&got);
	return n;
}

static int
make(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	buf_printf(out, "https://t/?a=%u&b='", link->index);
	return LINK_MADE;
}

static const char *const files[] = { "apple", "broken", "entities", "gmail", "latin", "mjml",
	"newsletter", "order", "reset", "schemes", "templates", "word" };

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

/* Also of what we make of them. */
static void
pages(void **state)
{
	struct buf page, out;
	struct link_plan plan = { .make = make, .pixel = STR_LIT("https://t/o") };
	size_t found = 0;

	(void)state;
	buf_init(&page, PAGE_MAX);
	buf_init(&out, PAGE_MAX);
	for (size_t i = 0; i < TEST_COUNT(files); i++) {
		unsigned n;

		test_at(files[i]);
		load(files[i], &page);
		compare(buf_str(&page));
		buf_clear(&out);
		assert_int_equal(link_html(&out, buf_str(&page), &plan, &n), 0);
		compare(buf_str(&out));
		found += n;
	}
	test_at(NULL);
	printf("links of pages: %zu\n", found);
	assert_true(found > 40);
	buf_done(&page);
	buf_done(&out);
}

/* Pages of pieces in any order: where tags, values and comments end is what scanners get
 * wrong. Pieces that only a tree would tell apart (select, svg, template) are left out. */
static void
pieces(void **state)
{
	static const char *const all[] = { "<a href=\"http://a/\"", "<a href='http://b/'>",
		"<a href=http://c/", " href=\"http://d/\">", ">", ">", "<a ", "<A\n", "<area ",
		"<p>", "<p ", "</p>", "<b", "</a>", "</a ", "href=", "href ", "href", "=", "\"",
		"'", ">", "/>", "/", " ", "\t", "http://a/", "https://b/?c&amp;d",
		"http://c/&#38;", "x", "title=", "<!--", "-->", "--!>", "<!-->", "-", "!", "<!",
		"<?", "</", "<", "&", "&amp", "<style>", "</style>", "<title>", "</title", "\n",
		"é", "{{x}}", "#" };
	uint64_t random = 1;
	size_t found = 0;
	struct buf page;

	(void)state;
	buf_init(&page, PAGE_MAX);
	for (unsigned i = 0; i < 20000; i++) {
		buf_clear(&page);
		/* The parser puts nothing of a page's head into its body. */
		buf_put_z(&page, "<!DOCTYPE html><body>");
		for (unsigned k = 0; k < 4 + i % 40; k++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			buf_put_z(&page, all[(random >> 33) % TEST_COUNT(all)]);
		}
		test_at(page.p);
		buf_put_c(&page, '\0');
		page.n--;
		found += compare(buf_str(&page)) > 0;
	}
	test_at(NULL);
	printf("pages of pieces with links: %zu\n", found);
	assert_true(found > 5000);
	buf_done(&page);
}

TEST_MAIN(TEST(pages), TEST(pieces))
