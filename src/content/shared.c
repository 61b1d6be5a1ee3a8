#include "content/shared.h"

#include <errno.h>

struct work {
	struct buf *out;
	const struct track_token_box *box;
	struct buf scratch;
	uint32_t tenant;
	uint64_t message;
};

static bool
is_token(char c)
{
	return ascii_alnum(c) || c == '-' || c == '_';
}

/* Bytes at the begin of s that may be a token; 0: none is there. */
static size_t
length(struct str s)
{
	size_t n = 0;

	while (n < s.n && n <= TRACK_TOKEN_MAX && is_token(s.p[n]))
		n++;
	return n < TRACK_TOKEN_MIN || n > TRACK_TOKEN_MAX ? 0 : n;
}

static void
put_token(struct work *w, struct str text)
{
	struct track_token t;

	if (track_token_read(w->box, text, &w->scratch, &t) != 0 || t.tenant != w->tenant ||
		t.message != w->message) {
		buf_put(w->out, text);
		return;
	}
	if (t.kind == TRACK_TOKEN_UNSUBSCRIBE || t.kind == TRACK_TOKEN_CHOICE) {
		buf_put_z(w->out, SHARED_NO_TOKEN);
		return;
	}
	t.flags = t.kind == TRACK_TOKEN_WEB ? t.flags | TRACK_TOKEN_SHARED
	                                    : t.flags & (uint8_t)~TRACK_TOKEN_CONSENT;
	(void)track_token_write(w->out, w->box, &t);
}

int
shared_html(struct buf *out, struct str html, const struct track_token_box *box,
	uint32_t tenant, uint64_t message)
{
	struct work w = { .out = out, .box = box, .tenant = tenant, .message = message };
	size_t before = out->n, done = 0, at = 0;

	buf_init(&w.scratch, TRACK_TOKEN_ROOM);
	while (at + 3 <= html.n && !out->full) {
		size_t n;

		/* "/X/" */
		if (html.p[at] != '/' || html.p[at + 2] != '/') {
			at++;
			continue;
		}
		at += 3;
		n = length(str_from(html, at));
		if (n == 0) {
			at--; /* the second one may be the first of another */
			continue;
		}
		buf_put(out, str_of(html.p + done, at - done));
		put_token(&w, str_of(html.p + at, n));
		done = at += n;
	}
	buf_put(out, str_from(html, done));
	buf_done(&w.scratch);
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}
