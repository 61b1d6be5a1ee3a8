/* The way to the remote: DNS, addresses, TLS, AUTH. */
#include "role/courier_scene.h"

enum { MAY, MUST, NONE, IMPLICIT };

static const char *const here[] = { "127.0.0.1", NULL };

/* A certificate for mx.test, which is trusted when `trusted`. */
static void
begin_tls(struct scene *s, bool trusted)
{
	char cert[700], key[700], why[TLS_PAIR_WHY_MAX];
	struct tls_pair pair = { cert, key };

	setenv("SSL_CERT_FILE", "/dev/null", 1);
	scene_begin(s);
	assert_int_equal(tls_self_signed(s->paths.tls, STR_LIT("mx.test")), 0);
	snprintf(cert, sizeof cert, "%s/self.pem", s->paths.tls);
	snprintf(key, sizeof key, "%s/self.key", s->paths.tls);
	assert_int_equal(tls_server_new(&pair, 1, &s->tls, why), 0);
	if (trusted) {
		setenv("SSL_CERT_FILE", cert, 1);
		courier_free(&s->courier);
		scene_courier(s);
		setenv("SSL_CERT_FILE", "/dev/null", 1);
	}
	scene_name(s, "mx.test", false, here);
	scene_name(s, "other.test", false, here);
}

static void
test_tls(void **state)
{
	static const struct {
		const char *name, *host, *ehlo, *user;
		struct scene_rule rule;
		bool trusted, first;
		uint8_t tls, result, stage, subject, detail;
		int conns;
		bool secured;
	} table[] = {
		{ "offered, self-signed", "other.test", "250-r\r\n250 STARTTLS", "",
			{ 0, "STARTTLS", "220 go!tls" }, false, false, MAY, RESULT_DELIVERED,
			STAGE_DOT, 0, 0, 1, true },
		{ "handshake broken: plain", "mx.test", "250-r\r\n250 STARTTLS", "",
			{ 0, "STARTTLS", "220 go!deaf" }, false, false, MAY, RESULT_DELIVERED,
			STAGE_DOT, 0, 0, 2, false },
		{ "handshake cut: plain", "mx.test", "250-r\r\n250 STARTTLS", "",
			{ 0, "STARTTLS", "220 go!cut" }, false, false, MAY, RESULT_DELIVERED,
			STAGE_DOT, 0, 0, 2, false },
		{ "refused: plain", "mx.test", "250-r\r\n250 STARTTLS", "",
			{ 0, "STARTTLS", "454 4.7.0 not now" }, false, false, MAY,
			RESULT_DELIVERED, STAGE_DOT, 0, 0, 1, false },
		{ "must, good", "mx.test", "250-r\r\n250 STARTTLS", "",
			{ 0, "STARTTLS", "220 go!tls" }, true, false, MUST, RESULT_DELIVERED,
			STAGE_DOT, 0, 0, 1, true },
		{ "must, another name", "other.test", "250-r\r\n250 STARTTLS", "",
			{ 0, "STARTTLS", "220 go!tls" }, true, false, MUST, RESULT_DEFERRED,
			STAGE_TLS, 7, 5, 1, false },
		{ "must, not trusted", "mx.test", "250-r\r\n250 STARTTLS", "",
			{ 0, "STARTTLS", "220 go!tls" }, false, false, MUST, RESULT_DEFERRED,
			STAGE_TLS, 7, 5, 1, false },
		{ "must, not offered", "mx.test", "250 r", "", { 0, "-", "" }, true, false,
			MUST, RESULT_DEFERRED, STAGE_EHLO, 7, 5, 1, false },
		{ "none, though offered", "mx.test", "250-r\r\n250 STARTTLS", "",
			{ 0, "STARTTLS", "!cut" }, false, false, NONE, RESULT_DELIVERED,
			STAGE_DOT, 0, 0, 1, false },
		{ "from the start", "mx.test", "250 r", "", { 9, "", "" }, true, true, IMPLICIT,
			RESULT_DELIVERED, STAGE_DOT, 0, 0, 1, true },
		{ "from the start, not trusted", "mx.test", "250 r", "", { 9, "", "" }, false,
			true, IMPLICIT, RESULT_DEFERRED, STAGE_TLS, 7, 5, 1, false },
		{ "password inside TLS", "mx.test", "250-r\r\n250-STARTTLS\r\n250 AUTH PLAIN",
			"me", { 0, "STARTTLS", "220 go!tls" }, true, false, MUST,
			RESULT_DELIVERED, STAGE_DOT, 0, 0, 1, true },
		{ "no password after a broken handshake", "mx.test",
			"250-r\r\n250-STARTTLS\r\n250 AUTH PLAIN", "me",
			{ 0, "STARTTLS", "220 go!cut" }, true, false, MAY, RESULT_DEFERRED,
			STAGE_TLS, 7, 5, 1, false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;
		const struct msg_outcome *o;
		const struct msg_result *r;

		begin_tls(&s, row->trusted);
		s.ehlo = row->ehlo;
		s.rules = &row->rule;
		s.nrules = row->rule.conn == 0 ? 1 : 0;
		s.tls_first = row->first;
		m = scene_attempt(&s, 1, 0, SCENE_TEXT);
		m.host = str_z(row->host);
		m.tls = row->tls;
		m.user = str_z(row->user);
		m.secret = STR_LIT("pass");
		o = scene_deliver(&s, &m);
		r = &o->results.at[0];
		assert_int_equal(r->result, row->result);
		assert_int_equal(r->stage, row->stage);
		if (row->subject) {
			assert_int_equal(r->reply.dsn.subject, row->subject);
			assert_int_equal(r->reply.dsn.detail, row->detail);
		}
		assert_str(o->host, row->host);
		assert_int_equal(s.nconns, row->conns);
		assert_int_equal(str_starts(o->tls, STR_LIT("TLSv1.")), row->secured);
		assert_int_equal(
			scene_heard(&s, "AUTH PLAIN"), row->user[0] && row->secured ? 1 : 0);
		scene_end(&s);
	}
}

/* What a message asks for itself, whatever its route does. */
static void
test_need(void **state)
{
	static const struct {
		const char *name, *host, *ehlo;
		struct scene_rule rule;
		bool trusted;
		uint8_t tls, need, result, stage;
		const char *why; /* the reply's begin */
	} table[] = {
		{ "verified", "mx.test", "250-r\r\n250 STARTTLS",
			{ 0, "STARTTLS", "220 go!tls" }, true, MAY, TLS_NEED_VERIFIED,
			RESULT_DELIVERED, STAGE_DOT, "" },
		{ "another name", "other.test", "250-r\r\n250 STARTTLS",
			{ 0, "STARTTLS", "220 go!tls" }, true, MAY, TLS_NEED_VERIFIED,
			RESULT_DEFERRED, STAGE_LOCAL,
			"This message may go only over TLS to a server whose certificate is "
			"verified: TLS failed: " },
		{ "another name will do", "other.test", "250-r\r\n250 STARTTLS",
			{ 0, "STARTTLS", "220 go!tls" }, false, MAY, TLS_NEED_ANY,
			RESULT_DELIVERED, STAGE_DOT, "" },
		{ "not offered", "mx.test", "250 r", { 0, "-", "" }, true, MAY,
			TLS_NEED_VERIFIED, RESULT_DEFERRED, STAGE_LOCAL,
			"This message may go only over TLS to a server whose certificate is "
			"verified: The remote host offers no STARTTLS" },
		{ "not offered, any", "mx.test", "250 r", { 0, "-", "" }, true, MAY,
			TLS_NEED_ANY, RESULT_DEFERRED, STAGE_LOCAL,
			"This message may go only over TLS: The remote host offers no "
			"STARTTLS" },
		{ "broken: never plain", "mx.test", "250-r\r\n250 STARTTLS",
			{ 0, "STARTTLS", "220 go!cut" }, true, MAY, TLS_NEED_ANY,
			RESULT_DEFERRED, STAGE_LOCAL,
			"This message may go only over TLS: TLS" },
		{ "refused", "mx.test", "250-r\r\n250 STARTTLS",
			{ 0, "STARTTLS", "454 4.7.0 not now" }, true, MAY, TLS_NEED_ANY,
			RESULT_DEFERRED, STAGE_LOCAL,
			"This message may go only over TLS: The remote host refused STARTTLS" },
		{ "a route without", "mx.test", "250-r\r\n250 STARTTLS",
			{ 0, "STARTTLS", "220 go!tls" }, true, NONE, TLS_NEED_VERIFIED,
			RESULT_DELIVERED, STAGE_DOT, "" },
		{ "the route asks for more", "mx.test", "250-r\r\n250 STARTTLS",
			{ 0, "STARTTLS", "220 go!tls" }, false, MUST, TLS_NEED_ANY,
			RESULT_DEFERRED, STAGE_TLS, "TLS failed: " },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;
		const struct msg_result *r;

		begin_tls(&s, row->trusted);
		s.ehlo = row->ehlo;
		s.rules = &row->rule;
		s.nrules = 1;
		m = scene_attempt(&s, 1, 0, SCENE_TEXT);
		m.host = str_z(row->host);
		m.tls = row->tls;
		m.need = row->need;
		r = &scene_deliver(&s, &m)->results.at[0];
		assert_int_equal(r->result, row->result);
		assert_int_equal(r->stage, row->stage);
		assert_true(str_starts(r->reply.text, str_z(row->why)));
		assert_int_equal(scene_heard(&s, "MAIL FROM"), row->result == RESULT_DELIVERED);
		if (row->stage == STAGE_LOCAL)
			assert_int_equal(r->reply.dsn.detail, 30);
		scene_end(&s);
	}
}

/* A connection that is there serves whom it is good for; for others there is a new one. */
static void
test_need_reuse(void **state)
{
	static const struct {
		const char *name;
		uint8_t need, result;
		int conns; /* so far */
	} table[] = {
		{ "opened", TLS_NEED_NONE, RESULT_DELIVERED, 1 },
		{ "encrypted: good enough", TLS_NEED_ANY, RESULT_DELIVERED, 1 },
		{ "not verified", TLS_NEED_VERIFIED, RESULT_DEFERRED, 2 },
		{ "again without", TLS_NEED_NONE, RESULT_DELIVERED, 3 },
		{ "the same one", TLS_NEED_NONE, RESULT_DELIVERED, 3 },
	};
	static const struct scene_rule rule = { -1, "STARTTLS", "220 go!tls" };
	struct scene s;

	(void)state;
	begin_tls(&s, false);
	s.ehlo = "250-r\r\n250 STARTTLS";
	s.rules = &rule;
	s.nrules = 1;
	TEST_EACH(row, table)
	{
		struct msg_attempt m =
			scene_attempt(&s, (uint64_t)(row - table) + 1, 0, SCENE_TEXT);

		m.host = STR_LIT("mx.test");
		m.need = row->need;
		assert_int_equal(scene_deliver(&s, &m)->results.at[0].result, row->result);
		assert_int_equal(s.nconns, row->conns);
	}
	/* One that went on without TLS is no good for either. */
	s.ehlo = "250 r";
	for (uint64_t i = 10; i < 12; i++) {
		struct msg_attempt m = scene_attempt(&s, i, 1, SCENE_TEXT);

		m.host = STR_LIT("mx.test");
		m.need = i == 10 ? TLS_NEED_NONE : TLS_NEED_ANY;
		assert_int_equal(scene_deliver(&s, &m)->results.at[0].result,
			i == 10 ? RESULT_DELIVERED : RESULT_DEFERRED);
	}
	assert_int_equal(s.nconns, 5);
	scene_end(&s);
}

static void
test_auth(void **state)
{
	static const struct {
		const char *name, *ehlo;
		struct scene_rule rule;
		uint8_t tls, result;
		unsigned auths;
	} table[] = {
		{ "plain", "250-r\r\n250 AUTH PLAIN", { 9, "", "" }, NONE, RESULT_DELIVERED,
			1 },
		{ "refused", "250-r\r\n250 AUTH PLAIN",
			{ -1, "AUTH", "535 5.7.8 wrong password" }, NONE, RESULT_DEFERRED, 1 },
		{ "not without TLS", "250-r\r\n250 AUTH PLAIN", { 9, "", "" }, MAY,
			RESULT_DEFERRED, 0 },
		{ "not offered", "250 r", { 9, "", "" }, NONE, RESULT_DEFERRED, 0 },
	};
	/* Two addresses: a password that was refused is not tried again at the second. */
	static const char *const two[] = { "127.0.0.1", "127.0.0.1", NULL };

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;

		scene_begin(&s);
		scene_name(&s, "smart.test", false, two);
		s.ehlo = row->ehlo;
		s.rules = &row->rule;
		s.nrules = 1;
		m = scene_attempt(&s, 1, 0, SCENE_TEXT);
		m.host = STR_LIT("smart.test");
		m.user = STR_LIT("me");
		m.secret = STR_LIT("pass");
		m.tls = row->tls;
		assert_int_equal(scene_deliver(&s, &m)->results.at[0].result, row->result);
		assert_int_equal(scene_heard(&s, "AUTH PLAIN AG1lAHBhc3M=\n"), row->auths);
		scene_end(&s);
	}
}

static void
test_mx_answers(void **state)
{
	static const struct {
		const char *name;
		enum resolve_status status;
		uint8_t result;
		uint16_t code;
		struct dsn_code dsn;
	} table[] = {
		{ "null MX", RESOLVE_NULL_MX, RESULT_BOUNCED, 556, { 5, 1, 10 } },
		{ "no domain", RESOLVE_NO_DOMAIN, RESULT_BOUNCED, 550, { 5, 1, 2 } },
		{ "no host", RESOLVE_NO_HOST, RESULT_BOUNCED, 550, { 5, 1, 2 } },
		{ "SERVFAIL", RESOLVE_FAILED, RESULT_DEFERRED, 451, { 4, 4, 3 } },
		{ "loop", RESOLVE_LOOP, RESULT_DEFERRED, 451, { 4, 4, 3 } },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;
		const struct msg_outcome *o;
		const struct msg_result *r;

		scene_begin(&s);
		scene_status(&s, "there.test", row->status, "the name servers say so");
		m = scene_attempt(&s, 1, 0, SCENE_TEXT);
		m.route = ROUTE_MX;
		m.host = STR_LIT("there.test");
		o = scene_deliver(&s, &m);
		r = &o->results.at[0];
		assert_int_equal(r->result, row->result);
		assert_int_equal(r->stage, STAGE_DNS);
		assert_int_equal(r->reply.code, row->code);
		assert_int_equal(r->reply.dsn.class, row->dsn.class);
		assert_int_equal(r->reply.dsn.subject, row->dsn.subject);
		assert_int_equal(r->reply.dsn.detail, row->dsn.detail);
		assert_int_equal(o->error, 0);
		assert_int_equal(o->address.n, 0);
		if (row->result == RESULT_DEFERRED)
			assert_str(r->reply.text, "the name servers say so");
		scene_end(&s);
	}
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *name;
		const char *hosts[4];
		const char *source;
		struct scene_rule rule;
		bool ours;
		uint8_t result;
		uint16_t code, error;
		int conns;
	} table[] = {
		{ "one", { "127.0.0.1" }, "", { 9, "", "" }, false, RESULT_DELIVERED, 250, 0,
			1 },
		{ "first refuses the connection", { "127.0.0.9", "127.0.0.1" }, "",
			{ 9, "", "" }, false, RESULT_DELIVERED, 250, 0, 1 },
		{ "all refuse the connection", { "127.0.0.9", "127.0.0.8" }, "", { 9, "", "" },
			false, RESULT_DEFERRED, 451, ECONNREFUSED, 0 },
		{ "first has no time", { "127.0.0.1", "127.0.0.1" }, "",
			{ 0, "BANNER", "421 4.3.2 busy!cut" }, false, RESULT_DELIVERED, 250, 0,
			2 },
		{ "none has time", { "127.0.0.1", "127.0.0.1" }, "",
			{ -1, "BANNER", "421 4.3.2 busy!cut" }, false, RESULT_DEFERRED, 421, 0,
			2 },
		{ "IPv6", { "::1" }, "", { 9, "", "" }, false, RESULT_DELIVERED, 250, 0, 1 },
		{ "source", { "127.0.0.1" }, "127.0.0.7", { 9, "", "" }, false,
			RESULT_DELIVERED, 250, 0, 1 },
		{ "source of the other family", { "::1", "127.0.0.1" }, "127.0.0.7",
			{ 9, "", "" }, false, RESULT_DELIVERED, 250, 0, 1 },
		{ "a source of each family, IPv6", { "::1" }, "127.0.0.7 ::1", { 9, "", "" },
			false, RESULT_DELIVERED, 250, 0, 1 },
		{ "a source of each family, IPv4", { "127.0.0.1" }, "127.0.0.7 ::1",
			{ 9, "", "" }, false, RESULT_DELIVERED, 250, 0, 1 },
		{ "no address of the source's family", { "::1" }, "127.0.0.7", { 9, "", "" },
			false, RESULT_DEFERRED, 451, 0, 0 },
		{ "a source that is not here", { "127.0.0.1" }, "192.0.2.1", { 9, "", "" },
			false, RESULT_DEFERRED, 451, 0, 0 },
		{ "ourselves", { "127.0.0.1", "127.0.0.9" }, "", { 9, "", "" }, true,
			RESULT_BOUNCED, 554, 0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;
		const struct msg_outcome *o;

		scene_begin(&s);
		if (row->hosts[0][0] == ':' && s.listen6_fd < 0) {
			scene_end(&s);
			continue;
		}
		s.rules = &row->rule;
		s.nrules = 1;
		if (row->ours) {
			s.config.plain = (struct config_ports){ { s.port }, 1 };
			s.config.listen[0] = STR_LIT("0.0.0.0");
			s.config.nlisten = 1;
		}
		scene_name(&s, "there.test", true, row->hosts);
		m = scene_attempt(&s, 1, 0, SCENE_TEXT);
		m.route = ROUTE_MX;
		m.host = STR_LIT("there.test");
		m.source = str_z(row->source);
		o = scene_deliver(&s, &m);
		assert_int_equal(o->results.at[0].result, row->result);
		assert_int_equal(o->results.at[0].reply.code, row->code);
		assert_int_equal(o->error, row->error);
		assert_int_equal(s.nconns, row->conns);
		if (row->error) {
			assert_int_equal(o->port, s.port);
			assert_true(str_starts(o->address, STR_LIT("127.0.0.8:")));
			assert_int_equal(o->results.at[0].stage, STAGE_CONNECT);
		}
		if (row->ours)
			assert_int_equal(o->results.at[0].reply.dsn.detail, 6);
		scene_end(&s);
	}
}

/* Port 25 of this machine is a loop only when it is ours. */
static void
test_another_server_here(void **state)
{
	static const struct {
		const char *name, *to[2], *listen;
		uint16_t port;
		uint8_t result;
	} table[] = {
		{ "another port", { "127.0.0.9" }, "0.0.0.0", 2525, RESULT_DEFERRED },
		{ "everywhere", { "127.0.0.9" }, "0.0.0.0", 25, RESULT_BOUNCED },
		{ "this address", { "127.0.0.9" }, "127.0.0.9", 25, RESULT_BOUNCED },
		{ "another address", { "127.0.0.9" }, "127.0.0.8", 25, RESULT_DEFERRED },
		{ "by no address", { "0.0.0.0" }, "127.0.0.1", 25, RESULT_BOUNCED },
		{ "mapped", { "::ffff:127.0.0.1" }, "0.0.0.0", 25, RESULT_BOUNCED },
		{ "the other family", { "127.0.0.9" }, "::", 25, RESULT_DEFERRED },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene s;
		struct msg_attempt m;

		scene_begin(&s);
		s.config.listen[0] = str_z(row->listen);
		s.config.nlisten = 1;
		s.config.starttls = (struct config_ports){ { row->port }, 1 };
		scene_name(&s, "there.test", true, row->to);
		m = scene_attempt(&s, 1, 0, SCENE_TEXT);
		m.route = ROUTE_MX;
		m.host = STR_LIT("there.test");
		m.port = 25;
		assert_int_equal(scene_deliver(&s, &m)->results.at[0].result, row->result);
		scene_end(&s);
	}
}

TEST_MAIN(TEST(test_another_server_here), TEST(test_tls), TEST(test_need),
	TEST(test_need_reuse), TEST(test_auth), TEST(test_mx_answers), TEST(test_addresses))
