#include "send/spool.h"

#include <errno.h>

#define CHANGE_BYTES 17u /* of one change, encoded */
#define TOLD         1u
#define OWED         2u
#define HELD_OWN     4u

static int
put_changes(struct buf *b, const struct spool_change *c, size_t n)
{
	if (n > UINT16_MAX)
		return -E2BIG;
	wr_u16(b, (uint16_t)n);
	for (size_t i = 0; i < n; i++, c++) {
		wr_u16(b, c->index);
		wr_u16(b, c->attempts);
		wr_u16(b, c->facts);
		wr_u8(b, c->state);
		wr_u8(b, c->crashes);
		wr_u8(b, (uint8_t)((c->delay_told ? TOLD : 0) | (c->report_owed ? OWED : 0) |
				   (c->held_own ? HELD_OWN : 0)));
		wr_u64(b, (uint64_t)c->next);
	}
	return b->full ? -E2BIG : 0;
}

static void
get_change(struct rd *r, struct spool_change *c)
{
	uint8_t flags;

	c->index = rd_u16(r);
	c->attempts = rd_u16(r);
	c->facts = rd_u16(r);
	c->state = rd_u8(r);
	c->crashes = rd_u8(r);
	flags = rd_u8(r);
	c->delay_told = flags & TOLD;
	c->report_owed = flags & OWED;
	c->held_own = flags & HELD_OWN;
	c->next = (int64_t)rd_u64(r);
	if ((flags & ~(TOLD | OWED | HELD_OWN)) || c->state == RCPT_NONE ||
		c->state >= RCPT_STATES)
		r->bad = true;
}

/* The count is held against the bytes there are before memory is taken for it. */
static struct spool_change *
get_changes(struct rd *r, struct arena *a, size_t *ret_n)
{
	size_t n = rd_u16(r);
	struct spool_change *at = NULL;

	if (n * CHANGE_BYTES > r->n)
		r->bad = true;
	else if (n > 0 && (at = arena_alloc(a, n * sizeof *at)) == NULL)
		r->bad = true;
	for (size_t i = 0; at && i < n; i++)
		get_change(r, &at[i]);
	*ret_n = at ? n : 0;
	return at;
}

int
spool_outcome_write(struct buf *b, const struct spool_outcome *o)
{
	wr_u64(b, o->message);
	wr_u64(b, (uint64_t)o->at);
	wr_u64(b, (uint64_t)o->accepted);
	wr_u64(b, o->attempt);
	if (put_changes(b, o->changes, o->n) < 0)
		return -E2BIG;
	return wr_text(b, o->facts);
}

int
spool_outcome_read(struct arena *a, struct str s, struct spool_outcome *ret_o)
{
	struct rd r = rd_of(s);
	struct spool_outcome o = { 0 };

	o.message = rd_u64(&r);
	o.at = (int64_t)rd_u64(&r);
	o.accepted = (int64_t)rd_u64(&r);
	o.attempt = rd_u64(&r);
	o.changes = get_changes(&r, a, &o.n);
	o.facts = rd_text(&r);
	if (!rd_end(&r))
		return -EBADMSG;
	*ret_o = o;
	return 0;
}

int
spool_live_write(struct buf *b, const struct spool_live *l)
{
	size_t at = b->n;

	if (wr_u32(b, 0) < 0 || msg_submit_write(b, &l->submit) < 0)
		return -E2BIG;
	wr_u32_at(b, at, (uint32_t)(b->n - at - 4));
	return put_changes(b, l->changes, l->n);
}

int
spool_live_read(struct arena *a, struct str s, struct spool_live *ret_l)
{
	struct rd r = rd_of(s);
	struct spool_live l = { 0 };
	struct str submit = rd_text(&r);

	l.changes = get_changes(&r, a, &l.n);
	if (!rd_end(&r) || msg_submit_read(a, submit, &l.submit) < 0)
		return -EBADMSG;
	*ret_l = l;
	return 0;
}

int
spool_totals_write(struct buf *b, const struct spool_totals *t)
{
	wr_u64(b, t->next_id);
	wr_u64(b, (uint64_t)t->wall);
	wr_u64(b, t->accepted);
	wr_u64(b, t->accepted_system);
	wr_u64(b, t->messages);
	wr_u8(b, RCPT_STATES);
	for (size_t i = 0; i < RCPT_STATES; i++)
		wr_u64(b, t->final[i]);
	return b->full ? -E2BIG : 0;
}

int
spool_totals_read(struct str s, struct spool_totals *ret_t)
{
	struct rd r = rd_of(s);
	struct spool_totals t = { 0 };

	t.next_id = rd_u64(&r);
	t.wall = (int64_t)rd_u64(&r);
	t.accepted = rd_u64(&r);
	t.accepted_system = rd_u64(&r);
	t.messages = rd_u64(&r);
	if (rd_u8(&r) != RCPT_STATES)
		return -EBADMSG;
	for (size_t i = 0; i < RCPT_STATES; i++)
		t.final[i] = rd_u64(&r);
	if (!rd_end(&r))
		return -EBADMSG;
	*ret_t = t;
	return 0;
}

int
spool_dot_write(struct buf *b, const struct spool_dot *d)
{
	if (d->rcpts.n > UINT16_MAX)
		return -E2BIG;
	wr_u64(b, d->attempt);
	wr_u64(b, d->message);
	wr_u16(b, (uint16_t)d->rcpts.n);
	for (size_t i = 0; i < d->rcpts.n; i++)
		wr_u64(b, d->rcpts.at[i]);
	return b->full ? -E2BIG : 0;
}

int
spool_dot_read(struct arena *a, struct str s, struct spool_dot *ret_d)
{
	struct rd r = rd_of(s);
	struct spool_dot d = { 0 };

	d.attempt = rd_u64(&r);
	d.message = rd_u64(&r);
	d.rcpts.n = rd_u16(&r);
	if (d.rcpts.n * 8 > r.n)
		return -EBADMSG;
	if (d.rcpts.n && (d.rcpts.at = arena_alloc(a, d.rcpts.n * 8)) == NULL)
		return -EBADMSG;
	for (size_t i = 0; i < d.rcpts.n; i++)
		d.rcpts.at[i] = rd_u64(&r);
	if (!rd_end(&r))
		return -EBADMSG;
	*ret_d = d;
	return 0;
}

static void
put_place(struct buf *b, const struct spool_place *p)
{
	wr_u32(b, p->extent);
	wr_u64(b, p->offset);
}

static struct spool_place
get_place(struct rd *r)
{
	struct spool_place p = { .extent = rd_u32(r) };

	p.offset = rd_u64(r);
	return p;
}

int
spool_moved_write(struct buf *b, const struct spool_moved *m)
{
	wr_u64(b, m->message);
	put_place(b, &m->from);
	put_place(b, &m->to);
	return b->full ? -E2BIG : 0;
}

int
spool_moved_read(struct str s, struct spool_moved *ret_m)
{
	struct rd r = rd_of(s);
	struct spool_moved m = { .message = rd_u64(&r) };

	m.from = get_place(&r);
	m.to = get_place(&r);
	if (!rd_end(&r) || m.to.extent == 0)
		return -EBADMSG;
	*ret_m = m;
	return 0;
}
