/* Quotas at the edge: sessions that are counted come and go, an engine that comes anew hears of
 * them; a quota that is used up is remembered. */
#include "role/edge_api_scene.h"

#define LOGIN "AUTH PLAIN AHUAcA==\r\n"
#define MAIL  "MAIL FROM:<a@shop.test>\r\n"
#define UNTIL(is)                                                                              \
	do {                                                                                   \
		for (int until_i = 0; until_i < 2000 && !(is); until_i++)                      \
			steps(sc, 1);                                                          \
		assert_true(is);                                                               \
	} while (0)

static void
enter(struct scene *sc, struct client *c)
{
	client_open(sc, c, PORT_PLAIN);
	expect(c, "220 ");
	talk(c, "EHLO pc.test\r\n", "250 ");
	talk(c, LOGIN, "235 ");
}

static void
test_sessions(void **state)
{
	struct scene *sc = scene_new(NULL);
	struct client a, b, h;

	(void)state;
	sc->counted = true;
	enter(sc, &a);
	assert_int_equal(sc->enters, 0);
	talk(&a, MAIL, "250 ");
	assert_int_equal(sc->open, 1);
	/* Once for a session. */
	talk(&a, "RSET\r\n", "250 ");
	talk(&a, MAIL, "250 ");
	assert_int_equal(sc->enters, 1);
	enter(sc, &b);
	talk(&b, MAIL, "250 ");
	assert_int_equal(sc->open, 2);
	client_close(&b);
	UNTIL(sc->open == 1);
	/* One too many: it is told, and is none. */
	sc->seats_full = true;
	enter(sc, &b);
	talk(&b, MAIL, "421 4.7.0 Too many sessions");
	expect_end(&b);
	client_close(&b);
	client_open(sc, &h, PORT_HTTP);
	post(&h, "/v1/messages", KEY JSON, ONE);
	expect_status(hear(&h), 429, "Too many sessions");
	UNTIL(sc->open == 1);
	assert_int_equal(sc->enters, 4);
	/* A call that sends is one until its answer. */
	sc->seats_full = false;
	post(&h, "/v1/messages", KEY JSON, ONE);
	expect_status(hear(&h), 202, "");
	assert_int_equal(sc->enters, 5);
	UNTIL(sc->open == 1);
	/* The next engine is told, and asked again. */
	sc->deaf = true;
	enter(sc, &b);
	say(&b, MAIL);
	UNTIL(sc->enters == 6);
	channel_free(&sc->engine);
	steps(sc, 5);
	sc->deaf = false;
	sc->opens = 0;
	engine_comes(sc);
	expect(&b, "250 ");
	assert_int_equal(sc->enters, 7);
	assert_int_equal(sc->open, 2);
	assert_true(sc->opens >= 1);
	client_close(&b);
	UNTIL(sc->open == 1);
	client_close(&a);
	UNTIL(sc->open == 0);
	/* An edge that ends while one is asked about has none. */
	sc->deaf = true;
	enter(sc, &b);
	say(&b, MAIL);
	UNTIL(sc->open == 1);
	client_close(&b);
	client_close(&h);
	scene_free(sc);
}

static void
test_used_up(void **state)
{
	struct scene *sc = scene_new(NULL);
	const struct answer *a;
	struct client c, h;

	(void)state;
	sc->said = (struct msg_submitted){ .retry_s = 900,
		.reply = REPLY(452, 4, 2, 1, "Over quota: of this hour") };
	client_open(sc, &h, PORT_HTTP);
	/* There is room for others: each is asked about. */
	for (unsigned i = 1; i <= 2; i++) {
		post(&h, "/v1/messages", KEY JSON, ONE);
		a = hear(&h);
		expect_status(a, 429, "Over quota: of this hour");
		assert_non_null(strstr(a->head, "\r\nRetry-After: 900\r\n"));
		assert_int_equal(sc->calls, i);
	}
	sc->said.full = 1;
	for (unsigned i = 0; i < 3; i++) {
		post(&h, "/v1/messages", KEY JSON, ONE);
		a = hear(&h);
		expect_status(a, 429, "Over quota: of this hour");
		assert_non_null(strstr(a->head, "\r\nRetry-After: 900\r\n"));
		assert_int_equal(sc->calls, 3);
	}
	enter(sc, &c);
	talk(&c, MAIL, "452 4.2.1 Over quota: of this hour");
	/* Until something changes. */
	ENGINE_SAYS(sc, changed, .version = 2);
	sc->said = (struct msg_submitted){ .retry_s = 0 };
	steps(sc, 5);
	talk(&c, MAIL, "250 ");
	post(&h, "/v1/messages", KEY JSON, ONE);
	expect_status(hear(&h), 202, "");
	assert_int_equal(sc->calls, 4);
	client_close(&c);
	client_close(&h);
	scene_free(sc);
}

TEST_MAIN(TEST(test_sessions), TEST(test_used_up))
