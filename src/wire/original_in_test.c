#include "wire/original_in.h"

#include "base/test.h"

#define REPORT                                                                                 \
	"From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n" \
	"--b\r\n\r\nfailed\r\n--b\r\nContent-Type: "

static const struct {
	const char *name, *in;
	const char *id, *path, *from, *to, *subject, *human;
} table[] = {
	{ "message/rfc822",
		REPORT
		"message/rfc822\r\n\r\nReturn-Path: <b-1@ret.example>\r\nMessage-ID:\r\n "
		"<1@a.example>\r\nFrom: \"A, B\" <a@a.example>\r\nTo: x@b.example, "
		"y@b.example\r\nSubject: =?utf-8?Q?=C3=A9t=C3=A9?=\r\n\r\nbody\r\n--b--",
		"1@a.example", "b-1@ret.example", "a@a.example", "x@b.example",
		"\xc3\xa9t\xc3\xa9", "failed" },
	{ "an mbox line before it, headers only",
		REPORT
		"text/rfc822-headers\r\n\r\n\r\nFrom a@b Mon\r\nMessage-Id: 2@a\r\n--b--",
		"2@a", "", "", "", "", "failed" },
	{ "base64",
		REPORT "message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		       "TWVzc2FnZS1JRDogPDNAYT4KCng=\r\n--b--",
		"3@a", "", "", "", "", "failed" },
	{ "in the text",
		"From: x\r\n\r\nHi. This is the qmail-send program.\r\nSo: it is\r\n\r\n"
		"--- Below this line is a copy of the message.\r\n\r\n"
		"Return-Path: <a@a.example>\r\nReceived: (qmail 1)\r\nDate: "
		"now\r\n\r\nSubject: x",
		"", "a@a.example", "", "", "",
		"Hi. This is the qmail-send program.\r\nSo: it is\r\n\r\n"
		"--- Below this line is a copy of the message.\r\n\r\n" },
	{ "three lines that look like fields",
		"From: x\r\n\r\nReason: no\r\nServer: mx\r\nTo: you\r\n", NULL, "", "", "", "",
		"Reason: no\r\nServer: mx\r\nTo: you\r\n" },
	{ "the whole is an rfc822", "Content-Type: message/rfc822\r\n\r\nMessage-ID: <1@a>\r\n",
		NULL, "", "", "", "", "" },
	{ "a name that is an address",
		REPORT "message/rfc822\r\n\r\nFrom: x@y.example <a@a.example>\r\nTo: nobody\r\n"
		       "--b--",
		"", "", "a@a.example", "", "", "failed" },
	{ "an empty part", REPORT "message/rfc822\r\n\r\n\r\n--b--", NULL, "", "", "", "",
		"failed" },
};

static void
test_find(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct mime_in m;
		struct original_in o;
		bool found;

		arena_init(&a, 1u << 20);
		mime_in_walk(&a, str_z(row->in), &m);
		found = original_in_find(&a, &m, mime_in_human(&a, &m, 4096), &o);
		assert_int_equal(found, row->id != NULL);
		assert_str(o.message_id, row->id ? row->id : "");
		assert_str(o.return_path, row->path);
		assert_str(o.from, row->from);
		assert_str(o.to, row->to);
		assert_str(o.subject, row->subject);
		assert_str(o.human, row->human);
		arena_done(&a);
	}
}

TEST_MAIN(TEST(test_find))
