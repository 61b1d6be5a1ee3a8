/* What of a big journal must be known before it is loaded (send/spool.h). */
#include "base/mem.h"
#include "send/spool.h"

#include <errno.h>

#define DECODED_MAX (64u << 20)
#define IDS         4096u /* they are given in a row: few of these are made */

struct spool_index {
	struct nmap places; /* message id → where its body lies, as a hash */
	struct nmap ids;    /* id / IDS + 1 → which of these were given, a bit each */
	uint64_t next_id;
	int64_t wall;
	struct arena arena; /* of the record at hand */
	struct msg_submit last;
	bool has_last;
};

struct spool_index *
spool_index_new(void)
{
	struct spool_index *x = MEM_NEW(x);

	nmap_init(&x->places);
	nmap_init(&x->ids);
	arena_init(&x->arena, DECODED_MAX);
	return x;
}

void
spool_index_free(struct spool_index **xp)
{
	struct spool_index *x = *xp;
	uint64_t at, bits;
	size_t pos = 0;

	*xp = NULL;
	if (!x)
		return;
	while (nmap_next(&x->ids, &pos, &at, &bits))
		mem_free((void *)(uintptr_t)bits);
	nmap_done(&x->ids);
	nmap_done(&x->places);
	arena_done(&x->arena);
	mem_free(x);
}

static bool
key_ok(uint64_t id)
{
	return id != 0 && id != UINT64_MAX;
}

static uint64_t
place_of(const struct msg_submit *s)
{
	const uint64_t words[4] = { s->extent, s->offset, s->hash, s->length };

	return hash_bytes(0, str_of(words, sizeof words));
}

static uint64_t *
bits_of(const struct spool_index *x, uint64_t id)
{
	uint64_t bits;

	return nmap_get(&x->ids, id / IDS + 1, &bits) ? (uint64_t *)(uintptr_t)bits : NULL;
}

static void
mark_id(struct spool_index *x, uint64_t id)
{
	uint64_t *bits = bits_of(x, id);

	if (!bits) {
		bits = mem_new(IDS / 64, sizeof *bits);
		nmap_put(&x->ids, id / IDS + 1, (uint64_t)(uintptr_t)bits);
	}
	bits[id % IDS / 64] |= UINT64_C(1) << id % 64;
}

static void
see(struct spool_index *x, const struct msg_submit *s)
{
	uint64_t last = s->message;

	if (!key_ok(s->message))
		return;
	if (s->rcpts.n)
		last += 1 + s->rcpts.at[s->rcpts.n - 1].index;
	if (last >= s->message && last < UINT64_MAX && last + 1 > x->next_id)
		x->next_id = last + 1;
	nmap_put(&x->places, s->message, place_of(s));
	mark_id(x, s->message);
	for (size_t i = 0; i < s->rcpts.n; i++)
		mark_id(x, s->message + 1 + s->rcpts.at[i].index);
}

void
spool_index_record(struct spool_index *x, uint16_t type, struct str payload)
{
	struct spool_live l;
	struct spool_totals t;

	arena_reset(&x->arena);
	x->has_last =
		type == SPOOL_SUBMIT && msg_submit_read(&x->arena, payload, &x->last) == 0;
	if (x->has_last)
		see(x, &x->last);
	else if (type == SPOOL_LIVE && spool_live_read(&x->arena, payload, &l) == 0)
		see(x, &l.submit);
	else if (type == SPOOL_TOTALS && spool_totals_read(payload, &t) == 0) {
		if (t.next_id > x->next_id)
			x->next_id = t.next_id;
		x->wall = t.wall;
	}
}

const struct msg_submit *
spool_index_submit(const struct spool_index *x)
{
	return x->has_last ? &x->last : NULL;
}

enum spool_known
spool_index_find(const struct spool_index *x, const struct msg_submit *s)
{
	uint64_t place;

	if (!key_ok(s->message) || !nmap_get(&x->places, s->message, &place))
		return SPOOL_NEW;
	return place == place_of(s) ? SPOOL_SAME : SPOOL_OTHER;
}

bool
spool_index_gave(const struct spool_index *x, uint64_t id)
{
	const uint64_t *bits = bits_of(x, id);

	return bits && bits[id % IDS / 64] >> id % 64 & 1;
}

void
spool_index_queued(struct spool_index *x, uint64_t message)
{
	if (key_ok(message))
		nmap_del(&x->places, message);
}

void
spool_index_gone(struct spool_index *x, const struct q_message *m)
{
	const struct msg_submit s = {
		.extent = m->extent, .offset = m->offset, .hash = m->hash, .length = m->length
	};

	if (key_ok(m->id))
		nmap_put(&x->places, m->id, place_of(&s));
}

void
spool_index_trim(struct spool_index *x)
{
	nmap_shrink(&x->places);
}

uint64_t
spool_index_next_id(const struct spool_index *x)
{
	return x->next_id;
}

int64_t
spool_index_wall(const struct spool_index *x)
{
	return x->wall;
}

size_t
spool_index_messages(const struct spool_index *x)
{
	return x->places.used;
}
