#include "send/pause.h"

#include "base/buf.h"
#include "base/utc.h"
#include "io/file.h"

#include <errno.h>
#include <limits.h>

static int
path_of(char dst[PATH_MAX], const char *dir)
{
	int n = snprintf(dst, PATH_MAX, "%s/%s", dir, PAUSE_FILE);

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int
parse(struct str s, struct pause *ret_p)
{
	struct str word = str_cut(&s, ' '), since = str_cut(&s, '\n');
	struct pause p = { .restored = str_eq_z(word, "restored") };

	if ((!p.restored && !str_eq_z(word, "operator")) || utc_parse(since, &p.since) < 0)
		return -EBADMSG;
	*ret_p = p;
	return 0;
}

int
pause_read(const char *dir, struct pause *ret_p)
{
	char path[PATH_MAX];
	struct buf b;
	int err = path_of(path, dir);

	buf_init(&b, 256);
	err = err ? err : file_read(path, &b);
	err = err ? err : parse(buf_str(&b), ret_p);
	buf_done(&b);
	return err;
}

int
pause_write(const char *dir, const struct pause *p)
{
	char path[PATH_MAX], text[64], since[UTC_TEXT_SIZE];
	int err = path_of(path, dir);

	snprintf(text, sizeof text, "%s %s\n", p->restored ? "restored" : "operator",
		utc_rfc3339(since, p->since));
	return err ? err : file_replace(path, str_z(text), 0600);
}

int
pause_remove(const char *dir)
{
	char path[PATH_MAX];
	int err = path_of(path, dir);

	err = err ? err : file_unlink(path);
	if (err && err != -ENOENT)
		return err;
	return file_sync_dir(dir);
}
