/* The audit log's chains: those of an older log are begun in slices, and each day the newest
 * entries' hashes go into the text log: who keeps that elsewhere sees when the tables are put
 * back. */
#include "role/desk_priv.h"

#include "account/control_chain.h"

#define HEADS_US (UINT64_C(24) * 3600 * 1000000)

static void
say_head(void *ctx, const struct control_chain_head *h)
{
	struct log_line ll = log_op(ctx, LOG_INFO, "audit-head");

	log_str(&ll, "account", h->account);
	log_num(&ll, "entry", h->seq);
	log_z(&ll, "hash", h->hash);
	log_end(&ll);
}

void
desk_chain_second(struct desk *d)
{
	uint64_t now = loop_mono(d->loop);
	struct control *c = desk_control(d);
	int64_t since = d->heads_told ? loop_wall(d->loop) - (int64_t)(now - d->heads_told) : 0;

	if (!c)
		return;
	if (!d->chained) {
		d->chained = control_chain_adopt(c) == 0;
		return;
	}
	if (d->heads_told && now - d->heads_told < HEADS_US)
		return;
	if (control_chain_heads(c, since, say_head, d->log) == 0)
		d->heads_told = now;
}
