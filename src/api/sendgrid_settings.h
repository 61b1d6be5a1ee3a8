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

/* utm_source, utm_medium, utm_term, utm_content, utm_campaign, empty where they are not given,
 * as the query of a link: outgoing.url_tags, in the arena. 0; -EMSGSIZE: more than
 * LINK_TAGS_MAX bytes; -E2BIG: the arena is full. */
int sendgrid_settings_tags(struct arena *a, const struct str utm[5], struct str *ret_tags);

#endif
