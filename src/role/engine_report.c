/*
 * Delivery status notifications: our own mail, accepted by tenant `system` like any other. The
 * recipient stays in memory (report_owed) until its report's SUBMIT is durable, so that a crash
 * between the two writes it again, never loses it.
 *
 *   engine_report → (flusher: read the original's header) → dsn_write → own extent → journal
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "base/utc.h"
#include "io/random.h"

#include <errno.h>

#define REPORT_ORIGINAL_MAX (256u << 10)
#define REPORTS_AT_ONCE     32
#define REPORTS_MAX         10000 /* with their texts in memory */
#define TEXT_MAX            1200

struct engine_report {
	struct link link;
	struct engine *engine;
	struct flush_job job;
	uint64_t rcpt;
	uint32_t about; /* whose mail */
	enum report_kind kind;
	struct extent_place original;
	uint32_t header_length;
	bool full;
	/* copies: the message may be gone when the report is written */
	struct buf text; /* all texts, one after the other */
	struct str to, address, orcpt, envid, remote, reply_text;
	struct str sentence[2]; /* English, French */
	struct reply reply;
	struct dsn_code status;
	int64_t arrived, at, until;
	char *header;
	size_t header_n;
	struct buf message;
	bool eight_bit;
	struct extent_body *body;
};

static struct str
keep(struct engine_report *p, struct str s)
{
	char *at = buf_room(&p->text, s.n);

	must(at != NULL);
	if (s.n)
		memcpy(at, s.p, s.n);
	buf_added(&p->text, s.n);
	return str_of(at, s.n);
}

static void
report_free(struct engine_report *p)
{
	extent_body_drop(&p->body);
	buf_done(&p->text);
	buf_done(&p->message);
	mem_free(p->header);
	mem_free(p);
}

static void reports_start(struct engine *e);

static void
report_end(struct engine_report *p, bool written)
{
	struct engine *e = p->engine;
	struct q_message *m;
	struct q_rcpt *r = queue_rcpt(e->queue, p->rcpt, &m);

	/* A delay's report pays no debt; one that could not be written is owed still. */
	if (r && r->report_owed && p->kind != REPORT_DELAYED && written)
		queue_reported(e->queue, r);
	e->reports_more = e->reports_more || !written;
	e->reports_in_flight--;
	report_free(p);
	reports_start(e);
}

static void
not_written(struct engine_report *p, int err)
{
	struct engine *e = p->engine;

	if (!role_alert_bad(&e->reports_alert, loop_mono(e->loop)))
		return;
	struct log_line ll = log_op(e->log, LOG_ERROR, "reports-not-written");

	log_num(&ll, "id", (int64_t)p->rcpt);
	log_z(&ll, "error", strerror(-err));
	log_z(&ll, "means", "delivery reports wait; they are tried again each second");
	log_end(&ll);
}

static void
written_again(struct engine *e)
{
	struct log_line ll = log_op(e->log, LOG_INFO, "reports-written-again");

	log_end(&ll);
}

static void
on_body_durable(void *ctx, int err, struct extent_place place)
{
	struct engine_report *p = ctx;
	struct engine *e = p->engine;
	struct msg_rcpt to = { 0, DSN_NEVER, p->to, STR_NONE };
	char id[400];
	int n;

	p->body = NULL;
	if (err < 0) {
		not_written(p, err);
		/* Too long will be too long again. */
		report_end(p, err == -E2BIG);
		return;
	}
	if (role_alert_good(&e->reports_alert, loop_mono(e->loop)))
		written_again(e);
	n = snprintf(id, sizeof id, "<%llu.%u.report@%.*s>", (unsigned long long)p->rcpt,
		(unsigned)p->kind, STR_ARG(e->config->hostname));
	struct str text = buf_str(&p->message);
	size_t end = str_find_str(text, STR_LIT("\r\n\r\n"));
	struct msg_submit s = {
		.boot = e->env->boot,
		.via = VIA_DSN,
		.flags = MAIL_DSN | (p->eight_bit ? MAIL_8BIT : 0),
		.accepted = loop_wall(e->loop),
		.extent = place.extent,
		.length = place.length,
		.offset = place.offset,
		.hash = place.hash,
		.header_length = (uint32_t)(end + 4 <= text.n ? end + 4 : text.n),
		.from_domain = e->config->hostname,
		.message_id = str_of(id, (size_t)n),
		.subject = STR_LIT("Delivery status notification"),
		.client = STR_LIT("local"),
		.origin = p->kind == REPORT_DELAYED ? 0 : p->rcpt,
		.rcpts = { &to, 1 },
	};

	/* The SUBMIT with our origin is what settles the debt on disk (send/spool). */
	engine_submit_own(e, &s, (struct engine_own){ .about = p->about });
	report_end(p, true);
}

enum { ENGLISH, FRENCH };

static struct str
state_sentence(enum report_kind k, int language)
{
	static const char *const delivered[] = {
		"Your message was delivered to the recipient's mail server.",
		"Votre message a été remis au serveur de courrier du destinataire.",
	};
	static const char *const relayed[] = {
		"Your message was handed to a mail server that does not send reports; no "
		"further "
		"report will follow.",
		"Votre message a été transmis à un serveur de courrier qui n’envoie pas de "
		"rapports ; il n’y en aura pas d’autre.",
	};
	static const char *const delayed[] = {
		"Your message has not been delivered yet. We keep trying; you need not send it "
		"again.",
		"Votre message n’est pas encore remis. Nous continuons d’essayer ; inutile de "
		"l’envoyer à nouveau.",
	};
	static const char *const failed[] = {
		"Your message could not be delivered.",
		"Votre message n’a pas pu être remis.",
	};
	const char *const *texts = k == REPORT_DELIVERED ? delivered
	                           : k == REPORT_RELAYED ? relayed
	                           : k == REPORT_DELAYED ? delayed
	                                                 : failed;

	return str_z(texts[language]);
}

/* Why and what to do, as the verdict says it; empty: the state alone speaks. */
static struct str
verdict_words(const struct verdict *v, int language, char dst[TEXT_MAX])
{
	const char *what = language == FRENCH ? v->fr : v->en;
	const char *todo = language == FRENCH ? v->todo_fr : v->todo_en;
	int n = snprintf(dst, TEXT_MAX, "%s%s%s", what ? what : "", todo && *todo ? " " : "",
		todo ? todo : "");

	return n < 0 || n >= TEXT_MAX ? str_of(dst, 0) : str_of(dst, (size_t)n);
}

static int
compose(struct engine_report *p)
{
	static const enum dsn_action actions[] = { DSN_FAILED, DSN_DELIVERED, DSN_RELAYED,
		DSN_DELAYED };
	struct engine *e = p->engine;
	char mid[400], boundary[48];
	struct dsn_recipient r = {
		.address = p->address,
		.orcpt = p->orcpt,
		.action = actions[p->kind],
		.status = p->status,
		.reply = p->reply,
		.remote_mta = p->remote,
		.sentence = p->sentence[ENGLISH],
		.sentence_fr = p->sentence[FRENCH],
		.last_attempt = p->at,
		.will_retry_until = p->kind == REPORT_DELAYED ? p->until : 0,
	};
	int n = snprintf(mid, sizeof mid, "<%llu.%u.report@%.*s>", (unsigned long long)p->rcpt,
		(unsigned)p->kind, STR_ARG(e->config->hostname));
	int k = snprintf(
		boundary, sizeof boundary, "facteur-%016llx", (unsigned long long)random_u64());
	struct dsn_report rep = {
		.hostname = e->config->hostname,
		.message_id = str_of(mid, (size_t)n),
		.to = p->to,
		.envid = p->envid,
		.boundary = str_of(boundary, (size_t)k),
		.now = loop_wall(e->loop),
		.arrived = p->arrived,
		.recipients = &r,
		.n = 1,
		.original = str_of(p->header ? p->header : "", p->header_n),
		.full = p->full,
		.french = str_eq_z(e->config->language, "fr"),
	};

	buf_init(&p->message, REPORT_ORIGINAL_MAX * 2 + 65536);
	return dsn_write(&p->message, &rep, &p->eight_bit);
}

/* On the flusher's thread: the original's header, or all of it when RET=FULL and small. */
static int
read_original(void *ctx)
{
	struct engine_report *p = ctx;
	struct extent_reader *r = extent_reader_new(p->engine->env->paths->spool);
	int err = extent_read(r, &p->original, 0, p->header, p->header_n);

	extent_reader_free(&r);
	return err;
}

static void
on_original(void *ctx, int err)
{
	struct engine_report *p = ctx;

	if (err < 0)
		p->header_n = 0; /* a damaged original still deserves its report */
	err = compose(p);
	p->body = extent_body_new(p->engine->writer);
	if (err == 0)
		err = extent_body_add(p->body, buf_str(&p->message));
	if (err < 0) {
		extent_body_drop(&p->body);
		on_body_durable(p, err, (struct extent_place){ 0 });
		return;
	}
	extent_body_commit(&p->body, on_body_durable, p);
}

/* The body may have been carried to another extent since the report was asked for. A read that
 * is begun comes before the flush that frees the old place: both are the flusher's. */
static void
place_again(struct engine_report *p)
{
	struct q_message *m;

	if (!queue_rcpt(p->engine->queue, p->rcpt, &m))
		return;
	p->original.extent = m->extent;
	p->original.offset = m->offset;
}

static void
reports_start(struct engine *e)
{
	struct link *l;

	while (!e->ending && e->reports_in_flight < REPORTS_AT_ONCE &&
		(l = list_pop(&e->reports)) != NULL) {
		struct engine_report *p = LIST_OF(l, struct engine_report, link);

		e->reports_waiting--;
		e->reports_in_flight++;
		p->header = mem_new(1, p->header_n + 1);
		place_again(p);
		p->job = (struct flush_job){
			.fd = -1, .work = read_original, .done = on_original, .ctx = p
		};
		list_init(&p->job.link);
		flusher_add(e->flusher, &p->job);
	}
}

static void
original_of(struct engine_report *p, const struct q_message *m)
{
	bool full = m->ret == DSN_RET_FULL && m->length <= REPORT_ORIGINAL_MAX;
	uint32_t n = full ? m->length : m->header_length;

	p->full = full && p->kind == REPORT_FAILED;
	if (!p->full)
		n = m->header_length;
	p->header_n = n < REPORT_ORIGINAL_MAX ? n : REPORT_ORIGINAL_MAX;
	p->original = (struct extent_place){ m->extent, m->length, m->offset, m->hash };
}

void
engine_report(
	struct engine *e, struct q_rcpt *r, enum report_kind kind, const struct engine_move *mv)
{
	const struct q_message *m = queue_message_at(e->queue, r->message);
	struct engine_report *p;
	struct str remote = mv->fact.host, text = mv->fact.reply.text;
	char words[2][TEXT_MAX];
	struct str sentence[2];

	if (q_sender(m).n == 0) { /* never answer <> (RFC 5321 4.5.5) */
		r->report_owed = false;
		return;
	}
	if (e->reports_waiting >= REPORTS_MAX) {
		e->reports_more = true; /* report_owed says the rest, in fewer bytes */
		return;
	}
	p = MEM_NEW(p);
	p->engine = e;
	p->rcpt = rcpt_id(m, r);
	p->about = m->tenant;
	p->kind = kind;
	/* keep() needs room that never moves: one piece, made to measure. */
	for (int l = ENGLISH; l <= FRENCH; l++) {
		sentence[l] = kind == REPORT_FAILED || kind == REPORT_DELAYED
		                      ? verdict_words(&mv->verdict, l, words[l])
		                      : STR_NONE;
		if (sentence[l].n == 0)
			sentence[l] = state_sentence(kind, l);
	}
	size_t need = q_sender(m).n + q_address(m, r).n + q_orcpt(m, r).n + q_envid(m).n +
	              remote.n + text.n + sentence[ENGLISH].n + sentence[FRENCH].n + 1;

	buf_init(&p->text, need);
	(void)buf_room(&p->text, need);
	p->to = keep(p, q_sender(m));
	p->address = keep(p, q_address(m, r));
	p->orcpt = keep(p, q_orcpt(m, r));
	p->envid = keep(p, q_envid(m));
	p->remote = keep(p, remote);
	for (int l = ENGLISH; l <= FRENCH; l++)
		p->sentence[l] = keep(p, sentence[l]);
	p->reply = mv->fact.reply;
	p->reply.text = keep(p, text);
	p->status = mv->fact.reply.dsn;
	p->arrived = m->accepted;
	p->at = loop_wall(e->loop);
	p->until = engine_wall_of(e, q_expires(m));
	original_of(p, m);
	list_init(&p->link);
	list_push(&e->reports, &p->link);
	e->reports_waiting++;
	reports_start(e);
}

static int
owed(void *ctx, struct q_message *m, struct q_rcpt *r)
{
	struct engine *e = ctx;
	struct engine_move mv = { .fact = { .reply = REPLY(0, 5, 0, 0, "") } };

	if (!r->report_owed || !rcpt_final((enum rcpt_state)r->state))
		return 0;
	if (q_sender(m).n == 0)
		queue_reported(e->queue, r);
	else if (r->state == RCPT_DELIVERED) {
		mv.fact.reply.dsn = (struct dsn_code){ 2, 0, 0 };
		engine_report(e, r, REPORT_DELIVERED, &mv);
	} else {
		mv.verdict = bounce_judge(STAGE_LOCAL, &mv.fact.reply);
		engine_report(e, r, REPORT_FAILED, &mv);
	}
	return 0;
}

void
engine_reports_drop(struct engine *e)
{
	struct link *l;

	while ((l = list_pop(&e->reports)) != NULL)
		report_free(LIST_OF(l, struct engine_report, link));
}

void
engine_reports_owed(struct engine *e)
{
	const struct queue_filter all = { .stream = -1 };
	struct queue_page page = { .max = 10000 };

	e->reports_more = false;

	do
		queue_each(e->queue, &all, &page, owed, e);
	while (page.pos != 0);
}
