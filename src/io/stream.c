#include "base/mem.h"
#include "base/must.h"
#include "io/stream_inner.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

#define READ_BYTES  32768
#define READ_ROUNDS 4 /* reads of one stream before others get their turn */
#define INPUT_MAX   65536
#define OUTPUT_MAX  (1u << 30) /* callers look at stream_pending long before */
#define KEEP_BYTES  1024       /* an empty output buffer above this is given back */

static void on_fd(void *ctx, unsigned what);
static void on_work(void *ctx);
static void on_deadline(void *ctx);

static void
no_input(void *ctx)
{
	(void)ctx;
}

static void
no_event(void *ctx, enum stream_event e)
{
	(void)ctx;
	(void)e;
}

static const struct stream_calls no_calls = { no_input, no_event };

static size_t
waiting(const struct stream *s)
{
	return s->in.n - s->in_off;
}

static bool
may_read(const struct stream *s)
{
	return stream_is_open(s) && !s->paused && !s->eof && !s->failed &&
	       waiting(s) < s->in_max;
}

static void
watch(struct stream *s)
{
	unsigned want = 0;

	if (s->state == CONNECTING || s->state == TLS_WAIT)
		want = LOOP_WRITE;
	else if (s->state == HANDSHAKE)
		want = s->hs_want;
	if (may_read(s) || (stream_is_open(s) && s->write_wants_read))
		want |= s->read_wants_write ? LOOP_WRITE : LOOP_READ;
	if (stream_is_open(s) && s->blocked && !s->write_wants_read)
		want |= LOOP_WRITE;
	if (s->failed || !s->watch)
		want = 0;
	if (s->watch)
		loop_fd_want(s->watch, want);
}

static void
release(struct stream *s)
{
	mem_free(s->tls_text);
	mem_free(s->why);
	mem_free(s);
}

static void
take_held(struct stream *s)
{
	if (s->held && may_read(s))
		loop_task_post(s->loop, &s->work);
}

/* After a change from outside; inside callbacks leave() does it once. */
static void
attend(struct stream *s)
{
	if (s->busy)
		return;
	watch(s);
	take_held(s);
}

static void
enter(struct stream *s)
{
	must(!s->busy && !s->freed);
	s->busy = true;
}

static void
leave(struct stream *s)
{
	s->busy = false;
	if (s->freed)
		release(s);
	else
		attend(s);
}

void
stream_tell(struct stream *s, enum stream_event e)
{
	if (!s->freed)
		s->calls->event(s->ctx, e);
}

static void
tell_input(struct stream *s)
{
	if (s->freed)
		return;
	s->calls->input(s->ctx);
	/* Idle connections keep no buffer. */
	if (!s->freed && waiting(s) == 0) {
		buf_done(&s->in);
		s->in_off = 0;
	}
}

/* ERROR will be told from the loop. err 0: text is the reason. */
static void
fail_later(struct stream *s, int err, const char *text)
{
	if (s->failed || s->state == DEAD)
		return;
	s->err = err;
	mem_free(s->why);
	s->why = str_dup_z(str_z(text ? text : net_why(err)));
	s->failed = true;
	watch(s);
	loop_task_post(s->loop, &s->work);
}

static void
die(struct stream *s)
{
	if (s->freed || s->state == DEAD)
		return;
	s->state = DEAD;
	s->failed = false;
	loop_fd_free(&s->watch);
	loop_task_off(&s->work);
	loop_timer_off(s->loop, &s->deadline);
	buf_done(&s->out);
	s->out_off = 0;
	stream_tell(s, STREAM_ERROR);
}

void
stream_fail(struct stream *s, int err, const char *text)
{
	if (s->freed)
		return;
	fail_later(s, err, text);
	die(s);
}

static long
read_some(struct stream *s, char *p, size_t n)
{
	ssize_t rc;

	if (s->state == TLS)
		return stream_tls_read(s, p, n);
	do {
		rc = recv(s->fd, p, n, 0);
	} while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : rc;
}

static void
keep_input(struct stream *s, const char *p, size_t n)
{
	if (s->in_off > 0 && s->in_off >= waiting(s)) {
		buf_eat(&s->in, s->in_off);
		s->in_off = 0;
	}
	must(buf_put(&s->in, str_of(p, n)) == 0);
}

/* Reads what there is, within bounds; the last result of read_some. */
static long
fill(struct stream *s, bool *ret_new)
{
	char room[READ_BYTES];
	long n = -EAGAIN;

	for (int i = 0; i < READ_ROUNDS && waiting(s) < s->in_max; i++) {
		size_t most = s->in_max - waiting(s);

		n = read_some(s, room, most < sizeof room ? most : sizeof room);
		if (n <= 0)
			break;
		keep_input(s, room, (size_t)n);
		*ret_new = true;
		/* A short read emptied the socket: no second call to hear EAGAIN. */
		if (s->state == TLS ? !stream_tls_holds(s) : (size_t)n < sizeof room)
			break;
	}
	s->held = s->state == TLS && n > 0 && stream_tls_holds(s);
	return n;
}

static void
do_read(struct stream *s)
{
	enum stream_state before = s->state;
	bool fresh = false;
	long n = fill(s, &fresh);

	if (fresh)
		tell_input(s);
	if (s->freed || s->state != before)
		return;
	if (n == 0) {
		s->eof = true;
		stream_tell(s, STREAM_EOF);
	} else if (n == -EPROTO) {
		stream_tls_fail(s);
	} else if (n < 0 && n != -EAGAIN) {
		stream_fail(s, (int)-n, NULL);
	}
}

static long
write_some(struct stream *s, const char *p, size_t n)
{
	ssize_t rc;

	if (s->state == TLS)
		return stream_tls_write(s, p, n);
	do {
		rc = send(s->fd, p, n, MSG_NOSIGNAL);
	} while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : rc;
}

static void
give_back(struct stream *s)
{
	s->out_off = 0;
	if (s->out.cap > KEEP_BYTES)
		buf_done(&s->out);
	else
		buf_clear(&s->out);
}

/* Writes the first `most` bytes of the output as far as the socket takes them: 0, -EAGAIN, or
 * why it cannot. */
static long
drain(struct stream *s, size_t most)
{
	s->blocked = false;
	while (most > 0) {
		long n = write_some(s, s->out.p + s->out_off, most);

		if (n < 0) {
			s->blocked = n == -EAGAIN;
			return n;
		}
		s->out_off += (size_t)n;
		most -= (size_t)n;
	}
	if (stream_pending(s) == 0)
		give_back(s);
	return 0;
}

static void
do_write(struct stream *s)
{
	bool fresh = false;
	long n = drain(s, stream_pending(s));

	if (n == 0 && s->owes_drained) {
		s->owes_drained = false;
		stream_tell(s, STREAM_DRAINED);
	}
	if (n == 0 || n == -EAGAIN)
		return;
	/* A peer that refuses in the middle says why before it closes: its reply may wait. */
	if (n != -EPROTO && !s->eof && fill(s, &fresh) != -EPROTO && fresh)
		tell_input(s);
	if (s->freed)
		return;
	if (n == -EPROTO)
		stream_tls_fail(s);
	else
		stream_fail(s, (int)-n, NULL);
}

/* The last plain bytes leave, then the handshake begins. */
static void
tls_wait(struct stream *s)
{
	size_t before = stream_pending(s);
	long n = drain(s, s->plain_left);

	s->plain_left -= before - stream_pending(s);
	if (n == -EAGAIN)
		return;
	if (n < 0) {
		stream_fail(s, (int)-n, NULL);
		return;
	}
	s->owes_drained = stream_pending(s) > 0;
	s->state = HANDSHAKE;
	stream_tls_handshake(s);
}

static void
connected(struct stream *s)
{
	int err = 0;
	socklen_t n = sizeof err;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0)
		err = errno;
	if (err) {
		stream_fail(s, err, NULL);
		return;
	}
	s->state = s->ssl ? HANDSHAKE : PLAIN;
	s->hs_want = LOOP_WRITE;
	if (stream_pending(s) > 0)
		loop_task_post(s->loop, &s->work);
	stream_tell(s, STREAM_CONNECTED);
}

static void
on_fd(void *ctx, unsigned what)
{
	struct stream *s = ctx;

	enter(s);
	if (s->state == CONNECTING) {
		connected(s);
	} else if (s->state == TLS_WAIT) {
		tls_wait(s);
	} else if (s->state == HANDSHAKE) {
		stream_tls_handshake(s);
	} else {
		if ((what & LOOP_WRITE || s->write_wants_read) && s->blocked)
			do_write(s);
		if (!s->freed && (what & LOOP_READ || s->read_wants_write) && may_read(s))
			do_read(s);
	}
	leave(s);
}

static void
on_work(void *ctx)
{
	struct stream *s = ctx;

	enter(s);
	if (s->failed)
		die(s);
	else if (s->state == TLS_WAIT)
		tls_wait(s);
	if (!s->freed && stream_is_open(s) && !s->failed && !s->blocked)
		do_write(s);
	if (!s->freed && s->held && may_read(s))
		do_read(s);
	leave(s);
}

static void
on_deadline(void *ctx)
{
	struct stream *s = ctx;

	enter(s);
	stream_tell(s, STREAM_TIMEOUT);
	leave(s);
}

static struct stream *
make(struct loop *l, int fd, const struct stream_calls *calls, void *ctx)
{
	struct stream *s = MEM_NEW(s);

	s->loop = l;
	s->fd = fd;
	s->state = PLAIN;
	s->in_max = INPUT_MAX;
	stream_set(s, calls, ctx);
	buf_init(&s->in, SIZE_MAX / 2);
	buf_init(&s->out, OUTPUT_MAX);
	loop_task_init(&s->work, on_work, s);
	loop_timer_init(&s->deadline, on_deadline, s);
	list_init(&s->end.link);
	if (fd >= 0)
		s->watch = loop_fd_new(l, fd, 0, on_fd, s);
	return s;
}

struct stream *
stream_new(struct loop *l, int fd, const struct stream_calls *calls, void *ctx)
{
	struct stream *s = make(l, fd, calls, ctx);

	s->peer.len = sizeof s->peer.u;
	if (getpeername(fd, &s->peer.u.sa, &s->peer.len) < 0 || s->peer.len > sizeof s->peer.u)
		s->peer.len = sizeof s->peer.u.sa.sa_family;
	watch(s);
	return s;
}

/* An open socket that connects, or -errno. */
static int
begin_connect(const struct net_addr *to, const struct net_addr *from)
{
	const int on = 1;
	int err, fd = socket(to->u.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) < 0)
		goto failed;
	/* The port is chosen at connect, by both ends: 28,000 connections to each remote. */
	if (from && (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0 ||
			    bind(fd, &from->u.sa, from->len) < 0))
		goto failed;
	if (connect(fd, &to->u.sa, to->len) < 0 && errno != EINPROGRESS)
		goto failed;
	return fd;
failed:
	err = errno;
	close(fd);
	return -err;
}

struct stream *
stream_connect(struct loop *l, const struct net_addr *to, const struct net_addr *from,
	const struct stream_calls *calls, void *ctx)
{
	int fd = begin_connect(to, from);
	struct stream *s = make(l, fd < 0 ? -1 : fd, calls, ctx);

	s->state = CONNECTING;
	s->peer = *to;
	if (fd < 0)
		fail_later(s, -fd, NULL);
	watch(s);
	return s;
}

void
stream_pair(struct loop *l, struct stream **ret_a, struct stream **ret_b)
{
	int fd[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) == 0);
	*ret_a = stream_new(l, fd[0], NULL, NULL);
	*ret_b = stream_new(l, fd[1], NULL, NULL);
}

void
stream_set(struct stream *s, const struct stream_calls *calls, void *ctx)
{
	s->calls = calls ? calls : &no_calls;
	s->ctx = ctx;
}

void
stream_free(struct stream **ps)
{
	struct stream *s = *ps;

	*ps = NULL;
	if (!s)
		return;
	must(!s->freed);
	/* What was written in this round leaves if the socket takes it. */
	if (stream_is_open(s) && !s->failed && !s->blocked && stream_pending(s) > 0)
		(void)drain(s, stream_pending(s));
	stream_tls_done(s);
	loop_fd_free(&s->watch);
	loop_task_off(&s->work);
	loop_timer_off(s->loop, &s->deadline);
	list_del(&s->end.link);
	if (s->fd >= 0)
		close(s->fd);
	buf_done(&s->in);
	buf_done(&s->out);
	s->state = DEAD;
	if (s->busy)
		s->freed = true;
	else
		release(s);
}

struct str
stream_input(struct stream *s)
{
	return str_from(buf_str(&s->in), s->in_off);
}

void
stream_eat(struct stream *s, size_t n)
{
	must(n <= waiting(s));
	s->in_off += n;
	if (waiting(s) == 0) {
		buf_clear(&s->in);
		s->in_off = 0;
	}
	attend(s);
}

void
stream_write(struct stream *s, struct str bytes)
{
	if (s->state == DEAD || s->failed || bytes.n == 0)
		return;
	if (s->out_off > 0 && s->out_off >= stream_pending(s)) {
		buf_eat(&s->out, s->out_off);
		s->out_off = 0;
	}
	must(buf_put(&s->out, bytes) == 0);
	s->owes_drained = true;
	if (stream_is_open(s) && !s->blocked)
		loop_task_post(s->loop, &s->work);
}

size_t
stream_pending(const struct stream *s)
{
	return s->out.n - s->out_off;
}

void
stream_pause(struct stream *s)
{
	s->paused = true;
	attend(s);
}

void
stream_resume(struct stream *s)
{
	s->paused = false;
	attend(s);
}

void
stream_input_max(struct stream *s, size_t n)
{
	s->in_max = n;
	attend(s);
}

void
stream_deadline(struct stream *s, uint64_t wait_us)
{
	if (s->state == DEAD)
		return;
	loop_timer_in(s->loop, &s->deadline, wait_us);
}

bool
stream_is_tls(const struct stream *s)
{
	return s->tls_text != NULL;
}

const struct net_addr *
stream_peer(const struct stream *s)
{
	return &s->peer;
}

/* Asked of the kernel once, when somebody wants to know. */
const struct net_addr *
stream_local(const struct stream *cs)
{
	struct stream *s = (struct stream *)(uintptr_t)cs;

	if (s->local.len == 0 && s->fd >= 0) {
		s->local.len = sizeof s->local.u;
		if (getsockname(s->fd, &s->local.u.sa, &s->local.len) < 0 ||
			s->local.len > sizeof s->local.u)
			s->local.len = 0;
	}
	return &s->local;
}

const char *
stream_error(const struct stream *s)
{
	return s->why ? s->why : "";
}

int
stream_errno(const struct stream *s)
{
	return s->err;
}
