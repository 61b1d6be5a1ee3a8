/*
 * mail_settings and tracking_settings of SendGrid's Mail Send. A setting that is off, or that
 * asks for what happens anyway, is taken; one that is on and cannot be done is an error. Pure.
 */
#ifndef API_SENDGRID_SETTINGS_H
#define API_SENDGRID_SETTINGS_H

#include "api/call.h"
#include "send/outgoing_tail.h"

struct sendgrid_settings {
	bool sandbox;
	uint8_t bypass; /* MAIL_BYPASS_… of wire/msg */
	enum outgoing_switch opens, clicks;
	enum outgoing_links links;
	struct str pixel_mark, url_tags; /* as in struct outgoing; the tags in the arena */
	struct outgoing_tail tail;       /* footer and unsubscribe link */
};

/* mail, tracking: objects or NULL. Mistakes go to s->errors. 0 or -E2BIG. */
int sendgrid_settings_read(struct api_send *s, const json_t *mail, const json_t *tracking,
	struct sendgrid_settings *ret_s);

#endif
