/* Law: any cut of the input gives the same response, or the same refusal. Its second half, read
 * as a request's parts, never makes a request with a line that was not meant. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"
#include "wire/http_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_facts(struct buf *log, const struct http_out *h)
{
	buf_printf(log, "%d keep %d bytes %llu\n", h->status, h->keep_alive,
		(unsigned long long)h->body_bytes);
	for (size_t i = 0; i < h->nfields; i++) {
		buf_put(log, h->fields[i].name);
		buf_put_c(log, '=');
		buf_put(log, h->fields[i].value);
		buf_put_c(log, '\n');
	}
	buf_put(log, h->body);
}

/* False when no more is read. */
static bool
tell(struct http_out *h, enum http_out_event ev, struct buf *log)
{
	if (ev == HTTP_OUT_END) {
		must(h->status >= 200 && h->body.n <= h->body_bytes);
		put_facts(log, h);
		return h->keep_alive;
	}
	if (ev == HTTP_OUT_BAD) {
		must(h->why && !h->keep_alive);
		buf_printf(log, "BAD %s\n", h->why);
		return false;
	}
	return true;
}

static bool
feed(struct http_out *h, struct str part, struct buf *log)
{
	while (part.n > 0) {
		enum http_out_event ev = http_out_feed(h, &part);

		if (ev == HTTP_OUT_MORE)
			must(part.n == 0);
		if (!tell(h, ev, log))
			return false;
		if (ev == HTTP_OUT_END)
			http_out_begin(h, false);
	}
	return true;
}

static void
run(struct str in, size_t step, bool head, struct buf *log)
{
	struct http_out h;
	bool more = true;

	http_out_init(&h, 100);
	http_out_begin(&h, head);
	while (in.n > 0 && more) {
		/* A copy of its own, so that reading behind a piece is seen. */
		char *piece = str_dup_z(str_head(in, step));

		more = feed(&h, str_of(piece, step < in.n ? step : in.n), log);
		in = str_from(in, step);
		mem_free(piece);
	}
	if (more)
		(void)tell(&h, http_out_eof(&h), log);
	http_out_done(&h);
}

static void
check_request(struct str in)
{
	struct str method = str_cut(&in, '\x01'), target = str_cut(&in, '\x01'),
		   host = str_cut(&in, '\x01');
	struct http_field f = { str_cut(&in, '\x01'), str_cut(&in, '\x01') };
	const struct http_out_request r = { method, target, host, &f, 1, STR_NONE };
	const bool announced = str_eq_z(method, "POST") || str_eq_z(method, "PUT");
	struct buf b;
	unsigned lines = 0;

	buf_init(&b, 1u << 20);
	if (f.name.p && f.value.p && http_out_write(&b, &r) == 0) {
		for (size_t i = 0; i < b.n; i++) {
			must(b.p[i] != '\0' &&
				(b.p[i] == '\n') == (i > 0 && b.p[i - 1] == '\r'));
			lines += b.p[i] == '\n';
		}
		must(lines == 4u + announced);
	}
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t steps[] = { 1, 2, 7, size > 0 ? 1 + data[size / 2] : 1 };
	struct str in = str_of(data, size);
	bool head = size > 0 && data[size - 1] == 'h';
	struct buf whole, cut;

	buf_init(&whole, 4u << 20);
	buf_init(&cut, 4u << 20);
	run(in, size > 0 ? size : 1, head, &whole);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		buf_clear(&cut);
		run(in, steps[i], head, &cut);
		must(str_eq(buf_str(&whole), buf_str(&cut)));
	}
	check_request(in);
	buf_done(&whole);
	buf_done(&cut);
	return 0;
}
