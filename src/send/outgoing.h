/*
 * A message as an application describes it, before it is MIME: every HTTP dialect ends here
 * (DESIGN §4). It is checked as a whole, so that a client hears of all mistakes at once, and
 * each mistake is a fact (code, where) that the dialect says in its own words. Then it is
 * composed and its envelope made. Pure; texts are borrowed from whoever read them.
 */
#ifndef SEND_OUTGOING_H
#define SEND_OUTGOING_H

#include "base/arena.h"
#include "content/compose.h"
#include "wire/msg.h"

#define OUTGOING_PROBLEMS    100u
#define OUTGOING_FIELDS_MAX  200u
#define OUTGOING_FIELD_BYTES (32u << 10) /* of one field's value */
#define OUTGOING_FILES_MAX   200u
#define OUTGOING_PARTS_MAX   20u /* others */
#define OUTGOING_REPLY_MAX   1000u
#define OUTGOING_ABOUT_MAX   (16u << 10)
#define OUTGOING_GROUPS      26u /* 25, and that of the message */

/* What stands in texts for URLs that name the recipient begins so, until it is known whose they
 * are (send/outgoing_page). No host is called so (RFC 2606 2). */
#define OUTGOING_PAGES_AT "https://unsubscribe.invalid/"
/* For the URL of the page on which he unsubscribes. */
#define OUTGOING_PAGE OUTGOING_PAGES_AT "x"

enum outgoing_switch { OUTGOING_DEFAULT, OUTGOING_OFF, OUTGOING_ON };
/* In which part links are rewritten when clicks are on. */
enum outgoing_links { OUTGOING_LINKS_ALL, OUTGOING_LINKS_HTML, OUTGOING_LINKS_TEXT };

struct outgoing_address {
	struct str email, name; /* name: UTF-8, may be empty */
};
struct outgoing_list {
	const struct outgoing_address *at;
	size_t n;
};

struct outgoing {
	struct outgoing_address from, sender; /* sender: email empty = none (RFC 5322 3.6.2) */
	struct outgoing_list reply_to, to, cc, bcc;
	struct str subject, text, html;
	const struct compose_part *others;
	size_t nothers;
	const struct compose_file *files; /* bytes decoded */
	size_t nfiles;
	const struct compose_header *fields; /* the client's own */
	size_t nfields;
	enum stream_kind stream;
	/* The account's own stream it is to go by, by its name: whoever knows it sets stream
	 * and group (and unsubscribe, where the stream has none). Or empty. */
	struct str own_stream;
	enum outgoing_switch opens, clicks;
	/* To tracking (send/consent.h): that of all recipients; of each address of To, Cc and
	 * Bcc in this order, or NULL. */
	enum outgoing_switch consent;
	const enum outgoing_switch *consents;
	enum outgoing_switch
		unsubscribe; /* its fields (RFC 8058); default: as stream and group have it */
	enum outgoing_links links;
	struct str url_tags;   /* into the query of each link (content/link_url); or empty */
	struct str pixel_mark; /* where it stands in the HTML the pixel goes; or empty */
	enum outgoing_switch auto_text; /* a text part made of html when text is empty;
	                                   default: on (send/outgoing_text) */
	int64_t send_at;                /* wall µs, 0 = now */
	uint32_t group;         /* of the account, or its own stream: who unsubscribes leaves it
	                           alone; 0 none */
	const uint32_t *groups; /* the page lets choose among these, at most OUTGOING_GROUPS; */
	size_t ngroups;         /* 0: no choice */
	struct str once;        /* name of the campaign that each address gets once; or empty */
	bool own_page; /* OUTGOING_PAGES_AT… in its texts is to be each recipient's own page */
	uint8_t bypass;   /* MAIL_BYPASS_… of wire/msg */
	uint8_t tls;      /* enum tls_need */
	uint8_t turn;     /* TURN_… of wire/msg */
	bool sandbox;     /* checked and answered, never sent */
	struct str about; /* JSON object for events, at most OUTGOING_ABOUT_MAX; or empty */
};

struct outgoing_limits {
	unsigned recipients; /* To, Cc and Bcc together */
	size_t subject;      /* bytes; 0 = any */
	bool needs_subject, needs_to;
	size_t bytes;                /* of texts and files as they are, before their encoding */
	int64_t ahead;               /* send_at at most so many µs ahead */
	const char *const *reserved; /* names of fields that the client may not give (any case),
	                                NULL-ended; those compose writes are refused anyway */
};

enum outgoing_code {
	OUTGOING_MISSING = 1, /* where: FROM, TO (or any recipient), SUBJECT, CONTENT */
	OUTGOING_ADDRESS,     /* no mailbox a server would take */
	OUTGOING_MANY, /* recipients, Reply-To, parts, files, fields: detail is the maximum */
	OUTGOING_LONG, /* subject, a name, the whole: detail is the maximum */
	OUTGOING_RESERVED, /* a field that is ours to write */
	OUTGOING_VALUE,    /* control characters, no UTF-8, no media type …: why tells */
	OUTGOING_LATE      /* send_at is too far ahead: detail is the maximum in hours */
};

enum outgoing_where {
	OUTGOING_FROM = 1,
	OUTGOING_SENDER,
	OUTGOING_REPLY_TO,
	OUTGOING_TO,
	OUTGOING_CC,
	OUTGOING_BCC,
	OUTGOING_SUBJECT,
	OUTGOING_CONTENT,
	OUTGOING_FILES,
	OUTGOING_FIELDS,
	OUTGOING_SEND_AT,
	OUTGOING_ABOUT,
	OUTGOING_WHOLE
};

struct outgoing_problem {
	enum outgoing_code code;
	enum outgoing_where where;
	size_t index;     /* in its list (of CONTENT: in others); SIZE_MAX: the list itself, or
	                     no list */
	uint64_t detail;  /* the maximum, else 0 */
	struct str value; /* the address, the field's or the file's name, borrowed; or empty */
	const char *why;  /* a static sentence, or NULL */
};
struct outgoing_problems {
	struct outgoing_problem at[OUTGOING_PROBLEMS];
	size_t n, dropped;
};

/* A mailbox that a server would take, as it may stand in a header. */
bool outgoing_address_ok(struct str email);

/* now: wall µs. Adds to *p; true: there is nothing to say against it. */
bool outgoing_check(const struct outgoing *o, const struct outgoing_limits *l, int64_t now,
	struct outgoing_problems *p);

/* The envelope: To, Cc and Bcc in this order, an address once (local part as it is, domain in
 * any case). In the arena. 0 or -E2BIG. *ret_of, if not NULL: for each address of To, Cc, Bcc
 * in their order, the number of its recipient. */
int outgoing_rcpts(
	struct arena *a, const struct outgoing *o, struct msg_rcpts *ret_r, uint16_t **ret_of);

/* No more bytes than these are composed of o: to judge a call before its work is done. One or
 * two passes over the texts. */
uint64_t outgoing_most(const struct outgoing *o);

struct outgoing_stamp {
	struct str message_id; /* with its brackets */
	struct str seed;       /* of boundaries */
	int64_t date;          /* wall µs */
};
/* Appends the message; Bcc is nowhere in it. o must have passed outgoing_check. 0, -E2BIG, or
 * -EINVAL with *ret_why (static text). */
int outgoing_compose(struct arena *a, const struct outgoing *o, const struct outgoing_stamp *s,
	struct buf *out, const char **ret_why);

/* Bytes of its texts and files. */
uint64_t outgoing_weight(const struct outgoing *o);

#endif
