/* serve --one: every role as an object on the keeper's loop, the same code, threads inline. */
#include "role/keeper_priv.h"

#include "io/random.h"

#include <sysexits.h>

static struct role_env
env_of(struct keeper *k, enum role_kind kind)
{
	struct role_env e = {
		.config = k->config,
		.paths = &k->paths,
		.keys = keeper_keys_for(k, kind),
		.clock = &k->clock,
		.log = k->log,
		.boot = random_u64() | 1,
		.number = kind == ROLE_EDGE || kind == ROLE_COURIER ? 1 : 0,
		.link_fd = -1,
		.control_fd = kind == ROLE_DESK ? k->control_fd : -1,
		.one = true,
	};

	if (kind == ROLE_EDGE) {
		e.ports = k->ports;
		e.nports = k->nports;
	}
	e.phases = kind == ROLE_COURIER ? k->phases + ROLE_SLOTS : k->phases;
	return e;
}

/* The poster, and its channel to desk. */
static int
poster_start(struct keeper *k)
{
	int fd[2];

	if (channel_pair(fd) < 0)
		return EX_OSERR;
	k->poster = poster_new(k->loop, &k->one_env[ROLE_POSTER]);
	poster_peer(k->poster, fd[0]);
	desk_poster_peer(k->desk, fd[1]);
	return 0;
}

int
keeper_one_start(struct keeper *k)
{
	int edge[2], courier[2], desk[2], calls[2];
	struct role_env *env = k->one_env;

	for (int i = ROLE_ENGINE; i < ROLE_KINDS; i++)
		env[i] = env_of(k, (enum role_kind)i);
	if (channel_pair(edge) < 0 || channel_pair(courier) < 0 || channel_pair(desk) < 0 ||
		channel_pair(calls) < 0)
		return EX_OSERR;
	k->engine = engine_new(k->loop, &env[ROLE_ENGINE]);
	k->courier = courier_new(k->loop, &env[ROLE_COURIER]);
	k->desk = desk_new(k->loop, &env[ROLE_DESK]);
	k->edge = edge_new(k->loop, &env[ROLE_EDGE]);
	if (poster_start(k))
		return EX_OSERR;
	engine_peer(k->engine, ROLE_COURIER, 1, courier[0]);
	courier_peer(k->courier, courier[1]);
	engine_peer(k->engine, ROLE_DESK, 0, desk[0]);
	desk_peer(k->desk, desk[1]);
	engine_peer(k->engine, ROLE_EDGE, 1, edge[0]);
	edge_peer(k->edge, edge[1]);
	desk_edge_peer(k->desk, 1, calls[0]);
	edge_desk_peer(k->edge, calls[1]);
	k->told_ready = true;
	if (k->conf->ready)
		k->conf->ready(k->conf->ctx, k->loop);
	return 0;
}

void
keeper_one_stop(struct keeper *k)
{
	edge_free(&k->edge);
	courier_free(&k->courier);
	desk_free(&k->desk);
	poster_free(&k->poster);
	engine_free(&k->engine);
}
