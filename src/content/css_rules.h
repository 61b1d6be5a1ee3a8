/*
 * The rules of a style sheet that can be written into the elements they are for: selectors of
 * types, classes, ids and attributes (there, or equal to a text), of descendants and children,
 * in lists; and declarations. All else (at-rules, pseudo-classes, other combinators, escapes,
 * nested rules, what no parser understands) is passed over as CSS Syntax 3 says, and stays
 * where it is. Pure; texts are borrowed from the sheet, or are in the arena.
 */
#ifndef CONTENT_CSS_RULES_H
#define CONTENT_CSS_RULES_H

#include "base/arena.h"

#define CSS_COMPOUNDS 8u    /* of a selector */
#define CSS_SELECTORS 2000u /* of all sheets */
#define CSS_DECLARED  5000u /* declarations of all sheets */

enum css_test_kind { CSS_CLASS, CSS_ID, CSS_HAS, CSS_IS };

struct css_test {
	struct css_test *next;
	enum css_test_kind kind;
	struct str name, value; /* of CSS_IS both */
};

/* One element: "td.a[width]". */
struct css_compound {
	struct str type; /* empty: any */
	struct css_test *tests;
	bool child; /* of the one before it; else a descendant */
};

struct css_selector {
	struct css_selector *next; /* of all sheets */
	struct css_rule *rule;
	struct str text;
	bool known; /* else it stays in the sheet */
	bool used;  /* for who matches */
	struct css_compound at[CSS_COMPOUNDS];
	size_t n;
	uint32_t weight; /* its specificity */
};

struct css_declaration {
	struct css_declaration *next;
	struct str name, value; /* without comments, blanks and "!important" */
	bool important;
};

struct css_rule {
	struct css_rule *next;
	size_t at, n, block;            /* bytes of the sheet; its '{' */
	size_t order;                   /* among all */
	struct css_selector *selectors; /* nselectors of them in a row */
	size_t nselectors;
	struct css_declaration *declarations;
	bool important; /* one of them is */
};

struct css_rules {
	struct css_rule *first, *last;
	struct css_selector *selectors, *last_selector;
	size_t nrules, nselectors, ndeclarations;
};

/* Adds the rules of one more sheet, those with a selector that is known; *ret_first: the first
 * of them, or NULL. 0, or -E2BIG: there are too many, or the arena is full. */
int css_rules_read(
	struct arena *a, struct css_rules *r, struct str sheet, struct css_rule **ret_first);

/* Index of the first byte from `at` on that is one of stops, outside of strings, comments and
 * brackets; s.n: there is none. */
size_t css_until(struct str s, size_t at, const char *stops);
/* Declarations of a block or a style attribute, linked; NULL in *ret: there are none. 0;
 * -EINVAL: something in it is none; -E2BIG. */
int css_declarations(
	struct arena *a, struct str block, struct css_declaration **ret, size_t *ret_n);

#endif
