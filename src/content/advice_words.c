#include "content/advice_words.h"

#include "content/advice_words_tbl.h"
#include "wire/fold.h"

#include <errno.h>

#define LABEL_MAX 200u /* bytes */

int
advice_words_init(struct advice_words *w, struct arena *a, unsigned languages)
{
	static const struct {
		const char *text;
		unsigned language;
		enum advice_word kind;
	} rows[] = {
#define W(language, kind, text) { text, ADVICE_WORDS_##language, ADVICE_##kind },
		ADVICE_WORDS_TABLE(W)
#undef W
	};
	const size_t n = sizeof rows / sizeof *rows;

	w->n = 0;
	w->at = arena_alloc(a, n * sizeof *w->at);
	if (!w->at)
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		struct str text;

		if (!(rows[i].language & languages))
			continue;
		text = fold(a, str_z(rows[i].text), LABEL_MAX);
		if (text.n == 0)
			return -E2BIG;
		w->at[w->n++] =
			(struct advice_words_row){ text, rows[i].language, rows[i].kind };
	}
	return 0;
}

struct str
advice_words_label(struct arena *a, struct str label)
{
	struct str s = fold(a, label, LABEL_MAX);

	while (s.n > 0 && !ascii_alnum(s.p[0]))
		s = str_from(s, 1);
	while (s.n > 0 && !ascii_alnum(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
starts_with_word(struct str label, struct str word)
{
	return str_starts(label, word) &&
	       (label.n == word.n || word.p[word.n - 1] == ' ' || word.p[word.n - 1] == '\'' ||
		       !ascii_alnum(label.p[word.n]));
}

static bool
holds(const struct advice_words *w, enum advice_word kind, struct str text)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->at[i].kind == kind && str_eq(w->at[i].text, text))
			return true;
	return false;
}

static bool
starts_with(const struct advice_words *w, enum advice_word kind, struct str label)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->at[i].kind == kind && starts_with_word(label, w->at[i].text))
			return true;
	return false;
}

/* "commander": "commande"; "choisir": "choisis". */
static bool
is_singular_of(struct str word, struct str infinitive)
{
	struct str stem = str_head(infinitive, infinitive.n - 1);

	if (str_ends(infinitive, STR_LIT("er")))
		return str_eq(word, stem);
	return str_ends(infinitive, STR_LIT("ir")) && word.n == stem.n + 1 &&
	       str_starts(word, stem) && word.p[stem.n] == 's';
}

static enum advice_start
french(const struct advice_words *w, struct str label)
{
	static const struct str own[] = { STR_LIT("me "), STR_LIT("m'"), STR_LIT("se "),
		STR_LIT("s'") };
	struct str word = str_head(label, str_find(label, ' ')), stem, plain = label;

	if (holds(w, ADVICE_NOT_VERB, word))
		return ADVICE_NO_VERB;
	stem = str_head(word, str_find(word, '-')); /* inscrivez-vous, profitez-en */
	if (stem.n > 3 && str_ends(stem, STR_LIT("ez")))
		return ADVICE_ACTION;
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (str_starts(label, own[i]))
			plain = str_from(label, own[i].n);
	for (size_t i = 0; i < w->n; i++) {
		struct str verb = w->at[i].text;

		if (w->at[i].kind != ADVICE_VERB || w->at[i].language != ADVICE_WORDS_FR)
			continue;
		if (str_starts(verb, STR_LIT("s'")))
			verb = str_from(verb, 2);
		if (starts_with_word(plain, verb))
			return plain.p != label.p && label.p[0] == 'm' ? ADVICE_ACTION
			                                               : ADVICE_INFINITIVE;
		if (is_singular_of(stem, verb))
			return ADVICE_ACTION;
	}
	return ADVICE_NO_VERB;
}

enum advice_start
advice_words_start(const struct advice_words *w, struct str label)
{
	if (starts_with(w, ADVICE_FIRST, label) || starts_with(w, ADVICE_IMPERATIVE, label))
		return ADVICE_ACTION;
	for (size_t i = 0; i < w->n; i++)
		if (w->at[i].kind == ADVICE_VERB && w->at[i].language == ADVICE_WORDS_EN &&
			starts_with_word(label, w->at[i].text))
			return ADVICE_ACTION;
	for (size_t i = 0; i < w->n; i++)
		if (w->at[i].language == ADVICE_WORDS_FR)
			return french(w, label);
	return ADVICE_NO_VERB;
}

bool
advice_words_is_weak(const struct advice_words *w, struct str label)
{
	return holds(w, ADVICE_WEAK, label);
}

static bool
is_within(struct str text, struct str phrase)
{
	size_t at = 0;

	while (at + phrase.n <= text.n) {
		size_t found = at + str_find_str(str_from(text, at), phrase);
		size_t end = found + phrase.n;

		if (found >= text.n)
			return false;
		if ((found == 0 || !ascii_alnum(text.p[found - 1])) &&
			(end >= text.n || !ascii_alnum(text.p[end])))
			return true;
		at = found + 1;
	}
	return false;
}

/* Both languages have some: "24h". */
static bool
is_again(const struct advice_words *w, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (w->at[i].kind == w->at[at].kind && str_eq(w->at[i].text, w->at[at].text))
			return true;
	return false;
}

size_t
advice_words_count(const struct advice_words *w, enum advice_word kind, struct str folded,
	struct str *ret_first)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->at[i].kind != kind || !is_within(folded, w->at[i].text) ||
			is_again(w, i))
			continue;
		if (n++ == 0)
			*ret_first = w->at[i].text;
	}
	return n;
}
