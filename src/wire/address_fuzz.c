#include "base/buf.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/address.h"

#include <errno.h>

/* Laws: what is taken has no control byte, holds to the limits, and reads the same again
 * from its text; ASCII forms of domains are fixed points. */

static void
check(void *ctx, struct address a)
{
	struct address again;

	must(*(unsigned *)ctx || text_is_ascii(a.text));
	must(a.local.n > 0 && a.local.n <= ADDRESS_LOCAL_MAX);
	must(a.domain.n <= ADDRESS_DOMAIN_MAX);
	must(text_is_utf8(a.text));
	must(a.utf8 == !text_is_ascii(a.text));
	for (size_t i = 0; i < a.text.n; i++)
		must((uint8_t)a.text.p[i] >= 0x20 && a.text.p[i] != 0x7f);
	must(address_mailbox(a.text, ADDRESS_UTF8_OK | ADDRESS_POSTMASTER_OK, &again) == 0);
	must(str_eq(a.text, again.text) && str_eq(a.local, again.local));
	must(str_eq(a.domain, again.domain) && a.literal == again.literal);
}

static void
check_path(struct str s, unsigned flags)
{
	struct address a, again;
	size_t used;
	struct buf b;
	unsigned utf8 = flags & ADDRESS_UTF8_OK;

	if (address_path(s, flags, &a, &used) < 0)
		return;
	must(used <= s.n && s.p[used - 1] == '>');
	if (a.text.n == 0) {
		must(flags & ADDRESS_NULL_OK);
		return;
	}
	check(&utf8, a);
	buf_init(&b, 1000);
	buf_put_c(&b, '<');
	buf_put(&b, a.text);
	buf_put_c(&b, '>');
	must(address_path(buf_str(&b), flags, &again, &used) == 0);
	must(used == b.n && str_eq(a.text, again.text));
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address a;
	struct arena arena;
	struct str ascii, again;
	unsigned all = 1;

	if (size == 0)
		return 0;
	unsigned flags = data[0] & 7u;
	unsigned utf8 = flags & ADDRESS_UTF8_OK;
	struct str s = str_of(data + 1, size - 1);

	check_path(s, flags);
	if (address_mailbox(s, flags, &a) == 0)
		check(&utf8, a);
	address_list(s, check, &all);
	arena_init(&arena, 4096);
	if (domain_ascii(&arena, s, &ascii) == 0) {
		must(text_is_ascii(ascii) && ascii.n <= ADDRESS_DOMAIN_MAX);
		must(domain_ascii(&arena, ascii, &again) == 0 && str_eq(ascii, again));
	}
	arena_done(&arena);
	return 0;
}
