/* The control socket: HTTP/1.1 over UNIX, one question at a time per connection. */
#include "role/desk_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "io/sandbox.h"
#include "wire/http_answer.h"

#include <errno.h>
#include <unistd.h>

#define PREFIX   "/v1/control/"
#define CLOSE_US (5u * 1000000u)

static void conn_go_on(struct desk_conn *n);

static void
conn_free(struct desk_conn *n)
{
	struct desk *d = n->desk;

	desk_asks_forget(d, n);
	desk_domain_forget(d, n);
	desk_doctor_forget(d, n);
	desk_tracking_forget(d, n);
	desk_post_forget(d, n);
	desk_making_forget(d, n);
	desk_rendering_forget(d, n);
	list_del(&n->link);
	d->nconns--;
	http_in_done(&n->http);
	buf_done(&n->body);
	stream_free(&n->stream);
	mem_free(n);
}

static void
write_answer(struct desk_conn *n, int status, const char *type, struct str text)
{
	struct http_answer a = { .status = status,
		.type = type,
		.body = text,
		.keep_alive = !n->last,
		.now = loop_wall(n->desk->loop) };
	struct buf out;

	buf_init(&out, DESK_ANSWER_MAX + 4096);
	must(http_answer_write(&out, &a) == 0);
	stream_write(n->stream, buf_str(&out));
	buf_done(&out);
}

static void
said(struct desk_conn *n)
{
	struct stream *s = n->stream;

	n->busy = false;
	if (n->last) {
		n->stream = NULL;
		stream_close_soft(&s, CLOSE_US);
		conn_free(n);
		return;
	}
	http_in_next(&n->http);
	buf_clear(&n->body);
	stream_deadline(n->stream, DESK_IDLE_US);
	conn_go_on(n);
}

void
desk_say_text(struct desk_conn *n, int status, struct str text)
{
	if (n && n->edge) {
		desk_api_say_text(n, status, text);
		return;
	}
	if (!n)
		return;
	must(n->busy);
	write_answer(n, status, "text/plain; charset=utf-8", text);
	said(n);
}

void
desk_say(struct desk_conn *n, int status, json_t *j)
{
	char *text;

	if (n && n->edge) {
		desk_api_say(n, status, j);
		return;
	}
	text = n ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (!n)
		return;
	must(n->busy && text);
	if (strlen(text) > DESK_ANSWER_MAX) {
		free(text); /* jansson's own allocation */
		desk_fail(n, 500, "The answer is too large; ask for less.");
		return;
	}
	write_answer(n, status, "application/json", str_z(text));
	free(text);
	said(n);
}

void
desk_fail(struct desk_conn *n, int status, const char *why)
{
	desk_say(n, status, desk_error_json(status, why));
}

static void
refuse(struct desk_conn *n, int status, const char *why)
{
	n->busy = n->last = true;
	desk_fail(n, status, why);
}

/* False: refused, n is gone. */
static bool
take_head(struct desk_conn *n)
{
	struct http_in *h = &n->http;

	if (!str_starts(h->path, STR_LIT(PREFIX)) ||
		str_copy_z(n->verb, sizeof n->verb, str_from(h->path, sizeof PREFIX - 1)) < 0) {
		refuse(n, 404, "There is only POST " PREFIX "VERB here.");
		return false;
	}
	if (!str_eq_z(h->method, "POST")) {
		refuse(n, 405, "The control socket takes POST only.");
		return false;
	}
	if (!h->keep_alive)
		n->last = true;
	http_in_go(h, DESK_BODY_MAX);
	return true;
}

static void
take_question(struct desk_conn *n)
{
	struct str text = str_trim_all(buf_str(&n->body));
	json_error_t e;
	json_t *body =
		text.n ? json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &e) : json_object();
	char why[300];

	n->busy = true;
	n->audited = false;
	stream_deadline(n->stream, UINT64_MAX);
	if (!json_is_object(body)) {
		snprintf(why, sizeof why, "The body must be a JSON object%s%s.",
			body ? "" : ": ", body ? "" : e.text);
		json_decref(body);
		desk_fail(n, 400, why);
		return;
	}
	desk_verb(n, str_z(n->verb), body);
	json_decref(body);
}

/* Reads on until a question is in hand, or no more bytes are. */
static void
conn_go_on(struct desk_conn *n)
{
	while (!n->busy) {
		struct str in = stream_input(n->stream);
		size_t before = in.n;
		enum http_in_event ev = http_in_feed(&n->http, &in);

		if (ev == HTTP_IN_BODY && buf_put(&n->body, n->http.body) < 0) {
			refuse(n, 413, "The question is too long.");
			return;
		}
		stream_eat(n->stream, before - in.n);
		if (ev == HTTP_IN_HEAD && !take_head(n))
			return;
		if (ev == HTTP_IN_BAD) {
			refuse(n, n->http.status, n->http.why);
			return;
		}
		if (ev == HTTP_IN_MORE)
			return;
		if (ev == HTTP_IN_END) {
			take_question(n);
			return;
		}
	}
}

static void
on_input(void *ctx)
{
	conn_go_on(ctx);
}

static void
on_event(void *ctx, enum stream_event e)
{
	if (e == STREAM_EOF || e == STREAM_ERROR || e == STREAM_TIMEOUT)
		conn_free(ctx);
}

static void
on_connection(struct desk *d, int fd)
{
	static const struct stream_calls calls = { on_input, on_event };
	struct desk_conn *n = MEM_NEW(n);
	uint32_t uid = UINT32_MAX;
	int32_t pid = 0;

	n->desk = d;
	list_init(&n->link);
	list_push(&d->conns, &n->link);
	d->nconns++;
	buf_init(&n->body, DESK_BODY_MAX);
	http_in_init(&n->http, DESK_BODY_MAX);
	n->stream = stream_new(d->loop, fd, &calls, n);
	stream_deadline(n->stream, DESK_IDLE_US);
	(void)net_peer_uid(fd, &uid, &pid);
	snprintf(n->who, sizeof n->who, "uid %u", (unsigned)uid);
	if (uid != 0 && uid != geteuid() && !net_peer_in_group(fd, getegid())) {
		struct log_line ll = log_op(d->log, LOG_WARN, "control-refused");

		log_num(&ll, "uid", uid);
		log_num(&ll, "pid", pid);
		log_end(&ll);
		refuse(n, 403,
			"You may not control this service: be root, its user, or in its "
			"group.");
	} else if (d->nconns > DESK_CONNS_MAX) {
		refuse(n, 503, "Too many control connections are open.");
	}
}

static void
on_readable(void *ctx, unsigned what)
{
	struct desk *d = ctx;
	struct net_addr peer;

	(void)what;
	for (;;) {
		int fd = net_accept(d->env->control_fd, &peer);

		if (fd < 0)
			return;
		on_connection(d, fd);
	}
}

struct control *
desk_control(struct desk *d)
{
	char console[CONFIG_CONSOLE_SIZE], owner[CONFIG_CONSOLE_SIZE];

	if (d->control)
		return d->control;
	d->control_why = NULL;
	if (control_open(d->env->paths->state, &d->env->keys, &d->control, &d->control_why) <
		0) {
		struct log_line ll = log_op(d->log, LOG_ERROR, "control-tables");

		log_z(&ll, "error", d->control_why ? d->control_why : "not usable");
		log_end(&ll);
		d->control = NULL;
		return NULL;
	}
	control_hostname(d->control, d->config->hostname);
	control_tracking_target(d->control, config_tracking_host(d->config));
	control_console(d->control, str_z(config_console(d->config, console)),
		str_z(config_owner(d->config, owner)));
	return d->control;
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	if (type == MSG_answer)
		desk_answered(ctx, payload);
}

static void
on_engine_gone(void *ctx)
{
	struct desk *d = ctx;

	channel_free(&d->engine);
	desk_asks_over(d, true);
	desk_follow_over(d);
}

void
desk_peer(struct desk *d, int engine_fd)
{
	static const struct channel_calls calls = { on_message, on_engine_gone };

	if (d->engine)
		on_engine_gone(d);
	d->engine = channel_new(d->loop, engine_fd, CHANNEL_PAYLOAD_MAX, &calls, d);
}

static void
on_link_peer(void *ctx, enum role_kind kind, unsigned number, int fd)
{
	if (kind == ROLE_ENGINE)
		desk_peer(ctx, fd);
	else if (kind == ROLE_EDGE && number <= ROLE_EDGES_MAX)
		desk_edge_peer(ctx, number, fd);
	else if (kind == ROLE_POSTER)
		desk_poster_peer(ctx, fd);
	else
		close(fd);
}

static void
on_drain(void *ctx)
{
	struct desk *d = ctx;

	/* Questions go on being answered until the keeper ends us: status while draining. */
	(void)d;
}

static void
on_reload(void *ctx, struct str yaml)
{
	struct desk *d = ctx;
	struct config *c = MEM_NEW(c);
	char console[CONFIG_CONSOLE_SIZE], owner[CONFIG_CONSOLE_SIZE];
	struct config_error e;

	if (config_parse(c, d->config->file, yaml, environ, &e) < 0) {
		mem_free(c);
		return;
	}
	desk_doctor_over(d);
	desk_alerts_reload(d);
	if (d->reloaded) {
		config_done(d->reloaded);
		mem_free(d->reloaded);
	}
	d->reloaded = c;
	log_style(d->log, str_eq_z(c->log.format, "json"), c->log.mask);
	d->config = c;
	if (!d->control)
		return;
	control_hostname(d->control, c->hostname);
	control_tracking_target(d->control, config_tracking_host(c));
	control_console(
		d->control, str_z(config_console(c, console)), str_z(config_owner(c, owner)));
}

static void
on_second(void *ctx)
{
	struct desk *d = ctx;

	desk_asks_over(d, false);
	desk_domain_sweep(d);
	desk_tracking_sweep(d);
	desk_domain_again(d);
	desk_follow_second(d);
	desk_alerts_second(d);
	desk_erase_second(d);
	desk_chain_second(d);
	if (d->engine && ++d->seconds % 10 == 0) {
		desk_keys_used(d);
		desk_hooks_tell(d);
	}
	log_flush(d->log);
	loop_timer_in(d->loop, &d->second, 1000000);
}

struct desk *
desk_new(struct loop *l, const struct role_env *env)
{
	static const struct role_link_calls calls = {
		.peer = on_link_peer, .drain = on_drain, .reload = on_reload
	};
	struct desk *d = MEM_NEW(d);

	d->loop = l;
	d->env = env;
	d->config = env->config;
	d->log = env->log;
	d->seq = env->boot;
	d->began = loop_mono(l);
	list_init(&d->asks);
	list_init(&d->conns);
	list_init(&d->checks);
	list_init(&d->doctors);
	d->dns_port = 53;
	list_init(&d->making);
	list_init(&d->renderings);
	list_init(&d->sources);
	list_init(&d->webs);
	list_init(&d->sinks);
	nmap_init(&d->sink_owners);
	d->pool = pool_new(l, 1, env->one);
	list_init(&d->checks_done);
	list_init(&d->trackings);
	list_init(&d->trackings_done);
	desk_post_init(d);
	(void)desk_control(d);
	desk_people_new(d);
	desk_alerts_new(d);
	desk_erase_new(d);
	desk_session_welcome(d);
	desk_hooks_new(d);
	desk_follows_new(d);
	d->watch = loop_fd_new(l, env->control_fd, LOOP_READ, on_readable, d);
	loop_timer_init(&d->second, on_second, d);
	loop_timer_in(l, &d->second, 1000000);
	if (env->link_fd >= 0) {
		d->link = role_link_new(l, env->link_fd, &calls, d);
		role_link_ready(d->link);
	}
	return d;
}

void
desk_free(struct desk **pd)
{
	struct desk *d = *pd;

	if (d == NULL)
		return;
	loop_timer_off(d->loop, &d->second);
	loop_fd_free(&d->watch);
	while (!list_empty(&d->conns))
		conn_free(LIST_OF(d->conns.next, struct desk_conn, link));
	for (unsigned i = 0; i <= ROLE_EDGES_MAX; i++)
		desk_api_gone(&d->edges[i]);
	desk_follows_free(d);
	desk_people_free(d);
	desk_alerts_free(d);
	pool_free(&d->pool);
	desk_sink_done(d);
	desk_asks_over(d, true);
	desk_erase_free(d);
	desk_domain_done(d);
	desk_doctor_over(d);
	desk_tracking_done(d);
	desk_hooks_free(d);
	desk_post_done(d);
	channel_free(&d->engine);
	role_link_free(&d->link);
	control_free(&d->control);
	if (d->reloaded) {
		config_done(d->reloaded);
		mem_free(d->reloaded);
	}
	mem_free(d);
	*pd = NULL;
}

int
desk_main(const struct role_env *env)
{
	/* /etc: the resolver's configuration and the time zone. */
	const struct sandbox_path paths[] = {
		{ env->paths->state, true },
		{ "/etc", false },
		{ "/usr/share", false },
	};
	const struct sandbox box = {
		.paths = paths, .npaths = sizeof paths / sizeof *paths, .connect = true
	};
	struct loop *l = loop_new(env->clock);
	struct desk *d;

	if (role_sandbox(env, &box) < 0)
		return 77;
	d = desk_new(l, env);
	loop_run(l);
	desk_free(&d);
	loop_free(&l);
	return 0;
}
