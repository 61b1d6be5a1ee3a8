/*
 * The sink's folder: N.eml, the message as it came, and N.json, the facts about it; numbers
 * grow. At most SINK_KEEP messages stay, the oldest go. Not durable: a lab tool. Readers in
 * other processes see a message when its N.json is there.
 *
 * Facts: {n, at, client, helo, from, to [], bytes, message_id, subject, outcome "kept" |
 * "in_doubt"}
 */
#ifndef ROLE_SINK_STORE_H
#define ROLE_SINK_STORE_H

#include "base/buf.h"

#define SINK_KEEP     1000
#define SINK_SIZE_MAX (64u << 20)

struct sink_store {
	char dir[512];
	uint64_t last;   /* number of the newest message, 0 = none */
	uint64_t oldest; /* numbers below are gone */
};

struct sink_facts {
	int64_t at; /* wall µs */
	struct str client, helo, from, message;
	const struct str *to;
	size_t nto;
	const char *outcome;
};

/* Makes the folder; goes on behind the messages that are there. 0 or -errno. */
int sink_store_open(struct sink_store *s, const char *dir);
/* 0 with the number, or -errno. */
int sink_store_add(struct sink_store *s, const struct sink_facts *f, uint64_t *ret_n);
/* Removes all messages: 0 with their number, or -errno. */
int sink_store_clear(struct sink_store *s, uint64_t *ret_n);
/* Name of a message's file; ending ".eml" or ".json". */
void sink_store_path(
	const struct sink_store *s, uint64_t n, const char *ending, char ret_p[600]);

#endif
