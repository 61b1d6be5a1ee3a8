#include "api/mailjet_v3_message.h"

#include "api/mailbox_list.h"
#include "api/mailjet_error.h"
#include "api/mailjet_message.h"
#include "api/mailjet_vars.h"

#include <errno.h>

#define VARIABLE_BYTES UINT64_C(128) /* of an entry in an object */

/* ---- shapes ---- */

struct recipient {
	struct str email, name;
	json_t *vars;
};
struct file {
	struct str type, name, base64;
};

#define RECIPIENT(m) offsetof(struct recipient, m)
static const struct json_in_field recipient_fields[] = {
	{ "Email", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 0, RECIPIENT(email), NULL },
	{ "Name", JSON_IN_STR, JSON_IN_LAX, 0, RECIPIENT(name), NULL },
	{ "Vars", JSON_IN_ANY, 0, 0, RECIPIENT(vars), NULL },
};
static const struct json_in_shape recipient_shape = { recipient_fields, 3,
	sizeof(struct recipient), true };

#define FILE_(m) offsetof(struct file, m)
static const struct json_in_field file_fields[] = {
	{ "Content-type", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 200, FILE_(type),
		NULL },
	{ "Filename", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 255, FILE_(name), NULL },
	{ "content", JSON_IN_STR, JSON_IN_NEEDED, 0, FILE_(base64), NULL },
};
static const struct json_in_shape file_shape = { file_fields, 3, sizeof(struct file), true };

#define M(m) offsetof(struct mailjet_v3_message, m)
static const struct json_in_field message_fields[] = {
	{ "FromEmail", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 0, M(from_email), NULL },
	{ "FromName", JSON_IN_STR, 0, 0, M(from_name), NULL },
	{ "Sender", JSON_IN_ANY, 0, 0, M(sender), NULL },
	{ "Recipients", JSON_IN_LIST, 0, 1000, M(recipients), &recipient_shape },
	{ "To", JSON_IN_STR, 0, 0, M(to), NULL },
	{ "Cc", JSON_IN_STR, 0, 0, M(cc), NULL },
	{ "Bcc", JSON_IN_STR, 0, 0, M(bcc), NULL },
	{ "Subject", JSON_IN_STR, 0, 0, M(subject), NULL },
	{ "Text-part", JSON_IN_STR, 0, 0, M(text), NULL },
	{ "Html-part", JSON_IN_STR, 0, 0, M(html), NULL },
	{ "Mj-TemplateID", JSON_IN_ANY, 0, 0, M(template_id), NULL },
	{ "Mj-TemplateLanguage", JSON_IN_ANY, 0, 0, M(language), NULL },
	{ "Mj-TemplateErrorReporting", JSON_IN_ANY, 0, 0, M(template_errors), NULL },
	{ "Mj-TemplateErrorDeliver", JSON_IN_ANY, 0, 0, M(template_deliver), NULL },
	{ "Mj-prio", JSON_IN_INT, JSON_IN_LAX, 0, M(priority), NULL },
	{ "Mj-campaign", JSON_IN_STR, JSON_IN_LAX, 0, M(campaign), NULL },
	{ "Mj-deduplicatecampaign", JSON_IN_ANY, 0, 0, M(deduplicate), NULL },
	{ "Mj-trackopen", JSON_IN_INT, JSON_IN_LAX, 0, M(track_opens), NULL },
	{ "Mj-trackclick", JSON_IN_INT, JSON_IN_LAX, 0, M(track_clicks), NULL },
	{ "Mj-CustomID", JSON_IN_STR, JSON_IN_LAX, 0, M(custom_id), NULL },
	{ "Mj-EventPayLoad", JSON_IN_STR, JSON_IN_LAX, 0, M(payload), NULL },
	{ "Mj-MonitoringCategory", JSON_IN_STR, 0, 0, M(category), NULL },
	{ "Attachments", JSON_IN_LIST, 0, OUTGOING_FILES_MAX, M(files), &file_shape },
	{ "Inline_attachments", JSON_IN_LIST, 0, OUTGOING_FILES_MAX, M(inlines), &file_shape },
	{ "Headers", JSON_IN_OBJECT, 0, 0, M(headers), NULL },
	{ "Vars", JSON_IN_OBJECT, 0, 0, M(vars), NULL },
};
static const struct json_in_shape message_shape = { message_fields,
	sizeof message_fields / sizeof *message_fields, sizeof(struct mailjet_v3_message),
	true };

static const struct outgoing_limits limits = { .recipients = MAILJET_RECIPIENTS_MAX,
	.subject = 255 * 4, /* bytes; characters are counted before */
	.bytes = MAILJET_BYTES_MAX,
	.ahead = 0,
	.reserved = mailjet_message_reserved };

/* ---- mistakes ---- */

#define EMPTY "MJ03 A non-empty value is required"

void
mailjet_v3_error(struct mailjet_v3_reader *r, const char *property, struct str text)
{
	struct api_error *e = api_error_add(r->send, &r->send->errors);

	if (!e)
		return;
	*e = (struct api_error){ .status = 400, .code = "MJ08" };
	e->text = arena_printf(r->arena, "MJ08 Property %.*s%s is invalid: %.*s",
		STR_ARG(r->path), property, STR_ARG(text));
	if (!e->text.p)
		e->text = STR_LIT("The request is too long.");
}

static void
json_problem(struct mailjet_v3_reader *r, const struct json_in_problem *p)
{
	const char *detail = p->detail ? p->detail : "";
	struct str path, text;
	struct buf b;

	buf_init(&b, 1024);
	(void)json_in_path_brackets(&b, p->path);
	path = arena_str(r->arena, buf_str(&b));
	buf_done(&b);
	switch (p->code) {
	case JSON_IN_MISSING:
	case JSON_IN_EMPTY:
		text = STR_LIT(EMPTY);
		break;
	case JSON_IN_TYPE:
		text = arena_printf(r->arena, "a %s is expected", detail);
		break;
	case JSON_IN_LONG:
		text = arena_printf(r->arena, "it is longer than %s bytes", detail);
		break;
	case JSON_IN_MANY:
	default:
		text = arena_printf(r->arena, "more than %s entries", detail);
		break;
	}
	mailjet_v3_error(r, path.p ? path.p : "", text.p ? text : STR_NONE);
}

static const char *const where_names[] = { [OUTGOING_FROM] = "FromEmail",
	[OUTGOING_SENDER] = "Sender",
	[OUTGOING_REPLY_TO] = "Headers[\"Reply-To\"]",
	[OUTGOING_TO] = "To",
	[OUTGOING_CC] = "Cc",
	[OUTGOING_BCC] = "Bcc",
	[OUTGOING_SUBJECT] = "Subject",
	[OUTGOING_CONTENT] = "Text-part",
	[OUTGOING_FILES] = "Attachments",
	[OUTGOING_FIELDS] = "Headers",
	[OUTGOING_SEND_AT] = "SendAt",
	[OUTGOING_ABOUT] = "Mj-EventPayLoad",
	[OUTGOING_WHOLE] = "Attachments" };

static struct str
words_of(struct mailjet_v3_reader *r, const struct outgoing_problem *p)
{
	struct str value = str_head(p->value, 320);

	switch (p->code) {
	case OUTGOING_MISSING:
		return p->where == OUTGOING_CONTENT
		               ? STR_LIT("Text-part, Html-part or Mj-TemplateID is required")
		               : STR_LIT(EMPTY);
	case OUTGOING_ADDRESS:
		return arena_printf(
			r->arena, "\"%.*s\" is an invalid email address", STR_ARG(value));
	case OUTGOING_MANY:
	case OUTGOING_LONG:
		return arena_printf(
			r->arena, "at most %llu are allowed", (unsigned long long)p->detail);
	case OUTGOING_RESERVED:
		return arena_printf(
			r->arena, "the header %.*s cannot be customized", STR_ARG(value));
	case OUTGOING_VALUE:
	case OUTGOING_LATE:
		break;
	}
	return p->why ? str_z(p->why) : STR_LIT("it holds characters that cannot be there");
}

static void
outgoing_problem(struct mailjet_v3_reader *r, const struct mailjet_v3_message *m,
	const struct outgoing_problem *p)
{
	bool own = p->where == OUTGOING_TO && m->recipients.n > 0;
	struct str text = words_of(r, p);

	mailjet_v3_error(
		r, own ? "Recipients" : where_names[p->where], text.p ? text : STR_NONE);
}

/* ---- what its mails have in common ---- */

static bool
is_deliver(const json_t *j)
{
	return json_is_string(j) && str_ieq_z(str_z(json_string_value(j)), "deliver");
}

/* "true", "1", 1 and true say yes. */
static bool
says_yes(const json_t *j)
{
	struct str s = json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                                 : STR_NONE;

	return json_is_true(j) || json_integer_value(j) != 0 || str_ieq_z(s, "true") ||
	       str_ieq_z(s, "1") || str_ieq_z(s, "yes") || str_ieq_z(s, "y");
}

static int
list_of(struct mailjet_v3_reader *r, const char *name, struct str text,
	struct outgoing_list *ret_l)
{
	struct str bad = STR_NONE, said;
	int err = 0;

	if (text.p)
		err = mailbox_list_read(
			r->arena, str_trim_all(text), MAILJET_RECIPIENTS_MAX, ret_l, &bad);
	if (err == -EINVAL) {
		said = arena_printf(r->arena, "\"%.*s\" is an invalid email address",
			STR_ARG(str_head(bad, 320)));
		mailjet_v3_error(r, name, said.p ? said : STR_NONE);
	} else if (err == -EOVERFLOW) {
		mailjet_v3_error(r, name, STR_LIT("at most 50 addresses are allowed"));
	}
	return err == -E2BIG ? err : 0;
}

static void
files_of(struct mailjet_v3_reader *r, const struct json_in_list *l, bool inside,
	struct compose_file *to)
{
	const char *name = inside ? "Inline_attachments" : "Attachments";
	const struct file *f = l->at;

	for (size_t i = 0; i < l->n; i++) {
		to[i] = (struct compose_file){ .name = f[i].name, .type = f[i].type };
		to[i].bytes = to[i].content_id = STR_NONE;
		/* cid:NAME shows it. */
		if (inside) {
			to[i].content_id = f[i].name;
			if (compose_wrong_file(&to[i]))
				to[i].content_id = STR_NONE;
		}
		r->decoded += f[i].base64.n / 4 * 3;
		if (r->decoded > API_COMPOSED_MAX)
			continue;
		to[i].bytes = api_base64(r->arena, f[i].base64, MAILJET_BYTES_MAX);
		if (to[i].bytes.p)
			continue;
		to[i].bytes = STR_NONE;
		mailjet_v3_error(
			r, name, STR_LIT("a content is not base64, or it is too long"));
	}
}

/* Reply-To may stand among the headers. */
static int
fields_of(struct mailjet_v3_reader *r, const json_t *headers, struct outgoing *o)
{
	struct compose_header *at =
		arena_alloc(r->arena, (json_object_size(headers) + 1) * sizeof *at);
	const char *key;
	json_t *value;
	int err = at ? 0 : -E2BIG;

	json_object_foreach((json_t *)(uintptr_t)headers, key, value)
	{
		struct str text;

		if (err)
			break;
		if (!json_is_string(value)) {
			mailjet_v3_error(r, "Headers", STR_LIT("a string is expected"));
			continue;
		}
		text = str_of(json_string_value(value), json_string_length(value));
		if (str_ieq_z(str_z(key), "reply-to"))
			err = list_of(r, where_names[OUTGOING_REPLY_TO], text, &o->reply_to);
		else
			at[o->nfields++] = (struct compose_header){ str_z(key), text };
	}
	o->fields = at;
	return err;
}

/* 0 account, 1 off, 2 on. */
static enum outgoing_switch
switch_of(struct mailjet_v3_reader *r, const struct json_in_int *v, const char *name)
{
	static const enum outgoing_switch table[] = { OUTGOING_DEFAULT, OUTGOING_OFF,
		OUTGOING_ON };

	if (v->value >= 0 && v->value <= 2)
		return table[v->value];
	mailjet_v3_error(r, name, STR_LIT("0, 1 or 2 is expected"));
	return OUTGOING_DEFAULT;
}

static struct str
about_of(struct mailjet_v3_reader *r, const struct mailjet_v3_message *m)
{
	struct api_about about;

	api_about_init(&about);
	api_about_str(&about, "custom_id", m->custom_id);
	api_about_str(&about, "payload", m->payload);
	api_about_str(&about, "campaign", m->campaign);
	api_about_str(&about, "category", m->category);
	return api_about_done(&about, r->arena);
}

/* A value that asks for a template that exists: all but null, 0 and "". */
static bool
given(const json_t *j)
{
	return json_is_integer(j) ? json_integer_value(j) != 0
	                          : json_string_length(j) > 0 || json_is_object(j);
}

static void
options_of(struct mailjet_v3_reader *r, const struct mailjet_v3_message *m)
{
	if (given(m->template_id) && m->html.n)
		mailjet_v3_error(r, "Html-part",
			STR_LIT("it cannot be given together with Mj-TemplateID"));
	if (says_yes(m->deduplicate) && !m->campaign.n)
		mailjet_v3_error(r, "Mj-deduplicatecampaign", STR_LIT("it needs Mj-campaign"));
	if (m->priority.value < 0 || m->priority.value > 3)
		mailjet_v3_error(r, "Mj-prio", STR_LIT("the value must be from 0 to 3"));
	if (api_longer(m->campaign, 255))
		mailjet_v3_error(
			r, "Mj-campaign", STR_LIT("at most 255 characters are allowed"));
	if (m->recipients.n > 0 && m->to.n + m->cc.n + m->bcc.n > 0)
		mailjet_v3_error(r, "Recipients",
			STR_LIT("it cannot be used together with To, Cc and Bcc"));
}

/* Whom to write of a template's mistakes. */
static int
report_of(struct mailjet_v3_reader *r, struct mailjet_v3_message *m)
{
	const char *const name = "Mj-TemplateErrorReporting";
	const json_t *j = m->template_errors;
	struct outgoing_list l = { NULL, 0 };
	int err;

	m->report = (struct outgoing_address){ STR_NONE, STR_NONE };
	if (!j || json_is_null(j))
		return 0;
	if (!json_is_string(j)) {
		mailjet_v3_error(r, name, STR_LIT("a string is expected"));
		return 0;
	}
	err = list_of(r, name, str_of(json_string_value(j), json_string_length(j)), &l);
	if (l.n > 1)
		mailjet_v3_error(r, name, STR_LIT("one address is expected"));
	if (!err && l.n > 0)
		m->report = l.at[0];
	return err;
}

static struct str
text_of(struct str s)
{
	return s.p ? s : STR_NONE;
}

static int
base_of(struct mailjet_v3_reader *r, struct mailjet_v3_message *m)
{
	struct outgoing *o = &m->base;
	size_t n = m->files.n + m->inlines.n;
	struct compose_file *files = arena_alloc(r->arena, (n + 1) * sizeof *files);

	if (!files)
		return -E2BIG;
	*o = (struct outgoing){ .from = { m->from_email, text_of(m->from_name) },
		.sender = { STR_NONE, STR_NONE },
		.subject = text_of(m->subject),
		.text = text_of(m->text),
		.html = text_of(m->html),
		.files = files,
		.nfiles = n,
		.opens = switch_of(r, &m->track_opens, "Mj-trackopen"),
		.clicks = switch_of(r, &m->track_clicks, "Mj-trackclick"),
		.turn = m->priority.set ? api_turn((unsigned)m->priority.value) : 0,
		.once = says_yes(m->deduplicate) ? m->campaign : STR_NONE,
		.about = about_of(r, m) };
	r->decoded += o->text.n + o->html.n;
	files_of(r, &m->files, false, files);
	files_of(r, &m->inlines, true, files + m->files.n);
	options_of(r, m);
	if (list_of(r, "To", m->to, &o->to) < 0 || list_of(r, "Cc", m->cc, &o->cc) < 0 ||
		list_of(r, "Bcc", m->bcc, &o->bcc) < 0 || report_of(r, m) < 0)
		return -E2BIG;
	return fields_of(r, m->headers, o);
}

int
mailjet_v3_message_read(
	struct mailjet_v3_reader *r, const json_t *j, struct mailjet_v3_message *m)
{
	struct json_in in;
	int err;

	json_in_init(&in, r->arena);
	err = json_in_read(&in, j, &message_shape, STR_NONE, m);
	if (err == -E2BIG)
		return err;
	for (size_t i = 0; i < in.nproblems; i++)
		json_problem(r, &in.problems[i]);
	return err ? 0 : base_of(r, m);
}

/* ---- mails ---- */

size_t
mailjet_v3_message_mails(const struct mailjet_v3_message *m)
{
	return m->recipients.n > 0 ? m->recipients.n : 1;
}

/* Mj-TemplateID is a number, also as a text, or a name. */
static void
stored_of(const json_t *j, struct outgoing_template *t)
{
	struct str s = json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                                 : STR_NONE;
	uint64_t number;

	if (json_is_integer(j))
		t->number = (uint64_t)json_integer_value(j);
	else if (str_u64(s, &number) == 0)
		t->number = number;
	else if (s.n)
		t->name = s;
	else
		t->number = UINT64_MAX; /* nobody's */
}

/* The recipient's variables go before those of the call. */
static int
template_of(struct mailjet_v3_reader *r, const struct mailjet_v3_message *m, json_t *own,
	struct api_item *item)
{
	bool language = says_yes(m->language);
	struct outgoing_template *t;

	if (!given(m->template_id) && !language)
		return 0;
	t = arena_alloc(r->arena, sizeof *t);
	if (!t)
		return -E2BIG;
	*t = (struct outgoing_template){ .name = STR_NONE,
		.own = language,
		.dialect = TEMPLATE_MAILJET,
		.tags = !language,
		.deliver = says_yes(m->template_deliver) || is_deliver(m->template_deliver),
		.report = m->report,
		.vars = json_is_object(own) ? own : m->vars };
	/* A copy for each of a thousand: a short call must not ask for much memory. */
	r->decoded += VARIABLE_BYTES * json_object_size(m->vars);
	if (r->decoded > API_COMPOSED_MAX)
		return -E2BIG;
	if (json_is_object(own) && m->vars)
		json_object_update_missing(own, m->vars);
	if (given(m->template_id))
		stored_of(m->template_id, t);
	item->template = t;
	return 0;
}

static int
fill_in(struct mailjet_v3_reader *r, const struct mailjet_v3_message *m, const json_t *own,
	struct outgoing *o)
{
	const struct mailjet_vars vars = { .own = own, .all = m->vars };
	struct str *const texts[] = { &o->subject, &o->text, &o->html };

	for (size_t i = 0; i < 3 && !says_yes(m->language); i++) {
		*texts[i] = mailjet_vars_expand(r->arena, *texts[i], &vars, MAILJET_BYTES_MAX);
		if (!texts[i]->p)
			return -E2BIG;
	}
	if (api_longer(o->subject, 255))
		mailjet_v3_error(r, "Subject", STR_LIT("at most 255 characters are allowed"));
	return 0;
}

int
mailjet_v3_message_mail(struct mailjet_v3_reader *r, const struct mailjet_v3_message *m,
	size_t i, const struct api_world *w, struct api_item *item)
{
	struct outgoing_problems *found = arena_alloc(r->arena, sizeof *found);
	struct outgoing_address *one = arena_alloc(r->arena, sizeof *one);
	const struct recipient *all = m->recipients.at;
	struct outgoing *o = &item->mail;
	struct outgoing probe;
	json_t *own = NULL;

	if (!found || !one)
		return -E2BIG;
	*o = m->base;
	if (m->recipients.n > 0) {
		own = all[i].vars;
		*one = (struct outgoing_address){ all[i].email, text_of(all[i].name) };
		o->to = (struct outgoing_list){ one, 1 };
	}
	item->custom_id = text_of(m->custom_id);
	if (fill_in(r, m, own, o) < 0 || template_of(r, m, own, item) < 0)
		return -E2BIG;
	probe = given(m->template_id) ? outgoing_template_probe(o) : *o;
	(void)outgoing_check(&probe, &limits, w->now, found);
	for (size_t k = 0; k < found->n; k++)
		outgoing_problem(r, m, &found->at[k]);
	return 0;
}
