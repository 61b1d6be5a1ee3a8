/*
 * The bytes of a message, as it was accepted, as long as they are kept (keep.content): the
 * ledger says where they are, a thread reads them. Only for keys of the account whose mail it
 * is; an operator's key has no privilege here. They are told, or given to an edge that sends
 * them again.
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
#define RCPTS_MAX   1000u      /* of a message that is sent again */
#define NOT_KEPT                                                                               \
	STR_LIT("The bytes of this message are not kept any more (keep.content): send it "     \
		"again from where it came.")
#define TOO_LONG                                                                               \
	STR_LIT("A message of more than 3 MiB is not sent again from here: send it again "     \
		"from where it came.")

struct source {
	struct link link;
	struct pool_job job;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: who asked is gone */
	struct extent_place place;
	uint64_t from;
	size_t n;     /* bytes wanted from there */
	json_t *mail; /* they are sent again so (api/native_resend), owned; NULL: they are told
	               */
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
	/* A person whom it named was forgotten. */
	if (s->err == -EILSEQ && extent_is_wiped(r, &s->place))
		s->err = -ENOENT;
	if (!s->err)
		s->err = extent_read(r, &s->place, s->from, s->bytes, s->n);
	extent_reader_free(&r);
}

/* For the edge: one line of JSON, then the message. */
static void
send_again(struct desk_conn *n, const struct source *s)
{
	char *line = json_dumps(s->mail, JSON_COMPACT);
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	buf_printf(&b, "%s\n", line ? line : "{}");
	buf_put(&b, str_of(s->bytes, s->n));
	free(line); /* jansson's own allocation */
	if (b.full)
		desk_api_refuse(n, 413, TOO_LONG);
	else
		desk_api_say_bytes(n, API_RESEND_TYPE, buf_str(&b));
	buf_done(&b);
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
	else if (s->err == -ENOENT && s->mail)
		desk_api_refuse(n, 410, NOT_KEPT);
	else if (s->err == -ENOENT)
		/* Kept no longer. */
		desk_api_refuse(n, 404, DESK_API_NOTHING);
	else if (s->err)
		desk_api_refuse(n, 500, STR_LIT("The message cannot be read from the disk."));
	else if (s->mail)
		send_again(n, s);
	else
		desk_api_say_bytes(n, "message/rfc822", str_of(s->bytes, s->n));
	json_decref(s->mail);
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

static struct source *
source_new(struct desk_conn *n, const struct extent_place *place)
{
	struct source *s = MEM_NEW(s);

	s->desk = n->desk;
	s->conn = n;
	s->place = *place;
	s->n = place->length;
	list_init(&s->link);
	return s;
}

static void
begin(struct desk_conn *n, struct source *s)
{
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
		desk_api_again(a->conn);
}

/* Who was given an id a moment ago may ask for it now. */
static void
wait_written(struct desk_conn *n)
{
	n->written = true;
	desk_ask_engine(
		n->desk, n, &(struct msg_query){ .op = QUERY_LEDGER }, on_written, NULL);
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
	else if (place.extent) {
		struct source *s = source_new(n, &place);

		if (part_of(n, s) == 0)
			begin(n, s);
		else
			mem_free(s);
	} else if (err == 0 && !n->written)
		wait_written(n);
	else
		desk_api_refuse(n, 404, DESK_API_NOTHING);
}

/* ---- sending again */

struct again {
	uint64_t id;
	struct extent_place place;
	json_t *mail, *to;
	unsigned seen;
	bool apart; /* copies of their own: the bytes name one recipient */
};

/* Nobody got it, as far as that is known. Where it is not known, whoever names the recipient
 * decides. */
static bool
failed(const struct again *g, const struct ledger_row *row)
{
	const uint32_t states = UINT32_C(1) << FACT_BOUNCED | UINT32_C(1) << FACT_RETURNED |
	                        UINT32_C(1) << FACT_EXPIRED | UINT32_C(1) << FACT_SUPPRESSED |
	                        UINT32_C(1) << FACT_CANCELLED;

	return (row->last < 32 && states >> row->last & 1) ||
	       (row->last == FACT_IN_DOUBT && g->id == row->rcpt);
}

static int
on_again(void *ctx, const struct ledger_row *row)
{
	struct rd r = rd_of(row->facts);
	struct extent_place place;
	struct again *g = ctx;
	struct fact f;

	g->seen++;
	if (!failed(g, row) || fact_read(&r, &f) < 0 || f.kind != FACT_ACCEPTED ||
		f.stream == STREAM_INBOUND)
		return 0;
	place = (struct extent_place){ f.extent, f.size, f.offset, f.hash };
	if (!g->mail) {
		g->place = place;
		g->mail = json_pack("{s:o,s:i,s:o}", "sender", desk_api_json(f.sender),
			"stream", (int)f.stream, "about", desk_api_json(f.about));
	}
	g->apart |= memcmp(&place, &g->place, sizeof place) != 0;
	json_array_append_new(g->to, desk_api_json(row->recipient));
	return 0;
}

/* Why it is not sent again; 0: it is. */
static int
why_not(const struct again *g, int err, struct str *ret_why)
{
	*ret_why = DESK_API_NOTHING;
	if (err < 0)
		return 500;
	if (g->seen == 0)
		return 404;
	*ret_why = STR_LIT("This message has more than 1000 recipients: send it again by a "
			   "recipient's id (rcp_…).");
	if (g->seen > RCPTS_MAX)
		return 409;
	*ret_why = STR_LIT("Nothing of this failed: only what bounced, expired, was suppressed "
			   "or cancelled is sent again.");
	if (!g->mail)
		return 409;
	*ret_why =
		STR_LIT("Each recipient of this message has a copy of his own: send it again "
			"by the recipient's id (rcp_…).");
	if (g->apart)
		return 409;
	*ret_why = NOT_KEPT;
	if (g->place.extent == 0)
		return 410;
	*ret_why = TOO_LONG;
	return g->place.length > PART_MAX ? 413 : 0;
}

void
desk_resend(struct desk_conn *n)
{
	struct again g = { .id = desk_api_id(n, n->params[0]), .to = json_array() };
	/* One more shows that there are more. */
	const struct ledger_query q = {
		.id = g.id, .tenant = n->tenant, .limit = RCPTS_MAX + 1
	};
	int err = g.id ? ledger_find(n->desk->env->paths->ledger, &q, on_again, &g) : 0, status;
	struct str why;

	status = why_not(&g, err, &why);
	if (!status && n->desk->nsources >= SOURCES_MAX) {
		status = 503;
		why = STR_LIT("The service is busy; try again in a moment.");
	}
	if (status == 404 && g.id && !n->written) {
		wait_written(n);
	} else if (status) {
		desk_api_refuse(n, status, why);
	} else {
		struct source *s = source_new(n, &g.place);

		s->mail = json_incref(g.mail);
		json_object_set(s->mail, "to", g.to);
		begin(n, s);
	}
	json_decref(g.mail);
	json_decref(g.to);
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
