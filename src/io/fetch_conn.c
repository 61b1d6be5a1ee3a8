/* Connections of fetch: made to a checked address, used, kept, closed. */
#include "base/mem.h"
#include "io/fetch_inner.h"

#include <errno.h>

static void on_input(void *ctx);
static void on_event(void *ctx, enum stream_event e);

static const struct stream_calls calls = { on_input, on_event };

void
fetch_conn_free(struct fetch_conn **pn)
{
	struct fetch_conn *n = *pn;

	*pn = NULL;
	if (n == NULL)
		return;
	if (!list_alone(&n->link)) {
		list_del(&n->link);
		n->fetch->nidle--;
	}
	stream_free(&n->stream);
	http_out_done(&n->http);
	mem_free(n);
}

/* --- keeping --- */

static bool
same_addr(const struct net_addr *a, const struct net_addr *b)
{
	return net_port(a) == net_port(b) && a->u.sa.sa_family == b->u.sa.sa_family &&
	       (a->u.sa.sa_family == AF_INET
			       ? memcmp(&a->u.in4.sin_addr, &b->u.in4.sin_addr, 4) == 0
			       : memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr, 16) == 0);
}

/* A connection with TLS was verified for its host: it serves no other one. */
static bool
same_place(const struct fetch_conn *n, const struct fetch_conn *m)
{
	return n->tls == m->tls && same_addr(&n->addr, &m->addr) &&
	       strcmp(n->host, m->host) == 0;
}

static bool
serves(const struct fetch_conn *n, const struct fetch_call *c)
{
	if (n->tls != c->url.tls || !str_eq_z(c->url.host, n->host))
		return false;
	for (size_t i = 0; i < c->naddrs; i++)
		if (same_addr(&n->addr, &c->addrs[i]))
			return true;
	return false;
}

static struct fetch_conn *
find_kept(struct fetch_call *c)
{
	LIST_EACH(it, &c->fetch->idle)
	{
		struct fetch_conn *n = LIST_OF(it, struct fetch_conn, link);

		if (serves(n, c))
			return n;
	}
	return NULL;
}

static unsigned
count_kept(const struct fetch_conn *like)
{
	unsigned count = 0;

	LIST_EACH(it, &like->fetch->idle)
	count += same_place(LIST_OF(it, struct fetch_conn, link), like);
	return count;
}

void
fetch_conn_release(struct fetch_conn *n)
{
	struct fetch *f = n->fetch;

	n->call = NULL;
	/* An answer before the end of the request, or more than an answer: out of step. */
	if (!n->http.keep_alive || stream_pending(n->stream) > 0 ||
		stream_input(n->stream).n > 0 || count_kept(n) >= FETCH_PER_HOST) {
		fetch_conn_free(&n);
		return;
	}
	if (f->nidle >= FETCH_IDLE_MAX) {
		struct fetch_conn *oldest = LIST_OF(f->idle.prev, struct fetch_conn, link);

		fetch_conn_free(&oldest);
	}
	list_push_front(&f->idle, &n->link);
	f->nidle++;
	stream_deadline(n->stream, FETCH_IDLE_US);
}

/* --- connecting --- */

static void
send_request(struct fetch_conn *n)
{
	struct fetch_call *c = n->call;

	c->stage = FETCH_WAITS;
	net_text_port(c->answer.address, &n->addr);
	http_out_begin(&n->http, c->to_head);
	stream_write(n->stream, buf_str(&c->request));
	fetch_arm(c);
}

static void
attach(struct fetch_call *c, struct fetch_conn *n)
{
	c->conn = n;
	n->call = c;
	n->reused = true;
	list_del(&n->link);
	n->fetch->nidle--;
	stream_deadline(n->stream, UINT64_MAX);
	send_request(n);
}

static void
connect_next(struct fetch_call *c)
{
	struct fetch *f = c->fetch;
	struct fetch_conn *n = MEM_NEW(n);
	uint64_t now = loop_mono(f->loop);
	uint64_t left = c->connect_by > now ? c->connect_by - now : 0;

	n->fetch = f;
	n->call = c;
	n->tls = c->url.tls;
	n->addr = c->addrs[c->next];
	list_init(&n->link);
	(void)str_copy_z(n->host, sizeof n->host, c->url.host);
	http_out_init(&n->http, FETCH_BODY_KEPT);
	c->conn = n;
	c->stage = FETCH_CONNECTS;
	/* A dead address may not take the time of those behind it. */
	c->try_by = now + left / (c->naddrs - c->next);
	c->next++;
	net_text_port(c->answer.address, &n->addr);
	n->stream = stream_connect(f->loop, &n->addr, NULL, &calls, n);
	stream_input_max(n->stream, HTTP_HEAD_MAX);
	if (n->tls) {
		if (f->tls == NULL)
			f->tls = tls_client_new(true);
		stream_tls_connect(n->stream, f->tls, c->url.host);
	}
	fetch_arm(c);
}

void
fetch_conn_take(struct fetch_call *c)
{
	struct fetch_conn *kept = c->retried ? NULL : find_kept(c);

	if (kept)
		attach(c, kept);
	else
		connect_next(c);
}

void
fetch_conn_slow(struct fetch_call *c)
{
	if (c->stage == FETCH_CONNECTS && c->next < c->naddrs) {
		fetch_conn_free(&c->conn);
		connect_next(c);
		return;
	}
	fetch_fail(c, FETCH_TIMEOUT, "%.*s (%s) did not accept a connection within %u s",
		STR_ARG(c->url.host), c->answer.address, FETCH_CONNECT_US / 1000000);
}

/* Trouble of this machine, whichever host it is. */
static bool
is_ours(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM ||
	       err == EADDRNOTAVAIL || err == EACCES || err == EPERM;
}

static void
connect_failed(struct fetch_call *c)
{
	const struct stream *s = c->conn->stream;
	int err = stream_errno(s);

	if (err && is_ours(err))
		fetch_fail(c, FETCH_OURS, "this machine could not connect to %.*s (%s): %s",
			STR_ARG(c->url.host), c->answer.address, stream_error(s));
	else if (err && c->next < c->naddrs)
		fetch_conn_slow(c);
	else if (err)
		fetch_fail(c, FETCH_CONNECT, "%.*s (%s) cannot be reached: %s",
			STR_ARG(c->url.host), c->answer.address, stream_error(s));
	else
		fetch_fail(c, FETCH_TLS, "%.*s (%s): %s", STR_ARG(c->url.host),
			c->answer.address, stream_error(s));
}

static void
secured(struct fetch_conn *n)
{
	struct fetch_call *c = n->call;

	/* The handshake fails without it; nothing is sent even if it should not have. */
	if (stream_tls_verified(n->stream))
		send_request(n);
	else
		fetch_fail(c, FETCH_TLS, "%.*s (%s): TLS certificate not accepted",
			STR_ARG(c->url.host), c->answer.address);
}

/* --- the answer --- */

/* The connection ended before the answer did. */
static void
broken(struct fetch_conn *n, const char *why)
{
	struct fetch_call *c = n->call;

	if (n->reused && !n->http.began && !c->retried) {
		c->retried = true;
		c->next = 0;
		c->connect_by = loop_mono(c->fetch->loop) + FETCH_CONNECT_US;
		fetch_conn_free(&c->conn);
		fetch_conn_take(c);
		return;
	}
	fetch_fail(c, FETCH_PROTOCOL, "%.*s (%s) gave no whole answer: %s",
		STR_ARG(c->url.host), c->answer.address, why);
}

static void
take(struct fetch_conn *n, enum http_out_event ev)
{
	if (ev == HTTP_OUT_END)
		fetch_answered(n->call);
	else if (ev == HTTP_OUT_BAD)
		broken(n, n->http.why);
}

static void
on_input(void *ctx)
{
	struct fetch_conn *n = ctx;
	struct str in = stream_input(n->stream), rest = in;
	enum http_out_event ev;

	if (n->call == NULL) {
		fetch_conn_free(&n); /* nobody asked */
		return;
	}
	ev = http_out_feed(&n->http, &rest);
	stream_eat(n->stream, in.n - rest.n);
	take(n, ev);
}

static void
on_event(void *ctx, enum stream_event e)
{
	struct fetch_conn *n = ctx;

	if (n->call == NULL) {
		if (e != STREAM_DRAINED)
			fetch_conn_free(&n);
	} else if (e == STREAM_CONNECTED && !n->tls) {
		send_request(n);
	} else if (e == STREAM_SECURED) {
		secured(n);
	} else if (e == STREAM_EOF) {
		take(n, http_out_eof(&n->http));
	} else if (e == STREAM_ERROR && n->call->stage == FETCH_CONNECTS) {
		connect_failed(n->call);
	} else if (e == STREAM_ERROR) {
		broken(n, stream_error(n->stream));
	}
}
