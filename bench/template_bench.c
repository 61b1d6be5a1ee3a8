/*
 * CPU time of one mail from a template, on one core: the HTML rendered; and what comes behind
 * it for each recipient, links rewritten (each with a token of its own), MIME composed, the
 * body hashed for DKIM. Not a test.
 *
 *   template_bench FILE [SECONDS [OUT]]   FILE: {"source","vars"}; OUT gets the rendered HTML
 *
 * Prints JSON: medians of batches in µs, bytes, links.
 */
#include "base/must.h"
#include "content/compose.h"
#include "content/html_text.h"
#include "content/link.h"
#include "content/template.h"
#include "wire/dkim.h"
#include "wire/track_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH       50u
#define BATCHES_MAX 20000u

struct bench {
	const struct template *t;
	struct template_data data;
	struct track_token_box *box;
	struct buf html, linked, mail, text;
	uint64_t message;
	unsigned links;
	uint8_t hash[DKIM_HASH_SIZE];
};

static double
now_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- what is measured ---- */

static void
render(struct bench *b)
{
	struct template_error error;

	buf_clear(&b->html);
	must(template_render(&b->html, b->t, TEMPLATE_HTML, &b->data, &error) == 0);
}

static int
make_link(void *ctx, const struct link_spot *link, struct buf *out)
{
	const struct bench *b = ctx;
	const struct track_token token = { .kind = TRACK_TOKEN_CLICK,
		.flags = TRACK_TOKEN_CONSENT,
		.tenant = 1,
		.accepted = 1790000000,
		.message = b->message,
		.text = link->url };

	buf_put(out, STR_LIT("https://click.shop.test/c/"));
	must(track_token_write(out, b->box, &token) == 0);
	buf_put(out, STR_LIT("/x"));
	return LINK_MADE;
}

static void
links(struct bench *b)
{
	const struct link_plan plan = { .make = make_link,
		.ctx = b,
		.tags = STR_NONE,
		.pixel = STR_LIT("https://click.shop.test/o/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"
				 "p.gif") };

	b->message += 2;
	buf_clear(&b->linked);
	must(link_html(&b->linked, buf_str(&b->html), &plan, &b->links) == 0);
}

static void
compose(struct bench *b)
{
	const struct compose m = { .from = STR_LIT("Shop <hello@shop.test>"),
		.to = STR_LIT("Ann <ann@example.org>"),
		.cc = STR_NONE,
		.sender = STR_NONE,
		.reply_to = STR_NONE,
		.subject = STR_LIT("Your order 1001 is on its way"),
		.text = buf_str(&b->text),
		.html = buf_str(&b->linked),
		.message_id = STR_LIT("<1001.abcdefgh@shop.test>"),
		.date = INT64_C(1790000000000000),
		.seed = STR_LIT("abcdefgh") };
	const char *why;

	buf_clear(&b->mail);
	must(compose_write(&b->mail, &m, &why) == 0);
}

static void
hash(struct bench *b)
{
	struct str all = buf_str(&b->mail);
	struct dkim_body d;

	dkim_body_init(&d);
	dkim_body_feed(&d, str_from(all, str_find_str(all, STR_LIT("\r\n\r\n")) + 4));
	dkim_body_end(&d, b->hash);
}

static void
mail(struct bench *b)
{
	links(b);
	compose(b);
	hash(b);
}

static void
make_text(struct bench *b)
{
	buf_clear(&b->text);
	must(html_text(&b->text, buf_str(&b->html), HTML_TEXT_WIDTH) == 0);
}

/* ---- medians ---- */

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* CPU µs of one, the median of batches of it. */
static double
measure(struct bench *b, void (*fn)(struct bench *b), double seconds)
{
	static double took[BATCHES_MAX];
	double end = now_us(CLOCK_MONOTONIC) + seconds * 1e6;
	size_t n = 0;

	for (unsigned i = 0; i < BATCH; i++)
		fn(b);
	while (n == 0 || (n < BATCHES_MAX && now_us(CLOCK_MONOTONIC) < end)) {
		double began = now_us(CLOCK_PROCESS_CPUTIME_ID);

		for (unsigned i = 0; i < BATCH; i++)
			fn(b);
		took[n++] = (now_us(CLOCK_PROCESS_CPUTIME_ID) - began) / BATCH;
	}
	qsort(took, n, sizeof *took, order);
	return took[n / 2];
}

static void
save(const char *file, struct str s)
{
	FILE *f = fopen(file, "w");

	must(f && fwrite(s.p, 1, s.n, f) == s.n);
	must(fclose(f) == 0);
}

static int
run(json_t *task, double seconds, const char *out)
{
	const json_t *source = json_object_get(task, "source");
	const struct track_token_key key = { .id = 1 };
	struct bench b = { .data.vars = json_object_get(task, "vars"),
		.data.now = INT64_C(1790000000000000),
		.message = 1 };
	struct template_error error;
	struct arena a;
	double each[6];
	static void (*const what[])(
		struct bench * b) = { render, make_text, links, compose, hash, mail };

	arena_init(&a, TEMPLATE_ARENA_MAX);
	if (template_compile(&a, TEMPLATE_HANDLEBARS,
		    str_of(json_string_value(source), json_string_length(source)), &b.t,
		    &error) < 0) {
		fprintf(stderr, "%u:%u: %s\n", error.line, error.column, error.why);
		return 65;
	}
	b.box = track_token_box_new(&key, 1);
	buf_init(&b.html, 1u << 20);
	buf_init(&b.linked, 1u << 20);
	buf_init(&b.mail, 4u << 20);
	buf_init(&b.text, 1u << 20);
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		each[i] = measure(&b, what[i], seconds);
	if (out)
		save(out, buf_str(&b.html));
	printf("{\"render_us\":%.3f,\"text_us\":%.3f,\"links_us\":%.3f,\"compose_us\":%.3f,"
	       "\"hash_us\":%.3f,\"mail_us\":%.3f,\"html\":%zu,\"mail\":%zu,\"links\":%u}\n",
		each[0], each[1], each[2], each[3], each[4], each[5], b.html.n, b.mail.n,
		b.links);
	track_token_box_free(&b.box);
	buf_done(&b.html);
	buf_done(&b.linked);
	buf_done(&b.mail);
	buf_done(&b.text);
	arena_done(&a);
	return 0;
}

int
main(int argc, char **argv)
{
	json_t *task = argc >= 2 ? json_load_file(argv[1], 0, NULL) : NULL;
	int err;

	if (!task) {
		fprintf(stderr, "template_bench FILE [SECONDS [OUT]]\n");
		return 64;
	}
	err = run(task, argc > 2 ? strtod(argv[2], NULL) : 1, argc > 3 ? argv[3] : NULL);
	json_decref(task);
	return err;
}
