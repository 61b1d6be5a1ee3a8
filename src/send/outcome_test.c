#include "send/outcome.h"

#include "base/test.h"
#include "wire/dsn.h"

#define S    UINT64_C(1000000)
#define MIN  (60 * S)
#define HOUR (60 * MIN)
#define NOW  (1000 * HOUR)

static struct config
conf(void)
{
	struct config c = { 0 };

	c.outbound.retry_us[0] = (int64_t)(5 * MIN);
	c.outbound.retry_us[1] = (int64_t)(10 * MIN);
	c.outbound.retry_us[2] = (int64_t)(4 * HOUR);
	c.outbound.nretry = 3;
	c.outbound.repeat_transactional = true;
	return c;
}

struct row {
	const char *name;
	struct reply reply;
	uint8_t result, stage, notify;
	bool bounce_sender, told, broadcast;
	uint16_t attempts;
	uint64_t age, left; /* of the message's life */
	bool old, early;    /* nothing is left of it; the least spread */
	bool beside;
	/* wanted */
	enum rcpt_state state;
	uint64_t wait, rest; /* 0 = not */
	bool report, delivered, delay;
};

/* Zero: one attempt so far, 100 h of life left, spread in the middle. */
#define BY(res, at) .result = RESULT_##res, .stage = STAGE_##at
#define OK(res)     BY(res, DOT), .reply = { 250, { 2, 0, 0 }, { "ok", 2 } }
#define NO(res, at) BY(res, at), .reply = { 550, { 5, 1, 1 }, { "no user", 7 } }
#define LATER(at)   BY(DEFERRED, at), .reply = { 451, { 4, 3, 0 }, { "later", 5 } }

static const struct row rows[] = {
	{ "delivered", OK(DELIVERED), .state = RCPT_DELIVERED },
	{ "delivered, SUCCESS", OK(DELIVERED), .notify = DSN_SUCCESS, .state = RCPT_DELIVERED,
		.delivered = true },
	{ "relayed, SUCCESS", OK(RELAYED), .notify = DSN_SUCCESS, .state = RCPT_DELIVERED,
		.delivered = true },
	{ "delivered, SUCCESS, <>", OK(DELIVERED), .notify = DSN_SUCCESS, .bounce_sender = true,
		.state = RCPT_DELIVERED },
	{ "delivered, FAILURE", OK(DELIVERED), .notify = DSN_FAILURE, .state = RCPT_DELIVERED },
	{ "bounced", NO(BOUNCED, RCPT), .state = RCPT_BOUNCED, .report = true },
	{ "bounced, <>", NO(BOUNCED, RCPT), .state = RCPT_BOUNCED, .bounce_sender = true },
	{ "bounced, NEVER", NO(BOUNCED, RCPT), .state = RCPT_BOUNCED, .notify = DSN_NEVER },
	{ "bounced, FAILURE", NO(BOUNCED, RCPT), .state = RCPT_BOUNCED,
		.notify = DSN_FAILURE | DSN_DELAY, .report = true },
	{ "bounced, SUCCESS only", NO(BOUNCED, RCPT), .state = RCPT_BOUNCED,
		.notify = DSN_SUCCESS },
	{ "no domain", BY(BOUNCED, DNS), .reply = { 550, { 5, 1, 2 }, { "", 0 } },
		.state = RCPT_BOUNCED, .report = true },
	{ "5xx banner is not final", NO(BOUNCED, BANNER), .state = RCPT_QUEUED, .wait = 5 * MIN,
		.rest = 30 * S },
	{ "5xx AUTH is not final", NO(BOUNCED, AUTH), .state = RCPT_QUEUED, .wait = 5 * MIN,
		.rest = 60 * S },
	{ "deferred", LATER(RCPT), .state = RCPT_QUEUED, .wait = 5 * MIN },
	{ "deferred, least", LATER(RCPT), .state = RCPT_QUEUED, .early = true,
		.wait = 270 * S },
	{ "second", LATER(RCPT), .state = RCPT_QUEUED, .attempts = 2, .wait = 10 * MIN },
	{ "the last repeats", LATER(RCPT), .state = RCPT_QUEUED, .attempts = 90,
		.wait = 4 * HOUR },
	{ "next is cut at the end of life", LATER(RCPT), .state = RCPT_QUEUED, .left = 60 * S,
		.wait = 60 * S },
	{ "expired", LATER(RCPT), .old = true, .state = RCPT_EXPIRED, .report = true },
	{ "expired, NEVER", LATER(RCPT), .old = true, .notify = DSN_NEVER,
		.state = RCPT_EXPIRED },
	{ "delay, not asked", LATER(RCPT), .age = 5 * HOUR, .state = RCPT_QUEUED,
		.wait = 5 * MIN },
	{ "delay, asked", LATER(RCPT), .age = 5 * HOUR, .notify = DSN_DELAY,
		.state = RCPT_QUEUED, .wait = 5 * MIN, .delay = true },
	{ "delay, early", LATER(RCPT), .age = 3 * HOUR, .notify = DSN_DELAY,
		.state = RCPT_QUEUED, .wait = 5 * MIN },
	{ "delay, told before", LATER(RCPT), .age = 5 * HOUR, .notify = DSN_DELAY, .told = true,
		.state = RCPT_QUEUED, .wait = 5 * MIN },
	{ "delay, <>", LATER(RCPT), .age = 5 * HOUR, .notify = DSN_DELAY, .bounce_sender = true,
		.state = RCPT_QUEUED, .wait = 5 * MIN },
	{ "the server's wait is kept", BY(DEFERRED, RCPT),
		.reply = { 451, { 4, 7, 1 }, { "greylisted, retry in 2 minutes", 30 } },
		.early = true, .state = RCPT_QUEUED, .wait = 120 * S },
	{ "no connection", LATER(CONNECT), .state = RCPT_QUEUED, .wait = 5 * MIN,
		.rest = 30 * S },
	{ "turned away beside others", LATER(BANNER), .beside = true, .state = RCPT_QUEUED,
		.rest = 30 * S },
	{ "turned away again", LATER(BANNER), .beside = true, .attempts = 2,
		.state = RCPT_QUEUED, .wait = 10 * MIN, .rest = 30 * S },
	{ "turned away, expired", LATER(BANNER), .beside = true, .old = true,
		.state = RCPT_EXPIRED, .rest = 30 * S, .report = true },
	{ "in doubt, repeat", OK(IN_DOUBT), .state = RCPT_QUEUED, .wait = MIN },
	{ "in doubt, repeat again", OK(IN_DOUBT), .attempts = 2, .state = RCPT_QUEUED,
		.wait = 10 * MIN },
	{ "in doubt, too old", OK(IN_DOUBT), .old = true, .state = RCPT_IN_DOUBT },
	{ "in doubt, broadcast", OK(IN_DOUBT), .broadcast = true, .state = RCPT_IN_DOUBT },
	{ "damaged", NO(DAMAGED, LOCAL), .state = RCPT_QUARANTINED, .report = true },
};

static void
test_decide(void **state)
{
	struct config c = conf();
	char text[] = "me@here.test";

	(void)state;
	TEST_EACH(row, rows)
	{
		struct q_letterhead from = { .text = text,
			.sender_n = row->bounce_sender ? 0 : sizeof text - 1 };
		struct q_message m = { .from = &from, .stream = row->broadcast };
		struct q_rcpt r = { .attempts = row->attempts ? row->attempts : 1,
			.notify = row->notify & 15u,
			.delay_told = row->told };
		struct msg_result res = { 0, row->result, row->stage, row->reply };

		q_set_born(&m, (int64_t)(NOW - row->age));
		q_set_expires(&m, row->old ? NOW : NOW + (row->left ? row->left : 100 * HOUR));
		struct decision d = outcome_decide(&c,
			&(struct outcome_of){
				&m, &r, NOW, row->early ? 0 : 32768, row->beside },
			&res);

		assert_int_equal(d.state, row->state);
		assert_int_equal(d.next, row->state == RCPT_QUEUED ? NOW + row->wait : 0);
		assert_int_equal(d.rest_until, row->rest ? NOW + row->rest : 0);
		assert_int_equal(d.report, row->report);
		assert_int_equal(d.report_delivered, row->delivered);
		assert_int_equal(d.report_delay, row->delay);
		assert_non_null(d.verdict.en);
		assert_true(d.state != RCPT_QUEUED || !d.verdict.permanent);
	}
}

static void
test_spread(void **state)
{
	struct config c = conf();
	struct q_letterhead from = { .text = (char[]){ "" } };
	struct q_message m = { .from = &from };
	struct q_rcpt r = { .attempts = 1 };
	struct msg_result res = { 0, RESULT_DEFERRED, STAGE_RCPT, REPLY(451, 4, 3, 0, "no") };
	uint64_t last = 0;

	(void)state;
	q_set_expires(&m, UINT64_MAX);
	for (unsigned s = 0; s <= UINT16_MAX; s += 257) {
		uint64_t wait =
			outcome_decide(&c,
				&(struct outcome_of){ &m, &r, NOW, (uint16_t)s, false }, &res)
				.next -
			NOW;

		assert_true(wait >= 270 * S && wait <= 330 * S && wait > last);
		last = wait;
	}
	/* A lab's schedule of a second also limits how long a door rests. */
	c.outbound.retry_us[0] = (int64_t)S;
	c.outbound.nretry = 1;
	res.stage = STAGE_CONNECT;
	assert_int_equal(
		outcome_decide(&c, &(struct outcome_of){ &m, &r, NOW, 32768, false }, &res)
			.rest_until,
		NOW + S);
	assert_int_equal(outcome_wait(&c, 0), S);
	assert_int_equal(outcome_wait(&c, 7), S);
	c.outbound.nretry = 0;
	assert_int_equal(outcome_wait(&c, 1), 5 * MIN);
}

TEST_MAIN(TEST(test_decide), TEST(test_spread))
