#include "role/sink.h"

#include "base/test.h"
#include "io/file.h"
#include "io/net.h"
#include "io/random.h"

#include <errno.h>
#include <sys/socket.h>

struct bench {
	struct clock clock;
	struct loop *loop;
	struct sink *sink;
	char dir[300];
	struct net_addr at;
	int fd;
	struct buf in;
};

static void
listening(struct sink_conf *conf, struct net_addr *ret_at)
{
	struct net_addr any;

	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &any), 0);
	conf->listen_fd = net_listen(&any, 16);
	assert_true(conf->listen_fd >= 0);
	ret_at->len = sizeof ret_at->u;
	assert_int_equal(getsockname(conf->listen_fd, &ret_at->u.sa, &ret_at->len), 0);
}

static void
set_up_with(struct bench *b, const struct net_addr *back)
{
	struct sink_conf conf = {
		.hostname = STR_LIT("sink.test"), .slow_us = 200000, .grey_us = 200000
	};

	random_start();
	clock_real(&b->clock);
	b->loop = loop_new(&b->clock);
	snprintf(b->dir, sizeof b->dir, "%s", test_dir());
	conf.dir = b->dir;
	listening(&conf, &b->at);
	if (back)
		conf.back = *back;
	assert_int_equal(sink_new(b->loop, &conf, &b->sink), 0);
	b->fd = -1;
	buf_init(&b->in, 1 << 20);
}

static void
set_up(struct bench *b)
{
	set_up_with(b, NULL);
}

static void
tear_down(struct bench *b)
{
	if (b->fd >= 0)
		close(b->fd);
	sink_free(&b->sink);
	loop_free(&b->loop);
	buf_done(&b->in);
	test_dir_done();
}

static void
dial(struct bench *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(b->fd, &b->at.u.sa, b->at.len), 0);
	assert_int_equal(fcntl(b->fd, F_SETFL, O_NONBLOCK), 0);
}

/* The last line of the next reply, its code first; "cut" at the end of the connection. */
static const char *
reply(struct bench *b)
{
	static char line[600];

	buf_clear(&b->in);
	for (int i = 0; i < 3000; i++) {
		char *at = buf_room(&b->in, 4096);
		ssize_t n = read(b->fd, at, 4096);
		struct str last;

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return "cut";
		if (n > 0)
			buf_added(&b->in, (size_t)n);
		last = buf_str(&b->in);
		if (last.n > 2 && last.p[last.n - 1] == '\n') {
			last.n -= 2;
			last = str_from(last,
				str_rfind(last, '\n') < last.n ? str_rfind(last, '\n') + 1 : 0);
			if (last.n > 3 && last.p[3] == ' ') {
				snprintf(line, sizeof line, "%.*s", STR_ARG(last));
				return line;
			}
		}
		loop_step(b->loop, 1000);
	}
	return "nothing";
}

static void
say(struct bench *b, const char *text)
{
	assert_int_equal(write(b->fd, text, strlen(text)), (ssize_t)strlen(text));
}

#define assert_starts(got, want)                                                               \
	do {                                                                                   \
		const char *got_ = (got);                                                      \
		if (!str_starts(str_z(got_), str_z(want)))                                     \
			fail_msg("got \"%s\", want \"%s\"", got_, (want));                     \
	} while (0)

/* From the banner to the answer to RCPT. */
static const char *
rcpt(struct bench *b, const char *to)
{
	char line[300];

	dial(b);
	assert_starts(reply(b), "220 sink.test");
	say(b, "EHLO c.test\r\n");
	assert_starts(reply(b), "250");
	say(b, "MAIL FROM:<a@c.test>\r\n");
	assert_starts(reply(b), "250");
	snprintf(line, sizeof line, "RCPT TO:<%s>\r\n", to);
	say(b, line);
	return reply(b);
}

static const char *
data(struct bench *b, const char *message_id)
{
	char text[300];
	const char *r;

	say(b, "DATA\r\n");
	r = reply(b);
	if (!str_starts(str_z(r), STR_LIT("354")))
		return r;
	snprintf(text, sizeof text, "Message-ID: <%s>\r\nSubject: Hi\r\n\r\n..x\r\n.\r\n",
		message_id);
	say(b, text);
	return reply(b);
}

static unsigned
kept(struct bench *b)
{
	struct sink_store s;

	assert_int_equal(sink_store_open(&s, b->dir), 0);
	return (unsigned)s.last;
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *name, *to, *want;
	} table[] = {
		{ "hard", "hardbounce@x.test", "550 5.1.1" },
		{ "case and tag", "HardBounce+abc@x.test", "550 5.1.1" },
		{ "full", "full@x.test", "552 5.2.2" },
		{ "large", "toolarge@x.test", "552 5.3.4" },
		{ "blocked", "blocked@x.test", "554 5.7.1" },
		{ "soft 1", "softbounce@x.test", "452 4.2.2" },
		{ "soft 2", "softbounce@x.test", "452 4.2.2" },
		{ "another address counts for itself", "softbounce+1@x.test", "452 4.2.2" },
		{ "soft 3", "softbounce@x.test", "452 4.2.2" },
		{ "soft 4", "softbounce@x.test", "250 2.1.5" },
		{ "delivered", "delivered+tag@x.test", "250 2.1.5" },
		{ "anybody", "someone@x.test", "250 2.1.5" },
		{ "longer name is another one", "hardbouncer@x.test", "250 2.1.5" },
	};
	struct bench b;

	(void)state;
	set_up(&b);
	TEST_EACH(row, table)
	assert_starts(rcpt(&b, row->to), row->want);
	assert_int_equal(kept(&b), 0);
	tear_down(&b);
}

static void
test_kept(void **state)
{
	struct bench b;
	struct buf text;
	char path[400];

	(void)state;
	set_up(&b);
	assert_starts(rcpt(&b, "delivered@x.test"), "250");
	assert_starts(data(&b, "1@c"), "250 2.0.0");
	say(&b, "QUIT\r\n");
	assert_starts(reply(&b), "221");
	buf_init(&text, 4096);
	snprintf(path, sizeof path, "%s/000001.eml", b.dir);
	assert_int_equal(file_read(path, &text), 0);
	assert_str(buf_str(&text), "Message-ID: <1@c>\r\nSubject: Hi\r\n\r\n.x\r\n");
	buf_clear(&text);
	snprintf(path, sizeof path, "%s/000001.json", b.dir);
	assert_int_equal(file_read(path, &text), 0);
	assert_true(str_find_str(buf_str(&text), STR_LIT("\"to\":[\"delivered@x.test\"]")) <
		    text.n);
	assert_true(str_find_str(buf_str(&text), STR_LIT("\"message_id\":\"<1@c>\"")) < text.n);
	buf_done(&text);
	tear_down(&b);
}

static void
test_greylist(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	assert_starts(rcpt(&b, "greylist@x.test"), "451 4.7.1");
	assert_starts(rcpt(&b, "greylist@x.test"), "451 4.7.1");
	usleep(250000);
	loop_step(b.loop, 0);
	assert_starts(rcpt(&b, "greylist@x.test"), "250");
	tear_down(&b);
}

static void
test_slow(void **state)
{
	struct bench b;
	uint64_t before;

	(void)state;
	set_up(&b);
	before = clock_mono(&b.clock);
	assert_starts(rcpt(&b, "slow@x.test"), "250");
	assert_true(clock_mono(&b.clock) - before >= 200000);
	/* Pipelined commands are each late. */
	before = clock_mono(&b.clock);
	say(&b, "RCPT TO:<slow@y.test>\r\nDATA\r\n");
	while (!str_starts(str_z(reply(&b)), STR_LIT("354")))
		;
	assert_true(clock_mono(&b.clock) - before >= 400000);
	say(&b, "Subject: x\r\n\r\nx\r\n.\r\n");
	assert_starts(reply(&b), "250 2.0.0");
	assert_int_equal(kept(&b), 1);
	tear_down(&b);
}

static void
test_cut(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	assert_starts(rcpt(&b, "drop@x.test"), "250");
	assert_string_equal(data(&b, "2@c"), "cut");
	assert_int_equal(kept(&b), 0);
	assert_starts(rcpt(&b, "indoubt@x.test"), "250");
	assert_string_equal(data(&b, "3@c"), "cut");
	assert_int_equal(kept(&b), 1);
	assert_starts(rcpt(&b, "indoubt@x.test"), "250");
	assert_starts(data(&b, "3@c"), "250");
	assert_int_equal(kept(&b), 2);
	tear_down(&b);
}

/* What comes back goes to another sink, which plays the service. */
static void
test_back(void **state)
{
	static const struct {
		const char *name, *to, *rcpt;
		const char *want[4];
	} rows[] = {
		{ "bounce", "late+1@x.test", "\"to\":[\"a@c.test\"]",
			{ "late+1@x.test", "Action: failed", "Message-ID: <4@c>", NULL } },
		{ "complaint", "complaint@x.test", "\"to\":[\"fbl@c.test\"]",
			{ "Feedback-Type: abuse", "Original-Mail-From: <a@c.test>",
				"Message-ID: <4@c>", NULL } },
	};
	struct sink_conf conf = { .hostname = STR_LIT("service.test") };
	struct net_addr at;
	struct sink *service;
	struct bench b;
	char dir[400], path[500];
	struct buf text;
	uint64_t n = 0;

	(void)state;
	listening(&conf, &at);
	set_up_with(&b, &at);
	snprintf(dir, sizeof dir, "%s/service", b.dir);
	conf.dir = dir;
	assert_int_equal(sink_new(b.loop, &conf, &service), 0);
	buf_init(&text, 1 << 20);
	TEST_EACH(row, rows)
	{
		assert_starts(rcpt(&b, row->to), "250");
		assert_starts(data(&b, "4@c"), "250");
		snprintf(path, sizeof path, "%s/%06u.json", dir, (unsigned)++n);
		for (int i = 0; i < 20000 && access(path, R_OK) < 0; i++)
			loop_step(b.loop, 1000);
		buf_clear(&text);
		assert_int_equal(file_read(path, &text), 0);
		assert_true(str_find_str(buf_str(&text), str_z(row->rcpt)) < text.n);
		snprintf(path, sizeof path, "%s/%06u.eml", dir, (unsigned)n);
		buf_clear(&text);
		assert_int_equal(file_read(path, &text), 0);
		for (int i = 0; row->want[i]; i++)
			assert_true(str_find_str(buf_str(&text), str_z(row->want[i])) < text.n);
	}
	buf_done(&text);
	sink_free(&service);
	tear_down(&b);
}

static void
test_store(void **state)
{
	struct sink_facts f = { .message = STR_LIT("\r\nx\r\n"), .outcome = "kept" };
	struct sink_store s, again;
	uint64_t n;

	(void)state;
	assert_int_equal(sink_store_open(&s, test_dir()), 0);
	for (unsigned i = 1; i <= SINK_KEEP + 5; i++) {
		assert_int_equal(sink_store_add(&s, &f, &n), 0);
		assert_int_equal(n, i);
	}
	assert_int_equal(sink_store_open(&again, s.dir), 0);
	assert_int_equal(again.oldest, 6);
	assert_int_equal(again.last, SINK_KEEP + 5);
	assert_int_equal(sink_store_clear(&again, &n), 0);
	assert_int_equal(n, SINK_KEEP);
	/* Numbers go on while the sink runs. */
	assert_int_equal(sink_store_add(&s, &f, &n), 0);
	assert_int_equal(n, SINK_KEEP + 6);
	/* Two that add: each finds a number of its own. */
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(sink_store_add(i % 2 ? &s : &again, &f, &n), 0);
		assert_int_equal(n, SINK_KEEP + 7 + i);
	}
	/* All that may lie there does: the oldest make room. */
	s.bytes = SINK_BYTES;
	assert_int_equal(sink_store_add(&s, &f, &n), 0);
	assert_true(s.bytes <= SINK_BYTES && s.oldest > SINK_KEEP + 6);
	test_dir_done();
}

TEST_MAIN(TEST(test_refusals), TEST(test_kept), TEST(test_greylist), TEST(test_slow),
	TEST(test_cut), TEST(test_back), TEST(test_store))
