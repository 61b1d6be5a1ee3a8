#include "base/test.h"
#include "wire/mime.h"
#include "wire/mime_naive.h"

#include <errno.h>

#define E8   "\xc3\xa9"
#define HTML "<p>text around it, long enough for quoted-printable</p>"

static void
identity(struct str s)
{
	struct buf out;

	buf_init(&out, s.n);
	assert_int_equal(mime_to_7bit(&out, s), 0);
	assert_str_eq(buf_str(&out), s);
	buf_done(&out);
}

static const struct {
	const char *name, *in, *want;
} message_table[] = {
	{ "7 bit", "Content-Transfer-Encoding: 8bit\r\n\r\nabc=\r\n",
		"Content-Transfer-Encoding: 8bit\r\n\r\nabc=\r\n" },
	{ "label in place",
		"MIME-Version: 1.0\r\nCONTENT-transfer-encoding:\r\n "
		"8bit\r\nContent-Type: text/html\r\n\r\n" HTML E8 "= \r\n.\r\nFrom x\t\r\n",
		"MIME-Version: 1.0\r\nCONTENT-transfer-encoding: quoted-printable\r\n"
		"Content-Type: text/html\r\n\r\n" HTML "=C3=A9=3D=20\r\n.\r\nFrom x=09\r\n" },
	{ "nothing said", "From: a\r\n\r\nabcdefghijklmnop" E8 "\r\n",
		"From: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
		"charset=utf-8\r\n"
		"Content-Transfer-Encoding: "
		"quoted-printable\r\n\r\nabcdefghijklmnop=C3=A9\r\n" },
	{ "latin without name", "From: a\r\n\r\nabcdefghijklmnop\xe9\r\n",
		"From: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
		"charset=unknown-8bit\r\n"
		"Content-Transfer-Encoding: "
		"quoted-printable\r\n\r\nabcdefghijklmnop=E9\r\n" },
	{ "empty header", "\r\nabcdefghijklmnop" E8 "\r\n",
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: "
		"quoted-printable\r\n\r\nabcdefghijklmnop=C3=A9\r\n" },
	{ "mostly 8 bit",
		"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" E8 E8 E8 "\r\n",
		"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nw6nDqcOpDQo=\r\n" },
	{ "binary",
		"MIME-Version: 1.0\r\nContent-Type: application/x\r\n"
		"Content-Transfer-Encoding: Binary (c)\r\n\r\nabcdefghijklmnop" E8,
		"MIME-Version: 1.0\r\nContent-Type: application/x\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nYWJjZGVmZ2hpamtsbW5vcMOp" },
	{ "charset binary",
		"MIME-Version: 1.0\r\nContent-Type: text/x; "
		"CHARSET=binary\r\n\r\nabcdefghijklmnop" E8,
		"MIME-Version: 1.0\r\nContent-Type: text/x; CHARSET=binary\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nYWJjZGVmZ2hpamtsbW5vcMOp" },
	{ "multipart",
		"MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n"
		"Content-Type: multipart/mixed (c);\r\n\tcharset=x; boundary=\"a "
		"\\\"b\"\r\n\r\n"
		"pre" E8 "\r\n--a \"b\r\nContent-Type: text/plain\r\n\r\nabcdefghijklmnop" E8
		"\r\n"
		"--a \"bc no delimiter\r\n--a \"b \t\r\n\r\nascii=\r\n\r\n--a "
		"\"b--\r\nepi" E8 "\r\n",
		"MIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n"
		"Content-Type: multipart/mixed (c);\r\n\tcharset=x; boundary=\"a "
		"\\\"b\"\r\n\r\n"
		"pre??\r\n--a \"b\r\nContent-Type: "
		"text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n"
		"\r\nabcdefghijklmnop=C3=A9\r\n"
		"--a \"bc no delimiter\r\n--a \"b \t\r\n\r\nascii=\r\n\r\n--a "
		"\"b--\r\nepi??\r\n" },
	{ "base64 before a boundary, no close, empty parts",
		"Content-Type: MULTIPART/x; boundary=a=b\r\n\r\n--a=b\r\n--a=b\r\n"
		"Content-Type: "
		"image/x\r\n\r\n\xff\xfe\xfd\r\n--a=b\r\n\r\n\xff\xfe\xfd\r\n",
		"Content-Type: MULTIPART/x; boundary=a=b\r\n\r\n--a=b\r\n--a=b\r\n"
		"Content-Type: image/x\r\nContent-Transfer-Encoding: "
		"base64\r\n\r\n//79\r\n--a=b\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n//79DQo=\r\n" },
	{ "nested with a longer boundary",
		"Content-Type: multipart/a; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: multipart/b; "
		"boundary=bb\r\n\r\n--bb\r\n\r\nabcdefghijklmnop" E8 "\r\n--bb--\r\n--b--\r\n",
		"Content-Type: multipart/a; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: multipart/b; boundary=bb\r\n\r\n--bb\r\n"
		"Content-Transfer-Encoding: "
		"quoted-printable\r\n\r\nabcdefghijklmnop=C3=A9"
		"\r\n--bb--\r\n--b--\r\n" },
	{ "message inside, digest",
		"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nFrom: "
		"x\r\n\r\n"
		"abcdefghijklmnop" E8 "\r\n--b--\r\n",
		"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nFrom: "
		"x\r\n"
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: "
		"quoted-printable\r\n\r\nabcdefghijklmnop=C3=A9\r\n--b--\r\n" },
	{ "report with an international header",
		"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: message/global-headers\r\n\r\nSubject: abcdefg" E8
		"\r\n--b--\r\n",
		"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: message/global-headers\r\nContent-Transfer-Encoding: "
		"quoted-printable\r\n\r\nSubject: abcdefg=C3=A9\r\n--b--\r\n" },
	{ "signed 7 bit",
		"Content-Type: multipart/signed; "
		"boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
		"Content-Type: multipart/signed; "
		"boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n" },
	{ "long lines",
		"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"012\xe9xx\r\n"
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"01234567\r\n",
		"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"012=\r\n=E9xx\r\n"
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"01234=\r\n567\r\n" },
};

static void
messages(void **state)
{
	(void)state;
	TEST_EACH(row, message_table)
	{
		struct buf out;

		buf_init(&out, 4096);
		buf_put_z(&out, "|");
		assert_int_equal(mime_to_7bit(&out, str_z(row->in)), 0);
		assert_str(str_from(buf_str(&out), 1), row->want);
		buf_done(&out);
		identity(str_z(row->want));
		buf_init(&out, str_z(row->want).n - 1);
		assert_int_equal(mime_to_7bit(&out, str_z(row->in)), -E2BIG);
		assert_int_equal(out.n, 0);
		buf_done(&out);
	}
}

static void
refused(void **state)
{
	static const struct {
		const char *name, *in;
	} table[] = {
		{ "header", "Subject: " E8 "\r\n\r\nx\r\n" },
		{ "no header end", "Subject: a\r\n" E8 },
		{ "junk in the header", "A: b\r\njunk\r\n\r\n" E8 },
		{ "part header", "Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\nX: " E8
				 "\r\n\r\n\r\n--b--\r\n" },
		{ "signed", "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n" E8
			    "\r\n--b--\r\n" },
		{ "encoded multipart",
			"Content-Type: multipart/x; boundary=b\r\nContent-Transfer-Encoding: "
			"base64\r\n\r\n--b\r\n\r\n" E8 "\r\n--b--\r\n" },
		{ "no boundary",
			"Content-Type: multipart/x\r\n\r\n--b\r\n\r\n" E8 "\r\n--b--\r\n" },
		{ "boundary not met",
			"Content-Type: multipart/x; boundary=b\r\n\r\n" E8 "\r\n" },
		{ "8 bit in base64", "Content-Transfer-Encoding: base64\r\n\r\n" E8 "\r\n" },
		{ "unknown encoding", "Content-Transfer-Encoding: x-uu\r\n\r\n" E8 "\r\n" },
		{ "report", "Content-Type: message/delivery-status\r\n\r\n" E8 "\r\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf out;

		buf_init(&out, 4096);
		buf_put_z(&out, "|");
		assert_int_equal(mime_to_7bit(&out, str_z(row->in)), -EOPNOTSUPP);
		assert_str(buf_str(&out), "|");
		buf_done(&out);
	}
}

static int
convert(const struct buf *in)
{
	struct buf out;
	int r;

	buf_init(&out, 1u << 20);
	r = mime_to_7bit(&out, buf_str(in));
	buf_done(&out);
	return r;
}

static void
limits(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, 1u << 20);
	for (int i = 0; i < 30; i++)
		buf_put_z(&in, "Content-Type: message/rfc822\r\n\r\n");
	buf_put_z(&in, "A: b\r\n\r\n" E8);
	assert_int_equal(convert(&in), 0);
	buf_clear(&in);
	for (int i = 0; i < 31; i++)
		buf_put_z(&in, "Content-Type: message/rfc822\r\n\r\n");
	buf_put_z(&in, "A: b\r\n\r\n" E8);
	assert_int_equal(convert(&in), -EOPNOTSUPP);
	buf_clear(&in);
	buf_put_z(&in, "Content-Type: multipart/mixed; boundary=b\r\n\r\n" E8);
	for (int i = 0; i < 1000; i++)
		buf_put_z(&in, "\r\n--b\r\n\r\nx");
	assert_int_equal(convert(&in), 0);
	buf_put_z(&in, "\r\n--b\r\n\r\nx");
	assert_int_equal(convert(&in), -EOPNOTSUPP);
	buf_done(&in);
}

/* What a reader decodes is what was written, whatever the bytes. */
static void
leaves(void **state)
{
	const struct {
		const char *name;
		struct str body;
	} table[] = {
		{ "text",
			STR_LIT("caf" E8 " and so on, with a  lot \r\n\tof text \t\r\n\r\n") },
		{ "nul", STR_LIT("some text around a \0 byte" E8 "\r\n") },
		{ "bare", STR_LIT("some text \n around a \r byte" E8 "\r\n") },
		{ "space at the end", STR_LIT("some text around a byte" E8 " ") },
		{ "one", STR_LIT("\xff") },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct buf in, out, got;

		buf_init(&in, 4096);
		buf_init(&out, 4096);
		buf_init(&got, 4096);
		buf_put_z(&in, "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n");
		buf_put(&in, row->body);
		assert_int_equal(mime_to_7bit(&out, buf_str(&in)), 0);
		assert_true(text_is_ascii(buf_str(&out)));
		naive_decode(&got, buf_str(&out));
		assert_str_eq(buf_str(&got), row->body);
		buf_done(&in);
		buf_done(&out);
		buf_done(&got);
	}
}

TEST_MAIN(TEST(messages), TEST(refused), TEST(limits), TEST(leaves))
