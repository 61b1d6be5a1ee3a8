/*
 * Mail from anybody, without AUTH, to an address whose mail an account wants posted to a URL
 * (docs/decisions/0008). Whose it is, the engine knows; the rest of the transaction goes the
 * way of a submission of that account, in the stream of its own (edge_mail.c), with no rights
 * but that: nothing in it is an option, and it goes to nobody else.
 */
#include "role/edge_priv.h"

#include "base/mem.h"
#include "wire/dsn.h"

#define INBOUND_BYTES (UINT64_C(10) << 20)

static struct reply
no_such_address(const struct edge_conn *c)
{
	const struct smtp_in *s = &c->smtp->in;

	/* Who wants to send should hear that he must authenticate. */
	if (s->mail.from.text.n > 0 &&
		!str_ieq(s->rcpt.to.domain, c->edge->config->bounce_domain))
		return smtp_in_need_auth(s);
	return REPLY(550, 5, 1, 1,
		"No message has this return path; to send one, authenticate first");
}

/* The address with its domain in A-labels, in the arena. */
static struct str
spelled(struct arena *a, const struct address *to)
{
	struct str domain, text;

	if (to->domain.n == 0 || to->literal || domain_ascii(a, to->domain, &domain) < 0)
		return STR_NONE;
	text = arena_printf(a, "%.*s@%.*s", STR_ARG(to->local), STR_ARG(domain));
	return text.p ? text : STR_NONE;
}

static void
begin(struct edge_conn *c, uint32_t tenant)
{
	struct edge_smtp *s = c->smtp;
	struct edge_mail *m = &s->mail;

	edge_mail_forget(c);
	m->open = m->inbound = true;
	m->sender = arena_str(&m->arena, s->in.mail.from.text);
	if (!m->sender.p)
		m->sender = STR_NONE;
	m->sender_domain = m->envid = STR_NONE;
	m->ret = m->flags = 0;
	m->declared = s->in.mail.size;
	m->utf8_rcpt = s->in.mail.from.utf8;
	/* Not known: who authenticates later in the session is somebody else. */
	s->id = (struct edge_id){
		.any_domain = true, .stream = STREAM_INBOUND, .via = VIA_SMTP, .tenant = tenant
	};
}

static struct reply
too_many(void)
{
	return REPLY(452, 4, 5, 3, "Too many recipients: send the message to the others again");
}

static bool
is_full(const struct edge_conn *c)
{
	const struct edge_mail *m = &c->smtp->mail;

	return m->inbound && m->nrcpts >= EDGE_INBOUND_RCPTS;
}

static struct reply
take(struct edge_conn *c, uint32_t tenant)
{
	const struct reply later = too_many();
	struct edge_smtp *s = c->smtp;
	struct edge_mail *m = &s->mail;
	struct msg_rcpt *to;
	struct reply r;

	if (s->in.mail.size > INBOUND_BYTES)
		return REPLY(552, 5, 3, 4, "Too large: at most 10 MiB");
	/* One account a transaction, and nothing that comes back beside it. */
	if (s->back || (m->inbound && s->id.tenant != tenant) || is_full(c))
		return later;
	if (!m->inbound)
		begin(c, tenant);
	r = edge_mail_rcpt(c);
	if (r.code / 100 != 2)
		return r;
	/* Nothing is ever sent to a stranger, so no report either. */
	to = &m->rcpts[m->nrcpts - 1];
	to->address = spelled(&m->arena, &s->in.rcpt.to);
	to->orcpt = STR_NONE;
	to->notify = DSN_NEVER;
	return to->address.n ? r : later;
}

static void
on_found(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	const struct msg_found *m = answer;
	struct reply r = REPLY(451, 4, 3, 0, "The service is busy; try again later");

	if (m && m->is == FIND_SOMEBODY)
		r = take(c, m->tenant);
	else if (m && m->is == FIND_BLOCKED)
		r = REPLY(550, 5, 7, 1,
			"The owner of this address takes no mail from this sender");
	else if (m && m->is == FIND_NOBODY)
		r = no_such_address(c);
	edge_smtp_answer(c, &r);
}

bool
edge_inbound_rcpt(struct edge_conn *c, struct reply *ret_r)
{
	struct edge *e = c->edge;
	struct msg_find q = { .what = FIND_INBOUND };

	/* Told for ever, so it costs the engine nothing. */
	if (is_full(c)) {
		*ret_r = too_many();
		return true;
	}
	arena_reset(&e->tmp);
	q.address = spelled(&e->tmp, &c->smtp->in.rcpt.to);
	q.sender = spelled(&e->tmp, &c->smtp->in.mail.from);
	if (q.address.n == 0) {
		*ret_r = no_such_address(c);
		return true;
	}
	q.seq = edge_seq(e);
	buf_clear(&c->ask.payload);
	msg_find_write(&c->ask.payload, &q);
	c->ask.done = on_found;
	edge_ask(e, &c->ask, MSG_find, q.seq);
	return false;
}

bool
edge_inbound_too_long(const struct edge_conn *c)
{
	const struct edge_mail *m = &c->smtp->mail;

	return m->inbound && m->body && extent_body_size(m->body) > INBOUND_BYTES;
}
