#include "io/tls.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define ROOTS_FILE "/etc/ssl/certs/ca-certificates.crt"

struct tls_server {
	SSL_CTX **pairs;
	size_t n;
	unsigned refs;
};

struct tls_client {
	SSL_CTX *ctx;
	bool verify;
};

/* The oldest error of the queue, which is the cause; the queue is empty afterwards. */
static const char *
first_reason(void)
{
	unsigned long e = ERR_get_error();
	const char *text = NULL;

	if (ERR_SYSTEM_ERROR(e))
		text = strerrordesc_np(ERR_GET_REASON(e));
	else if (e)
		text = ERR_reason_error_string(e);
	ERR_clear_error();
	return text ? text : "unknown error";
}

void
tls_why(SSL *ssl, char dst[TLS_WHY_MAX])
{
	unsigned long e = ERR_peek_error();
	int reason = ERR_GET_REASON(e);
	long verify = SSL_get_verify_result(ssl);

	if (ERR_GET_LIB(e) == ERR_LIB_SSL && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
		snprintf(dst, TLS_WHY_MAX, "TLS certificate not accepted: %s",
			X509_verify_cert_error_string(verify));
		ERR_clear_error();
	} else if (ERR_GET_LIB(e) == ERR_LIB_SSL &&
		   (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)) {
		snprintf(dst, TLS_WHY_MAX, "the other side does not speak TLS here");
		ERR_clear_error();
	} else {
		snprintf(dst, TLS_WHY_MAX, "TLS failed: %s", first_reason());
	}
}

static SSL_CTX *
new_ctx(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	must(ctx);
	SSL_CTX_set_options(ctx,
		SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1); /* header and body of a record in one read */
	return ctx;
}

/* The pair for this name, an exact one before a wildcard; NULL when there is none. */
static SSL_CTX *
find_pair(const struct tls_server *t, const char *name)
{
	static const unsigned flags[] = { X509_CHECK_FLAG_NO_WILDCARDS,
		X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS };

	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < t->n; i++) {
			X509 *cert = SSL_CTX_get0_certificate(t->pairs[i]);

			if (X509_check_host(cert, name, 0, flags[f], NULL) == 1)
				return t->pairs[i];
		}
	return NULL;
}

static int
on_sni(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	SSL_CTX *ctx = name ? find_pair(arg, name) : NULL;

	(void)alert;
	if (ctx)
		SSL_set_SSL_CTX(ssl, ctx);
	return SSL_TLSEXT_ERR_OK; /* an unknown name gets the default pair */
}

static int
load_pair(SSL_CTX *ctx, const struct tls_pair *p, char ret_why[TLS_PAIR_WHY_MAX])
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, p->cert) != 1)
		snprintf(ret_why, TLS_PAIR_WHY_MAX, "certificate %.4096s: %.100s", p->cert,
			first_reason());
	else if (SSL_CTX_use_PrivateKey_file(ctx, p->key, SSL_FILETYPE_PEM) == 1)
		return 0; /* it compares the two */
	else if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH ||
		 ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_TYPE_MISMATCH)
		snprintf(ret_why, TLS_PAIR_WHY_MAX,
			"key %.4096s does not belong to certificate %.4096s", p->key, p->cert);
	else
		snprintf(ret_why, TLS_PAIR_WHY_MAX, "key %.4096s: %.100s", p->key,
			first_reason());
	ERR_clear_error();
	return -EINVAL;
}

int
tls_server_new(const struct tls_pair *pairs, size_t n, struct tls_server **ret_t,
	char ret_why[TLS_PAIR_WHY_MAX])
{
	struct tls_server *t = MEM_NEW(t);

	must(n > 0);
	t->refs = 1;
	t->pairs = mem_new(n, sizeof *t->pairs);
	for (size_t i = 0; i < n; i++) {
		SSL_CTX *ctx = new_ctx(TLS_server_method());

		t->pairs[t->n++] = ctx;
		SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
		SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
		SSL_CTX_set_dh_auto(ctx, 1);
		SSL_CTX_set_num_tickets(ctx, 1);
		SSL_CTX_set_tlsext_servername_callback(ctx, on_sni);
		SSL_CTX_set_tlsext_servername_arg(ctx, t);
		if (load_pair(ctx, &pairs[i], ret_why) < 0) {
			tls_server_free(&t);
			return -EINVAL;
		}
	}
	*ret_t = t;
	return 0;
}

struct tls_server *
tls_server_ref(struct tls_server *t)
{
	t->refs++;
	return t;
}

void
tls_server_free(struct tls_server **pt)
{
	struct tls_server *t = *pt;

	*pt = NULL;
	if (!t || --t->refs > 0)
		return;
	for (size_t i = 0; i < t->n; i++)
		SSL_CTX_free(t->pairs[i]);
	mem_free(t->pairs);
	mem_free(t);
}

SSL *
tls_server_ssl(struct tls_server *t)
{
	SSL *ssl = SSL_new(t->pairs[0]);

	must(ssl);
	SSL_set_accept_state(ssl);
	return ssl;
}

struct tls_client *
tls_client_new(bool verify)
{
	struct tls_client *t = MEM_NEW(t);
	const char *roots = secure_getenv(X509_get_default_cert_file_env());

	t->verify = verify;
	t->ctx = new_ctx(TLS_client_method());
	if (verify) {
		SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
		SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	} else {
		/* RFC 7435: what this refuses would go in the clear. */
		SSL_CTX_set_min_proto_version(t->ctx, TLS1_VERSION);
		SSL_CTX_set_security_level(t->ctx, 0);
		SSL_CTX_set_options(t->ctx, SSL_OP_LEGACY_SERVER_CONNECT);
		SSL_CTX_set_verify(t->ctx, SSL_VERIFY_NONE, NULL);
	}
	/* Read whole and now: a sandboxed role cannot look up roots one by one later. */
	if (SSL_CTX_load_verify_file(t->ctx, roots ? roots : ROOTS_FILE) != 1)
		SSL_CTX_set_default_verify_paths(t->ctx);
	ERR_clear_error();
	return t;
}

void
tls_client_free(struct tls_client **t)
{
	if (!*t)
		return;
	SSL_CTX_free((*t)->ctx); /* connections hold references of their own */
	mem_free(*t);
	*t = NULL;
}

SSL *
tls_client_ssl(struct tls_client *t, const char *host)
{
	SSL *ssl = SSL_new(t->ctx);
	X509_VERIFY_PARAM *param;
	struct str name = str_z(host);
	char text[256];

	must(ssl);
	SSL_set_connect_state(ssl);
	param = SSL_get0_param(ssl);
	if (str_ends(name, STR_LIT(".")))
		name.n--;
	if (name.n == 0 || str_copy_z(text, sizeof text, name) < 0)
		return ssl;
	if (X509_VERIFY_PARAM_set1_ip_asc(param, text) == 1)
		return ssl; /* RFC 6066 3: no SNI for addresses */
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	must(X509_VERIFY_PARAM_set1_host(param, text, 0) == 1);
	(void)SSL_set_tlsext_host_name(ssl, text);
	ERR_clear_error();
	return ssl;
}

/* 0 or -errno; freed by the caller. */
static int
read_certificate(const char *file, X509 **ret_cert)
{
	FILE *f = fopen(file, "re");
	X509 *cert;

	if (!f)
		return -errno;
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	ERR_clear_error();
	if (!cert)
		return -EINVAL;
	*ret_cert = cert;
	return 0;
}

int
tls_cert_span(const char *file, int64_t *ret_begin, int64_t *ret_end)
{
	struct tm begin, end;
	X509 *cert = NULL;
	int err = read_certificate(file, &cert), ok;

	if (err < 0)
		return err;
	ok = ASN1_TIME_to_tm(X509_get0_notBefore(cert), &begin) == 1 &&
	     ASN1_TIME_to_tm(X509_get0_notAfter(cert), &end) == 1;
	X509_free(cert);
	if (!ok)
		return -EINVAL;
	*ret_begin = (int64_t)timegm(&begin) * 1000000;
	*ret_end = (int64_t)timegm(&end) * 1000000;
	return 0;
}

int
tls_cert_own(const char *file)
{
	X509 *cert = NULL;
	int err = read_certificate(file, &cert), own;

	if (err < 0)
		return err;
	own = X509_self_signed(cert, 0);
	X509_free(cert);
	return own == 1;
}

int
tls_cert_fits(const char *file, struct str host)
{
	X509 *cert = NULL;
	int err = read_certificate(file, &cert), fits;

	if (err < 0)
		return err;
	fits = X509_check_host(cert, host.p, host.n, 0, NULL);
	X509_free(cert);
	return fits == 1;
}
