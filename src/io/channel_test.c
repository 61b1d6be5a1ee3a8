#include "io/channel.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/test.h"

#include <errno.h>
#include <sys/socket.h>

struct side {
	struct channel *c;
	struct buf got; /* "type:payload;" */
	size_t messages;
	int gone;
	bool free_on_message, free_on_gone, echo;
};

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	struct side *s = ctx;

	s->messages++;
	if (payload.n < 100)
		buf_printf(&s->got, "%u:%.*s;", type, STR_ARG(payload));
	else
		buf_printf(&s->got, "%u:%zu bytes;", type, payload.n);
	if (s->echo)
		assert_int_equal(channel_send(s->c, (uint16_t)(type + 1), payload), 0);
	if (s->free_on_message)
		channel_free(&s->c);
}

static void
on_gone(void *ctx)
{
	struct side *s = ctx;

	s->gone++;
	if (s->free_on_gone)
		channel_free(&s->c);
}

static const struct channel_calls calls = { on_message, on_gone };

static struct clock clk;

static struct loop *
open_two(struct side *a, struct side *b, size_t max)
{
	struct loop *l;
	int fd[2];

	clock_real(&clk);
	l = loop_new(&clk);
	assert_int_equal(channel_pair(fd), 0);
	*a = (struct side){ .c = channel_new(l, fd[0], max, &calls, a) };
	*b = (struct side){ .c = channel_new(l, fd[1], max, &calls, b) };
	buf_init(&a->got, 1u << 20);
	buf_init(&b->got, 1u << 20);
	return l;
}

static void
close_two(struct loop *l, struct side *a, struct side *b)
{
	channel_free(&a->c);
	channel_free(&b->c);
	buf_done(&a->got);
	buf_done(&b->got);
	loop_free(&l);
}

static void
steps(struct loop *l, int n)
{
	while (n-- > 0)
		loop_step(l, 1000);
}

static void
test_messages(void **state)
{
	struct side a, b;
	struct loop *l = open_two(&a, &b, 1000);

	(void)state;
	b.echo = true;
	assert_int_equal(channel_send(a.c, 1, STR_LIT("one")), 0);
	assert_int_equal(channel_send(a.c, 65535, STR_NONE), 0);
	assert_int_equal(channel_send(a.c, 3, STR_LIT("three")), 0);
	assert_int_equal(channel_unsent(a.c), 32);
	steps(l, 4);
	assert_int_equal(channel_unsent(a.c), 0);
	assert_str(buf_str(&b.got), "1:one;65535:;3:three;");
	assert_str(buf_str(&a.got), "2:one;0:;4:three;");
	close_two(l, &a, &b);
}

static void
test_largest(void **state)
{
	struct str big = { mem_new(CHANNEL_PAYLOAD_MAX, 1), CHANNEL_PAYLOAD_MAX };
	struct side a, b;
	struct loop *l = open_two(&a, &b, 16);

	(void)state;
	assert_int_equal(channel_send(a.c, 1, big), -EAGAIN);
	assert_int_equal(channel_unsent(a.c), 0);
	assert_int_equal(channel_force(a.c, 1, big), 0);
	assert_int_equal(channel_send(a.c, 2, STR_NONE), -EAGAIN);
	assert_int_equal(channel_force(a.c, 3, STR_NONE), 0);
	for (int i = 0; i < 3000 && b.messages < 2; i++)
		steps(l, 1);
	assert_str(buf_str(&b.got), "1:4194304 bytes;3:;");
	assert_int_equal(channel_send(a.c, 2, STR_NONE), 0);
	close_two(l, &a, &b);
	mem_free((void *)(uintptr_t)big.p);
}

static void
test_gone(void **state)
{
	struct side a, b;
	struct loop *l = open_two(&a, &b, 1000);

	(void)state;
	assert_int_equal(channel_send(b.c, 5, STR_LIT("last")), 0);
	channel_free(&b.c); /* what was sent arrives */
	steps(l, 4);
	assert_str(buf_str(&a.got), "5:last;");
	assert_int_equal(a.gone, 1);
	assert_int_equal(channel_send(a.c, 1, STR_NONE), -EPIPE);
	assert_int_equal(channel_force(a.c, 1, STR_NONE), -EPIPE);
	steps(l, 4);
	assert_int_equal(a.gone, 1);
	close_two(l, &a, &b);

	l = open_two(&a, &b, 1000);
	a.free_on_message = true; /* with more messages behind it */
	assert_int_equal(channel_send(b.c, 1, STR_NONE), 0);
	assert_int_equal(channel_send(b.c, 2, STR_NONE), 0);
	b.free_on_gone = true;
	steps(l, 4);
	assert_str(buf_str(&a.got), "1:;");
	assert_int_equal(b.gone, 1);
	assert_null(b.c);
	close_two(l, &a, &b);
}

static void
test_nonsense(void **state)
{
	static const struct {
		const char *name;
		struct str bytes;
		const char *want;
	} table[] = {
		{ "length", { "\x01\x00\x40\x00\x01\x00\x00\x00", 8 }, "" },
		{ "not zero", { "\x00\x00\x00\x00\x01\x00\x01\x00", 8 }, "" },
		{ "behind a good one",
			{ "\x01\x00\x00\x00\x02\x00\x00\x00x\xff\xff\xff\xff\x00\x00\x00\x00",
				17 },
			"2:x;" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct side a = { .gone = 0 };
		struct loop *l;
		int fd[2];

		clock_real(&clk);
		l = loop_new(&clk);
		buf_init(&a.got, 1000);
		assert_int_equal(channel_pair(fd), 0);
		a.c = channel_new(l, fd[0], 1000, &calls, &a);
		assert_int_equal(write(fd[1], row->bytes.p, row->bytes.n), row->bytes.n);
		steps(l, 3);
		assert_str(buf_str(&a.got), row->want);
		assert_int_equal(a.gone, 1);
		close(fd[1]);
		steps(l, 3);
		assert_int_equal(a.gone, 1);
		channel_free(&a.c);
		buf_done(&a.got);
		loop_free(&l);
	}
}

/* Frames that come byte by byte. */
static void
test_bytewise(void **state)
{
	struct str in = { "\x03\x00\x00\x00\x09\x00\x00\x00"
			  "abc\x00\x00\x00\x00\x01\x00\x00\x00",
		19 };
	struct str payload;
	uint16_t type;

	(void)state;
	for (size_t n = 0; n < 11; n++)
		assert_int_equal(channel_split(str_head(in, n), &type, &payload), 0);
	assert_int_equal(channel_split(in, &type, &payload), 11);
	assert_str(payload, "abc");
	assert_int_equal(type, 9);
	assert_int_equal(channel_split(str_from(in, 11), &type, &payload), 8);
	assert_int_equal(type, 1);
	assert_int_equal(payload.n, 0);
}

static void
test_link(void **state)
{
	char text[16];
	int link_fd[2], p[2], fd = -2;

	(void)state;
	assert_int_equal(link_pair(link_fd), 0);
	assert_int_equal(pipe(p), 0);
	assert_int_equal(link_recv(link_fd[1], text, sizeof text, &fd), -EAGAIN);
	assert_int_equal(link_send(link_fd[0], STR_NONE, -1), -EINVAL);
	assert_int_equal(link_send(link_fd[0], STR_LIT("take"), p[1]), 0);
	assert_int_equal(link_send(link_fd[0], STR_LIT("bare"), -1), 0);
	assert_int_equal(link_send(link_fd[0], STR_LIT("more than fits in there"), p[1]), 0);
	assert_int_equal(link_recv(link_fd[1], text, sizeof text, &fd), 4);
	assert_memory_equal(text, "take", 4);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(link_recv(link_fd[1], text, sizeof text, &fd), 4);
	assert_int_equal(fd, -1);
	assert_int_equal(link_recv(link_fd[1], text, sizeof text, &fd), -EMSGSIZE);
	close(link_fd[0]);
	assert_int_equal(link_recv(link_fd[1], text, sizeof text, &fd), 0);
	close(link_fd[1]);
	close(p[1]);
	assert_int_equal(read(p[0], text, 2), 1);
	assert_int_equal(read(p[0], text, 2), 0); /* no copy of the descriptor leaked */
	close(p[0]);
}

TEST_MAIN(TEST(test_messages), TEST(test_largest), TEST(test_gone), TEST(test_nonsense),
	TEST(test_bytewise), TEST(test_link))
