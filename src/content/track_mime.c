#include "content/track_mime.h"

#include "base/mem.h"
#include "content/track_leaf.h"
#include "wire/header.h"
#include "wire/mime_in.h"

#include <errno.h>

#define VALUE_MAX 2000u /* of a Content-Type; mime_in looks at no more */
#define ARENA_MAX (1u << 16)
#define CTE       "Content-Transfer-Encoding"

struct leaf {
	enum track_mime_kind kind;
	enum track_leaf_code code;
	size_t at, n; /* its new body in texts */
	bool changed;
	bool recoded; /* it is quoted-printable now */
};

struct job {
	const struct track_mime_plan *plan;
	struct arena arena;
	struct mime_in mime;
	struct leaf leaves[MIME_IN_PARTS];
	struct buf plain, made, texts, alone;
	bool pixel; /* still to be put */
	struct track_mime_result result;
};

/* ---- which leaves ---- */

/* Supersets of ASCII whose other characters have no byte below 128. */
static bool
charset_ok(struct str name)
{
	static const char *const whole[] = { "utf-8", "utf8", "us-ascii", "ascii", "latin1" };

	if (name.n == 0)
		return true;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (str_ieq_z(name, whole[i]))
			return true;
	return str_istarts(name, STR_LIT("iso-8859-")) ||
	       str_istarts(name, STR_LIT("windows-125"));
}

struct leaf_fields {
	unsigned type, code, disposition;
	struct str code_value, disposition_value;
	bool malformed;
};

static struct leaf_fields
fields_of(struct str head)
{
	struct leaf_fields l = { .code_value = STR_NONE, .disposition_value = STR_NONE };
	struct header_field f;
	int got;

	while ((got = header_next(&head, &f)) != 0) {
		if (got < 0) {
			l.malformed = true;
		} else if (str_ieq_z(f.name, "Content-Type")) {
			l.type++;
		} else if (str_ieq_z(f.name, CTE)) {
			l.code++;
			l.code_value = f.value;
		} else if (str_ieq_z(f.name, "Content-Disposition")) {
			l.disposition++;
			l.disposition_value = f.value;
		}
	}
	return l;
}

/* Shown where it stands: another disposition than inline is an attachment (RFC 2183 2.8), and
 * what has a name is a file to most readers. */
static bool
is_shown(struct arena *a, const struct mime_in_part *p, struct str disposition)
{
	struct str rest = str_head(disposition, VALUE_MAX), name, value;

	if (mime_in_param(a, p, "name").n > 0)
		return false;
	if (disposition.n == 0)
		return true;
	if (!str_ieq_z(str_trim_all(str_head(rest, str_find(rest, ';'))), "inline"))
		return false;
	value = str_from(rest, str_find(rest, ';'));
	for (name = value; name.n >= 8; name = str_from(name, 1))
		if (str_istarts(name, STR_LIT("filename")))
			return false;
	return true;
}

/* The multipart that holds part i. */
static const struct mime_in_part *
holder(const struct mime_in *m, size_t i)
{
	size_t depth = m->parts[i].depth;

	while (i-- > 0)
		if (m->parts[i].depth < depth)
			return &m->parts[i];
	return NULL;
}

static enum track_mime_kind
kind_of(const struct mime_in *m, size_t i)
{
	const struct mime_in_part *p = &m->parts[i], *in = holder(m, i);

	if (mime_in_is(p, "text/html"))
		return TRACK_MIME_HTML;
	if (p->type.n > 0)
		return str_ieq_z(p->type, "text/plain") ? TRACK_MIME_TEXT : TRACK_MIME_OTHER;
	/* A type that cannot be read is none that we know; in a digest a part without one is
	 * a message (RFC 2046 5.1.5). */
	if (p->value.n > 0 || (in && str_ieq_z(in->type, "multipart/digest")))
		return TRACK_MIME_OTHER;
	return TRACK_MIME_TEXT;
}

enum track_mime_kind
track_mime_leaf(
	struct arena *a, const struct mime_in *m, size_t i, enum track_leaf_code *ret_code)
{
	const struct mime_in_part *p = &m->parts[i];
	struct leaf_fields f = fields_of(p->head);

	*ret_code = TRACK_LEAF_PLAIN;
	if (p->multipart || f.malformed || f.type > 1 || f.code > 1 || f.disposition > 1 ||
		p->value.n > VALUE_MAX)
		return TRACK_MIME_OTHER;
	if (f.code > 0 && track_leaf_code(f.code_value, ret_code) < 0)
		return TRACK_MIME_OTHER;
	if (!charset_ok(mime_in_param(a, p, "charset")) ||
		str_ieq_z(mime_in_param(a, p, "delsp"), "yes") ||
		!is_shown(a, p, f.disposition_value))
		return TRACK_MIME_OTHER;
	return kind_of(m, i);
}

static void
judge(struct job *j, size_t i)
{
	struct leaf *l = &j->leaves[i];

	*l = (struct leaf){ .kind = TRACK_MIME_OTHER };
	if (j->mime.parts[i].body.n > 0)
		l->kind = track_mime_leaf(&j->arena, &j->mime, i, &l->code);
}

/* Before anything is changed: may it be? */
static enum track_mime_why
judge_all(struct job *j)
{
	struct mime_in *m = &j->mime;

	for (size_t i = 0; i < m->n; i++) {
		const struct mime_in_part *p = &m->parts[i];

		if (str_ieq_z(p->type, "multipart/signed") ||
			str_ieq_z(p->type, "multipart/encrypted"))
			return TRACK_MIME_SIGNED;
		if (p->multipart && p->coding != MIME_IN_PLAIN)
			return TRACK_MIME_ODD;
		if (p->multipart)
			j->leaves[i] = (struct leaf){ .kind = TRACK_MIME_OTHER };
		else
			judge(j, i);
	}
	return m->cut ? TRACK_MIME_ODD : TRACK_MIME_DONE;
}

/* ---- a leaf anew ---- */

/* In its encoding, or in quoted-printable where its lines are too long for none. */
static int
encode(struct job *j, size_t i, struct str text)
{
	const struct mime_in_part *p = &j->mime.parts[i];
	struct leaf *l = &j->leaves[i];
	int err;

	l->at = j->texts.n;
	if (l->code == TRACK_LEAF_B64) {
		err = track_leaf_b64(&j->texts, text, str_ends(p->body, STR_LIT("\r\n")));
	} else if (l->code == TRACK_LEAF_QP) {
		err = track_leaf_qp(&j->texts, text);
	} else if (track_leaf_plain(text)) {
		err = buf_put(&j->texts, text);
	} else if (mime_in_field(j->mime.parts[0].head, "MIME-Version").n == 0) {
		return 0; /* nobody would undo the encoding */
	} else {
		err = track_leaf_qp(&j->texts, text);
		l->recoded = true;
	}
	l->n = j->texts.n - l->at;
	l->changed = !err;
	j->result.leaves += l->changed;
	return err;
}

static int
rewrite(struct job *j, size_t i)
{
	const struct track_mime_plan *plan = j->plan;
	bool html = j->leaves[i].kind == TRACK_MIME_HTML;
	struct link_plan lp = { .ctx = plan->ctx,
		.tags = plan->tags,
		.apart = plan->apart.p ? plan->apart : STR_NONE,
		.pixel = html && j->pixel ? plan->pixel : STR_NONE,
		.alone = &j->alone };
	struct str text = buf_str(&j->plain);
	unsigned links = 0;
	int err;

	lp.make = (html ? plan->html : plan->text) ? plan->make : NULL;
	buf_clear(&j->made);
	err = html ? link_html(&j->made, text, &lp, &links)
	           : link_text(&j->made, text, &lp, &links);
	j->result.links += lp.make ? links : 0;
	if (err || str_eq(buf_str(&j->made), text))
		return err;
	err = encode(j, i, buf_str(&j->made));
	if (html && j->leaves[i].changed)
		j->pixel = false;
	return err;
}

static int
rewrite_all(struct job *j, enum track_mime_kind kind)
{
	int err = 0;

	for (size_t i = 0; i < j->mime.n && !err; i++) {
		const struct mime_in_part *p = &j->mime.parts[i];

		if (j->leaves[i].kind != kind || j->result.why != TRACK_MIME_DONE)
			continue;
		buf_clear(&j->plain);
		if (track_leaf_decode(&j->plain, p->body, j->leaves[i].code) < 0)
			continue; /* nobody knows what it says */
		if (str_find_str(buf_str(&j->plain), STR_LIT("-----BEGIN PGP ")) < j->plain.n)
			j->result.why = TRACK_MIME_SIGNED;
		else
			err = rewrite(j, i);
	}
	return err;
}

/* ---- the message anew ---- */

static void
put_head(struct buf *out, struct str head)
{
	const struct str value = STR_LIT(": quoted-printable\r\n");
	struct header_field f;
	bool done = false;

	while (header_next(&head, &f) > 0) {
		if (!str_ieq_z(f.name, CTE)) {
			buf_put(out, f.all);
			continue;
		}
		buf_put(out, f.name);
		buf_put(out, value);
		done = true;
	}
	if (!done) {
		buf_put_z(out, CTE);
		buf_put(out, value);
	}
	buf_put(out, head);
}

static void
splice(struct job *j, struct buf *out, struct str message)
{
	struct str texts = buf_str(&j->texts);
	size_t done = 0;

	for (size_t i = 0; i < j->mime.n; i++) {
		const struct mime_in_part *p = &j->mime.parts[i];
		const struct leaf *l = &j->leaves[i];
		size_t head = (size_t)(p->head.p - message.p);
		size_t body = (size_t)(p->body.p - message.p);

		if (!l->changed)
			continue;
		if (l->recoded) {
			buf_put(out, str_head(str_from(message, done), head - done));
			put_head(out, p->head);
			done = body;
		}
		buf_put(out, str_head(str_from(message, done), body - done));
		buf_put(out, str_head(str_from(texts, l->at), l->n));
		done = body + p->body.n;
	}
	buf_put(out, str_from(message, done));
}

/* A new line might read as a boundary: are the parts those that were there? */
static bool
same_parts(struct job *j, struct str message)
{
	struct mime_in *m = MEM_NEW(m);
	bool same;

	arena_reset(&j->arena);
	mime_in_walk(&j->arena, message, m);
	same = m->n == j->mime.n && !m->cut;
	for (size_t i = 0; same && i < m->n; i++) {
		const struct leaf *l = &j->leaves[i];

		same = m->parts[i].depth == j->mime.parts[i].depth &&
		       m->parts[i].multipart == j->mime.parts[i].multipart &&
		       (m->parts[i].multipart ||
			       m->parts[i].body.n ==
				       (l->changed ? l->n : j->mime.parts[i].body.n));
	}
	mem_free(m);
	return same;
}

static int
write_out(struct job *j, struct buf *out, struct str message)
{
	size_t before = out->n;

	if (j->result.why == TRACK_MIME_DONE && j->result.leaves > 0) {
		splice(j, out, message);
		if (out->full || same_parts(j, str_from(buf_str(out), before)))
			return out->full ? -E2BIG : 0;
		buf_cut(out, before);
		j->result.why = TRACK_MIME_ODD;
	}
	if (j->result.why != TRACK_MIME_DONE)
		j->result.leaves = j->result.links = 0;
	return buf_put(out, message);
}

int
track_mime(struct buf *out, struct str message, const struct track_mime_plan *plan,
	struct track_mime_result *ret_r)
{
	struct job *j = MEM_NEW(j);
	size_t before = out->n;
	int err;

	j->plan = plan;
	j->pixel = plan->pixel.n > 0;
	arena_init(&j->arena, ARENA_MAX);
	buf_init(&j->plain, message.n);
	buf_init(&j->made, out->max);
	buf_init(&j->texts, out->max);
	buf_init(&j->alone, LINK_ALONE_MAX);
	mime_in_walk(&j->arena, message, &j->mime);
	j->result.why = judge_all(j);
	/* HTML first: what its author excepts is excepted in the text too. */
	err = rewrite_all(j, TRACK_MIME_HTML);
	if (!err)
		err = rewrite_all(j, TRACK_MIME_TEXT);
	if (!err)
		err = write_out(j, out, message);
	if (err)
		buf_cut(out, before);
	else
		*ret_r = j->result;
	buf_done(&j->plain);
	buf_done(&j->made);
	buf_done(&j->texts);
	buf_done(&j->alone);
	arena_done(&j->arena);
	mem_free(j);
	return err;
}
