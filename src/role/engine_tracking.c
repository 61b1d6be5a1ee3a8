/* What edges know of the accounts' tracking: all of it, whenever some of it changes. */
#include "role/engine_priv.h"

static bool
is_ours(const struct engine *e, struct str host)
{
	return str_ieq(host, e->config->hostname) ||
	       str_ieq(host, config_tracking_host(e->config));
}

void
engine_tracking_tell(struct engine *e, struct engine_peer *p)
{
	size_t n;
	const struct dir_tracking *rows = directory_tracking(e->dir, &n);

	/* An edge that was told nothing when the engine says its state forgets what it knew. */
	if (n == 0 && !e->tracking_told)
		return;
	e->tracking_told = true;
	ENGINE_TELL(p, tracking, .part = TRACKING_FIRST, .url = STR_NONE, .host = STR_NONE);
	for (size_t i = 0; i < n; i++) {
		const struct dir_tracking *t = &rows[i];
		/* The configuration may have got a name that an account had before it. */
		bool own = is_ours(e, t->host);

		ENGINE_TELL(p, tracking, .tenant = t->tenant, .track = t->track,
			.url = own ? STR_NONE : t->url, .host = own ? STR_NONE : t->host);
	}
	ENGINE_TELL(p, tracking, .part = TRACKING_LAST, .url = STR_NONE, .host = STR_NONE);
}

static bool
same(const struct directory *a, const struct directory *b)
{
	size_t na, nb;
	const struct dir_tracking *ta = directory_tracking(a, &na),
				  *tb = directory_tracking(b, &nb);

	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (ta[i].tenant != tb[i].tenant || ta[i].track != tb[i].track ||
			!str_eq(ta[i].url, tb[i].url) || !str_eq(ta[i].host, tb[i].host))
			return false;
	return true;
}

void
engine_tracking_changed(struct engine *e, const struct directory *old)
{
	if (same(old, e->dir))
		return;
	for (unsigned i = 1; i <= ROLE_EDGES_MAX; i++)
		if (e->edges[i].up)
			engine_tracking_tell(e, &e->edges[i]);
}
