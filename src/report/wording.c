#include "report/wording.h"

#include "base/buf.h"
#include "base/text.h"

static void
put_arg(struct buf *b, const char *arg)
{
	struct str s = str_z(arg);

	(void)text_safe(b, str_head(s, WORDING_ARG));
	if (s.n > WORDING_ARG)
		(void)buf_put_z(b, "…");
}

json_t *
wording_fill(const char *form, const char *const args[3])
{
	struct buf b;
	json_t *j;

	if (!*form)
		return json_null();
	buf_init(&b, WORDING_BYTES);
	for (; *form; form++) {
		if (form[0] == '%' && form[1] >= '1' && form[1] <= '3') {
			const char *arg = args[*++form - '1'];

			put_arg(&b, arg ? arg : "?");
		} else {
			(void)buf_put_c(&b, *form);
		}
	}
	j = json_stringn(buf_str(&b).p, b.n);
	buf_done(&b);
	return j ? j : json_string("?");
}

json_t *
wording_safe(struct str s)
{
	struct buf b;
	json_t *j;

	buf_init(&b, WORDING_BYTES);
	(void)text_safe(&b, str_head(s, WORDING_ARG));
	j = json_stringn(buf_str(&b).p, b.n);
	buf_done(&b);
	return j ? j : json_string("?");
}
