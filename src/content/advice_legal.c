/* What bulk mail must have: a way out and a postal address. */
#include "content/advice_priv.h"
#include "wire/fold.h"

#define NEAR 160u /* bytes between a street and its postal code */

/* ---- unsubscribing */

static bool
leads_out(struct advice_work *w, const struct advice_link *l)
{
	static const char *const words[] = { "unsubscribe", "opt out", "opt-out", "desinscri",
		"desabonn", "ne plus recevoir", "stop receiving", "email preferences",
		"preferences de communication", "manage preferences", "gerer mes preferences",
		"abmelden", "darse de baja", NULL };
	static const char *const urls[] = { "unsub", "optout", "opt-out", "opt_out",
		"desinscri", "desabonn", "list-manage", NULL };

	return fold_holds(fold(w->a, l->text, 300), words) ||
	       fold_holds(fold(w->a, l->href, 2000), urls);
}

static void
unsubscribe(struct advice_work *w)
{
	for (size_t i = w->page.nlinks; i-- > 0;) {
		const struct advice_link *l = &w->page.links[i];

		if (leads_out(w, l)) {
			advice_say(w, ADVICE_UNSUBSCRIBE_FINE, l->text.n ? l->text : l->href,
				STR_NONE);
			return;
		}
	}
	advice_say(w, w->m->list_headers ? ADVICE_UNSUBSCRIBE_FIELD : ADVICE_UNSUBSCRIBE_NONE,
		STR_NONE, STR_NONE);
}

/* ---- the postal address */

static bool
is_end(struct str s, size_t at)
{
	return at >= s.n || !ascii_alnum(s.p[at]);
}

static bool
digits(struct str s, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		if (i >= s.n || !ascii_digit(s.p[i]))
			return false;
	return true;
}

static bool
letter(struct str s, size_t at)
{
	return at < s.n && ascii_alnum(s.p[at]) && !ascii_digit(s.p[at]);
}

/* The bytes of a postal code at `at`: 75010, 1000, 10115, 94103-1234, SW1A 1AA, D-10115. */
static size_t
postal_code(struct str s, size_t at)
{
	size_t n = 0;

	if (digits(s, at, 5) && is_end(s, at + 5))
		return 5;
	if (digits(s, at, 4) && is_end(s, at + 4) && letter(s, at + 5))
		return 4;
	if (!letter(s, at))
		return 0;
	/* British: two to four, a space, a digit and two letters. */
	while (n < 5 && at + n < s.n && ascii_alnum(s.p[at + n]))
		n++;
	if (n >= 2 && n <= 4 && at + n < s.n && s.p[at + n] == ' ' &&
		(digits(s, at + 1, 1) || digits(s, at + 2, 1)) && digits(s, at + n + 1, 1) &&
		letter(s, at + n + 2) && letter(s, at + n + 3) && is_end(s, at + n + 4))
		return n + 4;
	return 0;
}

/* Where the code near a street stands; its bytes and those of the word behind it. */
static struct str
code_in(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		size_t n = i == 0 || !ascii_alnum(s.p[i - 1]) ? postal_code(s, i) : 0;

		if (n == 0)
			continue;
		for (n++; i + n < s.n && letter(s, i + n); n++)
			;
		return str_trim(str_of(s.p + i, i + n < s.n ? n : s.n - i));
	}
	return STR_NONE;
}

static bool
is_street(struct str s, size_t at)
{
	static const char *const words[] = { "rue", "avenue", "av", "ave", "boulevard", "bd",
		"blvd", "place", "chemin", "route", "quai", "impasse", "allee", "allees",
		"cours", "square", "esplanade", "faubourg", "bp", "cs", "cedex", "street", "st",
		"road", "rd", "lane", "drive", "suite", "floor", "box", "plaza", "zone", "za",
		"zi" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct str word = str_z(words[i]);

		if (str_starts(str_from(s, at), word) && is_end(s, at + word.n))
			return true;
	}
	return false;
}

static void
postal_address(struct advice_work *w)
{
	struct str s = w->folded;
	for (size_t i = 0; i < s.n; i++) {
		size_t from = i > NEAR / 4 ? i - NEAR / 4 : 0;
		struct str code;

		if ((i > 0 && ascii_alnum(s.p[i - 1])) || !is_street(s, i))
			continue;
		code = code_in(str_head(str_from(s, from), i + NEAR - from));
		if (code.n > 0) {
			advice_say(w, ADVICE_POSTAL_FINE, code, STR_NONE);
			return;
		}
	}
	advice_say(w, ADVICE_POSTAL_NONE, STR_NONE, STR_NONE);
}

void
advice_legal_check(struct advice_work *w)
{
	if (!w->m->broadcast)
		return;
	unsubscribe(w);
	postal_address(w);
}
