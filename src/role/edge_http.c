/* Health, metrics, ACME and the API's description over HTTP (conventions: Health, Port 80).
 * Nothing here takes a key. */
#include "role/edge_prove.h"
#include "role/edge_proxy.h"
#include "role/edge_static.h"
#include "role/edge_web.h"

#include "base/mem.h"
#include "io/file.h"
#include "wire/http_answer.h"

#define HEAD_US    (10 * EDGE_SECOND)
#define BODY_MAX   (64u << 10) /* read and dropped */
#define ACME_MAX   4096u
#define ACME_NAME  128u
#define ANSWER_MAX (CHANNEL_PAYLOAD_MAX + 4096u)

static void
say(struct edge_http *h, int status, const char *text)
{
	h->status = status;
	mem_free(h->body);
	h->body = str_dup_z(str_z(text));
}

static bool
acme_name_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= ACME_NAME;
}

/* RFC 8555 8.3. */
static void
acme(struct edge_conn *c, struct str token)
{
	char path[800];
	struct buf b;

	buf_init(&b, ACME_MAX);
	snprintf(path, sizeof path, "%s/acme/%.*s", c->edge->env->paths->state,
		STR_ARG(str_head(token, ACME_NAME)));
	if (!acme_name_ok(token) || file_read(path, &b) < 0) {
		say(c->http, 404, "There is no such challenge.\n");
	} else {
		c->http->status = 200;
		c->http->type = "application/octet-stream";
		c->http->body = str_dup_z(buf_str(&b));
	}
	buf_done(&b);
}

/* Everything but challenges goes to the encrypted port. */
static void
redirect(struct edge_conn *c)
{
	struct edge_http *h = c->http;
	const struct config *cf = c->edge->config;
	struct str host = http_in_field(&h->in, "host"), target = h->in.target;
	uint16_t port = cf->http_tls.n ? cf->http_tls.port[0] : 443;
	char suffix[16] = "";

	if (!host.p)
		host = STR_NONE;
	host = str_head(host, str_find(host, ':'));
	if (!domain_valid(host, false))
		host = cf->hostname;
	if (target.n == 0 || target.p[0] != '/' || target.n > 2000)
		target = STR_LIT("/");
	if (port != 443)
		snprintf(suffix, sizeof suffix, ":%u", port);
	snprintf(h->location, sizeof h->location, "https://%.*s%s%.*s", STR_ARG(host), suffix,
		STR_ARG(target));
	say(h, 301, "This is served over HTTPS only.\n");
}

static void
refuse_method(struct edge_http *h)
{
	h->file = NULL;
	say(h, 405, "Only GET and HEAD are answered here.\n");
}

/* Besides challenges; a file of ours is found on the way. */
static bool
is_served(struct edge_http *h)
{
	static const char *const paths[] = { "/livez", "/readyz", "/healthz", "/metrics" };

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (str_eq_z(h->in.path, paths[i]))
			return true;
	h->file = edge_static_find(h->in.path);
	return h->file != NULL;
}

static void
route(struct edge_conn *c)
{
	struct edge_http *h = c->http;
	struct str path = h->in.path, challenge = STR_LIT("/.well-known/acme-challenge/");
	bool get = str_eq_z(h->in.method, "GET") || h->head;

	if (str_starts(path, challenge))
		acme(c, str_from(path, challenge.n));
	else if (c->port->kind == PORT_SHARED)
		redirect(c);
	else if (edge_help_is(path) && get)
		h->help = true;
	else if (!is_served(h) && !edge_help_is(path))
		say(h, 404,
			"Nothing is served at this address; the console is at /console/, "
			"health at /livez and /readyz, numbers at /metrics, the API is "
			"described at /docs/api, help is at /help/.\n");
	else if (!get)
		refuse_method(h);
	else if (str_eq_z(path, "/metrics"))
		h->op = QUERY_METRICS;
	else if (str_eq_z(path, "/readyz"))
		h->op = QUERY_READY;
	else if (!h->file)
		say(h, 200, "ok\n");
}

static void
on_head(struct edge_conn *c)
{
	struct edge_http *h = c->http;

	mem_free(h->body);
	h->body = NULL;
	h->type = NULL;
	h->location[0] = '\0';
	h->op = 0;
	h->status = 500;
	h->head = str_eq_z(h->in.method, "HEAD");
	h->keep_alive = h->in.keep_alive;
	h->verbose = str_find_str(h->in.query, STR_LIT("verbose")) < h->in.query.n;
	h->track = '\0';
	h->file = NULL;
	h->help = false;
	if (c->behind)
		edge_proxy_forwarded(c);
	if (edge_track_begin(c) || (c->port->kind != PORT_SHARED && edge_api_begin(c)))
		return;
	route(c);
	if (h->in.expect_continue)
		stream_write(c->stream, STR_LIT("HTTP/1.1 100 Continue\r\n\r\n"));
	http_in_go(&h->in, BODY_MAX);
}

void
edge_http_say(struct edge_conn *c, struct http_answer *a)
{
	struct edge *e = c->edge;
	struct edge_http *h = c->http;
	struct buf out;

	a->keep_alive = h->keep_alive && !e->draining && !e->retired;
	a->head = h->head;
	a->now = loop_wall(e->loop);
	buf_init(&out, ANSWER_MAX);
	if (http_answer_write(&out, a) < 0) {
		buf_clear(&out);
		*a = (struct http_answer){ .status = 500, .now = a->now };
		(void)http_answer_write(&out, a);
	}
	edge_count(e, COUNT_HTTP, (uint16_t)a->status);
	stream_write(c->stream, buf_str(&out));
	buf_done(&out);
	edge_conn_active(c, HEAD_US);
	h->closing = !a->keep_alive;
	h->waits = false;
	h->asked = true;
}

void
edge_http_open(struct edge_conn *c, struct http_answer *a)
{
	struct buf out;

	a->open = true;
	a->head = c->http->head;
	a->now = loop_wall(c->edge->loop);
	buf_init(&out, ANSWER_MAX);
	(void)http_answer_write(&out, a);
	edge_count(c->edge, COUNT_HTTP, (uint16_t)a->status);
	stream_write(c->stream, buf_str(&out));
	buf_done(&out);
}

void
edge_http_next(struct edge_conn *c)
{
	struct edge_http *h = c->http;
	bool running = h->running;

	if (h->closing && !running) {
		edge_conn_end(c);
	} else if (!h->closing) {
		http_in_next(&h->in);
		if (!running)
			edge_http_run(c);
	}
}

static void
answer(struct edge_conn *c, int status, struct str body)
{
	static const struct http_field allow = { STR_LIT("Allow"), STR_LIT("GET, HEAD") };
	struct edge_http *h = c->http;
	struct http_answer a = { .status = status,
		.type = h->type,
		.location = h->location[0] ? h->location : NULL,
		.fields = &allow,
		.nfields = status == 405, /* RFC 9110 15.5.6 */
		.body = body };

	edge_http_say(c, &a);
}

static void
on_answer(void *ctx, const void *m)
{
	struct edge_conn *c = ctx;
	struct edge_http *h = c->http;
	const struct msg_answer *a = m;
	int status = a ? a->status : 503;
	struct str body = a ? a->json : STR_LIT("the engine does not answer\n");

	if (h->op == QUERY_METRICS) {
		h->type = a ? "text/plain; version=0.0.4" : NULL;
	} else if (c->edge->draining) {
		status = 503;
		body = STR_LIT("draining\n");
	} else if (h->verbose && a) {
		h->type = "application/json";
	} else if (a) {
		body = status == 200 ? STR_LIT("ok\n") : STR_LIT("not ready\n");
	}
	answer(c, status, body);
	edge_http_next(c);
}

static void
ask(struct edge_conn *c)
{
	struct edge *e = c->edge;
	struct msg_query q = { .seq = edge_seq(e),
		.op = c->http->op,
		.address = STR_NONE,
		.domain = STR_NONE,
		.sender = STR_NONE,
		.state = STR_NONE,
		.text = STR_NONE };

	c->http->waits = true;
	buf_clear(&c->ask.payload);
	msg_query_write(&c->ask.payload, &q);
	c->ask.done = on_answer;
	edge_ask(e, &c->ask, MSG_query, q.seq);
	stream_deadline(c->stream, 2 * EDGE_ASK_US);
}

static void
on_end(struct edge_conn *c)
{
	struct edge_http *h = c->http;

	if (h->call) {
		edge_api_end(c);
		return;
	}
	if (h->track) {
		edge_track_end(c);
		return;
	}
	/* A probe wants to know now. */
	if (h->op && !c->edge->up) {
		say(h, 503, "the engine does not answer\n");
		h->op = 0;
	}
	if (h->op) {
		ask(c);
		return;
	}
	if (h->help)
		edge_help_answer(c);
	else if (h->file)
		edge_static_answer(c, h->file);
	else
		answer(c, h->status, h->body ? str_z(h->body) : STR_NONE);
	edge_http_next(c);
}

static void
bad(struct edge_conn *c)
{
	struct edge_http *h = c->http;
	char text[256];

	h->keep_alive = false;
	if (edge_api_bad(c))
		return;
	snprintf(text, sizeof text, "%s\n", h->in.why ? h->in.why : "bad request");
	h->type = NULL;
	h->location[0] = '\0';
	h->head = false;
	answer(c, h->in.status, str_z(text));
}

/* One event; the bytes of a body are those of the stream's input, so it is told before they are
 * eaten. */
static void
step(struct edge_conn *c)
{
	struct edge_http *h = c->http;
	struct str all = stream_input(c->stream), in = all;
	enum http_in_event ev = http_in_feed(&h->in, &in);

	if (ev == HTTP_IN_HEAD)
		on_head(c);
	else if (ev == HTTP_IN_BODY && h->call)
		(void)edge_api_bytes(c, h->in.body);
	else if (ev == HTTP_IN_BODY && h->track)
		(void)buf_put(&h->track_body, h->in.body);
	stream_eat(c->stream, all.n - in.n);
	if (ev == HTTP_IN_BAD)
		bad(c);
	else if (ev == HTTP_IN_END)
		on_end(c);
	h->more = ev != HTTP_IN_MORE;
}

void
edge_http_run(struct edge_conn *c)
{
	struct edge_http *h = c->http;

	if (h->running)
		return; /* it goes on by itself */
	h->running = true;
	h->more = true;
	while (h->more && !h->waits && !h->closing &&
		stream_pending(c->stream) < EDGE_UNREAD_MAX)
		step(c);
	h->running = false;
	if (h->closing || (c->eof && !h->waits))
		edge_conn_end(c);
}

void
edge_http_event(struct edge_conn *c, enum stream_event ev)
{
	if (edge_stream_event(c, ev))
		return;
	if (ev == STREAM_EOF)
		c->eof = true;
	if (ev == STREAM_ERROR || ev == STREAM_TIMEOUT)
		edge_conn_end(c);
	else if (ev == STREAM_EOF || ev == STREAM_DRAINED)
		edge_http_run(c);
}

void
edge_http_timer(struct edge_conn *c)
{
	if (c->timer_is == EDGE_TIMER_REPLY)
		edge_api_timer(c);
}

void
edge_http_start(struct edge_conn *c)
{
	c->http = MEM_NEW(c->http);
	http_in_init(&c->http->in, BODY_MAX);
	edge_conn_active(c, HEAD_US);
	edge_http_run(c);
}

void
edge_http_free(struct edge_conn *c)
{
	if (!c->http)
		return;
	if (c->http->call)
		edge_call_leave(c->http->call);
	if (c->http->web)
		edge_web_leave(c->http->web);
	if (c->http->prove)
		edge_prove_leave(c->http->prove);
	http_in_done(&c->http->in);
	mem_free(c->http->body);
	buf_done(&c->http->track_body);
	mem_free(c->http);
	c->http = NULL;
}
