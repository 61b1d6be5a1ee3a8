#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"
#include "io/sandbox.h"
#include "role/poster_priv.h"

#include <unistd.h>

void
poster_tell(struct poster *p, uint64_t generation, const struct msg_posted *m)
{
	struct buf b;

	if (p->desk == NULL || generation != p->generation)
		return;
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	must(msg_posted_write(&b, m) == 0);
	(void)channel_force(p->desk, MSG_posted, buf_str(&b));
	buf_done(&b);
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	struct poster *p = ctx;
	struct log_line ll;

	if (type == MSG_post && poster_take(p, payload))
		return;
	ll = log_op(p->env->log, LOG_ERROR, "bad-message");
	log_z(&ll, "from", "desk");
	log_z(&ll, "type", msg_name(type));
	log_end(&ll);
}

static void
on_desk_gone(void *ctx)
{
	struct poster *p = ctx;

	channel_free(&p->desk);
	poster_queue_drop(p);
}

void
poster_peer(struct poster *p, int desk_fd)
{
	static const struct channel_calls calls = { on_message, on_desk_gone };

	channel_free(&p->desk);
	poster_queue_drop(p);
	p->generation++;
	p->desk = channel_new(p->loop, desk_fd, CHANNEL_PAYLOAD_MAX * 4, &calls, p);
}

static void
on_link_peer(void *ctx, enum role_kind kind, unsigned number, int fd)
{
	(void)number;
	if (kind == ROLE_DESK)
		poster_peer(ctx, fd);
	else
		close(fd);
}

static void
on_second(void *ctx)
{
	struct poster *p = ctx;

	log_flush(p->env->log);
	if (p->draining && p->in_flight == 0 && p->nwaiting == 0)
		loop_stop(p->loop);
	loop_timer_in(p->loop, &p->second, 1000000);
}

static void
on_drain(void *ctx)
{
	((struct poster *)ctx)->draining = true;
}

static void
config_drop(struct config **c)
{
	if (*c == NULL)
		return;
	config_done(*c);
	mem_free(*c);
	*c = NULL;
}

static struct resolver *
make_resolver(struct poster *p)
{
	const struct config *cf = p->config;

	return resolver_new(
		p->loop, cf->outbound.resolver, cf->outbound.ipv4, cf->outbound.ipv6);
}

static void
on_reload(void *ctx, struct str yaml)
{
	struct poster *p = ctx;
	struct config *cf = MEM_NEW(cf), *old = p->own_config;
	struct resolver *was = p->resolver;
	struct config_error err;

	if (config_parse(cf, p->config->file, yaml, environ, &err) < 0) {
		mem_free(cf);
		return;
	}
	p->config = p->own_config = cf;
	p->resolver = make_resolver(p);
	fetch_reset(p->fetch, p->resolver, cf->lab.private_webhooks);
	resolver_free(&was);
	config_drop(&old);
}

struct poster *
poster_new(struct loop *l, const struct role_env *env)
{
	static const struct role_link_calls calls = {
		.peer = on_link_peer, .drain = on_drain, .reload = on_reload
	};
	struct poster *p = MEM_NEW(p);

	p->loop = l;
	p->env = env;
	p->config = env->config;
	map_init(&p->hosts, random_u64());
	list_init(&p->ready);
	list_init(&p->jobs);
	p->resolver = make_resolver(p);
	p->fetch = fetch_new(l, p->resolver, p->config->lab.private_webhooks);
	loop_timer_init(&p->second, on_second, p);
	loop_timer_in(l, &p->second, 1000000);
	if (env->link_fd >= 0) {
		p->link = role_link_new(l, env->link_fd, &calls, p);
		role_link_ready(p->link);
	}
	return p;
}

void
poster_free(struct poster **pp)
{
	struct poster *p = *pp;

	if (p == NULL)
		return;
	loop_timer_off(p->loop, &p->second);
	channel_free(&p->desk);
	poster_queue_done(p);
	fetch_free(&p->fetch);
	resolver_free(&p->resolver);
	role_link_free(&p->link);
	config_drop(&p->own_config);
	map_done(&p->hosts);
	mem_free(p);
	*pp = NULL;
}

int
poster_main(const struct role_env *env)
{
	/* Roots of TLS and what resolving needs; nothing of the state folder. */
	const struct sandbox_path paths[] = {
		{ "/etc", false },
		{ "/usr/lib/ssl", false },
		{ "/usr/share", false },
		/* /etc/resolv.conf is often a link to one of these. */
		{ "/run/systemd/resolve", false },
		{ "/run/resolvconf", false },
		{ "/run/NetworkManager", false },
	};
	const struct sandbox box = {
		.paths = paths, .npaths = sizeof paths / sizeof *paths, .connect = true
	};
	struct loop *l = loop_new(env->clock);
	struct poster *p;

	if (role_sandbox(env, &box) < 0)
		return 77;
	p = poster_new(l, env);
	loop_run(l);
	poster_free(&p);
	loop_free(&l);
	return 0;
}
