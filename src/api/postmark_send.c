#include "api/postmark_send.h"

#include "account/control_stream.h"
#include "api/mailbox_list.h"
#include "api/postmark_file.h"

#include <errno.h>

#define MESSAGES_MAX  500u
#define BODY_MAX      (5u << 20)
#define SUBJECT_CHARS 2000u
#define TAG_CHARS     1000u

/* ---- shapes ---- */

struct field {
	struct str name, value;
};
struct message {
	struct str from, to, cc, bcc, reply_to, subject, html, text, tag, track_links, stream,
		alias;
	enum json_in_bool track_opens, inline_css;
	json_t *metadata, *model;
	struct json_in_list headers, files;
	struct json_in_int template_id;
};

#define HEADER(m) offsetof(struct field, m)
static const struct json_in_field header_fields[] = {
	{ "Name", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 0, HEADER(name), NULL },
	{ "Value", JSON_IN_STR, JSON_IN_LAX, 0, HEADER(value), NULL },
};
static const struct json_in_shape header_shape = { header_fields, 2, sizeof(struct field),
	false };

#define M(m) offsetof(struct message, m)
static const struct json_in_field message_fields[] = {
	{ "From", JSON_IN_STR, 0, 0, M(from), NULL },
	{ "To", JSON_IN_STR, 0, 0, M(to), NULL },
	{ "Cc", JSON_IN_STR, 0, 0, M(cc), NULL },
	{ "Bcc", JSON_IN_STR, 0, 0, M(bcc), NULL },
	{ "ReplyTo", JSON_IN_STR, 0, 0, M(reply_to), NULL },
	{ "Subject", JSON_IN_STR, 0, 0, M(subject), NULL },
	{ "HtmlBody", JSON_IN_STR, 0, BODY_MAX, M(html), NULL },
	{ "TextBody", JSON_IN_STR, 0, BODY_MAX, M(text), NULL },
	{ "Tag", JSON_IN_STR, JSON_IN_LAX, 0, M(tag), NULL },
	{ "Metadata", JSON_IN_OBJECT, 0, 0, M(metadata), NULL },
	{ "Headers", JSON_IN_LIST, 0, 0, M(headers), &header_shape },
	{ "Attachments", JSON_IN_LIST, 0, 0, M(files), &postmark_file_shape },
	{ "TrackOpens", JSON_IN_BOOL, JSON_IN_LAX, 0, M(track_opens), NULL },
	{ "TrackLinks", JSON_IN_STR, 0, 0, M(track_links), NULL },
	{ "MessageStream", JSON_IN_STR, 0, 0, M(stream), NULL },
	{ "TemplateId", JSON_IN_INT, JSON_IN_LAX, 0, M(template_id), NULL },
	{ "TemplateAlias", JSON_IN_STR, 0, 0, M(alias), NULL },
	{ "TemplateModel", JSON_IN_OBJECT, 0, 0, M(model), NULL },
	{ "InlineCss", JSON_IN_BOOL, JSON_IN_LAX, 0, M(inline_css), NULL },
};
static const struct json_in_shape message_shape = { message_fields,
	sizeof message_fields / sizeof *message_fields, sizeof(struct message), false };

static const struct outgoing_limits limits = { .recipients = POSTMARK_RECIPIENTS,
	.bytes = POSTMARK_BYTES };

/* ---- people ---- */

/* Mistakes are the message's. 0 or -E2BIG. */
static int
people(struct postmark_reader *r, const char *field, struct str text,
	struct outgoing_list *ret_list)
{
	struct str bad;
	int err = mailbox_list_read(r->arena, text, POSTMARK_RECIPIENTS, ret_list, &bad);

	if (err == -EINVAL)
		postmark_error_address(r, field, bad);
	else if (err == -EOVERFLOW)
		postmark_error_recipients(r);
	return err == -E2BIG ? err : 0;
}

static int
sender(struct postmark_reader *r, struct str text, struct outgoing_address *ret_from)
{
	struct outgoing_list one = { NULL, 0 };
	struct str bad;
	int err = mailbox_list_read(r->arena, text, 1, &one, &bad);

	if (err == -EINVAL || err == -EOVERFLOW)
		postmark_error_address(r, "From", text);
	if (one.n == 1)
		*ret_from = one.at[0];
	return err == -E2BIG ? err : 0;
}

static int
people_of(struct postmark_reader *r, const struct message *m)
{
	struct outgoing *o = &r->item->mail;

	o->from = (struct outgoing_address){ STR_NONE, STR_NONE };
	o->sender = o->from;
	if (sender(r, m->from, &o->from) < 0 || people(r, "To", m->to, &o->to) < 0 ||
		people(r, "Cc", m->cc, &o->cc) < 0 || people(r, "Bcc", m->bcc, &o->bcc) < 0 ||
		people(r, "ReplyTo", m->reply_to, &o->reply_to) < 0)
		return -E2BIG;
	return 0;
}

/* ---- fields and options ---- */

static int
fields_of(struct postmark_reader *r, const struct json_in_list *l)
{
	struct compose_header *to = arena_alloc(r->arena, (l->n + 1) * sizeof *to);
	const struct field *fields = l->at;
	struct outgoing *o = &r->item->mail;

	if (!to)
		return -E2BIG;
	for (size_t i = 0; i < l->n; i++) {
		struct str name = fields[i].name;
		struct str value = fields[i].value.p ? fields[i].value : STR_NONE;

		/* A Message-ID that is given is always kept: this is heard. */
		if (str_ieq_z(name, "X-PM-KeepID") && str_ieq_z(value, "true"))
			continue;
		if (str_istarts(name, STR_LIT("X-PM-")))
			postmark_error(r, "300",
				arena_printf(r->arena,
					"The header '%.*s' steers mail that comes by SMTP; "
					"use the request's own field.",
					STR_ARG(str_head(name, 76))));
		to[o->nfields++] = (struct compose_header){ name, value };
	}
	o->fields = to;
	return 0;
}

static void
stream_of(struct postmark_reader *r, struct str s)
{
	struct outgoing *o = &r->item->mail;

	o->stream = STREAM_TRANSACTIONAL;
	if (str_eq_z(s, "broadcast"))
		o->stream = STREAM_BROADCAST;
	else if (str_eq_z(s, "inbound"))
		postmark_error(
			r, "1236", STR_LIT("Sending is not supported for this stream type."));
	else if (control_stream_ok(s))
		o->own_stream = s;
	else if (s.n > 0 && !str_eq_z(s, "outbound"))
		postmark_error(r, "1235", STR_LIT(POSTMARK_NO_STREAM));
}

static void
tracking_of(struct postmark_reader *r, const struct message *m)
{
	static const struct {
		const char *name;
		enum outgoing_switch clicks;
		enum outgoing_links links;
	} table[] = {
		{ "", OUTGOING_DEFAULT, OUTGOING_LINKS_ALL },
		{ "None", OUTGOING_OFF, OUTGOING_LINKS_ALL },
		{ "HtmlAndText", OUTGOING_ON, OUTGOING_LINKS_ALL },
		{ "HtmlOnly", OUTGOING_ON, OUTGOING_LINKS_HTML },
		{ "TextOnly", OUTGOING_ON, OUTGOING_LINKS_TEXT },
	};
	struct outgoing *o = &r->item->mail;
	bool known = false;

	o->opens = m->track_opens == JSON_IN_UNSET  ? OUTGOING_DEFAULT
	           : m->track_opens == JSON_IN_TRUE ? OUTGOING_ON
	                                            : OUTGOING_OFF;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!str_ieq_z(m->track_links, table[i].name))
			continue;
		o->clicks = table[i].clicks;
		o->links = table[i].links;
		known = true;
	}
	if (!known)
		postmark_error_type(r, STR_LIT("TrackLinks"));
}

static void
about_of(struct postmark_reader *r, const struct message *m)
{
	struct api_about about;
	const char *key;
	json_t *value;

	json_object_foreach(m->metadata, key, value)
	{
		if (!json_is_string(value))
			postmark_error_type(r, arena_printf(r->arena, "Metadata.%.*s",
						       STR_ARG(str_head(str_z(key), 80))));
	}
	api_about_init(&about);
	if (m->tag.n > 0) {
		json_t *tags = json_array();

		json_array_append_new(tags, json_stringn(m->tag.p, m->tag.n));
		api_about_json(&about, "tags", tags);
		json_decref(tags);
	}
	api_about_json(&about, "metadata", m->metadata);
	api_about_str(&about, "stream", r->item->mail.own_stream);
	r->item->mail.about = api_about_done(&about, r->arena);
}

static void
lengths_of(struct postmark_reader *r, const struct message *m)
{
	if (api_longer(m->subject, SUBJECT_CHARS))
		postmark_error(r, "300", STR_LIT("'Subject' is longer than 2000 characters."));
	if (api_longer(m->tag, TAG_CHARS))
		postmark_error(r, "300", STR_LIT("'Tag' is longer than 1000 characters."));
}

/* 0 or -E2BIG. */
static int
template_of(struct postmark_reader *r, const struct message *m, bool wanted)
{
	bool there = m->template_id.set || m->alias.n > 0;
	struct outgoing_template *t;

	if (!wanted && (there || m->model))
		postmark_error(r, "1123",
			STR_LIT("A template goes to /email/withTemplate or "
				"/email/batchWithTemplates."));
	if (!wanted)
		return 0;
	if (there && !m->model)
		postmark_error(r, "1120", STR_LIT("'TemplateModel' is missing."));
	else if (!there)
		postmark_error(r, "1101",
			STR_LIT("The Template's 'Alias' associated with this request is not "
				"valid or was not found."));
	if (m->subject.n + m->html.n + m->text.n > 0)
		postmark_error(r, "1123",
			STR_LIT("'Subject', 'HtmlBody' and 'TextBody' come from the "
				"template."));
	t = arena_alloc(r->arena, sizeof *t);
	if (!t)
		return -E2BIG;
	*t = (struct outgoing_template){ .name = m->template_id.set || !m->alias.p ? STR_NONE
		                                                                   : m->alias,
		.number = m->template_id.set ? (uint64_t)m->template_id.value : 0,
		.inline_css = m->inline_css != JSON_IN_FALSE,
		.vars = m->model };
	if (m->template_id.set && m->template_id.value <= 0)
		t->number = UINT64_MAX; /* nobody's */
	r->item->template = t;
	return 0;
}

/* ---- messages ---- */

static int
mail_of(struct postmark_reader *r, const struct message *m, bool template)
{
	struct outgoing *o = &r->item->mail;

	o->subject = m->subject.p ? m->subject : STR_NONE;
	o->text = m->text.p ? m->text : STR_NONE;
	o->html = m->html.p ? m->html : STR_NONE;
	stream_of(r, m->stream);
	if (people_of(r, m) < 0)
		return -E2BIG;
	lengths_of(r, m);
	tracking_of(r, m);
	about_of(r, m);
	if (fields_of(r, &m->headers) < 0 || postmark_file_read(r, &m->files) < 0)
		return -E2BIG;
	return template_of(r, m, template);
}

static int
item_read(struct postmark_reader *r, const json_t *j, bool template, const struct api_world *w)
{
	struct outgoing_problems *found = arena_alloc(r->arena, sizeof *found);
	struct outgoing probe;
	struct json_in in;
	struct message m;
	int err;

	if (!found)
		return -E2BIG;
	json_in_init(&in, r->arena);
	err = json_in_read(&in, j, &message_shape, STR_NONE, &m);
	if (err == -E2BIG)
		return err;
	for (size_t i = 0; i < in.nproblems; i++)
		postmark_error_json(r, &in.problems[i]);
	if (err)
		return 0;
	err = mail_of(r, &m, template);
	if (err || r->item->errors.n > 0)
		return err;
	probe = r->item->template ? outgoing_template_probe(&r->item->mail) : r->item->mail;
	if (r->item->template)
		probe.from = r->item->mail.from;
	(void)outgoing_check(&probe, &limits, w->now, found);
	for (size_t i = 0; i < found->n; i++)
		postmark_error_mail(r, &found->at[i]);
	return 0;
}

const json_t *
postmark_send_list(const json_t *root, enum postmark_call call)
{
	const json_t *list =
		call == POSTMARK_TEMPLATES ? json_object_get(root, "Messages") : root;

	return json_is_array(list) ? list : NULL;
}

bool
postmark_send_is_batch(enum postmark_call call)
{
	return call == POSTMARK_BATCH || call == POSTMARK_TEMPLATES;
}

static void
batch_check(struct postmark_reader *r, const json_t *list, enum postmark_call call)
{
	if (!list && call == POSTMARK_TEMPLATES)
		postmark_error_type(r, STR_LIT("Messages"));
	else if (!list)
		postmark_error(r, "403", STR_LIT("A batch must be an array of messages."));
	else if (json_array_size(list) == 0)
		postmark_error(r, "300", STR_LIT("Zero messages specified"));
	else if (json_array_size(list) > MESSAGES_MAX)
		postmark_error(r, "410",
			STR_LIT("You may only send up to 500 messages in a single batched "
				"request."));
}

static int
read_call(struct api_send *s, enum postmark_call call, struct str body, bool sandbox,
	const struct api_world *w)
{
	bool batch = postmark_send_is_batch(call);
	bool template = call == POSTMARK_TEMPLATE || call == POSTMARK_TEMPLATES;
	struct postmark_reader r = { .send = s, .arena = s->arena };
	const json_t *list;
	struct json_in in;
	struct str why;
	int err;

	json_in_init(&in, s->arena);
	if (json_in_text(&in, body, &s->root, &why) < 0) {
		postmark_error(
			&r, "402", arena_printf(s->arena, "Invalid JSON: %.*s.", STR_ARG(why)));
		return 0;
	}
	list = postmark_send_list(s->root, call);
	if (batch)
		batch_check(&r, list, call);
	if (s->errors.n > 0)
		return 0;
	err = api_send_items(s, batch ? json_array_size(list) : 1);
	for (size_t i = 0; i < s->n && !err; i++) {
		r.item = &s->items[i];
		err = item_read(&r, batch ? json_array_get(list, i) : s->root, template, w);
		r.item->mail.sandbox = sandbox;
	}
	r.item = NULL;
	if (!err && api_send_bulk(s))
		postmark_error_bulk(&r);
	return err;
}

int
postmark_send_read(struct api_send *s, enum postmark_call call, struct str body, bool sandbox,
	const struct api_world *w)
{
	return api_send_read(s, read_call(s, call, body, sandbox, w));
}
