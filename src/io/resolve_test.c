#include "io/resolve.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/test.h"
#include "io/dns_answer.h"
#include "io/random.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define TYPE_NS  2
#define TYPE_TXT 16
#define TYPE_PTR 12
#define TYPE_SOA 6

/* A DNS server on the same loop: it answers from a table of zone lines. */
struct zone {
	const char *name;
	uint16_t type;
	const char *value; /* "10 host", an address, a name, strings "a|b"; "!SERVFAIL", "!NX",
	                      "!DROP" */
};

static const struct zone zone[] = {
	{ "two.test", DNS_MX, "20 b.test" },
	{ "two.test", DNS_MX, "10 a.test" },
	{ "a.test", DNS_A, "192.0.2.1" },
	{ "a.test", DNS_A, "192.0.2.2" },
	{ "a.test", DNS_AAAA, "2001:db8::1" },
	{ "b.test", DNS_A, "192.0.2.3" },
	{ "equal.test", DNS_MX, "10 a.test" },
	{ "equal.test", DNS_MX, "10 b.test" },
	{ "null.test", DNS_MX, "0 ." },
	{ "nullplus.test", DNS_MX, "0 ." },
	{ "nullplus.test", DNS_MX, "5 b.test" },
	{ "plain.test", DNS_A, "192.0.2.9" },
	{ "empty.test", 99, "" },
	{ "fail.test", DNS_MX, "!SERVFAIL" },
	{ "drop.test", DNS_MX, "!DROP" },
	{ "code15.test", DNS_MX, "!15" },
	{ "wrongid.test", DNS_MX, "!WRONGID" },
	{ "wrongid.test", DNS_MX, "10 b.test" },
	{ "hostless.test", DNS_MX, "10 empty.test" },
	{ "hostless.test", DNS_MX, "20 gone.test" },
	{ "hostfail.test", DNS_MX, "10 empty.test" },
	{ "hostfail.test", DNS_MX, "20 servfail.test" },
	{ "servfail.test", DNS_A, "!SERVFAIL" },
	{ "halffail.test", DNS_MX, "10 servfail.test" },
	{ "halffail.test", DNS_MX, "20 b.test" },
	{ "afail.test", DNS_A, "!SERVFAIL" },
	{ "afail.test", DNS_AAAA, "2001:db8::2" },
	{ "alias.test", DNS_CNAME, "two.test" },
	{ "aliashost.test", DNS_CNAME, "a.test" },
	{ "loop1.test", DNS_CNAME, "loop2.test" },
	{ "loop2.test", DNS_CNAME, "loop1.test" },
	{ "txt.test", TYPE_TXT, "v=spf1|  -all" },
	{ "txt.test", TYPE_TXT, "two" },
	{ "failtxt.test", TYPE_TXT, "!SERVFAIL" },
	{ "zone.test", TYPE_NS, "ns1.zone.test" },
	{ "zone.test", TYPE_NS, "ns2.zone.test" },
	{ "failtxt.test", TYPE_NS, "!SERVFAIL" },
	{ "aliastxt.test", DNS_CNAME, "gone.test" },
	{ "1.2.0.192.in-addr.arpa", TYPE_PTR, "mail.test" },
	{ "1.2.0.192.in-addr.arpa", TYPE_PTR, "other.test" },
	{ "2.2.0.192.in-addr.arpa", TYPE_PTR, "!SERVFAIL" },
	{ "f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", TYPE_PTR,
		"six.test" },
	{ "", TYPE_SOA, "" },
	{ "odd.test", DNS_MX, "10 a b.test" },
	{ "odd.test", DNS_MX, "20 b.test" },
	{ "onlyodd.test", DNS_MX, "10 a b.test" },
	{ "onlyodd.test", DNS_A, "192.0.2.9" },
};

struct dns {
	struct loop *loop;
	struct clock clock;
	struct loop_fd *watch;
	struct resolver *r;
	int fd;
	char servers[NET_TEXT_MAX];
	unsigned asked;
	bool proves, fails; /* of the root: AD to who asks for it; SERVFAIL */
	/* what the last resolve_* gave */
	struct resolve_answer got;
	int calls;
};

static void
put_name(struct buf *b, struct str name)
{
	while (name.p && name.n > 0) {
		struct str label = str_cut(&name, '.');

		wr_u8(b, (uint8_t)label.n);
		buf_put(b, label);
	}
	wr_u8(b, 0);
}

static void
be16(struct buf *b, unsigned v)
{
	wr_u8(b, (uint8_t)(v >> 8));
	wr_u8(b, (uint8_t)v);
}

static void
put_value(struct buf *b, const struct zone *z)
{
	struct str v = str_z(z->value);
	struct net_addr a;
	struct buf data;
	uint32_t pref;

	buf_init(&data, 600);
	if (z->type == DNS_MX) {
		assert_int_equal(str_u32(str_cut(&v, ' '), &pref), 0);
		be16(&data, pref);
		put_name(&data, str_eq_z(v, ".") ? STR_NONE : v);
	} else if (z->type == DNS_CNAME || z->type == TYPE_NS || z->type == TYPE_PTR) {
		put_name(&data, v);
	} else if (z->type == TYPE_SOA) {
		for (int i = 0; i < 22; i++)
			wr_u8(&data, 0);
	} else if (z->type == TYPE_TXT) {
		while (v.p) {
			struct str part = str_cut(&v, '|');

			wr_u8(&data, (uint8_t)part.n);
			buf_put(&data, part);
		}
	} else {
		assert_int_equal(net_parse(v, 0, &a), 0);
		if (z->type == DNS_A)
			buf_put(&data, str_of(&a.u.in4.sin_addr, 4));
		else
			buf_put(&data, str_of(&a.u.in6.sin6_addr, 16));
	}
	be16(b, (unsigned)data.n);
	buf_put(b, buf_str(&data));
	buf_done(&data);
}

static void
answer(struct dns *d, struct str q, const struct net_addr *to)
{
	uint8_t id[2] = { (uint8_t)q.p[0], (uint8_t)q.p[1] }, bad[2] = { id[0], id[1] ^ 1 };
	char name[256] = "";
	size_t at = 12;
	unsigned n = 0, rcode = 3;
	uint16_t type;
	struct buf b, rr;

	while (q.p[at]) {
		size_t len = strlen(name);

		snprintf(name + len, sizeof name - len, "%s%.*s", len ? "." : "", q.p[at],
			q.p + at + 1);
		at += 1 + (size_t)q.p[at];
	}
	type = (uint16_t)((uint8_t)q.p[at + 1] << 8 | (uint8_t)q.p[at + 2]);
	d->asked++;
	buf_init(&b, 65535);
	buf_init(&rr, 65535);
	for (size_t i = 0; i < TEST_COUNT(zone); i++) {
		const struct zone *z = &zone[i];

		if (!str_ieq_z(str_z(z->name), name))
			continue;
		rcode = rcode == 3 ? 0 : rcode;
		if (z->type != type && z->type != DNS_CNAME)
			continue;
		if (str_eq_z(str_z(z->value), "!DROP"))
			goto out;
		if (str_eq_z(str_z(z->value), "!WRONGID")) {
			buf_put(&b, str_of(bad, 2));
			buf_put(&b, str_of("\x81\x83\0\1\0\0\0\0\0\0", 10));
			buf_put(&b, str_of(q.p + 12, at + 5 - 12));
			sendto(d->fd, b.p, b.n, 0, &to->u.sa, to->len);
			buf_clear(&b);
			continue;
		}
		if (str_eq_z(str_z(z->value), "!SERVFAIL")) {
			rcode = 2;
			continue;
		}
		if (str_eq_z(str_z(z->value), "!15")) {
			rcode = 15;
			continue;
		}
		put_name(&rr, str_z(name));
		be16(&rr, z->type);
		be16(&rr, 1);
		be16(&rr, 0);
		be16(&rr, 300);
		put_value(&rr, z);
		n++;
	}
	buf_put(&b, str_of(id, 2));
	/* To a question without recursion as the zone's own server. */
	if (name[0] == '\0' && d->fails)
		rcode = 2;
	be16(&b, (q.p[2] & 1 ? 0x8180u : 0x8400u) | rcode |
			 (d->proves && name[0] == '\0' && (q.p[3] & 0x20) ? 0x20u : 0u));
	be16(&b, 1);
	be16(&b, n);
	be16(&b, 0);
	be16(&b, 0);
	buf_put(&b, str_of(q.p + 12, at + 5 - 12));
	buf_put(&b, buf_str(&rr));
	sendto(d->fd, b.p, b.n, 0, &to->u.sa, to->len);
out:
	buf_done(&b);
	buf_done(&rr);
}

static void
on_question(void *ctx, unsigned what)
{
	struct dns *d = ctx;
	struct net_addr from = { .len = sizeof from.u };
	char q[2000];
	ssize_t n = recvfrom(d->fd, q, sizeof q, 0, &from.u.sa, &from.len);

	(void)what;
	if (n > 12)
		answer(d, str_of(q, (size_t)n), &from);
}

static void
dns_open(struct dns *d)
{
	struct net_addr a;

	memset(d, 0, sizeof *d);
	clock_real(&d->clock);
	d->loop = loop_new(&d->clock);
	d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(net_parse(STR_LIT("127.0.0.1"), 0, &a), 0);
	assert_int_equal(bind(d->fd, &a.u.sa, a.len), 0);
	assert_int_equal(getsockname(d->fd, &a.u.sa, &a.len), 0);
	d->watch = loop_fd_new(d->loop, d->fd, LOOP_READ, on_question, d);
	net_text_port(d->servers, &a);
	d->r = resolver_new(d->loop, str_z(d->servers), true, true);
}

static void
dns_close(struct dns *d)
{
	resolver_free(&d->r);
	loop_fd_free(&d->watch);
	close(d->fd);
	loop_free(&d->loop);
}

static void
on_result(void *ctx, const struct resolve_answer *a)
{
	struct dns *d = ctx;

	d->got = *a;
	d->calls++;
}

static void
run(struct dns *d, bool mx, const char *name)
{
	uint64_t id;

	d->calls = 0;
	if (mx)
		id = resolve_mx(d->r, str_z(name), 25, on_result, d);
	else
		id = resolve_host(d->r, str_z(name), 25, on_result, d);
	assert_int_equal(id == 0, d->calls == 1);
	for (int i = 0; i < 400 && !d->calls; i++)
		loop_step(d->loop, 100000);
	assert_int_equal(d->calls, 1);
}

/* "10 a.test 192.0.2.1:25 …;20 …;" */
static void
describe(const struct resolve_answer *a, struct buf *b)
{
	char text[NET_TEXT_MAX];

	for (size_t i = 0; i < a->nhosts; i++) {
		buf_printf(b, "%u %s", a->hosts[i].preference, a->hosts[i].name);
		for (size_t k = 0; k < a->hosts[i].naddrs; k++)
			buf_printf(b, " %s", net_text_port(text, &a->hosts[i].addrs[k]));
		buf_put_c(b, ';');
	}
}

#define A_TEST "a.test 192.0.2.1:25 [2001:db8::1]:25 192.0.2.2:25;"
#define B_TEST "b.test 192.0.2.3:25;"

static void
test_answers(void **state)
{
	static const struct {
		const char *name;
		bool mx;
		enum resolve_status status;
		const char *hosts;
	} table[] = {
		{ "two.test", true, RESOLVE_OK, "10 " A_TEST "20 " B_TEST },
		{ "TWO.test.", true, RESOLVE_OK, "10 " A_TEST "20 " B_TEST },
		{ "null.test", true, RESOLVE_NULL_MX, "" },
		{ "nullplus.test", true, RESOLVE_OK, "5 " B_TEST },
		{ "plain.test", true, RESOLVE_OK, "0 plain.test 192.0.2.9:25;" },
		{ "empty.test", true, RESOLVE_NO_HOST, "" },
		{ "gone.test", true, RESOLVE_NO_DOMAIN, "" },
		{ "fail.test", true, RESOLVE_FAILED, "" },
		{ "wrongid.test", true, RESOLVE_OK, "10 " B_TEST },
		{ "hostless.test", true, RESOLVE_NO_HOST, "" },
		{ "hostfail.test", true, RESOLVE_FAILED, "" },
		{ "halffail.test", true, RESOLVE_OK, "20 " B_TEST },
		{ "afail.test", true, RESOLVE_OK, "0 afail.test [2001:db8::2]:25;" },
		{ "alias.test", true, RESOLVE_OK, "10 " A_TEST "20 " B_TEST },
		{ "loop1.test", true, RESOLVE_LOOP, "" },
		{ "odd.test", true, RESOLVE_OK, "20 " B_TEST },
		{ "code15.test", true, RESOLVE_FAILED, "" },
		{ "onlyodd.test", true, RESOLVE_FAILED, "" },
		{ "[192.0.2.77]", true, RESOLVE_OK, "0 192.0.2.77 192.0.2.77:25;" },
		{ "[IPv6:2001:db8::7]", true, RESOLVE_OK, "0 2001:db8::7 [2001:db8::7]:25;" },
		{ "", true, RESOLVE_NO_DOMAIN, "" },
		{ ".", true, RESOLVE_NO_DOMAIN, "" },
		{ "a.test", false, RESOLVE_OK, "0 " A_TEST },
		{ "aliashost.test", false, RESOLVE_OK,
			"0 aliashost.test 192.0.2.1:25 [2001:db8::1]:25 192.0.2.2:25;" },
		{ "loop2.test", false, RESOLVE_LOOP, "" },
		{ "gone.test", false, RESOLVE_NO_DOMAIN, "" },
		{ "empty.test", false, RESOLVE_NO_HOST, "" },
		{ "servfail.test", false, RESOLVE_FAILED, "" },
		{ "192.0.2.5", false, RESOLVE_OK, "0 192.0.2.5 192.0.2.5:25;" },
	};
	struct dns d;

	(void)state;
	dns_open(&d);
	for (int round = 0; round < 2; round++) { /* the second from the cache */
		unsigned before = d.asked;

		TEST_EACH(row, table)
		{
			struct buf b;

			buf_init(&b, 4000);
			run(&d, row->mx, row->name);
			describe(&d.got, &b);
			assert_str(buf_str(&b), row->hosts);
			assert_int_equal(d.got.status, row->status);
			assert_int_equal(d.got.why[0] == '\0', row->status == RESOLVE_OK);
			buf_done(&b);
		}
		if (round == 1)
			assert_int_equal(d.asked, before);
	}
	resolver_flush(d.r);
	run(&d, true, "two.test");
	assert_int_equal(d.got.status, RESOLVE_OK);
	assert_true(d.got.mx);
	dns_close(&d);
}

static void
test_shuffle(void **state)
{
	struct dns d;
	int first_a = 0;

	(void)state;
	dns_open(&d);
	for (int i = 0; i < 200; i++) {
		run(&d, true, "equal.test");
		assert_int_equal(d.got.nhosts, 2);
		first_a += strcmp(d.got.hosts[0].name, "a.test") == 0;
	}
	assert_in_range(first_a, 50, 150);
	dns_close(&d);
}

static void
test_cancel_and_close(void **state)
{
	struct dns d;
	uint64_t a, b;
	int before;

	(void)state;
	dns_open(&d);
	a = resolve_mx(d.r, STR_LIT("two.test"), 25, on_result, &d);
	b = resolve_mx(d.r, STR_LIT("two.test"), 25, on_result, &d);
	assert_true(a && b && a != b);
	resolve_cancel(d.r, a);
	resolve_cancel(d.r, a);
	resolve_cancel(d.r, 0);
	for (int i = 0; i < 50; i++)
		loop_step(d.loop, 5000);
	assert_int_equal(d.calls, 1);
	resolve_cancel(d.r, b);
	/* Close with questions at every stage. */
	resolve_mx(d.r, STR_LIT("drop.test"), 25, on_result, &d);
	resolve_mx(d.r, STR_LIT("equal.test"), 25, on_result, &d);
	resolve_mx(d.r, STR_LIT("halffail.test"), 25, on_result, &d);
	loop_step(d.loop, 1000);
	loop_step(d.loop, 1000);
	before = d.calls; /* some may be answered by now */
	dns_close(&d);
	assert_int_equal(d.calls, before); /* closing calls nobody */
}

static void
test_timeout(void **state)
{
	struct dns d;

	(void)state;
	dns_open(&d);
	run(&d, true, "drop.test");
	assert_int_equal(d.got.status, RESOLVE_FAILED);
	assert_str(str_z(d.got.why), "drop.test: the DNS server did not answer in time");
	dns_close(&d);
}

static void
test_bounded(void **state)
{
	struct dns d;
	char name[40];
	int done = 0;

	(void)state;
	dns_open(&d);
	for (int i = 0; i < 10300; i++) {
		snprintf(name, sizeof name, "n%d.test", i);
		d.calls = 0;
		resolve_host(d.r, str_z(name), 25, on_result, &d);
		for (int k = 0; k < 100 && i % 50 == 49 && !d.calls; k++)
			loop_step(d.loop, 1000);
		done += d.calls;
	}
	assert_true(done > 0);
	dns_close(&d);
}

static void
test_fake(void **state)
{
	struct dns d = { .calls = 0 };
	struct resolve_answer *a = MEM_NEW(a);

	(void)state;
	clock_fake(&d.clock, 1, 1);
	d.loop = loop_new(&d.clock);
	d.r = resolver_fake(d.loop);
	a->mx = true;
	a->nhosts = 1;
	a->hosts[0].naddrs = 1;
	assert_int_equal(net_parse(STR_LIT("192.0.2.1"), 0, &a->hosts[0].addrs[0]), 0);
	(void)str_copy_z(a->hosts[0].name, 256, STR_LIT("mx.fake.test"));
	resolver_fake_put(d.r, STR_LIT("fake.test"), a);
	resolver_fake_put(d.r, STR_LIT("fake.test"), a);
	run(&d, true, "Fake.test");
	assert_int_equal(d.got.status, RESOLVE_OK);
	assert_str(str_z(d.got.hosts[0].name), "mx.fake.test");
	assert_int_equal(net_port(&d.got.hosts[0].addrs[0]), 25);
	run(&d, true, "other.test");
	assert_int_equal(d.got.status, RESOLVE_NO_DOMAIN);
	a->mx = false;
	resolver_fake_put(d.r, STR_LIT("host.test"), a);
	run(&d, false, "host.test");
	assert_int_equal(d.got.nhosts, 1);
	run(&d, true, "host.test");
	assert_int_equal(d.got.nhosts, 1);
	resolver_free(&d.r);
	loop_free(&d.loop);
	mem_free(a);
}

struct texts {
	struct buf got;
	int calls;
};

static void
on_texts(void *ctx, const struct resolve_texts *t)
{
	struct texts *x = ctx;

	x->calls++;
	buf_printf(&x->got, "%d%s", (int)t->status, t->authoritative ? " own" : "");
	for (size_t i = 0; i < t->n; i++)
		buf_printf(&x->got, " [%.*s]", STR_ARG(t->at[i]));
}

static void
test_texts(void **state)
{
	static const struct {
		const char *name, *domain, *want;
		bool ns, direct;
	} table[] = {
		{ "two records", "txt.test", "0 [v=spf1  -all] [two]", false, false },
		{ "none", "plain.test", "3", false, false },
		{ "no domain", "nowhere.test", "2", false, false },
		{ "server fails", "failtxt.test", "5", false, false },
		{ "no name", "", "2", false, false },
		{ "a zone's servers", "zone.test", "0 [ns1.zone.test] [ns2.zone.test]", true,
			false },
		{ "not the top of a zone", "txt.test", "3", true, false },
		{ "no such zone", "nowhere.test", "2", true, false },
		{ "servers unknown", "failtxt.test", "5", true, false },
		{ "of the zone", "txt.test", "0 own [v=spf1  -all] [two]", false, true },
		{ "none of the zone", "plain.test", "3 own", false, true },
		{ "not in the zone", "nowhere.test", "2 own", false, true },
		{ "an alias alone", "aliastxt.test", "0", false, true },
		{ "the zone's server fails", "failtxt.test", "5", false, true },
	};
	struct resolver *direct;
	struct dns d;

	(void)state;
	dns_open(&d);
	direct = resolver_new_brief(d.loop, str_z(d.servers), false);
	TEST_EACH(row, table)
	{
		struct texts x = { .calls = 0 };

		buf_init(&x.got, 4096);
		(row->ns ? resolve_ns : resolve_txt)(
			row->direct ? direct : d.r, str_z(row->domain), on_texts, &x);
		for (int i = 0; i < 400 && !x.calls; i++)
			loop_step(d.loop, 100000);
		assert_int_equal(x.calls, 1);
		assert_str(buf_str(&x.got), row->want);
		buf_done(&x.got);
	}
	resolver_free(&direct);
	dns_close(&d);
}

static void
test_ptr(void **state)
{
	static const struct {
		const char *name, *want;
	} table[] = {
		{ "192.0.2.1", "0 [mail.test] [other.test]" },
		{ "192.0.2.2", "5" },
		{ "192.0.2.3", "2" },
		{ "2001:db8::f", "0 [six.test]" },
	};
	struct dns d;

	(void)state;
	dns_open(&d);
	TEST_EACH(row, table)
	{
		struct texts x = { .calls = 0 };
		struct net_addr a;

		assert_int_equal(net_parse(str_z(row->name), 25, &a), 0);
		buf_init(&x.got, 4096);
		resolve_ptr(d.r, &a, on_texts, &x);
		for (int i = 0; i < 400 && !x.calls; i++)
			loop_step(d.loop, 100000);
		assert_int_equal(x.calls, 1);
		assert_str(buf_str(&x.got), row->want);
		buf_done(&x.got);
	}
	dns_close(&d);
}

struct trust {
	int calls;
	enum resolve_status status;
	bool proved;
};

static void
on_trust(void *ctx, const struct resolve_trust *t)
{
	struct trust *x = ctx;

	x->calls++;
	x->status = t->status;
	x->proved = t->proved;
}

/* The resolver itself: it proves, it does not, it fails; there is none. */
static void
test_trust(void **state)
{
	static const struct {
		const char *name;
		bool proves, fails;
		enum resolve_status status;
	} table[] = {
		{ "plain", false, false, RESOLVE_OK },
		{ "proves", true, false, RESOLVE_OK },
		{ "fails", true, true, RESOLVE_FAILED },
	};
	struct trust x = { 0 };
	struct buf servers;
	struct dns d;

	(void)state;
	dns_open(&d);
	buf_init(&servers, 400);
	resolver_servers(d.r, &servers);
	assert_str(buf_str(&servers), d.servers);
	buf_done(&servers);
	TEST_EACH(row, table)
	{
		x.calls = 0;
		d.proves = row->proves;
		d.fails = row->fails;
		resolve_trust(d.r, on_trust, &x);
		for (int i = 0; i < 400 && !x.calls; i++)
			loop_step(d.loop, 100000);
		assert_int_equal(x.calls, 1);
		assert_int_equal(x.status, row->status);
		assert_int_equal(x.proved, row->proves && !row->fails);
	}
	/* Freed with a question under way: nobody is called. */
	x.calls = 0;
	resolve_trust(d.r, on_trust, &x);
	resolver_free(&d.r);
	assert_int_equal(x.calls, 0);
	d.r = resolver_fake(d.loop);
	resolve_trust(d.r, on_trust, &x);
	assert_int_equal(x.calls, 1);
	assert_int_equal(x.status, RESOLVE_FAILED);
	dns_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_answers), TEST(test_shuffle),
		TEST(test_cancel_and_close), TEST(test_bounded), TEST(test_fake),
		TEST(test_timeout), TEST(test_texts), TEST(test_ptr), TEST(test_trust) };

	random_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
