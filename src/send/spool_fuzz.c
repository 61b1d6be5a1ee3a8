/*
 * Laws: what a decoder takes, its encoder gives back byte for byte (SPOOL_IDEM: as far as it is
 * kept); and a builder fed with any records (type, u16 length, payload, …) counts what it
 * restores and never stops the process.
 */
#include "base/must.h"
#include "send/idem.h"
#include "send/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
law(uint16_t type, struct str s)
{
	struct spool_outcome o;
	struct spool_live l;
	struct spool_totals t;
	struct spool_dot d;
	struct spool_moved m;
	struct arena a;
	struct buf b;
	int err = -1;

	arena_init(&a, 1u << 22);
	buf_init(&b, 1u << 20);
	if (type == SPOOL_OUTCOME && spool_outcome_read(&a, s, &o) == 0)
		err = spool_outcome_write(&b, &o);
	else if (type == SPOOL_LIVE && spool_live_read(&a, s, &l) == 0)
		err = spool_live_write(&b, &l);
	else if (type == SPOOL_TOTALS && spool_totals_read(s, &t) == 0)
		err = spool_totals_write(&b, &t);
	else if (type == SPOOL_DOT && spool_dot_read(&a, s, &d) == 0)
		err = spool_dot_write(&b, &d);
	else if (type == SPOOL_MOVED && spool_moved_read(s, &m) == 0)
		err = spool_moved_write(&b, &m);
	if (err != -1)
		must(err == 0 && str_eq(buf_str(&b), s));
	buf_done(&b);
	arena_done(&a);
}

static void
idem_records(const struct idem *m, struct buf *b)
{
	uint64_t pos = 0;

	while (idem_write(m, &pos, b))
		;
}

/* What is read is written; what was written is written the same again. A record holds
 * IDEM_RECORD calls at most, so all of it is one record again. */
static void
idem_law(struct str s)
{
	struct idem *m[3] = { idem_new(IDEM_MAX, IDEM_LIFE), idem_new(IDEM_MAX, IDEM_LIFE),
		idem_new(IDEM_MAX, IDEM_LIFE) };
	struct buf text[3];

	for (int i = 0; i < 3; i++)
		buf_init(&text[i], 1u << 17);
	if (idem_read(m[0], s, 0) < 0)
		must(idem_count(m[0]) == 0);
	must(idem_count(m[0]) <= IDEM_RECORD);
	idem_records(m[0], &text[0]);
	for (int i = 1; i < 3 && text[0].n; i++) {
		must(idem_read(m[i], buf_str(&text[i - 1]), 0) == 0);
		idem_records(m[i], &text[i]);
	}
	must(str_eq(buf_str(&text[1]), buf_str(&text[2])));
	for (int i = 0; i < 3; i++) {
		buf_done(&text[i]);
		idem_free(&m[i]);
	}
}

static void
route(void *ctx, uint32_t tenant, uint8_t stream, struct str domain, struct door_key *ret)
{
	(void)ctx;
	(void)tenant;
	(void)stream;
	*ret = (struct door_key){ .kind = ROUTE_MX,
		.site = domain,
		.host = domain,
		.port = 25,
		.limits = { 5, 20, 0 } };
}

static uint64_t
life(void *ctx, uint8_t stream)
{
	(void)ctx;
	return stream ? 1000000 : UINT64_C(432000000000);
}

static void
doubt(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct queue **q = ctx;

	must(queue_message_at(*q, r->message) == m && !rcpt_final((enum rcpt_state)r->state));
}

static void
check_restored(struct spool_builder *b)
{
	static const struct queue_calls calls = { route, NULL };
	struct queue *q = queue_new(5000, 1, &calls, NULL);
	const struct spool_restore how = { 5000, 2000000000000000, life, doubt, NULL, &q };
	uint64_t counts[RCPT_STATES], again[RCPT_STATES];

	(void)spool_builder_restore(b, q, &how);
	queue_check(q);
	queue_counts(q, counts);
	queue_recount(q, again);
	must(memcmp(counts, again, sizeof counts) == 0);
	queue_free(&q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(str_of(data, size));
	struct spool_builder *b = spool_builder_new();

	while (r.n > 3) {
		uint16_t type = rd_u8(&r) % (SPOOL_ONCE + 2);
		size_t n = rd_u16(&r);
		struct str s = rd_raw(&r, n < r.n ? n : r.n);

		law(type, s);
		if (type == SPOOL_IDEM || type == SPOOL_ONCE)
			idem_law(s);
		(void)spool_builder_record(b, type, s);
	}
	check_restored(b);
	spool_builder_free(&b);
	return 0;
}
