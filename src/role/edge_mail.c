/* A message from MAIL to the answer after its dot. It is answered only by `submitted` (P1). */
#include "role/edge_priv.h"

#include "api/smtp_fields.h"
#include "base/mem.h"
#include "base/must.h"
#include "role/edge_mail_template.h"
#include "send/accept.h"
#include "wire/header.h"

#include <errno.h>

enum { STEP_FROM, STEP_SENDER, STEP_COMMIT };

#define FINE(r) ((r).code == 0)

/* ---- memory (P8) ---- */

void
edge_mail_charge(struct edge_conn *c, uint64_t bytes)
{
	struct edge_mail *m = &c->smtp->mail;

	c->edge->memory -= m->charge;
	c->edge->memory += bytes;
	m->charge = bytes;
}

static uint64_t
expected(const struct edge_mail *m)
{
	if (m->declared < EDGE_CHARGE_MIN)
		return EDGE_CHARGE_MIN;
	return m->declared < EDGE_CHARGE_MAX ? m->declared : EDGE_CHARGE_MAX;
}

static void
charge_now(struct edge_conn *c)
{
	struct edge_smtp *s = c->smtp;
	struct edge_mail *m = &s->mail;
	size_t body = m->body ? extent_body_memory(m->body) : 0;
	uint64_t now = m->head.cap + m->whole.cap + body, least = expected(m);

	edge_mail_charge(c, now > least ? now : least);
	/* The disk is slower than the client. */
	if (body > EDGE_BODY_HIGH && !s->paused) {
		s->paused = true;
		stream_pause(c->stream);
		edge_resume_later(c->edge);
	}
}

void
edge_mail_forget(struct edge_conn *c)
{
	struct edge_mail *m = &c->smtp->mail;

	if (m->body)
		extent_body_drop(&m->body);
	if (m->hashing)
		dkim_body_done(m->hash);
	if (m->letters)
		edge_mail_letters_forget(c);
	edge_mail_template_done(c);
	if (m->whole.cap > 0)
		buf_done(&m->whole);
	m->wish = (struct edge_wish){ 0 };
	m->collects = m->inbound = false;
	m->hashing = m->open = m->head_done = false;
	m->header_8bit = m->utf8_rcpt = false;
	m->refusal.code = 0;
	m->nrcpts = 0;
	m->head_seen = 0;
	m->declared = 0;
	arena_reset(&m->arena);
	/* Idle sessions keep little. */
	if (m->cap > 64) {
		mem_free(m->rcpts);
		m->rcpts = NULL;
		m->cap = 0;
	}
	if (m->head.cap > 8192)
		buf_done(&m->head);
	buf_clear(&m->head);
	edge_mail_charge(c, 0);
	if (c->timer_is == EDGE_TIMER_RATE)
		edge_conn_timer(c, EDGE_TIMER_NONE, 0);
}

void
edge_mail_free(struct edge_conn *c)
{
	struct edge_smtp *s = c->smtp;

	edge_mail_forget(c);
	if (s->commit)
		s->commit->conn = NULL;
	arena_done(&s->mail.arena);
	buf_done(&s->mail.head);
	mem_free(s->mail.rcpts);
	mem_free(s->mail.hash);
}

/* ---- sender domains ---- */

/* The engine's no, as the client may read it. */
static struct reply
denied(const struct msg_checked *a)
{
	if (a == NULL)
		return REPLY(451, 4, 3, 0, "The service is busy; try again later");
	if (a->reply.code < 400 || a->reply.code > 599)
		return REPLY(550, 5, 7, 1, "This sender domain is not yours to use");
	return a->reply;
}

/* true: known to be fine. false: asked, done follows. */
static bool
domain_ok(struct edge_conn *c, struct str domain, void (*done)(void *ctx, const void *m))
{
	struct edge *e = c->edge;
	const struct edge_id *id = &c->smtp->id;
	struct msg_check q = { 0, id->tenant, domain };

	if (id->any_domain || domain.n == 0 || edge_domain_known(e, id->tenant, domain))
		return true;
	q.seq = edge_seq(e);
	buf_clear(&c->ask.payload);
	msg_check_write(&c->ask.payload, &q);
	c->ask.done = done;
	edge_ask(e, &c->ask, MSG_check, q.seq);
	return false;
}

/* ---- MAIL, RCPT, DATA ---- */

static const struct reply sender_ok = { 250, { 2, 1, 0 }, { "Sender ok", 9 } };

static void
on_sender_checked(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	const struct msg_checked *a = answer;
	struct edge_mail *m = &c->smtp->mail;
	struct reply r = sender_ok;

	if (a && a->ok) {
		edge_domain_learn(c->edge, c->smtp->id.tenant, m->sender_domain);
	} else {
		edge_mail_forget(c);
		r = denied(a);
	}
	edge_smtp_answer(c, &r);
}

bool
edge_mail_begin(struct edge_conn *c, struct reply *ret_r)
{
	struct edge_smtp *s = c->smtp;
	struct edge_mail *m = &s->mail;
	const struct smtp_in_mail *f = &s->in.mail;

	edge_mail_forget(c);
	*ret_r = accept_sender(&m->arena, &f->from, s->id.any_domain, &m->sender_domain);
	if (!FINE(*ret_r))
		return true;
	m->open = true;
	m->sender = arena_keep(&m->arena, f->from.text);
	m->envid = arena_keep(&m->arena, f->envid);
	m->ret = (uint8_t)f->ret;
	m->flags = 0;
	m->declared = f->size;
	m->utf8_rcpt = f->from.utf8;
	*ret_r = sender_ok;
	return domain_ok(c, m->sender_domain, on_sender_checked);
}

bool
edge_mail_rcpt_add(struct edge_mail *m, struct msg_rcpt rcpt)
{
	if (m->nrcpts >= UINT16_MAX)
		return false;
	if (m->nrcpts == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 4;
		m->rcpts = mem_grow(m->rcpts, m->cap, sizeof *m->rcpts);
	}
	rcpt.index = (uint16_t)m->nrcpts;
	m->rcpts[m->nrcpts++] = rcpt;
	return true;
}

struct reply
edge_mail_rcpt(struct edge_conn *c)
{
	const struct reply many = REPLY(
		452, 4, 5, 3, "Too many recipients: send the message to the others again");
	struct edge_smtp *s = c->smtp;
	struct edge_mail *m = &s->mail;
	const struct smtp_in_rcpt *f = &s->in.rcpt;
	const struct config *cf = c->edge->config;
	bool lab = cf->lab.on;
	struct reply r;
	struct str address, orcpt = STR_NONE;

	arena_reset(&c->edge->tmp);
	r = accept_rcpt(&c->edge->tmp, &f->to, lab);
	if (!FINE(r))
		return r;
	/* RFC 5321 4.5.1: postmaster without a domain is ours. */
	if (f->to.domain.n == 0)
		address = arena_printf(
			&m->arena, "%.*s@%.*s", STR_ARG(f->to.local), STR_ARG(cf->hostname));
	else
		address = arena_str(&m->arena, f->to.text);
	if (f->orcpt.n > 0)
		orcpt = arena_str(&m->arena, f->orcpt);
	if (!address.p || !orcpt.p ||
		!edge_mail_rcpt_add(m, (struct msg_rcpt){ .notify = (uint8_t)f->notify,
					       .address = address,
					       .orcpt = orcpt }))
		return many;
	m->utf8_rcpt |= f->to.utf8;
	return REPLY(250, 2, 1, 5, "Recipient ok");
}

struct reply
edge_mail_data(struct edge_conn *c)
{
	struct edge *e = c->edge;
	struct edge_smtp *s = c->smtp;
	struct edge_mail *m = &s->mail;
	struct reply r = edge_state_reply(e);

	if (!FINE(r))
		return r;
	if (e->memory + expected(m) > e->config->limits.memory_bytes)
		return REPLY(452, 4, 3, 1, "The service is busy; try again in a minute");
	if (!e->writer)
		return REPLY(451, 4, 3, 0, "Mail cannot be stored now; try again later");
	if (e->channel && channel_unsent(e->channel) > EDGE_UNSENT_MAX)
		return REPLY(451, 4, 3, 2, "The service is busy; try again in a minute");
	m->id = edge_ids(e, 1 + m->nrcpts);
	if (m->id == 0)
		return REPLY(451, 4, 3, 2, "The service is starting; try again in a moment");
	m->accepted = loop_wall(e->loop);
	edge_mail_charge(c, expected(m));
	s->rate_bytes = s->bytes;
	if (e->config->limits.min_rate > 0)
		edge_conn_timer(c, EDGE_TIMER_RATE, EDGE_RATE_US);
	return (struct reply){ .code = 354, .text = STR_NONE };
}

/* ---- the bytes ---- */

void
edge_mail_refuse(struct edge_conn *c, struct reply r)
{
	struct edge_mail *m = &c->smtp->mail;

	m->refusal = r;
	if (m->body)
		extent_body_drop(&m->body);
	m->collects = false;
	buf_done(&m->whole);
	buf_done(&m->head);
}

bool
edge_mail_room(const struct edge_conn *c, uint64_t bytes)
{
	const struct edge *e = c->edge;

	return e->memory + bytes <= e->config->limits.memory_bytes;
}

struct reply
edge_mail_disk_reply(int err)
{
	if (err == -EROFS)
		return REPLY(452, 4, 3, 0,
			"The disk is read-only: not accepted, nothing was lost; try again "
			"later");
	if (err == -ENOSPC || err == -EDQUOT)
		return REPLY(452, 4, 3, 1,
			"The disk is full: not accepted, nothing was lost; try again later");
	return REPLY(451, 4, 3, 0, "The message could not be stored: not accepted, try again");
}

/* Of the disk, not of one session: a full disk meets all of them. */
void
edge_disk_tell(struct edge *e, int err)
{
	uint64_t now = loop_mono(e->loop);
	bool tell = err < 0 ? role_alert_bad(&e->disk_alert, now)
	                    : role_alert_good(&e->disk_alert, now);

	if (!tell)
		return;
	struct log_line ll = log_op(e->log, err < 0 ? LOG_ERROR : LOG_INFO,
		err < 0 ? "bodies-not-stored" : "bodies-stored");

	if (err < 0)
		log_z(&ll, "error", strerror(-err));
	log_z(&ll, "means",
		err < 0 ? "new mail is refused; nothing that was accepted is lost"
			: "mail is accepted again");
	log_end(&ll);
}

static void
store(struct edge_conn *c, struct str bytes)
{
	int err = extent_body_add(c->smtp->mail.body, bytes);

	if (err == 0)
		return;
	edge_disk_tell(c->edge, err);
	edge_mail_refuse(c, edge_mail_disk_reply(err));
}

void
edge_mail_trace(const struct edge_conn *c, struct accept_trace *ret_t)
{
	const struct edge_smtp *s = c->smtp;

	*ret_t = (struct accept_trace){ .helo = s->in.helo,
		.client = str_z(c->client),
		.hostname = c->edge->config->hostname,
		.id = s->mail.id,
		.now = loop_wall(c->edge->loop),
		.esmtp = s->in.esmtp,
		.tls = s->in.tls,
		.auth = s->in.authed,
		.utf8 = s->in.mail.utf8,
		.drop = s->mail.wish.options ? smtp_fields_drop : NULL,
		.more = s->mail.wish.more };
}

static void
facts_keep(struct edge_conn *c, const struct accept_facts *f)
{
	struct edge_mail *m = &c->smtp->mail;

	m->header_8bit = f->eight_bit;
	m->subject = arena_keep(&m->arena, f->subject);
	m->from_domain = arena_keep(&m->arena, f->from_domain);
	m->header_sender = arena_keep(&m->arena, f->sender_domain);
	m->message_id = f->message_id.n ? arena_keep(&m->arena, f->message_id)
	                                : arena_printf(&m->arena, "<%llu@%.*s>",
						  (unsigned long long)m->id,
						  STR_ARG(c->edge->config->hostname));
	if (!m->message_id.p)
		m->message_id = STR_NONE;
}

static void
hash_begin(struct edge_mail *m)
{
	if (!m->hash)
		m->hash = MEM_NEW(m->hash);
	dkim_body_init(m->hash);
	m->hashing = true;
}

void
edge_mail_plain(struct edge_conn *c, struct str block)
{
	struct edge *e = c->edge;
	struct edge_mail *m = &c->smtp->mail;
	struct accept_trace t;
	size_t n;

	edge_mail_trace(c, &t);
	buf_clear(&e->head);
	if (accept_rewrite(&e->head, block, &t, &n) < 0) {
		edge_mail_refuse(c, REPLY(552, 5, 3, 4, "Header too large: at most 256 KiB"));
		return;
	}
	m->header_length = (uint32_t)n;
	m->body = extent_body_new(e->writer);
	hash_begin(m);
	dkim_body_feed(m->hash, str_from(buf_str(&e->head), n));
	store(c, buf_str(&e->head));
}

void
edge_mail_more(struct edge_conn *c, struct str bytes)
{
	dkim_body_feed(c->smtp->mail.hash, bytes);
	store(c, bytes);
}

/* The header block is complete. */
static void
header(struct edge_conn *c, struct str block)
{
	struct edge *e = c->edge;
	struct edge_mail *m = &c->smtp->mail;
	struct accept_rules rules = { e->config->limits.hops, c->smtp->id.any_domain };
	struct accept_facts f;
	struct reply r;

	m->head_done = true;
	arena_reset(&e->tmp);
	r = accept_header(&e->tmp, block, &rules, &f);
	if (!FINE(r)) {
		edge_mail_refuse(c, r);
		return;
	}
	/* What a stranger writes is no option. */
	if (!m->inbound && (c->smtp->id.stream == STREAM_BROADCAST ||
				   edge_hosts_of(e->hosts, c->smtp->id.tenant).track ||
				   header_may_have(block, smtp_fields_drop)))
		r = edge_mail_wish(c, block);
	if (!FINE(r)) {
		edge_mail_refuse(c, r);
		return;
	}
	facts_keep(c, &f);
	if (m->collects) {
		m->whole_head = block.n;
		edge_mail_collect(c, block);
	} else {
		edge_mail_plain(c, block);
	}
}

/* Takes header bytes; what is left belongs to the body. */
static struct str
header_bytes(struct edge_conn *c, struct str bytes)
{
	struct edge_mail *m = &c->smtp->mail;
	size_t before = m->head.n, end;

	if (before == 0) {
		end = accept_header_end(str_head(bytes, ACCEPT_HEADER_MAX), 0);
		if (end > 0) {
			header(c, str_head(bytes, end));
			return str_from(bytes, end);
		}
	}
	struct str piece = str_head(bytes, ACCEPT_HEADER_MAX - before);
	must(buf_put(&m->head, piece) == 0);
	end = accept_header_end(buf_str(&m->head), m->head_seen);
	m->head_seen = m->head.n;
	if (end > 0) {
		header(c, str_head(buf_str(&m->head), end));
		return str_from(bytes, end - before);
	}
	if (piece.n < bytes.n)
		edge_mail_refuse(c, REPLY(552, 5, 3, 4, "Header too large: at most 256 KiB"));
	return STR_NONE;
}

void
edge_mail_bytes(struct edge_conn *c, struct str bytes)
{
	struct edge_mail *m = &c->smtp->mail;

	if (m->refusal.code)
		return;
	if (!m->head_done)
		bytes = header_bytes(c, bytes);
	if (m->refusal.code == 0 && bytes.n > 0) {
		if (m->collects)
			edge_mail_collect(c, bytes);
		else
			edge_mail_more(c, bytes);
	}
	if (edge_inbound_too_long(c))
		edge_mail_refuse(c, REPLY(552, 5, 3, 4, "Too large: at most 10 MiB"));
	charge_now(c);
}

/* ---- after the dot ---- */

void
edge_mail_finish(struct edge_conn *c, struct reply r)
{
	bool known = (r.code >= 200 && r.code < 300) || (r.code >= 400 && r.code < 600);

	edge_mail_forget(c);
	if (!known)
		r = REPLY(451, 4, 3, 0, "Internal error: not accepted, try again");
	edge_smtp_answer(c, &r);
}

void
edge_mail_submitted(struct edge_conn *c, const struct msg_submitted *a)
{
	struct log_line ll;

	if (a) {
		if (a->retry_s)
			edge_count(c->edge, COUNT_REJECTED, REASON_QUOTA);
		edge_full_learn(c->edge, &c->smtp->id, a);
		edge_mail_finish(c, a->reply);
		return;
	}
	/* P4: its fate is unknown, so no answer may be given. */
	if (edge_log(c, "no-answer-from-engine", &ll)) {
		log_num(&ll, "message", (int64_t)c->smtp->mail.id);
		log_end(&ll);
	}
	edge_conn_end(c);
}

static void
on_submitted(void *ctx, const void *answer)
{
	edge_mail_submitted(ctx, answer);
}

struct msg_submit
edge_mail_submit(struct edge_conn *c)
{
	struct edge *e = c->edge;
	struct edge_smtp *s = c->smtp;
	struct edge_mail *m = &s->mail;
	bool utf8 = s->in.mail.utf8 && (m->utf8_rcpt || m->header_8bit);

	return (struct msg_submit){ .seq = edge_seq(e),
		.boot = e->env->boot,
		.message = m->id,
		.key = s->id.key,
		.tenant = s->id.tenant,
		.stream = edge_mail_stream(c),
		.via = s->id.via,
		.ret = m->ret,
		.flags = (uint8_t)(m->flags | (s->in.body_8bit ? MAIL_8BIT : 0) |
				   (utf8 ? MAIL_UTF8 : 0) | MAIL_BODY_HASH),
		.accepted = m->accepted,
		.sender = m->sender,
		.from_domain = m->from_domain,
		.message_id = m->message_id,
		.subject = m->subject,
		.helo = s->in.helo,
		.client = str_z(c->client),
		.envid = m->envid,
		.rcpts = { m->rcpts, m->nrcpts },
		.extra = STR_NONE };
}

static void
submit(struct edge_conn *c)
{
	struct edge_mail *m = &c->smtp->mail;
	struct msg_submit q = edge_mail_submit(c);

	q.extent = m->place.extent;
	q.length = m->place.length;
	q.offset = m->place.offset;
	q.hash = m->place.hash;
	q.header_length = m->header_length;
	if (m->wish.options)
		q.extra = edge_mail_extra(&c->edge->ask_buf, &m->wish, 0);
	dkim_body_end(m->hash, q.body_hash.b);
	m->hashing = false;
	buf_clear(&c->ask.payload);
	msg_submit_write(&c->ask.payload, &q);
	c->ask.done = on_submitted;
	edge_ask(c->edge, &c->ask, MSG_submit, q.seq);
}

static void
on_durable(void *ctx, int err, struct extent_place place)
{
	struct edge_commit *k = ctx;
	struct edge_conn *c = k->conn;

	mem_free(k);
	if (!c)
		return; /* the client left: nothing was promised, the space is unused */
	c->smtp->commit = NULL;
	edge_disk_tell(c->edge, err);
	if (err < 0) {
		edge_mail_finish(c, edge_mail_disk_reply(err));
		return;
	}
	c->smtp->mail.place = place;
	submit(c);
}

static void
commit(struct edge_conn *c)
{
	struct edge_commit *k;

	if (c->smtp->mail.letters) {
		edge_mail_letters_commit(c);
		return;
	}
	k = MEM_NEW(k);
	k->conn = c;
	c->smtp->commit = k;
	extent_body_commit(&c->smtp->mail.body, on_durable, k);
}

static void on_header_checked(void *ctx, const void *answer);

/* The domain that the step before the commit is about. */
static struct str
domain_of_step(const struct edge_mail *m)
{
	return m->step == STEP_FROM ? m->from_domain : m->header_sender;
}

static void
advance(struct edge_conn *c)
{
	struct edge_mail *m = &c->smtp->mail;

	for (; m->step < STEP_COMMIT; m->step++)
		if (!domain_ok(c, domain_of_step(m), on_header_checked))
			return;
	commit(c);
}

static void
on_header_checked(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	struct edge_mail *m = &c->smtp->mail;
	const struct msg_checked *a = answer;

	if (a == NULL || !a->ok) {
		edge_mail_finish(c, denied(a));
		return;
	}
	edge_domain_learn(c->edge, c->smtp->id.tenant, domain_of_step(m));
	m->step++;
	advance(c);
}

void
edge_mail_written(struct edge_conn *c)
{
	if (c->smtp->mail.refusal.code || edge_mail_letters_write(c))
		edge_mail_lettered(c);
}

void
edge_mail_lettered(struct edge_conn *c)
{
	struct edge_mail *m = &c->smtp->mail;

	edge_mail_template_done(c);
	if (m->refusal.code) {
		edge_mail_finish(c, m->refusal);
		return;
	}
	m->step = STEP_FROM;
	advance(c);
}

bool
edge_mail_end(struct edge_conn *c, struct reply *ret_r)
{
	struct edge_mail *m = &c->smtp->mail;

	if (c->timer_is == EDGE_TIMER_RATE)
		edge_conn_timer(c, EDGE_TIMER_NONE, 0);
	/* A message may be all header. */
	if (!m->head_done && m->refusal.code == 0)
		header(c, buf_str(&m->head));
	if (m->collects && m->refusal.code == 0 &&
		!(m->wish.writes ? edge_mail_template(c) : edge_mail_letters_write(c)))
		return false;
	if (m->refusal.code) {
		*ret_r = m->refusal;
		edge_mail_forget(c);
		return true;
	}
	m->step = STEP_FROM;
	advance(c);
	return false;
}
