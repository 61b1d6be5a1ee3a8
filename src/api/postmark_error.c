#include "api/postmark_error.h"

#define STATUS    422
#define VALUE_MAX 320u /* bytes of a client's text that come back */

void
postmark_error(struct postmark_reader *r, const char *code, struct str text)
{
	struct api_errors *list = r->item ? &r->item->errors : &r->send->errors;
	struct api_error *e = api_error_add(r->send, list);

	if (e)
		*e = (struct api_error){
			.status = STATUS, .code = code, .text = text.p ? text : STR_NONE
		};
}

void
postmark_error_address(struct postmark_reader *r, const char *field, struct str value)
{
	struct str shown = str_head(value, VALUE_MAX);

	postmark_error(r, "300",
		arena_printf(r->arena, "Invalid '%s' address: '%.*s'.", field, STR_ARG(shown)));
}

void
postmark_error_recipients(struct postmark_reader *r)
{
	postmark_error(
		r, "300", STR_LIT("Maximum of 50 recipients allowed per email message."));
}

void
postmark_error_bulk(struct postmark_reader *r)
{
	struct api_error *e = api_error_add(r->send, &r->send->errors);

	if (e)
		*e = (struct api_error){ .status = 413,
			.code = "300",
			.text = STR_LIT("The messages of this request are too long together: "
					"64 MB with their attachments is the most.") };
}

void
postmark_error_type(struct postmark_reader *r, struct str field)
{
	struct str shown = str_head(field, VALUE_MAX);

	postmark_error(r, "403",
		arena_printf(r->arena, "Invalid request field(s): '%.*s'.", STR_ARG(shown)));
}

void
postmark_error_json(struct postmark_reader *r, const struct json_in_problem *p)
{
	const char *detail = p->detail ? p->detail : "";
	struct str path, text;
	struct buf b;

	buf_init(&b, 1024);
	(void)json_in_path_brackets(&b, p->path);
	path = arena_str(r->arena, buf_str(&b));
	buf_done(&b);
	switch (p->code) {
	case JSON_IN_TYPE:
		if (path.n > 0)
			postmark_error_type(r, path);
		else
			postmark_error(r, "403", STR_LIT("A message must be an object."));
		return;
	case JSON_IN_LONG:
		text = arena_printf(
			r->arena, "'%.*s' is longer than %s bytes.", STR_ARG(path), detail);
		break;
	case JSON_IN_MANY:
		text = arena_printf(
			r->arena, "'%.*s' has more than %s items.", STR_ARG(path), detail);
		break;
	case JSON_IN_MISSING:
	case JSON_IN_EMPTY:
	default:
		text = arena_printf(r->arena, "'%.*s' is missing or empty.", STR_ARG(path));
		break;
	}
	postmark_error(r, "300", text);
}

static const char *const where_names[] = { [OUTGOING_FROM] = "From",
	[OUTGOING_SENDER] = "From",
	[OUTGOING_REPLY_TO] = "ReplyTo",
	[OUTGOING_TO] = "To",
	[OUTGOING_CC] = "Cc",
	[OUTGOING_BCC] = "Bcc",
	[OUTGOING_SUBJECT] = "Subject",
	[OUTGOING_CONTENT] = "TextBody",
	[OUTGOING_FILES] = "Attachments",
	[OUTGOING_FIELDS] = "Headers",
	[OUTGOING_SEND_AT] = "SendAt",
	[OUTGOING_ABOUT] = "Metadata",
	[OUTGOING_WHOLE] = "message" };

static struct str
field_text(struct postmark_reader *r, const struct outgoing_problem *p)
{
	struct str name = str_head(p->value, VALUE_MAX);

	if (p->code == OUTGOING_RESERVED)
		return arena_printf(r->arena,
			"The header '%.*s' is written by the service; it cannot be set in "
			"'Headers'.",
			STR_ARG(name));
	return arena_printf(r->arena, "Invalid header '%.*s': %s.", STR_ARG(name),
		p->why ? p->why : "it cannot be sent");
}

static struct str
other_text(struct postmark_reader *r, const struct outgoing_problem *p)
{
	const char *name = where_names[p->where];
	unsigned long long max = p->detail;

	if (p->code == OUTGOING_MANY)
		return arena_printf(r->arena, "'%s' has more than %llu items.", name, max);
	if (p->code == OUTGOING_LONG && p->where == OUTGOING_ABOUT)
		return arena_printf(r->arena,
			"'Tag' and 'Metadata' together are longer than %llu bytes.", max);
	if (p->code == OUTGOING_LONG)
		return arena_printf(r->arena, "The %s is longer than %llu bytes.", name, max);
	if (p->where == OUTGOING_FILES && p->index != SIZE_MAX)
		return arena_printf(r->arena, "Invalid 'Attachments[%zu]': %s.", p->index,
			p->why ? p->why : "it cannot be sent");
	return arena_printf(
		r->arena, "'%s' holds characters that cannot be in a message.", name);
}

void
postmark_error_mail(struct postmark_reader *r, const struct outgoing_problem *p)
{
	bool person = p->where <= OUTGOING_BCC;

	if (p->code == OUTGOING_MISSING && p->where == OUTGOING_FROM)
		postmark_error_address(r, "From", STR_NONE);
	else if (p->code == OUTGOING_MISSING && person)
		postmark_error(r, "300", STR_LIT("Zero recipients specified"));
	else if (p->code == OUTGOING_MISSING)
		postmark_error(r, "300",
			STR_LIT("Provide either email TextBody or HtmlBody or both."));
	else if (p->code == OUTGOING_MANY && person)
		postmark_error_recipients(r);
	else if (person)
		postmark_error_address(r, where_names[p->where], p->value);
	else if (p->where == OUTGOING_FIELDS && p->code != OUTGOING_MANY)
		postmark_error(r, "300", field_text(r, p));
	else
		postmark_error(r, "300", other_text(r, p));
}
