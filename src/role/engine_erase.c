/*
 * The engine's part of an erasure (docs/decisions/0018), asked by desk, one at a time. Each
 * part may be asked again at any moment: what is done is not done twice, and a crash leaves
 * rows that still name him, which the next time finds.
 *
 *   PAST     his rows ─▶ (loop) is the message over? ─▶ body, transcripts wiped ─▶
 *            ledger_erase ─▶ answer. Rows come last: they say what is to be done.
 *
 *   JOURNAL  a compaction that begins from now on ─▶ older files gone ─▶ answer
 *
 *   LOGS     what databases keep of pages as they were ─▶ answer
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"
#include "people/erase.h"
#include "people/suppress_store.h"
#include "wire/trailer.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>

#define ROWS_MAX  1000u
#define TALKS_MAX 20000u     /* transcripts of these rows */
#define LOG_PIECE (1u << 20) /* of a log, looked at at once */

#define REPORTS_MAX  1000u
#define REPORT_BYTES (1u << 20) /* a longer one holds more than a header: not looked at */

struct row {
	uint64_t message, rcpt;
	int64_t accepted;
	struct extent_place place;
	bool waits; /* its message is not over yet */
	bool soon;  /* its transcript is not on the disk yet */
};

/* Where what was said in an attempt lies. A courier writes it within a second, and one that is
 * silent for 20 s is ended (P6): what is not there then was lost with it. */
#define TALK_LOST_US (INT64_C(25) * 1000000)
struct talk {
	size_t row;
	int64_t at; /* wall µs */
	uint32_t day, length;
	uint64_t offset;
	uint8_t courier;
};

struct engine_erase {
	struct engine *engine; /* NULL: it is gone, and the ledger is not */
	struct pool *pool;     /* one thread: it reads much, and nobody waits for it */
	struct pool_job job;
	bool busy, with_ledger;
	uint64_t seq; /* of who asked last: desk asks again when it takes long */
	uint16_t op;
	uint32_t tenant;
	char address[SUPPRESS_ADDRESS_SIZE];
	size_t address_n;
	char log[PATH_MAX]; /* the text log: a reload may change the configuration meanwhile */
	bool compacting;
	/* For whom (desk's mono time) it began, and for whom the last one was done: desk may
	 * have given up waiting before. */
	uint64_t compact_seq, compact_asked, compact_for, compact_done;
	struct flush_job behind_clean;
	/* of the part under way */
	int err;
	int64_t now, keep_us; /* wall µs; keep.content */
	struct row *rows;
	struct talk *talks;
	/* Delivery reports about him: they went to his senders. */
	struct row *reports;
	struct extent_reader *reader;
	size_t nrows, ntalks, nreports, erased, bodies, wiped_talks, log_places, logs_failed;
};

static struct str
address_of(const struct engine_erase *x)
{
	return str_of(x->address, x->address_n);
}

static void
say(struct engine *e, uint64_t seq, uint16_t status, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);

	must(text != NULL);
	if (e->desk.channel)
		ENGINE_TELL(
			&e->desk, answer, .seq = seq, .status = status, .json = str_z(text));
	free(text); /* jansson's own allocation */
	json_decref(j);
}

static void
refuse(struct engine *e, uint64_t seq, uint16_t status, const char *why)
{
	say(e, seq, status, json_pack("{s:s}", "error", why));
}

static void
parts_free(struct engine_erase *x)
{
	mem_free(x->rows);
	mem_free(x->talks);
	mem_free(x->reports);
	x->rows = x->reports = NULL;
	x->talks = NULL;
}

static void
part_end(struct engine_erase *x, json_t *answer)
{
	x->busy = false;
	parts_free(x);
	if (x->err)
		refuse(x->engine, x->seq, 503, strerror(-x->err));
	else
		say(x->engine, x->seq, 200, json_incref(answer));
	json_decref(answer);
}

/* ---- rows of the ledger */

static void
take_facts(struct engine_erase *x, struct row *row, struct str facts)
{
	struct rd r = rd_of(facts);
	struct fact f;

	while (r.n && fact_read(&r, &f) == 0) {
		if (f.kind == FACT_ACCEPTED)
			row->place =
				(struct extent_place){ f.extent, f.size, f.offset, f.hash };
		if (f.transcript_length == 0 || x->ntalks == TALKS_MAX)
			continue;
		x->talks[x->ntalks++] = (struct talk){ x->nrows, f.at, f.transcript_day,
			f.transcript_length, f.transcript_offset, f.courier };
	}
}

static int
on_row(void *ctx, const struct ledger_row *r)
{
	struct engine_erase *x = ctx;
	struct row *row = &x->rows[x->nrows];

	*row = (struct row){ .message = r->message, .rcpt = r->rcpt, .accepted = r->accepted };
	take_facts(x, row, r->facts);
	/* One whose talks found no room comes another time. */
	x->nrows += x->ntalks < TALKS_MAX || x->nrows == 0;
	return x->ntalks == TALKS_MAX;
}

static int
on_report(void *ctx, const struct ledger_row *r)
{
	struct engine_erase *x = ctx;
	struct row *row = &x->reports[x->nreports];
	struct rd rd = rd_of(r->facts);
	struct fact f;
	char *bytes;

	if (fact_read(&rd, &f) < 0 || f.kind != FACT_ACCEPTED || f.extent == 0 ||
		f.size > REPORT_BYTES)
		return 0;
	*row = (struct row){ .message = r->message,
		.rcpt = r->rcpt,
		.place = { f.extent, f.size, f.offset, f.hash } };
	bytes = mem_new(1, f.size + 1u);
	if (extent_read(x->reader, &row->place, 0, bytes, f.size) == 0)
		x->nreports += erase_names(str_of(bytes, f.size), address_of(x));
	mem_free(bytes);
	return x->nreports == REPORTS_MAX;
}

static int
find_reports(struct engine_erase *x)
{
	const struct role_paths *paths = x->engine->env->paths;
	int err;

	x->reports = mem_new(REPORTS_MAX, sizeof *x->reports);
	x->reader = extent_reader_new(paths->spool);
	/* Those that are older have no bytes any more. */
	err = ledger_reports(paths->ledger, x->now - x->keep_us, on_report, x);
	extent_reader_free(&x->reader);
	return err < 0 ? err : 0;
}

static void
find_rows(void *ctx)
{
	struct engine_erase *x = ctx;
	const struct ledger_query q = {
		.address = address_of(x), .tenant = x->tenant, .limit = ROWS_MAX, .all = true
	};
	int err;

	x->rows = mem_new(ROWS_MAX, sizeof *x->rows);
	x->talks = mem_new(TALKS_MAX, sizeof *x->talks);
	err = ledger_find(x->engine->env->paths->ledger, &q, on_row, x);
	x->err = err < 0 ? err : find_reports(x);
}

/* Is its body still to be sent: to him, or to others? */
static bool
is_live(struct engine *e, const struct row *row)
{
	const struct q_message *m = queue_message(e->queue, row->message);
	struct q_message *his;

	if (queue_rcpt(e->queue, row->rcpt, &his))
		return true;
	return m && m->extent == row->place.extent && m->offset == row->place.offset;
}

/* ---- bodies and transcripts, on the thread */

/* The values it was written from lie behind it. */
static size_t
trailer_length(struct extent_reader *r, const struct row *row, char *room)
{
	long n = extent_read_behind(r, &row->place, room, TRAILER_MAX);
	struct str json;

	if (n <= 0 || trailer_read(str_of(room, (size_t)n), row->message, &json) < 0)
		return 0;
	return (size_t)(json.p - room) + json.n;
}

static int
wipe_body(struct engine_erase *x, struct extent_reader *r, const struct row *row, char *room)
{
	const char *spool = x->engine->env->paths->spool;
	int err;

	if (row->place.extent == 0)
		return 0;
	err = extent_wipe(spool, &row->place, trailer_length(r, row, room));
	x->bodies += err == 0;
	return err == -ENOENT ? 0 : err;
}

/* 0; -EAGAIN: the courier has not written it yet. */
static int
wipe_talk(struct engine_erase *x, const struct talk *t)
{
	int late = x->now - t->at > TALK_LOST_US ? 0 : -EAGAIN;

	char path[PATH_MAX], *blank;
	int64_t size;
	int fd, err = 0;

	snprintf(path, sizeof path, "%s/%u-%u.log", x->engine->env->paths->transcripts,
		t->courier, t->day);
	fd = file_open(path, O_WRONLY, 0);
	if (fd < 0)
		return fd == -ENOENT ? late : fd;
	size = file_size(fd);
	if (size < 0 || (uint64_t)size < t->offset + t->length) {
		file_close(fd);
		return size < 0 ? (int)size : late;
	}
	blank = mem_new(1, t->length);
	memset(blank, ' ', t->length);
	err = file_pwrite(fd, blank, t->length, t->offset);
	err = err ? err : file_datasync(fd);
	file_close(fd);
	mem_free(blank);
	x->wiped_talks += err == 0;
	return err;
}

/* ---- the text log, on the thread */

/* Whole lines of what was read; all of it at the end of the file. */
static size_t
whole_lines(const char *piece, size_t n)
{
	const char *end = n == LOG_PIECE ? memrchr(piece, '\n', n) : NULL;

	return end ? (size_t)(end - piece) + 1 : n;
}

/* In its place: who appends to it is not disturbed. */
static int
mask_file(struct engine_erase *x, const char *path)
{
	int fd = file_open(path, O_RDWR, 0), err = 0;
	char *piece;
	uint64_t at = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	piece = mem_new(1, LOG_PIECE);
	for (;;) {
		long got = file_pread(fd, piece, LOG_PIECE, at);
		size_t n = got > 0 ? whole_lines(piece, (size_t)got) : 0;
		size_t places = erase_mask(piece, n, address_of(x));

		if (got < 0)
			err = (int)got;
		else if (places)
			err = file_pwrite(fd, piece, n, at);
		x->log_places += places;
		if (err || n == 0)
			break;
		at += n;
	}
	mem_free(piece);
	err = err ? err : file_datasync(fd);
	file_close(fd);
	return err;
}

struct logs {
	struct engine_erase *erase;
	char folder[PATH_MAX], name[256];
};

static int
on_log(void *ctx, const char *name)
{
	struct logs *l = ctx;
	char path[2 * PATH_MAX];

	/* The log itself, and what was moved away of it; compressed ones are not ours to open.
	 */
	if (!str_starts(str_z(name), str_z(l->name)) || str_ends(str_z(name), STR_LIT(".gz")) ||
		str_ends(str_z(name), STR_LIT(".xz")) || str_ends(str_z(name), STR_LIT(".zst")))
		return 0;
	snprintf(path, sizeof path, "%s/%s", l->folder, name);
	l->erase->logs_failed += mask_file(l->erase, path) < 0;
	return 0;
}

static void
mask_logs(struct engine_erase *x)
{
	struct str file = str_z(x->log), name;
	size_t slash = str_rfind(file, '/');
	struct logs l = { .erase = x };

	name = slash < file.n ? str_from(file, slash + 1) : file;
	if (str_copy_z(l.folder, sizeof l.folder,
		    slash < file.n ? str_head(file, slash ? slash : 1) : STR_LIT(".")) < 0 ||
		str_copy_z(l.name, sizeof l.name, name) < 0)
		return;
	(void)file_each(l.folder, on_log, &l);
}

static bool
is_ripe(const struct row *row)
{
	return !row->waits && !row->soon;
}

static void
wipe(void *ctx)
{
	struct engine_erase *x = ctx;
	struct extent_reader *r = extent_reader_new(x->engine->env->paths->spool);
	char *room = mem_new(1, TRAILER_MAX);
	size_t ripe = 0;

	for (size_t i = 0; i < x->ntalks && !x->err; i++) {
		struct row *row = &x->rows[x->talks[i].row];
		int err = row->waits ? 0 : wipe_talk(x, &x->talks[i]);

		row->soon = row->soon || err == -EAGAIN;
		x->err = err == -EAGAIN ? 0 : err;
	}
	for (size_t i = 0; i < x->nrows && !x->err; i++) {
		if (!is_ripe(&x->rows[i]))
			continue;
		x->err = wipe_body(x, r, &x->rows[i], room);
		ripe++;
	}
	for (size_t i = 0; i < x->nreports && !x->err; i++)
		if (!x->reports[i].waits)
			x->err = wipe_body(x, r, &x->reports[i], room);
	extent_reader_free(&r);
	mem_free(room);
	/* Lines of what waits go with it: a log is long. */
	if (!x->err && (ripe || x->nrows == 0))
		mask_logs(x);
}

/* ---- PAST, on the loop */

static void
past_answer(struct engine_erase *x)
{
	bool full =
		x->nrows == ROWS_MAX || x->ntalks == TALKS_MAX || x->nreports == REPORTS_MAX;
	size_t waits = 0, soon = 0;
	json_t *j;

	for (size_t i = 0; i < x->nrows; i++) {
		waits += x->rows[i].waits;
		soon += x->rows[i].soon;
	}
	for (size_t i = 0; i < x->nreports; i++)
		waits += x->reports[i].waits;
	j = json_pack("{s:I,s:I,s:I,s:I,s:I}", "rows", (json_int_t)x->erased, "bodies",
		(json_int_t)x->bodies, "transcripts", (json_int_t)x->wiped_talks, "log",
		(json_int_t)x->log_places, "logs_failed", (json_int_t)x->logs_failed);
	json_object_set_new(j, "waiting", json_integer((json_int_t)waits));
	json_object_set_new(j, "soon", json_integer((json_int_t)soon));
	json_object_set_new(j, "more", json_boolean(full && x->erased + x->bodies > 0));
	part_end(x, j);
}

static void
on_erased(void *ctx, int err)
{
	struct engine_erase *x = ctx;

	x->with_ledger = false;
	if (!x->engine) {
		parts_free(x);
		mem_free(x);
		return;
	}
	x->err = err;
	past_answer(x);
}

static void
on_wiped(void *ctx)
{
	struct engine_erase *x = ctx;
	struct ledger_erasure of;
	struct ledger_place *at;

	if (x->engine->ending)
		return;
	if (x->err) {
		part_end(x, json_null());
		return;
	}
	at = mem_new(x->nrows + 1, sizeof *at);
	for (size_t i = 0; i < x->nrows; i++)
		if (is_ripe(&x->rows[i]))
			at[x->erased++] = (struct ledger_place){ x->rows[i].accepted, x->tenant,
				x->rows[i].rcpt };
	x->with_ledger = true;
	of = (struct ledger_erasure){ at, x->erased, address_of(x), erase_mask };
	ledger_erase(x->engine->ledger, &of, on_erased, x);
	mem_free(at);
}

static void
on_found(void *ctx)
{
	struct engine_erase *x = ctx;

	if (x->engine->ending)
		return;
	if (x->err) {
		part_end(x, json_null());
		return;
	}
	for (size_t i = 0; i < x->nrows; i++)
		x->rows[i].waits = is_live(x->engine, &x->rows[i]);
	for (size_t i = 0; i < x->nreports; i++)
		x->reports[i].waits = is_live(x->engine, &x->reports[i]);
	/* What was logged of him until now is in the file. */
	log_flush(x->engine->log);
	if (str_copy_z(x->log, sizeof x->log, x->engine->config->log.file) < 0 || !x->log[0])
		snprintf(x->log, sizeof x->log, "%s/mail.log", x->engine->env->paths->log);
	x->job = (struct pool_job){ .work = wipe, .done = on_wiped, .ctx = x };
	list_init(&x->job.link);
	pool_add(x->pool, &x->job);
}

/* ---- LOGS: those of the databases */

static int
on_database(void *ctx, const char *name)
{
	struct engine_erase *x = ctx;
	char path[PATH_MAX];
	int err;

	if (!str_ends(str_z(name), STR_LIT(".db")))
		return 0;
	snprintf(path, sizeof path, "%s/%s", x->engine->env->paths->ledger, name);
	err = store_scrub(path);
	x->err = err && err != -ENOENT && !x->err ? err : x->err;
	return 0;
}

static void
empty_logs(void *ctx)
{
	static const char *const names[] = { "control.db", SUPPRESS_FILE };
	struct engine_erase *x = ctx;
	char path[PATH_MAX];

	(void)file_each(x->engine->env->paths->ledger, on_database, x);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int err;

		snprintf(path, sizeof path, "%s/%s", x->engine->env->paths->state, names[i]);
		err = store_scrub(path);
		x->err = err && err != -ENOENT && !x->err ? err : x->err;
	}
}

static void
on_emptied(void *ctx)
{
	struct engine_erase *x = ctx;

	if (!x->engine->ending)
		part_end(x, json_pack("{s:b}", "emptied", 1));
}

/* ---- JOURNAL */

static int
nothing(void *ctx)
{
	(void)ctx;
	return 0;
}

static void
compact(struct engine_erase *x)
{
	x->compacting = true;
	x->compact_for = x->compact_asked;
	x->engine->compact.wanted = true;
}

static void
on_cleaned(void *ctx, int err)
{
	struct engine_erase *x = ctx;

	(void)err;
	x->compacting = false;
	x->compact_done = x->compact_for;
	if (x->engine->ending)
		return;
	/* More was swept while it was under way. */
	if (x->compact_asked > x->compact_done)
		compact(x);
	else
		say(x->engine, x->compact_seq, 200, json_pack("{s:b}", "compacted", 1));
}

void
engine_erase_compacted(struct engine *e)
{
	struct engine_erase *x = e->erase;

	if (!x || !x->compacting)
		return;
	/* Behind the removal of the older files. */
	x->behind_clean =
		(struct flush_job){ .fd = -1, .work = nothing, .done = on_cleaned, .ctx = x };
	list_init(&x->behind_clean.link);
	flusher_add(e->flusher, &x->behind_clean);
}

static void
journal(struct engine *e, struct engine_erase *x, const struct msg_query *q)
{
	if (q->after <= x->compact_done) {
		say(e, q->seq, 200, json_pack("{s:b}", "compacted", 1));
		return;
	}
	x->compact_seq = q->seq;
	x->compact_asked = q->after;
	if (x->compacting)
		return;
	compact(x);
	engine_compact_tick(e);
}

/* ---- what desk asks */

static struct engine_erase *
own(struct engine *e)
{
	if (!e->erase) {
		e->erase = MEM_NEW(e->erase);
		e->erase->engine = e;
		e->erase->pool = pool_new(e->loop, 1, e->env->one);
	}
	return e->erase;
}

static void
begin(struct engine_erase *x, const struct msg_query *q)
{
	const struct pool_job past = { .work = find_rows, .done = on_found, .ctx = x };
	const struct pool_job logs = { .work = empty_logs, .done = on_emptied, .ctx = x };

	x->busy = true;
	x->seq = q->seq;
	x->op = q->op;
	x->tenant = q->tenant;
	x->address_n = q->address.n;
	if (q->address.n)
		memcpy(x->address, q->address.p, q->address.n);
	x->err = 0;
	x->now = loop_wall(x->engine->loop);
	x->keep_us = x->engine->config->keep_content_us;
	x->nrows = x->ntalks = x->nreports = x->erased = x->bodies = x->wiped_talks = 0;
	x->log_places = x->logs_failed = 0;
	x->job = q->op == QUERY_ERASE_PAST ? past : logs;
	list_init(&x->job.link);
	pool_add(x->pool, &x->job);
}

void
engine_erase_query(struct engine *e, const struct msg_query *q)
{
	struct engine_erase *x = own(e);

	if (q->op == QUERY_ERASE_PAST &&
		(q->tenant == 0 || q->address.n == 0 || q->address.n > sizeof x->address)) {
		refuse(e, q->seq, 400, "an erasure has an account and an address");
	} else if (q->op == QUERY_ERASE_JOURNAL) {
		journal(e, x, q);
	} else if (!x->busy) {
		begin(x, q);
	} else if (x->op == q->op && x->tenant == q->tenant &&
		   str_eq(address_of(x), q->address)) {
		/* It takes long: who asks now gets the answer. */
		x->seq = q->seq;
	} else {
		refuse(e, q->seq, 503, "another erasure is under way");
	}
}

void
engine_erase_end(struct engine *e)
{
	struct engine_erase *x = e->erase;

	if (!x)
		return;
	e->erase = NULL;
	pool_free(&x->pool);
	if (x->with_ledger) {
		x->engine = NULL; /* freed by the ledger's answer */
		return;
	}
	parts_free(x);
	mem_free(x);
}
