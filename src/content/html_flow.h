/*
 * Words become lines of plain text: wrapped at a width, never inside a word, so never inside a
 * URL; with what stands before each line ("> " of a quotation, the room under a list's mark);
 * at most one empty line between paragraphs. Lines end in LF and have no white space at their
 * end.
 *
 * A break is only asked for: it is written before the next word, so nothing trails at the end.
 * The caller's characters are printable: no C0, no C1.
 */
#ifndef CONTENT_HTML_FLOW_H
#define CONTENT_HTML_FLOW_H

#include "base/buf.h"

#define HTML_FLOW_PREFIX 40u /* bytes before a line; deeper levels add nothing */

struct html_flow {
	struct buf *out;
	struct buf word;   /* at work */
	unsigned cols;     /* of the word */
	unsigned width;    /* of lines */
	unsigned col;      /* of the line at work */
	unsigned breaks;   /* line ends wanted before the next word */
	unsigned marks;    /* separators of cells wanted before it */
	unsigned nbsp;     /* unbreakable spaces behind the word at work */
	bool begun, space; /* the line has words; a space is wanted before the next */
	bool pre;          /* as it is: no wrapping, spaces count */
	/* Of the next line, and of those behind it: the first has the list's mark. */
	char first[HTML_FLOW_PREFIX], rest[HTML_FLOW_PREFIX];
	size_t nprefix;
	size_t blank; /* of it, what an empty line before the next word has */
};

/* out and what is in it are the caller's. */
void html_flow_init(struct html_flow *f, struct buf *out, unsigned width);
void html_flow_done(struct html_flow *f);

/* A character of a word; U+00A0 holds two words together. */
void html_flow_char(struct html_flow *f, uint32_t point);
/* The same for printable ASCII without spaces. */
void html_flow_ascii(struct html_flow *f, struct str some);
/* The word ends. */
void html_flow_space(struct html_flow *f);
/* At least so many line ends before the next word: 1 a new line, 2 an empty line. */
void html_flow_break(struct html_flow *f, unsigned lines);
/* One line end more. */
void html_flow_newline(struct html_flow *f);
/* "|" before the next word of this line. */
void html_flow_mark(struct html_flow *f);
/* A word as it is, UTF-8. */
void html_flow_word(struct html_flow *f, struct str word);
/* A word of its own that stays in the line of what was said last, whatever breaks were asked
 * for since: the URL behind a link's text. */
void html_flow_append(struct html_flow *f, struct str word);

/* Before the lines from the next one on: `first` before the next, as many spaces (of a list) or
 * the same again (quote) before the others. The bytes added, to be taken off by pop. */
size_t html_flow_push(struct html_flow *f, struct str first, bool quote);
void html_flow_pop(struct html_flow *f, size_t n);

/* The end: 0 or -E2BIG. */
int html_flow_end(struct html_flow *f);

#endif
