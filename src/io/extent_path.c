#include "io/extent_path.h"

#include "base/must.h"
#include "base/str.h"

#include <errno.h>

#define NAME_ROOM 32 /* for "/xxxxxx.ext" behind a folder */

int
extent_path_folder(char dst[EXTENT_PATH_MAX], const char *spool, uint8_t writer)
{
	int n = snprintf(dst, EXTENT_PATH_MAX - NAME_ROOM, "%s/%02x", spool, writer);

	return n < 0 || n >= EXTENT_PATH_MAX - NAME_ROOM ? -ENAMETOOLONG : 0;
}

void
extent_path_in(char dst[EXTENT_PATH_MAX], const char *folder, uint32_t extent)
{
	int n = snprintf(dst, EXTENT_PATH_MAX, "%s/%06x.ext", folder, extent & 0xffffff);

	must(n > 0 && n < EXTENT_PATH_MAX);
}

int
extent_path(char dst[EXTENT_PATH_MAX], const char *spool, uint32_t extent)
{
	char folder[EXTENT_PATH_MAX];
	int err = extent_path_folder(folder, spool, (uint8_t)(extent >> 24));

	if (!err)
		extent_path_in(dst, folder, extent);
	return err;
}

/* Lower-case hexadecimal of exactly n digits at the start of s. */
static int
hex(struct str s, size_t n, uint32_t *ret_v)
{
	uint32_t v = 0;

	if (s.n < n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		char c = s.p[i];

		if (!ascii_digit(c) && !(c >= 'a' && c <= 'f'))
			return -EINVAL;
		v = v << 4 | (uint32_t)(ascii_digit(c) ? c - '0' : c - 'a' + 10);
	}
	*ret_v = v;
	return 0;
}

int
extent_path_counter(const char *name, uint32_t *ret_counter)
{
	struct str s = str_z(name);
	uint32_t v;

	if (hex(s, 6, &v) || !v || !str_eq_z(str_from(s, 6), ".ext"))
		return -EINVAL;
	*ret_counter = v;
	return 0;
}

int
extent_path_writer(const char *name, uint8_t *ret_writer)
{
	struct str s = str_z(name);
	uint32_t v;

	if (s.n != 2 || hex(s, 2, &v))
		return -EINVAL;
	*ret_writer = (uint8_t)v;
	return 0;
}
