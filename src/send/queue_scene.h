/*
 * For the queue's tests: a queue with one courier; every domain's door has the same limits;
 * domains that start with "hub" share one door. Mono time is a number of the scene.
 */
#ifndef SEND_QUEUE_SCENE_H
#define SEND_QUEUE_SCENE_H

#include "base/test.h"
#include "send/queue.h"

#define S(x) ((uint64_t)(x)*1000000)

struct world {
	struct queue *q;
	struct door_limits limits;
	uint64_t now, next_id;
	unsigned gone, routed;
	const char *hop;  /* everything goes there when set */
	struct str extra; /* of the submits */
};

static inline void
route(void *ctx, uint32_t tenant, uint8_t stream, struct str domain, struct door_key *ret)
{
	struct world *w = ctx;

	(void)tenant;
	(void)stream;
	w->routed++;
	*ret = (struct door_key){ .kind = ROUTE_MX,
		.site = domain,
		.host = domain,
		.port = 25,
		.limits = w->limits };
	if (str_starts(domain, STR_LIT("hub")))
		ret->site = ret->host = STR_LIT("hub");
	if (w->hop)
		ret->site = ret->host = str_z(w->hop);
}

static inline void
gone(void *ctx, const struct q_message *m)
{
	struct world *w = ctx;

	assert_int_equal(m->live, 0);
	w->gone++;
}

static const struct queue_calls calls = { route, gone };

static inline void
begin(struct world *w, unsigned connections, unsigned messages, unsigned slots)
{
	*w = (struct world){
		.limits = { connections, messages, 0 }, .now = S(100), .next_id = 1000
	};
	w->q = queue_new(w->now, 0x1122334455667788, &calls, w);
	if (slots)
		queue_courier_up(w->q, 3, (uint16_t)slots);
}

static inline void
end(struct world *w)
{
	queue_check(w->q);
	queue_free(&w->q);
	assert_null(w->q);
}

/* to: addresses parted by spaces. */
static inline struct q_message *
add_as(struct world *w, uint32_t tenant, uint8_t stream, const char *to,
	const struct q_restored *was)
{
	struct msg_rcpt r[16];
	struct msg_submit s = { .message = w->next_id,
		.tenant = tenant,
		.stream = stream,
		.sender = STR_LIT("me@from.test"),
		.from_domain = STR_LIT("from.test"),
		.envid = STR_LIT("env"),
		.rcpts = { r, 0 },
		.extra = w->extra };
	struct str rest = str_z(to);

	memset(r, 0, sizeof r);
	while (rest.p) {
		r[s.rcpts.n].address = str_cut(&rest, ' ');
		r[s.rcpts.n].orcpt = STR_LIT("rfc822;o");
		r[s.rcpts.n].index = (uint16_t)s.rcpts.n;
		s.rcpts.n++;
	}
	w->next_id += s.rcpts.n + 1;
	return queue_add(w->q, &s, w->now, w->now + S(1000), was);
}

static inline struct q_message *
add(struct world *w, uint32_t tenant, uint8_t stream, const char *to)
{
	return add_as(w, tenant, stream, to, NULL);
}

static inline void
finish(struct world *w, const struct q_attempt *a, enum rcpt_state s, bool open)
{
	for (size_t i = 0; i < a->n; i++)
		queue_set(w->q, queue_rcpt_at(w->q, a->rcpts[i]), s, w->now + S(300), w->now);
	queue_done(w->q, a->id, open, w->now);
}

static inline uint64_t
count(struct world *w, enum rcpt_state s)
{
	uint64_t n[RCPT_STATES];

	queue_counts(w->q, n);
	return n[s];
}

#endif
