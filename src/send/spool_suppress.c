#include "send/spool_suppress.h"

#include <errno.h>

/* Of one change whose texts are empty. */
#define FIXED 43u
/* Bits of a change's second field. */
#define REMOVE 1u
#define GROUP  2u /* the group's number stands behind all else */

static void
put(struct buf *b, const struct suppress_change *c)
{
	wr_u64(b, c->number);
	wr_u8(b, (uint8_t)((c->remove ? REMOVE : 0) | (c->group ? GROUP : 0)));
	wr_u8(b, c->scope);
	wr_u8(b, c->reason);
	wr_u32(b, c->tenant);
	wr_u64(b, c->message);
	wr_u64(b, c->incident);
	wr_u64(b, (uint64_t)c->at);
	wr_str(b, c->address);
	wr_str(b, c->note);
	if (c->group)
		wr_u32(b, c->group);
}

int
spool_suppress_write(struct buf *b, const struct spool_suppress *s)
{
	if (s->n > SPOOL_SUPPRESS_MAX)
		return -E2BIG;
	wr_u16(b, (uint16_t)s->n);
	for (size_t i = 0; i < s->n; i++)
		put(b, &s->at[i]);
	return b->full ? -E2BIG : 0;
}

static bool
address_good(struct str s)
{
	size_t at = str_rfind(s, '@');

	if (s.n > SUPPRESS_ADDRESS_SIZE || at == 0 || at + 1 >= s.n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ascii_lower(s.p[i]))
			return false;
	return true;
}

static bool
good(const struct suppress_change *c, uint8_t bits)
{
	if (bits > (REMOVE | GROUP) || !address_good(c->address) ||
		c->note.n > SUPPRESS_NOTE_MAX)
		return false;
	/* Numbers that SQL can hold. */
	if (c->number > INT64_MAX || c->message > INT64_MAX || c->incident > INT64_MAX)
		return false;
	/* A bit without a group would be another spelling of none. */
	return ((bits & GROUP) != 0) == (c->group != 0) && suppress_change_good(c);
}

static void
get(struct rd *r, struct suppress_change *c)
{
	uint8_t bits;

	c->number = rd_u64(r);
	bits = rd_u8(r);
	c->remove = bits & REMOVE;
	c->scope = rd_u8(r);
	c->reason = rd_u8(r);
	c->tenant = rd_u32(r);
	c->message = rd_u64(r);
	c->incident = rd_u64(r);
	c->at = (int64_t)rd_u64(r);
	c->address = rd_str(r);
	c->note = rd_str(r);
	c->group = bits & GROUP ? rd_u32(r) : 0;
	if (!good(c, bits))
		r->bad = true;
}

int
spool_suppress_read(struct arena *a, struct str bytes, struct spool_suppress *ret_s)
{
	struct rd r = rd_of(bytes);
	struct spool_suppress s = { .n = rd_u16(&r) };

	/* The count is held against the bytes there are before memory is taken for it. */
	if (s.n > SPOOL_SUPPRESS_MAX || s.n * FIXED > r.n)
		return -EBADMSG;
	if (s.n && (s.at = arena_alloc(a, s.n * sizeof *s.at)) == NULL)
		return -EBADMSG;
	for (size_t i = 0; i < s.n && !r.bad; i++)
		get(&r, &s.at[i]);
	if (!rd_end(&r))
		return -EBADMSG;
	*ret_s = s;
	return 0;
}
