#include "api/mailgun_send.h"

#include "api/mailgun_template.h"
#include "base/text.h"

#include <errno.h>

#define CONTENT_ID_MAX 250u

/* ---- files ---- */

struct reader {
	struct mailgun_form form;
	struct arena *arena;
	struct outgoing base; /* as posted: what is the same for all recipients */
	const json_t *batch;  /* recipient-variables; NULL: one message for all */
	struct mailgun_template template;
	struct compose_header *fields;
	bool fields_vary;
};

/* "C:\logo.png" and "img/logo.png" are logo.png. */
static struct str
base_name(struct str s)
{
	size_t slash = str_rfind(s, '/'), back;

	if (slash < s.n)
		s = str_from(s, slash + 1);
	back = str_rfind(s, '\\');
	return back < s.n ? str_from(s, back + 1) : s;
}

static bool
printable(struct str s, char low)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < low || s.p[i] > 126 || s.p[i] == '<' || s.p[i] == '>')
			return false;
	return true;
}

static bool
file_name_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 32 || s.p[i] == 127)
			return false;
	return s.n > 0 && text_is_utf8(s);
}

/* A client's wrong type is no reason to refuse a file: the name's ending tells. */
static struct str
media_type(struct str s)
{
	size_t slash = str_find(s, '/');

	return s.p && s.n <= 200 && !str_istarts(s, STR_LIT("multipart/")) && slash > 0 &&
	                       slash + 1 < s.n && printable(s, ' ')
	               ? s
	               : STR_NONE;
}

static void
file_of(struct reader *r, const struct form_part *p, bool inside, struct compose_file *to)
{
	const char *param = inside ? "inline" : "attachment";
	struct str name = base_name(p->file_name.p ? p->file_name : STR_NONE);

	*to = (struct compose_file){ .name = name,
		.type = media_type(p->type),
		.bytes = p->bytes,
		.content_id = inside ? name : STR_NONE };
	if (!p->file_name.p)
		mailgun_fail(&r->form, param,
			arena_printf(r->arena, "'%s' parameter is not a file", param));
	else if (!file_name_ok(name))
		mailgun_fail(&r->form, param,
			arena_printf(r->arena, "'%s' parameter: the file has no usable name",
				param));
	else if (inside && (name.n > CONTENT_ID_MAX || !printable(name, '!')))
		mailgun_fail(&r->form, param,
			STR_LIT("'inline' parameter: the file's name is its content id, and so "
				"may hold only printable ASCII without spaces, < and >"));
}

static int
files_of(struct reader *r)
{
	const struct form *form = &r->form.form;
	struct compose_file *files = arena_alloc(r->arena, (form->n + 1) * sizeof *files);

	for (size_t i = 0; files && i < form->n; i++) {
		bool inside = mailgun_form_named(&form->parts[i], "inline");

		if (inside || mailgun_form_named(&form->parts[i], "attachment"))
			file_of(r, &form->parts[i], inside, &files[r->base.nfiles++]);
	}
	r->base.files = files;
	return files ? 0 : -E2BIG;
}

/* ---- fields ---- */

/* msg-id of RFC 5322 3.6.4, as far as clients need it. */
static bool
message_id_ok(struct str s)
{
	return s.n >= 5 && s.n <= 250 && s.p[0] == '<' && s.p[s.n - 1] == '>' &&
	       printable(str_of(s.p + 1, s.n - 2), '!') && str_find(s, '@') < s.n;
}

static void
field_of(struct reader *r, struct str name, struct str value)
{
	value = str_trim_all(value);
	if (str_ieq_z(name, "message-id") && !message_id_ok(value))
		mailgun_fail(&r->form, "h:Message-Id",
			STR_LIT("'h:Message-Id' parameter must look like "
				"<name@example.com>"));
	r->fields[r->base.nfields++] = (struct compose_header){ name, value };
	r->fields_vary |= mailgun_vars_in(value);
}

static int
fields_of(struct reader *r)
{
	const struct form *form = &r->form.form;
	int err = 0;

	r->fields = arena_alloc(r->arena, (form->n + 1) * sizeof *r->fields);
	if (!r->fields)
		return -E2BIG;
	for (size_t i = 0; i < form->n && !err; i++) {
		struct str name = form->parts[i].name, value = form->parts[i].bytes;

		if (!str_istarts(name, STR_LIT("h:")))
			continue;
		name = str_from(name, 2);
		if (str_ieq_z(name, "sender")) {
			struct outgoing_list one = { NULL, 0 };

			err = mailgun_form_mailboxes(&r->form, "h:Sender", value, &one);
			if (one.n > 1)
				mailgun_form_bad_address(&r->form, "h:Sender");
			if (!err && one.n > 0)
				r->base.sender = one.at[0];
		} else if (!str_ieq_z(name, "reply-to") &&
			   !str_ieq_z(name, "x-mailgun-variables")) {
			field_of(r, name, value);
		}
	}
	r->base.fields = r->fields;
	return err;
}

/* ---- what all recipients share ---- */

static int
content_of(struct reader *r)
{
	struct compose_part *amp = arena_alloc(r->arena, sizeof *amp);
	struct outgoing *o = &r->base;
	struct str *const to[] = { &o->subject, &o->text, &o->html };
	static const char *const names[] = { "subject", "text", "html" };
	struct str text;

	for (size_t i = 0; i < 3; i++) {
		text = mailgun_form_text(&r->form, names[i]);
		*to[i] = text.p ? text : STR_NONE;
		if (i == 0)
			continue;
		*to[i] = mailgun_vars_page(r->arena, *to[i], MAILGUN_BYTES_MAX);
		if (!to[i]->p)
			return -E2BIG;
		o->own_page = o->own_page || (text.p && to[i]->p != text.p);
	}
	text = mailgun_form_text(&r->form, "amp-html");
	if (amp && text.n > 0) {
		*amp = (struct compose_part){ STR_LIT("text/x-amp-html"), text };
		o->others = amp;
		o->nothers = 1;
	}
	o->auto_text = r->template.auto_text;
	return 0;
}

/* Marks that the vendor fills in and this service does not, or not there. */
static void
check_marks(struct reader *r)
{
	static const char *const marks[] = { "%unsubscribe_url%", "%tag_unsubscribe_url%",
		"%unsubscribe_email%", "%mailing_list_unsubscribe_url%" };
	const struct outgoing *o = &r->base;
	const struct str texts[] = { o->text, o->html,
		o->nothers > 0 ? o->others[0].text : STR_NONE };

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		for (size_t k = 0; k < 3; k++)
			if (str_find_str(texts[k], str_z(marks[i])) < texts[k].n) {
				mailgun_fail(&r->form, "text",
					arena_printf(r->arena,
						"'%s' in the message is not supported here",
						marks[i]));
				break;
			}
}

static int
people_of(struct reader *r)
{
	struct outgoing *o = &r->base;
	struct outgoing_list from = { NULL, 0 };
	int err = mailgun_form_list(&r->form, "from", &from);

	if (!err)
		err = mailgun_form_list(&r->form, "to", &o->to);
	if (!err)
		err = mailgun_form_list(&r->form, "cc", &o->cc);
	if (!err)
		err = mailgun_form_list(&r->form, "bcc", &o->bcc);
	o->sender = (struct outgoing_address){ STR_NONE, STR_NONE };
	o->from = from.n > 0 ? from.at[0] : o->sender;
	if (from.n > 1)
		mailgun_form_bad_address(&r->form, "from");
	return err;
}

static int
batch_of(struct reader *r)
{
	struct str text = mailgun_form_text(&r->form, "recipient-variables"), why;
	struct json_in in;
	json_t *all = NULL;
	const char *key;
	json_t *value;
	bool good;

	if (text.n == 0)
		return 0;
	json_in_init(&in, r->arena);
	good = json_in_text(&in, text, &all, &why) == 0 && json_is_object(all);
	json_object_foreach(all, key, value)
	{
		good &= json_is_object(value);
	}
	if (all)
		json_object_set_new(r->form.send->root, "recipient-variables", all);
	if (!good)
		mailgun_fail(&r->form, "recipient-variables",
			STR_LIT("'recipient-variables' parameter is not a valid JSON"));
	else if (json_object_size(all) > 0)
		r->batch = all;
	return 0;
}

/* ---- items ---- */

static bool
same_mailbox(struct str a, struct str b)
{
	size_t at = str_rfind(a, '@');

	return a.n == b.n && str_eq(str_head(a, at), str_head(b, at)) &&
	       str_ieq(str_from(a, at), str_from(b, at));
}

/* Each To address once: nobody gets the message twice. */
static struct outgoing_list
unique(struct arena *a, const struct outgoing_list *l)
{
	struct outgoing_address *at = arena_alloc(a, (l->n + 1) * sizeof *at);
	size_t n = 0;

	for (size_t i = 0; at && i < l->n; i++) {
		size_t k = 0;

		while (k < n && !same_mailbox(at[k].email, l->at[i].email))
			k++;
		if (k == n)
			at[n++] = l->at[i];
	}
	return (struct outgoing_list){ at, n };
}

/* In place. 0 or -E2BIG. */
static int
expand(struct reader *r, const struct mailgun_vars *v, struct str *text)
{
	struct str got = v ? mailgun_vars_expand(r->arena, *text, v, MAILGUN_BYTES_MAX) : *text;

	if (!got.p)
		return -E2BIG;
	*text = got;
	return 0;
}

static int
item_fields(struct reader *r, const struct mailgun_vars *v, struct outgoing *o)
{
	struct str reply = mailgun_form_text(&r->form, "h:Reply-To");
	struct compose_header *at;

	if (reply.n > 0 &&
		(expand(r, v, &reply) < 0 || mailgun_form_mailboxes(&r->form, "h:Reply-To",
						     reply, &o->reply_to) < 0))
		return -E2BIG;
	if (!v || !r->fields_vary)
		return 0;
	at = arena_alloc(r->arena, (o->nfields + 1) * sizeof *at);
	for (size_t i = 0; at && i < o->nfields; i++) {
		at[i] = r->fields[i];
		if (expand(r, v, &at[i].value) < 0)
			return -E2BIG;
	}
	o->fields = at;
	return at ? 0 : -E2BIG;
}

static int
item_others(struct reader *r, const struct mailgun_vars *v, struct outgoing *o)
{
	struct compose_part *at;

	if (!v || o->nothers == 0 || !mailgun_vars_in(o->others[0].text))
		return 0;
	at = arena_alloc(r->arena, sizeof *at);
	if (!at)
		return -E2BIG;
	*at = o->others[0];
	o->others = at;
	return expand(r, v, &at->text);
}

/* who NULL: one message for all, texts as they are. */
static int
item_read(struct reader *r, struct api_item *item, const struct outgoing_address *who)
{
	struct mailgun_vars vars = { .who = who,
		.values = who ? mailgun_vars_of(r->batch, who->email) : NULL };
	const struct mailgun_vars *v = who ? &vars : NULL;
	struct outgoing *o = &item->mail, probe;

	*o = r->base;
	if (who)
		o->to = (struct outgoing_list){ who, 1 };
	if (expand(r, v, &o->subject) < 0 || expand(r, v, &o->text) < 0 ||
		expand(r, v, &o->html) < 0 || item_others(r, v, o) < 0 ||
		item_fields(r, v, o) < 0 ||
		mailgun_form_about(&r->form, r->template.given, v, &o->about) < 0 ||
		mailgun_template_item(&r->form, &r->template, v, &item->template) < 0)
		return -E2BIG;
	probe = item->template ? outgoing_template_probe(o) : *o;
	return mailgun_form_check(&r->form, &probe);
}

static int
items_of(struct reader *r)
{
	struct api_send *s = r->form.send;
	struct outgoing_list to = unique(r->arena, &r->base.to);
	size_t each = 1 + r->base.cc.n + r->base.bcc.n;
	bool batch = r->batch && to.n > 0;
	struct outgoing one = r->base;
	int err = to.at ? api_send_items(s, batch ? to.n : 1) : -E2BIG;

	if (batch && to.n * each > MAILGUN_RECIPIENTS_MAX) {
		mailgun_form_many(&r->form, "to");
		return 0;
	}
	one.to.n = batch ? 1 : one.to.n;
	if (!err && api_bulk(&one, s->n)) {
		mailgun_form_bulk(&r->form);
		return 0;
	}
	for (size_t i = 0; i < s->n && !err && s->errors.n == 0; i++)
		err = item_read(r, &s->items[i], batch ? &to.at[i] : NULL);
	if (!err && s->errors.n == 0 && api_send_bulk(s))
		mailgun_form_bulk(&r->form);
	return err;
}

static int
read_call(struct api_send *s, const struct mailgun_call *c, const struct api_world *w)
{
	struct reader r = { .form = { .send = s, .call = c, .world = w }, .arena = s->arena };
	int err = mailgun_form_read(&r.form);

	if (err || s->errors.n > 0)
		return err;
	err = people_of(&r);
	if (!err)
		err = files_of(&r);
	if (!err)
		err = fields_of(&r);
	if (!err)
		err = batch_of(&r);
	if (!err)
		err = mailgun_template_read(&r.form, &r.template);
	if (err)
		return err;
	if (content_of(&r) < 0)
		return -E2BIG;
	check_marks(&r);
	mailgun_form_options(&r.form, &r.base);
	return s->errors.n > 0 ? 0 : items_of(&r);
}

int
mailgun_send_read(struct api_send *s, const struct mailgun_call *c, const struct api_world *w)
{
	return api_send_read(s, read_call(s, c, w));
}
