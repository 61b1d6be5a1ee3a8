#include "pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

uint64_t
pair_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

double
pair_cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
pair_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(70);
}

uint64_t
pair_number(const char *text, uint64_t lo, uint64_t hi)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (end == text || *end || errno || v < lo || v > hi)
		pair_die("%s: a number from %llu to %llu is wanted", text,
			(unsigned long long)lo, (unsigned long long)hi);
	return v;
}

void
pair_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

void
pair_take(struct pair_conn *c, int epoll, int fd, bool writing)
{
	struct epoll_event e = { .events = EPOLLIN | (writing ? (uint32_t)EPOLLOUT : 0),
		.data.ptr = c };
	int one = 1;

	c->fd = fd;
	c->epoll = epoll;
	c->tls = NULL;
	c->writing = writing;
	c->at = c->nin = c->sent = c->nout = c->ntail = 0;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e))
		pair_die("epoll_ctl: %s", strerror(errno));
}

void
pair_close(struct pair_conn *c)
{
	if (c->tls)
		gnutls_deinit(c->tls);
	c->tls = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void
pair_put(struct pair_conn *c, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(c->out + c->nout, sizeof c->out - c->nout, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof c->out - c->nout)
		pair_die("more than %d bytes wait to be sent", PAIR_OUT_MAX);
	c->nout += (size_t)n;
}

void
pair_put_text(struct pair_conn *c, const char *text)
{
	size_t n = strlen(text);

	if (n > sizeof c->out - c->nout)
		pair_die("more than %d bytes wait to be sent", PAIR_OUT_MAX);
	memcpy(c->out + c->nout, text, n);
	c->nout += n;
}

void
pair_tail(struct pair_conn *c, const char *p, size_t n)
{
	c->tail = p;
	c->ntail = n;
}

static void
want_write(struct pair_conn *c, bool on)
{
	struct epoll_event e = { .events = EPOLLIN | (on ? (uint32_t)EPOLLOUT : 0),
		.data.ptr = c };

	if (c->writing == on)
		return;
	c->writing = on;
	if (epoll_ctl(c->epoll, EPOLL_CTL_MOD, c->fd, &e))
		pair_die("epoll_ctl: %s", strerror(errno));
}

/* >0, 0: not now, -1: gone. */
static ssize_t
tls_result(struct pair_conn *c, ssize_t n)
{
	if (n > 0)
		return n;
	if (n == 0 || gnutls_error_is_fatal((int)n))
		return -1;
	if (gnutls_record_get_direction(c->tls))
		want_write(c, true);
	return 0;
}

static ssize_t
write_some(struct pair_conn *c)
{
	size_t n = c->nout - c->sent;
	struct iovec v[2] = { { c->out + c->sent, n },
		{ (void *)(uintptr_t)c->tail, c->ntail } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	ssize_t done;

	/* What is tried again must begin with the same bytes; it does. */
	if (c->tls)
		return tls_result(c, n ? gnutls_record_send(c->tls, c->out + c->sent, n)
				       : gnutls_record_send(c->tls, c->tail, c->ntail));
	done = sendmsg(c->fd, &m, MSG_NOSIGNAL);
	if (done < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return done;
}

int
pair_flush(struct pair_conn *c)
{
	while (c->sent < c->nout || c->ntail) {
		ssize_t n = write_some(c);
		size_t left = c->nout - c->sent;

		if (n < 0)
			return -1;
		if (n == 0) {
			want_write(c, true);
			return 0;
		}
		if ((size_t)n <= left) {
			c->sent += (size_t)n;
			continue;
		}
		c->sent = c->nout;
		c->tail += (size_t)n - left;
		c->ntail -= (size_t)n - left;
	}
	c->sent = c->nout = 0;
	want_write(c, false);
	return 0;
}

int
pair_fill(struct pair_conn *c)
{
	ssize_t n;

	if (c->at) {
		memmove(c->in, c->in + c->at, c->nin - c->at);
		c->nin -= c->at;
		c->at = 0;
	}
	if (c->nin == sizeof c->in)
		return -1;
	if (c->tls) {
		n = tls_result(
			c, gnutls_record_recv(c->tls, c->in + c->nin, sizeof c->in - c->nin));
	} else {
		n = recv(c->fd, c->in + c->nin, sizeof c->in - c->nin, 0);
		if (n <= 0)
			n = n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	}
	if (n > 0)
		c->nin += (size_t)n;
	return n > 0 ? 1 : (int)n;
}

char *
pair_line(struct pair_conn *c)
{
	char *line = c->in + c->at, *end = memchr(line, '\n', c->nin - c->at);

	if (!end)
		return NULL;
	c->at += (size_t)(end - line) + 1;
	*end = 0;
	if (end > line && end[-1] == '\r')
		end[-1] = 0;
	return line;
}

/* One key share: with two, a client makes a key nobody uses. */
#define PRIORITY "NORMAL:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1"

void
pair_tls_init(struct pair_tls *t)
{
	if (gnutls_priority_init(&t->priority, PRIORITY, NULL) ||
		gnutls_certificate_allocate_credentials(&t->none))
		pair_die("no TLS");
}

void
pair_tls_done(struct pair_tls *t)
{
	if (!t->priority)
		return;
	gnutls_priority_deinit(t->priority);
	gnutls_certificate_free_credentials(t->none);
}

int
pair_shake(struct pair_conn *c, const struct pair_tls *t)
{
	int n;

	if (!c->tls) {
		if (gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS |
						 GNUTLS_NO_SIGNAL | GNUTLS_KEY_SHARE_TOP) ||
			gnutls_priority_set(c->tls, t->priority) ||
			gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, t->none))
			return -1;
		gnutls_transport_set_int(c->tls, c->fd);
	}
	want_write(c, false);
	n = gnutls_handshake(c->tls);
	return n == GNUTLS_E_SUCCESS ? 1 : (int)tls_result(c, n);
}

static size_t
step_of(uint64_t us)
{
	unsigned e;
	size_t i;

	if (us < 32)
		return us;
	e = 63 - (unsigned)__builtin_clzll(us);
	i = (size_t)(e - 4) * 32 + (us >> (e - 5) & 31);
	return i < PAIR_STEPS ? i : PAIR_STEPS - 1;
}

static uint64_t
step_us(size_t i)
{
	return i < 32 ? i : (32 + (i & 31)) << (i / 32 - 1);
}

void
pair_time(struct pair_times *t, uint64_t us)
{
	t->step[step_of(us)]++;
	t->n++;
	if (us > t->max_us)
		t->max_us = us;
}

static uint64_t
percentile(const struct pair_times *t, unsigned percent)
{
	uint64_t want = t->n * percent / 100, seen = 0;

	for (size_t i = 0; i < PAIR_STEPS; i++) {
		seen += t->step[i];
		if (seen > want)
			return step_us(i);
	}
	return t->max_us;
}

void
pair_times_json(FILE *f, const char *name, const struct pair_times *t)
{
	fprintf(f,
		"\"%s\":{\"n\":%llu,\"p50_us\":%llu,\"p90_us\":%llu,\"p99_us\":%llu,\"max_us\":"
		"%llu}",
		name, (unsigned long long)t->n, (unsigned long long)percentile(t, 50),
		(unsigned long long)percentile(t, 90), (unsigned long long)percentile(t, 99),
		(unsigned long long)t->max_us);
}
