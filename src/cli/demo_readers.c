/* The readers of the demo's shop: what they fetch comes out of the mails that the sink got. */
#include "cli/demo_http.h"
#include "cli/demo_traffic.h"
#include "io/file.h"
#include "role/sink_store.h"
#include "wire/mime_in.h"

#define MAIL_MAX   (256u << 10)
#define URL_SIZE   1024
#define OPENS_1_OF 3u
/* Of those who open; the other number is the first one of the mails that is unsubscribed from.
 */
#define CLICKS_1_OF   3u
#define UNSUBSCRIBE_1 60u

/* The first link of one kind in a text: "c" click, "o" open, "u" unsubscribe. */
static bool
find_link(const struct demo *d, struct str text, const char *kind, char url[URL_SIZE])
{
	char needle[64];
	size_t at, n = 0;
	struct str s;

	snprintf(needle, sizeof needle, "http://127.0.0.1:%u/%s/", d->http, kind);
	at = str_find_str(text, str_z(needle));
	s = str_from(text, at);
	while (n < s.n && s.p[n] != '"' && s.p[n] != '>' && s.p[n] != '\r')
		n++;
	return n > 0 && str_copy_z(url, URL_SIZE, str_head(s, n)) == 0;
}

static void
read_html(const struct demo *d, struct demo_http *h, uint64_t n, struct str html,
	struct demo_readers *r)
{
	const struct str one_click = STR_LIT("List-Unsubscribe=One-Click");
	char url[URL_SIZE];

	if (find_link(d, html, "o", url))
		r->opened += demo_http_call(h, "GET", url, "", STR_NONE) == 200;
	/* The shop's pages are not there, and not asked for: the answer only names them. */
	if (n % (OPENS_1_OF * CLICKS_1_OF) == 0 && find_link(d, html, "c", url))
		r->clicked += demo_http_call(h, "GET", url, "", STR_NONE) / 100 == 3;
	if (n >= UNSUBSCRIBE_1 && r->left == 0 && find_link(d, html, "u", url))
		r->left += demo_http_call(h, "POST", url, "application/x-www-form-urlencoded",
				   one_click) == 200;
}

/* Mail to an address with a tag is one whose server plays a part: nobody reads there. */
static bool
is_read(struct str message)
{
	struct str head = str_head(message, str_find_str(message, STR_LIT("\r\n\r\n")));
	struct str to = mime_in_field(head, "To");

	return to.p && str_find(to, '+') == to.n;
}

static void
read_mail(const struct demo *d, struct demo_http *h, uint64_t n, struct str message,
	struct demo_readers *r)
{
	struct mime_in m;
	struct arena a;

	arena_init(&a, 2 * MAIL_MAX);
	mime_in_walk(&a, message, &m);
	for (size_t i = 0; i < m.n; i++)
		if (mime_in_is(&m.parts[i], "text/html"))
			read_html(d, h, n, mime_in_text(&a, &m.parts[i], MAIL_MAX), r);
	arena_done(&a);
}

void
demo_readers(const struct demo *d, struct demo_http *h, uint64_t after, uint64_t until,
	struct demo_readers *ret_r)
{
	struct sink_store sink;
	char path[600];
	struct buf b;

	*ret_r = (struct demo_readers){ 0 };
	if (sink_store_open(&sink, d->c->paths.sink) < 0)
		return;
	buf_init(&b, MAIL_MAX);
	for (uint64_t n = after + 1; n <= sink.last && clock_mono(&h->clock) < until; n++) {
		if (n % OPENS_1_OF != 0)
			continue;
		sink_store_path(&sink, n, ".eml", path);
		buf_clear(&b);
		if (file_read(path, &b) == 0 && is_read(buf_str(&b)))
			read_mail(d, h, n, buf_str(&b), ret_r);
	}
	buf_done(&b);
}
