/*
 * TLS contexts (OpenSSL 3). Server: certificates chosen by SNI, a self-signed one when none
 * is given. Client: opportunistic or verifying.
 */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "base/buf.h"

struct tls_server;
struct tls_client;

struct tls_pair {
	const char *cert, *key; /* PEM file names */
};

#define TLS_PAIR_WHY_MAX 8400 /* two whole paths and a reason */
/* TLS ≥ 1.2, server order, no session tickets across restarts. The first pair is the default.
 * 0, or -EINVAL with *ret_why saying which file
 * and what is wrong. */
int tls_server_new(const struct tls_pair *pairs, size_t n, struct tls_server **ret_t,
	char ret_why[TLS_PAIR_WHY_MAX]);
/* References: streams keep the context they began with, so reload is new + free. */
void tls_server_free(struct tls_server **t);
/* Makes a self-signed ECDSA P-256 certificate for hostname in dir (self.pem, self.key, mode
 * 0600) unless it is there and has 30 days left. 0 or -errno. */
int tls_self_signed(const char *dir, struct str hostname);
/* From when until when a PEM certificate is valid, wall µs: 0 or -errno. */
int tls_cert_span(const char *file, int64_t *ret_begin, int64_t *ret_end);
/* Is it signed by itself? 1, 0 or -errno. */
int tls_cert_own(const char *file);
/* Is a PEM certificate for this host? 1, 0 or -errno. */
int tls_cert_fits(const char *file, struct str host);

/* verify: check the chain against the system's roots and the host name; otherwise any
 * certificate will do, but stream_tls_verified still tells. */
struct tls_client *tls_client_new(bool verify);
void tls_client_free(struct tls_client **t);

/* For io/ only. */
struct ssl_st;
struct ssl_st *tls_server_ssl(struct tls_server *t);
struct ssl_st *tls_client_ssl(struct tls_client *t, const char *host);
/* One more reference, given back by tls_server_free: connections choose their certificate
 * from t. */
struct tls_server *tls_server_ref(struct tls_server *t);

#define TLS_WHY_MAX 160
/* A sentence for what just failed on ssl; empties OpenSSL's queue of errors. */
void tls_why(struct ssl_st *ssl, char dst[TLS_WHY_MAX]);

#endif
