#include "role/edge_own.h"

#include "account/control_stream.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"

#include <string.h>

#define ARENA_MAX (512u << 20)
#define KEY_MAX   (4 + CONTROL_STREAM_NAME)

struct table {
	struct arena arena;
	struct map rows; /* tenant and name → row */
};

struct edge_own {
	struct table now, next;
	bool coming; /* next is being filled */
	bool came;   /* this engine told a table */
};

static void
table_init(struct table *t)
{
	arena_init(&t->arena, ARENA_MAX);
	map_init(&t->rows, random_u64());
}

static void
table_done(struct table *t)
{
	map_done(&t->rows);
	arena_done(&t->arena);
}

static void
table_clear(struct table *t)
{
	table_done(t);
	table_init(t);
}

struct edge_own *
edge_own_new(void)
{
	struct edge_own *s = MEM_NEW(s);

	table_init(&s->now);
	table_init(&s->next);
	return s;
}

void
edge_own_free(struct edge_own **ps)
{
	struct edge_own *s = *ps;

	*ps = NULL;
	if (!s)
		return;
	table_done(&s->now);
	table_done(&s->next);
	mem_free(s);
}

/* n 0: no stream is called so. */
static struct str
key_of(char dst[KEY_MAX], uint32_t tenant, struct str name)
{
	if (name.n == 0 || name.n > CONTROL_STREAM_NAME)
		return STR_NONE;
	memcpy(dst, &tenant, 4);
	memcpy(dst + 4, name.p, name.n);
	return str_of(dst, 4 + name.n);
}

static void
row_add(struct table *t, const struct msg_stream *m)
{
	char text[KEY_MAX];
	struct str key = key_of(text, m->tenant, m->name);
	struct edge_own_row *r = arena_alloc(&t->arena, sizeof *r);

	if (key.n == 0)
		return;
	key = arena_str(&t->arena, key);
	/* The engine's own table has the same bound. */
	must(r && key.p);
	*r = (struct edge_own_row){ m->number, m->how };
	(void)map_put(&t->rows, key, r);
}

void
edge_own_take(struct edge_own *s, const struct msg_stream *m)
{
	if (m->part & TRACKING_FIRST) {
		table_clear(&s->next);
		s->coming = true;
	}
	if (!s->coming)
		return;
	row_add(&s->next, m);
	if (m->part & TRACKING_LAST) {
		struct table old = s->now;

		s->now = s->next;
		table_done(&old);
		table_init(&s->next);
		s->coming = false;
		s->came = true;
	}
}

void
edge_own_ready(struct edge_own *s)
{
	if (!s->came)
		table_clear(&s->now);
}

void
edge_own_lost(struct edge_own *s)
{
	s->coming = s->came = false;
}

const struct edge_own_row *
edge_own_of(const struct edge_own *s, uint32_t tenant, struct str name)
{
	char text[KEY_MAX];
	struct str key = key_of(text, tenant, name);

	return key.n ? map_get(&s->now.rows, key) : NULL;
}
