#include "api/sendgrid_query.h"

#include "base/buf.h"
#include "base/must.h"

/* Laws: what is told of lies within the text; a query written again from what was read reads
 * the same. */

static bool
within(struct str s, struct str part)
{
	return part.n == 0 || (part.p >= s.p && part.p + part.n <= s.p + s.n);
}

static void
put(struct buf *b, const char *before, struct str value, const char *after)
{
	char quote = str_find(value, '"') < value.n ? '\'' : '"';

	if (value.n == 0)
		return;
	buf_put_z(b, b->n ? " AND " : "");
	buf_put_z(b, before);
	buf_put_c(b, quote);
	buf_put(b, value);
	buf_put_c(b, quote);
	buf_put_z(b, after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of(data, size), at;
	struct sendgrid_query q, again;
	struct buf b;

	if (sendgrid_query_read(text, &q, &at) < 0) {
		must(within(text, at) && at.n > 0);
		return 0;
	}
	must(within(text, q.msg_id) && within(text, q.status) && within(text, q.category));
	must(within(text, q.subject) && within(text, q.to_email));
	must(within(text, q.from_email) && within(text, q.template_id));
	buf_init(&b, 4 * size + 1000);
	put(&b, "msg_id=", q.msg_id, "");
	put(&b, "from_email=", q.from_email, "");
	put(&b, "to_email=", q.to_email, "");
	put(&b, "subject=", q.subject, "");
	put(&b, "status=", q.status, "");
	put(&b, "template_id=", q.template_id, "");
	put(&b, "Contains(categories,", q.category, ")");
	must(!b.full && sendgrid_query_read(buf_str(&b), &again, &at) == 0);
	must(str_eq(again.msg_id, q.msg_id) && str_eq(again.from_email, q.from_email));
	must(str_eq(again.to_email, q.to_email) && str_eq(again.subject, q.subject));
	must(str_eq(again.status, q.status) && str_eq(again.template_id, q.template_id));
	must(str_eq(again.category, q.category));
	buf_done(&b);
	return 0;
}
