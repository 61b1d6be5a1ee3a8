#include "role/desk_scene.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* How many questions came to the name server, which answers none. */
static unsigned
dns_asked(int fd)
{
	char bytes[600];
	unsigned n = 0;

	while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		n++;
	return n;
}

/* A domain is looked up again by the clock, a few at once; a server that does not answer holds
 * nothing up. */
static void
test_domains_again(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char servers[40], body[100];
	struct scene s;
	unsigned n;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(servers, sizeof servers, "127.0.0.1:%u", ntohs(at.sin_port));
	scene_open(&s);
	s.config.lab.verified_domains = false;
	s.config.outbound.resolver = str_z(servers);
	assert_int_equal(status_of(ask(&s, "accounts.add", "{\"account\":\"shop\"}")), 200);
	for (int c = 'a'; c <= 'f'; c++) {
		snprintf(body, sizeof body, "{\"account\":\"shop\",\"domain\":\"%c.test\"}", c);
		assert_int_equal(status_of(ask(&s, "domains.add", body)), 200);
	}
	assert_int_equal(dns_asked(fd), 0);
	/* The tables go by the real clock, and a new domain's time is an hour away. */
	run_sql(&s, "UPDATE domains SET due = 1");
	clock_pass(&s.clock, 1000000);
	turn(&s);
	n = dns_asked(fd);
	assert_in_range(n, 4, 4 * 4);
	assert_int_equal(s.desk->nagain, 4);
	clock_pass(&s.clock, 1000000);
	turn(&s);
	assert_int_equal(s.desk->nagain, 4);
	assert_int_equal(status_of(ask(&s, "domains.list", "{}")), 200);
	s.config.outbound.resolver = STR_NONE;
	scene_close(&s);
	close(fd);
}

/* A name server that is the resolver and, for questions without recursion, the zone's own. */
struct dns {
	struct loop_fd *watch;
	int fd;
	char key[1000]; /* TXT of the zone's server at fct1._domainkey.a.test */
};

static void
dns_put_name(struct buf *b, struct str name)
{
	while (name.n) {
		struct str label = str_cut(&name, '.');

		(void)buf_put_c(b, (char)label.n);
		(void)buf_put(b, label);
	}
	(void)buf_put_c(b, 0);
}

static void
dns_put_text(struct buf *b, struct str text)
{
	for (; text.n; text = str_from(text, 255)) {
		(void)buf_put_c(b, (char)str_head(text, 255).n);
		(void)buf_put(b, str_head(text, 255));
	}
}

/* What the record of that name is, empty: none. */
static void
dns_data(const struct dns *d, const char *name, uint8_t type, bool recursive, struct buf *b)
{
	if (type == 2 && strcmp(name, "a.test") == 0)
		dns_put_name(b, STR_LIT("ns.a.test"));
	else if (type == 1 && strcmp(name, "ns.a.test") == 0)
		(void)buf_put(b, str_of("\x7f\0\0\1", 4));
	else if (type == 16 && strcmp(name, "fct1._domainkey.a.test") == 0)
		dns_put_text(b, recursive ? STR_LIT("stale") : str_z(d->key));
	else if (type == 16 && recursive && strcmp(name, "_dmarc.a.test") == 0)
		dns_put_text(b, STR_LIT("v=DMARC1; p=none"));
}

static void
on_dns(void *ctx, unsigned what)
{
	struct dns *d = ctx;
	struct net_addr from = { .len = sizeof from.u };
	char q[600], name[256] = "";
	ssize_t got = recvfrom(d->fd, q, sizeof q, 0, &from.u.sa, &from.len);
	size_t at = 12;
	bool recursive = q[2] & 1, own;
	struct buf b, data;

	(void)what;
	assert_true(got > 12);
	for (; q[at]; at += 1 + (size_t)q[at])
		snprintf(name + strlen(name), sizeof name - strlen(name), "%s%.*s",
			name[0] ? "." : "", q[at], q + at + 1);
	/* A zone below is another server's. */
	own = !recursive && strcmp(name, "_dmarc.a.test") != 0;
	buf_init(&b, 2000);
	buf_init(&data, 1500);
	dns_data(d, name, (uint8_t)q[at + 2], recursive, &data);
	(void)buf_put(&b, str_of(q, 2));
	(void)buf_put(&b, own ? str_of("\x84\x00\0\1\0", 5) : str_of("\x80\x80\0\1\0", 5));
	(void)buf_put_c(&b, data.n > 0);
	(void)buf_put(&b, str_of("\0\0\0\0", 4));
	(void)buf_put(&b, str_of(q + 12, at + 5 - 12));
	if (data.n > 0) {
		(void)buf_put(&b, str_of("\xc0\x0c", 2));
		(void)buf_put(&b, str_of(q + at + 1, 4));
		(void)buf_put(&b, str_of("\0\0\0\x1e", 4));
		(void)buf_put_c(&b, (char)(data.n >> 8));
		(void)buf_put_c(&b, (char)data.n);
		(void)buf_put(&b, buf_str(&data));
	}
	(void)sendto(d->fd, b.p, b.n, 0, &from.u.sa, from.len);
	buf_done(&b);
	buf_done(&data);
}

/* Waits for an answer that comes over the network of this machine. */
static struct str
ask_slowly(struct scene *s, const char *verb, const char *body)
{
	(void)ask(s, verb, body);
	for (int i = 0; i < 6000 && s->in.n == 0; i++)
		loop_step(s->loop, 10000);
	return buf_str(&s->in);
}

static json_t *
body_of(struct str answer)
{
	size_t at = str_find_str(answer, STR_LIT("\r\n\r\n"));
	json_t *j = json_loadb(answer.p + at, answer.n - at, 0, NULL);

	assert_non_null(j);
	return j;
}

static const char *
record_text(const json_t *domain, size_t i, const char *name)
{
	return json_string_value(
		json_object_get(json_array_get(json_object_get(domain, "records"), i), name));
}

/* The zone's own server is asked, and believed more than a resolver's cache; what it does not
 * hold, and all when it may not be asked, is asked from the resolver. */
static void
test_domain_asked(void **state)
{
	struct dns d = { .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const char *a = "{\"account\":\"shop\",\"domain\":\"a.test\"}";
	socklen_t len = sizeof at;
	char servers[40];
	struct scene s;
	json_t *j;

	(void)state;
	assert_int_equal(bind(d.fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(d.fd, (struct sockaddr *)&at, &len), 0);
	snprintf(servers, sizeof servers, "127.0.0.1:%u", ntohs(at.sin_port));
	scene_open(&s);
	s.config.lab.verified_domains = false;
	s.config.outbound.resolver = str_z(servers);
	s.desk->dns_port = ntohs(at.sin_port);
	d.watch = loop_fd_new(s.loop, d.fd, LOOP_READ, on_dns, &d);
	assert_int_equal(status_of(ask(&s, "accounts.add", "{\"account\":\"shop\"}")), 200);
	j = body_of(ask(&s, "domains.add", a));
	snprintf(d.key, sizeof d.key, "%s", record_text(j, 0, "value"));
	json_decref(j);
	/* A private address is none of a zone's that a stranger runs. */
	j = body_of(ask_slowly(&s, "domains.verify", a));
	assert_string_equal(json_string_value(json_object_get(j, "state")), "pending");
	assert_string_equal(record_text(j, 0, "asked"), "resolver");
	assert_string_equal(record_text(j, 0, "state"), "different");
	json_decref(j);
	s.config.lab.private_webhooks = true;
	j = body_of(ask_slowly(&s, "domains.verify", a));
	assert_string_equal(json_string_value(json_object_get(j, "state")), "verified");
	assert_string_equal(record_text(j, 0, "asked"), "authoritative");
	assert_string_equal(record_text(j, 0, "state"), "found");
	assert_string_equal(record_text(j, 1, "asked"), "authoritative");
	assert_string_equal(record_text(j, 1, "state"), "missing");
	assert_string_equal(record_text(j, 2, "asked"), "resolver");
	assert_string_equal(record_text(j, 2, "state"), "found");
	json_decref(j);
	s.config.outbound.resolver = STR_NONE;
	loop_fd_free(&d.watch);
	scene_close(&s);
	close(d.fd);
}

TEST_MAIN(TEST(test_domains_again), TEST(test_domain_asked))
