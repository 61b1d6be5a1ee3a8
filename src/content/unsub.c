#include "content/unsub.h"

#include "wire/address.h"
#include "wire/form.h"

#include <errno.h>

#define BODY_MAX  8192u
#define ARENA_MAX (64u << 10)

/* Printable ASCII without what RFC 2369 2 gives a meaning. */
static bool
is_url(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > 126 || s.p[i] == '<' || s.p[i] == '>')
			return false;
	return s.n > 8 && s.n <= UNSUB_URL_MAX && str_istarts(s, STR_LIT("https://"));
}

/* RFC 6068 2: what a mailto URL holds as it is. */
static bool
is_plain(char c)
{
	return ascii_alnum(c) || (c != '\0' && strchr("-._~!$'*+@", c));
}

static void
mailto(struct buf *out, struct str address)
{
	buf_put_z(out, "<mailto:");
	for (size_t i = 0; i < address.n; i++) {
		if (is_plain(address.p[i]))
			buf_put_c(out, address.p[i]);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)address.p[i]);
	}
	buf_put_z(out, "?subject=unsubscribe>");
}

int
unsub_value(struct buf *out, struct str url, struct str address)
{
	size_t before = out->n;
	struct address a;

	if (url.n == 0 && address.n == 0)
		return -EINVAL;
	if (url.n > 0 && !is_url(url))
		return -EINVAL;
	if (address.n > 0 && (address_mailbox(address, 0, &a) < 0 || a.local.n == 0))
		return -EINVAL;
	if (url.n > 0) {
		buf_put_c(out, '<');
		buf_put(out, url);
		buf_put_c(out, '>');
	}
	if (url.n > 0 && address.n > 0)
		buf_put_z(out, ", ");
	if (address.n > 0)
		mailto(out, address);
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}

/* RFC 8058 3.1, 3.2: the pair comes as multipart/form-data or urlencoded. */
static bool
says(struct str type, struct str body, const char *name, const char *value)
{
	struct arena a;
	struct form form = { .n = 0 };
	struct str boundary;
	const char *why;
	bool found = false;
	int r = -EINVAL;

	if (body.n > BODY_MAX)
		return false;
	arena_init(&a, ARENA_MAX);
	switch (form_kind(&a, type, &boundary)) {
	case FORM_MULTIPART:
		r = form_multipart(&a, body, boundary, &form, &why);
		break;
	case FORM_URLENCODED:
		r = form_urlencoded(&a, body, &form, &why);
		break;
	case FORM_NONE:
		break;
	}
	for (size_t i = 0; r == 0 && i < form.n; i++)
		found = found || (str_eq_z(form.parts[i].name, name) &&
					 str_eq_z(form.parts[i].bytes, value));
	arena_done(&a);
	return found;
}

enum unsub_state
unsub_state(const struct unsub_request *r)
{
	if (!r->valid)
		return UNSUB_INVALID;
	if (str_eq_z(r->method, "POST") &&
		!says(r->type, r->body, UNSUB_FIELD, UNSUB_ONE_CLICK) &&
		says(r->type, r->body, UNSUB_TRACKING, UNSUB_STOP_VAL))
		return UNSUB_STOP;
	if (str_eq_z(r->method, "POST") && says(r->type, r->body, UNSUB_FIELD, UNSUB_ONE_CLICK))
		return UNSUB_DONE;
	return UNSUB_ASK;
}

int
unsub_status(enum unsub_state state)
{
	return state == UNSUB_INVALID ? 404 : 200;
}
