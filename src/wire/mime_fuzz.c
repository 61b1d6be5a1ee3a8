/*
 * Laws: the result has no byte above 127 and converts to itself; an error leaves nothing
 * behind; the body of a simple message decodes to the bytes it had.
 */
#include "wire/mime.h"

#include "wire/mime_naive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
whole(struct str s)
{
	struct buf one, two;

	buf_init(&one, s.n * 200 + 1024);
	buf_init(&two, s.n * 200 + 1024);
	if (mime_to_7bit(&one, s) == 0) {
		must(text_is_ascii(buf_str(&one)));
		must(mime_to_7bit(&two, buf_str(&one)) == 0);
		must(str_eq(buf_str(&one), buf_str(&two)));
	} else {
		must(one.n == 0 && !one.full);
	}
	buf_done(&one);
	buf_done(&two);
}

static void
leaf(struct str body)
{
	struct buf in, out, got;

	buf_init(&in, body.n + 256);
	buf_init(&out, body.n * 4 + 512);
	buf_init(&got, body.n * 4 + 512);
	buf_put_z(&in, "Content-Type: text/plain\r\n\r\n");
	buf_put(&in, body);
	must(mime_to_7bit(&out, buf_str(&in)) == 0);
	must(text_is_ascii(buf_str(&out)));
	naive_decode(&got, buf_str(&out));
	must(str_eq(buf_str(&got), body));
	buf_done(&in);
	buf_done(&out);
	buf_done(&got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };

	whole(s);
	leaf(s);
	return 0;
}
