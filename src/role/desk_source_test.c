/* Which messages are sent again, all of them or none; the edge is played. */
#include "role/desk_call_scene.h"

#include "ledger/fact.h"
#include "ledger/ledger.h"
#include "wire/typed_id.h"

#define AT INT64_C(1790000000000000)

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

	typed_id_write(text, s.env.keys.ids, kind, id);
	param.bytes = str_z(text);
	say_and_hear(&(struct msg_call){ .seq = 1,
		.route = number_of(API_MESSAGE_RESEND),
		.tenant = 1,
		.scopes = SCOPE_SEND,
		.key = 7,
		.params = { &param, 1 } });
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

TEST_MAIN(cmocka_unit_test_setup_teardown(test_recipients, two_accounts, call_scene_close))
