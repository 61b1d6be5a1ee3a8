/*
 * The bytes of a message, as it was accepted, as long as they are kept (keep.content): the
 * ledger says where they are, a thread reads them. Only for keys of the account whose mail it
 * is; an operator's key has no privilege here.
 *
 *   call ─▶ ledger: place ─▶ thread: read, compare the hash ─▶ answer
 */
#include "role/desk_api.h"

#include "base/mem.h"
#include "io/extent.h"
#include "ledger/fact.h"
#include "ledger/ledger.h"

#include <errno.h>

#define PART_MAX    (3u << 20) /* bytes of one answer: it goes in one message of a channel */
#define SOURCES_MAX 8          /* at a time */

struct source {
	struct link link;
	struct pool_job job;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: who asked is gone */
	struct extent_place place;
	uint64_t from;
	size_t n; /* bytes wanted from there */
	char *bytes;
	int err;
};

/* On a thread. */
static void
read_part(void *ctx)
{
	struct source *s = ctx;
	struct extent_reader *r = extent_reader_new(s->desk->env->paths->spool);

	s->err = extent_verify(r, &s->place);
	if (!s->err)
		s->err = extent_read(r, &s->place, s->from, s->bytes, s->n);
	extent_reader_free(&r);
}

static void
on_read(void *ctx)
{
	struct source *s = ctx;
	struct desk_conn *n = s->conn;

	list_del(&s->link);
	s->desk->nsources--;
	if (!n)
		;
	else if (s->err == -ENOENT)
		/* Kept no longer. */
		desk_api_refuse(n, 404, DESK_API_NOTHING);
	else if (s->err)
		desk_api_refuse(n, 500, STR_LIT("The message cannot be read from the disk."));
	else
		desk_api_say_bytes(n, "message/rfc822", str_of(s->bytes, s->n));
	mem_free(s->bytes);
	mem_free(s);
}

/* A number of the query, or what it is without a word. */
static int
number(struct desk_conn *n, const char *name, uint64_t *v)
{
	struct str s = desk_api_query(n, name);

	return s.p ? str_u64(s, v) : 0;
}

static int
part_of(struct desk_conn *n, struct source *s)
{
	uint64_t from = 0, most = PART_MAX;
	bool whole = !desk_api_query(n, "limit").p;
	char why[200];

	if (number(n, "offset", &from) < 0 || number(n, "limit", &most) < 0 || most == 0 ||
		most > PART_MAX || from > s->place.length) {
		snprintf(why, sizeof why,
			"\"offset\" is a number of bytes, at most those of the message, "
			"\"limit\" one from 1 to %u.",
			PART_MAX);
		desk_api_refuse(n, 400, str_z(why));
		return -EINVAL;
	}
	s->from = from;
	s->n = s->place.length - from;
	if (whole && s->n > PART_MAX) {
		snprintf(why, sizeof why,
			"This message has %u bytes; ask for it in parts of at most %u, such as "
			"?offset=0&limit=%u.",
			s->place.length, PART_MAX, PART_MAX);
		desk_api_refuse(n, 413, str_z(why));
		return -EMSGSIZE;
	}
	if (s->n > most)
		s->n = most;
	return 0;
}

static void
begin(struct desk_conn *n, const struct extent_place *place)
{
	struct source *s = MEM_NEW(s);

	s->desk = n->desk;
	s->conn = n;
	s->place = *place;
	list_init(&s->link);
	if (part_of(n, s) < 0) {
		mem_free(s);
		return;
	}
	s->bytes = mem_new(1, s->n + 1);
	s->job = (struct pool_job){ .work = read_part, .done = on_read, .ctx = s };
	list_init(&s->job.link);
	list_push(&n->desk->sources, &s->link);
	n->desk->nsources++;
	pool_add(n->desk->pool, &s->job);
}

/* The acceptance says where the bytes are; a ledger of an older version does not. */
static int
on_row(void *ctx, const struct ledger_row *row)
{
	struct extent_place *p = ctx;
	struct rd r = rd_of(row->facts);
	struct fact f;

	if (fact_read(&r, &f) == 0 && f.kind == FACT_ACCEPTED)
		*p = (struct extent_place){ f.extent, f.size, f.offset, f.hash };
	return 1;
}

static void
on_written(struct desk_ask *a, int status, struct str json)
{
	(void)status;
	(void)json;
	if (a->conn)
		desk_source(a->conn);
}

void
desk_source(struct desk_conn *n)
{
	const struct ledger_query q = {
		.id = desk_api_id(n, n->params[0]), .tenant = n->tenant, .limit = 1
	};
	struct extent_place place = { 0 };
	int err;

	if (q.id == 0) {
		desk_api_refuse(n, 404, DESK_API_NOTHING);
		return;
	}
	if (n->desk->nsources >= SOURCES_MAX) {
		desk_api_refuse(n, 503, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	err = ledger_find(n->desk->env->paths->ledger, &q, on_row, &place);
	if (err < 0)
		desk_api_refuse(n, 500, STR_LIT("The ledger cannot be read."));
	else if (place.extent)
		begin(n, &place);
	else if (err == 0 && !n->written) {
		/* Who was given an id a moment ago may ask for it now. */
		n->written = true;
		desk_ask_engine(n->desk, n, &(struct msg_query){ .op = QUERY_LEDGER },
			on_written, NULL);
	} else
		desk_api_refuse(n, 404, DESK_API_NOTHING);
}

void
desk_source_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH(l, &d->sources)
	{
		struct source *s = LIST_OF(l, struct source, link);

		if (s->conn == n)
			s->conn = NULL;
	}
}
