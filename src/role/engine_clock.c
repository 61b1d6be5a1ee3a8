/* The wall clock may be set while we run or while we do not: said once, and nothing is thrown
 * away by it. Ages of the queue are of the monotonic clock and know nothing of this. */
#include "role/engine_priv.h"

#define JUMP_US   (10 * INT64_C(1000000))
#define TRUST_US  (24u * 3600u * UINT64_C(1000000))
#define BEHIND_US (60 * INT64_C(1000000))         /* the last record may be that young */
#define AWAY_US   (30 * 86400 * INT64_C(1000000)) /* as in send/spool.h */

static int64_t
offset_now(const struct engine *e)
{
	return loop_wall(e->loop) - (int64_t)loop_mono(e->loop);
}

static void
jumped(struct engine *e, int64_t by, const char *when)
{
	struct log_line ll = log_op(e->log, LOG_WARN, "clock-jumped");

	log_num(&ll, "by_s", by / 1000000);
	log_z(&ll, "when", when);
	log_z(&ll, "means",
		"the machine's clock was set; ages of queued mail do not follow it, and "
		"nothing "
		"kept for a time is removed for a day");
	log_end(&ll);
	e->keep_all_until = loop_mono(e->loop) + TRUST_US;
}

void
engine_clock_begin(struct engine *e, int64_t last)
{
	int64_t now = loop_wall(e->loop);

	e->clock_offset = offset_now(e);
	if (last > 0 && (now < last - BEHIND_US || now > last + AWAY_US))
		jumped(e, now - last, "while the service did not run");
}

void
engine_clock_watch(struct engine *e)
{
	int64_t offset = offset_now(e), by = offset - e->clock_offset;

	e->clock_offset = offset;
	if (by > JUMP_US || by < -JUMP_US)
		jumped(e, by, "while the service runs");
}

bool
engine_may_purge(struct engine *e)
{
	engine_clock_watch(e);
	return loop_mono(e->loop) >= e->keep_all_until;
}
