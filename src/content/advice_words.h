/*
 * What the label of a button says: an action or not, something or nothing; and phrases that
 * urge or press. French and English (advice_words_tbl.h).
 */
#ifndef CONTENT_ADVICE_WORDS_H
#define CONTENT_ADVICE_WORDS_H

#include "base/arena.h"

#define ADVICE_WORDS_FR 1u
#define ADVICE_WORDS_EN 2u

enum advice_word {
	ADVICE_VERB,
	ADVICE_IMPERATIVE,
	ADVICE_FIRST,
	ADVICE_NOT_VERB,
	ADVICE_WEAK,
	ADVICE_URGENCY,
	ADVICE_PRESSURE
};

enum advice_start {
	ADVICE_NO_VERB,
	ADVICE_INFINITIVE, /* French: "Découvrir nos offres" */
	ADVICE_ACTION      /* imperative or first person */
};

struct advice_words {
	struct advice_words_row {
		struct str text; /* folded */
		unsigned language;
		enum advice_word kind;
	} * at;
	size_t n;
};

/* languages: bits of those to look into. 0 or -E2BIG. */
int advice_words_init(struct advice_words *w, struct arena *a, unsigned languages);

/* The label folded, without signs at its ends ("Découvrir →": "decouvrir"). */
struct str advice_words_label(struct arena *a, struct str label);
enum advice_start advice_words_start(const struct advice_words *w, struct str label);
bool advice_words_is_weak(const struct advice_words *w, struct str label);
/* How many different phrases of the kind are in the folded text, as whole words; the first of
 * the list. */
size_t advice_words_count(const struct advice_words *w, enum advice_word kind,
	struct str folded, struct str *ret_first);

#endif
