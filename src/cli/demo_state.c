#include "cli/demo_state.h"

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE   600
#define CONFIG_SIZE 8192u

static void
pointer_path(char dst[PATH_SIZE])
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (dir && *dir)
		snprintf(dst, PATH_SIZE, "%s/facteur-demo", dir);
	else
		snprintf(dst, PATH_SIZE, "/tmp/facteur-demo-%u", (unsigned)geteuid());
}

bool
demo_state_find(char *dst, size_t size)
{
	char path[PATH_SIZE], text[PATH_SIZE], sock[PATH_SIZE + 32];
	struct stat st;
	struct str line;
	long n;
	int fd;

	pointer_path(path);
	/* /tmp belongs to everybody: a file of somebody else would lead mail to them. */
	fd = file_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		(st.st_mode & 022))
		n = -EPERM;
	else
		n = file_pread(fd, text, sizeof text - 1, 0);
	(void)file_close(fd);
	if (n <= 0)
		return false;
	line = str_trim_all(str_of(text, (size_t)n));
	if (line.p[0] != '/' || str_copy_z(dst, size, line) < 0)
		return false;
	snprintf(sock, sizeof sock, "%s/run/submit.sock", dst);
	return access(sock, F_OK) == 0;
}

static void
config_path(char dst[PATH_SIZE], const char *state)
{
	snprintf(dst, PATH_SIZE, "%s/demo.yaml", state);
}

int
demo_state_config(const char *state, struct buf *text)
{
	char path[PATH_SIZE], *at;
	struct stat st;
	long n;
	int fd;

	config_path(path, state);
	/* The folder of root's demo is the service's, which might lay another one there. */
	fd = file_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	at = buf_room(text, CONFIG_SIZE);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || !at)
		n = -EPERM;
	else
		n = file_pread(fd, at, CONFIG_SIZE, 0);
	(void)file_close(fd);
	if (n > 0)
		buf_added(text, (size_t)n);
	return n < 0 ? (int)n : 0;
}

int
demo_state_configured(const char *state, struct str text)
{
	char path[PATH_SIZE];

	config_path(path, state);
	return file_replace(path, text, 0600);
}

int
demo_state_put(const char *state)
{
	char path[PATH_SIZE];
	int fd, err;

	pointer_path(path);
	(void)file_unlink(path); /* ours, or the sticky bit refuses */
	fd = file_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fd;
	err = file_pwrite(fd, state, strlen(state), 0);
	(void)file_close(fd);
	return err < 0 ? err : 0;
}

void
demo_state_remove(const char *state)
{
	char path[PATH_SIZE], found[PATH_SIZE];
	struct buf b;

	pointer_path(path);
	buf_init(&b, PATH_SIZE);
	if (file_read(path, &b) == 0 &&
		str_copy_z(found, sizeof found, str_trim_all(buf_str(&b))) == 0 &&
		str_eq_z(str_z(found), state))
		(void)file_unlink(path);
	buf_done(&b);
}
