#include "api/mailjet_message.h"

#include "api/mailjet_vars.h"
#include "base/map.h"
#include "content/link_url.h"

#include <errno.h>

#define LIST_MAX 500u /* entries, before those given twice are put together */

/* ---- shapes ---- */

struct person {
	struct str email, name;
};
struct file {
	struct str type, name, base64, content_id;
};
struct message {
	struct person *from, *sender, *reply_to, *template_errors;
	struct json_in_list to, cc, bcc, files, inlines;
	struct str subject, text, html, campaign, track_opens, track_clicks, custom_id, payload,
		category, url_tags;
	struct json_in_int template_id, priority;
	enum json_in_bool language, deduplicate, template_deliver, template_delivery;
	json_t *variables, *headers;
};

#define PERSON(m) offsetof(struct person, m)
static const struct json_in_field person_fields[] = {
	{ "Email", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 0, PERSON(email), NULL },
	{ "Name", JSON_IN_STR, 0, 0, PERSON(name), NULL },
};
static const struct json_in_shape person_shape = { person_fields, 2, sizeof(struct person),
	true };

#define FILE_(m) offsetof(struct file, m)
static const struct json_in_field file_fields[] = {
	{ "ContentType", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 200, FILE_(type), NULL },
	{ "Filename", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 255, FILE_(name), NULL },
	{ "Base64Content", JSON_IN_STR, JSON_IN_NEEDED, 0, FILE_(base64), NULL },
	{ "ContentID", JSON_IN_STR, 0, 250, FILE_(content_id), NULL },
};
static const struct json_in_shape file_shape = { file_fields, 4, sizeof(struct file), true };

#define M(m) offsetof(struct message, m)
static const struct json_in_field message_fields[] = {
	{ "From", JSON_IN_ONE, 0, 0, M(from), &person_shape },
	{ "Sender", JSON_IN_ONE, 0, 0, M(sender), &person_shape },
	{ "To", JSON_IN_LIST, JSON_IN_FILLED, LIST_MAX, M(to), &person_shape },
	{ "Cc", JSON_IN_LIST, 0, LIST_MAX, M(cc), &person_shape },
	{ "Bcc", JSON_IN_LIST, 0, LIST_MAX, M(bcc), &person_shape },
	{ "ReplyTo", JSON_IN_ONE, 0, 0, M(reply_to), &person_shape },
	{ "Subject", JSON_IN_STR, 0, 0, M(subject), NULL },
	{ "TextPart", JSON_IN_STR, 0, 0, M(text), NULL },
	{ "HTMLPart", JSON_IN_STR, 0, 0, M(html), NULL },
	{ "TemplateID", JSON_IN_INT, JSON_IN_LAX, 0, M(template_id), NULL },
	{ "TemplateLanguage", JSON_IN_BOOL, JSON_IN_LAX, 0, M(language), NULL },
	{ "TemplateErrorReporting", JSON_IN_ONE, 0, 0, M(template_errors), &person_shape },
	{ "TemplateErrorDeliver", JSON_IN_BOOL, JSON_IN_LAX, 0, M(template_deliver), NULL },
	/* As the Java SDK spells it. */
	{ "TemplateErrorDelivery", JSON_IN_BOOL, JSON_IN_LAX, 0, M(template_delivery), NULL },
	{ "Variables", JSON_IN_OBJECT, 0, 0, M(variables), NULL },
	{ "Attachments", JSON_IN_LIST, 0, 0, M(files), &file_shape },
	{ "InlinedAttachments", JSON_IN_LIST, 0, 0, M(inlines), &file_shape },
	{ "Priority", JSON_IN_INT, JSON_IN_LAX, 0, M(priority), NULL },
	{ "CustomCampaign", JSON_IN_STR, 0, 0, M(campaign), NULL },
	{ "DeduplicateCampaign", JSON_IN_BOOL, JSON_IN_LAX, 0, M(deduplicate), NULL },
	{ "TrackOpens", JSON_IN_STR, 0, 0, M(track_opens), NULL },
	{ "TrackClicks", JSON_IN_STR, 0, 0, M(track_clicks), NULL },
	{ "CustomID", JSON_IN_STR, JSON_IN_LAX, 0, M(custom_id), NULL },
	{ "EventPayload", JSON_IN_STR, 0, 0, M(payload), NULL },
	{ "MonitoringCategory", JSON_IN_STR, 0, 0, M(category), NULL },
	{ "URLTags", JSON_IN_STR, 0, 0, M(url_tags), NULL },
	{ "Headers", JSON_IN_OBJECT, 0, 0, M(headers), NULL },
};
static const struct json_in_shape message_shape = { message_fields,
	sizeof message_fields / sizeof *message_fields, sizeof(struct message), true };

const char *const mailjet_message_reserved[] = { "delivered-to", "domainkey-status",
	"received-spf", "authentication-results", "message-id", "user-agent", "x-mailer",
	"list-id", "x-feedback-id", "x-csa-complaints", "x-mailjet-prio", "x-mailjet-debug",
	"x-mailjet-campaign", "x-mailjet-trackopen", "x-mailjet-trackclick",
	"x-mailjet-segmentation", "x-mj-customid", "x-mj-eventpayload", "x-mj-vars",
	"x-mj-templateid", "x-mj-templatelanguage", "x-mj-templateerrordeliver",
	"x-mj-templateerrorreporting", "x-mj-workflowid", "x-mj-mid", "x-mj-errormessage",
	"x-mj-statisticscontactslistid", NULL };

static const struct outgoing_limits limits = { .recipients = MAILJET_RECIPIENTS_MAX,
	.subject = 255 * 4, /* bytes; characters are counted before */
	.bytes = MAILJET_BYTES_MAX,
	.ahead = 0,
	.reserved = mailjet_message_reserved };

/* ---- reading ---- */

static struct outgoing_address
address_of(const struct person *p)
{
	struct outgoing_address a = { STR_NONE, STR_NONE };

	if (p && p->email.p)
		a.email = p->email;
	if (p && p->name.p)
		a.name = p->name;
	return a;
}

/* Those of l that were not seen before: an address that is given twice counts once. p NULL: the
 * arena is full. */
static struct outgoing_list
list_of(struct mailjet_reader *r, const struct json_in_list *l, struct map *seen)
{
	struct outgoing_address *at = arena_alloc(r->arena, (l->n + 1) * sizeof *at);
	const struct person *people = l->at;
	size_t n = 0;

	for (size_t i = 0; at && i < l->n; i++) {
		struct str key = arena_str(r->arena, people[i].email);

		if (!key.p)
			return (struct outgoing_list){ NULL, 0 };
		for (size_t k = str_rfind(key, '@'); k < key.n; k++)
			((char *)(uintptr_t)key.p)[k] = ascii_lower(key.p[k]);
		if (!map_put(seen, key, at))
			at[n++] = address_of(&people[i]);
	}
	return (struct outgoing_list){ at, n };
}

static int
people_of(struct mailjet_reader *r, const struct message *m, struct outgoing *o)
{
	struct outgoing_address *reply = arena_alloc(r->arena, sizeof *reply);
	struct map seen;

	o->from = address_of(m->from);
	o->sender = address_of(m->sender);
	map_init(&seen, 0);
	o->to = list_of(r, &m->to, &seen);
	o->cc = list_of(r, &m->cc, &seen);
	o->bcc = list_of(r, &m->bcc, &seen);
	map_done(&seen);
	if (reply && m->reply_to) {
		*reply = address_of(m->reply_to);
		o->reply_to = (struct outgoing_list){ reply, 1 };
	}
	return reply && o->to.at && o->cc.at && o->bcc.at ? 0 : -E2BIG;
}

/* cid:NAME shows a file that has no id of its own, where the name can be one. */
static struct str
id_of(const struct file *f)
{
	struct compose_file named = { STR_NONE, STR_NONE, STR_NONE, f->name };

	if (f->content_id.n)
		return f->content_id;
	return compose_wrong_file(&named) ? STR_NONE : f->name;
}

static void
files_of(struct mailjet_reader *r, const struct json_in_list *l, const char *name, bool inside,
	struct compose_file *to)
{
	const struct file *files = l->at;

	for (size_t i = 0; i < l->n; i++) {
		to[i] = (struct compose_file){ .name = files[i].name,
			.type = files[i].type,
			.bytes = STR_NONE,
			.content_id = inside ? id_of(&files[i]) : STR_NONE };
		r->decoded += files[i].base64.n / 4 * 3;
		if (r->decoded <= API_COMPOSED_MAX)
			to[i].bytes = api_base64(r->arena, files[i].base64, MAILJET_BYTES_MAX);
		if (to[i].bytes.p)
			continue;
		to[i].bytes = STR_NONE;
		mailjet_error_relate(mailjet_error(r, 400, "mj-0005",
					     STR_LIT("This is not base64, or it is too long.")),
			arena_printf(r->arena, "%s[%zu].Base64Content", name, i));
	}
}

static enum outgoing_switch
switch_of(struct mailjet_reader *r, struct str s, const char *name)
{
	if (!s.p || str_ieq_z(s, "account_default"))
		return OUTGOING_DEFAULT;
	if (str_ieq_z(s, "enabled"))
		return OUTGOING_ON;
	if (str_ieq_z(s, "disabled"))
		return OUTGOING_OFF;
	mailjet_error_relate(
		mailjet_error(r, 400, "mj-0005",
			STR_LIT("The value must be account_default, enabled or disabled.")),
		str_z(name));
	return OUTGOING_DEFAULT;
}

static void
fields_of(struct mailjet_reader *r, const json_t *headers, struct outgoing *o)
{
	size_t n = json_object_size(headers);
	struct compose_header *at = arena_alloc(r->arena, (n + 1) * sizeof *at);
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)headers, key, value)
	{
		if (!at)
			break;
		if (json_is_string(value))
			at[o->nfields++] = (struct compose_header){ str_z(key),
				str_of(json_string_value(value), json_string_length(value)) };
		else
			mailjet_error_relate(
				mailjet_error(r, 400, "mj-0004",
					STR_LIT("Type mismatch. Expected type \"string\".")),
				arena_printf(r->arena, "Headers[\"%.100s\"]", key));
	}
	o->fields = at;
}

static struct str
about_of(struct mailjet_reader *r, const struct message *m)
{
	struct api_about about;

	api_about_init(&about);
	api_about_str(&about, "custom_id", m->custom_id);
	api_about_str(&about, "payload", m->payload);
	api_about_str(&about, "campaign", m->campaign);
	api_about_str(&about, "category", m->category);
	api_about_str(&about, "url_tags", m->url_tags);
	return api_about_done(&about, r->arena);
}

/* 0 or -E2BIG. */
static int
template_of(struct mailjet_reader *r, const struct message *m)
{
	bool language = m->language == JSON_IN_TRUE;
	struct outgoing_template *t;

	if (!m->template_id.set && !language)
		return 0;
	if (m->template_id.set && m->html.n)
		mailjet_error_relate(
			mailjet_error(r, 400, "send-0004",
				STR_LIT("\"HTMLPart\" cannot be given together with "
					"\"TemplateID\".")),
			STR_LIT("HTMLPart"));
	t = arena_alloc(r->arena, sizeof *t);
	if (!t)
		return -E2BIG;
	*t = (struct outgoing_template){ .name = STR_NONE,
		.number = m->template_id.set ? (uint64_t)m->template_id.value : 0,
		.own = language,
		.dialect = TEMPLATE_MAILJET,
		.tags = !language,
		.deliver = m->template_deliver == JSON_IN_TRUE ||
		           m->template_delivery == JSON_IN_TRUE,
		.report = address_of(m->template_errors),
		.vars = m->variables };
	/* No template has a number below 1. */
	if (m->template_id.set && m->template_id.value <= 0)
		t->number = UINT64_MAX;
	r->item->template = t;
	return 0;
}

static void
options_of(struct mailjet_reader *r, const struct message *m)
{
	if (m->deduplicate == JSON_IN_TRUE && !m->campaign.n)
		mailjet_error_relate(
			mailjet_error(r, 400, "send-0012",
				STR_LIT("\"DeduplicateCampaign\" needs a \"CustomCampaign\".")),
			STR_LIT("CustomCampaign"));
	if ((m->template_errors || m->template_deliver || m->template_delivery) &&
		m->language != JSON_IN_TRUE)
		mailjet_error_relate(mailjet_error(r, 400, "send-0016",
					     STR_LIT("\"TemplateErrorReporting\" and "
						     "\"TemplateErrorDeliver\" "
						     "need \"TemplateLanguage\".")),
			STR_LIT("TemplateLanguage"));
	if (m->template_errors && !outgoing_address_ok(m->template_errors->email))
		mailjet_error_relate(
			mailjet_error(r, 400, "mj-0013",
				arena_printf(r->arena, "\"%.*s\" is an invalid email address.",
					STR_ARG(str_head(m->template_errors->email, 320)))),
			STR_LIT("TemplateErrorReporting.Email"));
	if (m->priority.set && (m->priority.value < 0 || m->priority.value > 3))
		mailjet_error_relate(mailjet_error(r, 400, "mj-0005",
					     STR_LIT("The value must be from 0 to 3.")),
			STR_LIT("Priority"));
}

static void
length_of(struct mailjet_reader *r, struct str value, size_t max, const char *name)
{
	if (api_longer(value, max))
		mailjet_error_relate(
			mailjet_error(r, 400, "mj-0006",
				arena_printf(r->arena,
					"The value is too long. Max allowed - %zu.", max)),
			str_z(name));
}

/* What no query holds is encoded as browsers do. 0 or -E2BIG. */
static int
tags_of(struct mailjet_reader *r, struct str tags, struct str *ret)
{
	struct buf b;

	length_of(r, tags, 256, "URLTags");
	while (tags.n && (tags.p[0] == '?' || tags.p[0] == '&'))
		tags = str_from(tags, 1);
	buf_init(&b, LINK_TAGS_MAX);
	for (size_t i = 0; i < tags.n; i++) {
		struct str c = str_of(tags.p + i, 1);

		if (link_url_tags_ok(c) || c.p[0] == '?' || c.p[0] == '&')
			buf_put(&b, c);
		else
			(void)link_url_encode(&b, c);
	}
	if (b.full)
		mailjet_error_relate(mailjet_error(r, 400, "mj-0006",
					     STR_LIT("The value is too long as it stands in a "
						     "URL. Max allowed - 1024.")),
			STR_LIT("URLTags"));
	*ret = arena_str(r->arena, buf_str(&b));
	buf_done(&b);
	return ret->p ? 0 : -E2BIG;
}

/* 0 or -E2BIG. */
static int
texts_of(struct mailjet_reader *r, const struct message *m, struct outgoing *o)
{
	const struct mailjet_vars vars = { .own = m->variables };
	const struct {
		struct str from, *to;
	} texts[] = { { m->subject, &o->subject }, { m->text, &o->text },
		{ m->html, &o->html } };

	for (size_t i = 0; i < 3 && r->decoded <= API_COMPOSED_MAX; i++) {
		struct str from = texts[i].from.p ? texts[i].from : STR_NONE;

		*texts[i].to = from;
		r->decoded += from.n;
		if (m->language != JSON_IN_TRUE)
			*texts[i].to =
				mailjet_vars_expand(r->arena, from, &vars, MAILJET_BYTES_MAX);
		if (!texts[i].to->p)
			return -E2BIG;
	}
	length_of(r, o->subject, 255, "Subject");
	length_of(r, m->campaign, 255, "CustomCampaign");
	return tags_of(r, m->url_tags, &o->url_tags);
}

static int
mail_of(struct mailjet_reader *r, const struct message *m)
{
	struct outgoing *o = &r->item->mail;
	size_t n = m->files.n + m->inlines.n;
	struct compose_file *files = arena_alloc(r->arena, (n + 1) * sizeof *files);

	if (!files)
		return -E2BIG;
	*o = (struct outgoing){ .files = files,
		.nfiles = n,
		.opens = switch_of(r, m->track_opens, "TrackOpens"),
		.clicks = switch_of(r, m->track_clicks, "TrackClicks"),
		.turn = m->priority.set ? api_turn((unsigned)m->priority.value) : 0,
		.once = m->deduplicate == JSON_IN_TRUE ? m->campaign : STR_NONE,
		.about = about_of(r, m) };
	if (people_of(r, m, o) < 0 || texts_of(r, m, o) < 0)
		return -E2BIG;
	r->inlines = m->inlines.n;
	files_of(r, &m->files, "Attachments", false, files);
	files_of(r, &m->inlines, "InlinedAttachments", true, files + m->files.n);
	fields_of(r, m->headers, o);
	options_of(r, m);
	r->item->custom_id = m->custom_id.p ? m->custom_id : STR_NONE;
	return template_of(r, m);
}

int
mailjet_message_read(struct mailjet_reader *r, const json_t *j, const struct api_world *w)
{
	const struct json_in_problem no_sender = { .code = JSON_IN_MISSING,
		.path = STR_LIT("/From") };
	struct outgoing_problems *found = arena_alloc(r->arena, sizeof *found);
	struct outgoing probe;
	struct json_in in;
	struct message m;
	bool sender;
	int err;

	if (!found)
		return -E2BIG;
	json_in_init(&in, r->arena);
	err = json_in_read(&in, j, &message_shape, STR_NONE, &m);
	if (err == -E2BIG)
		return err;
	sender = m.from || m.template_id.set || !json_is_object(j);
	if (!sender)
		mailjet_error_json(r, &no_sender);
	for (size_t i = 0; i < in.nproblems; i++)
		mailjet_error_json(r, &in.problems[i]);
	if (err || !sender)
		return 0;
	err = mail_of(r, &m);
	if (err || r->item->errors.n > 0)
		return err;
	probe = m.template_id.set ? outgoing_template_probe(&r->item->mail) : r->item->mail;
	(void)outgoing_check(&probe, &limits, w->now, found);
	for (size_t i = 0; i < found->n; i++)
		mailjet_error_outgoing(r, &found->at[i]);
	return 0;
}
