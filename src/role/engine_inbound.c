/*
 * Mail that came in for an account's URL: how much of it waits. Strangers fill it, and its way
 * out may be closed for days, so each account has a bound that leaves everybody else's mail in
 * peace (P8). Recipients are counted, since each is a place in the queue and a POST of the
 * whole mail; all of a message until its last one is done.
 */
#include "role/engine_priv.h"

#include "account/control_inbound.h"
#include "base/mem.h"

#define WAITING_MAX       10000u /* recipients */
#define WAITING_BYTES_MAX (UINT64_C(1) << 30)

struct engine_inbound {
	uint64_t rcpts, bytes; /* of messages in the queue */
};

static struct engine_inbound *
of(const struct engine *e, uint32_t tenant)
{
	uint64_t at;

	if (!nmap_get(&e->inbound, (uint64_t)tenant + 1, &at))
		return NULL;
	return (struct engine_inbound *)(uintptr_t)at;
}

bool
engine_inbound_ok(const struct engine *e, const struct inbound *in, uint32_t tenant)
{
	return in->tenant == tenant && (in->verified || e->config->lab.verified_domains ||
					       e->config->lab.any_credentials);
}

void
engine_inbound_up(struct engine *e, const struct q_message *m)
{
	struct engine_inbound *i;

	if (m->stream != STREAM_INBOUND)
		return;
	i = of(e, m->tenant);
	if (!i) {
		i = MEM_NEW(i);
		nmap_put(&e->inbound, (uint64_t)m->tenant + 1, (uint64_t)(uintptr_t)i);
	}
	i->rcpts += m->total;
	i->bytes += m->length;
}

void
engine_inbound_down(struct engine *e, const struct q_message *m)
{
	struct engine_inbound *i = m->stream == STREAM_INBOUND ? of(e, m->tenant) : NULL;

	/* One that left while the queue was being restored was never counted. */
	if (!i || i->bytes < m->length || i->rcpts < m->total)
		return;
	i->bytes -= m->length;
	i->rcpts -= m->total;
	if (i->rcpts == 0) {
		nmap_del(&e->inbound, (uint64_t)m->tenant + 1);
		mem_free(i);
	}
}

bool
engine_inbound_full(const struct engine *e, const struct msg_submit *s)
{
	const struct engine_inbound *i = s->stream == STREAM_INBOUND ? of(e, s->tenant) : NULL;

	return i && (i->rcpts + s->rcpts.n > WAITING_MAX ||
			    i->bytes + s->length > WAITING_BYTES_MAX);
}

bool
engine_inbound_wanted(const struct engine *e, const struct msg_submit *s)
{
	for (size_t i = 0; s->stream == STREAM_INBOUND && i < s->rcpts.n; i++) {
		const struct inbound *in = directory_inbound(e->dir, s->rcpts.at[i].address);

		if (!in || !engine_inbound_ok(e, in, s->tenant))
			return false;
	}
	return true;
}

bool
engine_inbound_blocked(const struct engine *e, const struct msg_submit *s)
{
	return s->stream == STREAM_INBOUND &&
	       (directory_blocks(e->dir, s->tenant, s->sender) ||
		       directory_blocks(e->dir, s->tenant, s->from_domain));
}

void
engine_inbound_free(struct engine *e)
{
	uint64_t key, value;

	for (size_t pos = 0; nmap_next(&e->inbound, &pos, &key, &value);)
		mem_free((void *)(uintptr_t)value);
	nmap_done(&e->inbound);
}
