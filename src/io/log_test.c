#include "io/log.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

#define WALL INT64_C(1795513883123000) /* 2026-11-24T09:51:23.123Z */

static struct buf
slurp(const char *path)
{
	struct buf b;
	FILE *f = fopen(path, "re");
	int c;

	buf_init(&b, 4u << 20);
	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		buf_put_c(&b, (char)c);
	fclose(f);
	return b;
}

static void
write_sample(struct log *l, const char *text, const char *address)
{
	struct log_line ll = log_mail(l, "delivered");

	log_num(&ll, "id", -7);
	log_z(&ll, "reply", text);
	log_addr(&ll, "to", str_z(address));
	if (*address == '!')
		log_masked(&ll, "user", str_z(address + 1));
	log_end(&ll);
}

static void
test_format(void **state)
{
	static const struct {
		const char *name;
		bool json, mask;
		const char *text, *address, *want;
	} table[] = {
		{ "plain", false, false, "ok", "a@b.test",
			"time=2026-11-24T09:51:23.123Z role=\"edge 1\" event=delivered id=-7 "
			"reply=ok "
			"to=a@b.test\n" },
		{ "forged line", false, false, "ok\nevent=x", "",
			"time=2026-11-24T09:51:23.123Z role=\"edge 1\" event=delivered id=-7 "
			"reply=\"ok\\x0aevent=x\" to=\"\"\n" },
		{ "masked", false, true, "ok", "alice@b.test",
			"time=2026-11-24T09:51:23.123Z role=\"edge 1\" event=delivered id=-7 "
			"reply=ok "
			"to=a***@b.test\n" },
		{ "masked utf-8", false, true, "ok", "\xc3\xa9lise@b.test",
			"time=2026-11-24T09:51:23.123Z role=\"edge 1\" event=delivered id=-7 "
			"reply=ok "
			"to=***@b.test\n" },
		{ "masked, no at", false, true, "ok", "alice",
			"time=2026-11-24T09:51:23.123Z role=\"edge 1\" event=delivered id=-7 "
			"reply=ok "
			"to=***\n" },
		{ "masked always", false, false, "ok", "!alice@b.test",
			"time=2026-11-24T09:51:23.123Z role=\"edge 1\" event=delivered id=-7 "
			"reply=ok to=!alice@b.test user=a***@b.test\n" },
		{ "json", true, false, "a \"b\"\n", "x@y",
			"{\"time\":\"2026-11-24T09:51:23.123Z\",\"role\":\"edge 1\",\"event\":"
			"\"delivered\",\"id\":-7,\"reply\":\"a "
			"\\\"b\\\"\\n\",\"to\":\"x@y\"}\n" },
	};
	char path[600];
	struct clock c;

	(void)state;
	clock_fake(&c, 1, WALL);
	TEST_EACH(row, table)
	{
		struct log_conf conf = { "edge 1", path, row->json, row->mask, false };
		struct log *l;
		struct buf b;

		snprintf(path, sizeof path, "%s/mail.log", test_dir());
		l = log_new(&conf, &c);
		write_sample(l, row->text, row->address);
		log_free(&l);
		b = slurp(path);
		assert_str(buf_str(&b), row->want);
		buf_done(&b);
		test_dir_done();
	}
}

static void
test_reopen(void **state)
{
	char path[600], moved[610];
	struct log_conf conf = { "engine", path, false, false, false };
	struct clock c;
	struct log *l;
	struct buf a, b;

	(void)state;
	clock_fake(&c, 1, WALL);
	snprintf(path, sizeof path, "%s/mail.log", test_dir());
	snprintf(moved, sizeof moved, "%s.1", path);
	l = log_new(&conf, &c);
	write_sample(l, "first", "a@b");
	a = slurp(path);
	assert_int_equal(a.n, 0); /* buffered */
	buf_done(&a);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(log_reopen(l), 0);
	write_sample(l, "second", "a@b");
	log_flush(l);
	a = slurp(moved);
	b = slurp(path);
	assert_true(str_find_str(buf_str(&a), STR_LIT("first")) < a.n);
	assert_true(str_find_str(buf_str(&a), STR_LIT("second")) == a.n);
	assert_true(str_find_str(buf_str(&b), STR_LIT("second")) < b.n);
	buf_done(&a);
	buf_done(&b);
	log_free(&l);
	test_dir_done();
	l = log_new(&conf, &c); /* the folder is gone */
	assert_int_equal(log_reopen(l), -ENOENT);
	log_free(&l);
}

/* What is too long is left out; what comes after it fits again. */
static void
test_long(void **state)
{
	char path[600];
	struct log_conf conf = { "engine", path, true, false, false };
	struct str big = { mem_new(40000, 1), 40000 };
	struct clock c;
	struct log *l;
	struct buf b;
	struct log_line ll;

	(void)state;
	clock_fake(&c, 1, WALL);
	snprintf(path, sizeof path, "%s/mail.log", test_dir());
	l = log_new(&conf, &c);
	ll = log_mail(l, "x");
	log_str(&ll, "big", big);
	log_z(&ll, "small", "yes");
	log_end(&ll);
	log_free(&l);
	b = slurp(path);
	assert_str(buf_str(&b), "{\"time\":\"2026-11-24T09:51:23.123Z\",\"role\":\"engine\","
				"\"event\":\"x\",\"small\":\"yes\"}\n");
	buf_done(&b);
	mem_free((void *)(uintptr_t)big.p);
	test_dir_done();
}

static void
test_full_disk(void **state)
{
	struct log_conf conf = { "engine", "/dev/full", false, false, false };
	struct clock c;
	struct log *l;

	(void)state;
	clock_fake(&c, 1, WALL);
	l = log_new(&conf, &c);
	for (int i = 0; i < 20000; i++)
		write_sample(l, "nothing leaves, nothing grows without end", "a@b");
	log_flush(l);
	log_free(&l);
}

TEST_MAIN(TEST(test_format), TEST(test_reopen), TEST(test_long), TEST(test_full_disk))
