/* What desk asks of suppressions: add, remove, undo an incident. */
#include "role/engine_suppress.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <jansson.h>

#define PAGE 1000u

/* An incident whose rows are taken out, page by page. */
struct undo {
	struct link link;
	struct engine *engine;
	struct pool_job job;
	uint64_t seq, incident, upto; /* begins when the rows have the changes up to it */
	uint32_t tenant, group;       /* of that group alone; 0 any */
	uint64_t removed;
	int err;
	struct buf found; /* removals, encoded */
};

static void
answer(struct engine *e, uint64_t seq, uint16_t status, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);

	must(text != NULL);
	ENGINE_TELL(&e->desk, answer, .seq = seq, .status = status, .json = str_z(text));
	free(text); /* jansson's own allocation */
	json_decref(j);
}

static void
refuse(struct engine *e, uint64_t seq, uint16_t status, const char *why)
{
	answer(e, seq, status, json_pack("{s:s}", "error", why));
}

static void
on_told(struct engine *e, const struct suppress_told *t)
{
	if (t->refused)
		refuse(e, t->seq, 507, "the set of suppressions is full");
	else
		answer(e, t->seq, 200,
			json_pack("{s:I,s:I,s:b}", "changed", (json_int_t)t->changed, "same",
				(json_int_t)t->same, "listed", t->listed));
}

static bool
all_are(const struct spool_suppress *what, bool remove)
{
	for (size_t i = 0; i < what->n; i++)
		if (what->at[i].remove != remove || what->at[i].tenant == 0)
			return false;
	return what->n > 0;
}

static void
change(struct engine *e, const struct msg_query *q)
{
	const struct suppress_told told = { .fn = on_told, .seq = q->seq };
	bool remove = q->op == QUERY_SUPPRESS_REMOVE;
	struct spool_suppress what;
	struct arena a;

	arena_init(&a, SUPPRESS_ARENA_MAX);
	if (spool_suppress_read(&a, q->text, &what) < 0 || !all_are(&what, remove))
		refuse(e, q->seq, 400, "these are no suppressions");
	else if (!remove && (e->disk_full || e->suppress->changes > SUPPRESS_CHANGES_MAX))
		refuse(e, q->seq, 503, "the disk is nearly full; try again later");
	else
		engine_suppress_change(e->suppress, what, &told);
	arena_done(&a);
}

/* ---- undo */

struct finding {
	struct suppress_change *at;
	size_t n;
	struct buf texts;
};

static struct str
keep(struct buf *b, struct str s)
{
	size_t at = b->n;

	must(buf_put(b, s) == 0);
	return str_of(b->p + at, s.n);
}

static int
found(void *ctx, const struct suppress_row *r)
{
	struct finding *f = ctx;
	struct suppress_change *c = &f->at[f->n];

	*c = r->c;
	c->remove = true;
	c->note = STR_NONE;
	/* A row that no change can name is not ours: passed over for good would never end. */
	if (c->address.n > SUPPRESS_ADDRESS_SIZE)
		return -EBADMSG;
	c->address = keep(&f->texts, c->address);
	f->n++;
	return 0;
}

static void
on_look(void *ctx)
{
	struct undo *u = ctx;
	const struct suppress_query q = { .tenant = u->tenant,
		.scope = SUPPRESS_EVERY_SCOPE,
		.incident = u->incident,
		.group = u->group,
		.oldest_first = true,
		.limit = PAGE };
	struct finding f = { .at = mem_new(PAGE, sizeof *f.at) };

	/* One piece, so that it never moves. */
	buf_init(&f.texts, PAGE * SUPPRESS_ADDRESS_SIZE);
	(void)buf_room(&f.texts, PAGE * SUPPRESS_ADDRESS_SIZE);
	buf_clear(&u->found);
	u->err = u->engine->suppress->rows
	                 ? suppress_store_find(u->engine->suppress->rows, &q, found, &f)
	                 : -EIO;
	if (u->err == 0)
		u->err = spool_suppress_write(&u->found, &(struct spool_suppress){ f.at, f.n });
	buf_done(&f.texts);
	mem_free(f.at);
}

static void
undo_free(struct undo *u)
{
	list_del(&u->link);
	buf_done(&u->found);
	mem_free(u);
}

/* How many were taken out; 0: none is left. -EBADMSG. */
static int
take_out(struct undo *u)
{
	static const struct suppress_told none = { 0 };
	struct engine_suppress *s = u->engine->suppress;
	struct spool_suppress what;
	struct arena a;
	int n = -EBADMSG;

	arena_init(&a, SUPPRESS_ARENA_MAX);
	if (spool_suppress_read(&a, buf_str(&u->found), &what) == 0) {
		n = (int)what.n;
		if (n > 0)
			engine_suppress_change(s, what, &none);
		u->removed += (uint64_t)n;
		u->upto = s->last;
	}
	arena_done(&a);
	return n;
}

static void
on_looked(void *ctx)
{
	struct undo *u = ctx;
	struct engine *e = u->engine;
	int n;

	e->suppress->reading = false;
	if (e->ending)
		return; /* freed with the list */
	n = u->err ? u->err : take_out(u);
	if (n > 0) {
		engine_suppress_go(e->suppress);
		return;
	}
	if (n < 0)
		refuse(e, u->seq, 500, "the rows of suppressions cannot be read");
	else
		answer(e, u->seq, 200, json_pack("{s:I}", "changed", (json_int_t)u->removed));
	undo_free(u);
	engine_suppress_go(e->suppress);
}

void
engine_suppress_undo_go(struct engine_suppress *s)
{
	struct undo *u;

	if (list_empty(&s->undos))
		return;
	u = LIST_OF(s->undos.next, struct undo, link);
	if (s->applied < u->upto)
		return;
	s->reading = true;
	pool_add(s->pool, &u->job);
}

static void
undo(struct engine *e, const struct msg_query *q)
{
	struct undo *u;

	bool of_group = q->op == QUERY_SUPPRESS_GROUP;

	if (q->id == 0 || q->id > (of_group ? UINT32_MAX : INT64_MAX) ||
		(of_group && q->tenant == 0)) {
		refuse(e, q->seq, 400,
			of_group ? "a group has an account and a number"
				 : "an incident has a number");
		return;
	}
	u = MEM_NEW(u);
	u->engine = e;
	u->seq = q->seq;
	u->tenant = q->tenant;
	if (of_group)
		u->group = (uint32_t)q->id;
	else
		u->incident = q->id;
	u->upto = e->suppress->last;
	u->job = (struct pool_job){ .work = on_look, .done = on_looked, .ctx = u };
	list_init(&u->job.link);
	buf_init(&u->found, PAGE * SPOOL_SUPPRESS_BYTES + 2);
	list_init(&u->link);
	list_push(&e->suppress->undos, &u->link);
	/* Those on their way to the disk are of it, too. */
	engine_suppress_go(e->suppress);
}

void
engine_suppress_undos_drop(struct engine_suppress *s)
{
	LIST_EACH_SAFE(l, &s->undos)
	undo_free(LIST_OF(l, struct undo, link));
}

void
engine_suppress_query(struct engine *e, const struct msg_query *q)
{
	if (q->op == QUERY_SUPPRESS_UNDO || q->op == QUERY_SUPPRESS_GROUP)
		undo(e, q);
	else
		change(e, q);
}
