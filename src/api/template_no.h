/*
 * A message that cannot be written from its template, in the dialect's words: a mistake of the
 * item, or of the call where all of it goes or nothing (api_send.together). Pure.
 */
#ifndef API_TEMPLATE_NO_H
#define API_TEMPLATE_NO_H

#include "api/call.h"
#include "api/route.h"

enum api_template_no {
	API_NO_TEMPLATE, /* the account has no such template */
	API_NO_VERSION,  /* it was never published */
	API_NO_MAIL      /* it and the values do not make a mail: why tells */
};

/* route: of the call. why: in the call's arena; of API_NO_MAIL only. */
void api_template_no(struct api_send *s, struct api_item *item, const struct api_route *route,
	enum api_template_no no, struct str why);

#endif
