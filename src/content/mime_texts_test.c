#include "content/mime_texts.h"

#include "base/test.h"

#define HEAD  "From: a@x.test\r\nSubject: old\r\n"
#define MIME  HEAD "MIME-Version: 1.0\r\n"
#define PLAIN "Content-Type: text/plain; charset=iso-8859-1\r\n"
#define HTML  "Content-Type: text/html\r\n"
#define NEW_T                                                                                  \
	"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "               \
	"7bit\r\n\r\nT\r\n"
#define NEW_H                                                                                  \
	"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "                \
	"7bit\r\n\r\n<H>\r\n"
#define BOTH                                                                                   \
	"Content-Type: multipart/alternative;\r\n boundary=\"=_tS\"\r\n\r\n--=_tS\r\n" NEW_T   \
	"\r\n--=_tS\r\n" NEW_H "\r\n--=_tS--\r\n"
#define FILE_                                                                                  \
	"--b\r\nContent-Type: text/html; name=a.html\r\nX-A: "                                 \
	"1\r\n\r\n<file>\r\n--b--\r\nend\r\n"

static const struct {
	const char *name, *in, *html, *text; /* new ones */
	const char *was;                     /* "html | text" */
	const char *want;
} rows[] = {
	{ "a header alone", HEAD "\r\n", "<H>", "T", " | ", HEAD "MIME-Version: 1.0\r\n" BOTH },
	{ "a header that does not end", HEAD, "<H>", "T", " | ",
		HEAD "MIME-Version: 1.0\r\n" BOTH },
	{ "a text becomes two", MIME PLAIN "X-B: 2\r\n\r\nol\xe9\r\n", "<H>", "T",
		" | ol\xc3\xa9\r\n", MIME "X-B: 2\r\n" BOTH },
	{ "a text stays one", MIME PLAIN "\r\nold\r\n", "", "T", " | old\r\n", MIME NEW_T },
	{ "HTML stays one",
		MIME "Content-Transfer-Encoding: base64\r\n" HTML "\r\nPG9sZD4=\r\n", "<H>", "",
		"<old> | ", MIME NEW_H },
	{ "each in its place",
		MIME
		"Content-Type: multipart/alternative; boundary=b\r\n\r\npre\r\n--b\r\n" PLAIN
		"\r\nold\r\n--b\r\n" HTML "Content-ID: <1>\r\n\r\n<old>\r\n--b--\r\nend\r\n",
		"<H>", "T", "<old> | old",
		MIME
		"Content-Type: multipart/alternative; boundary=b\r\n\r\npre\r\n--b\r\n" NEW_T
		"--b\r\nContent-ID: <1>\r\n" NEW_H "--b--\r\nend\r\n" },
	{ "beside a file",
		MIME "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" PLAIN
		     "\r\nold\r\n" FILE_,
		"<H>", "T", " | old",
		MIME "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" BOTH FILE_ },
};

static struct str
whole(struct buf *out, const char *in, const struct mime_texts_new *n, struct arena *a,
	struct mime_texts *m)
{
	enum mime_texts_why why;

	buf_clear(out);
	assert_int_equal(mime_texts_find(a, str_z(in), true, m, &why), 0);
	assert_int_equal(why, MIME_TEXTS_OK);
	assert_int_equal(mime_texts_write(out, m, n), 0);
	return buf_str(out);
}

static void
test_write(void **state)
{
	(void)state;
	TEST_EACH(row, rows)
	{
		const struct mime_texts_new n = {
			.html = str_z(row->html), .text = str_z(row->text), .seed = STR_LIT("S")
		};
		struct mime_texts m;
		struct arena a;
		struct buf out;
		struct str was;

		arena_init(&a, 1u << 20);
		buf_init(&out, 1u << 20);
		assert_str(whole(&out, row->in, &n, &a, &m), row->want);
		was = arena_printf(&a, "%.*s | %.*s", STR_ARG(m.was[0]), STR_ARG(m.was[1]));
		assert_str(was, row->was);
		buf_done(&out);
		arena_done(&a);
	}
}

static void
test_fields(void **state)
{
	static const struct mime_texts_new n = { .html = { "", 0 },
		.text = { "T", 1 },
		.subject = { "N\xc3\xa9w", 4 },
		.from = { "\"X\" <b@x.test>", 14 },
		.reply_to = { "r@x.test", 8 },
		.to = { "\"Y\" <t@x.test>", 14 },
		.seed = { "S", 1 } };
	struct mime_texts m;
	struct arena a;
	struct buf out;

	(void)state;
	arena_init(&a, 1u << 20);
	buf_init(&out, 1u << 20);
	assert_str(whole(&out,
			   MIME "X-A: 1\r\nto: a@x.test,\r\n b@x.test\r\nsubject: twice\r\nTO: "
				"c@x.test\r\n\r\nold\r\n",
			   &n, &a, &m),
		"From: X <b@x.test>\r\nSubject: =?UTF-8?B?TsOpdw==?=\r\nMIME-Version: 1.0\r\n"
		"X-A: 1\r\nTo: Y <t@x.test>\r\nReply-To: r@x.test\r\n" NEW_T);
	assert_str(whole(&out, "From: a@x.test\r\n\r\nold\r\n", &n, &a, &m),
		"From: X <b@x.test>\r\nSubject: =?UTF-8?B?TsOpdw==?=\r\nTo: Y "
		"<t@x.test>\r\nReply-To: "
		"r@x.test\r\n"
		"MIME-Version: 1.0\r\n" NEW_T);
	buf_done(&out);
	arena_done(&a);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name, *in;
		enum mime_texts_why why;
	} table[] = {
		{ "signed",
			MIME "Content-Type: multipart/signed; "
			     "boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
			MIME_TEXTS_SIGNED },
		{ "encrypted", MIME "Content-Type: application/pkcs7-mime\r\n\r\nx\r\n",
			MIME_TEXTS_SIGNED },
		{ "PGP", MIME "\r\n-----BEGIN PGP MESSAGE-----\r\n", MIME_TEXTS_SIGNED },
		{ "PGP, encoded",
			MIME "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
			     "=2D----BEGIN PGP MESSAGE-----\r\n",
			MIME_TEXTS_SIGNED },
		{ "no text", MIME "Content-Type: application/pdf\r\n\r\nx\r\n",
			MIME_TEXTS_NONE },
		{ "a file", MIME "Content-Disposition: attachment\r\n\r\nx\r\n",
			MIME_TEXTS_NONE },
		{ "a charset nobody knows",
			MIME "Content-Type: text/plain; charset=utf-16\r\n\r\nx\r\n",
			MIME_TEXTS_NONE },
		{ "letters of a charset that is not read",
			MIME "Content-Type: text/plain; charset=iso-8859-2\r\n\r\n\xe9\r\n",
			MIME_TEXTS_ODD },
		{ "an encoding that is none",
			MIME "Content-Transfer-Encoding: base64\r\n\r\n!\r\n", MIME_TEXTS_ODD },
		{ "a line that is no field", "From: a@x.test\r\nnothing\r\n\r\nx\r\n",
			MIME_TEXTS_ODD },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		enum mime_texts_why why;
		struct mime_texts m;
		struct arena a;

		arena_init(&a, 1u << 20);
		assert_int_equal(mime_texts_find(&a, str_z(row->in), true, &m, &why), 0);
		assert_int_equal(why, row->why);
		arena_done(&a);
	}
}

TEST_MAIN(TEST(test_write), TEST(test_fields), TEST(test_refused))
