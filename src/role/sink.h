/*
 * The built-in sink: an SMTP server that keeps every message in a folder and simulates, by the
 * local part of a recipient (any domain, any +tag), what other people's servers do. For demo,
 * labs and tests; it delivers nothing, asks for no password and needs none of the other roles.
 *
 *   delivered@     250 (and so does every other local part)
 *   hardbounce@    550 5.1.1 to RCPT
 *   softbounce@    452 4.2.2 to RCPT three times per address, then 250
 *   full@          552 5.2.2            toolarge@  552 5.3.4
 *   blocked@       554 5.7.1 with a blocklist's words
 *   greylist@      451 4.7.1 until grey_us have passed since the first time, then 250
 *   slow@          each reply from RCPT on comes slow_us late
 *   drop@          the connection is cut instead of a reply to DATA: nobody got anything
 *   indoubt@       the message is read to its end and kept, then the connection is cut without
 *                  a reply; the same message (by Message-ID) is taken with 250 the next time
 *   late@          250, and one second later a bounce goes to the return path (role/sink_back)
 *   complaint@     250, and one second later a complaint goes to fbl@ at the return path's
 * domain
 */
#ifndef ROLE_SINK_H
#define ROLE_SINK_H

#include "io/loop.h"
#include "role/sink_back.h"
#include "role/sink_store.h"

struct sink_conf {
	const char *dir; /* folder of the messages; made when missing */
	int listen_fd;   /* taken */
	struct str hostname;
	uint64_t slow_us, grey_us;
	/* Where bounces and complaints go: the service's port; len 0: nothing comes back. */
	struct net_addr back;
	bool signals; /* sink_main: SIGTERM and SIGINT end it in order, else they kill */
};

#define SINK_SLOW_US (60u * 1000000u)
#define SINK_GREY_US (300u * 1000000u)

struct sink;
/* conf's texts are borrowed for the life of the sink. 0 or -errno (then listen_fd is closed).
 */
int sink_new(struct loop *l, const struct sink_conf *conf, struct sink **ret_s);
void sink_free(struct sink **s);

/* A process of its own: runs until it is ended, in a sandbox that reaches only dir.
 * ready (may be NULL) is called when mail can come. An exit code. */
int sink_main(const struct sink_conf *conf, void (*ready)(void *ctx), void *ctx);

#endif
