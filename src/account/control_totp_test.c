#include "account/control_totp.h"

#include "account/control_audit.h"
#include "account/control_own.h"
#include "account/totp.h"
#include "base/text.h"
#include "io/file.h"

#include "account/control_scene.h"

#include <errno.h>
#include <fcntl.h>

#define T0     INT64_C(1790000000000000)
#define MINUTE (INT64_C(60) * 1000000)

static uint8_t secret[TOTP_SECRET];
static json_t *recovery; /* the codes that were told last */
static int64_t ann;

static int64_t
add(const char *email, const char *role)
{
	const struct control_user_text t = {
		.email = str_z(email), .role = str_z(role), .enabled = -1
	};
	struct control_user u;
	json_t *j = NULL;

	assert_int_equal(control_user_add(c, 1, &t, &j), 0);
	json_decref(j);
	assert_int_equal(control_user_find(c, str_z(email), &u), 0);
	return u.id;
}

static int
up(void **unused)
{
	tables_up(unused);
	clock_fake(&c->clock, 1, T0);
	control_hostname(c, STR_LIT("mail.test"));
	account("shop");
	recovery = NULL;
	ann = add("ann@shop.test", "owner");
	return 0;
}

static int
down(void **unused)
{
	json_decref(recovery);
	return tables_down(unused);
}

/* What the app shows, so many steps from now. */
static const char *
code(int steps)
{
	static char text[TOTP_DIGITS + 1];

	snprintf(text, sizeof text, "%06u",
		totp_code(secret, (uint64_t)(clock_wall(&c->clock) / TOTP_STEP_US + steps)));
	return text;
}

/* One of the codes that nobody has just now. */
static const char *
wrong_code(void)
{
	static char text[TOTP_DIGITS + 1];

	for (unsigned n = 0;; n++) {
		snprintf(text, sizeof text, "%06u", n);
		if (totp_step(secret, clock_wall(&c->clock), 0, str_z(text)) == 0)
			return text;
	}
}

static void
pass(int64_t us)
{
	clock_pass(&c->clock, (uint64_t)us);
}

static void
begin(int64_t user)
{
	json_t *j = NULL;
	struct buf b;

	assert_int_equal(control_totp_begin(c, user, &j), 0);
	buf_init(&b, 100);
	assert_int_equal(
		text_b32_decode(&b, str_z(json_string_value(json_object_get(j, "secret")))), 0);
	assert_int_equal(b.n, TOTP_SECRET);
	memcpy(secret, b.p, TOTP_SECRET);
	assert_non_null(strstr(json_string_value(json_object_get(j, "uri")),
		"otpauth://totp/Facteur%20mail.test:"));
	buf_done(&b);
	json_decref(j);
}

static void
take_recovery(json_t *j)
{
	json_decref(recovery);
	recovery = json_incref(json_object_get(j, "recovery_codes"));
	json_decref(j);
	assert_int_equal(json_array_size(recovery), CONTROL_TOTP_RECOVERY);
}

static void
turn_on(int64_t user)
{
	json_t *j = NULL;

	begin(user);
	assert_int_equal(control_totp_confirm(c, user, str_z(code(0)), NULL, &j), 0);
	take_recovery(j);
	pass(MINUTE);
}

static bool
is_on(int64_t user)
{
	bool on = false;

	assert_int_equal(control_totp_is_on(c, user, &on), 0);
	return on;
}

static void
ask(char token[SESSION_TOKEN])
{
	int64_t expires;

	assert_int_equal(control_totp_ask(c, ann, token, &expires), 0);
	assert_int_equal(expires, clock_wall(&c->clock) + 5 * MINUTE);
}

static int
answer(const char *token, const char *text)
{
	bool by_recovery = false;
	int err = control_totp_answer(c, str_z(token), str_z(text), &by_recovery);

	assert_true(err || by_recovery == !totp_is_code(str_z(text)));
	return err;
}

/* Half a session for each try: what is tested is the code. */
static int
try_code(const char *text)
{
	char token[SESSION_TOKEN];

	ask(token);
	return answer(token, text);
}

static const char *
recovery_code(size_t i)
{
	return json_string_value(json_array_get(recovery, i));
}

static void
test_turning_on(void **unused)
{
	struct control_session s;
	char token[SESSION_TOKEN], kept[SESSION_TOKEN];
	uint8_t hash[32], keep[32];
	json_t *j = NULL;

	(void)unused;
	assert_int_equal(control_session_add(c, ann, STR_NONE, STR_NONE, token), 0);
	assert_int_equal(control_session_add(c, ann, STR_NONE, STR_NONE, kept), 0);
	session_token_hash(hash, keys.pepper, str_z(token));
	session_token_hash(keep, keys.pepper, str_z(kept));
	assert_int_equal(control_totp_confirm(c, ann, STR_LIT("123456"), keep, &j), -ENOENT);
	begin(ann);
	assert_false(is_on(ann));
	assert_int_equal(control_totp_confirm(c, ann, str_z(code(2)), keep, &j), -EACCES);
	assert_false(is_on(ann));
	assert_int_equal(control_session_find(c, hash, &s), 0);
	assert_false(s.totp);
	assert_int_equal(control_totp_confirm(c, ann, str_z(code(0)), keep, &j), 0);
	take_recovery(j);
	j = NULL;
	assert_true(is_on(ann));
	/* The others end, this one stays and knows. */
	assert_int_equal(control_session_find(c, hash, &s), -ENOENT);
	assert_int_equal(control_session_find(c, keep, &s), 0);
	assert_true(s.totp);
	assert_int_equal(control_totp_begin(c, ann, &j), -EEXIST);
	assert_int_equal(control_totp_confirm(c, ann, str_z(code(1)), keep, &j), -EEXIST);
	/* The code of the confirmation opens nothing more. */
	assert_int_equal(try_code(code(0)), -EACCES);
	assert_int_equal(control_totp_show(c, ann, &j), 0);
	assert_true(json_is_true(json_object_get(j, "on")));
	assert_int_equal(json_integer_value(json_object_get(j, "recovery_codes")), 10);
	json_decref(j);
	assert_int_equal(control_user_show(c, ann, &j), 0);
	assert_true(json_is_true(json_object_get(j, "totp")));
	json_decref(j);
}

/* What is begun is confirmed in time and with few guesses, or begun again. */
static void
test_pending(void **unused)
{
	json_t *j = NULL;

	(void)unused;
	begin(ann);
	for (int i = 0; i < CONTROL_TOTP_TRIES; i++)
		assert_int_equal(
			control_totp_confirm(c, ann, str_z(wrong_code()), NULL, &j), -EACCES);
	assert_int_equal(control_totp_confirm(c, ann, str_z(code(0)), NULL, &j), -ENOENT);
	begin(ann);
	pass(15 * MINUTE);
	assert_int_equal(control_totp_confirm(c, ann, str_z(code(0)), NULL, &j), -ENOENT);
	begin(ann);
	pass(15 * MINUTE - 1);
	assert_int_equal(control_totp_confirm(c, ann, str_z(code(0)), NULL, &j), 0);
	take_recovery(j);
}

/* One step early and late, no two; and none twice, nor one before the last. */
static void
test_codes(void **unused)
{
	static const struct {
		const char *name;
		int steps, pass, err;
	} table[] = {
		{ "two late", -2, 0, -EACCES },
		{ "one late", -1, 0, 0 },
		{ "again", -1, 0, -EACCES },
		{ "now", 0, 0, 0 },
		{ "again", 0, 0, -EACCES },
		{ "the one before, after it", -1, 0, -EACCES },
		{ "two early", 2, 0, -EACCES },
		{ "one early", 1, 0, 0 },
		{ "again, when it is the one of now", 0, 1, -EACCES },
		{ "the next", 0, 1, 0 },
	};

	(void)unused;
	turn_on(ann);
	TEST_EACH(row, table)
	{
		pass(row->pass * TOTP_STEP_US);
		assert_int_equal(try_code(code(row->steps)), row->err);
	}
}

static void
test_half(void **unused)
{
	char token[SESSION_TOKEN], other[SESSION_TOKEN];
	struct control_user u;
	uint8_t hash[32];
	struct control_session s;

	(void)unused;
	turn_on(ann);
	ask(token);
	assert_int_equal(control_totp_asked(c, str_z(token), &u), 0);
	assert_int_equal(u.id, ann);
	/* It is no session, and no link. */
	session_token_hash(hash, keys.pepper, str_z(token));
	assert_int_equal(control_session_find(c, hash, &s), -ENOENT);
	/* Five tries, then the right one comes too late. */
	for (int i = 0; i < CONTROL_TOTP_TRIES; i++)
		assert_int_equal(answer(token, wrong_code()), -EACCES);
	assert_int_equal(answer(token, code(0)), -ENOENT);
	/* Five minutes. */
	ask(token);
	pass(5 * MINUTE);
	assert_int_equal(answer(token, code(0)), -ENOENT);
	ask(token);
	pass(5 * MINUTE - 1);
	assert_int_equal(answer(token, code(0)), 0);
	/* Once. */
	assert_int_equal(answer(token, code(1)), -ENOENT);
	/* A new password ends it, and so do many others. */
	ask(token);
	assert_int_equal(control_user_password(c, ann, "HASH", NULL), 0);
	assert_int_equal(answer(token, code(1)), -ENOENT);
	ask(token);
	for (int i = 0; i < CONTROL_TOTP_HALVES; i++) {
		pass(1000);
		ask(other);
	}
	assert_int_equal(answer(token, code(1)), -ENOENT);
	assert_int_equal(answer(other, code(1)), 0);
	assert_int_equal(control_totp_asked(c, STR_NONE, &u), -ENOENT);
}

static void
test_recovery(void **unused)
{
	json_t *j = NULL;
	int64_t bob = add("bob@shop.test", "viewer");
	char his[TOTP_RECOVERY], old[TOTP_RECOVERY];

	(void)unused;
	turn_on(bob);
	(void)str_copy_z(his, sizeof his, str_z(recovery_code(0)));
	turn_on(ann);
	assert_int_equal(try_code(his), -EACCES);
	assert_int_equal(try_code(recovery_code(3)), 0);
	assert_int_equal(try_code(recovery_code(3)), -EACCES);
	assert_int_equal(control_totp_show(c, ann, &j), 0);
	assert_int_equal(json_integer_value(json_object_get(j, "recovery_codes")), 9);
	json_decref(j);
	/* New ones take the place of all. */
	(void)str_copy_z(old, sizeof old, str_z(recovery_code(0)));
	assert_int_equal(control_totp_renew(c, ann, str_z(wrong_code()), &j), -EACCES);
	assert_int_equal(control_totp_renew(c, ann, str_z(code(0)), &j), 0);
	take_recovery(j);
	assert_int_equal(try_code(old), -EACCES);
	assert_int_equal(try_code(recovery_code(9)), 0);
}

/* However slowly: a hundred in a row, and only a recovery code helps. */
static void
test_guessing_ends(void **unused)
{
	(void)unused;
	turn_on(ann);
	for (int i = 0; i < CONTROL_TOTP_WRONG - 1; i++)
		assert_int_equal(try_code(wrong_code()), -EACCES);
	assert_int_equal(try_code(code(0)), 0);
	for (int i = 0; i < CONTROL_TOTP_WRONG; i++)
		assert_int_equal(try_code(wrong_code()), -EACCES);
	assert_int_equal(try_code(code(1)), -EACCES);
	assert_non_null(strstr(control_error(c), "recovery code"));
	assert_int_equal(try_code(recovery_code(0)), 0);
	assert_int_equal(try_code(code(1)), 0);
}

static void
test_off(void **unused)
{
	int64_t gone;

	(void)unused;
	assert_int_equal(control_totp_off(c, ann, STR_LIT("123456")), -ENOENT);
	assert_int_equal(control_totp_remove(c, ann), -ENOENT);
	turn_on(ann);
	assert_int_equal(control_totp_off(c, ann, str_z(wrong_code())), -EACCES);
	assert_true(is_on(ann));
	assert_int_equal(control_totp_off(c, ann, str_z(code(0))), 0);
	assert_false(is_on(ann));
	turn_on(ann);
	assert_int_equal(control_totp_off(c, ann, str_z(recovery_code(1))), 0);
	turn_on(ann);
	assert_int_equal(control_totp_remove(c, ann), 0);
	assert_false(is_on(ann));
	/* Nothing of one who is gone is left. */
	gone = add("gone@shop.test", "viewer");
	turn_on(gone);
	assert_int_equal(control_user_remove(c, gone), 0);
	assert_false(is_on(gone));
}

/* A wrong code writes no row of the audit log, and is counted all the same. */
static void
test_audit(void **unused)
{
	const struct control_who who = { .kind = CONTROL_WHO_USER, .id = ann };
	const struct control_deed d = {
		.what = STR_LIT("users.totp_off"), .on = STR_NONE, .account = STR_NONE
	};
	struct control_page p = { .after = STR_NONE, .limit = 10 };
	json_t *j = NULL;

	(void)unused;
	turn_on(ann);
	control_who(c, &who);
	control_doing(c, &d);
	assert_int_equal(control_totp_off(c, ann, str_z(wrong_code())), -EACCES);
	assert_false(control_done(c));
	control_doing(c, &d);
	assert_int_equal(control_totp_off(c, ann, str_z(code(0))), 0);
	assert_true(control_done(c));
	control_who(c, NULL);
	assert_int_equal(control_audit_page(c, 1, false, &p, &j), 0);
	assert_int_equal(json_array_size(j), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(j, 0), "on")),
		"ann@shop.test");
	json_decref(j);
}

static bool
in_files(struct str s)
{
	static const char *const names[] = { "control.db", "control.db-wal" };
	char file[600];
	bool found = false;

	for (size_t i = 0; i < 2; i++) {
		struct buf b;
		int fd;
		long n;

		snprintf(file, sizeof file, "%s/%s", folder, names[i]);
		fd = file_open(file, O_RDONLY, 0);
		if (fd < 0)
			continue;
		buf_init(&b, 16u << 20);
		n = file_pread(fd, buf_room(&b, 8u << 20), 8u << 20, 0);
		assert_true(n >= 0);
		buf_added(&b, (size_t)n);
		found |= memmem(b.p, b.n, s.p, s.n) != NULL;
		buf_done(&b);
		file_close(fd);
	}
	return found;
}

/* Neither the bytes of the secret, nor its text, nor a recovery code; and a secret opens for
 * its user alone. */
static void
test_at_rest(void **unused)
{
	char plain[TOTP_RECOVERY], token[SESSION_TOKEN];
	int64_t bob = add("bob@shop.test", "viewer");
	struct buf b32;

	(void)unused;
	turn_on(ann);
	ask(token);
	buf_init(&b32, 100);
	assert_int_equal(text_b32(&b32, str_of(secret, TOTP_SECRET)), 0);
	assert_true(in_files(STR_LIT("ann@shop.test")));
	assert_false(in_files(str_of(secret, TOTP_SECRET)));
	assert_false(in_files(buf_str(&b32)));
	assert_false(in_files(str_z(token)));
	assert_false(in_files(str_z(recovery_code(0))));
	assert_true(totp_recovery_read(str_z(recovery_code(0)), plain));
	assert_false(in_files(str_z(plain)));
	buf_done(&b32);
	assert_int_equal(store_run(c->store, "UPDATE totp SET user_id = ? WHERE user_id = ?",
				 NULL, NULL, "ii", bob, ann),
		0);
	assert_int_equal(control_totp_off(c, bob, str_z(code(0))), -EIO);
}

#define TOTP_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

TEST_MAIN(TOTP_TEST(test_turning_on), TOTP_TEST(test_pending), TOTP_TEST(test_codes),
	TOTP_TEST(test_half), TOTP_TEST(test_recovery), TOTP_TEST(test_guessing_ends),
	TOTP_TEST(test_off), TOTP_TEST(test_audit), TOTP_TEST(test_at_rest))
