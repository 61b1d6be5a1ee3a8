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
};

static void
on_call(void *ctx, uint16_t type, struct str payload)
{
	struct player *p = ctx;
	struct msg_call m;
	struct arena a;
	struct buf b;

	assert_int_equal(type, MSG_call);
	arena_init(&a, 1u << 16);
	assert_int_equal(msg_call_read(&a, payload, &m), 0);
	p->calls++;
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

TEST_MAIN(TEST(test_answers), TEST(test_mail), TEST(test_long_mail))
