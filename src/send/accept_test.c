#include "base/test.h"

#include "send/accept.h"

static const struct {
	const char *name, *block;
	bool any_domain;
	unsigned code;
	const char *subject, *from;
} headers[] = {
	{ "plain", "From: a@Shop.test\r\nSubject: x\r\n\r\n", false, 0, "x", "shop.test" },
	{ "name with comma", "From: \"A, B\" <a@shop.test>\r\n\r\n", false, 0, "",
		"shop.test" },
	{ "folded", "From: A\r\n <a@shop.test>\r\n\r\n", false, 0, "", "shop.test" },
	{ "encoded subject", "From: a@shop.test\r\nSubject: =?utf-8?q?=C3=A9t=C3=A9?=\r\n\r\n",
		false, 0, "\xc3\xa9t\xc3\xa9", "shop.test" },
	{ "IDN",
		"From: a@b\xc3\xbc"
		"cher.test\r\n\r\n",
		false, 0, "", "xn--bcher-kva.test" },
	{ "no From", "Subject: x\r\n\r\n", false, 550, "x", "" },
	{ "no From, demo", "Subject: x\r\n\r\n", true, 0, "x", "" },
	{ "two From", "From: a@shop.test\r\nFrom: b@shop.test\r\n\r\n", true, 550, "",
		"shop.test" },
	{ "two mailboxes", "From: a@shop.test, b@evil.test\r\n\r\n", false, 550, "", "" },
	{ "no mailbox", "From: nobody\r\n\r\n", false, 550, "", "" },
	{ "literal", "From: a@[192.0.2.1]\r\n\r\n", false, 550, "", "" },
	{ "two Sender", "From: a@shop.test\r\nSender: a@shop.test\r\nSender: b@b.test\r\n\r\n",
		false, 550, "", "shop.test" },
	{ "bad Sender", "From: a@shop.test\r\nSender: x\r\n\r\n", false, 550, "", "shop.test" },
	{ "loop", "Received: a\r\nReceived: b\r\nReceived: c\r\nFrom: a@shop.test\r\n\r\n",
		true, 554, "", "" },
	{ "headless", "hello\r\n\r\n", false, 550, "", "" },
};

static void
test_header(void **state)
{
	(void)state;
	TEST_EACH(row, headers)
	{
		struct accept_rules rules = { 2, row->any_domain };
		struct accept_facts f;
		struct arena a;

		arena_init(&a, 1u << 20);
		assert_int_equal(
			accept_header(&a, str_z(row->block), &rules, &f).code, row->code);
		assert_str(f.subject, row->subject);
		assert_str(f.from_domain, row->from);
		arena_done(&a);
	}
}

static void
test_fields(void **state)
{
	struct accept_rules rules = { 50, true };
	struct accept_facts f;
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, 1u << 20);
	buf_init(&b, 1u << 20);
	for (int i = 0; i < 1000; i++)
		buf_put_z(&b, "X: y\r\n");
	buf_put_z(&b, "\r\n");
	assert_int_equal(accept_header(&a, buf_str(&b), &rules, &f).code, 0);
	buf_cut(&b, b.n - 2);
	buf_put_z(&b, "X: y\r\n\r\n");
	assert_int_equal(accept_header(&a, buf_str(&b), &rules, &f).code, 554);
	buf_done(&b);
	arena_done(&a);
}

static void
test_end(void **state)
{
	static const struct {
		const char *name, *all;
		size_t end;
	} table[] = {
		{ "none", "A: b\r\n", 0 },
		{ "one", "A: b\r\n\r\nbody\r\n\r\n", 8 },
		{ "empty", "\r\nbody", 2 },
		{ "nothing", "", 0 },
		{ "half", "A: b\r\n\r", 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str all = str_z(row->all);
		size_t end = 0;

		assert_int_equal(accept_header_end(all, 0), row->end);
		for (size_t n = 1; n <= all.n && !end; n++)
			end = accept_header_end(str_head(all, n), n - 1);
		assert_int_equal(end, row->end);
	}
}

static void
test_rewrite(void **state)
{
	static const struct {
		const char *name, *helo, *client, *block, *want;
		bool esmtp, tls, auth, utf8;
		size_t body; /* bytes behind the header */
	} table[] = {
		{ "all added", "pc.test", "192.0.2.1",
			"From: a@b.test\r\nBcc: c@d.test\r\n\r\n",
			"Received: from pc.test ([192.0.2.1])\r\n"
			"\tby mail.test (Facteur) with ESMTPSA id 42;\r\n"
			"\tThu, 01 Jan 1970 00:00:00 +0000\r\n"
			"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
			"Message-ID: <42@mail.test>\r\n"
			"From: a@b.test\r\n\r\n",
			true, true, true, false, 0 },
		{ "kept, IPv6", "[IPv6:2001:db8::1]", "2001:db8::1",
			"Date: now\r\nMessage-ID: <1@b>\r\n\r\n",
			"Received: from [IPv6:2001:db8::1] ([IPv6:2001:db8::1])\r\n"
			"\tby mail.test (Facteur) with UTF8SMTPA id 42;\r\n"
			"\tThu, 01 Jan 1970 00:00:00 +0000\r\n"
			"Date: now\r\nMessage-ID: <1@b>\r\n\r\n",
			true, false, true, true, 0 },
		{ "odd name, no header", "a?b", "192.0.2.1", "hi\r\n\r\n",
			"Received: from [192.0.2.1] (helo=a?b)\r\n"
			"\tby mail.test (Facteur) with SMTP id 42;\r\n"
			"\tThu, 01 Jan 1970 00:00:00 +0000\r\n"
			"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
			"Message-ID: <42@mail.test>\r\n\r\nhi\r\n\r\n",
			false, false, false, false, 6 },
		{ "local", "x", "uid:1000", "Date: now\r\nMessage-ID: <1@b>\r\n\r\n",
			"Received: from mail.test (local user 1000)\r\n"
			"\tby mail.test (Facteur) with ESMTP id 42;\r\n"
			"\tThu, 01 Jan 1970 00:00:00 +0000\r\n"
			"Date: now\r\nMessage-ID: <1@b>\r\n\r\n",
			true, false, false, false, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct accept_trace t = { .helo = str_z(row->helo),
			.client = str_z(row->client),
			.hostname = STR_LIT("mail.test"),
			.id = 42,
			.esmtp = row->esmtp,
			.tls = row->tls,
			.auth = row->auth,
			.utf8 = row->utf8 };
		struct buf b;
		size_t n;

		buf_init(&b, 8192);
		assert_int_equal(accept_rewrite(&b, str_z(row->block), &t, &n), 0);
		assert_str(buf_str(&b), row->want);
		assert_int_equal(b.n - n, row->body);
		buf_done(&b);
	}
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *name, *mailbox;
		bool literals;
		unsigned sender, rcpt;
		const char *domain;
	} table[] = {
		{ "plain", "a@B.test", false, 0, 0, "b.test" },
		{ "null or postmaster", "", false, 0, 0, "" },
		{ "literal", "a@[192.0.2.1]", false, 553, 550, "" },
		{ "literal in the lab", "a@[192.0.2.1]", true, 0, 0, "[192.0.2.1]" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct address ad = { STR_NONE, STR_NONE, STR_NONE, false, false };
		struct str domain;
		struct arena a;

		arena_init(&a, 4096);
		if (*row->mailbox)
			assert_int_equal(address_mailbox(str_z(row->mailbox), 0, &ad), 0);
		assert_int_equal(
			accept_sender(&a, &ad, row->literals, &domain).code, row->sender);
		assert_str(domain, row->domain);
		assert_int_equal(accept_rcpt(&a, &ad, row->literals).code, row->rcpt);
		arena_done(&a);
	}
}

TEST_MAIN(TEST(test_header), TEST(test_fields), TEST(test_end), TEST(test_rewrite),
	TEST(test_addresses))
