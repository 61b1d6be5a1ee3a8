/* Work on threads: owners take turns, and what was not begun can be taken back. */
#include "base/test.h"

#include "io/pool.h"

#include <pthread.h>
#include <stdatomic.h>

#define JOBS 12

static struct work {
	struct pool_job job;
	char name;
} works[JOBS];

static struct {
	struct clock clock;
	struct loop *loop;
	struct pool *pool;
	pthread_mutex_t gate; /* the first job waits here */
	atomic_bool inside;
	char order[JOBS + 1]; /* as they were done */
	size_t n;
} scene;

static void
work(void *ctx)
{
	struct work *w = ctx;

	if (w->name != '!')
		return;
	atomic_store(&scene.inside, true);
	pthread_mutex_lock(&scene.gate);
	pthread_mutex_unlock(&scene.gate);
}

static void
done(void *ctx)
{
	scene.order[scene.n++] = ((struct work *)ctx)->name;
}

static void
up(bool inline_)
{
	memset(&scene, 0, sizeof scene);
	clock_real(&scene.clock);
	scene.loop = loop_new(&scene.clock);
	scene.pool = pool_new(scene.loop, 1, inline_);
	pthread_mutex_init(&scene.gate, NULL);
}

static void
down(void)
{
	pool_free(&scene.pool);
	loop_free(&scene.loop);
	pthread_mutex_destroy(&scene.gate);
}

static void
add(size_t i, char name, uint64_t owner)
{
	works[i] = (struct work){
		.job = { .work = work, .done = done, .ctx = &works[i], .owner = owner },
		.name = name
	};
	list_init(&works[i].job.link);
	pool_add(scene.pool, &works[i].job);
}

/* Each letter is a job of the owner of its position in the alphabet, '0' of none. */
static void
add_all(const char *names)
{
	for (size_t i = 0; names[i]; i++)
		add(i + 1, names[i], names[i] == '0' ? 0 : (uint64_t)(names[i] - 'a' + 1));
}

static void
wait_done(size_t n)
{
	for (int i = 0; i < 20000 && scene.n < n; i++)
		loop_step(scene.loop, 1000);
	assert_int_equal(scene.n, n);
}

/* The thread is held up while they are put in. */
static const struct {
	const char *name, *put, *back, *order;
} turns[] = {
	{ "one owner's: as they came", "aaa", "", "aaa" },
	{ "two owners", "aaaaab", "", "abaaaa" },
	{ "three, and those of nobody", "aaabbc00", "", "abc0ab0a" },
	{ "nobody's are one owner's", "000a", "", "0a00" },
	{ "one is taken back", "aab", "b", "aa" },
	{ "the whole of an owner's", "abb", "a", "bb" },
	{ "all", "a", "a", "" },
	{ "his turn stays where it is", "abaa", "a", "aba" },
};

static void
test_turns(void **state)
{
	(void)state;
	TEST_EACH(row, turns)
	{
		size_t put = strlen(row->put), back = strlen(row->back);

		up(false);
		pthread_mutex_lock(&scene.gate);
		add(0, '!', 26);
		while (!atomic_load(&scene.inside))
			loop_step(scene.loop, 1000);
		add_all(row->put);
		/* What runs is not to be had back. */
		assert_false(pool_take_back(scene.pool, &works[0].job));
		for (size_t b = 0; b < back; b++)
			assert_true(pool_take_back(scene.pool,
				&works[1 + (size_t)(strchr(row->put, row->back[b]) - row->put)]
					 .job));
		assert_int_equal(pool_waiting(scene.pool), 1 + put - back);
		pthread_mutex_unlock(&scene.gate);
		wait_done(1 + put - back);
		assert_string_equal(scene.order + 1, row->order);
		assert_int_equal(pool_waiting(scene.pool), 0);
		/* What was done is not either. */
		assert_false(pool_take_back(scene.pool, &works[0].job));
		down();
	}
}

static void
test_inline(void **state)
{
	(void)state;
	up(true);
	add_all("abc");
	assert_true(pool_take_back(scene.pool, &works[2].job));
	assert_int_equal(pool_waiting(scene.pool), 2);
	wait_done(2);
	assert_string_equal(scene.order, "ac");
	down();
}

/* Ending finishes what waits. */
static void
test_end(void **state)
{
	(void)state;
	up(false);
	add_all("aabb0");
	down();
	assert_int_equal(scene.n, 5);
}

TEST_MAIN(TEST(test_turns), TEST(test_inline), TEST(test_end))
