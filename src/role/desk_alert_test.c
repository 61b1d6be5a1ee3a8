/* Desk watches the engine's status and doctor, and tells what changes: mail and posts. */
#include "role/desk_scene.h"

#include "account/control_alert.h"

#include <sys/stat.h>

#define READY                                                                                  \
	"{\"ready\":true,\"since\":\"%s\",\"oldest_due_s\":0,\"conservation\":{\"drift\":0},"  \
	"\"port25\":{\"state\":\"%s\"},\"since_start\":{\"delivered\":%u,\"complaints\":%u},"  \
	"\"doors\":[{\"site\":\"slow.test\",\"due\":7,\"stuck\":%s},"                          \
	"{\"site\":\"busy.test\",\"told\":%u,\"put_off\":%u}]}"

struct watched {
	struct scene s;
	struct channel *engine, *poster;
	char status[1000];
	bool away;      /* the engine refuses to say how it is */
	uint16_t takes; /* what it says of a notice */
	struct buf mails, posts;
	unsigned nmails, nposts;
	uint16_t post_status;   /* 0: no answer yet */
	uint64_t post;          /* the one asked for last */
	const char *since;      /* when the engine began; "": not long ago */
	unsigned told, put_off; /* by another site */
};

static void
put_reply(struct watched *w, uint64_t seq, uint16_t status, const char *json)
{
	const struct msg_answer m = { seq, status, str_z(json) };
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_answer_write(&b, &m), 0);
	assert_int_equal(channel_send(w->engine, MSG_answer, buf_str(&b)), 0);
	buf_done(&b);
}

static void
on_asked(void *ctx, uint16_t type, struct str payload)
{
	struct watched *w = ctx;
	struct msg_query q;
	struct arena a;

	assert_int_equal(type, MSG_query);
	arena_init(&a, 1u << 20);
	assert_int_equal(msg_query_read(&a, payload, &q), 0);
	if (q.op == QUERY_NOTICE) {
		w->nmails++;
		buf_printf(&w->mails, "%.*s\n%.*s\n", STR_ARG(q.address), STR_ARG(q.text));
		put_reply(w, q.seq, w->takes, "{}");
	} else if (q.op == QUERY_STATUS && !w->away) {
		put_reply(w, q.seq, 200, w->status);
	} else {
		put_reply(w, q.seq, 503, "{}");
	}
	arena_done(&a);
}

static void
on_gone(void *ctx)
{
	channel_free(&((struct watched *)ctx)->engine);
}

static void
answer_post(struct watched *w)
{
	const struct msg_posted p = { .id = w->post, .status = w->post_status };
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_posted_write(&b, &p), 0);
	assert_int_equal(channel_send(w->poster, MSG_posted, buf_str(&b)), 0);
	buf_done(&b);
}

static void
on_post(void *ctx, uint16_t type, struct str payload)
{
	struct watched *w = ctx;
	struct msg_post m;
	struct arena a;

	assert_int_equal(type, MSG_post);
	arena_init(&a, 1u << 20);
	assert_int_equal(msg_post_read(&a, payload, &m), 0);
	w->nposts++;
	buf_printf(&w->posts, "%.*s\n", STR_ARG(m.url));
	for (size_t i = 0; i < m.fields.n; i++)
		buf_printf(&w->posts, "%.*s\n", STR_ARG(m.fields.at[i].bytes));
	buf_printf(&w->posts, "%.*s\n", STR_ARG(m.body));
	w->post = m.id;
	if (w->post_status)
		answer_post(w);
	arena_done(&a);
}

static void
on_poster_gone(void *ctx)
{
	channel_free(&((struct watched *)ctx)->poster);
}

static void
say(struct watched *w, const char *port25, unsigned delivered, unsigned complaints, bool stuck)
{
	snprintf(w->status, sizeof w->status, READY, w->since, port25, delivered, complaints,
		stuck ? "true" : "false", w->told, w->put_off);
}

/* Desk begins (anew), with an engine and a poster. */
static void
peers(struct watched *w)
{
	static const struct channel_calls engine = { on_asked, on_gone };
	static const struct channel_calls poster = { on_post, on_poster_gone };
	int fd[2];

	channel_free(&w->s.engine);
	channel_free(&w->engine);
	channel_free(&w->poster);
	assert_int_equal(channel_pair(fd), 0);
	w->engine = channel_new(w->s.loop, fd[0], 1u << 20, &engine, w);
	desk_peer(w->s.desk, fd[1]);
	assert_int_equal(channel_pair(fd), 0);
	w->poster = channel_new(w->s.loop, fd[0], 1u << 20, &poster, w);
	desk_poster_peer(w->s.desk, fd[1]);
}

static void
begin(struct watched *w)
{
	memset(w, 0, sizeof *w);
	scene_open(&w->s);
	w->s.config.admin = STR_LIT("boss@office.test");
	w->s.config.alerts.webhook = STR_LIT("https://hooks.test/x");
	w->s.config.hostname = STR_LIT("mx.shop.test");
	w->takes = 200;
	w->since = "";
	w->post_status = 204;
	buf_init(&w->mails, 1u << 20);
	buf_init(&w->posts, 1u << 20);
	say(w, "open", 0, 0, false);
	peers(w);
}

static void
end(struct watched *w)
{
	channel_free(&w->engine);
	channel_free(&w->poster);
	buf_done(&w->mails);
	buf_done(&w->posts);
	scene_close(&w->s);
}

static void
seconds(struct watched *w, unsigned n)
{
	while (n-- > 0) {
		clock_pass(&w->s.clock, 1000000);
		for (int i = 0; i < 8; i++)
			loop_step(w->s.loop, 0);
	}
}

static bool
mailed(const struct watched *w, const char *part)
{
	return has(buf_str(&w->mails), part);
}

static bool
posted(const struct watched *w, const char *part)
{
	return has(buf_str(&w->posts), part);
}

static void
test_told(void **state)
{
	struct watched w;

	(void)state;
	begin(&w);
	seconds(&w, 60);
	assert_int_equal(w.nmails, 0);
	say(&w, "blocked", 0, 0, true);
	seconds(&w, 30);
	/* The stuck site must be so for a minute; the port is told at once. */
	assert_int_equal(w.nmails, 1);
	assert_true(mailed(&w, "boss@office.test\n"));
	assert_true(mailed(&w, "Subject: [facteur mx.shop.test] failure: 1 change\r\n"));
	assert_true(mailed(&w, "Auto-Submitted: auto-generated\r\n"));
	assert_true(mailed(&w, "Failure: port25_blocked\r\n"));
	assert_false(mailed(&w, "site_stuck"));
	assert_int_equal(w.nposts, 1);
	assert_true(posted(
		&w, "https://hooks.test/x\nContent-Type: application/json\nwebhook-id: alr_"));
	assert_true(posted(&w, "\"type\":\"alert.raised\""));
	assert_true(posted(&w, "\"code\":\"port25_blocked\""));
	assert_false(posted(&w, "webhook-signature"));
	seconds(&w, 60);
	assert_int_equal(w.nmails, 2);
	assert_true(mailed(&w, "notice: 1 change\r\n"));
	assert_true(mailed(
		&w, "Warning: site_stuck  slow.test\r\n  Mail is due there, 7 recipients"));
	assert_true(has(ask(&w.s, "alerts.list", "{\"lang\":\"fr\"}"), "bloque le port 25"));
	assert_true(has(ask(&w.s, "status", "{}"), "\"code\":\"port25_blocked\""));
	/* Over, once it is calm for two minutes. */
	say(&w, "open", 0, 0, false);
	seconds(&w, 90);
	assert_int_equal(w.nmails, 2);
	seconds(&w, 60);
	assert_int_equal(w.nmails, 3);
	assert_true(mailed(&w, "Over: port25_blocked"));
	assert_true(posted(&w, "\"type\":\"alert.over\""));
	assert_true(has(ask(&w.s, "alerts.list", "{}"), "\"alerts\":[]"));
	end(&w);
}

/* The engine is away, its queue full of nothing: said after a minute, nothing else is undone.
 */
static void
test_engine_away(void **state)
{
	struct watched w;

	(void)state;
	begin(&w);
	say(&w, "blocked", 0, 0, false);
	seconds(&w, 30);
	assert_int_equal(w.nposts, 1);
	w.away = true;
	w.takes = 503;
	seconds(&w, 300);
	assert_int_equal(w.nposts, 2);
	assert_true(posted(&w, "\"code\":\"acceptance_stopped\""));
	assert_false(posted(&w, "alert.over"));
	/* The mail that it could not take is there when it is back. */
	buf_clear(&w.mails);
	w.nmails = 0;
	w.away = false;
	w.takes = 200;
	seconds(&w, 30);
	assert_int_equal(w.nmails, 1);
	assert_true(mailed(&w, "Failure: acceptance_stopped"));
	seconds(&w, 150);
	assert_int_equal(w.nmails, 2);
	assert_true(mailed(&w, "Over: acceptance_stopped"));
	end(&w);
}

static void
test_webhook_again(void **state)
{
	struct watched w;

	(void)state;
	begin(&w);
	w.s.config.alerts.secret =
		STR_LIT("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
	w.post_status = 500;
	say(&w, "blocked", 0, 0, false);
	seconds(&w, 95);
	assert_int_equal(w.nposts, 3);
	assert_true(posted(&w, "webhook-signature: v1,"));
	w.post_status = 200;
	seconds(&w, 60);
	assert_int_equal(w.nposts, 4);
	end(&w);
}

/* The oldest one is dropped for the newest while it is under way: the others go out, each once.
 */
static void
test_webhook_full(void **state)
{
	struct watched w;

	(void)state;
	begin(&w);
	w.s.config.admin = STR_NONE;
	w.post_status = 0;
	for (unsigned i = 0; i < 65; i++)
		assert_int_equal(status_of(ask(&w.s, "alerts.test", "{}")), 200);
	assert_int_equal(w.nposts, 1);
	w.post_status = 204;
	answer_post(&w);
	seconds(&w, 60);
	assert_int_equal(w.nposts, 65);
	end(&w);
}

/* What was told before a restart is not told again, and its end is. */
static void
test_restart(void **state)
{
	struct watched w;

	(void)state;
	begin(&w);
	say(&w, "blocked", 0, 0, false);
	seconds(&w, 30);
	assert_int_equal(w.nmails, 1);
	desk_free(&w.s.desk);
	w.s.desk = desk_new(w.s.loop, &w.s.env);
	peers(&w);
	seconds(&w, 120);
	assert_int_equal(w.nmails, 1);
	assert_true(has(ask(&w.s, "alerts.list", "{}"), "port25_blocked"));
	say(&w, "open", 0, 0, false);
	seconds(&w, 180);
	assert_int_equal(w.nmails, 2);
	assert_true(mailed(&w, "Over: port25_blocked"));
	end(&w);
}

static void
test_complaints(void **state)
{
	static const struct {
		unsigned delivered, complaints;
		bool alert;
		const char *since;
	} rows[] = {
		{ 400, 400, false, "" }, /* too few to say */
		{ 5000, 2, false, "" },  /* and of these */
		{ 10000, 8, false, "" }, /* the share is fine */
		{ 10000, 9, true, "" },
		{ 10000, 9, false, "2020-01-01T00:00:00.000Z" }, /* in years */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct watched w;

		begin(&w);
		w.since = rows[i].since;
		say(&w, "open", rows[i].delivered, rows[i].complaints, false);
		seconds(&w, 60);
		assert_int_equal(posted(&w, "\"code\":\"complaints\""), rows[i].alert);
		/* The engine restarts: what it counted before still counts, once. */
		say(&w, "open", 0, 0, false);
		seconds(&w, 60);
		assert_int_equal(posted(&w, "\"code\":\"complaints\""), rows[i].alert);
		end(&w);
	}
}

/* A share of enough, for ten minutes. */
static void
test_deferring(void **state)
{
	static const struct {
		unsigned told, put_off;
		bool alert;
	} rows[] = { { 49, 49, false }, { 100, 30, false }, { 100, 31, true } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct watched w;

		begin(&w);
		w.told = rows[i].told;
		w.put_off = rows[i].put_off;
		say(&w, "open", 0, 0, false);
		seconds(&w, 600);
		assert_false(posted(&w, "site_deferring"));
		seconds(&w, 60);
		assert_int_equal(posted(&w, "It put off 31 of the last 100"), rows[i].alert);
		end(&w);
	}
}

/* Doctor's findings, in the language of the service. */
static void
test_doctor(void **state)
{
	struct watched w;

	(void)state;
	begin(&w);
	w.s.config.lab.on = false;
	w.s.config.language = STR_LIT("fr");
	seconds(&w, 120);
	assert_int_equal(w.nmails, 1);
	assert_true(mailed(&w, "cert_none"));
	assert_true(posted(&w, "Aucun n'est configuré"));
	assert_true(has(ask(&w.s, "alerts.list", "{}"), "None is configured"));
	end(&w);
}

static void
test_verbs(void **state)
{
	struct watched w;

	(void)state;
	begin(&w);
	assert_int_equal(status_of(ask(&w.s, "alerts.test", "{}")), 200);
	assert_int_equal(w.nmails, 1);
	assert_int_equal(w.nposts, 1);
	assert_true(mailed(&w, "This is a test"));
	w.s.config.admin = STR_NONE;
	assert_true(has(ask(&w.s, "alerts.list", "{}"), "\"mail\":null,\"webhook\":true"));
	w.s.config.alerts.webhook = STR_NONE;
	assert_int_equal(status_of(ask(&w.s, "alerts.test", "{}")), 409);
	/* Nobody is told, and nothing is kept to be told. */
	say(&w, "blocked", 0, 0, false);
	seconds(&w, 60);
	assert_int_equal(w.nmails, 1);
	assert_int_equal(w.nposts, 1);
	end(&w);
}

TEST_MAIN(TEST(test_told), TEST(test_engine_away), TEST(test_webhook_again),
	TEST(test_webhook_full), TEST(test_restart), TEST(test_complaints),
	TEST(test_deferring), TEST(test_doctor), TEST(test_verbs))
