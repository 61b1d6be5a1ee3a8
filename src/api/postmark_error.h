/*
 * Mistakes in Postmark's words: the code, and a sentence that clients show and some of them
 * parse. Each is HTTP 422, but for what is said otherwise. Private to the dialect.
 */
#ifndef API_POSTMARK_ERROR_H
#define API_POSTMARK_ERROR_H

#include "api/call.h"

#define POSTMARK_RECIPIENTS 50u
#define POSTMARK_BYTES      (10u << 20)

struct postmark_reader {
	struct api_send *send;
	struct api_item *item; /* NULL: what is said is about the whole call */
	struct arena *arena;
};

/* code: static. text: in the arena or static; p NULL when the arena was full. */
#define POSTMARK_NO_STREAM "The 'MessageStream' provided does not exist on this server."

void postmark_error(struct postmark_reader *r, const char *code, struct str text);
/* "Invalid 'To' address: 'x'." */
void postmark_error_address(struct postmark_reader *r, const char *field, struct str value);
void postmark_error_recipients(struct postmark_reader *r);
/* The messages of the call are too long together: HTTP 413. */
void postmark_error_bulk(struct postmark_reader *r);
/* A value of another type than the field's. */
void postmark_error_type(struct postmark_reader *r, struct str field);
void postmark_error_json(struct postmark_reader *r, const struct json_in_problem *p);
void postmark_error_mail(struct postmark_reader *r, const struct outgoing_problem *p);

#endif
