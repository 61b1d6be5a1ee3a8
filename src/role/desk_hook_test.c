#include "role/desk_hook.h"

#include "base/test.h"
#include "base/utc.h"
#include "io/fetch.h"
#include "io/random.h"
#include "role/desk_webhook.h"

#define WALL  INT64_C(1790000000000000)
#define POSTS 4000u
#define NONE  0xFFFFu

/* Desk with a ledger on the same loop, and a poster that answers as the test says. */
struct scene {
	struct loop *loop;
	struct clock clock;
	struct config config;
	struct role_paths paths;
	struct role_env env;
	struct desk *desk;
	struct ledger *ledger;
	struct channel *end;
	uint64_t rcpt;
	/* What came: the first letter of the URL's path, and an event id. */
	char path[POSTS];
	char event[POSTS][EVENT_ID_TEXT];
	uint64_t id[POSTS];
	char to[POSTS][32];
	unsigned n;
	uint16_t status[128]; /* by that letter; NONE: not answered */
	uint32_t took_ms;
	uint8_t class;
};

static void
answer(struct scene *s, uint64_t id, uint16_t status)
{
	const struct msg_posted m = { .id = id,
		.class = s->class,
		.status = s->class == FETCH_ANSWERED ? status : 0,
		.took_ms = s->took_ms,
		.address = STR_NONE,
		.why = STR_NONE,
		.body = STR_LIT("hello") };
	struct buf b;

	buf_init(&b, 1u << 20);
	assert_int_equal(msg_posted_write(&b, &m), 0);
	assert_int_equal(channel_send(s->end, MSG_posted, buf_str(&b)), 0);
	buf_done(&b);
}

static void
on_post(void *ctx, uint16_t type, struct str payload)
{
	struct scene *s = ctx;
	struct msg_post m;
	struct arena a;
	size_t slash;

	assert_int_equal(type, MSG_post);
	arena_init(&a, 1u << 20);
	assert_int_equal(msg_post_read(&a, payload, &m), 0);
	assert_true(s->n < POSTS);
	slash = str_rfind(m.url, '/');
	s->path[s->n] = m.url.p[slash + 1];
	s->id[s->n] = m.id;
	for (size_t i = 0; i < m.fields.n; i++) {
		struct str value = m.fields.at[i].bytes, name = str_cut(&value, ':');

		if (str_eq_z(name, "webhook-id"))
			(void)str_copy_z(s->event[s->n], EVENT_ID_TEXT, str_trim(value));
	}
	size_t at = str_find_str(m.body, STR_LIT("\"to\":\""));
	struct str to = str_from(m.body, at + 6);

	(void)str_copy_z(s->to[s->n], sizeof s->to[0], str_head(to, str_find(to, '"')));
	uint16_t status = s->status[(uint8_t)s->path[s->n]];

	s->n++;
	if (status != NONE)
		answer(s, m.id, status);
	arena_done(&a);
}

static void
on_end_gone(void *ctx)
{
	struct scene *s = ctx;

	channel_free(&s->end);
}

static void
poster_up(struct scene *s)
{
	static const struct channel_calls calls = { on_post, on_end_gone };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	channel_free(&s->end);
	s->end = channel_new(s->loop, fd[0], 8u << 20, &calls, s);
	desk_poster_peer(s->desk, fd[1]);
}

static void
turn(struct scene *s)
{
	for (int i = 0; i < 30; i++)
		loop_step(s->loop, 0);
}

/* In steps, so that every timer has its turn. */
static void
pass(struct scene *s, int64_t us)
{
	int64_t step = us > 2 * UTC_HOUR ? 10 * UTC_MIN : us > UTC_MIN ? 10 * UTC_SEC : 100000;

	for (; us > 0; us -= step) {
		clock_pass(&s->clock, (uint64_t)(us < step ? us : step));
		turn(s);
	}
}

static json_t *
verb(struct scene *s, const char *name, json_t *body)
{
	struct desk_control_answer a;

	assert_non_null(body);
	desk_hooks_save(s->desk);
	a = desk_control_do(desk_control(s->desk), str_z(name), body, loop_wall(s->loop));
	json_decref(body);
	if (a.status != 200)
		print_message(
			"%s: %s\n", name, json_string_value(json_object_get(a.json, "error")));
	assert_int_equal(a.status, 200);
	if (a.changed)
		desk_hooks_load(s->desk);
	return a.json;
}

/* An endpoint whose path is this letter; its number. */
static json_int_t
add(struct scene *s, const char *letter, json_t *more)
{
	char url[64];
	json_t *j, *body;
	json_int_t number;

	snprintf(url, sizeof url, "https://hooks.test/%s", letter);
	body = json_pack("{s:s,s:s}", "account", "shop", "url", url);
	json_object_update(body, more);
	json_decref(more);
	j = verb(s, "webhooks.add", body);
	number = json_integer_value(json_object_get(j, "number"));
	json_decref(j);
	/* What happens from now on is later than that. */
	clock_pass(&s->clock, 1);
	turn(s);
	return number;
}

static void
scene_open(struct scene *s)
{
	static const struct log_conf lc = { .role = "desk", .quiet = true };
	static const uint32_t fed[] = { 1 };

	memset(s, 0, sizeof *s);
	random_start();
	clock_fake(&s->clock, 1000000, WALL);
	s->loop = loop_new(&s->clock);
	config_default(&s->config);
	assert_int_equal(role_paths(&s->paths, str_z(test_dir())), 0);
	assert_int_equal(role_paths_make(&s->paths, NULL), 0);
	s->env = (struct role_env){ .config = &s->config,
		.paths = &s->paths,
		.clock = &s->clock,
		.log = log_new(&lc, &s->clock),
		.boot = 77,
		.link_fd = -1,
		.control_fd = net_listen_unix(s->paths.control_sock, 0660),
		.one = true };
	assert_int_equal(ledger_open(s->paths.ledger, s->loop, true, &s->ledger), 0);
	ledger_feed_tenants(s->ledger, fed, 1);
	s->desk = desk_new(s->loop, &s->env);
	poster_up(s);
	for (size_t i = 0; i < TEST_COUNT(s->status); i++)
		s->status[i] = 200;
	s->class = FETCH_ANSWERED;
	json_decref(verb(s, "accounts.add", json_pack("{s:s}", "account", "shop")));
}

static void
scene_close(struct scene *s)
{
	desk_free(&s->desk);
	ledger_free(&s->ledger);
	channel_free(&s->end);
	close(s->env.control_fd);
	loop_step(s->loop, 0);
	log_free(&s->env.log);
	loop_free(&s->loop);
	config_done(&s->config);
	test_dir_done();
}

static void
on_synced(void *ctx, int err)
{
	(void)ctx;
	assert_int_equal(err, 0);
}

/* n messages, each accepted and then that. */
static void
mail(struct scene *s, unsigned n, enum fact_kind last)
{
	int64_t now = loop_wall(s->loop);

	for (unsigned i = 0; i < n; i++) {
		char to[32];
		struct fact f = { .rcpt = s->rcpt * 2 + 101,
			.message = s->rcpt * 2 + 100,
			.tenant = 1,
			.kind = FACT_ACCEPTED,
			.at = now,
			.sender = STR_LIT("shop@a.test"),
			.message_id = STR_LIT("one@a.test"),
			.subject = STR_LIT("Hello") };

		snprintf(to, sizeof to, "b%u@b.test", (unsigned)s->rcpt++);
		f.recipient = str_z(to);
		ledger_put(s->ledger, now, &f);
		f = (struct fact){ .rcpt = f.rcpt,
			.message = f.message,
			.tenant = 1,
			.number = 1,
			.kind = (uint8_t)last,
			.at = now + 1,
			.reply = REPLY(550, 5, 1, 1, "No such user") };
		ledger_put(s->ledger, now, &f);
	}
	ledger_sync(s->ledger, on_synced, s);
	turn(s);
}

static unsigned
count(const struct scene *s, char path)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n += s->path[i] == path;
	return n;
}

static json_t *
get(struct scene *s, json_int_t number)
{
	return verb(s, "webhooks.get", json_pack("{s:I}", "id", number));
}

static bool
is_state(struct scene *s, json_int_t number, const char *state)
{
	json_t *j = get(s, number);
	bool is = str_eq_z(desk_text(j, "state"), state);

	json_decref(j);
	return is;
}

static size_t
dead_letters(struct scene *s, json_int_t number)
{
	json_t *j = verb(s, "webhooks.dead", json_pack("{s:I}", "id", number));
	size_t n = json_array_size(json_object_get(j, "dead"));

	json_decref(j);
	return n;
}

static void
test_order(void **state)
{
	static struct scene s;

	(void)state;
	scene_open(&s);
	mail(&s, 5, FACT_DELIVERED); /* before the endpoint: not told */
	pass(&s, 1000);
	add(&s, "a", json_object());
	mail(&s, 300, FACT_DELIVERED);
	pass(&s, 30 * UTC_SEC);
	assert_int_equal(s.n, 600);
	for (unsigned i = 0; i < s.n; i++) {
		char to[32];

		snprintf(to, sizeof to, "b%u@b.test", 5 + i / 2);
		assert_string_equal(s.to[i], to);
	}
	scene_close(&s);
}

/* When each attempt of one event comes, in seconds behind the first. */
static void
test_back_off(void **state)
{
	static const int64_t due[] = { 0, 5, 35, 155, 755, 2555, 6155, 9755 };
	static struct scene s;
	int64_t first = 0;
	unsigned seen = 0;

	(void)state;
	scene_open(&s);
	s.status['a'] = 500;
	json_int_t a = add(&s, "a", json_object());

	add(&s, "b", json_object());
	mail(&s, 2, FACT_DELIVERED);
	for (int i = 0; i < 40000 && seen < TEST_COUNT(due); i++) {
		clock_pass(&s.clock, 250000);
		for (int k = 0; k < 8; k++)
			loop_step(s.loop, 0);
		if (count(&s, 'a') == seen)
			continue;
		assert_int_equal(count(&s, 'a'), seen + 1);
		first = first ? first : loop_wall(s.loop);
		int64_t at = (loop_wall(s.loop) - first) / UTC_SEC;

		assert_in_range(at, due[seen], due[seen] + 2);
		seen++;
	}
	assert_int_equal(seen, TEST_COUNT(due));
	/* The other one was not held up. */
	assert_int_equal(count(&s, 'b'), 4);
	json_t *j = get(&s, a);

	assert_int_equal(json_integer_value(json_object_get(j, "failures")), seen);
	json_decref(j);
	/* Always the same event, and then the rest in order. */
	s.status['a'] = 204;
	pass(&s, UTC_HOUR + UTC_MIN);
	unsigned n = 0;

	for (unsigned i = 0; i < s.n; i++)
		if (s.path[i] == 'a' && n++ < seen)
			assert_string_equal(s.event[i], s.event[s.path[0] == 'a' ? 0 : 1]);
	assert_int_equal(n, seen + 4);
	scene_close(&s);
}

static void
test_give_up(void **state)
{
	static struct scene s;
	json_int_t a;

	(void)state;
	scene_open(&s);
	s.status['a'] = 500;
	a = add(&s, "a", json_object());
	mail(&s, 3, FACT_BOUNCED);
	pass(&s, 72 * UTC_HOUR - UTC_MIN);
	assert_int_equal(dead_letters(&s, a), 0);
	mail(&s, 1, FACT_DELIVERED); /* young: not given up with the others */
	pass(&s, 3 * UTC_HOUR);
	assert_true(dead_letters(&s, a) >= 1);
	s.status['a'] = 200;
	s.n = 0;
	pass(&s, 2 * UTC_HOUR);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.to[0], "b3@b.test");
	scene_close(&s);
}

static void
test_vendors_rules(void **state)
{
	static struct scene s;
	json_int_t first, backup, gone, pm;

	(void)state;
	scene_open(&s);
	s.status['g'] = 410;
	s.status['p'] = 403;
	first = add(&s, "m",
		json_pack("{s:s,s:s,s:[s]}", "format", "mailjet-1", "event", "bounce", "events",
			"bounce"));
	backup = add(&s, "k",
		json_pack("{s:s,s:s,s:[s],s:b}", "format", "mailjet-1", "event", "bounce",
			"events", "bounce", "is_backup", 1));
	gone = add(&s, "g", json_object());
	s.status['m'] = 200;
	mail(&s, 1, FACT_BOUNCED);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(count(&s, 'm'), 1);
	s.status['m'] = 500;
	pm = add(&s, "p", json_pack("{s:s}", "format", "postmark"));
	mail(&s, 2, FACT_BOUNCED);
	pass(&s, 30 * UTC_SEC);
	/* 410: off at once. 403: no second time, both events tried. */
	assert_true(is_state(&s, gone, "off"));
	assert_int_equal(count(&s, 'g'), 1);
	assert_int_equal(count(&s, 'p'), 2);
	assert_int_equal(dead_letters(&s, pm), 2);
	assert_int_equal(count(&s, 'k'), 0);
	pass(&s, 23 * UTC_HOUR);
	assert_true(is_state(&s, first, "on"));
	/* After 24 hours: dead, the backup has everything. */
	pass(&s, 2 * UTC_HOUR);
	assert_true(is_state(&s, first, "dead"));
	assert_true(is_state(&s, backup, "on"));
	assert_int_equal(count(&s, 'k'), 2);
	/* A new URL brings it back; what the backup had is not told again. */
	json_decref(verb(&s, "webhooks.update",
		json_pack("{s:I,s:s}", "id", first, "url", "https://hooks.test/n")));
	assert_true(is_state(&s, first, "on"));
	mail(&s, 1, FACT_BOUNCED);
	pass(&s, UTC_MIN);
	assert_int_equal(count(&s, 'n'), 1);
	assert_int_equal(count(&s, 'k'), 2);
	scene_close(&s);
}

/* A poster that is busy, or dies, is no failure of the endpoint. */
static void
test_poster(void **state)
{
	static struct scene s;
	json_int_t a;
	json_t *j;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	s.class = FETCH_BUSY;
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 3 * UTC_SEC);
	assert_true(s.n >= 2);
	s.status['a'] = NONE;
	s.class = FETCH_ANSWERED;
	pass(&s, 3 * UTC_SEC);
	unsigned before = s.n;

	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, before); /* one in flight */
	s.status['a'] = 200;
	poster_up(&s);
	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, before + 2);
	assert_string_equal(s.event[before], s.event[0]);
	j = get(&s, a);
	assert_int_equal(json_integer_value(json_object_get(j, "failures")), 0);
	json_decref(j);
	scene_close(&s);
}

/* A desk that dies: what was answered is at most a second old, the rest comes again. */
static void
test_restart(void **state)
{
	static struct scene s;

	(void)state;
	scene_open(&s);
	add(&s, "a", json_object());
	mail(&s, 10, FACT_DELIVERED);
	pass(&s, 3 * UTC_SEC);
	assert_int_equal(s.n, 20);
	desk_free(&s.desk);
	mail(&s, 10, FACT_DELIVERED);
	s.desk = desk_new(s.loop, &s.env);
	poster_up(&s);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(s.n, 40);
	assert_string_equal(s.to[20], "b10@b.test");
	scene_close(&s);
}

static void
again(struct scene *s, json_int_t number, uint64_t behind, uint64_t upto)
{
	struct control *c = desk_control(s->desk);
	const struct webhook_range r = { .webhook = number,
		.tenant = 1,
		.at = loop_wall(s->loop),
		.behind = behind,
		.upto = upto };

	assert_int_equal(control_webhook_begin(c), 0);
	assert_int_equal(
		control_webhook_end(c, control_webhook_range_add(c, WEBHOOK_REPLAYS, &r)), 0);
	desk_hooks_load(s->desk);
}

/* Events again: beside the new ones, and over a restart. */
static void
test_replay(void **state)
{
	static struct scene s;
	json_int_t a;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	mail(&s, 20, FACT_DELIVERED);
	pass(&s, 5 * UTC_SEC);
	assert_int_equal(s.n, 40);
	s.status['a'] = 500;
	again(&s, a, (uint64_t)WALL - 1, (uint64_t)loop_wall(s.loop));
	pass(&s, UTC_SEC);
	assert_int_equal(s.n, 41);
	assert_string_equal(s.event[40], s.event[0]);
	desk_free(&s.desk);
	s.desk = desk_new(s.loop, &s.env);
	poster_up(&s);
	s.status['a'] = 200;
	pass(&s, 10 * UTC_SEC);
	mail(&s, 1, FACT_DELIVERED);
	pass(&s, 10 * UTC_SEC);
	/* Once tried, 40 again, 2 new ones; and not a second time. */
	assert_int_equal(s.n, 41 + 40 + 2);
	for (unsigned i = 0; i < 40; i++)
		assert_string_equal(s.event[41 + i], s.event[i]);
	pass(&s, UTC_MIN);
	assert_int_equal(s.n, 41 + 40 + 2);
	scene_close(&s);
}

static void
test_only_what_is_wanted(void **state)
{
	static struct scene s;
	json_int_t a;
	json_t *j;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_pack("{s:[s]}", "events", "bounced"));
	mail(&s, 200, FACT_DELIVERED);
	mail(&s, 1, FACT_BOUNCED);
	pass(&s, 10 * UTC_SEC);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.to[0], "b200@b.test");
	/* Arrays are gathered: 400 events in one post. */
	add(&s, "s", json_pack("{s:s,s:b}", "format", "sendgrid", "signed", 0));
	json_decref(verb(&s, "webhooks.remove", json_pack("{s:I}", "id", a)));
	mail(&s, 200, FACT_DELIVERED);
	pass(&s, 10 * UTC_SEC);
	assert_in_range(count(&s, 's'), 1, 3);
	j = desk_hooks_json(s.desk);
	assert_int_equal(json_integer_value(json_object_get(j, "endpoints")), 1);
	assert_int_equal(json_integer_value(json_object_get(j, "lag_s")), 0);
	json_decref(j);
	scene_close(&s);
}

/* The log has the newest WEBHOOK_POSTS_KEPT and no more than that for long. */
static void
test_log(void **state)
{
	static struct scene s;
	json_int_t a;
	json_t *j, *posts;

	(void)state;
	scene_open(&s);
	a = add(&s, "a", json_object());
	mail(&s, 700, FACT_DELIVERED);
	pass(&s, 60 * UTC_SEC);
	assert_int_equal(s.n, 1400);
	j = verb(&s, "webhooks.log", json_pack("{s:I,s:i}", "id", a, "limit", 5));
	posts = json_object_get(j, "posts");
	assert_int_equal(json_array_size(posts), 5);
	assert_str(desk_text(json_array_get(posts, 0), "event"), s.event[s.n - 1]);
	assert_str(desk_text(json_array_get(posts, 0), "answer"), "hello");
	assert_true(str_starts(desk_text(json_array_get(posts, 0), "request"), STR_LIT("{")));
	assert_int_equal(desk_control(s.desk) ? 1 : 0, 1);
	json_decref(j);
	j = verb(&s, "webhooks.log", json_pack("{s:I,s:i}", "id", a, "limit", 1000));
	assert_true(json_is_integer(json_object_get(j, "next")));
	json_int_t next = json_integer_value(json_object_get(j, "next"));

	json_decref(j);
	j = verb(&s, "webhooks.log",
		json_pack("{s:I,s:i,s:I}", "id", a, "limit", 1000, "from", next));
	assert_in_range(json_array_size(json_object_get(j, "posts")), 0, 150);
	json_decref(j);
	scene_close(&s);
}

TEST_MAIN(TEST(test_order), TEST(test_back_off), TEST(test_give_up), TEST(test_vendors_rules),
	TEST(test_poster), TEST(test_restart), TEST(test_replay),
	TEST(test_only_what_is_wanted), TEST(test_log))
