#include "api/rest_count.h"

#include "base/test.h"
#include "send/bounce.h"

#include <errno.h>

static void
test_rows(void **state)
{
	static const struct {
		const char *name;
		uint8_t kind, sub;
		struct rest_count want;
	} table[] = {
		{ "accepted", FACT_ACCEPTED, 0, { .accepted = 3 } },
		{ "relayed", FACT_RELAYED, 0, { .delivered = 3 } },
		{ "mailbox", FACT_BOUNCED, CLASS_MAILBOX, { .hard = 3 } },
		{ "returned", FACT_RETURNED, CLASS_MAILBOX, { .hard = 3 } },
		{ "policy", FACT_BOUNCED, CLASS_POLICY, { .soft = 3, .blocked = 3 } },
		{ "network", FACT_BOUNCED, CLASS_NETWORK, { .soft = 3 } },
		{ "expired", FACT_EXPIRED, CLASS_MAILBOX, { .soft = 3 } },
		{ "suppressed", FACT_SUPPRESSED, 0, { .suppressed = 3 } },
		{ "first open", FACT_OPENED, LEDGER_FIRST,
			{ .opens = 3, .unique_opens = 3, .open_delay_ms = 9 } },
		{ "open again", FACT_OPENED, LEDGER_AGAIN, { .opens = 3 } },
		{ "robot", FACT_OPENED, LEDGER_ROBOT, { 0 } },
		{ "first click", FACT_CLICKED, LEDGER_FIRST,
			{ .clicks = 3, .unique_clicks = 3, .click_delay_ms = 9 } },
		{ "complained", FACT_COMPLAINED, 0, { .complained = 3 } },
		{ "held", FACT_HELD, 0, { 0 } },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		static struct rest_count steps[REST_STEPS_MAX];
		struct rest_counts c = { steps, 0, 0 };
		struct ledger_count_row r = {
			.from = 7, .kind = row->kind, .sub = row->sub, .n = 3, .delay_ms = 9
		};
		struct rest_count sum;

		assert_int_equal(rest_count_row(&c, &r), 0);
		sum = rest_count_sum(&c);
		assert_memory_equal(&sum, &row->want, sizeof sum);
	}
}

static void
test_steps(void **state)
{
	static const int64_t order[] = { 5, 1, 3, 1, 5 };
	static struct rest_count steps[REST_STEPS_MAX];
	struct rest_counts c = { steps, 0, 1u << STREAM_BROADCAST };
	struct ledger_count_row r = { .kind = FACT_ACCEPTED, .n = 1 };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(order); i++) {
		r.from = order[i];
		r.stream = STREAM_BROADCAST;
		assert_int_equal(rest_count_row(&c, &r), 0);
		r.stream = STREAM_TRANSACTIONAL;
		assert_int_equal(rest_count_row(&c, &r), 0);
	}
	assert_int_equal(c.n, 3);
	assert_true(c.at[0].from == 1 && c.at[1].from == 3 && c.at[2].from == 5);
	assert_int_equal(c.at[0].accepted, 2);
	assert_int_equal(rest_count_sum(&c).accepted, 5);
	c.streams = 0;
	for (int64_t i = 0; i < (int64_t)REST_STEPS_MAX - 3; i++) {
		r.from = 10 + i;
		assert_int_equal(rest_count_row(&c, &r), 0);
	}
	r.from = 9;
	assert_int_equal(rest_count_row(&c, &r), -E2BIG);
}

static void
test_queued(void **state)
{
	struct rest_count c = { .accepted = 10, .delivered = 4, .hard = 1, .soft = 1 };

	(void)state;
	assert_int_equal(rest_count_queued(&c), 4);
	c.delivered = 40;
	assert_int_equal(rest_count_queued(&c), 0);
}

static void
test_less(void **state)
{
	struct rest_count all[] = { { .from = 1, .accepted = 5, .click_delay_ms = 9 },
		{ .from = 3, .accepted = 2, .hard = 1 }, { .from = 4, .accepted = 1 } };
	struct rest_count some[] = { { .from = 0, .accepted = 7 },
		{ .from = 1, .accepted = 2, .click_delay_ms = 4 }, { .from = 2, .accepted = 7 },
		{ .from = 3, .accepted = 3, .hard = 1 }, { .from = 5, .accepted = 7 } };
	struct rest_counts c = { all, TEST_COUNT(all), 0 },
			   less = { some, TEST_COUNT(some), 0 };

	(void)state;
	rest_count_less(&c, &less);
	assert_int_equal(all[0].accepted, 3);
	assert_int_equal(all[0].click_delay_ms, 5);
	assert_int_equal(all[1].accepted, 0);
	assert_int_equal(all[1].hard, 0);
	assert_int_equal(all[2].accepted, 1);
	assert_int_equal(rest_count_sum(&c).accepted, 4);
}

TEST_MAIN(TEST(test_rows), TEST(test_steps), TEST(test_queued), TEST(test_less))
