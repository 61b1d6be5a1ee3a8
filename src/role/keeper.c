#include "role/keeper_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"
#include "io/random.h"

#include <errno.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#define DRAIN_US (30u * 1000000u)

static void
on_second(void *ctx)
{
	struct keeper *k = ctx;

	keeper_check_silence(k);
	keeper_given_second(k);
	if (k->roles_stale)
		keeper_write_roles(k);
	log_flush(k->log);
	loop_timer_in(k->loop, &k->second, 1000000);
}

static void
signal_all(struct keeper *k, int signo)
{
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
		if (k->children[i].used && k->children[i].child)
			child_signal(k->children[i].child, signo);
}

static void
end_the_rest(struct keeper *k)
{
	/* Edges and couriers had their time; engine and desk have nothing unwritten that a 250
	 * depends on. */
	signal_all(k, k->last_call ? SIGKILL : SIGTERM);
	k->last_call = true;
	loop_timer_in(k->loop, &k->stop_timer, 2000000);
}

static bool
movers_gone(const struct keeper *k)
{
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++) {
		const struct keeper_child *c = &k->children[i];

		if (c->used && c->child && (c->kind == ROLE_EDGE || c->kind == ROLE_COURIER))
			return false;
	}
	return true;
}

static void
on_stop_timer(void *ctx)
{
	struct keeper *k = ctx;

	if (movers_gone(k) || loop_mono(k->loop) - k->stopping_since > DRAIN_US) {
		end_the_rest(k);
		return;
	}
	loop_timer_in(k->loop, &k->stop_timer, 20000);
}

static void
on_stop(void *ctx, int signo)
{
	struct keeper *k = ctx;

	(void)signo;
	if (k->conf->one) {
		keeper_given_stopping(k);
		loop_stop(k->loop);
		return;
	}
	if (k->stopping) { /* said twice: at once */
		signal_all(k, SIGKILL);
		return;
	}
	struct log_line ll = log_op(k->log, LOG_INFO, "stopping");

	log_z(&ll, "means", "sessions and deliveries that are begun may finish, at most 30 s");
	log_end(&ll);
	keeper_given_stopping(k);
	k->stopping = true;
	k->stopping_since = loop_mono(k->loop);
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
		if (k->children[i].used)
			keeper_tell(&k->children[i], LINK_DRAIN, ROLE_KEEPER, 0, STR_NONE);
	keeper_write_roles(k);
	loop_timer_in(k->loop, &k->stop_timer, 20000);
	if (keeper_all_gone(k))
		loop_stop(k->loop);
}

static int
read_config(struct keeper *k, struct buf *text, struct config *ret_c)
{
	struct config_error e = { 0 };
	int err = file_read(k->conf->file, text);

	if (err == 0)
		err = config_parse(ret_c, str_z(k->conf->file), buf_str(text), environ, &e);
	if (err < 0) {
		struct log_line ll = log_op(k->log, LOG_ERROR, "reload-refused");

		log_z(&ll, "file", k->conf->file);
		log_num(&ll, "line", err == -EINVAL ? (int64_t)e.line : 0);
		log_z(&ll, "error", err == -EINVAL ? e.text : strerror(-err));
		log_z(&ll, "means", "the configuration of before stays in force");
		log_end(&ll);
	}
	return err;
}

/* New edges could not begin with certificates that cannot be read, and the old ones would be
 * sent away for them: nobody would answer. */
static int
try_certificates(struct keeper *k, const struct config *c)
{
	const struct role_env env = { .config = c, .paths = &k->paths, .log = k->log };
	int err = edge_try(&env);

	if (err < 0) {
		struct log_line ll = log_op(k->log, LOG_ERROR, "reload-refused");

		log_z(&ll, "error", "a certificate or its key cannot be used");
		log_z(&ll, "means",
			"the configuration and certificates of before stay in force");
		log_end(&ll);
	}
	return err;
}

/* Edges are replaced by ones with the new configuration and certificates; the old ones finish
 * what they have. Ports stay as they are: they need a restart. */
static void
replace_movers(struct keeper *k)
{
	size_t n = KEEPER_CHILDREN_MAX;
	enum role_kind kinds[KEEPER_CHILDREN_MAX];

	for (size_t i = 0; i < n; i++) {
		struct keeper_child *c = &k->children[i];

		kinds[i] = c->used && !c->leaving ? c->kind : ROLE_KEEPER;
		if (kinds[i] == ROLE_EDGE) {
			c->leaving = true;
			/* No number is free while it drains: its own is used again. */
			c->renew = keeper_free_number(k, ROLE_EDGE) > ROLE_EDGES_MAX;
			/* Its sessions go on, unless its place is needed. */
			keeper_tell(c, LINK_RETIRE, ROLE_KEEPER, 0, STR_NONE);
			if (c->renew)
				keeper_tell(c, LINK_DRAIN, ROLE_KEEPER, 0, STR_NONE);
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct keeper_child *c;

		if (kinds[i] != ROLE_EDGE || k->children[i].renew)
			continue;
		if (keeper_free_number(k, ROLE_EDGE) > ROLE_EDGES_MAX) {
			k->children[i].renew = true;
			keeper_tell(&k->children[i], LINK_DRAIN, ROLE_KEEPER, 0, STR_NONE);
			continue;
		}
		c = keeper_child_new(k, ROLE_EDGE, keeper_free_number(k, ROLE_EDGE));
		if (c)
			keeper_child_start(c);
	}
}

static void
forget_config(struct keeper *k)
{
	if (k->reloaded) {
		config_done(k->reloaded);
		mem_free(k->reloaded);
	}
	k->reloaded = NULL;
}

static void
on_reload(void *ctx, int signo)
{
	struct keeper *k = ctx;
	struct config *c;
	struct buf text;
	int err;

	(void)signo;
	(void)log_reopen(k->log);
	if (k->conf->one || k->conf->file == NULL)
		return;
	c = MEM_NEW(c);
	buf_init(&text, LINK_DATAGRAM_MAX - 64);
	err = read_config(k, &text, c);
	if (err == 0 && try_certificates(k, c) < 0) {
		config_done(c);
		err = -EINVAL;
	}
	if (err < 0) {
		mem_free(c);
		buf_done(&text);
		return;
	}
	/* A state folder is for life. */
	if (!str_eq(c->state, k->config->state))
		c->state = arena_str(&c->arena, k->config->state);
	/* Running roles have the one they began with in memory of their own. */
	forget_config(k);
	k->config = k->reloaded = c;
	log_style(k->log, str_eq_z(c->log.format, "json"), c->log.mask);
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
		if (k->children[i].used && k->children[i].kind != ROLE_EDGE)
			keeper_tell(
				&k->children[i], LINK_RELOAD, ROLE_KEEPER, 0, buf_str(&text));
	replace_movers(k);
	keeper_write_roles(k);
	struct log_line ll = log_op(k->log, LOG_INFO, "reloaded");

	log_z(&ll, "file", k->conf->file);
	log_end(&ll);
	buf_done(&text);
}

static int
start_all(struct keeper *k)
{
	const struct config *c = k->config;
	unsigned i;

	keeper_child_start(keeper_child_new(k, ROLE_ENGINE, 0));
	keeper_child_start(keeper_child_new(k, ROLE_DESK, 0));
	keeper_child_start(keeper_child_new(k, ROLE_POSTER, 0));
	for (i = 1; i <= c->couriers && i <= ROLE_COURIERS_MAX; i++)
		keeper_child_start(keeper_child_new(k, ROLE_COURIER, i));
	for (i = 1; i <= c->edges && i <= ROLE_EDGES_MAX; i++)
		keeper_child_start(keeper_child_new(k, ROLE_EDGE, i));
	return 0;
}

static void
warn_loud(struct keeper *k)
{
	struct log_line ll;

	if (k->config->lab.on) {
		ll = log_op(k->log, LOG_WARN, "lab-mode");
		log_str(&ll, "deliver_to", k->config->lab.deliver_to);
		log_z(&ll, "means",
			"a lab: section is on; this is no configuration for real mail");
		log_end(&ll);
	}
	if (k->config->plaintext_auth) {
		ll = log_op(k->log, LOG_WARN, "plaintext-auth");
		log_z(&ll, "means", "secrets may cross the network unencrypted");
		log_end(&ll);
	}
}

static int
run(struct keeper *k)
{
	int err = keeper_prepare(k);

	if (err)
		return err;
	warn_loud(k);
	loop_signal(k->loop, SIGTERM, on_stop, k);
	loop_signal(k->loop, SIGINT, on_stop, k);
	loop_signal(k->loop, SIGHUP, on_reload, k);
	loop_timer_init(&k->second, on_second, k);
	loop_timer_init(&k->stop_timer, on_stop_timer, k);
	loop_timer_in(k->loop, &k->second, 1000000);
	err = k->conf->one ? keeper_one_start(k) : start_all(k);
	if (err)
		return err;
	loop_run(k->loop);
	if (k->conf->one)
		keeper_one_stop(k);
	return k->exit_code;
}

int
keeper_run(const struct keeper_conf *conf)
{
	struct keeper *k = MEM_NEW(k);
	struct log_conf lc = {
		.role = conf->one ? "one" : "keeper",
		.json = str_eq_z(conf->config->log.format, "json"),
		.mask = conf->config->log.mask,
		.quiet = conf->quiet,
	};
	int code;

	random_start();
	k->conf = conf;
	k->config = conf->config;
	clock_real(&k->clock);
	k->since = clock_wall(&k->clock);
	k->began = clock_mono(&k->clock);
	/* First: descriptors made here must not take the place of those handed over. */
	int err = manager_init(&k->manager);

	k->loop = loop_new(&k->clock);
	k->log = log_new(&lc, &k->clock);
	if (err < 0) {
		struct log_line ll = log_op(k->log, LOG_WARN, "service-manager");

		log_z(&ll, "error", strerror(-err));
		log_z(&ll, "means",
			"what NOTIFY_SOCKET and LISTEN_FDS say cannot be used as it is");
		log_end(&ll);
	}
	code = run(k);
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
		if (k->children[i].used && k->children[i].child)
			child_free(&k->children[i].child);
	if (conf->ended)
		conf->ended(conf->ctx);
	keeper_close(k);
	forget_config(k);
	manager_done(&k->manager);
	log_free(&k->log);
	loop_free(&k->loop);
	mem_free(k);
	return code;
}
