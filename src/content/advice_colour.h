/*
 * Colours of CSS: read, compared (contrast of WCAG 2.2, 1.4.3) and turned around the wheel of
 * hues (HSL) to propose some that suit. Pure.
 */
#ifndef CONTENT_ADVICE_COLOUR_H
#define CONTENT_ADVICE_COLOUR_H

#include "base/str.h"

#define ADVICE_COLOUR_TEXT    8u /* "#rrggbb" and NUL */
#define ADVICE_COLOUR_PALETTE 5u

struct advice_colour {
	uint8_t r, g, b;
	bool known; /* false: not said, transparent, or not understood */
};
struct advice_hsl {
	int h;    /* degrees, 0 to 359; 0 of greys */
	int s, l; /* percent */
};

/* "#abc", "#aabbcc", "rgb(1, 2, 3)", "hsl(…)", a name; the first colour of a value such as that
 * of background. Not known when there is none or it is more than half transparent. */
struct advice_colour advice_colour_read(struct str css);
/* "#rrggbb". */
void advice_colour_write(struct advice_colour c, char ret_text[ADVICE_COLOUR_TEXT]);
bool advice_colour_same(struct advice_colour a, struct advice_colour b);

/* Hundredths: 100 (the same) to 2100 (black on white). Both known. */
unsigned advice_colour_contrast(struct advice_colour a, struct advice_colour b);
/* White or black, whichever is read better on it. */
struct advice_colour advice_colour_label(struct advice_colour on);

struct advice_hsl advice_colour_hsl(struct advice_colour c);
struct advice_colour advice_colour_of_hsl(struct advice_hsl c);
/* Has it a hue worth the name? */
bool advice_colour_is_grey(struct advice_colour c);
/* Degrees between two hues, 0 to 180. */
int advice_colour_apart(struct advice_colour a, struct advice_colour b);
/* Hues that suit: near (30 and less) or on the other side (110 and more); greys suit all. */
bool advice_colour_suits(struct advice_colour a, struct advice_colour b);

/* Colours for a button beside the main colour, on the page's: opposite, on either side of
 * opposite, a third around, and the main one's own hue; each at least 3:1 against the page and
 * 4.5:1 under its label where its hue allows it. How many. */
size_t advice_colour_palette(struct advice_colour chief, struct advice_colour page,
	struct advice_colour ret_c[ADVICE_COLOUR_PALETTE]);

#endif
