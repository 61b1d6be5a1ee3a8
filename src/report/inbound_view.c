#include "report/inbound_view.h"

#include "base/buf.h"
#include "report/inbound.h"
#include "wire/charset.h"
#include "wire/form.h"
#include "wire/header.h"

#include <errno.h>

#define NAME_MAX_ 200u

/* ---- fields ---- */

static struct str
line(struct arena *a, struct str value)
{
	return value.p ? mime_in_line(a, value, INBOUND_LINE_MAX) : STR_NONE;
}

static struct str
field(struct arena *a, const struct inbound_view *v, const char *name)
{
	return line(a, mime_in_field(v->head, name));
}

static void
read_fields(struct arena *a, struct inbound_view *v)
{
	struct str rest = str_head(v->head, MIME_IN_HEAD);
	struct header_field f;
	int got;

	while ((got = header_next(&rest, &f)) != 0) {
		if (got < 0)
			continue;
		if (v->nfields == INBOUND_FIELDS) {
			v->cut = true;
			return;
		}
		v->fields[v->nfields++] = (struct inbound_field){ mime_in_line(a, f.name, 200),
			line(a, f.value) };
	}
}

/* ---- people: a stranger's field, read as people would ---- */

/* The next mailbox, up to a comma outside quotes, comments and brackets. */
static struct str
next_person(struct str *rest)
{
	bool quoted = false, angle = false;
	unsigned comment = 0;
	size_t i = 0;
	struct str one;

	for (; i < rest->n; i++) {
		char c = rest->p[i];

		if (c == '\\' && (quoted || comment))
			i++;
		else if (c == '"' && !comment)
			quoted = !quoted;
		else if (!quoted && c == '(')
			comment++;
		else if (!quoted && c == ')' && comment)
			comment--;
		else if (!quoted && !comment && (c == '<' || c == '>'))
			angle = c == '<';
		else if (!quoted && !comment && !angle && (c == ',' || c == ';'))
			break;
	}
	one = str_head(*rest, i);
	*rest = str_from(*rest, i + 1);
	return str_trim_all(one);
}

/* A name without its quotes and their escapes. */
static struct str
unquoted(struct arena *a, struct str s)
{
	char *p;
	size_t n = 0;

	s = str_trim_all(s);
	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return s;
	s = str_of(s.p + 1, s.n - 2);
	p = arena_alloc(a, s.n + 1);
	if (!p)
		return STR_NONE;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		p[n++] = s.p[i];
	}
	return str_of(p, n);
}

static struct inbound_person
person_of(struct arena *a, struct str one)
{
	size_t open = str_rfind(one, '<'), close;
	struct inbound_person p = { STR_NONE, STR_NONE };

	if (open == one.n) {
		/* "ann@there.test (Ann)" */
		size_t paren = str_find(one, '(');

		p.address = line(a, str_head(one, paren));
		return p;
	}
	close = str_find(str_from(one, open + 1), '>');
	p.address = line(a, str_head(str_from(one, open + 1), close));
	p.name = line(a, unquoted(a, str_head(one, open)));
	return p;
}

/* "undisclosed-recipients:;" names nobody; "team: a@b, c@d;" two. */
static struct str
behind_group(struct str one)
{
	size_t colon = str_find(one, ':');

	if (colon < one.n && str_find(one, '@') > colon && str_find(one, '"') > colon)
		return str_trim_all(str_from(one, colon + 1));
	return one;
}

static void
read_people(
	struct arena *a, struct inbound_view *v, const char *name, struct inbound_people *ret_p)
{
	struct str rest = mime_in_field(v->head, name);
	struct inbound_people p = { v->people + v->npeople, 0, STR_NONE };

	*ret_p = p;
	if (!rest.p)
		return;
	p.line = line(a, rest);
	rest = header_unfold(a, str_head(rest, 65536));
	if (!rest.p)
		rest = STR_NONE;
	while (rest.n) {
		struct str one = behind_group(next_person(&rest));
		struct inbound_person who;

		if (one.n == 0)
			continue;
		who = person_of(a, one);
		if (who.address.n == 0)
			continue;
		if (v->npeople == INBOUND_PEOPLE) {
			v->cut = true;
			break;
		}
		v->people[v->npeople++] = who;
		p.n++;
	}
	*ret_p = p;
}

/* ---- texts and files ---- */

static struct str
text_of(struct arena *a, const struct mime_in_part *p, struct str *ret_charset)
{
	struct str bytes = mime_in_bytes(a, p), got = { NULL, 0 };
	struct buf b;

	*ret_charset = mime_in_param(a, p, "charset");
	if (!bytes.p)
		return got;
	buf_init(&b, bytes.n * 3 + 1);
	(void)charset_text(&b, *ret_charset, bytes);
	got = arena_str(a, buf_str(&b));
	buf_done(&b);
	return got;
}

static int
hex(char c)
{
	c = ascii_lower(c);
	return ascii_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 2231 4: charset'language'%XX… */
static struct str
extended(struct arena *a, struct str v)
{
	struct str rest = v, charset = str_cut(&rest, '\''), bytes;
	struct buf raw, out;

	(void)str_cut(&rest, '\'');
	buf_init(&raw, rest.n + 1);
	buf_init(&out, rest.n * 3 + 1);
	for (size_t i = 0; i < rest.n; i++) {
		int hi = rest.p[i] == '%' && i + 2 < rest.n ? hex(rest.p[i + 1]) : -1;
		int lo = hi >= 0 ? hex(rest.p[i + 2]) : -1;
		char c = rest.p[i];

		if (lo >= 0) {
			c = (char)(hi << 4 | lo);
			i += 2;
		}
		buf_put_c(&raw, c);
	}
	(void)charset_text(&out, charset, buf_str(&raw));
	bytes = arena_str(a, buf_str(&out));
	buf_done(&raw);
	buf_done(&out);
	return bytes.p ? bytes : STR_NONE;
}

/* A parameter, plain or extended; empty = none. */
static struct str
param(struct arena *a, struct str value, const char *name)
{
	struct str rest = str_head(value, 2000), n, v, plain = STR_NONE;
	struct str star = str_z(name);

	while (form_param(a, &rest, &n, &v)) {
		if (str_ieq(n, star))
			plain = mime_in_line(a, v, NAME_MAX_);
		else if (n.n == star.n + 1 && n.p[star.n] == '*' &&
			 str_ieq(str_head(n, star.n), star))
			return mime_in_line(a, extended(a, v), NAME_MAX_);
	}
	return plain;
}

/* A file's name is text; what it would name on a disk is nobody's business. */
static struct str
file_name(struct arena *a, const struct mime_in_part *p, struct str disposition, size_t number)
{
	struct str name = param(a, disposition, "filename");

	if (name.n == 0)
		name = param(a, p->value, "name");
	if (name.n == 0 && mime_in_is(p, "message/rfc822"))
		name = arena_printf(a, "message%zu.eml", number);
	if (name.n == 0)
		name = arena_printf(a, "attachment%zu", number);
	return name.p ? name : STR_NONE;
}

static void
read_file(struct arena *a, struct inbound_view *v, const struct mime_in_part *p)
{
	struct str disposition = mime_in_field(p->head, "Content-Disposition");
	struct str cid = str_trim_all(line(a, mime_in_field(p->head, "Content-ID")));
	struct inbound_file *f = &v->files[v->nfiles];

	if (cid.n > 2 && cid.p[0] == '<')
		cid = str_head(str_from(cid, 1), str_find(cid, '>') - 1);
	*f = (struct inbound_file){ .part = p,
		.name = file_name(a, p, disposition.p ? disposition : STR_NONE, v->nfiles + 1),
		.type = p->type.n ? p->type : STR_LIT("application/octet-stream"),
		.cid = cid,
		.bytes = mime_in_bytes(a, p),
		.inline_ = cid.n > 0 && !p->attached };
	if (f->bytes.p)
		v->nfiles++;
	else
		v->cut = true;
}

/* The first text of each kind that is no file is the mail's; other leaves are files. */
static void
read_parts(struct arena *a, struct inbound_view *v)
{
	for (size_t i = 0; i < v->mime.n; i++) {
		const struct mime_in_part *p = &v->mime.parts[i];
		bool named = param(a, p->value, "name").n > 0;

		if (p->multipart)
			continue;
		if (!p->attached && !named && !v->text_part && mime_in_is(p, "text/plain")) {
			v->text_part = p;
			v->text = text_of(a, p, &v->text_charset);
		} else if (!p->attached && !named && !v->html_part &&
			   mime_in_is(p, "text/html")) {
			v->html_part = p;
			v->html = text_of(a, p, &v->html_charset);
		} else {
			read_file(a, v, p);
		}
	}
	v->cut |= v->mime.cut;
}

/* ---- the whole ---- */

/* Our own Received is the first field: "from helo ([192.0.2.1]) by …", or, when the helo is
 * no name, "from [192.0.2.1] (helo=…) by …": what a stranger says may hold brackets. */
static struct str
client_of(struct str head)
{
	struct str s = mime_in_field(head, "Received");

	if (!s.p)
		return STR_NONE;
	s = str_head(s, str_find_str(s, STR_LIT(" by ")));
	s = str_head(s, str_find_str(s, STR_LIT(" (helo=")));
	s = str_from(s, str_rfind(s, '[') + 1);
	s = str_head(s, str_find(s, ']'));
	if (str_istarts(s, STR_LIT("IPv6:")))
		s = str_from(s, 5);
	for (size_t i = 0; i < s.n; i++)
		if (hex(s.p[i]) < 0 && s.p[i] != '.' && s.p[i] != ':')
			return STR_NONE;
	return s;
}

static struct str
plus_of(struct str recipient)
{
	struct str local = str_head(recipient, str_rfind(recipient, '@'));

	return str_from(local, str_find(local, '+') + 1);
}

int
inbound_view_read(struct arena *a, const struct inbound_letter *l, struct inbound_view *ret_v)
{
	struct inbound_view *v = ret_v;
	size_t end = header_length(l->bytes);
	struct str id;

	memset(v, 0, sizeof *v);
	v->head = end ? str_head(l->bytes, end) : l->bytes;
	v->recipient = l->recipient;
	v->sender = l->sender;
	v->plus = plus_of(l->recipient);
	v->text_charset = v->html_charset = STR_NONE;
	mime_in_walk(a, l->bytes, &v->mime);
	v->client = client_of(v->head);
	v->subject = field(a, v, "Subject");
	v->date = field(a, v, "Date");
	v->message_id = field(a, v, "Message-ID");
	id = field(a, v, "In-Reply-To");
	v->in_reply_to = id.n ? id : field(a, v, "References");
	read_people(a, v, "From", &v->from);
	read_people(a, v, "To", &v->to);
	read_people(a, v, "Cc", &v->cc);
	read_people(a, v, "Reply-To", &v->reply_to);
	read_fields(a, v);
	read_parts(a, v);
	/* A full arena gives nothing: half a mail would be worse than one that waits. */
	return arena_alloc(a, 1024) ? 0 : -E2BIG;
}

/* ---- what an answer says itself ---- */

static bool
leads_to_quote(struct str s)
{
	static const char *const begins[] = { "-----Original Message", "-----Message d'origine",
		"________________________________", "-------- Original", "--- Original",
		"-----Urspr" };
	static const char *const ends[] = { " wrote:",
		" a \xc3\xa9"
		"crit :",
		" a \xc3\xa9"
		"crit\xc2\xa0:",
		" a \xc3\xa9"
		"crit:",
		" schrieb:", " escribi\xc3\xb3:", " ha scritto:" };

	s = str_trim_all(s);
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (str_istarts(s, str_z(begins[i])))
			return true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (str_ends(s, str_z(ends[i])))
			return true;
	return false;
}

/* "On Monday … somebody\r\n<a@b> wrote:" may be two lines. */
static bool
begins_attribution(struct str s)
{
	return str_istarts(s, STR_LIT("On ")) || str_istarts(s, STR_LIT("Le ")) ||
	       str_istarts(s, STR_LIT("Am ")) || str_istarts(s, STR_LIT("El ")) ||
	       str_istarts(s, STR_LIT("Il "));
}

struct str
inbound_view_reply(const struct inbound_view *v)
{
	struct str rest = v->text.p ? v->text : STR_NONE;
	size_t before = 0; /* where the line before this one began */

	if (v->in_reply_to.n == 0)
		return STR_NONE;
	for (size_t at = 0, next; at < rest.n; before = at, at = next) {
		struct str s = str_from(rest, at), last;

		s = str_head(s, str_find(s, '\n') + 1);
		next = at + s.n;
		if (s.p[0] == '>')
			return str_trim_all(str_head(rest, at));
		if (!leads_to_quote(s))
			continue;
		last = str_from(str_head(rest, at), before);
		return str_trim_all(str_head(rest,
			!begins_attribution(s) && begins_attribution(last) ? before : at));
	}
	return str_trim_all(rest);
}
