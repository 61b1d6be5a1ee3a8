/* Sign-in in desk: guesses, what is answered to whom, the row before the change. The edge and
 * the engine are played by the test. */
#include "account/totp.h"
#include "base/text.h"
#include "role/desk_call_scene.h"
#include "wire/typed_id.h"

#include <sodium.h>
#include <unistd.h>

#define PASSWORD "a sentence that nobody guesses"

static int
up(void **state)
{
	(void)state;
	call_scene_open();
	e.sessions = true;
	s.desk->control->clock = s.clock;
	account_add("shop");
	return 0;
}

/* A fast one: what is tested is not how long it takes. */
static int64_t
person(uint32_t tenant, const char *email, const char *role)
{
	const struct control_user_text t = {
		.email = str_z(email), .role = str_z(role), .enabled = -1
	};
	char hash[crypto_pwhash_STRBYTES];
	struct control_user u;
	json_t *j = NULL;

	assert_int_equal(crypto_pwhash_str(hash, PASSWORD, strlen(PASSWORD),
				 crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN),
		0);
	assert_int_equal(control_user_add(s.desk->control, tenant, &t, &j), 0);
	json_decref(j);
	assert_int_equal(control_user_find(s.desk->control, str_z(email), &u), 0);
	assert_int_equal(control_user_password(s.desk->control, u.id, hash, NULL), 0);
	return u.id;
}

/* Until it is answered, however long it is held back; how long, in µs. */
static uint64_t
hear(void)
{
	uint64_t held = 0;

	for (unsigned before = e.n; e.n == before;) {
		assert_true(held < 10000000);
		turn(&s);
		if (e.n > before)
			break;
		clock_pass(&s.clock, 10000);
		held += 10000;
	}
	return held;
}

static uint64_t
sign_in(const char *email, const char *password, uint64_t network)
{
	char json[400];

	snprintf(json, sizeof json, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
	say(&(struct msg_call){ .seq = 1,
		.route = number_of(API_SESSION_OPEN),
		.network = network,
		.client = STR_LIT("192.0.2.1"),
		.json = str_z(json) });
	return hear();
}

static void
expect_at(unsigned status, const char *inside, int line)
{
	if (e.called.status == status && has(e.called.body, inside))
		return;
	fprintf(stderr, "line %d: want %u with %s, got %u %.*s\n", line, status, inside,
		e.called.status, STR_ARG(e.called.body));
	fail();
}
#define expect(status, inside) expect_at((status), (inside), __LINE__)

static void
test_sign_in(void **state)
{
	static const struct {
		const char *name, *email, *password;
		unsigned status;
	} table[] = {
		{ "right", "ann@shop.test", PASSWORD, 200 },
		{ "other case", " Ann@SHOP.test", PASSWORD, 200 },
		{ "wrong", "ann@shop.test", PASSWORD "x", 401 },
		{ "nobody", "bob@shop.test", PASSWORD, 401 },
		{ "no address", "ann", PASSWORD, 401 },
		{ "an id", "usr_aaaaaaaaaaaaaaaaaaaaaaaaaa", PASSWORD, 401 },
		{ "no password yet", "new@shop.test", "", 422 },
		{ "invited", "new@shop.test", "x", 401 },
		{ "empty", "", PASSWORD, 422 },
	};
	const struct control_user_text t = {
		.email = STR_LIT("new@shop.test"), .role = STR_LIT("viewer"), .enabled = -1
	};
	json_t *j = NULL;
	uint64_t network = 1;

	(void)state;
	person(1, "ann@shop.test", "developer");
	assert_int_equal(control_user_add(s.desk->control, 1, &t, &j), 0);
	json_decref(j);
	TEST_EACH(row, table)
	{
		(void)sign_in(row->email, row->password, network++);
		assert_int_equal(e.called.status, row->status);
		assert_int_equal(e.called.session.n, row->status == 200 ? 43 : 0);
		if (row->status == 401)
			expect(401, "The e-mail or the password is wrong.");
	}
}

/* Known or not: the same answers, held back alike, and a lock of the pair. */
static void
test_guesses(void **state)
{
	static const char *const emails[] = { "ann@shop.test", "nobody@shop.test" };
	uint64_t held[2][10];

	(void)state;
	person(1, "ann@shop.test", "developer");
	for (size_t who = 0; who < 2; who++) {
		for (size_t i = 0; i < 10; i++) {
			held[who][i] = sign_in(emails[who], "wrong", 7 + who);
			expect(401, "wrong");
		}
		/* The right one too, from there; and from elsewhere it opens. */
		(void)sign_in(emails[who], PASSWORD, 7 + who);
		expect(429, "Too many wrong attempts");
		assert_in_range(e.called.retry_s, 800, 901);
	}
	assert_memory_equal(held[0], held[1], sizeof held[0]);
	assert_int_equal(held[0][0], 0);
	assert_in_range(held[0][9], 3900000, 4100000);
	(void)sign_in("ann@shop.test", PASSWORD, 9);
	expect(200, "\"csrf\"");
	clock_pass(&s.clock, UINT64_C(16) * 60 * 1000000);
	(void)sign_in("ann@shop.test", PASSWORD, 7);
	expect(200, "\"csrf\"");
}

/* A password that is changed while it is looked at opens nothing any more. */
static void
test_changed_meanwhile(void **state)
{
	int64_t ann = person(1, "ann@shop.test", "developer");

	(void)state;
	/* With a thread of its own, as where desk is a process. */
	desk_people_free(s.desk);
	s.env.one = false;
	desk_people_new(s.desk);
	say(&(struct msg_call){ .seq = 1,
		.route = number_of(API_SESSION_OPEN),
		.network = 1,
		.json = STR_LIT(
			"{\"email\":\"ann@shop.test\",\"password\":\"" PASSWORD "\"}") });
	/* One to write and one to read: what the thread says would be heard by a third. */
	loop_step(s.loop, 0);
	loop_step(s.loop, 0);
	assert_int_equal(e.n, 0);
	assert_int_equal(control_user_password(s.desk->control, ann, "OTHER", NULL), 0);
	for (unsigned i = 0; i < 10000 && e.n == 0; i++) {
		loop_step(s.loop, 0);
		usleep(1000);
	}
	expect(401, "The e-mail or the password is wrong.");
	assert_int_equal(e.called.session.n, 0);
}

/* Four of a network wait for the thread, sixteen of all. */
static void
test_bounds(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 30; i++)
		say(&(struct msg_call){ .seq = i,
			.route = number_of(API_SESSION_OPEN),
			.network = i < 6 ? 1 : 10 + i,
			.json = STR_LIT("{\"email\":\"a@b.test\",\"password\":\"x\"}") });
	for (unsigned n = 0; n < 30;) {
		unsigned before = e.n;

		loop_step(s.loop, 0);
		if (e.n == before) {
			clock_pass(&s.clock, 10000);
			continue;
		}
		n += e.n - before;
	}
	assert_in_range(e.busy, 2, 14);
	/* Whoever leaves is forgotten. */
	say(&(struct msg_call){ .seq = 99,
		.route = number_of(API_SESSION_OPEN),
		.network = 99,
		.json = STR_LIT("{\"email\":\"a@b.test\",\"password\":\"x\"}") });
	loop_step(s.loop, 0);
}

static void
who(const uint8_t hash[32], const char *account)
{
	struct msg_session m = { .seq = 5, .account = str_z(account) };
	struct buf b;

	memcpy(m.hash.b, hash, 32);
	buf_init(&b, 4096);
	assert_int_equal(msg_session_write(&b, &m), 0);
	channel_force(e.channel, MSG_session, buf_str(&b));
	buf_done(&b);
	(void)hear();
	assert_int_equal(e.sessioned.seq, 5);
}

static void
test_who(void **state)
{
	static const struct {
		const char *name, *role, *account;
		uint32_t of;
		unsigned status, scopes;
		uint32_t tenant;
	} table[] = {
		{ "a viewer", "viewer", "", 1, 200, SCOPE_READ, 1 },
		{ "his own named", "viewer", "shop", 1, 200, SCOPE_READ, 1 },
		{ "another named", "owner", "other", 1, 404, 0, 0 },
		{ "none named", "owner", "nobody", 1, 404, 0, 0 },
		{ "the service's", "operator", "", 0, 200, SCOPE_ALL, 0 },
		{ "of an account", "operator", "other", 0, 200, SCOPE_ALL, 2 },
		{ "a suspended one", "operator", "bad", 0, 200, SCOPE_ALL & ~SCOPE_SEND, 3 },
		{ "in a suspended one", "owner", "", 3, 200, SCOPE_READ, 3 },
		{ "its marketer", "marketer", "", 3, 200, SCOPE_READ, 3 },
		{ "abuse", "abuse_officer", "shop", 0, 200, SCOPE_READ | SCOPE_SUPPRESS, 1 },
		{ "the system", "operator", "system", 0, 404, 0, 0 },
	};
	struct control *c = s.desk->control;
	uint8_t hash[32] = { 1 };
	char token[SESSION_TOKEN], email[40];

	(void)state;
	account_add("other");
	account_add("bad");
	assert_int_equal(control_account_state(c, STR_LIT("bad"), STR_LIT("suspended")), 0);
	who(hash, "");
	assert_int_equal(e.sessioned.status, 401);
	TEST_EACH(row, table)
	{
		int64_t user;

		snprintf(email, sizeof email, "p%zu@lab.test", (size_t)(row - table));
		user = person(row->of, email, row->role);
		assert_int_equal(control_session_add(c, user, STR_NONE, STR_NONE, token), 0);
		session_token_hash(hash, s.env.keys.pepper, str_z(token));
		who(hash, row->account);
		assert_int_equal(e.sessioned.status, row->status);
		if (row->status != 200)
			continue;
		assert_int_equal(e.sessioned.scopes, row->scopes);
		assert_int_equal(e.sessioned.role,
			row->of == 3 ? USER_VIEWER : user_role_of(str_z(row->role)));
		assert_int_equal(e.sessioned.tenant, row->tenant);
		assert_int_equal(e.sessioned.user, user);
		assert_int_equal(e.sessioned.platform, row->of == 0);
		/* It counts with the next question. */
		assert_int_equal(control_session_end(c, hash), 0);
		who(hash, row->account);
		assert_int_equal(e.sessioned.status, 401);
	}
}

/* ---- the second factor */

static uint8_t secret[TOTP_SECRET];
static char recovery[TOTP_RECOVERY];

static const char *
code(int steps)
{
	static char text[TOTP_DIGITS + 1];
	int64_t step = clock_wall(&s.desk->control->clock) / TOTP_STEP_US + steps;

	snprintf(text, sizeof text, "%06u", totp_code(secret, (uint64_t)step));
	return text;
}

/* Never the right one, nor one beside it. */
static const char *
wrong_code(void)
{
	static char text[TOTP_DIGITS + 1];

	for (unsigned n = 0;; n++) {
		snprintf(text, sizeof text, "%06u", n);
		if (!totp_step(secret, clock_wall(&s.desk->control->clock), 0, str_z(text)))
			return text;
	}
}

static void
say_json(enum api_op op, int64_t user, uint64_t network, const char *json)
{
	say(&(struct msg_call){ .seq = 1,
		.route = number_of(op),
		.network = network,
		.user = (uint64_t)user,
		.tenant = 1,
		.role = user ? USER_DEVELOPER : USER_NONE,
		.client = STR_LIT("192.0.2.1"),
		.json = str_z(json) });
}

static const char *
said(const char *name)
{
	static char text[100];
	json_error_t error;
	json_t *j = json_loadb(e.called.body.p, e.called.body.n, 0, &error);
	const json_t *v = json_object_get(j, name);

	if (json_is_array(v))
		v = json_array_get(v, 0);
	snprintf(text, sizeof text, "%s", json_is_string(v) ? json_string_value(v) : "");
	json_decref(j);
	return text;
}

/* As a person does it: password, the app's secret, its first code. */
static void
turn_on(int64_t user)
{
	char json[100];
	struct buf b;

	say_json(API_TOTP_BEGIN, user, 1, "{\"password\":\"" PASSWORD "\"}");
	(void)hear();
	expect(201, "otpauth://totp/");
	buf_init(&b, 100);
	assert_int_equal(text_b32_decode(&b, str_z(said("secret"))), 0);
	memcpy(secret, b.p, TOTP_SECRET);
	buf_done(&b);
	snprintf(json, sizeof json, "{\"code\":\"%s\"}", code(0));
	say_json(API_TOTP_CONFIRM, user, 1, json);
	(void)hear();
	expect(200, "recovery_codes");
	(void)str_copy_z(recovery, sizeof recovery, str_z(said("recovery_codes")));
	clock_pass(&s.desk->control->clock, UINT64_C(60) * 1000000);
}

static void
give(const char *token, const char *text, uint64_t network)
{
	char json[200];

	snprintf(json, sizeof json, "{\"token\":\"%s\",\"code\":\"%s\"}", token, text);
	say_json(API_SESSION_CODE, 0, network, json);
	(void)hear();
}

/* The right password, then this code. */
static void
sign_in_with(const char *text, uint64_t network)
{
	char token[SESSION_TOKEN];

	(void)sign_in("ann@shop.test", PASSWORD, network);
	expect(202, "\"second_factor\":\"totp\"");
	assert_int_equal(e.called.session.n, 0);
	(void)str_copy_z(token, sizeof token, str_z(said("token")));
	give(token, text, network);
}

static void
test_second_factor(void **state)
{
	int64_t ann = person(1, "ann@shop.test", "developer");

	(void)state;
	turn_on(ann);
	/* Nothing shows before the password is right. */
	(void)sign_in("ann@shop.test", "wrong", 2);
	expect(401, "The e-mail or the password is wrong.");
	sign_in_with(code(0), 3);
	expect(200, "\"totp\":true");
	assert_int_equal(e.called.session.n, 43);
	sign_in_with(code(0), 4);
	expect(401, "used already");
	assert_int_equal(e.called.session.n, 0);
	sign_in_with(recovery, 5);
	expect(200, "\"csrf\"");
	sign_in_with(recovery, 6);
	expect(401, "used already");
	give("no token of ours", code(1), 7);
	expect(410, "begin again");
	give("", "", 7);
	expect(422, "missing");
}

/* Who knows the password does not clear the count of his guesses by it, and has as few. */
static void
test_guessed_codes(void **state)
{
	int64_t ann = person(1, "ann@shop.test", "developer");

	(void)state;
	turn_on(ann);
	for (int i = 0; i < 10; i++) {
		sign_in_with(wrong_code(), 7);
		expect(401, "The code is wrong");
	}
	(void)sign_in("ann@shop.test", PASSWORD, 7);
	expect(429, "Too many wrong attempts");
	sign_in_with(code(0), 8);
	expect(200, "\"csrf\"");
}

/* A link sets a password, and is one factor as well. */
static void
test_link_and_factor(void **state)
{
	int64_t ann = person(1, "ann@shop.test", "developer");
	char json[300], token[SESSION_TOKEN];
	json_t *j = NULL;

	(void)state;
	turn_on(ann);
	assert_int_equal(control_link_make(s.desk->control, ann, &j), 0);
	snprintf(json, sizeof json, "{\"token\":\"%s\",\"password\":\"another sentence\"}",
		strrchr(json_string_value(json_object_get(j, "link")), '/') + 1);
	json_decref(j);
	say_json(API_SESSION_LINK, 0, 1, json);
	(void)hear();
	expect(202, "\"second_factor\"");
	assert_int_equal(e.called.session.n, 0);
	(void)str_copy_z(token, sizeof token, str_z(said("token")));
	give(token, code(0), 1);
	expect(200, "\"csrf\"");
}

/* What is done to it: with the password, and with a code; each has its row. */
static void
test_own_factor(void **state)
{
	int64_t ann = person(1, "ann@shop.test", "developer");
	const struct {
		const char *name;
		enum api_op op;
		const char *password, *code;
		int steps; /* the app's code from now on; -1: `code` as it is */
		unsigned status;
		const char *inside;
	} table[] = {
		{ "nobody", API_TOTP, NULL, NULL, -1, 401, "Sign in" },
		{ "nothing pending", API_TOTP_CONFIRM, "", "123456", -1, 410, "begin again" },
		{ "no password", API_TOTP_BEGIN, "", "", -1, 422, "missing" },
		{ "a wrong one", API_TOTP_BEGIN, "wrong", "", -1, 403, "password" },
		{ "on", 0, NULL, NULL, -1, 0, "" },
		{ "again", API_TOTP_BEGIN, PASSWORD, "", -1, 409, "already" },
		{ "new codes: no code", API_TOTP_RENEW, PASSWORD, "", -1, 422, "code" },
		{ "new codes: wrong password", API_TOTP_RENEW, "wrong", "123456", -1, 403,
			"password" },
		{ "new codes: wrong code", API_TOTP_RENEW, PASSWORD, "000", -1, 403,
			"The code" },
		{ "new codes", API_TOTP_RENEW, PASSWORD, NULL, 0, 200, "recovery_codes" },
		{ "how it is", API_TOTP, "", "", -1, 200, "\"recovery_codes\":10" },
		{ "off: the same code", API_TOTP_OFF, PASSWORD, NULL, 0, 403, "used already" },
		{ "off", API_TOTP_OFF, PASSWORD, NULL, 1, 204, "" },
		{ "it is off", API_TOTP, "", "", -1, 200, "\"on\":false" },
	};
	struct control_page p = { .after = STR_NONE, .limit = 20 };
	char json[200], what[200] = "";
	json_t *list = NULL, *row;
	size_t i;

	(void)state;
	TEST_EACH(r, table)
	{
		if (!r->op) {
			turn_on(ann);
			continue;
		}
		snprintf(json, sizeof json, "{\"password\":\"%s\",\"code\":\"%s\"}",
			r->password ? r->password : "",
			r->steps >= 0 ? code(r->steps)
			: r->code     ? r->code
				      : "");
		say_json(r->op, r->password ? ann : 0, 1, json);
		(void)hear();
		if (*r->inside)
			expect(r->status, r->inside);
		assert_int_equal(e.called.status, r->status);
	}
	assert_int_equal(control_audit_page(s.desk->control, 1, false, &p, &list), 0);
	json_array_foreach(list, i, row)
	{
		size_t n = strlen(what);

		snprintf(what + n, sizeof what - n, "%s ",
			json_string_value(json_object_get(row, "what")));
	}
	json_decref(list);
	assert_string_equal(what, "users.totp_off users.totp_recovery users.totp_on "
				  "users.totp_begin ");
}

/* Where it is required, who has none may do nothing but turn it on. */
static void
test_required(void **state)
{
	static const struct {
		const char *name, *totp;
		uint32_t of;
		bool on;
		unsigned scopes;
	} table[] = {
		{ "each as he likes", "optional", 1, false,
			SCOPE_READ | SCOPE_SEND | SCOPE_MANAGE | SCOPE_SUPPRESS },
		{ "an account's", "service", 1, false,
			SCOPE_READ | SCOPE_SEND | SCOPE_MANAGE | SCOPE_SUPPRESS },
		{ "the service's own", "service", 0, false, 0 },
		{ "everybody", "required", 1, false, 0 },
		{ "who has one", "required", 1, true,
			SCOPE_READ | SCOPE_SEND | SCOPE_MANAGE | SCOPE_SUPPRESS },
	};
	struct config changed = *s.desk->config;
	const struct config *before = s.desk->config;
	char token[SESSION_TOKEN], email[40];
	uint8_t hash[32];

	(void)state;
	s.desk->config = &changed;
	TEST_EACH(row, table)
	{
		int64_t user;

		changed.console.totp = STR_LIT("optional");
		snprintf(email, sizeof email, "p%zu@lab.test", (size_t)(row - table));
		user = person(row->of, email, row->of ? "developer" : "operator");
		if (row->on)
			turn_on(user);
		changed.console.totp = str_z(row->totp);
		assert_int_equal(
			control_session_add(s.desk->control, user, STR_NONE, STR_NONE, token),
			0);
		session_token_hash(hash, s.env.keys.pepper, str_z(token));
		who(hash, "");
		assert_int_equal(e.sessioned.status, 200);
		assert_int_equal(e.sessioned.scopes, row->scopes);
		assert_int_equal(e.sessioned.role == USER_NONE, row->scopes == 0);
	}
	s.desk->config = before;
}

/* Of no account a user of the service gets nothing that is an account's, whatever an edge lets
 * through; and what the engine changes has its row first. */
static void
test_last_line(void **state)
{
	struct msg_call m = { .seq = 1,
		.route = number_of(API_WEBHOOKS),
		.user = (uint64_t)person(0, "op@lab.test", "operator"),
		.role = USER_OPERATOR,
		.platform = 1,
		.scopes = SCOPE_ALL };

	(void)state;
	say(&m);
	(void)hear();
	expect(404, "no such thing");
	buf_clear(&s.asked);
	run_sql(&s, "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, "
		    "'x'); END");
	m.route = number_of(API_SUPPRESSION_ADD);
	m.tenant = 1;
	m.json = STR_LIT("{\"address\":\"a@b.test\"}");
	say(&m);
	(void)hear();
	expect(503, "audit log cannot be written");
	assert_int_equal(s.asked.n, 0);
	run_sql(&s, "DROP TRIGGER full");
	say(&m);
	(void)hear();
	assert_true(s.asked.n > 0);
}

/* Of what takes its time only a few are under way; the others are told when to come back. */
static void
test_come_back(void **state)
{
	(void)state;
	s.desk->ndoctors = 2;
	say(&(struct msg_call){
		.seq = 1, .route = number_of(API_DOCTOR), .platform = 1, .scopes = SCOPE_ALL });
	(void)hear();
	expect(429, "try again in a minute");
	assert_int_equal(e.called.retry_s, 60);
	s.desk->ndoctors = 0;
}

#define DESK_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, call_scene_close)

/* What an answer tells, and a refusal, in the language of the caller. */
static void
test_language(void **state)
{
	static const struct caller key = { .tenant = 1 };
	static const struct {
		const char *name;
		enum api_op op;
		uint8_t french;
		uint16_t status;
		const char *said;
	} table[] = {
		{ "told", API_STATUS, 0, 200,
			"\"reason\":\"The engine reads the queue or drains: no mail is "
			"accepted.\"" },
		{ "told, in French", API_STATUS, 1, 200,
			"\"reason\":\"Le moteur lit la file d'attente ou s'arrête : aucun "
			"courrier n'est accepté.\"" },
		{ "refused", API_DOMAIN, 0, 404,
			"\"detail\":\"There is no such thing in this account.\"" },
		{ "refused, in French", API_DOMAIN, 1, 404,
			"\"title\":\"Cela n'existe pas\",\"status\":404,\"detail\":\"Ce compte "
			"n'a rien de tel.\"" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct msg_call m = call_of(&key, row->op);
		struct msg_text no = { STR_LIT("no.test") };

		m.french = row->french;
		m.params = (struct msg_texts){ &no, 1 };
		say_and_hear(&m);
		assert_int_equal(e.called.status, row->status);
		if (str_find_str(e.called.body, str_z(row->said)) == e.called.body.n)
			fail_msg("%.*s", STR_ARG(e.called.body));
	}
}

TEST_MAIN(DESK_TEST(test_come_back), DESK_TEST(test_sign_in), DESK_TEST(test_guesses),
	DESK_TEST(test_changed_meanwhile), DESK_TEST(test_bounds), DESK_TEST(test_who),
	DESK_TEST(test_last_line), DESK_TEST(test_language), DESK_TEST(test_second_factor),
	DESK_TEST(test_guessed_codes), DESK_TEST(test_link_and_factor),
	DESK_TEST(test_own_factor), DESK_TEST(test_required))
