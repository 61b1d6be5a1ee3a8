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

/* RFC 8058 3.1, 3.2: the pair comes as multipart/form-data or urlencoded. What cannot be read
 * has nothing in it. */
static void
read_form(struct arena *a, const struct unsub_request *r, struct form *ret_f)
{
	struct str boundary;
	const char *why;
	int err = -EINVAL;

	*ret_f = (struct form){ .n = 0 };
	if (r->body.n > BODY_MAX || !str_eq_z(r->method, "POST"))
		return;
	switch (form_kind(a, r->type, &boundary)) {
	case FORM_MULTIPART:
		err = form_multipart(a, r->body, boundary, ret_f, &why);
		break;
	case FORM_URLENCODED:
		err = form_urlencoded(a, r->body, ret_f, &why);
		break;
	case FORM_NONE:
		break;
	}
	if (err)
		ret_f->n = 0;
}

static bool
says(const struct form *form, const char *name, const char *value)
{
	for (size_t i = 0; i < form->n; i++)
		if (str_eq_z(form->parts[i].name, name) &&
			str_eq_z(form->parts[i].bytes, value))
			return true;
	return false;
}

enum unsub_state
unsub_state(const struct unsub_request *r)
{
	enum unsub_state state = UNSUB_ASK;
	struct arena a;
	struct form form;

	if (!r->valid)
		return UNSUB_INVALID;
	arena_init(&a, ARENA_MAX);
	read_form(&a, r, &form);
	if (says(&form, UNSUB_FIELD, UNSUB_ONE_CLICK))
		state = UNSUB_DONE;
	else if (says(&form, UNSUB_TRACKING, UNSUB_STOP_VAL))
		state = UNSUB_STOP;
	else if (says(&form, UNSUB_CHOICE, UNSUB_LEAVE_VAL))
		state = UNSUB_CHOSEN;
	arena_done(&a);
	return state;
}

size_t
unsub_chosen(const struct unsub_request *r, uint32_t *ret, size_t max)
{
	struct arena a;
	struct form form;
	size_t n = 0;

	arena_init(&a, ARENA_MAX);
	read_form(&a, r, &form);
	for (size_t i = 0; i < form.n && n < max; i++)
		if (str_eq_z(form.parts[i].name, UNSUB_GROUP) &&
			str_u32(form.parts[i].bytes, &ret[n]) == 0)
			n++;
	arena_done(&a);
	return n;
}

int
unsub_status(enum unsub_state state)
{
	return state == UNSUB_INVALID ? 404 : 200;
}
