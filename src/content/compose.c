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
static struct boundary
boundary_of(const struct compose *c, char kind)
{
	struct boundary b;
	unsigned n = 0;

	do {
		snprintf(b.text, sizeof b.text, "=_%c%u_%.*s", kind, n++,
			(int)str_head(c->seed, SEED_MAX).n, c->seed.p);
	} while (str_find_str(c->text, str_z(b.text)) < c->text.n ||
		 str_find_str(c->html, str_z(b.text)) < c->html.n);
	return b;
}

/* ---- what may be in a header */

static bool
clean(struct str s)
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

static const char *
wrong_with(const struct compose *c)
{
	if (!clean(c->from) || !clean(c->to) || !clean(c->cc))
		return "an address holds control characters or bytes that are not UTF-8";
	if (!clean(c->subject))
		return "the subject holds control characters or bytes that are not UTF-8";
	for (size_t i = 0; i < c->nheaders; i++) {
		if (!field_name(c->headers[i].name))
			return "a header's name may hold only printable ASCII without ':'";
		if (own_field(c->headers[i].name))
			return "this header is written from the options; it cannot be given "
			       "twice";
		if (!clean(c->headers[i].value))
			return "a header's value holds control characters or bytes that are "
			       "not UTF-8";
	}
	for (size_t i = 0; i < c->nfiles; i++)
		if (!clean(c->files[i].name) || !clean(c->files[i].type))
			return "a file's name holds control characters or bytes that are not "
			       "UTF-8";
	return NULL;
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
leaf(struct buf *out, const char *type, struct str text)
{
	buf_printf(out, "Content-Type: %s;", type);
	compose_text_leaf(out, text);
}

static void
bodies(struct buf *out, const struct compose *c)
{
	struct boundary b;

	if (c->html.n == 0 || c->text.n == 0) {
		if (c->html.n > 0)
			leaf(out, "text/html", c->html);
		else
			leaf(out, "text/plain", c->text);
		return;
	}
	b = boundary_of(c, 'a');
	buf_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n",
		b.text);
	buf_printf(out, "--%s\r\n", b.text);
	leaf(out, "text/plain", c->text);
	/* The line end before a boundary is the boundary's (RFC 2046 5.1.1). */
	buf_printf(out, "\r\n--%s\r\n", b.text);
	leaf(out, "text/html", c->html);
	buf_printf(out, "\r\n--%s--\r\n", b.text);
}

static void
attachment(struct buf *out, const struct compose_file *f)
{
	struct str type = f->type.n ? f->type : compose_type(f->name);

	buf_printf(out,
		"Content-Type: %.*s\r\nContent-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment",
		STR_ARG(type));
	compose_text_param(out, STR_LIT("filename"), f->name);
	buf_put_z(out, "\r\n\r\n");
	text_b64_lines(out, f->bytes);
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
header(struct buf *out, const struct compose *c)
{
	char date[UTC_TEXT_SIZE];

	if (!replaced(c, "date"))
		buf_printf(out, "Date: %s\r\n", utc_rfc5322(date, c->date));
	compose_text_mailboxes(out, STR_LIT("From"), c->from);
	compose_text_mailboxes(out, STR_LIT("To"), c->to);
	if (c->cc.n > 0)
		compose_text_mailboxes(out, STR_LIT("Cc"), c->cc);
	compose_text_field(out, STR_LIT("Subject"), c->subject);
	/* Not folded: a long id would be spoilt by encoded words. */
	if (!replaced(c, "message-id"))
		buf_printf(out, "Message-ID: %.*s\r\n", STR_ARG(c->message_id));
	for (size_t i = 0; i < c->nheaders; i++)
		compose_text_field(out, c->headers[i].name, c->headers[i].value);
	buf_put_z(out, "MIME-Version: 1.0\r\n");
}

int
compose_write(struct buf *out, const struct compose *c, const char **ret_why)
{
	const char *why = wrong_with(c);
	size_t before = out->n;
	struct boundary b;

	if (why) {
		*ret_why = why;
		return -EINVAL;
	}
	header(out, c);
	if (c->nfiles == 0) {
		bodies(out, c);
	} else {
		b = boundary_of(c, 'm');
		buf_printf(out,
			"Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n\r\n--%s\r\n",
			b.text, b.text);
		bodies(out, c);
		for (size_t i = 0; i < c->nfiles; i++) {
			buf_printf(out, "\r\n--%s\r\n", b.text);
			attachment(out, &c->files[i]);
		}
		buf_printf(out, "\r\n--%s--\r\n", b.text);
	}
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}
