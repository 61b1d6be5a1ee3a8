/*
 * The keeper with roles of this file's own in the place of the real ones: they say who they
 * are, and that is all. Each test runs a keeper in a process of its own.
 */
#include "base/mem.h"
#include "base/test.h"
#include "io/file.h"
#include "io/link.h"
#include "io/net.h"
#include "io/random.h"
#include "role/keeper.h"
#include "role/poster.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>

/* ---- the roles */

struct mock {
	struct loop *loop;
	const struct role_env *env;
	struct role_link *link;
	struct loop_fd *ports[8];
	int peers[64];
	size_t npeers;
};

static void
mock_peer(void *ctx, enum role_kind kind, unsigned number, int fd)
{
	struct mock *m = ctx;

	(void)kind;
	(void)number;
	assert_true(m->npeers < 64);
	m->peers[m->npeers++] = fd;
}

static void
mock_drain(void *ctx)
{
	struct mock *m = ctx;

	/* Couriers and edges finish; the engine is needed until they have. */
	if (m->env->number)
		loop_stop(m->loop);
}

static struct mock *
mock_new(struct loop *l, const struct role_env *env)
{
	static const struct role_link_calls calls = {
		.peer = mock_peer, .drain = mock_drain, .retire = mock_drain
	};
	struct mock *m = MEM_NEW(m);

	m->loop = l;
	m->env = env;
	if (env->link_fd >= 0) {
		m->link = role_link_new(l, env->link_fd, &calls, m);
		role_link_ready(m->link);
	}
	return m;
}

static void
mock_free(struct mock **pm)
{
	struct mock *m = *pm;

	role_link_free(&m->link);
	for (size_t i = 0; i < 8; i++)
		loop_fd_free(&m->ports[i]);
	for (size_t i = 0; i < m->npeers; i++)
		close(m->peers[i]);
	mem_free(m);
	*pm = NULL;
}

static int
mock_main(const struct role_env *env, void (*more)(struct mock *m))
{
	struct loop *l = loop_new(env->clock);
	struct mock *m = mock_new(l, env);

	if (more)
		more(m);
	loop_run(l);
	mock_free(&m);
	loop_free(&l);
	return 0;
}

#define MOCK(name)                                                                             \
	struct name *name##_new(struct loop *l, const struct role_env *env)                    \
	{                                                                                      \
		return (struct name *)mock_new(l, env);                                        \
	}                                                                                      \
	void name##_free(struct name **x)                                                      \
	{                                                                                      \
		mock_free((struct mock **)x);                                                  \
	}
#define MOCK_PEER(name)                                                                        \
	void name##_peer(struct name *x, int fd)                                               \
	{                                                                                      \
		mock_peer(x, ROLE_ENGINE, 0, fd);                                              \
	}

MOCK(poster)
MOCK(engine)
MOCK(edge)
MOCK(courier)
MOCK(desk)
MOCK_PEER(edge)
MOCK_PEER(courier)
MOCK_PEER(desk)

void
edge_desk_peer(struct edge *e, int fd)
{
	mock_peer(e, ROLE_DESK, 0, fd);
}

void
desk_edge_peer(struct desk *d, unsigned edge, int fd)
{
	mock_peer(d, ROLE_EDGE, edge, fd);
}

void
engine_peer(struct engine *e, enum role_kind kind, unsigned number, int fd)
{
	mock_peer(e, kind, number, fd);
}

void
engine_gone(struct engine *e, enum role_kind kind, unsigned number)
{
	(void)e;
	(void)kind;
	(void)number;
}

void
poster_peer(struct poster *p, int fd)
{
	mock_peer(p, ROLE_DESK, 0, fd);
}

void
desk_poster_peer(struct desk *d, int fd)
{
	mock_peer(d, ROLE_POSTER, 0, fd);
}

/* SIGUSR1: courier 2 spoke nonsense. SIGUSR2: one of its predecessors did. */
static void
on_user_signal(void *ctx, int signo)
{
	struct mock *m = ctx;
	char old[3 + ROLE_LIFE_SIZE] = { LINK_BAD, ROLE_COURIER, 2, 1, 2, 3 };

	if (signo == SIGUSR1)
		(void)role_link_bad(m->link, ROLE_COURIER, 2);
	else
		(void)link_send(m->env->link_fd, str_of(old, sizeof old), -1);
}

static void
take_user_signals(struct mock *m)
{
	loop_signal(m->loop, SIGUSR1, on_user_signal, m);
	loop_signal(m->loop, SIGUSR2, on_user_signal, m);
}

int
engine_main(const struct role_env *env)
{
	return mock_main(env, take_user_signals);
}

int
edge_try(const struct role_env *env)
{
	(void)env;
	return 0;
}

int
courier_main(const struct role_env *env)
{
	return mock_main(env, NULL);
}

int
poster_main(const struct role_env *env)
{
	return mock_main(env, NULL);
}

int
desk_main(const struct role_env *env)
{
	return mock_main(env, NULL);
}

static bool
zero(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((const char *)p)[i])
			return false;
	return true;
}

/* "pid peers keys track": which keys an edge holds, track by bits. */
static void
on_port(void *ctx, unsigned what)
{
	struct mock *m = ctx;
	struct net_addr peer;
	char text[64];
	unsigned track = 0;
	int fd = net_accept(m->env->ports[0].fd, &peer), n;

	(void)what;
	if (fd < 0)
		return;
	for (unsigned i = 0; i < SEAL_TRACK_KEYS; i++)
		track |= (unsigned)!zero(m->env->keys.track[i], SEAL_KEY) << i;
	n = snprintf(text, sizeof text, "%d %zu %d%d%d%d %x", (int)getpid(), m->npeers,
		!zero(m->env->keys.box, sizeof m->env->keys.box),
		!zero(m->env->keys.pepper, sizeof m->env->keys.pepper),
		!zero(m->env->keys.token, sizeof m->env->keys.token),
		!zero(m->env->keys.audit, sizeof m->env->keys.audit), track);
	(void)!write(fd, text, (size_t)n);
	close(fd);
}

static void
serve(struct mock *m)
{
	m->ports[0] = loop_fd_new(m->loop, m->env->ports[0].fd, LOOP_READ, on_port, m);
}

int
edge_main(const struct role_env *env)
{
	return mock_main(env, serve);
}

/* ---- the keeper under test */

struct scene {
	pid_t keeper;
	uint16_t port;
	char state[600], file[640];
	int ready_fd;
};

static void
on_ready(void *ctx, struct loop *l)
{
	(void)l;
	(void)!write(*(int *)ctx, "r", 1);
}

static uint16_t
free_port(void)
{
	struct net_addr a;
	int fd;

	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &a), 0);
	fd = net_listen(&a, 1);
	assert_true(fd >= 0);
	a.len = sizeof a.u;
	assert_int_equal(getsockname(fd, &a.u.sa, &a.len), 0);
	close(fd);
	return net_port(&a);
}

static pid_t
start(struct scene *s, bool one, int ready_fd)
{
	pid_t pid = fork();
	struct config c;
	struct keeper_conf conf = { .config = &c,
		.file = s->file,
		.one = one,
		.ready = on_ready,
		.ctx = &ready_fd,
		.silence_us = 7000000 };

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	config_default(&c);
	c.hostname = STR_LIT("mail.here.test");
	c.state = str_z(s->state);
	c.sandbox = STR_LIT("off");
	c.user = STR_NONE;
	c.listen[0] = STR_LIT("127.0.0.1");
	c.nlisten = 1;
	c.starttls.n = c.tls.n = c.http_plain.n = c.http_tls.n = 0;
	c.plain = (struct config_ports){ { s->port }, 1 };
	c.edges = 1;
	c.couriers = 2;
	_exit(keeper_run(&conf));
}

static void
prepare(struct scene *s)
{
	*s = (struct scene){ .port = free_port() };
	snprintf(s->state, sizeof s->state, "%s/state", test_dir());
	snprintf(s->file, sizeof s->file, "%s/facteur.yaml", test_dir_path());
}

static void
begin_prepared(struct scene *s, bool one)
{
	int fd[2];
	char c;
	struct pollfd p;

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	s->keeper = start(s, one, fd[1]);
	close(fd[1]);
	p = (struct pollfd){ fd[0], POLLIN, 0 };
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_int_equal(read(fd[0], &c, 1), 1);
	s->ready_fd = fd[0];
}

static void
begin(struct scene *s, bool one)
{
	prepare(s);
	begin_prepared(s, one);
}

/* The keeper's exit status, or -1 after 10 s. */
static int
wait_end(struct scene *s)
{
	int status;

	for (int i = 0; i < 2000; i++) {
		if (waitpid(s->keeper, &status, WNOHANG) == s->keeper) {
			s->keeper = 0;
			return status;
		}
		usleep(5000);
	}
	return -1;
}

static void
end(struct scene *s)
{
	if (s->keeper) {
		kill(s->keeper, SIGKILL);
		(void)wait_end(s);
	}
	close(s->ready_fd);
	test_dir_done();
}

struct roles {
	struct {
		char name[16];
		int pid;
		bool ready;
		char state[16];
	} at[16];
	size_t n;
};

static void
read_roles(const struct scene *s, struct roles *ret)
{
	char path[700];
	json_t *j, *r;
	size_t i;

	snprintf(path, sizeof path, "%s/run/roles.json", s->state);
	j = json_load_file(path, 0, NULL);
	assert_non_null(j);
	ret->n = 0;
	json_array_foreach(json_object_get(j, "roles"), i, r)
	{
		snprintf(ret->at[i].name, sizeof ret->at[i].name, "%s%d",
			json_string_value(json_object_get(r, "role")),
			(int)json_integer_value(json_object_get(r, "number")));
		ret->at[i].pid = (int)json_integer_value(json_object_get(r, "pid"));
		snprintf(ret->at[i].state, sizeof ret->at[i].state, "%s",
			json_string_value(json_object_get(r, "state")));
		ret->at[i].ready = json_is_true(json_object_get(r, "ready"));
		ret->n++;
	}
	json_decref(j);
}

static int
pid_of(const struct scene *s, const char *name)
{
	struct roles r;

	read_roles(s, &r);
	for (size_t i = 0; i < r.n; i++)
		if (str_eq_z(str_z(r.at[i].name), name) && r.at[i].ready)
			return r.at[i].pid;
	return 0;
}

static bool
alive(int pid)
{
	char path[64], state = 'Z';
	FILE *f;

	/* One that nobody has waited for yet is dead all the same. */
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state != 'Z' && state != 'X';
}

/* Waits until the role has another process, which is ready. */
static int
other_pid(const struct scene *s, const char *name, int than, unsigned wait_ms)
{
	int pid = 0;

	for (unsigned i = 0; i < wait_ms / 5; i++) {
		pid = pid_of(s, name);
		if (pid && pid != than)
			return pid;
		usleep(5000);
	}
	return 0;
}

struct edge_says {
	int pid, peers;
	char keys[8];
	unsigned track;
};

static bool
ask_edge(const struct scene *s, struct edge_says *ret)
{
	struct net_addr a;
	char text[100] = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval wait = { 5, 0 };
	ssize_t n;

	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), s->port, &a), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	if (connect(fd, &a.u.sa, a.len) < 0) {
		close(fd);
		return false;
	}
	n = read(fd, text, sizeof text - 1);
	close(fd);
	return n > 0 && sscanf(text, "%d %d %7s %x", &ret->pid, &ret->peers, ret->keys,
				&ret->track) == 4;
}

/* ---- tests */

static const char *const names[] = { "engine0", "desk0", "courier1", "courier2", "poster0",
	"edge1" };

static void
test_ready_and_restart(void **state)
{
	struct edge_says e = { 0 };
	struct scene s;
	int pid, next;

	(void)state;
	begin(&s, false);
	assert_true(ask_edge(&s, &e));
	assert_int_equal(e.pid, pid_of(&s, "edge1"));
	assert_int_equal(e.peers, 2);        /* engine and desk */
	assert_string_equal(e.keys, "0110"); /* no box key in an edge (P12), no audit key */
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		pid = pid_of(&s, names[i]);
		assert_true(pid > 0);
		assert_int_equal(kill(pid, SIGKILL), 0);
		next = other_pid(&s, names[i], pid, 5000);
		assert_true(next > 0);
		assert_false(alive(pid));
		assert_true(ask_edge(&s, &e));
		if (i == 0)
			assert_int_equal(e.peers, 3); /* joined with the new engine */
	}
	assert_int_equal(e.pid, next);
	assert_int_equal(e.peers, 2);
	end(&s);
}

static void
all_pids(const struct scene *s, int pids[TEST_COUNT(names)])
{
	for (size_t i = 0; i < TEST_COUNT(names); i++)
		pids[i] = pid_of(s, names[i]);
}

static void
check_gone(const int pids[TEST_COUNT(names)], unsigned wait_ms)
{
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		for (unsigned k = 0; k < wait_ms / 5 && alive(pids[i]); k++)
			usleep(5000);
		assert_false(alive(pids[i]));
	}
}

static void
test_keeper_killed(void **state)
{
	struct scene s;
	int pids[TEST_COUNT(names)];

	(void)state;
	begin(&s, false);
	all_pids(&s, pids);
	kill(s.keeper, SIGKILL);
	assert_true(WIFSIGNALED(wait_end(&s)));
	check_gone(pids, 1000);
	end(&s);
}

static void
test_stop(void **state)
{
	static const struct {
		const char *name;
		int signo, stuck; /* the role of this number ignores everything */
		bool one;
	} table[] = {
		{ "SIGTERM", SIGTERM, -1, false },
		{ "SIGINT", SIGINT, -1, false },
		{ "a stuck engine", SIGTERM, 0, false },
		{ "one", SIGTERM, -1, true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		int pids[TEST_COUNT(names)] = { 0 };

		begin(&s, row->one);
		if (!row->one)
			all_pids(&s, pids);
		if (row->stuck >= 0)
			kill(pids[row->stuck], SIGSTOP);
		kill(s.keeper, row->signo);
		assert_int_equal(wait_end(&s), 0);
		if (!row->one)
			check_gone(pids, 0);
		end(&s);
	}
}

static void
test_two_keepers(void **state)
{
	struct scene s, t;
	struct edge_says e = { 0 };

	(void)state;
	begin(&s, false);
	t = s;
	t.port = free_port();
	t.keeper = start(&t, false, -1);
	assert_int_equal(WEXITSTATUS(wait_end(&t)), EX_TEMPFAIL);
	assert_true(ask_edge(&s, &e));
	end(&s);
}

/* What a killed keeper left is waited for: a role of its own may end after its successor
 * begins. */
static void
test_leaving(void **state)
{
	struct scene s;
	struct net_addr a;
	char path[700], c = 0;
	int fd[2], pid, lock_pid;
	pid_t left;

	(void)state;
	prepare(&s);
	assert_int_equal(mkdir(s.state, 0700), 0);
	snprintf(path, sizeof path, "%s/lock", s.state);
	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), s.port, &a), 0);
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	left = fork();
	if (left == 0) {
		if (net_listen(&a, 1) >= 0 && file_lock(path, &lock_pid) >= 0)
			(void)!write(fd[1], "r", 1);
		usleep(300000);
		_exit(0);
	}
	close(fd[1]);
	assert_int_equal(read(fd[0], &c, 1), 1);
	close(fd[0]);
	begin_prepared(&s, false);
	assert_int_equal(waitpid(left, &pid, 0), left);
	end(&s);
}

static void
test_reload(void **state)
{
	struct scene s;
	struct edge_says e = { 0 }, f = { 0 };
	int courier;
	struct buf text;

	(void)state;
	begin(&s, false);
	assert_true(ask_edge(&s, &e));
	courier = pid_of(&s, "courier1");
	buf_init(&text, 1000);
	buf_put_z(&text, "hostname: [wrong\n");
	assert_int_equal(file_replace(s.file, buf_str(&text), 0600), 0);
	kill(s.keeper, SIGHUP);
	usleep(200000);
	assert_int_equal(pid_of(&s, "edge1"), e.pid);
	buf_clear(&text);
	assert_int_equal(e.track, 1);
	buf_printf(&text,
		"hostname: new.test\nstate: %s\nsandbox: off\n"
		"tracking: { key: 4, oldest_key: 2 }\n",
		s.state);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(file_replace(s.file, buf_str(&text), 0600), 0);
		kill(s.keeper, SIGHUP);
		for (int k = 0; k < 1000; k++) {
			assert_true(ask_edge(&s, &f));
			if (f.pid != e.pid && !alive(e.pid))
				break;
			usleep(5000);
		}
		assert_true(f.pid != e.pid && !alive(e.pid));
		e = f;
	}
	assert_int_equal(f.track, 0xe); /* none of those to come */
	buf_done(&text);
	assert_int_equal(pid_of(&s, "courier1"), courier);
	/* The one that left is not listed. */
	struct roles r;

	for (int i = 0; i < 400; i++) {
		read_roles(&s, &r);
		if (r.n == TEST_COUNT(names))
			break;
		usleep(5000);
	}
	assert_int_equal(r.n, TEST_COUNT(names));
	end(&s);
}

static void
test_silence(void **state)
{
	struct scene s;
	int pid;

	(void)state;
	begin(&s, false);
	pid = pid_of(&s, "courier2");
	kill(pid, SIGSTOP);
	assert_true(other_pid(&s, "courier2", pid, 12000) > 0);
	assert_false(alive(pid));
	end(&s);
}

static const char *
state_of(const struct scene *s, const char *name)
{
	static struct roles r;

	read_roles(s, &r);
	for (size_t i = 0; i < r.n; i++)
		if (str_eq_z(str_z(r.at[i].name), name))
			return r.at[i].state;
	return "(none)";
}

/* The engine cannot understand a courier: its process is ended, and only that one. */
static void
test_bad_peer(void **state)
{
	struct scene s;
	int pids[TEST_COUNT(names)], next, engine;

	(void)state;
	begin(&s, false);
	all_pids(&s, pids);
	engine = pids[0];
	for (int i = 0; i < 2; i++) {
		next = pids[3];
		kill(engine, SIGUSR2);
		kill(engine, SIGUSR1);
		pids[3] = other_pid(&s, "courier2", next, 10000);
		assert_true(pids[3] > 0);
		assert_false(alive(next));
	}
	kill(engine, SIGUSR2); /* of a life that is over */
	usleep(100000);
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		assert_int_equal(pid_of(&s, names[i]), pids[i]);
		assert_string_equal(state_of(&s, names[i]), "up");
	}
	end(&s);
}

/* While a stuck edge keeps the keeper from its end, status says who still works. */
static void
test_states(void **state)
{
	struct scene s;
	int pids[TEST_COUNT(names)];

	(void)state;
	begin(&s, false);
	all_pids(&s, pids);
	kill(pids[5], SIGSTOP);
	kill(s.keeper, SIGTERM);
	for (int i = 0; i < 2000 && strcmp(state_of(&s, "edge1"), "draining") != 0; i++)
		usleep(5000);
	assert_string_equal(state_of(&s, "edge1"), "draining");
	assert_string_equal(state_of(&s, "engine0"), "draining");
	for (int i = 0; i < 2000 && strcmp(state_of(&s, "courier1"), "down") != 0; i++)
		usleep(5000);
	assert_string_equal(state_of(&s, "courier1"), "down");
	kill(pids[5], SIGKILL);
	assert_int_equal(wait_end(&s), 0);
	end(&s);
}

TEST_MAIN(TEST(test_ready_and_restart), TEST(test_keeper_killed), TEST(test_stop),
	TEST(test_two_keepers), TEST(test_leaving), TEST(test_reload), TEST(test_silence),
	TEST(test_bad_peer), TEST(test_states))
