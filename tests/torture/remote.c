/*
 * remote: an SMTP server that writes down each message it has read completely before it
 * answers.
 *
 *   remote -p PORT -l LOG [-h HOST] [-d DELAY_MS] [-t RCPT_451_PER_MILLE] [-T
 * DOT_451_PER_MILLE]
 *          [-o FOLDER] [-W FILE]
 *
 * Lines of the log are "WHAT MONO SIZE …" (see load.c):
 *   read N RCPT…   message N with these recipients was read to its end, its sum was right
 *   bad N RCPT…    the same, but its body is not what was submitted
 *   defer N        read, and answered 451: not taken
 * N is of X-Torture-Id, or 0. With -o every message taken goes to FOLDER/<count>.eml and its
 * commands to FOLDER/<count>.env, whole before the answer.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 512u
#define RCPTS_MAX   1800u /* bytes */

struct conn {
	struct peer peer; /* first: epoll gives it back */
	bool data, head, has_sum, defer;
	uint64_t due; /* mono: the answer to the dot is to be given, 0 = none */
	uint64_t id, want, sum;
	char rcpts[RCPTS_MAX]; /* " a@b c@d" */
	size_t nrcpts;
	FILE *mail, *env; /* the message being kept */
};

struct remote {
	const char *host, *folder;
	uint16_t port;
	uint64_t delay_us, rng;
	unsigned rcpt_defer, dot_defer; /* per mille */
	int epoll, listener;
	unsigned long kept;
	struct peer_log log;
	struct conn *conn;
};

static bool
chance(struct remote *r, unsigned per_mille)
{
	r->rng ^= r->rng << 13;
	r->rng ^= r->rng >> 7;
	r->rng ^= r->rng << 17;
	return r->rng % 1000 < per_mille;
}

static void
keep_close(FILE **f)
{
	if (*f && fclose(*f))
		peer_die("a message cannot be kept: %s", strerror(errno));
	*f = NULL;
}

static void
reset(struct conn *c)
{
	c->data = c->head = c->has_sum = c->defer = false;
	c->due = c->id = c->want = 0;
	c->sum = PEER_SUM_BEGIN;
	c->nrcpts = 0;
	c->rcpts[0] = 0;
	if (c->mail)
		fclose(c->mail);
	if (c->env)
		fclose(c->env);
	c->mail = c->env = NULL;
}

static void
leave(struct conn *c)
{
	reset(c);
	peer_close(&c->peer);
}

static void
keep_begin(struct remote *r, struct conn *c)
{
	char path[1024];

	if (!r->folder || c->mail)
		return;
	snprintf(path, sizeof path, "%s/.part-%d.eml", r->folder, c->peer.fd);
	c->mail = fopen(path, "we");
	snprintf(path, sizeof path, "%s/.part-%d.env", r->folder, c->peer.fd);
	c->env = fopen(path, "we");
	if (!c->mail || !c->env)
		peer_die("%s: %s", path, strerror(errno));
}

static void
keep_end(struct remote *r, struct conn *c)
{
	static const char *const ends[] = { "env", "eml" };
	char from[1024], to[1024];

	if (!c->mail)
		return;
	keep_close(&c->mail);
	keep_close(&c->env);
	r->kept++;
	for (size_t i = 0; i < 2; i++) {
		snprintf(from, sizeof from, "%s/.part-%d.%s", r->folder, c->peer.fd, ends[i]);
		snprintf(to, sizeof to, "%s/%lu.%s", r->folder, r->kept, ends[i]);
		if (rename(from, to))
			peer_die("%s: %s", to, strerror(errno));
	}
}

static void
answer(struct conn *c)
{
	peer_put(&c->peer, c->defer ? "451 4.3.0 not now\r\n" : "250 2.0.0 taken\r\n");
	reset(c);
}

static void
on_dot(struct remote *r, struct conn *c)
{
	bool bad = c->has_sum && c->sum != c->want;

	c->data = false;
	c->defer = chance(r, r->dot_defer);
	if (c->defer) {
		peer_log(&r->log, "defer", "%llu", (unsigned long long)c->id);
	} else {
		keep_end(r, c);
		peer_log(&r->log, bad ? "bad" : "read", "%llu%s", (unsigned long long)c->id,
			c->rcpts);
	}
	if (r->delay_us)
		c->due = peer_mono() + r->delay_us;
	else
		answer(c);
}

static void
on_data_line(struct remote *r, struct conn *c, const char *line, size_t n)
{
	if (n == 1 && line[0] == '.') {
		on_dot(r, c);
		return;
	}
	if (line[0] == '.') {
		line++;
		n--;
	}
	if (c->mail) {
		fwrite(line, 1, n, c->mail);
		fwrite("\r\n", 1, 2, c->mail);
	}
	if (!c->head) {
		c->sum = peer_sum(c->sum, line, n);
		c->sum = peer_sum(c->sum, "\r\n", 2);
	} else if (n == 0) {
		c->head = false;
	} else if (!strncasecmp(line, "X-Torture-Id:", 13)) {
		c->id = strtoull(line + 13, NULL, 10);
	} else if (!strncasecmp(line, "X-Torture-Sum:", 14)) {
		c->want = strtoull(line + 14, NULL, 16);
		c->has_sum = true;
	}
}

static void
on_rcpt(struct remote *r, struct conn *c, const char *line)
{
	const char *from = strchr(line, '<'), *to = from ? strchr(from, '>') : NULL;
	int n;

	if (!to) {
		peer_put(&c->peer, "501 5.5.4 no address\r\n");
		return;
	}
	if (chance(r, r->rcpt_defer)) {
		peer_put(&c->peer, "451 4.2.0 this one not now\r\n");
		return;
	}
	n = snprintf(c->rcpts + c->nrcpts, sizeof c->rcpts - c->nrcpts, " %.*s",
		(int)(to - from - 1), from + 1);
	if (n < 0 || (size_t)n >= sizeof c->rcpts - c->nrcpts) {
		c->rcpts[c->nrcpts] = 0;
		peer_put(&c->peer, "452 4.5.3 too many\r\n");
		return;
	}
	c->nrcpts += (size_t)n;
	peer_put(&c->peer, "250 2.1.5 ok\r\n");
}

static void
on_command(struct remote *r, struct conn *c, const char *line)
{
	if (!strncasecmp(line, "MAIL", 4) || !strncasecmp(line, "RCPT", 4)) {
		keep_begin(r, c);
		if (c->env)
			fprintf(c->env, "%s\n", line);
	}
	if (!strncasecmp(line, "EHLO", 4))
		peer_put(&c->peer, "250-remote.test\r\n250-PIPELINING\r\n250-SIZE 0\r\n"
				   "250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 "
				   "ENHANCEDSTATUSCODES\r\n");
	else if (!strncasecmp(line, "RCPT", 4))
		on_rcpt(r, c, line);
	else if (!strncasecmp(line, "DATA", 4) && c->nrcpts) {
		c->data = c->head = true;
		peer_put(&c->peer, "354 go\r\n");
	} else if (!strncasecmp(line, "DATA", 4))
		peer_put(&c->peer, "503 5.5.1 no recipients\r\n");
	else if (!strncasecmp(line, "RSET", 4)) {
		reset(c);
		peer_put(&c->peer, "250 2.0.0 ok\r\n");
	} else if (!strncasecmp(line, "QUIT", 4))
		peer_put(&c->peer, "221 2.0.0 bye\r\n");
	else
		peer_put(&c->peer, "250 2.0.0 ok\r\n");
}

static void
work(struct remote *r, struct conn *c)
{
	size_t used, n;
	char *line;

	/* While an answer is due nothing of a pipeline is read. */
	while (!c->due && (line = peer_line(&c->peer, &used))) {
		n = used - 1;
		if (n && line[n - 1] == 0)
			n--;
		if (c->data)
			on_data_line(r, c, line, n);
		else
			on_command(r, c, line);
		peer_eat(&c->peer, used);
	}
	if (peer_flush(&c->peer))
		leave(c);
}

static void
on_accept(struct remote *r)
{
	int fd;

	while ((fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		unsigned i = 0;

		while (i < CONNECTIONS && r->conn[i].peer.fd >= 0)
			i++;
		if (i == CONNECTIONS) {
			close(fd);
			continue;
		}
		reset(&r->conn[i]);
		if (peer_take(&r->conn[i].peer, r->epoll, fd))
			continue;
		peer_put(&r->conn[i].peer, "220 remote.test ESMTP\r\n");
		if (peer_flush(&r->conn[i].peer))
			leave(&r->conn[i]);
	}
}

static void
on_ready(struct remote *r, struct conn *c)
{
	if (c->peer.fd < 0)
		return;
	if (peer_fill(&c->peer)) {
		/* What was read before the end still counts. */
		work(r, c);
		leave(c);
		return;
	}
	work(r, c);
}

static void
run(struct remote *r)
{
	for (;;) {
		struct epoll_event ev[128];
		int n = epoll_wait(r->epoll, ev, 128, r->delay_us ? 1 : -1);
		uint64_t now = peer_mono();

		for (int i = 0; i < n; i++)
			if (ev[i].data.ptr)
				on_ready(r, ev[i].data.ptr);
			else
				on_accept(r);
		for (unsigned i = 0; i < CONNECTIONS && r->delay_us; i++) {
			struct conn *c = &r->conn[i];

			if (c->peer.fd < 0 || !c->due || c->due > now)
				continue;
			answer(c);
			work(r, c);
		}
	}
}

static void
open_port(struct remote *r)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(r->port) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };
	int one = 1;

	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->epoll < 0 || r->listener < 0 || inet_pton(AF_INET, r->host, &at.sin_addr) != 1)
		peer_die("no socket for %s: %s", r->host, strerror(errno));
	(void)setsockopt(r->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(r->listener, (struct sockaddr *)&at, sizeof at) || listen(r->listener, 512) ||
		epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->listener, &e))
		peer_die("port %u: %s", r->port, strerror(errno));
}

static const char *
options(struct remote *r, int argc, char **argv, const char **ret_sizes)
{
	const char *log = NULL;
	int o;

	while ((o = getopt(argc, argv, "p:l:h:d:t:T:o:W:")) >= 0)
		switch (o) {
		case 'p':
			r->port = (uint16_t)peer_number(optarg, 1, 65535);
			break;
		case 'l':
			log = optarg;
			break;
		case 'h':
			r->host = optarg;
			break;
		case 'd':
			r->delay_us = peer_number(optarg, 0, 3600000) * 1000;
			break;
		case 't':
			r->rcpt_defer = (unsigned)peer_number(optarg, 0, 1000);
			break;
		case 'T':
			r->dot_defer = (unsigned)peer_number(optarg, 0, 1000);
			break;
		case 'o':
			r->folder = optarg;
			break;
		case 'W':
			*ret_sizes = optarg;
			break;
		default:
			exit(64);
		}
	return log;
}

int
main(int argc, char **argv)
{
	struct remote *r = calloc(1, sizeof *r);
	const char *log, *sizes = NULL;

	if (!r)
		return 71;
	*r = (struct remote){ .host = "127.0.0.1" };
	r->rng = peer_mono() | 1;
	log = options(r, argc, argv, &sizes);
	if (!log || !r->port)
		peer_die("usage: see the head of remote.c");
	peer_log_open(&r->log, log, sizes);
	r->conn = calloc(CONNECTIONS, sizeof *r->conn);
	if (!r->conn)
		return 71;
	for (unsigned i = 0; i < CONNECTIONS; i++)
		r->conn[i].peer.fd = -1;
	open_port(r);
	run(r);
}
