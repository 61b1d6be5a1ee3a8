/*
 * What the queue costs: ns a message to add, to give out and to finish, and bytes a message, at
 * several depths. The queue stays full while it is measured: each delivered message is followed
 * by a new one, so that only the depth differs between the rows.
 *
 *   queue_bench [DOMAINS [TENANTS]]     10000 domains, 10 tenants each: 100,000 lanes
 */
#include "send/queue.h"

#include <malloc.h>
#include <stdio.h>
#include <time.h>

#define ROUNDS 200000u
#define SLOTS  1000u

struct bench {
	struct queue *q;
	uint64_t next_id, now;
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

static void
add(struct bench *b)
{
	uint32_t i = (uint32_t)(b->next_id * 2654435761u >> 7);
	char to[64], from[64];
	struct msg_rcpt r = { 0 };
	struct msg_submit s = { .message = b->next_id,
		.tenant = 1 + i / b->domains % b->tenants,
		.stream = STREAM_BROADCAST,
		.rcpts = { &r, 1 } };
	int n = snprintf(to, sizeof to, "user%u@d%u.example", i % 1000000, i % b->domains);

	r.address = str_of(to, (size_t)n);
	n = snprintf(from, sizeof from, "news@tenant%u.example", s.tenant);
	s.sender = str_of(from, (size_t)n);
	s.from_domain = str_from(s.sender, 5);
	b->next_id += 2;
	queue_add(b->q, &s, b->now, b->now + UINT64_C(432000000000), NULL);
}

static void
row(uint32_t depth, uint32_t domains, uint32_t tenants)
{
	struct bench b = {
		.next_id = 2, .now = 1000000, .domains = domains, .tenants = tenants
	};
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	double t0, fill, served;
	size_t bytes;
	unsigned done = 0;
	struct q_attempt a;
	uint8_t courier;
	uint16_t slot;

	b.q = queue_new(b.now, 42, &calls, &b);
	queue_courier_up(b.q, 1, SLOTS);
	t0 = seconds();
	for (uint32_t i = 0; i < depth; i++)
		add(&b);
	fill = seconds() - t0;
	bytes = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	t0 = seconds();
	while (done < ROUNDS) {
		if (!queue_next(b.q, b.now, &a)) {
			while (queue_hang_up(b.q, b.now, UINT64_MAX, &courier, &slot))
				;
			continue;
		}
		queue_set(b.q, queue_rcpt_at(b.q, a.rcpts[0]), RCPT_DELIVERED, 0, b.now);
		queue_done(b.q, a.id, true, b.now);
		add(&b);
		b.now += 10;
		done++;
	}
	served = seconds() - t0;
	printf("%9u queued: %5.0f ns to add, %5.0f ns for one more in and one out, %4.0f bytes "
	       "a message\n",
		depth, fill / depth * 1e9, served / done * 1e9, (double)bytes / depth);
	queue_free(&b.q);
}

int
main(int argc, char **argv)
{
	static const uint32_t depth[] = { 1000, 10000, 100000, 1000000 };
	uint64_t v[2] = { 10000, 10 };

	for (int i = 1; i < argc && i < 3; i++)
		if (str_u64(str_z(argv[i]), &v[i - 1]) || v[i - 1] == 0 || v[i - 1] > 1000000)
			return 64;
	for (size_t i = 0; i < sizeof depth / sizeof depth[0]; i++)
		row(depth[i], (uint32_t)v[0], (uint32_t)v[1]);
	return 0;
}
