/* Templates tried out, and tests of them: put together on the loop, rendered on a thread, since
 * a template may use all of its budget and desk's other work must not wait for it. */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "role/desk_template.h"

#define RENDERING_MAX 16u /* waiting or at work */

struct rendering {
	struct link link;
	struct pool_job job;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: who asked is gone */
	json_t *what, *got;     /* while it is at work, the thread's alone */
	bool test;              /* it becomes a mail */
};

/* On a thread. */
static void
render(void *ctx)
{
	struct rendering *r = ctx;

	r->got = desk_template_render(r->what);
}

static void
on_rendered(void *ctx)
{
	struct rendering *r = ctx;
	struct desk_control_answer a = { .status = 200, .json = r->got };

	if (r->test) {
		a = desk_template_mail(r->got);
		json_decref(r->got);
	}
	list_del(&r->link);
	r->desk->nrenderings--;
	if (r->conn)
		desk_say(r->conn, a.status, a.json);
	else
		json_decref(a.json);
	json_decref(r->what);
	mem_free(r);
}

static void
begin(struct desk_conn *n, const json_t *body, bool test)
{
	struct control *c = desk_control(n->desk);
	struct desk_control_answer a;
	struct rendering *r;

	if (!c || n->desk->nrenderings >= RENDERING_MAX) {
		desk_fail(n, 503,
			c ? "Too many templates are being tried out; try again in a moment."
			  : "The control tables cannot be opened.");
		return;
	}
	a = (test ? desk_template_prepare_test : desk_template_prepare)(
		c, body, loop_wall(n->desk->loop));
	if (a.status != 200) {
		desk_say(n, a.status, a.json);
		return;
	}
	r = MEM_NEW(r);
	r->desk = n->desk;
	r->conn = n;
	r->test = test;
	/* Nothing of it is shared with the question. */
	r->what = json_deep_copy(a.json);
	json_decref(a.json);
	r->job = (struct pool_job){ .work = render, .done = on_rendered, .ctx = r };
	list_init(&r->job.link);
	list_init(&r->link);
	list_push(&n->desk->renderings, &r->link);
	n->desk->nrenderings++;
	pool_add(n->desk->pool, &r->job);
}

void
desk_rendering(struct desk_conn *n, const json_t *body)
{
	begin(n, body, false);
}

void
desk_rendering_test(struct desk_conn *n, const json_t *body)
{
	begin(n, body, true);
}

void
desk_rendering_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH(l, &d->renderings)
	{
		struct rendering *r = LIST_OF(l, struct rendering, link);

		if (r->conn == n)
			r->conn = NULL;
	}
}
