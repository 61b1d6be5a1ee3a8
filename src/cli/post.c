#include "cli/post.h"

#include "base/text.h"
#include "io/stream.h"
#include "io/tls.h"
#include "wire/header.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#define CONNECT_US (15u * 1000000u)
#define CHUNK      (64u << 10)

struct post {
	const struct post_conf *conf;
	struct smtp_out_mail *mail;
	struct str message;
	struct arena *arena;
	struct post_result *result;
	struct loop *loop;
	struct stream *stream;
	struct tls_client *tls;
	struct smtp_out smtp;
	bool open; /* connected: an error is the conversation's */
	bool sent; /* the transaction began */
};

static void
safe_text(char dst[POST_WHY_MAX], struct str s)
{
	struct buf b;

	buf_init(&b, s.n * 8 + 16);
	(void)text_safe(&b, s);
	snprintf(dst, POST_WHY_MAX, "%.*s", STR_ARG(buf_str(&b)));
	buf_done(&b);
}

static void
safe_reply(char dst[POST_WHY_MAX], const struct reply *r)
{
	struct buf b;

	buf_init(&b, 16384);
	(void)reply_safe(&b, r);
	snprintf(dst, POST_WHY_MAX, "%.*s", STR_ARG(buf_str(&b)));
	buf_done(&b);
}

static void
finish(struct post *p, enum post_end end, const char *why)
{
	p->result->end = end;
	if (why)
		safe_text(p->result->why, str_z(why));
	loop_stop(p->loop);
}

/* "… queued as 123" */
static void
find_id(struct post_result *r, struct str text)
{
	size_t at = str_find_str(text, STR_LIT("queued as "));
	struct str id = str_from(text, at < text.n ? at + 10 : text.n);
	size_t n = 0;

	while (n < id.n && (ascii_alnum(id.p[n]) || id.p[n] == '_' || id.p[n] == '-'))
		n++;
	(void)str_copy_z(r->id, sizeof r->id, str_head(id, n));
}

static void
on_done(struct post *p)
{
	struct post_result *res = p->result;

	for (size_t i = 0; i < p->mail->n; i++) {
		struct reply *r = &p->mail->rcpts[i].reply;

		r->text = arena_str(p->arena, r->text);
		if (r->code == 0)
			*r = REPLY(451, 4, 4, 2, "The connection was lost before the answer");
		if (r->code / 100 == 2) {
			res->accepted++;
			safe_reply(res->reply, r);
			find_id(res, r->text);
		}
	}
	finish(p, POST_DONE, NULL);
}

static void
flush(struct post *p, struct buf *out)
{
	stream_write(p->stream, buf_str(out));
	buf_done(out);
	stream_deadline(p->stream, smtp_out_wait_us(&p->smtp));
}

static void
send_body(struct post *p)
{
	struct str rest = p->message;
	struct buf out;

	while (rest.n > 0) {
		struct str part = str_head(rest, CHUNK);

		buf_init(&out, SMTP_OUT_ROOM);
		smtp_out_body(&p->smtp, part, &out);
		rest = str_from(rest, part.n);
		stream_write(p->stream, buf_str(&out));
		buf_done(&out);
	}
	buf_init(&out, SMTP_OUT_ROOM);
	smtp_out_dot(&p->smtp, &out);
	flush(p, &out);
}

static void step(struct post *p, enum smtp_out_event ev);

static void
begin(struct post *p)
{
	enum smtp_out_event ev;
	struct buf out;

	if (p->sent)
		return;
	p->sent = true;
	buf_init(&out, SMTP_OUT_ROOM);
	ev = smtp_out_begin(&p->smtp, p->mail, &out);
	flush(p, &out);
	step(p, ev);
}

static void
step(struct post *p, enum smtp_out_event ev)
{
	char why[POST_WHY_MAX];

	switch (ev) {
	case SMTP_OUT_MORE:
		break;
	case SMTP_OUT_TLS:
		stream_tls_connect(p->stream, p->tls, str_z(p->conf->host));
		break;
	case SMTP_OUT_READY:
		begin(p);
		break;
	case SMTP_OUT_BODY:
		send_body(p);
		break;
	case SMTP_OUT_DONE:
		on_done(p);
		break;
	case SMTP_OUT_CLOSED:
		p->result->code = p->smtp.failure.code;
		safe_reply(why, &p->smtp.failure);
		snprintf(p->result->why, sizeof p->result->why, "%s", why);
		finish(p, POST_FAILED, NULL);
		break;
	}
}

static void
on_input(void *ctx)
{
	struct post *p = ctx;
	enum smtp_out_event ev = SMTP_OUT_READY;

	while (p->open && ev != SMTP_OUT_MORE && ev != SMTP_OUT_TLS && ev != SMTP_OUT_DONE &&
		ev != SMTP_OUT_CLOSED) {
		struct str in = stream_input(p->stream);
		size_t before = in.n;
		struct buf out;

		buf_init(&out, SMTP_OUT_ROOM);
		ev = smtp_out_feed(&p->smtp, &in, &out);
		stream_eat(p->stream, before - in.n);
		flush(p, &out);
		step(p, ev);
	}
}

static void
start(struct post *p)
{
	p->open = true;
	stream_deadline(p->stream, smtp_out_wait_us(&p->smtp));
	on_input(p);
}

static void
on_event(void *ctx, enum stream_event e)
{
	struct post *p = ctx;
	struct buf out;
	enum smtp_out_event ev;

	switch (e) {
	case STREAM_CONNECTED:
		if (p->conf->tls == SMTP_OUT_TLS_IMPLICIT)
			stream_tls_connect(p->stream, p->tls, str_z(p->conf->host));
		else
			start(p);
		break;
	case STREAM_SECURED:
		if (!p->open) {
			start(p);
			break;
		}
		buf_init(&out, SMTP_OUT_ROOM);
		ev = smtp_out_tls_on(&p->smtp, &out);
		flush(p, &out);
		step(p, ev);
		break;
	case STREAM_DRAINED:
		break;
	case STREAM_TIMEOUT:
	case STREAM_EOF:
	case STREAM_ERROR:
		if (p->open)
			step(p, smtp_out_lost(&p->smtp,
					e == STREAM_TIMEOUT ? STR_LIT("no answer in time")
					: e == STREAM_EOF   ? STR_LIT("the server closed the "
									"connection")
							    : str_z(stream_error(p->stream))));
		else
			finish(p, POST_AWAY,
				e == STREAM_TIMEOUT ? "no answer in time"
				: e == STREAM_EOF   ? "the server closed the connection"
						    : stream_error(p->stream));
	}
}

static const struct stream_calls calls = { on_input, on_event };

static bool
open_socket(struct post *p)
{
	int fd = net_connect_unix(p->conf->socket);

	if (fd == -EACCES || fd == -EPERM) {
		finish(p, POST_DENIED, strerror(-fd));
		return false;
	}
	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		finish(p, POST_AWAY, strerror(fd < 0 ? -fd : errno));
		return false;
	}
	p->stream = stream_new(p->loop, fd, &calls, p);
	start(p);
	return true;
}

static bool
open_host(struct post *p)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct net_addr to = { 0 };
	struct addrinfo *list = NULL;
	char port[8];
	int err;

	snprintf(port, sizeof port, "%u", p->conf->port);
	err = getaddrinfo(p->conf->host, port, &hints, &list);
	if (err != 0 || list->ai_addrlen > sizeof to.u) {
		finish(p, POST_AWAY, err ? gai_strerror(err) : "an unknown kind of address");
		return false;
	}
	memcpy(&to.u, list->ai_addr, list->ai_addrlen);
	to.len = list->ai_addrlen;
	freeaddrinfo(list);
	p->tls = tls_client_new(p->conf->verify);
	p->stream = stream_connect(p->loop, &to, NULL, &calls, p);
	stream_deadline(p->stream, CONNECT_US);
	return true;
}

static void
facts(struct smtp_out_mail *mail, struct str message)
{
	struct header_facts h;

	header_scan(str_head(message, header_length(message)), &h);
	mail->size = message.n;
	mail->body_8bit = !text_is_ascii(message);
	mail->utf8 = h.eight_bit || !text_is_ascii(mail->from);
	for (size_t i = 0; i < mail->n; i++)
		mail->utf8 = mail->utf8 || !text_is_ascii(mail->rcpts[i].address);
}

void
post_send(const struct post_conf *conf, struct smtp_out_mail *mail, struct str message,
	struct arena *arena, struct post_result *ret_r)
{
	const struct smtp_out_conf smtp = { .hostname = conf->hostname,
		.tls = conf->socket ? SMTP_OUT_TLS_NONE : conf->tls,
		.user = conf->user,
		.secret = conf->secret };
	struct post p = {
		.conf = conf, .mail = mail, .message = message, .arena = arena, .result = ret_r
	};
	struct clock clock;

	*ret_r = (struct post_result){ .end = POST_FAILED };
	facts(mail, message);
	clock_real(&clock);
	p.loop = loop_new(&clock);
	smtp_out_init(&p.smtp, &smtp, NULL);
	if (conf->socket ? open_socket(&p) : open_host(&p))
		loop_run(p.loop);
	if (p.stream && ret_r->end == POST_DONE && p.smtp.state == SMTP_OUT_S_READY) {
		struct buf out;

		buf_init(&out, SMTP_OUT_ROOM);
		smtp_out_quit(&p.smtp, &out);
		stream_write(p.stream, buf_str(&out));
		buf_done(&out);
	}
	stream_free(&p.stream);
	tls_client_free(&p.tls);
	smtp_out_done(&p.smtp);
	loop_free(&p.loop);
}
