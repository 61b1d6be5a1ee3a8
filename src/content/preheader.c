#include "content/preheader.h"

#include "content/escape.h"
#include "content/html_scan.h"
#include "content/letters.h"

#include <errno.h>

#define SHOWN 140u /* characters that inboxes show at most */
#define STYLE                                                                                  \
	"display:none;visibility:hidden;mso-hide:all;font-size:1px;line-height:1px;"           \
	"max-height:0;max-width:0;opacity:0;overflow:hidden"
/* A blank with width, and two characters without any that keep it from being collapsed. */
#define BLANK "&#847;&zwnj;&nbsp;"

/* ---- where the body begins */

/* White space; a byte order mark too, behind which a <!doctype> may stand. */
static bool
is_blank(struct str s)
{
	if (str_starts(s, STR_LIT("\xef\xbb\xbf")))
		s = str_from(s, 3);
	for (size_t i = 0; i < s.n; i++)
		if (!html_space(s.p[i]))
			return false;
	return true;
}

static bool
is_head(struct str name)
{
	static const struct str names[] = { STR_LIT("html"), STR_LIT("head"), STR_LIT("title"),
		STR_LIT("meta"), STR_LIT("link"), STR_LIT("style"), STR_LIT("base"),
		STR_LIT("script") };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (html_is(name, names[i]))
			return true;
	return false;
}

/* Behind <body …>; without one, before the first thing that is no part of the head. */
static size_t
body_begin(struct str html)
{
	struct html_scan s;
	struct html_token t;

	html_scan_init(&s, html, HTML_SCAN_TEXT);
	while (html_scan_next(&s, &t)) {
		if (t.kind == HTML_TEXT ? is_blank(t.text) : is_head(t.text))
			continue;
		if (t.kind == HTML_START && html_is(t.text, STR_LIT("body")) &&
			html_scan_close(&s))
			return s.at;
		return t.at;
	}
	return s.dead;
}

/* ---- the two boxes */

static void
put_box(struct buf *out, struct str text, size_t blanks)
{
	buf_put(out, STR_LIT("<div style=\"" STYLE "\">"));
	(void)escape_html(out, text);
	buf_put(out, STR_LIT("</div>"));
	if (blanks == 0)
		return;
	buf_put(out, STR_LIT("<div aria-hidden=\"true\" style=\"" STYLE "\">"));
	while (blanks-- > 0)
		buf_put(out, STR_LIT(BLANK));
	buf_put(out, STR_LIT("</div>"));
}

int
preheader_put(struct buf *out, struct str html, struct str preheader)
{
	struct str text = str_trim_all(preheader);
	size_t before = out->n, n = letters_count(text), at;

	if (text.n == 0 || html.n == 0)
		return buf_put(out, html);
	at = body_begin(html);
	buf_put(out, str_head(html, at));
	put_box(out, text, n < SHOWN ? SHOWN - n : 0);
	buf_put(out, str_from(html, at));
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}
