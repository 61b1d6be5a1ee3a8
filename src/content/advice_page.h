/*
 * The facts of a page that the advice judges: links with their looks, pictures, colours, the
 * text. One pass over content/html_scan with a bounded stack of open elements; the style
 * attribute and old attributes count, style sheets do not (mail has its styles inline).
 */
#ifndef CONTENT_ADVICE_PAGE_H
#define CONTENT_ADVICE_PAGE_H

#include "base/arena.h"
#include "content/advice_colour.h"

#define ADVICE_LINKS_MAX  300u
#define ADVICE_IMAGES_MAX 300u
#define ADVICE_TINTS_MAX  64u

enum advice_shape {
	ADVICE_PLAIN, /* text or picture */
	ADVICE_GHOST, /* a button of a border alone, or one whose colours are not known */
	ADVICE_FILLED /* a button with a colour of its own */
};

struct advice_link {
	struct str href; /* decoded */
	struct str text; /* with the alternative texts of pictures; white space collapsed */
	size_t at;       /* of its '<' in the HTML */
	enum advice_shape shape;
	bool picture;                          /* holds one */
	struct advice_colour back, fore, page; /* of it, of its text, around it */
};
struct advice_image {
	struct str src;
	bool alt, empty, sized, linked; /* alt: has the attribute; empty: with nothing in it */
};
struct advice_tint {
	struct advice_colour colour;
	unsigned weight;
};

struct advice_page {
	struct advice_link links[ADVICE_LINKS_MAX];
	struct advice_image images[ADVICE_IMAGES_MAX];
	struct advice_tint tints[ADVICE_TINTS_MAX]; /* of surfaces and texts, not of buttons */
	size_t nlinks, nimages, ntints;
	struct str text;   /* what a reader sees, content/html_text */
	struct str hidden; /* what stands unseen before it: what previews show */
};

/* Texts in the arena. 0 or -E2BIG. */
int advice_page_read(struct advice_page *p, struct arena *a, struct str html);
/* The most used colour that is no grey; not known: there is none. */
struct advice_colour advice_page_main(const struct advice_page *p);

#endif
