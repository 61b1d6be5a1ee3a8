/* Laws: whatever the mail, each JSON format gives JSON whose texts and files are byte for byte
 * those that inbound_view reads of the mail; each form is read back with exactly the fields
 * that the mail calls for, in their order: texts and files as in the view, the raw mail as it
 * came, JSON where JSON is; the same letter makes the same post. */
#include "report/inbound.h"

#include "base/must.h"
#include "base/text.h"
#include "report/inbound_formats.h"
#include "wire/charset.h"
#include "wire/form.h"

#include <jansson.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- JSON */

/* p NULL: it is to be null, or is not to be there. */
static void
check_text(const json_t *object, const char *name, struct str want)
{
	const json_t *got = json_object_get(object, name);

	must(want.p ? json_is_string(got) : !got || json_is_null(got));
	if (want.p)
		must(str_eq(str_of(json_string_value(got), json_string_length(got)), want));
}

static void
check_b64(const json_t *object, const char *name, struct str want)
{
	struct buf b;

	buf_init(&b, want.n);
	must(text_b64_decode(&b, str_z(json_string_value(json_object_get(object, name)))) == 0);
	must(str_eq(buf_str(&b), want));
	buf_done(&b);
}

static void
check_list(
	const json_t *list, const char *name, const char *content, const struct inbound_view *v)
{
	must(json_array_size(list) == v->nfiles);
	for (size_t i = 0; i < v->nfiles; i++) {
		check_text(json_array_get(list, i), name, v->files[i].name);
		check_b64(json_array_get(list, i), content, v->files[i].bytes);
	}
}

static struct str
or_empty(struct str s)
{
	return s.p ? s : STR_NONE;
}

static void
check_mailjet(const json_t *j, const struct inbound_view *v)
{
	const struct str none = { NULL, 0 };
	size_t n[2] = { 0, 0 };

	check_text(j, "Text-part", v->text_part ? or_empty(v->text) : none);
	check_text(j, "Html-part", v->html_part ? or_empty(v->html) : none);
	must(json_array_size(json_object_get(j, "Parts")) ==
		v->nfiles + (v->text_part != NULL) + (v->html_part != NULL));
	for (size_t i = 0; i < v->nfiles; i++) {
		bool in = v->files[i].inline_;
		char ref[40];

		snprintf(ref, sizeof ref, "%sAttachment%zu", in ? "Inline" : "", ++n[in]);
		check_b64(j, ref, v->files[i].bytes);
	}
}

static void
check_json(enum inbound_format format, struct str body, const struct inbound_view *v)
{
	json_t *j = json_loadb(body.p, body.n, JSON_ALLOW_NUL, NULL);
	const json_t *data = json_object_get(j, "data");

	must(json_is_object(j));
	if (format == INBOUND_NATIVE) {
		check_text(data, "text", v->text);
		check_text(data, "html", v->html);
		check_list(json_object_get(data, "attachments"), "name", "content", v);
	} else if (format == INBOUND_POSTMARK) {
		check_text(j, "TextBody", or_empty(v->text));
		check_text(j, "HtmlBody", or_empty(v->html));
		check_list(json_object_get(j, "Attachments"), "Name", "Content", v);
	} else {
		check_mailjet(j, v);
	}
	json_decref(j);
}

/* ---- forms */

struct reading {
	struct form f;
	size_t at;
};

static struct str
next(struct reading *r, const char *name)
{
	must(r->at < r->f.n && str_eq_z(r->f.parts[r->at].name, name));
	return r->f.parts[r->at++].bytes;
}

static void
next_is(struct reading *r, const char *name, struct str want)
{
	must(str_eq(next(r, name), want));
}

static void
next_json(struct reading *r, const char *name)
{
	struct str s = next(r, name);
	json_t *j = json_loadb(s.p, s.n, JSON_ALLOW_NUL, NULL);

	must(json_is_object(j));
	json_decref(j);
}

static void
check_head(struct reading *r, struct str head)
{
	struct buf b;

	if (str_ends(head, STR_LIT("\r\n\r\n")))
		head = str_head(head, head.n - 2);
	buf_init(&b, 3 * head.n + 1);
	must(charset_text(&b, STR_NONE, head) == 0);
	next_is(r, "headers", buf_str(&b));
	buf_done(&b);
}

static void
check_files(struct reading *r, const struct inbound_view *v)
{
	char text[40];
	bool cids = false;

	snprintf(text, sizeof text, "%zu", v->nfiles);
	next_is(r, "attachments", str_z(text));
	for (size_t i = 0; i < v->nfiles; i++)
		cids = cids || v->files[i].cid.n > 0;
	if (v->nfiles)
		next_json(r, "attachment-info");
	if (cids)
		next_json(r, "content-ids");
	for (size_t i = 0; i < v->nfiles; i++) {
		snprintf(text, sizeof text, "attachment%zu", i + 1);
		next_is(r, text, v->files[i].bytes);
		must(r->f.parts[r->at - 1].file_name.p != NULL);
	}
}

static void
check_form(const struct inbound_letter *l, const struct inbound_post *p,
	const struct inbound_view *v)
{
	bool raw = l->format == INBOUND_SENDGRID_RAW;
	struct reading r = { .at = 0 };
	struct str boundary;
	const char *why;
	struct arena a;

	arena_init(&a, 64u << 20);
	must(form_kind(&a, p->fields[0].value, &boundary) == FORM_MULTIPART);
	must(form_multipart(&a, buf_str(&p->body), boundary, &r.f, &why) == 0);
	if (raw)
		next_is(&r, "email", l->bytes);
	else
		check_head(&r, v->head);
	if (!raw && v->text.p)
		next_is(&r, "text", v->text);
	if (!raw && v->html.p)
		next_is(&r, "html", v->html);
	next_is(&r, "to", v->to.line);
	if (v->cc.line.n)
		next_is(&r, "cc", v->cc.line);
	next_is(&r, "from", v->from.line);
	next_is(&r, "subject", v->subject);
	next_is(&r, "sender_ip", v->client);
	next_json(&r, "envelope");
	next_json(&r, "charsets");
	if (!raw)
		check_files(&r, v);
	must(r.at == r.f.n);
	arena_done(&a);
}

/* ---- all */

static void
check_same(const struct inbound_post *p, const struct inbound_post *again)
{
	must(str_eq(buf_str(&p->body), buf_str(&again->body)));
	must(p->nfields == again->nfields);
	for (size_t i = 0; i < p->nfields; i++)
		must(strcmp(p->fields[i].name, again->fields[i].name) == 0 &&
			str_eq(p->fields[i].value, again->fields[i].value));
}

static void
check(const struct inbound_letter *l, const struct inbound_view *v)
{
	struct inbound_post p, again;

	if (inbound_write(l, &p) < 0)
		return;
	must(inbound_write(l, &again) == 0);
	check_same(&p, &again);
	if (l->format == INBOUND_SENDGRID || l->format == INBOUND_SENDGRID_RAW)
		check_form(l, &p, v);
	else
		check_json(l->format, buf_str(&p.body), v);
	inbound_post_done(&p);
	inbound_post_done(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct inbound_letter l = { .bytes = str_of(data, size),
		.sender = STR_LIT("a@there.test"),
		.recipient = STR_LIT("b+c@parse.test"),
		.id = STR_LIT("7"),
		.secret = STR_NONE,
		.now = INT64_C(1700000000000000) };
	struct inbound_view *v;
	struct arena a;

	arena_init(&a, size * 6 + (1u << 20));
	v = arena_alloc(&a, sizeof *v);
	if (v && inbound_view_read(&a, &l, v) == 0) {
		for (int f = 0; f < INBOUND_FORMATS; f++) {
			l.format = (enum inbound_format)f;
			check(&l, v);
		}
	}
	arena_done(&a);
	return 0;
}
