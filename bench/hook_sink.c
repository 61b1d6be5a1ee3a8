/*
 * hook_sink: an endpoint of webhooks. Takes each POST, counts the events in it and answers 200.
 *
 *   hook_sink
 *
 * Prints {"port":N} once it listens on loopback. Each line on standard input is answered by a
 * line of JSON with what came so far; it ends when standard input does.
 *
 * An event says who it is by "bench-" and ten digits somewhere in the body. Counted once each;
 * one that comes again is a duplicate, and one that comes for the first time behind a higher
 * number is out of order. Bodies may be of any length and need a Content-Length.
 */
#include "pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 256u
#define IDS         (1u << 23)
#define MARK        "bench-"
#define DIGITS      10u

struct conn {
	struct pair_conn pair; /* first: epoll gives it back */
	uint64_t body;         /* bytes of it that are still to come */
	bool in_body;
	unsigned matched; /* of the mark, then of its digits */
	uint64_t number;
};

struct hook_sink {
	int epoll, listener;
	struct conn *conns;
	uint64_t posts, events, distinct, duplicates, disorder, bytes, next, first_us, last_us;
	uint8_t *seen;
};

static void
count(struct hook_sink *k, uint64_t n)
{
	uint8_t bit = (uint8_t)(1u << (n & 7));

	if (n >= IDS)
		pair_die("an event has the number %llu", (unsigned long long)n);
	k->events++;
	if (k->seen[n >> 3] & bit) {
		k->duplicates++;
		return;
	}
	k->seen[n >> 3] |= bit;
	k->distinct++;
	k->disorder += n < k->next;
	if (n >= k->next)
		k->next = n + 1;
}

/* The mark may be cut anywhere. */
static void
scan(struct hook_sink *k, struct conn *c, const char *p, size_t n)
{
	const unsigned mark = sizeof MARK - 1;

	for (size_t i = 0; i < n; i++) {
		if (c->matched < mark) {
			c->matched =
				p[i] == MARK[c->matched] ? c->matched + 1 : p[i] == MARK[0];
			c->number = 0;
			continue;
		}
		if (p[i] < '0' || p[i] > '9') {
			c->matched = 0;
			continue;
		}
		c->number = c->number * 10 + (uint64_t)(p[i] - '0');
		if (++c->matched < mark + DIGITS)
			continue;
		count(k, c->number);
		c->matched = 0;
	}
}

/* False: it is not complete. */
static bool
head(struct hook_sink *k, struct conn *c)
{
	struct pair_conn *p = &c->pair;
	const char *at = p->in + p->at, *end = memmem(at, p->nin - p->at, "\r\n\r\n", 4);

	if (!end)
		return false;
	c->body = 0;
	for (const char *line = at; line < end;) {
		const char *eol = memchr(line, '\n', (size_t)(end + 2 - line));

		if (strncasecmp(line, "content-length:", 15) == 0)
			c->body = strtoull(line + 15, NULL, 10);
		line = eol ? eol + 1 : end;
	}
	p->at = (size_t)(end + 4 - p->in);
	if (!k->first_us)
		k->first_us = pair_mono_us();
	c->in_body = true;
	c->matched = 0;
	return true;
}

static bool
body(struct hook_sink *k, struct conn *c)
{
	struct pair_conn *p = &c->pair;
	size_t n = p->nin - p->at;

	if (n > c->body)
		n = (size_t)c->body;
	scan(k, c, p->in + p->at, n);
	p->at += n;
	c->body -= n;
	k->bytes += n;
	if (c->body)
		return false;
	c->in_body = false;
	k->posts++;
	k->last_us = pair_mono_us();
	pair_put_text(p, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	return true;
}

static void
on_conn(struct hook_sink *k, struct conn *c, uint32_t events)
{
	int got = 0;

	if (c->pair.fd < 0)
		return;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		got = pair_fill(&c->pair);
	if (got > 0)
		while (c->in_body ? body(k, c) : head(k, c))
			;
	if (got < 0 || pair_flush(&c->pair) < 0)
		pair_close(&c->pair);
}

static void
accept_one(struct hook_sink *k)
{
	int fd = accept4(k->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct conn *c = k->conns;

	if (fd < 0)
		return;
	while (c < k->conns + CONNECTIONS && c->pair.fd >= 0)
		c++;
	if (c == k->conns + CONNECTIONS)
		pair_die("more than %u connections", CONNECTIONS);
	c->in_body = false;
	pair_take(&c->pair, k->epoll, fd, false);
}

/* False: standard input has ended. */
static bool
command(const struct hook_sink *k)
{
	char text[256];
	ssize_t n = read(0, text, sizeof text);

	for (ssize_t i = 0; i < n; i++) {
		if (text[i] != '\n')
			continue;
		printf("{\"posts\":%llu,\"events\":%llu,\"distinct\":%llu,\"duplicates\":%llu,"
		       "\"disorder\":%llu,\"bytes\":%llu,\"first_us\":%llu,\"last_us\":%llu,"
		       "\"cpu_s\":%.3f}\n",
			(unsigned long long)k->posts, (unsigned long long)k->events,
			(unsigned long long)k->distinct, (unsigned long long)k->duplicates,
			(unsigned long long)k->disorder, (unsigned long long)k->bytes,
			(unsigned long long)k->first_us, (unsigned long long)k->last_us,
			pair_cpu_s());
		fflush(stdout);
	}
	return n > 0;
}

static void
watch(const struct hook_sink *k, int fd, void *who)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = who };

	if (epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &e))
		pair_die("epoll_ctl: %s", strerror(errno));
}

static void
begin(struct hook_sink *k)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;

	k->epoll = epoll_create1(EPOLL_CLOEXEC);
	k->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (k->epoll < 0 || k->listener < 0 || bind(k->listener, (struct sockaddr *)&a, n) ||
		listen(k->listener, 128) || getsockname(k->listener, (struct sockaddr *)&a, &n))
		pair_die("listen: %s", strerror(errno));
	watch(k, k->listener, &k->listener);
	watch(k, 0, NULL);
	printf("{\"port\":%u}\n", ntohs(a.sin_port));
	fflush(stdout);
}

static void
run(struct hook_sink *k)
{
	struct epoll_event ev[64];

	for (;;) {
		int n = epoll_wait(k->epoll, ev, 64, -1);

		for (int i = 0; i < n; i++) {
			if (!ev[i].data.ptr && !command(k))
				return;
			if (ev[i].data.ptr == &k->listener)
				accept_one(k);
			else if (ev[i].data.ptr)
				on_conn(k, ev[i].data.ptr, ev[i].events);
		}
	}
}

int
main(void)
{
	struct hook_sink *k = calloc(1, sizeof *k);

	if (!k || !(k->conns = calloc(CONNECTIONS, sizeof *k->conns)) ||
		!(k->seen = calloc(1, IDS / 8)))
		pair_die("no memory");
	(void)signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < CONNECTIONS; i++)
		k->conns[i].pair.fd = -1;
	begin(k);
	run(k);
	free(k->seen);
	free(k->conns);
	free(k);
	return 0;
}
