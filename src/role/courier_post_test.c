/* Attempts that are posts: a web server on loopback, answers by path. */
#include "role/courier_scene.h"

#include <jansson.h>

struct web {
	struct scene *scene;
	int listen_fd;
	struct loop_fd *watch;
	struct stream *at[64];
	struct buf in[64]; /* of each: what came of a request */
	size_t n;
	uint16_t port;
	unsigned requests;
	struct buf heard; /* the last request */
};
static struct web web;

static void
web_answer(struct stream *c, struct str request)
{
	struct str path = request, line;
	uint32_t status = 200;
	char text[200];

	(void)str_cut(&path, '/');
	line = str_head(path, str_find(path, ' '));
	web.requests++;
	buf_clear(&web.heard);
	assert_int_equal(buf_put(&web.heard, request), 0);
	if (str_eq_z(line, "hang"))
		return;
	if (line.n)
		assert_int_equal(str_u32(line, &status), 0);
	snprintf(text, sizeof text, "HTTP/1.1 %u X\r\nContent-Length: 7\r\n\r\nwo\nrds\xff",
		status);
	stream_write(c, str_z(text));
}

static void
on_web(void *ctx)
{
	struct stream *c = web.at[(size_t)(uintptr_t)ctx];
	struct buf *b = &web.in[(size_t)(uintptr_t)ctx];
	struct str in, v;
	size_t head, at;
	uint64_t n;

	assert_int_equal(buf_put(b, stream_input(c)), 0);
	stream_eat(c, stream_input(c).n);
	in = buf_str(b);
	head = str_find_str(in, STR_LIT("\r\n\r\n"));
	at = str_find_str(in, STR_LIT("Content-Length: "));
	if (head == in.n)
		return;
	v = str_from(in, at + 16);
	assert_int_equal(str_u64(str_head(v, str_find(v, '\r')), &n), 0);
	if (in.n < head + 4 + n)
		return;
	web_answer(c, in);
	buf_clear(b);
}

static void
on_web_event(void *ctx, enum stream_event ev)
{
	if (ev == STREAM_EOF || ev == STREAM_ERROR)
		stream_free(&web.at[(size_t)(uintptr_t)ctx]);
}

static void
on_web_client(void *ctx, unsigned what)
{
	static const struct stream_calls calls = { on_web, on_web_event };
	struct net_addr from;
	int fd;

	(void)ctx;
	(void)what;
	while ((fd = net_accept(web.listen_fd, &from)) >= 0) {
		assert_true(web.n < 64);
		buf_init(&web.in[web.n], 32u << 20);
		web.at[web.n] =
			stream_new(web.scene->loop, fd, &calls, (void *)(uintptr_t)web.n);
		web.n++;
	}
}

static struct scene *
up_scene(void)
{
	static struct scene scene;
	struct scene *s = &scene;
	struct net_addr a;

	scene_begin(s);
	s->config.lab.private_webhooks = true;
	fetch_reset(s->courier->fetch, s->courier->resolver, true);
	memset(&web, 0, sizeof web);
	web.scene = s;
	buf_init(&web.heard, 32u << 20);
	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &a), 0);
	web.listen_fd = net_listen(&a, 64);
	assert_true(web.listen_fd >= 0);
	a.len = sizeof a.u;
	assert_int_equal(getsockname(web.listen_fd, &a.u.sa, &a.len), 0);
	web.port = net_port(&a);
	web.watch = loop_fd_new(s->loop, web.listen_fd, LOOP_READ, on_web_client, s);
	return s;
}

static void
down_scene(struct scene *s)
{
	for (size_t i = 0; i < web.n; i++) {
		stream_free(&web.at[i]);
		buf_done(&web.in[i]);
	}
	loop_fd_free(&web.watch);
	close(web.listen_fd);
	buf_done(&web.heard);
	scene_end(s);
}

/* The attempt of a post; webhook: its bytes, the caller's to free. */
static struct msg_attempt
post_to(struct scene *s, uint64_t attempt, const char *path, const char *format,
	struct buf *webhook)
{
	struct msg_attempt m = scene_attempt(s, attempt, (uint16_t)attempt, SCENE_TEXT);
	char url[100];
	struct msg_webhook w = { STR_NONE, str_z(format), STR_NONE, STR_LIT("77") };

	snprintf(url, sizeof url, "http://127.0.0.1:%u/%s", web.port, path);
	w.url = str_z(url);
	buf_init(webhook, 4096);
	assert_int_equal(msg_webhook_write(webhook, &w), 0);
	m.route = ROUTE_WEBHOOK;
	m.host = STR_LIT("1/there.test");
	m.webhook = buf_str(webhook);
	return m;
}

static void
test_answers(void **state)
{
	static const struct {
		const char *path, *format;
		uint8_t result;
		uint16_t code;
	} rows[] = { { "200", "native", RESULT_DELIVERED, 250 },
		{ "204", "mailjet", RESULT_DELIVERED, 250 },
		{ "302", "native", RESULT_DEFERRED, 451 },
		{ "404", "sendgrid", RESULT_DEFERRED, 451 },
		{ "403", "native", RESULT_DEFERRED, 451 },
		{ "403", "postmark", RESULT_BOUNCED, 550 },
		{ "410", "native", RESULT_BOUNCED, 550 },
		{ "413", "native", RESULT_BOUNCED, 550 },
		{ "500", "postmark", RESULT_DEFERRED, 451 },
		{ "200", "xml", RESULT_BOUNCED, 550 } };
	struct scene *s = up_scene();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf webhook;
		struct msg_attempt m =
			post_to(s, i + 1, rows[i].path, rows[i].format, &webhook);
		const struct msg_outcome *o = scene_deliver(s, &m);
		const struct msg_result *r = &o->results.at[0];

		assert_int_equal(o->results.n, 1);
		assert_int_equal(r->stage, STAGE_WEBHOOK);
		assert_int_equal(r->result, rows[i].result);
		assert_int_equal(r->reply.code, rows[i].code);
		assert_false(o->open);
		if (i == 8)
			assert_str(r->reply.text, "HTTP 500: wo rds\xef\xbf\xbd");
		buf_done(&webhook);
	}
	assert_int_equal(s->courier->post_bytes, 0);
	down_scene(s);
}

static void
test_request(void **state)
{
	struct scene *s = up_scene();
	struct buf webhook;
	struct msg_attempt m = post_to(s, 1, "200", "native", &webhook);
	struct str all, body;
	json_t *j;

	(void)state;
	(void)scene_deliver(s, &m);
	all = buf_str(&web.heard);
	assert_true(str_find_str(all, STR_LIT("webhook-id: 77\r\n")) < all.n);
	assert_true(str_find_str(all, STR_LIT("Content-Type: application/json\r\n")) < all.n);
	body = str_from(all, str_find_str(all, STR_LIT("\r\n\r\n")) + 4);
	j = json_loadb(body.p, body.n, 0, NULL);
	assert_non_null(j);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(j, "data"), "subject")),
		"hello");
	json_decref(j);
	buf_done(&webhook);
	down_scene(s);
}

/* No URL, no connection, a private address, a body that is damaged. */
static void
test_failures(void **state)
{
	struct scene *s = up_scene();
	struct buf webhook;
	struct msg_attempt m = post_to(s, 1, "200", "native", &webhook);
	const struct msg_outcome *o;

	(void)state;
	m.webhook = STR_NONE;
	o = scene_deliver(s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_BOUNCED);
	m.webhook = buf_str(&webhook);
	m.attempt = 2;
	m.hash ^= 1;
	o = scene_deliver(s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_DAMAGED);
	m.hash ^= 1;
	fetch_reset(s->courier->fetch, s->courier->resolver, false);
	m.attempt = 3;
	o = scene_deliver(s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_DEFERRED);
	assert_int_equal(web.requests, 0);
	buf_done(&webhook);
	down_scene(s);
}

static bool
all_done(struct scene *s, size_t n, size_t *most)
{
	*most = s->courier->post_bytes > *most ? s->courier->post_bytes : *most;
	return s->noutcomes == n;
}

/* No more in memory than may be: the rest waits, in turn, and is done when there is room. */
static void
test_room(void **state)
{
	const uint16_t posts = 6;
	unsigned done = 0;
	struct scene *s = up_scene();
	char *big = mem_new(4u << 20, 1);
	struct buf webhook;
	struct msg_attempt m = post_to(s, 1, "200", "native", &webhook);
	struct extent_place p;
	size_t most = 0;

	(void)state;
	memset(big, 'x', 4u << 20);
	memcpy(big, SCENE_HEADER "\r\n", sizeof SCENE_HEADER + 1);
	p = scene_store(s, str_of(big, 4u << 20));
	m.extent = p.extent;
	m.length = p.length;
	m.offset = p.offset;
	m.hash = p.hash;
	for (uint16_t i = 0; i < posts; i++) {
		m.attempt = i + 1u;
		m.slot = i;
		m.message = 1000u * (i + 1u);
		scene_give(s, &m);
	}
	SCENE_UNTIL(s, all_done(s, posts, &most));
	assert_in_range(most, 4u << 20, 64u << 20);
	for (size_t i = 0; i < posts; i++) {
		done |= 1u << s->outcomes[i].attempt;
		assert_int_equal(s->outcomes[i].results.at[0].result, RESULT_DELIVERED);
	}
	assert_int_equal(done, 0x7e);
	assert_int_equal(web.requests, posts);
	assert_int_equal(s->courier->post_bytes, 0);
	mem_free(big);
	buf_done(&webhook);
	down_scene(s);
}

/* A slow URL with big mail delays its own account only. */
static void
test_slow(void **state)
{
	struct scene *s = up_scene();
	char *big = mem_new(9u << 20, 1);
	struct buf slow, fast;
	struct msg_attempt m = post_to(s, 1, "hang", "native", &slow), other;
	struct extent_place p;

	(void)state;
	memset(big, 'x', 9u << 20);
	memcpy(big, SCENE_HEADER "\r\n", sizeof SCENE_HEADER + 1);
	other = post_to(s, 9, "200", "native", &fast);
	other.tenant = m.tenant + 1;
	p = scene_store(s, str_of(big, 9u << 20));
	m.extent = p.extent;
	m.length = p.length;
	m.offset = p.offset;
	m.hash = p.hash;
	for (uint16_t i = 0; i < 3; i++) {
		m.attempt = i + 1u;
		m.slot = i;
		m.message = 1000u * (i + 1u);
		scene_give(s, &m);
	}
	scene_give(s, &other);
	SCENE_UNTIL(s, s->noutcomes == 1 && web.requests == 2);
	assert_int_equal(s->outcomes[0].attempt, 9);
	mem_free(big);
	buf_done(&slow);
	buf_done(&fast);
	down_scene(s);
}

/* A big mail is not passed by later ones of its account: they might never end. */
static void
test_turn(void **state)
{
	struct scene *s = up_scene();
	char *big = mem_new(9u << 20, 1);
	struct buf slow, fast, own;
	struct msg_attempt m = post_to(s, 1, "hang", "native", &slow), mail, behind, other;
	struct extent_place p;

	(void)state;
	memset(big, 'x', 9u << 20);
	memcpy(big, SCENE_HEADER "\r\n", sizeof SCENE_HEADER + 1);
	p = scene_store(s, str_of(big, 9u << 20));
	m.extent = p.extent;
	m.length = p.length;
	m.offset = p.offset;
	m.hash = p.hash;
	mail = m;
	mail.attempt = 2;
	mail.slot = 2;
	mail.message = 2000;
	behind = post_to(s, 3, "200", "native", &own);
	other = post_to(s, 9, "200", "native", &fast);
	other.tenant = m.tenant + 1;
	scene_give(s, &m);
	scene_give(s, &mail);
	scene_give(s, &behind);
	scene_give(s, &other);
	SCENE_UNTIL(s, s->noutcomes > 0 && web.requests >= 2);
	assert_int_equal(s->outcomes[0].attempt, 9);
	assert_int_equal(web.requests, 2);
	mem_free(big);
	buf_done(&slow);
	buf_done(&own);
	buf_done(&fast);
	down_scene(s);
}

/* It ends with posts waiting and under way. */
static void
test_end(void **state)
{
	struct scene *s = up_scene();
	struct buf webhook;
	struct msg_attempt m = post_to(s, 1, "hang", "native", &webhook);

	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		m.attempt = i + 1u;
		m.slot = i;
		scene_give(s, &m);
	}
	SCENE_UNTIL(s, web.requests == 3);
	assert_int_equal(s->noutcomes, 0);
	buf_done(&webhook);
	down_scene(s);
}

TEST_MAIN(TEST(test_answers), TEST(test_request), TEST(test_failures), TEST(test_room),
	TEST(test_slow), TEST(test_turn), TEST(test_end))
