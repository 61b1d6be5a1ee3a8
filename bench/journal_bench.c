/*
 * Appends a second of the journal, and bodies + appends a second, with n submitters that each
 * wait for their answer. Not a test. Usage: journal_bench DIR [SUBMITTERS [SECONDS]]
 */
#include "base/mem.h"
#include "base/must.h"
#include "io/extent.h"
#include "io/file.h"
#include "io/journal.h"

#include <stdio.h>
#include <unistd.h>

#define BODY 4096

struct bench;

struct submitter {
	struct bench *b;
	struct journal_wait wait;
	uint64_t began;
};

struct bench {
	struct clock clock;
	struct loop *loop;
	struct flusher *flusher;
	struct journal *journal;
	struct extent_writer *writer;
	bool bodies, stop, committed;
	uint64_t done, wait_us, longest_us;
	char payload[300], body[BODY];
	unsigned waiting;
};

static void submit(struct submitter *s);

static void
appended(void *ctx, int err)
{
	struct submitter *s = ctx;
	struct bench *b = s->b;
	uint64_t took = clock_mono(&b->clock) - s->began;

	must(!err);
	b->done++;
	b->wait_us += took;
	if (took > b->longest_us)
		b->longest_us = took;
	b->waiting--;
	if (!b->stop)
		submit(s);
}

static void
append(struct submitter *s)
{
	s->wait.done = appended;
	s->wait.ctx = s;
	must(!journal_append(
		s->b->journal, 1, str_of(s->b->payload, sizeof s->b->payload), &s->wait));
}

static void
placed(void *ctx, int err, struct extent_place place)
{
	(void)place;
	must(!err);
	append(ctx);
}

static void
submit(struct submitter *s)
{
	struct extent_body *body;

	s->b->waiting++;
	s->began = clock_mono(&s->b->clock);
	if (!s->b->bodies) {
		append(s);
		return;
	}
	body = extent_body_new(s->b->writer);
	must(!extent_body_add(body, str_of(s->b->body, BODY)));
	extent_body_commit(&body, placed, s);
}

static void
committed(void *ctx, int err)
{
	must(!err);
	((struct bench *)ctx)->committed = true;
}

static void
ignore(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	(void)type;
	(void)payload;
}

static void
run(const char *dir, unsigned n, unsigned seconds, bool bodies, bool no_zeros)
{
	struct bench *b = MEM_NEW(b);
	struct submitter *s = mem_new(n, sizeof *s);
	struct journal_conf conf = { .no_zeros = no_zeros };
	struct journal_replay r;
	char path[2][1024];
	uint64_t began;

	snprintf(path[0], sizeof path[0], "%s/journal", dir);
	snprintf(path[1], sizeof path[1], "%s/spool", dir);
	clock_real(&b->clock);
	b->bodies = bodies;
	b->loop = loop_new(&b->clock);
	b->flusher = flusher_new(b->loop, false);
	conf.dir = path[0];
	conf.loop = b->loop;
	conf.flusher = b->flusher;
	must(!journal_open(&conf, ignore, NULL, &b->journal, &r));
	must(!extent_writer_open(path[1], 1, 1, b->flusher, &b->writer));
	must(!journal_begin(b->journal));
	journal_commit(b->journal, committed, b);
	while (!b->committed)
		loop_step(b->loop, 1000);
	began = clock_mono(&b->clock);
	for (unsigned i = 0; i < n; i++) {
		s[i].b = b;
		submit(&s[i]);
	}
	while (clock_mono(&b->clock) - began < seconds * UINT64_C(1000000))
		loop_step(b->loop, 1000);
	b->stop = true;
	began = clock_mono(&b->clock) - began;
	printf("%-8s %-9s %3u submitters  %8.0f/s  mean %5.2f ms  longest %6.1f ms\n",
		bodies ? "4K+rec" : "record", no_zeros ? "no zeros" : "zeros", n,
		(double)b->done * 1e6 / (double)began,
		b->done ? (double)b->wait_us / (double)b->done / 1000 : 0,
		(double)b->longest_us / 1000);
	while (b->waiting)
		loop_step(b->loop, 1000);
	journal_free(&b->journal);
	extent_writer_free(&b->writer);
	flusher_free(&b->flusher);
	loop_free(&b->loop);
	mem_free(s);
	mem_free(b);
}

int
main(int argc, char **argv)
{
	uint32_t n = 20, seconds = 3;

	if (argc < 2 || (argc > 2 && str_u32(str_z(argv[2]), &n)) ||
		(argc > 3 && str_u32(str_z(argv[3]), &seconds)) || !n || !seconds) {
		fprintf(stderr, "usage: journal_bench DIR [SUBMITTERS [SECONDS]]\n");
		return 64;
	}
	for (int round = 0; round < 3; round++) {
		run(argv[1], n, seconds, false, true);
		run(argv[1], n, seconds, false, false);
		run(argv[1], n, seconds, true, true);
		run(argv[1], n, seconds, true, false);
	}
	return 0;
}
