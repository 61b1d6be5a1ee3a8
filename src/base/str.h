/*
 * Text as pointer and length: borrowed bytes, not NUL-terminated, any byte allowed.
 * A struct str never owns what it points to.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* For printf: printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s)   (int)(s).n, (s).p
#define STR_LIT(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_NONE     ((struct str){ "", 0 })

static inline struct str
str_of(const void *p, size_t n)
{
	return (struct str){ p, n };
}

/* From a NUL-terminated string; NULL gives the empty text. */
struct str str_z(const char *z);

bool str_eq(struct str a, struct str b);
/* ASCII case-insensitive (RFC 5321 verbs, header names, domains). */
bool str_ieq(struct str a, struct str b);
bool str_eq_z(struct str a, const char *z);
bool str_ieq_z(struct str a, const char *z);
/* <0, 0, >0 by bytes, then by length. */
int str_cmp(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_iends(struct str s, struct str suffix);

/* Index of the first c, of the last c, of the first needle; s.n when there is none. */
size_t str_find(struct str s, char c);
size_t str_rfind(struct str s, char c);
size_t str_find_str(struct str s, struct str needle);

/* s from byte i on / its first n bytes; clipped to s. */
struct str str_from(struct str s, size_t i);
struct str str_head(struct str s, size_t n);

/* Without SP and HT (trim) or also CR and LF (trim_all) at both ends. */
struct str str_trim(struct str s);
struct str str_trim_all(struct str s);

/*
 * Cuts *rest at the first c: returns the part before it and moves *rest behind it.
 * Without c the whole of *rest is returned and *rest becomes empty with p = NULL, so
 * that `while (rest.p) part = str_cut(&rest, ',')` sees each part once.
 */
struct str str_cut(struct str *rest, char c);

/* Strict decimal, no sign or space, the whole text: 0, or -EINVAL / -ERANGE. */
int str_u64(struct str s, uint64_t *ret_v);
int str_u32(struct str s, uint32_t *ret_v);

/* Heap copy with a NUL behind it (mem_free it). */
char *str_dup_z(struct str s);
/* Into a caller's array, NUL-terminated: 0, or -E2BIG when it does not fit (dst = ""). */
int str_copy_z(char *dst, size_t size, struct str s);

/* Constant-time equality for secrets; differing lengths answer false at once. */
bool str_eq_secret(struct str a, struct str b);

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool
ascii_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What a hexadecimal digit of either case is worth; -1 for another character. */
static inline int
ascii_hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
