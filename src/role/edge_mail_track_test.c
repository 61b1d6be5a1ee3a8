/* Options of messages by SMTP: what reaches the submit, and what is stored for whom. */
#include "role/edge_scene.h"

#include "api/sendgrid_batch.h"
#include "io/file_fault.h"
#include "wire/track_token.h"

#include <errno.h>

#define LOGIN "AUTH PLAIN AHUAcA==\r\n" /* u, p */
#define FROM  "From: a@shop.test\r\nSubject: hi\r\n"
#define BODY  "\r\nsee http://a.test/b now\r\n.\r\n"
#define DAY   INT64_C(86400000000)

static void
https(struct config *c)
{
	c->tracking.url = STR_LIT("https://t.test");
	c->tracking.consent_assumed = true;
}

static void
no_https(struct config *c)
{
	c->tracking.url = STR_LIT("http://t.test:81");
}

static struct scene *
open_as(struct client *c, void (*change)(struct config *c), uint8_t stream)
{
	struct scene *sc = scene_new(change);

	sc->stream = stream;
	client_open(sc, c, PORT_PLAIN);
	expect(c, "220 ");
	talk(c, "EHLO pc.test\r\n", "250 ");
	talk(c, LOGIN, "235 ");
	return sc;
}

static struct msg_extra
extra_of(const struct msg_submit *s)
{
	struct msg_extra x = { 0 };

	x.about = STR_NONE;
	if (s->extra.n)
		assert_int_equal(msg_extra_read(NULL, s->extra, &x), 0);
	return x;
}

/* What the token behind this says; its text goes into scratch. */
static struct track_token
token_in(struct scene *sc, struct str all, const char *before, struct buf *scratch)
{
	struct str t = str_from(all, str_find_str(all, str_z(before)) + strlen(before));
	struct track_token token = { 0 };

	buf_init(scratch, TRACK_TOKEN_ROOM);
	t = str_head(t, str_find(t, '/'));
	assert_int_equal(track_token_read(sc->edge->track, t, scratch, &token), 0);
	return token;
}

static void
test_options(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);
	char body[4096];
	struct str all;

	(void)state;
	envelope(&c, 2);
	talk(&c,
		"X-Mj-CustomID: 42\r\nX-PM-Message-Stream: broadcast\r\nX-Mailer: y\r\n"
		"List-Unsubscribe: <mailto:a@shop.test>\r\n" FROM BODY,
		"250 2.0.0 Ok: queued");
	assert_int_equal(sc->nletters, 0);
	assert_int_equal(sc->last.stream, STREAM_BROADCAST);
	assert_int_equal(sc->last.rcpts.n, 2);
	assert_str(extra_of(&sc->last).about, "{\"custom_id\":\"42\"}");
	assert_int_equal(extra_of(&sc->last).track, 0);
	all = stored(sc, &sc->last, body, sizeof body);
	assert_false(holds(all, "X-Mj"));
	assert_false(holds(all, "X-PM"));
	assert_true(
		holds(all, "X-Mailer: y\r\nList-Unsubscribe: <mailto:a@shop.test>\r\n" FROM));
	assert_true(holds(all, "see http://a.test/b now\r\n"));
	/* The next message of the session asks for nothing. */
	envelope(&c, 1);
	talk(&c, FROM BODY, "250 2.0.0 Ok: queued");
	assert_int_equal(sc->last.stream, STREAM_TRANSACTIONAL);
	assert_int_equal(sc->last.extra.n, 0);
	client_close(&c);
	scene_free(sc);
}

/* A batch is the account's own, or none. */
static void
test_batch(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);
	const uint8_t *key = sc->edge->env->keys.ids;
	char id[TYPED_ID_TEXT], mail[400];

	(void)state;
	for (uint32_t other = 0; other < 2; other++) {
		sendgrid_batch_write(id, key, 7 + other, 5);
		snprintf(mail, sizeof mail, "X-SMTPAPI: {\"batch_id\":\"%s\"}\r\n" FROM BODY,
			id);
		envelope(&c, 1);
		talk(&c, mail,
			other ? "554 5.6.0 X-SMTPAPI: there is no such batch_id" : "250 ");
		if (!other)
			assert_true(holds(extra_of(&sc->last).about, id));
	}
	client_close(&c);
	scene_free(sc);
}

static void
test_send_at(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);
	int64_t at = (clock_wall(&sc->clock) + DAY / 2) / 1000000;
	char text[300];

	(void)state;
	envelope(&c, 1);
	snprintf(text, sizeof text, "X-SMTPAPI: {\"send_at\": %lld}\r\n" FROM BODY,
		(long long)at);
	talk(&c, text, "250 ");
	assert_true(extra_of(&sc->last).not_before == at * 1000000);
	client_close(&c);
	scene_free(sc);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name, *field, *want;
	} table[] = {
		{ "bad JSON", "X-SMTPAPI: {\"category\"\r\n", "554 5.6.0 X-SMTPAPI" },
		{ "tracked, bad", "X-PM-TrackLinks: HtmlAndText\r\nX-Mailjet-TrackOpen: 7\r\n",
			"554 5.6.0 X-Mailjet-TrackOpen must be 0 or 1" },
		{ "variables", "X-MJ-Vars: 7\r\n", "554 5.6.0 X-MJ-Vars" },
		{ "stream", "X-PM-Message-Stream: x\r\n", "554 5.6.0 X-PM-Message-Stream" },
	};
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);

	(void)state;
	TEST_EACH(row, table)
	{
		envelope(&c, 1);
		say(&c, row->field);
		talk(&c, FROM BODY, row->want);
	}
	assert_int_equal(sc->submits, 0);
	assert_int_equal(sc->edge->memory, 0);
	/* A sender that is not his, told after the body was written. */
	snprintf(sc->refused_domain, sizeof sc->refused_domain, "not.test");
	envelope(&c, 2);
	talk(&c, "X-PM-TrackLinks: TextOnly\r\nFrom: a@not.test\r\n" BODY, "550 5.7.1");
	assert_int_equal(sc->submits, 0);
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

static void
test_tracked(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);
	struct track_token t;
	char body[8192];
	struct buf scratch;
	struct str all;

	(void)state;
	envelope(&c, 1);
	talk(&c,
		"X-Mailjet-TrackClick: 1\r\nX-Mailjet-TrackOpen: 1\r\n" FROM
		"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
		"<a href=\"http://a.test/b\">b</a></body>\r\n.\r\n",
		"250 2.0.0 Ok: queued");
	assert_int_equal(sc->nletters, 1);
	assert_int_equal(extra_of(&sc->last).track, TRACK_OPENS | TRACK_CLICKS);
	assert_int_equal(extra_of(&sc->last).first, 0);
	assert_int_equal(sc->last.rcpts.n, 1);
	all = stored(sc, &sc->last, body, sizeof body);
	assert_true(str_starts(all, STR_LIT("Received: from pc.test")));
	assert_false(holds(all, "X-Mailjet"));
	assert_false(holds(all, "http://a.test"));
	assert_false(holds(all, "List-"));
	t = token_in(sc, all, "<a href=\"https://t.test/c/", &scratch);
	assert_int_equal(t.kind, TRACK_TOKEN_CLICK);
	assert_int_equal(t.message, sc->last.message);
	assert_int_equal(t.tenant, 7);
	assert_int_equal(t.flags, TRACK_TOKEN_CONSENT);
	assert_str(t.text, "http://a.test/b");
	buf_done(&scratch);
	t = token_in(sc, all, "https://t.test/o/", &scratch);
	assert_int_equal(t.kind, TRACK_TOKEN_OPEN);
	buf_done(&scratch);
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

/* The recipient's consent stands in his links; what is said goes before the configuration. */
static void
test_consent(void **state)
{
	static const struct {
		const char *name, *field;
		void (*config)(struct config *c);
		uint8_t flags;
	} table[] = {
		{ "assumed", "", https, TRACK_TOKEN_CONSENT },
		{ "assumed, but no", "X-Facteur-Consent: no\r\n", https, 0 },
		{ "not said", "", no_https, 0 },
		{ "said", "X-Facteur-Consent: yes\r\n", no_https, TRACK_TOKEN_CONSENT },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct client c;
		struct scene *sc = open_as(&c, row->config, STREAM_TRANSACTIONAL);
		char body[8192], text[500];
		struct track_token t;
		struct buf scratch;
		struct str all;

		snprintf(text, sizeof text, "%sX-Mailjet-TrackClick: 1\r\n" FROM BODY,
			row->field);
		envelope(&c, 1);
		talk(&c, text, "250 2.0.0 Ok: queued");
		all = stored(sc, &sc->last, body, sizeof body);
		assert_false(holds(all, "X-Facteur"));
		t = token_in(sc, all, "/c/", &scratch);
		assert_int_equal(t.flags, row->flags);
		buf_done(&scratch);
		client_close(&c);
		scene_free(sc);
	}
}

/* One body and submit for each; all under the first one's number. */
static void
test_several(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_BROADCAST);
	struct track_token t;
	struct buf scratch;
	char body[8192];
	uint64_t last;

	(void)state;
	envelope(&c, 3);
	talk(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM BODY, "250 2.0.0 Ok: queued as 10");
	assert_int_equal(sc->nletters, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct msg_submit *s = &sc->letters[i];
		struct str all = stored(sc, s, body, sizeof body);
		char to[30];

		assert_int_equal(s->message, sc->letters[0].message + 2 * i);
		assert_int_equal(s->stream, STREAM_BROADCAST);
		assert_int_equal(extra_of(s).first, i ? sc->letters[0].message : 0);
		assert_int_equal(s->rcpts.n, 1);
		assert_int_equal(s->rcpts.at[0].index, 0);
		snprintf(to, sizeof to, "b%zu@else.test", i);
		assert_str(s->rcpts.at[0].address, to);
		assert_str_eq(s->message_id, sc->letters[0].message_id);
		t = token_in(sc, all, "see https://t.test/c/", &scratch);
		assert_int_equal(t.message, s->message);
		buf_done(&scratch);
		t = token_in(sc, all, "List-Unsubscribe: <https://t.test/u/", &scratch);
		assert_int_equal(t.message, s->message);
		assert_str(t.text, to);
		buf_done(&scratch);
		assert_true(holds(
			all, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFrom: "));
	}
	/* The ids of the next message are others. */
	last = sc->letters[2].message + 1;
	envelope(&c, 1);
	talk(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM BODY, "250 ");
	assert_true(sc->last.message > last);
	assert_int_equal(sc->nletters, 1);
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

/* Mail of a group can be left on any stream: its token says the group, and so does the submit.
 */
static void
test_group(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);
	struct msg_more more = { 0 };
	struct track_token t;
	struct buf scratch;
	char body[4096];

	(void)state;
	envelope(&c, 1);
	talk(&c, "X-SMTPAPI: {\"asm_group_id\": 7}\r\n" FROM BODY, "250 ");
	assert_int_equal(msg_more_read(NULL, extra_of(&sc->last).more, &more), 0);
	assert_int_equal(more.group, 7);
	t = token_in(sc, stored(sc, &sc->last, body, sizeof body),
		"List-Unsubscribe: <https://t.test/u/", &scratch);
	assert_int_equal(t.group, 7);
	assert_str(t.text, "b0@else.test");
	buf_done(&scratch);
	envelope(&c, 2);
	talk(&c, "X-SMTPAPI: {\"asm_group_id\": 8}\r\n" FROM BODY, "250 ");
	assert_int_equal(sc->nletters, 2);
	assert_int_equal(msg_more_read(NULL, extra_of(&sc->letters[1]).more, &more), 0);
	assert_int_equal(more.group, 8);
	t = token_in(sc, stored(sc, &sc->letters[1], body, sizeof body),
		"List-Unsubscribe: <https://t.test/u/", &scratch);
	assert_int_equal(t.group, 8);
	assert_str(t.text, "b1@else.test");
	buf_done(&scratch);
	/* The next message is of none. */
	envelope(&c, 1);
	talk(&c, FROM BODY, "250 ");
	assert_int_equal(extra_of(&sc->last).more.n, 0);
	client_close(&c);
	scene_free(sc);
}

/* Only a field is added: nothing is collected. Without https there is none. */
static void
test_unsubscribe(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_BROADCAST);
	char body[4096];
	struct str all;

	(void)state;
	envelope(&c, 1);
	talk(&c, FROM BODY, "250 ");
	assert_int_equal(sc->nletters, 0);
	all = stored(sc, &sc->last, body, sizeof body);
	assert_true(holds(all, "\r\nList-Unsubscribe: <https://t.test/u/"));
	assert_true(holds(all, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" FROM));
	envelope(&c, 1);
	talk(&c, "list-unsubscribe: <mailto:a@shop.test>\r\n" FROM BODY, "250 ");
	assert_false(holds(stored(sc, &sc->last, body, sizeof body), "https://t.test"));
	client_close(&c);
	scene_free(sc);
	sc = open_as(&c, no_https, STREAM_BROADCAST);
	envelope(&c, 2);
	talk(&c, FROM BODY, "250 ");
	assert_int_equal(sc->nletters, 0);
	assert_int_equal(sc->last.rcpts.n, 2);
	assert_false(holds(stored(sc, &sc->last, body, sizeof body), "List-"));
	client_close(&c);
	scene_free(sc);
}

static void
lines(struct scene *sc, struct client *c, unsigned n)
{
	char line[1001];

	memset(line, 'y', 1000);
	memcpy(line + 998, "\r\n", 3);
	for (unsigned i = 0; i < n; i++) {
		say(c, line);
		if (i % 16 == 0)
			steps(sc, 1);
	}
}

/* Past 1 MiB it goes on untracked, its options kept. */
static void
test_long(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_BROADCAST);
	static char body[2u << 20];
	struct str all;

	(void)state;
	envelope(&c, 1);
	say(&c, "X-PM-Tag: t\r\nX-PM-TrackLinks: TextOnly\r\n" FROM "\r\nhttp://a.test/\r\n");
	lines(sc, &c, 1200);
	talk(&c, ".\r\n", "250 ");
	assert_int_equal(sc->nletters, 0);
	assert_int_equal(extra_of(&sc->last).track, 0);
	assert_str(extra_of(&sc->last).about, "{\"tags\":[\"t\"]}");
	assert_int_equal(sc->last.length, sc->last.header_length + 16 + 1200 * 1000);
	all = stored(sc, &sc->last, body, sizeof body);
	assert_true(holds(all, "http://a.test/\r\n"));
	assert_true(holds(all, "List-Unsubscribe: <https://"));
	assert_false(holds(all, "X-PM"));
	/* Together too long for many. */
	envelope(&c, 9);
	say(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM "\r\nhttp://a.test/\r\n");
	lines(sc, &c, 1000);
	talk(&c, ".\r\n", "250 ");
	assert_int_equal(sc->nletters, 0);
	assert_int_equal(sc->last.rcpts.n, 9);
	assert_true(sc->last.length > 1000000);
	assert_int_equal(sc->edge->memory, 0);
	/* Links without end: the loop would stand for as long as they take. */
	envelope(&c, 2);
	say(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM "\r\n");
	for (int i = 0; i < 5001; i++)
		say(&c, "http://a.test/\r\n");
	talk(&c, ".\r\n", "250 ");
	assert_int_equal(sc->nletters, 0);
	assert_int_equal(sc->last.rcpts.n, 2);
	/* He leaves in the middle. */
	envelope(&c, 2);
	say(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM "\r\nhttp://a.test/\r\n");
	lines(sc, &c, 100);
	client_close(&c);
	assert_int_equal(sc->edge->memory, 0);
	scene_free(sc);
}

static void
test_signed(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);
	char body[4096];

	(void)state;
	envelope(&c, 1);
	talk(&c,
		"X-PM-TrackLinks: TextOnly\r\n" FROM
		"Content-Type: multipart/signed; boundary=XX\r\n\r\n--XX\r\n\r\n"
		"http://a.test/\r\n--XX--\r\n.\r\n",
		"250 ");
	assert_int_equal(extra_of(&sc->last).track, 0);
	assert_true(holds(stored(sc, &sc->last, body, sizeof body), "http://a.test/\r\n"));
	client_close(&c);
	scene_free(sc);
}

/* Memory is short: refused, nothing kept. */
static void
test_no_room(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);

	(void)state;
	sc->config.limits.memory_bytes = 200000;
	envelope(&c, 1);
	say(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM "\r\nhttp://a.test/\r\n");
	lines(sc, &c, 300);
	talk(&c, ".\r\n", "452 4.3.1 The service is busy");
	assert_int_equal(sc->submits, 0);
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

/* P5: one of the bodies cannot be written: none is submitted. */
static void
test_disk(void **state)
{
	static const struct {
		const char *name;
		unsigned call;
	} calls[] = { { "the first one's file", 2 }, { "the second one's file", 6 },
		{ "the end of the first one", 13 }, { "a flush", 17 } };
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);

	(void)state;
	if (!FILE_FAULT_HERE) {
		client_close(&c);
		scene_free(sc);
		skip();
	}
	file_fault_arm(FILE_FAULT_CALL, 2, ENOSPC);
	envelope(&c, 3);
	talk(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM BODY, "452 4.3.1 The disk is full");
	assert_true(file_fault_fired());
	file_fault_arm(FILE_FAULT_NONE, 0, 0);
	assert_int_equal(sc->submits, 0);
	/* Long ones are on their way to the disk while the others are written. */
	TEST_EACH(row, calls)
	{
		steps(sc, 20); /* what was given up is removed */
		file_fault_arm(FILE_FAULT_CALL, row->call, ENOSPC);
		envelope(&c, 3);
		say(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM "\r\nhttp://a.test/\r\n");
		lines(sc, &c, 700);
		talk(&c, ".\r\n", "452 4.3.1 The disk is full");
		assert_true(file_fault_fired());
		file_fault_arm(FILE_FAULT_NONE, 0, 0);
		assert_int_equal(sc->submits + sc->calls, 0);
		assert_int_equal(sc->edge->memory, 0);
	}
	envelope(&c, 3);
	talk(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM BODY, "250 ");
	assert_int_equal(sc->nletters, 3);
	assert_int_equal(sc->edge->memory, 0);
	client_close(&c);
	scene_free(sc);
}

/* P4: unanswered, it goes to the next engine as it was. */
static void
test_engine_dies(void **state)
{
	struct client c;
	struct scene *sc = open_as(&c, https, STREAM_TRANSACTIONAL);
	uint64_t message;

	(void)state;
	sc->deaf = true;
	envelope(&c, 2);
	say(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM BODY);
	for (int i = 0; i < 4000 && sc->calls == 0; i++)
		steps(sc, 1);
	assert_int_equal(sc->calls, 1);
	message = sc->letters[0].message;
	channel_free(&sc->engine);
	steps(sc, 5);
	sc->deaf = false;
	engine_comes(sc);
	expect(&c, "250 2.0.0 Ok: queued as ");
	assert_int_equal(sc->calls, 2);
	assert_int_equal(sc->nletters, 2);
	assert_int_equal(sc->letters[0].message, message);
	client_close(&c);
	scene_free(sc);
}

/* The client leaves, or the edge ends, at any step of it. */
static void
test_leaves(void **state)
{
	struct client c;
	struct scene *sc;

	(void)state;
	for (int wait = 0; wait < 8; wait++) {
		sc = open_as(&c, https, STREAM_TRANSACTIONAL);
		envelope(&c, 3);
		say(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM BODY);
		steps(sc, wait);
		client_close(&c);
		for (int i = 0; i < 4000 && sc->edge->memory > 0; i++)
			steps(sc, 1);
		assert_int_equal(sc->edge->memory, 0);
		scene_free(sc);
		sc = open_as(&c, https, STREAM_TRANSACTIONAL);
		envelope(&c, 3);
		say(&c, "X-PM-TrackLinks: TextOnly\r\n" FROM BODY);
		steps(sc, wait);
		stream_free(&c.s);
		scene_free(sc);
	}
}

TEST_MAIN(TEST(test_options), TEST(test_batch), TEST(test_send_at), TEST(test_refused),
	TEST(test_tracked), TEST(test_consent), TEST(test_several), TEST(test_group),
	TEST(test_unsubscribe), TEST(test_long), TEST(test_signed), TEST(test_no_room),
	TEST(test_disk), TEST(test_engine_dies), TEST(test_leaves))
