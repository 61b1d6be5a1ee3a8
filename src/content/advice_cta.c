/* Calls to action: one main button, what it says, how it looks; urgency and pressure. */
#include "content/advice_priv.h"

#define WORDS_MAX  5u
#define LABEL_BAD  300u /* contrast in hundredths, WCAG 1.4.3 and 1.4.11 */
#define LABEL_FINE 450u
#define SHAPE_FINE 300u
#define FOLD       600 /* pixels of the first screen */
#define PAGE_WIDTH 600
#define OFF_CENTRE 60
#define URGENT     3u /* phrases */

/* "4.5:1" in English, "4,5:1" in French; without the ":1". */
static struct str
ratio(struct advice_work *w, unsigned hundredths)
{
	struct str s = arena_printf(w->a, "%u%c%u", hundredths / 100,
		w->lang == ADVICE_FR ? ',' : '.', hundredths / 10 % 10);

	w->lost = w->lost || !s.p;
	return s.p ? s : STR_NONE;
}

static struct str
pair(struct advice_work *w, struct advice_colour a, struct advice_colour b)
{
	char one[ADVICE_COLOUR_TEXT], two[ADVICE_COLOUR_TEXT];
	struct str s;

	advice_colour_write(a, one);
	advice_colour_write(b, two);
	s = arena_printf(w->a, "%s / %s", one, two);
	w->lost = w->lost || !s.p;
	return s.p ? s : STR_NONE;
}

static struct str
palette(struct advice_work *w, struct advice_colour chief, struct advice_colour page)
{
	struct advice_colour c[ADVICE_COLOUR_PALETTE];
	size_t n = advice_colour_palette(chief, page, c);
	struct str kept;
	struct buf b;

	buf_init(&b, 200);
	for (size_t i = 0; i < n; i++) {
		char text[ADVICE_COLOUR_TEXT];

		advice_colour_write(c[i], text);
		buf_printf(&b, "%s%s", i ? ", " : "", text);
	}
	kept = arena_str(w->a, buf_str(&b));
	buf_done(&b);
	w->lost = w->lost || !kept.p;
	return kept.p ? kept : STR_NONE;
}

/* ---- which button is the main one */

static const struct advice_link *
main_button(const struct advice_page *p)
{
	const struct advice_link *ghost = NULL;

	for (size_t i = 0; i < p->nlinks; i++) {
		if (p->links[i].shape == ADVICE_FILLED)
			return &p->links[i];
		if (p->links[i].shape == ADVICE_GHOST && !ghost)
			ghost = &p->links[i];
	}
	return ghost;
}

static unsigned
weight(const struct advice_link *l)
{
	if (l->shape != ADVICE_FILLED || !l->back.known || !l->page.known)
		return 0;
	return advice_colour_contrast(l->back, l->page);
}

/* As heavy as the main one by its colour, and to another page. */
static bool
is_rival(const struct advice_link *l, const struct advice_link *chief)
{
	return l != chief && l->shape == ADVICE_FILLED && chief->shape == ADVICE_FILLED &&
	       advice_colour_same(l->back, chief->back) && !str_eq(l->href, chief->href);
}

static void
how_many(struct advice_work *w, const struct advice_link *chief)
{
	const struct advice_page *p = &w->page;
	struct str kept;
	struct buf b;
	size_t n = 1;

	buf_init(&b, 400);
	buf_put(&b, chief->text);
	for (size_t i = 0; i < p->nlinks; i++)
		if (is_rival(&p->links[i], chief) && ++n <= 4) {
			buf_put_z(&b, " / ");
			buf_put(&b, p->links[i].text);
		}
	kept = arena_str(w->a, buf_str(&b));
	buf_done(&b);
	w->lost = w->lost || !kept.p;
	if (n > 1)
		advice_say_n(w, ADVICE_CTA_MAIN_MANY, n, kept.p ? kept : STR_NONE);
	else
		advice_say(w, ADVICE_CTA_MAIN_ONE, STR_NONE, STR_NONE);
}

static void
others(struct advice_work *w, const struct advice_link *chief)
{
	const struct advice_page *p = &w->page;
	const struct advice_link *heavy = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p->nlinks; i++) {
		const struct advice_link *l = &p->links[i];

		if (l == chief || l->shape == ADVICE_PLAIN || str_eq(l->href, chief->href) ||
			is_rival(l, chief))
			continue;
		n++;
		if (weight(l) > 0 && weight(l) >= weight(chief) && !heavy)
			heavy = l;
	}
	if (heavy)
		advice_say(w, ADVICE_CTA_SECOND_HEAVY, heavy->text, STR_NONE);
	else if (n > 0)
		advice_say(w, ADVICE_CTA_SECOND_FINE, STR_NONE, STR_NONE);
}

/* ---- what it says */

static size_t
words_of(struct str label)
{
	size_t n = 0;

	while (label.p && label.n > 0)
		n += str_cut(&label, ' ').n > 0;
	return n;
}

static void
label(struct advice_work *w, const struct advice_link *chief)
{
	struct str s = advice_words_label(w->a, chief->text);
	size_t n = words_of(s);
	char count[24];

	if (s.n == 0)
		return;
	if (advice_words_is_weak(&w->words, s)) {
		advice_say(w, ADVICE_CTA_VERB_WEAK, chief->text, STR_NONE);
	} else {
		static const enum advice_finding by[] = {
			[ADVICE_NO_VERB] = ADVICE_CTA_VERB_NONE,
			[ADVICE_INFINITIVE] = ADVICE_CTA_VERB_INFINITIVE,
			[ADVICE_ACTION] = ADVICE_CTA_VERB_FINE,
		};

		advice_say(w, by[advice_words_start(&w->words, s)], chief->text, STR_NONE);
	}
	snprintf(count, sizeof count, "%zu", n);
	advice_say(w, n > WORDS_MAX ? ADVICE_CTA_LENGTH_LONG : ADVICE_CTA_LENGTH_FINE,
		chief->text, str_z(count));
}

/* ---- how it looks */

/* Of an outline too, whose label stands on the page. */
static void
readable(struct advice_work *w, const struct advice_link *chief)
{
	unsigned r = advice_colour_contrast(chief->fore, chief->back);

	advice_say(w,
		r < LABEL_BAD    ? ADVICE_CTA_LABEL_BAD
		: r < LABEL_FINE ? ADVICE_CTA_LABEL_LOW
				 : ADVICE_CTA_LABEL_FINE,
		ratio(w, r), pair(w, chief->fore, chief->back));
}

static void
looks(struct advice_work *w, const struct advice_link *chief)
{
	struct advice_colour of = advice_page_main(&w->page);
	unsigned r = advice_colour_contrast(chief->back, chief->page);
	bool suits = advice_colour_suits(of, chief->back);

	if (!of.known)
		of = chief->back;
	advice_say(w, r < SHAPE_FINE ? ADVICE_CTA_SHAPE_LOW : ADVICE_CTA_SHAPE_FINE,
		ratio(w, r), palette(w, of, chief->page));
	advice_say(w, suits ? ADVICE_CTA_COLOUR_FINE : ADVICE_CTA_COLOUR_CLASH,
		pair(w, chief->back, of), palette(w, of, chief->page));
}

/* Only where a layout is known. */
static void
place(struct advice_work *w, const struct advice_link *chief)
{
	for (size_t i = 0; i < w->m->nplaces; i++) {
		const struct advice_place *p = &w->m->places[i];
		int off = p->x + p->width / 2 - PAGE_WIDTH / 2;

		if (p->at != chief->at)
			continue;
		if (p->y + p->height > FOLD)
			advice_say_n(
				w, ADVICE_CTA_PLACE_LOW, p->y > 0 ? (size_t)p->y : 0, STR_NONE);
		else if (off > OFF_CENTRE || off < -OFF_CENTRE)
			advice_say(w, ADVICE_CTA_PLACE_SIDE, STR_NONE, STR_NONE);
		else
			advice_say(w, ADVICE_CTA_PLACE_FINE, STR_NONE, STR_NONE);
		return;
	}
}

/* ---- urgency, in the subject and the text */

static void
urging(struct advice_work *w)
{
	struct str subject = advice_words_label(w->a, w->m->subject), first = STR_NONE;
	size_t n = advice_words_count(&w->words, ADVICE_URGENCY, w->folded, &first);

	if (n == 0)
		n = advice_words_count(&w->words, ADVICE_URGENCY, subject, &first);
	if (n >= URGENT)
		advice_say_n(w, ADVICE_URGENCY_MUCH, n, first);
	else if (n > 0)
		advice_say(w, ADVICE_URGENCY_SOME, first, STR_NONE);
	else if (w->m->broadcast)
		advice_say(w, ADVICE_URGENCY_NONE, STR_NONE, STR_NONE);
	n = advice_words_count(&w->words, ADVICE_PRESSURE, w->folded, &first);
	if (n == 0)
		n = advice_words_count(&w->words, ADVICE_PRESSURE, subject, &first);
	if (n > 0)
		advice_say_n(w, ADVICE_PRESSURE_SOME, n, first);
	else
		advice_say(w, ADVICE_PRESSURE_NONE, STR_NONE, STR_NONE);
}

void
advice_cta_check(struct advice_work *w)
{
	const struct advice_link *chief = main_button(&w->page);

	if (chief) {
		advice_say(w, ADVICE_CTA_FINE, chief->text, STR_NONE);
		how_many(w, chief);
		label(w, chief);
		readable(w, chief);
		if (chief->shape == ADVICE_FILLED)
			looks(w, chief);
		others(w, chief);
		place(w, chief);
	} else if (w->m->broadcast && w->m->html.n > 0) {
		advice_say(w, ADVICE_CTA_NONE, STR_NONE, STR_NONE);
	}
	urging(w);
}
