#include "wire/http_out.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <llhttp.h>

#define OVERHEAD_MAX 8192u /* chunk lines and trailers between two pieces of body */
#define INTERIM_MAX  16u   /* 1xx responses before the final one */

enum phase {
	PHASE_HEAD,
	PHASE_LENGTH, /* a body of known length */
	PHASE_CHUNKS,
	PHASE_CLOSE, /* a body that ends with the connection */
	PHASE_END,
	PHASE_BAD
};

struct http_out_impl {
	enum phase phase;
	struct buf head, body;
	size_t line; /* where the line being read begins in head */
	unsigned interim;
	bool to_head, no_body, v10;
	uint64_t left; /* of a body of known length */
	/* Chunks: */
	size_t overhead;  /* bytes since the last piece of body */
	char last;        /* the one before, while reading chunk lines */
	const char *mark; /* bytes from here on are not looked at yet */
	bool head_done, message_done, malformed;
	llhttp_t parser;
	llhttp_settings_t settings;
};

/* --- the request --- */

static bool
is_token(struct str s)
{
	for (size_t n = 0; n < s.n; n++)
		if (!ascii_alnum(s.p[n]) && !memchr("!#$%&'*+-.^_`|~", s.p[n], 15))
			return false;
	return s.n > 0;
}

/* RFC 9110 5.5: no control characters but HT. */
static bool
is_value(struct str s)
{
	for (size_t n = 0; n < s.n; n++)
		if (((unsigned char)s.p[n] < 0x20 && s.p[n] != '\t') || s.p[n] == 0x7f)
			return false;
	return true;
}

static bool
is_word(struct str s)
{
	for (size_t n = 0; n < s.n; n++)
		if ((unsigned char)s.p[n] <= 0x20 || (unsigned char)s.p[n] >= 0x7f)
			return false;
	return s.n > 0;
}

/* Framing and routing are this module's to write. */
static bool
is_framing(struct str name)
{
	static const char *const names[] = { "Host", "Content-Length", "Transfer-Encoding",
		"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
		"Upgrade", "Expect", "TE", "Trailer" };

	for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
		if (str_ieq_z(name, names[n]))
			return true;
	return false;
}

bool
http_out_field_ok(struct str name, struct str value)
{
	return is_token(name) && is_value(value) && !is_framing(name);
}

static void
put_field(struct buf *b, struct str name, struct str value)
{
	buf_put(b, name);
	buf_put_z(b, ": ");
	buf_put(b, value);
	buf_put_z(b, "\r\n");
}

int
http_out_write(struct buf *b, const struct http_out_request *r)
{
	if (!is_token(r->method) || !is_word(r->target) || !is_word(r->host) ||
		r->target.p[0] != '/' || str_find(r->target, '#') < r->target.n)
		return -EINVAL;
	for (size_t n = 0; n < r->nfields; n++)
		if (!http_out_field_ok(r->fields[n].name, r->fields[n].value))
			return -EINVAL;
	buf_put(b, r->method);
	buf_put_c(b, ' ');
	buf_put(b, r->target);
	buf_put_z(b, " HTTP/1.1\r\n");
	put_field(b, STR_LIT("Host"), r->host);
	for (size_t n = 0; n < r->nfields; n++)
		put_field(b, r->fields[n].name, r->fields[n].value);
	/* RFC 9110 8.6: of methods that mean no body, none is announced. */
	if (r->body.n > 0 || str_eq_z(r->method, "POST") || str_eq_z(r->method, "PUT")) {
		buf_put_z(b, "Content-Length: ");
		buf_put_u64(b, r->body.n);
		buf_put_z(b, "\r\n");
	}
	buf_put_z(b, "\r\n");
	buf_put(b, r->body);
	return b->full ? -E2BIG : 0;
}

/* --- the response --- */

/* Says what is wrong; the error for the functions below. */
static int
bad(struct http_out *h, const char *why)
{
	h->impl->phase = PHASE_BAD;
	h->why = why;
	h->keep_alive = false;
	return -EBADMSG;
}

/* Bytes of a body: how many of them still belong to it. */
static size_t
take_body(struct http_out *h, struct str s)
{
	struct buf *b = &h->impl->body;

	s = str_head(s, HTTP_OUT_BODY_MAX - h->body_bytes);
	(void)buf_put(b, str_head(s, b->max - b->n));
	h->body_bytes += s.n;
	return s.n;
}

static enum http_out_event
end(struct http_out *h)
{
	h->impl->phase = PHASE_END;
	h->body = buf_str(&h->impl->body);
	return HTTP_OUT_END;
}

/* The body is longer than anybody wants to read. */
static enum http_out_event
end_early(struct http_out *h)
{
	h->keep_alive = false;
	return end(h);
}

/* --- llhttp's side --- */

/* Chunk lines and trailers, which llhttp 8.1 reads too kindly: CR and LF only as a pair. */
static bool
overhead_ok(struct http_out_impl *i, const char *to)
{
	for (const char *p = i->mark; p < to; p++) {
		if ((*p == '\n') != (i->last == '\r') || *p == '\0')
			return false;
		i->last = *p;
	}
	i->overhead += (size_t)(to - i->mark);
	i->mark = to;
	return i->overhead <= OVERHEAD_MAX;
}

static int
on_headers(llhttp_t *p)
{
	struct http_out *h = p->data;

	h->impl->head_done = true;
	p->upgrade = 0;
	return h->impl->no_body ? 1 : 0;
}

static int
on_body(llhttp_t *p, const char *at, size_t n)
{
	struct http_out *h = p->data;
	struct http_out_impl *i = h->impl;

	if (!overhead_ok(i, at)) {
		i->malformed = true;
		return -1;
	}
	i->overhead = 0;
	i->last = '\0';
	i->mark = at + n;
	return take_body(h, str_of(at, n)) < n ? HPE_PAUSED : 0;
}

static int
on_message(llhttp_t *p)
{
	struct http_out *h = p->data;

	h->impl->message_done = true;
	return HPE_PAUSED;
}

static void
parser_start(struct http_out *h)
{
	struct http_out_impl *i = h->impl;

	llhttp_settings_init(&i->settings);
	i->settings.on_headers_complete = on_headers;
	i->settings.on_body = on_body;
	i->settings.on_message_complete = on_message;
	llhttp_init(&i->parser, HTTP_RESPONSE, &i->settings);
	i->parser.data = h;
	i->head_done = i->message_done = i->malformed = false;
	i->overhead = 0;
	i->last = '\0';
}

/* --- the caller's side --- */

static void
head_start(struct http_out *h)
{
	buf_clear(&h->impl->head);
	h->impl->line = 0;
	h->impl->phase = PHASE_HEAD;
	h->status = 0;
	h->nfields = 0;
	parser_start(h);
}

void
http_out_init(struct http_out *h, size_t keep)
{
	*h = (struct http_out){ .impl = NULL };
	h->impl = MEM_NEW(h->impl);
	buf_init(&h->impl->head, HTTP_HEAD_MAX);
	buf_init(&h->impl->body, keep);
	http_out_begin(h, false);
}

void
http_out_done(struct http_out *h)
{
	if (!h->impl)
		return;
	buf_done(&h->impl->head);
	buf_done(&h->impl->body);
	mem_free(h->impl);
	h->impl = NULL;
}

void
http_out_begin(struct http_out *h, bool head)
{
	struct http_out_impl *i = h->impl;

	buf_clear(&i->body);
	i->interim = 0;
	i->to_head = head;
	i->no_body = i->v10 = false;
	i->left = 0;
	h->body = STR_NONE;
	h->body_bytes = 0;
	h->keep_alive = false;
	h->began = false;
	h->why = NULL;
	head_start(h);
}

struct str
http_out_field(const struct http_out *h, const char *name)
{
	for (size_t n = 0; n < h->nfields; n++)
		if (str_ieq_z(h->fields[n].name, name))
			return h->fields[n].value;
	return (struct str){ NULL, 0 };
}

/* --- the head (RFC 9112 4, 5) --- */

static int
status_line(struct http_out *h, struct str line)
{
	struct str v = str_head(line, 8), code = str_head(str_from(line, 9), 3);
	uint32_t status;

	if (v.n != 8 || !str_starts(v, STR_LIT("HTTP/1.")) || (v.p[7] != '0' && v.p[7] != '1'))
		return bad(h, "the answer does not begin with HTTP/1.1");
	if (line.n < 12 || line.p[8] != ' ' || str_u32(code, &status) < 0 || status < 100 ||
		status > 599 || (line.n > 12 && line.p[12] != ' '))
		return bad(h, "the answer has no status from 100 to 599");
	if (!is_value(str_from(line, 12)))
		return bad(h, "the status line holds a control character");
	h->status = (int)status;
	h->impl->v10 = v.p[7] == '0';
	return 0;
}

static int
field_line(struct http_out *h, struct str line)
{
	size_t colon = str_find(line, ':');
	struct str name = str_head(line, colon), value = str_trim(str_from(line, colon + 1));

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return bad(h, "a header line begins with white space");
	if (colon == line.n || !is_token(name))
		return bad(h, "a header line is not \"Name: value\"");
	if (!is_value(value))
		return bad(h, "a header value holds a control character");
	if (h->nfields == HTTP_HEADERS_MAX)
		return bad(h, "there are more than 100 header fields");
	h->fields[h->nfields++] = (struct http_field){ name, value };
	return 0;
}

static unsigned
field_count(const struct http_out *h, const char *name)
{
	unsigned count = 0;

	for (size_t n = 0; n < h->nfields; n++)
		count += str_ieq_z(h->fields[n].name, name);
	return count;
}

static bool
connection_has(const struct http_out *h, const char *word)
{
	for (size_t n = 0; n < h->nfields; n++) {
		struct str rest = h->fields[n].value;

		while (str_ieq_z(h->fields[n].name, "connection") && rest.p)
			if (str_ieq_z(str_trim(str_cut(&rest, ',')), word))
				return true;
	}
	return false;
}

/* RFC 9112 6.3. Sets the phase of the body. */
static int
framing(struct http_out *h)
{
	struct http_out_impl *i = h->impl;
	unsigned codings = field_count(h, "transfer-encoding");
	unsigned lengths = field_count(h, "content-length");

	i->no_body = i->to_head || h->status == 204 || h->status == 304;
	if (codings > 0 && lengths > 0)
		return bad(h, "Content-Length and Transfer-Encoding exclude each other");
	if (codings > 1 || (codings == 1 && i->v10))
		return bad(h, "Transfer-Encoding stands where it must not");
	if (codings == 1 && !str_ieq_z(http_out_field(h, "transfer-encoding"), "chunked"))
		return bad(h, "the answer has a Transfer-Encoding that was not asked for");
	if (lengths > 1 ||
		(lengths == 1 && str_u64(http_out_field(h, "content-length"), &i->left) < 0))
		return bad(h, "Content-Length is not one number");
	h->keep_alive = !i->v10 || connection_has(h, "keep-alive");
	if (connection_has(h, "close"))
		h->keep_alive = false;
	i->phase = PHASE_CHUNKS;
	if (i->no_body || lengths == 1) {
		i->phase = PHASE_LENGTH;
		i->left = i->no_body ? 0 : i->left;
	} else if (codings == 0) {
		i->phase = PHASE_CLOSE;
		h->keep_alive = false;
	}
	return 0;
}

/* llhttp reads the head whole: it must agree with what was found here. */
static int
check_parser(struct http_out *h)
{
	struct http_out_impl *i = h->impl;
	llhttp_errno_t e = llhttp_execute(&i->parser, i->head.p, i->head.n);
	bool chunked = i->phase == PHASE_CHUNKS, bare = i->message_done;

	if (!i->head_done || (e != HPE_OK && e != HPE_PAUSED))
		return bad(h, "the head of the answer is malformed");
	if (bare && (i->phase != PHASE_LENGTH || i->left > 0))
		return bad(h, "the head of the answer is malformed");
	if (!bare && chunked != ((i->parser.flags & F_CHUNKED) != 0))
		return bad(h, "the head of the answer is malformed");
	if (!bare && i->phase == PHASE_LENGTH && i->parser.content_length != i->left)
		return bad(h, "the head of the answer is malformed");
	return 0;
}

static int
head_parse(struct http_out *h)
{
	struct str rest = buf_str(&h->impl->head);
	int e;

	rest.n -= 4; /* the last line's end and the empty line */
	e = status_line(h, str_head(rest, str_find(rest, '\r')));
	str_cut(&rest, '\n');
	while (e == 0 && rest.p) {
		struct str line = str_cut(&rest, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		e = field_line(h, line);
	}
	if (e != 0)
		return e;
	if (h->status == 101)
		return bad(h, "the answer changes to a protocol that was not asked for");
	if (h->status < 200) {
		if (++h->impl->interim > INTERIM_MAX)
			return bad(h, "there are too many interim answers");
		head_start(h);
		return 0;
	}
	e = framing(h);
	return e == 0 ? check_parser(h) : e;
}

/* A line came to its end: no CR but the one before the LF, no NUL (RFC 9112 2.2). */
static int
line_check(struct http_out *h, struct str line)
{
	if (line.n < 2 || line.p[line.n - 2] != '\r')
		return bad(h, "a line ends in LF without CR");
	line.n -= 2;
	if (str_find(line, '\r') < line.n || memchr(line.p, '\0', line.n))
		return bad(h, "a CR or NUL stands inside a line");
	return 0;
}

/* Takes bytes up to the end of one line: 0, or an error after bad(). */
static int
head_line(struct http_out *h, struct str *in)
{
	struct http_out_impl *i = h->impl;
	size_t lf = str_find(*in, '\n'), n = lf < in->n ? lf + 1 : in->n;
	struct str line, start = STR_LIT("HTTP/1.");
	int e;

	if (buf_put(&i->head, str_head(*in, n)) < 0)
		return bad(h, "the head of the answer is larger than 32 KiB");
	*in = str_from(*in, n);
	line = str_from(buf_str(&i->head), i->line);
	/* Bytes of another protocol need not wait for a line end that never comes. */
	if (i->line == 0 && !str_eq(str_head(line, start.n), str_head(start, line.n)))
		return bad(h, "the answer does not begin with HTTP/1.1");
	if (line.p[line.n - 1] != '\n')
		return 0;
	e = line_check(h, line);
	if (e != 0)
		return e;
	if (line.n > 2) {
		i->line = i->head.n;
		return 0;
	}
	return head_parse(h);
}

/* --- the body --- */

static enum http_out_event
feed_chunks(struct http_out *h, struct str *in)
{
	struct http_out_impl *i = h->impl;
	llhttp_errno_t e;
	const char *to;

	i->mark = in->p;
	e = llhttp_execute(&i->parser, in->p, in->n);
	to = e == HPE_OK ? in->p + in->n : llhttp_get_error_pos(&i->parser);
	if (h->body_bytes == HTTP_OUT_BODY_MAX && e == HPE_PAUSED && !i->message_done) {
		*in = STR_NONE;
		return end_early(h);
	}
	if (i->malformed || (e != HPE_OK && e != HPE_PAUSED) || !overhead_ok(i, to)) {
		bad(h, "the chunks of the answer are malformed");
		return HTTP_OUT_BAD;
	}
	*in = str_from(*in, (size_t)(to - in->p));
	return i->message_done ? end(h) : HTTP_OUT_MORE;
}

static enum http_out_event
feed_plain(struct http_out *h, struct str *in)
{
	struct http_out_impl *i = h->impl;
	bool known = i->phase == PHASE_LENGTH;
	struct str s = known ? str_head(*in, i->left) : *in;
	size_t n = take_body(h, s);

	*in = str_from(*in, n);
	if (known)
		i->left -= n;
	if (known && i->left == 0)
		return end(h);
	return n < s.n ? end_early(h) : HTTP_OUT_MORE;
}

enum http_out_event
http_out_feed(struct http_out *h, struct str *in)
{
	struct http_out_impl *i = h->impl;

	h->began |= in->n > 0;
	while (i->phase == PHASE_HEAD && in->n > 0)
		(void)head_line(h, in);
	switch (i->phase) {
	case PHASE_HEAD:
		return HTTP_OUT_MORE;
	case PHASE_LENGTH:
	case PHASE_CLOSE:
		return feed_plain(h, in);
	case PHASE_CHUNKS:
		return in->n > 0 ? feed_chunks(h, in) : HTTP_OUT_MORE;
	case PHASE_END:
		return HTTP_OUT_END;
	default:
		return HTTP_OUT_BAD;
	}
}

enum http_out_event
http_out_eof(struct http_out *h)
{
	switch (h->impl->phase) {
	case PHASE_CLOSE:
		return end(h);
	case PHASE_END:
		return HTTP_OUT_END;
	case PHASE_BAD:
		return HTTP_OUT_BAD;
	default:
		bad(h, h->began ? "the connection was closed in the middle of the answer"
				: "the connection was closed without an answer");
		return HTTP_OUT_BAD;
	}
}
