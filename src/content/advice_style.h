/*
 * What the advice wants to know of an element's style attribute and of the old attributes
 * beside it (bgcolor, <font color>).
 */
#ifndef CONTENT_ADVICE_STYLE_H
#define CONTENT_ADVICE_STYLE_H

#include "content/advice_colour.h"
#include "content/html_scan.h"

struct advice_style {
	struct advice_colour back, fore; /* of its own */
	struct advice_colour border;
	bool padded, blocky; /* room around the text; display: block or inline-block */
	bool hides;
	bool buttonlike; /* a class says so */
};

/* Adds what this attribute says. */
void advice_style_add(struct advice_style *s, const struct html_attr *a);

#endif
