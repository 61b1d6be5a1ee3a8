#include "account/totp.h"

#include "base/test.h"
#include "io/random.h"

#include <errno.h>

static const uint8_t secret[TOTP_SECRET + 1] = "12345678901234567890";
#define S INT64_C(1000000)

/* RFC 4226, appendix D. */
static void
test_hotp(void **unused)
{
	static const uint32_t want[] = { 755224, 287082, 359152, 969429, 338314, 254676, 287922,
		162583, 399871, 520489 };

	(void)unused;
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(totp_code(secret, i), want[i]);
}

/* RFC 6238, appendix B: the last six of eight digits; and what people type. */
static void
test_step(void **unused)
{
	static const struct {
		const char *name;
		int64_t now_s, last;
		const char *code;
		int64_t want;
	} table[] = {
		{ "RFC 1970", 59, 0, "287082", 1 },
		{ "RFC 2005", 1111111109, 0, "081804", 37037036 },
		{ "RFC 2005, the next", 1111111111, 0, "050471", 37037037 },
		{ "RFC 2009", 1234567890, 0, "005924", 41152263 },
		{ "RFC 2033", 2000000000, 0, "279037", 66666666 },
		{ "RFC 2603", 20000000000, 0, "353130", 666666666 },
		{ "one step late", 1111111109 + 30, 0, "081804", 37037036 },
		{ "one step early", 1111111109 - 30, 0, "081804", 37037036 },
		{ "two steps late", 1111111109 + 60, 0, "081804", 0 },
		{ "two steps early", 1111111109 - 60, 0, "081804", 0 },
		{ "its last second", 1111111109 + 30 + 0, 37037035, "081804", 37037036 },
		{ "used", 1111111109, 37037036, "081804", 0 },
		{ "used a later one", 1111111109, 37037037, "081804", 0 },
		{ "after an older one", 1111111109, 37037035, "081804", 37037036 },
		{ "wrong", 1111111109, 0, "081805", 0 },
		{ "as apps show it", 1111111109, 0, "081 804", 37037036 },
		{ "with a dash", 1111111109, 0, " 081-804 ", 37037036 },
		{ "a digit is missing", 1111111109, 0, "81804", 0 },
		{ "one too many", 1111111109, 0, "0818040", 0 },
		{ "nothing", 1111111109, 0, "", 0 },
		{ "letters", 1111111109, 0, "0818o4", 0 },
		{ "before time began", 0, 0, "755224", 0 },
	};

	(void)unused;
	TEST_EACH(row, table)
	assert_int_equal(
		totp_step(secret, row->now_s * S, row->last, str_z(row->code)), row->want);
	assert_true(totp_is_code(STR_LIT("123 456")));
	assert_false(totp_is_code(STR_LIT("abcd-efgh-ijkl-mnop")));
}

static void
test_uri(void **unused)
{
	static const char want[] =
		"otpauth://totp/Facteur%20mail.example.org:ann%2Bx%40shop.test"
		"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		"&issuer=Facteur%20mail.example.org"
		"&algorithm=SHA1&digits=6&period=30";
	struct buf b;

	(void)unused;
	buf_init(&b, 400);
	assert_int_equal(totp_uri(&b, STR_LIT("Facteur mail.example.org"),
				 STR_LIT("ann+x@shop.test"), secret),
		0);
	assert_true(str_eq_z(buf_str(&b), want));
	buf_done(&b);
	buf_init(&b, 40);
	assert_int_equal(
		totp_uri(&b, STR_LIT("Facteur"), STR_LIT("é&#?@shop.test"), secret), -E2BIG);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

static void
test_recovery(void **unused)
{
	static const struct {
		const char *name, *typed, *want;
	} table[] = {
		{ "as shown", "abcd-efgh-ijkl-mnop", "abcdefghijklmnop" },
		{ "capitals, spaces", " ABCD efgh 2345 67MN ", "abcdefgh234567mn" },
		{ "short", "abcd-efgh-ijkl-mno", "" },
		{ "long", "abcd-efgh-ijkl-mnopq", "" },
		{ "no digit of base32", "abcd-efgh-ijkl-mno1", "" },
		{ "nothing", "", "" },
		{ "a code", "123456", "" },
	};
	char one[TOTP_RECOVERY], other[TOTP_RECOVERY], read[TOTP_RECOVERY];

	(void)unused;
	TEST_EACH(row, table)
	{
		assert_int_equal(totp_recovery_read(str_z(row->typed), read), *row->want != 0);
		assert_string_equal(read, row->want);
	}
	random_start();
	totp_recovery_make(one);
	totp_recovery_make(other);
	assert_int_equal(strlen(one), 19);
	assert_string_not_equal(one, other);
	assert_true(totp_recovery_read(str_z(one), read));
}

TEST_MAIN(TEST(test_hotp), TEST(test_step), TEST(test_uri), TEST(test_recovery))
