/*
 * Search over a big ledger: fills a folder through the ledger's own writer, then asks it at
 * random, filter by filter.
 *
 *   ledger_bench fill DIR ROWS DAYS       rows of 100 tenants over so many days (a third of
 * them by the API: tags, custom_id, campaign) ledger_bench ask DIR ROWS DAYS [N]    N (200)
 * questions of each filter: p50, p95, the worst, in ms, rows looked at, calls that were partial
 */
#include "base/mem.h"
#include "base/must.h"
#include "base/utc.h"
#include "io/clock.h"
#include "io/random.h"
#include "ledger/ledger_count.h"
#include "ledger/ledger_feed.h"
#include "ledger/ledger_search.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY0    (INT64_C(19675) * UTC_DAY) /* 2023-11-14 */
#define TENANTS 100u
#define ASKED   2000u
#define BATCH   200000u /* puts before the ledger is waited for */

static struct {
	struct clock clock;
	struct loop *loop;
	uint64_t rows, filled;
	unsigned days;
} b;

/* A few tenants have most of the mail: tenant 1 a fifth. */
static uint32_t
tenant_of(uint64_t i)
{
	uint64_t h = i * UINT64_C(0x9e3779b97f4a7c15) >> 40;

	return h % 5 == 0 ? 1 : 1 + (uint32_t)(h / 5 % 10 < 7 ? h / 50 % 10 : h / 50 % TENANTS);
}

static int64_t
time_of(uint64_t i)
{
	return DAY0 + (int64_t)((double)i / (double)b.rows * (double)b.days * (double)UTC_DAY);
}

/* Two edges: each gives ids of its own blocks. */
static uint64_t
id_of(uint64_t i)
{
	uint64_t k = i / 2;

	return ((k >> 16) << 22 | (i % 2) << 17 | (k & 0xffff) << 1) + (UINT64_C(1) << 30);
}

static void
on_done(void *ctx, int err)
{
	must(!err);
	*(bool *)ctx = true;
}

static void
wait_for(struct ledger *l)
{
	bool done = false;

	ledger_sync(l, on_done, &done);
	while (!done)
		loop_step(b.loop, 20000);
}

static struct str
text(char dst[128], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(dst, 128, fmt, ap);
	va_end(ap);
	return str_of(dst, (size_t)n);
}

static const char *const domains[] = { "gmail.com", "orange.fr", "free.fr", "hotmail.com",
	"yahoo.fr", "laposte.net", "sfr.fr", "wanadoo.fr" };
static const char *const servers[] = { "gmail-smtp-in.l.google.com", "smtp-in.orange.fr",
	"mx1.free.fr", "hotmail-com.olc.protection.outlook.com", "mx-eu.mail.am0.yahoodns.net",
	"smtpz4.laposte.net", "mx.sfr.fr", "smtp.wanadoo.fr" };
static const char *const providers[] = { "gmail", "orange", "free", "outlook", "yahoo",
	"laposte", "sfr", "google.com" };

static void
put_one(struct ledger *l, uint64_t i)
{
	char to[128], from[128], id[128], subject[128], about[128];
	uint32_t tenant = tenant_of(i);
	struct fact a = { .rcpt = id_of(i) + 1,
		.message = id_of(i),
		.tenant = tenant,
		.kind = FACT_ACCEPTED,
		.at = time_of(i),
		.via = 1,
		.size = 5000,
		.stream = i % 3 == 0,
		.client = STR_LIT("192.0.2.17") };
	struct fact d = { .rcpt = a.rcpt,
		.message = a.message,
		.tenant = tenant,
		.number = 1,
		.kind = i % 50 == 7 ? FACT_BOUNCED : FACT_DELIVERED,
		.at = a.at + UTC_SEC,
		.took_ms = 120,
		.host = str_z(i % 10 < 8 ? servers[i / 10 % 8] : "aspmx.l.google.com"),
		.address = STR_LIT("192.0.2.99:25"),
		.tls = STR_LIT("TLSv1.3 TLS_AES_256_GCM_SHA384"),
		.reply = { 250, { 2, 0, 0 }, STR_LIT("2.0.0 Ok: queued as 4F2A91C07") } };

	a.recipient = i % 10 < 8 ? text(to, "user%u@%s", (unsigned)(i * 7919 % 2000000),
					   domains[i / 10 % 8])
	                         : text(to, "user%u@d%u.test", (unsigned)(i * 7919 % 2000000),
					   (unsigned)(i / 10 % 20000));
	a.sender = text(from, "sender%u@shop%u.test", (unsigned)(i / 7 % 5), tenant);
	a.message_id = text(id, "<%llx.7f3a9b1c@shop%u.test>",
		(unsigned long long)(i * UINT64_C(0x9e3779b97f4a7c15)), tenant);
	a.subject = text(subject, "Your order %u is on its way", (unsigned)i);
	if (i % 3 == 0)
		a.about = text(about,
			"{\"custom_id\":\"order-%u\",\"campaign\":\"week-%u\",\"tags\":[\"t%"
			"u\",\"u%u\"]}",
			(unsigned)i, (unsigned)((a.at - DAY0) / UTC_DAY / 7 + tenant),
			(unsigned)(i / 3 % 40), (unsigned)(i / 9 % 5));
	ledger_put(l, a.at, &a);
	ledger_put(l, a.at, &d);
	if (i % 8 == 3) {
		d = (struct fact){ .rcpt = a.rcpt,
			.message = a.message,
			.tenant = tenant,
			.number = FACT_SIGNAL,
			.kind = FACT_OPENED,
			.at = a.at + UTC_HOUR,
			.ip = STR_LIT("192.0.2.3"),
			.agent = STR_LIT("Mozilla/5.0") };
		ledger_put(l, a.at, &d);
	}
}

static void
fill(const char *dir)
{
	struct ledger *l;

	must(!ledger_open(dir, b.loop, false, &l));
	for (uint64_t i = 0; i < b.rows; i++) {
		put_one(l, i);
		if (i % BATCH == BATCH - 1)
			wait_for(l);
	}
	wait_for(l);
	ledger_free(&l);
}

enum filter {
	ALL,
	TO,
	TO_DOMAIN,
	FROM,
	BOUNCED,
	OPENED,
	TAG,
	CAMPAIGN,
	CUSTOM_ID,
	MESSAGE_ID,
	BIG_DOMAIN,
	RARE_DOMAIN,
	PROVIDER,
	SUBJECT_OFTEN,
	SUBJECT_RARE,
	HOUR,
	DAY,
	ID,
	OPERATOR,
	COUNTED,
	FILTERS
};
static const char *const names[FILTERS] = { "all", "to", "to *@domain", "from", "bounced",
	"opened", "tag", "campaign", "custom_id", "message_id", "big domain", "rare domain",
	"provider", "subject, often", "subject, rare", "an hour", "a day", "id",
	"operator, all", "all, counted" };

struct question {
	struct ledger_search q;
	char text[128];
};

static void
make(struct question *x, enum filter what)
{
	uint64_t i = random_u64() % b.filled, any = random_u64() % b.rows;
	struct ledger_search *q = &x->q;
	uint32_t tenant = tenant_of(i);

	*q = (struct ledger_search){ .tenant = tenant, .limit = 100, .most_ms = 60 };
	if (what == TO)
		q->to = i % 10 < 8 ? text(x->text, "user%u@%s", (unsigned)(i * 7919 % 2000000),
					     domains[i / 10 % 8])
		                   : STR_LIT("nobody@gmail.com");
	else if (what == TO_DOMAIN)
		q->to = text(x->text, "*@%s", domains[i % 8]);
	else if (what == FROM)
		q->from = text(x->text, "sender%u@shop%u.test", (unsigned)(i / 7 % 5), tenant);
	else if (what == BOUNCED || what == OPENED)
		q->states = 1u << (what == BOUNCED ? FACT_BOUNCED : FACT_OPENED);
	else if (what == TAG)
		q->tag = text(x->text, "t%u", (unsigned)(i % 40));
	else if (what == CAMPAIGN)
		q->campaign = text(x->text, "week-%u",
			(unsigned)((time_of(i) - DAY0) / UTC_DAY / 7 + tenant));
	else if (what == CUSTOM_ID)
		i -= i % 3, q->tenant = tenant_of(i),
			    q->custom_id = text(x->text, "order-%u", (unsigned)i);
	else if (what == MESSAGE_ID)
		q->message_id = text(x->text, "<%llx.7f3a9b1c@shop%u.test>",
			(unsigned long long)(i * UINT64_C(0x9e3779b97f4a7c15)), tenant);
	else if (what == BIG_DOMAIN)
		q->provider = str_z(domains[i % 8]);
	else if (what == RARE_DOMAIN)
		q->provider = text(x->text, "d%u.test", (unsigned)(i % 20000));
	else if (what == PROVIDER)
		q->provider = str_z(providers[i % 8]);
	else if (what == SUBJECT_OFTEN)
		q->subject = STR_LIT("order way");
	else if (what == SUBJECT_RARE)
		q->subject = text(x->text, "%u", (unsigned)i);
	else if (what == HOUR || what == DAY)
		q->since = time_of(any),
		q->until = time_of(any) + (what == HOUR ? UTC_HOUR : UTC_DAY);
	else if (what == ID)
		q->id = id_of(i) + i % 2;
	else if (what == OPERATOR)
		q->tenant = 0;
	else if (what == COUNTED)
		q->count_max = 10000;
}

static int
on_row(void *ctx, const struct ledger_row *r)
{
	*(uint64_t *)ctx += r->facts.n;
	return 0;
}

static int
on_count(void *ctx, const struct ledger_count_row *r)
{
	*(uint64_t *)ctx += r->n;
	return 0;
}

static int
by_value(const void *a, const void *c)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)c;

	return x < y ? -1 : x > y;
}

static void
row(const char *name, uint64_t *us, unsigned n, const unsigned counts[3])
{
	qsort(us, n, sizeof *us, by_value);
	printf("%-16s p50 %7.2f  p95 %7.2f  worst %7.2f ms  looked at %5u  given %4u  partial "
	       "%u%%\n",
		name, (double)us[n / 2] / 1000, (double)us[n * 95 / 100] / 1000,
		(double)us[n - 1] / 1000, counts[0] / n, counts[1] / n, counts[2] * 100 / n);
	fflush(stdout);
}

static void
ask(const char *dir, unsigned n)
{
	static uint64_t us[ASKED];
	uint64_t sum = 0;

	for (unsigned what = 0; what < FILTERS; what++) {
		unsigned counts[3] = { 0 };

		for (unsigned i = 0; i < n; i++) {
			struct ledger_found f;
			struct question x;
			uint64_t from;

			make(&x, what);
			from = clock_mono(&b.clock);
			must(!ledger_search(dir, &x.q, &f, on_row, &sum));
			us[i] = clock_mono(&b.clock) - from;
			counts[0] += f.looked;
			counts[1] += f.rows;
			counts[2] += f.partial;
		}
		row(names[what], us, n, counts);
	}
	for (unsigned what = 0; what < 3; what++) {
		static const char *const labels[] = { "counters, tenant", "counters, tag",
			"counters, all" };
		const unsigned none[3] = { 0 };

		for (unsigned i = 0; i < n; i++) {
			struct ledger_count_query q = {
				.tenant = what == 2 ? 0 : 1 + i % TENANTS,
				.what = what == 1 ? LEDGER_TAG : LEDGER_ALL,
				.value = what == 1 ? STR_LIT("t5") : STR_NONE,
				.since = DAY0,
				.until = DAY0 + b.days * UTC_DAY,
				.step_hours = 24,
			};
			uint64_t from = clock_mono(&b.clock);

			must(!ledger_count(dir, &q, on_count, &sum));
			us[i] = clock_mono(&b.clock) - from;
		}
		row(labels[what], us, n, none);
	}
	must(sum > 0);
}

int
main(int argc, char **argv)
{
	bool filling = argc == 5 && str_eq_z(str_z(argv[1]), "fill");

	if (!filling && !(argc >= 5 && argc <= 7 && str_eq_z(str_z(argv[1]), "ask"))) {
		fprintf(stderr, "usage: ledger_bench fill|ask DIR ROWS DAYS [N [FILLED]]\n");
		return 64;
	}
	random_start();
	clock_real(&b.clock);
	b.loop = loop_new(&b.clock);
	b.rows = strtoul(argv[3], NULL, 10);
	b.days = (unsigned)strtoul(argv[4], NULL, 10);
	b.filled = argc == 7 ? strtoul(argv[6], NULL, 10) : b.rows;
	if (filling)
		fill(argv[2]);
	else
		ask(argv[2], argc >= 6 ? (unsigned)strtoul(argv[5], NULL, 10) : 200);
	loop_free(&b.loop);
	return 0;
}
