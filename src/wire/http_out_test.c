#include "base/test.h"

#include "base/mem.h"
#include "wire/http_out.h"

#define OK "HTTP/1.1 200 OK\r\n"
#define CH OK "Transfer-Encoding: chunked\r\n\r\n"

/* "200 keep|abc 3", "200 close|abc 9" (kept and all bytes), "BAD", "MORE"; then what is left.
 */
static void
play(struct buf *log, struct str in, size_t step, bool head)
{
	struct http_out h;
	struct str part = STR_NONE;
	enum http_out_event ev = HTTP_OUT_MORE;
	bool eof = in.n > 0 && in.p[in.n - 1] == '$'; /* the other side closes there */

	in.n -= eof;
	http_out_init(&h, 8);
	http_out_begin(&h, head);
	while (ev == HTTP_OUT_MORE && in.n > 0) {
		part = str_head(in, step);
		in = str_from(in, step);
		ev = http_out_feed(&h, &part);
	}
	if (ev == HTTP_OUT_MORE && eof)
		ev = http_out_eof(&h);
	if (ev == HTTP_OUT_END)
		buf_printf(log, "%d %s|%.*s %u", h.status, h.keep_alive ? "keep" : "close",
			STR_ARG(h.body), (unsigned)h.body_bytes);
	else
		buf_put_z(log, ev == HTTP_OUT_BAD ? "BAD" : "MORE");
	if (ev == HTTP_OUT_END && part.n + in.n > 0)
		buf_printf(log, " left %zu", part.n + in.n);
	http_out_done(&h);
}

static const struct {
	const char *name, *in, *want;
} responses[] = {
	{ "length", OK "Content-Length: 3\r\n\r\nabc", "200 keep|abc 3" },
	{ "length 0", OK "Content-Length: 0\r\n\r\n", "200 keep| 0" },
	{ "more than kept", OK "Content-Length: 10\r\n\r\n0123456789", "200 keep|01234567 10" },
	{ "surplus", OK "Content-Length: 1\r\n\r\nabc", "200 keep|a 1 left 2" },
	{ "no reason", "HTTP/1.1 204\r\n\r\n", "204 keep| 0" },
	{ "204", "HTTP/1.1 204 No Content\r\n\r\nx", "204 keep| 0 left 1" },
	{ "304 with length", "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n", "304 keep| 0" },
	{ "close", OK "Connection: x, Close\r\nContent-Length: 0\r\n\r\n", "200 close| 0" },
	{ "1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "200 close| 0" },
	{ "1.0 kept", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
		"200 keep| 0" },
	{ "until close", OK "\r\nabcd$", "200 close|abcd 4" },
	{ "until close, empty", OK "\r\n$", "200 close| 0" },
	{ "chunked", CH "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n", "200 keep|abcde 5" },
	{ "chunked, kept", CH "9\r\nabcdefghi\r\n2\r\nde\r\n0\r\n\r\nx",
		"200 keep|abcdefgh 11 left 1" },
	{ "continue",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" OK
		"Content-Length: 1\r\n\r\na",
		"200 keep|a 1" },
	{ "redirect", "HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
		"302 keep| 0" },
	{ "obs-text", "HTTP/1.1 500 \xe9\r\nA: \xe9\r\nContent-Length: 0\r\n\r\n",
		"500 keep| 0" },
	{ "not yet", OK "Content-Length: 3\r\n\r\nab", "MORE" },
	{ "cut off", OK "Content-Length: 3\r\n\r\nab$", "BAD" },
	{ "cut off in head", OK "$", "BAD" },
	{ "cut off in chunk", CH "3\r\nab$", "BAD" },
	{ "no last chunk", CH "3\r\nabc\r\n$", "BAD" },
	{ "nothing", "$", "BAD" },
	{ "switching", "HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n", "BAD" },
	{ "other protocol", "220 mx ESMTP\r\n", "BAD" },
	{ "first byte", "S", "BAD" },
	{ "http/2", "HTTP/2 200\r\n", "BAD" },
	{ "empty line first", "\r\n" OK "\r\n", "BAD" },
	{ "status 99", "HTTP/1.1 099 x\r\n\r\n", "BAD" },
	{ "status 600", "HTTP/1.1 600 x\r\n\r\n", "BAD" },
	{ "status of two", "HTTP/1.1 20 x\r\n\r\n", "BAD" },
	{ "status of four", "HTTP/1.1 2000 x\r\n\r\n", "BAD" },
	{ "bare lf", "HTTP/1.1 200 OK\n\n", "BAD" },
	{ "bare cr", OK "A: b\rC: d\r\n\r\n", "BAD" },
	{ "fold", OK "A: b\r\n c\r\n\r\n", "BAD" },
	{ "space before colon", OK "A : b\r\n\r\n", "BAD" },
	{ "no colon", OK "A\r\n\r\n", "BAD" },
	{ "control", OK "A: \x01\r\n\r\n", "BAD" },
	{ "both", OK "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", "BAD" },
	{ "two lengths", OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "BAD" },
	{ "length list", OK "Content-Length: 1, 1\r\n\r\n", "BAD" },
	{ "length sign", OK "Content-Length: +1\r\n\r\n", "BAD" },
	{ "length huge", OK "Content-Length: 99999999999999999999\r\n\r\n", "BAD" },
	{ "coding", OK "Transfer-Encoding: gzip, chunked\r\n\r\n", "BAD" },
	{ "coding of 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "BAD" },
	{ "chunk size", CH "x\r\n", "BAD" },
	{ "chunk lf", CH "1\na\r\n", "BAD" },
	{ "chunk end", CH "1\r\naXY", "BAD" },
	{ "chunk huge", CH "fffffffffffffffff\r\n", "BAD" },
	{ "trailer cr", CH "0\r\nA: b\rC: d\r\n\r\n", "BAD" },
};

static void
test_responses(void **state)
{
	(void)state;
	TEST_EACH(row, responses)
	{
		struct str in = str_z(row->in);
		struct buf log;

		buf_init(&log, 4096);
		for (size_t step = 1; step <= in.n; step++) {
			buf_clear(&log);
			play(&log, in, step, false);
			if (!str_eq_z(buf_str(&log), row->want))
				fail_msg("%s, pieces of %zu: %.*s", row->name, step,
					STR_ARG(buf_str(&log)));
		}
		buf_done(&log);
	}
}

static void
test_head(void **state)
{
	struct buf log;

	(void)state;
	buf_init(&log, 4096);
	play(&log, STR_LIT(OK "Content-Length: 100\r\n\r\n"), 7, true);
	assert_str(buf_str(&log), "200 keep| 0");
	buf_done(&log);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *name, *before, *repeat;
		unsigned times;
		const char *want;
	} table[] = {
		{ "line", OK "A: ", "a", 40000, "BAD" },
		{ "status line", "HTTP/1.1 200 ", "a", 40000, "BAD" },
		{ "head", OK, "A: 0123456789012345678901234567890123456789\r\n", 90, "MORE" },
		{ "fields", OK, "A: b\r\n", 101, "BAD" },
		{ "interim", "", "HTTP/1.1 100 x\r\n\r\n", 17, "BAD" },
		{ "interim, still", "", "HTTP/1.1 100 x\r\n\r\n", 16, "MORE" },
		{ "trailers", CH "0\r\n", "A: b\r\n", 2000, "BAD" },
		{ "extension", CH "1;", "b", 9000, "BAD" },
		{ "endless", OK "\r\n", "0123456789abcdef", 1 << 16, "MORE" },
		{ "too long", OK "\r\n", "0123456789abcdef", (1 << 16) + 1,
			"200 close|01234567 1048576" },
		{ "too long, known", OK "Content-Length: 9999999\r\n\r\n", "0123456789abcdef",
			(1 << 16) + 1, "200 close|01234567 1048576" },
		{ "too long, chunks", CH, "10\r\n0123456789abcdef\r\n", (1 << 16) + 1,
			"200 close|01234567 1048576" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf in, log;

		buf_init(&in, 4u << 20);
		buf_init(&log, 4096);
		buf_put_z(&in, row->before);
		for (unsigned i = 0; i < row->times; i++)
			buf_put_z(&in, row->repeat);
		if (strcmp(row->name, "fields") == 0)
			buf_put_z(&in, "\r\n");
		for (size_t step = 1; step <= in.n; step = step * 37 + 3) {
			buf_clear(&log);
			play(&log, buf_str(&in), step, false);
			/* What is left behind it depends on the last piece. */
			if (!str_starts(buf_str(&log), str_z(row->want)))
				fail_msg("%s, pieces of %zu: %.*s", row->name, step,
					STR_ARG(buf_str(&log)));
		}
		buf_done(&in);
		buf_done(&log);
	}
}

static void
test_again(void **state)
{
	struct str in = STR_LIT(
		OK "Content-Length: 1\r\nA: b\r\n\r\na" OK "Content-Length: 2\r\n\r\nbc");
	struct http_out h;

	(void)state;
	http_out_init(&h, 10);
	assert_false(h.began);
	assert_int_equal(http_out_feed(&h, &in), HTTP_OUT_END);
	assert_str(http_out_field(&h, "a"), "b");
	assert_null(http_out_field(&h, "x").p);
	assert_true(h.began && h.keep_alive);
	assert_int_equal(http_out_feed(&h, &in), HTTP_OUT_END);
	http_out_begin(&h, false);
	assert_int_equal(http_out_feed(&h, &in), HTTP_OUT_END);
	assert_str(h.body, "bc");
	assert_int_equal(in.n, 0);
	http_out_done(&h);
}

static void
test_write(void **state)
{
	static const struct {
		const char *name, *method, *target, *host, *field, *value, *want;
	} table[] = {
		{ "post", "POST", "/a?b", "x.test", "A", "b c",
			"POST /a?b HTTP/1.1\r\nHost: x.test\r\nA: b c\r\n"
			"Content-Length: 2\r\n\r\nhi" },
		{ "utf-8", "POST", "/", "[::1]:8443", "A", "\xc3\xa9",
			"POST / HTTP/1.1\r\nHost: [::1]:8443\r\nA: \xc3\xa9\r\n"
			"Content-Length: 2\r\n\r\nhi" },
		{ "cr in value", "POST", "/", "x", "A", "b\r\nC: d", NULL },
		{ "lf in value", "POST", "/", "x", "A", "b\nC: d", NULL },
		{ "cr in name", "POST", "/", "x", "A\r", "b", NULL },
		{ "colon in name", "POST", "/", "x", "A: b", "c", NULL },
		{ "no name", "POST", "/", "x", "", "c", NULL },
		{ "cr in target", "POST", "/\r\nA: b", "x", "A", "b", NULL },
		{ "space in target", "POST", "/ HTTP/1.0", "x", "A", "b", NULL },
		{ "target of a proxy", "POST", "http://x/", "x", "A", "b", NULL },
		{ "fragment", "POST", "/#a", "x", "A", "b", NULL },
		{ "cr in host", "POST", "/", "x\r\nA: b", "A", "b", NULL },
		{ "no host", "POST", "/", "", "A", "b", NULL },
		{ "method", "PO ST", "/", "x", "A", "b", NULL },
		{ "two hosts", "POST", "/", "x", "hOst", "y", NULL },
		{ "two lengths", "POST", "/", "x", "content-length", "0", NULL },
		{ "coding", "POST", "/", "x", "Transfer-Encoding", "chunked", NULL },
		{ "connection", "POST", "/", "x", "Connection", "close", NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const struct http_field f = { str_z(row->field), str_z(row->value) };
		const struct http_out_request r = { str_z(row->method), str_z(row->target),
			str_z(row->host), &f, 1, STR_LIT("hi") };
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(http_out_write(&b, &r), row->want ? 0 : -22);
		assert_str(buf_str(&b), row->want ? row->want : "");
		buf_done(&b);
	}
	assert_false(http_out_field_ok(STR_LIT("A"), str_of("a\0b", 3)));
}

static void
test_write_small(void **state)
{
	const struct http_out_request get = { STR_LIT("GET"), STR_LIT("/"), STR_LIT("x"), NULL,
		0, STR_NONE };
	struct buf b;

	(void)state;
	buf_init(&b, 30);
	assert_int_equal(http_out_write(&b, &get), 0);
	assert_str(buf_str(&b), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(http_out_write(&b, &get), -7);
	buf_done(&b);
}

TEST_MAIN(TEST(test_responses), TEST(test_head), TEST(test_limits), TEST(test_again),
	TEST(test_write), TEST(test_write_small))
