#include "content/decimal.h"

#include "base/test.h"

#include <errno.h>

static struct decimal
of(const char *number)
{
	return strchr(number, '.') || strchr(number, 'e')
	               ? decimal_of_float(strtod(number, NULL))
	               : decimal_of_int(strtoll(number, NULL, 10));
}

static void
test_round(void **state)
{
	static const struct {
		const char *name, *number;
		int places;
		const char *want;
	} table[] = {
		{ "down", "2.4", 0, "2" },
		{ "half up", "2.5", 0, "3" },
		{ "half of a negative", "-2.5", 0, "-3" },
		{ "as people read it", "2.675", 2, "2.68" },
		{ "one cent", "1.005", 2, "1.01" },
		{ "nines", "9.999", 2, "10" },
		{ "nines below one", "0.999", 2, "1" },
		{ "half", "0.5", 0, "1" },
		{ "below half", "0.49", 0, "0" },
		{ "far below", "0.001", 1, "0" },
		{ "minus nothing", "-0.01", 1, "0" },
		{ "more places than there are", "1.5", 10, "1.5" },
		{ "tens", "1255", -1, "1260" },
		{ "hundreds", "1250", -2, "1300" },
		{ "all of it", "499", -3, "0" },
		{ "most of it", "500", -3, "1000" },
		{ "int64", "9223372036854775807", 0, "9223372036854775807" },
		{ "least int64", "-9223372036854775808", 0, "-9223372036854775808" },
		{ "zero", "0", 2, "0" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	TEST_EACH(row, table)
	{
		struct decimal d = of(row->number);

		decimal_round(&d, row->places);
		buf_clear(&b);
		assert_int_equal(decimal_print(&b, &d), 0);
		assert_str(buf_str(&b), row->want);
	}
	buf_done(&b);
}

static void
test_format(void **state)
{
	static const struct {
		const char *name, *number, *pattern, *locale, *want;
	} table[] = {
		{ "places", "1234.5", "#,##0.00", "en_US", "1,234.50" },
		{ "no places", "1234.5", "#,##0", "en", "1,235" },
		{ "optional places", "1.5", "0.0##", "en", "1.5" },
		{ "all places", "1.23456", "0.0##", "en", "1.235" },
		{ "no group", "1234567", "0", "en", "1234567" },
		{ "groups", "1234567", "#,##0", "en", "1,234,567" },
		{ "groups of zeros", "7", "0,000", "en", "0,007" },
		{ "nothing before the point", "0.5", "#.00", "en", ".50" },
		{ "nothing at all", "0", "#", "en", "0" },
		{ "zero", "0", "#,##0.00", "en", "0.00" },
		{ "negative", "-1234.5", "#,##0.00", "en", "-1,234.50" },
		{ "negative of its own", "-5", "0.0;(0.0)", "en", "(5.0)" },
		{ "positive beside it", "5", "0.0;(0.0)", "en", "5.0" },
		{ "no minus on zero", "-0.001", "0.00", "en", "0.00" },
		{ "percent", "0.256", "0.0%", "en", "25.6%" },
		{ "quoted percent", "0.5", "0.0'%'", "en", "0.5%" },
		{ "text around", "5", "'No. '0 ''x", "en", "No. 5 'x" },
		{ "quote", "5", "0 o''clock", "en", "5 o'clock" },
		{ "German", "1234567.891", "#,##0.00", "de_DE", "1.234.567,89" },
		{ "Swiss", "1234.5", "#,##0.00", "de_CH",
			"1\xe2\x80\x99"
			"234.50" },
		{ "French", "1234.5", "#,##0.00", "fr",
			"1\xe2\x80\xaf"
			"234,50" },
		{ "Canadian", "1234.5", "#,##0.00", "fr-ca",
			"1\xc2\xa0"
			"234,50" },
		{ "with a charset", "1.5", "0.0", "fr_FR.UTF-8", "1,5" },
		{ "Indian", "12345678", "#,##0", "en_IN", "1,23,45,678" },
		{ "Hindi", "1234567.5", "#,##0.0", "hi_IN", "12,34,567.5" },
		{ "unknown", "1234.5", "#,##0.0", "xx_YY", "1,234.5" },
		{ "no part of a name", "1234.5", "#,##0.0", "fra", "1,234.5" },
		{ "many digits", "123456789012345678", "#,##0", "en",
			"123,456,789,012,345,678" },
		{ "far away", "1e30", "0", "en", "1000000000000000000000000000000" },
		{ "no digit", "1", "abc", "en", NULL },
		{ "empty", "1", "", "en", NULL },
		{ "two points", "1", "0.0.0", "en", NULL },
		{ "too many places", "1", "0.000000000000000000000", "en", NULL },
		{ "open quote", "1", "'0", "en", NULL },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	TEST_EACH(row, table)
	{
		struct decimal d = of(row->number);
		int rc;

		buf_clear(&b);
		rc = decimal_format(&b, &d, str_z(row->pattern), str_z(row->locale));
		if (!row->want) {
			assert_int_equal(rc, -EINVAL);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_str(buf_str(&b), row->want);
	}
	buf_done(&b);
}

/* What is printed reads back as the same number. */
static void
test_shortest(void **state)
{
	uint64_t bits = 88172645463325252u;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (int i = 0; i < 20000; i++) {
		struct decimal d;
		double v;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&v, &bits, sizeof v);
		if (v - v != 0) /* no number, or infinite */
			continue;
		d = decimal_of_float(v);
		assert_true(decimal_float(&d) == v);
		buf_clear(&b);
		decimal_print(&b, &d);
		buf_put_c(&b, '\0');
		assert_true(strtod(b.p, NULL) == v);
	}
	buf_done(&b);
}

/* Every price below 1,000 with its two places, as it is written. */
static void
test_prices(void **state)
{
	struct buf b;
	char want[32];

	(void)state;
	buf_init(&b, 100);
	for (int cents = -99999; cents <= 99999; cents++) {
		struct decimal d = decimal_of_float(cents / 100.0);
		size_t n;

		snprintf(want, sizeof want, "%s%d.%02d", cents < 0 ? "-" : "", abs(cents) / 100,
			abs(cents) % 100);
		n = strlen(want);
		while (want[n - 1] == '0')
			n--;
		n -= want[n - 1] == '.';
		buf_clear(&b);
		decimal_print(&b, &d);
		assert_str_eq(buf_str(&b), str_of(want, n));
	}
	buf_done(&b);
}

TEST_MAIN(TEST(test_prices), TEST(test_round), TEST(test_format), TEST(test_shortest))
