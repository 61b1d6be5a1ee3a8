/*
 * Laws: fields and malformed lines together are the block; a rewritten block has no Bcc, one
 * Date and Message-ID, and rewriting it again adds only Received; decoded text is UTF-8 within
 * its maximum.
 */
#include "wire/header.h"

#include "base/must.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
walk(struct str block)
{
	struct str rest = block;
	struct header_field f;
	struct arena a;
	int r;

	arena_init(&a, 64 * block.n + 4096);
	while ((r = header_next(&rest, &f)) != 0) {
		struct str text;

		must(r == 1 || r == -EINVAL);
		if (r < 0)
			continue;
		must(f.name.n && f.all.p + f.all.n == rest.p);
		text = header_decode(&a, f.value, 64);
		must(text.p && text.n <= 64);
		for (size_t i = 0; i < text.n; i++)
			must((uint8_t)text.p[i] >= 0x20);
		/* Decoded text has nothing left to decode but what a word hid in a word. */
		text = header_unfold(&a, f.value);
		must(text.p && text.n <= f.value.n);
		must(str_find_str(text, STR_LIT("\r\n")) == text.n ||
			str_find(text, '\r') < text.n);
	}
	must(!rest.n || str_starts(rest, STR_LIT("\r\n")));
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct header_add add = { .received = STR_LIT("Received: x\r\n"),
		.date = STR_LIT("now"),
		.message_id = STR_LIT("<a@b>"),
		.more = STR_NONE };
	struct str s = { (const char *)data, n };
	size_t length = header_length(s);
	struct str block = length ? str_head(s, length) : s;
	struct header_facts f, before;
	struct buf one, two;

	walk(s);
	buf_init(&one, n + 256);
	buf_init(&two, n + 256);
	header_scan(block, &before);
	must(header_rewrite(&one, block, &add) == 0);
	header_scan(buf_str(&one), &f);
	must(f.bcc == 0 && f.date >= 1 && f.message_id >= 1 && !f.headless);
	must(f.from == before.from && f.received == before.received + 1);
	must(header_rewrite(&two, buf_str(&one), &add) == 0);
	must(two.n == one.n + add.received.n);
	must(str_eq(str_from(buf_str(&two), add.received.n), buf_str(&one)));
	buf_done(&one);
	buf_done(&two);
	return 0;
}
