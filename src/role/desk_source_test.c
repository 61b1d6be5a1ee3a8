/* Which messages are sent again, all of them or none; the edge is played. */
#include "account/control_own.h"
#include "role/desk_scene.h"

#include "ledger/fact.h"
#include "ledger/ledger.h"
#include "wire/typed_id.h"

#define AT INT64_C(1790000000000000)

static struct scene s;
static struct {
	struct channel *channel;
	struct arena arena;
	struct buf bytes;
	struct msg_called called;
	unsigned n;
} e;

static void
hears(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	assert_int_equal(type, MSG_called);
	arena_reset(&e.arena);
	buf_clear(&e.bytes);
	buf_put(&e.bytes, payload);
	assert_int_equal(msg_called_read(&e.arena, buf_str(&e.bytes), &e.called), 0);
	e.n++;
}

static void
ends(void *ctx)
{
	(void)ctx;
	channel_free(&e.channel);
}

static int
up(void **state)
{
	static const struct channel_calls calls = { hears, ends };
	json_t *j = NULL;
	int fd[2];

	(void)state;
	scene_open(&s);
	memset(&e, 0, sizeof e);
	arena_init(&e.arena, 8u << 20);
	buf_init(&e.bytes, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(channel_pair(fd), 0);
	e.channel = channel_new(s.loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, &e);
	desk_edge_peer(s.desk, 1, fd[1]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			control_account_add(s.desk->control, str_z(i ? "rival" : "shop"), &j),
			0);
		json_decref(j);
	}
	return 0;
}

static int
down(void **state)
{
	(void)state;
	channel_free(&e.channel);
	scene_close(&s);
	arena_done(&e.arena);
	buf_done(&e.bytes);
	return 0;
}

static uint16_t
number_of(enum api_op op)
{
	size_t n, i = 0;
	const struct api_route *r = api_routes(&n);

	while (i < n && r[i].op != op)
		i++;
	assert_true(i < n);
	return (uint16_t)i;
}

static void
failed(struct ledger *l, uint64_t message, uint64_t recipients)
{
	for (uint64_t i = 1; i <= recipients; i++) {
		char text[40];
		struct fact f = { .rcpt = message + i,
			.message = message,
			.tenant = 1,
			.kind = FACT_ACCEPTED,
			.at = AT,
			.extent = 1,
			.size = 10,
			.message_id = STR_LIT("<x@a.test>"),
			.sender = STR_LIT("shop@a.test") };

		snprintf(text, sizeof text, "u%u@b.test", (unsigned)i);
		f.recipient = str_z(text);
		ledger_put(l, AT, &f);
		f.kind = FACT_CANCELLED;
		f.number = 1;
		ledger_put(l, AT, &f);
	}
}

static void
again(const char *kind, uint64_t id)
{
	char text[TYPED_ID_TEXT];
	struct msg_text param;
	unsigned before = e.n;
	struct buf b;

	typed_id_write(text, s.env.keys.ids, kind, id);
	param.bytes = str_z(text);
	buf_init(&b, 65536);
	const struct msg_call m = { .seq = 1,
		.route = number_of(API_MESSAGE_RESEND),
		.tenant = 1,
		.scopes = SCOPE_SEND,
		.key = 7,
		.params = { &param, 1 } };

	assert_int_equal(msg_call_write(&b, &m), 0);
	channel_force(e.channel, MSG_call, buf_str(&b));
	buf_done(&b);
	for (int i = 0; i < 20000 && e.n == before; i++)
		loop_step(s.loop, 1000);
	assert_int_equal(e.n, before + 1);
}

static void
test_recipients(void **state)
{
	struct ledger *l;

	(void)state;
	assert_int_equal(ledger_open(s.paths.ledger, s.loop, true, &l), 0);
	failed(l, 10000, 1000);
	failed(l, 20000, 1001);
	turn(&s);
	ledger_free(&l);
	/* As far as the bytes, which there are none of. */
	again("msg", 10000);
	assert_int_equal(e.called.status, 410);
	/* Some of them only would be a success that is none. */
	again("msg", 20000);
	assert_int_equal(e.called.status, 409);
	assert_true(has(e.called.body, "more than 1000 recipients"));
	again("rcp", 20001);
	assert_int_equal(e.called.status, 410);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_recipients, up, down))
