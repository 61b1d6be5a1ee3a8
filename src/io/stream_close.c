#include "io/stream_inner.h"

#include <sys/socket.h>

static void
soft_free(void *ctx)
{
	struct stream *s = ctx;

	stream_free(&s);
}

static void
soft_input(void *ctx)
{
	struct stream *s = ctx;

	stream_eat(s, stream_input(s).n);
}

static void
soft_end(struct stream *s)
{
	if (s->eof) {
		stream_free(&s);
		return;
	}
	stream_tls_bye(s);
	shutdown(s->fd, SHUT_WR);
}

static void
soft_event(void *ctx, enum stream_event e)
{
	struct stream *s = ctx;

	if (e == STREAM_DRAINED)
		soft_end(s);
	else if (e == STREAM_ERROR || e == STREAM_TIMEOUT ||
		 (e == STREAM_EOF && !s->owes_drained))
		stream_free(&s);
}

void
stream_close_soft(struct stream **ps, uint64_t wait_us)
{
	static const struct stream_calls soft_calls = { soft_input, soft_event };
	struct stream *s = *ps;

	*ps = NULL;
	if (!s)
		return;
	if (s->state == DEAD || s->failed || (stream_pending(s) == 0 && !stream_is_open(s))) {
		stream_free(&s);
		return;
	}
	stream_set(s, &soft_calls, s);
	stream_eat(s, stream_input(s).n);
	stream_deadline(s, wait_us);
	stream_resume(s);
	loop_end_add(s->loop, &s->end, soft_free, s);
	if (stream_pending(s) > 0)
		s->owes_drained = true;
	else
		soft_end(s);
}
