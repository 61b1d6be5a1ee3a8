/*
 * What the two parts of smtp_fields.c share.
 */
#ifndef API_SMTP_FIELDS_PRIV_H
#define API_SMTP_FIELDS_PRIV_H

#include "api/smtp_fields.h"

#include <jansson.h>

struct smtp_fields_reader {
	struct arena *arena;
	int64_t now;
	struct smtp_fields *f;
	const char *no;          /* why the message is refused; NULL: it is not */
	json_t *tags, *metadata; /* own references */
	struct str custom_id, payload, campaign, category, asm_group, language, reporting,
		own_stream;
	json_t *asm_groups; /* own reference; may be NULL */
	bool has_turn;      /* X-Mailjet-Prio was there */
	bool deduplicate;   /* X-Mailjet-DeduplicateCampaign */
	bool full;          /* the arena is */
};

/* The first refusal counts. text: static. */
void smtp_fields_refuse(struct smtp_fields_reader *r, const char *text);
/* The value of X-SMTPAPI, unfolded. */
void smtp_fields_json(struct smtp_fields_reader *r, struct str value);

#endif
