/* What the keeper opens before any role runs: folders, lock, keys, certificates, ports. */
#include "role/keeper_priv.h"

#include "base/must.h"
#include "io/file.h"
#include "io/net.h"
#include "io/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#define BACKLOG 1024
/* A keeper that was killed leaves roles behind for as long as the kernel needs to end them: its
 * lock and its ports are theirs as well. */
#define LEAVING_US 2000000
#define AGAIN_US   20000

static void
say(struct keeper *k, const char *event, const char *what, int err)
{
	struct log_line ll = log_op(k->log, LOG_ERROR, event);

	log_z(&ll, "what", what);
	if (err)
		log_z(&ll, "error", strerror(-err));
	log_end(&ll);
}

/* Something is still held: true when it is worth another try, after a pause. */
static bool
wait_leaving(struct keeper *k)
{
	if (clock_mono(&k->clock) > k->began + LEAVING_US)
		return false;
	usleep(AGAIN_US);
	return true;
}

static int
lock_state(struct keeper *k)
{
	char path[600];
	int pid = 0;

	snprintf(path, sizeof path, "%s/lock", k->paths.state);
	do
		k->lock_fd = file_lock(path, &pid);
	while (k->lock_fd == -EWOULDBLOCK && wait_leaving(k));
	if (k->lock_fd == -EWOULDBLOCK) {
		struct log_line ll = log_op(k->log, LOG_ERROR, "state-in-use");

		log_z(&ll, "state", k->paths.state);
		log_num(&ll, "pid", pid);
		log_z(&ll, "means", "another facteur serves from this folder; stop it first");
		log_end(&ll);
		return EX_TEMPFAIL;
	}
	if (k->lock_fd < 0) {
		say(k, "cannot-lock", path, k->lock_fd);
		return EX_CANTCREAT;
	}
	return 0;
}

static int
open_port(struct keeper *k, struct str host, uint16_t port, enum port_kind kind)
{
	struct net_addr a;
	char text[NET_TEXT_MAX];
	int fd;

	if (net_parse(host, port, &a) < 0) {
		say(k, "bad-address", "listen: only IP addresses", 0);
		return EX_CONFIG;
	}
	fd = keeper_given_find(k, &a);
	while (fd < 0) {
		fd = net_listen(&a, BACKLOG);
		if (fd != -EADDRINUSE || !wait_leaving(k))
			break;
	}
	/* A machine without IPv6 still serves IPv4. */
	if (fd == -EAFNOSUPPORT || (fd == -EADDRNOTAVAIL && a.u.sa.sa_family == AF_INET6))
		return 0;
	if (fd < 0) {
		struct log_line ll = log_op(k->log, LOG_ERROR, "port-not-opened");

		log_z(&ll, "address", net_text_port(text, &a));
		log_z(&ll, "error", strerror(-fd));
		log_z(&ll, "means",
			fd == -EACCES ? "ports below 1024 need root or CAP_NET_BIND_SERVICE"
			: fd == -EADDRINUSE ? "another program listens there; stop it or "
					      "choose another port"
					    : "see the error");
		log_end(&ll);
		return fd == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;
	}
	must(k->nports < KEEPER_PORTS_MAX);
	k->ports[k->nports++] = (struct role_port){ kind, port, fd };
	return 0;
}

static bool
has_port(const struct config_ports *p, uint16_t port)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->port[i] == port)
			return true;
	return false;
}

static int
open_list(struct keeper *k, const struct config_ports *list, enum port_kind kind)
{
	const struct config *c = k->config;
	int err = 0;

	for (size_t h = 0; h < c->nlisten && err == 0; h++)
		for (size_t i = 0; i < list->n && err == 0; i++) {
			uint16_t port = list->port[i];
			enum port_kind as = kind;

			/* Port 80 serves SMTP and HTTP; so does any port listed for both. */
			if (kind == PORT_STARTTLS &&
				(port == 80 || has_port(&c->http_plain, port)))
				as = PORT_SHARED;
			if (kind == PORT_HTTP && has_port(&c->starttls, port))
				continue;
			err = open_port(k, c->listen[h], port, as);
		}
	return err;
}

static int
open_sockets(struct keeper *k)
{
	const struct passwd *pw = NULL;
	char user[64];

	k->control_fd = net_listen_unix(k->paths.control_sock, 0660);
	if (k->control_fd < 0) {
		say(k, "cannot-listen", k->paths.control_sock, k->control_fd);
		return EX_CANTCREAT;
	}
	int fd = keeper_given_find(k, NULL);

	fd = fd >= 0 ? fd : net_listen_unix(k->paths.submit_sock, 0666);
	if (fd < 0) {
		say(k, "cannot-listen", k->paths.submit_sock, fd);
		return EX_CANTCREAT;
	}
	k->ports[k->nports++] = (struct role_port){ PORT_LOCAL, 0, fd };
	if (geteuid() == 0 && str_copy_z(user, sizeof user, k->config->user) == 0)
		pw = getpwnam(user);
	if (pw && chown(k->paths.control_sock, pw->pw_uid, pw->pw_gid) < 0)
		return EX_CANTCREAT;
	return 0;
}

static int
open_ports(struct keeper *k)
{
	const struct config *c = k->config;
	int err;

	keeper_given_take(k);
	err = open_list(k, &c->starttls, PORT_STARTTLS);
	err = err ? err : open_list(k, &c->tls, PORT_TLS);
	err = err ? err : open_list(k, &c->plain, PORT_PLAIN);
	err = err ? err : open_list(k, &c->http_plain, PORT_HTTP);
	err = err ? err : open_list(k, &c->http_tls, PORT_HTTPS);
	err = err ? err : open_sockets(k);
	/* A start that failed takes nothing away from the next one. */
	if (err)
		return err;
	keeper_given_rest(k);
	keeper_given_keep(k);
	return 0;
}

static int
make_keys(struct keeper *k)
{
	char path[640];
	int err;

	if (k->config->master_key.n)
		err = str_copy_z(path, sizeof path, k->config->master_key);
	else
		err = snprintf(path, sizeof path, "%s/master.key", k->paths.state) > 0 ? 0
		                                                                       : -E2BIG;
	if (err == 0)
		err = seal_load(path, &k->keys);
	if (err < 0) {
		say(k, "master-key", err == -EPERM ? "others may read it: chmod 600" : path,
			err);
		return EX_CONFIG;
	}
	return 0;
}

/* Edges run as the service's user and read it themselves. */
static int
make_certificate(struct keeper *k)
{
	int err;

	if (k->config->ncerts)
		return 0;
	err = tls_self_signed(k->paths.tls, k->config->hostname);
	if (err < 0) {
		say(k, "self-signed-certificate", k->paths.tls, err);
		return EX_CANTCREAT;
	}
	struct log_line ll = log_op(k->log, LOG_WARN, "self-signed-certificate");

	log_z(&ll, "file", k->paths.tls);
	log_z(&ll, "means",
		"clients that check certificates will refuse; name yours under tls:");
	log_end(&ll);
	return 0;
}

static int
give_away(struct keeper *k)
{
	/* Files the keeper made as root must be readable by the roles' user. */
	static const char *const names[] = { "tls/self.pem", "tls/self.key", "master.key" };
	const struct passwd *pw = NULL;
	char user[64], path[640];

	if (geteuid() != 0 || str_copy_z(user, sizeof user, k->config->user) < 0)
		return 0;
	pw = getpwnam(user);
	for (size_t i = 0; pw && i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", k->paths.state, names[i]);
		if (chown(path, pw->pw_uid, pw->pw_gid) < 0 && errno != ENOENT)
			return EX_CANTCREAT;
	}
	return 0;
}

/* Root may serve from a folder below one that is closed to everybody else (a test's, root's
 * own): then its roles must stay root, which is worth a loud word, or an end where it was
 * forbidden. */
static int
check_reach(struct keeper *k)
{
	const struct passwd *pw = NULL;
	char user[64];
	bool reaches;

	if (geteuid() != 0 || str_copy_z(user, sizeof user, k->config->user) < 0)
		return 0;
	pw = getpwnam(user);
	if (pw == NULL || setegid(pw->pw_gid) < 0 || seteuid(pw->pw_uid) < 0)
		return 0;
	reaches = faccessat(AT_FDCWD, k->paths.state, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
	if (seteuid(0) < 0 || setegid(0) < 0)
		return EX_OSERR;
	if (reaches)
		return 0;
	bool refuse = str_eq_z(k->config->sandbox, "require");
	struct log_line ll =
		log_op(k->log, refuse ? LOG_ERROR : LOG_WARN, "state-not-reachable");

	log_z(&ll, "user", user);
	log_z(&ll, "state", k->paths.state);
	log_z(&ll, "means",
		refuse ? "this user cannot enter the folder; give the folders above it o+x"
		       : "this user cannot enter the folder: the roles keep the rights of "
			 "root");
	log_end(&ll);
	k->keep_user = true;
	return refuse ? EX_NOPERM : 0;
}

static int
share_phases(struct keeper *k)
{
	size_t size = (ROLE_COURIERS_MAX + 1) * ROLE_SLOTS * sizeof *k->phases;

	k->phases = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return k->phases == MAP_FAILED ? EX_OSERR : 0;
}

int
keeper_prepare(struct keeper *k)
{
	char user[64];
	int err;

	k->lock_fd = k->control_fd = -1;
	if (role_paths(&k->paths, k->config->state) < 0) {
		say(k, "bad-state", "state: the path is too long", 0);
		return EX_CONFIG;
	}
	(void)str_copy_z(user, sizeof user, k->config->user);
	err = role_paths_make(&k->paths, user);
	if (err < 0) {
		say(k, "cannot-create", k->paths.state, err);
		return EX_CANTCREAT;
	}
	err = lock_state(k);
	err = err ? err : make_keys(k);
	err = err ? err : make_certificate(k);
	err = err ? err : give_away(k);
	err = err ? err : check_reach(k);
	err = err ? err : share_phases(k);
	return err ? err : open_ports(k);
}

void
keeper_close(struct keeper *k)
{
	for (size_t i = 0; i < k->nports; i++)
		close(k->ports[i].fd);
	if (k->control_fd >= 0) {
		close(k->control_fd);
		(void)file_unlink(k->paths.control_sock);
		/* Kept, it is found again by its path. */
		if (!k->ports_kept)
			(void)file_unlink(k->paths.submit_sock);
	}
	if (k->lock_fd >= 0)
		close(k->lock_fd);
	seal_wipe(&k->keys);
}

struct seal_keys
keeper_keys_for(const struct keeper *k, enum role_kind kind)
{
	struct seal_keys keys = k->keys;

	if (kind == ROLE_POSTER)
		seal_wipe(&keys);
	if (kind == ROLE_EDGE || kind == ROLE_COURIER) {
		memset(keys.box, 0, sizeof keys.box);
		memset(keys.erase, 0, sizeof keys.erase);
	}
	if (kind == ROLE_COURIER || kind == ROLE_ENGINE)
		memset(keys.pepper, 0, sizeof keys.pepper);
	/* A key to come is told to nobody: to turn to it helps after an edge was broken into.
	 */
	for (unsigned id = 1; id <= SEAL_TRACK_KEYS; id++)
		if (kind != ROLE_EDGE || id < k->config->tracking.oldest_key ||
			id > k->config->tracking.key)
			memset(keys.track[id - 1], 0, sizeof keys.track[id - 1]);
	if (kind == ROLE_COURIER || kind == ROLE_ENGINE)
		memset(keys.ids, 0, sizeof keys.ids);
	if (kind != ROLE_DESK)
		memset(keys.audit, 0, sizeof keys.audit);
	if (kind == ROLE_COURIER || kind == ROLE_DESK)
		memset(keys.token, 0, sizeof keys.token);
	return keys;
}
