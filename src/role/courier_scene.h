/*
 * For tests only: a courier on a loop with the engine's side of its channel, bodies in a
 * scratch spool, a table of DNS answers, and a remote SMTP host on loopback whose replies are
 * rules: the first rule that fits the connection's number and the command answers it.
 *
 *   "250 ok"         this reply         "!cut"  no reply, the line is cut
 *   "421 no!cut"     reply, then cut    "!tls"  reply, then the server's side of TLS
 *   "!hang"          nothing at all     "!slow" reply, then stop reading (scene_wake goes on)
 *   "220 go!deaf"    reply, then nonsense to whatever comes
 */
#ifndef ROLE_COURIER_SCENE_H
#define ROLE_COURIER_SCENE_H

#include "base/mem.h"
#include "base/test.h"
#include "io/file.h"
#include "io/random.h"
#include "role/courier_priv.h"

#include <errno.h>
#include <stdatomic.h>

#define SCENE_CONNS 16
#define SCENE_MOST  32

struct scene_rule {
	int conn;           /* number of the connection, from 0; -1 = any */
	const char *prefix; /* of the command; "BANNER", "BODY" (first bytes), "." */
	const char *reply;
};

struct scene_conn {
	struct scene *scene;
	struct stream *stream;
	int number;
	bool in_body, deaf;
};

struct scene {
	struct clock clock;
	struct loop *loop;
	struct flusher *flusher;
	struct extent_writer *writer;
	struct config config;
	struct role_paths paths;
	struct role_env env;
	struct phase_slot phases[ROLE_SLOTS];
	struct courier *courier;
	struct tls_server *tls;
	struct buf text; /* of the message in hand */
	/* The remote host. */
	int listen_fd, listen6_fd;
	struct loop_fd *watch, *watch6;
	uint16_t port;
	const struct scene_rule *rules;
	size_t nrules;
	const char *ehlo;
	bool tls_first;
	struct scene_conn conns[SCENE_CONNS];
	int nconns;
	struct buf said; /* "0 EHLO x\n" … */
	struct buf body; /* of the last message, dots taken off */
	/* The engine's side. */
	struct channel *engine;
	struct arena kept;
	struct msg_outcome outcomes[SCENE_MOST];
	size_t noutcomes;
	struct msg_sign signs[SCENE_MOST];
	size_t nsigns;
	size_t ndots;
	struct msg_courier_hello hello;
	size_t nhellos;
	bool no_ok, no_sign, no_dot, empty_signature;
	bool engine_gone;
};

/* ---- the remote host */

static inline const char *
scene_answer_to(struct scene_conn *r, const char *verb, const char *otherwise)
{
	struct scene *s = r->scene;

	for (size_t i = 0; i < s->nrules; i++) {
		const struct scene_rule *rule = &s->rules[i];

		if ((rule->conn < 0 || rule->conn == r->number) &&
			str_starts(str_z(verb), str_z(rule->prefix)))
			return rule->reply;
	}
	return otherwise;
}

static inline void
scene_reply(struct scene_conn *r, const char *reply)
{
	struct str all = str_z(reply), text = str_cut(&all, '!');

	if (text.n) {
		stream_write(r->stream, text);
		stream_write(r->stream, STR_LIT("\r\n"));
	}
	if (str_eq_z(all, "cut") && text.n)
		stream_close_soft(&r->stream, 100000);
	else if (str_eq_z(all, "cut"))
		stream_free(&r->stream);
	else if (str_eq_z(all, "tls"))
		stream_tls_accept(r->stream, r->scene->tls);
	else if (str_eq_z(all, "slow"))
		stream_pause(r->stream);
	else if (str_eq_z(all, "deaf"))
		r->deaf = true;
}

static inline void
scene_command(struct scene_conn *r, struct str line)
{
	struct scene *s = r->scene;
	char verb[600];
	const char *otherwise = "250 ok";

	(void)str_copy_z(verb, sizeof verb, str_head(line, sizeof verb - 1));
	buf_printf(&s->said, "%d %s\n", r->number, verb);
	if (str_starts(line, STR_LIT("EHLO")))
		otherwise = s->ehlo;
	else if (str_starts(line, STR_LIT("DATA")))
		otherwise = "354 go";
	else if (str_starts(line, STR_LIT("QUIT")))
		otherwise = "221 bye!cut";
	else if (str_starts(line, STR_LIT("AUTH")))
		otherwise = "235 welcome";
	otherwise = scene_answer_to(r, verb, otherwise);
	if (str_starts(line, STR_LIT("DATA")) && otherwise[0] == '3') {
		r->in_body = true;
		buf_clear(&s->body);
	}
	scene_reply(r, otherwise);
}

static inline void
scene_body_line(struct scene_conn *r, struct str line)
{
	struct scene *s = r->scene;

	if (str_eq_z(line, ".")) {
		r->in_body = false;
		buf_printf(&s->said, "%d .\n", r->number);
		scene_reply(r, scene_answer_to(r, ".", "250 2.0.0 kept"));
		return;
	}
	if (line.n && line.p[0] == '.')
		line = str_from(line, 1);
	buf_put(&s->body, line);
	buf_put_z(&s->body, "\r\n");
}

static inline void
scene_remote_input(void *ctx)
{
	struct scene_conn *r = ctx;

	if (r->deaf) {
		stream_eat(r->stream, stream_input(r->stream).n);
		stream_write(r->stream, STR_LIT("nonsense\r\n"));
	}
	while (r->stream) {
		struct str in = stream_input(r->stream), line;
		char copy[70000];
		size_t at = str_find(in, '\n');

		if (at == in.n)
			return;
		if (r->in_body && scene_answer_to(r, "BODY", NULL)) {
			stream_free(&r->stream);
			return;
		}
		assert_true(at > 0 && at < sizeof copy && in.p[at - 1] == '\r');
		(void)str_copy_z(copy, sizeof copy, str_head(in, at - 1));
		line = str_of(copy, at - 1);
		assert_true(str_find(line, '\r') == line.n);
		stream_eat(r->stream, at + 1);
		if (r->in_body)
			scene_body_line(r, line);
		else
			scene_command(r, line);
	}
}

static inline void
scene_greet(struct scene_conn *r)
{
	scene_reply(r, scene_answer_to(r, "BANNER", "220 remote.test ready"));
}

static inline void
scene_remote_event(void *ctx, enum stream_event e)
{
	struct scene_conn *r = ctx;

	if (e == STREAM_EOF || e == STREAM_ERROR) {
		buf_printf(&r->scene->said, "%d %s\n", r->number,
			e == STREAM_EOF ? "(end)" : "(error)");
		stream_free(&r->stream);
	} else if (e == STREAM_SECURED) {
		buf_printf(&r->scene->said, "%d (tls)\n", r->number);
		if (r->scene->tls_first)
			scene_greet(r);
	}
}

static inline void
scene_accept(struct scene *s, int listen_fd)
{
	static const struct stream_calls calls = { scene_remote_input, scene_remote_event };
	struct net_addr peer;
	int fd = net_accept(listen_fd, &peer);
	struct scene_conn *r = &s->conns[s->nconns];

	if (fd < 0)
		return;
	assert_true(s->nconns < SCENE_CONNS);
	*r = (struct scene_conn){ .scene = s, .number = s->nconns++ };
	buf_printf(&s->said, "%d (connect)\n", r->number);
	r->stream = stream_new(s->loop, fd, &calls, r);
	if (s->tls_first)
		stream_tls_accept(r->stream, s->tls);
	else
		scene_greet(r);
}

static inline void
scene_on_accept(void *ctx, unsigned what)
{
	struct scene *s = ctx;

	(void)what;
	scene_accept(s, s->listen_fd);
	if (s->listen6_fd >= 0)
		scene_accept(s, s->listen6_fd);
}

static inline void
scene_listen(struct scene *s)
{
	struct net_addr a;

	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &a), 0);
	s->listen_fd = net_listen(&a, 16);
	assert_true(s->listen_fd >= 0);
	a.len = sizeof a.u;
	assert_int_equal(getsockname(s->listen_fd, &a.u.sa, &a.len), 0);
	s->port = net_port(&a);
	s->watch = loop_fd_new(s->loop, s->listen_fd, LOOP_READ, scene_on_accept, s);
	s->listen6_fd = -1;
	if (net_parse(STR_LIT("::1"), s->port, &a) == 0)
		s->listen6_fd = net_listen(&a, 16);
	if (s->listen6_fd >= 0)
		s->watch6 = loop_fd_new(s->loop, s->listen6_fd, LOOP_READ, scene_on_accept, s);
}

static inline void
scene_wake(struct scene *s, int number)
{
	stream_resume(s->conns[number].stream);
}

/* ---- the engine's side */

static inline void
scene_tell(struct scene *s, uint16_t type, struct buf *b)
{
	assert_false(b->full);
	assert_int_equal(channel_send(s->engine, type, buf_str(b)), 0);
	buf_done(b);
}

#define SCENE_TELL(s, name, ...)                                                               \
	do {                                                                                   \
		const struct msg_##name scene_m = { __VA_ARGS__ };                             \
		struct buf scene_b;                                                            \
                                                                                               \
		buf_init(&scene_b, CHANNEL_PAYLOAD_MAX);                                       \
		assert_int_equal(msg_##name##_write(&scene_b, &scene_m), 0);                   \
		scene_tell((s), MSG_##name, &scene_b);                                         \
	} while (0)

static inline void
scene_sign(struct scene *s, const struct msg_sign *m)
{
	SCENE_TELL(s, signed, .attempt = m->attempt, .signer = m->signer,
		.signature = s->empty_signature ? STR_NONE : STR_LIT("signature"));
}

static inline void
scene_engine_message(void *ctx, uint16_t type, struct str payload)
{
	struct scene *s = ctx;
	struct msg_dot dot;

	payload = arena_str(&s->kept, payload);
	if (type == MSG_outcome) {
		struct msg_outcome *o = &s->outcomes[s->noutcomes];

		assert_true(s->noutcomes++ < SCENE_MOST);
		assert_int_equal(msg_outcome_read(&s->kept, payload, o), 0);
		if (!s->no_ok)
			SCENE_TELL(s, outcome_ok, .attempt = o->attempt);
	} else if (type == MSG_sign) {
		assert_true(s->nsigns < SCENE_MOST);
		assert_int_equal(msg_sign_read(&s->kept, payload, &s->signs[s->nsigns]), 0);
		s->nsigns++;
		if (!s->no_sign)
			scene_sign(s, &s->signs[s->nsigns - 1]);
	} else if (type == MSG_dot) {
		assert_int_equal(msg_dot_read(&s->kept, payload, &dot), 0);
		s->ndots++;
		if (!s->no_dot)
			SCENE_TELL(s, dot_ok, .attempt = dot.attempt);
	} else if (type == MSG_courier_hello) {
		assert_int_equal(msg_courier_hello_read(&s->kept, payload, &s->hello), 0);
		s->nhellos++;
	} else {
		assert_int_equal(type, MSG_tally);
	}
}

static inline void
scene_engine_gone(void *ctx)
{
	((struct scene *)ctx)->engine_gone = true;
}

/* A new engine: as the keeper would join it. */
static inline void
scene_join(struct scene *s)
{
	static const struct channel_calls calls = { scene_engine_message, scene_engine_gone };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	channel_free(&s->engine);
	s->engine = channel_new(s->loop, fd[0], CHANNEL_PAYLOAD_MAX * 4, &calls, s);
	courier_peer(s->courier, fd[1]);
}

/* ---- all of it */

static inline void
scene_step(struct scene *s)
{
	loop_step(s->loop, 2000);
}

#define SCENE_UNTIL(s, condition)                                                              \
	do {                                                                                   \
		uint64_t scene_end = clock_mono(&(s)->clock) + 10000000;                       \
                                                                                               \
		while (!(condition) && clock_mono(&(s)->clock) < scene_end)                    \
			scene_step(s);                                                         \
		if (!(condition))                                                              \
			fprintf(stderr, "remote heard:\n%.*s", STR_ARG(buf_str(&(s)->said)));  \
		assert_true(condition);                                                        \
	} while (0)

static inline void
scene_for(struct scene *s, uint64_t wait_us)
{
	uint64_t end = clock_mono(&s->clock) + wait_us;

	while (clock_mono(&s->clock) < end)
		scene_step(s);
}

static inline void
scene_courier(struct scene *s)
{
	struct resolver *real;

	s->courier = courier_new(s->loop, &s->env);
	real = s->courier->resolver;
	s->courier->resolver = resolver_fake(s->loop);
	fetch_reset(s->courier->fetch, s->courier->resolver, false);
	resolver_free(&real);
	scene_join(s);
}

static inline void
scene_begin(struct scene *s)
{
	const struct log_conf lc = { .role = "courier 1" };

	random_start();
	/* The system's roots take long to read; a test that wants some names them. */
	setenv("SSL_CERT_FILE", "/dev/null", 0);
	*s = (struct scene){ .ehlo = "250-remote.test\r\n250-PIPELINING\r\n250 8BITMIME" };
	/* These tests ask nothing of the disk. */
	if (!access("/dev/shm", W_OK))
		setenv("TMPDIR", "/dev/shm", 0);
	test_dir();
	assert_int_equal(role_paths(&s->paths, str_z(test_dir_path())), 0);
	assert_int_equal(role_paths_make(&s->paths, NULL), 0);
	clock_real(&s->clock);
	s->loop = loop_new(&s->clock);
	s->flusher = flusher_new(s->loop, true);
	assert_int_equal(extent_writer_open(s->paths.spool, 3, 9, s->flusher, &s->writer), 0);
	config_default(&s->config);
	s->config.hostname = STR_LIT("mail.here.test");
	buf_init(&s->said, 1u << 20);
	buf_init(&s->body, 64u << 20);
	buf_init(&s->text, 64u << 20);
	arena_init(&s->kept, 16u << 20);
	s->env = (struct role_env){
		.config = &s->config,
		.paths = &s->paths,
		.clock = &s->clock,
		.log = log_new(&lc, &s->clock),
		.boot = 77,
		.number = 1,
		.link_fd = -1,
		.control_fd = -1,
		.phases = s->phases,
	};
	scene_listen(s);
	scene_courier(s);
}

static inline void
scene_end(struct scene *s)
{
	courier_free(&s->courier);
	channel_free(&s->engine);
	for (int i = 0; i < s->nconns; i++)
		stream_free(&s->conns[i].stream);
	loop_fd_free(&s->watch);
	close(s->listen_fd);
	if (s->listen6_fd >= 0) {
		loop_fd_free(&s->watch6);
		close(s->listen6_fd);
	}
	if (s->tls)
		tls_server_free(&s->tls);
	extent_writer_free(&s->writer);
	flusher_free(&s->flusher);
	log_free(&s->env.log);
	config_done(&s->config);
	arena_done(&s->kept);
	buf_done(&s->said);
	buf_done(&s->body);
	buf_done(&s->text);
	loop_free(&s->loop);
	test_dir_done();
}

struct scene_stored {
	struct extent_place place;
	int err;
	bool done;
};

static inline void
scene_stored(void *ctx, int err, struct extent_place place)
{
	*(struct scene_stored *)ctx = (struct scene_stored){ place, err, true };
}

static inline struct extent_place
scene_store(struct scene *s, struct str text)
{
	struct extent_body *b = extent_body_new(s->writer);
	struct scene_stored stored = { .done = false };

	assert_int_equal(extent_body_add(b, text), 0);
	extent_body_commit(&b, scene_stored, &stored);
	SCENE_UNTIL(s, stored.done);
	assert_int_equal(stored.err, 0);
	return stored.place;
}

#define SCENE_HEADER                                                                           \
	"From: a@shop.test\r\nTo: b@there.test\r\nSubject: hello\r\n"                          \
	"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@shop.test>\r\n"
#define SCENE_TEXT SCENE_HEADER "\r\nHello,\r\n.dot\r\n..two\r\n\r\nbye\r\n"

/* An attempt of one recipient to the remote host by a route, with the body `text`. */
static inline struct msg_attempt
scene_attempt(struct scene *s, uint64_t attempt, uint16_t slot, const char *text)
{
	static struct msg_rcpt one;
	struct str t = str_z(text), cut = STR_LIT("\r\n\r\n");
	struct extent_place p = scene_store(s, t);
	size_t h = 0;

	one = (struct msg_rcpt){ .index = 0, .address = STR_LIT("b@there.test") };
	while (h + 4 <= t.n && memcmp(t.p + h, cut.p, 4) != 0)
		h++;
	buf_clear(&s->text);
	buf_put(&s->text, t);
	return (struct msg_attempt){
		.attempt = attempt,
		.slot = slot,
		.repeat = 1,
		.route = ROUTE_HOST,
		.port = s->port,
		.host = STR_LIT("127.0.0.1"),
		.site = STR_LIT("there.test"),
		.message = 1000 * attempt,
		.tenant = 1,
		.extent = p.extent,
		.length = p.length,
		.offset = p.offset,
		.hash = p.hash,
		.header_length = (uint32_t)h + 4, /* with the empty line */
		.sender = STR_LIT("a@shop.test"),
		.rcpts = { &one, 1 },
	};
}

static inline void
scene_give(struct scene *s, const struct msg_attempt *m)
{
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_attempt_write(&b, m), 0);
	scene_tell(s, MSG_attempt, &b);
}

/* Gives it and waits for its outcome. */
static inline const struct msg_outcome *
scene_deliver(struct scene *s, const struct msg_attempt *m)
{
	size_t before = s->noutcomes;

	scene_give(s, m);
	SCENE_UNTIL(s, s->noutcomes > before);
	assert_int_equal(s->noutcomes, before + 1);
	assert_int_equal(s->outcomes[before].attempt, m->attempt);
	return &s->outcomes[before];
}

/* How often the remote heard this. */
static inline unsigned
scene_heard(const struct scene *s, const char *what)
{
	struct str all = buf_str(&s->said), want = str_z(what);
	unsigned n = 0;

	for (size_t i = 0; i + want.n <= all.n; i++)
		n += memcmp(all.p + i, want.p, want.n) == 0;
	return n;
}

static inline uint32_t
scene_phase(const struct scene *s, unsigned slot)
{
	return atomic_load(&s->phases[slot].phase);
}

/* A name of the table: its addresses, as an MX or as a host. */
static inline void
scene_name(struct scene *s, const char *domain, bool mx, const char *const *hosts)
{
	struct resolve_answer *a = MEM_NEW(a);

	a->mx = mx;
	for (; *hosts; hosts++) {
		struct resolve_host *h = &a->hosts[a->nhosts++];

		h->preference = (uint16_t)(a->nhosts * 10);
		snprintf(h->name, sizeof h->name, "%s", mx ? *hosts : domain);
		assert_int_equal(net_parse(str_z(*hosts), s->port, &h->addrs[0]), 0);
		h->naddrs = 1;
	}
	resolver_fake_put(s->courier->resolver, str_z(domain), a);
	mem_free(a);
}

static inline void
scene_status(struct scene *s, const char *domain, enum resolve_status status, const char *why)
{
	struct resolve_answer *a = MEM_NEW(a);

	a->mx = true;
	a->status = status;
	snprintf(a->why, sizeof a->why, "%s", why);
	resolver_fake_put(s->courier->resolver, str_z(domain), a);
	mem_free(a);
}

#endif
