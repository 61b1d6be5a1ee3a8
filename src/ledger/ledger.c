#include "ledger/ledger.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/utc.h"
#include "io/file.h"
#include "ledger/ledger_batch.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define WAITING_MAX 1000000u
#define HELD_MAX    300000u
/* A batch waits for company: facts of a recipient become one row, and facts of rows that lie
 * together one page. Where much comes it waits longer, and costs a part of what it would. */
#define BATCH_FACTS   16000u
#define BATCH_BUSY    2000u
#define BATCH_WAIT_MS 100
#define BUSY_WAIT_MS  400
#define RETRY_WAIT_MS 1000
#define TEXT_CLIP     4000u
#define ABOUT_MAX     (16u << 10)
#define FACT_BYTES    65536u

struct ledger {
	struct loop *loop;
	bool inline_;
	pthread_t thread;
	struct buf scratch; /* the loop's */
	bool dropped;       /* the loop's: since the last sync */
	uint64_t puts;      /* the loop's */
	uint32_t *fed;      /* the loop's: tenants, ascending */
	size_t nfed;

	pthread_mutex_t lock;
	pthread_cond_t more;
	struct link queue;
	size_t queued;
	bool held, urgent, stop; /* urgent: somebody waits for a sync or purge */

	struct ledger_batch *batch; /* the writer's own */
	atomic_size_t *waiting;     /* its */
};

static void
wait_ms(struct ledger *l, long ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!l->stop && !(ms != RETRY_WAIT_MS && (l->urgent || l->queued >= BATCH_FACTS)))
		if (pthread_cond_timedwait(&l->more, &l->lock, &until))
			return;
}

/* Locked. Moves the next batch to todo: so many. */
static unsigned
take_batch(struct ledger *l, struct link *todo)
{
	struct link *at;
	unsigned n = 0;

	for (; n < BATCH_FACTS && (at = list_pop(&l->queue)); n++) {
		list_push(todo, at);
		l->queued--;
	}
	l->urgent = l->urgent && !list_empty(&l->queue);
	return n;
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
	unsigned taken = 0;
	int err = 0;

	list_init(&todo);
	pthread_mutex_lock(&l->lock);
	for (;;) {
		while (!l->stop && (list_empty(&l->queue) || is_held(l))) {
			taken = 0;
			pthread_cond_wait(&l->more, &l->lock);
		}
		/* After the call to stop everything gets one more chance. */
		if (l->stop && (err || list_empty(&l->queue)))
			break;
		wait_ms(l, taken >= BATCH_BUSY ? BUSY_WAIT_MS : BATCH_WAIT_MS);
		taken = take_batch(l, &todo);
		pthread_mutex_unlock(&l->lock);
		err = ledger_batch_write(l->batch, &todo);
		pthread_mutex_lock(&l->lock);
		if (err) {
			l->queued += count(&todo);
			ledger_batch_put_back(&l->queue, &todo);
			if (err != -EBADMSG)
				wait_ms(l, RETRY_WAIT_MS);
			err = l->stop ? err : 0;
		}
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static void
push(struct ledger *l, struct ledger_item *it)
{
	struct link todo;

	pthread_mutex_lock(&l->lock);
	list_push(&l->queue, &it->link);
	l->queued++;
	l->urgent = l->urgent || it->kind != LEDGER_ITEM_FACT;
	if (!l->inline_) {
		/* One wake-up for a batch: its first item, its last, or somebody waits. */
		if (!is_held(l) && (l->queued == 1 || l->queued >= BATCH_FACTS || l->urgent))
			pthread_cond_signal(&l->more);
		pthread_mutex_unlock(&l->lock);
		return;
	}
	list_init(&todo);
	(void)take_batch(l, &todo);
	pthread_mutex_unlock(&l->lock);
	if (ledger_batch_write(l->batch, &todo) == -EBADMSG)
		(void)ledger_batch_write(l->batch, &todo);
	l->queued += count(&todo);
	ledger_batch_put_back(&l->queue, &todo);
}

int
ledger_open(const char *dir, struct loop *loop, bool inline_, struct ledger **ret_l)
{
	struct ledger *l;
	pthread_condattr_t attr;
	int err = file_mkdirs(dir, 0750);

	if (err)
		return err;
	if (str_z(dir).n >= PATH_MAX - 64)
		return -ENAMETOOLONG;
	l = MEM_NEW(l);
	l->batch = ledger_batch_new(dir, loop);
	l->waiting = ledger_batch_waiting(l->batch);
	l->loop = loop;
	l->inline_ = inline_;
	buf_init(&l->scratch, FACT_BYTES);
	list_init(&l->queue);
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
	while ((it = list_pop(&l->queue)))
		ledger_batch_finish(l->batch, LIST_OF(it, struct ledger_item, link), -EIO);
	ledger_batch_free(&l->batch);
	mem_free(l->fed);
	pthread_cond_destroy(&l->more);
	pthread_mutex_destroy(&l->lock);
	buf_done(&l->scratch);
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
	struct ledger_item *it;

	if (atomic_load(l->waiting) >= WAITING_MAX) {
		l->dropped = true;
		return;
	}
	buf_clear(&l->scratch);
	must(fact_write(&l->scratch, &c) == 0);
	it = mem_new(1, sizeof *it + l->scratch.n);
	list_init(&it->link);
	it->kind = LEDGER_ITEM_FACT;
	it->rcpt = f->rcpt;
	it->number = f->number;
	it->order = l->puts++;
	it->fed = is_fed(l, f->tenant);
	it->wall = it->fed ? loop_wall(l->loop) : 0;
	it->last = it;
	it->n = l->scratch.n;
	memcpy(it->bytes, l->scratch.p, it->n);
	must(str_copy_z(it->day, sizeof it->day, str_z(utc_day(day, accepted))) == 0);
	atomic_fetch_add(l->waiting, 1);
	push(l, it);
}

size_t
ledger_waiting(const struct ledger *l)
{
	return atomic_load(l->waiting);
}

uint64_t
ledger_signals_dropped(const struct ledger *l)
{
	return ledger_batch_signals_dropped(l->batch);
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
	struct ledger_item *it = MEM_NEW(it);

	list_init(&it->link);
	it->kind = LEDGER_ITEM_FEED_PURGE;
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
	struct ledger_item *it = MEM_NEW(it);

	list_init(&it->link);
	it->kind = LEDGER_ITEM_SYNC;
	it->done = done;
	it->ctx = ctx;
	it->fed = l->nfed > 0;
	it->err = l->dropped ? -ENOBUFS : 0;
	l->dropped = false;
	push(l, it);
}

void
ledger_purge(struct ledger *l, int64_t now, struct ledger_keep keep)
{
	struct ledger_item *it = MEM_NEW(it);
	char day[UTC_TEXT_SIZE];

	list_init(&it->link);
	it->kind = LEDGER_ITEM_PURGE;
	must(str_copy_z(it->day, sizeof it->day, str_z(utc_day(day, now - keep.events_us))) ==
		0);
	if (keep.statistics_us < now)
		it->statistics_from = (int32_t)((now - keep.statistics_us) / UTC_DAY);
	push(l, it);
}

void
ledger_erase(struct ledger *l, const struct ledger_erasure *what,
	void (*done)(void *ctx, int err), void *ctx)
{
	size_t places = what->n * sizeof *what->at;
	struct ledger_item *it = mem_new(1, sizeof *it + places + what->address.n);

	list_init(&it->link);
	it->kind = LEDGER_ITEM_ERASE;
	it->done = done;
	it->ctx = ctx;
	it->places = what->n;
	it->n = places + what->address.n;
	it->mask = what->mask;
	if (places)
		memcpy(it->bytes, what->at, places);
	if (what->address.n)
		memcpy(it->bytes + places, what->address.p, what->address.n);
	push(l, it);
}
