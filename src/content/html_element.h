/*
 * What an element is to a reader of plain text, and whether its attributes hide it. Facts only;
 * content/html_text makes lines of them.
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
/* Does this attribute take its element out of sight? */
bool html_element_hides(struct str attribute, struct str value);

#endif
