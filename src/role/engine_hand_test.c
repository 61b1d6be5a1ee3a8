/* What an operator or an API call changes in the queue is answered when it is on the disk. */
#include "io/file_fault.h"
#include "role/engine_scene.h"

#include <sys/wait.h>
#include <unistd.h>

enum { ALIVE = 3, KILLED = 99 };

static struct scene *s;

static int
up(void **state)
{
	(void)state;
	test_row = NULL;
	s = scene_new(false);
	scene_start(s);
	return 0;
}

static int
down(void **state)
{
	test_after(state);
	scene_free(s);
	return 0;
}

/* An engine of its own, asked over fd; from the question on its durable calls end it, or not.
 */
static void
child(int fd, bool dies)
{
	s->loop = loop_new(&s->clock); /* the other one is the parent's */
	s->flusher = flusher_new(s->loop, true);
	scene_start(s);
	scene_edge_up(s);
	if (dies)
		file_fault_arm(FILE_FAULT_KILL, 1, 0);
	engine_peer(s->engine, ROLE_DESK, 0, fd);
	for (int i = 0; i < 2000; i++) {
		scene_step(s);
		usleep(1000);
	}
	_exit(ALIVE);
}

/* How many answers desk got; how the engine ended. */
static size_t
asked(uint16_t op, bool dies, int *ret_end)
{
	static const struct channel_calls calls = { scene_message, scene_gone };
	struct scene_peer desk = { 0 };
	const struct msg_query q = { .op = op, .seq = 1 };
	int fd[2], status = -1;
	size_t n = 0;
	struct buf b;
	pid_t pid;

	assert_int_equal(channel_pair(fd), 0);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		child(fd[1], dies);
	}
	close(fd[1]);
	scene_peer_clear(&desk);
	desk.channel = channel_new(s->loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, &desk);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_query_write(&b, &q), 0);
	scene_say(&desk, MSG_query, &b);
	buf_done(&b);
	/* Until its end, or its answer. */
	for (int i = 0; i < 60000 && !desk.gone && n == 0; i++) {
		scene_step(s);
		usleep(1000);
		for (size_t k = n = 0; k < desk.n; k++)
			n += desk.got[k].type == MSG_answer;
	}
	if (!dies)
		kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*ret_end = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	scene_peer_clear(&desk);
	return n;
}

static void
test_answered_when_durable(void **state)
{
	static const struct {
		const char *name;
		uint16_t op;
		bool dies;
		size_t answers;
	} table[] = {
		{ "hold", QUERY_HOLD, false, 1 },
		{ "hold, never flushed", QUERY_HOLD, true, 0 },
		{ "drop, never flushed", QUERY_DROP, true, 0 },
		{ "cancel, never flushed", QUERY_CANCEL, true, 0 },
		{ "retry, never flushed", QUERY_RETRY, true, 0 },
	};
	char base[600], next[600];
	unsigned runs = 0;
	int end;

	(void)state;
	if (!FILE_FAULT_HERE)
		return;
	scene_edge_up(s);
	scene_submit(s, "a@shop.test", "b@remote.test c@remote.test");
	scene_stop(s);
	snprintf(base, sizeof base, "%s", s->paths.state);
	TEST_EACH(row, table)
	{
		snprintf(next, sizeof next, "%s/hand-%u", s->first, ++runs);
		scene_copy(base, next);
		assert_int_equal(role_paths(&s->paths, str_z(next)), 0);
		assert_int_equal(asked(row->op, row->dies, &end), row->answers);
		assert_int_equal(end, row->dies ? KILLED : -SIGKILL);
	}
	scene_start(s);
}

static json_t *
turn(uint16_t op)
{
	return scene_ask(s, &(struct msg_query){ .op = op }, 200);
}

static bool
is_paused(const char *why)
{
	json_t *j = turn(QUERY_STATUS), *paused = json_object_get(j, "paused");
	bool is = why ? json_is_true(json_object_get(paused, "restored")) ==
	                          (strcmp(why, "restored") == 0)
	              : json_is_null(paused);

	json_decref(j);
	return is;
}

/* Nothing leaves, whatever restarts; a restored state gives no id that the other machine may
 * have given; what cannot be read is taken for a pause. */
static void
test_paused(void **state)
{
	const struct pause restored = { .restored = true, .since = 1700000000000000 };
	char path[700];
	uint64_t id, later;
	FILE *f;

	(void)state;
	scene_up(s);
	for (int i = 0; i < 2; i++)
		json_decref(turn(QUERY_PAUSE));
	id = scene_submit(s, "a@shop.test", "b@remote.test");
	for (int life = 0; life < 2; life++) {
		scene_pass(s, 40 * UTC_SEC);
		assert_true(is_paused("operator"));
		assert_int_equal(scene_count(s, "queued"), 1);
		assert_int_equal(scene_count(s, "active"), 0);
		if (life == 1)
			break;
		scene_stop(s);
		scene_start(s);
		scene_up(s);
	}
	json_decref(turn(QUERY_RESUME));
	assert_true(is_paused(NULL));
	scene_delivered(s);
	assert_int_equal(scene_count(s, "delivered"), 1);
	scene_stop(s);
	assert_int_equal(pause_write(s->paths.journal, &restored), 0);
	scene_start(s);
	scene_edge_up(s);
	scene_desk_up(s);
	assert_true(is_paused("restored"));
	later = scene_submit(s, "a@shop.test", "b@remote.test");
	assert_true(later - id >= ENGINE_RESTORED_IDS);
	scene_stop(s);
	snprintf(path, sizeof path, "%s/" PAUSE_FILE, s->paths.journal);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("nobody knows\n", f);
	fclose(f);
	scene_start(s);
	scene_desk_up(s);
	assert_true(is_paused("operator"));
}

#define ENGINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(ENGINE_TEST(test_answered_when_durable), ENGINE_TEST(test_paused))
