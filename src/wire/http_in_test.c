#include "base/test.h"

#include "base/mem.h"
#include "wire/http_in.h"

#define H "Host: x\r\n"

/* What happened, one letter or word each: "POST /p|abc|END", "BAD 400". */
static void
play(struct buf *log, struct str in, size_t step, uint64_t body_max)
{
	struct http_in h;
	struct str part = STR_NONE;
	enum http_in_event ev;

	http_in_init(&h, UINT64_MAX);
	do {
		if (part.n == 0) {
			part = str_head(in, step);
			in = str_from(in, step);
		}
		while ((ev = http_in_feed(&h, &part)) != HTTP_IN_MORE) {
			if (ev == HTTP_IN_HEAD) {
				buf_printf(log, "%.*s %.*s%s%s|", STR_ARG(h.method),
					STR_ARG(h.path), h.keep_alive ? "" : " close",
					h.expect_continue ? " expect" : "");
				http_in_go(&h, body_max);
			} else if (ev == HTTP_IN_BODY) {
				buf_put(log, h.body);
			} else if (ev == HTTP_IN_END) {
				buf_put_z(log, "|END ");
				http_in_next(&h);
			} else {
				buf_printf(log, "BAD %d", h.status);
				http_in_done(&h);
				return;
			}
		}
	} while (in.n > 0 || part.n > 0);
	http_in_done(&h);
}

static const struct {
	const char *name, *in, *want;
} requests[] = {
	{ "get", "GET /a?b=c HTTP/1.1\r\n" H "\r\n", "GET /a||END " },
	{ "pipelined", "GET /a HTTP/1.1\r\n" H "\r\nGET /b HTTP/1.1\r\n" H "\r\n",
		"GET /a||END GET /b||END " },
	{ "length",
		"POST /p HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n" H
		"\r\n",
		"POST /p|abc|END GET /b||END " },
	{ "length 0", "POST /p HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", "POST /p||END " },
	{ "chunked",
		"POST /p HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n"
		"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\nGET /b HTTP/1.1\r\n" H "\r\n",
		"POST /p|abcde|END GET /b||END " },
	{ "close", "GET / HTTP/1.1\r\n" H "Connection: x, Close\r\n\r\n", "GET / close||END " },
	{ "1.0", "GET / HTTP/1.0\r\n\r\n", "GET / close||END " },
	{ "1.0 kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /||END " },
	{ "expect", "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n",
		"POST / expect|" },
	{ "empty line first", "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", "GET /||END " },
	{ "absolute", "GET http://x/a HTTP/1.1\r\n" H "\r\n", "GET /a||END " },
	{ "absolute bare", "GET http://x HTTP/1.1\r\n" H "\r\n", "GET /||END " },
	{ "options", "OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS *||END " },
	{ "h2c offer",
		"GET / HTTP/1.1\r\n" H
		"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
		"GET /||END " },
	{ "empty value", "GET / HTTP/1.1\r\n" H "X:\r\n\r\n", "GET /||END " },
	{ "bad method byte", "\x16\x03\x01", "BAD 400" },
	{ "bare lf", "GET / HTTP/1.1\n\n", "BAD 400" },
	{ "bare cr", "GET / HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n", "BAD 400" },
	{ "nul", "GET / HTTP/1.1\r\n" H "A: \x01\r\n\r\n", "BAD 400" },
	{ "fold", "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "BAD 400" },
	{ "space first", "GET / HTTP/1.1\r\n " H "\r\n", "BAD 400" },
	{ "space before colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "BAD 400" },
	{ "no colon", "GET / HTTP/1.1\r\n" H "A\r\n\r\n", "BAD 400" },
	{ "no host", "GET / HTTP/1.1\r\n\r\n", "BAD 400" },
	{ "two hosts", "GET / HTTP/1.1\r\n" H H "\r\n", "BAD 400" },
	{ "host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "BAD 400" },
	{ "both lengths",
		"POST / HTTP/1.1\r\n" H
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		"BAD 400" },
	{ "length twice",
		"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
		"BAD 400" },
	{ "length sign", "POST / HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\n", "BAD 400" },
	{ "length list", "POST / HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\n", "BAD 400" },
	{ "length huge", "POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n",
		"BAD 413" },
	{ "coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n",
		"BAD 501" },
	{ "coding 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "BAD 400" },
	{ "too long", "POST /p HTTP/1.1\r\n" H "Content-Length: 11\r\n\r\n",
		"POST /p|BAD 413" },
	{ "chunk too long",
		"POST /p HTTP/1.1\r\n" H
		"Transfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n2\r\nab",
		"POST /p|123456789BAD 413" },
	{ "chunk size", "POST /p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nx\r\n",
		"POST /p|BAD 400" },
	{ "chunk lf", "POST /p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\na\r\n",
		"POST /p|BAD 400" },
	{ "chunk end", "POST /p HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\naXY",
		"POST /p|aBAD 400" },
	{ "trailer cr",
		"POST /p HTTP/1.1\r\n" H
		"Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\rC: d\r\n\r\n",
		"POST /p|BAD 400" },
	{ "preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "BAD 505" },
	{ "version", "GET / HTTP/1.2\r\n", "BAD 505" },
	{ "0.9", "GET /\r\n", "BAD 400" },
	{ "connect", "CONNECT x:25 HTTP/1.1\r\n" H "\r\n", "BAD 405" },
	{ "upgrade", "GET / HTTP/1.1\r\n" H "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n",
		"BAD 501" },
	{ "method", "BREW / HTTP/1.1\r\n" H "\r\n", "BAD 501" },
	{ "expectation", "GET / HTTP/1.1\r\n" H "Expect: tea\r\n\r\n", "BAD 417" },
	{ "target", "GET a HTTP/1.1\r\n" H "\r\n", "BAD 400" },
	{ "fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", "BAD 400" },
	{ "spaces", "GET /a b HTTP/1.1\r\n" H "\r\n", "BAD 400" },
	{ "smtp", "EHLO me\r\n", "BAD 400" },
};

static void
test_requests(void **state)
{
	(void)state;
	TEST_EACH(row, requests)
	{
		struct str in = str_z(row->in);
		struct buf log;

		buf_init(&log, 4096);
		for (size_t step = 1; step <= in.n; step++) {
			buf_clear(&log);
			play(&log, in, step, 10);
			if (!str_eq_z(buf_str(&log), row->want))
				fail_msg("%s, pieces of %zu: %.*s", row->name, step,
					STR_ARG(buf_str(&log)));
		}
		buf_done(&log);
	}
}

static void
test_limits(void **state)
{
	static const struct {
		const char *name, *before, *repeat;
		unsigned times;
		const char *want;
	} table[] = {
		{ "target", "GET /", "a", 8001, "BAD 414" },
		{ "line", "GET /", "a", 40000, "BAD 414" },
		{ "head", "GET / HTTP/1.1\r\n" H,
			"A: 0123456789012345678901234567890123456789\r\n", 90, "" },
		{ "fields", "GET / HTTP/1.1\r\n" H, "A: b\r\n", 100, "BAD 431" },
		{ "size", "GET / HTTP/1.1\r\n" H "A: ", "b", 33000, "BAD 431" },
		{ "trailers", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n",
			"A: b\r\n", 2000, "POST /|BAD 400" },
		{ "extension", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1;",
			"b", 9000, "POST /|BAD 400" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf in, log;

		buf_init(&in, 1u << 20);
		buf_init(&log, 4096);
		buf_put_z(&in, row->before);
		for (unsigned i = 0; i < row->times; i++)
			buf_put_z(&in, row->repeat);
		if (strncmp(row->name, "target", 6) == 0)
			buf_put_z(&in, " HTTP/1.1\r\n");
		if (strcmp(row->name, "fields") == 0)
			buf_put_z(&in, "\r\n");
		for (size_t step = 1; step <= in.n; step = step * 7 + 3) {
			buf_clear(&log);
			play(&log, buf_str(&in), step, 10);
			if (!str_eq_z(buf_str(&log), row->want))
				fail_msg("%s, pieces of %zu: %.*s", row->name, step,
					STR_ARG(buf_str(&log)));
		}
		buf_done(&in);
		buf_done(&log);
	}
}

static void
test_looks(void **state)
{
	static const struct {
		const char *name;
		int want;
	} table[] = { { "GET /", 1 }, { "GET", -11 }, { "P", -11 }, { "", -11 },
		{ "EHLO x", 0 }, { "HELO x", 0 }, { "HE", -11 }, { "PRI * HTTP/2.0", 1 },
		{ "get /", 0 }, { "OPTIONS *", 1 }, { "QUIT", 0 }, { "GETX", 0 } };

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(http_looks(str_z(row->name)), row->want);
}

static void
test_answer(void **state)
{
	struct buf b;
	struct http_answer a = { .status = 200,
		.body = STR_LIT("hi\n"),
		.keep_alive = true,
		.now = INT64_C(1795514683000000) };

	(void)state;
	buf_init(&b, 1024);
	assert_int_equal(http_answer_write(&b, &a), 0);
	assert_true(
		str_eq_z(buf_str(&b), "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 10:04:43 "
				      "GMT\r\nContent-Length: 3\r\n"
				      "Content-Type: text/plain; charset=utf-8\r\nConnection: "
				      "keep-alive\r\n\r\nhi\n"));
	buf_clear(&b);
	a.head = true;
	assert_int_equal(http_answer_write(&b, &a), 0);
	assert_true(str_ends(buf_str(&b), STR_LIT("\r\n\r\n")));
	a.status = 302;
	a.location = "/x\r\nSet-Cookie: y";
	assert_int_equal(http_answer_write(&b, &a), -22);
	buf_clear(&b);
	a = (struct http_answer){ .status = 204, .body = STR_LIT("no") };
	assert_int_equal(http_answer_write(&b, &a), 0);
	assert_true(str_find_str(buf_str(&b), STR_LIT("Content-")) == b.n);
	assert_true(str_ends(buf_str(&b), STR_LIT("Connection: close\r\n\r\n")));
	buf_done(&b);
}

TEST_MAIN(TEST(test_requests), TEST(test_limits), TEST(test_looks), TEST(test_answer))
