/*
 * What came back is sent on to who wants to read it: to the administrator what people write to
 * abuse@ and postmaster@, to a sender the bounces and complaints of his messages when his
 * account asked for it. Each is a message of the service: body, submit, then the next one.
 */
#include "role/edge_return.h"

#include "base/mem.h"
#include "io/random.h"

#include <errno.h>

#define HOUR_US          (3600 * EDGE_SECOND)
#define ADMIN_PER_NET    20u /* of EDGE_FORWARDS_MAX */
#define SENDERS_PER_HOUR 1000u
#define ROOM             65536u /* of a forwarded mail beside the mail itself */

void
edge_return_forward_add(struct edge_conn *c, const struct edge_return_on *on)
{
	struct edge_return *b = c->smtp->back;

	if (on->rcpt == 0 && c->edge->config->admin.n == 0)
		return;
	/* Once to each: a mail may name abuse@ of both domains. */
	for (size_t i = 0; i < b->non; i++)
		if (b->on[i].rcpt == on->rcpt && b->on[i].kind == on->kind)
			return;
	b->on[b->non++] = *on;
}

/* ---- it is durable */

static void
on_submitted(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	struct edge_return *b = c->smtp->back;
	const struct msg_submitted *m = answer;

	if (!m) {
		/* P4: its fate is unknown. The other side comes again. */
		edge_conn_end(c);
		return;
	}
	b->sent++;
	edge_return_forwarded(c, m->reply.code / 100 == 2);
}

static void
submit(struct edge_conn *c, struct extent_place place)
{
	struct edge *e = c->edge;
	struct edge_return *b = c->smtp->back;
	struct msg_rcpt to = { 0, 0, b->dest, STR_NONE };
	const struct msg_submit q = { .seq = edge_seq(e),
		.boot = e->env->boot,
		.message = b->id,
		.via = VIA_FORWARD,
		.flags = b->eight_bit ? MAIL_8BIT : 0,
		.accepted = loop_wall(e->loop),
		.extent = place.extent,
		.length = place.length,
		.offset = place.offset,
		.hash = place.hash,
		.header_length = b->header_length,
		.sender = STR_NONE,
		.from_domain = e->config->hostname,
		.message_id = b->message_id,
		.subject = b->subject,
		.helo = c->smtp->in.helo,
		.client = str_z(c->client),
		.envid = STR_NONE,
		.rcpts = { &to, 1 },
		.extra = STR_NONE };

	buf_clear(&c->ask.payload);
	msg_submit_write(&c->ask.payload, &q);
	c->ask.done = on_submitted;
	edge_ask(e, &c->ask, MSG_submit, q.seq);
}

static void
on_durable(void *ctx, int err, struct extent_place place)
{
	struct edge_commit *k = ctx;
	struct edge_conn *c = k->conn;

	mem_free(k);
	if (!c)
		return;
	c->smtp->commit = NULL;
	edge_disk_tell(c->edge, err);
	if (err < 0)
		edge_return_forwarded(c, false);
	else
		submit(c, place);
}

/* ---- it is written */

static int
compose(struct edge_conn *c, struct buf *out)
{
	struct edge *e = c->edge;
	struct edge_return *b = c->smtp->back;
	const struct edge_return_on *on = &b->on[b->sent];
	struct forward f = { .what = on->what,
		.hostname = e->config->hostname,
		.to = b->dest,
		.at = b->addresses[on->to],
		.boundary = arena_printf(&b->arena, "facteur-%016llx%016llx",
			(unsigned long long)random_u64(), (unsigned long long)random_u64()),
		.message_id = b->message_id,
		.now = loop_wall(e->loop),
		.mail = buf_str(&b->head),
		.size = b->size,
		.french = str_eq_z(e->config->language, "fr") };
	size_t header;
	int err;

	if (!f.boundary.p)
		return -E2BIG;
	err = forward_write(out, &f, &header, &b->eight_bit);
	if (err)
		return err;
	b->header_length = (uint32_t)header;
	b->subject = forward_subject(&f);
	return 0;
}

/* false: it cannot be stored now. */
static bool
write_to(struct edge_conn *c, struct str dest)
{
	struct edge *e = c->edge;
	struct edge_return *b = c->smtp->back;
	struct edge_commit *k;
	struct buf out;
	int err;

	b->id = e->writer ? edge_ids(e, 2) : 0;
	b->dest = arena_str(&b->arena, dest);
	b->message_id = arena_printf(&b->arena, "<%llu@%.*s>", (unsigned long long)b->id,
		STR_ARG(e->config->hostname));
	if (b->id == 0 || !b->dest.p || !b->message_id.p)
		return false;
	buf_init(&out, FORWARD_MAIL_MAX + ROOM);
	err = compose(c, &out);
	if (!err) {
		b->body = extent_body_new(e->writer);
		err = extent_body_add(b->body, buf_str(&out));
	}
	buf_done(&out);
	if (err)
		return false;
	k = MEM_NEW(k);
	k->conn = c;
	c->smtp->commit = k;
	extent_body_commit(&b->body, on_durable, k);
	return true;
}

/* ---- to whom */

static void
on_found(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	const struct msg_found *m = answer;

	if (m && m->is == FIND_SOMEBODY) {
		if (!write_to(c, m->address))
			edge_return_forwarded(c, false);
		return;
	}
	c->smtp->back->sent++;
	edge_return_forwarded(c, m && m->is == FIND_NOBODY);
}

static void
ask_sender(struct edge_conn *c, const struct edge_return_on *on)
{
	struct edge *e = c->edge;
	const struct msg_find q = { .seq = edge_seq(e),
		.what = FIND_SENDER,
		.kind = on->kind,
		.tenant = on->tenant,
		.rcpt = on->rcpt,
		.accepted = on->accepted,
		.address = STR_NONE };

	buf_clear(&c->ask.payload);
	msg_find_write(&c->ask.payload, &q);
	c->ask.done = on_found;
	edge_ask(e, &c->ask, MSG_find, q.seq);
}

static void
turn_hour(struct edge *e)
{
	uint64_t hour = loop_mono(e->loop) / HOUR_US + 1;

	if (hour == e->forward_hour)
		return;
	e->forward_n = e->forward_senders = 0;
	memset(e->forward_by, 0, sizeof e->forward_by);
	e->forward_hour = hour;
}

/* Another address of an IPv4 /24 is the same stranger's; net_key has the /64 of IPv6. */
static uint64_t
network_of(const struct edge_conn *c)
{
	return c->network >> 32 == 1 ? c->network & ~UINT64_C(0xff) : c->network;
}

/* One more for the administrator in this hour? One stranger leaves room for others. */
static bool
admin_full(struct edge_conn *c)
{
	struct edge *e = c->edge;
	uint64_t network = network_of(c);
	size_t i = 0;

	turn_hour(e);
	if (e->forward_n >= EDGE_FORWARDS_MAX)
		return true;
	while (e->forward_by[i].n > 0 && e->forward_by[i].network != network)
		i++;
	if (e->forward_by[i].n >= ADMIN_PER_NET)
		return true;
	e->forward_by[i].network = network;
	e->forward_by[i].n++;
	e->forward_n++;
	return false;
}

/* Who got a message may send as many bounces of it as he likes: they count, but nobody's
 * mailbox is filled with them. */
static bool
leave_out(struct edge_conn *c, const struct edge_return_on *on)
{
	struct edge *e = c->edge;
	struct log_line ll;

	turn_hour(e);
	if (!on->rcpt || e->forward_senders++ < SENDERS_PER_HOUR)
		return false;
	if (edge_log(c, "not-forwarded", &ll)) {
		log_num(&ll, "id", (int64_t)on->rcpt);
		log_num(&ll, "tenant", on->tenant);
		log_end(&ll);
	}
	return true;
}

int
edge_return_forward_next(struct edge_conn *c)
{
	struct edge_return *b = c->smtp->back;
	struct edge *e = c->edge;
	const struct edge_return_on *on;

	while (b->sent < b->non && leave_out(c, &b->on[b->sent]))
		b->sent++;
	if (b->sent == b->non)
		return 0;
	on = &b->on[b->sent];
	if (on->rcpt)
		ask_sender(c, on);
	/* The other side comes again in an hour, when it is a server. */
	else if (admin_full(c) || !write_to(c, e->config->admin))
		return -EAGAIN;
	return 1;
}
