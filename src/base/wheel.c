#include "base/wheel.h"

#include "base/must.h"

#define SLOT_BITS 8
#define TIMER(l)  LIST_OF(l, struct timer, link)

/* The next place where timers wait: one slot of one level. */
struct stop {
	uint64_t tick; /* first tick of the slot */
	unsigned level, slot;
};

void
wheel_init(struct wheel *w, uint64_t tick_us, uint64_t now)
{
	must(tick_us > 0);
	for (unsigned l = 0; l < WHEEL_LEVELS; l++) {
		for (unsigned s = 0; s < WHEEL_SLOTS; s++)
			list_init(&w->slot[l][s]);
		for (unsigned i = 0; i < WHEEL_SLOTS / 64; i++)
			w->busy[l][i] = 0;
	}
	list_init(&w->soon);
	list_init(&w->far);
	w->tick_us = tick_us;
	w->now_tick = now / tick_us;
	w->count = 0;
}

void
timer_init(struct timer *t)
{
	list_init(&t->link);
	t->at = 0;
}

/* Timers of the current tick are few and mostly come in order: searched from the end. */
static void
put_sorted(struct link *soon, struct timer *t)
{
	struct link *after = soon->prev;

	while (after != soon && TIMER(after)->at > t->at)
		after = after->prev;
	list_put_before(after->next, &t->link);
}

/* To its slot, to far, or, when its tick is here, to `here` in any order. */
static void
place(struct wheel *w, struct timer *t, struct link *here)
{
	uint64_t tick = t->at / w->tick_us, diff = tick ^ w->now_tick;
	unsigned level, slot;

	if (tick <= w->now_tick) {
		list_push(here, &t->link);
		return;
	}
	if (diff >> SLOT_BITS * WHEEL_LEVELS) {
		list_push(&w->far, &t->link);
		return;
	}
	level = (63u - (unsigned)__builtin_clzll(diff)) / SLOT_BITS;
	slot = (unsigned)(tick >> SLOT_BITS * level) % WHEEL_SLOTS;
	list_push(&w->slot[level][slot], &t->link);
	w->busy[level][slot / 64] |= UINT64_C(1) << slot % 64;
}

void
wheel_add(struct wheel *w, struct timer *t, uint64_t at)
{
	wheel_del(w, t);
	t->at = at;
	w->count++;
	if (at / w->tick_us <= w->now_tick)
		put_sorted(&w->soon, t);
	else
		place(w, t, NULL);
}

static void
unlink_timer(struct wheel *w, struct timer *t)
{
	/* Alone in a slot: both neighbours are the slot's head. */
	const struct link *head = t->link.prev;
	uintptr_t at = (uintptr_t)head, first = (uintptr_t)w->slot;
	size_t i = (at - first) / sizeof *head;

	if (head == t->link.next && at >= first && i < WHEEL_LEVELS * WHEEL_SLOTS)
		w->busy[i / WHEEL_SLOTS][i % WHEEL_SLOTS / 64] &= ~(UINT64_C(1) << i % 64);
	list_del(&t->link);
	w->count--;
}

void
wheel_del(struct wheel *w, struct timer *t)
{
	if (timer_pending(t))
		unlink_timer(w, t);
}

static bool
next_stop(const struct wheel *w, struct stop *ret)
{
	for (unsigned l = 0; l < WHEEL_LEVELS; l++) {
		for (unsigned i = 0; i < WHEEL_SLOTS / 64; i++) {
			unsigned slot, low = SLOT_BITS * l;
			uint64_t above = w->now_tick >> (low + SLOT_BITS) << SLOT_BITS;

			if (!w->busy[l][i])
				continue;
			/* Slots behind now_tick are empty, so the lowest bit is the next. */
			slot = i * 64 + (unsigned)__builtin_ctzll(w->busy[l][i]);
			*ret = (struct stop){ (above | slot) << low, l, slot };
			return true;
		}
	}
	return false;
}

/* Moves all of `from` to the empty list `to`. */
static void
move_all(struct link *from, struct link *to)
{
	list_init(to);
	if (list_empty(from))
		return;
	*to = *from;
	to->next->prev = to;
	to->prev->next = to;
	list_init(from);
}

/* Merges b into a, both sorted; of equal ones those of a come first. */
static void
merge(struct link *a, struct link *b)
{
	struct link *at = a->next;

	while (!list_empty(b)) {
		while (at != a && TIMER(at)->at <= TIMER(b->next)->at)
			at = at->next;
		list_put_before(at, list_pop(b));
	}
}

/* Bottom-up merge sort: run[i] holds 2^i timers or none. */
static void
sort(struct link *list)
{
	struct link run[33], one;
	unsigned top = 0;

	while (!list_empty(list)) {
		unsigned i = 0;

		list_init(&one);
		list_push(&one, list_pop(list));
		for (; i < top && !list_empty(&run[i]); i++) {
			merge(&run[i], &one);
			move_all(&run[i], &one);
		}
		must(i < 33);
		if (i == top)
			top++;
		move_all(&one, &run[i]);
	}
	/* Higher runs hold what came earlier. */
	list_init(&one);
	for (unsigned i = 0; i < top; i++) {
		merge(&run[i], &one);
		move_all(&run[i], &one);
	}
	move_all(&one, list);
}

/* Places the timers of `from` anew; those whose tick is here become `soon`, which is empty. */
static void
spread(struct wheel *w, struct link *from)
{
	struct link moving, here, *l;

	move_all(from, &moving);
	list_init(&here);
	while ((l = list_pop(&moving)))
		place(w, TIMER(l), &here);
	sort(&here);
	move_all(&here, &w->soon);
}

/* Into the 2^40 ticks of the earliest far timer, at most to target. */
static void
reach_far(struct wheel *w, uint64_t target)
{
	unsigned bits = SLOT_BITS * WHEEL_LEVELS;
	uint64_t first = UINT64_MAX;

	LIST_EACH(l, &w->far)
	if (TIMER(l)->at / w->tick_us < first)
		first = TIMER(l)->at / w->tick_us;
	if (list_empty(&w->far) || first >> bits > target >> bits) {
		w->now_tick = target;
		return;
	}
	w->now_tick = first >> bits << bits;
	spread(w, &w->far);
}

/* Moves on to the next stop, at most to target; `soon` is empty. */
static void
advance(struct wheel *w, uint64_t target)
{
	struct stop stop;

	if (!next_stop(w, &stop)) {
		/* Within the same 2^40 ticks nothing far can be due. */
		if ((w->now_tick ^ target) >> SLOT_BITS * WHEEL_LEVELS)
			reach_far(w, target);
		else
			w->now_tick = target;
		return;
	}
	if (stop.tick > target) {
		w->now_tick = target;
		return;
	}
	w->now_tick = stop.tick;
	w->busy[stop.level][stop.slot / 64] &= ~(UINT64_C(1) << stop.slot % 64);
	spread(w, &w->slot[stop.level][stop.slot]);
}

struct timer *
wheel_pop(struct wheel *w, uint64_t now)
{
	uint64_t target = now / w->tick_us;
	struct timer *t;

	while (list_empty(&w->soon) && w->now_tick < target)
		advance(w, target);
	if (list_empty(&w->soon) || TIMER(w->soon.next)->at > now)
		return NULL;
	t = TIMER(w->soon.next);
	unlink_timer(w, t);
	return t;
}

uint64_t
wheel_next(const struct wheel *w)
{
	unsigned bits = SLOT_BITS * WHEEL_LEVELS;
	struct stop stop;

	if (!list_empty(&w->soon))
		return TIMER(w->soon.next)->at;
	if (next_stop(w, &stop))
		return stop.tick * w->tick_us;
	if (!list_empty(&w->far))
		return (((w->now_tick >> bits) + 1) << bits) * w->tick_us;
	return UINT64_MAX;
}
