/* Accounts whose mail somebody follows just now (role/desk_follow.c): their facts go to the
 * feed as those of accounts with webhooks do. Desk says so again each minute; who comes back
 * within ENGINE_FOLLOW_US finds all that happened meanwhile. */
#include "role/engine_priv.h"

#include "base/mem.h"

static void
follow_end(struct engine *e, size_t i)
{
	e->follows[i] = e->follows[--e->nfollows];
}

void
engine_follows_tick(struct engine *e)
{
	uint64_t now = loop_mono(e->loop);
	size_t before = e->nfollows;

	for (size_t i = e->nfollows; i-- > 0;)
		if (now - e->follows[i].said > ENGINE_FOLLOW_US)
			follow_end(e, i);
	if (e->nfollows != before)
		engine_feed(e);
}

/* NULL: there are too many. */
static struct engine_follow *
follow_of(struct engine *e, uint32_t tenant)
{
	struct engine_follow *f;

	for (size_t i = 0; i < e->nfollows; i++)
		if (e->follows[i].tenant == tenant)
			return &e->follows[i];
	if (e->nfollows == ENGINE_FOLLOWS_MAX)
		return NULL;
	f = &e->follows[e->nfollows++];
	*f = (struct engine_follow){ .tenant = tenant, .since = loop_wall(e->loop) };
	e->followed = true;
	engine_feed(e);
	return f;
}

int64_t
engine_follow(struct engine *e, uint32_t tenant)
{
	struct engine_follow *f;

	engine_follows_tick(e);
	f = tenant ? follow_of(e, tenant) : NULL;
	if (!f)
		return -1;
	f->said = loop_mono(e->loop);
	return f->since;
}

void
engine_feed(struct engine *e)
{
	size_t n;
	const uint32_t *fed = directory_fed(e->dir, &n);
	uint32_t *ids = mem_new(n + e->nfollows + 1, sizeof *ids);

	if (n)
		memcpy(ids, fed, n * sizeof *ids);
	for (size_t i = 0; i < e->nfollows; i++)
		ids[n++] = e->follows[i].tenant;
	ledger_feed_tenants(e->ledger, ids, n);
	mem_free(ids);
}
