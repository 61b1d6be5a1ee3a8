#include "content/compose.h"

#include "base/text.h"
#include "base/utc.h"
#include "content/compose_text.h"

#include <errno.h>

#define SEED_MAX 64

struct boundary {
	char text[SEED_MAX + 16];
};

/* "=_" is in no quoted-printable or base64 text; in plain text it may be, by chance: then the
 * number grows. */
static bool
holds(const struct compose *c, struct str boundary)
{
	bool found = str_find_str(c->text, boundary) < c->text.n ||
	             str_find_str(c->html, boundary) < c->html.n;

	for (size_t i = 0; i < c->nothers && !found; i++)
		found = str_find_str(c->others[i].text, boundary) < c->others[i].text.n;
	return found;
}

static struct boundary
boundary_of(const struct compose *c, char kind)
{
	struct boundary b;
	unsigned n = 0;

	do {
		snprintf(b.text, sizeof b.text, "=_%c%u_%.*s", kind, n++,
			(int)str_head(c->seed, SEED_MAX).n, c->seed.p);
	} while (holds(c, str_z(b.text)));
	return b;
}

/* ---- what may be in a header */

bool
compose_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 32 || s.p[i] == 127)
			return false;
	return text_is_utf8(s);
}

static bool
field_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 32 || s.p[i] > 126 || s.p[i] == ':')
			return false;
	return s.n > 0 && s.n <= 76;
}

static bool
own_field(struct str name)
{
	static const char *const own[] = { "from", "to", "cc", "bcc", "subject", "mime-version",
		"content-type", "content-transfer-encoding", "content-disposition" };

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (str_ieq_z(name, own[i]))
			return true;
	return false;
}

/* type/subtype and parameters, as far as the field cannot be spoilt (RFC 2045 5.1). A
 * multipart would need boundaries that we do not write. */
static bool
media_type(struct str s)
{
	size_t slash = str_find(s, '/');

	if (str_istarts(str_trim(s), STR_LIT("multipart/")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 32 || s.p[i] > 126)
			return false;
	return slash > 0 && slash + 1 < s.n && s.n <= 200;
}

/* RFC 2392: an address without its brackets; what images of real mail carry is wider. */
static bool
content_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 32 || s.p[i] > 126 || s.p[i] == '<' || s.p[i] == '>')
			return false;
	return s.n <= 250;
}

const char *
compose_wrong_field(const struct compose_header *h)
{
	if (!field_name(h->name))
		return "a field's name may hold only printable ASCII without ':'";
	if (!compose_clean(h->value))
		return "a field's value holds control characters or bytes that are not UTF-8";
	return NULL;
}

const char *
compose_wrong_file(const struct compose_file *f)
{
	if (!compose_clean(f->name))
		return "a file's name holds control characters or bytes that are not UTF-8";
	if (f->name.n > COMPOSE_FILE_NAME_MAX)
		return "a file's name is too long";
	if (f->type.n > 0 && !media_type(f->type))
		return "a file's type is no media type such as image/png";
	if (!content_id(f->content_id))
		return "a content id may hold only printable ASCII without spaces, < and >";
	return NULL;
}

const char *
compose_wrong_part(const struct compose_part *p)
{
	return media_type(p->type)
	               ? NULL
	               : "the type of a part is no media type such as text/calendar";
}

static const char *
wrong_with_parts(const struct compose *c)
{
	const char *why = NULL;

	for (size_t i = 0; i < c->nheaders && !why; i++) {
		why = compose_wrong_field(&c->headers[i]);
		if (!why && own_field(c->headers[i].name))
			why = "this header is written from the options; it cannot be given "
			      "twice";
	}
	for (size_t i = 0; i < c->nfiles && !why; i++)
		why = compose_wrong_file(&c->files[i]);
	for (size_t i = 0; i < c->nothers && !why; i++)
		why = compose_wrong_part(&c->others[i]);
	return why;
}

static const char *
wrong_with(const struct compose *c)
{
	const struct str lists[] = { c->from, c->to, c->cc, c->sender, c->reply_to };

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (!compose_clean(lists[i]))
			return "an address holds control characters or bytes that are not "
			       "UTF-8";
	if (!compose_clean(c->subject))
		return "the subject holds control characters or bytes that are not UTF-8";
	return wrong_with_parts(c);
}

/* ---- the parts */

struct str
compose_type(struct str file_name)
{
	static const struct {
		const char *end;
		const char *type;
	} table[] = { { ".txt", "text/plain" }, { ".csv", "text/csv" },
		{ ".ics", "text/calendar" }, { ".html", "text/html" }, { ".htm", "text/html" },
		{ ".xml", "application/xml" }, { ".json", "application/json" },
		{ ".pdf", "application/pdf" }, { ".zip", "application/zip" },
		{ ".gz", "application/gzip" }, { ".png", "image/png" },
		{ ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".gif", "image/gif" },
		{ ".webp", "image/webp" }, { ".svg", "image/svg+xml" },
		{ ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml."
			   "document" },
		{ ".xlsx",
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
		{ ".odt", "application/vnd.oasis.opendocument.text" },
		{ ".ods", "application/vnd.oasis.opendocument.spreadsheet" } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_iends(file_name, str_z(table[i].end)))
			return str_z(table[i].type);
	return STR_LIT("application/octet-stream");
}

static void
leaf(struct buf *out, struct str type, struct str text)
{
	buf_printf(out, "Content-Type: %.*s;", STR_ARG(type));
	compose_text_leaf(out, text);
}

static void
file(struct buf *out, const struct compose_file *f)
{
	struct str type = f->type.n ? f->type : compose_type(f->name);

	buf_printf(out, "Content-Type: %.*s\r\nContent-Transfer-Encoding: base64\r\n",
		STR_ARG(type));
	if (f->content_id.n > 0)
		buf_printf(out, "Content-ID: <%.*s>\r\n", STR_ARG(f->content_id));
	buf_put_z(out, f->content_id.n > 0 ? "Content-Disposition: inline"
					   : "Content-Disposition: attachment");
	if (f->name.n > 0)
		compose_text_param(out, STR_LIT("filename"), f->name);
	buf_put_z(out, "\r\n\r\n");
	text_b64_lines(out, f->bytes);
}

/* A multipart of n parts; of one part only that part is written. */
struct level {
	struct buf *out;
	struct boundary b;
	bool on, open;
};

static struct level
level_begin(struct buf *out, const struct compose *c, const char *kind, size_t n)
{
	struct level l = { .out = out, .on = n > 1 };

	if (!l.on)
		return l;
	l.b = boundary_of(c, kind[0]);
	buf_printf(
		out, "Content-Type: multipart/%s;\r\n boundary=\"%s\"\r\n\r\n", kind, l.b.text);
	return l;
}

/* The line end before a boundary is the boundary's (RFC 2046 5.1.1). */
static void
level_part(struct level *l)
{
	if (l->on)
		buf_printf(l->out, "%s--%s\r\n", l->open ? "\r\n" : "", l->b.text);
	l->open = true;
}

static void
level_end(struct level *l)
{
	if (l->on)
		buf_printf(l->out, "\r\n--%s--\r\n", l->b.text);
}

static size_t
count_inside(const struct compose *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nfiles && c->html.n > 0; i++)
		n += c->files[i].content_id.n > 0;
	return n;
}

static void
html(struct buf *out, const struct compose *c)
{
	struct level l = level_begin(out, c, "related", 1 + count_inside(c));

	level_part(&l);
	leaf(out, STR_LIT("text/html"), c->html);
	for (size_t i = 0; i < c->nfiles; i++) {
		if (c->files[i].content_id.n == 0)
			continue;
		level_part(&l);
		file(out, &c->files[i]);
	}
	level_end(&l);
}

static void
others(struct level *l, const struct compose *c, bool amp)
{
	for (size_t i = 0; i < c->nothers; i++) {
		if (str_ieq_z(c->others[i].type, "text/x-amp-html") != amp)
			continue;
		level_part(l);
		leaf(l->out, c->others[i].type, c->others[i].text);
	}
}

static void
bodies(struct buf *out, const struct compose *c)
{
	/* A message of nothing has an empty text. */
	bool text = c->text.n > 0 || (c->html.n == 0 && c->nothers == 0);
	size_t n = c->nothers + (text ? 1 : 0) + (c->html.n > 0 ? 1 : 0);
	struct level l = level_begin(out, c, "alternative", n);

	if (text) {
		level_part(&l);
		leaf(out, STR_LIT("text/plain"), c->text);
	}
	others(&l, c, true);
	if (c->html.n > 0) {
		level_part(&l);
		html(out, c);
	}
	others(&l, c, false);
	level_end(&l);
}

static void
content(struct buf *out, const struct compose *c)
{
	struct level l = level_begin(out, c, "mixed", 1 + c->nfiles - count_inside(c));

	level_part(&l);
	bodies(out, c);
	for (size_t i = 0; i < c->nfiles; i++) {
		/* Without HTML there is no inside. */
		if (c->files[i].content_id.n > 0 && c->html.n > 0)
			continue;
		level_part(&l);
		file(out, &c->files[i]);
	}
	level_end(&l);
}

static bool
replaced(const struct compose *c, const char *name)
{
	for (size_t i = 0; i < c->nheaders; i++)
		if (str_ieq_z(c->headers[i].name, name))
			return true;
	return false;
}

static void
mailboxes(struct buf *out, const char *name, struct str list)
{
	if (list.n > 0)
		compose_text_mailboxes(out, str_z(name), list);
}

static void
header(struct buf *out, const struct compose *c)
{
	char date[UTC_TEXT_SIZE];

	if (!replaced(c, "date"))
		buf_printf(out, "Date: %s\r\n", utc_rfc5322(date, c->date));
	mailboxes(out, "From", c->from);
	mailboxes(out, "Sender", c->sender);
	mailboxes(out, "Reply-To", c->reply_to);
	mailboxes(out, "To", c->to);
	mailboxes(out, "Cc", c->cc);
	compose_text_field(out, STR_LIT("Subject"), c->subject);
	/* Not folded: a long id would be spoilt by encoded words. */
	if (!replaced(c, "message-id"))
		buf_printf(out, "Message-ID: %.*s\r\n", STR_ARG(c->message_id));
	for (size_t i = 0; i < c->nheaders; i++) {
		const struct compose_header *h = &c->headers[i];

		if (str_ieq_z(h->name, "message-id"))
			buf_printf(out, "Message-ID: %.*s\r\n", STR_ARG(h->value));
		else
			compose_text_field(out, h->name, h->value);
	}
	buf_put_z(out, "MIME-Version: 1.0\r\n");
}

int
compose_write(struct buf *out, const struct compose *c, const char **ret_why)
{
	const char *why = wrong_with(c);
	size_t before = out->n;

	if (why) {
		*ret_why = why;
		return -EINVAL;
	}
	header(out, c);
	content(out, c);
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}
