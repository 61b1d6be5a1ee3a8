#include "api/mailgun_form.h"
#include "send/consent.h"
#include "wire/header.h"

#include <errno.h>

/* The check of outgoing messages wants a text; this one is inside the message. */
#define STANDS_FOR STR_LIT("message")

/* Bare CR and LF become CRLF: readers differ in whether they end a line. */
static struct str
crlf(struct arena *a, struct str s)
{
	size_t bare = 0, n = 0;
	char *dst;

	for (size_t i = 0; i < s.n; i++)
		bare += (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r')) ||
		        (s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n'));
	if (bare == 0)
		return s;
	dst = arena_alloc(a, s.n + bare);
	for (size_t i = 0; dst && i < s.n; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			dst[n++] = '\r';
		dst[n++] = s.p[i];
		if (s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n'))
			dst[n++] = '\n';
	}
	return str_of(dst, n);
}

static int
from_of(struct mailgun_form *f, struct str message, struct outgoing *o)
{
	struct arena *a = f->send->arena;
	size_t end = header_length(message);
	struct outgoing_list list = { NULL, 0 };
	struct header_facts facts;
	struct str value;

	header_scan(str_head(message, end ? end : message.n), &facts);
	if (facts.headless || facts.malformed) {
		mailgun_fail(f, "message",
			STR_LIT("'message' parameter is not a MIME message: its header has a "
				"line that is no field"));
		return 0;
	}
	if (facts.from == 0)
		return 0;
	value = header_unfold(a, facts.from_value);
	if (!value.p || mailgun_form_mailboxes(f, "from", value, &list) < 0)
		return -E2BIG;
	if (facts.from > 1 || list.n > 1)
		mailgun_form_bad_address(f, "from");
	if (list.n > 0)
		o->from = list.at[0];
	return 0;
}

/* The texts of such a message are not ours to change. */
static void
check_params(struct mailgun_form *f)
{
	if (mailgun_form_text(f, "recipient-variables").n > 0)
		mailgun_fail(f, "recipient-variables",
			STR_LIT("'recipient-variables' parameter is not supported here for "
				"MIME messages"));
	if (mailgun_form_text(f, "template").n > 0)
		mailgun_fail(f, "template",
			STR_LIT("'template' parameter is not supported here for MIME messages: "
				"send it to /messages, without 'message'"));
	for (size_t i = 0; i < f->form.n; i++)
		if (str_istarts(f->form.parts[i].name, STR_LIT("h:")))
			mailgun_fail(f, "h:",
				STR_LIT("'h:' parameters are not supported here for MIME "
					"messages"));
}

static int
read_call(struct api_send *s, const struct mailgun_call *c, const struct api_world *w,
	struct str *ret_message)
{
	struct mailgun_form f = { .send = s, .call = c, .world = w };
	struct outgoing *o;
	struct str message;
	int err = mailgun_form_read(&f);

	if (err || s->errors.n > 0)
		return err;
	message = mailgun_form_text(&f, "message");
	if (message.n == 0) {
		mailgun_fail(&f, "message", STR_LIT("message parameter is missing"));
		return 0;
	}
	message = crlf(s->arena, message);
	if (!message.p || api_send_items(s, 1) < 0)
		return -E2BIG;
	o = &s->items[0].mail;
	o->sender = o->from = (struct outgoing_address){ STR_NONE, STR_NONE };
	o->subject = o->html = STR_NONE;
	check_params(&f);
	mailgun_form_options(&f, o);
	if (consent_header(message, &o->consent) < 0)
		mailgun_fail(&f, "message", STR_LIT(CONSENT_WRONG));
	if (from_of(&f, message, o) < 0 || mailgun_form_list(&f, "to", &o->to) < 0 ||
		mailgun_form_about(&f, NULL, NULL, &o->about) < 0)
		return -E2BIG;
	if (message.n > MAILGUN_BYTES_MAX)
		mailgun_form_too_long(&f);
	o->text = STANDS_FOR;
	err = s->errors.n > 0 ? 0 : mailgun_form_check(&f, o);
	o->text = STR_NONE;
	if (!err && s->errors.n == 0)
		*ret_message = message;
	return err;
}

int
mailgun_mime_read(struct api_send *s, const struct mailgun_call *c, const struct api_world *w,
	struct str *ret_message)
{
	return api_send_read(s, read_call(s, c, w, ret_message));
}
