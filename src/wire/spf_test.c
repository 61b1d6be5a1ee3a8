#include "base/test.h"

#include "wire/spf.h"

#include <errno.h>

static void
test_is(void **state)
{
	static const struct {
		const char *name;
		bool is;
	} table[] = {
		{ "v=spf1", true },
		{ "v=spf1 -all", true },
		{ "V=SPF1 -all", true },
		{ "v=spf10 -all", false },
		{ "v=spf1-all", false },
		{ "spf2.0/pra -all", false },
		{ "", false },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(spf_is(str_z(row->name)), row->is);
}

/* One term behind the version: what it is read as. */
static void
test_terms(void **state)
{
	static const struct {
		const char *name;
		int rc;
		enum spf_kind kind;
		char qualifier;
		const char *domain;
		unsigned bits4, bits6;
	} table[] = {
		{ "all", 1, SPF_ALL, '+', "", 32, 128 },
		{ "-ALL", 1, SPF_ALL, '-', "", 32, 128 },
		{ "~all", 1, SPF_ALL, '~', "", 32, 128 },
		{ "all:x", -EINVAL, SPF_ALL, '+', "", 32, 128 },
		{ "ip4:192.0.2.1", 1, SPF_IP, '+', "", 32, 128 },
		{ "ip4:192.0.2.0/24", 1, SPF_IP, '+', "", 24, 128 },
		{ "ip4:192.0.2.0/33", -EINVAL, SPF_IP, '+', "", 32, 128 },
		{ "ip4:192.0.2.0/024", -EINVAL, SPF_IP, '+', "", 32, 128 },
		{ "ip4:192.0.2", -EINVAL, SPF_IP, '+', "", 32, 128 },
		{ "ip4", -EINVAL, SPF_IP, '+', "", 32, 128 },
		{ "ip4:2001:db8::1", -EINVAL, SPF_IP, '+', "", 32, 128 },
		{ "ip6:2001:db8::/32", 1, SPF_IP, '+', "", 32, 32 },
		{ "ip6:192.0.2.1", -EINVAL, SPF_IP, '+', "", 32, 128 },
		{ "a", 1, SPF_A, '+', "", 32, 128 },
		{ "a:mail.test", 1, SPF_A, '+', "mail.test", 32, 128 },
		{ "?a:mail.test/28//64", 1, SPF_A, '?', "mail.test", 28, 64 },
		{ "a//64", 1, SPF_A, '+', "", 32, 64 },
		{ "a/", -EINVAL, SPF_A, '+', "", 32, 128 },
		{ "a:", -EINVAL, SPF_A, '+', "", 32, 128 },
		{ "mx", 1, SPF_MX, '+', "", 32, 128 },
		{ "mx:other.test/24", 1, SPF_MX, '+', "other.test", 24, 128 },
		{ "include:_spf.test", 1, SPF_INCLUDE, '+', "_spf.test", 32, 128 },
		{ "include", -EINVAL, SPF_INCLUDE, '+', "", 32, 128 },
		{ "exists:%{i}.x.test", 1, SPF_EXISTS, '+', "%{i}.x.test", 32, 128 },
		{ "ptr", 1, SPF_PTR, '+', "", 32, 128 },
		{ "redirect=_spf.test", 1, SPF_REDIRECT, '+', "_spf.test", 32, 128 },
		{ "redirect=", -EINVAL, SPF_REDIRECT, '+', "", 32, 128 },
		{ "exp=why.test", 1, SPF_OTHER, '+', "", 32, 128 },
		{ "unknown=x", 1, SPF_OTHER, '+', "", 32, 128 },
		{ "ip:192.0.2.1", -EINVAL, SPF_OTHER, '+', "", 32, 128 },
		{ "mail.test", -EINVAL, SPF_OTHER, '+', "", 32, 128 },
		{ "inlcude:x.test", -EINVAL, SPF_OTHER, '+', "", 32, 128 },
		{ "=x", -EINVAL, SPF_OTHER, '+', "", 32, 128 },
	};
	char record[100];
	struct spf_term t;
	struct str rest;

	(void)state;
	TEST_EACH(row, table)
	{
		snprintf(record, sizeof record, "v=spf1  %s ", row->name);
		rest = str_z(record);
		assert_int_equal(spf_next(&rest, &t), row->rc);
		assert_true(str_eq_z(t.text, row->name));
		assert_int_equal(t.kind, row->kind);
		if (row->rc < 0)
			continue;
		assert_int_equal(t.qualifier, row->qualifier);
		assert_true(str_eq_z(t.domain, row->domain));
		assert_int_equal(t.bits4, row->bits4);
		assert_int_equal(t.bits6, row->bits6);
		assert_int_equal(spf_next(&rest, &t), 0);
	}
}

static void
test_whole(void **state)
{
	struct str rest = STR_LIT("v=spf1 ip4:192.0.2.0/24 a mx include:x.test -all");
	static const enum spf_kind want[] = { SPF_IP, SPF_A, SPF_MX, SPF_INCLUDE, SPF_ALL };
	static const bool asks[] = { false, true, true, true, false };
	static const uint8_t in[] = { 192, 0, 2, 200 }, out[] = { 192, 0, 3, 200 };
	struct spf_term t;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(want); i++) {
		assert_int_equal(spf_next(&rest, &t), 1);
		assert_int_equal(t.kind, want[i]);
		assert_int_equal(spf_asks(&t), asks[i]);
		if (i > 0)
			continue;
		assert_true(spf_same(t.ip, in, t.ip_bytes, t.bits4));
		assert_false(spf_same(t.ip, out, t.ip_bytes, t.bits4));
		assert_true(spf_same(t.ip, out, t.ip_bytes, 23));
		assert_true(spf_same(t.ip, out, t.ip_bytes, 0));
	}
	assert_int_equal(spf_next(&rest, &t), 0);
}

TEST_MAIN(TEST(test_is), TEST(test_terms), TEST(test_whole))
