/*
 * sink: the remote of the load pair. Takes mail, counts it and can be a bad host.
 *
 *   sink [-p PORT] [-d DELAY_MS] [-t TEMPFAIL_PER_MILLE] [-l CONNECTIONS] [-r]
 *        [-m] [-S ADDRESS=DELAY_MS] [-X ADDRESS]
 *
 *   -d  waits before it answers the final dot
 *   -t  answers so many of a thousand RCPT with 451
 *   -l  more connections than this get 421
 *   -r  refuses every connection with 421
 *   -m  every address of 127.0.0.0/8 is a site of its own, not only 127.0.0.1
 *   -S  with -m: one address with another delay (up to 8)
 *   -X  with -m: one address that does not answer connections at all (up to 8)
 *
 * Prints {"port":N} once it listens; without -p the kernel chooses one. Commands on standard
 * input, each answered by a line of JSON: "stats"; "delay MS", "limit N", "refuse 0|1" change
 * what holds for all addresses without -S; a delay that changes answers at once what waits;
 * "forget" begins all counts again.
 * Ends when standard input does.
 *
 * A message says who it is: "X-Bench: CLASS ID MONO_US" (see load.c). Counted once each by
 * (class, id); the rest are duplicates.
 */
#include "sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void
gone(struct sink *k, struct conn *c)
{
	if (c->pair.fd < 0)
		return;
	if (c->state == WAITING)
		TAILQ_REMOVE(&c->site->waiting, c, link);
	c->site->open--;
	pair_close(&c->pair);
	TAILQ_INSERT_HEAD(&k->idle, c, link);
}

static void
count(struct sink *k, struct conn *c)
{
	uint64_t now = pair_mono_us();
	uint8_t bit = (uint8_t)(1u << (c->id & 7));

	c->site->messages++;
	c->site->last_us = k->last_us = now;
	if (!k->first_us)
		k->first_us = now;
	k->messages++;
	k->rcpts += c->rcpts;
	k->nsigned += c->is_signed;
	if (!c->named) {
		k->unnamed++;
		return;
	}
	if (k->seen[c->class][c->id >> 3] & bit) {
		k->duplicates++;
		return;
	}
	k->seen[c->class][c->id >> 3] |= bit;
	k->class[c->class]++;
	if (c->born_us <= now)
		pair_time(&k->times[c->class], now - c->born_us);
}

static void
taken(struct sink *k, struct conn *c)
{
	count(k, c);
	c->rcpts = 0;
	c->state = COMMAND;
	pair_put_text(&c->pair, "250 2.0.0 ok\r\n");
}

static void
dot(struct sink *k, struct conn *c)
{
	if (!c->site->delay_us) {
		taken(k, c);
		return;
	}
	c->due_us = pair_mono_us() + c->site->delay_us;
	c->state = WAITING;
	TAILQ_INSERT_TAIL(&c->site->waiting, c, link);
}

static bool
chance(struct sink *k, unsigned per_mille)
{
	k->rng = k->rng * 6364136223846793005u + 1442695040888963407u;
	return k->rng >> 33 < ((uint64_t)per_mille << 31) / 1000;
}

static void
rcpt(struct sink *k, struct conn *c)
{
	if (k->tempfail && chance(k, k->tempfail)) {
		pair_put_text(&c->pair, "451 4.3.0 later\r\n");
		return;
	}
	c->rcpts++;
	pair_put_text(&c->pair, "250 2.1.5 ok\r\n");
}

static void
data(struct conn *c)
{
	if (!c->rcpts) {
		pair_put_text(&c->pair, "554 5.5.1 no recipients\r\n");
		return;
	}
	c->state = HEADER;
	c->column = 0;
	c->is_signed = c->named = false;
	pair_put_text(&c->pair, "354 go on\r\n");
}

/* -1: close. */
static int
command(struct sink *k, struct conn *c, const char *line)
{
	if (!strncasecmp(line, "MAIL", 4)) {
		c->rcpts = 0;
		pair_put_text(&c->pair, "250 2.1.0 ok\r\n");
	} else if (!strncasecmp(line, "RCPT", 4)) {
		rcpt(k, c);
	} else if (!strncasecmp(line, "DATA", 4)) {
		data(c);
	} else if (!strncasecmp(line, "EHLO", 4)) {
		pair_put_text(&c->pair, "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
					"250-ENHANCEDSTATUSCODES\r\n250 SIZE 100000000\r\n");
	} else if (!strncasecmp(line, "HELO", 4)) {
		pair_put_text(&c->pair, "250 sink.test\r\n");
	} else if (!strncasecmp(line, "RSET", 4) || !strncasecmp(line, "NOOP", 4)) {
		c->rcpts = 0;
		pair_put_text(&c->pair, "250 2.0.0 ok\r\n");
	} else if (!strncasecmp(line, "QUIT", 4)) {
		pair_put_text(&c->pair, "221 2.0.0 bye\r\n");
		(void)pair_flush(&c->pair);
		return -1;
	} else {
		pair_put_text(&c->pair, "500 5.5.2 what\r\n");
	}
	return 0;
}

static void
header(struct conn *c, const char *line)
{
	unsigned long long v[3];
	char *p;

	if (*line == 0) {
		c->state = BODY;
		return;
	}
	if (!strncasecmp(line, "DKIM-Signature:", 15))
		c->is_signed = true;
	if (strncmp(line, "X-Bench: ", 9) != 0)
		return;
	p = (char *)(uintptr_t)line + 9;
	for (int i = 0; i < 3; i++)
		v[i] = strtoull(p, &p, 10);
	c->named = v[0] < CLASSES && v[1] < IDS;
	c->class = (unsigned)v[0];
	c->id = v[1];
	c->born_us = v[2];
}

/* Looks for the line that is a dot; what else the body says does not matter. */
static void
body(struct sink *k, struct conn *c)
{
	struct pair_conn *p = &c->pair;

	while (p->at < p->nin) {
		const char *from = p->in + p->at, *end = memchr(from, '\n', p->nin - p->at);
		size_t n = end ? (size_t)(end - from) : p->nin - p->at;

		for (size_t i = 0; i < n && c->column + i < 2; i++)
			c->begins[c->column + i] = from[i];
		c->column += n;
		p->at += n + (end != NULL);
		if (!end)
			return;
		n = c->column;
		c->column = 0;
		if (n == 2 && c->begins[0] == '.' && c->begins[1] == '\r') {
			dot(k, c);
			return;
		}
	}
}

static void
process(struct sink *k, struct conn *c)
{
	char *line;

	while (c->state != WAITING && c->pair.at < c->pair.nin) {
		if (c->state == BODY) {
			body(k, c);
			continue;
		}
		line = pair_line(&c->pair);
		if (!line)
			break;
		if (c->state == HEADER) {
			header(c, line);
		} else if (command(k, c, line)) {
			gone(k, c);
			return;
		}
	}
	if (pair_flush(&c->pair))
		gone(k, c);
}

static struct site *
site_of(struct sink *k, int fd)
{
	struct sockaddr_in a = { 0 };
	socklen_t n = sizeof a;

	if (getsockname(fd, (struct sockaddr *)&a, &n) || ntohl(a.sin_addr.s_addr) >> 24 != 127)
		return NULL;
	for (unsigned i = 1; i < k->nsites; i++)
		if (k->site[i].address == a.sin_addr.s_addr)
			return &k->site[i];
	return &k->site[0];
}

static void
come(struct sink *k, int fd)
{
	struct conn *c = TAILQ_FIRST(&k->idle);
	struct site *s = site_of(k, fd);
	bool no;

	if (!c || !s) {
		close(fd);
		return;
	}
	TAILQ_REMOVE(&k->idle, c, link);
	pair_take(&c->pair, k->epoll, fd, false);
	c->site = s;
	c->state = COMMAND;
	c->rcpts = 0;
	k->conns++;
	no = s->refuse || (s->limit && s->open >= s->limit);
	s->open++;
	k->refused += no;
	pair_put_text(&c->pair,
		no ? "421 4.7.0 too many connections\r\n" : "220 sink.test ESMTP\r\n");
	if (pair_flush(&c->pair) || no)
		gone(k, c);
}

static int
listen_at(in_addr_t address, uint16_t port, int backlog)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = address
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	/* One address may be taken out of all of them: both listeners say so. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) ||
		bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, backlog))
		pair_die("port %u: %s", port, strerror(errno));
	return fd;
}

/* A listener nobody accepts from, its queue filled by ourselves: further SYNs are dropped. */
static void
play_dead(struct sink *k, unsigned i)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(k->port), .sin_addr.s_addr = k->dead[i]
	};

	k->silent[i] = listen_at(k->dead[i], k->port, 0);
	for (int n = 0; n < 4; n++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd < 0)
			pair_die("socket: %s", strerror(errno));
		if (connect(fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS)
			pair_die("connect: %s", strerror(errno));
		k->filler[k->nfiller++] = fd;
	}
}

static void
answer_due(struct sink *k, struct site *s, uint64_t now)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&s->waiting)) && c->due_us <= now) {
		TAILQ_REMOVE(&s->waiting, c, link);
		taken(k, c);
		process(k, c);
	}
}

/* Milliseconds to the next answer that is due. */
static int
answer(struct sink *k)
{
	uint64_t now = pair_mono_us(), next = now + 1000000;

	for (unsigned i = 0; i < k->nsites; i++) {
		const struct conn *c;

		answer_due(k, &k->site[i], now);
		c = TAILQ_FIRST(&k->site[i].waiting);
		if (c && c->due_us < next)
			next = c->due_us;
	}
	return next > now ? (int)((next - now) / 1000 + 1) : 0;
}

static void
accept_all(struct sink *k)
{
	for (int i = 0; i < 64; i++) {
		int fd = accept4(k->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		come(k, fd);
	}
}

static void
on_conn(struct sink *k, struct conn *c, uint32_t events)
{
	int got = 1;

	if (c->pair.fd < 0)
		return;
	if (events & EPOLLOUT && pair_flush(&c->pair)) {
		gone(k, c);
		return;
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	got = pair_fill(&c->pair);
	if (got < 0)
		gone(k, c);
	else if (got > 0)
		process(k, c);
}

static void
run(struct sink *k)
{
	struct epoll_event ev[256], in = { .events = EPOLLIN, .data.ptr = &k->listener },
				    std = { .events = EPOLLIN, .data.ptr = NULL };

	if (epoll_ctl(k->epoll, EPOLL_CTL_ADD, k->listener, &in) ||
		epoll_ctl(k->epoll, EPOLL_CTL_ADD, 0, &std))
		pair_die("epoll_ctl: %s", strerror(errno));
	printf("{\"port\":%u}\n", k->port);
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(k->epoll, ev, 256, answer(k));

		for (int i = 0; i < n; i++) {
			if (!ev[i].data.ptr && !sink_commands(k))
				return;
			if (ev[i].data.ptr == &k->listener)
				accept_all(k);
			else if (ev[i].data.ptr)
				on_conn(k, ev[i].data.ptr, ev[i].events);
		}
	}
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_in a = { 0 };
	socklen_t n = sizeof a;

	if (getsockname(fd, (struct sockaddr *)&a, &n))
		pair_die("getsockname: %s", strerror(errno));
	return ntohs(a.sin_port);
}

int
main(int argc, char **argv)
{
	struct sink *k = calloc(1, sizeof *k);
	struct conn *conn = calloc(CONNECTIONS, sizeof *conn);

	if (!k || !conn)
		return 71;
	signal(SIGPIPE, SIG_IGN);
	k->nsites = 1;
	k->rng = 1;
	sink_options(k, argc, argv);
	pair_files();
	TAILQ_INIT(&k->idle);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		conn[i].pair.fd = -1;
		TAILQ_INSERT_TAIL(&k->idle, &conn[i], link);
	}
	for (unsigned i = 0; i < SITES; i++)
		TAILQ_INIT(&k->site[i].waiting);
	for (unsigned i = 0; i < CLASSES; i++)
		if (!(k->seen[i] = calloc(1, IDS / 8)))
			return 71;
	k->epoll = epoll_create1(EPOLL_CLOEXEC);
	k->listener = listen_at(htonl(k->many ? INADDR_ANY : INADDR_LOOPBACK), k->port, 4096);
	k->port = port_of(k->listener);
	for (unsigned i = 0; i < k->ndead; i++)
		play_dead(k, i);
	run(k);
	for (unsigned i = 0; i < CLASSES; i++)
		free(k->seen[i]);
	free(conn);
	free(k);
	return 0;
}
