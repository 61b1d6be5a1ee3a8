/* Role processes: forked, joined by channels, watched, restarted (P4, P6). */
#include "role/keeper_priv.h"

#include "base/must.h"
#include "base/utc.h"
#include "io/file.h"
#include "io/random.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUICK_US 3000000u

void
keeper_tell(struct keeper_child *c, enum link_type type, enum role_kind kind, unsigned number,
	struct str text)
{
	struct buf b;

	if (c->link_fd < 0)
		return;
	buf_init(&b, LINK_DATAGRAM_MAX);
	buf_put_c(&b, (char)type);
	buf_put_c(&b, (char)kind);
	buf_put_c(&b, (char)number);
	if (buf_put(&b, text) == 0)
		(void)link_send(c->link_fd, buf_str(&b), -1);
	buf_done(&b);
}

static void
give_fd(struct keeper_child *to, const struct keeper_child *of, int fd)
{
	char d[3 + ROLE_LIFE_SIZE] = { LINK_PEER, (char)of->kind, (char)of->number };

	memcpy(d + 3, &of->env.boot, ROLE_LIFE_SIZE);
	(void)link_send(to->link_fd, str_of(d, sizeof d), fd);
}

/* Who has a channel to whom. The poster, which parses what strangers answer, knows desk alone.
 */
static bool
may_talk(enum role_kind a, enum role_kind b)
{
	return (a == ROLE_ENGINE && (b == ROLE_EDGE || b == ROLE_COURIER || b == ROLE_DESK)) ||
	       (a == ROLE_DESK && (b == ROLE_EDGE || b == ROLE_POSTER));
}

void
keeper_join(struct keeper *k, struct keeper_child *a, struct keeper_child *b)
{
	int fd[2];

	(void)k;
	if (!a || !b || a->link_fd < 0 || b->link_fd < 0 ||
		!(may_talk(a->kind, b->kind) || may_talk(b->kind, a->kind)) ||
		channel_pair(fd) < 0)
		return;
	give_fd(a, b, fd[0]);
	give_fd(b, a, fd[1]);
	close(fd[0]);
	close(fd[1]);
}

struct keeper_child *
keeper_find(struct keeper *k, enum role_kind kind)
{
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
		if (k->children[i].used && k->children[i].kind == kind)
			return &k->children[i];
	return NULL;
}

unsigned
keeper_free_number(const struct keeper *k, enum role_kind kind)
{
	unsigned n = 1;
	bool taken = true;

	while (taken) {
		taken = false;
		for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
			if (k->children[i].used && k->children[i].kind == kind &&
				k->children[i].number == n)
				taken = true;
		n += taken;
	}
	return n;
}

static const char *
state_name(const struct keeper_child *c)
{
	if (!c->child)
		return "down";
	if (c->leaving || c->keeper->stopping)
		return "draining";
	return c->ready ? "up" : "starting";
}

void
keeper_write_roles(struct keeper *k)
{
	char path[640], since[UTC_TEXT_SIZE];
	struct buf b;
	const char *sep = "";

	buf_init(&b, 65536);
	buf_printf(&b, "{\"keeper\":{\"pid\":%d,\"since\":\"%s\"},\"roles\":[", (int)getpid(),
		utc_rfc3339(since, k->since));
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++) {
		struct keeper_child *c = &k->children[i];

		if (!c->used)
			continue;
		buf_printf(&b,
			"%s{\"role\":\"%s\",\"number\":%u,\"pid\":%d,\"ready\":%s,\"state\":\"%"
			"s\"}",
			sep, role_name(c->kind), c->number,
			c->child ? (int)child_pid(c->child) : 0, c->ready ? "true" : "false",
			state_name(c));
		sep = ",";
	}
	buf_put_z(&b, "]}\n");
	snprintf(path, sizeof path, "%s/roles.json", k->paths.run);
	k->roles_stale = file_replace(path, buf_str(&b), 0644) < 0;
	buf_done(&b);
}

void
keeper_maybe_ready(struct keeper *k)
{
	if (k->told_ready)
		return;
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
		if (k->children[i].used && !k->children[i].ready)
			return;
	k->told_ready = true;
	struct log_line ll = log_op(k->log, LOG_INFO, "ready");

	log_num(&ll, "ports", (int64_t)k->nports);
	if (k->handed)
		log_num(&ll, "handed", (int64_t)k->handed);
	log_end(&ll);
	keeper_given_second(k);
	if (k->conf->ready)
		k->conf->ready(k->conf->ctx, k->loop);
}

/* The engine is done with a peer. Only with the process it means: the number may have a new one
 * by now, which has done nothing. */
static void
on_bad(struct keeper *k, struct str d)
{
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++) {
		struct keeper_child *c = &k->children[i];

		if (!c->used || !c->child || c->killed || c->kind == ROLE_ENGINE ||
			(char)c->kind != d.p[1] || (char)c->number != d.p[2] ||
			memcmp(&c->env.boot, d.p + 3, ROLE_LIFE_SIZE) != 0)
			continue;
		c->killed = c->bad = true;
		child_signal(c->child, SIGKILL);
	}
}

static void
on_link(void *ctx, unsigned what)
{
	struct keeper_child *c = ctx;
	char d[256];

	(void)what;
	for (;;) {
		int fd = -1;
		long n = link_recv(c->link_fd, d, sizeof d, &fd);

		if (fd >= 0)
			close(fd);
		if (n == -EAGAIN)
			return;
		if (n <= 0) {
			loop_fd_want(c->watch, 0); /* it is dying: waitpid tells */
			return;
		}
		c->beat = loop_mono(c->keeper->loop);
		if (d[0] == LINK_READY && !c->ready) {
			c->ready = true;
			keeper_write_roles(c->keeper);
			keeper_maybe_ready(c->keeper);
		}
		if (d[0] == LINK_BAD && c->kind == ROLE_ENGINE && n == 3 + ROLE_LIFE_SIZE)
			on_bad(c->keeper, str_of(d, (size_t)n));
	}
}

static void
link_close(struct keeper_child *c)
{
	loop_fd_free(&c->watch);
	if (c->link_fd >= 0)
		close(c->link_fd);
	c->link_fd = -1;
}

static void
log_end_of(struct keeper_child *c, int status)
{
	bool wanted = c->leaving || c->keeper->stopping;
	struct log_line ll = log_op(c->keeper->log, wanted ? LOG_INFO : LOG_ERROR,
		wanted ? "role-ended" : "role-died");

	log_z(&ll, "role", c->name);
	if (WIFSIGNALED(status))
		log_num(&ll, "signal", WTERMSIG(status));
	else
		log_num(&ll, "code", WEXITSTATUS(status));
	if (c->killed)
		log_z(&ll, "means",
			c->bad ? "the engine could not understand it, so it was killed"
			       : "it was silent too long and was killed");
	log_end(&ll);
}

static void
on_ended(void *ctx, int status)
{
	struct keeper_child *c = ctx;
	struct keeper *k = c->keeper;
	uint64_t now = loop_mono(k->loop), wait;
	struct keeper_child *engine = keeper_find(k, ROLE_ENGINE);
	/* An operator or the kernel's memory killer ended it, not the message in its hands. */
	bool outside = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !c->killed;

	log_end_of(c, status);
	child_free(&c->child);
	link_close(c);
	c->ready = false;
	if (c->leaving && !c->renew && !k->stopping)
		c->used = false;
	/* Only now nobody works on its attempts any more (P6). */
	if (c->kind == ROLE_COURIER && engine)
		keeper_tell(engine, LINK_GONE, c->kind, c->number,
			outside ? STR_LIT("o") : STR_NONE);
	/* What it was signing is to blame only when it fell over it. */
	for (unsigned i = 0; c->kind == ROLE_ENGINE && i < ROLE_SIGNING_MAX &&
			     (outside || WIFEXITED(status));
		i++)
		atomic_store(&k->phases[i].attempt, 0);
	keeper_write_roles(k);
	if (k->stopping || !c->used) {
		if (k->stopping && keeper_all_gone(k))
			loop_stop(k->loop);
		return;
	}
	if (c->renew) {
		c->leaving = c->renew = false;
		keeper_child_start(c);
		return;
	}
	/* A wrong set-up (sandbox, user) does not mend itself by trying. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77 && !k->told_ready) {
		k->exit_code = 77;
		loop_stop(k->loop);
		return;
	}
	c->failures = now - c->started < QUICK_US ? c->failures + 1 : 0;
	wait = c->failures <= 2 ? 0 : (uint64_t)c->failures * 200000;
	loop_timer_in(k->loop, &c->again, wait > 5000000 ? 5000000 : wait);
}

/* Root opens it, the user opens it again on SIGHUP. */
static void
own_log(const struct config *cf, const char *file)
{
	const struct passwd *pw = NULL;
	char user[64];

	if (geteuid() == 0 && str_copy_z(user, sizeof user, cf->user) == 0 && user[0])
		pw = getpwnam(user);
	if (pw && lchown(file, pw->pw_uid, pw->pw_gid) < 0)
		(void)errno; /* it still can be written to until the next SIGHUP */
}

static int
run_role(void *ctx)
{
	struct keeper_child *c = ctx;
	struct log_conf lc = {
		.role = c->name,
		.json = str_eq_z(c->keeper->config->log.format, "json"),
		.mask = c->keeper->config->log.mask,
		.quiet = c->keeper->conf->quiet,
	};
	char file[640] = "";
	sigset_t term;
	int code;

	/* Before any thread: they must not take it (io/loop.h). */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	/* P12: of all keys the keeper holds only this role's stay in its memory. */
	c->env.keys = keeper_keys_for(c->keeper, c->kind);
	seal_wipe(&c->keeper->keys);
	if (c->kind == ROLE_ENGINE && c->keeper->config->log.file.n)
		(void)str_copy_z(file, sizeof file, c->keeper->config->log.file);
	else if (c->kind == ROLE_ENGINE)
		snprintf(file, sizeof file, "%s/mail.log", c->keeper->paths.log);
	if (file[0])
		lc.file = file;
	c->env.clock = &c->keeper->clock;
	c->env.log = log_new(&lc, c->env.clock);
	if (file[0])
		own_log(c->keeper->config, file);
	switch (c->kind) {
	case ROLE_ENGINE:
		code = engine_main(&c->env);
		break;
	case ROLE_EDGE:
		code = edge_main(&c->env);
		break;
	case ROLE_COURIER:
		code = courier_main(&c->env);
		break;
	case ROLE_POSTER:
		code = poster_main(&c->env);
		break;
	default:
		code = desk_main(&c->env);
	}
	log_free(&c->env.log);
	return code;
}

static void
join_others(struct keeper_child *c)
{
	struct keeper *k = c->keeper;

	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
		if (k->children[i].used && &k->children[i] != c)
			keeper_join(k, c, &k->children[i]);
}

static void
fill_env(struct keeper_child *c, int link_fd)
{
	struct keeper *k = c->keeper;

	c->env = (struct role_env){
		.config = k->config,
		.paths = &k->paths,
		.keep_user = k->keep_user,
		.ports_kept = k->ports_kept,
		.boot = random_u64() | 1,
		.number = c->number,
		.link_fd = link_fd,
		.control_fd = c->kind == ROLE_DESK ? k->control_fd : -1,
	};
	if (c->kind == ROLE_EDGE) {
		c->env.ports = k->ports;
		c->env.nports = k->nports;
	}
	if (c->kind == ROLE_ENGINE)
		c->env.phases = k->phases;
	else if (c->kind == ROLE_COURIER)
		c->env.phases = k->phases + (size_t)c->number * ROLE_SLOTS;
}

void
keeper_child_start(struct keeper_child *c)
{
	struct keeper *k = c->keeper;
	int fd[2], keep[KEEPER_PORTS_MAX + 2];
	size_t nkeep = 0;

	if (link_pair(fd) < 0) {
		loop_timer_in(k->loop, &c->again, 1000000);
		return;
	}
	fill_env(c, fd[1]);
	keep[nkeep++] = fd[1];
	for (size_t i = 0; i < c->env.nports; i++)
		keep[nkeep++] = c->env.ports[i].fd;
	if (c->env.control_fd >= 0)
		keep[nkeep++] = c->env.control_fd;
	const struct child_conf conf = {
		.name = c->name,
		.run = run_role,
		.run_ctx = c,
		.keep = keep,
		.nkeep = nkeep,
		.ended = on_ended,
		.ended_ctx = c,
	};

	c->child = child_start(k->loop, &conf);
	close(fd[1]);
	if (c->child == NULL) {
		close(fd[0]);
		loop_timer_in(k->loop, &c->again, 1000000);
		return;
	}
	c->link_fd = fd[0];
	c->killed = c->bad = false;
	c->watch = loop_fd_new(k->loop, fd[0], LOOP_READ, on_link, c);
	c->beat = c->started = loop_mono(k->loop);
	join_others(c);
	keeper_write_roles(k);
}

static void
on_again(void *ctx)
{
	struct keeper_child *c = ctx;

	if (!c->keeper->stopping && c->child == NULL)
		keeper_child_start(c);
}

struct keeper_child *
keeper_child_new(struct keeper *k, enum role_kind kind, unsigned number)
{
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++) {
		struct keeper_child *c = &k->children[i];

		if (c->used)
			continue;
		*c = (struct keeper_child){
			.keeper = k, .kind = kind, .number = number, .link_fd = -1, .used = true
		};
		if (number)
			snprintf(c->name, sizeof c->name, "%s %u", role_name(kind), number);
		else
			snprintf(c->name, sizeof c->name, "%s", role_name(kind));
		loop_timer_init(&c->again, on_again, c);
		return c;
	}
	return NULL;
}

void
keeper_check_silence(struct keeper *k)
{
	uint64_t now = loop_mono(k->loop),
		 silence = k->conf->silence_us ? k->conf->silence_us : KEEPER_SILENCE_US;

	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++) {
		struct keeper_child *c = &k->children[i];

		if (!c->used || !c->child || c->killed || now - c->beat < silence)
			continue;
		c->killed = true;
		child_signal(c->child, SIGKILL);
	}
}

bool
keeper_all_gone(const struct keeper *k)
{
	for (size_t i = 0; i < KEEPER_CHILDREN_MAX; i++)
		if (k->children[i].used && k->children[i].child)
			return false;
	return true;
}
