#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define MESSAGES_MAX 50000000u
#define RCPTS_MAX    100000000u /* < 2^27: queue_index */
#define HANDS_MAX    (256u * PHASE_SLOTS_MAX)

/* The finaliser of MurmurHash3; ids are ours, so it needs no seed. */
static uint64_t
mix(uint64_t k)
{
	k ^= k >> 33;
	k *= UINT64_C(0xff51afd7ed558ccd);
	k ^= k >> 33;
	k *= UINT64_C(0xc4ceb9fe1a85ec53);
	return k ^ k >> 33;
}

static uint64_t
message_hash(const void *record, uint64_t seed)
{
	(void)seed;
	return mix(((const struct q_message *)record)->id);
}

static bool
message_is(const void *record, const void *key)
{
	return ((const struct q_message *)record)->id == *(const uint64_t *)key;
}

struct queue *
queue_new(uint64_t now, uint64_t seed, const struct queue_calls *calls, void *ctx)
{
	struct queue *q = MEM_NEW(q);

	q->calls = calls;
	q->ctx = ctx;
	q->now = now;
	q->seed = seed;
	/* Ids of two engine runs differ by their high half, those of one run by the low half.
	 */
	q->ids = seed << 32;
	slab_init(&q->messages, sizeof(struct q_message), MESSAGES_MAX);
	slab_init(&q->rcpts, sizeof(struct q_rcpt), RCPTS_MAX);
	slab_init(&q->lanes, sizeof(struct q_lane), RCPTS_MAX);
	slab_init(&q->shares, sizeof(struct q_share), RCPTS_MAX);
	slab_init(&q->hands, sizeof(struct q_hand), HANDS_MAX);
	queue_index_init(&q->by_id, &q->messages, 0, message_hash, message_is);
	queue_lane_init(q);
	map_init(&q->doors, seed);
	nmap_init(&q->attempts);
	wheel_init(&q->wheel, 10000, now);
	wheel_init(&q->naps, 1000, now);
	list_init(&q->ready);
	list_init(&q->starved);
	list_init(&q->unused);
	list_init(&q->idle);
	list_init(&q->leaving);
	list_init(&q->spare);
	return q;
}

void
queue_free(struct queue **qp)
{
	struct queue *q = *qp;
	size_t pos = 0;
	void *v;

	*qp = NULL;
	if (!q)
		return;
	for (uint32_t i = 1; i <= slab_high(&q->messages); i++)
		if (slab_lives(&q->messages, i))
			mem_free(((struct q_message *)slab_at(&q->messages, i))->text);
	for (uint32_t i = 1; i <= slab_high(&q->lanes); i++)
		if (slab_lives(&q->lanes, i))
			mem_free(((struct q_lane *)slab_at(&q->lanes, i))->key);
	queue_conn_done_all(q);
	while (map_next(&q->doors, &pos, NULL, &v))
		queue_door_free(q, v);
	queue_index_done(&q->by_id);
	queue_index_done(&q->by_lane);
	queue_index_done(&q->by_share);
	slab_done(&q->messages);
	slab_done(&q->rcpts);
	slab_done(&q->lanes);
	slab_done(&q->shares);
	slab_done(&q->hands);
	map_done(&q->doors);
	nmap_done(&q->attempts);
	mem_free(q);
}

static void
clock_on(struct queue *q, uint64_t now)
{
	if (now > q->now)
		q->now = now;
}

/* The one place that assigns a recipient's state. */
void
queue_state(struct queue *q, struct q_rcpt *r, enum rcpt_state s)
{
	q->counts[r->state]--;
	q->counts[s]++;
	r->state = (uint8_t)s;
}

static char *
add_text(char *p, struct str s)
{
	if (s.n)
		memcpy(p, s.p, s.n);
	return p + s.n;
}

/* Is the From domain, as mostly, the end of the sender's address? Then it is kept once. */
static bool
shares_text(const struct msg_submit *s)
{
	return str_ends(s->sender, s->from_domain);
}

static size_t
text_size(const struct msg_submit *s)
{
	size_t n = s->sender.n + s->envid.n + (shares_text(s) ? 0 : s->from_domain.n);

	for (size_t i = 0; i < s->rcpts.n; i++)
		n += s->rcpts.at[i].address.n + s->rcpts.at[i].orcpt.n;
	return n;
}

bool
queue_fits(const struct queue *q, const struct msg_submit *s)
{
	if (q->messages.live == q->messages.max || s->rcpts.n > UINT16_MAX ||
		s->rcpts.n > q->rcpts.max - q->rcpts.live)
		return false;
	if (s->sender.n > UINT16_MAX || s->from_domain.n > UINT16_MAX ||
		s->envid.n > UINT16_MAX)
		return false;
	for (size_t i = 0; i < s->rcpts.n; i++) {
		const struct msg_rcpt *r = &s->rcpts.at[i];

		if (r->address.n > UINT16_MAX || r->orcpt.n > UINT16_MAX ||
			r->index == UINT16_MAX)
			return false;
	}
	return text_size(s) <= UINT32_MAX &&
	       queue_index_find(&q->by_id, mix(s->message), &s->message) == 0;
}

static struct q_message *
message_new(struct queue *q, const struct msg_submit *s, uint64_t expires)
{
	uint32_t self;
	struct q_message *m = slab_new(&q->messages, &self);
	size_t from = s->sender.n - s->from_domain.n;
	char *p;

	if (!shares_text(s))
		from = s->sender.n;
	*m = (struct q_message){ .self = self,
		.id = s->message,
		.key = s->key,
		.hash = s->hash,
		.offset = s->offset,
		.born = (int64_t)q->now,
		.accepted = s->accepted,
		.expires = expires,
		.origin = s->origin,
		.extent = s->extent,
		.length = s->length,
		.header_length = s->header_length,
		.tenant = s->tenant,
		.stream = s->stream == STREAM_BROADCAST,
		.via = s->via,
		.ret = s->ret,
		.flags = s->flags,
		.sender_n = (uint16_t)s->sender.n,
		.from_at = (uint16_t)from,
		.from_n = (uint16_t)s->from_domain.n,
		.envid_n = (uint16_t)s->envid.n };
	memcpy(m->body_hash, s->body_hash.b, sizeof m->body_hash);
	m->text = mem_new(1, text_size(s));
	p = add_text(m->text, s->sender);
	if (!shares_text(s))
		p = add_text(p, s->from_domain);
	add_text(p, s->envid);
	queue_index_add(&q->by_id, self);
	return m;
}

static void
message_drop(struct queue *q, struct q_message *m)
{
	must(m->live == 0 && m->first == 0);
	if (q->calls->gone)
		q->calls->gone(q->ctx, m);
	queue_index_del(&q->by_id, m->self);
	mem_free(m->text);
	slab_free(&q->messages, m->self);
}

static struct q_lane *
lane_of(struct queue *q, const struct q_message *m, struct str address)
{
	size_t at = str_rfind(address, '@');

	return queue_lane_for(q, m->tenant, m->stream, str_from(address, at + 1));
}

static void
rcpt_restore(struct queue *q, struct q_rcpt *r, const struct q_restored *was)
{
	enum rcpt_state s = was->state;

	r->attempts = was->attempts;
	r->facts = was->facts;
	r->delay_told = was->delay_told;
	r->report_owed = was->report_owed;
	r->crashes = was->crashes;
	must(s < RCPT_STATES);
	if (s == RCPT_HELD || rcpt_final(s)) {
		queue_state(q, r, s);
		return;
	}
	if (s == RCPT_QUEUED && was->next > q->now)
		queue_lane_wait(q, r, was->next);
	else
		queue_lane_due(q, r, q->now, false);
}

static struct q_rcpt *
rcpt_new(struct queue *q, struct q_message *m, const struct msg_rcpt *from, char **text)
{
	uint32_t self;
	struct q_rcpt *r = slab_new(&q->rcpts, &self);

	r->self = self;
	r->message = m->self;
	r->index = from->index;
	r->notify = from->notify;
	r->address_at = (uint32_t)(*text - m->text);
	r->address_n = (uint16_t)from->address.n;
	r->orcpt_n = (uint16_t)from->orcpt.n;
	*text = add_text(add_text(*text, from->address), from->orcpt);
	r->state = RCPT_QUEUED;
	q->counts[RCPT_QUEUED]++;
	m->live++;
	queue_lane_join(q, lane_of(q, m, from->address), r);
	return r;
}

struct q_message *
queue_add(struct queue *q, const struct msg_submit *s, uint64_t now, uint64_t expires,
	const struct q_restored *restored)
{
	static const struct q_restored fresh = { .state = RCPT_QUEUED };
	struct q_message *m;
	uint32_t *tail;
	char *text;

	clock_on(q, now);
	if (!queue_fits(q, s))
		return NULL;
	m = message_new(q, s, expires);
	text = (char *)q_envid(m).p + m->envid_n;
	tail = &m->first;
	for (size_t i = 0; i < s->rcpts.n; i++) {
		const struct msg_rcpt *from = &s->rcpts.at[i];
		const struct q_restored *was = restored ? &restored[i] : &fresh;
		struct q_rcpt *r;

		if (from->index >= m->total)
			m->total = (uint16_t)(from->index + 1);
		if (rcpt_final(was->state) && !was->report_owed)
			continue;
		r = rcpt_new(q, m, from, &text);
		*tail = r->self;
		tail = &r->sibling;
		rcpt_restore(q, r, was);
	}
	if (m->total > q->widest)
		q->widest = m->total;
	if (m->live)
		return m;
	message_drop(q, m);
	return NULL;
}

static void
unlink_sibling(struct queue *q, struct q_message *m, const struct q_rcpt *r)
{
	uint32_t *at = &m->first;

	while (*at != r->self)
		at = &queue_rcpt_at(q, *at)->sibling;
	*at = r->sibling;
}

static void
rcpt_drop(struct queue *q, struct q_rcpt *r)
{
	struct q_message *m = queue_message_at(q, r->message);

	q->counts[r->state]--;
	queue_lane_leave(q, r);
	unlink_sibling(q, m, r);
	slab_free(&q->rcpts, r->self);
	if (--m->live == 0)
		message_drop(q, m);
}

struct q_message *
queue_message(struct queue *q, uint64_t message_id)
{
	uint32_t self = queue_index_find(&q->by_id, mix(message_id), &message_id);

	return self ? slab_at(&q->messages, self) : NULL;
}

/* The message is the nearest one below the recipient's id; no table of recipients is kept, for
 * memory's sake. */
struct q_rcpt *
queue_rcpt(struct queue *q, uint64_t rcpt_id_, struct q_message **ret_m)
{
	struct q_message *m = NULL;
	struct q_rcpt *r;

	for (uint64_t i = 1; !m && i <= q->widest && i < rcpt_id_; i++)
		m = queue_message(q, rcpt_id_ - i);
	for (uint32_t at = m ? m->first : 0; at; at = r->sibling) {
		r = queue_rcpt_at(q, at);
		if (rcpt_id(m, r) != rcpt_id_)
			continue;
		*ret_m = m;
		return r;
	}
	return NULL;
}

struct q_rcpt *
queue_rcpt_at(struct queue *q, uint32_t self)
{
	return slab_at(&q->rcpts, self);
}

struct q_message *
queue_message_at(struct queue *q, uint32_t self)
{
	return slab_at(&q->messages, self);
}

void
queue_set(struct queue *q, struct q_rcpt *r, enum rcpt_state state, uint64_t next, uint64_t now)
{
	clock_on(q, now);
	must(r->state == RCPT_QUEUED || r->state == RCPT_ACTIVE || r->state == RCPT_HELD);
	must(state == RCPT_QUEUED || state == RCPT_HELD || rcpt_final(state));
	queue_lane_detach(q, r);
	queue_state(q, r, state);
	if (rcpt_final(state) && !r->report_owed)
		rcpt_drop(q, r);
	else if (state == RCPT_QUEUED && next > q->now)
		queue_lane_wait(q, r, next);
	else if (state == RCPT_QUEUED)
		queue_lane_due(q, r, q->now, false);
}

void
queue_reported(struct queue *q, struct q_rcpt *r)
{
	r->report_owed = false;
	if (rcpt_final(r->state))
		rcpt_drop(q, r);
}

uint64_t
queue_tick(struct queue *q, uint64_t now)
{
	struct timer *t;
	uint64_t a, b;

	clock_on(q, now);
	while ((t = wheel_pop(&q->wheel, q->now))) {
		struct q_rcpt *r = LIST_OF(t, struct q_rcpt, timer);

		r->lane->waiting--;
		r->lane->share->door->waiting--;
		queue_lane_due(q, r, t->at, false);
	}
	while ((t = wheel_pop(&q->naps, q->now))) {
		struct q_door *d = LIST_OF(t, struct q_door, wake);

		d->place = DOOR_OUT;
		queue_door_place(q, d);
	}
	queue_door_prune(q);
	a = wheel_next(&q->wheel);
	b = wheel_next(&q->naps);
	return a < b ? a : b;
}

void
queue_sweep(struct queue *q, uint64_t now, size_t n, void (*fn)(void *ctx, struct q_rcpt *r),
	void *ctx)
{
	clock_on(q, now);
	if (n > slab_high(&q->rcpts))
		n = slab_high(&q->rcpts);
	while (n-- > 0) {
		struct q_rcpt *r;

		q->swept = q->swept >= slab_high(&q->rcpts) ? 1 : q->swept + 1;
		if (!slab_lives(&q->rcpts, q->swept))
			continue;
		r = queue_rcpt_at(q, q->swept);
		if (r->state != RCPT_QUEUED && r->state != RCPT_HELD)
			continue;
		if (queue_message_at(q, r->message)->expires <= q->now)
			fn(ctx, r);
	}
}

void
queue_routes_changed(struct queue *q, uint64_t now)
{
	clock_on(q, now);
	queue_lane_drop_spare(q, 0);
	for (uint32_t i = 1; i <= slab_high(&q->lanes); i++)
		if (slab_lives(&q->lanes, i))
			queue_lane_reroute(q, slab_at(&q->lanes, i));
	for (uint32_t i = 1; i <= slab_high(&q->rcpts); i++) {
		struct q_rcpt *r;

		if (!slab_lives(&q->rcpts, i))
			continue;
		r = queue_rcpt_at(q, i);
		if (r->state != RCPT_QUEUED || r->due)
			continue;
		queue_lane_detach(q, r);
		queue_lane_due(q, r, q->now, false);
	}
}
