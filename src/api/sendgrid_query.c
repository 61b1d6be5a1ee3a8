#include "api/sendgrid_query.h"

#include "api/rest.h"

#include <errno.h>

struct reader {
	struct str rest;
	struct sendgrid_query q;
};

static void
skip(struct reader *r)
{
	r->rest = str_trim_all(r->rest);
}

static bool
is_word(char c)
{
	return ascii_alnum(c) || c == '_';
}

/* The next word; empty: there is none. */
static struct str
peek(struct reader *r)
{
	size_t n = 0;

	skip(r);
	while (n < r->rest.n && is_word(r->rest.p[n]))
		n++;
	return str_head(r->rest, n);
}

static bool
word(struct reader *r, const char *want)
{
	struct str w = peek(r);

	if (!str_ieq_z(w, want))
		return false;
	r->rest = str_from(r->rest, w.n);
	return true;
}

static bool
mark(struct reader *r, const char *want)
{
	skip(r);
	if (!str_starts(r->rest, str_z(want)))
		return false;
	r->rest = str_from(r->rest, strlen(want));
	return true;
}

/* In single or double quotes. */
static bool
quoted(struct reader *r, struct str *ret)
{
	size_t end;
	char quote;

	skip(r);
	quote = r->rest.n ? r->rest.p[0] : '\0';
	if (quote != '"' && quote != '\'')
		return false;
	end = str_find(str_from(r->rest, 1), quote);
	if (end + 1 >= r->rest.n)
		return false;
	*ret = str_head(str_from(r->rest, 1), end);
	r->rest = str_from(r->rest, end + 2);
	return true;
}

static bool
when(struct reader *r, int64_t *ret_wall)
{
	struct str text;

	(void)word(r, "TIMESTAMP");
	return quoted(r, &text) && rest_when(text, false, ret_wall) == 0;
}

static bool
last_event(struct reader *r)
{
	int64_t a = 0, b = 0;

	if (word(r, "BETWEEN")) {
		if (!when(r, &a) || !word(r, "AND") || !when(r, &b))
			return false;
		r->q.since = a;
		r->q.until = b + 1;
		return true;
	}
	if (mark(r, ">=") || mark(r, ">"))
		return when(r, &r->q.since);
	if (mark(r, "<=") || mark(r, "<"))
		return when(r, &r->q.until);
	if (!mark(r, "=") || !when(r, &a))
		return false;
	r->q.since = a;
	r->q.until = a + 1000000;
	return true;
}

static bool
term(struct reader *r)
{
	struct {
		const char *name;
		struct str *to;
	} const fields[] = { { "msg_id", &r->q.msg_id }, { "from_email", &r->q.from_email },
		{ "to_email", &r->q.to_email }, { "subject", &r->q.subject },
		{ "status", &r->q.status }, { "template_id", &r->q.template_id } };

	if (word(r, "last_event_time"))
		return last_event(r);
	if (word(r, "Contains"))
		return mark(r, "(") && word(r, "categories") && mark(r, ",") &&
		       quoted(r, &r->q.category) && mark(r, ")");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (word(r, fields[i].name))
			return mark(r, "=") && quoted(r, fields[i].to);
	return false;
}

int
sendgrid_query_read(struct str text, struct sendgrid_query *ret_q, struct str *ret_at)
{
	struct reader r = { .rest = text };
	struct str *const texts[] = { &r.q.msg_id, &r.q.from_email, &r.q.to_email, &r.q.subject,
		&r.q.status, &r.q.template_id, &r.q.category };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = STR_NONE;
	skip(&r);
	while (r.rest.n) {
		struct str at = r.rest;

		if (!term(&r)) {
			*ret_at = at;
			return -EINVAL;
		}
		skip(&r);
		at = r.rest;
		if (r.rest.n && (!word(&r, "AND") || peek(&r).n == 0)) {
			*ret_at = at;
			return -EINVAL;
		}
	}
	*ret_q = r.q;
	return 0;
}
