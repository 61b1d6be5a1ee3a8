#include "cli/probe.h"

#include "base/text.h"
#include "io/clock.h"
#include "io/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_MAX 8192

struct line {
	struct probe *p;
	const char *host;
	const struct sockaddr *to;
	socklen_t to_size;
	int wait_ms;
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
};

/* ---- bytes */

static uint16_t
port_of(const struct sockaddr *a)
{
	return ntohs(a->sa_family == AF_INET6
			     ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_port
			     : ((const struct sockaddr_in *)(const void *)a)->sin_port);
}

static bool
wait_fd(const struct line *l, short what)
{
	struct pollfd p = { l->fd, what, 0 };
	int n;

	do
		n = poll(&p, 1, l->wait_ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

static void
hang_up(struct line *l)
{
	SSL_free(l->ssl);
	l->ssl = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static enum probe_state
state_of(int err)
{
	switch (err) {
	case 0:
		return PROBE_OPEN;
	case ECONNREFUSED:
	case ECONNRESET:
		return PROBE_CLOSED;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EHOSTDOWN:
		return PROBE_UNREACHABLE;
	default: /* ETIMEDOUT; EACCES and EPERM are a firewall's own words */
		return PROBE_FILTERED;
	}
}

static enum probe_state
dial(struct line *l)
{
	socklen_t n = sizeof(int);
	int err = 0;

	hang_up(l);
	l->fd = socket(l->to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return state_of(errno);
	if (connect(l->fd, l->to, l->to_size) < 0 && errno != EINPROGRESS)
		return state_of(errno);
	if (!wait_fd(l, POLLOUT))
		return PROBE_FILTERED;
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0)
		err = errno;
	return state_of(err);
}

/* Bytes, 0 at the end or when nothing comes in time. */
static size_t
receive(struct line *l, char *dst, size_t size)
{
	for (;;) {
		long n = l->ssl ? SSL_read(l->ssl, dst, (int)size) : read(l->fd, dst, size);

		if (n > 0)
			return (size_t)n;
		if (l->ssl ? SSL_get_error(l->ssl, (int)n) != SSL_ERROR_WANT_READ
			   : n == 0 || (errno != EAGAIN && errno != EINTR))
			return 0;
		if (!wait_fd(l, POLLIN))
			return 0;
	}
}

/* Short texts only: they fit in the socket's buffer. */
static void
transmit(struct line *l, const char *text)
{
	int n = (int)strlen(text);

	if (l->ssl)
		(void)SSL_write(l->ssl, text, n);
	else
		(void)send(l->fd, text, (size_t)n, MSG_NOSIGNAL);
}

static void
keep(char *dst, size_t size, struct str s)
{
	struct buf b;

	buf_init(&b, s.n * 8 + 16);
	(void)text_safe(&b, s);
	snprintf(dst, size, "%.*s", STR_ARG(buf_str(&b)));
	buf_done(&b);
}

/* ---- TLS */

static void
look_at_certificate(struct line *l)
{
	struct probe *p = l->p;
	X509 *x = SSL_get1_peer_certificate(l->ssl);
	int days = 0, seconds = 0;
	struct net_addr a;

	if (!x)
		return;
	p->certificate = true;
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, p->subject,
		    sizeof p->subject) < 0)
		snprintf(p->subject, sizeof p->subject, "(no name)");
	if (X509_NAME_get_text_by_NID(
		    X509_get_issuer_name(x), NID_commonName, p->issuer, sizeof p->issuer) < 0 &&
		X509_NAME_get_text_by_NID(X509_get_issuer_name(x), NID_organizationName,
			p->issuer, sizeof p->issuer) < 0)
		snprintf(p->issuer, sizeof p->issuer, "(no name)");
	keep(p->subject, sizeof p->subject, str_z(p->subject));
	keep(p->issuer, sizeof p->issuer, str_z(p->issuer));
	if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)))
		p->days_left = seconds < 0 && days == 0 ? -1 : days;
	p->self_signed = X509_self_signed(x, 0) == 1;
	p->name_fits = (net_parse(str_z(l->host), 0, &a) == 0
				       ? X509_check_ip_asc(x, l->host, 0)
				       : X509_check_host(x, l->host, 0, 0, NULL)) == 1;
	X509_free(x);
}

static bool
handshake(struct line *l)
{
	struct probe *p = l->p;
	struct net_addr a;
	int n, why;

	l->ssl = SSL_new(l->ctx);
	(void)SSL_set_fd(l->ssl, l->fd);
	if (net_parse(str_z(l->host), 0, &a) < 0)
		(void)SSL_set_tlsext_host_name(l->ssl, l->host);
	ERR_clear_error();
	while ((n = SSL_connect(l->ssl)) != 1) {
		why = SSL_get_error(l->ssl, n);
		if ((why == SSL_ERROR_WANT_READ && wait_fd(l, POLLIN)) ||
			(why == SSL_ERROR_WANT_WRITE && wait_fd(l, POLLOUT)))
			continue;
		if (why == SSL_ERROR_SSL)
			ERR_error_string_n(ERR_peek_error(), p->tls_error, sizeof p->tls_error);
		else
			snprintf(p->tls_error, sizeof p->tls_error, "no answer to the hello");
		ERR_clear_error();
		SSL_free(l->ssl);
		l->ssl = NULL;
		return false;
	}
	p->tls = true;
	p->tls_error[0] = '\0';
	snprintf(p->tls_text, sizeof p->tls_text, "%s %s", SSL_get_version(l->ssl),
		SSL_get_cipher(l->ssl));
	look_at_certificate(l);
	return true;
}

/* ---- SMTP */

/* A whole reply: its code, or 0. */
static unsigned
reply(struct line *l, struct buf *b)
{
	uint32_t code;

	buf_clear(b);
	while (b->n < REPLY_MAX / 2) {
		char *at = buf_room(b, 1024);
		size_t n = at ? receive(l, at, 1024) : 0;
		struct str s, last;

		if (n == 0)
			break;
		buf_added(b, n);
		s = buf_str(b);
		if (s.p[s.n - 1] != '\n')
			continue;
		s = str_trim_all(s);
		last = str_rfind(s, '\n') < s.n ? str_from(s, str_rfind(s, '\n') + 1) : s;
		if (last.n >= 3 && (last.n == 3 || last.p[3] != '-'))
			break;
	}
	return b->n >= 3 && str_u32(str_of(b->p, 3), &code) == 0 ? code : 0;
}

static void
extension(struct probe *p, struct str ext, char auth[100])
{
	size_t n = strlen(p->ehlo);
	char word[120];

	keep(word, sizeof word, ext);
	if (str_istarts(ext, STR_LIT("AUTH ")) || str_istarts(ext, STR_LIT("AUTH=")))
		keep(auth, 100, str_from(ext, 5));
	if (str_ieq_z(ext, "STARTTLS"))
		p->starttls = true;
	snprintf(p->ehlo + n, sizeof p->ehlo - n, "%s%s", n ? ", " : "", word);
}

static void
say_ehlo(struct line *l, struct buf *b, char auth[100])
{
	struct str rest, line;

	l->p->ehlo[0] = '\0';
	transmit(l, "EHLO doctor.invalid\r\n");
	if (reply(l, b) != 250)
		return;
	rest = buf_str(b);
	(void)str_cut(&rest, '\n'); /* the host's name */
	while (rest.p) {
		line = str_trim_all(str_cut(&rest, '\n'));
		if (line.n > 4)
			extension(l->p, str_from(line, 4), auth);
	}
}

static void
smtp(struct line *l, struct buf *b)
{
	struct probe *p = l->p;
	char *auth = l->ssl ? p->auth_tls : p->auth_plain;

	p->speaks = PROBE_SMTP;
	keep(p->banner, sizeof p->banner,
		str_trim_all(str_head(buf_str(b), str_find(buf_str(b), '\n'))));
	say_ehlo(l, b, auth);
	if (!l->ssl && p->starttls) {
		transmit(l, "STARTTLS\r\n");
		if (reply(l, b) == 220 && handshake(l))
			say_ehlo(l, b, p->auth_tls);
		else if (!p->tls_error[0])
			snprintf(p->tls_error, sizeof p->tls_error, "STARTTLS was refused");
		p->starttls = true;
	}
	transmit(l, "QUIT\r\n");
}

/* ---- which is it */

static bool
http(struct line *l, struct buf *b)
{
	char text[400];

	snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
		l->host);
	transmit(l, text);
	buf_clear(b);
	char *at = buf_room(b, 1024);

	buf_added(b, receive(l, at, 1024));
	if (!str_starts(buf_str(b), STR_LIT("HTTP/")))
		return false;
	l->p->speaks = PROBE_HTTP;
	keep(l->p->banner, sizeof l->p->banner,
		str_trim_all(str_head(buf_str(b), str_find(buf_str(b), '\n'))));
	return true;
}

/* Silence: TLS first, or HTTP, or something else. */
static void
guess(struct line *l, struct buf *b)
{
	struct probe *p = l->p;

	if (dial(l) == PROBE_OPEN && handshake(l)) {
		p->tls_first = true;
		if (port_of(l->to) != 443 && reply(l, b) == 220)
			smtp(l, b);
		else
			(void)http(l, b);
		return;
	}
	if (dial(l) == PROBE_OPEN)
		(void)http(l, b);
}

static bool
silent_first(uint16_t port)
{
	return port == 465 || port == 443 || port == 8443 || port == 8080 || port == 8025;
}

void
probe_port(struct probe *ret_p, const char *host, const struct sockaddr *to, socklen_t to_size,
	unsigned wait_ms)
{
	struct line l = { .p = ret_p,
		.host = host,
		.to = to,
		.to_size = to_size,
		.wait_ms = (int)wait_ms,
		.fd = -1 };
	struct net_addr a = { .len = to_size };
	struct clock clock;
	uint64_t begun;
	struct buf b;

	*ret_p = (struct probe){ 0 };
	memcpy(&a.u, to, to_size < sizeof a.u ? to_size : sizeof a.u);
	(void)net_text(ret_p->address, &a);
	buf_init(&b, REPLY_MAX);
	l.ctx = SSL_CTX_new(TLS_client_method());
	clock_real(&clock);
	begun = clock_mono(&clock);
	ret_p->state = dial(&l);
	ret_p->took_ms = (unsigned)((clock_mono(&clock) - begun) / 1000);
	if (ret_p->state == PROBE_OPEN) {
		if (silent_first(port_of(to)))
			guess(&l, &b);
		else if (reply(&l, &b) == 220)
			smtp(&l, &b);
		else if (b.n > 0)
			ret_p->speaks = PROBE_OTHER;
		else
			guess(&l, &b);
		if (ret_p->speaks == PROBE_OTHER)
			keep(ret_p->banner, sizeof ret_p->banner, str_trim_all(buf_str(&b)));
	}
	hang_up(&l);
	SSL_CTX_free(l.ctx);
	buf_done(&b);
}
