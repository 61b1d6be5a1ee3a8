/*
 * The mail that the sink of a demo or a lab keeps (role/sink_store), for the accounts whose it
 * is. The sink knows of no accounts: whose a message is, the ledger tells by its Message-ID and
 * recipients. An account may choose any Message-ID, so one that more than one account has used
 * is nobody's, and so is one that was accepted later than the sink got the message.
 *
 *   file N.json ─▶ ledger: whose? ─▶ list │ thread: read N.eml, look or part of it ─▶ answer
 *
 * An account sees its own; people of the service and keys with `operate` the list of all; what
 * a message says only as GET /v1/messages/{id}/source tells it (desk_audit.c), and of nobody's
 * mail the people of the service, while they speak of no account.
 */
#include "role/desk_sink.h"

#include "role/desk_api.h"

#include "base/mem.h"
#include "base/utc.h"
#include "io/file.h"
#include "ledger/fact.h"
#include "ledger/ledger.h"
#include "people/erase.h"
#include "people/suppress.h"
#include "report/member.h"
#include "role/sink_store.h"
#include "wire/mime_in.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#define NUMBERS_MAX 4096u /* of messages in the folder */
#define LOOKS_MAX   300u  /* messages that the ledger is asked about for one page */
#define LIST_LIMIT  50u
#define LIST_MAX    200u
#define ROWS_MAX    50u        /* of one address and Message-ID: as many are nobody's */
#define TO_MAX      20u        /* recipients that the ledger is asked about */
#define PART_MAX    (3u << 20) /* bytes of one answer */
#define FACTS_MAX   (4u << 20)
#define SUBJECT_MAX 1000u
#define KNOWN_MAX   4096u
#define READS_MAX   8u

#define NO_SINK                                                                                \
	STR_LIT("This service has no sink: mail goes to the recipients' servers. `facteur "    \
		"demo` has one, the mode sandbox, and a lab whose lab.deliver_to is a sink.")

/* ---- whose mail */

struct owner {
	int64_t at; /* when the sink got it, wall µs */
	uint64_t rcpt;
	uint32_t tenant; /* 0: nobody's, or the service's own */
	uint8_t stream;
};

struct search {
	int64_t at;
	struct owner *o;
	unsigned rows;
	bool clash;
};

static int
on_row(void *ctx, const struct ledger_row *row)
{
	struct search *s = ctx;
	struct rd r = rd_of(row->facts);
	struct fact f;

	s->rows++;
	if (row->accepted > s->at)
		return 0;
	if (s->o->rcpt && s->o->tenant != row->tenant)
		s->clash = true;
	s->o->tenant = row->tenant;
	s->o->rcpt = row->rcpt;
	if (fact_read(&r, &f) == 0 && f.kind == FACT_ACCEPTED)
		s->o->stream = f.stream;
	return 0;
}

/* Of the mode sandbox the couriers know it. */
static bool
said(const json_t *facts, struct owner *o)
{
	json_int_t rcpt = json_integer_value(json_object_get(facts, "rcpt"));

	if (rcpt <= 0)
		return false;
	o->rcpt = (uint64_t)rcpt;
	o->tenant = (uint32_t)json_integer_value(json_object_get(facts, "tenant"));
	o->stream = (uint8_t)json_integer_value(json_object_get(facts, "stream"));
	return true;
}

/* False: nothing is known of it, or not yet. */
static bool
search(struct desk *d, const json_t *facts, struct owner *o)
{
	struct search s = { .at = o->at, .o = o };
	struct ledger_query q = { .message_id = desk_text(facts, "message_id"),
		.limit = ROWS_MAX };
	json_t *to;
	size_t i;

	if (q.message_id.n == 0)
		return false;
	json_array_foreach(json_object_get(facts, "to"), i, to)
	{
		const char *z = json_string_value(to);

		q.address = str_z(z ? z : "");
		s.rows = 0;
		if (i >= TO_MAX || q.address.n == 0 ||
			ledger_find(d->env->paths->ledger, &q, on_row, &s) < 0)
			continue;
		if (s.clash || s.rows >= ROWS_MAX) {
			*o = (struct owner){ .at = o->at };
			return true;
		}
	}
	return o->rcpt != 0;
}

static void
forget(struct desk *d)
{
	size_t pos = 0;
	uint64_t key, value;

	while (nmap_next(&d->sink_owners, &pos, &key, &value))
		mem_free((void *)(uintptr_t)value);
	nmap_done(&d->sink_owners);
	nmap_init(&d->sink_owners);
	d->nsink_owners = 0;
}

void
desk_sink_done(struct desk *d)
{
	forget(d);
	nmap_done(&d->sink_owners);
}

/* What is known is kept: a ledger does not change its mind. *looks: how often it may still be
 * asked. */
static struct owner
owner_of(struct desk *d, uint64_t n, const json_t *facts, unsigned *looks)
{
	struct owner o = { 0 }, *kept;
	uint64_t value;

	if (utc_parse(desk_text(facts, "at"), &o.at) < 0 || said(facts, &o))
		return o;
	if (nmap_get(&d->sink_owners, n, &value)) {
		kept = (struct owner *)(uintptr_t)value;
		/* A folder that was emptied begins anew. */
		if (kept->at == o.at)
			return *kept;
		mem_free(kept);
		nmap_del(&d->sink_owners, n);
		d->nsink_owners--;
	}
	if (*looks == 0)
		return o;
	--*looks;
	if (!search(d, facts, &o))
		return o;
	if (d->nsink_owners >= KNOWN_MAX)
		forget(d);
	kept = MEM_NEW(kept);
	*kept = o;
	nmap_put(&d->sink_owners, n, (uint64_t)(uintptr_t)kept);
	d->nsink_owners++;
	return o;
}

/* ---- the folder */

struct numbers {
	uint64_t at[NUMBERS_MAX];
	size_t n;
};

static int
see(void *ctx, const char *name)
{
	struct numbers *x = ctx;
	struct str s = str_z(name);

	if (str_ends(s, STR_LIT(".json")) && x->n < NUMBERS_MAX &&
		str_u64(str_head(s, s.n - 5), &x->at[x->n]) == 0)
		x->n++;
	return 0;
}

static int
newer(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

static int
any(void *ctx, const char *name)
{
	(void)ctx;
	return str_ends(str_z(name), STR_LIT(".json"));
}

/* Also when an account is in the sandbox alone, or was. */
bool
desk_sink_there(const struct desk *d)
{
	int fd = -1;

	if (d->config->lab.deliver_to.n || config_sandboxed(d->config) ||
		file_each(d->env->paths->sink, any, NULL) > 0)
		fd = file_open(d->env->paths->sink, O_RDONLY | O_DIRECTORY, 0);
	if (fd >= 0)
		(void)file_close(fd);
	return fd >= 0;
}

static void
path_of(const struct desk *d, uint64_t n, const char *ending, char ret_p[600])
{
	snprintf(ret_p, 600, "%s/%06" PRIu64 "%s", d->env->paths->sink, n, ending);
}

/* As readers see it: the sink keeps the field as it came. */
static void
decode_subject(json_t *facts)
{
	struct arena a;
	struct str s;

	arena_init(&a, 1u << 20);
	s = mime_in_line(&a, desk_text(facts, "subject"), SUBJECT_MAX);
	json_object_set_new(facts, "subject", desk_api_json(s));
	arena_done(&a);
}

/* NULL: it is gone. */
static json_t *
facts_of(const struct desk *d, uint64_t n)
{
	char path[600];
	struct buf b;
	json_t *j = NULL;

	path_of(d, n, ".json", path);
	buf_init(&b, FACTS_MAX);
	if (file_read(path, &b) == 0)
		j = json_loadb(b.p, b.n, 0, NULL);
	buf_done(&b);
	if (j)
		decode_subject(j);
	return j;
}

/* ---- forgetting */

static bool
is_to(const json_t *facts, struct str address)
{
	char dst[SUPPRESS_ADDRESS_SIZE];
	const json_t *to;
	struct str s;
	size_t i;

	json_array_foreach(json_object_get(facts, "to"), i, to)
	{
		const char *z = json_string_value(to);

		if (z && suppress_address(dst, str_z(z), &s) == 0 && str_eq(s, address))
			return true;
	}
	return false;
}

/* Mail to others that names him, a report to his sender too. */
static bool
is_about(const struct desk *d, uint64_t n, struct str address)
{
	char path[600];
	struct buf b;
	bool is;

	path_of(d, n, ".eml", path);
	buf_init(&b, PART_MAX);
	is = file_read(path, &b) == 0 && erase_names(buf_str(&b), address);
	buf_done(&b);
	return is;
}

unsigned
desk_sink_erase(struct desk *d, uint32_t tenant, struct str address)
{
	struct numbers *all;
	unsigned looks = NUMBERS_MAX, gone = 0;
	char path[600];

	if (!desk_sink_there(d))
		return 0;
	all = MEM_NEW(all);
	(void)file_each(d->env->paths->sink, see, all);
	for (size_t i = 0; i < all->n; i++) {
		json_t *facts = facts_of(d, all->at[i]);
		bool his = facts && (is_to(facts, address) || is_about(d, all->at[i], address));
		struct owner o = { 0 };

		/* Reports are nobody's. */
		if (his && desk_text(facts, "from").n > 0)
			o = owner_of(d, all->at[i], facts, &looks);
		if (his && (o.tenant == tenant || o.tenant == 0)) {
			path_of(d, all->at[i], ".json", path);
			(void)file_unlink(path);
			path_of(d, all->at[i], ".eml", path);
			(void)file_unlink(path);
			gone++;
		}
		json_decref(facts);
	}
	mem_free(all);
	return gone;
}

/* ---- what is told of one */

static json_t *
row_json(struct desk_conn *n, uint64_t number, const json_t *facts, const struct owner *o)
{
	static const char *const kept[] = { "at", "client", "helo", "from", "to", "subject",
		"bytes", "message_id", "outcome" };
	json_t *row = json_object(), *id = json_integer((json_int_t)o->rcpt);
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, number);
	json_object_set_new(row, "id", json_string(text));
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		json_object_set(row, kept[i], json_object_get(facts, kept[i]));
	json_object_set_new(row, "tenant", json_integer((json_int_t)o->tenant));
	if (o->rcpt)
		desk_api_typed(n, row, "recipient", "rcp", id);
	else
		json_object_set_new(row, "recipient", json_null());
	json_decref(id);
	return row;
}

static void
name_row(const json_t *tenants, json_t *row)
{
	desk_name_tenant(tenants, row);
	/* Mail of the system and of nobody is no account's. */
	if (json_integer_value(json_object_get(row, "tenant")) == 0)
		json_object_set_new(row, "account", json_null());
	json_object_del(row, "tenant");
}

/* ---- GET /v1/sink */

struct wanted {
	uint32_t tenant; /* 0: all */
	struct str to, search;
	uint64_t before; /* numbers below this */
	uint32_t limit;
};

static bool
wanted_of(struct desk_conn *n, struct wanted *w)
{
	struct str limit = desk_api_query(n, "limit"), cursor = desk_api_query(n, "cursor");

	*w = (struct wanted){ .tenant = desk_api_tenant(n),
		.to = desk_api_query(n, "to"),
		.search = desk_api_query(n, "search"),
		.before = UINT64_MAX,
		.limit = LIST_LIMIT };
	if (w->tenant == UINT32_MAX) {
		desk_api_refuse(n, 404, DESK_API_NOTHING);
		return false;
	}
	if (limit.p &&
		(str_u32(limit, &w->limit) < 0 || w->limit == 0 || w->limit > LIST_MAX)) {
		desk_api_refuse(n, 400, STR_LIT("\"limit\" is a number from 1 to 200."));
		return false;
	}
	if (cursor.n && str_u64(cursor, &w->before) < 0) {
		desk_api_refuse(n, 400, STR_LIT("\"cursor\" is the \"next\" of a page."));
		return false;
	}
	return true;
}

static bool
has_text(struct str in, struct str part)
{
	for (size_t i = 0; i + part.n <= in.n; i++)
		if (str_ieq(str_of(in.p + i, part.n), part))
			return true;
	return false;
}

static bool
is_wanted(const struct wanted *w, const json_t *facts)
{
	bool to = w->to.n == 0, found = w->search.n == 0;
	json_t *one;
	size_t i;

	found = found || has_text(desk_text(facts, "subject"), w->search) ||
	        has_text(desk_text(facts, "from"), w->search);
	json_array_foreach(json_object_get(facts, "to"), i, one)
	{
		struct str s = str_z(json_string_value(one) ? json_string_value(one) : "");

		to = to || str_ieq(s, w->to);
		found = found || has_text(s, w->search);
	}
	return to && found;
}

static void
list(struct desk_conn *n)
{
	struct numbers *x = MEM_NEW(x);
	json_t *data = json_array(), *tenants = desk_tenants(n->desk), *facts;
	unsigned looks = LOOKS_MAX;
	struct wanted w;
	char next[24];
	size_t i = 0;

	if (!wanted_of(n, &w))
		goto out;
	(void)file_each(n->desk->env->paths->sink, see, x);
	qsort(x->at, x->n, sizeof *x->at, newer);
	while (i < x->n && x->at[i] >= w.before)
		i++;
	for (; i < x->n && looks && json_array_size(data) < w.limit; i++) {
		struct owner o;
		json_t *row;

		facts = facts_of(n->desk, x->at[i]);
		if (facts && is_wanted(&w, facts)) {
			o = owner_of(n->desk, x->at[i], facts, &looks);
			row = row_json(n, x->at[i], facts, &o);
			name_row(tenants, row);
			if (w.tenant == 0 || o.tenant == w.tenant)
				json_array_append(data, row);
			json_decref(row);
		}
		json_decref(facts);
	}
	snprintf(next, sizeof next, "%" PRIu64, i ? x->at[i - 1] : 0);
	desk_api_answer(n, 200,
		json_pack("{s:O,s:o}", "data", data, "next",
			i < x->n ? json_string(next) : json_null()));
out:
	mem_free(x);
	json_decref(data);
	json_decref(tenants);
}

/* ---- one of them, on a thread */

struct reading {
	struct link link;
	struct pool_job job;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: who asked is gone */
	uint64_t number, from;
	size_t most;
	json_t *row; /* what is told of it, owned; NULL: its bytes are */
	struct desk_sink_mail mail;
	json_t *found;
	char *bytes;
	long n;        /* bytes read, or -errno */
	int64_t whole; /* bytes of the file */
	bool french;
};

static void
work(void *ctx)
{
	struct reading *r = ctx;
	char path[600];
	int fd;

	path_of(r->desk, r->number, ".eml", path);
	fd = file_open(path, O_RDONLY, 0);
	r->n = fd;
	if (fd < 0)
		return;
	r->whole = file_size(fd);
	r->n = file_pread(fd, r->bytes, r->most, r->from);
	(void)file_close(fd);
	if (r->n < 0 || !r->row)
		return;
	r->mail.message = str_of(r->bytes, (size_t)r->n);
	r->found = desk_sink_look(&r->mail, r->french);
}

static void
reading_free(struct reading *r)
{
	list_del(&r->link);
	r->desk->nsinks--;
	json_decref(r->row);
	json_decref(r->found);
	mem_free(r->bytes);
	mem_free(r);
}

static void
say_bytes(const struct reading *r)
{
	char why[160];

	if ((uint64_t)r->n < (uint64_t)r->whole - r->from && r->most == PART_MAX) {
		snprintf(why, sizeof why,
			"This message has %lld bytes; ask for it in parts of at most %u, such "
			"as ?offset=0&limit=%u.",
			(long long)r->whole, PART_MAX - 1, PART_MAX - 1);
		desk_api_refuse(r->conn, 413, str_z(why));
		return;
	}
	desk_api_say_bytes(r->conn, "message/rfc822", str_of(r->bytes, (size_t)r->n));
}

static void
on_done(void *ctx)
{
	struct reading *r = ctx;

	if (!r->conn) {
		reading_free(r);
		return;
	}
	if (r->n < 0 || (uint64_t)r->whole < r->from)
		desk_api_refuse(r->conn, r->n == -ENOENT || r->n >= 0 ? 404 : 500,
			r->n == -ENOENT || r->n >= 0
				? DESK_API_NOTHING
				: STR_LIT("The message cannot be read from the disk."));
	else if (r->row) {
		json_object_set(r->row, "advice", r->found);
		desk_api_answer(r->conn, 200, json_incref(r->row));
	} else
		say_bytes(r);
	reading_free(r);
}

/* Whose messages the call may read; of nobody's only the people of the service. */
static bool
may_read(const struct desk_conn *n, const struct owner *o)
{
	return o->tenant == n->tenant && (n->tenant != 0 || (n->user && n->platform));
}

static bool
part_of(struct desk_conn *n, struct reading *r)
{
	struct str offset = desk_api_query(n, "offset"), limit = desk_api_query(n, "limit");
	uint64_t most = PART_MAX;

	if ((offset.p && str_u64(offset, &r->from) < 0) ||
		(limit.p && (str_u64(limit, &most) < 0 || most == 0 || most >= PART_MAX))) {
		desk_api_refuse(n, 400,
			STR_LIT("\"offset\" and \"limit\" are numbers of bytes, \"limit\" at "
				"most 3145727."));
		return false;
	}
	r->most = (size_t)most;
	return true;
}

static void
read_one(struct desk_conn *n, bool bytes)
{
	uint64_t number = 0;
	unsigned looks = 1;
	struct owner o = { 0 };
	struct reading *r;
	json_t *facts = NULL, *tenants;

	if (str_u64(n->params[0], &number) == 0)
		facts = facts_of(n->desk, number);
	if (facts)
		o = owner_of(n->desk, number, facts, &looks);
	if (!facts || !may_read(n, &o)) {
		json_decref(facts);
		desk_api_refuse(n, 404, DESK_API_NOTHING);
		return;
	}
	r = MEM_NEW(r);
	*r = (struct reading){ .desk = n->desk, .conn = n, .number = number, .most = PART_MAX };
	if (bytes ? !part_of(n, r) : false) {
		json_decref(facts);
		mem_free(r);
		return;
	}
	if (!bytes) {
		r->row = row_json(n, number, facts, &o);
		json_object_set_new(r->row, "stream",
			o.rcpt ? json_string(member_stream(o.stream)) : json_null());
		tenants = desk_tenants(n->desk);
		name_row(tenants, r->row);
		json_decref(tenants);
		r->mail.path = desk_text(r->row, "from");
		r->mail.bytes = (uint64_t)json_integer_value(json_object_get(r->row, "bytes"));
		r->mail.broadcast = o.rcpt && o.stream == STREAM_BROADCAST;
		r->french = n->french;
	}
	json_decref(facts);
	r->bytes = mem_new(1, r->most);
	r->job = (struct pool_job){ .work = work, .done = on_done, .ctx = r };
	list_init(&r->link);
	list_init(&r->job.link);
	list_push(&n->desk->sinks, &r->link);
	n->desk->nsinks++;
	pool_add(n->desk->pool, &r->job);
}

bool
desk_api_sink(struct desk_conn *n, enum api_op op)
{
	if (op != API_SINK && op != API_SINK_MAIL && op != API_SINK_SOURCE)
		return false;
	if (!desk_sink_there(n->desk))
		desk_api_refuse(n, 404, NO_SINK);
	else if (op == API_SINK)
		list(n);
	else if (n->desk->nsinks >= READS_MAX)
		desk_api_refuse(n, 503, STR_LIT("The service is busy; try again in a moment."));
	else
		read_one(n, op == API_SINK_SOURCE);
	return true;
}

void
desk_sink_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH(l, &d->sinks)
	{
		struct reading *r = LIST_OF(l, struct reading, link);

		if (r->conn == n)
			r->conn = NULL;
	}
}
