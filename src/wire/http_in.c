#include "wire/http_in.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/utc.h"

#include <errno.h>
#include <llhttp.h>

#define TARGET_MAX   8000u /* RFC 9112 3 asks for at least 8000 */
#define OVERHEAD_MAX 8192u /* chunk lines and trailers between two pieces of body */
#define EMPTY_MAX    2u    /* empty lines before a request (RFC 9112 2.2) */

enum phase {
	PHASE_HEAD,   /* gathering the head */
	PHASE_DECIDE, /* HEAD was given; waits for http_in_go */
	PHASE_BODY,
	PHASE_END,
	PHASE_BAD
};

struct http_in_impl {
	enum phase phase;
	uint64_t body_max, body_seen;
	struct buf head;
	size_t line;    /* where the line being read begins in head */
	unsigned empty; /* empty lines skipped */
	bool chunked, v10, expect_other;
	size_t overhead; /* bytes since the last piece of body */
	char last;       /* the one before, while reading chunk lines */
	bool too_large;  /* a chunk passes body_max */
	bool head_done, message_done;
	llhttp_t parser;
	llhttp_settings_t settings;
	struct str span; /* the piece of body the parser stopped at */
};

/* Says what is wrong; the error for the functions below. */
static int
bad(struct http_in *h, int status, const char *why)
{
	h->impl->phase = PHASE_BAD;
	h->status = status;
	h->why = why;
	h->keep_alive = false;
	return -EBADMSG;
}

/* --- llhttp's side: it stops at each piece of body and at the end --- */

static int
on_headers(llhttp_t *p)
{
	struct http_in_impl *i = p->data;

	i->head_done = true;
	/* An offered upgrade that is not taken leaves the framing as it is (RFC 9110 7.8). */
	p->upgrade = 0;
	return 0;
}

static int
on_body(llhttp_t *p, const char *at, size_t n)
{
	struct http_in_impl *i = p->data;

	i->span = str_of(at, n);
	return HPE_PAUSED;
}

static int
on_chunk(llhttp_t *p)
{
	struct http_in_impl *i = p->data;

	if (p->content_length > i->body_max - i->body_seen) {
		i->too_large = true;
		return -1;
	}
	return 0;
}

static int
on_message(llhttp_t *p)
{
	struct http_in_impl *i = p->data;

	i->message_done = true;
	return HPE_PAUSED;
}

static void
parser_start(struct http_in_impl *i)
{
	llhttp_settings_init(&i->settings);
	i->settings.on_headers_complete = on_headers;
	i->settings.on_body = on_body;
	i->settings.on_chunk_header = on_chunk;
	i->settings.on_message_complete = on_message;
	llhttp_init(&i->parser, HTTP_REQUEST, &i->settings);
	i->parser.data = i;
}

/* --- the caller's side --- */

static void
request_start(struct http_in *h)
{
	struct http_in_impl *i = h->impl;

	*h = (struct http_in){ .method = STR_NONE,
		.target = STR_NONE,
		.path = STR_NONE,
		.query = STR_NONE,
		.body = STR_NONE,
		.impl = i };
	buf_clear(&i->head);
	i->phase = PHASE_HEAD;
	i->line = 0;
	i->empty = 0;
	i->chunked = i->v10 = i->expect_other = false;
	i->too_large = i->head_done = i->message_done = false;
	i->overhead = 0;
	i->body_seen = 0;
	i->last = '\0';
	i->span = STR_NONE;
	parser_start(i);
}

void
http_in_init(struct http_in *h, uint64_t body_max)
{
	h->impl = MEM_NEW(h->impl);
	buf_init(&h->impl->head, HTTP_HEAD_MAX);
	h->impl->body_max = body_max;
	request_start(h);
}

void
http_in_done(struct http_in *h)
{
	if (!h->impl)
		return;
	/* Requests carry keys and passwords. */
	if (h->impl->head.p)
		mem_wipe(h->impl->head.p, h->impl->head.n);
	buf_done(&h->impl->head);
	mem_free(h->impl);
	h->impl = NULL;
}

void
http_in_go(struct http_in *h, uint64_t body_max)
{
	must(h->impl->phase == PHASE_DECIDE);
	h->impl->body_max = body_max;
	h->impl->phase = PHASE_BODY;
}

void
http_in_next(struct http_in *h)
{
	must(h->impl->phase == PHASE_END);
	request_start(h);
}

struct str
http_in_field(const struct http_in *h, const char *name)
{
	for (size_t n = 0; n < h->nfields; n++)
		if (str_ieq_z(h->fields[n].name, name))
			return h->fields[n].value;
	return (struct str){ NULL, 0 };
}

/* --- the request line (RFC 9112 3) --- */

static bool
is_token(struct str s)
{
	for (size_t n = 0; n < s.n; n++)
		if (!ascii_alnum(s.p[n]) && !memchr("!#$%&'*+-.^_`|~", s.p[n], 15))
			return false;
	return s.n > 0;
}

static bool
is_target(struct str s)
{
	for (size_t n = 0; n < s.n; n++)
		if ((unsigned char)s.p[n] <= 0x20 || (unsigned char)s.p[n] >= 0x7f ||
			s.p[n] == '#' || s.p[n] == '\\')
			return false;
	return s.n > 0;
}

static bool
method_known(struct str m)
{
	static const char *const known[] = { "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS",
		"PATCH", "CONNECT", "TRACE", "PRI" };

	for (size_t n = 0; n < sizeof known / sizeof known[0]; n++)
		if (str_eq_z(m, known[n]))
			return true;
	return false;
}

/* Origin form, absolute form (a proxy's, to be accepted all the same) or *. */
static bool
target_split(struct http_in *h)
{
	struct str s = h->target;
	size_t mark;

	if (str_eq_z(s, "*") && str_eq_z(h->method, "OPTIONS")) {
		h->path = s;
		return true;
	}
	if (str_istarts(s, STR_LIT("http://")) || str_istarts(s, STR_LIT("https://"))) {
		s = str_from(s, str_find_str(s, STR_LIT("//")) + 2);
		mark = 0;
		while (mark < s.n && s.p[mark] != '/' && s.p[mark] != '?')
			mark++;
		if (mark == 0)
			return false;
		s = str_from(s, mark);
		if (s.n == 0)
			s = STR_LIT("/");
	}
	mark = str_find(s, '?');
	h->path = mark == 0 ? STR_LIT("/") : str_head(s, mark);
	h->query = mark < s.n ? str_from(s, mark + 1) : STR_NONE;
	return h->path.n > 0 && h->path.p[0] == '/';
}

static int
version_check(struct http_in *h, struct str v)
{
	if (v.n != 8 || !str_starts(v, STR_LIT("HTTP/")) || !ascii_digit(v.p[5]) ||
		v.p[6] != '.' || !ascii_digit(v.p[7]))
		return bad(h, 400, "the request line does not end in HTTP/1.1");
	if (v.p[5] != '1' || v.p[7] > '1')
		return bad(h, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	h->impl->v10 = v.p[7] == '0';
	return 0;
}

/* 0, or an error after bad(). */
static int
request_line(struct http_in *h, struct str line)
{
	size_t a = str_find(line, ' '), b = str_rfind(line, ' ');
	int e;

	h->method = str_head(line, a);
	if (!is_token(h->method))
		return bad(h, 400, "the request does not begin with a method");
	if (a == b)
		return bad(h, 400, "the request line has no target or no HTTP version");
	h->target = str_of(line.p + a + 1, b - a - 1);
	e = version_check(h, str_from(line, b + 1));
	if (e != 0)
		return e;
	if (!method_known(h->method))
		return bad(h, 501, "the method is not known here");
	if (str_eq_z(h->method, "CONNECT"))
		return bad(h, 405, "this is not a proxy");
	if (str_eq_z(h->method, "PRI"))
		return bad(h, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	if (h->target.n > TARGET_MAX)
		return bad(h, 414, "the target is longer than 8000 bytes");
	if (!is_target(h->target) || !target_split(h))
		return bad(h, 400, "the target is not a path");
	return 0;
}

/* --- fields (RFC 9112 5, 6) --- */

static int
field_line(struct http_in *h, struct str line)
{
	size_t colon = str_find(line, ':');
	struct str name = str_head(line, colon), value = str_trim(str_from(line, colon + 1));

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return bad(h, 400, "a header line begins with white space");
	if (colon == line.n || !is_token(name))
		return bad(h, 400, "a header line is not \"Name: value\"");
	for (size_t n = 0; n < value.n; n++)
		if (((unsigned char)value.p[n] < 0x20 && value.p[n] != '\t') ||
			value.p[n] == 0x7f)
			return bad(h, 400, "a header value holds a control character");
	if (h->nfields == HTTP_HEADERS_MAX)
		return bad(h, 431, "there are more than 100 header fields");
	h->fields[h->nfields++] = (struct http_field){ name, value };
	return 0;
}

static unsigned
field_count(const struct http_in *h, const char *name)
{
	unsigned count = 0;

	for (size_t n = 0; n < h->nfields; n++)
		count += str_ieq_z(h->fields[n].name, name);
	return count;
}

/* Is the word in a comma-separated field, any case? */
static bool
field_has(const struct http_in *h, const char *name, const char *word)
{
	for (size_t n = 0; n < h->nfields; n++) {
		struct str rest = h->fields[n].value;

		while (str_ieq_z(h->fields[n].name, name) && rest.p)
			if (str_ieq_z(str_trim(str_cut(&rest, ',')), word))
				return true;
	}
	return false;
}

static bool
host_valid(struct str s)
{
	for (size_t n = 0; n < s.n; n++)
		if (!ascii_alnum(s.p[n]) && !memchr("-._~:[]%!$&'()*+;=", s.p[n], 18))
			return false;
	return true;
}

static int
check_host(struct http_in *h)
{
	unsigned count = field_count(h, "host");

	if (count > 1 || (count == 0 && !h->impl->v10))
		return bad(h, 400, "exactly one Host field is needed");
	if (count == 1 && !host_valid(http_in_field(h, "host")))
		return bad(h, 400, "the Host field is not a host name");
	return 0;
}

/* RFC 9112 6.1, 6.3: whatever two readers could understand differently is refused. */
static int
check_framing(struct http_in *h)
{
	unsigned codings = field_count(h, "transfer-encoding");
	unsigned lengths = field_count(h, "content-length");

	if (codings > 0 && lengths > 0)
		return bad(h, 400, "Content-Length and Transfer-Encoding exclude each other");
	if (codings > 0 && h->impl->v10)
		return bad(h, 400, "HTTP/1.0 has no Transfer-Encoding");
	if (codings > 1)
		return bad(h, 400, "there is more than one Transfer-Encoding");
	if (codings == 1 && !str_ieq_z(http_in_field(h, "transfer-encoding"), "chunked"))
		return bad(h, 501, "the only Transfer-Encoding known here is chunked");
	if (lengths > 1)
		return bad(h, 400, "there is more than one Content-Length");
	h->impl->chunked = codings == 1;
	if (codings == 1) {
		h->length = UINT64_MAX;
	} else if (lengths == 1) {
		int e = str_u64(http_in_field(h, "content-length"), &h->length);

		if (e == -ERANGE || (e == 0 && h->length == UINT64_MAX))
			return bad(h, 413, "the body is too large");
		if (e < 0)
			return bad(h, 400, "Content-Length is not a number");
	}
	return 0;
}

static int
check_wishes(struct http_in *h)
{
	struct http_in_impl *i = h->impl;
	struct str expect = http_in_field(h, "expect");

	h->keep_alive = i->v10 ? field_has(h, "connection", "keep-alive") : true;
	if (field_has(h, "connection", "close"))
		h->keep_alive = false;
	if (expect.p && !str_ieq_z(expect, "100-continue"))
		return bad(h, 417, "the only expectation known here is 100-continue");
	/* RFC 9110 10.1.1: ignored from HTTP/1.0, and needless without a body. */
	h->expect_continue = expect.p && !i->v10 && h->length > 0;
	/* An offer of HTTP/2 in clear text (curl, Java) may be ignored; others cannot go on. */
	if (field_count(h, "upgrade") > 0 && field_has(h, "connection", "upgrade") &&
		!field_has(h, "upgrade", "h2c"))
		return bad(h, 501, "no other protocol is spoken on this port");
	return 0;
}

/* --- the head --- */

/* llhttp reads the head whole: it must agree with what was found here. */
static int
check_parser(struct http_in *h)
{
	struct http_in_impl *i = h->impl;
	llhttp_errno_t e = llhttp_execute(&i->parser, i->head.p, i->head.n);
	uint64_t length = i->chunked ? 0 : h->length;

	if (!i->head_done || (e != HPE_OK && e != HPE_PAUSED))
		return bad(h, 400, "the request is malformed");
	if (i->message_done ? h->length > 0 : i->parser.content_length != length)
		return bad(h, 400, "the request is malformed");
	return 0;
}

static int
head_parse(struct http_in *h)
{
	struct str rest = buf_str(&h->impl->head);
	int e = 0;

	rest.n -= 4; /* the last line's end and the empty line */
	e = request_line(h, str_head(rest, str_find(rest, '\r')));
	str_cut(&rest, '\n');
	while (e == 0 && rest.p) {
		struct str line = str_cut(&rest, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		e = field_line(h, line);
	}
	if (e == 0)
		e = check_host(h);
	if (e == 0)
		e = check_framing(h);
	if (e == 0)
		e = check_wishes(h);
	return e == 0 ? check_parser(h) : e;
}

/* A line came to its end: no CR but the one before the LF, no NUL (RFC 9112 2.2). */
static int
line_check(struct http_in *h, struct str line)
{
	if (line.n < 2 || line.p[line.n - 2] != '\r')
		return bad(h, 400, "a line ends in LF without CR");
	line.n -= 2;
	if (str_find(line, '\r') < line.n)
		return bad(h, 400, "a CR stands inside a line");
	if (memchr(line.p, '\0', line.n))
		return bad(h, 400, "a NUL stands in the head");
	return 0;
}

/* Takes bytes up to the end of one line. 1 = the head is complete, 0, or an error after bad().
 */
static int
head_line(struct http_in *h, struct str *in)
{
	struct http_in_impl *i = h->impl;
	size_t lf = str_find(*in, '\n'), n = lf < in->n ? lf + 1 : in->n;
	bool first = i->line == 0;
	struct str line;
	int e;

	if (buf_put(&i->head, str_head(*in, n)) < 0)
		return bad(h, first ? 414 : 431,
			first ? "the request line is too long"
			      : "the header fields are larger than 32 KiB");
	*in = str_from(*in, n);
	line = str_from(buf_str(&i->head), i->line);
	/* Bytes of another protocol need not wait for a line end that never comes. */
	if (first && line.p[0] != '\r' && line.p[0] != '\n' && !is_token(str_head(line, 1)))
		return bad(h, 400, "the request does not begin with a method");
	if (line.p[line.n - 1] != '\n')
		return 0;
	e = line_check(h, line);
	if (e != 0)
		return e;
	if (line.n > 2) {
		i->line = i->head.n;
		e = first ? request_line(h, str_head(line, line.n - 2)) : 0;
		/* The head may move while it grows: head_parse reads the line again. */
		if (e == 0)
			h->method = h->target = h->path = h->query = STR_NONE;
		return e;
	}
	if (!first)
		return 1;
	if (++i->empty > EMPTY_MAX)
		return bad(h, 400, "there are empty lines before the request");
	buf_clear(&i->head);
	return 0;
}

static enum http_in_event
feed_head(struct http_in *h, struct str *in)
{
	struct http_in_impl *i = h->impl;

	while (in->n > 0) {
		int e = head_line(h, in);

		if (e < 0)
			return HTTP_IN_BAD;
		if (e == 0)
			continue;
		if (head_parse(h) != 0)
			return HTTP_IN_BAD;
		i->phase = PHASE_DECIDE;
		return HTTP_IN_HEAD;
	}
	return HTTP_IN_MORE;
}

/* --- the body --- */

/* Chunk lines and trailers, which llhttp 8.1 reads too kindly: CR and LF only as a pair. */
static bool
overhead_ok(struct http_in_impl *i, struct str s)
{
	for (size_t n = 0; n < s.n; n++) {
		if ((s.p[n] == '\n') != (i->last == '\r') || s.p[n] == '\0')
			return false;
		i->last = s.p[n];
	}
	i->overhead += s.n;
	return i->overhead <= OVERHEAD_MAX;
}

static enum http_in_event
refuse(struct http_in *h, int status, const char *why)
{
	bad(h, status, why);
	return HTTP_IN_BAD;
}

/* One run of the parser: at most one piece of body. */
static enum http_in_event
body_step(struct http_in *h, struct str *in)
{
	struct http_in_impl *i = h->impl;
	struct str slice = i->chunked ? str_head(*in, OVERHEAD_MAX + 1 - i->overhead) : *in;
	llhttp_errno_t e;
	size_t used;

	i->span = STR_NONE;
	e = llhttp_execute(&i->parser, slice.p, slice.n);
	used = e == HPE_OK ? slice.n : (size_t)(llhttp_get_error_pos(&i->parser) - slice.p);
	if (i->too_large)
		return refuse(h, 413, "the body is too large");
	if ((e != HPE_OK && e != HPE_PAUSED) || used > slice.n || i->span.n > used)
		return refuse(h, 400, "the chunks of the body are malformed");
	if (e == HPE_PAUSED)
		llhttp_resume(&i->parser);
	*in = str_from(*in, used);
	if (i->chunked && !overhead_ok(i, str_head(slice, used - i->span.n)))
		return refuse(h, 400, "the chunks of the body are malformed");
	if (i->span.n > 0) {
		i->overhead = 0;
		i->last = '\0';
		i->body_seen += i->span.n;
		h->body = i->span;
		return HTTP_IN_BODY;
	}
	return HTTP_IN_MORE;
}

/* Counted here for Content-Length: llhttp tells its end only with the byte behind it. */
static bool
body_done(const struct http_in *h)
{
	const struct http_in_impl *i = h->impl;

	return i->message_done || (!i->chunked && i->body_seen == h->length);
}

static enum http_in_event
feed_body(struct http_in *h, struct str *in)
{
	struct http_in_impl *i = h->impl;
	enum http_in_event ev = HTTP_IN_MORE;

	if (!i->chunked && h->length > i->body_max)
		return refuse(h, 413, "the body is too large");
	while (ev == HTTP_IN_MORE && in->n > 0 && !body_done(h))
		ev = body_step(h, in);
	if (ev == HTTP_IN_MORE && body_done(h)) {
		i->phase = PHASE_END;
		return HTTP_IN_END;
	}
	return ev;
}

enum http_in_event
http_in_feed(struct http_in *h, struct str *in)
{
	h->body = STR_NONE;
	switch (h->impl->phase) {
	case PHASE_HEAD:
		return feed_head(h, in);
	case PHASE_BODY:
		return feed_body(h, in);
	case PHASE_BAD:
		return HTTP_IN_BAD;
	default:
		return HTTP_IN_MORE;
	}
}

int
http_looks(struct str first)
{
	static const char *const verbs[] = { "GET ", "POST ", "HEAD ", "PUT ", "DELETE ",
		"OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PRI " };
	int r = 0;

	for (size_t n = 0; n < sizeof verbs / sizeof verbs[0]; n++) {
		struct str verb = str_z(verbs[n]);

		if (str_starts(first, verb))
			return 1;
		if (first.n < verb.n && str_starts(verb, first))
			r = -EAGAIN;
	}
	return r;
}
