#include "io/journal_chain.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"
#include "io/journal_replay.h"

#include <errno.h>
#include <fcntl.h>

#define STEP_BYTES (256u << 10) /* read at once: a loop waits for it */
#define WHOLE_MAX  (RECORD_HEAD + RECORD_MAX + 16u)

struct journal_reader {
	char dir[JOURNAL_REPLAY_PATH];
	struct journal_part parts[JOURNAL_CHAIN_MAX + 1];
	size_t n, i;     /* parts[i] is being read */
	int fd;          /* -1: not opened yet */
	uint64_t at;     /* of the next record */
	uint64_t before; /* bytes of the parts before this one */
	uint64_t total;
	char *p; /* the file's bytes from `from` on */
	uint64_t from;
	size_t got, cap;
};

void
journal_chain_write(struct buf *b, const struct journal_chain *c)
{
	must(c->n <= JOURNAL_CHAIN_MAX);
	wr_u64(b, c->facts_from);
	wr_u64(b, c->settled.generation);
	wr_u64(b, c->settled.offset);
	wr_u64(b, c->n);
	for (size_t i = 0; i < c->n; i++) {
		wr_u64(b, c->at[i].generation);
		wr_u64(b, c->at[i].end);
	}
	must(!b->full);
}

int
journal_chain_read(struct str payload, struct journal_chain *ret_c)
{
	struct rd r = rd_of(payload);
	struct journal_chain c = { .facts_from = rd_u64(&r) };

	c.settled.generation = rd_u64(&r);
	c.settled.offset = rd_u64(&r);
	c.n = rd_u64(&r);
	if (r.bad || c.n > JOURNAL_CHAIN_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < c.n; i++) {
		c.at[i].generation = rd_u64(&r);
		c.at[i].end = rd_u64(&r);
	}
	if (!rd_end(&r))
		return -EBADMSG;
	*ret_c = c;
	return 0;
}

bool
journal_chain_has(const struct journal_chain *c, uint64_t generation)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->at[i].generation == generation)
			return true;
	return false;
}

uint64_t
journal_chain_bytes(const struct journal_chain *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += c->at[i].end;
	return sum;
}

void
journal_mark_write(struct buf *b, const struct journal_mark *m)
{
	wr_u64(b, m->flushed);
	wr_u64(b, m->settled.generation);
	wr_u64(b, m->settled.offset);
}

int
journal_mark_read(struct str payload, struct journal_mark *ret_m)
{
	struct rd r = rd_of(payload);
	struct journal_mark m = { .flushed = rd_u64(&r) };

	m.settled.generation = rd_u64(&r);
	m.settled.offset = rd_u64(&r);
	if (!rd_end(&r))
		return -EBADMSG;
	*ret_m = m;
	return 0;
}

struct journal_reader *
journal_reader_new(const char *dir, const struct journal_part *parts, size_t n, uint64_t first)
{
	struct journal_reader *r = MEM_NEW(r);

	must(n <= sizeof r->parts / sizeof *r->parts);
	must(!str_copy_z(r->dir, sizeof r->dir, str_z(dir)));
	r->n = n;
	for (size_t i = 0; i < n; i++) {
		r->parts[i] = parts[i];
		r->total += parts[i].end;
	}
	r->fd = -1;
	r->at = first;
	return r;
}

void
journal_reader_free(struct journal_reader **rp)
{
	struct journal_reader *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	if (r->fd >= 0)
		file_close(r->fd);
	mem_free(r->p);
	mem_free(r);
}

/* At least `need` bytes from r->at on, or all there are. 0 or -errno. */
static int
fill(struct journal_reader *r, size_t need)
{
	size_t skip = (size_t)(r->at - r->from), keep;
	long n;

	keep = r->got > skip ? r->got - skip : 0;
	if (keep >= need)
		return 0;
	if (need < STEP_BYTES)
		need = STEP_BYTES;
	if (keep)
		memmove(r->p, r->p + skip, keep);
	if (r->cap < need) {
		r->p = mem_grow(r->p, need, 1);
		r->cap = need;
	}
	n = file_pread(r->fd, r->p + keep, need - keep, r->at + keep);
	if (n < 0)
		return (int)n;
	r->from = r->at;
	r->got = keep + (size_t)n;
	return 0;
}

static int
part_open(struct journal_reader *r)
{
	char path[JOURNAL_REPLAY_PATH];

	if (r->fd >= 0)
		return 0;
	journal_replay_path(path, r->dir, r->parts[r->i].generation, false);
	r->fd = file_open(path, O_RDONLY, 0);
	r->from = r->at;
	r->got = 0;
	return r->fd < 0 ? r->fd : 0;
}

static void
part_end(struct journal_reader *r)
{
	if (r->fd >= 0)
		file_close(r->fd);
	r->fd = -1;
	r->before += r->parts[r->i++].end;
	r->at = RECORD_FILE_HEAD;
}

/* One record of the part at hand, whatever its type. */
static int
read_one(struct journal_reader *r, struct record *ret_rec)
{
	uint64_t salt = journal_replay_salt(r->parts[r->i].generation);
	int err = part_open(r), got = -EAGAIN;

	for (size_t need = RECORD_HEAD; !err && got == -EAGAIN;) {
		struct str s;

		err = fill(r, need);
		if (err)
			return err;
		s = str_from(str_of(r->p, r->got), (size_t)(r->at - r->from));
		got = record_read(s, salt, r->at, ret_rec);
		if (got == -EAGAIN && (s.n < need || s.n >= WHOLE_MAX))
			return -EBADMSG; /* the file ends within it */
		need = s.n * 2 < WHOLE_MAX ? s.n * 2 : WHOLE_MAX;
	}
	if (err)
		return err;
	return got == 1 ? 1 : -EBADMSG;
}

int
journal_reader_next(
	struct journal_reader *r, struct record *ret_rec, struct journal_position *ret_at)
{
	while (r->i < r->n) {
		int got;

		if (r->at >= r->parts[r->i].end) {
			part_end(r);
			continue;
		}
		got = read_one(r, ret_rec);
		if (got < 0)
			return got;
		*ret_at = (struct journal_position){ r->parts[r->i].generation, r->at };
		r->at += ret_rec->size;
		if (ret_rec->type < JOURNAL_TYPE_OWN)
			return 1;
	}
	return 0;
}

uint64_t
journal_reader_done(const struct journal_reader *r, uint64_t *ret_total)
{
	*ret_total = r->total;
	return r->i < r->n ? r->before + r->at : r->total;
}
