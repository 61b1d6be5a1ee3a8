#include "send/queue_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "send/wish.h"

#include <errno.h>

#define MESSAGES_MAX 50000000u
#define RCPTS_MAX    100000000u /* < 2^27: queue_index */
#define HANDS_MAX    (256u * PHASE_SLOTS_MAX)

/* Looked at in one queue_tick: a few milliseconds. */
#define TICK_DUE   4000u
#define TICK_LANES 1000u
#define TICK_RCPTS 10000u

static uint64_t
message_hash(const struct queue *q, const void *record)
{
	(void)q;
	return queue_mix(((const struct q_message *)record)->id);
}

static bool
message_is(const struct queue *q, const void *record, const void *key)
{
	(void)q;
	return ((const struct q_message *)record)->id == *(const uint64_t *)key;
}

struct queue *
queue_new(uint64_t now, uint64_t seed, const struct queue_calls *calls, void *ctx)
{
	static const struct queue_index_kind by_id = { message_hash, message_is };
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
	slab_init(&q->doors, sizeof(struct q_door), RCPTS_MAX);
	slab_init(&q->domains, sizeof(struct q_domain), RCPTS_MAX);
	slab_init(&q->letterheads, sizeof(struct q_letterhead), MESSAGES_MAX);
	queue_index_init(&q->by_id, q, &q->messages, &by_id);
	queue_text_init(q);
	queue_lane_init(q);
	queue_door_init(q);
	nmap_init(&q->attempts);
	wheel_init(&q->wheel, 10000, now);
	wheel_init(&q->naps, 1000, now);
	list_init(&q->ready);
	list_init(&q->starved);
	list_init(&q->unused);
	list_init(&q->idle);
	list_init(&q->leaving);
	return q;
}

static void
free_all(struct queue *q)
{
	struct slab *slabs[] = { &q->messages, &q->rcpts, &q->lanes, &q->shares, &q->hands,
		&q->doors, &q->domains, &q->letterheads };
	struct queue_index *indexes[] = { &q->by_id, &q->by_lane, &q->by_share, &q->by_door,
		&q->by_domain, &q->by_letterhead };

	for (size_t i = 0; i < sizeof slabs / sizeof *slabs; i++)
		slab_done(slabs[i]);
	for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++)
		queue_index_done(indexes[i]);
	scrap_done(&q->texts);
	nmap_done(&q->attempts);
}

void
queue_free(struct queue **qp)
{
	struct queue *q = *qp;

	*qp = NULL;
	if (!q)
		return;
	/* Short texts go with q->texts; long ones are the heap's. */
	for (uint32_t i = 1; i <= slab_high(&q->messages); i++)
		if (slab_lives(&q->messages, i))
			queue_text_free(q, queue_message_at(q, i)->text);
	for (uint32_t i = 1; i <= slab_high(&q->letterheads); i++)
		if (slab_lives(&q->letterheads, i))
			queue_text_free(
				q, ((struct q_letterhead *)slab_at(&q->letterheads, i))->text);
	for (uint32_t i = 1; i <= slab_high(&q->domains); i++)
		if (slab_lives(&q->domains, i))
			queue_text_free(q, ((struct q_domain *)slab_at(&q->domains, i))->text);
	queue_conn_done_all(q);
	for (uint32_t i = 1; i <= slab_high(&q->doors); i++)
		if (slab_lives(&q->doors, i))
			queue_door_free(q, queue_door_at(q, i));
	free_all(q);
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
	r->state = (uint8_t)s & 15u;
}

static char *
add_text(char *p, struct str s)
{
	if (s.n)
		memcpy(p, s.p, s.n);
	return p + s.n;
}

static struct wish
wish_of(const struct msg_submit *s)
{
	struct wish w;

	(void)wish_read(s->extra, &w);
	return w;
}

/* What a message's text holds before its recipients. */
static size_t
head_size(const struct msg_submit *s)
{
	const struct wish w = wish_of(s);

	return (s->origin ? sizeof s->origin : 0) + (w.group ? sizeof w.group : 0) + w.once.n +
	       (s->envid.n ? sizeof(uint16_t) + s->envid.n : 0);
}

static size_t
text_size(const struct msg_submit *s)
{
	size_t n = head_size(s);

	for (size_t i = 0; i < s->rcpts.n; i++)
		n += s->rcpts.at[i].address.n + s->rcpts.at[i].orcpt.n;
	return n;
}

uint64_t
q_origin(const struct q_message *m)
{
	uint64_t origin = 0;

	if (m->has_origin)
		memcpy(&origin, m->text, sizeof origin);
	return origin;
}

uint32_t
q_group(const struct q_message *m)
{
	uint32_t group = 0;

	if (m->has_group)
		memcpy(&group, m->text + (m->has_origin ? sizeof(uint64_t) : 0), sizeof group);
	return group;
}

struct str
q_once(const struct q_message *m)
{
	const char *p = m->text + (m->has_origin ? sizeof(uint64_t) : 0) +
	                (m->has_group ? sizeof(uint32_t) : 0);

	return str_of(p, m->has_once ? ONCE_SIZE : 0);
}

struct str
q_envid(const struct q_message *m)
{
	const char *p = str_from(q_once(m), q_once(m).n).p;
	uint16_t n;

	if (!m->has_envid)
		return str_of(p, 0);
	memcpy(&n, p, sizeof n);
	return str_of(p + sizeof n, n);
}

void
q_set_born(struct q_message *m, int64_t mono)
{
	int64_t age = mono / Q_AGE_US - (mono % Q_AGE_US < 0);

	m->born = (int32_t)(age < INT32_MIN ? INT32_MIN : age > INT32_MAX ? INT32_MAX : age);
}

void
q_set_expires(struct q_message *m, uint64_t mono)
{
	uint64_t age = mono / Q_AGE_US + (mono % Q_AGE_US > 0);

	m->expires = (int32_t)(age > INT32_MAX ? INT32_MAX : age);
}

bool
queue_fits(const struct queue *q, const struct msg_submit *s)
{
	if (q->messages.live == q->messages.max || s->rcpts.n > UINT16_MAX ||
		s->rcpts.n > q->rcpts.max - q->rcpts.live)
		return false;
	if (s->sender.n > UINT16_MAX || s->from_domain.n > UINT16_MAX ||
		s->envid.n > UINT16_MAX || s->offset > UINT32_MAX)
		return false;
	for (size_t i = 0; i < s->rcpts.n; i++) {
		const struct msg_rcpt *r = &s->rcpts.at[i];

		if (r->address.n > UINT16_MAX || r->orcpt.n > UINT16_MAX ||
			r->index == UINT16_MAX)
			return false;
	}
	return text_size(s) <= UINT32_MAX &&
	       queue_index_find(&q->by_id, queue_mix(s->message), &s->message) == 0;
}

/* The text's head. */
static char *
write_head(char *p, const struct msg_submit *s)
{
	uint16_t envid_n = (uint16_t)s->envid.n;
	const struct wish w = wish_of(s);

	if (s->origin)
		p = add_text(p, str_of(&s->origin, sizeof s->origin));
	if (w.group)
		p = add_text(p, str_of(&w.group, sizeof w.group));
	p = add_text(p, w.once);
	if (s->envid.n)
		p = add_text(add_text(p, str_of(&envid_n, sizeof envid_n)), s->envid);
	return p;
}

static struct q_message *
message_new(struct queue *q, const struct msg_submit *s, uint64_t expires, uint32_t *ret_self)
{
	struct q_message *m = slab_new(&q->messages, ret_self);
	const struct wish w = wish_of(s);

	*m = (struct q_message){ .id = s->message,
		.hash = s->hash,
		.offset = (uint32_t)s->offset,
		.accepted = s->accepted,
		.extent = s->extent,
		.length = s->length,
		.header_length = s->header_length,
		.tenant = s->tenant,
		.stream = s->stream <= STREAM_INBOUND ? s->stream & 3u : 0,
		.has_origin = s->origin != 0,
		.has_envid = s->envid.n != 0,
		.has_group = w.group != 0,
		.has_once = w.once.n != 0,
		.via = s->via & 15u,
		.ret = s->ret & 15u,
		.tls = w.tls & 3u,
		.turn = w.turn & 3u,
		.flags = s->flags };
	memcpy(m->body_hash, s->body_hash.b, sizeof m->body_hash);
	q_set_born(m, (int64_t)q->now);
	q_set_expires(m, expires);
	m->text = queue_text_new(q, text_size(s));
	m->from = queue_letterhead_ref(q, s->key, s->sender, s->from_domain);
	write_head(m->text, s);
	queue_index_add(&q->by_id, *ret_self);
	return m;
}

static void
message_drop(struct queue *q, uint32_t self)
{
	struct q_message *m = queue_message_at(q, self);

	must(m->live == 0 && m->first == 0);
	if (q->calls->gone)
		q->calls->gone(q->ctx, m);
	queue_index_del(&q->by_id, self);
	queue_text_free(q, m->text);
	queue_letterhead_unref(q, m->from);
	slab_free(&q->messages, self);
}

static struct q_lane *
lane_of(struct queue *q, const struct q_message *m, const struct msg_rcpt *to)
{
	size_t at = str_rfind(to->address, '@');
	uint8_t stream = to->notify & MSG_RCPT_SINK ? STREAM_SINK : m->stream;

	return queue_lane_for(q, m->tenant, stream, str_from(to->address, at + 1));
}

static void
rcpt_restore(struct queue *q, struct q_rcpt *r, const struct q_restored *was)
{
	enum rcpt_state s = was->state;

	r->attempts = was->attempts;
	r->facts = was->facts;
	r->delay_told = was->delay_told;
	r->report_owed = was->report_owed;
	r->held_own = was->held_own;
	r->crashes = (was->crashes < RCPT_CRASHES_MAX ? was->crashes : RCPT_CRASHES_MAX) &
	             RCPT_CRASHES_MAX;
	must(s < RCPT_STATES);
	if (s == RCPT_HELD || rcpt_final(s)) {
		queue_state(q, r, s);
		r->timer.at = was->next;
		return;
	}
	if (s == RCPT_QUEUED && was->next > q->now)
		queue_lane_wait(q, r, was->next);
	else
		queue_lane_due(q, r, q->now, false);
}

static struct q_rcpt *
rcpt_new(struct queue *q, uint32_t message, const struct msg_rcpt *from, char **text)
{
	struct q_message *m = queue_message_at(q, message);
	uint32_t self;
	struct q_rcpt *r = slab_new(&q->rcpts, &self);

	r->self = self;
	r->message = message;
	r->index = from->index;
	r->notify = from->notify & 15u;
	r->sink = (from->notify & MSG_RCPT_SINK) != 0;
	r->address_at = (uint32_t)(*text - m->text);
	r->address_n = (uint16_t)from->address.n;
	r->orcpt_n = (uint16_t)from->orcpt.n;
	*text = add_text(add_text(*text, from->address), from->orcpt);
	r->state = RCPT_QUEUED;
	q->counts[RCPT_QUEUED]++;
	m->live++;
	queue_lane_join(q, lane_of(q, m, from), r);
	return r;
}

struct q_message *
queue_add(struct queue *q, const struct msg_submit *s, uint64_t now, uint64_t expires,
	const struct q_restored *restored)
{
	static const struct q_restored fresh = { .state = RCPT_QUEUED };
	struct q_message *m;
	uint32_t self, *tail;
	char *text;

	clock_on(q, now);
	if (!queue_fits(q, s))
		return NULL;
	m = message_new(q, s, expires, &self);
	text = m->text + head_size(s);
	tail = &m->first;
	for (size_t i = 0; i < s->rcpts.n; i++) {
		const struct msg_rcpt *from = &s->rcpts.at[i];
		const struct q_restored *was = restored ? &restored[i] : &fresh;
		struct q_rcpt *r;

		if (from->index >= m->total)
			m->total = (uint16_t)(from->index + 1);
		if (rcpt_final(was->state) && !was->report_owed)
			continue;
		r = rcpt_new(q, self, from, &text);
		*tail = r->self;
		tail = &r->sibling;
		rcpt_restore(q, r, was);
	}
	if (m->total > q->widest)
		q->widest = m->total;
	if (m->live)
		return m;
	message_drop(q, self);
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
	uint32_t message = r->message;
	struct q_message *m = queue_message_at(q, message);

	q->counts[r->state]--;
	queue_lane_leave(q, r);
	unlink_sibling(q, m, r);
	slab_free(&q->rcpts, r->self);
	if (--m->live == 0)
		message_drop(q, message);
}

struct q_message *
queue_message(struct queue *q, uint64_t message_id)
{
	uint32_t self = queue_index_find(&q->by_id, queue_mix(message_id), &message_id);

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
	if (state == RCPT_HELD)
		r->timer.at = next;
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

/* true: there is more to move now. */
static bool
move_due(struct queue *q)
{
	struct timer *t;

	for (unsigned n = 0; (t = wheel_pop(&q->wheel, q->now)); n++) {
		struct q_rcpt *r = LIST_OF(t, struct q_rcpt, timer);
		struct q_lane *l = queue_lane_at(q, r->lane);

		l->waiting--;
		queue_door_of(q, l)->waiting--;
		queue_lane_due(q, r, t->at, false);
		if (n == TICK_DUE)
			return true;
	}
	return false;
}

static void
wake_doors(struct queue *q)
{
	struct timer *t;

	while ((t = wheel_pop(&q->naps, q->now))) {
		struct q_door *d = LIST_OF(t, struct q_door, wake);

		d->place = DOOR_OUT;
		queue_door_place(q, d);
	}
}

/* One part of what queue_routes_changed began. */
static void
change_routes(struct queue *q)
{
	for (unsigned n = 0; n < TICK_LANES && q->lanes_left; n++, q->lanes_left--)
		if (slab_lives(&q->lanes, q->lanes_left))
			queue_lane_reroute(q, queue_lane_at(q, q->lanes_left));
	if (q->lanes_left)
		return;
	for (unsigned n = 0; n < TICK_RCPTS && q->rcpts_left; n++, q->rcpts_left--) {
		struct q_rcpt *r;

		if (!slab_lives(&q->rcpts, q->rcpts_left))
			continue;
		r = queue_rcpt_at(q, q->rcpts_left);
		if (r->state != RCPT_QUEUED || r->due)
			continue;
		queue_lane_detach(q, r);
		queue_lane_due(q, r, q->now, false);
	}
}

uint64_t
queue_tick(struct queue *q, uint64_t now)
{
	uint64_t a, b;
	bool more;

	clock_on(q, now);
	more = move_due(q);
	wake_doors(q);
	change_routes(q);
	queue_door_prune(q);
	if (more || q->lanes_left || q->rcpts_left)
		return q->now;
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

		if (q->swept >= slab_high(&q->rcpts)) {
			q->swept = 0;
			q->pass++;
		}
		if (!slab_lives(&q->rcpts, ++q->swept))
			continue;
		r = queue_rcpt_at(q, q->swept);
		if (r->state != RCPT_QUEUED && r->state != RCPT_HELD)
			continue;
		if (r->due)
			queue_door_swept(
				q, queue_door_of(q, queue_lane_at(q, r->lane)), r->timer.at);
		if (q_expires(queue_message_at(q, r->message)) <= q->now)
			fn(ctx, r);
	}
}

void
queue_routes_changed(struct queue *q, uint64_t now)
{
	clock_on(q, now);
	queue_lane_drop_spare(q, 0);
	q->lanes_left = slab_high(&q->lanes);
	q->rcpts_left = slab_high(&q->rcpts);
	change_routes(q);
}
