#include "base/mem.h"
#include "base/must.h"
#include "io/stream_inner.h"
#include "io/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

#define TLS_TEXT_MAX 80

void
stream_tls_fail(struct stream *s)
{
	char why[TLS_WHY_MAX];

	tls_why(s->ssl, why);
	stream_fail(s, 0, why);
}

long
stream_tls_read(struct stream *s, char *p, size_t n)
{
	int rc, err;

	ERR_clear_error();
	errno = 0;
	rc = SSL_read(s->ssl, p, (int)n);
	err = errno;
	s->read_wants_write = false;
	if (rc > 0)
		return rc;
	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		s->read_wants_write = true;
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		/* An end without close_notify: SMTP and HTTP say themselves where they end. */
		return err ? -err : 0;
	default:
		return -EPROTO;
	}
}

long
stream_tls_write(struct stream *s, const char *p, size_t n)
{
	int rc, err;

	ERR_clear_error();
	errno = 0;
	rc = SSL_write(s->ssl, p, n > INT32_MAX ? INT32_MAX : (int)n);
	err = errno;
	s->write_wants_read = false;
	if (rc > 0)
		return rc;
	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_WANT_READ:
		s->write_wants_read = true;
		return -EAGAIN;
	case SSL_ERROR_SYSCALL:
		return err ? -err : -EPIPE;
	default:
		return -EPROTO;
	}
}

static void
note_tls(struct stream *s)
{
	char text[TLS_TEXT_MAX];

	snprintf(text, sizeof text, "%s %s", SSL_get_version(s->ssl),
		SSL_get_cipher_name(s->ssl));
	mem_free(s->tls_text);
	s->tls_text = str_dup_z(str_z(text));
}

void
stream_tls_handshake(struct stream *s)
{
	int rc, err;

	ERR_clear_error();
	errno = 0;
	rc = SSL_do_handshake(s->ssl);
	err = errno;
	if (rc == 1) {
		s->state = TLS;
		s->held = stream_tls_holds(s);
		note_tls(s);
		stream_tell(s, STREAM_SECURED);
		if (!s->freed)
			loop_task_post(s->loop, &s->work);
		return;
	}
	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		s->hs_want = LOOP_READ;
		return;
	case SSL_ERROR_WANT_WRITE:
		s->hs_want = LOOP_WRITE;
		return;
	case SSL_ERROR_ZERO_RETURN:
	case SSL_ERROR_SYSCALL:
		ERR_clear_error();
		if (err)
			stream_fail(s, err, NULL);
		else
			stream_fail(s, 0,
				"the other side closed the connection during the TLS "
				"handshake");
		return;
	default:
		stream_tls_fail(s);
	}
}

bool
stream_tls_holds(const struct stream *s)
{
	return SSL_has_pending(s->ssl);
}

void
stream_tls_bye(struct stream *s)
{
	if (s->state != TLS)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(s->ssl);
	ERR_clear_error();
}

void
stream_tls_done(struct stream *s)
{
	if (!s->ssl)
		return;
	stream_tls_bye(s);
	SSL_free(s->ssl);
	s->ssl = NULL;
	tls_server_free(&s->server);
}

/* Takes ssl; false when the stream is of no use any more. */
static bool
begin_tls(struct stream *s, SSL *ssl)
{
	if (s->state == DEAD || s->failed) {
		SSL_free(ssl);
		return false;
	}
	must(!s->ssl && (s->state == PLAIN || s->state == CONNECTING));
	s->ssl = ssl;
	must(SSL_set_fd(ssl, s->fd) == 1);
	buf_done(&s->in);
	s->in_off = 0;
	if (s->state == CONNECTING)
		return true; /* what was written waits for the handshake */
	s->plain_left = stream_pending(s);
	s->state = TLS_WAIT;
	s->blocked = false;
	loop_task_post(s->loop, &s->work);
	return true;
}

void
stream_tls_accept(struct stream *s, struct tls_server *t)
{
	if (begin_tls(s, tls_server_ssl(t)))
		s->server = tls_server_ref(t);
}

void
stream_tls_connect(struct stream *s, struct tls_client *t, struct str host)
{
	char name[256];

	/* A name too long for DNS cannot match a certificate: no SNI, and verifying fails. */
	if (str_copy_z(name, sizeof name, host) < 0)
		(void)str_copy_z(name, sizeof name, STR_LIT("invalid"));
	(void)begin_tls(s, tls_client_ssl(t, name));
}

const char *
stream_tls_text(const struct stream *s)
{
	return s->tls_text ? s->tls_text : "";
}

bool
stream_tls_verified(const struct stream *s)
{
	if (!s->ssl || !s->tls_text || SSL_is_server(s->ssl))
		return false;
	return SSL_get0_peer_certificate(s->ssl) && SSL_get_verify_result(s->ssl) == X509_V_OK;
}
