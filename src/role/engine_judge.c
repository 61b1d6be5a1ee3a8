/* May a submit start? Whether it can be an honest edge's, and what stands against it. */
#include "role/engine_priv.h"

#include "send/outgoing.h"
#include "send/wish.h"

#define DAY_US (86400 * INT64_C(1000000))

static uint32_t
group_of(const struct msg_submit *s)
{
	struct wish w;

	(void)wish_read(s->extra, &w);
	return w.group;
}

static bool
extra_plausible(const struct msg_submit *s, int64_t now)
{
	struct msg_extra x;
	struct wish w;

	return msg_extra_read(NULL, s->extra, &x) == 0 && x.not_before >= 0 &&
	       x.not_before < now + 4 * DAY_US && x.first <= s->message &&
	       x.about.n <= OUTGOING_ABOUT_MAX && (x.idem.n == 0 || x.idem.n == IDEM_SIZE) &&
	       wish_read(s->extra, &w) == 0;
}

static bool
plausible(const struct engine *e, const struct msg_submit *s)
{
	int64_t now = loop_wall(e->loop);

	if (s->rcpts.n == 0)
		return false;
	/* Reports are ours; a day's error of a clock is not. */
	if (s->origin != 0 || s->via == VIA_DSN || (s->flags & MAIL_DSN) ||
		s->accepted < now - DAY_US || s->accepted > now + DAY_US)
		return false;
	for (size_t i = 0; i < s->rcpts.n; i++)
		if (s->rcpts.at[i].index != i || s->rcpts.at[i].notify >= MSG_RCPT_SINK)
			return false;
	if (s->extra.n && !extra_plausible(s, now))
		return false;
	return s->stream <= STREAM_INBOUND && s->header_length <= s->length;
}

static bool
queue_is_full(const struct engine *e)
{
	uint64_t counts[RCPT_STATES], n = 0;

	queue_counts(e->queue, counts);
	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
		n += counts[i];
	if (e->load)
		n += spool_index_messages(e->index);
	return n >= ENGINE_MESSAGES_MAX;
}

static bool
is_suspended(const struct engine *e, const struct msg_submit *s)
{
	const struct dir_tenant *t = directory_tenant(e->dir, s->tenant);

	return t && t->suspended;
}

/* Edges ask before, when any domain may have been good: of the sandbox, which ended while the
 * message came. Who tries again hears what to do. */
static bool
is_forged(const struct engine *e, const struct msg_submit *s)
{
	return s->stream != STREAM_INBOUND && !engine_sandboxed(e, s->tenant) &&
	       !engine_sender_ok(e, s);
}

struct reply
engine_judge(struct engine *e, const struct msg_submit *s)
{
	struct reply r = { 0 };

	if (!plausible(e, s))
		return ENGINE_UNKNOWN;
	if (is_suspended(e, s))
		return REPLY(550, 5, 7, 1,
			"This account is suspended; ask the operator of this service");
	if (is_forged(e, s))
		return REPLY(451, 4, 7, 1,
			"The sender's domain is not verified any more; try again later");
	if (!engine_inbound_wanted(e, s))
		return REPLY(550, 5, 1, 1, "Nobody here has this address any more");
	if (engine_inbound_blocked(e, s))
		return REPLY(550, 5, 7, 1,
			"The owner of this address takes no mail from this sender");
	if (group_of(s))
		r = engine_stream_judge(e, s->tenant, group_of(s));
	if (r.code)
		return r;
	if (e->disk_full)
		return REPLY(452, 4, 3, 1, "The disk is nearly full; try again later");
	if (engine_inbound_full(e, s))
		return REPLY(452, 4, 3, 1,
			"Too much mail waits for this address's owner; try again later");
	if (queue_is_full(e) || !queue_fits(e->queue, s))
		return REPLY(452, 4, 3, 1, "The queue is full; try again later");
	return (struct reply){ 0 };
}
