/*
 * A mail that came in, as the formats tell of it: who, what, texts in UTF-8, files. Read from
 * its bytes, which are a stranger's; within limits, and what goes beyond them is left out. Part
 * of report/inbound*.c only. Pure; texts are borrowed from the mail or live in the arena.
 */
#ifndef REPORT_INBOUND_VIEW_H
#define REPORT_INBOUND_VIEW_H

#include "wire/mime_in.h"

#define INBOUND_FIELDS   200u
#define INBOUND_PEOPLE   100u /* of all address fields */
#define INBOUND_LINE_MAX 4000u

struct inbound_person {
	struct str name, address; /* name may be empty */
};
struct inbound_people {
	const struct inbound_person *at;
	size_t n;
	struct str line; /* the field's value, decoded; empty = there is none */
};

struct inbound_field {
	struct str name, value; /* decoded, one line */
};

struct inbound_file {
	const struct mime_in_part *part;
	struct str name;  /* never empty */
	struct str type;  /* media type alone */
	struct str cid;   /* without <>; empty = none */
	struct str bytes; /* decoded */
	bool inline_;     /* a Content-ID, and no attachment */
};

struct inbound_view {
	struct mime_in mime;
	struct str head;              /* the header block as it came */
	struct str recipient, sender; /* of the envelope */
	struct str plus;              /* of the recipient, between its first + and the @ */
	struct str client;            /* IP address it came from; empty = not known */
	struct str subject, date, message_id, in_reply_to;
	struct inbound_people from, to, cc, reply_to;
	struct inbound_field fields[INBOUND_FIELDS];
	size_t nfields;
	struct str text, html;                 /* UTF-8; p = NULL: there is none */
	struct str text_charset, html_charset; /* as they came */
	const struct mime_in_part *text_part, *html_part;
	struct inbound_file files[MIME_IN_PARTS];
	size_t nfiles;
	struct inbound_person people[INBOUND_PEOPLE];
	size_t npeople;
	bool cut; /* something is left out */
};

struct inbound_letter;
/* Fills *ret_v (big: in the arena, too). 0 or -E2BIG when the arena is full. */
int inbound_view_read(
	struct arena *a, const struct inbound_letter *l, struct inbound_view *ret_v);
/* What is new in the text of an answer: without what is quoted and what leads to it; empty
 * unless the mail answers another one. */
struct str inbound_view_reply(const struct inbound_view *v);

#endif
