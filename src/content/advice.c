#include "content/advice.h"

#include "base/must.h"
#include "base/text.h"
#include "content/advice_priv.h"
#include "wire/fold.h"

#include <errno.h>

#define FOLDED_MAX (64u << 10) /* bytes of the text that are searched */
#define SEEN_MAX   1000u       /* of a sentence with what was found */
#define SHOWN_MAX  100u        /* of what was found */

enum check {
#define R(check, id, why_en, why_fr) CHECK_##check,
	ADVICE_RULES(R)
#undef R
};

/* Of a check and of a finding; texts by language. */
static const struct {
	const char *id, *why[2];
} checks[] = {
#define R(check, id, why_en, why_fr) [CHECK_##check] = { id, { why_en, why_fr } },
	ADVICE_RULES(R)
#undef R
};
static const struct {
	enum check check;
	enum advice_level level;
	const char *seen[2], *fix[2];
} findings[] = {
#define F(finding, check, level, seen_en, seen_fr, fix_en, fix_fr)                             \
	[ADVICE_##finding] = { CHECK_##check, ADVICE_##level, { seen_en, seen_fr },            \
		{ fix_en, fix_fr } },
	ADVICE_FINDINGS(F)
#undef F
};

/* ---- items */

/* What was found may be long, and is foreign: whole characters of its beginning. */
static struct str
clipped(struct str s)
{
	size_t n = SHOWN_MAX;

	if (s.n <= n)
		return s;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_head(s, n);
}

/* [one|several]: the half that fits. No bracket stands within another. */
static struct str
half(struct str both, bool several)
{
	size_t bar = str_find(both, '|');

	return several ? str_from(both, bar + 1) : str_head(both, bar);
}

static void
fill(struct buf *b, struct str form, struct str one, struct str two)
{
	while (form.n > 0) {
		size_t n = 0;

		while (n < form.n && form.p[n] != '%' && form.p[n] != '[')
			n++;
		buf_put(b, str_head(form, n));
		form = str_from(form, n);
		if (form.n < 2)
			break;
		if (form.p[0] == '%') {
			buf_put(b, clipped(form.p[1] == '1' ? one : two));
			form = str_from(form, 2);
			continue;
		}
		n = str_find(form, ']');
		must(n < form.n);
		fill(b, half(str_from(str_head(form, n), 1), !str_eq_z(one, "1")), one, two);
		form = str_from(form, n + 1);
	}
}

static struct str
filled(struct advice_work *w, const char *form, struct str one, struct str two)
{
	struct str kept;
	struct buf b;

	buf_init(&b, SEEN_MAX);
	fill(&b, str_z(form), one, two);
	kept = arena_str(w->a, buf_str(&b));
	buf_done(&b);
	w->lost = w->lost || !kept.p;
	return kept.p ? kept : STR_NONE;
}

void
advice_say(struct advice_work *w, enum advice_finding f, struct str one, struct str two)
{
	struct advice_item *item;

	if (w->out->n == ADVICE_ITEMS_MAX)
		return;
	item = &w->out->items[w->out->n++];
	*item = (struct advice_item){ .id = checks[findings[f].check].id,
		.level = findings[f].level,
		.seen = filled(w, findings[f].seen[w->lang], one, two),
		.why = str_z(checks[findings[f].check].why[w->lang]),
		.fix = filled(w, findings[f].fix[w->lang], one, two) };
}

void
advice_say_n(struct advice_work *w, enum advice_finding f, size_t one, struct str two)
{
	char text[24];

	snprintf(text, sizeof text, "%zu", one);
	advice_say(w, f, str_z(text), two);
}

size_t
advice_chars(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

size_t
advice_letters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80 && (unsigned char)s.p[i] > ' ';
	return n;
}

/* ---- the whole */

static unsigned
languages(struct str language)
{
	if (str_istarts(language, STR_LIT("fr")))
		return ADVICE_WORDS_FR;
	if (str_istarts(language, STR_LIT("en")))
		return ADVICE_WORDS_EN;
	return ADVICE_WORDS_FR | ADVICE_WORDS_EN;
}

/* What was not given is empty. */
static void
complete(struct advice_mail *m)
{
	struct str *all[] = { &m->subject, &m->preheader, &m->from_name, &m->from_address,
		&m->reply_to, &m->html, &m->text, &m->language };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!all[i]->p)
			*all[i] = STR_NONE;
}

int
advice_make(struct arena *a, const struct advice_mail *m, enum advice_lang lang,
	struct advice *ret_advice)
{
	struct advice_work *w = arena_alloc(a, sizeof *w);

	if (!w)
		return -E2BIG;
	ret_advice->n = 0;
	w->a = a;
	w->mail = *m;
	complete(&w->mail);
	m = w->m = &w->mail;
	w->out = ret_advice;
	w->lang = lang;
	if (advice_words_init(&w->words, a, languages(m->language)) < 0 ||
		advice_page_read(&w->page, a, m->html) < 0)
		return -E2BIG;
	w->folded = fold(a, m->html.n ? w->page.text : m->text, FOLDED_MAX);
	advice_text_check(w);
	advice_sender_check(w);
	advice_text_html(w);
	advice_link_check(w);
	advice_legal_check(w);
	advice_cta_check(w);
	return w->lost ? -E2BIG : 0;
}

const char *
advice_level_name(enum advice_level level)
{
	static const char *const names[] = { "good", "hint", "warning", "problem" };

	return names[level];
}

static void
member(struct buf *out, const char *name, struct str value)
{
	buf_printf(out, ",\"%s\":", name);
	text_json(out, value);
}

int
advice_json(struct buf *out, const struct advice *advice)
{
	buf_put_c(out, '[');
	for (size_t i = 0; i < advice->n; i++) {
		const struct advice_item *item = &advice->items[i];

		buf_printf(out, "%s{\"id\":\"%s\"", i ? "," : "", item->id);
		member(out, "level", str_z(advice_level_name(item->level)));
		member(out, "seen", item->seen);
		member(out, "why", item->why);
		member(out, "fix", item->fix);
		buf_put_c(out, '}');
	}
	buf_put_c(out, ']');
	return out->full ? -E2BIG : 0;
}
