/*
 * Single values of the configuration: a text and its kind (config_tbl.h) → a typed value.
 * Pure; texts are copied into the caller's arena.
 */
#ifndef WIRE_CONFIG_VALUE_H
#define WIRE_CONFIG_VALUE_H

#include "wire/config.h"

enum config_kind {
#define CONFIG_KIND(name, type, allowed, allowed_fr) CONFIG_KIND_##name,
#include "wire/config_tbl.h"
	CONFIG_KIND_COUNT
};

struct config_bounds {
	uint64_t lo, hi; /* 0 0 = the kind's own */
};

struct config_rule {
	enum config_kind kind;
	struct config_bounds bounds;
};

/* Bytes of one value of this kind. */
size_t config_value_size(enum config_kind kind);
/* "a duration such as 5m, 2h or 7d", or the same in French. */
const char *config_value_allowed(enum config_kind kind, bool french);
/* Is it a list entry with keys of its own? */
bool config_value_is_entry(enum config_kind kind);
/* Writes the value at ret_value. 0; -EINVAL, with *ret_why a sentence more exact than
 * config_value_allowed or NULL; -ERANGE when outside the bounds. */
int config_value_set(const struct config_rule *rule, struct arena *a, struct str text,
	void *ret_value, const char **ret_why);

#endif
