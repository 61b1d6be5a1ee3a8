/*
 * Laws: not longer than what may be added; once more changes nothing; the texts between the
 * tags are as they were, and so are the tags, but for sheets that are gone.
 */
#include "content/inline_css.h"

#include "base/must.h"
#include "content/html_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The next token but for sheets: text, or a tag's name. */
static bool
next(struct html_scan *s, struct html_token *t)
{
	do {
		if (!html_scan_next(s, t))
			return false;
	} while (t->kind != HTML_TEXT && html_is(t->text, STR_LIT("style")));
	return true;
}

/* Texts around a sheet that is gone are one. */
static void
texts(struct str html, struct buf *out)
{
	struct html_scan s;
	struct html_token t;

	html_scan_init(&s, html, HTML_SCAN_TEXT);
	while (next(&s, &t)) {
		if (t.kind != HTML_TEXT)
			buf_put_c(out, t.kind == HTML_START ? '<' : '>');
		buf_put(out, t.text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct buf got, again, before, after;

	buf_init(&got, n + INLINE_CSS_ADDS);
	buf_init(&again, n + 2 * INLINE_CSS_ADDS);
	buf_init(&before, 2 * n + 16);
	buf_init(&after, 2 * n + 16);
	must(inline_css(&got, in) == 0);
	must(inline_css(&again, buf_str(&got)) == 0);
	must(str_eq(buf_str(&again), buf_str(&got)));
	texts(in, &before);
	texts(buf_str(&got), &after);
	must(str_eq(buf_str(&after), buf_str(&before)));
	buf_done(&got);
	buf_done(&again);
	buf_done(&before);
	buf_done(&after);
	return 0;
}
