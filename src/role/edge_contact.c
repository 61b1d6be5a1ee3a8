/*
 * What templates read of the contact that a message goes to (people/contact): asked of desk for
 * each message whose template may read it, and not kept, so that a change holds for the next
 * message. A call waits for it as it waits for its template.
 */
#include "role/edge_api.h"

#include "base/must.h"
#include "io/channel.h"

#include <errno.h>

/* false: desk cannot be asked. */
static bool
ask(struct edge_call *k, struct str address)
{
	struct edge *e = k->edge;
	const struct msg_contact m = {
		.seq = e->desk_seq + 1, .tenant = k->id.tenant, .address = address
	};
	struct buf b;
	bool ok;

	if (!e->desk || channel_unsent(e->desk) > EDGE_UNSENT_MAX)
		return false;
	buf_init(&b, 4096);
	ok = msg_contact_write(&b, &m) == 0;
	if (ok) {
		k->contact_seq = e->desk_seq = m.seq;
		k->began = loop_mono(e->loop);
		(void)channel_force(e->desk, MSG_contact, buf_str(&b));
	}
	buf_done(&b);
	return ok;
}

enum template_is
edge_contact_find(struct edge_call *k, bool own, const struct outgoing *mail)
{
	const struct outgoing_address *one = outgoing_template_contact(mail);
	bool reads = own || (k->version && edge_version_reads_contact(k->version));

	if (k->contact_known || !one || !reads)
		return TEMPLATE_IS_HERE;
	return ask(k, one->email) ? TEMPLATE_IS_KNOWN : TEMPLATE_IS_LATER;
}

void
edge_contact_drop(struct edge_call *k)
{
	json_decref(k->contact);
	k->contact = NULL;
	k->contact_known = false;
}

static void
told(struct edge_call *k, enum template_is is)
{
	k->contact_seq = 0;
	k->told(k, is);
}

static struct edge_call *
waiting(struct edge *e, uint64_t seq)
{
	LIST_EACH(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (k->contact_seq == seq && k->conn)
			return k;
	}
	return NULL;
}

void
edge_contact_answered(struct edge *e, struct str payload)
{
	struct msg_contacted m;
	struct edge_call *k;

	/* No list is in it: nothing is taken of an arena. */
	if (msg_contacted_read(NULL, payload, &m) < 0 || m.seq == 0)
		return;
	k = waiting(e, m.seq);
	if (!k)
		return;
	if (m.is == CONTACT_IS_HERE)
		k->contact = json_loadb(m.values.p, m.values.n, 0, NULL);
	k->contact_known = m.is == CONTACT_IS_NONE || k->contact;
	told(k, k->contact_known ? TEMPLATE_IS_HERE : TEMPLATE_IS_LATER);
}

void
edge_contact_lost(struct edge *e)
{
	/* A client that is told may ask for more at once: the list of them moves. */
	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (k->contact_seq && k->conn)
			told(k, TEMPLATE_IS_LATER);
	}
}

void
edge_contact_second(struct edge *e)
{
	uint64_t now = loop_mono(e->loop);

	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (k->contact_seq && k->conn && now - k->began > EDGE_ASK_US)
			told(k, TEMPLATE_IS_LATER);
	}
}
