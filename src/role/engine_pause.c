/*
 * Nothing leaves while the queue is paused: by an operator, or since the state was restored
 * from a backup and nobody has looked at it yet. Mail is accepted and waits; nothing expires.
 * The flag is a file beside the journal (send/pause.h), written and removed on the flusher's
 * thread.
 *
 *   running ──pause──▶ file durable ──▶ paused ──resume──▶ file gone for sure ──▶ running
 */
#include "role/engine_priv.h"

#include "base/mem.h"

#include <errno.h>
#include <jansson.h>

struct turn {
	struct flush_job job;
	struct engine *engine; /* NULL: it ended meanwhile */
	uint64_t seq;
	bool pause;
	int64_t now;
};

static void
log_state(struct engine *e)
{
	struct log_line ll = log_op(e->log, e->pause.restored ? LOG_WARN : LOG_INFO,
		e->pause.on ? "queue-paused" : "queue-resumed");

	if (e->pause.on) {
		log_z(&ll, "why", e->pause.restored ? "restored" : "operator");
		log_z(&ll, "means", engine_pause_words(e));
	} else {
		log_z(&ll, "means", "queued mail goes out");
	}
	log_end(&ll);
}

void
engine_pause_begin(struct engine *e)
{
	struct pause p;
	int err = pause_read(e->env->paths->journal, &p);

	if (err == -ENOENT)
		return;
	/* What cannot be read is taken for the careful answer. */
	e->pause.on = true;
	e->pause.restored = err == 0 && p.restored;
	e->pause.since = err == 0 ? p.since : 0;
	log_state(e);
}

const char *
engine_pause_words(const struct engine *e)
{
	return e->pause.restored
	               ? "This state was restored from a backup: nothing is sent until you say "
	                 "so. What the other machine sent since the backup would be sent "
	                 "again: "
	                 "look at it (facteur queue list), then: facteur queue resume"
	               : "The queue is paused: nothing is sent until: facteur queue resume";
}

static int
turn_work(void *ctx)
{
	struct turn *t = ctx;
	const struct pause p = { .since = t->now };
	const char *dir = t->engine->env->paths->journal;

	return t->pause ? pause_write(dir, &p) : pause_remove(dir);
}

static void
say(struct engine *e, uint64_t seq, uint16_t status, const char *text)
{
	if (e->desk.channel)
		ENGINE_TELL(
			&e->desk, answer, .seq = seq, .status = status, .json = str_z(text));
}

static void
turn_done(void *ctx, int err)
{
	struct turn *t = ctx;
	struct engine *e = t->engine;

	e->pause.turning = false;
	if (e->ending) {
		mem_free(t);
		return;
	}
	if (err < 0) {
		say(e, t->seq, 503,
			"{\"error\":\"the disk did not take it, nothing was changed; look at "
			"the "
			"disk\"}");
	} else {
		e->pause.on = t->pause;
		e->pause.restored = false;
		e->pause.since = t->now;
		log_state(e);
		say(e, t->seq, 200, t->pause ? "{\"paused\":true}" : "{\"paused\":false}");
		if (e->scheduling)
			loop_timer_in(e->loop, &e->pump_timer, 0);
	}
	mem_free(t);
}

void
engine_pause_query(struct engine *e, uint64_t seq, bool pause)
{
	struct turn *t;

	if (e->pause.turning) {
		say(e, seq, 503, "{\"error\":\"another such change is under way; try again\"}");
		return;
	}
	/* Why it is paused stays as it was. */
	if (pause == e->pause.on) {
		say(e, seq, 200, pause ? "{\"paused\":true}" : "{\"paused\":false}");
		return;
	}
	t = MEM_NEW(t);
	t->engine = e;
	t->seq = seq;
	t->pause = pause;
	t->now = loop_wall(e->loop);
	list_init(&t->job.link);
	t->job.fd = -1;
	t->job.work = turn_work;
	t->job.done = turn_done;
	t->job.ctx = t;
	e->pause.turning = true;
	flusher_add(e->flusher, &t->job);
}
