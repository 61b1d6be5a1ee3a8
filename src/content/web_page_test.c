#include "content/web_page.h"

#include "base/test.h"
#include "base/text.h"

#include <errno.h>
#include <gumbo.h>

/* Each of them in both languages is well formed, says its language and differs. */
static void
pages(void **state)
{
	struct buf b, other;

	(void)state;
	buf_init(&b, 8192);
	buf_init(&other, 8192);
	for (int i = 0; i < WEB_PAGE_STATES; i++) {
		for (int lang = UNSUB_PAGE_EN; lang <= UNSUB_PAGE_FR; lang++) {
			GumboOutput *tree;

			buf_clear(&b);
			assert_int_equal(web_page(&b, (enum web_page_state)i,
						 (enum unsub_page_lang)lang),
				0);
			assert_true(text_is_utf8(buf_str(&b)));
			assert_false(str_eq(buf_str(&b), buf_str(&other)));
			tree = gumbo_parse_with_options(&kGumboDefaultOptions, b.p, b.n);
			assert_int_equal(tree->errors.length, 0);
			gumbo_destroy_output(&kGumboDefaultOptions, tree);
			buf_clear(&other);
			buf_put(&other, buf_str(&b));
		}
		assert_true(str_find_str(buf_str(&b), STR_LIT("lang=\"fr\"")) < b.n);
		assert_true(web_page_status((enum web_page_state)i) >= 400);
	}
	buf_done(&b);
	buf_init(&b, 100);
	buf_put_z(&b, "x");
	assert_int_equal(web_page(&b, WEB_PAGE_GONE, UNSUB_PAGE_EN), -E2BIG);
	assert_str(buf_str(&b), "x");
	buf_done(&b);
	buf_done(&other);
}

TEST_MAIN(TEST(pages))
