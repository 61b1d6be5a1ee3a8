#include "content/track_mime.h"

#include "base/test.h"

#include <errno.h>

static int
make(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	buf_printf(out, "https://t/%zu", link->url.n);
	return LINK_MADE;
}

static int
keep(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	(void)link;
	buf_put_z(out, "unused");
	return LINK_KEEP;
}

static int
broken(void *ctx, const struct link_spot *link, struct buf *out)
{
	(void)ctx;
	(void)link;
	(void)out;
	return -EIO;
}

#define PIXEL "https://t/o"
#define IMG   "<img src=\"https://t/o\" "

static const struct track_mime_plan all = { make, NULL, { "", 0 }, { PIXEL, sizeof PIXEL - 1 },
	{ "", 0 }, true, true };

/* ---- what is changed; want NULL: nothing, and why it says so */

#define HEAD  "From: a@b\r\nMIME-Version: 1.0\r\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=XX\r\n\r\npreamble http://p/\r\n"
#define HTML  "Content-Type: text/html; charset=utf-8\r\n"
#define TEXT  "Content-Type: text/plain; charset=\"iso-8859-1\"\r\n"
#define LINK  "<a href=\"http://a/\">a</a>"
#define NEW   "<a href=\"https://t/9\">a</a>"
#define QP    "Content-Transfer-Encoding: quoted-printable\r\n"
#define B64   "Content-Transfer-Encoding: base64\r\n"
#define X10   "xxxxxxxxx "
#define X100  X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X980                                                                                   \
	X100 X100 X100 X100 X100 X100 X100 X100 X100                                           \
		"123456789 123456789 123456789 "                                               \
		"123456789 123456789 123456789 123456789 123456789 12345678 "

static const struct {
	const char *name, *in, *want;
	enum track_mime_why why;
} table[] = {
	{ "no MIME at all", "From: a@b\r\n\r\nsee http://a/b, yes\r\n",
		"From: a@b\r\n\r\nsee https://t/10, yes\r\n", TRACK_MIME_DONE },
	{ "8bit keeps it", HEAD TEXT "\r\n\351t\351 http://a/\r\n",
		HEAD TEXT "\r\n\351t\351 https://t/9\r\n", TRACK_MIME_DONE },
	{ "quoted-printable", HEAD TEXT QP "\r\n=E9 http://a=\r\n/b?c=3Dd \r\n",
		HEAD TEXT QP "\r\n=E9 https://t/14\r\n", TRACK_MIME_DONE },
	{ "base64", HEAD TEXT B64 "\r\naHR0cDovL2EvIA==\r\n",
		HEAD TEXT B64 "\r\naHR0cHM6Ly90Lzkg\r\n", TRACK_MIME_DONE },
	{ "too long for 7bit",
		HEAD TEXT "Content-Transfer-Encoding: 7bit\r\nX: y\r\n\r\n" X980
			  "http://a/\r\n",
		"", TRACK_MIME_DONE },
	{ "both, preamble and epilogue stay",
		MIXED "--XX\r\n" TEXT "\r\nhttp://a/\r\n--XX\r\n" HTML "\r\n" LINK
		      "</body>\r\n--XX--\r\nhttp://e/\r\n",
		MIXED "--XX\r\n" TEXT "\r\nhttps://t/9\r\n--XX\r\n" HTML "\r\n" NEW "@</body>"
		      "\r\n--XX--\r\nhttp://e/\r\n",
		TRACK_MIME_DONE },
	{ "a part without a type", MIXED "--XX\r\n\r\nhttp://a/\r\n--XX--\r\n",
		MIXED "--XX\r\n\r\nhttps://t/9\r\n--XX--\r\n", TRACK_MIME_DONE },
	{ "one pixel for two pages",
		MIXED "--XX\r\n" HTML "\r\n</body>\r\n--XX\r\n" HTML
		      "\r\n</body>\r\n--XX--\r\n",
		MIXED "--XX\r\n" HTML "\r\n@</body>\r\n--XX\r\n" HTML
		      "\r\n</body>\r\n--XX--\r\n",
		TRACK_MIME_DONE },
	{ "the author excepts it in the text too",
		MIXED "--XX\r\n" TEXT "\r\nhttp://a/\r\n--XX\r\n" HTML
		      "\r\n<a clicktracking=off href=\"http://a/\"></body>\r\n--XX--\r\n",
		MIXED "--XX\r\n" TEXT "\r\nhttp://a/\r\n--XX\r\n" HTML
		      "\r\n<a clicktracking=off href=\"http://a/\">@</body>\r\n--XX--\r\n",
		TRACK_MIME_DONE },
	{ "attachments",
		MIXED "--XX\r\n" TEXT "Content-Disposition: attachment\r\n\r\nhttp://a/"
		      "\r\n--XX\r\n" TEXT
		      "Content-Disposition: inline; FileName=a.txt\r\n\r\nhttp://a/"
		      "\r\n--XX\r\nContent-Type: text/plain; name=a.txt\r\n\r\nhttp://a/"
		      "\r\n--XX\r\n" TEXT "Content-Disposition: odd\r\n\r\nhttp://a/"
		      "\r\n--XX\r\n" TEXT
		      "Content-Disposition: inline\r\n\r\nhttp://a/\r\n--XX--\r\n",
		MIXED "--XX\r\n" TEXT "Content-Disposition: attachment\r\n\r\nhttp://a/"
		      "\r\n--XX\r\n" TEXT
		      "Content-Disposition: inline; FileName=a.txt\r\n\r\nhttp://a/"
		      "\r\n--XX\r\nContent-Type: text/plain; name=a.txt\r\n\r\nhttp://a/"
		      "\r\n--XX\r\n" TEXT "Content-Disposition: odd\r\n\r\nhttp://a/"
		      "\r\n--XX\r\n" TEXT
		      "Content-Disposition: inline\r\n\r\nhttps://t/9\r\n--XX--\r\n",
		TRACK_MIME_DONE },
	{ "a message inside",
		MIXED "--XX\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b\r\n\r\n"
		      "http://a/\r\n--XX--\r\n",
		NULL, TRACK_MIME_DONE },
	{ "a digest",
		HEAD "Content-Type: multipart/digest; boundary=XX\r\n\r\n--XX\r\n\r\n"
		     "From: a@b\r\n\r\nhttp://a/\r\n--XX--\r\n",
		NULL, TRACK_MIME_DONE },
	{ "other types",
		MIXED "--XX\r\nContent-Type: text/calendar\r\n\r\nhttp://a/\r\n"
		      "--XX\r\nContent-Type: text\r\n\r\nhttp://a/\r\n--XX--\r\n",
		NULL, TRACK_MIME_DONE },
	{ "charset", HEAD "Content-Type: text/plain; charset=utf-16\r\n\r\nhttp://a/\r\n", NULL,
		TRACK_MIME_DONE },
	{ "flowed, spaces go",
		HEAD "Content-Type: text/plain; format=flowed; DelSp=Yes\r\n\r\n"
		     "http://a/ \r\nb\r\n",
		NULL, TRACK_MIME_DONE },
	{ "an unknown encoding",
		HEAD TEXT "Content-Transfer-Encoding: x-uue\r\n\r\nhttp://a/\r\n", NULL,
		TRACK_MIME_DONE },
	{ "two encodings", HEAD TEXT QP B64 "\r\nhttp://a/\r\n", NULL, TRACK_MIME_DONE },
	{ "two types", HEAD TEXT HTML "\r\nhttp://a/\r\n", NULL, TRACK_MIME_DONE },
	{ "broken quoted-printable", HEAD TEXT QP "\r\nhttp://a/ =zz\r\n", NULL,
		TRACK_MIME_DONE },
	{ "a line that is no field", HEAD TEXT "nothing\r\n\r\nhttp://a/\r\n", NULL,
		TRACK_MIME_DONE },
	{ "signed inside",
		MIXED "--XX\r\n" TEXT "\r\nhttp://a/\r\n--XX\r\nContent-Type: "
		      "multipart/signed; boundary=YY\r\n\r\n--YY\r\n\r\nhttp://a/\r\n--YY--\r\n"
		      "--XX--\r\n",
		NULL, TRACK_MIME_SIGNED },
	{ "encrypted",
		HEAD "Content-Type: Multipart/Encrypted; boundary=XX\r\n\r\n--XX\r\n\r\n"
		     "http://a/\r\n--XX--\r\n",
		NULL, TRACK_MIME_SIGNED },
	{ "PGP in the text",
		MIXED "--XX\r\n" HTML "\r\n" LINK "\r\n--XX\r\n" TEXT QP
		      "\r\n-----BEGIN=20PGP SIGNED MESSAGE-----\r\nhttp://a/\r\n--XX--\r\n",
		NULL, TRACK_MIME_SIGNED },
	{ "parts that are encoded",
		HEAD QP "Content-Type: multipart/mixed; boundary=XX\r\n\r\n"
			"--XX\r\n\r\nhttp://a/\r\n--XX--\r\n",
		NULL, TRACK_MIME_ODD },
	{ "no body", HEAD, NULL, TRACK_MIME_DONE },
	{ "nothing", "", NULL, TRACK_MIME_DONE },
};

/* The pixel's <img> put where the row has '@'. */
static void
put_want(struct buf *b, const char *want)
{
	for (; *want; want++)
		if (*want == '@' && want[1] != 'b')
			(void)link_pixel(b, STR_LIT(PIXEL));
		else
			buf_put_c(b, *want);
}

static void
test_table(void **state)
{
	struct track_mime_result r;
	struct buf out, want;

	(void)state;
	buf_init(&out, 100000);
	buf_init(&want, 100000);
	TEST_EACH(row, table)
	{
		buf_put_z(&out, "before");
		buf_put_z(&want, "before");
		assert_int_equal(track_mime(&out, str_z(row->in), &all, &r), 0);
		assert_int_equal(r.why, row->why);
		put_want(&want, row->want ? row->want : row->in);
		if (!row->want || *row->want)
			assert_str_eq(buf_str(&out), buf_str(&want));
		assert_int_equal(r.leaves > 0, row->want != NULL);
		buf_clear(&out);
		buf_clear(&want);
	}
	buf_done(&out);
	buf_done(&want);
}

/* The field is replaced in its place, or added; without MIME-Version nothing is. */
static void
test_recoded(void **state)
{
	const struct str in = STR_LIT(HEAD TEXT
		"content-transfer-encoding:  7bit\r\nX: y\r\n\r\n" X980 "http://a/\r\n");
	struct track_mime_result r;
	struct buf out;

	(void)state;
	buf_init(&out, 100000);
	assert_int_equal(track_mime(&out, in, &all, &r), 0);
	assert_int_equal(r.leaves, 1);
	assert_true(str_starts(buf_str(&out),
		STR_LIT(HEAD TEXT "content-transfer-encoding: quoted-printable\r\nX: "
				  "y\r\n\r\nxxxxxxxxx ")));
	assert_true(str_find_str(buf_str(&out), STR_LIT("https://t/9\r\n")) < out.n);
	buf_clear(&out);
	assert_int_equal(
		track_mime(&out, STR_LIT(HEAD "\r\n" X980 "http://a/\r\n"), &all, &r), 0);
	assert_true(str_starts(buf_str(&out), STR_LIT(HEAD QP "\r\nxxxxxxxxx ")));
	buf_clear(&out);
	assert_int_equal(
		track_mime(&out, STR_LIT("X: y\r\n\r\n" X980 "http://a/\r\n"), &all, &r), 0);
	assert_str(buf_str(&out), "X: y\r\n\r\n" X980 "http://a/\r\n");
	assert_int_equal(r.leaves, 0);
	buf_done(&out);
}

static void
test_plans(void **state)
{
	static const struct {
		const char *name, *want;
		struct track_mime_plan plan;
	} plans[] = {
		{ "keep",
			MIXED "--XX\r\n" TEXT "\r\nhttp://a/\r\n--XX\r\n" HTML "\r\n" LINK
			      "\r\n--XX--\r\n",
			{ .make = keep, .html = true, .text = true } },
		{ "html only",
			MIXED "--XX\r\n" TEXT "\r\nhttp://a/\r\n--XX\r\n" HTML "\r\n" NEW
			      "\r\n--XX--\r\n",
			{ .make = make, .html = true } },
		{ "text only",
			MIXED "--XX\r\n" TEXT "\r\nhttps://t/9\r\n--XX\r\n" HTML "\r\n" LINK
			      "\r\n--XX--\r\n",
			{ .make = make, .text = true } },
		{ "none",
			MIXED "--XX\r\n" TEXT "\r\nhttp://a/\r\n--XX\r\n" HTML "\r\n" LINK
			      "\r\n--XX--\r\n",
			{ .make = make } },
		{ "words are for both, and not for what stands apart",
			MIXED "--XX\r\n" TEXT "\r\nhttp://a/?u=1\r\n--XX\r\n" HTML "\r\n"
			      "<a href=\"https://t/13\">a</a>"
			      "\r\n--XX--\r\n",
			{ .make = make,
				.html = true,
				.tags = { "u=1", 3 },
				.apart = { "http://b/", 9 } } },
		{ "what stands apart",
			MIXED "--XX\r\n" TEXT "\r\nhttp://a/\r\n--XX\r\n" HTML "\r\n" LINK
			      "\r\n--XX--\r\n",
			{ .make = make,
				.html = true,
				.text = true,
				.tags = { "u=1", 3 },
				.apart = { "http://a/", 9 } } },
	};
	const struct str in = str_z(plans[0].want);
	struct track_mime_result r;
	struct buf out;

	(void)state;
	buf_init(&out, 100000);
	TEST_EACH(row, plans)
	{
		struct track_mime_plan p = row->plan;

		p.tags = p.tags.n ? p.tags : STR_NONE;
		p.pixel = STR_NONE;
		assert_int_equal(track_mime(&out, in, &p, &r), 0);
		assert_str(buf_str(&out), row->want);
		buf_clear(&out);
	}
	buf_done(&out);
}

static void
test_errors(void **state)
{
	const struct str in = STR_LIT(HEAD TEXT "\r\nhttp://a/ http://a/\r\n");
	struct track_mime_plan p = all;
	struct track_mime_result r = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, in.n + 6);
	buf_put_z(&out, "before");
	assert_int_equal(track_mime(&out, in, &p, &r), -E2BIG);
	assert_str(buf_str(&out), "before");
	buf_clear(&out);
	p.make = broken;
	assert_int_equal(track_mime(&out, in, &p, &r), -EIO);
	assert_int_equal(out.n, 0);
	assert_int_equal(r.leaves, 0);
	buf_done(&out);
}

/* A soft break may make a line that is the boundary: then nothing is changed. */
static void
test_boundary_made(void **state)
{
	const struct str in = STR_LIT(
		HEAD "Content-Type: multipart/mixed; boundary=\"5-----\"\r\n\r\n--5-----\r\n" QP
		     "\r\nhttp://a/ "
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa--=\r\n5--"
		     "---\r\n"
		     "--5-------\r\n");
	struct track_mime_result r;
	struct buf out;

	(void)state;
	buf_init(&out, 100000);
	assert_int_equal(track_mime(&out, in, &all, &r), 0);
	assert_int_equal(r.why, TRACK_MIME_ODD);
	assert_str_eq(buf_str(&out), in);
	buf_done(&out);
}

TEST_MAIN(TEST(test_table), TEST(test_recoded), TEST(test_plans), TEST(test_errors),
	TEST(test_boundary_made))
