/*
 * A buffered byte stream over a socket, with or without TLS.
 * Input waits in the stream until it is eaten; output is bounded by the caller looking at
 * stream_pending. What is written in one round of the loop leaves at its end in one write.
 * Callbacks run on the loop, never inside a call of the functions below; the stream may be
 * freed inside any of them.
 *
 * Not libevent's bufferevents: they want an epoll_ctl before and after each write, keep
 * buffers for idle connections, and have no way to let the last plain reply leave before a
 * STARTTLS handshake begins on the same descriptor.
 *
 *   CONNECTING -> PLAIN -> (TLS_WAIT: plain output leaves) -> HANDSHAKE -> TLS
 *   any of them -> DEAD (ERROR was told)
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include "base/str.h"
#include "io/loop.h"
#include "io/net.h"

struct stream;
struct tls_server;
struct tls_client;

enum stream_event {
	STREAM_CONNECTED, /* of stream_connect, before any TLS */
	STREAM_SECURED,   /* the handshake asked for by stream_tls_* finished */
	STREAM_EOF,       /* the peer closed; input may still be there */
	STREAM_ERROR,     /* stream_error tells why; the stream is of no more use */
	STREAM_DRAINED,   /* everything written has left (after stream_write only) */
	STREAM_TIMEOUT    /* the deadline set by stream_deadline passed */
};

struct stream_calls {
	void (*input)(void *ctx); /* new bytes came; those left uneaten are not told again */
	void (*event)(void *ctx, enum stream_event e);
};

/* Takes the connected, non-blocking socket fd. */
struct stream *stream_new(struct loop *l, int fd, const struct stream_calls *calls, void *ctx);
/* Connects to `to` from `from` (NULL = the kernel's choice). Result: CONNECTED or ERROR. */
struct stream *stream_connect(struct loop *l, const struct net_addr *to,
	const struct net_addr *from, const struct stream_calls *calls, void *ctx);
/* Two ends in memory, for tests and serve --one. */
void stream_pair(struct loop *l, struct stream **ret_a, struct stream **ret_b);
void stream_set(struct stream *s, const struct stream_calls *calls, void *ctx);
/* Closes at once; NULL is fine. */
void stream_free(struct stream **s);
/* Closes when everything written has left and the peer closed too (a socket closed over
 * unread input would be reset, and our last reply lost), or after wait_us; *s becomes NULL,
 * no more calls. The peer sees our end as soon as everything left. */
void stream_close_soft(struct stream **s, uint64_t wait_us);

/* The bytes that wait, made contiguous; borrowed until the next call on s. */
struct str stream_input(struct stream *s);
void stream_eat(struct stream *s, size_t n);
void stream_write(struct stream *s, struct str bytes);
/* Bytes written that have not left yet. */
size_t stream_pending(const struct stream *s);
/* Stops / resumes reading from the socket (back-pressure). */
void stream_pause(struct stream *s);
void stream_resume(struct stream *s);
/* At most n bytes of input are kept waiting (default 64 KiB). */
void stream_input_max(struct stream *s, size_t n);

/* TIMEOUT comes wait_us from now unless set again; UINT64_MAX = never. */
void stream_deadline(struct stream *s, uint64_t wait_us);

/* TLS on a plain stream, also on one that still connects. What was written before leaves in
 * plain first; waiting input is dropped (RFC 3207). SECURED or ERROR follows. What is written
 * meanwhile leaves after the handshake.
 * host: SNI and, when the client verifies, the name to check. */
void stream_tls_accept(struct stream *s, struct tls_server *t);
void stream_tls_connect(struct stream *s, struct tls_client *t, struct str host);
bool stream_is_tls(const struct stream *s);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384", "" when plain; lives as long as the stream. */
const char *stream_tls_text(const struct stream *s);
/* Client side: was the certificate valid for the host? */
bool stream_tls_verified(const struct stream *s);

const struct net_addr *stream_peer(const struct stream *s);
const struct net_addr *stream_local(const struct stream *s);
/* Why the last ERROR came, a sentence such as "connection refused"; and its errno-like code
 * (0 for TLS). */
const char *stream_error(const struct stream *s);
int stream_errno(const struct stream *s);

#endif
