#include "api/mailgun_date.h"

#include "base/test.h"
#include "base/utc.h"

static void
test_read(void **state)
{
	static const struct {
		const char *name, *want; /* want NULL: invalid */
	} table[] = {
		{ "Fri, 14 Oct 2011 23:10:10 -0000", "2011-10-14T23:10:10.000Z" },
		{ "Fri, 14 Oct 2011 23:10:10 GMT", "2011-10-14T23:10:10.000Z" },
		{ "14 oct 2011  23:10 +0230", "2011-10-14T20:40:00.000Z" },
		{ " Fri,14 Oct 2011 23:10:10 -0100 ", "2011-10-15T00:10:10.000Z" },
		{ "Thu, 1 Jan 2026 00:00:00 Z", "2026-01-01T00:00:00.000Z" },
		{ "", NULL },
		{ "Fri, 31 Jun 2026 00:00:00 GMT", NULL },
		{ "Fri, 14 Oct 2011 24:00:00 GMT", NULL },
		{ "Fri, 14 Oct 2011 23:60:00 GMT", NULL },
		{ "Fri, 14 Oct 2011 23:10:10", NULL },
		{ "Fri, 14 Oct 2011 23:10:10 +01:00", NULL },
		{ "Fri, 14 Oct 2011 23:10:10 -0000 x", NULL },
		{ "Fri, 14 Okt 2011 23:10:10 -0000", NULL },
		{ "Fri, 14 Oct 99 23:10:10 -0000", NULL },
		{ "2026-01-01T00:00:00Z", NULL },
		{ "1795513883", NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		char text[UTC_TEXT_SIZE];
		int64_t wall = 0;
		int err = mailgun_date_read(str_z(row->name), &wall);

		assert_int_equal(err == 0, row->want != NULL);
		if (row->want)
			assert_string_equal(utc_rfc3339(text, wall), row->want);
	}
}

TEST_MAIN(TEST(test_read))
