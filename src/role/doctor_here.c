/* This machine, without asking anybody else. */
#include "role/doctor_priv.h"

#include "base/utc.h"
#include "io/machine.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_TEXT    40
#define NAME_TEXT    64
#define LOW_TIMES    4 /* of the reserve */
#define INODES_MIN   1000u
#define INODES_SHARE 50u /* one of so many free is few */
#define CLOCK_OFF_US INT64_C(5000000)
#define YEAR_2025_US INT64_C(1735689600000000)
#define YEAR_2100_US INT64_C(4102444800000000)

static const char *
t(const struct doctor *d, const char *en, const char *fr)
{
	return d->conf.french ? fr : en;
}

/* ---- service, versions */

static const char *
status_text(const struct doctor *d, const char *name)
{
	const char *s = json_string_value(json_object_get(d->status, name));

	return s ? s : "?";
}

static void
service(struct doctor *d)
{
	const json_t *paused = json_object_get(d->status, "paused");

	if (d->status && json_is_true(json_object_get(d->status, "ready")))
		doctor_say(d, FINDING_SERVICE_READY, STR_NONE, DOCTOR_ARGS(NULL));
	else if (d->status)
		doctor_say(d, FINDING_SERVICE_NOT_READY, STR_NONE,
			DOCTOR_ARGS(status_text(d, "reason")));
	else if (d->conf.status_why)
		doctor_say(
			d, FINDING_SERVICE_HIDDEN, STR_NONE, DOCTOR_ARGS(d->conf.status_why));
	else
		doctor_say(d, FINDING_SERVICE_DOWN, STR_NONE, DOCTOR_ARGS(NULL));
	if (json_is_object(paused) && json_is_true(json_object_get(paused, "restored")))
		doctor_say(d, FINDING_SERVICE_RESTORED, STR_NONE,
			DOCTOR_ARGS(json_string_value(json_object_get(paused, "since"))));
	else if (json_is_object(paused))
		doctor_say(d, FINDING_SERVICE_PAUSED, STR_NONE, DOCTOR_ARGS(NULL));
	if (d->conf.config->lab.on)
		doctor_say(d, FINDING_SERVICE_LAB, STR_NONE, DOCTOR_ARGS(NULL));
}

static void
version(struct doctor *d)
{
	char kernel[MACHINE_KERNEL], libraries[MACHINE_LIBRARIES];

	machine_kernel(kernel);
	machine_libraries(libraries);
	if (d->status && strcmp(status_text(d, "version"), FACTEUR_VERSION) != 0)
		doctor_say(d, FINDING_VERSION_OTHER, STR_NONE,
			DOCTOR_ARGS(status_text(d, "version"), FACTEUR_VERSION));
	doctor_say(d, FINDING_VERSION_FINE, STR_NONE,
		DOCTOR_ARGS(FACTEUR_VERSION, kernel, libraries));
}

/* ---- rights */

struct rights {
	struct doctor *d;
	uid_t uid; /* whose all is to be */
	char user[NAME_TEXT];
	bool faults, hidden;
	bool foreign; /* the folder itself is another's: said once for all that is in it */
};

static void
name_of(char dst[NAME_TEXT], uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw)
		snprintf(dst, NAME_TEXT, "%s", pw->pw_name);
	else
		snprintf(dst, NAME_TEXT, "%u", (unsigned)uid);
}

static void
fault(struct rights *r, enum finding_what what, const char *const args[3])
{
	r->faults = true;
	doctor_say(r->d, what, STR_NONE, args);
}

/* others: bits that nobody but the owner may have. The service follows links, and so is it done
 * here: the mode of a link itself is always 0777. */
static void
look(struct rights *r, const char *path, mode_t others, enum finding_what what)
{
	char mode[16], owner[NAME_TEXT];
	struct stat st;

	if (stat(path, &st) < 0) {
		r->hidden = r->hidden || errno == EACCES || errno == EPERM;
		return;
	}
	snprintf(mode, sizeof mode, "%04o", (unsigned)st.st_mode & 07777);
	if (st.st_mode & others)
		fault(r, what, DOCTOR_ARGS(path, mode));
	if (st.st_uid == r->uid || r->foreign)
		return;
	/* The keeper reads it before it becomes the service's user. */
	if (what == FINDING_RIGHTS_KEY && st.st_uid == 0)
		return;
	r->foreign = strcmp(path, r->d->conf.paths->state) == 0;
	name_of(owner, st.st_uid);
	fault(r, FINDING_RIGHTS_OWNER, DOCTOR_ARGS(path, owner, r->user));
}

static void
look_at_key(struct rights *r)
{
	char path[600];
	struct stat st;
	struct str named = r->d->conf.config->master_key;

	if (named.n == 0 || str_copy_z(path, sizeof path, named) < 0)
		snprintf(path, sizeof path, "%s/master.key", r->d->conf.paths->state);
	if (stat(path, &st) < 0 && errno == ENOENT)
		fault(r, FINDING_RIGHTS_NO_KEY, DOCTOR_ARGS(path));
	else
		look(r, path, 077, FINDING_RIGHTS_KEY);
}

static void
look_at_config(struct rights *r)
{
	const struct config *cf = r->d->conf.config;
	const char *file = r->d->conf.file;
	struct stat st;

	if (!file || stat(file, &st) < 0 || !(st.st_mode & S_IROTH))
		return;
	for (size_t i = 0; i < cf->outbound.nroutes; i++) {
		struct str url = cf->outbound.routes[i].url;

		if (str_find(url, '@') == url.n)
			continue;
		fault(r, FINDING_RIGHTS_CONFIG, DOCTOR_ARGS(file, r->user));
		return;
	}
}

/* Started by root the service becomes its user; started by another it stays that one. Whoever
 * else asks (a monitor) is no measure of whose the folder is to be. */
static bool
find_user(struct rights *r)
{
	const struct doctor *d = r->d;
	char user[NAME_TEXT] = "";
	const struct passwd *pw = NULL;
	struct stat st;

	r->uid = geteuid();
	if (str_copy_z(user, sizeof user, d->conf.config->user) == 0 && user[0])
		pw = getpwnam(user);
	if (r->uid == 0 && !d->conf.inside && user[0] && !pw) {
		fault(r, FINDING_RIGHTS_NO_USER, DOCTOR_ARGS(user));
		return false;
	}
	if (pw && !d->conf.inside &&
		(r->uid == 0 || (stat(d->conf.paths->state, &st) == 0 && st.st_uid != r->uid)))
		r->uid = pw->pw_uid;
	name_of(r->user, r->uid);
	return true;
}

static void
rights(struct doctor *d)
{
	const struct role_paths *p = d->conf.paths;
	const char *const closed[] = { p->spool, p->journal, p->ledger, p->transcripts,
		p->quarantine, p->tls, p->sink };
	struct rights r = { .d = d };
	bool known = find_user(&r);
	char path[600];

	if (access(p->state, F_OK) < 0 && errno == ENOENT) {
		fault(&r, FINDING_RIGHTS_NO_STATE, DOCTOR_ARGS(p->state));
		return;
	}
	look_at_config(&r);
	if (!known)
		return;
	look(&r, p->state, 022, FINDING_RIGHTS_OPEN);
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
		look(&r, closed[i], 077, FINDING_RIGHTS_READ);
	snprintf(path, sizeof path, "%s/control.db", p->state);
	look(&r, path, 007, FINDING_RIGHTS_READ);
	look_at_key(&r);
	if (r.hidden)
		doctor_skip(d, FINDING_CHECK_RIGHTS, STR_NONE, FINDING_SKIP_NO_RIGHT,
			t(d, "parts of the state folder are hidden from this user.",
				"des parties du dossier d'état sont cachées à cet "
				"utilisateur."));
	else if (!r.faults)
		doctor_say(d, FINDING_RIGHTS_FINE, STR_NONE, DOCTOR_ARGS(p->state, r.user));
}

/* ---- disk, clock, sandbox */

static void
size_text(const struct doctor *d, char dst[SIZE_TEXT], uint64_t bytes)
{
	static const char *const en[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	static const char *const fr[] = { "o", "Kio", "Mio", "Gio", "Tio" };
	uint64_t tenths = bytes * 10;
	size_t unit = 0;

	if (bytes > UINT64_MAX / 16)
		tenths = UINT64_MAX;
	while (tenths >= 10240 && unit < 4) {
		tenths /= 1024;
		unit++;
	}
	if (tenths % 10 == 0 || unit == 0)
		snprintf(dst, SIZE_TEXT, "%llu %s", (unsigned long long)tenths / 10,
			d->conf.french ? fr[unit] : en[unit]);
	else
		snprintf(dst, SIZE_TEXT, "%llu%c%llu %s", (unsigned long long)tenths / 10,
			d->conf.french ? ',' : '.', (unsigned long long)tenths % 10,
			d->conf.french ? fr[unit] : en[unit]);
}

static void
inodes(struct doctor *d, struct str where, const struct machine_space *s)
{
	char n[32];

	snprintf(n, sizeof n, "%llu", (unsigned long long)s->files_free);
	if (s->files == 0)
		return;
	if (s->files_free < INODES_MIN)
		doctor_say(d, FINDING_DISK_INODES, where, DOCTOR_ARGS(n));
	else if (s->files_free < s->files / INODES_SHARE)
		doctor_say(d, FINDING_DISK_INODES_LOW, where, DOCTOR_ARGS(n));
}

static void
disk(struct doctor *d)
{
	char free_bytes[SIZE_TEXT], reserve[SIZE_TEXT], share[SIZE_TEXT];
	uint64_t kept = d->conf.config->limits.disk_reserve_bytes;
	struct str where = str_z(d->conf.paths->state);
	struct machine_space s;
	int err = machine_space(d->conf.paths->state, &s);

	if (err < 0) {
		doctor_skip(
			d, FINDING_CHECK_DISK, where, FINDING_SKIP_NO_RIGHT, strerror(-err));
		return;
	}
	size_text(d, free_bytes, s.bytes_free);
	size_text(d, reserve, kept);
	snprintf(share, sizeof share, t(d, "%u%%", "%u %%"),
		(unsigned)(s.bytes ? (double)s.bytes_free * 100 / (double)s.bytes : 0));
	inodes(d, where, &s);
	if (s.read_only)
		doctor_say(d, FINDING_DISK_READ_ONLY, where, DOCTOR_ARGS(NULL));
	else
		doctor_say(d,
			s.bytes_free < kept               ? FINDING_DISK_FULL
			: s.bytes_free / LOW_TIMES < kept ? FINDING_DISK_LOW
							  : FINDING_DISK_FINE,
			where, DOCTOR_ARGS(free_bytes, share, reserve));
}

static void
clock_(struct doctor *d)
{
	char now[UTC_TEXT_SIZE], error[SIZE_TEXT];
	int64_t wall = loop_wall(d->loop);
	struct machine_clock c;
	int err = machine_clock(&c);

	utc_rfc3339(now, wall);
	if (wall < YEAR_2025_US || wall > YEAR_2100_US) {
		doctor_say(d, FINDING_CLOCK_WRONG, STR_NONE, DOCTOR_ARGS(now));
		return;
	}
	if (err < 0) {
		doctor_skip(d, FINDING_CHECK_CLOCK, STR_NONE, FINDING_SKIP_NO_RIGHT,
			t(d, "the kernel does not say whether it is kept right.",
				"le noyau ne dit pas si elle est tenue à l'heure."));
		return;
	}
	snprintf(error, sizeof error, "%lld ms", (long long)c.error_us / 1000);
	if (!c.synced)
		doctor_say(d, FINDING_CLOCK_FREE, STR_NONE, DOCTOR_ARGS(now));
	else
		doctor_say(d,
			c.error_us > CLOCK_OFF_US ? FINDING_CLOCK_OFF : FINDING_CLOCK_FINE,
			STR_NONE, DOCTOR_ARGS(error));
}

static void
sandbox(struct doctor *d)
{
	struct str mode = d->conf.config->sandbox;
	char version_text[16], mode_text[16];
	int landlock;

	if (str_eq_z(mode, "off")) {
		doctor_say(d, FINDING_SANDBOX_OFF, STR_NONE, DOCTOR_ARGS(NULL));
		return;
	}
	if (d->conf.inside) {
		doctor_skip(d, FINDING_CHECK_SANDBOX, STR_NONE, FINDING_SKIP_NO_RIGHT,
			t(d, "the sandbox of this process hides it.",
				"le bac à sable de ce processus le cache."));
		return;
	}
	landlock = machine_landlock();
	snprintf(version_text, sizeof version_text, "%d", landlock);
	(void)str_copy_z(mode_text, sizeof mode_text, mode);
	if (!machine_seccomp())
		doctor_say(d, FINDING_SANDBOX_SECCOMP, STR_NONE, DOCTOR_ARGS(NULL));
	if (landlock > 0)
		doctor_say(d, FINDING_SANDBOX_FINE, STR_NONE,
			DOCTOR_ARGS(version_text, mode_text));
	else
		doctor_say(d,
			str_eq_z(mode, "require") ? FINDING_SANDBOX_REQUIRED
						  : FINDING_SANDBOX_NONE,
			STR_NONE, DOCTOR_ARGS(NULL));
}

static void
mode(struct doctor *d)
{
	doctor_say(d,
		config_sandboxed(d->conf.config) ? FINDING_MODE_SANDBOX : FINDING_MODE_LIVE,
		STR_NONE, DOCTOR_ARGS(NULL));
}

void
doctor_here(struct doctor *d)
{
	static const struct {
		enum finding_check check;
		void (*fn)(struct doctor *d);
	} all[] = {
		{ FINDING_CHECK_SERVICE, service },
		{ FINDING_CHECK_VERSION, version },
		{ FINDING_CHECK_MODE, mode },
		{ FINDING_CHECK_RIGHTS, rights },
		{ FINDING_CHECK_DISK, disk },
		{ FINDING_CHECK_CLOCK, clock_ },
		{ FINDING_CHECK_SANDBOX, sandbox },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (doctor_wants(d, all[i].check))
			all[i].fn(d);
}
