#include "people/suppress.h"

#include "base/mem.h"
#include "base/test.h"
#include "io/random.h"

#include <errno.h>

static void
test_address(void **state)
{
	static const struct {
		const char *name, *in, *want; /* NULL: refused */
	} table[] = {
		{ "as it is", "ada@shop.test", "ada@shop.test" },
		{ "capitals", "Ada.Lovelace@SHOP.Test", "ada.lovelace@shop.test" },
		{ "tag", "ada+News@shop.test", "ada+news@shop.test" },
		{ "A-labels",
			"ada@B\xc3\xbc"
			"cher.test",
			"ada@xn--bcher-kva.test" },
		{ "UTF-8 local part", "\xc3\x89lodie@shop.test", "\xc3\x89lodie@shop.test" },
		{ "quoted @", "\"a@B\"@shop.test", "\"a@b\"@shop.test" },
		{ "literal", "a@[192.0.2.1]", "a@[192.0.2.1]" },
		{ "no domain", "ada@", NULL },
		{ "no local part", "@shop.test", NULL },
		{ "no @", "ada", NULL },
		{ "empty", "", NULL },
	};
	char dst[SUPPRESS_ADDRESS_SIZE], tall[400];
	struct str got;

	(void)state;
	TEST_EACH(row, table)
	{
		int err = suppress_address(dst, str_z(row->in), &got);

		assert_int_equal(err, row->want ? 0 : -EINVAL);
		if (row->want)
			assert_str(got, row->want);
	}
	memset(tall, 'a', sizeof tall);
	tall[318] = '@';
	assert_int_equal(suppress_address(dst, str_of(tall, 320), &got), 0);
	assert_int_equal(suppress_address(dst, str_of(tall, 321), &got), -EINVAL);
}

/* As mail may have it, and back. */
static void
test_other_spelling(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "U-labels", "ada@xn--bcher-kva.test",
			"ada@b\xc3\xbc"
			"cher.test" },
		{ "none", "ada@shop.test", NULL },
		{ "literal", "a@[192.0.2.1]", NULL },
		{ "no such label", "a@xn--0.test", NULL },
		{ "no @", "ada", NULL },
	};
	char dst[SUPPRESS_ADDRESS_SIZE], again[SUPPRESS_ADDRESS_SIZE];
	struct str got;

	(void)state;
	TEST_EACH(row, table)
	{
		bool other = suppress_address_unicode(dst, str_z(row->in), &got);

		assert_int_equal(other, row->want != NULL);
		if (!row->want)
			continue;
		assert_str(got, row->want);
		assert_int_equal(suppress_address(again, got, &got), 0);
		assert_str(got, row->in);
	}
}

static void
test_names(void **state)
{
	uint8_t v;

	(void)state;
	for (unsigned i = 1; i < SUPPRESS_REASONS; i++) {
		assert_int_equal(suppress_reason_of(str_z(suppress_reason_name(i)), &v), 0);
		assert_int_equal(v, i);
	}
	for (unsigned i = 0; i < SUPPRESS_SCOPES; i++) {
		if (!suppress_scope_is_one(i))
			continue;
		assert_int_equal(suppress_scope_of(str_z(suppress_scope_name(i)), &v), 0);
		assert_int_equal(v, i);
	}
	assert_int_equal(suppress_reason_of(STR_LIT("?"), &v), -EINVAL);
	assert_int_equal(suppress_scope_of(STR_LIT("any"), &v), -EINVAL);
	assert_int_equal(suppress_scope_of(STR_LIT("?"), &v), -EINVAL);
	assert_int_equal(suppress_scope_of(STR_LIT("tracking"), &v), 0);
	/* As journals and tables have it. */
	assert_int_equal(v, 4);
	assert_int_equal(SUPPRESS_ANY_SCOPE, 3);
	assert_string_equal(suppress_reason_name(SUPPRESS_REASONS), "?");
}

#define A STR_LIT("ada@shop.test")
#define CH(gone, sc, re, te)                                                                   \
	{                                                                                      \
		.remove = (gone), .scope = (sc), .reason = (re), .tenant = (te), .address = A  \
	}

/* What each change answers, and what then may not go: tenant 1, both streams. */
static void
test_scopes(void **state)
{
	static const struct {
		const char *name;
		struct suppress_change c;
		int want;
		enum suppress_reason transactional, broadcast;
	} table[] = {
		{ "unsubscribe", CH(false, SUPPRESS_BROADCAST, SUPPRESS_UNSUBSCRIBE, 1), 1, 0,
			SUPPRESS_UNSUBSCRIBE },
		{ "twice", CH(false, SUPPRESS_BROADCAST, SUPPRESS_UNSUBSCRIBE, 1), 0, 0,
			SUPPRESS_UNSUBSCRIBE },
		{ "another tenant's", CH(false, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 2), 1, 0,
			SUPPRESS_UNSUBSCRIBE },
		{ "bounce", CH(false, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 1), 1,
			SUPPRESS_HARD_BOUNCE, SUPPRESS_HARD_BOUNCE },
		{ "one reason goes", CH(true, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 1), 1, 0,
			SUPPRESS_UNSUBSCRIBE },
		{ "not there", CH(true, SUPPRESS_ALL, SUPPRESS_MANUAL, 1), 0, 0,
			SUPPRESS_UNSUBSCRIBE },
		{ "another scope", CH(true, SUPPRESS_ALL, SUPPRESS_ANY_REASON, 1), 0, 0,
			SUPPRESS_UNSUBSCRIBE },
		{ "complaint", CH(false, SUPPRESS_TRANSACTIONAL, SUPPRESS_COMPLAINT, 1), 1,
			SUPPRESS_COMPLAINT, SUPPRESS_UNSUBSCRIBE },
		{ "all goes", CH(true, SUPPRESS_ANY_SCOPE, SUPPRESS_ANY_REASON, 1), 1, 0, 0 },
		{ "nothing left", CH(true, SUPPRESS_ANY_SCOPE, SUPPRESS_ANY_REASON, 1), 0, 0,
			0 },
	};
	struct suppress *s = suppress_new(10);

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(suppress_apply(s, &row->c), row->want);
		assert_int_equal(suppress_has(s, 1, 0, A), row->transactional);
		assert_int_equal(suppress_has(s, 1, 1, A), row->broadcast);
	}
	assert_int_equal(suppress_has(s, 2, 1, A), SUPPRESS_HARD_BOUNCE);
	assert_int_equal(
		suppress_why(s,
			&(struct suppress_asker){ 2, 1, 1u << SUPPRESS_COMPLAINT, false, 0 },
			A),
		SUPPRESS_HARD_BOUNCE);
	assert_int_equal(
		suppress_why(s,
			&(struct suppress_asker){ 2, 1, 1u << SUPPRESS_HARD_BOUNCE, false, 0 },
			A),
		SUPPRESS_ANY_REASON);
	assert_int_equal(suppress_count(s), 1);
	suppress_free(&s);
	assert_null(s);
}

/* A group's entry holds back mail of that group alone, and goes only by its name. */
static void
test_groups(void **state)
{
#define OF(gone, gr, sc, re)                                                                   \
	{                                                                                      \
		.remove = (gone), .group = (gr), .scope = (sc), .reason = (re), .tenant = 1,   \
		.address = A                                                                   \
	}
	static const struct {
		const char *name;
		struct suppress_change c;
		int want;
		enum suppress_reason none, seven, eight; /* mail without a group, of 7, of 8 */
	} table[] = {
		{ "of 7", OF(false, 7, SUPPRESS_ALL, SUPPRESS_UNSUBSCRIBE), 1, 0,
			SUPPRESS_UNSUBSCRIBE, 0 },
		{ "twice", OF(false, 7, SUPPRESS_ALL, SUPPRESS_UNSUBSCRIBE), 0, 0,
			SUPPRESS_UNSUBSCRIBE, 0 },
		{ "all of none", OF(true, 0, SUPPRESS_ANY_SCOPE, SUPPRESS_ANY_REASON), 0, 0,
			SUPPRESS_UNSUBSCRIBE, 0 },
		{ "of 8", OF(false, 8, SUPPRESS_ALL, SUPPRESS_MANUAL), 1, 0,
			SUPPRESS_UNSUBSCRIBE, SUPPRESS_MANUAL },
		{ "of none", OF(false, 0, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE), 1,
			SUPPRESS_HARD_BOUNCE, SUPPRESS_HARD_BOUNCE, SUPPRESS_HARD_BOUNCE },
		{ "all of 7 go", OF(true, 7, SUPPRESS_ANY_SCOPE, SUPPRESS_ANY_REASON), 1,
			SUPPRESS_HARD_BOUNCE, SUPPRESS_HARD_BOUNCE, SUPPRESS_HARD_BOUNCE },
		{ "that of none goes", OF(true, 0, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE), 1, 0, 0,
			SUPPRESS_MANUAL },
		{ "another reason of 8", OF(true, 8, SUPPRESS_ALL, SUPPRESS_UNSUBSCRIBE), 0, 0,
			0, SUPPRESS_MANUAL },
		{ "8 goes", OF(true, 8, SUPPRESS_ALL, SUPPRESS_MANUAL), 1, 0, 0, 0 },
	};
	struct suppress *s = suppress_new(10);

	(void)state;
	TEST_EACH(row, table)
	{
		struct suppress_asker who = { .tenant = 1, .stream = 1 };

		assert_int_equal(suppress_apply(s, &row->c), row->want);
		assert_int_equal(suppress_why(s, &who, A), row->none);
		who.group = 7;
		assert_int_equal(suppress_why(s, &who, A), row->seven);
		who.group = 8;
		assert_int_equal(suppress_why(s, &who, A), row->eight);
		who.passes = 1u << SUPPRESS_HARD_BOUNCE | 1u << SUPPRESS_MANUAL;
		if (row->eight == SUPPRESS_MANUAL)
			assert_int_equal(suppress_why(s, &who, A), SUPPRESS_MANUAL);
		who.group_passes = true;
		assert_int_equal(suppress_why(s, &who, A), 0);
		who = (struct suppress_asker){ .tenant = 2, .group = 7 };
		assert_int_equal(suppress_why(s, &who, A), 0);
	}
	assert_int_equal(suppress_count(s), 0);
	suppress_free(&s);
}

/* A withdrawal of consent stops no mail, and what brings mail back does not end it. */
static void
test_tracking(void **state)
{
	static const struct {
		const char *name;
		struct suppress_change c;
		int want;
		bool tracking;
		enum suppress_reason mail;
		size_t count; /* of tenant 1 */
	} table[] = {
		{ "withdrawn", CH(false, SUPPRESS_TRACKING, SUPPRESS_UNSUBSCRIBE, 1), 1, true,
			0, 1 },
		{ "twice", CH(false, SUPPRESS_TRACKING, SUPPRESS_UNSUBSCRIBE, 1), 0, true, 0,
			1 },
		{ "for another reason", CH(false, SUPPRESS_TRACKING, SUPPRESS_MANUAL, 1), 1,
			true, 0, 1 },
		{ "another tenant's", CH(false, SUPPRESS_TRACKING, SUPPRESS_MANUAL, 0), 1, true,
			0, 1 },
		{ "mail too", CH(false, SUPPRESS_ALL, SUPPRESS_MANUAL, 1), 1, true,
			SUPPRESS_MANUAL, 1 },
		{ "mail again", CH(true, SUPPRESS_ANY_SCOPE, SUPPRESS_ANY_REASON, 1), 1, true,
			0, 1 },
		{ "one reason goes", CH(true, SUPPRESS_TRACKING, SUPPRESS_MANUAL, 1), 1, true,
			0, 1 },
		{ "given back", CH(true, SUPPRESS_TRACKING, SUPPRESS_ANY_REASON, 1), 1, false,
			0, 0 },
		{ "nothing left", CH(true, SUPPRESS_TRACKING, SUPPRESS_ANY_REASON, 1), 0, false,
			0, 0 },
		{ "only mail", CH(false, SUPPRESS_ALL, SUPPRESS_HARD_BOUNCE, 1), 1, false,
			SUPPRESS_HARD_BOUNCE, 0 },
	};
	struct suppress *s = suppress_new(10);

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(suppress_apply(s, &row->c), row->want);
		assert_int_equal(suppress_has_tracking(s, 1, A), row->tracking);
		assert_int_equal(suppress_has(s, 1, 0, A), row->mail);
		assert_int_equal(suppress_has(s, 1, 1, A), row->mail);
		assert_int_equal(suppress_tracking_count(s, 1), row->count);
		assert_int_equal(suppress_count(s), row->mail != 0);
	}
	assert_true(suppress_has_tracking(s, 0, A));
	assert_int_equal(suppress_tracking_count(s, 0), 1);
	assert_false(suppress_has_tracking(s, 0, STR_LIT("bob@shop.test")));
	suppress_free(&s);
	/* One that finds no room is not counted. */
	s = suppress_new(0);
	assert_int_equal(suppress_apply(s, &table[0].c), -ENOSPC);
	assert_int_equal(suppress_tracking_count(s, 1), 0);
	assert_false(suppress_has_tracking(s, 1, A));
	suppress_free(&s);
}

#define MODEL 4000u

/* Random changes of some thousand addresses, against a plain array. */
static void
test_model(void **state)
{
	static uint16_t want[MODEL];
	struct suppress *s = suppress_new(MODEL);
	size_t n = 0, tracking[3] = { 0 };
	char text[40];

	(void)state;
	for (unsigned step = 0; step < 200000; step++) {
		unsigned i = random_below(MODEL);
		struct suppress_change c = {
			/* Waves of growing and shrinking. */
			.remove = random_below(8) < (step / 20000 % 2 ? 6 : 2),
			.scope = (uint8_t)random_below(4),
			.reason = (uint8_t)(1 + random_below(4)),
			.tenant = i % 3,
		};
		uint16_t bit = (uint16_t)(1u << (c.scope * 4 + c.reason - 1));
		bool there = want[i] & bit;

		if (c.scope == SUPPRESS_ANY_SCOPE)
			c.scope = SUPPRESS_TRACKING;
		snprintf(text, sizeof text, "u%u@shop.test", i);
		c.address = str_z(text);
		assert_int_equal(suppress_apply(s, &c), there == c.remove);
		n -= (want[i] & 0xfff) != 0;
		tracking[i % 3] -= (want[i] & 0xf000) != 0;
		want[i] = (uint16_t)(c.remove ? want[i] & ~bit : want[i] | bit);
		n += (want[i] & 0xfff) != 0;
		tracking[i % 3] += (want[i] & 0xf000) != 0;
		assert_int_equal(suppress_count(s), n);
		assert_int_equal(suppress_tracking_count(s, i % 3), tracking[i % 3]);
		if (step % 50000 != 0)
			continue;
		for (i = 0; i < MODEL; i++) {
			snprintf(text, sizeof text, "u%u@shop.test", i);
			assert_int_equal(suppress_has(s, i % 3, 0, str_z(text)) != 0,
				(want[i] & 0x0ff) != 0);
			assert_int_equal(suppress_has(s, i % 3, 1, str_z(text)) != 0,
				(want[i] & 0xf0f) != 0);
			assert_int_equal(suppress_has_tracking(s, i % 3, str_z(text)),
				(want[i] & 0xf000) != 0);
		}
	}
	suppress_free(&s);
}

/* At its limit it says so, keeps what it has, and takes again what is there. Its tables are as
 * big as the header says. */
static void
test_full(void **state)
{
	enum { N = 200000 };
	struct suppress *s = suppress_new(N);
	struct suppress_change c = { .reason = SUPPRESS_MANUAL, .tenant = 7 };
	char text[40];

	(void)state;
	for (unsigned i = 0; i <= N; i++) {
		snprintf(text, sizeof text, "u%u@shop.test", i);
		c.address = str_z(text);
		assert_int_equal(suppress_apply(s, &c), i < N ? 1 : -ENOSPC);
	}
	c.address = STR_LIT("u0@shop.test");
	c.scope = SUPPRESS_BROADCAST;
	assert_int_equal(suppress_apply(s, &c), 1);
	assert_int_equal(suppress_has(s, 7, 0, STR_LIT("u199999@shop.test")), SUPPRESS_MANUAL);
	assert_int_equal(suppress_has(s, 7, 0, STR_LIT("u200000@shop.test")), 0);
	assert_true(suppress_bytes(s) < (size_t)N * 16 + 65536);
	suppress_free(&s);
}

static int
up(void **state)
{
	(void)state;
	random_start();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_other_spelling),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_tracking),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, up, NULL);
}
