#include "send/wish.h"

#include "base/must.h"

#include <errno.h>

void
wish_write(struct buf *b, const struct wish *w)
{
	const struct msg_wish how = { .tls = w->tls, .turn = w->turn, .once = w->once };
	char text[WISH_ROOM];
	struct buf tail = { text, 0, sizeof text, sizeof text, false };

	if (how.tls || how.turn || how.once.n)
		must(msg_wish_write(&tail, &how) == 0);
	if (w->group || tail.n)
		must(msg_more_write(b, &(struct msg_more){ w->group, buf_str(&tail) }) == 0);
}

/* No list is in any of them, so nothing is taken of an arena. */
int
wish_read(struct str extra, struct wish *ret_w)
{
	struct msg_extra x;
	struct msg_more more;
	struct msg_wish how = { 0 };

	*ret_w = (struct wish){ 0 };
	if (extra.n == 0)
		return 0;
	if (msg_extra_read(NULL, extra, &x) < 0)
		return -EBADMSG;
	if (x.more.n == 0)
		return 0;
	if (msg_more_read(NULL, x.more, &more) < 0 ||
		(more.wish.n && msg_wish_read(NULL, more.wish, &how) < 0) ||
		how.tls > TLS_NEED_ANY || how.turn > (TURN_LOW | TURN_LAST_FIRST) ||
		(how.once.n && how.once.n != ONCE_SIZE))
		return -EBADMSG;
	*ret_w = (struct wish){
		.group = more.group, .tls = how.tls, .turn = how.turn, .once = how.once
	};
	return 0;
}
