/* Mailjet's Parse API: one object; texts and files as members of it, named by Parts. */
#include "report/inbound_formats.h"
#include "report/inbound_put.h"
#include "wire/header.h"

#include <stdio.h>

static bool
seen_before(const struct inbound_view *v, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_ieq(v->fields[k].name, v->fields[i].name))
			return true;
	return false;
}

/* A field that is there more than once is a list. */
static void
put_fields(struct inbound_put *p, const struct inbound_view *v)
{
	inbound_put_open(p, "Headers", '{');
	for (size_t i = 0; i < v->nfields; i++) {
		const struct inbound_field *f = &v->fields[i];
		size_t same = 0;

		if (seen_before(v, i))
			continue;
		for (size_t k = i; k < v->nfields; k++)
			same += str_ieq(v->fields[k].name, f->name);
		inbound_put_name(p, f->name);
		if (same > 1)
			inbound_put_open(p, NULL, '[');
		for (size_t k = i; k < v->nfields; k++)
			if (str_ieq(v->fields[k].name, f->name))
				inbound_put_text(p, NULL, v->fields[k].value);
		if (same > 1)
			inbound_put_close(p, ']');
	}
	inbound_put_close(p, '}');
}

static void
put_part(struct inbound_put *p, const struct mime_in_part *part, const char *ref)
{
	static const char *const names[] = { "Content-Type", "Content-Transfer-Encoding",
		"Content-Disposition", "Content-ID" };
	char text[2000 + 1];

	inbound_put_open(p, NULL, '{');
	inbound_put_open(p, "Headers", '{');
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str value = mime_in_field(part->head, names[i]);

		value = str_head(str_trim_all(value.p ? value : STR_NONE), sizeof text - 1);
		for (size_t k = 0; k < value.n; k++)
			text[k] = value.p[k] == '\r' || value.p[k] == '\n' ? ' ' : value.p[k];
		if (value.n)
			inbound_put_text(p, names[i], str_of(text, value.n));
	}
	inbound_put_close(p, '}');
	inbound_put_text(p, "ContentRef", str_z(ref));
	inbound_put_close(p, '}');
}

/* "Attachment1", "InlineAttachment1": each counted for itself. */
static void
file_ref(const struct inbound_view *v, size_t file, char dst[40])
{
	size_t n = 1;

	for (size_t i = 0; i < file; i++)
		n += v->files[i].inline_ == v->files[file].inline_;
	snprintf(dst, 40, "%s%zu", v->files[file].inline_ ? "InlineAttachment" : "Attachment",
		n);
}

static void
put_parts(struct inbound_put *p, const struct inbound_view *v)
{
	char ref[40];

	inbound_put_open(p, "Parts", '[');
	if (v->text_part)
		put_part(p, v->text_part, "Text-part");
	if (v->html_part)
		put_part(p, v->html_part, "Html-part");
	for (size_t i = 0; i < v->nfiles; i++) {
		file_ref(v, i, ref);
		put_part(p, v->files[i].part, ref);
	}
	inbound_put_close(p, ']');
	if (v->text_part)
		inbound_put_text(p, "Text-part", v->text.p ? v->text : STR_NONE);
	if (v->html_part)
		inbound_put_text(p, "Html-part", v->html.p ? v->html : STR_NONE);
	for (size_t i = 0; i < v->nfiles; i++) {
		file_ref(v, i, ref);
		inbound_put_b64(p, ref, v->files[i].bytes);
	}
}

void
inbound_mailjet(struct buf *b, const struct inbound_view *v)
{
	struct inbound_put p = { b, false };

	inbound_put_open(&p, NULL, '{');
	inbound_put_text(&p, "Sender", v->sender);
	inbound_put_text(&p, "Recipient", v->recipient);
	inbound_put_text(&p, "Date", v->date);
	inbound_put_text(&p, "From", v->from.line);
	inbound_put_text(&p, "Subject", v->subject);
	put_fields(&p, v);
	put_parts(&p, v);
	inbound_put_close(&p, '}');
}
