#include "content/html_text_link.h"

#include "content/html_ref.h"

#define URL_MAX 65536u

void
html_text_link_init(struct html_text_link *l)
{
	*l = (struct html_text_link){ 0 };
	buf_init(&l->url, URL_MAX);
	buf_init(&l->text, URL_MAX);
	buf_init(&l->last, URL_MAX);
}

void
html_text_link_done(struct html_text_link *l)
{
	buf_done(&l->url);
	buf_done(&l->text);
	buf_done(&l->last);
}

/* Without the scheme; of an address also without what a mail program shall write. */
static struct str
shown(struct str url)
{
	static const struct str alone[] = { STR_LIT("mailto:"), STR_LIT("tel:"),
		STR_LIT("sms:") };
	static const struct str webs[] = { STR_LIT("https://"), STR_LIT("http://") };

	for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
		if (str_istarts(url, alone[i])) {
			url = str_from(url, alone[i].n);
			return str_head(url, str_find(url, '?'));
		}
	for (size_t i = 0; i < sizeof webs / sizeof *webs; i++)
		if (str_istarts(url, webs[i]))
			return str_from(url, webs[i].n);
	return url;
}

static struct str
compared(struct str s)
{
	s = shown(s);
	return s.n > 0 && s.p[s.n - 1] == '/' ? str_head(s, s.n - 1) : s;
}

static bool
is_told(struct str url)
{
	static const struct str schemes[] = { STR_LIT("https://"), STR_LIT("http://"),
		STR_LIT("mailto:"), STR_LIT("tel:"), STR_LIT("sms:"), STR_LIT("ftp://") };

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_istarts(url, schemes[i]))
			return shown(url).n > 0;
	return false;
}

/* Nothing that would end it: spaces and angle brackets are percent-encoded; line ends inside
 * are not part of it (URL standard 4.4). */
static void
url_of(struct buf *url, struct str href)
{
	struct buf plain;
	struct str s;

	buf_init(&plain, URL_MAX);
	buf_clear(url);
	while (href.n > 0) {
		size_t n = str_find(href, '\n');
		struct str some = str_head(href, n);

		html_ref_decode(&plain, some);
		href = str_from(href, n + 1);
	}
	s = str_trim(buf_str(&plain));
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ' ' || s.p[i] == '<' || s.p[i] == '>')
			buf_printf(url, "%%%02X", (unsigned)s.p[i]);
		else
			buf_put_c(url, s.p[i]);
	}
	if (plain.full || url->full)
		buf_clear(url);
	buf_done(&plain);
}

void
html_text_link_begin(struct html_text_link *l, struct html_flow *f, struct str href)
{
	html_text_link_end(l, f);
	if (href.n > URL_MAX)
		return;
	url_of(&l->url, href);
	l->on = is_told(buf_str(&l->url));
	l->other = false;
	buf_clear(&l->text);
}

void
html_text_link_ascii(struct html_text_link *l, struct str some)
{
	if (!l->on || l->other)
		return;
	buf_put(&l->text, some);
	/* A scheme and a slash more or less. */
	l->other = l->text.n > l->url.n + 16;
}

void
html_text_link_char(struct html_text_link *l, uint32_t point)
{
	if (l->on && !l->other) {
		html_ref_put(&l->text, point);
		l->other = l->text.n > l->url.n + 16;
	}
}

static void
append(struct html_flow *f, struct str url)
{
	struct buf word;

	buf_init(&word, URL_MAX + 2);
	buf_put_c(&word, '<');
	buf_put(&word, url);
	buf_put_c(&word, '>');
	html_flow_append(f, buf_str(&word));
	buf_done(&word);
}

static void
alone(struct html_flow *f, struct str url)
{
	html_flow_space(f);
	html_flow_word(f, url);
	html_flow_space(f);
}

void
html_text_link_end(struct html_text_link *l, struct html_flow *f)
{
	struct str url = buf_str(&l->url);
	bool web = str_istarts(url, STR_LIT("http"));

	if (!l->on)
		return;
	l->on = false;
	if (!web)
		url = shown(url);
	if (l->text.n == 0 && !l->other) {
		if (!str_eq(url, buf_str(&l->last)))
			alone(f, url);
	} else if (l->other || !str_ieq(compared(buf_str(&l->text)), compared(url))) {
		append(f, url);
	}
	buf_clear(&l->last);
	buf_put(&l->last, url);
}
