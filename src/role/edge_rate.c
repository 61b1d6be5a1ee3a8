/* How often a key may call the HTTP API: those that send and the others are counted apart, in
 * each edge for itself. */
#include "api/rate.h"
#include "role/edge_api.h"

#define COOKIE_PEOPLE 4u

bool
edge_rate_take(struct edge_call *k, struct str *ret_why)
{
	struct edge *e = k->edge;
	bool sends = !API_IS_DESK(k->match.route->op);
	unsigned limit =
		sends ? e->config->api.sends_per_minute : e->config->api.calls_per_minute;

	/* In a lab that asks for no keys there are accounts alone. Who is not signed in yet is
	 * told apart by his network. */
	uint64_t who = k->id.key     ? k->id.key
	               : k->who.user ? UINT64_C(1) << 61 | k->who.user
	               : !k->match.route->scope
	                       ? UINT64_C(1) << 62 | (k->conn->network & (UINT64_MAX >> 3))
	                       : UINT64_C(1) << 60 | k->id.tenant;

	/* A token for tests is nobody's. */
	if (limit == 0 || k->test)
		return true;
	if (!e->rates)
		e->rates = api_rates_new();
	if (api_rates_take(
		    e->rates, (who << 1 | sends) + 1, limit, loop_mono(e->loop), &k->rate))
		return true;
	k->retry_s = k->rate.retry_s;
	*ret_why = arena_printf(&k->arena,
		"%s made more calls%s than its %u a minute; the next may be made in %u s.",
		k->who.user || !k->match.route->scope ? "This person" : "This key",
		sends ? " that send" : "", limit, k->retry_s);
	if (!ret_why->p)
		*ret_why = STR_NONE;
	return false;
}

bool
edge_rate_cookie(struct edge_call *k, struct str *ret_why)
{
	struct edge *e = k->edge;
	/* The people of an office come from one address. */
	unsigned limit = e->config->api.calls_per_minute * COOKIE_PEOPLE;
	uint64_t who = UINT64_C(3) << 60 | (k->conn->network & (UINT64_MAX >> 5));
	struct api_rate rate;

	if (limit == 0)
		return true;
	if (!e->rates)
		e->rates = api_rates_new();
	if (api_rates_take(e->rates, (who << 1) + 1, limit, loop_mono(e->loop), &rate))
		return true;
	k->retry_s = rate.retry_s;
	*ret_why = STR_LIT("Your network made too many calls; try again in a moment.");
	return false;
}
