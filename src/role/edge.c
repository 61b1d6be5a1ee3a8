#include "role/edge_proxy.h"
#include "role/edge_template.h"
#include "role/edge_template_report.h"

#include "api/rate.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/pool.h"
#include "io/random.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define ACCEPT_BATCH 64
#define RESUME_US    (10 * UINT64_C(1000))
#define SCRATCH_MAX  (4u << 20)

/* ---- counts and log ---- */

void
edge_count(struct edge *e, enum count_what what, uint16_t label)
{
	struct msg_count *c = e->counts, *end = e->counts + e->ncounts;

	while (c < end && (c->what != (uint16_t)what || c->label != label))
		c++;
	if (c == end && e->ncounts == EDGE_COUNTS)
		return;
	if (c == end) {
		e->ncounts++;
		*c = (struct msg_count){ (uint16_t)what, label, 0 };
	}
	c->value++;
}

static void
tally(struct edge *e)
{
	struct msg_count list[EDGE_COUNTS + 1];
	struct msg_counts counts = { list, e->ncounts + 1 };

	if (!e->up)
		return;
	memcpy(list, e->counts, e->ncounts * sizeof list[0]);
	list[e->ncounts] = (struct msg_count){ COUNT_SESSIONS_NOW, 0, e->nconns };
	EDGE_TELL(e, tally, .counts = counts);
	e->ncounts = 0;
}

bool
edge_log(struct edge_conn *c, const char *event, struct log_line *ret_ll)
{
	struct edge *e = c->edge;

	if (e->log_left == 0) {
		e->log_hidden++;
		return false;
	}
	e->log_left--;
	*ret_ll = log_op(e->log, LOG_WARN, event);
	log_z(ret_ll, "client", c->client);
	log_num(ret_ll, "port", c->port->port);
	return true;
}

static void
log_second(struct edge *e)
{
	if (e->log_hidden > 0) {
		struct log_line ll = log_op(e->log, LOG_WARN, "more-of-the-same");

		log_num(&ll, "lines", e->log_hidden);
		log_end(&ll);
	}
	e->log_left = EDGE_LOG_RATE;
	e->log_hidden = 0;
	log_flush(e->log);
}

/* ---- connections ---- */

void
edge_conn_timer(struct edge_conn *c, enum edge_timer is, uint64_t wait_us)
{
	c->timer_is = is;
	if (is == EDGE_TIMER_NONE)
		loop_timer_off(c->edge->loop, &c->timer);
	else
		loop_timer_in(c->edge->loop, &c->timer, wait_us);
}

void
edge_conn_active(struct edge_conn *c, uint64_t wait_us)
{
	struct edge *e = c->edge;

	/* T16: when connections are short, nobody may sit on one for minutes. */
	if (e->nconns > e->config->limits.connections / 4 * 3 && wait_us > EDGE_RATE_US)
		wait_us = EDGE_RATE_US;
	c->active = loop_mono(e->loop);
	list_del(&c->link);
	list_push(&e->conns, &c->link);
	stream_deadline(c->stream, wait_us);
}

static void
network_count(struct edge *e, uint64_t network, int by)
{
	uint64_t n = 0;

	if (network == 0)
		return;
	(void)nmap_get(&e->networks, network, &n);
	n = by > 0 ? n + 1 : n - 1;
	if (n == 0)
		nmap_del(&e->networks, network);
	else
		nmap_put(&e->networks, network, n);
}

void
edge_conn_end(struct edge_conn *c)
{
	struct edge *e = c->edge;

	edge_ask_off(e, &c->ask);
	edge_proxy_free(c);
	edge_smtp_free(c);
	edge_http_free(c);
	loop_timer_off(e->loop, &c->timer);
	if (c->stream)
		stream_close_soft(&c->stream, EDGE_CLOSE_US);
	buf_done(&c->ask.payload);
	list_del(&c->link);
	e->nconns--;
	network_count(e, c->counted, -1);
	mem_free(c);
	if ((e->draining || e->retired) && e->nconns == 0)
		loop_stop(e->loop);
}

static void
sniff(struct edge_conn *c, bool last)
{
	int http = http_looks(stream_input(c->stream));

	if (http == -EAGAIN && !last)
		return;
	edge_conn_timer(c, EDGE_TIMER_NONE, 0);
	if (http == 1)
		edge_http_start(c);
	else
		edge_smtp_start(c);
}

static void
start(struct edge_conn *c)
{
	enum port_kind k = c->port->kind;

	if (k == PORT_SHARED) {
		edge_conn_timer(c, EDGE_TIMER_SNIFF, EDGE_SNIFF_US);
		sniff(c, false);
	} else if (k == PORT_HTTP || k == PORT_HTTPS) {
		edge_http_start(c);
	} else {
		edge_smtp_start(c);
	}
}

static void
on_input(void *ctx)
{
	struct edge_conn *c = ctx;

	if (c->smtp)
		edge_smtp_run(c);
	else if (c->http)
		edge_http_run(c);
	else if (c->timer_is == EDGE_TIMER_SNIFF)
		sniff(c, false);
}

static void
log_tls_failed(struct edge_conn *c)
{
	struct log_line ll;
	bool implicit = c->port->kind == PORT_TLS || c->port->kind == PORT_HTTPS;

	if (!edge_log(c, "tls-failed", &ll))
		return;
	log_z(&ll, "why", stream_error(c->stream));
	if (implicit)
		log_z(&ll, "hint", "this port begins with TLS; STARTTLS is on port 587");
	log_end(&ll);
}

static void
on_event(void *ctx, enum stream_event ev)
{
	struct edge_conn *c = ctx;
	bool begun = c->smtp || c->http;

	if (ev == STREAM_ERROR && stream_errno(c->stream) == 0)
		log_tls_failed(c);
	if (ev == STREAM_SECURED && !begun)
		start(c);
	else if (c->smtp)
		edge_smtp_event(c, ev);
	else if (c->http)
		edge_http_event(c, ev);
	else if (ev == STREAM_EOF && c->timer_is == EDGE_TIMER_SNIFF)
		sniff(c, true);
	else if (ev != STREAM_DRAINED && ev != STREAM_CONNECTED)
		edge_conn_end(c);
}

static void
on_timer(void *ctx)
{
	struct edge_conn *c = ctx;

	if (c->timer_is == EDGE_TIMER_PROXY)
		edge_proxy_timer(c);
	else if (c->timer_is == EDGE_TIMER_SNIFF)
		sniff(c, true);
	else if (c->smtp)
		edge_smtp_timer(c);
	else if (c->http)
		edge_http_timer(c);
}

/* ---- accepting ---- */

/* The longest idle client that has not even said who it is makes room (T16). */
static bool
make_room(struct edge *e)
{
	const struct reply idle = REPLY(421, 4, 4, 2, "Idle while others wait: closing");
	uint64_t now = loop_mono(e->loop);
	unsigned tries = 64;

	LIST_EACH(l, &e->conns)
	{
		struct edge_conn *c = LIST_OF(l, struct edge_conn, link);

		if (tries-- == 0 || now - c->active < 5 * EDGE_SECOND)
			return false;
		if (c->ask.seq == 0 && c->smtp && !c->smtp->id.known) {
			edge_smtp_abort(c, &idle);
			return true;
		}
	}
	return false;
}

static bool
is_smtp(enum port_kind k)
{
	return k == PORT_STARTTLS || k == PORT_PLAIN || k == PORT_LOCAL || k == PORT_SHARED;
}

/* Why this connection is not wanted; code 0 = it is. */
static struct reply
unwanted(struct edge *e, const struct edge_conn *c)
{
	const struct config *cf = e->config;
	uint64_t n = 0;
	bool smtp = c->port->kind != PORT_HTTP && c->port->kind != PORT_HTTPS;

	/* HTTP goes on: /readyz says 503 while draining, /livez 200. */
	if (e->draining && smtp)
		return REPLY(421, 4, 3, 2, "The service is stopping; try again in a minute");
	if (e->nconns > cf->limits.connections && !make_room(e))
		return REPLY(421, 4, 7, 0, "Too many connections; try again later");
	if (c->counted)
		(void)nmap_get(&e->networks, c->counted, &n);
	if (n > cf->limits.connections_per_network)
		return REPLY(421, 4, 7, 0,
			"Too many connections from your network; close some or try again "
			"later");
	if (smtp && e->memory >= cf->limits.memory_bytes)
		return REPLY(421, 4, 3, 1, "The service is busy; try again in a minute");
	return (struct reply){ 0 };
}

static void
turn_away(struct edge_conn *c, const struct reply *r, uint16_t reason)
{
	struct edge *e = c->edge;
	struct log_line ll;

	if (is_smtp(c->port->kind)) {
		buf_clear(&e->out);
		reply_write(&e->out, r);
		stream_write(c->stream, buf_str(&e->out));
	} else if (c->port->kind == PORT_HTTP) {
		stream_write(c->stream,
			STR_LIT("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n"
				"Content-Length: 0\r\nConnection: close\r\n\r\n"));
	}
	edge_count(e, COUNT_REJECTED, reason);
	if (edge_log(c, "turned-away", &ll)) {
		log_str(&ll, "why", r->text);
		log_end(&ll);
	}
	edge_conn_end(c);
}

bool
edge_conn_private(const struct edge_conn *c)
{
	return c->port->kind == PORT_HTTPS || (c->proxied ? c->secure : c->loopback);
}

void
edge_conn_begin(struct edge_conn *c, int fd, const char *why)
{
	static const struct stream_calls calls = { on_input, on_event };
	const struct role_port *port = c->port;
	struct edge *e = c->edge;

	c->stream = stream_new(e->loop, fd, &calls, c);
	/* Clients of a proxy of HTTP all come from its address. */
	c->counted = c->behind ? 0 : c->network;
	network_count(e, c->counted, 1);

	struct reply no = unwanted(e, c);
	if (why) {
		no = REPLY(421, 4, 7, 0, "");
		no.text = str_z(why);
	}
	if (no.code) {
		turn_away(c, &no, why ? REASON_POLICY : REASON_QUOTA);
		return;
	}
	edge_conn_active(c, EDGE_RATE_US);
	if (port->kind != PORT_TLS && port->kind != PORT_HTTPS)
		start(c);
	else if (e->tls)
		stream_tls_accept(c->stream, e->tls);
	else
		edge_conn_end(c);
}

static void
conn_new(struct edge *e, const struct role_port *port, int fd, const struct net_addr *peer)
{
	struct edge_conn *c = MEM_NEW(c);
	int32_t pid;

	c->edge = e;
	c->port = port;
	list_init(&c->link);
	list_init(&c->ask.link);
	c->ask.ctx = c;
	buf_init(&c->ask.payload, CHANNEL_PAYLOAD_MAX);
	loop_timer_init(&c->timer, on_timer, c);
	if (port->kind == PORT_LOCAL) {
		if (net_peer_uid(fd, &c->uid, &pid) < 0)
			c->uid = UINT32_MAX - 1; /* nobody we know */
		c->trusted =
			c->uid == 0 || c->uid == geteuid() || net_peer_in_group(fd, getegid());
		snprintf(c->client, sizeof c->client, "uid:%u", c->uid);
	} else {
		(void)net_text(c->client, peer);
		c->network = net_key(peer);
		c->loopback = net_is_loopback(peer);
		c->from = *peer;
		c->behind = e->config->nproxies > 0 && edge_proxy_is(e->config, peer);
	}
	list_push(&e->conns, &c->link);
	e->nconns++;
	edge_count(e, COUNT_SESSIONS, port->port);
	if (c->behind && !(e->nconns > e->config->limits.connections && !make_room(e)))
		edge_proxy_begin(c, fd);
	else
		edge_conn_begin(c, fd, NULL);
}

static void
on_acceptable(void *ctx, unsigned what)
{
	struct edge_port *p = ctx;
	struct edge *e = p->edge;

	(void)what;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct net_addr peer;
		int fd = net_accept(p->port->fd, &peer);

		if (fd == -ECONNABORTED || fd == -EINTR)
			continue;
		if (fd == -EMFILE || fd == -ENFILE || fd == -ENOBUFS || fd == -ENOMEM) {
			/* The socket stays readable: wait a second instead of spinning. */
			e->out_of_fds = true;
			loop_fd_want(p->watch, 0);
		}
		if (fd < 0)
			return;
		conn_new(e, p->port, fd, &peer);
	}
}

void
edge_listen(struct edge *e)
{
	if (e->listening || e->draining || e->retired)
		return;
	for (size_t i = 0; i < e->env->nports; i++) {
		struct edge_port *p = &e->ports[i];

		p->edge = e;
		p->port = &e->env->ports[i];
		p->watch = loop_fd_new(e->loop, p->port->fd, LOOP_READ, on_acceptable, p);
	}
	e->listening = true;
}

static void
listen_off(struct edge *e)
{
	for (size_t i = 0; i < e->env->nports; i++)
		loop_fd_free(&e->ports[i].watch);
	e->listening = false;
}

/* ---- life ---- */

static void
retire(struct edge *e, uint64_t wait_us)
{
	e->retired = true;
	e->drain_until = loop_mono(e->loop) + wait_us;
	if (e->listening)
		listen_off(e);
	edge_streams_end(e);
	/* Who has asked nothing yet is about to; a call that comes in is finished. */
	LIST_EACH_SAFE(l, &e->conns)
	{
		struct edge_conn *c = LIST_OF(l, struct edge_conn, link);

		if (c->http && c->http->asked && !c->http->waits && !c->http->call)
			edge_conn_end(c);
	}
	if (e->nconns == 0)
		loop_stop(e->loop);
}

void
edge_drain(struct edge *e)
{
	if (e->draining)
		return;
	if (e->env->ports_kept && !e->retired) {
		retire(e, EDGE_SETTLE_US);
		return;
	}
	e->draining = true;
	e->drain_until = loop_mono(e->loop) + EDGE_DRAIN_US;
	if (e->env->ports_kept)
		e->drain_until -= EDGE_SETTLE_US; /* the keeper counts from its word */
	edge_streams_end(e);
	/* It goes on listening, to say that it stops: nobody waits before a mute port. */
	LIST_EACH_SAFE(l, &e->conns)
	{
		struct edge_conn *c = LIST_OF(l, struct edge_conn, link);

		/* A call that has begun is one too: its body may be long, and comes to its end
		 * by the deadlines of a body. */
		if (c->smtp)
			edge_smtp_drain(c);
		else if (!c->http || (!c->http->waits && !c->http->call))
			edge_conn_end(c);
	}
	if (e->nconns == 0)
		loop_stop(e->loop);
}

void
edge_retire(struct edge *e)
{
	if (!e->draining && !e->retired)
		retire(e, EDGE_RETIRE_US);
}

static void
on_second(void *ctx)
{
	struct edge *e = ctx;

	edge_engine_second(e);
	edge_desk_second(e);
	if (loop_mono(e->loop) - e->began >= EDGE_PATIENCE_US)
		edge_listen(e);
	tally(e);
	log_second(e);
	if (e->out_of_fds && e->listening) {
		e->out_of_fds = false;
		for (size_t i = 0; i < e->env->nports; i++)
			loop_fd_want(e->ports[i].watch, LOOP_READ);
	}
	if (e->draining && loop_mono(e->loop) >= e->drain_until)
		loop_stop(e->loop);
	else if (e->retired && loop_mono(e->loop) >= e->drain_until)
		edge_drain(e);
	loop_timer_in(e->loop, &e->second, EDGE_SECOND);
}

void
edge_resume_later(struct edge *e)
{
	loop_timer_in(e->loop, &e->resume, RESUME_US);
}

static void
on_resume(void *ctx)
{
	struct edge *e = ctx;
	bool more = false;

	LIST_EACH_SAFE(l, &e->conns)
	{
		struct edge_conn *c = LIST_OF(l, struct edge_conn, link);

		if (!c->smtp || !c->smtp->paused)
			continue;
		if (c->smtp->mail.body &&
			extent_body_memory(c->smtp->mail.body) > EDGE_BODY_HIGH / 2) {
			more = true;
			continue;
		}
		c->smtp->paused = false;
		stream_resume(c->stream);
		edge_smtp_run(c);
	}
	if (more)
		edge_resume_later(e);
}

static void
on_link_peer(void *ctx, enum role_kind kind, unsigned number, int fd)
{
	(void)number;
	if (kind == ROLE_ENGINE)
		edge_peer(ctx, fd);
	else if (kind == ROLE_DESK)
		edge_desk_peer(ctx, fd);
	else
		close(fd);
}

static void
on_link_drain(void *ctx)
{
	edge_drain(ctx);
}

static void
on_link_retire(void *ctx)
{
	edge_retire(ctx);
}

struct edge *
edge_make(struct loop *l, const struct role_env *env, struct tls_server *tls)
{
	static const struct role_link_calls calls = {
		.peer = on_link_peer, .drain = on_link_drain, .retire = on_link_retire
	};
	struct edge *e = MEM_NEW(e);

	e->loop = l;
	e->env = env;
	e->config = env->config;
	e->log = env->log;
	e->tls = tls;
	e->log_left = EDGE_LOG_RATE;
	list_init(&e->asks);
	list_init(&e->conns);
	list_init(&e->calls);
	list_init(&e->webs);
	list_init(&e->proves);
	list_init(&e->letters);
	loop_task_init(&e->letters_task, edge_mail_letters_turn, e);
	nmap_init(&e->ask_of);
	nmap_init(&e->networks);
	nmap_init(&e->seats);
	nmap_init(&e->full);
	nmap_init(&e->local);
	map_init(&e->auth_cache, random_u64());
	map_init(&e->domain_cache, random_u64());
	e->hosts = edge_hosts_new();
	e->own = edge_own_new();
	e->templates = edge_templates_new(e);
	e->reports = edge_reports_new(e);
	buf_init(&e->out, EDGE_OUT_MAX);
	buf_init(&e->head, 1u << 20);
	buf_init(&e->ask_buf, CHANNEL_PAYLOAD_MAX);
	arena_init(&e->tmp, SCRATCH_MAX);
	e->ports = mem_new(env->nports + 1, sizeof *e->ports);
	e->flusher = flusher_new(l, env->one);
	e->pool = pool_new(l, 1, env->one);
	edge_track_open(e);
	int err = extent_writer_open(
		env->paths->spool, (uint8_t)env->number, env->boot, e->flusher, &e->writer);
	if (err < 0) {
		struct log_line ll = log_op(e->log, LOG_ERROR, "spool");

		log_z(&ll, "error", strerror(-err));
		log_z(&ll, "means", "no mail can be taken: look at the state folder's rights");
		log_end(&ll);
	}
	loop_timer_init(&e->second, on_second, e);
	loop_timer_init(&e->resume, on_resume, e);
	loop_timer_in(l, &e->second, EDGE_SECOND);
	e->began = loop_mono(l);
	if (env->link_fd >= 0) {
		e->link = role_link_new(l, env->link_fd, &calls, e);
		role_link_ready(e->link);
	}
	return e;
}

struct edge *
edge_new(struct loop *l, const struct role_env *env)
{
	struct tls_server *tls = NULL;

	/* Without a certificate plain ports still serve; the log says why TLS does not. */
	(void)edge_tls(env, &tls);
	return edge_make(l, env, tls);
}

void
edge_free(struct edge **pe)
{
	struct edge *e = *pe;

	if (e == NULL)
		return;
	*pe = NULL;
	loop_timer_off(e->loop, &e->second);
	loop_timer_off(e->loop, &e->resume);
	if (e->listening)
		listen_off(e);
	e->draining = true;
	while (!list_empty(&e->conns))
		edge_conn_end(LIST_OF(e->conns.next, struct edge_conn, link));
	loop_task_off(&e->letters_task);
	pool_free(&e->pool);
	edge_reports_close(e->reports);
	if (e->writer)
		extent_writer_free(&e->writer);
	must(list_empty(&e->calls) && list_empty(&e->webs) && list_empty(&e->letters));
	must(list_empty(&e->proves));
	edge_reports_free(&e->reports);
	edge_templates_free(&e->templates);
	edge_track_close(e);
	flusher_free(&e->flusher);
	edge_engine_free(e);
	channel_free(&e->desk);
	role_link_free(&e->link);
	tls_server_free(&e->tls);
	api_rates_free(&e->rates);
	nmap_done(&e->networks);
	must(e->seats.used == 0);
	nmap_done(&e->seats);
	nmap_done(&e->local);
	buf_done(&e->out);
	buf_done(&e->head);
	buf_done(&e->ask_buf);
	arena_done(&e->tmp);
	mem_free(e->ports);
	mem_free(e);
}
