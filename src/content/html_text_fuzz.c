/*
 * Laws: the text is UTF-8 without control characters but LF and without white space at the end
 * of a line, no longer than HTML_TEXT_MOST, the same twice; no word of a page without tags is
 * lost.
 */
#include "content/html_text.h"

#include "base/must.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_text(struct str text)
{
	must(text_is_utf8(text));
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		must(c >= 0x20 || c == '\n');
		must(c != 0x7f);
		if (c == 0xc2)
			must((unsigned char)text.p[i + 1] >= 0xa0);
		if (c == '\n')
			must(i > 0 && text.p[i - 1] != ' ');
	}
	must(text.n == 0 || text.p[text.n - 1] == '\n');
}

/* Neither markup nor reference: what is no white space comes out, in order. */
static void
check_plain(struct str in, struct str out)
{
	size_t at = 0;

	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] == '<' || in.p[i] == '&' || (unsigned char)in.p[i] >= 0x7f ||
			((unsigned char)in.p[i] < 0x20 && in.p[i] != '\n'))
			return;
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == ' ' || in.p[i] == '\n')
			continue;
		while (at < out.n && (out.p[at] == ' ' || out.p[at] == '\n'))
			at++;
		must(at < out.n && out.p[at] == in.p[i]);
		at++;
	}
	must(at + (out.n > 0) == out.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	unsigned width = n ? 1 + data[0] % 80u : 76;
	struct buf one, two;

	buf_init(&one, HTML_TEXT_MOST(n));
	buf_init(&two, HTML_TEXT_MOST(n));
	must(html_text(&one, in, width) == 0);
	must(html_text(&two, in, width) == 0);
	must(str_eq(buf_str(&one), buf_str(&two)));
	check_text(buf_str(&one));
	check_plain(in, buf_str(&one));
	buf_done(&one);
	buf_done(&two);
	return 0;
}
