#include "content/mime_texts.h"

#include "base/mem.h"
#include "content/compose_text.h"
#include "content/track_mime.h"
#include "wire/charset.h"
#include "wire/header.h"

#include <errno.h>

#define ARENA_MAX (1u << 16)
#define CRLF      STR_LIT("\r\n")

/* ---- which parts ---- */

static bool
well_formed(struct str head)
{
	struct header_field f;
	int got;

	while ((got = header_next(&head, &f)) > 0)
		;
	return got == 0;
}

static enum mime_texts_why
judge(const struct mime_in *m)
{
	static const char *const sealed[] = { "multipart/signed", "multipart/encrypted",
		"application/pkcs7-mime", "application/x-pkcs7-mime" };

	for (size_t i = 0; i < m->n; i++) {
		for (size_t k = 0; k < sizeof sealed / sizeof *sealed; k++)
			if (str_ieq_z(m->parts[i].type, sealed[k]))
				return MIME_TEXTS_SIGNED;
		if (m->parts[i].multipart && m->parts[i].coding != MIME_IN_PLAIN)
			return MIME_TEXTS_ODD;
		/* Fields that are put behind these must be found. */
		if (m->parts[i].head.n > MIME_IN_HEAD / 2)
			return MIME_TEXTS_ODD;
	}
	return m->cut || !well_formed(m->parts[0].head) ? MIME_TEXTS_ODD : MIME_TEXTS_OK;
}

/* 0; -E2BIG; -EINVAL: nobody knows what it says. */
static int
read_leaf(struct arena *a, const struct mime_in_part *p, enum track_leaf_code code,
	struct str *ret_text)
{
	struct str charset = mime_in_param(a, p, "charset");
	struct buf plain, text;
	int err;

	buf_init(&plain, p->body.n + 1);
	buf_init(&text, 3 * p->body.n + 1);
	err = track_leaf_decode(&plain, p->body, code);
	if (!err && charset.n && charset_of(charset) == CHARSET_NONE)
		for (size_t i = 0; i < plain.n && !err; i++)
			err = (unsigned char)plain.p[i] > 127 ? -EINVAL : 0;
	if (!err)
		err = charset_text(&text, charset, buf_str(&plain));
	if (!err)
		*ret_text = arena_str(a, buf_str(&text));
	if (!err && !ret_text->p)
		err = -E2BIG;
	buf_done(&plain);
	buf_done(&text);
	return err;
}

/* A PGP text is a leaf as any other, to look at. */
static bool
has_pgp(struct arena *a, const struct mime_in_part *p)
{
	const struct str mark = STR_LIT("-----BEGIN PGP ");
	struct str text = mime_in_text(a, p, p->body.n + 1);

	return str_find_str(text, mark) < text.n || str_find_str(p->body, mark) < p->body.n;
}

int
mime_texts_find(struct arena *a, struct str message, bool wanted, struct mime_texts *ret_m,
	enum mime_texts_why *ret_why)
{
	enum track_leaf_code codes[2] = { TRACK_LEAF_PLAIN, TRACK_LEAF_PLAIN };
	struct mime_texts *m = ret_m;
	size_t *const at[] = { &m->html, &m->text };
	int err = 0;

	*m = (struct mime_texts){ .html = SIZE_MAX, .text = SIZE_MAX, .message = message };
	m->was[0] = m->was[1] = STR_NONE;
	mime_in_walk(a, message, &m->mime);
	*ret_why = judge(&m->mime);
	for (size_t i = 0; i < m->mime.n && *ret_why == MIME_TEXTS_OK; i++) {
		enum track_leaf_code code;
		enum track_mime_kind kind = track_mime_leaf(a, &m->mime, i, &code);
		size_t k = kind == TRACK_MIME_HTML ? 0 : 1;

		if (kind == TRACK_MIME_OTHER)
			continue;
		if (has_pgp(a, &m->mime.parts[i]))
			*ret_why = MIME_TEXTS_SIGNED;
		if (*at[k] != SIZE_MAX)
			continue;
		*at[k] = i;
		codes[k] = code;
	}
	if (*ret_why == MIME_TEXTS_OK && m->html == SIZE_MAX && m->text == SIZE_MAX)
		*ret_why = MIME_TEXTS_NONE;
	for (size_t k = 0; k < 2 && wanted && !err && *ret_why == MIME_TEXTS_OK; k++)
		if (*at[k] != SIZE_MAX)
			err = read_leaf(a, &m->mime.parts[*at[k]], codes[k], &m->was[k]);
	if (err == -EINVAL) {
		*ret_why = MIME_TEXTS_ODD;
		err = 0;
	}
	return err;
}

/* ---- the message anew ---- */

static void
put_leaf(struct buf *out, const char *type, struct str text)
{
	buf_put_z(out, "Content-Type: ");
	buf_put_z(out, type);
	buf_put_c(out, ';');
	(void)compose_text_leaf(out, text);
}

static void
put_alternative(struct buf *out, const struct mime_texts_new *n)
{
	buf_printf(out,
		"Content-Type: multipart/alternative;\r\n boundary=\"=_t%.*s\"\r\n\r\n"
		"--=_t%.*s\r\n",
		STR_ARG(n->seed), STR_ARG(n->seed));
	put_leaf(out, "text/plain", n->text);
	buf_printf(out, "\r\n--=_t%.*s\r\n", STR_ARG(n->seed));
	put_leaf(out, "text/html", n->html);
	buf_printf(out, "\r\n--=_t%.*s--\r\n", STR_ARG(n->seed));
}

static bool
one_of(struct str name, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (str_ieq_z(name, names[i]))
			return true;
	return false;
}

/* What the fields of a leaf say of a body that is gone. */
static const char *const of_body[] = { "Content-Type", "Content-Transfer-Encoding",
	"Content-MD5", "Content-Length", "Lines", NULL };

static void
put_mailboxes(struct buf *out, const char *name, struct str list)
{
	if (list.p)
		(void)compose_text_mailboxes(out, str_z(name), list);
}

/* Without the empty line. leaf: its body is another one. */
static void
put_head(struct buf *out, const struct mime_texts *m, size_t i, bool leaf,
	const struct mime_texts_new *n)
{
	struct str head = m->mime.parts[i].head;
	bool top = i == 0, mime = !top, subject = !top || !n->subject.p, to = !top;
	struct header_field f;

	while (header_next(&head, &f) > 0) {
		mime = mime || str_ieq_z(f.name, "MIME-Version");
		if (leaf && one_of(f.name, of_body))
			continue;
		if (top && n->subject.p && str_ieq_z(f.name, "Subject")) {
			if (!subject)
				(void)compose_text_field(out, STR_LIT("Subject"), n->subject);
			subject = true;
			continue;
		}
		if (top && n->from.p && str_ieq_z(f.name, "From")) {
			put_mailboxes(out, "From", n->from);
			continue;
		}
		if (top && n->to.p && str_ieq_z(f.name, "To")) {
			if (!to)
				put_mailboxes(out, "To", n->to);
			to = true;
			continue;
		}
		buf_put(out, f.all);
		if (!str_ends(f.all, CRLF))
			buf_put(out, CRLF);
	}
	if (!subject)
		(void)compose_text_field(out, STR_LIT("Subject"), n->subject);
	if (!to)
		put_mailboxes(out, "To", n->to);
	if (top)
		put_mailboxes(out, "Reply-To", n->reply_to);
	if (!mime)
		buf_put_z(out, "MIME-Version: 1.0\r\n");
}

/* The body of part i, with the fields that describe it. */
static void
put_text(struct buf *out, const struct mime_texts *m, size_t i, const struct mime_texts_new *n)
{
	bool alone = m->html == SIZE_MAX || m->text == SIZE_MAX;

	if (alone && n->html.n > 0 && n->text.n > 0)
		put_alternative(out, n);
	else if (i == m->text && (!alone || n->html.n == 0))
		put_leaf(out, "text/plain", n->text);
	else if (n->html.n > 0)
		put_leaf(out, "text/html", n->html);
	else
		put_leaf(out, "text/plain", n->text);
	/* The line end before a delimiter belongs to that (RFC 2046 5.1.1). */
	if (i > 0)
		buf_cut(out, out->n - CRLF.n);
}

static bool
as_meant(const struct mime_texts *m, const struct mime_texts_new *n, struct str made)
{
	bool alone = m->html == SIZE_MAX || m->text == SIZE_MAX;
	size_t more = alone && n->html.n > 0 && n->text.n > 0 ? 2 : 0;
	struct mime_in *again = MEM_NEW(again);
	struct arena a;
	bool ok;

	arena_init(&a, ARENA_MAX);
	mime_in_walk(&a, made, again);
	ok = again->n == m->mime.n + more && !again->cut;
	arena_done(&a);
	mem_free(again);
	return ok;
}

int
mime_texts_write(struct buf *out, const struct mime_texts *m, const struct mime_texts_new *n)
{
	const char *start = m->message.p;
	size_t before = out->n, done = 0;

	for (size_t i = 0; i < m->mime.n; i++) {
		const struct mime_in_part *p = &m->mime.parts[i];
		bool leaf = i == m->html || i == m->text;

		if (i > 0 && !leaf)
			continue;
		buf_put(out, str_of(start + done, (size_t)(p->head.p - start) - done));
		put_head(out, m, i, leaf, n);
		if (leaf) {
			put_text(out, m, i, n);
			done = (size_t)(p->body.p - start) + p->body.n;
		} else {
			buf_put(out, CRLF);
			done = (size_t)(p->body.p - start);
		}
	}
	buf_put(out, str_from(m->message, done));
	if (!out->full && as_meant(m, n, str_from(buf_str(out), before)))
		return 0;
	if (!out->full) {
		buf_cut(out, before);
		return -EINVAL;
	}
	buf_cut(out, before);
	return -E2BIG;
}
