/* One SMTP session: what wire/smtp_in asks, answered here or by the engine. */
#include "role/edge_priv.h"

#include "base/mem.h"

#define RCPT_MAX     20000u /* what one submit can carry, whatever the configuration says */
#define DELAY_MAX_MS 10000u

/* ---- output ---- */

static void
flush(struct edge_conn *c)
{
	struct buf *out = &c->edge->out;

	if (out->n > 0)
		stream_write(c->stream, buf_str(out));
	buf_clear(out);
}

static void
closed(struct edge_conn *c)
{
	const struct reply *why = &c->smtp->in.refused;
	struct log_line ll;

	if (why->code && edge_log(c, "session-refused", &ll)) {
		log_num(&ll, "code", why->code);
		log_str(&ll, "why", why->text);
		if (str_find_str(why->text, STR_LIT("for TLS")) < why->text.n)
			log_z(&ll, "hint", "a TLS client on a STARTTLS port: use 465");
		log_end(&ll);
	}
	edge_conn_end(c);
}

void
edge_smtp_abort(struct edge_conn *c, const struct reply *r)
{
	buf_clear(&c->edge->out);
	smtp_in_abort(&c->smtp->in, r, &c->edge->out);
	flush(c);
	edge_conn_end(c);
}

void
edge_smtp_answer(struct edge_conn *c, const struct reply *r)
{
	if (r->code >= 500)
		edge_count(c->edge, COUNT_REJECTED,
			r->dsn.subject == 7 ? REASON_POLICY : REASON_SYNTAX);
	buf_clear(&c->edge->out);
	smtp_in_answer(&c->smtp->in, r, &c->edge->out);
	flush(c);
	edge_conn_active(c, smtp_in_wait_us(&c->smtp->in));
	edge_smtp_run(c);
}

/* Holds an answer back (brute force). */
static void
answer_later(struct edge_conn *c, const struct reply *r, uint32_t wait_ms)
{
	struct edge_smtp *s = c->smtp;

	s->delayed = *r;
	(void)str_copy_z(s->delayed_text, sizeof s->delayed_text,
		str_head(r->text, sizeof s->delayed_text - 1));
	s->delayed.text = str_z(s->delayed_text);
	if (wait_ms > DELAY_MAX_MS)
		wait_ms = DELAY_MAX_MS;
	edge_conn_timer(c, EDGE_TIMER_REPLY, (uint64_t)wait_ms * 1000);
}

/* ---- who is it ---- */

static struct reply
auth_failed(struct edge_conn *c, const struct msg_authed *m)
{
	edge_auth_failed(c, c->smtp->in.auth_user, m);
	if (m->reply.code < 400 || m->reply.code > 599)
		return REPLY(535, 5, 7, 8, "Authentication failed");
	return m->reply;
}

static void
on_authed(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	struct edge_smtp *s = c->smtp;
	const struct msg_authed *m = answer;
	struct reply r = REPLY(235, 2, 7, 0, "Authentication succeeded");

	if (m == NULL) {
		r = REPLY(454, 4, 7, 0, "Authentication is not possible now; try again later");
	} else if (m->ok) {
		s->id = edge_auth_id(c, m);
		edge_auth_learn(c->edge, str_of(s->hash_key, s->nhash_key), &s->id);
	} else {
		r = auth_failed(c, m);
	}
	if (m && !m->ok && m->wait_ms > 0)
		answer_later(c, &r, m->wait_ms);
	else
		edge_smtp_answer(c, &r);
}

/* An operator says at the local socket whose mail it is; any password will do. */
static bool
speak_for(struct edge_conn *c, struct reply *ret_r)
{
	struct edge_smtp *s = c->smtp;

	snprintf(s->trusted, sizeof s->trusted, "@trusted:%.*s",
		STR_ARG(str_head(s->in.auth_user, 200)));
	s->id.known = false;
	*ret_r = REPLY(235, 2, 7, 0, "Authentication succeeded");
	return true;
}

static bool
on_auth(struct edge_conn *c, struct reply *ret_r)
{
	struct edge_smtp *s = c->smtp;
	struct buf key = { s->hash_key, 0, sizeof s->hash_key, sizeof s->hash_key, false };
	struct edge_auth a;

	if (c->port->kind == PORT_LOCAL)
		return speak_for(c, ret_r);
	edge_auth_spell(c->edge, s->in.auth_user, s->in.auth_secret, &a);
	/* The whole of what the engine's yes depends on: way, secret, address, name. */
	edge_auth_key(&key, s->way, c->client, &a);
	s->nhash_key = key.n;
	if (edge_auth_known(c->edge, str_of(s->hash_key, s->nhash_key), &s->id)) {
		*ret_r = REPLY(235, 2, 7, 0, "Authentication succeeded");
		return true;
	}
	edge_auth_ask(c, s->way, &a, on_authed);
	mem_wipe(&a, sizeof a);
	return false;
}

static void
on_entered(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	const struct msg_entered *m = answer;
	struct reply r;

	if (edge_seat_entered(c->edge, &c->smtp->seat, m)) {
		if (!edge_mail_begin(c, &r))
			return;
	} else if (m) {
		r = m->reply;
		r.code = 421;
		edge_count(c->edge, COUNT_REJECTED, REASON_QUOTA);
	} else {
		r = REPLY(451, 4, 3, 0, "The service is busy; try again later");
	}
	edge_smtp_answer(c, &r);
}

/* false: the engine is asked whether one more session may be open. */
static bool
is_seated(struct edge_conn *c)
{
	return edge_seat_take(c, &c->smtp->seat, &c->smtp->id, on_entered);
}

static void
on_identity(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	const struct msg_authed *m = answer;
	struct reply r;

	if (m == NULL) {
		r = REPLY(451, 4, 3, 0, "The service is busy; try again later");
	} else if (!m->ok) {
		c->smtp->id.known = false;
		r = auth_failed(c, m);
		if (r.code == 535)
			r.code = 550;
	} else {
		c->smtp->id = edge_auth_id(c, m);
		if (m->key)
			edge_auth_learn(c->edge, str_of(c->smtp->hash_key, c->smtp->nhash_key),
				&c->smtp->id);
		if (!is_seated(c) || !edge_mail_begin(c, &r))
			return;
	}
	edge_smtp_answer(c, &r);
}

/* Clients that need no AUTH: local users, trusted networks. */
static bool
ask_identity(struct edge_conn *c, struct reply *ret_r)
{
	struct edge_auth a = { .hash = { 0 } };

	if (c->smtp->trusted[0] == '\0') {
		*ret_r = REPLY(530, 5, 7, 0, "Authentication required");
		return true;
	}
	(void)str_copy_z(a.name, sizeof a.name, str_z(c->smtp->trusted));
	edge_auth_ask(c, c->smtp->way, &a, on_identity);
	return false;
}

/* A session may outlive its key: once the edge has forgotten the engine's yes (`changed`, age),
 * the next message needs another. True when it still stands. */
static bool
still_allowed(struct edge_conn *c)
{
	struct edge_smtp *s = c->smtp;
	struct str all = str_of(s->hash_key, s->nhash_key);
	struct edge_auth a;

	if (s->id.key == 0 || edge_auth_known(c->edge, all, &s->id))
		return true;
	edge_auth_of_key(all, &a);
	edge_auth_ask(c, s->way, &a, on_identity);
	mem_wipe(&a, sizeof a);
	return false;
}

static bool
local_is_too_fast(struct edge_conn *c)
{
	struct edge *e = c->edge;
	uint64_t minute = loop_mono(e->loop) / (60 * EDGE_SECOND), n = 0;

	if (c->port->kind != PORT_LOCAL)
		return false;
	if (minute != e->local_minute) {
		nmap_done(&e->local);
		nmap_init(&e->local);
		e->local_minute = minute;
	}
	(void)nmap_get(&e->local, (uint64_t)c->uid + 1, &n);
	nmap_put(&e->local, (uint64_t)c->uid + 1, n + 1);
	return n >= EDGE_LOCAL_RATE;
}

static bool
is_full(struct edge_conn *c, struct reply *ret_r)
{
	uint32_t retry_s;
	struct str why = edge_full(c->edge, &c->smtp->id, &retry_s);

	if (!why.p)
		return false;
	*ret_r = REPLY(452, 4, 2, 1, "");
	ret_r->text = why;
	edge_count(c->edge, COUNT_REJECTED, REASON_QUOTA);
	return true;
}

static bool
on_mail(struct edge_conn *c, struct reply *ret_r)
{
	*ret_r = edge_state_reply(c->edge);
	if (ret_r->code)
		return true;
	if (local_is_too_fast(c)) {
		*ret_r = REPLY(451, 4, 7, 1,
			"Too many messages from this user in one minute; try again later");
		return true;
	}
	if (!c->smtp->id.known)
		return ask_identity(c, ret_r);
	if (!still_allowed(c))
		return false;
	if (is_full(c, ret_r))
		return true;
	return is_seated(c) && edge_mail_begin(c, ret_r);
}

/* ---- the machine ---- */

/* Mail from a stranger that comes back, not for an account's URL. */
static bool
is_return(const struct edge_smtp *s)
{
	return s->in.mail.stray && !s->mail.inbound;
}

static bool
on_rcpt(struct edge_conn *c, struct reply *ret_r)
{
	if (c->smtp->in.mail.stray)
		return edge_return_rcpt(c, ret_r) || edge_inbound_rcpt(c, ret_r);
	*ret_r = edge_mail_rcpt(c);
	return true;
}

/* Answers an event at once (true) or leaves it open. */
static bool
decide(struct edge_conn *c, enum smtp_in_event ev, struct reply *ret_r)
{
	bool back = is_return(c->smtp);

	switch (ev) {
	case SMTP_IN_AUTH:
		return on_auth(c, ret_r);
	case SMTP_IN_MAIL:
		return on_mail(c, ret_r);
	case SMTP_IN_RCPT:
		return on_rcpt(c, ret_r);
	case SMTP_IN_DATA:
		*ret_r = back ? edge_return_data(c) : edge_mail_data(c);
		return true;
	case SMTP_IN_END:
		return back ? edge_return_end(c, ret_r) : edge_mail_end(c, ret_r);
	default:
		return false;
	}
}

/* true: feed on. */
static bool
handle(struct edge_conn *c, enum smtp_in_event ev)
{
	struct edge_smtp *s = c->smtp;
	struct reply r;

	switch (ev) {
	case SMTP_IN_MORE:
	case SMTP_IN_CLOSE:
	case SMTP_IN_STARTTLS:
		return false;
	case SMTP_IN_RESET:
		edge_mail_forget(c);
		edge_return_forget(c);
		return true;
	case SMTP_IN_BODY:
		if (is_return(s))
			edge_return_bytes(c, s->in.body);
		else
			edge_mail_bytes(c, s->in.body);
		return !s->paused;
	default:
		break;
	}
	if (!decide(c, ev, &r))
		return false;
	if (r.code >= 500)
		edge_count(c->edge, COUNT_REJECTED, REASON_POLICY);
	smtp_in_answer(&s->in, &r, &c->edge->out);
	return true;
}

static bool
at_boundary(const struct edge_smtp *s)
{
	return s->in.asked == SMTP_IN_MORE && s->in.state <= SMTP_IN_S_READY;
}

static enum smtp_in_event
feed(struct edge_conn *c)
{
	struct edge *e = c->edge;
	struct edge_smtp *s = c->smtp;
	struct str all = stream_input(c->stream), in = all;
	bool body = s->in.state == SMTP_IN_S_BODY || s->in.state == SMTP_IN_S_DISCARD;
	enum smtp_in_event ev;
	bool moved = body && all.n > 0;

	do {
		if (e->draining && at_boundary(s)) {
			const struct reply r = REPLY(
				421, 4, 3, 2, "The service is stopping; try again in a minute");

			smtp_in_abort(&s->in, &r, &e->out);
		}
		ev = smtp_in_feed(&s->in, &in, &e->out);
		moved |= ev != SMTP_IN_MORE;
	} while (handle(c, ev) && e->out.n < EDGE_UNREAD_MAX);
	s->bytes += all.n - in.n;
	moved |= e->out.n > 0;
	stream_eat(c->stream, all.n - in.n);
	flush(c);
	/* A command that trickles in is no progress (T16). */
	if (moved)
		edge_conn_active(c, smtp_in_wait_us(&s->in));
	return ev;
}

void
edge_smtp_run(struct edge_conn *c)
{
	struct edge_smtp *s = c->smtp;
	enum smtp_in_event ev;

	if (s->paused || stream_pending(c->stream) > EDGE_UNREAD_MAX)
		return;
	buf_clear(&c->edge->out);
	ev = feed(c);
	if (ev == SMTP_IN_CLOSE)
		closed(c);
	else if (ev == SMTP_IN_STARTTLS)
		stream_tls_accept(c->stream, c->edge->tls);
	else if (c->eof && s->in.asked == SMTP_IN_MORE && !s->paused &&
		 stream_input(c->stream).n == 0)
		edge_conn_end(c);
}

void
edge_smtp_drain(struct edge_conn *c)
{
	const struct reply r =
		REPLY(421, 4, 3, 2, "The service is stopping; try again in a minute");

	if (at_boundary(c->smtp))
		edge_smtp_abort(c, &r);
}

void
edge_smtp_event(struct edge_conn *c, enum stream_event ev)
{
	const struct reply late = REPLY(421, 4, 4, 2, "Nothing came for too long: closing");
	struct edge_smtp *s = c->smtp;

	switch (ev) {
	case STREAM_SECURED:
		smtp_in_tls_on(&s->in);
		s->id.known = false;
		edge_seat_leave(c->edge, &s->seat);
		s->way = AUTH_TLS;
		edge_conn_active(c, smtp_in_wait_us(&s->in));
		edge_smtp_run(c);
		break;
	case STREAM_EOF:
		c->eof = true;
		edge_smtp_run(c);
		break;
	case STREAM_DRAINED:
		edge_smtp_run(c);
		break;
	case STREAM_TIMEOUT:
		/* P4: a submit may be under way; no 4xx may be said of it. */
		if (s->in.asked == SMTP_IN_END)
			edge_conn_end(c);
		else
			edge_smtp_abort(c, &late);
		break;
	case STREAM_ERROR:
		edge_conn_end(c);
		break;
	case STREAM_CONNECTED:
		break;
	}
}

static void
rate_check(struct edge_conn *c)
{
	struct edge_smtp *s = c->smtp;
	uint64_t least = c->edge->config->limits.min_rate * (EDGE_RATE_US / EDGE_SECOND);
	const struct reply slow = REPLY(421, 4, 4, 2, "The message comes too slowly: closing");
	bool body = s->in.state == SMTP_IN_S_BODY || s->in.state == SMTP_IN_S_DISCARD;

	if (!body || s->in.asked != SMTP_IN_MORE)
		return;
	if (!s->paused && s->bytes - s->rate_bytes < least) {
		edge_smtp_abort(c, &slow);
		return;
	}
	s->rate_bytes = s->bytes;
	edge_conn_timer(c, EDGE_TIMER_RATE, EDGE_RATE_US);
}

void
edge_smtp_timer(struct edge_conn *c)
{
	enum edge_timer was = c->timer_is;

	c->timer_is = EDGE_TIMER_NONE;
	if (was == EDGE_TIMER_REPLY)
		edge_smtp_answer(c, &c->smtp->delayed);
	else if (was == EDGE_TIMER_RATE)
		rate_check(c);
}

/* ---- begin and end ---- */

static void
trust(struct edge_conn *c)
{
	const struct config *cf = c->edge->config;
	struct net_addr a;
	struct net_cidr net;

	if (c->port->kind == PORT_LOCAL) {
		(void)str_copy_z(c->smtp->trusted, sizeof c->smtp->trusted, STR_LIT("@local"));
		return;
	}
	/* Where any name will do, none will: programs under development have none. What comes
	 * back from other servers goes to ports with TLS. */
	if (cf->lab.any_credentials && c->port->kind == PORT_PLAIN && c->loopback)
		(void)str_copy_z(
			c->smtp->trusted, sizeof c->smtp->trusted, STR_LIT("@trusted:"));
	if (cf->ntrusted == 0 || net_parse(str_z(c->client), 0, &a) < 0)
		return;
	for (size_t i = 0; i < cf->ntrusted; i++)
		if (net_cidr_parse(cf->trusted[i].network, &net) == 0 &&
			net_cidr_has(&net, &a)) {
			snprintf(c->smtp->trusted, sizeof c->smtp->trusted, "@trusted:%.*s",
				STR_ARG(str_head(cf->trusted[i].account, 200)));
			return;
		}
}

static struct smtp_in_conf
session_conf(struct edge_conn *c)
{
	struct edge *e = c->edge;
	const struct config *cf = e->config;
	enum port_kind k = c->port->kind;
	bool plain_port = k == PORT_PLAIN || cf->plaintext_auth ||
	                  (cf->lab.any_credentials && c->loopback);
	/* Or the proxy has ended TLS, and says so. */
	bool tls = stream_is_tls(c->stream) || (c->proxied && c->secure);

	c->smtp->way = tls ? AUTH_TLS : plain_port ? AUTH_PLAIN_PORT : AUTH_PLAIN;
	return (struct smtp_in_conf){
		.hostname = cf->hostname,
		.software = STR_LIT("Facteur"),
		.starttls = (k == PORT_STARTTLS || k == PORT_SHARED) && e->tls,
		.auth = k != PORT_LOCAL || c->trusted,
		.plain_auth = plain_port || tls || e->plain_keys || k == PORT_LOCAL,
		.auth_required = c->smtp->trusted[0] == '\0',
		.inbound = cf->bounce_domain.n > 0 && k != PORT_LOCAL,
		.utf8 = true,
		.size_max = cf->limits.message_bytes,
		.rcpt_max = cf->limits.recipients < RCPT_MAX ? cf->limits.recipients : RCPT_MAX,
		.errors_max = cf->limits.sessions_errors,
		.tls_port_hint = cf->tls.n ? cf->tls.port[0] : 0,
	};
}

void
edge_smtp_start(struct edge_conn *c)
{
	struct edge *e = c->edge;
	struct edge_smtp *s = c->smtp = MEM_NEW(s);
	struct reply no = edge_state_reply(e);

	trust(c);
	struct smtp_in_conf conf = session_conf(c);
	smtp_in_init(&s->in, &conf, stream_is_tls(c->stream));
	arena_init(&s->mail.arena, 2u << 20);
	buf_init(&s->mail.head, 256u << 10);
	buf_init(&s->mail.whole, EDGE_WHOLE_MAX);
	if (no.code) {
		/* 452 is no banner (RFC 5321 4.2). */
		no.code = 421;
		edge_smtp_abort(c, &no);
		return;
	}
	buf_clear(&e->out);
	smtp_in_banner(&s->in, &e->out);
	flush(c);
	edge_conn_active(c, smtp_in_wait_us(&s->in));
	edge_smtp_run(c);
}

void
edge_smtp_free(struct edge_conn *c)
{
	if (!c->smtp)
		return;
	for (unsigned i = 0; i < c->smtp->in.errors; i++)
		edge_count(c->edge, COUNT_COMMAND_ERRORS, 5);
	edge_return_forget(c);
	edge_mail_free(c);
	edge_seat_leave(c->edge, &c->smtp->seat);
	smtp_in_done(&c->smtp->in);
	mem_free(c->smtp);
	c->smtp = NULL;
}
