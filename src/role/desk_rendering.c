/* Templates tried out, tests of them, and what a past message was written from: put together
 * on the loop, read and rendered on a thread, since a template may use all of its budget and
 * desk's other work must not wait for it. */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "role/desk_template.h"

#include <errno.h>

#define RENDERING_MAX 16u /* waiting or at work */

enum wanted { WANTED_RENDER, WANTED_TEST, WANTED_VALUES };

struct rendering {
	struct link link;
	struct pool_job job;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: who asked is gone */
	enum wanted wanted;
	bool of_past; /* with the values of this message: */
	struct desk_past past;
	json_t *what, *got; /* while it is at work, the thread's alone; got NULL: the
	                       message's values are not kept */
};

static void begin(struct desk_conn *n, const json_t *body, enum wanted wanted, bool again);

/* ---- on a thread ---- */

static void
render(void *ctx)
{
	struct rendering *r = ctx;
	json_t *past = NULL;

	r->got = NULL;
	if (r->of_past) {
		past = desk_past_read(r->desk->env->paths->spool, &r->past);
		if (!past)
			return;
	}
	if (r->wanted == WANTED_VALUES) {
		r->got = past;
		return;
	}
	if (past)
		desk_template_past(r->what, past);
	r->got = desk_template_render(r->what);
}

/* ---- on the loop ---- */

static void
answer(struct rendering *r)
{
	struct desk_control_answer a = { .status = 200, .json = r->got };

	if (!r->got) {
		desk_fail(r->conn, r->wanted == WANTED_VALUES ? 410 : 400,
			desk_past_why(&r->past));
		return;
	}
	if (r->wanted == WANTED_TEST)
		a = desk_template_mail(r->got);
	else
		json_incref(r->got);
	if (r->wanted == WANTED_VALUES)
		json_object_set_new(a.json, "template",
			r->past.template[0] ? json_string(r->past.template) : json_null());
	desk_say(r->conn, a.status, a.json);
}

static void
on_rendered(void *ctx)
{
	struct rendering *r = ctx;

	list_del(&r->link);
	r->desk->nrenderings--;
	if (r->conn)
		answer(r);
	json_decref(r->got);
	json_decref(r->what);
	mem_free(r);
}

static void
on_written(struct desk_ask *a, int status, struct str json)
{
	(void)status;
	(void)json;
	if (a->conn)
		begin(a->conn, json_object_get(a->held, "body"),
			(enum wanted)json_integer_value(json_object_get(a->held, "wanted")),
			true);
}

/* The message that it is about. False: the asker was told, or will be. */
static bool
find(struct rendering *r, const json_t *body, bool again)
{
	struct desk_conn *n = r->conn;
	uint64_t id = (uint64_t)json_integer_value(json_object_get(r->what, "message"));
	uint32_t tenant = (uint32_t)json_integer_value(json_object_get(r->what, "tenant"));
	/* Of tenant 0 would be anybody's. */
	int err = tenant ? desk_past_find(r->desk, id, tenant, &r->past) : -ENOENT;

	if (!err) {
		r->of_past = true;
		return true;
	}
	if (err == -ENOENT && !again)
		/* Who was given an id a moment ago may ask for it now. */
		desk_ask_engine(n->desk, n, &(struct msg_query){ .op = QUERY_LEDGER },
			on_written,
			json_pack("{s:i,s:O}", "wanted", (int)r->wanted, "body",
				(json_t *)(uintptr_t)body));
	else if (err == -ENOENT)
		desk_fail(n, r->wanted == WANTED_VALUES ? 404 : 400,
			"There is no such message of this account.");
	else
		desk_fail(n, 500, "The ledger cannot be read.");
	return false;
}

static struct desk_control_answer
prepare(struct desk_conn *n, const json_t *body, enum wanted wanted)
{
	static struct desk_control_answer (*const how[])(
		struct control * c, const json_t *body, int64_t now) = {
		[WANTED_RENDER] = desk_template_prepare,
		[WANTED_TEST] = desk_template_prepare_test,
		[WANTED_VALUES] = desk_template_prepare_values,
	};
	struct control *c = desk_control(n->desk);

	if (c && n->desk->nrenderings < RENDERING_MAX)
		return how[wanted](c, body, loop_wall(n->desk->loop));
	return (struct desk_control_answer){ .status = 503,
		.json = desk_error_json(503,
			c ? "Too many templates are being tried out; try again in a moment."
			  : "The control tables cannot be opened.") };
}

static void
begin(struct desk_conn *n, const json_t *body, enum wanted wanted, bool again)
{
	struct desk_control_answer a = prepare(n, body, wanted);
	struct rendering *r;

	if (a.status != 200) {
		desk_say(n, a.status, a.json);
		return;
	}
	r = MEM_NEW(r);
	r->desk = n->desk;
	r->conn = n;
	r->wanted = wanted;
	/* Nothing of it is shared with the question. */
	r->what = json_deep_copy(a.json);
	json_decref(a.json);
	if (json_object_get(r->what, "message") && !find(r, body, again)) {
		json_decref(r->what);
		mem_free(r);
		return;
	}
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
	begin(n, body, WANTED_RENDER, false);
}

void
desk_rendering_test(struct desk_conn *n, const json_t *body)
{
	begin(n, body, WANTED_TEST, false);
}

void
desk_rendering_values(struct desk_conn *n, const json_t *body)
{
	begin(n, body, WANTED_VALUES, false);
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
