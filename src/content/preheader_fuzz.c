/* The preheader, a NUL, the HTML. Laws: the HTML is there byte for byte around what is put in,
 * which is no longer than said; a reader of the text sees no more than before. */
#include "content/preheader.h"

#include "base/must.h"
#include "content/html_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str html = str_of(data, size), preheader = str_cut(&html, '\0'), all;
	struct buf out, before, after;
	size_t same = 0;

	if (size == 0 || !html.p)
		return 0;
	buf_init(&out, html.n + preheader.n + PREHEADER_ADDS(preheader.n));
	buf_init(&before, 8u << 20);
	buf_init(&after, 8u << 20);
	must(preheader_put(&out, html, preheader) == 0);
	all = buf_str(&out);
	while (same < html.n && all.p[same] == html.p[same])
		same++;
	must(all.n >= html.n);
	must(str_ends(all, str_from(html, same)));
	if (html_text(&before, html, HTML_TEXT_WIDTH) == 0 &&
		html_text(&after, all, HTML_TEXT_WIDTH) == 0)
		must(str_eq(buf_str(&before), buf_str(&after)));
	buf_done(&out);
	buf_done(&before);
	buf_done(&after);
	return 0;
}
