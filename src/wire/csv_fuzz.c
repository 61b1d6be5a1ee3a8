/* Laws: reading ends, and what was read and written again is read the same, as a text too. */
#include "base/must.h"
#include "wire/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_of(data, size), field, again, line;
	struct buf b, c, out;
	size_t n = 0;

	if (!is_line(rest))
		return 0;
	buf_init(&b, 1u << 20);
	buf_init(&c, 1u << 20);
	while (rest.p && csv_field(&rest, &b, &field) == 0) {
		must(n++ <= size);
		buf_init(&out, 1u << 20);
		must(csv_put(&out, STR_LIT("x"), true) == 0 &&
			csv_put(&out, field, false) == 0 &&
			csv_put_text(&out, field, false) == 0);
		line = buf_str(&out);
		must(csv_field(&line, &c, &again) == 0 && str_eq(again, STR_LIT("x")));
		must(csv_field(&line, &c, &again) == 0 && str_eq(again, field));
		must(csv_field(&line, &c, &again) == 0 && str_eq(csv_text(again), field));
		must(line.p == NULL);
		buf_done(&out);
	}
	buf_done(&b);
	buf_done(&c);
	return 0;
}
