/*
 * A template tried out: first what is to be rendered is put together from the tables and the
 * question, then it is rendered, without the tables.
 *
 *   {"id"?,"name","dialect","version","stream","language","now","lang","parts":{"subject":…},
 *    "layout":{"html","text"},"inline_css"?,"vars":{…},"contact":{…},"mj":{…},
 *    "message": the number of one whose values these are laid on, with its "tenant"}
 */
#include "role/desk_template_priv.h"

#include "content/advice.h"
#include "role/desk_contact.h"
#include "send/outgoing_page.h"
#include "wire/typed_id.h"

#include <errno.h>

/* Whoever sends has the recipient's page to unsubscribe in this place. */
#define NO_PAGE "#unsubscribe"
/* And the message as a page, or what leads others to it, in this one. */
#define NO_WEB "#web"
/* As send/outgoing_template has them; those behind the first, of Handlebars alone. */
static const char *const pages[] = { "unsubscribe_url", "unsubscribe",
	"unsubscribe_preferences" };
#define NPAGES (sizeof pages / sizeof *pages)

/* ---- what is to be rendered ---- */

/* The members of more on top of those of a stored set. */
static void
lay_on(json_t *object, const json_t *more)
{
	if (more)
		json_object_update(object, (json_t *)(uintptr_t)more);
}

struct stored {
	json_t *vars, *contact;
};

static int
on_set(void *ctx, const struct template_values *v)
{
	struct stored *s = ctx;

	s->vars = json_loadb(v->vars.p, v->vars.n, 0, NULL);
	s->contact = json_loadb(v->contact.p, v->contact.n, 0, NULL);
	return 0;
}

static int
take_message(struct webhook_ask *a, json_t *what)
{
	uint64_t message;
	int err = desk_template_message(a, &message);

	if (!err && message && desk_text(a->body, "values").n)
		err = webhook_refuse(a, -EINVAL,
			"\"values\" and \"message\" both say where values come from: name "
			"one.");
	if (err || !message)
		return err;
	json_object_set_new(what, "message", json_integer((json_int_t)message));
	json_object_set_new(what, "tenant", json_integer((json_int_t)a->tenant));
	return 0;
}

/* As in the mail: the page is there, where the call has no value of this name. */
static void
with_page(const json_t *what)
{
	json_t *vars = json_object_get(what, "vars");
	bool all = str_eq_z(desk_text(what, "dialect"), "handlebars");

	for (size_t i = 0; i < (all ? NPAGES : 1); i++)
		if (!json_object_get(vars, pages[i]))
			json_object_set_new(vars, pages[i], json_string(NO_PAGE));
}

void
desk_template_past(json_t *what, json_t *past)
{
	static const char *const names[] = { "vars", "contact" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		json_t *on = json_object_get(past, names[i]);

		lay_on(on, json_object_get(what, names[i]));
		json_object_set(what, names[i], on);
	}
	with_page(what);
	json_decref(past);
}

/* An object; or the address of a contact, whose values these are (*ret_known, a new reference).
 */
static int
take_contact(struct webhook_ask *a, const json_t **ret_object, json_t **ret_known)
{
	int err;

	*ret_object = NULL;
	if (!json_is_string(webhook_member(a, "contact")))
		return desk_template_object(a, "contact", ret_object);
	err = desk_contact_values(a, desk_text(a->body, "contact"), ret_known);
	/* It is the template that is asked for, and that is there. */
	return err == -ENOENT ? -EINVAL : err;
}

static int
take_values(struct webhook_ask *a, int64_t id, json_t *what)
{
	struct template_values q = {
		.tenant = a->tenant, .template = id, .name = desk_text(a->body, "values")
	};
	const json_t *vars, *contact, *mj;
	json_t *known = NULL;
	struct stored s = { NULL, NULL };
	int err = desk_template_object(a, "vars", &vars);

	err = err ? err : take_contact(a, &contact, &known);
	err = err ? err : desk_template_object(a, "mj", &mj);
	err = err ? err : take_message(a, what);
	if (!err && q.name.n && id == 0)
		err = webhook_refuse(a, -EINVAL,
			"\"values\" is the name of a stored template's values; there is no "
			"template.");
	if (!err && q.name.n)
		err = control_template_values_each(a->control, &a->arena, &q, on_set, &s);
	if (err) {
		json_decref(known);
		return err;
	}
	s.vars = s.vars ? s.vars : json_object();
	s.contact = s.contact ? s.contact : json_object();
	lay_on(s.vars, vars);
	lay_on(s.contact, contact ? contact : known);
	json_object_set_new(what, "vars", s.vars);
	if (!json_object_get(what, "message"))
		with_page(what);
	json_object_set_new(what, "contact", s.contact);
	if (mj)
		json_object_set(what, "mj", (json_t *)(uintptr_t)mj);
	json_decref(known);
	return 0;
}

int
desk_template_layout(struct webhook_ask *a, struct control_template *t)
{
	struct str number = t->texts[TEMPLATE_LAYOUT];
	struct control_template l;
	uint64_t id = 0;
	int err;

	t->layout_html = t->layout_text = STR_NONE;
	if (!number.p || str_u64(number, &id) < 0)
		return 0;
	err = desk_template_read(a, (int64_t)id, TEMPLATE_PUBLISHED, &l);
	if (err == -ENOENT)
		err = desk_template_read(a, (int64_t)id, TEMPLATE_DRAFT, &l);
	if (err == -ENOENT)
		return webhook_refuse(a, -EINVAL, "The layout of this template is gone.");
	if (!err && !str_eq(l.texts[TEMPLATE_DIALECT], t->texts[TEMPLATE_DIALECT]))
		return webhook_refuse(a, -EINVAL,
			"The layout is written in %.*s, the template in %.*s.",
			STR_ARG(l.texts[TEMPLATE_DIALECT]),
			STR_ARG(t->texts[TEMPLATE_DIALECT]));
	if (err)
		return err;
	t->layout_html = l.texts[TEMPLATE_BODY_HTML];
	t->layout_text = l.texts[TEMPLATE_BODY_TEXT];
	return 0;
}

static json_t *
what_json(struct webhook_ask *a, const struct control_template *t)
{
	json_t *parts = json_object(), *what;
	char id[TYPED_ID_TEXT];

	for (int i = 0; i < PREVIEW_PARTS; i++) {
		struct str text = t->texts[TEMPLATE_SUBJECT + i];

		json_object_set_new(parts, preview_part_name((enum preview_part)i),
			desk_webhook_text(text));
	}
	what = json_pack("{s:o,s:o,s:o,s:o,s:o,s:I,s:o}", "name", desk_webhook_text(t->name),
		"dialect", desk_webhook_text(t->texts[TEMPLATE_DIALECT]), "version",
		t->version > 0 ? json_integer((json_int_t)t->version) : json_null(), "stream",
		desk_webhook_text(t->texts[TEMPLATE_STREAM]), "language",
		desk_webhook_text(t->texts[TEMPLATE_LANGUAGE]), "now", (json_int_t)a->now,
		"parts", parts);
	if (t->id) {
		typed_id_write(id, control_ids(a->control), "tpl", (uint64_t)t->id);
		json_object_set_new(what, "id", json_string(id));
	}
	json_object_set_new(what, "lang", desk_webhook_text(desk_text(a->body, "lang")));
	json_object_set_new(what, "layout",
		json_pack("{s:o,s:o}", "html", desk_webhook_text(t->layout_html), "text",
			desk_webhook_text(t->layout_text)));
	return what;
}

static int
take_inline(struct webhook_ask *a)
{
	const json_t *j = webhook_member(a, "inline_css");

	if (j && !json_is_boolean(j))
		return webhook_refuse(a, -EINVAL, "\"inline_css\" is true or false.");
	json_object_set_new(a->got, "inline_css", json_boolean(json_is_true(j)));
	return 0;
}

/* own: texts of the question stand for the stored ones. */
static int
put_together(struct webhook_ask *a, bool own)
{
	struct control_template t = { .texts = { [TEMPLATE_DIALECT] = STR_LIT("handlebars") },
		.layout_html = STR_NONE,
		.layout_text = STR_NONE };
	struct str given[TEMPLATE_TEXTS] = { { NULL, 0 } };
	int64_t id = 0, version = TEMPLATE_DRAFT;
	int err = desk_template_owner(a);

	if (!err && webhook_member(a, "template")) {
		err = desk_template_find(a, &id);
		err = err ? err : desk_template_version(a, &version);
		err = err ? err : desk_template_read(a, id, version, &t);
	}
	if (!err && own)
		err = desk_template_content(a, given);
	if (err)
		return err;
	for (int i = 0; i < TEMPLATE_TEXTS; i++)
		if (given[i].p && (given[i].n || i != TEMPLATE_DIALECT))
			t.texts[i] = given[i];
	/* A version has its own, unless another one is tried. */
	if (t.version == TEMPLATE_DRAFT || given[TEMPLATE_LAYOUT].p)
		err = desk_template_layout(a, &t);
	if (err)
		return err;
	a->got = what_json(a, &t);
	err = take_inline(a);
	return err ? err : take_values(a, id, a->got);
}

static int
prepare(struct webhook_ask *a)
{
	return put_together(a, true);
}

static int
prepare_test(struct webhook_ask *a)
{
	json_t *to = NULL;
	int64_t id;
	int err = desk_template_find(a, &id);

	err = err ? err : put_together(a, false);
	err = err ? err : desk_testers_take(a, &to);
	if (!err)
		json_object_set_new(a->got, "to", to);
	return err;
}

struct desk_control_answer
desk_template_prepare_test(struct control *c, const json_t *body, int64_t now)
{
	static const struct webhook_verb verb = { "templates.test", prepare_test, false };

	return webhook_run(&verb, c, body, now);
}

struct desk_control_answer
desk_template_prepare(struct control *c, const json_t *body, int64_t now)
{
	static const struct webhook_verb verb = { "templates.render", prepare, false };

	return webhook_run(&verb, c, body, now);
}

static int
prepare_values(struct webhook_ask *a)
{
	int err = desk_template_owner(a);

	a->got = json_object();
	err = err ? err : take_message(a, a->got);
	if (!err && !json_object_get(a->got, "message"))
		err = webhook_refuse(a, -EINVAL, "\"message\" is missing: the id of one.");
	return err;
}

struct desk_control_answer
desk_template_prepare_values(struct control *c, const json_t *body, int64_t now)
{
	static const struct webhook_verb verb = { "messages.values", prepare_values, false };

	return webhook_run(&verb, c, body, now);
}

/* ---- rendering ---- */

/* As send/outgoing_template has them. */
static json_t *
person_json(struct str email, struct str name)
{
	size_t at = str_rfind(email, '@');

	return json_pack("{s:o,s:o,s:o,s:o}", "email", desk_webhook_text(email), "name",
		desk_webhook_text(name), "local_part", desk_webhook_text(str_head(email, at)),
		"domain", desk_webhook_text(str_from(email, at < email.n ? at + 1 : at)));
}

/* What a mail has, with what stands for the page of nobody. */
static json_t *
mj_json(const json_t *what)
{
	const json_t *given = json_object_get(what, "mj"),
		     *contact = json_object_get(what, "contact"),
		     *parts = json_object_get(what, "parts"), *id = json_object_get(what, "id");
	json_t *j = json_pack("{s:o,s:o,s:s,s:s}", "contact",
		person_json(desk_text(contact, "email"), desk_text(contact, "name")), "sender",
		person_json(desk_text(parts, "from_email"), desk_text(parts, "from_name")),
		"unsub_link", NO_PAGE, "unsub_link_fr", NO_PAGE);

	/* Nothing was sent that could be shown to anybody. */
	for (int i = OUTGOING_PAGE_WEB; i < OUTGOING_PAGES; i++)
		json_object_set_new(
			j, outgoing_page_name((enum outgoing_page)i), json_string(NO_WEB));
	if (id)
		json_object_set_new(j, "template",
			json_pack(
				"{s:O,s:O}", "ID", id, "name", json_object_get(what, "name")));
	lay_on(j, given);
	return j;
}

static void
set_advice(json_t *got, const json_t *what)
{
	const struct advice_mail m = {
		.subject = desk_text(got, "subject"),
		.preheader = desk_text(got, "preheader"),
		.from_name = desk_text(got, "from_name"),
		.from_address = desk_text(got, "from_email"),
		.reply_to = desk_text(got, "reply_to"),
		.html = desk_text(got, "html"),
		.text = desk_text(got, "text"),
		.language = desk_text(what, "language"),
		.broadcast = str_eq_z(desk_text(what, "stream"), "broadcast"),
		.list_headers = str_eq_z(desk_text(what, "stream"), "broadcast"),
		.made_text = json_is_true(json_object_get(got, "text_made")),
	};
	bool french = str_istarts(desk_text(what, "lang"), STR_LIT("fr"));
	json_t *list = NULL;
	struct advice advice;
	struct arena a;
	struct buf b;

	arena_init(&a, ADVICE_ARENA);
	buf_init(&b, ADVICE_ARENA);
	if (advice_make(&a, &m, french ? ADVICE_FR : ADVICE_EN, &advice) == 0 &&
		advice_json(&b, &advice) == 0)
		list = json_loadb(b.p, b.n, 0, NULL);
	json_object_set_new(got, "advice", list ? list : json_array());
	buf_done(&b);
	arena_done(&a);
}

json_t *
desk_template_render(const json_t *what)
{
	/* The last two are of a test alone. */
	static const char *const kept[] = { "name", "dialect", "version", "to", "stream" };
	size_t nkept = json_object_get(what, "to") ? 5 : 3;
	const json_t *parts = json_object_get(what, "parts"),
		     *layout = json_object_get(what, "layout");
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS };
	json_t *mj = mj_json(what), *got;
	const struct template_data data = { .vars = json_object_get(what, "vars"),
		.contact = json_object_get(what, "contact"),
		.mj = mj,
		.now = json_integer_value(json_object_get(what, "now")) };

	(void)preview_dialect(desk_text(what, "dialect"), &m.dialect);
	for (int i = 0; i < PREVIEW_PARTS; i++)
		m.parts[i] = desk_text(parts, preview_part_name((enum preview_part)i));
	m.layout_html = desk_text(layout, "html");
	m.layout_text = desk_text(layout, "text");
	m.inline_css = json_is_true(json_object_get(what, "inline_css"));
	got = preview_make(&m, &data);
	/* A value to begin with would stand for the recipient's own page. */
	for (size_t i = 0; i < NPAGES; i++)
		json_object_del(
			json_object_get(json_object_get(got, "sample"), "vars"), pages[i]);
	for (size_t i = 0; i < nkept; i++)
		json_object_set(got, kept[i], json_object_get(what, kept[i]));
	set_advice(got, what);
	json_decref(mj);
	return got;
}
