/* To the service; or, for the control tables, around it while it does not run. */
#include "api/french.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "io/file.h"
#include "io/net.h"
#include "role/desk_control.h"
#include "role/desk_user.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#define TRIES   30
#define WAIT_US 100000u

static int
exit_of(int status)
{
	switch (status) {
	case 400:
		return EX_USAGE;
	case 403:
		return EX_NOPERM;
	case 404:
		return EX_DATAERR;
	case 409:
		return EX_CANTCREAT;
	case 503:
		return EX_TEMPFAIL;
	default:
		return EX_SOFTWARE;
	}
}

static int
refused(const struct cli *c, int status, json_t *answer)
{
	const char *why = cli_text(answer, "error");
	json_t *said = c->french ? french_json(str_z(why)) : NULL;
	int code;

	if (said)
		why = json_string_value(said);
	code = cli_fail(c, exit_of(status), "%s",
		*why ? why : CLI_T(c, "the service refused", "le service a refusé"));
	json_decref(said);
	json_decref(answer);
	return code;
}

static int
unreachable(const struct cli *c, int err)
{
	switch (err) {
	case -ECONNREFUSED:
		return cli_fail(c, EX_UNAVAILABLE,
			CLI_T(c,
				"the service is not running (no answer at %s); start it with: "
				"facteur serve",
				"le service ne tourne pas (pas de réponse sur %s) ; "
				"démarrez-le "
				"avec : facteur serve"),
			c->paths.control_sock);
	case -EACCES:
		return cli_fail(c, EX_NOPERM,
			CLI_T(c, "you may not use %s; be root, or in the service's group",
				"vous n'avez pas accès à %s ; soyez root ou dans le groupe du "
				"service"),
			c->paths.control_sock);
	case -ETIMEDOUT:
		return cli_fail(c, EX_TEMPFAIL,
			CLI_T(c, "the service did not answer in time; try again",
				"le service n'a pas répondu à temps ; réessayez"));
	default:
		return cli_fail(c, EX_TEMPFAIL,
			CLI_T(c, "the service did not answer: %s",
				"le service n'a pas répondu : %s"),
			strerror(-err));
	}
}

int
cli_ask(struct cli *c, const char *verb, const json_t *body, json_t **ret_answer)
{
	json_t *answer = NULL;
	int status = cli_config(c);

	if (status)
		return status;
	status = client_call(c->paths.control_sock, verb, body, &answer);
	if (status < 0)
		return unreachable(c, status);
	if (status != 200)
		return refused(c, status, answer);
	*ret_answer = answer;
	return EX_OK;
}

/* What root made must be writable by the service's user. */
static int
give_away(const struct cli *c)
{
	static const char *const names[] = { "lock", "master.key", "control.db",
		"control.db-wal", "control.db-shm" };
	char user[64], path[640];
	const struct passwd *pw;

	if (geteuid() != 0 || str_copy_z(user, sizeof user, c->config->user) < 0)
		return 0;
	pw = getpwnam(user);
	for (size_t i = 0; pw && i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", c->paths.state, names[i]);
		if (chown(path, pw->pw_uid, pw->pw_gid) < 0 && errno != ENOENT)
			return cli_fail(c, EX_CANTCREAT, "%s: %s", path, strerror(errno));
	}
	return 0;
}

static int
load_keys(const struct cli *c, struct seal_keys *ret_k)
{
	char path[640];
	int err;

	if (c->config->master_key.n)
		err = str_copy_z(path, sizeof path, c->config->master_key);
	else
		err = snprintf(path, sizeof path, "%s/master.key", c->paths.state) > 0 ? 0
		                                                                       : -E2BIG;
	if (err == 0)
		err = seal_load(path, ret_k);
	if (err < 0)
		return cli_fail(c, err == -EACCES ? EX_NOPERM : EX_CONFIG, "%s: %s", path,
			err == -EPERM ? "others may read it: chmod 600" : strerror(-err));
	return 0;
}

static int64_t
wall_now(void)
{
	struct clock clock;

	clock_real(&clock);
	return clock_wall(&clock);
}

/* The state is ours alone (locked). */
static int
do_directly(const struct cli *c, const char *verb, const json_t *body, json_t **ret_answer)
{
	struct control_who who = { .kind = CONTROL_WHO_COMMAND, .from = STR_NONE };
	char console[CONFIG_CONSOLE_SIZE], owner[CONFIG_CONSOLE_SIZE], uid[32];
	struct desk_control_answer a = { 0 };
	struct seal_keys keys;
	struct control *tables;
	const char *why = NULL;
	int err = load_keys(c, &keys);

	if (err)
		return err;
	err = control_open(c->paths.state, &keys, &tables, &why);
	seal_wipe(&keys);
	if (err < 0)
		return cli_fail(c, err == -EACCES ? EX_NOPERM : EX_IOERR, "%s: %s",
			c->paths.state, why ? why : strerror(-err));
	control_hostname(tables, c->config->hostname);
	control_tracking_target(tables, config_tracking_host(c->config));
	control_console(tables, str_z(config_console(c->config, console)),
		str_z(config_owner(c->config, owner)));
	snprintf(uid, sizeof uid, "uid %u", (unsigned)getuid());
	who.name = str_z(uid);
	control_who(tables, &who);
	a = desk_control_do(tables, str_z(verb), body, wall_now());
	control_free(&tables);
	err = give_away(c);
	if (err || a.status != 200) {
		if (!err)
			return refused(c, a.status, a.json);
		json_decref(a.json);
		return err;
	}
	*ret_answer = a.json;
	return EX_OK;
}

static int
without_service(const struct cli *c, const char *verb, const json_t *body, json_t **ret_answer,
	int *ret_lock)
{
	char user[64] = "", path[600];
	int pid, err;

	(void)str_copy_z(user, sizeof user, c->config->user);
	err = role_paths_make(&c->paths, user);
	if (err < 0)
		return cli_fail(c, err == -EACCES || err == -EPERM ? EX_NOPERM : EX_CANTCREAT,
			"%s: %s", c->paths.state, strerror(-err));
	snprintf(path, sizeof path, "%s/lock", c->paths.state);
	*ret_lock = file_lock(path, &pid);
	if (*ret_lock == -EWOULDBLOCK)
		return -EWOULDBLOCK;
	if (*ret_lock < 0)
		return cli_fail(c, *ret_lock == -EACCES ? EX_NOPERM : EX_CANTCREAT, "%s: %s",
			path, strerror(-*ret_lock));
	return do_directly(c, verb, body, ret_answer);
}

int
cli_tables(struct cli *c, const char *verb, const json_t *body, json_t **ret_answer)
{
	json_t *answer = NULL;
	int status = cli_config(c), lock = -1, code;

	if (status)
		return status;
	/* A service that starts or stops has the lock and does not listen: soon it does, or it
	 * is gone. So does another command. */
	for (int i = 0; i < TRIES; i++) {
		status = client_call(c->paths.control_sock, verb, body, &answer);
		if (status == 200) {
			*ret_answer = answer;
			return EX_OK;
		}
		if (status > 0)
			return refused(c, status, answer);
		if (status != -ECONNREFUSED)
			return unreachable(c, status);
		code = without_service(c, verb, body, ret_answer, &lock);
		if (code != -EWOULDBLOCK) {
			if (lock >= 0)
				close(lock);
			return code;
		}
		usleep(WAIT_US);
	}
	return cli_fail(c, EX_TEMPFAIL,
		CLI_T(c, "the service is starting or stopping; try again",
			"le service démarre ou s'arrête ; réessayez"));
}

int
cli_pages(struct cli *c, const char *verb, const char *list, json_t *body, json_t **ret_answer)
{
	json_t *rows = json_array(), *page = NULL;
	bool more = true;

	while (more) {
		int err = cli_tables(c, verb, body, &page);

		if (err) {
			json_decref(rows);
			return err;
		}
		json_array_extend(rows, json_object_get(page, list));
		json_object_set(body, "after", json_object_get(page, "next"));
		more = cli_text(page, "next")[0] != '\0';
		json_decref(page);
	}
	*ret_answer = json_pack("{s:o}", list, rows);
	return EX_OK;
}
