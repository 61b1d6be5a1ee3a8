/* How long what is kept: the configuration's times and those that are fixed. */
#include "role/desk_priv.h"

#include "account/control_webhook.h"
#include "send/idem.h"

static json_t *
seconds(int64_t us)
{
	return us == INT64_MAX ? json_null() : json_integer((json_int_t)(us / 1000000));
}

json_t *
desk_keep_json(const struct config *c)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "content_s",
		seconds(c->keep_content_us), "transcripts_s", seconds(c->keep_transcripts_us),
		"events_s", seconds(c->keep_events_us), "statistics_s",
		seconds(c->keep_statistics_us), "webhook_posts_s",
		seconds(WEBHOOK_POSTS_KEEP_US), "dead_letters_s", seconds(WEBHOOK_DEAD_KEEP_US),
		"audit_s", seconds(CONTROL_AUDIT_KEEP_US), "idempotency_s", seconds(IDEM_LIFE));
}
