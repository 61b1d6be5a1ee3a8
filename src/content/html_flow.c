#include "content/html_flow.h"

#include "content/html_ref.h"

#include <errno.h>

#define NARROWEST 20u /* columns of text, however long the prefix is */
#define NBSP      0xa0u

void
html_flow_init(struct html_flow *f, struct buf *out, unsigned width)
{
	*f = (struct html_flow){ .out = out, .width = width };
	buf_init(&f->word, out->max);
}

void
html_flow_done(struct html_flow *f)
{
	buf_done(&f->word);
}

/* ---- characters */

struct range {
	uint32_t from, to;
};

static bool
within(uint32_t point, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (point >= ranges[i].from && point <= ranges[i].to)
			return true;
	return false;
}

/* Columns of a character on a terminal, about (Unicode Standard Annex 11). */
static unsigned
columns(uint32_t point)
{
	static const struct range none[] = { { 0x300, 0x36f }, { 0x200b, 0x200f },
		{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f } };
	static const struct range wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0xa4cf },
		{ 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd } };

	if (point < 0x300)
		return 1;
	if (within(point, none, sizeof none / sizeof *none))
		return 0;
	return within(point, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

/* Scripts without spaces may be wrapped before a character that ends no sentence or bracket. */
static bool
may_wrap_before(uint32_t point)
{
	static const struct range ranges[] = { { 0x3003, 0x300c }, { 0x3041, 0x30fa },
		{ 0x3400, 0x9fff }, { 0x20000, 0x3fffd } };
	static const struct range closing[] = { { 0x3009, 0x3009 }, { 0x300b, 0x300b } };

	return point > 0x3000 && within(point, ranges, sizeof ranges / sizeof *ranges) &&
	       !within(point, closing, sizeof closing / sizeof *closing);
}

/* What is nothing to read, unless it joins letters: fillers of previews, soft hyphens. */
static bool
is_filler(uint32_t point, bool inside_word)
{
	if (point < 0xad)
		return false;
	switch (point) {
	case 0xad:
	case 0x34f:
	case 0x200b:
	case 0x2060:
	case 0xfeff:
		return true;
	case 0x200c:
	case 0x200d:
	case 0x200e:
	case 0x200f:
		return !inside_word;
	default:
		return false;
	}
}

/* ---- lines */

static void
trimmed(struct buf *out, struct str s)
{
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	buf_put(out, s);
}

static void
line_begin(struct html_flow *f)
{
	unsigned ends = !f->begun ? 0 : f->breaks ? f->breaks : 1;

	for (; ends > 0; ends--) {
		buf_put_c(f->out, '\n');
		if (ends > 1)
			trimmed(f->out, str_of(f->rest, f->blank));
	}
	buf_put(f->out, str_of(f->first, f->nprefix));
	memcpy(f->first, f->rest, f->nprefix);
	f->blank = f->nprefix;
	f->breaks = 0;
	f->col = (unsigned)f->nprefix;
	f->begun = true;
	f->space = false;
}

static unsigned
limit(const struct html_flow *f)
{
	unsigned least = (unsigned)f->nprefix + NARROWEST;

	return f->width > least ? f->width : least;
}

static void
write_word(struct html_flow *f, struct str word, unsigned cols)
{
	if (!f->begun || f->breaks > 0) {
		line_begin(f);
	} else if (f->col + f->space + cols > limit(f) && f->col > f->nprefix && !f->pre) {
		line_begin(f);
	} else if (f->space) {
		buf_put_c(f->out, ' ');
		f->col++;
		f->space = false;
	}
	buf_put(f->out, word);
	f->col += cols;
}

static void
write_marks(struct html_flow *f)
{
	for (; f->marks > 0; f->marks--) {
		write_word(f, STR_LIT("|"), 1);
		f->space = true;
	}
}

static void
word_end(struct html_flow *f)
{
	struct str word = buf_str(&f->word);

	while (f->pre && word.n > 0 && word.p[word.n - 1] == ' ')
		word.n--;
	if (word.n > 0) {
		write_marks(f);
		write_word(f, word, f->cols);
	}
	f->out->full = f->out->full || f->word.full;
	buf_clear(&f->word);
	f->cols = 0;
	f->nbsp = 0;
}

/* ---- what comes */

/* One such space inside a word stays; more of them, or one at an end, are for layout. */
static void
nbsp(struct html_flow *f)
{
	if (f->nbsp == 1) {
		html_ref_put(&f->word, NBSP);
		f->cols++;
	} else {
		word_end(f);
		f->space = f->begun;
	}
	f->nbsp = 0;
}

void
html_flow_char(struct html_flow *f, uint32_t point)
{
	if (point == NBSP) {
		if (f->pre)
			html_flow_space(f);
		else if (f->word.n > 0)
			f->nbsp++;
		else
			f->space = f->begun;
		return;
	}
	if (is_filler(point, f->word.n > 0))
		return;
	if (f->nbsp > 0)
		nbsp(f);
	if (!f->pre && f->word.n > 0 && may_wrap_before(point))
		word_end(f);
	html_ref_put(&f->word, point);
	f->cols += columns(point);
}

void
html_flow_ascii(struct html_flow *f, struct str some)
{
	if (f->nbsp > 0)
		nbsp(f);
	buf_put(&f->word, some);
	f->cols += (unsigned)some.n;
}

void
html_flow_space(struct html_flow *f)
{
	if (f->pre) {
		buf_put_c(&f->word, ' ');
		return;
	}
	word_end(f);
	f->space = f->begun;
}

void
html_flow_break(struct html_flow *f, unsigned lines)
{
	word_end(f);
	f->marks = 0;
	if (f->begun && f->breaks < lines)
		f->breaks = lines;
}

void
html_flow_newline(struct html_flow *f)
{
	word_end(f);
	f->marks = 0;
	if (f->begun && (f->pre || f->breaks < 2))
		f->breaks++;
}

void
html_flow_mark(struct html_flow *f)
{
	word_end(f);
	f->marks++;
	f->space = f->begun;
}

void
html_flow_word(struct html_flow *f, struct str word)
{
	if (!f->pre)
		word_end(f);
	buf_put(&f->word, word);
	for (size_t i = 0; i < word.n; i++)
		f->cols += ((unsigned char)word.p[i] & 0xc0) != 0x80;
}

void
html_flow_append(struct html_flow *f, struct str word)
{
	bool space = f->space && f->word.n == 0;
	unsigned breaks, marks;

	if (f->pre && f->word.n > 0) {
		buf_put_c(&f->word, ' ');
		html_flow_word(f, word);
		return;
	}
	word_end(f);
	breaks = f->breaks;
	marks = f->marks;
	f->breaks = 0;
	f->marks = 0;
	f->space = f->begun;
	html_flow_word(f, word);
	if (breaks + marks == 0 && !space)
		return; /* a full stop may follow */
	word_end(f);
	f->breaks = breaks;
	f->marks = marks;
	f->space = true;
}

size_t
html_flow_push(struct html_flow *f, struct str first, bool quote)
{
	if (f->nprefix + first.n > HTML_FLOW_PREFIX)
		return 0;
	memcpy(f->first + f->nprefix, first.p, first.n);
	if (quote)
		memcpy(f->rest + f->nprefix, first.p, first.n);
	else
		memset(f->rest + f->nprefix, ' ', first.n);
	f->nprefix += first.n;
	return first.n;
}

void
html_flow_pop(struct html_flow *f, size_t n)
{
	if (n == 0)
		return;
	word_end(f);
	f->nprefix -= n;
	if (f->blank > f->nprefix)
		f->blank = f->nprefix;
}

int
html_flow_end(struct html_flow *f)
{
	word_end(f);
	if (f->begun)
		buf_put_c(f->out, '\n');
	return f->out->full ? -E2BIG : 0;
}
