#include "send/spool_suppress.h"

#include "base/test.h"

#include <errno.h>

#define GOOD                                                                                   \
	{                                                                                      \
		.number = 77, .scope = SUPPRESS_BROADCAST, .reason = SUPPRESS_COMPLAINT,       \
		.tenant = 3, .address = STR_LIT("ada@shop.test"), .message = 5, .incident = 6, \
		.at = 1790000000000000, .note = STR_LIT("why")                                 \
	}

static void
test_round(void **state)
{
	struct suppress_change two[2] = { GOOD, GOOD };
	const struct spool_suppress s = { two, 2 };
	struct spool_suppress back;
	struct arena a;
	struct buf b, again;

	(void)state;
	two[1].remove = true;
	two[1].scope = SUPPRESS_ANY_SCOPE;
	two[1].reason = SUPPRESS_ANY_REASON;
	two[1].note = STR_NONE;
	two[1].group = 70000;
	arena_init(&a, 1u << 20);
	buf_init(&b, 1u << 20);
	buf_init(&again, 1u << 20);
	assert_int_equal(spool_suppress_write(&b, &s), 0);
	assert_int_equal(spool_suppress_read(&a, buf_str(&b), &back), 0);
	assert_int_equal(back.n, 2);
	assert_int_equal(back.at[0].number, 77);
	assert_int_equal(back.at[0].tenant, 3);
	assert_str(back.at[0].address, "ada@shop.test");
	assert_str(back.at[0].note, "why");
	assert_int_equal(back.at[0].at, 1790000000000000);
	assert_true(back.at[1].remove);
	assert_int_equal(back.at[0].group, 0);
	assert_int_equal(back.at[1].group, 70000);
	assert_int_equal(spool_suppress_write(&again, &back), 0);
	assert_true(str_eq(buf_str(&b), buf_str(&again)));
	/* No cut of it is a record. */
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(
			spool_suppress_read(&a, str_head(buf_str(&b), n), &back), -EBADMSG);
	buf_done(&b);
	buf_done(&again);
	arena_done(&a);
}

static void
test_refused(void **state)
{
	struct {
		const char *name;
		struct suppress_change c;
	} table[] = {
		{ "scope", GOOD },
		{ "any scope added", GOOD },
		{ "reason", GOOD },
		{ "any reason added", GOOD },
		{ "no @", GOOD },
		{ "capital", GOOD },
		{ "long note", GOOD },
		{ "long address", GOOD },
		{ "number", GOOD },
		{ "every scope removed", GOOD },
		{ "a group's stream", GOOD },
	};
	char text[SUPPRESS_ADDRESS_SIZE + 1];
	struct spool_suppress s = { .n = 1 }, back;
	struct arena a;
	struct buf b;

	(void)state;
	memset(text, 'a', sizeof text);
	text[3] = '@';
	table[0].c.scope = 9;
	table[1].c.scope = SUPPRESS_ANY_SCOPE;
	table[2].c.reason = SUPPRESS_REASONS;
	table[3].c.reason = SUPPRESS_ANY_REASON;
	table[4].c.address = STR_LIT("ada");
	table[5].c.address = STR_LIT("Ada@shop.test");
	table[6].c.note = str_of(text, SUPPRESS_NOTE_MAX + 1);
	table[7].c.address = str_of(text, sizeof text);
	table[8].c.number = UINT64_MAX;
	table[9].c.remove = true;
	table[9].c.scope = SUPPRESS_EVERY_SCOPE;
	table[10].c.group = 7;
	arena_init(&a, 1u << 20);
	buf_init(&b, 1u << 20);
	TEST_EACH(row, table)
	{
		struct suppress_change c = row->c;

		s.at = &c;
		buf_clear(&b);
		assert_int_equal(spool_suppress_write(&b, &s), 0);
		assert_int_equal(spool_suppress_read(&a, buf_str(&b), &back), -EBADMSG);
	}
	s.n = SPOOL_SUPPRESS_MAX + 1;
	assert_int_equal(spool_suppress_write(&b, &s), -E2BIG);
	buf_done(&b);
	arena_done(&a);
}

/* Byte for byte as it was written before there were groups. */
static void
test_old(void **state)
{
	static const char old[] = "\x4d\0\0\0\0\0\0\0\x01\x02\x02\x03\0\0\0"
				  "\x05\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0";
	struct spool_suppress back;
	struct arena a;
	struct buf b, again;

	(void)state;
	arena_init(&a, 1u << 20);
	buf_init(&b, 1u << 20);
	buf_init(&again, 1u << 20);
	wr_u16(&b, 1);
	buf_put(&b, str_of(old, sizeof old - 1));
	wr_str(&b, STR_LIT("ada@shop.test"));
	wr_str(&b, STR_LIT("why"));
	assert_int_equal(spool_suppress_read(&a, buf_str(&b), &back), 0);
	assert_int_equal(back.n, 1);
	assert_true(back.at[0].remove);
	assert_int_equal(back.at[0].group, 0);
	assert_int_equal(back.at[0].at, 7);
	assert_int_equal(spool_suppress_write(&again, &back), 0);
	assert_true(str_eq(buf_str(&b), buf_str(&again)));
	/* The bit of a group without one, and with none. */
	b.p[2 + 8] = 3;
	assert_int_equal(spool_suppress_read(&a, buf_str(&b), &back), -EBADMSG);
	wr_u32(&b, 0);
	assert_int_equal(spool_suppress_read(&a, buf_str(&b), &back), -EBADMSG);
	buf_done(&b);
	buf_done(&again);
	arena_done(&a);
}

TEST_MAIN(TEST(test_round), TEST(test_refused), TEST(test_old))
