/*
 * Hands one message to an SMTP server and waits for the answer: by the local submission socket
 * or over TCP, with TLS and AUTH where asked. Blocking, for the command line.
 */
#ifndef CLI_POST_H
#define CLI_POST_H

#include "wire/smtp_out.h"

struct post_conf {
	const char *socket; /* UNIX socket; NULL: host and port */
	const char *host;   /* name or address */
	uint16_t port;
	enum smtp_out_tls tls;
	bool verify; /* refuse a certificate that is not valid for host */
	struct str user, secret;
	struct str hostname; /* EHLO name */
};

enum post_end {
	POST_DONE,   /* the server answered for each recipient */
	POST_AWAY,   /* nobody listens there */
	POST_DENIED, /* no permission to connect to the socket */
	POST_FAILED  /* the conversation broke before it was taken, or AUTH, TLS … failed */
};

#define POST_WHY_MAX 600

struct post_result {
	enum post_end end;
	uint16_t code;            /* of the reply that ended a FAILED conversation, else 0 */
	char why[POST_WHY_MAX];   /* a sentence, safe for a terminal; AWAY, DENIED, FAILED */
	char id[64];              /* the server's "queued as …"; empty when it told none */
	char reply[POST_WHY_MAX]; /* the answer to the message, safe for a terminal */
	unsigned accepted;        /* recipients */
};

/* mail.rcpts[i].reply are the answers after DONE; their texts are copied into arena. The other
 * members of mail must be set but size, body_8bit and utf8. message: CRLF lines. */
void post_send(const struct post_conf *conf, struct smtp_out_mail *mail, struct str message,
	struct arena *arena, struct post_result *ret_r);

#endif
