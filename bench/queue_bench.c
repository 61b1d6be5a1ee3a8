/*
 * What the queue costs at several depths: CPU ns a message to add, to give out and to finish,
 * bytes a message, the longest single step. The queue stays full while it is measured: each
 * delivered message is followed by a new one, so that only the depth differs between the rows.
 *
 *   queue_bench                         10,000 domains × 100 tenants: 1,000,000 lanes, and × 10
 *   queue_bench DOMAINS TENANTS [DEPTH] one of them
 *   queue_bench instructions [DOMAINS TENANTS]  the same, instructions a message, by valgrind
 */
#include "send/queue.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

#define ROUNDS  200000u
#define COUNTED 20000u /* rounds when instructions are counted */
#define SLOTS   1000u
/* An odd number near 2^64 / golden ratio: message i goes to lane i × STRIDE. */
#define STRIDE UINT64_C(7046029254386353131)

struct bench {
	struct queue *q;
	uint64_t next_id, now, added;
	uint32_t domains, tenants;
};

static void
route(void *ctx, uint32_t tenant, uint8_t stream, struct str domain, struct door_key *ret)
{
	(void)ctx;
	(void)tenant;
	(void)stream;
	*ret = (struct door_key){ .kind = ROUTE_MX,
		.site = domain,
		.host = domain,
		.port = 25,
		.limits = { 5, 1000, 0 } };
}

static const struct queue_calls calls = { route, NULL };

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Lanes are filled evenly, each as often as any other, in no order. */
static void
add(struct bench *b)
{
	uint64_t lanes = (uint64_t)b->domains * b->tenants;
	uint64_t i = (b->added++ * (STRIDE % lanes | 1)) % lanes;
	char to[64], from[64];
	struct msg_rcpt r = { 0 };
	struct msg_submit s = { .message = b->next_id,
		.key = 1000 + i / b->domains,
		.hash = STRIDE * b->next_id,
		.extent = 1u << 24,
		.offset = b->next_id * 4096 & UINT32_MAX,
		.length = 4096,
		.header_length = 512,
		.flags = MAIL_BODY_HASH,
		.tenant = (uint32_t)(1 + i / b->domains),
		.stream = STREAM_BROADCAST,
		.rcpts = { &r, 1 } };
	int n = snprintf(to, sizeof to, "user%u@d%u.example", (unsigned)(b->next_id % 1000000),
		(unsigned)(i % b->domains));

	memset(s.body_hash.b, 7, sizeof s.body_hash.b);
	r.address = str_of(to, (size_t)n);
	n = snprintf(from, sizeof from, "news@tenant%u.example", s.tenant);
	s.sender = str_of(from, (size_t)n);
	s.from_domain = str_from(s.sender, 5);
	b->next_id += 2;
	queue_add(b->q, &s, b->now, b->now + UINT64_C(432000000000), NULL);
}

static void
fill(struct bench *b, uint32_t depth, double *ret_longest)
{
	double before = seconds(), after, longest = 0;

	for (uint32_t i = 0; i < depth; i++) {
		add(b);
		after = seconds();
		longest = after - before > longest ? after - before : longest;
		before = after;
	}
	*ret_longest = longest;
}

static void
serve(struct bench *b, unsigned rounds)
{
	struct q_attempt a;
	uint8_t courier;
	uint16_t slot;

	while (rounds > 0) {
		if (!queue_next(b->q, b->now, &a)) {
			while (queue_hang_up(b->q, b->now, UINT64_MAX, &courier, &slot))
				;
			continue;
		}
		queue_set(b->q, queue_rcpt_at(b->q, a.rcpts[0]), RCPT_DELIVERED, 0, b->now);
		queue_done(b->q, a.id, true, b->now);
		add(b);
		b->now += 10;
		rounds--;
	}
}

static struct bench
start(uint32_t domains, uint32_t tenants)
{
	struct bench b = {
		.next_id = 2, .now = 1000000, .domains = domains, .tenants = tenants
	};

	b.q = queue_new(b.now, 42, &calls, &b);
	queue_courier_up(b.q, 1, SLOTS);
	return b;
}

static void
row(uint32_t depth, uint32_t domains, uint32_t tenants)
{
	size_t before = heap(), bytes;
	struct bench b = start(domains, tenants);
	double t0 = seconds(), filled, served, longest;

	fill(&b, depth, &longest);
	filled = seconds() - t0;
	bytes = heap() - before;
	t0 = seconds();
	serve(&b, ROUNDS);
	served = seconds() - t0;
	printf("%9u queued, %7llu lanes: %5.0f ns to add (longest %.1f ms), %5.0f ns for one "
	       "more in and one out, %4.0f bytes a message\n",
		depth, (unsigned long long)domains * tenants, filled / depth * 1e9,
		longest * 1e3, served / ROUNDS * 1e9, (double)bytes / depth);
	fflush(stdout);
	queue_free(&b.q);
}

/* The rounds at this depth; valgrind looks at them alone. */
static int
counted(uint32_t domains, uint32_t tenants, uint32_t depth)
{
	struct bench b = start(domains, tenants);
	double longest;

	fill(&b, depth, &longest);
	CALLGRIND_START_INSTRUMENTATION;
	serve(&b, COUNTED);
	CALLGRIND_STOP_INSTRUMENTATION;
	_exit(0);
}

/* Runs this program for one depth under valgrind, its words on `to`. */
static _Noreturn void
valgrind_exec(char *self, const uint32_t what[3], int to)
{
	char text[3][16];

	for (int i = 0; i < 3; i++)
		snprintf(text[i], sizeof text[i], "%u", what[i]);
	char *args[] = { "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
		"--instr-atstart=no", self, "counted", text[0], text[1], text[2], NULL };

	dup2(to, 2);
	execvp(args[0], args);
	_exit(127);
}

/* Its instructions; 0 when valgrind is not there. */
static unsigned long long
valgrind(char *self, const uint32_t what[3])
{
	unsigned long long n = 0;
	char line[512];
	int pipes[2];
	pid_t pid;
	FILE *f;

	if (pipe(pipes) < 0 || (pid = fork()) < 0)
		return 0;
	if (pid == 0)
		valgrind_exec(self, what, pipes[1]);
	close(pipes[1]);
	f = fdopen(pipes[0], "r");
	while (f && fgets(line, sizeof line, f)) {
		const char *p = strstr(line, "Collected : ");

		if (p)
			n = strtoull(p + 12, NULL, 10);
	}
	if (f)
		fclose(f);
	waitpid(pid, NULL, 0);
	return n;
}

static void
instructions(char *self, uint32_t domains, uint32_t tenants, uint32_t depth)
{
	const uint32_t what[3] = { domains, tenants, depth };
	unsigned long long n = valgrind(self, what);

	if (n == 0)
		printf("%9u queued: valgrind or its header is not there\n", depth);
	else
		printf("%9u queued, %7llu lanes: %5llu instructions for one more in and one "
		       "out\n",
			depth, (unsigned long long)domains * tenants, n / COUNTED);
	fflush(stdout);
}

static const uint32_t depths[] = { 1000, 10000, 100000, 1000000 };
#define DEPTHS (sizeof depths / sizeof depths[0])

int
main(int argc, char **argv)
{
	uint64_t v[3] = { 10000, 100, 0 };
	bool count = argc > 1 && strcmp(argv[1], "instructions") == 0,
	     once = argc == 5 && strcmp(argv[1], "counted") == 0;
	int given = count || once ? 2 : 1;

	for (int i = 0; i < 3 && given + i < argc; i++)
		if (str_u64(str_z(argv[given + i]), &v[i]) || v[i] > 10000000 || v[i] == 0)
			return 64;
	uint32_t domains = (uint32_t)v[0], tenants = (uint32_t)v[1], one = (uint32_t)v[2];

	if (once)
		return counted(domains, tenants, one);
	if (one) {
		row(one, domains, tenants);
		return 0;
	}
	for (size_t i = 0; i < 2 * DEPTHS; i++) {
		uint32_t few = i < DEPTHS ? tenants : tenants / 10;

		if (i == DEPTHS && argc > given)
			break;
		if (count)
			instructions(argv[0], domains, few, depths[i % DEPTHS]);
		else
			row(depths[i % DEPTHS], domains, few);
	}
	return 0;
}
