#include "send/outgoing.h"

#include "base/mem.h"
#include "base/test.h"
#include "wire/header.h"

#include <errno.h>

#define NOW  INT64_C(1795513883000000)
#define HOUR INT64_C(3600000000)

static const char *const reserved[] = { "x-mj-customid", NULL };
static const struct outgoing_limits limits = { .recipients = 4,
	.subject = 20,
	.needs_subject = true,
	.needs_to = true,
	.bytes = 1000,
	.ahead = 72 * HOUR,
	.reserved = reserved };

static const struct outgoing_address ann = { { "ann@x.test", 10 }, { "Ann", 3 } };
static const struct outgoing_address two[] = {
	{ { "b@y.test", 8 }, { "", 0 } },
	{ { "c@z.test", 8 }, { "C", 1 } },
};

static struct outgoing
simple(void)
{
	return (struct outgoing){ .from = ann,
		.sender = { STR_NONE, STR_NONE },
		.to = { two, 2 },
		.subject = STR_LIT("Hi"),
		.text = STR_LIT("1, 2, 3"),
		.html = STR_NONE,
		.about = STR_NONE };
}

static const char *const codes[] = { "?", "missing", "address", "many", "long", "reserved",
	"value", "late" };
static const char *const wheres[] = { "?", "from", "sender", "reply_to", "to", "cc", "bcc",
	"subject", "content", "files", "fields", "send_at", "about", "whole" };

static void
problems_text(const struct outgoing_problems *p, struct buf *b)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct outgoing_problem *q = &p->at[i];

		buf_printf(b, "%s%s %s", i ? "; " : "", codes[q->code], wheres[q->where]);
		if (q->index != SIZE_MAX)
			buf_printf(b, "[%zu]", q->index);
		if (q->detail)
			buf_printf(b, " %llu", (unsigned long long)q->detail);
		if (q->value.n)
			buf_printf(b, " %.*s", STR_ARG(q->value));
	}
}

static void
assert_problems(const struct outgoing *o, const char *want)
{
	struct outgoing_problems *p = MEM_NEW(p);
	struct buf got;

	buf_init(&got, 1u << 16);
	assert_int_equal(outgoing_check(o, &limits, NOW, p), *want == '\0');
	problems_text(p, &got);
	assert_str(buf_str(&got), want);
	buf_done(&got);
	mem_free(p);
}

static void
test_fine(void **state)
{
	struct outgoing o = simple();

	(void)state;
	assert_problems(&o, "");
	o.send_at = NOW + 72 * HOUR;
	assert_problems(&o, "");
	o.send_at = NOW - HOUR; /* past = now */
	assert_problems(&o, "");
}

static void
test_people(void **state)
{
	static const struct outgoing_address bad[] = {
		{ { "nobody", 6 }, { "", 0 } },
		{ { "a@b.test\r\nBcc: x@y.test", 23 }, { "", 0 } },
		{ { "d@e.test", 8 }, { "x\ny", 3 } },
		{ { "", 0 }, { "", 0 } },
		{ { "a@b.test, c@d.test", 18 }, { "", 0 } },
	};
	struct outgoing o = simple();

	(void)state;
	o.from.email = STR_NONE;
	o.to.n = 0;
	assert_problems(&o, "missing from; missing to");
	o = simple();
	o.cc = (struct outgoing_list){ bad, 3 };
	assert_problems(&o, "many to 4; address cc[0] nobody; address cc[1] a@b.test\r\nBcc: "
			    "x@y.test; value cc[2] x\ny");
	o = simple();
	o.to = (struct outgoing_list){ bad + 3, 2 };
	assert_problems(&o, "address to[0]; address to[1] a@b.test, c@d.test");
	o = simple();
	o.to.n = 0;
	o.bcc = (struct outgoing_list){ two, 1 };
	assert_problems(&o, "missing to");
}

static void
test_content(void **state)
{
	static const struct compose_header fields[] = {
		{ { "X-One", 5 }, { "fine", 4 } },
		{ { "BCC", 3 }, { "x@y.test", 8 } },
		{ { "X-MJ-CustomID", 13 }, { "1", 1 } },
		{ { "X:Y", 3 }, { "1", 1 } },
		{ { "X-Two", 5 }, { "a\r\nBcc: x@y.test", 16 } },
		{ { "Content-Type", 12 }, { "text/html", 9 } },
	};
	struct outgoing o = simple();

	(void)state;
	o.text = STR_NONE;
	o.subject = STR_NONE;
	assert_problems(&o, "missing subject; missing content");
	o = simple();
	o.subject = STR_LIT("123456789012345678901");
	o.html = STR_LIT("\xff");
	assert_problems(&o, "long subject 20; value content");
	o = simple();
	o.subject = STR_LIT("a\r\nBcc: x@y.test");
	assert_problems(&o, "value subject");
	o = simple();
	o.fields = fields;
	o.nfields = 6;
	assert_problems(&o, "reserved fields[1] BCC; reserved fields[2] X-MJ-CustomID; "
			    "value fields[3] X:Y; value fields[4] X-Two; "
			    "reserved fields[5] Content-Type");
	o = simple();
	o.send_at = NOW + 72 * HOUR + 1;
	assert_problems(&o, "late send_at 72");
	o = simple();
	char *many = mem_new(1, 1001);
	o.text = str_of(many, 1001);
	assert_problems(&o, "long whole 1000");
	mem_free(many);
}

/* What compose would refuse later is known here. */
static void
test_parts(void **state)
{
	static const struct compose_file files[] = {
		{ { "a.txt", 5 }, { "", 0 }, { "x", 1 }, { "", 0 } },
		{ { "a\r\nb", 4 }, { "", 0 }, { "x", 1 }, { "", 0 } },
		{ { "b", 1 }, { "text", 4 }, { "x", 1 }, { "", 0 } },
		{ { "c", 1 }, { "text/a\nb", 8 }, { "x", 1 }, { "", 0 } },
		{ { "d", 1 }, { "", 0 }, { "x", 1 }, { "a b", 3 } },
		{ { "e", 1 }, { "Multipart/mixed", 15 }, { "x", 1 }, { "", 0 } },
		{ { "\xff", 1 }, { "", 0 }, { "x", 1 }, { "", 0 } },
	};
	static const struct compose_part others[] = {
		{ { "text/calendar", 13 }, { "x", 1 } },
		{ { "calendar", 8 }, { "x", 1 } },
		{ { "text/x", 6 }, { "\xff", 1 } },
	};
	static const struct compose_header fields[] = {
		{ { "Message-ID", 10 }, { "<1@x.test>", 10 } },
		{ { "message-id", 10 }, { "<2@x.test>", 10 } },
		{ { "In-Reply-To", 11 }, { "<2@x.test>", 10 } },
		{ { "X-A", 3 }, { "1", 1 } },
		{ { "X-A", 3 }, { "2", 1 } },
		{ { "x-facteur-consent", 17 }, { "Yes", 3 } },
		{ { "X-Facteur-Consent", 17 }, { "1", 1 } },
	};
	static const char *const ids[] = { "1@x.test", "<1@x.test> <2@y.test>", "<1@x>,<2@y>",
		"<abc>", "", "<\xc3\xa9@x.test>" };
	struct outgoing o = simple();

	(void)state;
	o.files = files;
	o.nfiles = sizeof files / sizeof *files;
	assert_problems(&o, "value files[1] a\r\nb; value files[2] b; value files[3] c; "
			    "value files[4] d; value files[5] e; value files[6] \xff");
	o = simple();
	o.others = others;
	o.nothers = sizeof others / sizeof *others;
	assert_problems(&o, "value content[1]; value content[2]");
	o = simple();
	o.fields = fields;
	o.nfields = sizeof fields / sizeof *fields;
	assert_problems(&o, "value fields[1] message-id; value fields[6] X-Facteur-Consent");
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct compose_header id = { STR_LIT("Message-Id"), str_z(ids[i]) };

		o.fields = &id;
		o.nfields = 1;
		assert_problems(&o, "value fields[0] Message-Id");
	}
}

static void
test_rcpts(void **state)
{
	static const struct outgoing_address cc[] = {
		{ { "B@y.test", 8 }, { "", 0 } }, /* another local part */
		{ { "c@Z.TEST", 8 }, { "", 0 } }, /* the same as in To */
	};
	struct outgoing o = simple();
	struct msg_rcpts r;
	struct arena a;
	uint16_t *of;

	(void)state;
	o.cc = (struct outgoing_list){ cc, 2 };
	o.bcc = (struct outgoing_list){ two, 1 };
	arena_init(&a, 1u << 16);
	assert_int_equal(outgoing_rcpts(&a, &o, &r, &of), 0);
	assert_int_equal(r.n, 3);
	assert_str(r.at[0].address, "b@y.test");
	assert_str(r.at[1].address, "c@z.test");
	assert_str(r.at[2].address, "B@y.test");
	assert_int_equal(r.at[2].index, 2);
	static const uint16_t want[] = { 0, 1, 2, 1, 0 };
	assert_memory_equal(of, want, sizeof want);
	arena_done(&a);
}

static void
test_compose(void **state)
{
	static const struct outgoing_address odd[] = {
		{ { "b@y.test", 8 }, { "Eve <eve@evil.test>, \"x\\", 24 } },
		{ { "c@z.test", 8 }, { "\xc3\x89va", 4 } },
	};
	static const struct compose_header fields[] = {
		{ { "X-A", 3 }, { "1", 1 } },
		{ { "X-Facteur-Consent", 17 }, { "yes", 3 } },
		{ { "X-B", 3 }, { "2", 1 } },
	};
	const struct outgoing_stamp stamp = { STR_LIT("<1@x.test>"), STR_LIT("SEED"), NOW };
	struct outgoing o = simple();
	struct header_facts h;
	struct arena a;
	struct buf out;
	const char *why;

	(void)state;
	arena_init(&a, 1u << 16);
	buf_init(&out, 1u << 16);
	o.sender.email = STR_LIT("s@x.test");
	o.to = (struct outgoing_list){ odd, 2 };
	o.reply_to = (struct outgoing_list){ two, 1 };
	o.bcc = (struct outgoing_list){ two + 1, 1 };
	assert_int_equal(outgoing_compose(&a, &o, &stamp, &out, &why), 0);
	assert_str(buf_str(&out),
		"Date: Tue, 24 Nov 2026 09:51:23 +0000\r\n"
		"From: Ann <ann@x.test>\r\nSender: s@x.test\r\nReply-To: b@y.test\r\n"
		"To: \"Eve <eve@evil.test>, \\\"x\\\\\" <b@y.test>, "
		"=?UTF-8?B?w4l2YQ==?= <c@z.test>\r\nSubject: Hi\r\n"
		"Message-ID: <1@x.test>\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: 7bit\r\n\r\n1, 2, 3\r\n");
	header_scan(str_head(buf_str(&out), header_length(buf_str(&out))), &h);
	assert_int_equal(h.bcc, 0);
	o = simple();
	o.bcc = o.to;
	o.to.n = 0;
	buf_clear(&out);
	assert_int_equal(outgoing_compose(&a, &o, &stamp, &out, &why), 0);
	assert_true(str_find_str(buf_str(&out),
			    STR_LIT("\r\nTo: undisclosed-recipients:;\r\n")) < out.n);
	assert_true(str_find_str(buf_str(&out), STR_LIT("b@y.test")) == out.n);
	/* It steers the service and does not travel. */
	o.fields = fields;
	o.nfields = 3;
	buf_clear(&out);
	assert_int_equal(outgoing_compose(&a, &o, &stamp, &out, &why), 0);
	assert_true(str_find_str(buf_str(&out), STR_LIT("X-A: 1\r\nX-B: 2\r\n")) < out.n);
	assert_true(str_find_str(buf_str(&out), STR_LIT("onsent")) == out.n);
	buf_done(&out);
	arena_done(&a);
}

TEST_MAIN(TEST(test_fine), TEST(test_people), TEST(test_content), TEST(test_parts),
	TEST(test_rcpts), TEST(test_compose))
