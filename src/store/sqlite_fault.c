#include "store/sqlite_fault.h"

#include "base/must.h"
#include "io/file_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#ifdef FACTEUR_FAULTS

/* True when the call is not to be made; errno says why. */
static bool
hit(const char *call, size_t *ret_n)
{
	int err = file_fault_begin(call, ret_n);

	if (err) {
		errno = -err;
		return true;
	}
	file_fault_end();
	return false;
}

static int
fault_open(const char *path, int flags, int mode)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;

	return writes && hit("sqlite open", NULL) ? -1 : open(path, flags, mode);
}

static ssize_t
fault_write(int fd, const void *p, size_t n)
{
	return hit("sqlite write", &n) ? -1 : write(fd, p, n);
}

static ssize_t
fault_pwrite(int fd, const void *p, size_t n, off_t offset)
{
	return hit("sqlite write", &n) ? -1 : pwrite(fd, p, n, offset);
}

static int
fault_truncate(int fd, off_t size)
{
	return hit("sqlite trunc", NULL) ? -1 : ftruncate(fd, size);
}

static int
fault_unlink(const char *path)
{
	return hit("sqlite unlink", NULL) ? -1 : unlink(path);
}

void
sqlite_fault_install(void)
{
	static const struct {
		const char *name;
		sqlite3_syscall_ptr fn;
	} table[] = {
		{ "open", (sqlite3_syscall_ptr)fault_open },
		{ "write", (sqlite3_syscall_ptr)fault_write },
		{ "pwrite", (sqlite3_syscall_ptr)fault_pwrite },
		{ "pwrite64", (sqlite3_syscall_ptr)fault_pwrite },
		{ "ftruncate", (sqlite3_syscall_ptr)fault_truncate },
		{ "unlink", (sqlite3_syscall_ptr)fault_unlink },
	};
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	if (!file_fault_planned() || !vfs || vfs->iVersion < 3)
		return;
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
		must(vfs->xSetSystemCall(vfs, table[i].name, table[i].fn) == SQLITE_OK);
}

#else
void
sqlite_fault_install(void)
{
}
#endif
