/* Outcomes told to the engine until it has them on disk; transcripts of the conversations. */
#include "role/courier_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void
transcript_name(const struct courier *c, uint32_t day, char dst[640])
{
	snprintf(dst, 640, "%s/%u-%u.log", c->env->paths->transcripts, c->env->number, day);
}

void
courier_transcripts_flush(struct courier *c)
{
	struct buf *b = &c->transcripts.waiting;

	if (b->n == 0 || c->transcripts.fd < 0)
		return;
	/* Not durable on purpose: a transcript explains, it promises nothing. */
	(void)file_pwrite(c->transcripts.fd, b->p, b->n, c->transcripts.offset);
	c->transcripts.offset += b->n;
	buf_clear(b);
}

static void
transcripts_open(struct courier *c, uint32_t day)
{
	char name[640];
	int64_t size;

	courier_transcripts_flush(c);
	if (c->transcripts.fd >= 0)
		close(c->transcripts.fd);
	transcript_name(c, day, name);
	c->transcripts.fd = file_open(name, O_WRONLY | O_CREAT, 0600);
	size = c->transcripts.fd < 0 ? 0 : file_size(c->transcripts.fd);
	c->transcripts.offset = size > 0 ? (uint64_t)size : 0;
	c->transcripts.day = day;
	courier_transcripts_purge(c);
}

static void
transcript_keep(struct courier_conn *n, struct msg_outcome *o)
{
	struct courier *c = n->courier;
	struct str t = buf_str(&n->transcript);
	uint32_t day = (uint32_t)(loop_wall(c->loop) / INT64_C(86400000000));

	if (t.n == 0)
		return;
	if (day != c->transcripts.day || c->transcripts.fd < 0)
		transcripts_open(c, day);
	if (c->transcripts.fd < 0)
		return;
	if (c->transcripts.waiting.n + t.n > c->transcripts.waiting.max)
		courier_transcripts_flush(c);
	o->transcript_day = day;
	o->transcript_offset = c->transcripts.offset + c->transcripts.waiting.n;
	o->transcript_length = (uint32_t)t.n;
	(void)buf_put(&c->transcripts.waiting, t);
	buf_clear(&n->transcript);
}

static int
purge_one(void *ctx, const char *name)
{
	struct courier *c = ctx;
	struct str s = str_z(name), number = str_cut(&s, '-'), day = str_cut(&s, '.');
	uint32_t no, d;
	char path[1024];

	if (str_u32(number, &no) < 0 || str_u32(day, &d) < 0)
		return 0;
	/* The first one also clears up after couriers that the configuration no longer has. */
	if (no != c->env->number && !(c->env->number == 1 && no > c->config->couriers))
		return 0;
	if (((int64_t)d + 1) * INT64_C(86400000000) + c->config->keep_transcripts_us >
		loop_wall(c->loop))
		return 0;
	snprintf(path, sizeof path, "%s/%s", c->env->paths->transcripts, name);
	(void)file_unlink(path);
	return 0;
}

void
courier_transcripts_purge(struct courier *c)
{
	(void)file_each(c->env->paths->transcripts, purge_one, c);
}

static void
send_outcome(struct courier_conn *n, struct msg_result *results, size_t count)
{
	struct courier *c = n->courier;
	struct courier_job *j = n->job;
	struct courier_told *t = mem_new(1, sizeof *t + j->m.rcpts.n * sizeof t->rcpts[0]);
	bool open = n->smtp_on && n->stream && n->smtp.state == SMTP_OUT_S_READY && !j->m.last;
	struct msg_outcome o = {
		.attempt = j->m.attempt,
		.slot = n->slot,
		.open = open,
		.error = (uint16_t)(n->state == CONN_OPEN ? 0 : n->error),
		.port = n->port,
		.host = str_z(n->host_name),
		.address = str_z(n->state == CONN_OPEN || n->error ? n->address : ""),
		.tls = str_z(n->tls),
		.began = j->began,
		.took_ms = (uint32_t)((loop_mono(c->loop) - j->began_mono) / 1000),
		.results = { results, count },
	};

	transcript_keep(n, &o);
	list_init(&t->link);
	t->attempt = j->m.attempt;
	t->slot = n->slot;
	for (size_t i = 0; i < j->m.rcpts.n; i++)
		t->rcpts[t->n++] = j->m.message + 1 + j->m.rcpts.at[i].index;
	buf_init(&t->payload, CHANNEL_PAYLOAD_MAX);
	must(msg_outcome_write(&t->payload, &o) == 0);
	list_push(&c->told, &t->link);
	courier_say(c, MSG_outcome, &t->payload);
	/* The phase stays as it is until the slot's next attempt, which shows that the engine
	 * has this outcome: a kill before that must not lose what the reply said. */
	courier_job_free(n->courier, &n->job);
}

void
courier_tell_all(struct courier_conn *n, uint8_t result, uint8_t stage, const struct reply *r)
{
	struct msg_result res[COURIER_RCPTS_MAX];
	size_t count = n->job->m.rcpts.n;

	for (size_t i = 0; i < count; i++)
		res[i] = (struct msg_result){ n->job->m.rcpts.at[i].index, result, stage, *r };
	send_outcome(n, res, count);
}

/* Which command the recipient's reply, or the lack of it, belongs to. */
static uint8_t
stage_of(const struct smtp_out *s, const struct smtp_out_rcpt *r)
{
	if (r->barred)
		return STAGE_LOCAL;
	if (!r->accepted)
		return s->mail_ok ? STAGE_RCPT : STAGE_MAIL;
	if (s->phase == PHASE_IDLE)
		return STAGE_DATA;
	return s->phase == PHASE_BODY ? STAGE_BODY : STAGE_DOT;
}

static struct msg_result
result_of(const struct courier_conn *n, size_t i)
{
	const struct smtp_out_rcpt *r = &n->job->rcpts[i];
	struct msg_result res = { n->job->m.rcpts.at[i].index, RESULT_DEFERRED,
		stage_of(&n->smtp, r), r->reply };

	if (r->reply.code / 100 == 2)
		res.result = r->relayed ? RESULT_RELAYED : RESULT_DELIVERED;
	else if (r->reply.code / 100 == 5)
		res.result = RESULT_BOUNCED;
	else if (n->smtp.in_doubt && r->accepted)
		res.result = RESULT_IN_DOUBT;
	if (r->reply.code == 0 && n->smtp.failure.text.n)
		res.reply = n->smtp.failure;
	return res;
}

void
courier_tell_done(struct courier_conn *n)
{
	struct msg_result res[COURIER_RCPTS_MAX];
	size_t count = n->job->m.rcpts.n;

	for (size_t i = 0; i < count; i++)
		res[i] = result_of(n, i);
	send_outcome(n, res, count);
}

static void
told_free(struct courier_told *t)
{
	list_del(&t->link);
	buf_done(&t->payload);
	mem_free(t);
}

void
courier_told_ok(struct courier *c, uint64_t attempt)
{
	/* Answers come in order: it is nearly always the first. */
	LIST_EACH_SAFE(l, &c->told)
	{
		struct courier_told *t = LIST_OF(l, struct courier_told, link);

		if (t->attempt == attempt) {
			told_free(t);
			return;
		}
	}
}

void
courier_told_free(struct courier *c)
{
	LIST_EACH_SAFE(l, &c->told)
	told_free(LIST_OF(l, struct courier_told, link));
}
