/*
 * Numbers as decimal digits: the shortest ones that read back as the same number, rounded half
 * away from zero on those digits (so 2.675 to two places is 2.68, as people expect), printed
 * plainly or by a pattern such as "#,##0.00" in the manner of a locale. Pure.
 */
#ifndef CONTENT_DECIMAL_H
#define CONTENT_DECIMAL_H

#include "base/buf.h"

#define DECIMAL_DIGITS     20 /* of an int64_t, or 17 of a double */
#define DECIMAL_PLACES_MAX 20 /* behind the point, in patterns and roundings */

struct decimal {
	char digits[DECIMAL_DIGITS + 1]; /* '0' to '9'; no zero at either end */
	unsigned n;                      /* 0 = the number zero */
	int point;                       /* value = 0.DIGITS * 10^point */
	bool negative;
};

struct decimal decimal_of_int(int64_t v);
struct decimal decimal_of_float(double v); /* finite */
/* To so many places behind the point; negative places round tens, hundreds … */
void decimal_round(struct decimal *d, int places);
/* The nearest double. */
double decimal_float(const struct decimal *d);

/* As ECMAScript prints a number: 1.5, 100, 1e+21, 1e-7. 0 or -E2BIG. */
int decimal_print(struct buf *b, const struct decimal *d);

/*
 * By a pattern (Unicode TR 35): # and 0 are digits, "," groups thousands, "." starts the
 * places, "%" counts in hundredths; other characters before and behind stand as they are, text
 * in '…' too. "#,##0.00;(#,##0.00)" has a pattern of its own for negative numbers. locale:
 * "de_DE", "fr-FR", "fr"; unknown ones look as "en". 0, -EINVAL (no digit, more than
 * DECIMAL_PLACES_MAX places) or -E2BIG.
 */
int decimal_format(
	struct buf *b, const struct decimal *d, struct str pattern, struct str locale);

#endif
