/*
 * What an element is to a reader of plain text, and whether its attributes hide it. Facts only;
 * content/html_text makes lines of them, content/inline_css what selectors see.
 */
#ifndef CONTENT_HTML_ELEMENT_H
#define CONTENT_HTML_ELEMENT_H

#include "base/str.h"

enum html_element {
	HTML_INLINE, /* also all that are not known */
	HTML_VOID,   /* has no content: <input>, <meta> … */
	HTML_BLOCK,  /* begins a line */
	HTML_PARA,   /* stands between empty lines: headings too */
	HTML_P,      /* ends where another block begins */
	HTML_A,
	HTML_BR,
	HTML_HR,
	HTML_IMG,
	HTML_PRE,
	HTML_QUOTE,
	HTML_UL,
	HTML_OL,
	HTML_LI,
	HTML_DL_ITEM, /* <dt>, <dd> */
	HTML_OPTION,
	HTML_TABLE,
	HTML_ROWS, /* <tbody> … */
	HTML_TR,
	HTML_CELL,
	HTML_CAPTION
};

enum html_element html_element(struct str name);
/* Sets of them. The fences: what is not left from inside to end another. */
#define HTML_BIT(what)   (1u << (what))
#define HTML_FENCE_TABLE HTML_BIT(HTML_TABLE)
#define HTML_FENCE_CELL  (HTML_FENCE_TABLE | HTML_BIT(HTML_CELL) | HTML_BIT(HTML_CAPTION))
#define HTML_FENCE_LIST  (HTML_FENCE_CELL | HTML_BIT(HTML_UL) | HTML_BIT(HTML_OL))

/* What ends by itself where this begins (HTML, 13.2.6.4.7 and on): the innermost open one of
 * `wanted` (0: nothing) that no fence stands before. */
struct html_ends {
	unsigned wanted, fence;
};
struct html_ends html_element_ends(enum html_element what);
/* Does this attribute take its element out of sight? */
bool html_element_hides(struct str attribute, struct str value);

#endif
