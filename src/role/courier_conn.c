/*
 * One slot's connection: resolve, connect, greet, serve transactions one after the other.
 *
 *   NONE → RESOLVE → CONNECT → OPEN (dialogue in wire/smtp_out) → NONE
 *            ▲__________│ next address, next host; without STARTTLS when TLS fails and may
 */
#include "role/courier_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/net.h"

#include <errno.h>
#include <stdatomic.h>

#define QUIT_WAIT_US 2000000u

static void try_next(struct courier_conn *n);
static void step(struct courier_conn *n, enum smtp_out_event ev);

static void
smtp_off(struct courier_conn *n)
{
	if (n->smtp_on)
		smtp_out_done(&n->smtp);
	n->smtp_on = false;
}

/* The socket goes; what the slot learned for its job stays. */
static void
drop_stream(struct courier_conn *n)
{
	if (n->stream) {
		n->courier->connections--;
		stream_free(&n->stream);
	}
	smtp_off(n);
	n->state = CONN_NONE;
	n->reused = false;
	n->securing = false;
	n->tls[0] = 0;
}

void
courier_conn_forget(struct courier_conn *n)
{
	drop_stream(n);
	if (n->resolving)
		resolve_cancel(n->courier->resolver, n->resolving);
	n->resolving = 0;
	n->plain_now = n->tls_bad = false;
	n->host = n->addr = n->tries = 0;
	n->error = 0;
	n->why[0] = n->host_name[0] = n->address[0] = 0;
	arena_reset(&n->arena);
}

static void
send_out(struct courier_conn *n, struct buf *out)
{
	/* P3: what is said in memory is never later than the bytes. */
	if (n->job && n->smtp.phase != PHASE_REPLY)
		courier_phase(n, n->smtp.phase, 0);
	if (out->n && n->stream)
		stream_write(n->stream, buf_str(out));
	buf_done(out);
}

static void
reset_deadline(struct courier_conn *n)
{
	if (n->stream)
		stream_deadline(n->stream, smtp_out_wait_us(&n->smtp) / n->courier->hurry);
}

static void
job_fails(struct courier_conn *n, uint8_t result, uint8_t stage, struct reply r)
{
	char text[REPLY_TEXT_MAX + 1];

	if (n->job) {
		courier_way_judge(n, &stage, &r, text);
		courier_tell_all(n, result, stage, &r);
	}
	if (n->job == NULL && n->state != CONN_OPEN)
		courier_conn_forget(n);
}

/* ---- the dialogue */

static void
stream_body(struct courier_conn *n)
{
	struct courier_job *j = n->job;
	struct buf window, out;
	struct str piece = STR_NONE;
	int err = 0;

	buf_init(&window, COURIER_WINDOW);
	if (j->sent == 0 && j->prefix.n) {
		buf_init(&out, j->prefix.n * 2 + 64);
		smtp_out_body(&n->smtp, buf_str(&j->prefix), &out);
		send_out(n, &out);
	}
	while (j->sent < j->length && stream_pending(n->stream) < COURIER_PENDING_MAX &&
		err == 0) {
		err = courier_job_piece(n, &window, &piece);
		buf_init(&out, COURIER_WINDOW * 2 + 64);
		if (err == 0)
			smtp_out_body(&n->smtp, piece, &out);
		send_out(n, &out);
	}
	buf_done(&window);
	if (err < 0) {
		struct reply r =
			REPLY(451, 4, 3, 0, "The stored message cannot be read just now");

		/* Without the dot nobody got anything. */
		smtp_out_abandon(&n->smtp);
		courier_tell_all(n, RESULT_DEFERRED, STAGE_LOCAL, &r);
		courier_conn_forget(n);
		return;
	}
	if (j->sent < j->length)
		return; /* STREAM_DRAINED brings us back */
	if (!j->m.repeat) {
		j->state = JOB_WAITS_DOT;
		stream_deadline(n->stream, UINT64_MAX);
		COURIER_TELL(n->courier, dot, .attempt = j->m.attempt);
		return;
	}
	courier_conn_dot(n);
}

static void
phase_accepted(struct courier_conn *n)
{
	struct phase_slot *s = &n->courier->env->phases[n->slot];
	uint64_t bits[2] = { 0 };

	for (size_t i = 0; i < n->job->m.rcpts.n; i++)
		if (n->job->rcpts[i].accepted)
			bits[i / 64] |= UINT64_C(1) << i % 64;
	atomic_store(&s->accepted[0], bits[0]);
	atomic_store(&s->accepted[1], bits[1]);
}

void
courier_conn_dot(struct courier_conn *n)
{
	struct buf out;

	if (!n->smtp_on || n->smtp.state != SMTP_OUT_S_BODY || n->job->sent < n->job->length)
		return;
	n->job->state = JOB_RUNS;
	phase_accepted(n);
	buf_init(&out, SMTP_OUT_ROOM);
	smtp_out_dot(&n->smtp, &out);
	send_out(n, &out);
	reset_deadline(n);
}

static unsigned
first_code(const struct courier_conn *n)
{
	for (size_t i = 0; i < n->job->m.rcpts.n; i++)
		if (n->job->rcpts[i].accepted)
			return n->job->rcpts[i].reply.code;
	return 0;
}

/* A kept connection that was dead all along: the job deserves a fresh one. */
static bool
again_fresh(struct courier_conn *n)
{
	struct courier_job *j = n->job;

	if (!j || !n->reused || j->retried)
		return false;
	/* JOB_RUNS: only what the end of the connection itself said to everybody may be said
	 * again. Otherwise no transaction was open, and phase is that of the last one. */
	if (j->state == JOB_RUNS && n->smtp.phase != PHASE_IDLE)
		return false;
	for (size_t i = 0; j->state == JOB_RUNS && i < j->m.rcpts.n; i++)
		if (j->rcpts[i].reply.code != n->smtp.failure.code ||
			j->rcpts[i].reply.text.p != n->smtp.failure.text.p)
			return false;
	j->retried = true;
	for (size_t i = 0; i < j->m.rcpts.n; i++) {
		j->rcpts[i].reply = (struct reply){ 0 };
		j->rcpts[i].accepted = false;
	}
	if (j->state == JOB_RUNS)
		j->state = JOB_READY;
	courier_conn_forget(n);
	courier_conn_start(n);
	return true;
}

static void
on_done(struct courier_conn *n)
{
	bool open;

	if (n->smtp.state == SMTP_OUT_S_CLOSED && again_fresh(n))
		return;
	if (n->smtp.phase == PHASE_REPLY)
		courier_phase(n, PHASE_REPLY, first_code(n));
	open = n->smtp.state != SMTP_OUT_S_CLOSED && !n->job->m.last;
	courier_tell_done(n);
	n->reused = true;
	if (!open)
		courier_conn_hang_up(n);
	else
		reset_deadline(n);
}

/* May we go to this address, and from where: *ret_from is NULL when the kernel chooses. Of
 * configured sources ("IPv4 IPv6" or one of them) it is the one of the same family. */
static bool
source_for(const struct courier_conn *n, const struct net_addr *to, struct net_addr *from,
	struct net_addr **ret_from)
{
	struct str list = n->job->m.source;

	*ret_from = NULL;
	if (list.n == 0)
		return true;
	for (size_t cut; list.n; list = str_from(list, cut + 1)) {
		cut = str_find(list, ' ');
		if (net_parse(str_head(list, cut), 0, from) == 0 &&
			from->u.sa.sa_family == to->u.sa.sa_family) {
			*ret_from = from;
			return true;
		}
	}
	return false;
}

/* Is there an address behind the one in hand that may be tried? */
static bool
has_next(const struct courier_conn *n)
{
	struct net_addr from, *source;
	unsigned k = n->addr + 1;

	if (n->tries >= COURIER_TRIES_MAX)
		return false;
	for (unsigned i = n->host; i < n->answer.nhosts; i++, k = 0)
		for (; k < n->answer.hosts[i].naddrs; k++)
			if (source_for(n, &n->answer.hosts[i].addrs[k], &from, &source))
				return true;
	return false;
}

static void
go_next(struct courier_conn *n)
{
	n->addr++;
	n->plain_now = false;
	try_next(n);
}

/* The connection is of no use and no transaction was open: another address may be. */
static void
on_closed(struct courier_conn *n)
{
	struct reply r = n->smtp.failure;
	char text[REPLY_TEXT_MAX + 1];
	uint8_t stage = n->stage;

	if (n->job == NULL) {
		courier_conn_forget(n);
		return;
	}
	if (again_fresh(n))
		return;
	(void)str_copy_z(text, sizeof text, str_head(r.text, sizeof text - 1));
	(void)str_copy_z(n->why, sizeof n->why, str_head(r.text, sizeof n->why - 1));
	r.text = str_z(text);
	/* A refused password is refused by the next one too, and repeating it locks it out. */
	if (stage != STAGE_AUTH && has_next(n)) {
		drop_stream(n);
		go_next(n);
		return;
	}
	/* RFC 5321 4.2.1: a refusal of the whole host says nothing about the recipient. */
	job_fails(n, RESULT_DEFERRED, stage, r);
	courier_conn_forget(n);
}

static void
on_want_tls(struct courier_conn *n)
{
	struct courier *c = n->courier;
	bool verify = n->smtp.conf.tls == SMTP_OUT_TLS_MUST &&
	              (n->door.tls == DOOR_TLS_MUST || n->need == TLS_NEED_VERIFIED);

	stream_deadline(n->stream, COURIER_CONNECT_US * 2 / n->courier->hurry);
	stream_tls_connect(n->stream, verify ? c->tls_must : c->tls_may, str_z(n->host_name));
}

static void
step(struct courier_conn *n, enum smtp_out_event ev)
{
	reset_deadline(n);
	switch (ev) {
	case SMTP_OUT_MORE:
		/* An idle peer began a reply nobody asked for: it will see. */
		if (n->job && n->smtp.state == SMTP_OUT_S_READY)
			courier_conn_begin(n);
		break;
	case SMTP_OUT_TLS:
		on_want_tls(n);
		break;
	case SMTP_OUT_READY:
		if (n->job)
			courier_conn_begin(n);
		break;
	case SMTP_OUT_BODY:
		stream_body(n);
		break;
	case SMTP_OUT_DONE:
		on_done(n);
		break;
	case SMTP_OUT_CLOSED:
		on_closed(n);
		break;
	}
}

static uint8_t
stage_now(const struct courier_conn *n)
{
	switch (n->smtp.state) {
	case SMTP_OUT_S_BANNER:
		return STAGE_BANNER;
	case SMTP_OUT_S_STARTTLS:
	case SMTP_OUT_S_HANDSHAKE:
		return STAGE_TLS;
	case SMTP_OUT_S_AUTH:
		return STAGE_AUTH;
	default:
		return STAGE_EHLO;
	}
}

static void
on_input(void *ctx)
{
	struct courier_conn *n = ctx;
	bool body = false;

	courier_hand(n->courier, n);
	while (n->stream && n->smtp_on) {
		struct str in = stream_input(n->stream);
		size_t before = in.n;
		enum smtp_out_event ev;
		struct buf out;

		if (before == 0)
			return;
		n->stage = stage_now(n);
		buf_init(&out, SMTP_OUT_ROOM);
		ev = smtp_out_feed(&n->smtp, &in, &out);
		stream_eat(n->stream, before - in.n);
		send_out(n, &out);
		body = body || ev == SMTP_OUT_BODY;
		/* What waits behind greeting or 354 answers nothing that is still to be said.
		 */
		if ((ev == SMTP_OUT_READY || ev == SMTP_OUT_BODY) && in.n)
			continue;
		if (body && ev == SMTP_OUT_MORE)
			ev = SMTP_OUT_BODY;
		step(n, ev);
		/* MORE took all there was; RFC 3207 4.2: nothing is read behind STARTTLS. */
		if (ev == SMTP_OUT_MORE || ev == SMTP_OUT_TLS || body)
			return;
	}
}

/* ---- connecting */

static void
start_smtp(struct courier_conn *n)
{
	const struct courier_job *j = n->job;
	static const enum smtp_out_tls policy[] = { SMTP_OUT_TLS_MAY, SMTP_OUT_TLS_MUST,
		SMTP_OUT_TLS_NONE, SMTP_OUT_TLS_IMPLICIT };
	enum smtp_out_tls tls = n->plain_now ? SMTP_OUT_TLS_NONE : policy[j->m.tls & 3];
	struct smtp_out_conf conf = {
		.hostname = arena_str(&n->arena, n->courier->config->hostname),
		.tls = n->need && tls != SMTP_OUT_TLS_IMPLICIT ? SMTP_OUT_TLS_MUST : tls,
		.user = n->door.user,
		.secret = n->door.secret,
	};

	smtp_out_init(&n->smtp, &conf, &n->transcript);
	n->smtp_on = true;
	n->state = CONN_OPEN;
	reset_deadline(n);
}

static void
lost(struct courier_conn *n, const char *why)
{
	if (!n->smtp_on) {
		courier_conn_forget(n);
		return;
	}
	n->stage = stage_now(n);
	step(n, smtp_out_lost(&n->smtp, str_z(why)));
}

/* The address did not answer: the next one, or the job has to wait. */
static void
connect_failed(struct courier_conn *n, int err, const char *why)
{
	n->tls_bad = n->securing;
	n->error = err ? err : EPROTO;
	snprintf(n->why, sizeof n->why, "%s: %s", n->address, why);
	drop_stream(n);
	go_next(n);
}

static void
tls_broke(struct courier_conn *n, const char *why)
{
	n->stage = STAGE_TLS;
	smtp_out_tls_failed(&n->smtp, str_z(why));
	if (n->smtp.conf.tls == SMTP_OUT_TLS_MAY && n->smtp.conf.user.n == 0) {
		/* Opportunistic: a bad handshake never makes mail undeliverable. */
		n->plain_now = true;
		drop_stream(n);
		try_next(n);
		return;
	}
	on_closed(n);
}

static void
on_secured(struct courier_conn *n)
{
	struct buf out;
	enum smtp_out_event ev;

	(void)str_copy_z(n->tls, sizeof n->tls, str_z(stream_tls_text(n->stream)));
	if (!n->smtp_on) {
		start_smtp(n);
		return;
	}
	buf_init(&out, SMTP_OUT_ROOM);
	ev = smtp_out_tls_on(&n->smtp, &out);
	send_out(n, &out);
	step(n, ev);
}

static void
on_error(struct courier_conn *n, const char *why, int err)
{
	char text[160];

	(void)str_copy_z(text, sizeof text, str_head(str_z(why), sizeof text - 1));
	if (n->state == CONN_CONNECT)
		connect_failed(n, err, text);
	else if (n->smtp_on && n->smtp.state == SMTP_OUT_S_HANDSHAKE)
		tls_broke(n, text);
	else
		lost(n, text);
}

static void
on_event(void *ctx, enum stream_event e)
{
	struct courier_conn *n = ctx;
	const struct stream *s = n->stream;

	courier_hand(n->courier, n);
	switch (e) {
	case STREAM_CONNECTED:
		if (n->job == NULL)
			courier_conn_forget(n);
		else if ((n->job->m.tls & 3) == 3) {
			n->securing = true;
			stream_tls_connect(
				n->stream, n->courier->tls_must, str_z(n->host_name));
		} else
			start_smtp(n);
		break;
	case STREAM_SECURED:
		on_secured(n);
		break;
	case STREAM_DRAINED:
		if (n->smtp_on && n->smtp.state == SMTP_OUT_S_BODY && n->job &&
			n->job->state == JOB_RUNS) {
			/* The deadline is for each piece, not for the whole (4.5.3.2.5). */
			reset_deadline(n);
			stream_body(n);
		}
		break;
	case STREAM_EOF:
		on_input(n);
		if (n->stream == s) /* else gone, or already another one */
			on_error(n, "the remote host closed the connection", ECONNRESET);
		break;
	case STREAM_ERROR:
		on_error(n, stream_error(n->stream), stream_errno(n->stream));
		break;
	case STREAM_TIMEOUT:
		on_error(n, "the remote host did not answer in time", ETIMEDOUT);
		break;
	}
}

/* Is it this machine that lacks something? */
static bool
ours(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOMEM || err == ENOBUFS ||
	       err == EADDRNOTAVAIL;
}

static void
all_failed(struct courier_conn *n)
{
	struct reply r = REPLY(451, 4, 4, 1, "");
	uint8_t stage = STAGE_CONNECT;

	if (n->tls_bad) {
		r = REPLY(451, 4, 7, 5, "");
		stage = STAGE_TLS;
	} else if (ours(n->error)) {
		/* It says nothing about the destination (and not that port 25 is blocked). */
		r = REPLY(451, 4, 3, 0, "");
		stage = STAGE_LOCAL;
		n->error = 0;
		n->address[0] = 0;
	}
	r.text = str_z(n->why[0] ? n->why : "No address of the destination can be reached");
	job_fails(n, RESULT_DEFERRED, stage, r);
	courier_conn_forget(n);
}

/* Connects to where host and addr stand, or to what comes behind. */
static void
try_next(struct courier_conn *n)
{
	static const struct stream_calls calls = { on_input, on_event };
	struct courier *c = n->courier;
	struct net_addr from, *source;

	if (n->job == NULL) {
		courier_conn_forget(n);
		return;
	}
	for (; n->host < n->answer.nhosts; n->host++, n->addr = 0) {
		const struct resolve_host *h = &n->answer.hosts[n->host];

		for (; n->addr < h->naddrs && n->tries < COURIER_TRIES_MAX; n->addr++) {
			const struct net_addr *to = &h->addrs[n->addr];

			if (!source_for(n, to, &from, &source))
				continue;
			n->tries++;
			snprintf(n->host_name, sizeof n->host_name, "%s", h->name);
			net_text_port(n->address, to);
			n->port = net_port(to);
			n->state = CONN_CONNECT;
			n->stream = stream_connect(c->loop, to, source, &calls, n);
			c->connections++;
			stream_deadline(n->stream, COURIER_CONNECT_US / c->hurry);
			return;
		}
	}
	all_failed(n);
}

static void
on_resolved(void *ctx, const struct resolve_answer *a)
{
	struct courier_conn *n = ctx;
	bool mx;
	struct reply r = REPLY(451, 4, 4, 3, "");

	n->resolving = 0;
	courier_hand(n->courier, n);
	if (n->job == NULL) {
		courier_conn_forget(n);
		return;
	}
	mx = n->job->m.route == ROUTE_MX;
	n->answer = *a;
	n->host = n->addr = n->tries = 0;
	r.text = str_z(n->answer.why[0] ? n->answer.why : "The name servers did not answer");
	if (a->status == RESOLVE_OK && mx && courier_way_is_us(n))
		job_fails(n, RESULT_BOUNCED, STAGE_DNS,
			REPLY(554, 5, 4, 6,
				"Mail loop: the MX of this domain is this server itself"));
	else if (a->status == RESOLVE_OK)
		try_next(n);
	else if (a->status == RESOLVE_NULL_MX && mx)
		job_fails(n, RESULT_BOUNCED, STAGE_DNS,
			REPLY(556, 5, 1, 10,
				"The domain says that it takes no mail (null MX)"));
	else if (a->status == RESOLVE_NO_DOMAIN && mx)
		job_fails(n, RESULT_BOUNCED, STAGE_DNS,
			REPLY(550, 5, 1, 2, "The domain does not exist"));
	else if (a->status == RESOLVE_NO_HOST && mx)
		job_fails(n, RESULT_BOUNCED, STAGE_DNS,
			REPLY(550, 5, 1, 2, "The domain has no mail server and no address"));
	else
		job_fails(n, RESULT_DEFERRED, STAGE_DNS, r);
}

static void
resolve(struct courier_conn *n)
{
	const struct msg_attempt *m = &n->job->m;
	struct resolver *r = n->courier->resolver;
	uint64_t handle;

	n->state = CONN_RESOLVE;
	handle = m->route == ROUTE_MX ? resolve_mx(r, m->host, m->port, on_resolved, n)
	                              : resolve_host(r, m->host, m->port, on_resolved, n);
	if (handle)
		n->resolving = handle;
}

void
courier_conn_start(struct courier_conn *n)
{
	if (courier_way_fits(n)) {
		/* What came since belongs to nobody's transaction: a 421, mostly. */
		on_input(n);
		if (n->job && n->stream && n->smtp_on)
			courier_conn_begin(n);
		return;
	}
	courier_conn_forget(n);
	courier_way_begin(n);
	buf_clear(&n->transcript);
	resolve(n);
}

/* Another peer than the one it was prepared for, and this one takes 7-bit only. */
static void
prepare_again(struct courier_job *j)
{
	buf_clear(&j->prefix);
	buf_clear(&j->field[0]);
	buf_clear(&j->field[1]);
	j->signed_[0] = j->signed_[1] = false;
	j->state = JOB_WAITS_CAPS;
}

void
courier_conn_begin(struct courier_conn *n)
{
	struct courier_job *j = n->job;
	struct smtp_out_mail mail;
	enum smtp_out_event ev;
	struct buf out;
	bool last;

	if (!j || !n->smtp_on || n->smtp.state != SMTP_OUT_S_READY)
		return;
	must(courier_way_secure(n));
	if (j->state == JOB_READY && (j->m.flags & MAIL_8BIT) && !j->converted &&
		!(n->smtp.caps & CAP_8BITMIME))
		prepare_again(j);
	last = j->m.last;
	courier_job_prepare(n);
	if (n->job == NULL && last)
		courier_conn_hang_up(n);
	if (n->job == NULL || j->state != JOB_READY)
		return;
	mail = (struct smtp_out_mail){
		.from = j->m.sender,
		.size = j->length + j->prefix.n,
		.body_8bit = (j->m.flags & MAIL_8BIT) && !j->converted,
		.utf8 = j->m.flags & MAIL_UTF8,
		.ret = (enum dsn_ret)j->m.ret,
		.envid = j->m.envid,
		.rcpts = j->rcpts,
		.n = j->m.rcpts.n,
	};
	j->sent = 0;
	j->state = JOB_RUNS;
	buf_init(&out, SMTP_OUT_ROOM);
	ev = smtp_out_begin(&n->smtp, &mail, &out);
	send_out(n, &out);
	step(n, ev);
}

void
courier_conn_hang_up(struct courier_conn *n)
{
	struct buf out;

	if (n->job)
		return;
	if (n->stream && n->smtp_on && n->smtp.state == SMTP_OUT_S_READY) {
		buf_init(&out, SMTP_OUT_ROOM);
		smtp_out_quit(&n->smtp, &out);
		send_out(n, &out);
		n->courier->connections--;
		stream_close_soft(&n->stream, QUIT_WAIT_US);
	}
	courier_conn_forget(n);
}

void
courier_conn_resolver_goes(struct courier_conn *n, struct resolver *was)
{
	if (!n->resolving)
		return;
	resolve_cancel(was, n->resolving);
	n->resolving = 0;
	resolve(n);
}

void
courier_conn_free(struct courier_conn **pn)
{
	struct courier_conn *n = *pn;

	if (n == NULL)
		return;
	courier_conn_forget(n);
	courier_job_free(n->courier, &n->job);
	buf_done(&n->transcript);
	arena_done(&n->arena);
	mem_free(n);
	*pn = NULL;
}
