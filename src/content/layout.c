#include "content/layout.h"

#include "content/letters.h"

#include <errno.h>

/* ---- the place */

static struct str
blanks_off(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_from(s, 1);
	return s;
}

/* The bytes of a place at the start of s; 0: there is none. */
static size_t
place_here(struct str s)
{
	static const struct str word = STR_LIT("@content");
	struct str rest = blanks_off(str_from(s, 3));

	if (!str_starts(rest, word))
		return 0;
	rest = blanks_off(str_from(rest, word.n));
	return str_starts(rest, STR_LIT("}}}")) ? s.n - rest.n + 3 : 0;
}

/* The first one; s.n: there is none. */
static size_t
place_in(struct str s, size_t *ret_n)
{
	size_t at = 0;

	while (at < s.n) {
		at += str_find_str(str_from(s, at), STR_LIT("{{{"));
		*ret_n = at < s.n ? place_here(str_from(s, at)) : 0;
		if (*ret_n > 0)
			return at;
		at++;
	}
	return s.n;
}

bool
layout_is(struct str source)
{
	size_t n;

	return place_in(source, &n) < source.n;
}

unsigned
layout_places(struct str source)
{
	size_t n, at = place_in(source, &n);

	if (at == source.n)
		return 0;
	return layout_is(str_from(source, at + n)) ? 2 : 1;
}

/* ---- joining */

/* Behind this text, which begins at `from`. */
static struct layout_point
behind(struct layout_point from, struct str text)
{
	size_t line = str_rfind(text, '\n');

	for (size_t i = 0; i < text.n; i++)
		from.line += text.p[i] == '\n';
	if (line < text.n) {
		from.column = 1;
		text = str_from(text, line + 1);
	}
	from.column += (unsigned)letters_count(text);
	return from;
}

static int
put(struct buf *out, struct str one, struct str two, struct str three)
{
	size_t before = out->n;

	if (buf_put(out, one) == 0 && buf_put(out, two) == 0 && buf_put(out, three) == 0)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}

int
layout_join(struct buf *out, struct str layout, struct str body, struct layout_seam *ret_seam)
{
	const struct layout_point first = { 1, 1 };
	bool alone = layout.n == 0;
	struct str frame = alone ? body : layout, head, rest;
	size_t n = 0, at = place_in(frame, &n), more;
	struct layout_seam seam;

	if (at == frame.n && !alone)
		return -ENOENT;
	head = str_head(frame, at);
	rest = str_from(frame, at + n);
	if (place_in(rest, &more) < rest.n)
		return -EEXIST;
	seam.begin = behind(first, head);
	seam.end = alone ? seam.begin : behind(seam.begin, body);
	seam.behind = behind(seam.begin, str_of(frame.p + at, n));
	if (put(out, head, alone ? STR_NONE : body, rest) < 0)
		return -E2BIG;
	*ret_seam = seam;
	return 0;
}

struct str
layout_whole(struct arena *a, struct str layout, struct str body)
{
	struct layout_seam seam;
	struct str kept = body;
	struct buf b;

	if (body.n == 0 || (layout.n == 0 && !layout_is(body)))
		return body;
	buf_init(&b, layout.n + body.n);
	if (layout_join(&b, layout, body, &seam) == 0)
		kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	return kept;
}

/* ---- and back */

static bool
before(const struct layout_point *a, const struct layout_point *b)
{
	return a->line < b->line || (a->line == b->line && a->column < b->column);
}

/* The point as counted when `from` is at `to`. */
static void
move(struct layout_point *point, const struct layout_point *from, const struct layout_point *to)
{
	if (point->line == from->line)
		point->column = point->column - from->column + to->column;
	point->line = point->line - from->line + to->line;
}

bool
layout_origin(const struct layout_seam *s, struct layout_point *point)
{
	const struct layout_point first = { 1, 1 };

	if (before(point, &s->begin))
		return true;
	if (before(point, &s->end)) {
		move(point, &s->begin, &first);
		return false;
	}
	move(point, &s->end, &s->behind);
	return true;
}
