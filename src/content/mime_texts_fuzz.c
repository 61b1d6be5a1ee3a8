/* A message. Laws: where its texts are found, others can be put in their place (or it is said
 * that they cannot), what comes out has its texts at hand again, and they are the new ones. */
#include "content/mime_texts.h"

#include "base/must.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
law(struct arena *a, struct str message, const struct mime_texts *m)
{
	const struct mime_texts_new n = { .html = STR_LIT("<p>new</p>\r\n"),
		.text = STR_LIT("new\r\n"),
		.subject = STR_LIT("New"),
		.seed = STR_LIT("seed") };
	struct mime_texts *again = arena_alloc(a, sizeof *again);
	enum mime_texts_why why;
	struct buf out;
	int err;

	buf_init(&out, message.n + 65536);
	err = mime_texts_write(&out, m, &n);
	must(err == 0 || (err == -EINVAL && out.n == 0));
	if (err == 0 && again) {
		must(mime_texts_find(a, buf_str(&out), true, again, &why) == 0);
		must(why == MIME_TEXTS_OK);
		must(again->html != SIZE_MAX && again->text != SIZE_MAX);
		must(str_starts(again->was[0], STR_LIT("<p>new</p>")));
		must(str_starts(again->was[1], STR_LIT("new")));
	}
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str message = str_of(data, size);
	enum mime_texts_why why;
	struct mime_texts *m;
	struct arena a;

	arena_init(&a, 64u << 20);
	m = arena_alloc(&a, sizeof *m);
	if (m && mime_texts_find(&a, message, true, m, &why) == 0 && why == MIME_TEXTS_OK)
		law(&a, message, m);
	arena_done(&a);
	return 0;
}
