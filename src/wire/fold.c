#include "wire/fold.h"

/* U+00C0 to U+00FF. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

struct folded {
	char *p;
	size_t n;
};

static void
put(struct folded *f, char c)
{
	if (c == ' ' && (f->n == 0 || f->p[f->n - 1] == ' '))
		return;
	f->p[f->n++] = c;
}

/* Bytes of a character beyond ASCII at s, after it is put. */
static size_t
put_wide(struct folded *f, struct str s)
{
	uint8_t c = (uint8_t)s.p[0], d = s.n > 1 ? (uint8_t)s.p[1] : 0;

	if (c == 0xc3 && d >= 0x80 && d <= 0xbf) {
		put(f, latin[d - 0x80]);
		return 2;
	}
	if (c == 0xc2 && d == 0xa0) {
		put(f, ' ');
		return 2;
	}
	if (str_starts(s, STR_LIT("\xe2\x80\x98")) || str_starts(s, STR_LIT("\xe2\x80\x99"))) {
		put(f, '\'');
		return 3;
	}
	/* A single byte of ISO 8859-1 or windows-1252: no UTF-8 goes on behind it. */
	if (c >= 0xc0 && (d & 0xc0) != 0x80)
		put(f, latin[c - 0xc0]);
	else if (c == 0x92 && f->n > 0 && ascii_alnum(f->p[f->n - 1]))
		put(f, '\'');
	else
		put(f, (char)c);
	return 1;
}

struct str
fold(struct arena *a, struct str s, size_t max)
{
	struct folded f = { NULL, 0 };

	s = str_head(s, max);
	f.p = arena_alloc(a, s.n + 1);
	if (!f.p)
		return STR_NONE;
	for (size_t i = 0; i < s.n;) {
		uint8_t c = (uint8_t)s.p[i];

		if (c >= 0x80) {
			i += put_wide(&f, str_from(s, i));
			continue;
		}
		put(&f, c <= ' ' ? ' ' : ascii_lower((char)c));
		i++;
	}
	return str_of(f.p, f.n);
}

const char *
fold_holds(struct str folded, const char *const *phrases)
{
	for (; *phrases; phrases++)
		if (str_find_str(folded, str_z(*phrases)) < folded.n)
			return *phrases;
	return NULL;
}

const char *
fold_starts(struct str folded, const char *const *phrases)
{
	for (; *phrases; phrases++)
		if (str_starts(folded, str_z(*phrases)))
			return *phrases;
	return NULL;
}
