/*
 * Options that come by SMTP as header fields, in three vendors' dialects and one of our own:
 *
 *   Mailjet   X-MJ-CustomID X-MJ-EventPayload X-MJ-MonitoringCategory X-Mailjet-Campaign
 *             X-Mailjet-DeduplicateCampaign X-Mailjet-Prio
 *             X-Mailjet-TrackOpen X-Mailjet-TrackClick (0 off, 1 on)
 *             X-MJ-TemplateID X-MJ-TemplateLanguage X-MJ-TemplateErrorDeliver
 *             X-MJ-TemplateErrorReporting X-MJ-Vars
 *   SendGrid  X-SMTPAPI: {"to", "sub", "section", "send_each_at", "category", "unique_args",
 *             "filters", "send_at", "asm_group_id"};
 *             of filters all that tracking_settings and mail_settings do by HTTP
 *   our own   X-Facteur-Consent (send/consent.h)
 *   Postmark  X-PM-Tag X-PM-Metadata-* X-PM-Message-Stream X-PM-Track-Opens X-PM-Track-Links
 *
 * They steer the service and are taken out of the message. What cannot be done is refused by
 * its name, never passed over. Of a field that stands twice the first counts. "to" names
 * recipients: it is no header of the mail but a call's field that came this way, and the caller
 * takes it from nobody but a customer (docs/decisions/0013). Pure.
 */
#ifndef API_SMTP_FIELDS_H
#define API_SMTP_FIELDS_H

#include "send/outgoing_tail.h"
#include "wire/reply.h"

#define SMTP_FIELDS_TO_MAX 1000u

/* What the message is written from. */
struct smtp_template {
	bool wanted;
	bool language;                  /* its own texts are templates too */
	bool deliver;                   /* also what cannot be rendered */
	struct str id;                  /* number or name of a stored one; empty: none */
	struct str vars;                /* a JSON object; empty: none */
	struct outgoing_address report; /* whom to write of a mistake; email empty: nobody */
};

struct smtp_fields {
	bool any;         /* at least one of them is there */
	struct str about; /* as outgoing.about; in the arena */
	enum outgoing_switch opens, clicks, consent;
	enum outgoing_links links;
	int64_t send_at;                  /* wall µs, 0 = now */
	uint32_t group;                   /* as outgoing.group */
	struct str once;                  /* as outgoing.once; in the arena */
	uint8_t turn;                     /* as outgoing.turn */
	uint32_t groups[OUTGOING_GROUPS]; /* as outgoing.groups */
	size_t ngroups;
	uint8_t bypass; /* as outgoing.bypass */
	/* {"sub":{tag: text},"section":{tag: text}}, or empty; for a mail to one recipient.
	 * With "to" a tag has a list, one text for each. */
	struct str subst;
	/* Mail merge: who gets it instead of the envelope's recipients, each a message of his
	 * own; n 0: it is none. At most SMTP_FIELDS_TO_MAX. each_at: when each is first tried,
	 * wall µs, 0 = now; or NULL. In the arena. */
	struct outgoing_list to;
	const int64_t *each_at;
	struct str batch; /* SendGrid's batch_id, still to be checked; in the arena, or empty */
	struct str url_tags, pixel_mark; /* as in struct outgoing; in the arena, or empty */
	struct outgoing_tail tail;       /* footer and link to unsubscribe; in the arena */
	struct str own_stream;           /* as outgoing.own_stream; in the arena */
	bool has_stream;
	enum stream_kind stream;
	struct smtp_template template;
};

/* block: a complete header block. now: wall µs. Code 0: no objection, *ret_f is set; else a
 * reply to DATA with a static text. Also -E2BIG as 452 when the arena is full. */
struct reply smtp_fields_read(
	struct arena *a, struct str block, int64_t now, struct smtp_fields *ret_f);

/* Prefixes of the names of all such fields, in lower case, NULL-ended: header_add.drop. */
extern const char *const smtp_fields_drop[];

#endif
