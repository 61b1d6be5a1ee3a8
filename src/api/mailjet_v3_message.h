/*
 * One message of Mailjet's Send API v3: its JSON, and the mails that are made of it. Private to
 * the dialect.
 */
#ifndef API_MAILJET_V3_MESSAGE_H
#define API_MAILJET_V3_MESSAGE_H

#include "api/call.h"

struct mailjet_v3_message {
	struct str from_email, from_name, to, cc, bcc, subject, text, html, campaign, custom_id,
		payload, category;
	json_t *sender, *template_id, *language, *template_errors, *template_deliver,
		*deduplicate, *headers, *vars;
	struct json_in_int priority, track_opens, track_clicks;
	struct json_in_list recipients, files, inlines;

	struct outgoing base;           /* what its mails have in common */
	struct outgoing_address report; /* of template_errors; email empty: none */
};

struct mailjet_v3_reader {
	struct api_send *send;
	struct arena *arena;
	struct str path;  /* of the message: "" or "Messages[3]." */
	uint64_t decoded; /* bytes of files and texts of the call so far */
};

/* A mistake of a property. */
void mailjet_v3_error(struct mailjet_v3_reader *r, const char *property, struct str text);

/* Reads one message and makes its base. 0 or -E2BIG; mistakes are in r->send->errors. */
int mailjet_v3_message_read(
	struct mailjet_v3_reader *r, const json_t *j, struct mailjet_v3_message *m);
/* How many mails it is. */
size_t mailjet_v3_message_mails(const struct mailjet_v3_message *m);
/* Mail i of it, checked. 0 or -E2BIG. */
int mailjet_v3_message_mail(struct mailjet_v3_reader *r, const struct mailjet_v3_message *m,
	size_t i, const struct api_world *w, struct api_item *item);

#endif
