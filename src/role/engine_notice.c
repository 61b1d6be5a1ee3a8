/*
 * Mail of the service itself, to its administrator: desk writes it, tenant `system` accepts it,
 * as it does reports. The sender is empty: nobody is told when it cannot be delivered.
 */
#include "role/engine_priv.h"

#include "base/mem.h"

#include <jansson.h>

struct notice {
	struct engine *engine;
	uint64_t seq;
	struct buf text; /* the message, then what the envelope needs of it */
	struct str message, to, message_id, subject;
	struct extent_body *body;
};

static struct str
keep(struct notice *t, struct str s)
{
	size_t at = t->text.n;

	(void)buf_put(&t->text, s);
	return str_of(t->text.p + at, s.n);
}

static void
answer(struct notice *t, uint16_t status)
{
	struct engine *e = t->engine;

	if (e->desk.channel)
		ENGINE_TELL(&e->desk, answer, .seq = t->seq, .status = status,
			.json = status == 200
		                        ? STR_LIT("{\"ok\":true}")
		                        : STR_LIT("{\"error\":\"It could not be written.\"}"));
	buf_done(&t->text);
	mem_free(t);
}

static void
on_accepted(void *ctx, bool accepted)
{
	answer(ctx, accepted ? 200 : 503);
}

static void
on_durable(void *ctx, int err, struct extent_place place)
{
	struct notice *t = ctx;
	struct engine *e = t->engine;
	struct msg_rcpt to = { 0, DSN_NEVER, t->to, STR_NONE };
	size_t header = str_find_str(t->message, STR_LIT("\r\n\r\n"));
	struct msg_submit s = {
		.boot = e->env->boot,
		.via = VIA_DSN,
		.flags = MAIL_DSN | MAIL_8BIT,
		.accepted = loop_wall(e->loop),
		.extent = place.extent,
		.length = place.length,
		.offset = place.offset,
		.hash = place.hash,
		.header_length =
			(uint32_t)(header + 4 <= t->message.n ? header + 4 : t->message.n),
		.from_domain = e->config->hostname,
		.message_id = t->message_id,
		.subject = t->subject,
		.client = STR_LIT("local"),
		.rcpts = { &to, 1 },
	};

	t->body = NULL;
	if (err)
		answer(t, 503);
	else
		engine_submit_own(e, &s,
			(struct engine_own){ .told = on_accepted, .ctx = t, .out = true });
}

void
engine_notice(struct engine *e, const struct msg_query *q)
{
	struct notice *t = MEM_NEW(t);
	int err;

	t->engine = e;
	t->seq = q->seq;
	buf_init(&t->text, q->text.n + q->address.n + q->domain.n + q->sender.n + 1);
	(void)buf_room(&t->text, t->text.max); /* it never moves */
	t->message = keep(t, q->text);
	t->to = keep(t, q->address);
	t->message_id = keep(t, q->domain);
	t->subject = keep(t, q->sender);
	if (!e->accepting || e->disk_full || e->draining || t->message.n == 0 || t->to.n == 0) {
		answer(t, 503);
		return;
	}
	t->body = extent_body_new(e->writer);
	err = extent_body_add(t->body, t->message);
	if (err < 0) {
		extent_body_drop(&t->body);
		answer(t, 503);
		return;
	}
	extent_body_commit(&t->body, on_durable, t);
}
