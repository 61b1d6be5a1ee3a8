#include "api/mailjet_error.h"

#include "base/text.h"

#include <string.h>

struct api_error *
mailjet_error(struct mailjet_reader *r, int status, const char *code, struct str text)
{
	struct api_errors *list = r->item ? &r->item->errors : &r->send->errors;
	struct api_error *e = api_error_add(r->send, list);

	if (e)
		*e = (struct api_error){ .status = status, .code = code, .text = text };
	return e;
}

void
mailjet_error_relate(struct api_error *e, struct str path)
{
	if (e && path.p && e->nrelated < API_RELATED_MAX)
		e->related[e->nrelated++] = path;
}

static struct str
brackets(struct arena *a, struct str pointer)
{
	struct str kept;
	struct buf b;

	buf_init(&b, 1024);
	(void)json_in_path_brackets(&b, pointer);
	kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	return kept;
}

void
mailjet_error_json(struct mailjet_reader *r, const struct json_in_problem *p)
{
	struct arena *a = r->arena;
	const char *detail = p->detail ? p->detail : "";
	struct str text;
	const char *code;

	switch (p->code) {
	case JSON_IN_MISSING:
		code = "mj-0003";
		text = STR_LIT("A mandatory property is missing or null.");
		break;
	case JSON_IN_TYPE:
		code = "mj-0004";
		text = arena_printf(a, "Type mismatch. Expected type \"%s\".", detail);
		break;
	case JSON_IN_EMPTY:
		code = strcmp(detail, "array") == 0 ? "mj-0007" : "mj-0012";
		text = arena_printf(a, "A non-empty %s is required.", detail);
		break;
	case JSON_IN_LONG:
		code = "mj-0006";
		text = arena_printf(
			a, "The value is too long. Max allowed - %s bytes.", detail);
		break;
	case JSON_IN_MANY:
	default:
		code = "mj-0008";
		text = arena_printf(a, "The array is too long. Max allowed - %s.", detail);
		break;
	}
	mailjet_error_relate(mailjet_error(r, 400, code, text), brackets(a, p->path));
}

static const char *const where_names[] = { [OUTGOING_FROM] = "From",
	[OUTGOING_SENDER] = "Sender",
	[OUTGOING_REPLY_TO] = "ReplyTo",
	[OUTGOING_TO] = "To",
	[OUTGOING_CC] = "Cc",
	[OUTGOING_BCC] = "Bcc",
	[OUTGOING_SUBJECT] = "Subject",
	[OUTGOING_CONTENT] = "TextPart",
	[OUTGOING_FILES] = "Attachments",
	[OUTGOING_FIELDS] = "Headers",
	[OUTGOING_SEND_AT] = "SendAt",
	[OUTGOING_ABOUT] = "EventPayload",
	[OUTGOING_WHOLE] = "Messages" };

static void
address_problem(struct mailjet_reader *r, const struct outgoing_problem *p)
{
	const char *part = p->code == OUTGOING_ADDRESS ? "Email" : "Name";
	struct str path = p->index == SIZE_MAX
	                          ? arena_printf(r->arena, "%s.%s", where_names[p->where], part)
	                          : arena_printf(r->arena, "%s[%zu].%s", where_names[p->where],
					    p->index, part);

	if (p->code == OUTGOING_ADDRESS)
		mailjet_error_relate(
			mailjet_error(r, 400, "mj-0013",
				arena_printf(r->arena, "\"%.*s\" is an invalid email address.",
					STR_ARG(str_head(p->value, 320)))),
			path);
	else
		mailjet_error_relate(
			mailjet_error(r, 400, p->code == OUTGOING_LONG ? "mj-0006" : "mj-0005",
				p->code == OUTGOING_LONG ? STR_LIT("The name is too long.")
							 : STR_LIT("The name holds characters "
								   "that no name has.")),
			path);
}

static void
missing_problem(struct mailjet_reader *r, const struct outgoing_problem *p)
{
	struct api_error *e;

	if (p->where != OUTGOING_CONTENT) {
		mailjet_error_relate(
			mailjet_error(r, 400, "mj-0003",
				STR_LIT("A mandatory property is missing or null.")),
			str_z(where_names[p->where]));
		return;
	}
	e = mailjet_error(r, 400, "send-0003",
		STR_LIT("At least \"HTMLPart\", \"TextPart\" or \"TemplateID\" must be "
			"provided."));
	mailjet_error_relate(e, STR_LIT("TextPart"));
	mailjet_error_relate(e, STR_LIT("HTMLPart"));
	mailjet_error_relate(e, STR_LIT("TemplateID"));
}

static void
field_problem(struct mailjet_reader *r, const struct outgoing_problem *p)
{
	bool ours = p->code == OUTGOING_RESERVED;
	struct api_error *e = mailjet_error(r, 400, ours ? "send-0011" : "mj-0005",
		ours ? STR_LIT("This header cannot be customized.") : str_z(p->why));

	mailjet_error_relate(e,
		arena_printf(r->arena, "Headers[\"%.*s\"]", STR_ARG(str_head(p->value, 100))));
}

static struct str
part_path(struct mailjet_reader *r, const struct outgoing_problem *p)
{
	size_t first = r->item ? r->item->mail.nfiles - r->inlines : 0;

	if (p->where != OUTGOING_FILES || p->index == SIZE_MAX)
		return str_z(where_names[p->where]);
	return p->index < first
	               ? arena_printf(r->arena, "Attachments[%zu]", p->index)
	               : arena_printf(r->arena, "InlinedAttachments[%zu]", p->index - first);
}

static void
part_problem(struct mailjet_reader *r, const struct outgoing_problem *p)
{
	const char *code = "mj-0006", *text = "The value is too long.";

	if (p->where == OUTGOING_WHOLE) {
		code = "mj-0011";
	} else if (p->code == OUTGOING_VALUE) {
		code = "mj-0005";
		text = p->why ? p->why : "The value holds characters that cannot be there.";
	} else if (p->code == OUTGOING_MANY) {
		code = "mj-0008";
		text = "The array is too long.";
	}
	mailjet_error_relate(mailjet_error(r, 400, code, str_z(text)), part_path(r, p));
}

void
mailjet_error_outgoing(struct mailjet_reader *r, const struct outgoing_problem *p)
{
	if (p->code == OUTGOING_MISSING)
		missing_problem(r, p);
	else if (p->code == OUTGOING_MANY && p->where == OUTGOING_TO)
		mailjet_error_relate(
			mailjet_error(r, 400, "send-0015",
				STR_LIT("Total number of recipients exceeded. Max allowed - "
					"50")),
			STR_LIT("To"));
	else if (p->where <= OUTGOING_BCC && p->code != OUTGOING_MANY)
		address_problem(r, p);
	else if (p->where == OUTGOING_FIELDS && p->code != OUTGOING_MANY)
		field_problem(r, p);
	else
		part_problem(r, p);
}

/* ---- the answer ---- */

void
mailjet_error_write(struct buf *b, const struct api_error *e, const struct api_world *w)
{
	buf_put_z(b, "{\"ErrorIdentifier\":");
	text_json(b, w->request_id);
	buf_printf(b, ",\"ErrorCode\":\"%s\",\"StatusCode\":%d,\"ErrorMessage\":", e->code,
		e->status);
	text_json(b, e->text);
	for (size_t i = 0; i < e->nrelated; i++) {
		buf_put_z(b, i ? "," : ",\"ErrorRelatedTo\":[");
		text_json(b, e->related[i]);
	}
	buf_put_z(b, e->nrelated ? "]}" : "}");
}
