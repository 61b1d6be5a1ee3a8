#include "base/must.h"
#include "base/text.h"
#include "report/event.h"

#include <errno.h>
#include <sodium.h>

/* seq 8 | rcpt 7 | number 2 | MAC 8: 25 bytes are 40 characters of base32. */
#define PLAIN  17u
#define BYTES  (PLAIN + 8u)
#define PREFIX "evt_"

_Static_assert(sizeof PREFIX - 1 + BYTES * 8 / 5 + 1 == EVENT_ID_TEXT, "no bit is left over");

static void
put(uint8_t *dst, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		dst[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

static uint64_t
get(const uint8_t *src, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | src[i];
	return v;
}

static void
seal(uint8_t bytes[BYTES], const uint8_t key[UUID_KEY_SIZE])
{
	/* The word is part of it: what is an id of an event is no other id. */
	uint8_t in[PLAIN + 4];

	memcpy(in, bytes, PLAIN);
	memcpy(in + PLAIN, PREFIX, 4);
	crypto_shorthash(bytes + PLAIN, in, sizeof in, key);
}

const char *
event_id_write(
	char dst[EVENT_ID_TEXT], const uint8_t key[UUID_KEY_SIZE], const struct event_id *id)
{
	struct buf b = { dst, 0, EVENT_ID_TEXT, EVENT_ID_TEXT, false };
	uint8_t bytes[BYTES];

	must(id->rcpt < UINT64_C(1) << 53);
	put(bytes, id->seq, 8);
	put(bytes + 8, id->rcpt, 7);
	put(bytes + 15, id->number, 2);
	seal(bytes, key);
	buf_put_z(&b, PREFIX);
	text_b32(&b, str_of(bytes, BYTES));
	buf_put_c(&b, '\0');
	return dst;
}

int
event_id_read(struct str text, const uint8_t key[UUID_KEY_SIZE], struct event_id *ret_id)
{
	uint8_t space[BYTES], want[BYTES];
	struct buf b = { (char *)space, 0, BYTES, BYTES, false };

	if (text.n != EVENT_ID_TEXT - 1 || !str_istarts(text, STR_LIT(PREFIX)) ||
		text_b32_decode(&b, str_from(text, 4)) < 0 || b.n != BYTES)
		return -EINVAL;
	memcpy(want, space, PLAIN);
	seal(want, key);
	if (!str_eq_secret(str_of(space, BYTES), str_of(want, BYTES)) ||
		get(space + 8, 7) >> 53)
		return -EINVAL;
	*ret_id = (struct event_id){ get(space, 8), get(space + 8, 7),
		(uint16_t)get(space + 15, 2) };
	return 0;
}
