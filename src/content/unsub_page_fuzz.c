/*
 * Laws: a language that is neither of the two changes nothing. Whatever sender, address and
 * path are, the page has the tags and quotes that it has with plain ones, and is UTF-8.
 */
#include "content/unsub_page.h"

#include "base/must.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t
count(const struct buf *b, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->p[i] == c;
	return n;
}

static void
write_page(struct buf *out, const struct unsub_page *p)
{
	buf_clear(out);
	must(unsub_page(out, p) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char marks[] = "<>\"'";
	struct str s = { (const char *)data, n };
	struct unsub_page p = { .state = n % UNSUB_STATES, .lang = unsub_page_lang(s) };
	struct unsub_choice one = { (uint32_t)n, STR_LIT("a@b") };
	struct buf got, plain;

	buf_init(&got, 10000 + 6 * n);
	buf_init(&plain, 10000);
	if (n < 900) {
		buf_put_z(&got, "de, *;q=0.3,");
		buf_put(&got, s);
		must(unsub_page_lang(buf_str(&got)) == p.lang);
	}
	p.sender = p.address = p.action = STR_LIT("a@b");
	p.choices = &one;
	p.nchoices = n >> 1 & 1;
	write_page(&plain, &p);
	p.sender = p.address = text_is_utf8(s) && n > 0 ? s : STR_LIT("a@b");
	p.action = one.name = p.sender;
	write_page(&got, &p);
	must(text_is_utf8(buf_str(&got)));
	for (size_t i = 0; i < 4; i++)
		must(count(&got, marks[i]) == count(&plain, marks[i]));
	buf_done(&got);
	buf_done(&plain);
	return 0;
}
