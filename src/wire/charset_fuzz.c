/* Law: whatever the bytes and the charset's name, the text is UTF-8 without controls but line
 * ends and tabs. */
#include "wire/charset.h"

#include "base/must.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_of(data, size), charset = str_cut(&in, '\n');
	struct buf whole;

	if (!in.p)
		in = STR_NONE;
	buf_init(&whole, in.n * 3 + 1);
	must(charset_text(&whole, charset, in) == 0);
	must(text_is_utf8(buf_str(&whole)));
	for (size_t i = 0; i < whole.n; i++) {
		unsigned char c = (unsigned char)whole.p[i];

		must((c >= ' ' && c != 0x7f) || c == '\t' || c == '\r' || c == '\n');
	}
	buf_done(&whole);
	return 0;
}
