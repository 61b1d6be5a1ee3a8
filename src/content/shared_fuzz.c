/*
 * Laws: without a token of the message each byte stays; with some put into the text each of
 * them is changed and nothing else is; and what was changed is not changed again.
 */
#include "content/shared.h"

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct track_token_key key = { 7, { 1, 2, 3 } };

/* data, with "/o/TOKEN/" where it has a newline. */
static void
spell(struct buf *out, struct str data, const struct track_token_box *box,
	const struct track_token *t)
{
	for (size_t i = 0; i < data.n; i++) {
		if (data.p[i] != '\n') {
			buf_put_c(out, data.p[i]);
			continue;
		}
		buf_put_z(out, "\n/o/");
		must(track_token_write(out, box, t) == 0);
		buf_put_c(out, '/');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct track_token_box *box = track_token_box_new(&key, 1);
	struct track_token t = { .kind = TRACK_TOKEN_OPEN,
		.flags = TRACK_TOKEN_CONSENT,
		.tenant = 3,
		.message = 5,
		.text = STR_NONE };
	struct str s = { (const char *)data, n };
	struct buf html, want, got;

	buf_init(&html, 64 * n + 64);
	buf_init(&want, 64 * n + 64);
	buf_init(&got, 64 * n + 64);
	must(shared_html(&got, s, box, 3, 5) == 0);
	must(str_eq(buf_str(&got), s));
	spell(&html, s, box, &t);
	t.flags = 0;
	spell(&want, s, box, &t);
	buf_clear(&got);
	must(shared_html(&got, buf_str(&html), box, 3, 5) == 0);
	must(str_eq(buf_str(&got), buf_str(&want)));
	buf_clear(&html);
	must(shared_html(&html, buf_str(&got), box, 3, 5) == 0);
	must(str_eq(buf_str(&html), buf_str(&want)));
	buf_done(&html);
	buf_done(&want);
	buf_done(&got);
	track_token_box_free(&box);
	return 0;
}
