#include "wire/mime.h"

#include "base/text.h"
#include "wire/header.h"

#include <errno.h>

#define DEPTH_MAX    30
#define PARTS_MAX    1000
#define BOUNDARY_MAX 200 /* 70 by RFC 2046 5.1.1 */
#define COLUMNS      76  /* RFC 2045 6.7, 6.8 */
#define TYPE_MAX     64
#define CRLF         STR_LIT("\r\n")

/* ---- Content-Type (RFC 2045 5.1) ---- */

struct content {
	char type[TYPE_MAX]; /* "text/plain", lower case; empty = none or unreadable */
	char boundary[BOUNDARY_MAX + 1];
	size_t boundary_n;
	bool binary; /* charset=binary */
};

/* Without leading white space, foldings and comments. */
static struct str
skip_cfws(struct str s)
{
	unsigned depth = 0;
	size_t i = 0;

	for (; i < s.n; i++) {
		if (depth && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (depth && s.p[i] == ')')
			depth--;
		else if (!depth && (!s.p[i] || !strchr(" \t\r\n", s.p[i])))
			break;
	}
	return str_from(s, i);
}

static struct str
take_token(struct str *s)
{
	struct str t;
	size_t n = 0;

	while (n < s->n && s->p[n] > ' ' && s->p[n] < 0x7f &&
		!strchr("()<>@,;:\\\"/[]?=", s->p[n]))
		n++;
	t = str_head(*s, n);
	*s = str_from(*s, n);
	return t;
}

/* A quoted string or a run up to a semicolon or white space, which takes in the boundaries
 * with "=" or ":" that some write without quotes. -E2BIG when dst is too small. */
static int
take_value(struct str *s, char *dst, size_t size, size_t *ret_n)
{
	bool quoted = s->n && s->p[0] == '"';
	size_t i = quoted, n = 0;

	for (; i < s->n && s->p[i] != (quoted ? '"' : ';'); i++) {
		if (s->p[i] == '\r' || s->p[i] == '\n')
			continue;
		if (!quoted && (s->p[i] == ' ' || s->p[i] == '\t'))
			break;
		if (quoted && s->p[i] == '\\' && i + 1 < s->n)
			i++;
		if (n == size)
			return -E2BIG;
		dst[n++] = s->p[i];
	}
	*s = str_from(*s, i + quoted);
	*ret_n = n;
	return 0;
}

static int
take_parameter(struct content *c, struct str *s)
{
	struct str name = take_token(s);
	char value[BOUNDARY_MAX];
	size_t n;

	*s = skip_cfws(*s);
	if (!name.n || !s->n || s->p[0] != '=')
		return -EINVAL;
	*s = skip_cfws(str_from(*s, 1));
	if (take_value(s, value, sizeof value, &n)) {
		/* Too long to matter, but as a boundary. */
		if (str_ieq_z(name, "boundary"))
			return -EINVAL;
		*s = str_from(*s, str_find(*s, ';'));
		return 0;
	}
	if (str_ieq_z(name, "boundary") && !c->boundary_n) {
		c->boundary_n = n;
		memcpy(c->boundary, value, n);
	}
	if (str_ieq_z(name, "charset"))
		c->binary = str_ieq_z(str_of(value, n), "binary");
	return 0;
}

static void
parse_content(struct content *c, struct str value)
{
	struct str s = skip_cfws(value), start = s, type;

	take_token(&s);
	if (!s.n || s.p[0] != '/')
		return;
	s = str_from(s, 1);
	take_token(&s);
	type = str_head(start, start.n - s.n);
	if (str_copy_z(c->type, sizeof c->type, type))
		return;
	for (char *p = c->type; *p; p++)
		*p = ascii_lower(*p);
	while (s = skip_cfws(s), s.n && s.p[0] == ';') {
		s = skip_cfws(str_from(s, 1));
		if (s.n && s.p[0] != ';' && take_parameter(c, &s))
			return;
	}
}

/* ---- an entity ---- */

enum encoding { ENC_IDENTITY, ENC_QP, ENC_BASE64, ENC_OTHER };

struct entity {
	struct str header; /* with the empty line */
	struct str body;
	struct content content;
	enum encoding encoding; /* claimed */
	bool has_type, has_version, has_encoding, binary;
};

static enum encoding
encoding_of(struct str value, bool *ret_binary)
{
	struct str s = skip_cfws(value), token = take_token(&s);

	*ret_binary = str_ieq_z(token, "binary");
	if (*ret_binary || !token.n || str_ieq_z(token, "8bit") || str_ieq_z(token, "7bit"))
		return ENC_IDENTITY;
	if (str_ieq_z(token, "quoted-printable"))
		return ENC_QP;
	return str_ieq_z(token, "base64") ? ENC_BASE64 : ENC_OTHER;
}

/* 0 or -EOPNOTSUPP. */
static int
entity_read(struct entity *e, struct str s)
{
	size_t length = header_length(s);
	struct header_field f;
	struct str rest;
	int r;

	*e = (struct entity){ .header = length ? str_head(s, length) : s };
	e->body = str_from(s, e->header.n);
	rest = e->header;
	if (!text_is_ascii(e->header))
		return -EOPNOTSUPP;
	while ((r = header_next(&rest, &f)) > 0) {
		if (str_ieq_z(f.name, "Content-Type") && !e->has_type) {
			e->has_type = true;
			parse_content(&e->content, f.value);
		} else if (str_ieq_z(f.name, "Content-Transfer-Encoding") && !e->has_encoding) {
			e->has_encoding = true;
			e->encoding = encoding_of(f.value, &e->binary);
		} else if (str_ieq_z(f.name, "MIME-Version")) {
			e->has_version = true;
		}
	}
	return r ? -EOPNOTSUPP : 0;
}

/* The header with another encoding; NULL changes a label 8bit or binary to 7bit only. */
static void
put_header(struct buf *out, const struct entity *e, const char *encoding, bool message)
{
	const char *value = encoding ? encoding : "7bit";
	bool done = !encoding && !e->has_encoding;
	struct str rest = e->header;
	struct header_field f;

	while (header_next(&rest, &f) > 0) {
		if (!str_ieq_z(f.name, "Content-Transfer-Encoding")) {
			buf_put(out, f.all);
		} else if (!done) {
			buf_printf(out, "%.*s: %s\r\n", STR_ARG(f.name), value);
			done = true;
		}
	}
	/* Without these two nobody would undo the encoding. */
	if (encoding && message && !e->has_version)
		buf_put_z(out, "MIME-Version: 1.0\r\n");
	if (encoding && message && !e->has_type)
		buf_printf(out, "Content-Type: text/plain; charset=%s\r\n",
			text_is_utf8(e->body) ? "utf-8" : "unknown-8bit"); /* RFC 1428 */
	if (!done)
		buf_printf(out, "Content-Transfer-Encoding: %s\r\n", value);
	buf_put(out, rest);
}

/* ---- a leaf ---- */

/* Must this byte be written as =XX? A space or tab only at the end of a line. */
static bool
must_encode(struct str s, size_t i)
{
	uint8_t c = (uint8_t)s.p[i];

	if (c == ' ' || c == '\t')
		return i + 1 == s.n || str_starts(str_from(s, i + 1), CRLF);
	return c < ' ' || c > '~' || c == '=';
}

static void
put_qp(struct buf *out, struct str s)
{
	size_t column = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool encode = must_encode(s, i);
		size_t n = encode ? 3 : 1;

		if (str_starts(str_from(s, i), CRLF)) {
			buf_put(out, CRLF);
			column = 0;
			i++;
			continue;
		}
		if (column + n > COLUMNS - 1) {
			buf_put_z(out, "=\r\n");
			column = 0;
		}
		column += n;
		if (encode)
			buf_printf(out, "=%02X", (unsigned)(uint8_t)s.p[i]);
		else
			buf_put_c(out, s.p[i]);
	}
}

/* The last line ends with CRLF when the content did: the line break before a boundary
 * belongs to the boundary. */
static void
put_base64(struct buf *out, struct str s)
{
	bool ends = str_ends(s, CRLF);

	text_b64_lines(out, s);
	if (!ends && !out->full)
		buf_cut(out, out->n - 2);
}

static bool
wants_base64(const struct entity *e)
{
	struct str s = e->body;
	size_t encoded = 0;

	if (e->binary || e->content.binary)
		return true;
	for (size_t i = 0; i < s.n; i++) {
		if (str_starts(str_from(s, i), CRLF)) {
			i++;
			continue;
		}
		if (!s.p[i] || s.p[i] == '\r' || s.p[i] == '\n')
			return true;
		encoded += must_encode(s, i);
	}
	return encoded > s.n / 6; /* base64 is the shorter one */
}

static void
put_leaf(struct buf *out, const struct entity *e, bool message)
{
	bool base64 = wants_base64(e);

	put_header(out, e, base64 ? "base64" : "quoted-printable", message);
	if (base64)
		put_base64(out, e->body);
	else
		put_qp(out, e->body);
}

/* ---- multiparts ---- */

struct walk {
	struct buf *out;
	unsigned parts;
};

struct delimiter {
	size_t start; /* of the CRLF before it, or of the line when it is the first one */
	size_t end;   /* behind its CRLF */
	bool close;
};

/* Is the line at `at` a delimiter (RFC 2046 5.1.1)? White space may follow, nothing else. */
static bool
delimiter_at(struct str s, size_t at, struct str boundary, struct delimiter *ret_d)
{
	struct str line = str_head(str_from(s, at), str_find_str(str_from(s, at), CRLF));
	struct str tail = str_from(line, 2 + boundary.n);

	if (!str_starts(line, STR_LIT("--")) || !str_starts(str_from(line, 2), boundary))
		return false;
	ret_d->close = str_starts(tail, STR_LIT("--"));
	if (str_trim(str_from(tail, ret_d->close ? 2 : 0)).n)
		return false;
	ret_d->start = at >= 2 ? at - 2 : at;
	ret_d->end = at + line.n + 2 < s.n ? at + line.n + 2 : s.n;
	return true;
}

static bool
next_delimiter(struct str s, size_t from, struct str boundary, struct delimiter *ret_d)
{
	size_t at = from;

	while (at < s.n) {
		if (delimiter_at(s, at, boundary, ret_d))
			return true;
		at += str_find_str(str_from(s, at), CRLF) + 2;
	}
	return false;
}

/* Text nobody sees, between or around parts. */
static void
put_masked(struct buf *out, struct str s)
{
	char *p = buf_room(out, s.n);

	if (!p)
		return;
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] & 0x80 ? '?' : s.p[i];
	buf_added(out, s.n);
}

static int put_entity(struct walk *w, struct str s, unsigned depth, const char *type);

static int
put_parts(struct walk *w, const struct entity *e, unsigned depth)
{
	bool digest = str_eq_z(str_z(e->content.type), "multipart/digest");
	struct str boundary = str_of(e->content.boundary, e->content.boundary_n);
	struct delimiter d, next;
	size_t from = 0;
	bool more = next_delimiter(e->body, 0, boundary, &d);

	if (!more)
		return -EOPNOTSUPP;
	while (more && !d.close) {
		struct str part;
		size_t end;
		int r;

		if (++w->parts > PARTS_MAX)
			return -EOPNOTSUPP;
		/* Up to behind the delimiter's own line. */
		put_masked(w->out, str_head(str_from(e->body, from), d.end - from));
		more = next_delimiter(e->body, d.end, boundary, &next);
		end = more ? next.start : e->body.n;
		/* Two delimiters in a row share a line break: an empty part. */
		if (end < d.end)
			end = d.end;
		part = str_head(str_from(e->body, d.end), end - d.end);
		r = put_entity(w, part, depth + 1, digest ? "message/rfc822" : "text/plain");
		if (r)
			return r;
		from = end;
		d = next;
	}
	put_masked(w->out, str_from(e->body, from));
	return 0;
}

/* One entity of default type `type`; "" = a message. */
static int
put_entity(struct walk *w, struct str s, unsigned depth, const char *type)
{
	struct entity e;
	struct str t;
	int r;

	if (text_is_ascii(s)) {
		buf_put(w->out, s);
		return 0;
	}
	if (depth > DEPTH_MAX)
		return -EOPNOTSUPP;
	r = entity_read(&e, s);
	if (r)
		return r;
	t = str_z(e.has_type ? e.content.type : *type ? type : "text/plain");
	/* Changing a signed part breaks the signature; an encoded part has no 8-bit bytes. */
	if (e.encoding != ENC_IDENTITY || str_eq_z(t, "multipart/signed") ||
		str_eq_z(t, "multipart/encrypted"))
		return -EOPNOTSUPP;
	if (str_starts(t, STR_LIT("multipart/"))) {
		if (!e.content.boundary_n)
			return -EOPNOTSUPP;
		put_header(w->out, &e, NULL, false);
		return put_parts(w, &e, depth);
	}
	if (str_eq_z(t, "message/rfc822")) {
		put_header(w->out, &e, NULL, false);
		return put_entity(w, e.body, depth + 1, "");
	}
	/* RFC 2046 5.2 allows no encoding; RFC 6532 3.7 and 6533 4 do for the global ones. */
	if (str_starts(t, STR_LIT("message/")) && !str_starts(t, STR_LIT("message/global")))
		return -EOPNOTSUPP;
	put_leaf(w->out, &e, !*type);
	return 0;
}

int
mime_to_7bit(struct buf *out, struct str message)
{
	size_t before = out->n;
	struct walk w = { .out = out };
	int r = put_entity(&w, message, 0, "");

	if (r == 0 && out->full)
		r = -E2BIG;
	if (r)
		buf_cut(out, before);
	return r;
}
