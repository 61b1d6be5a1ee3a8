/*
 * Webhooks: from events to the request that tells an endpoint of them. Which events an endpoint
 * wants, how many go into one post, the body in its format and the fields that sign it. Pure,
 * but for the random number in SendGrid's signature. The poster adds Host, User-Agent, lengths,
 * basic authentication and the endpoint's own fields.
 *
 *   feed ─▶ event_of ─▶ hook_write ─▶ hook_post ─▶ poster
 *                 n           takes the first k
 */
#ifndef REPORT_HOOK_H
#define REPORT_HOOK_H

#include "report/event.h"
#include "report/hook_native.h"

enum hook_format {
	HOOK_NATIVE,
	HOOK_MAILJET_1,
	HOOK_MAILJET_2,
	HOOK_SENDGRID,
	HOOK_POSTMARK,
	HOOK_MAILGUN,
	HOOK_FORMATS
};

const char *hook_format_name(enum hook_format f); /* "native", "mailjet-1" … stable */
/* 0 or -EINVAL. */
int hook_format_of(struct str name, enum hook_format *ret_f);
/* What the format calls it: "sent", "Delivery"; NULL: it cannot tell of such an event. */
const char *hook_word(enum hook_format f, enum fact_kind k);
/* The set of kinds (1 << enum fact_kind) behind one of the format's words ("bounce" of Mailjet
 * is bounced, expired, returned), any case; "" = all it can tell. 0: no such word. */
uint32_t hook_kinds(enum hook_format f, struct str word);

#define HOOK_EVENTS_MAX 500u          /* in one array */
#define HOOK_ARRAY_MAX  (768u << 10)  /* bytes of an array: SendGrid's limit */
#define HOOK_BODY_MAX   (2048u << 10) /* of a single event, which is never this long */

struct hook_endpoint {
	enum hook_format format;
	uint32_t kinds;   /* what it wants: 1 << enum fact_kind */
	bool people_only; /* nothing that a machine did */
	struct str url;
	/* whsec_…, [1] the old one while it is rolled; Mailgun: the signing key, in [0]. Empty
	 * is fine for Mailjet's formats and Postmark's: no signature. */
	struct str secrets[HOOK_SECRETS_MAX];
	struct str key; /* SendGrid: hook_sendgrid_key, empty = unsigned */
};

#define HOOK_FIELDS_MAX 4
struct hook_field {
	const char *name; /* static */
	struct str value; /* printable ASCII */
};

struct hook_post {
	struct str url; /* the endpoint's */
	struct hook_field fields[HOOK_FIELDS_MAX];
	size_t nfields;
	struct buf body;
	size_t taken;           /* events dealt with, the first ones: told, or not wanted */
	size_t told;            /* in the body; 0: nothing is to be posted */
	char id[EVENT_ID_TEXT]; /* of the first one told */
	struct buf values;      /* the fields' bytes */
};

bool hook_wants(const struct hook_endpoint *e, const struct event *event);
/*
 * now: wall µs of this attempt. The same events give the same body and id at each attempt, but
 * for Mailgun's signature; so a post that failed is written again from `taken` events, not from
 * all that wait by then, for its receiver tells doubles by the id. 0; -EINVAL when URL, secret
 * or key are unusable (the URL must be printable ASCII). Then, and with -E2BIG, there is
 * nothing to free. n 0 gives told 0.
 */
int hook_write(const struct hook_endpoint *e, const struct event *events, size_t n, int64_t now,
	struct hook_post *ret_post);
void hook_post_done(struct hook_post *post);

#endif
