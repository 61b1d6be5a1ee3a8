#include "content/prove_page.h"

#include "base/test.h"
#include "base/text.h"

#include <errno.h>
#include <gumbo.h>

#define HOSTILE STR_LIT("<script>\"'&@x.test")

/* Each of them in both languages is well formed, says its language and differs; the one that
 * asks, alone, has a form; nothing of a table becomes markup. */
static void
pages(void **state)
{
	struct buf b, other;

	(void)state;
	buf_init(&b, 8192);
	buf_init(&other, 8192);
	for (int i = 0; i < 2 * PROVE_PAGE_STATES; i++) {
		const struct prove_page p = { .state = (enum prove_page_state)(i / 2),
			.lang = i % 2 ? UNSUB_PAGE_FR : UNSUB_PAGE_EN,
			.address = HOSTILE,
			.account = HOSTILE,
			.host = HOSTILE,
			.action = HOSTILE };
		GumboOutput *tree;
		struct str text;
		bool form;

		buf_clear(&b);
		assert_int_equal(prove_page(&b, &p), 0);
		text = buf_str(&b);
		form = str_find_str(text, STR_LIT("<form method=\"post\"")) < text.n;
		assert_true(text_is_utf8(text));
		assert_false(str_eq(text, buf_str(&other)));
		assert_int_equal(form, p.state == PROVE_PAGE_ASK);
		assert_int_equal(str_find_str(text, STR_LIT("<script")), text.n);
		assert_true(str_find_str(text, i % 2 ? STR_LIT("lang=\"fr\"")
						     : STR_LIT("lang=\"en\"")) < text.n);
		tree = gumbo_parse_with_options(&kGumboDefaultOptions, b.p, b.n);
		assert_int_equal(tree->errors.length, 0);
		gumbo_destroy_output(&kGumboDefaultOptions, tree);
		buf_clear(&other);
		buf_put(&other, text);
	}
	assert_int_equal(prove_page_status(PROVE_PAGE_DONE), 200);
	assert_int_equal(prove_page_status(PROVE_PAGE_INVALID), 404);
	assert_int_equal(prove_page_status(PROVE_PAGE_LATER), 503);
	buf_done(&b);
	buf_init(&b, 100);
	buf_put_z(&b, "x");
	assert_int_equal(
		prove_page(&b, &(struct prove_page){ .state = PROVE_PAGE_DONE }), -E2BIG);
	assert_str(buf_str(&b), "x");
	buf_done(&b);
	buf_done(&other);
}

TEST_MAIN(TEST(pages))
