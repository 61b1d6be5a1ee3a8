#include "account/control_webhook.h"

#include "account/directory.h"
#include "io/file.h"

#include "account/control_scene.h"

#include <errno.h>

static struct arena arena;

static int
up(void **unused)
{
	two_accounts(unused);
	arena_init(&arena, 1u << 20);
	return 0;
}

static int
down(void **unused)
{
	arena_done(&arena);
	return tables_down(unused);
}

static struct webhook
made(uint32_t tenant)
{
	return (struct webhook){ .tenant = tenant,
		.label = STR_LIT("ours"),
		.format = STR_LIT("native"),
		.kinds = 6,
		.stream = -1,
		.event = STR_NONE,
		.url = STR_LIT("https://me:hunter2@hooks.test/x"),
		.fields = STR_LIT("X-Token: hunter2\n"),
		.secret = STR_LIT("whsec_hunter2"),
		.old_secret = STR_NONE,
		.key = STR_LIT("\x01hunter2"),
		.state = WEBHOOK_ON,
		.why = STR_NONE,
		.seq = 17 };
}

static int
take(void *ctx, const struct webhook *w)
{
	*(struct webhook *)ctx = *w;
	return 0;
}

static int
get(uint32_t tenant, int64_t id, struct webhook *ret_w)
{
	const struct webhook_query q = { tenant, id };

	*ret_w = (struct webhook){ 0 };
	return control_webhook_each(c, &arena, &q, take, ret_w);
}

static void
test_a_row(void **unused)
{
	struct webhook w = made(1), got;
	uint64_t version = control_version(c);
	char path[600];
	struct buf b;
	int64_t id;

	(void)unused;
	assert_int_equal(control_webhook_add(c, &w, &id), 0);
	assert_true(control_version(c) > version);
	assert_int_equal(get(1, id, &got), 0);
	assert_str(got.account, "shop");
	assert_str(got.url, "https://me:hunter2@hooks.test/x");
	assert_str(got.fields, "X-Token: hunter2\n");
	assert_str(got.secret, "whsec_hunter2");
	assert_str(got.key, "\x01hunter2");
	assert_int_equal(got.seq, 17);
	assert_int_equal(got.stream, -1);
	assert_true(got.state == WEBHOOK_ON && got.created > 0);
	/* At rest none of it can be read. */
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/control.db%s", folder, i ? "-wal" : "");
		buf_init(&b, 64u << 20);
		assert_int_equal(file_read(path, &b), 0);
		assert_int_equal(str_find_str(buf_str(&b), STR_LIT("hunter2")), b.n);
		buf_done(&b);
	}
	/* An old secret is one for a day. */
	got.old_secret = STR_LIT("whsec_old");
	got.rolled = got.created;
	assert_int_equal(control_webhook_update(c, &got), 0);
	assert_int_equal(get(CONTROL_ANY, id, &got), 0);
	assert_str(got.old_secret, "whsec_old");
	got.rolled = got.created - WEBHOOK_GRACE_US;
	assert_int_equal(control_webhook_update(c, &got), 0);
	assert_int_equal(get(1, id, &got), 0);
	assert_int_equal(got.old_secret.n, 0);
}

static int
no_post(void *ctx, const struct webhook_post *p)
{
	(void)p;
	++*(int *)ctx;
	return 0;
}

/* An id of another tenant is one that never was. */
static void
test_tenants(void **unused)
{
	const struct webhook_page page = { .tenant = 2, .webhook = 1, .limit = 9 };
	struct webhook w = made(1), got;
	struct webhook_post p = { .tenant = 2,
		.webhook = 1,
		.at = 1,
		.event = STR_NONE,
		.result = STR_NONE,
		.why = STR_NONE,
		.request = STR_NONE,
		.answer = STR_NONE };
	int64_t id;
	int n = 0;

	(void)unused;
	assert_int_equal(control_webhook_add(c, &w, &id), 0);
	assert_int_equal(get(2, id, &got), -ENOENT);
	assert_int_equal(get(2, id + 1, &got), -ENOENT);
	w.id = id;
	w.tenant = 2;
	assert_int_equal(control_webhook_update(c, &w), -ENOENT);
	assert_int_equal(control_webhook_remove(c, 2, id), -ENOENT);
	assert_int_equal(control_webhook_begin(c), 0);
	assert_int_equal(control_webhook_progress(c, &w), 0);
	assert_int_equal(control_webhook_post(c, &p), 0);
	assert_int_equal(control_webhook_end(c, 0), 0);
	p.tenant = 1;
	assert_int_equal(control_webhook_post(c, &p), 0);
	assert_int_equal(control_webhook_posts(c, &page, no_post, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(get(1, id, &got), 0);
	assert_int_equal(got.seq, 17);
	w = made(3);
	assert_int_equal(control_webhook_add(c, &w, &id), -ENOENT);
}

static void
test_limits(void **unused)
{
	struct webhook w = made(1);
	int64_t id;

	(void)unused;
	w.event = STR_LIT("open");
	assert_int_equal(control_webhook_add(c, &w, &id), 0);
	assert_int_equal(control_webhook_add(c, &w, &id), -EEXIST);
	w.is_backup = true;
	assert_int_equal(control_webhook_add(c, &w, &id), 0);
	w = made(1);
	for (unsigned i = 2; i < WEBHOOKS_MAX; i++)
		assert_int_equal(control_webhook_add(c, &w, &id), 0);
	assert_int_equal(control_webhook_add(c, &w, &id), -EEXIST);
	w.tenant = 2;
	assert_int_equal(control_webhook_add(c, &w, &id), 0);
	w.url = STR_NONE;
	assert_int_equal(control_webhook_add(c, &w, &id), -EINVAL);
}

/* Whose events go to the feed, as the engine reads it. */
static void
test_fed(void **unused)
{
	struct webhook w = made(2);
	struct directory *d;
	const uint32_t *fed;
	int64_t id;
	size_t n;

	(void)unused;
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	(void)directory_fed(d, &n);
	assert_int_equal(n, 0);
	directory_free(&d);
	assert_int_equal(control_webhook_add(c, &w, &id), 0);
	assert_int_equal(control_webhook_add(c, &w, &id), 0);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	fed = directory_fed(d, &n);
	assert_int_equal(n, 1);
	assert_int_equal(fed[0], 2);
	directory_free(&d);
}

/* The newest ones stay, those of the last days. */
static void
test_trim(void **unused)
{
	const struct webhook_page page = { .tenant = 1, .webhook = 1, .limit = 5000 };
	struct webhook w = made(1);
	struct webhook_post p = { .tenant = 1,
		.at = 1,
		.event = STR_NONE,
		.result = STR_NONE,
		.why = STR_NONE,
		.request = STR_NONE,
		.answer = STR_NONE };
	int n = 0;

	(void)unused;
	assert_int_equal(control_webhook_add(c, &w, &p.webhook), 0);
	assert_int_equal(control_webhook_begin(c), 0);
	for (int i = 0; i < WEBHOOK_POSTS_KEPT + 20; i++)
		assert_int_equal(control_webhook_post(c, &p), 0);
	p.at = 100;
	assert_int_equal(control_webhook_post(c, &p), 0);
	assert_int_equal(control_webhook_trim(c, p.webhook, 50), 0);
	assert_int_equal(control_webhook_end(c, 0), 0);
	assert_int_equal(control_webhook_posts(c, &page, no_post, &n), 0);
	assert_int_equal(n, WEBHOOK_POSTS_KEPT);
	assert_int_equal(control_webhook_trim(c, p.webhook, WEBHOOK_POSTS_KEEP_US + 50), 0);
	n = 0;
	assert_int_equal(control_webhook_posts(c, &page, no_post, &n), 0);
	assert_int_equal(n, 1);
}

/* Long requests and answers: the newest ones, as many bytes as may be. */
static void
test_trim_bytes(void **unused)
{
	static char request[WEBHOOK_REQUEST_KEPT], said[WEBHOOK_ANSWER_KEPT];
	const unsigned each = sizeof request + sizeof said, fit = WEBHOOK_POSTS_BYTES / each;
	const struct webhook_page page = { .tenant = 1, .webhook = 1, .limit = 5000 };
	struct webhook w = made(1);
	struct webhook_post p = { .tenant = 1,
		.at = 100,
		.event = STR_NONE,
		.result = STR_NONE,
		.why = STR_NONE,
		.request = str_of(request, sizeof request),
		.answer = str_of(said, sizeof said) };
	int64_t other;
	int n = 0;

	(void)unused;
	assert_int_equal(control_webhook_add(c, &w, &p.webhook), 0);
	assert_int_equal(control_webhook_add(c, &w, &other), 0);
	assert_int_equal(control_webhook_begin(c), 0);
	for (unsigned i = 0; i < fit + 20; i++)
		assert_int_equal(control_webhook_post(c, &p), 0);
	assert_int_equal(control_webhook_trim(c, other, 50), 0);
	assert_int_equal(control_webhook_posts(c, &page, no_post, &n), 0);
	assert_int_equal(n, fit + 20);
	assert_int_equal(control_webhook_trim(c, p.webhook, 50), 0);
	assert_int_equal(control_webhook_end(c, 0), 0);
	n = 0;
	assert_int_equal(control_webhook_posts(c, &page, no_post, &n), 0);
	assert_int_equal(n, fit);
}

static int
range(void *ctx, const struct webhook_range *r)
{
	*(struct webhook_range *)ctx = *r;
	return 0;
}

static void
test_ranges(void **unused)
{
	const struct webhook_page page = { .tenant = 1, .limit = 9 };
	struct webhook w = made(1);
	struct webhook_range r = { .tenant = 1,
		.at = 5,
		.behind = 7,
		.upto = 9,
		.why = STR_NONE },
			     got = { 0 };

	(void)unused;
	assert_int_equal(control_webhook_add(c, &w, &r.webhook), 0);
	assert_int_equal(control_webhook_range_add(c, WEBHOOK_REPLAYS, &r), 0);
	assert_int_equal(control_webhook_ranges(c, WEBHOOK_REPLAYS, &page, range, &got), 0);
	assert_int_equal(got.upto, 9);
	got.behind = 8;
	assert_int_equal(control_webhook_range_moved(c, WEBHOOK_REPLAYS, &got), 0);
	assert_int_equal(control_webhook_ranges(c, WEBHOOK_REPLAYS, &page, range, &got), 0);
	assert_int_equal(got.behind, 8);
	got.behind = 9;
	assert_int_equal(control_webhook_range_moved(c, WEBHOOK_REPLAYS, &got), 0);
	got = (struct webhook_range){ 0 };
	assert_int_equal(control_webhook_ranges(c, WEBHOOK_REPLAYS, &page, range, &got), 0);
	assert_int_equal(got.id, 0);
	/* What hangs on a webhook goes with it. */
	assert_int_equal(control_webhook_range_add(c, WEBHOOK_DEAD_LETTERS, &r), 0);
	assert_int_equal(control_webhook_remove(c, 1, r.webhook), 0);
	assert_int_equal(
		control_webhook_ranges(c, WEBHOOK_DEAD_LETTERS, &page, range, &got), 0);
	assert_int_equal(got.id, 0);
}

/* Replays are refused beyond their number, dead letters are put together. */
static void
test_many_ranges(void **unused)
{
	struct webhook_page page = { .tenant = 1, .limit = 1 };
	struct webhook w = made(1);
	struct webhook_range r = { .tenant = 1, .at = 5, .why = STR_LIT("one") }, got = { 0 };
	unsigned n = 0;
	int64_t other;

	(void)unused;
	assert_int_equal(control_webhook_add(c, &w, &r.webhook), 0);
	assert_int_equal(control_webhook_add(c, &w, &other), 0);
	assert_int_equal(control_webhook_begin(c), 0);
	for (r.upto = 10; r.upto < 10 + 10 * WEBHOOK_REPLAYS_MAX; r.upto += 10) {
		r.behind = r.upto - 5;
		assert_int_equal(control_webhook_range_add(c, WEBHOOK_REPLAYS, &r), 0);
	}
	assert_int_equal(control_webhook_range_add(c, WEBHOOK_REPLAYS, &r), -EEXIST);
	assert_non_null(strstr(control_error(c), "100 replays"));
	for (r.upto = 10; r.upto <= 10 * (WEBHOOK_DEAD_KEPT + 3); r.upto += 10) {
		r.behind = r.upto - 5;
		assert_int_equal(control_webhook_range_add(c, WEBHOOK_DEAD_LETTERS, &r), 0);
	}
	r.webhook = other;
	assert_int_equal(control_webhook_range_add(c, WEBHOOK_REPLAYS, &r), 0);
	assert_int_equal(control_webhook_end(c, 0), 0);
	r.webhook = page.webhook = 1;
	assert_int_equal(control_webhook_ranges_count(c, WEBHOOK_DEAD_LETTERS, 1, &n), 0);
	assert_int_equal(n, WEBHOOK_DEAD_KEPT);
	page.from = WEBHOOK_DEAD_KEPT - 1;
	assert_int_equal(
		control_webhook_ranges(c, WEBHOOK_DEAD_LETTERS, &page, range, &got), 0);
	assert_int_equal(got.behind, 10 * WEBHOOK_DEAD_KEPT - 5);
	assert_int_equal(got.upto, 10 * (WEBHOOK_DEAD_KEPT + 3));
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

TEST_MAIN(DB_TEST(test_a_row), DB_TEST(test_tenants), DB_TEST(test_limits), DB_TEST(test_fed),
	DB_TEST(test_trim), DB_TEST(test_trim_bytes), DB_TEST(test_many_ranges),
	DB_TEST(test_ranges))
