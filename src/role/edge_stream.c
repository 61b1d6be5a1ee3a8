/*
 * Answers of desk that go on: server-sent events (desk_follow.c). What desk tells is written at
 * once and kept nowhere else; when all of it has left, desk hears so and may tell more. Who
 * takes nothing for STREAM_US is gone. They end when the edge or desk does, with the hint to
 * come again: another edge answers then.
 */
#include "role/edge_api.h"

#define STREAM_US (45 * EDGE_SECOND) /* three of desk's comments */
#define RETRY     "retry: 1000\n\n"

void
edge_stream_tell(struct edge *e, uint64_t seq, bool gone, uint32_t bytes)
{
	const struct msg_follow m = { .seq = seq, .end = gone, .bytes = bytes };
	struct buf b;

	if (!e->desk)
		return;
	buf_init(&b, 64);
	if (msg_follow_write(&b, &m) == 0)
		(void)channel_force(e->desk, MSG_follow, buf_str(&b));
	buf_done(&b);
}

void
edge_stream_open(struct edge_call *k)
{
	struct edge_conn *c = k->conn;
	struct edge *e = k->edge;

	k->stream_seq = k->desk_seq;
	k->desk_seq = 0;
	edge_call_open(k, API_STREAM_TYPE);
	edge_conn_active(c, STREAM_US);
	/* Another edge takes over, and the others were told so already. */
	if (!c->http->head && (e->draining || e->retired))
		stream_write(c->stream, STR_LIT(RETRY));
	if (c->http->head || e->draining || e->retired)
		edge_conn_end(c);
}

void
edge_stream_more(struct edge *e, struct str payload)
{
	struct msg_followed m;

	if (msg_followed_read(NULL, payload, &m) < 0)
		return;
	LIST_EACH(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (k->stream_seq != m.seq || !k->conn)
			continue;
		stream_write(k->conn->stream, m.body);
		k->stream_bytes += (uint32_t)m.body.n;
		if (m.end)
			edge_conn_end(k->conn);
		return;
	}
}

void
edge_stream_leave(struct edge_call *k)
{
	if (k->stream_seq)
		edge_stream_tell(k->edge, k->stream_seq, true, 0);
	k->stream_seq = 0;
}

bool
edge_stream_event(struct edge_conn *c, enum stream_event ev)
{
	struct edge_call *k = c->http->call;

	if (!k || !k->stream_seq)
		return false;
	if (ev != STREAM_DRAINED) {
		edge_conn_end(c);
		return true;
	}
	edge_conn_active(c, STREAM_US);
	if (k->stream_bytes)
		edge_stream_tell(c->edge, k->stream_seq, false, k->stream_bytes);
	k->stream_bytes = 0;
	return true;
}

void
edge_streams_end(struct edge *e)
{
	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (!k->stream_seq || !k->conn)
			continue;
		stream_write(k->conn->stream, STR_LIT(RETRY));
		edge_conn_end(k->conn);
	}
}
