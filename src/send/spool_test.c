#include "send/spool.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

#define S    INT64_C(1000000)
#define HOUR (3600 * S)
#define DAY  (24 * HOUR)
#define T0   (INT64_C(20000) * DAY) /* wall of the first record */
#define LIFE ((uint64_t)(5 * DAY))
#define NOW  ((uint64_t)(1000 * S)) /* mono at the restart */

static void
test_records(void **state)
{
	struct spool_change ch[2] = { { 3, 1, 2, RCPT_HELD, 1, true, false, true, T0 },
		{ 9, 4, 5, RCPT_BOUNCED, 0, false, true, false, 0 } };
	struct msg_rcpt to[2] = { { 3, 1, STR_LIT("a@b"), STR_LIT("") },
		{ 9, 0, STR_LIT("c@d"), STR_LIT("rfc822;x@y") } };
	struct spool_outcome o = { 77, T0, T0 - 5, 8, ch, 2, STR_LIT("facts") }, o2;
	struct spool_live l = { { .message = 77, .sender = STR_LIT("s@t"), .rcpts = { to, 2 } },
		ch, 2 };
	struct spool_live l2;
	struct spool_totals t = { 9, T0, 1, 2, { 0, 0, 0, 0, 5, 6 }, 7 }, t2;
	uint64_t ids[3] = { 78, 79, 90 };
	struct spool_dot d = { 8, 77, { ids, 3 } }, d2;
	struct spool_moved m = { 77, { 0x1000002, 64 }, { 3, UINT64_C(1) << 40 } }, m2;
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, 65536);
	buf_init(&b, 65536);
	assert_int_equal(spool_outcome_write(&b, &o), 0);
	assert_int_equal(spool_outcome_read(&a, buf_str(&b), &o2), 0);
	assert_int_equal(o2.at, T0);
	assert_int_equal(o2.n, 2);
	assert_int_equal(o2.changes[1].index, 9);
	assert_true(o2.changes[1].report_owed && !o2.changes[1].delay_told);
	assert_true(o2.changes[0].held_own && !o2.changes[1].held_own);
	assert_str(o2.facts, "facts");
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(
			spool_outcome_read(&a, str_head(buf_str(&b), i), &o2), -EBADMSG);
	buf_clear(&b);
	assert_int_equal(spool_live_write(&b, &l), 0);
	assert_int_equal(spool_live_read(&a, buf_str(&b), &l2), 0);
	assert_int_equal(l2.submit.message, 77);
	assert_str(l2.submit.rcpts.at[1].orcpt, "rfc822;x@y");
	assert_int_equal(l2.changes[0].next, T0);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(spool_live_read(&a, str_head(buf_str(&b), i), &l2), -EBADMSG);
	buf_clear(&b);
	assert_int_equal(spool_totals_write(&b, &t), 0);
	assert_int_equal(spool_totals_read(buf_str(&b), &t2), 0);
	assert_memory_equal(&t, &t2, sizeof t);
	buf_clear(&b);
	assert_int_equal(spool_dot_write(&b, &d), 0);
	assert_int_equal(spool_dot_read(&a, buf_str(&b), &d2), 0);
	assert_int_equal(d2.rcpts.at[2], 90);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(spool_dot_read(&a, str_head(buf_str(&b), i), &d2), -EBADMSG);
	buf_clear(&b);
	assert_int_equal(spool_moved_write(&b, &m), 0);
	assert_int_equal(spool_moved_read(buf_str(&b), &m2), 0);
	assert_int_equal(m2.message, 77);
	assert_true(m2.from.extent == 0x1000002 && m2.from.offset == 64);
	assert_true(m2.to.extent == 3 && m2.to.offset == UINT64_C(1) << 40);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(spool_moved_read(str_head(buf_str(&b), i), &m2), -EBADMSG);
	buf_done(&b);
	/* A maximum that is too small is told, not overrun. */
	buf_init(&b, 40);
	assert_int_equal(spool_outcome_write(&b, &o), -E2BIG);
	assert_int_equal(spool_live_write(&b, &l), -E2BIG);
	buf_done(&b);
	arena_done(&a);
}

/* ---- the builder: a small script of records, then what is restored */

static int
record(struct spool_builder *b, uint16_t type, struct buf *payload)
{
	int err = spool_builder_record(b, type, buf_str(payload));

	buf_done(payload);
	return err;
}

struct sub {
	uint64_t message, boot, offset, origin;
	uint32_t tenant;
	size_t n;
	int64_t at, not_before;
};

static int
submit(struct spool_builder *b, struct sub s)
{
	struct msg_rcpt to[4];
	struct buf p, extra;
	int err;

	buf_init(&extra, 4096);
	msg_extra_write(&extra, &(struct msg_extra){ .not_before = s.not_before });
	for (uint16_t i = 0; i < 4; i++)
		to[i] = (struct msg_rcpt){ i, 0, STR_LIT("r@example.test"), STR_LIT("") };
	struct msg_submit m = { .message = s.message,
		.boot = s.boot,
		.extent = 7,
		.offset = s.offset,
		.tenant = s.tenant,
		.origin = s.origin,
		.accepted = s.at,
		.sender = STR_LIT("s@example.test"),
		.subject = STR_LIT("not needed"),
		.rcpts = { to, s.n },
		.extra = s.not_before ? buf_str(&extra) : STR_NONE };

	buf_init(&p, 65536);
	assert_int_equal(msg_submit_write(&p, &m), 0);
	err = record(b, SPOOL_SUBMIT, &p);
	buf_done(&extra);
	return err;
}

#define SUBMIT(b, ...) assert_int_equal(submit((b), (struct sub){ __VA_ARGS__ }), 0)

static void
outcome(struct spool_builder *b, uint64_t message, uint64_t attempt, int64_t at,
	struct spool_change c)
{
	struct spool_outcome o = { message, at, T0, attempt, &c, 1, STR_NONE };
	struct buf p;

	buf_init(&p, 65536);
	assert_int_equal(spool_outcome_write(&p, &o), 0);
	assert_int_equal(record(b, SPOOL_OUTCOME, &p), 0);
}

#define OUTCOME(b, m, attempt, at, ...)                                                        \
	outcome((b), (m), (attempt), (at), (struct spool_change){ __VA_ARGS__ })

static void
totals(struct spool_builder *b, struct spool_totals t)
{
	struct buf p;

	buf_init(&p, 65536);
	assert_int_equal(spool_totals_write(&p, &t), 0);
	assert_int_equal(record(b, SPOOL_TOTALS, &p), 0);
}

static void
dot(struct spool_builder *b, uint64_t attempt, uint64_t message, uint64_t rcpt)
{
	struct spool_dot d = { attempt, message, { &rcpt, 1 } };
	struct buf p;

	buf_init(&p, 65536);
	assert_int_equal(spool_dot_write(&p, &d), 0);
	assert_int_equal(record(b, SPOOL_DOT, &p), 0);
}

static int
live(struct spool_builder *b, uint64_t message, int64_t accepted, const uint16_t *index,
	size_t n)
{
	struct msg_rcpt to[4];
	struct spool_change ch[4];
	struct spool_live l = { { .message = message,
					.accepted = accepted,
					.sender = STR_LIT("s@example.test"),
					.rcpts = { to, n } },
		ch, n };
	struct buf p;

	for (size_t i = 0; i < n; i++) {
		to[i] = (struct msg_rcpt){ index[i], 0, STR_LIT("r@example.test"),
			STR_LIT("") };
		ch[i] = (struct spool_change){
			.index = index[i], .attempts = 2, .state = RCPT_QUEUED
		};
	}
	buf_init(&p, 65536);
	assert_int_equal(spool_live_write(&p, &l), 0);
	return record(b, SPOOL_LIVE, &p);
}

static void
route(void *ctx, uint32_t tenant, uint8_t stream, struct str domain, struct door_key *ret)
{
	(void)ctx;
	(void)tenant;
	(void)stream;
	*ret = (struct door_key){ .kind = ROUTE_MX,
		.site = domain,
		.host = domain,
		.port = 25,
		.limits = { 5, 20, 0 } };
}

struct restored {
	struct queue *q;
	size_t messages;
	uint64_t doubts[8];
	size_t ndoubts;
};

static void
on_doubt(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct restored *x = ctx;

	x->doubts[x->ndoubts++] = rcpt_id(m, r);
}

static uint64_t
life(void *ctx, uint8_t stream)
{
	(void)ctx;
	(void)stream;
	return LIFE;
}

static struct restored
restore(struct spool_builder **b, int64_t now_wall)
{
	static const struct queue_calls calls = { route, NULL };
	struct restored x = { .q = queue_new(NOW, 1, &calls, NULL) };
	struct spool_restore how = { NOW, now_wall, life, on_doubt, NULL, &x };

	x.messages = spool_builder_restore(*b, x.q, &how);
	queue_check(x.q);
	spool_builder_free(b);
	return x;
}

static uint64_t
count_of(struct restored *x, enum rcpt_state s)
{
	uint64_t counts[RCPT_STATES];

	queue_counts(x->q, counts);
	return counts[s];
}

static void
test_counts(void **state)
{
	struct spool_builder *b = spool_builder_new();
	const struct spool_totals *t = spool_builder_totals(b);
	uint64_t message = 0;

	(void)state;
	SUBMIT(b, .message = 100, .boot = 1, .offset = 5, .tenant = 3, .n = 3, .at = T0);
	SUBMIT(b, .message = 500, .boot = 1, .offset = 5, .tenant = 3, .n = 3,
		.at = T0); /* again */
	SUBMIT(b, .message = 200, .boot = 2, .offset = 5, .n = 1, .at = T0);
	SUBMIT(b, .message = 300, .n = 1, .at = T0);
	SUBMIT(b, .message = 300, .n = 1, .at = T0); /* no boot: known by its id */
	assert_int_equal(t->messages, 3);
	assert_int_equal(t->accepted, 5);
	assert_int_equal(t->accepted_system, 2);
	assert_int_equal(t->next_id, 302);
	assert_true(spool_builder_knows(b, 1, 7, 5, &message));
	assert_int_equal(message, 100);
	assert_true(spool_builder_knows(b, 2, 7, 5, &message));
	assert_int_equal(message, 200);
	assert_false(spool_builder_knows(b, 3, 7, 5, &message));
	assert_false(spool_builder_knows(b, 1, 8, 5, &message));
	assert_false(spool_builder_knows(b, 0, 0, 300, &message));
	/* An id in use with another body. */
	assert_int_equal(
		submit(b, (struct sub){ .message = 100, .boot = 9, .n = 1 }), -EBADMSG);
	assert_int_equal(t->messages, 3);

	OUTCOME(b, 100, 1, T0, .index = 1, .state = RCPT_DELIVERED);
	OUTCOME(b, 100, 1, T0, .index = 2, .state = RCPT_BOUNCED, .report_owed = true);
	OUTCOME(b, 100, 2, T0, .index = 2, .state = RCPT_BOUNCED, .report_owed = true);
	OUTCOME(b, 900, 3, T0, .index = 4, .state = RCPT_EXPIRED); /* unknown message */
	assert_int_equal(t->final[RCPT_DELIVERED], 1);
	assert_int_equal(t->final[RCPT_BOUNCED], 1);
	assert_int_equal(t->final[RCPT_EXPIRED], 1);
	assert_int_equal(t->next_id, 906);

	/* Counters only grow: submits in flight when a TOTALS was written stay counted. */
	totals(b, (struct spool_totals){ .next_id = 5000,
			  .wall = T0 + S,
			  .accepted = 4,
			  .messages = 90,
			  .final = { [RCPT_BOUNCED] = 50 } });
	assert_int_equal(t->accepted, 5);
	assert_int_equal(t->messages, 90);
	assert_int_equal(t->final[RCPT_BOUNCED], 50);
	assert_int_equal(t->final[RCPT_DELIVERED], 1);
	assert_int_equal(t->next_id, 5000);
	assert_int_equal(t->wall, T0 + S);

	/* What edges may send again is not what lives. */
	spool_builder_forget(b);
	assert_false(spool_builder_knows(b, 1, 7, 5, &message));
	assert_int_equal(t->messages, 90);
	struct restored x = restore(&b, T0 + S);

	assert_int_equal(x.messages, 3);
	assert_int_equal(count_of(&x, RCPT_QUEUED), 3);
	assert_int_equal(count_of(&x, RCPT_BOUNCED), 1); /* its report is owed */
	queue_free(&x.q);
}

static void
test_reports(void **state)
{
	struct spool_builder *b = spool_builder_new();

	(void)state;
	SUBMIT(b, .message = 100, .boot = 1, .offset = 5, .n = 1, .at = T0);
	SUBMIT(b, .message = 200, .boot = 1, .offset = 6, .n = 2, .at = T0);
	OUTCOME(b, 100, 1, T0, .index = 0, .state = RCPT_BOUNCED, .report_owed = true);
	OUTCOME(b, 200, 1, T0, .index = 1, .state = RCPT_DELIVERED, .report_owed = true);
	/* Its report is durable: it leaves. */
	SUBMIT(b, .message = 300, .boot = 1, .offset = 7, .origin = 101, .n = 1, .at = T0);
	struct restored x = restore(&b, T0);

	assert_null(queue_message(x.q, 100));
	assert_non_null(queue_message(x.q, 200));
	assert_int_equal(q_origin(queue_message(x.q, 300)), 101);
	assert_int_equal(count_of(&x, RCPT_BOUNCED), 0);
	assert_int_equal(count_of(&x, RCPT_DELIVERED), 1);
	queue_free(&x.q);
}

static void
test_live(void **state)
{
	static const uint16_t some[] = { 1, 3 }, wrong[] = { 3, 1 };
	struct spool_builder *b = spool_builder_new();
	struct q_message *m;
	struct q_rcpt *r;

	(void)state;
	totals(b, (struct spool_totals){ .next_id = 10, .wall = T0, .accepted = 7 });
	OUTCOME(b, 100, 1, T0, .index = 1, .attempts = 1, .state = RCPT_QUEUED);
	dot(b, 44, 100, 104); /* before its message: a compaction is under way */
	dot(b, 45, 100, 102);
	assert_int_equal(live(b, 100, T0 - HOUR, some, 2), 0);
	assert_int_equal(live(b, 100, T0 - HOUR, some, 2), 0);
	assert_int_equal(live(b, 200, T0 - HOUR, wrong, 2), -EBADMSG);
	OUTCOME(b, 100, 45, T0, .index = 1, .attempts = 3, .state = RCPT_QUEUED, .next = 0);
	assert_int_equal(spool_builder_totals(b)->accepted, 7);
	assert_int_equal(spool_builder_totals(b)->next_id, 105);
	struct restored x = restore(&b, T0 + HOUR);

	m = queue_message(x.q, 100);
	assert_non_null(m);
	assert_int_equal(m->live, 2);
	assert_int_equal(q_born(m), (int64_t)NOW - 2 * HOUR);
	assert_int_equal(q_expires(m), NOW + LIFE - (uint64_t)(2 * HOUR));
	r = queue_rcpt(x.q, 102, &m);
	assert_non_null(r);
	assert_int_equal(r->index, 1);
	assert_int_equal(r->attempts, 3);
	assert_null(queue_rcpt(x.q, 101, &m));
	assert_non_null(queue_rcpt(x.q, 104, &m));
	assert_int_equal(x.ndoubts, 1);
	assert_int_equal(x.doubts[0], 104);
	queue_free(&x.q);
}

static void
test_doubt(void **state)
{
	struct spool_builder *b = spool_builder_new();

	(void)state;
	SUBMIT(b, .message = 100, .boot = 1, .offset = 5, .n = 4, .at = T0);
	dot(b, 7, 100, 101);
	dot(b, 8, 100, 102);
	dot(b, 9, 100, 103);
	dot(b, 9, 100, 104);
	OUTCOME(b, 100, 7, T0, .index = 0, .state = RCPT_DELIVERED);
	/* The answer to an attempt clears those it does not name. */
	OUTCOME(b, 100, 9, T0, .index = 2, .state = RCPT_QUEUED, .next = T0 + S);
	struct restored x = restore(&b, T0);

	assert_int_equal(x.ndoubts, 1);
	assert_int_equal(x.doubts[0], 102);
	queue_free(&x.q);
}

static void
moved(struct spool_builder *b, uint64_t message, struct spool_place from, struct spool_place to)
{
	struct spool_moved m = { message, from, to };
	struct buf p;

	buf_init(&p, 4096);
	assert_int_equal(spool_moved_write(&p, &m), 0);
	assert_int_equal(record(b, SPOOL_MOVED, &p), 0);
}

/* Submits of this file lie in extent 7. */
static void
test_moved(void **state)
{
	static const uint16_t some[] = { 0 };
	static const struct {
		const char *name;
		uint64_t message;
		uint32_t extent;
		uint64_t offset;
		int attempts;
	} table[] = {
		{ "moved", 100, 3, 64, 3 },
		{ "moved twice", 200, 4, 128, 0 },
		{ "moved from where it does not lie", 300, 7, 7, 0 },
		{ "LIVE behind its MOVED", 400, 0, 0, 2 },
		{ "not moved", 500, 7, 9, 0 },
	};
	struct spool_builder *b = spool_builder_new();
	uint64_t known = 0;

	(void)state;
	spool_builder_expect(b, 1000);
	for (uint64_t i = 1; i <= 5; i++)
		if (i != 4)
			SUBMIT(b, .message = i * 100, .boot = 1, .offset = i + 4, .n = 1,
				.at = T0);
	OUTCOME(b, 100, 1, T0, .index = 0, .attempts = 3, .state = RCPT_QUEUED);
	moved(b, 100, (struct spool_place){ 7, 5 }, (struct spool_place){ 3, 64 });
	moved(b, 200, (struct spool_place){ 7, 6 }, (struct spool_place){ 3, 128 });
	moved(b, 200, (struct spool_place){ 3, 128 }, (struct spool_place){ 4, 128 });
	moved(b, 300, (struct spool_place){ 7, 6 }, (struct spool_place){ 3, 64 });
	moved(b, 400, (struct spool_place){ 7, 6 }, (struct spool_place){ 3, 64 });
	assert_int_equal(live(b, 400, T0, some, 1), 0);
	/* An edge that sends it again names the old place. */
	assert_true(spool_builder_knows(b, 1, 7, 5, &known));
	assert_int_equal(known, 100);
	struct restored x = restore(&b, T0);

	TEST_EACH(row, table)
	{
		const struct q_message *m = queue_message(x.q, row->message);

		assert_non_null(m);
		assert_int_equal(m->extent, row->extent);
		assert_int_equal(m->offset, row->offset);
		assert_str(q_sender(m), "s@example.test");
		assert_int_equal(queue_rcpt_at(x.q, m->first)->attempts, row->attempts);
	}
	queue_free(&x.q);
}

/* How long after NOW a recipient deferred at T0 + 1 h for `wait` is tried, and the age. */
static void
test_clock(void **state)
{
	static const struct {
		const char *name;
		int64_t wait, totals_after, down; /* after the last record */
		int64_t next, age;
	} table[] = {
		{ "no downtime", 10 * S, 0, 0, 10 * S, HOUR },
		{ "downtime passes", 10 * S, 0, 4 * S, 6 * S, HOUR + 4 * S },
		{ "long down: due", 10 * S, 0, HOUR, 0, 2 * HOUR },
		{ "records go on", HOUR, 60 * S, 60 * S, HOUR - 120 * S, HOUR + 120 * S },
		{ "clock set back", 10 * S, 0, -DAY, 10 * S, HOUR },
		{ "a second back", 10 * S, 0, -S, 10 * S, HOUR },
		{ "29 days down", 10 * S, 0, 29 * DAY, 0, 29 * DAY + HOUR },
		{ "31 days down: a jump", 10 * S, 0, 31 * DAY, 10 * S, HOUR },
		{ "jump between records", 10 * S, 400 * DAY, 4 * S, 6 * S, HOUR + 4 * S },
		{ "jump back between records", 10 * S, -400 * DAY, 4 * S, 6 * S, HOUR + 4 * S },
		{ "jitter between records", 10 * S, -2 * S, 0, 10 * S, HOUR },
		{ "a retry far away is clipped", 90 * DAY, 0, 0, DAY, HOUR },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct spool_builder *b = spool_builder_new();
		struct q_message *m;

		SUBMIT(b, .message = 100, .boot = 1, .offset = 5, .n = 1, .at = T0);
		OUTCOME(b, 100, 7, T0 + HOUR, .index = 0, .attempts = 1, .state = RCPT_QUEUED,
			.next = T0 + HOUR + row->wait);
		totals(b, (struct spool_totals){ .wall = T0 + HOUR + row->totals_after });
		int64_t last = row->totals_after == -2 * S ? 0 : row->totals_after;
		struct restored x = restore(&b, T0 + HOUR + last + row->down);
		struct q_rcpt *r = queue_rcpt(x.q, 101, &m);

		assert_non_null(r);
		assert_int_equal(q_born(m), (int64_t)NOW - row->age);
		assert_int_equal(q_expires(m),
			row->age > (int64_t)(NOW + LIFE) ? 0 : NOW + LIFE - (uint64_t)row->age);
		assert_int_equal(r->timer.at, NOW + (uint64_t)row->next);
		queue_free(&x.q);
	}
}

/* A first try that was put off: when it is tried after a start, and when its life began. */
static void
test_put_off(void **state)
{
	static const struct {
		const char *name;
		int64_t wait, again, down; /* put off; deferred after it, 0 = not tried; down */
		int64_t next, age;         /* age: negative while it waits */
	} table[] = {
		{ "not put off", 0, 0, 0, 0, 0 },
		{ "waits", 10 * HOUR, 0, HOUR, 9 * HOUR, -9 * HOUR },
		{ "the longest", 72 * HOUR, 0, 0, 72 * HOUR, -72 * HOUR },
		{ "farther than any", 100 * DAY, 0, 0, 73 * HOUR, -73 * HOUR },
		{ "before its acceptance", -HOUR, 0, 10 * S, 0, 10 * S },
		{ "came while we were away", 10 * HOUR, 0, 12 * HOUR, 0, 2 * HOUR },
		{ "away for longer than a life", 10 * HOUR, 0, 10 * DAY, 0, 230 * HOUR },
		{ "tried since", 50 * HOUR, HOUR, 10 * S, HOUR - 10 * S, 10 * S },
		{ "a jump is no waiting", 10 * HOUR, 0, 31 * DAY, 10 * HOUR, -10 * HOUR },
		{ "clock set back", 10 * HOUR, 0, -DAY, 10 * HOUR, -10 * HOUR },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct spool_builder *b = spool_builder_new();
		int64_t last = row->again ? T0 + row->wait : T0;
		struct q_message *m;

		SUBMIT(b, .message = 100, .boot = 1, .offset = 5, .n = 1, .at = T0,
			.not_before = row->wait ? T0 + row->wait : 0);
		if (row->again)
			OUTCOME(b, 100, 7, last, .index = 0, .attempts = 1,
				.state = RCPT_QUEUED, .next = last + row->again);
		struct restored x = restore(&b, last + row->down);
		struct q_rcpt *r = queue_rcpt(x.q, 101, &m);

		assert_non_null(r);
		assert_int_equal(r->timer.at, NOW + (uint64_t)row->next);
		assert_int_equal(q_born(m), (int64_t)NOW - row->age);
		assert_int_equal(q_expires(m),
			row->age > (int64_t)(NOW + LIFE) ? 0 : NOW + LIFE - (uint64_t)row->age);
		queue_free(&x.q);
	}
}

/* A snapshot has the times of its recipients and says where the life began. */
static void
test_put_off_live(void **state)
{
	static const struct {
		const char *name;
		int64_t wait, next, age;
		uint16_t attempts;
	} table[] = { { "waits", 10 * HOUR, 10 * HOUR, -9 * HOUR, 0 },
		{ "tried since", 10 * HOUR, 12 * HOUR, -9 * HOUR, 1 },
		{ "not put off", 0, 2 * HOUR, HOUR, 1 } };

	(void)state;
	TEST_EACH(row, table)
	{
		struct spool_builder *b = spool_builder_new();
		struct msg_rcpt to = { 0, 0, STR_LIT("r@example.test"), STR_LIT("") };
		struct spool_change ch = {
			.attempts = row->attempts, .state = RCPT_QUEUED, .next = T0 + row->next
		};
		struct msg_extra extra = { .not_before = T0 + row->wait };
		struct spool_live l = { { .message = 100, .accepted = T0, .rcpts = { &to, 1 } },
			&ch, 1 };
		struct q_message *m;
		struct buf p, e;

		totals(b, (struct spool_totals){ .next_id = 10, .wall = T0 });
		buf_init(&e, 4096);
		msg_extra_write(&e, &extra);
		l.submit.extra = row->wait ? buf_str(&e) : STR_NONE;
		buf_init(&p, 65536);
		assert_int_equal(spool_live_write(&p, &l), 0);
		assert_int_equal(record(b, SPOOL_LIVE, &p), 0);
		buf_done(&e);
		struct restored x = restore(&b, T0 + HOUR);
		struct q_rcpt *r = queue_rcpt(x.q, 101, &m);

		assert_non_null(r);
		assert_int_equal(r->attempts, row->attempts);
		assert_int_equal(r->timer.at, NOW + (uint64_t)(row->next - HOUR));
		assert_int_equal(q_born(m), (int64_t)NOW - row->age);
		assert_int_equal(q_expires(m), NOW + LIFE - (uint64_t)row->age);
		queue_free(&x.q);
	}
}

/* Calls with a key are the engine's: no mail comes of them, and none is lost by them. */
static void
test_idem(void **state)
{
	struct spool_builder *b = spool_builder_new();
	struct spool_index *x = spool_index_new();

	(void)state;
	SUBMIT(b, .message = 100, .boot = 1, .offset = 5, .n = 1, .at = T0);
	assert_non_null(spool_builder_submit(b));
	assert_int_equal(spool_builder_record(b, SPOOL_IDEM, STR_LIT("any")), 0);
	assert_null(spool_builder_submit(b));
	spool_index_record(x, SPOOL_IDEM, STR_LIT("any"));
	assert_null(spool_index_submit(x));
	assert_int_equal(spool_index_messages(x), 0);
	assert_int_equal(spool_builder_totals(b)->accepted, 1);
	struct restored r = restore(&b, T0);

	assert_int_equal(r.messages, 1);
	queue_free(&r.q);
	spool_index_free(&x);
}

static void
test_bad(void **state)
{
	struct spool_builder *b = spool_builder_new();

	(void)state;
	assert_int_equal(spool_builder_record(b, 0, STR_NONE), -EBADMSG);
	assert_int_equal(spool_builder_record(b, 99, STR_LIT("x")), -EBADMSG);
	for (unsigned type = SPOOL_SUBMIT; type <= SPOOL_MOVED; type++)
		assert_int_equal(
			spool_builder_record(b, (uint16_t)type, STR_LIT("junk")), -EBADMSG);
	assert_int_equal(submit(b, (struct sub){ .message = 0, .n = 1 }), -EBADMSG);
	assert_int_equal(
		submit(b, (struct sub){ .message = UINT64_MAX - 3, .n = 1 }), -EBADMSG);
	assert_int_equal(submit(b, (struct sub){ .message = 8, .n = 0 }), -EBADMSG);
	assert_int_equal(spool_builder_totals(b)->next_id, 0);
	spool_builder_free(&b);
	assert_null(b);
	spool_builder_free(&b);
}

/* What no queue held is told as damage; the rest is restored. */
static void
test_unfit(void **state)
{
	static const uint16_t one[] = { 0 };
	static const struct queue_calls calls = { route, NULL };
	struct queue *q = queue_new(NOW, 1, &calls, NULL);
	const struct spool_restore how = { NOW, T0, life, on_doubt, NULL, NULL };

	(void)state;
	for (size_t round = 0; round < 2; round++) {
		struct spool_builder *b = spool_builder_new();

		assert_int_equal(live(b, 10, T0, one, 1), 0);
		assert_int_equal(live(b, 20 + round * 10, T0, one, 1), 0);
		/* In the second round the queue has message 10 already. */
		assert_int_equal(spool_builder_restore(b, q, &how), 2 - round);
		assert_int_equal(spool_builder_unfit(b), round);
		spool_builder_free(&b);
	}
	queue_check(q);
	assert_non_null(queue_message(q, 30));
	queue_free(&q);
}

TEST_MAIN(TEST(test_records), TEST(test_counts), TEST(test_reports), TEST(test_live),
	TEST(test_doubt), TEST(test_moved), TEST(test_clock), TEST(test_put_off),
	TEST(test_put_off_live), TEST(test_idem), TEST(test_bad), TEST(test_unfit))
