#include "ledger/ledger.h"

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/utc.h"
#include "io/file.h"
#include "ledger/ledger_feed_log.h"
#include "ledger/ledger_tally.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define WAITING_MAX   1000000u
#define HELD_MAX      300000u
#define BATCH_FACTS   4000u
#define BATCH_WAIT_MS 100
#define RETRY_WAIT_MS 1000
#define HANDLES       8 /* mail lives 5 days: the days it can come from, and room */
#define TEXT_CLIP     4000u
#define JOINED_MAX    8u /* a delivery, and some retries */
#define ABOUT_MAX     (16u << 10)
#define FACT_BYTES    65536u

enum item_kind { ITEM_FACT, ITEM_SYNC, ITEM_PURGE, ITEM_FEED_PURGE };

struct item {
	struct link link;
	enum item_kind kind;
	uint16_t number;           /* the fact's */
	bool fed;                  /* the fact's tenant has a feed; a sync: somebody has */
	char day[LEDGER_DAY_NAME]; /* of the fact; first day to keep */
	int64_t wall;              /* when it was put, if fed; oldest event to keep */
	uint64_t order;            /* of puts; last event that everybody passed */
	void (*done)(void *ctx, int err);
	void *ctx;
	int err;
	uint64_t rcpt;
	struct item *more, *last; /* later facts of the recipient in this batch, in order */
	size_t n;
	uint8_t bytes[];
};

struct handle {
	char day[LEDGER_DAY_NAME];
	struct store *store;
	struct ledger_tally *tally;
	bool open;  /* in a transaction */
	bool dirty; /* commits that are not synced */
	uint64_t used;
};

struct ledger {
	struct loop *loop;
	bool inline_;
	pthread_t thread;
	char dir[PATH_MAX];
	struct buf scratch; /* the loop's */
	bool dropped;       /* the loop's: since the last sync */
	uint64_t puts;      /* the loop's */
	uint32_t *fed;      /* the loop's: tenants, ascending */
	size_t nfed;
	atomic_size_t waiting;
	atomic_uint_least64_t signals_dropped;

	pthread_mutex_t lock;
	pthread_cond_t more;
	struct link queue;
	size_t queued;
	bool held, urgent, stop; /* urgent: somebody waits for a sync or purge */

	/* The writer's own. */
	struct handle handles[HANDLES];
	uint64_t tick;
	struct link written; /* in open transactions */
	struct buf joined;
	struct ledger_keys keys; /* of the fact at hand */
	struct ledger_feed_log *feed;
};

static void
run_done(void *ctx)
{
	struct item *it = ctx;

	it->done(it->ctx, it->err);
	mem_free(it);
}

/* With the facts behind it; how many there were. */
static size_t
item_free(struct item *it)
{
	struct item *more;
	size_t n = 0;

	for (; it; it = more, n++) {
		more = it->more;
		mem_free(it);
	}
	return n;
}

static void
finish(struct ledger *l, struct item *it, int err)
{
	if (it->kind != ITEM_SYNC) {
		item_free(it);
		return;
	}
	it->err = it->err ? it->err : err;
	loop_post_from_thread(l->loop, run_done, it);
}

/* Puts the links of `from`, in their order, before those of `to`. */
static void
put_back(struct link *to, struct link *from)
{
	while (!list_empty(from)) {
		struct link *last = from->prev;

		list_del(last);
		list_push_front(to, last);
	}
}

static void
handle_close(struct handle *h)
{
	if (h->store) {
		store_rollback(h->store);
		store_free(&h->store);
	}
	ledger_tally_free(&h->tally);
	*h = (struct handle){ 0 };
}

static int
commit_all(struct ledger *l)
{
	struct link *it;
	/* Before the facts: see ledger_feed.h. */
	int err = ledger_feed_log_write(l->feed);

	for (struct handle *h = l->handles; h < l->handles + HANDLES && !err; h++) {
		if (!h->open)
			continue;
		err = ledger_tally_flush(h->tally, h->store);
		err = err ? err : store_commit(h->store);
		if (err)
			return err;
		h->open = false;
		h->dirty = true;
	}
	if (err)
		return err;
	while ((it = list_pop(&l->written)))
		atomic_fetch_sub(&l->waiting, item_free(LIST_OF(it, struct item, link)));
	return 0;
}

static int
sync_all(struct ledger *l)
{
	int err = 0;

	for (struct handle *h = l->handles; h < l->handles + HANDLES; h++) {
		if (!h->dirty)
			continue;
		if (store_sync(h->store)) {
			/* Which pages reached the disk is unknown now: open it afresh. */
			handle_close(h);
			err = -EIO;
			continue;
		}
		h->dirty = false;
	}
	return err;
}

static void
remove_with(const char *path, const char *tail)
{
	char name[PATH_MAX + 16];
	int n = snprintf(name, sizeof name, "%s%s", path, tail);

	if (n > 0 && (size_t)n < sizeof name)
		(void)file_unlink(name);
}

/* P7: set aside and go on; the write-ahead log belongs to the damaged pages. */
static void
set_aside(struct ledger *l, const char *day)
{
	char path[PATH_MAX], aside[PATH_MAX + 16];

	for (struct handle *h = l->handles; h < l->handles + HANDLES; h++)
		if (h->store && str_eq_z(str_z(h->day), day))
			handle_close(h);
	if (ledger_day_path(path, sizeof path, l->dir, day))
		return;
	snprintf(aside, sizeof aside, "%s.damaged", path);
	(void)file_rename(path, aside);
	remove_with(path, "-wal");
	remove_with(path, "-shm");
}

/* make: also when there is no such file yet, which is -ENOENT otherwise. */
static int
handle_open(struct ledger *l, const char *day, bool make, struct handle **ret_h)
{
	struct handle *oldest = l->handles;
	char path[PATH_MAX];
	int err;

	for (struct handle *h = l->handles; h < l->handles + HANDLES; h++) {
		if (h->store && str_eq_z(str_z(h->day), day)) {
			*ret_h = h;
			return 0;
		}
		if (h->used < oldest->used)
			oldest = h;
	}
	if (oldest->store) {
		err = commit_all(l);
		err = err ? err : sync_all(l);
		if (err)
			return err;
		handle_close(oldest);
	}
	err = ledger_day_path(path, sizeof path, l->dir, day);
	err = err ? err
	          : store_open(path, make ? STORE_CREATE : STORE_WRITE, &ledger_day_schema,
			    &oldest->store);
	if (err)
		return err;
	oldest->tally = ledger_tally_new();
	err = ledger_tally_load(oldest->tally, oldest->store);
	if (err) {
		handle_close(oldest);
		return err;
	}
	must(str_copy_z(oldest->day, sizeof oldest->day, str_z(day)) == 0);
	*ret_h = oldest;
	return 0;
}

static struct fact
fact_of(const struct item *it)
{
	struct rd r = rd_of(str_of(it->bytes, it->n));
	struct fact f;

	must(fact_read(&r, &f) == 0);
	return f;
}

/* The fact was put: those who count and feed hear of it. */
static void
note(struct ledger *l, struct handle *h, const struct item *it, const struct fact *f)
{
	struct str bytes = str_of(it->bytes, it->n);
	struct ledger_feed_entry e;

	if (l->keys.dropped)
		atomic_fetch_add(&l->signals_dropped, 1);
	if (!l->keys.is_new)
		return;
	ledger_tally_add(h->tally, f, &l->keys);
	if (!it->fed)
		return;
	e = (struct ledger_feed_entry){ .order = it->order,
		.wall = it->wall,
		.tenant = f->tenant,
		.day = ledger_day_number(it->day),
		.rcpt = f->rcpt,
		.mark = ledger_feed_mark(f, bytes) };
	ledger_feed_log_add(l->feed, &e);
}

/* All facts of a recipient, when they are its first ones and none is missing: one row. */
static int
put_joined(struct ledger *l, struct handle *h, const struct item *it, bool *ret_made)
{
	struct fact facts[JOINED_MAX];
	unsigned n = 0;
	int err;

	buf_clear(&l->joined);
	for (const struct item *at = it; at; at = at->more, n++) {
		if (n == JOINED_MAX || at->number != n ||
			buf_put(&l->joined, str_of(at->bytes, at->n)) < 0)
			return 0;
		facts[n] = fact_of(at);
	}
	if (facts[0].kind != FACT_ACCEPTED)
		return 0;
	ledger_keys_of(&l->keys, &facts[0]);
	err = ledger_day_put_first(h->store,
		&(struct ledger_first){ &facts[0], &facts[n - 1], buf_str(&l->joined) },
		&l->keys, ret_made);
	l->keys.is_new = *ret_made;
	for (unsigned i = 0; i < n && *ret_made && !err; i++, it = it->more)
		note(l, h, it, &facts[i]);
	return err;
}

static int
put_item(struct ledger *l, struct handle *h, const struct item *it)
{
	bool made = false;
	int err = it->more ? put_joined(l, h, it, &made) : 0;

	for (; it && !made && !err; it = it->more) {
		struct fact f = fact_of(it);

		err = ledger_day_put(h->store, &f, str_of(it->bytes, it->n), &l->keys);
		if (!err)
			note(l, h, it, &f);
	}
	return err;
}

/* A delivery mostly follows its acceptance within the same batch: hangs the later facts of each
 * recipient behind its first one, so that a row is written once. */
static void
join(struct link *todo)
{
	struct nmap heads;
	uint64_t at;

	nmap_init(&heads);
	LIST_EACH_SAFE(link, todo)
	{
		struct item *it = LIST_OF(link, struct item, link), *head;

		if (it->kind != ITEM_FACT) {
			nmap_done(&heads);
			nmap_init(&heads);
		} else if (!nmap_get(&heads, it->rcpt, &at)) {
			nmap_put(&heads, it->rcpt, (uint64_t)(uintptr_t)it);
		} else {
			head = (struct item *)(uintptr_t)at;
			list_del(link);
			head->last->more = it;
			head->last = it->last;
		}
	}
	nmap_done(&heads);
}

static bool
only_signals(const struct item *it)
{
	while (it && it->number == FACT_SIGNAL)
		it = it->more;
	return !it;
}

/* Into the day's open transaction; the item stands in l->written or, on an early error, in
 * todo. */
static int
write_fact(struct ledger *l, struct item *it, struct link *todo)
{
	bool signals = only_signals(it);
	struct handle *h;
	int err;

	/* May commit, which frees all that is in l->written: the item must not be there yet. */
	err = handle_open(l, it->day, !signals, &h);
	if (err == -ENOENT && signals) {
		size_t n = item_free(it);

		atomic_fetch_add(&l->signals_dropped, n);
		atomic_fetch_sub(&l->waiting, n);
		return 0;
	}
	if (!err && !h->open) {
		err = store_begin(h->store);
		h->open = !err;
	}
	if (err) {
		list_push_front(todo, &it->link);
	} else {
		list_push(&l->written, &it->link);
		h->used = ++l->tick;
		err = put_item(l, h, it);
	}
	if (err == -EBADMSG)
		set_aside(l, it->day);
	return err;
}

struct purge {
	struct ledger *l;
	const char *keep_from;
};

static int
purge_name(void *ctx, const char *name)
{
	struct purge *p = ctx;
	struct str s = str_z(name), first = str_z(p->keep_from);
	char path[PATH_MAX];

	if (s.n < first.n + 3 || !str_eq_z(str_of(s.p + first.n, 3), ".db") ||
		str_cmp(str_head(s, first.n), first) >= 0)
		return 0;
	if (snprintf(path, sizeof path, "%s/%s", p->l->dir, name) < (int)sizeof path)
		(void)file_unlink(path);
	return 0;
}

static void
purge(struct ledger *l, const char *keep_from)
{
	struct purge p = { l, keep_from };

	for (struct handle *h = l->handles; h < l->handles + HANDLES; h++)
		if (h->store && str_cmp(str_z(h->day), str_z(keep_from)) < 0)
			handle_close(h);
	(void)file_each(l->dir, purge_name, &p);
}

/* What is no fact, with nothing uncommitted before it. */
static void
serve(struct ledger *l, struct item *it)
{
	int err = 0;

	if (it->kind == ITEM_PURGE)
		purge(l, it->day);
	else
		err = sync_all(l);
	/* The mark is no part of the promise: without it readers wait a while longer. */
	if (!err && it->fed)
		(void)ledger_feed_log_synced(l->feed);
	if (!err && it->kind == ITEM_FEED_PURGE)
		(void)ledger_feed_log_purge(l->feed, it->order, it->wall);
	finish(l, it, err);
}

/* Takes the items off todo in order. On an error nothing is lost: what was not committed stands
 * in todo again. */
static int
process(struct ledger *l, struct link *todo)
{
	struct link *at;
	int err = 0;

	join(todo);
	while (!err && (at = list_pop(todo))) {
		struct item *it = LIST_OF(at, struct item, link);

		if (it->kind == ITEM_FACT) {
			err = write_fact(l, it, todo);
			continue;
		}
		err = commit_all(l);
		if (err) {
			list_push_front(todo, at);
			continue;
		}
		serve(l, it);
	}
	err = err ? err : commit_all(l);
	if (!err)
		return 0;
	/* A new handle is the best cure for a file that vanished or a disk that was full. */
	for (struct handle *h = l->handles; h < l->handles + HANDLES; h++)
		if (h->open)
			handle_close(h);
	ledger_feed_log_drop(l->feed);
	put_back(todo, &l->written);
	return err;
}

static void
wait_ms(struct ledger *l, long ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!l->stop && !(ms == BATCH_WAIT_MS && (l->urgent || l->queued >= BATCH_FACTS)))
		if (pthread_cond_timedwait(&l->more, &l->lock, &until))
			return;
}

/* Locked. Moves the next batch to todo. */
static void
take_batch(struct ledger *l, struct link *todo)
{
	struct link *at;

	for (unsigned n = 0; n < BATCH_FACTS && (at = list_pop(&l->queue)); n++) {
		list_push(todo, at);
		l->queued--;
	}
	l->urgent = l->urgent && !list_empty(&l->queue);
}

static size_t
count(const struct link *list)
{
	size_t n = 0;

	LIST_EACH(it, list)
	n++;
	return n;
}

static bool
is_held(const struct ledger *l)
{
	return l->held && !l->urgent && l->queued < HELD_MAX;
}

static void *
writer(void *ctx)
{
	struct ledger *l = ctx;
	struct link todo;
	int err = 0;

	list_init(&todo);
	pthread_mutex_lock(&l->lock);
	for (;;) {
		while (!l->stop && (list_empty(&l->queue) || is_held(l)))
			pthread_cond_wait(&l->more, &l->lock);
		/* After the call to stop everything gets one more chance. */
		if (l->stop && (err || list_empty(&l->queue)))
			break;
		wait_ms(l, BATCH_WAIT_MS);
		take_batch(l, &todo);
		pthread_mutex_unlock(&l->lock);
		err = process(l, &todo);
		pthread_mutex_lock(&l->lock);
		if (err) {
			l->queued += count(&todo);
			put_back(&l->queue, &todo);
			if (err != -EBADMSG)
				wait_ms(l, RETRY_WAIT_MS);
			err = l->stop ? err : 0;
		}
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static void
push(struct ledger *l, struct item *it)
{
	struct link todo;

	pthread_mutex_lock(&l->lock);
	list_push(&l->queue, &it->link);
	l->queued++;
	l->urgent = l->urgent || it->kind != ITEM_FACT;
	if (!l->inline_) {
		/* One wake-up for a batch: its first item, its last, or somebody waits. */
		if (!is_held(l) && (l->queued == 1 || l->queued >= BATCH_FACTS || l->urgent))
			pthread_cond_signal(&l->more);
		pthread_mutex_unlock(&l->lock);
		return;
	}
	list_init(&todo);
	take_batch(l, &todo);
	pthread_mutex_unlock(&l->lock);
	if (process(l, &todo) == -EBADMSG)
		(void)process(l, &todo);
	l->queued += count(&todo);
	put_back(&l->queue, &todo);
}

int
ledger_open(const char *dir, struct loop *loop, bool inline_, struct ledger **ret_l)
{
	struct ledger *l;
	pthread_condattr_t attr;
	int err = file_mkdirs(dir, 0750);

	if (err)
		return err;
	l = MEM_NEW(l);
	if (str_copy_z(l->dir, sizeof l->dir, str_z(dir))) {
		mem_free(l);
		return -ENAMETOOLONG;
	}
	l->loop = loop;
	l->inline_ = inline_;
	buf_init(&l->scratch, FACT_BYTES);
	buf_init(&l->joined, FACT_BYTES);
	l->feed = ledger_feed_log_new(dir);
	list_init(&l->queue);
	list_init(&l->written);
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->more, &attr);
	pthread_condattr_destroy(&attr);
	err = inline_ ? 0 : -pthread_create(&l->thread, NULL, writer, l);
	if (err) {
		l->inline_ = true;
		ledger_free(&l);
		return err;
	}
	*ret_l = l;
	return 0;
}

void
ledger_free(struct ledger **pl)
{
	struct ledger *l = *pl;
	struct link *it;

	if (!l)
		return;
	if (!l->inline_) {
		pthread_mutex_lock(&l->lock);
		l->stop = true;
		pthread_cond_signal(&l->more);
		pthread_mutex_unlock(&l->lock);
		pthread_join(l->thread, NULL);
	}
	(void)sync_all(l);
	while ((it = list_pop(&l->queue)))
		finish(l, LIST_OF(it, struct item, link), -EIO);
	for (struct handle *h = l->handles; h < l->handles + HANDLES; h++)
		handle_close(h);
	ledger_feed_log_free(&l->feed);
	mem_free(l->fed);
	pthread_cond_destroy(&l->more);
	pthread_mutex_destroy(&l->lock);
	buf_done(&l->scratch);
	buf_done(&l->joined);
	mem_free(l);
	*pl = NULL;
}

/* The journal and the ledger bound what a fact says; this bounds what a fact may weigh. */
static struct fact
clipped(const struct fact *f)
{
	struct fact c = *f;
	struct str *texts[] = { &c.host, &c.address, &c.tls, &c.reply.text, &c.recipient,
		&c.sender, &c.message_id, &c.subject, &c.client, &c.ip, &c.agent, &c.url };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i] = str_head(*texts[i], TEXT_CLIP);
	/* A part of a JSON object is none. */
	if (c.about.n > ABOUT_MAX)
		c.about = STR_NONE;
	return c;
}

static bool
is_fed(const struct ledger *l, uint32_t tenant)
{
	size_t from = 0, to = l->nfed;

	while (from < to) {
		size_t mid = (from + to) / 2;

		if (l->fed[mid] == tenant)
			return true;
		if (l->fed[mid] < tenant)
			from = mid + 1;
		else
			to = mid;
	}
	return false;
}

void
ledger_put(struct ledger *l, int64_t accepted, const struct fact *f)
{
	struct fact c = clipped(f);
	char day[UTC_TEXT_SIZE];
	struct item *it;

	if (atomic_load(&l->waiting) >= WAITING_MAX) {
		l->dropped = true;
		return;
	}
	buf_clear(&l->scratch);
	must(fact_write(&l->scratch, &c) == 0);
	it = mem_new(1, sizeof *it + l->scratch.n);
	list_init(&it->link);
	it->kind = ITEM_FACT;
	it->rcpt = f->rcpt;
	it->number = f->number;
	it->order = l->puts++;
	it->fed = is_fed(l, f->tenant);
	it->wall = it->fed ? loop_wall(l->loop) : 0;
	it->last = it;
	it->n = l->scratch.n;
	memcpy(it->bytes, l->scratch.p, it->n);
	must(str_copy_z(it->day, sizeof it->day, str_z(utc_day(day, accepted))) == 0);
	atomic_fetch_add(&l->waiting, 1);
	push(l, it);
}

size_t
ledger_waiting(const struct ledger *l)
{
	return atomic_load(&l->waiting);
}

uint64_t
ledger_signals_dropped(const struct ledger *l)
{
	return atomic_load(&l->signals_dropped);
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void
ledger_feed_tenants(struct ledger *l, const uint32_t *ids, size_t n)
{
	mem_free(l->fed);
	l->fed = mem_new(n + 1, sizeof *l->fed);
	if (n)
		memcpy(l->fed, ids, n * sizeof *ids);
	qsort(l->fed, n, sizeof *l->fed, by_number);
	l->nfed = n;
}

void
ledger_feed_purge(struct ledger *l, uint64_t passed, int64_t now, int64_t keep_us)
{
	struct item *it = MEM_NEW(it);

	list_init(&it->link);
	it->kind = ITEM_FEED_PURGE;
	it->order = passed;
	it->wall = now - keep_us;
	it->fed = true;
	push(l, it);
}

void
ledger_hold(struct ledger *l, bool held)
{
	pthread_mutex_lock(&l->lock);
	l->held = held;
	pthread_cond_signal(&l->more);
	pthread_mutex_unlock(&l->lock);
}

void
ledger_sync(struct ledger *l, void (*done)(void *ctx, int err), void *ctx)
{
	struct item *it = MEM_NEW(it);

	list_init(&it->link);
	it->kind = ITEM_SYNC;
	it->done = done;
	it->ctx = ctx;
	it->fed = l->nfed > 0;
	it->err = l->dropped ? -ENOBUFS : 0;
	l->dropped = false;
	push(l, it);
}

void
ledger_purge(struct ledger *l, int64_t now, int64_t keep_us)
{
	struct item *it = MEM_NEW(it);
	char day[UTC_TEXT_SIZE];

	list_init(&it->link);
	it->kind = ITEM_PURGE;
	must(str_copy_z(it->day, sizeof it->day, str_z(utc_day(day, now - keep_us))) == 0);
	push(l, it);
}
