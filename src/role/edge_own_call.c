/* Messages of a call by streams of the account's own, before anything is made of them. */
#include "role/edge_api.h"

#include <sodium.h>

static void
refuse(struct edge_call *k, struct api_item *item, enum api_refusal why, struct str text)
{
	item->refusal = why;
	item->refusal_text = text;
	for (size_t i = 0; k->send.together && i < k->send.n; i++) {
		k->send.items[i].refusal = why;
		k->send.items[i].refusal_text = text;
	}
}

/* How it stands decides how many ids a call takes: after a change it may be another request
 * (edge_api.c, idem_begin). */
static void
remember(struct edge_call *k, uint64_t at, uint8_t how)
{
	crypto_hash_sha256_state h;
	uint64_t said = at << 8 | how;

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, k->body_hash, sizeof k->body_hash);
	crypto_hash_sha256_update(&h, (const uint8_t *)&said, sizeof said);
	crypto_hash_sha256_final(&h, k->body_hash);
}

static void
set(struct outgoing *o, const struct edge_own_row *row)
{
	o->group = row->number;
	if (!(row->how & MSG_STREAM_BROADCAST))
		return;
	o->stream = STREAM_BROADCAST;
	if (!(row->how & MSG_STREAM_UNSUBSCRIBE) && o->unsubscribe == OUTGOING_DEFAULT)
		o->unsubscribe = OUTGOING_OFF;
}

/* Twice changes nothing. false: one is not known, and was not asked for yet. */
static bool
find_all(struct edge_call *k, bool asked)
{
	for (size_t i = 0; i < k->send.n; i++) {
		struct api_item *item = &k->send.items[i];
		const struct edge_own_row *row;

		if (item->mail.own_stream.n == 0 || item->errors.n > 0 ||
			item->refusal != API_TAKEN)
			continue;
		row = edge_own_of(k->edge->own, k->id.tenant, item->mail.own_stream);
		if (!row && !asked)
			return false;
		if (!row)
			refuse(k, item, API_NO_STREAM,
				STR_LIT("There is no such stream in this account."));
		else if (row->how & MSG_STREAM_ARCHIVED)
			refuse(k, item, API_ARCHIVED,
				STR_LIT("This stream is archived: nothing is sent by it."));
		else if (item->mail.group == 0) {
			set(&item->mail, row);
			remember(k, i, row->how);
		}
	}
	return true;
}

static void
on_found(void *ctx, const void *m)
{
	struct edge_call *k = ((struct edge_conn *)ctx)->http->call;

	if (!m) {
		k->retry_s = 10;
		edge_call_refuse(
			k, 503, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	(void)find_all(k, true);
	edge_write_start(k);
}

bool
edge_own_find(struct edge_call *k)
{
	struct edge_conn *c = k->conn;
	struct msg_find q = { .what = FIND_STREAMS, .address = STR_NONE, .sender = STR_NONE };

	/* A token for tests is of no account, and has none. */
	if (find_all(k, k->test))
		return true;
	q.seq = edge_seq(k->edge);
	buf_clear(&c->ask.payload);
	msg_find_write(&c->ask.payload, &q);
	c->ask.done = on_found;
	edge_ask(k->edge, &c->ask, MSG_find, q.seq);
	return false;
}
