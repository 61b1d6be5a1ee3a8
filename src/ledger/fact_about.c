#include "ledger/fact_about.h"

#define NAME_MAX_BYTES 16u

/* Where reading is; n = 0 at the end and after anything unexpected. */
struct walk {
	const char *p, *end;
};

static bool
take(struct walk *w, char c)
{
	if (w->p == w->end || *w->p != c)
		return false;
	w->p++;
	return true;
}

static unsigned
hex(struct walk *w)
{
	unsigned v = 0;

	for (int i = 0; i < 4 && w->p < w->end; i++, w->p++) {
		char c = ascii_lower(*w->p);

		v = v << 4 | (unsigned)(ascii_digit(c) ? c - '0' : (c - 'a' + 10) & 15);
	}
	return v;
}

/* A character of a text as UTF-8: bytes in out, or 0 at the quote that ends it. The writer
 * escapes no character beyond U+FFFF, so a surrogate is none of its. */
static unsigned
unescape(struct walk *w, char out[3])
{
	unsigned v;

	if (w->p == w->end || *w->p == '"')
		return 0;
	out[0] = *w->p++;
	if (out[0] != '\\' || w->p == w->end)
		return 1;
	out[0] = *w->p++;
	if (out[0] != 'u') {
		out[0] = out[0] == '"' || out[0] == '\\' || out[0] == '/' ? out[0] : ' ';
		return 1;
	}
	v = hex(w);
	if (v < 0x80) {
		out[0] = (char)v;
		return 1;
	}
	if (v < 0x800) {
		out[0] = (char)(0xc0 | v >> 6);
		out[1] = (char)(0x80 | (v & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | v >> 12);
	out[1] = (char)(0x80 | (v >> 6 & 0x3f));
	out[2] = (char)(0x80 | (v & 0x3f));
	return 3;
}

/* Moves behind a text; its first max bytes, whole characters only, go to dst. */
static size_t
text(struct walk *w, char *dst, size_t max)
{
	char c[3];
	size_t n = 0;
	unsigned k;
	bool full = false;

	if (!take(w, '"')) {
		w->p = w->end;
		return 0;
	}
	while ((k = unescape(w, c)) > 0) {
		full = full || n + k > max;
		for (unsigned i = 0; i < k && !full; i++)
			dst[n++] = (unsigned char)c[i] < 0x20 || c[i] == 0x7f ? ' ' : c[i];
	}
	if (!take(w, '"'))
		w->p = w->end;
	/* A cut within a character of several bytes that stood unescaped. */
	while (full && n > 0 && ((unsigned char)dst[n - 1] & 0xc0) == 0x80)
		n--;
	if (full && n > 0 && (unsigned char)dst[n - 1] >= 0xc0)
		n--;
	return n;
}

static void
skip_value(struct walk *w)
{
	unsigned depth = 0;

	while (w->p < w->end) {
		char c = *w->p;

		if (c == '"') {
			(void)text(w, NULL, 0);
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		w->p++;
	}
}

static struct str
id(struct fact_about *a, struct walk *w)
{
	char *at = a->text + a->n;
	const char *from = w->p;
	size_t n = 0;

	if (w->p < w->end && *w->p == '"') {
		n = text(w, at, FACT_ABOUT_ID_MAX);
	} else {
		/* A number is taken as it is written. */
		skip_value(w);
		for (; from < w->p && n < 20 && ascii_digit(*from); from++)
			at[n++] = *from;
	}
	a->n += n;
	return str_of(at, n);
}

struct tags {
	char text[(FACT_ABOUT_TAGS_MAX + 1) * (FACT_ABOUT_TAG_MAX + 1) + FACT_ABOUT_STREAM_MAX +
		  3];
	size_t n;
	unsigned many;
	bool stream;
};

static void
put(struct tags *t, const char *one, size_t n)
{
	if (t->n == 0)
		t->text[t->n++] = '\n';
	memcpy(t->text + t->n, one, n);
	t->n += n;
	t->text[t->n++] = '\n';
}

static void
tag(struct tags *t, struct walk *w)
{
	char one[FACT_ABOUT_TAG_MAX];
	size_t n = text(w, one, sizeof one);

	if (n == 0 || t->many > FACT_ABOUT_TAGS_MAX ||
		fact_about_has(str_of(t->text, t->n), str_of(one, n)))
		return;
	t->many++;
	put(t, one, n);
}

static void
stream(struct tags *t, struct walk *w)
{
	char one[1 + FACT_ABOUT_STREAM_MAX];
	size_t n = text(w, one + 1, FACT_ABOUT_STREAM_MAX);

	one[0] = FACT_ABOUT_STREAM;
	if (n > 0 && !t->stream)
		put(t, one, 1 + n);
	t->stream = t->stream || n > 0;
}

static void
tags(struct tags *t, struct walk *w)
{
	if (!take(w, '[')) {
		skip_value(w);
		return;
	}
	while (w->p < w->end && !take(w, ']')) {
		if (*w->p == '"')
			tag(t, w);
		else
			skip_value(w);
		(void)take(w, ',');
		if (w->p < w->end && *w->p == '}')
			w->p = w->end;
	}
}

static void
member(struct fact_about *a, struct walk *w, struct tags *t)
{
	char name[NAME_MAX_BYTES];
	struct str s = str_of(name, text(w, name, sizeof name));

	if (!take(w, ':'))
		w->p = w->end;
	else if (str_eq_z(s, "custom_id") && !a->custom_id.n)
		a->custom_id = id(a, w);
	else if (str_eq_z(s, "campaign") && !a->campaign.n)
		a->campaign = id(a, w);
	else if (str_eq_z(s, "template") && !a->template.n)
		a->template = id(a, w);
	else if (str_eq_z(s, "category") && w->p < w->end && *w->p == '"')
		tag(t, w);
	else if (str_eq_z(s, "stream") && w->p < w->end && *w->p == '"')
		stream(t, w);
	else if (str_eq_z(s, "tags"))
		tags(t, w);
	else
		skip_value(w);
}

static void
empty(struct fact_about *a)
{
	a->custom_id = a->campaign = a->template = a->tags = STR_NONE;
	a->n = 0;
}

void
fact_about_read(struct fact_about *a, struct str json)
{
	struct walk w;
	struct tags t;

	empty(a);
	if (json.n == 0)
		return;
	w = (struct walk){ json.p, json.p + json.n };
	if (!take(&w, '{'))
		return;
	t.n = t.many = 0;
	t.stream = false;
	do
		member(a, &w, &t);
	while (take(&w, ','));
	memcpy(a->text + a->n, t.text, t.n);
	a->tags = str_of(a->text + a->n, t.n);
	a->n += t.n;
}

void
fact_about_copy(struct fact_about *a, const struct str values[4])
{
	struct str *to[] = { &a->custom_id, &a->campaign, &a->template, &a->tags };

	empty(a);
	for (size_t i = 0; i < 4; i++) {
		size_t max = i < 3 ? FACT_ABOUT_ID_MAX : sizeof a->text - 3 * FACT_ABOUT_ID_MAX;
		struct str s = str_head(values[i], max);

		if (s.n)
			memcpy(a->text + a->n, s.p, s.n);
		*to[i] = str_of(a->text + a->n, s.n);
		a->n += s.n;
	}
}

bool
fact_about_has(struct str tags, struct str tag)
{
	while (tag.n && tags.n >= tag.n + 2) {
		size_t at = str_find_str(tags, tag);

		if (at >= tags.n)
			return false;
		if (at > 0 && tags.p[at - 1] == '\n' && at + tag.n < tags.n &&
			tags.p[at + tag.n] == '\n')
			return true;
		tags = str_from(tags, at + 1);
	}
	return false;
}

struct str
fact_about_stream(struct str tags)
{
	const char mark[] = { '\n', FACT_ABOUT_STREAM };
	size_t at = str_find_str(tags, str_of(mark, sizeof mark));
	struct str rest = str_from(tags, at + sizeof mark);

	return at < tags.n ? str_head(rest, str_find(rest, '\n')) : STR_NONE;
}
