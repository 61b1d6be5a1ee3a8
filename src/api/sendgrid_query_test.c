#include "api/sendgrid_query.h"

#include "base/test.h"
#include "base/utc.h"

#include <errno.h>

#define AT INT64_C(1700000000) /* 2023-11-14T22:13:20Z */

static void
test_read(void **state)
{
	static const struct {
		const char *name, *text;
		int err;
		const char *to, *status, *category, *at;
		int64_t since, until;
	} table[] = {
		{ "nothing", "", 0, "", "", "", NULL, 0, 0 },
		{ "blanks", " \r\n", 0, "", "", "", NULL, 0, 0 },
		{ "one", "to_email=\"ann@d.test\"", 0, "ann@d.test", "", "", NULL, 0, 0 },
		{ "two", "to_email = 'a' and STATUS=\"delivered\" ", 0, "a", "delivered", "",
			NULL, 0, 0 },
		{ "a quote of the other kind", "to_email='a\"b'", 0, "a\"b", "", "", NULL, 0,
			0 },
		{ "contains", "(Contains(categories,\"x\"))", -EINVAL, "", "", "",
			"(Contains(categories,\"x\"))", 0, 0 },
		{ "category", "Contains(categories, \"x\")", 0, "", "", "x", NULL, 0, 0 },
		{ "between",
			"last_event_time BETWEEN TIMESTAMP \"2023-11-14T22:13:20Z\" AND "
			"TIMESTAMP \"2023-11-14T22:13:21Z\" AND status='processed'",
			0, "", "processed", "", NULL, AT * UTC_SEC, (AT + 1) * UTC_SEC + 1 },
		{ "from", "last_event_time>=TIMESTAMP \"2023-11-14T22:13:20Z\"", 0, "", "", "",
			NULL, AT * UTC_SEC, 0 },
		{ "before", "last_event_time < '2023-11-14T22:13:20Z'", 0, "", "", "", NULL, 0,
			AT * UTC_SEC },
		{ "or", "status='a' OR status='b'", -EINVAL, "", "", "", "OR status='b'", 0,
			0 },
		{ "and nothing", "status='a' AND ", -EINVAL, "", "", "", "AND", 0, 0 },
		{ "unknown", "color='a'", -EINVAL, "", "", "", "color='a'", 0, 0 },
		{ "part of a name", "statuses='a'", -EINVAL, "", "", "", "statuses='a'", 0, 0 },
		{ "no end", "status='a", -EINVAL, "", "", "", "status='a", 0, 0 },
		{ "no value", "status=", -EINVAL, "", "", "", "status=", 0, 0 },
		{ "a quote alone", "status='", -EINVAL, "", "", "", "status='", 0, 0 },
		{ "no time", "last_event_time='x'", -EINVAL, "", "", "", "last_event_time='x'",
			0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct sendgrid_query q;
		struct str at = STR_NONE;
		int err = sendgrid_query_read(str_z(row->text), &q, &at);

		assert_int_equal(err, row->err);
		if (err) {
			assert_str(at, row->at);
			continue;
		}
		assert_str(q.to_email, row->to);
		assert_str(q.status, row->status);
		assert_str(q.category, row->category);
		assert_int_equal(q.since, row->since);
		assert_int_equal(q.until, row->until);
	}
}

TEST_MAIN(TEST(test_read))
