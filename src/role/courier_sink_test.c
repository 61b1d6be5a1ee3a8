/* Attempts of the mode sandbox: into the sink's folder, as the message would go out. */
#include "role/courier_scene.h"

#include "base/utc.h"
#include "io/file.h"

#include <unistd.h>

#define EIGHT SCENE_HEADER "\r\ncaf\xc3\xa9\r\n"

static struct msg_attempt
to_sink(struct scene *s, uint64_t attempt, const char *text)
{
	struct msg_attempt m = scene_attempt(s, attempt, 3, text);

	m.route = ROUTE_SINK;
	m.host = m.site = STR_LIT("sandbox");
	m.port = 0;
	return m;
}

static void
assert_kept(struct scene *s, unsigned number, const char *ending, const char *has)
{
	char path[700];
	struct buf b;

	snprintf(path, sizeof path, "%s/%06u.%s", s->paths.sink, number, ending);
	buf_init(&b, 1u << 20);
	assert_int_equal(file_read(path, &b), 0);
	if (str_find_str(buf_str(&b), str_z(has)) == b.n)
		fail_msg("%s has no %s: %.*s", path, has, (int)b.n, b.p);
	buf_done(&b);
}

static void
test_kept(void **state)
{
	struct msg_signer signer = { 0, STR_LIT("shop.test"), STR_LIT("fct1") };
	struct scene s;
	struct msg_attempt m;
	const struct msg_outcome *o;

	(void)state;
	scene_begin(&s);
	m = to_sink(&s, 1, EIGHT);
	m.flags = MAIL_8BIT;
	m.tenant = 7;
	m.stream = STREAM_BROADCAST;
	m.signers = (struct msg_signers){ &signer, 1 };
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.n, 1);
	assert_int_equal(o->results.at[0].result, RESULT_DELIVERED);
	assert_int_equal(o->results.at[0].reply.code, 250);
	assert_str(o->results.at[0].reply.text,
		"Kept in the sandbox, not sent: message 1 of the sink");
	assert_str(o->host, "sandbox");
	assert_int_equal(o->open, 0);
	assert_int_equal(o->port, 0);
	/* Nothing was converted, all of it is signed; nobody was called. */
	assert_kept(&s, 1, "eml", "DKIM-Signature: ");
	assert_kept(&s, 1, "eml", EIGHT);
	assert_kept(&s, 1, "json", "\"to\":[\"b@there.test\"]");
	assert_kept(&s, 1, "json", "\"tenant\":7,\"rcpt\":1001,\"stream\":1");
	assert_int_equal(s.nconns, 0);
	/* The slot goes on, to the sink and to others. */
	m = to_sink(&s, 2, SCENE_TEXT);
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_DELIVERED);
	assert_kept(&s, 2, "eml", "..two");
	m = scene_attempt(&s, 3, 3, SCENE_TEXT);
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_DELIVERED);
	assert_int_equal(s.nconns, 1);
	m = to_sink(&s, 4, SCENE_TEXT);
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_DELIVERED);
	scene_end(&s);
}

static void
test_not_kept(void **state)
{
	struct scene s;
	struct msg_attempt m;
	const struct msg_outcome *o;

	(void)state;
	scene_begin(&s);
	m = to_sink(&s, 1, SCENE_TEXT);
	m.hash++;
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_DAMAGED);
	/* A disk that cannot be written to: it waits, and goes on by itself. */
	assert_int_equal(rmdir(s.paths.sink), 0);
	assert_int_equal(file_replace(s.paths.sink, STR_LIT("x"), 0600), 0);
	m = to_sink(&s, 2, SCENE_TEXT);
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_DEFERRED);
	assert_int_equal(o->results.at[0].reply.code, 452);
	assert_int_equal(file_unlink(s.paths.sink), 0);
	m = to_sink(&s, 3, SCENE_TEXT);
	o = scene_deliver(&s, &m);
	assert_int_equal(o->results.at[0].result, RESULT_DELIVERED);
	/* What is older than content is kept goes. */
	sink_store_purge(&s.courier->sink, loop_wall(s.loop) + UTC_DAY);
	assert_int_equal(s.courier->sink.oldest, s.courier->sink.last + 1);
	scene_end(&s);
}

TEST_MAIN(TEST(test_kept), TEST(test_not_kept))
