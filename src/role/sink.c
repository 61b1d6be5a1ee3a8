#include "role/sink.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/log.h"
#include "io/net.h"
#include "io/random.h"
#include "io/sandbox.h"
#include "io/stream.h"
#include "wire/header.h"
#include "wire/smtp_in.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#define CONNECTIONS_MAX 500
#define RCPTS_MAX       1000
#define OUT_MAX         (256u << 10)
#define MEMORY_MAX      (512u << 20) /* of all bodies in hand */
#define MEMORIES_MAX    65536
#define SOFT_TIMES      3

enum trick {
	TRICK_NONE,
	TRICK_HARD,
	TRICK_SOFT,
	TRICK_FULL,
	TRICK_LARGE,
	TRICK_BLOCKED,
	TRICK_GREY,
	TRICK_SLOW,
	TRICK_DROP,
	TRICK_DOUBT,
	TRICK_LATE,
	TRICK_COMPLAINT
};

struct sink {
	struct loop *loop;
	struct sink_conf conf;
	struct sink_store store;
	struct sink_back *back; /* NULL: nothing comes back */
	struct loop_fd *watch;
	struct link conns;
	size_t nconns, memory; /* bytes of bodies in hand */
	/* What is remembered by a hash of an address or a Message-ID: how often it came, or
	 * when first. Emptied when full. */
	struct nmap seen;
	size_t nseen;
	uint64_t seed;
};

struct conn {
	struct link link;
	struct sink *sink;
	struct stream *stream;
	struct smtp_in smtp;
	struct buf out, body;
	struct arena arena; /* of the transaction */
	struct str from, *to;
	size_t nto;
	bool slow, drop, doubt;  /* tricks of this transaction */
	enum smtp_in_event held; /* a question whose answer waits for the timer */
	struct loop_timer timer;
	char client[NET_TEXT_MAX];
};

static void pump(struct conn *c);

/* ---- what is remembered */

static uint64_t
memory_key(struct sink *s, char kind, struct str what)
{
	uint64_t h = hash_bytes(s->seed + (unsigned char)kind, what);

	return h == 0 || h == UINT64_MAX ? 1 : h;
}

static void
remember(struct sink *s, uint64_t key, uint64_t value)
{
	uint64_t old;

	if (!nmap_get(&s->seen, key, &old) && ++s->nseen > MEMORIES_MAX) {
		nmap_done(&s->seen);
		nmap_init(&s->seen);
		s->nseen = 1;
	}
	nmap_put(&s->seen, key, value);
}

/* ---- answers */

static enum trick
trick_of(struct str local)
{
	static const struct {
		const char *name;
		enum trick trick;
	} table[] = { { "hardbounce", TRICK_HARD }, { "softbounce", TRICK_SOFT },
		{ "full", TRICK_FULL }, { "toolarge", TRICK_LARGE },
		{ "blocked", TRICK_BLOCKED }, { "greylist", TRICK_GREY },
		{ "slow", TRICK_SLOW }, { "drop", TRICK_DROP }, { "indoubt", TRICK_DOUBT },
		{ "late", TRICK_LATE }, { "complaint", TRICK_COMPLAINT } };
	struct str name = str_head(local, str_find(local, '+'));

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_ieq_z(name, table[i].name))
			return table[i].trick;
	return TRICK_NONE;
}

static struct reply
soft(struct sink *s, struct str address)
{
	uint64_t key = memory_key(s, 's', address), times = 0;

	(void)nmap_get(&s->seen, key, &times);
	if (times >= SOFT_TIMES)
		return REPLY(250, 2, 1, 5, "Ok, there is room again");
	remember(s, key, times + 1);
	return REPLY(452, 4, 2, 2, "Mailbox is full for the moment (simulated, three times)");
}

static struct reply
grey(struct sink *s, struct str address)
{
	uint64_t key = memory_key(s, 'g', address), first, now = loop_mono(s->loop);

	if (!nmap_get(&s->seen, key, &first)) {
		remember(s, key, now);
		first = now;
	}
	if (now - first >= s->conf.grey_us && first != now)
		return REPLY(250, 2, 1, 5, "Ok, you came back");
	return REPLY(451, 4, 7, 1, "Greylisted, please come back later (simulated)");
}

static struct reply
rcpt_answer(struct conn *c)
{
	struct sink *s = c->sink;
	struct str address = c->smtp.rcpt.to.text;

	switch (trick_of(c->smtp.rcpt.to.local)) {
	case TRICK_HARD:
		return REPLY(550, 5, 1, 1, "No such user here (simulated)");
	case TRICK_SOFT:
		return soft(s, address);
	case TRICK_FULL:
		return REPLY(552, 5, 2, 2, "Mailbox is over its quota (simulated)");
	case TRICK_LARGE:
		return REPLY(552, 5, 3, 4, "Message is too big for this system (simulated)");
	case TRICK_BLOCKED:
		return REPLY(554, 5, 7, 1,
			"Service unavailable; client host blocked using "
			"zen.blocklist.test; see "
			"https://blocklist.test/query (simulated)");
	case TRICK_GREY:
		return grey(s, address);
	case TRICK_SLOW:
		c->slow = true;
		break;
	case TRICK_DROP:
		c->drop = true;
		break;
	case TRICK_DOUBT:
		c->doubt = true;
		break;
	case TRICK_LATE:
	case TRICK_COMPLAINT:
	case TRICK_NONE:
		break;
	}
	return REPLY(250, 2, 1, 5, "Ok");
}

/* ---- a transaction */

static void
forget_transaction(struct conn *c)
{
	c->sink->memory -= c->body.n;
	buf_done(&c->body);
	buf_init(&c->body, SINK_SIZE_MAX);
	arena_reset(&c->arena);
	c->from = STR_NONE;
	c->to = NULL;
	c->nto = 0;
	c->slow = c->drop = c->doubt = false;
}

static struct reply
on_mail(struct conn *c)
{
	forget_transaction(c);
	c->from = arena_str(&c->arena, c->smtp.mail.from.text);
	c->to = arena_alloc(&c->arena, RCPTS_MAX * sizeof *c->to);
	must(c->to != NULL);
	if (c->sink->memory > MEMORY_MAX)
		return REPLY(452, 4, 3, 1, "Too much mail at once, come back in a moment");
	return REPLY(250, 2, 1, 0, "Ok");
}

static struct reply
on_rcpt(struct conn *c)
{
	struct reply r = rcpt_answer(c);
	struct str copy;

	if (r.code != 250 || c->nto >= RCPTS_MAX)
		return r;
	copy = arena_str(&c->arena, c->smtp.rcpt.to.text);
	if (copy.p == NULL)
		return REPLY(452, 4, 5, 3, "Too many recipients");
	c->to[c->nto++] = copy;
	return r;
}

/* True: this message was cut once before, so that it is taken now. */
static bool
came_before(struct conn *c)
{
	struct header_facts h;
	uint64_t key, times;

	header_scan(str_head(buf_str(&c->body), header_length(buf_str(&c->body))), &h);
	key = memory_key(c->sink, 'd', str_trim_all(h.message_id_value));
	if (nmap_get(&c->sink->seen, key, &times))
		return true;
	remember(c->sink, key, 1);
	return false;
}

/* Of those who took it and will not have it. */
static void
send_back(struct conn *c)
{
	struct str body = buf_str(&c->body);
	size_t n = header_length(body);
	struct sink_back_mail m = { .path = c->from, .head = str_head(body, n ? n : body.n) };

	for (size_t i = 0; c->sink->back && i < c->nto; i++) {
		enum trick t = trick_of(str_head(c->to[i], str_rfind(c->to[i], '@')));

		m.to = c->to[i];
		m.kind = t == TRICK_LATE ? SINK_BACK_BOUNCE : SINK_BACK_COMPLAINT;
		if (t == TRICK_LATE || t == TRICK_COMPLAINT)
			sink_back_later(c->sink->back, &m);
	}
}

/* The reply, code 0: cut the line. */
static struct reply
on_end(struct conn *c)
{
	bool cut = c->doubt && !came_before(c);
	struct sink_facts f = { .at = loop_wall(c->sink->loop),
		.client = str_z(c->client),
		.helo = c->smtp.helo,
		.from = c->from,
		.message = buf_str(&c->body),
		.to = c->to,
		.nto = c->nto,
		.outcome = cut ? "in_doubt" : "kept" };
	uint64_t n;
	int err = c->body.full ? -E2BIG : sink_store_add(&c->sink->store, &f, &n);

	if (err == 0 && !cut)
		send_back(c);
	forget_transaction(c);
	if (err < 0)
		return REPLY(451, 4, 3, 0, "The sink could not keep the message");
	if (cut)
		return (struct reply){ 0 };
	return REPLY(250, 2, 0, 0, "Ok: kept by the sink");
}

/* ---- the connection */

static void
conn_free(struct conn *c)
{
	struct sink *s = c->sink;

	loop_timer_off(s->loop, &c->timer);
	stream_free(&c->stream);
	forget_transaction(c);
	smtp_in_done(&c->smtp);
	buf_done(&c->out);
	buf_done(&c->body);
	arena_done(&c->arena);
	list_del(&c->link);
	s->nconns--;
	mem_free(c);
}

static void
flush(struct conn *c)
{
	stream_write(c->stream, buf_str(&c->out));
	buf_clear(&c->out);
	stream_deadline(c->stream, smtp_in_wait_us(&c->smtp));
}

/* False: the connection is gone. */
static bool
answer(struct conn *c, enum smtp_in_event ev)
{
	struct reply r = REPLY(354, 0, 0, 0, "");

	if (ev == SMTP_IN_MAIL) {
		r = on_mail(c);
	} else if (ev == SMTP_IN_RCPT) {
		r = on_rcpt(c);
	} else if (ev == SMTP_IN_END) {
		r = on_end(c);
	} else if (ev == SMTP_IN_AUTH) {
		r = REPLY(235, 2, 7, 0, "Ok");
	} else if (c->drop) { /* DATA */
		/* Before 354: whoever saw it could send a short message to its dot, and would
		 * then be in doubt. That is what indoubt@ is for. */
		r.code = 0;
	}
	if (r.code == 0) {
		conn_free(c);
		return false;
	}
	smtp_in_answer(&c->smtp, &r, &c->out);
	flush(c);
	return true;
}

static void
on_timer(void *ctx)
{
	struct conn *c = ctx;
	enum smtp_in_event ev = c->held;

	c->held = SMTP_IN_MORE;
	if (answer(c, ev))
		pump(c);
}

/* False: stop; the connection is gone or waits. */
static bool
act(struct conn *c, enum smtp_in_event ev)
{
	bool late = c->slow ||
	            (ev == SMTP_IN_RCPT && trick_of(c->smtp.rcpt.to.local) == TRICK_SLOW);

	switch (ev) {
	case SMTP_IN_MORE:
	case SMTP_IN_STARTTLS: /* not offered */
		return true;
	case SMTP_IN_BODY:
		c->sink->memory -= c->body.n;
		(void)buf_put(&c->body, c->smtp.body);
		c->sink->memory += c->body.n;
		return true;
	case SMTP_IN_RESET:
		forget_transaction(c);
		return true;
	case SMTP_IN_CLOSE:
		flush(c);
		stream_close_soft(&c->stream, 2000000);
		conn_free(c);
		return false;
	case SMTP_IN_RCPT:
	case SMTP_IN_DATA:
	case SMTP_IN_END:
		if (!late)
			break;
		c->held = ev;
		loop_timer_in(c->sink->loop, &c->timer, c->sink->conf.slow_us);
		stream_deadline(c->stream, UINT64_MAX);
		return false;
	case SMTP_IN_AUTH:
	case SMTP_IN_MAIL:
		break;
	}
	return answer(c, ev);
}

static void
pump(struct conn *c)
{
	while (c->held == SMTP_IN_MORE) {
		struct str in = stream_input(c->stream);
		size_t before = in.n;
		enum smtp_in_event ev = smtp_in_feed(&c->smtp, &in, &c->out);

		/* A body's bytes lie in the input, all other facts in the machine. */
		if (ev == SMTP_IN_BODY)
			(void)act(c, ev);
		stream_eat(c->stream, before - in.n);
		if (ev == SMTP_IN_MORE && c->out.n > 0)
			flush(c);
		if (ev == SMTP_IN_MORE && in.n == 0)
			return;
		if (ev != SMTP_IN_BODY && !act(c, ev))
			return;
	}
}

static void
on_input(void *ctx)
{
	pump(ctx);
}

static void
on_event(void *ctx, enum stream_event e)
{
	struct conn *c = ctx;
	struct reply r = REPLY(421, 4, 4, 2, "You were silent for too long");

	if (e == STREAM_TIMEOUT) {
		smtp_in_abort(&c->smtp, &r, &c->out);
		flush(c);
		stream_close_soft(&c->stream, 2000000);
		conn_free(c);
	} else if (e == STREAM_EOF || e == STREAM_ERROR) {
		conn_free(c);
	}
}

static void
conn_new(struct sink *s, int fd)
{
	static const struct stream_calls calls = { on_input, on_event };
	struct smtp_in_conf conf = {
		.hostname = s->conf.hostname,
		.software = STR_LIT("Facteur sink, keeps everything"),
		.utf8 = true,
		.size_max = SINK_SIZE_MAX - 1024,
		.rcpt_max = RCPTS_MAX,
		.errors_max = 50,
	};
	struct conn *c = MEM_NEW(c);

	c->sink = s;
	c->stream = stream_new(s->loop, fd, &calls, c);
	stream_input_max(c->stream, 256u << 10);
	net_text_port(c->client, stream_peer(c->stream));
	smtp_in_init(&c->smtp, &conf, false);
	buf_init(&c->out, OUT_MAX);
	buf_init(&c->body, SINK_SIZE_MAX);
	arena_init(&c->arena, 1u << 20);
	loop_timer_init(&c->timer, on_timer, c);
	list_push(&s->conns, &c->link);
	s->nconns++;
	smtp_in_banner(&c->smtp, &c->out);
	flush(c);
}

static void
on_accept(void *ctx, unsigned what)
{
	struct sink *s = ctx;
	struct net_addr peer;
	int fd;

	(void)what;
	while ((fd = net_accept(s->conf.listen_fd, &peer)) >= 0) {
		if (s->nconns < CONNECTIONS_MAX)
			conn_new(s, fd);
		else
			close(fd);
	}
}

int
sink_new(struct loop *l, const struct sink_conf *conf, struct sink **ret_s)
{
	struct sink *s = MEM_NEW(s);
	int err = sink_store_open(&s->store, conf->dir);

	if (err < 0) {
		close(conf->listen_fd);
		mem_free(s);
		return err;
	}
	s->loop = l;
	s->conf = *conf;
	s->seed = random_u64();
	if (conf->back.len > 0)
		s->back = sink_back_new(l, &s->conf.back, conf->hostname, SINK_BACK_US);
	list_init(&s->conns);
	nmap_init(&s->seen);
	s->watch = loop_fd_new(l, conf->listen_fd, LOOP_READ, on_accept, s);
	*ret_s = s;
	return 0;
}

void
sink_free(struct sink **ps)
{
	struct sink *s = *ps;

	if (s == NULL)
		return;
	LIST_EACH_SAFE(it, &s->conns)
	conn_free(LIST_OF(it, struct conn, link));
	sink_back_free(&s->back);
	loop_fd_free(&s->watch);
	close(s->conf.listen_fd);
	nmap_done(&s->seen);
	mem_free(s);
	*ps = NULL;
}

static void
on_signal(void *ctx, int signo)
{
	(void)signo;
	loop_stop(ctx);
}

int
sink_main(const struct sink_conf *conf, void (*ready)(void *ctx), void *ctx)
{
	const struct sandbox_path paths[] = { { conf->dir, true } };
	const struct sandbox box = {
		.paths = paths, .npaths = 1, .connect = conf->back.len > 0
	};
	struct clock clock;
	struct sink *s = NULL;
	struct loop *l;
	int err;

	clock_real(&clock);
	l = loop_new(&clock);
	if (conf->signals) {
		loop_signal(l, SIGTERM, on_signal, l);
		loop_signal(l, SIGINT, on_signal, l);
	}
	err = sink_new(l, conf, &s);
	if (err == 0)
		err = sandbox_enter(&box, SANDBOX_AUTO);
	if (err < 0 && err != -ENOSYS) { /* a kernel without Landlock will do for a lab */
		sink_free(&s);
		loop_free(&l);
		return EX_CANTCREAT;
	}
	if (ready)
		ready(ctx);
	loop_run(l);
	sink_free(&s);
	loop_free(&l);
	return EX_OK;
}
