/* What the two files of account/control_chain share. Part of account only. */
#ifndef ACCOUNT_CONTROL_CHAIN_OWN_H
#define ACCOUNT_CONTROL_CHAIN_OWN_H

#include "account/control_chain.h"
#include "account/control_own.h"

enum chain_state {
	CHAIN_NONE,  /* there is no head */
	CHAIN_BAD,   /* it is not ours */
	CHAIN_FRESH, /* of an older log: none of its rows is chained */
	CHAIN_ADOPTING,
	CHAIN_OPEN
};

struct chain {
	enum chain_state state;
	int64_t tenant, seq;
	int64_t since;   /* wall µs: it is open */
	int64_t adopted; /* of its entries, those that were there before */
	int64_t damaged; /* the entry before which the head was found missing or forged; 0: none
	                  */
	uint8_t hash[CONTROL_CHAIN_HASH];
};

struct chain_cut {
	int64_t first, last; /* first 0: there is none */
	uint8_t hash[CONTROL_CHAIN_HASH];
	bool sealed; /* by us */
};

/* A row as it stands in the table. */
struct chain_row {
	int64_t id, tenant, seq;
	uint8_t digest[CONTROL_CHAIN_HASH], hash[CONTROL_CHAIN_HASH];
	bool sealed; /* its hash, by us, for this tenant and number */
	bool redacted;
};

#define CHAIN_ROW                                                                              \
	"SELECT id, tenant, seq, at, kind, who, name, client, what, target, reason, salt,"     \
	" hash, seal FROM audit "
#define CHAIN_CUT "SELECT first, last, hash, seal FROM audit_cuts "

int chain_load(struct control *c, int64_t tenant, struct chain *ret_h);
/* One slice of a chain that is not open: at most `most` rows, those before `id`. Within a
 * change; the head is saved. */
int chain_adopt(struct control *c, struct chain *h, int64_t id, size_t most);
void chain_read_row(struct control *c, struct store_row *r, struct chain_row *ret);
void chain_read_cut(
	struct control *c, int64_t tenant, struct store_row *r, struct chain_cut *ret);
/* The hash of the entry behind `before`. */
void chain_next(uint8_t ret[CONTROL_CHAIN_HASH], const uint8_t before[CONTROL_CHAIN_HASH],
	int64_t seq, const uint8_t digest[CONTROL_CHAIN_HASH]);
void chain_hex(char ret[2 * CONTROL_CHAIN_HASH + 1], const uint8_t hash[CONTROL_CHAIN_HASH]);

#endif
