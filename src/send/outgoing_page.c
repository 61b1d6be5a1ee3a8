#include "send/outgoing_page.h"

#include <errno.h>

/* through: the URL follows, percent-encoded. Google's network ended in 2019; a template that
 * still has its link leads to the page itself. */
static const struct {
	const char *name, *mark, *through;
} pages[OUTGOING_PAGES] = {
	[OUTGOING_PAGE_LEAVE] = { "unsub_link", OUTGOING_PAGE, NULL },
	[OUTGOING_PAGE_WEB] = { "permalink", OUTGOING_PAGES_AT "w", NULL },
	[OUTGOING_PAGE_TWITTER] = { "share_twitter", OUTGOING_PAGES_AT "t",
		"https://twitter.com/intent/tweet?url=" },
	[OUTGOING_PAGE_GOOGLE] = { "share_google", OUTGOING_PAGES_AT "g", NULL },
	[OUTGOING_PAGE_FACEBOOK] = { "share_facebook", OUTGOING_PAGES_AT "f",
		"https://www.facebook.com/sharer/sharer.php?u=" },
	[OUTGOING_PAGE_LINKEDIN] = { "share_linkedin", OUTGOING_PAGES_AT "l",
		"https://www.linkedin.com/sharing/share-offsite/?url=" },
};

struct str
outgoing_page_mark(enum outgoing_page page)
{
	return str_z(pages[page].mark);
}

const char *
outgoing_page_name(enum outgoing_page page)
{
	return pages[page].name;
}

/* All but what RFC 3986 2.3 calls unreserved. */
static void
put_encoded(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			buf_put_c(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
	}
}

int
outgoing_page_url(struct buf *out, enum outgoing_page page, struct str ours)
{
	size_t before = out->n;

	if (pages[page].through) {
		buf_put_z(out, pages[page].through);
		put_encoded(out, ours);
	} else {
		buf_put(out, ours);
	}
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}
