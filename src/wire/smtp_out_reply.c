#include "wire/smtp_out_priv.h"

#include <errno.h>

#define LINE_READ_MAX 2048 /* RFC 5321 4.5.3.1.5 says 512; some hosts write more */
#define LINE_KEPT     512
#define LINES_MAX     128

void
smtp_out_reply_clean(char *p, size_t n, bool lines)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)p[i];

		if (c == '\n' && lines)
			continue;
		if (c < 0x20)
			p[i] = ' ';
		else if (c >= 0x7f)
			p[i] = '?';
	}
}

static struct str
kept_text(struct arena *a, struct str text)
{
	struct str kept = arena_str(a, text);

	return kept.p ? kept : STR_LIT("(text not kept: too much of it)");
}

static struct dsn_code
own_class(uint16_t code)
{
	unsigned class = code / 100u;

	if (class != 2 && class != 4 && class != 5)
		return (struct dsn_code){ 0 };
	return (struct dsn_code){ (uint8_t) class, 0, 0 };
}

void
smtp_out_reply_clear(struct smtp_out *s)
{
	buf_clear(&s->line);
	buf_clear(&s->text);
	s->line_bytes = 0;
	s->lines = 0;
	s->code = 0;
	s->dsn = (struct dsn_code){ 0 };
}

struct reply
smtp_out_reply_take(struct smtp_out *s, struct arena *a)
{
	struct reply r = { .code = s->code, .dsn = s->dsn };

	if (r.dsn.class == 0)
		r.dsn = own_class(r.code);
	r.text = kept_text(a, buf_str(&s->text));
	smtp_out_reply_clear(s);
	return r;
}

struct reply
smtp_out_reply_ours(struct smtp_out *s, struct reply base, const char *text, struct str detail)
{
	struct buf b;
	struct str lead = str_z(text);

	buf_init(&b, REPLY_TEXT_MAX);
	(void)buf_put(&b, lead);
	(void)buf_put(&b, str_head(detail, REPLY_TEXT_MAX - lead.n));
	smtp_out_reply_clean(b.p, b.n, false);
	base.text = kept_text(&s->arena, str_trim(buf_str(&b)));
	buf_done(&b);
	return base;
}

static void
cap_auth(struct smtp_out *s, struct str mechs)
{
	while (mechs.p) {
		struct str m = str_trim(str_cut(&mechs, ' '));

		if (str_ieq_z(m, "PLAIN"))
			s->caps |= CAP_AUTH_PLAIN;
		if (str_ieq_z(m, "LOGIN"))
			s->caps |= CAP_AUTH_LOGIN;
	}
}

static void
cap_line(struct smtp_out *s, struct str line)
{
	static const struct {
		const char *word;
		unsigned cap;
	} table[] = {
		{ "PIPELINING", CAP_PIPELINING },
		{ "SIZE", CAP_SIZE },
		{ "8BITMIME", CAP_8BITMIME },
		{ "SMTPUTF8", CAP_SMTPUTF8 },
		{ "DSN", CAP_DSN },
		{ "STARTTLS", CAP_STARTTLS },
	};
	struct str rest = str_trim(line), word = str_cut(&rest, ' ');

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (str_ieq_z(word, table[i].word))
			s->caps |= table[i].cap;
	if (str_ieq_z(word, "SIZE") && rest.p && str_u64(str_trim(rest), &s->size_limit) < 0)
		s->size_limit = 0;
	if (str_ieq_z(word, "AUTH") && rest.p)
		cap_auth(s, rest);
}

/* Enhanced codes stand at the start of each line (RFC 2034 4), never in a greeting or in the
 * answer to EHLO. One of another class than the reply's is no code but text. */
static struct str
take_dsn(struct smtp_out *s, struct str text)
{
	struct dsn_code d;
	size_t used;

	if (s->state <= SMTP_OUT_S_HELO && s->code < 400)
		return text;
	if (dsn_code_parse(text, &d, &used) < 0 || d.class != s->code / 100u)
		return text;
	if (s->dsn.class == 0)
		s->dsn = d;
	if (s->dsn.class != d.class || s->dsn.subject != d.subject || s->dsn.detail != d.detail)
		return text;
	return str_from(text, used);
}

/* Three digits of a line, or 0. */
static uint16_t
line_code(struct str l)
{
	if (l.n < 3 || l.p[0] < '2' || l.p[0] > '5' || !ascii_digit(l.p[1]) ||
		!ascii_digit(l.p[2]))
		return 0;
	return (uint16_t)((l.p[0] - '0') * 100 + (l.p[1] - '0') * 10 + (l.p[2] - '0'));
}

/* One complete line: 1 it ends the reply, 0 more follow, -EPROTO. */
static int
end_line(struct smtp_out *s, const char **ret_why)
{
	struct str line = buf_str(&s->line), text;
	uint16_t code = line_code(line);

	if (code == 0 || (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')) {
		*ret_why = "The remote host sent a line that is no SMTP reply: ";
		return -EPROTO;
	}
	if (s->lines > 0 && code != s->code) {
		*ret_why = "The remote host changed the code inside one reply: ";
		return -EPROTO;
	}
	if (s->lines >= LINES_MAX) {
		*ret_why = "The remote host sent a reply of too many lines: ";
		return -EPROTO;
	}
	s->code = code;
	text = str_from(line, 4);
	if (s->state == SMTP_OUT_S_EHLO && s->lines > 0)
		cap_line(s, text);
	text = take_dsn(s, text);
	if (s->lines > 0 && s->text.n < s->text.max)
		(void)buf_put_c(&s->text, '\n');
	(void)buf_put(&s->text, str_head(text, s->text.max - s->text.n));
	s->lines++;
	return line.n <= 3 || line.p[3] == ' ' ? 1 : 0;
}

int
smtp_out_reply_feed(struct smtp_out *s, struct str *in, const char **ret_why)
{
	while (in->n) {
		size_t at = str_find(*in, '\n');
		struct str piece = str_head(*in, at);
		int rc;

		/* The limit is looked at byte-exactly, so that no cut of the input matters. */
		if (piece.n > LINE_READ_MAX - s->line_bytes) {
			*in = str_from(*in, LINE_READ_MAX - s->line_bytes);
			smtp_out_cmd_note(s, "S", buf_str(&s->line));
			*ret_why = "The remote host sent a line that does not end: ";
			return -EPROTO;
		}
		s->line_bytes += piece.n;
		(void)buf_put(&s->line, str_head(piece, LINE_KEPT - s->line.n));
		*in = str_from(*in, piece.n);
		if (in->n == 0)
			return 0;
		*in = str_from(*in, 1);
		while (s->line.n && s->line.p[s->line.n - 1] == '\r')
			buf_cut(&s->line, s->line.n - 1);
		smtp_out_cmd_note(s, "S", buf_str(&s->line));
		smtp_out_reply_clean(s->line.p, s->line.n, false);
		rc = end_line(s, ret_why);
		if (rc < 0)
			return rc;
		s->line_bytes = 0;
		buf_clear(&s->line);
		if (rc > 0)
			return 1;
	}
	return 0;
}
