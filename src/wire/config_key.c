#include "wire/config_key.h"

#include "base/text.h"

const struct config_key config_keys[CONFIG_KEYS] = {
#define CONFIG_KEY(path, kind, at, count_at, cap, lo, hi, def, what, what_fr)                  \
	{ path, CONFIG_KIND_##kind, at, count_at, cap, { lo, hi }, def, what, what_fr },
#include "wire/config_tbl.h"
};

/* The path as people write it: without the marks of lists. */
const char *
config_key_plain(char dst[CONFIG_PATH_SIZE], const char *path)
{
	size_t n = 0;

	for (; *path && n < CONFIG_PATH_SIZE - 1; path++)
		if (*path != '[' && *path != ']')
			dst[n++] = *path;
	dst[n] = '\0';
	return dst;
}

/* What stands in a key's path behind prefix, up to the next dot or bracket; n = 0: nothing. */
struct str
config_key_part(const struct config_key *k, struct str prefix)
{
	struct str s = str_z(k->path);
	size_t n = 0;

	if (!str_starts(s, prefix))
		return STR_NONE;
	s = str_from(s, prefix.n);
	while (n < s.n && s.p[n] != '.' && s.p[n] != '[')
		n++;
	return str_head(s, n);
}

const struct config_key *
config_key_find(struct str path)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (str_eq_z(path, config_keys[i].path))
			return &config_keys[i];
	return NULL;
}

/* First key of the section named path (ending in "."), or NULL. */
const struct config_key *
config_key_section(struct str path)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (str_starts(str_z(config_keys[i].path), path))
			return &config_keys[i];
	return NULL;
}

struct str
config_key_nearest(struct str prefix, struct str word)
{
	struct str best = STR_NONE;
	unsigned limit = word.n < 6 ? 2 : 3;

	for (size_t i = 0; i < CONFIG_KEYS && word.n <= 40; i++) {
		struct str s = config_key_part(&config_keys[i], prefix);
		unsigned d = s.n > 0 ? text_distance(s, word) : limit;

		if (d < limit && d < word.n) {
			limit = d;
			best = s;
		}
	}
	return best;
}

/* The word as a key of another section. */
const struct config_key *
config_key_elsewhere(struct str word)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		struct str s = str_z(config_keys[i].path);
		size_t dot = str_rfind(s, '.');

		if (dot < s.n && str_eq(str_from(s, dot + 1), word))
			return &config_keys[i];
	}
	return NULL;
}

void
config_key_list(struct buf *b, struct str prefix)
{
	struct str last = STR_NONE;

	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		struct str s = config_key_part(&config_keys[i], prefix);

		if (s.n == 0 || str_eq(s, last))
			continue;
		buf_printf(b, "%s%.*s", last.n > 0 ? ", " : "", STR_ARG(s));
		last = s;
	}
}
