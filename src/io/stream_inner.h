/*
 * What the files of stream share; nobody else includes it.
 */
#ifndef IO_STREAM_INNER_H
#define IO_STREAM_INNER_H

#include "base/buf.h"
#include "io/stream.h"

enum stream_state { CONNECTING, PLAIN, TLS_WAIT, HANDSHAKE, TLS, DEAD };

struct stream {
	struct loop *loop;
	const struct stream_calls *calls;
	void *ctx;
	struct loop_fd *watch;
	struct ssl_st *ssl;
	struct tls_server *server; /* referenced while ssl lives */
	char *tls_text;
	char *why;
	struct buf in, out;
	size_t in_off, out_off, in_max;
	size_t plain_left; /* output from before the handshake asked for */
	struct loop_task work;
	struct loop_timer deadline;
	struct loop_end end; /* of a stream that closes softly */
	struct net_addr peer, local;
	enum stream_state state;
	int fd, err;
	unsigned hs_want; /* what the handshake waits for */
	bool paused, eof;
	bool blocked; /* the socket takes no more for now */
	bool held;    /* TLS holds input that no poll will tell of */
	bool read_wants_write, write_wants_read;
	bool owes_drained;
	bool failed;      /* ERROR is still to be told */
	bool busy, freed; /* inside a callback; freed there */
};

/* Tells e unless the stream was freed. */
void stream_tell(struct stream *s, enum stream_event e);
/* Ends the stream with ERROR, now. err 0: text is the reason; else text may be NULL. */
void stream_fail(struct stream *s, int err, const char *text);

/* Bytes > 0, 0 = end of input, -EAGAIN, -EPROTO (TLS, see tls_why), or another -errno. */
long stream_tls_read(struct stream *s, char *p, size_t n);
/* Bytes > 0, -EAGAIN, -EPROTO, or another -errno. */
long stream_tls_write(struct stream *s, const char *p, size_t n);
/* Goes on with the handshake: tells SECURED or ERROR when it is over. */
void stream_tls_handshake(struct stream *s);
/* Is decrypted or raw input held inside TLS, where no poll sees it? */
bool stream_tls_holds(const struct stream *s);
/* Ends with ERROR after -EPROTO. */
void stream_tls_fail(struct stream *s);
/* Sends close_notify when the socket takes it. */
void stream_tls_bye(struct stream *s);
void stream_tls_done(struct stream *s);

static inline bool
stream_is_open(const struct stream *s)
{
	return s->state == PLAIN || s->state == TLS;
}

#endif
