#include "send/outgoing_template.h"

#include "base/text.h"
#include "content/inline_css.h"
#include "content/preheader.h"
#include "send/outgoing_page.h"
#include "send/outgoing_text.h"

#include <errno.h>
#include <stdio.h>

/* Of what is rendered alone: all else was checked when the call was read. */
static const struct outgoing_limits limits = {
	.recipients = UINT16_MAX, .subject = 4000, .bytes = 64u << 20, .ahead = INT64_MAX
};

struct work {
	struct arena *arena; /* of what comes out */
	struct arena tmp;    /* of what is compiled for this message alone */
	struct buf out;
	const struct outgoing_template *want;
	const struct outgoing_source *from;
	struct template_data data;
	bool raw; /* the sources themselves */
	struct outgoing_mistake *mistake;
};

/* ---- parts ---- */

int
outgoing_source_compile(
	struct arena *a, struct outgoing_source *s, struct outgoing_mistake *ret_m)
{
	for (int i = 0; i < PREVIEW_PARTS; i++) {
		if (s->texts[i].n == 0)
			continue;
		ret_m->part = (enum preview_part)i;
		if (template_compile(a, s->dialect, s->texts[i], &s->parts[i], &ret_m->error) <
			0)
			return -EINVAL;
	}
	return 0;
}

/* What w->out holds, or the source as a part of a mail may have it. */
static int
keep(struct work *w, enum preview_part part, struct str *ret)
{
	struct str kept;

	if (w->out.full)
		return -E2BIG;
	if (preview_part_place(part) == TEMPLATE_HEADER)
		for (size_t i = 0; i < w->out.n; i++)
			if ((unsigned char)w->out.p[i] < 32 || w->out.p[i] == 127)
				w->out.p[i] = ' ';
	kept = arena_str(w->arena, buf_str(&w->out));
	if (kept.p && w->want->marks)
		kept = w->want->marks->text(w->want->marks, w->arena, kept);
	if (!kept.p)
		return -E2BIG;
	*ret = kept;
	return 0;
}

static int
render(struct work *w, enum preview_part part, const struct template *t, struct str source,
	struct str *ret)
{
	buf_clear(&w->out);
	w->mistake->part = part;
	w->data.budget.output_bytes = preview_part_max(part);
	if (w->raw)
		(void)buf_put(&w->out, source);
	else if (template_render(&w->out, t, preview_part_place(part), &w->data,
			 &w->mistake->error) < 0)
		return -EINVAL;
	return keep(w, part, ret);
}

/* A part of the stored version; ret stays where there is none. */
static int
stored(struct work *w, enum preview_part part, struct str *ret)
{
	if (!w->from || w->from->texts[part].n == 0)
		return 0;
	/* It did not compile, which was told; it is here to be sent as it stands. */
	if (!w->raw && !w->from->parts[part])
		return -EINVAL;
	return render(w, part, w->from->parts[part], w->from->texts[part], ret);
}

/* A text of the message itself. */
static int
own(struct work *w, enum preview_part part, struct str *text)
{
	const struct template *t = NULL;
	struct str source = *text;

	if (!w->want->own || source.n == 0)
		return 0;
	arena_reset(&w->tmp);
	w->mistake->part = part;
	if (!w->raw &&
		template_compile(&w->tmp, w->want->dialect, source, &t, &w->mistake->error) < 0)
		return -EINVAL;
	return render(w, part, t, source, text);
}

/* ---- the message ---- */

static int
people(struct work *w, struct outgoing *o)
{
	struct outgoing_address *reply;
	struct str address = STR_NONE;
	int err = own(w, PREVIEW_FROM_NAME, &o->from.name);

	if (!err && o->from.email.n == 0) {
		err = stored(w, PREVIEW_FROM_EMAIL, &o->from.email);
		o->from.email = str_trim_all(o->from.email);
	}
	if (!err && o->from.name.n == 0)
		err = stored(w, PREVIEW_FROM_NAME, &o->from.name);
	if (err || o->reply_to.n > 0)
		return err;
	err = stored(w, PREVIEW_REPLY_TO, &address);
	address = str_trim_all(address);
	if (err || address.n == 0)
		return err;
	reply = arena_alloc(w->arena, sizeof *reply);
	if (!reply)
		return -E2BIG;
	*reply = (struct outgoing_address){ address, STR_NONE };
	o->reply_to = (struct outgoing_list){ reply, 1 };
	return 0;
}

static int
subject(struct work *w, struct outgoing *o)
{
	bool first = w->want->subject_first && w->from && w->from->texts[PREVIEW_SUBJECT].n > 0;

	if (o->subject.n > 0 && !first)
		return own(w, PREVIEW_SUBJECT, &o->subject);
	return stored(w, PREVIEW_SUBJECT, &o->subject);
}

static int
preheader(struct work *w, struct outgoing *o)
{
	struct str line = STR_NONE;
	int err = stored(w, PREVIEW_PREHEADER, &line);

	line = str_trim_all(line);
	if (err || line.n == 0 || o->html.n == 0)
		return err;
	buf_clear(&w->out);
	if (preheader_put(&w->out, o->html, line) < 0)
		return -E2BIG;
	return keep(w, PREVIEW_HTML, &o->html);
}

static int
inlined(struct work *w, struct outgoing *o)
{
	if (!w->want->inline_css || w->raw || o->html.n == 0)
		return 0;
	buf_clear(&w->out);
	if (inline_css(&w->out, o->html) < 0)
		return -E2BIG;
	o->html = arena_str(w->arena, buf_str(&w->out));
	return o->html.p ? 0 : -E2BIG;
}

static int
bodies(struct work *w, struct outgoing *o)
{
	bool there =
		w->from && w->from->texts[PREVIEW_HTML].n + w->from->texts[PREVIEW_TEXT].n > 0;
	int err;

	/* The template replaces both, so that a text does not speak of another mail. */
	if (there)
		o->html = STR_NONE;
	if (there && !w->want->keep_text)
		o->text = STR_NONE;
	err = there ? stored(w, PREVIEW_HTML, &o->html) : own(w, PREVIEW_HTML, &o->html);
	if (!err)
		err = there ? stored(w, PREVIEW_TEXT, &o->text)
		            : own(w, PREVIEW_TEXT, &o->text);
	err = err ? err : inlined(w, o);
	return err ? err : preheader(w, o);
}

static int
write_all(struct work *w, struct outgoing *o)
{
	struct outgoing_text last = { .html = { NULL, 0 } };
	int err = subject(w, o);

	err = err ? err : people(w, o);
	err = err ? err : bodies(w, o);
	if (!err && w->want->tail)
		err = outgoing_tail_put(w->arena, w->want->tail, o);
	if (!err)
		outgoing_text_make(&last, w->arena, o);
	return err;
}

/* ---- is it a mail? ---- */

static enum preview_part
part_of(enum outgoing_where where)
{
	switch (where) {
	case OUTGOING_FROM:
		return PREVIEW_FROM_EMAIL;
	case OUTGOING_REPLY_TO:
		return PREVIEW_REPLY_TO;
	case OUTGOING_SUBJECT:
		return PREVIEW_SUBJECT;
	default:
		return PREVIEW_HTML;
	}
}

static void
say(struct outgoing_mistake *m, const struct outgoing_problem *p)
{
	m->part = part_of(p->where);
	m->error.line = m->error.column = 0;
	if (p->code == OUTGOING_MISSING && p->where == OUTGOING_FROM)
		snprintf(m->error.why, sizeof m->error.why,
			"The mail has no sender: neither the call nor the template names one.");
	else if (p->code == OUTGOING_MISSING)
		snprintf(m->error.why, sizeof m->error.why,
			"Nothing is left of the mail: it has no html and no text.");
	else if (p->code == OUTGOING_ADDRESS)
		snprintf(m->error.why, sizeof m->error.why, "This is no e-mail address.");
	else if (p->code == OUTGOING_LONG)
		snprintf(m->error.why, sizeof m->error.why, "It has more than %llu bytes.",
			(unsigned long long)p->detail);
	else
		snprintf(m->error.why, sizeof m->error.why,
			"It holds characters that cannot be there.");
}

static int
check(struct arena *a, const struct outgoing *o, int64_t now, struct outgoing_mistake *m)
{
	struct outgoing_problems *found = arena_alloc(a, sizeof *found);

	if (!found)
		return -E2BIG;
	if (outgoing_check(o, &limits, now, found))
		return 0;
	say(m, &found->at[0]);
	return -EINVAL;
}

struct outgoing
outgoing_template_probe(const struct outgoing *o)
{
	struct outgoing p = *o;

	if (p.from.email.n == 0)
		p.from.email = STR_LIT("template@example.com");
	if (p.subject.n == 0)
		p.subject = STR_LIT("-");
	if (p.text.n + p.html.n == 0)
		p.text = STR_LIT("-");
	return p;
}

/* ---- values ---- */

static json_t *
json_text(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);

	return j ? j : json_string("");
}

static json_t *
person_json(const struct outgoing_address *p)
{
	size_t at = str_rfind(p->email, '@');

	return json_pack("{s:o,s:o,s:o,s:o}", "email", json_text(p->email), "name",
		json_text(p->name), "local_part", json_text(str_head(p->email, at)), "domain",
		json_text(str_from(p->email, at < p->email.n ? at + 1 : at)));
}

const struct outgoing_address *
outgoing_template_contact(const struct outgoing *o)
{
	return o->to.n == 1 && o->cc.n + o->bcc.n == 0 ? &o->to.at[0] : NULL;
}

/* The call's name of him goes before the one that is kept. */
static json_t *
contact_json(const struct outgoing *o, const json_t *known)
{
	const struct outgoing_address nobody = { STR_NONE, STR_NONE },
				      *one = outgoing_template_contact(o);
	json_t *j = person_json(one ? one : &nobody), *name = json_object_get(known, "name");

	if (one && one->name.n == 0 && json_is_string(name))
		json_object_set(j, "name", name);
	return j;
}

/* What Mailjet's templates call mj:. */
static json_t *
mj_json(const struct outgoing *o, const struct outgoing_writing *how)
{
	const struct outgoing_source *from = how->from;
	json_t *j = json_pack("{s:o,s:o}", "contact", contact_json(o, how->contact), "sender",
		person_json(&o->from));

	for (int i = 0; i < OUTGOING_PAGES; i++) {
		struct str mark = outgoing_page_mark((enum outgoing_page)i);

		json_object_set_new(
			j, outgoing_page_name((enum outgoing_page)i), json_text(mark));
	}
	json_object_set_new(j, "unsub_link_fr", json_string(OUTGOING_PAGE));
	if (from)
		json_object_set_new(j, "template",
			json_pack("{s:o,s:o}", "ID", json_text(from->id), "name",
				json_text(from->name)));
	return j;
}

/* Other dialects have no mj:. */
static bool
wants_mj(const struct outgoing_writing *how)
{
	enum template_dialect own = how->want->own ? how->want->dialect : TEMPLATE_HANDLEBARS,
			      from = how->from ? how->from->dialect : TEMPLATE_HANDLEBARS;

	return own == TEMPLATE_MAILJET || own == TEMPLATE_MAILJET_TAGS ||
	       from == TEMPLATE_MAILJET || from == TEMPLATE_MAILJET_TAGS;
}

/* The call's own values go before. New reference; NULL: they are too long. */
static json_t *
vars_json(const struct outgoing_template *want, const struct outgoing_source *from)
{
	json_t *j, *own = NULL;
	const json_t *given = want->vars;

	if (given && want->marks) {
		given = own = want->marks->vars(want->marks, given);
		if (!own)
			return NULL;
	}
	j = json_object();
	json_object_set_new(j, "unsubscribe_url", json_string(OUTGOING_PAGE));
	/* As SendGrid's editor writes it into each template. */
	if (from && from->dialect == TEMPLATE_HANDLEBARS) {
		json_object_set_new(j, "unsubscribe", json_string(OUTGOING_PAGE));
		json_object_set_new(j, "unsubscribe_preferences", json_string(OUTGOING_PAGE));
	}
	if (given)
		json_object_update(j, (json_t *)(uintptr_t)given);
	json_decref(own);
	return j;
}

/* A blank, a bracket or a sign stands before it: in Mailjet's tags, and seldom elsewhere (an
 * image in its URL has a quote there). */
bool
outgoing_template_reads_contact(enum template_dialect dialect, struct str source)
{
	const struct str mark = STR_LIT("data:"), name = STR_LIT("mj:contact.name");
	size_t at;

	if (dialect != TEMPLATE_MAILJET && dialect != TEMPLATE_MAILJET_TAGS)
		return false;
	if (str_find_str(source, name) < source.n)
		return true;
	for (struct str rest = source; (at = str_find_str(rest, mark)) < rest.n;
		rest = str_from(rest, at + mark.n))
		if (at > 0 && !ascii_alnum(rest.p[at - 1]) && !strchr("\"'_-", rest.p[at - 1]))
			return true;
	return false;
}

static int
put_json(const char *bytes, size_t n, void *ctx)
{
	return buf_put(ctx, str_of(bytes, n)) < 0 ? -1 : 0;
}

int
outgoing_template_values(struct buf *b, const struct outgoing *o,
	const struct outgoing_template *want, const json_t *known)
{
	const struct outgoing_address *one = outgoing_template_contact(o);
	json_t *contact = one ? json_pack("{s:o,s:o}", "email", json_text(one->email), "name",
					json_text(one->name))
	                      : json_object();
	size_t before = b->n;

	json_object_update_missing(contact, (json_t *)(uintptr_t)known);
	int err = buf_put_z(b, "{\"vars\":");

	/* Stops where it is full: values may be much longer than what is kept of them. */
	if (!err && want->vars)
		err = json_dump_callback(want->vars, put_json, b, JSON_COMPACT);
	else if (!err)
		err = buf_put_z(b, "{}");
	if (!err)
		err = buf_put_z(b, ",\"contact\":");
	if (!err)
		err = json_dump_callback(contact, put_json, b, JSON_COMPACT);
	if (!err)
		err = buf_put_c(b, '}');
	json_decref(contact);
	if (!err)
		return 0;
	buf_cut(b, before);
	return -E2BIG;
}

static bool
has_page(struct str text)
{
	return str_find_str(text, STR_LIT(OUTGOING_PAGES_AT)) < text.n;
}

int
outgoing_template_write(struct arena *a, struct outgoing *o, const struct outgoing_writing *how,
	struct outgoing_mistake *ret_m)
{
	struct outgoing made = *o;
	struct work w = { .arena = a, .want = how->want, .from = how->from, .mistake = ret_m };
	json_t *vars = vars_json(how->want, how->from), *mj = NULL;
	int err;

	*ret_m = (struct outgoing_mistake){ .part = PREVIEW_SUBJECT };
	if (!vars)
		return -E2BIG;
	if (wants_mj(how))
		mj = mj_json(o, how);
	w.data = (struct template_data){
		.vars = vars, .contact = how->contact, .mj = mj, .now = how->now
	};
	arena_init(&w.tmp, OUTGOING_TEMPLATE_ARENA);
	buf_init(&w.out, 2 * PREVIEW_HTML_MAX + INLINE_CSS_ADDS);
	err = write_all(&w, &made);
	if (err == -EINVAL && how->want->deliver) {
		const struct outgoing_mistake first = *ret_m;

		w.raw = true;
		made = *o;
		err = write_all(&w, &made);
		*ret_m = first;
	}
	buf_done(&w.out);
	arena_done(&w.tmp);
	json_decref(mj);
	json_decref(vars);
	made.own_page = has_page(made.html) || has_page(made.text);
	err = err ? err : check(a, &made, how->now, ret_m);
	if (!err)
		*o = made;
	return err;
}

/* ---- words ---- */

struct str
outgoing_mistake_text(struct arena *a, const struct outgoing_mistake *m)
{
	const char *part = preview_part_name(m->part);
	struct str s;

	if (m->error.line)
		s = arena_printf(
			a, "%s %u:%u: %s", part, m->error.line, m->error.column, m->error.why);
	else
		s = arena_printf(a, "%s: %s", part, m->error.why);
	return s.p ? s : STR_LIT("The template has a mistake.");
}

int
outgoing_template_about(struct arena *a, struct outgoing *o, struct str id)
{
	struct str before = o->about.n ? str_head(o->about, o->about.n - 1) : STR_LIT("{");
	struct str kept;
	struct buf b;

	buf_init(&b, 8 * OUTGOING_ABOUT_MAX);
	buf_put(&b, before);
	buf_put_z(&b, before.n > 1 ? ",\"template\":" : "\"template\":");
	text_json(&b, id);
	(void)buf_put_c(&b, '}');
	kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	if (!kept.p || kept.n > OUTGOING_ABOUT_MAX)
		return -E2BIG;
	o->about = kept;
	return 0;
}
