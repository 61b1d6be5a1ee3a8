/*
 * The schema as a table, and looking words up in it. Paths are written as in config_tbl.h:
 * "outbound.port", "tls[].cert"; a prefix ends in a dot or is empty.
 */
#ifndef WIRE_CONFIG_KEY_H
#define WIRE_CONFIG_KEY_H

#include "base/buf.h"
#include "wire/config_value.h"

#define CONFIG_PATH_SIZE 96

struct config_key {
	const char *path;
	enum config_kind kind;
	size_t at, count_at; /* offsets in struct config, or in the entry */
	size_t cap;          /* of a list; 0 = one value */
	struct config_bounds bounds;
	const char *def; /* NULL = must be given */
	const char *what, *what_fr;
};

enum {
	CONFIG_KEYS = 0
#define CONFIG_KEY(path, kind, at, count_at, cap, lo, hi, def, what, what_fr) +1
#include "wire/config_tbl.h"
};

extern const struct config_key config_keys[CONFIG_KEYS];

/* The path as people write it: without the marks of lists. Returns dst. */
const char *config_key_plain(char dst[CONFIG_PATH_SIZE], const char *path);
/* What stands in a key's path behind prefix, up to the next dot or bracket; n = 0: nothing. */
struct str config_key_part(const struct config_key *k, struct str prefix);
/* NULL when there is none. */
const struct config_key *config_key_find(struct str path);
/* The first key whose path begins with prefix, or NULL. */
const struct config_key *config_key_section(struct str prefix);
/* The word people may have meant behind prefix; n = 0: none is near. */
struct str config_key_nearest(struct str prefix, struct str word);
/* The word as a key of some section, or NULL. */
const struct config_key *config_key_elsewhere(struct str word);
/* Appends the words known behind prefix. */
void config_key_list(struct buf *b, struct str prefix);

#endif
