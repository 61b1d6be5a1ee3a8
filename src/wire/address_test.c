#include "base/test.h"
#include "wire/address.h"

#include "base/buf.h"

#include <errno.h>

#define L64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_mailbox(void **state)
{
	static const struct {
		const char *name;
		unsigned flags;
		const char *local, *domain; /* NULL = refused */
	} table[] = {
		{ "a@b.test", 0, "a", "b.test" },
		{ "a.b-c+d=e!#$%&'*/?^_`{|}~@b.test", 0, "a.b-c+d=e!#$%&'*/?^_`{|}~",
			"b.test" },
		{ "a@localhost", 0, "a", "localhost" },
		{ "A@1-2.X", 0, "A", "1-2.X" },
		{ "\"a b\"@b.test", 0, "\"a b\"", "b.test" },
		{ "\"a\\\"@\\\\\"@b.test", 0, "\"a\\\"@\\\\\"", "b.test" },
		{ "\"\"@b.test", 0, "\"\"", "b.test" },
		{ "a@[192.0.2.1]", 0, "a", "[192.0.2.1]" },
		{ "a@[IPv6:2001:db8::1]", 0, "a", "[IPv6:2001:db8::1]" },
		{ "a@[ipv6:::ffff:192.0.2.1]", 0, "a", "[ipv6:::ffff:192.0.2.1]" },
		{ L64 "@b.test", 0, L64, "b.test" },
		{ "a@" L63 "." L63 "." L63 "." L61, 0, "a", L63 "." L63 "." L63 "." L61 },
		{ "\xc3\xa9@b.test", ADDRESS_UTF8_OK, "\xc3\xa9", "b.test" },
		{ "a@\xc3\xa9.test", ADDRESS_UTF8_OK, "a", "\xc3\xa9.test" },
		{ "PostMaster", ADDRESS_POSTMASTER_OK, "PostMaster", "" },
		{ "postmaster", 0, NULL, NULL },
		{ "webmaster", ADDRESS_POSTMASTER_OK, NULL, NULL },
		{ "", ADDRESS_NULL_OK, NULL, NULL },
		{ "a", 0, NULL, NULL },
		{ "@b.test", 0, NULL, NULL },
		{ "a@", 0, NULL, NULL },
		{ "a@b@c", 0, NULL, NULL },
		{ "a..b@c", 0, NULL, NULL },
		{ ".a@c", 0, NULL, NULL },
		{ "a.@c", 0, NULL, NULL },
		{ "a b@c", 0, NULL, NULL },
		{ "a@b c", 0, NULL, NULL },
		{ "a@b.", 0, NULL, NULL },
		{ "a@.b", 0, NULL, NULL },
		{ "a@b..c", 0, NULL, NULL },
		{ "a@-b", 0, NULL, NULL },
		{ "a@b-", 0, NULL, NULL },
		{ "a@b_c", 0, NULL, NULL },
		{ "a@b>", 0, NULL, NULL },
		{ "a\r\nRCPT TO:<x@y>@b", 0, NULL, NULL },
		{ "a@b\r\nDATA", 0, NULL, NULL },
		{ "\"a\rb\"@c", 0, NULL, NULL },
		{ "\"a\\\nb\"@c", 0, NULL, NULL },
		{ "\"a\"b@c", 0, NULL, NULL },
		{ "\"a@c", 0, NULL, NULL },
		{ "\"a\\", 0, NULL, NULL },
		{ "a;id;@", 0, NULL, NULL },
		{ "<a@b>", 0, NULL, NULL },
		{ "a@[192.0.2]", 0, NULL, NULL },
		{ "a@[192.0.2.1", 0, NULL, NULL },
		{ "a@[192.0.2.1]x", 0, NULL, NULL },
		{ "a@[]", 0, NULL, NULL },
		{ "a@[2001:db8::1]", 0, NULL, NULL },
		{ "a@[x:y]", 0, NULL, NULL },
		{ L64 "a@b.test", 0, NULL, NULL },
		{ "a@" L64, 0, NULL, NULL },
		{ "a@" L63 "." L63 "." L63 "." L61 "a", 0, NULL, NULL },
		{ "\xc3\xa9@b.test", 0, NULL, NULL },
		{ "\xc3@b.test", ADDRESS_UTF8_OK, NULL, NULL },
		{ "\xc0\xaf@b.test", ADDRESS_UTF8_OK, NULL, NULL },
		{ "a\xc2\x85@b.test", ADDRESS_UTF8_OK, NULL, NULL },
		{ "a@b\xe2\x80\xa8", ADDRESS_UTF8_OK, NULL, NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct address a;
		int rc = address_mailbox(str_z(row->name), row->flags, &a);
		assert_int_equal(rc, row->local ? 0 : -EINVAL);
		if (rc < 0)
			continue;
		assert_str(a.text, row->name);
		assert_str(a.local, row->local);
		assert_str(a.domain, row->domain);
		assert_int_equal(a.literal, row->domain[0] == '[');
		assert_int_equal(a.utf8, (row->flags & ADDRESS_UTF8_OK) != 0);
	}
}

static void
test_path(void **state)
{
	static const struct {
		const char *name;
		unsigned flags;
		const char *text; /* NULL = refused */
		size_t used;
	} table[] = {
		{ "<a@b> SIZE=1", 0, "a@b", 5 },
		{ "<>", ADDRESS_NULL_OK, "", 2 },
		{ "<@r1,@r2.test:a@b>", 0, "a@b", 18 },
		{ "<\"a>b\"@c>", 0, "\"a>b\"@c", 9 },
		{ "<postmaster>", ADDRESS_POSTMASTER_OK, "postmaster", 12 },
		{ "<>", 0, NULL, 0 },
		{ "<", ADDRESS_NULL_OK, NULL, 0 },
		{ "a@b", 0, NULL, 0 },
		{ "<a@b", 0, NULL, 0 },
		{ "<a@b c>", 0, NULL, 0 },
		{ "<@r1 a@b>", 0, NULL, 0 },
		{ "<@:a@b>", 0, NULL, 0 },
		{ "<r1:a@b>", 0, NULL, 0 },
		{ "<@r1:>", ADDRESS_NULL_OK, NULL, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct address a;
		size_t used = 0;
		int rc = address_path(str_z(row->name), row->flags, &a, &used);
		assert_int_equal(rc, row->text ? 0 : -EINVAL);
		assert_int_equal(used, row->used);
		if (rc == 0)
			assert_str(a.text, row->text);
	}
}

static void
test_domain_ascii(void **state)
{
	static const struct {
		const char *name, *want;
	} table[] = {
		{ "Example.TEST", "example.test" },
		{ "b\xc3\xbc"
		  "cher.test",
			"xn--bcher-kva.test" },
		{ "B\xc3\x9c"
		  "CHER.test",
			"xn--bcher-kva.test" },
		{ "fa\xc3\x9f.de", "xn--fa-hia.de" },
		{ "\xe4\xbe\x8b\xe3\x81\x88.test", "xn--r8jz45g.test" },
		{ "[192.0.2.1]", "[192.0.2.1]" },
		{ "[x]", NULL },
		{ "a..b", NULL },
		{ "", NULL },
		{ "a\xc3", NULL },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 10000);
	TEST_EACH(row, table)
	{
		struct str s = STR_NONE;
		int rc = domain_ascii(&arena, str_z(row->name), &s);
		assert_int_equal(rc, row->want ? 0 : -EINVAL);
		if (row->want)
			assert_str(s, row->want);
	}
	arena_done(&arena);
}

static void
join(void *ctx, struct address a)
{
	struct buf *b = ctx;

	buf_put(b, a.text);
	buf_put_c(b, '|');
}

static void
test_list(void **state)
{
	static const struct {
		const char *name, *want; /* NULL = refused */
	} table[] = {
		{ "a@b.test", "a@b.test|" },
		{ " <a@b.test> ", "a@b.test|" },
		{ "Ann <a@b.test>, Bob B. Bobson <c@d.test>", "a@b.test|c@d.test|" },
		{ "\"Doe, John <x@y>\" <a@b.test>", "a@b.test|" },
		{ "=?utf-8?q?J=2C_x?= <a@b.test>", "a@b.test|" },
		{ "J\xc3\xa9r\xf4me <a@b.test>", "a@b.test|" },
		{ "a@b.test (Ann, \"the (nested\\)) one\")", "a@b.test|" },
		{ "(c) a (c) . (c) b (c) @ (c) b (c) . test", "a.b@b.test|" },
		{ "Team: a@b.test, Bob <c@d.test>;, e@f.test", "a@b.test|c@d.test|e@f.test|" },
		{ "undisclosed-recipients:;", "" },
		{ "Ann\r\n <a@b.test>,\r\n\tc@d.test", "a@b.test|c@d.test|" },
		{ ",, a@b.test,,", "a@b.test|" },
		{ "<@r1,@r2:a@b.test>", "a@b.test|" },
		{ "x <\"a b\"@[192.0.2.1]>", "\"a b\"@[192.0.2.1]|" },
		{ "\xc3\xa9@\xc3\xa9.test", "\xc3\xa9@\xc3\xa9.test|" },
		{ "\"very long name that goes on and on and on and on and on and on and on and "
		  "on and on "
		  "and on and on and on and on and on and on and on and on and on and on and "
		  "on and on and "
		  "on and on and on and on and on and on and on and on and on and on and on "
		  "and on and on "
		  "and on and on and on and on and on\" <a@b.test>",
			"a@b.test|" },
		{ "", NULL },
		{ " ", NULL },
		{ ",", NULL },
		{ "Ann", NULL },
		{ "Ann a@b.test", NULL },
		{ "a@b.test c@d.test", NULL },
		{ "a@victim.test <c@d.test>", NULL },
		{ "<a@b.test> x", NULL },
		{ "<a@b.test> <c@d.test>", NULL },
		{ "<a@b.test", NULL },
		{ "a@b.test>", NULL },
		{ "<a b@c>", NULL },
		{ "<>", NULL },
		{ "(a@b.test", NULL },
		{ "\"a@b.test", NULL },
		{ "Team: a@b.test", NULL },
		{ "a@b.test;", NULL },
		{ "x: y: a@b.test;", NULL },
		{ "a@b\r.test", NULL },
		{ "a@b\n.test", NULL },
		{ "\\a@b.test", NULL },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf b;
		buf_init(&b, 10000);
		int rc = address_list(str_z(row->name), join, &b);
		assert_int_equal(rc, row->want ? 0 : -EINVAL);
		if (row->want)
			assert_str(buf_str(&b), row->want);
		buf_done(&b);
	}
}

TEST_MAIN(TEST(test_mailbox), TEST(test_path), TEST(test_domain_ascii), TEST(test_list))
