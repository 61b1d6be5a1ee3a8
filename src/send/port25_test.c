#include "send/port25.h"

#include "base/test.h"

#include <errno.h>

#define S(x) ((uint64_t)(x)*1000000)

/* Events: a letter is a site that times out at that second, '+' a connection, 'r' a refusal,
 * 'u' an unreachable DNS-like error that says nothing, '.' a tick. `seconds` lie between. */
static const struct {
	const char *name, *events;
	unsigned seconds;
	enum port25_state want;
} table[] = {
	{ "nothing seen", "", 1, PORT25_UNKNOWN },
	{ "a connection", "+", 1, PORT25_OPEN },
	{ "a refusal passes", "r", 1, PORT25_OPEN },
	{ "two sites are too few", "AB", 1, PORT25_UNKNOWN },
	{ "the same site thrice", "AAA.", 60, PORT25_UNKNOWN },
	{ "three sites", "ABC", 1, PORT25_BLOCKED },
	{ "two sites and time", "AB......", 10, PORT25_BLOCKED },
	{ "one site and time", "A......", 30, PORT25_UNKNOWN },
	{ "other errors say nothing", "uuuu", 1, PORT25_UNKNOWN },
	{ "a connection just before", "+ABC", 1, PORT25_OPEN },
	{ "a connection between", "AB+C", 1, PORT25_OPEN },
	{ "a connection long before", "+ABC...", 60, PORT25_BLOCKED },
	{ "failures far apart", "ABC", 200, PORT25_UNKNOWN },
	{ "opens again", "ABC+", 1, PORT25_OPEN },
	{ "opens by refusal", "ABCr", 1, PORT25_OPEN },
	{ "many sites", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1, PORT25_BLOCKED },
};

static void
test_states(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		struct port25 p;
		uint64_t now = S(1000);
		enum port25_state was;

		port25_init(&p);
		for (const char *e = row->events; *e; e++, now += S(row->seconds)) {
			struct str site = str_of(e, 1);
			bool changed;

			was = p.state;
			if (*e == '.')
				changed = port25_tick(&p, now);
			else if (*e == '+')
				changed = port25_saw(&p, STR_LIT("ok"), true, 0, now);
			else if (*e == 'r')
				changed =
					port25_saw(&p, STR_LIT("ok"), false, ECONNREFUSED, now);
			else if (*e == 'u')
				changed = port25_saw(&p, site, false, ENOENT, now);
			else
				changed = port25_saw(
					&p, site, false, *e & 1 ? ETIMEDOUT : ENETUNREACH, now);
			assert_int_equal(changed, was != p.state);
			if (changed)
				assert_true(p.since == now);
		}
		assert_int_equal(p.state, row->want);
	}
}

TEST_MAIN(TEST(test_states))
