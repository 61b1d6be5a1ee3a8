/* A start of the engine alone: what upgrade's rehearsal does with a copy. */
#include "role/engine_priv.h"

#include "base/must.h"

#include <errno.h>
#include <jansson.h>

#define STEP_US 20000

int
engine_rehearse(const struct role_env *env, unsigned wait_s, struct json_t **ret_status)
{
	struct loop *l = loop_new(env->clock);
	struct engine *e = engine_new(l, env);
	uint64_t until = loop_mono(l) + (uint64_t)wait_s * 1000000;

	/* A paused one gives nothing to anybody, and there is nobody. */
	must(e->pause.on);
	while ((!e->accepting || e->load || e->settle.sync) && loop_mono(l) < until)
		loop_step(l, STEP_US);
	if (e->accepting && !e->load)
		*ret_status = engine_status_json(e);
	else
		*ret_status = NULL;
	engine_free(&e);
	loop_free(&l);
	return *ret_status ? 0 : -ETIMEDOUT;
}
