#include "api/postmark_send.h"

#include "base/test.h"

#include <errno.h>

static const struct api_world world = { .now = INT64_C(1795513883123000),
	.uuid_key = { 1, 2, 3 },
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

#define ONE  "\"From\":\"a@x.test\",\"To\":\"b@y.test\""
#define MAIL ONE ",\"TextBody\":\"x\""

struct call {
	struct arena arena;
	struct api_send send;
};

static void
call_begin(struct call *c, enum postmark_call kind, struct str body)
{
	arena_init(&c->arena, 64u << 20);
	api_send_init(&c->send, &c->arena);
	assert_int_equal(postmark_send_read(&c->send, kind, body, false, &world), 0);
}

static void
call_end(struct call *c)
{
	api_send_done(&c->send);
	arena_done(&c->arena);
}

static void
test_mail(void **state)
{
	static const char body[] =
		"{\"From\":\"\\\"A, a\\\" <a@x.test>\",\"To\":\"B <b@y.test>, b2@y.test\","
		"\"Cc\":\"c@y.test\",\"Bcc\":\"d@y.test\",\"ReplyTo\":\"R "
		"<r@x.test>,q@x.test\","
		"\"Subject\":\"S\",\"TextBody\":\"t\",\"HtmlBody\":\"<p>\",\"Tag\":\"t\\\"1\","
		"\"Metadata\":{\"z\":\"1\",\"a\":\"\\n\"},\"Headers\":[{\"Name\":\"X-A\","
		"\"Value\":\"1\"},{\"Name\":\"X-PM-KeepID\",\"Value\":\"true\"},{\"Name\":"
		"\"Message-ID\",\"Value\":\"<m@x.test>\"},{\"Name\":\"X-N\"}],"
		"\"Attachments\":[{\"Name\":\"a.txt\",\"Content\":\"YWJj\","
		"\"ContentType\":\"text/plain\"},{\"Name\":\"l.png\",\"Content\":\"UE5H\","
		"\"ContentType\":\"image/png\",\"ContentID\":\"cid:logo\"},"
		"{\"Name\":\"m.png\",\"Content\":\"UE5H\",\"ContentID\":\"m\"},"
		"{\"Name\":\"n.png\",\"Content\":\"UE5H\",\"ContentID\":\"<n>\"}],"
		"\"TrackOpens\":true,\"TrackLinks\":\"HtmlOnly\",\"MessageStream\":"
		"\"broadcast\"}";
	struct call c;

	(void)state;
	call_begin(&c, POSTMARK_EMAIL, str_z(body));
	const struct outgoing *o = &c.send.items[0].mail;
	assert_int_equal(c.send.n, 1);
	assert_int_equal(c.send.items[0].errors.n, 0);
	assert_false(c.send.together);
	assert_str(o->from.name, "A, a");
	assert_str(o->from.email, "a@x.test");
	assert_str(o->sender.email, "");
	assert_int_equal(o->to.n, 2);
	assert_str(o->to.at[0].name, "B");
	assert_str(o->to.at[1].email, "b2@y.test");
	assert_str(o->cc.at[0].email, "c@y.test");
	assert_str(o->bcc.at[0].email, "d@y.test");
	assert_int_equal(o->reply_to.n, 2);
	assert_str(o->reply_to.at[0].name, "R");
	assert_str(o->subject, "S");
	assert_str(o->text, "t");
	assert_str(o->html, "<p>");
	assert_int_equal(o->nfields, 3);
	assert_str(o->fields[0].name, "X-A");
	assert_str(o->fields[1].value, "<m@x.test>");
	assert_str(o->fields[2].value, "");
	assert_int_equal(o->nfiles, 4);
	assert_str(o->files[0].bytes, "abc");
	assert_str(o->files[0].content_id, "");
	assert_str(o->files[1].content_id, "logo");
	assert_str(o->files[1].type, "image/png");
	assert_str(o->files[2].content_id, "m");
	assert_str(o->files[2].type, "");
	assert_str(o->files[3].content_id, "n");
	assert_int_equal(o->opens, OUTGOING_ON);
	assert_int_equal(o->clicks, OUTGOING_ON);
	assert_int_equal(o->links, OUTGOING_LINKS_HTML);
	assert_int_equal(o->stream, STREAM_BROADCAST);
	assert_false(o->sandbox);
	assert_str(
		o->about, "{\"tags\":[\"t\\\"1\"],\"metadata\":{\"a\":\"\\n\",\"z\":\"1\"}}");
	call_end(&c);
}

static void
test_options(void **state)
{
	static const struct {
		const char *name, *more;
		enum outgoing_switch opens, clicks;
		enum outgoing_links links;
		enum stream_kind stream;
		const char *own;
	} table[] = {
		{ "none", "", OUTGOING_DEFAULT, OUTGOING_DEFAULT, OUTGOING_LINKS_ALL,
			STREAM_TRANSACTIONAL, NULL },
		{ "off", ",\"TrackOpens\":false,\"TrackLinks\":\"None\"", OUTGOING_OFF,
			OUTGOING_OFF, OUTGOING_LINKS_ALL, STREAM_TRANSACTIONAL, NULL },
		{ "all",
			",\"TrackOpens\":\"true\",\"TrackLinks\":\"HtmlAndText\","
			"\"MessageStream\":\"outbound\"",
			OUTGOING_ON, OUTGOING_ON, OUTGOING_LINKS_ALL, STREAM_TRANSACTIONAL,
			NULL },
		{ "text", ",\"TrackLinks\":\"TextOnly\",\"MessageStream\":\"broadcast\"",
			OUTGOING_DEFAULT, OUTGOING_ON, OUTGOING_LINKS_TEXT, STREAM_BROADCAST,
			NULL },
		{ "the account's own", ",\"MessageStream\":\"a-z_9\"", OUTGOING_DEFAULT,
			OUTGOING_DEFAULT, OUTGOING_LINKS_ALL, STREAM_TRANSACTIONAL, "a-z_9" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		char body[500];
		struct call c;

		snprintf(body, sizeof body, "{" MAIL "%s}", row->more);
		call_begin(&c, POSTMARK_EMAIL, str_z(body));
		const struct outgoing *o = &c.send.items[0].mail;
		assert_int_equal(c.send.items[0].errors.n, 0);
		assert_int_equal(o->opens, row->opens);
		assert_int_equal(o->clicks, row->clicks);
		assert_int_equal(o->links, row->links);
		assert_int_equal(o->stream, row->stream);
		assert_str(o->own_stream, row->own ? row->own : "");
		assert_int_equal(
			str_find_str(o->about, STR_LIT("\"stream\":\"a-z_9\"")) < o->about.n,
			row->own != NULL);
		call_end(&c);
	}
}

/* What was read without errors composes, and no text of it makes a line of its own. */
static void
test_composes(void **state)
{
#define EVIL                                                                                   \
	"\xe2\x80\xa8"                                                                         \
	"Bcc: e@x.test"
	static const char body[] =
		"{\"From\":\"\\\"" EVIL "\\\" <a@x.test>\",\"To\":\"\\\"" EVIL
		"\\\" <b@y.test>\",\"Bcc\":\"hidden@y.test\",\"Subject\":\"" EVIL
		"\",\"TextBody\":\"x\",\"HtmlBody\":\"<img src=cid:l>\",\"Tag\":\"" EVIL
		"\",\"Headers\":[{\"Name\":\"X-A\",\"Value\":\"" EVIL
		"\"}],\"Attachments\":[{\"Name\":\"" EVIL
		"\",\"Content\":\"UE5H\",\"ContentType\":\"image/png\",\"ContentID\":\"cid:l\"}"
		"]}";
	static const struct outgoing_stamp stamp = { .message_id = { "<1@x.test>", 10 },
		.seed = { "s", 1 },
		.date = INT64_C(1795513883000000) };
	const char *why = NULL;
	struct call c;
	struct buf out;

	(void)state;
	call_begin(&c, POSTMARK_EMAIL, str_z(body));
	assert_int_equal(c.send.items[0].errors.n, 0);
	buf_init(&out, 1u << 20);
	assert_int_equal(
		outgoing_compose(&c.arena, &c.send.items[0].mail, &stamp, &out, &why), 0);
	assert_int_equal(str_find_str(buf_str(&out), STR_LIT("\nBcc:")), out.n);
	assert_int_equal(str_find_str(buf_str(&out), STR_LIT("\xe2\x80\xa8")), out.n);
	assert_int_equal(str_find_str(buf_str(&out), STR_LIT("hidden@")), out.n);
	assert_true(str_find_str(buf_str(&out), STR_LIT("Content-ID: <l>\r\n")) < out.n);
	buf_done(&out);
	call_end(&c);
}

static void
test_sandbox_and_room(void **state)
{
	struct api_send s;
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 20);
	api_send_init(&s, &a);
	assert_int_equal(
		postmark_send_read(&s, POSTMARK_EMAIL, STR_LIT("{" MAIL "}"), true, &world), 0);
	assert_true(s.items[0].mail.sandbox);
	api_send_done(&s);
	arena_done(&a);
	arena_init(&a, 300);
	api_send_init(&s, &a);
	assert_int_equal(
		postmark_send_read(&s, POSTMARK_EMAIL, STR_LIT("{" MAIL "}"), true, &world),
		-E2BIG);
	api_send_done(&s);
	arena_done(&a);
}

TEST_MAIN(TEST(test_mail), TEST(test_options), TEST(test_composes), TEST(test_sandbox_and_room))
