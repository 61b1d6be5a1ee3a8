#include "ledger/ledger_day.h"
#include "ledger/ledger_scene.h"

#include "base/buf.h"
#include "io/file.h"
#include "store/store.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANN "Ann@d.test"

/* As people/erase does, of the one address. */
static size_t
mask(char *text, size_t n, struct str address)
{
	size_t at = str_find_str(str_of(text, n), address), places = 0;

	for (; n && at < n; at = str_find_str(str_of(text, n), address), places++)
		memset(text + at, '*', address.n);
	return places;
}

static void
erased(struct ledger *l, const uint64_t *rcpts, size_t n)
{
	struct ledger_place at[4];
	const struct ledger_erasure of = { at, n, STR_LIT(ANN), mask };
	int err = 1;

	for (size_t i = 0; i < n; i++)
		at[i] = (struct ledger_place){ DAY0, 1, rcpts[i] };
	ledger_erase(l, &of, scene_done, &err);
	for (int i = 0; err == 1 && i < 3000; i++)
		loop_step(loop, 20000);
	assert_int_equal(err, 0);
}

/* What a row says: recipient, subject, and of each fact kind, texts and numbers. */
static int
tell(void *ctx, const struct ledger_row *r)
{
	struct rd rd = rd_of(r->facts);
	struct fact f;

	buf_printf(ctx, "%.*s|%.*s", STR_ARG(r->recipient), STR_ARG(r->subject));
	while (rd.n) {
		assert_int_equal(fact_read(&rd, &f), 0);
		buf_printf(ctx, "|%s %.*s%.*s%.*s%.*s%.*s%.*s%u,%u,%u", fact_name(f.kind),
			STR_ARG(f.recipient), STR_ARG(f.subject), STR_ARG(f.about),
			STR_ARG(f.reply.text), STR_ARG(f.ip), STR_ARG(f.url), f.reply.code,
			f.transcript_length, f.extent);
	}
	return 0;
}

static void
is(uint64_t id, const char *want)
{
	const struct ledger_query q = { .id = id, .tenant = 1, .limit = 1 };
	struct buf b;

	buf_init(&b, 4000);
	assert_int_equal(ledger_find(dir, &q, tell, &b), 0);
	assert_str(buf_str(&b), want);
	buf_done(&b);
}

/* Two recipients of one message, whose subject names one of them. */
static void
put_both(struct ledger *l)
{
	struct fact a = scene_accepted(101, 1, 0, ANN), b, d;

	a.message = 100;
	a.subject = STR_LIT("For " ANN);
	a.about = STR_LIT("{\"custom_id\":\"7\",\"tags\":[\"t\"]}");
	a.extent = 5;
	a.hash = 9;
	b = a;
	b.rcpt = 102;
	b.recipient = STR_LIT("bob@d.test");
	ledger_put(l, DAY0, &a);
	ledger_put(l, DAY0, &b);
	d = scene_later(&a, 1, FACT_DELIVERED, 1000);
	d.reply = REPLY(250, 2, 0, 0, "Ok, " ANN);
	d.transcript_length = 33;
	ledger_put(l, DAY0, &d);
}

static struct fact
click(uint64_t rcpt)
{
	struct fact a = scene_accepted(rcpt, 1, 0, ANN),
		    f = scene_later(&a, FACT_SIGNAL, FACT_CLICKED, 5000);

	f.message = 100;
	f.ip = STR_LIT("192.0.2.1");
	f.url = STR_LIT("http://a.test/");
	return f;
}

static void
test_erase(void **state)
{
	static const uint64_t ann[] = { 101, 999 };
	struct ledger *l = opened();
	struct fact f;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	put_both(l);
	assert_int_equal(synced(l), 0);
	is(101, ANN "|For " ANN "|accepted " ANN "For " ANN
		    "{\"custom_id\":\"7\",\"tags\":[\"t\"]}0,0,5|delivered Ok, " ANN
		    "250,33,0");
	assert_int_equal(ledger_recipient(dir, DAY0, 1, 101, &b), 0);
	erased(l, ann, 2);
	is(101, FACT_ERASED "||accepted " FACT_ERASED "0,0,0|delivered 250,0,0");
	is(102, "bob@d.test|For **********|accepted bob@d.testFor **********"
		"{\"custom_id\":\"7\",\"tags\":[\"t\"]}0,0,5");
	assert_int_equal(ledger_recipient(dir, DAY0, 1, 101, &b), -ENOENT);
	/* What comes later is counted, and tells of nobody; told again by a journal of before,
	 * nothing changes. */
	f = click(101);
	ledger_put(l, DAY0, &f);
	put_both(l);
	ledger_put(l, DAY0, &f);
	assert_int_equal(synced(l), 0);
	is(101, FACT_ERASED "||accepted " FACT_ERASED "0,0,0|delivered 250,0,0|clicked 0,0,0");
	erased(l, ann, 1);
	is(101, FACT_ERASED "||accepted " FACT_ERASED "0,0,0|delivered 250,0,0|clicked 0,0,0");
	buf_done(&b);
	ledger_free(&l);
}

/* Nothing of the address is left in the file, once its log is emptied. */
static void
test_file(void **state)
{
	static const uint64_t both[] = { 101 };
	struct ledger *l = opened();
	char path[700], day[UTC_TEXT_SIZE];
	struct buf b;

	(void)state;
	put_both(l);
	assert_int_equal(synced(l), 0);
	erased(l, both, 1);
	snprintf(path, sizeof path, "%s/%s.db", dir, utc_day(day, DAY0));
	assert_int_equal(store_scrub(path), 0);
	buf_init(&b, 8u << 20);
	assert_int_equal(file_read(path, &b), 0);
	assert_int_equal(str_find_str(buf_str(&b), STR_LIT(ANN)), b.n);
	assert_int_equal(str_find_str(buf_str(&b), STR_LIT("ann@d.test")), b.n);
	assert_true(str_find_str(buf_str(&b), STR_LIT("bob@d.test")) < b.n);
	buf_clear(&b);
	(void)str_copy_z(path + str_z(path).n, 5, STR_LIT("-wal"));
	assert_int_equal(file_read(path, &b), 0);
	assert_int_equal(b.n, 0);
	assert_int_equal(store_scrub("/nowhere.db"), -ENOENT);
	buf_done(&b);
	ledger_free(&l);
}

static int
nothing_of(void *ctx, struct str address)
{
	(void)ctx;
	(void)address;
	return 0;
}

/* A day that cannot be read just now is not one without rows of his. */
static void
test_unreadable(void **state)
{
	struct ledger_query q = { .address = STR_LIT("ann@d.test"), .tenant = 1, .limit = 1 };
	struct ledger *l = opened();
	char path[700];
	struct buf b;

	(void)state;
	snprintf(path, sizeof path, "%s/2031-05-06.db", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	buf_init(&b, 4000);
	assert_int_equal(ledger_find(dir, &q, tell, &b), 0);
	q.all = true;
	assert_int_equal(ledger_find(dir, &q, tell, &b), -EIO);
	assert_int_equal(ledger_reports(dir, 0, tell, &b), -EIO);
	assert_int_equal(ledger_addresses(dir, 1, nothing_of, NULL), -EIO);
	assert_int_equal(rmdir(path), 0);
	buf_done(&b);
	ledger_free(&l);
}

TEST_MAIN(SCENE_TEST(test_erase), SCENE_TEST(test_file), SCENE_TEST(test_unreadable))
