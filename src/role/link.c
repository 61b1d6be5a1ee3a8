#include "base/mem.h"
#include "base/must.h"
#include "role/role.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define BEAT_US (5u * 1000000u)

struct role_link {
	struct loop *loop;
	int fd;
	struct loop_fd *watch;
	struct loop_timer beat;
	struct role_link_calls calls;
	void *ctx;
	char *datagram;
	/* Of each peer's process, as the keeper named it. */
	char lives[ROLE_KINDS][256][ROLE_LIFE_SIZE];
};

static void
link_say(struct role_link *k, enum link_type type)
{
	char c[3] = { (char)type, 0, 0 };

	/* A full link means the keeper is behind: it will see the next beat. */
	(void)link_send(k->fd, str_of(c, sizeof c), -1);
}

static void
on_beat(void *ctx)
{
	struct role_link *k = ctx;

	link_say(k, LINK_BEAT);
	loop_timer_in(k->loop, &k->beat, BEAT_US);
}

static void
link_take(struct role_link *k, struct str d, int fd)
{
	enum role_kind kind = (enum role_kind)(unsigned char)d.p[1];
	unsigned number = (unsigned char)d.p[2];

	if (d.p[0] == LINK_PEER && kind < ROLE_KINDS && d.n >= 3 + ROLE_LIFE_SIZE)
		memcpy(k->lives[kind][number], d.p + 3, ROLE_LIFE_SIZE);
	if (d.p[0] == LINK_PEER && fd >= 0 && k->calls.peer) {
		k->calls.peer(k->ctx, kind, number, fd);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (d.p[0] == LINK_GONE && k->calls.gone)
		k->calls.gone(k->ctx, kind, number, d.n > 3 && d.p[3] == LINK_OUTSIDE);
	else if (d.p[0] == LINK_DRAIN && k->calls.drain)
		k->calls.drain(k->ctx);
	else if (d.p[0] == LINK_RETIRE && k->calls.retire)
		k->calls.retire(k->ctx);
	else if (d.p[0] == LINK_RELOAD && k->calls.reload)
		k->calls.reload(k->ctx, str_from(d, 3));
}

static void
on_readable(void *ctx, unsigned what)
{
	struct role_link *k = ctx;

	(void)what;
	for (;;) {
		int fd = -1;
		long n = link_recv(k->fd, k->datagram, LINK_DATAGRAM_MAX, &fd);

		if (n == -EAGAIN)
			return;
		if (n <= 0) {
			/* No keeper, no work: P6 and the lock belong to it. */
			loop_fd_want(k->watch, 0);
			loop_stop(k->loop);
			return;
		}
		if (n >= 3)
			link_take(k, str_of(k->datagram, (size_t)n), fd);
		else if (fd >= 0)
			close(fd);
	}
}

static void
on_term(void *ctx, int signo)
{
	(void)signo;
	loop_stop(ctx);
}

/* The role ends with its objects freed and its files written. Ctrl-C and a closed terminal
 * reach every process of the group: what they mean is the keeper's to say. */
static void
take_signals(struct loop *l)
{
	loop_signal(l, SIGTERM, on_term, l);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

struct role_link *
role_link_new(struct loop *l, int fd, const struct role_link_calls *calls, void *ctx)
{
	struct role_link *k = MEM_NEW(k);

	must(fd >= 0);
	k->loop = l;
	k->fd = fd;
	k->calls = *calls;
	k->ctx = ctx;
	k->datagram = mem_new(1, LINK_DATAGRAM_MAX);
	k->watch = loop_fd_new(l, fd, LOOP_READ, on_readable, k);
	take_signals(l);
	loop_timer_init(&k->beat, on_beat, k);
	on_beat(k);
	return k;
}

void
role_link_free(struct role_link **k)
{
	if (*k == NULL)
		return;
	loop_timer_off((*k)->loop, &(*k)->beat);
	loop_fd_free(&(*k)->watch);
	close((*k)->fd);
	mem_free((*k)->datagram);
	mem_free(*k);
	*k = NULL;
}

void
role_link_alive(struct role_link *k)
{
	if (k)
		link_say(k, LINK_BEAT);
}

void
role_link_ready(struct role_link *k)
{
	link_say(k, LINK_READY);
}

int
role_link_bad(struct role_link *k, enum role_kind kind, unsigned number)
{
	char d[3 + ROLE_LIFE_SIZE] = { LINK_BAD, (char)kind, (char)number };

	if (k == NULL)
		return 0;
	memcpy(d + 3, k->lives[kind][number & 255], ROLE_LIFE_SIZE);
	return link_send(k->fd, str_of(d, sizeof d), -1);
}
