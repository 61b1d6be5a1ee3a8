/*
 * Messages between roles: frames over one end of a socketpair. A frame is
 *   u32 length of payload | u16 type | u16 zero | payload        (little-endian)
 * Nobody blocks: a sender that finds more than `max` bytes unsent gets -EAGAIN and must hold
 * its own work back (promise P8); credits in HELLO keep that from being the normal case.
 */
#ifndef IO_CHANNEL_H
#define IO_CHANNEL_H

#include "base/buf.h"
#include "io/link.h"
#include "io/loop.h"

#define CHANNEL_PAYLOAD_MAX (4u << 20)

struct channel;

struct channel_calls {
	/* One message; payload is borrowed. The channel may be freed inside. */
	void (*message)(void *ctx, uint16_t type, struct str payload);
	/* The other side is gone or sent nonsense; no more calls follow. Free the channel. */
	void (*gone)(void *ctx);
};

/* Takes fd (a non-blocking socket). max = bytes that may wait unsent. */
struct channel *channel_new(
	struct loop *l, int fd, size_t max, const struct channel_calls *calls, void *ctx);
void channel_free(struct channel **c);
/* 0; -EAGAIN over max (nothing was sent); -EPIPE gone. Sends are batched per loop round. */
int channel_send(struct channel *c, uint16_t type, struct str payload);
/* As channel_send, but goes even over max: for answers the peer waits for. */
int channel_force(struct channel *c, uint16_t type, struct str payload);
size_t channel_unsent(const struct channel *c);

/* A pair of connected, non-blocking, close-on-exec sockets. 0 or -errno. */
int channel_pair(int ret_fd[2]);

/* The first frame of in: its length in bytes, 0 when more bytes are needed, -EPROTO when it
 * is none. payload points into in. */
long channel_split(struct str in, uint16_t *ret_type, struct str *ret_payload);

#endif
