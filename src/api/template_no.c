#include "api/template_no.h"

#include "api/mailjet_error.h"
#include "api/postmark_error.h"
#include "api/sendgrid_error.h"

#define NEVER "This template was never published: only published versions are sent."

/* What the call said it is. */
static struct str
named(const struct api_send *s, const struct api_item *item)
{
	const struct outgoing_template *t = item->template;

	if (t->name.n)
		return str_head(t->name, 100);
	return arena_printf(s->arena, "%llu", (unsigned long long)t->number);
}

static struct str
kept(struct str s)
{
	return s.p ? s : STR_LIT("The request is too long.");
}

static void
native(struct api_send *s, const struct api_item *item, enum api_template_no no, struct str why)
{
	bool batch = json_object_get(s->root, "messages") != NULL;
	struct api_error *e = api_error_add(s, &s->errors);
	struct str path = STR_LIT("/template");

	if (!e)
		return;
	if (batch)
		path = arena_printf(
			s->arena, "/messages/%zu/template", (size_t)(item - s->items));
	*e = (struct api_error){ .status = 422,
		.text = no == API_NO_TEMPLATE  ? STR_LIT("There is no such template.")
		        : no == API_NO_VERSION ? STR_LIT(NEVER)
		                               : why };
	e->related[e->nrelated++] = path.p ? path : STR_LIT("/template");
}

static void
mailjet(struct api_send *s, struct api_item *item, enum api_template_no no, struct str why)
{
	struct mailjet_reader r = { .send = s, .item = item, .arena = s->arena };

	if (no == API_NO_MAIL) {
		/* Of a stored one, or of the message's own parts. */
		mailjet_error_relate(
			mailjet_error(&r, 400, "mj-0005",
				kept(arena_printf(s->arena, "Error in template language: %.*s",
					STR_ARG(why)))),
			outgoing_template_stored(item->template) ? STR_LIT("TemplateID")
								 : STR_LIT("TemplateLanguage"));
		return;
	}
	mailjet_error_relate(
		mailjet_error(&r, 400, "send-0010",
			no == API_NO_VERSION
				? STR_LIT(NEVER)
				: kept(arena_printf(s->arena,
					  "Template ID \"%.*s\" doesn't exist for your "
					  "account.",
					  STR_ARG(named(s, item))))),
		STR_LIT("TemplateID"));
}

static void
mailjet_v3(struct api_send *s, const struct api_item *item, enum api_template_no no,
	struct str why)
{
	struct api_error *e = api_error_add(s, &s->errors);
	const char *property = outgoing_template_stored(item->template) ? "Mj-TemplateID"
	                                                                : "Mj-TemplateLanguage";

	if (!e)
		return;
	if (no == API_NO_TEMPLATE)
		why = STR_LIT("this template doesn't exist for your account");
	else if (no == API_NO_VERSION)
		why = STR_LIT(NEVER);
	*e = (struct api_error){ .status = 400,
		.code = "MJ08",
		.text = kept(arena_printf(s->arena, "MJ08 Property %s is invalid: %.*s",
			property, STR_ARG(why))) };
}

static void
sendgrid(struct api_send *s, const struct api_item *item, enum api_template_no no,
	struct str why)
{
	struct str path = STR_LIT("template_id");

	if (no == API_NO_TEMPLATE)
		why = arena_printf(s->arena,
			"The Template ID must be a valid template id for your account. You "
			"provided %.*s.",
			STR_ARG(named(s, item)));
	else if (no == API_NO_VERSION)
		why = STR_LIT(NEVER);
	else
		path = arena_printf(s->arena, "personalizations.%zu.dynamic_template_data",
			(size_t)(item - s->items));
	sendgrid_error_add(s, 400, kept(why), path);
}

static void
postmark(struct api_send *s, struct api_item *item, enum api_template_no no, struct str why)
{
	struct postmark_reader r = { .send = s, .item = item, .arena = s->arena };

	if (no == API_NO_MAIL)
		postmark_error(&r, "300",
			kept(arena_printf(s->arena,
				"The template cannot be rendered with this 'TemplateModel': "
				"%.*s",
				STR_ARG(why))));
	else if (no == API_NO_VERSION)
		postmark_error(&r, "1101", STR_LIT(NEVER));
	else if (item->template->number)
		postmark_error(&r, "1101",
			STR_LIT("The 'TemplateId' associated with this request is not valid or "
				"was not found."));
	else
		postmark_error(&r, "1101",
			STR_LIT("The Template's 'Alias' associated with this request is not "
				"valid or was not found."));
}

/* All or none go, so the first mistake speaks for the call. */
static void
mailgun(struct api_send *s, const struct api_item *item, enum api_template_no no,
	struct str why)
{
	struct str name = named(s, item), text;
	uint64_t version = item->template->version;
	struct api_error *e = api_error_add(s, &s->errors);

	if (!e)
		return;
	if (no == API_NO_VERSION)
		text = STR_LIT(NEVER);
	else if (no == API_NO_MAIL)
		text = arena_printf(s->arena,
			"template '%.*s' cannot be rendered with these variables: %.*s",
			STR_ARG(name), STR_ARG(why));
	else if (version)
		text = arena_printf(s->arena, "version %llu of template '%.*s' not found",
			(unsigned long long)version, STR_ARG(name));
	else
		text = arena_printf(s->arena, "template '%.*s' not found", STR_ARG(name));
	*e = (struct api_error){ .status = 400, .code = "parameter", .text = kept(text) };
	e->related[e->nrelated++] = STR_LIT("template");
}

void
api_template_no(struct api_send *s, struct api_item *item, const struct api_route *route,
	enum api_template_no no, struct str why)
{
	switch (route->dialect) {
	case API_MAILJET:
		if (route->op == API_SEND_V3)
			mailjet_v3(s, item, no, why);
		else
			mailjet(s, item, no, why);
		break;
	case API_SENDGRID:
		sendgrid(s, item, no, why);
		break;
	case API_POSTMARK:
		postmark(s, item, no, why);
		break;
	case API_MAILGUN:
		mailgun(s, item, no, why);
		break;
	case API_NATIVE:
	default:
		native(s, item, no, why);
		break;
	}
}
