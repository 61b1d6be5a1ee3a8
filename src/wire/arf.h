/*
 * Reading complaints: feedback reports (ARF, RFC 5965, 6591, 6692), and the forms of those who
 * write others (Hotmail's JMRP, SpamCop). The original may be whole, headers only, or redacted.
 * Nothing here proves that our message is meant: a token does that. Texts live in the caller's
 * arena, on one line, well-formed UTF-8. Pure.
 */
#ifndef WIRE_ARF_H
#define WIRE_ARF_H

#include "wire/original_in.h"

#define ARF_RCPTS    16u
#define ARF_TEXT_MAX 500u

enum arf_form {
	ARF_NONE,   /* no complaint */
	ARF_REPORT, /* a feedback-report part */
	ARF_JMRP,   /* Hotmail: the message alone, with X-HmXmrOriginalRecipient in it */
	ARF_SPAMCOP
};
enum arf_type {
	ARF_ABUSE = 1,
	ARF_FRAUD,
	ARF_VIRUS,
	ARF_OPT_OUT,
	ARF_NOT_SPAM,
	ARF_AUTH_FAILURE, /* about SPF, DKIM, DMARC: nobody complains */
	ARF_OTHER
};

struct arf {
	enum arf_form form;
	enum arf_type type;
	/* All below: empty = not said. */
	struct str type_text;  /* as written */
	struct str user_agent; /* or the name of the form */
	struct str mail_from;  /* Original-Mail-From, without brackets; not always a mailbox */
	struct str rcpts[ARF_RCPTS]; /* Original-Rcpt-To: mailboxes */
	size_t n;
	struct str arrival;   /* Arrival-Date, as written */
	struct str source_ip; /* an IPv4 or IPv6 address */
	struct str domain;    /* the first Reported-Domain */
	struct str mta;       /* Reporting-MTA without its type */
	struct str envid;     /* Original-Envelope-Id */
	uint32_t incidents;   /* 1 when not said */
};

/* "abuse", "fraud", … stable. */
const char *arf_type_name(enum arf_type t);

/* o: of original_in_find. */
void arf_read(struct arena *a, const struct mime_in *m, const struct original_in *o,
	struct arf *ret_r);

#endif
