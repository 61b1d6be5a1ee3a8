#include "content/link.h"

#include "content/link_scan.h"

#include <errno.h>

#define MADE_MAX  8192u /* a new URL */
#define PIXEL_MAX (MADE_MAX * 6)

struct job {
	struct buf *out;
	struct str in;
	const struct link_plan *plan;
	struct buf url, tagged, made;
	size_t done; /* of the input */
	unsigned links;
	bool html;
};

static void
job_init(struct job *j, struct buf *out, struct str in, const struct link_plan *plan)
{
	*j = (struct job){ .out = out, .in = in, .plan = plan };
	buf_init(&j->url, LINK_URL_MAX + 2);
	buf_init(&j->tagged, LINK_URL_MAX + LINK_TAGS_MAX + 2);
	buf_init(&j->made, MADE_MAX);
}

static int
job_done(struct job *j, size_t before, int error, unsigned *ret_links)
{
	buf_done(&j->url);
	buf_done(&j->tagged);
	buf_done(&j->made);
	if (!error && j->out->full)
		error = -E2BIG;
	if (error)
		buf_cut(j->out, before);
	else if (ret_links)
		*ret_links = j->links;
	return error;
}

/* Copies the input up to there. */
static void
copy(struct job *j, size_t to)
{
	buf_put(j->out, str_of(j->in.p + j->done, to - j->done));
	j->done = to;
}

/* The list is "LF URL LF LF URL LF …"; no URL holds a line end. */
static void
leave_alone(struct job *j, struct str value)
{
	struct buf *list = j->plan->alone;
	size_t before;

	if (!list || link_url_from_html(&j->url, value) != 0)
		return;
	before = list->n;
	if (buf_put_c(list, '\n') || buf_put(list, buf_str(&j->url)) || buf_put_c(list, '\n'))
		buf_cut(list, before);
}

static bool
is_left_alone(const struct job *j)
{
	const struct buf *list = j->plan->alone;
	struct str rest, url = buf_str(&j->url);

	if (j->html || !list)
		return false;
	/* Line by line: a search for the text in a list made for it costs 30 times as much. */
	for (rest = buf_str(list); rest.p && rest.n > 0;)
		if (str_eq(str_cut(&rest, '\n'), url))
			return true;
	return false;
}

/* The URL that goes where `url` is; *ret_new is borrowed from the job. */
static int
make(struct job *j, struct link_spot *link, struct str *ret_new)
{
	int r = LINK_KEEP;

	if (j->plan->tags.n > 0 && link_url_tag(&j->tagged, link->url, j->plan->tags) == 0)
		link->url = buf_str(&j->tagged);
	link->index = j->links++;
	buf_clear(&j->made);
	if (j->plan->make)
		r = j->plan->make(j->plan->ctx, link, &j->made);
	if (r < 0)
		return r;
	if (j->made.full)
		return -E2BIG;
	*ret_new = r == LINK_MADE ? buf_str(&j->made) : link->url;
	return 0;
}

/* What stands at `at` may be a link. */
static int
offer(struct job *j, size_t at, size_t n)
{
	struct link_spot link = { .at = at, .n = n };
	struct str old = str_of(j->in.p + at, n), new;
	int r;

	r = j->html ? link_url_from_html(&j->url, old) : link_url_from_text(&j->url, old);
	link.url = buf_str(&j->url);
	if (r != 0 || is_left_alone(j) ||
		(j->plan->apart.n && str_starts(link.url, j->plan->apart)))
		return 0;
	r = make(j, &link, &new);
	if (r != 0 || str_eq(new, buf_str(&j->url)))
		return r;
	copy(j, at);
	j->done = at + n;
	return j->html ? link_url_escape(j->out, new) : buf_put(j->out, new);
}

int
link_text(struct buf *out, struct str text, const struct link_plan *plan, unsigned *ret_links)
{
	struct job j;
	size_t before = out->n, from = 0, at, n;
	int r = 0;

	job_init(&j, out, text, plan);
	while (r == 0 && link_url_in_text(text, from, &at, &n)) {
		r = offer(&j, at, n);
		from = at + n;
	}
	if (r == 0)
		copy(&j, text.n);
	return job_done(&j, before, r, ret_links);
}

/* ---- the pixel */

int
link_pixel(struct buf *out, struct str url)
{
	buf_put_z(out, "<img src=\"");
	link_url_escape(out, url);
	/* Out of the way of the layout: no border, and nothing of a picture's own size. */
	return buf_put_z(out, "\" alt=\"\" width=\"1\" height=\"1\" style=\"border:0;width:1px;"
			      "height:1px\">");
}

static int
insert(struct buf *out, size_t at, struct str s)
{
	char *room = buf_room(out, s.n);

	if (!room)
		return -E2BIG;
	memmove(out->p + at + s.n, out->p + at, out->n - at);
	memcpy(out->p + at, s.p, s.n);
	buf_added(out, s.n);
	return 0;
}

static int
pixel(struct job *j, size_t at)
{
	struct buf b;
	int r;

	buf_init(&b, PIXEL_MAX);
	r = link_pixel(&b, j->plan->pixel);
	if (r == 0)
		r = insert(j->out, at, buf_str(&b));
	buf_done(&b);
	return r;
}

int
link_html(struct buf *out, struct str html, const struct link_plan *plan, unsigned *ret_links)
{
	struct job j;
	struct link_scan s;
	struct link_tag tag;
	size_t before = out->n, at = SIZE_MAX;
	int r = 0;

	job_init(&j, out, html, plan);
	j.html = true;
	link_scan_init(&s, html);
	while (r == 0 && link_scan_next(&s, &tag)) {
		if (tag.body_end) {
			copy(&j, tag.at);
			at = out->n;
		} else if (tag.opted_out) {
			leave_alone(&j, str_of(html.p + tag.value, tag.n));
		} else {
			r = offer(&j, tag.value, tag.n);
		}
	}
	if (r == 0) {
		copy(&j, link_scan_dead(&s));
		at = at == SIZE_MAX ? out->n : at;
		copy(&j, html.n);
	}
	if (r == 0 && plan->pixel.n > 0 && !out->full)
		r = pixel(&j, at);
	return job_done(&j, before, r, ret_links);
}
