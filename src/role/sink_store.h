/*
 * The sink's folder: N.eml, the message as it came, and N.json, the facts about it; numbers
 * grow. At most SINK_KEEP messages and about SINK_BYTES stay, the oldest go. Not durable: for
 * looking at. Readers in other processes see a message when its N.json is there; several
 * processes may add (a sink, couriers in the mode sandbox), each of its own messages.
 *
 * Facts: {n, at, client, helo, from, to [], bytes, message_id, subject, outcome "kept" |
 * "in_doubt"}; of the mode sandbox also {tenant, rcpt, stream}: whose message it is, where a
 * sink can only guess.
 */
#ifndef ROLE_SINK_STORE_H
#define ROLE_SINK_STORE_H

#include "base/buf.h"

#define SINK_KEEP     1000
#define SINK_SIZE_MAX (64u << 20)
#define SINK_BYTES    (UINT64_C(1) << 30)
#define SINK_RECOUNT  (UINT64_C(64) << 20) /* what was added since the folder was looked at */

struct sink_store {
	char dir[512];
	uint64_t last;   /* number of the newest message, 0 = none */
	uint64_t oldest; /* numbers below are gone */
	uint64_t bytes;  /* of messages: as counted last, and what we added since */
	uint64_t added;
};

struct sink_facts {
	int64_t at; /* wall µs */
	struct str client, helo, from, message;
	const struct str *to;
	size_t nto;
	const char *outcome;
	struct str prefix; /* goes before the message */
	/* Mode sandbox: the first recipient's number; 0: not known */
	uint64_t rcpt;
	uint32_t tenant;
	uint8_t stream;
};

/* Makes the folder; goes on behind the messages that are there. 0 or -errno. */
int sink_store_open(struct sink_store *s, const char *dir);
/* 0 with the number, or -errno. */
int sink_store_add(struct sink_store *s, const struct sink_facts *f, uint64_t *ret_n);
/* Removes those that are older than `before`, wall µs. */
void sink_store_purge(struct sink_store *s, int64_t before);
/* Removes all messages: 0 with their number, or -errno. */
int sink_store_clear(struct sink_store *s, uint64_t *ret_n);
/* Name of a message's file; ending ".eml" or ".json". */
void sink_store_path(
	const struct sink_store *s, uint64_t n, const char *ending, char ret_p[600]);

#endif
