#include "base/test.h"

#include "base/mem.h"
#include "base/utc.h"
#include "wire/config.h"
#include "wire/config_key.h"

static const char lab_yaml[] =
	"# lab.yaml\n"
	"hostname: mail.lab.test\n"
	"state: /some/dir                               # everything the service writes\n"
	"listen: [127.0.0.1]\n"
	"submission: { starttls: [2587], tls: [2465], plain: [2525] }   # plain: no TLS\n"
	"http: { plain: [8080], tls: [8443] }\n"
	"tls: [ { cert: cert.pem, key: key.pem } ]\n"
	"lab: { deliver_to: 127.0.0.1:2600, private_webhooks: true, verified_domains: true }\n";

static void
test_default(void **state)
{
	struct config c;

	(void)state;
	config_default(&c);
	assert_int_equal(c.starttls.n, 5);
	assert_int_equal(c.starttls.port[4], 2525);
	assert_int_equal(c.tls.n, 1);
	assert_int_equal(c.http_plain.n, 0);
	assert_int_equal(c.nlisten, 2);
	assert_true(str_eq_z(c.listen[1], "::"));
	assert_true(str_eq_z(c.state, "/var/lib/facteur") && c.hostname.n == 0);
	assert_true(str_eq_z(c.master_key, "/var/lib/facteur/master.key"));
	assert_true(str_eq_z(c.log.file, "/var/lib/facteur/log/mail.log"));
	assert_int_equal(c.outbound.nretry, 7);
	assert_true(c.outbound.retry_us[6] == 4 * UTC_HOUR && c.outbound.port == 25);
	assert_true(c.outbound.expire_broadcast_us == 5 * UTC_DAY);
	assert_true(c.outbound.repeat_transactional && !c.outbound.repeat_broadcast);
	assert_int_equal(c.outbound.nsites, 1);
	assert_true(c.outbound.sites[0].connections == 5 && c.outbound.sites[0].messages == 20);
	assert_true(c.limits.message_bytes == 25u << 20 && c.limits.hops == 50);
	assert_true(c.keep_statistics_us == INT64_MAX && c.keep_content_us == 7 * UTC_DAY);
	assert_false(c.lab.on);
	config_done(&c);
}

static void
test_lab(void **state)
{
	struct config c;
	struct config_error e;

	(void)state;
	assert_int_equal(config_parse(&c, STR_LIT("lab.yaml"), str_z(lab_yaml), NULL, &e), 0);
	assert_true(str_eq_z(c.file, "lab.yaml") && str_eq_z(c.hostname, "mail.lab.test"));
	assert_true(c.starttls.n == 1 && c.starttls.port[0] == 2587);
	assert_true(c.plain.n == 1 && c.plain.port[0] == 2525 && c.tls.port[0] == 2465);
	assert_true(c.http_tls.n == 1 && c.http_plain.port[0] == 8080);
	assert_true(c.ncerts == 1 && str_eq_z(c.certs[0].key, "key.pem"));
	assert_true(c.lab.on && str_eq_z(c.lab.deliver_to, "127.0.0.1:2600"));
	assert_true(c.lab.private_webhooks && c.lab.verified_domains && !c.lab.any_credentials);
	assert_true(str_eq_z(c.master_key, "/some/dir/master.key"));
	config_done(&c);
}

static void
test_shapes(void **state)
{
	struct config c;
	struct config_error e;
	static const char yaml[] =
		"outbound:\n"
		"  routes: { \"*\": \"smtp://u:p@relay:587\", B.test: b.example.org }\n"
		"  sites:\n"
		"    big.example: { connections: 2, rate: 60 }\n"
		"  retry: [1s, 2m30s]\n"
		"  expire: { broadcast: 12h }\n"
		"submission: { starttls: [80, 25], trusted: { 10.0.0.0/8: shop } }\n"
		"http: { plain: 80 }\n"
		"api: { sends_per_minute: 1000000 }\n"
		"tls: { cert: c, key: k }\n"
		"limits: { message_size: 25MB, min_rate: 0 }\n"
		"keep: { statistics: 30d }\n"
		"admin: ~\n"
		"lab:\n";

	(void)state;
	assert_int_equal(config_parse(&c, STR_NONE, str_z(yaml), NULL, &e), 0);
	assert_true(c.outbound.nroutes == 2 && str_eq_z(c.outbound.routes[1].domain, "b.test"));
	assert_true(c.outbound.nsites == 2 && c.outbound.sites[0].messages == 20);
	assert_true(
		c.outbound.sites[0].rate == 60 && str_eq_z(c.outbound.sites[1].domain, "*"));
	assert_true(!c.outbound.sites[0].implied && c.outbound.sites[1].implied);
	assert_true(c.outbound.nretry == 2 && c.outbound.retry_us[1] == 150 * UTC_SEC);
	assert_true(c.outbound.expire_broadcast_us == 12 * UTC_HOUR);
	assert_true(c.ntrusted == 1 && str_eq_z(c.trusted[0].account, "shop"));
	assert_true(c.tls.n == 0 && c.starttls.n == 2 && c.http_plain.n == 1 && c.ncerts == 1);
	assert_true(c.limits.message_bytes == 25000000 && c.limits.min_rate == 0);
	assert_true(c.api.calls_per_minute == 6000 && c.api.sends_per_minute == 1000000);
	assert_true(c.keep_statistics_us == 30 * UTC_DAY && c.admin.n == 0 && c.lab.on);
	config_done(&c);
	/* A section that names no port leaves the ports alone. */
	assert_int_equal(config_parse(&c, STR_NONE,
				 STR_LIT("submission: {plaintext_auth: true}"), NULL, &e),
		0);
	assert_true(c.plaintext_auth && c.starttls.n == 5 && c.tls.n == 1);
	config_done(&c);
	assert_int_equal(
		config_parse(&c, STR_NONE, STR_LIT("submission: {starttls: []}"), NULL, &e), 0);
	assert_true(c.starttls.n == 0 && c.tls.n == 0);
	config_done(&c);
}

static const struct {
	const char *name, *yaml;
	unsigned line, column;
	const char *text;
} wrong[] = {
	{ "unknown", "hostnme: x.test", 1, 1,
		"unknown key \"hostnme\"; did you mean \"hostname\"?" },
	{ "toml", "hostnme=\"x\"", 1, 1,
		"unknown key \"hostnme\"; did you mean \"hostname\"?" },
	{ "no space", "hostname:x", 1, 1, "with a space behind the colon" },
	{ "nested", "outbound:\n  prt: 25", 2, 3,
		"unknown key \"prt\"; did you mean \"port\"?" },
	{ "elsewhere", "starttls: [25]", 1, 1, "did you mean submission.starttls?" },
	{ "far", "keep: { zzzzzzzz: 1 }", 1, 9, "known here: content, transcripts, events" },
	{ "dotted", "outbound.port: 25", 1, 1, "unknown key \"outbound.port\"" },
	{ "bracket", "\"tls[]\": 25", 1, 1, "unknown key" },
	{ "unit", "keep: { content: 72hh }", 1, 18,
		"keep.content: \"72hh\" is not a duration such as 5m, 2h or 7d" },
	{ "span range", "keep: { content: 0s }", 1, 18,
		"out of range: allowed is 1s to 36500d" },
	{ "size", "limits: { message_size: 25 bananas }", 1, 25, "a size such as 64KiB" },
	{ "size range", "limits: { message_size: 2GiB }", 1, 25, "allowed is 1KiB to 1GiB" },
	{ "number", "edges: two", 1, 8, "edges: \"two\" is not a whole number" },
	{ "console", "console: { url: mail.test }", 0, 0, "console.url: it is https://" },
	{ "console", "console: { url: 'https://mail.test/' }", 0, 0,
		"console.url: it is https://" },
	{ "alerts", "alerts: { webhook: 'ftp://a.test' }", 0, 0, "alerts.webhook: " },
	{ "alerts", "alerts: { secret: 'whsec_c2hvcnQ=' }", 0, 0,
		"alerts.secret: it is whsec_" },
	{ "alerts", "alerts: { secret: 'plain' }", 0, 0, "alerts.secret: it is whsec_" },
	{ "keys", "tracking: { key: 2, oldest_key: 3 }", 0, 0, "oldest_key: it cannot be" },
	{ "number range", "edges: 0", 1, 8, "allowed is 1 to 64" },
	{ "bool", "log: { mask: yes }", 1, 14, "\"yes\" is not true or false" },
	{ "choice", "sandbox: on", 1, 10, "auto, require or off" },
	{ "factor", "console: { totp: on }", 1, 18, "optional, service or required" },
	{ "mode", "mode: test", 1, 7, "live or sandbox" },
	{ "port", "submission: { tls: [465, 70000] }", 1, 26,
		"submission.tls: \"70000\" is not right here: each entry is a port" },
	{ "port zero", "outbound: { port: 0 }", 1, 19, "from 1 to 65535" },
	{ "port name", "http: { tls: [https] }", 1, 15, "\"https\"" },
	{ "twice", "admin: a@b.test\nadmin: a@b.test", 2, 1,
		"the key \"admin\" is there twice" },
	{ "section twice", "log: {}\nlog: {}", 2, 1, "the key \"log\" is there twice" },
	{ "ports", "submission: { tls: [465], plain: [465] }", 1, 35,
		"submission.plain: port 465 is also in submission.tls" },
	{ "port in list", "http: { tls: [1, 1] }", 1, 18, "http.tls: port 1 is there twice" },
	{ "port of default", "http: { tls: [465] }", 1, 15, "is also in submission.tls" },
	{ "no sharing", "submission: { plain: [80] }\nhttp: { plain: [80] }", 2, 17,
		"is also in submission.plain" },
	{ "alias", "admin: &a a@b.test\nhostname: *a", 1, 8, "anchors and aliases" },
	{ "star", "outbound: { routes: [ { domain: *, url: h } ] }", 1, 33, "in quotes" },
	{ "tag", "admin: !!str a@b.test", 1, 8, "tags" },
	{ "section scalar", "keep: 7d", 1, 7, "keep: { content: … }" },
	{ "scalar list", "hostname: [a.test]", 1, 11, "a list is not a domain" },
	{ "scalar section", "edges: {}", 1, 8, "a section of keys is not a whole number" },
	{ "list of lists", "listen: [[::1]]", 1, 10, "a list is not right here" },
	{ "entries scalar", "tls: cert.pem", 1, 6, "a list of entries with cert and key" },
	{ "missing", "tls:\n  - cert: c.pem", 2, 5, "tls: \"key\" is missing" },
	{ "entry key", "tls: [ { crt: c } ]", 1, 10, "did you mean \"cert\"?" },
	{ "domain", "hostname: mail_lab", 1, 11, "a domain such as" },
	{ "address", "hostname: 192.0.2.1", 1, 11, "a domain such as" },
	{ "mailbox", "admin: postmaster", 1, 8, "an address such as" },
	{ "ip", "listen: [localhost]", 1, 10, "an IPv4 or IPv6 address" },
	{ "cidr", "submission: {trusted: [{network: 10.0.0.0/33, account: a}]}", 1, 34,
		"a network such as" },
	{ "cidr bits", "submission: {trusted: [{network: 10.0.0.1/8, account: a}]}", 1, 34,
		"first address" },
	{ "cidr all", "submission: {trusted: [{network: \"::/0\", account: a}]}", 1, 34,
		"internet" },
	{ "route", "outbound: {routes: [{domain: \"*\", url: \"http://x\"}]}", 1, 40,
		"smtp://" },
	{ "route twice", "outbound: {routes: {a.test: h, A.test: h}}", 1, 32,
		"\"a.test\" is there twice" },
	{ "empty value", "listen: [\"\"]", 1, 10, "a value is missing" },
	{ "no state", "state:", 1, 7, "state: a value is missing" },
	{ "no listen", "listen: []", 0, 0, "listen: at least one" },
	{ "no protocol", "outbound: {ipv4: false, ipv6: false}", 0, 0, "cannot both" },
	{ "tab", "log:\n\tmask: true", 2, 1, "indent with spaces" },
	{ "control", "user: \"a\\0b\"", 1, 7, "control characters" },
	{ "utf8", "admin: \xff", 1, 1, "UTF-8" },
	{ "second", "edges: 1\n---\nedges: 2", 2, 1, "second document" },
	{ "list", "- a", 1, 1, "the file is made of keys" },
	{ "key list", "? [a]\n: b", 1, 3, "cannot be a key" },
	{ "open", "tls: [", 2, 1, "not YAML" },
};

static void
test_wrong(void **state)
{
	(void)state;
	TEST_EACH(row, wrong)
	{
		struct config c;
		struct config_error e = { 0 };

		assert_int_equal(config_parse(&c, STR_NONE, str_z(row->yaml), NULL, &e), -22);
		if (!strstr(e.text, row->text) ||
			(row->line != e.line || row->column != e.column))
			fprintf(stderr, "%s: %u:%u: %s\n", row->name, e.line, e.column, e.text);
		assert_non_null(strstr(e.text, row->text));
		assert_int_equal(e.line, row->line);
		assert_int_equal(e.column, row->column);
	}
}

static void
test_env(void **state)
{
	static char port[] = "FACTEUR_OUTBOUND__PORT=2525",
		    host[] = "FACTEUR_HOSTNAME=env.test",
		    list[] = "FACTEUR_SUBMISSION__STARTTLS=2587, 2588",
		    flow[] = "FACTEUR_HTTP__PLAIN=[ 8080, 8081 ]",
		    none[] = "FACTEUR_SUBMISSION__TLS=[]", config[] = "FACTEUR_CONFIG=/x",
		    routes[] =
			    "FACTEUR_OUTBOUND__ROUTES=*=smtp://h:26,b.test=smtp://h?tls=must",
		    lab[] = "FACTEUR_LAB__DELIVER_TO=127.0.0.1:26", other[] = "PATH=/bin",
		    section[] = "FACTEUR_OUTBOUND=1";
	char *env[] = { port, host, list, flow, none, config, routes, lab, other, section,
		NULL };
	struct config c;
	struct config_error e;

	(void)state;
	assert_int_equal(
		config_parse(&c, STR_NONE, STR_LIT("hostname: file.test"), env, &e), 0);
	assert_true(c.outbound.port == 2525 && str_eq_z(c.hostname, "env.test"));
	assert_true(c.starttls.n == 2 && c.starttls.port[1] == 2588 && c.tls.n == 0);
	assert_true(c.http_plain.n == 2 && c.http_plain.port[1] == 8081);
	assert_true(c.outbound.nroutes == 2 && c.lab.on);
	assert_true(str_eq_z(c.outbound.routes[1].url, "smtp://h?tls=must"));
	config_done(&c);
}

static void
test_env_wrong(void **state)
{
	static const struct {
		const char *name, *text;
	} table[] = {
		{ "FACTEUR_OUTBOUND__PRT=1",
			"FACTEUR_OUTBOUND__PRT: unknown key \"prt\"; did you mean \"port\"?" },
		{ "FACTEUR_OUTBOND__PORT=1",
			"unknown key \"outbond\"; did you mean \"outbound\"?" },
		{ "FACTEUR_OUTBOUND__PORT=x",
			"FACTEUR_OUTBOUND__PORT: outbound.port: \"x\" is not a port" },
		{ "FACTEUR_EDGES=0", "FACTEUR_EDGES: edges: \"0\" is out of range" },
		{ "FACTEUR_TLS=cert.pem", "\"key\" is missing" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		char *env[] = { str_dup_z(str_z(row->name)), NULL };
		struct config c;
		struct config_error e = { 0 };

		assert_int_equal(config_parse(&c, STR_NONE, STR_NONE, env, &e), -22);
		assert_non_null(strstr(e.text, row->text));
		assert_true(e.line == 0 && e.column == 0);
		mem_free(env[0]);
	}
}

static void
test_explain(void **state)
{
	struct config c;
	struct config_error e = { 0 };
	struct buf b;

	(void)state;
	for (int french = 0; french < 2; french++) {
		buf_init(&b, 64u << 10);
		assert_int_equal(config_explain(&b, french), 0);
		if (config_parse(&c, STR_NONE, buf_str(&b), NULL, &e) < 0)
			fail_msg("%u:%u: %s", e.line, e.column, e.text);
		assert_true(c.starttls.n == 5 && c.nlisten == 2 && c.outbound.nretry == 7);
		assert_true(str_find_str(buf_str(&b), STR_LIT("repeat:")) < b.n);
		assert_int_equal(str_find_str(buf_str(&b), STR_LIT("clé")) < b.n, french == 1);
		config_done(&c);
		buf_done(&b);
	}
}

/* Each key and each kind has words in both languages: neither none, nor the other's. */
static void
test_french(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *k = &config_keys[i];

		if (!*k->what || !*k->what_fr || strcmp(k->what, k->what_fr) == 0)
			fail_msg("%s: no French", k->path);
	}
	for (enum config_kind kind = 0; kind < CONFIG_KIND_COUNT; kind++)
		assert_string_not_equal(
			config_value_allowed(kind, false), config_value_allowed(kind, true));
}

static void
test_large(void **state)
{
	size_t n = (1u << 20) + 1;
	char *text = mem_new(n, 1);
	struct config c;
	struct config_error e = { 0 };

	(void)state;
	memset(text, '#', n);
	assert_int_equal(config_parse(&c, STR_NONE, str_of(text, n - 1), NULL, &e), 0);
	config_done(&c);
	assert_int_equal(config_parse(&c, STR_NONE, str_of(text, n), NULL, &e), -22);
	assert_non_null(strstr(e.text, "1 MiB"));
	memset(text, '[', n);
	assert_int_equal(config_parse(&c, STR_NONE, str_of(text, n - 1), NULL, &e), -22);
	mem_free(text);
}

static void
test_tracking_host(void **state)
{
	static const struct {
		const char *name, *url, *want;
	} table[] = {
		{ "none", "", "mail.test" },
		{ "plain", "https://t.test", "t.test" },
		{ "a port", "http://t.test:8025", "t.test" },
		{ "an address", "http://127.0.0.1:8025", "127.0.0.1" },
		{ "a path", "https://t.test/x:1", "t.test" },
	};
	struct config c;

	(void)state;
	config_default(&c);
	c.hostname = STR_LIT("mail.test");
	TEST_EACH(row, table)
	{
		c.tracking.url = str_z(row->url);
		assert_str(config_tracking_host(&c), row->want);
	}
	config_done(&c);
}

static void
test_console(void **state)
{
	static const struct {
		const char *name, *yaml, *want;
	} table[] = {
		{ "nothing", "hostname: m.test", "https://m.test" },
		{ "its own", "console: { url: 'https://c.test:8443' }", "https://c.test:8443" },
		{ "tls", "hostname: m.test\nhttp: { tls: [443], plain: [80] }",
			"https://m.test" },
		{ "a port", "hostname: m.test\nhttp: { tls: [8443] }", "https://m.test:8443" },
		{ "plain", "hostname: m.test\nhttp: { plain: [8025] }",
			"http://127.0.0.1:8025" },
		{ "plain 80", "hostname: m.test\nhttp: { plain: [80] }", "http://127.0.0.1" },
	};
	char text[CONFIG_CONSOLE_SIZE];
	struct config_error e;
	struct config c;

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(config_parse(&c, STR_NONE, str_z(row->yaml), NULL, &e), 0);
		assert_string_equal(config_console(&c, text), row->want);
		config_done(&c);
	}
}

TEST_MAIN(TEST(test_console), TEST(test_tracking_host), TEST(test_default), TEST(test_lab),
	TEST(test_shapes), TEST(test_wrong), TEST(test_env), TEST(test_env_wrong),
	TEST(test_explain), TEST(test_french), TEST(test_large))
