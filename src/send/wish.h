/*
 * How a message is to go, as its submit carries it behind what only mail of the API has
 * (msg_extra.more, msg_more.wish). Journals hold it: what an older program wrote lacks the
 * later parts, and each of them then says "nothing special".
 */
#ifndef SEND_WISH_H
#define SEND_WISH_H

#include "send/once.h"

#define WISH_ROOM 64u /* bytes of more that wish_write needs at most */

struct wish {
	uint32_t group;  /* that the message is of, 0 none */
	uint8_t tls;     /* enum tls_need */
	uint8_t turn;    /* TURN_… */
	struct str once; /* ONCE_SIZE bytes, or empty; wish_read: of extra */
};

/* What goes into msg_extra.more: nothing when nothing is wished. b: WISH_ROOM bytes free. */
void wish_write(struct buf *b, const struct wish *w);
/* Of a submit's extra. 0; or -EBADMSG: it is none, and *ret_w says nothing special. */
int wish_read(struct str extra, struct wish *ret_w);

#endif
