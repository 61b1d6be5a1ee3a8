#include "account/control_proved.h"

#include "account/control_own.h"
#include "account/control_scene.h"

#include <errno.h>

#define NOW  INT64_C(1790000000000000)
#define HOUR (UINT64_C(3600) * 1000000)

static struct arena arena;
static char code[LINK_TOKEN];

static int
up(void **unused)
{
	two_accounts(unused);
	clock_fake(&c->clock, 1000000, NOW);
	arena_init(&arena, 1u << 20);
	return 0;
}

static int
down(void **unused)
{
	arena_done(&arena);
	return tables_down(unused);
}

static struct control_proved
named(uint32_t tenant, const char *key)
{
	return (struct control_proved){
		.tenant = tenant, .address = str_z(key), .key = str_z(key)
	};
}

/* Its code is in `code`. */
static int
ask(uint32_t tenant, const char *key)
{
	const struct control_proved t = named(tenant, key);

	return control_proved_ask(c, &t, code);
}

static int
confirm(const char *with)
{
	struct control_proved t;

	return control_proved_confirm(c, &arena, str_z(with), &t);
}

static char seen[2000];

static int
see(void *ctx, const struct control_proved *t)
{
	size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof seen - n, "%.*s%s;", STR_ARG(t->key), t->proved ? "*" : "");
	return 0;
}

static const char *
list(uint32_t tenant)
{
	const struct control_proved q = { .tenant = tenant, .key = { NULL, 0 } };

	seen[0] = '\0';
	assert_int_equal(control_proved_each(c, &arena, &q, see, NULL), 0);
	return seen;
}

static void
test_proved(void **unused)
{
	struct control_proved t = named(1, "ann@x.test");
	char first[LINK_TOKEN];
	uint64_t version;

	(void)unused;
	assert_int_equal(ask(1, "ann@x.test"), 0);
	memcpy(first, code, sizeof first);
	assert_string_equal(list(1), "ann@x.test;");
	assert_string_equal(list(2), "");
	/* Asked again: another code, and the first one is none any more. */
	assert_int_equal(ask(1, "ann@x.test"), 0);
	assert_string_not_equal(first, code);
	assert_int_equal(confirm(first), -ENOENT);
	assert_int_equal(confirm(""), -ENOENT);
	assert_int_equal(control_proved_look(c, &arena, str_z(code), &t), 0);
	assert_true(t.proved == 0 && str_eq_z(t.account, "shop") && t.tenant == 1);
	/* A look changes nothing; the answer is one, told to who reads the tables. */
	version = control_version(c);
	assert_string_equal(list(1), "ann@x.test;");
	assert_int_equal(confirm(code), 0);
	assert_string_equal(list(1), "ann@x.test*;");
	assert_true(control_version(c) > version);
	version = control_version(c);
	assert_int_equal(confirm(code), 0);
	assert_int_equal(control_version(c), version);
	/* Who has said yes is not asked again. */
	assert_int_equal(ask(1, "ann@x.test"), 0);
	assert_string_equal(code, "");
	assert_int_equal(ask(2, "ann@x.test"), 0);
	assert_string_not_equal(code, "");
	t = named(2, "bob@x.test");
	assert_int_equal(control_proved_remove(c, &t), -ENOENT);
	t = named(1, "ann@x.test");
	assert_int_equal(control_proved_remove(c, &t), 0);
	assert_string_equal(list(1), "");
	assert_string_equal(list(2), "ann@x.test;");
	assert_int_equal(ask(9, "ann@x.test"), -ENOENT);
}

static void
test_limits(void **unused)
{
	struct control_proved t = named(1, "p0@x.test");
	char key[40], last[LINK_TOKEN];

	(void)unused;
	for (unsigned i = 0; i < PROVED_PER_TENANT; i++) {
		snprintf(key, sizeof key, "p%u@x.test", i);
		if (i && i % PROVED_PER_HOUR == 0) {
			/* Taking one away makes no room for another mail. */
			assert_int_equal(control_proved_remove(c, &t), 0);
			assert_int_equal(ask(1, key), -EINVAL);
			assert_non_null(strstr(control_error(c), "in an hour"));
			clock_pass(&c->clock, HOUR);
			assert_int_equal(ask(1, "p0@x.test"), 0);
			clock_pass(&c->clock, HOUR);
		}
		assert_int_equal(ask(1, key), 0);
	}
	clock_pass(&c->clock, HOUR);
	assert_int_equal(ask(1, "more@x.test"), -EINVAL);
	assert_non_null(strstr(control_error(c), "at most 20"));
	assert_int_equal(ask(2, "more@x.test"), 0);
	/* Another code to one of them is no more of them. */
	assert_int_equal(ask(1, "p5@x.test"), 0);
	memcpy(last, code, sizeof last);
	/* Those who did not answer in time make room, and may not any more. */
	clock_pass(&c->clock, (uint64_t)PROVED_ASKED_US + 1);
	assert_int_equal(confirm(last), -ENOENT);
	assert_int_equal(ask(1, "more@x.test"), 0);
	assert_string_equal(list(1), "more@x.test;");
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(DB_TEST(test_proved), DB_TEST(test_limits))
