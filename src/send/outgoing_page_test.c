#include "send/outgoing_page.h"

#include "base/test.h"

#include <errno.h>

#define OURS "https://t.test/w/A-_b/x"

static void
test_urls(void **state)
{
	static const struct {
		enum outgoing_page page;
		const char *name, *url;
	} table[] = {
		{ OUTGOING_PAGE_LEAVE, "unsub_link", OURS },
		{ OUTGOING_PAGE_WEB, "permalink", OURS },
		{ OUTGOING_PAGE_TWITTER, "share_twitter",
			"https://twitter.com/intent/"
			"tweet?url=https%3A%2F%2Ft.test%2Fw%2FA-_b%2Fx" },
		{ OUTGOING_PAGE_GOOGLE, "share_google", OURS },
		{ OUTGOING_PAGE_FACEBOOK, "share_facebook",
			"https://www.facebook.com/sharer/"
			"sharer.php?u=https%3A%2F%2Ft.test%2Fw%2FA-_b%2Fx" },
		{ OUTGOING_PAGE_LINKEDIN, "share_linkedin",
			"https://www.linkedin.com/sharing/share-offsite/"
			"?url=https%3A%2F%2Ft.test%2Fw%2FA-_b%2Fx" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	TEST_EACH(row, table)
	{
		struct str mark = outgoing_page_mark(row->page);

		assert_string_equal(outgoing_page_name(row->page), row->name);
		buf_clear(&b);
		assert_int_equal(outgoing_page_url(&b, row->page, STR_LIT(OURS)), 0);
		assert_str(buf_str(&b), row->url);
		/* None stands in another, nor in a URL that takes its place. */
		assert_true(str_starts(mark, STR_LIT(OUTGOING_PAGES_AT)));
		assert_true(str_find_str(buf_str(&b), STR_LIT(OUTGOING_PAGES_AT)) == b.n);
		for (int i = 0; i < OUTGOING_PAGES; i++)
			assert_int_equal(
				str_starts(outgoing_page_mark((enum outgoing_page)i), mark),
				i == (int)row->page);
	}
	buf_done(&b);
	buf_init(&b, 30);
	buf_put_z(&b, "x");
	assert_int_equal(outgoing_page_url(&b, OUTGOING_PAGE_TWITTER, STR_LIT(OURS)), -E2BIG);
	assert_str(buf_str(&b), "x");
	buf_done(&b);
}

TEST_MAIN(TEST(test_urls))
