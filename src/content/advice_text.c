/* Subject, preheader, text part, pictures and size. */
#include "content/advice_priv.h"

#define SUBJECT_SHORT   10u /* characters */
#define SUBJECT_LONG    50u
#define SUBJECT_CUT     70u
#define PREHEADER_SHORT 30u
#define PREHEADER_LONG  110u
#define HTML_NEAR       (ADVICE_HTML_MAX * 4 / 5)
#define HEAVY           (500u << 10) /* bytes of a picture */
#define FEW_LETTERS     100u

static void
subject(struct advice_work *w)
{
	struct str s = str_trim(w->m->subject);
	size_t n = advice_chars(s);
	enum advice_finding f = ADVICE_SUBJECT_FINE;

	if (n == 0)
		f = ADVICE_SUBJECT_NONE;
	else if (n < SUBJECT_SHORT)
		f = ADVICE_SUBJECT_SHORT;
	else if (n > SUBJECT_CUT)
		f = ADVICE_SUBJECT_CUT;
	else if (n > SUBJECT_LONG)
		f = ADVICE_SUBJECT_LONG;
	advice_say_n(w, f, n, STR_NONE);
}

static void
shouting(struct advice_work *w)
{
	struct str s = w->m->subject;
	size_t upper = 0, all = 0, marks = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool letter = ascii_alnum(s.p[i]) && !ascii_digit(s.p[i]);

		all += letter;
		upper += letter && s.p[i] != ascii_lower(s.p[i]);
		marks += s.p[i] == '!';
	}
	if (s.n == 0)
		return;
	if (all >= 8 && upper * 10 >= all * 7)
		advice_say(w, ADVICE_SHOUTING_CAPS, STR_NONE, STR_NONE);
	else if (marks > 1)
		advice_say_n(w, ADVICE_SHOUTING_MARKS, marks, STR_NONE);
	else
		advice_say(w, ADVICE_SHOUTING_NONE, STR_NONE, STR_NONE);
}

static void
preheader(struct advice_work *w)
{
	struct str s = str_trim(w->m->preheader.n ? w->m->preheader : w->page.hidden);
	size_t n = advice_chars(s);
	enum advice_finding f = ADVICE_PREHEADER_FINE;

	if (n == 0)
		f = ADVICE_PREHEADER_NONE;
	else if (str_ieq(s, str_trim(w->m->subject)))
		f = ADVICE_PREHEADER_SAME;
	else if (n < PREHEADER_SHORT)
		f = ADVICE_PREHEADER_SHORT;
	else if (n > PREHEADER_LONG)
		f = ADVICE_PREHEADER_LONG;
	advice_say_n(w, f, n, STR_NONE);
}

static void
text_part(struct advice_work *w)
{
	size_t text = advice_letters(w->m->text), html = advice_letters(w->page.text);
	char n[24];

	if (w->m->html.n == 0)
		return;
	snprintf(n, sizeof n, "%zu", html);
	if (text == 0)
		advice_say(w, w->m->made_text ? ADVICE_TEXT_MADE : ADVICE_TEXT_NONE, STR_NONE,
			STR_NONE);
	else if (html > 200 && text * 5 < html)
		advice_say_n(w, ADVICE_TEXT_EMPTY, text, str_z(n));
	else
		advice_say(w, ADVICE_TEXT_FINE, STR_NONE, STR_NONE);
}

void
advice_text_check(struct advice_work *w)
{
	subject(w);
	shouting(w);
	preheader(w);
}

/* ---- pictures */

static void
alternatives(struct advice_work *w)
{
	const struct advice_page *p = &w->page;
	size_t mute = 0, none = 0;
	struct str first_mute = STR_NONE, first_none = STR_NONE;

	for (size_t i = p->nimages; i-- > 0;) {
		const struct advice_image *image = &p->images[i];

		if (!image->alt) {
			none++;
			first_none = image->src;
		} else if (image->linked && image->empty) {
			mute++;
			first_mute = image->src;
		}
	}
	/* An empty one is fine where the link has words as well. */
	for (size_t i = 0; i < p->nlinks && mute > 0; i++)
		if (p->links[i].picture && p->links[i].text.n > 0)
			mute--;
	if (none > 0)
		advice_say_n(w, ADVICE_ALT_NONE, none, first_none);
	else if (mute > 0)
		advice_say_n(w, ADVICE_ALT_LINK, mute, first_mute);
	else if (p->nimages > 0)
		advice_say_n(w, ADVICE_ALT_FINE, p->nimages, STR_NONE);
}

static const struct advice_file *
heaviest(const struct advice_mail *m)
{
	const struct advice_file *most = NULL;

	for (size_t i = 0; i < m->nfiles; i++)
		if (m->files[i].bytes > HEAVY && (!most || m->files[i].bytes > most->bytes))
			most = &m->files[i];
	return most;
}

static void
sizes(struct advice_work *w)
{
	const struct advice_page *p = &w->page;
	const struct advice_file *heavy = heaviest(w->m);
	struct str first = STR_NONE;
	size_t none = 0, inside = 0;

	for (size_t i = p->nimages; i-- > 0;) {
		inside += str_istarts(p->images[i].src, STR_LIT("data:"));
		if (!p->images[i].sized) {
			none++;
			first = p->images[i].src;
		}
	}
	if (heavy)
		advice_say_n(w, ADVICE_IMAGE_HEAVY, (size_t)(heavy->bytes >> 10), heavy->src);
	else if (inside > 0)
		advice_say_n(w, ADVICE_IMAGE_DATA, inside, STR_NONE);
	else if (none > 0)
		advice_say_n(w, ADVICE_IMAGE_NO_WIDTH, none, first);
	else if (p->nimages > 0)
		advice_say_n(w, ADVICE_IMAGE_FINE, p->nimages, STR_NONE);
}

static void
share(struct advice_work *w)
{
	size_t letters = advice_letters(w->page.text);
	char n[24];

	if (w->page.nimages == 0)
		return;
	snprintf(n, sizeof n, "%zu", letters);
	advice_say_n(w, letters < FEW_LETTERS ? ADVICE_SHARE_ALL : ADVICE_SHARE_FINE,
		w->page.nimages, str_z(n));
}

void
advice_text_html(struct advice_work *w)
{
	size_t n = w->m->html.n;

	if (n == 0)
		return;
	text_part(w);
	alternatives(w);
	sizes(w);
	share(w);
	advice_say_n(w,
		n > ADVICE_HTML_MAX ? ADVICE_SIZE_CUT
		: n > HTML_NEAR     ? ADVICE_SIZE_NEAR
				    : ADVICE_SIZE_FINE,
		n, STR_NONE);
}
