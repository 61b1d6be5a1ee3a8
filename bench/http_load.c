/*
 * http_load: clients of an HTTP API. K keep-alive connections, each with one request under way.
 *
 *   http_load -p PORT [-c CONNECTIONS] [-e SECONDS] [-n REQUESTS] [-r REQUESTS_PER_SECOND]
 *             [-m METHOD] [-u PATH | -l FILE] [-a "FIELD: VALUE"]... [-b BODY_FILE]
 *
 *   -e  begins no request after so many seconds
 *   -r  begins requests at this pace; without it a connection begins the next when one is
 *       answered
 *   -l  paths, one a line, that requests take by turns
 *   -a  a field of each request, at most 8
 *   -b  the body of each request; {{n}} in it, padded to 10 digits, is the request's number
 *
 * One line of JSON at the end: answers by class of status, connections lost, times from the
 * request to the end of its answer, CPU of this process. The first answer that is no 2xx or 3xx
 * is on stderr. Answers need a Content-Length below PAIR_IN_MAX.
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

#define FIELDS_MAX 8
#define BODY_MAX   (4u << 20)
#define PATHS_MAX  (64u << 20)
#define STUCK_US   20000000u
#define MARK       "{{n}}"
#define DIGITS     10

struct client {
	struct pair_conn conn;
	bool busy;
	uint64_t began;
	char *body;
};

struct http_load {
	int epoll;
	uint16_t port;
	unsigned nclients;
	uint64_t requests, rate, seconds;
	const char *method, *path, *fields[FIELDS_MAX];
	const char **paths; /* of -l */
	size_t nfields, npaths, nbody,
		mark; /* mark: where the number stands in the body; nbody: nowhere */
	char *body;
	struct client *clients;
	uint64_t next, done, begin_us, end_us, last_us;
	uint64_t by_class[6], lost;
	bool told;
	struct pair_times times;
};

/* Its bytes, with a NUL behind them. */
static char *
read_file(const char *file, size_t max, size_t *ret_n)
{
	FILE *f = fopen(file, "rb");
	char *text = calloc(1, max + 1);

	if (!f || !text)
		pair_die("%s: %s", file, strerror(errno));
	*ret_n = fread(text, 1, max, f);
	(void)fclose(f);
	return text;
}

static void
read_paths(struct http_load *l, const char *file)
{
	size_t n;
	char *text = read_file(file, PATHS_MAX, &n), *end;

	l->paths = calloc(n + 1, sizeof *l->paths);
	if (!l->paths)
		pair_die("no memory");
	for (char *at = text; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		l->paths[l->npaths++] = at;
	}
	if (!l->npaths)
		pair_die("%s: no path", file);
}

static void
read_body(struct http_load *l, const char *file)
{
	size_t n;
	char *text = read_file(file, BODY_MAX, &n), *mark;

	mark = strstr(text, MARK);
	l->body = calloc(1, n + DIGITS + 1);
	if (!l->body)
		pair_die("no memory");
	l->mark = mark ? (size_t)(mark - text) : n;
	memcpy(l->body, text, l->mark);
	l->nbody = n;
	if (mark) {
		memset(l->body + l->mark, '0', DIGITS);
		memcpy(l->body + l->mark + DIGITS, mark + strlen(MARK),
			n - l->mark - strlen(MARK));
		l->nbody = n - strlen(MARK) + DIGITS;
	}
	free(text);
}

static void
options(struct http_load *l, int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "p:c:e:n:r:m:u:l:a:b:")) != -1) {
		if (o == 'p')
			l->port = (uint16_t)pair_number(optarg, 1, 65535);
		else if (o == 'c')
			l->nclients = (unsigned)pair_number(optarg, 1, 10000);
		else if (o == 'e')
			l->seconds = pair_number(optarg, 1, 3600);
		else if (o == 'n')
			l->requests = pair_number(optarg, 1, UINT64_MAX / 2);
		else if (o == 'r')
			l->rate = pair_number(optarg, 1, 1000000);
		else if (o == 'm')
			l->method = optarg;
		else if (o == 'u')
			l->path = optarg;
		else if (o == 'l')
			read_paths(l, optarg);
		else if (o == 'a' && l->nfields < FIELDS_MAX)
			l->fields[l->nfields++] = optarg;
		else if (o == 'b')
			read_body(l, optarg);
		else
			pair_die("see the head of bench/http_load.c");
	}
	if (!l->port)
		pair_die("-p is missing");
}

static void
open_client(struct http_load *l, struct client *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(l->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS))
		pair_die("connect: %s", strerror(errno));
	pair_take(&c->conn, l->epoll, fd, true);
	c->busy = false;
}

static bool
may_begin(const struct http_load *l, uint64_t now)
{
	return l->next < l->requests && now < l->end_us &&
	       (!l->rate || l->begin_us + l->next * 1000000 / l->rate <= now);
}

static void
lose(struct http_load *l, struct client *c)
{
	l->lost += c->busy;
	pair_close(&c->conn);
	open_client(l, c);
}

static void
begin(struct http_load *l, struct client *c, uint64_t now)
{
	char number[DIGITS + 1];

	pair_put(&c->conn, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", l->method,
		l->paths ? l->paths[l->next % l->npaths] : l->path);
	for (size_t i = 0; i < l->nfields; i++)
		pair_put(&c->conn, "%s\r\n", l->fields[i]);
	if (l->nbody) {
		pair_put(&c->conn, "Content-Length: %zu\r\n\r\n", l->nbody);
		if (!c->body && !(c->body = malloc(l->nbody)))
			pair_die("no memory");
		memcpy(c->body, l->body, l->nbody);
		snprintf(number, sizeof number, "%0*llu", DIGITS, (unsigned long long)l->next);
		if (l->mark + DIGITS <= l->nbody)
			memcpy(c->body + l->mark, number, DIGITS);
		pair_tail(&c->conn, c->body, l->nbody);
	} else {
		pair_put_text(&c->conn, "\r\n");
	}
	l->next++;
	c->busy = true;
	/* At a given pace a request that had to wait for a connection waited too. */
	c->began = l->rate ? l->begin_us + (l->next - 1) * 1000000 / l->rate : now;
	if (pair_flush(&c->conn) < 0)
		lose(l, c);
}

/* Bytes of the whole answer, 0: its head is not complete. */
static size_t
answer_size(const char *p, size_t n)
{
	const char *end = memmem(p, n, "\r\n\r\n", 4), *line = p;
	size_t length = 0;

	if (!end)
		return 0;
	while (line < end) {
		const char *eol = memchr(line, '\n', (size_t)(end + 2 - line));

		if (strncasecmp(line, "content-length:", 15) == 0)
			length = strtoul(line + 15, NULL, 10);
		line = eol ? eol + 1 : end;
	}
	return (size_t)(end + 4 - p) + length;
}

static bool
answered(struct http_load *l, struct client *c, uint64_t now)
{
	struct pair_conn *p = &c->conn;
	size_t n = p->nin - p->at, size = answer_size(p->in + p->at, n);
	int class;

	if (size == 0 || size > n)
		return false;
	class = n > 9 ? p->in[p->at + 9] - '0' : 0;
	if (class < 1 || class > 5)
		class = 0;
	if ((class < 2 || class > 3) && !l->told) {
		fprintf(stderr, "%.*s\n", (int)size, p->in + p->at);
		l->told = true;
	}
	l->by_class[class]++;
	l->done++;
	pair_time(&l->times, now - c->began);
	p->at += size;
	if (p->at == p->nin)
		p->at = p->nin = 0;
	c->busy = false;
	l->last_us = now;
	return true;
}

static void
on_ready(struct http_load *l, struct client *c)
{
	int got;

	if (pair_flush(&c->conn) < 0) {
		lose(l, c);
		return;
	}
	got = pair_fill(&c->conn);
	if (got > 0)
		(void)answered(l, c, pair_mono_us());
	if (got < 0)
		lose(l, c);
}

static bool
begin_all(struct http_load *l)
{
	uint64_t now = pair_mono_us();
	bool open = false;

	for (unsigned i = 0; i < l->nclients; i++) {
		struct client *c = &l->clients[i];

		if (!c->busy && may_begin(l, now))
			begin(l, c, now);
		if (c->busy && now - c->began > STUCK_US)
			pair_die("no answer for 20 s");
		open |= c->busy;
	}
	return open || (l->next < l->requests && now < l->end_us);
}

static void
run(struct http_load *l)
{
	struct epoll_event events[256];

	l->begin_us = l->last_us = pair_mono_us();
	l->end_us = l->begin_us + l->seconds * 1000000;
	while (begin_all(l)) {
		int n = epoll_wait(l->epoll, events, 256, l->rate ? 1 : 100);

		for (int i = 0; i < n; i++)
			on_ready(l, events[i].data.ptr);
	}
}

int
main(int argc, char **argv)
{
	struct http_load *l = calloc(1, sizeof *l);

	if (!l)
		pair_die("no memory");
	*l = (struct http_load){ .nclients = 64,
		.requests = UINT64_MAX / 2,
		.seconds = 3600,
		.method = "POST",
		.path = "/" };
	options(l, argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	pair_files();
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->clients = calloc(l->nclients, sizeof *l->clients);
	if (l->epoll < 0 || !l->clients)
		pair_die("no memory");
	for (unsigned i = 0; i < l->nclients; i++)
		open_client(l, &l->clients[i]);
	run(l);
	printf("{\"answers\":%llu,\"2xx\":%llu,\"3xx\":%llu,\"4xx\":%llu,\"5xx\":%llu,"
	       "\"lost\":%llu,\"seconds\":%.3f,\"cpu_s\":%.3f,",
		(unsigned long long)l->done, (unsigned long long)l->by_class[2],
		(unsigned long long)l->by_class[3], (unsigned long long)l->by_class[4],
		(unsigned long long)l->by_class[5], (unsigned long long)l->lost,
		(double)(l->last_us - l->begin_us) / 1e6, pair_cpu_s());
	pair_times_json(stdout, "times", &l->times);
	printf("}\n");
	return 0;
}
