/* New domains: their signing keys are made on a thread, since an RSA key may take longer than
 * desk's other work can wait; then the tables are changed on the loop. */
#include "role/desk_priv.h"

#include "base/mem.h"

#define MAKING_MAX 64 /* a thread makes them one after the other */

struct making {
	struct link link;
	struct pool_job job;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: who asked is gone, nothing is done */
	json_t *body;
	struct control_pairs *pairs;
};

/* On a thread. */
static void
make(void *ctx)
{
	struct making *m = ctx;

	m->pairs = control_pairs_make();
}

static void
on_made(void *ctx)
{
	struct making *m = ctx;
	struct desk_conn *n = m->conn;
	struct control *c = n ? desk_control(m->desk) : NULL;

	list_del(&m->link);
	m->desk->nmaking--;
	if (c && m->pairs)
		control_pairs_give(c, &m->pairs);
	if (n)
		desk_tables(n, STR_LIT("domains.add"), m->body);
	control_pairs_free(&m->pairs);
	json_decref(m->body);
	mem_free(m);
}

void
desk_making_domain(struct desk_conn *n, const json_t *body)
{
	struct making *m;

	if (n->desk->nmaking >= MAKING_MAX) {
		desk_fail(
			n, 429, "Keys of many domains are being made; try again in a minute.");
		return;
	}
	m = MEM_NEW(m);
	n->desk->nmaking++;
	m->desk = n->desk;
	m->conn = n;
	m->body = json_deep_copy(body);
	m->job = (struct pool_job){ .work = make, .done = on_made, .ctx = m };
	list_init(&m->job.link);
	list_init(&m->link);
	list_push(&n->desk->making, &m->link);
	pool_add(n->desk->pool, &m->job);
}

void
desk_making_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH(l, &d->making)
	{
		struct making *m = LIST_OF(l, struct making, link);

		if (m->conn == n)
			m->conn = NULL;
	}
}
