#include "account/session_token.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "io/random.h"

#define HASHED_MAX 200

static void
write_text(char *ret, size_t size, const uint8_t *bytes, size_t n)
{
	struct buf b;

	buf_init(&b, 100);
	must(text_b64url(&b, str_of(bytes, n)) == 0 && b.n < size);
	memcpy(ret, b.p, b.n);
	ret[b.n] = '\0';
	mem_wipe(b.p, b.n);
	buf_done(&b);
}

void
session_token_make(char ret[SESSION_TOKEN])
{
	uint8_t bytes[32];

	random_bytes(bytes, sizeof bytes);
	write_text(ret, SESSION_TOKEN, bytes, sizeof bytes);
	mem_wipe(bytes, sizeof bytes);
}

void
session_token_link(char ret[LINK_TOKEN])
{
	uint8_t bytes[16];

	random_bytes(bytes, sizeof bytes);
	write_text(ret, LINK_TOKEN, bytes, sizeof bytes);
	mem_wipe(bytes, sizeof bytes);
}

/* The use stands in front, so that no text of one use is one of another. What is longer than
 * any of ours is cut, and is none. */
static void
hash_for(uint8_t ret[32], const uint8_t pepper[SEAL_KEY], char use, struct str text)
{
	char all[1 + HASHED_MAX];

	all[0] = use;
	text = str_head(text, HASHED_MAX);
	memcpy(all + 1, text.p, text.n);
	seal_hash(ret, pepper, str_of(all, 1 + text.n));
	mem_wipe(all, sizeof all);
}

void
session_token_hash(uint8_t ret[32], const uint8_t pepper[SEAL_KEY], struct str token)
{
	hash_for(ret, pepper, 's', token);
}

void
session_token_link_hash(uint8_t ret[32], const uint8_t pepper[SEAL_KEY], struct str token)
{
	hash_for(ret, pepper, 'l', token);
}

void
session_token_half_hash(uint8_t ret[32], const uint8_t pepper[SEAL_KEY], struct str token)
{
	hash_for(ret, pepper, 'h', token);
}

void
session_token_recovery_hash(uint8_t ret[32], const uint8_t pepper[SEAL_KEY], struct str code)
{
	hash_for(ret, pepper, 'r', code);
}

void
session_token_csrf(
	char ret[SESSION_TOKEN], const uint8_t pepper[SEAL_KEY], const uint8_t hash[32])
{
	uint8_t bytes[32];

	hash_for(bytes, pepper, 'c', str_of(hash, 32));
	write_text(ret, SESSION_TOKEN, bytes, sizeof bytes);
}
