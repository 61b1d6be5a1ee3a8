#include "base/str.h"

#include "base/mem.h"

#include <errno.h>

struct str
str_z(const char *z)
{
	return z ? (struct str){ z, strlen(z) } : STR_NONE;
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_ieq(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool
str_eq_z(struct str a, const char *z)
{
	return str_eq(a, str_z(z));
}

bool
str_ieq_z(struct str a, const char *z)
{
	return str_ieq(a, str_z(z));
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_head(s, prefix.n), prefix);
}

bool
str_istarts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_ieq(str_head(s, prefix.n), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

bool
str_iends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_ieq(str_from(s, s.n - suffix.n), suffix);
}

size_t
str_find(struct str s, char c)
{
	const char *at = s.n ? memchr(s.p, (unsigned char)c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

size_t
str_rfind(struct str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

size_t
str_find_str(struct str s, struct str needle)
{
	size_t i = 0;

	if (needle.n == 0)
		return 0;
	while (s.n - i >= needle.n) {
		i += str_find(str_of(s.p + i, s.n - i - needle.n + 1), needle.p[0]);
		if (s.n - i < needle.n)
			break;
		if (memcmp(s.p + i, needle.p, needle.n) == 0)
			return i;
		i++;
	}
	return s.n;
}

struct str
str_from(struct str s, size_t i)
{
	if (i > s.n)
		i = s.n;
	return i ? (struct str){ s.p + i, s.n - i } : s;
}

struct str
str_head(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

static struct str
trim_by(struct str s, bool (*drop)(char))
{
	while (s.n && drop(s.p[s.n - 1]))
		s.n--;
	while (s.n && drop(s.p[0]))
		s = str_from(s, 1);
	return s;
}

struct str
str_trim(struct str s)
{
	return trim_by(s, is_blank);
}

struct str
str_trim_all(struct str s)
{
	return trim_by(s, is_space);
}

struct str
str_cut(struct str *rest, char c)
{
	struct str part = *rest;
	size_t i = str_find(part, c);

	if (i == part.n) {
		*rest = (struct str){ NULL, 0 };
		return part;
	}
	*rest = str_from(part, i + 1);
	return str_head(part, i);
}

int
str_u64(struct str s, uint64_t *ret_v)
{
	uint64_t v = 0;
	bool over = false;

	if (s.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_digit(s.p[i]))
			return -EINVAL;
		over |= __builtin_mul_overflow(v, UINT64_C(10), &v);
		over |= __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v);
	}
	if (over)
		return -ERANGE;
	*ret_v = v;
	return 0;
}

int
str_u32(struct str s, uint32_t *ret_v)
{
	uint64_t v;
	int r = str_u64(s, &v);

	if (r < 0)
		return r;
	if (v > UINT32_MAX)
		return -ERANGE;
	*ret_v = (uint32_t)v;
	return 0;
}

char *
str_dup_z(struct str s)
{
	char *z = mem_new(s.n + 1, 1);

	if (s.n)
		memcpy(z, s.p, s.n);
	return z;
}

int
str_copy_z(char *dst, size_t size, struct str s)
{
	if (size == 0)
		return -E2BIG;
	dst[0] = '\0';
	if (s.n >= size)
		return -E2BIG;
	if (s.n)
		memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
	return 0;
}

bool
str_eq_secret(struct str a, struct str b)
{
	/* volatile keeps the compiler from leaving the loop at the first difference. */
	volatile unsigned char diff = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		diff = (unsigned char)(diff | (a.p[i] ^ b.p[i]));
	return diff == 0;
}
