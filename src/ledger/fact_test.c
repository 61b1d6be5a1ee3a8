#include "ledger/fact.h"

#include "base/test.h"

#include <errno.h>

static void
check_same(const struct fact *a, const struct fact *b)
{
	assert_int_equal(a->rcpt, b->rcpt);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->at, b->at);
	assert_int_equal(a->next, b->next);
	assert_str_eq(a->host, b->host);
	assert_str_eq(a->reply.text, b->reply.text);
	assert_int_equal(a->reply.dsn.subject, b->reply.dsn.subject);
	assert_str_eq(a->subject, b->subject);
	assert_str_eq(a->client, b->client);
	assert_int_equal(a->extent, b->extent);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->hash, b->hash);
	assert_str_eq(a->about, b->about);
	assert_str_eq(a->url, b->url);
	assert_str_eq(a->ip, b->ip);
	assert_int_equal(a->robot, b->robot);
	assert_int_equal(a->courier, b->courier);
}

static void
test_round(void **state)
{
	const struct fact accepted = { .rcpt = 7,
		.message = 5,
		.tenant = 2,
		.kind = FACT_ACCEPTED,
		.at = 1700000000000000,
		.stream = 1,
		.via = 2,
		.size = 1234,
		.extent = 0x1000007,
		.offset = UINT64_C(1) << 40,
		.hash = UINT64_MAX,
		.recipient = STR_LIT("a@b.test"),
		.sender = STR_LIT("s@c.test"),
		.message_id = STR_LIT("<1@c.test>"),
		.subject = STR_LIT("Bonjour"),
		.client = STR_LIT("192.0.2.1"),
		.about = STR_LIT("{\"tags\":[\"a\"]}") };
	const struct fact deferred = { .rcpt = UINT64_MAX,
		.number = 65535,
		.kind = FACT_DEFERRED,
		.class = 3,
		.blame = 4,
		.stage = 8,
		.at = -1,
		.took_ms = 9,
		.next = 1,
		.host = STR_LIT("mx.test"),
		.address = STR_LIT("192.0.2.2:25"),
		.tls = STR_LIT("TLSv1.3"),
		.reply = { 451, { 4, 7, 1 }, STR_LIT("Later\nplease") },
		.transcript_day = 20000,
		.transcript_length = 3,
		.transcript_offset = 4,
		.courier = 1 };
	const struct fact held = { .rcpt = 7, .number = 2, .kind = FACT_HELD, .at = 3 };
	const struct fact clicked = { .rcpt = 7,
		.number = FACT_SIGNAL,
		.kind = FACT_CLICKED,
		.at = 4,
		.robot = 1,
		.ip = STR_LIT("192.0.2.3"),
		.agent = STR_LIT("curl"),
		.url = STR_LIT("https://shop.test/") };
	const struct fact *all[] = { &accepted, &deferred, &held, &clicked };
	size_t ends[4];
	struct fact f;
	struct buf b;
	struct rd r;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(fact_write(&b, all[i]), 0);
		ends[i] = b.n;
	}
	assert_true(ends[2] - ends[1] < 50);
	r = rd_of(buf_str(&b));
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(fact_read(&r, &f), 0);
		check_same(&f, all[i]);
	}
	assert_int_equal(r.n, 0);
	for (size_t cut = 0; cut < ends[0]; cut++) {
		r = rd_of(str_head(buf_str(&b), cut));
		assert_int_equal(fact_read(&r, &f), -EBADMSG);
	}
	/* A part that says nothing, or one that is not there. */
	b.p[ends[1] + 1] = 2;
	r = rd_of(str_from(str_head(buf_str(&b), ends[2]), ends[1]));
	assert_int_equal(fact_read(&r, &f), -EBADMSG);
	b.p[0] = 0;
	r = rd_of(buf_str(&b));
	assert_int_equal(fact_read(&r, &f), -EBADMSG);
	buf_done(&b);
}

static void
test_small(void **state)
{
	struct fact held = { .rcpt = 7, .number = 2, .kind = FACT_HELD, .at = 3 }, big = held;
	struct buf b;

	(void)state;
	big.host = STR_LIT("a-name-that-does-not-fit.test");
	buf_init(&b, 60);
	assert_int_equal(fact_write(&b, &held), 0);
	assert_int_equal(fact_write(&b, &big), -E2BIG);
	assert_true(b.n < 50);
	buf_done(&b);
	assert_string_equal(fact_name(FACT_IN_DOUBT), "in_doubt");
	assert_string_equal(fact_name(0), "?");
	assert_string_equal(fact_name(FACT_RETRIED), "retried");
	assert_string_equal(fact_name(99), "?");
}

TEST_MAIN(TEST(test_round), TEST(test_small))
