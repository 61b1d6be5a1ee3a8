/* trace: what became of a message, from the ledger, with what was said on the wire. */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "base/text.h"
#include "io/file.h"
#include "ledger/ledger_search.h"
#include "report/trace.h"

#include <errno.h>
#include <fcntl.h>

#define LIMIT          50
#define LIMIT_MAX      LEDGER_SEARCH_LIMIT
#define TRANSCRIPT_MAX (64u << 10)

static int
on_row(void *ctx, const struct ledger_row *r)
{
	/* Damaged facts: those before the damage are told. */
	(void)trace_json(r, ctx);
	return 0;
}

/* Foreign bytes: as they are when they are text, else made visible line by line. */
static json_t *
text_json_of(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);
	struct buf b;

	if (j)
		return j;
	buf_init(&b, s.n * 8 + 16);
	while (s.p) {
		(void)text_safe(&b, str_trim_all(str_cut(&s, '\n')));
		if (s.p)
			(void)buf_put_c(&b, '\n');
	}
	j = json_stringn(buf_str(&b).p, b.n);
	buf_done(&b);
	return j ? j : json_string("");
}

static json_int_t
number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* courier/day/offset/length → the text, when the file is still there. */
static void
add_transcript(struct desk *d, json_t *event)
{
	json_t *place = json_object_get(event, "transcript");
	json_int_t n = number(place, "length"), offset = number(place, "offset");
	char path[700], *bytes;
	long got;
	int fd;

	if (!place || n <= 0 || offset < 0)
		return;
	snprintf(path, sizeof path, "%s/%d-%u.log", d->env->paths->transcripts,
		(int)number(place, "courier"), (unsigned)number(place, "day"));
	fd = file_open(path, O_RDONLY, 0);
	if (fd < 0)
		return;
	if (n > (json_int_t)TRANSCRIPT_MAX)
		n = TRANSCRIPT_MAX;
	bytes = mem_new(1, (size_t)n);
	got = file_pread(fd, bytes, (size_t)n, (uint64_t)offset);
	if (got > 0)
		json_object_set_new(place, "text", text_json_of(str_of(bytes, (size_t)got)));
	mem_free(bytes);
	(void)file_close(fd);
}

static void
complete(struct desk *d, json_t *stories)
{
	json_t *tenants = desk_tenants(d), *story, *event;
	size_t i, k;

	json_array_foreach(stories, i, story)
	{
		desk_name_tenant(tenants, story);
		json_array_foreach(json_object_get(story, "timeline"), k, event)
			add_transcript(d, event);
	}
	json_decref(tenants);
}

static int
find(struct desk *d, const struct ledger_query *q, json_t *stories)
{
	return ledger_find(d->env->paths->ledger, q, on_row, stories);
}

/* A recipient, or those of a message: page by page. next: LEDGER_CURSOR bytes. */
static int
find_id(struct desk *d, const struct ledger_query *by, struct str cursor, json_t *stories,
	char *next)
{
	const struct ledger_search q = {
		.id = by->id, .tenant = by->tenant, .limit = by->limit, .cursor = cursor
	};
	struct ledger_found found;
	int err = ledger_search(d->env->paths->ledger, &q, &found, on_row, stories);

	if (!err)
		memcpy(next, found.next, LEDGER_CURSOR);
	return err;
}

/* An address and a Message-ID look alike: <…> is the latter, else the address goes first. */
static int
find_what(struct desk *d, const json_t *body, json_t *stories, char *next)
{
	json_int_t limit = number(body, "limit");
	struct str what = str_trim(desk_text(body, "what"));
	struct ledger_query q = { .limit = limit > 0 && limit <= LIMIT_MAX ? (unsigned)limit
		                                                           : LIMIT,
		.tenant = (uint32_t)number(body, "tenant") };
	bool angle = str_starts(what, STR_LIT("<"));
	int err = 0;

	if (str_u64(what, &q.id) == 0)
		return find_id(d, &q, desk_text(body, "cursor"), stories, next);
	q.id = 0;
	if (!angle) {
		q.address = what;
		err = find(d, &q, stories);
	}
	if (err || json_array_size(stories) > 0)
		return err;
	q.address = STR_NONE;
	q.message_id = what;
	return find(d, &q, stories);
}

/* Does it wait because no connection came about? */
static bool
waits_for_a_connection(const json_t *story)
{
	const json_t *events = json_object_get(story, "timeline");
	struct str state = desk_text(story, "state");
	size_t n = json_array_size(events);
	const json_t *last = n ? json_array_get(events, n - 1) : NULL;

	if (str_eq_z(state, "accepted"))
		return true;
	return str_eq_z(state, "deferred") && str_eq_z(desk_text(last, "stage"), "connect");
}

/* The attempt itself saw only silence; the engine, who sees all of them, knows more (P9). */
static void
tell_blocked(json_t *stories)
{
	json_t *story, *verdict;
	size_t i;

	json_array_foreach(stories, i, story)
	{
		verdict = json_object_get(story, "verdict");
		if (!waits_for_a_connection(story))
			continue;
		json_object_set_new(verdict, "blame", json_string("network"));
		json_object_set_new(verdict, "todo_en",
			json_string(
				"This network blocks outgoing port 25. Send another way with: "
				"facteur routes add '*' smtp://user:password@host:587"));
		json_object_set_new(verdict, "todo_fr",
			json_string("Ce réseau bloque le port 25 sortant. Passez par un autre "
				    "chemin : facteur routes add '*' "
				    "smtp://user:password@host:587"));
	}
}

static void
on_state(struct desk_ask *a, int status, struct str json)
{
	json_t *j = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL;

	if (str_eq_z(desk_text(json_object_get(j, "port25"), "state"), "blocked"))
		tell_blocked(json_object_get(a->held, "recipients"));
	json_decref(j);
	desk_say(a->conn, 200, json_incref(a->held));
}

static void trace(struct desk_conn *n, const json_t *body, bool again);

static void
on_written(struct desk_ask *a, int status, struct str json)
{
	(void)status;
	(void)json;
	if (a->conn)
		trace(a->conn, a->held, true);
}

void
desk_trace(struct desk_conn *n, const json_t *body)
{
	trace(n, body, false);
}

/* again: the ledger has what was accepted when it was asked before. */
static void
trace(struct desk_conn *n, const json_t *body, bool again)
{
	uint64_t id;
	struct str what = str_trim(desk_text(body, "what"));
	char next[LEDGER_CURSOR] = "", why[400];
	json_t *stories;
	int err;

	if (what.n == 0) {
		desk_fail(n, 400, "\"what\" is missing: an address, a Message-ID or an id.");
		return;
	}
	stories = json_array();
	err = find_what(n->desk, body, stories, next);
	if (err == 0 && json_array_size(stories) > 0) {
		complete(n->desk, stories);
		desk_ask_engine(n->desk, n, &(struct msg_query){ .op = QUERY_STATUS }, on_state,
			json_pack("{s:o,s:o}", "recipients", stories, "next",
				next[0] ? json_string(next) : json_null()));
		return;
	}
	json_decref(stories);
	/* Who was given an id a moment ago may ask for it now. */
	if (err == 0 && !again && str_u64(what, &id) == 0) {
		desk_ask_engine(n->desk, n, &(struct msg_query){ .op = QUERY_LEDGER },
			on_written, json_incref((json_t *)(uintptr_t)body));
		return;
	}
	if (err == -EINVAL) {
		desk_fail(n, 400, "\"cursor\" is the \"next\" of a page of the same message.");
		return;
	}
	if (err < 0) {
		desk_fail(n, 500, "The ledger cannot be read.");
		return;
	}
	snprintf(why, sizeof why, "Nothing is known of %.*s; facts are kept for a while only.",
		STR_ARG(str_head(what, 300)));
	desk_fail(n, 404, why);
}
