/* Law: any cut of the input gives the same requests, the same bodies and the same refusal. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"
#include "wire/http_in.h"

#define BODY_MAX 20000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_head(struct buf *log, const struct http_in *h)
{
	const struct str texts[] = { h->method, h->target, h->path, h->query };

	buf_printf(log, "HEAD %d%d %llu", h->keep_alive, h->expect_continue,
		(unsigned long long)h->length);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		buf_put_c(log, ' ');
		buf_put(log, texts[i]);
	}
	buf_put_c(log, '\n');
	for (size_t i = 0; i < h->nfields; i++) {
		buf_put(log, h->fields[i].name);
		buf_put_c(log, '=');
		buf_put(log, h->fields[i].value);
		buf_put_c(log, '\n');
	}
}

/* Feeds part until it wants more. False after a refusal. */
static bool
feed(struct http_in *h, struct str part, struct buf *log)
{
	for (;;) {
		switch (http_in_feed(h, &part)) {
		case HTTP_IN_MORE:
			must(part.n == 0);
			return true;
		case HTTP_IN_HEAD:
			put_head(log, h);
			http_in_go(h, BODY_MAX);
			break;
		case HTTP_IN_BODY:
			must(h->body.n > 0);
			buf_put(log, h->body);
			break;
		case HTTP_IN_END:
			buf_put_z(log, "\nEND\n");
			http_in_next(h);
			if (part.n == 0)
				return true;
			break;
		case HTTP_IN_BAD:
			must(h->status >= 400 && h->why);
			buf_printf(log, "\nBAD %d %s\n", h->status, h->why);
			return false;
		}
	}
}

static void
run(struct str in, size_t step, struct buf *log)
{
	struct http_in h;
	bool more = true;

	http_in_init(&h, BODY_MAX);
	while (in.n > 0 && more) {
		/* A copy of its own, so that reading behind a piece is seen. */
		char *piece = str_dup_z(str_head(in, step));

		more = feed(&h, str_of(piece, step < in.n ? step : in.n), log);
		in = str_from(in, step);
		mem_free(piece);
	}
	http_in_done(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t steps[] = { 1, 2, 7, size > 0 ? 1 + data[size / 2] : 1 };
	struct str in = str_of(data, size);
	struct buf whole, cut;

	buf_init(&whole, 4u << 20);
	buf_init(&cut, 4u << 20);
	run(in, size > 0 ? size : 1, &whole);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		buf_clear(&cut);
		run(in, steps[i], &cut);
		must(str_eq(buf_str(&whole), buf_str(&cut)));
	}
	(void)http_looks(in);
	buf_done(&whole);
	buf_done(&cut);
	return 0;
}
