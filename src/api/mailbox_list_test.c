#include "api/mailbox_list.h"

#include "base/test.h"

#include <errno.h>

/* "name|email; …", or "-error bad". */
static void
test_lists(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "nothing", "", "" },
		{ "blank", " \t ", "" },
		{ "bare", "a@x.test", "|a@x.test" },
		{ "angle", "<a@x.test>", "|a@x.test" },
		{ "name", "Jane Doe <a@x.test>", "Jane Doe|a@x.test" },
		{ "no space", "Jane<a@x.test>", "Jane|a@x.test" },
		{ "dots", "John Q. Public <a@x.test>", "John Q. Public|a@x.test" },
		{ "spaces between words", "  Jane \t  Doe   <a@x.test> ", "Jane Doe|a@x.test" },
		{ "quoted", "\"Doe, Jane\" <a@x.test>", "Doe, Jane|a@x.test" },
		{ "quoted spaces", "\" a  b \" <a@x.test>", " a  b |a@x.test" },
		{ "quoted pairs", "\"a \\\"b\\\" \\\\ c\" <a@x.test>",
			"a \"b\" \\ c|a@x.test" },
		{ "quoted brackets", "\"<e@x.test>, \" <a@x.test>", "<e@x.test>, |a@x.test" },
		{ "quoted words", "\"a\" \"b\" c <a@x.test>", "a b c|a@x.test" },
		{ "UTF-8", "José Müller <a@x.test>", "José Müller|a@x.test" },
		{ "encoded word", "=?utf-8?q?Jos=C3=A9?= Doe <a@x.test>", "José Doe|a@x.test" },
		{ "encoded words", "=?utf-8?b?Sm9z?= =?utf-8?b?w6k=?= <a@x.test>",
			"José|a@x.test" },
		{ "encoded word in quotes", "\"=?utf-8?q?J?=\" <a@x.test>",
			"=?utf-8?q?J?=|a@x.test" },
		{ "comments", "Jane (x, <y>) Doe (\\)) <a@x.test> (z)", "Jane Doe|a@x.test" },
		{ "comment behind", "a@x.test (Jane)", "|a@x.test" },
		{ "several", "a@x.test, \"B, b\" <b@x.test>,C <c@x.test>",
			"|a@x.test; B, b|b@x.test; C|c@x.test" },
		{ "empty places", ",a@x.test,, b@x.test, ", "|a@x.test; |b@x.test" },
		{ "route", "R <@p.test,@q.test:a@x.test>, b@x.test", "R|a@x.test; |b@x.test" },
		{ "quoted local part", "\"a,b>\"@x.test, <\"c,d\"@x.test>",
			"|\"a,b>\"@x.test; |\"c,d\"@x.test" },
		{ "address literal", "a@[IPv6:::1]", "|a@[IPv6:::1]" },
		{ "three", "a@x.test,b@x.test,c@x.test", "|a@x.test; |b@x.test; |c@x.test" },
		{ "four", "a@x.test,b@x.test,c@x.test,d@x.test", "-overflow" },
		{ "no address", "a@x.test, jane , b@x.test", "-invalid jane" },
		{ "bare comma in a name", "Doe, Jane <a@x.test>", "-invalid Doe" },
		{ "address as a name", "a@x.test <b@x.test>", "-invalid a@x.test <b@x.test>" },
		{ "two in one place", "a@x.test b@x.test", "-invalid a@x.test b@x.test" },
		{ "two in brackets", "<a@x.test> <b@x.test>",
			"-invalid <a@x.test> <b@x.test>" },
		{ "semicolons", "a@x.test;b@x.test", "-invalid a@x.test;b@x.test" },
		{ "group", "G: a@x.test;", "-invalid G: a@x.test;" },
		{ "group and comment", "G: a@x.test; (c)", "-invalid G: a@x.test; (c)" },
		{ "empty group", "undisclosed:;", "-invalid undisclosed:;" },
		{ "null path", "<>", "-invalid <>" },
		{ "open quote", "\"a <a@x.test>, b@x.test",
			"-invalid \"a <a@x.test>, b@x.test" },
		{ "open comment", "(a, b@x.test", "-invalid (a, b@x.test" },
		{ "open bracket", "a <a@x.test, b@x.test", "-invalid a <a@x.test, b@x.test" },
		{ "open pair", "\"a\\", "-invalid \"a\\" },
		{ "line ends", "a@x.test,\r\n b@x.test", "-invalid a@x.test,\r\n b@x.test" },
		{ "line end in a name", "\"a\r\nBcc: e@x.test\" <a@x.test>",
			"-invalid \"a\r\nBcc: e@x.test\" <a@x.test>" },
		{ "line separator", "a\xe2\x80\xa8@x.test", "-invalid a\xe2\x80\xa8@x.test" },
		{ "no UTF-8", "\xff <a@x.test>", "-invalid \xff <a@x.test>" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct outgoing_list l = { NULL, 0 };
		struct str bad = STR_NONE;
		struct arena a;
		struct buf got;
		int err;

		arena_init(&a, 1u << 20);
		buf_init(&got, 4096);
		err = mailbox_list_read(&a, str_z(row->in), 3, &l, &bad);
		if (err == -EINVAL)
			buf_printf(&got, "-invalid %.*s", STR_ARG(bad));
		else if (err == -EOVERFLOW)
			buf_put_z(&got, "-overflow");
		else
			assert_int_equal(err, 0);
		for (size_t i = 0; i < l.n; i++)
			buf_printf(&got, "%s%.*s|%.*s", i ? "; " : "", STR_ARG(l.at[i].name),
				STR_ARG(l.at[i].email));
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		arena_done(&a);
	}
}

static void
test_edges(void **state)
{
	struct outgoing_list l;
	struct arena a;
	struct str bad;

	(void)state;
	arena_init(&a, 1u << 20);
	/* A text that is absent. */
	assert_int_equal(mailbox_list_read(&a, (struct str){ NULL, 0 }, 3, &l, &bad), 0);
	assert_int_equal(l.n, 0);
	assert_int_equal(
		mailbox_list_read(&a, STR_LIT("a\0 <a@x.test>"), 3, &l, &bad), -EINVAL);
	arena_done(&a);
	arena_init(&a, 100);
	assert_int_equal(
		mailbox_list_read(&a, STR_LIT("a@x.test,b@x.test"), 3, &l, &bad), -E2BIG);
	arena_done(&a);
}

TEST_MAIN(TEST(test_lists), TEST(test_edges))
