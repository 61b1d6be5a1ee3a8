#include "io/channel.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/stream.h"

#include <errno.h>
#include <sys/socket.h>

#define HEAD_BYTES 8u

struct channel {
	struct stream *stream;
	const struct channel_calls *calls;
	void *ctx;
	size_t max;
	bool dead;        /* gone was told, or is about to be */
	bool busy, freed; /* inside a callback; freed there */
};

long
channel_split(struct str in, uint16_t *ret_type, struct str *ret_payload)
{
	struct rd r = rd_of(in);
	uint32_t n = rd_u32(&r);
	uint16_t type = rd_u16(&r), zero = rd_u16(&r);

	if (r.bad)
		return 0;
	if (zero != 0 || n > CHANNEL_PAYLOAD_MAX)
		return -EPROTO;
	if (r.n < n)
		return 0;
	*ret_type = type;
	*ret_payload = str_of(r.p, n);
	return (long)(HEAD_BYTES + n);
}

static void
leave(struct channel *c)
{
	c->busy = false;
	if (c->freed)
		mem_free(c);
}

static void
tell_gone(struct channel *c)
{
	if (c->dead || c->freed)
		return;
	c->dead = true;
	stream_pause(c->stream);
	c->calls->gone(c->ctx);
}

/* Every whole frame that waits; -EPROTO when one makes no sense. */
static long
each_frame(struct channel *c)
{
	struct str in = stream_input(c->stream), payload;
	size_t done = 0;
	uint16_t type;
	long n;

	while ((n = channel_split(str_from(in, done), &type, &payload)) > 0) {
		c->calls->message(c->ctx, type, payload);
		if (c->freed)
			return 0;
		done += (size_t)n;
	}
	stream_eat(c->stream, done);
	return n;
}

static void
on_input(void *ctx)
{
	struct channel *c = ctx;

	if (c->dead)
		return;
	c->busy = true;
	if (each_frame(c) < 0)
		tell_gone(c);
	leave(c);
}

static void
on_event(void *ctx, enum stream_event e)
{
	struct channel *c = ctx;

	if (e != STREAM_EOF && e != STREAM_ERROR)
		return;
	c->busy = true;
	tell_gone(c);
	leave(c);
}

struct channel *
channel_new(struct loop *l, int fd, size_t max, const struct channel_calls *calls, void *ctx)
{
	static const struct stream_calls stream_calls = { on_input, on_event };
	struct channel *c = MEM_NEW(c);

	c->calls = calls;
	c->ctx = ctx;
	c->max = max;
	c->stream = stream_new(l, fd, &stream_calls, c);
	/* Room for one whole frame of the largest kind. */
	stream_input_max(c->stream, CHANNEL_PAYLOAD_MAX + HEAD_BYTES);
	return c;
}

void
channel_free(struct channel **pc)
{
	struct channel *c = *pc;

	*pc = NULL;
	if (!c)
		return;
	stream_free(&c->stream);
	if (c->busy)
		c->freed = true;
	else
		mem_free(c);
}

int
channel_force(struct channel *c, uint16_t type, struct str payload)
{
	char bytes[HEAD_BYTES];
	struct buf head = { bytes, 0, sizeof bytes, sizeof bytes, false };

	if (c->dead)
		return -EPIPE;
	must(payload.n <= CHANNEL_PAYLOAD_MAX);
	wr_u32(&head, (uint32_t)payload.n);
	wr_u16(&head, type);
	wr_u16(&head, 0);
	stream_write(c->stream, buf_str(&head));
	stream_write(c->stream, payload);
	return 0;
}

int
channel_send(struct channel *c, uint16_t type, struct str payload)
{
	if (!c->dead && stream_pending(c->stream) + HEAD_BYTES + payload.n > c->max)
		return -EAGAIN;
	return channel_force(c, type, payload);
}

size_t
channel_unsent(const struct channel *c)
{
	return stream_pending(c->stream);
}

static int
pair_of(int type, int ret_fd[2])
{
	return socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ret_fd) < 0 ? -errno
	                                                                               : 0;
}

int
channel_pair(int ret_fd[2])
{
	return pair_of(SOCK_STREAM, ret_fd);
}
