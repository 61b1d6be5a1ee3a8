#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint64_t
peer_mono(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void
peer_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(70);
}

unsigned long
peer_number(const char *text, unsigned long lo, unsigned long hi)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (end == text || *end || v < lo || v > hi)
		peer_die("%s: a number from %lu to %lu is wanted", text, lo, hi);
	return v;
}

int
peer_take(struct peer *p, int epoll, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = p };
	int one = 1;

	p->fd = fd;
	p->epoll = epoll;
	p->writing = false;
	p->nin = p->nout = 0;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0)
		return 0;
	peer_close(p);
	return -1;
}

void
peer_close(struct peer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

void
peer_put_bytes(struct peer *p, const char *bytes, size_t n)
{
	if (n > sizeof p->out - p->nout)
		peer_die("more than %d bytes wait to be sent", PEER_OUT_MAX);
	memcpy(p->out + p->nout, bytes, n);
	p->nout += n;
}

void
peer_put(struct peer *p, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		peer_die("a line of more than %zu bytes", sizeof text);
	peer_put_bytes(p, text, (size_t)n);
}

static void
want_write(struct peer *p, bool on)
{
	struct epoll_event e = { .events = EPOLLIN | (on ? (uint32_t)EPOLLOUT : 0),
		.data.ptr = p };

	if (p->writing == on)
		return;
	p->writing = on;
	if (epoll_ctl(p->epoll, EPOLL_CTL_MOD, p->fd, &e))
		peer_die("epoll_ctl: %s", strerror(errno));
}

int
peer_flush(struct peer *p)
{
	size_t done = 0;

	while (done < p->nout) {
		ssize_t n = send(p->fd, p->out + done, p->nout - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != ENOTCONN)
			return -1;
		if (n < 0)
			break;
		done += (size_t)n;
	}
	p->nout -= done;
	memmove(p->out, p->out + done, p->nout);
	want_write(p, p->nout > 0);
	return 0;
}

int
peer_fill(struct peer *p)
{
	ssize_t n;

	if (p->nin == sizeof p->in)
		return -1;
	do
		n = recv(p->fd, p->in + p->nin, sizeof p->in - p->nin, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	p->nin += (size_t)n;
	return 0;
}

char *
peer_line(struct peer *p, size_t *ret_used)
{
	char *end = memchr(p->in, '\n', p->nin);

	if (!end)
		return NULL;
	*ret_used = (size_t)(end - p->in) + 1;
	*end = 0;
	if (end > p->in && end[-1] == '\r')
		end[-1] = 0;
	return p->in;
}

void
peer_eat(struct peer *p, size_t n)
{
	p->nin -= n;
	memmove(p->in, p->in + n, p->nin);
}

void
peer_log_open(struct peer_log *l, const char *path, const char *sizes)
{
	l->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (l->fd < 0)
		peer_die("%s: %s", path, strerror(errno));
	l->sizes = sizes ? open(sizes, O_RDONLY | O_CLOEXEC) : -1;
	if (sizes && l->sizes < 0)
		peer_die("%s: %s", sizes, strerror(errno));
}

void
peer_log(struct peer_log *l, const char *what, const char *fmt, ...)
{
	struct stat st = { 0 };
	char text[4096];
	va_list ap;
	int n, k;

	if (l->sizes >= 0 && fstat(l->sizes, &st))
		peer_die("fstat: %s", strerror(errno));
	n = snprintf(text, sizeof text, "%s %llu %llu ", what, (unsigned long long)peer_mono(),
		(unsigned long long)st.st_size);
	va_start(ap, fmt);
	k = vsnprintf(text + n, sizeof text - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (k < 0 || (size_t)(n + k) >= sizeof text - 1)
		peer_die("a log line of more than %zu bytes", sizeof text);
	text[n + k] = '\n';
	if (write(l->fd, text, (size_t)(n + k) + 1) != n + k + 1)
		peer_die("the log cannot be written");
}

uint64_t
peer_sum(uint64_t sum, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * 1099511628211u;
	return sum;
}
