/* Calls that desk answers, which is played by the test: its answer is the client's, but mail,
 * which is sent. */
#include "role/edge_api_scene.h"

#define TEST_PATH "/v1/templates/Order/test"

struct player {
	struct channel *channel;
	const char *type;
	struct str body;
	unsigned status, calls;
	bool french;
	uint64_t seq;
	char last_event[64];
	unsigned left;  /* who left a stream */
	uint32_t taken; /* bytes of it */
};

static void
on_call(void *ctx, uint16_t type, struct str payload)
{
	struct player *p = ctx;
	struct msg_call m;
	struct arena a;
	struct buf b;

	if (type == MSG_follow) {
		struct msg_follow f;

		assert_int_equal(msg_follow_read(NULL, payload, &f), 0);
		assert_int_equal(f.seq, p->seq);
		p->left += f.end;
		p->taken += f.bytes;
		return;
	}
	assert_int_equal(type, MSG_call);
	arena_init(&a, 1u << 16);
	assert_int_equal(msg_call_read(&a, payload, &m), 0);
	p->calls++;
	p->seq = m.seq;
	(void)str_copy_z(p->last_event, sizeof p->last_event, m.last_event);
	p->french = m.french;
	const struct msg_called answer = { .seq = m.seq,
		.status = (uint16_t)p->status,
		.type = str_z(p->type),
		.body = p->body };

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_called_write(&b, &answer), 0);
	(void)channel_force(p->channel, MSG_called, buf_str(&b));
	buf_done(&b);
	arena_done(&a);
}

static void
on_end(void *ctx)
{
	(void)ctx;
}

static void
desk_comes(struct scene *sc, struct player *p)
{
	static const struct channel_calls calls = { on_call, on_end };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	p->channel = channel_new(sc->loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, p);
	edge_desk_peer(sc->edge, fd[1]);
}

static void
test_answers(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct player p = {
		.type = "application/json", .body = STR_LIT("{\"data\":[]}"), .status = 200
	};

	(void)state;
	desk_comes(sc, &p);
	expect_status(call(sc, "/v1/templates/render", KEY, "{}"), 200, "\"data\"");
	assert_false(p.french);
	expect_status(call(sc, "/v1/templates/render",
			      KEY "Accept-Language: fr-CH, en;q=0.3\r\n", "{}"),
		200, "\"data\"");
	assert_true(p.french);
	assert_int_equal(sc->calls, 0);
	expect_idle(sc);
	channel_free(&p.channel);
	scene_free(sc);
}

/* As if it had come to POST /v1/messages: checked, durable, submitted; a refusal is one. */
static void
test_mail(void **state)
{
	static const struct {
		const char *name, *body;
		int status;
		const char *inside;
		unsigned submits;
	} table[] = {
		{ "sent", ONE, 202, "msg_", 1 },
		{ "not whole", "{\"from\":\"a@shop.test\"}", 422, "/to", 0 },
		{ "no JSON", "{", 400, "JSON", 0 },
	};
	struct scene *sc = scene_new(NULL);
	struct player p = { .type = API_MAIL_TYPE, .status = 200 };
	unsigned submits = 0;

	(void)state;
	desk_comes(sc, &p);
	TEST_EACH(row, table)
	{
		p.body = str_z(row->body);
		expect_status(call(sc, TEST_PATH, KEY, "{\"x\":1}"), row->status, row->inside);
		submits += row->submits;
		assert_int_equal(sc->calls, submits);
	}
	/* Desk's own refusal. */
	p.status = 422;
	p.type = "application/problem+json";
	p.body = STR_LIT("{\"detail\":\"no sender\"}");
	expect_status(call(sc, TEST_PATH, KEY, "{}"), 422, "no sender");
	assert_int_equal(sc->calls, submits);
	assert_int_equal(p.calls, 4);
	expect_idle(sc);
	channel_free(&p.channel);
	scene_free(sc);
}

/* A long one is read and written on the thread; who leaves meanwhile leaves nothing behind. */
static void
test_long_mail(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct player p = { .type = API_MAIL_TYPE, .status = 200 };
	struct client c;
	struct buf b;

	(void)state;
	desk_comes(sc, &p);
	buf_init(&b, 2u << 20);
	buf_put_z(&b, "{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"text\":\"");
	memset(buf_room(&b, 1u << 20), 'a', 1u << 20);
	buf_added(&b, 1u << 20);
	buf_put_z(&b, "\"}");
	p.body = buf_str(&b);
	expect_status(call(sc, TEST_PATH, KEY, "{}"), 202, "msg_");
	client_open(sc, &c, PORT_HTTP);
	post(&c, TEST_PATH, KEY, "{}");
	for (int i = 0; i < 2000 && p.calls < 2; i++)
		steps(sc, 1);
	client_close(&c);
	expect_idle(sc);
	buf_done(&b);
	channel_free(&p.channel);
	scene_free(sc);
}

static void
more(struct player *p, const char *text, bool end)
{
	const struct msg_followed m = { .seq = p->seq, .end = end, .body = str_z(text) };
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_followed_write(&b, &m), 0);
	(void)channel_force(p->channel, MSG_followed, buf_str(&b));
	buf_done(&b);
}

static void
stream_begin(struct scene *sc, struct client *c, struct player *p, const char *method)
{
	char head[400];

	client_open(sc, c, PORT_HTTP);
	snprintf(head, sizeof head,
		"%s /v1/messages/stream HTTP/1.1\r\n" HOST KEY "Last-Event-ID: 77\r\n\r\n",
		method);
	say(c, head);
	for (int i = 0; i < 2000 && str_find_str(stream_input(c->s), STR_LIT("\r\n\r\n")) ==
					    stream_input(c->s).n;
		i++)
		steps(sc, 1);
	assert_true(str_starts(stream_input(c->s), STR_LIT("HTTP/1.1 200 OK\r\n")));
	assert_string_equal(p->last_event, "77");
}

static void
stream_hears(struct scene *sc, struct client *c, const char *text)
{
	for (int i = 0; i < 2000 && !str_ends(stream_input(c->s), str_z(text)); i++)
		steps(sc, 1);
	assert_true(str_ends(stream_input(c->s), str_z(text)));
}

static void
until(struct scene *sc, const unsigned *n, unsigned want)
{
	for (int i = 0; i < 2000 && *n < want; i++)
		steps(sc, 1);
	assert_int_equal(*n, want);
}

/* An answer that goes on: each part leaves at once, desk hears what left, and that the client
 * did; nothing of it ends by the time a call may take. */
static void
test_stream(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct player p = { .type = API_STREAM_TYPE, .body = STR_NONE, .status = 200 };
	struct client c;
	struct str in;

	(void)state;
	desk_comes(sc, &p);
	stream_begin(sc, &c, &p, "GET");
	in = stream_input(c.s);
	assert_true(str_find_str(in, STR_LIT("Content-Type: text/event-stream\r\n")) < in.n);
	assert_true(str_find_str(in, STR_LIT("Content-Length")) == in.n);
	more(&p, "id: 1\n\n", false);
	stream_hears(sc, &c, "id: 1\n\n");
	more(&p, "id: 2\n\n", false);
	stream_hears(sc, &c, "id: 1\n\nid: 2\n\n");
	until(sc, &p.taken, 14);
	the_call(sc)->began -= 3600 * EDGE_SECOND;
	edge_desk_second(sc->edge);
	assert_int_equal(p.left, 0);
	client_close(&c);
	until(sc, &p.left, 1);
	expect_idle(sc);
	/* Its head alone is no stream. */
	stream_begin(sc, &c, &p, "HEAD");
	until(sc, &p.left, 2);
	client_close(&c);
	/* Who takes nothing is dropped. */
	stream_begin(sc, &c, &p, "GET");
	stream_deadline(the_call(sc)->conn->stream, 1000);
	until(sc, &p.left, 3);
	client_close(&c);
	expect_idle(sc);
	channel_free(&p.channel);
	scene_free(sc);
}

/* It ends by desk's word, with desk, and when another edge takes over. */
static void
test_stream_ends(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct player p = { .type = API_STREAM_TYPE, .body = STR_NONE, .status = 200 };
	struct client c;

	(void)state;
	desk_comes(sc, &p);
	stream_begin(sc, &c, &p, "GET");
	more(&p, "retry: 2000\n\n", true);
	stream_hears(sc, &c, "retry: 2000\n\n");
	client_close(&c);
	stream_begin(sc, &c, &p, "GET");
	channel_free(&p.channel);
	stream_hears(sc, &c, "retry: 1000\n\n");
	client_close(&c);
	desk_comes(sc, &p);
	stream_begin(sc, &c, &p, "GET");
	edge_retire(sc->edge);
	stream_hears(sc, &c, "retry: 1000\n\n");
	client_close(&c);
	expect_idle(sc);
	channel_free(&p.channel);
	scene_free(sc);
}

/* One that begins at an edge which another one takes over from: nobody stays with it. */
static void
test_stream_late(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct player p = { .type = API_STREAM_TYPE, .body = STR_NONE, .status = 200 };
	struct client c;

	(void)state;
	desk_comes(sc, &p);
	client_open(sc, &c, PORT_HTTP);
	steps(sc, 3);
	edge_retire(sc->edge);
	say(&c, "GET /v1/messages/stream HTTP/1.1\r\n" HOST KEY "\r\n");
	stream_hears(sc, &c, "retry: 1000\n\n");
	until(sc, &p.left, 1);
	client_close(&c);
	expect_idle(sc);
	channel_free(&p.channel);
	scene_free(sc);
}

TEST_MAIN(TEST(test_answers), TEST(test_mail), TEST(test_long_mail), TEST(test_stream),
	TEST(test_stream_ends), TEST(test_stream_late))
