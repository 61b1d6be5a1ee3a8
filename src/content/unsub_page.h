/*
 * The page of unsubscribing, French or English: HTML without script, image or anything from
 * elsewhere. All that comes from a tenant or a token is escaped. Pure.
 */
#ifndef CONTENT_UNSUB_PAGE_H
#define CONTENT_UNSUB_PAGE_H

#include "content/unsub.h"

enum unsub_page_lang { UNSUB_PAGE_EN, UNSUB_PAGE_FR };

/* To be sent with the page, beside Cache-Control: no-store and Vary: Accept-Language. */
#define UNSUB_PAGE_CSP                                                                         \
	"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; " \
	"frame-ancestors 'none'"

/* A group of the mail's. */
struct unsub_choice {
	uint32_t group;
	struct str name; /* UTF-8, the tenant's */
};

struct unsub_page {
	enum unsub_state state;
	enum unsub_page_lang lang;
	struct str sender; /* whose messages; UTF-8, may be empty */
	/* Shown as "a…@b.example": the message may have been passed on. May be empty. */
	struct str address;
	struct str action; /* path of the form (UNSUB_ASK) */
	/* UNSUB_ASK: he ticks those that he leaves; n 0: the message's own is left, unasked. */
	const struct unsub_choice *choices;
	size_t nchoices;
};

/* The better of the two by Accept-Language (RFC 9110 12.5.4); English when it names neither. */
enum unsub_page_lang unsub_page_lang(struct str accept_language);
/* "en", "fr": for Content-Language. */
const char *unsub_page_lang_name(enum unsub_page_lang lang);

/* Appends the page: 0 or -E2BIG (out is as it was). */
int unsub_page(struct buf *out, const struct unsub_page *p);

#endif
