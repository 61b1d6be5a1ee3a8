/* Questions to the engine: numbered, bounded in time, answered in any order. */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

static void
finish(struct desk_ask *a, int status, struct str json)
{
	list_del(&a->link);
	a->fn(a, status, json);
	json_decref(a->held);
	mem_free(a);
}

void
desk_ask_engine(struct desk *d, struct desk_conn *n, const struct msg_query *q,
	void (*fn)(struct desk_ask *a, int status, struct str json), json_t *held)
{
	struct desk_ask *a = MEM_NEW(a);
	struct msg_query sent = *q;
	struct buf b;
	int err;

	*a = (struct desk_ask){ .desk = d,
		.seq = ++d->seq,
		.deadline = loop_mono(d->loop) + DESK_ASK_US,
		.conn = n,
		.fn = fn,
		.held = held };
	list_init(&a->link);
	list_push(&d->asks, &a->link);
	sent.seq = a->seq;
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	err = msg_query_write(&b, &sent);
	if (err == 0)
		err = d->engine ? channel_send(d->engine, MSG_query, buf_str(&b)) : -EPIPE;
	buf_done(&b);
	if (err < 0)
		finish(a, 0, STR_NONE);
}

void
desk_answered(struct desk *d, struct str payload)
{
	struct msg_answer m;
	struct arena arena;

	arena_init(&arena, 65536);
	if (msg_answer_read(&arena, payload, &m) == 0)
		LIST_EACH(l, &d->asks)
		{
			struct desk_ask *a = LIST_OF(l, struct desk_ask, link);

			if (a->seq != m.seq)
				continue;
			finish(a, m.status, m.json);
			break;
		}
	arena_done(&arena);
}

void
desk_asks_over(struct desk *d, bool all)
{
	uint64_t now = loop_mono(d->loop);

	/* In the order of asking: the first is the first to be over. */
	while (!list_empty(&d->asks)) {
		struct desk_ask *a = LIST_OF(d->asks.next, struct desk_ask, link);

		if (!all && a->deadline > now)
			return;
		finish(a, 0, STR_NONE);
	}
}

void
desk_asks_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH(l, &d->asks)
	{
		struct desk_ask *a = LIST_OF(l, struct desk_ask, link);

		if (a->conn == n)
			a->conn = NULL;
	}
}

static void
on_changed(struct desk_ask *a, int status, struct str json)
{
	json_t *j = json_incref(a->held);

	(void)json;
	if (status != 0 && status != 200) {
		json_decref(j);
		desk_fail(a->conn, 500,
			"It is written, but the engine could not read the tables: it is not "
			"in force yet.");
		return;
	}
	/* An engine that starts reads the tables as they are now. */
	if (status == 0)
		json_object_set_new(j, "engine", json_string("restarting"));
	desk_say(a->conn, 200, j);
}

void
desk_changed(struct desk *d, struct desk_conn *n, json_t *j)
{
	desk_ask_engine(
		d, n, &(struct msg_query){ .op = QUERY_CONTROL_CHANGED }, on_changed, j);
}

static void
on_used(struct desk_ask *a, int status, struct str json)
{
	json_t *j = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL, *row;
	struct control *c =
		json_array_size(json_object_get(j, "used")) ? desk_control(a->desk) : NULL;
	size_t i;

	if (c)
		json_array_foreach(json_object_get(j, "used"), i, row)(void) control_key_used(c,
			(uint64_t)json_integer_value(json_object_get(row, "key")),
			json_integer_value(json_object_get(row, "at")),
			desk_text(row, "client"));
	json_decref(j);
}

void
desk_keys_used(struct desk *d)
{
	desk_ask_engine(d, NULL, &(struct msg_query){ .op = QUERY_KEYS_USED }, on_used, NULL);
}
