/*
 * The errors of SendGrid's v3 API: each is a text, a dotted path
 * ("personalizations.0.to.0.email") and a status. They concern the call as a whole, since all
 * of it is taken or none. One that would be said for a thousand personalizations is said once.
 * Pure.
 */
#ifndef API_SENDGRID_ERROR_H
#define API_SENDGRID_ERROR_H

#include "api/call.h"

#define SENDGRID_ERROR_GROUP                                                                   \
	"The ASM group ID must be that of an unsubscribe group of your account."
#define SENDGRID_ERROR_ARGUMENTS                                                               \
	"The combined size of both global and personalization custom arguments may not "       \
	"exceed 10,000 bytes per personalization."
#define SENDGRID_ERROR_UNSUPPORTED                                                             \
	"This setting is not supported by this service. Leave it out or do not enable it."

/* path p NULL: no field. */
void sendgrid_error_add(struct api_send *s, int status, struct str text, struct str path);
/* With the vendor's text for this path, where there is one. */
void sendgrid_error_json(struct api_send *s, const struct json_in_problem *p);

/* Where the parts of an item were found. */
struct sendgrid_error_origin {
	size_t index;                             /* of the personalization */
	bool from, subject, send_at, custom_args; /* its own, not the call's */
	size_t fields;   /* so many of outgoing.fields are the call's, the rest its own */
	bool reply_list; /* reply_to_list, not reply_to */
};
void sendgrid_error_outgoing(struct api_send *s, const struct outgoing_problem *p,
	const struct sendgrid_error_origin *at);

/* The body of an answer. */
void sendgrid_error_write(
	struct buf *b, const struct api_error *errors, size_t n, struct str request_id);

#endif
