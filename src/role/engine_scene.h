/*
 * For tests only: an engine on a state folder of its own, with an edge, two couriers and a desk
 * played by the test over real channels. The clock is fake unless said otherwise.
 */
#ifndef ROLE_ENGINE_SCENE_H
#define ROLE_ENGINE_SCENE_H

#include "base/mem.h"
#include "base/test.h"
#include "io/extent.h"
#include "io/flusher.h"
#include "io/random.h"
#include "ledger/ledger.h"
#include "role/engine_priv.h"
#include "wire/smtp_out.h"

#include <jansson.h>

#define SCENE_GOT_MAX 4096u
#define SCENE_HEADER  "From: <a@shop.test>\r\nTo: <b@remote.test>\r\nSubject: hello\r\n\r\n"
#define SCENE_HOUR    (3600 * UINT64_C(1000000))

/* One end of a channel to the engine, and what came from it, in order. */
struct scene_peer {
	struct channel *channel;
	struct {
		uint16_t type;
		struct buf payload;
	} got[SCENE_GOT_MAX];
	size_t n;
	bool taken[SCENE_GOT_MAX];
	bool gone;
	struct arena arena; /* of what was decoded */
};

struct scene {
	struct clock clock;
	struct loop *loop;
	struct config config;
	struct role_paths paths;
	struct role_env env;
	struct phase_slot *phases;
	struct engine *engine;
	struct flusher *flusher;
	struct extent_writer *writer; /* the edge's */
	struct scene_peer edge, edge2, courier[3], desk;
	char first[512]; /* the folder that test_dir made */
	unsigned crashes;
	uint64_t next_id, last_id, seq, edge_boot, query;
	bool threads;
	bool hasty; /* peers come before the engine's first flush */
	/* of a body being written */
	bool placed;
	struct extent_place place;
	struct msg_submit last;
	struct msg_rcpt rcpts[1000];
};

static inline void
scene_message(void *ctx, uint16_t type, struct str payload)
{
	struct scene_peer *p = ctx;

	assert_true(p->n < SCENE_GOT_MAX);
	p->got[p->n].type = type;
	buf_init(&p->got[p->n].payload, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(buf_put(&p->got[p->n].payload, payload), 0);
	p->n++;
}

static inline void
scene_gone(void *ctx)
{
	struct scene_peer *p = ctx;

	p->gone = true;
	channel_free(&p->channel);
}

static inline void
scene_peer_clear(struct scene_peer *p)
{
	channel_free(&p->channel);
	for (size_t i = 0; i < p->n; i++)
		buf_done(&p->got[i].payload);
	arena_done(&p->arena);
	memset(p, 0, sizeof *p);
	arena_init(&p->arena, 64u << 20);
}

static inline void
scene_step(struct scene *s)
{
	loop_step(s->loop, s->threads ? 1000 : 0);
}

/* All that can happen without time passing. */
static inline void
scene_settle(struct scene *s)
{
	for (int i = 0; i < (s->threads ? 40 : 12); i++)
		scene_step(s);
}

/* Time passes in steps, so that timers come one after another. */
static inline void
scene_pass(struct scene *s, uint64_t us)
{
	while (us > 0) {
		uint64_t step = us < 500000 ? us : us > 3600000000 ? us / 400 : 500000;

		clock_pass(&s->clock, step);
		us -= step;
		scene_step(s);
		scene_step(s);
	}
	scene_settle(s);
}

static inline void
scene_connect(struct scene *s, struct scene_peer *p, enum role_kind kind, unsigned number)
{
	static const struct channel_calls calls = { scene_message, scene_gone };
	int fd[2];

	scene_peer_clear(p);
	assert_int_equal(channel_pair(fd), 0);
	p->channel = channel_new(s->loop, fd[0], CHANNEL_PAYLOAD_MAX * 4, &calls, p);
	engine_peer(s->engine, kind, number, fd[1]);
}

static inline void
scene_say(struct scene_peer *p, uint16_t type, struct buf *b)
{
	assert_false(b->full);
	assert_non_null(p->channel);
	assert_int_equal(channel_force(p->channel, type, buf_str(b)), 0);
}

#define SCENE_TELL(peer, name, ...)                                                            \
	do {                                                                                   \
		const struct msg_##name tell_m = { __VA_ARGS__ };                              \
		struct buf tell_b;                                                             \
                                                                                               \
		buf_init(&tell_b, CHANNEL_PAYLOAD_MAX);                                        \
		assert_int_equal(msg_##name##_write(&tell_b, &tell_m), 0);                     \
		scene_say((peer), MSG_##name, &tell_b);                                        \
		buf_done(&tell_b);                                                             \
	} while (0)

/* The next message of this type nobody took yet; false when none comes. */
static inline bool
scene_take(struct scene *s, struct scene_peer *p, uint16_t type, struct str *ret_payload)
{
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < p->n; i++)
			if (!p->taken[i] && p->got[i].type == type) {
				p->taken[i] = true;
				*ret_payload = buf_str(&p->got[i].payload);
				return true;
			}
		if (!s->threads && round > 15)
			break;
		/* The flush of outcomes has 2 ms. */
		if (round > 7)
			clock_pass(&s->clock, 500);
		scene_step(s);
	}
	return false;
}

/* As an expression: the decoded message; the test fails when none comes. */
#define SCENE_TAKE(s, peer, name)                                                              \
	__extension__({                                                                        \
		struct msg_##name take_m = { 0 };                                              \
		struct str take_p = STR_NONE;                                                  \
                                                                                               \
		if (!scene_take((s), (peer), MSG_##name, &take_p))                             \
			fail_msg("no " #name " came");                                         \
		assert_int_equal(msg_##name##_read(&(peer)->arena, take_p, &take_m), 0);       \
		take_m;                                                                        \
	})
#define SCENE_NONE(s, peer, name)                                                              \
	do {                                                                                   \
		struct str none_p;                                                             \
                                                                                               \
		if (scene_take((s), (peer), MSG_##name, &none_p))                              \
			fail_msg("an unexpected " #name " came");                              \
	} while (0)

static inline void
scene_edge_up(struct scene *s)
{
	struct msg_edge_state st;
	struct msg_grant g;

	scene_connect(s, &s->edge, ROLE_EDGE, 1);
	SCENE_TELL(&s->edge, edge_hello, .edge = 1, .boot = s->edge_boot);
	do
		st = SCENE_TAKE(s, &s->edge, edge_state);
	while (!st.accept);
	g = SCENE_TAKE(s, &s->edge, grant);
	assert_true(g.count > 0 && g.first > UINT64_C(1) << 32);
	assert_true(g.first >= s->last_id); /* never given twice */
	s->next_id = g.first;
	s->last_id = g.first + g.count;
}

static inline void
scene_courier_hello(struct scene *s, unsigned number, uint64_t *triples, size_t n)
{
	scene_connect(s, &s->courier[number], ROLE_COURIER, number);
	SCENE_TELL(&s->courier[number], courier_hello, .courier = (uint8_t)number, .slots = 64,
		.boot = 7000 + number, .attempts = { triples, n * 3 });
	scene_settle(s);
}

static inline void
scene_log(struct scene *s)
{
	static char file[600];
	const struct log_conf conf = { .role = "engine", .file = file };

	snprintf(file, sizeof file, "%s/mail.log", s->paths.log);
	s->env.log = log_new(&conf, &s->clock);
}

/* The engine begins on s->paths.state; no peers yet. */
static inline void
scene_start(struct scene *s)
{
	s->env.boot++;
	s->env.config = &s->config;
	s->env.paths = &s->paths;
	s->env.clock = &s->clock;
	s->env.control_fd = -1;
	s->env.phases = s->phases;
	s->env.one = !s->threads;
	scene_log(s);
	assert_int_equal(
		extent_writer_open(s->paths.spool, 1, s->edge_boot, s->flusher, &s->writer), 0);
	s->engine = engine_new(s->loop, &s->env);
	if (!s->hasty)
		scene_settle(s);
}

static inline void
scene_stop(struct scene *s)
{
	scene_peer_clear(&s->edge);
	scene_peer_clear(&s->edge2);
	scene_peer_clear(&s->desk);
	for (int i = 0; i < 3; i++)
		scene_peer_clear(&s->courier[i]);
	engine_free(&s->engine);
	extent_writer_free(&s->writer);
	log_free(&s->env.log);
}

static inline void
scene_copy(const char *from, const char *to)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		execl("/bin/cp", "cp", "-a", from, to, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What a kill -9 at this moment leaves: the folder as it is now, in a copy; the engine then
 * ends on the old one, where it hurts nobody. A new one begins, without peers. */
static inline void
scene_crash(struct scene *s)
{
	char next[600];

	snprintf(next, sizeof next, "%s/life-%u", s->first, ++s->crashes);
	scene_copy(s->paths.state, next);
	scene_stop(s);
	assert_int_equal(role_paths(&s->paths, str_z(next)), 0);
	scene_start(s);
}

static inline void
scene_desk_up(struct scene *s)
{
	scene_connect(s, &s->desk, ROLE_DESK, 0);
}

/* Edge, courier 1 and desk. */
static inline void
scene_up(struct scene *s)
{
	scene_edge_up(s);
	scene_courier_hello(s, 1, NULL, 0);
	scene_desk_up(s);
}

/* The engine ends and begins, with edge and desk and no courier. */
static inline void
scene_again(struct scene *s)
{
	scene_stop(s);
	scene_start(s);
	scene_edge_up(s);
	scene_desk_up(s);
	scene_settle(s);
}

static inline struct scene *
scene_new(bool threads)
{
	struct scene *s = MEM_NEW(s);
	char state[600];

	random_start();
	s->threads = threads;
	s->edge_boot = 4242;
	s->env.boot = 99;
	s->env.link_fd = -1;
	if (threads)
		clock_real(&s->clock);
	else
		clock_fake(&s->clock, 1000000000, INT64_C(1790000000000000));
	s->loop = loop_new(&s->clock);
	s->flusher = flusher_new(s->loop, true);
	s->phases = mem_new((ROLE_COURIERS_MAX + 1) * ROLE_SLOTS, sizeof *s->phases);
	config_default(&s->config);
	s->config.hostname = STR_LIT("mail.shop.test");
	s->config.couriers = 1;
	s->config.lab.any_credentials = true; /* tenant 1 is in no table */
	s->config.limits.disk_reserve_bytes = 1;
	snprintf(s->first, sizeof s->first, "%s", test_dir());
	snprintf(state, sizeof state, "%s/life-0", s->first);
	assert_int_equal(role_paths(&s->paths, str_z(state)), 0);
	assert_int_equal(role_paths_make(&s->paths, NULL), 0);
	return s;
}

static inline void
scene_free(struct scene *s)
{
	scene_stop(s);
	flusher_free(&s->flusher);
	loop_free(&s->loop);
	config_done(&s->config);
	mem_free(s->phases);
	arena_done(&s->edge.arena);
	mem_free(s);
	test_dir_done();
}

static inline void
scene_placed(void *ctx, int err, struct extent_place place)
{
	struct scene *s = ctx;

	assert_int_equal(err, 0);
	s->place = place;
	s->placed = true;
}

static inline void
scene_body(struct scene *s)
{
	struct extent_body *b = extent_body_new(s->writer);

	s->placed = false;
	assert_int_equal(extent_body_add(b, STR_LIT(SCENE_HEADER "The body.\r\n")), 0);
	extent_body_commit(&b, scene_placed, s);
	for (int i = 0; i < 100 && !s->placed; i++)
		scene_step(s);
	assert_true(s->placed);
}

/* Makes a submit with a durable body; `to` are addresses cut at spaces. Change s->last, then
 * scene_send. */
static inline struct msg_submit *
scene_make(struct scene *s, const char *from, const char *to)
{
	struct str rest = str_z(to);
	size_t n = 0;

	scene_body(s);
	while (rest.p)
		s->rcpts[n] =
			(struct msg_rcpt){ (uint16_t)n, 0, str_cut(&rest, ' '), STR_NONE },
		n++;
	s->last = (struct msg_submit){
		.seq = ++s->seq,
		.boot = s->edge_boot,
		.message = s->next_id,
		.tenant = 1,
		.via = VIA_SMTP,
		.accepted = clock_wall(&s->clock),
		.extent = s->place.extent,
		.length = s->place.length,
		.offset = s->place.offset,
		.hash = s->place.hash,
		.header_length = sizeof SCENE_HEADER - 1,
		.sender = str_z(from),
		.from_domain = STR_LIT("shop.test"),
		.message_id = STR_LIT("<m@shop.test>"),
		.subject = STR_LIT("hello"),
		.client = STR_LIT("127.0.0.1"),
		.rcpts = { s->rcpts, n },
	};
	s->next_id += 1 + n;
	return &s->last;
}

static inline void
scene_send(struct scene *s)
{
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_submit_write(&b, &s->last), 0);
	scene_say(&s->edge, MSG_submit, &b);
	buf_done(&b);
}

/* The engine hears the edge's hello and s->last at once, before its loop goes on. */
static inline void
scene_hear_edge(struct scene *s)
{
	struct engine_peer *p = &s->engine->edges[1];
	const struct msg_edge_hello h = { .edge = 1, .boot = s->edge_boot };
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_edge_hello_write(&b, &h), 0);
	engine_message(p, MSG_edge_hello, buf_str(&b));
	buf_clear(&b);
	assert_int_equal(msg_submit_write(&b, &s->last), 0);
	engine_message(p, MSG_submit, buf_str(&b));
	buf_done(&b);
}

/* Sends s->last and gives the code of the answer. */
static inline int
scene_answer(struct scene *s)
{
	struct msg_submitted a;

	scene_send(s);
	a = SCENE_TAKE(s, &s->edge, submitted);
	assert_int_equal(a.seq, s->last.seq);
	return a.reply.code;
}

/* Accepted: the message's id. */
static inline uint64_t
scene_submit(struct scene *s, const char *from, const char *to)
{
	scene_make(s, from, to);
	assert_int_equal(scene_answer(s), 250);
	return s->last.message;
}

/* What a courier saw, the same for all recipients of the attempt. */
static inline void
scene_outcome_send(struct scene *s, unsigned courier, const struct msg_attempt *a,
	uint8_t result, const struct reply *r)
{
	struct msg_result res[QUEUE_BATCH_MAX];

	(void)s;
	for (size_t i = 0; i < a->rcpts.n; i++)
		res[i] = (struct msg_result){ a->rcpts.at[i].index, result, STAGE_DOT, *r };
	SCENE_TELL(&s->courier[courier], outcome, .attempt = a->attempt, .slot = a->slot,
		.open = 1, .port = 25, .host = STR_LIT("mx.remote.test"),
		.address = STR_LIT("192.0.2.1:25"), .took_ms = 12,
		.results = { res, a->rcpts.n });
}

static inline void
scene_outcome(struct scene *s, unsigned courier, const struct msg_attempt *a, uint8_t result,
	const struct reply *r)
{
	struct msg_outcome_ok ok;

	scene_outcome_send(s, courier, a, result, r);
	ok = SCENE_TAKE(s, &s->courier[courier], outcome_ok);
	assert_int_equal(ok.attempt, a->attempt);
}

#define SCENE_OK   REPLY(250, 2, 0, 0, "Ok: taken")
#define SCENE_LATE REPLY(451, 4, 3, 0, "Try later")
#define SCENE_NO   REPLY(550, 5, 1, 1, "No such user")

static inline struct msg_attempt
scene_attempt(struct scene *s)
{
	return SCENE_TAKE(s, &s->courier[1], attempt);
}

static inline void
scene_delivered(struct scene *s)
{
	struct msg_attempt a = scene_attempt(s);

	scene_outcome(s, 1, &a, RESULT_DELIVERED, &SCENE_OK);
}

/* Desk asks; the answer's JSON (json_decref it) must have this status. */
static inline json_t *
scene_ask(struct scene *s, const struct msg_query *q, unsigned status)
{
	struct msg_query m = *q;
	struct msg_answer a;
	struct buf b;
	json_t *j;

	m.seq = ++s->query;
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_query_write(&b, &m), 0);
	scene_say(&s->desk, MSG_query, &b);
	buf_done(&b);
	a = SCENE_TAKE(s, &s->desk, answer);
	assert_int_equal(a.seq, m.seq);
	assert_int_equal(a.status, status);
	j = json_loadb(a.json.p, a.json.n, 0, NULL);
	assert_non_null(j);
	return j;
}

/* A number of status, named by two words; the drift must be 0 at any time. */
static inline long
scene_status(struct scene *s, const char *group, const char *name)
{
	json_t *j = scene_ask(s, &(struct msg_query){ .op = QUERY_STATUS }, 200);
	json_t *v = json_object_get(json_object_get(j, group), name);
	long n = (long)json_integer_value(v);

	assert_non_null(v);
	assert_int_equal(json_integer_value(
				 json_object_get(json_object_get(j, "conservation"), "drift")),
		0);
	queue_check(s->engine->queue);
	json_decref(j);
	return n;
}

static inline long
scene_count(struct scene *s, const char *state)
{
	return scene_status(s, "queue", state);
}

/* Kinds of a recipient's facts in the ledger, as a text: "accepted delivered"; "clicked*" by a
 * machine. */
struct scene_facts {
	char text[400];
	int rows;
};

static inline int
scene_row(void *ctx, const struct ledger_row *row)
{
	struct scene_facts *f = ctx;
	struct rd r = rd_of(row->facts);
	struct fact fact;
	size_t n = 0;

	f->rows++;
	f->text[0] = '\0';
	while (r.n > 0 && fact_read(&r, &fact) == 0 && n < sizeof f->text - 40)
		n += (size_t)snprintf(f->text + n, sizeof f->text - n, "%s%s%s", n ? " " : "",
			fact_name((enum fact_kind)fact.kind), fact.robot ? "*" : "");
	return 0;
}

static inline const char *
scene_facts(struct scene *s, uint64_t rcpt)
{
	static struct scene_facts f;
	const struct ledger_query q = { .id = rcpt, .limit = 10 };

	for (int i = 0; i < 400 && ledger_waiting(s->engine->ledger) > 0; i++)
		scene_step(s);
	f = (struct scene_facts){ .text = "(no row)" };
	assert_int_equal(ledger_find(s->paths.ledger, &q, scene_row, &f), 0);
	assert_true(f.rows <= 1);
	return f.text;
}

#endif
