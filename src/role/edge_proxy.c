/*
 * Who a client is that comes through a proxy (config `proxies`): the PROXY protocol before the
 * first byte of a connection, X-Forwarded-For in requests. Both are heard only from addresses
 * that the configuration names. A header is read byte for byte as it asks for more
 * (wire/proxy), so that what is behind it, a TLS handshake too, stays in the socket.
 *
 *   accepted ─▶ is it there? (HTTP ports, where the header may be absent) ─▶ header ─▶ begun
 *                 └──────────────────── no: X-Forwarded-For names the client ─────────▶
 *   either may end the connection: no header in EDGE_PROXY_US, a header that is none
 */
#include "role/edge_proxy.h"

#include "base/mem.h"
#include "wire/proxy.h"

#include <errno.h>
#include <unistd.h>

#define PEEK_BYTES 16u
#define AGAIN_US   (20 * UINT64_C(1000)) /* a part of a header waits in the socket */

struct edge_proxy {
	struct edge_conn *conn;
	int fd;
	struct loop_fd *watch;
	uint64_t until; /* mono µs */
	bool peeks;     /* whether there is a header is not known yet */
	size_t n;
	char got[PROXY_MAX];
};

bool
edge_proxy_is(const struct config *cf, const struct net_addr *a)
{
	struct net_cidr net;

	for (size_t i = 0; i < cf->nproxies; i++)
		if (net_cidr_parse(cf->proxies[i], &net) == 0 && net_cidr_has(&net, a))
			return true;
	return false;
}

static void
set_client(struct edge_conn *c, const struct net_addr *a)
{
	(void)net_text(c->client, a);
	c->network = net_key(a);
	c->loopback = net_is_loopback(a);
}

/* ---- the header */

void
edge_proxy_free(struct edge_conn *c)
{
	struct edge_proxy *x = c->proxy;

	if (!x)
		return;
	loop_fd_free(&x->watch);
	if (x->fd >= 0)
		close(x->fd);
	mem_free(x);
	c->proxy = NULL;
}

/* The connection goes on without x. why: "" or what is wrong with its header. */
static void
go_on(struct edge_conn *c, const char *why)
{
	int fd = c->proxy->fd;
	char text[200];

	c->proxy->fd = -1;
	edge_proxy_free(c);
	edge_conn_timer(c, EDGE_TIMER_NONE, 0);
	snprintf(text, sizeof text,
		"This address is a proxy's, and its PROXY header %s: see proxies in the "
		"configuration",
		why);
	edge_conn_begin(c, fd, why[0] ? text : NULL);
}

static void
take(struct edge_conn *c, const struct proxy *p)
{
	struct net_addr a;

	if (!p->local) {
		net_of(p->client, p->port, &a);
		set_client(c, &a);
		c->from = a;
		c->behind = edge_proxy_is(c->edge->config, &a);
		c->proxied = true;
		c->secure = p->tls;
	}
	go_on(c, "");
}

static void
read_header(struct edge_proxy *x)
{
	struct edge_conn *c = x->conn;
	struct proxy p;
	size_t want = 0;
	const char *why = "";

	for (;;) {
		int is = proxy_read(str_of(x->got, x->n), &p, &want, &why);

		if (is > 0) {
			take(c, &p);
			return;
		}
		if (is != -EAGAIN || x->n + want > sizeof x->got) {
			go_on(c, why);
			return;
		}
		long k = net_receive(x->fd, x->got + x->n, want, false);

		if (k == -EAGAIN)
			return;
		if (k <= 0) {
			edge_conn_end(c);
			return;
		}
		x->n += (size_t)k;
	}
}

/* false: it is not known yet, or there is none. */
static bool
is_there(struct edge_proxy *x)
{
	char first[PEEK_BYTES];
	long k = net_receive(x->fd, first, sizeof first, true);
	int is;

	if (k == -EAGAIN)
		return false;
	if (k <= 0) {
		edge_conn_end(x->conn);
		return false;
	}
	is = proxy_looks(str_of(first, (size_t)k));
	if (is == -EAGAIN) {
		/* The socket stays readable: looked at again, not at once. */
		loop_fd_want(x->watch, 0);
		edge_conn_timer(x->conn, EDGE_TIMER_PROXY, AGAIN_US);
		return false;
	}
	x->peeks = false;
	if (is == 0)
		go_on(x->conn, "");
	return is == 1;
}

static void
on_readable(void *ctx, unsigned what)
{
	struct edge_proxy *x = ctx;

	(void)what;
	if (!x->peeks || is_there(x))
		read_header(x);
}

void
edge_proxy_timer(struct edge_conn *c)
{
	struct edge_proxy *x = c->proxy;
	uint64_t now = loop_mono(c->edge->loop);

	if (now >= x->until) {
		/* Nothing came at all where none must: the request has a deadline too. */
		go_on(c, x->peeks ? "" : "did not come in time");
		return;
	}
	loop_fd_want(x->watch, LOOP_READ);
	edge_conn_timer(c, EDGE_TIMER_PROXY, x->until - now);
}

void
edge_proxy_begin(struct edge_conn *c, int fd)
{
	struct edge *e = c->edge;
	struct edge_proxy *x = MEM_NEW(x);

	c->proxy = x;
	x->conn = c;
	x->fd = fd;
	x->peeks = c->port->kind == PORT_HTTP || c->port->kind == PORT_HTTPS;
	x->until = loop_mono(e->loop) + EDGE_PROXY_US;
	x->watch = loop_fd_new(e->loop, fd, LOOP_READ, on_readable, x);
	edge_conn_timer(c, EDGE_TIMER_PROXY, EDGE_PROXY_US);
}

/* ---- fields of requests */

/* "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]:4711", "2001:db8::1" */
static bool
address_of(struct str s, struct net_addr *ret_a)
{
	struct str host = str_trim(s);

	if (host.n && host.p[0] == '[')
		host = str_head(str_from(host, 1), str_find(str_from(host, 1), ']'));
	else if (str_find(host, ':') == str_rfind(host, ':'))
		host = str_head(host, str_find(host, ':'));
	return net_parse(host, 0, ret_a) == 0;
}

/* From the right, where the nearest proxy wrote: as long as one of ours says so. */
static void
walk(const struct edge_conn *c, struct str list, struct net_addr *a, bool *go)
{
	struct net_addr next;

	while (*go && list.n) {
		size_t comma = str_rfind(list, ',');
		struct str one = comma < list.n ? str_from(list, comma + 1) : list;

		*go = edge_proxy_is(c->edge->config, a) && address_of(one, &next);
		if (*go)
			*a = next;
		list = comma < list.n ? str_head(list, comma) : STR_NONE;
	}
}

void
edge_proxy_forwarded(struct edge_conn *c)
{
	const struct http_in *in = &c->http->in;
	struct str proto = http_in_field(in, "x-forwarded-proto");
	struct net_addr a = c->from;
	bool go = true;

	for (size_t i = in->nfields; i-- > 0 && go;)
		if (str_ieq_z(in->fields[i].name, "x-forwarded-for"))
			walk(c, in->fields[i].value, &a, &go);
	set_client(c, &a);
	c->proxied = true;
	/* A proxy of this machine that says nothing of it ends TLS, as before. */
	c->secure = proto.p ? str_ieq_z(str_trim(proto), "https") : net_is_loopback(&c->from);
}
