#include "base/must.h"
#include "wire/reply.h"

/* Laws: whatever the text, what is written is reply lines of one code, and one log line. */

static void
check_lines(struct str rest, struct str code)
{
	while (rest.n > 0) {
		size_t n = str_find_str(rest, STR_LIT("\r\n"));
		must(n < rest.n && n <= 510 && n >= 4);
		must(str_starts(rest, code));
		/* Only the last line has the space (RFC 5321 4.2.1). */
		must(rest.p[3] == (n + 2 == rest.n ? ' ' : '-'));
		for (size_t i = 0; i < n; i++)
			must(rest.p[i] != '\r' && rest.p[i] != '\n' && rest.p[i] != '\0');
		rest = str_from(rest, n + 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b;
	struct dsn_code d = { 0 };
	size_t used;
	struct str text = str_of(data, size);

	if (dsn_code_parse(text, &d, &used) == 0) {
		must(used >= 5 && used <= size);
		must(d.class == 2 || d.class == 4 || d.class == 5);
		must(d.subject <= 999 && d.detail <= 999);
	}
	struct reply r = { .code = 550, .dsn = d, .text = text };
	buf_init(&b, 1u << 16);
	must(reply_write(&b, &r) == 0);
	check_lines(buf_str(&b), STR_LIT("550"));
	buf_clear(&b);
	must(reply_safe(&b, &r) == 0);
	for (size_t i = 0; i < b.n; i++)
		must((uint8_t)b.p[i] >= 0x20 && b.p[i] != 0x7f);
	buf_done(&b);
	return 0;
}
