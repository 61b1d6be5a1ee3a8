/*
 * The checks of the installation, for GET /v1/doctor and the control socket: role/doctor on
 * desk's loop. Questions of the DNS and connections wait there as everything else does; what is
 * asked of the kernel takes no time worth a thread.
 *
 * {"only"? ("spf,dkim"), "lang"? ("fr")} → the report with "version", "hostname", "at".
 */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "base/utc.h"
#include "role/doctor.h"

#define RUNNING_MAX 2u /* at one time */

struct doctoring {
	struct link link;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: who asked is gone */
	struct doctor *doctor;  /* NULL: the engine is asked first */
	uint64_t id;
	uint32_t only;
	bool french;
};

static void
free_one(struct doctoring *g)
{
	list_del(&g->link);
	g->desk->ndoctors--;
	doctor_free(&g->doctor);
	mem_free(g);
}

void
desk_doctor_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH(l, &d->doctors)
	{
		struct doctoring *g = LIST_OF(l, struct doctoring, link);

		if (g->conn == n)
			g->conn = NULL;
	}
}

/* The configuration that they look at goes. */
void
desk_doctor_over(struct desk *d)
{
	while (!list_empty(&d->doctors)) {
		struct doctoring *g = LIST_OF(d->doctors.next, struct doctoring, link);
		struct desk_conn *n = g->conn;

		free_one(g);
		desk_fail(n, 503, "The configuration was read again meanwhile; ask again.");
	}
}

static void
on_done(void *ctx, const json_t *report)
{
	struct doctoring *g = ctx;
	struct desk_conn *n = g->conn;
	struct desk *d = g->desk;
	json_t *j = json_deep_copy(report);
	char at[UTC_TEXT_SIZE];

	free_one(g);
	utc_rfc3339(at, loop_wall(d->loop));
	json_object_set_new(j, "version", json_string(FACTEUR_VERSION));
	json_object_set_new(
		j, "hostname", json_stringn(d->config->hostname.p, d->config->hostname.n));
	json_object_set_new(j, "at", json_string(at));
	desk_say(n, 200, j);
}

/* As role/doctor wants it. New reference. */
static json_t *
status_of(bool french, int status, struct str json)
{
	json_t *engine = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL;
	bool ready = json_is_true(json_object_get(engine, "ready"));
	const char *why = engine   ? french ? "il lit la file ou s'arrête."
	                                    : "it reads the queue or drains."
	                  : french ? "le moteur redémarre ou est occupé."
	                           : "the engine is restarting or busy.";

	json_decref(engine);
	return json_pack(
		"{s:b, s:s, s:s}", "ready", ready, "reason", why, "version", FACTEUR_VERSION);
}

static void
begin(struct doctoring *g, json_t *status)
{
	struct control_page page = { .limit = DESK_DOMAINS_MAX };
	struct desk *d = g->desk;
	struct control *c = desk_control(d);
	json_t *domains = NULL, *routes = NULL;
	int err = c ? control_domain_page(c, STR_NONE, &page, &domains) : -1;

	if (c && control_route_list(c, &routes) < 0)
		routes = NULL;
	g->doctor = doctor_new(d->loop,
		&(struct doctor_conf){
			.config = d->config,
			.paths = d->env->paths,
			.file = NULL,
			.status = status,
			.domains = domains,
			.domains_why = err && c ? control_error(c) : d->control_why,
			.routes = routes,
			.only = g->only,
			.french = g->french,
			.inside = true,
		},
		on_done, g);
	json_decref(domains);
	json_decref(routes);
}

/* It may be over by now. */
static struct doctoring *
find(struct desk *d, const json_t *held)
{
	LIST_EACH(l, &d->doctors)
	{
		struct doctoring *g = LIST_OF(l, struct doctoring, link);

		if ((json_int_t)g->id == json_integer_value(held))
			return g;
	}
	return NULL;
}

static void
on_status(struct desk_ask *a, int code, struct str json)
{
	struct doctoring *g = find(a->desk, a->held);
	json_t *status;

	if (!g)
		return;
	if (!g->conn) {
		free_one(g);
		return;
	}
	status = status_of(g->french, code, json);
	begin(g, status);
	json_decref(status);
}

static bool
read_only(struct str list, uint32_t *ret_bits)
{
	while (list.n) {
		enum finding_check c = finding_check_of(str_trim(str_cut(&list, ',')));

		if (c == FINDING_CHECKS_N)
			return false;
		*ret_bits |= 1u << c;
	}
	return true;
}

void
desk_doctor(struct desk_conn *n, const json_t *body)
{
	struct desk *d = n->desk;
	uint32_t only = 0;
	struct doctoring *g;

	if (!read_only(desk_text(body, "only"), &only)) {
		desk_fail(n, 400, "\"only\" is a list of checks such as \"dkim,spf,disk\".");
		return;
	}
	if (d->ndoctors >= RUNNING_MAX) {
		desk_fail(
			n, 429, "The installation is being looked at; try again in a minute.");
		return;
	}
	g = MEM_NEW(g);
	g->desk = d;
	g->conn = n;
	g->only = only;
	g->id = ++d->seq & INT64_MAX;
	g->french = str_istarts(desk_text(body, "lang"), STR_LIT("fr"));
	list_init(&g->link);
	list_push(&d->doctors, &g->link);
	d->ndoctors++;
	desk_ask_engine(d, n, &(struct msg_query){ .op = QUERY_STATUS }, on_status,
		json_integer((json_int_t)g->id));
}
