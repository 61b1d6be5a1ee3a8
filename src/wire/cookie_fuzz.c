/* Law: what is found lies in the field, and with another cookie around it is found again. */
#include "wire/cookie.h"

#include "base/buf.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str field = str_of(data, n), found = cookie_find(field, "s"), again;
	struct buf b;

	if (!found.p)
		return 0;
	must(found.n == 0 || (found.p >= field.p && found.p + found.n <= field.p + field.n));
	must(str_find(found, ';') == found.n);
	buf_init(&b, 1u << 24);
	buf_put_z(&b, "other=1; ");
	buf_put(&b, field);
	buf_put_z(&b, "; last=s=2");
	again = cookie_find(buf_str(&b), "s");
	must(again.p && str_eq(again, found));
	buf_done(&b);
	return 0;
}
