/*
 * Laws: a maker that changes nothing gives the input byte for byte. With one that makes new
 * URLs, all outside of the reported values is as it was, in order, and putting the old values
 * back gives the input. What is offered are absolute http(s) URLs of printable ASCII.
 */
#include "content/link.h"

#include "base/mem.h"
#include "base/must.h"

#define LINKS   512u
#define NEW     "https://t.example/c/x?a&b="
#define NEW_TAG "https://t.example/c/x?a&amp;b="

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct seen {
	size_t n;
	struct {
		size_t at, n;
		bool leads; /* to NEW, before */
	} links[LINKS];
};

static void
check_url(struct str url)
{
	must(url.n > 0 && url.n <= LINK_URL_MAX);
	must(str_istarts(url, STR_LIT("http://")) || str_istarts(url, STR_LIT("https://")));
	for (size_t i = 0; i < url.n; i++)
		must(url.p[i] > ' ' && url.p[i] < 127 && url.p[i] != '"' && url.p[i] != '\\');
}

static int
same(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	check_url(link->url);
	buf_put(out, link->url);
	return LINK_MADE;
}

static int
make(void *ctx, const struct link_spot *link, struct buf *out)
{
	struct seen *seen = ctx;

	must(link->index == seen->n);
	if (seen->n == LINKS)
		return -1;
	seen->links[seen->n].at = link->at;
	seen->links[seen->n].leads = str_eq_z(link->url, NEW);
	seen->links[seen->n++].n = link->n;
	buf_put_z(out, NEW);
	return LINK_MADE;
}

/* out is in, but for the values seen. */
static void
check_outside(struct str in, struct str out, const struct seen *seen, struct str made)
{
	size_t done = 0;

	for (size_t i = 0; i < seen->n; i++) {
		size_t gap = seen->links[i].at - done;

		must(seen->links[i].at >= done && seen->links[i].at + seen->links[i].n <= in.n);
		must(str_eq(str_head(out, gap), str_of(in.p + done, gap)));
		out = str_from(out, gap);
		/* One that leads there already keeps its spelling. */
		struct str is = seen->links[i].leads
		                        ? str_of(in.p + seen->links[i].at, seen->links[i].n)
		                        : made;

		must(str_starts(out, is));
		out = str_from(out, is.n);
		done = seen->links[i].at + seen->links[i].n;
	}
	must(str_eq(out, str_from(in, done)));
}

static void
check(struct str in, struct buf *out, bool html)
{
	int (*rewrite)(struct buf *, struct str, const struct link_plan *, unsigned *) =
		html ? link_html : link_text;
	struct link_plan plan = { .make = same };
	struct seen *seen = MEM_NEW(seen);
	unsigned n;

	buf_clear(out);
	must(rewrite(out, in, &plan, NULL) == 0);
	must(str_eq(buf_str(out), in));
	plan = (struct link_plan){ .make = make, .ctx = seen };
	buf_clear(out);
	if (rewrite(out, in, &plan, &n) == 0) {
		must(n == seen->n);
		check_outside(in, buf_str(out), seen, html ? STR_LIT(NEW_TAG) : STR_LIT(NEW));
	}
	mem_free(seen);
}

/* The image is put in at one place and all else is as it was. */
static void
check_pixel(struct str in, struct buf *out)
{
	struct link_plan plan = { .pixel = STR_LIT("https://t.example/o") };
	struct str left = in, right = in, got;
	struct buf image;

	buf_init(&image, 1000);
	must(link_pixel(&image, plan.pixel) == 0);
	buf_clear(out);
	must(link_html(out, in, &plan, NULL) == 0);
	got = buf_str(out);
	must(got.n == in.n + image.n);
	left.n = 0;
	while (left.n < in.n && got.p[left.n] == in.p[left.n])
		left.n++;
	while (right.n > 0 && got.p[got.n - (in.n - right.n) - 1] == right.p[right.n - 1])
		right.n--;
	must(left.n >= right.n);
	buf_done(&image);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct buf out;

	buf_init(&out, n * 8 + 4096);
	check(in, &out, true);
	check(in, &out, false);
	check_pixel(in, &out);
	buf_done(&out);
	return 0;
}
