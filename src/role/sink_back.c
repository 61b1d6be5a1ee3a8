#include "role/sink_back.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/utc.h"
#include "io/random.h"
#include "io/stream.h"
#include "wire/dsn.h"
#include "wire/smtp_out.h"

#define TRIES_MAX  10u
#define REPORT_MAX (1u << 20)
#define HEAD_MAX   (256u << 10)
#define WAIT_US    (10u * 1000000u)

struct sink_back {
	struct loop *loop;
	struct net_addr to;
	struct str hostname;
	uint64_t wait_us;
	struct link jobs;
	size_t n;
};

struct job {
	struct link link;
	struct sink_back *back;
	struct loop_timer timer;
	unsigned tries;
	struct arena arena;
	struct buf report;
	struct str from, to; /* envelope */
	bool open;           /* connected: smtp is made */
	bool begun;
	struct stream *stream;
	struct smtp_out smtp;
	struct smtp_out_rcpt rcpt;
};

/* ---- the reports */

static void
bounce(struct job *j, const struct sink_back_mail *m)
{
	const struct dsn_recipient failed = { .address = m->to,
		.orcpt = STR_NONE,
		.action = DSN_FAILED,
		.status = { 5, 1, 1 },
		.reply = REPLY(550, 5, 1, 1, "No such user after all (simulated)"),
		.remote_mta = j->back->hostname,
		.sentence = STR_LIT("It was taken, and there is no such mailbox."),
		.sentence_fr = STR_LIT("Le message a été pris, mais cette boîte n'existe pas."),
		.last_attempt = loop_wall(j->back->loop) };
	char boundary[40], id[64];
	struct dsn_report r = { .hostname = j->back->hostname,
		.to = m->path,
		.envid = STR_NONE,
		.now = loop_wall(j->back->loop),
		.recipients = &failed,
		.n = 1,
		.original = m->head };
	bool bits8;

	snprintf(boundary, sizeof boundary, "b%016llx", (unsigned long long)random_u64());
	snprintf(id, sizeof id, "<%016llx@sink.test>", (unsigned long long)random_u64());
	r.boundary = str_z(boundary);
	r.message_id = str_z(id);
	r.arrived = r.now;
	(void)dsn_write(&j->report, &r, &bits8);
	j->from = STR_NONE;
	j->to = arena_str(&j->arena, m->path);
}

static void
complaint(struct job *j, const struct sink_back_mail *m)
{
	struct str domain = str_from(m->path, str_rfind(m->path, '@') + 1);
	char date[UTC_TEXT_SIZE];
	struct buf *b = &j->report;

	(void)utc_rfc5322(date, loop_wall(j->back->loop));
	(void)buf_printf(b,
		"From: <complaints@%.*s>\r\nTo: <fbl@%.*s>\r\nDate: %s\r\n"
		"Subject: complaint about a message (simulated)\r\nMIME-Version: 1.0\r\n"
		"Content-Type: multipart/report; report-type=feedback-report;\r\n"
		" boundary=\"sink\"\r\n\r\n--sink\r\nContent-Type: text/plain\r\n\r\n"
		"Somebody called this message spam.\r\n--sink\r\n"
		"Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
		"User-Agent: Facteur-sink/1\r\nVersion: 1\r\nOriginal-Mail-From: <%.*s>\r\n"
		"Original-Rcpt-To: <%.*s>\r\n\r\n--sink\r\n"
		"Content-Type: text/rfc822-headers\r\n\r\n",
		STR_ARG(j->back->hostname), STR_ARG(domain), date, STR_ARG(m->path),
		STR_ARG(m->to));
	(void)buf_put(b, m->head);
	(void)buf_put_z(b, "\r\n--sink--\r\n");
	j->from = arena_printf(&j->arena, "complaints@%.*s", STR_ARG(j->back->hostname));
	j->to = arena_printf(&j->arena, "fbl@%.*s", STR_ARG(domain));
}

/* ---- one conversation */

static void
job_free(struct job *j)
{
	loop_timer_off(j->back->loop, &j->timer);
	stream_free(&j->stream);
	if (j->open)
		smtp_out_done(&j->smtp);
	buf_done(&j->report);
	arena_done(&j->arena);
	list_del(&j->link);
	j->back->n--;
	mem_free(j);
}

/* It is told, or refused for good; else again. */
static void
over(struct job *j, uint16_t code)
{
	if (code / 100 == 2 || code / 100 == 5 || ++j->tries >= TRIES_MAX) {
		job_free(j);
		return;
	}
	stream_free(&j->stream);
	if (j->open)
		smtp_out_done(&j->smtp);
	j->open = j->begun = false;
	loop_timer_in(j->back->loop, &j->timer, j->back->wait_us);
}

static void
flush(struct job *j, struct buf *out)
{
	stream_write(j->stream, buf_str(out));
	buf_done(out);
}

static enum smtp_out_event
begin(struct job *j)
{
	const struct smtp_out_mail mail = { .from = j->from,
		.size = j->report.n,
		.body_8bit = !text_is_ascii(buf_str(&j->report)),
		.utf8 = !text_is_ascii(j->to),
		.envid = STR_NONE,
		.rcpts = &j->rcpt,
		.n = 1 };
	enum smtp_out_event ev;
	struct buf out;

	if (j->begun)
		return SMTP_OUT_MORE;
	j->begun = true;
	j->rcpt = (struct smtp_out_rcpt){ .address = j->to, .orcpt = STR_NONE };
	buf_init(&out, SMTP_OUT_ROOM);
	ev = smtp_out_begin(&j->smtp, &mail, &out);
	flush(j, &out);
	return ev;
}

static void
send_body(struct job *j)
{
	struct buf out;

	buf_init(&out, REPORT_MAX * 3);
	smtp_out_body(&j->smtp, buf_str(&j->report), &out);
	smtp_out_dot(&j->smtp, &out);
	flush(j, &out);
}

static void
quit(struct job *j)
{
	uint16_t code = j->rcpt.reply.code;
	struct buf out;

	if (j->smtp.state == SMTP_OUT_S_READY) {
		buf_init(&out, SMTP_OUT_ROOM);
		smtp_out_quit(&j->smtp, &out);
		flush(j, &out);
		stream_close_soft(&j->stream, WAIT_US);
	}
	over(j, code);
}

/* False: j is gone, or waits for its next try. */
static bool
step(struct job *j, enum smtp_out_event ev)
{
	if (ev == SMTP_OUT_READY)
		ev = begin(j);
	if (ev == SMTP_OUT_BODY)
		send_body(j);
	if (ev == SMTP_OUT_DONE)
		quit(j);
	if (ev == SMTP_OUT_CLOSED || ev == SMTP_OUT_TLS)
		over(j, j->smtp.failure.code);
	return ev == SMTP_OUT_MORE || ev == SMTP_OUT_BODY;
}

static void
on_input(void *ctx)
{
	struct job *j = ctx;
	enum smtp_out_event ev;

	do {
		struct str in = stream_input(j->stream);
		size_t before = in.n;
		struct buf out;

		buf_init(&out, SMTP_OUT_ROOM);
		ev = smtp_out_feed(&j->smtp, &in, &out);
		stream_eat(j->stream, before - in.n);
		flush(j, &out);
		if (!step(j, ev))
			return;
	} while (ev != SMTP_OUT_MORE);
	stream_deadline(j->stream, WAIT_US);
}

static void
on_event(void *ctx, enum stream_event ev)
{
	struct job *j = ctx;
	struct smtp_out_conf conf = {
		.hostname = j->back->hostname, .user = STR_NONE, .secret = STR_NONE
	};

	if (ev == STREAM_CONNECTED) {
		smtp_out_init(&j->smtp, &conf, NULL);
		j->open = true;
		stream_deadline(j->stream, WAIT_US);
		on_input(j);
	} else if (ev == STREAM_EOF || ev == STREAM_ERROR || ev == STREAM_TIMEOUT) {
		over(j, 0);
	}
}

static void
on_timer(void *ctx)
{
	static const struct stream_calls calls = { on_input, on_event };
	struct job *j = ctx;

	j->stream = stream_connect(j->back->loop, &j->back->to, NULL, &calls, j);
	stream_deadline(j->stream, WAIT_US);
}

/* ---- life */

void
sink_back_later(struct sink_back *b, const struct sink_back_mail *m)
{
	struct sink_back_mail mail = *m;
	struct job *j;

	if (m->path.n == 0 || b->n >= SINK_BACK_MAX)
		return;
	mail.head = str_head(m->head, HEAD_MAX);
	j = MEM_NEW(j);
	j->back = b;
	arena_init(&j->arena, 65536);
	buf_init(&j->report, REPORT_MAX);
	loop_timer_init(&j->timer, on_timer, j);
	list_push(&b->jobs, &j->link);
	b->n++;
	if (m->kind == SINK_BACK_BOUNCE)
		bounce(j, &mail);
	else
		complaint(j, &mail);
	if (j->report.full || !j->from.p || !j->to.p)
		job_free(j);
	else
		loop_timer_in(b->loop, &j->timer, b->wait_us);
}

struct sink_back *
sink_back_new(struct loop *l, const struct net_addr *to, struct str hostname, uint64_t wait_us)
{
	struct sink_back *b = MEM_NEW(b);

	b->loop = l;
	b->to = *to;
	b->hostname = hostname;
	b->wait_us = wait_us;
	list_init(&b->jobs);
	return b;
}

void
sink_back_free(struct sink_back **pb)
{
	struct sink_back *b = *pb;

	if (!b)
		return;
	LIST_EACH_SAFE(l, &b->jobs)
	job_free(LIST_OF(l, struct job, link));
	mem_free(b);
	*pb = NULL;
}
