/*
 * Writes a journal and extents as an engine leaves them that accepted N one-recipient messages,
 * told its ledger of them and was killed: a million by SMTP would take minutes.
 *
 *   fill STATE N DOMAINS TENANTS [untold|former]
 *
 * untold: the last minute before the kill, so that a start tells the ledger all of it again.
 * former: the same, and everything in the formats before today's: the journal's and those of
 * the databases, which are made with an account for each tenant and a day of the ledger.
 */
#include "account/control_schema.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/extent_path.h"
#include "io/file.h"
#include "io/journal.h"
#include "ledger/ledger_day.h"
#include "people/suppress_store.h"
#include "send/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define WRITER    1u
#define BOOT      UINT64_C(0x7e57)
#define IN_EXTENT 500000u
#define FIRST_ID  (UINT64_C(1) << 33)
#define WAITING   (32u << 20) /* bytes before the disk is waited for */

static const char body[] =
	"From: <a@fill.test>\r\nSubject: fill\r\n\r\nThe body, 64 bytes.\r\n...\r\n";
#define BODY (sizeof body - 1)

struct fill {
	struct clock clock;
	struct loop *loop;
	struct flusher *flusher;
	struct journal *journal;
	unsigned long n, domains, tenants;
	bool untold;
	int committed; /* 1: not yet */
};

static void
on_record(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx, (void)type, (void)payload;
	must(!"a journal is there already");
}

static void
on_committed(void *ctx, int err)
{
	((struct fill *)ctx)->committed = err;
}

static void
extent_fill(const char *spool, uint32_t number, size_t bodies)
{
	char path[EXTENT_PATH_MAX], *all;
	uint8_t head[RECORD_FILE_HEAD];
	int fd;

	must(!extent_path(path, spool, number));
	fd = file_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	must(fd >= 0);
	record_file_write(head, &(struct record_file){ .kind = RECORD_EXTENT,
					.version = RECORD_VERSION,
					.generation = number,
					.writer = BOOT });
	must(!file_pwrite(fd, head, sizeof head, 0));
	all = mem_new(bodies, BODY);
	for (size_t i = 0; i < bodies; i++)
		memcpy(all + i * BODY, body, BODY);
	must(!file_pwrite(fd, all, bodies * BODY, sizeof head));
	must(!file_datasync(fd));
	file_close(fd);
	mem_free(all);
}

static void
submit(struct fill *f, unsigned long i, struct buf *b)
{
	char to[80], from[80];
	int n = snprintf(to, sizeof to, "recipient%lu@domain%lu.test", i, i % f->domains);
	int k = snprintf(from, sizeof from, "sender%lu@tenant%lu.test", i % 50,
		i / f->domains % f->tenants);
	struct msg_rcpt rcpt = { 0, 0, str_of(to, (size_t)n), STR_NONE };
	struct msg_submit s = {
		.boot = BOOT,
		.message = FIRST_ID + 2 * i,
		.tenant = 1 + (uint32_t)(i / f->domains % f->tenants),
		.via = VIA_SMTP,
		.accepted = clock_wall(&f->clock),
		.extent = (uint32_t)(WRITER << 24 | (1 + i / IN_EXTENT)),
		.length = BODY,
		.offset = RECORD_FILE_HEAD + i % IN_EXTENT * BODY,
		.hash = hash_bytes(0, str_of(body, BODY)),
		.header_length = 38,
		.sender = str_of(from, (size_t)k),
		.from_domain = STR_LIT("fill.test"),
		.message_id = STR_LIT("<fill@fill.test>"),
		.subject = STR_LIT("fill"),
		.helo = STR_LIT("fill.test"),
		.client = STR_LIT("127.0.0.1"),
		.rcpts = { &rcpt, 1 },
	};

	buf_clear(b);
	must(!msg_submit_write(b, &s));
	must(!journal_append(f->journal, SPOOL_SUBMIT, buf_str(b), NULL));
}

static void
journal_fill(struct fill *f)
{
	struct spool_totals t = { .next_id = FIRST_ID + 2 * f->n + 2,
		.wall = clock_wall(&f->clock) };
	struct buf b;

	must(!journal_begin(f->journal));
	buf_init(&b, 1u << 20);
	must(!spool_totals_write(&b, &t));
	must(!journal_put(f->journal, SPOOL_TOTALS, buf_str(&b)));
	f->committed = 1;
	journal_commit(f->journal, on_committed, f);
	while (f->committed == 1)
		loop_step(f->loop, 1000);
	must(f->committed == 0);
	for (unsigned long i = 0; i < f->n; i++) {
		submit(f, i, &b);
		/* As group commit does: a batch, and the loop. */
		if (i % 64 == 63)
			while (loop_step(f->loop, 0), journal_unflushed(f->journal) > WAITING)
				;
	}
	buf_done(&b);
	while (journal_unflushed(f->journal) > 0)
		loop_step(f->loop, 1000);
}

/* Until the journal says by a record of its own that the ledger has it all. */
static void
settle(struct fill *f)
{
	uint64_t bytes = journal_bytes(f->journal);

	journal_settle(f->journal, journal_position(f->journal));
	while (journal_bytes(f->journal) == bytes || journal_unflushed(f->journal) > 0)
		loop_step(f->loop, 1000);
}

/* A submit without a tail is the former version's, word for word; the rest is the head. */
static int
journal_former(void *ctx, const char *name)
{
	char path[EXTENT_PATH_MAX];
	uint8_t head[RECORD_FILE_HEAD];
	struct record_file f;
	int fd;

	snprintf(path, sizeof path, "%.3000s/%.200s", (const char *)ctx, name);
	fd = file_open(path, O_RDWR, 0);
	must(fd >= 0 && file_pread(fd, head, sizeof head, 0) == (long)sizeof head);
	must(!record_file_read(str_of((char *)head, sizeof head), &f));
	f.version = RECORD_VERSION_JOURNAL - 1;
	record_file_write(head, &f);
	must(!file_pwrite(fd, head, sizeof head, 0) && !file_datasync(fd));
	file_close(fd);
	return 0;
}

static struct store *
store_former(const char *state, const char *name, const struct store_schema *now)
{
	const struct store_schema former = { now->steps, now->n - 1, true };
	char path[EXTENT_PATH_MAX];
	struct store *s;

	snprintf(path, sizeof path, "%.3000s/%s", state, name);
	must(!store_open(path, STORE_CREATE, &former, &s));
	return s;
}

static void
stores_former(const struct fill *f, const char *state)
{
	struct store *s = store_former(state, CONTROL_FILE, &control_schema);
	char ledger[EXTENT_PATH_MAX], name[40];

	for (unsigned long i = 1; i <= f->tenants; i++) {
		snprintf(name, sizeof name, "tenant%lu", i);
		must(!store_run(s,
			"INSERT INTO accounts (tenant, name, created) VALUES (?, ?, 0)", NULL,
			NULL, "is", (int64_t)i, str_z(name)));
	}
	store_free(&s);
	s = store_former(state, SUPPRESS_FILE, &suppress_store_schema);
	must(!store_run(s,
		"INSERT INTO suppression (tenant, address, scope, reason, message, incident, "
		"at,"
		" note) VALUES (1, 'nobody@domain0.test', 0, 1, 0, 0, 1, '')",
		NULL, NULL, ""));
	store_free(&s);
	snprintf(ledger, sizeof ledger, "%.3000s/ledger", state);
	must(!file_mkdirs(ledger, 0700));
	s = store_former(ledger, "2026-01-01.db", &ledger_day_schema);
	must(!store_run(s,
		"INSERT INTO rcpt (rcpt, message, tenant, recipient, address, sender, "
		"message_id,"
		" subject, last, accepted, updated, nfacts, stream, custom_id, campaign,"
		" template, tags, facts) VALUES (11, 10, 1, "
		"'a@b.test',"
		" 'a@b.test', 's@b.test', 'x@b.test', 'old', 1, 1767225600000000,"
		" 1767225600000000, 1, 0, '', '', '', '', X'')",
		NULL, NULL, ""));
	store_free(&s);
}

int
main(int argc, char **argv)
{
	struct fill f = { 0 };
	struct journal_conf conf = { .boot = BOOT };
	struct journal_replay r;
	char spool[EXTENT_PATH_MAX], journal[EXTENT_PATH_MAX], folder[EXTENT_PATH_MAX];
	bool former;

	former = argc == 6 && strcmp(argv[5], "former") == 0;
	f.untold = former || (argc == 6 && strcmp(argv[5], "untold") == 0);
	if (argc != 5 + f.untold) {
		fprintf(stderr, "fill STATE N DOMAINS TENANTS [untold|former]\n");
		return 64;
	}
	f.n = strtoul(argv[2], NULL, 10);
	f.domains = strtoul(argv[3], NULL, 10);
	f.tenants = strtoul(argv[4], NULL, 10);
	must(f.n > 0 && f.domains > 0 && f.tenants > 0);
	snprintf(spool, sizeof spool, "%.3000s/spool", argv[1]);
	snprintf(journal, sizeof journal, "%.3000s/journal", argv[1]);
	must(!extent_path_folder(folder, spool, WRITER));
	must(!file_mkdirs(folder, 0700));
	for (unsigned long i = 0; i < f.n; i += IN_EXTENT)
		extent_fill(spool, (uint32_t)(WRITER << 24 | (1 + i / IN_EXTENT)),
			f.n - i < IN_EXTENT ? f.n - i : IN_EXTENT);
	clock_real(&f.clock);
	f.loop = loop_new(&f.clock);
	f.flusher = flusher_new(f.loop, true);
	conf.dir = journal;
	conf.loop = f.loop;
	conf.flusher = f.flusher;
	must(!journal_open(&conf, on_record, NULL, &f.journal, &r));
	journal_fill(&f);
	if (!f.untold)
		settle(&f);
	journal_free(&f.journal);
	flusher_free(&f.flusher);
	loop_free(&f.loop);
	if (former) {
		must(!file_each(journal, journal_former, journal));
		stores_former(&f, argv[1]);
	}
	return 0;
}
