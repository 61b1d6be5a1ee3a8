#include "report/inbound.h"

#include "base/mem.h"
#include "base/test.h"
#include "base/text.h"
#include "report/hook_native.h"
#include "report/inbound_view.h"
#include "wire/form.h"

#include <errno.h>
#include <jansson.h>

static const char answer[] =
	"Received: from mx.there.test ([IPv6:2001:db8::7])\r\n by mail.test with ESMTP id "
	"7;\r\n"
	" Fri, 24 Jul 2026 10:00:00 +0200\r\nReceived: from x by y; z\r\n"
	"From: =?iso-8859-1?q?Ann_=C9=2E?= <ann@there.test>\r\n"
	"To: \"Box, the\" <box@parse.test>, team: c@d.test, e@f.test;\r\nCc: g@h.test (Gee)\r\n"
	"Reply-To: <back@there.test>\r\nSubject: =?utf-8?q?R=C3=A9=3A?= x\r\n"
	"Date: Fri, 24 Jul 2026 10:00:00 +0200\r\nMessage-ID: <a@there.test>\r\n"
	"In-Reply-To: <b@shop.test>\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/mixed; boundary=m\r\n\r\n"
	"--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
	"--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
	"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	"Merci =E9=\r\n!\r\n\r\nOn Monday Box wrote:\r\n> old\r\n"
	"--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Merci <img "
	"src=cid:logo></p>\r\n"
	"--a--\r\n"
	"--m\r\nContent-Type: image/png; name=\"logo.png\"\r\nContent-ID: <logo>\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n"
	"--m\r\nContent-Type: application/pdf\r\n"
	"Content-Disposition: attachment;\r\n "
	"filename*=UTF-8''fa%C3%A9%22.pdf\r\n\r\nab\r\ncd\r\n"
	"--m--\r\n";

static struct inbound_letter
letter(enum inbound_format f, const char *bytes)
{
	return (struct inbound_letter){ .format = f,
		.bytes = str_z(bytes),
		.sender = STR_LIT("ann@there.test"),
		.recipient = STR_LIT("box+42@parse.test"),
		.id = STR_LIT("1234"),
		.secret = STR_NONE,
		.now = INT64_C(1700000000000000) };
}

static struct str
field(const struct inbound_post *p, const char *name)
{
	for (size_t i = 0; i < p->nfields; i++)
		if (strcmp(p->fields[i].name, name) == 0)
			return p->fields[i].value;
	return STR_NONE;
}

static json_t *
json_of(const struct inbound_letter *l, struct inbound_post *p)
{
	json_error_t e;
	json_t *j;

	assert_int_equal(inbound_write(l, p), 0);
	assert_str(field(p, "Content-Type"), "application/json");
	assert_str(field(p, "webhook-id"), "1234");
	j = json_loadb(p->body.p, p->body.n, JSON_REJECT_DUPLICATES, &e);
	if (!j)
		fprintf(stderr, "%s at %d\n%.*s\n", e.text, e.position, (int)p->body.n,
			p->body.p);
	assert_non_null(j);
	return j;
}

/* A member by its path: "data.from.0.name". */
static const json_t *
at(const json_t *j, const char *path)
{
	struct str rest = str_z(path);

	while (rest.n && j) {
		struct str one = str_cut(&rest, '.');
		char name[60];
		uint32_t i;

		(void)str_copy_z(name, sizeof name, one);
		j = json_is_array(j) && str_u32(one, &i) == 0 ? json_array_get(j, i)
		                                              : json_object_get(j, name);
	}
	return j;
}

static void
assert_at(const json_t *j, const char *path, const char *want)
{
	const char *got = json_string_value(at(j, path));

	if (!got || strcmp(got, want) != 0)
		fprintf(stderr, "%s: \"%s\" instead of \"%s\"\n", path, got ? got : "(none)",
			want);
	assert_true(got && strcmp(got, want) == 0);
}

struct want {
	const char *path, *text;
};

static void
assert_all(const json_t *j, const struct want *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_at(j, rows[i].path, rows[i].text);
}
#define ASSERT_ALL(j, rows) assert_all((j), (rows), sizeof(rows) / sizeof *(rows))

static void
test_native(void **state)
{
	static const struct want rows[] = { { "type", "inbound.received" }, { "id", "1234" },
		{ "timestamp", "2023-11-14T22:13:20.000Z" },
		{ "data.envelope.from", "ann@there.test" },
		{ "data.envelope.to", "box+42@parse.test" },
		{ "data.envelope.ip", "2001:db8::7" }, { "data.tag", "42" },
		{ "data.subject", "R\xc3\xa9: x" }, { "data.message_id", "<a@there.test>" },
		{ "data.in_reply_to", "<b@shop.test>" },
		{ "data.from.0.address", "ann@there.test" },
		{ "data.from.0.name", "Ann \xc3\x89." }, { "data.to.0.name", "Box, the" },
		{ "data.to.1.address", "c@d.test" }, { "data.to.2.address", "e@f.test" },
		{ "data.cc.0.address", "g@h.test" },
		{ "data.reply_to.0.address", "back@there.test" },
		{ "data.text", "Merci \xc3\xa9!\r\n\r\nOn Monday Box wrote:\r\n> old" },
		{ "data.html", "<p>Merci <img src=cid:logo></p>" },
		{ "data.reply", "Merci \xc3\xa9!" }, { "data.attachments.0.name", "logo.png" },
		{ "data.attachments.0.type", "image/png" },
		{ "data.attachments.0.content_id", "logo" },
		{ "data.attachments.0.content", "iVBORw==" },
		{ "data.attachments.1.name", "fa\xc3\xa9\".pdf" },
		{ "data.attachments.1.content", "YWINCmNk" },
		{ "data.headers.0.name", "Received" },
		{ "data.headers.6.value", "R\xc3\xa9: x" } };
	struct inbound_letter l = letter(INBOUND_NATIVE, answer);
	struct inbound_post p;
	json_t *j = json_of(&l, &p);

	(void)state;
	ASSERT_ALL(j, rows);
	assert_true(json_is_true(at(j, "data.attachments.0.inline")));
	assert_true(json_is_false(at(j, "data.attachments.1.inline")));
	assert_int_equal(json_integer_value(at(j, "data.attachments.0.size")), 4);
	assert_int_equal(json_array_size(at(j, "data.headers")), 12);
	assert_true(json_is_false(at(j, "data.cut")));
	assert_int_equal(field(&p, "webhook-signature").n, 0);
	json_decref(j);
	inbound_post_done(&p);
}

/* What a stranger says at EHLO is not where he comes from. */
static void
test_client(void **state)
{
	static const struct {
		const char *name, *from, *ip;
	} rows[] = {
		{ "a name", "x.test ([192.0.2.1])", "192.0.2.1" },
		{ "a literal", "[6.6.6.6] ([192.0.2.1])", "192.0.2.1" },
		{ "brackets", "[192.0.2.1] (helo=x[6.6.6.6])", "192.0.2.1" },
		{ "half of them", "[192.0.2.1] (helo=x[6.6.6.6)", "192.0.2.1" },
		{ "IPv6", "[IPv6:2001:db8::1] (helo=?)", "2001:db8::1" },
	};

	(void)state;
	TEST_EACH(row, rows)
	{
		struct inbound_letter l = letter(INBOUND_NATIVE, "");
		struct inbound_post p;
		char mail[200];
		json_t *j;

		snprintf(mail, sizeof mail,
			"Received: from %s\r\n\tby mail.test (Facteur) with ESMTP id 7;\r\n"
			"\tFri, 24 Jul 2026 10:00:00 +0200\r\n\r\nx",
			row->from);
		l.bytes = str_z(mail);
		j = json_of(&l, &p);
		assert_at(j, "data.envelope.ip", row->ip);
		json_decref(j);
		inbound_post_done(&p);
	}
}

static void
test_signed(void **state)
{
	struct inbound_letter l = letter(INBOUND_POSTMARK, answer);
	struct str secrets[HOOK_SECRETS_MAX] = { STR_NONE, STR_NONE };
	struct inbound_post p;
	struct buf b;

	(void)state;
	l.secret = secrets[0] = STR_LIT("whsec_MDEyMzQ1Njc4OWFiY2RlZg==");
	assert_int_equal(inbound_write(&l, &p), 0);
	assert_str(field(&p, "webhook-timestamp"), "1700000000");
	buf_init(&b, 1000);
	const struct hook_signed what = { l.id, 1700000000, buf_str(&p.body) };

	assert_int_equal(hook_native_sign(&b, secrets, &what), 0);
	assert_true(str_eq(field(&p, "webhook-signature"), buf_str(&b)));
	buf_done(&b);
	inbound_post_done(&p);
	l.secret = STR_LIT("secret");
	assert_int_equal(inbound_write(&l, &p), -EINVAL);
}

static void
test_mailjet(void **state)
{
	static const struct want rows[] = { { "Sender", "ann@there.test" },
		{ "Recipient", "box+42@parse.test" },
		{ "Date", "Fri, 24 Jul 2026 10:00:00 +0200" },
		{ "From", "Ann \xc3\x89. <ann@there.test>" }, { "Subject", "R\xc3\xa9: x" },
		{ "Headers.Received.1", "from x by y; z" },
		{ "Headers.Message-ID", "<a@there.test>" },
		{ "Parts.0.ContentRef", "Text-part" },
		{ "Parts.0.Headers.Content-Type", "text/plain; charset=iso-8859-1" },
		{ "Parts.1.ContentRef", "Html-part" },
		{ "Parts.2.ContentRef", "InlineAttachment1" },
		{ "Parts.2.Headers.Content-ID", "<logo>" },
		{ "Parts.3.ContentRef", "Attachment1" },
		{ "Text-part", "Merci \xc3\xa9!\r\n\r\nOn Monday Box wrote:\r\n> old" },
		{ "Html-part", "<p>Merci <img src=cid:logo></p>" },
		{ "InlineAttachment1", "iVBORw==" }, { "Attachment1", "YWINCmNk" } };
	struct inbound_letter l = letter(INBOUND_MAILJET, answer);
	struct inbound_post p;
	json_t *j = json_of(&l, &p);

	(void)state;
	ASSERT_ALL(j, rows);
	json_decref(j);
	inbound_post_done(&p);
}

static void
test_postmark(void **state)
{
	static const struct want rows[] = { { "FromName", "Ann \xc3\x89." },
		{ "From", "ann@there.test" }, { "FromFull.Email", "ann@there.test" },
		{ "MessageStream", "inbound" }, { "ToFull.0.Name", "Box, the" },
		{ "ToFull.0.MailboxHash", "" }, { "CcFull.0.Email", "g@h.test" },
		{ "OriginalRecipient", "box+42@parse.test" }, { "MailboxHash", "42" },
		{ "MessageID", "00000000-0000-8000-8000-0000000004d2" },
		{ "ReplyTo", "<back@there.test>" }, { "StrippedTextReply", "Merci \xc3\xa9!" },
		{ "HtmlBody", "<p>Merci <img src=cid:logo></p>" }, { "Tag", "" }, { "Bcc", "" },
		{ "Headers.2.Name", "From" }, { "Attachments.0.Name", "logo.png" },
		{ "Attachments.0.ContentID", "logo" },
		{ "Attachments.1.ContentType", "application/pdf" } };
	struct inbound_letter l = letter(INBOUND_POSTMARK, answer);
	struct inbound_post p;
	json_t *j = json_of(&l, &p);

	(void)state;
	ASSERT_ALL(j, rows);
	assert_int_equal(json_integer_value(at(j, "Attachments.1.ContentLength")), 6);
	json_decref(j);
	inbound_post_done(&p);
}

static const struct form_part *
part(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq_z(f->parts[i].name, name))
			return &f->parts[i];
	return NULL;
}

static void
form_of(struct arena *a, const struct inbound_letter *l, struct inbound_post *p,
	struct form *ret_f)
{
	struct str boundary;
	const char *why = "";

	assert_int_equal(inbound_write(l, p), 0);
	assert_int_equal(form_kind(a, field(p, "Content-Type"), &boundary), FORM_MULTIPART);
	assert_int_equal(form_multipart(a, buf_str(&p->body), boundary, ret_f, &why), 0);
}

static void
test_sendgrid(void **state)
{
	static const struct want rows[] = { { "headers", NULL },
		{ "text", "Merci \xc3\xa9!\r\n\r\nOn Monday Box wrote:\r\n> old" },
		{ "html", "<p>Merci <img src=cid:logo></p>" },
		{ "to", "\"Box, the\" <box@parse.test>, team: c@d.test, e@f.test;" },
		{ "cc", "g@h.test (Gee)" }, { "from", "Ann \xc3\x89. <ann@there.test>" },
		{ "subject", "R\xc3\xa9: x" }, { "sender_ip", "2001:db8::7" },
		{ "envelope", "{\"to\":[\"box+42@parse.test\"],\"from\":\"ann@there.test\"}" },
		{ "charsets", NULL }, { "attachments", "2" },
		{ "content-ids", "{\"logo\":\"attachment1\"}" }, { "attachment1", "\x89PNG" },
		{ "attachment2", "ab\r\ncd" } };
	struct inbound_letter l = letter(INBOUND_SENDGRID, answer);
	struct inbound_post p;
	struct arena a;
	struct form f;

	(void)state;
	arena_init(&a, 1u << 20);
	form_of(&a, &l, &p, &f);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct form_part *one = part(&f, rows[i].path);

		assert_non_null(one);
		if (rows[i].text)
			assert_str(one->bytes, rows[i].text);
	}
	assert_str(part(&f, "attachment1")->file_name, "logo.png");
	assert_str(part(&f, "attachment1")->type, "image/png");
	assert_str(part(&f, "attachment2")->file_name, "fa\xc3\xa9\".pdf");
	assert_true(str_starts(part(&f, "headers")->bytes, STR_LIT("Received: from mx.")));
	assert_true(str_ends(part(&f, "headers")->bytes, STR_LIT("boundary=m\r\n")));
	inbound_post_done(&p);
	l.format = INBOUND_SENDGRID_RAW;
	form_of(&a, &l, &p, &f);
	assert_str(part(&f, "email")->bytes, answer);
	assert_null(part(&f, "text"));
	assert_null(part(&f, "attachments"));
	assert_str(part(&f, "subject")->bytes, "R\xc3\xa9: x");
	inbound_post_done(&p);
	arena_done(&a);
}

/* Mail that is hardly any, in every format. */
static void
test_odd(void **state)
{
	static const char *const mails[] = { "", "\r\n", "x", "Subject: x", "From: \r\n\r\n",
		"From: a@b.test, <, \"\r\nTo: undisclosed-recipients:;\r\n\r\nx",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\nno parts",
		"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe",
		"Subject: \xff\r\n\r\n\x01\x02", "Received: [x\r\n\r\n",
		"From: \"a\\\"b\" <a@b.test>\r\nSubject: a\r\n\tb\r\n\r\nx" };

	(void)state;
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
		for (int f = 0; f < INBOUND_FORMATS; f++) {
			struct inbound_letter l = letter((enum inbound_format)f, mails[i]);
			struct inbound_post p;

			if (f == INBOUND_SENDGRID || f == INBOUND_SENDGRID_RAW)
				assert_int_equal(inbound_write(&l, &p), 0);
			else
				json_decref(json_of(&l, &p));
			inbound_post_done(&p);
		}
}

static void
test_reply(void **state)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{ "nothing quoted", "Yes.\r\n", "Yes." },
		{ "quote alone", "Yes.\r\n> no?\r\n", "Yes." },
		{ "English", "Yes.\r\n\r\nOn 1 May, Box <b@c> wrote:\r\n> no?\r\n", "Yes." },
		{ "two lines", "Yes.\r\n\r\nOn 1 May, Box\r\n<b@c.test> wrote:\r\n> no?\r\n",
			"Yes." },
		{ "French",
			"Oui.\r\n\r\nLe 1 mai, Box a \xc3\xa9"
			"crit :\r\n> non ?\r\n",
			"Oui." },
		{ "Outlook", "Yes.\r\n\r\n-----Original Message-----\r\nFrom: x\r\n", "Yes." },
		{ "all quoted", "> no?\r\n", "" },
		{ "nothing", "", "" },
	};

	(void)state;
	TEST_EACH(row, rows)
	{
		static struct inbound_view v;

		memset(&v, 0, sizeof v);
		v.text = str_z(row->text);
		v.in_reply_to = STR_LIT("<x@y>");
		assert_str(inbound_view_reply(&v), row->want);
		v.in_reply_to = STR_NONE;
		assert_str(inbound_view_reply(&v), "");
	}
}

/* A mail that holds the boundary that it would get. */
static void
test_boundary(void **state)
{
	struct inbound_letter l = letter(INBOUND_SENDGRID_RAW, answer);
	struct inbound_post p;
	struct arena a;
	struct buf b;
	struct form f;

	(void)state;
	arena_init(&a, 1u << 20);
	assert_int_equal(inbound_write(&l, &p), 0);
	buf_init(&b, 65536);
	buf_put_z(&b, "Subject: x\r\n\r\n--");
	buf_put(&b, str_from(field(&p, "Content-Type"),
			    str_rfind(field(&p, "Content-Type"), '=') + 1));
	buf_put_z(&b, "\r\nContent-Disposition: form-data; name=to\r\n\r\nevil\r\n");
	inbound_post_done(&p);
	l.bytes = buf_str(&b);
	form_of(&a, &l, &p, &f);
	assert_true(str_eq(part(&f, "email")->bytes, buf_str(&b)));
	inbound_post_done(&p);
	buf_done(&b);
	arena_done(&a);
}

/* Text that grows beyond what can be sent: each byte is U+FFFD, twice in an answer. */
static void
test_too_long(void **state)
{
	static const char head[] = "In-Reply-To: <a@b.test>\r\nContent-Type: text/plain; "
				   "charset=koi8-r\r\n\r\n";
	size_t size = 6u << 20;
	char *big = mem_new(size, 1);
	struct inbound_letter l = letter(INBOUND_NATIVE, "");
	struct inbound_post p;

	(void)state;
	memset(big, 0xe9, size);
	memcpy(big, head, sizeof head - 1);
	l.bytes = str_of(big, size);
	assert_int_equal(inbound_write(&l, &p), -E2BIG);
	l.format = INBOUND_SENDGRID_RAW;
	assert_int_equal(inbound_write(&l, &p), 0);
	inbound_post_done(&p);
	mem_free(big);
}

static void
test_names(void **state)
{
	enum inbound_format f;

	(void)state;
	for (int i = 0; i < INBOUND_FORMATS; i++) {
		assert_int_equal(
			inbound_format_of(
				str_z(inbound_format_name((enum inbound_format)i)), &f),
			0);
		assert_int_equal(f, i);
	}
	assert_int_equal(inbound_format_of(STR_LIT("xml"), &f), -EINVAL);
}

/* Numbers have 53 bits; what was made otherwise is no id of ours. */
static void
test_postmark_id(void **state)
{
	static const uint64_t good[] = { 1, 1234, (UINT64_C(1) << 48) - 1, UINT64_C(1) << 48,
		(UINT64_C(1) << 53) - 1 };
	static const char *const bad[] = { "", "x", "00000000-0000-8000-8000-000000000000",
		"00000000-0000-8000-8000-0000000004d", "00000000-0000-8000-8000-0000000004dg",
		"00000000-0000-8000-9000-0000000004d2", "10000000-0000-8000-8000-0000000004d2",
		"00000000-0000-8000-8020-0000000004d2",
		"00000000-0000-8000-80000-000000004d2" };
	char text[INBOUND_POSTMARK_ID];
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(
			inbound_postmark_id_read(str_z(inbound_postmark_id(text, good[i])), &n),
			0);
		assert_int_equal(n, good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(inbound_postmark_id_read(str_z(bad[i]), &n), -EINVAL);
}

TEST_MAIN(TEST(test_postmark_id), TEST(test_native), TEST(test_client), TEST(test_signed),
	TEST(test_mailjet), TEST(test_postmark), TEST(test_sendgrid), TEST(test_odd),
	TEST(test_reply), TEST(test_boundary), TEST(test_too_long), TEST(test_names))
