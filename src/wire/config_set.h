/*
 * Writing texts into a configuration by its schema, with the sentences that say what is wrong.
 * Used for the file, the environment and the defaults alike.
 */
#ifndef WIRE_CONFIG_SET_H
#define WIRE_CONFIG_SET_H

#include "wire/config_key.h"

#define CONFIG_PLACES_MAX 80 /* five lists of 16 ports */
#define CONFIG_WORD_SIZE  128

/* Where a port was given, for the check of doubles at the end. */
struct config_place {
	const struct config_key *key;
	unsigned port, line, column;
};

struct config_set {
	struct config *c;
	struct config_error *error;
	struct str origin;     /* environment variable being read; empty = the file */
	unsigned line, column; /* of what is being read, for messages */
	struct config_place places[CONFIG_PLACES_MAX];
	size_t nplaces;
};

/* A mapping being read: where its keys begin in the schema and where their values go. */
struct config_level {
	char prefix[CONFIG_PATH_SIZE]; /* "", "outbound.", "tls[]." */
	void *base;
	bool seen[CONFIG_KEYS];
};

/* These fill s->error and return -EINVAL. */
int config_set_fail(struct config_set *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int config_set_unknown(struct config_set *s, struct str prefix, struct str word);
/* what: the wrong thing as it is to be printed; why: a sentence, or NULL for the kind's own. */
int config_set_wrong(
	struct config_set *s, const struct config_key *k, const char *what, const char *why);
/* A foreign word cleaned, cut and in quotes. Returns dst. */
const char *config_set_word(char dst[CONFIG_WORD_SIZE], struct str word);

/* One value: replaces, or appends to a list. 0 or -EINVAL. */
int config_set_value(
	struct config_set *s, const struct config_key *k, void *base, struct str text);
/* A whole key from one text, lists separated by commas, entries as first=second. */
int config_set_text(struct config_set *s, const struct config_key *k, struct str text);
void config_set_clear(struct config_set *s, const struct config_key *k, void *base);

/* Entries of lists. A new entry has its defaults and counts only after config_set_end. */
struct str config_set_prefix(char dst[CONFIG_PATH_SIZE], const struct config_key *list);
/* The n-th field, or NULL. */
const struct config_key *config_set_field(const struct config_key *list, size_t n);
int config_set_begin(
	struct config_set *s, const struct config_key *list, struct config_level *ret_l);
int config_set_end(
	struct config_set *s, const struct config_key *list, const struct config_level *l);
/* "first=second" or "first" */
int config_set_entry(struct config_set *s, const struct config_key *list, struct str text);

#endif
