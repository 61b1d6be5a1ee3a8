/*
 * What a message by SMTP asks for in its header fields (api/smtp_fields.h): facts for events,
 * when it is sent, its stream, tracking.
 *
 * A tracked message is collected in memory and written after its last byte, once for each
 * recipient, since its links name him: n bodies, n submits, one answer. They are written in
 * slices, between which the loop serves others; the client waits as it does for the disk. What
 * is too long for that, or has too many recipients, is sent without tracking, and the log says
 * so.
 */
#include "role/edge_mail_template.h"
#include "role/edge_tracker.h"

#include "api/sendgrid_batch.h"
#include "api/smtp_fields.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "send/accept.h"
#include "send/wish.h"

#include <errno.h>

#define FINE     ((struct reply){ 0 })
#define TEXT_MAX (128u << 10) /* of a submit */

struct letter {
	struct edge_letters *of;
	struct extent_body *body; /* until it is committed */
	struct extent_place place;
	uint32_t header_length;
	uint8_t hash[32];
	struct str subject; /* p NULL: that of the mail */
};

/* A commit under way outlives its connection. */
struct edge_letters {
	struct link link;       /* of edge->letters: more are to be written */
	struct edge_conn *conn; /* NULL: it left */
	struct letter *at;
	size_t n, left;   /* left: commits under way */
	unsigned links;   /* that may still be made */
	size_t room;      /* bytes that the others may have */
	uint64_t charged; /* to the mail, before the first */
	enum track_mime_why why;
	int err;
};

static struct edge_mail *
mail_of(const struct edge_conn *c)
{
	return &c->smtp->mail;
}

uint8_t
edge_mail_stream(const struct edge_conn *c)
{
	if (mail_of(c)->inbound)
		return STREAM_INBOUND;
	return mail_of(c)->wish.broadcast || c->smtp->id.stream == STREAM_BROADCAST
	               ? STREAM_BROADCAST
	               : STREAM_TRANSACTIONAL;
}

/* ---- the wish ---- */

static uint64_t
message_of(const struct edge_mail *m, size_t i)
{
	return m->id + 2 * (uint64_t)i;
}

static struct edge_tracker
tracker_of(const struct edge_conn *c, size_t i)
{
	return (struct edge_tracker){ .config = c->edge->config,
		.box = c->edge->track,
		.url = mail_of(c)->wish.track_url,
		.token_key = c->edge->env->keys.token,
		.tenant = c->smtp->id.tenant,
		.stream = edge_mail_stream(c),
		.group = mail_of(c)->wish.group,
		.groups = mail_of(c)->wish.groups,
		.ngroups = mail_of(c)->wish.ngroups,
		.message = message_of(mail_of(c), i),
		.accepted = mail_of(c)->accepted,
		.consent = (enum outgoing_switch)mail_of(c)->wish.consent };
}

static void
say_untracked(struct edge_conn *c, const char *why)
{
	struct log_line ll;

	if (!edge_log(c, "not-tracked", &ll))
		return;
	log_num(&ll, "message", (int64_t)mail_of(c)->id);
	log_z(&ll, "why", why);
	log_end(&ll);
}

/* The fields that unsubscribe recipient i. 0 or -E2BIG. */
static int
put_fields(struct edge_conn *c, size_t i, struct buf *out)
{
	struct edge_tracker t = tracker_of(c, i);

	return edge_tracker_fields(&t, mail_of(c)->rcpts[i].address, out);
}

/* Those of the first one: what all get when he is the only one. */
static bool
first_fields(struct edge_conn *c)
{
	struct edge_mail *m = mail_of(c);
	struct edge_wish *w = &m->wish;
	struct buf b;
	bool ok;

	buf_init(&b, 8192);
	ok = put_fields(c, 0, &b) == 0;
	w->unsub = b.n > 0;
	if (ok && m->nrcpts == 1 && b.n > 0) {
		w->more = arena_str(&m->arena, buf_str(&b));
		ok = w->more.p != NULL;
	}
	buf_done(&b);
	return ok;
}

static struct reply
plan(struct edge_conn *c, bool unsub)
{
	const struct reply full =
		REPLY(452, 4, 3, 1, "The service is busy; try again in a minute");
	struct edge_mail *m = mail_of(c);
	struct edge_wish *w = &m->wish;

	size_t most = w->to ? SMTP_FIELDS_TO_MAX : EDGE_LETTERS_MAX;

	if (w->subst.n && m->nrcpts > 1 && !w->to)
		return REPLY(554, 5, 6, 0,
			"X-SMTPAPI: sub and section are filled in for one recipient here; name "
			"several by to, or send one message for each");
	if (w->writes && m->nrcpts > most)
		return REPLY(554, 5, 6, 0,
			"A message from a template, or with a footer, link or image that is "
			"put into its text, has at most 100 recipients; send it to the others "
			"again");
	if (unsub && m->nrcpts > most && !w->track)
		say_untracked(c, "more than 100 recipients: no List-Unsubscribe");
	if ((w->track || w->url_tags.n) && m->nrcpts > most)
		say_untracked(c, "more than 100 recipients");
	if (m->nrcpts > most) {
		w->track = 0;
		w->url_tags = STR_NONE;
		return FINE;
	}
	if (m->nrcpts > 1 && (w->track || w->url_tags.n || unsub || w->writes)) {
		m->id = edge_ids(c->edge, 2 * m->nrcpts);
		if (m->id == 0)
			return REPLY(
				451, 4, 3, 2, "The service is starting; try again in a moment");
	}
	if (unsub && !first_fields(c))
		return full;
	m->collects = w->track || w->url_tags.n || (w->unsub && m->nrcpts > 1) || w->writes;
	return FINE;
}

/* Where the fields do not say it, the account does; and where its links begin. */
static void
track_default(struct edge_conn *c, struct smtp_fields *f)
{
	const struct edge_hosts_row row = edge_hosts_of(c->edge->hosts, c->smtp->id.tenant);
	struct edge_mail *m = mail_of(c);

	edge_tracker_default(row.track, &f->opens, &f->clicks, &f->links);
	/* Without room the links begin with the service's own name. */
	if (row.url.n)
		m->wish.track_url = arena_str(&m->arena, row.url);
}

/* What is put into its texts, kept. false: no room. */
static bool
keep_texts(struct edge_mail *m, const struct smtp_fields *f)
{
	struct edge_wish *w = &m->wish;
	struct str *const all[] = { &w->template.id, &w->template.vars, &w->subst, &w->url_tags,
		&w->pixel_mark, &w->tail.text, &w->tail.html, &w->tail.leave_mark,
		&w->tail.leave_text, &w->tail.leave_html };
	bool ok = true;

	w->template = f->template;
	w->subst = f->subst;
	w->url_tags = f->url_tags;
	w->pixel_mark = f->pixel_mark;
	w->tail = f->tail;
	w->template.report.email = arena_keep(&m->arena, f->template.report.email);
	w->template.report.name = arena_keep(&m->arena, f->template.report.name);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		*all[i] = all[i]->n ? arena_str(&m->arena, *all[i]) : STR_NONE;
		ok = ok && all[i]->p;
	}
	w->writes = w->template.wanted || w->subst.n || w->tail.leave || w->tail.text.n ||
	            w->tail.html.n || w->pixel_mark.n || w->to;
	return ok;
}

#define NO_ROOM REPLY(452, 4, 3, 1, "The header is too much at this time; try again later")

/* The recipients of a mail merge, kept in place of the envelope's: what RCPT would have said of
 * them is said of them all (docs/decisions/0013). */
static struct reply
merge(struct edge_conn *c, const struct smtp_fields *f)
{
	struct edge_smtp *s = c->smtp;
	struct edge_mail *m = mail_of(c);
	unsigned flags = s->in.mail.utf8 ? ADDRESS_UTF8_OK : 0;
	struct outgoing_address *to;
	int64_t *at = NULL;

	if (f->to.n == 0)
		return FINE;
	if (!s->in.authed)
		return REPLY(554, 5, 7, 0,
			"X-SMTPAPI: to names recipients, which only who has logged in (AUTH) "
			"may do by a header field");
	if (f->to.n > c->edge->config->limits.recipients)
		return REPLY(554, 5, 5, 3,
			"X-SMTPAPI: to has more addresses than a message may have recipients");
	to = arena_alloc(&m->arena, f->to.n * sizeof *to);
	if (f->each_at)
		at = arena_alloc(&m->arena, f->to.n * sizeof *at);
	if (!to || (f->each_at && !at))
		return NO_ROOM;
	m->nrcpts = 0;
	for (size_t i = 0; i < f->to.n; i++) {
		struct address a;
		bool good = address_mailbox(f->to.at[i].email, flags, &a) == 0 &&
		            accept_rcpt(&c->edge->tmp, &a, c->edge->config->lab.on).code == 0;

		if (!good) {
			snprintf(s->delayed_text, sizeof s->delayed_text,
				"X-SMTPAPI: to: mail cannot be sent to address number %zu",
				i + 1);
			return (struct reply){ 554, { 5, 1, 3 }, str_z(s->delayed_text) };
		}
		to[i].email = arena_str(&m->arena, f->to.at[i].email);
		to[i].name = arena_str(&m->arena, f->to.at[i].name);
		if (!to[i].email.p || !to[i].name.p ||
			!edge_mail_rcpt_add(m,
				(struct msg_rcpt){ .address = to[i].email, .orcpt = STR_NONE }))
			return NO_ROOM;
		m->utf8_rcpt |= a.utf8;
		if (at)
			at[i] = f->each_at[i];
	}
	m->wish.to = to;
	m->wish.each_at = at;
	return FINE;
}

/* Mail by a stream of the account's own. */
static struct reply
own_stream(struct edge_conn *c, const struct smtp_fields *f)
{
	const struct edge_own_row *row =
		edge_own_of(c->edge->own, c->smtp->id.tenant, f->own_stream);
	struct edge_wish *w = &mail_of(c)->wish;

	if (!row)
		return REPLY(554, 5, 6, 0,
			"X-PM-Message-Stream: there is no such stream in this account");
	if (row->how & MSG_STREAM_ARCHIVED)
		return REPLY(554, 5, 7, 1,
			"X-PM-Message-Stream: this stream is archived: nothing is sent by it");
	w->broadcast = (row->how & MSG_STREAM_BROADCAST) != 0;
	w->bare = w->broadcast && !(row->how & MSG_STREAM_UNSUBSCRIBE);
	w->group = row->number;
	return FINE;
}

/* Do the fields that unsubscribe belong to it? */
static bool
unsubscribes(const struct edge_conn *c)
{
	const struct edge_wish *w = &mail_of(c)->wish;

	return w->tail.leave || (w->group && w->group < MSG_STREAM_NUMBERS) ||
	       (edge_mail_stream(c) == STREAM_BROADCAST && !w->bare);
}

struct reply
edge_mail_wish(struct edge_conn *c, struct str block)
{
	struct edge *e = c->edge;
	struct edge_mail *m = mail_of(c);
	struct edge_wish *w = &m->wish;
	struct smtp_fields f;
	struct reply r = smtp_fields_read(&e->tmp, block, loop_wall(e->loop), &f);

	if (r.code)
		return r;
	if (f.batch.n && !sendgrid_batch_is(f.batch, e->env->keys.ids, c->smtp->id.tenant))
		return REPLY(554, 5, 6, 0, "X-SMTPAPI: there is no such batch_id");
	r = merge(c, &f);
	if (r.code)
		return r;
	w->options = f.any;
	w->broadcast = f.has_stream && f.stream == STREAM_BROADCAST;
	track_default(c, &f);
	w->track = (uint8_t)((f.opens == OUTGOING_ON ? TRACK_OPENS : 0) |
			     (f.clicks == OUTGOING_ON ? TRACK_CLICKS : 0));
	w->links = (uint8_t)f.links;
	w->consent = (uint8_t)f.consent;
	w->send_at = f.send_at;
	w->group = f.group;
	if (f.own_stream.n)
		r = own_stream(c, &f);
	if (r.code)
		return r;
	w->turn = f.turn;
	w->has_once = f.once.n > 0;
	if (w->has_once)
		once_campaign(w->once, c->smtp->id.tenant, f.once);
	m->flags |= f.bypass;
	w->ngroups = f.ngroups;
	for (size_t i = 0; i < f.ngroups; i++)
		w->groups[i] = f.groups[i];
	if (!keep_texts(m, &f))
		return NO_ROOM;
	if (f.about.n > 0) {
		w->about = arena_str(&m->arena, f.about);
		if (!w->about.p)
			return NO_ROOM;
	}
	return plan(c, unsubscribes(c) && edge_tracker_may_add(block));
}

bool
edge_mail_broadcast(struct edge_conn *c, struct str block)
{
	bool already = edge_mail_stream(c) == STREAM_BROADCAST;

	mail_of(c)->wish.broadcast = true;
	return already || !edge_tracker_may_add(block) || first_fields(c);
}

struct str
edge_mail_extra(struct buf *b, const struct edge_wish *w, uint64_t first)
{
	struct msg_extra x = { .not_before = w->send_at,
		.first = first,
		.track = w->track,
		.idem = STR_NONE,
		.about = w->about.n ? w->about : STR_NONE };
	const struct wish how = { .group = w->group,
		.turn = w->turn,
		.once = str_of(w->once, w->has_once ? ONCE_SIZE : 0) };
	char text[WISH_ROOM];
	struct buf more = { text, 0, sizeof text, sizeof text, false };

	buf_clear(b);
	wish_write(&more, &how);
	x.more = buf_str(&more);
	if (x.not_before || x.first || x.track || x.about.n || x.more.n)
		must(msg_extra_write(b, &x) == 0);
	return buf_str(b);
}

/* ---- the bytes ---- */

static void
untracked(struct edge_conn *c, const char *why)
{
	struct edge_mail *m = mail_of(c);
	struct buf whole = m->whole;

	if (m->wish.writes) {
		edge_mail_refuse(c,
			REPLY(552, 5, 3, 4,
				"Too long for a template, or a footer, link or image that is "
				"put into its text: at most 1 MiB, and 8 MiB and 10,000 "
				"links for all recipients"));
		return;
	}
	say_untracked(c, why);
	buf_init(&m->whole, EDGE_WHOLE_MAX);
	m->collects = false;
	m->wish.track = 0;
	m->wish.url_tags = STR_NONE;
	edge_mail_plain(c, str_head(buf_str(&whole), m->whole_head));
	if (m->refusal.code == 0)
		edge_mail_more(c, str_from(buf_str(&whole), m->whole_head));
	buf_done(&whole);
}

void
edge_mail_collect(struct edge_conn *c, struct str bytes)
{
	struct edge_mail *m = mail_of(c);

	if (m->whole.n + bytes.n > EDGE_WHOLE_MAX) {
		untracked(c, "longer than 1 MiB");
		if (m->refusal.code == 0)
			edge_mail_more(c, bytes);
	} else if (!edge_mail_room(c, bytes.n)) {
		edge_mail_refuse(
			c, REPLY(452, 4, 3, 1, "The service is busy; try again in a minute"));
	} else {
		must(buf_put(&m->whole, bytes) == 0);
	}
}

/* ---- the letters ---- */

static void
letters_free(struct edge_letters *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].body)
			extent_body_drop(&l->at[i].body);
	list_del(&l->link);
	mem_free(l->at);
	mem_free(l);
}

void
edge_mail_letters_forget(struct edge_conn *c)
{
	struct edge_mail *m = mail_of(c);
	struct edge_letters *l = m->letters;

	m->letters = NULL;
	if (l->left > 0)
		l->conn = NULL;
	else
		letters_free(l);
}

/* The message as recipient i gets it. 0 or -E2BIG. */
static int
compose(struct edge_conn *c, size_t i, struct buf *out)
{
	struct edge_mail *m = mail_of(c);
	const struct edge_tracker who = tracker_of(c, i);
	struct str whole = buf_str(&m->whole);
	size_t n, head = m->whole_head;
	struct accept_trace t;
	struct buf more, made;
	int err = 0;

	buf_init(&more, 8192);
	buf_init(&made, out->max);
	if (m->written) {
		err = edge_mail_template_put(c, &who, i, &made);
		whole = buf_str(&made);
		head = accept_header_end(whole, 0);
	}
	edge_mail_trace(c, &t);
	if (!err && m->wish.unsub && m->nrcpts > 1) {
		err = put_fields(c, i, &more);
		t.more = buf_str(&more);
	}
	if (!err)
		err = accept_rewrite(out, str_head(whole, head), &t, &n);
	if (!err)
		err = buf_put(out, str_from(whole, head));
	buf_done(&made);
	buf_done(&more);
	return err;
}

/* Its links; as it was where it cannot have any. */
static int
track(struct edge_conn *c, struct edge_letters *ls, struct buf *message)
{
	const struct edge_wish *w = &mail_of(c)->wish;
	const struct edge_tracked want = { (w->track & TRACK_OPENS) &&
						   !edge_mail_template_pixel(c),
		w->track & TRACK_CLICKS, (enum outgoing_links)w->links, w->url_tags };
	struct edge_tracker t = tracker_of(c, ls->n);
	struct track_mime_result r;
	struct buf out;
	int err;

	t.links = ls->links;
	t.pages = edge_mail_template_pages(c);
	buf_init(&out, message->max);
	err = edge_tracker_mime(&t, &want, buf_str(message), &out, &r);
	if (err) {
		buf_done(&out);
		return err;
	}
	ls->why = r.why;
	ls->links -= r.links;
	buf_done(message);
	*message = out;
	return 0;
}

static int
letter_store(struct edge_conn *c, struct letter *l, struct str bytes)
{
	size_t end = accept_header_end(bytes, 0);
	struct dkim_body hash;

	l->header_length = (uint32_t)(end ? end : bytes.n);
	dkim_body_init(&hash);
	dkim_body_feed(&hash, str_from(bytes, l->header_length));
	dkim_body_end(&hash, l->hash);
	l->body = extent_body_new(c->edge->writer);
	return extent_body_add(l->body, bytes);
}

/* One more letter. -E2BIG: all are too long; -EBUSY: no memory. Other errors are the disk's. */
static int
letter_add(struct edge_conn *c, struct edge_letters *ls)
{
	struct letter *l = &ls->at[ls->n];
	struct buf out;
	int err;

	buf_init(&out, ls->room);
	err = compose(c, ls->n, &out);
	if (!err && (mail_of(c)->wish.track || mail_of(c)->wish.url_tags.n))
		err = track(c, ls, &out);
	if (!err && !edge_mail_room(c, out.n))
		err = -EBUSY;
	if (!err) {
		edge_mail_charge(c, mail_of(c)->charge + out.n);
		ls->room -= out.n;
		l->of = ls;
		l->subject = edge_mail_template_subject(c, ls->n);
		ls->n++;
		err = letter_store(c, l, buf_str(&out));
	}
	buf_done(&out);
	return err;
}

static void
letters_written(struct edge_conn *c, struct edge_letters *ls)
{
	struct edge_mail *m = mail_of(c);
	uint64_t held = m->head.cap;

	if (ls->why != TRACK_MIME_DONE) {
		m->wish.track = 0;
		say_untracked(c, ls->why == TRACK_MIME_SIGNED ? "it is signed or encrypted"
							      : "its parts are not plain");
	}
	for (size_t i = 0; i < ls->n; i++)
		held += extent_body_memory(ls->at[i].body);
	buf_done(&m->whole);
	m->collects = false;
	edge_mail_charge(c, held);
}

static void
letters_failed(struct edge_conn *c, struct edge_letters *ls, int err)
{
	struct edge_mail *m = mail_of(c);

	m->letters = NULL;
	edge_mail_charge(c, ls->charged);
	letters_free(ls);
	if (err == -E2BIG) {
		untracked(
			c, "longer than 8 MiB, or more than 10,000 links, for all recipients");
	} else if (err == -EINVAL && m->written) {
		edge_mail_refuse(c, REPLY(554, 5, 6, 0,
					    "What the template makes of this message has lines "
					    "that look like its "
					    "boundaries; choose other ones"));
	} else if (err == -EBUSY) {
		edge_mail_refuse(
			c, REPLY(452, 4, 3, 1, "The service is busy; try again in a minute"));
	} else {
		edge_disk_tell(c->edge, err);
		edge_mail_refuse(c, edge_mail_disk_reply(err));
	}
}

/* Some of them, so that the loop goes on to others. true: all are done, or none is to be. */
static bool
letters_slice(struct edge_conn *c, struct edge_letters *ls)
{
	struct clock *clock = c->edge->env->clock;
	uint64_t until = clock_mono(clock) + EDGE_LETTERS_US;
	size_t n = mail_of(c)->nrcpts;
	int err = 0;

	for (unsigned i = 0; ls->n < n && !err && i < EDGE_LETTERS_TURN; i++) {
		err = letter_add(c, ls);
		if (clock_mono(clock) >= until)
			break;
	}
	if (err) {
		letters_failed(c, ls, err);
		return true;
	}
	if (ls->n == n) {
		letters_written(c, ls);
		return true;
	}
	list_push(&c->edge->letters, &ls->link);
	loop_task_post(c->edge->loop, &c->edge->letters_task);
	return false;
}

/* A slice of one session, however many sessions wait. */
void
edge_mail_letters_turn(void *ctx)
{
	struct edge *e = ctx;
	struct link *l = list_pop(&e->letters);
	struct edge_letters *ls;
	struct edge_conn *c;

	if (!l)
		return;
	ls = LIST_OF(l, struct edge_letters, link);
	c = ls->conn;
	if (letters_slice(c, ls))
		edge_mail_lettered(c);
	if (!list_empty(&e->letters))
		loop_task_post(e->loop, &e->letters_task);
}

bool
edge_mail_letters_write(struct edge_conn *c)
{
	struct edge_mail *m = mail_of(c);
	struct edge_letters *ls = m->letters = MEM_NEW(ls);

	ls->conn = c;
	ls->at = mem_new(m->nrcpts, sizeof *ls->at);
	ls->links = EDGE_LINKS_MAX;
	ls->room = EDGE_LETTERS_ALL;
	ls->charged = m->charge;
	ls->why = TRACK_MIME_DONE;
	list_init(&ls->link);
	if (m->whole.n * m->nrcpts <= EDGE_LETTERS_ALL)
		return letters_slice(c, ls);
	letters_failed(c, ls, -E2BIG);
	return true;
}

/* ---- durable, submitted ---- */

/* The number that is told is the one under which `facteur trace` knows all recipients. */
static void
on_submitted(void *ctx, const void *answer)
{
	struct edge_conn *c = ctx;
	const struct msg_submitted *a = answer;
	char text[64];
	struct buf b = { text, 0, sizeof text, sizeof text, false };
	struct msg_submitted mine;

	if (!a || a->reply.code / 100 != 2) {
		edge_mail_submitted(c, a);
		return;
	}
	mine = *a;
	buf_put_z(&b, "Ok: queued as ");
	buf_put_u64(&b, mail_of(c)->id);
	mine.reply.text = buf_str(&b);
	edge_mail_submitted(c, &mine);
}

static void
put_submit(struct edge_conn *c, size_t i, const struct msg_submit *all, struct buf *out)
{
	struct edge_mail *m = mail_of(c);
	const struct letter *l = &m->letters->at[i];
	struct msg_rcpt rcpt = m->rcpts[i];
	struct msg_submit q = *all;
	struct edge_wish wish = m->wish;
	struct buf extra;

	rcpt.index = 0;
	buf_init(&extra, TEXT_MAX);
	q.message = message_of(m, i);
	q.extent = l->place.extent;
	q.length = l->place.length;
	q.offset = l->place.offset;
	q.hash = l->place.hash;
	q.header_length = l->header_length;
	memcpy(q.body_hash.b, l->hash, sizeof l->hash);
	q.rcpts = (struct msg_rcpts){ &rcpt, 1 };
	if (l->subject.p)
		q.subject = l->subject;
	if (wish.each_at)
		wish.send_at = wish.each_at[i];
	q.extra = edge_mail_extra(&extra, &wish, i > 0 ? m->id : 0);
	buf_clear(out);
	must(msg_submit_write(out, &q) == 0);
	buf_done(&extra);
}

static void
submit(struct edge_conn *c)
{
	struct edge_letters *ls = mail_of(c)->letters;
	struct msg_submit q = edge_mail_submit(c);
	struct msg_text *texts;
	struct arena a;
	struct buf b;
	bool fits = true;

	arena_init(&a, 2 * CHANNEL_PAYLOAD_MAX);
	buf_init(&b, TEXT_MAX);
	texts = arena_alloc(&a, ls->n * sizeof *texts);
	must(texts != NULL);
	for (size_t i = 0; i < ls->n && fits; i++) {
		put_submit(c, i, &q, &b);
		texts[i].bytes = arena_str(&a, buf_str(&b));
		fits = texts[i].bytes.p != NULL;
	}
	const struct msg_submits all = { { texts, ls->n } };

	buf_clear(&c->ask.payload);
	fits = fits && msg_submits_write(&c->ask.payload, &all) == 0;
	buf_done(&b);
	arena_done(&a);
	if (!fits) {
		edge_mail_finish(
			c, REPLY(552, 5, 3, 4,
				   "Too many recipients with too long texts for events "
				   "(unique_args, category): at most 4 MiB together"));
		return;
	}
	c->ask.done = on_submitted;
	edge_ask(c->edge, &c->ask, MSG_submits, q.seq);
}

static void
on_durable(void *ctx, int err, struct extent_place place)
{
	struct letter *l = ctx;
	struct edge_letters *ls = l->of;
	struct edge_conn *c = ls->conn;

	l->place = place;
	if (err && !ls->err)
		ls->err = err;
	if (--ls->left > 0)
		return;
	if (!c) {
		letters_free(ls); /* nothing was promised, the space is unused */
		return;
	}
	edge_disk_tell(c->edge, ls->err);
	if (ls->err)
		edge_mail_finish(c, edge_mail_disk_reply(ls->err));
	else
		submit(c);
}

void
edge_mail_letters_commit(struct edge_conn *c)
{
	struct edge_letters *ls = mail_of(c)->letters;

	ls->left = ls->n;
	for (size_t i = 0; i < ls->n; i++)
		extent_body_commit(&ls->at[i].body, on_durable, &ls->at[i]);
}
