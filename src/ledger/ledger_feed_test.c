#include "ledger/ledger_feed.h"

#include "io/file.h"
#include "ledger/ledger_feed_log.h"
#include "ledger/ledger_scene.h"

#include <sqlite3.h>

#define FED    1u
#define EVENTS 4096u

struct got {
	unsigned n;
	uint64_t next;
	uint64_t seq[EVENTS], rcpt[EVENTS];
	uint16_t number[EVENTS];
	int stop_at;
};

static int
on_event(void *ctx, const struct ledger_event *e)
{
	struct got *g = ctx;

	if (g->stop_at && (int)g->n == g->stop_at)
		return 7;
	assert_true(g->n < EVENTS);
	assert_int_equal(e->row->rcpt, e->fact->rcpt);
	assert_int_equal(e->row->tenant, e->fact->tenant);
	assert_true(g->n == 0 || e->seq > g->seq[g->n - 1]);
	g->seq[g->n] = e->seq;
	g->rcpt[g->n] = e->fact->rcpt;
	g->number[g->n++] = e->fact->number;
	return 0;
}

/* Goes on from g->next; what comes is added. */
static void
read_on(struct got *g, uint32_t tenant, int want)
{
	struct ledger_feed_query q = { tenant, g->next, EVENTS };

	assert_int_equal(ledger_feed_read(dir, &q, &g->next, on_event, g), want);
}

static struct ledger *
opened_fed(void)
{
	static const uint32_t ids[] = { 9, FED, 5 };
	struct ledger *l = opened();

	ledger_feed_tenants(l, ids, TEST_COUNT(ids));
	return l;
}

/* Recipients 2i + 1: accepted, delivered, opened. Two days, two tenants. */
static void
put_mail(struct ledger *l, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct fact a = scene_accepted(2 * (uint64_t)i + 1, 1 + i % 2, i, "a@b.test"),
			    d = scene_later(&a, 1, FACT_DELIVERED, 10),
			    o = scene_later(&a, FACT_SIGNAL, FACT_OPENED, 20);

		a.at += i % 3 ? 0 : UTC_DAY;
		ledger_put(l, a.at, &a);
		ledger_put(l, a.at, &d);
		ledger_put(l, a.at, &o);
	}
}

struct heard {
	unsigned n;
	uint32_t tenant[4];
	uint64_t newest[4];
};

static int
on_heard(void *ctx, uint32_t tenant, uint64_t newest)
{
	struct heard *h = ctx;

	assert_true(h->n < 4);
	h->tenant[h->n] = tenant;
	h->newest[h->n++] = newest;
	return 0;
}

/* Who has something new, and up to where. */
static void
test_news(void **state)
{
	struct ledger *l = opened_fed();
	struct heard h = { 0 }, later = { 0 }, none = { 0 };
	struct got g = { 0 };
	const uint32_t asked[] = { FED, FED + 1000 };
	uint64_t newest[2] = { 7, 7 }, of_all = 7;

	(void)state;
	assert_int_equal(ledger_feed_news(dir, 0, on_heard, &none), 0);
	assert_int_equal(none.n, 0);
	assert_int_equal(ledger_feed_newest(dir, asked, 2, newest, &of_all), 0);
	assert_true(newest[0] == 0 && newest[1] == 0 && of_all == 0);
	put_mail(l, 0, 10);
	assert_int_equal(synced(l), 0);
	read_on(&g, FED, 0);
	/* Of the two tenants one is fed. */
	assert_int_equal(ledger_feed_news(dir, 0, on_heard, &h), 0);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.tenant[0], FED);
	assert_int_equal(h.newest[0], g.seq[g.n - 1]);
	assert_int_equal(ledger_feed_newest(dir, asked, 2, newest, &of_all), 0);
	assert_int_equal(newest[0], g.seq[g.n - 1]);
	assert_int_equal(newest[1], 0);
	assert_int_equal(of_all, g.seq[g.n - 1]);
	assert_int_equal(ledger_feed_news(dir, g.seq[g.n - 2], on_heard, &later), 0);
	assert_int_equal(later.n, 1);
	assert_int_equal(ledger_feed_news(dir, g.seq[g.n - 1], on_heard, &none), 0);
	assert_int_equal(none.n, 0);
	ledger_free(&l);
}

static void
test_order(void **state)
{
	struct ledger *l = opened_fed();
	struct got g = { 0 }, other = { 0 };

	(void)state;
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 0);
	put_mail(l, 0, 30);
	assert_int_equal(synced(l), 0);
	read_on(&g, FED, 0);
	/* In the order in which they were put, over both days. */
	assert_int_equal(g.n, 45);
	for (unsigned i = 0; i < g.n; i++) {
		assert_int_equal(g.rcpt[i], i / 3 * 4 + 1);
		assert_int_equal(g.number[i], i % 3 == 2 ? FACT_SIGNAL : i % 3);
	}
	assert_true(g.seq[44] < UINT64_C(1) << 53);
	assert_int_equal(g.next, g.seq[44]);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 45);
	/* Told again: nothing. */
	put_mail(l, 0, 30);
	assert_int_equal(synced(l), 0);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 45);
	/* The other tenant has no feed; a reader of it sees nobody else's. */
	read_on(&other, 2, 0);
	read_on(&other, 5, 0);
	assert_int_equal(other.n, 0);
	/* What fn refuses comes again. */
	other.stop_at = 4;
	read_on(&other, FED, 7);
	assert_int_equal(other.n, 4);
	assert_int_equal(other.next, g.seq[3]);
	other.stop_at = 0;
	read_on(&other, FED, 0);
	assert_int_equal(other.n, 45);
	ledger_free(&l);
}

static void
copy(const char *from, const char *to)
{
	struct buf b;
	int fd;

	buf_init(&b, 64u << 20);
	if (file_read(from, &b)) {
		(void)unlink(to);
	} else {
		fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, b.p, b.n), b.n);
		close(fd);
	}
	buf_done(&b);
}

static void
days_copy(bool back)
{
	static const char *const names[] = { "2023-11-14.db", "2023-11-15.db" };
	char here[700], there[700];

	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		snprintf(here, sizeof here, "%s/%s", dir, names[i]);
		snprintf(there, sizeof there, "%s.%zu", dir, i);
		copy(back ? there : here, back ? here : there);
	}
}

/* The entries are there, the facts are not: a kill between the two, or a power cut behind them.
 * A reader waits for the facts; told again, they are the events they would have been. */
static void
test_between(void **state)
{
	struct ledger *l = opened_fed();
	struct got whole = { 0 }, g = { 0 };

	(void)state;
	put_mail(l, 0, 10);
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
	days_copy(false);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 15);
	l = opened_fed();
	put_mail(l, 10, 20);
	/* Freed without a sync: no mark. */
	ledger_free(&l);
	whole.next = g.next;
	read_on(&whole, FED, 0);
	assert_int_equal(whole.n, 15);
	days_copy(true);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 15);
	/* In another order, and with new ones between. */
	l = opened_fed();
	put_mail(l, 15, 22);
	put_mail(l, 0, 20);
	assert_int_equal(synced(l), 0);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 33);
	for (unsigned i = 0; i < 15; i++) {
		assert_int_equal(g.seq[15 + i], whole.seq[i]);
		assert_int_equal(g.rcpt[15 + i], whole.rcpt[i]);
	}
	ledger_free(&l);
}

/* Facts that are gone for good hold nobody up; should they come after all, they are new. */
static void
test_gone(void **state)
{
	struct ledger *l = opened_fed();
	struct got g = { 0 };
	char path[700];

	(void)state;
	put_mail(l, 0, 10);
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
	snprintf(path, sizeof path, "%s/2023-11-14.db", dir);
	assert_int_equal(unlink(path), 0);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 6); /* those of the other day: recipients 0 and 6 */
	l = opened_fed();
	put_mail(l, 0, 10);
	assert_int_equal(synced(l), 0);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 15);
	ledger_free(&l);
}

static void
test_purge(void **state)
{
	struct ledger *l = opened_fed();
	struct got g = { 0 }, again = { 0 };
	int64_t now = clock_wall(&scene_clock);

	(void)state;
	put_mail(l, 0, 10);
	assert_int_equal(synced(l), 0);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 15);
	ledger_feed_purge(l, g.seq[4], now, 4 * UTC_DAY);
	assert_int_equal(synced(l), 0);
	read_on(&again, FED, 0);
	assert_int_equal(again.n, 10);
	assert_int_equal(again.seq[0], g.seq[5]);
	/* Told again: they were durable before they went. */
	put_mail(l, 0, 10);
	assert_int_equal(synced(l), 0);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 15);
	/* By age. */
	ledger_feed_purge(l, 0, now + 5 * UTC_DAY, 4 * UTC_DAY);
	assert_int_equal(synced(l), 0);
	again = (struct got){ 0 };
	read_on(&again, FED, 0);
	assert_int_equal(again.n, 0);
	ledger_free(&l);
}

/* A damaged feed.db: what was in it is lost, numbers grow, mail goes on. */
static void
test_damage(void **state)
{
	struct ledger *l = opened_fed();
	struct got g = { 0 };
	char path[700];
	int fd;

	(void)state;
	put_mail(l, 0, 10);
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
	read_on(&g, FED, 0);
	snprintf(path, sizeof path, "%s/feed.db", dir);
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "no database at all, but long enough", 35), 35);
	close(fd);
	l = opened_fed();
	put_mail(l, 5, 15);
	assert_int_equal(synced(l), 0);
	assert_int_equal(ledger_waiting(l), 0);
	read_on(&g, FED, 0);
	/* Recipients 10, 12, 14 are new. */
	assert_int_equal(g.n, 24);
	ledger_free(&l);
}

/* Killed anywhere, told again, read all along: each fact is one event. */
static void
kill_one(unsigned round, unsigned upto)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct ledger *l;

		loop = loop_new(&scene_clock);
		l = opened_fed();
		for (unsigned i = 0; i < upto; i += 5) {
			put_mail(l, i, i + 5);
			loop_step(loop, 1000);
		}
		(void)synced(l);
		_exit(0);
	}
	usleep(20000 + round * 23456 % 250000);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_kill(void **state)
{
	struct got *g = calloc(1, sizeof *g);
	struct ledger *l;

	(void)state;
	assert_non_null(g);
	for (unsigned round = 0; round < 8; round++) {
		kill_one(round, 200 + round * 50);
		read_on(g, FED, 0);
	}
	l = opened_fed();
	put_mail(l, 0, 600);
	assert_int_equal(synced(l), 0);
	ledger_free(&l);
	read_on(g, FED, 0);
	assert_int_equal(g->n, 900);
	for (unsigned i = 0; i < 900; i++) {
		unsigned times = 0;

		for (unsigned k = 0; k < g->n; k++)
			times += g->rcpt[k] == i / 3 * 4 + 1 &&
			         g->number[k] == (i % 3 == 2 ? FACT_SIGNAL : i % 3);
		assert_int_equal(times, 1);
	}
	free(g);
}

static unsigned writes_left;

static ssize_t
counted_pwrite(int fd, const void *p, size_t n, off_t offset)
{
	if (writes_left-- == 0)
		_exit(99);
	return pwrite(fd, p, n, offset);
}

/* A child that ends at the nth write of SQLite: between any two of feed and days. True: it came
 * to its end before. */
static bool
child_to_write(unsigned nth)
{
	static const char *const names[] = { "pwrite", "pwrite64" };
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
		static const uint32_t ids[] = { FED };
		struct ledger *l;

		writes_left = nth;
		for (size_t i = 0; i < TEST_COUNT(names); i++)
			vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)counted_pwrite);
		if (ledger_open(dir, loop, true, &l))
			_exit(1);
		ledger_feed_tenants(l, ids, 1);
		put_mail(l, 0, 4);
		ledger_sync(l, scene_done, &status);
		put_mail(l, 4, 8);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(
		WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 99));
	return WEXITSTATUS(status) == 0;
}

static void
test_each_write(void **state)
{
	char base[500];
	bool ended = false;
	unsigned nth;

	(void)state;
	snprintf(base, sizeof base, "%s", dir);
	for (nth = 0; !ended; nth += 1 + nth / 20) {
		struct got early = { 0 }, late = { 0 };
		struct ledger *l;

		assert_true(nth < 2000);
		snprintf(dir, sizeof dir, "%.480s.%u", base, nth);
		ended = child_to_write(nth);
		/* What was read before the journal told all again … */
		if (access(dir, F_OK) == 0)
			read_on(&early, FED, 0);
		l = opened_fed();
		put_mail(l, 0, 10);
		assert_int_equal(synced(l), 0);
		ledger_free(&l);
		read_on(&late, FED, 0);
		assert_int_equal(late.n, 15);
		/* … stands where it stood, and behind it lies the rest, each fact once. */
		for (unsigned i = 0; i < early.n; i++)
			assert_int_equal(early.seq[i], late.seq[i]);
		for (unsigned i = 0; i < late.n; i++) {
			assert_int_equal(late.rcpt[i], i / 3 * 4 + 1);
			assert_int_equal(late.number[i], i % 3 == 2 ? FACT_SIGNAL : i % 3);
		}
	}
	assert_true(nth > 20);
}

/* A batch is written in the order of its rows, but told in the order of what happened. */
static void
test_rows_apart(void **state)
{
	static const uint64_t ids[] = { 91, 11, 55, 33, 77, 13 };
	struct got g = { .n = 0 };
	struct ledger *l = opened_fed();

	(void)state;
	ledger_hold(l, true);
	for (uint16_t n = 0; n < 2; n++)
		for (size_t i = 0; i < TEST_COUNT(ids); i++) {
			struct fact a = scene_accepted(ids[i], FED, (int64_t)i, "a@b.test"),
				    f = n ? scene_later(&a, n, FACT_DELIVERED, 9) : a;

			ledger_put(l, a.at, &f);
		}
	assert_int_equal(synced(l), 0);
	read_on(&g, FED, 0);
	assert_int_equal(g.n, 2 * TEST_COUNT(ids));
	for (unsigned i = 0; i < g.n; i++) {
		assert_int_equal(g.rcpt[i], ids[i % TEST_COUNT(ids)]);
		assert_int_equal(g.number[i], i / TEST_COUNT(ids));
	}
	ledger_free(&l);
}

TEST_MAIN(SCENE_TEST(test_order), SCENE_TEST(test_rows_apart), SCENE_TEST(test_news),
	SCENE_TEST(test_between), SCENE_TEST(test_gone), SCENE_TEST(test_purge),
	SCENE_TEST(test_damage), SCENE_TEST(test_kill), SCENE_TEST(test_each_write))
