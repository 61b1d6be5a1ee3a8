/*
 * Unsubscribing: the two header fields that offer it (RFC 2369, RFC 8058), and the rule of its
 * page. A GET never acts: scanners follow every link of a message. A POST acts when it says so
 * with List-Unsubscribe=One-Click, which mail readers send by RFC 8058 and the page's button
 * sends too. Where the mail names groups, a second form leaves those that are ticked in it.
 * The page's other button takes back the consent to tracking and unsubscribes from
 * nothing. No cookie, no log-in, no redirect: the token in the path is all. Pure.
 */
#ifndef CONTENT_UNSUB_H
#define CONTENT_UNSUB_H

#include "base/buf.h"

#define UNSUB_URL_MAX   800u /* the field is one line of at most 998 bytes with both */
#define UNSUB_FIELD     "List-Unsubscribe"
#define UNSUB_POST      "List-Unsubscribe-Post" /* only beside an https URL; both DKIM-signed */
#define UNSUB_ONE_CLICK "One-Click"
#define UNSUB_TRACKING  "Tracking" /* the other button */
#define UNSUB_STOP_VAL  "Stop"
#define UNSUB_CHOICE    "Groups"
#define UNSUB_LEAVE_VAL "Leave"
#define UNSUB_GROUP     "group" /* once for each that is ticked: its number */
#define UNSUB_POST_VAL  UNSUB_FIELD "=" UNSUB_ONE_CLICK

/*
 * Appends the value of List-Unsubscribe: the https URL first, since readers take the first they
 * can use. url or address may be empty, not both; address is a mailbox in ASCII. 0; -EINVAL: no
 * https URL, too long, characters that would end the field or its brackets; -E2BIG. After an
 * error out is as it was.
 */
int unsub_value(struct buf *out, struct str url, struct str address);

enum unsub_state {
	UNSUB_ASK,     /* shows the button, also when it is done already: nobody is asked */
	UNSUB_DONE,    /* the caller unsubscribes now, then shows this */
	UNSUB_INVALID, /* the token is none */
	UNSUB_STOP,    /* the caller ends the tracking now, then shows this */
	UNSUB_CHOSEN /* the caller leaves the groups that unsub_chosen gives, then shows this */
};
#define UNSUB_STATES (UNSUB_CHOSEN + 1)

struct unsub_request {
	struct str method;
	struct str type, body; /* Content-Type and body of a POST */
	bool valid;            /* the token was opened */
};

enum unsub_state unsub_state(const struct unsub_request *r);
/* The numbers of the groups that are ticked, as they came, at most max. */
size_t unsub_chosen(const struct unsub_request *r, uint32_t *ret, size_t max);
/* The HTTP status that goes with the page: 200, or 404 for UNSUB_INVALID. */
int unsub_status(enum unsub_state state);

#endif
