#include "send/outcome.h"

#include "wire/dsn.h"

#define SECOND      UINT64_C(1000000)
#define DELAY_AFTER (4 * 3600 * SECOND)
#define DOUBT_WAIT  (60 * SECOND)
#define WAIT_UNSET  (300 * SECOND) /* a configuration without a schedule */

uint64_t
outcome_wait(const struct config *c, unsigned n)
{
	size_t last = c->outbound.nretry, i = n ? n - 1 : 0;

	if (last == 0)
		return WAIT_UNSET;
	return (uint64_t)c->outbound.retry_us[i < last ? i : last - 1];
}

/* RFC 5321 4.5.5: <> gets no answer; RFC 3461 4.1: without NOTIFY, failures are told. */
static bool
tells_failure(const struct q_message *m, const struct q_rcpt *r)
{
	if (q_sender(m).n == 0 || (r->notify & DSN_NEVER))
		return false;
	return r->notify == DSN_DEFAULT || (r->notify & DSN_FAILURE);
}

static bool
tells(const struct q_message *m, const struct q_rcpt *r, unsigned what)
{
	return q_sender(m).n > 0 && !(r->notify & DSN_NEVER) && (r->notify & what);
}

static bool
repeats(const struct config *c, const struct q_message *m)
{
	return m->stream == STREAM_BROADCAST ? c->outbound.repeat_broadcast
	                                     : c->outbound.repeat_transactional;
}

/* wait moved by up to a tenth either way. */
static uint64_t
spread_out(uint64_t wait, uint16_t spread)
{
	int64_t tenth = (int64_t)(wait / 10);

	return (uint64_t)((int64_t)wait + tenth / 32768 * ((int64_t)spread - 32768) +
			  tenth % 32768 * ((int64_t)spread - 32768) / 32768);
}

static uint64_t
wait_of(const struct config *c, const struct q_rcpt *r, const struct verdict *v,
	uint16_t spread)
{
	/* A wait that the server asked for is kept, never cut short. */
	if (v->retry_s)
		return v->retry_s * SECOND + v->retry_s * SECOND / 10 * spread / 65536;
	return spread_out(outcome_wait(c, r->attempts), spread);
}

static void
again(struct decision *d, const struct outcome_of *w, uint64_t wait)
{
	const struct q_message *m = w->m;
	const struct q_rcpt *r = w->r;
	uint64_t now = w->now;
	int64_t age = (int64_t)now - q_born(m);

	d->state = RCPT_QUEUED;
	/* The last try is when the time is over, not after it. */
	d->next = now + wait < q_expires(m) ? now + wait : q_expires(m);
	d->report_delay =
		!r->delay_told && age >= (int64_t)DELAY_AFTER && tells(m, r, DSN_DELAY);
}

static void
defer(struct decision *d, const struct config *c, const struct outcome_of *w)
{
	const struct q_message *m = w->m;
	const struct q_rcpt *r = w->r;
	uint64_t now = w->now;
	uint64_t rest = d->verdict.rest_s * SECOND, wait = outcome_wait(c, r->attempts);

	d->verdict.permanent = false;
	/* A door never rests longer than the schedule would wait anyway. */
	if (rest)
		d->rest_until = now + (rest < wait ? rest : wait);
	if (now >= q_expires(m)) {
		d->state = RCPT_EXPIRED;
		d->report = tells_failure(m, r);
	} else if (w->beside && rest && r->attempts <= 1) {
		/* Due behind its door's rest, which ends as soon as another connection works.
		 */
		again(d, w, 0);
	} else {
		again(d, w, wait_of(c, r, &d->verdict, w->spread));
	}
}

static void
doubt(struct decision *d, const struct config *c, const struct outcome_of *w)
{
	const struct reply none = { 0 };
	uint64_t wait = outcome_wait(c, w->r->attempts);

	d->verdict = bounce_judge(STAGE_DOT, &none);
	if (!repeats(c, w->m) || w->now >= q_expires(w->m)) {
		d->state = RCPT_IN_DOUBT;
		return;
	}
	/* Soon at first, for a password reset; then by the schedule, for each try may be one
	 * more copy. */
	if (w->r->attempts <= 1 && wait > DOUBT_WAIT)
		wait = DOUBT_WAIT;
	again(d, w, wait);
}

struct decision
outcome_decide(
	const struct config *c, const struct outcome_of *of, const struct msg_result *res)
{
	const struct q_message *m = of->m;
	const struct q_rcpt *r = of->r;
	struct decision d = { 0 };

	if (res->result == RESULT_DELIVERED || res->result == RESULT_RELAYED) {
		d.state = RCPT_DELIVERED;
		d.verdict =
			(struct verdict){ .en = "", .fr = "", .todo_en = "", .todo_fr = "" };
		d.report_delivered = tells(m, r, DSN_SUCCESS);
		return d;
	}
	if (res->result == RESULT_IN_DOUBT) {
		doubt(&d, c, of);
		return d;
	}
	d.verdict = bounce_judge(res->stage, &res->reply);
	if (res->result == RESULT_DAMAGED) {
		d.state = RCPT_QUARANTINED;
		d.report = tells_failure(m, r);
	} else if (res->result == RESULT_BOUNCED && d.verdict.permanent) {
		d.state = RCPT_BOUNCED;
		d.report = tells_failure(m, r);
	} else {
		defer(&d, c, of);
	}
	return d;
}
