/* Laws: decode(encode(x)) == x; what decodes encodes to the same text (case apart for b32
 * and hex); escaped text is UTF-8 without control characters, and is all there
 * or not at all. */
#include "base/must.h"
#include "base/text.h"

#include <errno.h>

#define MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int (*coder)(struct buf *, struct str);

static void
check_coding(struct str s, coder encode, coder decode)
{
	struct buf a, b;

	buf_init(&a, MAX);
	buf_init(&b, MAX);
	must(encode(&a, s) == 0);
	must(decode(&b, buf_str(&a)) == 0);
	must(str_eq(buf_str(&b), s));
	buf_clear(&a);
	buf_clear(&b);
	if (decode(&a, s) == 0) {
		must(encode(&b, buf_str(&a)) == 0);
		if (encode == text_b64 || encode == text_b64url)
			must(str_eq(buf_str(&b), s));
		else
			must(str_ieq(buf_str(&b), s));
	} else {
		must(a.n == 0);
	}
	buf_done(&a);
	buf_done(&b);
}

static bool
has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f)
			return true;
		/* C1 and U+2028, 2029, 202A to 202E, as they are in UTF-8. */
		if (c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0)
			return true;
		if (str_starts(str_from(s, i), STR_LIT("\xe2\x80")) && i + 2 < s.n &&
			(unsigned char)s.p[i + 2] >= 0xa8 && (unsigned char)s.p[i + 2] <= 0xae)
			return true;
	}
	return false;
}

static void
check_escape(struct str s, coder escape, bool controls)
{
	struct buf whole, less;

	buf_init(&whole, MAX);
	must(escape(&whole, s) == 0);
	must(text_is_utf8(buf_str(&whole)));
	must(controls || !has_control(buf_str(&whole)));
	if (whole.n) {
		buf_init(&less, whole.n - 1);
		must(escape(&less, s) == -E2BIG);
		must(less.n == 0 && less.full);
		buf_done(&less);
	}
	buf_done(&whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_of(data, size);

	if (size > MAX / 8)
		return 0;
	check_coding(s, text_b64, text_b64_decode);
	check_coding(s, text_b64url, text_b64url_decode);
	check_coding(s, text_b32, text_b32_decode);
	check_coding(s, text_hex, text_hex_decode);
	check_escape(s, text_safe, false);
	check_escape(s, text_logfmt, false);
	/* JSON may hold DEL, C1 and the separators as they are (RFC 8259 7). */
	check_escape(s, text_json, true);
	return 0;
}
