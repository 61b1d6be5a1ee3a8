/* Mail by streams of the account's own, at the edge: by HTTP and by SMTP. The engine is played
 * by the test. */
#include "role/edge_api_scene.h"
#include "send/wish.h"

#define NEWS (MSG_STREAM_NUMBERS + 1)
#define PM(stream)                                                                             \
	"{\"From\":\"a@shop.test\",\"To\":\"b@else.test\",\"Subject\":\"hi\","                 \
	"\"TextBody\":\"Hello.\",\"MessageStream\":\"" stream "\"}"
#define OURS(more)                                                                             \
	"{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"subject\":\"hi\",\"text\":"        \
	"\"Hello.\",\"stream\":\"news\"" more "}"

static void
https(struct config *c)
{
	c->tracking.url = STR_LIT("https://t.test");
}

/* The table of an engine: news and another account's, which is the last one. */
static void
tell(struct scene *sc, uint8_t how)
{
	ENGINE_SAYS(sc, stream, .part = TRACKING_FIRST, .tenant = 7, .number = NEWS, .how = how,
		.name = STR_LIT("news"));
	ENGINE_SAYS(sc, stream, .part = TRACKING_LAST, .tenant = 8, .number = NEWS + 1,
		.name = STR_LIT("theirs"));
}

static bool
knows(struct scene *sc, uint8_t how)
{
	const struct edge_own_row *r = edge_own_of(sc->edge->own, 7, STR_LIT("news"));

	return r && r->how == how;
}

static void
told(struct scene *sc, uint8_t how)
{
	tell(sc, how);
	for (int i = 0; i < 2000 && !knows(sc, how); i++)
		loop_step(sc->loop, 1000);
	assert_true(knows(sc, how));
}

static uint32_t
group_of(const struct msg_submit *m)
{
	struct wish w;

	assert_int_equal(wish_read(m->extra, &w), 0);
	return w.group;
}

static const struct {
	const char *name, *path, *fields, *body;
	uint8_t how;
	int status;
	const char *answer;
	bool goes, unsubscribes;
} calls[] = {
	{ "postmark, broadcast", "/email", TOKEN JSON, PM("news"),
		MSG_STREAM_BROADCAST | MSG_STREAM_UNSUBSCRIBE, 200, "\"Message\":\"OK\"", true,
		true },
	{ "postmark, its own unsubscribing", "/email", TOKEN JSON, PM("news"),
		MSG_STREAM_BROADCAST, 200, "\"Message\":\"OK\"", true, false },
	{ "postmark, transactional", "/email", TOKEN JSON, PM("news"), 0, 200,
		"\"Message\":\"OK\"", true, false },
	{ "postmark, archived", "/email", TOKEN JSON, PM("news"), MSG_STREAM_ARCHIVED, 422,
		"{\"ErrorCode\":1236,\"Message\":\"Sending is not supported on the "
		"'MessageStream' provided: it is archived.\"}",
		false, false },
	{ "postmark, another account's", "/email", TOKEN JSON, PM("theirs"), 0, 422,
		"{\"ErrorCode\":1235,\"Message\":\"The 'MessageStream' provided does not exist "
		"on this server.\"}",
		false, false },
	{ "postmark, one of a batch", "/email/batch", TOKEN JSON,
		"[" PM("nothing") "," PM("news") "]", 0, 200, "[{\"ErrorCode\":1235,", true,
		false },
	{ "postmark, no name", "/email", TOKEN JSON, PM("No.Name"), 0, 422,
		"\"ErrorCode\":1235,", false, false },
	{ "postmark's tests are of nobody", "/email",
		"X-Postmark-Server-Token: POSTMARK_API_TEST\r\n" JSON, PM("news"), 0, 422,
		"\"ErrorCode\":1235,", false, false },
	{ "native", NATIVE, KEY JSON, OURS(""), MSG_STREAM_BROADCAST | MSG_STREAM_UNSUBSCRIBE,
		202, "msg_", true, true },
	{ "native, asked for by the message", NATIVE, KEY JSON, OURS(",\"unsubscribe\":true"),
		MSG_STREAM_BROADCAST, 202, "msg_", true, true },
	{ "native, with a group", NATIVE, KEY JSON, OURS(",\"group\":3"), 0, 422, "\"/group\"",
		false, false },
	{ "native, archived", NATIVE, KEY JSON, OURS(""), MSG_STREAM_ARCHIVED, 422,
		"This stream is archived", false, false },
	{ "native, all or none", NATIVE, KEY JSON,
		"{\"messages\":[" OURS("") ",{\"from\":\"a@shop.test\",\"to\":\"b@else.test\","
					   "\"text\":\"x\",\"stream\":\"nothing\"}]}",
		0, 422, "\"/stream\"", false, false },
};

static void
test_calls(void **state)
{
	struct scene *sc = scene_new(https);
	char text[16384];

	(void)state;
	TEST_EACH(row, calls)
	{
		unsigned before = sc->calls;
		struct str all;

		told(sc, row->how);
		expect_status(
			call(sc, row->path, row->fields, row->body), row->status, row->answer);
		assert_int_equal(sc->calls, before + row->goes);
		if (!row->goes)
			continue;
		all = stored(sc, &sc->letters[0], text, sizeof text);
		assert_int_equal(group_of(&sc->letters[0]), NEWS);
		assert_int_equal(sc->letters[0].stream, row->how & MSG_STREAM_BROADCAST
								? STREAM_BROADCAST
								: STREAM_TRANSACTIONAL);
		assert_int_equal(holds(all, "List-Unsubscribe: "), row->unsubscribes);
		assert_true(holds(extra_of(&sc->letters[0]).about, "\"stream\":\"news\""));
	}
	expect_idle(sc);
	scene_free(sc);
}

/* What the edge has not read yet: nobody is told that it is not there before the engine has
 * answered, and then it is there. */
static void
test_race(void **state)
{
	struct scene *sc = scene_new(https);
	struct client c;

	(void)state;
	/* No other answer of the engine is needed. */
	expect_status(call(sc, "/email", TOKEN JSON, PM("outbound")), 200, "OK");
	assert_int_equal(sc->finds, 0);
	sc->late_stream = tell;
	expect_status(call(sc, "/email", TOKEN JSON, PM("news")), 200, "OK");
	assert_int_equal(sc->finds, 1);
	assert_int_equal(sc->find.what, FIND_STREAMS);
	/* It is known now. */
	expect_status(call(sc, "/email", TOKEN JSON, PM("news")), 200, "OK");
	assert_int_equal(sc->finds, 1);
	/* Who leaves meanwhile leaves nothing behind. */
	client_open(sc, &c, PORT_HTTP);
	post(&c, "/email", TOKEN JSON, PM("nothing"));
	(void)the_call(sc);
	client_close(&c);
	/* The engine knows better than an edge that has not heard. */
	sc->said = (struct msg_submitted){ .reply = REPLY(MSG_NO_GROUP, 5, 7, 1, "Archived") };
	expect_status(call(sc, "/email", TOKEN JSON, PM("news")), 422, "\"ErrorCode\":1236,");
	expect_idle(sc);
	scene_free(sc);
}

static const struct {
	const char *name, *fields;
	uint8_t how;
	const char *answer;
	bool unsubscribes;
} mails[] = {
	{ "broadcast", "X-PM-Message-Stream: news\r\n",
		MSG_STREAM_BROADCAST | MSG_STREAM_UNSUBSCRIBE, "250 ", true },
	{ "its own unsubscribing", "X-PM-Message-Stream: news\r\n", MSG_STREAM_BROADCAST,
		"250 ", false },
	{ "transactional", "X-PM-Message-Stream: news\r\n", 0, "250 ", false },
	{ "archived", "X-PM-Message-Stream: news\r\n", MSG_STREAM_ARCHIVED,
		"554 5.7.1 X-PM-Message-Stream: this stream is archived", false },
	{ "another account's", "X-PM-Message-Stream: theirs\r\n", 0,
		"554 5.6.0 X-PM-Message-Stream: there is no such stream in this account",
		false },
	{ "with a group", "X-PM-Message-Stream: news\r\nX-SMTPAPI: {\"asm_group_id\":3}\r\n", 0,
		"554 5.6.0 X-PM-Message-Stream: a stream of your own is left like a group",
		false },
};

static void
test_smtp(void **state)
{
	struct scene *sc = scene_new(https);
	char text[16384], message[1000];
	struct client c;

	(void)state;
	client_open(sc, &c, PORT_PLAIN);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	talk(&c, "AUTH PLAIN AHUAcA==\r\n", "235 ");
	TEST_EACH(row, mails)
	{
		struct str all;

		told(sc, row->how);
		envelope(&c, 1);
		snprintf(message, sizeof message,
			"%sFrom: a@shop.test\r\nSubject: hi\r\n\r\nx\r\n.\r\n", row->fields);
		talk(&c, message, row->answer);
		if (*row->answer != '2')
			continue;
		all = stored(sc, &sc->last, text, sizeof text);
		assert_int_equal(group_of(&sc->last), NEWS);
		assert_int_equal(sc->last.stream, row->how & MSG_STREAM_BROADCAST
							  ? STREAM_BROADCAST
							  : STREAM_TRANSACTIONAL);
		assert_int_equal(holds(all, "List-Unsubscribe: "), row->unsubscribes);
		assert_false(holds(all, "X-PM-"));
		assert_str(extra_of(&sc->last).about, "{\"stream\":\"news\"}");
	}
	client_close(&c);
	expect_idle(sc);
	scene_free(sc);
}

TEST_MAIN(TEST(test_calls), TEST(test_race), TEST(test_smtp))
