#include "send/outgoing_tail.h"

#include <errno.h>

/* Whoever wrote no words wrote none in a language either. */
#define WORDS "Unsubscribe / Se désinscrire"
#define OPEN  STR_LIT("<%")
#define CLOSE STR_LIT("%>")

static const char our_html[] = "<p><a href=\"" OUTGOING_PAGE "\">" WORDS "</a></p>";
static const char our_text[] = "\n\n" WORDS ": " OUTGOING_PAGE "\n";

/* text and tail in one. p NULL: no room. */
static struct str
joined(struct arena *a, struct str text, struct str tail, bool html)
{
	static const char end[] = "</body";
	struct str made = { NULL, text.n + tail.n };
	size_t at = text.n;
	char *p;

	for (size_t i = text.n; html && at == text.n && i-- > 0;)
		if (text.p[i] == '<' && str_istarts(str_from(text, i), str_z(end)))
			at = i;
	p = made.n <= OUTGOING_TAIL_MAX ? arena_alloc(a, made.n + 1) : NULL;
	made.p = p;
	if (!p)
		return made;
	memcpy(p, text.p, at);
	memcpy(p + at, tail.p, tail.n);
	memcpy(p + at + tail.n, text.p + at, text.n - at);
	return made;
}

static void
link_write(struct buf *b, struct str words, bool html)
{
	if (!html) {
		buf_put_z(b, OUTGOING_PAGE);
		return;
	}
	buf_put_z(b, "<a href=\"" OUTGOING_PAGE "\">");
	buf_put(b, words.n ? words : STR_LIT(WORDS));
	buf_put_z(b, "</a>");
}

/* What the client gave, with its links; ours behind it when it has none. p NULL: no room. */
static struct str
tail_of(struct arena *a, struct str given, bool html)
{
	struct str kept = { NULL, 0 };
	bool linked = false;
	struct buf b;

	buf_init(&b, OUTGOING_TAIL_MAX);
	while (given.n > 0 && !b.full) {
		size_t at = str_find_str(given, OPEN);
		struct str words = str_from(given, at + OPEN.n);
		size_t end = str_find_str(words, CLOSE);

		if (end == words.n)
			at = given.n;
		buf_put(&b, str_head(given, at));
		if (at == given.n)
			break;
		link_write(&b, str_trim_all(str_head(words, end)), html);
		given = str_from(words, end + CLOSE.n);
		linked = true;
	}
	if (!linked)
		buf_put_z(&b, html ? our_html : our_text);
	if (!b.full)
		kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	return kept;
}

static int
leave(struct arena *a, const struct outgoing_tail *t, struct str *part, bool html)
{
	struct str was = *part, tail;

	if (t->leave_mark.n) {
		*part = arena_replace(
			a, was, t->leave_mark, STR_LIT(OUTGOING_PAGE), OUTGOING_TAIL_MAX);
		if (part->p != was.p)
			return part->p ? 0 : -E2BIG;
	}
	tail = tail_of(a, html ? t->leave_html : t->leave_text, html);
	if (!tail.p)
		return -E2BIG;
	*part = joined(a, was, tail, html);
	return part->p ? 0 : -E2BIG;
}

int
outgoing_tail_put(struct arena *a, const struct outgoing_tail *t, struct outgoing *o)
{
	struct str *const parts[] = { &o->text, &o->html };
	const struct str footers[] = { t->text, t->html };
	int err = 0;

	for (size_t i = 0; i < 2 && !err; i++) {
		struct str made = *parts[i];

		if (made.n == 0)
			continue;
		if (footers[i].n)
			made = joined(a, made, footers[i], i == 1);
		err = made.p ? 0 : -E2BIG;
		if (!err && t->leave)
			err = leave(a, t, &made, i == 1);
		if (!err)
			*parts[i] = made;
		o->own_page = o->own_page || t->leave;
	}
	return err;
}
