#include "api/native_send.h"

#include "account/control_stream.h"
#include "api/mailbox_list.h"
#include "api/native_error.h"
#include "base/utc.h"

#include <errno.h>

#define MESSAGES_MAX   1000u
#define RECIPIENTS_MAX 1000u
#define TOGETHER_MAX   10000u /* recipients of a call: its answer has a line for each */
#define BYTES_MAX      (25u << 20)
#define AHEAD_US       INT64_C(259200000000) /* 72 h */

/* ---- shapes ---- */

struct file {
	struct str name, type, base64, content_id;
};
struct message {
	json_t *from, *sender, *to, *cc, *bcc, *reply_to, *headers, *metadata, *variables;
	struct str subject, text, html, stream, send_at, template_id;
	struct json_in_list files, tags;
	struct json_in_int group;
	enum json_in_bool opens, clicks, consent, unsubscribe, sandbox, auto_text, tls;
	enum json_in_bool inline_css;
};
struct person {
	struct str email, name;
	enum json_in_bool consent;
};

static const struct json_in_field person_fields[] = {
	{ "email", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 0,
		offsetof(struct person, email), NULL },
	{ "name", JSON_IN_STR, 0, 0, offsetof(struct person, name), NULL },
	{ "track_consent", JSON_IN_BOOL, 0, 0, offsetof(struct person, consent), NULL },
};
static const struct json_in_shape person_shape = { person_fields, 2, sizeof(struct person),
	false };
static const struct json_in_shape recipient_shape = { person_fields, 3, sizeof(struct person),
	false };

#define F(m) offsetof(struct file, m)
static const struct json_in_field file_fields[] = {
	{ "filename", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 255, F(name), NULL },
	{ "content_type", JSON_IN_STR, 0, 200, F(type), NULL },
	{ "content", JSON_IN_STR, JSON_IN_NEEDED, 0, F(base64), NULL },
	{ "content_id", JSON_IN_STR, 0, 250, F(content_id), NULL },
};
static const struct json_in_shape file_shape = { file_fields, 4, sizeof(struct file), false };

#define M(m) offsetof(struct message, m)
static const struct json_in_field message_fields[] = {
	{ "from", JSON_IN_ANY, 0, 0, M(from), NULL },
	{ "sender", JSON_IN_ANY, 0, 0, M(sender), NULL },
	{ "to", JSON_IN_ANY, 0, 0, M(to), NULL },
	{ "cc", JSON_IN_ANY, 0, 0, M(cc), NULL },
	{ "bcc", JSON_IN_ANY, 0, 0, M(bcc), NULL },
	{ "reply_to", JSON_IN_ANY, 0, 0, M(reply_to), NULL },
	{ "subject", JSON_IN_STR, 0, 998, M(subject), NULL },
	{ "text", JSON_IN_STR, 0, 0, M(text), NULL },
	{ "html", JSON_IN_STR, 0, 0, M(html), NULL },
	{ "attachments", JSON_IN_LIST, 0, OUTGOING_FILES_MAX, M(files), &file_shape },
	{ "headers", JSON_IN_OBJECT, 0, 0, M(headers), NULL },
	{ "stream", JSON_IN_STR, 0, 0, M(stream), NULL },
	{ "tags", JSON_IN_STRS, JSON_IN_SINGLE, 255, M(tags), NULL },
	{ "metadata", JSON_IN_OBJECT, 0, 0, M(metadata), NULL },
	{ "group", JSON_IN_INT, 0, 0, M(group), NULL },
	{ "send_at", JSON_IN_STR, 0, 0, M(send_at), NULL },
	{ "template", JSON_IN_STR, JSON_IN_FILLED, 200, M(template_id), NULL },
	{ "variables", JSON_IN_OBJECT, 0, 0, M(variables), NULL },
	{ "unsubscribe", JSON_IN_BOOL, 0, 0, M(unsubscribe), NULL },
	{ "track_opens", JSON_IN_BOOL, 0, 0, M(opens), NULL },
	{ "track_clicks", JSON_IN_BOOL, 0, 0, M(clicks), NULL },
	{ "track_consent", JSON_IN_BOOL, 0, 0, M(consent), NULL },
	{ "sandbox", JSON_IN_BOOL, 0, 0, M(sandbox), NULL },
	{ "auto_text", JSON_IN_BOOL, 0, 0, M(auto_text), NULL },
	{ "require_tls", JSON_IN_BOOL, 0, 0, M(tls), NULL },
	{ "inline_css", JSON_IN_BOOL, 0, 0, M(inline_css), NULL },
};
static const struct json_in_shape message_shape = { message_fields,
	sizeof message_fields / sizeof *message_fields, sizeof(struct message), false };

static const struct outgoing_limits limits = {
	.recipients = RECIPIENTS_MAX, .subject = 998, .bytes = BYTES_MAX, .ahead = AHEAD_US
};

/* ---- mistakes ---- */

struct reader {
	struct api_send *send;
	struct arena *arena;
	struct api_item *item;
	/* Of the recipients read so far; room for all of the message. */
	enum outgoing_switch *consents;
	size_t nconsents;
	struct str base; /* pointer of the message in the body: "" or "/messages/3" */
};

/* where: behind base, such as "/to/0". */
static void
fail(struct reader *r, struct str where, const char *text)
{
	struct api_error *e = api_error_add(r->send, &r->send->errors);

	if (!e)
		return;
	/* With a pointer: what can be read is invalid at a place of its own. */
	*e = (struct api_error){ .status = 422, .text = str_z(text) };
	e->related[e->nrelated++] =
		arena_printf(r->arena, "%.*s%.*s", STR_ARG(r->base), STR_ARG(where));
}

static void
json_problem(struct reader *r, const struct json_in_problem *p)
{
	fail(r, p->path, native_error_json(r->arena, p));
}

/* ---- reading ---- */

static enum outgoing_switch
switch_of(enum json_in_bool b)
{
	return b == JSON_IN_UNSET  ? OUTGOING_DEFAULT
	       : b == JSON_IN_TRUE ? OUTGOING_ON
	                           : OUTGOING_OFF;
}

/* One address: an object, or a text that may have a name. consent: may be NULL, then none is
 * said. */
static bool
person_read(struct reader *r, json_t *j, struct str where, struct outgoing_address *ret_a,
	enum outgoing_switch *consent)
{
	const struct json_in_shape *shape = consent ? &recipient_shape : &person_shape;
	struct person p = { .consent = JSON_IN_UNSET };
	struct outgoing_list l;
	struct json_in in;
	struct str bad;
	int err;

	*ret_a = (struct outgoing_address){ STR_NONE, STR_NONE };
	if (json_is_string(j)) {
		struct str text = str_of(json_string_value(j), json_string_length(j));

		err = mailbox_list_read(r->arena, text, 1, &l, &bad);
		if (err || l.n != 1)
			fail(r, where,
				"This is no e-mail address such as Ann <ann@example.com>.");
		else
			*ret_a = l.at[0];
		return !err && l.n == 1;
	}
	if (!json_is_object(j)) {
		fail(r, where, "This must be an address, or an object with email and name.");
		return false;
	}
	json_in_init(&in, r->arena);
	json_in_others(&in, j, shape, where);
	err = json_in_read(&in, j, shape, where, &p);
	for (size_t i = 0; i < in.nproblems; i++)
		json_problem(r, &in.problems[i]);
	if (err)
		return false;
	*ret_a = (struct outgoing_address){ p.email, p.name.p ? p.name : STR_NONE };
	if (consent)
		*consent = switch_of(p.consent);
	return true;
}

static size_t
entries(const json_t *j)
{
	return !j ? 0 : json_is_array(j) ? json_array_size(j) : 1;
}

/* One, or a list. tracked: its entries are recipients. */
static struct outgoing_list
list_read(struct reader *r, json_t *j, const char *name, bool tracked)
{
	size_t n = entries(j), used = 0;
	struct outgoing_address *at;

	if (n > RECIPIENTS_MAX) {
		fail(r, arena_printf(r->arena, "/%s", name), "More than 1000 entries.");
		n = 0;
	}
	at = arena_alloc(r->arena, (n + 1) * sizeof *at);
	for (size_t i = 0; at && i < n; i++) {
		json_t *one = json_is_array(j) ? json_array_get(j, i) : j;
		struct str where = json_is_array(j) ? arena_printf(r->arena, "/%s/%zu", name, i)
		                                    : arena_printf(r->arena, "/%s", name);
		enum outgoing_switch consent = OUTGOING_DEFAULT;

		if (!person_read(r, one, where.p ? where : STR_NONE, &at[used],
			    tracked ? &consent : NULL))
			continue;
		used++;
		if (tracked)
			r->consents[r->nconsents++] = consent;
	}
	return (struct outgoing_list){ at, at ? used : 0 };
}

static struct outgoing_list
people_read(struct reader *r, json_t *j, const char *name)
{
	return list_read(r, j, name, false);
}

/* To, Cc, Bcc: in this order their consents are. */
static int
recipients_read(struct reader *r, const struct message *m, struct outgoing *o)
{
	size_t n = entries(m->to) + entries(m->cc) + entries(m->bcc);

	r->consents = arena_alloc(r->arena, (n + 1) * sizeof *r->consents);
	r->nconsents = 0;
	if (!r->consents)
		return -E2BIG;
	o->to = list_read(r, m->to, "to", true);
	o->cc = list_read(r, m->cc, "cc", true);
	o->bcc = list_read(r, m->bcc, "bcc", true);
	o->consents = r->consents;
	return 0;
}

static void
files_read(struct reader *r, const struct json_in_list *l, struct outgoing *o)
{
	struct compose_file *to = arena_alloc(r->arena, (l->n + 1) * sizeof *to);
	const struct file *f = l->at;

	for (size_t i = 0; to && i < l->n; i++) {
		to[i] = (struct compose_file){ .name = f[i].name,
			.type = f[i].type.p ? f[i].type : STR_NONE,
			.bytes = api_base64(r->arena, f[i].base64, BYTES_MAX),
			.content_id = f[i].content_id.p ? f[i].content_id : STR_NONE };
		if (to[i].bytes.p)
			continue;
		to[i].bytes = STR_NONE;
		fail(r, arena_printf(r->arena, "/attachments/%zu/content", i),
			"This is not base64, or it is too long.");
	}
	o->files = to;
	o->nfiles = to ? l->n : 0;
}

static void
fields_read(struct reader *r, json_t *headers, struct outgoing *o)
{
	struct compose_header *at =
		arena_alloc(r->arena, (json_object_size(headers) + 1) * sizeof *at);
	const char *key;
	json_t *value;

	json_object_foreach(headers, key, value)
	{
		if (!at)
			break;
		if (json_is_string(value))
			at[o->nfields++] = (struct compose_header){ str_z(key),
				str_of(json_string_value(value), json_string_length(value)) };
		else
			fail(r, native_error_member(r->arena, "/headers", str_z(key)),
				"This must be a JSON string.");
	}
	o->fields = at;
}

static void
options_read(struct reader *r, const struct message *m, struct outgoing *o)
{
	struct api_about about;
	const struct str *tags = m->tags.at;
	json_t *list = json_array();
	const char *key;
	json_t *value;

	if (m->stream.p && str_eq_z(m->stream, "broadcast"))
		o->stream = STREAM_BROADCAST;
	else if (m->stream.p && control_stream_ok(m->stream))
		o->own_stream = m->stream;
	else if (m->stream.p && !str_eq_z(m->stream, "transactional"))
		fail(r, STR_LIT("/stream"),
			"This must be transactional, broadcast or the name of a stream.");
	if (m->send_at.p && utc_parse(m->send_at, &o->send_at) < 0)
		fail(r, STR_LIT("/send_at"),
			"This must be a time such as 2026-11-24T10:00:00Z.");
	if (m->variables && !m->template_id.n)
		fail(r, STR_LIT("/variables"),
			"Variables fill in a template: they cannot be without one.");
	if (m->inline_css == JSON_IN_TRUE && !m->template_id.n)
		fail(r, STR_LIT("/inline_css"),
			"This is for the HTML of a template: it cannot be without one.");
	if (m->group.set && (m->group.value <= 0 || m->group.value >= MSG_STREAM_NUMBERS))
		fail(r, STR_LIT("/group"), "This must be the number of a group.");
	else if (m->group.set && o->own_stream.n)
		fail(r, STR_LIT("/group"),
			"A stream of your own is left like a group: it cannot be with one.");
	else if (m->group.set)
		o->group = (uint32_t)m->group.value;
	json_object_foreach(m->metadata, key, value)
	{
		if (!json_is_string(value))
			fail(r, native_error_member(r->arena, "/metadata", str_z(key)),
				"This must be a JSON string.");
	}
	for (size_t i = 0; i < m->tags.n; i++)
		json_array_append_new(list, json_stringn(tags[i].p, tags[i].n));
	api_about_init(&about);
	api_about_json(&about, "metadata", m->metadata);
	api_about_json(&about, "tags", list);
	if (o->group)
		api_about_str(
			&about, "group", arena_printf(r->arena, "%u", (unsigned)o->group));
	api_about_str(&about, "stream", o->own_stream);
	api_about_tls(&about, o->tls);
	o->about = api_about_done(&about, r->arena);
	json_decref(list);
}

/* 0 or -E2BIG. */
static int
template_read(struct reader *r, const struct message *m)
{
	struct outgoing_template *t;

	if (!m->template_id.n)
		return 0;
	if (m->text.n || m->html.n)
		fail(r, m->text.n ? STR_LIT("/text") : STR_LIT("/html"),
			"The template has the texts: this cannot be beside it.");
	t = arena_alloc(r->arena, sizeof *t);
	if (!t)
		return -E2BIG;
	*t = (struct outgoing_template){ .name = m->template_id,
		.inline_css = m->inline_css == JSON_IN_TRUE,
		.vars = m->variables };
	r->item->template = t;
	return 0;
}

static int
mail_read(struct reader *r, const struct message *m)
{
	struct outgoing *o = &r->item->mail;
	struct outgoing_list from = people_read(r, m->from, "from");
	struct outgoing_list sender = people_read(r, m->sender, "sender");

	if (from.n > 1)
		fail(r, STR_LIT("/from"), "This must be one address.");
	if (sender.n > 1)
		fail(r, STR_LIT("/sender"), "This must be one address.");
	*o = (struct outgoing){ .from = { STR_NONE, STR_NONE },
		.sender = { STR_NONE, STR_NONE },
		.reply_to = people_read(r, m->reply_to, "reply_to"),
		.subject = m->subject.p ? m->subject : STR_NONE,
		.text = m->text.p ? m->text : STR_NONE,
		.html = m->html.p ? m->html : STR_NONE,
		.opens = switch_of(m->opens),
		.clicks = switch_of(m->clicks),
		.consent = switch_of(m->consent),
		.unsubscribe = switch_of(m->unsubscribe),
		.auto_text = switch_of(m->auto_text),
		.tls = m->tls == JSON_IN_TRUE ? TLS_NEED_VERIFIED : TLS_NEED_NONE,
		.sandbox = m->sandbox == JSON_IN_TRUE };
	if (recipients_read(r, m, o) < 0)
		return -E2BIG;
	if (from.n)
		o->from = from.at[0];
	if (sender.n)
		o->sender = sender.at[0];
	files_read(r, &m->files, o);
	fields_read(r, m->headers, o);
	options_read(r, m, o);
	return template_read(r, m);
}

/* A misspelt option is told, not passed over. */
static void
others_read(struct json_in *in, const json_t *j)
{
	const json_t *files = json_object_get(j, "attachments"), *file;
	size_t i;

	json_in_others(in, j, &message_shape, STR_NONE);
	json_array_foreach(files, i, file)
	{
		struct str path = arena_printf(in->arena, "/attachments/%zu", i);

		if (i < OUTGOING_FILES_MAX)
			json_in_others(in, file, &file_shape, path.p ? path : STR_NONE);
	}
}

static int
item_read(struct reader *r, const json_t *j, const struct api_world *w)
{
	struct outgoing_problems *found = arena_alloc(r->arena, sizeof *found);
	size_t before = r->send->errors.n;
	struct outgoing probe;
	struct json_in in;
	struct message m;
	int err;

	if (!found)
		return -E2BIG;
	json_in_init(&in, r->arena);
	others_read(&in, j);
	err = json_in_read(&in, j, &message_shape, STR_NONE, &m);
	if (err == -E2BIG)
		return err;
	if (json_is_object(j) && !m.from && !m.template_id.n)
		fail(r, STR_LIT("/from"), "This member is missing.");
	for (size_t i = 0; i < in.nproblems; i++)
		json_problem(r, &in.problems[i]);
	if (mail_read(r, &m) < 0)
		return -E2BIG;
	/* What could not be read would be told a second time as missing. */
	if (r->send->errors.n > before)
		return 0;
	probe = r->item->template ? outgoing_template_probe(&r->item->mail) : r->item->mail;
	(void)outgoing_check(&probe, &limits, w->now, found);
	for (size_t i = 0; i < found->n; i++)
		fail(r, native_error_path(r->arena, &found->at[i]),
			native_error_outgoing(r->arena, &found->at[i]));
	return 0;
}

/* Over all messages of the call. */
static void
together_check(struct reader *r)
{
	struct api_send *s = r->send;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->items[i].mail.to.n + s->items[i].mail.cc.n + s->items[i].mail.bcc.n;
	r->base = STR_NONE;
	if (n > TOGETHER_MAX)
		fail(r, STR_LIT("/messages"), "More than 10000 recipients in one call.");
	if (s->errors.n > 0 || !api_send_bulk(s))
		return;
	fail(r, STR_NONE, "The messages of one call are longer than 64 MiB together.");
	if (s->errors.n > 0)
		s->errors.at[0].status = 413;
}

/* Beside "messages" stands nothing: a "from" for all of them would be passed over. */
static void
beside_check(struct reader *r)
{
	const char *key;
	json_t *value;

	json_object_foreach(r->send->root, key, value)
	{
		if (!str_eq_z(str_z(key), "messages") && !json_is_null(value))
			fail(r, native_error_member(r->arena, "", str_z(key)),
				"This cannot be beside \"messages\": each message has its "
				"own.");
	}
}

static int
batch_read(struct reader *r, const json_t *list, const struct api_world *w)
{
	size_t n = json_array_size(list);
	int err;

	beside_check(r);
	if (!json_is_array(list) || n == 0 || n > MESSAGES_MAX) {
		fail(r, STR_LIT("/messages"), "This must be a list of 1 to 1000 messages.");
		return 0;
	}
	err = api_send_items(r->send, n);
	for (size_t i = 0; i < r->send->n && !err; i++) {
		r->item = &r->send->items[i];
		r->base = arena_printf(r->arena, "/messages/%zu", i);
		if (!r->base.p)
			return -E2BIG;
		err = item_read(r, json_array_get(list, i), w);
	}
	if (!err)
		together_check(r);
	return err;
}

/* It has no places to point at: the sentence tells line and byte, and nothing else is wrong. */
static void
malformed(struct reader *r, struct str why)
{
	fail(r, STR_NONE, native_error_kept(native_problem_json(r->arena, why)));
	if (r->send->errors.n > 0)
		r->send->errors.at[0].status = 400;
}

static int
read_call(struct api_send *s, struct str body, const struct api_world *w)
{
	struct reader r = { .send = s, .arena = s->arena, .base = STR_NONE };
	struct json_in in;
	struct str why;
	json_t *list;
	int err;

	s->together = true;
	json_in_init(&in, s->arena);
	if (json_in_text(&in, body, &s->root, &why) < 0) {
		malformed(&r, why);
		return 0;
	}
	if (!json_is_object(s->root)) {
		fail(&r, STR_NONE, "This must be a JSON object.");
		return 0;
	}
	list = json_object_get(s->root, "messages");
	if (list)
		return batch_read(&r, list, w);
	err = api_send_items(s, 1);
	r.item = s->items;
	err = err ? err : item_read(&r, s->root, w);
	/* One message has a limit of its own: here it only gets the text that is missing. */
	if (!err && s->errors.n == 0)
		(void)api_send_bulk(s);
	return err;
}

int
native_send_read(struct api_send *s, struct str body, const struct api_world *w)
{
	return api_send_read(s, read_call(s, body, w));
}
