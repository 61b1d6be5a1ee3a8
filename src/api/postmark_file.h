/*
 * Attachments of Postmark's messages. One with a ContentID is an image inside the HTML. Private
 * to the dialect.
 */
#ifndef API_POSTMARK_FILE_H
#define API_POSTMARK_FILE_H

#include "api/postmark_error.h"

extern const struct json_in_shape postmark_file_shape;

/* Into the item's mail. 0 or -E2BIG; mistakes are the item's. */
int postmark_file_read(struct postmark_reader *r, const struct json_in_list *l);

#endif
