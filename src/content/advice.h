/*
 * Advice on a message as its reader will get it: checks, each with what was seen, why it
 * matters and what to do, in French or English. Pure: nothing is looked up, no mail is changed.
 *
 * A check that says nothing about this message (no button, no broadcast) gives no item; one
 * that is content gives an item of level good, so that a reader sees what was looked at.
 *
 * What needs the place of a button on the screen waits for a layout: `places` is where an
 * estimator puts what it knows; without it those checks are silent.
 */
#ifndef CONTENT_ADVICE_H
#define CONTENT_ADVICE_H

#include "base/arena.h"
#include "base/buf.h"

#define ADVICE_ITEMS_MAX 64u
#define ADVICE_ARENA     (8u << 20) /* enough for any message */
#define ADVICE_HTML_MAX  102400u    /* bytes behind which Gmail hides the rest */

enum advice_level { ADVICE_GOOD, ADVICE_HINT, ADVICE_WARNING, ADVICE_PROBLEM };
enum advice_lang { ADVICE_EN, ADVICE_FR };

/* Bytes of a picture, where they are known: src as in the HTML. */
struct advice_file {
	struct str src;
	uint64_t bytes;
};
/* Where a link stands, in CSS pixels of a page 600 wide. */
struct advice_place {
	size_t at; /* of the link's '<' in the HTML */
	int x, y, width, height;
};

/* Texts that are not given may have p NULL. */
struct advice_mail {
	struct str subject, preheader; /* preheader empty: the hidden text of the HTML is */
	struct str from_name, from_address;
	struct str reply_to;   /* a mailbox; empty: answers go to from_address */
	struct str html, text; /* rendered; may be empty */
	struct str language;   /* of the message, "fr…" or "en…"; else both are tried */
	bool broadcast;
	bool made_text;    /* the service makes the text part that is missing */
	bool list_headers; /* it adds List-Unsubscribe */
	const struct advice_file *files;
	size_t nfiles;
	const struct advice_place *places;
	size_t nplaces;
};

struct advice_item {
	const char *id; /* stable */
	enum advice_level level;
	struct str seen, why, fix; /* sentences; fix empty when good */
};
struct advice {
	struct advice_item items[ADVICE_ITEMS_MAX]; /* in the order of the checks */
	size_t n;
};

/* Texts live in the arena or are static. 0 or -E2BIG. */
int advice_make(struct arena *a, const struct advice_mail *m, enum advice_lang lang,
	struct advice *ret_advice);

const char *advice_level_name(enum advice_level level); /* "good", "hint" … */
/* [{"id", "level", "seen", "why", "fix"}]: 0 or -E2BIG. */
int advice_json(struct buf *out, const struct advice *advice);

#endif
