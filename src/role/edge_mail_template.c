/*
 * Mail by SMTP that is written from a template (X-MJ-TemplateID and its like): collected in
 * memory, like tracked mail; after its last byte the version is found and the texts are
 * rendered on the edge's thread, as those of an HTTP call (edge_write.c). Each recipient's
 * letter is then the message with these texts in place of its own (content/mime_texts).
 *
 * For that the transaction owns a call that belongs to no request: what knows of calls alone
 * (edge_template.c, the thread) serves it.
 */
#include "role/edge_mail_template.h"

#include "api/mailbox_list.h"
#include "api/sendgrid_subst.h"
#include "base/text.h"
#include "content/mime_texts.h"
#include "role/edge_template_report.h"
#include "role/edge_tracker.h"
#include "send/accept.h"
#include "wire/header.h"

#include <errno.h>

#define ROOM        (64u << 10) /* of memory beside the message */
#define TAG_ROOM    16u         /* a byte of tags, in tables */
#define SUBJECT_MAX 4000u
/* The texts of all letters of a merge, and what is known of each. */
#define MERGE_ROOM (EDGE_LETTERS_ALL + SMTP_FIELDS_TO_MAX * sizeof(struct outgoing))
#define BUSY       REPLY(452, 4, 3, 1, "The service is busy; try again in a minute")

struct edge_written {
	struct outgoing_template want;
	struct mime_texts texts;
	enum mime_texts_why why;
	struct outgoing was, mail; /* as it came; with its new texts */
	bool merge;                /* each recipient has a message of his own, with his name */
	struct outgoing *each;     /* as many as recipients, when it is one */
	struct str pages[OUTGOING_PAGES]; /* of the recipient whose letter is written */
	bool rendered;                    /* by a template; else only with what follows */
	struct outgoing_tail tail;        /* as edge_wish; kept with the call */
	struct str subst, pixel_mark;
	bool opens;  /* the mark is an image; else it is taken out */
	bool placed; /* it was there, in the letter that was put last */
	size_t head; /* bytes of the header block, as it came */
};

static struct edge_mail *
mail_of(const struct edge_call *k)
{
	return &k->conn->smtp->mail;
}

/* ---- on the thread ---- */

static bool
has_field(struct str head, const char *name)
{
	return mime_in_field(head, name).p != NULL;
}

/* The message as an application would have described it. 0 or -E2BIG. */
static int
describe(struct edge_call *k, struct edge_written *w)
{
	struct str head = str_head(buf_str(&k->body), w->head), bad, value;
	struct outgoing *o = &w->was;
	struct outgoing_list from = { NULL, 0 };

	o->sender = o->from = (struct outgoing_address){ STR_NONE, STR_NONE };
	value = header_unfold(&k->arena, mime_in_field(head, "From"));
	if (!value.p)
		return -E2BIG;
	if (mailbox_list_read(&k->arena, value, 1, &from, &bad) == 0 && from.n == 1)
		o->from = from.at[0];
	value = mime_in_field(head, "Subject");
	o->subject = value.p ? mime_in_line(&k->arena, value, SUBJECT_MAX) : STR_NONE;
	o->html = o->text = STR_NONE;
	if (has_field(head, "Reply-To"))
		o->reply_to = (struct outgoing_list){ &o->from, 1 };
	/* A stored one replaces its parts; its own stay as many as they are. */
	if (!outgoing_template_stored(&w->want)) {
		o->html = w->texts.was[0];
		o->text = w->texts.was[1];
		o->auto_text = OUTGOING_OFF;
	}
	return 0;
}

/* A field is one line, whatever stands in a value. */
static void
one_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 127)
			((char *)(uintptr_t)s.p)[i] = ' ';
}

static size_t
size_of(const struct edge_written *w)
{
	return w->mail.text.n + w->mail.html.n + w->tail.text.n + w->tail.html.n;
}

/* What one byte of a tag asks for must not take more than was charged. */
static void
at_most(struct arena *a, size_t more)
{
	a->max = more < EDGE_CALL_ARENA - a->used ? a->used + more : EDGE_CALL_ARENA;
}

/* SendGrid's tags in the texts, and in the footer. 0 or -errno. */
static int
substitute(struct sendgrid_subst *s, const struct edge_written *w, struct outgoing *o,
	struct outgoing_tail *tail)
{
	struct str *const all[] = { &o->subject, &o->text, &o->html, &tail->text, &tail->html };
	int err = 0;

	if (s->subst.n + s->sections.n == 0)
		return 0;
	for (size_t i = 0; i < sizeof all / sizeof *all && !err; i++)
		err = sendgrid_subst_text(s, all[i]);
	if (!err && !str_eq(o->subject, w->was.subject)) {
		o->subject = arena_str(s->arena, o->subject);
		if (o->subject.p)
			one_line(o->subject);
		else
			err = -E2BIG;
	}
	return err;
}

/* The message for its only recipient, or for all. 0 or -E2BIG. */
static int
write_one(struct edge_call *k, struct edge_written *w, const struct sendgrid_subst *none,
	const json_t *tags)
{
	struct sendgrid_subst s;
	int err = sendgrid_subst_next(none, tags, &s);

	err = err ? err : substitute(&s, w, &w->mail, &w->tail);
	/* With the footer, and then with the link, each text is copied. */
	at_most(&k->arena, 2 * size_of(w) + 4 * k->body.n + ROOM / 2);
	err = err ? err : outgoing_tail_put(&k->arena, &w->tail, &w->mail);
	return err ? -E2BIG : 0;
}

/* A tag's text for recipient i. */
static json_t *
tags_of(const json_t *all, size_t i)
{
	json_t *one = json_object(), *list;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)all, key, list)
		json_object_set(one, key, json_array_get(list, i));
	return one;
}

/* Keeps what was made of the texts; one that is as it was costs nothing. false: no room. */
static bool
keep_text(struct edge_call *k, struct str was, struct str *s, size_t *left)
{
	if (s->p == was.p && s->n == was.n)
		return true;
	if (s->n > *left)
		return false;
	*left -= s->n;
	*s = arena_str(&k->arena, *s);
	return s->p != NULL;
}

/* The message as each recipient of a merge gets it: all texts together are as long as all
 * letters may be. 0 or -E2BIG. */
static int
write_each(struct edge_call *k, struct edge_written *w, const struct sendgrid_subst *none,
	const json_t *tags)
{
	size_t left = EDGE_LETTERS_ALL;
	int err = 0;

	w->each = arena_alloc(&k->arena, w->was.to.n * sizeof *w->each);
	if (!w->each)
		return -E2BIG;
	arena_reset(&k->letter);
	at_most(&k->letter, none->max + TAG_ROOM * w->subst.n);
	for (size_t i = 0; i < w->was.to.n && !err; i++) {
		struct outgoing *o = &w->each[i];
		struct outgoing_tail tail = w->tail;
		json_t *his = tags_of(tags, i);
		struct sendgrid_subst s, from = *none;

		arena_reset(&k->letter);
		from.arena = &k->letter;
		*o = w->mail;
		err = sendgrid_subst_next(&from, his, &s);
		err = err ? err : substitute(&s, w, o, &tail);
		err = err ? err : outgoing_tail_put(&k->letter, &tail, o);
		if (!err && (!keep_text(k, w->mail.subject, &o->subject, &left) ||
				    !keep_text(k, w->mail.text, &o->text, &left) ||
				    !keep_text(k, w->mail.html, &o->html, &left)))
			err = -E2BIG;
		json_decref(his);
	}
	arena_reset(&k->letter);
	k->letter.max = EDGE_CALL_ARENA;
	return err ? -E2BIG : 0;
}

/* What comes behind the template: tags, footer, link. 0 or -E2BIG. */
static int
finish(struct edge_call *k, struct edge_written *w)
{
	const size_t room = size_of(w) + 4 * k->body.n + ROOM / 2;
	int64_t todo = SENDGRID_SUBST_WORK;
	struct sendgrid_subst none;
	struct json_in in;
	json_t *j = NULL;
	struct str why;
	int err = 0;

	at_most(&k->arena, room + TAG_ROOM * w->subst.n + (w->merge ? MERGE_ROOM : 0));
	json_in_init(&in, &k->arena);
	if (w->subst.n && json_in_text(&in, w->subst, &j, &why) < 0)
		err = -E2BIG;
	if (!err)
		err = sendgrid_subst_init(
			&none, &k->arena, json_object_get(j, "section"), &todo);
	none.max = room;
	if (!err && w->merge)
		err = write_each(k, w, &none, json_object_get(j, "sub"));
	else if (!err)
		err = write_one(k, w, &none, json_object_get(j, "sub"));
	json_decref(j);
	return err ? -E2BIG : 0;
}

static void
render(struct edge_call *k)
{
	struct edge_written *w = k->written_mail;

	k->err = mime_texts_find(&k->arena, buf_str(&k->body), w->want.own, &w->texts, &w->why);
	if (k->err || w->why != MIME_TEXTS_OK)
		return;
	k->err = describe(k, w);
	w->mail = w->was;
	if (!k->err && w->rendered)
		k->err = edge_write_texts(k, &w->want, &w->mail);
	if (!k->err)
		k->err = finish(k, w);
	k->arena.max = EDGE_CALL_ARENA;
}

static void
work(void *ctx)
{
	struct edge_call *k = ctx;

	render(k);
	if (k->version)
		edge_version_rest(k->version);
}

/* ---- on the loop ---- */

static struct reply
why_reply(enum mime_texts_why why)
{
	switch (why) {
	case MIME_TEXTS_SIGNED:
		return REPLY(554, 5, 6, 0,
			"The message is signed or encrypted, so no template, footer, link or "
			"image can be written into it; send it plain, or as it is to be read");
	case MIME_TEXTS_NONE:
		return REPLY(554, 5, 6, 0,
			"The message shows no text that could be written anew; send it with a "
			"part of text/plain or text/html, in UTF-8");
	case MIME_TEXTS_ODD:
	case MIME_TEXTS_OK:
		break;
	}
	return REPLY(554, 5, 6, 0,
		"Nothing can be written into this message, since its parts can be "
		"read in two ways; send it in UTF-8, with plain parts");
}

static const char *
field_of(const struct outgoing_template *want)
{
	if (outgoing_template_stored(want))
		return "X-MJ-TemplateID";
	return want->tags ? "X-MJ-Vars" : "X-MJ-TemplateLanguage";
}

/* The text is kept where it outlives the message. It may quote the template, and a reply is
 * ASCII unless MAIL said SMTPUTF8 (RFC 6531). */
static void
refuse_mistake(struct edge_conn *c, const struct edge_call *k)
{
	struct edge_smtp *s = c->smtp;
	struct arena a;
	struct str text;

	arena_init(&a, 8192);
	text = outgoing_mistake_text(&a, &k->mistake);
	snprintf(s->delayed_text, sizeof s->delayed_text, "%s: %.*s",
		field_of(&k->written_mail->want), STR_ARG(str_head(text, 400)));
	arena_done(&a);
	for (char *p = s->delayed_text; *p; p++)
		if ((unsigned char)*p > 126)
			*p = '?';
	edge_mail_refuse(c, (struct reply){ 554, { 5, 6, 0 }, str_z(s->delayed_text) });
}

/* The message of recipient i. */
static const struct outgoing *
mail_for(const struct edge_written *w, size_t i)
{
	return w->merge ? &w->each[i] : &w->mail;
}

/* What comes of it for the message as a whole. 0 or -E2BIG. */
static int
take(struct edge_conn *c, struct edge_call *k)
{
	struct edge_mail *m = &c->smtp->mail;
	struct edge_written *w = k->written_mail;
	struct outgoing *o = &w->mail;
	struct str head = str_head(buf_str(&k->body), w->head);

	o->about = m->wish.about.n ? m->wish.about : STR_NONE;
	if (k->version &&
		outgoing_template_about(&m->arena, o, edge_version_id(k->version)) < 0)
		return -E2BIG;
	m->wish.about = o->about;
	m->subject = arena_keep(&m->arena, str_head(o->subject, ACCEPT_SUBJECT_MAX));
	while (m->subject.n > 0 && !text_is_utf8(m->subject))
		m->subject.n--;
	for (size_t i = 0; i < (w->merge ? m->nrcpts : 1); i++)
		if (!text_is_ascii(mail_for(w, i)->html) ||
			!text_is_ascii(mail_for(w, i)->text))
			m->flags |= MAIL_8BIT;
	if (k->version && edge_version_broadcast(k->version) && !edge_mail_broadcast(c, head))
		return -E2BIG;
	return 0;
}

/* A stored version may be longer than the message that names it. false: no room. */
static bool
charge_texts(struct edge_call *k)
{
	uint64_t took =
		k->body.cap + k->arena.used + (k->version ? edge_version_due(k->version) : 0);

	return took <= k->charge || edge_call_charge(k, took);
}

static void
rendered(struct edge_call *k)
{
	struct edge_conn *c = k->conn;
	struct edge_written *w = k->written_mail;

	if (!k->err && w->why != MIME_TEXTS_OK)
		edge_mail_refuse(c, why_reply(w->why));
	else if (k->err == -EINVAL)
		refuse_mistake(c, k);
	else if (!k->err && !charge_texts(k))
		edge_mail_refuse(c, BUSY);
	else if (k->err || take(c, k) < 0)
		edge_mail_refuse(
			c, REPLY(554, 5, 6, 0,
				   "What the template makes of this message is too long"));
	edge_template_report(k, &w->want, &w->mail);
	edge_version_wrote(k->edge->templates, &k->version);
	edge_mail_written(c);
}

/* Why there is no version to write from. */
static void
refuse_version(struct edge_conn *c, enum template_is is)
{
	if (is == TEMPLATE_IS_NONE)
		edge_mail_refuse(
			c, REPLY(554, 5, 6, 0, "X-MJ-TemplateID: there is no such template"));
	else if (is == TEMPLATE_IS_DRAFT)
		edge_mail_refuse(
			c, REPLY(554, 5, 6, 0,
				   "X-MJ-TemplateID: this template was never published: only "
				   "published versions are sent"));
	else
		edge_mail_refuse(
			c, REPLY(451, 4, 3, 0,
				   "The templates cannot be read now; try again in a moment"));
}

/* What a message takes while it is written. */
static uint64_t
room_of(const struct edge_call *k)
{
	const struct edge_wish *w = &mail_of(k)->wish;

	return 8 * (uint64_t)k->body.n + 4 * TAG_ROOM * w->subst.n + ROOM +
	       (w->to ? MERGE_ROOM : 0);
}

static bool
mentions(struct str s, const char *word)
{
	struct str w = str_z(word);

	for (size_t i = 0; i < s.n; i++)
		if (ascii_lower(s.p[i]) == *word && str_istarts(str_from(s, i), w))
			return true;
	return false;
}

/* Do the message's own texts read whom it goes to? What is encoded is read on the thread alone:
 * there they may. */
static bool
own_reads(const struct edge_call *k)
{
	const struct outgoing_template *want = &k->written_mail->want;
	struct str message = buf_str(&k->body);

	return want->own &&
	       (outgoing_template_reads_contact(want->dialect, message) ||
		       mentions(message, "base64") || mentions(message, "quoted-printable"));
}

/* true: it is refused. */
static bool
begin(struct edge_call *k)
{
	struct edge_written *w = k->written_mail;
	const struct outgoing_template *want = &w->want;
	enum template_is is = TEMPLATE_IS_HERE;

	if (outgoing_template_stored(want) && !k->version)
		is = edge_template_find(k, want, &k->version);
	if (is == TEMPLATE_IS_HERE && w->rendered)
		is = edge_contact_find(k, own_reads(k), &w->was);
	if (is == TEMPLATE_IS_HERE && k->version &&
		!edge_call_charge(k, room_of(k) + edge_version_due(k->version)))
		is = TEMPLATE_IS_LATER;
	if (is == TEMPLATE_IS_HERE)
		edge_call_work(k, work, rendered);
	else if (is != TEMPLATE_IS_KNOWN)
		refuse_version(k->conn, is);
	return is != TEMPLATE_IS_HERE && is != TEMPLATE_IS_KNOWN;
}

static void
told(struct edge_call *k, enum template_is is)
{
	bool over = is != TEMPLATE_IS_HERE;

	if (over)
		refuse_version(k->conn, is);
	else
		over = begin(k);
	if (over)
		edge_mail_written(k->conn);
}

/* Whom it goes to, kept with the call. NULL: no room. */
static struct outgoing_address *
people(struct edge_call *k)
{
	const struct edge_mail *m = mail_of(k);
	struct outgoing_address *at = arena_alloc(&k->arena, m->nrcpts * sizeof *at);

	for (size_t i = 0; at && i < m->nrcpts; i++)
		at[i] = (struct outgoing_address){ arena_keep(&k->arena, m->rcpts[i].address),
			m->wish.to ? arena_keep(&k->arena, m->wish.to[i].name) : STR_NONE };
	return at;
}

static bool
want_make(struct edge_call *k, struct edge_written *w)
{
	const struct edge_wish *wish = &mail_of(k)->wish;
	struct outgoing_template *t = &w->want;
	struct outgoing_address *to = people(k);
	struct str *const kept[] = { &w->tail.text, &w->tail.html, &w->tail.leave_mark,
		&w->tail.leave_text, &w->tail.leave_html };
	struct json_in in;
	struct str why;

	w->rendered = wish->template.wanted;
	w->merge = wish->to != NULL;
	w->tail = wish->tail;
	w->subst = arena_keep(&k->arena, wish->subst);
	w->pixel_mark = arena_keep(&k->arena, wish->pixel_mark);
	w->opens = wish->track & TRACK_OPENS;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		*kept[i] = arena_keep(&k->arena, *kept[i]);
	*t = (struct outgoing_template){ .name = STR_NONE,
		.own = wish->template.language || wish->template.id.n == 0,
		.dialect = wish->template.language ? TEMPLATE_MAILJET : TEMPLATE_MAILJET_TAGS,
		.tags = !wish->template.language,
		.deliver = wish->template.deliver,
		.report = { arena_keep(&k->arena, wish->template.report.email),
			arena_keep(&k->arena, wish->template.report.name) } };
	if (str_u64(wish->template.id, &t->number) < 0)
		t->name = arena_keep(&k->arena, wish->template.id);
	else if (t->number == 0)
		t->number = UINT64_MAX; /* none has it */
	if (wish->template.vars.n > 0) {
		json_in_init(&in, &k->arena);
		if (json_in_text(&in, wish->template.vars, &k->send.root, &why) < 0)
			return false;
		t->vars = k->send.root;
	}
	if (to)
		w->was.to = (struct outgoing_list){ to, mail_of(k)->nrcpts };
	return to != NULL;
}

bool
edge_mail_template(struct edge_conn *c)
{
	struct edge_mail *m = &c->smtp->mail;
	struct edge_call *k = edge_call_new(c);
	struct edge_written *w = arena_alloc(&k->arena, sizeof *w);

	m->written = k;
	k->written_mail = w;
	k->told = told;
	k->id = c->smtp->id;
	k->threaded = true;
	/* The thread reads it, whatever becomes of the session. */
	k->body = m->whole;
	buf_init(&m->whole, EDGE_WHOLE_MAX);
	if (!w || !edge_call_charge(k, room_of(k)) || !want_make(k, w)) {
		edge_mail_refuse(c, BUSY);
		return true;
	}
	w->head = m->whole_head;
	return begin(k);
}

void
edge_mail_template_done(struct edge_conn *c)
{
	struct edge_call *k = c->smtp->mail.written;

	c->smtp->mail.written = NULL;
	if (k)
		edge_call_leave(k);
}

/* ---- the letters ---- */

/* The image of this recipient where its mark stands first in the HTML. 0 or -errno. */
static int
put_pixel(struct edge_written *w, struct arena *a, const struct edge_tracker *t,
	struct mime_texts_new *n)
{
	struct outgoing mail = {
		.html = n->html, .text = n->text, .pixel_mark = w->pixel_mark
	};
	struct str url = STR_NONE;
	struct buf b;
	int err = 0;

	w->placed = w->opens && str_find_str(n->html, w->pixel_mark) < n->html.n;
	buf_init(&b, 8192);
	if (w->opens)
		err = edge_tracker_pixel(t, &b);
	if (!err)
		url = arena_keep(a, buf_str(&b));
	buf_done(&b);
	err = err ? err : edge_track_pixel_place(a, &mail, &url);
	n->html = mail.html;
	n->text = mail.text;
	return err;
}

/* A mailbox as compose reads it. */
static struct str
mailbox(struct arena *a, const struct outgoing_address *m)
{
	const struct str slash = STR_LIT("\\"), quote = STR_LIT("\"");
	struct str name = arena_replace(a, m->name, slash, STR_LIT("\\\\"), 65536);

	if (m->name.n == 0)
		return m->email;
	name = name.p ? arena_replace(a, name, quote, STR_LIT("\\\""), 65536) : name;
	if (!name.p)
		return name;
	return arena_printf(a, "\"%.*s\" <%.*s>", STR_ARG(name), STR_ARG(m->email));
}

struct str
edge_mail_template_subject(struct edge_conn *c, size_t i)
{
	struct edge_mail *m = &c->smtp->mail;
	const struct edge_written *w = m->written ? m->written->written_mail : NULL;
	struct str s;

	if (!w || !w->merge)
		return (struct str){ NULL, 0 };
	s = str_head(w->each[i].subject, ACCEPT_SUBJECT_MAX);
	while (s.n > 0 && !text_is_utf8(s))
		s.n--;
	return arena_keep(&m->arena, s);
}

int
edge_mail_template_put(
	struct edge_conn *c, const struct edge_tracker *t, size_t i, struct buf *out)
{
	struct edge_call *k = c->smtp->mail.written;
	struct edge_written *w = k->written_mail;
	const struct outgoing *o = mail_for(w, i), *was = &w->was;
	struct str address = was->to.at[i].email;
	struct mime_texts_new n = {
		.html = o->html, .text = o->text, .seed = str_z(k->request_id)
	};
	struct arena *a = &k->letter;
	struct edge_tracker_texts texts = { &n.html, &n.text, out->max };
	int err = 0;

	arena_reset(a);
	for (int p = 0; p < OUTGOING_PAGES; p++)
		w->pages[p] = STR_NONE;
	if (o->own_page)
		err = edge_tracker_pages(t, a, address, &texts, w->pages);
	if (!err && n.html.p && n.text.p && w->pixel_mark.n)
		err = put_pixel(w, a, t, &n);
	if (!str_eq(o->subject, was->subject))
		n.subject = o->subject;
	if (!str_eq(o->from.name, was->from.name))
		n.from = mailbox(a, &o->from);
	if (was->reply_to.n == 0 && o->reply_to.n > 0)
		n.reply_to = mailbox(a, &o->reply_to.at[0]);
	if (w->merge)
		n.to = mailbox(a, &was->to.at[i]);
	if (err || !n.html.p || !n.text.p || (w->merge && !n.to.p))
		return err ? err : -E2BIG;
	return mime_texts_write(out, &w->texts, &n);
}

const struct str *
edge_mail_template_pages(const struct edge_conn *c)
{
	const struct edge_call *k = c->smtp->mail.written;

	return k ? k->written_mail->pages : NULL;
}

bool
edge_mail_template_pixel(const struct edge_conn *c)
{
	const struct edge_call *k = c->smtp->mail.written;

	return k && k->written_mail->placed;
}
