#include "role/doctor_priv.h"

#include "base/mem.h"
#include "base/must.h"

#include <unistd.h>

#define ARENA_MAX (8u << 20)

bool
doctor_wants(const struct doctor *d, enum finding_check c)
{
	return d->conf.only == 0 || d->conf.only >> c & 1;
}

void
doctor_open(struct doctor *d, enum finding_check c)
{
	d->open[c]++;
	d->nopen++;
}

void
doctor_shut(struct doctor *d, enum finding_check c)
{
	must(d->open[c] > 0);
	d->open[c]--;
	/* Not here: the resolver may be calling. */
	if (--d->nopen == 0)
		loop_task_post(d->loop, &d->end);
}

static void
say(struct doctor *d, const struct finding *x)
{
	if (!d->over)
		finding_add(d->found, x);
}

void
doctor_say(
	struct doctor *d, enum finding_what what, struct str subject, const char *const args[3])
{
	say(d, &(struct finding){ what, subject, { args[0], args[1], args[2] }, false });
}

void
doctor_say_soft(
	struct doctor *d, enum finding_what what, struct str subject, const char *const args[3])
{
	say(d, &(struct finding){ what, subject, { args[0], args[1], args[2] }, true });
}

void
doctor_skip(struct doctor *d, enum finding_check c, struct str subject, enum finding_skip skip,
	const char *why)
{
	if (!d->over && doctor_wants(d, c))
		finding_skip(d->found, c, subject, skip, why);
}

void *
doctor_alloc(struct doctor *d, size_t bytes)
{
	void *p = arena_alloc(&d->arena, bytes);

	/* What is asked is bounded by DOCTOR_DOMAINS_MAX and SPF_LOOKUPS_MAX. */
	must(p != NULL);
	return p;
}

void
doctor_list(char dst[DOCTOR_TEXT_MAX], const struct net_addr *a, size_t n)
{
	char text[NET_TEXT_MAX];
	struct buf b;

	buf_init(&b, DOCTOR_TEXT_MAX - 1);
	for (size_t i = 0; i < n; i++)
		(void)buf_printf(&b, "%s%s", i > 0 ? ", " : "", net_text(text, &a[i]));
	(void)str_copy_z(dst, DOCTOR_TEXT_MAX, buf_str(&b));
	buf_done(&b);
}

bool
doctor_same(const struct net_addr *a, const struct net_addr *b)
{
	if (a->u.sa.sa_family != b->u.sa.sa_family)
		return false;
	if (a->u.sa.sa_family == AF_INET)
		return memcmp(&a->u.in4.sin_addr, &b->u.in4.sin_addr, 4) == 0;
	return memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr, 16) == 0;
}

bool
doctor_among(const struct net_addr *a, const struct net_addr *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (doctor_same(a, &list[i]))
			return true;
	return false;
}

/* ---- its end */

/* Nobody calls any more from here on. */
static void
let_go(struct doctor *d)
{
	d->over = true;
	loop_timer_off(d->loop, &d->late);
	loop_task_off(&d->begin);
	loop_task_off(&d->end);
	doctor_ports_end(d);
	resolver_free(&d->resolver);
}

static void
finish(struct doctor *d)
{
	json_t *report;

	let_go(d);
	report = findings_json(d->found);
	/* d may go inside. */
	d->done(d->ctx, report);
	json_decref(report);
}

static void
on_end(void *ctx)
{
	struct doctor *d = ctx;

	if (d->nopen == 0)
		finish(d);
}

static void
on_late(void *ctx)
{
	struct doctor *d = ctx;

	for (size_t c = 0; c < FINDING_CHECKS_N; c++)
		if (d->open[c] > 0)
			doctor_skip(
				d, (enum finding_check)c, STR_NONE, FINDING_SKIP_LATE, NULL);
	finish(d);
}

void
doctor_free(struct doctor **pd)
{
	struct doctor *d = *pd;

	*pd = NULL;
	if (!d)
		return;
	let_go(d);
	json_decref(d->status);
	json_decref(d->domains);
	json_decref(d->routes);
	findings_free(&d->found);
	arena_done(&d->arena);
	mem_free(d);
}

/* ---- its begin */

static void
find_route(struct doctor *d)
{
	const struct config *cf = d->conf.config;
	json_t *row;
	size_t i;

	json_array_foreach(d->routes, i, row)
	{
		const char *domain = json_string_value(json_object_get(row, "domain"));
		const char *url = json_string_value(json_object_get(row, "url"));

		if (domain && url && strcmp(domain, "*") == 0)
			(void)str_copy_z(d->route, sizeof d->route, str_z(url));
	}
	for (i = 0; i < cf->outbound.nroutes; i++) {
		struct str url = cf->outbound.routes[i].url;
		size_t at = str_rfind(url, '@');

		/* Without its password. */
		if (str_eq_z(cf->outbound.routes[i].domain, "*"))
			(void)str_copy_z(d->route, sizeof d->route,
				at < url.n ? str_from(url, at + 1) : url);
	}
}

static void
on_begin(void *ctx)
{
	struct doctor *d = ctx;

	/* One more than are asked: an answer at once must not end it. */
	doctor_open(d, FINDING_CHECK_VERSION);
	doctor_here(d);
	doctor_certificates(d);
	doctor_ports(d);
	doctor_names(d);
	doctor_shut(d, FINDING_CHECK_VERSION);
}

struct doctor *
doctor_new(struct loop *l, const struct doctor_conf *conf,
	void (*done)(void *ctx, const json_t *report), void *ctx)
{
	struct doctor *d = MEM_NEW(d);

	d->loop = l;
	d->conf = *conf;
	/* A reference is no change of what it leads to. */
	d->status = json_incref((json_t *)(uintptr_t)conf->status);
	d->domains = json_incref((json_t *)(uintptr_t)conf->domains);
	d->routes = json_incref((json_t *)(uintptr_t)conf->routes);
	d->done = done;
	d->ctx = ctx;
	d->found = findings_new(conf->french);
	d->resolver = resolver_new_brief(l, conf->config->outbound.resolver, true);
	resolver_no_hosts(d->resolver);
	arena_init(&d->arena, ARENA_MAX);
	list_init(&d->tries);
	loop_task_init(&d->begin, on_begin, d);
	loop_task_init(&d->end, on_end, d);
	loop_timer_init(&d->late, on_late, d);
	loop_timer_in(l, &d->late, conf->wait_us ? conf->wait_us : DOCTOR_WAIT_US);
	(void)str_copy_z(d->hostname, sizeof d->hostname, conf->config->hostname);
	if (!d->hostname[0] && gethostname(d->hostname, sizeof d->hostname - 1) < 0)
		d->hostname[0] = '\0';
	find_route(d);
	loop_task_post(l, &d->begin);
	return d;
}
