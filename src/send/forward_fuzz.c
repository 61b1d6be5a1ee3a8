/* Law: whatever was forwarded is found again, byte for byte, as the only message/rfc822 of a
 * message that no byte of it could reshape. */
#include "send/forward.h"

#include "base/must.h"
#include "wire/mime_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mime_in m;
	struct str in = str_of(data, size), at = str_cut(&in, '\n');
	struct forward f = { .what = size % 2 ? FORWARD_POST : FORWARD_BOUNCE,
		.hostname = STR_LIT("mail.test"),
		.to = STR_LIT("boss@office.test"),
		.at = at,
		.boundary = STR_LIT("facteur-0123456789abcdef0123456789abcdef"),
		.message_id = STR_LIT("<7@mail.test>"),
		.now = INT64_C(1700000000000000),
		.mail = in.p ? in : STR_NONE,
		.size = size,
		.french = size % 3 == 0 };
	struct str want = f.mail;
	struct arena a;
	struct buf b;
	size_t header;
	bool eight;

	/* It is random: nobody who writes knows it. */
	if (str_find_str(str_of(data, size), f.boundary) < size)
		return 0;
	if (want.n > 0 && want.p[want.n - 1] == '\r')
		want = str_head(want, want.n - 1);
	(void)forward_may(f.mail);
	arena_init(&a, 1u << 20);
	buf_init(&b, size + 65536);
	must(forward_write(&b, &f, &header, &eight) == 0);
	mime_in_walk(&a, buf_str(&b), &m);
	must(m.n == 3 && m.parts[0].head.n == header && str_eq(m.parts[2].body, want));
	buf_done(&b);
	arena_done(&a);
	return 0;
}
