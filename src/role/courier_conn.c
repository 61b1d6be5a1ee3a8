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
	n->tls[0] = 0;
}

static void
forget(struct courier_conn *n)
{
	drop_stream(n);
	if (n->resolving)
		resolve_cancel(n->courier->resolver, n->resolving);
	n->resolving = 0;
	n->plain_now = false;
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
		stream_deadline(n->stream, smtp_out_wait_us(&n->smtp));
}

static void
job_fails(struct courier_conn *n, uint8_t result, uint8_t stage, struct reply r)
{
	if (n->job)
		courier_tell_all(n, result, stage, &r);
	if (n->job == NULL && n->state != CONN_OPEN)
		forget(n);
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
	while (j->sent < j->length && stream_pending(n->stream) < COURIER_PENDING_MAX && err == 0) {
		err = courier_job_piece(n, &window, &piece);
		buf_init(&out, COURIER_WINDOW * 2 + 64);
		if (err == 0)
			smtp_out_body(&n->smtp, piece, &out);
		send_out(n, &out);
	}
	buf_done(&window);
	if (err < 0) {
		struct reply r = REPLY(451, 4, 3, 0, "The stored message cannot be read just now");

		/* Without the dot nobody got anything. */
		smtp_out_abandon(&n->smtp);
		courier_tell_all(n, RESULT_DEFERRED, STAGE_LOCAL, &r);
		forget(n);
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

void
courier_conn_dot(struct courier_conn *n)
{
	struct buf out;

	if (!n->smtp_on || n->smtp.state != SMTP_OUT_S_BODY || n->job->sent < n->job->length)
		return;
	n->job->state = JOB_RUNS;
	buf_init(&out, 64);
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

	if (!j || !n->reused || j->retried || n->smtp.phase != PHASE_IDLE)
		return false;
	for (size_t i = 0; i < j->m.rcpts.n; i++)
		if (j->rcpts[i].reply.code && j->rcpts[i].reply.code != 421)
			return false;
	j->retried = true;
	for (size_t i = 0; i < j->m.rcpts.n; i++) {
		j->rcpts[i].reply = (struct reply){ 0 };
		j->rcpts[i].accepted = false;
	}
	if (j->state == JOB_RUNS)
		j->state = JOB_READY;
	forget(n);
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

/* The connection is of no use and no transaction was open: another host may be. */
static void
on_closed(struct courier_conn *n)
{
	struct reply r = n->smtp.failure;
	char text[REPLY_TEXT_MAX];
	uint8_t stage = n->smtp.state == SMTP_OUT_S_CLOSED && n->smtp.banner.n ? STAGE_EHLO : STAGE_BANNER;

	if (n->job == NULL) {
		forget(n);
		return;
	}
	if (again_fresh(n))
		return;
	(void)str_copy_z(text, sizeof text, str_head(r.text, sizeof text - 1));
	(void)str_copy_z(n->why, sizeof n->why, str_head(r.text, sizeof n->why - 1));
	r.text = str_z(text);
	if (n->tries < COURIER_TRIES_MAX &&
		(n->host + 1 < n->answer.nhosts)) {
		n->host++;
		n->addr = 0;
		drop_stream(n);
		try_next(n);
		return;
	}
	/* A refusal of the whole host says nothing about the recipient: try later (RFC 5321 4.2.1). */
	job_fails(n, RESULT_DEFERRED, stage, r);
	forget(n);
}

static void
on_want_tls(struct courier_conn *n)
{
	struct courier *c = n->courier;
	bool must_tls = n->smtp.conf.tls == SMTP_OUT_TLS_MUST;

	stream_deadline(n->stream, COURIER_CONNECT_US * 2);
	stream_tls_connect(n->stream, must_tls ? c->tls_must : c->tls_may, str_z(n->host_name));
}

static void
step(struct courier_conn *n, enum smtp_out_event ev)
{
	reset_deadline(n);
	switch (ev) {
	case SMTP_OUT_MORE:
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

static void
on_input(void *ctx)
{
	struct courier_conn *n = ctx;

	while (n->stream && n->smtp_on) {
		struct str in = stream_input(n->stream);
		size_t before = in.n;
		enum smtp_out_state was = n->smtp.state;
		enum smtp_out_event ev;
		struct buf out;

		if (before == 0)
			return;
		buf_init(&out, 1u << 20);
		ev = smtp_out_feed(&n->smtp, &in, &out);
		stream_eat(n->stream, before - in.n);
		send_out(n, &out);
		if (ev == SMTP_OUT_MORE && in.n == before && n->smtp.state == was)
			return; /* it wants what is not there yet */
		step(n, ev);
		if (ev == SMTP_OUT_TLS || ev == SMTP_OUT_DONE)
			return on_input_again(n);
	}
}
