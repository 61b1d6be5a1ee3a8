/*
 * Laws. With a maker that keeps all links and no pixel the output is the input byte for byte.
 * With one that makes new URLs the output has the same parts; a leaf that differs decodes, by
 * the forgiving reader of wire/mime_in, to what link_html or link_text make of the old one; its
 * header is the same but for one Content-Transfer-Encoding; every byte outside is the same.
 */
#include "content/track_mime.h"

#include "base/mem.h"
#include "base/must.h"
#include "content/track_leaf.h"
#include "wire/header.h"
#include "wire/mime_in.h"

#define NEW "https://t.example/c/x"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int
keep(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	(void)link;
	buf_put_z(out, "unused");
	return LINK_KEEP;
}

static int
make(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	(void)link;
	buf_put_z(out, NEW);
	return LINK_MADE;
}

static bool
is_code(const struct header_field *f)
{
	return str_ieq_z(f->name, "Content-Transfer-Encoding");
}

/* All fields but the encoding, in their order. */
static void
check_head(struct str old, struct str new)
{
	struct header_field a, b;
	int more;

	if (str_eq(old, new))
		return;
	do {
		while ((more = header_next(&old, &a)) > 0 && is_code(&a))
			;
		while (header_next(&new, &b) > 0 && is_code(&b))
			;
		must(more >= 0);
		must(more == 0 || str_eq(a.all, b.all));
	} while (more > 0);
	must(str_eq(old, new));
}

/* Line ends of mime_in: CRLF only; spaces at an end are not told apart. */
static void
normal(struct buf *out, struct str s)
{
	struct mime_in_part p = { .body = s, .coding = MIME_IN_PLAIN };
	struct arena a;

	arena_init(&a, 8u << 20);
	s = mime_in_text(&a, &p, 4u << 20);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r')
			while (out->n > 0 &&
				(out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\t'))
				buf_cut(out, out->n - 1);
		buf_put_c(out, s.p[i]);
	}
	while (out->n > 0 && (out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\t'))
		buf_cut(out, out->n - 1);
	arena_done(&a);
}

static enum track_leaf_code
code_of(const struct mime_in_part *p)
{
	return p->coding == MIME_IN_QP    ? TRACK_LEAF_QP
	       : p->coding == MIME_IN_B64 ? TRACK_LEAF_B64
	                                  : TRACK_LEAF_PLAIN;
}

/* alone: what the authors of all HTML leaves except. */
static void
check_leaf(const struct mime_in_part *old, const struct mime_in_part *new, struct buf *alone)
{
	const struct link_plan plan = {
		.make = make, .tags = STR_NONE, .pixel = STR_NONE, .alone = alone
	};
	struct buf old_text, want, made, got;
	struct str text;
	struct arena a;

	arena_init(&a, 16u << 20);
	buf_init(&old_text, 4u << 20);
	buf_init(&want, 4u << 20);
	buf_init(&made, 4u << 20);
	buf_init(&got, 4u << 20);
	must(track_leaf_decode(&old_text, old->body, code_of(old)) == 0);
	text = buf_str(&old_text);
	if (mime_in_is(old, "text/html"))
		must(link_html(&made, text, &plan, NULL) == 0);
	else
		must(link_text(&made, text, &plan, NULL) == 0);
	normal(&want, buf_str(&made));
	normal(&got, mime_in_text(&a, new, 4u << 20));
	must(str_eq(buf_str(&want), buf_str(&got)));
	buf_done(&old_text);
	buf_done(&want);
	buf_done(&made);
	buf_done(&got);
	arena_done(&a);
}

static void
except(const struct mime_in *m, struct buf *alone)
{
	const struct link_plan plan = {
		.make = keep, .tags = STR_NONE, .pixel = STR_NONE, .alone = alone
	};
	struct arena a;
	struct buf out;

	arena_init(&a, 16u << 20);
	buf_init(&out, 4u << 20);
	for (size_t i = 0; i < m->n; i++)
		if (!m->parts[i].multipart && mime_in_is(&m->parts[i], "text/html"))
			(void)link_html(
				&out, mime_in_text(&a, &m->parts[i], 4u << 20), &plan, NULL);
	buf_done(&out);
	arena_done(&a);
}

/* Bytes from *done up to `to`, in both. */
static void
check_between(struct str in, struct str out, size_t done[2], const size_t to[2])
{
	must(to[0] - done[0] == to[1] - done[1]);
	must(memcmp(in.p + done[0], out.p + done[1], to[0] - done[0]) == 0);
}

static void
check_changed(struct str in, struct str out)
{
	struct mime_in *a = MEM_NEW(a), *b = MEM_NEW(b);
	size_t done[2] = { 0, 0 };
	struct arena arena;
	struct buf alone;

	arena_init(&arena, 1u << 20);
	buf_init(&alone, LINK_ALONE_MAX);
	mime_in_walk(&arena, in, a);
	mime_in_walk(&arena, out, b);
	must(a->n == b->n);
	except(a, &alone);
	for (size_t i = 0; i < a->n; i++) {
		const struct mime_in_part *p = &a->parts[i], *q = &b->parts[i];
		size_t to[2] = { (size_t)(p->head.p - in.p), (size_t)(q->head.p - out.p) };

		if (p->multipart || (str_eq(p->body, q->body) && str_eq(p->head, q->head)))
			continue;
		check_between(in, out, done, to);
		check_head(p->head, q->head);
		must(!p->attached);
		/* What the one except list of all cannot tell is left to the tests. */
		if (alone.n == 0)
			check_leaf(p, q, &alone);
		done[0] = (size_t)(p->body.p - in.p) + p->body.n;
		done[1] = (size_t)(q->body.p - out.p) + q->body.n;
	}
	must(str_eq(str_from(in, done[0]), str_from(out, done[1])));
	buf_done(&alone);
	arena_done(&arena);
	mem_free(a);
	mem_free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct track_mime_plan plan = { .make = keep, .html = true, .text = true };
	struct str in = str_of(data, n);
	struct track_mime_result r;
	struct buf out;

	if (n > 100000)
		return 0;
	plan.tags = plan.pixel = STR_NONE;
	buf_init(&out, 8u << 20);
	must(track_mime(&out, in, &plan, &r) == 0);
	must(r.leaves == 0 && str_eq(buf_str(&out), in));
	buf_clear(&out);
	plan.make = make;
	must(track_mime(&out, in, &plan, &r) == 0);
	must((r.leaves > 0) == !str_eq(buf_str(&out), in));
	if (r.leaves > 0)
		check_changed(in, buf_str(&out));
	buf_clear(&out);
	plan.pixel = STR_LIT("https://t.example/o/x");
	must(track_mime(&out, in, &plan, &r) == 0);
	buf_done(&out);
	return 0;
}
