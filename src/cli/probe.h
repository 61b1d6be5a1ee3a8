/*
 * What people do with telnet: connects to one port and writes down what is there (banner, EHLO,
 * TLS and its certificate, AUTH, HTTP). Blocking, each wait bounded.
 */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include "base/buf.h"

#include <sys/socket.h>

enum probe_state {
	PROBE_OPEN,
	PROBE_CLOSED,     /* the host answers, nothing listens */
	PROBE_FILTERED,   /* no answer at all */
	PROBE_UNREACHABLE /* no way to the host */
};
enum probe_speaks { PROBE_SILENT, PROBE_SMTP, PROBE_HTTP, PROBE_OTHER };

struct probe {
	enum probe_state state;
	enum probe_speaks speaks;
	char address[64];
	unsigned took_ms;    /* to connect */
	char banner[300];    /* safe for a terminal; SMTP's 220, HTTP's first line */
	char ehlo[600];      /* extensions, "SIZE 100, STARTTLS, …" */
	bool tls_first;      /* TLS from the first byte */
	bool starttls;       /* offered */
	bool tls;            /* a handshake succeeded */
	char tls_text[80];   /* "TLSv1.3 TLS_AES_256_GCM_SHA384" */
	char tls_error[200]; /* why the handshake failed */
	bool certificate;
	char subject[200], issuer[200];
	int days_left; /* of the certificate; negative: over */
	bool name_fits, self_signed;
	char auth_plain[100], auth_tls[100]; /* mechanisms before and after TLS */
};

/* host is the name (for SNI and the certificate); to its address with the port. wait_ms bounds
 * each step. */
void probe_port(struct probe *ret_p, const char *host, const struct sockaddr *to,
	socklen_t to_size, unsigned wait_ms);

#endif
