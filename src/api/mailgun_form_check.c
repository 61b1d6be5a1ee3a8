#include "api/mailgun_form.h"

#include "base/text.h"
#include "base/utc.h"

#include <errno.h>

#define AHEAD (3 * UTC_DAY)

static const struct outgoing_limits limits = {
	.recipients = MAILGUN_RECIPIENTS_MAX,
	.needs_to = true,
	.bytes = MAILGUN_BYTES_MAX,
	.ahead = AHEAD,
};

static const char *const params[] = { [OUTGOING_FROM] = "from",
	[OUTGOING_SENDER] = "h:Sender",
	[OUTGOING_REPLY_TO] = "h:Reply-To",
	[OUTGOING_TO] = "to",
	[OUTGOING_CC] = "cc",
	[OUTGOING_BCC] = "bcc",
	[OUTGOING_SUBJECT] = "subject",
	[OUTGOING_CONTENT] = "text",
	[OUTGOING_FILES] = "attachment",
	[OUTGOING_FIELDS] = "h:",
	[OUTGOING_SEND_AT] = "o:deliverytime",
	[OUTGOING_ABOUT] = "v:",
	[OUTGOING_WHOLE] = "message" };

void
mailgun_form_too_long(struct mailgun_form *f)
{
	mailgun_fail_status(f, 413, params[OUTGOING_WHOLE],
		STR_LIT("The message is too long; max is 25 MiB with its files"));
}

void
mailgun_form_bulk(struct mailgun_form *f)
{
	mailgun_fail_status(f, 413, params[OUTGOING_WHOLE],
		STR_LIT("The messages of this call are too long together; max is 64 MiB with "
			"their files"));
}

static void
people_problem(struct mailgun_form *f, const struct outgoing_problem *p)
{
	const char *param = params[p->where];
	struct arena *a = f->send->arena;

	if (p->code == OUTGOING_MISSING)
		mailgun_fail(f, param, arena_printf(a, "%s parameter is missing", param));
	else if (p->code == OUTGOING_MANY)
		mailgun_form_many(f, param);
	else
		mailgun_form_bad_address(f, param);
}

static void
field_problem(struct mailgun_form *f, const struct outgoing_problem *p)
{
	struct str name = str_head(p->value, 100);
	struct arena *a = f->send->arena;

	if (p->code == OUTGOING_MANY)
		mailgun_fail(f, "h:", STR_LIT("Too many headers; max is 200"));
	else if (p->code == OUTGOING_RESERVED)
		mailgun_fail(f, "h:",
			arena_printf(a, "'h:%.*s' parameter: this header cannot be set",
				STR_ARG(name)));
	else if (!text_is_ascii(p->value))
		mailgun_fail(f, "h:",
			arena_printf(a, "Header name must be pure ASCII: %.*s", STR_ARG(name)));
	else
		mailgun_fail(f,
			"h:", arena_printf(a, "'h:%.*s' parameter: %s", STR_ARG(name), p->why));
}

static void
problem(struct mailgun_form *f, const struct outgoing_problem *p)
{
	const char *param = params[p->where];

	if (p->where <= OUTGOING_BCC) {
		people_problem(f, p);
	} else if (p->where == OUTGOING_FIELDS) {
		field_problem(f, p);
	} else if (p->code == OUTGOING_MISSING && p->where == OUTGOING_CONTENT) {
		mailgun_fail(f, param,
			STR_LIT("Need at least one of 'text', 'html', 'amp-html' or 'template' "
				"parameters specified"));
	} else if (p->where == OUTGOING_WHOLE) {
		mailgun_form_too_long(f);
	} else if (p->where == OUTGOING_ABOUT) {
		mailgun_fail(f, param,
			STR_LIT("Send options (parameters starting with o:, h:, or v:) are "
				"limited to 16 kB total"));
	} else if (p->where == OUTGOING_SEND_AT) {
		mailgun_fail(f, param,
			STR_LIT("'o:deliverytime' parameter is too far ahead; max is 3 days"));
	} else if (p->where == OUTGOING_FILES && p->code == OUTGOING_MANY) {
		mailgun_fail(f, param, STR_LIT("Too many attachments; max is 200"));
	} else if (p->why) {
		mailgun_fail(f, param,
			arena_printf(f->send->arena, "'%s' parameter: %s", param, p->why));
	} else {
		mailgun_fail(f, param,
			arena_printf(f->send->arena,
				"'%s' parameter holds control characters or is not UTF-8",
				param));
	}
}

int
mailgun_form_check(struct mailgun_form *f, const struct outgoing *o)
{
	if (!f->found)
		f->found = arena_alloc(f->send->arena, sizeof *f->found);
	if (!f->found)
		return -E2BIG;
	f->found->n = f->found->dropped = 0;
	(void)outgoing_check(o, &limits, f->world->now, f->found);
	for (size_t i = 0; i < f->found->n; i++)
		problem(f, &f->found->at[i]);
	return 0;
}
