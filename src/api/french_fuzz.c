/*
 * Laws: what a form makes of any texts is known again, whatever is in them; what is said of it
 * is no longer than a bound; and a sentence that is not known leaves no byte behind.
 */
#include "api/french.h"

#include "base/must.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The form with the lines of rest as its texts. */
static void
make(struct buf *b, const char *form, struct str rest)
{
	for (; *form; form++) {
		if (form[0] == '%' && form[1] == 's') {
			buf_put(b, str_cut(&rest, '\n'));
			form++;
		} else if (form[0] == '%' && form[1] == 'u') {
			buf_put_z(b, "12");
			form++;
		} else {
			buf_put_c(b, *form);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct french_row *row =
		n < 2 ? NULL : french_row((size_t)data[0] << 8 | data[1]);
	struct str rest = { (const char *)data, n };
	struct buf made, got;

	buf_init(&made, 2 * FRENCH_TEXT_MAX);
	buf_init(&got, 4 * FRENCH_TEXT_MAX);
	if (row) {
		make(&made, row->english, str_from(rest, 2));
		must(made.full || made.n > FRENCH_TEXT_MAX || strchr(row->french, '{') ||
			french_say(&got, buf_str(&made)) == 0);
		buf_clear(&got);
	}
	if (french_say(&got, rest) < 0)
		must(got.n == 0);
	must(got.n <= 2 * FRENCH_TEXT_MAX);
	buf_done(&made);
	buf_done(&got);
	return 0;
}
