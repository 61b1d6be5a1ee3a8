/* Edges ask what templates read of a contact, to write mail to him: answered at once. */
#include "role/desk_priv.h"

#include "base/must.h"
#include "io/channel.h"
#include "role/desk_contact.h"
#include "role/desk_webhook_priv.h"

#include <errno.h>
#include <stdlib.h>

#define ARENA_MAX (1u << 20)
/* To one edge and not read yet: above it the client is to come again (503). */
#define UNSENT_MAX (16u << 20)

static void
say(struct desk_edge *to, uint64_t seq, enum contact_is is, struct str values)
{
	const struct msg_contacted m = { .seq = seq, .is = (uint8_t)is, .values = values };
	struct buf b;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	must(msg_contacted_write(&b, &m) == 0);
	(void)channel_force(to->channel, MSG_contacted, buf_str(&b));
	buf_done(&b);
}

void
desk_contact_ask(struct desk_edge *from, struct str payload)
{
	struct webhook_ask a = { .control = desk_control(from->desk) };
	json_t *values = NULL;
	struct msg_contact m;
	char *text = NULL;
	int err;

	/* No list is in it: nothing is taken of an arena. */
	if (!from->channel || msg_contact_read(NULL, payload, &m) < 0)
		return;
	arena_init(&a.arena, ARENA_MAX);
	a.tenant = m.tenant;
	err = a.control && channel_unsent(from->channel) <= UNSENT_MAX
	              ? desk_contact_values(&a, m.address, &values)
	              : -EIO;
	if (!err)
		text = json_dumps(values, JSON_COMPACT);
	/* What is no address of a contact is none's. */
	if (text)
		say(from, m.seq, CONTACT_IS_HERE, str_z(text));
	else
		say(from, m.seq,
			err == -ENOENT || err == -EINVAL ? CONTACT_IS_NONE : CONTACT_IS_LATER,
			STR_NONE);
	free(text); /* jansson's own allocation */
	json_decref(values);
	arena_done(&a.arena);
}
