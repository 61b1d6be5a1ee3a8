/*
 * For tests only: a small engine and edge in one. Messages with a body in an extent and a
 * record in the journal, compaction, and the check after a restart: every message that was
 * answered is there, with its body, and no message that was never submitted.
 */
#ifndef IO_DISK_SCENE_H
#define IO_DISK_SCENE_H

#include "base/bytes.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/test.h"
#include "io/extent.h"
#include "io/file.h"
#include "io/file_fault.h"
#include "io/journal.h"

#include <errno.h>

#define SCENE_MAX  4096u
#define SCENE_TYPE 7

/* Tests without threads tell ThreadSanitizer nothing and take minutes under it. */
#ifdef __SANITIZE_THREAD__
#define SCENE_FAULTS false
#else
#define SCENE_FAULTS FILE_FAULT_HERE
#endif

struct scene_message {
	struct extent_place place;
	bool known; /* in the engine's state: appended */
	bool acked;
	bool seen; /* by a start that loads later: sent again, it would be answered */
	int err;
	struct journal_wait wait;
	struct scene *scene;
};

struct scene {
	struct clock clock;
	struct loop *loop;
	struct flusher *flusher;
	struct journal *journal;
	struct journal_replay replay;
	struct extent_writer *writer;
	char journal_dir[640], spool[640];
	struct scene_message m[SCENE_MAX];
	unsigned next, answers, errors, corrupt, seen;
	int load_err;   /* 1: there is more to load */
	int commit_err; /* 1: not answered yet */
	char big[700000];
};

/* As test_dir, in memory where there is such a file system: what these tests check is which
 * calls are made, in which order, thousands of times; not the disk's patience. */
static inline const char *
scene_dir(void)
{
	if (!getenv("TMPDIR") && !access("/dev/shm", W_OK) &&
		file_free_bytes("/dev/shm") > 1 << 30)
		setenv("TMPDIR", "/dev/shm", 1);
	return test_dir();
}

/* The bytes of message id: known from its number, so that any mix-up shows. */
static inline size_t
scene_body(struct scene *s, unsigned id)
{
	/* Some are long enough for an extent of their own. */
	size_t n = id % 150 == 12 ? 300000 + id : id * 37 % 3000;

	for (size_t i = 0; i < n; i++)
		s->big[i] = (char)(id * 31 + i * 7 + (i >> 8));
	return n;
}

static inline void
scene_record(struct buf *b, unsigned id, const struct extent_place *p)
{
	buf_init(b, 4096);
	wr_u32(b, id);
	wr_u32(b, p->extent);
	wr_u32(b, p->length);
	wr_u64(b, p->offset);
	wr_u64(b, p->hash);
	for (unsigned i = 0; i < id % 200; i++)
		wr_u8(b, (uint8_t)(id + i));
}

static inline void
scene_replayed(void *ctx, uint16_t type, struct str payload)
{
	struct scene *s = ctx;
	struct rd r = rd_of(payload);
	unsigned id = rd_u32(&r);
	struct extent_place p = { .extent = rd_u32(&r), .length = rd_u32(&r) };
	struct buf again;

	p.offset = rd_u64(&r);
	p.hash = rd_u64(&r);
	if (type != SCENE_TYPE || id >= SCENE_MAX || s->m[id].known) {
		s->corrupt++;
		return;
	}
	scene_record(&again, id, &p);
	if (!str_eq(buf_str(&again), payload))
		s->corrupt++;
	buf_done(&again);
	s->m[id].known = true;
	s->m[id].place = p;
	if (id >= s->next)
		s->next = id + 1;
}

static inline void
scene_answered(void *ctx, int err)
{
	struct scene_message *m = ctx;
	struct scene *s = m->scene;
	char text[32];

	s->answers++;
	m->err = err;
	if (err) {
		s->errors++;
		return;
	}
	m->acked = true;
	snprintf(text, sizeof text, "acked %u", (unsigned)(m - s->m));
	file_fault_mark(text);
}

static inline void
scene_placed(void *ctx, int err, struct extent_place place)
{
	struct scene_message *m = ctx;
	struct scene *s = m->scene;
	struct buf b;

	m->place = place;
	if (!err) {
		scene_record(&b, (unsigned)(m - s->m), &place);
		m->wait.done = scene_answered;
		m->wait.ctx = m;
		err = journal_append(s->journal, SCENE_TYPE, buf_str(&b), &m->wait);
		buf_done(&b);
		m->known = !err;
	}
	if (err)
		scene_answered(m, err);
}

static inline void
scene_submit(struct scene *s)
{
	unsigned id = s->next++;
	struct extent_body *b = extent_body_new(s->writer);
	size_t n = scene_body(s, id);
	int err = 0;

	s->m[id].scene = s;
	for (size_t at = 0; at < n && !err; at += 100000)
		err = extent_body_add(
			b, str_of(s->big + at, n - at < 100000 ? n - at : 100000));
	if (err) {
		extent_body_drop(&b);
		scene_answered(&s->m[id], err);
		return;
	}
	extent_body_commit(&b, scene_placed, &s->m[id]);
}

static inline void
scene_committed(void *ctx, int err)
{
	((struct scene *)ctx)->commit_err = err;
}

static inline int
scene_compact(struct scene *s)
{
	int err = journal_begin(s->journal);
	struct buf b;

	for (unsigned id = 0; id < s->next && !err; id++) {
		if (!s->m[id].known)
			continue;
		scene_record(&b, id, &s->m[id].place);
		err = journal_put(s->journal, SCENE_TYPE, buf_str(&b));
		buf_done(&b);
	}
	s->commit_err = 1;
	if (journal_begun(s->journal))
		journal_commit(s->journal, scene_committed, s);
	else
		s->commit_err = err;
	return err;
}

/* Runs until all submitted was answered. */
static inline void
scene_settle(struct scene *s, unsigned answers)
{
	for (int i = 0; i < 100000 && (s->answers < answers || s->commit_err == 1); i++)
		loop_step(s->loop, 1000);
	assert_true(s->answers >= answers);
	assert_int_not_equal(s->commit_err, 1);
}

/* A start that will load later must not give a number twice. */
static inline void
scene_seen(void *ctx, uint16_t type, struct str payload)
{
	struct scene *s = ctx;
	struct rd r = rd_of(payload);
	unsigned id = rd_u32(&r);

	s->seen++;
	if (type != SCENE_TYPE || id >= SCENE_MAX)
		s->corrupt++;
	else if (id >= s->next)
		s->next = id + 1;
	if (id < SCENE_MAX)
		s->m[id].seen = true;
}

/* The new generation that continues what was only seen. */
static inline int
scene_continue(struct scene *s)
{
	int err = journal_begin(s->journal);

	s->commit_err = 1;
	s->load_err = 1;
	if (journal_begun(s->journal))
		journal_commit(s->journal, scene_committed, s);
	else
		s->commit_err = err;
	return err;
}

/* A slice; true while there is more. */
static inline bool
scene_load(struct scene *s, size_t n)
{
	if (s->load_err == 1)
		s->load_err = journal_load(s->journal, n, scene_replayed, s);
	return s->load_err == 1;
}

/* 0 or -errno: opened, replayed, a new generation begun. What is larger than `behind` (0:
 * never) is only seen: scene_load it. */
static inline int
scene_open_behind(struct scene *s, const char *dir, bool inline_, uint64_t behind)
{
	struct journal_conf conf = { .boot = 42 };
	int err;

	memset(s, 0, sizeof *s);
	snprintf(s->journal_dir, sizeof s->journal_dir, "%s/journal", dir);
	snprintf(s->spool, sizeof s->spool, "%s/spool", dir);
	clock_real(&s->clock);
	s->loop = loop_new(&s->clock);
	s->flusher = flusher_new(s->loop, inline_);
	conf.dir = s->journal_dir;
	conf.loop = s->loop;
	conf.flusher = s->flusher;
	conf.behind_bytes = behind;
	conf.seen = behind ? scene_seen : NULL;
	err = extent_writer_open(s->spool, 3, 42, s->flusher, &s->writer);
	if (!err)
		err = journal_open(&conf, scene_replayed, s, &s->journal, &s->replay);
	if (!err)
		err = s->replay.behind ? scene_continue(s) : scene_compact(s);
	if (!err) {
		scene_settle(s, 0);
		err = s->commit_err;
	}
	return err;
}

static inline int
scene_open(struct scene *s, const char *dir, bool inline_)
{
	return scene_open_behind(s, dir, inline_, 0);
}

static inline void
scene_close(struct scene *s)
{
	/* Bodies first: their answers append. */
	flusher_drain(s->flusher);
	journal_free(&s->journal);
	extent_writer_free(&s->writer);
	flusher_free(&s->flusher);
	loop_free(&s->loop);
}

/* After scene_open on what a former scene left: messages known whose body is not right. */
static inline unsigned
scene_bad_bodies(struct scene *s)
{
	struct extent_reader *r = extent_reader_new(s->spool);
	unsigned bad = 0;

	for (unsigned id = 0; id < s->next; id++) {
		size_t n;

		if (!s->m[id].known)
			continue;
		n = scene_body(s, id);
		if (s->m[id].place.length != n ||
			s->m[id].place.hash != hash_bytes(0, str_of(s->big, n)) ||
			extent_verify(r, &s->m[id].place))
			bad++;
	}
	extent_reader_free(&r);
	return bad;
}

#endif
