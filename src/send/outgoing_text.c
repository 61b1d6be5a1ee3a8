#include "send/outgoing_text.h"

#include "content/html_text.h"

void
outgoing_text_make(struct outgoing_text *last, struct arena *a, struct outgoing *o)
{
	struct buf out;

	if (o->text.n > 0 || o->html.n == 0 || o->auto_text == OUTGOING_OFF)
		return;
	if (last->html.p != o->html.p || last->html.n != o->html.n) {
		buf_init(&out, OUTGOING_TEXT_MAX);
		last->html = o->html;
		last->text = STR_NONE;
		if (html_text(&out, o->html, HTML_TEXT_WIDTH) == 0)
			last->text = arena_str(a, buf_str(&out));
		buf_done(&out);
	}
	if (last->text.p)
		o->text = last->text;
}
