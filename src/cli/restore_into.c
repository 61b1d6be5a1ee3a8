/* The parts of a backup into a folder: only names that a state has, each flushed. */
#include "account/control_schema.h"
#include "base/mem.h"
#include "cli/backup.h"
#include "io/file.h"
#include "people/suppress_store.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX (256u << 10)
#define DEEP     4

enum part { PART_ABOUT = 1, PART_CONFIG, PART_KEY, PART_STORE, PART_JOURNAL, PART_EXTENT };

void
restore_into_init(struct restore_into *r, const char *dir, bool check)
{
	*r = (struct restore_into){ .check = check, .fd = -1 };
	(void)str_copy_z(r->dir, sizeof r->dir, str_z(dir));
	nmap_init(&r->extents);
	buf_init(&r->text, TEXT_MAX);
}

void
restore_into_done(struct restore_into *r)
{
	if (r->fd >= 0)
		file_close(r->fd);
	nmap_done(&r->extents);
	buf_done(&r->text);
	json_decref(r->about);
}

static int
failed(struct restore_into *r, int err, const char *what)
{
	snprintf(r->why, sizeof r->why, "%.500s: %s", what,
		err == -EBADMSG ? "damaged" : strerror(-err));
	return err;
}

static bool
is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n > 0;
}

static uint32_t
hex_of(struct str s)
{
	uint32_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 4 | (uint32_t)(s.p[i] <= '9' ? s.p[i] - '0' : s.p[i] - 'a' + 10);
	return v;
}

/* "spool/WW/CCCCCC.ext" */
static bool
is_extent(struct str name, uint32_t *ret_extent)
{
	struct str s = name, top = str_cut(&s, '/'), writer = str_cut(&s, '/'),
		   counter = str_cut(&s, '.');

	if (!str_eq_z(top, "spool") || writer.n != 2 || counter.n != 6 || !is_hex(writer) ||
		!is_hex(counter) || !str_eq_z(s, "ext"))
		return false;
	*ret_extent = hex_of(writer) << 24 | hex_of(counter);
	return true;
}

static int
kind_of(struct str name, uint32_t *ret_extent)
{
	static const struct {
		const char *name;
		enum part part;
	} table[] = { { "about.json", PART_ABOUT }, { "facteur.yaml", PART_CONFIG },
		{ "master.key", PART_KEY }, { CONTROL_FILE, PART_STORE },
		{ SUPPRESS_FILE, PART_STORE } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_z(name, table[i].name))
			return (int)table[i].part;
	if (str_starts(name, STR_LIT("ledger/")) && str_ends(name, STR_LIT(".db")) &&
		str_find(str_from(name, 7), '/') == name.n - 7)
		return PART_STORE;
	if (str_starts(name, STR_LIT("journal/journal.")) && name.n == 16 + 16 &&
		is_hex(str_from(name, 16)))
		return PART_JOURNAL;
	return is_extent(name, ret_extent) ? PART_EXTENT : 0;
}

bool
restore_into_knows(struct str name)
{
	uint32_t extent;

	return backup_name_good(name) && kind_of(name, &extent) != 0;
}

static int
open_file(struct restore_into *r, struct str name)
{
	char dir[700];
	size_t slash;

	/* A running service takes none of these; the person looks at them. */
	if (r->kind == PART_CONFIG)
		name = STR_LIT("facteur.yaml.restored");
	if (snprintf(r->path, sizeof r->path, "%s/%.*s", r->dir, STR_ARG(name)) >=
		(int)sizeof r->path)
		return failed(r, -ENAMETOOLONG, r->dir);
	slash = str_rfind(str_z(r->path), '/');
	(void)str_copy_z(dir, sizeof dir, str_of(r->path, slash));
	int err = file_mkdirs(dir, 0700);

	if (err)
		return failed(r, err, dir);
	r->fd = file_open(r->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	return r->fd < 0 ? failed(r, r->fd, r->path) : 0;
}

static bool
is_kept(const struct restore_into *r)
{
	return r->kind != PART_ABOUT &&
	       !(r->check && (r->kind == PART_EXTENT || r->kind == PART_CONFIG ||
				     r->kind == PART_KEY));
}

static int
on_part(struct restore_into *r, struct str name)
{
	r->extent = 0;
	r->size = 0;
	r->kind = kind_of(name, &r->extent);
	if (!r->kind) {
		snprintf(r->why, sizeof r->why,
			"it has a part that this version does not know: %.*s", STR_ARG(name));
		return -ENOTSUP;
	}
	r->master_key = r->master_key || r->kind == PART_KEY;
	r->configuration = r->configuration || r->kind == PART_CONFIG;
	r->journal = r->journal || r->kind == PART_JOURNAL;
	buf_clear(&r->text);
	return is_kept(r) ? open_file(r, name) : 0;
}

static int
on_data(struct restore_into *r, struct str bytes)
{
	int err = 0;

	if (r->kind == PART_ABOUT)
		(void)buf_put(&r->text, bytes);
	if (r->fd >= 0)
		err = file_pwrite(r->fd, bytes.p, bytes.n, r->size);
	r->size += bytes.n;
	return err < 0 ? failed(r, err, r->path) : 0;
}

/* A hole reads as zeros and takes no room. */
static int
on_zeros(struct restore_into *r, uint64_t n)
{
	int err = 0;

	r->size += n;
	if (r->fd >= 0)
		err = file_truncate(r->fd, r->size);
	return err < 0 ? failed(r, err, r->path) : 0;
}

static int
look_at_store(struct restore_into *r)
{
	static const char *const tails[] = { "-wal", "-shm", "" };
	char path[720];
	int err = store_check(r->path);

	if (err)
		return failed(r, err, r->path);
	r->stores++;
	for (size_t i = 0; i < (r->check ? 3u : 2u); i++) {
		snprintf(path, sizeof path, "%s%s", r->path, tails[i]);
		(void)file_unlink(path);
	}
	return 0;
}

static int
on_part_end(struct restore_into *r)
{
	int err = 0;

	if (r->fd >= 0) {
		err = file_datasync(r->fd);
		file_close(r->fd);
		r->fd = -1;
		if (err)
			return failed(r, err, r->path);
	}
	if (r->kind == PART_EXTENT)
		nmap_put(&r->extents, r->extent, r->size);
	if (r->kind == PART_ABOUT)
		r->about = json_loadb(r->text.p ? r->text.p : "", r->text.n, 0, NULL);
	return r->kind == PART_STORE ? look_at_store(r) : 0;
}

int
restore_into_fact(struct restore_into *r, const struct backup_fact *f)
{
	switch (f->kind) {
	case BACKUP_PART:
		return on_part(r, f->bytes);
	case BACKUP_DATA:
		return on_data(r, f->bytes);
	case BACKUP_ZEROS:
		return on_zeros(r, f->n);
	case BACKUP_PART_END:
		return on_part_end(r);
	default:
		return 0;
	}
}

/* fn for every folder, the inner ones first. */
static int
each_folder(const char *dir, int deep, int (*fn)(const char *dir))
{
	struct dirent *d;
	DIR *all = opendir(dir);
	int err = 0;

	if (!all)
		return -errno;
	while (!err && (d = readdir(all)) != NULL) {
		char path[1024];
		struct stat st;

		/* Not every file system says what a name is (d_type). */
		if (d->d_name[0] == '.' || deep == 0 ||
			fstatat(dirfd(all), d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISDIR(st.st_mode))
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, d->d_name);
		err = each_folder(path, deep - 1, fn);
	}
	closedir(all);
	return err ? err : fn(dir);
}

int
restore_into_sync(struct restore_into *r)
{
	int err = each_folder(r->dir, DEEP, file_sync_dir);

	return err ? failed(r, err, r->dir) : 0;
}

static int
remove_name(void *ctx, const char *name)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
	(void)file_unlink(path);
	return 0;
}

static int
remove_folder(const char *dir)
{
	(void)file_each(dir, remove_name, (void *)(uintptr_t)dir);
	(void)rmdir(dir);
	return 0;
}

void
restore_remove(const char *dir)
{
	struct stat st;

	/* A link that somebody put there: what it leads to is not ours. */
	if (lstat(dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
		(void)file_unlink(dir);
		return;
	}
	(void)each_folder(dir, DEEP, remove_folder);
}
