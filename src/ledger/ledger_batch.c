#include "ledger/ledger_batch.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/utc.h"
#include "io/file.h"
#include "ledger/ledger_feed_log.h"
#include "ledger/ledger_past.h"
#include "ledger/ledger_tally.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#define HANDLES    8  /* mail lives 5 days: the days it can come from, and room */
#define JOINED_MAX 8u /* a delivery, and some retries */
#define DAYS_APART 64u
#define FACT_BYTES 65536u
#define PENDING    64

struct handle {
	char day[LEDGER_DAY_NAME];
	struct store *store;
	struct ledger_tally *tally;
	bool open;     /* in a transaction */
	bool dirty;    /* commits that are not synced */
	bool counting; /* tally knows which values the file has */
	uint64_t used;
};

struct ledger_batch {
	struct loop *loop;
	char dir[PATH_MAX];
	atomic_size_t waiting;
	atomic_uint_least64_t signals_dropped;
	struct handle handles[HANDLES];
	uint64_t tick;
	struct link written; /* in open transactions */
	struct buf joined;
	struct ledger_keys keys; /* of the fact at hand */
	struct ledger_feed_log *feed;
	struct store *past; /* statistics of days that are gone; opened when needed */
	bool past_whole;    /* no fold is left over from a crash */
	int32_t past_from;  /* older statistics were removed */
};

static void
run_done(void *ctx)
{
	struct ledger_item *it = ctx;

	it->done(it->ctx, it->err);
	mem_free(it);
}

/* With the facts behind it; how many there were. */
static size_t
item_free(struct ledger_item *it)
{
	struct ledger_item *more;
	size_t n = 0;

	for (; it; it = more, n++) {
		more = it->more;
		mem_free(it);
	}
	return n;
}

void
ledger_batch_finish(struct ledger_batch *b, struct ledger_item *it, int err)
{
	if (it->kind != LEDGER_ITEM_SYNC && it->kind != LEDGER_ITEM_ERASE) {
		item_free(it);
		return;
	}
	it->err = it->err ? it->err : err;
	loop_post_from_thread(b->loop, run_done, it);
}

void
ledger_batch_put_back(struct link *to, struct link *from)
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
commit_all(struct ledger_batch *b)
{
	struct link *it;
	/* Before the facts: see ledger_feed.h. */
	int err = ledger_feed_log_write(b->feed);

	for (struct handle *h = b->handles; h < b->handles + HANDLES && !err; h++) {
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
	while ((it = list_pop(&b->written)))
		atomic_fetch_sub(&b->waiting, item_free(LIST_OF(it, struct ledger_item, link)));
	return 0;
}

static int
sync_all(struct ledger_batch *b)
{
	int err = 0;

	for (struct handle *h = b->handles; h < b->handles + HANDLES; h++) {
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
set_aside(struct ledger_batch *b, const char *day)
{
	char path[PATH_MAX], aside[PATH_MAX + 16];

	for (struct handle *h = b->handles; h < b->handles + HANDLES; h++)
		if (h->store && str_eq_z(str_z(h->day), day))
			handle_close(h);
	if (ledger_day_path(path, sizeof path, b->dir, day))
		return;
	snprintf(aside, sizeof aside, "%s.damaged", path);
	(void)file_rename(path, aside);
	remove_with(path, "-wal");
	remove_with(path, "-shm");
}

static int
is_there(const char *path)
{
	int fd = file_open(path, O_RDONLY, 0);

	return fd < 0 ? fd : file_close(fd);
}

/* make: also when there is no such file yet, which is -ENOENT otherwise. */
static int
handle_open(struct ledger_batch *b, const char *day, bool make, struct handle **ret_h)
{
	struct handle *oldest = b->handles;
	char path[PATH_MAX];
	int err;

	for (struct handle *h = b->handles; h < b->handles + HANDLES; h++) {
		if (h->store && str_eq_z(str_z(h->day), day)) {
			*ret_h = h;
			return 0;
		}
		if (h->used < oldest->used)
			oldest = h;
	}
	err = ledger_day_path(path, sizeof path, b->dir, day);
	/* A signal for a day that is gone must not put another one out. */
	if (!err && !make)
		err = is_there(path);
	if (err)
		return err;
	if (oldest->store) {
		err = commit_all(b);
		err = err ? err : sync_all(b);
		if (err)
			return err;
		handle_close(oldest);
	}
	err = err ? err
	          : store_open(path, make ? STORE_CREATE : STORE_WRITE, &ledger_day_schema,
			    &oldest->store);
	if (err)
		return err;
	oldest->tally = ledger_tally_new();
	must(str_copy_z(oldest->day, sizeof oldest->day, str_z(day)) == 0);
	*ret_h = oldest;
	return 0;
}

static struct fact
fact_of(const struct ledger_item *it)
{
	struct rd r = rd_of(str_of(it->bytes, it->n));
	struct fact f;

	must(fact_read(&r, &f) == 0);
	return f;
}

static int
count_new(struct handle *h, const struct fact *f, const struct ledger_keys *k)
{
	const struct fact_about *a = &k->about;
	int err = 0;

	if (!h->counting && a->tags.n + a->campaign.n + a->template.n > 0) {
		err = ledger_tally_load(h->tally, h->store);
		h->counting = !err;
	}
	if (!err)
		ledger_tally_add(h->tally, f, k);
	return err;
}

/* The fact was put: those who count and feed hear of it. */
static int
note(struct ledger_batch *b, struct handle *h, const struct ledger_item *it,
	const struct fact *f)
{
	struct ledger_feed_entry e;
	int err;

	if (b->keys.dropped)
		atomic_fetch_add(&b->signals_dropped, 1);
	if (!b->keys.is_new)
		return 0;
	err = count_new(h, f, &b->keys);
	if (err || !it->fed)
		return err;
	e = (struct ledger_feed_entry){ .order = it->order,
		.wall = it->wall,
		.tenant = f->tenant,
		.day = ledger_day_number(it->day),
		.rcpt = f->rcpt,
		.mark = ledger_feed_mark(f, str_of(it->bytes, it->n)) };
	ledger_feed_log_add(b->feed, &e);
	return 0;
}

/* All facts of a recipient, when they are its first ones and none is missing: one row. */
static int
put_joined(
	struct ledger_batch *b, struct handle *h, const struct ledger_item *it, bool *ret_made)
{
	struct fact facts[JOINED_MAX];
	struct str host = STR_NONE;
	unsigned n = 0;
	int err;

	buf_clear(&b->joined);
	for (const struct ledger_item *at = it; at; at = at->more, n++) {
		if (n == JOINED_MAX || at->number != n ||
			buf_put(&b->joined, str_of(at->bytes, at->n)) < 0)
			return 0;
		facts[n] = fact_of(at);
		host = facts[n].host.n ? facts[n].host : host;
	}
	if (n == 0 || facts[0].kind != FACT_ACCEPTED)
		return 0;
	ledger_keys_of(&b->keys, &facts[0]);
	err = ledger_day_put_first(h->store,
		&(struct ledger_first){ &facts[0], &facts[n - 1], buf_str(&b->joined), host },
		&b->keys, ret_made);
	b->keys.is_new = *ret_made;
	for (unsigned i = 0; i < n && *ret_made && !err; i++, it = it->more)
		err = note(b, h, it, &facts[i]);
	return err;
}

static int
put_item(struct ledger_batch *b, struct handle *h, const struct ledger_item *it)
{
	bool made = false;
	int err = it->more ? put_joined(b, h, it, &made) : 0;

	for (; it && !made && !err; it = it->more) {
		struct fact f = fact_of(it);

		err = ledger_day_put(h->store, &f, str_of(it->bytes, it->n), &b->keys);
		if (!err)
			err = note(b, h, it, &f);
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
		struct ledger_item *it = LIST_OF(link, struct ledger_item, link), *head;

		if (it->kind != LEDGER_ITEM_FACT) {
			nmap_done(&heads);
			nmap_init(&heads);
		} else if (!nmap_get(&heads, it->rcpt, &at)) {
			nmap_put(&heads, it->rcpt, (uint64_t)(uintptr_t)it);
		} else {
			head = (struct ledger_item *)(uintptr_t)at;
			list_del(link);
			head->last->more = it;
			head->last = it->last;
		}
	}
	nmap_done(&heads);
}

static int
by_rcpt(const void *a, const void *b)
{
	const struct ledger_item *x = *(struct ledger_item *const *)a;
	const struct ledger_item *y = *(struct ledger_item *const *)b;

	return x->rcpt < y->rcpt ? -1 : x->rcpt > y->rcpt;
}

/* Facts of one day in the order of its rows: each page of the file is read and changed once for
 * all of them. A recipient stands here once (join), and who reads the feed hears of facts in
 * the order in which they were put (ledger_feed_log). */
static void
sort(struct link *day)
{
	struct ledger_item **all;
	size_t n = 0, i = 0;

	LIST_EACH(at, day)
	n++;
	if (n < 2)
		return;
	all = mem_new(n, sizeof(struct ledger_item *));
	LIST_EACH(at, day)
	all[i++] = LIST_OF(at, struct ledger_item, link);
	qsort(all, n, sizeof(struct ledger_item *), by_rcpt);
	list_init(day);
	for (i = 0; i < n; i++)
		list_push(day, &all[i]->link);
	mem_free(all);
}

struct by_day {
	struct link days[DAYS_APART];
	unsigned n;
};

static void
put_apart(struct by_day *d, struct ledger_item *it)
{
	unsigned i = 0;

	while (i < d->n &&
		!str_eq_z(str_z(LIST_OF(d->days[i].next, struct ledger_item, link)->day),
			it->day))
		i++;
	if (i == d->n && i == DAYS_APART)
		i--;
	if (i == d->n)
		list_init(&d->days[d->n++]);
	list_del(&it->link);
	list_push(&d->days[i], &it->link);
}

static void
put_together(struct by_day *d, struct link *before)
{
	struct link *at;

	for (unsigned i = 0; i < d->n; i++) {
		sort(&d->days[i]);
		while ((at = list_pop(&d->days[i])))
			list_put_before(before, at);
	}
	d->n = 0;
}

/* Signals come for any day of the past, in any order: a batch opens each of them once. What is
 * no fact stays where it stands. */
static void
group(struct link *todo)
{
	struct by_day d = { .n = 0 };

	LIST_EACH_SAFE(link, todo)
	{
		struct ledger_item *it = LIST_OF(link, struct ledger_item, link);

		if (it->kind == LEDGER_ITEM_FACT)
			put_apart(&d, it);
		else
			put_together(&d, link);
	}
	put_together(&d, todo);
}

static bool
only_signals(const struct ledger_item *it)
{
	while (it && it->number == FACT_SIGNAL)
		it = it->more;
	return !it;
}

/* Into the day's open transaction; the item stands in b->written or, on an early error, in
 * todo. */
static int
write_fact(struct ledger_batch *b, struct ledger_item *it, struct link *todo)
{
	bool signals = only_signals(it);
	struct handle *h;
	int err;

	/* May commit, which frees all that is in b->written: the item must not be there yet. */
	err = handle_open(b, it->day, !signals, &h);
	if (err == -ENOENT && signals) {
		size_t n = item_free(it);

		atomic_fetch_add(&b->signals_dropped, n);
		atomic_fetch_sub(&b->waiting, n);
		return 0;
	}
	if (!err && !h->open) {
		err = store_begin(h->store);
		h->open = !err;
	}
	if (err) {
		list_push_front(todo, &it->link);
	} else {
		list_push(&b->written, &it->link);
		h->used = ++b->tick;
		err = put_item(b, h, it);
	}
	if (err == -EBADMSG)
		set_aside(b, it->day);
	return err;
}

struct purge {
	struct ledger_batch *b;
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
	if (snprintf(path, sizeof path, "%s/%s", p->b->dir, name) < (int)sizeof path)
		(void)file_unlink(path);
	return 0;
}

/* The file of a day whose counters are in the past, and its companions. */
static int
day_remove(struct ledger_batch *b, const char *day)
{
	char path[PATH_MAX];
	int err;

	for (struct handle *h = b->handles; h < b->handles + HANDLES; h++)
		if (h->store && str_eq_z(str_z(h->day), day))
			handle_close(h);
	err = ledger_day_path(path, sizeof path, b->dir, day);
	err = err ? err : file_unlink(path);
	if (err && err != -ENOENT)
		return err;
	remove_with(path, "-wal");
	remove_with(path, "-shm");
	return file_sync_dir(b->dir);
}

/* 0; or why it cannot be used now. A damaged one is set aside (P7): those statistics are lost.
 */
static int
past_open(struct ledger_batch *b, enum store_mode mode)
{
	char path[PATH_MAX], aside[PATH_MAX + 16];
	int err = b->past ? 0 : ledger_past_open(b->dir, mode, &b->past);

	if (err != -EBADMSG)
		return err;
	if (snprintf(path, sizeof path, "%s/%s", b->dir, LEDGER_PAST_FILE) >= (int)sizeof path)
		return -ENAMETOOLONG;
	snprintf(aside, sizeof aside, "%s.damaged", path);
	(void)file_rename(path, aside);
	remove_with(path, "-wal");
	remove_with(path, "-shm");
	return ledger_past_open(b->dir, mode, &b->past);
}

static void
past_failed(struct ledger_batch *b)
{
	store_free(&b->past);
	b->past_whole = false;
}

/* Ends what a crash left: before the first fact, which might be for such a day. */
static int
past_mend(struct ledger_batch *b)
{
	int32_t days[PENDING];
	int n, err = b->past_whole ? 0 : past_open(b, STORE_READ);

	if (b->past_whole || err == -ENOENT) {
		b->past_whole = true;
		return 0;
	}
	n = err ? err : ledger_past_pending(b->past, days, PENDING);
	store_free(&b->past);
	err = n < 0 ? n : n > 0 ? past_open(b, STORE_CREATE) : 0;
	for (int i = 0; i < n && !err; i++) {
		char day[UTC_TEXT_SIZE];

		err = day_remove(b, utc_day(day, days[i] * UTC_DAY));
		err = err ? err : ledger_past_gone(b->past, days[i]);
	}
	if (err)
		past_failed(b);
	b->past_whole = !err && n < PENDING;
	return err;
}

/* A file's counters go into the past, then the file. */
static int
day_fold(struct ledger_batch *b, const char *day)
{
	struct handle *h;
	/* Opened to be written: an older one gets its counters now. */
	int err = handle_open(b, day, false, &h);

	if (err == -EBADMSG || err == -ENOTSUP)
		return 0; /* no counters to be had */
	err = err ? err : past_open(b, STORE_CREATE);
	if (err)
		return err;
	err = ledger_past_fold(b->past, ledger_day_number(day), h->store);
	if (err == -EBADMSG) {
		/* Which of the two is damaged shows when they are opened again. */
		set_aside(b, day);
		past_failed(b);
		return err;
	}
	err = err ? err : day_remove(b, day);
	err = err ? err : ledger_past_gone(b->past, ledger_day_number(day));
	if (err)
		past_failed(b);
	return err;
}

static void
purge(struct ledger_batch *b, const struct ledger_item *it)
{
	char keep_from[LEDGER_DAY_NAME];
	struct purge p = { b, keep_from };
	struct ledger_days days;
	int err = past_mend(b);

	if (err)
		return;
	must(str_copy_z(keep_from, sizeof keep_from, str_z(it->day)) == 0);
	err = ledger_days_list(&days, b->dir);
	for (size_t i = 0;
		i < days.n && !err && str_cmp(str_z(days.name[i]), str_z(it->day)) < 0; i++) {
		/* Whoever keeps no statistics for longer than that loses them with the day. */
		if (ledger_day_number(days.name[i]) < it->statistics_from)
			continue;
		err = day_fold(b, days.name[i]);
		if (err)
			must(str_copy_z(keep_from, sizeof keep_from, str_z(days.name[i])) == 0);
	}
	ledger_days_done(&days);
	for (struct handle *h = b->handles; h < b->handles + HANDLES; h++)
		if (h->store && str_cmp(str_z(h->day), str_z(keep_from)) < 0)
			handle_close(h);
	(void)file_each(b->dir, purge_name, &p);
	if (!err && it->statistics_from > b->past_from && past_open(b, STORE_WRITE) == 0 &&
		ledger_past_purge(b->past, it->statistics_from) == 0)
		b->past_from = it->statistics_from;
}

/* One day's rows at a time: a transaction each, so that a crash leaves whole rows, and asking
 * again ends the rest. */
static int
erase(struct ledger_batch *b, const struct ledger_item *it)
{
	struct ledger_place p;
	size_t behind = it->places * sizeof p;
	const struct ledger_erasure of = { .at = &p,
		.n = 1,
		.address = str_of(it->bytes + behind, it->n - behind),
		.mask = it->mask };
	char day[UTC_TEXT_SIZE];
	int err = 0;

	for (size_t i = 0; i < it->places && !err; i++) {
		struct handle *h;

		memcpy(&p, it->bytes + i * sizeof p, sizeof p);
		err = handle_open(b, utc_day(day, p.accepted), false, &h);
		/* Gone with its day, or damaged: there is no row any more. */
		if (err == -ENOENT || err == -EBADMSG) {
			err = 0;
			continue;
		}
		if (!err && !h->open) {
			err = store_begin(h->store);
			h->open = !err;
		}
		if (err)
			break;
		h->used = ++b->tick;
		err = ledger_day_erase(h->store, &of);
		if (err == -EBADMSG)
			set_aside(b, day);
	}
	err = err ? err : commit_all(b);
	err = err ? err : sync_all(b);
	for (struct handle *h = b->handles; h < b->handles + HANDLES && err; h++)
		if (h->open)
			handle_close(h);
	return err;
}

/* What is no fact, with nothing uncommitted before it. */
static void
serve(struct ledger_batch *b, struct ledger_item *it)
{
	int err = 0;

	if (it->kind == LEDGER_ITEM_PURGE)
		purge(b, it);
	else if (it->kind == LEDGER_ITEM_ERASE)
		err = erase(b, it);
	else
		err = sync_all(b);
	/* The mark is no part of the promise: without it readers wait a while longer. */
	if (!err && it->fed)
		(void)ledger_feed_log_synced(b->feed);
	if (!err && it->kind == LEDGER_ITEM_FEED_PURGE)
		(void)ledger_feed_log_purge(b->feed, it->order, it->wall);
	ledger_batch_finish(b, it, err);
}

int
ledger_batch_write(struct ledger_batch *b, struct link *todo)
{
	struct link *at;
	int err = 0;

	err = past_mend(b);
	if (err)
		return err;
	join(todo);
	group(todo);
	while (!err && (at = list_pop(todo))) {
		struct ledger_item *it = LIST_OF(at, struct ledger_item, link);

		if (it->kind == LEDGER_ITEM_FACT) {
			err = write_fact(b, it, todo);
			continue;
		}
		err = commit_all(b);
		if (err) {
			list_push_front(todo, at);
			continue;
		}
		serve(b, it);
	}
	err = err ? err : commit_all(b);
	if (!err)
		return 0;
	/* A new handle is the best cure for a file that vanished or a disk that was full. */
	for (struct handle *h = b->handles; h < b->handles + HANDLES; h++)
		if (h->open)
			handle_close(h);
	ledger_feed_log_drop(b->feed);
	ledger_batch_put_back(todo, &b->written);
	return err;
}

struct ledger_batch *
ledger_batch_new(const char *dir, struct loop *l)
{
	struct ledger_batch *b = MEM_NEW(b);

	must(str_copy_z(b->dir, sizeof b->dir, str_z(dir)) == 0);
	b->loop = l;
	b->feed = ledger_feed_log_new(dir);
	buf_init(&b->joined, FACT_BYTES);
	list_init(&b->written);
	return b;
}

void
ledger_batch_free(struct ledger_batch **pb)
{
	struct ledger_batch *b = *pb;

	if (!b)
		return;
	(void)sync_all(b);
	for (struct handle *h = b->handles; h < b->handles + HANDLES; h++)
		handle_close(h);
	ledger_feed_log_free(&b->feed);
	store_free(&b->past);
	buf_done(&b->joined);
	mem_free(b);
	*pb = NULL;
}

atomic_size_t *
ledger_batch_waiting(struct ledger_batch *b)
{
	return &b->waiting;
}

uint64_t
ledger_batch_signals_dropped(const struct ledger_batch *b)
{
	return atomic_load(&b->signals_dropped);
}
