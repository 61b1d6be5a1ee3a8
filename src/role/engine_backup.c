/*
 * While a backup reads the state: nothing that it may still need is removed. The reader asks
 * for a hold, renews it, and gives it back; a hold that is not renewed ends by itself, and one
 * that a filling disk cannot afford is broken, which the reader hears when it renews.
 *
 *   none ──begin──▶ all ──NEEDS_BODIES──▶ bodies ──NEEDS_NOTHING, 60 s, disk──▶ none
 *
 * all: no compaction, nothing is settled or purged: ledger, journal and bodies, read in this
 * order, belong together. bodies: extents stay. Who renews hears how far the journal is: behind
 * that it is written while it is read, and a copy would have holes.
 */
#include "role/engine_priv.h"

#include "io/random.h"

#include <inttypes.h>
#include <jansson.h>

#define HOLD_US (60u * 1000000u)

static void
say(struct engine *e, uint64_t seq, uint16_t status, const char *text)
{
	ENGINE_TELL(&e->desk, answer, .seq = seq, .status = status, .json = str_z(text));
}

static void
fail(struct engine *e, uint64_t seq, uint16_t status, const char *why)
{
	char text[300];

	snprintf(text, sizeof text, "{\"error\":\"%s\"}", why);
	say(e, seq, status, text);
}

static bool
is_held(struct engine *e)
{
	if (e->backup.token && loop_mono(e->loop) >= e->backup.until)
		e->backup.token = 0;
	return e->backup.token != 0;
}

bool
engine_backup_holds_bodies(struct engine *e)
{
	return is_held(e);
}

bool
engine_backup_holds_journal(struct engine *e)
{
	return is_held(e) && e->backup.journal;
}

void
engine_backup_break(struct engine *e)
{
	struct log_line ll;

	if (!is_held(e))
		return;
	e->backup.token = 0;
	ll = log_op(e->log, LOG_WARN, "backup-broken");
	log_z(&ll, "means",
		"the disk fills: what a backup still reads is removed; the backup "
		"fails and can be made again when there is room");
	log_end(&ll);
}

static void
begin(struct engine *e, uint64_t seq)
{
	char text[100];

	if (is_held(e)) {
		fail(e, seq, 409, "another backup is being made; try again when it has ended");
		return;
	}
	if (!e->accepting || e->load || e->compact.on || e->carry.on || e->settle.sync) {
		fail(e, seq, 503, "the journal is being tidied up; try again in a moment");
		return;
	}
	e->backup.token = random_u64() >> 12 | 1;
	e->backup.journal = true;
	e->backup.until = loop_mono(e->loop) + HOLD_US;
	snprintf(text, sizeof text, "{\"hold\":%" PRIu64 ",\"seconds\":%u}", e->backup.token,
		HOLD_US / 1000000u);
	say(e, seq, 200, text);
}

void
engine_backup_query(struct engine *e, const struct msg_query *q)
{
	struct journal_position at;
	char text[100];

	if (q->after == 0) {
		begin(e, q->seq);
		return;
	}
	if (!is_held(e) || q->after != e->backup.token) {
		fail(e, q->seq, 409,
			"what the backup reads was given up: the service restarted, the disk "
			"fills, "
			"or the backup was silent for too long; make it again");
		return;
	}
	e->backup.until = loop_mono(e->loop) + HOLD_US;
	e->backup.journal = e->backup.journal && q->limit == BACKUP_NEEDS_ALL;
	if (q->limit == BACKUP_NEEDS_NOTHING)
		e->backup.token = 0;
	at = journal_position(e->journal);
	snprintf(text, sizeof text,
		"{\"held\":true,\"generation\":%" PRIu64 ",\"offset\":%" PRIu64 "}",
		at.generation, at.offset);
	say(e, q->seq, 200, text);
}
