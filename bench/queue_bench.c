/*
 * What the queue costs at several depths: CPU ns a message to add, to give out and to finish,
 * bytes a message, the longest single step. The queue stays full while it is measured: each
 * delivered message is followed by a new one, so that only the depth differs between the rows.
 *
 *   queue_bench                         10,000 domains × 100 tenants: 1,000,000 lanes, and × 10
 *   queue_bench DOMAINS TENANTS [DEPTH] one of them
 *   queue_bench instructions            the same, instructions a message, by valgrind
 */
#include "send/queue.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 200000u
#define SLOTS  1000u
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

/* What one process counts: the same with and without the rounds, by argument. */
static int
counted(uint32_t domains, uint32_t tenants, uint32_t depth, unsigned rounds)
{
	struct bench b = start(domains, tenants);
	double longest;

	fill(&b, depth, &longest);
	serve(&b, rounds);
	_exit(0);
}

/* Runs this program with these arguments under valgrind, its words on `to`. */
static _Noreturn void
valgrind_exec(char *self, uint32_t tenants, uint32_t depth, unsigned rounds, int to)
{
	char text[3][16];

	snprintf(text[0], sizeof text[0], "%u", tenants);
	snprintf(text[1], sizeof text[1], "%u", depth);
	snprintf(text[2], sizeof text[2], "%u", rounds);
	char *args[] = { "valgrind", "--tool=cachegrind", "--cachegrind-out-file=/dev/null",
		"--cache-sim=no", self, "10000", text[0], text[1], text[2], NULL };

	dup2(to, 2);
	execvp(args[0], args);
	_exit(127);
}

/* Its instructions; 0 when valgrind is not there. */
static unsigned long long
valgrind(char *self, uint32_t tenants, uint32_t depth, unsigned rounds)
{
	unsigned long long n = 0;
	char line[512];
	int pipes[2];
	pid_t pid;
	FILE *f;

	if (pipe(pipes) < 0 || (pid = fork()) < 0)
		return 0;
	if (pid == 0)
		valgrind_exec(self, tenants, depth, rounds, pipes[1]);
	close(pipes[1]);
	f = fdopen(pipes[0], "r");
	while (f && fgets(line, sizeof line, f)) {
		const char *p = strstr(line, "refs:");

		for (; p && *p; p++)
			if (*p >= '0' && *p <= '9')
				n = n * 10 + (unsigned long long)(*p - '0');
	}
	if (f)
		fclose(f);
	waitpid(pid, NULL, 0);
	return n;
}

static void
instructions(char *self, uint32_t tenants, uint32_t depth)
{
	const unsigned rounds = 20000;
	unsigned long long less = valgrind(self, tenants, depth, 0),
			   more = valgrind(self, tenants, depth, rounds);

	if (less == 0 || more < less)
		printf("%9u queued: valgrind is not there\n", depth);
	else
		printf("%9u queued, %7u lanes: %5llu instructions for one more in and one "
		       "out\n",
			depth, 10000 * tenants, (more - less) / rounds);
	fflush(stdout);
}

static const uint32_t depths[] = { 1000, 10000, 100000, 1000000 };
#define DEPTHS (sizeof depths / sizeof depths[0])

int
main(int argc, char **argv)
{
	uint64_t v[4] = { 10000, 100, 0, 0 };
	bool count = argc == 2 && strcmp(argv[1], "instructions") == 0;

	for (int i = 1; i < argc && i < 5 && !count; i++)
		if (str_u64(str_z(argv[i]), &v[i - 1]) || v[i - 1] > 10000000 ||
			(i < 3 && v[i - 1] == 0))
			return 64;
	if (argc == 5)
		return counted((uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2], (unsigned)v[3]);
	if (argc == 4) {
		row((uint32_t)v[2], (uint32_t)v[0], (uint32_t)v[1]);
		return 0;
	}
	for (size_t i = 0; i < 2 * DEPTHS; i++) {
		uint32_t tenants = i < DEPTHS ? 100 : 10, depth = depths[i % DEPTHS];

		if (count)
			instructions(argv[0], tenants, depth);
		else if (argc == 1)
			row(depth, 10000, tenants);
		else if (i < DEPTHS)
			row(depth, (uint32_t)v[0], (uint32_t)v[1]);
	}
	return 0;
}
