/*
 * For the edge's tests: an edge on a loop, its engine played by the test over a real channel,
 * real clients over loopback TCP.
 */
#ifndef ROLE_EDGE_SCENE_H
#define ROLE_EDGE_SCENE_H

#include "base/test.h"

#include "base/mem.h"
#include "io/channel.h"
#include "io/extent.h"
#include "io/random.h"
#include "role/edge_priv.h"

#include <sys/stat.h>

#define SCENE_LETTERS 8 /* of a call, that are kept */

struct scene {
	struct clock clock;
	struct loop *loop;
	struct config config;
	struct role_paths paths;
	struct role_env env;
	struct role_port ports[6];
	struct edge *edge;
	struct tls_client *tls;

	struct channel *engine;
	bool deaf;       /* the engine takes submits and says nothing */
	bool refuse;     /* the state it tells */
	bool no_keys;    /* every AUTH fails */
	uint8_t stream;  /* of every key */
	uint32_t tenant; /* likewise; 0: 7 */
	unsigned auths, checks, submits, hellos, signals, finds;
	const char *inbound;      /* domain whose mail tenant 7 wants */
	const char *returns;      /* who wants to read what comes back */
	bool counted, seats_full; /* sessions of keys are counted; there is room for no more */
	unsigned enters, opens;
	uint32_t open;        /* sessions, as told last */
	struct msg_find find; /* the last one, without its text */
	/* Says what an engine says of streams when it is asked for; NULL: it knows of none. */
	void (*late_stream)(struct scene *sc, uint8_t how);
	uint64_t next_id;
	char last_client[NET_TEXT_MAX]; /* who asked, how it came */
	uint8_t last_way;
	char last_key[300], last_domain[300], refused_domain[100];
	char submit[8192]; /* the last one, as sent */
	size_t submit_n;
	struct arena arena;
	struct msg_submit last;

	/* Of the HTTP API */
	const char *listed; /* the address that is on the suppression list; NULL: none */
	unsigned screens;
	bool mute;       /* the engine hears who calls and says nothing */
	uint64_t asked;  /* seq of the last one who was */
	uint8_t scopes;  /* of every key */
	unsigned calls;  /* several submits in one message count as one */
	struct buf call; /* the last one, as sent */
	struct msg_submit letters[SCENE_LETTERS];
	size_t nletters;
	struct msg_submitted said; /* the answer to it; code 0: taken */
	char signal_bytes[8192];   /* the last one */
	struct msg_signal signal;
};

struct client {
	struct scene *scene;
	struct stream *s;
	bool eof, secured;
	bool head;       /* it asked for the head alone */
	char line[2048]; /* the last line of the last reply */
};

#define ENGINE_SAYS(sc, name, ...)                                                             \
	do {                                                                                   \
		const struct msg_##name says_m = { __VA_ARGS__ };                              \
		struct buf says_b;                                                             \
                                                                                               \
		buf_init(&says_b, CHANNEL_PAYLOAD_MAX);                                        \
		msg_##name##_write(&says_b, &says_m);                                          \
		channel_force((sc)->engine, MSG_##name, buf_str(&says_b));                     \
		buf_done(&says_b);                                                             \
	} while (0)

static inline void
engine_state(struct scene *sc)
{
	if (sc->refuse)
		ENGINE_SAYS(sc, edge_state, .accept = 0,
			.reply = REPLY(452, 4, 3, 1, "The disk is nearly full"));
	else
		ENGINE_SAYS(sc, edge_state, .accept = 1, .reply = REPLY(250, 2, 0, 0, "Ok"));
}

static inline void
engine_takes(struct scene *sc, struct str payload)
{
	arena_reset(&sc->arena);
	assert_true(payload.n <= sizeof sc->submit);
	memcpy(sc->submit, payload.p, payload.n);
	sc->submit_n = payload.n;
	assert_int_equal(
		msg_submit_read(&sc->arena, str_of(sc->submit, sc->submit_n), &sc->last), 0);
	sc->submits++;
	if (!sc->deaf)
		ENGINE_SAYS(sc, submitted, .seq = sc->last.seq,
			.reply = REPLY(250, 2, 0, 0, "Ok: queued"));
}

/* Several submits as one. */
static inline void
engine_takes_call(struct scene *sc, struct str payload)
{
	const struct reply ok = REPLY(250, 2, 0, 0, "Ok: queued");
	struct msg_submits m;

	arena_reset(&sc->arena);
	buf_clear(&sc->call);
	assert_int_equal(buf_put(&sc->call, payload), 0);
	assert_int_equal(msg_submits_read(&sc->arena, buf_str(&sc->call), &m), 0);
	assert_true(m.texts.n > 0);
	sc->nletters = m.texts.n;
	for (size_t i = 0; i < m.texts.n; i++) {
		struct msg_submit *s = i < SCENE_LETTERS ? &sc->letters[i] : &sc->last;

		assert_int_equal(msg_submit_read(&sc->arena, m.texts.at[i].bytes, s), 0);
		assert_int_equal(s->seq, sc->letters[0].seq);
	}
	sc->last = sc->letters[0];
	sc->calls++;
	if (!sc->deaf)
		ENGINE_SAYS(sc, submitted, .seq = sc->last.seq, .first = sc->said.first,
			.idem = sc->said.idem, .retry_s = sc->said.retry_s,
			.full = sc->said.full,
			.reply = sc->said.reply.code ? sc->said.reply : ok);
}

static inline void
engine_signal_came(struct scene *sc, struct str payload)
{
	assert_true(payload.n <= sizeof sc->signal_bytes);
	memcpy(sc->signal_bytes, payload.p, payload.n);
	assert_int_equal(
		msg_signal_read(NULL, str_of(sc->signal_bytes, payload.n), &sc->signal), 0);
	sc->signals++;
	if (sc->deaf || sc->signal.seq == 0)
		return;
	if (sc->refuse)
		ENGINE_SAYS(sc, submitted, .seq = sc->signal.seq,
			.reply = REPLY(451, 4, 3, 2, "Busy"));
	else
		ENGINE_SAYS(sc, submitted, .seq = sc->signal.seq,
			.reply = REPLY(250, 2, 0, 0, "Ok"));
}

static inline void
engine_auth_came(struct scene *sc, struct str payload)
{
	struct arena a;
	struct msg_auth m;

	arena_init(&a, 4096);
	assert_int_equal(msg_auth_read(&a, payload, &m), 0);
	sc->auths++;
	sc->asked = m.seq;
	(void)str_copy_z(sc->last_key, sizeof sc->last_key, m.key);
	(void)str_copy_z(sc->last_client, sizeof sc->last_client, m.client);
	sc->last_way = m.tls;
	if (sc->mute)
		; /* waits for ever */
	else if (sc->no_keys)
		ENGINE_SAYS(sc, authed, .seq = m.seq, .wait_ms = 50,
			.reply = REPLY(535, 5, 7, 8, "No"));
	else
		ENGINE_SAYS(sc, authed, .seq = m.seq, .ok = 1, .scopes = sc->scopes,
			.counted = sc->counted, .stream = sc->stream,
			.tenant = sc->tenant ? sc->tenant : 7, .key = 9,
			.reply = REPLY(235, 2, 7, 0, "Ok"));
	arena_done(&a);
}

static inline void
engine_screen_came(struct scene *sc, struct arena *a, struct str payload)
{
	char told[MSG_TEXTS_MAX];
	struct msg_screen m;

	assert_int_equal(msg_screen_read(a, payload, &m), 0);
	sc->screens++;
	for (size_t i = 0; i < m.addresses.n; i++)
		told[i] =
			sc->listed && str_eq_z(m.addresses.at[i].bytes, sc->listed) ? '1' : '0';
	ENGINE_SAYS(sc, screened, .seq = m.seq, .listed = str_of(told, m.addresses.n));
}

static inline void
engine_find_came(struct scene *sc, struct str payload)
{
	struct msg_find m;
	struct str domain;
	const char *address = NULL;

	assert_int_equal(msg_find_read(NULL, payload, &m), 0);
	domain = str_from(m.address, str_rfind(m.address, '@') + 1);
	sc->finds++;
	sc->find = m;
	sc->find.address = STR_NONE;
	if (m.what == FIND_STREAMS && sc->late_stream)
		sc->late_stream(sc, MSG_STREAM_BROADCAST);
	if (m.what == FIND_INBOUND)
		address = sc->inbound && str_eq_z(domain, sc->inbound) ? "" : NULL;
	else
		address = sc->returns;
	ENGINE_SAYS(sc, found, .seq = m.seq,
		.is = sc->refuse && (m.what == FIND_INBOUND || m.what == FIND_GROUPS)
	                      ? FIND_LATER
	                      : !!address,
		.tenant = 7, .address = str_z(address ? address : ""));
}

static inline void
engine_enter_came(struct scene *sc, struct str payload)
{
	struct msg_enter m;

	assert_int_equal(msg_enter_read(NULL, payload, &m), 0);
	sc->enters++;
	sc->open = m.n;
	if (sc->deaf)
		return;
	if (sc->seats_full)
		ENGINE_SAYS(sc, entered, .seq = m.seq, .ok = 0,
			.reply = REPLY(421, 4, 7, 0, "Too many sessions"));
	else
		ENGINE_SAYS(
			sc, entered, .seq = m.seq, .ok = 1, .reply = REPLY(250, 2, 0, 0, "Ok"));
}

static inline void
engine_hears(void *ctx, uint16_t type, struct str payload)
{
	struct scene *sc = ctx;
	struct arena a;
	struct msg_check c;
	struct msg_query q;

	arena_init(&a, 8192);
	if (type == MSG_edge_hello) {
		sc->hellos++;
		engine_state(sc);
		ENGINE_SAYS(sc, grant, .first = sc->next_id, .count = 100000);
		sc->next_id += 100000;
	} else if (type == MSG_submit) {
		engine_takes(sc, payload);
	} else if (type == MSG_submits) {
		engine_takes_call(sc, payload);
	} else if (type == MSG_signal) {
		engine_signal_came(sc, payload);
	} else if (type == MSG_auth) {
		engine_auth_came(sc, payload);
	} else if (type == MSG_check) {
		assert_int_equal(msg_check_read(&a, payload, &c), 0);
		sc->checks++;
		(void)str_copy_z(sc->last_domain, sizeof sc->last_domain, c.domain);
		ENGINE_SAYS(sc, checked, .seq = c.seq,
			.ok = !str_eq_z(c.domain, sc->refused_domain),
			.reply = REPLY(550, 5, 7, 1, "Not yours"));
	} else if (type == MSG_enter) {
		engine_enter_came(sc, payload);
	} else if (type == MSG_open) {
		struct msg_open m;

		assert_int_equal(msg_open_read(&a, payload, &m), 0);
		sc->opens++;
		sc->open = m.n;
	} else if (type == MSG_screen) {
		engine_screen_came(sc, &a, payload);
	} else if (type == MSG_find) {
		engine_find_came(sc, payload);
	} else if (type == MSG_query) {
		assert_int_equal(msg_query_read(&a, payload, &q), 0);
		ENGINE_SAYS(sc, answer, .seq = q.seq, .status = sc->refuse ? 503 : 200,
			.json = STR_LIT("{\"accepting\":true}"));
	}
	arena_done(&a);
}

static inline void
engine_hears_end(void *ctx)
{
	struct scene *sc = ctx;

	channel_free(&sc->engine);
}

static inline void
engine_comes(struct scene *sc)
{
	static const struct channel_calls calls = { engine_hears, engine_hears_end };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	sc->engine = channel_new(sc->loop, fd[0], 16u << 20, &calls, sc);
	edge_peer(sc->edge, fd[1]);
}

static inline void
steps(struct scene *sc, int n)
{
	while (n-- > 0)
		loop_step(sc->loop, 1000);
}

static inline int
scene_port(struct role_port *p, enum port_kind kind)
{
	struct net_addr a;

	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &a), 0);
	p->kind = kind;
	p->fd = net_listen(&a, 64);
	assert_true(p->fd >= 0);
	a.len = sizeof a.u;
	assert_int_equal(getsockname(p->fd, &a.u.sa, &a.len), 0);
	p->port = net_port(&a);
	return 0;
}

static inline void
scene_paths(struct scene *sc)
{
	const char *dir = test_dir();

	snprintf(sc->paths.state, sizeof sc->paths.state, "%s", dir);
	snprintf(sc->paths.spool, sizeof sc->paths.spool, "%s/spool", dir);
	snprintf(sc->paths.tls, sizeof sc->paths.tls, "%s/tls", dir);
	mkdir(sc->paths.spool, 0700);
	mkdir(sc->paths.tls, 0700);
}

/* Ports: STARTTLS, TLS, PLAIN, HTTP, SHARED, LOCAL. one: no threads. */
static inline struct scene *
scene_make(void (*change)(struct config *c), bool one)
{
	struct scene *sc = MEM_NEW(sc);
	const struct log_conf lc = { .role = "edge 1" };
	char sock[600];

	random_start();
	clock_real(&sc->clock);
	sc->loop = loop_new(&sc->clock);
	config_default(&sc->config);
	sc->config.hostname = STR_LIT("mail.test");
	if (change)
		change(&sc->config);
	scene_paths(sc);
	for (int i = 0; i < 5; i++)
		scene_port(&sc->ports[i], (enum port_kind)i);
	sc->ports[5].kind = PORT_LOCAL;
	for (int i = 3; i < 5; i++)
		sc->ports[i].kind = i == 3 ? PORT_HTTP : PORT_SHARED;
	snprintf(sock, sizeof sock, "%s/submit.sock", sc->paths.state);
	sc->ports[5].fd = net_listen_unix(sock, 0666);
	sc->next_id = 1000;
	sc->env = (struct role_env){ .config = &sc->config,
		.paths = &sc->paths,
		.clock = &sc->clock,
		.log = log_new(&lc, &sc->clock),
		.boot = 77,
		.number = 3,
		.link_fd = -1,
		.ports = sc->ports,
		.nports = 6,
		.control_fd = -1,
		.one = one };
	for (int i = 0; i < SEAL_TRACK_KEYS; i++)
		memset(sc->env.keys.track[i], i, SEAL_KEY);
	arena_init(&sc->arena, 1u << 20);
	buf_init(&sc->call, CHANNEL_PAYLOAD_MAX);
	sc->scopes = SCOPE_ALL;
	sc->tls = tls_client_new(false);
	sc->edge = edge_new(sc->loop, &sc->env);
	engine_comes(sc);
	steps(sc, 5);
	return sc;
}

static inline struct scene *
scene_new(void (*change)(struct config *c))
{
	return scene_make(change, true);
}

static inline void
scene_free(struct scene *sc)
{
	edge_free(&sc->edge);
	channel_free(&sc->engine);
	steps(sc, 3);
	tls_client_free(&sc->tls);
	for (int i = 0; i < 6; i++)
		close(sc->ports[i].fd);
	log_free(&sc->env.log);
	loop_free(&sc->loop);
	arena_done(&sc->arena);
	buf_done(&sc->call);
	config_done(&sc->config);
	mem_free(sc);
	test_dir_done();
}

/* ---- clients ---- */

static inline void
client_input(void *ctx)
{
	(void)ctx;
}

static inline void
client_event(void *ctx, enum stream_event ev)
{
	struct client *c = ctx;

	if (ev == STREAM_SECURED)
		c->secured = true;
	if (ev == STREAM_EOF || ev == STREAM_ERROR)
		c->eof = true;
}

static inline void
client_open(struct scene *sc, struct client *c, enum port_kind kind)
{
	static const struct stream_calls calls = { client_input, client_event };
	char sock[600];
	struct net_addr a;

	*c = (struct client){ .scene = sc };
	for (int i = 0; i < 6; i++) {
		if (sc->ports[i].kind != kind)
			continue;
		if (kind == PORT_LOCAL) {
			snprintf(sock, sizeof sock, "%s/submit.sock", sc->paths.state);
			int fd = net_connect_unix(sock);
			fcntl(fd, F_SETFL, O_NONBLOCK);
			c->s = stream_new(sc->loop, fd, &calls, c);
			return;
		}
		assert_int_equal(net_parse(STR_LIT("127.0.0.1"), sc->ports[i].port, &a), 0);
		c->s = stream_connect(sc->loop, &a, NULL, &calls, c);
	}
	assert_non_null(c->s);
}

static inline void
client_close(struct client *c)
{
	stream_free(&c->s);
	steps(c->scene, 5);
}

static inline void
client_secure(struct client *c)
{
	stream_tls_connect(c->s, c->scene->tls, STR_LIT("mail.test"));
	for (int i = 0; i < 2000 && !c->secured && !c->eof; i++)
		loop_step(c->scene->loop, 1000);
	assert_true(c->secured);
}

static inline bool
client_line(struct client *c)
{
	struct str in = stream_input(c->s);
	size_t n = str_find(in, '\n');

	if (n == in.n)
		return false;
	(void)str_copy_z(c->line, sizeof c->line, str_head(in, n > 0 ? n - 1 : 0));
	stream_eat(c->s, n + 1);
	return true;
}

/* Waits for the last line of a reply that begins with this. */
static inline void
expect_at(struct client *c, const char *want, int line)
{
	for (int i = 0; i < 4000; i++) {
		while (client_line(c)) {
			if (strlen(c->line) > 3 && c->line[3] == '-')
				continue;
			if (!str_starts(str_z(c->line), str_z(want))) {
				fprintf(stderr, "line %d: got \"%s\", want \"%s\"\n", line,
					c->line, want);
				fail();
			}
			return;
		}
		if (c->eof && !*want)
			return;
		loop_step(c->scene->loop, 1000);
	}
	fprintf(stderr, "line %d: nothing came, want \"%s\"\n", line, want);
	fail();
}
#define expect(c, want) expect_at((c), (want), __LINE__)

static inline void
say(struct client *c, const char *text)
{
	stream_write(c->s, str_z(text));
}
#define talk(c, text, want)                                                                    \
	do {                                                                                   \
		say((c), (text));                                                              \
		expect((c), (want));                                                           \
	} while (0)

static inline void
expect_end(struct client *c)
{
	for (int i = 0; i < 2000 && !c->eof; i++)
		loop_step(c->scene->loop, 1000);
	assert_true(c->eof);
}

/* ---- mail by SMTP that was stored */

static inline void
envelope(struct client *c, unsigned rcpts)
{
	char line[100];

	talk(c, "MAIL FROM:<a@shop.test>\r\n", "250 ");
	for (unsigned i = 0; i < rcpts; i++) {
		snprintf(line, sizeof line, "RCPT TO:<b%u@else.test>\r\n", i);
		talk(c, line, "250 ");
	}
	talk(c, "DATA\r\n", "354 ");
}

/* The stored body of a message, when it is whole and hashed as it was told. */
static inline struct str
stored(struct scene *sc, const struct msg_submit *s, char *dst, size_t size)
{
	struct extent_reader *r = extent_reader_new(sc->paths.spool);
	struct extent_place p = { s->extent, s->length, s->offset, s->hash };
	struct dkim_body h;
	uint8_t hash[32];

	assert_true(p.length <= size);
	assert_int_equal(extent_verify(r, &p), 0);
	assert_int_equal(extent_read(r, &p, 0, dst, p.length), 0);
	extent_reader_free(&r);
	dkim_body_init(&h);
	dkim_body_feed(&h, str_of(dst + s->header_length, p.length - s->header_length));
	dkim_body_end(&h, hash);
	assert_memory_equal(hash, s->body_hash.b, 32);
	return str_of(dst, p.length);
}

static inline bool
holds(struct str all, const char *what)
{
	return str_find_str(all, str_z(what)) < all.n;
}

#endif
