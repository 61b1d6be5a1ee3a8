/*
 * Of the files of content/advice only:
 *
 *   advice.c         the order of the checks, items, JSON
 *   advice_text.c    subject, preheader, text part, pictures, size
 *   advice_sender.c  name and address of the sender
 *   advice_link.c    links
 *   advice_legal.c   unsubscribing and the postal address
 *   advice_cta.c     calls to action, urgency
 */
#ifndef CONTENT_ADVICE_PRIV_H
#define CONTENT_ADVICE_PRIV_H

#include "content/advice.h"
#include "content/advice_page.h"
#include "content/advice_tbl.h"
#include "content/advice_words.h"

enum advice_finding {
#define F(finding, check, level, seen_en, seen_fr, fix_en, fix_fr) ADVICE_##finding,
	ADVICE_FINDINGS(F)
#undef F
		ADVICE_FINDINGS_COUNT
};

struct advice_work {
	struct arena *a;
	struct advice_mail mail;
	const struct advice_mail *m; /* it */
	struct advice *out;
	enum advice_lang lang;
	bool lost; /* the arena was full */
	struct advice_page page;
	struct advice_words words;
	struct str folded; /* what the reader sees, of the HTML or of the text part */
};

/* One more item. */
void advice_say(struct advice_work *w, enum advice_finding f, struct str one, struct str two);
void advice_say_n(struct advice_work *w, enum advice_finding f, size_t one, struct str two);

/* Characters of UTF-8; those that are no white space. */
size_t advice_chars(struct str s);
size_t advice_letters(struct str s);

/* The host of an absolute URL in lower case, in the arena; empty: it has none. */
struct str advice_host(struct arena *a, struct str url);
/* The part of a domain that is bought, about: "shop.example.co.uk" gives "example.co.uk". */
struct str advice_site(struct str host);
/* A domain as people write it, of a well-known ending? */
bool advice_names_domain(struct str host);

void advice_text_check(struct advice_work *w);
void advice_text_html(struct advice_work *w);
void advice_sender_check(struct advice_work *w);
void advice_link_check(struct advice_work *w);
void advice_legal_check(struct advice_work *w);
void advice_cta_check(struct advice_work *w);

#endif
