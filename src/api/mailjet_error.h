/*
 * Mistakes in the words of Mailjet's Send API v3.1: a code, a sentence and the paths of the
 * properties. Those of a message are its own, those of the call refuse all of it. Private to
 * the dialect.
 */
#ifndef API_MAILJET_ERROR_H
#define API_MAILJET_ERROR_H

#include "api/call.h"

#define MAILJET_RECIPIENTS_MAX 50u
#define MAILJET_BYTES_MAX      (15u << 20)

struct mailjet_reader {
	struct api_send *send;
	struct api_item *item; /* NULL: what is said is about the whole call */
	struct arena *arena;
	uint64_t decoded; /* bytes of texts and files of the call so far, the globals' for each
	                     message */
	size_t inlines;   /* so many of the item's files, at the end, are InlinedAttachments */
};

/* code: static. NULL when there are enough. */
struct api_error *mailjet_error(
	struct mailjet_reader *r, int status, const char *code, struct str text);
/* One more path; e and path.p may be NULL. */
void mailjet_error_relate(struct api_error *e, struct str path);
void mailjet_error_json(struct mailjet_reader *r, const struct json_in_problem *p);
void mailjet_error_outgoing(struct mailjet_reader *r, const struct outgoing_problem *p);

/* One error as it stands in an answer. */
void mailjet_error_write(struct buf *b, const struct api_error *e, const struct api_world *w);

#endif
