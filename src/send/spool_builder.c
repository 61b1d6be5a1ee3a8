/* The builder of send/spool.h: what the records of a replay leave alive. */
#include "send/spool_builder.h"
#include "base/mem.h"
#include "base/must.h"

#include <errno.h>

#define SECOND    INT64_C(1000000)
#define DAY       (86400 * SECOND)
#define JUMP      (30 * DAY)      /* a longer step of the wall clock is no waiting */
#define JITTER    (3600 * SECOND) /* records of several processes are not quite in order */
#define NEXT_MAX  DAY
#define FIRST_MAX (3 * DAY + JITTER) /* of a try that send_at put off */
/* So that the ids of its recipients are numbers too. */
#define MESSAGE_MAX (UINT64_MAX - UINT16_MAX - 2)
/* The biggest record a channel lets in, decoded. */
#define DECODED_MAX (64u << 20)

struct spool_builder *
spool_builder_new(void)
{
	struct spool_builder *b = MEM_NEW(b);

	nmap_init(&b->entries);
	nmap_init(&b->owed);
	nmap_init(&b->by_hash);
	nmap_init(&b->dots);
	nmap_init(&b->open);
	arena_init(&b->arena, DECODED_MAX);
	buf_init(&b->written, DECODED_MAX);
	return b;
}

void
spool_builder_expect(struct spool_builder *b, size_t messages)
{
	nmap_reserve(&b->entries, messages);
	nmap_reserve(&b->by_hash, messages);
}

struct str
spool_entry_submit(const struct spool_entry *e)
{
	return str_of(&e->at[e->n], e->submit_n);
}

void
spool_entries_done(struct spool_builder *b)
{
	size_t pos = 0;
	uint64_t id, value;

	/* Before `turning` the map still has all of them. */
	for (size_t i = 0; b->turning && i < b->nturns; i++)
		mem_free(b->turns[i].entry);
	while (nmap_next(&b->entries, &pos, &id, &value))
		mem_free((void *)(uintptr_t)value);
	mem_free(b->turns);
	b->turns = NULL;
	b->nturns = b->turns_cap = b->map_pos = 0;
	b->turning = false;
	nmap_done(&b->entries);
	nmap_done(&b->owed);
	nmap_done(&b->dots);
	nmap_done(&b->open);
}

void
spool_builder_free(struct spool_builder **bp)
{
	struct spool_builder *b = *bp;

	*bp = NULL;
	if (!b)
		return;
	spool_entries_done(b);
	spool_builder_forget(b);
	arena_done(&b->arena);
	buf_done(&b->written);
	mem_free(b);
}

void
spool_builder_forget(struct spool_builder *b)
{
	nmap_done(&b->by_hash);
	mem_free(b->known);
	b->known = NULL;
	b->nknown = b->known_cap = 0;
}

static bool
key_ok(uint64_t id)
{
	return id != 0 && id != UINT64_MAX;
}

static struct spool_entry *
entry_of(const struct spool_builder *b, uint64_t message)
{
	uint64_t value;

	if (!key_ok(message) || !nmap_get(&b->entries, message, &value))
		return NULL;
	return (struct spool_entry *)(uintptr_t)value;
}

/* Recipients stand in order of index. */
static struct spool_state *
state_of(struct spool_entry *e, uint16_t index)
{
	size_t low = 0, high = e->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (e->at[mid].index == index)
			return &e->at[mid];
		if (e->at[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

bool
spool_state_lives(const struct spool_state *s)
{
	return s->state != RCPT_NONE &&
	       (!rcpt_final((enum rcpt_state)s->state) || s->report_owed);
}

int64_t
spool_step(int64_t from, int64_t to)
{
	int64_t d;

	if (__builtin_sub_overflow(to, from, &d) || d < 0 || d > JUMP)
		return 0;
	return d;
}

static void
see_wall(struct spool_builder *b, int64_t wall)
{
	int64_t back;

	if (!b->wall_seen) {
		b->wall_seen = true;
		b->wall = wall;
		return;
	}
	if (!__builtin_sub_overflow(b->wall, wall, &back) && back >= 0 && back < JITTER)
		return;
	b->time += spool_step(b->wall, wall);
	b->wall = wall;
}

static void
see_id(struct spool_builder *b, uint64_t last)
{
	if (last < UINT64_MAX && last + 1 > b->totals.next_id)
		b->totals.next_id = last + 1;
}

static void
entry_drop(struct spool_builder *b, struct spool_entry *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->at[i].report_owed)
			nmap_del(&b->owed, e->message + 1 + e->at[i].index);
	nmap_del(&b->entries, e->message);
	mem_free(e);
}

static void
set_owed(struct spool_builder *b, const struct spool_entry *e, struct spool_state *s, bool owed)
{
	uint64_t id = e->message + 1 + s->index;

	if (owed)
		nmap_put(&b->owed, id, e->message);
	else if (s->report_owed)
		nmap_del(&b->owed, id);
	s->report_owed = owed;
}

static int64_t
clip(int64_t wait, int64_t max)
{
	return wait < 0 ? 0 : wait > max ? max : wait;
}

/* µs from its acceptance to its first try. */
static int64_t
put_off(const struct msg_submit *s)
{
	struct msg_extra x;
	int64_t wait;

	/* No list is in it: nothing is taken of an arena. */
	if (!s->extra.n || msg_extra_read(NULL, s->extra, &x) < 0 || x.not_before == 0 ||
		__builtin_sub_overflow(x.not_before, s->accepted, &wait))
		return 0;
	return clip(wait, FIRST_MAX);
}

static void
state_set(struct spool_builder *b, struct spool_entry *e, struct spool_state *s,
	const struct spool_change *c)
{
	int64_t wait;
	bool was = spool_state_lives(s);

	s->attempts = c->attempts;
	s->facts = c->facts;
	s->state = c->state == RCPT_ACTIVE ? RCPT_QUEUED : c->state;
	s->crashes = c->crashes;
	s->delay_told = c->delay_told;
	s->held_own = c->held_own;
	set_owed(b, e, s, c->report_owed);
	if (__builtin_sub_overflow(c->next, b->wall, &wait))
		wait = 0;
	s->due = b->time + clip(wait, c->attempts ? NEXT_MAX : FIRST_MAX);
	e->live += (uint32_t)spool_state_lives(s) - (uint32_t)was;
}

static bool
submit_valid(const struct msg_submit *s)
{
	if (s->message == 0 || s->message > MESSAGE_MAX || s->rcpts.n == 0)
		return false;
	/* Recipients are found by their order. */
	for (size_t i = 1; i < s->rcpts.n; i++)
		if (s->rcpts.at[i].index <= s->rcpts.at[i - 1].index)
			return false;
	return true;
}

/* What the queue keeps of it: its group. out is empty. */
static struct str
extra_kept(const struct msg_submit *s, struct buf *out)
{
	struct msg_extra x, kept = { .idem = STR_NONE, .about = STR_NONE };

	if (s->extra.n == 0 || msg_extra_read(NULL, s->extra, &x) < 0 || x.more.n == 0)
		return STR_NONE;
	kept.more = x.more;
	must(msg_extra_write(out, &kept) == 0);
	return buf_str(out);
}

/* The submit of an entry with n recipients, whose states are the caller's to set. */
static struct spool_entry *
entry_write(struct spool_builder *b, const struct msg_submit *s)
{
	struct msg_submit kept = *s;
	struct spool_entry *e;
	size_t states = s->rcpts.n * sizeof e->at[0];
	struct buf extra;

	buf_init(&extra, DECODED_MAX);
	kept.message_id = kept.subject = kept.helo = kept.client = STR_NONE;
	kept.extra = extra_kept(s, &extra);
	buf_clear(&b->written);
	must(msg_submit_write(&b->written, &kept) == 0);
	buf_done(&extra);
	e = mem_grow(NULL, 1, sizeof *e + states + b->written.n);
	*e = (struct spool_entry){
		.message = s->message,
		.n = (uint32_t)s->rcpts.n,
		.submit_n = (uint32_t)b->written.n,
	};
	memcpy(&e->at[e->n], b->written.p, b->written.n);
	nmap_put(&b->entries, e->message, (uint64_t)(uintptr_t)e);
	return e;
}

static void
entry_new(struct spool_builder *b, const struct msg_submit *s, int64_t born, uint8_t state)
{
	struct spool_entry *e = entry_write(b, s);
	int64_t wait = put_off(s), due = b->time + wait;

	e->born = born + wait;
	e->live = state == RCPT_NONE ? 0 : e->n;
	for (size_t i = 0; i < e->n; i++)
		e->at[i] = (struct spool_state){
			.index = s->rcpts.at[i].index, .state = state, .due = due
		};
}

/* Names a SUBMIT: by where its body lies; our own of before there were boots by its id. */
static struct spool_known_submit
name_of(const struct msg_submit *s)
{
	if (s->boot == 0)
		return (struct spool_known_submit){ .offset = s->message,
			.message = s->message };
	return (struct spool_known_submit){
		.boot = s->boot, .offset = s->offset, .message = s->message, .extent = s->extent
	};
}

static uint64_t
known_hash(const struct spool_known_submit *k)
{
	const uint64_t words[3] = { k->boot, k->offset, k->extent };
	uint64_t h = hash_bytes(0, str_of(words, sizeof words));

	return h == 0 || h == UINT64_MAX ? 1 : h;
}

static const struct spool_known_submit *
known_find(const struct spool_builder *b, const struct spool_known_submit *k)
{
	uint64_t at;

	if (!nmap_get(&b->by_hash, known_hash(k), &at))
		return NULL;
	for (; at; at = b->known[at - 1].next) {
		const struct spool_known_submit *x = &b->known[at - 1];

		if (x->boot == k->boot && x->offset == k->offset && x->extent == k->extent)
			return x;
	}
	return NULL;
}

static void
known_add(struct spool_builder *b, struct spool_known_submit k)
{
	uint64_t h = known_hash(&k), first = 0;

	(void)nmap_get(&b->by_hash, h, &first);
	k.next = (uint32_t)first;
	if (b->nknown == b->known_cap) {
		b->known_cap = b->known_cap ? b->known_cap * 2 : 1024;
		b->known = mem_grow(b->known, b->known_cap, sizeof *b->known);
	}
	must(b->nknown < UINT32_MAX);
	b->known[b->nknown++] = k;
	nmap_put(&b->by_hash, h, b->nknown);
}

bool
spool_builder_knows(const struct spool_builder *b, uint64_t boot, uint32_t extent,
	uint64_t offset, uint64_t *ret_message)
{
	const struct spool_known_submit k = {
		.boot = boot, .offset = offset, .extent = extent
	};
	const struct spool_known_submit *found = boot ? known_find(b, &k) : NULL;

	if (found)
		*ret_message = found->message;
	return found != NULL;
}

/* The report this debt was about is durable. */
static void
settle(struct spool_builder *b, uint64_t origin)
{
	uint64_t message;
	struct spool_entry *e;
	struct spool_state *s;

	if (!key_ok(origin) || !nmap_get(&b->owed, origin, &message))
		return;
	e = entry_of(b, message);
	must(e != NULL);
	s = state_of(e, (uint16_t)(origin - message - 1));
	must(s != NULL);
	bool was = spool_state_lives(s);

	set_owed(b, e, s, false);
	e->live += (uint32_t)spool_state_lives(s) - (uint32_t)was;
	if (e->live == 0)
		entry_drop(b, e);
}

static int
on_submit(struct spool_builder *b, struct str payload)
{
	struct msg_submit s;
	struct spool_known_submit k;

	if (msg_submit_read(&b->arena, payload, &s) < 0 || !submit_valid(&s))
		return -EBADMSG;
	b->last = s;
	b->has_last = true;
	k = name_of(&s);
	if (known_find(b, &k))
		return 0;
	/* Another body under an id in use: neither may push the other out. */
	if (entry_of(b, s.message))
		return -EBADMSG;
	known_add(b, k);
	see_wall(b, s.accepted);
	see_id(b, s.message + 1 + s.rcpts.at[s.rcpts.n - 1].index);
	b->totals.messages++;
	b->totals.accepted += s.rcpts.n;
	if (s.tenant == 0)
		b->totals.accepted_system += s.rcpts.n;
	entry_new(b, &s, b->time, RCPT_QUEUED);
	settle(b, s.origin);
	return 0;
}

static void
change(struct spool_builder *b, struct spool_entry *e, const struct spool_change *c)
{
	struct spool_state *s = e ? state_of(e, c->index) : NULL;

	/* Once final, only its report is left. */
	if (s && rcpt_final((enum rcpt_state)s->state) && rcpt_final((enum rcpt_state)c->state))
		return;
	if (rcpt_final((enum rcpt_state)c->state))
		b->totals.final[c->state]++;
	if (!s || s->state == RCPT_NONE)
		return;
	state_set(b, e, s, c);
}

static int
on_outcome(struct spool_builder *b, struct str payload)
{
	struct spool_outcome o;
	struct spool_entry *e;

	if (spool_outcome_read(&b->arena, payload, &o) < 0)
		return -EBADMSG;
	see_wall(b, o.at);
	/* Recipients the attempt does not answer for go back to the queue: they had no dot. */
	if (key_ok(o.attempt))
		nmap_del(&b->open, o.attempt);
	e = entry_of(b, o.message);
	for (size_t i = 0; i < o.n; i++) {
		uint64_t id = o.message + 1 + o.changes[i].index;

		if (o.message <= MESSAGE_MAX)
			see_id(b, id);
		if (key_ok(id))
			nmap_del(&b->dots, id);
		change(b, e, &o.changes[i]);
	}
	if (e && e->live == 0)
		entry_drop(b, e);
	return 0;
}

static bool
live_valid(const struct spool_live *l)
{
	size_t k = 0;

	if (!submit_valid(&l->submit))
		return false;
	for (size_t i = 0; i < l->n; i++, k++) {
		while (k < l->submit.rcpts.n &&
			l->submit.rcpts.at[k].index < l->changes[i].index)
			k++;
		if (k == l->submit.rcpts.n ||
			l->submit.rcpts.at[k].index != l->changes[i].index)
			return false;
	}
	return true;
}

static int
on_live(struct spool_builder *b, struct str payload)
{
	struct spool_live l;
	struct spool_entry *e;
	int64_t age;

	if (spool_live_read(&b->arena, payload, &l) < 0 || !live_valid(&l))
		return -EBADMSG;
	see_id(b, l.submit.message + 1 + l.submit.rcpts.at[l.submit.rcpts.n - 1].index);
	if ((e = entry_of(b, l.submit.message)) != NULL)
		entry_drop(b, e);
	if (__builtin_sub_overflow(b->wall, l.submit.accepted, &age) || age < 0)
		age = 0;
	if (age > 400 * DAY)
		age = 0;
	entry_new(b, &l.submit, b->time - age, RCPT_NONE);
	e = entry_of(b, l.submit.message);
	for (size_t i = 0; i < l.n; i++)
		state_set(b, e, state_of(e, l.changes[i].index), &l.changes[i]);
	if (e->live == 0)
		entry_drop(b, e);
	return 0;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Counters only grow. A TOTALS does not know of submits that were appended before it and
 * counted, after their flush, behind it: those were counted here already. */
static int
on_totals(struct spool_builder *b, struct str payload)
{
	struct spool_totals t, *mine = &b->totals;

	if (spool_totals_read(payload, &t) < 0)
		return -EBADMSG;
	see_wall(b, t.wall);
	mine->wall = t.wall;
	mine->next_id = later(mine->next_id, t.next_id);
	mine->accepted = later(mine->accepted, t.accepted);
	mine->accepted_system = later(mine->accepted_system, t.accepted_system);
	mine->messages = later(mine->messages, t.messages);
	for (size_t i = 0; i < RCPT_STATES; i++)
		mine->final[i] = later(mine->final[i], t.final[i]);
	return 0;
}

static int
on_dot(struct spool_builder *b, struct str payload)
{
	struct spool_dot d;

	if (spool_dot_read(&b->arena, payload, &d) < 0 || !key_ok(d.attempt))
		return -EBADMSG;
	nmap_put(&b->open, d.attempt, d.message);
	for (size_t i = 0; i < d.rcpts.n; i++)
		if (key_ok(d.rcpts.at[i]))
			nmap_put(&b->dots, d.rcpts.at[i], d.attempt);
	return 0;
}

/* A message that is unknown here ended, or its LIVE comes later and has the new place already.
 */
static int
on_moved(struct spool_builder *b, struct str payload)
{
	struct spool_moved m;
	struct msg_submit s;
	struct spool_entry *e, *there;

	if (spool_moved_read(payload, &m) < 0)
		return -EBADMSG;
	e = entry_of(b, m.message);
	if (!e)
		return 0;
	must(msg_submit_read(&b->arena, spool_entry_submit(e), &s) == 0);
	if (s.extent != m.from.extent || s.offset != m.from.offset)
		return 0;
	s.extent = m.to.extent;
	s.offset = m.to.offset;
	there = entry_write(b, &s);
	there->born = e->born;
	there->live = e->live;
	memcpy(there->at, e->at, e->n * sizeof e->at[0]);
	mem_free(e);
	return 0;
}

int
spool_builder_record(struct spool_builder *b, uint16_t type, struct str payload)
{
	arena_reset(&b->arena);
	b->has_last = false;
	switch (type) {
	case SPOOL_SUBMIT:
		return on_submit(b, payload);
	case SPOOL_OUTCOME:
		return on_outcome(b, payload);
	case SPOOL_LIVE:
		return on_live(b, payload);
	case SPOOL_TOTALS:
		return on_totals(b, payload);
	case SPOOL_DOT:
		return on_dot(b, payload);
	case SPOOL_MOVED:
		return on_moved(b, payload);
	case SPOOL_IDEM:
		return 0; /* the engine's own (send/idem) */
	default:
		return -EBADMSG;
	}
}

const struct msg_submit *
spool_builder_submit(const struct spool_builder *b)
{
	return b->has_last ? &b->last : NULL;
}

const struct spool_totals *
spool_builder_totals(const struct spool_builder *b)
{
	return &b->totals;
}

size_t
spool_builder_unfit(const struct spool_builder *b)
{
	return b->unfit;
}

size_t
spool_builder_waiting(const struct spool_builder *b)
{
	return b->turning ? b->nturns : b->entries.used;
}
