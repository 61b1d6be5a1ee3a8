/* SendGrid's inbound parse: multipart/form-data (RFC 7578), parsed or with the raw mail. */
#include "base/text.h"
#include "report/inbound_formats.h"
#include "report/inbound_put.h"
#include "wire/charset.h"

#include <stdio.h>

struct form {
	struct buf *b;
	struct str boundary;
};

static void
put_begin(struct form *f, const char *name)
{
	buf_printf(f->b, "--%.*s\r\nContent-Disposition: form-data; name=\"%s\"",
		STR_ARG(f->boundary), name);
}

static void
put_text(struct form *f, const char *name, struct str value)
{
	put_begin(f, name);
	buf_put_z(f->b, "\r\n\r\n");
	buf_put(f->b, value);
	buf_put_z(f->b, "\r\n");
}

/* Foreign text in a quoted parameter, as WHATWG's form encoding has it. */
static void
put_quoted(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_put_z(b, "%22");
		else
			buf_put_c(b, (unsigned char)s.p[i] < ' ' ? ' ' : s.p[i]);
	}
}

static void
put_file(struct form *f, size_t number, const struct inbound_file *file)
{
	char name[40];

	snprintf(name, sizeof name, "attachment%zu", number);
	put_begin(f, name);
	buf_put_z(f->b, "; filename=\"");
	put_quoted(f->b, file->name);
	buf_put_z(f->b, "\"\r\nContent-Type: ");
	put_quoted(f->b, file->type);
	buf_put_z(f->b, "\r\n\r\n");
	buf_put(f->b, file->bytes);
	buf_put_z(f->b, "\r\n");
}

/* A field that is JSON. */
static struct inbound_put
json_begin(struct form *f, const char *name)
{
	struct inbound_put p = { f->b, false };

	put_begin(f, name);
	buf_put_z(f->b, "\r\n\r\n");
	inbound_put_open(&p, NULL, '{');
	return p;
}

static void
json_end(struct form *f, struct inbound_put *p)
{
	inbound_put_close(p, '}');
	buf_put_z(f->b, "\r\n");
}

static void
put_envelope(struct form *f, const struct inbound_view *v)
{
	struct inbound_put p = json_begin(f, "envelope");

	inbound_put_open(&p, "to", '[');
	inbound_put_text(&p, NULL, v->recipient);
	inbound_put_close(&p, ']');
	inbound_put_text(&p, "from", v->sender);
	json_end(f, &p);
}

static void
put_charsets(struct form *f, const struct inbound_view *v, bool raw)
{
	const struct str utf8 = STR_LIT("UTF-8");
	struct inbound_put p = json_begin(f, "charsets");

	inbound_put_text(&p, "to", utf8);
	inbound_put_text(&p, "cc", utf8);
	inbound_put_text(&p, "from", utf8);
	inbound_put_text(&p, "subject", utf8);
	if (!raw && v->text.p)
		inbound_put_text(&p, "text", utf8);
	if (!raw && v->html.p)
		inbound_put_text(&p, "html", utf8);
	json_end(f, &p);
}

static void
put_info(struct form *f, const struct inbound_view *v)
{
	struct inbound_put p = json_begin(f, "attachment-info");
	char name[40];

	for (size_t i = 0; i < v->nfiles; i++) {
		const struct inbound_file *file = &v->files[i];

		snprintf(name, sizeof name, "attachment%zu", i + 1);
		inbound_put_open(&p, name, '{');
		inbound_put_text(&p, "filename", file->name);
		inbound_put_text(&p, "name", file->name);
		inbound_put_text(&p, "type", file->type);
		if (file->cid.n)
			inbound_put_text(&p, "content-id", file->cid);
		inbound_put_close(&p, '}');
	}
	json_end(f, &p);
}

static void
put_cids(struct form *f, const struct inbound_view *v)
{
	struct inbound_put p = json_begin(f, "content-ids");
	char name[40];

	for (size_t i = 0; i < v->nfiles; i++) {
		if (v->files[i].cid.n == 0)
			continue;
		snprintf(name, sizeof name, "attachment%zu", i + 1);
		inbound_put_name(&p, v->files[i].cid);
		inbound_put_text(&p, NULL, str_z(name));
	}
	json_end(f, &p);
}

static void
put_files(struct form *f, const struct inbound_view *v)
{
	char n[20];
	bool cids = false;

	snprintf(n, sizeof n, "%zu", v->nfiles);
	put_text(f, "attachments", str_z(n));
	for (size_t i = 0; i < v->nfiles; i++)
		cids = cids || v->files[i].cid.n > 0;
	if (v->nfiles)
		put_info(f, v);
	if (cids)
		put_cids(f, v);
	for (size_t i = 0; i < v->nfiles; i++)
		put_file(f, i + 1, &v->files[i]);
}

/* The header block without its empty line; bytes that are no text become U+FFFD. */
static void
put_head(struct form *f, const struct inbound_view *v)
{
	struct str head = v->head;

	if (str_ends(head, STR_LIT("\r\n\r\n")))
		head = str_head(head, head.n - 2);
	put_begin(f, "headers");
	buf_put_z(f->b, "\r\n\r\n");
	if (charset_text(f->b, STR_NONE, head) < 0)
		f->b->full = true;
	buf_put_z(f->b, "\r\n");
}

void
inbound_sendgrid(struct buf *b, const struct inbound_letter *l, const struct inbound_view *v,
	struct str boundary)
{
	bool raw = l->format == INBOUND_SENDGRID_RAW;
	struct form f = { b, boundary };

	if (raw) {
		put_text(&f, "email", l->bytes);
	} else {
		put_head(&f, v);
		if (v->text.p)
			put_text(&f, "text", v->text);
		if (v->html.p)
			put_text(&f, "html", v->html);
	}
	put_text(&f, "to", v->to.line);
	if (v->cc.line.n)
		put_text(&f, "cc", v->cc.line);
	put_text(&f, "from", v->from.line);
	put_text(&f, "subject", v->subject);
	put_text(&f, "sender_ip", v->client);
	put_envelope(&f, v);
	put_charsets(&f, v, raw);
	if (!raw)
		put_files(&f, v);
	buf_printf(b, "--%.*s--\r\n", STR_ARG(boundary));
}
