/*
 * Attempts whose carrier is a POST: mail that came in, to the URL of its address
 * (docs/decisions/0008). One request an attempt; the mail is whole in memory, as bytes and as
 * request, so the sum of all is bounded and the rest waits for its turn. No account has more
 * than half of the room, so that a slow URL delays its own mail only. The phase stays idle: a
 * post that may have been read is repeated, its receiver tells copies apart by their id.
 *
 *   attempt ─▶ waits for room ─▶ read, composed ─▶ io/fetch ─▶ outcome
 */
#include "role/courier_priv.h"

#include "base/mem.h"
#include "io/fault.h"
#include "report/inbound.h"
#include "wire/charset.h"

#include <errno.h>

_Static_assert(INBOUND_BODY_MAX < FETCH_REQUEST_MAX, "a body and its head fit");

#define POSTS_BYTES (64u << 20) /* of all under way; one alone may have more */
#define SHARE_BYTES (POSTS_BYTES / 2)
#define POST_US     (60 * UINT64_C(1000000))
/* A request and what its stream holds, as a rule; while it is composed,
 * it takes up to 12 times the mail, but that is one at a time. */
#define UNDER_WAY(n) ((size_t)(n)*3 + (64u << 10))

struct courier_post {
	struct link link; /* waits for room, or is under way */
	struct courier_conn *conn;
	struct fetch_call *call;
	size_t bytes; /* taken of the room; 0: none yet */
	enum inbound_format format;
};

static void pump(struct courier *c);

void
courier_post_free(struct courier *c, struct courier_post **pp)
{
	struct courier_post *p = *pp;

	if (!p)
		return;
	fetch_cancel(&p->call);
	list_del(&p->link);
	c->post_bytes -= p->bytes;
	mem_free(p);
	*pp = NULL;
}

/* ---- what came of it ---- */

/* The end of the job; others have room now. */
static void
tell(struct courier_conn *n, uint8_t result, const struct reply *r)
{
	struct courier *c = n->courier;

	courier_tell_all(n, result, STAGE_WEBHOOK, r);
	pump(c);
}

static void
say(struct courier_conn *n, uint16_t code, const char *text)
{
	const struct reply r = { code, { (uint8_t)(code / 100), 3, 0 },
		str_head(str_z(text), REPLY_TEXT_MAX) };

	tell(n, code / 100 == 5 ? RESULT_BOUNCED : RESULT_DEFERRED, &r);
}

/* Statuses after which another try is of no use. */
static bool
is_final(int status, enum inbound_format format)
{
	return status == 410 || status == 413 || (status == 403 && format == INBOUND_POSTMARK);
}

static void
on_answer(void *ctx, const struct fetch_answer *a)
{
	struct courier_post *p = ctx;
	struct courier_conn *n = p->conn;
	char text[REPLY_TEXT_MAX + 1];
	int end;

	p->call = NULL;
	courier_hand(n->courier, n);
	(void)str_copy_z(n->address, sizeof n->address, str_z(a->address));
	if (a->class == FETCH_OURS) {
		/* It says nothing about the URL. */
		const struct reply r = { 451, { 4, 3, 0 }, str_z(a->why) };

		courier_tell_all(n, RESULT_DEFERRED, STAGE_LOCAL, &r);
		pump(n->courier);
		return;
	}
	if (a->class != FETCH_ANSWERED) {
		say(n, 451, a->why);
		return;
	}
	end = snprintf(text, sizeof text, "HTTP %d", a->status);
	if (a->body.n && end > 0) {
		struct buf b = { text, (size_t)end, sizeof text - 1, sizeof text - 1, false };

		(void)buf_put_z(&b, ": ");
		(void)charset_text(&b, STR_NONE, str_head(a->body, 200));
		text[b.n] = '\0';
		/* One line, as replies are. */
		for (size_t i = 0; i < b.n; i++)
			if (text[i] == '\r' || text[i] == '\n' || text[i] == '\t')
				text[i] = ' ';
	}
	if (a->status / 100 == 2) {
		const struct reply ok = { 250, { 2, 0, 0 }, str_z(text) };

		tell(n, RESULT_DELIVERED, &ok);
	} else {
		say(n, is_final(a->status, p->format) ? 550 : 451, text);
	}
}

/* ---- the request ---- */

static void
take_room(struct courier *c, struct courier_post *p, size_t bytes)
{
	c->post_bytes += bytes - p->bytes;
	p->bytes = bytes;
}

static int
fields_of(const struct inbound_post *p, struct http_field fields[INBOUND_POST_FIELDS])
{
	for (size_t i = 0; i < p->nfields; i++)
		fields[i] = (struct http_field){ str_z(p->fields[i].name), p->fields[i].value };
	return (int)p->nfields;
}

static int
compose(struct courier_conn *n, const struct msg_webhook *w, struct inbound_post *ret_p)
{
	struct courier_job *j = n->job;
	struct inbound_letter l = { .bytes = buf_str(&j->body),
		.sender = j->m.sender,
		.recipient = j->m.rcpts.at[0].address,
		.id = w->id,
		.secret = w->secret,
		.now = loop_wall(n->courier->loop) };

	if (inbound_format_of(w->format, &l.format) < 0)
		return -EINVAL;
	j->post->format = l.format;
	return inbound_write(&l, ret_p);
}

static void
post(struct courier_conn *n, const struct msg_webhook *w)
{
	struct courier *c = n->courier;
	struct courier_job *j = n->job;
	struct http_field fields[INBOUND_POST_FIELDS];
	struct inbound_post body;
	struct url_web url;
	const char *why = "";
	int err = compose(n, w, &body);

	if (err) {
		say(n, 550,
			err == -E2BIG ? "The message is too large for its format"
				      : "The address's settings cannot be used: set its URL "
					"again");
		return;
	}
	if (url_web_parse(&j->arena, w->url, &url, &why) < 0) {
		say(n, 550, why);
	} else {
		const struct fetch_request req = { .url = &url,
			.method = "POST",
			.fields = fields,
			.nfields = (size_t)fields_of(&body, fields),
			.body = buf_str(&body.body),
			.total_us = POST_US };

		(void)str_copy_z(n->host_name, sizeof n->host_name, url.host);
		n->port = url.port;
		j->post->call = fetch_begin(c->fetch, &req, on_answer, j->post);
		take_room(c, j->post, 2 * body.body.n + (64u << 10));
		buf_done(&j->body);
	}
	inbound_post_done(&body);
}

/* It has room. */
static void
begin(struct courier_conn *n)
{
	struct courier *c = n->courier;
	struct courier_job *j = n->job;
	struct msg_webhook w;
	int err;

	courier_hand(c, n);
	if (fault_poison("poison-courier@", j->rcpts[0].address))
		fault_die();
	if (j->m.webhook.n == 0 || msg_webhook_read(&j->arena, j->m.webhook, &w) < 0) {
		say(n, 550, "Nobody wants the mail of this address any more");
		return;
	}
	err = courier_job_load(c, j);
	if (err < 0) {
		courier_job_give_up(n, err);
		pump(c);
		return;
	}
	post(n, &w);
}

static bool
has_room(const struct courier *c, size_t bytes)
{
	return c->post_bytes == 0 || c->post_bytes + bytes <= POSTS_BYTES;
}

/* Would its account have too much? One post it may always have. */
static bool
is_over(const struct courier *c, const struct courier_post *p, size_t bytes)
{
	size_t has = 0;

	LIST_EACH(l, &c->posts_begun)
	{
		const struct courier_post *b = LIST_OF(l, struct courier_post, link);

		if (b->conn->job->m.tenant == p->conn->job->m.tenant)
			has += b->bytes;
	}
	return has > 0 && has + bytes > SHARE_BYTES;
}

/* Of its account, among those that wait? Small ones that pass a big one would keep it waiting
 * as long as more of them come. */
static bool
is_first(const struct courier *c, const struct courier_post *p)
{
	LIST_EACH(l, &c->posts)
	{
		const struct courier_post *b = LIST_OF(l, struct courier_post, link);

		if (b->conn->job->m.tenant == p->conn->job->m.tenant)
			return b == p;
	}
	return false;
}

/* The first whose account has not too much; NULL: none, or there is no room for it. */
static struct courier_post *
next(const struct courier *c)
{
	LIST_EACH(l, &c->posts)
	{
		struct courier_post *p = LIST_OF(l, struct courier_post, link);
		size_t bytes = UNDER_WAY(p->conn->job->m.length);

		if (is_first(c, p) && !is_over(c, p, bytes))
			return has_room(c, bytes) ? p : NULL;
	}
	return NULL;
}

/* In turn, in that of its account at least. */
static void
pump(struct courier *c)
{
	struct courier_post *p;

	/* begin may end in an answer at once, and come here: no deeper than that. */
	if (c->posting)
		return;
	c->posting = true;
	while ((p = next(c)) != NULL) {
		list_del(&p->link);
		list_push(&c->posts_begun, &p->link);
		take_room(c, p, UNDER_WAY(p->conn->job->m.length));
		begin(p->conn);
	}
	c->posting = false;
}

void
courier_post_start(struct courier_conn *n)
{
	struct courier *c = n->courier;
	struct courier_post *p = MEM_NEW(p);

	p->conn = n;
	list_init(&p->link);
	n->job->post = p;
	courier_conn_forget(n);
	list_push(&c->posts, &p->link);
	pump(c);
}
