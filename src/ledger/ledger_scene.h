/* For tests of the ledger: a folder, a loop, facts of a small shop. */
#ifndef LEDGER_LEDGER_SCENE_H
#define LEDGER_LEDGER_SCENE_H

#include "ledger/ledger.h"

#include "base/test.h"
#include "base/utc.h"
#include "io/clock.h"

#include <errno.h>

#define DAY0 INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */

static char dir[600];
static struct clock scene_clock;
static struct loop *loop;

static inline int
scene_up(void **state)
{
	(void)test_before(state);
	snprintf(dir, sizeof dir, "%s/ledger", test_dir());
	clock_real(&scene_clock);
	loop = loop_new(&scene_clock);
	return 0;
}

static inline int
scene_down(void **state)
{
	loop_free(&loop);
	(void)test_after(state);
	test_dir_done();
	return 0;
}

static inline void
scene_done(void *ctx, int err)
{
	*(int *)ctx = err;
}

static inline int
synced(struct ledger *l)
{
	int err = 1;

	ledger_sync(l, scene_done, &err);
	for (int i = 0; err == 1 && i < 3000; i++)
		loop_step(loop, 20000);
	return err;
}

static inline struct ledger *
opened(void)
{
	struct ledger *l;

	assert_int_equal(ledger_open(dir, loop, false, &l), 0);
	return l;
}

/* at: µs behind DAY0. Messages have one recipient. */
static inline struct fact
scene_accepted(uint64_t rcpt, uint32_t tenant, int64_t at, const char *to)
{
	return (struct fact){ .rcpt = rcpt,
		.message = rcpt - 1,
		.tenant = tenant,
		.kind = FACT_ACCEPTED,
		.at = DAY0 + at,
		.recipient = str_z(to),
		.sender = STR_LIT("shop@c.test"),
		.message_id = STR_LIT("<x1@c.test>"),
		.subject = STR_LIT("Your Order is ready") };
}

static inline struct fact
scene_later(const struct fact *a, uint16_t number, enum fact_kind kind, int64_t after)
{
	return (struct fact){ .rcpt = a->rcpt,
		.message = a->message,
		.tenant = a->tenant,
		.number = number,
		.kind = (uint8_t)kind,
		.at = a->at + after };
}

#define SCENE_TEST(fn) cmocka_unit_test_setup_teardown(fn, scene_up, scene_down)

#endif
