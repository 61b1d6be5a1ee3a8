#include "io/journal_replay.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>

#define RECORD_WHOLE_MAX (RECORD_HEAD + RECORD_MAX + 16u)
#define WINDOW_BYTES     (2u * RECORD_WHOLE_MAX)
#define COPY_BYTES       (64u << 10)
#define DIGITS           16u
#define SALT_SEED        UINT64_C(0x6661637465757231)

/* A file read through a window that always holds a whole record, where there is one. */
struct window {
	int fd;
	char *p;
	size_t n, cap;
	uint64_t offset; /* of p[0] in the file */
	bool at_end;
};

struct replay {
	const char *dir;
	uint64_t generation, salt;
	uint64_t end;      /* bytes of this file that count */
	uint64_t good_end; /* of the last valid record */
	uint64_t flushed;  /* by this file's marks; 0: not told */
	struct journal_position settled,
		skip; /* by all marks; records before skip are not given
	               */
	struct window w;
	void (*record)(void *ctx, uint16_t type, struct str payload);
	void *ctx;
	struct journal_replay *r;
};

uint64_t
journal_replay_salt(uint64_t generation)
{
	return hash_bytes(SALT_SEED, str_of(&generation, sizeof generation));
}

void
journal_replay_path(
	char dst[JOURNAL_REPLAY_PATH], const char *dir, uint64_t generation, bool new_)
{
	int n = snprintf(dst, JOURNAL_REPLAY_PATH, "%s/journal.%016llx%s", dir,
		(unsigned long long)generation, new_ ? ".new" : "");

	must(n > 0 && n < JOURNAL_REPLAY_PATH);
}

/* "journal.<16 hex>" or with ".new": 0, or -EINVAL when it is none of ours. */
static int
parse_name(const char *name, uint64_t *ret_generation, bool *ret_new)
{
	struct str s = str_z(name), digits;
	uint64_t v = 0;

	if (!str_starts(s, STR_LIT("journal.")))
		return -EINVAL;
	s = str_from(s, 8);
	digits = str_head(s, DIGITS);
	s = str_from(s, DIGITS);
	if (digits.n != DIGITS || (s.n && !str_eq_z(s, ".new")))
		return -EINVAL;
	for (size_t i = 0; i < DIGITS; i++) {
		char c = digits.p[i];

		if (!ascii_digit(c) && !(c >= 'a' && c <= 'f'))
			return -EINVAL;
		v = v << 4 | (uint64_t)(ascii_digit(c) ? c - '0' : c - 'a' + 10);
	}
	if (!v)
		return -EINVAL;
	*ret_generation = v;
	*ret_new = s.n > 0;
	return 0;
}

/* Makes offset the window's start and reads on. 0 or -errno. */
static int
window_at(struct window *w, uint64_t offset)
{
	size_t keep = 0;
	long n;

	must(offset >= w->offset);
	if (offset - w->offset < w->n)
		keep = w->n - (size_t)(offset - w->offset);
	memmove(w->p, w->p + (w->n - keep), keep);
	w->offset = offset;
	w->n = keep;
	n = file_pread(w->fd, w->p + keep, w->cap - keep, offset + keep);
	if (n < 0)
		return (int)n;
	w->n += (size_t)n;
	w->at_end = w->n < w->cap;
	return 0;
}

/* The window's bytes from `offset` on; reads on when a whole record might not fit. */
static int
window_get(struct window *w, uint64_t offset, struct str *ret_s)
{
	uint64_t used = offset - w->offset;
	int err = 0;

	if (used > w->n || (!w->at_end && w->n - used < RECORD_WHOLE_MAX))
		err = window_at(w, offset);
	if (err)
		return err;
	*ret_s = str_from(str_of(w->p, w->n), (size_t)(offset - w->offset));
	return 0;
}

static bool
all_zero(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

/* From damage at `from`: *ret_next is where the next valid record begins, UINT64_MAX when there
 * is none; *ret_zero: only zeros up to there. 0 or -errno. */
static int
find_next(struct replay *p, uint64_t from, uint64_t *ret_next, bool *ret_zero)
{
	*ret_zero = true;
	for (;;) {
		struct str s;
		size_t at, known;
		int err = window_get(&p->w, from, &s);

		if (err)
			return err;
		at = record_resync(s, p->salt, from);
		if (at < s.n || p->w.at_end) {
			*ret_zero = *ret_zero && all_zero(str_head(s, at));
			*ret_next = at < s.n ? from + at : UINT64_MAX;
			return 0;
		}
		/* A record that begins in the last part may not have been whole. */
		known = (s.n - RECORD_WHOLE_MAX + 8) & ~(size_t)7;
		*ret_zero = *ret_zero && all_zero(str_head(s, known));
		from += known;
	}
}

static int
copy_range(int from, int to, uint64_t at, uint64_t end)
{
	char *part = mem_new(1, COPY_BYTES);
	int err = 0;

	for (uint64_t out = 0; at < end && !err;) {
		size_t want = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;
		long n = file_pread(from, part, want, at);

		if (n <= 0) {
			err = n < 0 ? (int)n : -ENODATA;
			break;
		}
		err = file_pwrite(to, part, (size_t)n, out);
		at += (uint64_t)n;
		out += (uint64_t)n;
	}
	mem_free(part);
	return err;
}

/* A tail ends with zeros that were written ahead: they tell nothing. */
static int
end_of_bytes(struct replay *p, uint64_t from, uint64_t *ret_end)
{
	uint64_t end = from;
	struct str s;

	for (uint64_t at = from;; at += s.n) {
		int err = window_at(&p->w, at);

		if (err)
			return err;
		s = str_of(p->w.p, p->w.n);
		for (size_t i = s.n; i > 0; i--)
			if (s.p[i - 1]) {
				end = at + i;
				break;
			}
		if (p->w.at_end)
			break;
	}
	*ret_end = end;
	return 0;
}

/* Keeps a copy of bytes that did not verify. A start after a start writes the same name: the
 * same bytes. */
static int
quarantine(struct replay *p, uint64_t from, uint64_t end, const char *kind)
{
	char path[JOURNAL_REPLAY_PATH];
	int n = snprintf(path, sizeof path, "%s/quarantine", p->dir), fd, err;

	must(n > 0 && (size_t)n < sizeof path);
	err = file_mkdirs(path, 0700);
	if (err)
		return err;
	n = snprintf(path, sizeof path, "%s/quarantine/%016llx-%llu.%s", p->dir,
		(unsigned long long)p->generation, (unsigned long long)from, kind);
	must(n > 0 && (size_t)n < sizeof path);
	fd = file_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return fd;
	err = copy_range(p->w.fd, fd, from, end);
	if (!err)
		err = file_datasync(fd);
	file_close(fd);
	return err;
}

/* At bytes that are no record. *at moves to the next record, or to UINT64_MAX at the end. */
static int
over_damage(struct replay *p, uint64_t *at)
{
	uint64_t next, end;
	bool zero;
	int err = find_next(p, *at, &next, &zero);

	if (err)
		return err;
	if (next == UINT64_MAX && !zero) {
		p->r->tail_cut = true;
		/* The window only goes forward; the tail is read once more from its start. */
		p->w.n = 0;
		p->w.offset = *at;
		err = end_of_bytes(p, *at, &end);
		if (!err)
			err = quarantine(p, *at, end, "tail");
	} else if (next != UINT64_MAX) {
		p->r->damaged++;
		err = quarantine(p, *at, next, "bin");
	}
	*at = next;
	return err;
}

static void
take(struct replay *p, uint64_t at, const struct record *rec)
{
	struct journal_mark m;

	p->good_end = at + rec->size;
	if (rec->type < JOURNAL_TYPE_OWN) {
		p->r->records++;
		p->r->bytes += rec->size;
		if (!journal_before((struct journal_position){ p->generation, at }, p->skip))
			p->record(p->ctx, rec->type, rec->payload);
	} else if (rec->type == JOURNAL_TYPE_MARK && !journal_mark_read(rec->payload, &m)) {
		p->flushed = m.flushed;
		if (journal_before(p->settled, m.settled))
			p->settled = m.settled;
	}
}

static int
replay_records(struct replay *p)
{
	uint64_t at = RECORD_FILE_HEAD;

	while (at < p->end) {
		struct record rec;
		struct str s;
		int err = window_get(&p->w, at, &s);

		if (err)
			return err;
		if (!s.n)
			return 0;
		if (record_read(s, p->salt, at, &rec) == 1) {
			take(p, at, &rec);
			at += rec.size;
			continue;
		}
		err = over_damage(p, &at);
		if (err)
			return err;
	}
	return 0;
}

/* 1: a good header; 0: a damaged one; -ENOTSUP or -errno. */
static int
read_header(struct replay *p)
{
	struct record_file head;
	struct str s;
	int err = window_at(&p->w, 0);

	if (err)
		return err;
	s = str_head(str_of(p->w.p, p->w.n), RECORD_FILE_HEAD);
	err = record_file_read(s, &head);
	if (err == -ENOTSUP)
		return err;
	return !err && head.kind == RECORD_JOURNAL && head.generation == p->generation &&
	       head.salt == p->salt;
}

/* 0 replayed; 1 nothing readable in it; -errno. */
static int
replay_file(struct replay *p)
{
	int good = read_header(p), err;
	uint64_t next;
	bool zero;

	if (good < 0)
		return good;
	if (!good) {
		err = find_next(
			p, p->w.n < RECORD_FILE_HEAD ? 0 : RECORD_FILE_HEAD, &next, &zero);
		if (err)
			return err;
		if (next == UINT64_MAX) {
			err = quarantine(p, 0, (uint64_t)file_size(p->w.fd), "bin");
			return err ? err : 1;
		}
		err = quarantine(p, 0, RECORD_FILE_HEAD, "bin");
		if (err)
			return err;
		p->r->damaged++;
		p->w.n = 0;
		p->w.offset = 0;
	}
	return replay_records(p);
}

/* Up to `end`. As replay_file; 1 also when the file is gone. */
static int
replay_generation(struct replay *p, uint64_t generation, uint64_t end)
{
	char path[JOURNAL_REPLAY_PATH];
	int64_t size;
	int err;

	journal_replay_path(path, p->dir, generation, false);
	p->w = (struct window){ .fd = file_open(path, O_RDONLY, 0) };
	if (p->w.fd < 0)
		return p->w.fd == -ENOENT ? 1 : p->w.fd;
	size = file_size(p->w.fd);
	if (size < 0) {
		file_close(p->w.fd);
		return (int)size;
	}
	/* Larger than a small file, so that its end is seen. */
	p->w.cap = (uint64_t)size < WINDOW_BYTES ? (size_t)size + 1 : WINDOW_BYTES;
	p->w.p = mem_new(1, p->w.cap);
	p->generation = generation;
	p->salt = journal_replay_salt(generation);
	p->end = end;
	p->good_end = RECORD_FILE_HEAD;
	p->flushed = 0;
	err = replay_file(p);
	mem_free(p->w.p);
	file_close(p->w.fd);
	return err;
}

/* What a file says of itself, before its records are believed. */
struct head {
	struct journal_chain chain;
	uint64_t size;
	bool lost; /* it should name older files, and cannot be read */
};

static int
peek(const char *dir, uint64_t generation, struct head *ret_h)
{
	char path[JOURNAL_REPLAY_PATH], bytes[RECORD_FILE_HEAD + 4096];
	struct record_file file;
	struct record rec;
	struct str s;
	int fd, err;
	size_t at;
	long n;

	*ret_h = (struct head){ .chain.facts_from = generation };
	journal_replay_path(path, dir, generation, false);
	fd = file_open(path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	n = file_pread(fd, bytes, sizeof bytes, 0);
	if (n >= 0)
		ret_h->size = (uint64_t)file_size(fd);
	file_close(fd);
	if (n < 0)
		return (int)n;
	err = record_file_read(str_of(bytes, (size_t)n), &file);
	if (err == -ENOTSUP)
		return err;
	if (!err && file.version < RECORD_VERSION_CHAIN)
		return 0;
	s = str_from(str_of(bytes, (size_t)n), RECORD_FILE_HEAD);
	at = record_resync(s, journal_replay_salt(generation), RECORD_FILE_HEAD);
	if (at == s.n ||
		record_read(str_from(s, at), journal_replay_salt(generation),
			RECORD_FILE_HEAD + at, &rec) != 1 ||
		rec.type != JOURNAL_TYPE_CHAIN ||
		journal_chain_read(rec.payload, &ret_h->chain))
		ret_h->lost = true;
	return 0;
}

/* Finished generations, ascending. */
struct files {
	const char *dir;
	uint64_t *at;
	size_t n, cap;
	size_t newest;    /* at[newest] is being replayed, with what it continues */
	uint64_t highest; /* of any kind */
};

static int
files_name(void *ctx, const char *name)
{
	struct files *f = ctx;
	char path[JOURNAL_REPLAY_PATH];
	uint64_t generation;
	bool new_;

	if (parse_name(name, &generation, &new_))
		return 0;
	if (generation > f->highest)
		f->highest = generation;
	if (new_) {
		journal_replay_path(path, f->dir, generation, true);
		return file_unlink(path);
	}
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->at = mem_grow(f->at, f->cap, sizeof *f->at);
	}
	f->at[f->n++] = generation;
	return 0;
}

/* Everything that counts, in order; the newest file last. */
static int
replay_parts(struct replay *p, const struct files *f, const struct head *h)
{
	int err = 0;

	/* Which older ones count is not known: a message told twice is known by its name, one
	 * not told is lost. */
	for (size_t i = 0; h->lost && i < f->newest && err >= 0; i++)
		err = replay_generation(p, f->at[i], UINT64_MAX);
	for (size_t i = 0; !h->lost && i < h->chain.n && err >= 0; i++) {
		err = replay_generation(p, h->chain.at[i].generation, h->chain.at[i].end);
		if (err == 1 || (err == 0 && p->good_end < h->chain.at[i].end))
			p->r->damaged++;
	}
	return err < 0 ? err : replay_generation(p, f->at[f->newest], UINT64_MAX);
}

/* May the older files be loaded behind acceptance? What may not be durable, the newest one's
 * end, must be short enough to be copied. */
static bool
may_wait(const struct journal_conf *conf, const struct replay *p, const struct head *h,
	struct journal_found *found)
{
	struct journal_part last = { p->generation, p->good_end };
	struct journal_chain *c = &found->chain;

	if (p->r->damaged || h->chain.n >= JOURNAL_CHAIN_MAX)
		return false;
	memcpy(found->load, h->chain.at, h->chain.n * sizeof *found->load);
	found->load[h->chain.n] = last;
	found->nload = h->chain.n + 1;
	found->tail_from = RECORD_FILE_HEAD;
	*c = h->chain;
	c->settled = p->settled;
	if (p->good_end > conf->behind_bytes && p->flushed > RECORD_FILE_HEAD) {
		found->tail_from = p->flushed;
		c->at[c->n++] = (struct journal_part){ p->generation, p->flushed };
	}
	return c->n > 0 && p->good_end - found->tail_from <= conf->behind_bytes;
}

/* 1 when it was only verified and may be loaded later; 0 when it must be replayed; -errno. */
static int
scan(const struct journal_conf *conf, const struct replay *from, const struct files *f,
	const struct head *h, struct journal_found *found)
{
	struct journal_replay r = { 0 };
	struct replay p = *from;
	int err;

	/* After a newer file that could not be read all is looked at, and said, at once. */
	if (!conf->seen || h->lost || from->r->unreadable ||
		journal_chain_bytes(&h->chain) + h->size <= conf->behind_bytes)
		return 0;
	p.record = conf->seen;
	p.r = &r;
	p.settled = h->chain.settled;
	err = replay_parts(&p, f, h);
	if (err < 0)
		return err;
	if (err == 1 || !may_wait(conf, &p, h, found))
		return 0;
	r.behind = true;
	*from->r = r;
	return 1;
}

static void
replay_kept(const struct journal_conf *conf, const struct replay *from, const struct files *f,
	const struct head *h)
{
	struct journal_replay r = { 0 };
	struct replay p = *from;

	p.record = conf->kept;
	p.r = &r;
	p.skip = h->chain.settled;
	for (size_t i = 0; conf->kept && !h->lost && i < f->newest; i++)
		/* What they tell is history: what cannot be read is missing there. */
		if (f->at[i] >= h->chain.facts_from && !journal_chain_has(&h->chain, f->at[i]))
			(void)replay_generation(&p, f->at[i], UINT64_MAX);
}

static void
ignore(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	(void)type;
	(void)payload;
}

/* 0; 1: there is no valid record in it; -errno. */
static int
readable(const struct replay *from, uint64_t generation)
{
	struct journal_replay r = { 0 };
	struct replay p = *from;

	p.record = ignore;
	p.r = &r;
	return replay_generation(&p, generation, UINT64_MAX);
}

static int
replay_newest(const struct journal_conf *conf, struct replay *p, const struct files *f,
	struct journal_found *found)
{
	struct head h;
	int err = peek(p->dir, f->at[f->newest], &h);

	/* Before the files are replayed that it may continue. */
	if (!err && h.lost)
		err = readable(p, f->at[f->newest]);
	if (err)
		return err;
	replay_kept(conf, p, f, &h);
	err = scan(conf, p, f, &h, found);
	if (err == 0) {
		p->settled = h.chain.settled;
		err = replay_parts(p, f, &h);
		found->chain = (struct journal_chain){ .facts_from = h.chain.facts_from,
			.settled = p->settled };
		if (err == 0)
			p->r->generation = f->at[f->newest];
		return err;
	}
	if (err == 1) {
		p->r->generation = f->at[f->newest];
		err = 0;
	}
	return err;
}

int
journal_replay_run(const struct journal_conf *conf,
	void (*record)(void *ctx, uint16_t type, struct str payload), void *ctx,
	struct journal_replay *ret_r, struct journal_found *ret_found)
{
	struct replay p = { .dir = conf->dir, .record = record, .ctx = ctx, .r = ret_r };
	struct files f = { .dir = conf->dir };
	int err = file_each(conf->dir, files_name, &f);

	*ret_r = (struct journal_replay){ 0 };
	*ret_found = (struct journal_found){ .newest = f.highest };
	if (!err && f.n > 0)
		err = 1;
	for (f.newest = f.n; err == 1 && f.newest-- > 0;) {
		err = replay_newest(conf, &p, &f, ret_found);
		if (err == 1)
			ret_r->unreadable = true;
	}
	mem_free(f.at);
	return err < 0 ? err : 0;
}

struct removal {
	const char *dir;
	uint64_t before;
	const struct journal_chain *chain;
};

static int
removal_name(void *ctx, const char *name)
{
	struct removal *r = ctx;
	char path[JOURNAL_REPLAY_PATH];
	uint64_t generation;
	bool new_;

	if (parse_name(name, &generation, &new_) || new_ || generation >= r->before ||
		journal_chain_has(r->chain, generation))
		return 0;
	journal_replay_path(path, r->dir, generation, false);
	return file_unlink(path);
}

int
journal_replay_remove_before(
	const char *dir, uint64_t generation, const struct journal_chain *chain)
{
	struct removal r = { dir, generation, chain };

	return file_each(dir, removal_name, &r);
}
