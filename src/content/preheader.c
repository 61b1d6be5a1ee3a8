#include "content/preheader.h"

#include "content/escape.h"
#include "content/html_scan.h"

#include <errno.h>

#define HIDDEN                                                                                 \
	"<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;"    \
	"opacity:0;overflow:hidden;mso-hide:all\">"

/* Behind <body …>, else behind </head>, else where the page begins. */
static size_t
place_of(struct str html)
{
	struct html_scan s;
	struct html_token t;
	size_t at = 0;

	html_scan_init(&s, html, 0);
	while (html_scan_next(&s, &t)) {
		bool body = t.kind == HTML_START && html_is(t.text, STR_LIT("body"));
		bool head = t.kind == HTML_END && html_is(t.text, STR_LIT("head"));

		if ((body || head) && html_scan_close(&s))
			at = s.at;
		if (body)
			break;
	}
	return at;
}

int
preheader_put(struct buf *out, struct str html, struct str text)
{
	size_t at = place_of(html);

	buf_put(out, str_head(html, at));
	buf_put_z(out, HIDDEN);
	escape_html(out, text);
	buf_put_z(out, "</div>");
	return buf_put(out, str_from(html, at)) < 0 || out->full ? -E2BIG : 0;
}
